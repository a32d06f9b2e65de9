"""What a criterion names, and how and, or and not join it: against forms that people wrote, and by hand."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from criteria.shapes import VERDICTS, corpus, form_shape, shapes, verdict
from equipoise.criteria import Needed, ReadCriterion, criteria
from equipoise.criteria.nouns import LONGEST_NAME
from equipoise.criteria.sections import Kind
from equipoise.criteria.spacing import closed_up

PAGE = Path(__file__).parent.parent.parent / "docs" / "explanation" / "reading-criteria.md"
SHAPES = list(shapes())


@cache
def told(at: int) -> str:
    """How one form was read."""
    return verdict(SHAPES[at]["text"], SHAPES[at]["section"], SHAPES[at]["means"])


def only(text: str, kind: Kind = "exclude") -> ReadCriterion:
    (each,) = criteria(text, kind=kind).criteria
    return each


def said(text: str, kind: Kind = "exclude") -> tuple[str | None, str]:
    """What is said, and how surely: whole, part, judgement or text; "unsure" where it may be wrong."""
    each = only(text, kind)
    return each.expression, "unsure" if each.unsure else each.status


# --- names -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Urinary incontinency", "urinary_incontinency"),
        ("Diabetics .", "diabetic"),
        ("coma", "coma"),
        ("Patients with a known history of alcoholism", "alcoholism"),
        ("Presence of neurological diseases ,", "neurological_disease"),
        ("Current use of psychotropic medications.", "psychotropic_medication"),
        ("Severe asthma", "severe_asthma"),  # how severe it is stays in the name
        ("Parkinson's disease", "parkinson_disease"),
        ("Histologically or cytologically confirmed uveal melanoma", "uveal_melanoma"),
        ("Any metabolic disease (e.g. type 1 or type 2 diabetes)", "metabolic_disease"),  # examples are not alternatives
        ("Death", "has_death"),  # a word of the language
        ("Severe allergic reaction to one of the vaccine components", "severe_allergic_reaction_one_vaccine"),
    ],
)
def test_what_a_few_words_name_is_an_item_called_after_them(text: str, name: str) -> None:
    each = only(text)
    assert (each.expression, each.status, each.unsure) == (name, "whole", "")
    assert len(name) <= LONGEST_NAME


def test_the_label_of_an_item_says_all_that_the_text_says() -> None:
    (item,) = only("Any diagnosed metabolic disease (e.g. type 1 or type 2 diabetes)").items
    assert item.label == "Any diagnosed metabolic disease (e.g. type 1 or type 2 diabetes)"
    (item,) = only("History of stroke-like episodes, such as MELAS").items
    assert item.label == "History of stroke-like episodes, such as MELAS"


def test_one_thing_has_one_item_however_it_is_written() -> None:
    found = criteria("* Bleeding disorders\n* bleeding disorder", kind="exclude").criteria
    assert {each.expression for each in found} == {"bleeding_disorder"}


def test_two_things_are_never_one_item_though_their_names_are_cut_alike() -> None:
    text = "* Severe allergic reaction to yellow fever vaccine\n* Severe allergic reaction to yellow fever serum"
    one, other = criteria(text, kind="exclude").criteria
    assert one.expression is not None and (other.expression, other.status) != (one.expression, "whole")


def test_known_terms_keep_their_names() -> None:
    assert only("Claustrophobia or respiratory disorders").expression == "claustrophobia or respiratory_disorder"
    assert only("Diabetes, epilepsy or amblyopia").items[0] == Needed("diabetes", use="history.diabetes")


# --- and, or, not ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("exclude", "Psychosis, bipolar disorder or substance abuse", ("psychosis or bipolar_disorder or substance_abuse", "whole")),
        ("include", "Structural heart disease and implantable defibrillator", ("structural_heart_disease and implantable_defibrillator", "whole")),
        ("exclude", "Neurological disorders with mobility limitations", ("neurological_disorder and mobility_limitation", "whole")),
        ("exclude", "Sick sinus syndrome without pacemaker", ("sick_sinus_syndrome and not pacemaker", "whole")),
        ("include", "No cardiac arrhythmia or amblyopia", ("not (cardiac_arrhythmia or amblyopia)", "whole")),
        ("exclude", "Renal or hepatic failure", ("renal_failure or hepatic_failure", "whole")),
        ("exclude", "Allergy to latex or iodine", ("allergy_to_latex or allergy_to_iodine", "whole")),
        ("exclude", "Surgery on the spine and/or hip", ("surgery_on_spine_and_or_hip", "whole")),  # one thing, named whole
        ("include", "Patients with glioma are eligible", ("glioma", "whole")),
        ("include", "Patients with glioma are ineligible", ("not glioma", "whole")),
        ("exclude", "Psychosis and amblyopia", ("psychosis or amblyopia", "unsure")),  # both, or each alone?
        ("exclude", "No psychosis", ("not psychosis", "unsure")),
        ("exclude", "Severe psychosis or amblyopia", ("severe_psychosis or amblyopia", "unsure")),  # is amblyopia severe?
        ("exclude", "Melanoma except uveal melanoma", ("melanoma and not uveal_melanoma", "unsure")),  # both may be had
    ],
)  # fmt: skip
def test_members_are_joined_as_their_words_join_them(kind: Kind, text: str, expected: tuple[str, str]) -> None:
    assert said(text, kind) == expected


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("History of substance dependence in the past six months;", "last_substance_dependence_on within 6 months before enrolment"),
        ("Previous spinal manipulation within the past month", "last_spinal_manipulation_on within 1 month before enrolment"),
        ("At least 6 months after a traumatic brain injury", "last_traumatic_brain_injury_on at least 6 months before enrolment"),
        ("Vertigo or syncope within 3 weeks of screening", "last_vertigo_on within 3 weeks before enrolment or last_syncope_on within 3 weeks before enrolment"),
    ],
)  # fmt: skip
def test_a_stretch_of_time_asks_for_a_date(text: str, expression: str) -> None:
    each = only(text)
    assert (each.expression, each.status) == (expression, "whole")
    assert {item.type for item in each.items} == {"date"}


@pytest.mark.parametrize(
    ("text", "expression", "item"),
    [
        ("Pre-enrollment CPP < 60 mm Hg", "cpp < 60 mm[Hg]", Needed("cpp", type="quantity", unit="mm[Hg]", label="CPP")),
        ("Anisometropia > 1.5 D", "anisometropia > 1.5", Needed("anisometropia", type="real", label="Anisometropia (D)")),
        ("> / = 5 ppm CO", "co >= 5", Needed("co", type="real", label="CO (ppm)")),
    ],
)
def test_a_number_of_something_else_is_compared_under_its_own_name(text: str, expression: str, item: Needed) -> None:
    each = only(text)
    assert (each.expression, each.status, each.items) == (expression, "whole", (item,))


def test_names_and_bounds_stand_in_one_list() -> None:
    text = "Any organic eye disease, strabismus, astigmatism and/or anisometropia > 1.5 D, prematurity"
    expected = "organic_eye_disease or strabismus or astigmatism or anisometropia > 1.5 or prematurity"
    assert said(text) == (expected, "whole")


# --- what a person is asked ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "Lack of ability to cooperate",
        "Any other serious condition",
        "Not suitable for surgery in the opinion of the investigator",
        "Diseases that would interfere with the study",
        "Willingness to return",
        "Anticoagulants such as heparin are allowed",
        "Haemoglobin 9 g/dL with or without transfusion",
        "Uses nicotine > 2 days/week",
        "Radiotherapy within 2 weeks or a fracture",
    ],
)
def test_what_is_more_than_names_is_asked(text: str) -> None:
    assert only(text).status != "whole"


def test_a_heading_names_nothing() -> None:
    for text in ("Disease characteristics", "Hematology", "Hepatic", "Cohort B", "Main criteria", "The following diseases:"):
        assert [each.expression for each in criteria(text).criteria] in ([], [None])


def test_what_is_named_under_a_heading_of_the_inclusions_is_asked() -> None:
    # one of several kinds, or one more demand? whoever reads it has to say
    found = criteria("* Diagnosis:\n  * Soft tissue sarcoma\n  * Osteosarcoma").criteria
    assert [each.expression for each in found] == [None, None, None]


# --- texts whose signs stand apart -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("apart", "together"),
    [
        ("obesity ( BMI > 30 kg / m 2 )", "obesity (BMI > 30 kg/m2)"),
        ("arthritis ( e . g . , lupus , etc . ) ;", "arthritis (e.g., lupus, etc.);"),
        ("Pre - enrollment CPP < 60 mm Hg", "Pre-enrollment CPP < 60 mm Hg"),
        (
            "Parkinson ' s disease , and / or platelets < 100 , 000 / mm3 .",
            "Parkinson's disease, and/or platelets < 100,000/mm3.",
        ),
        ("AST / ALT ≤ 3 x ULN - must be, so.", "AST / ALT ≤ 3 x ULN - must be, so."),  # written so by a person
    ],
)
def test_signs_that_stand_apart_are_closed_up(apart: str, together: str) -> None:
    plain, places = closed_up(apart)
    assert plain == together
    if places is not None:
        assert "".join(apart[at] for at in places) == plain


def test_places_point_into_the_text_as_it_stood() -> None:
    text = "Inclusion Criteria :\n* Age ( in years ) ≥ 18 , and BMI < 30 kg / m 2 .\n* Hypertension , e . g . treated ;"
    for each in criteria(text).criteria:
        assert text[each.start : each.end] == each.text
        for atom in each.atoms:
            assert re.search(r"\d", each.text[atom.start : atom.end])
    assert "( in years )" in criteria(text).criteria[0].text


# --- against forms that people wrote ---------------------------------------------------------------------------------


def test_a_form_of_the_corpus_is_a_shape() -> None:
    form = (
        'union(\n cond("Claustrophobia"),\n neg(cond("stroke")).temporality(eq(op(LTEQ), val("six"), temporal_unit(MONTH)))\n)'
    )
    assert form_shape(form) == {"or": ["Claustrophobia", {"not": {"what": "stroke", "within": "6 months"}}]}
    bound = 'lab("CPP").num_filter(eq(op(LT), val("60"), unit("mm Hg")))'
    assert form_shape(bound) == {"is": "CPP", "op": "<", "value": 60.0, "unit": ""}


def test_shapes_are_told_apart() -> None:
    assert verdict("Psychosis or coma", "exclude", {"or": ["psychosis", "coma"]}) == "right"
    assert verdict("Renal or hepatic failure", "exclude", "renal hepatic failure") == "coarse"
    assert verdict("Psychosis or coma", "exclude", {"and": ["psychosis", "coma"]}) == "wrong"
    assert verdict("Psychosis or coma", "exclude", {"or": ["psychosis", {"not": "coma"}]}) == "wrong"
    assert verdict("Willing to return", "include", "willing to return") == "asked"


def row(name: str, counts: Counter[str]) -> str:
    return f"| {name} | {counts.total()} | " + " | ".join(str(counts[each]) for each in VERDICTS) + " |\n"


def is_in_the_page(line: str, request: pytest.FixtureRequest) -> bool:
    page = PAGE.read_text(encoding="utf-8")
    if request.config.getoption("--accept"):
        name = re.escape(line.split("|")[1].strip())
        page = re.sub(rf"^\| {name} \| \d.*\n", line, page, flags=re.MULTILINE)
        PAGE.write_text(page, encoding="utf-8")
    return line in page


def test_forms_labelled_before_any_reading_was_seen_are_right_or_asked(request: pytest.FixtureRequest) -> None:
    counts = Counter(told(at) for at in range(len(SHAPES)))
    assert counts["right"] + counts["coarse"] >= 0.5 * counts.total()
    assert counts["wrong"] <= 1
    assert is_in_the_page(row("120 lines of trials", counts), request)


def test_forms_of_the_corpus_are_right_or_asked(shared: Path, request: pytest.FixtureRequest) -> None:
    counts = Counter(verdict(text, section, shape) for _, section, text, shape in corpus(shared) if shape is not None)
    assert counts["right"] + counts["coarse"] >= 0.65 * counts.total()
    # `pervasive` is left out of one form; in another, `pre-menarche` is written as not menarche
    assert counts["wrong"] <= 2
    assert is_in_the_page(row("100 forms of the corpus", counts), request)
