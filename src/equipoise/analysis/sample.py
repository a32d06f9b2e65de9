"""Whom an analysis counts, and in which arm: a population, each member's outcome, and groups told at time zero.

Populations
    `enrolled`, `randomised` (or assigned), `treated`, `screened`, or a definition of the study. The treated had at
    least one of the activities that their arm `gives`. An arm without intervention counts all of its own; of any other
    arm that names nothing that it gives, it cannot be told. In a study without arms the treated are those who had any
    activity marked as a procedure.

Groups
    An arm is what a participant was randomised or assigned to. Any other name is a statement: a group's, a cohort's or
    a definition's. It has to be told at time zero, the origin of the endpoint. Where it comes out otherwise later, or
    could not be told before, those in the group were bound to live until then (immortal time), and a comparison from
    time zero would credit the group with that time. So the comparison is refused, unless the analysis says how it deals
    with it: a landmark, or a membership that changes with time.
    What randomises needs no such care; what merely assigns does.
    The same holds of a population that a definition or a cohort tells, and of the treated where groups are compared.

Source:
    Suissa (2008), Am J Epidemiol 167:492-499; Anderson, Cain and Gelber (1983), J Clin Oncol 1:710-719 (landmark).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ..calendar import Span, later
from ..chart import Chart, as_of
from ..endpoints import Absent, Outcome, TimeToEvent
from ..endpoints.outcome import origin
from ..expression.explain import truth
from ..expression.facts import Facts
from ..expression.grammar import LESIONS, expression
from ..expression.tree import Rows, Tree, parts
from ..finding import Unreadable
from ..kernels.inestimable import Inestimable
from ..logic import MET, NOT_MET, UNKNOWN, Truth
from ..protocol import Endpoint
from ..screening import membership
from ..study import Study
from .result import LeftOut

CONTROLS = ("no_intervention", "placebo_comparator", "active_comparator")
"""The roles that an arm of comparison may have."""


@dataclass(frozen=True)
class Side:
    """An arm or group that is compared or described: its name, and what people call it."""

    name: str
    label: str
    is_arm: bool = False


EVERYONE = Side("", "All participants")


@dataclass(frozen=True)
class Member:
    """Somebody who is counted: the side, the time zero, and the outcome."""

    chart: Chart
    side: int
    zero: date
    outcome: Outcome


@dataclass(frozen=True)
class Sample:
    """Those who are counted, side by side, and who is left out and why; `notes` are findings on the way."""

    sides: tuple[Side, ...]
    members: tuple[Member, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...] = ()

    def of(self, side: int) -> tuple[Member, ...]:
        """The members of one side."""
        return tuple(each for each in self.members if each.side == side)

    @property
    def reference(self) -> int:
        """The side that the others are compared with.

        Of two it is the second: `a vs b` is a against b. Of more it is the only one whose role is that of a comparator,
        which `sides` puts last, or else the last that is named.
        """
        return len(self.sides) - 1


def sides(names: Sequence[str], study: Study) -> tuple[Side, ...]:
    """The arms or groups of a contrast, the reference last.

    Raises:
        Inestimable: A name is neither an arm nor anything else that a participant can belong to.
    """
    protocol = study.protocol
    found = []
    for name in names:
        if name in protocol.arms:
            found.append(Side(name, protocol.arms[name].label or _words(name), is_arm=True))
        elif name in protocol.groups:
            found.append(Side(name, protocol.groups[name].label or _words(name)))
        elif name in protocol.cohorts:
            found.append(Side(name, protocol.cohorts[name].label or _words(name)))
        elif name in study.scope.define:
            found.append(Side(name, _words(name)))
        else:
            raise Inestimable(f"'{name}' is compared, and is neither an arm nor a group, a cohort or a definition")
    controls = [each for each in found if each.is_arm and protocol.arms[each.name].role in CONTROLS]
    if len(found) > 2 and len(controls) == 1:
        found = [each for each in found if each is not controls[0]] + controls
    return tuple(found)


def arms(study: Study) -> tuple[Side, ...]:
    """Every arm of a study, in the order of its file."""
    return tuple(Side(name, each.label or _words(name), is_arm=True) for name, each in study.protocol.arms.items())


def _words(name: str) -> str:
    said = name.replace("_", " ")
    return said[:1].upper() + said[1:]


# --- populations -----------------------------------------------------------------------------------------------------


def population(name: str, study: Study, charts: Iterable[Chart]) -> tuple[tuple[Chart, ...], tuple[LeftOut, ...]]:
    """Those who belong to a population, and how many do not.

    Raises:
        Inestimable: The study knows no such population.
    """
    everyone = tuple(charts)
    test = _population(name, study)
    truths = [test(each) for each in everyone]
    inside = tuple(each for each, found in zip(everyone, truths, strict=True) if found is MET)
    out = Counter(found for found in truths if found is not MET)
    told = {NOT_MET: f"not {_words(name).lower()}"}
    left = tuple(
        LeftOut(told.get(found, f"cannot be told to be {_words(name).lower()}"), count) for found, count in out.items()
    )
    return inside, left


def _population(name: str, study: Study) -> Callable[[Chart], Truth]:
    if name in ("screened", "all"):
        return lambda known: MET
    if name == "enrolled":
        return lambda known: Truth.of(known.first("enrolment") is not None)
    if name == "randomised":
        return lambda known: Truth.of(bool(known.arm) or known.first("randomisation") is not None)
    if name == "treated":
        return lambda known: is_treated(study, known)
    if name in study.scope.define or name in study.protocol.cohorts:
        tree = statement(name, study)
        return lambda known: member(name, tree, study, known.facts)
    raise Inestimable(f"'{name}' is not a population: enrolled, randomised, treated, screened or a definition is")


def is_treated(study: Study, known: Chart, *, by: date | None = None) -> Truth:
    """Whether a participant had what the arm gives, by a day if one is named; without arms, any procedure."""

    def had(activity: str) -> bool:
        first = known.first(activity)
        return first is not None and (by is None or first <= by)

    if study.protocol.arms:
        arm = study.protocol.arms.get(known.arm)
        if arm is None:
            return NOT_MET
        if not arm.gives:
            return MET if arm.role == "no_intervention" else UNKNOWN
        return Truth.of(any(had(each) for each in arm.gives))
    procedures = [name for name, each in study.activities.items() if each.procedure]
    if not procedures:
        raise Inestimable("'treated' cannot be told: there are no arms, and no activity is marked as a procedure")
    return Truth.of(any(had(each) for each in procedures))


# --- groups ----------------------------------------------------------------------------------------------------------


def statement(name: str, study: Study) -> Tree | None:
    """The statement behind the name of a group or a definition; None for an arm and for a cohort.

    Raises:
        Inestimable: It is no statement.
    """
    if name in study.protocol.arms or name in study.protocol.cohorts:
        return None
    try:
        return expression(name, study.scope)
    except Unreadable as why:
        raise Inestimable(f"'{name}' cannot be used to tell who is counted: {why.says}") from None


def member(name: str, tree: Tree | None, study: Study, facts: Facts) -> Truth:
    """Whether somebody belongs to a group, a cohort or a definition."""
    return membership(name, study, facts).truth if tree is None else truth(tree, facts)


def facts_on(study: Study, known: Chart, day: date, trees: Iterable[Tree | None] = ()) -> Facts:
    """What was known of a participant on a day. Lesions are folded anew where an expression reads them."""
    if day < known.until and any(tree is not None and LESIONS in forms(tree) for tree in trees):
        return as_of(known, study, day).facts
    return known.facts.on(day)


def forms(tree: Tree) -> frozenset[str]:
    """The forms that an expression reads."""
    return frozenset(part.form for part in parts(tree) if isinstance(part, Rows))


def sample(
    who: Sequence[Side], study: Study, endpoint: Endpoint, charts: Sequence[Chart], outcomes: Mapping[str, Outcome],
    *, landmark: Span | None = None, changes: bool = False, among: str = "",
) -> Sample:  # fmt: skip
    """Those of a population who have an outcome, each on one side.

    Args:
        who: The sides; `(EVERYONE,)` for no comparison.
        study: Whose groups they are.
        endpoint: The endpoint; its origin is time zero.
        charts: The population.
        outcomes: Each participant's outcome.
        landmark: Groups are told so long after the origin, and time counts from there.
        changes: Membership changes with time: nobody is left out for the group, and everybody stands on side 0.
        among: The population's name, if who belongs to it has to be told at time zero, or at the landmark, too.

    Raises:
        Inestimable: The groups, or the population, can only be told after time zero.
    """
    left: Counter[str] = Counter()
    members: list[Member] = []
    late = 0
    trees = {each.name: statement(each.name, study) for each in who if not each.is_arm and each is not EVERYONE}
    belonged = _belonged(among, study, endpoint)
    late_in = 0
    for known in charts:
        outcome = outcomes[known.participant]
        if isinstance(outcome, Absent):
            left[outcome.why] += 1
            continue
        zero = clock(endpoint, study, known)
        if isinstance(zero, Absent):
            left[zero.why] += 1
            continue
        if landmark is not None:
            if not isinstance(outcome, TimeToEvent):
                raise Inestimable(f"a landmark is declared, and {endpoint.kind.replace('_', ' ')} is not a time to an event")
            zero = later(zero, landmark)
            if outcome.ended <= zero:
                ended = {"event": "had the event", "competing": "had a competing event"}.get(
                    outcome.status, "was last followed"
                )
                left[f"{ended} by the landmark"] += 1
                continue
        if belonged is not None and belonged(known, zero) is not MET:
            if landmark is None:
                late_in += 1
            else:
                left[f"not {_words(among).lower()} by the landmark"] += 1
                continue
        if changes or who[0] is EVERYONE:
            members.append(Member(known, 0, zero, outcome))
            continue
        side, is_late, why = _side(who, trees, study, known, zero, landmark is not None)
        late += is_late
        if side is None:
            left[why] += 1
        else:
            members.append(Member(known, side, zero, outcome))
    notes: list[str] = []
    if late_in:
        said = (
            f"for {late_in} of {len(charts)} participants it can be told only after time zero "
            f"({_start(endpoint, study)}) that they belong to the population '{among}'. They were bound to live until "
            "then"
        )
        if among != "treated" or len(who) > 1 or changes:
            raise Inestimable(f"not estimated: {said}, and the result would count that time. Declare a landmark, or let time "
                              "start when it can be told")  # fmt: skip
        notes.append(f"{said[:1].upper()}{said[1:]}.")
    if late and all(each.is_arm for each in who) and study.protocol.design.allocation == "randomised":
        notes.append(f"{late} participants were randomised after their clock had started; they were bound to live until then")
    elif late:
        named = " and ".join(f"'{each.name}'" for each in who)
        raise Inestimable(
            f"not estimated: for {late} of {len(charts)} participants it can be told only after time zero "
            f"({_start(endpoint, study)}) whether they belong to {named}. Whoever joins a group later "
            "was bound to live until then, and the comparison "
            "would credit the group with that time. Declare a landmark, or that membership is time-dependent"
        )
    return Sample(tuple(who), tuple(members), _left(left), tuple(notes))


def clock(endpoint: Endpoint, study: Study, known: Chart) -> date | Absent:
    """The day on which a participant's time zero lies: the origin, or the first session that an event is laid to."""
    found = origin(endpoint, study, known)
    if isinstance(found, Absent) or not endpoint.attributed_to:
        return found
    first = known.first(endpoint.attributed_to)
    return first if first is not None else Absent(f"never had {study.called(endpoint.attributed_to)}", is_outside=True)


