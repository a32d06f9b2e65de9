"""What drawing a participant asks of a study again and again, worked out once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from ..answers import site_limits
from ..calendar import Span
from ..expression.grammar import LESIONS, expression
from ..expression.tree import Field, Rows, Tree, parts
from ..finding import Unreadable
from ..protocol import BUILT_IN, Assumption, Cohort, Criterion, Formula, Item, Line, Statement
from ..study import Study, formulas, judgement, rule
from .assumptions import NOT_DRAWN, Spread, Subject, asked_for, change, counted, spread, subject, told_apart
from .copula import weights
from .draws import FIRST_FREE
from .hazards import Risk, is_risk, risk

START = date(2025, 1, 1)  # convention: the first day of accrual, where `dates.start` is not stated
FOLLOWED = Span(months=24)  # convention: how long after the last enrolment, where no endpoint has a horizon
RESPONSES = frozenset(("CR", "PR", "SD", "PD"))
ALLOCATIONS = ("randomisation", "assignment")


@dataclass(frozen=True)
class Drawing:
    """An item and what is assumed of it; without a `change` each answer is drawn anew."""

    item: Item
    assumed: Assumption
    spreads: dict[str, Spread]
    change: float | None
    keys: frozenset[str]
    risks: dict[str, Risk] | None = None

    def risk(self, key: str) -> Risk | None:
        """The hazard with which it happens, in an arm; None where its distribution says it all."""
        if self.risks is None:
            return None
        found = self.risks.get(key)
        if found is None:
            found = self.risks[key] = risk(self.assumed, key, counted(self.item))
        return found

    def spread(self, key: str) -> Spread:
        """The distribution of its numbers, in an arm."""
        found = self.spreads.get(key)
        if found is None:
            found = self.spreads[key] = spread(self.assumed, counted(self.item), key)
        return found


@dataclass(frozen=True)
class Rule:
    """A criterion with its tree, and the cohorts and groups to which alone it applies."""

    criterion: Criterion
    tree: Tree
    is_barred: bool
    cohorts: tuple[tuple[str, Tree | None], ...]
    groups: tuple[Tree, ...]


@dataclass(frozen=True)
class Plan:
    """A study as the virtual site reads it.

    `baseline` are the activities recorded before enrolment, in an order in which what one asks about is known from
    those before it; `drawings` what is drawn for each activity; `clocks` what begins to run when an activity took
    place; `watched` the activities after which the schedule may ask for something else; `slots` where what is drawn
    has its numbers: a slot, and one of its four words.
    """

    study: Study
    asked: frozenset[str]
    on_path: frozenset[str]
    is_retrospective: bool
    needs_consent: bool
    allocates: str
    baseline: tuple[str, ...]
    drawings: Mapping[str, tuple[Drawing, ...]]
    delays: Mapping[str, Drawing]
    rounds: Mapping[str, Drawing]
    words: Mapping[str, Drawing]
    clocks: Mapping[str, tuple[tuple[str, Drawing], ...]]
    requires: Mapping[str, tuple[Statement, ...]]
    rules: tuple[Rule, ...]
    cohorts: tuple[tuple[Cohort, Tree | None], ...]
    strata: tuple[Tree, ...]
    follows_lesions: bool
    response_at_baseline: bool
    limits: Mapping[str, Mapping[str, Mapping[tuple[str, str], float]]]
    watched: frozenset[str]
    slots: Mapping[tuple[str, ...], tuple[int, int]]
    missed: Mapping[str, float]
    together: Mapping[str, Mapping[str, float]]
    homes: Mapping[str, str]

    @property
    def start(self) -> date:
        """The first day of accrual."""
        stated = self.study.protocol.dates.get("start")
        return stated.first if stated is not None else START


def plan(study: Study) -> Plan:
    """The plan of a study."""
    protocol = study.protocol
    asked = asked_for(study)
    scheduled = frozenset(name for line in protocol.schedule for name in line.do)
    about: dict[Subject, dict[str, Drawing]] = {}
    for name, assumed in protocol.assumptions.items():
        if (found := subject(name, study)) is not None and name not in NOT_DRAWN:
            about.setdefault(found[0], {})[name] = _drawing(found[1], assumed)
    answered = {**about.get("item", {}), **about.get("judgement", {})}
    drawings = {
        name: tuple(_drawing(item, answered[key].assumed) for key, item in each.items.items() if key in answered)
        for name, each in study.activities.items()
    }
    rules = tuple(_rule(criterion, study) for criterion in protocol.eligibility)
    joining = [each.tree for each in rules]
    joining += [tree for each in rules for tree in (*each.groups, *(member for _, member in each.cohorts if member))]
    cohorts = tuple((each, _member(name, each, study)) for name, each in protocol.cohorts.items())
    joining += [tree for _, tree in cohorts if tree is not None]
    strata = tuple(
        expression(name, study.scope, want=None) for name in (protocol.allocation.strata if protocol.allocation else ())
    )
    happening = about.get("activity", {})
    early = _baseline(study, asked, scheduled, [*joining, *strata], drawings, happening)
    allocates = next((name for name in ALLOCATIONS if name in study.activities), "") if protocol.arms else ""
    kinds = {cohort.perspective for cohort in protocol.cohorts.values()}
    past = protocol.design.perspective == "retrospective"
    return Plan(
        study=study,
        asked=asked,
        on_path=asked - scheduled,
        is_retrospective=past and "prospective" not in kinds,
        needs_consent=not past,
        allocates=allocates,
        baseline=early,
        drawings=drawings,
        delays=about.get("delay", {}),
        rounds=about.get("step", {}),
        words=about.get("word", {}),
        clocks=_clocks(happening, study),
        requires=_requires(study),
        rules=rules,
        cohorts=cohorts,
        strata=strata,
        follows_lesions="lesion_count" in about.get("word", {}),
        response_at_baseline=any(
            RESPONSES <= {*study.activities[form].items[name].options} for form, name in consulted([*joining, *strata])
            if form in study.activities and name in study.activities[form].items
        ),
        limits=_limits(study),
        watched=_watched(protocol.schedule),
        slots=_slots(study),
        together=_together(protocol.assumptions),
        homes={key: name for name, each in reversed(list(study.activities.items())) for key in each.items},
        missed={name: float(each.assumed.missed or 0) for name, each in about.get("visit", {}).items()},
    )  # fmt: skip


def _slots(study: Study) -> dict[tuple[str, ...], tuple[int, int]]:
    """A slot for each thing that may be drawn, by the order of names in the study: four items of a form share one."""
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    free = FIRST_FREE
    for form, each in study.activities.items():
        for index, item in enumerate(each.items):
            found["item", form, item] = free + index // 4, index % 4
        free += -(-len(each.items) // 4)
        found["clock", form] = free, 0
        found["delay", form] = free + 1, 0
        free += 2
    for step in study.protocol.pathway.steps if study.protocol.pathway is not None else ():
        found["step", step] = free, 0
        free += 1
    return found


def _together(assumptions: Mapping[str, Assumption]) -> Mapping[str, Mapping[str, float]]:
    """How items go together; nothing where that cannot be, which `assumption_findings` says."""
    try:
        return weights(assumptions)
    except Unreadable:
        return {}


def _drawing(item: Item, assumed: Assumption) -> Drawing:
    risks: dict[str, Risk] | None = {} if is_risk(assumed) else None
    return Drawing(item, assumed, {}, change(assumed, counted(item)), told_apart(assumed), risks)


def _rule(criterion: Criterion, study: Study) -> Rule:
    cohorts = tuple((name, _member(name, study.protocol.cohorts[name], study)) for name in criterion.cohorts)
    groups = tuple(study.protocol.groups[name].member.settled for name in criterion.groups)
    return Rule(criterion, rule(criterion, study), criterion.exclude is not None, cohorts, groups)


def _member(name: str, cohort: Cohort, study: Study) -> Tree | None:
    if cohort.member is None:
        return None
    return cohort.member.settled if isinstance(cohort.member, Statement) else judgement(name, study)


def consulted(trees: Iterable[Tree]) -> set[tuple[str, str]]:
    """The forms and items that expressions look at; `on` for a form whose rows or dates they look at."""
    found = set()
    for tree in trees:
        for part in parts(tree):
            if isinstance(part, Field):
                found.add((part.form, part.name))
            elif isinstance(part, Rows):
                found.add((part.form, "on"))
    return found


def _baseline(
    study: Study, asked: frozenset[str], scheduled: frozenset[str], joining: list[Tree],
    drawings: Mapping[str, tuple[Drawing, ...]], happening: Mapping[str, Drawing],
) -> tuple[str, ...]:  # fmt: skip
    """The activities recorded before enrolment: those eligibility looks at, and those that nothing else asks for."""
    looked_at = consulted(joining)
    forms = {form for form, _ in looked_at}
    answered = {form for form, name in looked_at if name != "on"}
    begins = study.protocol.pathway.begins if study.protocol.pathway is not None else ""
    early = []
    for name, each in study.activities.items():
        if name in BUILT_IN or name in happening or name in asked - scheduled:
            continue
        shows_lesions = each.lesions and LESIONS in forms
        takes_place = name in forms and bool(drawings[name]) and name not in study.protocol.closed
        nobody_else = name not in scheduled and bool(drawings[name])
        if name in answered or shows_lesions or takes_place or nobody_else or name == begins:
            early.append(name)
    return tuple(_in_order(early, study))


def _in_order(names: list[str], study: Study) -> list[str]:
    """Forms in the order of the file, each after those that its items' `when` looks at."""
    found: list[str] = []

    def add(name: str, above: tuple[str, ...]) -> None:
        if name in found or name in above:
            return
        for item in study.activities[name].items.values():
            if item.when is not None and item.when.tree is not None:
                for form, _ in sorted(consulted([item.when.tree])):
                    if form in names:
                        add(form, (*above, name))
        found.append(name)

    for name in names:
        add(name, ())
    return found


