"""What a criterion names without a number: conditions, drugs, procedures and traits, and how and, or and not join them.

A name that is no shared term becomes a yes or no of the study's own, called after its words, or a date where a stretch of time
is said of it. It can be given a column or a code, and be joined with others, which a question to a person cannot; whoever
screens is asked the same.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from ..vocabulary import vocabulary
from .atom import Atom
from .atoms import atoms, measures_named
from .bounded import bounded
from .comparison import Said, kept
from .line import anchor_span
from .nouns import (
    CONDITION,
    GENERIC,
    LONGEST_NAME,
    PREPOSITION,
    REACHES,
    REACHING,
    ends_a_name,
    is_adjective,
    is_modifier,
    is_name,
    last_word,
    name_of,
    shared,
    stripped,
)
from .phrases import bracketed, is_bracketed, joined
from .scope import fault
from .states import any_date, any_fact, window
from .topics import DATES, FACTS, Needed, Topic, small
from .unsaid import names_measure

LONGEST = 260
"""Characters of a criterion that is read as names."""
MOST = 12
"""Names in one list."""

Side = Literal["include", "exclude"]
How = Literal["and", "or"]

_BINDING = re.compile(
    r"^\W*(?:or|and|on|with)\b|\b(?:if|unless|except\w*|excluding|exclud\w+|not|no|without|other than|must|may|only|cohorts?|arms?|until|besides|at least|less than|more than)\b|[<>≤≥=]|\d\s*(?:%|mg|mm|cm|days?|weeks?|months?|years?|hours?)",
    re.IGNORECASE,
)
"""What makes a bracket more than another name, or examples."""
_EXAMPLES = re.compile(
    r"\W*(?:e\.?\s?g\b|i\.?\s?e\b|for example|for instance|such as|like|including|includes?|namely|ex\b|any type of|examples?)",
    re.IGNORECASE,
)
_OR_SUSPECTED = re.compile(
    r"(?<=\w )(?:known|confirmed|diagnosed|proven|documented)\s+(?:or|and/or)\s+suspected\b", re.IGNORECASE
)
_SHOWN_BY = re.compile(
    r",?\s+(?:(?:as\s+)?(?:documented|confirmed|proven|diagnosed|determined|assessed|demonstrated|detected|verified|established|evidenced|measured|identified|shown|seen|visible)(?<!diagnosed)\s+with\b|(?:documented|confirmed|proven|diagnosed|determined|assessed|demonstrated|detected|verified|established|evidenced|measured|identified|shown|seen|visible)\s+(?:by|on|using|via|through|in|at|per)\b"
    r"|by\s+(?:medical\s+|clinical\s+|physical\s+|self[- ]?)?(?:history|report|examination|imaging|questionnaire|interview)\b).*$|\s+at\s+(?:the\s+)?(?:time\s+of\s+)?(?:study\s+)?(?:screening|baseline|enrol?l?ment|entry|inclusion|randomi[sz]ation)(?:\s+visits?)?$|\s+(?:at any time|at present|at the present time|in (?:the )?past or present)$",
    re.IGNORECASE | re.DOTALL,
)
"""How a thing was found, and that it may be at any time: said with its name, and no part of it."""
_BY = re.compile(r"\b(?:by|on|using|via|with|through|per)\b", re.IGNORECASE)
_ENDING = re.compile(
    r",?\s+(?:(?:is|are|will be|should be|must be|may be|can be)\s+)(?P<no>not\s+|in)?(?P<way>eligible|included|enrolled|excluded|ineligible|allowed to (?:participate|enrol+))(?:\s+(?:from|for|in)\s+(?:the|this)\s+(?:study|trial))?\s*\.?\s*$",
    re.IGNORECASE,
)
"""`Patients with glioma are eligible`."""
_MORE = re.compile(
    r"\b(?:is|are|be|may|must|can|cannot|could|would|will|should|not|allowed|permitted|eligible|excluded|that|which|who|if|unless|except\w*|history|within|when|other)\b|[<>≤≥]|\d\s*%|[;:]",
    re.IGNORECASE,
)
"""What makes a tail of examples more than that."""
_TAIL = re.compile(
    r"[,\s]+(?:\(?(?:e\.\s?g\.?|i\.\s?e\.?)|such as|for example|for instance|including(?: but not limited to)?|namely|like(?= \w+(?:,| or | and )))(?=[\s,:]).*$",
    re.IGNORECASE | re.DOTALL,
)
"""Examples behind a name, and what says it again."""
_NO = re.compile(
    r"(?:(?:all\s+|eligible\s+)?(?:patients?|subjects?|participants?|individuals|persons|people|those)\s+)?(?:who\s+|with\s+)?"
    r"(?:(?:must|should|may|do|does|did|has|have|had|is|are)\s+not\s+(?:(?:be|have|had|been|any|suffer(?:ing)? from|tak(?:e|ing|en)|us(?:e|ing|ed)|receiv(?:e|ed|ing))\s+)*|(?:have|has|had|with)\s+no\s+|no\s+|not\s+(?:be\s+|been\s+|having\s+)?|without\s+(?:any\s+)?|absence\s+of\s+|never\s+(?:had\s+|been\s+|received\s+)?|free\s+(?:of|from)\s+)"
    r"(?!more\b|less\b|greater\b|fewer\b|older\b|younger\b|longer\b|later\b|other than\b)",
    re.IGNORECASE,
)
_BUT_FOR = re.compile(
    r",?\s+(?:except(?:ing)?(?:\s+for|\s+in)?|other\s+than|excluding|besides|apart\s+from|with\s+(?:the\s+)?exception\s+of|but\s+not)\s+",
    re.IGNORECASE,
)
_JOINT = re.compile(
    r"\s*[,;]\s*(?:(?P<how>and\s?/\s?or|or\s?/\s?and|and|or|as\s+well\s+as|nor)\s+)?|\s+(?P<alone>and\s?/\s?or|or\s?/\s?and|and|or|nor|as\s+well\s+as|plus|&)\s+(?:/\s*)?",
    re.IGNORECASE,
)
_WITH = re.compile(
    r"\s+(?P<how>with|without|combined with|accompanied by|together with|associated with)\s+(?:an?\s+|any\s+|the\s+)?",
    re.IGNORECASE,
)
_AT_A_RATE = re.compile(r"\s*(?:/|per\b|a\b|each\b|every\b|of (?:therapy|treatment|age)\b|out of\b)", re.IGNORECASE)
_BY_WINDOW = re.compile(r"\b(?:within|in|past|last|previous|preceding|during|prior|recent)\b", re.IGNORECASE)
_DID = re.compile(
    r"(?:has|have|had)\s+(?:\w+ly\s+)?(?!received|undergone|experienced|diagnosed|treated|used|suspected|confirmed|documented|impaired|uncontrolled|decreased|increased|elevated|advanced|limited|untreated|acquired|reduced)\w+ed\b",
    re.IGNORECASE,
)
"""`has smoked`: what somebody did, which is no name."""
_HEPATITIS = re.compile(
    r"\b(?P<name>(?:(?:active|chronic|viral|acute)\s+)*hepatitis)\s+(?P<one>[A-E])(?P<joint>\s*(?:,|/|and/or|or|and)\s*)(?P<other>[A-E])\b(?!\s*,\s*[A-E]\b)",
    re.IGNORECASE,
)
_HELD = re.compile(r"[\ue000-\uf8ff]")
"""A bracket that was put aside."""
_TAKES_WITH = re.compile(
    r"(?:treatment|treatments|treated|therapy|infection|infected|contact|problems?|difficult\w*|interaction|interference|associated|compatible|consistent|along|together|diagnosed|"
    r"combination|combined|started|living|familiar|born|satisfied|people|persons?|those|managed|controlled|exposure|vaccination|vaccinated|immuni[sz]ation|replacement|surgery|involvement|"
    r"experience|presenting|relationship|intervention|supplementation|anesthesia|anaesthesia|sedation|medication|or|and|but|intoxication|anticoagulation|scan|imaging|study|dealing|cope|coping|mri|ct)",
    re.IGNORECASE,
)
"""Words with which `with` belongs to one name."""
_OF_ITS_OWN = re.compile(
    r"(?:(?:any|known|documented|current|currently|prior|previous|past|personal|active|recent|use|using|taking|receiving|history|presence|evidence|diagnosis|those|patients?|women|men|severe|uncontrolled|unstable|a|an|family|no)\b)",
    re.IGNORECASE,
)
_DEGREE = re.compile(
    r"\b(?:severe|serious|uncontrolled|significant|symptomatic|acute|chronic|active|recent|unstable|clinically|moderate|mild|advanced|progressive|poorly|untreated|major|new|newly|ongoing|current|prior|previous|untreated|"
    r"recurrent|suspected|history|congenital|malignant|bilateral|primary|secondary|systemic|family)\b",
    re.IGNORECASE,
)
"""What may be said of all that a list names: `severe asthma or epilepsy`."""
_STAGED = re.compile(
    r"(?:active|suspected|underlying|treated|untreated|severe|uncontrolled|symptomatic|test|tests|family|serology|antibod\w+)\b",
    re.IGNORECASE,
)
_DOES = re.compile(r"\b(?:is|are|has|have|had|receiv\w*|treat\w*|tak\w+|us(?:e|es|ed|ing)|history|diagnos\w+)\b", re.IGNORECASE)
_FUTURE = re.compile(
    r"\b(?:planned|plans?|planning|intention|intent|intends?|scheduled|anticipated|expected|will|going to|future|next|upcoming)\b",
    re.IGNORECASE,
)
_LASTING = re.compile(r"(?:\b(?:for|lasting|lasts?|duration(?:\s+of)?|of|persist\w*|over|than|every|age)\s*)$", re.IGNORECASE)
_WORDS = re.compile(r"[a-z]+")
_AT_ENTRY = frozenset(
    "the of to on this in for at a our their his her study trial start beginning entry enrolment enrollment enrolling randomisation randomization screening inclusion baseline first dose drug administration "
    "day visit consent treatment signing informed date time registration initiation planned participation recruitment project intervention investigational product medication protocol scheduled "
    "patient subject participant period onset".split()
)
"""Words for the moment at which somebody joins."""
_ASKED = frozenset(
    "allowed permitted eligible ineligible excluded included required acceptable if unless that which would could might can cannot may their they them his her its investigator investigators "
    "physician physicians opinion judged judgement judgment discretion deemed considered suitable appropriate adequate able unable ability inability willing unwilling willingness unwillingness consent "
    "agree agrees comply compliance understand because defined according whether regardless irrespective regard contraceptive contraception contraceptives childbearing until".split()
)
"""Who is allowed, on which condition, by whose judgement: more than names."""
_OPENING = re.compile(
    r"^(?:(?:any|one|either|presence|history|diagnosis|evidence)\s+(?:or more\s+)?of\s*(?:the following)?\s*:\s*)",
    re.IGNORECASE,
)
_EDGE = " \t\n.,;:-–•*'\""


@dataclass(slots=True)
class _List:
    """One reading under way: what was asked, what came of it, the stretch of time said of all, and what was put aside."""

    kind: Side
    said: Said
    within: str = ""
    lead: str = ""
    has_bounds: bool = False
    bounds: int = 0
    asides: list[str] = field(default_factory=list)
    tail: str = ""
    shown: str = ""

    def whole(self, words: str) -> str:
        """Words with the brackets that were put aside."""
        return _HELD.sub(lambda each: f" {self.asides[ord(each[0]) - 0xE000]}", words)


def listed(text: str, kind: Side, found: Sequence[Atom]) -> Said:
    """What a criterion says as names joined by and, or and not; nothing where any part of it is more than a name."""
    said = Said()
    if len(text) > LONGEST or len(found) > 6 or text.rstrip().endswith(":"):
        return said
    length, is_opposite = len(text), False
    if (ending := _ENDING.search(text)) is not None:
        is_barred = ending["way"].lower() == "excluded"
        is_barred = is_barred != bool(ending["no"] or ending["way"].lower() == "ineligible")
        if kind == "exclude" and not is_barred:
            return said
        text, is_opposite = text[: ending.start()], kind == "include" and is_barred
    low = small(text)
    if not _ASKED.isdisjoint(_WORDS.findall(low)) or "or without" in low or "/without" in low or "than or equal" in low:
        return said
    reading = _List(kind, said, has_bounds=any(each.measure != "time" for each in found))
    body = _without_asides(text, reading)
    times = [each for each in found if each.measure == "time"]
    if times and body is not None:
        body = _without_time(body, times, reading)
    if body is None or _DID.search(body):
        return said
    body = re.sub(r"\s+(?=[\ue000-\uf8ff])", "", " ".join(body.split()))
    body = _HEPATITIS.sub(r"\g<name> \g<one>\g<joint>\g<name> \g<other>", body)
    body = _OR_SUSPECTED.sub("known/suspected", _OPENING.sub("", body.strip(_EDGE)))
    if (tail := _TAIL.search(body)) is not None:
        if _MORE.search(tail[0]):
            return said
        body, reading.tail = body[: tail.start()], reading.whole(tail[0])
    if (shown := _SHOWN_BY.search(body)) is not None and not _MORE.search(shown[0]):
        reading.shown = reading.whole(shown[0]) if _BY.search(shown[0]) else ""
        body, reading.tail = body[: shown.start()], reading.whole(shown[0]) + reading.tail
    whole = _negated(body, reading) if body else ""
    if whole and reading.bounds == len({each.bound for each in found if each.measure != "time" and each.start < len(text)}):
        whole = f"not {_enclosed(whole)}" if is_opposite else whole
        said.text = whole[1:-1] if is_bracketed(whole) else whole
        said.used.append((0, length))
    else:
        said.needed, said.unsure = {}, []
    return said


_PAST = re.compile(
    r"\s*(?:(?:with)?in\s+)?(?:the\s+)?(?:past|last|previous|within)\s+[\w-]+\s+(?:day|week|month|year)s?\s*", re.IGNORECASE
)
_ANNOTATED = re.compile(
    r"\b(?:for|because|within|during|defined|prior|before|after|in|on|by|contraindicated|using)\b", re.IGNORECASE
)


def is_yes_or_date(item: Needed) -> bool:
    """Whether an item is answered with yes or no, or with a date."""
    return (vocabulary()[item.use].type if item.use else item.type) in ("yes_no", "date")


def _without_asides(text: str, reading: _List) -> str | None:
    """A text with one sign for each of its brackets, where they hold names or examples; None where they hold more."""
    if "(" not in text and "[" not in text:
        return text if ")" not in text and "]" not in text else None
    parts, depth, start, at = [], 0, 0, 0
    for at, sign in enumerate(text):
        if sign in "([":
            if not depth:
                parts.append(text[start:at])
                start = at
            depth += 1
        elif sign in ")]":
            depth -= 1
            if depth < 0:
                return None
            if not depth:
                inside = text[start + 1 : at]
                if _PAST.fullmatch(inside):
                    parts.append(f" {inside} ")  # `a recent hospitalisation (past 3 months)`
                    start = at + 1
                    continue
                if (_MORE if _EXAMPLES.match(inside) else _BINDING).search(inside):
                    return None
                parts.append(chr(0xE000 + len(reading.asides)) + " " * (at - start))
                reading.asides.append(" ".join(text[start : at + 1].split()))
                start = at + 1
    return None if depth or len(reading.asides) > 20 else "".join(parts) + text[start:]


def _without_time(body: str, times: Sequence[Atom], reading: _List) -> str | None:
    """A text with blanks for the one stretch of time that is said of what it names."""
    (time, *others) = times
    stretch = body[time.start : time.end]
    if others or not stretch.strip() or _FUTURE.search(body) or _AT_A_RATE.match(body, time.end):
        return None
    if (
        time.side == "after"
        and time.op in (">=", ">")
        and not re.search(r"\w", re.sub(r"(?i)^\W*(?:patients?|subjects?|participants?)\s+", "", body[: time.start]))
    ):
        reading.within = window(replace(time, anchor="", side="before"))
        dated = body[anchor_span(body, time.end)[0] :]
        return dated.removeprefix("onset of ") if time.anchor and reading.within else None  # `at least 6 months after a stroke`
    if any(word not in _AT_ENTRY for word in re.findall(r"[a-z]+", time.anchor.lower())):
        return None
    within = window(time)
    is_dated = time.side == "before" or bool(time.anchor) or (time.op in ("<=", "<") and _BY_WINDOW.search(stretch) is not None)
    if not within or not is_dated or (time.op in (">=", ">") and _LASTING.search(body[: time.start])):
        return None
    if time.side == "of" and not time.anchor:
        return None
    reading.within = within
    end = anchor_span(body, time.end)[1] if time.side else time.end
    if re.search(r"\w", body[: time.start]) and _JOINT.search(body, end) and re.search(r"\w", body[end:]):
        return None  # `radiotherapy within 2 weeks or an infection`: of what stands before it alone
    return f"{body[: time.start].rstrip()} {body[end:].lstrip()}"


def _negated(body: str, reading: _List) -> str:
    negation = _NO.match(body)
    if negation is None:
        return _but_for(body, reading)
    inner = body[negation.end() :]
    if any(_NO.match(inner, joint.end()) for joint in _JOINT.finditer(inner)):
        return _members(body, reading)  # each with its own `no`
    if len(joints := list(_JOINT.finditer(inner))) == 1 and joints[0]["how"]:
        return ""  # `no diabetes, or diabetes with`
    reading.lead = ""
    whole = _but_for(re.sub(r"\bnor\b", "or", inner), reading, is_denied=True)
    if whole and reading.kind == "exclude":
        reading.said.unsure.append("an exclusion that begins with a negation: what is meant may be its opposite")
    return f"not {_enclosed(whole)}" if whole else ""


def _enclosed(whole: str) -> str:
    return whole if is_bracketed(whole) or re.fullmatch(r"\w+", whole) else f"({whole})"


def _but_for(body: str, reading: _List, *, is_denied: bool = False) -> str:
    """`A except B`: A and not B; in a list, of its last member."""
    apart = _BUT_FOR.search(body)
    if apart is None:
        return _members(body, reading, is_denied=is_denied)
    pieces, joints = _pieces(body[: apart.start()].strip(_EDGE))
    if not pieces or reading.within:
        return ""
    at = body.rfind(pieces[-1], 0, apart.start())
    before = _members(body[:at], reading, is_denied=is_denied) if len(pieces) > 1 else ""
    whole = _members(pieces[-1], reading, is_denied=is_denied)
    spared = _members(body[apart.end() :], reading, is_denied=True)
    if not whole or not spared or (len(pieces) > 1 and not before):
        return ""
    reading.said.unsure.append(f"whoever has '{body[apart.end() :].strip(_EDGE)[:60]}' may have another of its kind as well")
    one = f"{bracketed(whole, 'and')} and not {_enclosed(spared)}"
    if not before:
        return one
    if joints[-1] == "and":
        reading.said.unsure.append("how the members of the list are joined")
    return f"({bracketed(before, 'or')} or {bracketed(one, 'or')})"


def _members(body: str, reading: _List, *, is_denied: bool = False) -> str:
    """The members of a list, joined as their text joins them."""
    body = _LOOSE_ENDS.sub("", f"{body.strip(_EDGE)} ")
    lead, core = stripped(body)
    if _JOINT.search(lead):  # `histologically or cytologically confirmed`
        pieces, joints = _pieces(core)
        pieces[:1] = [f"{lead}{piece}" for piece in pieces[:1]]
    else:
        pieces, joints = _pieces(body)
    pieces, joints = _distributed(pieces, joints)
    if not pieces or len(pieces) > MOST:
        return ""
    said, ways = reading.said, {joint for joint in joints if joint}
    behind = _said_of_all(pieces)
    if behind and not reading.within and len(stripped(body)[1]) <= 60 and (one := _named(body, reading, is_first=True)):
        return one  # `laser treatment or vitrectomy in the study eye`: one thing, named whole
    parts = []
    for number, piece in enumerate(pieces):
        part = _member(piece, reading, is_first=number == 0)
        if not part:
            return ""
        parts.append(part)
    if len(parts) == 1:
        return parts[0]
    if len(ways) > 1:
        said.unsure.append("'and' and 'or' stand together: 'and' is taken to bind more closely")
    if reading.within and any(_DOES.search(stripped(piece)[0]) for piece in pieces[1:]):
        said.unsure.append("whether the stretch of time is said of all")
    how: How = "or"
    if len(parts) == 2 and not ways:
        if reading.has_bounds:
            return ""  # `heart failure, NYHA class III`: the one says more of the other
        said.unsure.append("how the members of the list are joined")
    if ways == {"and"}:
        if reading.kind == "exclude" and not is_denied:
            said.unsure.append("whether all of these are meant together, or each alone")
        elif is_denied:
            said.unsure.append("whether the negation reaches all that 'and' joins")
        else:
            how = "and"
    elif not ways and reading.kind == "include" and not is_denied:
        how = "and"
        said.unsure.append("how the members of the list are joined")
    said.unsure = list(dict.fromkeys(said.unsure))
    first = stripped(pieces[0])[1]
    if _DEGREE.match(first) and any(_DEGREE.search(piece) is None for piece in pieces[1:]):
        said.unsure.append(f"whether '{first.split()[0].strip(',')}' is said of all that follows")
    if behind:
        said.unsure.append(f"whether '{reading.whole(behind)[:40]}' is said of all")
    if len(ways) > 1:
        return joined(parts, _spread(joints))
    whole = joined([bracketed(part, how) for part in parts], [how] * len(parts))
    return f"({whole})" if how == "or" else whole


_LOOSE_ENDS = re.compile(r"[^\w\ue000-\uf8ff]+(?:or|and)?[^\w\ue000-\uf8ff]*$|^\W*(?:or|and)\s+")
_OBJECT = re.compile(
    r"(?P<head>.*?\b(?:to|with|of|on|from|against|by|for)\s+(?:(?:the|an?|any|either|its|other|component|components|of|excipients?|use)\s+)*)(?P<object>[^,]+)",
    re.IGNORECASE,
)


def _distributed(pieces: list[str], joints: list[str]) -> tuple[list[str], list[str]]:
    """A list in which what is said once is said of each: `renal or hepatic failure`, `allergy to latex or iodine`."""
    told: list[str] = []
    ways: list[str] = []
    for number, piece in enumerate(pieces):
        parts, at = [], 0
        inner = list(_JOINT.finditer(piece))
        if any("or" in re.split(r"\W+", joint[0].lower()) for joint in inner) and all(
            "and" not in re.split(r"\W+", joint[0].lower()) or "or" in joint[0].lower() for joint in inner
        ):
            for joint in inner:
                parts.append(piece[at : joint.start()].strip())
                at = joint.end()
            parts.append(piece[at:].strip())
            parts = _each(parts) or [piece]
        told += parts or [piece]
        ways += [*(["or"] * (max(len(parts), 1) - 1)), *joints[number : number + 1]]
    return told, ways


def _each(parts: list[str]) -> list[str]:
    """The parts of a name that goes on, each with what is said of all; nothing where that is not plain."""
    if any(not part for part in parts):
        return []
    first, last = parts[0].split(), parts[-1].split()
    lead, core = stripped(parts[0])
    words = core.split()
    if (
        1 <= len(words) <= 4
        and 2 <= len(last) <= 4
        and all(len(part.split()) == 1 for part in parts[1:-1])
        and not PREPOSITION.search(parts[-1])
    ):
        said_of = [words[-1], *(part for part in parts[1:-1]), last[0]]
        if (
            all(is_modifier(word) for word in said_of)
            and all(_DEGREE.fullmatch(word) for word in words[:-1])
            and not is_modifier(last[-1])
        ):
            front = f"{lead}{' '.join(words[:-1])}".strip()
            return [f"{front} {word} {' '.join(last[1:])}".strip() for word in said_of]
    reaching = REACHING.match(last_of := stripped(parts[-1])[1])
    if reaching is not None and all(REACHES.fullmatch(stripped(part)[1]) for part in parts[:-1]):
        behind = PREPOSITION.search(last_of)
        return [*(f"{part} {last_of[behind.start() :]}" for part in parts[:-1]), parts[-1]] if behind is not None else []
    head = _OBJECT.fullmatch(parts[0])
    if (
        head is not None
        and len(first) <= 8
        and all(len(part.split()) <= 3 and not PREPOSITION.search(part) for part in (head["object"], *parts[1:]))
    ):
        if all(ends_a_name(part, "") for part in (head["object"], *parts[1:])) and REACHING.search(head["head"]):
            return [parts[0], *(f"{head['head']}{part}" for part in parts[1:])]
    return []


def _said_of_all(pieces: Sequence[str]) -> str:
    """What stands behind the last name of a list and may be said of all: `in the study eye`."""
    if len(pieces) < 2 or _OF_ITS_OWN.match(pieces[-1]):
        return ""
    cores = [stripped(piece)[1] for piece in pieces]
    behind = PREPOSITION.search(cores[-1])
    if behind is None or not behind.start() or PREPOSITION.search(cores[0]) is not None or re.search(r"[<>≤≥]", cores[-1]):
        return ""
    if REACHES.fullmatch(last_word(cores[-1][: behind.start()])) and not REACHES.fullmatch(last_word(cores[0])):
        return ""  # `a transplant or contraindications to one`
    if behind[0].lower() == "of" and all(CONDITION.fullmatch(last_word(core)) for core in cores[:-1]):
        return ""
    return cores[-1][behind.start() :]


def _spread(joints: Sequence[str]) -> list[str]:
    """How each member follows the one before it: a comma joins as the word behind it does."""
    spread, next_one = [], "or"
    for joint in reversed(joints):
        next_one = joint or next_one
        spread.append(next_one)
    return ["and", *reversed(spread)]


def _pieces(body: str) -> tuple[list[str], list[str]]:
    """The parts of a list that each name something by themselves, and what joins them."""
    pieces, joints, gaps, at = [], [], [], 0
    for joint in _JOINT.finditer(body):
        said = (joint["how"] or joint["alone"] or "").lower().replace(" ", "")
        pieces.append(body[at : joint.start()])
        joints.append("and" if said in ("and", "aswellas", "plus", "&") else "or" if said else "")
        gaps.append(joint[0])
        at = joint.end()
    pieces.append(body[at:])
    if any(not piece.strip(_EDGE) or PREPOSITION.fullmatch(last_word(piece)) for piece in pieces):
        return [], []
    last = stripped(pieces[-1])[1]
    if len(pieces) > 1 and all(
        is_adjective(each) and len(each.split()) <= 3 and not PREPOSITION.search(each) for each in pieces
    ):
        return pieces, joints  # `blind or deaf`
    held, kept_joints, now = [], [], pieces[0]
    for number, piece in enumerate(pieces[1:]):
        if _is_apart(now, piece, last):
            held.append(now)
            kept_joints.append(joints[number])
            now = piece
        else:
            now = f"{now}{gaps[number]}{piece}"
    held.append(now)
    return held, kept_joints


_SCALE = re.compile(r"\b(?:index|scores?|scale|inventory|questionnaire|assessment|rating)\b", re.IGNORECASE)


def _is_apart(one: str, other: str, last: str) -> bool:
    """Whether two stretches of a list are two names, and not one that goes on."""
    lead, begun = stripped(other)
    if re.fullmatch(r"\W*(?:[A-Za-z]|\d{1,2}|[IVX]{1,4})\W*", begun):
        return False  # `type 1 or 2`
    core = stripped(one)[1]
    if _NO.match(other) is not None or _known(FACTS, _HELD.sub("", core)) is not None:
        return True
    if re.search(r"\d", one) and (held := atoms(one)):
        behind = one[max(each.end for each in held) :]
        return bool(atoms(other)) or PREPOSITION.search(behind) is None  # a bound ends here
    if not ends_a_name(core, last) or (_SCALE.search(other) and atoms(other)):
        return False
    if REACHES.fullmatch(last_word(core)) and (PREPOSITION.search(begun) or lead):
        return False  # `suspicion or evidence of infection`
    inside = PREPOSITION.search(core)
    if inside is None or inside.start() == 0:
        return True
    if REACHING.search(core):
        return (
            bool(re.search(r"\b(?:history|presence|use|treatment|diagnosis|taking|receiving)\b", lead))
            or REACHING.search(begun) is not None
        )
    word = last_word(begun.split(" with ")[0])
    return bool(lead) or PREPOSITION.search(begun) is not None or CONDITION.fullmatch(word) is not None


def _member(piece: str, reading: _List, *, is_first: bool) -> str:
    piece = piece.strip(_EDGE)
    if (negation := _NO.match(piece)) is not None:
        inner = _member(piece[negation.end() :], reading, is_first=False)
        return f"not {_enclosed(inner)}" if inner else ""
    for joint in _WITH.finditer(piece):
        before, behind = piece[: joint.start()], piece[joint.end() :]
        core, other = stripped(before)[1], stripped(behind)[1]
        if (
            not core
            or any(_TAKES_WITH.fullmatch(word) for word in re.findall(r"[\w-]+", core))
            or not stripped(piece[: joint.end()])[1]
        ):
            continue
        if reading.within or re.match(r"(?:or|and)\b", behind):
            break
        is_bound = reading.has_bounds and bool(atoms(other))
        if not is_bound and not (CONDITION.fullmatch(last_word(core)) or _SOMEBODY.fullmatch(core) or _known(FACTS, core)):
            break
        if not is_bound and not (is_name(other) or _JOINT.search(other)):
            break
        one = _named(before, reading, is_first=is_first)
        two = _members(behind, reading) if one else ""
        if not one or not two:
            return ""
        if joint["how"].lower() == "without":
            return f"{bracketed(one, 'and')} and not {_enclosed(two)}"
        return f"{bracketed(one, 'and')} and {bracketed(two, 'and')}"
    return _named(piece, reading, is_first=is_first)


def _named(piece: str, reading: _List, *, is_first: bool) -> str:
    """What one name says of a participant."""
    lead, core = stripped(piece)
    core = core.strip(_EDGE)
    bare = " ".join(_HELD.sub(" ", core).split())
    if reading.has_bounds and (found := atoms(piece)):
        if reading.within or len(_HELD.sub(lambda each: "" if len(reading.whole(each[0])) <= 10 else each[0], piece)) != len(
            bare and _HELD.sub("", piece)
        ):
            return ""
        reading.bounds += len({each.bound for each in found})
        return bounded(_HELD.sub(" ", piece), reading.kind, atoms(_HELD.sub(" ", piece)), reading.said)
    if is_first:
        reading.lead = lead
    if _NUMBERED.search(bare) or (names_measure(bare) and _is_measured(bare, reading)):
        return ""
    topic = _known(DATES if reading.within else FACTS, _OF_WHOM.sub("", bare))
    if topic is not None and _HELD.search(piece) and _ANNOTATED.search(reading.whole(piece)):
        topic = None  # what stands in its bracket is more than another name
    if topic is not None and (reading.within or not _STAGED.search(piece)):
        if reading.shown:
            reading.said.left.append(reading.shown)  # a known term's label does not say how it was found
        return kept(f"{topic.needed[0].name} {reading.within}" if reading.within else topic.holds, topic.needed, reading.said)
    if reading.within:
        bare, core = (re.sub(r"^(?:recent|acute|new)\s+(?=\w)", "", each, flags=re.IGNORECASE) for each in (bare, core))
    name = name_of(bare, longest=LONGEST_NAME - 8 if reading.within else LONGEST_NAME)
    if not name or not is_name(bare):
        return ""
    if reading.within:
        item = Needed(
            f"last_{name}_on", type="date", label=f"Date of the last {_label(reading.whole(core) + reading.tail, first=False)}"
        )
        return _asked(f"{item.name} {reading.within}", item, reading)
    label = _label(f"{lead or ('' if is_first else reading.lead)}{reading.whole(core)}{reading.tail}")
    item = shared(name) or Needed(name, type="yes_no", label=label)
    return _asked(item.name, item, reading)


_FEW = re.compile(r"(?:(?<=within )|(?<=at least ))(?:[2-9]|[1-9]\d)(?= (?:days|weeks|months) )")


def _is_measured(bare: str, reading: _List) -> bool:
    """Whether a name is that of something measured, which wants a bound."""
    ending = last_word(bare)
    is_state = not reading.has_bounds and (CONDITION.fullmatch(ending) or GENERIC.fullmatch(ending))
    return not is_state and bool(set(measures_named(bare)) - {"grade", "stage"})


def _asked(text: str, item: Needed, reading: _List) -> str:
    """What is said of an item of the study's own; its name cannot be wrong, so that the shape alone is checked."""
    plain = replace(item, name="it", label="") if not item.use else item
    if fault(_FEW.sub("2", text.replace(item.name, plain.name, 1)), (plain,)):
        return ""
    reading.said.needed[item.name] = item
    return text


