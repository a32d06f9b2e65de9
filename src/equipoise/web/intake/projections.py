"""Links and requests as the ledger tells them."""

from collections.abc import Sequence
from datetime import datetime

from ...ledger import Link
from ..ledger import Projection, register
from .models import ContactRequest, PatientLink

LINK_MADE, LINK_ANSWERED, LINK_WITHDRAWN = "link-made", "link-answered", "link-withdrawn"
CONTACT_ASKED, CONTACT_READ, CONTACT_DONE = "contact-asked", "identity-read", "contact-done"


def fold_links(fresh: Sequence[Link]) -> None:
    """Bring the rows of one-time links up to date."""
    for link in fresh:
        if link.kind == LINK_MADE:
            PatientLink.objects.create(
                study=link.study, reference=link.body["reference"], participant=link.participant, site=link.site,
                activity=link.body["activity"], expires_at=datetime.fromisoformat(link.body["expires"]), made_at=link.at,
                made_by=link.by,
            )  # fmt: skip
        elif link.kind in (LINK_ANSWERED, LINK_WITHDRAWN):
            state = "answered" if link.kind == LINK_ANSWERED else "withdrawn"
            PatientLink.objects.filter(study=link.study, reference=link.body["reference"]).update(state=state)


def fold_contacts(fresh: Sequence[Link]) -> None:
    """Bring the rows of requests up to date."""
    for link in fresh:
        if link.kind == CONTACT_ASKED:
            ContactRequest.objects.create(
                study=link.study, request=link.body["contact"], asked_at=datetime.fromisoformat(link.body["at"])
            )
        elif link.kind in (CONTACT_READ, CONTACT_DONE) and "contact" in link.body:
            state = "read" if link.kind == CONTACT_READ else "done"
            ContactRequest.objects.filter(study=link.study, request=link.body["contact"]).update(
                state=state, note=str(link.body.get("note", ""))[:300], by=link.by, at=link.at
            )


register(Projection("patient-links", (PatientLink,), fold_links))
register(Projection("contact-requests", (ContactRequest,), fold_contacts))
