"""Where a participant stands: events walked along the steps that the protocol promised, one event at a time.

The walk asks no clock: time passes when an event or the end of the fold brings a later day. It never refuses what
happened: an event that fits no current step is kept, and is a deviation.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import lru_cache

from .calendar import Span, When, later
from .events import Decided, Event, Recorded, Seen
from .expression.english import english
from .expression.explain import explain, truth
from .expression.facts import Facts, Missing, Row, Value
from .expression.grammar import LESIONS
from .lesions import Lesion, Sighting, Treated, lesions
from .logic import MET, NOT_MET, UNKNOWN, Truth
from .protocol import Pathway, Reaction, Statement, Step
from .study import ALIVE, Study

MANY = 12
"""Sightings of one lesion from which on those are passed over that tell nothing more."""
A_YEAR = timedelta(days=366)
"""More than a date that is known in part may be off."""
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
        self._telling: dict[str, list[Sighting]] = {}
        self._lesion_rows: tuple[int, tuple[Row, ...]] | None = None
        self._loose: list[Recorded | Decided] = []
        self._begun = False
        self._plan = _Plan.of(study)

    # --- what is known ------------------------------------------------------------------------------------------

    def facts(self, until: date) -> Facts:
        """What is known of the participant at this point of the fold."""
        return replace(self._facts(until), rows=dict(_Rows(self, until)))

    def _facts(self, until: date) -> Facts:
        """The same, for a question asked now: it changes as the fold goes on."""
        closed = self._plan.closed | {LESIONS} if self.listed else self._plan.closed
        return Facts(until, _Rows(self, until), closed)

    def lesions(self) -> tuple[Lesion, ...]:
        """The lesions, as far as they have been seen and treated."""
        return lesions(self._sightings, self._treated)

    def lesion_rows(self) -> tuple[Row, ...]:
        """The lesions as rows that expressions read."""
        size = len(self._sightings) + len(self._treated)
        if self._lesion_rows is None or self._lesion_rows[0] != size:
            seen = [each for kept in self._telling.values() for each in kept]
            self._lesion_rows = size, tuple(_lesion_row(each) for each in lesions(seen, self._treated))
        return self._lesion_rows[1]

    def _sight(self, sighting: Sighting) -> None:
        self._sightings.append(sighting)
        kept = self._telling.setdefault(sighting.lesion, [])
        if len(kept) >= MANY and kept[-1].on < sighting.on:
            kept[:] = _telling(kept, [each for each in self._treated if each.lesion == sighting.lesion])
        kept.append(sighting)

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
        elif event.activity not in self.study.activities and event.activity not in self._newest.activities:
            says = f"'{event.activity}' is not an activity of this study; what was recorded is kept aside"
            self._deviate(day, "unknown-activity", says, event)
        else:
            self._keep(event)
            self._consent(event, day)
            self._begin(event, day)
            self._apart(event)
            self._require(event, day, self._place(event, day))
            self._react(event, day)
        self._settle(day)

    def _keep(self, event: Recorded) -> None:
        self.rows.setdefault(event.activity, []).append(Row(event.on, event.values, event.limits, event.id))
        if event.activity != "death":
            known = self.rows.get(ALIVE)
            seen = known[0].on if known else event.on
            self.rows[ALIVE] = [Row(When(max(seen.first, event.on.first), max(seen.last, event.on.last)))]
        activity = self.study.activities.get(event.activity) or self._newest.activities[event.activity]
        if event.lesions is not None:
            for each in event.lesions:
                self._sight(_sighting(each, event.on.first))
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
        """Let time pass up to the start of a day: guards that were never met in their time, time out.

        Within a day nobody knows what came first, so what fitted no step then, does not fit from the next day on.
        """
        if self._loose and self._loose[0].on.first < day:
            self.close()
        while True:
            out_on = {track: self._times_out(stay) for track, stay in self._stays.items()}
            late = [(out, track) for track, out in out_on.items() if out is not None and out < day]
            if not late:
                return
            out, track = min(late)
            stay = self._stays[track]
            self._move(track, stay.step.on_timeout, out, f"not in time: {stay.step.guard} was never met")
            self._settle(out)

    def close(self) -> None:
        """Let the day end: what fitted no step on it is a deviation."""
        loose, self._loose = self._loose, []
        for event in loose:
            if isinstance(event, Decided):
                says = f"a decision was taken at '{event.step}', where the participant did not stand"
                self._deviate(event.on.first, "decision", says, event)
            else:
                self._off_path(event)

    def _times_out(self, stay: _Stay) -> date | None:
        step = stay.step
        if step.guard is None or step.retry is None or not step.on_timeout or stay.first_try is None:
            return None
        return None if self._used_up(step.on_timeout) else later(stay.first_try, step.retry.for_)

    # --- the steps ----------------------------------------------------------------------------------------------

    @property
    def _pathway(self) -> Pathway | None:
        return self.study.protocol.pathway

    def _begin(self, event: Recorded, day: date) -> None:
        pathway = self._pathway
        if pathway is None or self._begun or event.activity != pathway.begins:
            return
        self._begun = True
        over = [track for track in pathway.starts if track in self.ended]
        if over:
            says = (
                f"{self.study.label(event.activity)} took place after {self.ended[over[0]][1]} had ended {' and '.join(over)}"
            )
            self._deviate(day, "off-path", says, event)
        for track, start in pathway.starts.items():
            if track not in over and start in pathway.steps:
                self._enter(track, start, day)
        self._settle(day)

    def _enter(self, track: str, name: str, day: date) -> None:
        pathway = self._pathway
        assert pathway is not None
        step = pathway.steps[name]
        number = self._entries[name] = self._entries.get(name, 0) + 1
        stay = self._stays[track] = _Stay(step, day, number)
        self.visits.append(Visit(name, track, number, day))
        self.rows.setdefault(f"entered:{name}", []).append(Row(When.on(day)))
        for event in [each for each in self._loose if each.on.first == day]:
            if isinstance(event, Decided) and event.step == name and step.by != "rule" and stay.decision is None:
                stay.decision = event
            elif isinstance(event, Recorded) and _asks(stay, event.activity):
                _count(stay, event.activity, day)
            else:
                continue
            self._loose.remove(event)

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

    def _place(self, event: Recorded, day: date) -> list[Step]:
        """Count an event for the steps that ask for it, and say which they are."""
        found = []
        for track in list(self._stays):
            stay = self._stays[track]
            if not _asks(stay, event.activity) and (way := self._early(stay, event.activity)) is not None:
                self._move(track, way, day, f"{self.study.label(event.activity)} followed")
                while not _asks(self._stays[track], event.activity) and self._go_on(track, day) and track in self._stays:
                    pass
            if track in self._stays and _asks(stay := self._stays[track], event.activity):
                self._in_time(stay, event, day)
                _count(stay, event.activity, day)
                found.append(stay.step)
        if not found and event.activity in self._plan.on_path:
            self._loose.append(event)
        return found

    def _in_time(self, stay: _Stay, event: Recorded, day: date) -> None:
        """Whether what a step owes was done as soon as it promises; what keeps a distance may wait for it."""
        if stay.step.within is None or event.activity in stay.done:
            return
        last = later(max(stay.entered, self.not_before(event.activity, stay.entered, but=event.id)), stay.step.within)
        if day > last:
            step = stay.step.label or stay.step.name.replace("_", " ")
            says = f"{self.study.label(event.activity)} ('{step}') took place after {last}, by which it was owed"
            self._deviate(day, "window", says, event)

    def _off_path(self, event: Recorded) -> None:
        """Note an event of the pathway's own that no step asked for."""
        pathway = self._pathway
        if pathway is None:
            return
        if not self._begun:
            at = f"before {self.study.called(pathway.begins)}"
        elif self._stays:
            where = " and ".join(f"'{stay.step.label or stay.step.name}'" for stay in self._stays.values())
            at = f"at {where}, which does not ask for it"
        else:
            at = "after the pathway had ended"
        self._deviate(event.on.first, "off-path", f"{self.study.label(event.activity)} took place {at}", event)

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

    def _require(self, event: Recorded, day: date, steps: list[Step]) -> None:
        """Hold an event to what its steps require; one that no step asked for, to what any step requires of its kind."""
        every = self._pathway.steps.values() if self._pathway is not None else ()
        asked: dict[Statement, None] = {}
        for step in steps or every:
            if event.activity in step.do or event.activity == step.repeat:
                asked.update(dict.fromkeys(step.require))
        if not asked:
            return
        facts = self._facts(day)
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
            reach = timedelta(days=least.days + 31 * least.months)
            for row in reversed(self.rows.get(against, ())):
                if event.on.first - row.on.first > reach + A_YEAR:
                    break
                found = MET if row.id == event.id else _lie_apart(row.on, event.on, least)
                if found is MET:
                    continue
                far = f"{abs((event.on.first - row.on.first).days)} days apart"
                told = f"lie {far if found is NOT_MET else 'nobody can tell how far apart'}; at least {least} was promised"
                says = f"{self.study.label(event.activity)} on {event.on} and {self.study.called(against)} on {row.on} {told}"
                self._deviate(event.on.first, "apart" if found is NOT_MET else "apart-unknown", says, event)

    def _react(self, event: Recorded, day: date) -> None:
        pathway = self._pathway
        reactions = [each for each in pathway.anywhere if each.on == event.activity] if pathway is not None else []
        facts = self._facts(day)
        reacted = False
        for reaction in reactions:
            found = MET if reaction.when is None else truth(reaction.when.settled, facts)
            if found is MET:
                self._reaction(reaction, event, day)
                reacted = True
            elif found is UNKNOWN and reaction.when is not None:
                told = f"whether this holds cannot be told: {english(reaction.when.settled)}"
                says = f"{self.study.label(event.activity)}: {told}"
                self._deviate(day, "reaction-unknown", says, event)
        if event.activity == "death":
            self._end_all(day, "death")
        elif event.activity == "withdrawal" and not reacted:
            if event.values.get("from") in ("follow_up", "consent"):
                self._end_all(day, "withdrawal")
            elif pathway is not None and "treatment" in {*pathway.starts, *self._stays}:
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
            if track in self.ended or (track in self._stays and self._stays[track].step.name == reaction.to):
                return
            if self._used_up(reaction.to):
                self._deviate(day, "limit", f"{self.study.label(event.activity)} {self._no_more(reaction.to)}", event)
            else:
                self._move(track, reaction.to, day, why)

    def _no_more(self, name: str) -> str:
        """The end of a sentence about what leads to a step whose limit is used up."""
        step = self.study.protocol.pathway.steps[name] if self.study.protocol.pathway is not None else None
        return f"leads to '{name}', which may be entered {step.limit if step is not None else 0} times at most"

    def _end_all(self, day: date, why: str) -> None:
        tracks = {*self._stays, *(self._pathway.starts if self._pathway is not None else ())}
        for track in sorted(tracks):
            self._end(track, day, why)

    # --- decisions ----------------------------------------------------------------------------------------------

    def _decide(self, event: Decided, day: date) -> None:
        stay = next((each for each in self._stays.values() if each.step.name == event.step), None)
        if stay is None:
            self._loose.append(event)
            return
        if stay.step.by == "rule":
            self._deviate(day, "decision", f"a decision was taken at '{event.step}', where a rule decides", event)
            return
        owed = [self.study.called(name) for name in stay.step.do if name not in stay.done]
        if owed:
            self._deviate(day, "decision", f"'{event.step}' was decided before {' and '.join(owed)} was done", event)
        if stay.decision is not None:
            says = f"'{event.step}' was decided again, as '{event.option}' after '{stay.decision.option}': the later counts"
            self._deviate(day, "decision", says, event)
        stay.decision = event

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
            stay.waits = f"'{stay.step.name}' {self._no_more(to)}"
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
        return enough and step.stop is not None and truth(step.stop.settled, self._facts(day)) is MET

    def _is_let_through(self, stay: _Stay, day: date) -> bool:
        if stay.step.guard is None:
            return True
        found = explain(stay.step.guard.settled, self._facts(day), self.study.scope)
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
        facts = self._facts(day)
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
        to = branch.to or branch.otherwise
        if self._used_up(to):
            stay.waits, stay.decision = f"{_people(step.by)} to decide: '{decision.option}' {self._no_more(to)}", None
            self._deviate(day, "limit", f"'{decision.option}' was chosen at '{step.name}' and {self._no_more(to)}", decision)
            return None
        return to

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
                    stay.waits = f"{'to be queried: ' if stay.step.unknown == 'query' else ''}it cannot be told yet whether {english(branch.when.settled)}"
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
        open_ = [branch for branch in step.decide if branch.option and not self._used_up(branch.to or branch.otherwise)]
        options = tuple(branch.option for branch in open_) if step.by != "rule" else ()
        return Position(
            track, step.name, stay.entered, tuple((name, self.not_before(name, first)) for name, first in owed), tuple(dict.fromkeys(offered)),
            stay.waits or self._waiting_for(owed), stay.missing, options if not owed else (), stay.proposal,
            self._times_out(stay),
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


class _Rows(Mapping[str, tuple[Row, ...]]):
    """The rows as they are at this point of the fold; lesions are followed up to here only if somebody asks for them."""

    def __init__(self, walk: Walk, until: date) -> None:
        self._walk, self._until = walk, until
        self._made: dict[str, tuple[Row, ...]] = {}

    def __getitem__(self, name: str) -> tuple[Row, ...]:
        if name not in self._made:
            found = self._walk.lesion_rows() if name == LESIONS else tuple(self._walk.rows[name])
            if name == ALIVE and found[0].on.last > self._until:
                found = (Row(When(min(found[0].on.first, self._until), self._until)),)
            self._made[name] = found
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._walk.rows
        if self._walk.lesion_rows():
            yield LESIONS

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _lie_apart(one: When, other: When, least: Span) -> Truth:
    """Whether two days lie at least so far apart; unknown where that hangs on what is not known of them."""
    if one.first >= later(other.last, least) or other.first >= later(one.last, least):
        return MET
    if one.last >= later(other.first, least) or other.last >= later(one.first, least):
        return UNKNOWN
    return NOT_MET


def _count(stay: _Stay, activity: str, day: date) -> None:
    """Count an activity as done at a step."""
    stay.done[activity] = stay.done.get(activity, 0) + 1
    stay.last[activity] = day


def _asks(stay: _Stay, activity: str) -> bool:
    return activity in stay.step.do or activity == stay.step.repeat


def _people(by: str) -> str:
    return {"mdt": "the tumour board", "site": "the site", "patient": "the patient", "randomiser": "the randomiser"}.get(
        by, f"the {by}"
    )


def _sighting(seen: Seen, on: date) -> Sighting:
    return Sighting(
        seen.id, on, seen.status, seen.diameter_mm, organ=seen.organ or None, segment=seen.segment or None,  # type: ignore[arg-type]
        is_node=seen.node, role=seen.role or None,  # type: ignore[arg-type]
    )  # fmt: skip


def _telling(seen: list[Sighting], done: list[Treated]) -> list[Sighting]:
    """Of a lesion's sightings on days gone by, those on which its row rests; later ones repeat what the others say.

    The row tells the first of what is said of a lesion once, and the last diameter and visibility. Whether a sighting
    gives one hangs on its status, on whether it was measured, and on whether the last treatment before it was an
    ablation: the last of each sort is enough, and of a day that is kept all are, as they are weighed against each other.
    """
    days: dict[tuple[object, ...], date] = {}
    for each in seen:
        days.setdefault(("found",), each.on)
        for said, value in (("organ", each.organ), ("segment", each.segment), ("role", each.role)):
            if value:
                days.setdefault((said,), each.on)
        if each.is_node is not None:
            days.setdefault(("node",), each.on)
        before = max(((treated.on, treated.how) for treated in done if treated.on < each.on), default=None)
        days[each.status, each.diameter_mm is None, before is not None and before[1] == "ablated"] = each.on
    kept = set(days.values())
    return [each for each in seen if each.on in kept]


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

    @staticmethod
    @lru_cache(maxsize=64)
    def of(study: Study) -> "_Plan":
        """The plan of a study."""
        protocol = study.protocol
        steps = list(protocol.pathway.steps.values()) if protocol.pathway is not None else []
        asked = {name for step in steps for name in (*step.do, step.repeat) if name}
        free = {"death", "withdrawal", *(name for line in protocol.schedule for name in line.do)}
        free |= {reaction.on for reaction in protocol.pathway.anywhere} if protocol.pathway is not None else set()
        apart = tuple(
            (kind, each.from_, each.at_least)
            for step in steps
            for each in step.apart
            for kind in (*step.do, *([step.repeat] if step.repeat else []))
        )
        return _Plan(frozenset(asked - free), tuple(dict.fromkeys(apart)), frozenset(protocol.closed))
