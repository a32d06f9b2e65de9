"""Analyses of small trials, worked by hand, and what happens where no number can be given."""

from datetime import date
from math import exp, log

import pytest
from scipy.optimize import brentq, minimize_scalar

from analysis.invented import SIX, UNTIL, arm, people, trial
from equipoise.analysis import Result, analyse

OS = "endpoint: os, estimand: {population: randomised, contrast: new vs old_way, summary: hazard_ratio}"


def only(analysis: str, everyone: dict = SIX, endpoints: str = "", **how: str) -> Result:
    told = trial(analysis, endpoints, **how)
    return next(each for each in analyse(told, people(told, everyone), until=UNTIL) if each.is_declared)


def test_medians_and_the_log_rank_test_by_hand() -> None:
    # Deaths in order: 10 (old, 3 of 6 at risk), 20 (old, 2 of 5), 30 (new, 3 of 4), 50 (new, 2 of 2).
    # Old expects 3/6 + 2/5 + 1/4 + 0 = 1.15, and 2 were seen; the variance is 1/4 + 6/25 + 3/16 + 0 = 0.6775.
    found = only(f"one: {{{OS}, method: kaplan_meier, test: logrank}}")
    (test,) = found.tests
    assert test.statistic == pytest.approx((2 - 1.15) ** 2 / 0.6775)
    assert test.df == 1
    assert found.estimate("Median time", "new").value == 50
    assert found.estimate("Median time", "old_way").value == 20
    assert [(each.arm, each.participants, each.events) for each in found.arms] == [("new", 3, 2), ("old_way", 3, 2)]


def test_the_first_named_is_compared_with_the_second() -> None:
    forth = only(f"one: {{{OS}, method: cox}}")
    back = only(f"one: {{{OS.replace('new vs old_way', 'old_way vs new')}, method: cox}}")
    ratio, inverse = (each.estimates[-1] for each in (forth, back))
    assert ratio.of == "New against Old"
    assert ratio.value == pytest.approx(1 / inverse.value)
    assert ratio.value < 1


def test_the_estimand_is_told_in_its_five_attributes() -> None:
    declared = OS.replace("summary", "intercurrent: {withdrawal: treatment_policy}, summary")
    found = only(f"one: {{{declared}, method: cox}}")
    assert found.population.startswith("All who were randomised")
    assert found.contrast == "New against Old"
    assert found.variable == "Os: time from enrolment to death"
    assert [(each.event, each.strategy) for each in found.intercurrent] == [("Withdrawal", "treatment policy")]
    assert found.summary == "hazard ratio"
    assert found.place.line > 0


def test_nobody_vanishes() -> None:
    everyone = {**SIX, "x1": [("last_contact", 90)], "x2": [arm("new", 3), ("death", 3)]}
    found = only(f"one: {{{OS}, method: kaplan_meier}}", everyone)
    assert found.participants + sum(each.participants for each in found.left_out) == len(everyone)
    assert [(each.why, each.participants) for each in found.left_out] == [("not randomised", 1)]
    assert any("1 participants were randomised after their clock had started" in each for each in found.findings)


def test_an_empty_trial_has_no_number_and_says_so() -> None:
    found = only(f"one: {{{OS}, method: cox}}", {})
    assert not found.estimates
    assert found.findings == ("Not estimated: nobody belongs to the population 'randomised'.",)


