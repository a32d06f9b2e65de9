"""What is next for a participant, and why: one sentence each, the most pressing first, with where to do it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from django.utils import timezone

from ...due import due
from ...expression.explain import explain
from ...logic import MET, NOT_MET, UNKNOWN
from ...pathway import Position
from ...study import Study
from .eligibility import left, screened, signed
from .here import Here
from .judgements import item_of, may_answer, whose
from .models import SeriousEvent
from .owed import owed
from .roles import answers_for
from .serious_events import clock_of


@dataclass(frozen=True, slots=True)
class Next:
    """Something to do, why, and where; `address` is empty where it is somebody else's or another day's to do."""

    does: str
    why: str
    address: str = ""
    opens: date | None = None
    closes: date | None = None
    state: str = "open"
    """open, late, upcoming, waits."""
    also: tuple[tuple[str, str], ...] = ()
    """What is to be done on the same days for the same reason, and where."""

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """All that is to be done, each with its address."""
        return ((self.does, self.address), *self.also)


def nexts(here: Here) -> tuple[Next, ...]:
    """All that is next."""
    known, serious = here.chart, tuple(_serious(here))
    if known.facts.rows.get("death"):
        return serious
    joining = tuple(_joining(here)) if not known.arm and not known.visits and not left(here.study, known) else ()
    rank = {"late": 0, "open": 1, "waits": 2, "upcoming": 3}
    found = _together((*_pathway(here), *_schedule(here)))
    return (
        *serious,
        *joining,
        *sorted(found, key=lambda each: (rank[each.state], each.closes or each.opens or date.max, each.opens or date.max)),
    )


def _serious(here: Here) -> Iterator[Next]:
    """Serious events that wait to be reported, also of somebody who died or left."""
    now = timezone.now()
    for row in SeriousEvent.objects.filter(study=here.slug, participant=here.who.participant, reported_at=None).order_by(
        "since"
    ):
        clock = clock_of(row)
        why = f"To be reported by {timezone.localtime(clock.until):%Y-%m-%d %H:%M}: {clock.left(now)}."
        state = "late" if clock.state(now) == "overdue" else "open"
        until = timezone.localdate(clock.until)
        yield Next(f"Report the serious event: {row.term}", why, here.to("adverse-events"), closes=until, state=state)


def _together(found: Iterable[Next]) -> list[Next]:
    """What is to be done on the same days for the same reason, as one."""
    kept: dict[tuple[object, ...], Next] = {}
    for each in found:
        key = (each.why, each.opens, each.closes, each.state)
        first = kept.get(key)
        kept[key] = each if first is None else replace(first, also=(*first.also, (each.does, each.address)))
    return list(kept.values())


def _joining(here: Here) -> Iterator[Next]:
    """From first contact to allocation."""
    study, known = here.study, here.chart
    design = study.protocol.design
    if not known.first("consent") and design.type == "interventional" and design.perspective != "retrospective":
        yield Next("Record consent", "Nothing is done for the trial before consent.", _form(here, "consent"))
    found = screened(study, known, here.today)
    if found.truth is NOT_MET:
        barred = [each.says for each in found.verdicts if each.truth is NOT_MET]
        yield Next("Not eligible", f"Not met: {'; '.join(barred)}", here.to("screening"), state="waits")
        return
    if found.truth is UNKNOWN:
        unknown = sum(each.truth is UNKNOWN for each in found.verdicts)
        asks = f"{unknown} of {len(found.verdicts)} criteria cannot be told yet."
        asked = [item for each in found.missing if (item := item_of(study, each.form, each.fact)) is not None]
        others = sorted({whose(each.by) for each in asked if not may_answer(here, each)})
        if others:
            asks += f" {' and '.join(others).capitalize()} {'has' if len(others) == 1 else 'have'} to answer some of it."
        records = here.may("record") or any(each.judge and may_answer(here, each) for each in asked)
        yield Next("Complete screening", asks, here.to("screening") if records else "")
        return
    randomised = "randomisation" in study.activities and bool(study.protocol.arms)
    allocated = "assignment" in study.activities and bool(study.protocol.arms)
    if found.truth is MET and signed(study, here.who, known).is_missing:
        why = "Every criterion is met."
        yield Next("Sign eligibility and enrol", why, here.to("sign-eligibility") if here.may("sign_eligibility") else "")
    elif not known.first("enrolment"):
        yield Next("Enrol", "Eligibility is signed.", _form(here, "enrolment"))
    elif randomised:
        yield Next(
            "Randomise",
            "Eligibility is signed, and nothing was drawn yet.",
            here.to("randomise") if here.may("randomise") else "",
        )
    elif allocated:
        yield Next(
            "Assign to an arm", "Enrolled; this trial assigns its arms by decision, not by lot.", _form(here, "assignment")
        )


def _pathway(here: Here) -> Iterator[Next]:
    study, known = here.promised, here.chart
    for position in known.positions:
        if position.ended:
            continue
        step = _step(study, position.step)
        for name, opens in position.owed:
            why = f"The pathway stands at '{step}' since {position.entered}."
            if position.waits:
                why += f" {position.waits[:1].upper()}{position.waits[1:]}{_read(here, study, position)}."
            if position.times_out is not None:
                why += f" If not by {position.times_out}, the step times out."
            state = "open" if opens <= here.today else "upcoming"
            closes = next((each.closes for each in due(study, known) if each.activity == name and each.opens == opens), None)
            if closes is not None and closes < here.today:
                state = "late"
            yield Next(study.label(name), why, _form(here, name), opens, closes, state)
        for name in position.offered:
            if name not in [each for each, _ in position.owed]:
                yield Next(study.label(name), f"May follow at '{step}'.", _form(here, name), state="open")
        yield from _decision(here, study, position, step)
        if position.waits and not position.owed and not position.options:
            lacks = "; ".join(map(str, position.missing))
            yield Next(f"'{step}' waits", f"{position.waits}{': ' + lacks if lacks else ''}.", state="waits")


def _read(here: Here, study: Study, position: Position) -> str:
    """What a guard that is not met was read from."""
    pathway = study.protocol.pathway
    guard = pathway.steps[position.step].guard if pathway is not None and position.step in pathway.steps else None
    if guard is None:
        return ""
    found = explain(guard.settled, here.chart.facts, study.scope)
    told = "; ".join(f"{each.label}: {each.value}" for each in found.reads)
    return f" ({told})" if told and found.truth is NOT_MET else ""


def _decision(here: Here, study: Study, position: Position, step: str) -> Iterator[Next]:
    if not position.options:
        return
    pathway = study.protocol.pathway
    by = pathway.steps[position.step].by if pathway is not None else ""
    may = bool(here.powers.roles_at(here.who.site) & set(answers_for(by))) and here.may("decide")
    proposes = f" The rule proposes: {position.proposal.replace('_', ' ')}." if position.proposal else ""
    why = f"At '{step}' people decide: {', '.join(each.replace('_', ' ') for each in position.options)}.{proposes}"
    yield Next("Decide", why, here.to("board") if may and "board" in _names() else "", state="open")


def _schedule(here: Here) -> Iterator[Next]:
    """What the schedule asks for now, and of what is to come the first of each."""
    study = here.promised
    coming: set[tuple[str, str]] = set()
    for each in sorted(owed(study, here.chart, today=here.today), key=lambda each: each.target):
        if each.because.startswith("step '"):
            continue
        if each.state == "upcoming":
            line = (each.activity, each.because.partition(",")[0])
            if line in coming:
                continue
            coming.add(line)
        why = f"{each.because[:1].upper()}{each.because[1:]}."
        yield Next(study.label(each.activity), why, _form(here, each.activity), each.opens, each.closes, each.state)


def _form(here: Here, activity: str) -> str:
    return here.to("record", activity=activity) if here.may("record") else ""


def _step(study: Study, name: str) -> str:
    steps = study.protocol.pathway.steps if study.protocol.pathway is not None else {}
    return (steps[name].label if name in steps else "") or name.replace("_", " ")


def _names() -> tuple[str, ...]:
    from .screens import SCREENS

    return tuple(each.name for each in SCREENS)
