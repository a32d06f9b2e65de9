"""When what is assessed, in a draft."""

import re
from typing import Any

from ..outcomes import ITSELF, Outcome
from ..registries.record import Said, surest
from ..timings import moment
from ..visits import EXAMINATIONS, Visit, visits
from .design import DRUG
from .made import MOST, Made, clean, word_of


def moment_in(made: Made, name: str, words: str = "") -> str:
    """The activity that a moment is in this study; it is added where the study has none yet."""
    if name in ("enrolment", "death", "off_treatment"):
        return name
    if name == "randomisation":
        return "randomisation" if made.design.get("allocation") == "randomised" else "enrolment"
    pattern = {
        "ablation": r"ablat|rfa\b|radiofreq",
        "surgery": r"surg|resect|ectomy|operat|transplant",
        "vaccination": r"vaccin",
        "procedure": r".",
    }.get(name, "")
    if pattern:
        own = [
            key
            for label, key in made.treatments.items()
            if re.search(pattern, label, re.IGNORECASE) and made.activities[key].get("procedure")
        ]
        if own:
            best = max(own, key=lambda key: sum(word in word_of(words).split("_") for word in key.split("_")))
            return best
    if name == "procedure" and (done := [key for key, each in made.activities.items() if each.get("procedure")]):
        return done[0]
    labels = {
        "ablation": "Ablation",
        "surgery": "Surgery",
        "diagnosis": "Diagnosis",
        "discharge": "Discharge",
        "vaccination": "Vaccination",
        "first_treatment": "Start of treatment",
        "procedure": "Procedure",
    }
    one_made = made.activity(
        name,
        labels.get(name, name.replace("_", " ").capitalize()),
        **({"procedure": True} if name in ("ablation", "surgery", "procedure") else {}),
    )
    if made.activities[one_made].get("procedure") and one_made not in made.closed:
        made.closed.append(one_made)
    return one_made


def _cycle(made: Made) -> str:
    """The activity whose rounds are counted."""
    own = [key for label, key in made.treatments.items() if DRUG.search(label) and not made.activities[key].get("procedure")]
    if len(own) == 1:
        made.activities[own[0]]["repeats"] = True
        return own[0]
    return made.activity(
        "treatment_cycle",
        "Cycle of treatment",
        repeats=True,
        source=made.source(surest(made.record.description), "treatment cycles"),
    )


def scheduled(made: Made) -> None:
    labels = {name: label for name, label, _ in EXAMINATIONS}
    told, found = None, tuple[Visit, ...]()
    for name in ("description", "summary"):
        if not found and (told := surest(made.record.said(name))) is not None:
            found = visits(told.value)
    for visit in found[:MOST] if told is not None else ():
        _line(made, visit, [made.activity(name, labels[name]) for name in visit.do], told)
        for gap in visit.gaps:
            made.missing(f"{clean(gap, 200)}: “{clean(visit.says, 200)}”")
    if not found:
        made.missing("When participants are seen and examined (the schedule)")
    if (rest := surest(made.record.description)) is not None:
        why = "A draft takes from sentences the lines of a schedule, and no more. Read it beside the draft."
        made.outside.append({"what": "What else the detailed description tells", "why": why, "source": made.source(rest)})


def _line(made: Made, visit: Visit, do: list[str], said: Said[Any] | None) -> None:
    when = visit.timing
    line: dict[str, Any] = {"do": do}
    if when.rounds:
        line["every"] = f"{when.rounds} cycles of {_cycle(made)}"
    elif when.every is not None:
        line["every"] = str(when.every)
    elif when.on:
        line["on"] = list(when.on)
    elif not when.at:
        return  # its gap is said
    word = "after" if when.on or when.at else "from"
    anchor = (moment(when.anchor) or "") if when.anchor else ""
    if not anchor and not when.rounds:
        anchor = "enrolment"
        told = (
            f"'{clean(when.anchor, 80)}' is no moment that is understood here"
            if when.anchor
            else "The sentence does not name a moment"
        )
        made.missing(f"From when this counts: “{clean(visit.says, 200)}”", "enrolment", f"{told}.")
    if anchor:
        line[word] = moment_in(made, anchor, when.anchor)
    if when.starting is not None and when.every is not None:
        line["starting"] = str(when.starting)
    if when.until is not None:
        line["until"] = str(when.until)
    elif when.ends_with and "death" not in when.ends_with:
        ends = moment(when.ends_with) or (
            "progression" if "progress" in when.ends_with else "recurrence" if re.search("recur|relaps", when.ends_with) else ""
        )
        if ends:
            line["until"] = event(made, ends) if ends in ("progression", "recurrence") else moment_in(made, ends)
    if visit.only:
        item = made.own(f"is {visit.only}", "applies", 50)
        made.activity("conditions", "What a line of the schedule depends on", repeats=True)
        made.item("conditions", item, type="yes_no", judge=f"Does this hold: “{clean(visit.only, 300)}”?", by="investigator")
        line["while"] = item
        made.missing(f"Who decides of whom this holds: “{clean(visit.only, 200)}”", "the investigator answers it")
    line["source"] = made.source(said, visit.says)
    spans = when.at if when.at and "every" not in line else (None,)
    for span in spans:
        one = {
            "do": line["do"],
            **({"at": str(span)} if span is not None else {}),
            **{key: value for key, value in line.items() if key != "do"},
        }
        if not any({**known, "source": ""} == {**one, "source": ""} for known in made.schedule):
            made.schedule.append(one)
    if made.schedule:
        made.missing(
            "The windows around the days on which something is due", "", "The record gives days, if that, and no windows."
        )


def event(made: Made, name: str, label: str = "") -> str:
    """The activity by which an event is recorded."""
    labels = {
        "progression": "Progression",
        "recurrence": "Recurrence",
        "complication": "Complication",
        "response": "Response",
        "hospitalisation": "Admission to hospital",
        "infection": "Infection",
    }
    return made.activity(
        name,
        label or labels.get(name, name.replace("_", " ").capitalize()),
        **(
            {"repeats": True}
            if name in ("complication", "hospitalisation", "infection", "response", "recurrence", "progression")
            else {}
        ),
    )


def happening(made: Made, what: str, endpoint: str, read: Outcome) -> str:
    """The activity by which what an outcome counts is recorded; one of its own where it has no name."""
    if what == ITSELF:
        return event(made, made.own(f"{endpoint}_seen", "seen", 60), read.title)
    return event(made, what)
