"""The audit explorer: filters, what was before and after, Verify; and no arm for whoever is blinded."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bedside import Site, token
from equipoise.web.ledger import links

Open = Callable[[str], Site]


def test_each_link_says_what_was_before_and_after(opened: Open) -> None:
    site = opened("batch-rfa-crlm")
    who = site.add()
    site.record(who, {"id": "labs-1", "on": "2026-11-04", "do": "labs", "items": {"bilirubin": "12 umol/L"}})
    site.record(
        who,
        {"id": "labs-2", "on": "2026-11-05", "corrects": "labs-1", "reason": "misread", "items": {"bilirubin": "21 umol/L"}},
    )
    number = max(each.number for each in links(site.slug))
    auditor = site.client("auditor")
    page = auditor.get(site.url(f"audit/{number}/")).content.decode()
    assert "<td>12 umol/L</td><td>21 umol/L</td>" in page and "misread" in page
    page = auditor.get(site.url(f"audit/?participant={who}&by=nurse")).content.decode()
    assert f"/audit/{number}/" in page and "role-given" not in page.split("<tbody>")[1]
    assert "Nothing is found" in auditor.get(site.url("audit/?by=nobody")).content.decode()
    assert "Nothing is found" in auditor.get(site.url("audit/?day=2020-01-01")).content.decode()
    assert auditor.get(site.url("audit/?day=yesterday")).status_code == 422
    assert auditor.get(site.url("audit/999999/")).status_code == 404
    assert auditor.get(site.url("audit/999999999999999999999999/")).status_code == 404
    assert site.client("nurse").get(site.url("audit/")).status_code == 403


def test_verify_says_that_all_is_well_and_finds_what_is_not(opened_on_sqlite: Open, sqlite: object) -> None:
    from django.conf import settings
    from django.db import connection

    site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    site.record(who, {"id": "labs-1", "on": "2026-11-04", "do": "labs", "items": {"bilirubin": "12 umol/L"}})
    auditor = site.client("auditor")
    page = auditor.post(site.url("audit/")).content.decode()
    assert "Nothing was altered, and nothing is missing" in page
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER ledger_link_no_update")
        cursor.execute("UPDATE ledger_link SET body = replace(body, '12 umol', '13 umol') WHERE kind = 'event'")
    page = auditor.post(site.url("audit/")).content.decode()
    assert "✕ No: 1 fault" in page and "it was changed" in page
    assert Path(settings.DESK.anchors).exists()


def test_a_monitor_of_one_site_sees_the_links_of_that_site_alone(opened_on_sqlite: Open) -> None:
    from django.contrib.auth.models import User

    from equipoise.web.ledger import Draft, append

    site = opened_on_sqlite("batch-rfa-crlm")
    who = site.add()
    User.objects.create_user("visitor", password="a long enough password")
    given = {"user": "visitor", "role": "monitor", "site": "elsewhere"}
    append(site.slug, [Draft(by="admin", role="administrator", kind="role-given", body=given)], request=token())
    visitor = site.client("visitor")
    page = visitor.get(site.url("audit/")).content.decode()
    assert who not in page and "role-given" in page and ">Verify" not in page
    (link,) = links(site.slug, participant=who)
    assert visitor.get(site.url(f"audit/{link.number}/")).status_code == 404


@pytest.fixture
def masked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[Open], Site]:
    """The randomised study, triple-blinded."""
    import equipoise

    folder = tmp_path / "shipped" / "pdac-oligo-ablation"
    folder.mkdir(parents=True)
    text = (equipoise.shipped() / "pdac-oligo-ablation" / "study.yaml").read_text(encoding="utf-8")
    (folder / "study.yaml").write_text(text.replace("masking: none", "masking: triple"), encoding="utf-8")

    def opened(opener: Open) -> Site:
        monkeypatch.setattr(equipoise, "shipped", lambda: folder.parent)
        return opener("pdac-oligo-ablation")

    return opened


def test_the_arm_is_hidden_in_the_audit_from_whoever_is_blinded(masked: Callable[[Open], Site], opened_on_sqlite: Open) -> None:
    site = masked(opened_on_sqlite)
    who = site.add()
    site.record(who, {"id": "lot-1", "on": "2026-11-04", "do": "randomisation", "items": {"arm": "ablation"}})
    (link,) = links(site.slug, kinds=("event",))
    for name, sees in (("auditor", True), ("data", True), ("monitor", False), ("admin", False)):
        page = site.client(name).get(site.url(f"audit/{link.number}/"))
        assert page.status_code == 200
        body = page.content.decode().split("<main")[1]
        assert ("<td>ablation</td>" in body) is sees, name


def test_unblinding_takes_a_reason_and_who_you_are_and_is_an_entry(masked: Callable[[Open], Site], opened: Open) -> None:
    site = masked(opened)
    who = site.add()
    doctor, address = site.client("doctor"), site.url(f"p/{who}/unblind/")
    told = {
        "purpose": "An emergency: treatment depends on it",
        "reason": "Anaphylaxis.",
        "who_you_are": "a long enough password",
    }
    assert "was not allocated" in doctor.post(address, {**told, "request": token()}).content.decode()
    site.record(who, {"id": "lot-1", "on": "2026-11-04", "do": "randomisation", "items": {"arm": "ablation"}})
    page = doctor.get(address).content.decode()
    assert "Unblind</a>" in page and 'class="arm"' not in page
    for wrong in ({"reason": ""}, {"purpose": "curiosity"}, {"who_you_are": "wrong"}):
        response = doctor.post(address, {**told, **wrong, "request": token()})
        assert response.status_code == 422 and 'class="arm"' not in response.content.decode()
    assert not list(links(site.slug, kinds=("unblinded",)))
    page = doctor.post(address, {**told, "request": token()}).content.decode()
    assert 'class="arm"' in page
    (link,) = links(site.slug, kinds=("unblinded",))
    assert (link.by, link.participant, link.body["reason"]) == ("doctor", who, "Anaphylaxis.")
    assert "ablation" not in str(link.body)
    page = doctor.get(address).content.decode()
    assert 'class="arm"' not in page and "Anaphylaxis." in page
    assert site.client("nurse").get(address).status_code == 403


def test_nobody_is_unblinded_in_a_study_that_blinds_nobody(opened_on_sqlite: Open) -> None:
    site = opened_on_sqlite("pdac-oligo-ablation")
    who = site.add()
    assert site.client("doctor").get(site.url(f"p/{who}/unblind/")).status_code == 404
    assert "Unblind</a>" not in site.client("doctor").get(site.url(f"p/{who}/")).content.decode()
