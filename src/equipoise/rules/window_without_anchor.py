"""A window of time hangs on nothing fixed.

What it finds
    A window that counts from `today`, so that the answer drifts from day to day; one that counts from what happens only
    after enrolment, so that it cannot be told while somebody is screened; and words such as "within four weeks" that do
    not say before or after what, where the expression does not say it either.

Why it matters
    Four weeks before consent, before randomisation and before the first dose can be a month apart: sites take the one
    that suits them.

Seen in
    NCT02584998 excludes people with "evidence of prior colonoscopy within 10 years", and does not say of what.
"""

import re
from collections.abc import Iterator

from ..bounds import plain
from ..expression.tree import Call, Pick, Shifted, Today, Tree, parts
from ..finding import Severity
from ..protocol import Judgement
from ..study import Study
from ..wordings import texts
from ..words import Said, bounds_said
from .rule import Flaw, rule

_TURNED = re.compile(r"\b(?:follow(?:s|ed)?|after|before|prior to|preced\w+|since)\s+\w[^.;?]*$", re.IGNORECASE)
AFTERWARDS = ("death", "off_treatment", "withdrawal", "last_contact")
"""What every study has and nobody who is being screened has had."""
FIX = "count from enrolment or consent, or from a date on a form of screening"


@rule(Severity.WARNING)
def window_without_anchor(study: Study) -> Iterator[Flaw]:
    later = _later(study)
    for each in study.protocol.eligibility:
        place, name = each.rule.place, each.id
        if isinstance(each.rule, Judgement):
            loose = [said for said in bounds_said(each.rule.judge) if said.window and not _is_anchored(said)]
            if loose:
                says = f"the question of '{name}' says '{loose[0].words}', and not before or after what"
                yield Flaw(place, says, name, "say from what it counts")
            continue
        tree = plain(each.rule.settled)
        anchors = list(_anchors(tree))
        if any(isinstance(anchor, Today) for anchor in anchors):
            says = f"a window of '{name}' counts from today, so that its answer changes with the day it is asked ({each.rule})"
            yield Flaw(place, says, name, FIX)
            continue
        after = {anchor.rows.form for anchor in anchors if isinstance(anchor, Pick) and anchor.of.name == "on"} & later
        if after:
            form = min(after)
            says = f"a window of '{name}' counts from {study.called(form)}, which comes only after enrolment ({each.rule})"
            severity = Severity.NOTE if form in ("randomisation", "assignment") else None
            yield Flaw(place, says, name, FIX, severity=severity)
        elif not anchors:
            loose = [said for text in texts(each) for said in bounds_said(text) if said.window and not _is_anchored(said)]
            if loose:
                says = f"the words of '{name}' say '{loose[0].words}', and neither they nor the expression say of what"
                yield Flaw(place, says, name, "say from what it counts, and put the window into the expression")


def _is_anchored(said: Said) -> bool:
    """Whether words say from what a window counts: after it, or before it, as in `did it follow a vaccine within 6 weeks`."""
    return said.is_anchored or _TURNED.search(said.leads) is not None


def _anchors(tree: Tree) -> Iterator[Tree]:
    """What the windows of a statement count from: dates that are shifted, and those from which time is counted."""
    for part in parts(tree):
        if isinstance(part, Shifted):
            yield part.of
        elif isinstance(part, Call) and part.name in ("days", "weeks", "months", "years"):
            yield from part.of


def _later(study: Study) -> frozenset[str]:
    """The activities that take place only once somebody has joined."""
    protocol = study.protocol
    found = set(AFTERWARDS)
    allocated = {"randomisation", "assignment"} & {*study.activities} if protocol.arms else set()
    pathway = protocol.pathway
    if pathway is not None:
        found |= allocated - {pathway.begins}
        for step in pathway.steps.values():
            for name in (*step.do, step.repeat):
                form = study.activities.get(name)
                if form is not None and not form.repeats and name not in (pathway.begins, "consent", "enrolment"):
                    found.add(name)
    return frozenset(found)
