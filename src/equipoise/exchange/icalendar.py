"""iCalendar: what is due for a participant, each with the days that count, for anybody's calendar.

What it carries
    Each thing that is still owed, an entry over the days of its window, the target day and the reason in its text. The
    entry keeps its identifier as the chart grows, so that a calendar that reads the file again moves it.

What it does not
    What was done, missed or is void, unless asked for by the chart of an earlier day. Hours. The participant's arm: a
    calendar lies about.

Source
    RFC 5545, Internet Calendaring and Scheduling Core Object Specification.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from ..chart import chart
from ..due import Due, due
from ..study import Study
from .format import Cases, Exported, Format


def out(study: Study, cases: Cases | None) -> Exported:
    """A calendar for each participant."""
    assert cases is not None
    files = {}
    for name, events in cases.people.items():
        owed = due(study, chart(study, events, until=cases.until))
        files[f"{name}.ics"] = calendar(study, name, [each for each in owed if each.is_pending], cases)
    return Exported(files)


def calendar(study: Study, participant: str, owed: Iterable[Due], cases: Cases) -> bytes:
    """The calendar of one participant."""
    from icalendar import Calendar, Event

    made = Calendar()
    made.add("prodid", "-//equipoise//calendar of a participant//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    mark = "VIRTUAL: " if cases.is_virtual else ""
    made.add("x-wr-calname", f"{mark}{study.protocol.study}, {participant}")
    taken: dict[str, int] = {}
    for each in owed:
        entry = Event()
        base = f"{study.protocol.study}/{participant}/{each.activity}/{each.because}"
        taken[base] = taken.get(base, 0) + 1
        entry.add("uid", f"{hashlib.sha256(f'{base}/{taken[base]}'.encode()).hexdigest()[:32]}@equipoise")
        entry.add("dtstamp", datetime.combine(cases.until, time(0), tzinfo=UTC))
        entry.add("summary", f"{mark}{study.label(each.activity)} ({participant})")
        entry.add("dtstart", each.opens)
        last = each.closes if each.closes < date.max else each.opens  # what has no end stands on its first day
        entry.add("dtend", last + timedelta(days=1))  # an end that is a day lies after the last day: RFC 5545, 3.6.1
        days = (
            f"from {each.opens} on"
            if last != each.closes
            else "on that day"
            if each.opens == last
            else f"from {each.opens} to {last}"
        )
        late = " It is late." if each.status == "late" else ""
        entry.add("description", f"Due {each.target}, {days}: {each.because}.{late}")
        entry.add("categories", [each.activity])
        entry.add("transp", "TRANSPARENT")
        made.add_component(entry)
    found: bytes = made.to_ical()
    return found


FORMAT = Format("icalendar", "iCalendar", "what is due for each participant, by day", out, needs_people=True)
