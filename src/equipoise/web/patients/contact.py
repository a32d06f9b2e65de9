"""Ask to be contacted: what somebody writes is sealed for the staff at once, and cannot be read here again."""

import json
import uuid

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from . import errors, wording
from .limits import from_where, is_too_often
from .models import Contact, Page
from .questions import Question, answered
from .sealing import sealed

ASKED = (
    Question("name", wording.NAME, needed=True),
    Question("reach", wording.REACH, needed=True),
    Question("best", wording.BEST),
    Question("say", wording.SAY),
)
MOST = {"name": 120, "reach": 200, "best": 200, "say": 1_000}


def contact(request: HttpRequest, study: str) -> HttpResponse:
    """The form, and what was written into it."""
    page = Page.objects.filter(study=study).first()
    if page is None:
        raise Http404
    staff = settings.PLACE.staff_key
    if not page.takes_requests or not staff:
        return _said(request, page, wording.CONTACT_CLOSED, 200)
    if request.method != "POST":
        return _form(request, page, {}, {})
    if is_too_often("contact", from_where(request)) or is_too_often("all-contacts", ""):
        return errors.said(request, 429, "TOO_OFTEN")
    told = {name: text[: MOST[name]] for name, text in answered(ASKED, request.POST.dict()).items()}
    if request.POST.get("website"):  # a field that no person sees: programs fill it in
        return _said(request, page, wording.CONTACT_SENT, 200)
    faults = {}
    if not told.get("name"):
        faults["name"] = wording.NAME_NEEDED
    if not told.get("reach"):
        faults["reach"] = wording.REACH_NEEDED
    if request.POST.get("may") != "yes":
        faults["may"] = wording.MAY_CALL_NEEDED
    if faults:
        return _form(request, page, told, faults)
    name = _name(request.POST.get("request", ""))
    Contact.objects.get_or_create(
        id=name, defaults={"study": study, "sealed": sealed(json.dumps(told, ensure_ascii=False), staff), "at": timezone.now()}
    )
    return _said(request, page, wording.CONTACT_SENT, 200)


def _name(request: str) -> str:
    """The name of this request: a form sent twice asks once."""
    try:
        return str(uuid.UUID(request))
    except ValueError:
        return str(uuid.uuid4())


def _form(request: HttpRequest, page: Page, told: dict[str, str], faults: dict[str, str]) -> HttpResponse:
    asked = [(each, told.get(each.name, ""), faults.get(each.name, ""), MOST[each.name]) for each in ASKED]
    shown = {"page": page, "asked": asked, "faults": faults, "words": wording, "request_name": str(uuid.uuid4()),
             "may": request.POST.get("may") == "yes"}  # fmt: skip
    return render(request, "patients/contact.html", shown, status=422 if faults else 200)


def _said(request: HttpRequest, page: Page, says: str, status: int) -> HttpResponse:
    told = {"title": wording.CONTACT_TITLE, "says": says, "words": wording, "back": page}
    return render(request, "patients/said.html", told, status=status)