def _start(endpoint: Endpoint, study: Study) -> str:
    """Time zero in words."""
    if endpoint.attributed_to:
        return f"the first {study.called(endpoint.attributed_to)}"
    return f"{endpoint.from_ or 'enrolment'}"


def _belonged(name: str, study: Study, endpoint: Endpoint) -> Callable[[Chart, date], Truth] | None:
    """Whether somebody could be told on a day to belong to a population; None where no time passes that could be gained.

    Being enrolled, screened or randomised is no outcome of the time before. What was written down at enrolment counts,
    where a cohort that looks back enrols after time zero.
    """
    if endpoint.kind not in ("time_to_event", "occurrence"):
        return None
    if name == "treated":
        return lambda known, day: is_treated(study, known, by=day)
    if name not in study.scope.define and name not in study.protocol.cohorts:
        return None
    tree = statement(name, study)

    def belonged(known: Chart, day: date) -> Truth:
        facts = facts_on(study, known, day, (tree,))
        rows = {**facts.rows, "enrolment": known.facts.rows.get("enrolment", ())}
        return member(name, tree, study, replace(facts, rows=rows))

    return belonged


def _side(
    who: Sequence[Side], trees: Mapping[str, Tree | None], study: Study, known: Chart, zero: date, is_landmark: bool
) -> tuple[int | None, bool, str]:
    """A participant's side at time zero, whether it could only be told later, and why there is none."""
    if all(each.is_arm for each in who):
        given = known.first("randomisation") or known.first("assignment")
        if is_landmark and (given is None or given > zero):
            return None, False, "in no arm by the landmark"
        side = next((index for index, each in enumerate(who) if each.name == known.arm), None)
        if side is None:
            return None, False, "in no arm yet" if not known.arm else "in an arm that is not compared"
        return side, given is not None and given > zero, ""
    then = facts_on(study, known, zero, trees.values())
    first = [_belongs(each, trees, study, known, then) for each in who]
    if not is_landmark and first != [_belongs(each, trees, study, known, known.facts) for each in who]:
        return None, True, "in a group that can be told only after time zero"
    if first.count(MET) > 1:
        both = " and ".join(f"'{each.name}'" for each, found in zip(who, first, strict=True) if found is MET)
        raise Inestimable(f"not estimated: a participant belongs to {both} at once, and can be counted in one alone")
    if MET in first:
        return first.index(MET), False, ""
    if all(each is NOT_MET for each in first):
        return None, False, "in none of the groups"
    return None, False, "cannot be told to belong to a group at time zero"


def _belongs(side: Side, trees: Mapping[str, Tree | None], study: Study, known: Chart, facts: Facts) -> Truth:
    return Truth.of(known.arm == side.name) if side.is_arm else member(side.name, trees[side.name], study, facts)


def _left(counted: Mapping[str, int]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(why, count) for why, count in sorted(counted.items(), key=lambda each: -each[1]))
