"""The trial as written, rehearsed: run many times with virtual participants, to see what can be expected of it.

Three ways to run a trial, told apart wherever a number stands
    `as written`: the whole protocol, by the fast interpreter: every visit, wait, loop and decision of every participant.
    `followed`: the same participants with every event, folded and analysed as a real trial's would be. It costs a thousand
    times as much, so fewer are run: for the ways through the pathway, for scores and recorded costs, and for comparisons of
    groups that are not arms.
    `by itself`: a comparison stripped of its protocol (`plain`). It costs next to nothing, so very many are run. What a file
    lets change at a look (`adapt`) is carried out beside the plan as it stands, as written and by itself.

Numbers
    Each is a mean over trials with its Monte Carlo error: how far it may lie from what endless trials would give. Power is
    the share of trials that show a difference as the file declares it: p below alpha, or beyond a boundary at a look. A
    trial whose test could not be done shows none. The type I error is the same share where every assumption says of all
    arms what it says of the reference. The effect is the mean log hazard ratio; its bias is against the assumed one, where
    one number says it all. A comparison adjusted for other items is estimated without them by the fast interpreter, and said so.
    Of a comparison of shares, means, scores or costs the power is the share of trials whose test or interval tells a
    difference; what is assumed of it is seldom one number, so that no bias is told.

Costs
    Where a study assumes `costs`, each participant is charged for what took place: the mean of each arm, in the prices of one
    year and undiscounted, what arms differ by, and between which numbers the means of 95 trials in a hundred lie.

What is varied
    For each value the trial is run as written, until the Monte Carlo error of each power is small enough or 2,000 trials are
    done (50, where they have to be followed), and told whole: power, and what becomes of the participants of each arm.

Sources
    What is assumed of participants stands in the study file with its source. Monte Carlo errors: Koehler, Brown and Haneuse
    (2009), Am Stat 63:155-162. What to report of simulated trials: Morris, White and Crowther (2019), Stat Med 38:2074-2102.
"""

import hashlib
import os
import pickle
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from math import ceil, exp, log, sqrt
from pathlib import Path
from statistics import NormalDist

from ..calendar import Times
from ..finding import Finding
from ..kernels.two_arm import Estimate
from ..prospects import Needed, Prospect, prospects
from ..prospects.plan import NoClosedForm, allocated
from ..simulation import Unassumed, assumption_findings, lacking
from ..simulation.trials import Work, running
from ..study import Study
from .adapting import Adapted, adapting
from .charged import ArmCharged, Charged, Dearer, charged
from .comparison import Compared, comparisons
from .followed import Asked, followed
from .guesses import Guessing, guessing
from .measured import Measured, MeasuredSeen, measured, measures, untold
from .plain import Plain, expected, for_estimation, log_hazard_ratio, plain, without_difference
from .totals import Totals
from .variations import ON_PATHWAY, Variation, variation, varied, with_hazard_ratio, without_effect
from .variations import steps as steps_of

__all__ = [
    "Adapted",
    "ArmCharged",
    "ArmSeen",
    "Band",
    "Charged",
    "Comparison",
    "Dearer",
    "Flow",
    "Forecast",
    "Guessing",
    "MeasuredSeen",
    "Outlook",
    "Point",
    "Rehearsal",
    "Sweep",
    "ThePlain",
    "Unassumed",
    "Variation",
    "rehearsal",
    "variation",
]  # fmt: skip

TRIALS, FOLLOWED, PLAIN, SWEPT = 10_000, 10, 100_000, 2_000
"""Trials where nothing else is said: as written; followed; by themselves; and as written for each value of a sweep."""
ESTIMATED, ON_A_CURVE = 20_000, 20_000
SLOW, MEASURED, PER_FOLLOWED = 100, 20, 50
"""Trials followed where a comparison asks for it, of times to an event, and of scores or costs alone; for how many as written one."""
CROWD = 5_000
"""More participants than these are not followed event by event where nothing but their ways would be learnt."""
BATCH, SLOW_BATCH = 250, 2
PRECISE = 0.005
"""The Monte Carlo error of the power at which trials end early."""
WANTED = (0.8, 0.9)
CLEARLY = 1.5
"""A power so many times the level says enough to tell the participants that a greater one takes."""

Watch = Callable[[str, int, int], None]
"""Told now and then what is being done, how much of it is done, and of how much."""


# --- what comes out --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Look:
    """A planned look: at which share of the information, its boundaries, and how often trials end there, either way.

    `falsely` is how often they end with a claim there although there is no effect.
    """

    share: float
    above: float
    below: float | None
    found: Estimate
    futile: Estimate
    falsely: Estimate | None = None


