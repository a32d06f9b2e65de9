"""Whether a desk is well, for whoever watches machines: `/health` in a few words, `/metrics` for Prometheus. Counts, and nobody's values.

`/metrics` answers on the machine itself; elsewhere to whoever brings the token that EQUIPOISE_METRICS_TOKEN names.
"""

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connections
from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse

STARTED = time.time()
ROOM = 200 * 2**20
"""Bytes that a disk has to have left."""


def health(request: HttpRequest) -> HttpResponse:
    """Each part and whether it is well; 503 if one is not."""
    found = {name: _is_well(part) for name, part in PARTS.items()}
    lines = "".join(f"{name}: {'well' if is_well else 'NOT WELL'}\n" for name, is_well in found.items())
    says = "well\n" if all(found.values()) else "not well\n"
    return HttpResponse(says + lines, status=200 if all(found.values()) else 503, content_type="text/plain; charset=utf-8")


def metrics(request: HttpRequest) -> HttpResponse:
    """Counts and ages, as Prometheus reads them."""
    if not _is_near(request) and not _has_token(request):
        raise PermissionDenied
    lines = chain(_machine(), _studies())
    return HttpResponse("".join(f"{line}\n" for line in lines), content_type="text/plain; version=0.0.4; charset=utf-8")


def _database(alias: str) -> Callable[[], bool]:
    def answers() -> bool:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
            return bool(cursor.fetchone())

    return answers


def _vault() -> bool:
    """It listens; a desk that has none needs none."""
    from ..vault.wire import FOLDER, read_address

    folder: Path = settings.DESK.folder / FOLDER
    if not (folder / "vault.sqlite").exists():
        return True
    with read_address(folder).connected(1.0):
        return True


def _disk() -> bool:
    return shutil.disk_usage(settings.DESK.folder).free > ROOM


PARTS: dict[str, Callable[[], bool]] = {
    "ledger": _database("default"), "identities": _database("identity"), "vault": _vault, "disk": _disk,
}  # fmt: skip
"""What has to be well, and how that is asked."""


def _is_well(part: Callable[[], bool]) -> bool:
    try:
        return part()
    except (OSError, DatabaseError, ValueError, KeyError):
        return False


def _is_near(request: HttpRequest) -> bool:
    """Whether it is asked on the machine itself, and not through a proxy on it."""
    passed = any(
        each in request.META
        for each in ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_REAL_IP")
    )
    return not passed and request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")


def _has_token(request: HttpRequest) -> bool:
    wanted, given = os.environ.get("EQUIPOISE_METRICS_TOKEN", ""), request.headers.get("Authorization", "")
    return bool(wanted) and secrets.compare_digest(given.encode(), f"Bearer {wanted}".encode())


def _machine() -> Iterator[str]:
    yield from _said(
        "equipoise_up_seconds", "gauge", "Seconds since this process began to answer.", {"": time.time() - STARTED}
    )
    found = {f'part="{name}"': int(_is_well(part)) for name, part in PARTS.items()}
    yield from _said("equipoise_well", "gauge", "Whether a part of the desk is well.", found)
    disk = shutil.disk_usage(settings.DESK.folder)
    yield from _said("equipoise_disk_free_bytes", "gauge", "Room that is left for the desk.", {"": disk.free})


def _studies() -> Iterator[str]:
    """Counts a study; how many are allocated is not among them where that could tell arms, and no arm is."""
    from .ledger import head, studies
    from .staff.here import today
    from .staff.models import Allocation, DueItem, Participant, Query, Source

    slugs, day, now = studies(), today(), datetime.now(UTC)
    heads = {slug: head(slug) for slug in slugs}
    label = {slug: f'study="{slug}"' for slug in slugs}
    yield from _said(
        "equipoise_links_total", "counter", "Links of the ledger.", {label[slug]: heads[slug].number for slug in slugs}
    )
    ages = {label[slug]: (now - at).total_seconds() for slug in slugs if (at := heads[slug].at) is not None}
    yield from _said("equipoise_last_link_seconds", "gauge", "Seconds since the last link.", ages)
    anchored = {label[slug]: time.time() - written for slug in slugs if (written := _anchored(slug)) is not None}
    yield from _said("equipoise_last_anchor_seconds", "gauge", "Seconds since the last anchor outside the database.", anchored)

    def counted(rows: Iterator[tuple[str, int]]) -> dict[str, float]:
        there = dict(rows)
        return {label[slug]: there.get(slug, 0) or 0 for slug in slugs}

    people = Participant.objects.values_list("study").annotate(Count("participant")).order_by()
    yield from _said("equipoise_participants", "gauge", "Participants.", counted(people.iterator()))
    frozen = Participant.objects.filter(is_frozen=True).values_list("study").annotate(Count("participant")).order_by()
    yield from _said(
        "equipoise_participants_frozen", "gauge", "Participants whose record is frozen.", counted(frozen.iterator())
    )
    late = DueItem.objects.filter(Q(closes__lt=day) & Q(last__gte=day)).values_list("study").annotate(Count("place")).order_by()
    yield from _said("equipoise_late", "gauge", "Activities that are late.", counted(late.iterator()))
    asked = Query.objects.exclude(state="closed").values_list("study").annotate(Count("query")).order_by()
    yield from _said("equipoise_queries_open", "gauge", "Queries that are not closed.", counted(asked.iterator()))
    fields = Source.objects.values_list("study").order_by()
    yield from _said("equipoise_fields", "gauge", "Fields recorded.", counted(fields.annotate(Sum("total")).iterator()))
    yield from _said(
        "equipoise_fields_verified",
        "gauge",
        "Fields compared with their source.",
        counted(fields.annotate(Sum("done")).iterator()),
    )
    waiting = Allocation.objects.filter(answered_at__isnull=True).values_list("study").annotate(Count("participant")).order_by()
    yield from _said(
        "equipoise_allocations_waiting", "gauge", "Allocations asked for and not answered.", counted(waiting.iterator())
    )


def _anchored(slug: str) -> float | None:
    """When a study was last anchored."""
    from .ledger import outside

    where = outside.folder()
    file = outside.anchors_file(slug, where) if where is not None else None
    return file.stat().st_mtime if file is not None and file.exists() else None


def _said(name: str, kind: str, says: str, values: "dict[str, float] | dict[str, int]") -> Iterator[str]:
    yield f"# HELP {name} {says}"
    yield f"# TYPE {name} {kind}"
    for labels, value in values.items():
        yield f"{name}{{{labels}}} {value:.15g}" if labels else f"{name} {value:.15g}"
