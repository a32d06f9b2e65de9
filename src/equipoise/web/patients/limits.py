"""How often things may be tried: counted here, with nobody's help, and without keeping anybody's address."""

import hashlib
import hmac
import time

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest

from .models import Tally

LIMITS = {
    "contact": (5, 3600),  # requests from one address in an hour
    "all-contacts": (200, 86_400),  # and from everywhere in a day
    "link": (30, 600),  # links tried from one address in ten minutes
    "save": (600, 600),  # saves of one questionnaire in ten minutes
}
"""How many, in how many seconds. Far above what a person does, far below what a program would."""


def from_where(request: HttpRequest) -> str:
    """Where a request comes from, as a hash that means nothing on another day."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_PROXY:  # the last one is the one that our own proxy saw
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    day = int(time.time() // 86_400)
    return hmac.new(settings.SECRET_KEY.encode(), f"{day} {address}".encode(), hashlib.sha256).hexdigest()


def is_too_often(what: str, who: str) -> bool:
    """Count one more try, and whether that is one too many."""
    most, seconds = LIMITS[what]
    window = int(time.time() // seconds)
    with transaction.atomic():
        row, is_first = Tally.objects.get_or_create(what=what, who=who, window=window)
        Tally.objects.filter(what=what, who=who, window=window).update(count=F("count") + 1)
        row.refresh_from_db(fields=["count"])  # counted and read while nobody else counts
        if is_first:  # what is past need not be kept
            Tally.objects.filter(what=what, window__lt=window - 1).delete()
    return int(row.count) > most
