"""Who may join: each criterion met, not met or unknown, and what would settle it. Never eligible because nobody looked."""

from dataclasses import dataclass, replace

from .calendar import When
from .expression.english import english
from .expression.explain import Explanation, Reading, explain
from .expression.facts import Facts, Missing, Row
from .logic import MET, NOT_MET, UNKNOWN, Truth, every, negated, some
from .protocol import Criterion, Statement
from .study import Study, judgement, rule

ASSUMED = "(assumed)"
"""The name of an enrolment that nobody recorded."""


def _told(reading: Reading) -> str:
    return f"{reading.label}: {reading.value}" + (f" ({reading.on})" if reading.value != str(reading.on) else "")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one criterion comes to: `truth` is met when it does not stand in the way of joining.

    `applies` is not met for a criterion of a cohort or group to which the participant does not belong.
    """

    criterion: Criterion
    truth: Truth
    applies: Truth
    says: str
    explanation: Explanation

    @property
    def because(self) -> str:
        """What was read, and what is missing."""
        read = "; ".join(_told(each) for each in self.explanation.reads if each.id != ASSUMED)
        lacks = "; ".join(map(str, self.explanation.missing)) if self.truth is UNKNOWN else ""
        return ". ".join(part for part in (read, lacks) if part)


@dataclass(frozen=True, slots=True)
class Screening:
    """All criteria, and what they come to together.

    `assumed` says what was taken for granted: before enrolment, that it takes place on the day of the facts.
    """

    verdicts: tuple[Verdict, ...]
    truth: Truth
    assumed: str = ""

    @property
    def words(self) -> str:
        """What it comes to, in words."""
        return {MET: "eligible", NOT_MET: "not eligible", UNKNOWN: "cannot tell yet"}[self.truth]

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What would settle the criteria that are unknown."""
        asked = (each for verdict in self.verdicts if verdict.truth is UNKNOWN for each in verdict.explanation.missing)
        return tuple(dict.fromkeys(asked))


def screening(study: Study, facts: Facts) -> Screening:
    """Each criterion of a study for one participant.

    Args:
        study: Whose criteria.
        facts: What is known; if enrolment is not, it is taken to be on the day up to which facts are known.
    """
    assumed = ""
    if not facts.rows.get("enrolment"):
        facts = replace(facts, rows={**facts.rows, "enrolment": (Row(When.on(facts.until), id=ASSUMED),)})
        assumed = f"as if enrolled on {facts.until}"
    verdicts = tuple(_verdict(criterion, study, facts) for criterion in study.protocol.eligibility)
    return Screening(verdicts, every(each.truth for each in verdicts), assumed)


def _verdict(criterion: Criterion, study: Study, facts: Facts) -> Verdict:
    tree = rule(criterion, study)
    found = explain(tree, facts, study.scope)
    satisfied = found.truth if criterion.include is not None else negated(found.truth)
    applies, scope = _applies(criterion, study, facts)
    truth = some((negated(applies), satisfied))
    if truth is UNKNOWN and applies is UNKNOWN and satisfied is not UNKNOWN:
        found = scope
    says = criterion.text or english(tree, study.scope)
    return Verdict(criterion, truth, applies, says, found)


def _applies(criterion: Criterion, study: Study, facts: Facts) -> tuple[Truth, Explanation]:
    """Whether a criterion is about this participant, and what that rests on."""
    nothing = Explanation(MET, (), ())
    if not criterion.cohorts and not criterion.groups:
        return MET, nothing
    found = [membership(name, study, facts) for name in criterion.cohorts]
    found += [explain(study.protocol.groups[name].member.settled, facts, study.scope) for name in criterion.groups]
    doubts = tuple(one for each in found for one in each.missing)
    reads = tuple(one for each in found for one in each.reads)
    truth = some(each.truth for each in found)
    return truth, Explanation(truth, reads, doubts)


def membership(name: str, study: Study, facts: Facts) -> Explanation:
    """Whether a participant belongs to a cohort: as recorded at enrolment, else by the cohort's rule."""
    for row in facts.rows.get("enrolment", ()):
        if isinstance(recorded := row.values.get("cohort"), str):
            return Explanation(Truth.of(recorded == name), (), ())
    member = study.protocol.cohorts[name].member
    if member is None:
        return Explanation(UNKNOWN, (), ())
    tree = member.settled if isinstance(member, Statement) else judgement(name, study)
    return explain(tree, facts, study.scope)