@dataclass(frozen=True, slots=True)
class ThePlain:
    """A comparison by itself, run very often; `curve` is the simulated power for numbers of participants."""

    trials: int
    power: Estimate
    false: Estimate
    bias: Estimate | None
    coverage: Estimate | None
    events: Estimate
    months: Estimate
    curve: tuple[tuple[int, Estimate], ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A declared comparison: how often it finds what is assumed, and what it says on average.

    `effect` is the mean log hazard ratio of the first side against the last, `bias` what it differs from the truth by.
    `formula` is the power by the closed form, where there is one; `needed` are participants for a power, by the formula or, where
    there is none (`is_scaled`), from the simulated power, which is taken to grow as the square root of their number does.
    """

    name: str
    label: str
    endpoint: str
    sides: tuple[str, ...]
    is_primary: bool
    level: float
    truth: float | None
    trials: int
    way: str
    power: Estimate | None
    false: Estimate | None
    effect: Estimate | None
    bias: Estimate | None
    coverage: Estimate | None
    events: Estimate | None
    months: Estimate | None
    inestimable: Estimate | None
    looks: tuple[Look, ...] = ()
    plain: ThePlain | None = None
    formula: float | None = None
    formula_curve: tuple[tuple[int, float], ...] = ()
    needed: tuple[tuple[float, int], ...] = ()
    is_scaled: bool = False
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> Estimate | None:
        """The power, as written where that was run, else of the comparison by itself."""
        return self.power or (self.plain.power if self.plain is not None else None)


@dataclass(frozen=True, slots=True)
class ArmSeen:
    """What becomes of the participants of an arm: means of each trial's means. Shares are of 1."""

    name: str
    label: str
    participants: Estimate
    person_months: Estimate
    months: Estimate
    activities: tuple[tuple[str, Estimate], ...]
    steps: tuple[tuple[str, Estimate], ...]
    lesions: tuple[tuple[str, Estimate], ...]
    endpoints: tuple[tuple[str, Estimate], ...]


@dataclass(frozen=True, slots=True)
class Band:
    """How a number grows month by month: the values that one trial in ten, half, and nine in ten stay at or below."""

    low: tuple[int, ...]
    middle: tuple[int, ...]
    high: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """How a trial gets on: lengths in months, with what one trial in ten, half and nine in ten take at most."""

    joined: Estimate
    accrual: Estimate
    accrual_spread: tuple[int, ...]
    duration: Estimate
    duration_spread: tuple[int, ...]
    screened: Estimate
    joining: Band
    events: tuple[tuple[str, Band], ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """The ways of one track through the pathway: each with how many participants of each arm took it."""

    track: str
    participants: int
    ways: tuple[tuple[tuple[str, ...], tuple[tuple[str, int], ...]], ...]

    @property
    def shares(self) -> tuple[tuple[tuple[str, ...], Estimate], ...]:
        """Each way with its share of the participants, the commonest first."""
        found: dict[tuple[str, ...], int] = {}
        for steps, arms in self.ways:
            found[steps] = found.get(steps, 0) + sum(count for _, count in arms)
        ranked = sorted(found.items(), key=lambda each: (-each[1], each[0]))
        return tuple((steps, _share(count, self.participants)) for steps, count in ranked)


@dataclass(frozen=True, slots=True)
class Point:
    """A value of what is varied, and what follows for one comparison."""

    value: str
    comparison: str
    trials: int
    power: Estimate
    events: Estimate | None
    months: Estimate | None
    effect: Estimate | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """A value of what is varied, and what becomes of the participants then."""

    value: str
    trials: int
    arms: tuple[ArmSeen, ...]
    charged: Charged | None
    months: Estimate | None


@dataclass(frozen=True, slots=True)
class Sweep:
    """What follows if one number of the study is another; `assumed` is what the file says."""

    name: str
    label: str
    way: str
    assumed: str
    points: tuple[Point, ...]
    outlooks: tuple[Outlook, ...] = ()


@dataclass(frozen=True)
class Rehearsal:
    """A trial as written, run many times.

    `trials` were run as written, `followed` with every event, in `way`; `ended` says why not all that were asked for were.
    """

    study: str
    title: str
    people: int
    seed: int
    way: str
    trials: int
    followed: int
    ended: str
    comparisons: tuple[Comparison, ...] = ()
    measured: tuple[MeasuredSeen, ...] = ()
    untold: tuple[tuple[str, str], ...] = ()
    charged: Charged | None = None
    arms: tuple[ArmSeen, ...] = ()
    closely: tuple[ArmSeen, ...] = ()
    forecast: Forecast | None = None
    flows: tuple[Flow, ...] = ()
    guessing: Guessing | None = None
    sweeps: tuple[Sweep, ...] = ()
    adapted: tuple[Adapted, ...] = ()
    notes: tuple[str, ...] = ()
    totals: Totals = field(default_factory=Totals, repr=False)

    @property
    def primary(self) -> Comparison | None:
        """The first comparison of a primary endpoint, else the first."""
        return self.comparisons[0] if self.comparisons else None


# --- running ---------------------------------------------------------------------------------------------------------


class Rehearsing:
    """A rehearsal under way: its stages, one after another, each of which may be cut short."""

    def __init__(
        self, study: Study, *, trials: int | None, seed: int, jobs: int | None, error: float, vary: Sequence[Variation],
        kept: Path | None, watch: Watch | None,
    ) -> None:  # fmt: skip
        self.study, self.seed, self.error, self.vary, self.kept = study, seed, error, tuple(vary), kept
        self.asked_for, self.jobs, self.watch = trials, jobs or os.cpu_count() or 1, watch or (lambda *_: None)
        self.people = study.protocol.design.enrolment or 0
        self.prospects = prospects(study)
        self.compared = comparisons(study, self.prospects)
        self.measures = measures(study)
        self.interrupted = False
        self.ended = ""
        self.notes: list[str] = []
        self.plains: dict[str, Plain] = {}
        self.why_not: dict[str, str] = {}
        for each in self.compared:
            if len(each.sides) > 2:
                self.why_not[each.name] = "It compares more than two arms at once."
                continue
            try:
                self.plains[each.name] = plain(self._prospect(each.name), study)
            except NoClosedForm as why:
                self.why_not[each.name] = why.says
        self.by_itself: dict[str, ThePlain] = {}
        self.fast, self.null, self.slow, self.slow_null = Totals(), Totals(), Totals(), Totals()
        self.guessed: Guessing | None = None
        self.sweeps: list[Sweep] = []
        self.adapting = adapting(study, self.prospects)
        self.adapted: list[Adapted] = []

    def _prospect(self, name: str) -> Prospect:
        return next(each for each in self.prospects if each.analysis == name)

    # --- the stages ---------------------------------------------------------------------------------------------

    def first(self) -> "Rehearsal":
        """The comparisons by themselves: an answer at once, where there is one."""
        for name, made in self.plains.items():
            self.by_itself[name] = _by_itself(made, self.seed)
        return self.whole()

    def rest(self) -> "Rehearsal":
        """All the rest, until it is done or somebody has seen enough (Ctrl-C): what is done by then is what you get."""
        stages = (
            self._as_written, self._closely, self._without_effect, self._adapt, self._guess, self._curves, self._sweep,
        )  # fmt: skip
        for stage in stages:
            try:
                stage()
            except KeyboardInterrupt:
                self.interrupted, self.ended = True, "it was interrupted: the numbers are of the trials done by then"
                break
        return self.whole()

    @property
    def beyond(self) -> str:
        """Why the study is beyond the fast interpreter; empty where it is not."""
        return _beyond(self.study)

    def _fast_compared(self, study: Study | None = None) -> tuple[Compared, ...]:
        if self.beyond:
            return ()
        from ..simulation.compiled import compiled
        from .counted import beyond

        endpoints = compiled(self.study).endpoints
        return tuple(each for each in self.compared if not beyond(each, self.study, endpoints))

    def _slow_compared(self) -> tuple[Compared, ...]:
        fast = {each.name for each in self._fast_compared()}
        return tuple(each for each in self.compared if each.name not in fast)

    def _fast_measured(self) -> tuple[Measured, ...]:
        if self.beyond:
            return ()
        from ..simulation.compiled import compiled
        from .measured import beyond

        endpoints = compiled(self.study).endpoints
        return tuple(each for each in self.measures if not beyond(each, self.study, endpoints))

    def _slow_measured(self) -> tuple[Measured, ...]:
        fast = {each.name for each in self._fast_measured()}
        return tuple(each for each in self.measures if each.name not in fast)

    def _asked(self, compared: Sequence[Compared], measured: Sequence[Measured], **said: int) -> Asked:
        return Asked(self.people, tuple(compared), measured=tuple(measured), **said)  # type: ignore[arg-type]

    def _as_written(self) -> None:
        if self.beyond:
            self.notes.append(
                f"The fast interpreter does not do this study ({self.beyond}): fewer trials are run, each followed."
            )
            return
        from ..simulation.compiled import compiled

        self.watch("making ready (the first time takes a minute)", 0, 1)
        compiled(self.study).participants(2, seed=self.seed)
        asked = self._asked(self._fast_compared(), self._fast_measured(), months=_months(self.study, self.people))
        count = self.asked_for or TRIALS
        self.fast = self._run("as written", self.study, asked, count, self._enough(), "fast")

    def _without_effect(self) -> None:
        fast, shares = self._fast_compared(), self._fast_measured()
        if fast or shares:
            asked = replace(self._asked(_at_one(fast), shares), compared_alone=True)
            count = self.fast.trials or self.asked_for or TRIALS
            self.null = self._run("without an effect", without_effect(self.study), asked, count, None, "without-effect")
        slow, values = self._slow_compared(), self._slow_measured()
        if (slow or values) and self.slow.trials:
            asked = replace(self._asked(_at_one(slow), values), compared_alone=True)
            count = self.slow.trials
            self.slow_null = self._run(
                "followed, without an effect",
                without_effect(self.study),
                asked,
                count,
                None,
                "followed-without-effect",
                slow=True,
            )

    def _closely(self) -> None:
        slow, values = self._slow_compared(), self._slow_measured()
        wanted = min(MEASURED, max(FOLLOWED, (self.asked_for or TRIALS) // PER_FOLLOWED)) if values else FOLLOWED
        few = max(1, min(wanted, CROWD // self.people))
        many = (self.asked_for or SLOW) if slow or self.beyond else min(few, self.asked_for or few)
        if self.people > CROWD and not slow and not self.beyond:
            self.notes.append(
                f"With more than {CROWD:,} participants no trial is followed event by event: ways, scores and costs are not told."
            )
            return
        asked = self._asked(slow, values, months=_months(self.study, self.people), flow=FOLLOWED)
        self.slow = self._run(
            "followed closely", self.study, asked, many, self._enough() if slow else None, "followed", slow=True
        )

    def _adapt(self) -> None:
        """What may change at a look, carried out."""
        from .adapting import expected as expected_of

        for each in self.adapting:
            if isinstance(each, Adapted):
                self.adapted.append(each)
                continue
            with self._executor(False, self.jobs) as executor:
                watch = partial(self.watch, f"adapting: {each.said.label}")
                self.adapted.append(expected_of(each, self.seed, executor=executor, written=self.asked_for, watch=watch))

    def _guess(self) -> None:
        self.watch("guessing the next arm", 0, 1)
        self.guessed = guessing(self.study, seed=self.seed)

    def _curves(self) -> None:
        for number, (name, made) in enumerate(self.plains.items()):
            self.watch("power curve", number, len(self.plains))
            self.by_itself[name] = replace(self.by_itself.get(name) or _by_itself(made, self.seed), curve=self._curve(name))

    def _curve(self, name: str) -> tuple[tuple[int, Estimate], ...]:
        prospect = self._prospect(name)
        far = max([each.participants for each in prospect.needed if each.power <= 0.9] + [self.people])
        numbers = sorted({_even(far * part / 6) for part in range(1, 7)} | {self.people})
        found = []
        for number in numbers:
            study = varied(self.study, "enrolment", str(number))
            try:
                made = plain(next(each for each in prospects(study) if each.analysis == name), study)
            except NoClosedForm:
                continue
            found.append((number, expected(made.trial, self.seed, ON_A_CURVE).rejected))
        return tuple(found)

    def _sweep(self) -> None:
        for each in self.vary:
            self.sweeps.append(self._swept(each))
        primary = next((each for each in self.compared if each.name in self.plains), None)
        if primary is not None:
            taken = {each.name for each in self.vary}
            for each in _usual(self.study, self.people, self._prospect(primary.name).needed):
                if each.name not in taken:
                    self.sweeps.append(self._swept_by_itself(each, primary))

    def _swept_by_itself(self, what: Variation, compared: Compared) -> Sweep:
        points = []
        for number, value in enumerate(what.values):
            self.watch(f"varying {what.name}", number, len(what.values))
            study = varied(self.study, what.name, value)
            found = self._plain_at(study, compared, value)
            if found is not None:
                points.append(found)
        return Sweep(what.name, what.label, "by itself", _assumed(what.name, self.study), tuple(points))

    def _plain_at(self, study: Study, compared: Compared, value: str) -> Point | None:
        try:
            made = plain(next(each for each in prospects(study) if each.analysis == compared.name), study)
            trial = made.trial
        except NoClosedForm:  # with a hazard ratio of 1 there is nothing to find: then it is the type I error
            if compared.truth is None or value not in ("1", "1.0"):
                return None
            trial = without_difference(self.plains[compared.name].trial)
        found = expected(trial, self.seed, ON_A_CURVE)
        return Point(value, compared.name, found.trials, found.rejected, found.events, found.duration, None)

    def _swept(self, what: Variation) -> Sweep:
        points: list[Point] = []
        outlooks: list[Outlook] = []
        slow = bool(self._slow_compared()) or bool(self.beyond)
        many = min(self.asked_for or SWEPT, SWEPT) if not slow else min(self.asked_for or SLOW, SLOW) // 2 or 1
        for value in what.values:
            study = varied(self.study, what.name, value)
            compared = comparisons(study, prospects(study)) or self.compared
            asked = Asked(study.protocol.design.enrolment or self.people, compared)
            totals = self._run(f"{what.name} = {value}", study, asked, many, self._enough(), "", slow=slow)
            outlooks.append(
                Outlook(value, totals.trials, _arms(study, totals), charged(study, totals), totals.estimate("duration"))
            )
            for each in compared:
                power = totals.share("compared", each.name, "found")
                if power is not None:
                    points.append(Point(
                        value, each.name, totals.trials, power, totals.estimate("compared", each.name, "events"),
                        totals.estimate("compared", each.name, "months"), totals.estimate("compared", each.name, "effect"),
                    ))  # fmt: skip
        return Sweep(
            what.name, what.label, "followed" if slow else "as written", _assumed(what.name, self.study), tuple(points),
            tuple(outlooks),
        )  # fmt: skip

    def _enough(self) -> Callable[[Totals], bool] | None:
        names = [each.name for each in self.compared]
        if not names or self.error <= 0:
            return None

        def is_enough(totals: Totals) -> bool:
            sums = [totals.sums.get(("compared", name, "found")) for name in names]
            errors = [_share(each.total + 2, each.many + 4).error for each in sums if each is not None]
            return bool(errors) and max(errors) <= self.error

        return is_enough

    def _run(
        self, what: str, study: Study, asked: Asked, count: int, enough: Callable[[Totals], bool] | None, file: str,
        *, slow: bool = False,
    ) -> Totals:  # fmt: skip
        """Trials of one kind, in batches, until they are enough; interrupted, what is done is kept and the rest given up."""
        size = SLOW_BATCH if slow else max(1, min(BATCH, BATCH * 60 // max(asked.people, 1)))
        run = partial(_batch, pickle.dumps((study, asked)), self.seed, slow)
        work = Work(run, _named(study, asked, self.seed, slow), Totals.written, Totals.read)
        kept = (
            None if self.kept is None or not file else self.kept if file == "fast" else self.kept.with_suffix(f".{file}.jsonl")
        )
        found, total = Totals(), count
        self.watch(what, 0, total)
        with self._executor(slow, ceil(count / size)) as executor:
            try:
                for found in running(work, count, executor=executor, batch=size, kept=kept, enough=enough):
                    self.watch(what, found.trials, total)
            except KeyboardInterrupt:
                self._keep(found, file)
                raise
        self.watch(what, total, total)
        return found

    def _keep(self, found: Totals, file: str) -> None:
        held = {"fast": "fast", "without-effect": "null", "followed": "slow", "followed-without-effect": "slow_null"}.get(file)
        if held is not None and found.trials:
            setattr(self, held, found)

    @contextmanager
    def _executor(self, slow: bool, batches: int) -> Iterator[Executor | None]:
        jobs = min(self.jobs, batches)
        if jobs < 2:
            yield None
            return
        made: Executor = ProcessPoolExecutor(jobs, initializer=_deaf) if slow else ThreadPoolExecutor(jobs)
        try:
            yield made
        finally:
            made.shutdown(wait=not slow, cancel_futures=True)

    # --- the whole ----------------------------------------------------------------------------------------------

    def whole(self) -> "Rehearsal":
        """What is known so far."""
        main = self.fast if self.fast.trials else self.slow
        way = "as written" if self.fast.trials else "followed" if self.slow.trials else ""
        protocol = self.study.protocol
        ended = self.ended
        wanted = self.asked_for or (SLOW if self.beyond else TRIALS)
        if not ended and self.fast.trials and self.fast.trials < wanted:
            ended = f"the Monte Carlo error of every power is {self.error:g} or less"
        return Rehearsal(
            protocol.study, protocol.title, self.people, self.seed, way, main.trials, self.slow.trials, ended,
            tuple(self._comparison(each) for each in self.compared), self._measured(),
            untold(self.study, (*(each.name for each in self.compared), *(each.name for each in self.measures))), charged(self.study, main),
            _arms(self.study, main),
            _arms(self.study, self.slow) if self.slow.trials else (), _forecast(self.study, main), _flows(self.slow),
            self.guessed, tuple(self.sweeps), tuple(self.adapted), tuple(self.notes), main,
        )  # fmt: skip

    def _measured(self) -> tuple[MeasuredSeen, ...]:
        fast, slow = self._fast_measured(), self._slow_measured()
        return (
            *(measured(fast, self.fast, self.null, "as written") if fast else ()),
            *(measured(slow, self.slow, self.slow_null, "followed") if slow else ()),
        )

    def _comparison(self, compared: Compared) -> Comparison:
        name, prospect = compared.name, self._prospect(compared.name)
        is_fast = ("compared", name, "found") in self.fast.sums
        totals, null = (self.fast, self.null) if is_fast else (self.slow, self.slow_null)
        power = totals.share("compared", name, "found")
        effect = totals.estimate("compared", name, "effect")
        bias = Estimate(effect.value - log(compared.truth), effect.error) if effect is not None and compared.truth else None
        notes = [compared.note] if compared.note else []
        analysis = self.study.protocol.analyses[name]
        if is_fast and analysis.adjust and effect is not None:
            notes.append(f"The hazard ratio is told without adjustment for {', '.join(analysis.adjust)}; the test has none.")
        if name in self.why_not and compared.truth is None and self.why_not[name]:
            notes.append(f"No formula answers for it: {self.why_not[name].replace(': simulate it', '')}")
        count = totals.sums[("compared", name, "found")].many if power is not None else 0
        is_pair = len(compared.sides) == 2
        needed = tuple((each.power, each.participants) for each in prospect.needed) if is_pair else ()
        scaled = () if needed or power is None else _scaled(power, self.people, compared, self.study)
        return Comparison(
            name, compared.label, compared.endpoint, compared.sides, compared.is_primary, compared.level, compared.truth,
            count, "as written" if is_fast else "followed" if power is not None else "", power,
            null.share("compared", name, "found"), effect, bias, totals.share("compared", name, "covered"),
            totals.estimate("compared", name, "events"), totals.estimate("compared", name, "months"),
            totals.share("compared", name, "inestimable"), _looks(compared, totals, null), self.by_itself.get(name),
            prospect.power if is_pair else None, prospect.powers if is_pair else (), needed or scaled, bool(scaled), tuple(notes),
        )  # fmt: skip


def rehearsal(
    study: Study, *, trials: int | None = None, seed: int = 1, jobs: int | None = None, error: float = PRECISE,
    vary: Sequence[str] = (), kept: Path | None = None, watch: Watch | None = None,
) -> Rehearsal:  # fmt: skip
    """What can be expected of a trial as written: its operating characteristics, each with its Monte Carlo error.

    The same seed gives the same numbers, whatever `jobs`.

    Args:
        study: The study.
        trials: How many virtual trials at most; unsaid, 10,000, or 100 of those that have to be followed closely.
        seed: The seed.
        jobs: How many processors to use; unsaid, all.
        error: Trials end once the Monte Carlo error of each power is this small; 0 for never.
        vary: Numbers of the study to change, as `hazard_ratio=0.6,0.8` (`variation`).
        kept: A file to which what is done is added, and from which it is taken up again; others lie beside it.
        watch: Told now and then what is being done, how much of it is done, and of how much.

    Raises:
        Unassumed: Something is not assumed, or not said, that would be needed; the findings say what.
        Unreadable: What is to be varied is not there, or cannot be.
    """
    made = rehearsing(study, trials=trials, seed=seed, jobs=jobs, error=error, vary=vary, kept=kept, watch=watch)
    made.first()
    return made.rest()


def rehearsing(
    study: Study, *, trials: int | None = None, seed: int = 1, jobs: int | None = None, error: float = PRECISE,
    vary: Sequence[str] = (), kept: Path | None = None, watch: Watch | None = None,
) -> Rehearsing:  # fmt: skip
    """A rehearsal, ready to begin: for one who wants to show the first answers before the others are known."""
    wrong = [*assumption_findings(study), *lacking(study)]
    if not study.protocol.design.enrolment:
        says = "the file does not say how many participants are planned (design.enrolment)"
        wrong.append(Finding("no-assumption", study.protocol.place, says))
    if wrong:
        raise Unassumed(tuple(wrong))
    wanted = [variation(each, study) for each in vary]
    return Rehearsing(study, trials=trials, seed=seed, jobs=jobs, error=error, vary=wanted, kept=kept, watch=watch)


def _deaf() -> None:
    """Leave Ctrl-C to the process that handed out the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@lru_cache(4)
def _unpacked(packed: bytes) -> tuple[Study, Asked]:
    found: tuple[Study, Asked] = pickle.loads(packed)  # noqa: S301 - made by `_run`, a moment ago
    return found


def _batch(packed: bytes, seed: int, slow: bool, first: int, count: int) -> Totals:
    study, asked = _unpacked(packed)
    if slow:
        return followed(study, asked, seed, first, count)
    from .counted import counted

    return counted(study, asked, seed, first, count)


def _named(study: Study, asked: Asked, seed: int, slow: bool) -> str:
    """Everything that the totals of trials depend on: the file's text, what is varied, what is asked, the seed."""
    protocol = study.protocol
    said = "\n".join((*study.lines, *map(repr, protocol.assumptions.values()), repr(protocol.design.enrolment)))
    return f"{protocol.study} {hashlib.sha256(said.encode()).hexdigest()[:24]}, {asked!r}, seed {seed}, {'followed' if slow else 'fast'}"


@lru_cache(8)
def _beyond(study: Study) -> str:
    from ..simulation.compiled import compiled
    from ..simulation.statements import NotCompiled

    try:
        compiled(study)
    except NotCompiled as why:
        return str(why)
    return ""


def _at_one(compared: Sequence[Compared]) -> tuple[Compared, ...]:
    return tuple(replace(each, truth=1.0) for each in compared)


def _by_itself(made: Plain, seed: int) -> ThePlain:
    there, none = expected(made.trial, seed, PLAIN), expected(without_difference(made.trial), seed, PLAIN)
    estimated = expected(for_estimation(made.trial), seed, ESTIMATED)
    bias = Estimate(estimated.effect.value - log_hazard_ratio(made), estimated.effect.error)
    return ThePlain(there.trials, there.rejected, none.rejected, bias, estimated.coverage, there.events, there.duration)


def _months(study: Study, people: int) -> int:
    """So many months are told of: half as long again as the trial should take."""
    from ..simulation.participants import horizon

    pace = float(study.protocol.assumptions["accrual"].per_month or 1)
    return min(ceil(1.25 * people / pace + horizon(study).about_days / 30.4), 240)


def _even(number: float) -> int:
    return max(4, 2 * round(number / 2))


def _usual(study: Study, people: int, needed: Sequence[Needed]) -> tuple[Variation, ...]:
    """What is varied where nothing else is asked: the effect, the number of participants, how fast they join, how many are lost."""
    found: list[tuple[str, tuple[str, ...]]] = []
    if with_hazard_ratio(study):
        found.append(("hazard_ratio", ("0.5", "0.6", "0.7", "0.8", "0.9", "1")))
    numbers = sorted({_even(people * part) for part in (0.5, 1, 1.5, 2)} | {each.participants for each in needed})
    found.append(("enrolment", tuple(map(str, numbers))))
    pace = float(study.protocol.assumptions["accrual"].per_month or 1)
    found.append(("accrual", tuple(f"{pace * part:g}" for part in (0.5, 1, 2, 4))))
    found.append(("dropout", ("0", "0.05", "0.1", "0.2")))
    return tuple(variation(f"{name}={','.join(values)}", study) for name, values in found)


def _assumed(name: str, study: Study) -> str:
    """What the file says of what is varied."""
    assumed = study.protocol.assumptions
    match name:
        case "hazard_ratio":
            names = with_hazard_ratio(study)
            return str(assumed[names[0]].hazard_ratio) if names else ""
        case "enrolment":
            return str(study.protocol.design.enrolment or "")
        case "accrual":
            return str(assumed["accrual"].per_month or "")
        case "dropout":
            return ""
        case _:
            about, _, field = name.partition(".")
            if about in steps_of(study) and field in ON_PATHWAY:
                held = getattr(steps_of(study)[about], field)
                return f"{held.at_least}..{held.at_most}" if isinstance(held, Times) else str(held)
            if about == "costs":
                mean = assumed["costs"].of[field].mean
                return mean if isinstance(mean, str) else ", ".join(dict.fromkeys(mean.values()))
            said = getattr(assumed[about], field)
            return str(said) if not isinstance(said, dict) else ", ".join(map(str, said.values()))


def _share(some: float, of: float) -> Estimate:
    share = some / of if of else 0.0
    return Estimate(share, sqrt(share * (1 - share) / of) if of else 0.0)


def _scaled(power: Estimate, people: int, compared: Compared, study: Study) -> tuple[tuple[float, int], ...]:
    """The participants for a power, from a simulated one: the mean of the statistic grows as the square root of their number.

    Nothing is said where the simulated power cannot be told from the level.
    """
    z = NormalDist()
    if power.value - 3 * power.error <= CLEARLY * compared.level or power.value >= 1:
        return ()
    reached = z.inv_cdf(power.value) - z.inv_cdf(compared.level / 2)
    set_ = sum(allocated(study).values()) or 2
    return tuple(
        (wanted, set_ * ceil(people * ((z.inv_cdf(wanted) - z.inv_cdf(compared.level / 2)) / reached) ** 2 / set_))
        for wanted in WANTED
    )


def _looks(compared: Compared, totals: Totals, null: Totals) -> tuple[Look, ...]:
    found = []
    for k, share in enumerate(compared.shares):
        ended = totals.share("look", compared.name, str(k), "found"), totals.share("look", compared.name, str(k), "futile")
        if ended[0] is not None and ended[1] is not None:
            below = compared.below[k] if compared.below[k] > -1e9 and k < len(compared.shares) - 1 else None
            falsely = null.share("look", compared.name, str(k), "found")
            found.append(Look(share, compared.above[k], below, ended[0], ended[1], falsely))
    return tuple(found)


def _arms(study: Study, totals: Totals) -> tuple[ArmSeen, ...]:
    found = []
    for name in ("", *study.protocol.arms):
        participants = totals.estimate("arm", name, "participants")
        if participants is None:
            continue
        exposure, months = totals.estimate("arm", name, "person-months"), totals.estimate("arm", name, "months followed")
        assert exposure is not None and months is not None
        label = study.protocol.arms[name].label or name if name else "In no arm" if study.protocol.arms else "All participants"

        def those(kind: str, name: str = name) -> tuple[tuple[str, Estimate], ...]:
            return tuple((key[0], each.estimate) for key, each in totals.named(kind, name).items())

        found.append(ArmSeen(
            name, label, participants, exposure, months, those("activity"), those("step"), those("lesions"), those("endpoint"),
        ))  # fmt: skip
    return tuple(found)


def _forecast(study: Study, totals: Totals) -> Forecast | None:
    joined, screened = totals.estimate("joined"), totals.estimate("screened for each who joined")
    accrual, duration = totals.estimate("accrual"), totals.estimate("duration")
    if joined is None or screened is None or accrual is None or duration is None:
        return None
    names = list(dict.fromkeys(key[0] for key in totals.under("events by")))
    return Forecast(
        joined, accrual, totals.quantiles("accrual") or (), duration, totals.quantiles("duration") or (), screened,
        _band(totals, "joined by"), tuple((name, _band(totals, "events by", name)) for name in names),
    )  # fmt: skip


def _band(totals: Totals, *key: str) -> Band:
    months: dict[int, list[tuple[int, int]]] = {}
    for (month, number), count in totals.under(*key).items():
        months.setdefault(int(month), []).append((int(number), count))
    from .totals import quantiles

    rows = [quantiles(sorted(months[month]), (0.1, 0.5, 0.9)) for month in sorted(months)]
    low, middle, high = zip(*rows, strict=True) if rows else ((), (), ())
    return Band(low, middle, high)


def _flows(totals: Totals) -> tuple[Flow, ...]:
    tracks: dict[str, dict[tuple[str, ...], dict[str, int]]] = {}
    for (track, arm, way), count in totals.under("way").items():
        tracks.setdefault(track, {}).setdefault(tuple(way.split(">")), {})[arm] = count
    everybody = sum(totals.under("followed").values())
    return tuple(
        Flow(track, everybody, tuple((steps, tuple(sorted(arms.items()))) for steps, arms in sorted(ways.items())))
        for track, ways in sorted(tracks.items())
    )


def hazard_ratio(effect: Estimate) -> float:
    """The hazard ratio that a mean log hazard ratio stands for."""
    return exp(effect.value)
