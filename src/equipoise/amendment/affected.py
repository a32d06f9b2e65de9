"""What an amendment changes for one participant: days on which something is owed, answers asked again, outcomes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ..calendar import When
from ..chart import Chart, chart
from ..deviations import deviations
from ..due import Due, due
from ..endpoints import Absent, Measurement, Occurrence, Outcome, TimeToEvent, Trajectory, outcome
from ..events import Event, Recorded
from ..expression.facts import Unclear
from ..protocol import Item
from ..screening import screening
from ..study import Study

NEAR = 31
"""Days by which something owed may have moved and still be the same thing, where neither its day nor its reason is kept."""


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


# --- what has to be asked again --------------------------------------------------------------------------------------


def recollected(old: Study, new: Study) -> Iterator[Recollected]:
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
    wants = {(each.activity, each.item): each.why for each in recollected(old, new)}
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


def affected(who: str, events: Sequence[Event], old: Study, new: Study, until: date | None) -> Affected:
    """What the amendment changes for one participant, as known on a day or, unsaid, on that of their last event."""
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
