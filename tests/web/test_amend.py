"""An amendment: looked at, signed, opened; whoever consented before is asked again; a locked study is unlocked by it alone."""

import re
from collections.abc import Callable
from typing import Any

import pytest

import equipoise
from bedside import PASSWORD, Site, token
from equipoise.verifier import shown_hash
from equipoise.web.ledger import links
from equipoise.web.staff.models import StudyState
from equipoise.web.staff.screens.audit import verified

Open = Callable[[str], Site]


def text(affects: str = "those who consent again", on: str = "2026-11-01") -> str:
    """The shipped study, amended: another title, and an entry that says so."""
    file = equipoise.shipped() / "batch-rfa-crlm" / "study.yaml"
    was = file.read_text(encoding="utf-8")
    version = re.search(r"^version: (.+)$", was, re.M)
    assert version is not None
    became = was.replace(version[0], "version: 9.0.0", 1)
    entry = f"  - {{version: 9.0.0, on: {on}, changes: A shorter title., affects: {affects}}}\n"
    if "\namendments:\n" in became:
        became = became.replace("\namendments:\n", f"\namendments:\n{entry}", 1)
    else:
        became = f"{became.rstrip()}\namendments:\n{entry}"
    return re.sub(r"^title: .*$", "title: A shorter title", became, count=1, flags=re.M)


def looked(site: Site, new: str) -> Any:
    return site.client("admin").post(site.url("amendments/"), {"request": token(), "does": "look", "text": new})


def sent(site: Site, new: str, **more: str) -> Any:
    page = looked(site, new).content.decode()
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', page)
    assert shown is not None, page
    told = {"request": token(), "does": "sign", "text": new, "shown": shown[1], "who_you_are": PASSWORD, **more}
    return site.client("admin").post(site.url("amendments/"), told)


def test_an_amendment_is_looked_at_signed_and_opened_and_says_who_consents_again(opened: Open) -> None:
    site = opened("batch-rfa-crlm")
    who = site.add()
    version = StudyState.objects.get().version
    site.record(who, {"on": "2026-11-02", "do": "consent", "items": {"version": version}})
    assert "A shorter title" in looked(site, text()).content.decode()
    assert StudyState.objects.get().version == version, "looking opens nothing"
    assert sent(site, text(), who_you_are="wrong").status_code == 422
    assert sent(site, text(), shown="0" * 64).status_code == 422
    response = site.client("nurse").post(site.url("amendments/"), {"request": token(), "does": "look", "text": text()})
    assert response.status_code == 403
    assert sent(site, text()).status_code == 302
    assert StudyState.objects.get().version == "9.0.0"
    signed = [each for each in links(site.slug, kinds=("signed",))][-1]
    assert signed.body["purpose"] == "amendment" and signed.body["hash"] == shown_hash(signed.body["shown"])
    page = site.client("nurse").get(site.url("amendments/")).content.decode()
    assert f'/p/{who}/record/consent/">{who}' in page, "a work list"
    site.record(who, {"on": "2026-11-05", "do": "consent", "items": {"version": "9.0.0"}})
    assert f">{who}<" not in site.client("nurse").get(site.url("amendments/")).content.decode()
    number = max(each.number for each in links(site.slug, kinds=("amended",)))
    assert "+title: A shorter title" in site.client("auditor").get(site.url(f"audit/{number}/")).content.decode()
    assert verified(site.slug).faults == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (text(on="2027-01-01"), "it is opened on that day"),
        (text().replace("study: batch-rfa-crlm", "study: another"), "and not of"),
        (text().replace("version: 9.0.0", "version: 1.0.0"), "is known already"),
        ("study: [", "cannot be read"),
        ("\x00<script>", "cannot be read"),
        (" ", "Choose a file"),
    ],
)
def test_a_text_that_cannot_be_the_next_version_is_refused_in_a_sentence(opened_on_sqlite: Open, wrong: str, says: str) -> None:
    site = opened_on_sqlite("batch-rfa-crlm")
    response = looked(site, wrong)
    assert response.status_code == 422 and says in response.content.decode()
    assert "Sign and open" not in response.content.decode()


def test_nobody_consents_again_where_new_participants_alone_are_affected(opened_on_sqlite: Open) -> None:
    site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    site.record(who, {"on": "2026-11-02", "do": "consent", "items": {"version": StudyState.objects.get().version}})
    assert sent(site, text("new participants")).status_code == 302
    assert f">{who}<" not in site.client("nurse").get(site.url("amendments/")).content.decode()


def test_a_locked_study_is_unlocked_by_an_amendment_and_the_ledger_says_so(opened_on_sqlite: Open) -> None:
    site = opened_on_sqlite("batch-rfa-crlm")
    site.add()
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', site.client("data").get(site.url("lock/")).content.decode())
    assert shown is not None
    told = {"request": token(), "shown": shown[1], "reason": "all is complete", "who_you_are": PASSWORD}
    assert site.client("data").post(site.url("lock/"), told).status_code == 302
    assert sent(site, text()).status_code == 302
    assert StudyState.objects.get().locked_at is None
    assert [each.kind for each in links(site.slug)][-3:] == ["signed", "unlocked", "amended"]
