"""A difference of means."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from math import exp, sqrt

from ..simulation.assumptions import told_apart
from .looks import difference_at, drift_of, looked, looks, single, with_looks
from .plan import NoClosedForm, Plan, assumed, drawn_item, sources, spread_of
from .prospect import Detectable, Needed, Prospect
from .words import percent, told


def means(made: Plan) -> Prospect:
    """The power of a t test of two means; where nothing is assumed of them, what is found in standard deviations."""
    from ..kernels.means_power import means_people, means_power

    found = replace(made.blank, measure="difference of means", participants=made.participants)
    margin = made.blank.margin if made.blank.margin is not None else 0.0
    item = drawn_item(made.endpoint, made.study)
    unit = item.unit if item is not None else ""
    try:
        one, other, sd = moments(made)
        found = replace(found, effect=one - other, rests_on=sources([made.endpoint.item], made.study))
        if made.blank.margin is None and abs(one - other) < 1e-12 * sd:
            raise NoClosedForm("The means are assumed to be alike: no effect is said that could be looked for.")
    except NoClosedForm as why:
        return _at_best(found, made, why)
    # Less is better where the margin is above 0; without a margin either side is found alike.
    side = -1.0 if margin > 0 or made.blank.margin is None and one < other else 1.0
    gap, beyond = side * (one - other), side * margin
    if gap <= beyond:
        return replace(
            found, cannot=f"A difference of {one - other:.3g} {unit} is assumed, no better than the margin of {margin:g}."
        )
    people = partial(means_people, gap, sd, alpha=made.alpha, allocation=made.allocation, margin=beyond)
    power_alone = partial(means_power, gap, sd, alpha=made.alpha, allocation=made.allocation, margin=beyond)
    bounds = looks(made)
    alone = {power: single(bounds, power, made.alpha) for power in made.powers}
    needed = [Needed(power, made.whole(people(power=alone[power]))) for power in made.powers]

    def power_of(people: float) -> float:
        return looked(bounds, power_alone(people), made.alpha)

    found = replace(found, needed=tuple(needed))
    if made.counted and made.counted > 3:
        far = _far(made, alone, sd, unit) if made.blank.margin is None else ()
        found = replace(found, power=power_of(made.counted), powers=made.curve(power_of, needed), detectable=far)
        at = drift_of(power_alone(made.counted), made.alpha)
        found = with_looks(found, bounds, at, difference_at(one - other, margin, at))
    ruled_out = f", so that one of {margin:g} is ruled out," if made.blank.margin is not None else ""
    effect = f"a difference of {one - other:.3g} {unit}".rstrip()
    return replace(found, says=told(found, effect, pace=made.pace, part=sum(made.shares), beyond=ruled_out))


def _far(made: Plan, alone: Mapping[float, float], sd: float, unit: str) -> tuple[Detectable, ...]:
    from ..kernels.means_power import detectable_difference

    people = made.counted or 0.0
    return tuple(
        Detectable(power, detectable_difference(sd, people, alpha=made.alpha, power=each, allocation=made.allocation), unit)
        for power, each in alone.items()
    )


def _at_best(found: Prospect, made: Plan, why: NoClosedForm) -> Prospect:
    """What is found in standard deviations, where nothing is assumed of the means."""
    if not made.counted or made.counted <= 3:
        raise why
    far = _far(made, dict(zip(made.powers, made.powers, strict=True)), 1.0, "standard deviations")
    parts = ", ".join(f"{each.effect:.2f} with {percent(each.power)}" for each in far)
    says = f"{made.participants} participants find a difference of so many standard deviations: {parts}."
    return replace(found, detectable=far, cannot=why.says, says=(says,))


def moments(made: Plan) -> tuple[float, float, float]:
    """The means of the two arms, and the standard deviation within an arm, where the item itself is drawn."""
    endpoint, study = made.endpoint, made.study
    item = drawn_item(endpoint, study)
    if item is None or endpoint.items or endpoint.kind != "measurement":
        raise NoClosedForm("Its values follow from more than one assumption: simulate it.")
    apart = told_apart(assumed(endpoint.item, study))
    told = []
    for arm in made.arms:
        found = spread_of(endpoint.item, item, arm if apart else "", study)
        match found.kind:
            case "normal":
                told.append((found.first, found.second))
            case "lognormal":
                mean = exp(found.first + found.second**2 / 2)
                told.append((mean, mean * sqrt(exp(found.second**2) - 1)))
            case "uniform":
                told.append(((found.first + found.second) / 2, (found.second - found.first) / sqrt(12)))
            case "poisson":
                told.append((found.first, sqrt(found.first)))
            case _:
                raise NoClosedForm(
                    f"'{endpoint.item}' is assumed to be {found.kind}: no closed form here takes that, simulate it."
                )
    (one, sd_one), (other, sd_other) = told
    sd = sqrt((sd_one**2 + sd_other**2) / 2)
    if not sd:
        raise NoClosedForm(f"'{endpoint.item}' is assumed not to vary.")
    return one, other, sd
