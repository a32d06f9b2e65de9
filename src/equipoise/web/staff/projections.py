"""What lists are read from: participants, what they are owed, roles, signatures, allocations; all of it follows from links.

A chart is folded for each participant that a link is about, up to the day of that link, and rows are kept of it. What
time alone changes is told by days in the rows; where that is not enough, `stale_on` says when to fold again.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from ...chart import Chart, chart
from ...deviations import deviations
from ...ledger import Link
from ...screening import screening
from ...study import Study
from ..ledger import Projection, links, register
from .charts import events, masked
from .models import Allocation, DueItem, Grant, Participant, Signature, StudyState
from .owed import AHEAD, owed
from .studies import OPENING, of_text

FOLDING = ("event", "participant-added", "frozen", "thawed")
"""Kinds that change where a participant stands."""


def fold(fresh: Sequence[Link]) -> None:
    """Bring the rows up to date with further links of one study."""
    slug = fresh[0].study
    touched: dict[str, Link] = {}
    frozen: dict[str, bool] = {}
    everybody: Link | None = None
    for link in fresh:
        match link.kind:
            case "study-opened" | "amended":
                _opened(link)
                everybody = link
            case "locked":
                StudyState.objects.filter(study=slug).update(locked_at=link.at)
            case "unlocked":
                StudyState.objects.filter(study=slug).update(locked_at=None)
            case "role-given" | "role-taken":
                _role(link)
            case "signed":
                _signed(link)
            case "allocation-asked":
                _asked(link)
            case "allocated":
                _answered(link)
            case _:  # about a participant, below; or about nothing that is listed
                pass
        if link.kind in ("frozen", "thawed"):
            frozen[link.participant] = link.kind == "frozen"
        if link.participant and link.kind in FOLDING:
            touched[link.participant] = link
            if link.kind == "participant-added":
                Participant.objects.get_or_create(
                    study=slug, participant=link.participant,
                    defaults={"site": link.site, "added_at": link.at, "is_virtual": bool(link.body.get("virtual"))},
                )  # fmt: skip
    if everybody is not None:
        for row in Participant.objects.filter(study=slug).only("participant", "number"):
            touched.setdefault(row.participant, everybody)
    _folded(
        slug,
        {who: timezone.localdate(link.at) for who, link in touched.items()},
        {who: link.number for who, link in touched.items()},
        frozen,
    )
    StudyState.objects.filter(study=slug).update(number=fresh[-1].number)


def refresh(slug: str, today: date) -> int:
    """Fold those again whom time has moved on without anything being recorded; how many they were."""
    stale = Participant.objects.filter(study=slug, stale_on__lte=today)
    if not stale.exists():
        return 0
    with transaction.atomic():
        rows = {row.participant: row.number for row in stale.only("participant", "number")}
        _folded(slug, dict.fromkeys(rows, today), rows, {})
    return len(rows)


def _folded(slug: str, on: dict[str, date], numbers: dict[str, int], frozen: dict[str, bool]) -> None:
    """Fold participants, each up to a day, and keep what lists read."""
    if not on:
        return
    state = StudyState.objects.filter(study=slug).first()
    if state is None:
        return
    study = of_text(slug, state.text_hash)
    names = list(on)
    rows = {row.participant: row for start in range(0, len(names), 500)
            for row in Participant.objects.filter(study=slug, participant__in=names[start : start + 500])}  # fmt: skip
    items: list[DueItem] = []
    for who, day in on.items():
        row = rows.get(who)
        if row is None:
            continue
        found = links(slug, participant=who, kinds=("event",), until=max(numbers[who], row.number))
        row.number = max(numbers[who], row.number)
        row.is_frozen = frozen.get(who, row.is_frozen)
        told = list(found)
        known = chart(study, events(study, told, who), until=day)
        shown = chart(study, events(study, told, who, blinded=True), until=day) if masked(study) else known
        _written(row, study, known, shown, day)
        items += _owed(row, study, shown, day)
    for start in range(0, len(names), 500):
        DueItem.objects.filter(study=slug, participant__in=names[start : start + 500]).delete()
    DueItem.objects.bulk_create(items, batch_size=1_000)
    kept = [each.name for each in Participant._meta.concrete_fields if each.name not in ("study", "participant")]
    Participant.objects.bulk_create(
        rows.values(), update_conflicts=True, update_fields=kept, unique_fields=("study", "participant"), batch_size=200
    )


def _written(row: Participant, study: Study, known: Chart, shown: Chart, day: date) -> None:
    """A row from what is known; what lists show of it, in a study with blinded staff, from a chart that does not hold the arm."""
    row.arm = known.arm
    row.version = known.version
    row.consented_on = known.first("consent")
    row.enrolled_on = known.first("enrolment")
    row.allocated_on = known.first("randomisation") or known.first("assignment")
    row.eligibility = screening(study, known.facts).words if study.protocol.eligibility else ""
    row.deviations = len(deviations(study, shown))
    row.status = _status(shown)
    row.step = "; ".join(standing(study, known))[:300] if shown is known else ""
    row.folded_on = day
    row.stale_on = min(_stale(known, day), _stale(shown, day))


def _status(known: Chart) -> str:
    if known.facts.rows.get("death"):
        return "died"
    if any(each.values.get("from") in ("follow_up", "consent") for each in known.facts.rows.get("withdrawal", ())):
        return "withdrawn"
    if known.positions and all(each.ended for each in known.positions):
        return "follow-up"
    if known.first("randomisation") or known.first("assignment"):
        return "allocated"
    return "enrolled" if known.first("enrolment") else "screening"


def standing(study: Study, known: Chart) -> tuple[str, ...]:
    """Where somebody stands on each track, in a few words."""
    study = study.under(known.version)
    steps = study.protocol.pathway.steps if study.protocol.pathway is not None else {}
    told = []
    for each in known.positions:
        step = steps.get(each.step)
        label = (step.label if step is not None else "") or each.step.replace("_", " ")
        told.append(label)
    return tuple(dict.fromkeys(told))


def _stale(known: Chart, day: date) -> date:
    """The first day on which time alone would change where they stand, or the list of what is owed runs out."""
    days = [day + AHEAD - timedelta(days=60)]
    days += [each.times_out + timedelta(days=1) for each in known.positions if each.times_out is not None]
    days += [each.on.first for each in known.events if each.on.first > day]
    return max(min(days), day + timedelta(days=1))


def _owed(row: Participant, study: Study, known: Chart, day: date) -> list[DueItem]:
    """What is not done, with its days: the due list as it will be read until the next link."""
    made: list[DueItem] = []
    if row.status in ("died", "withdrawn"):
        return made
    for each in owed(study, known, today=day):
        last = each.last if each.last is not None else date.max
        made.append(
            DueItem(
                study=row.study, participant=row.participant, site=row.site, place=len(made), activity=each.activity,
                target=each.target, opens=each.opens, closes=each.closes, last=max(last, each.closes), because=each.because,
                is_early=each.is_early,
            )
        )  # fmt: skip
    return made


# --- what is about nobody's chart ------------------------------------------------------------------------------------


def _opened(link: Link) -> None:
    assert link.kind in OPENING
    state, _ = StudyState.objects.get_or_create(study=link.study, defaults={"opened_at": link.at})
    state.text_hash, state.version = link.body["hash"], link.body.get("version", "")
    state.title = link.body.get("title", "")
    state.save()


def _role(link: Link) -> None:
    key = {"study": link.study, "user": link.body["user"], "role": link.body["role"], "site": link.body.get("site", "")}
    if link.kind == "role-taken":
        Grant.objects.filter(**key).delete()
    else:
        Grant.objects.get_or_create(**key, defaults={"given_at": link.at, "given_by": link.by, "number": link.number})


def _signed(link: Link) -> None:
    Signature.objects.get_or_create(
        study=link.study, number=link.number,
        defaults={
            "participant": link.participant, "what": link.body["purpose"], "shown": link.body["hash"], "on": _day_of(link),
            "by": link.by, "role": link.role, "at": link.at,
        },
    )  # fmt: skip


def _day_of(link: Link) -> date:
    """The day that what was signed is about: as it says itself, else that of the signature."""
    said = link.body["shown"].get("on", "")
    try:
        return date.fromisoformat(said)
    except (TypeError, ValueError):
        return timezone.localdate(link.at)


def _asked(link: Link) -> None:
    Allocation.objects.get_or_create(
        study=link.study, participant=link.participant,
        defaults={
            "stratum": link.body.get("stratum", {}), "eligibility": link.body.get("eligibility", ""), "asked_by": link.by,
            "asked_role": link.role, "asked_at": link.at, "number": link.number,
        },
    )  # fmt: skip


def _answered(link: Link) -> None:
    Allocation.objects.filter(study=link.study, participant=link.participant).update(
        answered_at=link.at, receipt=dict(link.body)
    )


def locked(slug: str) -> bool:
    """Whether a study is locked."""
    return StudyState.objects.filter(study=slug, locked_at__isnull=False).exists()


def grants(user: str, slugs: Iterable[str] | None = None) -> dict[str, list[Grant]]:
    """The roles of somebody, by study."""
    found: dict[str, list[Grant]] = {}
    rows = Grant.objects.filter(user=user)
    for each in rows.filter(study__in=list(slugs)) if slugs is not None else rows:
        found.setdefault(each.study, []).append(each)
    return found


register(Projection("staff", (StudyState, Participant, DueItem, Grant, Signature, Allocation), fold))
