"""Where a participant stands: events walked along the steps that the protocol promised, one event at a time.

The walk asks no clock: time passes when an event or the end of the fold brings a later day. It never refuses what
happened: an event that fits no current step is kept, and is a deviation.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache

from .calendar import Span, When, later
from .events import Decided, Event, Recorded, Seen
from .expression.english import english
from .expression.explain import explain, truth
from .expression.facts import Facts, Missing, Row, Value
from .expression.grammar import LESIONS
from .expression.tree import Rows, parts
from .lesions import Lesion, Sighting, Treated, lesions
from .logic import MET, NOT_MET, UNKNOWN
from .protocol import Pathway, Reaction, Statement, Step
from .study import ALIVE, Study, formulas

MOST_MOVES = 1_000
"""Steps passed in one go; a pathway that checks without errors never comes near."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """Something that the protocol promised and that did not happen so: which rule, on what day, in a sentence."""

    on: date
    rule: str
    says: str
    event: str = ""


@dataclass(frozen=True, slots=True)
class Visit:
    """A stay at a step: the `number`-th entry of it, until when, and why it was left."""

    step: str
    track: str
    number: int
    entered: date
    left: date | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a track stands, what the step still asks for, and what it waits for.

    `owed` are activities that must be done before the track goes on, the first possible day beside each; `offered`
    those that may be done next; `options` what people may choose, and `proposal` what the rule would.
    """

    track: str
    step: str
    entered: date
    owed: tuple[tuple[str, date], ...] = ()
    offered: tuple[str, ...] = ()
    waits: str = ""
    missing: tuple[Missing, ...] = ()
    options: tuple[str, ...] = ()
    proposal: str = ""
    times_out: date | None = None
    ended: str = ""


@dataclass(slots=True)
class _Stay:
    """A track's stay at its current step, while it lasts."""

    step: Step
    entered: date
    number: int
    done: dict[str, int] = field(default_factory=dict)
    last: dict[str, date] = field(default_factory=dict)
    first_try: date | None = None
    last_try: date | None = None
    decision: Decided | None = None
    waits: str = ""
    missing: tuple[Missing, ...] = ()
    proposal: str = ""


