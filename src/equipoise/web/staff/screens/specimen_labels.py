"""Specimens of a participant, and their labels to print: what, when, of whom by pseudonym, and a code read without colour."""

from django.http import HttpResponse
from django.utils.safestring import mark_safe

from ..here import Here, Screen
from ..specimens import is_code, keeps_specimens, specimens, square


def specimen_labels(here: Here) -> HttpResponse:
    """The page."""
    found = specimens(here.promised, here.chart)
    asked = here.request.GET.get("code", "").strip()
    shown = [each for each in found if not asked or each.code == asked.replace("-", "").upper()]
    says = ""
    if asked and not is_code(asked):
        says = "This is no code of a specimen: look at it again."
    elif asked and not shown:
        says = "No specimen of this participant has that code."
    taken = [
        (name, here.promised.label(name)) for name, activity in here.promised.activities.items()
        if any(item.use and item.use.startswith("surgery.specimen") for item in activity.items.values())
    ]  # fmt: skip
    labels = [(each, mark_safe(square(each.carried))) for each in shown]  # drawn here, of a pseudonym and a hash
    return here.page(labels=labels, says=says, asked=asked, taken=taken, count=len(found))


SCREEN = Screen("specimen-labels", "p/<str:who>/specimens/", "see_chart", specimen_labels, tab="Specimens", methods=("GET",),
                fits=keeps_specimens)  # fmt: skip
