"""What is asked of each patient of a population: a study's criteria, each once, and the data that they read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Generic, TypeVar

from ..expression.tree import Aggregate, Field, Pick, Quantified, Rows, Tree, branches, parts
from ..finding import Unreadable
from ..protocol import Statement
from ..study import Study, judgement, rule

ELIGIBLE, NOT_ELIGIBLE, UNDECIDED = "eligible", "not eligible", "cannot tell yet"
MOST = 64
"""How many criteria, or data, fit the bits of a mask."""
RECORDED = "recorded"
"""The column of the cohort that enrolment says, where criteria are about cohorts."""
Leaf = Pick | Aggregate | Quantified
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gate:
    """When a criterion stands in nobody's way: which trees say so.

    `asked` is the criterion's own; it bars whoever does not meet it, or, where it `bars`, whoever does. It is about those
    whom a group's tree lets in, or who belong to a cohort: as recorded, else by the cohort's tree, where it has one.
    """

    asked: str
    bars: bool
    groups: tuple[str, ...] = ()
    cohorts: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True, eq=False, slots=True)
class Screen:
    """A study's criteria as expressions, each once.

    `trees` are by name, those of the criteria and the data's leaves; `gates` are in the order of the criteria, one bit each
    of `failed` and `unknown`. `lacks` are the data, one bit each of `lacking`: which leaves read a datum, and for which
    criterion.
    """

    study: Study
    trees: Mapping[str, Tree]
    gates: tuple[Gate, ...]
    lacks: Mapping[str, tuple[tuple[int, str], ...]]

    @property
    def criteria(self) -> tuple[str, ...]:
        return tuple(each.id for each in self.study.protocol.eligibility)

    @property
    def reads_cohort(self) -> bool:
        return any(gate.cohorts for gate in self.gates)

    def words(self) -> int:
        """How many masks the data need."""
        return -(-len(self.lacks) // MOST)


def screen(study: Study) -> Screen:
    """What a study asks of everybody.

    Raises:
        Unreadable: If the study has more criteria than a mask has bits.
    """
    criteria = study.protocol.eligibility
    if len(criteria) > MOST:
        raise Unreadable(f"a mask holds {MOST} criteria, and this study has {len(criteria)}")
    trees: dict[str, Tree] = {}
    gates = []
    for each in criteria:
        trees[f"c {each.id}"] = rule(each, study)
        trees |= {f"g {name}": study.protocol.groups[name].member.settled for name in each.groups}
        cohorts: list[tuple[str, str | None]] = []
        for name in each.cohorts:
            member = study.protocol.cohorts[name].member
            if member is not None:
                trees[f"m {name}"] = member.settled if isinstance(member, Statement) else judgement(name, study)
            cohorts.append((name, f"m {name}" if member is not None else None))
        gates.append(Gate(f"c {each.id}", each.include is None, tuple(f"g {name}" for name in each.groups), tuple(cohorts)))
    names: dict[Leaf, str] = {}
    lacks: dict[str, dict[tuple[int, str], None]] = {}
    for place, gate in enumerate(gates):
        asked = (gate.asked, *gate.groups, *(name for _, name in gate.cohorts if name is not None))
        for leaf in (leaf for name in asked for leaf in _leaves(trees[name])):
            lacks.setdefault(_datum(leaf), {})[place, names.setdefault(leaf, f"d {len(names)}")] = None
    trees |= {name: leaf for leaf, name in names.items()}
    return Screen(study, trees, tuple(gates), {datum: tuple(pairs) for datum, pairs in lacks.items()})


def _leaves(tree: Tree | Rows) -> Iterator[Leaf]:
    """What a tree asks of rows, outermost."""
    if isinstance(tree, Leaf):
        yield tree
        return
    for branch in branches(tree):
        yield from _leaves(branch)


def _datum(leaf: Leaf) -> str:
    """What a leaf wants to know: a fact, or a form of which nobody may have looked."""
    match leaf:
        case Pick(rows=rows, of=of):
            return f"{rows.form}.{of.name}"
        case Aggregate(rows=rows) | Quantified(rows=rows):
            return rows.form


def read(asked: Screen) -> dict[str, frozenset[str]]:
    """Which facts of which forms the criteria read: nothing else of a table needs to be opened."""
    found: dict[str, set[str]] = {"enrolment": {"cohort"} if asked.reads_cohort else set()}
    for tree in asked.trees.values():
        for part in parts(tree):
            if isinstance(part, Rows):
                found.setdefault(part.form, set()).update({part.answered} - {""})
            elif isinstance(part, Field):
                found.setdefault(part.form, set()).add(part.name)
    return {form: frozenset(facts - {"on"}) for form, facts in found.items()}


def counted(asked: Screen) -> frozenset[str]:
    """The forms of which it matters that there is a row, whatever it says."""
    found = set()
    for tree in asked.trees.values():
        for part in parts(tree):
            if isinstance(part, Aggregate | Quantified) or isinstance(part, Pick) and part.of.name == "on":
                found.add(part.rows.form)
    return frozenset(found)


@dataclass(frozen=True)
class Words(Generic[T]):
    """How a backend says not, or, and whether somebody belongs to a cohort: as recorded, else by a rule if there is one."""

    negated: Callable[[T], T]
    either: Callable[[T, T], T]
    belonging: Callable[[str, T | None], T]


def passes(gate: Gate, value: Callable[[str], T], words: Words[T]) -> T:
    """Whether a criterion stands in nobody's way, as `screening` has it, in the words of any backend."""
    satisfied = words.negated(value(gate.asked)) if gate.bars else value(gate.asked)
    if not gate.groups and not gate.cohorts:
        return satisfied
    belongs = [value(name) for name in gate.groups]
    belongs += [words.belonging(cohort, value(name) if name is not None else None) for cohort, name in gate.cohorts]
    return words.either(words.negated(reduce(words.either, belongs)), satisfied)
