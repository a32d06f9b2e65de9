"""The lines of a schedule that a text has: what is done, when, how often, until when, and for whom alone."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from .calendar import NO_TIME, Span
from .timings import LONG, MANY, NUMBER, UNIT, WORDS, Timing, moment, numbers, series, span, trimmed

EXAMINATIONS: tuple[tuple[str, str, str], ...] = (
    ("ultrasound", "Ultrasound", r"(?:contrast[- ]enhanced )?ultraso(?:und|nograph\w*)(?: imaging)?|\bceus\b"),
    ("echocardiography", "Echocardiography", r"\bechocardiogra\w*|\blvef\b"),
    ("ecg", "Electrocardiogram", r"\belectrocardiogra\w*|\be[ck]gs?\b"),
    ("endoscopy", "Endoscopy", r"\b(?:endoscop|colonoscop|gastroscop)\w*"),
    ("biopsy", "Biopsy", r"\bbiops\w+"),
    ("imaging", "Imaging", r"\bimaging\b|\bcts?\b|\bct-?scans?|\bmris?\b|\bmrcp\b|\bpet\b|computed tomograph\w*|magnetic resonance|\bscans?\b|radiolog\w+|x-rays?|radiograph\w*|tumou?r assessments?|mammogra\w+|\bdxa\b|\bscanned\b"),
    ("labs", "Blood tests", r"laborator\w+|blood (?:tests?|routine|samples?|counts?|biochem\w*|draws?|chemistry)|\bblood (?=(?:will be|is|are|was) (?:drawn|collected|taken))|\bcbc\b|\bha?ematolog\w+|\bbiochem\w+|coagulation|tumou?r markers?|liver (?:function|enzymes)|kidney function|renal function|serum \w+|urinalysis|ca ?-?19(?:-9)?|\bpsa\b|\bhba1c\b|\bcreatinine\b|\blipids?\b|\bcea\b"),
    ("questionnaire", "Questionnaire", r"questionnaires?|quality of life|\bqlq\b|\bsf-?36\b|\bsurveys?\b|\bdiar(?:y|ies)\b|\beq-?5d\b|\bpromis\b|\bphq-?\d\b"),
    ("contact", "Contact", r"\b(?:tele)?phone(?: calls?| follow-?ups?| visits?| contacts?)?\b|\b(?:follow-?ups?\s+)?calls?\b|follow-?ups?\s+by\s+(?:tele)?phone|\bcontacted\b"),
    ("visit", "Visit", r"\bfollow(?:ed)?[- ]?ups?\b|\bfollowed for\b|\bvisits?\b|physical examination\w*|\bexamined\b|vital signs|\bseen (?:at|in|by)\b|\bcheck-?ups?\b|\breviewed\b"),
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


@dataclass(frozen=True, slots=True)
class _Stretch:
    """How long a series goes on: `until` counted from the anchor, or from where the series before ended if `more`."""

    start: int
    end: int
    until: Span | None = None
    since: Span | None = None
    more: bool = False
    ends_with: str = ""
    anchor: str = ""


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


_LEADS = re.compile(rf"^(?:[A-Z][\w\s-]{{0,60}}:\s*)?(?:after|following|from)\s+(?:the\s+)?(?P<anchor>{WORDS}),", re.IGNORECASE)
_WHOM = r"(?:patients|subjects|participants|those|people|individuals)"
_ONLY = re.compile(
    rf"\b(?:for|in|among)\s+(?P<only>{_WHOM}\s+[^,.;]{{5,200}}),"
    rf"|^(?P<whom>{_WHOM}\s+(?:who|with|whose|without|discontinuing|stopping|in whom)\b[^,.;]{{3,120}}?)\s+(?:will|are|is|undergo|have|must|should|shall)\b",
    re.IGNORECASE,
)
_NEEDED = re.compile(
    r"\b(?:if|when|as|where)\s+(?:clinically\s+)?(?:necessary|needed|indicated|required|appropriate)\b", re.IGNORECASE
)
_ONCE = re.compile(
    rf"\bafter\s+(?P<range>{NUMBER}(?:\s*(?:-|–|to)\s*{NUMBER})?)\s+(?:\w+\s+)?(?:cycle|course|round)s?\b", re.IGNORECASE
)
_NO_SCHEDULE = re.compile(
    r"\b(?:were|was|are|be) excluded\b|\bexclusion\b|\binclusion criteri|\beligib|\bin(?:-| )house\b.{0,1}\Z", re.IGNORECASE
)
_OFTEN = re.compile(r"\b(?:twice|thrice|(?:two|three|four|five|several|\d)\s+times)\s+(?:a|per|each|every|in a|in one)?\s*(?P<per>day|daily|week|weekly|month|monthly|year|yearly)\b|\btwice[- ](?:weekly|daily)\b")  # fmt: skip
"""Oftener than once in a unit: no interval that the language has."""
_NO_POINT = re.compile(
    rf"\b(?:last|past|previous|preceding)\s+{NUMBER}[\s-]*{UNIT}s?\b|"
    rf"\b(?:less|more|fewer|longer|shorter|greater|older|younger)\s+than\s+{NUMBER}[\s-]*{UNIT}s?\b"
    rf"|\b(?:at least|minimum|mean|median|average|duration)\b[^,.;]{{0,30}}?{NUMBER}[\s-]*{UNIT}s?\b"
    rf"|(?:\bwithin\s+)?{NUMBER}[\s-]*{UNIT}s?\s+(?:before|prior to|preceding|ago|old)\b"
    rf"|[±]\s*{NUMBER}[\s-]*{UNIT}s?|\+/?-\s*{NUMBER}[\s-]*{UNIT}s?"
)
"""Lengths of time that are no moment of a schedule."""

# --- how long a series goes on ---------------------------------------------------------------------------------------

_ORDINALS = {
    word: count for count, word in enumerate("first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1)
}
_ORDINAL = rf"(?:{'|'.join(_ORDINALS)})"
_WITHIN = re.compile(
    rf"\b(?P<how>within|during|over|for|up to|through|in|until|till)\s+(?:(?:the|a|an|another|about|approximately|at most)\s+)*(?P<more>another\s+|next\s+|following\s+|additional\s+|further\s+|subsequent\s+)?(?:maximum of\s+|first\s+|next\s+|total of\s+|period of\s+)*(?P<n>{NUMBER})[\s-]*(?P<unit>{UNIT})s?\b(?:\s*(?:after|following|of|from|post)[\s-]+(?:the\s+)?(?P<anchor>{WORDS}))?"
)
_FIRST = re.compile(
    rf"\b(?:in|during|for|within|over|throughout)\s+the\s+first\s+(?P<unit>{UNIT})\b(?:\s*(?:after|following|of|from|post)[\s-]+(?:the\s+)?(?P<anchor>{WORDS}))?"
)
_UNTIL_UNIT = re.compile(rf"\b(?:until|till|through|up to|to)\s+(?P<unit>day|week|month|year)\s+(?P<n>{NUMBER})\b")
_IN_YEARS = re.compile(
    rf"\b(?:in|during|for|over)\s+(?:the\s+)?(?:(?P<unit>year|month|week)s?\s+(?P<low>\d{{1,2}})(?:\s*(?:-|–|to|and|through)\s*(?P<high>\d{{1,2}}))?"
    rf"|(?P<from>{_ORDINAL})(?:\s*(?:-|–|to|and|through)\s*(?:the\s+)?(?P<to>{_ORDINAL}))?\s+(?P<units>year|month|week)s?)\b"
)
_FROM_TO_UNITS = re.compile(
    rf"\bfrom\s+(?:(?P<unit>year|month|week)s?\s+(?P<low>\d{{1,3}})|(?P<n>{NUMBER})\s+(?P<units>{UNIT})s?)\b(?:\s+(?:of|after|post)\s+(?P<what>\w+))?"
)
_BEYOND = re.compile(
    rf"\bafter\s+(?:the\s+)?(?:first\s+)?(?P<n>{NUMBER})[\s-]*(?P<unit>{UNIT})s?\s*(?:(?:of|from|after)\s+(?:the\s+)?(?P<anchor>{WORDS}))?"
)
_TO = re.compile(rf"\b(?:from\s+(?:the\s+)?(?P<anchor>{WORDS})\s+)?(?:until|till|up to|to)\s+(?:the\s+)?(?P<ends>death|disease progression|progression|recurrence|relapse|discharge|delivery|end of (?:the )?(?:study|trial|treatment)|study completion|data cut-?off)\b")  # fmt: skip


def _stretches(low: str) -> Iterator[_Stretch]:
    """What bounds a series, each where it stands."""
    for found in _IN_YEARS.finditer(low):
        unit = found["unit"] or found["units"]
        first = int(found["low"]) if found["low"] else _ORDINALS[found["from"]]
        last = int(found["high"]) if found["high"] else _ORDINALS.get(found["to"] or "", first)
        since = span(f"{first - 1}", unit) if first > 1 else None
        yield _Stretch(found.start(), found.end(), span(f"{last}", unit), since)
    for found in _FIRST.finditer(low):
        yield _Stretch(found.start(), found.end(), span("1", found["unit"]), anchor=trimmed(found["anchor"] or ""))
    for found in _UNTIL_UNIT.finditer(low):
        yield _Stretch(found.start(), found.end(), span(found["n"], found["unit"]))
    for found in _WITHIN.finditer(low):
        length = span(found["n"], found["unit"])
        if length is not None:
            more = found["how"] == "for" and "first" not in found[0] or bool(found["more"])
            yield _Stretch(found.start(), found.end(), length, None, more, "", trimmed(found["anchor"] or ""))
    for found in _FROM_TO_UNITS.finditer(low):
        length = span(found["low"] or found["n"], found["unit"] or found["units"])
        if length is not None and (found["what"] or "") not in ("gestation", "pregnancy", "life", "age"):
            yield _Stretch(found.start(), found.end(), None, length)
    for found in _BEYOND.finditer(low):
        length = span(found["n"], found["unit"])
        anchor = trimmed(found["anchor"] or "")
        if length is not None:
            yield _Stretch(found.start(), found.end(), None, length, anchor=anchor)
    for found in _TO.finditer(low):
        yield _Stretch(found.start(), found.end(), ends_with=found["ends"], anchor=trimmed(found["anchor"] or ""))


def _sum(first: Span, second: Span) -> Span:
    return Span(first.days + second.days, first.months + second.months)


# --- single moments --------------------------------------------------------------------------------------------------

_SOON = r"(?:baseline|enrol(?:l)?ment|screening|admission|inclusion|study entry)"
_ATOM = (
    rf"(?:(?P<post>post[- ]?op(?:erative(?:ly)?|\.)?|postsurgical|study)\s+)?(?:on\s+)?\b(?:day|week|month|year)s?\s+{MANY}(?![\s-]*(?:{UNIT})s?\b)(?:\s*(?:-|–|to)\s*{NUMBER})?"
    rf"|{MANY}(?:\s*(?:-|–|to)\s*{NUMBER})?[\s-]*(?:{UNIT}|h)s?\b(?!\s*-?\s*(?:cycle|period|course)s?\b)"
    rf"|\b{_SOON}\b|\bdischarge\b"
)
_ATOMS = re.compile(_ATOM)
_BETWEEN = re.compile(r"\s*(?:,|;|\band\b|\bor\b|&|/|\bat\b|\bon\b|\bthen\b|\bagain\b|\bthe\b|\s)*\s*")
_BEHIND = re.compile(
    rf"\s*(?:\([^)]*\)\s*)?(?:after|following|post|from|since|of)[\s-]+(?:the\s+)?(?P<anchor>{WORDS})|[\s-]*(?P<op>post-?op(?:erative(?:ly)?)?|after the operation)\b",
    re.IGNORECASE,
)
_BEFORE_IT = re.compile(
    r"(?:\b(?:at|on|by|after|and|then|plus|in|visits?|follow-?ups?|tested|repeated|done|taken|performed|assessed|collected|obtained|measured)|[:,–-]|^)\s*(?:about |approximately |around |the |study |visit )*$",
    re.IGNORECASE,
)


def _points(low: str) -> Iterator[tuple[Timing, int, int]]:
    """Single moments, those that stand in a row as one; with where they stand."""
    atoms = [*_ATOMS.finditer(low)]
    at = 0
    while at < len(atoms):
        group = [atoms[at]]
        while at + 1 < len(atoms) and _BETWEEN.fullmatch(low, group[-1].end(), atoms[at + 1].start()):
            at += 1
            group.append(atoms[at])
        at += 1
        made = _point(low, group)
        if made is not None:
            yield made, group[0].start(), made.end or group[-1].end()


def _point(low: str, group: Sequence[re.Match[str]]) -> Timing | None:
    begins, ends = group[0].start(), group[-1].end()
    if re.search(r"\b(?:before|until|till|prior to|from|since)\s+(?:the\s+)?$", low[:begins]):
        return None
    if re.search(r"\b(?:after|following|post)[\s-]+(?:the\s+|study\s+)?$", low[:begins]) and re.fullmatch(
        rf"{_SOON}|discharge", group[0][0]
    ):
        return None
    behind = _BEHIND.match(low, ends)
    is_introduced = (
        behind is not None
        or _BEFORE_IT.search(low[:begins]) is not None
        or group[0][0][:1].isalpha()
        and group[0][0].startswith(("day", "week", "month", "year", "post", "study", "on"))
    )
    if not is_introduced:
        return None
    if (
        behind is None
        and low[:begins].rstrip().endswith((":", "-", "–"))
        and len(group) == 1
        and len(numbers(group[0][0])) == 1
    ):
        return None  # `Follow-up: 1 year`: how long it lasts
    anchor = trimmed(behind["anchor"] or "") if behind is not None else ""
    gaps: list[str] = []
    if behind is not None and behind["op"] or any(each["post"] and each["post"].startswith("post") for each in group):
        anchor = "surgery"
    elif not anchor and any(each["post"] for each in group):
        anchor = "enrolment"
    if re.match(r"(?:gestation|pregnancy|life|age)\b", anchor):
        gaps.append(f"it counts from birth or conception, not from a moment of the trial: weeks of {anchor}")
        anchor = ""
    elif re.match(r"each|every|hospitali[sz]ation|treatment$", anchor):
        anchor = ""
    spans: list[Span] = []
    days: list[int] = []
    soon = any(re.fullmatch(_SOON, each[0]) for each in group)
    for each in group:
        text = each[0]
        if re.fullmatch(_SOON, text):
            continue
        if text == "discharge":
            gaps.append("at discharge: a day that is not counted from another")
            continue
        unit = re.search(rf"(?:{UNIT})(?=s?\b)|h\b", text)
        word = unit[0] if unit is not None else "day"
        counted = re.sub(rf"\b(?:post[\w-]*|study|on|{UNIT}s?)\b|(?:{UNIT}|h)s?$", " ", text)
        said = numbers(counted)
        if re.search(rf"{NUMBER}\s*(?:-|–|to)\s*{NUMBER}", counted):
            low_, high = said[-2], said[-1]
            gaps.append(f"{low_:g} to {high:g} {word}s: which of them is not said; {high:g} is taken")
            said = [*said[:-2], high]
        if text.lstrip().startswith(("day", "on", "post", "study")) and word == "day":
            days += [int(n) for n in said if n == int(n)]
            continue
        for n in said:
            length = span(f"{n:g}", "hour" if word == "h" else word)
            if length is None:
                gaps.append("shorter than a day, the least that is told apart here")
            else:
                spans.append(length)
    if days and spans:
        spans = [*spans, *(Span(days=day) for day in days)]
        days = []
    if not days and not spans and not gaps:
        return None
    if soon and spans and not (anchor and moment(anchor) not in ("enrolment", "randomisation")):
        spans = [NO_TIME, *spans]
    if not anchor and not soon and not gaps:
        gaps.append("from when the days count is not said" if days else "from when it counts is not said")
    end = behind.end() if behind is not None else ends
    unique = tuple(dict.fromkeys(spans))
    return Timing(
        low[begins:end],
        on=tuple(dict.fromkeys(days)),
        at=unique,
        anchor=anchor or ("enrolment" if soon and spans else ""),
        gap="; ".join(dict.fromkeys(gaps)),
        start=begins,
        end=end,
    )


# --- a sentence ------------------------------------------------------------------------------------------------------


def _blank(text: str, begins: int, ends: int) -> str:
    return text[:begins] + " " * (ends - begins) + text[ends:]


def _visits(sentence: str, start: int, end: int, before: list[Visit]) -> Iterator[Visit]:
    """The lines of one sentence; words in brackets tell of an examination, and are no other."""
    bare = re.sub(r"\([^()]{0,300}\)", lambda found: " " * len(found[0]), sentence)
    done = _examinations(bare)
    if not done and before and (again := re.search(r"\bassess\w*|\bevaluat\w*", bare, re.IGNORECASE)):
        done = [(again.start(), name) for name in before[-1].do]
    if not done or _NO_SCHEDULE.search(bare):
        return
    low = bare.lower()
    for each in _NO_POINT.finditer(low):
        low = _blank(low, each.start(), each.end())
    found: list[tuple[Timing, int, int]] = []
    for each in _OFTEN.finditer(low):
        found.append(
            (
                Timing(each[0], gap=f"{each[0].strip()}: oftener than once in a unit of time, and the language has intervals"),
                each.start(),
                each.end(),
            )
        )
        low = _blank(low, each.start(), each.end())
    again_and_again = [*series(low)]
    for _, begins, ends in again_and_again:
        low = _blank(low, begins, ends)
    stretches: list[_Stretch] = []
    if again_and_again:
        for stretch in _stretches(low):
            if not low[stretch.start : stretch.end].strip() or any(
                stretch.start < each.end and each.start < stretch.end for each in stretches
            ):
                continue
            stretches.append(stretch)
        for stretch in stretches:
            low = _blank(low, stretch.start, stretch.end)
    else:
        for each in _WITHIN.finditer(low):
            if each["how"] in ("for", "over", "during", "through", "until", "till", "up to") and not _AFTER_N.search(
                low[: each.start()]
            ):
                low = _blank(low, each.start(), each.end())
    single = [(_once(each), each.start(), each.end()) for each in _ONCE.finditer(low)]
    for _, begins, ends in single:
        low = _blank(low, begins, ends)
    single += _points(low)
    found += [*again_and_again, *single]
    if not found:
        return
    found = _joined(sorted(found, key=lambda each: each[1]), bare)
    leads = _LEADS.match(bare)
    only = _ONLY.search(bare)
    needed = _NEEDED.search(sentence)
    shared = next((when.anchor for when, _, _ in found if when.anchor and moment(when.anchor)), "")
    if (
        not shared
        and (named := re.search(rf"\b(?:after|following)\s+(?:the\s+)?(?P<anchor>[a-z]{WORDS})", bare.lower()))
        and moment(named["anchor"])
    ):
        shared = trimmed(named["anchor"])
    yield from _lines(
        found,
        stretches,
        done,
        bare,
        sentence,
        (start, end),
        leads["anchor"] if leads else "",
        shared,
        (only["only"] or only["whom"]) if only else "",
        needed.start() if needed else -1,
    )


_AFTER_N = re.compile(r"\b(?:at|on)\s*$")


def _joined(found: list[tuple[Timing, int, int]], bare: str) -> list[tuple[Timing, int, int]]:
    """Days of a cycle that comes again: `days 1, 8 and 15 of each cycle`."""
    made: list[tuple[Timing, int, int]] = []
    for when, begins, ends in found:
        if (
            made
            and (when.rounds or when.every)
            and made[-1][0].on
            and re.fullmatch(r"\s*(?:of\s+(?:a\s+)?)?", bare[made[-1][2] : begins], re.IGNORECASE)
        ):
            days, first, _ = made.pop()
            if when.rounds and days.on == (1,):
                made.append((when, first, ends))
            else:
                said = " and ".join(str(day) for day in days.on)
                gap = f"on days {said} of {when.text.strip()}: they come again with each cycle; those of the first are taken"
                made.append((replace(days, gap=gap, anchor=days.anchor), first, ends))
            continue
        made.append((when, begins, ends))
    return made


def _lines(
    found: list[tuple[Timing, int, int]],
    stretches: Sequence[_Stretch],
    done: Sequence[tuple[int, str]],
    bare: str,
    sentence: str,
    place: tuple[int, int],
    leads: str,
    shared: str,
    only: str,
    needed: int,
) -> Iterator[Visit]:
    """Each time of a sentence with what is done then, and what bounds it."""
    forward = not any(at < found[0][1] for at, _ in done)
    last_end: Span | None = None
    last_do: tuple[str, ...] = ()
    for number, (when, begins, ends) in enumerate(found):
        after = found[number + 1][1] if number + 1 < len(found) else len(bare)
        behind = found[number - 1][2] if number else 0
        mine = [name for at, name in done if (ends <= at < after if forward else behind <= at < begins)]
        do = tuple(dict.fromkeys(mine or (last_do if number and not forward else [name for _, name in done])))
        made = replace(when, text=sentence, start=place[0], end=place[1])
        if made.every is not None or made.rounds:
            own = [each for each in stretches if ends <= each.start < after]
            if not own and number == 0:
                own = [each for each in stretches if each.end <= begins]  # `For the first year, CT every 3 months`
            if not own and len(found) > 1 and do != last_do and number == 0 and not forward:
                own = []
            if (
                not own
                and len({each for each in stretches})
                and number + 1 < len(found)
                and do != _do_of(found, number + 1, done, bare, forward)
            ):
                own = [each for each in stretches if each.start >= after][
                    :1
                ]  # `blood tests monthly and CT quarterly for 2 years`
            goes_on = number > 0 and last_end is not None and do == last_do
            since = last_end if goes_on else None
            for each in own:
                if each.since is not None:
                    since = each.since
                if each.until is not None:
                    until = _sum(since, each.until) if each.more and since is not None else each.until
                    made = replace(made, until=until)
                made = replace(made, ends_with=made.ends_with or each.ends_with, anchor=made.anchor or each.anchor)
            if since is not None and made.every is not None:
                made = replace(made, starting=_sum(since, made.every))
            last_end = made.until
        elif made.at:
            last_end = None
        made = replace(made, anchor=made.anchor or (trimmed(leads) if leads else "") or shared)
        gap = made.gap
        if made.anchor and gap.startswith("from when"):
            gap = ""
            made = replace(made, gap="")
        gaps: tuple[str, ...] = (gap,) if gap else ()
        if "gestation" in bare.lower() and not gaps:
            gaps = ("it counts from conception, not from a moment of the trial",)
        if needed >= 0:
            gaps += (f"'{_around(sentence, needed)}': who decides, and when, is not said",)
        yield Visit(do, made, sentence, only, gaps, *place)
        last_do = do


def _do_of(
    found: Sequence[tuple[Timing, int, int]], number: int, done: Sequence[tuple[int, str]], bare: str, forward: bool
) -> tuple[str, ...]:
    _, begins, ends = found[number]
    after = found[number + 1][1] if number + 1 < len(found) else len(bare)
    behind = found[number - 1][2] if number else 0
    return tuple(dict.fromkeys(name for at, name in done if (ends <= at < after if forward else behind <= at < begins)))


def _around(sentence: str, at: int) -> str:
    """The few words before a place, with those that stand there."""
    begins = max((sentence.rfind(mark, 0, at) for mark in ",(;"), default=-1) + 1
    ends = re.compile(r"[,.;)]|$").search(sentence, at)
    return sentence[begins : ends.start() if ends else len(sentence)].strip()


def _once(found: re.Match[str]) -> Timing:
    return Timing(found[0], gap=f"once {found[0].strip()}: the language has rounds that come again, and no single one")