def test_a_group_without_events_has_firths_ratio_and_says_so() -> None:
    everyone = {**{key: SIX[key] for key in ("o1", "o2", "o3")}, "n1": [arm("new"), ("last_contact", 60)]}
    found = only(f"one: {{{OS}, method: cox}}", everyone)

    # One of the new arm is at risk beside three of the old on day 10, and beside two on day 20: with the ratio r, the
    # likelihood is 1 / (r + 3) / (r + 2), its information 3r / (r + 3)^2 + 2r / (r + 2)^2, whose root multiplies it.
    def log_likelihood(b: float) -> float:
        r = exp(b)
        return -log(r + 3) - log(r + 2) + 0.5 * log(3 * r / (r + 3) ** 2 + 2 * r / (r + 2) ** 2)

    best = minimize_scalar(lambda b: -log_likelihood(b), bounds=(-5, 5), method="bounded", options={"xatol": 1e-10}).x
    drop = 1.959963984540054**2 / 2
    low, high = (
        brentq(lambda b: log_likelihood(best) - log_likelihood(b) - drop, *sorted((best, best + way))) for way in (-20, 20)
    )
    ratio = found.estimate("Hazard ratio", "New against Old")
    assert ratio is not None
    assert (ratio.value, ratio.lower, ratio.upper) == pytest.approx((exp(best), exp(low), exp(high)), rel=1e-6)
    statistic = 2 * (log_likelihood(best) - log_likelihood(0))
    assert [(each.name, each.statistic) for each in found.tests] == [
        ("Penalised likelihood ratio, New against Old", pytest.approx(statistic, rel=1e-6))
    ]
    assert any("Firth" in each and "Heinze and Schemper" in each for each in found.method)
    assert any(each.startswith("Without a penalty there is no hazard ratio") for each in found.findings)


def test_firths_ratio_turns_over_with_the_arms() -> None:
    none_in_new = {**{key: SIX[key] for key in ("o1", "o2", "o3")}, "n1": [arm("new"), ("last_contact", 60)]}
    swapped = {name: [arm("old_way" if each[0][2]["arm"] == "new" else "new"), *each[1:]] for name, each in none_in_new.items()}
    one, other = (only(f"one: {{{OS}, method: cox}}", each).estimate("Hazard ratio", "New against Old")
                  for each in (none_in_new, swapped))  # fmt: skip
    assert one is not None and other is not None
    assert (one.value, one.lower, one.upper) == pytest.approx((1 / other.value, 1 / other.upper, 1 / other.lower), rel=1e-6)


def test_firths_ratio_bears_strata_and_events_of_nobody_in_one_of_them() -> None:
    everyone = {
        f"{which}{number}": [arm(which), ("baseline", 0, {"centre": "ab"[number % 2]}),
                             ("death", 10 + number) if which == "old_way" and number % 2 else ("last_contact", 50 + number)]
        for which in ("new", "old_way") for number in range(8)
    }  # fmt: skip
    found = only(f"one: {{{OS}, method: cox, stratify: [centre]}}", everyone)
    ratio = found.estimate("Hazard ratio", "New against Old")
    assert ratio is not None and ratio.lower is not None and ratio.upper is not None
    assert 0 < ratio.lower < ratio.value < 1
    # The other stratum has no event, and so no say.
    alone = {name: each for name, each in everyone.items() if each[1][2]["centre"] == "b"}
    other = only(f"one: {{{OS}, method: cox}}", alone).estimate("Hazard ratio", "New against Old")
    assert other is not None and ratio.upper == pytest.approx(other.upper)


def test_without_any_event_there_is_a_sentence_and_no_ratio() -> None:
    everyone = {
        name: [arm(which), ("last_contact", 60 + number)]
        for number, (name, which) in enumerate([("n1", "new"), ("n2", "new"), ("o1", "old_way"), ("o2", "old_way")])
    }
    found = only(f"one: {{{OS}, method: cox}}", everyone)
    assert not [each for each in found.estimates if "ratio" in each.name]
    assert "No hazard ratio: nobody had the event." in found.findings


@pytest.mark.parametrize("word", ["method: matching", "test: gray", "method: cox, emulate: {grace: 30 days}"])
def test_what_this_version_does_not_do_is_said(word: str) -> None:
    found = only(f"one: {{{OS}, {word}}}")
    assert not found.estimates
    assert found.findings[0].startswith("Not estimated here: ")


