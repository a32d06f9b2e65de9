"""From a tree of text to frozen values: the type hints of the dataclasses are the grammar of the file.

A word of the file is a field, `Annotated[type, "what it says"]`. Its hint becomes a `Shape`; a shape is read here,
drawn as JSON Schema and listed as words in `schema`, so the three cannot part. All mistakes are found in one run, and
whatever could be read is kept: a bad optional field takes its default, a bad element is left out.

Fields with a meaning of their own: `place` is filled with where the value stands, `name` with the key under which the
value stands in a mapping. `from_` is the key `from`. A required field with `metadata={"blank": value}` takes that value
when it is missing, beside the finding, so that the rest of the file is not lost.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import MISSING, dataclass, field, is_dataclass
from dataclasses import fields as dataclass_fields
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NewType,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from . import document as text_
from .document import Node, Notes, Scalar, document, shown
from .finding import Finding, Place, Unreadable

T = TypeVar("T")
K = TypeVar("K")
V_co = TypeVar("V_co", covariant=True)

NAME = re.compile(r"[a-z][a-z0-9_]*", re.ASCII)
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TRUTHS = {"yes": True, "true": True, "no": False, "false": False}
_UNREAD = object()  # what could not be read; its finding has been made


class Named(Mapping[K, V_co], Generic[K, V_co]):
    """Values by their names, in the order written; never changed, so it may be hashed.

    >>> Named(control=1, ablation=2)
    Named(control=1, ablation=2)
    """

    __slots__ = ("_of",)

    def __init__(self, of: "Mapping[K, V_co] | Sequence[tuple[K, V_co]]" = (), /, **named: V_co) -> None:
        self._of: dict[K, V_co] = {**dict(of), **cast("dict[K, V_co]", named)}

    def __getitem__(self, name: K) -> V_co:
        return self._of[name]

    def __iter__(self) -> Iterator[K]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)

    def __hash__(self) -> int:
        return hash(frozenset(self._of.items()))

    def __repr__(self) -> str:
        return f"Named({', '.join(f'{name}={value!r}' for name, value in self._of.items())})"


# --- Shapes: what a type hint says of the file


@dataclass(frozen=True, slots=True)
class Atom:
    """One text that is read as one value; `words` if only these are allowed."""

    noun: str
    read: Callable[[str, Place], object]
    schema: Mapping[str, object] = field(hash=False)
    words: tuple[str, ...] = ()
    is_own: bool = False  # a scalar class, whose own sentence says best what is wrong


@dataclass(frozen=True, slots=True)
class Many:
    """A list."""

    of: "Shape"


@dataclass(frozen=True, slots=True)
class Names:
    """A mapping whose keys the author chooses."""

    key: Atom
    of: "Shape"


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping whose keys are a dataclass's fields; `is_named` if its `name` is the key it stands under."""

    kind: type
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class Either:
    """One of several shapes, or nothing at all."""

    options: "tuple[Atom | Many | Names | Record, ...]"
    may_be_empty: bool


Shape = Atom | Many | Names | Record | Either


@dataclass(frozen=True, slots=True)
class Word:
    """A key of a record: what it is called in the file and in Python, its shape, and the sentence that documents it."""

    key: str
    attribute: str
    shape: Shape
    says: str
    is_required: bool
    blank: object = MISSING


def shape(hint: Any, *, is_named: bool = False) -> Shape:
    """What a type hint says of the file.

    Raises:
        TypeError: if the hint is none that can be read.

    >>> shape(tuple[int, ...]).of.noun
    'a whole number'
    """
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return shape(arguments[0], is_named=is_named)
    if isinstance(hint, NewType):
        return shape(hint.__supertype__, is_named=is_named)
    if origin in (Union, UnionType):
        return _either(arguments, is_named)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        return Many(shape(arguments[0]))
    if origin in (Mapping, Named):
        key = _NAME if arguments[0] is str else shape(arguments[0])
        if not isinstance(key, Atom):
            raise TypeError(f"{arguments[0]} cannot be the key of a mapping")
        return Names(key, shape(arguments[1], is_named=True))
    if origin is Literal:
        return _choice({str(word): word for word in arguments})
    if isinstance(hint, type):
        if hint in _ATOMS:
            return _ATOMS[hint]
        if issubclass(hint, Enum):
            return _choice({str(word.value): word for word in hint})
        if hasattr(hint, "from_text"):
            return Atom(noun(hint), hint.from_text, getattr(hint, "schema", _PLAIN), is_own=True)
        if is_dataclass(hint):
            return Record(hint, is_named and any(f.name == "name" for f in dataclass_fields(hint)))
    raise TypeError(f"no shape of a file is known for {hint!r}")


