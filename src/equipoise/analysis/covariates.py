"""What is adjusted for: each item as it was known at time zero, as columns of numbers.

A number is one column, for one unit of it. Yes against no is one column. A choice is one column for each of its codes
but the first, which is the reference; codes that nobody has make none. A site is a choice of the study's sites. A choice
whose codes are recorded as whole numbers (an item of type integer) is a number. What everyone has alike tells nothing
and makes no column; that is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from ..expression.explain import Between, value
from ..expression.facts import Facts
from ..expression.grammar import expression
from ..expression.tree import Kind, Pick, Tree
from ..finding import Unreadable
from ..kernels.inestimable import Inestimable
from ..logic import Truth
from ..study import Study
from .sample import Member, facts_on


@dataclass(frozen=True)
class Covariates:
    """Columns of numbers, a row a participant, not a number where one is not known; and what each column is called.

    `missing` counts by item who lacks it; `notes` say which items make no column.
    """

    names: tuple[str, ...]
    columns: Float[np.ndarray, "people columns"]
    missing: tuple[tuple[str, int], ...]
    notes: tuple[str, ...] = ()

    @property
    def is_known(self) -> Bool[np.ndarray, " people"]:
        """Whether a participant's covariates are all known."""
        return np.asarray(~np.isnan(self.columns).any(axis=1))


Answer = float | str | bool | None


def tree_of(name: str, study: Study) -> Tree:
    """The expression of an item or a definition that is adjusted for or stratified by.

    Raises:
        Inestimable: The study does not know the name.
    """
    try:
        return expression(name, study.scope, want=None)
    except Unreadable as why:
        raise Inestimable(f"'{name}' is adjusted for or stratified by, and cannot be read: {why.says}") from None


def label_of(name: str, tree: Tree, study: Study) -> str:
    """What people call an item; a definition goes by its name."""
    of = tree.of if isinstance(tree, Pick) else None
    if of is not None and name not in study.scope.define and of.label:
        return of.label[0].lower() + of.label[1:] if of.label[1:2].islower() else of.label
    return name.replace("_", " ")


def answers(tree: Tree, study: Study, members: Sequence[Member]) -> list[Answer]:
    """What an expression came to at each member's time zero; None where it could not be told.

    What was written down at enrolment counts too, where a cohort that looks back enrols after time zero: its site, say.
    """
    return [_answer(value(tree, _at_baseline(study, each, tree))) for each in members]


def _at_baseline(study: Study, member: Member, tree: Tree) -> Facts:
    facts = facts_on(study, member.chart, member.zero, (tree,))
    enrolled = member.chart.facts.rows.get("enrolment", ())
    return replace(facts, rows={**facts.rows, "enrolment": enrolled})


def _answer(found: object) -> Answer:
    match found:
        case Truth():
            return found.known
        case Between(low, high):
            return low if low == high else None
        case str():
            return found
        case _:
            return None


def covariates(names: Sequence[str], study: Study, members: Sequence[Member]) -> Covariates:
    """The columns of what is adjusted for.

    Raises:
        Inestimable: A name is not one of the study's, or is neither a number, a statement nor a choice.
    """
    titles: list[str] = []
    columns: list[list[float]] = []
    missing: list[tuple[str, int]] = []
    notes: list[str] = []
    for name in names:
        tree = tree_of(name, study)
        label = label_of(name, tree, study)
        given = answers(tree, study, members)
        if count := sum(each is None for each in given):
            missing.append((label, count))
        seen = dict.fromkeys(each for each in given if each is not None)
        if len(seen) < 2:
            told = f"everyone has {_said(next(iter(seen)))}" if seen else "nobody's is known at time zero"
            notes.append(f"Not adjusted for {label}: {told}.")
            missing = missing[:-1] if count else missing
            continue
        match tree.type.kind:
            case Kind.TRUTH:
                titles.append(f"{label}: yes against no")
                columns.append([np.nan if each is None else float(each) for each in given])
            case Kind.NUMBER:
                unit = tree.type.unit
                titles.append(f"{label}, for each {_one(unit)}" if unit else f"{label}, for each step of 1")
                columns.append([float(each) if isinstance(each, float | int) else np.nan for each in given])
            case Kind.CHOICE | Kind.TEXT if set(seen) <= set(options := tree.type.options or tuple(study.protocol.sites)):
                codes = [code for code in options if code in seen]
                for code in codes[1:]:
                    titles.append(f"{label}: {code} against {codes[0]}".replace("_", " "))
                    columns.append([np.nan if each is None else float(each == code) for each in given])
            case _:
                raise Inestimable(f"'{name}' is adjusted for, and is neither a number, a choice nor a statement")
    held = np.array(columns, dtype=float).T if columns else np.zeros((len(members), 0))
    return Covariates(tuple(titles), held, tuple(missing), tuple(notes))


def _said(answer: Answer) -> str:
    return {True: "yes", False: "no"}[answer] if isinstance(answer, bool) else str(answer).replace("_", " ")


def _one(unit: str) -> str:
    return {"a": "year", "years": "year", "mo": "month", "d": "day"}.get(unit, unit)


def strata(names: Sequence[str], study: Study, members: Sequence[Member]) -> list[str | None]:
    """The stratum of each member, named by its values; None where one of them is not known."""
    found = [answers(tree_of(name, study), study, members) for name in names]
    return [None if any(part is None for part in each) else " · ".join(map(str, each)) for each in zip(*found, strict=True)]
