"""Many trials as written, by the fast interpreter: what became of each participant, and what follows for each trial.

It tells the same as `followed`, from the same participants, and costs a thousandth of it. Events are not kept: the ways
through the pathway, and comparisons of scores and costs, are left to `followed`.
"""

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from ..calendar import later
from ..protocol import Analysis, Estimand
from ..simulation.assumptions import DAYS_PER_MONTH
from ..simulation.participants import horizon
from ..simulation.plan import Plan
from ..study import Study
from .charged import charge
from .comparison import Compared, Verdict, ended
from .followed import Asked, _plan, counted_activities, foretold, pathway_steps
from .measured import Measured, measure_fast
from .side_by_side import compared as side_by_side
from .totals import Tally, Totals

if TYPE_CHECKING:
    from ..simulation.compiled import Compiled, Drawn

METHODS = ("", "kaplan_meier", "km", "logrank", "cox", "cox_efron", "cox_breslow")
TESTS = ("logrank", "log_rank", "wald")
NEVER = 2**30
WHOLE = ("", "enrolled", "randomised")

Days = NDArray[np.int64]
"""A day, or another whole number, of each participant: a row a trial."""


def beyond(compared: Compared, study: Study, endpoints: tuple[str, ...]) -> str:
    """Why a comparison is beyond the fast interpreter, and left to `followed`; empty where it is not."""
    analysis = study.protocol.analyses[compared.name]
    if len(compared.sides) != 2 or not all(each in study.protocol.arms for each in compared.sides):
        return "it does not compare two arms"
    if analysis.landmark is not None or analysis.time_dependent or analysis.emulate is not None:
        return "groups are told later than at the start"
    if (analysis.estimand or Estimand()).counted not in WHOLE:
        return "it counts some participants alone"
    if analysis.method not in METHODS or analysis.test not in TESTS:
        return f"its method is '{analysis.method}', its test '{analysis.test}'"
    if analysis.stratify or analysis.adjust and analysis.test == "wald":
        return "its test is stratified or adjusted"
    if compared.endpoint not in endpoints:
        return "its endpoint is not compiled"
    return ""


def counted(study: Study, asked: Asked, seed: int, first: int, count: int) -> Totals:
    """So many trials from a number on, added up."""
    from ..simulation.compiled import compiled

    made = compiled(study)
    drawn = made.participants(asked.people, seed=seed, trials=count, first_trial=first)
    return _Trials(study, made, drawn, asked, seed, first, count).totals


