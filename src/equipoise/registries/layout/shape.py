"""How a page is laid out as a whole, before its lines are read: columns side by side, labels under their values or in a block
apart from them, marks for yes and no, lines that a margin broke. Each becomes label, then value, as the reader knows them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..kinds import CHOICES, plain, says_nothing
from ..labels import TELLING, Label, label
from ..record import FIELDS
from .fits import does_fit
from .lines import Line
from .tables import is_grouped, is_row


def in_order(page: tuple[Line, ...], first_is: str = "") -> tuple[tuple[Line, ...], frozenset[int]]:
    """The lines of a page in the order in which they are read, and the numbers of those that are only its paper's."""
    kept, dropped = _without_paper(page)
    kept = _side_by_side(kept, first_is)
    kept = _ticked(kept)
    return _values_first(_apart(kept, first_is), first_is), dropped


# --- the paper ---

_PAGE_NUMBER = re.compile(r"(?:page|seite|sida|p\.)?\s*\d{1,4}\s*(?:of|/|von|av|sur|de)\s*\d{1,4}|page \d{1,4}", re.IGNORECASE)


def _without_paper(page: tuple[Line, ...]) -> tuple[tuple[Line, ...], frozenset[int]]:
    """Without page numbers, and without the lines beside them that come again on each page."""
    numbers = [
        at
        for at, line in enumerate(page)
        if _PAGE_NUMBER.fullmatch(line.text) and line.text[:1] not in "0123456789" or line.text.startswith(("©", "Copyright ©"))
    ]
    if not numbers:
        return page, frozenset()
    texts = [plain(line.text) for line in page]
    again = {text for text, times in Counter(texts).items() if text and times > 1}
    dropped = set(numbers)
    for at in numbers:
        for step in (-1, 1):
            beside = at + step
            while 0 <= beside < len(page) and texts[beside] in again and abs(beside - at) <= 3:
                dropped.add(beside)
                beside += step
    headers = {texts[at] for at in dropped if at not in numbers}
    dropped |= {at for at, text in enumerate(texts) if text in headers}
    return tuple(line for at, line in enumerate(page) if at not in dropped), frozenset(page[at].number for at in dropped)


# --- columns ---


class _Cell(NamedTuple):
    """What stands between two gaps of a line, and where it begins."""

    at: int
    text: str


_GAP = re.compile(r"(?<=\S)(?:[ \u00a0]?\.{4,}[ \u00a0]+|[ \u00a0]{3,}|[ \u00a0]*\t[ \t\u00a0]*)(?=\S)")
_LEADER = re.compile(r"\S ?\.{4,} \S")
_ITEM = re.compile(r"(?:[•*‣◦▪·–-]|\(?\d{1,2}[.)]|[a-z][.)])\s+")
_BULLET = re.compile(r"[•*‣◦▪·–-]\s+")


def _cells(raw: str) -> list[_Cell]:
    """The parts of a line that gaps or tabs hold apart."""
    if len(raw) > 1000 or is_row(raw):
        return [_Cell(len(raw) - len(raw.lstrip()), raw.strip())]
    found, at = [], len(raw) - len(raw.lstrip())
    for gap in _GAP.finditer(raw, at):
        found.append(_Cell(at, raw[at : gap.start()].strip()))
        at = gap.end()
    return [*found, _Cell(at, raw[at:].strip())]


def _made(line: Line, cell: _Cell, text: str, also: tuple[int, ...] = ()) -> Line:
    """A part of a line as a line of its own, at its place."""
    bullet = _BULLET.match(text)
    bare = text[bullet.end() :] if bullet is not None else text
    return Line(line.number, cell.at + 1, " " * cell.at + text, bare, bare != text, also=also)


def _named(text: str) -> Label | None:
    """The label of a field that a cell is."""
    known = label(text) if len(text) <= 60 else None
    return known if known is not None and known.shape in ("value", "list", "text", "section", "part", "period") else None


