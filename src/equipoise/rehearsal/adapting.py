"""What may change at a look (`adapt`), carried out: a comparison as it adapts, beside the same left as planned.

Rules
    `blinded_re_estimation`: the participants needed for the power wanted, from the pooled rate of events (as if constant), the
    pooled variance less what the assumed difference adds, or the pooled share, with the effect that was assumed. Never fewer
    than planned, never more than the `maximum`. No arm is seen: the last test is the ordinary one.
    `unblinded_re_estimation`: where conditional power, by the effect seen, lies from `conditional_power` to the power wanted (the
    promising zone), as many participants as bring it there, up to the `maximum`. Each stretch between looks then counts by itself,
    with the weight that was planned (inverse normal combination): the level holds whatever was re-estimated.
    `futility`: arms whose conditional power is below `conditional_power` are dropped; where none is left the trial is given up.
    `keep_best`: of several arms the one with the largest statistic goes on.
    Where arms may be dropped nothing is claimed before the end, and each that is left is tested at Dunnett's bound for all that
    were planned. The places of a dropped arm are not given to others.

Trials
    Those who are added join at the planned pace, once the planned ones have joined or from the look, and the last is followed
    as long as planned. The test is the log-rank test, Student's, or of two shares; a value is known when its time has come, and
    those who join in the meantime count at the end. Claims are on one side, that of the assumed effect, at half of alpha. Estimates
    are the ordinary ones, uncorrected, and their bias is told.

Two ways
    `as written`: whole participants of the protocol, by the fast interpreter, looked at with what had been recorded by the day of
    the look. It is done for comparisons of all arms by the log-rank test, of values, and of shares. `by itself`: the comparison
    stripped of its protocol, of which very many are run, and all that cannot be run as written: stratified and other tests,
    comparisons of some arms alone, and what the fast interpreter does not do. The looks, what follows from them and what is counted
    are the same.
    Those who are added, and are drawn as written, are the next to join; where the look comes later, all of them join later.

Cases
    Each is run twice from the same participants, with and without what may change: what is assumed; no difference, for the type I
    error; and, by itself, where participants are re-estimated, what if events come a quarter more rarely, values vary a quarter
    more, or the share with the control lies nearer to one half.

Sources
    Gould and Shih (1992), Commun Stat Theory Methods 21:2833-2853; Cui, Hung and Wang (1999), Biometrics 55:853-857; Mehta and
    Pocock (2011), Stat Med 30:3267-3284; Wassmer (2006), Biom J 48:714-729; Dunnett (1955), J Am Stat Assoc 50:1096-1121.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from math import ceil, inf, isfinite
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from ..kernels.adaptive import Adaptive, Answer, Characteristics, Decision, Rule, Totals, batch, characteristics
from ..kernels.two_arm import Lifetime
from ..prospects import Prospect
from ..prospects.adaptations import drops_arms, final_test, re_estimation, rules
from ..prospects.looks import drift_wanted, looks
from ..prospects.means import moments
from ..prospects.plan import NoClosedForm, Plan, allocated, ending, follow_up, plan, together
from ..prospects.prospect import LEVEL
from ..prospects.shares import assumed_shares
from ..prospects.words import called, percent
from ..protocol import Adaptation, Analysis, Estimand
from ..simulation.assumptions import DAYS_PER_MONTH
from ..simulation.trials import Work, running
from ..study import Study
from .variations import without_effect

if TYPE_CHECKING:
    from ..kernels.group_sequential import Boundaries

ADAPTED, WITHOUT_EFFECT, BATCH = 20_000, 100_000, 1_000
"""Trials of a case; of the one without an effect, whose share of claims is small; and how many are run at a time."""
AS_WRITTEN, AS_WRITTEN_WITHOUT, SLOW_BATCH = 4_000, 10_000, 100
"""The same of those as written."""
SLOWER, WIDER, MOST, LARGE = 0.75, 1.25, 20_000, 400
"""How much more slowly events come, how much more widely values vary, where it is asked what if; participants at most, and
from how many on fewer trials are run."""
TESTS = ("", "logrank", "log_rank", "wald")
NAMES: dict[str, Rule] = {
    "blinded_re_estimation": "blinded", "unblinded_re_estimation": "unblinded", "futility": "futility", "keep_best": "best",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """What is taken to be true, and what can be expected then: of the trial that adapts, and of the same left as planned."""

    label: str
    is_null: bool
    adapted: Characteristics
    planned: Characteristics
    way: str = "by itself"


@dataclass(frozen=True, slots=True)
class Adapted:
    """A comparison that may change at a look: how, in sentences, how its last test keeps the level, and what to expect.

    `measure` is what effects are told as; `arms` are the treated ones, as people call them; `level` is one-sided. `beyond` says why
    it is run by itself alone, and not as written; empty where it is run both ways.
    """

    name: str
    label: str
    rules: tuple[str, ...] = ()
    test: str = ""
    level: float = 0.025
    measure: str = ""
    arms: tuple[str, ...] = ()
    planned: int = 0
    maximum: int = 0
    cases: tuple[Case, ...] = ()
    notes: tuple[str, ...] = ()
    cannot: str = ""
    beyond: str = ""


@dataclass(frozen=True, slots=True)
class Adapting:
    """A comparison ready to be run: what is said of it, its arms, the control first, its trial, and the other cases."""

    said: Adapted
    cases: tuple[tuple[str, bool, Adaptive], ...]
    study: Study
    arms: tuple[str, ...]


def adapting(study: Study, prospects: Sequence[Prospect]) -> tuple[Adapting | Adapted, ...]:
    """Each comparison of which the file declares that it adapts; where that cannot be run, what says why."""
    found: list[Adapting | Adapted] = []
    for analysis in study.protocol.analyses.values():
        if not analysis.adapt:
            continue
        label = analysis.label or analysis.name.replace("_", " ").capitalize()
        blank = Adapted(analysis.name, label)
        try:
            found.append(_ready(blank, analysis, study, [each for each in prospects if each.analysis == analysis.name]))
        except NoClosedForm as why:
            found.append(replace(blank, cannot=f"What it may change is not simulated: {why.says}"))
    return tuple(found)


def expected(
    ready: Adapting, seed: int, *, executor: Executor | None = None, trials: int | None = None, written: int | None = None,
    watch: Callable[[int, int], None] = lambda done, of: None,
) -> Adapted:  # fmt: skip
    """What can be expected of a comparison that adapts.

    Args:
        ready: The comparison.
        seed: The same one gives the same numbers, whatever the executor.
        executor: Where to run batches.
        trials: How many of each case at most; unsaid, 20,000, and 100,000 without a difference; fewer of large trials.
        written: How many as written at most; unsaid, 4,000 and 10,000.
        watch: Told how many trials are done, of how many.
    """
    from .as_written import beyond

    analysis = ready.study.protocol.analyses[ready.said.name]
    why = beyond(ready.study, analysis, ready.arms)
    ways = (("as written", AS_WRITTEN, AS_WRITTEN_WITHOUT, written), ("by itself", ADAPTED, WITHOUT_EFFECT, None))[bool(why) :]
    part = min(1.0, LARGE / ready.said.maximum)
    runs = [
        (way, *each, round(min(most or inf, trials or inf, ceil(part * (without if each[1] else many)))))
        for way, many, without, most in ways
        for each in (ready.cases if way == "by itself" else ready.cases[:2])
    ]
    total, done, cases = 2 * sum(run[-1] for run in runs), 0, []
    for way, label, is_null, trial, count in runs:
        both: list[Characteristics] = []
        for made in (trial, replace(trial, decisions=())):
            last = None
            work = _work(made, seed) if way == "by itself" else _written(ready, made, seed, is_null=is_null)
            for last in running(work, count, executor=executor, batch=BATCH if way == "by itself" else SLOW_BATCH):
                watch(done + last.trials, total)
            assert last is not None
            done += last.trials
            both.append(characteristics(made, last))
        cases.append(Case(label, is_null, both[0], both[1], way))
    return replace(ready.said, cases=tuple(cases), beyond=why)


def _work(trial: Adaptive, seed: int) -> Work[Totals]:
    return Work(partial(batch, trial, seed), f"{trial!r}, seed {seed}", _as_json, _from_json)


def _written(ready: Adapting, trial: Adaptive, seed: int, *, is_null: bool) -> Work[Totals]:
    from ..simulation.compiled import compiled
    from .as_written import written

    study = without_effect(ready.study) if is_null else ready.study
    compiled(study)  # made ready once, before several threads ask for it
    return Work(
        partial(written, study, ready.said.name, ready.arms, trial, seed),
        f"{trial!r}, seed {seed}, as written",
        _as_json,
        _from_json,
    )


def _as_json(totals: Totals) -> list[Any]:
    return [totals.trials, totals.ended, totals.sums, totals.arms]


def _from_json(said: Any) -> Totals:
    return Totals(said[0], tuple(map(tuple, said[1])), tuple(said[2]), tuple(map(tuple, said[3])))


# --- the trial -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What is assumed of the arms, the control first; `whole` is what looks are shares of, `worse` what if it is otherwise."""

    measure: str
    arms: tuple[Lifetime | Answer, ...]
    joining: float
    until: float
    whole: float
    needed: float
    worse: tuple[str, tuple[Lifetime | Answer, ...]] | None
    effect: float = 0.0
    side: float = 1.0
    unit: float = 1.0
    dropout: float = 0.0
    followed: float = inf


