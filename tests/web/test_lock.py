"""The end of recording: frozen and thawed with a reason; locked and signed; the whole list opened and checked; unlocked by amendment."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from bedside import PASSWORD, Site, screened, signed, token
from equipoise.web.ledger import links
from equipoise.web.staff.models import Participant, StudyState
from equipoise.web.staff.screens.audit import verified

Open = Callable[[str], Site]


def shown(page: str) -> str:
    found = re.search(r'name="shown" value="([0-9a-f]{64})"', page)
    assert found is not None, page
    return found[1]


def locked(site: Site, **more: str) -> Any:
    data = site.client("data")
    page = data.get(site.url("lock/")).content.decode()
    told = {"request": token(), "shown": shown(page), "reason": "the last follow-up is complete", "who_you_are": PASSWORD}
    return data.post(site.url("lock/"), {**told, **more})


def test_a_frozen_record_takes_nothing_until_it_is_thawed(opened: Open) -> None:
    site = opened("batch-rfa-crlm")
    who = site.add()
    data, address = site.client("data"), site.url(f"p/{who}/freeze/")
    assert site.client("nurse").get(address).status_code == 403
    assert data.post(address, {"request": token(), "does": "frozen", "reason": " "}).status_code == 422
    assert data.post(address, {"request": token(), "does": "thawed", "reason": "x"}).status_code == 422
    assert data.post(address, {"request": token(), "does": "frozen", "reason": "complete"}).status_code == 302
    assert Participant.objects.get().is_frozen
    told = {"request": token(), "labs.on": "2026-11-04", "labs.bilirubin": "12"}
    response = site.client("nurse").post(site.url(f"p/{who}/record/labs/"), told)
    assert response.status_code == 422 and "frozen" in response.content.decode()
    assert data.post(address, {"request": token(), "does": "thawed", "reason": "a page came late"}).status_code == 302
    assert site.client("nurse").post(site.url(f"p/{who}/record/labs/"), {**told, "request": token()}).status_code == 302
    assert "a page came late" in data.get(address).content.decode()


def test_a_lock_is_signed_opens_every_slot_and_anyone_can_check_them(opened: Open, vault: Any) -> None:
    from equipoise.web.serving import _commitments

    site = opened("pdac-oligo-ablation")
    _commitments()
    who = site.add()
    screened(site, who)
    assert signed(site, who).status_code == 302
    nurse = site.client("nurse")
    assert nurse.post(site.url(f"p/{who}/randomise/"), {"request": token(), "who_you_are": PASSWORD}).status_code == 302
    assert site.client("statistics").post(site.url("lock/"), {"request": token()}).status_code == 403
    assert nurse.get(site.url("lock/")).status_code == 403
    assert locked(site, who_you_are="wrong").status_code == 422
    assert locked(site, shown="0" * 64).status_code == 422
    assert locked(site, reason="").status_code == 422
    assert StudyState.objects.get().locked_at is None
    page = site.client("data").get(site.url("lock/")).content.decode()
    nurse.post(site.url(f"p/{who}/record/labs/"), {"request": token(), "labs.on": "2026-11-04"})
    site.record(who, {"on": "2026-11-04", "do": "labs", "items": {}})
    stale = locked(site, shown=shown(page))
    assert stale.status_code == 422 and "has changed meanwhile" in stale.content.decode(), "what was read is what is signed"
    assert locked(site).status_code == 302
    kinds = [each.kind for each in links(site.slug)]
    assert kinds[-3:] == ["signed", "locked", "opened"]
    page = site.client("data").get(site.url("lock/")).content.decode()
    assert "All as promised" in page and who in page and "nobody" in page
    found = verified(site.slug)
    assert (found.faults, found.is_opened, found.allocated) == ([], True, 1), "the stranger's verifier says the same"
    refused = nurse.post(site.url(f"p/{who}/record/labs/"), {"request": token(), "labs.on": "2026-11-05"})
    assert refused.status_code == 422 and "locked" in refused.content.decode()
    data = site.client("data")
    assert data.post(site.url(f"p/{who}/freeze/"), {"request": token(), "does": "frozen", "reason": "late"}).status_code == 422
    assert [each.kind for each in links(site.slug)][-3:] == ["signed", "locked", "opened"]


def test_open_queries_stand_in_the_way_of_a_lock(opened_on_sqlite: Open) -> None:
    site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    site.record(who, {"id": "labs-1", "on": "2026-11-04", "do": "labs", "items": {"bilirubin": "12 umol/L"}})
    asked = {"request": token(), "does": "ask", "event": "labs-1", "field": "", "says": "Why so late?"}
    site.client("monitor").post(site.url(f"p/{who}/queries/"), asked)
    page = site.client("data").get(site.url("lock/")).content.decode()
    assert "1 query is not closed." in page and "Sign and lock" not in page
    site.client("monitor").post(site.url(f"p/{who}/queries/"), {"request": token(), "does": "close", "query": asked["request"]})
    assert locked(site).status_code == 302 and StudyState.objects.get().locked_at is not None
    assert not [each for each in links(site.slug, kinds=("opened",))], "no slots were sealed: none is opened"


def test_the_lock_stands_where_the_vault_does_not_answer_and_its_slots_are_asked_for_again(
    opened_on_sqlite: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    from equipoise.web.staff import locking
    from equipoise.web.staff.allocation import NotNow

    site = opened_on_sqlite("batch-rfa-crlm")
    site.add()

    def silent(slug: str) -> None:
        raise NotNow("The vault does not answer.")

    monkeypatch.setattr(locking, "open_slots", silent)
    response = locked(site)
    assert response.status_code == 422 and "does not answer" in response.content.decode()
    assert StudyState.objects.get().locked_at is not None
    monkeypatch.undo()


def test_what_is_locked_is_locked_for_whoever_writes_past_the_pages(opened_on_sqlite: Open) -> None:
    from equipoise.web.ledger import Draft
    from equipoise.web.staff.here import barred

    site = opened_on_sqlite("batch-rfa-crlm")
    site.add()
    assert locked(site).status_code == 302
    draft = Draft(by="x", role="coordinator", kind="query-opened", body={})
    assert barred(site.slug, [draft]) == "This study is locked: nothing more is recorded in it."
