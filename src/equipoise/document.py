"""A YAML text as a tree in which every part knows its place; text from outside is hostile until it is a tree.

The tree is built from the parser's events and holds text alone: no object is made, nothing is looked up, and what could
grow (size, length of a line, depth, number of nodes, findings) has a bound. What cannot be read becomes a finding, and
whatever was readable is kept.
"""

import re
from collections.abc import Sequence as Many
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any

import yaml

from .finding import Finding, Place

# Bounds of a study file: far above what a person writes, far below what would hold up a machine.
BYTES = 1_000_000
LINE = 20_000
LEVELS = 40
NODES = 100_000
FINDINGS = 200

# Characters that a reader cannot see or that move what is seen: controls, lone surrogates (bytes that are not UTF-8
# arrive as these), other alphabets' line breaks, marks that reverse the direction of text, a byte order mark inside.
HIDDEN = re.compile("[^\t\n\r\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_WORD = re.compile(r"\S+")
_LOADER: Any = getattr(yaml, "CLoader", yaml.Loader)  # used for its events only


@dataclass(frozen=True, slots=True, eq=False)
class Spread(Place):
    """The place of a text written over several lines: `along` finds the line.

    `turns` holds, for each line, the offset in the text at which it begins, the line and the column.
    """

    turns: tuple[tuple[int, int, int], ...] = field(default=(), repr=False)

    def along(self, offset: int, width: int = 1) -> Place:
        """The place of the text's character `offset`, on whichever line it stands."""
        begins, line, column = max((t for t in self.turns if t[0] <= offset), default=self.turns[0])
        return Place(self.file, line, max(1, column + offset - begins), width)

    # A place is its four numbers, however the text goes on after it.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Place) and _numbers(self) == _numbers(other)

    def __lt__(self, other: Place) -> bool:
        return _numbers(self) < _numbers(other)

    def __le__(self, other: Place) -> bool:
        return _numbers(self) <= _numbers(other)

    def __gt__(self, other: Place) -> bool:
        return _numbers(self) > _numbers(other)

    def __ge__(self, other: Place) -> bool:
        return _numbers(self) >= _numbers(other)

    def __hash__(self) -> int:
        return hash(_numbers(self))


def _numbers(place: Place) -> tuple[str, int, int, int]:
    return place.file, place.line, place.column, place.width


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text, and the place of its first character; `quoted` if it stood in quotes. Nothing written is the text ""."""

    text: str
    place: Place
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list, in order; `cut` if reading stopped inside it."""

    items: "tuple[Node, ...]"
    place: Place
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with their values, in order, each key once; `cut` if reading stopped inside it."""

    entries: "tuple[tuple[Scalar, Node], ...]"
    place: Place
    cut: bool = False


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True, slots=True)
class Document:
    """What a text says, what is wrong with it, and its lines."""

    root: Node | None
    findings: tuple[Finding, ...]
    lines: tuple[str, ...]


@dataclass(slots=True)
class Notes:
    """Findings as they are made, each with its line; after the first 200 they are only counted."""

    lines: Many[str]
    made: list[Finding] = field(default_factory=list)
    further: int = 0

    @property
    def is_full(self) -> bool:
        return len(self.made) >= FINDINGS

    def note(self, rule: str, place: Place, says: str) -> None:
        """Make a finding."""
        if self.is_full:
            self.further += 1
            return
        line = self.lines[place.line - 1] if 0 < place.line <= len(self.lines) else ""
        self.made.append(Finding(rule, place, says, text=line.rstrip().replace("\t", " ")))

    def findings(self) -> tuple[Finding, ...]:
        """All of them in the file's order, and how many more there were."""
        found = sorted(self.made, key=lambda one: _numbers(one.place))
        if self.further:
            says = f"{self.further:,} further findings are not shown: mend these first"
            found.append(Finding("unreadable", Place(found[-1].place.file), says))
        return tuple(found)


def document(source: str | bytes | Path, *, file: str = "") -> Document:
    """A text as a tree, and all that keeps it from being one.

    Args:
        source: The text itself, its bytes, or the path of a file.
        file: What places call the text; a path's own name if left out.

    >>> document("arms: [control, ablation]").root.entries[0][1].items[1]
    Scalar(text='ablation', place=Place(file='', line=1, column=17, width=8), quoted=False)
    """
    if isinstance(source, Path):
        file = file or str(source)
        read = _bytes(source)
        if isinstance(read, str):
            return Document(None, (Finding("unreadable", Place(file), read),), ())
        source = read
    data = source.encode("utf-8", "surrogatepass") if isinstance(source, str) else source
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        says = "the file is UTF-16, not UTF-8: save it as UTF-8"
        return Document(None, (Finding("unreadable", Place(file, 1, 1), says),), ())
    shortened = data if len(data) <= BYTES else data[: data.rfind(b"\n", 0, BYTES) + 1]
    written = shortened.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    clean = HIDDEN.sub("\ufffd", written)
    kept = clean.splitlines(keepends=True)
    notes = Notes(lines := tuple(line.rstrip("\r\n") for line in kept))
    is_cut = len(shortened) < len(data)
    if is_cut:
        notes.note("unreadable", Place(file, len(lines) + 1, 1), "the file is larger than 1 MB: reading stopped here")
    if clean != written:
        _note_hidden(written, kept, notes, file)
    long = next((n for n, line in enumerate(lines) if len(line) > LINE), None)
    if long is not None:
        says = f"the line has {len(lines[long]):,} characters, more than {LINE:,}: reading stopped here"
        notes.lines = [line[:LINE] for line in lines]
        notes.note("unreadable", Place(file, long + 1, LINE + 1), says)
        clean, lines, is_cut = "".join(kept[:long]), lines[:long], True
    root = _tree(clean, lines, notes, file, is_cut=is_cut)
    if root is None and not notes.made:
        says = "the file says nothing" if clean.strip() else "the file is empty"
        notes.note("unreadable", Place(file, 1, 1), says)
    return Document(root, notes.findings(), lines)


def _bytes(path: Path) -> bytes | str:
    """A file's bytes, one more than the bound at most; or why they cannot be had."""
    try:
        mode = path.stat().st_mode
        if S_ISDIR(mode):
            return f"{path.name or path} is a folder, not a file"
        if not S_ISREG(mode):  # a pipe or a device may never end
            return f"{path.name} is not an ordinary file"
        with path.open("rb") as opened:
            return opened.read(BYTES + 1)
    except FileNotFoundError:
        return "there is no such file"
    except PermissionError:
        return "the file may not be read: permission is missing"
    except (OSError, ValueError) as why:
        return f"the file cannot be read: {getattr(why, 'strerror', None) or why}"


def _note_hidden(written: str, kept: Many[str], notes: Notes, file: str) -> None:
    start = 0
    for number, line in enumerate(kept, 1):
        raw = written[start : start + len(line)]
        start += len(line)
        if raw == line:
            continue
        first, *others = HIDDEN.finditer(raw)
        more = f" (and {len(others):,} more on this line)" if others else ""
        notes.note("unreadable", Place(file, number, first.start() + 1), _hidden(first.group()) + more)


def _hidden(character: str) -> str:
    """Why a character is refused."""
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"the byte 0x{code - 0xDC00:02X} is not UTF-8"
    return f"the character U+{code:04X} cannot be seen: take it out"


@dataclass(slots=True)
class _Open:
    """A list or a mapping that is still being read."""

    place: Place
    is_mapping: bool
    items: list[Node] = field(default_factory=list)
    entries: list[tuple[Scalar, Node]] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    key: Scalar | None = None  # None after a key was refused: its value is then left out
    wants_key: bool = True

    def closed(self, *, cut: bool = False) -> Node:
        if self.is_mapping:
            return Mapping(tuple(self.entries), self.place, cut)
        return Sequence(tuple(self.items), self.place, cut)

    def take(self, node: Node | None, notes: Notes) -> None:
        """Put a node where it belongs; None is one that was refused."""
        if not self.is_mapping:
            if node is not None:
                self.items.append(node)
        elif self.wants_key:
            self.key, self.wants_key = self._key(node, notes), False
        else:
            if self.key is not None and node is not None:
                self.entries.append((self.key, node))
            self.key, self.wants_key = None, True

    def _key(self, node: Node | None, notes: Notes) -> Scalar | None:
        if not isinstance(node, Scalar):  # noted where it began
            return None
        if node.text == "<<" and not node.quoted:
            notes.note("unreadable", node.place, "'<<' (a merge) has no meaning here: write the keys out")
        elif not node.text:
            notes.note("unreadable", node.place, "a key is missing before ':'")
        elif (first := self.places.get(node.text)) is not None:
            says = f"{shown(node.text)} was already said at line {first.line}, column {first.column}: that one is kept"
            notes.note("unreadable", node.place, says)
        else:
            self.places[node.text] = node.place
            return node
        return None


class _Stop(Exception):
    """Reading cannot go on."""


def _tree(text: str, lines: Many[str], notes: Notes, file: str, *, is_cut: bool) -> Node | None:
    """The tree of a text; where reading stops, what was open is closed and kept."""
    stack: list[_Open] = []
    done: list[Node] = []
    try:
        _grow(text, lines, notes, file, stack, done)
    except _Stop:
        is_cut = True
    except (yaml.YAMLError, ValueError, OverflowError) as why:
        is_cut = True
        notes.note("unreadable", *_syntax(why, lines, file))
    while stack:
        node = stack.pop().closed(cut=True)
        if not stack:
            done.append(node)
        elif not (stack[-1].is_mapping and stack[-1].wants_key):
            stack[-1].take(node, notes)
    if not done or (isinstance(done[0], Scalar) and not done[0].text):
        return None
    return _cut(done[0]) if is_cut else done[0]


def _cut(node: Node) -> Node:
    """The same, marked as cut along its last line: nobody knows what would have followed there."""
    match node:
        case Mapping((*before, (key, last)), place):
            return Mapping((*before, (key, _cut(last))), place, cut=True)
        case Sequence((*before, last), place):
            return Sequence((*before, _cut(last)), place, cut=True)
        case Mapping() | Sequence():
            return type(node)((), node.place, cut=True)
        case Scalar():
            return node


def _grow(text: str, lines: Many[str], notes: Notes, file: str, stack: list[_Open], done: list[Node]) -> None:
    nodes = documents = 0

    def stop(place: Place, says: str) -> None:
        notes.note("unreadable", place, says + ": reading stopped here")
        raise _Stop

    def put(node: Node | None) -> None:
        if stack:
            stack[-1].take(node, notes)
        elif node is not None:
            done.append(node)

    event: Any
    for event in yaml.parse(text, Loader=_LOADER):
        mark = event.start_mark
        place = Place(file, mark.line + 1, mark.column + 1)
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                stop(place, "a second document begins; a file holds one")
            if event.tags:
                notes.note("unreadable", place, "%TAG has no meaning here: take it out")
        elif isinstance(event, yaml.NodeEvent):
            nodes += 1
            if nodes > NODES:
                stop(place, f"the file has more than {NODES:,} parts")
            if isinstance(event, yaml.AliasEvent):
                says = f"the alias '*{event.anchor}' has no meaning here: write out what it stands for"
                notes.note("unreadable", place, says)
                put(None)
                continue
            if event.anchor is not None:
                notes.note("unreadable", place, f"the anchor '&{event.anchor}' has no meaning here: take it out")
            if (tag := getattr(event, "tag", None)) is not None:
                tag = shown(tag.replace("tag:yaml.org,2002:", "!!"))
                notes.note("unreadable", place, f"the tag {tag} has no meaning here: write the value plainly")
            if isinstance(event, yaml.ScalarEvent):
                put(_scalar(event, lines, notes, file))
                continue
            if len(stack) == LEVELS:
                stop(place, f"the text is nested more than {LEVELS} levels deep")
            if stack and stack[-1].is_mapping and stack[-1].wants_key:
                notes.note("unreadable", place, "a key must be text, not a list or a block of keys")
            stack.append(_Open(place, isinstance(event, yaml.MappingStartEvent)))
        elif isinstance(event, yaml.CollectionEndEvent):
            put(stack.pop().closed())


def _scalar(event: Any, lines: Many[str], notes: Notes, file: str) -> Scalar:
    start, end, text, style = event.start_mark, event.end_mark, event.value, event.style
    quotes = style in ("'", '"')
    place = Place(file, start.line + 1, start.column + 1 + quotes)
    if start.line == end.line:
        place = Place(file, place.line, place.column, max(1, end.column - start.column - 2 * quotes))
    elif turns := _turns(event, lines):
        _, line, column = turns[0]
        place = Spread(file, line, column, max(1, len(lines[line - 1].rstrip()) - column + 1), turns)
    if style == '"' and (hidden := HIDDEN.search(text)):
        notes.note("unreadable", place, _hidden(hidden.group()))
        text = HIDDEN.sub("\ufffd", text)
    if not style and text in ("null", "Null", "NULL", "~"):
        text = ""
    return Scalar(text, place, quotes)


def _turns(event: Any, lines: Many[str]) -> tuple[tuple[int, int, int], ...]:
    """Where each line's share of a text begins: its offset in the text, its line, its column.

    Words are found again in the lines, in order. An escape is spelt otherwise than it reads; after one that cannot be
    found the rest of the text counts as part of the last line found.
    """
    start, last = event.start_mark, min(event.end_mark.line, len(lines) - 1)
    line, at = (start.line + 1, 0) if event.style in ("|", ">") else (start.line, start.column)
    turns: list[tuple[int, int, int]] = []
    for word in _WORD.finditer(event.value):
        while line <= last and (found := lines[line].find(word.group(), at)) < 0:
            line, at = line + 1, 0
        if line > last:
            break
        if not turns or turns[-1][1] != line + 1:
            turns.append((word.start(), line + 1, found + 1))
        at = found + len(word.group())
    return tuple(turns)


_SAYS_TAB = "a tab stands where spaces should: indent with spaces"
# What the parser calls it, and what a person can do about it; `LINE` is where the thing that failed was opened.
_SAYS = (
    ("found unexpected end of stream", "the quote opened here is never closed"),
    ("mapping values are not allowed", "a second ': ' in one line: put the text in quotes, or the key on its own line"),
    ("could not find expected ':'", "a key is not followed by ':'"),
    ("',' or ']'", "the list opened at line LINE is not closed: expected ',' or ']'"),
    ("',' or '}'", "the block opened at line LINE is not closed: expected ',' or '}'"),
    ("tab character", _SAYS_TAB),
    ("did not find expected key", "this does not line up with the keys that began at line LINE"),
    ("expected '-' indicator", "this does not line up with the list that began at line LINE"),
    ("unknown escape character", "after the backslash is no escape that exists: use single quotes"),
    ("block sequence entries are not allowed", "a list begins after other text: give '- ' its own line"),
    ("did not find expected node content", "a value was expected here"),
    ("expected <document start>", "text goes on after the file's one value has ended"),
)


def _syntax(why: Exception, lines: Many[str], file: str) -> tuple[Place, str]:
    """The place and sentence of a syntax error."""
    problem = str(getattr(why, "problem", None) or why).splitlines()[0]
    mark, context = getattr(why, "problem_mark", None), getattr(why, "context_mark", None)
    begun = context or mark
    if "end of stream" in problem:
        mark = begun
    line, column = max(1, len(lines)), len(lines[-1]) + 1 if lines else 1
    if mark is not None and mark.line < len(lines):
        line, column = mark.line + 1, mark.column + 1
    says = next((says for part, says in _SAYS if part in problem), "this is not YAML: " + problem)
    if "cannot start any token" in problem:
        first = lines[line - 1][column - 1 : column]
        says = _SAYS_TAB if first == "\t" else f"text may not begin with {shown(first)}: put it in quotes"
    says = says.replace("LINE", str(begun.line + 1) if begun else "?")
    return Place(file, line, column), says + ": reading stopped here"


def shown(text: str, at_most: int = 60) -> str:
    """A text in quotes, on one line, its end left out where it is long.

    >>> shown("inclde")
    "'inclde'"
    """
    line = " ".join(text[: 2 * at_most].split())
    return f"'{line}'" if len(line) <= at_most and len(text) <= 2 * at_most else f"'{line[: at_most - 1]}…'"
