"""Screening: each criterion met, not met or unknown; and a form for just what would settle those that are unknown."""

from collections.abc import Mapping

from django.http import HttpResponse

from ....expression.grammar import LESIONS
from ....logic import MET, NOT_MET, UNKNOWN
from ....screening import Screening
from ....study import Study
from ..eligibility import screened, signed
from ..forms import Form, event_id, filled, form
from ..here import Here, Screen
from ..judgements import item_of, may_answer, mine
from ..keeping import Kept, draft_of, keep_draft, kept, unfolded


def screening(here: Here) -> HttpResponse:
    """The page, and what was answered on it. Of somebody who is enrolled it tells how the criteria stood on that day."""
    found = screened(here.study, here.chart, here.chart.first("enrolment") or here.today)
    asked = wanted(here, found)
    if here.request.method == "POST" and (here.may("record") or asked):
        if "draft" in here.request.GET:
            keep_draft(here, "screening")
            return unfolded([_blank(here, *each) for each in asked.items()], **{"draft-kept": {}})
        told = here.post
        if "more_lines" in told:
            return _page(here, found, [_blank(here, *each, written=told) for each in asked.items()], Kept())
        forms = [_read(here, name, items, index) for index, (name, items) in enumerate(asked.items())]
        forms = [
            each
            for each in forms
            if set(each.body) - {"id", "on", "do"} or each.faults or not each.is_sound or _is_bare(each, told)
        ]
        if not forms:
            return _page(
                here, found, [_blank(here, *each) for each in asked.items()], Kept(says=("Nothing was filled in.",)), 422
            )
        came = kept(here, forms)
        if came.is_saved:
            return here.go("screening")
        by_name = {each.activity: each for each in forms}
        again = [by_name.get(name) or _blank(here, name, items) for name, items in asked.items()]
        return _page(here, found, again, came, 422)
    return _page(here, found, [_blank(here, *each) for each in asked.items()], Kept())


def wanted(here: Here, found: Screening) -> Mapping[str, tuple[str, ...]]:
    """The activities and their items that would settle what is unknown and this person may answer; consent first, where it lacks."""
    study, known, records = here.study, here.chart, here.may("record")
    asked: dict[str, list[str]] = {}
    design = study.protocol.design
    if not known.first("consent") and design.type == "interventional" and design.perspective != "retrospective" and records:
        asked["consent"] = ["version"]
    for each in found.missing:
        name = _listing(study) if each.form == LESIONS else each.form
        if name not in study.activities or name == "enrolment":
            continue
        item = item_of(study, name, each.fact)
        is_judged = item is not None and bool(item.judge) and here.may("judge")
        if not (records or is_judged) or not may_answer(here, item):
            continue
        items = asked.setdefault(name, [])
        if each.fact in study.activities[name].items and each.fact not in items:
            items.append(each.fact)
    return {name: tuple(items) for name, items in asked.items()}


def _listing(study: Study) -> str:
    return next((name for name, each in study.activities.items() if each.lesions and name != "lesion_found"), "lesion_found")


def _blank(here: Here, name: str, items: tuple[str, ...], *, written: dict[str, str] | None = None) -> Form:
    written = draft_of(here, "screening") if written is None else written
    if name == "consent":
        written.setdefault("consent.version", here.study.protocol.version)
    return form(name, here.study, here.chart, on=here.today, wanted=items, written=written)


def _read(here: Here, name: str, items: tuple[str, ...], index: int) -> Form:
    partial = here.study.activities[name].items.keys() != set(items)
    id = event_id(here.token, index)
    return filled(name, here.study, here.chart, here.post, today=here.today, id=id, wanted=items, partial=partial)


def _is_bare(each: Form, told: Mapping[str, str]) -> bool:
    """Whether a form without items, as an imaging on its own, is said to have taken place."""
    return not each.fields and bool(told.get(f"{each.activity}.done"))


def _page(here: Here, found: Screening, forms: list[Form], came: Kept, status: int = 200) -> HttpResponse:
    verdicts = [
        {"verdict": each, "state": {MET: "met", NOT_MET: "not met", UNKNOWN: "unknown"}[each.truth],
         "kind": "Included" if each.criterion.include is not None else "Excluded",
         "asks": sorted({str(lack) for lack in each.explanation.missing}) if each.truth is UNKNOWN else []}
        for each in found.verdicts
    ]  # fmt: skip
    others = [each for each in found.missing if not may_answer(here, item_of(here.study, each.form, each.fact))]
    is_eligible = found.truth is MET and bool(here.chart.first("consent"))
    return here.page(
        status=status, verdicts=verdicts, found=found, forms=[mine(here, each) for each in forms], came=came, others=others, is_eligible=is_eligible,
        enrolled_on=here.chart.first("enrolment"), is_barred=found.truth is NOT_MET, signature=signed(here.study, here.who, here.chart),
        drafts=f"{here.to('screening')}?draft=1",
    )  # fmt: skip


SCREEN = Screen("screening", "p/<str:who>/screening/", "see_chart", screening, tab="Screening")
