"""What a criterion names without a number: conditions, drugs, procedures and traits, and how and, or and not join them.

A name that is no shared term becomes a yes or no of the study's own, called after its words, or a date where a stretch of time
is said of it. It can be given a column or a code, and be joined with others, which a question to a person cannot; whoever
screens is asked the same.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from ..vocabulary import vocabulary
from .atom import Atom
from .atoms import atoms, measures_named
from .beside import EDGE, HELD, Listing, Side, bared, without_tail
from .bounded import bounded
from .comparison import Said, kept
from .members import DEGREE, JOINT, LOOSE_ENDS, NO, distributed, known, members, said_of_all, spread
from .nouns import CONDITION, GENERIC, LONGEST_NAME, is_name, last_word, name_of, shared, stripped
from .phrases import bracketed, is_bracketed, joined
from .scope import fault
from .topics import DATES, FACTS, Needed, small
from .unsaid import names_measure

LONGEST = 260
"""Characters of a criterion that is read as names."""


MOST = 12
"""Names in one list."""


How = Literal["and", "or"]


_ENDING = re.compile(
    r",?\s+(?:(?:is|are|will be|should be|must be|may be|can be)\s+)(?P<no>not\s+|in)?(?P<way>eligible|included|enrolled|excluded|ineligible|allowed to (?:participate|enrol+))(?:\s+(?:from|for|in)\s+(?:the|this)\s+(?:study|trial))?\s*\.?\s*$",
    re.IGNORECASE,
)
"""`Patients with glioma are eligible`."""


_BUT_FOR = re.compile(
    r",?\s+(?:except(?:ing)?(?:\s+for|\s+in)?|other\s+than|excluding|besides|apart\s+from|with\s+(?:the\s+)?exception\s+of|but\s+not)\s+",
    re.IGNORECASE,
)


_WITH = re.compile(
    r"\s+(?P<how>with|without|combined with|accompanied by|together with|associated with)\s+(?:an?\s+|any\s+|the\s+)?",
    re.IGNORECASE,
)


_TAKES_WITH = re.compile(
    r"(?:treatment|treatments|treated|therapy|infection|infected|contact|problems?|difficult\w*|interaction|interference|associated|compatible|consistent|along|together|diagnosed|"
    r"combination|combined|started|living|familiar|born|satisfied|people|persons?|those|managed|controlled|exposure|vaccination|vaccinated|immuni[sz]ation|replacement|surgery|involvement|"
    r"experience|presenting|relationship|intervention|supplementation|anesthesia|anaesthesia|sedation|medication|or|and|but|intoxication|anticoagulation|scan|imaging|study|dealing|cope|coping|mri|ct)",
    re.IGNORECASE,
)
"""Words with which `with` belongs to one name."""


_STAGED = re.compile(
    r"(?:active|suspected|underlying|treated|untreated|severe|uncontrolled|symptomatic|test|tests|family|serology|antibod\w+)\b",
    re.IGNORECASE,
)


_DOES = re.compile(r"\b(?:is|are|has|have|had|receiv\w*|treat\w*|tak\w+|us(?:e|es|ed|ing)|history|diagnos\w+)\b", re.IGNORECASE)


_WORDS = re.compile(r"[a-z]+")


_ASKED = frozenset(
    "allowed permitted eligible ineligible excluded included required acceptable if unless that which would could might can cannot may their they them his her its investigator investigators "
    "physician physicians opinion judged judgement judgment discretion deemed considered suitable appropriate adequate able unable ability inability willing unwilling willingness unwillingness consent "
    "agree agrees comply compliance understand because defined according whether regardless irrespective regard contraceptive contraception contraceptives childbearing until".split()
)
"""Who is allowed, on which condition, by whose judgement: more than names."""


_MUST_NOT = re.compile(r"\b(?:must|may|should)\s+not\s+(?:have|be)\b", re.IGNORECASE)
"""Among the exclusions a negation in the middle of a sentence: what is meant may be its opposite."""
_NO_LIMIT = re.compile(
    r"\W*(?:there\s+(?:is|are)\s+)?no\s+(?:(?:upper|lower|age|specific|prior)\s+)*(?:limit|limits|limitations?|restrictions?|maximum|minimum)\b",
    re.IGNORECASE,
)
"""What asks for nothing: `no limit on prior lines of therapy`."""


def listed(text: str, kind: Side, found: Sequence[Atom]) -> Said:
    """What a criterion says as names joined by and, or and not; nothing where any part of it is more than a name."""
    said = Said()
    if _NO_LIMIT.match(text) is not None or (
        kind == "exclude" and NO.match(text.lstrip(EDGE)) is None and _MUST_NOT.search(text) is not None
    ):
        return said
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
    reading = Listing(kind, said, has_bounds=any(each.measure != "time" for each in found))
    body = bared(text, [each for each in found if each.measure == "time"], reading)
    whole = _negated(body, reading) if body else ""
    if whole and reading.bounds == len({each.bound for each in found if each.measure != "time" and each.start < len(text)}):
        whole = f"not {_enclosed(whole)}" if is_opposite else whole
        said.text = whole[1:-1] if is_bracketed(whole) else whole
        said.used.append((0, length))
    else:
        said.needed, said.unsure = {}, []
    return said


_ANNOTATED = re.compile(
    r"\b(?:for|because|within|during|defined|prior|before|after|in|on|by|contraindicated|using)\b", re.IGNORECASE
)


def is_yes_or_date(item: Needed) -> bool:
    """Whether an item is answered with yes or no, or with a date."""
    return (vocabulary()[item.use].type if item.use else item.type) in ("yes_no", "date")


def _negated(body: str, reading: Listing) -> str:
    negation = NO.match(body)
    if negation is None:
        return _but_for(body, reading)
    inner = body[negation.end() :]
    if any(NO.match(inner, joint.end()) for joint in JOINT.finditer(inner)):
        return _members(body, reading)  # each with its own `no`
    if len(joints := list(JOINT.finditer(inner))) == 1 and joints[0]["how"]:
        return ""  # `no diabetes, or diabetes with`
    reading.lead = ""
    whole = _but_for(re.sub(r"\bnor\b", "or", inner), reading, is_denied=True)
    if whole and reading.kind == "exclude":
        reading.said.unsure.append("an exclusion that begins with a negation: what is meant may be its opposite")
    return f"not {_enclosed(whole)}" if whole else ""


def _enclosed(whole: str) -> str:
    return whole if is_bracketed(whole) or re.fullmatch(r"\w+", whole) else f"({whole})"


def _but_for(body: str, reading: Listing, *, is_denied: bool = False) -> str:
    """`A except B`: A and not B; in a list, of its last member."""
    apart = _BUT_FOR.search(body)
    if apart is None:
        return _members(body, reading, is_denied=is_denied)
    pieces, joints = members(body[: apart.start()].strip(EDGE))
    if not pieces or reading.within:
        return ""
    at = body.rfind(pieces[-1], 0, apart.start())
    before = _members(body[:at], reading, is_denied=is_denied) if len(pieces) > 1 else ""
    whole = _members(pieces[-1], reading, is_denied=is_denied)
    spared = _members(body[apart.end() :], reading, is_denied=True)
    if not whole or not spared or (len(pieces) > 1 and not before):
        return ""
    reading.said.unsure.append(f"whoever has '{body[apart.end() :].strip(EDGE)[:60]}' may have another of its kind as well")
    one = f"{bracketed(whole, 'and')} and not {_enclosed(spared)}"
    if not before:
        return one
    if joints[-1] == "and":
        reading.said.unsure.append("how the members of the list are joined")
    return f"({bracketed(before, 'or')} or {bracketed(one, 'or')})"


def _members(body: str, reading: Listing, *, is_denied: bool = False) -> str:
    """The members of a list, joined as their text joins them."""
    body = LOOSE_ENDS.sub("", f"{body.strip(EDGE)} ")
    lead, core = stripped(body)
    if JOINT.search(lead):  # `histologically or cytologically confirmed`
        pieces, joints = members(core)
        pieces[:1] = [f"{lead}{piece}" for piece in pieces[:1]]
    else:
        pieces, joints = members(body)
    pieces, joints = distributed(pieces, joints)
    if not pieces or len(pieces) > MOST:
        return ""
    said, ways = reading.said, {joint for joint in joints if joint}
    behind = said_of_all(pieces)
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
    if DEGREE.match(first) and any(DEGREE.search(piece) is None for piece in pieces[1:]):
        said.unsure.append(f"whether '{first.split()[0].strip(',')}' is said of all that follows")
    if behind:
        said.unsure.append(f"whether '{reading.whole(behind)[:40]}' is said of all")
    if len(ways) > 1:
        return joined(parts, spread(joints))
    whole = joined([bracketed(part, how) for part in parts], [how] * len(parts))
    return f"({whole})" if how == "or" else whole


def _member(piece: str, reading: Listing, *, is_first: bool) -> str:
    piece = piece.strip(EDGE)
    if (negation := NO.match(piece)) is not None:
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
        if not is_bound and not (CONDITION.fullmatch(last_word(core)) or _SOMEBODY.fullmatch(core) or known(FACTS, core)):
            break
        if not is_bound and not (is_name(other) or JOINT.search(other)):
            break
        one = _named(before, reading, is_first=is_first)
        two = _members(behind, reading) if one else ""
        if not one or not two:
            return ""
        if joint["how"].lower() == "without":
            return f"{bracketed(one, 'and')} and not {_enclosed(two)}"
        return f"{bracketed(one, 'and')} and {bracketed(two, 'and')}"
    return _named(piece, reading, is_first=is_first)


def _named(piece: str, reading: Listing, *, is_first: bool) -> str:
    """What one name says of a participant."""
    lead, core = stripped(piece)
    core = core.strip(EDGE)
    bare = " ".join(HELD.sub(" ", core).split())
    if reading.has_bounds and (found := atoms(piece)):
        if reading.within or any(len(reading.whole(each)) > 10 for each in HELD.findall(piece)):
            return ""  # more stands in its bracket than an abbreviation
        reading.bounds += len({each.bound for each in found})
        return bounded(HELD.sub(" ", piece), reading.kind, atoms(HELD.sub(" ", piece)), reading.said)
    if is_first:
        reading.lead = lead
    if _NUMBERED.search(bare) or (names_measure(bare) and _is_measured(bare, reading)):
        return ""
    topic = known(DATES if reading.within else FACTS, _OF_WHOM.sub("", bare))
    if topic is not None and HELD.search(piece) and _ANNOTATED.search(reading.whole(piece)):
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


def _is_measured(bare: str, reading: Listing) -> bool:
    """Whether a name is that of something measured, which wants a bound."""
    ending = last_word(bare)
    is_state = not reading.has_bounds and (CONDITION.fullmatch(ending) or GENERIC.fullmatch(ending))
    return not is_state and bool(set(measures_named(bare)) - {"grade", "stage"})


def _asked(text: str, item: Needed, reading: Listing) -> str:
    """What is said of an item of the study's own; its name cannot be wrong, so that the shape alone is checked."""
    plain = replace(item, name="it", label="") if not item.use else item
    if fault(_FEW.sub("2", text.replace(item.name, plain.name, 1)), (plain,)):
        return ""
    if reading.said.needed.setdefault(item.name, item).type != item.type:
        return ""  # one name, and two things
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
    return name_of(without_tail(stripped(words)[1]), longest=200)


_OF_PEOPLE = re.compile(
    r"^(?:(?:all|any|eligible)\s+)*(?:patients?|subjects?|participants?|individuals?|persons?|people|those|volunteers?)\s+(?:who\s+|that\s+)?(?:(?:with|have|has|having|are|is)\s+)?(?:an?\s+)?",
    re.IGNORECASE,
)
