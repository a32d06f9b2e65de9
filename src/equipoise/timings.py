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
_NUMBER = rf"(?:\d{{1,4}}(?:\.\d)?(?![\w.]*\d)|\b(?:{'|'.join(_COUNTS)})\b)"
_AND = r"\s*(?:,\s*and|,\s*or|,|;|/|&|\band\b|\bor\b)\s*"
_MANY = rf"{_NUMBER}(?:{_AND}{_NUMBER}){{0,30}}"
_RANGE = rf"{_NUMBER}(?:\s*(?:-|–|to)\s*{_NUMBER})?"
_UNIT = r"(?:day|week|month|year|yr|hour|hr|minute|min)"
_WORDS = r"(?:[A-Za-z][A-Za-z'’\-]*(?:\s+(?!every\b|until\b|within\b|for\b|up\b|will\b|were\b|was\b|are\b|to\b)[A-Za-z][A-Za-z'’\-]*){0,6})"
_ADVERBS = {
    "daily": Span(days=1), "weekly": Span(days=7), "fortnightly": Span(days=14), "monthly": Span(months=1),
    "bimonthly": Span(months=2), "quarterly": Span(months=3), "half annually": Span(months=6), "half-yearly": Span(months=6),
    "semi-annually": Span(months=6), "semiannually": Span(months=6), "biannually": Span(months=6),
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
    ("off_treatment", r"\b(?:end|completion|completing|discontinuation|cessation|last dose|stop\w*|conclusion)\b.{0,30}\b(?:treatment|therapy|drug|dose|chemotherapy|medication)|last dose|\boff.treatment"),
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
    low = said.lower()
    if (days := _DAYS.search(low)) and days["post"] and "study" not in days["post"]:
        return replace(_single(days), text=said)
    if found := re.search(
        rf"\b(?:an? )?(?:average|mean|median)(?: of)?(?: about| approximately)? ({_NUMBER})[\s-]*({_UNIT})s?\b", low
    ):
        length = _span(found[1], found[2])
        return replace(made, gap=f"an average is no bound: follow-up of {length or found[0]} on average has no last day")
    series = next(_series(low), None)
    limits, rest = _limits(low if series is None else low[: series[1]] + " " * (series[2] - series[1]) + low[series[2] :])
    made = replace(made, until=limits.until, starting=limits.starting, anchor=limits.anchor, ends_with=limits.ends_with)
    if series is not None:
        made = replace(made, every=series[0].every, rounds=series[0].rounds, gap=series[0].gap)
    times = [*_times(rest)]
    found_at = tuple(length for each in times for length in each[0])
    if re.search(r"\bbaseline\b|\bpre-?(?:treatment|operative|therapy|dose)\b|\bscreening\b", low) and not re.search(
        r"from (?:the )?baseline", low
    ):
        found_at = (NO_TIME, *found_at)
    if found := re.search(rf"\b(?:from|after|post|following|since)[\s-]+(?:the )?({_WORDS})", low):
        made = replace(made, anchor=made.anchor or _trimmed(found[1]))
    if (
        found_at
        and made.until is None
        and re.search(rf"\b(?:to|till|through|until)\b\s*(?:{_UNIT}\s*)?{_NUMBER}", rest)
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
        short = re.search(rf"{_NUMBER}[\s-]*(?:hour|hr|minute|min)s?\b", low)
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


# --- visits ----------------------------------------------------------------------------------------------------------

EXAMINATIONS: tuple[tuple[str, str, str], ...] = (
    ("ultrasound", "Ultrasound", r"(?:contrast[- ]enhanced )?ultraso(?:und|nograph\w*)(?: imaging)?|\bceus\b"),
    ("echocardiography", "Echocardiography", r"\bechocardiogra\w*|\blvef\b"),
    ("ecg", "Electrocardiogram", r"\belectrocardiogra\w*|\be[ck]gs?\b"),
    ("endoscopy", "Endoscopy", r"\b(?:endoscop|colonoscop|gastroscop)\w*"),
    ("biopsy", "Biopsy", r"\bbiops\w+"),
    ("imaging", "Imaging", r"\bimaging\b|\bcts?\b|\bct-?scans?|\bmris?\b|\bpet\b|computed tomograph\w*|magnetic resonance|\bscans?\b|radiolog\w+|x-rays?|radiograph\w*|tumou?r assessments?|mammogra\w+"),
    ("labs", "Blood tests", r"laborator\w+|blood (?:tests?|routine|samples?|counts?|biochem\w*|draws?|chemistry)|\bha?ematolog\w+|\bbiochem\w+|coagulation|tumou?r markers?|liver function|kidney function|renal function|serum \w+|urinalysis|ca ?-?19"),
    ("questionnaire", "Questionnaire", r"questionnaires?|quality of life|\bqlq\b|\bsf-?36\b|\bsurveys?\b|\bdiar(?:y|ies)\b"),
    ("contact", "Contact", r"\btele?phone\b|\bphone\b|\bphone calls?\b|\bcalls?\b|\bcontacted\b"),
    ("visit", "Visit", r"\bfollow(?:ed)?[- ]?ups?\b|\bvisits?\b|physical examination\w*|\bexamined\b|vital signs|\bseen (?:at|in|by)\b|\bcheck-?ups?\b|\breviewed\b"),
)  # fmt: skip
"""What is done at a visit: name, label, and the words for it; the first that fits takes them."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One line that a text has of a schedule: what is done, when, and for whom alone where the text says so."""

    do: tuple[str, ...]
    timing: Timing
    says: str
    only: str = ""
    gaps: tuple[str, ...] = ()
    start: int = 0
    end: int = 0


def examinations(text: str) -> tuple[str, ...]:
    """What is done, by name, in the order of the words.

    >>> examinations("Contrast-enhanced ultrasound imaging, enhanced CT/MRI, laboratory tests and an ECG")
    ('ultrasound', 'imaging', 'labs', 'ecg')
    """
    return tuple(dict.fromkeys(name for _, name in _examinations(text)))


def _examinations(text: str) -> list[tuple[int, str]]:
    left, found = text.lower(), []
    for name, _, pattern in EXAMINATIONS:
        for each in re.finditer(pattern, left):
            found.append((each.start(), name))
            left = left[: each.start()] + " " * (each.end() - each.start()) + left[each.end() :]
    return sorted(found)


def visits(text: str) -> tuple[Visit, ...]:
    """The lines of a schedule that a text has, in order; what it leaves open is said beside each."""
    found: list[Visit] = []
    for start, end, sentence in _sentences(text[:LONG]):
        found += _visits(sentence, start, end, found)
    return tuple(found)


def _sentences(text: str) -> Iterator[tuple[int, int, str]]:
    """Sentences and entries of lists, with where each begins and ends."""
    start = 0
    for end in re.finditer(r"[.;](?=\s)|\n\s*\n|\n\s*[-*•]|$(?![\n])", text):
        sentence = text[start : end.end()]
        if sentence.strip():
            yield start + len(sentence) - len(sentence.lstrip()), end.end(), " ".join(sentence.split())
        start = end.end()


_DAYS = re.compile(rf"\b(?P<post>post[- ]?op(?:erative(?:ly)?|\.)?\s+|postsurgical\s+|study\s+)?(?:on\s+)?days?\s+(?P<days>{_MANY})(?:\s*(?:after|following|post)[\s-]+(?:the\s+)?(?P<anchor>{_WORDS}))?", re.IGNORECASE)  # fmt: skip
_AFTER = re.compile(rf"\b(?:at\s+|within\s+)?(?P<many>{_MANY})[\s-]*(?P<unit>{_UNIT})s?\s*(?:\(.{{0,20}}\)\s*)?(?:after|following|post)[\s-]+(?:the\s+)?(?P<anchor>{_WORDS})", re.IGNORECASE)  # fmt: skip
_ONCE = re.compile(rf"\bafter\s+(?P<range>{_RANGE})\s+(?:\w+\s+)?(?:cycle|course|round)s?\b", re.IGNORECASE)
_LEADS = re.compile(
    rf"^(?:[A-Z][\w\s-]{{0,60}}:\s*)?(?:after|following|from)\s+(?:the\s+)?(?P<anchor>{_WORDS}),", re.IGNORECASE
)
_ONLY = re.compile(
    r"\b(?:for|in|among)\s+(?P<only>(?:patients|subjects|participants|those|people|individuals)\s+[^,.;]{5,200}),",
    re.IGNORECASE,
)
_NEEDED = re.compile(
    r"\b(?:if|when|as|where)\s+(?:clinically\s+)?(?:necessary|needed|indicated|required|appropriate)\b", re.IGNORECASE
)


def _visits(sentence: str, start: int, end: int, before: list[Visit]) -> Iterator[Visit]:
    """The lines of one sentence; words in brackets tell of an examination, and are no other."""
    bare = re.sub(r"\([^()]{0,300}\)", lambda found: " " * len(found[0]), sentence)
    done = _examinations(bare)
    if not done and before and (again := re.search(r"\bassess\w*|\bevaluat\w*", bare, re.IGNORECASE)):
        done = [(again.start(), name) for name in before[-1].do]
    if not done:
        return
    low = bare.lower()
    found = [*_series(low)]
    masked = low
    for _, begins, ends in found:
        masked = masked[:begins] + " " * (ends - begins) + masked[ends:]
    limits, left = _limits(masked, anchored=bool(found))
    for each in (*_DAYS.finditer(left), *_AFTER.finditer(left), *_ONCE.finditer(left)):
        if any(begins < each.end() and each.start() < ends for _, begins, ends in found):
            continue
        found.append((_single(each), each.start(), each.end()))
    if not found:
        return
    found.sort(key=lambda each: each[1])
    leads = _LEADS.match(bare)
    only = _ONLY.search(bare)
    needed = _NEEDED.search(sentence)
    forward = not any(at < found[0][1] for at, _ in done)
    for number, (when, begins, ends) in enumerate(found):
        after = found[number + 1][1] if number + 1 < len(found) else len(bare)
        behind = found[number - 1][2] if number else 0
        mine = [name for at, name in done if (ends <= at < after if forward else behind <= at < begins)]
        if not mine:
            mine = [name for _, name in done]
        made = replace(when, text=sentence, start=start, end=end)
        if made.every is not None or made.rounds:
            made = replace(made, until=limits.until, ends_with=limits.ends_with, anchor=made.anchor or limits.anchor)
            if limits.starting is not None and made.every is not None:
                made = replace(
                    made, starting=Span(limits.starting.days + made.every.days, limits.starting.months + made.every.months)
                )
        if leads is not None and not made.anchor:
            made = replace(made, anchor=_trimmed(leads["anchor"]))
        gaps: tuple[str, ...] = (made.gap,) if made.gap else ()
        if needed is not None:
            gaps += (f"'{_around(sentence, needed.start())}': who decides, and when, is not said",)
        yield Visit(tuple(dict.fromkeys(mine)), made, sentence, only["only"] if only else "", gaps, start, end)


def _around(sentence: str, at: int) -> str:
    """The few words before a place, with those that stand there."""
    begins = max((sentence.rfind(mark, 0, at) for mark in ",(;"), default=-1) + 1
    ends = re.compile(r"[,.;)]|$").search(sentence, at)
    return sentence[begins : ends.start() if ends else len(sentence)].strip()


def _single(found: re.Match[str]) -> Timing:
    groups = found.groupdict()
    if "range" in groups:
        return Timing(found[0], gap=f"once {found[0].strip()}: the language has rounds that come again, and no single one")
    anchor = _trimmed(groups.get("anchor") or "")
    if groups.get("days"):
        days = tuple(int(each) for each in _numbers(groups["days"]) if each == int(each))
        post = (groups["post"] or "").strip().lower()
        anchor = anchor or ("surgery" if post.startswith("post") else "enrolment" if post else "")
        return Timing(found[0], on=days, anchor=anchor, gap="" if anchor else "from when the days count is not said")
    spans = tuple(length for each in re.split(_AND, groups["many"]) if (length := _span(each, groups["unit"])) is not None)
    if not spans:
        return Timing(found[0], gap="shorter than a day, the least that is told apart here")
    return Timing(found[0], at=spans, anchor=anchor)


# --- series, and what bounds them ------------------------------------------------------------------------------------

_EVERY = re.compile(
    rf"\b(?:once\s+)?every\s+(?:(?P<range>{_RANGE})\s*-?\s*)?(?:treatment\s+|chemotherapy\s+|therapy\s+)?(?P<unit>cycle|course|round|{_UNIT})s?\b"
    rf"|\b(?:once|one time)\s+(?:a|per|each)\s+(?P<per>day|week|month|year)\b|\beach\s+(?P<each>day|week|month|year)\b"
    rf"|\b(?P<adverb>{'|'.join(map(re.escape, sorted(_ADVERBS, key=len, reverse=True)))})\b",
)  # fmt: skip


def _series(low: str) -> Iterator[tuple[Timing, int, int]]:
    """What comes again and again, with where it stands."""
    for found in _EVERY.finditer(low):
        if found["adverb"]:
            made = Timing(found[0], every=_ADVERBS[found["adverb"]])
        elif found["per"] or found["each"]:
            made = Timing(found[0], every=_span("1", found["per"] or found["each"]))
        else:
            numbers = _numbers(found["range"] or "1")
            if len(set(numbers)) > 1:
                low_, high = numbers[0], numbers[-1]
                gap = f"every {low_:g} to {high:g} {found['unit']}s: which of them is not said; {high:g} is taken"
            else:
                gap = ""
            many = numbers[-1]
            if found["unit"] in ("cycle", "course", "round"):
                made = (
                    Timing(found[0], rounds=int(many), gap=gap)
                    if many == int(many) and many
                    else Timing(found[0], gap="no round")
                )
            else:
                span = _span(f"{many:g}", found["unit"])
                made = Timing(
                    found[0], every=span, gap=gap or ("" if span else "shorter than a day, the least that is told apart here")
                )
        if made.every == NO_TIME or (made.every is None and not made.rounds and not made.gap):
            continue
        yield made, found.start(), found.end()


_WITHIN = re.compile(rf"\b(?:within|during|over|for|up to|through|in|until)\s+(?:the\s+|a\s+|an?\s+)?(?:maximum\s+of\s+|first\s+|next\s+|total\s+of\s+|period\s+of\s+)*(?P<n>{_NUMBER})[\s-]*(?P<unit>{_UNIT})s?\b(?:\s*(?:after|following|of|from|post)[\s-]+(?:the\s+)?(?P<anchor>{_WORDS}))?")  # fmt: skip
_BEYOND = re.compile(
    rf"\bafter\s+(?:the\s+)?(?P<n>{_NUMBER})[\s-]*(?P<unit>{_UNIT})s?\s*(?:(?:of|from|after)\s+(?:the\s+)?(?P<anchor>{_WORDS}))?"
)
_TO = re.compile(rf"\b(?:from\s+(?:the\s+)?(?P<anchor>{_WORDS})\s+)?(?:until|till|up to|to)\s+(?:the\s+)?(?P<ends>death|disease progression|progression|recurrence|relapse|discharge|end of (?:the )?(?:study|trial)|study completion|data cut-?off)\b")  # fmt: skip


def _limits(low: str, *, anchored: bool = True) -> tuple[Timing, str]:
    """What bounds a series, and the text without those words."""
    made, left = Timing(low), low
    for pattern, field in ((_BEYOND, "starting"), (_WITHIN, "until")) if anchored else ((_WITHIN, "until"),):
        if found := pattern.search(left):
            length = _span(found["n"], found["unit"])
            if length is None:
                continue
            if field == "starting":
                made = replace(made, starting=length, anchor=_trimmed(found["anchor"] or ""))
            else:
                made = replace(made, until=length, anchor=made.anchor or _trimmed(found["anchor"] or ""))
            left = left[: found.start()] + " " * (found.end() - found.start()) + left[found.end() :]
    if found := _TO.search(left):
        made = replace(made, ends_with=found["ends"], anchor=made.anchor or _trimmed(found["anchor"] or ""))
    return made, left


_LISTED = re.compile(rf"(?P<many>{_MANY})[\s-]*(?P<unit>{_UNIT})s?\b|\b(?P<first>{_UNIT})s?\s*(?P<after>{_MANY})")


def _times(low: str) -> Iterator[tuple[tuple[Span, ...], int, int]]:
    """Lengths of time, one or several with one unit."""
    for found in _LISTED.finditer(low):
        many, unit = (found["many"], found["unit"]) if found["many"] else (found["after"], found["first"])
        if re.search(r"±\s*$|\+/-\s*$|maximum[^;]{0,40}$", low[: found.start()]):
            continue
        spans = tuple(length for each in re.split(_AND, many) if (length := _span(each, unit)) is not None)
        if spans:
            yield spans, found.start(), found.end()


def _numbers(text: str) -> list[float]:
    found = re.findall(_NUMBER, text.lower())
    return [float(each) if each[0].isdigit() else float(_COUNTS[each]) for each in found] or [1.0]


def _span(count: str, unit: str) -> Span | None:
    """So much time; nothing where it is not whole days or months."""
    word = {"yr": "year", "hr": "hour", "min": "minute"}.get(unit.lower(), unit.lower())
    if word in ("hour", "minute"):
        return None
    try:
        return Span.of(_numbers(count)[0], word)
    except Unreadable:
        return None


def _trimmed(words: str) -> str:
    """Words of an anchor without what follows the noun."""
    return re.split(r"\b(?:and|with|in|by|at|on|is|every|until|using|if)\b", words)[0].strip(" ,.")
