"""A correction: other values, answers withdrawn, another day, or that it never happened; with a reason. The first stays in view."""

from typing import Any

from django.http import Http404, HttpResponse

from ....calendar import When
from ....events import Recorded, current
from ....expression.facts import Unclear, Value
from ....protocol import Item
from ...ledger import Refused
from ..forms import Form, event_id, filled, form
from ..here import Here, Screen
from ..keeping import Kept, brought_up, event, unfolded


def correct(here: Here, event_name: str) -> HttpResponse:
    """The form as it was filled in, and what is changed of it."""
    study = here.study
    standing = {each.id: each for each in current(here.chart.events)[0]}
    now = standing.get(event_name)
    if now is None or (isinstance(now, Recorded) and (now.activity == "randomisation" or now.activity not in study.activities)):
        raise Http404
    if not isinstance(now, Recorded):
        return _decision(here, now.id)
    if here.request.method != "POST":
        return _page(here, form(now.activity, study, here.chart, on=now.on.first, written=as_written(now, here)), now)
    if "unfold" in here.request.GET or "more_lines" in here.post:
        so_far = form(now.activity, study, here.chart, on=now.on.first, written=here.post)
        return unfolded([so_far]) if "unfold" in here.request.GET else _page(here, so_far, now, reason=here.post["reason"])
    read = filled(now.activity, study, here.chart, here.post, today=here.today, id=event_id(here.token), partial=True)
    reason, withdraws = here.post.get("reason", "").strip(), bool(here.post.get("retract"))
    body = {"id": event_id(here.token), "on": here.today.isoformat(), "corrects": now.id, "reason": reason[:1000]}
    changed = {"retract": True} if withdraws else _changed(here, now, read)
    says = [] if reason else ["Say why it is corrected: the reason stays beside it."]
    if not withdraws and not read.is_sound:
        says.append("Nothing was saved yet: see the fields that are marked.")
    elif not withdraws and now.lesions is not None and read.body.get("lesions") is None:
        says.append("List the lesions that were seen, or tick that none was. If nobody looked, withdraw the entry below.")
    elif reason and not changed:
        says.append("Nothing was changed.")
    asks = () if withdraws or says else brought_up(here, [read])
    if not says and not asks:
        try:
            here.append(event(here, {**body, **changed}))
            return here.go("timeline")
        except Refused as why:
            says.append(str(why))
    return _page(here, read, now, Kept(says=tuple(says), asks=asks), reason)


def _changed(here: Here, now: Recorded, read: Form) -> dict[str, Any]:
    """What a form says otherwise than what stands: answers, answers withdrawn, lesions, the day.

    An answer is withdrawn where its field is left empty, or where its question does not arise from the others any more.
    """
    before = filled(now.activity, here.study, here.chart, as_written(now, here), today=here.today, id="0", partial=True)
    was_asked = {each.name for each in before.fields if each.is_asked}
    stood, stands = before.body.get("items", {}), read.body.get("items", {})
    empty = [
        each.item.name for each in read.fields
        if each.item.name in now.values and not each.value.strip() and (each.is_asked or each.name in was_asked)
    ]  # fmt: skip
    changed: dict[str, Any] = {
        "items": {key: value for key, value in stands.items() if stood.get(key) != value},
        "empty": empty,
    }
    if "lesions" in read.body and read.body["lesions"] != before.body.get("lesions"):
        changed["lesions"] = read.body["lesions"]
    if read.body.get("on") != before.body.get("on"):
        changed["moved_to"] = read.body["on"]
    return {key: value for key, value in changed.items() if value or key == "lesions"}


def _page(here: Here, shown: Form, now: Recorded, came: Kept | None = None, reason: str = "") -> HttpResponse:
    came = came or Kept()
    return here.page(
        status=422 if came.says or came.asks else 200, form=shown, reason=reason, came=came, event=now, may_empty=True
    )


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
