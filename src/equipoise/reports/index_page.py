"""The page that leads to the others: every study with its key numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from ..analysis import Result, software
from ..study import Study
from .figures_in_words import headline_in_words
from .lettering import printable
from .page import Section, Table, Text, page
from .wording import name_in_words


@dataclass(frozen=True, slots=True)
class Listed:
    """A study on the page: where its report and its pictures are, who took part, and its first result.

    `document` is where the report stands as PDF; empty where it was not made.
    """

    study: Study
    link: Path | str
    trial: Path | str
    participants: int
    virtual: bool
    headline: Result | None = None
    document: Path | str = ""


def index_page(listed: Sequence[Listed]) -> str:
    """Links to all studies, with key numbers of each."""
    rows = tuple(_row(each, number) for number, each in enumerate(listed))
    drawn = sum(each.virtual for each in listed)
    lead = f"{len(listed)} studies, each from one plain file."
    if drawn:
        lead += f" The participants of {drawn} of them are virtual: drawn from what the study assumes, nobody was treated."
    table = Table(
        "Each study, and what its first primary endpoint came to",
        ("Study", "Design", "Participants", "Data", "Primary endpoint", "Report"),
        rows,
    )
    note = Text(
        "Numbers from virtual participants tell what a study's assumptions imply, and nothing about any treatment.",
        "note",
    )
    parts: tuple[Table | Text, ...] = (table, note) if drawn else (table,)
    made = page("Studies", [Section("Studies", parts)], virtual=False, lead=lead, foot=software())
    for number, each in enumerate(listed):
        report, trial = escape(str(each.link), quote=True), escape(str(each.trial), quote=True)
        links = f'<a href="{report}">report</a>, <a href="{trial}">the trial</a>'
        if each.document:
            links += f', <a href="{escape(str(each.document), quote=True)}">PDF</a>'
        made = made.replace(_mark(number), links)
    return made


def _mark(number: int) -> str:
    return f"%%links-{number}%%"


def _row(each: Listed, number: int) -> tuple[str, ...]:
    protocol = each.study.protocol
    design = protocol.design
    arms = f", {len(protocol.arms)} arms" if protocol.arms else ""
    allocated = {"randomised": "randomised", "non_randomised": "not randomised", "none": "no allocation"}[design.allocation]
    title = printable(protocol.title or protocol.study).replace("%%", "%")
    return (
        f"{title}\n({protocol.study})",
        f"{name_in_words(design.type)}, {allocated}{arms}",
        str(each.participants),
        "VIRTUAL" if each.virtual else "real",
        headline_in_words(each.headline).replace("%%", "%") if each.headline is not None else "none",
        _mark(number),
    )