class Walk:
    """The fold under way: rows so far, and each track's stay.

    Events must come in order of time; `chart` sees to that. `advance` lets time pass without an event.
    """

    def __init__(self, study: Study) -> None:
        self.study = self._newest = study
        self.rows: dict[str, list[Row]] = {}
        self.visits: list[Visit] = []
        self.deviations: list[Deviation] = []
        self.ended: dict[str, tuple[date, str]] = {}
        self.listed = False
        self._stays: dict[str, _Stay] = {}
        self._entries: dict[str, int] = {}
        self._sightings: list[Sighting] = []
        self._treated: list[Treated] = []
        self._treatments: dict[str, int] = {}
        self._lesions: tuple[int, tuple[Lesion, ...], tuple[Row, ...]] | None = None
        self._begun = False
        self._plan = _Plan.of(study)

    # --- what is known ------------------------------------------------------------------------------------------

    def facts(self, until: date) -> Facts:
        """What is known of the participant at this point of the fold."""
        rows = {name: tuple(each) for name, each in self.rows.items()}
        if self._plan.reads_lesions:
            rows[LESIONS] = self.lesion_rows()
        closed = self._plan.closed | {LESIONS} if self.listed else self._plan.closed
        return Facts(until, rows, closed)

    def lesions(self) -> tuple[Lesion, ...]:
        """The lesions, as far as they have been seen and treated."""
        self._fold_lesions()
        assert self._lesions is not None
        return self._lesions[1]

    def lesion_rows(self) -> tuple[Row, ...]:
        """The lesions as rows that expressions read."""
        self._fold_lesions()
        assert self._lesions is not None
        return self._lesions[2]

    def _fold_lesions(self) -> None:
        size = len(self._sightings) + len(self._treated)
        if self._lesions is None or self._lesions[0] != size:
            found = lesions(self._sightings, self._treated)
            self._lesions = size, found, tuple(_lesion_row(each) for each in found)

    @property
    def sightings(self) -> tuple[Sighting, ...]:
        """Each lesion at each imaging so far."""
        return tuple(self._sightings)

    @property
    def treated(self) -> tuple[Treated, ...]:
        """Each lesion that was ablated or resected, and when."""
        return tuple(self._treated)

    # --- events -------------------------------------------------------------------------------------------------

    def take(self, event: Recorded | Decided) -> None:
        """Take the next event."""
        day = event.on.first
        self.advance(day)
        if isinstance(event, Decided):
            self._decide(event, day)
        else:
            self._keep(event)
            self._consent(event, day)
            self._begin(event, day)
            self._apart(event)
            self._place(event, day)
            self._require(event, day)
            self._react(event, day)
        self._settle(day)

    def _keep(self, event: Recorded) -> None:
        self.rows.setdefault(event.activity, []).append(Row(event.on, event.values, event.limits, event.id))
        if event.activity != "death":
            known = self.rows.get(ALIVE)
            if not known or event.on.last > known[0].on.last:
                self.rows[ALIVE] = [Row(event.on)]
        activity = self.study.activities.get(event.activity)
        if activity is None:
            return
        if event.lesions is not None:
            self._sightings += [_sighting(each, event.on.first) for each in event.lesions]
            self.listed |= activity.lesions and event.activity != "lesion_found"
        if activity.treats:
            session = self._treatments[event.activity] = self._treatments.get(event.activity, 0) + 1
            for key, item in activity.items.items():
                treated = event.values.get(key)
                if item.type == "lesions" and isinstance(treated, tuple):
                    self._treated += [Treated(each, event.on.first, activity.treats, session) for each in treated]

    def _consent(self, event: Recorded, day: date) -> None:
        """From a consent on, a participant is followed under the version consented to."""
        version = event.values.get("version")
        if event.activity != "consent" or not isinstance(version, str):
            return
        if version != self._newest.protocol.version and version not in self._newest.earlier:
            self._deviate(day, "version", f"consent to version {version}, which is not kept", event)
            return
        self.study = self._newest.under(version)
        self._plan = _Plan.of(self.study)
        steps = self._pathway.steps if self._pathway is not None else {}
        for track, stay in list(self._stays.items()):
            if stay.step.name in steps:
                stay.step = steps[stay.step.name]
            else:
                self._end(track, day, f"version {version} has no step '{stay.step.name}'")

    def _deviate(self, on: date, rule: str, says: str, event: Event | None = None) -> None:
        self.deviations.append(Deviation(on, rule, says, event.id if event is not None else ""))

    # --- time ---------------------------------------------------------------------------------------------------

    def advance(self, day: date) -> None:
        """Let time pass up to the start of a day: guards that were never met in their time, time out."""
        while True:
            late = [(out, track) for track, stay in self._stays.items() if (out := _times_out(stay)) is not None and out < day]
            if not late:
                return
            out, track = min(late)
            stay = self._stays[track]
            self._move(track, stay.step.on_timeout, out, f"not in time: {stay.step.guard} was never met")
            self._settle(out)

    # --- the steps ----------------------------------------------------------------------------------------------

    @property
    def _pathway(self) -> Pathway | None:
        return self.study.protocol.pathway

    def _begin(self, event: Recorded, day: date) -> None:
        pathway = self._pathway
        if pathway is None or self._begun or event.activity != pathway.begins:
            return
        self._begun = True
        for track, start in pathway.starts.items():
            if start in pathway.steps and track not in self.ended:
                self._enter(track, start, day)
        self._settle(day)

    def _enter(self, track: str, name: str, day: date) -> None:
        pathway = self._pathway
        assert pathway is not None
        step = pathway.steps[name]
        number = self._entries[name] = self._entries.get(name, 0) + 1
        self._stays[track] = _Stay(step, day, number)
        self.visits.append(Visit(name, track, number, day))
        self.rows.setdefault(f"entered:{name}", []).append(Row(When.on(day)))

    def _leave(self, track: str, day: date, why: str) -> None:
        stay = self._stays.pop(track, None)
        if stay is None:
            return
        for index in range(len(self.visits) - 1, -1, -1):
            if self.visits[index].track == track:
                self.visits[index] = replace(self.visits[index], left=day, why=why)
                break
        self.rows.setdefault(f"left:{stay.step.name}", []).append(Row(When.on(day)))

    def _move(self, track: str, to: str, day: date, why: str) -> None:
        pathway = self._pathway
        assert pathway is not None
        if to not in pathway.steps:
            self._leave(track, day, why)
            self.ended[track] = (day, f"{why}, to a step that is not there: {to}")
            return
        self._leave(track, day, why)
        self._enter(track, to, day)

    def _end(self, track: str, day: date, why: str) -> None:
        self._leave(track, day, why)
        self.ended.setdefault(track, (day, why))

    def _place(self, event: Recorded, day: date) -> None:
        """Count an event for the steps that ask for it."""
        fits = False
        for track in list(self._stays):
            stay = self._stays[track]
            if not _asks(stay, event.activity) and (way := self._early(stay, event.activity)) is not None:
                self._move(track, way, day, f"{self.study.label(event.activity)} followed")
                stay = self._stays[track]
            if _asks(stay, event.activity):
                self._in_time(stay, event, day)
                stay.done[event.activity] = stay.done.get(event.activity, 0) + 1
                stay.last[event.activity] = day
                fits = True
        if fits or event.activity not in self._plan.on_path or not self._begun:
            if not fits and event.activity in self._plan.on_path and self._pathway is not None and not self._begun:
                begins = self.study.called(self._pathway.begins)
                self._deviate(day, "off-path", f"{self.study.label(event.activity)} took place before {begins}", event)
            return
        where = " and ".join(f"'{stay.step.label or name}'" for stay in self._stays.values() for name in [stay.step.name])
        at = f"at {where}, which does not ask for it" if where else "after the pathway had ended"
        self._deviate(day, "off-path", f"{self.study.label(event.activity)} took place {at}", event)

    def _in_time(self, stay: _Stay, event: Recorded, day: date) -> None:
        """Whether what a step owes was done as soon as it promises; what keeps a distance may wait for it."""
        if stay.step.within is None or event.activity in stay.done:
            return
        last = later(max(stay.entered, self.not_before(event.activity, stay.entered, but=event.id)), stay.step.within)
        if day > last:
            step = stay.step.label or stay.step.name.replace("_", " ")
            self._deviate(day, "window", f"{self.study.label(event.activity)} ('{step}') took place after {last}, by which it was owed", event)

    def _early(self, stay: _Stay, activity: str) -> str | None:
        """The step to go on to, if a repetition was done often enough and what happens belongs to the step after it."""
        step = stay.step
        if not step.repeat or step.times is None or stay.done.get(step.repeat, 0) < step.times.at_least or not step.next:
            return None
        pathway = self._pathway
        assert pathway is not None
        name, seen = step.next, set[str]()
        while name in pathway.steps and name not in seen and not self._used_up(name):
            after = pathway.steps[name]
            if activity in after.do or activity == after.repeat:
                return step.next
            if after.do or after.repeat or not after.next:
                return None
            seen.add(name)
            name = after.next
        return None

    def _used_up(self, name: str) -> bool:
        pathway = self._pathway
        assert pathway is not None
        step = pathway.steps.get(name)
        return step is not None and step.limit is not None and self._entries.get(name, 0) >= step.limit

    def _require(self, event: Recorded, day: date) -> None:
        pathway = self._pathway
        if pathway is None:
            return
        asked: dict[Statement, None] = {}
        for step in pathway.steps.values():
            if event.activity in step.do or event.activity == step.repeat:
                asked.update(dict.fromkeys(step.require))
        if not asked:
            return
        facts = self.facts(day)
        for statement in asked:
            found = truth(statement.settled, facts)
            if found is not MET:
                told = "is not met" if found is NOT_MET else "cannot be told"
                says = f"{self.study.label(event.activity)}: the requirement {told}: {english(statement.settled)}"
                self._deviate(day, "requirement" if found is NOT_MET else "requirement-unknown", says, event)

    def _apart(self, event: Recorded) -> None:
        for kind, other, least in self._plan.apart:
            if event.activity not in (kind, other):
                continue
            against = other if event.activity == kind else kind
            for row in self.rows.get(against, ()):
                if row.id == event.id:
                    continue
                first, second = sorted((row.on, event.on), key=lambda on: on.first)
                if second.last < later(first.first, least):
                    says = (
                        f"{self.study.label(event.activity)} on {event.on} and {self.study.called(against)} on {row.on} lie "
                        f"{abs((event.on.first - row.on.first).days)} days apart; at least {least} was promised"
                    )
                    self._deviate(event.on.first, "apart", says, event)

    def _react(self, event: Recorded, day: date) -> None:
        pathway = self._pathway
        reactions = [each for each in pathway.anywhere if each.on == event.activity] if pathway is not None else []
        facts = self.facts(day) if any(each.when is not None for each in reactions) else None
        for reaction in reactions:
            if reaction.when is None or (facts is not None and truth(reaction.when.settled, facts) is MET):
                self._reaction(reaction, event, day)
        if event.activity == "death":
            self._end_all(day, "death")
        elif event.activity == "withdrawal" and not reactions:
            if event.values.get("from") in ("follow_up", "consent"):
                self._end_all(day, "withdrawal")
            else:
                self._end("treatment", day, "withdrawal from treatment")

    def _reaction(self, reaction: Reaction, event: Recorded, day: date) -> None:
        why = self.study.called(event.activity)
        if reaction.end == "all":
            self._end_all(day, why)
            return
        for track in reaction.end:
            self._end(track, day, why)
        pathway = self._pathway
        assert pathway is not None
        if reaction.to in pathway.steps and self._begun:
            track = pathway.steps[reaction.to].track
            if track not in self.ended and not self._used_up(reaction.to):
                self._move(track, reaction.to, day, why)

    def _end_all(self, day: date, why: str) -> None:
        tracks = {*self._stays, *(self._pathway.starts if self._pathway is not None else ())}
        for track in sorted(tracks):
            self._end(track, day, why)

    # --- decisions ----------------------------------------------------------------------------------------------

    def _decide(self, event: Decided, day: date) -> None:
        for stay in self._stays.values():
            if stay.step.name == event.step:
                stay.decision = event
                owed = [self.study.called(name) for name in stay.step.do if name not in stay.done]
                if owed:
                    says = f"'{event.step}' was decided before {' and '.join(owed)} was done"
                    self._deviate(day, "decision", says, event)
                return
        self._deviate(day, "decision", f"a decision was taken at '{event.step}', where the participant did not stand", event)

    def _settle(self, day: date) -> None:
        """Go on along every track as far as what is known allows."""
        for _ in range(MOST_MOVES):
            if not any([self._go_on(track, day) for track in list(self._stays)]):
                return

    def _go_on(self, track: str, day: date) -> bool:
        """Go one step further, if that can be."""
        stay = self._stays.get(track)
        if stay is None:
            return False
        stay.waits, stay.missing = "", ()
        if not self._is_complete(stay, day) or not self._is_let_through(stay, day):
            return False
        if stay.step.end:
            self._end(track, day, stay.step.label or stay.step.name.replace("_", " "))
            return True
        to = self._way(stay, day)
        if to is None:
            return False
        if self._used_up(to):
            limit = self._pathway.steps[to].limit if self._pathway is not None else None
            stay.waits = f"'{to}' comes next and may be entered {limit} times at most"
            return False
        self._move(track, to, day, "done" if stay.decision is None else f"decided: {stay.decision.option}")
        return True

    def _is_complete(self, stay: _Stay, day: date) -> bool:
        step = stay.step
        if any(activity not in stay.done for activity in step.do):
            return False
        if not step.repeat or step.times is None:
            return True
        count = stay.done.get(step.repeat, 0)
        if count >= step.times.at_most:
            return True
        enough = count >= step.times.at_least
        return enough and step.stop is not None and truth(step.stop.settled, self.facts(day)) is MET

    def _is_let_through(self, stay: _Stay, day: date) -> bool:
        if stay.step.guard is None:
            return True
        found = explain(stay.step.guard.settled, self.facts(day), self.study.scope)
        if stay.step.do and (stay.last_try is None or any(on == day for on in stay.last.values())):
            stay.last_try = day
        stay.first_try = stay.first_try or day
        if found.truth is MET:
            return True
        told = "is not met" if found.truth is NOT_MET else "cannot be told"
        stay.waits, stay.missing = f"{english(stay.step.guard.settled)} {told}", found.missing
        return False

    def _way(self, stay: _Stay, day: date) -> str | None:
        step = stay.step
        if step.next:
            return step.next
        facts = self.facts(day)
        if step.by == "rule":
            return self._by_rule(stay, facts)
        stay.proposal = self._proposed(step, facts)
        decision = stay.decision
        if decision is None:
            stay.waits = f"{_people(step.by)} to decide"
            return None
        branch = next((each for each in step.decide if each.option == decision.option and decision.option), None)
        if branch is None:
            stay.waits, stay.decision = f"{_people(step.by)} to decide: '{decision.option}' is not one of the options", None
            self._deviate(day, "decision", f"'{decision.option}' is not an option at '{step.name}'", decision)
            return None
        self._judge(step, stay, decision, day)
        return branch.to or branch.otherwise

    def _by_rule(self, stay: _Stay, facts: Facts) -> str | None:
        for branch in stay.step.decide:
            to = branch.to or branch.otherwise
            if branch.otherwise or branch.when is None:
                return to
            if self._used_up(to):
                continue
            found = explain(branch.when.settled, facts, self.study.scope)
            if found.truth is MET:
                return to
            if found.truth is UNKNOWN:
                stay.missing = found.missing
                if stay.step.unknown in ("wait", "query", ""):
                    stay.waits = f"it cannot be told yet whether {english(branch.when.settled)}"
                    return None
                return stay.step.unknown
        stay.waits = "no branch is met, and the protocol does not say what then"
        return None

    def _proposed(self, step: Step, facts: Facts) -> str:
        for branch in step.decide:
            if branch.otherwise:
                return branch.option
            if branch.when is None or self._used_up(branch.to):
                continue
            found = truth(branch.when.settled, facts)
            if found is not NOT_MET:
                return branch.option if found is MET else ""
        return ""

    def _judge(self, step: Step, stay: _Stay, decision: Decided, day: date) -> None:
        """What is irregular about a decision that people took."""
        if decision.role and decision.role != step.by:
            says = f"'{step.name}' was decided by {decision.role}, where {_people(step.by)} decides"
            self._deviate(day, "decision", says, decision)
        if step.quorum is not None and decision.members < step.quorum:
            says = f"{decision.members or 'an unknown number of'} members decided at '{step.name}'; {step.quorum} are needed"
            self._deviate(day, "quorum", says, decision)
        if stay.proposal and decision.option != stay.proposal and not decision.reason:
            says = f"'{decision.option}' was chosen at '{step.name}' where the rule proposes '{stay.proposal}', and no reason is given"
            self._deviate(day, "override", says, decision)

    # --- where it stands ----------------------------------------------------------------------------------------

    def positions(self) -> tuple[Position, ...]:
        """Where each track stands."""
        found = [self._position(track, stay) for track, stay in self._stays.items()]
        for track, (day, why) in self.ended.items():
            if track not in self._stays:
                step = next((each.step for each in reversed(self.visits) if each.track == track), "")
                found.append(Position(track, step, day, ended=why))
        return tuple(sorted(found, key=lambda each: each.track))

    def _position(self, track: str, stay: _Stay) -> Position:
        step = stay.step
        owed = [(name, stay.entered) for name in step.do if name not in stay.done]
        offered: list[str] = []
        if step.repeat and step.times is not None:
            count = stay.done.get(step.repeat, 0)
            if count < step.times.at_least:
                pace = step.every or self.study.activities[step.repeat].lasts or Span()
                owed.append((step.repeat, later(stay.last[step.repeat], pace) if count else stay.entered))
            else:
                offered += [step.repeat, *self._first_of(step.next)]
        if not owed and step.guard is not None and stay.waits and step.retry is not None and stay.last_try is not None:
            owed = [(name, later(stay.last_try, step.retry.every)) for name in step.do]
        options = tuple(branch.option for branch in step.decide if branch.option) if step.by != "rule" else ()
        return Position(
            track, step.name, stay.entered, tuple((name, self.not_before(name, first)) for name, first in owed), tuple(dict.fromkeys(offered)),
            stay.waits or self._waiting_for(owed), stay.missing, options if not owed else (), stay.proposal,
            _times_out(stay),
        )  # fmt: skip

    def _waiting_for(self, owed: list[tuple[str, date]]) -> str:
        return f"{' and '.join(self.study.called(name) for name, _ in owed)} to be done" if owed else ""

    def _first_of(self, name: str) -> list[str]:
        pathway = self._pathway
        step = pathway.steps.get(name) if pathway is not None else None
        return [] if step is None or self._used_up(name) else [*step.do, *([step.repeat] if step.repeat else [])]

    def not_before(self, activity: str, day: date, *, but: str = "") -> date:
        """The first day from a day on, on which an activity keeps its promised distance from what has happened.

        `but` names an event that is left aside.
        """
        for kind, other, least in self._plan.apart:
            if activity in (kind, other):
                against = other if activity == kind else kind
                for row in self.rows.get(against, ()):
                    if row.id != but:
                        day = max(day, later(row.on.last, least))
        return day


