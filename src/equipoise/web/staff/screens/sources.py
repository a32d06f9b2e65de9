"""How much of what was recorded was compared with its source: by site and by participant."""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Sum
from django.http import HttpResponse

from ..here import Here, Screen
from ..models import Source


def sources(here: Here) -> HttpResponse:
    """The page."""
    rows = Source.objects.filter(study=here.slug)
    allowed = here.powers.sites("see_sources")
    if allowed is not None:
        rows = rows.filter(site__in=allowed)
    summed = {"total": Sum("total"), "done": Sum("done")}
    whole = rows.aggregate(total=Sum("total"), done=Sum("done"))
    sites = [{**each, "share": share(each)} for each in rows.values("site").annotate(**summed).order_by("site")]
    page = Paginator(rows.values("participant", "site").annotate(**summed).order_by("participant"), 50).get_page(
        here.request.GET.get("page")
    )
    people = [{**each, "share": share(each)} for each in page]
    return here.page(whole={**whole, "share": share(whole)}, sites=sites, people=people, page=page)


def share(counts: Mapping[str, Any]) -> str:
    """What share of fields is verified, in per cent; never 100 % while one is not.

    >>> share({"total": 300, "done": 299}), share({"total": 0, "done": 0})
    ('99 %', '–')
    """
    total, done = counts["total"] or 0, counts["done"] or 0
    return f"{100 * done // total} %" if total else "–"


SCREEN = Screen("sources", "sources/", "see_sources", sources, menu="Source data", methods=("GET",))
