"""An expression read for one participant: its value, and for each unknown what would settle it."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from ..calendar import Span, When, later, months_between
from ..logic import MET, NOT_MET, UNKNOWN, Truth, every, negated, some
from ..quantity import converted
from .english import english
from .facts import Facts, Missing, Row, Unclear, Value, Why
from .tree import (
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
    Scope,
    Shifted,
    Today,
    Tree,
    looks_out,
    parts,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Between:
    """A number, or a day counted from the year 1, that lies between two ends: the same when it is known."""

    low: float
    high: float


Known = Truth | Between | str | tuple[str, ...] | None
"""A value as far as it is known: a truth, an interval, a code or text, a set of lesions; None is unknown."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an expression comes to: its value, the facts it read, and what is missing where it is unknown."""

    value: Known
    reads: tuple["Reading", ...]
    missing: tuple[Missing, ...]

    @property
    def truth(self) -> Truth:
        """The value of a statement."""
        return self.value if isinstance(self.value, Truth) else UNKNOWN


@dataclass(frozen=True, slots=True)
class Reading:
    """A fact that was read: its label, the answer as text, the unit, and the day it was given."""

    label: str
    value: str
    on: When
    id: str = ""


def explain(tree: Tree, facts: Facts, scope: Scope | None = None) -> Explanation:
    """Read an expression for one participant.

    Args:
        tree: The expression.
        facts: What is known of the participant.
        scope: Gives judgements their question and their role in what is missing.
    """
    value, missing = _of(tree, facts, ())
    undecided = value is None or value is UNKNOWN or (isinstance(value, Between) and value.low != value.high)
    told = tuple(dict.fromkeys(_judged(each, scope) for each in missing)) if undecided else ()
    return Explanation(value, tuple(dict.fromkeys(_reads(tree, facts, scope))), told)


def value(tree: Tree, facts: Facts) -> Known:
    """The value alone."""
    return _of(tree, facts, ())[0]


def truth(tree: Tree, facts: Facts, row: Row | None = None) -> Truth:
    """The truth of a statement; of a statement about a row, for that row.

    >>> from equipoise.expression.tree import TRUTH
    >>> truth(Constant(True, TRUTH), Facts(date(2024, 1, 1)))
    <Truth.MET: 'met'>
    """
    return _truth(_of(tree, facts, () if row is None else (("", row),))[0])


_Answer = tuple[Known, tuple[Missing, ...]]
_At = tuple[tuple[str, Row], ...]
"""The rows at hand with their forms, innermost last; a row whose form nobody said is of any form."""
_NONE: tuple[Missing, ...] = ()


def _of(tree: Tree, facts: Facts, at: _At) -> _Answer:
    match tree:
        case Constant():
            return _constant(tree.value), _NONE
        case Today():
            day = float(facts.until.toordinal())
            return Between(day, day), _NONE
        case Named():
            return _of(tree.of, facts, at)
        case Field():
            return _field(tree, _at_hand(tree, at), facts)
        case Pick():
            return _pick(tree, facts, at)
        case Aggregate():
            return _aggregate(tree, facts, at)
        case Quantified():
            return _quantified(tree, facts, at)
        case Not():
            found, missing = _of(tree.of, facts, at)
            return negated(_truth(found)), missing
        case And() | Or():
            return _joined(tree, facts, at)
        case Compare():
            return _compare(tree, facts, at)
        case Among():
            found, missing = _of(tree.of, facts, at)
            return (UNKNOWN if found is None else Truth.of(found in tree.options)), missing
        case If():
            return _if(tree, facts, at)
        case Arithmetic():
            return _arithmetic(tree, facts, at)
        case Call():
            return _call(tree, facts, at)
        case Converted():
            return _converted(tree, facts, at)
        case Shifted():
            return _shifted(tree, facts, at)


def _truth(found: Known) -> Truth:
    return found if isinstance(found, Truth) else UNKNOWN


def _constant(value: float | bool | str | When | Span) -> Known:
    match value:
        case bool():
            return Truth.of(value)
        case str():
            return value
        case When():
            return _days(value)
        case Span():
            return Between(value.about_days, value.about_days)
        case _:
            return Between(value, value)


