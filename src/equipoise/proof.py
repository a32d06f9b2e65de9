"""Whether there can be a participant of whom such and such is so: shown, proven impossible, or not decided.

The statements become formulas (`expression.formula`) over what the study's forms can hold: hard ranges, codes, counts
of lesions, days up to today. Where the solver finds nobody, there is nobody. Where it finds somebody, the facts are
made as plain as they can be and every statement is read again by `explain`: who is shown is always reproduced.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from itertools import count
from typing import Any, TypeVar

import z3

from .calendar import When
from .events import Event, Recorded, Seen
from .expression.explain import truth
from .expression.facts import Facts, Row, Value
from .expression.formula import AnyRow, Code, History, Number, Open, Told, Tri
from .expression.grammar import LESIONS
from .expression.terms import End, Yes, exact
from .expression.tree import (
    DATE,
    TRUTH,
    Aggregate,
    Call,
    Compare,
    Constant,
    Converted,
    Field,
    Kind,
    Named,
    Pick,
    Quantified,
    Rows,
    Tree,
    Type,
    parts,
)  # fmt: skip
from .logic import Truth
from .protocol import LESION_FACTS, Item
from .quantity import scale
from .shown import Answer, NotDecided, Proven, Shown, left, undecided
from .study import ALIVE, Study, fact

TODAY = date(2025, 6, 16)
"""The day up to which facts about nobody in particular are known."""
MOST_LESIONS, MOST_ROWS = 8, 40
LARGEST = 10**8
"""A whole number in an answer is smaller than this."""
ROUNDS = 10


def some_participant(
    study: Study,
    holds: Mapping[str, tuple[Tree, Truth]],
    *,
    given: Facts | None = None,
    rows: Mapping[str, int | range] | None = None,
    fixed: Mapping[tuple[str, str], Value] | None = None,
    complete: bool = True,
    milliseconds: int = 300,
) -> Answer:
    """Whether there can be a participant for whom each named statement comes to the truth given.

    Args:
        study: Whose forms say what can be written down: hard ranges, codes, units, which forms are closed.
        holds: Statements by name, each with the truth it is to come to.
        given: Rows that are there already and stay as they are, up to the day `given.until`; without, up to `TODAY`.
        rows: How many more rows of a form there may be, on or after those given: at most so many, or for
            `range(2, 4)` two or three. Unsaid: one of a form that does not repeat, two of one that does, and as many as
            the numbers it is counted against need.
        fixed: Answers that are settled, by form and fact, as `{("randomisation", "arm"): "control"}`, or the day, as
            `("labs", "on")`: each row that is added answers so, and one is added, unless the form takes no more rows.
        complete: Whether what the statements read is all recorded: each row answers what is asked of it (where the item
            is asked at all), with the laboratory's limits; a form of single facts is filled; lesions are listed.
            Otherwise anything may be left out. What may not have happened (a closed form, or one whose existence, number
            or date is asked) stays open in either case, and the count of an open form has no upper end.
        milliseconds: About how long to think; the same on every machine, as steps are counted, not time.

    Returns:
        Shown with facts (enrolled on the last day, numbers that are likely and round where the statements leave the
        choice), Proven with the names that contradict each other, or NotDecided with the reason. A proof covers all
        participants of at most so many rows, whose answers lie within the ranges, whose dates are known to the day and
        lie in 1900 to 2099, and whose limits of normal are over 0. The steps of the pathway (`entered(...)`) are days
        like any other here: only the pathway knows how they hang together.
    """
    left()
    if given is not None:
        answer = _answer(_Asked.of(study, holds, given, rows or {}, fixed or {}, complete), milliseconds)
    else:
        said = (tuple(holds.items()), tuple((rows or {}).items()), tuple((fixed or {}).items()))
        answer = _answered(study, *said, complete, milliseconds)
    if isinstance(answer, NotDecided) and (noted := undecided.get(None)) is not None:
        noted.append(answer.why)
    return answer


@lru_cache(maxsize=4_000)
def _answered(
    study: Study, holds: tuple[tuple[str, tuple[Tree, Truth]], ...], rows: tuple[tuple[str, int | range], ...],
    fixed: tuple[tuple[tuple[str, str], Value], ...], complete: bool, milliseconds: int,
) -> Answer:  # fmt: skip
    """The answer to a question about nobody in particular: several rules ask the same."""
    return _answer(_Asked.of(study, dict(holds), None, dict(rows), dict(fixed), complete), milliseconds)


# --- the history -----------------------------------------------------------------------------------------------------


class _Participant(History):
    """A history as the study's forms allow it, and what would make it look like somebody's."""

    def __init__(self, study: Study, until: date, given: Facts | None, rows: Mapping[str, int], complete: bool) -> None:
        super().__init__(until.toordinal(), given=given, rows=rows, closed=study.protocol.closed)
        self.study = study
        self.given = given
        self.complete = complete
        self.wishes: list[tuple[int, Yes]] = []
        self._listed = given is not None and LESIONS in given.closed

    def item(self, form: str, name: str) -> Item | None:
        if form == LESIONS:
            return LESION_FACTS.get(name)
        activity = self.study.activities.get(form)
        return activity.items.get(name) if activity is not None else None

    def wish(self, weight: int, statement: Yes) -> None:
        """Something that would be nice: the lighter ones are given up first."""
        if not isinstance(statement, bool):
            self.wishes.append((weight, statement))

    # --- rows ---------------------------------------------------------------------------------------------------

    def listings(self) -> list[AnyRow]:
        """The rows at which lesions are listed."""
        return [row for name in _listing(self.study) for row in self.rows(name)]

    def closed(self, form: str) -> Yes:
        if form != LESIONS or self._listed:
            return super().closed(form)
        return self.terms.either(*(row.exists for row in self.listings() if row.form != "lesion_found"))

    def row_drawn(self, row: Open) -> None:
        terms = self.terms
        self.wish(50 if row.form == "enrolment" else 5, terms.eq(row.on, self.until))
        self.wish(4, terms.le(TODAY.toordinal() - 730, row.on))
        listing = _listing(self.study)
        if row.number > 1 or row.form == LESIONS:
            self.wish(20 + row.number, terms.no(row.exists))
        elif row.form in listing[1:]:
            self.wish(12 + listing.index(row.form), terms.no(row.exists))
        if row.form == LESIONS:
            found = (terms.both(each.exists, terms.eq(each.first, row.on)) for each in self.listings())
            self.always(terms.implies(row.exists, terms.either(*found)))

    # --- answers ------------------------------------------------------------------------------------------------

    def is_answered(self, row: Open, name: str) -> Yes:
        item = self.item(row.form, name)
        if (
            item is not None
            and item.blank == "no"
            or row.form == LESIONS
            and name in ("node", "ablated", "resected", "found_on")
        ):
            return True
        if not self.complete or item is None:
            return super().is_answered(row, name)
        return self.statement(item.when.settled).met if item.when is not None and item.when.tree is not None else True

    def answer_drawn(self, row: Open, name: str, type: Type, value: Any) -> None:
        terms, item = self.terms, self.item(row.form, name)
        match type.kind:
            case Kind.NUMBER:
                self._number_drawn(type, item, value)
            case Kind.DATE:
                if row.form == LESIONS and name == "found_on":
                    self.always(terms.eq(value, row.on))
                self.wish(8, terms.le(value, self.until))
                self.wish(7, terms.le(TODAY.toordinal() - 1_100, value))
            case Kind.SET:
                self.wish(3, terms.le(value, 3))
            case _:
                pass
        if row.form == LESIONS:
            self._lesion_drawn(row, name, value)

    def _number_drawn(self, type: Type, item: Item | None, value: Any) -> None:
        terms = self.terms
        if item is not None and item.options:
            self.always(
                terms.either(*(terms.eq(value, int(option)) for option in item.options if option.lstrip("-").isdigit()))
            )
        low, high = _limits(type, item)
        self.always(terms.both(low is None or terms.le(low, value), high is None or terms.le(value, high)))
        if low is not None and high is not None:
            self.ranges[value.get_id()] = low, high
        if item is not None and item.expect is not None:
            self.wish(10, terms.le(exact(item.expect.low), value))
            self.wish(10, terms.le(value, exact(item.expect.high)))
        elif item is not None and item.name == "age" or type.unit in ("years", "a"):
            self.wish(9, terms.both(terms.le(18, value), terms.le(value, 90)))
            self.wish(10, terms.both(terms.le(12, value), terms.le(value, 100)))
        else:
            self.wish(2, terms.le(value, 100))

    def _lesion_drawn(self, row: Open, name: str, value: Any) -> None:
        terms = self.terms
        if name in ("ablated", "resected"):
            treating = [each for form in _treating(self.study, name) for each in self.rows(form)]
            self.always(terms.implies(terms.both(row.exists, value), terms.either(*(each.exists for each in treating))))
            self.wish(15, terms.no(value))
        elif name == "node":
            self.wish(12, terms.no(value))
        elif name == "diameter":
            self.always(terms.no(terms.le(1000, value)))
            self.wish(6, terms.both(terms.le(5, value), terms.le(value, 60)))
        if name in ("present", "diameter") and "present" in row.values and "diameter" in row.values:
            # What was last seen and is gone measures nothing; a lymph node under 10 mm is there and is no disease.
            present, diameter = row.values["present"][1], row.values["diameter"][1]
            seen = terms.both(row.exists, self.answered(row, "present"))
            known = self.answered(row, "diameter")
            node = self._value(row, Field(LESIONS, "node", TRUTH))
            gone = terms.both(seen, terms.no(present))
            small = terms.both(node, terms.no(terms.le(10, diameter)))
            self.always(terms.implies(gone, terms.both(known, terms.either(terms.eq(diameter, 0), small))))
            self.wish(30, terms.implies(terms.both(seen, present, known), terms.no(terms.le(diameter, 0))))
            self.wish(30, terms.implies(terms.both(seen, present, known, node), terms.le(10, diameter)))

    def limit_drawn(self, row: Open, name: str, part: str, value: z3.ArithRef) -> Yes:
        terms, item = self.terms, self.item(row.form, name)
        self.always(terms.no(terms.le(value, 0)))
        if ("lln" if part == "uln" else "uln") in {end for of, end in row.limits if of == name}:
            low, high = (row.limits[name, end][1] for end in ("lln", "uln"))
            self.always(terms.no(terms.le(high, low)))
        known = True if self.complete else super().limit_drawn(row, name, part, value)
        for limit in _site_limits(self.study, name, part, item):
            self.wish(11, terms.eq(value, limit))
            if len(self.study.protocol.sites) == 1:  # the one laboratory's limits stand beside every value
                known = terms.either(known, self.answered(row, name))
        if item is not None and item.expect is not None:
            self.wish(9, terms.both(terms.le(exact(item.expect.low), value), terms.le(value, exact(item.expect.high))))
        return known


def _limits(type: Type, item: Item | None) -> tuple[Fraction | None, Fraction | None]:
    """The least and the greatest answer that is possible."""
    if item is not None and item.range is not None:
        return exact(item.range.low), exact(item.range.high)
    if type.whole:
        return Fraction(0), Fraction(LARGEST)
    is_amount = item is not None and item.type == "quantity" and scale(type.unit).dimension != "[temperature]"
    return (Fraction(0) if is_amount else None), None


@lru_cache(maxsize=64)
def _listing(study: Study) -> tuple[str, ...]:
    """The activities at which lesions are listed, the one that is nothing else last."""
    names = [name for name, each in study.activities.items() if each.lesions and name != "lesion_found"]
    return (*names, "lesion_found") if "lesion_found" in study.activities else tuple(names)


def _treating(study: Study, how: str) -> tuple[str, ...]:
    """The activities that do this to the lesions they name."""
    return tuple(
        name for name, each in study.activities.items()
        if each.treats == how and any(item.type == "lesions" for item in each.items.values())
    )  # fmt: skip


def _site_limits(study: Study, name: str, part: str, item: Item | None) -> Iterable[Fraction]:
    from .answers import site_limits

    if item is not None:
        for site in list(study.protocol.sites)[:1]:
            yield from (exact(limit) for end, limit in site_limits(replace(item, name=name), site, study) if end == part)


# --- the question ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Asked:
    """A question put to the solver: the history, and by name the formula of each statement."""

    study: Study
    holds: Mapping[str, tuple[Tree, Truth]]
    given: Facts | None
    history: _Participant
    formulas: Mapping[str, Yes]
    fixed: frozenset[tuple[str, str]]

    @staticmethod
    def of(
        study: Study, holds: Mapping[str, tuple[Tree, Truth]], given: Facts | None, rows: Mapping[str, int | range],
        fixed: Mapping[tuple[str, str], Value], complete: bool,
    ) -> "_Asked":  # fmt: skip
        trees = [tree for tree, _ in holds.values()]
        known = given
        if given is not None:  # what follows from the rows follows anew
            known = replace(given, rows={form: each for form, each in given.rows.items() if form != ALIVE})
        until = given.until if given is not None else TODAY
        counts = _counts(study, trees, given)
        for form, _ in fixed:
            counts.setdefault(form, 1)
        counts |= {form: said.stop - 1 if isinstance(said, range) else said for form, said in rows.items()}
        history = _Participant(study, until, known, counts, complete)
        terms = history.terms
        formulas = {name: history.statement(tree).is_(said, terms) for name, (tree, said) in holds.items()}
        for form, said in rows.items():
            if isinstance(said, range) and said.start > 0:
                drawn = [row for row in history.rows(form) if isinstance(row, Open)]
                history.always(drawn[said.start - 1].exists)
        for (form, name), value in fixed.items():
            _fix(history, form, name, value)
        if "enrolment" in history.forms and "enrolment" not in rows:
            history.always(history.rows("enrolment")[0].exists)
        if complete:
            for form in _filled(study, trees):
                if form not in rows and history.rows(form):
                    history.always(history.rows(form)[0].exists)
            if LESIONS in history.forms:
                listed = history.closed(LESIONS)
                if listed is not False:
                    history.always(listed)
        _treated(history)
        _alive(history)
        return _Asked(study, holds, given, history, formulas, frozenset(fixed))


def _counts(study: Study, trees: Sequence[Tree], given: Facts | None) -> dict[str, int]:
    """How many rows more of a form can matter to the statements."""
    counted: dict[str, dict[Any, int]] = {}
    treated: dict[Tree, int] = {}

    def needs(rows: Rows, count: int) -> None:
        of = counted.setdefault(rows.form, {})
        of[rows.where, rows.answered] = max(of.get((rows.where, rows.answered), 0), count)

    for tree in trees:
        for part in parts(tree):
            match part:
                case Compare(left=left, right=right):
                    for one, other in ((left, right), (right, left)):
                        while isinstance(one, Named | Converted):
                            one = one.of
                        if not isinstance(other, Constant) or not isinstance(other.value, int | float):
                            continue
                        if isinstance(one, Aggregate) and one.op == "count":
                            needs(one.rows, int(other.value) + 1)
                        elif isinstance(one, Call) and one.name == "size":  # as many lesions, for the set to name
                            treated[one] = int(other.value) + 1
                case Pick(rows=rows, which=which):
                    needs(rows, which if isinstance(which, int) else 1)
                case Aggregate(rows=rows) | Quantified(rows=rows):
                    needs(rows, 1)
                case _:
                    pass
    if LESIONS in counted:
        counted[LESIONS] |= treated
    found = {}
    for form, of in counted.items():
        known = study.scope.forms.get(form)
        if form == LESIONS:
            found[form] = max(2, *of.values(), min(MOST_LESIONS, sum(of.values())))
        elif known is None or not known.repeats:
            found[form] = 1 - min(1, len(given.rows.get(form, ())) if given is not None else 0)
        else:
            found[form] = max(2, *of.values(), min(MOST_LESIONS, sum(of.values())))
        found[form] = min(found[form], MOST_ROWS)
    for form, known in study.scope.forms.items():
        if form not in found and not known.repeats:
            found[form] = 1 - min(1, len(given.rows.get(form, ())) if given is not None else 0)
    for form in _listing(study):
        found.setdefault(form, 1)
    return found


def _filled(study: Study, trees: Sequence[Tree]) -> list[str]:
    """The forms that hold single facts which the statements read, and of which nobody asks whether they are there."""
    asked: dict[str, None] = {}
    events: set[str] = set(study.protocol.closed) | {LESIONS}
    for tree in trees:
        for part in parts(tree):
            match part:
                case Pick(rows=rows, of=of) if of.name != "on":
                    asked[rows.form] = None
                case Pick(rows=rows) | Aggregate(rows=rows) | Quantified(rows=rows):
                    events.add(rows.form)
                case _:
                    pass
    return [form for form in asked if form not in events]


def _fix(history: _Participant, form: str, name: str, value: Value) -> None:
    """Settle a fact, or the day (`on`), of each row that is added."""
    terms, item = history.terms, history.item(form, name)
    if item is None and name != "on":
        raise LookupError(f"'{name}' is not written down in {form}")
    of = Field(form, name, DATE if item is None else fact(replace(item, name=name)).type)
    drawn = [row for row in history.rows(form) if isinstance(row, Open)]
    if drawn:
        history.always(drawn[0].exists)
    for row in drawn:
        said = history.answer(row, of)
        match value, said:
            case bool(), Tri(met, not_met):
                same = met if value else not_met
            case str(), Code(cases):
                same = terms.either(*(terms.both(guard, history.is_code(code, value)) for guard, code in cases))
            case When() | tuple() | float() | int(), Number(cases):
                number = (
                    value.first.toordinal() if isinstance(value, When) else len(value) if isinstance(value, tuple) else value
                )
                settled = exact(number)
                same = terms.either(*(terms.both(guard, terms.eq(low, settled)) for guard, low, _ in cases))
            case _:
                raise TypeError(f"{value!r} is no answer to {form}.{name}")
        history.always(terms.implies(row.exists, same))


def _treated(history: _Participant) -> None:
    """Each lesion that is said to be treated is one of the lesions; a lesion is treated if a treatment named it."""
    if LESIONS not in history.forms:
        return
    terms = history.terms
    for how in ("ablated", "resected"):
        forms = [form for form in _treating(history.study, how) if form in history.forms]
        rows = [row for form in forms for row in history.rows(form) if isinstance(row, Open)]
        sizes = [(row, size) for row in rows for type, size in row.values.values() if type.kind is Kind.SET]
        if not sizes:
            continue
        treated: list[End] = []
        for lesion in history.rows(LESIONS):
            said = history.answer(lesion, Field(LESIONS, how, TRUTH))
            treated.append(terms.choice(terms.both(lesion.exists, said.met if isinstance(said, Tri) else False), 1, 0))
            if isinstance(lesion, Open) and isinstance(said, Tri):
                here = terms.either(*(terms.both(row.exists, terms.eq(row.on, lesion.on)) for row in rows))
                history.wish(40, terms.implies(terms.both(lesion.exists, said.met), here))
        for row, size in sizes:
            history.always(terms.implies(row.exists, terms.le(size, terms.total(treated))))
        if all(any(row is one for one, _ in sizes) for row in rows):
            most = terms.total([terms.choice(row.exists, size, 0) for row, size in sizes])
            history.always(terms.le(terms.total(treated), most) if not _told_lesions(history) else True)


def _told_lesions(history: History) -> bool:
    """Whether there are lesions already, which may have been treated before."""
    return any(isinstance(row, Told) for row in history.rows(LESIONS))


def _alive(history: _Participant) -> None:
    """The last day on which somebody is known to be alive is that of the last thing recorded, death apart."""
    if ALIVE not in history.forms:
        return
    terms = history.terms
    (alive,) = history.rows(ALIVE)[:1] or (None,)
    if not isinstance(alive, Open):
        return
    history.always(alive.exists)
    given = asked.rows if (asked := history.given) is not None else {}
    forms = dict.fromkeys(form for form in (*given, *history.forms) if _is_event(form) and form != "death")
    rows = [row for form in forms for row in history.rows(form)]
    for row in rows:
        history.always(terms.implies(row.exists, terms.le(row.last, alive.on)))
    if "last_contact" in forms or "last_contact" not in history.study.activities:
        history.always(terms.either(*(terms.both(row.exists, terms.eq(row.last, alive.on)) for row in rows)))


def _is_event(form: str) -> bool:
    """Whether the rows of a form are things recorded, rather than what follows from them."""
    return form not in (LESIONS, ALIVE) and ":" not in form


def _answer(asked: _Asked, milliseconds: int) -> Answer:
    history, terms = asked.history, asked.history.terms
    solver = z3.SimpleSolver(ctx=terms.context)
    solver.set("timeout", int(min(20 * milliseconds + 1_000, 1_000 * left() + 1)))
    solver.set("rlimit", 10_000 * milliseconds)
    solver.add(*history.axioms)
    named = {name: terms.truth(f"?{number}") for number, name in enumerate(asked.formulas)}
    wanted = tuple(named.values())
    for name, formula in asked.formulas.items():
        solver.add(_term(history, terms.implies(named[name], formula)))
    found = solver.check(*wanted)
    if found == z3.unsat:
        return Proven(_core(solver, named))
    if found != z3.sat:
        return NotDecided("the solver ran out of time")
    wishes = _wishes(history, solver)
    rough = (*history.rough, *history.last_rough)
    for _ in range(ROUNDS):
        model = _wished(solver, wanted, wishes)
        if model is None:
            found = solver.check(*wanted)
            return Proven(_core(solver, named)) if found == z3.unsat else NotDecided("the solver ran out of time")
        if (facts := _plain(asked, _facts(asked, model))) is not None:
            return Shown(facts)
        at = [tuple(_value(model, each) for each in one.rests_on) for one in rough]
        # First somebody for whom all is settled that is only known roughly; then whatever is true of it near there.
        solver.push()
        for one in rough:
            if model is not None:
                solver.add(_term(history, one.settled(tuple(_value(model, each) for each in one.rests_on))))
                model = _wished(solver, wanted, wishes)
        solver.pop()
        if rough and model is not None and (facts := _plain(asked, _facts(asked, model))) is not None:
            return Shown(facts)
        closer = [one.closer(values) for one, values in zip(rough, at, strict=True)]
        if all(each is True for each in closer):
            break
        solver.add(*(_term(history, each) for each in closer))
    return NotDecided("only participants whom the engine does not confirm were found")


def _term(history: History, statement: Yes) -> z3.BoolRef:
    return z3.BoolVal(statement, history.terms.context) if isinstance(statement, bool) else statement


def _core(solver: z3.Solver, wanted: Mapping[str, z3.BoolRef]) -> tuple[str, ...]:
    """The names of statements that contradict each other, none of which could be left out."""
    kept = _blamed(solver, wanted)
    for name in tuple(kept):
        rest = {other: said for other, said in kept.items() if other != name}
        if rest and name in kept and solver.check(*rest.values()) == z3.unsat:
            kept = _blamed(solver, rest)
    return tuple(kept)


Key = TypeVar("Key")


def _blamed(solver: z3.Solver, said: Mapping[Key, z3.BoolRef]) -> dict[Key, z3.BoolRef]:
    """Those that the solver could not have all at once."""
    core = {each.get_id() for each in solver.unsat_core()}
    return {key: each for key, each in said.items() if each.get_id() in core}


def _wishes(history: _Participant, solver: z3.Solver) -> list[z3.BoolRef]:
    """A name for each thing that would be nice, the heaviest first."""
    wishes = []
    for number, (_, statement) in enumerate(sorted(history.wishes, key=lambda each: -each[0])):
        name = history.terms.truth(f"!wish{number}")
        solver.add(_term(history, history.terms.implies(name, statement)))
        wishes.append(name)
    return wishes


def _wished(solver: z3.Solver, wanted: Iterable[z3.BoolRef], wishes: Sequence[z3.BoolRef]) -> z3.ModelRef | None:
    """A model in which as many wishes come true as a few tries can find."""
    kept = dict(enumerate(wishes))
    for _ in range(40):
        found = solver.check(*wanted, *kept.values())
        if found == z3.sat:
            return solver.model()
        blamed = _blamed(solver, kept) if found == z3.unsat else {}
        if not blamed:
            break
        del kept[max(blamed)]  # the lightest
    return solver.model() if solver.check(*wanted) == z3.sat else None


def _value(model: z3.ModelRef, term: z3.ArithRef) -> Fraction:
    value = model.eval(term, model_completion=True)
    try:
        return Fraction(value.as_long()) if z3.is_int_value(value) else Fraction(value.as_fraction())
    except ValueError:  # thousands of digits: near it will do, as what is found is tried on the statements afterwards
        return Fraction(value.as_decimal(20).rstrip("?"))


# --- the participant -------------------------------------------------------------------------------------------------


def _facts(asked: _Asked, model: z3.ModelRef) -> Facts:
    """What the solver found, as facts."""
    history = asked.history

    def holds(statement: Yes) -> bool:
        return statement if isinstance(statement, bool) else z3.is_true(model.eval(statement, model_completion=True))

    texts = {number: words for words, number in history.texts.items()}
    found: dict[str, tuple[Row, ...]] = dict(asked.given.rows) if asked.given is not None else {}
    for form, rows in history.forms.items():
        made = []
        for row in rows:
            if isinstance(row, Told):
                made.append(row.row)
            elif holds(row.exists):
                values: dict[str, Value] = {}
                for name, (type, term) in row.values.items():
                    if holds(history.answered(row, name)):
                        values[name] = _read(type, term, model, texts)
                limits = {key: float(_value(model, term)) for key, (known, term) in row.limits.items() if holds(known)}
                on = When.on(date.fromordinal(int(_value(model, row.on))))
                if form == LESIONS:
                    made.append(Row(on, _lesion(values, on, asked.history.complete), {}, f"L{len(made) + 1}"))
                else:
                    made.append(Row(on, values, limits))
        if made:
            found[form] = tuple(made)
    _name_treated(found, history)
    if ALIVE in found:
        days = [row.on for form, each in found.items() if _is_event(form) and form != "death" for row in each]
        if ALIVE not in history.forms:
            found[ALIVE] = (Row(max(days, key=lambda day: (day.last, day.first))),) if days else found[ALIVE]
        elif found[ALIVE][0].on not in days:
            found["last_contact"] = (*found.get("last_contact", ()), Row(found[ALIVE][0].on))
    closed = set(asked.study.protocol.closed) | (set(asked.given.closed) if asked.given is not None else set())
    if LESIONS in history.forms and holds(history.closed(LESIONS)):
        closed.add(LESIONS)
    return _numbered(
        Facts(date.fromordinal(int(history.until)) if isinstance(history.until, int) else TODAY, found, frozenset(closed))
    )


def _read(type: Type, term: Any, model: z3.ModelRef, texts: Mapping[int, str]) -> Value:
    match type.kind:
        case Kind.TRUTH:
            return bool(z3.is_true(model.eval(term, model_completion=True)))
        case Kind.CHOICE:
            return type.options[int(_value(model, term))]
        case Kind.TEXT:
            return texts.get(int(_value(model, term)), "something else")
        case Kind.SET:
            return tuple(f"L{number}" for number in range(1, int(_value(model, term)) + 1))
        case Kind.DATE:
            return When.on(date.fromordinal(int(_value(model, term))))
        case _:
            return float(_value(model, term))


def _lesion(values: Mapping[str, Value], on: When, complete: bool) -> dict[str, Value]:
    """What is known of a lesion, with what nobody asked of it as one imaging would have it."""
    told: dict[str, Value] = {"ablated": False, "resected": False, "node": False, "found_on": on, **values}
    diameter = values.get("diameter")
    if "present" not in values and (complete or diameter is not None):
        told["present"] = diameter != 0
    return told


def _name_treated(found: dict[str, tuple[Row, ...]], history: _Participant) -> None:
    """Sets of treated lesions name the lesions that were treated."""
    for how in ("ablated", "resected"):
        ids = [row.id for row in found.get(LESIONS, ()) if row.values.get(how)]
        for form in _treating(history.study, how) if ids else ():
            told = sum(isinstance(row, Told) for row in history.forms.get(form, ()))
            made, turn = list(found.get(form, ())), 0
            for place, row in enumerate(made[told:], told):
                values = dict(row.values)
                for key, item in history.study.activities[form].items.items():
                    if item.type == "lesions":
                        size = len(named) if isinstance(named := values.get(key), tuple) else len(ids)
                        values[key] = tuple(sorted({ids[(turn + each) % len(ids)] for each in range(size)}))
                        turn += size
                        break
                made[place] = replace(row, values=values)
            if made:
                found[form] = tuple(made)


def _numbered(facts: Facts) -> Facts:
    """The same, the rows without a name numbered in order of time."""
    taken = (int(row.id) for rows in facts.rows.values() for row in rows if row.id.isdecimal())
    fresh = map(str, count(max(taken, default=0) + 1))  # after those of the same day that have a name
    unnamed = sorted(
        (row.on.first, form == "death", place, form)
        for form, rows in facts.rows.items() if _is_event(form)
        for place, row in enumerate(rows) if not row.id
    )  # fmt: skip
    names = {(form, place): next(fresh) for _, _, place, form in unnamed}
    rows = {
        form: tuple(replace(row, id=names[form, place]) if (form, place) in names else row for place, row in enumerate(each))
        for form, each in facts.rows.items()
    }
    return Facts(facts.until, rows, facts.closed)


def _is_shown(asked: _Asked, facts: Facts) -> bool:
    return all(truth(tree, facts) is said for tree, said in asked.holds.values())


def _plain(asked: _Asked, facts: Facts) -> Facts | None:
    """A participant like this one in round numbers, for whom every statement comes to what was asked; None if none does."""
    drawn = {
        (form, place)
        for form, rows in asked.history.forms.items()
        for place in range(sum(isinstance(row, Told) for row in rows), len(facts.rows.get(form, ())))
    }

    def rounded(facts: Facts, digits: int, *only: tuple[str, int, object]) -> Facts:
        def each(key: tuple[str, int, object], value: Any) -> Any:
            is_free = isinstance(value, float) and (not only or key in only) and (key[0], key[2]) not in asked.fixed
            return _rounded(value, digits) if is_free else value

        rows = dict(facts.rows)
        for form, place in sorted(drawn):
            row = rows[form][place]
            values = {key: each((form, place, key), value) for key, value in row.values.items()}
            limits = {key: each((form, place, key), value) for key, value in row.limits.items()}
            rows[form] = (*rows[form][:place], replace(row, values=values, limits=limits), *rows[form][place + 1 :])
        return Facts(facts.until, rows, facts.closed)

    def is_kept(other: Facts) -> bool:
        return _is_possible(asked.history, other) and _is_shown(asked, other)

    for digits in (2, 3):
        if is_kept(plain := rounded(facts, digits)):
            return plain
    found = next((each for each in (facts, *(rounded(facts, digits) for digits in (4, 6, 9))) if is_kept(each)), None)
    if found is None:
        return None
    numbers = [
        (form, place, key)
        for form, place in sorted(drawn)
        for key, value in (*found.rows[form][place].values.items(), *found.rows[form][place].limits.items())
        if isinstance(value, float) and (form, key) not in asked.fixed
    ]
    for one in numbers[:40]:
        plainer = (rounded(found, digits, one) for digits in (2, 3, 4, 6))
        found = next((each for each in plainer if is_kept(each)), found)
    return found


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}") if math.isfinite(value) else value


def _is_possible(history: _Participant, facts: Facts) -> bool:
    """Whether the numbers lie within their hard ranges."""
    for form, rows in facts.rows.items():
        for row in rows:
            for name, value in row.values.items():
                item = history.item(form, name)
                if item is None or not isinstance(value, float):
                    continue
                low, high = _limits(fact(replace(item, name=name)).type, item)
                if low is not None and value < low or high is not None and value > high:
                    return False
                if item.options and str(int(value)) not in item.options or item.type == "integer" and value != int(value):
                    return False
    return True


# --- the participant's file ------------------------------------------------------------------------------------------


def facts_events(facts: Facts, study: Study) -> tuple[Event, ...]:
    """The facts as events, in order of time, which `chart` folds to the same facts.

    Lesions are listed at the imaging on whose day they were found; what follows from events (lesions, the last day
    known alive, the steps of the pathway) makes none of its own.
    """
    listing = _listing(study)
    named = _numbered(facts)
    lesions = list(named.rows.get(LESIONS, ()))
    is_listed = LESIONS in named.closed
    events: list[Recorded] = []
    for form, rows in named.rows.items():
        if not _is_event(form):
            continue
        for row in rows:
            seen: tuple[Seen, ...] | None = None
            if form in listing:
                here = [lesion for lesion in lesions if lesion.on.first == row.on.first]
                lesions = [lesion for lesion in lesions if lesion not in here]
                if here or is_listed and form != "lesion_found":
                    seen = tuple(_seen(lesion) for lesion in here)
                    is_listed = is_listed and form == "lesion_found"
            events.append(Recorded(id=row.id, on=row.on, activity=form, values=row.values, limits=row.limits, lesions=seen))
    return tuple(sorted(events, key=lambda each: (each.on.first, each.activity == "death", _order(each.id))))


def _order(id: str) -> tuple[int, str]:
    return (int(id), "") if id.isdigit() else (0, id)


def _seen(lesion: Row) -> Seen:
    """A lesion as an imaging would have shown it, for its row to say what it says."""
    values = lesion.values
    diameter, present = values.get("diameter"), values.get("present")
    node = values.get("node")
    is_treated = values.get("ablated")
    if present is None:
        status = "measured" if is_treated and isinstance(diameter, float) else "equivocal"
    elif present or node and diameter:
        status = "viable" if is_treated else "measured" if isinstance(diameter, float) else "present"
    else:
        status, diameter = "absent", None
    return Seen(
        id=lesion.id, status=status, diameter_mm=diameter if isinstance(diameter, float) else None,
        organ=str(values.get("organ", "")), segment=str(values.get("segment", "")), role=str(values.get("role", "")),
        node=node if isinstance(node, bool) else None,
    )  # fmt: skip
