"""Tokens for programs: made here for one's own powers or less, shown once, ended whenever one likes. Administrators end any."""

from django.http import HttpResponse
from django.utils import timezone

from ...api.models import Token
from ...api.tokens import MOST_DAYS, SCOPES, made
from ...ledger import Refused
from ..fresh import unconfirmed
from ..here import Here, Screen

MOST = 20
"""Tokens that a person may have in a study at a time."""


def tokens(here: Here) -> HttpResponse:
    """The list, a new token, and the end of one."""
    rows = Token.objects.filter(study=here.slug)
    if not here.may("manage_people"):
        rows = rows.filter(user=here.person)
    scopes = {name: label for name, label in SCOPES.items() if here.powers.may(name)}
    says, shown = "", ""
    if here.request.method == "POST":
        if here.post.get("does") == "revoke":
            row = rows.filter(id=here.post.get("token", "")[:20], revoked_at=None).first()
            try:
                if row is not None:
                    here.append(here.draft("token-ended", {"token": row.id, "of": row.user}, site=""))
                    Token.objects.filter(pk=row.pk).update(revoked_at=timezone.now())
                return here.go("tokens")
            except Refused:  # a locked study takes no entry, and its tokens end all the same
                Token.objects.filter(pk=row.pk if row is not None else "").update(revoked_at=timezone.now())
                return here.go("tokens")
        chosen = frozenset(here.request.POST.getlist("scope"))
        days, label = here.post.get("days", ""), here.post.get("label", "").strip()
        says = unconfirmed(here.request)
        if says:
            pass
        elif not label:
            says = "Say what the token is for."
        elif not chosen or not chosen <= set(scopes):
            says = "Choose what the program may do."
        elif not days.isdecimal() or not 1 <= int(days) <= MOST_DAYS:
            says = f"A token lasts from 1 to {MOST_DAYS} days."
        elif rows.filter(user=here.person, revoked_at=None, expires_at__gt=timezone.now()).count() >= MOST:
            says = "You have many tokens: end one first."
        else:
            row, text = made(here.slug, here.person, label, chosen, int(days))
            told = {"token": row.id, "scopes": sorted(chosen), "expires": row.expires_at.isoformat(timespec="seconds")}
            try:
                here.append(here.draft("token-made", told, site=""))
                shown = text
            except Refused as why:
                row.delete()
                says = str(why)
    listed = [(row, _state(row), [SCOPES.get(each, each) for each in row.scopes]) for row in rows.order_by("-made_at")]
    return here.page(listed=listed, scopes=scopes, shown=shown, says=says, most=MOST_DAYS, status=422 if says else 200)


def _state(row: Token) -> str:
    if row.revoked_at is not None:
        return "ended"
    return "good" if row.expires_at > timezone.now() else "expired"


SCREEN = Screen("tokens", "tokens/", "hold_token", tokens, menu="Tokens")
