"""When a text says that something is done or looked at: every 3 months within 2 years, postoperative days 1, 3 and 5."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from .calendar import NO_TIME, Span
from .finding import Unreadable

LONG = 20_000
"""Characters of a text that are looked at; no register prints more of a schedule."""

_COUNTS = {word: count for count, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())} | {
    "a": 1, "an": 1, "first": 1, "eighteen": 18, "twenty-four": 24, "thirty": 30,
}  # fmt: skip
NUMBER = rf"(?:\d{{1,4}}(?:\.\d)?(?![\w.]*\d)|\b(?:{'|'.join(_COUNTS)})\b)"
AND = r"\s*(?:,\s*and|,\s*or|,|;|/|&|\band\b|\bor\b)\s*"
MANY = rf"{NUMBER}(?:{AND}{NUMBER}){{0,30}}"
RANGE = rf"{NUMBER}(?:\s*(?:-|–|to)\s*{NUMBER})?"
UNIT = r"(?:day|week|month|year|yr|hour|hr|minute|min)"
WORDS = r"(?:[A-Za-z][A-Za-z'’\-]*(?:\s+(?!every\b|until\b|within\b|for\b|up\b|will\b|were\b|was\b|are\b|to\b)[A-Za-z][A-Za-z'’\-]*){0,6})"
_ADVERBS = {
    "daily": Span(days=1), "weekly": Span(days=7), "fortnightly": Span(days=14), "monthly": Span(months=1),
    "bimonthly": Span(months=2), "quarterly": Span(months=3), "half annually": Span(months=6), "half-yearly": Span(months=6),
    "annual": Span(months=12), "semi-annual": Span(months=6), "semi-annually": Span(months=6), "semiannually": Span(months=6), "biannually": Span(months=6),
    "annually": Span(months=12), "yearly": Span(months=12),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Timing:
    """When something is done, or how long it is looked at.

    `on` are days counted from the anchor, `at` lengths of time after it, `every` an interval or `rounds` of treatment
    between two; `starting` how long after the anchor a series begins, `until` how long after it, or with what, it ends.
    `anchor` is what it counts from, in the text's words. `gap` says what the text leaves open.
    """

    text: str
    on: tuple[int, ...] = ()
    at: tuple[Span, ...] = ()
    every: Span | None = None
    rounds: int = 0
    starting: Span | None = None
    until: Span | None = None
    ends_with: str = ""
    anchor: str = ""
    gap: str = ""
    start: int = 0
    end: int = 0

    @property
    def last(self) -> Span | None:
        """The furthest it looks from the anchor, where that is said."""
        if self.until is not None:
            return self.until
        ends = [*self.at, *(Span(days=day) for day in self.on)]
        return max(ends, key=lambda each: each.about_days) if ends else None


def moment(words: str) -> str:
    """The name of the moment that words mean, or nothing: `enrolment`, `surgery`, `off_treatment` and the like.

    >>> moment("completion of treatment"), moment("the operation")
    ('off_treatment', 'surgery')
    """
    said = words.lower()
    return next((name for name, pattern in _MOMENTS if re.search(pattern, said)), "")


_MOMENTS: tuple[tuple[str, str], ...] = (
    ("randomisation", r"\brandomi[sz]"),
    ("off_treatment", r"\b(?:end|completion|completing|discontinuation|cessation|last dose|stop\w*|conclusion)\b.{0,30}\b(?:treatment|\w*therapy|drug|dose|medication|irradiation|radiation|infusion|regimen)|last dose|\boff.treatment"),
    ("first_treatment", r"\b(?:start|beginning|initiation|commencement|first)\b.{0,30}\b(?:treatment|therapy|dose|drug|cycle|administration|infusion)|first dose"),
    ("enrolment", r"\benrol|\binclusion\b|\brecruit|\bentry\b|\bregistration\b|\bbaseline\b|\bconsent\b|\bstudy start\b|\badmission to the (?:study|trial)"),
    ("diagnosis", r"\bdiagnos"),
    ("ablation", r"\bablat|\brfa\b|radiofrequency|\bmicrowave|\bcryo"),
    ("surgery", r"\bsurg|\boperat|\bresection|\bpostop|\bpost-op|ectomy\b|\btransplant"),
    ("discharge", r"\bdischarge"),
    ("death", r"\bdeath|\bdied?\b"),
    ("vaccination", r"\bvaccin|\bimmuni[sz]ation"),
    ("off_treatment", r"^(?:the |all |study |protocol )*(?:treatment|therapy)\b"),
)  # fmt: skip


def timing(text: str) -> Timing:
    """What a time frame says.

    >>> str(timing("up to 12 months").until), [str(each) for each in timing("Baseline, Week 12 and Week 24").at]
    ('1 year', ['0 days', '12 weeks', '24 weeks'])
    """
    said = " ".join(text[:LONG].split())
    made = Timing(said)
    if not said:
        return replace(made, gap="no time frame is given")
    low = re.sub(r"(?<=\bday )\+(?=\d)|(?<=\bdays )\+(?=\d)", " ", said.lower())
    if (
        (after := _AFTER_ANOTHER.search(low))
        and (first := moment(after["first"]))
        and moment(after["other"]) not in ("", first)
    ):
        gap = f"it ends {after['n']} {after['unit']}s after {trimmed(after['other'])}, and how long after {trimmed(after['first'])} that is, is not said"
        return replace(made, anchor=trimmed(after["first"]), gap=gap)
    if (late := _LATE.search(low)) is not None:
        gap = "it begins some time after that moment, and no length is given"
        return replace(made, anchor=trimmed(late["anchor"]), gap=gap)
    if age := re.search(
        r"\b(?:gestation\w*|post-?menstrual|post-?conceptional|corrected) (?:age|week)|weeks?'? (?:of )?(?:gestation|pregnancy)",
        low,
    ):
        return replace(made, gap=f"it counts from conception or birth, not from a moment of the trial: {age[0]}")
    if (days := _DAYS.search(low)) and days["post"] and "study" not in days["post"]:
        return replace(_single(days), text=said)
    if found := re.search(
        rf"\b(?:an? )?(?:average|mean|median)(?: follow-?up| time| duration| stay| period)?(?: of| is|:)?(?: about| approximately)? ({NUMBER})[\s-]*({UNIT})s?\b",
        low,
    ):
        length = span(found[1], found[2])
        return replace(made, gap=f"an average is no bound: follow-up of {length or found[0]} on average has no last day")
    again = next(series(low), None)
    limits, rest = _limits(low if again is None else low[: again[1]] + " " * (again[2] - again[1]) + low[again[2] :])
    made = replace(made, until=limits.until, starting=limits.starting, anchor=limits.anchor, ends_with=limits.ends_with)
    if again is not None:
        made = replace(made, every=again[0].every, rounds=again[0].rounds, gap=again[0].gap)
    times = [*_times(rest)]
    found_at = tuple(length for each in times for length in each[0])
    if re.search(r"\bbaseline\b|\bpre-?(?:treatment|operative|therapy|dose)\b|\bscreening\b", low) and not re.search(
        r"from (?:the )?baseline", low
    ):
        found_at = (NO_TIME, *found_at)
    if found := re.search(rf"\b(?:from|after|post|following|since)[\s-]+(?:the )?({WORDS})", low):
        made = replace(made, anchor=made.anchor or trimmed(found[1]))
    if not made.anchor and re.search(r"\bpost-?\s?op(?:erative(?:ly)?)?\b|\bpostsurgical|\bafter surgery\b", low):
        made = replace(made, anchor="surgery")
    if (
        made.until is None
        and (most := re.search(rf"\bmaximum(?: of)? ({NUMBER})[\s-]*({UNIT})s?\b", low))
        and (length := span(most[1], most[2]))
    ):
        made = replace(made, until=length)
    if (
        found_at
        and made.until is None
        and re.search(rf"\b(?:to|till|through|until)\b\s*(?:{UNIT}\s*)?{NUMBER}", rest)
        and len(set(found_at)) == 1
    ):
        return replace(made, until=found_at[-1])
    made = replace(
        made,
        at=tuple(
            dict.fromkeys(
                each
                for each in found_at
                if each != NO_TIME or "baseline" in low or "day 0" in low or len(found_at) > 1 or not times
            )
        ),
    )
    if made.until is None and not made.at and made.every is None and not made.rounds and not made.gap:
        short = re.search(rf"{NUMBER}[\s-]*(?:hour|hr|minute|min)s?\b", low)
        ends = re.search(
            r"\b(?:through|until|up to|till|to|at)?\s*(?:study|trial) (?:completion|end)|end of (?:the )?(?:study|trial)|duration of (?:the )?(?:study|trial)|data cut-?off|last follow-?up|discharge",
            low,
        )
        says = (
            "shorter than a day, the least that is told apart here"
            if short
            else "it ends with the study, and no length is given"
            if ends
            else "no length of time is told"
        )
        return replace(made, gap=says)
    return made


# --- days ------------------------------------------------------------------------------------------------------------

_DAYS = re.compile(rf"\b(?P<post>post[- ]?op(?:erative(?:ly)?|\.)?\s+|postsurgical\s+|study\s+)?(?:on\s+)?days?\s+(?P<days>{MANY})(?:\s*(?:after|following|post)[\s-]+(?:the\s+)?(?P<anchor>{WORDS}))?", re.IGNORECASE)  # fmt: skip


def _single(found: re.Match[str]) -> Timing:
    days = tuple(int(each) for each in numbers(found["days"]) if each == int(each))
    post = (found["post"] or "").strip().lower()
    anchor = trimmed(found["anchor"] or "") or ("surgery" if post.startswith("post") else "enrolment" if post else "")
    return Timing(found[0], on=days, anchor=anchor, gap="" if anchor else "from when the days count is not said")


# --- series, and what bounds them ------------------------------------------------------------------------------------

_EVERY = re.compile(
    rf"\b(?:once\s+)?every\s+(?:(?P<other>other|second)\s+(?P<of>day|week|month|year)\b|(?:(?P<range>{RANGE})\s*-?\s*)?(?:treatment\s+|chemotherapy\s+|therapy\s+)?(?P<unit>cycle|course|round|{UNIT})s?\b(?P<cycle>\s+cycles?\b)?)"
    rf"|\b(?:once|one time)\s+(?:a|per|each)\s+(?P<per>day|week|month|year)\b|\beach\s+(?P<each>day|week|month|year)\b"
    rf"|\b(?:prior to|before|of|at the (?:start|end|beginning) of|during|with|in|on)\s+(?:each|every)\s+(?:treatment\s+|chemotherapy\s+|subsequent\s+|following\s+)?(?P<round>cycle|course|round)\b"
    rf"|\bevery\s+(?P<daily>evening|morning|night)\b"
    rf"|\b(?:at\s+)?(?:(?P<step>{RANGE})[\s-]*(?P<stepped>{UNIT})s?(?:ly)?\s+intervals?\b|intervals?\s+of\s+(?P<length>{RANGE})[\s-]*(?P<lengths>{UNIT})s?\b)"
    rf"|\b(?P<times>{RANGE})-(?P<ly>daily|weekly|monthly|yearly)\b(?:\s+intervals?\b)?"
    rf"|\b(?P<adverb>{'|'.join(map(re.escape, sorted(_ADVERBS, key=len, reverse=True)))})\b",
)  # fmt: skip


def series(low: str) -> Iterator[tuple[Timing, int, int]]:
    """What comes again and again in a text of small letters, with where it stands."""
    for found in _EVERY.finditer(low):
        made = _series_of(found)
        if made.every == NO_TIME or (made.every is None and not made.rounds and not made.gap):
            continue
        yield made, found.start(), found.end()


_LY = {"daily": "day", "weekly": "week", "monthly": "month", "yearly": "year"}


def _series_of(found: re.Match[str]) -> Timing:
    if found["adverb"]:
        return Timing(found[0], every=_ADVERBS[found["adverb"]])
    if found["per"] or found["each"]:
        return Timing(found[0], every=span("1", found["per"] or found["each"]))
    if found["other"]:
        return Timing(found[0], every=span("2", found["of"]))
    if found["round"]:
        return Timing(found[0], rounds=1)
    if found["daily"]:
        return Timing(found[0], every=Span(days=1))
    many = numbers(found["range"] or found["step"] or found["length"] or found["times"] or "1")
    unit = found["unit"] or found["stepped"] or found["lengths"] or _LY[found["ly"]]
    gap = ""
    if len(set(many)) > 1:
        gap = f"every {many[0]:g} to {many[-1]:g} {unit}s: which of them is not said; {many[-1]:g} is taken"
    if unit in ("cycle", "course", "round"):
        count = many[-1]
        return (
            Timing(found[0], rounds=int(count), gap=gap) if count == int(count) and count else Timing(found[0], gap="no round")
        )
    length = span(f"{many[-1]:g}", unit)
    return Timing(
        found[0], every=length, gap=gap or ("" if length else "shorter than a day, the least that is told apart here")
    )


_WITHIN = re.compile(rf"\b(?:within|during|over|for|up to|through|in|until)\s+(?:the\s+|a\s+|an?\s+)?(?:maximum\s+of\s+|first\s+|next\s+|total\s+of\s+|period\s+of\s+)*(?P<n>{NUMBER})[\s-]*(?P<unit>{UNIT})s?\b(?:\s*(?:after|following|of|from|post)[\s-]+(?:the\s+)?(?P<anchor>{WORDS}))?")  # fmt: skip
_BEYOND = re.compile(
    rf"\bafter\s+(?:the\s+)?(?P<n>{NUMBER})[\s-]*(?P<unit>{UNIT})s?\s*(?:(?:of|from|after)\s+(?:the\s+)?(?P<anchor>{WORDS}))?"
)
_TO = re.compile(rf"\b(?:from\s+(?:the\s+)?(?P<anchor>{WORDS})\s+)?(?:until|till|up to|to)\s+(?:the\s+)?(?P<ends>death|disease progression|progression|recurrence|relapse|discharge|end of (?:the )?(?:study|trial)|study completion|data cut-?off)\b")  # fmt: skip


def _limits(low: str, *, anchored: bool = True) -> tuple[Timing, str]:
    """What bounds a series, and the text without those words."""
    made, left = Timing(low), low
    for pattern, field in ((_BEYOND, "starting"), (_WITHIN, "until")) if anchored else ((_WITHIN, "until"),):
        if found := pattern.search(left):
            length = span(found["n"], found["unit"])
            if length is None:
                continue
            if field == "starting":
                made = replace(made, starting=length, anchor=trimmed(found["anchor"] or ""))
            else:
                made = replace(made, until=length, anchor=made.anchor or trimmed(found["anchor"] or ""))
            left = left[: found.start()] + " " * (found.end() - found.start()) + left[found.end() :]
    if found := _TO.search(left):
        made = replace(made, ends_with=found["ends"], anchor=made.anchor or trimmed(found["anchor"] or ""))
    return made, left


_LISTED = re.compile(
    rf"(?P<many>{MANY})[\s-]*(?:post-?operative\s+|consecutive\s+|calendar\s+|full\s+)?(?P<unit>{UNIT})s?\b|\b(?P<first>{UNIT})s?\s*(?P<after>{MANY}(?:\s*(?:-|–|to|through)\s*{NUMBER}(?![\s-]*{UNIT}))?)"
)
_LATE = re.compile(
    rf"^from\s+{NUMBER}[\s-]*{UNIT}s?\s+(?:after|following|post)\s+(?:the\s+)?(?P<anchor>{WORDS}?)\s+(?:to|until|till|through)\s+(?:the\s+)?(?:end|season|study|trial|close)"
)
_AFTER_ANOTHER = re.compile(
    rf"\bfrom\s+(?:the\s+)?(?P<first>[a-z][a-z\s-]{{2,60}}?)\s+(?:up\s+)?(?:to|until|till|through)\s+(?P<n>{NUMBER})[\s-]*(?P<unit>{UNIT})s?\s+(?:after|following|post)\s+(?:the\s+)?(?P<other>{WORDS})"
)
"""`From first dose up to 30 days after last dose`: a length that counts from another moment than the clock."""


def _times(low: str) -> Iterator[tuple[tuple[Span, ...], int, int]]:
    """Lengths of time, one or several with one unit."""
    for found in _LISTED.finditer(low):
        many, unit = (found["many"], found["unit"]) if found["many"] else (found["after"], found["first"])
        if re.search(r"±\s*$|\+/-\s*$|maximum[^;]{0,40}$", low[: found.start()]):
            continue
        spans = tuple(
            length
            for each in re.split(rf"{AND}|\s*(?:–|\bto\b|\bthrough\b|(?<=\d)-(?=\d))\s*", many)
            if (length := span(each, unit)) is not None
        )
        if spans:
            yield spans, found.start(), found.end()


def numbers(text: str) -> list[float]:
    found = re.findall(NUMBER, text.lower())
    return [float(each) if each[0].isdigit() else float(_COUNTS[each]) for each in found] or [1.0]


def span(count: str, unit: str) -> Span | None:
    """So much time; nothing where it is not whole days or months."""
    word = {"yr": "year", "hr": "hour", "min": "minute"}.get(unit.lower(), unit.lower())
    if word == "hour" and (hours := numbers(count)[0]) and hours % 24 == 0:
        return Span(days=int(hours) // 24)
    if word in ("hour", "minute"):
        return None
    try:
        return Span.of(numbers(count)[0], word)
    except Unreadable:
        return None


def trimmed(words: str) -> str:
    """Words of an anchor without what follows the noun."""
    return re.split(r"\b(?:and|with|in|by|at|on|is|every|until|using|if)\b", words)[0].strip(" ,.")
