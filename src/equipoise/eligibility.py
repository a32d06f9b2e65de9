"""Eligibility as statements: what each criterion lets in, and whether there can be somebody whom a set of them does."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from .bounds import Apart, Limit, apart, cells, domain, item_of, limits, plain
from .expression.grammar import expression
from .expression.source import source
from .expression.tree import Aggregate, Among, Compare, Field, Not, Or, Pick, Quantified, Tree, parts
from .finding import Place
from .logic import MET, NOT_MET, Truth
from .protocol import Criterion, Statement
from .shown import Answer, Proven, Shown
from .study import Study, judgement, rule
from .witness import Claim, Screened, Witness

Wanted = Mapping[str, tuple[Tree, Truth]]
"""Statements by name, each with the truth it is to come to."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way in: the whole study, one of its cohorts or groups; `member` is what makes a participant one of those."""

    name: str = ""
    kind: str = ""
    member: Wanted | None = None

    def __str__(self) -> str:
        return f"{self.kind} '{self.name}'" if self.name else "the study"


@lru_cache(maxsize=64)
def cohorts(study: Study) -> tuple[Way, ...]:
    """The cohorts by which people enter; where there are none, the study itself."""
    found = []
    for name, each in study.protocol.cohorts.items():
        wanted = {f"enrolled in cohort '{name}'": (_enrolled_in(name, study), MET)}
        if each.member is not None:
            tree = each.member.settled if isinstance(each.member, Statement) else judgement(name, study)
            wanted[f"belongs to cohort '{name}'"] = (tree, MET)
        found.append(Way(name, "cohort", wanted))
    return tuple(found) or (Way(),)


@lru_cache(maxsize=64)
def groups(study: Study) -> tuple[Way, ...]:
    """The observed groups."""
    return tuple(
        Way(name, "group", {f"belongs to group '{name}'": (each.member.settled, MET)})
        for name, each in study.protocol.groups.items()
    )


@lru_cache(maxsize=1_000)
def _enrolled_in(cohort: str, study: Study) -> Tree:
    return Among(expression("enrolment.cohort", study.scope, want=None), (cohort,))


@lru_cache(maxsize=5_000)
def lets_in(criterion: Criterion, study: Study) -> Tree:
    """The statement that is met when a criterion does not stand in the way: also where it does not apply."""
    tree = rule(criterion, study)
    satisfied = tree if criterion.include is not None else Not(tree)
    scope = [_enrolled_in(name, study) for name in criterion.cohorts]
    scope += [study.protocol.groups[name].member.settled for name in criterion.groups]
    return Or((Not(Or(tuple(scope))), satisfied)) if scope else satisfied


def applies(criterion: Criterion, way: Way) -> bool:
    """Whether a criterion can be about somebody who enters that way."""
    return way.kind != "cohort" or not criterion.cohorts or bool(criterion.groups) or way.name in criterion.cohorts


def wanted(study: Study, way: Way, criteria: Sequence[Criterion] | None = None) -> dict[str, tuple[Tree, Truth]]:
    """That every criterion lets somebody in who enters that way.

    Args:
        study: Whose criteria.
        way: The way in.
        criteria: Only these; unsaid, all.
    """
    asked = dict(way.member or {})
    for each in study.protocol.eligibility if criteria is None else criteria:
        if applies(each, way):
            asked[each.id] = (lets_in(each, study), MET)
    return asked


def somebody(study: Study, asked: Wanted) -> Answer:
    """Whether there can be a participant for whom all this comes out so; the same question is answered once."""
    return _somebody(study, tuple((name, tree, truth) for name, (tree, truth) in asked.items()))


@lru_cache(maxsize=2_000)
def _somebody(study: Study, asked: tuple[tuple[str, Tree, Truth], ...]) -> Answer:
    from .proof import some_participant  # the solver is loaded when it is first asked

    return some_participant(study, {name: (tree, truth) for name, tree, truth in asked})


def witness(found: Answer, study: Study, claims: Sequence[Claim]) -> Witness | None:
    """The participant of an answer as a witness, where there is one."""
    if not isinstance(found, Shown):
        return None
    from .proof import facts_events

    return Witness(facts_events(found.facts, study), found.facts.until, tuple(claims))


