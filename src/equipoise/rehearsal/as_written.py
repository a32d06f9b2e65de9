"""A trial that changes at a look, as written: whole participants of the protocol, looked at and decided upon as the plan says.

Participants are those of the fast interpreter, every visit, wait and decision of theirs. What is known at a look is what had been
recorded by its day: the trial is drawn again up to it. The looks themselves, what follows from them, and what is counted, are those
of the comparison by itself (`kernels.loops.adaptive_trial`): only what they look at comes from elsewhere.

Those by whom a trial is enlarged are those who would have joined next, at the pace of joining; where the look comes after the last
one planned has joined, all of them join so many days later. Who would join an arm that was dropped does not.
"""

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..calendar import Span, later
from ..endpoints.measurement import is_truth
from ..kernels.adaptive import Adaptive, Answer, Totals, designed, ticks_of
from ..prospects.plan import drawn_item
from ..protocol import Analysis, Endpoint, Estimand
from ..simulation.assumptions import DAYS_PER_MONTH
from ..simulation.participants import horizon
from ..simulation.plan import plan
from ..study import Study
from .side_by_side import compared

if TYPE_CHECKING:
    from ..simulation.compiled import Compiled

LOGRANK, MODELS = ("logrank", "log_rank"), ("", "kaplan_meier", "km", "logrank", "cox", "cox_efron", "cox_breslow")
MEANS, STUDENT, SHARES = ("", "mean", "welch"), ("", "welch", "t", "t_test"), ("", "proportion", "risk_difference")
WHOLE = ("", "enrolled", "randomised")


def beyond(study: Study, analysis: Analysis, arms: tuple[str, ...]) -> str:
    """Why a comparison that adapts is not run as written, but by itself alone; empty where it is."""
    from ..simulation.compiled import compiled
    from ..simulation.statements import NotCompiled

    endpoint = study.protocol.endpoints[analysis.endpoint]
    if set(arms) != set(study.protocol.arms):
        return "some arms are not compared"
    if (analysis.estimand or Estimand()).counted not in WHOLE:
        return "it counts some participants alone"
    if analysis.stratify:
        return "its test is stratified"
    if endpoint.kind == "time_to_event":
        if analysis.test not in LOGRANK or analysis.method not in MODELS:
            return "its test is not the log-rank test"
    elif endpoint.kind not in ("measurement", "occurrence"):
        return f"it compares a {endpoint.kind}"
    elif endpoint.kind == "occurrence" and (
        endpoint.within is None or endpoint.attributed_to or _origin(endpoint, study) is None
    ):
        return "it has no time, from an activity on, within which something is to happen"
    elif endpoint.kind == "occurrence" or is_truth(endpoint, study):
        if analysis.test or analysis.method not in SHARES:
            return "its test is not that of two shares"
    elif analysis.method not in MEANS or analysis.test not in STUDENT:
        return "its test is not that of two means"
    elif (item := drawn_item(endpoint, study)) is not None and item.type in ("choice", "text", "date"):
        return "it compares no means"
    try:
        made = compiled(study)
    except NotCompiled as why:
        return str(why)
    if plan(study).is_retrospective:
        return "its participants have joined already"
    return "" if analysis.endpoint in made.endpoints else "its endpoint is not compiled"


def _origin(endpoint: Endpoint, study: Study) -> str | None:
    """The activity with which the clock of an endpoint starts; None where it is no bare activity."""
    name = endpoint.from_.text.strip() if endpoint.from_ is not None else "enrolment"
    return name if name in study.activities else None


class _Rows(NamedTuple):
    """What is known of each participant by a day: the arm, control first, -1 of who has not joined; when they joined; whether there
    is an outcome; a follow-up or an answer; whether there is an event or an answer, and on which day."""

    arm: NDArray[np.int64]
    joined: NDArray[np.int64]
    is_told: NDArray[np.bool_]
    value: NDArray[np.float64]
    happened: NDArray[np.bool_]
    on: NDArray[np.int64]


def written(study: Study, name: str, arms: tuple[str, ...], trial: Adaptive, seed: int, first: int, count: int) -> Totals:
    """So many trials from a number on, added up as `kernels.adaptive` adds up its own.

    Args:
        study: The study.
        name: The analysis.
        arms: What it compares, the control first.
        trial: How it is looked at, and what may change then.
        seed: The seed.
        first: The number of the first trial.
        count: How many.
    """
    from ..kernels.loops.adaptive_trial import SUMS

    ended, whole = np.zeros((trial.looks, 3), np.int64), np.zeros(SUMS, np.int64)
    by_arm = np.zeros((len(arms), 3), np.int64)
    running = _Running(study, name, arms, trial, seed)
    for number in range(first, first + count):
        running.run(number, ended, whole, by_arm)
    return Totals(
        count, tuple(map(tuple, ended.tolist())), tuple(whole.tolist()), tuple(map(tuple, by_arm.tolist()))
    )  # fmt: skip


