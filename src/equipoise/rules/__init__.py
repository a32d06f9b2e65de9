"""What can be wrong in a protocol that reads well: one file a rule, each with the page that `equipoise explain` prints."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from time import thread_time

from ..finding import Finding, Severity, did_you_mean, errors
from ..shown import OutOfTime, deadline, undecided
from ..study import Study
from ..witness import told, unproven
from .adaptation_cannot_be_made import adaptation_cannot_be_made
from .allocation_cannot_be_drawn import allocation_cannot_be_drawn
from .allocation_predictable import allocation_predictable
from .anchor_never_reached import anchor_never_reached
from .arm_never_gets_its_treatment import arm_never_gets_its_treatment
from .assessment_after_end import assessment_after_end
from .blocks_do_not_fit import blocks_do_not_fit
from .branch_never_taken import branch_never_taken
from .branches_overlap import branches_overlap
from .clocks_differ import clocks_differ
from .cohort_cannot_enter import cohort_cannot_enter
from .cohort_scope import cohort_scope
from .competing_unsaid import competing_unsaid
from .composite_ignores_death import composite_ignores_death
from .criterion_decides_nothing import criterion_decides_nothing
from .dates_contradict import dates_contradict
from .dead_end import dead_end
from .depends_on_judgement import depends_on_judgement
from .distance_cannot_be_kept import distance_cannot_be_kept
from .double_negation import double_negation
from .duplicate_assessments import duplicate_assessments
from .endpoint_never_assessed import endpoint_never_assessed
from .estimand_attribute_missing import estimand_attribute_missing
from .follow_up_too_short import follow_up_too_short
from .guard_never_met import guard_never_met
from .immortal_time import immortal_time
from .implausible_value import implausible_value
from .inclusion_exclusion_gap import inclusion_exclusion_gap
from .inclusion_exclusion_overlap import inclusion_exclusion_overlap
from .intercurrent_without_strategy import intercurrent_without_strategy
from .inverted_comparator import inverted_comparator
from .limit_never_reached import limit_never_reached
from .look_not_as_planned import look_not_as_planned
from .no_censoring_rule import no_censoring_rule
from .nobody_can_enter import nobody_can_enter
from .off_by_one_bound import off_by_one_bound
from .origin_missing_in_arm import origin_missing_in_arm
from .promise_broken import promise_broken
from .promise_not_decided import promise_not_decided
from .recurrence_without_clearance import recurrence_without_clearance
from .rests_on_unstated import rests_on_unstated
from .rule import Flaw, Rule, rule
from .step_never_entered import step_never_entered
from .title_and_kind_disagree import title_and_kind_disagree
from .too_many_strata import too_many_strata
from .undefined_qualifier import undefined_qualifier
from .underpowered import underpowered
from .unit_in_words_differs import unit_in_words_differs
from .version_unsaid import version_unsaid
from .window_without_anchor import window_without_anchor

__all__ = ["FAMILIES", "RULES", "Flaw", "Rule", "findings", "rule"]

FAMILIES: Mapping[str, tuple[Rule, ...]] = {
    # eligibility
    "eligibility": (
        cohort_cannot_enter,
        cohort_scope,
        criterion_decides_nothing,
        depends_on_judgement,
        double_negation,
        implausible_value,
        inclusion_exclusion_gap,
        inclusion_exclusion_overlap,
        inverted_comparator,
        nobody_can_enter,
        off_by_one_bound,
        undefined_qualifier,
        unit_in_words_differs,
        version_unsaid,
        window_without_anchor,
    ),
    # pathway
    "pathway": (
        arm_never_gets_its_treatment,
        branch_never_taken,
        branches_overlap,
        dead_end,
        distance_cannot_be_kept,
        guard_never_met,
        limit_never_reached,
        promise_broken,
        promise_not_decided,
        step_never_entered,
    ),
    # schedule
    "schedule": (
        anchor_never_reached,
        endpoint_never_assessed,
        assessment_after_end,
        follow_up_too_short,
        duplicate_assessments,
    ),
    # endpoints and estimands
    "endpoints and estimands": (
        origin_missing_in_arm,
        clocks_differ,
        immortal_time,
        recurrence_without_clearance,
        competing_unsaid,
        composite_ignores_death,
        estimand_attribute_missing,
        intercurrent_without_strategy,
        no_censoring_rule,
        rests_on_unstated,
        title_and_kind_disagree,
    ),
    # design
    "design": (
        blocks_do_not_fit,
        adaptation_cannot_be_made,
        allocation_cannot_be_drawn,
        allocation_predictable,
        dates_contradict,
        look_not_as_planned,
        too_many_strata,
        underpowered,
    ),
}
RULES: tuple[Rule, ...] = tuple(chain.from_iterable(FAMILIES.values()))
PATIENCE, PATIENCE_WITH_ONE = 4.0, 2.0
"""Seconds of work for all rules together, and for one; what is not answered then is said to be not decided."""
WAITS = "the errors above stand in its way"
"""Why a rule was not run, where it waits for the file to be mended."""


def findings(study: Study, asked: Sequence[Rule] | None = None) -> tuple[Finding, ...]:
    """All that rules find in a study, beside what reading it found; a rule that could not run is a finding.

    What the file accepts is there still, with the reason; an acceptance that nothing needs is a finding.

    Args:
        study: The study.
        asked: The rules to ask; unsaid, all of them.
    """
    rules = RULES if asked is None else asked
    found = [*study.findings]
    start = thread_time()
    for each in rules:
        until = deadline.set(min(start + PATIENCE, thread_time() + PATIENCE_WITH_ONE))
        try:
            found += _found(each, study)
        finally:
            deadline.reset(until)
    return tuple(_accepted(found, study, {each.name for each in rules}))


def _found(each: Rule, study: Study) -> Iterator[Finding]:
    open_: list[str] = []
    asking = undecided.set(open_)
    says_so = False
    try:
        for flaw in each.finds(study):
            says_so |= "not decided" in flaw.says
            yield _finding(each, flaw, study)
        if open_ and not says_so:
            yield _not_decided(each, study, open_)
    except OutOfTime as why:
        yield _not_decided(each, study, [*open_, str(why)])
    except LookupError as why:
        # What the file leaves unreadable is not there to look at: the rule waits until it is mended.
        yield _not_run(each, study, WAITS if errors(study.findings) else _fault(why))
    except Exception as why:  # noqa: BLE001 - one rule at fault hides no other, and is not silent
        yield _not_run(each, study, _fault(why))
    finally:
        undecided.reset(asking)


def _not_decided(each: Rule, study: Study, open_: Sequence[str]) -> Finding:
    """Where the solver gave up, what was not found may be there all the same."""
    questions = "one of its questions" if len(open_) == 1 else f"{len(open_)} of its questions"
    says = f"the rule '{each.name}' could not decide {questions} ({open_[0]}): what it does not find may be there all the same"
    return Finding("not-decided", study.protocol.place, says, Severity.NOTE, about=each.name)


def _fault(why: Exception) -> str:
    return f"{type(why).__name__}: {why}: please report this with the file"


def _not_run(each: Rule, study: Study, why: str) -> Finding:
    says = f"the rule '{each.name}' was not run: {why}"
    return Finding("not-run", study.protocol.place, says, Severity.WARNING, about=each.name)


def _finding(each: Rule, flaw: Flaw, study: Study) -> Finding:
    witness = ""
    if flaw.witness is not None:
        if lacking := unproven(flaw.witness, study):
            raise AssertionError(f"its witness does not show that {'; '.join(map(str, lacking))}")
        witness = told(flaw.witness, study)
    line = flaw.place.line - 1
    text = study.lines[line] if 0 <= line < len(study.lines) else ""
    return Finding(each.name, flaw.place, flaw.says, flaw.severity or each.severity, text, flaw.about, flaw.fix, witness)


def _accepted(found: list[Finding], study: Study, asked: set[str]) -> Iterator[Finding]:
    """The findings, those that the file accepts with its reason, and one for each acceptance that nothing needs."""
    names = {each.name for each in RULES}
    ran = asked - {each.about for each in found if each.rule == "not-run"}
    needed = set()
    for each in found:
        kept = next((
            one for one in study.protocol.accepted
            if one.finding == each.rule and one.about in ("", each.about) and each.rule in names
        ), None)  # fmt: skip
        if kept is None:
            yield each
        else:
            needed.add(kept.place)
            yield replace(each, accepted=kept.why)
    for one in study.protocol.accepted:
        if one.finding not in names:
            says = f"'{one.finding}' is not a rule whose findings can be accepted{did_you_mean(one.finding, names)}"
            yield Finding("accepted-needlessly", one.place, says, Severity.ERROR, about=one.about)
        elif one.place not in needed and one.finding in ran:
            of = f" of '{one.about}'" if one.about else ""
            says = f"nothing is found any more that this accepts: '{one.finding}'{of}; take it away"
            yield Finding("accepted-needlessly", one.place, says, Severity.WARNING, about=one.about)
