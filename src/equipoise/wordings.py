"""A criterion's words held against its expression: the bounds that each of them states, and where they part."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from .bounds import Bound, Limit, Measure, bounds, cells, is_whole, item_of, limits, plain, term_of
from .calendar import Span
from .expression.tree import Aggregate, Call, Compare, Constant, Field, Kind, Pick, Quantified, Shifted, Tree, parts
from .protocol import Criterion, Statement
from .quantity import NotConvertible, are_alike, converted
from .study import Study
from .words import Said, bounds_said

Op = str
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_DENIED = re.compile(r"\b(?:no|not|never|none|nobody|without|nor|unless|except|exclud\w+)\b", re.IGNORECASE)
_CONDITION = re.compile(r"\b(?:for|if|when|where|in|among)\b[^,.;:]*$", re.IGNORECASE)
"""Words before a bound that make it the condition of another: `for those under 18, assent` is `age >= 18 or assent`."""
_ADULT = re.compile(r"\badults?\b", re.IGNORECASE)
ADULT = 18.0
"""Years: who is an adult where the words give no number (Convention on the Rights of the Child, article 1)."""
NEAR = 0.015
"""How far a number may be from the one in the words, as a share, between mass and amount: authors round there."""
EXACT = 1e-6
"""The same between other units."""


@dataclass(frozen=True, slots=True)
class Stated:
    """One bound of an expression, in the unit of its measure, as the words would have to say it."""

    measure: Measure
    op: Op
    at: float
    written: tuple[float, str]
    beside: bool = False
    """Whether it is one of several statements of which one is enough, as `age >= 18 years or exists assent`."""

    @property
    def is_lower(self) -> bool:
        return self.op in (">", ">=")

    def __str__(self) -> str:
        number, unit = self.written
        return f"{self.op} {number:.10g}{f' {unit}' if unit else ''}"


@dataclass(frozen=True, slots=True)
class Parted:
    """Where words and expression part: what the words say, in which words, and the bound nearest to it, if any."""

    criterion: Criterion
    said: Said
    stated: Stated | None
    turned: bool = False
    spans: tuple[Span, ...] = ()


@lru_cache(maxsize=64)
def parted(study: Study) -> tuple[Parted, ...]:
    """Everything in which the words of the criteria say otherwise than their expressions; `turned`: the other way round."""
    return tuple(each for one in study.protocol.eligibility if isinstance(one.rule, Statement) for each in _parted(one, study))


def _parted(criterion: Criterion, study: Study) -> Iterator[Parted]:
    assert isinstance(criterion.rule, Statement)
    tree = plain(criterion.rule.settled)
    stated, spans = _stated(tree, study), _spans(tree)
    told = False
    for text in texts(criterion):
        said = tuple(each for each in bounds_said(text) if not _counts_one(each, tree))
        found = [*_numbers(criterion, text, said, stated, study), *_windows(criterion, said, tree, spans, stated, study)]
        if found and not told:
            told = True
            yield from found[:2]


def texts(criterion: Criterion) -> tuple[str, ...]:
    """The words of a criterion: its own, and those that its source is quoted with."""
    source = criterion.source
    says = source if isinstance(source, str) else source.says if source is not None else ""
    return tuple(text for text in (criterion.text, says) if text)


def _counts_one(said: Said, tree: Tree) -> bool:
    """Whether words say that there is one, as `at least one lesion` does where the expression says `exists`."""
    return (
        said.number == 1
        and not said.unit
        and not said.relative
        and any(isinstance(part, Aggregate | Quantified) for part in parts(tree))
    )


# --- what the expression states ----------------------------------------------------------------------------------


def _stated(tree: Tree, study: Study) -> tuple[Stated, ...]:
    found: list[Stated] = []
    for limit in limits(tree, met=True):
        if _is_number(limit.measure):
            found += _ends(limit, study) if not limit.others else _atoms(limit)
    named = {each.measure for each in found}
    for each in bounds(tree):
        if each.measure not in named and _is_number(each.measure) and each.op in _OPPOSITE:
            found.append(Stated(each.measure, each.op, each.at, _written(each)))
    return tuple(dict.fromkeys(found))


def _is_number(measure: Measure) -> bool:
    return measure.anchor is None and measure.of.type.kind is Kind.NUMBER


def _ends(limit: Limit, study: Study) -> Iterator[Stated]:
    """The least and the greatest value that a clause lets through, as bounds."""
    whole = is_whole(limit.measure, study)
    values = cells(limit.at, whole=False)
    passing = [index for index, each in enumerate(values) if limit.passes(each.like, ())]
    if not passing or len(passing) == len(values):
        return
    written = {each.at: _written(each) for each in limit.bounds}
    low, high = values[passing[0]], values[passing[-1]]
    if whole and low == high and low.is_point and len(limit.at) == 1:
        yield Stated(limit.measure, "==", low.low, written.get(low.low, (low.low, limit.measure.of.type.unit)))
        return
    if not math.isinf(low.low):
        yield Stated(limit.measure, ">=" if low.is_point else ">", low.low, written.get(low.low, (low.low, "")))
    if not math.isinf(high.high):
        yield Stated(limit.measure, "<=" if high.is_point else "<", high.high, written.get(high.high, (high.high, "")))


def _atoms(limit: Limit) -> Iterator[Stated]:
    for each in limit.bounds:
        if isinstance(each.atom, Compare):
            yield Stated(limit.measure, each.op, each.at, _written(each), beside=True)


def _written(each: Bound) -> tuple[float, str]:
    return each.written if isinstance(each.written, tuple) else (each.at, each.measure.of.type.unit)


def _spans(tree: Tree) -> tuple[Span, ...]:
    """The lengths of time in an expression: of windows, and between dates."""
    found = [part.span for part in parts(tree) if isinstance(part, Shifted)]
    for part in parts(tree):
        if isinstance(part, Compare) and isinstance(part.left, Call) and isinstance(part.right, Constant):
            many, unit = part.right.value, part.left.name
            if isinstance(many, float | int) and float(many).is_integer():
                sizes = {"days": Span(days=1), "weeks": Span(days=7), "months": Span(months=1), "years": Span(months=12)}
                if (size := sizes.get(unit)) is not None:
                    found.append(Span(size.days * int(many), size.months * int(many)))
    return tuple(dict.fromkeys(each for each in found if each != Span()))


# --- numbers ------------------------------------------------------------------------------------------------------


def _numbers(
    criterion: Criterion, text: str, said: tuple[Said, ...], stated: tuple[Stated, ...], study: Study
) -> Iterator[Parted]:
    about: dict[Measure, list[Said]] = {}
    for each in said:
        for measure in () if each.window else _meant(each, stated, study):
            about.setdefault(measure, []).append(each)
    for measure in dict.fromkeys(each.measure for each in stated):
        own = [each for each in stated if each.measure == measure]
        readings = about.get(measure, [])
        if _is_age(measure, study) and (word := _ADULT.search(text)) and not any(_is_low(each) for each in readings):
            if not readings or any(each.is_lower for each in own):
                readings = [*readings, Said(">=", ADULT, "years", "", False, False, word[0], "")]
        lax = criterion.exclude is not None or bool(_DENIED.search(text))
        unsaid = [one for one in own if not any(_agree(each, one, study, lax) for each in readings)]
        if not unsaid:
            continue  # every bound stands in the words, whatever else they say
        for each in readings:
            if not any(_agree(each, one, study, lax) for one in own):
                near = min(unsaid, key=lambda one: _distance(each, one, study))
                turned = _same_number(each, near, study) and _is_low(each) is not near.is_lower and near.op != "=="
                yield Parted(criterion, each, near, turned)
                break


def _is_low(said: Said) -> bool:
    return said.op in (">", ">=")


def _is_age(measure: Measure, study: Study) -> bool:
    item = item_of(measure.of, study)
    term = term_of(item) if item is not None else None
    return item is not None and (item.name == "age" or (term is not None and term.name == "age"))


def _meant(said: Said, stated: tuple[Stated, ...], study: Study) -> tuple[Measure, ...]:
    """The measures that words are about: the one that they can be about by their unit, or those that they name."""
    able = tuple(dict.fromkeys(each.measure for each in stated if _in_unit(said, each.measure, study) is not None))
    words = f"{said.leads} {said.words}".lower()
    named = tuple(each for each in able if any(re.search(rf"\b{re.escape(word)}", words) for word in _called(each, study)))
    if len(able) == 1 and not _names_another(said, able[0], study):
        return able
    if named:
        return named
    same = tuple(each for each in able if any(_same_number(said, one, study) for one in stated if one.measure == each))
    return same if len(same) == 1 else ()


def _called(measure: Measure, study: Study) -> set[str]:
    """The words by which people call a measure."""
    item = item_of(measure.of, study)
    texts = [item.name, item.label] if item is not None else []
    if item is None:
        texts = [part.name for part in parts(measure.of) if isinstance(part, Field)]
    words = {word for text in texts for word in re.findall(r"[a-z]{3,}", text.lower())}
    return words - {"the", "and", "for", "with", "performance", "status", "score", "total", "count", "level", "date"}


def _names_another(said: Said, measure: Measure, study: Study) -> bool:
    """Whether the words just before a number name another item of the study, and not this one."""
    near = said.leads.lower()[-30:]
    own = _called(measure, study)
    if any(word in near for word in own):
        return False
    for form in study.activities.values():
        for item in form.items.values():
            if item.type in ("integer", "real", "quantity", "score") and item.name not in own:
                if len(item.name) > 2 and re.search(rf"\b{re.escape(item.name.replace('_', ' '))}\b", near):
                    return True
    return False


def _in_unit(said: Said, measure: Measure, study: Study) -> float | None:
    """The number of the words in the measure's unit; None where words and measure are of unlike things."""
    if said.relative or measure.relative:
        return said.number if said.relative == measure.relative else None
    unit = measure.of.type.unit
    if not said.unit:
        return said.number
    if not unit:
        return None
    item = item_of(measure.of, study)
    mass = item.molar_mass.value if item is not None and item.molar_mass is not None else None
    try:
        return converted(said.number, said.unit, unit, mass)
    except NotConvertible:
        return None