@lru_cache(16)
def _places(arms: tuple[str, ...], given: tuple[str, ...]) -> NDArray[np.int64]:
    """The place of each arm of the protocol among those compared; the last is that of nobody's."""
    return np.array([*(arms.index(each) for each in given), -1])


def _passed(zero: NDArray[np.int64], is_told: NDArray[np.bool_], within: Span) -> NDArray[np.int64]:
    """The day on which the time within which something is to happen has passed."""
    days = zip(zero.tolist(), is_told.tolist(), strict=True)
    return np.array([later(date.fromordinal(day), within).toordinal() if told else 0 for day, told in days], np.int64)


def _with(planned: _Rows, every: _Rows, size: int, shift: int) -> _Rows:
    """The planned participants, and those beyond them, who join so many days later."""
    joined = np.where(every.arm >= 0, every.joined + shift, 0)
    return _Rows._make(
        np.concatenate((one, other[size:]))
        for one, other in zip(planned, every._replace(on=every.on + shift, joined=joined), strict=True)
    )


class _Running:
    """Trials of one comparison, one after another."""

    def __init__(self, study: Study, name: str, arms: tuple[str, ...], trial: Adaptive, seed: int) -> None:
        from ..kernels.loops.adaptive_trial import room
        from ..simulation.compiled import compiled

        self.study, self.trial, self.seed, self.arms = study, trial, seed, arms
        self.made: Compiled = compiled(study)
        self.analysis = study.protocol.analyses[name]
        self.endpoint = self.made.endpoints.index(self.analysis.endpoint)
        self.of_time = not isinstance(trial.arms[0], Answer)
        told = study.protocol.endpoints[self.analysis.endpoint]
        self.within = told.within if told.kind == "occurrence" else None
        self.origin = self.made.forms.index(_origin(told, study)) if self.within is not None else -1
        self.design, self.at = designed(trial), room(2, len(arms))
        self.start = plan(study).start.toordinal()
        self.ticks_a_day = ticks_of(trial, 1 / DAYS_PER_MONTH)

    # --- who is there -------------------------------------------------------------------------------------------

    def _drawn(self, number: int, size: int, until: int | None) -> _Rows:
        day = date.fromordinal(until) if until is not None else None
        drawn = self.made.participants(size, seed=self.seed, first_trial=number, until=day)
        status, there = drawn.statuses[:, self.endpoint], drawn.person("joined") > 0
        arm = np.where(there, _places(self.arms, tuple(self.study.protocol.arms))[drawn.person("arm")], -1)
        is_told, on = (arm >= 0) & (status >= 0), drawn.moments[:, self.endpoint].astype(np.int64)
        value = np.nan_to_num(drawn.values[:, self.endpoint].astype(float))
        if self.within is not None:
            # An answer is known when its time has passed: with early events alone there would seem to be too many.
            on = _passed(drawn.first_days[:, self.origin], is_told, self.within)
            is_told, value = is_told & (on <= (until if until is not None else on)), 1.0 * (status == 1)
        return _Rows(
            arm, np.where(there, drawn.person("enrolled_on"), 0).astype(np.int64), is_told, value,
            is_told & (status == 1) if self.of_time else is_told, on,
        )  # fmt: skip

    def _by(self, number: int, size: int, day: int, shift: int) -> _Rows:
        """What is known by a day of a trial, of which those beyond the planned ones join so many days later."""
        planned = self.trial.participants
        found = self._drawn(number, planned, day)
        return found if size <= planned else _with(found, self._drawn(number, size, day - shift), planned, shift)

    def _whole(self, number: int, size: int, shift: int) -> tuple[_Rows, int]:
        """The same of a trial that goes on to its end, and that day: when the last to join has been followed as planned."""
        every = self._drawn(number, size, None)
        last = date.fromordinal(int(every.joined.max()))
        end = later(last, horizon(self.study)).toordinal() + shift
        planned = self.trial.participants
        return (every if size <= planned else _with(self._drawn(number, planned, end), every, planned, shift)), end

    # --- one trial ----------------------------------------------------------------------------------------------

    def run(self, number: int, ended: NDArray[np.int64], whole: NDArray[np.int64], by_arm: NDArray[np.int64]) -> None:
        """Run a trial, and add how it ended; the statistics of its last look are in the room then."""
        from ..kernels.loops import adaptive_trial as loop
        from ..kernels.loops.two_arm_trial import GOES_ON

        design, at, trial = self.design, self.at, self.trial
        loop.begun(at)
        size, shift, scale, since, gone = trial.participants, 0, 1.0, 0.0, np.zeros(len(self.arms), np.int64)
        everybody, end = self._whole(number, size, 0)
        for look in range(trial.looks):
            when = end
            if look < trial.looks - 1:
                when = self._moment(everybody, loop.number_at(design, look, scale, since, at), end)
            is_last = look == trial.looks - 1 or when >= end
            seen = everybody if when >= end else self._by(number, size, when, shift)
            effects, before = self._tested(seen, look), at.alive.copy()
            together = self._together(seen, look)
            how, best, wanted = loop.decided(design, look, is_last, size, self._ticks(when), *together, at, by_arm)
            ended[look, how] += 1
            if how == GOES_ON and not is_last:
                gone[before & ~at.alive] = when
                if wanted > size:
                    shift = max(0, when - int(everybody.joined.max()))
                    scale = loop.stretched(design, look, wanted / size)
                    since = float(design.look[look]) if design.combined else 0.0
                    size = wanted
                    everybody, end = self._whole(number, size, shift)
                continue
            there = (seen.arm >= 0) & (at.alive[seen.arm] | (seen.joined <= gone[seen.arm]))
            counted = int((seen.happened & at.alive[seen.arm]).sum())
            effect, error = effects[best]
            loop.added_up(design, best, counted, int(there.sum()), self._ticks(when), size, effect, error, whole, by_arm)
            return
        raise AssertionError("a trial ends at its last look")

    def _ticks(self, day: int) -> int:
        return round((day - self.start) * self.ticks_a_day)

    def _moment(self, everybody: _Rows, number: int, end: int) -> int:
        """The day of so many events or answers in the arms that go on; the end, if there are not as many by then."""
        days = np.sort(everybody.on[everybody.happened & self.at.alive[everybody.arm]])
        return min(int(days[number - 1]), end) if number <= len(days) else end

    def _tested(self, seen: _Rows, look: int) -> list[tuple[float, float]]:
        """The statistic of each arm at a look, written down; its effect and the error of that."""
        from ..kernels.loops import adaptive_trial as loop

        at, design, effects = self.at, self.design, [(float("nan"), float("nan"))]
        if not self.of_time:
            at.sums[:, :3] = at.sums[:, 3:]
            for arm in range(len(self.arms)):
                of = (seen.value[seen.happened & (seen.arm == arm)] - self._middle) / self.trial.unit
                if at.alive[arm]:
                    at.sums[arm, 3:] = len(of), of.sum(), (of * of).sum()
        for arm in range(1, len(self.arms)):
            effects.append((float("nan"), float("nan")))
            if not at.alive[arm]:
                continue
            if self.of_time:
                side = np.where(seen.is_told & (seen.arm == arm), 1, np.where(seen.is_told & (seen.arm == 0), 0, -1))
                excess, variance, effect, error = compared(
                    seen.value[None], seen.happened[None], side[None], efron=self.analysis.method != "cox_breslow"
                )[0].tolist()
                z, fresh = loop.tested(arm, excess, variance, at)
            else:
                z, fresh = loop.set_apart_so_far(design.kind, arm, at)
                _, effect, error = loop.set_apart(design.kind, *at.sums[arm, 3:], *at.sums[0, 3:])
            loop.stated(design, look, arm, z, fresh, at)
            effects[arm] = (effect, error)
        return effects

    @property
    def _middle(self) -> float:
        """What values are counted from: the control's mean, as assumed, so that sums of squares stay small."""
        control = self.trial.arms[0]
        return control.mean if isinstance(control, Answer) and not control.is_share else 0.0

    def _together(self, seen: _Rows, look: int) -> tuple[float, float, float]:
        """What a blinded re-estimation asks for, of all arms together."""
        if not self.design.blinded[look]:
            return 0.0, 0.0, 0.0
        if not self.of_time:
            many, first, second = self.at.sums[:2, 3:].sum(axis=0).tolist()
            return many, first, second
        followed = np.minimum(seen.value[seen.is_told] * self.ticks_a_day, self.design.followed)
        return float(seen.happened.sum()), float(followed.sum()), 0.0
