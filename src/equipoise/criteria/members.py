"""A list as its members: where one name ends and another begins, and what is said once and meant of each."""

import re
from collections.abc import Sequence

from .atoms import atoms
from .nouns import CONDITION, PREPOSITION, REACHES, REACHING, ends_a_name, is_adjective, is_modifier, last_word, stripped
from .states import any_date, any_fact
from .topics import DATES, FACTS, Topic, small

NO = re.compile(
    r"(?:(?:all\s+|eligible\s+)?(?:patients?|subjects?|participants?|individuals|persons|people|those)\s+)?(?:who\s+|with\s+)?"
    r"(?:(?:must|should|may|do|does|did|has|have|had|is|are)\s+not\s+(?:(?:be|have|had|been|any|suffer(?:ing)? from|tak(?:e|ing|en)|us(?:e|ing|ed)|receiv(?:e|ed|ing))\s+)*|(?:have|has|had|with)\s+no\s+|no\s+|not\s+(?:be\s+|been\s+|having\s+)?|without\s+(?:any\s+)?|absence\s+of\s+|never\s+(?:had\s+|been\s+|received\s+)?|free\s+(?:of|from)\s+)"
    r"(?!more\b|less\b|greater\b|fewer\b|older\b|younger\b|longer\b|later\b|other than\b)",
    re.IGNORECASE,
)


JOINT = re.compile(
    r"\s*[,;]\s*(?:(?P<how>and\s?/\s?or|or\s?/\s?and|and|or|as\s+well\s+as|nor)\s+)?|\s+(?P<alone>and\s?/\s?or|or\s?/\s?and|and|or|nor|as\s+well\s+as|plus|&)\s+(?:/\s*)?",
    re.IGNORECASE,
)


_OF_ITS_OWN = re.compile(
    r"(?:(?:any|known|documented|current|currently|prior|previous|past|personal|active|recent|use|using|taking|receiving|history|presence|evidence|diagnosis|those|patients?|women|men|severe|uncontrolled|unstable|a|an|family|no)\b)",
    re.IGNORECASE,
)


DEGREE = re.compile(
    r"\b(?:severe|serious|uncontrolled|significant|symptomatic|acute|chronic|active|recent|unstable|clinically|moderate|mild|advanced|progressive|poorly|untreated|major|new|newly|ongoing|current|prior|previous|untreated|"
    r"recurrent|suspected|history|congenital|malignant|bilateral|primary|secondary|systemic|family)\b",
    re.IGNORECASE,
)
"""What may be said of all that a list names: `severe asthma or epilepsy`."""


LOOSE_ENDS = re.compile(r"[^\w\ue000-\uf8ff]+(?:or|and)?[^\w\ue000-\uf8ff]*$|^\W*(?:or|and)\s+")


_OBJECT = re.compile(
    r"(?P<head>.*?\b(?:to|with|of|on|from|against|by|for)\s+(?:(?:the|an?|any|either|its|other|component|components|of|excipients?|use)\s+)*)(?P<object>[^,]+)",
    re.IGNORECASE,
)


def distributed(pieces: list[str], joints: list[str]) -> tuple[list[str], list[str]]:
    """A list in which what is said once is said of each: `renal or hepatic failure`, `allergy to latex or iodine`."""
    told: list[str] = []
    ways: list[str] = []
    for number, piece in enumerate(pieces):
        parts, at = [], 0
        inner = list(JOINT.finditer(piece))
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
            and all(DEGREE.fullmatch(word) for word in words[:-1])
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


def said_of_all(pieces: Sequence[str]) -> str:
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


def spread(joints: Sequence[str]) -> list[str]:
    """How each member follows the one before it: a comma joins as the word behind it does."""
    spread, next_one = [], "or"
    for joint in reversed(joints):
        next_one = joint or next_one
        spread.append(next_one)
    return ["and", *reversed(spread)]


def members(body: str) -> tuple[list[str], list[str]]:
    """The parts of a list that each name something by themselves, and what joins them."""
    pieces, joints, gaps, at = [], [], [], 0
    for joint in JOINT.finditer(body):
        said = (joint["how"] or joint["alone"] or "").lower().replace(" ", "")
        pieces.append(body[at : joint.start()])
        joints.append("and" if said in ("and", "aswellas", "plus", "&") else "or" if said else "")
        gaps.append(joint[0])
        at = joint.end()
    pieces.append(body[at:])
    if any(not piece.strip(" \t\n.,;:-–•*'\"") or PREPOSITION.fullmatch(last_word(piece)) for piece in pieces):
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
    if NO.match(other) is not None or known(FACTS, re.sub(r"[\ue000-\uf8ff]", "", core)) is not None:
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


def known(topics: tuple[Topic, ...], core: str) -> Topic | None:
    """The subject that a name is another word for."""
    low = small(core.strip())
    if (any_date() if topics is DATES else any_fact()).match(low) is None:
        return None
    for each in topics:
        hit = each.words.match(low)
        if hit is not None and hit.end() == len(low):
            return each
    return None