def _side_by_side(page: tuple[Line, ...], first_is: str) -> tuple[Line, ...]:
    kept: list[Line] = []
    at = 0
    rows = [_cells(line.raw) for line in page]
    width = _width(page, rows)
    while at < len(page):
        line, cells = page[at], rows[at]
        if len(cells) == 1:
            kept.append(line)
            at += 1
        elif end := _table_ends(page, rows, at):
            kept += _table(page, rows, at, end)
            at = end
        elif len(cells) >= 4 and _are_pairs(cells, first_is):
            for name, cell in zip(cells[::2], cells[1::2], strict=True):
                kept += _pair(line, name, [(line, cell, (line.number,))])
            at += 1
        elif all(_said(cell.text) for cell in cells):
            kept += [_made(line, cell, cell.text) for cell in cells]  # `Sex: all     Phase: 2`
            at += 1
        elif (
            len(cells) == 2
            and "\t" not in line.raw
            and (cells[0].text.endswith(":") or _named(cells[0].text) is not None or _LEADER.search(line.raw))
        ):
            at = _margin(page, rows, at, width, kept)
        else:
            kept.append(line)
            at += 1
    return tuple(kept)


def _said(text: str) -> bool:
    """Whether a cell is a label with its value."""
    name, colon, rest = text.partition(":")
    return bool(colon and rest.strip()) and _named(name) is not None


def _are_pairs(cells: Sequence[_Cell], first_is: str) -> bool:
    """Whether a row is label, value, label, value: most labels are known, and each value can be what its label says."""
    if len(cells) % 2 or len(cells) > 12:
        return False
    known = [(_named(name.text) or label(name.text), cell.text) for name, cell in zip(cells[::2], cells[1::2], strict=True)]
    names = [each for each, _ in known if each is not None]
    if 2 * len(names) < len(known):
        return False
    if any(
        _named(text) and not says_nothing("title", text) and not (_kind(each) and _fits(each, text, ""))
        for each, text in known
        if each
    ):
        return False  # heads over columns
    if any(len(name.text) > 50 or re.search(r"\d{3}", name.text) for name in cells[::2]):
        return False
    fits = [_fits(each, text, first_is) for each, text in known if each is not None and each.field in (*FIELDS, "ages")]
    return all(fits) or len(names) == len(known) and 2 * sum(fits) >= len(fits)  # one value may stand under a wrong label


def _fits(known: Label, text: str, first_is: str) -> bool:
    """Whether a text can be a label's value, of each of its parts if there are several."""
    if known.field not in (*FIELDS, "ages") or known.shape not in ("value", "list"):
        return True
    if known.shape == "list":
        return all(does_fit(known.field, part, first_is) for part in re.split(r"[;,/|]\s*", text) if part.strip())
    return does_fit(known.field, text, first_is)


def _table_ends(page: Sequence[Line], rows: Sequence[list[_Cell]], at: int) -> int:
    """Where the table ends whose heads stand here, or 0 where no heads stand."""
    heads = [cell.text.rstrip(":") for cell in rows[at]]
    if not (is_grouped(heads) or all(map(_named, heads)) and not any(cell.text.endswith(":") for cell in rows[at][:-1])):
        return 0
    first = _named(heads[0])
    if len(heads) == 2 and first is not None and _kind(first) and _is_value(first.field, replace(page[at], text=heads[1]), ""):
        return 0  # `Primary purpose` and, beside it, `Treatment`: its value, though a label elsewhere
    end = at + 1
    while end < len(page) and not page[end].is_after_blank and len(rows[end]) <= len(heads):
        if len(rows[end]) == 1 and (
            label(page[end].text) or rows[end][0].at < rows[at][-1].at - 2 and len(page[end].text) > 60
        ):
            break
        if len(rows[end]) > 1 and all(_named(cell.text) for cell in rows[end]):
            break
        end += 1
    return end if end > at + 1 else 0


def _by_head(heads: Sequence[_Cell], row: Sequence[_Cell], raw: str) -> list[_Cell | None]:
    """The cells of a row under the heads they belong to: by their number where tabs part them, else by where they begin."""
    if "\t" in raw:
        split = [each.strip() for each in raw.strip("\n").split("\t")]
        given = [_Cell(raw.find(each), each) if each else None for each in split]
        return [given[n] if n < len(given) else None for n in range(len(heads))]
    if len(row) == len(heads):
        return list(row)
    under: list[_Cell | None] = [None] * len(heads)
    for cell in row:
        near = min(range(len(heads)), key=lambda n: abs(heads[n].at - cell.at))
        under[near] = cell
    return under


