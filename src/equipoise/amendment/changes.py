"""What differs between two versions of a study, thing by thing: what each file means is compared, not its letters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal

from ..bounds import plain
from ..calendar import When
from ..expression.english import english
from ..finding import NOWHERE, Place
from ..protocol import Activity, Criterion, Formula, Item, Judgement, Line
from ..study import Study, formulas

Kind = Literal["added", "removed", "changed"]
PARTS: tuple[tuple[str, str], ...] = (
    # a part of the protocol, and what one thing of it is called
    ("eligibility", "criterion"), ("define", "definition"), ("cohorts", "cohort"), ("groups", "group"), ("arms", "arm"),
    ("activities", "activity"), ("pathway", "step"), ("schedule", "line of the schedule"), ("endpoints", "endpoint"),
    ("analyses", "analysis"), ("promises", "promise"), ("sites", "site"), ("assumptions", "assumption"),
    ("unstated", "what is unstated,"), ("outside", "what is left out,"), ("accepted", "the accepted finding"),
)  # fmt: skip
WHOLE = (
    "design", "allocation", "closed", "title", "sponsor", "status", "dates", "registrations", "summary", "conditions", "keywords",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: of which part, which thing, and how; the words before and after."""

    part: str
    about: str
    kind: Kind
    says: str
    details: tuple[tuple[str, str, str], ...] = ()
    place: Place = NOWHERE


def changes(old: Study, new: Study) -> Iterator[Change]:
    """Everything in which two versions differ, in the order of the file's parts."""
    for part, noun in PARTS:
        before, after = _things(old, part), _things(new, part)
        if part in ("schedule", "promises"):
            before, after = _paired(before, after)
        for name in dict.fromkeys([*before, *after]):
            if name not in before:
                yield Change(
                    part, name, "added", f"{noun} '{name}' is new: {_told(after[name], new)}", place=_place(after[name])
                )
            elif name not in after:
                yield Change(part, name, "removed", f"{noun} '{name}' is gone: it was {_told(before[name], old)}")
            elif details := tuple(_differences(before[name], after[name], old, new)):
                told = "; ".join(f"{word}: {was or 'unsaid'} → {now or 'unsaid'}" for word, was, now in details)
                yield Change(part, name, "changed", f"{noun} '{name}': {told}", details, _place(after[name]))
    for word in WHOLE:
        one, other = getattr(old.protocol, word), getattr(new.protocol, word)
        if found := tuple(_differences(one, other, old, new, "" if is_dataclass(one) and is_dataclass(other) else word)):
            told = "; ".join(f"{name}: {was or 'unsaid'} → {now or 'unsaid'}" for name, was, now in found)
            yield Change(word, word, "changed", told if found[0][0] == word else f"{word}: {told}", found)


def _things(study: Study, part: str) -> dict[str, Any]:
    if part == "eligibility":
        return {each.id: each for each in study.protocol.eligibility}
    if part == "activities":
        return {name: each for name, each in study.activities.items() if name != "judgement"}
    if part == "pathway":
        pathway = study.protocol.pathway
        reactions = {f"on {each.on}": each for each in pathway.anywhere} if pathway is not None else {}
        return {**(dict(pathway.steps) if pathway is not None else {}), **reactions}
    if part == "schedule":
        return {_line_name(each): each for each in study.protocol.schedule}
    if part == "promises":
        return {str(each.never or each.always or each.eventually): each for each in study.protocol.promises}
    if part in ("unstated", "outside"):
        return {each.what: each for each in getattr(study.protocol, part)}
    if part == "accepted":
        return {f"{each.finding} {each.about}".strip(): each for each in study.protocol.accepted}
    return dict(getattr(study.protocol, part))


def _line_name(line: Line) -> str:
    when = line.every or line.at or ", ".join(f"day {each}" for each in line.on)
    anchor = f" from {line.anchor}" if line.anchor is not None else ""
    return line.label or f"{', '.join(line.do)} {'every ' if line.every else ''}{when}{anchor}"


