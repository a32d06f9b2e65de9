"""Arms, interventions and outcomes: lines that belong to one of several, under a section's heading."""

import re
from dataclasses import replace

from ..kinds import CHOICES, plain, says_nothing
from ..record import Arm, Intervention, Outcome
from .bare import SIZED
from .lines import Line
from .reading import LIKELY, UNSURE, Reading

_KINDED = re.compile(r"([A-Za-z][A-Za-z /]{2,25}):\s+(\S.*)")


_TIMED = re.compile(
    r"(.{3,400}?)\s*[\[(]\s*time[ -]?(?:frame|point)s?\s*:\s*([^\[\]]{1,200}?)\s*[\])]\.?|(.{3,400}?)[\s,;]+time ?(?:point|frame)s?\s*:\s*(.{1,200})",
    re.IGNORECASE,
)
"""`Overall survival [Time Frame: 5 years]`."""
_RATED = re.compile(r"(.{3,400}?)\s+(?:type|role)\s*:\s*(primary|secondary)\b.{0,20}", re.IGNORECASE)
"""`Nausea within a day Type: Primary indicator`."""


def item(reading: Reading, name: str, line: Line, text: str) -> None:
    """A line that is an arm, an intervention or an outcome by itself."""
    if says_nothing("title", text):
        reading.took(line, "nothing")
        return
    sized = SIZED.fullmatch(text)
    if sized:
        reading.say("enrolment", line, sized[1], LIKELY)
        reading.say("groups", line, sized[2], LIKELY)
        return
    if name == "interventions":
        text = re.sub(r"^intervention\s*\d{0,2}\s*:\s*", "", text, flags=re.IGNORECASE) or text
        kinded = _KINDED.fullmatch(text)
        kind = CHOICES["intervention_kind"].get(plain(kinded[1]), "") if kinded else ""
        whole: object = Intervention(kinded[2] if kinded and kind else text, kind)
        if len(text) > 300:
            reading.took(line, "left")
            return
    elif name == "arms":
        if numbered := re.fullmatch(r"(?:arm|group|cohort)\s+(\d{1,2}|[A-H])", text, re.I):
            reading.took(line, "groups")
            _numbered_group(reading, line, numbered[1])
            return
        kinded = _KINDED.fullmatch(text)
        if kinded and plain(kinded[1]) in CHOICES["intervention_kind"] and plain(kinded[1]) != "other":
            if reading.group_field == "arms" and reading.group:
                give_part(reading, "interventions", text)
            item(reading, "interventions", line, text)
            return
        if kinded and plain(kinded[1]) in CHOICES["arm_kind"]:
            # Its description and what it gets follow line by line.
            end_group(reading)
            reading.group = {"label": kinded[2], "kind": kinded[1]}
            reading.group_field, reading.group_line = "arms", line
            reading.took(line, "arms")
            return
        if reading.group_field == "arms" and reading.group.get("kind"):
            _more(reading, line, text)
            return
        if text.endswith(".") and not line.is_bullet and len(text.split()) > 7:
            reading.took(line, "left")  # a sentence about the design
            return
        text = re.sub(r"\s+sample size\s*:\s*\d{1,6}$", "", text, flags=re.IGNORECASE)
        if len(text) > 200 or len(text) < 2:
            reading.took(line, "left")
            return
        kind = CHOICES["arm_kind"].get(plain(kinded[1]), "") if kinded else ""
        whole = Arm(kinded[2] if kinded and kind else text, kind)
    else:
        if len(text) > 600:
            reading.took(line, "left")
            return
        if (timed := _TIMED.fullmatch(text)) is not None:
            leave_pending(reading)
            role = reading.section.part if reading.section is not None else ""
            measure, when = (timed[1] or timed[3]).strip(" -–:"), (timed[2] or timed[4]).strip()
            whole = Outcome(measure, role, "", when)  # type: ignore[arg-type]
            reading.say("outcomes", line, text, LIKELY, whole=whole)
            return
        told = reading.intake.values.get("outcomes", [])
        if (
            told
            and told[-1].place.line == line.number - 1
            and not line.is_bullet
            and not line.is_after_blank
            and "time" in told[-1].text.lower()
        ):
            before = told[-1].value
            if before.time_frame and not before.description and _TIMED.fullmatch(told[-1].text):
                told[-1] = replace(told[-1], value=replace(before, description=text))  # what the line above is
                reading.took(line, name)
                return
        reading.pending.append(replace(line, text=text))  # its time frame may follow
        return
    reading.say(name, line, text, LIKELY, whole=whole)


