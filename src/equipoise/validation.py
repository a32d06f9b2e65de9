"""What supports that a study's file does what its protocol asks: each requirement, its risk, the tests that bear on it, their results.

A requirement is a thing that the file promises: a criterion, a step, a line of the schedule, an endpoint, an analysis, a
promise, the allocation. Its risk follows from its kind, by a scale that is ours and is printed with it. Tests are those
that exist anyhow: the rules of `check`, the solver, the walk through all journeys, the study's invented people with
their expected charts, and virtual participants. Nothing here says that a requirement is right; it says what was tried.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from .chart import Chart, as_of, chart
from .deviations import deviations
from .due import due
from .eligibility import lets_in, somebody
from .endpoints import Absent, outcome
from .events import Event, last_day
from .expression.english import english
from .expression.explain import truth
from .finding import NOWHERE, Finding, Place, Severity, errors
from .journeys.promises import Broken, Kept, said
from .journeys.promises import outcome as proven
from .journeys.reach import reach
from .logic import MET, NOT_MET, UNKNOWN
from .protocol import Criterion, Judgement
from .rules import FAMILIES
from .screening import screening
from .shown import Proven, Shown
from .study import Study

Kind = Literal["criterion", "step", "line", "endpoint", "analysis", "promise", "allocation"]
Level = Literal["high", "medium", "low"]
Result = Literal["passed", "failed", "accepted", "not decided", "not run"]

FAMILY: Mapping[Kind, str] = {
    "criterion": "eligibility", "step": "pathway", "promise": "pathway", "line": "schedule",
    "endpoint": "endpoints and estimands", "analysis": "endpoints and estimands", "allocation": "design",
}  # fmt: skip
SCALE: tuple[tuple[Level, str, str], ...] = (
    ("high", "Wrong, it could harm a participant, or decide the trial's answer: a criterion, a promise, the allocation, a step that"
     " holds a condition, a limit or a distance, a primary or safety endpoint and its analysis.",
     "a check of all participants or histories (a rule or a proof), and a run of the engine on one (invented or virtual)"),
    ("medium", "Wrong, care or data would be missed and could be made good: another step, a line of the schedule, a secondary"
     " endpoint and its analysis.", "a check of all participants or histories, or a run of the engine"),
    ("low", "Wrong, nothing that was promised is missed: an exploratory endpoint and its analysis.", "any test"),
)  # fmt: skip
"""The scale of risks, which is an assumption of this pack and not of the protocol: what each level means, and what it asks."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that the study's file promises."""

    kind: Kind
    name: str
    says: str
    source: str
    place: Place = NOWHERE

    @property
    def id(self) -> str:
        """What it is called in tables."""
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Tried:
    """A test that bears on a requirement: how it was tried, what was asked, what came of it."""

    how: Literal["rule", "proof", "invented people", "virtual participants"]
    asked: str
    result: Result
    says: str = ""

    @property
    def is_general(self) -> bool:
        """Whether it is about all participants or histories, and not about some."""
        return self.how in ("rule", "proof")


@dataclass(frozen=True)
class Traced:
    """A requirement with its risk and what was tried."""

    requirement: Requirement
    risk: Level
    because: str
    tried: tuple[Tried, ...]

    @property
    def result(self) -> Literal["supported", "failed", "lacks tests", "not decided"]:
        """What it comes to: failed if a test failed; supported if what its risk asks for passed."""
        if any(each.result == "failed" for each in self.tried):
            return "failed"
        passed = [each for each in self.tried if each.result in ("passed", "accepted")]
        general, run = any(each.is_general for each in passed), any(not each.is_general for each in passed)
        enough = (general and run) if self.risk == "high" else general or run
        if enough:
            return "supported"
        return "not decided" if any(each.result == "not decided" for each in self.tried) else "lacks tests"


@dataclass(frozen=True, slots=True)
class Person:
    """An invented participant of the study: charted as a person has read it, or not."""

    name: str
    result: Result
    says: str = ""