def _same_number(said: Said, one: Stated, study: Study) -> bool:
    value = _in_unit(said, one.measure, study)
    if value is None:
        return False
    number, unit = one.written
    if said.relative or not said.unit or said.unit.lower().rstrip("s") == unit.lower().rstrip("s"):
        return said.number == number or (not said.unit and said.number == one.at)
    near = EXACT if are_alike(said.unit, one.measure.of.type.unit) else NEAR
    return abs(value - one.at) <= near * max(abs(value), abs(one.at))


def _agree(said: Said, one: Stated, study: Study, lax: bool) -> bool:
    if _same_number(said, one, study):
        if said.op == one.op or ((lax or (one.beside and _CONDITION.search(said.leads))) and _OPPOSITE[one.op] == said.op):
            return True
        # "exactly four" is said by both ends of a range
        return one.op == "==" and said.op in (">=", "<=")
    if is_whole(one.measure, study) and not said.relative:
        value = _in_unit(said, one.measure, study)
        assert value is not None or said.unit
        return value is not None and (
            _whole(said.op, value) == _whole(one.op, one.at)
            or (lax and _whole(said.op, value) == _whole(_OPPOSITE[one.op], one.at))
        )
    return False


def _whole(op: Op, at: float) -> tuple[Op, float]:
    """A bound of whole numbers without strictness: more than 1 is at least 2."""
    if op == ">":
        return ">=", math.floor(at) + 1
    if op == "<":
        return "<=", math.ceil(at) - 1
    return op, at


