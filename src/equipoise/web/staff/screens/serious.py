"""The serious events of the sites that are one's own: those still to be reported first, by the hours that are left."""

from django.db.models import F
from django.http import HttpResponse

from ..harms import REPORT_WITHIN
from ..here import Here, Screen
from ..serious_events import clock_of, of_sites
from . import adverse_events

MOST = 500


def serious(here: Here) -> HttpResponse:
    """The page."""
    found = of_sites(here.slug, here.powers.sites(here.screen.action))
    moment = adverse_events.now()
    rows = [
        {"row": each, "clock": clock_of(each), "state": clock_of(each).state(moment), "left": clock_of(each).left(moment)}
        for each in found.order_by(F("reported_at").desc(nulls_first=True), "since")[:MOST]
    ]
    return here.page(rows=rows, count=found.count(), most=MOST, waiting=found.filter(reported_at=None).count(),
                     hours=int(REPORT_WITHIN.total_seconds() // 3600))  # fmt: skip


SCREEN = Screen("serious", "serious/", "see_participants", serious, menu="Serious events", methods=("GET",))
