"""What programs may ask. Each function stands behind a door; what it answers is what the screens show, as data."""

import hashlib
import io
import tempfile
import uuid
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja import File, Form, NinjaAPI, Status, UploadedFile
from ninja.errors import AuthenticationError, ValidationError

from ...deviations import deviations
from ...due import due
from ...events import current
from ...exchange import Cases, formats
from ...screening import screening
from ...transcript import line_of
from .. import errors as faults
from ..intake import tables
from ..intake.rows import NOT_THESE
from ..intake.taking import imported
from ..ledger import Refused, links
from ..ledger import export as export_ledger
from ..staff import charts, queries
from ..staff import forms as asked
from ..staff.here import Here, plain
from ..staff.judgements import mine, others_answered
from ..staff.keeping import as_event
from . import told
from .doors import Bearer, entered

api = NinjaAPI(
    title="equipoise", version="1", docs_url=None, openapi_url="/openapi.json", auth=Bearer(), urls_namespace="api",
    description="A desk for programs. A token is made on the screen Tokens, and stands for the person who made it.",
)  # fmt: skip

_PROBLEMS = {400: told.Problem, 401: told.Problem, 403: told.Problem, 404: told.Problem, 422: told.Problem}
_WRITING = {**_PROBLEMS, 409: told.Problem}
MOST = 500
"""Participants on a page."""
BIGGEST = 2**31


def _problem(request: HttpRequest, status: int, says: str) -> HttpResponse:
    return api.create_response(request, {"says": says, "findings": [], "seen": ""}, status=status)


@api.exception_handler(Http404)
def _absent(request: HttpRequest, why: Any) -> HttpResponse:
    return _problem(request, 404, "There is no such thing here, or it is not yours to see.")


@api.exception_handler(PermissionDenied)
def _denied(request: HttpRequest, why: Any) -> HttpResponse:
    return _problem(request, 403, "Your role, or this token, does not include this.")