def _more(reading: Reading, line: Line, text: str) -> None:
    """A line under an arm: its description; under what the arm gets: that one's description."""
    gets = reading.group.get("interventions", ())
    if not gets:
        give_part(reading, "description", text)
        reading.took(line, "arms")
        return
    name = gets[-1].partition(":")[2].strip()
    told = reading.intake.values.get("interventions", [])
    for at, said in enumerate(told):
        if said.value.name == name and not said.value.description:
            told[at] = replace(said, value=replace(said.value, description=text))
            reading.took(line, "interventions")
            return
    reading.took(line, "left")


def _numbered_group(reading: Reading, line: Line, number: str) -> None:
    """`Arm 2`: there are at least two."""
    size = int(number) if number.isdigit() else ord(number.upper()) - 64
    known = reading.intake.values.get("groups", [])
    if known and known[-1].confidence is UNSURE and known[-1].value < size:
        known.pop()
    if not reading.intake.values.get("groups"):
        reading.say("groups", line, line.text, UNSURE, whole=size)


def give_part(reading: Reading, part: str, text: str) -> None:
    """A line more of an arm, an intervention or an outcome."""
    if part in ("arms", "interventions", "other_names"):
        reading.group[part] = (*reading.group.get(part, ()), text)
    else:
        so_far = reading.group.get(part, "")
        reading.group[part] = f"{so_far}\n{text}" if so_far else text


def end_group(reading: Reading) -> None:
    """An arm, an intervention or an outcome is whole."""
    group, line, name = reading.group, reading.group_line, reading.group_field
    reading.group, reading.group_line, reading.group_field = {}, None, ""
    if not group or line is None:
        return
    if text := group.get("kind", ""):
        group["kind"] = CHOICES[f"{name.removesuffix('s')}_kind"].get(plain(text), "") if name != "outcomes" else ""
        if not group["kind"]:
            says = f"'{text[:60]}' is not a kind of {name.removesuffix('s')}"
            reading.intake.find(
                "record-value-misplaced", reading.intake.place(line.number, line.column), says, text=text, about=name
            )
    needed = {"arms": "label", "interventions": "name"}.get(name, "measure")
    if not group.get(needed) and not (name == "outcomes" and group.get("description")):
        says = f"something is said of one of the {name}, and not its {needed}"
        reading.intake.find(
            "record-value-misplaced", reading.intake.place(line.number, line.column), says, text=line.raw, about=name
        )
    whole: object
    if name == "arms":
        whole = Arm(group.get("label", ""), group.get("kind", ""), group.get("description", ""), group.get("interventions", ()))
    elif name == "interventions":
        arms = tuple(each.strip() for text in group.get("arms", ()) for each in text.split(";"))
        whole = Intervention(
            group.get("name", ""), group.get("kind", ""), group.get("description", ""), arms, group.get("other_names", ())
        )
    else:
        measure = group.get("measure", "") or group.get("description", "")
        if rated := _RATED.fullmatch(measure):
            measure, group["role"] = rated[1].strip(), rated[2].lower()
        whole = Outcome(measure, group.get("role", ""), group.get("description", ""), group.get("time_frame", ""))
    reading.say(name, line, line.text, LIKELY, whole=whole)


def leave_pending(reading: Reading) -> None:
    """Bare lines that nothing explained: outcomes where outcomes were announced, else left."""
    is_outcomes = reading.section is not None and reading.section.field == "outcomes"
    for line in reading.pending:
        if is_outcomes and reading.section is not None:
            reading.say("outcomes", line, line.text, LIKELY, whole=Outcome(line.text, reading.section.part))  # type: ignore[arg-type]
        elif line.number not in reading.taken:
            reading.took(line, "left")
    reading.pending = []
