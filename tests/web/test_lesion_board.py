"""The lesion board: lesions by visits and sessions, sums, nadir, what the guideline proposes, what people read instead."""

import re
from datetime import date
from typing import Any

import pytest

from bedside import Site, corrected, token
from equipoise.chart import Chart, chart
from equipoise.transcript import read_events
from equipoise.web.staff.lesion_table import lesion_table

LESIONS = [("L1", 30), ("L2", 20)]


def imaging(on: str, sizes: dict[str, int | str], response: str = "", **more: Any) -> dict[str, Any]:
    """An imaging in batch-rfa-crlm, with what it showed of each lesion."""
    seen: list[dict[str, Any]] = []
    for name, size in sizes.items():
        told: dict[str, Any] = {"id": name, "organ": "liver"}
        told |= {"diameter": f"{size} mm"} if isinstance(size, int) else {"status": size}
        seen.append(told)
    items = {"method": "CT", **({"response": response} if response else {})}
    return {"on": on, "do": "liver_imaging", "items": items, "lesions": seen, **more}


def peopled(site: Site, *events: dict[str, Any], who: str = "P-001") -> str:
    """A participant with events."""
    from equipoise.web.staff.studies import opened

    site.add(who, site=next(iter(opened(site.slug).protocol.sites), ""))
    for each in events:
        site.record(who, each)
    return who


THREE = (
    imaging("2026-01-05", {"L1": 30, "L2": 20}),
    imaging("2026-03-05", {"L1": 20, "L2": 12}, "PR"),
    imaging("2026-05-05", {"L1": 25, "L2": 15}, id="last"),
)


def known(*events: dict[str, Any]) -> tuple[Any, Chart]:
    """The chart of a participant with those events, without any web."""
    import json

    from equipoise import load, shipped

    study = load(shipped() / "batch-rfa-crlm")
    text = "\n".join(json.dumps({"id": str(n), **each}) for n, each in enumerate(events, start=1))
    return study, chart(study, read_events(text, study)[0], until=date(2026, 11, 1))


def test_sums_and_nadir_are_those_worked_out_by_hand() -> None:
    table = lesion_table(*known(*THREE))
    assert [each.sum_mm for each in table.moments] == [50, 32, 40]
    assert [each.assessment.nadir_mm for each in table.assessed if each.assessment] == [50, 32]
    # 32 of 50 is 36 % less: partial; 40 is 25 % and 8 mm above the nadir of 32: progression
    assert [each.proposed for each in table.assessed] == ["PR", "PD"]
    assert [each.read for each in table.assessed] == ["PR", ""]
    assert table.by.is_proposed and set(table.by.targets) == {"L1", "L2"}


def test_a_session_is_a_column_and_what_it_ablated_counts_no_more() -> None:
    session = {"on": "2026-03-20", "do": "rfa_session", "items": {"lesions_ablated": ["L1"]}}
    table = lesion_table(*known(*THREE[:2], session, imaging("2026-05-05", {"L1": "absent", "L2": 12})))
    assert [each.label for each in table.moments] == ["Baseline", "Imaging", "Ablation 1", "Imaging"]
    first, second = table.lines
    assert [each.says for each in first.cells] == ["30", "20", "ablated", "absent"]
    assert [each.says for each in second.cells] == ["20", "12", "", "12"]
    assert table.moments[-1].sum_mm == 12
    assert first.now == "no tumour seen" and second.now == "tumour there"


def test_a_single_imaging_is_a_baseline_with_its_sum_and_nothing_is_proposed() -> None:
    table = lesion_table(*known(THREE[0]))
    assert table.moments[0].sum_mm == 50 and not table.assessed


def test_the_board_shows_sums_and_the_proposal(opened: Any) -> None:
    site: Site = opened("batch-rfa-crlm")
    who = peopled(site, *THREE)
    page = site.client("nurse").get(site.url(f"p/{who}/lesions/")).content.decode()
    assert "RECIST 1.1 proposes: progressive disease (PD)" in page
    assert "25 % and 8 mm above nadir 32 mm" in page
    assert "−36 %" in page and "+25 %" in page
    assert 'name="response"' not in page, "who cannot read a response is asked for none"


def test_reading_otherwise_needs_a_reason_and_keeps_the_first_in_view(opened: Any) -> None:
    site: Site = opened("batch-rfa-crlm")
    who = peopled(site, *THREE)
    doctor, url = site.client("doctor"), site.url(f"p/{who}/lesions/")
    told = {"request": token(), "on": "2026-05-05", "response": "SD", "reason": ""}
    refused = corrected(doctor, url, told)
    assert refused.status_code == 422 and "say why it is read otherwise" in refused.content.decode()
    saved = corrected(doctor, url, {**told, "request": token(), "reason": "Two readers measured 36 mm together."})
    assert saved.status_code == 302, saved.content.decode()
    page = doctor.get(url).content.decode()
    assert "differs" in page and "not what is proposed" in page
    from equipoise.web.ledger import links

    last = [each for each in links(site.slug, participant=who)][-1]
    assert last.body["corrects"] == "last" and last.body["items"] == {"response": "SD"}
    assert "proposes PD" in last.body["reason"] and "36 mm" in last.body["reason"]


