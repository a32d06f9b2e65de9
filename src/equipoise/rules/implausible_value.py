"""A number is compared with what it can never, or hardly, be.

What it finds
    A constant outside what its item can hold or is likely to hold, after conversion of units: 100 10^3/L of platelets, an
    albumin of 3.5 g/L, ECOG 6, a Karnofsky status of 2, an age of 18 months where nobody said months.

Why it matters
    The criterion then bars everybody or nobody. Most often a unit was lost on the way from the page.

Seen in
    NCT03902951 asks for at least 100,000 x 10^9/uL platelets, a thousand million times what was meant.
"""

import re
from collections.abc import Iterator

from ..bounds import Bound, bound, item_of, name_of, term_of
from ..expression.tree import Named, Rows, Tree, branches
from ..finding import Severity
from ..protocol import Formula, Item
from ..study import Study
from ..wordings import texts
from .rule import Flaw, rule

FAR = 3.0
"""How many times beyond the least or the greatest likely value a bound may lie: exclusions speak of the unlikely."""
TIMES = 50.0
"""Multiples of a limit of normal beyond which a bound is taken for a slip."""


@rule(Severity.WARNING)
def implausible_value(study: Study) -> Iterator[Flaw]:
    said = set()
    for about, formula, words in _formulas(study):
        if formula.tree is None:
            continue
        for each in _own(formula.tree):
            says = _implausible(each, words, study)
            if says and (says, formula.place) not in said:
                said.add((says, formula.place))
                yield Flaw(formula.place, f"{about[1]}: {says}", about[0], "mend the number or its unit")


def _own(tree: Tree) -> Iterator[Bound]:
    """The bounds that a statement writes down itself; those of a definition are the definition's."""
    if isinstance(tree, Named):
        return
    if (found := bound(tree)) is not None:
        yield found
    for part in branches(tree):
        inner = part.where if isinstance(part, Rows) else part
        if inner is not None:
            yield from _own(inner)


def _formulas(study: Study) -> Iterator[tuple[tuple[str, str], Formula, str]]:
    """The statements of a study, each with what it is about and with the words beside it."""
    protocol = study.protocol
    for criterion in protocol.eligibility:
        if isinstance(criterion.rule, Formula):
            yield (criterion.id, f"'{criterion.id}'"), criterion.rule, " ".join(texts(criterion))
    for name, rule_ in protocol.define.items():
        if isinstance(rule_, Formula):
            yield (name, f"'{name}'"), rule_, ""
    for kind, members in (("cohort", protocol.cohorts), ("group", protocol.groups)):
        for name, each in members.items():
            if isinstance(each.member, Formula):
                yield (name, f"{kind} '{name}'"), each.member, each.text
    for name, step in protocol.pathway.steps.items() if protocol.pathway is not None else ():
        for formula in (step.guard, step.stop, *step.require, *(branch.when for branch in step.decide)):
            if formula is not None:
                yield (name, f"step '{name}'"), formula, ""


def _implausible(each: Bound, words: str, study: Study) -> str:
    item = item_of(each.measure.of, study)
    if each.measure.relative:
        if each.at > TIMES or 0 < each.at < 1 / TIMES:
            return f"{each.at:g} times a limit of normal is hardly meant"
        return ""
    if item is None or each.measure.anchor is not None or item.type not in ("integer", "real", "quantity", "score"):
        return ""
    name, unit = name_of(each.measure, study.scope), item.unit
    shown = f"{each.at:.10g}{f' {unit}' if unit else ''}"
    if isinstance(each.written, tuple) and each.written[1] not in ("", unit):
        shown = f"{each.written[0]:.10g} {each.written[1]} ({shown})"
    if item.range is not None and not item.range.low <= each.at <= item.range.high:
        return f"'{name}' is compared with {shown}, and lies within {_within(item.range.low, item.range.high, unit)}"
    steps = _steps(item)
    if steps and each.at not in steps:
        return f"'{name}' is compared with {shown}, which is none of its values"
    if item.expect is not None:
        low, high = item.expect.low, item.expect.high
        if each.at < low / FAR or each.at > high * FAR:
            return f"'{name}' is compared with {shown}, and is likely to lie within {_within(low, high, unit)}"
    term = term_of(item)
    if term is not None and term.name == "age" and not each.at.is_integer() and not re.search(r"month", words, re.IGNORECASE):
        return f"'{name}' is compared with {shown}, which is {each.at * 12:g} months, and nobody speaks of months"
    return ""


def _within(low: float, high: float, unit: str) -> str:
    return f"{low:g} and {high:g}{f' {unit}' if unit else ''}"


def _steps(item: Item) -> set[float]:
    """The values of a scale that has only some."""
    if item.type != "integer" or not item.options:
        return set()
    try:
        return set(map(float, item.options))
    except ValueError:
        return set()
