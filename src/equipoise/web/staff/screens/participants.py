"""The participants of somebody's sites, found by pseudonym, site and state."""

from django.core.paginator import Paginator
from django.http import HttpResponse

from ..here import Here, Screen

STATES = ("screening", "enrolled", "allocated", "follow-up", "withdrawn", "died")


def participants(here: Here) -> HttpResponse:
    """The page."""
    rows = here.participants().order_by("-added_at", "participant")
    asked = {key: here.request.GET.get(key, "").strip()[:60] for key in ("q", "status", "site")}
    if asked["q"]:
        rows = rows.filter(participant__icontains=asked["q"])
    if asked["status"] in STATES:
        rows = rows.filter(status=asked["status"])
    if asked["site"]:
        rows = rows.filter(site=asked["site"])
    sites = sorted(here.participants().values_list("site", flat=True).distinct())
    page = Paginator(rows, 50).get_page(here.request.GET.get("page"))
    found = [(row, here.arm_of(row)) for row in page]
    shows_arm = bool(here.study.protocol.arms) and here.sees_arm
    return here.page(found=found, page=page, asked=asked, sites=sites, states=STATES, shows_arm=shows_arm)


SCREEN = Screen(
    "participants", "participants/", "see_participants", participants, menu="Participants", shows=("arm",), methods=("GET",)
)
