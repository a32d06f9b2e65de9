"""The queries of somebody's sites: what is asked, of whom, since when, and who is to answer or to close it."""

from django.core.paginator import Paginator
from django.http import HttpResponse

from .. import queries as asked
from ..here import Here, Screen
from ..models import Query

STATES = ("open", "answered", "closed")


def queries(here: Here) -> HttpResponse:
    """The page."""
    sites = here.powers.sites("see_queries")
    rows = Query.objects.filter(study=here.slug)
    if sites is not None:
        rows = rows.filter(site__in=sites)
    told = {key: here.request.GET.get(key, "").strip()[:60] for key in ("state", "q")}
    listed = rows.filter(state=told["state"]) if told["state"] in STATES else rows.exclude(state="closed")
    if told["q"]:
        listed = listed.filter(participant__icontains=told["q"])
    page = Paginator(listed.order_by("state", "opened_at", "query"), 50).get_page(here.request.GET.get("page"))
    return here.page(page=page, told=told, states=STATES, counts=asked.counts(here.slug, sites))


SCREEN = Screen("queries", "queries/", "see_queries", queries, menu="Queries", methods=("GET",))
