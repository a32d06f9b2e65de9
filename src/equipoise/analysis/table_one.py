"""Who took part: each item recorded by the day of randomisation, assignment or enrolment, arm by arm.

An item counts as it was last answered on or before that day. There are no tests of difference at baseline: in a
randomised trial they would ask whether chance was chance (CONSORT 2010, item 15).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ..chart import Chart
from ..expression.facts import Unclear, Value
from ..protocol import BUILT_IN, Activity, Item
from ..study import Study
from .measurement import spread
from .result import Spread
from .sample import EVERYONE, Side, arms

COUNTED = ("choice", "yes_no")
MEASURED = ("integer", "real", "quantity", "score")


@dataclass(frozen=True, slots=True)
class Cell:
    """One item in one arm: how its numbers are spread, or how many gave each answer; and how many gave none."""

    number: int
    missing: int
    spread: Spread | None = None
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One item, over all arms and then everyone; `codes` are those that its counts are of, each with its label."""

    activity: str
    item: str
    label: str
    unit: str
    codes: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class TableOne:
    """The participants at baseline; the last of `sides` is everyone."""

    sides: tuple[Side, ...]
    numbers: tuple[int, ...]
    lines: tuple[Line, ...]


def baseline_day(known: Chart) -> date | None:
    """The day on which a participant was randomised, assigned or, failing both, enrolled."""
    return known.first("randomisation") or known.first("assignment") or known.first("enrolment")


def table_one(study: Study, charts: Mapping[str, Chart] | Sequence[Chart], *, by_arm: bool = True) -> TableOne:
    """The participants who were enrolled, as they were at the start.

    Args:
        study: Whose items.
        charts: One chart a participant.
        by_arm: Whether arms stand apart; everyone together always does.
    """
    known = [each for each in _listed(charts) if baseline_day(each) is not None]
    who = (*arms(study), EVERYONE) if by_arm and study.protocol.arms else (EVERYONE,)
    people = [[each for each in known if side is EVERYONE or each.arm == side.name] for side in who]
    lines = []
    for name, activity in study.activities.items():
        if name in ("judgement", "consent", "death", "withdrawal", "adverse_event", "last_contact", "off_treatment"):
            continue
        for key, item in activity.items.items():
            if key == "arm" or item.type not in (*COUNTED, *MEASURED):
                continue
            given = [[_given(each, name, key) for each in side] for side in people]
            if any(each is not None for each in given[-1]):
                lines.append(_line(name, activity, key, item, given))
    return TableOne(who, tuple(map(len, people)), tuple(lines))


def _listed(charts: Mapping[str, Chart] | Sequence[Chart]) -> Iterable[Chart]:
    return charts.values() if isinstance(charts, Mapping) else charts


def _given(known: Chart, form: str, item: str) -> Value | None:
    """The last answer to an item on or before the participant's first day."""
    day = baseline_day(known)
    found: Value | None = None
    for row in known.facts.rows.get(form, ()):
        answer = row.values.get(item)
        if day is not None and row.on.first <= day and answer is not None and not isinstance(answer, Unclear):
            found = answer
    return found


def _line(name: str, activity: Activity, key: str, item: Item, given: list[list[Value | None]]) -> Line:
    label = item.label or key.replace("_", " ")
    codes: tuple[tuple[str, str], ...] = ()
    if item.type == "yes_no":
        codes = (("yes", "Yes"),)
    elif item.type == "choice" or item.of:
        said = {str(code): text for code, text in item.of.items()} if isinstance(item.of, Mapping) else {}
        codes = tuple((code, said.get(code) or code.replace("_", " ")) for code in item.options)
    cells = tuple(_cell([each for each in side if each is not None], len(side), codes, bool(item.of)) for side in given)
    own = "" if name in BUILT_IN and key == "site" else item.unit
    return Line(name, key, label[:1].upper() + label[1:], own, codes, cells)


def _cell(answers: list[Value], people: int, codes: tuple[tuple[str, str], ...], is_coded: bool) -> Cell:
    missing = people - len(answers)
    if codes:
        given = [_code(each, is_coded) for each in answers]
        return Cell(len(answers), missing, counts=tuple((code, given.count(code)) for code, _ in codes))
    numbers = [float(each) for each in answers if isinstance(each, int | float)]
    return Cell(len(answers), missing, spread("", numbers) if numbers else None)


def _code(answer: Value, is_coded: bool) -> str:
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    return f"{answer:g}" if is_coded and isinstance(answer, float) else str(answer)
