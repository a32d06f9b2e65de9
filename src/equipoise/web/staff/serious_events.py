"""The serious adverse events of a study, each with its clock: what the list of all sites is read from."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import QuerySet

from ...ledger import Link
from ..ledger import Projection, links, register
from .charts import events
from .harms import KINDS, Clock, harms
from .models import Participant, SeriousEvent, StudyState
from .studies import of_text


def fold(fresh: Sequence[Link]) -> None:
    """Bring the rows up to date with further links of one study."""
    slug = fresh[0].study
    listed = set(SeriousEvent.objects.filter(study=slug).values_list("participant", flat=True).distinct())
    amended = any(link.kind in ("study-opened", "amended") for link in fresh)
    touched = set(listed) if amended else set[str]()
    for link in fresh:
        if link.participant and (link.kind in KINDS or link.kind == "event" and _tells(link.body, link.participant in listed)):
            touched.add(link.participant)
    if touched:
        _folded(slug, touched, fresh[-1].number)


def _tells(body: Mapping[str, Any], is_listed: bool) -> bool:
    """Whether an event may make an event serious, or change one that is."""
    items = body.get("items") or {}
    return "serious" in items or "corrects" in body and (is_listed or bool(body.get("retract")))


def _folded(slug: str, participants: set[str], until: int) -> None:
    state = StudyState.objects.filter(study=slug).first()
    if state is None:
        return
    study = of_text(slug, state.text_hash)
    sites = dict(Participant.objects.filter(study=slug, participant__in=participants).values_list("participant", "site"))
    rows = []
    for who in sorted(participants):
        found = list(links(slug, participant=who, kinds=("event",), until=until))
        named = {str(each.body.get("id", each.number)): each for each in found}
        told = links(slug, participant=who, kinds=KINDS, until=until)
        for each in harms(study, events(study, found, who), named, told, until=date.max):
            if each.clock is not None:
                clock: Clock = each.clock
                rows.append(
                    SeriousEvent(
                        study=slug, participant=who, event=each.event.id, site=sites.get(who, ""), term=each.term[:300], grade=each.grade[:60],
                        began=str(each.event.on), since=clock.since, learnt=clock.learnt, reported_at=clock.reported_at,
                        reported_to=clock.reported_to, reference=clock.reference,
                    )
                )  # fmt: skip
    SeriousEvent.objects.filter(study=slug, participant__in=participants).delete()
    SeriousEvent.objects.bulk_create(rows)


def of_sites(slug: str, sites: frozenset[str] | None) -> QuerySet[SeriousEvent]:
    """The serious events of some sites; of all, where None."""
    found = SeriousEvent.objects.filter(study=slug)
    return found if sites is None else found.filter(site__in=sites)


def unreported(slug: str, sites: frozenset[str] | None) -> int:
    """How many wait to be reported."""
    return of_sites(slug, sites).filter(reported_at=None).count()


def clock_of(row: SeriousEvent) -> Clock:
    """The clock of a row."""
    return Clock(row.since, row.learnt, row.reported_at, row.reported_to, row.reference)


register(Projection("serious-events", (SeriousEvent,), fold))
