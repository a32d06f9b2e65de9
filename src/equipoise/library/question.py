"""What is looked for, and what a trial's record says to it."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from .trial import Trial, as_word


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for: words anywhere, words of one field, and a person whom a trial should take."""

    words: str = ""
    condition: str = ""
    intervention: str = ""
    status: str = ""
    place: str = ""
    phase: str = ""
    age: float | None = None
    sex: str = ""
    ecog: int | None = None
    healthy: bool = False

    def __bool__(self) -> bool:
        return any(value not in (None, "", False) for value in asdict(self).values())


Answer = Literal["fits", "unsaid"]


@dataclass(frozen=True, slots=True)
class Found:
    """A trial that was found; `asks` says of each thing asked of a person what the record says of it.

    `respelled` are words that no record has, each with the word that was looked for instead.
    """

    trial: Trial
    score: float
    asks: tuple[tuple[str, Answer, str], ...] = ()
    all_words: bool = True
    respelled: tuple[tuple[str, str], ...] = ()

    @property
    def unsaid(self) -> tuple[str, ...]:
        """What was asked and the record does not say."""
        return tuple(what for what, answer, _ in self.asks if answer == "unsaid")


_STATUSES = {
    "recruiting": "recruiting", "open": "recruiting", "not yet recruiting": "not_yet_recruiting", "completed": "completed",
    "terminated": "terminated", "withdrawn": "withdrawn", "suspended": "suspended",
    "not recruiting": "not_recruiting", "no longer recruiting": "not_recruiting", "active not recruiting": "active_not_recruiting", "enrolling by invitation": "enrolling_by_invitation",
}  # fmt: skip


_UNITS_PER_YEAR = {"year": 1.0, "month": 12.0, "week": 52.1775, "day": 365.2425}
_ASKED: tuple[tuple[str, str], ...] = (
    ("young", r"(?:\bage[ds]?\s*)?\b(?P<value>\d{1,3}[ -](?:months?|weeks?|days?))(?:[ -]old\b|\s+of\s+age\b)|\bage[ds]?\s*(?P<other>\d{1,3}[ -](?:months?|weeks?|days?))\b"),
    ("above", r"\b(?:aged?|men|women|people|patients|adults|persons)\s+(?:who are\s+)?(?:over|above|older than)\s+(?:the age of\s+)?(?P<value>\d{2})\b(?:\s*years?)?"),
    ("ecog", r"(?:accepts?\s+|takes?\s+|with\s+)?\bperformance status\s*(?:of\s*)?(?P<value>[0-5])\b"),
    ("ecog", r"(?:accepts?\s+|takes?\s+|with\s+)?(?:\becog|\bwho|\bzubrod)\s*(?:ps\s*|performance status\s*)?(?P<value>[0-5])\b"),
    ("age", r"(?:accepts?\s+|takes?\s+)?\b(?:age[ds]?\s*(?P<value>\d{1,3}(?:\.\d+)?)(?:\s*years?)?|(?P<other>\d{1,3})[ -]years?[ -]old)\b"),
    ("phase", r"\bphases?\s*(?P<value>(?:[1-4]|iv|i{1,3})(?:\s*(?:/|-|and)\s*(?:phase\s*)?(?:[1-4]|iv|i{1,3}))?)\b"),
    ("status", r"\b(?P<value>not yet recruiting|active,? not recruiting|(?:not|no longer) recruiting|enrolling by invitation|recruiting|completed|terminated|withdrawn|suspended)\b"),
    ("healthy", r"\b(?P<value>healthy (?:volunteers?|people))\b"),
    ("sex", r"\b(?P<value>female|women|woman|male|men|man)\b"),
)  # fmt: skip


_SEXES = {"female": "female", "women": "female", "woman": "female", "male": "male", "men": "male", "man": "male"}


ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}


def question(text: str, **said: object) -> Question:
    """A question in words: what is asked of a person, of phase and status is taken out of them, the rest is looked for.

    >>> asked = question("liver metastases accepts ECOG 2, age 80, phase II recruiting")
    >>> asked.words, asked.ecog, asked.age, asked.phase, asked.status
    ('liver metastases', 2, 80.0, '2', 'recruiting')
    """
    left, made = text[:500], {}
    for name, pattern in _ASKED:
        if name not in made and (found := re.search(pattern, left, re.IGNORECASE)):
            value = next(each for each in (found["value"], found.groupdict().get("other")) if each).lower()
            made[name] = value
            kept = found[0].split()[0] if name == "above" and found[0].split()[0].lower() in _SEXES else ""
            left = f"{left[: found.start()]} {kept} {left[found.end() :]}"
    words = " ".join(re.sub(r"(?:^|\s)[,;]+(?=\s|$)|[,;]+\s*$", " ", left).split()).strip(" ,;")
    told: dict[str, object] = {
        "words": words,
        "ecog": int(made["ecog"]) if "ecog" in made else None,
        "age": _age(made),
        "phase": "/".join(
            ROMAN.get(each, each) for each in re.findall(r"[1-4]|iv|i{1,3}", made.get("phase", "").replace("phase", ""))
        ),
        "status": _STATUSES[made["status"].replace(",", "")] if "status" in made else "",
        "healthy": "healthy" in made,
        "sex": _SEXES[made["sex"]] if "sex" in made else "",
    }
    told |= {name: value for name, value in said.items() if value not in (None, "", False)}
    if isinstance(told["status"], str):
        told["status"] = as_word(told["status"])
    return Question(**told)  # type: ignore[arg-type]


def _age(made: dict[str, str]) -> float | None:
    """The age that was asked for, in years; of who is over 70, the next one."""
    if "young" in made:
        count, unit = re.split(r"[ -]", made["young"])
        return round(float(count) / _UNITS_PER_YEAR[unit.rstrip("s")], 3)
    if "above" in made:
        return float(made["above"]) + 1
    return float(made["age"]) if "age" in made else None


def barred(asked: Question) -> Iterator[str]:
    if asked.sex:
        yield f"no:sex:{asked.sex}"
    if asked.healthy:
        yield "no:healthy"
    if asked.ecog is not None:
        yield f"no:ecog:{asked.ecog}"


def answers(one: Trial, asked: Question) -> Iterator[tuple[str, Answer, str]]:
    """What the record says to each thing that was asked of a person."""
    if asked.age is not None:
        low = f"from {one.youngest:g}" if one.youngest is not None else "no lower age said"
        high = f"to {one.oldest:g}" if one.oldest is not None else "no upper age said"
        is_said = one.youngest is not None or one.oldest is not None
        yield f"age {asked.age:g}", "fits" if is_said else "unsaid", f"{low}, {high}" if is_said else ""
    if asked.ecog is not None:
        yield f"ECOG {asked.ecog}", "fits" if one.ecog is not None else "unsaid", ", ".join(map(str, one.ecog or ()))
    if asked.sex:
        yield asked.sex, "fits" if one.sex else "unsaid", one.sex
    if asked.healthy:
        yield "healthy volunteers", "fits" if one.healthy is not None else "unsaid", "yes" if one.healthy else ""
