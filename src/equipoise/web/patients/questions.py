"""The questions of a questionnaire as they are asked of a patient: plain data, read once, answered as text."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from . import wording

LONGEST = 2_000
"""Characters of one answer."""
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `kind` is choice, yes_no, scale, number, date or text."""

    name: str
    label: str
    kind: str = "text"
    choices: tuple[tuple[str, str], ...] = ()
    unit: str = ""
    low: float | None = None
    high: float | None = None
    needed: bool = False
    of: str = ""
    """The question on whose answer it depends whether this one is asked; empty if it always is."""
    among: tuple[str, ...] = ()
    """The answers to that by which it is asked."""
    is_asked: bool = True
    value: str = ""
    fault: str = ""

    @property
    def is_picked(self) -> bool:
        """Whether one answer out of several is touched."""
        return self.kind in ("choice", "yes_no", "scale")

    @property
    def hint(self) -> str:
        """How it is answered."""
        if self.kind == "date":
            return wording.DATE
        if self.kind == "number" and self.low is not None and self.high is not None:
            return wording.BETWEEN.format(low=f"{self.low:g}", high=f"{self.high:g}")
        return ""


def questions(told: Iterable[Mapping[str, Any]], written: Mapping[str, str]) -> tuple[Question, ...]:
    """The questions as they were placed, each with what was written so far, and with whether it is asked by that."""
    found = {each.name: each for each in _placed(told, written)}
    return tuple(replace(each, is_asked=_is_asked(each, found)) for each in found.values())


def _is_asked(asked: Question, found: Mapping[str, Question]) -> bool:
    for _ in found:  # from question to question that it depends on; no further than there are questions
        if not asked.of:
            return True
        if asked.of not in found or found[asked.of].value not in asked.among:
            return False
        asked = found[asked.of]
    return False


def more(asked: Iterable[Question], there: str) -> bool:
    """Whether a question is asked, by the answers, that stood on no page and has no answer."""
    shown = there.split(",")
    return any(each.of and each.is_asked and not each.value and each.name not in shown for each in asked)


def _placed(told: Iterable[Mapping[str, Any]], written: Mapping[str, str]) -> tuple[Question, ...]:
    return tuple(
        Question(
            str(each["name"]), str(each["label"]), str(each.get("kind", "text")),
            tuple((str(code), str(says)) for code, says in each.get("choices", ())), str(each.get("unit", "")),
            each.get("low"), each.get("high"), bool(each.get("needed")), str(each.get("of", "")),
            tuple(map(str, each.get("among", ()))), value=written.get(str(each["name"]), ""),
        )
        for each in told
    )  # fmt: skip


def answered(asked: Iterable[Question], sent: Mapping[str, str]) -> dict[str, str]:
    """What was sent to these questions, and to no others."""
    return {each.name: _UNSEEN.sub("", sent[each.name]).strip()[:LONGEST] for each in asked if each.name in sent}


def checked(asked: Iterable[Question]) -> tuple[Question, ...]:
    """The questions, with what is wrong beside each."""
    return tuple(replace(each, fault=_fault(each)) for each in asked)


def _fault(asked: Question) -> str:
    if not asked.is_asked:
        return ""
    if not asked.value:
        return wording.NEEDED if asked.needed else ""
    if asked.is_picked and asked.value not in {code for code, _ in asked.choices}:
        return wording.PICK
    if asked.kind == "number":
        try:
            number = float(asked.value.replace(",", "."))
        except ValueError:
            return wording.NUMBER
        if (
            number != number
            or (asked.low is not None and number < asked.low)
            or (asked.high is not None and number > asked.high)
        ):
            return wording.OUTSIDE
    if asked.kind == "date":
        try:
            date.fromisoformat(asked.value)
        except ValueError:
            return wording.NO_DATE
    return ""
