"""Whether a protocol hangs together: each name that it uses is there, decisions are whole, and every loop ends.

A loop of steps ends if one of them has a `limit`: after so many entries it is no longer offered. A `repeat` bounds how
often one activity is done at each stay, not how often the loop goes round; nor does a decision that people take.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice

from .document import FINDINGS
from .expression.grammar import LESIONS, expression
from .expression.tree import Scope
from .finding import Finding, Place, Severity, Unreadable, did_you_mean
from .protocol import Activity, Pathway, Protocol, Step
from .quantity import NotConvertible, converted, scale
from .vocabulary import derived, vocabulary

UNKNOWN_WORDS = ("wait", "query")
TAKEN = (LESIONS, "last_known_alive", "today")
"""Names that mean something in every study."""


def structure(
    protocol: Protocol, activities: Mapping[str, Activity], scope: Scope, lines: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """What does not hang together, as findings.

    Args:
        protocol: The protocol.
        activities: Its activities, with those that every study has.
        scope: What its names mean.
        lines: The lines of its file, in which a name that is not known is looked for.
    """
    items = {key for each in activities.values() for key in each.items} | {
        f"{name}.{key}" for name, each in activities.items() for key in each.items
    }
    arms = {*protocol.arms, *protocol.groups, *protocol.cohorts}
    endpoints = ((each.endpoint, each.place) for each in protocol.analyses.values())
    checks = chain(
        _version(protocol),
        _unknown(_activity_names(protocol), activities, "an activity of this study"),
        _unknown(_item_names(protocol), items | _derivable(protocol, scope), "written down in any activity"),
        _unknown(_arm_names(protocol), {*arms, "all"}, "an arm, a group or a cohort of this study"),
        _unknown(endpoints, protocol.endpoints, "an endpoint of this study"),
        _borrowings(protocol),
        _twice(protocol),
        _activities(activities),
        _ranges(protocol, activities),
        _pathway(protocol.pathway) if protocol.pathway is not None else (),
        _unknown(_track_names(protocol), _tracks(protocol.pathway), "a track of the pathway") if protocol.pathway else (),
    )
    found = list(islice(checks, FINDINGS))
    if next(checks, None) is not None:
        says = f"of what does not hang together, no more than {FINDINGS} findings are shown: mend these first"
        found.append(Finding("unreadable", Place(protocol.place.file), says))
    return tuple(_at_the_word(each, lines, whole=each.place == protocol.place) for each in found)


_NOT_THERE = re.compile(r"'([^']+)',? is (?:not|no) ")


def _at_the_word(found: Finding, lines: Sequence[str], *, whole: bool) -> Finding:
    """A finding about a name, at the name: in the part of the file to which its place belongs."""
    said = _NOT_THERE.search(found.says)
    first = found.place.line - 1
    if said is None or not 0 <= first < len(lines):
        return found
    word = re.compile(rf"(?<![\w.-]){re.escape(said[1])}(?![\w-])")
    begins = found.place.column - 1
    is_entry = lines[first][:begins].rstrip().endswith("-")
    for number in range(first, len(lines)):
        line = lines[number]
        inside = len(line) - len(line.lstrip()) >= begins + (not is_entry)
        if number > first and line.strip() and not inside and not whole:
            break
        if (at := word.search(line, begins if number == first else 0)) is not None:
            return replace(found, place=Place(found.place.file, number + 1, at.start() + 1, len(said[1])))
    return found


def _version(protocol: Protocol) -> Iterator[Finding]:
    if protocol.equipoise != 1:
        says = f"this is version 1 of the language, and the file says {protocol.equipoise}"
        yield Finding("version", protocol.place, says)


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


def _tracks(pathway: Pathway) -> set[str]:
    return {*pathway.starts, *(step.track for step in pathway.steps.values())}


def _track_names(protocol: Protocol) -> Iterator[tuple[str, Place]]:
    for line in protocol.schedule:
        yield line.track, line.place
    for reaction in protocol.pathway.anywhere if protocol.pathway is not None else ():
        for name in reaction.end if reaction.end != "all" else ():
            yield name, reaction.place


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


def _derivable(protocol: Protocol, scope: Scope) -> set[str]:
    """The derived terms of the shared vocabulary whose ingredients the study writes down, where it uses them as items."""
    found = set()
    for name in {name for name, _ in _item_names(protocol)} & {*derived()}:
        with suppress(Unreadable):
            expression(name, scope, want=None)
            found.add(name)
    return found


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
            says = f"'{use}' is not a derived term of the shared vocabulary{did_you_mean(use, derived)}"
            yield Finding("unknown-name", rule.place, says)


def _twice(protocol: Protocol) -> Iterator[Finding]:
    seen: dict[str, Place] = {}
    for criterion in protocol.eligibility:
        if criterion.id in seen:
            says = f"criterion '{criterion.id}' was already said on line {seen[criterion.id].line}"
            yield Finding("said-twice", criterion.place, says)
        seen.setdefault(criterion.id, criterion.place)


def _activities(activities: Mapping[str, Activity]) -> Iterator[Finding]:
    """Activities and items that nothing could be recorded for."""
    for name, each in activities.items():
        if name in TAKEN:
            yield Finding("name-taken", each.place, f"'{name}' means something in every study: give the activity another name")
        if each.treats and not any(item.type == "lesions" for item in each.items.values()):
            says = f"'{name}' treats lesions and has no item of type lesions to say which"
            yield Finding("missing-key", each.place, says)
        for key, item in each.items.items():
            if item.type == "choice" and not item.options:
                yield Finding("missing-key", item.place, f"'{key}' is a choice and does not say 'of' what")
            try:
                scale(item.unit)
            except Unreadable as why:
                yield Finding("unknown-unit", item.place, f"the unit of '{key}': {why.says}")


def _ranges(protocol: Protocol, activities: Mapping[str, Activity]) -> Iterator[Finding]:
    """Sites' ranges that no value could be held against."""
    items = {key: item for each in activities.values() for key, item in each.items.items()}
    for site in protocol.sites.values():
        yield from _unknown(((name, site.place) for name in site.ranges), items, "written down in any activity")
        for name, known in site.ranges.items():
            item = items.get(name)
            for limit in (known.lln, known.uln) if item is not None else ():
                if limit is None or item is None:
                    continue
                try:
                    mass = item.molar_mass.value if item.molar_mass is not None else None
                    converted(limit.value, limit.unit or item.unit, item.unit, mass)
                except (NotConvertible, Unreadable) as why:
                    yield Finding("unknown-unit", site.place, f"the range of '{name}' at '{site.name}': {why}")