# --- what depends on what ---------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def related(study: Study) -> Mapping[str, tuple[Criterion, ...]]:
    """For each criterion those that read a fact that it reads, or one that these read in turn; itself among them."""
    read = {each.id: _facts(lets_in(each, study)) for each in study.protocol.eligibility}
    by_rows = {form for facts in read.values() for form, name in facts if name == "*"}
    read = {
        id_: frozenset((form, "*") if form in by_rows else (form, name) for form, name in facts if (form, name) != _COHORT)
        for id_, facts in read.items()
    }
    found: dict[str, tuple[Criterion, ...]] = {}
    for each in study.protocol.eligibility:
        if each.id in found:
            continue
        together, facts = {each.id}, set(read[each.id])
        while more := {id_ for id_, own in read.items() if id_ not in together and own & facts}:
            together |= more
            facts.update(*(read[id_] for id_ in more))
        members = tuple(one for one in study.protocol.eligibility if one.id in together)
        found.update(dict.fromkeys(together, members))
    return found


_COHORT = ("enrolment", "cohort")


@lru_cache(maxsize=5_000)
def ways_for(criterion: Criterion, study: Study) -> tuple[Way, ...]:
    """The ways in that matter to a criterion: the study itself, where cohorts have nothing to do with what it reads."""
    group = related(study)[criterion.id]
    if not any(each.cohorts or each.groups for each in group):
        read = {fact for each in group for fact in _facts(lets_in(each, study))}
        told = {fact for way in cohorts(study) for tree, _ in (way.member or {}).values() for fact in _facts(tree)} - {_COHORT}
        if not {form for form, name in told if name == "*"} & {form for form, _ in read} and not told & read:
            return (Way(),)
    return tuple(way for way in cohorts(study) if applies(criterion, way))


def may_come_out_either_way(criterion: Criterion, study: Study) -> bool:
    """Whether a criterion stands alone and is one open question: an answer that is yes or no, or one bound within range."""
    if len(related(study)[criterion.id]) > 1:
        return False
    tree = plain(rule(criterion, study))
    while isinstance(tree, Not):
        tree = tree.of
    if isinstance(tree, Pick):
        return tree.rows.where is None and not tree.of.part
    if not isinstance(tree, Compare | Among):
        return False
    if isinstance(tree, Among) and not tree.of.type.ordered:
        return isinstance(tree.of, Pick) and 0 < len({*tree.options} & {*tree.of.type.options}) < len(tree.of.type.options)
    found = limits(tree, met=True)
    if len(found) != 1 or item_of(found[0].measure.of, study) is None:
        return False
    passing = [found[0].passes(each.like, ()) for each in cells(found[0].at, *domain(found[0].measure, study))]
    return any(passing) and not all(passing)


def _facts(tree: Tree) -> frozenset[tuple[str, str]]:
    """The facts that a statement reads; of a form whose rows are counted, every one: `*`."""
    found = set()
    for part in parts(tree):
        if isinstance(part, Field):
            found.add((part.form, part.name))
        elif isinstance(part, Aggregate | Quantified):
            found.add((part.rows.form, "*"))
    return frozenset(found)


# --- bounds that miss each other --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Missed:
    """An inclusion and an exclusion that bound one measure at one end, and do not meet there."""

    kept: Criterion
    barred: Criterion
    limit: Limit
    other: Limit
    apart: Apart
    place: Place


@lru_cache(maxsize=64)
def missed(study: Study) -> tuple[Missed, ...]:
    """Every inclusion and exclusion of a study that bound one measure and leave a gap, or overlap."""
    return tuple(_missed(study))


