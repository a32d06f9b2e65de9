"""Every way through a pathway, to its bounds: what can come about, what never can, and a history that shows it.

A *journey* is a history in which nothing deviates from the protocol. Loops of a pathway are bounded by their limits, so
that all journeys together pass through finitely many states: where each track stands, how often the limited steps were
entered, and how often that took place which conditions and promises ask about. They are all visited. What the facts of a
participant decide is left open, unless the solver knows that it cannot be; so what is not reached here is never reached,
and what is reached is claimed only once the engine itself has walked there (`way`).

Two things are taken for granted, beyond what the engine calls a deviation:

- what may happen once (`repeats: no`, or asked for from one place) and that no step asks for, happens once at most;
- what lasts is not over on the day on which it begins: no step after it takes place on that day.
"""

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from ..calendar import Span
from ..expression.explain import Between
from ..expression.grammar import LESIONS
from ..expression.tree import (
    Aggregate,
    Among,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Converted,
    Field,
    If,
    Kind,
    Named,
    Not,
    Or,
    Pick,
    Quantified,
    Rows,
    Shifted,
    Today,
    Tree,
    parts,
    stretch,
)  # fmt: skip
from ..pathway import _Plan
from ..protocol import Pathway, Reaction, Step
from ..shown import left
from ..study import Study
from .cells import ANY, IS, IS_NOT, TURNED, UNSURE, Cell, cells_of, subjects, together, truths

MOST = 20_000
"""States of one exploration; a pathway that has more is not decided."""
ENDLESS = float("inf")
MOST_BEFORE = 6
"""Kinds of events that may have happened before the pathway began; more of them are not told apart, and that is said."""

# --- states ----------------------------------------------------------------------------------------------------------


class At(NamedTuple):
    """Where a track stands: the step, what of it is done, and how often its repeated activity was."""

    step: str
    done: frozenset[str] = frozenset()
    times: int = 0


class State(NamedTuple):
    """Where a participant stands, as far as it matters for what may come.

    `stays` are the tracks' (None: not under way), `ended` those that are over, `entries` how often each limited step was
    entered, `counts` how often each counted thing took place (no further than anybody asks), `first` which of two took
    place first, and `facts` the statements on which this way rests and that never change.
    """

    stays: tuple[At | None, ...]
    ended: frozenset[str]
    entries: tuple[int, ...]
    counts: tuple[int, ...]
    first: tuple[int, ...]
    facts: tuple[int, ...]


class Move(NamedTuple):
    """What leads from one state to the next: something recorded or decided, or a wait; and the choices that followed.

    `kind` is before (the pathway begins), begin, record, decide or time_out; `what` the activity, or the step; `option` the branch that people chose. Each
    choice is a step and how it was left: the number of a branch, or the reason.
    """

    kind: str
    what: str
    option: int = -1
    choices: tuple[tuple[str, str], ...] = ()


class _Counted(NamedTuple):
    """Rows that are counted, and up to where."""

    rows: Rows
    most: int


@dataclass(eq=False)
class Journeys:
    """All states of one study's participants, of one arm where there are arms, and how each is first reached."""

    study: Study
    arm: str
    states: dict[State, tuple[State | None, Move]]
    """Each state with the move that leads to it, and the state before; None where a journey begins."""
    moves: dict[State, tuple[tuple[Move, State], ...]]
    whole: bool
    """Whether all were visited."""
    machine: "_Machine"
    _after: dict[str, list[State]] | None = None

    @property
    def steps(self) -> frozenset[str]:
        """The steps that can be entered."""
        return frozenset(self.machine.entered)

    @property
    def activities(self) -> frozenset[str]:
        """The activities that can take place because a step asks for them."""
        return frozenset(self.machine.placed)

    def way(self, state: State) -> list[tuple[Move, State]]:
        """The moves of a shortest way to a state, each with the state that it leads to."""
        found = []
        at: State | None = state
        while at is not None:
            before, move = self.states[at]
            found.append((move, at))
            at = before
        return found[::-1]

    def at(self, step: str) -> list[State]:
        """The states in which a participant stands at a step, or has just left it."""
        found = dict.fromkeys(
            state for state in self.states if any(stay is not None and stay.step == step for stay in state.stays)
        )
        found |= dict.fromkeys(self.after(step))
        return list(found)

    def after(self, step: str) -> list[State]:
        """The states in which all is done at a step: those who wait there, and those who have just left it."""
        if self._after is None:
            found: dict[str, dict[State, None]] = {}
            edges = [(move, to) for leads in self.moves.values() for move, to in leads]
            for move, to in (*edges, *((move, to) for to, (_, move) in self.states.items())):
                for name, _ in move.choices:
                    found.setdefault(name, {})[to] = None
            for state in self.states:
                for stay in state.stays:
                    if stay is not None and self.machine.is_done(stay, state):
                        found.setdefault(stay.step, {})[state] = None
            self._after = {name: list(states) for name, states in found.items()}
        return self._after.get(step, [])

    def most_entries(self, step: str) -> int:
        """How often a step with a limit is entered at most."""
        index = self.machine.limited.get(step)
        return max((state.entries[index] for state in self.states), default=0) if index is not None else 0


