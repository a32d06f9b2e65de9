"""Queries: asked by a check or a monitor of one field, answered at the site, closed by whoever asked; counted on Today."""

import re
from collections.abc import Callable
from typing import Any

from bedside import Site, token
from equipoise.web.ledger import rebuild
from equipoise.web.staff.models import Query, Source

Open = Callable[[str], Site]


def labs(site: Site, who: str, **items: str) -> Any:
    """Laboratory values, through the form; what is unlikely is confirmed once."""
    told = {"request": token(), "labs.on": "2026-11-04", **{f"labs.{name}": value for name, value in items.items()}}
    response = site.client("nurse").post(site.url(f"p/{who}/record/labs/"), told)
    if response.status_code == 302:
        return response
    seen = re.search(r'name="seen" value="([0-9a-f]+)"', response.content.decode())
    assert seen is not None, response.content.decode()
    return site.client("nurse").post(site.url(f"p/{who}/record/labs/"), {**told, "seen": seen[1]})


def test_an_unlikely_answer_that_is_saved_all_the_same_is_asked_about(opened: Open) -> None:
    site = opened("batch-rfa-crlm")
    who = site.add()
    assert labs(site, who, bilirubin="900").status_code == 302
    (row,) = Query.objects.filter(study=site.slug)
    assert (row.field, row.state, row.by_check, row.participant) == ("bilirubin", "open", True, who)
    assert "Queries</a> open</dt><dd>1</dd>" in site.client("nurse").get(site.url()).content.decode()
    before = list(Query.objects.values()), list(Source.objects.values())
    rebuild(site.slug)
    assert (list(Query.objects.values()), list(Source.objects.values())) == before


def test_a_query_is_asked_answered_asked_again_and_closed(opened: Open) -> None:
    site = opened("batch-rfa-crlm")
    who = site.add()
    site.record(who, {"id": "scan-1", "on": "2026-11-04", "do": "labs", "items": {"bilirubin": "12 umol/L"}})
    address = site.url(f"p/{who}/queries/")
    monitor, nurse = site.client("monitor"), site.client("nurse")
    assert "Bilirubin" in monitor.get(f"{address}?event=scan-1&field=bilirubin").content.decode()
    name = token()
    asked = {"request": name, "does": "ask", "event": "scan-1", "field": "bilirubin", "says": "Which laboratory? <b>x</b>"}
    assert nurse.post(address, asked).status_code == 403, "who answers does not ask"
    assert monitor.post(address, {**asked, "field": "nothing"}).status_code == 422
    assert monitor.post(address, asked).status_code == 302
    assert monitor.post(address, asked).status_code == 302, "sent twice, asked once"
    assert Query.objects.get().state == "open"
    page = nurse.get(address).content.decode()
    assert "Which laboratory? &lt;b&gt;" in page and "12" in page
    assert nurse.post(address, {"request": token(), "does": "close", "query": name}).status_code == 403
    assert nurse.post(address, {"request": token(), "does": "answer", "query": name, "says": ""}).status_code == 422
    assert nurse.post(address, {"request": token(), "does": "answer", "query": name, "says": "Ours."}).status_code == 302
    assert Query.objects.get().state == "answered"
    assert monitor.post(address, {"request": token(), "does": "again", "query": name, "says": "Ours?"}).status_code == 302
    assert Query.objects.get().state == "open"
    assert monitor.post(address, {"request": token(), "does": "close", "query": name}).status_code == 302
    assert nurse.post(address, {"request": token(), "does": "answer", "query": name, "says": "Late."}).status_code == 422
    assert Query.objects.get().state == "closed"
    assert "Nothing is asked" in monitor.get(site.url("queries/")).content.decode()
    assert who in monitor.get(site.url("queries/?state=closed")).content.decode()


def test_a_query_of_another_site_is_not_seen(opened_on_sqlite: Open) -> None:
    site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    site.record(who, {"id": "scan-1", "on": "2026-11-04", "do": "labs", "items": {"bilirubin": "12 umol/L"}})
    asked = {"request": token(), "does": "ask", "event": "scan-1", "field": "", "says": "Why so late?"}
    site.client("monitor").post(site.url(f"p/{who}/queries/"), asked)
    other = site.add("P-002")
    stolen = {"request": token(), "does": "close", "query": asked["request"]}
    assert site.client("monitor").post(site.url(f"p/{other}/queries/"), stolen).status_code == 403
    assert Query.objects.get().state == "open"
