"""A correction: other values, answers withdrawn, another day, or that it never happened; with a reason. The first stays in view."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse

from ....calendar import When
from ....events import Corrected, Decided, Recorded, current
from ....expression.facts import Unclear, Value
from ....protocol import Item
from ....study import Study
from ....verifier import shown_hash
from ...ledger import Head, Refused, links
from ..forms import Form, event_id, filled, form
from ..here import Here, Screen
from ..judgements import may_correct, mine, others_answered, unchangeable
from ..keeping import Kept, brought_up, event, unfolded

CHANGED = "Somebody corrected this entry while you wrote: it stands here as it is now. Write your correction again."


def correct(here: Here, event_name: str) -> HttpResponse:
    """The form as it was filled in, and what is changed of it."""
    study = here.study
    standing = {each.id: each for each in current(here.chart.events)[0]}
    now = standing.get(event_name)
    is_theirs = now is not None and may_correct(here, study, now)
    if now is not None and not is_theirs and not (isinstance(now, Recorded) and _is_unknown(now, study)):
        raise PermissionDenied
    if here.request.method == "POST" and "unfold" not in here.request.GET and here.was_sent():
        return here.go("timeline")
    if now is None or not is_theirs:
        raise Http404
    if not isinstance(now, Recorded):
        return _decision(here, now)
    blank = form(now.activity, study, here.chart, on=now.on.first, written=as_written(now, here))
    if here.request.method != "POST":
        return _page(here, blank, now)
    sent = here.post
    if "unfold" in here.request.GET or "more_lines" in sent:
        so_far = form(now.activity, study, here.chart, on=now.on.first, written=sent)
        return unfolded([so_far]) if "unfold" in here.request.GET else _page(here, so_far, now, reason=sent.get("reason", ""))
    reason, withdraws = sent.get("reason", "").strip(), bool(sent.get("retract"))
    if sent.get("stands") != as_it_stands(now, here):
        return _page(here, blank, now, Kept(says=(_meanwhile(here, now),)), reason, is_new=True)
    others = {each.name for each in blank.fields} - {each.name for each in mine(here, blank).fields}
    told = {key: said for key, said in sent.items() if key not in others}
    told |= {key: said for key, said in as_written(now, here).items() if key in others}
    read = mine(here, filled(now.activity, study, here.chart, told, today=here.today, id=event_id(here.token), partial=True))
    body = {"id": event_id(here.token), "on": here.today.isoformat(), "corrects": now.id, "reason": reason[:1000]}
    changed = {"retract": True} if withdraws else _changed(here, now, read)
    says = [*others_answered(here, form(now.activity, study, here.chart, on=now.on.first, written=sent))]
    if not reason:
        says.append("Say why it is corrected: the reason stays beside it.")
    if (withdraws or "moved_to" in changed) and (why := unchangeable(here, study, now)):
        says.append(why)
    if not withdraws and not read.is_sound:
        says.append("Nothing was saved yet: see the fields that are marked.")
    elif not withdraws and now.lesions is not None and read.body.get("lesions") is None:
        says.append("List the lesions that were seen, or tick that none was. If nobody looked, withdraw the entry below.")
    elif reason and not changed:
        says.append("Nothing was changed.")
    asks = () if withdraws or says else brought_up(here, [read])
    if not says and not asks:
        number = here.who.number

        def unless(head: Head) -> str | None:
            """Nobody else corrected it in the meantime."""
            since = links(here.slug, participant=here.who.participant, kinds=("event",), after=number)
            return CHANGED if any(each.body.get("corrects") == now.id for each in since) else None

        try:
            by = "correct" if here.may("correct") else "judge"
            here.append(event(here, {**body, **changed}, action=by), unless=unless)
            return here.go("timeline")
        except Refused as why_not:
            says.append(str(why_not))
    return _page(here, read, now, Kept(says=tuple(says), asks=asks), reason)


def _is_unknown(now: Recorded, study: Study) -> bool:
    """Whether nobody corrects an entry: the vault's, and one of which the study knows nothing any more."""
    return now.activity == "randomisation" or now.activity not in study.activities


def as_it_stands(now: Recorded, here: Here) -> str:
    """The hash of an entry as somebody sees it: what a correction started from."""
    return shown_hash(as_written(now, here))


def _meanwhile(here: Here, now: Recorded) -> str:
    """That an entry is another than the page showed, and whose correction made it so."""
    made = [each for each in here.chart.events if isinstance(each, Corrected) and each.corrects == now.id]
    by = f" by {made[-1].by}: {made[-1].reason}" if made else ""
    return f"{CHANGED} It was corrected{by}." if made else CHANGED


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


def _page(
    here: Here, shown: Form, now: Recorded, came: Kept | None = None, reason: str = "", *, is_new: bool = False
) -> HttpResponse:
    """The form. It goes on from what stood when it was first shown, unless what stands is shown anew."""
    came = came or Kept()
    stands = as_it_stands(now, here) if is_new or here.request.method != "POST" else here.post.get("stands", "")
    return here.page(
        status=422 if came.says or came.asks else 200, form=mine(here, shown), reason=reason, came=came, event=now,
        may_empty=True, stands=stands,
    )  # fmt: skip


def _decision(here: Here, now: Decided) -> HttpResponse:
    """A decision is corrected by withdrawing it, which those do who may take it: another is then taken."""
    name, reason = now.id, here.post.get("reason", "").strip()
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
                here.append(event(here, body, action="decide"))
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


SCREEN = Screen("correct", "p/<str:who>/event/<str:event_name>/correct/", "judge", correct)
