"""Who has which role: accounts are made here, roles given and taken. Each is an entry of the ledger."""

import re
import secrets

from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpResponse

from ...ledger import Refused
from ..fresh import unconfirmed
from ..here import Here, Screen
from ..models import Grant
from ..roles import ROLES
from ..studies import PARTICIPANT, SYSTEM

NAME = re.compile(r"[\w.@+-]{1,150}")
OURS = (SYSTEM, PARTICIPANT)
"""Names by which the ledger says that nobody of the staff wrote something."""


def people(here: Here) -> HttpResponse:
    """The list, and what was asked of it."""
    says, made = "", ""
    if here.request.method == "POST":
        says = unconfirmed(here.request) or _done(here)
        if not says:
            name = here.post.get("user", "").strip()
            user, is_new = User.objects.get_or_create(username=name) if here.post.get("does") == "give" else (None, False)
            if user is not None and is_new:
                made = secrets.token_urlsafe(12)
                try:
                    validate_password(made, user)
                except ValidationError:  # a random one that is too like the name: another
                    made = secrets.token_urlsafe(18)
                user.set_password(made)
                user.save()
    rows = Grant.objects.filter(study=here.slug).order_by("user", "role", "site")
    seen = dict(User.objects.filter(username__in={row.user for row in rows}).values_list("username", "last_login"))
    listed = [(row, ROLES.get(row.role, row.role), seen.get(row.user)) for row in rows]
    sites = {name: each.label or name for name, each in here.study.protocol.sites.items()}
    return here.page(status=422 if says else 200, listed=listed, roles=ROLES, sites=sites, says=says, made=made,
                     made_for=here.post.get("user", ""))  # fmt: skip


def _done(here: Here) -> str:
    told = {key: here.post.get(key, "").strip() for key in ("user", "role", "site")}
    if NAME.fullmatch(told["user"]) is None:
        return "Say whose role it is: the name they sign in by."
    gives = here.post.get("does") != "take"
    if gives and told["user"].casefold() in OURS:
        return f"'{told['user']}' is by whom the desk itself writes, and nobody's name."
    like = User.objects.filter(username__iexact=told["user"]).exclude(username=told["user"]).first() if gives else None
    if like is not None:
        return f"There is '{like.username}' already: a name that differs in capitals alone is taken for the same."
    if told["role"] not in ROLES:
        return "Choose a role."
    if len(told["site"]) > 80 or (told["site"] and here.study.protocol.sites and told["site"] not in here.study.protocol.sites):
        return "Choose a site of this study, or all of them."
    if told["role"] == "administrator" and told["site"] and gives:
        return "An administrator looks after the study as a whole: choose all sites."
    kind = "role-taken" if here.post.get("does") == "take" else "role-given"
    if kind == "role-taken" and told["role"] == "administrator" and told["user"] == here.person:
        return "Nobody takes their own administration away: another administrator does."
    try:
        here.append(here.draft(kind, told, site=""))
    except Refused as why:
        return str(why)
    return ""


SCREEN = Screen("people", "people/", "manage_people", people, menu="People")
