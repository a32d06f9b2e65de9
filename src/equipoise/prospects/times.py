"""Times to an event: Schoenfeld's formula for a hazard ratio, and the difference of restricted means."""

from dataclasses import dataclass, replace
from functools import partial
from math import exp

from ..kernels.events_needed import detectable, drift, freedman
from ..kernels.expected_events import Hazard, time_of_events
from ..kernels.lachin_foulkes import lachin_foulkes
from ..simulation.assumptions import DAYS_PER_MONTH
from .looks import (
    difference_at,
    drift_of,
    drift_wanted,
    looked,
    looks,
    power_at,
    ratio_at,
    single,
    with_looks,
)
from .plan import FollowUp, NoClosedForm, Plan, ending, follow_up, sources, together
from .prospect import Detectable, Needed, Prospect
from .words import percent, sentence, told


@dataclass(frozen=True)
class _Expected:
    """What is expected of a comparison of hazards: of the event and of being lost, in the two arms; and their ratio."""

    made: Plan
    when: FollowUp
    hazards: tuple[Hazard, Hazard]
    gone: tuple[Hazard, Hazard]
    ratio: float
    margin: float

    @property
    def side(self) -> float:
        """On which side of the margin the effect lies: without a margin it is found on either side alike."""
        return 1.0 if self.ratio < self.margin else -1.0

    def chance(self, ratio: float) -> float:
        """The chance that the event of one of the participants is seen, whichever the arm, with a hazard ratio."""
        pair = (self.hazards[0] if ratio == self.ratio else self.hazards[1].times(ratio), self.hazards[1])
        seen = [self.when.chance(each, out) for each, out in zip(pair, self.gone, strict=True)]
        return sum(each * share for each, share in zip(seen, self.made.shares, strict=True)) / sum(self.made.shares)

    def drift(self, people: float, ratio: float) -> float:
        """The mean of the statistic with so many participants and a hazard ratio, above 0 on the side of the effect."""
        events = people * self.chance(ratio)
        return self.side * drift(ratio, events, allocation=self.made.allocation, margin=self.margin)

    def seen(self, share: float, events: float) -> tuple[float, float]:
        """The month by which a share of the events is expected, and how many they are."""
        if share == 1:
            return self.when.until, events
        people = [(self.made.people or 0) * each for each in self.made.shares]
        arms = list(zip(people, self.hazards, self.gone, strict=True))
        return time_of_events(share * events, arms, accrual=self.when.accrual, followed=self.when.followed), share * events

    def ratio_found(self, people: float, wanted: float) -> float | None:
        """The hazard ratio nearest to the margin with which so many participants give the statistic this mean."""
        near, far = 0.0, 7.0
        if self.drift(people, self.margin * exp(-self.side * far)) < wanted:
            return None
        for _ in range(60):
            middle = (near + far) / 2
            enough = self.drift(people, self.margin * exp(-self.side * middle)) >= wanted
            near, far = (near, middle) if enough else (middle, far)
        return self.margin * exp(-self.side * far)


def log_rank(made: Plan) -> Prospect:
    """The power of a log-rank test or of Cox's model, with the events that the assumed hazards let expect."""
    margin = made.blank.margin if made.blank.margin is not None else 1.0
    if margin <= 0:
        raise NoClosedForm(f"A margin of {margin:g} is no hazard ratio: it lies above 0.")
    try:
        expected, rests = _expected(made, margin)
    except NoClosedForm as why:
        return _at_best(made, why, margin)
    ratio, mean = expected.ratio, expected.chance(expected.ratio)
    found = replace(
        made.blank, measure="hazard ratio", effect=ratio, months=expected.when.until, participants=made.participants,
        events=made.counted * mean if made.counted else None, rests_on=rests,
    )  # fmt: skip
    if made.blank.margin is not None and ratio >= margin:
        return replace(found, cannot=f"The hazard ratio is assumed to be {ratio:.2f}, not below the margin of {margin:g}.")
    bounds = looks(made)
    wanted = {power: drift_wanted(bounds, power, made.alpha) for power in made.powers}
    by_others = _by_others if bounds is None and made.blank.margin is None else _by_no_others
    needed = []
    for power, reached in wanted.items():
        people = (reached / expected.drift(1.0, ratio)) ** 2
        needed.append(Needed(power, made.whole(people), people * mean, by_others(expected, power)))

    def power_of(people: float) -> float:
        return power_at(bounds, expected.drift(people, ratio), made.alpha)

    found = replace(found, needed=tuple(needed))
    if made.counted and found.events:
        far = [(power, expected.ratio_found(made.counted, reached)) for power, reached in wanted.items()]
        found = replace(
            found, power=power_of(made.counted), powers=made.curve(power_of, needed),
            detectable=tuple(Detectable(power, each) for power, each in far if each is not None),
        )  # fmt: skip
        events, at = made.counted * mean, expected.drift(made.counted, ratio)
        found = with_looks(
            found, bounds, at, seen=lambda share: expected.seen(share, events),
            effect=lambda share, z: margin * ratio_at(expected.side * z, share * events, made.allocation),
        )  # fmt: skip
    beyond = f", so that one of {margin:g} is ruled out," if made.blank.margin is not None else ""
    effect = f"a hazard ratio of {ratio:.2f}"
    return replace(found, says=told(found, effect, pace=made.pace, part=sum(made.shares), beyond=beyond))