def _days(when: When) -> Between:
    return Between(float(when.first.toordinal()), float(when.last.toordinal()))


def _at_hand(field: Field, at: _At) -> Row | None:
    """The row at hand that a field is of."""
    outer = field.outer
    for form, row in reversed(at):
        if form == field.form or not form:
            if not outer:
                return row
            outer = False
    return None


def _field(field: Field, row: Row | None, facts: Facts) -> _Answer:
    if row is None:
        return None, (Missing(field.form, field.name, Why.NEVER_RECORDED, field.label),)
    if field.name == "on":
        missing = _NONE if row.on.is_exact else (Missing(field.form, "on", Why.PARTLY_DATED, field.label, str(row.on)),)
        return _days(row.on), missing
    if field.part:
        limit = row.limits.get((field.name, field.part))
        if limit is None:
            return None, (Missing(field.form, field.name, Why.NO_RANGE, field.label, f"{row.on}"),)
        return Between(limit, limit), _NONE
    answer = row.values.get(field.name)
    if answer is None:
        return None, (Missing(field.form, field.name, Why.LEFT_BLANK, field.label, f"on {row.on}"),)
    return _answered(field, answer)


def _answered(field: Field, answer: Value) -> _Answer:
    match answer:
        case Unclear():
            return None, (Missing(field.form, field.name, answer.why, field.label, answer.text),)
        case bool():
            return Truth.of(answer), _NONE
        case When():
            part = Missing(field.form, field.name, Why.PARTLY_DATED, field.label, str(answer))
            return _days(answer), _NONE if answer.is_exact else (part,)
        case str() | tuple():
            return answer, _NONE
        case _:
            return Between(float(answer), float(answer)), _NONE


def _members(rows: Rows, facts: Facts, at: _At) -> list[tuple[Row, Truth, tuple[Missing, ...]]]:
    """The rows that are, or may be, among those meant."""
    found = []
    here = next((row for form, row in reversed(at) if form in ("", rows.form)), None) if rows.another else None
    for row in facts.rows.get(rows.form, ()):
        if row is here or rows.answered and rows.answered not in row.values:
            continue
        member, missing = (MET, _NONE) if rows.where is None else _of(rows.where, facts, (*at, (rows.form, row)))
        if member is not NOT_MET:
            found.append((row, _truth(member), missing))
    return found


def _pick(pick: Pick, facts: Facts, at: _At) -> _Answer:
    field = pick.of
    rows = pick.rows if field.name == "on" or pick.rows.answered else _answering(pick)
    members = _members(rows, facts, at)
    if not members:
        recorded = any(field.name == "on" or field.name in row.values for row in facts.rows.get(rows.form, ()))
        why = Why.OUTSIDE_WINDOW if recorded and pick.rows.where is not None else Why.NEVER_RECORDED
        name = field.form if field.name == "on" else field.name
        label = (pick.rows.label or field.form.replace("_", " ")) if field.name == "on" else field.label
        return None, (Missing(field.form, name, why, label),)
    if isinstance(pick.which, int):
        if len(members) < pick.which:
            so_far = f"only {len(members)} so far"
            return None, (Missing(field.form, field.name, Why.NEVER_RECORDED, field.label, so_far),)
        place, counted = pick.which - 1, members[: pick.which]
    else:
        place = 0 if pick.which == "first" else len(members) - 1
        counted = members[place : place + 1]
    row = members[place][0]
    days = [each.on for each, _, _ in members]
    vague = next((day for day in days if not day.is_exact), row.on)
    partly = Missing(field.form, field.name, Why.PARTLY_DATED, field.label, f"a row of {vague}")
    if every(member for _, member, _ in counted) is UNKNOWN:
        return None, tuple(one for _, _, missing in counted for one in missing) or (partly,)
    if not _is_in_place(place, days):
        return None, (partly,)
    return _field(field, row, facts)


def _is_in_place(place: int, days: Sequence[When]) -> bool:
    """Whether no day known only in part could put another row before or after the one in a place."""
    here = days[place]
    earlier, after = days[:place], days[place + 1 :]
    return all(day.last <= here.first for day in earlier) and all(here.last <= day.first for day in after)


def _answering(pick: Pick) -> Rows:
    rows = pick.rows
    return Rows(rows.form, rows.where, rows.label, pick.of.name, rows.another)


