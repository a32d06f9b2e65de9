"""A session of ablation, or an operation: the lesions to choose from, and beside them what the protocol says of it as written.

What is beside the field is looked at again with every change, before anything is saved.
"""

from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse

from ....chart import Chart
from ....logic import MET
from ....study import Study
from ..forms import Field, Form, event_id, filled, form
from ..here import Here, Screen
from ..judgements import mine
from ..keeping import Kept, draft_of, kept
from ..session_checks import Check, session_checks


def sessions_of(study: Study) -> tuple[str, ...]:
    """The activities of a study that treat lesions."""
    return tuple(name for name, each in study.activities.items() if each.treats)


def session(here: Here) -> HttpResponse:
    """The page; what holds of it as it is being written; and the session."""
    study, known = here.promised, here.chart
    names = sessions_of(study)
    owed = [name for position in known.positions for name, _ in position.owed if name in names]
    activity = here.request.GET.get("activity", "") or (owed or list(names) or [""])[0]
    if activity not in names:
        if activity or here.request.method == "POST":
            raise Http404
        return here.page(names=(), form=None)
    if here.request.method != "POST":
        written = draft_of(here, activity)
        asked = form(activity, study, known, on=here.today, written=written)
        told = {f"{activity}.on": here.today.isoformat(), **written}
        return _page(here, asked, Kept(), _checks(here, _filled(here, activity, told)), is_draft=bool(written))
    if not here.may("record"):
        raise PermissionDenied
    read = _filled(here, activity, here.post, id=event_id(here.token))
    checks = _checks(here, read)
    if "check" in here.request.GET:
        return here.page(template="session-checks", checks=checks)
    came = kept(here, [read])
    if came.is_saved:
        return here.go("timeline")
    return _page(here, read, came, checks, status=422)


def _filled(here: Here, activity: str, told: dict[str, str], *, id: str = "draft") -> Form:
    return filled(activity, here.promised, here.chart, told, today=here.today, id=id)


def _checks(here: Here, read: Form) -> tuple[Check, ...]:
    try:
        on = date.fromisoformat(str(read.body.get("on", "")))
    except ValueError:
        on = here.today
    return session_checks(here.promised, here.chart, read.body, min(on, here.today))


def _page(
    here: Here, asked: Form, came: Kept, checks: tuple[Check, ...], *, is_draft: bool = False, status: int = 200
) -> HttpResponse:
    activity, asked = asked.activity, mine(here, asked)
    return here.page(
        status=status, form=asked, came=came, checks=checks, is_draft=is_draft, lesions=_lesions(here.chart, asked.fields),
        names=[(name, here.promised.label(name)) for name in sessions_of(here.promised)],
        address=f"{here.to('session')}?activity={activity}", drafts=f"{here.to('record', activity=activity)}?draft=1",
        done=[row.on for row in here.chart.facts.rows.get(activity, ())], treats=here.promised.activities[activity].treats,
    )  # fmt: skip


def _lesions(known: Chart, fields: tuple[Field, ...]) -> list[dict[str, Any]]:
    """The lesions to choose from: those with tumour to see first, each with what was last seen of it and done to it."""
    chosen = next((each.chosen for each in fields if each.kind == "lesions"), ())
    found = []
    for each in known.lesions:
        sized = [one for one in each.sightings if one.diameter_mm is not None]
        last = each.sightings[-1] if each.sightings else None
        found.append(
            {
                "id": each.id, "where": " ".join(part for part in ((each.organ or "").replace("_", " "), each.segment or "") if part),
                "size": sized[-1].diameter_mm if sized else None, "last": last, "treated": each.treated,
                "is_visible": each.is_visible is MET, "is_chosen": each.id in chosen,
            }
        )  # fmt: skip
    return sorted(found, key=lambda each: not each["is_visible"])


SCREEN = Screen(
    "session", "p/<str:who>/session/", "see_chart", session, tab="Local treatment", fits=lambda study: bool(sessions_of(study))
)
