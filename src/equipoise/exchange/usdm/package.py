"""A USDM file as typed objects: read with its places, found by their names, and written again leaf for leaf."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from ...finding import Finding, Place
from ..format import HALVES

BYTES = 64_000_000
"""No protocol is larger; what is, is not read."""
DEEP = 200

Value = Any
"""A text, a number, a truth, nothing, a `Thing`, or a tuple of them."""


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of a USDM file: its class, what it says in the order written, and where it stands."""

    kind: str
    said: Mapping[str, Value] = field(hash=False)
    way: str = field(default="", compare=False)

    @property
    def id(self) -> str:
        """Its identifier, or nothing."""
        found = self.said.get("id")
        return found if isinstance(found, str) else ""

    @property
    def called(self) -> str:
        """What people call it: its label, its name, or its identifier."""
        return next((text for key in ("label", "name", "id") if (text := self.text(key))), self.kind or "an object")

    def text(self, key: str) -> str:
        """An attribute that is text; empty where it is none."""
        found = self.said.get(key)
        return found if isinstance(found, str) else ""

    def one(self, key: str) -> "Thing | None":
        """An attribute that is an object."""
        found = self.said.get(key)
        return found if isinstance(found, Thing) else None

    def many(self, key: str) -> "tuple[Thing, ...]":
        """An attribute that is a list of objects."""
        found = self.said.get(key)
        return tuple(each for each in found if isinstance(each, Thing)) if isinstance(found, tuple) else ()

    def names(self, key: str) -> tuple[str, ...]:
        """An attribute that names other objects: one identifier, or several."""
        found = self.said.get(key)
        listed = found if isinstance(found, tuple) else (found,)
        return tuple(each for each in listed if isinstance(each, str) and each)

    def code(self, key: str) -> str:
        """What a coded attribute says in words, an alias looked through."""
        found = self.one(key)
        if found is not None and found.kind == "AliasCode":
            found = found.one("standardCode")
        return found.text("decode") if found is not None else ""


@dataclass(frozen=True, eq=False)
class Package:
    """A USDM file: its root, its objects by their identifiers, and where each identifier stands in the text."""

    root: Thing
    file: str = ""
    things: Mapping[str, Thing] = field(default_factory=dict)
    lines: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def place(self, thing: Thing) -> Place:
        """Where an object stands; of one without an identifier of its own, the file."""
        line, column = self.lines.get(thing.id, (0, 0))
        return Place(self.file, line, column, len(thing.id) or 1)

    def every(self, *kinds: str) -> Iterator[Thing]:
        """Every object of these classes, or every object at all, in the order written."""
        return (each for each in walk(self.root) if not kinds or each.kind in kinds)

    @property
    def version(self) -> Thing | None:
        """The version of the study: the first, if there are several."""
        study = self.root.one("study")
        versions = study.many("versions") if study is not None else ()
        return versions[0] if versions else None

    @property
    def design(self) -> Thing | None:
        """The first design of that version."""
        designs = self.version.many("studyDesigns") if self.version is not None else ()
        return designs[0] if designs else None


def walk(thing: Thing) -> Iterator[Thing]:
    """An object and all within it."""
    yield thing
    for value in thing.said.values():
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, Thing):
                yield from walk(each)


# --- reading and writing ---------------------------------------------------------------------------------------------


def is_usdm(path: Path) -> bool:
    """Whether a file looks like USDM: JSON whose root says its version and holds a study."""
    try:
        with path.open("rb") as opened:
            start, size = opened.read(400), path.stat().st_size
            opened.seek(max(size - 400, 0))
            return start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{" and (
                b'"usdmVersion"' in start + opened.read() or re.match(rb'\s*\{\s*"study"\s*:', start) is not None
            )
    except OSError:
        return False


