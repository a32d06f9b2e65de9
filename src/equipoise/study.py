"""A study: its protocol, read and typed, what its names mean, and all that is wrong with its file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from . import document as document_
from . import reading
from .document import FINDINGS, Node, Scalar, document
from .expression.grammar import LESIONS, expression
from .expression.tree import DATE, SET, TEXT, TRUTH, Fact, Form, Kind, Scope, Tree, Type
from .finding import Finding, Place, Severity, Unreadable, did_you_mean, errors
from .protocol import (
    BUILT_IN,
    LESION_FACTS,
    Activity,
    Code,
    Criterion,
    Formula,
    Item,
    Judgement,
    Moment,
    Protocol,
    activity,
)  # fmt: skip
from .structure import structure
from .vocabulary import borrowed, derived, vocabulary

FILE, VERSIONS = "study.yaml", "versions"
ALIVE = "last_known_alive"
"""A date that every participant has: the last day on which anything but death was recorded."""

VOCABULARY = Place("vocabulary")

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Study:
    """A protocol with its expressions typed.

    `activities` holds those of the file and those that every study has, items borrowed from the vocabulary filled in;
    `scope` says what each name means; `findings` what stands in the way of reading the file, which is not yet all that
    may be wrong with it (`check`); `lines` are the file's own.
    """

    protocol: Protocol
    activities: Mapping[str, Activity]
    scope: Scope
    findings: tuple[Finding, ...]
    folder: Path | None = None
    lines: tuple[str, ...] = ()
    earlier: Mapping[str, "Study"] = field(default_factory=dict)
    """The versions that came before, by number: what those are held to who consented to them."""

    def under(self, version: str) -> "Study":
        """The study as the version says it that somebody consented to; this one, where no such version is kept."""
        return self.earlier.get(version, self)

    def __repr__(self) -> str:
        faults = len(errors(self.findings))
        said = f"{faults} errors" if faults else "no errors"
        return f"<Study {self.protocol.study} {self.protocol.version}: {said}>"

    def check(self) -> tuple[Finding, ...]:
        """All that is wrong with the study, errors first, in the order of its lines: what the rules find included."""
        from .rules import findings  # the one import that points up: what a study is asked, the rules above it answer

        rank = list(Severity)
        return tuple(sorted(findings(self), key=lambda each: (rank.index(each.severity), each.place)))

    def label(self, name: str) -> str:
        """What people call an activity."""
        known = self.activities.get(name)
        return (known.label if known is not None else "") or name.replace("_", " ").capitalize()

    def called(self, name: str) -> str:
        """What people call an activity in the middle of a sentence: `systemic therapy cycle`, `RFA session`."""
        label = self.label(name)
        return label[0].lower() + label[1:] if label[1:2].islower() or label[1:2] == " " else label

    @property
    def is_sound(self) -> bool:
        """Whether nothing stands in the way of using it."""
        return not errors(self.findings)


class Unsound(Exception):
    """A study whose file cannot be used as it is; the findings say why."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(found) for found in findings))
        self.findings = findings


def load(path: str | Path, *, called: str = "") -> Study:
    """The study in a folder, or in a file; earlier versions of it lie beside it in `versions`.

    Args:
        path: The folder or the file.
        called: What findings call the file; unsaid, its path from where we are.

    Raises:
        Unsound: Nothing could be read; the exception carries the findings.
    """
    file = Path(path)
    file = file / FILE if file.is_dir() or not file.suffix else file
    told = study(file, file=called or _shown(file), folder=file.parent)
    earlier = [study(each, file=_shown(each), folder=file.parent) for each in sorted((file.parent / VERSIONS).glob("*.yaml"))]
    if not earlier:
        return told
    faults = tuple(found for each in earlier for found in each.findings)
    return replace(told, earlier={each.protocol.version: each for each in earlier}, findings=(*told.findings, *faults))


def study(source: str | bytes | Path, *, file: str = FILE, folder: Path | None = None) -> Study:
    """The study that a text tells.

    Raises:
        Unsound: Nothing could be read; the exception carries the findings.
    """
    text = document(source, file=file)
    protocol, found = reading.read(Protocol, text.root, lines=text.lines)
    findings = text.findings + found
    if protocol is None:
        # What identifies it cannot be read; the rest is looked at all the same, so that one run tells every mistake.
        rest, _ = reading.read(Protocol, _stood_in(text.root))
        others = _study(rest, text, (), file, folder).findings if rest is not None else ()
        found_all = (*findings, *others)
        raise Unsound(found_all or (Finding("unreadable", Place(file), "there is no study in this file"),))
    return _study(protocol, text, findings, file, folder)