def _expected(made: Plan, margin: float) -> tuple[_Expected, tuple[str, ...]]:
    """What is expected, and what that rests on."""
    when = follow_up(made)
    events, lost = ending(made.endpoint, made.study)
    one, other = (together(events, arm, made.study, when.until) for arm in made.arms)
    gone_one, gone_other = (together(lost, arm, made.study, when.until) for arm in made.arms)
    last = min(when.followed, when.until)
    starts = [each for each in (0.0, *sorted({*one.ends, *other.ends})) if each < last]
    named = " and ".join(f"'{each}'" for each in events)
    if any(not other.at(each) or not one.at(each) for each in starts):
        raise NoClosedForm(f"Of {named} no hazard above 0 is assumed in one of the arms.")
    ratios = [one.at(each) / other.at(each) for each in starts]
    if max(ratios) / min(ratios) > 1.001:
        raise NoClosedForm(f"The hazards assumed of {named} are not proportional: simulate it.")
    if abs(ratios[0] - 1) < 1e-9 and made.blank.margin is None:
        raise NoClosedForm(f"What is assumed of {named} is alike in both arms: no effect is said that could be looked for.")
    rests = (sentence(when.says), *sources((*events, *lost), made.study))
    return _Expected(made, when, (one, other), (gone_one, gone_other), ratios[0], margin), rests


def _at_best(made: Plan, why: NoClosedForm, margin: float) -> Prospect:
    """What is found if everybody has the event, where nothing lets expect how many will."""
    if not made.counted:
        raise why
    best = tuple(
        Detectable(power, detectable(made.counted, alpha=made.alpha, power=power, allocation=made.allocation, margin=margin),
                   "everybody has the event")
        for power in made.powers
    )  # fmt: skip
    far = f"{best[0].effect:.2f} or less to be found with {percent(best[0].power)}"
    far += "".join(f", {each.effect:.2f} with {percent(each.power)}" for each in best[1:])
    says = f"Even if all {made.participants} participants have the event, the hazard ratio has to be {far}."
    return replace(
        made.blank, measure="hazard ratio", participants=made.participants, detectable=best, cannot=why.says, says=(says,)
    )


def _by_others(expected: _Expected, power: float) -> dict[str, int]:
    """The participants that other formulas ask for."""
    made, mean, gone = expected.made, expected.chance(expected.ratio), expected.gone
    events = freedman(expected.ratio, alpha=made.alpha, power=power, allocation=made.allocation)
    found = {"Freedman": made.whole(events / mean)}
    if not any(each.ends for each in (*expected.hazards, *gone)) and gone[0] == gone[1]:
        one, other = expected.hazards
        found["Lachin and Foulkes"] = made.whole(lachin_foulkes(
            other.rates[0], one.rates[0], expected.when.until, accrual=expected.when.accrual, dropout=gone[0],
            followed=expected.when.followed, alpha=made.alpha, power=power, allocation=made.allocation,
        ))  # fmt: skip
    return found


def _by_no_others(expected: _Expected, power: float) -> dict[str, int]:
    """Nothing: the other formulas know neither looks nor margins."""
    return {}


def restricted(made: Plan) -> Prospect:
    """The power of a difference of restricted means, which asks for no proportional hazards."""
    from ..kernels.rmst_power import mean_until, rmst_people, rmst_power, rmst_se, rmst_variance

    if made.endpoint.horizon is None:
        raise NoClosedForm("A restricted mean needs the endpoint's horizon.")
    bounds, when, study = looks(made), follow_up(made), made.study
    events, lost = ending(made.endpoint, study)
    horizon = made.endpoint.horizon.about_days / DAYS_PER_MONTH
    hazards = [together(events, arm, study, when.until) for arm in made.arms]
    one, other = (mean_until(each, horizon) for each in hazards)
    variances = [
        rmst_variance(each, horizon, when.until, accrual=when.accrual, dropout=together(lost, arm, study, when.until))
        for each, arm in zip(hazards, made.arms, strict=True)
    ]
    margin = made.blank.margin if made.blank.margin is not None else 0.0
    found = replace(
        made.blank, measure="difference of restricted means", effect=one - other, months=when.until,
        participants=made.participants, rests_on=(sentence(when.says), *sources((*events, *lost), study)),
    )  # fmt: skip
    gap = one - other if made.blank.margin is not None else abs(one - other)
    if gap <= margin + 1e-12:
        return replace(
            found, cannot=f"A gain of {one - other:.2g} months is assumed, not above {margin:g}: there is nothing to find."
        )
    both = (variances[0], variances[1])
    people = partial(rmst_people, gap, both, alpha=made.alpha, allocation=made.allocation, margin=margin)
    alone = {power: single(bounds, power, made.alpha) for power in made.powers}
    needed = [Needed(power, made.whole(people(power=alone[power]))) for power in made.powers]

    def power_of(people: float) -> float:
        power = rmst_power(gap, people, both, alpha=made.alpha, allocation=made.allocation, margin=margin)
        return looked(bounds, power, made.alpha)

    found = replace(found, needed=tuple(needed))
    if made.counted:
        se = rmst_se(made.counted, both, allocation=made.allocation)
        far = tuple(Detectable(power, margin + drift_of(each, made.alpha) * se) for power, each in alone.items())
        found = replace(found, power=power_of(made.counted), powers=made.curve(power_of, needed), detectable=far)
        at = (gap - margin) / se
        found = with_looks(found, bounds, at, difference_at(gap, margin, at))
    effect = f"a difference of {abs(one - other):.2g} months within {made.endpoint.horizon}"
    beyond = f", beyond {margin:g}," if made.blank.margin is not None else ""
    return replace(found, says=told(found, effect, pace=made.pace, part=sum(made.shares), beyond=beyond))