def test_what_is_proposed_goes_on_record_without_a_reason_of_ones_own(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = peopled(site, *THREE)
    told = {"request": token(), "on": "2026-05-05", "response": "PD"}
    assert corrected(site.client("doctor"), site.url(f"p/{who}/lesions/"), told).status_code == 302
    again = corrected(site.client("doctor"), site.url(f"p/{who}/lesions/"), {**told, "request": token()})
    assert "on record for that day already" in again.content.decode()


def test_a_coordinator_reads_no_response(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = peopled(site, *THREE)
    told = {"request": token(), "on": "2026-05-05", "response": "PD"}
    assert site.client("nurse").post(site.url(f"p/{who}/lesions/"), told).status_code == 403


def test_where_the_study_asks_for_no_response_the_reading_is_an_entry_of_its_own(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    events = [{**each, "items": {"method": "CT"}} for each in THREE]
    who = peopled(site, *events)
    told = {"request": token(), "on": "2026-05-05", "response": "SD", "reason": "measured anew"}
    assert corrected(site.client("doctor"), site.url(f"p/{who}/lesions/"), told).status_code == 302
    page = site.client("doctor").get(site.url(f"p/{who}/lesions/")).content.decode()
    assert "doctor read SD: measured anew" in page


def test_where_the_response_has_a_form_of_its_own_the_reading_fills_it_in(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("synchronous-surgery-indications")
    events = [{**each, "do": "imaging", "items": {"modality": "CT"}} for each in THREE]
    who = peopled(site, *events)
    told = {"request": token(), "on": "2026-05-05", "response": "PD", "reason": ""}
    url = site.url(f"p/{who}/lesions/")
    answer = corrected(site.client("doctor"), url, told)
    if answer.status_code != 302:
        seen = re.search(r'name="seen" value="([^"]+)"', answer.content.decode())
        assert seen is not None, answer.content.decode()
        answer = corrected(site.client("doctor"), url, {**told, "seen": seen[1]})
    assert answer.status_code == 302
    page = site.client("doctor").get(url).content.decode()
    assert "On record: <strong>progressive disease" in page


def test_of_the_frozen_no_response_is_read(opened_on_sqlite: Any) -> None:
    from equipoise.web.ledger import Draft, Refused, append
    from equipoise.web.staff.here import barred

    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    told = {"by": "data", "role": "data_manager", "participant": who, "site": "centre"}
    append(site.slug, [Draft(**told, kind="frozen", body={"reason": "x"})], request=token())
    for kind in ("event", "response-read"):
        drafts = [Draft(**told, kind=kind, body={"id": "1", "on": "2026-11-20", "do": "labs"})]
        assert "frozen" in str(barred(site.slug, drafts))
        with pytest.raises(Refused):
            append(site.slug, drafts, request=token(), unless=lambda head, drafts=drafts: barred(site.slug, drafts))


def test_two_who_read_the_same_response_at_once_do_not_write_over_each_other(opened: Any) -> None:
    from equipoise.web.ledger import links

    site: Site = opened("batch-rfa-crlm")
    who = peopled(site, *THREE)
    url = site.url(f"p/{who}/lesions/")
    doctor, board = site.client("doctor"), site.client("board")
    before = _stands(board.get(url))
    told = {"request": token(), "stands": before, "on": "2026-05-05", "response": "PD"}
    assert doctor.post(url, told).status_code == 302
    assert doctor.post(url, told).status_code == 302, "sent twice, it is there once"
    late = {"request": token(), "stands": before, "on": "2026-05-05", "response": "SD", "reason": "measured anew"}
    answer = board.post(url, late)
    assert answer.status_code == 422 and "Somebody read a response while you looked" in answer.content.decode()
    assert "On record: <strong>progressive disease" in answer.content.decode()
    assert board.post(url, {**late, "request": token(), "stands": _stands(answer)}).status_code == 302
    read = [each.body["items"]["response"] for each in links(site.slug, participant=who) if "corrects" in each.body]
    assert read == ["PD", "SD"]


def _stands(answer: Any) -> str:
    found = re.search(r'name="stands" value="([0-9a-f]{64})"', answer.content.decode())
    assert found is not None
    return found[1]
