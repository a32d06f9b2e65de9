"""One virtual participant's way through the trial, event by event, at a site that keeps every promise it can."""

import heapq
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from ..calendar import Span, When, later
from ..events import Decided, Event, Recorded, Seen
from ..expression.explain import Between, Known, truth, value
from ..expression.facts import Facts, Row, Value
from ..expression.tree import Tree
from ..logic import MET, NOT_MET, UNKNOWN, Truth, negated, some
from ..pathway import Position, Walk
from ..protocol import BUILT_IN, Factor
from .agenda import Agenda, Series
from .allocation import Slots, numbered
from .assumptions import DAYS_PER_MONTH, chances, drawn
from .draws import COUNT, DIAMETER, ORGAN, Draws, chosen
from .hazards import Risk
from .inverse import at, below, four_digits, nearest, tenth
from .plan import ALLOCATIONS, RESPONSES, Drawing, Plan, consulted
from .tumours import Tumour, respond, seen

BY = "virtual"
MOST_EVENTS = 5_000
"""Events of one participant; a pathway that checks without errors never comes near."""
TRIES = 50
"""How often the answers of a form are drawn anew until what the protocol requires of them holds."""
LONGEST_DAYS = 200 * 366
"""Nothing that is drawn to happen later than this ever does."""

ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class Running:
    """A hazard at work on a participant: what is left of the number at which it happens, since a day, times a factor."""

    name: str
    drawing: Drawing
    risk: Risk
    origin: date
    holding: tuple[Factor, ...]
    left: float
    since: float
    factor: float = 1.0


