"""An amendment: two versions of a study, what changes between them, for whom, and what has to be done about it.

Changes are found by comparing what the two files mean, not their letters: a criterion whose definition changed has changed.
Who would be let in or kept out is asked of the solver, and whoever it shows is screened again under both versions.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from typing import Any, Literal

from .bounds import plain
from .calendar import When
from .chart import Chart, chart
from .deviations import deviations
from .due import Due, due
from .eligibility import cohorts, lets_in, wanted
from .endpoints import Absent, Measurement, Occurrence, Outcome, TimeToEvent, Trajectory, outcome
from .events import Event, Recorded
from .expression.english import english
from .expression.facts import Unclear
from .finding import NOWHERE, Place, errors
from .logic import MET, NOT_MET, Truth
from .protocol import Activity, Code, Criterion, Formula, Item, Judgement, Line
from .screening import screening
from .shown import NotDecided, Proven, Shown
from .study import Study, formulas
from .transcript import line_of

Kind = Literal["added", "removed", "changed"]
PARTS: tuple[tuple[str, str], ...] = (
    # a part of the protocol, and what one thing of it is called
    ("eligibility", "criterion"), ("define", "definition"), ("cohorts", "cohort"), ("groups", "group"), ("arms", "arm"),
    ("activities", "activity"), ("pathway", "step"), ("schedule", "line of the schedule"), ("endpoints", "endpoint"),
    ("analyses", "analysis"), ("promises", "promise"), ("sites", "site"), ("assumptions", "assumption"),
    ("unstated", "what is unstated,"), ("outside", "what is left out,"), ("accepted", "the accepted finding"),
)  # fmt: skip
NEAR = 31
"""Days by which something owed may have moved and still be the same thing, where neither its day nor its reason is kept."""
WHOLE = (
    "design",
    "allocation",
    "closed",
    "title",
    "sponsor",
    "status",
    "dates",
    "registrations",
    "summary",
    "conditions",
    "keywords",
)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: of which part, which thing, and how; the words before and after."""

    part: str
    about: str
    kind: Kind
    says: str
    details: tuple[tuple[str, str, str], ...] = ()
    place: Place = NOWHERE


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


@dataclass(frozen=True, slots=True)
class Recollected:
    """An answer that was not asked for before, or that the new version cannot read as it stands."""

    activity: str
    item: str
    why: str

    def __str__(self) -> str:
        return f"{self.activity}.{self.item}: {self.why}"


@dataclass(frozen=True, slots=True)
class Moved:
    """Something owed under both versions, on other days."""

    before: Due
    after: Due

    def __str__(self) -> str:
        return f"{self.before.activity}: {_window(self.before)} becomes {_window(self.after)}"


@dataclass(frozen=True, slots=True)
class Affected:
    """What the amendment changes for one participant.

    `held_to` is the version in force for them, `basis` why: consented to it, or never named one, and so the newest. What is
    listed comes with the new version: at once for the latter, on consent for those who consented to the old one.
    """

    participant: str
    held_to: str
    basis: str
    moved: tuple[Moved, ...] = ()
    newly_due: tuple[Due, ...] = ()
    no_longer_due: tuple[Due, ...] = ()
    recollect: tuple[tuple[str, str, str], ...] = ()
    stands: tuple[tuple[str, str], ...] = ()
    eligible_before: str = ""
    eligible_after: str = ""
    outcomes: tuple[tuple[str, str, str], ...] = ()
    """Endpoints whose value changes: analyses follow the newest version, whatever was consented to."""
    new_deviations: tuple[str, ...] = ()

    @property
    def is_touched(self) -> bool:
        """Whether anything changes for them."""
        return bool(
            self.outcomes or self.moved or self.newly_due or self.no_longer_due or self.recollect or self.stands or self.new_deviations
            or self.eligible_before != self.eligible_after
        )  # fmt: skip


@dataclass(frozen=True)
class Amended:
    """Two versions of a study compared."""

    old: str
    new: str
    affects: str
    changes: tuple[Change, ...]
    admissions: tuple[Admission, ...]
    recollect: tuple[Recollected, ...]
    people: tuple[Affected, ...] = ()


def amended(
    old: Study, new: Study, people: Mapping[str, Sequence[Event]] | None = None, *, until: date | None = None
) -> Amended:
    """What changes from one version of a study to another.

    Args:
        old: The version before.
        new: The version after.
        people: Participants' events, to say what changes for each.
        until: The day up to which facts are known; unsaid, each participant's last event.

    Raises:
        ValueError: One of the two has errors, so that what it means is not known.
    """
    for study in (old, new):
        if errors(study.findings):
            raise ValueError(f"version {study.protocol.version or 'unnamed'} has errors that must be mended first")
    return Amended(
        old=old.protocol.version, new=new.protocol.version,
        affects="; ".join(each.affects for each in new.protocol.amendments if each.version == new.protocol.version and each.affects),
        changes=tuple(_changes(old, new)), admissions=tuple(_admissions(old, new)), recollect=tuple(_recollected(old, new)),
        people=tuple(_affected(who, events, old, new, until) for who, events in (people or {}).items() if events),
    )  # fmt: skip


