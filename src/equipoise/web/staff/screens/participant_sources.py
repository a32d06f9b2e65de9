"""Source verification: what stands in each field of an entry is compared with its source, field by field, and ticked.

What is ticked is bound by its hash: a value that is corrected later has to be compared again.
"""

from typing import Any

from django.http import HttpResponse

from ...ledger import Head, Refused
from ..here import Here, Screen
from ..models import Source
from ..recorded import hidden, recorded
from ..sources import compared


def participant_sources(here: Here) -> HttpResponse:
    """The page, and the ticks that were sent."""
    standing = recorded(here)
    says = ""
    if here.request.method == "POST":
        says = _verified(here, {each.row.event for each in standing})
        if not says:
            return here.go("participant-sources")
    found: list[dict[str, Any]] = []
    for each in standing:
        fields = compared(each.row, each.fields, hidden=hidden(here))
        found.append({"about": each, "fields": fields, "left": sum(1 for one in fields if not one.is_verified),
                      "changed": any(one.was_changed for one in fields)})  # fmt: skip
    total, left = sum(len(each["fields"]) for each in found), sum(each["left"] for each in found)
    return here.page(
        status=422 if says else 200, says=says, found=found, total=total, done=total - left,
        verifies=here.may("verify_source"),
    )  # fmt: skip


def _verified(here: Here, events: set[str]) -> str:
    """The ticks are written; a sentence, if they are not."""
    ticked: dict[str, dict[str, str]] = {}
    for each in here.request.POST.getlist("left" if here.post.get("does") == "whole" else "tick"):
        event, _, rest = each.partition("|")
        name, _, hash_ = rest.rpartition("|")
        if event not in events or not name:
            return "Something that was ticked is not there: load the page again."
        ticked.setdefault(event, {})[name] = hash_
    if not ticked:
        return "Tick what you compared with its source."
    drafts = [
        here.draft("verified-source", {"event": event, "fields": fields}, action="verify_source")
        for event, fields in ticked.items()
    ]

    def unless(head: Head) -> str | None:
        rows = Source.objects.filter(study=here.slug, participant=here.who.participant, event__in=list(ticked))
        now = {row.event: row.fields for row in rows}
        same = all(now.get(event, {}).get(name) == hash_ for event, fields in ticked.items() for name, hash_ in fields.items())
        return None if same else "Something that was ticked has changed meanwhile: compare it again."

    try:
        here.append(*drafts, unless=unless)
    except Refused as why:
        return str(why)
    return ""


SCREEN = Screen("participant-sources", "p/<str:who>/sources/", "see_sources", participant_sources, tab="Source data")
