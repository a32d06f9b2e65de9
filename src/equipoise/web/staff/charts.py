"""Charts of participants, folded from what the ledger holds. Kept until the next link about them; never with more than asked."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

from ...chart import Chart, chart
from ...events import Event
from ...ledger import Link
from ...study import Study
from ...transcript import read_events
from ..ledger import links
from .models import Participant, StudyState
from .roles import JUDGES
from .studies import of_text

ALLOCATED = ("randomisation", "assignment")


def told(link: Link, *, blinded: bool = False) -> dict[str, Any]:
    """An event's link as the line that `transcript` reads; who wrote it and when is the link's, whatever the body says."""
    body = dict(link.body)
    if blinded and body.get("do") in ALLOCATED:
        body["items"] = {key: value for key, value in body.get("items", {}).items() if key != "arm"}
    if blinded and "corrects" in body:
        body["items"] = {key: value for key, value in body.get("items", {}).items() if key != "arm"}
    entered = link.at.isoformat(timespec="microseconds")
    beside = {"by": link.by, "role": link.role, "site": link.site, "participant": link.participant, "entered": entered}
    if "decide" in body and link.role in JUDGES.get(str(body.get("role")), ()):
        beside["role"] = str(body["role"])  # they decide as whom the study names: a member of the board as the board
    return {**body, **{key: value for key, value in beside.items() if value}}


def events(study: Study, found: Iterable[Link], participant: str, *, blinded: bool = False) -> tuple[Event, ...]:
    """Links of one participant as the engine's events."""
    lines = "\n".join(json.dumps(told(each, blinded=blinded), ensure_ascii=False) for each in found)
    return read_events(lines, study, participant=participant)[0]


def known(slug: str, row: Participant, *, until: date, blinded: bool = False) -> Chart:
    """The chart of a participant on a day."""
    state = StudyState.objects.only("text_hash").get(study=slug)
    return _known(settings.DESK.folder, slug, state.text_hash, row.participant, row.number, until, blinded)


@lru_cache(maxsize=2_000)
def _known(desk: Path, slug: str, text_hash: str, participant: str, number: int, until: date, blinded: bool) -> Chart:
    study = of_text(slug, text_hash)
    found = links(slug, participant=participant, kinds=("event",), until=number)
    return chart(study, events(study, found, participant, blinded=blinded), until=until)


def masked(study: Study) -> bool:
    """Whether some of the staff must not know the arm: what all of them may read is then folded without it."""
    return study.protocol.design.masking in ("double", "triple", "quadruple")


def event_links(slug: str, participant: str) -> Mapping[str, Link]:
    """The links of a participant's events, by the name of the event."""
    return {str(each.body.get("id", each.number)): each for each in links(slug, participant=participant, kinds=("event",))}
