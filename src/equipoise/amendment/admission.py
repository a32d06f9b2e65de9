"""Who may join by one version of a study and not by the other: shown by somebody, proven to be nobody, or not decided."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from ..bounds import plain
from ..chart import chart
from ..eligibility import cohorts, lets_in, wanted
from ..logic import MET, NOT_MET, Truth
from ..protocol import Code, Criterion, Item
from ..screening import screening
from ..shown import NotDecided, Proven, Shown
from ..study import Study
from ..transcript import line_of


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether one criterion's change lets somebody in or keeps somebody out whom the other version does not.

    `who` is a virtual participant who shows it, as lines of events; empty where it is proven that there is nobody, and
    where that could not be decided, which `why` says.
    """

    criterion: str
    effect: Literal["no longer eligible", "newly eligible"]
    found: Literal["somebody", "nobody", "not decided"]
    who: str = ""
    why: str = ""

    def __str__(self) -> str:
        about = f"criterion '{self.criterion}'"
        match self.found:
            case "somebody":
                does = "keeps out somebody who was eligible before" if self.effect == "no longer eligible" else (
                    "no longer keeps out somebody who is eligible now")  # fmt: skip
                return f"{about} {does}"
            case "nobody":
                keeps = "keeps out nobody who was eligible before" if self.effect == "no longer eligible" else (
                    "kept out nobody who is eligible now")  # fmt: skip
                return f"{about} {keeps}: proven"
            case _:
                return f"{about}: whether anybody is {self.effect} could not be decided ({self.why})"


def admissions(old: Study, new: Study) -> Iterator[Admission]:
    """For each criterion that changed, whether there can be somebody whom it keeps out now, or kept out before."""
    before = {each.id: each for each in old.protocol.eligibility}
    after = {each.id: each for each in new.protocol.eligibility}
    trees = {
        (name, version): plain(lets_in(each, study))
        for version, study, criteria in (("old", old, before), ("new", new, after)) for name, each in criteria.items()
    }  # fmt: skip
    changed = [name for name in dict.fromkeys([*before, *after]) if trees.get((name, "old")) != trees.get((name, "new"))]
    if not changed:
        return
    clash = _clash(old, new)
    both = either(old, new)
    for name in changed:
        for effect, here, there, criteria in (
            ("no longer eligible", new, old, after), ("newly eligible", old, new, before),
        ):  # fmt: skip
            if name in criteria:
                yield _admission(name, criteria[name], effect, here, there, both, clash)  # type: ignore[arg-type]


def _admission(
    name: str, criterion: Criterion, effect: Literal["no longer eligible", "newly eligible"], here: Study, there: Study,
    both: Study, clash: str,
) -> Admission:  # fmt: skip
    """Whether somebody can pass every criterion of one version whom this criterion of the other keeps out."""
    if clash:
        return Admission(name, effect, "not decided", why=clash)
    from ..proof import facts_events, some_participant  # the solver is loaded when it is first asked

    bars: dict[str, tuple[Any, Truth]] = {f"{name} ({here.protocol.version})": (lets_in(criterion, here), NOT_MET)}
    whys: list[str] = []
    for way in cohorts(there):
        answer = some_participant(both, {**wanted(there, way), **bars}, milliseconds=1_000)
        match answer:
            case NotDecided(why=why):
                whys.append(why)
            case Shown(facts=facts):
                events = facts_events(facts, both)
                seen = {study: screening(study, chart(study, events, until=facts.until).facts) for study in (here, there)}
                barred = [each.truth for each in seen[here].verdicts if each.criterion.id == name]
                if seen[there].truth is MET and barred == [NOT_MET]:
                    lines = "\n".join(line_of(each, both) for each in events)
                    return Admission(name, effect, "somebody", lines)
                whys.append("the participant found is not screened so by the engine")
            case Proven():
                pass
    return (
        Admission(name, effect, "not decided", why="; ".join(dict.fromkeys(whys)))
        if whys
        else Admission(name, effect, "nobody")
    )


def _clash(old: Study, new: Study) -> str:
    """Why one participant's facts cannot be read under both versions; empty if they can."""
    if {*old.protocol.closed} != {*new.protocol.closed}:
        return "what is closed differs, so what is not recorded means different things"
    for name, activity in new.activities.items():
        for key, item in activity.items.items():
            other = old.activities[name].items.get(key) if name in old.activities else None
            if other is not None and (other.type, other.unit) != (item.type, item.unit):
                return f"{name}.{key} is kept as {other.type} {other.unit} in one and as {item.type} {item.unit} in the other"
    return ""


def either(old: Study, new: Study) -> Study:
    """A study in which what either version asks for can be written down: participants' events are read by it."""
    activities = dict(new.activities)
    for name, activity in old.activities.items():
        own = activities.get(name)
        if own is None:
            activities[name] = activity
            continue
        items = {key: replace(item, required=False) for key, item in {**activity.items, **own.items}.items()}
        for key in own.items.keys() & activity.items.keys():
            items[key] = _wider(activity.items[key], own.items[key])
        activities[name] = replace(own, items=items, repeats=own.repeats or activity.repeats)
    return replace(new, activities=activities)


def _wider(one: Item, other: Item) -> Item:
    """An item that takes what either takes."""
    options = tuple(Code(each) for each in dict.fromkeys([*one.options, *other.options]))
    ranges = (one.range, other.range)
    hull = None
    if ranges[0] is not None and ranges[1] is not None:
        hull = replace(ranges[0], low=min(ranges[0].low, ranges[1].low), high=max(ranges[0].high, ranges[1].high))
    when, required = (other.when if one.when == other.when else None), one.required and other.required
    return replace(other, range=hull, of=options or other.of, when=when, required=required)
