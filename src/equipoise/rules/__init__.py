"""What can be wrong in a protocol that reads well: one file a rule, each with the page that `equipoise explain` prints."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain

from ..finding import Finding, Severity, did_you_mean, errors
from ..study import Study
from ..witness import told, unproven
from .assessment_after_end import assessment_after_end
from .clocks_differ import clocks_differ
from .competing_unsaid import competing_unsaid
from .composite_ignores_death import composite_ignores_death
from .dates_contradict import dates_contradict
from .duplicate_assessments import duplicate_assessments
from .estimand_attribute_missing import estimand_attribute_missing
from .follow_up_too_short import follow_up_too_short
from .immortal_time import immortal_time
from .intercurrent_without_strategy import intercurrent_without_strategy
from .no_censoring_rule import no_censoring_rule
from .recurrence_without_clearance import recurrence_without_clearance
from .rests_on_unstated import rests_on_unstated
from .rule import Flaw, Rule, rule
from .title_and_kind_disagree import title_and_kind_disagree

__all__ = ["FAMILIES", "RULES", "Flaw", "Rule", "findings", "rule"]

FAMILIES: Mapping[str, tuple[Rule, ...]] = {
    # eligibility
    "eligibility": (),
    # pathway
    "pathway": (),
    # schedule
    "schedule": (
        assessment_after_end,
        follow_up_too_short,
        duplicate_assessments,
    ),
    # endpoints and estimands
    "endpoints and estimands": (
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
    "design": (dates_contradict,),
}
RULES: tuple[Rule, ...] = tuple(chain.from_iterable(FAMILIES.values()))


def findings(study: Study) -> tuple[Finding, ...]:
    """All that the rules find in a study, beside what reading it found; a rule that could not run is a finding.

    What the file accepts is there still, with the reason; an acceptance of nothing is a finding.
    """
    found = [*study.findings]
    for each in RULES:
        found += _found(each, study)
    return tuple(_accepted(found, study))


def _found(each: Rule, study: Study) -> list[Finding]:
    try:
        return [_finding(each, flaw, study) for flaw in each.finds(study)]
    except LookupError as why:
        # What the file leaves unreadable is not there to look at: the rule waits until it is mended.
        if not errors(study.findings):
            return [_not_run(each, study, f"{type(why).__name__}: {why}: please report this with the file")]
        return [_not_run(each, study, "the errors above stand in its way")]
    except Exception as why:  # noqa: BLE001 - one rule at fault hides no other, and is not silent
        return [_not_run(each, study, f"{type(why).__name__}: {why}: please report this with the file")]


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


def _accepted(found: list[Finding], study: Study) -> Iterator[Finding]:
    """The findings, those that the file accepts with its reason, and one for each acceptance that nothing needs."""
    names = {each.name for each in RULES}
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
        elif one.place not in needed:
            of = f" of '{one.about}'" if one.about else ""
            says = f"nothing is found any more that this accepts: '{one.finding}'{of}; take it away"
            yield Finding("accepted-needlessly", one.place, says, Severity.WARNING, about=one.about)