@api.exception_handler(AuthenticationError)
def _unknown(request: HttpRequest, why: Any) -> HttpResponse:
    response = _problem(request, 401, "Show a token: Authorization: Bearer eq_…")
    response["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(BadRequest)
def _bad(request: HttpRequest, why: Any) -> HttpResponse:
    return _problem(request, 400, str(why) or "This could not be read.")


@api.exception_handler(Refused)
def _refused(request: HttpRequest, why: Any) -> HttpResponse:
    return _problem(request, 409, str(why))


@api.exception_handler(ValidationError)
def _unfit(request: HttpRequest, why: ValidationError) -> HttpResponse:
    found = [
        {"rule": "shape", "severity": "error", "says": str(each.get("msg", "")), "at": _pointer(each.get("loc", ())),
         "place": {"file": "", "line": 0, "column": 0}}
        for each in why.errors
    ]  # fmt: skip
    return api.create_response(request, {"says": "This is not what is asked for.", "findings": found, "seen": ""}, status=422)


@api.exception_handler(Exception)
def _fault(request: HttpRequest, why: Exception) -> HttpResponse:
    faults.fault(request)  # the log's line; the page is not sent
    return _problem(request, 500, "This is a fault of ours. Nothing was half saved.")


def _pointer(parts: Any) -> str:
    rest = [str(each) for each in parts if each not in ("body", "query", "path", "form", "given")]
    return "".join("/" + each.replace("~", "~0").replace("/", "~1") for each in rest)


def _place(at: Any) -> dict[str, Any]:
    return {"file": at.file, "line": at.line, "column": at.column}


# --- looking -------------------------------------------------------------------------------------------------------


@api.get("/studies/{slug}", response={200: told.StudyOut, **_PROBLEMS}, operation_id="study")
def study(request: HttpRequest, slug: str) -> Any:
    """The study as it is in force."""
    here = entered(request, "study", slug)
    return {
        "study": slug, "title": here.study.protocol.title, "version": here.state.version, "hash": here.state.text_hash,
        "locked_at": here.state.locked_at,
        "sites": {name: each.label or name for name, each in here.study.protocol.sites.items()},
        "activities": {name: here.study.label(name) for name in here.study.activities},
    }  # fmt: skip


@api.get("/studies/{slug}/participants", response={200: told.Page, **_PROBLEMS}, operation_id="participants")
def participants(request: HttpRequest, slug: str, status: str = "", offset: int = 0, limit: int = 100) -> Any:
    """The participants of the sites that the token's holder sees."""
    here = entered(request, "participants", slug)
    if not 0 <= offset < BIGGEST or not 0 < limit <= MOST:
        raise BadRequest(f"`offset` is not below 0, and `limit` from 1 to {MOST}.")
    rows = here.participants().order_by("participant")
    if status:
        rows = rows.filter(status=plain(status)[:20])
    return {"count": rows.count(), "participants": [_row(here, each) for each in rows[offset : offset + limit]]}


def _row(here: Here, row: Any) -> dict[str, Any]:
    return {
        "participant": row.participant, "site": row.site, "status": row.status, "eligibility": row.eligibility,
        "step": row.step, "arm": here.arm_of(row), "enrolled_on": row.enrolled_on, "deviations": row.deviations,
        "is_frozen": row.is_frozen, "is_virtual": row.is_virtual,
    }  # fmt: skip


@api.get("/studies/{slug}/participants/{who}/chart", response={200: told.ChartOut, **_PROBLEMS}, operation_id="chart")
def chart(request: HttpRequest, slug: str, who: str) -> Any:
    """Everything known of a participant today."""
    here = entered(request, "chart", slug, who=who)
    known = here.chart
    import json

    return {
        "participant": who, "until": known.until, "version": known.version, "arm": here.arm_of(here.who),
        "steps": [f"{each.track}: {each.step}" if each.track else each.step for each in known.positions],
        "events": [json.loads(line_of(each, here.promised)) for each in current(known.events)[0]],
        "lesions": [each.id for each in known.lesions],
        "deviations": [
            {"rule": each.rule, "says": each.says, "on": each.on} for each in deviations(here.promised, known)
        ],
        "head": here.who.number,
    }  # fmt: skip


@api.get("/studies/{slug}/participants/{who}/due", response={200: list[told.DueOut], **_PROBLEMS}, operation_id="due")
def owed(request: HttpRequest, slug: str, who: str) -> Any:
    """What was, is or will be owed to the protocol."""
    here = entered(request, "chart", slug, who=who)
    return [
        {"activity": each.activity, "label": here.promised.label(each.activity), "target": each.target, "opens": each.opens,
         "closes": each.closes, "status": each.status, "because": each.because, "done_on": each.done_on}
        for each in due(here.promised, here.chart)
    ]  # fmt: skip


@api.get(
    "/studies/{slug}/participants/{who}/screening", response={200: told.ScreeningOut, **_PROBLEMS}, operation_id="screening"
)
def screened(request: HttpRequest, slug: str, who: str) -> Any:
    """Criterion by criterion: met, not met, unknown, and what to ask."""
    here = entered(request, "chart", slug, who=who)
    found = screening(here.promised, here.chart.facts)
    return {
        "words": found.words, "truth": found.truth.value, "assumed": found.assumed,
        "criteria": [
            {"criterion": each.criterion.id, "kind": "include" if each.criterion.include is not None else "exclude",
             "truth": each.truth.value, "says": each.says, "because": each.because,
             "ask": [str(one) for one in each.explanation.missing], "place": _place(each.criterion.place)}
            for each in found.verdicts
        ],
    }  # fmt: skip


# --- recording -----------------------------------------------------------------------------------------------------


@api.post("/studies/{slug}/participants/{who}/events", response={201: told.LinkOut, **_WRITING}, operation_id="record")
def record(request: HttpRequest, slug: str, who: str, given: told.EventIn) -> Any:
    """Record what took place: checked as the form is; what the protocol did not expect is asked once more (409)."""
    here = entered(request, "record", slug, who=who)
    of = here.promised if given.activity in here.promised.activities else here.study
    if given.activity not in of.activities or given.activity in NOT_THESE:
        return _found(422, "Nothing was saved.", [_finding("activity", "This is not recorded by a program.", "/activity")])
    try:
        token = str(uuid.UUID(given.request))
    except ValueError:
        return _found(422, "Nothing was saved.", [_finding("request", "A request is named by a UUID.", "/request")])
    items = of.activities[given.activity].items
    unknown = [_finding("answers", f"'{name[:60]}' is not asked by {of.label(given.activity)}.", f"/items/{name[:60]}")
               for name in given.items if name not in items]  # fmt: skip
    written = {f"{given.activity}.{name}": plain(_written(value)) for name, value in given.items.items() if value is not None}
    written |= {f"{given.activity}.on": plain(given.on), f"{given.activity}.note": plain(given.note)}
    name = _name(token)
    form = asked.filled(given.activity, of, here.chart, written, today=here.today, id=name)
    found = [
        *unknown,
        *(_finding("answers", each, "/items") for each in others_answered(here, form)),
        *(_finding("answers", each, "/on") for each in form.faults),
        *(_finding("answers", f"{each.label}: {each.fault}", f"/items/{each.item.name}", each.item.place)
          for each in form.fields if each.fault),
    ]  # fmt: skip
    if found:
        return _found(422, "Nothing was saved.", found)
    there = next((link for link in links(slug, participant=who, kinds=("event",)) if link.body.get("id") == name), None)
    form = mine(here, form)
    draft = as_event(here, form, "record")
    if there is None:
        unexpected = (*form.warnings, *asked.consequences(here.study, here.chart, [dict(form.body)], today=here.today))
        seen = hashlib.sha256("\n".join(unexpected).encode()).hexdigest()[:16] if unexpected else ""
        if unexpected and given.seen != seen:
            told_so = [_finding("unexpected", each, "", severity="warning") for each in unexpected]
            return _found(409, "The protocol does not expect this. Nothing was saved yet.", told_so, seen)
    checks = queries.from_checks([form], participant=who, site=here.who.site)
    link = here.append(draft, *checks, token=token)[0]
    return Status(201, {"event": name, "number": link.number, "hash": link.hash})


def _name(token: str) -> str:
    """The name of the event that a request makes: the whole of it, as programs count differently from forms."""
    return f"api-{token}"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.15g}" if isinstance(value, float) else str(value)[:2_000]


