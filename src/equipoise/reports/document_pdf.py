"""A page as PDF: the same sections as the HTML page, set by typst from data alone.

Nothing of a report is read as markup: the template is fixed, and all words reach it as strings in JSON. The typefaces
are those that typst and matplotlib bring along, so that the same sections give the same bytes on every machine. The file
is tagged and follows PDF/UA-1, so that a screen reader finds headings, tables and the words that stand for each figure.

Source:
    ISO 14289-1:2014 (PDF/UA-1).
"""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from .lettering import lines, printable, width
from .page import VIRTUAL, Figure, Listing, Part, Section, Table, Text, harmless, watermarked

DEEPEST = 6
TEMPLATE = "report.typ"
ROOM, LETTERS, PADDING = 481.0, 7.0, 8.0
"""A page's width within its margins, the size of a table's letters in the wider typeface of `width`, and a cell's padding."""
FULL = 800.0
"""A picture of this width, in pixels, takes the whole width of the page."""


def pdf(
    title: str,
    sections: Sequence[Section],
    *,
    virtual: bool,
    lead: str = "",
    facts: Sequence[tuple[str, str]] = (),
    foot: str = "",
) -> bytes:
    """A page as PDF: the arguments of `page`, and the same each time for the same arguments."""
    import typst

    pictures: dict[str, str] = {}
    parts = [told for each in sections for told in _told(each, 1, virtual, pictures)]
    report = {
        "title": _plain(title) or "Untitled",
        "title-short": next(iter(lines(_plain(title), 330, 7.5, most=1)), ""),
        "author": "equipoise",
        "lead": _plain(lead),
        "facts": [[_plain(name), _plain(says)] for name, says in facts],
        "foot": _plain(foot),
        "virtual": VIRTUAL if virtual else "",
        "parts": parts,
    }
    inputs = {"report": json.dumps(report, ensure_ascii=False), **pictures}
    made: Any = typst.compile(
        _template(), font_paths=_typefaces(), ignore_system_fonts=True, sys_inputs=inputs, format="pdf",
        pdf_standards=["ua-1"],
    )  # fmt: skip
    return bytes(made)


@cache
def _template() -> bytes:
    return files(__package__).joinpath("templates", TEMPLATE).read_bytes()


@cache
def _typefaces() -> Any:
    import matplotlib as mpl
    import typst

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[str(folder)])


def _plain(says: str) -> str:
    return printable(says)


def _lines(says: str) -> str:
    return "\n".join(printable(line) for line in says.split("\n"))


def _told(one: Part, level: int, virtual: bool, pictures: dict[str, str]) -> Iterator[dict[str, Any]]:
    match one:
        case Section():
            yield {"kind": "heading", "level": min(level, DEEPEST), "says": _plain(one.heading) or "–"}
            for each in one.parts:
                yield from _told(each, level + 1, virtual, pictures)
        case Text():
            yield {"kind": "text", "style": one.kind, "says": _plain(one.says)}
        case Listing():
            entries = [{key: _plain(getattr(each, key)) for key in ("lead", "says", "beneath")} for each in one.entries]
            yield {"kind": "list", "numbered": one.numbered, "entries": entries}
        case Table():
            yield from _table(one)
        case Figure():
            yield _figure(one, virtual, pictures)


def _table(one: Table) -> Iterator[dict[str, Any]]:
    columns = len(one.head) or max((len(row) for row in one.rows), default=0)
    if not columns:
        return
    yield {
        "kind": "table", "caption": _plain(one.caption), "columns": columns, "head": [_lines(each) for each in one.head],
        "rows": [[_lines(each) for each in (*row, *[""] * (columns - len(row)))] for row in one.rows],
        "note": _lines(one.note), "spans": [[_plain(says), count] for says, count in one.spans], "align": one.align,
        "upright": one.upright, "widths": _widths(one, columns),
    }  # fmt: skip


def _widths(one: Table, columns: int) -> list[float]:
    """How the columns share the page, in points: each has room for its longest word, and longer ones share the rest."""
    least, wanted = [], []
    for index in range(columns):
        told = [(line, row is one.head) for row in (one.head, *one.rows) if index < len(row) for line in row[index].split("\n")]
        words = [width(word, LETTERS, bold=bold) for line, bold in told for word in line.split()]
        whole = [width(line, LETTERS, bold=bold) for line, bold in told]
        least.append(min(max(words, default=LETTERS), ROOM / 3) + PADDING)
        wanted.append(max(max(whole, default=LETTERS) + PADDING, least[-1]))
    if sum(wanted) <= ROOM or sum(least) >= ROOM:
        return [round(each, 1) for each in (wanted if sum(wanted) <= ROOM else least)]
    spare = (ROOM - sum(least)) / (sum(wanted) - sum(least))
    return [round(low + spare * (high - low), 1) for low, high in zip(least, wanted, strict=True)]


def _figure(one: Figure, virtual: bool, pictures: dict[str, str]) -> dict[str, Any]:
    mark = f"{VIRTUAL}." if virtual and one.of_data else ""
    told: dict[str, Any] = {
        "kind": "figure", "alt": _plain(one.alt) or _plain(one.caption) or "A figure", "caption": _plain(one.caption),
        "mark": mark, "wide": 100, "format": "svg", "name": "", "bytes": [],
    }  # fmt: skip
    if isinstance(one.image, bytes):
        return {**told, "format": "png", "bytes": list(one.image)}
    svg = harmless(one.image)
    if mark:
        svg = watermarked(svg)
    name = f"figure-{len(pictures) + 1}"
    pictures[name] = svg
    box = re.search(r'viewBox="[-\d.]+ [-\d.]+ ([\d.]+) ([\d.]+)"', svg)
    size = re.search(r'<svg[^>]*?\swidth="([\d.]+)(?:px)?"', svg)
    wide, high = (float(box[1]), float(box[2])) if box else (FULL, FULL)
    shown = float(size[1]) if size else wide
    # A page is taller than wide by 1.45 within its margins: a tall picture is made narrower to stay on one page.
    fits = 100 * min(1.0, 1.30 * wide / high)
    return {**told, "name": name, "wide": round(max(min(100 * shown / FULL, fits, 100), 20), 1)}
