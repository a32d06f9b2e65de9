"""Questionnaires that a participant answers, written down by staff: on paper, read out, or by telephone."""

from typing import Any

from django.http import Http404, HttpResponse

from ..forms import Form, event_id, filled, form
from ..here import Here, Screen
from ..keeping import Kept, draft_of, kept
from ..owed import owed
from ..own_pages import questionnaires_of

HOW = {"paper": "On paper by the participant", "interview": "Read out, answered aloud", "telephone": "By telephone"}


def questionnaires(here: Here) -> HttpResponse:
    """What was answered, and what is asked next."""
    study, known = here.promised, here.chart
    due = owed(study, known, today=here.today)
    found = []
    for name in questionnaires_of(study):
        items = study.activities[name].items
        rows = [
            {"on": row.on, "values": [row.values.get(key, "") for key in items], "id": row.id, "answered": sum(key in row.values for key in items)}
            for row in reversed(known.facts.rows.get(name, ()))
        ]  # fmt: skip
        heads = [item.label or key.replace("_", " ") for key, item in items.items()]
        found.append({"name": name, "label": study.label(name), "rows": rows, "heads": heads, "count": len(items),
                      "due": [each for each in due if each.activity == name][:2]})  # fmt: skip
    return here.page(found=found)


def questionnaire(here: Here, activity: str) -> HttpResponse:
    """One to fill in."""
    study = here.promised
    if activity not in questionnaires_of(study):
        raise Http404
    if here.request.method != "POST":
        written = draft_of(here, activity)
        return _page(here, form(activity, study, here.chart, on=here.today, written=written), Kept(), written.get("how", ""))
    told, how = here.post, here.post.get("how", "")
    note = told.get(f"{activity}.note", "").strip()
    said = f"{HOW[how]}, written down by {here.person}. " if how in HOW else ""
    read = filled(
        activity, study, here.chart, {**told, f"{activity}.note": f"{said}{note}"}, today=here.today, id=event_id(here.token)
    )
    if not said:
        return _page(here, read, Kept(says=("Say how it was answered.",)), how, note=note, status=422)
    if not read.body.get("items"):
        return _page(here, read, Kept(says=("No question is answered.",)), how, note=note, status=422)
    came = kept(here, [read])
    if came.is_saved:
        return here.go("questionnaires")
    return _page(here, read, came, how, note=note, status=422)


def _page(here: Here, asked: Form, came: Kept, how: str, *, note: str = "", status: int = 200) -> HttpResponse:
    told: dict[str, Any] = {
        "form": asked,
        "came": came,
        "how": how,
        "hows": HOW,
        "note": note or ("" if came.says else asked.note),
    }
    return here.page(status=status, drafts=f"{here.to('record', activity=asked.activity)}?draft=1", **told)


SCREEN = Screen("questionnaires", "p/<str:who>/questionnaires/", "see_chart", questionnaires, tab="Questionnaires", methods=("GET",),
                fits=lambda study: bool(questionnaires_of(study)))  # fmt: skip
FORM = Screen("questionnaire", "p/<str:who>/questionnaires/<slug:activity>/", "record", questionnaire)
