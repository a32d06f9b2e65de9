"""The studies in which somebody has a role: where one comes to after signing in."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from ..models import StudyState
from ..projections import grants
from ..roles import ROLES


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """The list; where it has one entry, that study."""
    given = grants(request.user.get_username())
    rows = StudyState.objects.filter(study__in=list(given)).order_by("study")
    studies: list[dict[str, Any]] = [
        {"state": row, "roles": sorted({ROLES.get(each.role, each.role) for each in given[row.study]}),
         "sites": sorted({each.site for each in given[row.study] if each.site})}
        for row in rows
    ]  # fmt: skip
    if len(studies) == 1 and "all" not in request.GET:
        from . import SCREENS

        return redirect(SCREENS[0].name, slug=studies[0]["state"].study)
    return render(request, "staff/home.html", {"studies": studies})
