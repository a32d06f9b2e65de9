"""A way through a pathway as a history: events of one virtual participant, each day the first on which it may be.

Values are chosen so that the wanted way is taken: from the cells into which the conditions cut them, else by the solver.
Nothing is believed of what was chosen: the engine is asked after each event where the participant stands.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice

from ..calendar import When, later
from ..chart import Chart, chart
from ..deviations import deviations
from ..due import due
from ..events import Decided, Event, Recorded, Seen
from ..expression.explain import Between, value
from ..expression.facts import Facts, Row, Value
from ..expression.grammar import LESIONS
from ..expression.tree import Aggregate, Among, Call, Field, Kind, Not, Pick, Rows, Tree, parts
from ..logic import MET, NOT_MET, Truth
from ..pathway import _Plan
from ..shown import Shown
from ..study import Study, rule
from .cells import BIT, IS, IS_NOT, SOMETHING_ELSE, Cell, cells_of, together
from .machine import ALLOCATING, ON_STOP, REACTION, Journeys, Move, State

Goals = Mapping[str, tuple[Tree, Truth]]
"""Statements by name, each with the truth it is to come to."""

START = date(2025, 6, 16)
MOST_TRIES = 12
LATEST = date(2090, 1, 1)


class Astray(Exception):
    """A way that could not be walked: which part of it, in words; and what was wanted there, if it can be seen to sooner."""

    def __init__(self, says: str, wanted: Goals | None = None, at: int = -1) -> None:
        super().__init__(says)
        self.wanted, self.at = wanted or {}, at

    def asks_sooner(self, sooner: dict[int, Goals]) -> bool:
        """Put what was wanted where it can still be answered; whether there is anything new in that."""
        if self.at < 0 or not self.wanted or {*self.wanted} <= {*sooner.get(self.at, {})}:
            return False
        sooner[self.at] = {**self.wanted, **sooner.get(self.at, {})}
        return True


class Traveller:
    """One virtual participant on the way: what has been recorded, and the day."""

    def __init__(self, study: Study, arm: str) -> None:
        self.study, self.arm = study, arm
        self.events: list[Event] = []
        self.day = START
        self._now: tuple[int, date, Chart] | None = None
        self.over: date | None = None
        """The day on which what lasts is over."""

    # --- what is known --------------------------------------------------------------------------------------------

    def known(self, more: Sequence[Event] = (), until: date | None = None) -> Chart:
        """The chart as it stands, with events that are being tried."""
        if more or until is not None:
            return chart(self.study, (*self.events, *more), until=until or self.day)
        if self._now is None or self._now[:2] != (len(self.events), self.day):
            self._now = len(self.events), self.day, chart(self.study, self.events, until=self.day)
        return self._now[2]

    def event(self, activity: str, values: Mapping[str, Value] | None = None, **more: object) -> Recorded:
        """Something that takes place today; a box that is left unticked means no where the item says so."""
        items = self.study.activities[activity].items
        blank = {name: False for name, item in items.items() if item.blank == "no"}
        made = Recorded(id="", on=When.on(self.day), activity=activity, values={**blank, **(values or {})})
        return replace(made, **more) if more else made  # type: ignore[arg-type]

    def keep(self, events: Sequence[Event]) -> None:
        """Keep events that turned out well."""
        self.events += self.named(events)
        for each in events:
            if isinstance(each, Recorded):
                lasts = self.study.activities[each.activity].lasts
                if lasts is not None:
                    self.over = later(each.on.first, lasts)

    def named(self, events: Sequence[Event]) -> list[Event]:
        """Events with their names, in the order in which they are said."""
        start = len(self.events)
        return [replace(each, id=f"{start + number}") for number, each in enumerate(events, start=1)]

    # --- the beginning --------------------------------------------------------------------------------------------

    def begin(self, move: Move, state: State, goals: Goals, journeys: Journeys) -> None:
        """Record a participant who may join, up to the event with which the pathway begins.

        Raises:
            Astray: Nobody was found.
        """
        from ..proof import facts_events, some_participant

        protocol = self.study.protocol
        begins = move.what
        wanted = {**self._choices(move.choices), **goals}
        for cohort in protocol.cohorts or ("",):
            criteria = {
                each.id: (rule(each, self.study), MET if each.include is not None else NOT_MET)
                for each in protocol.eligibility
                if not each.groups and (not each.cohorts or cohort in each.cohorts)
            }
            fixed: dict[tuple[str, str], Value] = {("enrolment", "cohort"): cohort} if cohort else {}
            events: list[Event] = []
            if criteria or wanted:
                found = some_participant(self.study, {**criteria, **wanted}, fixed=fixed, milliseconds=1_500)
                if not isinstance(found, Shown):
                    continue
                self.day = found.facts.until
                events = [each for each in facts_events(found.facts, self.study) if not self._is_door(each)]
            on_path = _Plan.of(self.study).on_path
            events = [each for each in events if isinstance(each, Recorded) and each.activity not in on_path]
            events += [self.event(name) for name, how in move.choices if how == "before"]
            for name in dict.fromkeys(("consent", "enrolment", *ALLOCATING, begins)):
                if name not in self.study.activities or name in on_path or (name == begins and move.kind == "before"):
                    continue
                at = next((each for each in events if isinstance(each, Recorded) and each.activity == name), None)
                if at is not None and name == begins:
                    continue
                values: dict[str, Value] = {}
                if name in ("enrolment", *ALLOCATING) and begins not in ("enrolment", *ALLOCATING):
                    continue  # who is looked back at is enrolled when the record is read
                if name in ALLOCATING:
                    if not self.arm:
                        continue
                    values = {"arm": self.arm}
                if name == "enrolment" and cohort:
                    values = {"cohort": cohort}
                if name == "consent" and protocol.design.type != "interventional":
                    continue
                events.append(self.event(name, values))
            self.keep(events)
            self.over = self.day + timedelta(days=1)
            if self._stands(self.known(), state, journeys):
                return
            self.events = []
        raise Astray("nobody was found who may join and goes this way from the beginning")

    def _is_door(self, event: Event) -> bool:
        return isinstance(event, Recorded) and event.activity in ("consent", "enrolment", *ALLOCATING)

    # --- one move after the other -------------------------------------------------------------------------------

    def travel(
        self, way: Sequence[tuple[Move, State]], goals: Goals, journeys: Journeys, sooner: Mapping[int, Goals] | None = None
    ) -> None:  # fmt: skip
        """Walk a way; the goals are met at its end, those of `sooner` on the day of that number.

        Raises:
            Astray: The engine did not go along.
        """
        groups = list(_grouped(way[1:], journeys))
        lasting: dict[int, dict[str, tuple[Tree, Truth]]] = {}
        end = way[-1][1]
        for tree, truth in goals.values():
            end = next((told for bit, told in journeys.machine.forks(tree, end) if bit == BIT[truth]), end)
        for fact, index in journeys.machine.facts.items():
            if (bit := end.facts[index]) in (IS, IS_NOT):
                forms = {part.form for part in parts(fact) if isinstance(part, Rows)}
                at = (number for number, (moves, _) in enumerate(groups) if forms & {each.what for each in moves})
                said = (fact, MET if bit == IS else NOT_MET)
                lasting.setdefault(next(at, -1), {})[f"fact {index}"] = said
        ends = len(groups) - 1
        self.begin(way[0][0], way[0][1], {**lasting.get(-1, {}), **(goals if not groups else {})}, journeys)
        for number, (moves, state) in enumerate(groups):
            wanted = {**lasting.get(number, {}), **(goals if number == ends else {})}
            early = (sooner or {}).get(number, {})
            try:
                self._go(moves, state, wanted, journeys, early)
            except Astray as why:
                forms = {part.of.form for tree, _ in why.wanted.values() for part in parts(tree) if isinstance(part, Pick)}
                asking = [at for at in range(number) if forms & {each.what for each in groups[at][0] if each.kind == "record"}]
                raise Astray(str(why), why.wanted, asking[-1] if asking else -1) from why

    def _go(self, moves: Sequence[Move], state: State, goals: Goals, journeys: Journeys, early: Goals) -> None:
        move = moves[-1]
        if move.kind == "time_out":
            out = [each.times_out for each in self.known().positions if each.step == move.what and each.times_out]
            if not out or out[0] is None:
                raise Astray(f"'{move.what}' does not time out")
            self._on(out[0] + timedelta(days=1))
            if not self._stands(self.known(), state, journeys):
                raise Astray(f"'{move.what}' did not time out")
            return
        self._on(self._first_day([each.what for each in moves if each.kind == "record"]))
        wanted = {**early, **self._choices(move.choices), **goals}
        if move.kind == "decide":
            step = journeys.machine.steps[move.what]
            if step.guard is not None:
                wanted["guard"] = (step.guard.settled, MET)
            tries = self._tries((), wanted)
            branch = step.decide[move.option]
            decided = Decided(
                id="", on=When.on(self.day), step=step.name, option=branch.option, role=step.by, by="virtual",
                members=step.quorum or 0, reason="to show what may happen",
            )  # fmt: skip
            tries = ([*each, decided] for each in tries)
        else:
            asked = dict.fromkeys(each.what for each in moves)
            tries = self._tries(tuple(asked), {**self._required(tuple(asked), journeys), **wanted})
        if (REACTION, "all") in move.choices:
            tries = (self._from_all(each) for each in tries)
        for tried in islice(tries, MOST_TRIES):
            events = self.named(tried)
            known = self.known(events)
            if self._stands(known, state, journeys) and self._fits(known, goals):
                self.keep(tried)
                return
        raise Astray(f"no values were found with which '{move.what}' leads on as wanted", wanted)

    def _from_all(self, events: Sequence[Event]) -> list[Event]:
        """The same, with a withdrawal from follow-up too: as it is recorded, treatment alone ends."""
        return [
            replace(each, values={**each.values, "from": "follow_up"})
            if isinstance(each, Recorded) and each.activity == "withdrawal" else each
            for each in events
        ]  # fmt: skip

    def _required(self, asked: tuple[str, ...], journeys: Journeys) -> Goals:
        """What has to hold when these are recorded: of the steps at which the participant stands, or of all."""
        steps = [journeys.machine.steps[each.step] for each in self.known().positions if not each.ended]
        near = [step for step in steps if {*asked} & {*step.do, step.repeat}]
        steps = near or [step for step in journeys.machine.steps.values() if {*asked} & {*step.do, step.repeat}]
        return {
            f"{step.name} requires {number}": (each.settled, MET)
            for step in steps for number, each in enumerate(step.require)
        }  # fmt: skip

    def _choices(self, choices: Sequence[tuple[str, str]]) -> dict[str, tuple[Tree, Truth]]:
        """What has to hold so that such choices are taken."""
        pathway = self.study.protocol.pathway
        assert pathway is not None
        found: dict[str, tuple[Tree, Truth]] = {}
        entered = [visit.step for visit in self.known().visits] if self.events else []
        for name, how in choices:
            if name == REACTION and how != "all":
                which, _, told = how.partition(" ")
                when = pathway.anywhere[int(which)].when
                if when is not None:
                    found[f"reaction {which}"] = (when.settled, MET if told == "met" else NOT_MET)
            step = pathway.steps.get(name)
            if step is None:
                continue
            if step.stop is not None and how.endswith(ON_STOP):
                found[f"{name} stop"] = (step.stop.settled, MET)
            if step.guard is not None and how.startswith(("next", "end", "branch")):
                found[f"{name} guard"] = (step.guard.settled, MET)
            if how.startswith("branch"):
                number = int(how.split()[1])
                for index, branch in enumerate(step.decide[: number + 1]):
                    limit = pathway.steps[branch.to].limit if branch.to in pathway.steps else None
                    used_up = limit is not None and entered.count(branch.to) >= limit
                    if branch.when is not None and not (used_up and index < number):
                        found[f"{name} branch {index}"] = (branch.when.settled, MET if index == number else NOT_MET)
        return found

    def _on(self, day: date) -> None:
        """Go on to a day; what the schedule asks for until then is done."""
        if day > LATEST:
            raise Astray("it would take too long")
        self._keep_the_schedule(day - timedelta(days=1))
        self.day = max(self.day, day)

    def _first_day(self, asked: Sequence[str]) -> date:
        """The first day on which things may be done: what lasts is over, and distances are kept."""
        day = self.day if self.over is None else max(self.day, self.over)
        known = self.known()
        for position in known.positions:
            day = max([day, *(first for name, first in position.owed if name in asked)])
        for name in asked:
            for kind, other, least in _Plan.of(self.study).apart:
                if name in (kind, other):
                    for row in known.facts.rows.get(other if name == kind else kind, ()):
                        day = max(day, later(row.on.last, least))
        return day

    def _keep_the_schedule(self, until: date) -> None:
        """Do what the schedule asks for, up to a day, and leave all answers blank that nothing needs."""
        for _ in range(MOST_TRIES):
            known = self.known(until=until)
            late = [
                each for each in due(self.study, known)
                if each.status in ("missed", "late", "open", "early") and each.target <= until
                and not each.because.startswith("step '")
            ]  # fmt: skip
            if not late:
                return
            today = self.day
            for each in {(one.activity, one.target): one for one in late}.values():
                self.day = each.target
                self.events += self.named([self.event(each.activity)])
            self.day = today

    def _stands(self, known: Chart, state: State, journeys: Journeys) -> bool:
        """Whether the engine has the participant where the way has them."""
        here = {each.track: each.step for each in known.positions if not each.ended}
        machine = journeys.machine
        there = {track: stay.step for track, stay in zip(machine.tracks, state.stays, strict=True) if stay is not None}
        return here == there

    def _fits(self, known: Chart, goals: Goals) -> bool:
        return all(value(tree, known.facts) is said for tree, said in goals.values())

    # --- values -------------------------------------------------------------------------------------------------

    def _tries(self, asked: tuple[str, ...], wanted: Goals) -> Iterator[list[Event]]:
        """Events of today that may make statements come true, the likeliest first."""
        blank: list[Event] = [self.event(name) for name in asked]
        if not wanted:
            yield blank
            return
        facts = self.known(self.named(blank)).facts
        before = self.known().facts
        told = tuple((tree, BIT[said]) for tree, said in wanted.values())
        model = together(told, lambda _: None, lambda subject, at: self._domain(subject, at, asked, facts))
        if model is not None:
            yield self._realised(model, asked, facts)
        yield from self._solved(asked, wanted, before)
        yield blank

    def _domain(self, subject: Tree, at: tuple[float | str, ...], asked: tuple[str, ...], facts: Facts) -> tuple[Cell, ...]:
        """The values that a subject has, or can be given today."""
        now = _cell(value(subject, facts))
        match subject:
            case Pick(rows=rows, which="last", of=of) if (
                rows.where is None and self._is_askable(rows.form, asked) and of.name != "on"
            ):
                cells = tuple(each for each in cells_of(subject, at, self.study) if each is not None)
                return cells if rows.form in asked else (now, *cells)
            case Call(name="size", of=(Pick(rows=rows),)) if rows.form in asked:
                return tuple(each for each in cells_of(subject, at, self.study) if each is not None)
            case Aggregate(op="count", rows=rows) if rows.form == LESIONS and self._lister(asked):
                listed = tuple(float(each) for each in range(9))
                return (now, *listed) if isinstance(now, float) else listed
            case Aggregate(op="count", rows=rows) if rows.form not in asked and self._is_askable(rows.form, asked):
                return (now, _one_more(now))
            case _:
                return (now,)

    def _is_askable(self, form: str, asked: tuple[str, ...]) -> bool:
        """Whether a form is, or may be, filled today."""
        if form in asked:
            return True
        activity = self.study.activities.get(form)
        pathway = self.study.protocol.pathway
        if activity is None or pathway is None or form in ("death", "withdrawal", "enrolment", "consent", *ALLOCATING):
            return False
        if form in _Plan.of(self.study).on_path:
            here = [pathway.steps[each.step] for each in self.known().positions if not each.ended]
            return any(form in step.do for step in here)
        if form in {each.on for each in pathway.anywhere}:
            return False
        return bool(activity.repeats or not self.known().facts.rows.get(form))

    def _lister(self, asked: tuple[str, ...]) -> str:
        """What lists lesions today."""
        listing = [name for name in asked if self.study.activities[name].lesions]
        free = [name for name, each in self.study.activities.items() if each.lesions and self._is_askable(name, asked)]
        return next(iter((*listing, *free)), "")

    def _realised(self, model: Mapping[Tree, Cell], asked: tuple[str, ...], facts: Facts) -> list[Event]:
        """Events that give subjects their values."""
        answers: dict[str, dict[str, Value]] = {name: {} for name in asked}
        seen: tuple[Seen, ...] | None = None
        lister = self._lister(asked)
        for subject, cell in model.items():
            if cell == _cell(value(subject, facts)) and not (isinstance(subject, Pick) and subject.rows.form in asked):
                continue
            match subject:
                case Pick(rows=rows, of=of) if of.name != "on" and (answer := _answer(of, cell)) is not None:
                    answers.setdefault(rows.form, {})[of.name] = answer
                case Call(of=(Pick(rows=rows, of=of),)) if isinstance(cell, float):
                    answers.setdefault(rows.form, {})[of.name] = self._some_lesions(int(cell))
                case Aggregate(rows=rows) if rows.form == LESIONS and isinstance(cell, float):
                    seen = self._listed(int(cell), rows.where)
                    answers.setdefault(lister, {})
                case Aggregate(rows=rows):
                    answers.setdefault(rows.form, {})
                case _:
                    pass
        events: list[Event] = []
        for name in sorted(answers, key=lambda each: each in asked):  # what a step asks for comes last
            made = self.event(name, answers[name])
            events.append(replace(made, lesions=seen) if name == lister and seen is not None else made)
        return sorted(
            events, key=lambda each: asked.index(each.activity) if isinstance(each, Recorded) and each.activity in asked else -1
        )

    def _some_lesions(self, count: int) -> tuple[str, ...]:
        """So many lesions to be treated: those that are seen, then others."""
        lesions = self.known().lesions
        here = [each.id for each in lesions if each.is_visible is MET]
        here += [each.id for each in lesions if each.id not in here]
        return tuple([*here, *(f"L{number}" for number in range(len(here) + 1, count + 1))][:count])

    def _listed(self, count: int, where: Tree | None) -> tuple[Seen, ...]:
        """All known lesions as they are seen today, so many of them visible in the organ that is asked about."""
        organ = _organ(where)
        found, left = [], count
        lesions = self.known().lesions
        for lesion in lesions:
            if (lesion.organ or organ) != organ:
                found.append(
                    Seen(id=lesion.id, status="measured", diameter_mm=lesion.diameter_mm or 15.0, organ=lesion.organ or "")
                )
            elif left > 0 and lesion.resected_on is None:
                left -= 1
                status = "viable" if lesion.ablated_on is not None else "measured"
                found.append(Seen(id=lesion.id, status=status, diameter_mm=lesion.diameter_mm or 15.0, organ=organ))
            else:
                found.append(Seen(id=lesion.id, status="absent", diameter_mm=0.0, organ=organ))
        taken = {each.id for each in lesions}
        names = (f"L{number}" for number in range(1, 99) if f"L{number}" not in taken)
        found += [Seen(id=next(names), status="measured", diameter_mm=15.0, organ=organ) for _ in range(left)]
        return tuple(found)

    def _solved(self, asked: tuple[str, ...], wanted: Goals, before: Facts) -> Iterator[list[Event]]:
        """Events with values that the solver finds."""
        from ..proof import some_participant

        forms = {part.of.form for tree, _ in wanted.values() for part in parts(tree) if isinstance(part, Pick)}
        free = tuple(name for name in sorted(forms) if name not in asked and self._is_askable(name, asked))
        for more in dict.fromkeys(((), free)):
            rows: dict[str, int | range] = dict.fromkeys(self.study.activities, 0)
            rows |= {name: range(1, 2) for name in asked} | dict.fromkeys(more, 1)
            found = some_participant(self.study, wanted, given=before, rows=rows)
            if not isinstance(found, Shown):
                continue
            events: list[Event] = []
            for name in (*more, *asked):
                new = found.facts.rows.get(name, ())[len(before.rows.get(name, ())) :]
                if not new and name in asked:
                    new = (Row(When.on(self.day)),)
                events += [self.event(name, each.values, limits=each.limits) for each in new]
            yield events

    # --- the end ------------------------------------------------------------------------------------------------

    def deviates(self) -> bool:
        """Whether anything deviates from the protocol by now."""
        return bool(deviations(self.study, self.known()))


def _grouped(way: Sequence[tuple[Move, State]], journeys: Journeys) -> Iterator[tuple[list[Move], State]]:
    """A way as days: what one step asks for is done on one day."""
    group: list[Move] = []
    steps = journeys.machine.steps
    for number, (move, state) in enumerate(way):
        group.append(move)
        after = way[number + 1][0] if number + 1 < len(way) else None
        here = [steps[stay.step] for stay in state.stays if stay is not None]
        goes_on = (
            after is not None and move.kind == after.kind == "record" and not move.choices
            and any({move.what, after.what} <= {*step.do} for step in here) and after.what not in [each.what for each in group]
        )  # fmt: skip
        if not goes_on:
            yield group, state
            group = []


def _cell(known: object) -> Cell:
    match known:
        case Truth():
            return known.known
        case Between(low, high) if low == high:
            return low
        case Between():
            return known
        case str():
            return known
        case _:
            return None


def _one_more(cell: Cell) -> Cell:
    match cell:
        case float():
            return cell + 1
        case Between(low, high):
            return Between(low + 1, high + 1)
        case _:
            return Between(1.0, float("inf"))


def _answer(field: Field, cell: Cell) -> Value | None:
    if cell is None or isinstance(cell, Between):
        return None
    if cell == SOMETHING_ELSE:
        return "other"
    return float(cell) if field.type.kind is Kind.NUMBER and not isinstance(cell, str) else cell


def _organ(where: Tree | None) -> str:
    """The organ that a condition on lesions names."""
    barred = {id(part.of) for part in parts(where) if isinstance(part, Not)} if where is not None else set()
    for part in parts(where) if where is not None else ():
        if isinstance(part, Among) and isinstance(part.of, Field) and part.of.name == "organ" and id(part) not in barred:
            return part.options[0]
    return "liver"
