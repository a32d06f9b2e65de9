"""The grammar of a file for others to use: JSON Schema for editors, and its words one by one for a reference page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .reading import Atom, Either, Many, Names, Record, Shape, Word, described, noun, shape, words

DRAFT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the reference: whose word it is, the word, what follows it, whether it must be there, what it says."""

    owner: str
    key: str
    type: str
    is_required: bool
    sentence: str


def schema(kind: type) -> dict[str, object]:
    """The JSON Schema (draft 2020-12) of a file that is read as this dataclass.

    It describes the YAML as an editor sees it, where `1.10` is a number and `true` a boolean, and is never narrower
    than the reader: what reads without a finding is valid. The reader knows more: what a text says, what must agree.
    """
    definitions = {_title(record): _object(record) for record in _records(shape(kind))}
    return {
        "$schema": DRAFT,
        "title": kind.__name__,
        **_drawn(shape(kind)),
        "$defs": definitions,
    }


def reference(kind: type) -> tuple[Row, ...]:
    """Every word that a file of this kind may hold, record by record, in the order in which they are met."""
    rows: dict[Row, None] = {}
    for record in _records(shape(kind)):
        for word in _written(record):
            rows[Row(noun(record.kind), word.key, described(word.shape), word.is_required, word.says)] = None
    return tuple(rows)


def _written(record: Record) -> tuple[Word, ...]:
    return tuple(word for word in words(record.kind) if not (record.is_named and word.attribute == "name"))


def _records(start: Shape) -> Iterator[Record]:
    """All records that a shape can lead to, each once, nearest first."""
    met: dict[Record, None] = {}
    waiting: list[Shape] = [start]
    while waiting:
        match waiting.pop(0):
            case Many(of) | Names(_, of):
                waiting.append(of)
            case Either(options):
                waiting.extend(options)
            case Record() as record if record not in met:
                met[record] = None
                yield record
                waiting.extend(word.shape for word in _written(record))
            case Record() | Atom():
                pass


def _title(record: Record) -> str:
    return f"{record.kind.__name__}{'.named' if record.is_named else ''}"


def _drawn(of: Shape) -> dict[str, Any]:
    match of:
        case Atom(schema=own):
            return dict(own)
        case Many(item):
            return {"type": "array", "items": _drawn(item)}
        case Names(key, value):
            return {"type": "object", "propertyNames": dict(key.schema), "additionalProperties": _drawn(value)}
        case Record() as record:
            return {"$ref": f"#/$defs/{_title(record)}"}
        case Either(options, may_be_empty):
            each = [_drawn(option) for option in options] + [{"type": "null"}] * may_be_empty
            return each[0] if len(each) == 1 else {"anyOf": each}


def _object(record: Record) -> dict[str, Any]:
    """A record as JSON Schema; a key of two words may be written with a space, a hyphen or an underscore."""
    properties: dict[str, Any] = {}
    patterns: dict[str, Any] = {}
    demands: list[dict[str, Any]] = []
    for word in _written(record):
        drawn = _drawn(word.shape)
        if word.says:
            drawn["description"] = word.says
        properties[word.key] = drawn
        parts = word.key.replace("-", "_").replace(" ", "_").split("_")
        if len(parts) > 1:
            patterns[f"^{'[ _-]'.join(parts)}$"] = drawn
        if word.is_required:
            spellings = dict.fromkeys([word.key, *(join.join(parts) for join in "_ -")])
            one_of = [{"required": [spelling]} for spelling in spellings]
            demands.append(one_of[0] if len(one_of) == 1 else {"anyOf": one_of})
    plainly = [demand["required"][0] for demand in demands if "required" in demand]
    spelt = [demand for demand in demands if "anyOf" in demand]
    return {
        "type": "object" if demands else ["object", "null"],
        **_said(record.kind),
        "properties": properties,
        **({"patternProperties": patterns} if patterns else {}),
        **({"required": plainly} if plainly else {}),
        **({"allOf": spelt} if spelt else {}),
        "additionalProperties": False,
    }


def _said(kind: type) -> dict[str, str]:
    """A dataclass's own first line; the one Python writes for a class that has none says nothing."""
    first = (kind.__doc__ or "").strip().split("\n")[0]
    return {"description": first} if first and not first.startswith(f"{kind.__name__}(") else {}
