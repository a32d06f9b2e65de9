"""Pages for what went wrong, and a log that holds nobody's words."""

import logging
import traceback

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from . import wording


class Valueless(logging.Formatter):
    """A line of the log: when, what sort, where. What an exception says may hold somebody's words, and is left out."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s")

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        raised = record.exc_info[1] if record.exc_info else None
        kept, record.exc_info, record.exc_text = record.exc_info, None, None
        line = super().format(record)
        record.exc_info = kept
        if raised is None:
            return line
        frames = [f"{each.filename.rpartition('/')[2]}:{each.lineno}" for each in traceback.extract_tb(raised.__traceback__)]
        return f"{line} {type(raised).__name__} at {' '.join(frames[-8:])}"


def said(request: HttpRequest, status: int, what: str) -> HttpResponse:
    """A page that says one thing: `what` names its words."""
    told = {"title": getattr(wording, f"{what}_TITLE"), "says": getattr(wording, what), "words": wording}
    return render(request, "patients/said.html", told, status=status)


def absent(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such page."""
    return said(request, 404, "ABSENT")


def bad(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What no page of ours sends."""
    return said(request, 400, "BAD")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from a page of ours."""
    return said(request, 403, "BAD")


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """What is not allowed."""
    return said(request, 403, "BAD")


def fault(request: HttpRequest) -> HttpResponse:
    """A fault of ours."""
    return said(request, 500, "FAULT")
