"""Today: what is late, what is open and closes soon, what opens soon; read from projections alone."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, Q
from django.http import HttpResponse

from .. import projections
from ..here import Here, Screen
from ..models import DueItem

SOON = timedelta(days=14)
MOST = 200


def today(here: Here) -> HttpResponse:
    """The page."""
    projections.refresh(here.slug, here.today)
    rows = DueItem.objects.filter(study=here.slug, last__gte=here.today)
    sites = here.powers.sites("see_today")
    if sites is not None:
        rows = rows.filter(site__in=sites)
    rows = rows.exclude(is_early=True, closes__lt=here.today)
    late = rows.filter(closes__lt=here.today, opens__lte=here.today)
    now = rows.filter(opens__lte=here.today, closes__gte=here.today)
    soon = rows.filter(opens__gt=here.today, opens__lte=here.today + SOON)
    people = here.participants()
    counts = people.aggregate(
        all=Count("pk"), screening=Count("pk", filter=Q(status="screening")), allocated=Count("pk", filter=Q(allocated_on__isnull=False)),
        followed=Count("pk", filter=Q(status="follow-up")), left=Count("pk", filter=Q(status__in=["withdrawn", "died"])),
    )  # fmt: skip
    waiting = people.filter(status__in=["screening", "enrolled"]).exclude(eligibility="not eligible").order_by("-added_at")[:30]
    parts = [
        {"name": "late", "title": "Late", "visits": _visits(here, late.order_by("closes", "participant")[:MOST]), "count": late.count()},
        {"name": "open", "title": "In their window now", "visits": _visits(here, now.order_by("closes", "participant")[:MOST]),
         "count": now.count()},
        {"name": "soon", "title": "Opening within two weeks", "visits": _visits(here, soon.order_by("opens", "participant")[:MOST]),
         "count": soon.count()},
    ]  # fmt: skip
    return here.page(parts=parts, counts=counts, waiting=waiting, most=MOST)


def _visits(here: Here, rows: Iterable[DueItem]) -> list[dict[str, Any]]:
    """What one participant owes on the same days, as one visit."""
    found: dict[tuple[str, date, date], dict[str, Any]] = {}
    for each in rows:
        key = (each.participant, each.opens, each.closes)
        visit = found.setdefault(
            key, {"participant": each.participant, "site": each.site, "opens": each.opens, "closes": each.closes,
                  "target": each.target, "activities": [], "because": [], "soon": each.closes - here.today <= timedelta(days=3)}
        )  # fmt: skip
        if each.activity not in [name for name, _ in visit["activities"]]:
            visit["activities"].append((each.activity, here.study.label(each.activity)))
        if each.because not in visit["because"]:
            visit["because"].append(each.because)
    return list(found.values())


def counts_by_site(here: Here) -> Any:
    """How many participants each site has."""
    return here.participants().values(place=F("site")).annotate(count=Count("pk")).order_by("site")


SCREEN = Screen("today", "", "see_today", today, menu="Today", methods=("GET",))