def _ready(blank: Adapted, analysis: Analysis, study: Study, mine: Sequence[Prospect]) -> Adapting:
    """A comparison as a trial that adapts, and its cases.

    Raises:
        NoClosedForm: More bears on it than what is assumed by arm, or something is not said, or cannot be.
    """
    pairs = [each for each in mine if each.compared]
    if not pairs:
        raise NoClosedForm(mine[0].cannot if mine and mine[0].cannot else "It compares no arms.")
    if analysis.margin is not None:
        raise NoClosedForm("A margin is to be ruled out, and what is simulated here tests for a difference.")
    sides, people = (analysis.estimand or Estimand()).compared, study.protocol.design.enrolment
    if not people:
        raise NoClosedForm("The file does not say how many participants are planned (design.enrolment).")
    plans = [plan(each, analysis, study.protocol.endpoints[analysis.endpoint], study) for each in pairs]
    shares = [plans[0].shares[1], *(each.shares[0] for each in plans)]
    counted, enlarging = round(people * sum(shares)), re_estimation(analysis)
    most = round(enlarging.maximum * sum(shares)) if enlarging is not None and enlarging.maximum else counted
    if not 4 <= counted <= MOST or most > MOST:
        raise NoClosedForm(f"A trial by itself has from 4 to {MOST:,} participants.")
    if enlarging is not None and enlarging.maximum is not None and most <= counted:
        raise NoClosedForm("The maximum is no more than the participants that are planned.")
    bounds = _bounds(plans[0], sides)
    _possible(analysis, bounds, sides)
    block, simple = _blocks(shares, study, [plans[0].arms[1], *(each.arms[0] for each in plans)])
    of_time = plans[0].endpoint.kind == "time_to_event"
    seen = _times(plans, pairs, counted, block) if of_time else _answers(plans, pairs, counted, block, bounds)
    level = pairs[0].level if len(pairs) == 1 else _alpha(analysis)
    trial = Adaptive(
        counted, most, seen.joining, seen.until, seen.arms, _numbers(seen.whole, bounds), bounds.information, bounds.above,
        futility=bounds.below if any(isfinite(each) for each in bounds.below[:-1]) else (),
        decisions=tuple(_decision(each, bounds) for each in analysis.adapt), wanted=pairs[0].wanted, needed=seen.needed,
        effect=seen.effect, dropout=seen.dropout, followed=seen.followed, block=block, simple=simple, side=seen.side,
        unit=seen.unit, level=1 - level,
    )  # fmt: skip
    cases = [("as assumed", False, trial), ("no difference", True, replace(trial, arms=(seen.arms[0],) * len(seen.arms)))]
    if enlarging is not None and seen.worse is not None:
        cases.append((seen.worse[0], False, replace(trial, arms=seen.worse[1])))
    said = replace(
        blank, rules=rules(analysis, sides, trial.wanted), test=final_test(analysis, sides, bounds.information, level / 2),
        level=level / 2, measure=seen.measure, arms=tuple(called(each.arms[0], study) for each in plans), planned=counted,
        maximum=most, notes=tuple(dict.fromkeys(note for each in plans for note in each.notes)),
    )  # fmt: skip
    return Adapting(said, tuple(cases), study, (plans[0].arms[1], *(each.arms[0] for each in plans)))