class _Machine:
    """What the walk of `pathway` does, on states instead of facts."""

    def __init__(self, study: Study, arm: str, asked: tuple[Tree, ...], events: frozenset[str]) -> None:
        pathway = study.protocol.pathway
        assert pathway is not None
        self.study, self.pathway, self.arm, self.events = study, pathway, arm, events
        self.steps = {name: step for name, step in pathway.steps.items()}
        self.tracks = tuple(dict.fromkeys([*pathway.starts, *(step.track for step in pathway.steps.values())]))
        self.limited = {name: index for index, name in enumerate(n for n, s in self.steps.items() if s.limit is not None)}
        self.on_path = _Plan.of(study).on_path
        self.entered: set[str] = set()
        self.placed: set[str] = set()
        self.taken: dict[str, set[int]] = {}
        self._track_of_asking: dict[str, set[str]] = {}
        for step in self.steps.values():
            for name in asks_for(step):
                self._track_of_asking.setdefault(name, set()).add(step.track)
        statements = [*asked, *_conditions(pathway)]
        self._look_at(statements, asked)
        free = {each.on for each in pathway.anywhere} | set(events) | (set(self.counted_forms) - self.on_path)
        self.free = tuple(sorted(name for name in free if name in study.activities and name not in self.on_path))
        self._memo: dict[tuple[object, ...], int] = {}
        self._possible: dict[object, bool] = {}
        self._settled: dict[State, list[tuple[State, tuple[tuple[str, str], ...]]]] = {}
        self._reads: dict[tuple[int, ...], tuple[tuple[int, ...], ...]] = {}
        self._keep = statements  # what is kept by its identity must live as long

    # --- what has to be followed ---------------------------------------------------------------------------------

    def _look_at(self, statements: list[Tree], asked: tuple[Tree, ...]) -> None:
        """Which counts, orders and facts the statements ask about."""
        counted: dict[Rows, int] = {}
        pairs: dict[tuple[_Moment, _Moment], None] = {}
        for tree in statements:
            for part in parts(tree):
                match part:
                    case Quantified(rows=rows) | Pick(rows=rows):
                        counted[_plain(rows)] = max(
                            counted.get(_plain(rows), 1),
                            part.which if isinstance(part, Pick) and isinstance(part.which, int) else 1,
                        )
                    case Compare(left=left, right=right):
                        for one, other in ((left, right), (right, left)):
                            if isinstance(one, Aggregate) and one.op == "count" and isinstance(other, Constant):
                                most = int(min(max(float(other.value), 0), 1_000)) + 1  # type: ignore[arg-type]
                                counted[_plain(one.rows)] = max(counted.get(_plain(one.rows), 1), most)
                        one_day, other_day = _moment(left), _moment(right)
                        if one_day is not None and other_day is not None and one_day.form != other_day.form:
                            pairs[min(one_day, other_day), max(one_day, other_day)] = None
                    case Aggregate(rows=rows):
                        counted.setdefault(_plain(rows), 1)
                    case _:
                        pass
        followed = {name for step in self.steps.values() for name in asks_for(step)} | {e.on for e in self.pathway.anywhere}
        followed |= {part.form for tree in asked for part in parts(tree) if isinstance(part, Rows)}
        kept: dict[Rows, int] = {}
        for rows, most in counted.items():
            name = rows.form
            is_step = name.startswith(("entered:", "left:"))
            if (name in followed and name in self.study.activities) or is_step:
                kept[Rows(name)] = max(kept.get(Rows(name), 0), most)
                around = _around(rows)
                if rows.where is not None and (_is_own(rows) or (around and around[1].form in self.study.activities)):
                    kept[rows] = max(kept.get(rows, 0), most)
                if around is not None and around[1].form in self.study.activities:
                    kept[Rows(around[1].form)] = max(kept.get(Rows(around[1].form), 0), 1)
        pairs = {pair: None for pair in pairs if {each.form for each in pair} <= {*self.study.activities}}
        for name in {each.form for pair in pairs for each in pair}:
            kept[Rows(name)] = max(kept.get(Rows(name), 0), 1)
        self.counted = tuple(_Counted(rows, most) for rows, most in kept.items())
        self.index = {each.rows: index for index, each in enumerate(self.counted)}
        self.counted_forms = tuple(dict.fromkeys(each.rows.form for each in self.counted))
        self.pairs = {pair: index for index, pair in enumerate(pairs)}
        self.by_form: dict[str, list[int]] = {}
        for index, each in enumerate(self.counted):
            self.by_form.setdefault(each.rows.form, []).append(index)
        self.before: dict[str, list[tuple[int, int, str]]] = {}
        for index, each in enumerate(self.counted):
            if each.rows.where is not None and not _is_own(each.rows) and (around := _around(each.rows)) is not None:
                self.before.setdefault(around[1].form, []).append((index, self.index[Rows(each.rows.form)], around[1].which))
        facts = dict.fromkeys(
            part for tree in asked for part in parts(tree)
            if isinstance(part, Among | Compare | Pick) and part.type.kind is Kind.TRUTH and self._is_lasting(part)
        )  # fmt: skip
        self.facts: dict[Tree, int] = {tree: index for index, tree in enumerate(facts)}

    def _is_lasting(self, tree: Tree) -> bool:
        """Whether a statement rests on facts alone that are written down once."""
        if any(isinstance(part, Today | Aggregate | Quantified) for part in parts(tree)):
            return False
        picks = [part for part in parts(tree) if isinstance(part, Pick)]
        return bool(picks) and all(
            pick.rows.form in self.study.activities and not self.study.activities[pick.rows.form].repeats
            and pick.rows.form not in self.on_path and pick.of.name not in ("on", "arm") and pick.rows.where is None
            for pick in picks
        )  # fmt: skip

    # --- what statements may come to -----------------------------------------------------------------------------

    def may(self, tree: Tree, state: State) -> int:
        """The truths that a statement may have in a state, or more."""
        key = id(tree), *self._matters((tree,), state)
        found = self._memo.get(key)
        if found is None:
            cells = {subject: self._cells(subject, at, state) for subject, at in subjects(tree).items()}
            found = self._memo[key] = truths(tree, cells, lambda part: self._known(part, state))
        return found

    def together(self, wanted: tuple[tuple[Tree, int], ...], state: State) -> bool:
        """Whether statements may have the truths wanted of them in a state, all at once."""
        trees = tuple(tree for tree, _ in wanted)
        key = tuple((id(tree), bits) for tree, bits in wanted), *self._matters(trees, state)
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self.values(wanted, state) is not None
        return bool(found)

    def values(self, wanted: tuple[tuple[Tree, int], ...], state: State) -> Mapping[Tree, Cell] | None:
        """Values for which statements have the truths wanted of them; None if there are none."""
        return together(wanted, lambda part: self._known(part, state), lambda subject, at: self._cells(subject, at, state))

    def together_in_time(self, wanted: tuple[tuple[Tree, int], ...], state: State, step: Step) -> bool:
        """The same once all has been recorded that can be recorded while the participant stands at a step."""
        here = {name for stay in state.stays if stay is not None for name in asks_for(self.steps[stay.step])} | {
            *asks_for(step)
        }

        def known(part: Tree) -> int | None:
            if (index := self.facts.get(part)) is not None and state.facts[index]:
                return state.facts[index]
            silent = isinstance(part, Compare | Among | Pick) and self._is_silent(part, state, but=here)
            if silent or not isinstance(part, Compare | Among | Pick):
                return UNSURE if silent else None
            found = self._known(part, state)
            return None if found is None or found == UNSURE else found & ~UNSURE

        def cells(subject: Tree, at: tuple[float | str, ...]) -> tuple[Cell, ...]:
            found = self._cells(subject, at, state)
            told = tuple(each for each in found if each is not None)
            if isinstance(subject, Aggregate) and subject.rows.form == LESIONS:
                told = tuple(each for each in told if not isinstance(each, Between) or each.low == each.high)
            return told or found

        return together(wanted, known, cells) is not None

    def _matters(self, trees: tuple[Tree, ...], s: State) -> tuple[object, ...]:
        """What of a state may matter for statements."""
        key = tuple(map(id, trees))
        told = self._reads.get(key)
        if told is None:
            forms = {part.form for tree in trees for part in parts(tree) if isinstance(part, Rows)}
            counts = tuple(index for index, each in enumerate(self.counted) if each.rows.form in forms)
            facts = tuple(index for fact, index in self.facts.items() if any(_holds(tree, fact) for tree in trees))
            firsts = tuple(index for pair, index in self.pairs.items() if forms & {each.form for each in pair})
            told = self._reads[key] = counts, facts, firsts
        counts, facts, firsts = told
        return (
            tuple(s.counts[index] for index in counts), tuple(s.facts[index] for index in facts),
            tuple(s.first[index] for index in firsts),
        )  # fmt: skip

    def _known(self, tree: Tree, s: State) -> int | None:
        """What is known of a statement in a state, beside what follows from its parts."""
        if (index := self.facts.get(tree)) is not None and s.facts[index]:
            return s.facts[index]
        match tree:
            case Among(of=Pick(rows=Rows(form=form, where=None), of=Field(name="arm"))) if self.arm and form in ALLOCATING:
                return (IS if self.arm in tree.options else IS_NOT) | (0 if self._is_allocated else UNSURE)
            case Compare(left=left, right=right) if (one := _moment(left)) is not None and (
                other := _moment(right)
            ) is not None:
                return self._in_time(tree.op, one, other, s)
            case Compare() | Among() | Pick() if self._is_silent(tree, s):
                return UNSURE
            case _:
                return None

    def _is_silent(self, tree: Tree, s: State, but: Collection[str] | None = None) -> bool:
        """Whether a statement reads something that has not been recorded, or with `but` that is not recorded any more."""
        if any(isinstance(part, If | Quantified | Aggregate | Or | And) for part in parts(tree)):
            return False
        return any(
            isinstance(part, Pick) and part.rows.where is None
            and (but is None or (part.rows.form in self.on_path and part.rows.form not in but))
            and (index := self.index.get(Rows(part.rows.form))) is not None and not s.counts[index]
            for part in parts(tree)
        )  # fmt: skip

    def _cells(self, subject: Tree, at: tuple[float | str, ...], s: State) -> tuple[Cell, ...]:
        """The values that a subject may have in a state."""
        if not isinstance(subject, Aggregate) or subject.op != "count":
            return cells_of(subject, at, self.study)
        if Rows(subject.rows.form) not in self.index and not self._has_nothing_near(subject.rows, s):
            return cells_of(subject, at, self.study)
        low, high, sure = self._rows(subject.rows, s)
        top = int(min(high, max([low, *(int(each) for each in at if not isinstance(each, str))]) + 1))
        closed = subject.rows.form in self.study.protocol.closed
        cells: list[Cell] = [Between(count, count if closed else math.inf) for count in range(low, top + 1)]
        return tuple(cells) if sure else (*cells, None)

    @property
    def _is_allocated(self) -> bool:
        """Whether the arm is known from the beginning; else it may be told at any time."""
        return self.pathway.begins in ALLOCATING

    def _rows(self, rows: Rows, s: State) -> tuple[int, float, bool]:
        """How many rows there are: at least, at most, and whether each is or is not one of them for certain."""
        if self._has_nothing_near(rows, s):
            return 0, 0, False
        index = self.index.get(Rows(rows.form))
        if index is None:
            return 0, ENDLESS, rows.where is None
        total = s.counts[index]
        most: float = ENDLESS if total >= self.counted[index].most else total
        if rows.where is None and not rows.answered:
            return total, most, True
        if not total:
            return 0, 0, True
        own = self.index.get(_plain(rows))
        if own is not None and _is_own(rows):
            met = s.counts[own]
            return met, (ENDLESS if met >= self.counted[own].most else met), False
        if own is not None and (around := _around(rows)) is not None:
            return self._around(own, around, s)
        if self._is_kept_apart(rows):
            return 0, 0, False
        return 0, most, False

    def _has_nothing_near(self, rows: Rows, s: State) -> bool:
        """Whether rows are told apart by the day of something that has not taken place."""
        return any((at := self.index.get(Rows(name))) is not None and not s.counts[at] for name in _looked_at(rows))

    def _around(self, own: int, around: tuple[str, "_Moment"], s: State) -> tuple[int, float, bool]:
        """How many rows lie before, or after, the first or the last of something else."""
        op, other = around
        form = self.counted[own].rows.form
        if not s.counts[self.index[Rows(other.form)]]:
            return 0, 0, False  # nothing is before what has not been: it cannot be told yet
        before = s.counts[own]
        many: float = ENDLESS if before >= self.counted[own].most else before
        strictly = self._is_later(form, other.form)
        match op:
            case "<":
                return (before if strictly else 0), many, strictly
            case "<=":
                return before, ENDLESS, False
            case _:
                return 0, ENDLESS, False

    def _is_later(self, form: str, other: str) -> bool:
        """Whether what a step asks for after something that lasts, takes place on a later day."""
        lasts = self.study.activities[form].lasts
        tracks = self._track_of_asking.get(form, set()) | self._track_of_asking.get(other, set())
        if lasts is None or lasts.about_days < 1 or not {form, other} <= self.on_path or len(tracks) != 1:
            return False
        return not any({form, other} <= {*asks_for(step)} for step in self.steps.values())

    def _is_kept_apart(self, rows: Rows) -> bool:
        """Whether rows are asked for that lie closer to others than the protocol lets any."""
        where = rows.where
        for part in where.of if isinstance(where, And) else (where,):
            window = stretch(part) if part is not None else None
            if window is None and where is not None:
                window = stretch(where)
            if window is None or window.span is None or window.kind not in ("within_of", "within_before", "within_after"):
                continue
            moment = _moment(window.anchor)
            other = window.any.form if window.any is not None else moment.form if moment is not None else ""
            if not other:
                continue
            for kind, against, least in _Plan.of(self.study).apart:
                if {kind, against} == {rows.form, other} and _shortest(least) > _longest(window.span):
                    return True
        return False

    def _in_time(self, op: str, one: "_Moment", other: "_Moment", s: State) -> int:
        """The day of something against the day of something else."""
        here, there = (self.index.get(Rows(each.form)) for each in (one, other))
        if here is None or there is None:
            return ANY
        if not s.counts[here] or not s.counts[there]:
            return UNSURE
        index = self.pairs.get((min(one, other), max(one, other)))
        if index is None or not s.first[index]:
            return ANY & ~UNSURE
        earlier = (min(one, other), max(one, other))[s.first[index] - 1]
        strictly = self._is_later(earlier.form, (other if earlier == one else one).form)
        # the earlier one lies on an earlier day, or on the same
        less = {"<": IS | (0 if strictly else IS_NOT), "<=": IS, ">": IS_NOT, "==": ANY & ~UNSURE,
                ">=": IS_NOT | (0 if strictly else IS), "!=": ANY & ~UNSURE}  # fmt: skip
        return less[op if earlier == one else TURNED[op]]

    def forks(self, tree: Tree, s: State) -> Iterator[tuple[int, State]]:
        """The truths that a statement may have, each with the lasting facts on which it then rests."""
        open_ = [index for fact, index in self.facts.items() if not s.facts[index] and _holds(tree, fact)]
        if not open_:
            bits = self.may(tree, s)
            yield from ((bit, s) for bit in (IS_NOT, UNSURE, IS) if bits & bit)
            return
        for chosen in product((IS_NOT, UNSURE, IS), repeat=len(open_)):
            facts = list(s.facts)
            for index, bit in zip(open_, chosen, strict=True):
                facts[index] = bit
            told = s._replace(facts=tuple(facts))
            bits = self.may(tree, told)
            for index, bit in zip(open_, chosen, strict=True):
                facts[index] = 0 if bit == UNSURE else bit  # what is not known yet may come to be
            told = s._replace(facts=tuple(facts))
            yield from ((bit, told) for bit in (IS_NOT, UNSURE, IS) if bits & bit)

    # --- the walk ------------------------------------------------------------------------------------------------

    def beginnings(self) -> dict[State, Move]:
        """The states in which the pathway begins: what no step asks for may have happened before, and done nothing yet."""
        none = State((None,) * len(self.tracks), frozenset(), (0,) * len(self.limited), (0,) * len(self.counted),
                     (0,) * len(self.pairs), (0,) * len(self.facts))  # fmt: skip
        begins = self.pathway.begins
        before = [name for name in self.free if name in self.counted_forms and name not in ("death", begins)]
        if not self._is_allocated:
            before = [name for name in before if name not in ALLOCATING]
        before = [name for name in before if self._leaves_no_trace(name, none)]
        found: dict[State, Move] = {}
        before, self.partial = before[:MOST_BEFORE], len(before) > MOST_BEFORE
        for happened in product((False, True), repeat=len(before)):
            was = tuple((name, "before") for name, did in zip(before, happened, strict=False) if did)
            s = none
            for name, _ in was:
                s = self._counted(s, name)
            found.setdefault(s, Move("before", begins, choices=was))
            s = self._counted(s, begins)
            for track, start in self.pathway.starts.items():
                if start in self.steps:
                    s = self._enter(s, self.tracks.index(track), start)
            for told, choices in self._settle(s):
                found.setdefault(told, Move("begin", begins, choices=(*was, *choices)))
        return found

    def _leaves_no_trace(self, name: str, s: State) -> bool:
        """Whether something may happen before the pathway begins without ending it, or being a deviation."""
        for reaction in self.pathway.anywhere:
            bits = IS if reaction.when is None else self.may(reaction.when.settled, s)
            if reaction.on == name and not bits & (IS_NOT | (IS if reaction.to else 0)):
                return False
        return True

    def moves(self, s: State) -> Iterator[tuple[Move, State]]:
        """What may happen next, and where it leads."""
        if self._is_over(s):
            return
        asked: dict[str, None] = {}
        for stay in s.stays:
            if stay is not None:
                asked.update(dict.fromkeys(asks_for(self.steps[stay.step])))
                asked.update(dict.fromkeys(self._offered(stay, s)))
        for name in asked:
            for told, choices in self._recorded(s, name):
                self.placed.add(name)
                yield Move("record", name, choices=choices), told
        for name in self.free:
            if name not in asked:
                for told, choices in self._recorded(s, name):
                    yield Move("record", name, choices=choices), told
        for index, stay in enumerate(s.stays):
            if stay is None or not self.is_done(stay, s):
                continue
            step = self.steps[stay.step]
            if step.by != "rule" and step.decide:
                for number, branch in enumerate(step.decide):
                    to = branch.to or branch.otherwise
                    if branch.option and not self.used_up(s, to):
                        self.taken.setdefault(step.name, set()).add(number)
                        for told, choices in self._settle(self._moved(s, index, to)):
                            yield Move("decide", step.name, number, choices), told
            if step.guard is not None and step.retry is not None and step.on_timeout and not self.used_up(s, step.on_timeout):
                if self.may(step.guard.settled, s) & ~IS:
                    for told, choices in self._settle(self._moved(s, index, step.on_timeout)):
                        yield Move("time_out", step.name, choices=choices), told

    def _is_over(self, s: State) -> bool:
        """Whether nothing can lead on: of the dead, and where every track has ended or none has begun."""
        at = self.index.get(Rows("death"))
        return (at is not None and s.counts[at] > 0) or not any(s.stays)

    def _offered(self, stay: At, s: State) -> tuple[str, ...]:
        """What may be done to go on early from a repetition."""
        step = self.steps[stay.step]
        if not step.repeat or step.times is None or stay.times < step.times.at_least or not step.next:
            return ()
        name, seen = step.next, set[str]()
        while name in self.steps and name not in seen and not self.used_up(s, name):
            after = self.steps[name]
            if after.do or after.repeat:
                return asks_for(after)
            if not after.next:
                return ()
            seen.add(name)
            name = after.next
        return ()

    def is_done(self, stay: At, s: State) -> bool:
        """Whether all is done at a step, so that it waits for a decision or its guard."""
        step = self.steps[stay.step]
        if not stay.done >= set(step.do):
            return False
        if step.repeat and step.times is not None and stay.times < step.times.at_most:
            met = step.stop is not None and self.may(step.stop.settled, s) & IS
            return stay.times >= step.times.at_least and bool(met)
        return True

    def _counted(self, s: State, name: str) -> State:
        """A state after something took place: of rows that are told apart, as none of them."""
        if name not in self.by_form and name not in self.before:
            return s
        counts, first = list(s.counts), s.first
        plain = self.index.get(Rows(name))
        was = s.counts[plain] if plain is not None else 0
        for pair, index in self.pairs.items():
            here = [number for number, each in enumerate(pair) if each.form == name and not (each.which == "first" and was)]
            if here:
                other = pair[1 - here[0]]
                earlier = 1 - here[0] if s.counts[self.index[Rows(other.form)]] else here[0]
                first = (*first[:index], earlier + 1, *first[index + 1 :])
        for index in self.by_form.get(name, ()):
            if self.counted[index].rows.where is None:
                counts[index] = min(counts[index] + 1, self.counted[index].most)
        for index, of, which in self.before.get(name, ()):
            if which == "last" or not was:
                counts[index] = min(s.counts[of], self.counted[index].most)
        return s._replace(counts=tuple(counts), first=first)

    def _told_apart(self, s: State, name: str, steps: list[Step]) -> list[State]:
        """The states after something took place that is, or is not, one of the rows that are told apart."""
        found = [s]
        for index in self.by_form.get(name, ()):
            rows, most = self.counted[index]
            if rows.where is None or not _is_own(rows) or not self._can_be(rows, steps):
                continue
            for each in list(found):
                counts = list(each.counts)
                counts[index] = min(counts[index] + 1, most)
                found.append(each._replace(counts=tuple(counts)))
        return found

    def _can_be(self, rows: Rows, steps: list[Step]) -> bool:
        """Whether a row can be one of those asked for, and keep to what the steps require of it."""
        required = tuple(statement.settled for step in steps for statement in step.require)
        key = rows, required
        if key not in self._possible:
            self._possible[key] = _row_can_be(self.study, rows, required)
        return self._possible[key]

    def _recorded(self, s: State, name: str) -> Iterator[tuple[State, tuple[tuple[str, str], ...]]]:
        """The states after something was recorded without a deviation."""
        once = not self.study.activities[name].repeats and name not in self.on_path
        plain = self.index.get(Rows(name))
        if once and plain is not None and s.counts[plain]:
            return
        asking: list[Step] = []
        told = self._counted(s, name)
        choices: list[tuple[str, str]] = []
        for index in range(len(self.tracks)):
            stay = told.stays[index]
            if stay is None:
                continue
            step = self.steps[stay.step]
            if name not in asks_for(step) and name in self._offered(stay, told):
                choices.append((step.name, f"{name} followed"))
                to = step.next
                told = self._moved(told, index, to)
                while name not in asks_for(self.steps[to]):
                    to = self.steps[to].next
                    told = self._moved(told, index, to)
                stay, step = told.stays[index], self.steps[to]
                assert stay is not None
            if name in asks_for(step):
                asking.append(step)
                count = stay.times + (name == step.repeat)
                if step.times is not None:
                    count = min(count, step.times.at_most)
                here = At(stay.step, stay.done | {name} if name in step.do else stay.done, count)
                told = told._replace(stays=(*told.stays[:index], here, *told.stays[index + 1 :]))
        if not asking and name in self.on_path:
            return
        held = asking or [step for step in self.steps.values() if name in asks_for(step)]
        required = tuple((statement.settled, IS) for step in held for statement in step.require)
        for each in self._told_apart(told, name, held):
            for kept in self._keeping(each, required):
                for reacted, how in self._reacted(kept, name):
                    for settled, more in self._settle(reacted):
                        yield settled, (*choices, *how, *more)

    def _keeping(self, s: State, required: "_Wanted") -> list[State]:
        """The states in which all that is required holds, each with the lasting facts on which that rests."""
        found = [s]
        for tree, bit in required:
            found = [told for each in found for truth, told in self.forks(tree, each) if truth == bit]
        return [each for each in dict.fromkeys(found) if not required or self.together(required, each)]

    def _reacted(self, s: State, name: str) -> list[tuple[State, tuple[tuple[str, str], ...]]]:
        """The states after what an event does wherever the participant stands; where that cannot be told, it deviates."""
        found: list[tuple[State, bool, tuple[tuple[str, str], ...]]] = [(s, False, ())]
        for number, reaction in enumerate(self.pathway.anywhere):
            if reaction.on != name:
                continue
            after = []
            for state, reacted, told in found:
                truths = [(IS, state)] if reaction.when is None else self.forks(reaction.when.settled, state)
                for bit, known in truths:
                    if bit == IS and (moved := self._reaction(known, reaction)) is not None:
                        after.append((moved, True, (*told, (REACTION, f"{number} met"))))
                    elif bit == IS_NOT:
                        after.append((known, reacted, (*told, (REACTION, f"{number} not met"))))
            found = after
        ended: dict[State, tuple[tuple[str, str], ...]] = {}
        for state, reacted, told in found:
            if name == "death":
                ended.setdefault(self._ended(state, self.tracks), told)
            elif name == "withdrawal" and not reacted:
                ended.setdefault(self._ended(state, ("treatment",)), told)
                ended.setdefault(self._ended(state, self.tracks), (*told, (REACTION, "all")))
            else:
                ended.setdefault(state, told)
        return list(ended.items())

    def _reaction(self, s: State, reaction: Reaction) -> State | None:
        if reaction.end == "all":
            return self._ended(s, self.tracks)
        s = self._ended(s, reaction.end)
        if reaction.to not in self.steps:
            return s
        track = self.steps[reaction.to].track
        stay = s.stays[self.tracks.index(track)]
        if track in s.ended or (stay is not None and stay.step == reaction.to):
            return s
        return None if self.used_up(s, reaction.to) else self._moved(s, self.tracks.index(track), reaction.to)

    def _ended(self, s: State, tracks: Iterable[str]) -> State:
        over = set(tracks)
        for index, track in enumerate(self.tracks):
            if track in over and s.stays[index] is not None:
                s = self._left(s, index)
        return s._replace(ended=s.ended | (over & set(self.tracks)))

    def used_up(self, s: State, name: str) -> bool:
        index = self.limited.get(name)
        limit = self.steps[name].limit if index is not None else None
        return index is not None and limit is not None and s.entries[index] >= limit

    def _left(self, s: State, index: int) -> State:
        stay = s.stays[index]
        s = s._replace(stays=(*s.stays[:index], None, *s.stays[index + 1 :]))
        return self._counted(s, f"left:{stay.step}") if stay is not None else s

    def _enter(self, s: State, index: int, name: str) -> State:
        self.entered.add(name)
        if (at := self.limited.get(name)) is not None:
            s = s._replace(entries=(*s.entries[:at], s.entries[at] + 1, *s.entries[at + 1 :]))
        s = s._replace(stays=(*s.stays[:index], At(name), *s.stays[index + 1 :]))
        return self._counted(s, f"entered:{name}")

    def _moved(self, s: State, index: int, to: str) -> State:
        s = self._left(s, index)
        return self._enter(s, index, to) if to in self.steps else s._replace(ended=s.ended | {self.tracks[index]})

    def _settle(self, s: State) -> list[tuple[State, tuple[tuple[str, str], ...]]]:
        """The states in which every track has gone on as far as it may."""
        if (known := self._settled.get(s)) is None:
            known = self._settled[s] = self._going(s)
        return known

    def _going(self, s: State) -> list[tuple[State, tuple[tuple[str, str], ...]]]:
        found: dict[State, tuple[tuple[str, str], ...]] = {}
        waiting: list[tuple[State, tuple[tuple[str, str], ...]]] = [(s, ())]
        seen = {s}
        while waiting:
            state, choices = waiting.pop()
            # each track goes on, or waits where it may; a state in which all wait is settled
            rests = [state]
            for index in range(len(self.tracks)):
                still: list[State] = []
                for rest in rests:
                    for moved, choice in self._go_on(rest, index):
                        if choice is None:
                            still.append(moved)
                        elif moved not in seen:
                            seen.add(moved)
                            waiting.append((moved, (*choices, choice)))
                rests = still
            for rest in rests:
                found.setdefault(rest, choices)
        return list(found.items())

    def _go_on(self, s: State, index: int) -> Iterator[tuple[State, tuple[str, str] | None]]:
        """How a track may go on from where it stands; with no choice where it waits."""
        stay = s.stays[index]
        if stay is None:
            yield s, None
            return
        step = self.steps[stay.step]
        early = ON_STOP if step.times is not None and stay.times < step.times.at_most else ""
        for bit, known in self._complete(stay, step, s):
            if not bit:
                yield known, None
                continue
            for passed, told in self._let_through(step, known):
                if not passed:
                    yield told, None
                elif step.end:
                    yield self._left(told, index)._replace(ended=told.ended | {step.track}), (step.name, f"end{early}")
                elif step.next:
                    yield from self._onward(told, index, step, step.next, f"next{early}")
                elif step.by != "rule":
                    yield told, None
                else:
                    yield from self._decided(told, index, step, early)

    def _complete(self, stay: At, step: Step, s: State) -> Iterator[tuple[bool, State]]:
        if not stay.done >= set(step.do):
            yield False, s
        elif not step.repeat or step.times is None or stay.times >= step.times.at_most:
            yield True, s
        elif stay.times < step.times.at_least or step.stop is None:
            yield False, s
        else:
            for bit, known in self.forks(step.stop.settled, s):
                yield bit == IS, known

    def _let_through(self, step: Step, s: State) -> Iterator[tuple[bool, State]]:
        if step.guard is None:
            yield True, s
            return
        for bit, known in self.forks(step.guard.settled, s):
            if bit == IS and not self.together(((step.guard.settled, IS),), known):
                continue
            yield bit == IS, known

    def _onward(
        self, s: State, index: int, step: Step, to: str, why: str
    ) -> Iterator[tuple[State, tuple[str, str] | None]]:  # fmt: skip
        if self.used_up(s, to):
            yield s, None
        else:
            yield self._moved(s, index, to), (step.name, why)

    def _decided(self, s: State, index: int, step: Step, early: str) -> Iterator[tuple[State, tuple[str, str] | None]]:
        """The branches that a rule may take, in order: each where those before it are not met."""
        known: list[tuple[State, _Wanted]] = [(s, ())]
        for number, branch in enumerate(step.decide):
            to = branch.to or branch.otherwise
            if branch.otherwise or branch.when is None:
                for state, earlier in known:
                    if not earlier or self.together(earlier, state):
                        self.taken.setdefault(step.name, set()).add(number)
                        yield from self._onward(state, index, step, to, f"branch {number}{early}")
                return
            left: dict[tuple[State, _Wanted], None] = {}
            tree = branch.when.settled
            for state, earlier in known:
                if self.used_up(state, to):
                    left[state, earlier] = None
                    continue
                for bit, told in self.forks(tree, state):
                    if bit == IS_NOT:
                        left[told, (*earlier, (tree, IS_NOT))] = None
                    elif bit == IS:
                        if self.together((*earlier, (tree, IS)), told):
                            self.taken.setdefault(step.name, set()).add(number)
                            yield from self._onward(told, index, step, to, f"branch {number}{early}")
                    elif step.unknown in ("wait", "query", ""):
                        yield told, None
                    else:
                        yield from self._onward(told, index, step, step.unknown, f"unknown{early}")
            known = list(left)
        for state, _ in known:
            yield state, None