def _finding(rule: str, says: str, at: str, place: Any = None, severity: str = "error") -> dict[str, Any]:
    where = _place(place) if place is not None else {"file": "", "line": 0, "column": 0}
    return {"rule": rule, "severity": severity, "says": says, "at": at, "place": where}


def _found(status: int, says: str, found: list[dict[str, Any]], seen: str = "") -> Any:
    return Status(status, {"says": says, "findings": found, "seen": seen})


# --- out and in ----------------------------------------------------------------------------------------------------


@api.get("/studies/{slug}/ledger", response=_PROBLEMS, operation_id="ledger")
def ledger(request: HttpRequest, slug: str) -> Any:
    """The whole chain, a link a line, as `equipoise verify` reads it. It says the arms: for whoever may know them."""
    here = entered(request, "export", slug)
    if not here.may("see_arm") or here.powers.sites("export") is not None:
        raise PermissionDenied
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{slug}.jsonl"
        count = export_ledger(slug, file)
        here.append(here.draft("exported", {"what": "ledger", "links": count}), token=str(uuid.uuid4()))
        return _file(file.read_bytes(), file.name, "application/jsonl")


@api.get("/studies/{slug}/tables/{standard}", response=_PROBLEMS, operation_id="tables")
def analysis_tables(request: HttpRequest, slug: str, standard: Literal["dataset-json", "odm", "fhir", "redcap"]) -> Any:
    """Participants' data as tables for analysis, in a standard. The arm is in them once the study is locked."""
    here = entered(request, "export", slug)
    chosen = formats().get(standard)
    if chosen is None or chosen.out is None:
        raise Http404
    is_blinded = here.state.locked_at is None
    people = {
        row.participant: charts.known(slug, row, until=here.today, blinded=is_blinded).events
        for row in here.participants("export")
    }
    virtual = here.participants("export").filter(is_virtual=True).exists()
    made = chosen.out(here.study, Cases(people, here.today, virtual))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.files.items():
            archive.writestr(name, content)
    here.append(here.draft("exported", {"what": standard, "participants": len(people)}), token=str(uuid.uuid4()))
    return _file(packed.getvalue(), f"{slug}-{standard}.zip", "application/zip")


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@api.post("/studies/{slug}/imports", response={200: told.ImportOut, **_WRITING}, operation_id="import")
def import_table(
    request: HttpRequest, slug: str, table: File[UploadedFile], activity: Form[str] = "labs", columns: Form[str] = ""
) -> Any:  # fmt: skip
    """Import a table of results (CSV, workbook, Parquet). `columns` maps headings, as JSON; unsaid, they are guessed.

    A heading is mapped to `(participant)`, `(day)`, `(sample)`, `(test)`, `(value)`, `(unit)` or the name of an item. A row
    that cannot be taken is kept and explained, and can be mended on the screen Imports.
    """
    here = entered(request, "import", slug)
    if (table.size or 0) > tables.MOST_BYTES:
        raise BadRequest("The file is larger than 10 megabytes: send it in parts.")
    try:
        read = tables.read(table.read(), plain(table.name or "table")[:200])
        if activity not in tables.activities(here.study):
            raise tables.Unclear("`activity` names nothing that a table tells of.")
        mapping = _columns(columns) or tables.proposed(read, here.study, activity)
        came = imported(here, read, mapping, activity, token=str(uuid.uuid4()))
    except tables.Unclear as why:
        return _found(422, "Nothing was imported.", [_finding("table", str(why), "/table")])
    return {
        "rows": came.rows, "saved": len(came.taken.saved), "there": came.taken.there, "left_out": list(came.left_out),
        "kept": [{"line": each.row.line, "participant": each.row.who, "says": list(each.says)} for each in came.taken.refused],
    }  # fmt: skip


def _columns(text: str) -> Mapping[str, str]:
    import json

    if not text:
        return {}
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise tables.Unclear("`columns` is a JSON object: headings, and what each is taken for.")
    return {str(key): value for key, value in given.items()}
