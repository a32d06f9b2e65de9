"""A site's copy on paper: the same records as its pages, as a PDF that can be filed in the site's folder of the trial."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ...ledger import Link
from ...study import Study
from ..ledger import Head
from .models import Participant
from .recorded import Standing
from .roles import ROLES

if TYPE_CHECKING:
    from ...reports.page import Section

MOST = 4_000
"""Entries of a PDF; where a site has more, it has several, so that a page is set within seconds and little memory."""
ROOM = "\u00a0\n\u00a0\n\u00a0"
"""Where somebody writes by hand."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy tells of one participant."""

    row: Participant
    arm: str
    found: Sequence[tuple[Standing, Sequence[tuple[str, str]]]]
    """Each event as it stands, newest first, and what was answered: label and value."""
    history: Sequence[tuple[Link, str]]
    """Every link about them, and what it says in a few words."""


def paper_copies(study: Study, site: str, people: Iterable[Copied], *, at: datetime, last: Head, key: str) -> dict[str, bytes]:
    """The copy as PDF, by name of file: `copy.pdf`, or, of a large site, `copy-1.pdf` and so on; each participant in one.

    Args:
        study: As it is in force.
        site: What the site is called.
        people: Its participants.
        at: The moment.
        last: Where the ledger ended then.
        key: The desk's public key, in hex.
    """
    parts: list[list[Copied]] = [[]]
    entries = 0
    for each in people:
        if parts[-1] and entries + len(each.history) > MOST:
            parts.append([])
            entries = 0
        parts[-1].append(each)
        entries += len(each.history)
    if len(parts) == 1:
        return {"copy.pdf": _set(study, site, parts[0], "", at, last, key)}
    return {
        f"copy-{number}.pdf": _set(study, site, part, f", part {number} of {len(parts)}", at, last, key)
        for number, part in enumerate(parts, start=1)
    }


def _set(study: Study, site: str, told: Sequence[Copied], which: str, at: datetime, last: Head, key: str) -> bytes:
    from ...reports.document_pdf import pdf
    from ...reports.page import Section, Table, Text

    listed = tuple((each.row.participant, each.row.status, _consented(each.row), str(len(each.history))) for each in told)
    sections = [
        Section(
            "Participants",
            (Table("", ("Participant", "Stands at", "Version consented to", "Entries"), listed),)
            if listed
            else (Text("No participant was added yet."),),
        ),
        *(_participant(each) for each in told),
        Section(
            "Whether it is whole",
            (
                Text(
                    "This file lies in a copy that names each of its files by its SHA-256 in manifest.json, signed with the key of "
                    "the desk. The ledger keeps the hash of the whole copy, so that another one cannot pass for it."
                ),
                Text(
                    "Each entry bears the beginning of its hash in the ledger. Whoever holds the ledger finds the same there, and "
                    "an entry that was changed afterwards would have another."
                ),
            ),
        ),
        Section("Filed", (Table("", ("Name", "Signature", "Day"), ((ROOM, ROOM, ROOM),)),)),
    ]
    return pdf(
        f"Copy of the records of {site}{which}",
        sections,
        virtual=any(each.row.is_virtual for each in told),
        lead=study.protocol.title,
        facts=(
            ("Study", f"{study.protocol.study}, version {study.protocol.version}"),
            ("Site", site),
            ("Made on", f"{at:%-d %b %Y, %H:%M} UTC"),
            ("Ledger", f"up to link {last.number:,}, {last.hash[:32]}…"),
            ("Key of the desk", key),
        ),
        foot=f"{study.protocol.study}, {site}{which}, up to link {last.number:,} of the ledger. Pseudonyms, and no names.",
    )


def _consented(row: Participant) -> str:
    return row.version if row.consented_on is not None else ""


def _participant(each: Copied) -> "Section":
    from ...reports.page import Section, Table, Text

    row = each.row
    said = [row.status, f"consented to version {_consented(row)}" if row.consented_on else "no consent recorded"]
    said += [f"arm: {each.arm}"] if each.arm else []
    said += ["frozen"] if row.is_frozen else []
    stands = tuple(
        (str(one.event.on), one.title, "\n".join(f"{label}: {says or '–'}" for label, says in fields) or "–")
        for one, fields in each.found
    )
    came = tuple(
        (
            str(link.number), f"{link.at:%-d %b %Y}\n{link.at:%H:%M:%S}", f"{link.by}\n{ROLES.get(link.role, link.role)}",
            says if link.kind == "event" else link.kind.replace("-", " ") + (f": {says}" if says else ""), link.hash[:16],
        )
        for link, says in each.history
    )  # fmt: skip
    parts: list[Text | Table] = [Text(f"{said[0].capitalize()}; {'; '.join(said[1:])}.")]
    parts += [Table("As it stands", ("Day", "What", "Recorded"), stands)] if stands else [Text("Nothing is recorded.")]
    parts += [Table("How it came to be", ("Link", "When (UTC)", "Who", "What", "Hash"), came)] if came else []
    return Section(row.participant, tuple(parts))
