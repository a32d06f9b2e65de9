"""Rows from outside as events: checked as forms are, written once however often they come, kept and explained where they fail."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ...protocol import Item
from ...study import Study
from ..ledger import Draft, Refused, append, links
from ..staff import charts, queries
from ..staff.forms import Form, filled
from ..staff.here import barred
from ..staff.models import Participant
from ..staff.roles import answers_for
from ..staff.studies import opened
from .models import KeptRow

NOT_THESE = ("randomisation", "assignment", "judgement", "consent", "enrolment")
"""What no table and no patient says: each has a page of its own."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One row: of whom, of what, and what was written, by the fields of the activity's form."""

    who: str
    activity: str
    told: Mapping[str, str]
    source: str
    line: int = 0
    key: str = ""
    """What tells it from another row of the same participant, activity and day: a sample's number."""

    @property
    def event(self) -> str:
        """The name of its event: the same whenever, and in whatever file, the row comes."""
        told = [self.who, self.activity, self.told.get(f"{self.activity}.on", ""), self.key]
        return f"row-{hashlib.sha256(json.dumps(told).encode()).hexdigest()[:24]}"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that could not be taken, and why."""

    row: Incoming
    says: tuple[str, ...]


@dataclass(slots=True)
class Taken:
    """What came of rows."""

    saved: list[str] = field(default_factory=list)
    """The names of the events that were written now."""
    there: int = 0
    """Rows that were there already, word for word."""
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Author:
    """In whose name rows are written, and at which sites (None: all)."""

    by: str
    role: str
    sites: frozenset[str] | None = None


def take(slug: str, rows: Iterable[Incoming], author: Author, *, today: date, event: str = "") -> Taken:
    """Write rows as events: those of one participant together, each of them once.

    Args:
        slug: The study.
        rows: What came.
        author: In whose name.
        today: The day it is.
        event: The name of the event, where it was given before: of one row that is mended.
    """
    came, study = Taken(), opened(slug)
    by_participant: dict[str, list[Incoming]] = {}
    for row in rows:
        by_participant.setdefault(row.who, []).append(row)
    for who, mine in by_participant.items():
        known = Participant.objects.filter(study=slug, participant=who).first() if who else None
        if known is None or (author.sites is not None and known.site not in author.sites):
            says = f"There is no participant '{who[:60]}' here." if who else "It does not say whose it is."
            came.refused += [Refusal(each, (says,)) for each in mine]
        else:
            _of_one(slug, study, known, mine, author, came, today, event)
    return came


def _of_one(
    slug: str, study: Study, row: Participant, mine: Sequence[Incoming], author: Author, came: Taken, today: date, event: str
) -> None:
    known = charts.known(slug, row, until=today, blinded=charts.masked(study))
    promised = study.under(known.version)
    there: dict[str, Mapping[str, Any]] = {
        str(link.body.get("id")): link.body for link in links(slug, participant=row.participant, kinds=("event",))
    }
    drafts: list[Draft] = []
    written: dict[str, Incoming] = {}
    for each in mine:
        of = promised if each.activity in promised.activities else study
        if each.activity not in of.activities or each.activity in NOT_THESE:
            came.refused.append(Refusal(each, (f"'{each.activity}' is not something that a table tells.",)))
            continue
        name = event or each.event
        form = filled(each.activity, of, known, each.told, today=today, id=name)
        if judged := [each.label for each in form.fields if each.value.strip() and not _judges(author, each.item)]:
            came.refused.append(Refusal(each, (f"For others to answer: {'; '.join(judged)}.",)))
            continue
        if not form.is_sound:
            came.refused.append(Refusal(each, faults(form)))
            continue
        body = dict(form.body)
        if len(body) <= 3:
            came.refused.append(Refusal(each, ("Nothing is written in it.",)))
        elif name in there and _same(there[name], body):
            came.there += 1
        elif name in there:
            differ = ", ".join(sorted(_differing(there[name], body))) or "what it says"
            says = (
                f"A row of this day is there already, and differs in {differ}. Correct that one, or say another sample or day."
            )
            came.refused.append(Refusal(each, (says,)))
        else:
            there[name] = body
            written[name] = each
            drafts.append(
                Draft(by=author.by, role=author.role, kind="event", body={**body, "participant": row.participant},
                      site=row.site, participant=row.participant)
            )  # fmt: skip
            drafts += queries.from_checks([form], participant=row.participant, site=row.site)
    if not drafts:
        return
    request = f"rows {hashlib.sha256(' '.join(written).encode()).hexdigest()}"
    try:
        append(slug, drafts, request=request, unless=lambda head: barred(slug, drafts) or _taken(slug, row, written))
        came.saved += written
    except Refused as why:
        came.refused += [Refusal(each, (str(why),)) for each in written.values()]


def _judges(author: Author, item: Item) -> bool:
    """Whether an answer may come from an author: a judgement comes from whoever the study leaves it to."""
    return not item.judge or author.role in (*answers_for(item.by), item.by)


def _taken(slug: str, row: Participant, names: Iterable[str]) -> str | None:
    """Why nothing is written: somebody else took one of the rows a moment ago."""
    there = {str(link.body.get("id")) for link in links(slug, participant=row.participant, kinds=("event",), after=row.number)}
    return "Somebody took this row a moment ago. Send it once more." if there.intersection(names) else None


def faults(form: Form) -> tuple[str, ...]:
    """What is wrong with a form, a sentence each."""
    said = [*form.faults, *(f"{each.label}: {each.fault}" for each in form.fields if each.fault)]
    return (*said, *(f"{each.id or 'a lesion'}: {each.fault}" for each in form.lesions or () if each.fault))


def keep(slug: str, refused: Iterable[Refusal], author: Author) -> int:
    """Keep rows that could not be taken; one that comes again is the same row."""
    count = 0
    for each in refused:
        row = each.row
        told = [slug, row.source, row.line, row.who, row.activity, dict(row.told)]
        name = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]
        known = Participant.objects.filter(study=slug, participant=row.who).first()
        of_ours = known is not None and (author.sites is None or known.site in author.sites)
        KeptRow.objects.update_or_create(
            id=name,
            defaults={
                "study": slug, "source": row.source[:200], "line": row.line, "who": row.who[:200],
                "site": known.site if known is not None and of_ours else "", "activity": row.activity,
                "told": dict(row.told), "says": list(each.says), "event": row.event, "by": author.by,
            },
        )  # fmt: skip
        count += 1
    return count


def _same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return not _differing(old, new) and all(old.get(key) == new.get(key) for key in ("on", "do", "note", "lesions"))


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> set[str]:
    before, after = old.get("items", {}), new.get("items", {})
    return {key for key in {*before, *after} if before.get(key) != after.get(key)}
