"""A label inside a section: a part of an arm or an outcome, or an outcome said in one line with its time."""

from ...finding import Severity
from ..labels import Label
from ..record import Arm, Outcome
from .bare import bare_run
from .groups import end_group, give_part, leave_pending
from .lines import Line
from .reading import LIKELY, UNSURE, Reading
from .values import close, given


def part(reading: Reading, known: Label, called: str, line: Line, rest: str) -> None:
    """`Intervention name: X`, `Time frame: 2 years`, `Description:` and its lines."""
    name = known.field or reading.group_field or (reading.section.field if reading.section else "")
    if known.part == "time_frame" and not reading.group:
        _timed(reading, line, called, rest)
        return
    if not name or (known.part == "interventions" and not reading.group):
        # `Description:` outside any group is the trial's.
        close(reading)
        reading.has_met_label = True
        reading.took(line, "label")
        reading.current, reading.label_text = Label("text", "description"), called
        if rest:
            reading.taken.pop(line.number, None)
            given(reading, reading.current, line, rest, is_inline=True)
        return
    if reading.text:
        close(reading)
    starts = known.part in ("kind", "name", "label", "measure")
    if reading.group and (reading.group_field != name and known.field or (starts and known.part in reading.group)):
        end_group(reading)
    if not reading.group:
        leave_pending(reading)
        reading.group_field, reading.group_line = name, line
        reading.group = {"role": reading.section.part} if name == "outcomes" and reading.section else {}
    reading.current, reading.label_text = Label("part", name, known.part), called
    reading.took(line, name)
    if rest:
        give_part(reading, known.part, rest)


def _timed(reading: Reading, line: Line, called: str, rest: str) -> None:
    """`Time frame: 2 years` under the lines of an outcome: its measure and, perhaps, its description."""
    bare_run(reading)
    section = reading.section if reading.section and reading.section.field == "outcomes" else None
    known = reading.intake.values.get("outcomes", [])
    own, before = list(reading.pending), []
    if section is None and not known and len(own) > 2:
        # The first of a run whose heading is lost: the two lines next to the time are its own, those before are arms.
        own, before = own[-2:], own[:-2]
    reading.pending = []
    if not rest and section is not None and own:  # the time is on the next line
        reading.group = {"role": section.part, "measure": own[0].text}
        if len(own) > 1:
            reading.group["description"] = "\n".join(each.text for each in own[1:])
        reading.group_field, reading.group_line = "outcomes", own[0]
        reading.current, reading.label_text = Label("part", "outcomes", "time_frame"), called
        for each in (*own, line):
            reading.took(each, "outcomes")
        return
    for each in before:
        if len(each.text) < 200:
            reading.label_text = ""
            reading.say("arms", each, each.text, UNSURE, whole=Arm(each.text))
        else:
            reading.took(each, "left")
    if not own:
        reading.took(line, "left")
        return
    role = section.part if section else "" if known else "primary"  # registers list the primary outcome first
    whole = Outcome(own[0].text, role, "\n".join(each.text for each in own[1:]), rest)  # type: ignore[arg-type]
    confidence = LIKELY if section else UNSURE
    reading.say("outcomes", own[0], own[0].text, confidence, whole=whole)
    if role == "primary" and section is None:
        says = f"'{own[0].text[:60]}' is taken for the primary outcome because it stands first; the page does not say so"
        reading.intake.find(
            "record-guessed",
            reading.intake.place(own[0].number, own[0].column, len(own[0].text)),
            says,
            Severity.NOTE,
            text=own[0].raw,
            about="outcomes",
        )
    for each in (*own, line):
        reading.took(each, "outcomes")
    if section is None:
        reading.current = None
    if not rest:
        reading.intake.find(
            "record-label-empty",
            reading.intake.place(line.number),
            f"{called} has no value",
            Severity.NOTE,
            text=line.raw,
            about="outcomes",
        )
