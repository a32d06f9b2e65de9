"""Tokens: made by a person for a program, shown once, for less than that person may do, and not for ever."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from ..staff.roles import Powers
from .models import Token

SCOPES = {
    "see_study": "See the study",
    "see_participants": "See the list of participants",
    "see_chart": "See a participant’s chart, what is due and what screening says",
    "see_arm": "See the arm, where its holder may",
    "record": "Record what took place",
    "import_data": "Import tables of results",
    "export": "Export the ledger and tables for analysis",
}
"""The actions that a program may be given."""
PREFIX = "eq_"
MOST_DAYS = 365
_SEEN = timedelta(minutes=1)


@dataclass(frozen=True)
class Limited(Powers):
    """The powers of a token's holder, and of them only those that the token was given."""

    scopes: frozenset[str] = frozenset()

    def sites(self, action: str) -> frozenset[str] | None:
        """The sites at which the holder may do something, if the token may."""
        return Powers.sites(self, action) if action in self.scopes else frozenset()

    def role(self, action: str, site: str | None = None) -> str:
        """By which role the holder may do something, if the token may."""
        return Powers.role(self, action, site) if action in self.scopes else ""


def limited(powers: Powers, scopes: frozenset[str]) -> Limited:
    """A person's powers as a token has them."""
    return Limited(powers.grants, powers.blinded, scopes)


def made(study: str, user: str, label: str, scopes: frozenset[str], days: int) -> tuple[Token, str]:
    """A token; its text is answered here, and never again."""
    text = PREFIX + secrets.token_urlsafe(32)
    now = timezone.now()
    row = Token.objects.create(
        id=secrets.token_hex(6), study=study, user=user, label=label[:120], token_hash=hashed(text), scopes=sorted(scopes),
        made_at=now, expires_at=now + timedelta(days=days),
    )  # fmt: skip
    return row, text


def hashed(text: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(text.encode()).hexdigest()


def holder(text: str) -> tuple[Token, User] | None:
    """Whose token it is; None where there is none such, or it has ended, or its holder may not come in."""
    if not text.startswith(PREFIX) or len(text) > 200:
        return None
    now = timezone.now()
    row = Token.objects.filter(token_hash=hashed(text), revoked_at=None, expires_at__gt=now).first()
    user = User.objects.filter(username=row.user, is_active=True).first() if row is not None else None
    if row is None or user is None:
        return None
    if row.used_at is None or now - row.used_at > _SEEN:
        Token.objects.filter(pk=row.pk).update(used_at=now)
    return row, user