def _missed(study: Study) -> Iterator[Missed]:
    bounding = [
        (each, limit)
        for each in study.protocol.eligibility
        if isinstance(each.rule, Statement)
        for limit in limits(each.rule.settled, met=each.include is not None)
    ]
    seen = set()
    for kept, limit in bounding:
        for barred, other in bounding:
            if kept.include is None or barred.exclude is None or limit.measure != other.measure:
                continue
            if not _may_both_apply(kept, barred):
                continue
            for found in apart(limit, other, study):
                rest = [
                    (one, third) for one, third in bounding
                    if one not in (kept, barred) and third.measure == limit.measure and not one.cohorts and not one.groups
                    and (found.kind == "overlap") == (one.include is not None)
                ]  # fmt: skip
                cells = tuple(cell for cell in found.cells if not any(_bars(third, cell.like) for _, third in rest))
                if found.kind == "gap" and _is_met_elsewhere(kept, barred, found, other, bounding, study):
                    continue
                key = (kept.id, barred.id, found.kind, found.end)
                if found.kind == "overlap" and limit.measure.anchor is not None and not any(limit.at):
                    continue  # that something was before is no bound of how long before: the exclusion says which of those
                if cells and key not in seen:
                    seen.add(key)
                    yield Missed(kept, barred, limit, other, Apart(found.kind, found.end, cells, found.when), barred.rule.place)


def _is_met_elsewhere(
    kept: Criterion,
    barred: Criterion,
    found: Apart,
    limit: Limit,
    bounding: Sequence[tuple[Criterion, Limit]],
    study: Study,
) -> bool:
    """Whether an exclusion for all begins where the inclusion of another cohort ends: it is that one's other side."""
    own = {*kept.cohorts, *kept.groups}
    if barred.cohorts or barred.groups or not own:
        return False
    for one, third in bounding:
        scope = {*one.cohorts, *one.groups}
        if one.include is None or not scope or scope & own or third.measure != limit.measure:
            continue
        values = cells((*third.at, *limit.at), *domain(limit.measure, study))
        if _bars(third, values[-1 if found.end == "upper" else 0].like) and not list(apart(third, limit, study)):
            return True
    return False


def _bars(limit: Limit, value: float) -> bool:
    """Whether a value never passes, however the rest comes out."""
    return not any(limit.passes(value, truths) for truths in product((False, True), repeat=len(limit.others)))


def _may_both_apply(one: Criterion, other: Criterion) -> bool:
    return not (one.cohorts and other.cohorts and not {*one.cohorts} & {*other.cohorts} and not one.groups and not other.groups)


@dataclass(frozen=True, slots=True)
class Between:
    """Somebody who lies where two criteria miss each other; no witness where the solver built none in its time."""

    witness: Witness | None


def misser(each: Missed, study: Study) -> Between | None:
    """Somebody who lies where an inclusion and an exclusion miss each other; None where nobody ever can."""
    is_gap = each.apart.kind == "gap"
    says = {each.kept.id: NOT_MET if is_gap else MET, each.barred.id: MET if is_gap else NOT_MET}
    asked = {
        each.kept.id: (lets_in(each.kept, study), says[each.kept.id]),
        each.barred.id: (lets_in(each.barred, study), says[each.barred.id]),
        "the bound of the inclusion": (each.limit.clause, Truth.of(each.limit.met is not is_gap)),
        "the bound of the exclusion": (each.other.clause, Truth.of(each.other.met is is_gap)),
    }
    ways = [way for way in cohorts(study) if applies(each.kept, way) and applies(each.barred, way)]
    others = [one for one in study.protocol.eligibility if one.id not in says]
    answers = []
    for way in ways:
        for more in (others, ()):
            answers.append(somebody(study, {**wanted(study, way, more), **asked}))
            if isinstance(answers[-1], Shown):
                return Between(witness(answers[-1], study, [Screened(*claim) for claim in says.items()]))
    return None if all(isinstance(answer, Proven) for answer in answers) else Between(None)


def when_said(each: Missed, study: Study) -> str:
    """On what it depends that two criteria miss each other, as ` where gilbert is not met`."""
    told = [f"{source(tree, study.scope)} is {'' if so else 'not '}met" for tree, so in each.apart.when]
    return f" where {' and '.join(told)}" if told else ""


def barring(study: Study, found: Proven) -> tuple[Criterion, ...]:
    """The criteria among the statements that nobody can meet all of, in the order of the file."""
    return tuple(each for each in study.protocol.eligibility if each.id in found.core)