def _stood_in(root: Node | None) -> Node | None:
    """The same with something harmless for what every study has to say of itself."""
    if not isinstance(root, document_.Mapping):
        return root
    said = {"equipoise": "1", "study": "unknown", "title": "unknown"}
    known = [(key, node) for key, node in root.entries if key.text not in (*said, "design")]
    place = root.place
    known += [(Scalar(key, place), Scalar(text, place)) for key, text in said.items()]
    design = document_.Mapping(((Scalar("type", place), Scalar("observational", place)),), place)
    return replace(root, entries=(*known, (Scalar("design", place), design)))


def _study(
    protocol: Protocol, text: document_.Document, findings: tuple[Finding, ...], file: str, folder: Path | None
) -> Study:
    """A protocol with its expressions typed and its structure looked at."""
    activities, lacking = _activities(protocol)
    scope = _scope(protocol, activities)
    faults: list[Finding] = [*lacking]
    protocol = _settled(protocol, scope, faults)
    activities = {name: _settled(each, scope, []) for name, each in activities.items()}
    if len(faults) >= FINDINGS:
        says = f"expressions after the first {FINDINGS} that cannot be read are not looked at: mend these first"
        faults.append(Finding("expression", Place(file), says))
    faults += structure(protocol, activities, scope, text.lines)
    told = [_pointing(each, text.lines[each.place.line - 1]) if 0 < each.place.line <= len(text.lines) else each
            for each in faults]  # fmt: skip
    return Study(protocol, activities, scope, (*findings, *told), folder, tuple(text.lines))


def _shown(file: Path) -> str:
    try:
        return str(file.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError, RuntimeError):  # elsewhere, or links that lead round in a circle
        return str(file)


# --- what the names mean ---------------------------------------------------------------------------------------------


def _activities(protocol: Protocol) -> tuple[dict[str, Activity], list[Finding]]:
    """Every activity, with items borrowed from the vocabulary and with whether it repeats."""
    faults: list[Finding] = []
    allocated = "randomisation" if protocol.design.allocation == "randomised" else "assignment"
    names = dict.fromkeys([*BUILT_IN, *protocol.activities])
    if protocol.arms:
        names.pop("assignment" if allocated == "randomisation" else "randomisation")
    found = {}
    for name in names:
        each = activity(name, protocol.activities.get(name))
        items = {key: _item(replace(item, name=key), faults) for key, item in each.items.items()}
        if name == allocated and protocol.arms:
            items["arm"] = Item(name="arm", type="choice", of=tuple(map(Code, protocol.arms)), label="arm")
        if name == "enrolment" and protocol.cohorts and "cohort" not in items:
            items["cohort"] = Item(name="cohort", type="choice", of=tuple(map(Code, protocol.cohorts)), label="cohort")
        if name == "judgement":
            for key, asked in _judgements(protocol).items():
                items[key] = Item(name=key, type="yes_no", label=asked.judge, judge=asked.judge, by=asked.by)
        repeats = each.repeats if each.repeats is not None else _is_asked_again(name, protocol)
        found[name] = replace(each, items=items, repeats=repeats)
    return found, faults


def _item(item: Item, faults: list[Finding]) -> Item:
    if not item.use:
        if item.type is None:
            faults.append(Finding("missing-key", item.place, f"item '{item.name}' needs a type, or use of a shared term"))
            return replace(item, type="text")
        return item
    term = vocabulary().get(item.use)
    if term is None:
        hint = did_you_mean(item.use, vocabulary())
        faults.append(Finding("unknown-name", item.place, f"'{item.use}' is not a term of the shared vocabulary{hint}"))
        return replace(item, type=item.type or "text")
    if term.derive:
        faults.append(Finding("wrong-shape", item.place, f"'{item.use}' follows from other facts: put it under define"))
    return borrowed(item, term)


def _judgements(protocol: Protocol) -> dict[str, Judgement]:
    """The questions that criteria and cohorts ask of people, by the name their answer is recorded under."""
    asked = {each.id: each.rule for each in protocol.eligibility}
    asked |= {name: each.member for name, each in protocol.cohorts.items() if each.member is not None}
    return {name: rule for name, rule in asked.items() if isinstance(rule, Judgement)}


def _is_asked_again(name: str, protocol: Protocol) -> bool:
    """Whether the file asks for an activity more than once."""
    lines = [line for line in protocol.schedule if name in line.do]
    steps = list(protocol.pathway.steps.values()) if protocol.pathway else []
    doing = [step for step in steps if name in step.do]
    return (
        any(line.every or len(line.on) > 1 or line.for_each == "each" for line in lines)
        or any(step.repeat == name for step in steps)
        or any(step.retry or (step.limit or 1) > 1 for step in doing)
        or len(lines) + len(doing) > 1
    )


_KINDS = {"date": DATE, "month": DATE, "yes_no": TRUTH, "text": TEXT, "file": TEXT, "lesions": SET}


