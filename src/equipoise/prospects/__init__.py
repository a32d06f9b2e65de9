"""What a trial as planned can find: for each declared comparison how likely, and how many participants that would take.

Effect
    What is assumed of virtual participants is what is to be found: hazards by arm of the events of an endpoint, chances or
    means by arm of an answer. Hazards that are constant, or Weibull's, are added up where several events end a clock; what
    else ends follow-up, withdrawal or death among them, counts as loss. Where hazards are not proportional, or follow from
    more than one drawing, nothing is worked out here: a sentence says so, and simulation answers.

Follow-up
    Participants join at the assumed pace. The analysis is at the primary completion, if the file has its date and the
    start's; else when the last one to join was followed up to the endpoint's horizon. Nobody counts beyond the horizon.

Numbers
    Alpha is halved and taken on one side, as is usual: the other side adds next to nothing. A level that is not said is 5 %,
    two-sided. Of several arms each is taken against the reference. Strata and covariates in the analysis are not counted;
    they seldom cost power. Needed participants are rounded up to whole sets of the allocation, and followed as long.

Looks
    `interim` says at which shares of the information there is a look: of the events, or of the participants whose answer is
    known. `spending` says how alpha is spent over them, `futility` how beta is; futility is not binding unless it says so.
    For shares and means the statistic of all looks is taken to be normal.
    `adapt` says what may change at a look: the participants needed, or which arms go on. The numbers are of the plan without
    that; simulation carries it out. Where arms may be dropped nothing is claimed before the end, and each is tested at
    Dunnett's bound for all of them.

Source
    Each formula has its own, in the kernels events_needed, expected_events, lachin_foulkes, rmst_power, proportions_power,
    means_power, group_sequential and spending.
"""

from collections.abc import Callable
from dataclasses import replace
from math import sqrt
from statistics import NormalDist

from ..kernels.inestimable import Inestimable
from ..protocol import Analysis, Endpoint, Estimand
from ..study import Study
from .adaptations import drops_arms, each_level, in_design
from .looks import looks
from .means import means
from .plan import WHOLE, NoClosedForm, Plan, drawn_item, plan
from .prospect import LEVEL, WANTED, Detectable, Look, Needed, Prospect
from .shares import shares
from .times import log_rank, restricted
from .words import sentence

__all__ = ["Detectable", "Look", "Needed", "Prospect", "prospects"]

COMPARATORS = ("no_intervention", "placebo_comparator", "active_comparator")
LOGRANK, RESTRICTED = ("logrank", "log_rank", "wald"), ("restricted_mean", "rmst")


def prospects(study: Study, *, primary: bool = False) -> tuple[Prospect, ...]:
    """What each declared analysis can find, those of the primary endpoints first.

    Args:
        study: The study, as planned.
        primary: Whether only what hangs on primary endpoints is asked for.

    >>> from equipoise import load, shipped
    >>> first = prospects(load(shipped() / "pdac-oligo-ablation"))[0]
    >>> first.measure, round(first.power, 2)
    ('hazard ratio', 0.23)
    """
    names = {each.name for each in study.protocol.primary}
    asked = [each for each in study.protocol.analyses.values() if not primary or each.endpoint in names]
    made = [each for analysis in asked for each in _of(analysis, study)]
    return tuple(sorted(made, key=lambda each: not each.is_primary))


def _of(analysis: Analysis, study: Study) -> list[Prospect]:
    """What one analysis can find: one answer for each comparison in it, or one that says why there is none."""
    endpoint = study.protocol.endpoints.get(analysis.endpoint)
    blank = Prospect(
        analysis.name, analysis.label or analysis.name.replace("_", " ").capitalize(), analysis.endpoint,
        is_primary=endpoint is not None and endpoint.role == "primary" and not analysis.post_hoc,
        level=float(analysis.alpha) if analysis.alpha is not None else LEVEL,
        wanted=float(analysis.power) if analysis.power is not None else WANTED[0],
        margin=float(analysis.margin) if analysis.margin is not None else None, place=analysis.place,
    )  # fmt: skip
    if endpoint is None:
        return [replace(blank, cannot=f"There is no endpoint '{analysis.endpoint}'.")]
    if not 0 < blank.level < 1 or not blank.level / 2 < blank.wanted < 1:
        return [replace(blank, cannot="The level and the power wanted lie between 0 and 1, the power above the level.")]
    pairs = _pairs(analysis.estimand or Estimand(), study)
    if not pairs:
        return [replace(blank, cannot=_alone(analysis, endpoint, study))]
    return [_compared(replace(blank, compared=pair), analysis, endpoint, study, len(pairs)) for pair in pairs]


