"""Adverse events and complications of a participant: by CTCAE and Clavien-Dindo, with the clock of what was serious."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils import timezone

from ....vocabulary import vocabulary
from ...ledger import Refused, links
from ..charts import event_links
from ..forms import Form, event_id, filled, form
from ..harms import GRADE, KINDS, REPORT_WITHIN, TERM, Harm, asks_serious, grades, harm_activities, harms
from ..here import Here, Screen
from ..keeping import Kept, draft_of, kept


def now() -> datetime:
    """The moment it is."""
    return timezone.now()


def adverse_events(here: Here) -> HttpResponse:
    """The list, and that a serious event was reported."""
    says: tuple[str, ...] = ()
    found = _harms(here)
    if here.request.method == "POST":
        if not here.may("record"):
            raise PermissionDenied
        says = _report(here, found)
        if not says:
            return here.go("adverse-events")
    moment = now()
    rows = [
        {
            "harm": each,
            "state": each.clock.state(moment) if each.clock else "",
            "left": each.clock.left(moment) if each.clock else "",
        }
        for each in found
    ]
    running = [each for each in rows if each["state"] in ("running", "pressing", "overdue")]
    return here.page(
        status=422 if says else 200, rows=rows, running=running, says=says, hours=int(REPORT_WITHIN.total_seconds() // 3600),
        forms=[(name, here.promised.label(name)) for name in harm_activities(here.promised)], now=_local(moment),
    )  # fmt: skip


def _harms(here: Here) -> tuple[Harm, ...]:
    told = links(here.slug, participant=here.who.participant, kinds=KINDS)
    return harms(here.promised, here.chart.events, event_links(here.slug, here.who.participant), told, until=here.today)


def _report(here: Here, found: tuple[Harm, ...]) -> tuple[str, ...]:
    """Put on record that a serious event was reported, to whom and when."""
    harm = next((each for each in found if each.event.id == here.post.get("event")), None)
    if harm is None or harm.clock is None:
        return ("Choose the serious event.",)
    if harm.clock.reported_at is not None:
        return ("It is on record as reported already.",)
    to, reference = here.post.get("to", "").strip()[:200], here.post.get("reference", "").strip()[:200]
    at, fault = _moment(here.post.get("at", ""))
    if not to:
        return ("Say to whom it was reported.",)
    if at is None:
        return (fault,)
    body = {"event": harm.event.id, "at": at.isoformat(timespec="minutes"), "to": to, "reference": reference}
    try:
        here.append(here.draft("serious-reported", body, action="record"))
    except Refused as why:
        return (str(why),)
    here.saved("The report is on record.")
    return ()


def adverse_event(here: Here, activity: str) -> HttpResponse:
    """The form of one harm."""
    study = here.promised
    if activity not in harm_activities(study):
        raise Http404
    if here.request.method != "POST":
        written = draft_of(here, activity)
        return _page(here, form(activity, study, here.chart, on=here.today, written=written), Kept(), is_draft=bool(written))
    id = event_id(here.token)
    read = filled(activity, study, here.chart, here.post, today=here.today, id=id)
    learnt, extra = here.post.get("learnt", "").strip(), []
    if learnt:
        at, fault = _moment(learnt)
        if at is None:
            return _page(here, read, Kept(says=(f"When you learnt of it: {fault}",)), status=422)
        began = str(read.body.get("on", ""))
        if _local(at)[: len(began)] < began:  # a day known in part is compared by the part that is known
            return _page(here, read, Kept(says=("When you learnt of it: this is before it began.",)), status=422)
        if read.body.get("items", {}).get("serious") == "yes":
            extra = [here.draft("serious-learnt", {"event": id, "at": at.isoformat(timespec="minutes")}, action="record")]
    items = read.body.get("items", {})
    serious = {"yes": True, "no": False}.get(str(items.get("serious")))
    if "serious" in study.activities[activity].items and asks_serious(float(items.get("grade") or 0), serious):
        says = "Grade 4 threatens life and grade 5 is death: say whether it was serious; death always is."
        return _page(here, read, Kept(says=(says,)), status=422)
    came = kept(here, [read], extra=extra)
    if came.is_saved:
        return here.go("adverse-events")
    return _page(here, read, came, status=422)


def _moment(text: str) -> tuple[datetime | None, str]:
    """A moment that has come, in the time of this desk."""
    try:
        at = datetime.fromisoformat(text.strip().replace(" ", "T"))
    except ValueError:
        return None, "write the day and the time, as 2026-11-21 14:30."
    at = timezone.make_aware(at) if at.tzinfo is None else at
    early = f"this moment has not come yet: it is {_local(now())} ({timezone.get_current_timezone_name()}) here."
    return (None, early) if at > now() else (at.astimezone(UTC), "")


def _local(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _page(here: Here, asked: Form, came: Kept, *, is_draft: bool = False, status: int = 200) -> HttpResponse:
    fields: list[dict[str, Any]] = [{"field": each, "grades": _graded(each)} for each in asked.fields]
    listed = vocabulary()[TERM].of
    terms = [said for code, said in listed.items() if code != "other_event"] if isinstance(listed, Mapping) else []
    return here.page(
        status=status, form=asked, fields=fields, came=came, is_draft=is_draft, terms=terms, learnt=here.post.get("learnt", ""),
        drafts=f"{here.to('record', activity=asked.activity)}?draft=1", asks_serious="serious" in {each.item.name for each in asked.fields},
        hours=int(REPORT_WITHIN.total_seconds() // 3600), now=_local(now()), source=vocabulary()[GRADE].source,
    )  # fmt: skip


def _graded(field: Any) -> list[tuple[str, str]]:
    """What each grade means, where the field asks for a number: a choice of words has them already."""
    return list(grades(field.item).items()) if field.kind in ("number", "scale") else []


SCREEN = Screen("adverse-events", "p/<str:who>/adverse-events/", "see_chart", adverse_events, tab="Adverse events")
FORM = Screen("adverse-event", "p/<str:who>/adverse-events/new/<slug:activity>/", "record", adverse_event)
