"""Of whom a bound is: where its condition stands, and how far the words of that condition reach. Worked out by hand."""

import pytest

from equipoise.criteria import criteria
from equipoise.criteria.atoms import atoms
from equipoise.criteria.measures import spelt


def told(text: str) -> list[tuple[str, float | str, str, str]]:
    """Each bound: its measure, its value, when alone it counts, and unless what."""
    return [(each.measure, each.value, each.when, each.unless) for each in atoms(text)]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("Without bone marrow involvement: ANC ≥ 1,000/mm3", [("neutrophils", 1000.0, "Without bone marrow involvement", "")]),
        ("ANC ≥ 750/mm3 (with bone marrow involvement)", [("neutrophils", 750.0, "bone marrow involvement", "")]),
        ("Bilirubin ≤ 3 x ULN (not due to Gilbert's syndrome)", [("bilirubin", 3.0, "", "due to Gilbert's syndrome")]),
        ("If ≥ 65 years old, FSH > 40 mIU/mL", [("fsh", 40.0, "≥ 65 years of age", "")]),
        ("PTT (in the absence of lupus anticoagulant) > 2 x ULN", [("ptt", 2.0, "absence of lupus anticoagulant", "")]),
        ("Bilirubin (except in Gilbert's syndrome) ≤ 2 mg/dL", [("bilirubin", 2.0, "", "Gilbert's syndrome")]),
        ("For patients ≥ 16 years old, Karnofsky ≥ 50 %", [("karnofsky", 50.0, "≥ 16 years of age", "")]),
    ],
)
def test_a_condition_may_stand_before_its_bound_or_in_brackets(text: str, means: list[tuple[str, float, str, str]]) -> None:
    assert told(text) == means


def test_a_second_value_without_a_comparison_is_of_others() -> None:
    assert told("QTc exceeding 450 ms (470 ms for females)") == [("qtc", 450.0, "", ""), ("qtc", 470.0, "females", "")]
    assert told("Maximum serum creatinine 1.5 mg/dL for male and 1.4 mg/dL for female") == [
        ("creatinine", 1.5, "male", ""),
        ("creatinine", 1.4, "female", ""),
    ]


def test_a_condition_ends_where_the_next_bound_begins() -> None:
    text = "HbA1c ≤ 6.4 % for those taking alpelisib, or an HbA1c < 8 % for those taking capivasertib"
    assert told(text) == [("hba1c", 6.4, "taking alpelisib", ""), ("hba1c", 8.0, "taking capivasertib", "")]
    run_on = "Direct bilirubin ≤ ULN for subjects with total bilirubin > 1.5 x ULN AST ≤ 2.5 x ULN"
    assert told(run_on) == [("bilirubin_direct", 1.0, "total bilirubin > 1.5 x ULN", ""), ("ast", 2.5, "", "")]


def test_whom_a_clause_admits_or_spares_is_told_apart() -> None:
    admitted = "ALT ≤ 2.5 x ULN except for patients with liver metastases, who are only included if the ALT is < 5 x ULN"
    assert told(admitted) == [("alt", 2.5, "", ""), ("alt", 5.0, "liver metastases", "")]
    spared = "Bilirubin ≤ 1.5 x ULN (individuals with Gilbert syndrome may be enrolled)"
    assert told(spared) == [("bilirubin", 1.5, "", "Gilbert syndrome")]
    higher = "Total bilirubin < 2 x ULN (higher levels are acceptable if Gilbert syndrome is suspected)"
    assert told(higher) == [("bilirubin", 2.0, "", "Gilbert syndrome is suspected")]


def test_a_list_in_brackets_has_one_exception() -> None:
    text = "Impaired kidney function (creatinine > 1.8 mg/dL or GFR < 60 mL/min) unless on dialysis"
    assert told(text) == [("creatinine", 1.8, "", "on dialysis"), ("egfr", 60.0, "", "on dialysis")]


@pytest.mark.parametrize(
    "text",
    [
        "Hemoglobin ≥ 8 g/dL (performed within 7 days prior to enrollment unless otherwise indicated)",
        "Hemoglobin ≥ 8 g/dL (transfusion to reach this threshold is acceptable)",
        "Creatinine clearance ≥ 45 mL/min (confirmation of creatinine clearance is only required when creatinine is > 1.5 x ULN)",
        "eGFR < 30 mL/min (including patients receiving hemodialysis)",
        "Platelets ≥ 50,000/mm3. Participants with transfusion-dependent thrombocytopenia are excluded.",
    ],
)
def test_what_says_how_or_how_often_is_no_condition(text: str) -> None:
    assert {(when, unless) for _, _, when, unless in told(text)} == {("", "")}


def test_counts_and_performance_scores_may_have_exceptions_too() -> None:
    assert (
        told("At least 2 lines of therapy, unless the patient was ineligible for them")[0][3]
        == "patient was ineligible for them"
    )
    (vague,) = criteria("ECOG ≤ 2 unless due to pain").criteria
    assert vague.unsure  # what pain counts is for a person to define


def test_a_decimal_before_a_sentence_is_no_number_of_a_criterion() -> None:
    assert told("INR < 1.5")[0] == ("inr", 1.5, "", "")
    found = criteria("Troponin < 0.06 ug/L. If not available, see below").criteria
    assert [each.value for each in found[0].atoms] == [0.06]


def test_long_names_are_recognised_with_one_slip_of_the_pen() -> None:
    assert told("Alkaline phoshatase ≤ 2.5 x ULN") == [("alp", 2.5, "", "")]
    assert [spelt(word) for word in ("aminotransferace", "performing", "platelet")] == [
        "aminotransferase",
        "performing",
        "platelet",
    ]


def test_some_of_several_bounds_are_enough() -> None:
    (one,) = criteria(
        "At least two of the following: haemoglobin ≥ 10 g/dL, platelets ≥ 100 x 10^9/L, albumin ≥ 3.5 g/dL"
    ).criteria
    assert one.expression == (
        "haemoglobin >= 10 g/dL and platelets >= 100 10^9/L or haemoglobin >= 10 g/dL and albumin >= 3.5 g/dL"
        " or platelets >= 100 10^9/L and albumin >= 3.5 g/dL"
    )
