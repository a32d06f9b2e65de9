"""The way in for programs: a token in place of a session, then the same door that people go through."""

from dataclasses import replace
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja.security import HttpBearer

from ..staff.here import Here, Screen, _here
from .models import Token
from .tokens import holder, limited


class Bearer(HttpBearer):
    """`Authorization: Bearer eq_…`. A session is not asked for and does not count."""

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        """The token, if it is one."""
        found = holder(token)
        if found is None:
            return None
        row, user = found
        request.user = user
        return row


def _nobody(here: Here, **_: Any) -> HttpResponse:
    raise Http404  # no page: programs are answered by their own functions


DOORS = {
    name: Screen(f"api-{name}", route, action, _nobody)
    for name, route, action in (
        ("study", "", "see_study"),
        ("participants", "", "see_participants"),
        ("chart", "<str:who>", "see_chart"),
        ("record", "<str:who>", "record"),
        ("export", "", "export"),
        ("import", "", "import_data"),
    )
}
"""The doors, each with its action of the table of permissions."""


def entered(request: HttpRequest, door: str, slug: str, **arguments: str) -> Here:
    """What a program is given behind a door: the same as a person, less what its token was not given.

    Raises:
        Http404: There is no such study or participant, or it is not theirs.
        PermissionDenied: Their role, or the token, does not include it.
    """
    token: Token = request.auth  # type: ignore[attr-defined]
    if token.study != slug or any("\0" in each for each in (slug, *arguments.values())):
        raise Http404
    screen = DOORS[door]
    here = _here(request, screen, slug, arguments)
    powers = limited(here.powers, frozenset(token.scopes))
    here = replace(here, powers=powers)
    if not powers.may(screen.action, here.participant.site if here.participant is not None else None):
        raise PermissionDenied
    return here