_Wanted = tuple[tuple[Tree, int], ...]


ON_STOP = " on stop"
REACTION = "anywhere"
"""In a choice, what an event does wherever the participant stands: which reaction, and whether its condition is met."""
ALLOCATING = ("randomisation", "assignment")


def asks_for(step: Step) -> tuple[str, ...]:
    """The activities that a step asks for."""
    return (*step.do, step.repeat) if step.repeat else step.do


def _conditions(pathway: Pathway) -> Iterator[Tree]:
    """Every statement on which the way through a pathway hangs."""
    for step in pathway.steps.values():
        held = [step.guard, step.stop, *step.require, *(branch.when for branch in step.decide)]
        yield from (each.settled for each in held if each is not None)
    yield from (each.when.settled for each in pathway.anywhere if each.when is not None)


def _plain(rows: Rows) -> Rows:
    return Rows(rows.form, rows.where, answered=rows.answered, another=rows.another)


def _holds(tree: Tree, part: Tree) -> bool:
    return any(each == part for each in parts(tree))


def _is_own(rows: Rows) -> bool:
    """Whether rows are told apart by what is written in them alone."""
    where = rows.where
    if where is None or rows.another:
        return False
    return not any(
        isinstance(part, Pick | Aggregate | Quantified | Today | Rows)
        or isinstance(part, Field) and (part.form != rows.form or part.name == "on" or part.outer)
        for part in parts(where)
    )  # fmt: skip