def _compared(blank: Prospect, analysis: Analysis, endpoint: Endpoint, study: Study, pairs: int) -> Prospect:
    try:
        sides = (analysis.estimand or Estimand()).compared
        drops = drops_arms(analysis, sides)
        if drops:
            blank = replace(blank, level=each_level(blank.level, sides, blank.compared[1], study))
        made = plan(blank, analysis, endpoint, study)
        if pairs > 1:
            corrected = "each is tested at Dunnett's bound for all of them" if drops else "none is corrected for the others"
            made.notes.append(f"It is one of {pairs} comparisons with {made.reference}; {corrected}.")
        found = _formula(analysis, endpoint, study)(made)
        found = in_design(found, made, looks(made)) if analysis.adapt else found
    except NoClosedForm as why:
        return replace(blank, cannot=why.says)
    except Inestimable as why:
        return replace(blank, cannot=sentence(why.says))
    return replace(found, rests_on=tuple(dict.fromkeys((*found.rests_on, *made.notes))))


def _pairs(estimand: Estimand, study: Study) -> list[tuple[str, str]]:
    """What is compared with what, the reference second: the only comparator of several arms, or else the last named."""
    names, arms = list(estimand.compared), study.protocol.arms
    if len(names) < 2:
        return []
    controls = [each for each in names if each in arms and arms[each].role in COMPARATORS]
    reference = controls[0] if len(names) > 2 and len(controls) == 1 else names[-1]
    return [(each, reference) for each in names if each != reference]


def _alone(analysis: Analysis, endpoint: Endpoint, study: Study) -> str:
    """What can be said of an analysis that compares nothing."""
    protocol = study.protocol
    why = "compares no arms" if protocol.arms else "compares nothing, and the study has no arms"
    said = f"It {why}: there is no effect to find, and so no power to tell."
    people = protocol.design.enrolment
    everybody = not protocol.arms and endpoint.among is None and (analysis.estimand or Estimand()).population in WHOLE
    of_a_share = analysis.method in ("proportion", "kaplan_meier", "km") or endpoint.kind == "occurrence"
    if people and everybody and of_a_share:
        # Wilson's limits at a share of one half, where they are widest.
        z = NormalDist().inv_cdf(1 - (float(analysis.alpha) if analysis.alpha is not None else LEVEL) / 2)
        said += f" {people} participants tell a share to within {100 * z / (2 * sqrt(people + z**2)):.0f} percentage points"
        said += " (95 % limits of a share of one half, the widest)" if analysis.alpha is None else " at worst"
        said += ", if nobody is lost." if endpoint.kind == "time_to_event" else "."
    return said


def _formula(analysis: Analysis, endpoint: Endpoint, study: Study) -> Callable[[Plan], Prospect]:
    """What answers for a method of an endpoint of this kind."""
    method, test = analysis.method, analysis.test
    summary = analysis.estimand.summary if analysis.estimand is not None else ""
    if endpoint.kind == "time_to_event":
        if method in RESTRICTED or "restricted" in summary or "rmst" in summary:
            return restricted
        if (
            method.startswith("cox")
            or method in ("", "kaplan_meier", "km", "logrank")
            and (test in LOGRANK or "hazard" in summary)
        ):
            return log_rank
    elif endpoint.kind == "occurrence" and method in ("", "proportion", "risk_difference"):
        return shares
    elif endpoint.kind in ("measurement", "score", "cost") and method in _OF_VALUES:
        item = drawn_item(endpoint, study)
        if item is not None and item.type == "yes_no":
            return shares
        if method != "proportion" and (item is None or item.type not in ("choice", "text", "date")):
            return means
    what = f"the method '{method}' of" if method else "a comparison of"
    raise NoClosedForm(f"No closed form here answers for {what} a {endpoint.kind.replace('_', ' ')}: simulate it.")


_OF_VALUES = ("", "mean", "welch", "bootstrap", "proportion")
