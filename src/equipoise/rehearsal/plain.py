"""A comparison by itself, stripped of its protocol: two arms, hazards, follow-up. Millions of such trials take a second.

What is left out is what the protocol does to participants: visits, waits, windows, days that are whole. Where hazards are
assumed of the event and of being lost, and nothing else bears on the clock, this is the trial as its power sees it; where
it is not, a sentence says why.
"""

from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf, isfinite, log

from ..kernels.expected_events import Hazard
from ..kernels.two_arm import BOTH_SIDES, Characteristics, Lifetime, TwoArms, characteristics
from ..prospects import Prospect
from ..prospects.looks import looks
from ..prospects.plan import NoClosedForm, Plan, ending, follow_up, plan, together
from ..protocol import Analysis
from ..simulation.trials import totals, two_arms
from ..study import Study

LARGEST = 20_000
"""Participants of a plain trial at most: beyond, a simulation says no more than the formula."""
AS_GOOD_AS_NONE = 1e-9


@dataclass(frozen=True, slots=True)
class Plain:
    """A comparison as a plain trial, and what is assumed of its effect: the hazard of its first arm against the other."""

    trial: TwoArms
    hazard_ratio: float


def plain(prospect: Prospect, study: Study) -> Plain:
    """The plain trial of a comparison.

    Raises:
        NoClosedForm: More bears on it than hazards and follow-up, or something is not said.
    """
    analysis = study.protocol.analyses[prospect.analysis]
    endpoint = study.protocol.endpoints[analysis.endpoint]
    if endpoint.kind != "time_to_event":
        raise NoClosedForm("It is no time to an event.")
    if not prospect.compared:
        raise NoClosedForm(prospect.cannot)
    if analysis.margin is not None:
        raise NoClosedForm("A margin is to be ruled out: the plain trial tests for a difference alone.")
    if prospect.measure != "hazard ratio":
        raise NoClosedForm(prospect.cannot or "It is not compared by its hazards.")
    made = plan(replace(prospect), analysis, endpoint, study)
    if not made.counted:
        raise NoClosedForm("The file does not say how many participants are planned (design.enrolment).")
    if not 4 <= made.counted <= LARGEST:
        raise NoClosedForm(f"A plain trial has from 4 to {LARGEST:,} participants.")
    when = follow_up(made)
    events, lost = ending(endpoint, study)
    one, other = (together(events, arm, study, when.until).until(when.followed) for arm in made.arms)
    gone = [together(lost, arm, study, when.until) for arm in made.arms]
    if gone[0] != gone[1] or gone[0].ends:
        raise NoClosedForm("What ends follow-up differs between the arms, or changes with time.")
    ratio = _ratio(one, other)
    side = -1 if ratio > 1 else 1
    arms = (_lifetime(other), _lifetime(one)) if side > 0 else (_lifetime(one), _lifetime(other))
    block, simple = _block(made, study)
    trial = TwoArms(
        round(made.counted), when.joining, when.until, *arms, dropout=gone[0].rates[0],
        block=block if side > 0 else block[::-1], simple=simple, efficacy=(_two_sided(prospect.level),),
        test="logrank" if analysis.test in ("logrank", "log_rank") else "cox", level=1 - prospect.level,
    )  # fmt: skip
    return Plain(_with_looks(trial, made, prospect), ratio)


def _with_looks(trial: TwoArms, made: Plan, prospect: Prospect) -> TwoArms:
    """The trial looked at after the planned shares of its events; the last look is at its end, however many there are."""
    bounds = looks(made)
    if bounds is None or not prospect.events:
        return trial
    after = [max(1, round(share * prospect.events)) for share in bounds.information[:-1]]
    if after != sorted({*after}) or after[-1] >= trial.participants:
        raise NoClosedForm("The looks fall on the same numbers of events: there are too few.")
    futility = tuple(below if isfinite(below) else -inf for below in bounds.below)
    return replace(
        trial, after_events=(*after, trial.participants), efficacy=tuple(bounds.above),
        futility=futility if any(isfinite(each) for each in futility[:-1]) else (),
    )  # fmt: skip


def _ratio(one: Hazard, other: Hazard) -> float:
    """One hazard against another, which are proportional while there is any."""
    starts = [start for start in (0.0, *one.ends) if other.at(start) > 0]
    ratios = {round(one.at(start) / other.at(start), 9) for start in starts}
    if len(ratios) != 1:
        raise NoClosedForm("Hazards are not proportional.")
    return ratios.pop()


def _lifetime(hazard: Hazard) -> Lifetime:
    return Lifetime(hazard.rates, (0.0, *hazard.ends))


def _block(made: Plan, study: Study) -> tuple[tuple[int, int], bool]:
    """Places of the reference and of the other arm in a block, and whether each is allocated by chance alone."""
    one, other = made.shares
    part = Fraction(one / (one + other)).limit_denominator(60)
    pair = (part.denominator - part.numerator, part.numerator)
    allocation = study.protocol.allocation
    if allocation is None or allocation.method != "permuted_blocks":
        return pair, True
    sizes = allocation.blocks or (sum(pair),)
    times = max(1, round(sum(sizes) / len(sizes) / sum(made.study.protocol.allocation.ratio.values() or pair)))  # type: ignore[union-attr]
    return (pair[0] * times, pair[1] * times), False


def _two_sided(level: float) -> float:
    from statistics import NormalDist

    return BOTH_SIDES if abs(level - 0.05) < AS_GOOD_AS_NONE else NormalDist().inv_cdf(1 - level / 2)


def without_difference(trial: TwoArms) -> TwoArms:
    """The same trial with both arms alike, as its controls are."""
    return replace(trial, treated=trial.control)


def for_estimation(trial: TwoArms) -> TwoArms:
    """The same trial, looked at once, and its hazard ratio estimated by Cox's model."""
    return replace(trial, test="cox", after_events=(), at_times=(), efficacy=(trial.efficacy[-1],), futility=())


def expected(trial: TwoArms, seed: int, trials: int) -> Characteristics:
    """What so many plain trials say can be expected."""
    return characteristics(trial, totals(two_arms(trial, seed), trials))


def log_hazard_ratio(made: Plain) -> float:
    """The log of the hazard ratio as the plain trial's arms stand: below 0, since its treated arm does better."""
    return -abs(log(made.hazard_ratio))


def analysed(prospect: Prospect, study: Study) -> Analysis:
    """The analysis that a prospect is of."""
    return study.protocol.analyses[prospect.analysis]