def _alpha(analysis: Analysis) -> float:
    """The two-sided level of all comparisons of an analysis together."""
    return float(analysis.alpha) if analysis.alpha is not None else LEVEL


def _decision(each: Adaptation, bounds: "Boundaries") -> Decision:
    worth = float(each.conditional_power) if each.conditional_power is not None else None
    return Decision(NAMES[each.rule], bounds.information.index(float(each.at)), worth)


def _bounds(made: Plan, sides: Sequence[str]) -> "Boundaries":
    """The boundaries of all looks, those at which nothing is claimed among them."""
    from ..kernels.group_sequential import Boundaries

    last = -NormalDist().inv_cdf(made.alpha)
    found = looks(made) or Boundaries((1.0,), (last,), (-inf,))
    at = {share: (above, below) for share, above, below in zip(found.information, found.above, found.below, strict=True)}
    for each in made.analysis.adapt:
        if each.rule == "blinded_re_estimation" or drops_arms(made.analysis, sides) and each.at in made.analysis.interim:
            at.setdefault(float(each.at), (inf, -inf))
    shares = tuple(sorted(at))
    return Boundaries(shares, tuple(at[each][0] for each in shares), tuple(at[each][1] for each in shares))


def _possible(analysis: Analysis, bounds: "Boundaries", sides: Sequence[str]) -> None:
    """Whether what may change can be done at all: of each, the rule `adaptation-cannot-be-made` says what is wrong.

    Raises:
        NoClosedForm: It cannot.
    """
    enlarging = [each for each in analysis.adapt if each.is_re_estimation]
    asks = [each for each in analysis.adapt if each.rule in ("unblinded_re_estimation", "futility")]
    if any(float(each.at) not in bounds.information[:-1] for each in analysis.adapt) or not 0 < bounds.information[0] < 1:
        raise NoClosedForm("Something is decided where no look is planned.")
    if len(enlarging) > 1 or enlarging and len(sides) > 2:
        raise NoClosedForm("The number of participants is re-estimated once, in a trial of two arms.")
    if any(each.rule == "keep_best" for each in analysis.adapt) and len(sides) < 3:
        raise NoClosedForm("There is one arm beside the control, and none to choose among.")
    if any(each.maximum is None for each in enlarging):
        raise NoClosedForm("Nothing says how many participants there may be at most (maximum).")
    if any((each.conditional_power is not None) != (each in asks) for each in analysis.adapt):
        raise NoClosedForm("A conditional power is not said where a rule asks for one, or said where none does.")
    if any(not 0 <= float(each.conditional_power or 0) < 1 for each in analysis.adapt):
        raise NoClosedForm("A conditional power lies between 0 and 1.")


