"""The access review: who has which role, since when and by whom; which programs come in; who looked at identities; signed."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.utils import timezone

from ....verifier import shown_hash
from ...api.models import Token
from ...api.tokens import SCOPES
from ...ledger import links
from ..here import Here, Screen
from ..models import Grant
from ..roles import ROLES
from ..shown import sign

PURPOSE = "access-review"
MOST = 500
"""Reads of identities that a page lists; there may be more, and it says how many."""


def access(here: Here) -> HttpResponse:
    """The page, and the signature."""
    shown, says = _shown(here), ""
    if here.request.method == "POST":
        also = (here.draft("access-reviewed", {"shown": shown_hash(shown)}, site=""),)
        says = sign(here, PURPOSE, shown, action="review_access", also=also, again=lambda: _shown(here))
        if not says:
            return here.go("access")
    reviews = tuple(reversed(tuple(links(here.slug, kinds=("access-reviewed",)))))
    return here.page(status=422 if says else 200, says=says, shown=shown, shown_hash=shown_hash(shown), reviews=reviews)


def _shown(here: Here) -> dict[str, Any]:
    rows = Grant.objects.filter(study=here.slug).order_by("user", "role", "site")
    seen: dict[str, datetime | None] = dict(
        User.objects.filter(username__in={row.user for row in rows}).values_list("username", "last_login")
    )
    since = max((link.number for link in links(here.slug, kinds=("access-reviewed",))), default=0)
    reads = list(links(here.slug, kinds=("identity-read", "identity-corrected"), after=since))
    unblinded = list(links(here.slug, kinds=("unblinded",), after=since))
    return {
        "study": here.slug,
        "people": [
            {"person": row.user, "role": ROLES.get(row.role, row.role), "site": row.site or "all", "since": timezone.localdate(row.given_at).isoformat(),
             "given_by": row.given_by, "last_signed_in": _day(seen.get(row.user))}
            for row in rows
        ],
        "programs": _programs(here.slug),
        "reads": len(reads),
        "identity_reads": [_read(each) for each in reads[-MOST:]],
        "unblinded": [_read(each) for each in unblinded],
        "last_review": since,
    }  # fmt: skip


def _programs(slug: str) -> list[dict[str, str]]:
    """The tokens by which programs come in now; one that no entry made was put in by whoever owns the database."""
    made = {link.body.get("token") for link in links(slug, kinds=("token-made",))}
    rows = Token.objects.filter(study=slug, revoked_at=None, expires_at__gt=timezone.now()).order_by("user", "made_at")
    return [
        {
            "person": row.user, "what": row.label, "may": ", ".join(SCOPES.get(each, each) for each in row.scopes),
            "until": timezone.localdate(row.expires_at).isoformat(), "last_used": _day(row.used_at),
            "says": "" if row.id in made else "no entry of the ledger made it",
        }
        for row in rows
    ]  # fmt: skip


def _read(link: Any) -> dict[str, str]:
    told = {"person": link.by, "participant": link.participant, "on": timezone.localdate(link.at).isoformat()}
    return {**told, "purpose": str(link.body.get("reason") or link.body.get("purpose", ""))}


def _day(at: datetime | None) -> str:
    return timezone.localdate(at).isoformat() if at is not None else "never"


SCREEN = Screen("access", "access/", "review_access", access, menu="Access")