def fact(item: Item) -> Fact:
    """What an item's answers are, for expressions."""
    if item.type == "choice":
        kind = Type(Kind.CHOICE, options=item.options, ordered=item.ordered)
    elif item.type in ("integer", "real", "quantity", "score"):
        kind = Type(Kind.NUMBER, unit=item.unit, whole=item.type == "integer")
    else:
        kind = _KINDS[item.type or "text"]
    mass = item.molar_mass.value if item.molar_mass is not None else None
    label = item.label or item.name.replace("_", " ")
    return Fact(item.name, kind, label, mass, item.judge, item.by)


def _scope(protocol: Protocol, activities: Mapping[str, Activity]) -> Scope:
    forms = {
        name: Form(
            name,
            each.label or name.replace("_", " "),
            {key: fact(item) for key, item in each.items.items()},
            repeats=bool(each.repeats),
            closed=name in protocol.closed,
        )
        for name, each in activities.items()
    }
    forms[LESIONS] = Form(LESIONS, "lesions", {key: fact(replace(item, name=key)) for key, item in LESION_FACTS.items()})
    forms[ALIVE] = Form(ALIVE, "last known alive", repeats=False)
    taken = {*forms, *protocol.define, *(key for form in forms.values() for key in form.facts)}
    define = {name: (term.derive, VOCABULARY) for name, term in derived().items() if name not in taken}
    types = {name: fact(term).type for name, term in derived().items() if name not in taken}
    labels = {name: derived()[name].label for name in define}
    for name, rule in protocol.define.items():
        if isinstance(rule, Formula):
            define[name] = (rule.text, rule.place)
        elif (term := vocabulary().get(rule.use)) is not None and term.derive:
            define[name], types[name], labels[name] = (term.derive, rule.place), fact(term).type, term.label
    for name, group in protocol.groups.items():
        define.setdefault(name, (group.member.text, group.member.place))
    return Scope(forms, define, tuple(protocol.pathway.steps) if protocol.pathway else (), types, labels)


# --- expressions -----------------------------------------------------------------------------------------------------


def _settled(value: T, scope: Scope, faults: list[Finding]) -> T:
    """A value with every formula in it read."""
    return _changed(value, scope, faults)  # type: ignore[no-any-return]


def _changed(value: Any, scope: Scope, faults: list[Finding]) -> Any:
    if isinstance(value, Formula):
        tree = _tree(value, scope, faults) if len(faults) < FINDINGS else None
        return value if tree is None else replace(value, tree=tree)
    if isinstance(value, tuple) and value and not isinstance(value[0], str | int):
        return tuple(_changed(each, scope, faults) for each in value)
    if isinstance(value, Mapping):
        found = {key: _changed(each, scope, faults) for key, each in value.items()}
        return reading.Named(found) if isinstance(value, reading.Named) else found
    if is_dataclass(value) and not isinstance(value, type):
        parts = {each.name: getattr(value, each.name) for each in fields(value) if each.init}
        changed = {key: _changed(part, scope, faults) for key, part in parts.items() if _may_hold(part)}
        if any(changed[key] is not parts[key] for key in changed):
            return replace(value, **changed)
    return value


def _may_hold(part: Any) -> bool:
    return isinstance(part, tuple | Mapping | Formula) or is_dataclass(part) and not isinstance(part, Place)


def _tree(formula: Formula, scope: Scope, faults: list[Finding]) -> Tree | None:
    if isinstance(formula, Moment) and (form := scope.forms.get(formula.text.strip())) is not None and form.repeats:
        return expression(f"first({form.name})", scope, want=DATE)
    try:
        return expression(formula.text, scope, place=formula.place, want=formula.want)
    except Unreadable as why:
        faults.append(Finding("expression", formula.place.along(why.offset, why.width), why.says))
        return None


def _pointing(found: Finding, line: str) -> Finding:
    """A finding with its line; an expression that a comma inside braces has cut short says how to write it whole."""
    at = found.place.column - 1
    cut = found.rule == "expression" and "stops before" in found.says and "{" in line[:at]
    if cut and line[at + 1 :].lstrip().startswith((",", "[", "{")):
        return replace(found, text=line, says=f"{found.says}: inside {{…}}, put one with a comma or a bracket in quotes")
    return replace(found, text=line)


def each_time(moment: Moment, study: Study) -> bool:
    """Whether a moment is the bare name of an activity that may happen several times: each of them is meant."""
    form = study.scope.forms.get(moment.text.strip())
    return form is not None and form.repeats


@lru_cache(maxsize=1_000)
def judgement(name: str, study: Study) -> Tree:
    """The expression that reads the answer to the question of a criterion or cohort."""
    return expression(f"judgement.{name}", study.scope)


def rule(criterion: Criterion, study: Study) -> Tree:
    """The expression that a criterion rests on, its judgement included."""
    return judgement(criterion.id, study) if isinstance(criterion.rule, Judgement) else criterion.rule.settled


def formulas(value: Any) -> Iterator[Formula]:
    """Every formula in a part of a protocol."""
    if isinstance(value, Formula):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from formulas(each)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from formulas(each)
    elif is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            yield from formulas(getattr(value, part.name))
