"""JSON and XML as one kind of tree: mappings, lists and texts; bounded, and without anything that XML can be told to fetch.

XML is read by expat, with every document type refused: no entity can be declared, so none can grow or reach outside.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.parsers import expat

from ..finding import Unreadable

Tree = Any
"""A mapping, a list, a text, a number, a truth or nothing."""

LIMIT = 64_000_000
"""Bytes of one source: a register's largest record is under 10 MB, a page of a thousand studies under 60 MB."""
DEEPEST = 60
"""Levels of one source: the deepest registers use 20."""
MOST = 3_000_000
"""Elements of one source: mappings, lists, tags."""


_OTHER_FILES = ((b"%PDF", "a PDF"), (b"PK\x03\x04", "a ZIP file, as spreadsheets and word processors write them"), (b"\x89PNG", "a picture"),
                (b"\xff\xd8\xff", "a picture"), (b"\xd0\xcf\x11\xe0", "an old office file"), (b"SQLite format 3", "a database"))  # fmt: skip


class Text(str):
    """A text, and the line it begins on."""

    __slots__ = ("line",)
    line: int


def _text(written: str, line: int) -> Text:
    text = Text(written)
    text.line = line
    return text


def content(source: str | bytes | Path) -> str:
    """The text of a file, or of bytes as they came: UTF-8, UTF-16 with its mark, or what an XML declaration says.

    Raises:
        Unreadable: It is not there, too large, not text, or in no encoding that it states.
    """
    if isinstance(source, str):
        if len(source) > LIMIT:
            raise Unreadable(f"{len(source):,} characters are more than the {LIMIT:,} that one source may have")
        return source.removeprefix("\ufeff")
    raw = _bytes(source) if isinstance(source, Path) else source
    if raw[:2] == b"\x1f\x8b":
        raw = _unpacked(raw)
    if not raw.strip():
        raise Unreadable("it is empty")
    if other := next((says for mark, says in _OTHER_FILES if raw.startswith(mark)), ""):
        raise Unreadable(f"it is {other}, whatever it is called: save what it says as text, or take the register's own JSON")
    if len(raw) > LIMIT:
        raise Unreadable(f"{len(raw):,} bytes are more than the {LIMIT:,} that one source may have")
    encoding = "utf-8-sig"
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif declared := re.match(rb"\s*<\?xml[^>]{0,100}encoding=[\"']([A-Za-z0-9._-]{1,20})[\"']", raw[:200]):
        stated = declared[1].decode("ascii").casefold()
        if stated not in ("utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252"):
            raise Unreadable(f"its XML declaration names the encoding '{stated}', which is not read here: save it as UTF-8")
        encoding = {"utf8": "utf-8-sig", "utf-8": "utf-8-sig"}.get(stated, stated)
    try:
        text = raw.decode(encoding)
    except (UnicodeDecodeError, UnicodeError) as why:
        at = getattr(why, "start", 0)
        raise Unreadable(f"it is not {encoding.removesuffix('-sig').upper()} text (byte {at:,}): save it as UTF-8") from None
    if "\x00" in text:
        if text[1:40:2].count("\x00") > 15 or text[0:40:2].count("\x00") > 15:
            raise Unreadable("it looks like UTF-16 without its mark: save it as UTF-8")
        raise Unreadable("it holds zero bytes: it is not a text")
    return text


def _bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise Unreadable("there is no such file" if not path.exists() else "it is not a file")
        if (size := path.stat().st_size) > LIMIT:
            raise Unreadable(f"{size:,} bytes are more than the {LIMIT:,} that one source may have")
        return path.read_bytes()
    except OSError as why:
        raise Unreadable(f"it cannot be opened: {why.strerror}") from None


def _unpacked(raw: bytes) -> bytes:
    import zlib

    unpacker = zlib.decompressobj(31)
    try:
        out = unpacker.decompress(raw, LIMIT + 1)
    except zlib.error:
        raise Unreadable("it begins like a gzip file and is none") from None
    if len(out) > LIMIT:
        raise Unreadable(f"it unpacks to more than the {LIMIT:,} bytes that one source may have")
    return out


def json_tree(text: str) -> Tree:
    """A JSON text as a tree.

    Raises:
        Unreadable: It is no JSON, or too deep.
    """
    if text.count("[") + text.count("{") > MOST or text.count(",") > 4 * MOST:
        raise Unreadable(f"its JSON has more than {MOST:,} elements")
    try:
        tree = json.loads(text, parse_constant=str)
    except RecursionError:
        raise Unreadable(f"its JSON is nested more than {DEEPEST} deep") from None
    except json.JSONDecodeError as why:
        raise Unreadable(f"it is not whole JSON (line {why.lineno}): {why.msg}") from None
    except ValueError:
        raise Unreadable("its JSON holds a number of thousands of figures") from None
    level: list[Tree] = [tree]
    for _ in range(DEEPEST):
        level = [each for node in level for each in _children(node)]
        if not level:
            return tree
    raise Unreadable(f"its JSON is nested more than {DEEPEST} deep")


