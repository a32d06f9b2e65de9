"""Measurements of one participant over time, each with its limits and the procedures in between; tumour markers first."""

from datetime import date

from django.http import HttpResponse
from django.utils.safestring import mark_safe

from ....chart import Chart
from ....protocol import Item
from ....reports.course_picture import Course, course_picture
from ....reports.page import Figure, part
from ....study import Study
from ..forms import UNITS
from ..here import Here, Screen

FIRST = ("labs.cea", "labs.ca19_9", "labs.ca125", "labs.afp")
"""Shared terms that are shown before all others: the tumour markers."""


def markers(here: Here) -> HttpResponse:
    """The page."""
    found = courses(here.promised, here.chart)
    pictures = [mark_safe(part(Figure(course_picture(each), each.words, each.label))) for each in found]
    return here.page(courses=list(zip(found, pictures, strict=True)))


def courses(study: Study, known: Chart) -> tuple[Course, ...]:
    """Every quantity that was measured on two days or more, in the order of the study, tumour markers first."""
    done = tuple(
        (row.on.first, study.label(name))
        for name, activity in study.activities.items() if activity.procedure
        for row in known.facts.rows.get(name, ())
    )  # fmt: skip
    found: list[tuple[int, Course]] = []
    for name, activity in study.activities.items():
        for key, item in activity.items.items():
            if item.type not in ("quantity", "real", "integer", "score"):
                continue
            values, lower, upper = _values(known, name, key)
            if len({on for on, _ in values}) > 1:
                rank = FIRST.index(item.use) if item.use in FIRST else len(FIRST)
                found.append(
                    (rank, Course(_label(item, key), UNITS.get(item.unit, item.unit or ""), values, lower, upper, done))
                )
    return tuple(each for _, each in sorted(found, key=lambda pair: pair[0]))


def _label(item: Item, key: str) -> str:
    said = item.label or key.replace("_", " ")
    return said[:1].upper() + said[1:]


def _values(known: Chart, form: str, key: str) -> tuple[tuple[tuple[date, float], ...], float | None, float | None]:
    """The values of an item by day, and the limits that came with the last of them."""
    found: list[tuple[date, float]] = []
    lower = upper = None
    for row in known.facts.rows.get(form, ()):
        value = row.values.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool):
            found.append((row.on.first, float(value)))
            lower, upper = row.limits.get((key, "lln"), lower), row.limits.get((key, "uln"), upper)
    return tuple(found), lower, upper


SCREEN = Screen("markers", "p/<str:who>/measurements/", "see_chart", markers, tab="Measurements", methods=("GET",))