def _clocks(happening: Mapping[str, Drawing], study: Study) -> dict[str, tuple[tuple[str, Drawing], ...]]:
    """What begins to run when an activity took place: `from`, else enrolment; chances, after each that they name."""
    found: dict[str, list[tuple[str, Drawing]]] = {}
    procedures = [name for name, each in study.activities.items() if each.procedure]
    for name, drawing in happening.items():
        assumed = drawing.assumed
        if assumed.chances and not {str(code) for code in assumed.chances} <= {"yes", "no"}:
            origins = [str(code) for code in assumed.chances]
        elif assumed.from_:
            origins = [assumed.from_]
        else:
            origins = procedures if assumed.chances else ["enrolment"]
        for origin in origins:
            found.setdefault(origin, []).append((name, drawing))
    return {name: tuple(each) for name, each in found.items()}


def _requires(study: Study) -> dict[str, tuple[Statement, ...]]:
    found: dict[str, dict[Statement, None]] = {}
    for step in study.protocol.pathway.steps.values() if study.protocol.pathway is not None else ():
        for name in (*step.do, step.repeat):
            if name and step.require:
                found.setdefault(name, {}).update(dict.fromkeys(step.require))
    return {name: tuple(each) for name, each in found.items()}


def _limits(study: Study) -> dict[str, dict[str, dict[tuple[str, str], float]]]:
    return {
        site: {
            name: {(key, end): limit for key, item in each.items.items() for end, limit in site_limits(item, site, study)}
            for name, each in study.activities.items()
        }
        for site in (*study.protocol.sites, "")
    }


def _watched(lines: tuple[Line, ...]) -> frozenset[str]:
    trees = [formula.tree for line in lines for formula in formulas(line) if formula.tree is not None]
    counted_on = {line.every.activity for line in lines if line.every is not None and line.every.activity}
    return frozenset(form for form, _ in consulted(trees)) | counted_on | {"withdrawal", "death"}


def trees_of(value: object) -> Iterable[tuple[Formula, Tree]]:
    """The formulas in a part of a protocol that could be read, each with its tree."""
    for formula in formulas(value):
        if formula.tree is not None:
            yield formula, formula.tree