def test_who_lacks_a_covariate_is_counted() -> None:
    ages = {"n1": 50.0, "n2": 61.0, "o1": 72.0, "o2": 55.0, "o3": 58.0}
    everyone = {key: [("baseline", 0, {"age": ages[key]}), *SIX[key]] if key in ages else SIX[key] for key in SIX}
    found = only(f"one: {{{OS}, method: cox, adjust: [age]}}", everyone)
    assert [each.participants for each in found.left_out] == [1]
    assert "age 1" in found.left_out[0].why
    assert any(each.is_covariate and each.of == "age, for each year" for each in found.estimates) or found.findings
    assert found.participants == 6, "curves still count everyone"


def test_a_covariate_recorded_after_time_zero_is_not_known_then() -> None:
    everyone = {key: [*SIX[key][:-1], ("baseline", 8, {"age": 50.0 + len(key) + index}), SIX[key][-1]]
                for index, key in enumerate(SIX)}  # fmt: skip
    found = only(f"one: {{{OS}, method: cox, adjust: [age]}}", everyone)
    assert "Not adjusted for age: nobody's is known at time zero." in found.findings


# --- before the lock -------------------------------------------------------------------------------------------------


def test_before_the_lock_no_arm_stands_apart() -> None:
    found = only(f"one: {{{OS}, method: cox, test: logrank}}", status="recruiting")
    assert found.is_withheld
    assert not found.tests
    assert [each.arm for each in found.arms] == [""]
    assert not any("ratio" in each.name for each in found.estimates)
    assert any("not locked" in each for each in found.findings)


def test_virtual_data_and_an_interim_look_are_shown() -> None:
    told = trial(f"one: {{{OS}, method: cox, test: logrank, interim: [0.5]}}", status="recruiting")
    charts = people(told, SIX)
    virtual = analyse(told, charts, until=UNTIL, virtual=True)[0]
    look = analyse(told, charts, until=UNTIL, interim=True)[0]
    assert virtual.tests
    assert virtual.is_virtual
    # Locked, it is the end: the final test as planned stands before the ordinary one.
    assert virtual.tests[0].name.startswith("Final test as planned") and look.tests == virtual.tests[1:]
    assert "interim look" in look.findings[0]


def test_a_trial_that_assigns_after_time_zero_is_refused() -> None:
    everyone = {key: [("assignment", 4, {"arm": happened[0][2]["arm"]}), *happened[1:]] for key, happened in SIX.items()}
    found = only(f"one: {{{OS}, method: cox}}", everyone, allocation="non_randomised")
    assert not found.estimates
    assert "only after time zero" in found.findings[0]


# --- other endpoints -------------------------------------------------------------------------------------------------


def test_competing_events_are_not_censored() -> None:
    # Of four in one arm: relapse on 10, death on 20, relapse on 30, one followed to 40.
    # Incidence 1/4, then 1/4 + 1/2 x 1/2 = 1/2; as censoring, Kaplan-Meier would have 1/4 + 3/4 x 1/2 = 5/8.
    told = [("relapse", 10), ("death", 20), ("relapse", 30), ("last_contact", 40)]
    everyone = {f"p{index}": [arm("new"), each] for index, each in enumerate(told)}
    found = only(
        "one: {endpoint: ttr, method: cuminc, estimand: {contrast: new}}", everyone,
        "ttr: {kind: time_to_event, from: enrolment, event: relapse, competing: [death], horizon: 35 days}",
    )  # fmt: skip
    (curve,) = found.curves
    assert curve.kind == "incidence"
    assert curve.at(35)[0] == pytest.approx(0.5)
    assert found.arms[0].competing == 1
    assert found.estimate("With the event after 5 weeks", "new").value == pytest.approx(0.5)


RELAPSE = "ttr: {kind: time_to_event, from: enrolment, event: relapse, competing: [death]}"
TTR = "endpoint: ttr, estimand: {population: randomised, contrast: new vs old_way}"
RIVALS = {
    # New: relapse on day 10, death on 30. Old: relapse on 20, one followed to 40.
    "n1": [arm("new"), ("relapse", 10), ("last_contact", 90)], "n2": [arm("new"), ("death", 30)],
    "o1": [arm("old_way"), ("relapse", 20), ("last_contact", 90)], "o2": [arm("old_way"), ("last_contact", 40)],
}  # fmt: skip


