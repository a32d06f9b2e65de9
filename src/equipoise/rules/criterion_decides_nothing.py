"""A criterion never decides whether somebody may join.

What it finds
    A criterion that bars nobody whom the others let in: they imply it, or everybody meets it. An exclusion that says again
    what an inclusion says from the other side is a note; any other is a warning.

Why it matters
    One of the two is forgotten when the other is amended, and then they contradict each other. A criterion that bars
    nobody was usually meant to bar somebody, and its number, unit or sign is wrong.

Seen in
    NCT05271110 includes people of 18 years or older and excludes those younger than 18.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from ..bounds import clauses
from ..eligibility import (
    Way,
    applies,
    barring,
    lets_in,
    missed,
    related,
    somebody,
    wanted,
    ways_for,
)
from ..expression.explain import truth
from ..expression.tree import Aggregate, And, Arithmetic, Field, Or, Quantified, Rows, Tree, parts
from ..finding import Severity
from ..logic import NOT_MET, UNKNOWN, Truth
from ..protocol import Criterion, Limits, Statement
from ..shown import Proven, Shown
from ..study import Study
from .rule import Flaw, rule

TRIES = 200
NUMBERS = ("integer", "real", "quantity", "score")


@rule(Severity.WARNING)
def criterion_decides_nothing(study: Study) -> Iterator[Flaw]:
    kept = list(study.protocol.eligibility)
    for criterion in reversed(study.protocol.eligibility):
        found = _barring_alone(criterion, kept, study)
        place, name = criterion.rule.place, criterion.id
        if isinstance(found, str):
            yield Flaw(place, f"not decided: whether '{name}' ever bars anybody ({found})", name, severity=Severity.NOTE)
        elif found is not None:
            kept.remove(criterion)
            if not _is_missed(criterion, found, study):
                yield _flaw(criterion, found, study)


def _barring_alone(criterion: Criterion, kept: Sequence[Criterion], study: Study) -> tuple[Criterion, ...] | str | None:
    """Those that bar everybody whom a criterion bars; None where it bars somebody alone; or why that was not decided."""
    others = [each for each in related(study)[criterion.id] if each is not criterion and each in kept]
    ways = ways_for(criterion, study)
    by: dict[str, Criterion] = {}
    is_curved = any(_is_curved(part) for part in parts(lets_in(criterion, study)))
    for way in ways:
        if is_curved and _is_found_by_trial(criterion, others, way, study):
            return None
        answer = somebody(study, {**wanted(study, way, others), criterion.id: (lets_in(criterion, study), NOT_MET)})
        if isinstance(answer, Shown):
            return None
        if not isinstance(answer, Proven):
            return None if not is_curved and _is_found_by_trial(criterion, others, way, study) else answer.why
        if criterion.id not in answer.core:
            return None  # nobody can enter that way at all, which is said elsewhere
        if _settles(criterion, barring(study, answer), others, way, study):
            return None
        by |= {each.id: each for each in barring(study, answer) if each is not criterion}
    return tuple(by.values())


def _is_found_by_trial(criterion: Criterion, others: Sequence[Criterion], way: Way, study: Study) -> bool:
    """Whether trying likely values finds somebody whom a criterion bars alone, where its formula is too much for the solver."""
    base = somebody(study, wanted(study, way, (*others, criterion)))
    if not isinstance(base, Shown):
        return False
    read = {(part.form, part.name) for part in parts(lets_in(criterion, study)) if isinstance(part, Field)}
    items = {key: study.activities[key[0]].items.get(key[1]) for key in sorted(read) if key[0] in study.activities}
    tried = {key: each for key, each in items.items() if each is not None and each.type in NUMBERS}
    asked = [(tree, truth) for tree, truth in wanted(study, way, others).values()]
    own, chance = lets_in(criterion, study), Random(0)  # the same tries each time
    for _ in range(TRIES):
        facts = base.facts
        for (form, name), item in tried.items():
            ends = item.expect or item.range or Limits(0, 100)
            value = chance.uniform(ends.low, ends.high)
            value = float(round(value)) if item.type == "integer" else value
            rows = tuple(replace(row, values={**row.values, name: value}) for row in facts.rows.get(form, ()))
            facts = replace(facts, rows={**facts.rows, form: rows})
        if truth(own, facts) is NOT_MET and all(truth(tree, facts) is so for tree, so in asked):
            return True
    return False


def _is_curved(part: Tree | Rows) -> bool:
    """Whether facts are multiplied or divided by one another, which is hard on the solver."""
    if not isinstance(part, Arithmetic) or part.op not in ("*", "/"):
        return False
    return all(any(isinstance(one, Field) for one in parts(side)) for side in (part.left, part.right))


def _settles(criterion: Criterion, core: Sequence[Criterion], others: Sequence[Criterion], way: Way, study: Study) -> bool:
    """Whether a criterion bars somebody of whom another cannot tell: what is asked only of some is unknown of the rest."""
    asked = wanted(study, way, others) | {criterion.id: (lets_in(criterion, study), NOT_MET)}
    doubtful = ({**asked, each.id: (lets_in(each, study), UNKNOWN)} for each in core if each is not criterion)
    return any(isinstance(somebody(study, each), Shown) for each in doubtful)


def _is_missed(criterion: Criterion, by: tuple[Criterion, ...], study: Study) -> bool:
    """Whether there is a gap between a criterion and the one that implies it, which is said elsewhere."""
    return any({each.kept, each.barred} == {criterion, *by} for each in missed(study) if len(by) == 1)


def _flaw(criterion: Criterion, by: tuple[Criterion, ...], study: Study) -> Flaw:
    place, name = criterion.rule.place, criterion.id
    others = " and ".join(f"'{each.id}'" for each in by)
    if not by:
        if criterion_of_all := _entrance(criterion, study):
            return criterion_of_all
        who = "body of its own" if criterion.cohorts or criterion.groups else "body"
        bars = f"every{who} meets it" if criterion.include is not None else f"no{who} meets it"
        return Flaw(place, f"'{name}' bars nobody: {bars}", name, "mend its number, unit or sign, or leave it out")
    if len(by) == 1 and _implies(criterion, by[0], study):
        if (criterion.include is None) is not (by[0].include is None):
            says = f"'{name}' says again, from the other side, what {others} says"
            return Flaw(place, says, name, "leave one of the two out", severity=Severity.NOTE)
        return Flaw(place, f"'{name}' says again what {others} says", name, "leave one of the two out")
    if len(by) == 1 and _is_a_part(criterion, by[0], study):
        mirrored = (criterion.include is None) is not (by[0].include is None)
        says = f"'{name}' says again{', from the other side,' if mirrored else ''} a part of what {others} says"
        return Flaw(place, says, name, "say it once", severity=Severity.NOTE if mirrored else None)
    follows = "follows from" if criterion.include is not None else "bars nobody who meets"
    return Flaw(place, f"'{name}' decides nothing: it {follows} {others}", name, "leave it out, or mend its bound")


def _entrance(criterion: Criterion, study: Study) -> Flaw | None:
    """Why everybody who enters meets a criterion that could bar people: their cohorts say it, or nothing could deny it."""
    place, name = criterion.rule.place, criterion.id
    own = lets_in(criterion, study)
    of_all = not criterion.cohorts and not criterion.groups
    if of_all and study.protocol.cohorts and isinstance(somebody(study, {criterion.id: (own, NOT_MET)}), Shown):
        says = f"'{name}' says again what whoever belongs to a cohort meets"
        return Flaw(place, says, name, "leave it out, or keep it for readers", severity=Severity.NOTE)
    rows = {part.rows.form for part in parts(own) if isinstance(part, Quantified | Aggregate)} & {*study.activities}
    if loose := sorted(rows - {*study.protocol.closed}):
        form = loose[0]
        if isinstance(somebody(study, {criterion.id: (own, UNKNOWN)}), Shown):
            says = f"'{name}' is never known to bar anybody: '{form}' is not `closed`, so that it did not happen is never known"
            return Flaw(place, says, name, f"list '{form}' under `closed`, or ask for it as an item")
    return None


def _is_a_part(criterion: Criterion, whole: Criterion, study: Study) -> bool:
    """Whether a criterion is the same as one of several statements that another joins by `and`."""
    if not isinstance(whole.rule, Statement):
        return False
    tree, met = whole.rule.settled, whole.include is not None
    joined = tuple((part, met) for part in tree.of) if isinstance(tree, And if met else Or) else ()
    found = dict.fromkeys((*joined, *clauses(tree, met=met)))
    own = lets_in(criterion, study)
    return len(found) > 1 and any(_are_one(criterion, whole, (own, True), clause, study) for clause in found)


def _implies(one: Criterion, other: Criterion, study: Study) -> bool:
    return _follows(one, other, (lets_in(one, study), True), (lets_in(other, study), True), study)


def _are_one(one: Criterion, other: Criterion, this: tuple[Tree, bool], that: tuple[Tree, bool], study: Study) -> bool:
    return _follows(one, other, this, that, study) and _follows(one, other, that, this, study)


def _follows(one: Criterion, other: Criterion, first: tuple[Tree, bool], then: tuple[Tree, bool], study: Study) -> bool:
    """Whether nobody, of those for whom both criteria hold, is as the first statement says and not as the other does."""
    asked = {"this": (first[0], Truth.of(first[1])), "that": (then[0], Truth.of(not then[1]))}
    ways = [way for way in ways_for(one, study) if applies(other, way)]
    return all(isinstance(somebody(study, {**wanted(study, way, ()), **asked}), Proven) for way in ways)
