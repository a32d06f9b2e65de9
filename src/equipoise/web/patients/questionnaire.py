"""A questionnaire behind a one-time link. Looking at the link changes nothing; beginning binds it to the one browser.

Only hashes of the link and of the browser's cookie are kept, so that whoever reads the database can open neither. A browser
may have begun several: each form says of which questionnaire it is, so that what is written in one never goes to another.
"""

import hashlib
import hmac
import secrets

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from . import errors, wording
from .limits import from_where, is_too_often
from .models import Answers, Invitation
from .questions import answered, checked, more, questions

COOKIE, OF = "answers", "of"
AT_ONCE = 8
"""Questionnaires that one browser may have begun."""


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
        mine = next((each for each in _cookies(request) if hmac.compare_digest(row.browser_hash, hashed(each))), "")
        return _to_answers(request, mine) if mine else _gone(request)
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
    return _to_answers(request, cookie)


def _to_answers(request: HttpRequest, cookie: str) -> HttpResponse:
    """On to the questions: those of one questionnaire, the last one that was opened, come first."""
    held = list(dict.fromkeys([cookie, *_cookies(request)]))[:AT_ONCE]
    rows = Invitation.objects.filter(browser_hash__in=[hashed(each) for each in held])
    left = max((row.expires_at for row in rows), default=timezone.now()) - timezone.now()
    response = redirect("answers")
    response.set_cookie(
        COOKIE, ".".join(held), max_age=max(0, int(left.total_seconds())), httponly=True, samesite="Strict",
        secure=settings.HTTPS, path="/",
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


def _cookies(request: HttpRequest) -> list[str]:
    """What the browser was given for each questionnaire that it began, the last one opened first."""
    return [each for each in request.COOKIES.get(COOKIE, "").split(".") if each][:AT_ONCE]


def _begun(request: HttpRequest) -> Invitation | None:
    """The questionnaire that a form says it is of; the last one that was opened, where no form was sent."""
    held = [hashed(each) for each in _cookies(request)]
    rows = {row.browser_hash: row for row in Invitation.objects.filter(browser_hash__in=held, expires_at__gt=timezone.now())}
    if request.method != "POST":
        return rows.get(held[0]) if held else None
    if OF not in request.POST and len(rows) == 1:  # a page that was opened before forms said it
        return next(iter(rows.values()))
    return next((row for row in rows.values() if row.reference == request.POST.get(OF, "")), None)


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
