"""The audit: every link of the ledger, found by participant, person, kind and day; and whether the chain is what it was."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpResponse

from .... import verifier
from ....verifier import Verdict
from ...ledger import links, outside
from ...ledger.models import LinkRow
from ...ledger.reading import COLUMNS, link
from .. import audit as told
from ..here import Here, Screen
from ..lists import disagreements

AT_ONCE, ATTEMPTS = 50, 10


def audit(here: Here) -> HttpResponse:
    """The page; sent with `does`, the chain is verified first."""
    asked = {key: here.request.GET.get(key, "").strip()[:120] for key in ("participant", "by", "kind", "day", "before")}
    rows = visible(here)
    kinds = sorted(rows.order_by().values_list("kind", flat=True).distinct())
    for key in ("participant", "by", "kind"):
        if asked[key]:
            rows = rows.filter(**{key: asked[key]})
    says = ""
    if asked["day"]:
        try:
            day = date.fromisoformat(asked["day"])
            rows = rows.filter(at__gte=day.isoformat(), at__lt=(day + timedelta(days=1)).isoformat())
        except (ValueError, OverflowError):
            says = "A day is written as year-month-day."
    if asked["before"].isdecimal():
        rows = rows.filter(number__lt=int(asked["before"][:15]))
    found = [link(row) for row in rows.order_by("-number").values_list(*COLUMNS)[: AT_ONCE + 1]]
    words = told.arm_words(here.study)
    listed = [
        (each, told.spoken(each, here.study) if here.sees_arm else told.masked(told.spoken(each, here.study), words))
        for each in found[:AT_ONCE]
    ]
    verdict, took = None, 0.0
    differ: tuple[str, ...] = ()
    if here.request.method == "POST" and here.powers.sites("see_audit") is None:
        start = time.monotonic()
        verdict, differ = verified(here.slug), disagreements(here.slug)
        took = time.monotonic() - start
    return here.page(
        status=422 if says else 200, says=says, asked=asked, kinds=kinds, listed=listed, further=found[AT_ONCE - 1].number if len(found) > AT_ONCE else 0,
        verdict=verdict, differ=differ, sentences=list(verifier.sentences(verdict)) if verdict is not None else [], took=took,
        key=outside.public_key(), may_verify=here.powers.sites("see_audit") is None,
    )  # fmt: skip


def visible(here: Here) -> Any:
    """The links that somebody may see: of their sites, and those about no one site."""
    rows = LinkRow.objects.filter(study=here.slug)
    sites = here.powers.sites("see_audit")
    return rows if sites is None else rows.filter(Q(site__in=sites) | Q(site="", participant=""))


def verified(slug: str) -> Verdict:
    """What the verifier says of a study's chain as it stands, with what is kept of it outside the database."""
    where = outside.folder()
    for _ in range(ATTEMPTS):
        kept = verifier.outside_of(slug, where)
        found = verifier.verdict(
            slug, (each.told for each in links(slug)), outside=kept, key=outside.public_key(), now=datetime.now(UTC)
        )
        if verifier.outside_of(slug, where).head == kept.head:
            break  # else somebody wrote meanwhile: what is inside and what is outside were not of one moment
    return found


SCREEN = Screen("audit", "audit/", "see_audit", audit, menu="Audit", shows=("arm",))
