"""The WHO's search portal (ICTRP): its XML export (`Trials_downloaded_from_ICTRP`) and tables of its columns (CSV).

The portal gathers twenty registers, each with words of its own; what it cannot hold, such as the age `ALL`, is found.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from html import unescape

from ..finding import Finding, Unreadable
from .intake import Intake
from .kinds import plain
from .record import Intervention, Outcome, Record
from .structured import note_unread, phases, tidy
from .tree import Tree, line_of, several, written

# A column by its name in small letters and figures: the export's, and those of tables made from it.
COLUMNS: Mapping[str, str] = {
    "trialid": "identifiers",
    "secondaryid": "identifiers",
    "secondaryids": "identifiers",
    "public title": "title",
    "publictitle": "title",
    "scientific title": "official_title",
    "scientifictitle": "official_title",
    "acronym": "acronym",
    "primary sponsor": "sponsor",
    "primarysponsor": "sponsor",
    "secondary sponsor": "collaborators",
    "source support": "funders",
    "date registration": "first_posted",
    "dateregistration": "first_posted",
    "last refreshed on": "copied_on",
    "export date": "copied_on",
    "date enrollement": "start",
    "date enrollment": "start",
    "dateenrollment": "start",
    "results date completed": "completion",
    "results date posted": "results_posted",
    "target size": "enrolment",
    "targetsize": "enrolment",
    "recruitment status": "status",
    "study type": "study_type",
    "study design": "design",
    "phase": "phases",
    "condition": "conditions",
    "conditions": "conditions",
    "standardisedcondition": "condition_terms",
    "inclusion agemin": "minimum_age",
    "agemin": "minimum_age",
    "inclusion agemax": "maximum_age",
    "agemax": "maximum_age",
    "inclusion gender": "sex",
    "gender": "sex",
    "inclusion criteria": "eligibility",
    "exclusion criteria": "eligibility",
    "countries": "countries",
    "intervention": "interventions",
    "interventions": "interventions",
    "primary outcome": "outcomes",
    "secondary outcome": "outcomes",
    "web address": "links",
    "url": "links",
    "results yes no": "has_results",
    "masking": "masking",
    "randomization": "allocation",
    "primary purpose": "purpose",
    "primary prupose": "purpose",  # as a table that is much used spells it
    "intervention model response": "model",
}
_SPLIT = re.compile(r";|\||<br\s{0,5}/?\s{0,5}>", re.I)


def recognises(root: str) -> bool:
    """Whether an XML document is the portal's export."""
    return root in ("Trials_downloaded_from_ICTRP", "Trial", "trials")


def recognises_table(text: str) -> bool:
    """Whether a text is a table of the portal's columns."""
    head = text[:4000].split("\n", 1)[0]
    names = {plain(name) for name in re.split(r"[,;\t]", head)}
    return "trialid" in names and len(names & set(COLUMNS)) >= 3


def records(root: str, tree: Tree, file: str) -> Iterator[tuple[Record, tuple[Finding, ...]]]:
    """Each trial of the export."""
    told: set[str] = set()
    trials = (tree,) if root == "Trial" else several(next(iter(tree.values()), None) if isinstance(tree, dict) else None)
    for trial in trials:
        if isinstance(trial, dict):
            cells = [(key, tidy(written(each)), line_of(each)) for key, child in trial.items() for each in several(child)]
            yield _trial(cells, file, told)


def table(text: str, file: str) -> Iterator[tuple[Record, tuple[Finding, ...]]]:
    """Each row of a table.

    Raises:
        Unreadable: A row is no row of a table.
    """
    head = text.split("\n", 1)[0]
    marks = {mark: head.count(mark) for mark in ",;\t"}
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=max(marks, key=lambda mark: marks[mark]))
    told: set[str] = set()
    try:
        names = next(rows)
        for row in rows:
            if any(cell.strip() for cell in row):
                yield _trial([(name, cell.strip(), rows.line_num) for name, cell in zip(names, row, strict=False)], file, told)
    except csv.Error as why:
        raise Unreadable(f"the table cannot be read after line {rows.line_num}: {why}") from None


def _trial(cells: list[tuple[str, str, int]], file: str, told: set[str]) -> tuple[Record, tuple[Finding, ...]]:
    intake = Intake("ictrp", file)
    criteria: list[tuple[str, str, int]] = []
    for key, text, line in cells:
        name = COLUMNS.get(plain(key), "")
        place = intake.place(line)
        if not text or not name or plain(text) == "na" and name != "phases":
            continue
        if name == "eligibility":
            criteria.append((key, _lines(text), line))
        elif name == "outcomes":
            role = "primary" if "rimary" in key else "secondary"
            for each in map(str.strip, _SPLIT.split(text)):
                if each:
                    intake.say(name, each, path=key, place=place, whole=Outcome(each, role))  # type: ignore[arg-type]
        elif name == "interventions":
            for each in filter(None, map(str.strip, _SPLIT.split(text))):
                intake.say(name, each, path=key, place=place, whole=Intervention(each))
        elif name in ("conditions", "condition_terms", "countries", "identifiers", "collaborators", "funders"):
            for each in filter(None, map(str.strip, _SPLIT.split(text))):
                intake.say(name, each, path=key, place=place)
        elif name in ("minimum_age", "maximum_age") and plain(text) in ("0", "n a", "no limit", "none", "0y"):
            continue  # the portal writes 0 where a register says nothing
        elif name == "phases":
            for each in phases(text):
                intake.say(name, each, path=key, place=place)
        elif name == "start" or name in ("first_posted", "completion", "results_posted", "copied_on"):
            # The export writes the day first: 14/06/2023.
            intake.say(name, re.sub(r"^(\d{1,2})/(\d{1,2})/(\d{4})", r"\3-\2-\1", text), path=key, place=place)
        elif name == "masking" and "unspecified" in text.casefold():
            intake.say("masking_description", text, path=key, place=place)
        else:
            intake.say(name, text, path=key, place=place)
    note_unread(intake, [key for key, text, _ in cells if text and not COLUMNS.get(plain(key)) and key not in told], ())
    told.update(key for key, *_ in cells)  # a column is told once
    if criteria:
        whole = "\n\n".join(text for _, text, _ in criteria)
        intake.say("eligibility", whole, path=" + ".join(key for key, _, _ in criteria), place=intake.place(criteria[0][2]))
    return intake.record()


def _lines(text: str) -> str:
    """The portal's `<br>` as ends of lines."""
    text = unescape(text).replace("\xa0", " ")
    ends = re.sub(r"<br\s{0,5}/?\s{0,5}>", "\n", text, flags=re.I)
    return "\n".join(line.rstrip() for line in ends.splitlines() if line.strip())