# --- the pathway -----------------------------------------------------------------------------------------------------


def _pathway(pathway: Pathway) -> Iterator[Finding]:
    for track, start in pathway.starts.items():
        yield from _step_name(start, pathway, pathway.place, f"the start of {track}")
        yield from _same_track(start, track, pathway, pathway.place)
    for reaction in pathway.anywhere:
        if reaction.to:
            yield from _step_name(reaction.to, pathway, reaction.place, f"what '{reaction.on}' leads to")
    for step in pathway.steps.values():
        for name, says in _leads(step):
            yield from _step_name(name, pathway, step.place, says)
            yield from _same_track(name, step.track, pathway, step.place)
        yield from _decision(step)
        yield from _waits(step)
        if step.limit is not None and step.limit < 1:
            yield Finding("limit", step.place, f"step '{step.name}' may be entered {step.limit} times, so never")
    yield from _loops(pathway)
    yield from _out_of_reach(pathway)


def _step_name(name: str, pathway: Pathway, place: Place, says: str) -> Iterator[Finding]:
    if name not in pathway.steps:
        near = did_you_mean(name, pathway.steps)
        yield Finding("unknown-name", place, f"{says}, '{name}', is not a step of the pathway{near}")


def _same_track(name: str, track: str, pathway: Pathway, place: Place) -> Iterator[Finding]:
    step = pathway.steps.get(name)
    if step is not None and step.track != track:
        says = f"'{name}' is a step of the track '{step.track}', and is reached on the track '{track}'"
        yield Finding("other-track", place, says)


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


def _decision(step: Step) -> Iterator[Finding]:
    if not step.decide:
        return
    if not any(branch.otherwise for branch in step.decide):
        says = f"step '{step.name}' does not say where to go 'otherwise', when no branch is met"
        yield Finding("no-otherwise", step.place, says)
    if not step.unknown:
        says = f"step '{step.name}' does not say what happens while it is 'unknown' which branch is met: wait, query, or a step"
        yield Finding("no-unknown", step.place, says)
    last = [index for index, branch in enumerate(step.decide) if branch.otherwise]
    if last and last[0] != len(step.decide) - 1:
        says = f"a branch of '{step.name}' stands after 'otherwise' and is never reached"
        yield Finding("unreachable-branch", step.decide[last[0] + 1].place, says)
    options: set[str] = set()
    for branch in step.decide:
        if step.by == "rule":
            if branch.to and branch.when is None:
                says = f"a rule decides at '{step.name}', and this branch does not say 'when' it is taken"
                yield Finding("no-when", branch.place, says)
        elif not branch.option:
            says = f"people decide at '{step.name}', and this branch has no 'option' that they could choose"
            yield Finding("no-option", branch.place, says)
        elif branch.option in options:
            yield Finding("said-twice", branch.place, f"option '{branch.option}' was already said at '{step.name}'")
        options.add(branch.option)


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
    done: set[str] = set()
    for start in free:
        loop = _loop(start, free, done)
        if loop:
            says = f"the loop {' -> '.join([*loop, loop[0]])} passes no step with a 'limit', so nothing ends it"
            yield Finding("endless-loop", free[loop[0]].place, says)
            return


def _loop(start: str, steps: Mapping[str, Step], done: set[str]) -> list[str]:
    """A way from a step back to itself, if there is one among these; steps from which there is none are put to `done`."""
    path: list[str] = []
    ways: list[Iterator[str]] = [iter([start])]
    while ways:
        name = next(ways[-1], None)
        if name is None:
            ways.pop()
            if path:
                done.add(path.pop())
        elif name in steps and name not in done:
            if name in path:
                return path[path.index(name) :]
            path.append(name)
            ways.append(iter([lead for lead, _ in _leads(steps[name])]))
    return []


def _out_of_reach(pathway: Pathway) -> Iterator[Finding]:
    """Steps to which nothing leads."""
    waiting = [*pathway.starts.values(), *(reaction.to for reaction in pathway.anywhere)]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in pathway.steps and name not in reached:
            reached.add(name)
            waiting += [lead for lead, _ in _leads(pathway.steps[name])]
    for name, step in pathway.steps.items():
        if name not in reached:
            yield Finding("unreachable-step", step.place, f"nothing leads to step '{name}'", Severity.WARNING)
