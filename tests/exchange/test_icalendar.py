"""iCalendar: what is owed, on the days on which it counts."""

from datetime import date, timedelta

import icalendar
import pytest

import equipoise as eq
from equipoise.exchange import Cases
from equipoise.exchange.icalendar import FORMAT

STUDIES = [each.parent.name for each in sorted(eq.shipped().glob("*/people"))]
UNTIL = date(2024, 4, 1)


def exported(name: str, until: date = UNTIL) -> tuple[eq.Study, Cases, dict[str, bytes]]:
    study = eq.load(eq.shipped() / name)
    people, _ = eq.read_people(eq.shipped() / name / "people", study)
    cases = Cases(people, until, is_virtual=True)
    return study, cases, dict(FORMAT.out(study, cases).files)  # type: ignore[misc]


@pytest.mark.parametrize("name", STUDIES)
def test_a_calendar_holds_what_is_owed_on_its_days_and_no_more(name: str) -> None:
    study, cases, files = exported(name)
    assert {*files} == {f"{each}.ics" for each in cases.people}
    for who, events in cases.people.items():
        owed = [each for each in eq.due(study, eq.chart(study, events, until=UNTIL)) if each.is_pending]
        entries = icalendar.Calendar.from_ical(files[f"{who}.ics"]).walk("VEVENT")
        assert sorted((each.decoded("dtstart"), each.decoded("dtend") - timedelta(days=1)) for each in entries) == sorted(
            (each.opens, each.closes if each.closes < date.max else each.opens) for each in owed
        )
        assert len({str(each["uid"]) for each in entries}) == len(entries)


def test_somebody_has_something_to_come_to() -> None:
    _, _, files = exported("batch-rfa-crlm")
    assert sum(content.count(b"BEGIN:VEVENT") for content in files.values()) > 5


def test_an_entry_keeps_its_name_as_the_chart_grows() -> None:
    _, _, now = exported("batch-rfa-crlm")
    _, _, later = exported("batch-rfa-crlm", UNTIL + timedelta(days=1))
    kept = [
        {str(each["uid"]) for content in files.values() for each in icalendar.Calendar.from_ical(content).walk("VEVENT")}
        for files in (now, later)
    ]
    assert len(kept[0] & kept[1]) >= 0.8 * len(kept[0])


def test_a_calendar_names_no_arm_and_says_that_nobody_is_real() -> None:
    study, _, files = exported("batch-rfa-crlm")
    for content in files.values():
        text = content.decode().replace("\r\n ", "")
        assert all(arm.label not in text for arm in study.protocol.arms.values())
        assert "VIRTUAL" in text
