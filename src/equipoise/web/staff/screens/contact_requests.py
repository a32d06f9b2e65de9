"""People who ask to be contacted. Who they are is sealed; each look is written down, and what was done is said."""

from django.contrib import messages
from django.http import HttpResponse

from ...intake import patients_side
from ...intake.models import ContactRequest
from ...intake.projections import CONTACT_DONE, CONTACT_READ
from ...intake.pull import contact_details, pull
from ...ledger import Refused
from ...patients.sealing import Sealed
from ..here import Here, Screen


def contact_requests(here: Here) -> HttpResponse:
    """The list, one that is opened, and what was done."""
    says, known, opened = "", {}, ""
    name = here.post.get("contact", "")[:40]
    row = ContactRequest.objects.filter(study=here.slug, request=name).first() if name else None
    try:
        if here.request.method == "POST":
            match here.post.get("does"):
                case "fetch":
                    came = pull(here.today)
                    messages.success(
                        here.request, f"Fetched: {came.contacts} requests, {came.answers + came.kept} questionnaires."
                    )
                    return here.go("contact-requests")
                case "read" if row is not None:
                    purpose = {"purpose": "to contact somebody who asked for it", "contact": name}
                    here.append(here.draft(CONTACT_READ, purpose, site=""))
                    known, opened = contact_details(name), name
                    says = "" if known else "The details were taken away already."
                case "done" if row is not None:
                    note = here.post.get("note", "").strip()[:300]
                    if not note:
                        says = "Say what came of it, without a name."
                    else:
                        here.append(here.draft(CONTACT_DONE, {"contact": name, "note": note}, site=""))
                        patients_side.take_away(contact=name)
                        return here.go("contact-requests")
                case _:
                    says = "There is no such request."
    except (Refused, patients_side.Absent) as why:
        says = str(why)
    except Sealed as why:
        says = f"The details cannot be opened: {why}."
    rows = ContactRequest.objects.filter(study=here.slug).order_by("-asked_at")[:200]
    return here.page(rows=rows, known=known, opened=opened, says=says, status=422 if says else 200)


SCREEN = Screen(
    "contact-requests", "contacts/", "see_contacts", contact_requests, menu="Asked to be contacted", shows=("identity",)
)