# --- what changes ----------------------------------------------------------------------------------------------------


def _changes(old: Study, new: Study) -> Iterator[Change]:
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


# --- who may join ----------------------------------------------------------------------------------------------------


def _admissions(old: Study, new: Study) -> Iterator[Admission]:
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
    from .proof import facts_events, some_participant  # the solver is loaded when it is first asked

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


# --- what has to be asked again --------------------------------------------------------------------------------------


def _recollected(old: Study, new: Study) -> Iterator[Recollected]:
    """Answers that forms already filled in do not hold, or that the new version does not take as they stand."""
    for name, activity in new.activities.items():
        before = old.activities.get(name)
        for key, item in activity.items.items():
            was = before.items.get(key) if before is not None else None
            if before is not None and (why := _why_again(was, item)):
                yield Recollected(name, key, why)


def _why_again(was: Item | None, item: Item) -> str:
    """Why an answer given before does not do."""
    if was is None:
        return "it is asked for now and was not before" + ("; the form requires it" if item.required else "")
    if was.type != item.type:
        return f"it was {was.type} and is {item.type} now"
    if was.unit != item.unit:
        return f"it is kept in {item.unit or 'no unit'} now, and was in {was.unit or 'no unit'}"
    if gone := [each for each in was.options if each not in item.options] if item.options else []:
        return f"{', '.join(gone)} {'is' if len(gone) == 1 else 'are'} no longer among its answers"
    if item.range is not None and (was.range is None or was.range.low < item.range.low or was.range.high > item.range.high):
        return f"only {item.range} {item.unit} is possible now".replace("  ", " ")
    if item.required and not was.required:
        return "it is required now"
    return ""


def _again(old: Study, new: Study, known: Chart) -> Iterator[tuple[str, str, str]]:
    """Which recorded forms of a participant lack an answer that the new version wants, or hold one that it does not take."""
    wants = {(each.activity, each.item): each.why for each in _recollected(old, new)}
    for name, rows in known.facts.rows.items():
        for row in rows:
            for key, item in (new.activities[name].items if name in new.activities else {}).items():
                why = wants.get((name, key))
                if why is None:
                    continue
                value = row.values.get(key)
                if value is None:
                    if key not in getattr(old.activities.get(name), "items", {}) or item.required:
                        yield name, str(row.on), f"{key}: {why}"
                elif isinstance(value, Unclear):
                    yield name, str(row.on), f"{key}: '{value.text}' is no answer to it: {why}"
                elif isinstance(value, str) and item.options and value not in item.options:
                    yield name, str(row.on), f"{key}: '{value}' is no longer among its answers"
                elif isinstance(value, float) and item.range is not None and not item.range.low <= value <= item.range.high:
                    yield name, str(row.on), f"{key}: {value:g} {item.unit} is not possible now"
                elif (was := old.activities[name].items.get(key)) is not None and (was.type, was.unit) != (
                    item.type,
                    item.unit,
                ):
                    yield name, str(row.on), f"{key}: {why}"


# --- one participant -------------------------------------------------------------------------------------------------


def _affected(who: str, events: Sequence[Event], old: Study, new: Study, until: date | None) -> Affected:
    day = until or max(each.on.last for each in events)
    held = replace(new, earlier={**new.earlier, old.protocol.version: replace(old, earlier={})})
    now = chart(held, events, until=day)
    named = _consented(now)
    before = chart(replace(old, earlier={}), events, until=day)
    measured = tuple(_measured(old, new, before, now))
    if named and named == new.protocol.version:
        return Affected(who, named, "consented to it already", outcomes=measured)
    if named and named != old.protocol.version:
        return Affected(who, named, f"consented to version {named}, which is neither of the two", outcomes=measured)
    if named:
        basis = "consented to it; the new version comes with consent to it"
        consent = Recorded(id="~", participant=now.participant, on=When.on(day), activity="consent",
                           values={"version": new.protocol.version})  # fmt: skip
        after = chart(held, [*events, consent], until=day)
    else:
        basis = "never named a version, and so is held to the newest"
        after = now
    moved, newly, gone = _owed(due(old, before), due(held, after))
    eligible = [screening(study, known.facts).words for study, known in ((old, before), (new, after))]
    stood = {(each.rule, each.says) for each in deviations(old, before)}
    further = [each for each in deviations(held, after) if (each.rule, each.says) not in stood and each.rule != "version"]
    return Affected(
        participant=who, held_to=named or new.protocol.version, basis=basis, moved=moved, newly_due=newly, no_longer_due=gone,
        recollect=tuple(_again(old, new, before)), stands=_stands(before, after), eligible_before=eligible[0],
        eligible_after=eligible[1], outcomes=measured, new_deviations=tuple(f"{each.on}: {each.rule}: {each.says}" for each in further),
    )  # fmt: skip