def _unlooked(rows: Rows) -> Missing:
    return Missing(rows.form, rows.form, Why.NOT_LOOKED_FOR, rows.label)


def _aggregate(tree: Aggregate, facts: Facts, at: _At) -> _Answer:
    members = _members(tree.rows, facts, at)
    doubts = tuple(one for _, member, missing in members if member is UNKNOWN for one in missing)
    if tree.op == "count":
        sure = sum(member is MET for _, member, _ in members)
        if tree.rows.form in facts.closed:
            return Between(sure, len(members)), doubts
        return Between(sure, math.inf), (*doubts, _unlooked(tree.rows))
    if not members:
        return None, (Missing(tree.rows.form, tree.rows.form, Why.NEVER_RECORDED, tree.rows.label),)
    assert tree.of is not None
    values = []
    for row, _, _ in members:
        found, missing = _of(tree.of, facts, (*at, (tree.rows.form, row)))
        if not isinstance(found, Between):
            doubts = (*doubts, *missing)
        else:
            values.append(found)
    if len(values) < len(members) or any(member is UNKNOWN for _, member, _ in members):
        return None, doubts
    lows, highs = [each.low for each in values], [each.high for each in values]
    match tree.op:
        case "sum":
            return _span_of(sum(lows), sum(highs)), _NONE
        case "min":
            return Between(min(lows), min(highs)), _NONE
        case "max":
            return Between(max(lows), max(highs)), _NONE
        case _:
            return _span_of(sum(lows) / len(lows), sum(highs) / len(highs)), _NONE


def _quantified(tree: Quantified, facts: Facts, at: _At) -> _Answer:
    truths, doubts = [], []
    for row, member, missing in _members(tree.rows, facts, at):
        found, lacks = _of(tree.of, facts, (*at, (tree.rows.form, row)))
        holds = _truth(found)
        joined = every((member, holds)) if tree.op == "any" else some((negated(member), holds))
        truths.append(joined)
        if joined is UNKNOWN:
            doubts += [*missing, *(lacks if holds is UNKNOWN else ())]
    if tree.rows.form not in facts.closed:
        truths.append(UNKNOWN)
        doubts.append(_unlooked(tree.rows))
    return (some(truths) if tree.op == "any" else every(truths)), tuple(doubts)


def _joined(tree: And | Or, facts: Facts, at: _At) -> _Answer:
    settles = NOT_MET if isinstance(tree, And) else MET
    doubts: list[Missing] = []
    verdict = negated(settles)
    for branch in tree.of:
        found, missing = _of(branch, facts, at)
        if found is settles:
            return settles, _NONE
        if found is not negated(settles):
            verdict = UNKNOWN
            doubts += missing
    return verdict, tuple(doubts)


def _compare(tree: Compare, facts: Facts, at: _At) -> _Answer:
    left, lacks_left = _of(tree.left, facts, at)
    right, lacks_right = _of(tree.right, facts, at)
    if tree.left.type.kind is Kind.CHOICE:
        left, right = (_rank(each, tree.left.type.options) for each in (left, right))
    if not isinstance(left, Between) or not isinstance(right, Between):
        return UNKNOWN, (*lacks_left, *lacks_right)
    return compared(tree.op, left, right), (*lacks_left, *lacks_right)


def _rank(code: Known, options: tuple[str, ...]) -> Between | None:
    if not isinstance(code, str):
        return None
    if code not in options:
        return None
    rank = float(options.index(code))
    return Between(rank, rank)


SAME = 1e-9
"""Numbers that differ by no more than this part of themselves are one: a bilirubin of 2.1 is at most 1.5 x 1.4,
although a computer makes that 2.0999999999999996. No laboratory tells numbers apart so finely."""
FINITE = 1e300


def at_most(left: float, right: float) -> bool:
    """Whether a number is at most another, by what can be told apart.

    >>> at_most(2.1, 1.5 * 1.4), at_most(2.1, 2.09)
    (True, False)
    """
    return left <= right or left - right <= SAME * min(abs(right), FINITE)


