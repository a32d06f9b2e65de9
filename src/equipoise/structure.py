"""Whether a protocol hangs together: each name that it uses is there, decisions are whole, and every loop ends."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from .expression.grammar import LESIONS
from .expression.tree import Scope
from .finding import Finding, Place, Severity, did_you_mean
from .protocol import Activity, Pathway, Protocol, Step
from .vocabulary import vocabulary

UNKNOWN_WORDS = ("wait", "query")


def structure(protocol: Protocol, activities: Mapping[str, Activity], scope: Scope) -> tuple[Finding, ...]:
    """What does not hang together, as findings."""
    items = {key for each in activities.values() for key in each.items} | {
        f"{name}.{key}" for name, each in activities.items() for key in each.items
    }
    arms = {*protocol.arms, *protocol.groups, *protocol.cohorts}
    found = [
        *_unknown(_activity_names(protocol), activities, "an activity of this study"),
        *_unknown(_item_names(protocol), items, "written down in any activity"),
        *_unknown(_arm_names(protocol), {*arms, "all"}, "an arm, a group or a cohort of this study"),
        *_unknown(((each.endpoint, each.place) for each in protocol.analyses.values()), protocol.endpoints,
                  "an endpoint of this study"),
        *_borrowings(protocol),
        *_twice(protocol),
        *_lesions(activities),
    ]  # fmt: skip
    if protocol.pathway is not None:
        found += _pathway(protocol.pathway)
    if protocol.equipoise != 1:
        found.append(Finding("version", protocol.place, f"this is version 1 of the language, and the file says {protocol.equipoise}"))
    return tuple(found)


def _unknown(used: Iterator[tuple[str, Place]], known: Collection[str], what: str) -> Iterator[Finding]:
    for name, place in used:
        if name and name not in known:
            yield Finding("unknown-name", place, f"'{name}' is not {what}{did_you_mean(name, known)}")


def _activity_names(protocol: Protocol) -> Iterator[tuple[str, Place]]:
    pathway = protocol.pathway
    if pathway is not None:
        yield pathway.begins, pathway.place
        for step in pathway.steps.values():
            for name in (*step.do, step.repeat, *(apart.from_ for apart in step.apart)):
                yield name, step.place
        for reaction in pathway.anywhere:
            yield reaction.on, reaction.place
    for line in protocol.schedule:
        for name in (*line.do, line.every.activity if line.every else ""):
            yield name, line.place
    for endpoint in protocol.endpoints.values():
        yield endpoint.assessed_by, endpoint.place
        yield endpoint.attributed_to, endpoint.place
    for arm in protocol.arms.values():
        for name in arm.gives:
            yield name, arm.place
    for name in protocol.closed:
        if name != LESIONS:
            yield name, protocol.place
    if protocol.allocation is not None:
        yield protocol.allocation.after, protocol.allocation.place
    for assumption in protocol.assumptions.values():
        yield assumption.from_, assumption.place


def _item_names(protocol: Protocol) -> Iterator[tuple[str, Place]]:
    for endpoint in protocol.endpoints.values():
        for name in (endpoint.item, *endpoint.items):
            if name not in protocol.define:
                yield name, endpoint.place
    for analysis in protocol.analyses.values():
        for name in (*analysis.adjust, *analysis.stratify):
            if name not in protocol.define:
                yield name, analysis.place
    if protocol.allocation is not None:
        for name in protocol.allocation.strata:
            if name not in protocol.define:
                yield name, protocol.allocation.place


def _arm_names(protocol: Protocol) -> Iterator[tuple[str, Place]]:
    for analysis in protocol.analyses.values():
        if analysis.estimand is not None:
            for name in analysis.estimand.compared:
                if name not in protocol.define:
                    yield name, analysis.estimand.place
    for criterion in protocol.eligibility:
        for name in (*criterion.cohorts, *criterion.groups):
            yield name, criterion.place
    if protocol.allocation is not None:
        for name in protocol.allocation.ratio:
            yield name, protocol.allocation.place


def _borrowings(protocol: Protocol) -> Iterator[Finding]:
    derived = [name for name, term in vocabulary().items() if term.derive]
    for rule in protocol.define.values():
        use = getattr(rule, "use", "")
        if use and use not in derived:
            yield Finding(
                "unknown-name", rule.place, f"'{use}' is not a derived term of the shared vocabulary{did_you_mean(use, derived)}"
            )


def _twice(protocol: Protocol) -> Iterator[Finding]:
    seen: dict[str, Place] = {}
    for criterion in protocol.eligibility:
        if criterion.id in seen:
            yield Finding("said-twice", criterion.place, f"criterion '{criterion.id}' was already said on line {seen[criterion.id].line}")
        seen.setdefault(criterion.id, criterion.place)


def _lesions(activities: Mapping[str, Activity]) -> Iterator[Finding]:
    for name, each in activities.items():
        if each.treats and not any(item.type == "lesions" for item in each.items.values()):
            yield Finding("missing-key", each.place, f"'{name}' treats lesions and has no item of type lesions to say which")


# --- the pathway -----------------------------------------------------------------------------------------------------


def _pathway(pathway: Pathway) -> Iterator[Finding]:
    for track, start in pathway.starts.items():
        yield from _step_name(start, pathway, pathway.place, f"the start of {track}")
    for reaction in pathway.anywhere:
        if reaction.to:
            yield from _step_name(reaction.to, pathway, reaction.place, f"what '{reaction.on}' leads to")
    for step in pathway.steps.values():
        for name, says in _leads(step):
            yield from _step_name(name, pathway, step.place, says)
        yield from _decision(step, pathway)
        yield from _waits(step)
    yield from _loops(pathway)


def _step_name(name: str, pathway: Pathway, place: Place, says: str) -> Iterator[Finding]:
    if name not in pathway.steps:
        yield Finding("unknown-name", place, f"{says}, '{name}', is not a step of the pathway{did_you_mean(name, pathway.steps)}")


def _leads(step: Step) -> Iterator[tuple[str, str]]:
    """Each step that a step may lead to, and how a finding calls it."""
    if step.next:
        yield step.next, f"the step after '{step.name}'"
    if step.on_timeout:
        yield step.on_timeout, f"the step after '{step.name}' times out"
    if step.unknown and step.unknown not in UNKNOWN_WORDS:
        yield step.unknown, f"the step when '{step.name}' cannot be decided"
    for branch in step.decide:
        yield branch.to or branch.otherwise, f"a branch of '{step.name}'"


def _decision(step: Step, pathway: Pathway) -> Iterator[Finding]:
    if not step.decide:
        return
    if not any(branch.otherwise for branch in step.decide):
        yield Finding("no-otherwise", step.place, f"step '{step.name}' does not say where to go 'otherwise', when no branch is met")
    if not step.unknown:
        yield Finding(
            "no-unknown", step.place, f"step '{step.name}' does not say what happens while it is 'unknown' which branch is met: "
            "wait, query, or a step",
        )  # fmt: skip
    last = [index for index, branch in enumerate(step.decide) if branch.otherwise]
    if last and last[0] != len(step.decide) - 1:
        yield Finding("unreachable-branch", step.place, f"a branch of '{step.name}' stands after 'otherwise' and is never reached")


def _waits(step: Step) -> Iterator[Finding]:
    if step.guard is None:
        if step.retry or step.on_timeout:
            yield Finding("no-guard", step.place, f"step '{step.name}' says how to try again and has no guard to try")
        return
    if step.retry is None or not step.on_timeout:
        yield Finding(
            "no-timeout", step.place, f"step '{step.name}' waits for its guard and does not say for how long ('retry') "
            "and what then ('on_timeout')", Severity.WARNING if step.retry is None and not step.on_timeout else Severity.ERROR,
        )  # fmt: skip


def _loops(pathway: Pathway) -> Iterator[Finding]:
    """Every loop passes a step with a limit: then it ends, and can be unrolled."""
    free = {name: step for name, step in pathway.steps.items() if step.limit is None}
    state: dict[str, str] = {}
    for start in free:
        loop = _loop(start, free, state, [])
        if loop:
            names = " -> ".join([*loop, loop[0]])
            yield Finding(
                "endless-loop", free[loop[0]].place, f"the loop {names} passes no step with a 'limit', so nothing ends it",
            )  # fmt: skip
            return


def _loop(name: str, steps: Mapping[str, Step], state: dict[str, Any], path: list[str]) -> list[str]:
    if state.get(name) == "done" or name not in steps:
        return []
    if name in path:
        return path[path.index(name) :]
    for lead, _ in _leads(steps[name]):
        if found := _loop(lead, steps, state, [*path, name]):
            return found
    state[name] = "done"
    return []
