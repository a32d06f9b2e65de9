"""Who a participant is. Each look is written in the ledger before the page is made, with what it was for; each correction with its
reason and the names of the answers it changes, never what they say."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from ...identity.models import Identity
from ...ledger import Head, Refused, links
from ..here import Here, Screen
from ..identities import answers, known, told

LOOK = timedelta(minutes=1)
"""For how long the same form shows the same again, as after a double click; later it is another look."""
READ, CORRECTED = "identity-read", "identity-corrected"
AGAIN = "This form was sent before, and each look is written down: say again what it is for."
MEANWHILE = "Somebody corrected this while you wrote: look at it again."


def identity(here: Here) -> HttpResponse:
    """The page that asks what for, and, once that is said, the identity."""
    if here.request.method == "POST" and "stands" in here.request.POST:
        return _corrected(here)
    purpose = here.post.get("purpose", "").strip()[:300]
    if here.request.method != "POST" or not purpose:
        return _asked(here, "Say what you need it for." if here.request.method == "POST" else "")
    if here.was_sent(longer_ago=LOOK):
        return _asked(here, AGAIN)
    try:
        here.append(here.draft(READ, {"purpose": purpose}))
    except Refused as why:
        return _asked(here, str(why))
    return _open(here, f"That you read this is written down: {purpose}")


def _asked(here: Here, says: str) -> HttpResponse:
    return here.page(says=says, status=422 if says else 200)


def _open(here: Here, note: str) -> HttpResponse:
    """The identity, and the form that corrects it."""
    stands = known(here.slug, here.who.participant)
    shown = answers(stands)
    if stands.born_on is not None:
        shown["born_on"] = stands.born_on.isoformat()
    return here.page(is_open=True, known=stands, note=note, told=shown, **_form(here))


def _amiss(here: Here, faults: dict[str, str]) -> HttpResponse:
    """What was sent, with its faults; not what stands, since no entry says that somebody looked."""
    return here.page(is_open=True, told=here.post, faults=faults, status=422, **_form(here))


def _form(here: Here) -> dict[str, Any]:
    return {"stands": _last(here), "may_correct": here.may("write_identity")}


def _last(here: Here) -> int:
    """The number of the last correction; 0 before any."""
    return max((each.number for each in links(here.slug, participant=here.who.participant, kinds=(CORRECTED,))), default=0)


def _corrected(here: Here) -> HttpResponse:
    if not here.may("write_identity"):
        raise PermissionDenied
    to, faults = told(here.post, here.today)
    reason = here.post.get("reason", "").strip()[:300]
    if not reason:
        faults["reason"] = "Say why, without names: the reason stands in the audit trail."
    if faults:
        return _amiss(here, faults)
    if here.was_sent():
        # put in place again, should the desk have died between the entry and this; unless another came since
        if any(each.number == _last(here) for each in links(here.slug, request=here.token)):
            _put(here, to)
        return _asked(here, AGAIN) if here.was_sent(longer_ago=LOOK) else _open(here, "Saved.")
    before = answers(known(here.slug, here.who.participant))
    changed = [name for name, value in to.items() if value != before[name]]
    draft = (
        here.draft(CORRECTED, {"changed": changed, "reason": reason}, action="write_identity")
        if changed
        else here.draft(READ, {"purpose": reason})
    )

    def meanwhile(_: Head) -> str | None:
        return None if here.post["stands"] == str(_last(here)) else MEANWHILE

    try:
        here.append(draft, unless=meanwhile)
    except Refused as why:
        return _asked(here, str(why))
    if not changed:
        return _open(here, "Nothing was saved: no answer is other than it was.")
    _put(here, to)
    return _open(here, f"Saved. That you corrected this is written down: {reason}")


def _put(here: Here, to: dict[str, Any]) -> None:
    Identity.objects.update_or_create(study=here.slug, participant=here.who.participant, defaults=to)


SCREEN = Screen("identity", "p/<str:who>/identity/", "see_identity", identity, tab="Identity", shows=("identity",))