class _Moment(NamedTuple):
    """The first, or the last, day of an activity or step."""

    form: str
    which: str


def _around(rows: Rows) -> tuple[str, _Moment] | None:
    """Rows before, or after, something: how, and what it is."""
    match rows.where:
        case Compare(op=op, left=Field(name="on", form=form), right=right) if form == rows.form:
            other = _moment(right)
            return (op, other) if other is not None and other.form != form else None
        case Quantified() as pairs if (window := stretch(pairs)) is not None and window.any is not None:
            op_of = {"before": "<", "after": ">", "since": ">="}  # before any is before the last, after any after the first
            if window.kind not in op_of or not isinstance(window.day, Field) or window.any.form == rows.form:
                return None
            return op_of[window.kind], _Moment(window.any.form, "last" if window.kind == "before" else "first")
        case _:
            return None


def _moment(tree: Tree) -> _Moment | None:
    """The moment that a tree is; None if it is anything else."""
    match tree:
        case Pick(rows=Rows(form=form, where=None), of=Field(name="on"), which="first" | "last" as which):
            return _Moment(form, which)
        case _:
            return None


def _looked_at(rows: Rows) -> set[str]:
    """The forms that rows are told apart by without which none of them is."""
    where = rows.where
    found = set()
    for part in where.of if isinstance(where, And) else (where,):
        if isinstance(part, Compare):
            for side in (part.left, part.right):
                side = side.of if isinstance(side, Shifted) else side
                if (moment := _moment(side)) is not None:
                    found.add(moment.form)
        elif isinstance(part, Quantified) and part.op == "any" and part.rows.where is None:
            found.add(part.rows.form)
    return found - {rows.form}


