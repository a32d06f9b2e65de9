"""The plan that a study's file states, and plans by which nobody can be allocated."""

from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

import equipoise as eq
from a_desk import a_plan
from equipoise.calendar import When
from equipoise.expression.facts import Facts, Row
from equipoise.randomisation import Unfit, plan, plan_of, stratum
from equipoise.study import study
from two_arm_study import TEXT, two_arms


def test_the_plan_of_a_shipped_study_is_what_its_file_says() -> None:
    told = plan(eq.load(eq.shipped() / "pdac-oligo-ablation"))
    assert (told.method, told.blocks, told.once, told.places) == ("permuted_blocks", (4, 6), ("ablation", "chemotherapy"), 60)
    assert plan_of(told.paper()) == told
    assert told.protocol == sha256((eq.shipped() / "pdac-oligo-ablation" / "study.yaml").read_bytes()).hexdigest()


def test_a_study_whose_arms_are_assigned_is_not_randomised() -> None:
    with pytest.raises(Unfit, match="its arms are assigned"):
        plan(eq.load(eq.shipped() / "batch-rfa-crlm"))


def stratified(strata: str, method: str = "permuted_blocks") -> eq.Study:
    text = TEXT.replace("after: enrolment", f"strata: [{strata}], after: enrolment")
    return study(text.format(people=40, method=method, blocks="", interim="", ratio="0.5"))


def test_the_levels_of_a_choice_and_of_the_sites_are_listed() -> None:
    told = plan(stratified("ward"))
    assert told.factors == {"ward": ("east", "north", "south", "west")}
    assert [*told.strata()] == [{"ward": each} for each in ("east", "north", "south", "west")]
    assert told.blocks == (2,)  # the smallest block that the ratio allows, where none is stated


def test_minimisation_states_its_random_element() -> None:
    assert plan(stratified("ward", "minimisation")).probability == "0.8"
    assert plan(stratified("ward", "minimisation"), probability="0.7").probability == "0.7"
    assert plan(two_arms(method="biased_coin", blocks="")).probability == "2/3"


def test_what_has_no_short_list_of_answers_is_no_stratum() -> None:
    with pytest.raises(Unfit, match="'age' is told by no short list"):
        plan(stratified("age"))


def test_the_stratum_of_a_participant_is_what_was_recorded_and_unknown_before() -> None:
    day = When.on(date(2026, 1, 1))
    told = stratified("ward")
    assert stratum(told, Facts(date(2026, 2, 1), {"screening": (Row(day, {"ward": "north"}),)}, frozenset())) == {
        "ward": "north"
    }
    assert stratum(told, Facts(date(2026, 2, 1), {}, frozenset())) == {"ward": None}


@pytest.mark.parametrize(
    ("otherwise", "says"),
    [
        ({"ratio": {"new": 1}}, "there is one arm"),
        ({"ratio": {"new": 1, "old": 0}}, "whole numbers above 0"),
        ({"ratio": {"new": 1, 'o"ld': 1}}, "no name"),
        ({"ratio": {"new": 1, "o" * 65: 1}}, "no name of at most 64 bytes"),
        ({"blocks": (4, 5)}, "blocks of 5 do not hold"),
        ({"blocks": (1_000,)}, "blocks of 1000"),
        ({"blocks": ()}, "permuted blocks have sizes"),
        ({"places": 0}, "whole numbers above 0"),
        ({"places": True}, "whole numbers above 0"),
        ({"protocol": "none"}, "hash of its file"),
        ({"method": "by hand"}, "'by hand' is no method that draws lots"),
        ({"method": "assigned"}, "'assigned' is no method that draws lots"),
        ({"method": "simple", "blocks": (4,)}, "simple knows no blocks"),
        ({"probability": "0.8"}, "knows no probability"),
        ({"method": "biased_coin"}, "written as 0.8 or 2/3"),
        ({"method": "biased_coin", "probability": "1/0"}, "not above chance"),
        ({"method": "biased_coin", "probability": "0.5"}, "not above chance"),
        ({"method": "biased_coin", "probability": "3/2"}, "not above chance and below certainty"),
        ({"method": "biased_coin", "probability": "2/3", "ratio": {"new": 2, "old": 1}}, "serves arms of equal size"),
        ({"method": "minimisation", "probability": "0.8"}, "needs a factor"),
        ({"factors": {"sex": ()}}, "each factor has levels"),
        ({"factors": {"sex": ("f", "f")}}, "each of them once"),
        ({"factors": {f"f{n}": ("a", "b", "c", "d") for n in range(8)}}, "more than 1,000,000 tickets"),
        ({"factors": {f"{n:060}": ("a",) for n in range(20)}}, "bytes to write"),
    ],
)
def test_a_plan_by_which_nobody_can_be_allocated_says_why(otherwise: dict[str, object], says: str) -> None:
    with pytest.raises(Unfit, match=says):
        a_plan(**otherwise)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda each: st.lists(each) | st.dictionaries(st.text(), each)))
def test_what_is_no_plan_is_never_taken_for_one(paper: object) -> None:
    with pytest.raises(Unfit):
        plan_of(paper)
    for key in a_plan().paper():
        told = a_plan().paper() | {key: paper}
        try:
            assert plan_of(told).paper().keys() == told.keys()
        except Unfit:
            pass
