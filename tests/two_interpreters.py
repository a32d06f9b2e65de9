"""What the compiled interpreter and the reference tell otherwise of the same participants."""

from datetime import date

import numpy as np

from equipoise.chart import chart
from equipoise.endpoints import Absent, Measurement, Occurrence, TimeToEvent, outcome
from equipoise.endpoints.outcome import Outcome
from equipoise.events import Recorded
from equipoise.simulation import VirtualParticipant, virtual
from equipoise.simulation.compiled import STATUSES, Compiled, Drawn, compiled
from equipoise.simulation.participants import last_day
from equipoise.study import Study

WORDS = {status: number for number, status in STATUSES.items()}


def told(found: Outcome) -> tuple[int, float | None]:
    """An outcome as the compiled interpreter tells it."""
    match found:
        case Absent():
            return WORDS["outside" if found.is_outside else "absent"], None
        case TimeToEvent():
            return WORDS[found.status], float(found.days)
        case Occurrence():
            return (WORDS["too short"], None) if found.happened is None else (int(found.happened), float(found.count))
        case Measurement():
            return WORDS["event"], found.value
        case _:
            raise AssertionError(found)


def differences(made: Compiled, drawn: Drawn, row: int, each: VirtualParticipant, until: date) -> list[str]:
    """What the two interpreters tell otherwise of one participant."""
    of, found = made.study, []

    def compare(what: str, reference: object, fast: object) -> None:
        if reference != fast:
            found.append(f"{each.id} {what}: {reference} by the reference, {fast} compiled")

    arms = list(of.protocol.arms)
    compare("persons screened", each.screened, int(drawn.person("screened")[row]))
    compare("arm", arms.index(each.arm) if each.arm else -1, int(drawn.person("arm")[row]))
    sites = {event.site for event in each.events if isinstance(event, Recorded)}
    compare("site", sites, {list(of.protocol.sites)[at] if (at := int(drawn.person("site")[row])) >= 0 else ""})
    days: dict[str, list[int]] = {}
    for event in each.events:
        if isinstance(event, Recorded):
            days.setdefault(event.activity, []).append(event.on.first.toordinal())
    for column, name in enumerate(made.forms):
        on = days.get(name, [])
        fast = [int(table[row, column]) for table in (drawn.counts, drawn.first_days, drawn.last_days)]
        compare(name, [len(on), on[0], on[-1]] if on else [0, 0, 0], fast)
    known = chart(of, each.events, until=until)
    for column, name in enumerate(made.steps):
        stays = [visit for visit in known.visits if visit.step == name]
        compare(f"step {name}", len(stays), int(drawn.entries[row, column]))
        spent = sum((visit.left - visit.entered).days for visit in stays if visit.left is not None)
        compare(f"days in {name}", spent, int(drawn.days_in[row, column]))
    for column, name in enumerate(made.endpoints):
        status, value = told(outcome(of.protocol.endpoints[name], of, known))
        compare(f"endpoint {name}", status, int(drawn.statuses[row, column]))
        if value is not None and abs(value - drawn.values[row, column]) > 1e-9 * max(1.0, abs(value)):
            compare(f"endpoint {name}", value, float(drawn.values[row, column]))
    return found


def all_differences(of: Study, size: int, *, seed: int, trial: int = 0, until: date | None = None) -> list[str]:
    """What the two interpreters tell otherwise of a trial."""
    made = compiled(of)
    drawn = made.participants(size, seed=seed, first_trial=trial, until=until)
    people = {int(each.id[1:]) - 1: each for each in virtual(of, size, seed=seed, trial=trial, until=until)}
    end = until or last_day(of, size, seed=seed, trial=trial)
    assert {int(row) for row in np.flatnonzero(drawn.person("joined"))} == {*people}
    return [each for row, one in people.items() for each in differences(made, drawn, row, one, end)]
