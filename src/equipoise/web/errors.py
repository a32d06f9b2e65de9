"""When something goes wrong: a page with a number to quote, a line in the log with that number, and nobody's data in either."""

import logging
import secrets
import sys
import traceback

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

log = logging.getLogger("equipoise.web")


class Valueless(logging.Formatter):
    """A line of the log: when, what sort, where. What an exception says may hold somebody's data, and is left out."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        kept, record.exc_info, record.exc_text = record.exc_info, None, None
        line = super().format(record)
        record.exc_info = kept
        return f"{line} {_where(kept[1])}" if kept and kept[1] is not None else line

    def formatException(self, ei: object) -> str:
        """Nothing: see `format`."""
        return ""


def _where(fault: BaseException) -> str:
    """The sort of a fault and the lines of code it passed through."""
    frames = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in traceback.extract_tb(fault.__traceback__)]
    return f"{type(fault).__name__} at {' '.join(frames[-8:])}"


def fault(request: HttpRequest) -> HttpResponse:
    """A fault of ours."""
    number = secrets.token_hex(4)
    raised = sys.exc_info()[1]
    log.error("fault %s %s", number, _where(raised) if raised is not None else "")
    if isinstance(raised, OperationalError):  # the database is taken by others, or is being started again
        says = "The desk is too busy to answer just now. Nothing of what you last sent was half saved: send it again."
        return _page(request, 503, "Please try again", says, number)
    says = "This is a fault of ours. Nothing of what you last sent was half saved: look at the participant, and try again."
    return _page(request, 500, "Something went wrong", says, number)


def absent(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such page, or not for this person: which of the two is not said."""
    return _page(request, 404, "Not here", "There is no such page, or it is not yours to see.")


def refused(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A page that this person's role does not open."""
    return _page(request, 403, "Not yours to do", "Your role in this study does not include this.")


def bad(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A request that no page of ours sends."""
    return _page(request, 400, "That could not be read", "No page of this desk sends such a request. Go back and try again.")


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from a page of ours, or from one opened before signing in."""
    says = "This form is older than your session. Go back, load the page again, and send it once more: what you typed is kept."
    return _page(request, 403, "Please load the page again", says)


def _page(request: HttpRequest, status: int, title: str, says: str, number: str = "") -> HttpResponse:
    return render(request, "staff/error.html", {"title": title, "says": says, "number": number}, status=status)
