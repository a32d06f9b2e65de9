"""The access review: who may do what, who looked at identities; signed as it stands, and signed again after a change."""

import re
from collections.abc import Callable

from bedside import PASSWORD, Site, token
from equipoise.web.ledger import links

Open = Callable[[str], Site]


def test_the_review_shows_every_role_and_every_look_and_binds_just_that(opened: Open) -> None:
    site = opened("batch-rfa-crlm")
    who = site.add()
    site.client("nurse").post(site.url(f"p/{who}/identity/"), {"request": token(), "purpose": "to telephone"})
    admin, address = site.client("admin"), site.url("access/")
    page = admin.get(address).content.decode()
    assert "Statistician" in page and "to telephone" in page and "Nobody has reviewed it yet" in page
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', page)
    assert shown is not None
    told = {"request": token(), "shown": shown[1], "who_you_are": PASSWORD}
    assert admin.post(address, {**told, "who_you_are": "wrong"}).status_code == 422
    site.client("nurse").post(site.url(f"p/{who}/identity/"), {"request": token(), "purpose": "again"})
    assert admin.post(address, {**told, "request": token()}).status_code == 422, "somebody looked meanwhile"
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', admin.get(address).content.decode())
    assert shown is not None
    assert admin.post(address, {**told, "request": token(), "shown": shown[1]}).status_code == 302
    (signed,) = links(site.slug, kinds=("signed",))
    assert signed.body["purpose"] == "access-review" and signed.body["hash"] == shown[1]
    assert [each["purpose"] for each in signed.body["shown"]["identity_reads"]] == ["to telephone", "again"]
    page = site.client("auditor").get(address).content.decode()
    assert "Last reviewed by admin" in page and "to telephone" not in page, "what was reviewed is not listed again"
    assert site.client("nurse").get(address).status_code == 403


def test_the_review_names_each_program_and_one_that_no_entry_made(opened: Open) -> None:
    from equipoise.web.api.tokens import made

    site = opened("batch-rfa-crlm")
    data = site.client("data")
    told = {"request": token(), "scope": "export", "days": "30", "label": "nightly tables", "who_you_are": PASSWORD}
    assert data.post(site.url("tokens/"), told).status_code == 200
    made(site.slug, "data", "a way in", frozenset({"export"}), 30)
    ended, _ = made(site.slug, "nurse", "over", frozenset({"record"}), -1)
    page = site.client("auditor").get(site.url("access/")).content.decode()
    assert "nightly tables" in page and "a way in" in page and "over" not in re.sub(r"<[^>]+>", " ", page).split("Programs")[1]
    assert page.count("no entry of the ledger made it") == 1
    assert ended.label == "over"
