"""From new participant to allocated: screening, signature, randomisation, each refused until what comes before is there."""

from typing import Any

from bedside import PASSWORD, Site, screened, signed, token


def test_a_participant_is_screened_signed_for_and_randomised(opened: Any, vault: Any) -> None:
    from equipoise.web.staff.models import Participant

    site: Site = opened("pdac-oligo-ablation")
    from equipoise.web.serving import _commitments

    assert _commitments() == []
    who = site.add()
    nurse = site.client("nurse")
    early = nurse.post(site.url(f"p/{who}/randomise/"), {"request": token(), "who_you_are": PASSWORD})
    assert early.status_code == 422 and "Eligibility is not signed" in early.content.decode()
    screened(site, who)
    assert "Eligible" in nurse.get(site.url(f"p/{who}/screening/")).content.decode()
    assert signed(site, who).status_code == 302
    wrong = nurse.post(site.url(f"p/{who}/randomise/"), {"request": token(), "who_you_are": "not it"})
    assert wrong.status_code == 422 and "neither your password" in wrong.content.decode()
    done = nurse.post(site.url(f"p/{who}/randomise/"), {"request": token(), "who_you_are": PASSWORD})
    assert done.status_code == 302, done.content.decode()
    receipt = nurse.get(site.url(f"p/{who}/randomise/")).content.decode()
    arm = Participant.objects.get(study=site.slug, participant=who).arm
    assert arm in ("ablation", "chemotherapy") and "Receipt" in receipt
    timeline = nurse.get(site.url(f"p/{who}/")).content.decode()
    assert ("Thermal ablation" if arm == "ablation" else "Cycle of chemotherapy") in timeline
    assert nurse.get(site.url()).status_code == 200
    assert nurse.get(site.url("participants/")).status_code == 200


def test_screening_of_the_enrolled_tells_how_the_criteria_stood_on_that_day(opened_on_sqlite: Any) -> None:
    site: Site = opened_on_sqlite("pdac-oligo-ablation")
    site.add("P-001")
    screened(site, "P-001")
    site.record("P-001", {"on": "2026-11-05", "do": "enrolment", "items": {"site": "centre"}})
    gone = {"on": "2026-11-12", "do": "liver_imaging", "lesions": [{"id": "L1", "status": "absent"}]}
    site.record("P-001", gone)
    page = site.client("nurse").get(site.url("p/P-001/screening/")).content.decode()
    assert "Eligible when enrolled, on 5 Nov 2026" in page and "Not eligible" not in page and "not met" not in page
