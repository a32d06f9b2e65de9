"""Corrections by several people: nobody undoes what they did not see, and nobody what is another's to judge or decide."""

import re
from typing import Any

import pytest

from a_board import T3, decided, put, step
from bedside import Site, corrected, token
from equipoise.web.ledger import links

LABS = {"labs.on": "2026-11-20", "labs.platelets": "171", "labs.inr": "1.1"}


def recorded(site: Site, who: str, told: dict[str, str]) -> str:
    """A form that was saved, and the address at which it is corrected."""
    nurse = site.client("nurse")
    saved = nurse.post(site.url(f"p/{who}/record/labs/"), {"request": token(), **told})
    assert saved.status_code == 302, saved.content.decode()
    address = re.search(r'href="([^"]+/correct/)"', nurse.get(site.url(f"p/{who}/")).content.decode())
    assert address is not None
    return address[1]


def stands(page: bytes) -> str:
    """What the form says that it started from."""
    found = re.search(r'name="stands" value="([0-9a-f]{64})"', page.decode())
    assert found is not None
    return found[1]


def test_two_who_correct_the_same_entry_do_not_undo_each_other(opened: Any) -> None:
    site: Site = opened("batch-rfa-crlm")
    address = recorded(site, site.add(), LABS)
    nurse, doctor = site.client("nurse"), site.client("doctor")
    before = stands(doctor.get(address).content)
    first = {**LABS, "labs.platelets": "117", "reason": "digits swapped"}
    assert corrected(nurse, address, first).status_code == 302
    late = {"request": token(), "stands": before, **LABS, "labs.inr": "1.2", "reason": "misread"}
    answer = doctor.post(address, late)
    page = answer.content.decode()
    assert answer.status_code == 422 and "Somebody corrected this entry while you wrote" in page
    assert "by nurse: digits swapped" in page and 'value="117"' in page, "whose it was, and what stands now"
    assert "misread</textarea>" in page, "the reason is not written twice"
    again = {**late, "request": token(), "stands": stands(answer.content), "labs.platelets": "117"}
    assert doctor.post(address, again).status_code == 302
    last = list(links(site.slug, participant="P-001", kinds=("event",)))[-1]
    assert last.body["items"] == {"inr": 1.2}, "what the other corrected stands"


def test_a_form_that_does_not_say_what_it_started_from_corrects_nothing(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    address = recorded(site, site.add(), LABS)
    told = {"request": token(), **LABS, "labs.inr": "1.2", "reason": "misread"}
    for more in ({}, {"stands": ""}, {"stands": "0" * 64}):
        assert site.client("nurse").post(address, {**told, **more}).status_code == 422


def test_what_was_wrong_in_a_correction_does_not_renew_what_it_started_from(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    address = recorded(site, site.add(), LABS)
    nurse, doctor = site.client("nurse"), site.client("doctor")
    before = stands(doctor.get(address).content)
    assert stands(doctor.post(address, {"request": token(), "stands": before, **LABS}).content) == before, "no reason yet"
    assert corrected(nurse, address, {**LABS, "labs.platelets": "117", "reason": "swapped"}).status_code == 302
    assert doctor.post(address, {"request": token(), "stands": before, **LABS, "reason": "x"}).status_code == 422


@pytest.mark.parametrize("more", [{"labs.inr": "1.2"}, {"retract": "yes"}])
def test_a_correction_sent_twice_is_made_once_and_both_times_answered(opened: Any, more: dict[str, str]) -> None:
    site: Site = opened("batch-rfa-crlm")
    address = recorded(site, site.add(), LABS)
    nurse = site.client("nurse")
    told = {"request": token(), "stands": stands(nurse.get(address).content), **LABS, **more, "reason": "misread"}
    assert [nurse.post(address, told).status_code for _ in range(2)] == [302, 302]
    assert len(list(links(site.slug, participant="P-001", kinds=("event",)))) == 2


def test_the_boards_decision_is_withdrawn_by_who_may_decide(opened: Any) -> None:
    site: Site = opened(T3)
    who = put(site, "waiting_for_the_board")
    assert decided(site, who, option="resect").status_code == 302
    event = list(links(site.slug, participant=who, kinds=("event",)))[-1].body["id"]
    address = site.url(f"p/{who}/event/{event}/correct/")
    told = {"reason": "it was another patient's case"}
    for name in ("nurse", "doctor"):
        assert site.client(name).get(address).status_code == 403
        assert site.client(name).post(address, {"request": token(), **told}).status_code == 403
        assert address not in site.client(name).get(site.url(f"p/{who}/")).content.decode(), "nothing leads there"
    assert step(site, who) == "resection"
    board = site.client("board")
    assert address in board.get(site.url(f"p/{who}/")).content.decode() and board.get(address).status_code == 200
    assert board.post(address, {"request": token(), **told}).status_code == 302
    last = list(links(site.slug, participant=who, kinds=("event",)))[-1]
    assert (last.by, last.role, last.body["retract"]) == ("board", "board_member", True)
    assert step(site, who) == "board", "another is taken"


def test_the_board_corrects_nothing_but_what_it_judged(opened: Any) -> None:
    site: Site = opened(T3)
    who = put(site, "waiting_for_the_board")
    labs = next(each for each in links(site.slug, participant=who, kinds=("event",)) if each.body["do"] != "judgement")
    address = site.url(f"p/{who}/event/{labs.body['id']}/correct/")
    assert site.client("board").get(address).status_code == 403
    assert corrected(site.client("board"), address, {"retract": "yes", "reason": "x"}).status_code == 403
