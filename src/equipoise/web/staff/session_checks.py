"""What a protocol says of a session in which lesions are treated: the step, its limit, its distances, what it requires.

Each is looked at as if the session took place as it is written down, so that it is said before, and not as a deviation after.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ...calendar import later
from ...chart import Chart, chart
from ...expression.english import english
from ...expression.explain import explain
from ...expression.facts import Facts
from ...logic import MET, NOT_MET, UNKNOWN, Truth
from ...protocol import Step
from ...study import Study
from .forms import UNITS, events_of


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is to hold, whether it does, and what that rests on."""

    says: str
    truth: Truth
    because: str = ""

    @property
    def state(self) -> str:
        """Met, not met or unknown."""
        return self.truth.value


def steps_of(study: Study, activity: str) -> tuple[Step, ...]:
    """The steps of the pathway that ask for an activity."""
    pathway = study.protocol.pathway
    return tuple(
        each for each in (pathway.steps.values() if pathway is not None else ()) if activity in (*each.do, each.repeat)
    )  # fmt: skip


def session_checks(study: Study, known: Chart, body: Mapping[str, Any], on: date) -> tuple[Check, ...]:
    """What holds of a session as it would be recorded.

    Args:
        study: What was promised to this participant.
        known: What is known so far.
        body: The event as it would be written.
        on: The day of the session.
    """
    activity = str(body["do"])
    before = chart(study, known.events, until=on) if on != known.until else known
    after = chart(study, (*known.events, *events_of([{**body, "on": on.isoformat()}], study, known.participant)), until=on)
    steps = steps_of(study, activity)
    found = [*_step(study, before, activity, steps, on)]
    for step in steps:
        found += _limit(study, before, activity, step)
        found += _apart(study, before, activity, step, on)
        found += [_required(each.settled, study, after.facts, activity, str(body["id"])) for each in step.require]
        found += _guards(study, before, step)
    return tuple(dict.fromkeys(found))


def _step(study: Study, known: Chart, activity: str, steps: tuple[Step, ...], on: date) -> Iterator[Check]:
    if not steps:
        return
    for position in known.positions:
        opens = dict(position.owed).get(activity)
        if opens is not None or activity in position.offered:
            why = f"The pathway stands at '{_called(study, position.step)}' since {position.entered}."
            yield Check("The pathway asks for it now", MET, why)
            return
    at = "; ".join(
        f"it stands at '{_called(study, each.step)}'" + (f", ended by {each.ended}" if each.ended else "") for each in known.positions
    )  # fmt: skip
    yield Check("The pathway asks for it now", NOT_MET, f"{at[:1].upper()}{at[1:]}." if at else "The pathway has not begun.")


def _limit(study: Study, known: Chart, activity: str, step: Step) -> Iterator[Check]:
    if step.limit is None:
        return
    done = len(known.facts.rows.get(activity, ()))
    says = f"At most {step.limit} time{'s' if step.limit > 1 else ''}"
    yield Check(
        says, Truth.of(done < step.limit), f"This is number {done + 1}; {done} {'was' if done == 1 else 'were'} done before."
    )


def _apart(study: Study, known: Chart, activity: str, step: Step, on: date) -> Iterator[Check]:
    for each in step.apart:
        says = f"At least {each.at_least} from: {study.label(each.from_)}"
        days = [row.on for row in known.facts.rows.get(each.from_, ())]
        if not days:
            yield Check(says, MET, "None has taken place.")
            continue
        near = min(days, key=lambda day: abs((on - day.last).days))
        if near.last > on:
            kept = later(on, each.at_least) <= near.first
            yield Check(says, Truth.of(kept), f"One follows on {near}, {(near.first - on).days} days after.")
            continue
        first = later(near.last, each.at_least)
        told = f"The last was on {near}, {(on - near.last).days} days before; from {first} the distance is kept."
        yield Check(says, Truth.of(on >= first), told)


def _guards(study: Study, known: Chart, step: Step) -> Iterator[Check]:
    """What the steps before this one were held to, as it reads now."""
    pathway = study.protocol.pathway
    assert pathway is not None
    ways, seen = {step.name}, set[str]()
    while ways - seen:
        seen |= ways
        ways |= {name for name, each in pathway.steps.items() if each.next in seen and not each.decide}
    for name in sorted(seen):
        guard = pathway.steps[name].guard
        if guard is not None and any(visit.step == name for visit in known.visits):
            yield _statement(guard.settled, study, known.facts, f"{_called(study, name)} – ")


def _required(tree: Any, study: Study, facts: Facts, activity: str, event: str) -> Check:
    """What a step requires; what an earlier session answered says nothing of this one."""
    found = _statement(tree, study, facts)
    reads = {each.id for each in explain(tree, facts, study.scope).reads}
    earlier = {row.id for row in facts.rows.get(activity, ())} - {event}
    return Check(found.says, UNKNOWN, "Not said yet.") if reads & earlier and event not in reads else found


def _statement(tree: Any, study: Study, facts: Facts, lead: str = "") -> Check:
    found = explain(tree, facts, study.scope)
    read = "; ".join(f"{each.label}: {written(each.value)} ({each.on})" for each in found.reads)
    lacks = "; ".join(map(str, found.missing)) if found.truth is UNKNOWN else ""
    said = english(tree, study.scope)
    return Check(f"{lead}{said[:1].upper()}{said[1:]}", found.truth, ". ".join(part for part in (read, lacks) if part))


def written(value: str) -> str:
    """A value with its unit as people write it."""
    for code, shown in UNITS.items():
        if value.endswith(f" {code}"):
            return f"{value.removesuffix(code)}{shown}"
    return value.replace("_", " ")


def _called(study: Study, name: str) -> str:
    steps = study.protocol.pathway.steps if study.protocol.pathway is not None else {}
    return (steps[name].label if name in steps else "") or name.replace("_", " ")
