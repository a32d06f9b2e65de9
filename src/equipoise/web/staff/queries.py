"""Questions about what was recorded: asked by an edit check or a monitor, answered at the site, closed by whoever is content."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from ...ledger import Link
from ..ledger import Draft, Projection, register
from .forms import Form
from .models import Query
from .studies import SYSTEM

OPENED, ANSWERED, CLOSED = "query-opened", "query-answered", "query-closed"
KINDS = (OPENED, ANSWERED, CLOSED)
STATE = {OPENED: "open", ANSWERED: "answered", CLOSED: "closed"}
"""What a query is after a link of each kind. One that is opened a second time was asked again."""


def from_checks(forms: Iterable[Form], *, participant: str, site: str) -> tuple[Draft, ...]:
    """A query for each answer that a check found unlikely and that was saved all the same.

    Args:
        forms: The forms as they are saved.
        participant: Of whom.
        site: At which site.
    """
    made = []
    for each in forms:
        for asked in each.fields:
            if asked.warning and asked.is_asked:
                event = str(each.body["id"])
                name = "check-" + hashlib.sha256(f"{participant}/{event}/{asked.item.name}".encode()).hexdigest()[:16]
                body = {
                    "query": name, "event": event, "field": asked.item.name, "by_check": True,
                    "says": f"{asked.label}: {asked.warning}",
                }  # fmt: skip
                made.append(Draft(by=SYSTEM, role="data_manager", kind=OPENED, body=body, site=site, participant=participant))
    return tuple(made)


def fold(fresh: Sequence[Link]) -> None:
    """Bring the rows up to date with further links of one study."""
    for link in fresh:
        if link.kind not in KINDS:
            continue
        body, key = link.body, {"study": link.study, "query": link.body["query"]}
        moved: dict[str, Any] = {"state": STATE[link.kind], "moved_at": link.at}
        if not Query.objects.filter(**key).update(**moved) and link.kind == OPENED:
            Query.objects.create(
                **key, **moved, participant=link.participant, site=link.site, event=str(body["event"]),
                field=str(body.get("field", "")), says=str(body["says"]), by_check=bool(body.get("by_check")),
                opened_by=link.by, opened_at=link.at,
            )  # fmt: skip


def counts(slug: str, sites: Iterable[str] | None) -> dict[str, int]:
    """How many queries are open and how many answered, at some sites or at all."""
    rows = Query.objects.filter(study=slug).exclude(state="closed")
    if sites is not None:
        rows = rows.filter(site__in=list(sites))
    found = {"open": 0, "answered": 0}
    for state in rows.values_list("state", flat=True):
        found[state] += 1
    return found


register(Projection("queries", (Query,), fold))
