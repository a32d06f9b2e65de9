"""What a file lets change at a look: read, said in words, carried out on virtual trials, and never passed over in silence."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from adapting_studies import BLINDED, FUTILITY, UNBLINDED, ready, three_arms, values, with_adapt
from equipoise.finding import errors
from equipoise.prospects import prospects
from equipoise.rehearsal import Adapted, rehearsing
from equipoise.rehearsal.adapting import ADAPTED, Adapting, adapting, expected
from equipoise.rehearsal.comparison import AS_PLANNED, comparisons
from equipoise.reports.adaptive_section import NONE, adaptive_section, changes
from equipoise.reports.page import Section, Table
from equipoise.reports.simulation_page import simulation_page
from equipoise.study import Study, study
from two_arm_study import TEXT, two_arms


def alone(made: Adapting, trials: int, seed: int = 1) -> Adapted:
    """What can be expected of a comparison by itself."""
    found = expected(made, seed, trials=trials, written=5)
    return replace(found, cases=tuple(each for each in found.cases if each.way == "by itself"))


def test_a_file_says_what_may_change_in_four_words() -> None:
    told = with_adapt(UNBLINDED, FUTILITY)
    assert not errors(told.findings)
    first, second = told.protocol.analyses["main"].adapt
    assert (first.at, first.rule, first.maximum, first.conditional_power) == (
        Decimal("0.5"),
        "unblinded_re_estimation",
        120,
        Decimal("0.3"),
    )
    assert first.is_re_estimation and not second.is_re_estimation
    assert first.called == "unblinded re-estimation"


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (with_adapt(FUTILITY, interim=""), "no look is planned there (interim: none)"),
        (with_adapt("{at: 0.5, rule: futility}"), "does not say below which conditional power"),
        (with_adapt(UNBLINDED.replace("conditional_power: 0.3, ", "")), "does not say from which conditional power"),
        (with_adapt(UNBLINDED.replace("0.3", "0.8")), "the promising zone is empty"),
        (with_adapt(UNBLINDED.replace("0.3", "1.3")), "no chance between 0 and 1"),
        (with_adapt(BLINDED.replace("120", "60")), "no more than the 60 that are planned"),
        (with_adapt("{at: 0.5, rule: blinded_re_estimation}"), "does not say up to how many participants"),
        (with_adapt(BLINDED.replace("max", "conditional_power: 0.3, max")), "has no use for a conditional power"),
        (with_adapt(FUTILITY.replace("cond", "maximum: 90, cond")), "has no use for a maximum"),
        (with_adapt(BLINDED, UNBLINDED), "more than once"),
        (with_adapt("{at: 0.5, rule: keep_best}"), "one arm beside the control"),
        (with_adapt(BLINDED.replace("0.5", "1")), "a look lies between 0 and 1"),
        (three_arms(BLINDED), "what is known of that is for two"),
        (three_arms(more="spending: pocock, "), "Dunnett's bound would not hold its level"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_an_error_and_is_not_simulated(made: Study, says: str) -> None:
    found = [each for each in made.check() if each.rule == "adaptation-cannot-be-made"]
    assert any(says in each.says for each in found), [each.says for each in found]
    if "has no use for a maximum" not in says and "promising zone is empty" not in says and "Dunnett" not in says:
        (told,) = adapting(made, prospects(made))
        assert isinstance(told, Adapted) and told.cannot and changes(told) == (told.cannot,)


def test_an_analysis_that_compares_no_arms_has_nothing_to_adapt() -> None:
    single = study(TEXT.format(people=60, method="permuted_blocks", blocks="blocks: [4], ", interim=f", interim: [0.5], adapt: [{FUTILITY}]", ratio="0.5").replace("contrast: new vs old, ", ""))  # fmt: skip
    assert any("compares no arms" in each.says for each in single.check())
    (told,) = adapting(single, prospects(single))
    assert isinstance(told, Adapted) and told.cannot


def test_the_trial_that_is_run_is_the_one_that_the_file_plans() -> None:
    trial = ready(with_adapt(UNBLINDED)).cases[0][2]
    assert (trial.participants, trial.maximum, trial.accrual, trial.until, trial.block) == (60, 120, 12.0, 36.0, (2, 2))
    assert trial.information == (0.5, 1.0) and trial.is_combined and trial.wanted == 0.8
    assert trial.after == (round(prospects(with_adapt(UNBLINDED))[0].events / 2),)  # type: ignore[operator]
    without_look = ready(with_adapt(BLINDED, interim="")).cases[0][2]
    assert without_look.efficacy == pytest.approx((float("inf"), 1.959964)) and not without_look.is_combined


def test_a_worse_first_arm_is_looked_for_on_its_own_side() -> None:
    worse = ready(two_arms(people=80, ratio="2", interim=f", interim: [0.5], adapt: [{FUTILITY}]"))
    assert worse.cases[0][2].side == -1.0
    seen = alone(worse, 3000).cases[0].adapted
    assert seen.claimed.value > 0.5
    assert seen.effect.value > 0


def test_enlarging_finds_more_and_claims_no_more_without_a_difference() -> None:
    found = alone(ready(with_adapt(UNBLINDED)), 20_000)
    true, none, slower = found.cases
    assert (true.label, none.label, none.is_null) == ("as assumed", "no difference", True)
    assert true.adapted.claimed.value > true.planned.claimed.value + 3 * true.planned.claimed.error
    assert abs(none.adapted.claimed.value - none.planned.claimed.value) < 4 * none.planned.claimed.error
    assert true.adapted.most == 120 and true.planned.most == 60
    assert true.adapted.participants.value > 60 > 1 > true.adapted.enlarged.value > 0.1
    assert slower.adapted.claimed.value > slower.planned.claimed.value
    assert true.planned.enlarged.value == 0


def test_the_closed_form_of_the_design_agrees_with_the_trials() -> None:
    told = prospects(with_adapt(UNBLINDED))[0]
    (said,) = [each for each in told.says if "With it the effect is found" in each]
    power = float(re.search(r"about (\d+) %", said)[1]) / 100  # type: ignore[index]
    found = alone(ready(with_adapt(UNBLINDED)), 20_000).cases[0].adapted
    assert found.claimed.value == pytest.approx(power, abs=0.02)
    assert any("plan without that" in each for each in told.says)


def test_arms_that_may_be_dropped_are_tested_at_dunnetts_bound_and_claim_nothing_early() -> None:
    told = three_arms()
    assert not errors(told.check())
    each = prospects(told)
    assert all(one.level == pytest.approx(0.02696, abs=1e-4) and not one.looks for one in each)
    found = alone(ready(told), 10_000)
    true, none = found.cases
    assert found.arms == ("New treatment", "Newer treatment") and found.level == 0.025
    assert true.adapted.arms[0].dropped.value + true.adapted.arms[1].dropped.value == pytest.approx(1.0)
    assert true.adapted.arms[1].best.value > true.adapted.arms[0].best.value
    assert none.adapted.claimed.value <= 0.025 + 4 * none.adapted.claimed.error
    assert true.adapted.participants.value < 90
    dropped = alone(ready(three_arms("{at: 0.5, rule: futility, conditional_power: 0.2}")), 10_000).cases[1].adapted
    assert dropped.given_up.value > 0.3


@pytest.mark.parametrize("kind", ["value", "share"])
def test_values_and_shares_are_re_estimated_too(kind: str) -> None:
    told = values(kind)
    assert not errors(told.findings), told.findings
    found = alone(ready(told), 10_000)
    assert found.cases[0].adapted.claimed.value > 0.7
    assert abs(found.cases[1].adapted.claimed.value - 0.025) < 0.006
    unblinded = alone(
        ready(values(kind, "{at: 0.5, rule: unblinded_re_estimation, conditional_power: 0.3, maximum: 200}")), 5_000
    )
    assert 0 < unblinded.cases[0].adapted.enlarged.value < 0.6


def test_the_page_says_what_may_change_and_what_follows() -> None:
    told = with_adapt(UNBLINDED, people=20)
    made = rehearsing(told, trials=20, seed=1, jobs=1)
    made.adapting = tuple(replace(each, cases=each.cases[:1]) for each in made.adapting if isinstance(each, Adapting))
    found = made.rest()
    assert [each.label for each in found.adapted] == ["Main"]
    assert [(each.way, each.adapted.trials) for each in found.adapted[0].cases] == [("as written", 20), ("by itself", ADAPTED)]
    found = replace(found, adapted=(expected(ready(told), 1, trials=500),))
    page = simulation_page(told, found)
    assert NONE not in page
    for said in (
        "What may change at a look",
        "promising zone",
        "Cui, Hung and Wang",
        "Without a difference it makes a claim",
        "virtual trials as written",
        AS_PLANNED,
    ):
        assert said in page, said
    section = adaptive_section(found.adapted)
    assert section is not None and adaptive_section(()) is None
    assert NONE in simulation_page(told, replace(found, adapted=()))


def test_the_plan_as_written_says_that_it_is_the_plan() -> None:
    for told in (with_adapt(UNBLINDED), three_arms()):
        (compared,) = comparisons(told, prospects(told))
        assert compared.note == AS_PLANNED
    (plain,) = comparisons(two_arms(), prospects(two_arms()))
    assert not plain.note


def test_several_arms_have_a_table_of_their_own() -> None:
    said = expected(ready(three_arms()), 1, trials=300, written=30)
    section = adaptive_section((said, Adapted("x", "Another", cannot="It is not simulated.")))
    assert section is not None
    tables = [part for each in section.parts if isinstance(each, Section) for part in each.parts if isinstance(part, Table)]
    assert [each.caption for each in tables] == ["With what may change, and without", "Each arm"]
    assert any("1.0 of 2 arms are dropped on average" in each for each in changes(said))


def test_the_same_seed_gives_the_same_numbers_on_one_processor_or_two() -> None:
    from concurrent.futures import ThreadPoolExecutor

    one = ready(with_adapt(BLINDED))
    with ThreadPoolExecutor(2) as two:
        assert repr(expected(one, 3, trials=3_000, written=250)) == repr(
            expected(one, 3, trials=3_000, written=250, executor=two)
        )
    assert repr(expected(one, 4, trials=300)) != repr(expected(one, 3, trials=300))
