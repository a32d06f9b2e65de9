"""The schema and the reference say what the reader does: they are made from the same hints."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from importlib.util import find_spec
from typing import Annotated, Any, Literal

import pytest
import yaml

from equipoise.finding import NOWHERE, Place
from equipoise.reading import Named, told
from equipoise.schema import DRAFT, Row, reference, schema


@dataclass(frozen=True, kw_only=True)
class Arm:
    """What a participant is assigned to.

    More is said here.
    """

    name: str
    ratio: Annotated[int, "its share"] = 1
    place: Place = field(default=NOWHERE, compare=False)


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step, which may hold steps."""

    on_timeout: Annotated[str, "the step after waiting in vain"]
    steps: Annotated[tuple["Step", ...], "the steps within"] = ()
    from_: Annotated[date | None, "from when"] = None


@dataclass(frozen=True, kw_only=True)
class Study:
    title: Annotated[str, "what it is called"]
    arms: Annotated[Mapping[str, Arm], "what they are assigned to"] = Named()
    lead: Annotated[Arm | None, "an arm said alone"] = None
    step: Annotated[Step | str | None, "what happens"] = None
    is_open: Annotated[bool, "whether it recruits"] = False
    alpha: Annotated[Decimal, "the error allowed"] = Decimal("0.05")
    phase: Annotated[Literal[1, 2, "none"], "the phase"] = "none"


GOOD = """\
title: 1.10
arms: {control: {ratio: 2}, ablation: }
lead: {name: control, ratio: "3"}
step:
  on timeout: away
  from: "2024-01-31"
  steps: [{on_timeout: home}, {on-timeout: 7}]
is-open: yes
alpha: 5e-2
phase: 2
"""

BAD = [
    "titel: x",
    "title: x\narms: {Control: {}}",
    "title: x\narms: [a]",
    "title: x\nlead: {ratio: 2}",
    "title: x\nstep: {from: \"2024-01-31\"}",
    "title: x\nstep: {on_timeout: a, from: \"31.1.2024\"}",
    "title: x\nstep: {on_timeout: a, steps: [{}]}",
    "title: x\nis_open: perhaps",
    "title: x\nalpha: small",
    "title: x\nphase: 3",
    "title: [x]",
    "- title",
]  # fmt: skip

TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def is_valid(instance: object, drawn: Mapping[str, Any], root: Mapping[str, Any]) -> bool:
    """Whether an instance keeps to the part of JSON Schema that we write; any other word is refused."""

    def is_a(type_: str) -> bool:
        if type_ in ("number", "integer"):
            return isinstance(instance, int if type_ == "integer" else int | float) and not isinstance(instance, bool)
        return isinstance(instance, TYPES[type_])

    def holds(word: str, said: Any) -> bool:
        match word:
            case "$ref":
                return is_valid(instance, root["$defs"][said.removeprefix("#/$defs/")], root)
            case "type":
                return any(map(is_a, [said] if isinstance(said, str) else said))
            case "enum":
                return any(type(one) is type(instance) and one == instance for one in said)
            case "pattern":
                return not isinstance(instance, str) or re.search(said, instance) is not None
            case "anyOf":
                return any(is_valid(instance, one, root) for one in said)
            case "allOf":
                return not isinstance(instance, dict) or all(is_valid(instance, one, root) for one in said)
            case "items":
                return not isinstance(instance, list) or all(is_valid(one, said, root) for one in instance)
            case "required":
                return not isinstance(instance, dict) or all(key in instance for key in said)
            case "propertyNames":
                return not isinstance(instance, dict) or all(is_valid(key, said, root) for key in instance)
            case "properties" | "patternProperties" | "additionalProperties":
                return not isinstance(instance, dict) or all(
                    is_valid(value, one, root) for key, value in instance.items() for one in properties(key)
                )
            case "$schema" | "title" | "description" | "$defs" | "format":
                return True
        raise AssertionError(f"the schema says {word}, which this test cannot judge")

    def properties(key: str) -> list[Any]:
        own = [said for name, said in drawn.get("properties", {}).items() if name == key]
        own += [said for name, said in drawn.get("patternProperties", {}).items() if re.search(name, key)]
        rest = drawn.get("additionalProperties", {})
        return own or [{"enum": []} if rest is False else rest]

    return all(holds(word, said) for word, said in drawn.items())


def test_what_reads_without_a_finding_is_valid() -> None:
    assert told(Study, GOOD)[1] == ()
    drawn = schema(Study)
    assert is_valid(yaml.safe_load(GOOD), drawn, drawn)


@pytest.mark.parametrize("text", BAD)
def test_what_is_not_valid_has_a_finding(text: str) -> None:
    drawn = schema(Study)
    assert not is_valid(yaml.safe_load(text), drawn, drawn)
    assert told(Study, text)[1]


@pytest.mark.skipif(find_spec("jsonschema") is None, reason="jsonschema is not installed; is_valid judged above")
def test_another_implementation_agrees() -> None:
    import jsonschema

    validator = jsonschema.Draft202012Validator(schema(Study))
    validator.check_schema(schema(Study))
    assert validator.is_valid(yaml.safe_load(GOOD))
    assert [text for text in BAD if validator.is_valid(yaml.safe_load(text))] == []


def test_the_schema_is_json_and_says_its_draft() -> None:
    drawn = schema(Study)
    assert json.loads(json.dumps(drawn)) == drawn
    assert drawn["$schema"] == DRAFT
    assert list(drawn["$defs"]) == ["Study", "Arm.named", "Arm", "Step"]


def test_sentences_become_descriptions() -> None:
    defined = schema(Study)["$defs"]
    assert defined["Arm"]["description"] == "What a participant is assigned to."
    assert defined["Arm"]["properties"]["ratio"]["description"] == "its share"
    assert "description" not in defined["Study"]
    assert "place" not in defined["Arm"]["properties"]


def test_a_name_is_a_key_only_where_no_key_gives_it() -> None:
    defined = schema(Study)["$defs"]
    assert "name" not in defined["Arm.named"]["properties"]
    assert defined["Arm"]["required"] == ["name"]


def test_the_reference_has_every_word_once() -> None:
    rows = reference(Study)
    assert rows[0] == Row("a study", "title", "text", True, "what it is called")
    assert Row("a step", "from", "a day or nothing", False, "from when") in rows
    assert Row("a study", "arms", "names, each with an arm", False, "what they are assigned to") in rows
    assert len({(row.owner, row.key) for row in rows}) == len(rows) == 7 + 2 + 3