def _either(hints: Sequence[Any], is_named: bool) -> Either:
    options: list[Atom | Many | Names | Record] = []
    may_be_empty = False
    for hint in hints:
        if hint is NoneType:
            may_be_empty = True
        elif isinstance(one := shape(hint, is_named=is_named), Either):
            options += one.options
            may_be_empty |= one.may_be_empty
        else:
            options.append(one)
    options.sort(key=lambda option: option is _ATOMS[str])  # any text is text: asked last
    for one_only in (Many, Names):
        if sum(isinstance(option, one_only) for option in options) > 1:
            raise TypeError(f"two kinds of {one_only.__name__} cannot be told apart in {hints}")
    return Either(tuple(options), may_be_empty)


def noun(kind: type) -> str:
    """A dataclass as messages call it.

    >>> class EndpointRule: ...
    >>> noun(EndpointRule)
    'an endpoint rule'
    """
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", kind.__name__.strip("_")).lower()
    return f"{'an' if words[:1] in 'aeiou' else 'a'} {words}"


@cache
def words(kind: type) -> tuple[Word, ...]:
    """The keys of a dataclass, in order; `name` is among them."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        Word(
            key=f.metadata.get("key", f.name.removesuffix("_")),
            attribute=f.name,
            shape=shape(hints[f.name]),
            says=next((m for m in getattr(hints[f.name], "__metadata__", ()) if isinstance(m, str)), ""),
            is_required=f.default is MISSING and f.default_factory is MISSING,
            blank=f.metadata.get("blank", MISSING),
        )
        for f in dataclass_fields(kind)
        if f.init and f.name != "place"
    )


@cache
def _known(record: Record) -> dict[str, Word]:
    """The words of a record by their keys, spelt with underscores."""
    return {_spelt(w.key): w for w in words(record.kind) if not (record.is_named and w.attribute == "name")}


@cache
def _has_place(kind: type) -> bool:
    return any(f.init and f.name == "place" for f in dataclass_fields(kind))


def _spelt(key: str) -> str:
    """A key with underscores for spaces and hyphens: `for each` is `for_each`."""
    return re.sub(r"[ -]+", "_", key)


# --- Atoms


def _matched(pattern: re.Pattern[str], what: str, made: Callable[[str], object]) -> Callable[[str, Place], object]:
    def read(text: str, place: Place) -> object:
        if not pattern.fullmatch(text):
            raise Unreadable(f"{shown(text)} is not {what}", 0, len(text))
        return made(text)

    return read


def _day(text: str, place: Place) -> date:
    if not _DAY.fullmatch(text):
        raise Unreadable(f"{shown(text)} is not a day: write year-month-day, as 2024-03-31", 0, len(text))
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unreadable(f"{shown(text)} is not a day of the calendar", 0, len(text)) from None


def _choice(values: Mapping[str, object]) -> Atom:
    allowed = tuple(values)

    def read(text: str, place: Place) -> object:
        if text not in values:
            raise Unreadable(f"{shown(text)} is not {_one_of(allowed)}{_near(text, allowed)}", 0, len(text))
        return values[text]

    plain = [plain for word in allowed for plain in _plainly(word)]
    return Atom(_one_of(allowed), read, {"enum": plain}, allowed)


def _plainly(word: str) -> tuple[object, ...]:
    """A word as an editor may see it: `1` written plainly is a number."""
    if _INTEGER.fullmatch(word):
        return word, int(word)
    if _NUMBER.fullmatch(word):
        return word, float(word)
    return (word, word == "true") if word in ("true", "false") else (word,)


def _one_of(allowed: Sequence[str]) -> str:
    listed = [f"'{word}'" for word in allowed]
    return listed[0] if len(listed) == 1 else f"one of {', '.join(listed[:-1])} or {listed[-1]}"


def _near(text: str, known: Sequence[str]) -> str:
    near = _nearest(text, known)
    return f"; did you mean '{near}'?" if near else ""


def _nearest(text: str, known: Sequence[str]) -> str | None:
    if len(text) > 40:  # comparing takes the square of the length
        return None
    plain = {_spelt(word.lower()): word for word in known}
    near = get_close_matches(_spelt(text.lower()), plain, n=1, cutoff=0.6)
    return plain[near[0]] if near else None


_PLAIN: Mapping[str, object] = {"type": ["string", "number", "boolean"]}
_YES_NO = _choice(_TRUTHS)
_ATOMS: Mapping[Any, Atom] = {
    str: Atom("text", lambda text, place: text, _PLAIN),
    int: Atom(
        "a whole number",
        _matched(_INTEGER, "a whole number", int),
        {"type": ["integer", "string"], "pattern": f"^{_INTEGER.pattern}$"},
    ),
    float: Atom(
        "a number",
        _matched(_NUMBER, "a number", float),
        {"type": ["number", "string"], "pattern": f"^{_NUMBER.pattern}$"},
    ),
    Decimal: Atom(
        "a number",
        _matched(_NUMBER, "a number", Decimal),
        {"type": ["number", "string"], "pattern": f"^{_NUMBER.pattern}$"},
    ),
    bool: Atom("yes or no", _YES_NO.read, {"enum": [True, False, *_TRUTHS]}),
    date: Atom("a day", _day, {"type": "string", "format": "date", "pattern": f"^{_DAY.pattern}$"}),
}
_NAME = Atom(
    "a name",
    _matched(NAME, "a name: small letters, digits and '_', a letter first", str),
    {"type": "string", "pattern": f"^{NAME.pattern}$"},
)


# --- Reading


def read(kind: type[T], node: Node | None, *, lines: Sequence[str] = ()) -> tuple[T | None, tuple[Finding, ...]]:
    """A node as a value of a dataclass, and all that is wrong with it.

    Args:
        kind: A frozen dataclass, or any other hint that has a shape.
        node: The root of a document, or any part of it; None gives None.
        lines: The document's lines, for the findings' carets.
    """
    if node is None:
        return None, ()
    notes = Notes(lines)
    value = _value(shape(kind), node, "this", notes)
    return (None if value is _UNREAD else cast(T, value)), notes.findings()


def told(kind: type[T], source: str | bytes | Path, *, file: str = "") -> tuple[T | None, tuple[Finding, ...]]:
    """What a text tells as a value of a dataclass, and all that is wrong with the text."""
    found = document(source, file=file)
    value, findings = read(kind, found.root, lines=found.lines)
    return value, found.findings + findings


def _value(shape: Shape, node: Node, what: str, notes: Notes, *, name: object = None, at: Place | None = None) -> object:
    """A node read as a shape.

    Args:
        what: What messages call it: `'arms'`, `item 2 of 'arms'`.
        name: The key it stands under, where the author chose the key.
        at: The place of its key.
    """
    match shape, node:
        case Atom(), Scalar() if not _is_nothing(node):
            return _atom(shape, node, notes)
        case Many(of), text_.Sequence(items):
            read = [_value(of, item, f"item {n} of {what}", notes) for n, item in enumerate(items, 1)]
            return tuple(one for one in read if one is not _UNREAD)
        case Names(), text_.Mapping():
            return _names(shape, node, notes)
        case Record(), text_.Mapping():
            return _record(shape, node, notes, name, at)
        case Record(), Scalar() if _is_nothing(node):
            return _record(shape, text_.Mapping((), node.place), notes, name, at)
        case Either(), _:
            return _one(shape, node, what, notes, name, at)
        case _:
            return _wrong(shape, node, what, notes, at)


def _wrong(shape: Shape, node: Node, what: str, notes: Notes, at: Place | None) -> object:
    says = f"{what} should be {described(shape)}, found {_found(node)}{_HOW.get(type(shape), '')}"
    notes.note("wrong-shape", at if at and _is_nothing(node) else node.place, says)
    return _UNREAD


_HOW: Mapping[type, str] = {
    Many: ": write each on its own line after '- ', or all in [ ]",
    Names: ": write each as 'name: …' on its own line",
    Record: ": write each as 'key: …' on its own line",
}


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.text and not node.quoted


def _found(node: Node) -> str:
    match node:
        case Scalar():
            return "nothing" if _is_nothing(node) else f"the text {shown(node.text, 30)}"
        case text_.Sequence():
            return "a list"
        case text_.Mapping():
            return "keys with values"


def described(shape: Shape) -> str:
    """A shape in words.

    >>> described(Many(shape(int)))
    'a list, each a whole number'
    """
    match shape:
        case Atom(noun=says):
            return says
        case Many(of):
            return f"a list, each {described(of)}"
        case Names(key, of):
            return f"names, each with {described(of)}" if key is _NAME else f"{key.noun}, each with {described(of)}"
        case Record(kind):
            return noun(kind)
        case Either(options, may_be_empty):
            return " or ".join([*dict.fromkeys(map(described, options)), *(["nothing"] if may_be_empty else [])])


def _atom(atom: Atom, node: Scalar, notes: Notes) -> object:
    try:
        return atom.read(node.text if node.quoted else node.text.rstrip(), node.place)
    except Unreadable as why:
        _note_unreadable(why, node, notes)
        return _UNREAD


def _note_unreadable(why: Unreadable, node: Scalar, notes: Notes) -> None:
    notes.note("unreadable-value", node.place.along(why.offset, max(1, why.width)), why.says)


def _names(shape: Names, node: text_.Mapping, notes: Notes) -> Named[Any, object]:
    read: dict[object, object] = {}
    for key, child in node.entries:
        name = _atom(shape.key, key, notes)
        value = _value(shape.of, child, shown(key.text), notes, name=name, at=key.place)
        if name is _UNREAD or value is _UNREAD:
            continue
        if name in read:
            notes.note("unreadable", key.place, f"{shown(key.text)} was already said: the first is kept")
        else:
            read[name] = value
    return Named(read)


def _record(record: Record, node: text_.Mapping, notes: Notes, name: object, at: Place | None) -> object:
    known, place = _known(record), at or node.place
    values: dict[str, object] = {}
    said: dict[str, Place] = {}
    suspected: set[str] = set()  # a key that stands there misspelt is not reported again as missing
    for key, child in node.entries:
        spelt = _spelt(key.text)
        word = known.get(spelt)
        if word is None:
            near = None if notes.is_full else _nearest(key.text, [w.key for w in known.values()])
            if near is not None:
                suspected.add(_spelt(near))
            notes.note("unknown-key", key.place, _unknown(record, key.text, near, known))
        elif spelt in said:
            says = f"{shown(key.text)} was already said at line {said[spelt].line}: that one is kept"
            notes.note("unreadable", key.place, says)
        else:
            said[spelt] = key.place
            values[word.attribute] = _value(word.shape, child, shown(key.text), notes, at=key.place)
    values = {attribute: value for attribute, value in values.items() if value is not _UNREAD}
    is_whole = True
    for spelt, word in known.items():
        if not word.is_required or word.attribute in values:
            continue
        if spelt not in said and spelt not in suspected and not node.cut:
            notes.note("missing-key", place, f"{noun(record.kind)} needs '{word.key}'")
        if word.blank is MISSING:
            is_whole = False
        else:
            values[word.attribute] = word.blank
    if record.is_named:
        if name is _UNREAD:
            return _UNREAD
        values["name"] = name
    if not is_whole:
        return _UNREAD
    if _has_place(record.kind):
        values["place"] = place
    try:
        return record.kind(**values)
    except Unreadable as why:
        notes.note("unreadable-value", place, why.says)
        return _UNREAD


def _unknown(record: Record, key: str, near: str | None, known: Mapping[str, Word]) -> str:
    says = f"{shown(key)} is not a word of {noun(record.kind)}"
    if near:
        return f"{says}; did you mean '{near}'?"
    return f"{says}; its words are {', '.join(w.key for w in known.values())}" if known else f"{says}; it has none"


def _one(shape: Either, node: Node, what: str, notes: Notes, name: object, at: Place | None) -> object:
    """A node read as the one option that it can be."""
    if shape.may_be_empty and _is_nothing(node):
        return None
    match node:
        case Scalar() if not _is_nothing(node):
            atoms = [option for option in shape.options if isinstance(option, Atom)]
            if len(atoms) > 1:
                return _first(atoms, node, notes)
            fitting: Sequence[Atom | Many | Names | Record] = atoms
        case Scalar():
            fitting = [option for option in shape.options if isinstance(option, Record)][:1]
        case text_.Sequence():
            fitting = [option for option in shape.options if isinstance(option, Many)]
        case text_.Mapping():
            records = [option for option in shape.options if isinstance(option, Record)]
            if len(records) > 1:
                chosen = _chosen(records, node, notes)
                return _UNREAD if chosen is None else _record(chosen, node, notes, name, at)
            fitting = records or [option for option in shape.options if isinstance(option, Names)]
    if fitting:
        return _value(fitting[0], node, what, notes, name=name, at=at)
    return _wrong(shape, node, what, notes, at)


def _first(atoms: Sequence[Atom], node: Scalar, notes: Notes) -> object:
    """The first reading that succeeds; else what the one that got furthest has to say."""
    why: list[Unreadable] = []
    for atom in atoms:
        try:
            return atom.read(node.text if node.quoted else node.text.rstrip(), node.place)
        except Unreadable as failed:
            why.append(failed)
    own = [failed for atom, failed in zip(atoms, why, strict=True) if atom.is_own]
    if len(own) == 1:
        _note_unreadable(own[0], node, notes)
    else:
        nouns = " or ".join(dict.fromkeys(atom.noun for atom in atoms))
        allowed = [word for atom in atoms for word in atom.words]
        says = f"{shown(node.text)} is not {nouns}{_near(node.text, allowed)}"
        _note_unreadable(Unreadable(says, 0, len(node.text)), node, notes)
    return _UNREAD


def _chosen(records: Sequence[Record], node: text_.Mapping, notes: Notes) -> Record | None:
    """The record a mapping means: by a word that tells them apart (`type: choice`), then by the keys they need."""
    given = {_spelt(key.text): child for key, child in node.entries}
    for spelt in _tags(tuple(records)):
        child = given.get(spelt)
        if not isinstance(child, Scalar):
            continue
        meant = [record for record in records if child.text in _closed(record, spelt)]
        if not meant:
            allowed = tuple(dict.fromkeys(word for record in records for word in _closed(record, spelt)))
            says = f"{shown(child.text)} is not {_one_of(allowed)}{_near(child.text, allowed)}"
            notes.note("unreadable-value", child.place, says)
            return None
        records = meant
    return max(records, key=lambda record: _likeness(record, given.keys()))


@cache
def _tags(records: tuple[Record, ...]) -> tuple[str, ...]:
    """The keys that tell these records apart: closed sets of words wherever they are known, and not all alike."""
    needed = {spelt: None for record in records for spelt, word in _known(record).items() if word.is_required}
    return tuple(
        spelt
        for spelt in needed
        if all(_closed(record, spelt) for record in records if spelt in _known(record))
        and len({_closed(record, spelt) for record in records}) > 1
    )


def _closed(record: Record, spelt: str) -> tuple[str, ...]:
    word = _known(record).get(spelt)
    return word.shape.words if word is not None and isinstance(word.shape, Atom) else ()


def _likeness(record: Record, given: Set[str]) -> tuple[bool, int, int]:
    known = _known(record)
    needed = {spelt for spelt, word in known.items() if word.is_required}
    return needed <= given, len(given & known.keys()), len(needed & given)
