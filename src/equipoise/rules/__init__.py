"""What can be wrong in a protocol that reads well: one file a rule, each with the page that `equipoise explain` prints."""

from collections.abc import Iterator
from dataclasses import replace

from ..finding import Finding, Severity, did_you_mean, errors
from ..study import Study
from ..witness import told, unproven
from .rule import Flaw, Rule, rule

__all__ = ["RULES", "Flaw", "Rule", "findings", "rule"]

RULES: tuple[Rule, ...] = ()


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
