"""The queries about one participant: each asked of a field, answered at the site, and closed by whoever asked or watches."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from ...ledger import Draft, Head, Refused, links
from ..here import Here, Screen
from ..models import Query
from ..queries import ANSWERED, CLOSED, KINDS, OPENED, STATE
from ..recorded import Standing, hidden, recorded

DOES = {"answer": (ANSWERED, "answer_query"), "close": (CLOSED, "close_query"), "again": (OPENED, "open_query")}
FOLLOWS = {"answer": ("open", "answered"), "close": ("open", "answered"), "again": ("answered", "closed")}
"""The states in which something may be done with a query."""


def participant_queries(here: Here) -> HttpResponse:
    """The page, and what was sent from it."""
    standing = {each.row.event: each for each in recorded(here)}
    says, written = "", ""
    if here.request.method == "POST":
        written = here.post.get("says", "").strip()[:2_000]
        says = _done(here, standing, written)
        if not says:
            return here.go("participant-queries")
    about = standing.get(here.request.GET.get("event", "") or here.post.get("event", ""))
    found = _conversations(here, standing)
    return here.page(
        status=422 if says else 200, says=says, written=written, about=about, field=here.request.GET.get("field", ""), found=found,
        fields=_fields(here, about), events=[(name, each.title, each.event.on) for name, each in standing.items()],
        sent=here.post.get("query", ""),
    )  # fmt: skip


def _fields(here: Here, about: Standing | None) -> list[tuple[str, str, str]]:
    if about is None:
        return []
    return [(name, label, said) for name, (label, said) in about.fields.items() if name not in hidden(here)]


def _done(here: Here, standing: dict[str, Standing], written: str) -> str:
    """What was asked is written; a sentence, if it is not."""
    does = here.post.get("does", "")
    if does not in ("ask", *DOES):
        return "Say what is to be done."
    if not written and does != "close":
        return "Write what you ask." if does in ("ask", "again") else "Write the answer."
    name = here.post.get("query", "")
    if does == "ask":
        about = standing.get(here.post.get("event", ""))
        field = here.post.get("field", "")
        if about is None or (field and field not in about.fields):
            return "Say what the query is about."
        body: dict[str, Any] = {"query": here.token, "event": about.row.event, "field": field, "says": written}
        return _sent(here, here.draft(OPENED, body, action="open_query"), "", ())
    kind, action = DOES[does]
    row = Query.objects.filter(study=here.slug, participant=here.who.participant, query=name).first()
    if row is None:
        raise PermissionDenied
    body = {"query": name, "says": written, **({"event": row.event, "field": row.field} if kind == OPENED else {})}
    return _sent(here, here.draft(kind, body, action=action), name, FOLLOWS[does])


def _sent(here: Here, draft: Draft, name: str, states: tuple[str, ...]) -> str:
    def unless(head: Head) -> str | None:
        now = Query.objects.filter(study=here.slug, query=name).values_list("state", flat=True).first()
        return None if not name or now in states else f"This query is {now} in the meantime: read it again."

    try:
        here.append(draft, unless=unless)
    except Refused as why:
        return str(why)
    return ""


def _conversations(here: Here, standing: dict[str, Standing]) -> list[dict[str, Any]]:
    """Each query with what was said in it; those that wait come first."""
    said: dict[str, list[dict[str, Any]]] = {}
    for link in links(here.slug, participant=here.who.participant, kinds=KINDS):
        said.setdefault(str(link.body["query"]), []).append(
            {"link": link, "state": STATE[link.kind], "says": link.body.get("says", "")}
        )
    rows = Query.objects.filter(study=here.slug, participant=here.who.participant)
    ranks = {"open": 0, "answered": 1, "closed": 2}
    found = []
    for row in sorted(rows, key=lambda each: (ranks[each.state], each.opened_at)):
        about = standing.get(row.event)
        label, value = about.fields.get(row.field, ("", "")) if about is not None else ("", "")
        if row.field in hidden(here):
            value = ""
        found.append({
            "row": row, "about": about, "label": label, "value": value, "said": said.get(row.query, []),
            "does": [each for each, states in FOLLOWS.items() if row.state in states and here.may(DOES[each][1])],
        })  # fmt: skip
    return found


SCREEN = Screen("participant-queries", "p/<str:who>/queries/", "see_queries", participant_queries, tab="Queries")