_SOMEBODY = re.compile(
    r"(?:wom[ae]n|m[ae]n|females?|males?|children|adults|adolescents|infants|neonates|girls|boys|mothers)", re.IGNORECASE
)
_OF_WHOM = re.compile(r"\s+(?:wom[ae]n|females?|mothers?|patients?|subjects?|participants?)$", re.IGNORECASE)
_NUMBERED = re.compile(
    r"(?<!type )(?<!types )(?<!grade )(?<!stage )(?<!class )(?<!factor )(?<!phase )(?<!trisomy )(?<!vitamin )(?<!level )(?<!group )(?<!category )(?<!PD )(?<!covid )(?<!cov )(?<!cox )(?<!degree )(?<![\w/.-])\d+(?:\.\d+)?(?![\w/-])",
    re.IGNORECASE,
)
"""A number that stands by itself."""


def _label(words: str, *, first: bool = True) -> str:
    """What an item asks: its words, without the people of whom they are said."""
    words = _OF_PEOPLE.sub("", " ".join(words.split()), count=1)
    return (words[:1].upper() if first else words[:1]) + words[1:150]


@lru_cache(maxsize=20_000)
def label_of(item: Needed) -> str:
    """What an item of the study's own stands for, however it is written."""
    words = re.sub(r"\([^()]*\)|\[[^\[\]]*\]|Date of the last", " ", item.label).strip()
    return name_of(_SHOWN_BY.sub("", _TAIL.sub("", stripped(words)[1])).strip(_EDGE), longest=200)


_OF_PEOPLE = re.compile(
    r"^(?:(?:all|any|eligible)\s+)*(?:patients?|subjects?|participants?|individuals?|persons?|people|those|volunteers?)\s+(?:who\s+|that\s+)?(?:(?:with|have|has|having|are|is)\s+)?(?:an?\s+)?",
    re.IGNORECASE,
)


def _known(topics: tuple[Topic, ...], core: str) -> Topic | None:
    """The subject that a name is another word for."""
    low = small(core.strip())
    if (any_date() if topics is DATES else any_fact()).match(low) is None:
        return None
    for each in topics:
        hit = each.words.match(low)
        if hit is not None and hit.end() == len(low):
            return each
    return None