def json_lines(text: str) -> Tree:
    """JSON, one document a line, as a list.

    Raises:
        Unreadable: A line is no JSON.
    """
    return [json_tree(line) for line in text.splitlines() if line.strip()]


def _children(node: Tree) -> Iterator[Tree]:
    if isinstance(node, dict):
        yield from (each for each in node.values() if isinstance(each, dict | list))
    elif isinstance(node, list):
        yield from (each for each in node if isinstance(each, dict | list))


def xml_tree(text: str) -> tuple[str, Tree]:
    """The root's name, and an XML text as a tree: attributes as `@name`, text beside them as `#`, several as a list.

    Raises:
        Unreadable: It is no XML, has a document type, or is too large or deep.
    """
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    names: list[str] = []
    stack: list[dict[str, Any]] = [{}]
    texts: list[list[str]] = [[]]
    lines: list[int] = [1]
    seen = 0

    def start(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal seen
        seen += 1
        if len(stack) > DEEPEST:
            raise Unreadable(f"its XML is nested more than {DEEPEST} deep")
        if seen > MOST:
            raise Unreadable(f"its XML has more than {MOST:,} elements")
        line = parser.CurrentLineNumber
        names.append(name)
        stack.append({f"@{key}": _text(each, line) for key, each in attributes.items()})
        texts.append([])
        lines.append(line)

    def end(name: str) -> None:
        node, written, line = stack.pop(), "".join(texts.pop()), lines.pop()
        names.pop()
        value: Tree = node
        if not node:
            value = _text(written, line + len(written[: len(written) - len(written.lstrip())].splitlines()[1:]))
        elif written.strip():
            node["#"] = _text(written, line)
        above = stack[-1]
        if name not in above:
            above[name] = value
        elif isinstance(above[name], list):
            above[name].append(value)
        else:
            above[name] = [above[name], value]

    def doctype(*_: object) -> None:
        raise Unreadable(
            "it declares a document type, which can hold an entity bomb or fetch other files: take the DOCTYPE out"
        )

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda written: texts[-1].append(written)
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = doctype
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as why:
        raise Unreadable(f"it is not whole XML (line {why.lineno}): {expat.ErrorString(why.code)}") from None
    root = next(iter(stack[0]), "")
    return root, stack[0].get(root)


def leaves(tree: Tree, way: str = "", pattern: str = "", *, skipped: Collection[str] = ()) -> Iterator[tuple[str, str, Tree]]:
    """Each text, number and truth: the way to it (`arms[1].label`), the way without counting (`arms[].label`), itself."""
    if isinstance(tree, Mapping):
        for key, each in tree.items():
            step = f".{key}" if way else str(key)
            if not isinstance(each, Mapping | list) or (pattern + step).replace("[]", "") not in skipped:
                yield from leaves(each, way + step, pattern + step, skipped=skipped)
    elif isinstance(tree, list):
        for n, each in enumerate(tree):
            yield from leaves(each, f"{way}[{n}]", pattern + "[]", skipped=skipped)
    elif tree is not None and tree != "":
        yield way, pattern, tree


def several(tree: Tree) -> Sequence[Tree]:
    """A node that may stand once, often or not at all, as a list."""
    if tree is None or tree == "":
        return ()
    return tree if isinstance(tree, list) else (tree,)


def found(tree: Tree, pattern: str) -> Iterator[tuple[str, Tree]]:
    """The nodes that a way leads to: `a.b[].c`; a node that stands once is found by `b[]` too."""
    nodes: list[tuple[str, Tree]] = [("", tree)]
    for step in pattern.split("."):
        key, is_list = step.removesuffix("[]"), step.endswith("[]")
        after: list[tuple[str, Tree]] = []
        for way, node in nodes:
            if not isinstance(node, Mapping) or key not in node:
                continue
            here, child = (f"{way}.{key}" if way else key), node[key]
            if is_list and isinstance(child, list):
                after += [(f"{here}[{n}]", each) for n, each in enumerate(child)]
            else:
                after.append((here, child))
        nodes = after
    yield from nodes


def written(node: Tree) -> str:
    """A leaf as text; of an XML element with attributes, its own text."""
    if isinstance(node, Mapping):
        node = node.get("#", "")
    if isinstance(node, bool):
        return "yes" if node else "no"
    return "" if node is None or isinstance(node, list | Mapping) else str(node)


def line_of(node: Tree) -> int:
    """The line a leaf begins on, if it is known."""
    if isinstance(node, Mapping):
        node = node.get("#")
    return node.line if isinstance(node, Text) else 0
