"""What anybody may read: the studies, and a page of each in plain words."""

from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from . import wording
from .models import Page

FILES = {"patients.css": "text/css", "patients.js": "text/javascript", "patients.svg": "image/svg+xml"}


def studies(request: HttpRequest) -> HttpResponse:
    """The studies; the page itself where there is one."""
    rows = list(Page.objects.order_by("title").only("study", "title"))
    if len(rows) == 1:
        return redirect("page", study=rows[0].study)
    return render(request, "patients/studies.html", {"rows": rows, "words": wording})


def page(request: HttpRequest, study: str) -> HttpResponse:
    """A study's page, as the staff's side placed it."""
    row = Page.objects.filter(study=study).first()
    if row is None:
        raise Http404
    return render(request, "patients/page.html", {"page": row, "words": wording})


def file(request: HttpRequest, name: str) -> HttpResponse:
    """The style sheet and the script."""
    if name not in FILES:
        raise Http404
    content = (Path(__file__).parent / "static" / name).read_bytes()
    response = HttpResponse(content, content_type=f"{FILES[name]}; charset=utf-8")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def health(request: HttpRequest) -> HttpResponse:
    """That it answers."""
    return HttpResponse("well\n", content_type="text/plain")
