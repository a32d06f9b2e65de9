"""Bounds as words say them."""

import pytest

from equipoise.calendar import Span
from equipoise.words import bounds_said


def said(text: str) -> list[tuple[str, float, str, str]]:
    return [(each.op, each.number, each.unit, each.relative) for each in bounds_said(text)]


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("Eighteen years or older.", (">=", 18, "years", "")),
        ("At least 18 years of age", (">=", 18, "years", "")),
        ("Must have minimum age of 18 Years", (">=", 18, "years", "")),
        ("Younger than eighteen.", ("<", 18, "", "")),
        ("The age must not be under 18", (">=", 18, "", "")),
        ("No more than four liver metastases.", ("<=", 4, "", "")),
        ("Two or more metastases in the liver.", (">=", 2, "", "")),
        ("not exceeding 3 cm in diameter", ("<=", 3, "cm", "")),
        ("Platelets ≥ 100,000/mm3", (">=", 100_000, "/mm3", "")),
        ("absolute neutrophil count ≥1.5×10^9/L", (">=", 1.5, "10^9/L", "")),
        ("Bilirubin no more than 1.5 times the upper limit of normal", ("<=", 1.5, "", "uln")),
        ("AST =< 2.5 x institutional ULN", ("<=", 2.5, "", "uln")),
        ("Karnofsky performance status of 70 or higher", (">=", 70, "", "")),
        ("Neuropathy >grade 1 (CTCAE, v 5.0)", (">", 1, "", "")),
        ("CA 19-9 above 37 U/mL", (">", 37, "U/mL", "")),
        ("creatinine clearance > 30 mL/min", (">", 30, "mL/min", "")),
    ],
)
def test_a_bound_is_read_with_its_comparator_number_and_unit(text: str, bound: tuple[str, float, str, str]) -> None:
    assert said(text) == [bound]


@pytest.mark.parametrize("text", ["ECOG 0-1", "ECOG 0 or 1", "between 0 and 1", "grade 0 to 1", "ECOG PS 0–1"])
def test_a_range_is_two_bounds(text: str) -> None:
    assert said(text) == [(">=", 0, "", ""), ("<=", 1, "", "")]


@pytest.mark.parametrize(
    "text", ["RECIST 1.1", "CA 19-9", "two forms of contraception", "in 2019-2020", "25-hydroxy", "stage III", ""]
)
def test_a_number_that_bounds_nothing_is_left_alone(text: str) -> None:
    assert not said(text)


@pytest.mark.parametrize(
    ("text", "length", "is_anchored"),
    [
        ("Major surgery within four weeks before study treatment starts", Span(days=28), True),
        ("Another malignancy within 2 years", Span(months=24), False),
        ("within 2 weeks (14 days) prior to the first visit", Span(days=14), True),
        ("chemotherapy in the last 3 months", Span(months=3), True),
        ("surgery at least 6 weeks before enrolment", Span(days=42), True),
    ],
)
def test_a_window_knows_its_length_and_whether_it_hangs_on_something(text: str, length: Span, is_anchored: bool) -> None:
    (window,) = bounds_said(text)
    assert window.window and window.span == length and window.is_anchored is is_anchored


def test_an_age_is_no_window() -> None:
    assert not any(each.window for each in bounds_said("18 years or older, at least 18 years of age, aged 18-75 years"))
