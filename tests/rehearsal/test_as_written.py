"""Trials that change at a look, as written: by law, and in agreement with `analyse` and with the comparison by itself."""

from dataclasses import replace
from datetime import date, timedelta
from math import isfinite

import numpy as np
import pytest
from scipy.stats import norm

from adapting_studies import BLINDED, FUTILITY, UNBLINDED, ready, three_arms, values, with_adapt, within
from equipoise.analysis import analyse
from equipoise.calendar import When
from equipoise.chart import chart
from equipoise.kernels.adaptive import Adaptive, characteristics
from equipoise.protocol import Looked
from equipoise.rehearsal.adapting import Adapting, expected
from equipoise.rehearsal.as_written import _Running, beyond, written
from equipoise.simulation import virtual

EAGER = "{at: 0.5, rule: unblinded_re_estimation, conditional_power: 0.01, maximum: 48}"


def small(*rules: str, more: str = "") -> Adapting:
    return ready(with_adapt(*rules, people=24, more=more))


def run(made: Adapting, trial: Adaptive, count: int, first: int = 0, seed: int = 7):  # type: ignore[no-untyped-def]
    return written(made.study, made.said.name, made.arms, trial, seed, first, count)


class Walked(_Running):
    """Trials whose looks are kept."""

    days: list[int]
    sizes: list[tuple[int, int]]

    def walk(self, number: int) -> tuple[list[int], list[tuple[int, int]], list[float]]:
        """The days of its looks, how large it was to be and how many days later the added join, and the statistics of the last."""
        self.days, self.sizes = [], []
        self.run(
            number, np.zeros((self.trial.looks, 3), np.int64), np.zeros(15, np.int64), np.zeros((len(self.arms), 3), np.int64)
        )
        return self.days, self.sizes, self.at.statistic.tolist()

    def _ticks(self, day: int) -> int:
        if day not in self.days:
            self.days.append(day)
        return super()._ticks(day)

    def _whole(self, number: int, size: int, shift: int):  # type: ignore[no-untyped-def]
        self.sizes.append((size, shift))
        return super()._whole(number, size, shift)


# --- by law ----------------------------------------------------------------------------------------------------------


def test_without_anything_to_adapt_it_is_the_fixed_design_as_written() -> None:
    """Looks at which nothing is claimed and nothing decided: the share of claims is that of the last test alone."""
    made = small(UNBLINDED, more="spending: haybittle_peto 8, ")
    fixed = replace(made.cases[0][2], decisions=())
    once = replace(fixed, after=(), information=(1.0,), efficacy=(fixed.efficacy[-1],), futility=())
    one, other = run(made, fixed, 40), run(made, once, 40)
    assert one.sums == other.sums and one.arms == other.arms
    assert [sum(row[k] for row in one.ended) for k in (1, 2)] == [other.ended[0][1], 0]
    # Re-estimated blinded with a maximum that is the planned number, it stays as it is too.
    blinded = ready(with_adapt(BLINDED, people=24))
    same = replace(blinded.cases[0][2], maximum=24)
    assert run(blinded, same, 20).sums == run(blinded, replace(same, decisions=()), 20).sums


@pytest.mark.parametrize("rule", [UNBLINDED, BLINDED, FUTILITY, EAGER])
def test_trials_add_up_however_they_are_split(rule: str) -> None:
    made = small(rule)
    trial = made.cases[0][2]
    assert run(made, trial, 3) + run(made, trial, 7, 3) == run(made, trial, 10)


def test_no_trial_is_larger_than_its_maximum() -> None:
    made = small(EAGER)
    found = characteristics(made.cases[0][2], run(made, made.cases[0][2], 60))
    assert found.most == 48 and 24 < found.places <= 48
    assert 24 < found.participants.value < 48 and found.enlarged.value > 0.2


# --- in agreement ----------------------------------------------------------------------------------------------------


def analysed(made: Adapting, number: int, grown: tuple[int, int], days: list[int], dropped: tuple[str, ...] = ()):  # type: ignore[no-untyped-def]
    """A trial of which every event is kept, folded and analysed as a real one's would be, with its look recorded."""
    planned, (size, shift), until = made.said.planned, grown, date.fromordinal(days[-1])
    people = list(virtual(made.study, planned, seed=7, trial=number, until=until))
    for each in virtual(made.study, size, seed=7, trial=number, until=until - timedelta(days=shift))[planned:]:
        moved = tuple(replace(event, on=When.on(event.on.first + timedelta(days=shift))) for event in each.events)
        people.append(replace(each, events=moved))
    (analysis,) = made.study.protocol.analyses.values()
    taken = tuple(
        Looked(at=at, on=date.fromordinal(day), dropped=dropped) for at, day in zip(analysis.interim, days[:-1], strict=True)
    )
    analysis = replace(analysis, looked=taken)
    told = replace(made.study, protocol=replace(made.study.protocol, analyses={analysis.name: analysis}))
    (found,) = analyse(told, {each.id: chart(told, each.events, until=until) for each in people}, until=until, virtual=True)
    assert found.tests[0].name.startswith("Final test as planned"), found.findings
    return found