def _shortest(span: Span) -> float:
    return float(span.days + 28 * span.months)


def _longest(span: Span) -> float:
    return float(span.days + 31 * span.months)


def _row_can_be(study: Study, rows: Rows, required: tuple[Tree, ...]) -> bool:
    """Whether a row may be one of those asked for while it keeps to what is required of it."""
    assert rows.where is not None
    wanted = ((rows.where, IS), *((_of_the_last(tree, rows.form), IS) for tree in required))
    return together(wanted, lambda _: None, lambda subject, at: cells_of(subject, at, study)) is not None


def _of_the_last(tree: Tree, form: str) -> Tree:
    """A requirement as it is asked of the row that is recorded: its own facts are the last ones."""
    match tree:
        case Pick(rows=Rows(form=name, where=None), which="last", of=of) if name == form:
            return of
        case Named(of=of):
            return _of_the_last(of, form)
        case And() | Or() | Call():
            return replace(tree, of=tuple(_of_the_last(each, form) for each in tree.of))
        case Not() | Among() | Converted():
            return replace(tree, of=_of_the_last(tree.of, form))
        case Compare() | Arithmetic():
            return replace(tree, left=_of_the_last(tree.left, form), right=_of_the_last(tree.right, form))
        case If(condition=condition, then=then, otherwise=otherwise):
            return If(*(_of_the_last(each, form) for each in (condition, then, otherwise)))
        case _:
            return tree


