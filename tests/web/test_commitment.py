"""What draws the arms is committed to before anybody is added; sites that join have lists, and a commitment, of their own."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import bedside
import equipoise
from bedside import PASSWORD, Site, screened, signed, token
from equipoise.web.ledger import links
from equipoise.web.staff.screens.audit import verified

SLUG = "pdac-oligo-ablation"
Open = Callable[[str], Site]


def text(*, amended: bool = False, change: Callable[[str], str] = str) -> str:
    """The study, stratified by site; amended, with a second one."""
    told = (equipoise.shipped() / SLUG / "study.yaml").read_text(encoding="utf-8")
    told = told.replace("  blocks: [4, 6]\n", "  blocks: [4, 6]\n  strata: [site]\n")
    if amended:
        told = told.replace(
            "  centre: {label: The centre, country: China}", "  centre: {label: The centre}\n  north: {label: The north}"
        )
        told = re.sub(r"^version: .+$", "version: 2.0.0", told, count=1, flags=re.M)
        told += "\namendments:\n  - {version: 2.0.0, on: 2026-11-01, changes: A site joins., affects: new participants}\n"
        assert "north" in told
    assert "strata: [site]" in told
    return change(told)


@pytest.fixture
def by_site(opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Site]:
    """Opens the study stratified by site, or another text of it."""
    folder = tmp_path / "studies" / SLUG
    folder.mkdir(parents=True)

    def made(told: str = "") -> Site:
        (folder / "study.yaml").write_text(told or text(), encoding="utf-8")
        with monkeypatch.context() as patch:
            patch.setattr(equipoise, "shipped", lambda: tmp_path / "studies")
            return opened(SLUG)

    return made


def amended(site: Site, told: str) -> Any:
    """The administrator's amendment, looked at and signed."""
    admin, address = site.client("admin"), site.url("amendments/")
    page = admin.post(address, {"request": token(), "does": "look", "text": told}).content.decode()
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', page)
    if shown is None:
        return page
    sent = {"request": token(), "does": "sign", "text": told, "shown": shown[1], "who_you_are": PASSWORD}
    response = admin.post(address, sent)
    assert response.status_code == 302, response.content.decode()
    return None


def added(site: Site, who: str, place: str = "centre") -> str:
    """What the page says where somebody is to be added; "" if they were."""
    told = {"request": token(), "participant": who, "site": place}
    response = site.client("nurse").post(site.url("participants/new/"), told)
    if response.status_code == 302:
        return ""
    assert response.status_code == 422
    says = re.search(r'role="alert"><p>(.+?)</p>', response.content.decode())
    assert says is not None, response.content.decode()
    return says[1]


def allocated(site: Site, who: str) -> None:
    """Screened, signed for and randomised."""
    screened(site, who)
    assert signed(site, who).status_code == 302
    done = site.client("nurse").post(site.url(f"p/{who}/randomise/"), {"request": token(), "who_you_are": PASSWORD})
    assert done.status_code == 302, done.content.decode()