def _distance(said: Said, one: Stated, study: Study) -> tuple[bool, float]:
    value = _in_unit(said, one.measure, study)
    return _is_low(said) is not one.is_lower, abs((value if value is not None else math.inf) - one.at)


# --- windows ------------------------------------------------------------------------------------------------------


def _windows(
    criterion: Criterion, said: tuple[Said, ...], tree: Tree, spans: tuple[Span, ...], stated: tuple[Stated, ...], study: Study
) -> Iterator[Parted]:
    readings = [each for each in said if each.window and each.span is not None]
    loose = [each for each in readings if not any(_same_length(each.span, span) for span in spans)]
    unsaid = [span for span in spans if not any(_same_length(each.span, span) for each in readings)]
    if spans:
        yield from _turned(criterion, readings, tree)
        if loose and unsaid:
            yield Parted(criterion, loose[0], None, spans=tuple(unsaid))
        return
    loose = [each for each in loose if each.is_anchored]  # what hangs on nothing is said elsewhere
    if loose and not any(_in_unit(loose[0], each.measure, study) is not None for each in stated if each.measure.of.type.unit):
        if not _is_asked(loose[0], tree, study):
            yield Parted(criterion, loose[0], None)


def _turned(criterion: Criterion, readings: list[Said], tree: Tree) -> Iterator[Parted]:
    """A time that words put a least distance away and the expression within reach, or the other way round."""
    if criterion.exclude is not None or any(_DENIED.search(text) for text in texts(criterion)):
        return
    for said in readings:
        ends = [
            each
            for each in bounds(tree)
            if isinstance(each.written, Span) and each.at and _same_length(said.span, each.written)
        ]
        away = {
            each.op.startswith("<") is (each.at < 0) for each in ends if each.op in _OPPOSITE and not each.op.endswith("==")
        }
        if len(away) == 1 and _is_low(said) not in away and said.op != "==" and said.is_anchored:
            yield Parted(criterion, said, None, turned=True)
            return


def _same_length(one: Span | None, other: Span) -> bool:
    return one is not None and abs(one.about_days - other.about_days) <= 0.05 * other.about_days


def _is_asked(said: Said, tree: Tree, study: Study) -> bool:
    """Whether a form's own question has the window in it, or what is read is defined with a time of its own."""
    for part in parts(tree):
        if isinstance(part, Pick | Field):
            item = item_of(part, study)
            label = f"{item.label} {item.name} {item.judge}".replace("_", " ") if item is not None else ""
            digits = f"{said.number:g}"
            if any(each.span is not None and _same_length(said.span, each.span) for each in bounds_said(label)):
                return True
            if re.search(rf"\b{re.escape(digits)}\b", label):
                return True
    return False