@lru_cache(maxsize=64)
def journeys(study: Study, arm: str = "", asked: tuple[Tree, ...] = (), events: frozenset[str] = frozenset()) -> Journeys:
    """All journeys of one arm's participants.

    Args:
        study: The study, with a pathway.
        arm: The arm; empty where there are none.
        asked: Statements that are asked of the states: what they count is followed.
        events: Activities that may take place by themselves and are followed although nothing reacts to them.
    """
    machine = _Machine(study, arm, asked, events)
    begun = machine.beginnings()
    states: dict[State, tuple[State | None, Move]] = {}
    leads: dict[State, tuple[tuple[Move, State], ...]] = {}
    waiting: list[State] = []
    at = 0
    for happened in (False, True):  # those first to whom nothing happened before the pathway began
        for state, move in begun.items():
            if state not in states and any(how == "before" for _, how in move.choices) == happened:
                states[state] = None, move
                waiting.append(state)
        while at < len(waiting) and len(states) <= MOST:
            state = waiting[at]
            at += 1
            left()
            found = leads[state] = tuple(machine.moves(state))
            for move, to in found:
                if to not in states:
                    states[to] = state, move
                    waiting.append(to)
    return Journeys(study, arm, states, leads, at >= len(waiting) and not machine.partial, machine)


@lru_cache(maxsize=64)
def promised(study: Study) -> Mapping[str, Journeys]:
    """All journeys of a study, by arm (under the empty name where there are none): what its promises count is followed.

    Of a study without a pathway there are none.

    Raises:
        LookupError: A statement of the pathway could not be read.
    """
    protocol = study.protocol
    if protocol.pathway is None:
        return {}
    said = [promise.never or promise.always or promise.eventually for promise in protocol.promises]
    asked = tuple(each.tree for each in said if each is not None and each.tree is not None)
    events = frozenset({"death", "withdrawal"}) if any(each.eventually for each in protocol.promises) else frozenset()
    return {arm: journeys(study, arm, asked, events) for arm in protocol.arms or ("",)}


@lru_cache(maxsize=64)
def everywhere(study: Study) -> Mapping[str, Journeys]:
    """The same, for questions about the pathway: where promises count too much to follow, they are left out."""
    return {arm: each if each.whole else journeys(study, arm) for arm, each in promised(study).items()}
