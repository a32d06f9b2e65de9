"""A questionnaire behind a one-time link. Looking at the link changes nothing; beginning binds it to the one browser.

Only hashes of the link and of the browser's cookie are kept, so that whoever reads the database can open neither.
"""

import hashlib
import hmac
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from . import errors, wording
from .limits import from_where, is_too_often
from .models import Answers, Invitation
from .questions import answered, checked, more, questions

COOKIE = "answers"


def hashed(secret: str) -> str:
    """What is kept of a link, or of a cookie."""
    return hashlib.sha256(secret.encode()).hexdigest()


def link(request: HttpRequest, token: str) -> HttpResponse:
    """What the link is for, and the button that begins."""
    if is_too_often("link", from_where(request)):
        return errors.said(request, 429, "TOO_OFTEN")
    row = Invitation.objects.filter(token_hash=hashed(token)).first()
    if row is None or row.expires_at <= timezone.now():
        return _gone(request)
    if row.begun_at is not None:
        return redirect("answers") if _is_of(row, request) else _gone(request)
    if request.method != "POST":
        return render(
            request, "patients/link.html", {"row": row, "words": wording, "time": wording.LINK_TIME.format(day=_day(row))}
        )
    cookie = secrets.token_urlsafe(32)
    claimed = Invitation.objects.filter(reference=row.reference, begun_at=None).update(
        begun_at=timezone.now(), browser_hash=hashed(cookie)
    )
    if not claimed:  # somebody else was quicker by a moment
        return _gone(request)
    response = redirect("answers")
    left = max(timedelta(0), row.expires_at - timezone.now())
    response.set_cookie(
        COOKIE, cookie, max_age=int(left.total_seconds()), httponly=True, samesite="Strict", secure=settings.HTTPS,
        path="/",
    )  # fmt: skip
    return response


def answers(request: HttpRequest) -> HttpResponse:
    """The questions, and what was sent."""
    row = _begun(request)
    if row is None:
        return _gone(request)
    kept = Answers.objects.filter(reference=row.reference).first()
    if kept is not None and kept.sent_at is not None:
        return _said(request, wording.SENT_TWICE)
    written = dict(kept.fields) if kept is not None else {}
    if request.method != "POST":
        return _form(request, row, questions(row.questions, written))
    if is_too_often("save", row.reference):
        return errors.said(request, 429, "TOO_OFTEN")
    written |= answered(questions(row.questions, {}), request.POST.dict())
    asked = questions(row.questions, written)
    if "later" in request.POST:
        return _form(request, row, asked, says=wording.SAVED) if _kept(row, written) else _said(request, wording.SENT_TWICE)
    there = ",".join(request.POST.getlist("asked"))
    if "asked" in request.POST and more(asked, there):
        _kept(row, written)
        return _form(request, row, asked, says=wording.MORE, status=422)
    asked = checked(asked)
    if any(each.fault for each in asked):
        _kept(row, written)
        return _form(request, row, asked, says=wording.LOOK_AGAIN, status=422)
    _kept(row, written, is_sent=True)
    return _said(request, wording.SENT)


def save(request: HttpRequest) -> HttpResponse:
    """Save as one goes: what is filled in so far."""
    row = _begun(request)
    if row is None or request.method != "POST":
        return HttpResponse(status=410 if row is None else 405)
    if is_too_often("save", row.reference):
        return HttpResponse(status=429)
    kept = Answers.objects.filter(reference=row.reference).first()
    written = dict(kept.fields) if kept is not None else {}
    sent = answered(questions(row.questions, {}), request.POST.dict())
    return HttpResponse(status=204 if _kept(row, written | sent) else 410)


def _kept(row: Invitation, written: dict[str, str], *, is_sent: bool = False) -> bool:
    """Keep answers, unless they were sent already; whether they were kept."""
    now = timezone.now()
    with transaction.atomic():
        Answers.objects.get_or_create(reference=row.reference, defaults={"saved_at": now})
        changed = {"fields": written, "saved_at": now} | ({"sent_at": now} if is_sent else {})
        return bool(Answers.objects.filter(reference=row.reference, sent_at=None).update(**changed))


def _begun(request: HttpRequest) -> Invitation | None:
    cookie = request.COOKIES.get(COOKIE, "")
    if not cookie:
        return None
    return Invitation.objects.filter(browser_hash=hashed(cookie), expires_at__gt=timezone.now()).first()


def _is_of(row: Invitation, request: HttpRequest) -> bool:
    cookie = request.COOKIES.get(COOKIE, "")
    return bool(cookie) and hmac.compare_digest(row.browser_hash, hashed(cookie))


def _day(row: Invitation) -> str:
    return f"{row.expires_at.day} {row.expires_at:%B %Y}"


def _form(request: HttpRequest, row: Invitation, asked: object, *, says: str = "", status: int = 200) -> HttpResponse:
    told = {"row": row, "asked": asked, "words": wording, "says": says, "until": _day(row)}
    return render(request, "patients/answers.html", told, status=status)


def _gone(request: HttpRequest) -> HttpResponse:
    told = {"title": wording.LINK_TITLE, "says": wording.GONE, "words": wording}
    return render(request, "patients/said.html", told, status=404)


def _said(request: HttpRequest, says: str) -> HttpResponse:
    return render(request, "patients/said.html", {"title": wording.LINK_TITLE, "says": says, "words": wording})
