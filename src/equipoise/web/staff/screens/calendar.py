"""A participant's windows as a calendar file (.ics), for anybody's calendar: what is owed, when, and why; never the arm."""

from django.http import HttpResponse

from ....due import due
from ....exchange.format import Cases
from ....exchange.icalendar import calendar as written
from ..here import Here, Screen


def calendar(here: Here) -> HttpResponse:
    """The file."""
    row, events = here.who, here.chart.events
    owed = [each for each in due(here.promised, here.chart) if each.is_pending]
    cases = Cases({row.participant: events}, here.today, is_virtual=row.is_virtual)
    return HttpResponse(
        written(here.study, row.participant, owed, cases), content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{here.slug}-{row.participant}.ics"'},
    )  # fmt: skip


SCREEN = Screen("calendar", "p/<str:who>/calendar.ics", "see_chart", calendar, methods=("GET",))
