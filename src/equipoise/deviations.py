"""What the protocol promised and what happened otherwise: on the pathway, at enrolment, and in the schedule."""

from collections.abc import Iterator

from .chart import Chart, as_of
from .due import Due, due
from .logic import MET, NOT_MET
from .pathway import Deviation
from .screening import screening
from .study import Study


def deviations(study: Study, known: Chart, owed: tuple[Due, ...] | None = None) -> tuple[Deviation, ...]:
    """All deviations of one participant, in order of day.

    Args:
        study: What was promised.
        known: What happened.
        owed: The due list, if it has been made already.
    """
    study = study.under(known.version)
    found = [
        *known.deviations,
        *_enrolment(study, known),
        *_consent(study, known),
        *_death(study, known),
        *_lesions(study, known),
    ]
    found += _schedule(study, due(study, known) if owed is None else owed)
    return tuple(sorted(found, key=lambda each: (each.on, each.rule, each.event)))


def _enrolment(study: Study, known: Chart) -> Iterator[Deviation]:
    """Somebody enrolled, randomised or assigned who was not eligible then, or of whom nobody could tell."""
    for form in ("enrolment", "randomisation", "assignment"):
        for row in known.facts.rows.get(form, ())[:1]:
            found = screening(study, as_of(known, study, row.on.first).facts)
            if found.truth is MET:
                continue
            done = study.called(form)
            barred = [each.criterion.id for each in found.verdicts if each.truth is NOT_MET]
            if barred:
                yield Deviation(row.on.first, "ineligible", f"{done} of an ineligible participant: {', '.join(barred)}", row.id)
                return
            open_ = [each.criterion.id for each in found.verdicts if each.truth is not MET]
            says = f"{done} before eligibility could be told: {', '.join(open_)}"
            yield Deviation(row.on.first, "eligibility-unknown", says, row.id)
            return


def _consent(study: Study, known: Chart) -> Iterator[Deviation]:
    """In an interventional trial nothing is assigned before consent.

    Where the study does not keep consent as closed, one that is not recorded may have been given all the same.
    """
    if study.protocol.design.type != "interventional" or study.protocol.design.perspective == "retrospective":
        return
    consented = known.first("consent")
    if consented is None and "consent" not in study.protocol.closed:
        return
    for form in ("enrolment", "randomisation", "assignment"):
        day = known.first(form)
        if day is not None and (consented is None or consented > day):
            told = f"consent is dated {consented}" if consented is not None else "no consent is recorded"
            yield Deviation(day, "consent", f"{study.called(form)} on {day}, and {told}")
            return


def _death(study: Study, known: Chart) -> Iterator[Deviation]:
    """Something done with somebody who was dead by then: one of the two days is wrong.

    Who looks back enrols the dead, and judges records.
    """
    looks_back = study.protocol.design.perspective in ("retrospective", "both")
    on_paper = {"death", "judgement", *(("enrolment",) if looks_back else ())}
    for died in known.facts.rows.get("death", ())[:1]:
        rows = [(row.on.first, name, row.id) for name in study.activities for row in known.facts.rows.get(name, ())]
        later = sorted(each for each in rows if each[1] not in on_paper and each[0] > died.on.last)
        if not later:
            return
        day, name, event = later[0]
        more = f", and {len(later) - 1} more" if len(later) > 1 else ""
        yield Deviation(day, "after-death", f"{study.label(name)} is dated {day}, after death on {died.on}{more}", event)


def _lesions(study: Study, known: Chart) -> Iterator[Deviation]:
    """Lesions that are treated, or chosen to be, and that nobody had listed, though others were: a misspelt name."""
    for name, activity in study.activities.items():
        asking = [item.name for item in activity.items.values() if item.type == "lesions"]
        for row in known.facts.rows.get(name, ()) if asking else ():
            told = [which for item in asking if isinstance(which := row.values.get(item), tuple)]
            listed = {each.lesion for each in known.sightings if each.on <= row.on.last}
            strange = sorted({each for which in told for each in which} - listed)
            if listed and strange:
                says = f"{study.label(name)} names {', '.join(strange)}, which no imaging has listed"
                yield Deviation(row.on.first, "unknown-lesion", says, row.id)


def _schedule(study: Study, owed: tuple[Due, ...]) -> Iterator[Deviation]:
    for item in owed:
        label = study.label(item.activity)
        if item.status == "missed":
            yield Deviation(item.closes, "missed", f"{label} ({item.because}) was due by {item.closes} and is not recorded")
        elif item.status in ("early", "done late") and item.done_on is not None:
            how = "before" if item.status == "early" else "after"
            says = f"{label} ({item.because}) took place on {item.done_on}, {how} its window of {item.opens} to {item.closes}"
            yield Deviation(item.done_on, "window", says, item.event)
