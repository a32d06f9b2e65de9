"""The condition under which a threshold counts, as an expression: `liver metastases`, `absence of Gilbert's syndrome`."""

import re

from .atoms import atoms, measures_named
from .comparison import Said, compared, kept
from .phrases import joined
from .scope import terms
from .topics import CONDITIONS, Needed, Topic, small


def _slug(text: str) -> str:
    text = _GROUP_A.sub(r"\1_a", text)
    words = [word for word in re.findall(r"[a-z0-9]+(?:_a)?", text.lower()) if word not in _SMALL]
    name = "_".join(words[:6])[:50].strip("_")
    return f"has_{name}" if not name or name[0].isdigit() or name in WORDS else name


_GROUP_A = re.compile(r"\b(cohort|arm|part)\s+a\b", re.IGNORECASE)
"""Cohort A is not any cohort: its letter is kept."""
_SMALL = frozenset(
    "the a an of is are be have has had with who which known documented evidence any patients patient subjects subject participants participant present presence in for to due that this if history".split()
)
WORDS = frozenset(
    "if then else and or not in between within before after of at least since exists where true false yes no first last any all count sum min max mean nadir nth as prior x today on enrolment consent randomisation lesions screening size abs floor ln log10 days weeks months years ULN LLN ablated present".split()
)


_ABSENT = re.compile(r"(?i)(.+?)\s+(?:is|are)\s+(?:absent|not\s+present)")
_RELATIVE = re.compile(
    r"(?i)\b(?:elevated|higher|increased|raised|abnormal|lower|decreased|high|low|normal|above|below|exceed\w*)\b"
)


_SEX = re.compile(r"\b(?:(?:fe)?males?|wom[ae]n|m[ae]n|girls?|boys?)\b", re.IGNORECASE)
_OR_OTHERS = re.compile(
    r"(?:\b(?:and|or)|,)\s+(?:(?:fe)?males?|wom[ae]n|m[ae]n|girls?|boys?|children|adults?|adolescents?|infants?|those)\b",
    re.IGNORECASE,
)


def premise(text: str, said: Said) -> str:
    """The expression of the condition under which a threshold counts."""
    negated = re.match(r"(?i)(?:absence of|no\b|without|not)\s*(.*)", text) or _ABSENT.fullmatch(text)
    body = negated[1] if negated is not None else text
    if negated is None and (each_of := any_of(body, said)):
        return each_of
    held = atoms(body)
    parts = []
    if held:
        parts = [part for each in held if (part := compared(each, said, body))]
        if len(parts) != len(held):
            return ""
        if all(each.measure == "age" for each in held) and (sexes := _SEX.findall(body)):
            if _OR_OTHERS.search(body):
                return ""  # `children of 12-15 years and females > 15 years`: two groups, whose ages are not of both
            sex = "female" if re.match(r"(?i)f|w|g", sexes[0]) else "male"
            parts.insert(0, kept(f"sex == {sex}", (Needed("sex", use="demographics.sex"),), said))
        elif len(held) > 1 and _OR_OTHERS.search(body):
            return ""
        found = joined(parts, ["and"] * len(parts))
    else:
        if re.search(r"(?i)\b(?:fe?males?|wom[ae]n|m[ae]n|girls|boys)\b", body) and len(body.split()) <= 4:
            sex = "female" if re.search(r"(?i)female|wom|girl", body) else "male"
            found = kept(f"sex == {sex}", (Needed("sex", use="demographics.sex"),), said)
        else:
            topic = named(body)
            if topic is not None:
                found = kept(topic.holds, topic.needed, said)
            else:
                if _RELATIVE.search(body) and measures_named(body):
                    return ""  # `a higher creatinine`: higher than what?
                name = _slug(body)
                if not name.removeprefix("has_") or name in terms() or len(name) < 3:
                    return ""
                found = kept(name, (Needed(name, type="yes_no", label=" ".join(body.split())[:120].capitalize()),), said)
    if not found:
        return ""
    return f"not ({found})" if negated is not None else found


def any_of(body: str, said: Said) -> str:
    """`liver involvement, haemolysis or Gilbert's syndrome`, `bone or liver metastases`: any of them."""
    pieces = [each.strip() for each in re.split(r",\s*(?:and/or\s+|or\s+)?|\s+(?:and/or|or)\s+", body) if each.strip()]
    if not 2 <= len(pieces) <= 4 or atoms(body) or any(len(each.split()) > 6 for each in pieces):
        return ""
    noun = pieces[-1].split()[-1]
    found = []
    for each in pieces:
        topic = named(each) or (named(f"{each} {noun}") if len(each.split()) == 1 else None)
        if topic is None:
            return ""
        found.append(topic)
    parts = [kept(topic.holds, topic.needed, said) for topic in found]
    return f"({joined(parts, ['or'] * len(parts))})" if all(parts) and len(set(parts)) > 1 else ""


def named(body: str) -> Topic | None:
    """What a stretch of text names, where it says nothing else."""
    low = small(body)
    if _IS_DENIED.search(low):
        return None  # `non-smokers`
    return next((each for each in CONDITIONS if (hit := each.words.search(low)) and _covers(hit[0], low)), None)


_IS_DENIED = re.compile(r"\b(?:non|never|former|ex)\b[- ]")


def _covers(hit: str, body: str) -> bool:
    rest = _SAID_WITH_IT.sub("", body.replace(hit, " "))
    return len(rest) <= 3


_SAID_WITH_IT = re.compile(
    r"\b(?:known|documented|with|have|has|had|are|is|present|presence|of|patients?|subjects?|participants?|those|who|history|due|to|in|for|the|a|an|there|confirmed|evidence|established|on|receiving|taking|therapy|diagnosed|disease|syndrome|clinically|diagnosis|being|treated|any|if|attributed|attributable|clearly|associated|unless|case|suspected|or|active|underlying|existing|setting|therapeutic|subject|patient|participant|s|caused|by|related|taken|mellitus|because|secondary|elevation|elevations|s)\b|\W+"
)