def package(source: Path | str | bytes, *, file: str = "") -> tuple[Package | None, tuple[Finding, ...]]:
    """A USDM file as a package, and what keeps it from being one.

    Args:
        source: The file, or its text.
        file: What places call it; unsaid, the path.
    """
    called = file or (str(source) if isinstance(source, Path) else "")
    try:
        data = source.read_bytes() if isinstance(source, Path) else source.encode() if isinstance(source, str) else source
        if len(data) > BYTES:
            return None, (Finding("unreadable", Place(called), f"the file is larger than {BYTES // 1_000_000} MB"),)
        text = data.decode("utf-8-sig")
        twice: list[str] = []
        told = json.loads(text, object_pairs_hook=lambda pairs: _once(pairs, twice), parse_constant=_no_number)
        root = _thing(told, "", 0)
    except json.JSONDecodeError as why:
        return None, (Finding("unreadable", Place(called, why.lineno, why.colno), f"this is no JSON: {why.msg}"),)
    except (OSError, ValueError, RecursionError) as why:
        says = "it is nested too deeply" if isinstance(why, RecursionError) else getattr(why, "strerror", None) or str(why)
        return None, (Finding("unreadable", Place(called), f"this cannot be read as JSON: {says}"),)
    if not isinstance(root, Thing):
        return None, (Finding("unreadable", Place(called, 1, 1), "a USDM file is an object in braces"),)
    faults = [Finding("unreadable", Place(called), f"'{key}' is said twice in one object: the last is kept") for key in twice]
    things: dict[str, Thing] = {}
    for each in walk(root):
        if each.id:
            things.setdefault(each.id, each)
    return Package(root, called, things, _lines(text)), tuple(faults)


def written(thing: Thing | Package) -> str:
    """A package as the text of a JSON file."""
    return as_text(plain(thing.root if isinstance(thing, Package) else thing))


def as_text(told: Any) -> str:
    """Values as the text of a JSON file; half a character, which no file can hold, is escaped as it was."""
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    return HALVES.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def plain(value: Value) -> Any:
    """A value as JSON has it."""
    match value:
        case Thing():
            return {key: plain(each) for key, each in value.said.items()}
        case tuple():
            return [plain(each) for each in value]
        case _:
            return value


def _thing(told: Any, way: str, depth: int) -> Value:
    if depth > DEEP:
        raise RecursionError
    if isinstance(told, dict):
        said = {key: _thing(each, f"{way}.{key}" if way else key, depth + 1) for key, each in told.items()}
        kind = told.get("instanceType")
        return Thing(kind if isinstance(kind, str) else "", said, way)
    if isinstance(told, list):
        return tuple(_thing(each, f"{way}[{number}]", depth + 1) for number, each in enumerate(told))
    return told


def _once(pairs: list[tuple[str, Any]], twice: list[str]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        twice += [key for key, _ in pairs if key in seen or seen.add(key)]  # type: ignore[func-returns-value]
    return made


def _no_number(text: str) -> Any:
    raise ValueError(f"'{text}' is not a number of JSON")


_ID = re.compile(r'"id"\s*:\s*"((?:[^"\\]|\\.)*)"')


def _lines(text: str) -> dict[str, tuple[int, int]]:
    """Where each identifier is given: line and column, counted from 1."""
    found: dict[str, tuple[int, int]] = {}
    line, start = 1, 0
    for each in _ID.finditer(text):
        line += text.count("\n", start, each.start(1))
        start = each.start(1)
        found.setdefault(each[1], (line, start - text.rfind("\n", 0, start)))
    return found


# --- the classes -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a class: what it may hold, and whether it must be there, may be null, or is a list."""

    kinds: tuple[str, ...]
    is_required: bool = False
    may_be_null: bool = False
    is_list: bool = False
    is_never_empty: bool = False
    names: tuple[str, ...] = ()
    """The classes of which an identifier names one; empty where it is no identifier."""


_ATTRIBUTE = re.compile(r"(\[)?(-> )?([A-Za-z|]+)\]?(!)?(\?)?(\+)?")


@cache
def classes() -> Mapping[str, Mapping[str, Attribute]]:
    """The classes of USDM 4.0, each with its attributes.

    Source:
        CDISC, Digital Data Flow Reference Architecture, USDM 4.0: the published JSON Schema and class diagram.
    """
    told = yaml.safe_load((files(__package__) / "classes.yaml").read_text(encoding="utf-8"))
    made: dict[str, dict[str, Attribute]] = {}
    for kind, attributes in told.items():
        made[kind] = {}
        for name, text in attributes.items():
            found = _ATTRIBUTE.fullmatch(text)
            assert found is not None, (kind, name, text)
            kinds = tuple(found[3].split("|"))
            made[kind][name] = Attribute(
                ("text",) if found[2] else kinds,
                bool(found[4]), bool(found[5]), bool(found[1]), bool(found[6]),
                kinds if found[2] else (),
            )  # fmt: skip
    return made