def _numbers(whole: float, bounds: "Boundaries") -> tuple[int, ...]:
    """After how many events, or answers, each look before the last comes."""
    found = tuple(max(1, round(share * whole)) for share in bounds.information[:-1])
    if list(found) != sorted(set(found)):
        raise NoClosedForm("The looks fall on the same numbers of events or answers: there are too few.")
    return found


def _blocks(shares: Sequence[float], study: Study, arms: Sequence[str]) -> tuple[tuple[int, ...], bool]:
    """Places of each arm in a block, the control first, and whether each is allocated by chance alone."""
    ratio, allocation = allocated(study), study.protocol.allocation
    parts = [Fraction(each / sum(shares)).limit_denominator(60) for each in shares]
    of = max(each.denominator for each in parts)
    places = [ratio[each] for each in arms] if ratio else [max(1, round(each * of)) for each in parts]
    if allocation is None or allocation.method != "permuted_blocks":
        return tuple(places), True
    sizes, whole = allocation.blocks or (sum(places),), sum(ratio.values()) or sum(places)
    times = max(1, round(sum(sizes) / len(sizes) / whole))
    return tuple(each * times for each in places), False


def _times(plans: Sequence[Plan], pairs: Sequence[Prospect], counted: int, block: Sequence[int]) -> _Outcome:
    """Times to an event: hazards by arm, and the events to expect of them."""
    made, study, analysis = plans[0], plans[0].study, plans[0].analysis
    summary = analysis.estimand.summary if analysis.estimand is not None else ""
    if analysis.test not in TESTS or any(word in f"{analysis.method} {summary}" for word in ("restricted", "rmst")):
        raise NoClosedForm("The test simulated here is the log-rank test, and another is declared.")
    when = follow_up(made)
    happening, lost = ending(made.endpoint, study)
    names = [made.arms[1], *(each.arms[0] for each in plans)]
    hazards = [together(happening, name, study, when.until).until(when.followed) for name in names]
    gone = [together(lost, name, study, when.until) for name in names]
    if any(each != gone[0] for each in gone) or gone[0].ends:
        raise NoClosedForm("What ends follow-up differs between the arms, or changes with time.")
    events = sum(counted * part / sum(block) * when.chance(each, gone[0]) for part, each in zip(block, hazards, strict=True))
    needed = next((each.events or 0.0 for each in pairs[0].needed if each.power == pairs[0].wanted), 0.0)
    if not needed and any(each.rule == "blinded_re_estimation" for each in analysis.adapt):
        raise NoClosedForm(pairs[0].cannot or "No effect is assumed from which the events needed would follow.")
    if analysis.test == "wald":
        made.notes.append("The test simulated is the log-rank test.")
    if analysis.stratify or analysis.adjust:
        made.notes.append("Strata and covariates are left out of the test simulated.")
    lives = tuple(Lifetime(each.rates, (0.0, *each.ends)) for each in hazards)
    slower = tuple(Lifetime(tuple(rate * SLOWER for rate in each.hazard), each.since) for each in lives)
    worse = (pairs[0].effect or 0.0) > 1 and len(pairs) == 1
    return _Outcome(
        "log hazard ratio", lives, when.joining, when.until, events, needed, (f"events {percent(1 - SLOWER)} rarer", slower),
        side=-1.0 if worse else 1.0, dropout=gone[0].rates[0], followed=when.followed,
    )  # fmt: skip


