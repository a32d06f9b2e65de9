"""The studies in which somebody has a role: where one comes to after signing in."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from ..models import StudyState
from ..projections import grants
from ..roles import ROLES, powers


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The list; where it has one entry, that study."""
    given = grants(request.user.get_username())
    studies: list[dict[str, Any]] = [
        {
            "state": row,
            "address": first(row.study, given[row.study]),
            "roles": sorted({ROLES.get(each.role, each.role) for each in given[row.study]}),
            "sites": sorted({each.site for each in given[row.study] if each.site}),
        }
        for row in StudyState.objects.filter(study__in=list(given)).order_by("study")
    ]
    if len(studies) == 1 and "all" not in request.GET and studies[0]["address"]:
        return redirect(studies[0]["address"])
    return render(request, "staff/home.html", {"studies": studies})


def first(slug: str, given: list[Any]) -> str:
    """The first screen of a study's menu that roles open; empty where they open none."""
    from . import SCREENS

    may = powers(given)
    return next((reverse(each.name, kwargs={"slug": slug}) for each in SCREENS if each.menu and may.may(each.action)), "")