@dataclass(frozen=True)
class Pack:
    """The validation of one version of a study."""

    study: Study
    traced: tuple[Traced, ...]
    people: tuple[Person, ...]
    findings: tuple[Finding, ...]
    virtual: int
    virtual_says: str

    def counted(self, result: str) -> int:
        """How many requirements came to a result."""
        return sum(each.result == result for each in self.traced)


def pack(
    study: Study,
    people: Mapping[str, Sequence[Event]],
    expected: Mapping[str, str],
    charted: Callable[[str], str],
    *,
    participants: int = 100,
    seed: int = 1,
) -> Pack:
    """Try all that bears on a study's requirements.

    Args:
        study: The study.
        people: The events of its invented people.
        expected: What equipoise is expected to say of each, as a person has read and kept it.
        charted: What it says of the one of that name.
        participants: How many virtual participants to draw.
        seed: The same one draws the same.
    """
    findings = study.check()
    told = tuple(_person(name, expected, charted) for name in people)
    seen = _Seen.of(study, {name: events for name, events in people.items() if events})
    drawn, why = _drawn(study, participants, seed)
    virtual = _Seen.of(study, drawn)
    by_name = {each.name: each for each in told}
    asked = tuple(requirements(study))
    traced = tuple(
        Traced(each, *_risk(each, study), (
            *_rules(each, asked, findings), *_proofs(each, study), *_people(each, study, seen, by_name), *_virtual(each, study, virtual, why)))
        for each in asked
    )  # fmt: skip
    return Pack(study, traced, told, findings, len(drawn), why or _kept_by(virtual))


# --- requirements ----------------------------------------------------------------------------------------------------


def requirements(study: Study) -> Iterator[Requirement]:
    """Everything that a study's file promises, in its order."""
    protocol = study.protocol
    for criterion in protocol.eligibility:
        rule = criterion.rule
        says = f"as {rule.by} judges: {rule.judge}" if isinstance(rule, Judgement) else english(rule.settled, study.scope)
        way = "included" if criterion.include is not None else "excluded"
        yield Requirement("criterion", criterion.id, f"{way}: {criterion.text or says}", _cited(criterion), criterion.place)
    if protocol.allocation is not None:
        arms = ", ".join(protocol.arms)
        says = f"{protocol.allocation.method.replace('_', ' ')} to {arms}"
        yield Requirement("allocation", "allocation", says, _cited(protocol.allocation), protocol.allocation.place)
    for name, step in protocol.pathway.steps.items() if protocol.pathway is not None else ():
        parts = [", ".join(step.do), f"{step.repeat} {step.times} times" if step.repeat else ""]
        parts += [f"guarded by {step.guard}" if step.guard else "", f"at most {step.limit} times" if step.limit else ""]
        parts += [f"{step.by} decides" if step.decide else "", "ends" if step.end else f"then {step.next}" if step.next else ""]
        told = "; ".join(filter(None, parts))
        yield Requirement("step", name, f"{step.label or name.replace('_', ' ')}: {told}", _cited(step), step.place)
    for number, line in enumerate(protocol.schedule, 1):
        when = (
            f"every {line.every}" if line.every else f"{line.at} after" if line.at else f"days {', '.join(map(str, line.on))}"
        )
        anchor = f" from {line.anchor}" if line.anchor is not None else ""
        window = f", {line.window}" if line.window is not None else ""
        says = f"{', '.join(line.do)} {when}{anchor}{window}"
        yield Requirement("line", line.label or str(number), says, _cited(line), line.place)
    for name, endpoint in protocol.endpoints.items():
        says = f"{endpoint.role}: {endpoint.label or name} ({endpoint.kind.replace('_', ' ')})"
        yield Requirement("endpoint", name, says, _cited(endpoint), endpoint.place)
    for name, analysis in protocol.analyses.items():
        how = ", ".join(filter(None, (analysis.method, analysis.test))).replace("_", " ")
        yield Requirement(
            "analysis", name, f"of {analysis.endpoint}: {analysis.label or name} ({how})", _cited(analysis), analysis.place
        )
    for number, promise in enumerate(protocol.promises, 1):
        word = "never" if promise.never else "always" if promise.always else "eventually"
        statement = said(promise)
        says = f"{word}: {english(statement.tree, study.scope) if statement.tree is not None else statement.text}"
        yield Requirement("promise", str(number), says, _cited(promise), promise.place)


