"""Unblinding one participant: a reason, who you are once more, an entry in the ledger, and only then the arm."""

from django.http import Http404, HttpResponse

from ...ledger import Refused, links
from .. import charts
from ..fresh import unconfirmed
from ..here import Here, Screen
from .identity import LOOK

PURPOSES = ("An emergency: treatment depends on it", "A serious unexpected reaction that has to be reported", "Something else")


def unblind(here: Here) -> HttpResponse:
    """The page before, and the arm after. Each look is an entry of its own."""
    if not charts.masked(here.study):
        raise Http404
    says, arm, reason = "", None, here.post.get("reason", "").strip()[:1_000]
    if here.request.method == "POST":
        purpose = here.post.get("purpose", "")
        says = "" if reason and purpose in PURPOSES else "Say what it is for, and why it cannot wait."
        if not here.who.arm:
            says = "This participant was not allocated: there is nothing to unblind."
        if here.was_sent(longer_ago=LOOK):
            says = "This form was sent before, and each time that somebody is told is written down: fill it in again."
        says = says or unconfirmed(here.request)
        if not says:
            try:
                here.append(here.draft("unblinded", {"purpose": purpose, "reason": reason}))
                arm = here.study.protocol.arms.get(here.who.arm)
            except Refused as why:
                says = str(why)
    return here.page(
        status=422 if says else 200, says=says, arm=arm, reason=reason, purposes=PURPOSES, is_allocated=bool(here.who.arm),
        history=tuple(links(here.slug, participant=here.who.participant, kinds=("unblinded",))),
    )  # fmt: skip


SCREEN = Screen("unblind", "p/<str:who>/unblind/", "unblind", unblind, tab="Unblind", shows=("arm",), fits=charts.masked)
