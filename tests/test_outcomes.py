"""What outcomes of registers come to, and what they leave open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.outcomes import ITSELF, outcome


def test_time_from_enrolment_to_death_is_survival() -> None:
    made = outcome("Overall Survival", "Time from enrollment to death", "2 years", "primary")
    assert (made.kind, made.origin, made.events, str(made.horizon), made.gaps) == (
        "time_to_event",
        "enrolment",
        ("death",),
        "2 years",
        (),
    )


def test_what_the_page_defines_comes_before_what_the_name_means_elsewhere() -> None:
    made = outcome("Progression-free survival", "Time from thermal ablation to recurrence of liver lesion", "2 years")
    assert (made.origin, made.events, made.competing) == ("ablation", ("recurrence",), ("death",))
    assert made.gaps == ("what a death without recurrence counts as is not said",)


def test_a_name_alone_leaves_its_origin_and_its_events_open() -> None:
    made = outcome("RFS", "Recurrence free survival", "through study completion, an average of 2 year")
    assert made.events == ("recurrence", "death") and made.horizon is None
    assert [gap.split(":")[0] for gap in made.gaps] == [
        "an average is no bound",
        "from when it counts is not said",
        "which events count is not said",
    ]


@pytest.mark.parametrize(
    ("title", "kind", "events"),
    [
        ("Procedure related mortality", "occurrence", ("death",)),
        ("Incidence of adverse events", "occurrence", ("adverse_event",)),
        ("Percentage of Patients Who Survive at Least 12 Months", "occurrence", ("death",)),
        ("Percentage of participants with a new stent", "occurrence", (ITSELF,)),
        ("Time to recovery of walking", "time_to_event", (ITSELF,)),
        ("Medical cost", "cost", ()),
        ("Patient satisfaction", "score", ()),
        ("Change from baseline in bilirubin", "trajectory", ()),
        ("CRP", "measurement", ()),
        ("Angioplasty time", "measurement", ()),
    ],
)  # fmt: skip
def test_a_title_tells_the_kind(title: str, kind: str, events: tuple[str, ...]) -> None:
    made = outcome(title, "", "30 days")
    assert (made.kind, made.events) == (kind, events)


def test_a_group_of_tests_is_asked_about() -> None:
    made = outcome("Liver function", "Serum concentrations", "2 years")
    assert made.measures[:2] == ("labs.bilirubin", "labs.albumin")
    assert "which tests 'liver function' stands for is not said" in made.gaps


def test_what_cannot_be_told_is_said() -> None:
    assert "how it is measured" in outcome("Chewing", "", "1 day").gaps[0]


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=80))
def test_no_text_breaks_the_reading(title: str, text: str, frame: str) -> None:
    made = outcome(title, text, frame)
    assert bool(made.events) == (made.kind in ("time_to_event", "occurrence"))