@pytest.mark.parametrize("word", ["test: gray", "method: cuminc"])
def test_incidences_are_compared_by_grays_test(word: str) -> None:
    # Worked by hand in tests/kernels/test_gray.py: a score of 1/6 with a variance of 557/1152.
    found = only(f"one: {{{TTR}, {word}}}", RIVALS, RELAPSE)
    (test,) = [each for each in found.tests if each.name == "Gray"]
    assert test.statistic == pytest.approx(1 / 36 / (557 / 1152))
    assert test.df == 1
    assert any(each.startswith("Gray's test of the incidences of the 2 arms") for each in found.method)


def test_another_test_that_is_named_stands_alone() -> None:
    found = only(f"one: {{{TTR}, method: cuminc, test: logrank}}", RIVALS, RELAPSE)
    assert [each.name for each in found.tests] == ["Log-rank, cause-specific"]


def test_a_subdistribution_hazard_ratio_by_hand() -> None:
    # Who died still counts. With r: r / (2r + 2) at 10, then 1 / (r + 2), largest where 1 - r / (r + 1) = r / (r + 2):
    # r is the square root of 2.
    found = only(f"one: {{{TTR}, method: fine_gray}}", RIVALS, RELAPSE)
    ratio = found.estimate("Subdistribution hazard ratio", "New against Old")
    assert ratio.value == pytest.approx(2**0.5)
    assert ratio.lower < 1 < ratio.upper
    assert not any(each.name == "Cause-specific hazard ratio" for each in found.estimates)
    assert [each.name for each in found.tests] == ["Gray", "Wald, from Fine and Gray's model"]
    assert any("4 participants with 2 events and 1 competing ones" in each for each in found.method)


@pytest.mark.parametrize("word", ["test: gray", "method: fine_gray"])
def test_without_competing_events_there_is_no_such_question(word: str) -> None:
    found = only(f"one: {{{OS}, {word}}}")
    assert not found.estimates
    assert "with which others compete, and the endpoint names none" in found.findings[0]


def test_before_the_lock_incidences_are_not_compared() -> None:
    found = only(f"one: {{{TTR}, method: fine_gray, test: gray, adjust: [sex]}}", RIVALS, RELAPSE, status="recruiting")
    assert not found.tests
    assert not any("ratio" in each.name for each in found.estimates)


def test_a_difference_of_restricted_means_by_hand() -> None:
    # Within 40 days. New: 30 + 2/3 x 10 days, and (20/3)^2 x 1 / (3 x 2) of variance. Old: 10 + 2/3 x 10 + 1/3 x 20,
    # with 40/3 and 20/3 under the curve after its deaths: (40/3)^2 / 6 + (20/3)^2 / 2.
    declared = "endpoint: ttd, estimand: {population: randomised, contrast: new vs old_way}, method: rmst"
    found = only(
        f"one: {{{declared}}}", endpoints="ttd: {kind: time_to_event, from: enrolment, event: death, horizon: 40 days}"
    )
    gap = found.estimate("Difference of mean times within 40 days", "New against Old")
    means = [found.estimate("Mean time within 40 days", each).value for each in ("new", "old_way")]
    assert means == pytest.approx([30 + 20 / 3, 10 + 40 / 3])
    assert gap.value == pytest.approx(40 / 3)
    se = ((20 / 3) ** 2 / 6 + (40 / 3) ** 2 / 6 + (20 / 3) ** 2 / 2) ** 0.5
    assert gap.upper - gap.value == pytest.approx(1.959964 * se)
    (test,) = found.tests
    assert test.statistic == pytest.approx((40 / 3 / se) ** 2)