def compared(op: str, left: Between, right: Between) -> Truth:
    """How two intervals compare: unknown where it depends on where in them the values lie.

    >>> compared("<", Between(1, 2), Between(2, 3)), compared("<=", Between(1, 2), Between(2, 3))
    (<Truth.UNKNOWN: 'unknown'>, <Truth.MET: 'met'>)
    """
    match op:
        case "<=":
            return MET if at_most(left.high, right.low) else UNKNOWN if at_most(left.low, right.high) else NOT_MET
        case ">=":
            return compared("<=", right, left)
        case "<":
            return negated(compared("<=", right, left))
        case ">":
            return negated(compared("<=", left, right))
        case "==":
            if not at_most(left.low, right.high) or not at_most(right.low, left.high):
                return NOT_MET
            return MET if at_most(left.high, right.low) and at_most(right.high, left.low) else UNKNOWN
        case _:
            return negated(compared("==", left, right))


def _if(tree: If, facts: Facts, at: _At) -> _Answer:
    condition, missing = _of(tree.condition, facts, at)
    if condition is MET:
        return _of(tree.then, facts, at)
    if condition is NOT_MET:
        return _of(tree.otherwise, facts, at)
    then, lacks_then = _of(tree.then, facts, at)
    otherwise, lacks_otherwise = _of(tree.otherwise, facts, at)
    if then == otherwise and then is not None and then is not UNKNOWN:
        return then, _NONE
    if isinstance(then, Between) and isinstance(otherwise, Between):
        either = Between(min(then.low, otherwise.low), max(then.high, otherwise.high))
        return either, (*missing, *lacks_then, *lacks_otherwise)
    unknown = UNKNOWN if tree.type.kind is Kind.TRUTH else None
    return unknown, (*missing, *lacks_then, *lacks_otherwise)


def _arithmetic(tree: Arithmetic, facts: Facts, at: _At) -> _Answer:
    left, lacks_left = _of(tree.left, facts, at)
    right, lacks_right = _of(tree.right, facts, at)
    missing = (*lacks_left, *lacks_right)
    if not isinstance(left, Between) or not isinstance(right, Between):
        return None, missing
    match tree.op:
        case "+":
            return _span_of(left.low + right.low, left.high + right.high), missing
        case "-":
            return _span_of(left.low - right.high, left.high - right.low), missing
        case "*":
            ends = [a * b for a in (left.low, left.high) for b in (right.low, right.high)]
        case _:
            if right.low <= 0 <= right.high:
                return None, (*missing, _no_number(tree, "division by zero"))
            ends = [a / b for a in (left.low, left.high) for b in (right.low, right.high)]
    return (None if any(math.isnan(end) for end in ends) else Between(min(ends), max(ends))), missing


def _span_of(low: float, high: float) -> Between | None:
    """Two ends, unless they come of taking one endless count from another."""
    return None if math.isnan(low) or math.isnan(high) else Between(low, high)


def _no_number(tree: Tree, detail: str) -> Missing:
    field = next((part for part in parts(tree) if isinstance(part, Field)), None)
    where = (field.form, field.name, field.label) if field is not None else ("", "number", "")
    return Missing(where[0], where[1], Why.NO_SUCH_NUMBER, where[2], detail)


def _call(tree: Call, facts: Facts, at: _At) -> _Answer:
    answers = [_of(each, facts, at) for each in tree.of]
    missing = tuple(one for _, each in answers for one in each)
    values = [found for found, _ in answers]
    if tree.name == "size":
        size = values[0]
        return (Between(len(size), len(size)) if isinstance(size, tuple) else None), missing
    if not all(isinstance(found, Between) for found in values):
        return None, missing
    found = cast(list[Between], values)
    match tree.name:
        case "abs":
            ends = [abs(found[0].low), abs(found[0].high)]
            if found[0].low < 0 < found[0].high:
                ends.append(0.0)
            return Between(min(ends), max(ends)), missing
        case "floor":
            return Between(_floor(found[0].low), _floor(found[0].high)), missing
        case "ln" | "log10":
            if found[0].low <= 0:
                return None, (*missing, _no_number(tree, "logarithm of a number that is not over 0"))
            log = math.log if tree.name == "ln" else math.log10
            return Between(log(found[0].low), log(found[0].high)), missing
        case _:
            start, end = found
            shortest = _length(tree.name, start.high, end.low)
            longest = _length(tree.name, start.low, end.high)
            return Between(shortest, longest), missing


