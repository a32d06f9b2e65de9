"""The lesion board: lesions by visits and sessions, sums of diameters, nadir, the response proposed, and what people read.

People may read another response than the guideline proposes; they say why. Where the study has an item for the response,
theirs goes there; otherwise it is an entry of the ledger of its own, `response-read`.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from ....logic import MET
from ....verifier import shown_hash
from ...ledger import Draft, Head, Refused, head, links
from ..forms import event_id, filled
from ..here import Here, Screen
from ..keeping import Kept, event, kept
from ..lesion_table import RECIST, LesionTable, Moment, lesion_table, response_items

ACTION = "read_response"
CHANGED = "Somebody read a response while you looked: it stands here as it is now. Read again what you would say."


def lesion_board(here: Here) -> HttpResponse:
    """The page, and a response that was read."""
    number = head(here.slug).number
    table = lesion_table(here.promised, here.chart)
    own = _own_readings(here)
    stands = shown_hash({each.iso: [each.read, own.get(each.iso, {}).get("response", "")] for each in table.assessed})
    came, told = Kept(), {"on": "", "response": "", "reason": ""}
    if here.request.method == "POST":
        if not here.may(ACTION):
            raise PermissionDenied
        told = {key: here.post.get(key, "").strip() for key in told}
        if here.post.get("stands") == stands:
            came = _read(here, table, told, number)
        elif here.post.get("request") and here.was_sent():
            return here.go("lesion-board")
        else:
            came = Kept(says=(CHANGED,))
        if came.is_saved:
            return here.go("lesion-board")
    last = table.assessed[-1] if table.assessed else None
    return here.page(
        status=422 if came.says else 200, table=table, came=came, told=told, last=last, own=own, responses=_options(here, table),
        stands=stands, may_read=here.may(ACTION), visible=sum(each.lesion.is_visible is MET for each in table.lines), is_asked=bool(response_items(here.promised)),
    )  # fmt: skip


def _options(here: Here, table: LesionTable) -> dict[str, str]:
    """The answers that may be given: those of the study's item, in its words; all of RECIST where it has none."""
    found = next((each for each in table.assessed if each.item), None)
    if found is None:
        return RECIST
    item = here.promised.activities[found.activity].items[found.item]
    return {code: RECIST.get(code, code) for code in item.options} or RECIST


def _own_readings(here: Here) -> dict[str, dict[str, Any]]:
    """What was read where the study has no item for it: the last of each day."""
    found = links(here.slug, participant=here.who.participant, kinds=("response-read",))
    return {str(each.body.get("on")): {**each.body, "by": each.by} for each in found}


def _read(here: Here, table: LesionTable, told: dict[str, str], number: int) -> Kept:
    moment = next((each for each in table.assessed if each.on.isoformat() == told["on"]), None)
    if moment is None:
        return Kept(says=("Choose the imaging that was read.",))
    if told["response"] not in _options(here, table):
        return Kept(says=("Choose the response.",))
    reason = told["reason"][:1000]
    if told["response"] != moment.proposed and not reason:
        says = f"RECIST 1.1 proposes {moment.proposed_words}: say why it is read otherwise."
        return Kept(says=(says,))
    if told["response"] == moment.read:
        return Kept(says=("This response is on record for that day already.",))
    why = reason or f"As RECIST 1.1 proposes: {moment.assessment.reason if moment.assessment is not None else ''}"
    if moment.item and not moment.event:
        return _concluded(here, moment, told["response"], f"Imaging of {moment.on}. {why}")

    def unless(head: Head) -> str | None:
        """Nobody else read or recorded anything of them in the meantime."""
        since = links(here.slug, participant=here.who.participant, kinds=("event", "response-read"), after=number)
        return CHANGED if any(True for _ in since) else None

    try:
        here.append(_draft(here, moment, told["response"], why), unless=unless)
    except Refused as refused:
        return Kept(says=(str(refused),))
    here.saved("The response is on record.")
    return Kept(links=tuple(links(here.slug, request=here.token)))


def _draft(here: Here, moment: Moment, response: str, why: str) -> Draft:
    if not moment.item:
        read = {"on": moment.on.isoformat(), "proposed": moment.proposed, "response": response, "reason": why}
        return here.draft("response-read", read, action=ACTION)
    said = f"Read on the lesion board; RECIST 1.1 proposes {moment.proposed}. {why}"
    body: dict[str, object] = {
        "id": event_id(here.token), "on": here.today.isoformat(), "corrects": moment.event, "items": {moment.item: response},
        "reason": said,
    }  # fmt: skip
    return event(here, body, action=ACTION)


def _concluded(here: Here, moment: Moment, response: str, note: str) -> Kept:
    """The study asks for the response on a form of its own: fill that in."""
    name = moment.activity
    answers = {f"{name}.on": here.today.isoformat(), f"{name}.{moment.item}": response, f"{name}.note": note}
    return kept(
        here, [filled(name, here.promised, here.chart, answers, today=here.today, id=event_id(here.token))], action=ACTION
    )


SCREEN = Screen("lesion-board", "p/<str:who>/lesions/", "see_chart", lesion_board, tab="Lesions", fits=lambda study: any(
    each.lesions for name, each in study.activities.items() if name != "lesion_found"))  # fmt: skip