def _cited(value: object) -> str:
    source = getattr(value, "source", None)
    if source is None:
        return "not said"
    if isinstance(source, str):
        return source
    return ", ".join(filter(None, (source.page, f"“{source.says}”" if source.says else "", source.doi)))


def _risk(each: Requirement, study: Study) -> tuple[Level, str]:
    """How much hangs on a requirement, and why, by the scale."""
    protocol = study.protocol
    match each.kind:
        case "criterion":
            return "high", "who joins must be able to, and safely"
        case "promise":
            return "high", "it was promised of every history"
        case "allocation":
            return "high", "it makes the arms comparable"
        case "step":
            step = protocol.pathway.steps[each.name] if protocol.pathway is not None else None
            if step is not None and (step.guard or step.limit or step.apart or step.require or step.decide):
                return "high", "it holds a condition, a decision, a limit or a distance"
            return "medium", "what it asks for could be made good"
        case "line":
            return "medium", "what is missed could be made good"
        case "endpoint":
            return _of_role(protocol.endpoints[each.name].role)
        case "analysis":
            endpoint = protocol.endpoints.get(protocol.analyses[each.name].endpoint)
            return _of_role(endpoint.role if endpoint is not None else "primary")


def _of_role(role: str) -> tuple[Level, str]:
    if role in ("primary", "safety"):
        return "high", f"it is a {role} outcome"
    return ("medium", "it is a secondary outcome") if role == "secondary" else ("low", "it is exploratory")


# --- what was tried --------------------------------------------------------------------------------------------------


def _rules(each: Requirement, others: Sequence[Requirement], findings: Sequence[Finding]) -> Iterator[Tried]:
    """What the rules of its family found about it."""
    rules = FAMILIES[FAMILY[each.kind]]
    names = {rule.name for rule in rules}
    asked = f"{len(rules)} rules on {FAMILY[each.kind]}"
    own = [found for found in findings if _is_about(found, each, others)]
    unrun = [found for found in findings if found.rule in ("not-run", "not-decided") and found.about in names]
    for found in own:
        if found.severity is Severity.NOTE and not found.accepted:
            continue
        result: Result = "accepted" if found.accepted else "failed"
        yield Tried("rule", found.rule, result, f"{found.says}{f' (kept because: {found.accepted})' if found.accepted else ''}")
    for found in unrun:
        yield Tried("rule", found.about, "not decided" if found.rule == "not-decided" else "not run", found.says)
    if not any(found.severity is not Severity.NOTE for found in own):
        yield Tried("rule", asked, "passed", "none of them finds a fault in it")


def _is_about(found: Finding, each: Requirement, others: Sequence[Requirement]) -> bool:
    """Whether a finding is about a requirement: by name, or by where it stands, where several may share a line."""
    if found.rule in ("not-run", "not-decided"):
        return False
    if found.about == each.name and each.kind not in ("line", "promise"):
        return True
    if not each.place.line or (found.place.file, found.place.line) != (each.place.file, each.place.line):
        return False
    beside = [
        one.place.column for one in others if one.place.line == each.place.line and one.place.column <= found.place.column
    ]
    return each.place.column == max(beside, default=each.place.column)