@dataclass(slots=True)
class Course:
    """A participant's events so far, and what is still to come.

    `clocks` holds what will happen by itself, the soonest first; `waiting` what begins to run once the arm is known.
    """

    plan: Plan
    id: str
    draws: Draws
    until: date
    walk: Walk
    site: str = ""
    arm: str = ""
    cohort: str = ""
    today: date = date.min
    not_before: date = date.min
    is_over: bool = False
    has_begun: bool = False
    was_allocated: bool = False
    response: str = ""
    events: list[Event] = field(default_factory=list)
    values: dict[str, float] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    tumours: list[Tumour] | None = None
    selected: tuple[str, ...] = ()
    agenda: Agenda = field(init=False)
    clocks: list[tuple[date, int, int, str, Drawing]] = field(default_factory=list)
    started: Counter[str] = field(default_factory=Counter)
    waiting: list[tuple[str, Drawing, date]] = field(default_factory=list)
    running: list[Running] = field(default_factory=list)
    scores: dict[str, float] = field(default_factory=dict)
    came_up: Counter[str] = field(default_factory=Counter)
    busy: dict[str, date] = field(default_factory=dict)
    wanted_next: Series | None = None
    wanted: dict[tuple[str, int], int] = field(default_factory=dict)
    counts: dict[tuple[str, int], int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    ready: dict[tuple[str, int, str, int], date] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.agenda = Agenda(self.plan.study, self.walk)

    # --- what is known ------------------------------------------------------------------------------------------

    def holds(self, tree: Tree, day: date, *, also: tuple[str, Row] | None = None) -> Truth:
        """Whether a statement holds, with one more row if it were recorded."""
        facts = self.walk.facts(day)
        if also is not None:
            name, row = also
            facts = Facts(day, {**facts.rows, name: (*facts.rows.get(name, ()), row)}, facts.closed)
        return truth(tree, facts)

    def key(self, drawing: Drawing, day: date) -> str | None:
        """The arm, cohort or group whose numbers hold for this participant; None while that cannot be told."""
        if not drawing.keys:
            return ""
        if self.arm and (self.arm in drawing.keys or drawing.assumed.hazard_ratio is not None):
            return self.arm
        if self.cohort in drawing.keys:
            return self.cohort
        for name, group in self.plan.study.protocol.groups.items():
            if name in drawing.keys and self.holds(group.member.settled, day) is MET:
                return name
        return None

    def why_ineligible(self, day: date) -> str:
        """The first criterion that is not satisfied; empty when all are."""
        facts = self.walk.facts(day)
        for each in self.plan.rules:
            applies = [self._membership(name, tree, facts) for name, tree in each.cohorts]
            applies += [truth(tree, facts) for tree in each.groups]
            is_about = some(applies) if applies else MET
            if is_about is NOT_MET:
                continue
            found = truth(each.tree, facts)
            if some((negated(is_about), negated(found) if each.is_barred else found)) is not MET:
                return each.criterion.id
        return ""

    def _membership(self, name: str, tree: Tree | None, facts: Facts) -> Truth:
        if self.cohort:
            return Truth.of(self.cohort == name)
        return UNKNOWN if tree is None else truth(tree, facts)

    # --- recording ----------------------------------------------------------------------------------------------

    def record(self, name: str, day: date, **given: Value) -> bool:
        """Record an activity; False if nothing that could be drawn satisfies what the protocol requires of it."""
        for attempt in range(TRIES):
            values = self._answers(name, day, given, attempt)
            if values is not None and self._is_admissible(name, values, day):
                break
            if attempt == 0 and values is not None and self._prepare(name, values, day):
                continue
            if name not in self.plan.requires:
                return False
        else:
            return False
        response = self._response(name, values)
        shown = self._seen() if self.plan.study.activities[name].lesions else None
        self._take(name, day, values, shown)
        if response:
            self.response = response
        return True

    def _take(self, name: str, day: date, values: dict[str, Value], shown: tuple[Seen, ...] | None) -> None:
        limits = self.plan.limits[self.site][name]
        own = {where: limit for where, limit in limits.items() if where[0] in values} if limits else {}
        event = Recorded(
            id=str(len(self.events) + 1), participant=self.id, on=When.on(day), by=BY, site=self.site,
            activity=name, values=values, limits=own, lesions=shown,
        )  # fmt: skip
        self._count(name, day)
        stays = len(self.walk.visits), len(self.walk.ended)
        self.walk.take(event)
        self.events.append(event)
        self.today = max(self.today, day)
        for drawing in self.plan.drawings[name]:
            self._remember(drawing, values.get(drawing.item.name))
        if len(self.events) > MOST_EVENTS:
            raise RuntimeError(f"{self.id} has more than {MOST_EVENTS} events")
        self._treat(name, values)
        if self.running:
            self._change_pace(self.today)
        for activity, drawing in self.plan.clocks.get(name, ()):
            self._start(activity, drawing, day, name)
        self.agenda.strike(name, day)
        if name in self.plan.watched or (len(self.walk.visits), len(self.walk.ended)) != stays:
            self.agenda.look(self.today)

    def _remember(self, drawing: Drawing, answer: Value | None) -> None:
        """Keep an answer from which the next one drifts, or which stays as it is."""
        if drawing.change is not None and answer is not None:
            if isinstance(answer, str | bool):
                self.codes[drawing.item.name] = answer if isinstance(answer, str) else "yes" if answer else "no"
            elif isinstance(answer, float):
                self.values[drawing.item.name] = answer

    def _uniform(self, form: str, item: str, attempt: int = 0) -> float:
        """The number between 0 and 1 of an item, the next time its form is filled in."""
        slot, word = self.plan.slots["item", form, item]
        number = self.draws.uniform(slot, len(self.walk.rows.get(form, ())), word=word, attempt=attempt)
        if item not in self.plan.together:
            return number
        self.scores[item] = at(number)
        total = 0.0
        for name, by in self.plan.together[item].items():
            total += by * self._score(name)
        return below(total)

    def _score(self, name: str) -> float:
        """The own normal score of an item that goes with others: the last drawn, else the first that will be."""
        if name not in self.scores:
            slot, word = self.plan.slots["item", self.plan.homes[name], name]
            self.scores[name] = at(self.draws.uniform(slot, 0, word=word))
        return self.scores[name]

    def _answers(self, name: str, day: date, given: Mapping[str, Value], attempt: int = 0) -> dict[str, Value] | None:
        values = dict(given)
        for drawing in self.plan.drawings[name]:
            item = drawing.item
            if item.name in values or item.type == "lesions":
                continue
            if RESPONSES <= {*item.options} and not self.has_begun and not self.plan.response_at_baseline:
                continue
            asked = [each for each in (item.when, drawing.assumed.when) if each is not None]
            row = (name, Row(When.on(day), values))
            if all(self.holds(each.settled, day, also=row) is MET for each in asked):
                value = self._answer(drawing, name, day, attempt)
                if value is not None:
                    values[item.name] = value
        items = self.plan.study.activities[name].items.values()
        asking = [each.name for each in items if each.type == "lesions" and each.name not in values]
        for at_, asked_for in enumerate(asking):
            which = self._which(name, asked_for, values, day, asking[at_ + 1 :], attempt)
            if which is None:
                return None
            values[asked_for] = which
        return values

    def _answer(self, drawing: Drawing, form: str, day: date, attempt: int) -> Value | None:
        item, assumed = drawing.item, drawing.assumed
        key = self.key(drawing, day)
        if key is None:
            return None
        uniform = self._uniform(form, item.name, attempt)
        match item.type:
            case "choice" | "yes_no" | "text" | "file" | "lesions" | None:
                code = self.codes.get(item.name, "") if drawing.change is not None else ""
                code = code or (chosen(chances(assumed, key), uniform) if assumed.chances else assumed.value)
                return code == "yes" if item.type == "yes_no" else code
            case "date" | "month":
                return self._day(drawing, key, day, uniform)
            case "integer" | "real" | "quantity" | "score":
                if assumed.chances:
                    return float(chosen(chances(assumed, key), uniform))
                return self._number(drawing, key, uniform)

    def _number(self, drawing: Drawing, key: str, uniform: float) -> float:
        """A number, at four digits; a repeated one drifts from the last where a `change` is assumed.

        A lognormal number drifts by factors, as much as the change is of its median, and so stays above 0.
        """
        spread, name = drawing.spread(key), drawing.item.name
        last = self.values.get(name)
        if last is None or drawing.change is None:
            value = drawn(spread, uniform)
        else:
            step = drawing.change * at(uniform)
            value = last * math.exp(step / math.exp(spread.first)) if spread.kind == "lognormal" else last + step
        if spread.whole:
            value = nearest(value)
        return min(max(four_digits(value), spread.low), spread.high)

    def _day(self, drawing: Drawing, key: str, day: date, uniform: float) -> When:
        """A date counted from `from`, or from the form; a form tells what has been, so that none lies ahead of it."""
        origin = day
        rows = self.walk.rows.get(drawing.assumed.from_)
        if rows:
            origin = rows[0].on.first
        away = timedelta(days=nearest(drawn(drawing.spread(key), uniform)))
        return When.on(origin + away if origin + away <= day else min(origin - away, day))

    def _is_admissible(self, name: str, values: Mapping[str, Value], day: date, *, so_far: bool = False) -> bool:
        """Whether what the protocol requires of an activity is met; or, of a form half filled in, may yet be."""
        requires = self.plan.requires.get(name, ())
        row = (name, Row(When.on(day), values, self.plan.limits[self.site][name]))
        enough = (MET, UNKNOWN) if so_far else (MET,)
        return all(self.holds(each.settled, day, also=row) in enough for each in requires)

    def _prepare(self, name: str, values: Mapping[str, Value], day: date) -> bool:
        """Do first what a requirement looks for and what may be done at any time; whether there was anything."""
        row = (name, Row(When.on(day), values))
        failing = [each for each in self.plan.requires.get(name, ()) if self.holds(each.settled, day, also=row) is not MET]
        done = False
        for form, _ in sorted(consulted([each.settled for each in failing])):
            is_free = form in self.plan.study.activities and form not in self.plan.on_path and form not in BUILT_IN
            last = self.walk.rows.get(form)
            if form != name and is_free and not (last and last[-1].on.first == day):
                done |= self.record(form, day)
        return done

    # --- lesions ------------------------------------------------------------------------------------------------

    def _tumours(self) -> list[Tumour]:
        if self.tumours is None:
            words = self.plan.words
            count = int(self._number(words["lesion_count"], "", self.draws.uniform(COUNT))) if "lesion_count" in words else 0
            self.tumours = []
            for index in range(count):
                time, word = divmod(index, 4)
                size, organ = 0.0, "liver"
                if "diameter" in words:
                    size = drawn(words["diameter"].spread(""), self.draws.uniform(DIAMETER, time, word=word))
                    size = max(tenth(size), 1.0)
                if "organ" in words:
                    organ = chosen(chances(words["organ"].assumed), self.draws.uniform(ORGAN, time, word=word))
                self.tumours.append(Tumour(f"L{index + 1}", organ, size, size))
        return self.tumours

    def _seen(self) -> tuple[Seen, ...] | None:
        """What imaging shows, after what the last response has done."""
        if not self.plan.follows_lesions:
            return None
        response, self.response = self.response, ""
        respond(self._tumours(), response)
        return seen(self._tumours())

    def _which(
        self,
        name: str,
        item: str,
        values: Mapping[str, Value],
        day: date,
        after: Sequence[str] = (),
        attempt: int = 0,
    ) -> tuple[str, ...] | None:
        """The lesions that an item names: those selected, else as many as assumed or allowed, largest first.

        Several items of one treatment share the lesions: none is named by two, and those still to be asked get theirs.
        """
        treats = self.plan.study.activities[name].treats
        others = [each for each in values.values() if isinstance(each, tuple)] if treats else []
        named = {each for which in others for each in which}
        left = [each for each in self._tumours() if each.is_left and each.id not in named]
        names = [each.id for each in sorted(left, key=lambda each: (-each.mm, int(each.id[1:])))]

        def fits(some_of: tuple[str, ...]) -> bool:
            return self._is_admissible(name, {**values, item: some_of}, day, so_far=bool(after))

        if treats and self.selected and set(self.selected) <= {*names} and fits(self.selected):
            return self.selected
        sharing = self._sharing(name) + len(after) if treats else 1
        most = -(-len(names) // sharing)
        drawing = next((each for each in self.plan.drawings[name] if each.item.name == item), None)
        if drawing is not None and (key := self.key(drawing, day)) is not None:
            most = min(most, int(drawn(drawing.spread(key), self._uniform(name, item, attempt))))
        sizes = [*range(most, -1, -1), *range(most + 1, len(names) + 1)]
        return next((some_of for size in sizes if fits(some_of := tuple(names[:size]))), None)

    def _sharing(self, name: str) -> int:
        """How many treatments owed at one step share the lesions that are left."""
        activities = self.plan.study.activities
        for position in self.walk.positions():
            owed = [each for each, _ in position.owed if activities[each].treats]
            if name in owed:
                return len(owed)
        return 1

    def _treat(self, name: str, values: Mapping[str, Value]) -> None:
        activity = self.plan.study.activities[name]
        for item in activity.items.values():
            which = values.get(item.name)
            if item.type != "lesions" or not isinstance(which, tuple):
                continue
            self.selected = () if activity.treats else which
            for each in self._tumours() if activity.treats else ():
                each.is_treated |= each.id in which

    def _response(self, name: str, values: Mapping[str, Value]) -> str:
        """The response drawn on this form: at work at once where the form lists lesions, else at the next that does."""
        for key, item in self.plan.study.activities[name].items.items():
            if RESPONSES <= {*item.options} and isinstance(code := values.get(key), str) and self.has_begun:
                if self.plan.study.activities[name].lesions:
                    self.response = code
                    return ""
                return code
        return ""

    # --- what happens by itself ---------------------------------------------------------------------------------

    def _start(self, name: str, drawing: Drawing, origin: date, after: str) -> None:
        """Draw when something will happen, counted from a day."""
        assumed = drawing.assumed
        if assumed.per_month is not None:
            self._next_of_many(name, drawing, origin)
            return
        if not self.plan.study.activities[name].repeats and self._runs(name):
            return
        key = self.key(drawing, origin)
        if key is None:
            if self.plan.allocates and not self.arm:
                self.waiting.append((name, drawing, origin))
            return
        if assumed.when is not None and self.holds(assumed.when.settled, origin) is not MET:
            return
        slot, time = self.plan.slots["clock", name][0], self.started[name]
        self.started[name] += 1
        if assumed.chances:
            given = chances(assumed, key)
            if self.draws.uniform(slot, time) >= given.get(after, given.get("yes", 0.0)):
                return
            if assumed.distribution is None:
                self._set(name, drawing, origin + ONE_DAY)
                return
        gone = (self.today - origin).days  # what did not happen before the arm was known happens after
        if (hazard := drawing.risk(key)) is not None:
            self._run(name, drawing, hazard, origin, time)
            return
        days = drawn(drawing.spread(key), self.draws.uniform(slot, time, word=1), above=gone + 0.5 if gone > 0 else -math.inf)
        if days <= LONGEST_DAYS:
            self._set(name, drawing, origin + timedelta(days=max(1, nearest(days), gone + 1)))

    def _run(self, name: str, drawing: Drawing, hazard: Risk, origin: date, time: int) -> None:
        """Let a hazard run from a day; of factors that hold for some alone it is drawn whether they hold for this one."""
        slot, factors = self.plan.slots["clock", name][0], drawing.assumed.factors
        gone = (self.today - origin).days
        holding = tuple(
            each for number, each in enumerate(factors)
            if each.chance == 1 or self.draws.uniform(slot, time, word=3, attempt=number) < each.chance
        )  # fmt: skip
        total = -math.log1p(-self.draws.uniform(slot, time, word=1))
        made = Running(name, drawing, hazard, origin, holding, total, gone + 0.5 if gone > 0 else 0.0)
        made.factor = self._factor(made, max(self.today, origin))
        self._set_running(made)
        if holding:
            self.running.append(made)

    def _factor(self, running: Running, day: date) -> float:
        return math.prod(float(each.ratio) for each in running.holding if self.holds(each.when.settled, day) is MET)

    def _set_running(self, made: Running) -> None:
        """Put a hazard's day among what happens by itself, in the place of the day that it had."""
        kept = [each for each in self.clocks if not (each[3] == made.name and each[4] is made.drawing and made in self.running)]
        if len(kept) < len(self.clocks):
            self.clocks[:] = kept
            heapq.heapify(self.clocks)
        if made.factor > 0:
            days = made.risk.day(made.risk.cumulative(made.since) + made.left / made.factor)
            if days <= LONGEST_DAYS:
                soonest = max(1, (self.today - made.origin).days + 1)
                self._set(made.name, made.drawing, made.origin + timedelta(days=max(soonest, int(nearest(days)))))

    def _change_pace(self, day: date) -> None:
        """Something was recorded: whose factors are others now happens sooner or later."""
        for made in [*self.running]:
            if made.name in self.walk.rows and not self.plan.study.activities[made.name].repeats:
                self.running.remove(made)
                continue
            factor = self._factor(made, day)
            if factor == made.factor:
                continue
            now = float((day - made.origin).days)
            if now > made.since:
                made.left = max(0.0, made.left - made.factor * (made.risk.cumulative(now) - made.risk.cumulative(made.since)))
                made.since = now
            made.factor = factor
            self._set_running(made)

    def _runs(self, name: str) -> bool:
        if any(each.name == name for each in self.running):
            return True
        return name in self.walk.rows or any(each[3] == name for each in self.clocks)

    def _set(self, name: str, drawing: Drawing, day: date) -> None:
        heapq.heappush(self.clocks, (day, self.plan.slots["clock", name][0], self.started[name], name, drawing))

    def _next_of_many(self, name: str, drawing: Drawing, since: date) -> None:
        rate = float(drawing.assumed.per_month or 0)
        slot, time = self.plan.slots["clock", name][0], self.started[name]
        self.started[name] += 1
        days = -DAYS_PER_MONTH / rate * math.log(1.0 - self.draws.uniform(slot, time, word=1)) if rate > 0 else math.inf
        if days <= LONGEST_DAYS:
            self._set(name, drawing, since + timedelta(days=max(1, nearest(days))))

    def _happen(self) -> None:
        day, _, _, name, drawing = heapq.heappop(self.clocks)
        self.running = [each for each in self.running if each.drawing is not drawing]
        activity, assumed = self.plan.study.activities[name], drawing.assumed
        if activity.repeats or name not in self.walk.rows:
            is_met = assumed.per_month is None or assumed.when is None or self.holds(assumed.when.settled, day) is MET
            given: dict[str, Value] = {}
            if name == "withdrawal" and not any(each.item.name == "from" for each in self.plan.drawings[name]):
                given["from"] = "follow_up"
            if is_met:
                self.record(name, day, **given)
        if name == "death" or (name == "withdrawal" and self._has_left()):
            self.is_over = True
        elif assumed.per_month is not None and activity.repeats:
            self._next_of_many(name, drawing, day)

    def _has_left(self) -> bool:
        return any(row.values.get("from") in ("follow_up", "consent") for row in self.walk.rows.get("withdrawal", ()))

    # --- joining ------------------------------------------------------------------------------------------------

    def screen(self, day: date, enrolled_on: date) -> str:
        """Record what is known before enrolment, and enrol; the criterion that stands in the way, else nothing."""
        protocol = self.plan.study.protocol
        if self.plan.needs_consent:
            version: dict[str, Value] = {"version": protocol.version} if protocol.version else {}
            self.record("consent", day, **version)
        judged: dict[str, Value] = {}
        for each in self.plan.rules:
            if each.criterion.id in self.plan.study.activities["judgement"].items:
                judged[each.criterion.id] = not each.is_barred
        answers = self._answers("judgement", day, {}) or {}
        if judged or answers:
            self._take("judgement", day, {**judged, **answers}, None)
        for name in self.plan.baseline:
            self.record(name, day)
        self.has_begun = True
        return "" if self.plan.is_retrospective else self.enrol(enrolled_on)

    def enrol(self, day: date) -> str:
        """Enrol, unless a criterion stands in the way: then say which."""
        given: dict[str, Value] = {"site": self.site} if self.site else {}
        if self.cohort:
            given["cohort"] = self.cohort
        elif self.plan.cohorts:
            facts = self.walk.facts(day)
            facts = Facts(day, {**facts.rows, "enrolment": (Row(When.on(day)),)}, facts.closed)
            members = [each.name for each, tree in self.plan.cohorts if tree is not None and truth(tree, facts) is MET]
            if len(members) == 1:
                given["cohort"] = self.cohort = members[0]
        self._take("enrolment", day, {**given, **(self._answers("enrolment", day, given) or {})}, None)
        self.not_before = max(self.not_before, day + ONE_DAY)
        return self.why_ineligible(day)

    def allocate(self, slots: Slots, day: date) -> None:
        """Randomise or assign, if the participant is eligible still."""
        self.was_allocated, form = True, self.plan.allocates
        if self.why_ineligible(day):
            return
        arm = next((each for each in self.plan.drawings[form] if each.item.name == "arm"), None)
        if arm is not None:
            self.arm = chosen(chances(arm.assumed), self._uniform(form, "arm"))
        else:
            facts = self.walk.facts(day)
            self.arm = slots.next(numbered([told(value(tree, facts), tree) for tree in self.plan.strata]))
        self.record(form, day, arm=self.arm)
        self.not_before = max(self.not_before, day + ONE_DAY)
        waiting, self.waiting = self.waiting, []
        for name, drawing, origin in waiting:
            self._start(name, drawing, origin, "")

    # --- the way ------------------------------------------------------------------------------------------------

    def follow(self, slots: Slots) -> None:
        """Go on until death, withdrawal or the last day."""
        while not self.is_over:
            step = self._soonest()
            if step is None or step[0] > self.until:
                return
            day, rank, what, track = step
            match rank:
                case 0:
                    self._happen()
                case 1:
                    self.allocate(slots, day)
                case 2:
                    self._assess(day)
                case 3:
                    self._go_on(what, track, day, slots)
                case _:
                    self.walk.advance(day)
                    self.today = day
                    self.agenda.look(day)

    def _soonest(self) -> tuple[date, int, str, str] | None:
        """What comes next: its day, its rank among what comes that day, what it is, and its track."""
        found: list[tuple[date, int, str, str]] = []
        if self.clocks:
            found.append((max(self.clocks[0][0], self.today), 0, "", ""))
        if self._is_to_be_allocated():
            found.append((self.today, 1, "", ""))
        if (asked := self.agenda.soonest(self.today, self.until)) is not None:
            self.wanted_next = asked[2]
            found.append((asked[0], 2, asked[1], ""))
        for position in self.walk.positions():
            if position.ended:
                continue
            if (ahead := self._ahead(position)) is not None:
                found.append((ahead[0], 3, ahead[1], position.track))
            if position.times_out is not None:
                found.append((max(position.times_out + ONE_DAY, self.today), 4, "", ""))
        return min(found, default=None)

    def _is_to_be_allocated(self) -> bool:
        if not self.plan.allocates or self.was_allocated or self.plan.allocates in self.plan.asked:
            return False
        allocation = self.plan.study.protocol.allocation
        return ((allocation.after if allocation is not None else "") or "enrolment") in self.walk.rows

    # --- the schedule -------------------------------------------------------------------------------------------

    def _assess(self, day: date) -> None:
        """Do what the schedule asks for on this day; what cannot be done is left."""
        wanted = self.wanted_next
        assert wanted is not None
        number = wanted.number
        done = self.agenda.is_asked(wanted, day) and not self._misses(wanted.activity) and self.record(wanted.activity, day)
        if not done and wanted.number == number:
            self.agenda.drop(wanted)

    def _misses(self, name: str) -> bool:
        """Whether what is assumed to be missed now and then is missed this time."""
        if name not in self.plan.missed:
            return False
        time = self.came_up[name]
        self.came_up[name] += 1
        return self.draws.uniform(self.plan.slots["clock", name][0], time, word=2) < self.plan.missed[name]

    # --- the pathway --------------------------------------------------------------------------------------------

    def _ahead(self, position: Position) -> tuple[date, str] | None:
        """What a track does next and when: an activity, or `decide`."""
        if self.skipped.get(position.track) == len(self.events):
            return None
        pathway = self.plan.study.protocol.pathway
        assert pathway is not None
        step = pathway.steps[position.step]
        if position.owed:
            return min((self._first_day(name, day, position, step.within), name) for name, day in position.owed)
        if position.options:
            return max(self.today, self.not_before, position.entered, self.busy.get(position.track, date.min)), "decide"
        if not position.offered:
            return None
        stay = self._stay(position)
        others = [name for name in position.offered if name != step.repeat]
        name = others[0] if others and self.counts.get(stay, 0) >= self._rounds(stay) else step.repeat
        pace = step.every or self.plan.study.activities[step.repeat].lasts or Span()
        last = self.walk.rows.get(step.repeat)
        since = later(last[-1].on.first, pace) if last and self.counts.get(stay, 0) else position.entered
        return self._first_day(name, since, position, None), name

    def _first_day(self, name: str, day: date, position: Position, within: Span | None) -> date:
        """The first day on which an activity of the pathway can be done, and keeps its distances."""
        if name in ALLOCATIONS:
            return max(day, self.today)
        busy = self.busy.get(position.track, date.min)
        if within is not None:
            busy = min(busy, later(position.entered, within))
        last = self.walk.rows.get(name)
        again = last[-1].on.first + ONE_DAY if last else date.min
        return self.walk.not_before(name, max(day, self.today, self.not_before, busy, again, self._ready(name, position)))

    def _ready(self, name: str, position: Position) -> date:
        """When an activity that takes time to arrange can be done: a delay assumed of it, from the day it is owed."""
        drawing = self.plan.delays.get(name)
        if drawing is None:
            return date.min
        stay = (*self._stay(position), name, len(self.walk.rows.get(name, ())))
        if stay not in self.ready:
            key = self.key(drawing, self.today)
            slot, time = self.plan.slots["delay", name][0], self.started[name]
            self.started[name] += 1
            days = drawn(drawing.spread(key), self.draws.uniform(slot, time)) if key is not None else 0.0
            self.ready[stay] = max(self.today, position.entered) + timedelta(days=nearest(max(0.0, min(days, LONGEST_DAYS))))
        return self.ready[stay]

    def _stay(self, position: Position) -> tuple[str, int]:
        return position.step, sum(visit.step == position.step for visit in self.walk.visits)

    def _rounds(self, stay: tuple[str, int]) -> int:
        """How often a repetition is done at this stay: as assumed of the step, else any number allowed, all alike."""
        if stay not in self.wanted:
            pathway = self.plan.study.protocol.pathway
            times = pathway.steps[stay[0]].times if pathway is not None else None
            assert times is not None
            drawing = self.plan.rounds.get(stay[0])
            key = self.key(drawing, self.today) if drawing is not None else None
            uniform = self.draws.uniform(self.plan.slots["step", stay[0]][0], stay[1])
            if drawing is None or key is None:
                count = times.at_least + int(uniform * (times.at_most - times.at_least + 1))
            elif drawing.assumed.chances:
                count = int(chosen(chances(drawing.assumed, key), uniform))
            else:
                count = int(drawn(drawing.spread(key), uniform))
            self.wanted[stay] = min(max(count, times.at_least), times.at_most)
        return self.wanted[stay]

    def _count(self, name: str, day: date) -> None:
        """Note, before an activity is taken, for which stay it counts and how long it keeps the track busy."""
        pathway, lasts = self.plan.study.protocol.pathway, self.plan.study.activities[name].lasts
        if pathway is None or name not in self.plan.asked:
            return
        for position in self.walk.positions():
            if position.ended:
                continue
            if pathway.steps[position.step].repeat == name:
                stay = self._stay(position)
                self.counts[stay] = self.counts.get(stay, 0) + 1
            if lasts is not None and (name in position.offered or any(name == owed for owed, _ in position.owed)):
                self.busy[position.track] = later(day, lasts)

    def _go_on(self, what: str, track: str, day: date, slots: Slots) -> None:
        if what == "decide":
            self._decide(track, day)
        elif what in ALLOCATIONS:
            self.allocate(slots, day)
            if not self.arm:
                self.skipped[track] = len(self.events)
        else:
            given: dict[str, Value] = {"from": "treatment"} if what == "withdrawal" else {}
            if not self.record(what, day, **given):
                self.skipped[track] = len(self.events)

    def _decide(self, track: str, day: date) -> None:
        """A decision of people: by the chances assumed of the step, else as the rule proposes."""
        position = next(each for each in self.walk.positions() if each.track == track)
        pathway = self.plan.study.protocol.pathway
        assert pathway is not None
        step = pathway.steps[position.step]
        open_ = [
            branch.option for branch in step.decide if branch.option and not self._is_used_up(branch.to or branch.otherwise)
        ]
        drawing = self.plan.rounds.get(step.name)
        key = self.key(drawing, day) if drawing is not None else None
        given = {} if drawing is None or key is None else chances(drawing.assumed, key)
        likely = {option: given[option] for option in open_ if given.get(option, 0.0) > 0}
        fallback = next((branch.option for branch in step.decide if branch.otherwise), "")
        uniform = self.draws.uniform(self.plan.slots["step", step.name][0], self._stay(position)[1])
        option = chosen(likely, uniform) if likely else position.proposal or fallback
        if option not in open_:
            self.skipped[track] = len(self.events)
            return
        is_override = bool(position.proposal) and option != position.proposal
        event = Decided(
            id=str(len(self.events) + 1), participant=self.id, on=When.on(day), by=BY, role=step.by, site=self.site,
            step=step.name, option=option, members=step.quorum or 0,
            reason=f"drawn: {BY} decisions follow the chances assumed" if is_override else "",
        )  # fmt: skip
        self.walk.take(event)
        self.events.append(event)
        self.today = max(self.today, day)
        self.agenda.look(self.today)

    def _is_used_up(self, name: str) -> bool:
        pathway = self.plan.study.protocol.pathway
        step = pathway.steps.get(name) if pathway is not None else None
        return step is not None and step.limit is not None and sum(each.step == name for each in self.walk.visits) >= step.limit


def told(found: Known, tree: Tree) -> float:
    """A value that makes a stratum, as a number: the place of a code, a truth, a number; -1 where it is not known."""
    match found:
        case Truth():
            return {NOT_MET: 0.0, MET: 1.0}.get(found, -1.0)
        case str():
            return float(tree.type.options.index(found)) if found in tree.type.options else -1.0
        case Between(low, high) if low == high:
            return low
        case _:
            return -1.0