def test_nobody_is_added_before_the_commitment_stands_in_the_ledger(
    opened: Open, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from equipoise.vault import made_key, start, trust
    from equipoise.web.staff import here

    monkeypatch.setattr(bedside, "committed", lambda slug: None)
    site = opened(SLUG)
    trust(database.folder, made_key(database.web_key))
    says = added(site, "P-001")
    assert "commitment has to stand in the ledger before the first participant" in says and "does not answer" in says
    draft = {"by": "x", "role": "coordinator", "kind": "participant-added", "site": "centre", "participant": "P-001"}
    from equipoise.web.ledger import Draft

    assert "Nobody is added" in (here.barred(site.slug, [Draft(**draft)]) or ""), "nor past the page"
    assert not list(links(site.slug, kinds=("participant-added", "commitment")))
    process = start(database.folder)
    try:
        assert added(site, "P-001") == ""
    finally:
        process.stop()
    assert [each.kind for each in links(site.slug, kinds=("participant-added", "commitment"))] == [
        "commitment",
        "participant-added",
    ]
    assert added(site, "P-002") == "", "the vault is not needed for the next"
    assert verified(site.slug).faults == []


def test_a_study_that_draws_no_arms_needs_no_commitment(opened_on_sqlite: Open) -> None:
    site = opened_on_sqlite("batch-rfa-crlm")
    assert added(site, "P-001") == "" and not list(links(site.slug, kinds=("commitment",)))


def test_a_site_that_joins_has_its_own_commitment_and_both_are_verified_after_lock(by_site: Any, vault: Any) -> None:
    site = by_site()
    assert added(site, "P-001") == ""
    allocated(site, "P-001")
    (first,) = links(site.slug, kinds=("commitment",))
    assert amended(site, text(amended=True)) is None
    kept, more = links(site.slug, kinds=("commitment",))
    assert kept == first and [each["list"] for each in more.body["body"]["lists"]] == [{"site": "north"}]
    for who, place in (("P-002", "north"), ("P-003", "centre"), ("P-004", "north")):
        assert added(site, who, place) == ""
        allocated(site, who)
    receipts = [each.body["body"] for each in links(site.slug, kinds=("allocated",))]
    assert [(each["number"], each["list"]["site"], each["slot"]) for each in receipts] == [
        (1, "centre", 1), (2, "north", 1), (3, "centre", 2), (4, "north", 2)]  # fmt: skip
    data, address = site.client("data"), site.url("lock/")
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', data.get(address).content.decode())
    assert shown is not None
    told = {"request": token(), "shown": shown[1], "reason": "the last follow-up is complete", "who_you_are": PASSWORD}
    assert data.post(address, told).status_code == 302
    page = data.get(address).content.decode()
    assert "All as promised" in page and "before the first of those who came with a further commitment" in page
    assert "Site north: 60 slots" in page and "Site centre: 60 slots" in page
    found = verified(site.slug)
    assert (found.faults, found.is_opened, found.allocated) == ([], True, 4)


def test_nobody_is_added_at_a_site_that_is_not_committed_to(by_site: Any, database: Any) -> None:
    from equipoise.vault import start
    from equipoise.web.serving import _commitments

    site = by_site()
    assert amended(site, text(amended=True)) is None, "the vault does not answer, and the amendment stands"
    assert "Nobody is added at north yet" in added(site, "P-001", "north")
    assert added(site, "P-001", "centre") == ""
    process = start(database.folder)
    try:
        assert _commitments() == []
    finally:
        process.stop()
    assert len(list(links(site.slug, kinds=("commitment",)))) == 2
    assert added(site, "P-002", "north") == "" and verified(site.slug).faults == []


def test_a_commitment_that_the_vault_made_and_nobody_wrote_down_is_written_down_later(
    by_site: Any, vault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from equipoise.web.staff import commitment
    from equipoise.web.staff.studies import opened

    site = by_site()
    real = commitment.append

    def killed(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(commitment, "append", killed)
    with pytest.raises(KeyboardInterrupt):
        amended(site, text(amended=True))
    held = commitment.vault().commitments(site.slug)
    assert len(held) == 2 and len(commitment.commitments(site.slug)) == 1
    monkeypatch.setattr(commitment, "append", real)
    assert added(site, "P-001", "north") == ""
    assert commitment.commitments(site.slug) == held == commitment.published(site.slug, opened(site.slug))
    assert verified(site.slug).faults == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("blocks: [4, 6]", "blocks: [4]", "The blocks of"),
        (
            "{ablation: 1, chemotherapy: 1}\n  blocks: [4, 6]",
            "{ablation: 2, chemotherapy: 1}\n  blocks: [6]",
            "The ratio, the blocks of",
        ),
        ("  strata: [site]\n", "", "The strata of"),
    ],
)
def test_how_arms_are_drawn_cannot_be_amended_once_it_is_promised(by_site: Any, old: str, new: str, says: str) -> None:
    site = by_site()
    page = amended(site, text(amended=True, change=lambda told: told.replace(old, new)))
    assert page is not None and f"{says} {SLUG} cannot change: slots are sealed" in page


def test_an_amendment_for_more_participants_gives_a_list_that_is_used_up_further_places(by_site: Any, vault: Any) -> None:
    """Two places are all there are; the third participant waits for the amendment, and has the first place after them."""
    few = text(change=lambda told: told.replace("enrolment: 60", "enrolment: 2"))
    assert "enrolment: 2" in few
    site = by_site(few)
    for who in ("P-001", "P-002", "P-003"):
        assert added(site, who) == ""
    for who in ("P-001", "P-002"):
        allocated(site, who)
    screened(site, "P-003")
    assert signed(site, "P-003").status_code == 302
    nurse, told = site.client("nurse"), {"request": token(), "who_you_are": PASSWORD}
    stopped = nurse.post(site.url("p/P-003/randomise/"), told)
    assert stopped.status_code == 422 and "used up after 2 places" in stopped.content.decode()
    more = text(
        amended=True, change=lambda told: told.replace("enrolment: 60", "enrolment: 5").replace("A site joins.", "More.")
    )
    assert amended(site, more) is None
    _, paper = links(site.slug, kinds=("commitment",))
    lists = [(each["list"]["site"], each.get("first", 1), each["places"]) for each in paper.body["body"]["lists"]]
    assert lists == [("north", 1, 5), ("centre", 3, 3)], "all for the site that joins, three more for the other"
    assert nurse.post(site.url("p/P-003/randomise/"), {**told, "request": token()}).status_code == 302
    receipts = [each.body["body"] for each in links(site.slug, kinds=("allocated",))]
    assert [(each["participant"], each["slot"]) for each in receipts] == [("P-001", 1), ("P-002", 2), ("P-003", 3)]
    data, address = site.client("data"), site.url("lock/")
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', data.get(address).content.decode())
    assert shown is not None
    told = {"request": token(), "shown": shown[1], "reason": "complete", "who_you_are": PASSWORD}
    assert data.post(address, told).status_code == 302
    page = data.get(address).content.decode()
    assert "All as promised" in page and "Site centre: 5 slots" in page and "Site north: 5 slots" in page
    found = verified(site.slug)
    assert (found.faults, found.is_opened, found.allocated) == ([], True, 3)
