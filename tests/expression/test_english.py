"""Criteria as a clinician would sign them."""

from dataclasses import replace

import pytest

from equipoise.expression.english import english
from equipoise.expression.grammar import expression
from expression.invented import SCOPE

SAID = [
    ("platelets >= 50 10^9/L and inr <= 1.5 and bilirubin <= 2 x ULN",
     "platelets at least 50 × 10⁹/L, INR at most 1.5 and bilirubin at most 2 times the upper limit of normal"),
    ("platelets >= 50 10^9/L within 28 days before enrolment",
     "platelets at least 50 × 10⁹/L, within the 4 weeks before enrolment"),
    ("(platelets >= 50 10^9/L and inr <= 1.5) within 28 days before enrolment",
     "platelets at least 50 × 10⁹/L and INR at most 1.5, all within the 4 weeks before enrolment"),
    ("inr < 2 within 1 month after surgery", "INR under 2, within the month after surgery"),
    ("inr < 2 at least 1 week before surgery", "INR under 2, at least 1 week before surgery"),
    ("inr < 2 since enrolment", "INR under 2, on or after enrolment"),
    ("fit", "fit"),
    ("fit or pregnant", "fit or “Is she pregnant?” answered yes"),
    ("not pregnant and not liver_metastases", "“Is she pregnant?” answered no and liver metastases: no"),
    ("count(lesions where organ == liver and diameter < 5 cm) <= 4",
     "at most 4 lesions whose organ is liver and whose diameter is under 5 cm"),
    ("count(lesions where organ != liver) == 0", "no lesion whose organ is not liver"),
    ("count(lesions where organ in (lung, lymph_node) and not ablated) > 1",
     "over 1 lesion whose organ is one of lung or lymph node and not marked ablated"),
    ("count(lesions) between 1 and 4", "the number of lesions between 1 and 4"),
    ("exists adverse_event where grade >= 3 and on within 30 days after surgery",
     "an adverse event whose grade is at least 3 has occurred within the 30 days after surgery"),
    ("not (exists adverse_event where grade >= 3)", "no adverse event whose grade is at least 3 has occurred"),
    ("exists adverse_event", "adverse event has occurred"),
    ("not (exists adverse_event where on within 30 days after surgery)",
     "adverse event has not occurred within the 30 days after surgery"),
    ("exists adverse_event within 1 week of imaging", "adverse event has occurred within 1 week of an imaging"),
    ("not (exists adverse_event within 1 week of adverse_event)",
     "adverse event has not occurred within 1 week of another adverse event"),
    ("count(labs where inr > 1 and on before labs) >= 2", "at least 2 occurrences of labs whose INR is over 1 and before other labs"),
    ("exists adverse_event where ended at least 1 day before labs",
     "an adverse event for which end at least 1 day before labs has occurred"),
    ("all(exists adverse_event within 2 weeks after imaging of imaging)",
     "in every occurrence of imaging: adverse event has occurred within the 2 weeks after that imaging"),
    ("count(adverse_event) == 0 or fasting", "adverse event has not occurred or fasting"),
    ("exists labs where inr > 1", "labs whose INR is over 1 have occurred"),
    ("all(diameter < 2 cm of lesions where organ == liver)", "in every lesion whose organ is liver: diameter under 2 cm"),
    ("max(diameter of lesions where organ == liver) < 5 cm",
     "the greatest diameter of lesions whose organ is liver under 5 cm"),
    ("bilirubin <= 2 mg/dL", "bilirubin at most 2 mg/dL"),
    ("bilirubin <= 34 umol/L", "bilirubin at most 34 µmol/L"),
    ("age >= 18 years", "age at least 18 years"),
    ("age between 18 years and 75 years", "age between 18 years and 75 years"),
    ("18 years <= age", "age at least 18 years"),
    ("months(diagnosed, enrolment) <= 6", "at most 6 months from date of diagnosis to enrolment"),
    ("surgery at least 4 weeks before enrolment", "surgery at least 4 weeks before enrolment"),
    ('diagnosed >= "2024-02"', "date of diagnosis on or after 2024-02-01"),
    ("response in (CR, PR, SD)", "response is one of CR, PR or SD"),
    ("last(response) != PD", "the last response is not PD"),
    ("note == 'a_b'", "note is “a_b”"),
    ("alt <= if liver_metastases then 5 x ULN else 2.5 x ULN",
     "ALT at most 5 times the upper limit of normal if liver metastases, otherwise 2.5 times the upper limit of normal"),
    ("if liver_metastases then alt <= 5 x ULN else alt <= 2.5 x ULN",
     "if liver metastases then ALT at most 5 times the upper limit of normal, "
     "otherwise ALT at most 2.5 times the upper limit of normal"),
    ("alt <= 1 x ULN", "ALT at most the upper limit of normal"),
    ("(fasting or inr > 1) and recent", "(fasting or INR over 1) and recent"),
    ("nth(2, inr) > 1 and first(imaging) after surgery", "the 2nd INR over 1 and the first imaging after surgery"),
    ("entered(induction) before today", "entry into induction before today"),
    ("count(seen) between 2 and 6", "the number of lesions seen between 2 and 6"),
    ("0.66 * log10(bilirubin as umol/L) <= -2.6", "0.66 times the base-10 logarithm of bilirubin in µmol/L at most −2.6"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), SAID, ids=[each[0] for each in SAID])
def test_it_is_said_as_in_a_protocol(text, said):
    assert english(expression(text, SCOPE), SCOPE) == said


def test_a_definition_goes_by_its_label():
    scope = replace(SCOPE, labels={"fit": "Fit for ablation"})
    assert english(expression("fit and fasting", scope), scope) == "fit for ablation and fasting"


def test_a_definition_is_said_in_full_on_request():
    said = english(expression("fit and fasting", SCOPE), SCOPE, expand=True)
    assert said == (
        "(platelets at least 50 × 10⁹/L, INR at most 1.5 and bilirubin at most 2 times the upper limit of normal) and fasting"
    )
