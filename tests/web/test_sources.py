"""Source verification: field by field, bound to what stood there; what is corrected since is compared again."""

import re
from collections.abc import Callable

from bedside import Site, token
from equipoise.web.ledger import rebuild
from equipoise.web.staff.models import Source
from equipoise.web.staff.sources import fields, standing

Open = Callable[[str], Site]


def ticks(page: str) -> list[str]:
    return re.findall(r'name="tick" value="([^"]+)"', page)


def test_what_is_corrected_after_it_was_verified_is_unverified_again(opened: Open) -> None:
    site = opened("batch-rfa-crlm")
    who = site.add()
    site.record(
        who, {"id": "labs-1", "on": "2026-11-04", "do": "labs", "items": {"bilirubin": "12 umol/L", "albumin": "40 g/L"}}
    )
    monitor, address = site.client("monitor"), site.url(f"p/{who}/sources/")
    given = ticks(monitor.get(address).content.decode())
    assert sorted(each.split("|")[1] for each in given) == ["albumin", "bilirubin", "on"]
    assert site.client("nurse").post(address, {"request": token(), "tick": given}).status_code == 403
    assert monitor.post(address, {"request": token()}).status_code == 422, "nothing was ticked"
    assert monitor.post(address, {"request": token(), "tick": given[:1]}).status_code == 302
    assert (Source.objects.get().done, Source.objects.get().total) == (1, 3)
    assert monitor.post(address, {"request": token(), "does": "whole", "left": given}).status_code == 302
    assert (Source.objects.get().done, Source.objects.get().total) == (3, 3)
    assert "100 %" in monitor.get(site.url("sources/")).content.decode()
    site.record(
        who,
        {"id": "labs-2", "on": "2026-11-05", "corrects": "labs-1", "reason": "misread", "items": {"bilirubin": "21 umol/L"}},
    )
    assert (Source.objects.get().done, Source.objects.get().total) == (2, 3)
    page = monitor.get(address).content.decode()
    assert "changed since it was verified" in page and len(ticks(page)) == 1
    assert "66 %" in monitor.get(site.url("sources/")).content.decode()
    assert monitor.post(address, {"request": token(), "tick": given}).status_code == 422, "what was seen is not what stands"
    assert monitor.post(address, {"request": token(), "tick": ["labs-1|nothing|0"]}).status_code == 422
    before = list(Source.objects.values())
    rebuild(site.slug)
    assert list(Source.objects.values()) == before


def test_events_stand_as_the_engine_has_them_after_corrections_of_corrections() -> None:
    told = [
        {"id": "a", "on": "2026-01-01", "do": "labs", "items": {"x": 1, "y": 1}},
        {"id": "b", "on": "2026-01-02", "corrects": "a", "reason": "r", "items": {"x": 2}},
        {"id": "c", "on": "2026-01-03", "corrects": "b", "reason": "r", "retract": True},
        {"id": "d", "on": "2026-01-04", "corrects": "a", "reason": "r", "moved_to": "2026-01-05"},
    ]
    assert fields(standing(told)["a"]) == {"on": "2026-01-05", "x": 1, "y": 1}
    assert fields(standing(told[:2])["a"])["x"] == 2
    emptied = [*told[:1], {"id": "b", "on": "2026-01-02", "corrects": "a", "reason": "r", "empty": ["y"]}]
    assert fields(standing(emptied)["a"]) == {"on": "2026-01-01", "x": 1}
    again = {"id": "c", "on": "2026-01-03", "corrects": "b", "reason": "r", "items": {"y": 3}}
    assert fields(standing([*emptied, again])["a"]) == {"on": "2026-01-01", "x": 1, "y": 3}
    assert standing([*told, {"id": "e", "on": "2026-01-06", "corrects": "a", "reason": "r", "retract": True}]) == {}