def test_each_model_says_whether_its_hazards_look_proportional() -> None:
    # New: nobody dies before day 30, and then all do; old: deaths from the first day on, and then hardly any.
    early = {f"o{day}": [arm("old_way"), ("death", day)] for day in range(1, 15)}
    early |= {f"o{day}": [arm("old_way"), ("last_contact", day)] for day in range(90, 96)}
    late = {f"n{day}": [arm("new"), ("death", day)] for day in range(40, 60)}
    found = only(f"one: {{{OS}, method: cox}}", early | late)
    assert any(each.startswith("Proportional hazards were tested by Grambsch and Therneau") for each in found.method)
    assert any(each.startswith("Hazards do not look proportional for the comparison (p = ") for each in found.findings)
    calm = only(f"one: {{{OS}, method: cox}}")
    assert any("the comparison p = " in each for each in calm.method)
    assert not any("look proportional" in each for each in calm.findings)


def test_shares_and_their_difference_by_hand() -> None:
    # New: 1 of 3 relapses, old: 0 of 2, and one was followed for too short a time to tell.
    everyone = {
        "n1": [arm("new"), ("relapse", 10), ("last_contact", 99)], "n2": [arm("new"), ("last_contact", 99)],
        "n3": [arm("new"), ("death", 5)], "o1": [arm("old_way"), ("last_contact", 99)],
        "o2": [arm("old_way"), ("last_contact", 50)], "o3": [arm("old_way"), ("last_contact", 7)],
    }  # fmt: skip
    found = only(
        "one: {endpoint: early, method: proportion, test: fisher, estimand: {contrast: new vs old_way}}", everyone,
        "early: {kind: occurrence, from: enrolment, event: relapse, within: 30 days}",
    )  # fmt: skip
    assert [(each.participants, each.events) for each in found.arms] == [(3, 1), (2, 0)]
    assert [(each.why, each.participants) for each in found.left_out] == [("not followed long enough to tell", 1)]
    assert found.estimate("Share with the event", "new").value == pytest.approx(1 / 3)
    gap = found.estimate("Difference of shares with the event", "New against Old")
    assert gap.value == pytest.approx(1 / 3)
    assert gap.lower < 0 < gap.upper
    assert found.tests[0].p == pytest.approx(1.0)


def test_means_and_welchs_limits_by_hand() -> None:
    # New 1, 2, 3 and old 4, 8: means 2 and 6, variances 1 and 8; error sqrt(1/3 + 4); df = (13/3)^2 / (1/18 + 16).
    points = {"n1": 1.0, "n2": 2.0, "n3": 3.0, "o1": 4.0, "o3": 8.0}
    everyone = {key: [SIX[key][0], ("visit", 3, {"points": points[key]})] if key in points else SIX[key] for key in SIX}
    found = only(
        "one: {endpoint: points, method: mean, test: welch, estimand: {contrast: new vs old_way}}", everyone,
        "points: {kind: measurement, item: points}",
    )  # fmt: skip
    gap = found.estimate("Difference of means", "New against Old")
    (test,) = found.tests
    assert gap.value == pytest.approx(-4)
    assert test.statistic == pytest.approx(-4 / (13 / 3) ** 0.5)
    assert test.df == pytest.approx((13 / 3) ** 2 / (1 / 18 + 16))
    assert [(each.arm, each.number, each.mean) for each in found.spreads] == [("new", 3, 2.0), ("old_way", 2, 6.0)]
    assert [each.participants for each in found.left_out] == [1]


def test_an_endpoint_without_an_analysis_is_described_and_labelled() -> None:
    told = trial("", "well: {kind: measurement, item: well}")
    everyone = {key: [*SIX[key], ("visit", 2, {"well": key != "n1"})] for key in ("n1", "n2", "o2")}
    results = analyse(told, people(told, everyone), until=UNTIL)
    assert [each.label for each in results] == ["Os (descriptive, not declared)", "Well (descriptive, not declared)"]
    assert not any(each.is_declared or each.tests for each in results)
    assert results[1].estimate("Share with yes", "new").value == 0.5


