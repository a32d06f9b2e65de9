"""Questionnaires by one-time link: given to a participant, shown once, answered on the patients' side, fetched from there."""

from django.contrib import messages
from django.http import HttpResponse

from ...intake import patients_side
from ...intake.models import PatientLink
from ...intake.projections import LINK_WITHDRAWN
from ...intake.pull import DAYS, asked_of_patients, give_link, pull
from ...ledger import Refused
from ..here import Here, Screen

MOST_DAYS = 60


def patient_links(here: Here) -> HttpResponse:
    """The links of a participant, and a new one."""
    may, says, link = asked_of_patients(here.promised), "", ""
    rows = PatientLink.objects.filter(study=here.slug, participant=here.who.participant)
    if here.request.method == "POST":
        try:
            match here.post.get("does"):
                case "give" if here.post.get("activity") in may:
                    days = here.post.get("days", str(DAYS))
                    if not days.isdecimal() or not 1 <= int(days) <= MOST_DAYS:
                        says = f"A link lasts from 1 to {MOST_DAYS} days."
                    else:
                        link = give_link(here, here.post["activity"], int(days))
                case "withdraw":
                    row = rows.filter(reference=here.post.get("reference", "")[:40], state="given out").first()
                    if row is not None:
                        here.append(here.draft(LINK_WITHDRAWN, {"reference": row.reference}))
                        patients_side.take_away(references=[row.reference])
                        return here.go("patient-links")
                    says = "There is no such link any more."
                case "fetch":
                    pull(here.today)
                    messages.success(here.request, "Fetched.")
                    return here.go("patient-links")
                case _:
                    says = "Choose a questionnaire."
        except (Refused, patients_side.Absent) as why:
            says = str(why)
    listed = [(row, may.get(row.activity, row.activity)) for row in rows.order_by("-made_at")]
    return here.page(listed=listed, may=may, days=DAYS, most=MOST_DAYS, link=link, says=says, status=422 if says else 200)


SCREEN = Screen(
    "patient-links",
    "p/<str:who>/links/",
    "give_link",
    patient_links,
    tab="Links",
    fits=lambda study: bool(asked_of_patients(study)),
)