@pytest.mark.parametrize("kind", ["times", "three stages", "shares"])
def test_analyse_says_of_the_same_participants_exactly_what_the_walk_says(kind: str) -> None:
    more = "spending: haybittle_peto 8, "
    made = {
        "times": lambda: small(EAGER, more=more),
        "three stages": lambda: ready(
            with_adapt(EAGER.replace("0.5", "0.4"), people=24, interim="interim: [0.4, 0.7], ", more=more)
        ),
        "shares": lambda: ready(within(EAGER.replace("48", "160"))),
    }[kind]()
    trial, enlarged = made.cases[0][2], 0
    walking = Walked(made.study, made.said.name, made.arms, trial, 7)
    for number in range(8):
        days, sizes, (_, z) = walking.walk(number)
        if len(days) < trial.looks:
            continue  # a claim at a look
        grown = sizes[1] if len(sizes) > 1 else (made.said.planned, 0)
        enlarged += len(sizes) > 1
        found = analysed(made, number, grown, days)
        assert found.tests[0].statistic == pytest.approx(trial.side * z, abs=1e-9)
        if kind != "shares":
            assert found.tests[0].p == pytest.approx(2 * norm.sf(abs(z)), abs=1e-8)
    assert enlarged >= 1


def test_analyse_says_of_the_arm_that_was_kept_what_the_walk_says() -> None:
    made = ready(three_arms())
    walking = Walked(made.study, made.said.name, made.arms, made.cases[0][2], 7)
    for number in range(4):
        days, _, statistics = walking.walk(number)
        (gone,) = np.flatnonzero(~walking.at.alive)
        found = analysed(made, number, (90, 0), days, (made.arms[gone],))
        assert [each.statistic for each in found.tests if "Dunnett" in each.name] == pytest.approx(
            [statistics[3 - gone]], abs=1e-9
        )


def test_as_written_it_finds_what_it_finds_by_itself() -> None:
    """The small trial has nothing that the comparison by itself leaves out, but days, ties and a random pace of joining."""
    found = expected(ready(with_adapt(UNBLINDED)), 1, trials=2_000)
    assert not found.beyond
    assert [(each.label, each.way) for each in found.cases][:3] == [
        ("as assumed", "as written"), ("no difference", "as written"), ("as assumed", "by itself"),
    ]  # fmt: skip
    one, null, other = found.cases[:3]
    for here, there in ((one.adapted, other.adapted), (one.planned, other.planned)):
        assert abs(here.claimed.value - there.claimed.value) <= 3.5 * np.hypot(here.claimed.error, there.claimed.error)
        assert here.participants.value == pytest.approx(there.participants.value, rel=0.03)
        assert here.duration.value == pytest.approx(there.duration.value, rel=0.05)
        assert here.effect.value == pytest.approx(there.effect.value, abs=0.05)
    assert abs(null.adapted.claimed.value - 0.025) <= 3.5 * null.adapted.claimed.error


def test_arms_are_dropped_as_written() -> None:
    made = ready(three_arms())
    found = characteristics(made.cases[0][2], run(made, made.cases[0][2], 200))
    assert sum(each.dropped.value for each in found.arms) == pytest.approx(1.0)
    assert found.arms[1].best.value > found.arms[0].best.value
    assert 60 < found.participants.value < 90


@pytest.mark.parametrize("kind", ["value", "share", "within"])
def test_answers_are_re_estimated_as_written(kind: str) -> None:
    told = within("{at: 0.5, rule: blinded_re_estimation, maximum: 200}") if kind == "within" else values(kind)
    found = expected(ready(told), 1, trials=400)
    assert not found.beyond
    written_, null, alone = found.cases[:3]
    assert written_.adapted.claimed.value == pytest.approx(alone.adapted.claimed.value, abs=0.1)
    assert null.adapted.claimed.value < 0.06
    assert isfinite(written_.adapted.effect.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"test": "wald"}, "not the log-rank test"),
        ({"stratify": ("ward",)}, "stratified"),
    ],
)
def test_what_is_not_run_as_written_says_why(change: dict[str, object], says: str) -> None:
    made = small(UNBLINDED)
    analysis = replace(made.study.protocol.analyses["main"], **change)  # type: ignore[arg-type]
    assert says in beyond(made.study, analysis, made.arms)
    assert not beyond(made.study, made.study.protocol.analyses["main"], made.arms)
    assert "some arms" in beyond(made.study, made.study.protocol.analyses["main"], ("old",))
