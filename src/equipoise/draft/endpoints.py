"""What is measured, in a draft."""

import re
from typing import Any

from ..calendar import NO_TIME
from ..criteria import Needed
from ..finding import Unreadable
from ..outcomes import PANELS, Outcome, Role, outcome
from ..protocol import BUILT_IN
from ..quantity import scale
from ..registries.record import Outcome as OutcomeSaid
from ..registries.record import Said
from .made import Made, clean
from .schedule import happening, moment_in

_SHORT = (
    ("os", r"\boverall[- ]survival|^os$"),
    ("pfs", r"progression[- ]free|^pfs$"),
    ("rfs", r"(?:recurrence|relapse)[- ]free|^rfs$"),
    ("dfs", r"disease[- ]free|^dfs$"),
    ("efs", r"event[- ]free|^efs$"),
)


def endpoints(made: Made) -> None:
    outcomes = made.many("outcomes")
    if outcomes and not any(each.value.role == "primary" for each in outcomes):
        made.missing(
            "Which outcome is the primary one",
            "none of them",
            "The record prints the outcomes and has lost which is which.",
        )
    for said in outcomes:
        each: OutcomeSaid = said.value
        title, text = (each.measure, each.description) if each.measure.strip() else (each.description, "")
        if title.strip():
            role: Role = "primary" if each.role == "primary" else "exploratory" if each.role == "other" else "secondary"
            endpoint(made, outcome(title, text, each.time_frame, role), said)


def endpoint(made: Made, read: Outcome, said: Said[Any], says: str = "") -> None:
    """One endpoint, from an outcome as it was read; `says` are the words that name it, where they are not its own."""
    short = next(
        (name for name, pattern in _SHORT if read.kind == "time_to_event" and re.search(pattern, f"{read.title}".lower())),
        "",
    )
    name = made.own(short or read.title, "outcome")
    told: dict[str, Any] = {"label": clean(read.title, 300), "role": read.role, "kind": read.kind}
    origin = moment_in(made, read.origin, read.origin_words)
    if "recurrence" in read.events and not read.origin_said and (cleared := _clearing(made)):
        origin = cleared  # only what was gone can come back
    told["from"] = origin
    if read.kind in ("time_to_event", "occurrence"):
        events = [
            event if event in ("death", "withdrawal", "adverse_event") else happening(made, event, name, read)
            for event in read.events
        ]
        if read.kind == "occurrence" and read.attributed_to and events == ["death"]:
            events = ["first(death where cause == procedure)"]
        told["event"] = events[0] if len(events) == 1 else events
    if read.kind == "time_to_event":
        if read.competing:
            told["competing"] = list(read.competing)
        told["censor"] = "last_known_alive"
        if read.horizon is not None and read.horizon != NO_TIME:
            told["horizon"] = str(read.horizon)
    elif read.kind == "occurrence":
        if read.horizon is not None and read.horizon != NO_TIME:
            told["within"] = str(read.horizon)
        if read.attributed_to and "cause" not in str(told["event"]) and made.activities.get(origin, {}).get("procedure"):
            told["attributed_to"] = origin
    else:
        _measured(made, read, told, name)
    if origin not in BUILT_IN and made.activities.get(origin, {}).get("procedure"):
        given = [arm for arm in made.arms.values() if origin in arm.get("gives", ())]
        if made.arms and len(given) < len(made.arms) or made.groups or origin not in made.treatments.values():
            told["among"] = f"exists {origin}"
            made.missing(
                f"Of whom '{clean(read.title, 120)}' is told",
                f"those who had: {made.activities[origin]['label']}",
                "Its clock starts there, and not everybody gets there.",
            )
    if read.text:
        told["text"] = clean(read.text, 1_500)
    frame = read.timing.text
    told["source"] = made.source(said, says or " | ".join(filter(None, (read.title, read.text, frame))))
    made.endpoints[name] = told
    for gap in read.gaps:
        assumed = ""
        if gap.startswith("from when it counts"):
            assumed = origin
        elif "counts as is not said" in gap:
            assumed = "it ends the time at risk, and is not the event"
        elif gap.startswith("how it is measured"):
            assumed = "a number, in the unit that the text names, or in none, written down at each assessment"
        elif gap.startswith("which tests"):
            assumed = ", ".join(
                term.split(".")[1] for called, terms in PANELS.items() if f"'{called}'" in gap for term in terms
            )
        made.missing(
            f"Of '{clean(read.title, 120)}': {gap}",
            assumed,
            f"The time frame says: {clean(frame, 120)}." if frame and ("average" in gap or "length" in gap) else "",
        )


def _clearing(made: Made) -> str:
    """The procedure that may have made participants free of the disease, where the record tells of one; else nothing."""
    text = " ".join(
        str(each.value) for name in ("title", "description", "summary", "interventions") for each in made.record.said(name)[:1]
    )
    return next(
        (
            moment_in(made, name)
            for name, words in (("surgery", r"surg|resect|ectomy"), ("ablation", r"ablat"))
            if re.search(words, text, re.IGNORECASE)
        ),
        "",
    )


def _measured(made: Made, read: Outcome, told: dict[str, Any], name: str) -> None:
    """What an endpoint that is no event is made of: items, on the form where they are written down."""
    label = clean(read.title, 200)
    if read.measures:
        for term in read.measures:
            made.need(Needed(term.split(".")[1], term))
        names = [term.split(".")[1] for term in read.measures]
        if read.kind == "measurement":
            told["item"] = names[0]
        else:
            told["items"] = names
    elif read.kind == "cost":
        made.activity("bill", "Bill", cost=True, repeats=True)
        told["items"] = [made.item("bill", made.own(f"{name}_amount", "amount"), use="outcomes.cost", label=label)]
        told["combine"] = "sum"
    elif read.kind == "score":
        form = made.activity("questionnaire", "Questionnaire")
        made.activities[form].setdefault("repeats", True)
        told["items"] = [made.item(form, made.own(f"{name}_score", "score"), type="score", label=label)]
    else:
        form = made.activity("assessment", "Assessment", repeats=True)
        unit = _unit(f"{read.title} {read.text[:300]}")
        kind = {"type": "quantity", "unit": unit} if unit else {"type": "real"}
        told["item"] = made.item(form, made.own(f"{name}_value", "value"), **kind, label=label)
    if read.kind == "measurement" and len(read.timing.at) == 1:
        told["at"] = str(read.timing.at[0])
    elif read.horizon is not None and read.horizon != NO_TIME:
        told["horizon"] = str(read.horizon)


_UNIT = re.compile(
    r"\((?:in\s+)?(?P<bracketed>[^()\s]{1,16})\)|\b(?:measured|expressed|reported|given)\s+in\s+(?P<said>[^\s,.;()]{1,16})|\bin\s+(?P<bare>kg|mm|cm|mmHg|ms|mg|mg/dL|g/dL|mL)\b"
)


def _unit(text: str) -> str:
    """The unit that a text names for what it measures, if it is one."""
    for found in _UNIT.finditer(text):
        unit: str = next(filter(None, found.groups())).rstrip(".").replace("mmHg", "mm[Hg]")
        if len(unit) == 1 and unit not in "%":
            continue
        try:
            scale(unit)
        except Unreadable:
            continue
        return unit
    return ""
