"""Many participants who are signed for: what tests of many at once begin with."""

from collections.abc import Sequence
from typing import Any

from bedside import Site, token

ANSWERS: tuple[dict[str, Any], ...] = (
    {"id": "consent", "on": "2026-11-02", "do": "consent", "items": {"version": "1.0.0"}},
    {"id": "screening", "on": "2026-11-02", "do": "screening",
     "items": {"histology": "PDAC", "pancreas_resected": True, "pancreas_resected_on": "2026-01-15"}},
    {"id": "imaging", "on": "2026-11-03", "do": "liver_imaging", "items": {"method": "MRI"},
     "lesions": [{"id": "L1", "organ": "liver", "diameter": "14 mm"}]},
)  # fmt: skip


def signed_for(site: Site, people: Sequence[str], place: str = "centre") -> None:
    """Participants whose eligibility is signed, as their pages would have written it, all in two writings."""
    from equipoise.ledger import signature
    from equipoise.web.ledger import Draft, append
    from equipoise.web.staff import charts
    from equipoise.web.staff.eligibility import PURPOSE, record, screened
    from equipoise.web.staff.here import today
    from equipoise.web.staff.models import Participant
    from equipoise.web.staff.studies import opened

    drafts = []
    for who in people:
        told = {"by": "nurse", "role": "coordinator", "site": place, "participant": who}
        drafts.append(Draft(**told, kind="participant-added"))
        drafts += [Draft(**told, kind="event", body={**each, "participant": who}) for each in ANSWERS]
    last = append(site.slug, drafts, request=token())[-1]
    study, day = opened(site.slug), today()
    row = Participant.objects.get(study=site.slug, participant=people[0])
    shown = record(study, row, screened(study, charts.known(site.slug, row, until=day, blinded=False), day), day)
    drafts = []
    for who in people:
        told = {"by": "doctor", "role": "investigator", "site": place, "participant": who}
        drafts.append(Draft(**told, kind="signed", body=signature(PURPOSE, {**shown, "participant": who}, rests_on=last)))
        enrolment = {"id": "enrolment", "on": day.isoformat(), "do": "enrolment", "participant": who, "items": {"site": place}}
        drafts.append(Draft(**told, kind="event", body=enrolment))
    append(site.slug, drafts, request=token())
