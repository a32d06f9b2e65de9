"""Tables of results: sent here, their columns confirmed, their rows taken. Rows that failed wait here, explained, to be mended."""

import secrets

from django.db.models import Q
from django.http import HttpResponse

from ...intake import tables
from ...intake.models import KeptRow, TableFile
from ...ledger import links
from ..here import Here, Screen, plain

SHOWN = 200


def kept_rows(here: Here) -> "object":
    """The rows that wait for this person: of their sites, and what they sent themselves."""
    rows = KeptRow.objects.filter(study=here.slug)
    sites = here.powers.sites("import_data")
    return rows if sites is None else rows.filter(Q(site__in=sites) | Q(site="", by=here.person))


def imports(here: Here) -> HttpResponse:
    """The list, and a table that was sent."""
    says = ""
    if here.request.method == "POST":
        sent = here.request.FILES.get("table")
        if sent is None:
            says = "Choose a file."
        elif (sent.size or 0) > tables.MOST_BYTES:
            says = "The file is larger than 10 megabytes: send it in parts."
        else:
            content, name = sent.read(), plain(str(sent.name))[:200]
            try:
                tables.read(content, name)
                row = TableFile.objects.create(
                    id=secrets.token_hex(12), study=here.slug, name=name, content=content, by=here.person
                )
                return here.go("import-table", table=row.id)
            except tables.Unclear as why:
                says = str(why)
    rows = kept_rows(here)
    earlier = list(links(here.slug, kinds=("imported",)))[-10:][::-1]
    return here.page(
        rows=rows.order_by("source", "line", "at")[:SHOWN], count=rows.count(), says=says, earlier=earlier,  # type: ignore[attr-defined]
        status=422 if says else 200,
    )  # fmt: skip


SCREEN = Screen("imports", "imports/", "import_data", imports, menu="Imports")
