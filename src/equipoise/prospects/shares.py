"""A difference of shares."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from ..finding import Unreadable
from ..kernels.inestimable import Inestimable
from ..simulation.assumptions import DAYS_PER_MONTH, chances
from .looks import difference_at, drift_of, looked, looks, single, with_looks
from .plan import NoClosedForm, Plan, activity, assumed, hazard, sources
from .prospect import Detectable, Needed, Prospect
from .words import percent, sentence, told

FISHER = ("fisher", "fisher_exact")
HARDEST = (0.5, 0.2)
"""Shares with the reference for which it is said what is found, where none is assumed: the hardest, and a smaller one."""


def shares(made: Plan) -> Prospect:
    """The power of a difference of shares; of Fisher's test where the analysis names it."""
    from ..kernels.proportions_power import proportions_people, proportions_power

    margin = made.blank.margin if made.blank.margin is not None else 0.0
    exact = made.analysis.test in FISHER
    if not -1 < margin < 1:
        raise NoClosedForm(f"A margin of {margin:g} is no difference of shares: it lies between -1 and 1.")
    if exact and made.blank.margin is not None:
        raise NoClosedForm("Fisher's exact test rules out no margin.")
    found = replace(made.blank, measure="difference of shares", participants=made.participants)
    try:
        one, other, rests = assumed_shares(made)
    except NoClosedForm as why:
        return _at_best(found, made, why, exact)
    found = replace(found, effect=one - other, rests_on=rests)
    if made.blank.margin is not None:
        better = one - other > margin if margin < 0 else one - other < margin
        if not better:
            return replace(
                found,
                cannot=f"A difference of {one - other:+.2f} is assumed, which is no better than the margin of {margin:+g}.",
            )
    elif abs(one - other) < 1e-9:
        raise NoClosedForm(f"What is assumed is {percent(one)} in both arms: no effect is said that could be looked for.")
    people = partial(proportions_people, one, other, alpha=made.alpha, allocation=made.allocation, margin=margin, exact=exact)
    power_alone = partial(
        proportions_power, one, other, alpha=made.alpha, allocation=made.allocation, margin=margin, exact=exact
    )
    bounds = looks(made)
    alone = {power: single(bounds, power, made.alpha) for power in made.powers}
    needed = [Needed(power, made.whole(people(power=alone[power]))) for power in made.powers]

    def power_of(people: float) -> float:
        return looked(bounds, power_alone(people), made.alpha)

    found = replace(found, needed=tuple(needed))
    if made.counted:
        far = _far(made, alone, other, one > other, exact) if made.blank.margin is None else ()
        found = replace(found, power=power_of(made.counted), powers=made.curve(power_of, needed), detectable=far)
        at = drift_of(power_alone(made.counted), made.alpha)
        found = with_looks(found, bounds, at, difference_at(one - other, margin, at))
    beyond = (
        f", so that a difference of {100 * margin:+g} percentage points is ruled out," if made.blank.margin is not None else ""
    )
    effect = f"{percent(one)} against {percent(other)}"
    return replace(found, says=told(found, effect, pace=made.pace, part=sum(made.shares), beyond=beyond))


def assumed_shares(made: Plan) -> tuple[float, float, tuple[str, ...]]:
    """The shares that are assumed of the two arms, and what that rests on."""
    study, endpoint = made.study, made.endpoint
    if endpoint.kind == "occurrence":
        if len(endpoint.events) != 1:
            raise NoClosedForm("It counts several events, and how often one of them comes follows from several assumptions.")
        name = activity(endpoint.events[0], study)
        if endpoint.within is None:
            raise NoClosedForm("Nothing says within which time it counts: give the endpoint 'within'.")
        until = endpoint.within.about_days / DAYS_PER_MONTH
        if not until:
            raise NoClosedForm("It counts within no time at all.")
        one, other = (1 - hazard(name, arm, study, until).survival(until) for arm in made.arms)
        return one, other, (*sources([name], study), f"Everybody is taken to be followed for {endpoint.within}.")
    given = assumed(endpoint.item, study)
    try:
        one, other = (chances(given, arm).get("yes", 0.0) for arm in made.arms)
    except Unreadable as why:
        raise NoClosedForm(sentence(why.says)) from None
    return one, other, sources([endpoint.item], study)


def _far(made: Plan, alone: Mapping[float, float], share: float, higher: bool, exact: bool) -> tuple[Detectable, ...]:
    """What is found beside a share with the reference; `alone` has the power of a single analysis for each."""
    from ..kernels.proportions_power import detectable_share

    found = []
    for power, single_power in alone.items():
        try:
            far = detectable_share(share, made.counted or 0.0, higher=higher, alpha=made.alpha, power=single_power,
                                   allocation=made.allocation, exact=exact)  # fmt: skip
        except Inestimable:
            continue
        found.append(Detectable(power, far - share, f"{percent(share)} with {made.reference}"))
    return tuple(found)


def _at_best(found: Prospect, made: Plan, why: NoClosedForm, exact: bool) -> Prospect:
    """What is found whatever the shares, where nothing is assumed of them."""
    if not made.counted:
        raise why
    alone = dict(zip(made.powers, made.powers, strict=True))
    far = [each for share in HARDEST for each in _far(made, alone, share, True, exact)]
    parts = [
        f"{100 * each.effect:.0f} percentage points, where it is {each.where}"
        for each in far
        if each.power == made.blank.wanted
    ]
    says = f"With {percent(made.blank.wanted)}, {made.participants} participants find a share that is higher by {'; by '.join(parts)}."
    return replace(found, cannot=why.says, detectable=tuple(far), says=(says,) if parts else ())
