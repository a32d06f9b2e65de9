"""Lock a study: signed, and from then on nothing is recorded. The vault's slots are opened, shown whole, and checked."""

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from ....verifier import shown_hash
from ...ledger import anchor
from .. import locking
from ..allocation import NotNow
from ..here import Here, Screen
from ..shown import sign


def lock(here: Here) -> HttpResponse:
    """The page, and what was signed."""
    shown, says = locking.standing(here.slug), ""
    hindrances = locking.hindrances(here.slug)
    if here.request.method == "POST":
        if not here.may("lock"):
            raise PermissionDenied
        if here.state.locked_at is None:
            reason = here.post.get("reason", "").strip()[:1_000]
            says = " ".join(hindrances) or ("" if reason else "Say why it is locked now, as: the last follow-up is complete.")
            if not says:
                also = (here.draft("locked", {"reason": reason, "shown": shown_hash(shown)}, action="lock"),)
                says = sign(here, locking.PURPOSE, shown, action="lock", also=also, again=lambda: locking.standing(here.slug))
        if not says:
            try:
                locking.open_slots(here.slug)
            except NotNow as why:
                says = str(why)
            anchor(here.slug)
            if not says:
                return here.go("lock")
        here.state.refresh_from_db()
    return here.page(
        status=422 if says else 200, says=says, shown=shown, shown_hash=shown_hash(shown), hindrances=hindrances,
        locked=locking.locked_link(here.slug) if here.state.locked_at is not None else None,
        opened=locking.opened(here.slug), reason=here.post.get("reason", ""), may_lock=here.may("lock"),
    )  # fmt: skip


SCREEN = Screen("lock", "lock/", "see_lock", lock, menu="Lock", shows=("arm",))