class _Trials:
    """Some trials, their participants in rows, and the tally of them."""

    def __init__(self, study: Study, made: "Compiled", drawn: "Drawn", asked: Asked, seed: int, first: int, count: int) -> None:
        self.study, self.made, self.drawn, self.asked = study, made, drawn, asked
        self.seed, self.first, self.count = seed, first, count
        self.plan: Plan = _plan(study)
        self.tally = Tally(trials=count)
        self.there = self.rows(drawn.person("joined")) > 0
        self.enrolled = self.rows(drawn.person("enrolled_on"))
        origin = study.protocol.pathway.begins if study.protocol.pathway is not None and self.plan.is_retrospective else ""
        began = self.rows(drawn.first_days[:, made.forms.index(origin)]) if origin else self.enrolled
        self.joined = np.where(began > 0, began, self.enrolled)
        self.last = self.rows(drawn.last_days.max(axis=1))
        self.start = np.minimum(self._start(), np.where(self.there, self.joined, NEVER).min(axis=1))
        self.until = self._until()

    def rows(self, column: NDArray[Any]) -> NDArray[Any]:
        """A column with a row for each trial."""
        return column.reshape(self.count, self.asked.people)

    @property
    def totals(self) -> Totals:
        """What they add up to."""
        for each in self.asked.compared:
            self.compare(each)
        for measured in self.asked.measured:
            self.measure(measured)
        if not self.asked.compared_alone:
            self.progress()
            self.foretell()
            self.arms()
            self.charge()
        return self.tally.totals

    def _start(self) -> int:
        return NEVER if self.plan.is_retrospective else self.plan.start.toordinal()

    def _until(self) -> NDArray[np.int64]:
        """The last day of each trial: the last that anything is recorded on, or the end of follow-up."""
        last: NDArray[np.int64] = np.where(self.there, self.last, 0).max(axis=1)
        if self.plan.is_retrospective:
            return last
        span = horizon(self.study)
        joined = np.where(self.there, self.joined, 1).max(axis=1).tolist()
        ends: NDArray[np.int64] = np.array([later(date.fromordinal(day), span).toordinal() for day in joined])
        return np.maximum(last, ends)

    # --- comparisons --------------------------------------------------------------------------------------------

    def compare(self, compared: Compared) -> None:
        """Add what the trials say of a comparison."""
        analysis = self.study.protocol.analyses[compared.name]
        time, happened, side, ends = self._sides(compared, self.drawn, self.count)
        if compared.shares:
            verdicts = self._verdicts(compared, analysis, self.drawn, self.count)
            for t, last in enumerate(verdicts):
                self._decide(t, compared, analysis, last, np.sort(ends[t][happened[t] & (side[t] >= 0)]))
        else:
            p, effect, error, events = _tested(time, happened, side, analysis)
            width = ndtri(1 - compared.level / 2)
            lower, upper = effect - width * error, effect + width * error
            found = upper < np.log(compared.margin) if compared.margin is not None else p < compared.level
            self._told(compared, p, effect, lower, upper, events, found, (self.until - self.start) / DAYS_PER_MONTH)
        if not self.asked.compared_alone:
            self.events(compared.endpoint, np.where(happened & (side >= 0), ends, 0))

    def _told(
        self, compared: Compared, p: NDArray[np.float64], effect: NDArray[np.float64],
        lower: NDArray[np.float64], upper: NDArray[np.float64], events: NDArray[np.int64],
        found: NDArray[np.bool_], months: NDArray[np.float64],
    ) -> None:  # fmt: skip
        name, tally = compared.name, self.tally
        tally.numbers(found, "compared", name, "found")
        tally.numbers(np.isnan(p), "compared", name, "inestimable")
        tally.numbers(events, "compared", name, "events")
        tally.numbers(months, "compared", name, "months")
        there = np.isfinite(effect)
        tally.numbers(effect[there], "compared", name, "effect")
        tally.numbers(effect[there] < 0, "compared", name, "first does better")
        if compared.truth is not None:
            covers = (lower <= np.log(compared.truth)) & (np.log(compared.truth) <= upper)
            tally.numbers(covers[there], "compared", name, "covered")

    def _decide(self, t: int, compared: Compared, analysis: Analysis, last: Verdict, days: Days) -> None:
        """One trial with looks: how it ends, as `comparison.decided` has it of charts.

        At a look the trial is drawn again, up to that day: so it is known of everybody what was known then.
        """
        planned, people = compared.events or len(days), self.asked.people
        start, until = date.fromordinal(int(self.start[t])), date.fromordinal(int(self.until[t]))
        for k, share in enumerate(compared.shares[:-1]):
            reached = max(1, round(share * planned))
            if reached > len(days) or days[reached - 1] >= self.until[t]:
                break
            day = date.fromordinal(int(days[reached - 1]))
            drawn = self.made.participants(people, seed=self.seed, first_trial=self.first + t, until=day)
            if ended(self.tally, compared, self._verdicts(compared, analysis, drawn, 1)[0], k, start, day):
                return
        ended(self.tally, compared, last, len(compared.shares) - 1, start, until)

    def _verdicts(self, compared: Compared, analysis: Analysis, drawn: "Drawn", count: int) -> list[Verdict]:
        time, happened, side, _ = self._sides(compared, drawn, count)
        width = ndtri(1 - compared.level / 2)
        found = zip(*(each.tolist() for each in _tested(time, happened, side, analysis)), strict=True)
        return [
            Verdict(p, effect, effect - width * error, effect + width * error, events) for p, effect, error, events in found
        ]

    def _sides(
        self, compared: Compared, drawn: "Drawn", count: int
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_], Days, Days]:
        """Of each participant the time, whether the event happened, the side, and the day on which the time ended."""
        e, arms = self.made.endpoints.index(compared.endpoint), list(self.study.protocol.arms)
        rows = (count, self.asked.people)
        arm, there = drawn.person("arm").reshape(rows), drawn.person("joined").reshape(rows) > 0
        status = drawn.statuses[:, e].reshape(rows)
        side = np.full(rows, -1)
        for place, name in enumerate(reversed(compared.sides)):
            side[(arm == arms.index(name)) & there & (status >= 0)] = place
        return drawn.values[:, e].reshape(rows), status == 1, side, drawn.moments[:, e].reshape(rows)

    def events(self, name: str, days: Days) -> None:
        """Add how many events there were by each month; a day of 0 is none."""
        since = np.where(days > 0, days - self.start[:, None], NEVER)
        for month in range(self.asked.months + 1):
            self.tally.counted((since <= month * DAYS_PER_MONTH).sum(axis=1), "events by", name, str(month))

    def measure(self, measured: Measured) -> None:
        """Add what the trials say of a comparison of shares or means."""
        e, arms = self.made.endpoints.index(measured.endpoint), list(self.study.protocol.arms)
        status, value = self.rows(self.drawn.statuses[:, e]), self.rows(self.drawn.values[:, e])
        arm, side = self.rows(self.drawn.person("arm")), np.full(status.shape, -1)
        for place, name in enumerate(reversed(measured.sides)):
            side[(arm == arms.index(name)) & self.there & (status >= 0)] = place
        measure_fast(self.tally, self.study, measured, value if measured.kind == "measurement" else 1.0 * (status == 1), side)

    # --- how they got on ----------------------------------------------------------------------------------------

    def progress(self) -> None:
        """Add how many joined and how fast, how many persons that took, and how long it all was."""
        tally, many = self.tally, self.there.sum(axis=1)
        tally.numbers(many, "joined")
        screened = np.where(self.there, self.rows(self.drawn.person("screened")), 0).sum(axis=1)
        tally.numbers(screened / many, "screened for each who joined")
        since = np.where(self.there, self.joined - self.start[:, None], NEVER)
        accrual = np.where(self.there, since, 0).max(axis=1) / DAYS_PER_MONTH
        whole = (self.until - self.start) / DAYS_PER_MONTH
        tally.numbers(accrual, "accrual")
        tally.numbers(whole, "duration")
        tally.counted(np.rint(accrual).astype(int), "accrual")
        tally.counted(np.rint(whole).astype(int), "duration")
        for month in range(self.asked.months + 1):
            tally.counted((since <= month * DAYS_PER_MONTH).sum(axis=1), "joined by", str(month))

    def foretell(self) -> None:
        """Add the events of primary endpoints that nothing compares here."""
        told = {each.endpoint for each in self.asked.compared}
        for name in foretold(self.study, self.asked):
            if name not in told and name in self.made.endpoints:
                e = self.made.endpoints.index(name)
                happened = (self.rows(self.drawn.statuses[:, e]) == 1) & self.there
                self.events(name, np.where(happened, self.rows(self.drawn.moments[:, e]), 0))

    def arms(self) -> None:
        """Add what became of the participants of each arm."""
        drawn, made, tally = self.drawn, self.made, self.tally
        arm, died = self.rows(drawn.person("arm")), self.rows(drawn.person("died_on"))
        followed = (np.where(died > 0, died, self.last) - self.joined) / DAYS_PER_MONTH
        lesions, treated = (self.rows(drawn.person(each)) for each in ("lesions", "lesions_treated"))
        cleared = (lesions > 0) & (self.rows(drawn.person("lesions_left")) == 0)
        for place, name in [(-1, ""), *enumerate(self.study.protocol.arms)]:
            members = self.there & (arm == place)
            size = members.sum(axis=1)
            if not size.any():
                continue

            def mean(values: NDArray[Any], of: NDArray[Any] = members, many: NDArray[Any] = size) -> NDArray[np.float64]:
                found: NDArray[np.float64] = np.where(of, values, 0).sum(axis=1)[many > 0] / many[many > 0]
                return found

            tally.numbers(size[size > 0], "arm", name, "participants")
            tally.count("participants", name, times=int(size.sum()))
            tally.numbers(np.where(members, followed, 0).sum(axis=1)[size > 0], "arm", name, "person-months")
            tally.numbers(mean(followed), "arm", name, "months followed")
            for form in counted_activities(self.study):
                tally.numbers(mean(self.rows(drawn.counts[:, made.forms.index(form)])), "activity", name, form)
            for step in pathway_steps(self.study):
                tally.numbers(mean(self.rows(drawn.entries[:, made.steps.index(step)]) > 0), "step", name, step)
            if self.plan.follows_lesions:
                for what, values in (("found", lesions), ("treated", treated), ("cleared", cleared)):
                    tally.numbers(mean(values), "lesions", name, what)
            for e, endpoint in enumerate(made.endpoints):
                kind = self.study.protocol.endpoints[endpoint].kind
                status, value = self.rows(drawn.statuses[:, e]), self.rows(drawn.values[:, e])
                told_ = members & (status >= 0)
                some = told_.sum(axis=1)
                values = value if kind in ("measurement", "score", "cost") else status == 1
                tally.numbers(mean(values, told_, some), "endpoint", name, endpoint)

    def charge(self) -> None:
        """Add what the participants cost."""
        done = {name: self.rows(self.drawn.counts[:, at]) for at, name in enumerate(self.made.forms)}
        arm, died = self.rows(self.drawn.person("arm")), self.rows(self.drawn.person("died_on"))
        months = (np.where(died > 0, died, self.last) - self.joined) / DAYS_PER_MONTH
        charge(self.tally, self.study, done, months, np.where(self.there, arm, -2), seed=self.seed, first=self.first)


def _tested(
    time: NDArray[np.float64], happened: NDArray[np.bool_], side: Days, analysis: Analysis
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """The chance of as much, the log hazard ratio and its error, and the events, in each trial."""
    found = side_by_side(np.nan_to_num(time.astype(float)), happened, side, efron=analysis.method != "cox_breslow")
    excess, variance, effect, error = found.T
    with np.errstate(divide="ignore", invalid="ignore"):
        z = effect / error if analysis.test == "wald" else excess / np.sqrt(variance)
    return 2 * ndtr(-np.abs(z)), effect, error, (happened & (side >= 0)).sum(axis=1)
