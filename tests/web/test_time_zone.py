"""A desk's days begin where its people live; what the ledger keeps is UTC all the same."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from bedside import Site, token


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A desk in Tokyo, on the morning of the 22nd, when it is the 21st in London still."""
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 11, 21, 23, 30, tzinfo=UTC))
    with timezone.override("Asia/Tokyo"):
        yield


def test_what_took_place_today_is_recorded_today_wherever_the_desk_is(opened_on_sqlite: Any, tokyo: None) -> None:
    from equipoise.web.staff.here import today

    site: Site = opened_on_sqlite("batch-rfa-crlm")
    assert today() == date(2026, 11, 22)
    who = site.add()
    told = {"request": token(), "labs.on": "2026-11-22", "labs.platelets": "171"}
    assert site.client("nurse").post(site.url(f"p/{who}/record/labs/"), told).status_code == 302
    told = {"request": token(), "labs.on": "2026-11-23", "labs.platelets": "171"}
    assert site.client("nurse").post(site.url(f"p/{who}/record/labs/"), told).status_code == 422


def test_a_moment_is_written_as_the_desk_has_it(opened_on_sqlite: Any, tokyo: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from equipoise.web.ledger import links

    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    site.record(who, {"on": "2026-10-01", "do": "consent"})
    address = site.url(f"p/{who}/adverse-events/new/adverse_event/")
    nurse = site.client("nurse")
    page = nurse.get(address).content.decode()
    assert "as Asia/Tokyo has it" in page and 'placeholder="2026-11-22 08:30"' in page
    told = {"request": token(), "adverse_event.on": "2026-11-22", "adverse_event.term": "fever", "adverse_event.grade": "3",
            "adverse_event.serious": "yes"}  # fmt: skip
    early = nurse.post(address, {**told, "learnt": "2026-11-22 08:40"})
    assert early.status_code == 422 and "it is 2026-11-22 08:30 (Asia/Tokyo) here" in early.content.decode()
    done = nurse.post(address, {**told, "learnt": "2026-11-22 08:10"})
    assert done.status_code == 302, done.content.decode()
    (learnt,) = links(site.slug, kinds=("serious-learnt",))
    assert learnt.body["at"] == "2026-11-21T23:10+00:00"
    assert "22 Nov 2026, 08:10" in nurse.get(site.url(f"p/{who}/adverse-events/")).content.decode()


def test_the_audit_says_utc_and_means_it(opened_on_sqlite: Any) -> None:
    from equipoise.web.ledger import links

    site: Site = opened_on_sqlite("batch-rfa-crlm")
    site.add()
    last = list(links(site.slug))[-1]
    for zone in ("UTC", "Asia/Tokyo"):
        with timezone.override(zone):
            page = site.client("auditor").get(site.url(f"audit/{last.number}/")).content.decode()
        assert f"{last.at:%H:%M:%S} UTC" in page


def test_a_desk_keeps_the_time_zone_that_it_was_made_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from equipoise.web.desk import desk, make

    monkeypatch.setenv("EQUIPOISE_TIME_ZONE", "Europe/Stockholm")
    assert make(tmp_path / "a").time_zone == "Europe/Stockholm"
    monkeypatch.delenv("EQUIPOISE_TIME_ZONE")
    assert desk(tmp_path / "a").time_zone == "Europe/Stockholm", "whatever the next process is told"
    assert make(tmp_path / "b").time_zone == "UTC"
    monkeypatch.setenv("EQUIPOISE_TIME_ZONE", "Asia/Tokyo")
    with pytest.raises(ValueError, match=r"desk\.json"):
        make(tmp_path / "a")
    monkeypatch.setenv("EQUIPOISE_TIME_ZONE", "Europe/Linkoping")
    with pytest.raises(ValueError, match="no time zone 'Europe/Linkoping'"):
        make(tmp_path / "c")