def _proofs(each: Requirement, study: Study) -> Iterator[Tried]:
    """What the solver, or a walk through all journeys, says of it."""
    protocol = study.protocol
    if errors(study.findings):
        yield Tried("proof", "all of them", "not run", "the file has errors that must be mended first")
    elif each.kind == "criterion":
        (criterion,) = [one for one in protocol.eligibility if one.id == each.name]
        yield from _both_ways(criterion, study)
    elif each.kind == "promise":
        found = proven(study, protocol.promises[int(each.name) - 1])
        match found:
            case Kept(states):
                yield Tried(
                    "proof", "whether any history breaks it", "passed", f"none does, of {states:,} states that can be reached"
                )
            case Broken(witness):
                claims = "; ".join(map(str, witness.claims))
                yield Tried("proof", "whether any history breaks it", "failed", f"a virtual participant breaks it: {claims}")
            case _:
                yield Tried("proof", "whether any history breaks it", "not decided", found.why)
    elif each.kind == "step":
        found_ways = reach(study)
        arms = [arm for arm, ways in found_ways.arms.items() if each.name in ways.steps]
        asked = "whether a history without deviations comes to it"
        if arms:
            yield Tried(
                "proof", asked, "passed", f"one does{f' in {len(arms)} of {len(found_ways.arms)} arms' if arms != [''] else ''}"
            )
        else:
            yield Tried("proof", asked, "failed" if found_ways.whole else "not decided", "none was found")


def _both_ways(criterion: Criterion, study: Study) -> Iterator[Tried]:
    """Whether somebody passes a criterion and somebody is barred by it: each shown, and screened so by the engine."""
    tree = lets_in(criterion, study)
    for wanted, does in ((MET, "pass"), (NOT_MET, "be barred by")):
        asked = f"whether anybody can {does} it"
        match somebody(study, {criterion.id: (tree, wanted)}):
            case Shown(facts):
                agrees = truth(tree, facts) is wanted
                yield Tried("proof", asked, "passed" if agrees else "failed", "somebody can, and is screened so")
            case Proven():
                yield Tried("proof", asked, "failed", "nobody can")
            case undecided:
                yield Tried("proof", asked, "not decided", undecided.why)


def _person(name: str, expected: Mapping[str, str], charted: Callable[[str], str]) -> Person:
    """Whether what is said of an invented participant is what a person has read and kept."""
    if name not in expected:
        return Person(name, "not run", "nobody has kept what is expected of this one")
    found, wanted = charted(name).splitlines(), expected[name].splitlines()
    if found == wanted:
        return Person(name, "passed")
    line = next(
        (at for at, (one, other) in enumerate(zip(found, wanted, strict=False), 1) if one != other),
        min(len(found), len(wanted)) + 1,
    )
    return Person(name, "failed", f"line {line} differs from what is expected")


@dataclass(slots=True)
class _Seen:
    """Which requirements some participants exercise, each by whom."""

    charts: Mapping[str, Chart]
    criteria: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    steps: dict[str, list[str]] = field(default_factory=dict)
    lines: dict[Place, list[str]] = field(default_factory=dict)
    endpoints: dict[str, list[str]] = field(default_factory=dict)
    deviating: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, study: Study, people: Mapping[str, Sequence[Event]]) -> "_Seen":
        until = max((last_day(each) for each in people.values()), default=date(2000, 1, 1))
        seen = cls({name: chart(study, events, until=until) for name, events in people.items()})
        for name, known in seen.charts.items():
            enrolled = known.first("enrolment")
            facts = (as_of(known, study, enrolled) if enrolled is not None else known).facts
            for verdict in screening(study, facts).verdicts:
                if verdict.truth is not UNKNOWN and verdict.applies is MET:
                    does = "passes" if verdict.truth is MET else "is barred"
                    seen.criteria.setdefault((verdict.criterion.id, does), []).append(name)
            for step in {visit.step for visit in known.visits} | {position.step for position in known.positions}:
                seen.steps.setdefault(step, []).append(name)
            owed = due(study, known)
            for place in {each.place for each in owed}:
                seen.lines.setdefault(place, []).append(name)
            for key, endpoint in study.protocol.endpoints.items():
                if not isinstance(outcome(endpoint, study, known), Absent):
                    seen.endpoints.setdefault(key, []).append(name)
            if found := deviations(study, known, owed):
                seen.deviating[name] = sorted({each.rule for each in found})
        return seen

    def who(self, each: Requirement, study: Study) -> list[tuple[str, list[str]]]:
        """What of a requirement was exercised, and by whom."""
        match each.kind:
            case "criterion":
                return [(does, who) for does in ("passes", "is barred") if (who := self.criteria.get((each.name, does)))]
            case "step":
                return [("comes to it", self.steps[each.name])] if each.name in self.steps else []
            case "line":
                return [("owes what it asks for", self.lines[each.place])] if each.place in self.lines else []
            case "endpoint":
                return [("has a value", self.endpoints[each.name])] if each.name in self.endpoints else []
            case "analysis":
                endpoint = study.protocol.analyses[each.name].endpoint
                return [("has a value of its endpoint", self.endpoints[endpoint])] if endpoint in self.endpoints else []
            case "allocation":
                who = [name for name, known in self.charts.items() if known.arm]
                return [("has an arm", who)] if who else []
            case "promise":
                return []