def _table(page: Sequence[Line], rows: Sequence[list[_Cell]], at: int, end: int) -> Iterator[Line]:
    """A table without marks: its rows as cells where they are arms, outcomes or places; else each column under its head."""
    heads, line = rows[at], page[at]
    texts = [cell.text.rstrip(":") for cell in heads]
    under = [_by_head(heads, rows[n], page[n].raw) for n in range(at + 1, end)]
    known = [_named(text) for text in texts]
    if is_grouped(texts) or known[0] is not None and known[0].shape == "section" and known[0].field in ("arms", "outcomes"):
        yield replace(line, cells=tuple(texts))
        for n, row in enumerate(under, at + 1):
            yield replace(page[n], cells=tuple(cell.text if cell else "" for cell in row))
        return
    for column, head in enumerate(heads):
        yield _made(line, head, texts[column] + ":")
        for n, row in enumerate(under, at + 1):
            if (cell := row[column]) is not None:
                yield _made(page[n], cell, cell.text)


def _width(page: Sequence[Line], rows: Sequence[list[_Cell]]) -> int:
    """Where lines of a printed page end at the latest: two cells, the first of them a label."""
    ends = [len(line.raw) for line, cells in zip(page, rows, strict=True) if len(cells) == 2 and cells[0].text.endswith(":")]
    inside = min((cells[1].at for cells in rows if len(cells) == 2 and cells[0].text.endswith(":")), default=0)
    ends += [len(line.raw) for line, cells in zip(page, rows, strict=True) if len(cells) == 1 and abs(cells[0].at - inside) < 4]
    return max(ends, default=0)


def _margin(page: Sequence[Line], rows: Sequence[list[_Cell]], at: int, width: int, kept: list[Line]) -> int:
    """`Label:     value` and the lines below the value, put together again where only the margin broke them."""
    name, cell = rows[at]
    own: list[tuple[Line, _Cell, tuple[int, ...]]] = [(page[at], cell, (page[at].number,))]
    at += 1
    while at < len(page) and len(rows[at]) == 1 and rows[at][0].at >= cell.at - 2 and rows[at][0].at > name.at + 2:
        line, above = rows[at][0], own[-1]
        first_word = line.text.split()[0]
        would_fit = above[1].at + len(above[1].text) + 1 + len(first_word) <= width
        broken = not would_fit or above[1].text.endswith((",", "-", "(", "/")) or line.text[:1].islower()
        if broken and not _ITEM.match(line.text) and not page[at].is_after_blank:
            joined = _Cell(above[1].at, f"{above[1].text} {line.text}")
            own[-1] = (replace(above[0], raw=" " * above[1].at + joined.text), joined, (*above[2], page[at].number))
        else:
            own.append((page[at], line, (page[at].number,)))
        at += 1
    kept += _pair(own[0][0], name, own)
    return at


def _pair(line: Line, name: _Cell, own: Sequence[tuple[Line, _Cell, tuple[int, ...]]]) -> Iterator[Line]:
    """A label, and what stands beside it; in one line, if no field is known by that label."""
    spelled = name.text.rstrip(": ")
    if _named(spelled) is None and len(own) == 1:
        yield replace(_made(line, name, f"{spelled}: {own[0][1].text}", own[0][2][1:]), number=own[0][2][0])
        return
    yield replace(_made(line, name, f"{spelled}:"), number=own[0][2][0])
    for each, cell, numbers in own:
        yield replace(_made(each, cell, cell.text, numbers[1:]), is_after_blank=False)


# --- marks ---

_TICKS, _CROSSES = "✓✔☑✅", "✗✘❌✖☒"


def _ticked(page: tuple[Line, ...]) -> tuple[Line, ...]:
    """Criteria told apart by ticks and crosses, under headings that say so."""
    kept: list[Line] = []
    at = 0
    while at < len(page):
        end = at
        while end < len(page) and page[end].text[:1] and page[end].text[0] in _TICKS + _CROSSES:
            end += 1
        marks = {page[n].text[0] in _TICKS for n in range(at, end)}
        if len(marks) < 2:
            kept.append(page[at])
            at += 1
            continue
        for is_asked in (True, False):
            mine = [line for line in page[at:end] if (line.text[0] in _TICKS) is is_asked]
            said = "Inclusion criteria:" if is_asked else "Exclusion criteria:"
            kept.append(replace(mine[0], raw=said, text=said))
            kept += [
                replace(line, raw=f"- {line.text[1:].strip()}", text=line.text[1:].strip(), is_bullet=True) for line in mine
            ]
        at = end
    return tuple(kept)


