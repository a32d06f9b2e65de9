"""The form of any activity, generated from the study: units, ranges, questions that depend on others, lesions."""

from django.http import Http404, HttpResponse

from ..forms import Form, event_id, filled, form
from ..here import Here, Screen
from ..judgements import mine
from ..keeping import Kept, draft_of, keep_draft, kept, unfolded
from ..own_pages import own_page

NOT_HERE = ("randomisation", "judgement")
"""Randomisation has its own page; judgements are asked for by the criteria that need them."""


def record(here: Here, activity: str) -> HttpResponse:
    """The form, what was begun of it, and what was sent."""
    study = here.promised if activity in here.promised.activities else here.study
    if activity not in study.activities or activity in NOT_HERE or (activity == "assignment" and not here.sees_arm):
        raise Http404
    if here.request.method != "POST":
        if page := own_page(here, activity):
            return page
        written = draft_of(here, activity)
        if activity == "consent":
            written.setdefault("consent.version", here.study.protocol.version)
        return _page(here, form(activity, study, here.chart, on=here.today, written=written), Kept(), is_draft=bool(written))
    if "draft" in here.request.GET:
        keep_draft(here, activity)
        read = form(activity, study, here.chart, on=here.today, written=here.post)
        return unfolded([read], **{"draft-kept": {}})
    if "more_lines" in here.post:
        return _page(here, form(activity, study, here.chart, on=here.today, written=here.post), Kept())
    read = filled(activity, study, here.chart, here.post, today=here.today, id=event_id(here.token))
    came = kept(here, [read])
    if came.is_saved:
        return here.go("timeline")
    return _page(here, read, came, status=422)


def _page(here: Here, asked: Form, came: Kept, *, is_draft: bool = False, status: int = 200) -> HttpResponse:
    drafts = f"{here.to('record', activity=asked.activity)}?draft=1"
    asked = mine(here, asked)
    return here.page(status=status, forms=[asked], form=asked, came=came, is_draft=is_draft, drafts=drafts)


SCREEN = Screen("record", "p/<str:who>/record/<slug:activity>/", "record", record)
