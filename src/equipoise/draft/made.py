"""A draft as it is made: its parts so far, the names that are taken, and what is missing."""

import re
from pathlib import Path
from typing import Any

from ..criteria import Needed, ReadCriterion
from ..document import HIDDEN
from ..finding import Place
from ..protocol import BUILT_IN, LESION_FACTS
from ..registries.record import FIELDS, Confidence, Record, Said, surest
from ..structure import TAKEN

MOST = 150
"""Arms, interventions, outcomes or sites that are drafted of each."""


_WORDS = frozenset(
    "after and at before between else exists false if in least no not nth of or prior since then to true where within x yes "
    "any all count first last min max mean sum nadir months years weeks days arm cohort group entered left over".split()
)


NAMES_TAKEN = frozenset(
    {*_WORDS, *TAKEN, *BUILT_IN, *LESION_FACTS, *(item for each in BUILT_IN.values() for item in each.items)}
)


def word_of(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


def slug(text: str, longest: int = 40) -> str:
    """A name made of a text: small letters, digits and `_`, a letter first, cut between words."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    words = re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")
    if len(words) > longest:
        words = words[: longest + 1].rpartition("_")[0] or words[:longest]
    return words if not words or words[0].isalpha() else f"n{words}"


def clean(text: str, longest: int = 3_000) -> str:
    """A text as a file may hold it: no sign that cannot be seen, no more than so many characters."""
    plain = " ".join(HIDDEN.sub(" ", text).split())
    return plain if len(plain) <= longest else plain[: longest - 1].rpartition(" ")[0] + " …"


class Made:
    """A draft as it is made, section by section."""

    def __init__(self, record: Record, name: str) -> None:
        self.record, self.name = record, name
        self.names: set[str] = set(NAMES_TAKEN)
        self.design: dict[str, Any] = {}
        self.activities: dict[str, dict[str, Any]] = {}
        self.item_of: dict[str, str] = {}
        self.eligibility: list[dict[str, Any]] = []
        self.cohorts: dict[str, dict[str, Any]] = {}
        self.arms: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.schedule: list[dict[str, Any]] = []
        self.endpoints: dict[str, dict[str, Any]] = {}
        self.unstated: list[dict[str, str]] = []
        self.outside: list[dict[str, Any]] = []
        self.accepted: list[dict[str, Any]] = []
        self.closed: list[str] = []
        self.pathway: dict[str, Any] = {}
        self.treatments: dict[str, str] = {}
        self.raw: dict[str, ReadCriterion] = {}

    def own(self, text: str, other: str, longest: int = 40) -> str:
        """A name that nothing else in the study has."""
        base = slug(text, longest) or other
        made, number = base, 2
        while made in self.names:
            made, number = f"{base}_{number}", number + 1
        self.names.add(made)
        return made

    def source(self, said: Said[Any] | None, says: str = "") -> Any:
        """Where a line comes from: the record, the place in it, and its words."""
        if said is None:
            return "the record" if not says else {"page": "the record", "says": clean(says, 160)}
        return {"page": cited(said), "says": clean(says or said.text, 160)}

    def one(self, name: str) -> Said[Any] | None:
        """The surest value of a field; that others differ, or that its label is lost, is said under `unstated`."""
        values = self.record.said(name)
        best = surest(values)
        if best is None:
            return None
        what = FIELDS[name].says
        others = {str(each.value): each for each in values if each.value != best.value}
        if others and FIELDS[name].kind not in ("prose", "title"):
            told = "; ".join(f"'{clean(each.text, 80)}' ({cited(each)})" for each in (best, *others.values()))
            self.missing(f"Which of these holds: {what}", clean(str(best.value), 120), f"The records differ: {told}.")
        elif best.confidence is Confidence.UNSURE:
            self.missing(
                f"Whether '{clean(best.text, 80)}' is {what}", "it is", f"Its label is lost on the page ({cited(best)})."
            )
        return best

    def many(self, name: str) -> tuple[Said[Any], ...]:
        """The values of a field that has several, each once."""
        kept: dict[str, Said[Any]] = {}
        for each in self.record.said(name):
            kept.setdefault(word_of(str(each.value))[:300], each)
        return tuple(kept.values())[:MOST]

    def missing(self, what: str, assumed: str = "", why: str = "") -> None:
        """Something that the record does not say."""
        one = (
            {"what": clean(what, 600)}
            | ({"assumed": clean(assumed, 300)} if assumed else {})
            | ({"why": clean(why, 400)} if why else {})
        )
        if one not in self.unstated:
            self.unstated.append(one)

    def activity(self, name: str, label: str, **said: Any) -> str:
        """An activity, once."""
        if name not in self.activities and name not in BUILT_IN:
            self.names.add(name)
            self.activities[name] = {"label": clean(label, 200), **said}
        return name

    def item(self, form: str, name: str, **said: Any) -> str:
        """An item of a form, once in the study."""
        if name not in self.item_of:
            self.names.add(name)
            self.activities.setdefault(form, {}).setdefault("items", {})[name] = said
            self.item_of[name] = form
        return name

    def need(self, needed: Needed) -> None:
        form = "screening"
        if needed.use.startswith("labs."):
            form = self.activity("labs", "Blood tests")
        elif needed.use.startswith("vitals."):
            form = self.activity("vital_signs", "Vital signs")
        told: dict[str, Any] = {"use": needed.use} if needed.use else {"type": needed.type or "yes_no"}
        if needed.label:
            told["label"] = clean(needed.label, 160)
        if needed.unit:
            told["unit"] = needed.unit
        if needed.of:
            told["of"] = list(needed.of)
        self.item(form, needed.name, **told)


def cited(said: Said[Any]) -> str:
    """Where something is said, as `source:` names it: the file's name, the line, and the way to it in a structured record."""
    place = Place(Path(said.place.file).name, said.place.line) if said.place.file else said.place
    return (
        " ".join(
            part
            for part in (
                str(place) if said.place.file or said.place.line else said.reader,
                f"({said.path})" if said.path else "",
            )
            if part
        )
        or "the record"
    )
