"""Freeze a participant's record, so that nothing is recorded or corrected in it; or thaw it. Either with a reason."""

from django.http import HttpResponse

from ...ledger import Head, Refused, links
from ..here import Here, Screen
from ..models import Participant, Query, Source


def freeze(here: Here) -> HttpResponse:
    """The page, and what was asked."""
    says, reason = "", here.post.get("reason", "").strip()[:1_000]
    is_frozen = here.who.is_frozen
    if here.request.method == "POST":
        kind = here.post.get("does", "")
        says = "" if reason else "Say why: the reason stays in the ledger."
        if kind not in ("frozen", "thawed") or (kind == "frozen") == is_frozen:
            says = f"This record is {'frozen' if is_frozen else 'not frozen'} already."
        if not says:

            def unless(head: Head) -> str | None:
                now = Participant.objects.get(study=here.slug, participant=here.who.participant).is_frozen
                return None if now == is_frozen else "Somebody else was quicker: read the page again."

            try:
                here.append(here.draft(kind, {"reason": reason}), unless=unless)
                return here.go("freeze")
            except Refused as why:
                says = str(why)
    mine = {"study": here.slug, "participant": here.who.participant}
    rows = Source.objects.filter(**mine).values_list("total", "done")
    return here.page(
        status=422 if says else 200, says=says, reason=reason,
        history=tuple(reversed(tuple(links(here.slug, participant=here.who.participant, kinds=("frozen", "thawed"))))),
        queries=Query.objects.filter(**mine).exclude(state="closed").count(), unverified=sum(total - done for total, done in rows),
    )  # fmt: skip


SCREEN = Screen("freeze", "p/<str:who>/freeze/", "freeze", freeze, tab="Freeze")