# --- labels apart from their values ---


def _kind(known: Label | None) -> str:
    """The field of a label whose value can be told from others by itself."""
    if known is None or known.shape not in ("value", "list"):
        return ""
    return known.field if known.field == "ages" or known.field in FIELDS and FIELDS[known.field].kind in TELLING else ""


def _apart(page: tuple[Line, ...], first_is: str) -> tuple[Line, ...]:
    """A block of labels and, below it, the block of their values in the same order: each label over its value."""
    known = [None if line.is_bullet or line.cells else label(line.text) for line in page]
    kept: list[Line] = []
    at = 0
    while at < len(page):
        size = _block(page, known, at, first_is)
        for n in range(at, at + size):
            kept += [
                replace(page[n], text=page[n].text.rstrip(": ") + ":", is_after_blank=False),
                replace(page[n + size], is_after_blank=False),
            ]
        if not size:
            kept.append(page[at])
        at += 2 * size or 1
    return tuple(kept)


def _block(page: Sequence[Line], known: Sequence[Label | None], at: int, first_is: str) -> int:
    """How many labels a block has that begins here, or 0: most are known, none of the values is one, and all fit."""
    if known[at] is None or at + 2 < len(page) and not all(known[at : at + 3]):
        return 0
    best = 0
    for size in range(4, 26):
        if at + 2 * size > len(page):
            break
        names, values = known[at : at + size], known[at + size : at + 2 * size]
        if any(len(line.text) > 50 or re.search(r":\s*\S", line.text) for line in page[at : at + size]):
            break
        if any(each is not None for each in values) or sum(each is not None for each in names) * 3 < 2 * size:
            continue
        told = [(each, page[n].text) for n, each in enumerate(names, at + size) if each is not None and _kind(each)]
        sure = [
            each for each, _ in told if each.field == "ages" or FIELDS[each.field].kind not in ("organisation", "identifier")
        ]
        if len(sure) >= 3 and all(_fits(each, text, first_is) for each, text in told):
            best = size
    return best


def _values_first(page: tuple[Line, ...], first_is: str) -> tuple[Line, ...]:
    """A page that prints each label under its value: the label first, as everywhere else."""
    known = [None if line.is_bullet or line.is_heading or line.cells else label(line.text) for line in page]
    for at, each in enumerate(known[1:], 1):  # `Treatment` is a label, and here the purpose
        if each is not None and each.field in CHOICES and known[at - 1] and _is_value(each.field, page[at - 1], first_is):
            known[at - 1] = None
    above, below = 0, 0
    for at, each in enumerate(known):
        if each is None or not (name := _kind(each)) or page[at].text.endswith(":"):
            continue
        before = at > 0 and known[at - 1] is None and not page[at].is_after_blank and _is_value(name, page[at - 1], first_is)
        after = at + 1 < len(page) and known[at + 1] is None and _is_value(name, page[at + 1], first_is)
        above, below = above + (before and not after), below + (after and not before)
    if above < 4 or above < 4 * below:
        return page
    kept: list[Line] = []
    free = 0  # the lines from here on stand under no label yet
    for at, line in enumerate(page):
        each = known[at]
        is_field = each is not None and each.shape in ("value", "list", "section")
        if each is None or not is_field or line.is_after_blank or line.text.endswith(":") or free == len(kept):
            kept.append(line)
            free = len(kept) if each is not None else free
            continue
        begin = len(kept) - 1
        while each.shape != "value" and begin > free and not kept[begin].is_after_blank:
            begin -= 1
        own, kept = kept[begin:], kept[:begin]
        kept.append(replace(line, text=line.text + ":", is_after_blank=own[0].is_after_blank))
        kept += [replace(value, is_after_blank=False, is_heading=False) for value in own]
        free = len(kept)
    return tuple(kept)


def _is_value(name: str, line: Line, first_is: str) -> bool:
    return not says_nothing("title", line.text) and does_fit(name, line.text, first_is)
