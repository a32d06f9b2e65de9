"""A table that was sent: what each column is taken for, proposed and confirmed; then its rows are taken."""

from django.contrib import messages
from django.http import Http404, HttpResponse

from ...intake import tables
from ...intake.models import TableFile
from ...intake.taking import imported
from ...ledger import Refused
from ..here import Here, Screen

FIRST = 5
"""Rows that are shown of it."""


def import_table(here: Here, table: str) -> HttpResponse:
    """The columns, and what comes of them."""
    row = TableFile.objects.filter(id=table, study=here.slug, by=here.person).first()
    if row is None:
        raise Http404
    read = tables.read(bytes(row.content), row.name)
    may = tables.activities(here.study)
    given = here.post.get("activity", "") or here.request.GET.get("activity", "")
    activity = given if given in may else next(iter(may), "")
    if not activity:
        return here.page(table=read, says="This study has no activity whose results a table could tell.", status=422)
    mapping = tables.proposed(read, here.study, activity)
    says = ""
    if here.request.method == "POST":
        mapping = {column: here.post.get(f"column.{index}", "") for index, column in enumerate(read.columns)}
        try:
            came = imported(here, read, mapping, activity, token=here.token)
        except (tables.Unclear, Refused) as why:
            says = str(why)
        else:
            row.delete()
            messages.success(here.request, _told(len(came.taken.saved), came.taken.there, len(came.taken.refused)))
            if came.left_out:
                messages.info(here.request, f"Tests that this form has no field for: {', '.join(came.left_out[:20])}.")
            return here.go("imports")
    columns = [(index, column, mapping.get(column, "")) for index, column in enumerate(read.columns)]
    return here.page(
        table=read, columns=columns, rows=read.rows[:FIRST], count=len(read.rows), activities=may, activity=activity,
        roles=tables.ROLES, fields=tables.fields(here.study, activity), says=says, status=422 if says else 200,
    )  # fmt: skip


def _told(saved: int, there: int, kept: int) -> str:
    parts = [f"{saved} row{'s' * (saved != 1)} saved"]
    parts += [f"{there} there already"] * bool(there)
    parts += [f"{kept} could not be taken and wait below"] * bool(kept)
    return f"{', '.join(parts)}."


SCREEN = Screen("import-table", "imports/table/<slug:table>/", "import_data", import_table)
