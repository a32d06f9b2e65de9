"""What texts say of when: frames, series, days, and what they leave open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.calendar import Span
from equipoise.timings import LONG, moment, timing
from equipoise.visits import examinations, visits


@pytest.mark.parametrize(
    ("text", "until"),
    [
        ("up to 12 months", "1 year"),
        ("From Baseline to Week 12", "12 weeks"),
        ("From start of treatment to 90 days", "90 days"),
        ("every 3 months within 2 years", "2 years"),
        ("Half annually for three years", "3 years"),
    ],
)
def test_a_frame_says_how_far_it_looks(text: str, until: str) -> None:
    assert str(timing(text).until) == until


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2 years", ["2 years"]),
        ("Week 16", ["16 weeks"]),
        ("Baseline, Week 12 and Week 24", ["0 days", "12 weeks", "24 weeks"]),
        ("Baseline, Week 12, (±3 days), Week 24, (±3 days)", ["0 days", "12 weeks", "24 weeks"]),
        ("6 and 18 months after surgery", ["6 months", "18 months"]),
        ("1 year after discharge from hospital", ["1 year"]),
    ],
)
def test_a_frame_says_at_which_times(text: str, at: list[str]) -> None:
    assert [str(each) for each in timing(text).at] == at


def test_postoperative_days_count_from_surgery() -> None:
    made = timing("postoperative days 1, 3, 5, 7 and 30")
    assert (made.on, made.anchor, str(made.last)) == ((1, 3, 5, 7, 30), "surgery", "30 days")


@pytest.mark.parametrize(
    ("text", "gap"),
    [
        ("through study completion, an average of 2 year", "an average is no bound: follow-up of 2 years"),
        ("duration of the study", "no length is given"),
        ("2 hours", "shorter than a day"),
        ("After 5 doses of medication", "no length of time is told"),
        ("", "no time frame is given"),
        ("Every 1 to 3 months", "3 is taken"),
    ],
)
def test_what_a_frame_leaves_open_is_said(text: str, gap: str) -> None:
    assert gap in timing(text).gap


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("randomization", "randomisation"), ("the completion of treatment", "off_treatment"), ("treatment", "off_treatment"),
        ("start of study treatment", "first_treatment"), ("the operation", "surgery"), ("thermal ablation", "ablation"), ("the third moon", ""),
    ],
)  # fmt: skip
def test_moments_have_one_name(words: str, name: str) -> None:
    assert moment(words) == name


def test_a_sentence_becomes_a_line_of_the_schedule() -> None:
    (line,) = visits("Blood tests and an ECG will be done every 6 weeks within 18 months after randomisation.")
    assert line.do == ("labs", "ecg")
    assert (str(line.timing.every), str(line.timing.until), line.timing.anchor) == ("6 weeks", "18 months", "randomisation")


def test_each_interval_of_a_sentence_has_its_own_examinations() -> None:
    first, second = visits("Ultrasound and blood tests every 3 months and CT every 6 months after 2 years of treatment.")
    assert (first.do, str(first.timing.every), str(first.timing.starting)) == (("ultrasound", "labs"), "3 months", "27 months")
    assert (second.do, str(second.timing.every), str(second.timing.starting)) == (("imaging",), "6 months", "30 months")


def test_rounds_of_treatment_are_counted() -> None:
    (line,) = visits(
        "Every 4 treatment cycles, laboratory tests and imaging (CT or MRI, with PET-CT if necessary) will be done."
    )
    assert (line.timing.rounds, line.do) == (4, ("labs", "imaging"))
    assert "who decides, and when, is not said" in line.gaps[0]


def test_a_line_for_some_alone_says_for_whom() -> None:
    found = visits(
        "Imaging every 3 months. For patients whose disease progresses on treatment, assessments will be every 6 weeks."
    )
    assert found[1].do == ("imaging",) and found[1].only == "patients whose disease progresses on treatment"


def test_a_sentence_without_a_time_is_no_line() -> None:
    assert visits("Laboratory tests were normal. Chemotherapy is given every 2 weeks.") == ()


def test_an_examination_is_counted_once() -> None:
    assert examinations("Contrast-enhanced ultrasound imaging") == ("ultrasound",)


TEXTS = st.text(st.sampled_from("0123456789 every month weeks days after until ,.;()/-–½±\n"), max_size=400)


@given(TEXTS)
def test_no_text_breaks_the_reading(text: str) -> None:
    for each in visits(text):
        assert each.do and 0 <= each.start <= each.end <= len(text)
    assert timing(text).text == " ".join(text.split())


def test_a_text_without_end_is_read_so_far_alone() -> None:
    found = visits("Blood tests every 3 months after surgery. " * 5_000)
    assert 0 < len(found) <= LONG


@given(st.integers(1, 60), st.sampled_from(["days", "weeks", "months"]))
def test_an_interval_is_read_as_it_is_written(count: int, unit: str) -> None:
    (line,) = visits(f"An ECG is done every {count} {unit} after surgery.")
    assert line.timing.every == Span.of(count, unit.removesuffix("s"))
