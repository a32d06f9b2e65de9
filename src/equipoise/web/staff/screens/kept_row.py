"""A row that could not be taken: why, and a form to mend it; or it is dropped, with a reason."""

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpResponse

from ...intake.models import KeptRow
from ...intake.rows import Incoming, faults, take
from ...intake.taking import author
from ...ledger import Refused
from ..forms import Form, filled, form
from ..here import Here, Screen
from ..models import Participant
from .imports import kept_rows


def kept_row(here: Here, row: str) -> HttpResponse:
    """The row, and what comes of it."""
    found: KeptRow | None = kept_rows(here).filter(id=row).first()  # type: ignore[attr-defined]
    if found is None or found.activity not in here.study.activities:
        raise Http404
    who = here.post.get("who", found.who).strip()
    if here.request.method != "POST":
        read = filled(found.activity, here.study, None, found.told, today=here.today, id=found.event)
        return _page(here, found, who, read, tuple(found.says))
    if here.post.get("does") == "drop":
        return _dropped(here, found, who)
    names = set(_names(here, found))
    told = {key: value for key, value in here.post.items() if key in names}
    mended = Incoming(who, found.activity, told, found.source, found.line)
    taken = take(here.slug, [mended], author(here), today=here.today, event=found.event)
    if taken.refused:
        read = filled(found.activity, here.study, None, told, today=here.today, id=found.event)
        return _page(here, found, who, read, taken.refused[0].says, status=422)
    found.delete()
    messages.success(here.request, "The row is mended and saved." if taken.saved else "This is there already, word for word.")
    return here.go("imports")


def _names(here: Here, found: KeptRow) -> list[str]:
    blank = form(found.activity, here.study, None, on=here.today)
    return [*(each.name for each in blank.fields), f"{found.activity}.on", f"{found.activity}.note"]


def _dropped(here: Here, found: KeptRow, who: str) -> HttpResponse:
    reason = here.post.get("reason", "").strip()[:300]
    read = filled(found.activity, here.study, None, found.told, today=here.today, id=found.event)
    if not reason:
        return _page(here, found, who, read, ("Say why the row is dropped.",), status=422)
    try:
        here.append(here.draft("row-dropped", {"row": found.event, "line": found.line, "reason": reason}, site=found.site))
    except Refused as why:
        return _page(here, found, who, read, (str(why),), status=422)
    found.delete()
    messages.success(here.request, "The row is dropped.")
    return here.go("imports")


def _page(here: Here, found: KeptRow, who: str, read: Form, says: tuple[str, ...], status: int = 200) -> HttpResponse:
    sites = here.powers.sites("import_data")
    people = Participant.objects.filter(study=here.slug).order_by("participant")
    if sites is not None:
        people = people.filter(site__in=sites)
    beside = faults(read)
    said = [each for each in says if each not in beside]
    shown = replace(read, faults=tuple(each for each in read.faults))
    return here.page(
        row=found, who=who, form=shown, says=said, people=people.values_list("participant", flat=True)[:2_000], status=status
    )


SCREEN = Screen("kept-row", "imports/row/<slug:row>/", "import_data", kept_row)
