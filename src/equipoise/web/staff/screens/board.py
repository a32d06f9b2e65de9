"""The tumour-board gate: the case on one page, the options of the step, who took part, why, and a signature.

Where a study leaves a decision to people, its pathway waits here: nothing goes on until the decision is signed.
"""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.utils.safestring import mark_safe

from ....events import Decided, current
from ....ledger import signature
from ....reports.course_picture import course_picture
from ....reports.page import Figure, part
from ....study import Study
from ....verifier import shown_hash
from ...ledger import Draft, Head, Refused, links
from ..case import Waiting, case, waiting
from ..forms import event_id
from ..fresh import unconfirmed
from ..here import Here, Screen
from ..keeping import event
from ..lesion_table import lesion_table
from ..roles import ROLES, allowed, answers_for
from .markers import courses

PURPOSE = "gate"
PICTURES, RECENT = 4, 8
"""How many measurements are drawn, and entries shown at once."""


def decides(study: Study) -> bool:
    """Whether a study leaves a decision to people."""
    pathway = study.protocol.pathway
    return pathway is not None and any(each.by != "rule" and each.decide for each in pathway.steps.values())


def board(here: Here) -> HttpResponse:
    """The case, and the decision."""
    study, known = here.promised, here.chart
    found = waiting(study, known)
    of = next((each for each in found if each.step.name == here.request.GET.get("step")), found[0] if found else None)
    shown = case(study, known, of)
    told = {key: here.post.get(key, "").strip() for key in ("option", "members", "names", "reason")}
    says: tuple[str, ...] = ()
    role = _role(here, of) if of is not None else ""
    if here.request.method == "POST":
        says = _decided(here, of, role, shown, told)
        if not says:
            return here.go("timeline")
    drawn = courses(study, known)[:PICTURES]
    before = [each for each in current(known.events)[0] if isinstance(each, Decided)]
    return here.page(
        status=422 if says else 200, shown=shown, shown_hash=shown_hash(shown), of=of, told=told, says=says, may_decide=bool(role), before=before[::-1],
        by=_by(of), table=lesion_table(study, known), recent=shown["happened"][:RECENT], earlier=shown["happened"][RECENT:], others=found,
        pictures=[mark_safe(part(Figure(course_picture(each), each.words, each.label))) for each in drawn],
        proposed=_called(shown, of.position.proposal) if of is not None else "",
    )  # fmt: skip


def _decided(here: Here, of: Waiting | None, role: str, shown: dict[str, Any], told: dict[str, str]) -> tuple[str, ...]:
    """Write the decision with its signature; why it was not, if it was not."""
    if of is None:
        return ("No decision waits here: it was taken meanwhile, or something has to be recorded first.",)
    if not role:
        return (f"{_by(of)} decides here.",)
    says = [unconfirmed(here.request)]
    if here.post.get("shown") != shown_hash(shown):
        says.append("What is known has changed since this page was made: read it again before you sign.")
    if told["option"] not in of.position.options:
        says.append("Choose what was decided.")
    members = (
        int(told["members"]) if told["members"].isascii() and told["members"].isdigit() and len(told["members"]) < 4 else 0
    )
    if of.step.quorum and members < of.step.quorum:
        says.append(f"At least {of.step.quorum} have to take part: nothing is decided with fewer.")
    elif not members:
        says.append("Say how many took part.")
    if told["option"] != of.position.proposal and not told["reason"]:
        lacks = "departs from what the rule proposes" if of.position.proposal else "is not proposed by a rule"
        says.append(f"Give the reason: the decision {lacks}.")
    if any(says):
        return tuple(each for each in says if each)
    return _written(here, of, role, shown, told, members)


def _written(here: Here, of: Waiting, role: str, shown: dict[str, Any], told: dict[str, str], members: int) -> tuple[str, ...]:
    number = here.who.number
    (rests_on,) = links(here.slug, after=number - 1, until=number)
    decision = {
        "option": told["option"],
        "members": str(members),
        "names": told["names"][:500],
        "reason": told["reason"][:2000],
    }
    body: dict[str, object] = {
        "id": event_id(here.token), "on": here.today.isoformat(), "decide": of.step.name, "option": told["option"],
        "items": {"members": members}, "role": of.step.by,
    }  # fmt: skip
    if decision["reason"]:
        body["reason"] = decision["reason"]
    if decision["names"]:
        body["note"] = f"Took part: {decision['names']}"
    signs = here.draft("signed", signature(PURPOSE, {**shown, "decided": decision}, rests_on=rests_on), action="decide")
    drafts: list[Draft] = [replace(each, role=role) for each in (signs, event(here, body, action="decide"))]

    def unless(head: Head) -> str | None:
        """Nothing was added in the meantime."""
        row = type(here.who).objects.get(study=here.slug, participant=here.who.participant)
        return None if row.number == number else "What is known has changed: read the page again before you sign."

    try:
        here.append(*drafts, unless=unless)
    except Refused as why:
        return (str(why),)
    here.saved(f"Decided: {told['option'].replace('_', ' ')}. It is signed.")
    return ()


def _role(here: Here, of: Waiting) -> str:
    """The role by which this person decides at a step; empty if by none."""
    fits = set(answers_for(of.step.by)) & set(allowed("decide"))
    return next((role for role, site in here.powers.grants if role in fits and site in ("", here.who.site)), "")


def _by(of: Waiting | None) -> str:
    """Who decides, in words."""
    if of is None:
        return ""
    return (
        "The tumour board"
        if of.step.by == "mdt"
        else " or ".join(ROLES[each] for each in answers_for(of.step.by) if each in allowed("decide"))
    )


def _called(shown: dict[str, Any], option: str) -> str:
    return next((str(each["label"]) for each in shown["decision"]["options"] if each["option"] == option), option)


SCREEN = Screen("board", "p/<str:who>/board/", "see_chart", board, tab="Board", fits=decides)
