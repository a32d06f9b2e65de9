"""Whoever owns the database rewrites what lists are read from, and acts on it: nobody is randomised by it, and it shows."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bedside import PASSWORD, Site, screened, signed, token
from equipoise.web.ledger import links
from equipoise.web.staff.models import Allocation, Grant, Participant, Signature, StudyState
from equipoise.web.staff.screens.audit import verified

Open = Callable[[str], Site]
SLUG = "pdac-oligo-ablation"


def says(slug: str) -> list[str]:
    return [each.says for each in verified(slug).faults]


def test_a_request_that_was_put_into_a_list_is_answered_with_no_arm(opened: Open, vault: Any) -> None:
    from equipoise.web.staff import allocation

    site = opened(SLUG)
    for who in ("P-001", "P-002"):
        site.add(who)
    screened(site, "P-001")
    assert signed(site, "P-001").status_code == 302
    (signature,) = (each for each in links(SLUG, kinds=("signed",)) if each.body["purpose"] == "eligibility")
    told = {"study": SLUG, "stratum": {}, "asked_by": "nurse", "asked_role": "coordinator", "asked_at": datetime.now(UTC)}
    Allocation.objects.create(participant="P-001", eligibility=signature.body["hash"], number=1, **told)
    Allocation.objects.create(participant="P-002", eligibility="e" * 64, number=1, **told)
    assert allocation.sweep() == (0, 2)
    nurse = site.client("nurse")
    page = nurse.post(site.url("p/P-002/randomise/"), {"request": token(), "who_you_are": PASSWORD})
    assert page.status_code == 422 and "holds no such request with a signed eligibility" in page.content.decode()
    Allocation.objects.all().delete()
    assert nurse.post(site.url("p/P-001/randomise/"), {"request": token(), "who_you_are": PASSWORD}).status_code == 302
    (receipt,) = links(SLUG, kinds=("allocated",))
    assert (receipt.participant, receipt.body["body"]["number"]) == ("P-001", 1), "the vault gave nothing before"


def test_a_signature_that_was_put_into_a_list_randomises_nobody(opened: Open, vault: Any) -> None:
    site = opened(SLUG)
    for who in ("P-001", "P-002"):
        site.add(who)
        screened(site, who)
    assert signed(site, "P-001").status_code == 302
    row = Signature.objects.get(participant="P-001")
    last = Participant.objects.get(participant="P-002").number
    Signature.objects.create(
        study=SLUG, participant="P-002", what=row.what, shown=row.shown, on=row.on, by=row.by, role=row.role, at=row.at, number=last
    )  # fmt: skip
    site.record("P-002", {"on": "2026-11-20", "do": "enrolment", "items": {"site": "centre"}}, by="nurse")
    Signature.objects.filter(participant="P-002").update(number=Participant.objects.get(participant="P-002").number)
    done = site.client("nurse").post(site.url("p/P-002/randomise/"), {"request": token(), "who_you_are": PASSWORD})
    assert done.status_code == 422, done.content.decode()
    assert not list(links(SLUG, kinds=("allocated",)))


def test_a_role_that_was_put_into_a_list_shows_in_the_ledger(opened: Open) -> None:
    from django.contrib.auth.models import User

    site = opened("batch-rfa-crlm")
    site.add()
    assert says(site.slug) == []
    User.objects.create_user("mallory", password=PASSWORD)
    Grant.objects.create(
        study=site.slug, user="mallory", role="coordinator", site="", given_at=datetime.now(UTC), given_by="admin", number=3
    )
    told = {"request": token(), "participant": "P-002", "site": "centre"}
    assert site.client("mallory").post(site.url("participants/new/"), told).status_code == 302
    Grant.objects.filter(user="mallory").delete()
    assert says(site.slug) == ["mallory wrote this as coordinator, and no entry before gave them that role"]


def test_a_lock_and_a_freezing_that_were_taken_out_of_a_list_show_in_the_ledger(opened: Open) -> None:
    from equipoise.web.ledger import Draft, append

    site = opened("batch-rfa-crlm")
    who = site.add()
    labs = {"labs.on": "2026-11-04", "labs.bilirubin": "12"}
    told = {"by": "data", "role": "data_manager"}
    append(site.slug, [Draft(**told, kind="frozen", body={"reason": "clean"}, site="centre", participant=who)], request=token())
    (frozen,) = links(site.slug, kinds=("frozen",))
    Participant.objects.update(is_frozen=False)
    assert site.client("nurse").post(site.url(f"p/{who}/record/labs/"), {**labs, "request": token()}).status_code == 302
    append(site.slug, [Draft(**told, kind="locked", body={"reason": "complete"})], request=token())
    (locked,) = links(site.slug, kinds=("locked",))
    append(site.slug, [Draft(**told, kind="exported", body={"what": "ledger"})], request=token())
    StudyState.objects.update(locked_at=None)
    assert (
        site.client("nurse")
        .post(site.url("participants/new/"), {"request": token(), "participant": "P-9", "site": "centre"})
        .status_code
        == 302
    )
    assert says(site.slug) == [
        f"the record of {who} was frozen at link {frozen.number}, and this was written in it afterwards",
        f"the study was locked at link {locked.number}, and this was written in it afterwards",
    ]


def test_whatever_is_written_into_a_list_past_the_ledger_is_named(opened: Open, vault: Any) -> None:
    from equipoise.web.ledger import rebuild
    from equipoise.web.staff.lists import disagreements

    site = opened(SLUG)
    for who in ("P-001", "P-002"):
        site.add(who)
        screened(site, who)
        assert signed(site, who).status_code == 302
        done = site.client("nurse").post(site.url(f"p/{who}/randomise/"), {"request": token(), "who_you_are": PASSWORD})
        assert done.status_code == 302
    assert disagreements(SLUG) == ()
    one = Participant.objects.filter(participant="P-001")
    row = Allocation.objects.get(participant="P-001")
    other = "ablation" if one.get().arm == "chemotherapy" else "chemotherapy"
    now = datetime.now(UTC)
    changes: dict[str, Callable[[], Any]] = {
        "the arm or the receipt of P-001": lambda: one.update(arm=other),
        "the receipt of P-001": lambda: Allocation.objects.filter(participant="P-001").update(
            receipt={**row.receipt, "key": "0" * 64}
        ),
        "has a receipt of P-009": lambda: Allocation.objects.create(
            study=SLUG,
            participant="P-009",
            eligibility="",
            asked_by="x",
            asked_role="x",
            asked_at=now,
            answered_at=now,
            number=1,
        ),
        "P-002 was asked for in the ledger alone": lambda: Allocation.objects.filter(participant="P-002").delete(),
        "the site of P-001 is another": lambda: one.update(site="north"),
        "whether the record of P-001 is frozen": lambda: one.update(is_frozen=True),
        "P-001 stands in the ledger alone": lambda: one.delete(),
        "not locked by the ledger": lambda: StudyState.objects.update(locked_at=now),
        "another by its list": lambda: StudyState.objects.update(text_hash="0" * 64),
        "the list of roles has mallory as auditor at all sites": lambda: Grant.objects.create(
            study=SLUG, user="mallory", role="auditor", site="", given_at=now, given_by="admin", number=3
        ),
        "the ledger has nurse as coordinator": lambda: Grant.objects.filter(user="nurse").delete(),
        "the signature 'eligibility' of doctor for P-001": lambda: Signature.objects.filter(participant="P-001").update(
            shown="0" * 64
        ),
    }
    for sentence, change in changes.items():
        change()
        assert any(sentence in each for each in disagreements(SLUG)), (sentence, disagreements(SLUG))
        if sentence == "the arm or the receipt of P-001":
            page = site.client("auditor").post(site.url("audit/"), {}).content.decode()
            assert "What the pages read is not what the ledger says" in page and "Nothing was altered" in page
            assert other not in "".join(disagreements(SLUG))
        if sentence != "another by its list":
            rebuild(SLUG)
            assert disagreements(SLUG) == (), sentence
        else:
            StudyState.objects.update(text_hash=next(iter(links(SLUG, kinds=("study-opened",)))).body["hash"])
