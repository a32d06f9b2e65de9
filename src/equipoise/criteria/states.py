"""What a text says without a number, or with a stretch of time alone: `pregnant`, `major surgery within 4 weeks`."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Literal

from .atom import Atom
from .comparison import Said, kept
from .phrases import joined
from .premise import any_of
from .topics import DATES, FACTS, Needed, Topic, small

NEGATED = re.compile(
    r"(?i)\s*(?:(?:patients?|subjects?|participants?|individuals)\s+)?(?:who\s+)?(?:(?:must|should|may|can|do|does|did|has|have|had|is|are)\s*not|neither\b|(?:does|do|has|have|is|are)n['’]t\b|fails? to\b|no\b(?! (?:more|less|greater|fewer|older|younger|higher|lower|worse))|not\b|without\b|absence of\b|never\b|lack of\b|free of\b)"
)


_ENTRY = re.compile(
    r"(?i)^(?:the\s+)?(?:(?:date of|time of|day of|start of|first|initial|study|trial|planned|scheduled|actual|initiation of|signing|protocol|beginning|starting|commencement of|treatment|patient|subject|participant|informed|step \d|cycle \d|c1d1|day \d|of|the|on|to|this|in|step|registration\W|into|-)\s*)*(?:enrol\w*|random\w*|registration|registering|inclusion|study\s+entry|entry|screening|consent|first\s+(?:dose|administration|treatment|study)[\w ]*|dose|start\w*|study|trial|treatment|therapy|baseline|drug|administration|visit|dosing|day|initiation|intervention|infusion|allocation|participation|medication|protocol|signature|commencement)?[\w /()-]{0,25}$"
)


_NO_ENTRY = re.compile(
    r"(?i)(?:(?:the|an?|initial|their|first|original|of|date|time)\s+)*(?:diagnos|onset\b|complet|end\b|last\b|birth|deliver|progress|relaps|recurren|symptom|each other|stopp|discontin|cessation|withdraw)"
)


def window(time: Atom) -> str:
    """`within 14 days before enrolment`, where that is what a stretch of time says."""
    if (
        not isinstance(time.value, float)
        or time.value != int(time.value)
        or time.unit not in ("days", "weeks", "months", "years", "hours")
    ):
        return ""
    if time.unit == "hours" and time.value % 24:
        return ""
    if time.side == "of" and (moment := _NO_ENTRY.match(time.anchor)) is not None:
        if not (time.op in (">", ">=") and moment[0].lower().endswith("last")):
            return ""  # `within 10 years of diagnosis`
    if not (time.side == "before" or (time.side == "of" and time.anchor) or not time.side) or (
        time.anchor and not _ENTRY.match(time.anchor)
    ):
        return ""
    length = (
        f"{time.value / 24:.0f} days"
        if time.unit == "hours"
        else f"{time.value:.0f} {time.unit if time.value != 1 else time.unit.removesuffix('s')}"
    )
    if time.op == "<=" or time.op == "<":
        return f"within {length} before enrolment"
    if time.op in (">=", ">"):
        return f"at least {length} before enrolment"
    return ""


HARMLESS = re.compile(
    r"(?i)\b(?:patients?|subjects?|participants?|individuals|people|persons?|women|woman|men|females?|males?|who|whom|are|is|be|being|been|have|has|had|having|with|known|documented|history|of|a|an|the|any|or|and|and/or|current|currently|active|evidence|presence|diagnosis|diagnosed|prior|previous|must|should|will|not|that|in|to|at|for|time|study|enrol\w*|screening|confirmed|clinical|clinically|significant|positive|infection|disease|from|on|received|receipt|undergone|treatment|within|adult|all|either|both|known|concurrent|concomitant|subject|s|past|medical|personal|before|entry|randomi[sz]ation|during|serious|severe|day|start|first|dose|drug|administration|taking|receiving|use|chronic|therapy|eligible|also|other|allowed|may|inclusion|exclusion|willing|able|planned|anticipated|need|recent|initiation|trial|recruited|participation|participated|participating|another|had|underwent|surgical|planning|become|taken|test|result|results|none|neither|nor|without|absence|lack|free|weeks?|least)\b|\W+|\b\d+\b"
)
_NEGATING = re.compile(
    r"(?i)\b(?:not|no|without|never|absence|non|except|unless|unwilling|unable|other than|excluding|free of|stable|controlled|treated|allowed|permitted|eligible|may|can|acceptable)\b"
)
_TRUE_FEMALE = re.compile(
    r"(?i)\W*(?:(?:sex(?:\s+is|\s*:)?|gender(?:\s+is|\s*:)?|must be|adult|patients? (?:must be|who are)|subjects? (?:must be|who are)|healthy|be)\s+)?(?P<sex>female|male|women|men)s?(?:\s+(?:patients?|subjects?|participants?|only|sex|gender|volunteers?))*\W*$"
)


_TNM = re.compile(
    r"\b[cpy]{0,2}(?P<axis>[TN])(?P<first>is|[0-4])(?P<letter>[a-d]?)(?:\s*(?P<to>-|–|to)\s*[cpy]{0,2}(?:[TN])?(?P<last>[0-4])(?P<late>[a-d]?))?(?![\w])"
)
_MORE_OR_LESS = re.compile(
    r"[<>≤≥]|\b(?:at (?:least|most)|up to|beyond|(?:or|and) (?:greater|higher|above|more|worse|less|lower|below|beyond|over)|(?:greater|higher|more|less|lower) than)\b",
    re.IGNORECASE,
)
_CATEGORIES = {"T": ("t_category", ("T0", "Tis", "T1", "T2", "T3", "T4")), "N": ("n_category", ("N0", "N1", "N2"))}


def _tnm(text: str, said: Said) -> str | None:
    """The T and N categories that a text names, in the terms of the vocabulary; letters behind a number are left."""
    found = list(_TNM.finditer(text))
    if not any(each["axis"] == "T" for each in found) and not (found and re.search(r"(?i)node|nodal|TNM|stage", text)):
        return None
    if _MORE_OR_LESS.search(text) is not None:
        said.left += [each[0] for each in found]
        return None  # `stage T2 or greater`
    parts: dict[str, list[str]] = {}
    for each in found:
        name, options = _CATEGORIES[each["axis"]]
        first, last = f"{each['axis']}{each['first']}", f"{each['axis']}{each['last'] or each['first']}"
        if each["letter"] or each["late"] or first not in options or last not in options:
            said.left.append(each[0])
            return None
        parts.setdefault(name, []).extend(options[options.index(first) : options.index(last) + 1])
    written = []
    for name, categories in parts.items():
        chosen = tuple(dict.fromkeys(categories))
        says = f"{name} == {chosen[0]}" if len(chosen) == 1 else f"{name} in ({', '.join(chosen)})"
        written.append(kept(says, (Needed(name, use=f"oncology.{name}"),), said))
    if not all(written):
        return None
    if len(written) > 1 and re.search(r"(?i)\b(?:or|and/or)\b", text):
        said.unsure.append("how the categories are joined")
    if _NEGATING.search(text):
        said.unsure.append("a negation whose reach is not certain")
    said.used += [each.span() for each in found]
    return " and ".join(written)


_NONE_OF = re.compile(r"(?i)\W*(?:neither|no|without|absence of(?: both)?)\s+([\w\s/-]+?)\W*")
"""`Neither brain nor bone metastases`."""


def _dated(text: str, kind: Literal["include", "exclude"], times: Sequence[Atom], said: Said, *, is_negated: bool) -> None:
    """What happened, and how long before the trial: one stretch of time, or one for each of several events."""
    courses = [each for each in times if _is_a_course(text, each)]
    times = [each for each in times if each not in courses]
    if not times or any(not text[: each.start].endswith("(") for each in courses):
        return
    if len(times) == 1 and (since := _since(times[0], text, kind, said)):
        said.text = since
        said.used.append((0, len(text)))
        return
    aside = [each for each in times[1:] if text[: each.start].rstrip().endswith("(")]
    said.left += [text[each.start : each.end] for each in aside]  # `within 3 weeks (6 weeks for nitrosoureas)`
    times = [each for each in times if each not in aside]
    windows = [window(each) for each in times]
    if not all(windows) or any(_is_how_long(text, each) for each in times):
        return
    if times[0].op in ("<", "<=") and (to_come := _TO_COME.search(text, 0, times[0].start)) is not None:
        if not to_come[0].lower().startswith("need") and _HAD.search(text, 0, times[0].start) is None:
            return  # `anticipated to need a transfusion within 48 hours`
    ends = [0, *(each.end + len(each.anchor) for each in times)]
    only = times[0]
    rest_of_it = f"{text[: only.start]} {text[only.end :].replace(only.anchor, ' ', 1) if only.anchor else text[only.end :]}"
    stretches = [rest_of_it] if len(times) == 1 else [text[ends[at] : each.start] for at, each in enumerate(times)]
    hits = [_named(DATES, stretch) for stretch in stretches]
    if len(times) == 1 and _is_of_the_next(text, only):
        return
    if not all(hits):
        return
    bare = text
    for each in reversed(times):
        bare = bare[: each.start] + " " + bare[each.end :]
    rest = _rest(bare, [hit for group in hits for _, hit in group] + [each.anchor for each in times])
    if not rest and (to_come := _TO_COME.search(_without_anchors(text, times))) is not None:
        rest = to_come[0]  # `major surgery within 4 weeks, or planned during the study`
    names = {topic.name for group in hits for topic, _ in group}
    if len(set(windows)) > 1 and len(names) < sum(map(len, hits)):
        return  # `palliative radiotherapy within 2 weeks or other radiotherapy within 4 weeks`: not the same, by one name
    parts = [
        part
        for group, within in zip(hits, windows, strict=True)
        for topic, _ in group
        if (part := kept(f"{topic.needed[0].name} {within}", topic.needed, said))
    ]
    whole = joined(parts, ["or"] * len(parts))
    if not whole:
        return
    if kind == "include":
        if all(within.startswith("within") for within in windows) and re.search(r"(?i)\b(?:not|no|without)\b", text):
            whole = f"not ({whole})"
        elif all(within.startswith("at least") for within in windows):
            whole = whole.replace(" or ", " and ")
        else:
            said.unsure.append("an inclusion that asks for something recent")
    elif is_negated:
        said.unsure.append("a negation whose reach is not certain")
    if (
        len(parts) > 1
        and kind == "exclude"
        and re.search(r"(?i)\band\b(?!\s*/\s*or)", bare)
        and not re.search(r"(?i)\bor\b", bare)
    ):
        said.unsure.append("whether all of these are meant together, or each alone")
    said.text = whole
    if rest:
        said.left.append(rest)
    else:
        said.used.append((0, len(text)))


def _is_a_course(text: str, time: Atom) -> bool:
    """Whether a stretch of time is how long a treatment was: `palliative radiation (≤ 2 weeks of radiotherapy)`."""
    return (
        time.op in ("<", "<=")
        and time.unit != "half-lives"
        and not text[time.start : time.start + 6].lower().startswith(("within", "in"))
        and text[time.end : time.end + 4] == " of "
        and any_date().search(small(time.anchor)) is not None
    )


_LASTS = re.compile(r"\b(?:for|lasting|lasted|lasts?|duration(?:\s+of)?|over|persist\w*|maintained)\s*$", re.IGNORECASE)
_OFF = re.compile(
    r"\b(?:off|free|no|not|none|without|never|discontinu\w+|stop\w*|withh?eld|with(?:drawn|drawal)|wash\w*|abstain\w*|abstinen\w+|ceas\w+|completed?|since|out)\b",
    re.IGNORECASE,
)
_BEGAN = re.compile(
    r"\b(?:resolved|stable|stabili[sz]ed|controlled|remission|asymptomatic|initiated|started|begun|recovered|responded|progressed|progression|relapsed?)\s*(?:for\s*)?$",
    re.IGNORECASE,
)


_LISTS = re.compile(r"[(:]|\b(?:e\.g|i\.e|including|includes?|such as|following)\b", re.IGNORECASE)
_AND_NEXT = re.compile(r"\b(?:or|and)\b", re.IGNORECASE)


def _is_of_the_next(text: str, time: Atom) -> bool:
    """Whether what a date is known for stands behind a stretch of time, in the next member of a list.

    `Symptoms within 14 days, or an infection requiring systemic therapy`: the time is of what stands before it.
    """
    behind = text[time.end :]
    hit = any_date().search(small(behind))
    if hit is None or time.start <= 12 or any_date().search(small(text[: time.start])) is not None:
        return False
    between = behind[: hit.start()]
    return _LISTS.search(between) is None and _AND_NEXT.search(between) is not None


_TO_COME = re.compile(
    r"\b(?:planned|plans?|planning|scheduled|anticipat\w+|expected|intend\w*|intention|upcoming|future|will\s+(?:need|require|undergo|receive)|need\s+for)\b",
    re.IGNORECASE,
)


_HAD = re.compile(r"\b(?:received|participat(?:ed|ing)|undergone|underwent|had|used)\b", re.IGNORECASE)


def _without_anchors(text: str, times: Sequence[Atom]) -> str:
    """A text without the moments that its stretches of time are counted from: `the planned start of treatment`."""
    for each in reversed(times):
        rest = text[each.end :]
        text = text[: each.end] + (rest.replace(each.anchor, " ", 1) if each.anchor else rest)
    return text


_UNLESS = re.compile(r"\b(?:unless|except\w*)\b", re.IGNORECASE)


def _is_how_long(text: str, time: Atom) -> bool:
    """Whether a stretch of time is how long something went on, or since when, and not since it ended: `response lasting ≥ 6 months`."""
    if time.op not in (">=", ">"):
        return False
    before = text[max(0, time.start - 120) : time.start]
    if _UNLESS.search(text, max(0, time.start - 250), time.start) is not None:
        return True  # `unless disease-free for at least 3 years`
    return _BEGAN.search(before) is not None or (_LASTS.search(before) is not None and _OFF.search(before) is None)


def _since(time: Atom, text: str, kind: Literal["include", "exclude"], said: Said) -> str:
    """`At least 4 weeks since major surgery`, where nothing else is said."""
    if time.side not in ("after", "of") or not isinstance(time.value, float) or time.value != int(time.value):
        return ""
    hits = _named(DATES, time.anchor)
    if (
        len(hits) != 1
        or _rest(f"{text[: time.start]} {time.anchor}", [hits[0][1]])
        or text[time.end :].strip(" .").count(" ") > 4
    ):
        return ""
    if time.op not in (">=", ">") or kind == "exclude" or time.unit not in ("days", "weeks", "months", "years"):
        return ""
    topic = hits[0][0]
    unit = time.unit if time.value != 1 else time.unit.removesuffix("s")
    return kept(f"{topic.needed[0].name} at least {time.value:.0f} {unit} before enrolment", topic.needed, said)


def state(text: str, kind: Literal["include", "exclude"], found: Sequence[Atom], said: Said) -> None:
    times = [each for each in found if each.measure == "time"]
    others = [each for each in found if each.measure != "time"]
    if others or len(text) > 400:
        return
    if len(text) > 90 and (any_date() if times else any_fact()).search(small(text)) is None:
        return
    negated = _NEGATING.search(text) is not None
    if len(text) <= 90 and (only := _TRUE_FEMALE.match(text)) is not None:
        sex = "female" if only["sex"].lower() in ("female", "women") else "male"
        said.text = kept(f"sex == {sex}", (Needed("sex", use="demographics.sex"),), said)
        return
    if len(text) <= 90 and re.fullmatch(
        r"(?i)\W*(?:both\s+(?:sexes|genders)|(?:males?\s+(?:and|or)\s+females?|females?\s+(?:and|or)\s+males?|(?:women|men)\s+(?:and|or)\s+(?:men|women)|either sex|any (?:sex|gender)|all (?:sexes|genders))[\w ]{0,20})\W*",
        text,
    ):
        said.text = kept("sex in (female, male)", (Needed("sex", use="demographics.sex"),), said)
        return
    if times:
        _dated(text, kind, times, said, is_negated=negated)
        return
    if (category := _tnm(text, said)) is not None:
        said.text = category
        return
    hits = [(topic, hit) for topic, hit in _named(FACTS, text) if topic.name not in ("female", "male")]
    if not hits:
        return
    if kind == "include" and (none_of := _NONE_OF.fullmatch(text)) is not None:
        either = any_of(re.sub(r"(?i)\b(?:nor|and)\b", "or", none_of[1]), said)
        if either:
            said.text = f"not {either}"
            said.used.append((0, len(text)))
            return
    rest = _rest(text, [hit for _, hit in hits])
    if len(re.sub(r"(?i)\bno\b", "", rest).strip()) > 3:
        return
    parts = [part for topic, _ in hits if (part := kept(topic.holds, topic.needed, said))]
    whole = joined(parts, ["or"] * len(parts))
    if not whole:
        return
    bare = text
    for _, hit in hits:
        bare = bare.replace(hit, " ", 1)
    leading = NEGATED.match(text)
    negated = _NEGATING.search(bare) is not None
    plainly = re.search(r":\s*no\W*$", text) is not None
    is_joined = len(parts) > 1 and re.search(r"(?i)\b(?:and|both|with)\b(?!\s*/\s*or)", bare) is not None
    denied = (
        leading is not None or plainly or (kind == "include" and re.search(r"(?i)\b(?:not|no|without|absence|neither)\b", bare))
    )
    if is_joined and not (denied and len(re.findall(r"(?i)\b(?:no|not|without|neither|nor)\b", bare)) >= len(parts)):
        said.unsure.append("whether all of these are meant together, or each alone")
    if denied:
        whole = f"not ({whole})" if " or " in whole or " in " in whole or "=" in whole else f"not {whole}"
        if kind == "exclude" and not plainly:
            said.unsure.append("an exclusion that begins with a negation: what is meant may be its opposite")
    elif negated:
        said.unsure.append("a negation or an exception whose reach is not certain")
    if (
        not plainly
        and re.search(r"(?i)\b(?:active|severe|serious|uncontrolled|significant|symptomatic|acute|recent|current)\b", text)
        and not {"pregnant", "breast_feeding"} & {topic.name for topic, _ in hits}
    ):
        said.left.append("how active or severe it is")
    if (
        re.search(r"(?i)\b(?:tests?|antibod\w+|serolog\w+|titers?)\b", text)
        and "test" not in whole
        and "hepatitis" not in whole
        and "hiv" not in whole
    ):
        said.left.append("a test, not the disease itself")
    said.text = whole
    said.used.append((0, len(text)))


@cache
def any_date() -> re.Pattern[str]:
    """One pattern that is silent where all of them are."""
    return _any(DATES)


@cache
def any_fact() -> re.Pattern[str]:
    """One pattern that is silent where no fact is named."""
    return _any(FACTS)


def _any(topics: Sequence[Topic]) -> re.Pattern[str]:
    """One pattern for all of them; it looks where words begin, and nowhere else."""
    return re.compile(rf"\b(?=\w)(?:{'|'.join(each.words.pattern for each in topics)})")


def _named(topics: tuple[Topic, ...], text: str) -> list[tuple[Topic, str]]:
    low = small(text)
    if (any_date() if topics is DATES else any_fact()).search(low) is None:
        return []
    taken: list[tuple[int, int]] = []
    found = []
    for topic in topics:
        hit = next(
            (hit for hit in topic.words.finditer(low) if not _SPARED.search(low, max(0, hit.start() - 90), hit.start())), None
        )
        if hit is not None and not any(start < hit.end() and hit.start() < end for start, end in taken):
            taken.append(hit.span())
            found.append((topic, text[hit.start() : hit.end()]))
    return found


_OF_ITS_OWN = re.compile(
    r"\b(?:or|and|and/or)\s+(?:(?:an?|any|the|active|current|known|severe|serious|chronic|recent|clinically|significant|concurrent|other)\s+)*(?P<what>infections?|diseases?)\b(?!\s*\0)",
    re.IGNORECASE,
)
"""`radiotherapy within 2 weeks, or an infection`: a word that says nothing with a name says something by itself."""
_SPARED = re.compile(
    r"\b(?:other than|except(?:ing)?(?: for)?|excluding|(?:the )?exception of|apart from|not including|but not|unrelated to|regardless of)\s+(?:[\w-]+\s+){0,4}$"
)
"""What is excepted is not what is meant: `treatment other than chemotherapy`."""


def _rest(text: str, hits: Sequence[str]) -> str:
    for hit in hits:
        if hit:
            text = text.replace(hit, " \0 ")
    if (own := _OF_ITS_OWN.search(text)) is not None:
        return own["what"]
    text = text.replace("\0", "")
    text = re.sub(r"\([A-Z]{2,6}\)", " ", text)
    return " ".join(HARMLESS.sub(" ", text).split())
