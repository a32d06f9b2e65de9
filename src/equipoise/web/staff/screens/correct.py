"""A correction: other values, another day, or that it never happened; with a reason. The first stays in view."""

from typing import Any

from django.http import Http404, HttpResponse

from ....calendar import When
from ....events import Recorded, current
from ....expression.facts import Unclear, Value
from ....protocol import Item
from ...ledger import Refused
from ..forms import event_id, filled, form
from ..here import Here, Screen
from ..keeping import Kept, event


def correct(here: Here, event_name: str) -> HttpResponse:
    """The form as it was filled in, and what is changed of it."""
    study = here.study
    standing = {each.id: each for each in current(here.chart.events)[0]}
    now = standing.get(event_name)
    if now is None or (isinstance(now, Recorded) and (now.activity == "randomisation" or now.activity not in study.activities)):
        raise Http404
    if not isinstance(now, Recorded):
        return _decision(here, now.id)
    first = as_written(now, here)
    if here.request.method != "POST":
        return here.page(
            form=form(now.activity, study, here.chart, on=now.on.first, written=first), reason="", came=Kept(), event=now
        )
    told = here.post
    read = filled(now.activity, study, here.chart, told, today=here.today, id=event_id(here.token), partial=True)
    reason = told.get("reason", "").strip()
    says = [] if reason else ["Say why it is corrected: the reason stays beside it."]
    body: dict[str, Any] = {
        "id": event_id(here.token),
        "on": here.today.isoformat(),
        "corrects": now.id,
        "reason": reason[:1000],
    }
    if told.get("retract"):
        body["retract"] = True
    else:
        before = filled(now.activity, study, here.chart, first, today=here.today, id="0", partial=True).body
        changed = {key: value for key, value in read.body.get("items", {}).items() if before.get("items", {}).get(key) != value}
        if changed:
            body["items"] = changed
        if read.body.get("lesions") != before.get("lesions") and "lesions" in read.body:
            body["lesions"] = read.body["lesions"]
        if read.body.get("on") != before.get("on"):
            body["moved_to"] = read.body["on"]
        emptied = (
            set(before.get("items", {}))
            - set(read.body.get("items", {}))
            - {each.item.name for each in read.fields if each.fault}
        )
        if emptied:
            says.append("An answer cannot be emptied: withdraw the whole form below, and record it again without it.")
        if not read.is_sound:
            says.append("Nothing was saved yet: see the fields that are marked.")
        elif not says and len(body) == 4:
            says.append("Nothing was changed.")
    if not says:
        try:
            here.append(event(here, body))
            return here.go("timeline")
        except Refused as why:
            says.append(str(why))
    return here.page(status=422, form=read, reason=reason, came=Kept(says=tuple(says)), event=now)


def _decision(here: Here, name: str) -> HttpResponse:
    """A decision is corrected by withdrawing it: another is then taken."""
    reason = here.post.get("reason", "").strip()
    says: tuple[str, ...] = ()
    if here.request.method == "POST":
        says = () if reason else ("Say why it is withdrawn: the reason stays beside it.",)
        if not says:
            body = {
                "id": event_id(here.token),
                "on": here.today.isoformat(),
                "corrects": name,
                "retract": True,
                "reason": reason[:1000],
            }
            try:
                here.append(event(here, body))
                return here.go("timeline")
            except Refused as why:
                says = (str(why),)
    return here.page(status=422 if says else 200, form=None, reason=reason, came=Kept(says=says), event=None)


def as_written(now: Recorded, here: Here) -> dict[str, str]:
    """A form as somebody would have filled it in to say what stands."""
    stem, items = now.activity, here.study.activities[now.activity].items
    told = {f"{stem}.on": str(now.on)}
    for name, value in now.values.items():
        if name in items:
            told[f"{stem}.{name}"] = _text(value, items[name])
    for index, each in enumerate(now.lesions or ()):
        size = f"{each.diameter_mm:g}" if each.diameter_mm is not None else ""
        status = "" if each.status == "measured" else each.status
        for key, text in (
            ("id", each.id),
            ("organ", each.organ),
            ("segment", each.segment),
            ("diameter", size),
            ("status", status),
        ):
            told[f"{stem}.lesion.{index}.{key}"] = text
    if now.lesions == ():
        told[f"{stem}.no_lesion"] = "yes"
    return told


def _text(value: Value, item: Item) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float() | int():
            return f"{value:.12g}"
        case When():
            return str(value)
        case tuple():
            return ",".join(value)
        case Unclear():
            return value.text
        case _:
            return str(value)


SCREEN = Screen("correct", "p/<str:who>/event/<str:event_name>/correct/", "correct", correct)