def _asks(stay: _Stay, activity: str) -> bool:
    return activity in stay.step.do or activity == stay.step.repeat


def _times_out(stay: _Stay) -> date | None:
    if stay.step.guard is None or stay.step.retry is None or not stay.step.on_timeout or stay.first_try is None:
        return None
    return later(stay.first_try, stay.step.retry.for_)


def _people(by: str) -> str:
    return {"mdt": "the tumour board", "site": "the site", "patient": "the patient", "randomiser": "the randomiser"}.get(
        by, f"the {by}"
    )


def _sighting(seen: Seen, on: date) -> Sighting:
    return Sighting(
        seen.id, on, seen.status, seen.diameter_mm, organ=seen.organ or None, segment=seen.segment or None,  # type: ignore[arg-type]
        is_node=seen.node, role=seen.role or None,  # type: ignore[arg-type]
    )  # fmt: skip


def _lesion_row(lesion: Lesion) -> Row:
    values: dict[str, Value] = {
        "ablated": lesion.ablated_on is not None,
        "resected": lesion.resected_on is not None,
        "node": lesion.is_node,
        "found_on": When.on(lesion.found_on),
    }
    for key, value in (("organ", lesion.organ), ("segment", lesion.segment), ("role", lesion.role)):
        if value is not None:
            values[key] = value
    if lesion.diameter_mm is not None:
        values["diameter"] = float(lesion.diameter_mm)
    if lesion.is_visible is not UNKNOWN:
        values["present"] = lesion.is_visible is MET
    return Row(When.on(lesion.found_on), values, {}, lesion.id)


@dataclass(frozen=True)
class _Plan:
    """What the walk asks of a study again and again, worked out once."""

    on_path: frozenset[str]
    apart: tuple[tuple[str, str, Span], ...]
    closed: frozenset[str]
    reads_lesions: bool

    @staticmethod
    @lru_cache(maxsize=64)
    def of(study: Study) -> "_Plan":
        """The plan of a study."""
        protocol = study.protocol
        steps = list(protocol.pathway.steps.values()) if protocol.pathway is not None else []
        asked = {name for step in steps for name in (*step.do, step.repeat) if name}
        scheduled = {name for line in protocol.schedule for name in line.do}
        apart = tuple(
            (kind, each.from_, each.at_least)
            for step in steps
            for each in step.apart
            for kind in (*step.do, *([step.repeat] if step.repeat else []))
        )
        reads = any(
            isinstance(part, Rows) and part.form == LESIONS
            for formula in formulas(protocol)
            if formula.tree is not None
            for part in parts(formula.tree)
        )
        return _Plan(frozenset(asked - scheduled), tuple(dict.fromkeys(apart)), frozenset(protocol.closed), reads)