@pytest.mark.parametrize(("item", "yes"), [("well", "n2"), ("operated", "n1")])
def test_answers_of_yes_are_shares_whether_asked_or_defined(item: str, yes: str) -> None:
    told = trial("", f"truth: {{kind: measurement, item: {item}}}")
    everyone = {key: [arm("new"), ("visit", 2, {"well": key == "n2"})] for key in ("n1", "n2", "n3", "n4")}
    everyone["n1"].append(("surgery", 3))
    found = analyse(told, people(told, everyone), until=UNTIL)[1]
    (share,) = [each for each in found.estimates if each.of == "new"]
    assert yes in everyone
    assert (share.name, share.value, share.unit) == ("Share with yes", 0.25, "share")
    # Clopper and Pearson: the upper limit of 1 in 4 solves (1 - p)^4 + 4p(1 - p)^3 = 0.025; the lower 1 - 0.975^(1/4).
    assert share.lower == pytest.approx(1 - 0.975**0.25)
    assert (1 - share.upper) ** 4 + 4 * share.upper * (1 - share.upper) ** 3 == pytest.approx(0.025)
    assert not found.spreads


def test_who_is_followed_too_briefly_is_counted_beside_the_share() -> None:
    everyone = {
        "n1": [arm("new"), ("relapse", 5), ("last_contact", 6)], "n2": [arm("new"), ("last_contact", 8)],
        "n3": [arm("new"), ("last_contact", 90)], "o1": [arm("old_way"), ("last_contact", 90)],
    }  # fmt: skip
    endpoint = "back: {kind: occurrence, from: enrolment, event: relapse, within: 30 days}"
    told = "one: {endpoint: back, method: proportion, estimand: {population: randomised, contrast: new vs old_way}}"
    found = only(told, everyone, endpoint)
    (said,) = [each for each in found.findings if "too high" in each]
    assert said.startswith("1 participant was followed for less than 30 days without the event") and "(1 in New)" in said
    del everyone["n2"]
    assert not any("too high" in each for each in only(told, everyone, endpoint).findings)


def test_the_clock_of_what_is_laid_to_a_procedure_starts_with_it() -> None:
    everyone = {name: [arm(which, 3), ("surgery", 5), ("relapse", 9), ("last_contact", 90)]
                for name, which in (("n1", "new"), ("o1", "old_way"))}  # fmt: skip
    told = "one: {endpoint: back, method: proportion, estimand: {population: randomised, contrast: new vs old_way}}"
    laid = only(told, everyone, "back: {kind: occurrence, event: relapse, attributed_to: surgery, within: 30 days}")
    assert not any("after their clock" in each for each in laid.findings)
    enrolled = only(told, everyone, "back: {kind: occurrence, from: enrolment, event: relapse, within: 30 days}")
    assert any("after their clock" in each for each in enrolled.findings)
    later_ = {name: [("surgery", 1), *happened] for name, happened in everyone.items()}
    # Operated before the lot: that clock had started.
    assert any("after their clock" in each for each in only(told, {
        name: [each for each in happened if each != ("surgery", 5)] for name, happened in later_.items()
    }, "back: {kind: occurrence, event: relapse, attributed_to: surgery, within: 30 days}").findings)  # fmt: skip


def test_values_over_time_count_each_participant_once_around_each_time() -> None:
    seen = [("visit", day, {"points": points}) for day, points in ((0, 1.0), (88, 3.0), (95, 9.0))]
    everyone = {"n1": [arm("new"), *seen], "n2": [arm("new"), ("visit", 93, {"points": 5.0})]}
    found = only("one: {endpoint: course, method: mean}", everyone, "course: {kind: trajectory, item: points}")
    assert [(each.day, each.number, each.mean) for each in found.courses] == [(0, 1, 1.0), (91, 2, 4.0)]


def test_charts_of_another_day_are_refused() -> None:
    told = trial()
    with pytest.raises(ValueError, match="folded up to 2030-01-01"):
        analyse(told, people(told, SIX), until=date(2029, 1, 1))