def _people(each: Requirement, study: Study, seen: _Seen, told: Mapping[str, Person]) -> Iterator[Tried]:
    """What the study's invented people show of it: passed where somebody exercises it whose chart is as expected."""
    for does, who in seen.who(each, study):
        passed = [name for name in who if told[name].result == "passed"]
        wrong = [name for name in who if told[name].result == "failed"]
        says = f"{_some(passed or who)}; charted as expected" if passed else f"{_some(who)}; nobody has kept what is expected"
        if wrong:
            yield Tried("invented people", f"who {does}", "failed", f"not charted as expected: {_some(wrong)}")
        else:
            yield Tried("invented people", f"who {does}", "passed" if passed else "not run", says)


def _virtual(each: Requirement, study: Study, virtual: _Seen, why: str) -> Iterator[Tried]:
    """What virtual participants show of it: that it comes about, and that no promise is broken."""
    if not virtual.charts:
        if each.kind in ("step", "promise", "line"):
            yield Tried("virtual participants", "whether it comes about", "not run", why)
        return
    many = len(virtual.charts)
    if each.kind == "promise":
        promise = study.protocol.promises[int(each.name) - 1]
        bad = MET if promise.never is not None else NOT_MET
        over = {
            name: known for name, known in virtual.charts.items()
            if promise.eventually is None or known.positions and all(each.ended for each in known.positions)
        }  # fmt: skip
        if not over:
            return  # what holds in the end is not to be seen before the end
        many = len(over)
        broken = [name for name, known in over.items() if truth(said(promise).settled, known.facts) is bad]
        says = f"by {_some(broken)}" if broken else f"by none of {many}"
        yield Tried("virtual participants", "whether any breaks it", "failed" if broken else "passed", says)
        return
    for does, who in virtual.who(each, study):
        yield Tried("virtual participants", f"who {does}", "passed", f"{len(who)} of {many}")


def _some(names: Sequence[str]) -> str:
    return f"{', '.join(names[:4])}{f' and {len(names) - 4} more' if len(names) > 4 else ''}"


def _drawn(study: Study, count: int, seed: int) -> tuple[dict[str, tuple[Event, ...]], str]:
    """Virtual participants, or why there are none."""
    if count <= 0:
        return {}, "none were asked for"
    from .simulation import Unassumed, virtual  # numbers are loaded when they are first asked for

    try:
        return {each.id: each.events for each in virtual(study, count, seed=seed)}, ""
    except Unassumed as why:
        return {}, f"the study does not assume all that they would need: {len(why.findings)} things are missing"


def _kept_by(virtual: _Seen) -> str:
    return "none of them deviates" if not virtual.deviating else f"{len(virtual.deviating)} of them deviate"
