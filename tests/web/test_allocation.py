"""Randomising through the web: one answer a participant, whatever is killed between; never without a signature that holds."""

from functools import partial
from typing import Any

import pytest

from bedside import PASSWORD, Site, screened, signed, token


def ready(opened: Any, who: str = "P-001") -> Site:
    """A study whose participant is signed for."""
    site: Site = opened("pdac-oligo-ablation")
    site.add(who)
    screened(site, who)
    assert signed(site, who).status_code == 302
    return site


def randomised(site: Site, who: str = "P-001") -> Any:
    """The button."""
    return site.client("nurse").post(site.url(f"p/{who}/randomise/"), {"request": token(), "who_you_are": PASSWORD})


def row(site: Site, who: str = "P-001") -> Any:
    """What was asked and answered."""
    from equipoise.web.staff.models import Allocation

    return Allocation.objects.filter(study=site.slug, participant=who).first()


def test_a_process_killed_after_the_vault_answered_leaves_nobody_in_doubt(
    opened: Any, vault: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from equipoise.web.ledger import links
    from equipoise.web.staff import allocation

    site = ready(opened)
    real = allocation.append

    def killed(study: str, drafts: Any, *, request: str, **more: Any) -> Any:
        if request.startswith("allocated "):
            raise KeyboardInterrupt
        return real(study, drafts, request=request, **more)

    monkeypatch.setattr(allocation, "append", killed)
    with pytest.raises(KeyboardInterrupt):
        randomised(site)
    assert row(site) is not None and row(site).answered_at is None
    given = allocation.vault().assign(
        study=site.slug, participant="P-001", stratum={}, eligibility=row(site).eligibility, known=0
    )["body"]["arm"]  # fmt: skip
    monkeypatch.setattr(allocation, "append", real)
    assert allocation.sweep() == (1, 0)
    assert row(site).receipt["body"]["arm"] == given
    assert randomised(site).status_code in (200, 302)
    assert allocation.sweep() == (0, 0)
    assert len(list(links(site.slug, kinds=("allocated",)))) == 1
    arms = [each.body["items"]["arm"] for each in links(site.slug, kinds=("event",)) if each.body.get("do") == "randomisation"]
    assert arms == [given]


def test_a_vault_that_does_not_answer_is_said_and_asked_again(
    opened: Any, vault: Any, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from equipoise.vault import start

    site = ready(opened)
    from equipoise.web.staff import allocation
    from equipoise.web.staff.studies import opened as study_of

    allocation.published(site.slug, study_of(site.slug))
    vault.stop()
    with monkeypatch.context() as soon:
        soon.setattr(allocation, "vault", partial(allocation.vault, 0.5))
        told = randomised(site)
    assert told.status_code == 422 and "the answer will be the same" in told.content.decode()
    again = start(database.folder)
    try:
        assert randomised(site).status_code == 302
        assert row(site).answered_at is not None
    finally:
        again.stop()


def test_a_fact_that_comes_after_the_signature_asks_for_another(opened: Any, vault: Any) -> None:
    site = ready(opened)
    site.record("P-001", {"on": "2026-11-04", "do": "liver_imaging", "items": {"method": "MRI"}, "lesions": [
        {"id": f"L{n}", "organ": "liver", "diameter": "12 mm"} for n in range(1, 6)]})  # fmt: skip
    told = randomised(site)
    assert told.status_code == 422
    assert "has to be signed again" in told.content.decode() and "Not every criterion is met" in told.content.decode()
    assert row(site) is None


def test_what_is_signed_is_what_was_shown(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    site.add("P-001")
    screened(site, "P-001")
    doctor = site.client("doctor")
    stale = {"request": token(), "shown": "0" * 64, "who_you_are": PASSWORD}
    told = doctor.post(site.url("p/P-001/sign-eligibility/"), stale)
    assert told.status_code == 422 and "has changed since this page was made" in told.content.decode()
    assert site.client("nurse").get(site.url("p/P-001/sign-eligibility/")).status_code == 403


def test_the_chain_verifies_with_its_receipts(opened: Any, vault: Any, tmp_path: Any) -> None:
    from equipoise import verifier
    from equipoise.web.ledger import export
    from equipoise.web.serving import _commitments

    site: Site = opened("pdac-oligo-ablation")
    assert _commitments() == []
    for who in ("P-001", "P-002"):
        site.add(who)
        screened(site, who)
        assert signed(site, who).status_code == 302
        done = randomised(site, who)
        assert done.status_code == 302, done.content.decode()
    file = tmp_path / "ledger.jsonl"
    assert export(site.slug, file) > 10
    told = verifier.main([str(file)])
    assert told == 0


def test_rebuilt_projections_are_the_same(opened: Any, vault: Any) -> None:
    from equipoise.web.ledger import rebuild
    from equipoise.web.staff import models

    site = ready(opened)
    randomised(site)
    tables = (models.StudyState, models.Participant, models.DueItem, models.Grant, models.Signature, models.Allocation)
    before = {each: sorted(map(str, each.objects.values())) for each in tables}
    rebuild(site.slug)
    assert {each: sorted(map(str, each.objects.values())) for each in tables} == before
    assert all(before.values())


@pytest.mark.parametrize(
    "left",
    [{"do": "withdrawal", "items": {"from": "consent"}}, {"do": "withdrawal"}, {"do": "death"}],
    ids=["withdrawn from consent", "withdrawn", "died"],
)
def test_who_has_left_is_neither_signed_for_nor_randomised(opened: Any, vault: Any, left: dict[str, Any]) -> None:
    site = ready(opened)
    site.record("P-001", {"id": "left", "on": "2026-11-20", **left})
    told = randomised(site)
    says = "The participant died on" if left["do"] == "death" else "The participant withdrew on"
    assert told.status_code == 422 and says in told.content.decode()
    assert row(site) is None, "nobody is asked for"
    again = signed_again(site)
    assert again.status_code == 422 and says in again.content.decode()
    page = site.client("nurse").get(site.url("p/P-001/")).content.decode()
    for does in ("Randomise", "Sign eligibility", "Complete screening"):
        assert does not in page.partition("What happened")[0], "nothing more is next of joining"
    site.record("P-001", {"on": "2026-11-21", "corrects": "left", "retract": True, "reason": "it was another patient"})
    assert randomised(site).status_code == 302, "it never happened"


def signed_again(site: Site) -> Any:
    """An investigator's attempt to sign, as from a page that stood open."""
    from equipoise.verifier import shown_hash
    from equipoise.web.staff import charts
    from equipoise.web.staff.eligibility import record, screened
    from equipoise.web.staff.here import today
    from equipoise.web.staff.models import Participant
    from equipoise.web.staff.studies import opened as study_of

    study, who = study_of(site.slug), Participant.objects.get(participant="P-001")
    shown = record(study, who, screened(study, charts.known(site.slug, who, until=today()), today()), today())
    told = {"request": token(), "shown": shown_hash(shown), "who_you_are": PASSWORD}
    return site.client("doctor").post(site.url("p/P-001/sign-eligibility/"), told)
