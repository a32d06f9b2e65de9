"""Fetching from the patients' side: answers become events, requests become entries. Asked twice, nothing is there twice."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils import timezone

from ...reports.plain_page import plain_page
from ...study import Study
from ..ledger import Draft, Refused, append, studies
from ..staff.forms import Field, Form, form
from ..staff.here import Here
from ..staff.models import StudyState
from ..staff.studies import PARTICIPANT, SYSTEM, opened
from . import patients_side
from .models import KeptRow, PatientLink
from .projections import CONTACT_ASKED, LINK_ANSWERED, LINK_MADE
from .rows import NOT_THESE, Author, Incoming, keep, take

BY_LINK = "answers by link"
PATIENT = Author(PARTICIPANT, "participant")
"""In whose name answers are written: whoever held the link. The name of a user cannot give it a role."""
DAYS = 14
"""How long a link lasts, unless somebody says otherwise."""


@dataclass(slots=True)
class Pulled:
    """What was fetched."""

    answers: int = 0
    kept: int = 0
    contacts: int = 0


def publish(slug: str) -> None:
    """Place a study's plain page on the patients' side."""
    study = opened(slug)
    state = StudyState.objects.only("locked_at").get(study=slug)
    html = plain_page(study)
    body = html.partition("<body>")[2].partition("</body>")[0]
    patients_side.place_page(slug, study.protocol.title, body, takes_requests=state.locked_at is None)


def pull(today: date) -> Pulled:
    """Fetch what patients sent, of every study of this desk.

    Raises:
        Absent: The patients' side does not answer.
    """
    came = Pulled()
    for slug in studies():
        _answers(slug, today, came)
    known = set(studies())
    for name, slug, at in patients_side.contacts():
        if slug in known and _contact(slug, name, at):
            came.contacts += 1
    return came


def _answers(slug: str, today: date, came: Pulled) -> None:
    waiting = {row.reference: row for row in PatientLink.objects.filter(study=slug, state="given out")}
    done = []
    for sent in patients_side.answers(tuple(waiting)):
        row = waiting[sent.reference]
        told = {key: value for key, value in sent.fields.items() if key.startswith(f"{row.activity}.")}
        told[f"{row.activity}.on"] = min(timezone.localdate(sent.at), today).isoformat()
        each = Incoming(row.participant, row.activity, told, BY_LINK, key=sent.reference)
        taken = take(slug, [each], PATIENT, today=today)
        came.answers += len(taken.saved)
        came.kept += keep(slug, taken.refused, PATIENT)
        draft = Draft(by=SYSTEM, role="data_manager", kind=LINK_ANSWERED, body={"reference": sent.reference}, site=row.site,
                      participant=row.participant)  # fmt: skip
        append(slug, [draft], request=f"answered {sent.reference}")
        done.append(sent.reference)
    if done:
        patients_side.take_away(references=done)


def _contact(slug: str, name: str, at: datetime) -> bool:
    from .models import ContactRequest

    if ContactRequest.objects.filter(study=slug, request=name).exists():
        return False
    body = {"contact": name, "at": at.isoformat()}
    append(slug, [Draft(by=SYSTEM, role="data_manager", kind=CONTACT_ASKED, body=body)], request=f"contact {name}")
    return True


# --- links -----------------------------------------------------------------------------------------------------------


def asked_of_patients(study: Study) -> dict[str, str]:
    """The activities that a participant answers, with their labels."""
    return {
        name: study.label(name) for name, each in study.activities.items()
        if each.by in ("participant", "patient") and each.items and not each.lesions and name not in NOT_THESE
    }  # fmt: skip


def give_link(here: Here, activity: str, days: int) -> str:
    """Give a questionnaire out: the link, shown once. The ledger and the patients' side keep its hash alone.

    Raises:
        Refused: The ledger refuses.
        Absent: The patients' side does not answer.
    """
    token = patients_side.new_token()
    token_hash = hashlib.sha256(token.encode()).hexdigest()
    reference = hashlib.sha256(f"{here.slug} {here.token}".encode()).hexdigest()[:32]
    expires = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    body = {"reference": reference, "activity": activity, "expires": expires.isoformat(), "hash": token_hash}
    if PatientLink.objects.filter(study=here.slug, reference=reference).exists():
        raise Refused("This link was made already, and is shown once. Withdraw it and make another if it was lost.")
    asked = form(activity, here.promised, here.chart, on=here.today)
    questions = [
        _question(each) | _only_if(each, asked.fields, activity, here)
        for each in asked.fields
        if each.is_asked and each.kind != "lesions"
    ]
    patients_side.place_invitation(reference, token_hash, asked.label, questions, expires)
    try:
        here.append(here.draft(LINK_MADE, body))
    except Refused:
        patients_side.take_away(references=[reference])
        raise
    return patients_side.link_address(token)


def _question(asked: Field) -> dict[str, Any]:
    limits = asked.item.range
    return {
        "name": asked.name, "label": asked.label, "kind": asked.kind, "choices": [list(each) for each in asked.choices],
        "unit": asked.unit, "low": limits.low if limits is not None else None, "high": limits.high if limits is not None else None,
        "needed": bool(asked.item.required),
    }  # fmt: skip


def _only_if(asked: Field, fields: Sequence[Field], activity: str, here: Here) -> dict[str, Any]:
    """By which answers to which other question this one is asked, where one question with choices decides that.

    Every choice is tried. What depends on anything else is always asked: whoever reads the answers knows what counts.
    """
    if not asked.awaits:
        return {}
    for other in fields:
        codes = []
        for code, _ in other.choices if other.name != asked.name else ():
            tried = form(activity, here.promised, here.chart, on=here.today, written={other.name: code})
            if any(each.name == asked.name and each.is_shown for each in tried.fields):
                codes.append(code)
        if codes:
            return {"of": other.name, "among": codes}
    return {}


def kept_form(row: KeptRow, study: Study, today: date) -> Form:
    """The form by which a row that was kept is mended."""
    return form(row.activity, study, None, on=today, written=row.told)


def contact_details(name: str) -> dict[str, str]:
    """Who asks to be contacted; empty where it was taken away.

    Raises:
        Sealed: It is not sealed for this desk.
        Absent: The patients' side does not answer.
    """
    from ..patients.sealing import opened as unsealed

    message = patients_side.sealed_contact(name)
    if not message:
        return {}
    told = json.loads(unsealed(message, patients_side.private_key()))
    return {str(key): str(value) for key, value in told.items()} if isinstance(told, dict) else {}
