"""Where the criteria on a page begin and end: labels inside them are criteria, labels behind them are fields."""

import time

import pytest

from equipoise.criteria import criteria
from equipoise.registries import Record, read_record
from equipoise.registries.kinds import age, ages_said, day, which_first
from equipoise.registries.layout.values import set_apart

HEAD = "NCT ID: NCT09990030\nTitle: A trial of something that has a long name\n"


def page(text: str) -> Record:
    (record,), _ = read_record(HEAD + text, file="page.txt")
    return record


def told(record: Record) -> list[str]:
    return [f"{each.kind[:2]} {each.text}" for text in record.eligibility for each in criteria(text.value).criteria]


def test_labels_behind_marks_are_criteria() -> None:
    record = page(
        "Inclusion Criteria:\n- Age: 18-75 years\n- Diagnosis: confirmed hepatocellular carcinoma\nExclusion Criteria:\n"
        "- Condition: severe heart failure\nSex: All\nStart Date: 2024-01-01\n"
    )
    assert told(record) == [
        "in Age: 18-75 years",
        "in Diagnosis: confirmed hepatocellular carcinoma",
        "ex Condition: severe heart failure",
    ]
    assert (record.sex[0].value, str(record.start[0].value), record.conditions) == ("all", "2024-01-01", ())


def test_headings_of_the_cancer_institute_belong_to_the_criteria() -> None:
    record = page(
        "Eligibility\nPATIENT CHARACTERISTICS:\n\nAge:\n\n* 18 and over\n\nSex:\n\n* Male or female\n\nEnrollment: 40\n"
    )
    assert told(record) == ["in 18 and over", "in Male or female"]
    assert record.enrolment[0].value == 40 and not record.minimum_age


def test_a_line_that_only_sounds_like_a_label_is_a_criterion() -> None:
    record = page(
        "Inclusion Criteria\nStatus post liver resection\nParticipants able to take part in follow-up\n"
        "Exclusion Criteria\nSex hormone therapy\nStudy drug allergy\nEnrollment\n300\n"
    )
    assert told(record) == [
        "in Status post liver resection", "in Participants able to take part in follow-up", "ex Sex hormone therapy", "ex Study drug allergy",
    ]  # fmt: skip
    assert record.enrolment[0].value == 300


def test_a_question_ends_the_criteria_of_a_page_in_questions() -> None:
    record = page("Who can participate?\nAdults aged 18 or over with asthma\nWhat does the study involve?\nTwo visits.\n")
    assert told(record) == ["in Adults aged 18 or over with asthma"]


def test_criteria_run_together_in_a_line_are_set_apart_and_others_left_alone() -> None:
    assert set_apart("Inclusion Criteria: * Fit * Adult Exclusion Criteria: * Ill").count("\n") == 4
    assert set_apart("Inclusion Criteria:\nFit - or nearly so") == "Inclusion Criteria:\nFit - or nearly so"


def test_a_saved_web_page_is_read_as_it_is_shown() -> None:
    html = "<!DOCTYPE html><html><script>Status: Completed</script><h1>A trial of a long walk</h1><dl><dt>NCT number</dt><dd>NCT09990031</dd></dl><table><tr><th>Sex</th><td>Female</td></tr></table><nav>Status: Terminated</nav>"
    (record,), _ = read_record(html)
    assert record.identifiers[0].value.id == "NCT09990031"
    assert (record.sex[0].value, record.status) == ("female", ())


@pytest.mark.parametrize("text", ["<html>" + "<p" * 200_000, "<html>" + "<script>" * 50_000, "<html>" + "<!--" * 50_000])
def test_a_broken_web_page_is_refused_in_bounded_time(text: str) -> None:
    started = time.process_time()
    records, findings = read_record(text)
    assert not records and "HTML" in findings[0].says
    assert time.process_time() - started < 5


def test_other_dates_of_a_page_tell_which_number_is_the_day() -> None:
    record = page("Start Date: 3/02/2023\nCompletion Date: 17/02/2025\n")
    assert str(record.start[0].value) == "2023-02-03"
    assert not page("Start Date: 3/02/2023\n").start
    assert str(day("05.04.2023")) == "2023-04-05" and which_first("7 May 2023") == "day"


@pytest.mark.parametrize(
    ("text", "read"),
    [("6 Month(s)", "6 months"), ("< 80age old", "79 years"), ("under 18 years", "17 years"), (">= 20age old", "20 years"), ("40 Jahre", "40 years"), ("18 år", "18 years")],
)  # fmt: skip
def test_ages_are_read_as_registers_write_them(text: str, read: str) -> None:
    assert str(age(text)) == read


def test_a_range_without_an_end_has_no_oldest_age() -> None:
    assert ages_said("18-64 years, 65+ years") == (("minimum_age", "18 years"),)
    assert dict(ages_said("20Year~75Year")) == {"minimum_age": "20Year", "maximum_age": "75 Year"}
    assert ages_said("adults and perhaps others") == ()
