"""How a structured record is read: a table says which way leads to which field, and what is left out, and why."""

import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from textwrap import dedent
from typing import Any

from ..finding import Severity, Unreadable
from .intake import MANY_FINDINGS, Intake
from .kinds import CHOICES, choice, says_nothing
from .record import Arm, Identifier, Intervention, Location, Outcome, Reference, Standing
from .tree import Tree, found, leaves, line_of, several, written

MOST_LEAVES = 200_000
"""Leaves of one record that are looked at for what the table does not know."""

Whole = type[Arm] | type[Intervention] | type[Outcome] | type[Location] | type[Reference] | type[Identifier]


@dataclass(frozen=True, slots=True)
class Part:
    """A value of several parts: where each stands, the field, its type, which key gives which part, and what is fixed."""

    way: str
    name: str
    whole: Whole
    keys: Mapping[str, str]
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """A format's table: ways to fields, values of several parts, and what is left out with the reason."""

    fields: Mapping[str, str]
    parts: tuple[Part, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    standing: Mapping[str, str] = field(default_factory=dict)  # the way of a date or a number: the way of its type

    def use(self, pattern: str) -> str:
        """What becomes of a way: a field's name, or `left out: why`, or nothing if the table does not know it."""
        exact, left_out = _flat(self)
        steps = pattern.replace("[]", "").split(".")
        if name := exact.get(".".join(steps)):
            return name
        for size in range(len(steps), 0, -1):
            if why := left_out.get(".".join(steps[:size])):
                return f"left out: {why}"
        return ""


@cache
def _flat(ways: Ways) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The table without its marks of lists: ways that are read, and those that are left out."""
    exact = {way.replace("[]", ""): name for way, name in ways.fields.items()}
    exact |= {way.replace("[]", ""): "standing" for way in ways.standing.values()}
    exact |= {f"{part.way}.{key}".replace("[]", "").removesuffix("."): part.name for part in ways.parts for key in part.keys}
    return exact, {way.replace("[]", ""): why for way, why in ways.left_out.items()}


_STANDING: Mapping[str, Standing] = {
    "actual": "actual",
    "estimated": "expected",
    "estimate": "expected",
    "anticipated": "expected",
}


def standing(text: str) -> Standing:
    """Whether a date or a number has happened or is planned."""
    return _STANDING.get(text.strip().casefold(), "")


def fill(intake: Intake, tree: Tree, ways: Ways) -> None:
    """Read a record by its table; what the table does not know is found."""
    kinds = {way: next(iter(found(tree, by)), ("", ""))[1] for way, by in ways.standing.items()}
    for way, name in ways.fields.items():
        for path, node in found(tree, way):
            for n, each in enumerate(several(node)):
                text = tidy(written(each))
                if not text:
                    continue
                at = path if not isinstance(node, list) else f"{path}[{n}]"
                place = intake.place(line_of(each))
                if name == "phases":
                    for phase in phases(text):
                        intake.say(name, phase, path=at, place=place)
                    continue
                intake.say(name, text, path=at, place=place, standing=standing(written(kinds.get(way, ""))))
    for part in ways.parts:
        for path, node in found(tree, part.way):
            for n, each in enumerate(several(node)):
                _put(intake, part, path if not isinstance(node, list) else f"{path}[{n}]", each)
    # A way that is left out as a whole, as results are, is not walked.
    walked = islice(leaves(tree, skipped=_flat(ways)[1]), MOST_LEAVES)
    unknown = [way for way in dict.fromkeys(pattern for _, pattern, _ in walked) if not ways.use(way.removesuffix(".#"))]
    above = {".".join(way.split(".")[:size]) for way in _flat(ways)[0] for size in range(1, way.count(".") + 2)}
    for pattern in dict.fromkeys(_unknown(way, above) for way in unknown[: 2 * MANY_FINDINGS]):
        intake.find(
            "record-unknown-key",
            intake.place(),
            f"{pattern[:120]} is not known to this reader and is left out",
            Severity.NOTE,
            about=pattern[:120],
        )


def _unknown(way: str, known: Set[str]) -> str:
    """The highest part of an unknown way that is unknown as a whole."""
    steps = way.split(".")
    for size in range(1, len(steps)):
        if ".".join(steps[:size]).replace("[]", "") not in known:
            return ".".join(steps[:size])
    return way


def phases(text: str) -> list[str]:
    """The phases of a combined one: `Phase 1/Phase 2`, `II/III`.

    >>> phases("Phase 1/Phase 2"), phases("PHASE II/III TRIAL"), phases("N/A")
    (['Phase 1', 'Phase 2'], ['PHASE II', 'phase III'], ['N/A'])
    """
    if len(text) > 120:
        return [text]
    parts = re.split(
        r"\s*[/|,]\s*(?=(?:phase\s*)?(?:[1-4]|iv|i{1,3})\b)", re.sub(r"\s+trial$", "", text.strip(), flags=re.I), flags=re.I
    )
    return [part if n == 0 or part[:1] in "Pp" else f"phase {part}" for n, part in enumerate(parts)]


def _put(intake: Intake, part: Part, path: str, node: Tree) -> None:
    """One value of several parts."""
    given: dict[str, Any] = dict(part.fixed)
    first = ""
    line = 0
    for key, attribute in part.keys.items():
        nodes = [(path, node)] if not key else list(found(node, key))
        texts = [tidy(written(each)) for _, child in nodes for each in several(child)]
        texts = [text for text in texts if text and not (attribute == "time_frame" and says_nothing("title", text))]
        if not texts:
            continue
        first = first or texts[0]
        line = line or next((line_of(child) for _, child in nodes if line_of(child)), 0)
        name = {"kind": f"{part.name.removesuffix('s')}_kind"}.get(attribute, attribute)
        if attribute in ("interventions", "arms", "other_names"):
            given[attribute] = (*given.get(attribute, ()), *texts)
        elif attribute == "status" or name in CHOICES:
            try:
                given[attribute] = choice(name, texts[0])
            except Unreadable as why:
                intake.find(
                    "record-value-misplaced", intake.place(line), f"{path}.{key}: {why.says}", text=texts[0], about=part.name
                )
        else:
            given.setdefault(attribute, texts[0])
    needed = {
        "arms": "label",
        "interventions": "name",
        "outcomes": "measure",
        "references": "citation",
        "identifiers": "id",
    }.get(part.name)
    if not first or (needed and not given.get(needed)):
        if first and needed in ("label", "name", "measure"):
            intake.find("record-value-misplaced", intake.place(line), f"{path} has no {needed}", text=first, about=part.name)
            given[needed] = ""
        elif needed == "citation" and first:
            given["citation"] = ""
        else:
            return
    intake.say(part.name, first, path=path, place=intake.place(line), whole=part.whole(**given))


def note_unread(intake: Intake, keys: Iterable[str], read: Iterable[str]) -> None:
    """Say which parts of a source no field takes: one note, with their names."""
    known = {way.split(".")[0].split("[")[0] for way in read}
    unread = [key for key in keys if key not in known]
    if unread:
        names = ", ".join(key[:60] for key in unread[:12]) + (f" and {len(unread) - 12} more" if len(unread) > 12 else "")
        says = f"{len(unread)} {'part of the record is' if len(unread) == 1 else 'parts of the record are'} not read: {names}"
        intake.find("record-unknown-key", intake.place(), says, Severity.NOTE, about=unread[0][:60])


def tidy(text: str) -> str:
    """A text without the indentation of the file that carries it."""
    if "\n" not in text:
        return text.strip()
    first, _, rest = text.strip("\n").partition("\n")
    return dedent(f"{first}\n{rest}" if first[:1].isspace() else f"{first.strip()}\n{dedent(rest)}").strip()
