"""Forms: what an item does not take is said beside it, what is unlikely is asked once more, corrections keep the first."""

import re
from pathlib import Path
from typing import Any

import pytest

from bedside import ROLES, Site, committed, corrected, token


def sent(site: Site, who: str, activity: str, told: dict[str, str], name: str = "nurse") -> Any:
    """A form, sent."""
    fields = {f"{activity}.{key}": value for key, value in told.items()}
    return site.client(name).post(site.url(f"p/{who}/record/{activity}/"), {"request": token(), **fields})


def test_what_an_item_does_not_take_is_said_beside_it(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    told = sent(site, who, "labs", {"on": "2026-11-20", "platelets": "many", "inr": "99", "bilirubin": "1.2 mg/dL"})
    page = told.content.decode()
    assert told.status_code == 422
    assert 'id="fault-labs.platelets"' in page and 'id="fault-labs.inr"' in page and 'id="fault-labs.bilirubin"' not in page
    assert 'value="many"' in page, "what was written stands there still"
    for on in ("2026-13-01", "tomorrow", "", "2031-01-01"):
        assert sent(site, who, "labs", {"on": on, "platelets": "171"}).status_code == 422


def test_what_is_unlikely_is_saved_when_it_is_said_once_more(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    fields = {"request": token(), "labs.on": "2026-11-20", "labs.platelets": "1900"}
    address = site.url(f"p/{who}/record/labs/")
    nurse = site.client("nurse")
    first = nurse.post(address, fields)
    assert first.status_code == 422 and "unlikely" in first.content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', first.content.decode())
    assert seen is not None
    assert nurse.post(address, {**fields, "seen": seen[1]}).status_code == 302
    assert "1900" in nurse.get(site.url(f"p/{who}/")).content.decode()


def test_a_form_sent_twice_is_saved_once(opened: Any) -> None:
    from equipoise.web.ledger import links

    site: Site = opened("batch-rfa-crlm")
    who = site.add()
    fields = {"request": token(), "last_contact.on": "2026-11-20"}
    nurse = site.client("nurse")
    for _ in range(2):
        assert nurse.post(site.url(f"p/{who}/record/last_contact/"), fields).status_code == 302
    assert len(list(links(site.slug, participant=who, kinds=("event",)))) == 1
    other = nurse.post(site.url(f"p/{who}/record/last_contact/"), {**fields, "last_contact.note": "more"})
    assert other.status_code == 422 and "nothing was written" in other.content.decode()


def test_a_correction_says_why_and_keeps_the_first(opened: Any) -> None:
    site: Site = opened("batch-rfa-crlm")
    who = site.add()
    assert sent(site, who, "labs", {"on": "2026-11-20", "platelets": "171", "inr": "1.1"}).status_code == 302
    nurse = site.client("nurse")
    timeline = nurse.get(site.url(f"p/{who}/")).content.decode()
    address = re.search(r'href="([^"]+/correct/)"', timeline)
    assert address is not None
    page = nurse.get(address[1]).content.decode()
    assert 'value="171"' in page
    fields = {"request": token(), "labs.on": "2026-11-20", "labs.platelets": "117", "labs.inr": "1.1"}
    assert corrected(nurse, address[1], fields).status_code == 422, "a reason is needed"
    assert corrected(nurse, address[1], {**fields, "reason": "digits swapped"}).status_code == 302
    page = nurse.get(site.url(f"p/{who}/")).content.decode()
    assert "117" in page and "171" in page and "digits swapped" in page
    assert corrected(nurse, address[1], {**fields, "request": token(), "reason": "again"}).status_code == 422, (
        "nothing is changed"
    )
    gone = {"request": token(), "labs.on": "2026-11-20", "reason": "another participant's", "retract": "yes"}
    assert corrected(nurse, address[1], gone).status_code == 302
    assert "(withdrawn)" in nurse.get(site.url(f"p/{who}/")).content.decode()
    assert site.client("monitor").get(address[1]).status_code == 403


def test_a_correction_empties_an_answer_with_a_reason(opened: Any) -> None:
    from equipoise.web.ledger import links

    site: Site = opened("batch-rfa-crlm")
    who = site.add()
    assert sent(site, who, "labs", {"on": "2026-11-20", "platelets": "171", "inr": "1.1"}).status_code == 302
    nurse = site.client("nurse")
    address = re.search(r'href="([^"]+/correct/)"', nurse.get(site.url(f"p/{who}/")).content.decode())
    assert address is not None
    fields = {"request": token(), "labs.on": "2026-11-20", "labs.platelets": "", "labs.inr": "1.1"}
    assert corrected(nurse, address[1], fields).status_code == 422, "a reason is needed"
    assert corrected(nurse, address[1], {**fields, "reason": "of another sample"}).status_code == 302
    last = list(links(site.slug, participant=who, kinds=("event",)))[-1]
    assert last.body["empty"] == ["platelets"] and "items" not in last.body and last.body["reason"] == "of another sample"
    page = nurse.get(site.url(f"p/{who}/")).content.decode()
    assert "Not answered any more: Platelets" in page and "Platelets: 171" in page and "of another sample" in page
    chart = nurse.get(address[1]).content.decode()
    assert 'value="171"' not in chart and 'value="1.1"' in chart
    fields = {"request": token(), "labs.on": "2026-11-20", "labs.platelets": "171", "labs.inr": "1.1", "reason": "it was hers"}
    assert corrected(nurse, address[1], fields).status_code == 302, "and may be answered again"


def test_an_answer_goes_with_its_question(opened_on_sqlite: Any) -> None:
    from equipoise.web.ledger import links

    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    told = {"on": "2026-11-20", "age": "61", "liver_operated": "yes", "liver_operated_on": "2025-05-05"}
    assert sent(site, who, "screening", told).status_code == 302
    nurse = site.client("nurse")
    address = re.search(r'href="([^"]+/correct/)"', nurse.get(site.url(f"p/{who}/")).content.decode())
    assert address is not None
    fields = {f"screening.{key}": value for key, value in {**told, "liver_operated": "no"}.items()}
    assert corrected(nurse, address[1], {**fields, "request": token(), "reason": "misread"}).status_code == 302
    last = list(links(site.slug, participant=who, kinds=("event",)))[-1]
    assert last.body["items"] == {"liver_operated": "no"} and last.body["empty"] == ["liver_operated_on"]


def test_lesions_are_not_emptied_but_seen_to_be_none(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    imaging = {"on": "2026-11-20", "method": "MRI", "lesion.0.id": "L1", "lesion.0.organ": "liver", "lesion.0.diameter": "14"}
    assert sent(site, who, "liver_imaging", imaging).status_code == 302
    nurse = site.client("nurse")
    address = re.search(r'href="([^"]+/correct/)"', nurse.get(site.url(f"p/{who}/")).content.decode())
    assert address is not None
    fields = {"request": token(), "liver_imaging.on": "2026-11-20", "liver_imaging.method": "MRI", "reason": "a vessel"}
    assert "tick that none was" in corrected(nurse, address[1], fields).content.decode()
    assert corrected(nurse, address[1], {**fields, "liver_imaging.no_lesion": "yes"}).status_code == 302
    assert "none seen" in nurse.get(site.url(f"p/{who}/")).content.decode()


def test_a_question_that_follows_from_an_answer_is_asked_after_saving_where_no_script_shows_it(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    nurse, address = site.client("nurse"), site.url(f"p/{who}/record/screening/")
    hidden = r'data-field="screening.liver_operated_on" hidden'
    assert re.search(hidden, nurse.get(address).content.decode())
    fields = {
        "request": token(),
        "asked": "",
        "screening.on": "2026-11-20",
        "screening.age": "61",
        "screening.liver_operated": "yes",
    }
    first = nurse.post(address, fields)
    page = first.content.decode()
    assert first.status_code == 422 and "More is asked" in page and not re.search(hidden, page)
    assert 'name="asked" value="screening.liver_operated_on">' in page
    again = {**fields, "asked": ["", "screening.liver_operated_on"]}
    assert nurse.post(address, again).status_code == 302, "it may be left open"


@pytest.mark.parametrize("page", ["record/liver_imaging/", "screening/"])
def test_without_script_a_button_gives_more_lines_for_lesions(opened_on_sqlite: Any, page: str) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    nurse, address = site.client("nurse"), site.url(f"p/{who}/{page}")
    fields = {f"liver_imaging.lesion.{row}.diameter": f"{row + 10}" for row in range(4)}
    assert 'name="liver_imaging.lesion.4.id"' not in nurse.get(address).content.decode()
    more = nurse.post(address, {"request": token(), "liver_imaging.on": "2026-11-20", **fields, "more_lines": "yes"})
    told = more.content.decode()
    assert more.status_code == 200 and 'name="liver_imaging.lesion.6.id"' in told and 'value="13"' in told


def test_a_draft_is_its_writers_alone_and_no_record(opened_on_sqlite: Any) -> None:
    from equipoise.web.ledger import links

    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    address = site.url(f"p/{who}/record/labs/")
    nurse, doctor = site.client("nurse"), site.client("doctor")
    assert nurse.post(f"{address}?draft=1", {"labs.on": "2026-11-20", "labs.platelets": "171"}).status_code == 204
    assert 'value="171"' in nurse.get(address).content.decode()
    assert 'value="171"' not in doctor.get(address).content.decode()
    assert not list(links(site.slug, participant=who, kinds=("event",)))


def test_a_draft_that_arrives_after_its_form_was_saved_is_none(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    nurse, address = site.client("nurse"), site.url(f"p/{who}/record/labs/")
    fields = {"request": token(), "labs.on": "2026-11-20", "labs.platelets": "171"}
    assert nurse.post(address, fields).status_code == 302
    assert nurse.post(f"{address}?draft=1", fields).status_code == 204
    page = nurse.get(address).content.decode()
    assert 'value="171"' not in page and "stands here again" not in page
    assert nurse.post(f"{address}?draft=1", {**fields, "request": token()}).status_code == 204
    assert 'value="171"' in nurse.get(address).content.decode(), "another form of the same activity is one"


def test_identity_is_apart_and_each_look_is_written_down(opened: Any) -> None:
    from equipoise.web.ledger import links

    site: Site = opened("pdac-oligo-ablation")
    told = {"request": token(), "participant": "P-9", "site": "centre", "name": "Nobody At All", "born_on": "1961-05-23"}
    assert site.client("nurse").post(site.url("participants/new/"), told).status_code == 302
    assert all("Nobody" not in str(each.told) for each in links(site.slug))
    nurse = site.client("nurse")
    address = site.url("p/P-9/identity/")
    assert "Nobody At All" not in nurse.get(address).content.decode()
    assert nurse.post(address, {"request": token(), "purpose": ""}).status_code == 422
    assert "Nobody At All" in nurse.post(address, {"request": token(), "purpose": "a call"}).content.decode()
    (read,) = links(site.slug, kinds=("identity-read",))
    assert (read.by, read.participant, read.body["purpose"]) == ("nurse", "P-9", "a call")
    for name in ROLES:
        if name not in ("nurse", "doctor"):
            assert site.client(name).get(address).status_code in (403, 404)


def test_an_identity_is_corrected_with_a_reason_and_the_ledger_never_holds_it(opened: Any) -> None:
    from equipoise.web.ledger import links

    site: Site = opened("pdac-oligo-ablation")
    nurse, other = site.client("nurse"), site.client("doctor")
    new = {"request": token(), "participant": "P-9", "site": "centre", "name": "Nobbody At All", "born_on": "1961-05-23"}
    assert nurse.post(site.url("participants/new/"), new).status_code == 302
    address = site.url("p/P-9/identity/")
    assert 'name="stands" value="0"' in nurse.post(address, {"request": token(), "purpose": "a call"}).content.decode()
    told = {
        "request": token(),
        "stands": "0",
        "name": "Nobody At All",
        "born_on": "1961-05-23",
        "contact": "060 111",
        "reason": "",
    }
    page = nurse.post(address, told)
    assert page.status_code == 422 and "Nobbody" not in page.content.decode(), "what stands is not shown without an entry"
    assert nurse.post(address, {**told, "reason": "x", "born_on": "the day before"}).status_code == 422
    for _ in range(2):
        page = nurse.post(address, {**told, "reason": "misspelt, and a new number"})
        assert page.status_code == 200 and "Nobody At All" in page.content.decode()
    (link,) = links(site.slug, kinds=("identity-corrected",))
    assert link.body == {"changed": ["name", "contact"], "reason": "misspelt, and a new number"}
    assert all("Nobody" not in str(each.told) and "060 111" not in str(each.told) for each in links(site.slug))
    late = other.post(address, {**told, "request": token(), "name": "Somebody Else", "reason": "of old"})
    assert late.status_code == 422 and "Somebody corrected this while you wrote" in late.content.decode()
    again = {**told, "request": token(), "stands": str(link.number), "reason": "none"}
    assert "no answer is other than it was" in other.post(address, again).content.decode()
    assert [each.by for each in links(site.slug, kinds=("identity-read",))] == ["nurse", "doctor"]
    assert "Nobody At All" in other.post(address, {"request": token(), "purpose": "a call"}).content.decode()


def other_study(folder: Path, **changes: str) -> str:
    """pdac-oligo-ablation under another name, with words of it changed."""
    from equipoise import shipped
    from equipoise.web.staff.studies import open_study

    text = (shipped() / "pdac-oligo-ablation" / "study.yaml").read_text(encoding="utf-8")
    for key, value in {"study: pdac-oligo-ablation": f"study: {folder.name}", **changes}.items():
        assert key in text
        text = text.replace(key, value)
    folder.mkdir()
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    slug = open_study(folder)
    committed(slug)
    return slug


def test_who_is_of_another_site_is_not_there(opened: Any, tmp_path: Path) -> None:
    from django.contrib.auth.models import User

    from equipoise.web.demonstration import give_roles

    site: Site = opened("pdac-oligo-ablation")
    site.slug = other_study(
        tmp_path / "two-sites",
        **{"  centre: {label: The centre, country: China}": "  north: {label: North}\n  south: {label: South}"},
    )
    for place in ("north", "south"):
        User.objects.create_user(place, password="x")
        give_roles(site.slug, {place: "coordinator"}, site=place)
        told = {"request": token(), "participant": f"{place}-1", "site": place}
        assert site.client(place).post(site.url("participants/new/"), told).status_code == 302
    north = site.client("north")
    assert north.get(site.url("p/north-1/")).status_code == 200
    for rest in ("p/south-1/", "p/south-1/screening/", "p/south-1/record/labs/", "p/south-1/identity/", "p/nobody/"):
        assert north.get(site.url(rest)).status_code == 404, rest
    assert "south-1" not in north.get(site.url("participants/")).content.decode()
    assert "south-1" not in north.get(site.url()).content.decode()
    told = {"request": token(), "participant": "north-2", "site": "south"}
    assert north.post(site.url("participants/new/"), told).status_code == 422
    assert north.get("/s/pdac-oligo-ablation/").status_code == 404, "a study in which they have no role"


def test_a_blinded_persons_pages_are_made_without_the_arm(opened: Any, tmp_path: Path) -> None:
    from equipoise.web.demonstration import give_roles

    site: Site = opened("pdac-oligo-ablation")
    site.slug = other_study(tmp_path / "masked", **{"masking: none": "masking: double"})
    give_roles(site.slug, ROLES)
    who = site.add()
    site.record(who, {"on": "2026-11-02", "do": "enrolment", "items": {"site": "centre"}})
    site.record(who, {"on": "2026-11-02", "do": "randomisation", "items": {"arm": "ablation"}})
    for name in ("nurse", "doctor"):
        for rest in ("", "participants/", f"p/{who}/", f"p/{who}/screening/"):
            page = site.client(name).get(site.url(rest)).content.decode().lower()
            assert "ablation with chemotherapy" not in page.replace("thermal ablation with chemotherapy or chemotherapy", ""), (
                rest
            )
            assert ">ablation<" not in page, rest
    assert "Thermal ablation with chemotherapy" in site.client("monitor").get(site.url(f"p/{who}/")).content.decode()


@pytest.mark.parametrize("kind", ["frozen", "locked"])
def test_nothing_is_recorded_of_the_frozen_and_the_locked(opened: Any, kind: str) -> None:
    from equipoise.web.ledger import Draft, append

    site: Site = opened("pdac-oligo-ablation")
    who = site.add()
    draft = Draft(by="data", role="data_manager", kind=kind, participant=who if kind == "frozen" else "", body={"reason": "x"})
    append(site.slug, [draft], request=token())
    told = sent(site, who, "last_contact", {"on": "2026-11-20"})
    assert told.status_code == 422 and kind in told.content.decode()


def test_the_same_form_of_identity_is_another_look_a_minute_later(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from equipoise.web.ledger import links

    site: Site = opened("batch-rfa-crlm")
    new = {"request": token(), "participant": "P-9", "site": "centre", "name": "Nobody At All"}
    nurse = site.client("nurse")
    assert nurse.post(site.url("participants/new/"), new).status_code == 302
    address, told = site.url("p/P-9/identity/"), {"request": token(), "purpose": "a call"}
    for _ in range(2):
        assert "Nobody At All" in nurse.post(address, told).content.decode(), "as after a double click"
    later = timezone.now() + timedelta(minutes=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    again = nurse.post(address, told)
    assert again.status_code == 422 and "Nobody At All" not in again.content.decode()
    assert len(list(links(site.slug, kinds=("identity-read",)))) == 1, "a look, and the entry of it"


def test_what_is_recorded_word_for_word_already_is_asked_about(opened_on_sqlite: Any) -> None:
    from equipoise.web.ledger import links

    site: Site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    told = {"labs.on": "2026-11-20", "labs.platelets": "171"}
    address = site.url(f"p/{who}/record/labs/")
    assert site.client("nurse").post(address, {"request": token(), **told}).status_code == 302
    second = {"request": token(), **told}  # from another tab, or by somebody else with the same sheet of paper
    answer = site.client("doctor").post(address, second)
    assert answer.status_code == 422
    assert "of 2026-11-20 is recorded already, word for word, by nurse." in answer.content.decode()
    seen = re.search(r'name="seen" value="(\w+)"', answer.content.decode())
    assert seen is not None
    assert site.client("doctor").post(address, {**second, "seen": seen[1]}).status_code == 302, "it may be so"
    assert site.client("doctor").post(address, {"request": token(), **told, "labs.platelets": "172"}).status_code == 302
    assert len(list(links(site.slug, kinds=("event",)))) == 3


def test_names_of_fields_are_as_hostile_as_what_stands_in_them(opened: Any) -> None:
    site: Site = opened("batch-rfa-crlm")
    who = site.add()
    for name in ("labs.\x00", "\u202elabs.inr", "x" * 500, "labs.lesion.0.id", "__proto__", ""):
        told = {"request": token(), "labs.on": "2026-11-20", "labs.inr": "1.1", name: "1"}
        assert site.client("nurse").post(site.url(f"p/{who}/record/labs/?draft=1"), told).status_code == 204, name[:20]
