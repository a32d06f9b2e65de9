"""Today: what is late, what is open and closes soon, what opens soon; read from projections alone."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse

from .. import projections, queries, serious_events
from ..here import Here, Screen
from ..models import DueItem

SOON, PRESSING = timedelta(days=14), timedelta(days=4)
MOST, ALL = 150, 5_000
"""Entries that a part shows at once, and when it is asked for alone."""


def today(here: Here) -> HttpResponse:
    """The page."""
    projections.refresh(here.slug, here.today)
    rows = DueItem.objects.filter(study=here.slug, last__gte=here.today, opens__lte=here.today + SOON)
    sites = here.powers.sites("see_today")
    if sites is not None:
        rows = rows.filter(site__in=sites)
    rows = rows.exclude(is_early=True, closes__lt=here.today)
    day = here.today
    parts = {
        "late": ("Late", Q(opens__lte=day, closes__lt=day), ("closes", "participant")),
        "open": ("In their window now", Q(opens__lte=day, closes__gte=day), ("closes", "participant")),
        "soon": ("Opening within two weeks", Q(opens__gt=day), ("opens", "participant")),
    }
    counts = rows.aggregate(**{name: Count("place", filter=wanted) for name, (_, wanted, _) in parts.items()})
    shown = []
    for name, (title, wanted, ordered) in parts.items():
        most = ALL if here.request.GET.get("all") == name else MOST
        found = rows.filter(wanted).order_by(*ordered).values_list(*COLUMNS)[:most]
        shown.append({"name": name, "title": title, "visits": _visits(here, found), "count": counts[name], "most": most})
    people = here.participants()
    totals = people.aggregate(
        all=Count("participant"), screening=Count("participant", filter=Q(status="screening")),
        allocated=Count("participant", filter=Q(allocated_on__isnull=False)),
        followed=Count("participant", filter=Q(status="follow-up")),
        left=Count("participant", filter=Q(status__in=["withdrawn", "died"])),
    )  # fmt: skip
    waiting = people.filter(status__in=["screening", "enrolled"]).exclude(eligibility="not eligible").order_by("-added_at")[:20]
    asked = queries.counts(here.slug, here.powers.sites("see_queries"))
    serious = serious_events.unreported(here.slug, here.powers.sites("see_participants"))
    return here.page(parts=shown, counts=totals, waiting=waiting, asked=asked, serious=serious)


COLUMNS = ("participant", "activity", "target", "opens", "closes", "because")


def _visits(here: Here, rows: Iterable[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """What one participant owes on the same days, as one visit."""
    found: dict[tuple[str, date, date], dict[str, Any]] = {}
    for who, activity, target, opens, closes, because in rows:
        visit = found.setdefault(
            (who, opens, closes),
            {"participant": who, "opens": opens, "closes": closes, "target": target, "activities": {}, "because": {},
             "soon": closes < here.today + PRESSING},
        )  # fmt: skip
        visit["activities"].setdefault(here.study.label(activity))
        visit["because"].setdefault(because)
    return list(found.values())


SCREEN = Screen("today", "", "see_today", today, menu="Today", methods=("GET",))