def _answers(
    plans: Sequence[Plan], pairs: Sequence[Prospect], counted: int, block: Sequence[int], bounds: "Boundaries"
) -> _Outcome:
    """Values, or yes and no: their means by arm, and what a blinded re-estimation reckons with."""
    made = plans[0]
    if pairs[0].measure not in ("difference of shares", "difference of means"):
        raise NoClosedForm(pairs[0].cannot or "It is no difference of means or shares.")
    if made.pace is None or not made.people:
        raise NoClosedForm("Nothing says how fast participants join: assume 'accrual', per_month.")
    waits = made.endpoint.within or made.endpoint.at or made.endpoint.horizon
    joining = made.people / made.pace
    until = joining + (waits.about_days / DAYS_PER_MONTH if waits is not None else 0.0)
    part, drift = block[1] / (block[0] + block[1]), drift_wanted(_claiming(bounds), pairs[0].wanted, made.alpha)
    worse: tuple[str, tuple[Lifetime | Answer, ...]] | None = None
    if pairs[0].measure == "difference of shares":
        found = [assumed_shares(each) for each in plans]
        arms = (Answer(found[0][1]), *(Answer(one) for one, _, _ in found))
        if any(not 0 < each.mean < 1 for each in arms):
            raise NoClosedForm("A share of none or of all is assumed: nothing varies.")
        unit, of, gap = 1.0, 1.0, found[0][0] - found[0][1]
        made.notes.append("The test simulated is of two shares with one variance, without correction.")
        nearer = (arms[0].mean + 0.5 - gap / 2) / 2
        if 0 < min(nearer, nearer + gap) and max(nearer, nearer + gap) < 1:
            worse = f"{percent(nearer)} with the control, not {percent(arms[0].mean)}", (Answer(nearer), Answer(nearer + gap))
    else:
        values = [moments(each) for each in plans]
        arms = (Answer(values[0][1], values[0][2]), *(Answer(one, sd) for one, _, sd in values))
        unit, of, gap = values[0][2], part * (1 - part), values[0][0] - values[0][1]
        made.notes.append("The test simulated is Student's, of values that are normal with one standard deviation.")
        wider = tuple(Answer(each.mean, each.deviation * WIDER) for each in arms)
        worse = f"a standard deviation {percent(WIDER - 1)} larger", wider
    effect = gap / unit
    if not effect:
        raise NoClosedForm("What is assumed is alike in both arms: no effect is said that could be looked for.")
    return _Outcome(
        pairs[0].measure, arms, joining, until, counted, drift**2 / (effect**2 * of), worse, effect=effect,
        side=-1.0 if gap < 0 else 1.0, unit=unit,
    )  # fmt: skip


def _claiming(bounds: "Boundaries") -> "Boundaries | None":
    """The looks at which something can be claimed; None where there is one alone."""
    from ..kernels.group_sequential import Boundaries

    kept = [k for k, bound in enumerate(bounds.above) if isfinite(bound)]
    if len(kept) < 2:
        return None
    information, above, below = (tuple(each[k] for k in kept) for each in (bounds.information, bounds.above, bounds.below))
    return Boundaries(information, above, below)