def _measured(old: Study, new: Study, before: Chart, after: Chart) -> Iterator[tuple[str, str, str]]:
    """Endpoints that both versions have and that come to something else."""
    for name, endpoint in new.protocol.endpoints.items():
        if name in old.protocol.endpoints:
            was, now = outcome(old.protocol.endpoints[name], old, before), outcome(endpoint, new, after)
            if was != now:
                yield name, _value(was), _value(now)


def _value(found: Outcome) -> str:
    match found:
        case Absent():
            return f"none: {found.why}"
        case TimeToEvent():
            return f"{found.days} days, {found.status}"
        case Occurrence():
            return {True: "yes", False: "no", None: "not told yet"}[found.happened]
        case Measurement():
            return f"{found.value:.6g} (on {found.on})"
        case Trajectory():
            return f"{len(found.points)} values"


def _consented(known: Chart) -> str:
    """The version that the last consent names."""
    versions = [row.values.get("version") for row in known.facts.rows.get("consent", ())]
    return next((each for each in reversed(versions) if isinstance(each, str)), "")


def _stands(before: Chart, after: Chart) -> tuple[tuple[str, str], ...]:
    """Where the tracks stand otherwise."""

    def told(known: Chart) -> dict[str, str]:
        return {each.track: f"{each.step}{f' (ended: {each.ended})' if each.ended else ''}" for each in known.positions}

    one, other = told(before), told(after)
    return tuple((one.get(name, f"no track {name}"), other.get(name, f"no track {name}")) for name in dict.fromkeys([*one, *other])
                 if one.get(name) != other.get(name))  # fmt: skip


def _owed(before: Iterable[Due], after: Iterable[Due]) -> tuple[tuple[Moved, ...], tuple[Due, ...], tuple[Due, ...]]:
    """What is still owed: on other days, newly, and no longer."""
    one, other = [each for each in before if each.is_pending], [each for each in after if each.is_pending]
    moved: list[Moved] = []

    def pair(each: Due, like: Due) -> None:
        one.remove(each)
        other.remove(like)
        if _days(each) != _days(like):
            moved.append(Moved(each, like))

    alike: tuple[Callable[[Due, Due], bool], ...] = (
        lambda a, b: _days(a) == _days(b), lambda a, b: a.target == b.target, lambda a, b: a.because == b.because,
    )  # fmt: skip
    for same in alike:
        for each in list(one):
            like = next((two for two in other if two.activity == each.activity and same(each, two)), None)
            if like is not None:
                pair(each, like)
    near = sorted(
        (gap, a, b)
        for a, each in enumerate(one) for b, two in enumerate(other)
        if each.activity == two.activity and (gap := abs((each.target - two.target).days)) <= NEAR
    )  # fmt: skip
    for _, each, like in [(gap, one[a], other[b]) for gap, a, b in near]:
        if any(each is left for left in one) and any(like is left for left in other):
            pair(each, like)
    return tuple(sorted(moved, key=lambda each: each.before.target)), tuple(other), tuple(one)


def _days(item: Due) -> tuple[date, date, date]:
    return item.target, item.opens, item.closes


def _window(item: Due) -> str:
    closes = "" if item.closes.year == 9999 else f" to {item.closes}"
    return f"{item.target} ({'from ' if not closes else ''}{item.opens}{closes})"


# --- for other programs ----------------------------------------------------------------------------------------------


def as_json(found: Amended) -> dict[str, object]:
    """A comparison as plain values."""

    def owed(item: Due) -> dict[str, object]:
        return {"activity": item.activity, "target": item.target, "opens": item.opens,
                "closes": None if item.closes.year == 9999 else item.closes, "because": item.because}  # fmt: skip

    return {
        "from": found.old, "to": found.new, "affects": found.affects,
        "changes": [
            {"part": each.part, "about": each.about, "kind": each.kind, "says": each.says, "line": each.place.line or None,
             "details": [{"word": word, "before": was or None, "after": now or None} for word, was, now in each.details]}
            for each in found.changes
        ],
        "eligibility": [
            {"criterion": each.criterion, "effect": each.effect, "found": each.found, "says": str(each), "why": each.why or None,
             "shown_by": each.who.splitlines() or None}
            for each in found.admissions
        ],
        "recollect": [{"activity": each.activity, "item": each.item, "why": each.why} for each in found.recollect],
        "participants": [
            {"participant": each.participant, "held_to": each.held_to, "basis": each.basis, "touched": each.is_touched,
             "moved": [{"before": owed(one.before), "after": owed(one.after)} for one in each.moved],
             "newly_due": [owed(one) for one in each.newly_due], "no_longer_due": [owed(one) for one in each.no_longer_due],
             "recollect": [{"activity": a, "on": on, "says": says} for a, on, says in each.recollect],
             "stands": [{"before": was, "after": now} for was, now in each.stands],
             "eligible_before": each.eligible_before or None, "eligible_after": each.eligible_after or None,
             "outcomes": [{"endpoint": name, "before": was, "after": now} for name, was, now in each.outcomes],
             "new_deviations": list(each.new_deviations)}
            for each in found.people
        ],
    }  # fmt: skip