def _paired(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Lines without names, those of the two versions that are about the same called the same."""
    gone = [name for name in before if name not in after]
    renamed = dict(after)
    for name in [name for name in after if name not in before]:
        like = [each for each in gone if _likeness(before[each], after[name]) >= 0.5]
        if like:
            best = max(like, key=lambda each: _likeness(before[each], after[name]))
            gone.remove(best)
            renamed = {best if key == name else key: value for key, value in renamed.items()}
    return before, renamed


def _likeness(one: Any, other: Any) -> float:
    if not isinstance(one, Line) or not isinstance(other, Line):
        return 0.0
    shared = len({*one.do} & {*other.do}) / max(len({*one.do} | {*other.do}), 1)
    return 0.6 * shared + 0.3 * (str(one.anchor) == str(other.anchor)) + 0.1 * (bool(one.every) == bool(other.every))


def _same(one: Any, other: Any) -> bool:
    """Whether two parts mean the same: their words, and what the names in their expressions stand for."""
    if one != other:
        return False
    trees = [[each.tree for each in formulas(part)] for part in (one, other)]
    return all(
        (a is None) == (b is None) and (a is None or b is None or plain(a) == plain(b)) for a, b in zip(*trees, strict=True)
    )


def _differences(one: Any, other: Any, old: Study, new: Study, above: str = "") -> Iterator[tuple[str, str, str]]:
    """Each word in which two things of one kind differ: the word, and what stood there and stands there now."""
    if _same(one, other):
        return
    if is_dataclass(one) and type(one) is type(other) and not _is_value(one):
        kept = [each.name for each in fields(one) if each.init and each.compare and each.name != "name"]
        if isinstance(one, Criterion) and isinstance(other, Criterion):
            yield from _criterion(one, other, old, new)
            kept = [each for each in kept if each not in ("include", "exclude")]
        for name in kept:
            where = f"{above} " if above else ""
            yield from _differences(getattr(one, name), getattr(other, name), old, new, f"{where}{name.rstrip('_')}")
    elif isinstance(one, Mapping) and isinstance(other, Mapping) and all(map(is_dataclass, [*one.values(), *other.values()])):
        for name in dict.fromkeys([*one, *other]):
            where = f"{above} " if above else ""
            if name in one and name in other:
                yield from _differences(one[name], other[name], old, new, f"{where}'{name}'")
            else:
                was, now = (_text(each.get(name), study) or "none" for each, study in ((one, old), (other, new)))
                yield f"{where}'{name}'", was, now
    else:
        yield above or "means", _text(one, old), _text(other, new)


def _is_value(one: Any) -> bool:
    """Whether something is said as one word or number: a formula, a length of time, a window, a range."""
    return isinstance(one, Formula | type) or "__str__" in vars(type(one)) and not hasattr(one, "place")


def _criterion(one: Criterion, other: Criterion, old: Study, new: Study) -> Iterator[tuple[str, str, str]]:
    was, now = _rule(one, old), _rule(other, new)
    if was != now or not _same(one.rule, other.rule):
        yield "rule", was, now


def _rule(criterion: Criterion, study: Study) -> str:
    way = "include" if criterion.include is not None else "exclude"
    return f"{way} {_text(criterion.rule, study)}"


def _told(value: Any, study: Study) -> str:
    """One thing of the protocol, in a few words."""
    match value:
        case Criterion():
            return _rule(value, study)
        case Activity():
            return f"{value.label or 'an activity'}{', which asks for ' + ', '.join(value.items) if value.items else ''}"
        case Line():
            return _line_name(value)
        case _:
            return _text(value, study)


def _text(value: Any, study: Study) -> str:
    match value:
        case None | "" | () | False:
            return ""
        case True:
            return "yes"
        case Formula():
            return english(value.tree, study.scope, expand=True) if value.tree is not None else value.text
        case Judgement():
            return f"as {value.by} judges: {value.judge}"
        case Item():
            return value.label or value.type or value.use
        case When():
            return str(value)
        case str() | int() | float():
            return str(value)
        case tuple():
            return ", ".join(filter(None, (_text(each, study) for each in value)))
        case Mapping():
            if all(isinstance(each, Item) for each in value.values()):
                return ", ".join(value)
            return ", ".join(f"{key}: {_text(each, study)}" if _text(each, study) else str(key) for key, each in value.items())
        case _ if _is_value(value):
            return str(value)
        case _ if is_dataclass(value):
            parts = ((each.name.rstrip("_"), getattr(value, each.name)) for each in fields(value) if each.compare)
            skip = ("name", "source", "place", "label")
            return ", ".join(f"{word} {told}" for word, part in parts if word not in skip and (told := _text(part, study)))
        case _:
            return str(value)


def _place(value: Any) -> Place:
    found = getattr(value, "place", NOWHERE)
    return found if isinstance(found, Place) else NOWHERE
