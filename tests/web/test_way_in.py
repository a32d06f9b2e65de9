"""From new participant to allocated: screening, signature, randomisation, each refused until what comes before is there."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from bedside import PASSWORD, Site, token


@pytest.fixture
def vault(database: Any) -> Iterator[Any]:
    """The desk's vault, running."""
    from equipoise.vault import made_key, start, trust

    trust(database.folder, made_key(database.web_key))
    process = start(database.folder)
    yield process
    process.stop()


def screened(site: Site, who: str) -> None:
    """Everything that the criteria of pdac-oligo-ablation ask for, answered on the screening page."""
    told = {
        "request": token(), "consent.on": "2026-11-02", "consent.version": "1.0.0", "screening.on": "2026-11-02",
        "screening.histology": "PDAC", "screening.pancreas_resected": "yes", "screening.pancreas_resected_on": "2026-01-15",
        "liver_imaging.on": "2026-11-03", "liver_imaging.method": "MRI", "liver_imaging.lesion.0.id": "L1",
        "liver_imaging.lesion.0.organ": "liver", "liver_imaging.lesion.0.diameter": "14",
    }  # fmt: skip
    response = site.client("nurse").post(site.url(f"p/{who}/screening/"), told)
    assert response.status_code == 302, response.content.decode()


def signed(site: Site, who: str) -> Any:
    """The investigator's signature."""
    doctor = site.client("doctor")
    page = doctor.get(site.url(f"p/{who}/sign-eligibility/")).content.decode()
    shown = re.search(r'name="shown" value="([0-9a-f]{64})"', page)
    assert shown is not None, page
    return doctor.post(site.url(f"p/{who}/sign-eligibility/"), {"request": token(), "shown": shown[1], "who_you_are": PASSWORD})


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
