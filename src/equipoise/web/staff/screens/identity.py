"""Who a participant is. Each look is written in the ledger before the page is made, with what it was for."""

from datetime import timedelta

from django.http import HttpResponse

from ...identity.models import Identity
from ...ledger import Refused
from ..here import Here, Screen

LOOK = timedelta(minutes=1)
"""For how long the same form shows the same again, as after a double click; later it is another look."""


def identity(here: Here) -> HttpResponse:
    """The page that asks what for, and, once that is said, the identity."""
    purpose = here.post.get("purpose", "").strip()[:300]
    if here.request.method != "POST" or not purpose:
        says = "Say what you need it for." if here.request.method == "POST" else ""
        return here.page(known=None, says=says, status=422 if says else 200)
    if here.was_sent(longer_ago=LOOK):
        return here.page(
            known=None, says="This form was sent before, and each look is written down: say again what it is for.", status=422
        )
    try:
        here.append(here.draft("identity-read", {"purpose": purpose}))
    except Refused as why:
        return here.page(known=None, says=str(why), status=422)
    known = Identity.objects.filter(study=here.slug, participant=here.who.participant).first()
    return here.page(known=known, is_open=True, purpose=purpose)


SCREEN = Screen("identity", "p/<str:who>/identity/", "see_identity", identity, tab="Identity", shows=("identity",))
