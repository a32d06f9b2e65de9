"""Randomise: one purpose, one button, one arm; and the vault's receipt."""

from datetime import datetime

from django.http import Http404, HttpResponse

from .. import allocation
from ..fresh import unconfirmed
from ..here import Here, Screen
from ..models import Allocation


def randomise(here: Here) -> HttpResponse:
    """The page before, and the receipt after."""
    if "randomisation" not in here.study.activities or not here.study.protocol.arms:
        raise Http404
    row = Allocation.objects.filter(study=here.slug, participant=here.who.participant).first()
    if row is not None and row.answered_at is not None:
        return _receipt(here, row)
    says = ""
    if here.request.method == "POST":
        says = unconfirmed(here.request)
        if not says:
            try:
                allocation.allocate(here)
                return here.go("randomise")
            except allocation.NotNow as why:
                says = str(why)
    return here.page(
        status=422 if says else 200, lacks=allocation.lacks(here), says=says, stratum=allocation.stratum(here), asked=row
    )


def _receipt(here: Here, row: Allocation) -> HttpResponse:
    body = row.receipt.get("body", {})
    arm = here.study.protocol.arms.get(body.get("arm", ""))
    return here.page(
        "receipt", row=row, receipt=body, arm=arm if here.sees_arm else None, signature=row.receipt.get("signature", ""),
        masked=not here.sees_arm, drawn_at=datetime.fromisoformat(body["at"]),
    )  # fmt: skip


SCREEN = Screen("randomise", "p/<str:who>/randomise/", "randomise", randomise, shows=("arm",))
