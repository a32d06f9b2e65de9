"""How participants flowed through a trial: screened, enrolled, allocated, treated, followed, analysed (CONSORT)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..chart import Chart
from ..endpoints import Absent, outcome
from ..logic import MET, NOT_MET, UNKNOWN
from ..screening import screening
from ..study import Study
from .sample import arms, is_treated


@dataclass(frozen=True, slots=True)
class ArmFlow:
    """What became of those who were allocated to one arm; `analysed` have an outcome of the first primary endpoint.

    `received` is None where it cannot be told: the study does not say by which activities the arm is given.
    """

    arm: str
    label: str
    allocated: int
    received: int | None
    withdrew: int
    died: int
    analysed: int


@dataclass(frozen=True, slots=True)
class StepFlow:
    """How many participants entered a step, how often in all, and how many stand there now."""

    step: str
    entered: int
    entries: int
    now: int


@dataclass(frozen=True, slots=True)
class Flow:
    """The numbers of a CONSORT diagram. `excluded` says why people who were screened are not enrolled, and how many.

    `is_randomised`: arms were drawn by lot rather than assigned. `endpoint` is the one that `analysed` is about; None: the
    trial goes on, and nobody is counted as analysed yet.
    """

    screened: int
    excluded: tuple[tuple[str, int], ...]
    enrolled: int
    randomised: int
    is_randomised: bool
    arms: tuple[ArmFlow, ...]
    unallocated: int
    withdrew: int
    died: int
    analysed: int | None
    endpoint: str
    steps: tuple[StepFlow, ...]


def flow(study: Study, charts: Mapping[str, Chart] | Sequence[Chart]) -> Flow:
    """Count participants along a trial."""
    known = list(charts.values() if isinstance(charts, Mapping) else charts)
    enrolled = [each for each in known if each.first("enrolment") is not None]
    outside = [each for each in known if each.first("enrolment") is None]
    primary = next(iter(study.protocol.primary), None)
    counted = {id(each) for each in enrolled if primary is not None and not isinstance(outcome(primary, study, each), Absent)}
    return Flow(
        screened=len(known),
        excluded=_excluded(study, outside),
        enrolled=len(enrolled),
        randomised=sum(bool(each.arm) for each in enrolled),
        is_randomised=study.protocol.design.allocation == "randomised",
        arms=tuple(
            _arm(study, side.name, side.label, [each for each in enrolled if each.arm == side.name], counted)
            for side in arms(study)
        ),
        unallocated=sum(not each.arm for each in enrolled),
        withdrew=_happened(enrolled, "withdrawal"),
        died=_happened(enrolled, "death"),
        analysed=len(counted),
        endpoint=(primary.label or primary.name.replace("_", " ")) if primary is not None else "",
        steps=_steps(study, known),
    )


def _arm(study: Study, name: str, label: str, people: list[Chart], counted: set[int]) -> ArmFlow:
    told = [is_treated(study, each) for each in people]
    received = None if UNKNOWN in told else told.count(MET)
    return ArmFlow(
        name, label, len(people), received, _happened(people, "withdrawal"), _happened(people, "death"),
        sum(id(each) in counted for each in people),
    )  # fmt: skip


def _happened(people: list[Chart], activity: str) -> int:
    return sum(each.first(activity) is not None for each in people)


def _excluded(study: Study, outside: list[Chart]) -> tuple[tuple[str, int], ...]:
    """Why those who were screened were not enrolled: the first criterion that bars each, or what is still open."""
    found: Counter[str] = Counter()
    for each in outside:
        seen = screening(study, each.facts)
        if barred := [one for one in seen.verdicts if one.truth is NOT_MET]:
            found[f"not eligible: {barred[0].criterion.id.replace('_', ' ')}"] += 1
        else:
            found[{"eligible": "eligible, not enrolled"}.get(seen.words, seen.words)] += 1
    return tuple(sorted(found.items(), key=lambda one: (-one[1], one[0])))


def _steps(study: Study, known: list[Chart]) -> tuple[StepFlow, ...]:
    pathway = study.protocol.pathway
    if pathway is None:
        return ()
    people: Counter[str] = Counter()
    entries: Counter[str] = Counter()
    now: Counter[str] = Counter()
    for each in known:
        people.update({visit.step for visit in each.visits})
        entries.update(visit.step for visit in each.visits)
        now.update(position.step for position in each.positions if not position.ended)
    return tuple(StepFlow(name, people[name], entries[name], now[name]) for name in pathway.steps)
