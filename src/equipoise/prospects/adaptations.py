"""What a file says may change at a look, in words; the level of each of several arms; and what a promising zone promises.

The numbers of a prospect are those of the plan as it stands, without what may change. Where an arm may be dropped, nothing
is claimed before the end, and the level of each arm is Dunnett's: then no more than alpha of such trials makes any false
claim, whatever is dropped.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import TYPE_CHECKING

from ..protocol import Adaptation, Analysis
from ..study import Study
from .plan import NoClosedForm, Plan, allocated
from .prospect import Prospect
from .words import percent

if TYPE_CHECKING:
    from ..kernels.group_sequential import Boundaries

NEVER = 1e9


def drops_arms(analysis: Analysis, sides: Sequence[str]) -> bool:
    """Whether one of several arms beside the control may be dropped."""
    return len(sides) > 2 and any(not each.is_re_estimation for each in analysis.adapt)


def re_estimation(analysis: Analysis) -> Adaptation | None:
    """The re-estimation of the number of participants, where there is one."""
    return next((each for each in analysis.adapt if each.is_re_estimation), None)


def each_level(level: float, sides: Sequence[str], reference: str, study: Study) -> float:
    """The two-sided level of one of several arms against the reference: Dunnett's."""
    from scipy.special import ndtr

    from ..kernels.dunnett import dunnett

    ratio = allocated(study) or dict.fromkeys(sides, 1)
    arms, control = [float(ratio.get(each, 0)) for each in sides if each != reference], float(ratio.get(reference, 0))
    if min([*arms, control]) < 1:
        raise NoClosedForm("Nobody is allocated to one of the arms that are compared.")
    return 2 * float(ndtr(-dunnett(arms, control, level / 2)))


def rules(analysis: Analysis, sides: Sequence[str], wanted: float) -> tuple[str, ...]:
    """What may change, a sentence for each."""
    return tuple(_rule(each, len(sides) > 2, wanted) for each in analysis.adapt)


def _rule(each: Adaptation, several: bool, wanted: float) -> str:
    at = f"At {percent(float(each.at))} of the information"
    most = f", up to {each.maximum:,}" if each.maximum is not None else ""
    worth = percent(float(each.conditional_power)) if each.conditional_power is not None else "a share not said"
    match each.rule:
        case "blinded_re_estimation":
            return f"{at} the number of participants is re-estimated, blinded: from all arms together{most}."
        case "unblinded_re_estimation":
            return (
                f"{at} the number of participants is re-estimated, unblinded: where conditional power lies from {worth} to "
                f"{percent(wanted)} (the promising zone) it is raised to the latter{most}."
            )
        case "futility":
            said = (
                "arms are dropped whose conditional power is" if several else "the trial is given up where conditional power is"
            )
            return f"{at} {said} below {worth}{', and the trial is given up if none is left' if several else ''}."
        case "keep_best":
            return f"{at} the arm that does best is kept, and the others are dropped."


def final_test(analysis: Analysis, sides: Sequence[str], shares: Sequence[float], level: float) -> str:
    """How the last test keeps its level, in a sentence.

    Args:
        analysis: The analysis.
        sides: What it compares.
        shares: The planned shares of the information at the looks, the last 1.
        level: The one-sided level.
    """
    told = percent(level)
    if drops_arms(analysis, sides):
        return (
            f"Each arm that is left is tested at the end by Dunnett's bound for all {len(sides) - 1} that were planned: any false "
            f"claim has {told} at most (one-sided), whatever is dropped."
        )
    found = re_estimation(analysis)
    if found is not None and found.rule == "unblinded_re_estimation":
        early = (0.0, *shares[:-1])
        parts = " and ".join(f"√{late - before:.2g}" for before, late in zip(early, shares, strict=True))
        return (
            f"The last test adds what the stretches between looks say, each by itself, with the planned weights {parts} (inverse "
            f"normal combination, Cui, Hung and Wang): {told}, one-sided, whatever the re-estimation finds."
        )
    if found is not None:
        return f"No arm is seen for it, so the last test is the ordinary one, at {told} (one-sided)."
    return f"The boundary for a claim does not count on giving up (futility is not binding): {told}, one-sided, at most."


def in_design(found: Prospect, made: Plan, bounds: "Boundaries | None") -> Prospect:
    """The prospect with what may change, and what the promising zone promises where that is all there is."""
    analysis, sides = made.analysis, (made.analysis.estimand.compared if made.analysis.estimand is not None else ())
    if not analysis.adapt:
        return found
    said = [*rules(analysis, sides, found.wanted)]
    said.append("These numbers are of the plan without that; 'equipoise simulate' carries it out.")
    said += _promised(found, bounds, analysis, made.people or 0)
    return replace(found, says=(*found.says, *said))


def _promised(found: Prospect, bounds: "Boundaries | None", analysis: Analysis, people: int) -> list[str]:
    """A trial of one look, at which it may be enlarged in its promising zone: the closed form."""
    each = analysis.adapt[0]
    if len(analysis.adapt) > 1 or each.rule != "unblinded_re_estimation" or bounds is None or len(bounds.information) != 2:
        return []
    if each.maximum is None or each.conditional_power is None or not found.participants or found.power is None:
        return []
    if float(each.at) != bounds.information[0] or not sum(_none(bounds)) < found.power < 1:
        return []
    if not 0 < float(each.conditional_power) < found.wanted or each.maximum <= people:
        return []  # the rule `adaptation-cannot-be-made` says what is wrong
    from ..kernels.group_sequential import drift_for
    from ..kernels.promising_zone import Zone, promised

    below = bounds.below[0]
    zone = Zone(
        bounds.information[0], bounds.above[1], float(each.conditional_power), found.wanted,
        each.maximum / people, early=bounds.above[0], futility=below if isfinite(below) else -NEVER,
    )  # fmt: skip
    true, none = promised(zone, drift_for(bounds, found.power)), promised(zone, 0.0)
    return [
        f"With it the effect is found with a probability of about {percent(true.power)}; the trial is enlarged with "
        f"{percent(true.enlarged)} ({percent(none.enlarged)} without an effect), and uses {percent(true.information)} of the "
        f"planned information on average."
    ]


def _none(bounds: "Boundaries") -> tuple[float, ...]:
    from ..kernels.group_sequential import exits

    return exits(bounds, 0.0).above