def _floor(value: float) -> float:
    """The whole number at or below a number; 2.9999999999999996 is 3, as in `at_most`."""
    return float(math.floor(value + SAME * abs(value))) if math.isfinite(value) else value


def _length(name: str, start: float, end: float) -> float:
    if name in ("days", "weeks"):
        return (end - start) / (7 if name == "weeks" else 1)
    months = months_between(date.fromordinal(int(start)), date.fromordinal(int(end)))
    return months / 12 if name == "years" else months


def _converted(tree: Converted, facts: Facts, at: _At) -> _Answer:
    found, missing = _of(tree.of, facts, at)
    if not isinstance(found, Between):
        return None, missing
    of = tree.of.type.unit
    return Between(*(converted(end, of, tree.to, tree.molar_mass) for end in (found.low, found.high))), missing


def _shifted(tree: Shifted, facts: Facts, at: _At) -> _Answer:
    found, missing = _of(tree.of, facts, at)
    if not isinstance(found, Between):
        return None, missing
    low, high = (later(date.fromordinal(int(end)), tree.span, tree.sign) for end in (found.low, found.high))
    return Between(float(low.toordinal()), float(high.toordinal())), missing


def _judged(missing: Missing, scope: Scope | None) -> Missing:
    """A missing judgement, said as the question that somebody has to answer."""
    form = scope.forms.get(missing.form) if scope is not None else None
    fact = form.facts.get(missing.fact) if form is not None else None
    if fact is None or not fact.question:
        return missing
    return Missing(missing.form, missing.fact, Why.JUDGEMENT, fact.question, f"by {fact.by or 'investigator'}")


def _came_to(found: Known, unit: str) -> str:
    """What rows come to, as text; empty where nothing can be said of it yet."""
    match found:
        case Truth():
            return "" if found is UNKNOWN else "yes" if found is MET else "no"
        case Between(low, high) if low == high:
            return f"{low:.6g} {unit}".strip()
        case Between(low, high) if high < math.inf:
            return f"{low:.6g} to {high:.6g} {unit}".strip()
        case Between(low, _) if low > 0:
            return f"at least {low:.6g} {unit}".strip()
        case _:
            return ""


def _reads(tree: Tree, facts: Facts, scope: Scope | None) -> Any:
    """What a tree reads: single facts as they stood, and what its rows come to, by the name of the definition if it is one."""
    named: Tree | None = None
    for part in parts(tree):
        if isinstance(part, Named):
            named = part
        elif isinstance(part, Pick | Aggregate | Quantified) and looks_out(part):
            continue
        elif isinstance(part, Aggregate | Quantified) and (said := _came_to(_of(part, facts, ())[0], part.type.unit)):
            whole = named if isinstance(named, Named) and named.of is part else part
            label = re.sub(r"^(the|an?) | (has|have) occurred", "", english(whole, scope))
            counted = [row for row, _, _ in _members(part.rows, facts, ())] or facts.rows.get(part.rows.form, ())
            on = max((row.on for row in counted), key=lambda day: day.last, default=When.on(facts.until))
            yield Reading(label[:1].upper() + label[1:], said, on)
        if not isinstance(part, Pick) or part.of.part:
            continue
        members = _members(part.rows if part.of.name == "on" else _answering(part), facts, ())
        if not members:
            continue
        index = -1 if part.which == "last" else 0 if part.which == "first" else part.which - 1
        if index < len(members):
            row = members[index][0]
            yield Reading(*_said(part, row), row.on, row.id)


def _said(pick: Pick, row: Row) -> tuple[str, str]:
    if pick.of.name == "on":
        return pick.rows.label or pick.of.form.replace("_", " "), str(row.on)
    answer = row.values[pick.of.name]
    match answer:
        case bool():
            text = "yes" if answer else "no"
        case float() | int():
            text = f"{answer:.6g} {pick.of.type.unit}".strip()
        case tuple():
            text = f"{len(answer)} ({', '.join(answer)})"
        case Unclear():
            text = f"{answer.text} ({answer.why.value})"
        case _:
            text = str(answer)
    return pick.of.label, text
