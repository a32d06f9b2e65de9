"""A word such as adequate or significant is left for each site to fill.

What it finds
    Adequate, sufficient, significant, severe, recent, active, uncontrolled, major, serious, acceptable, suitable, and
    normal of an organ's function, in a question that people answer or in the words of a criterion whose expression does
    not pin them by a number, a grade or a date.

Why it matters
    Every investigator fills such a word otherwise, so that sites enrol different people under one criterion.

Seen in
    NCT05271110 excludes clinically significant arrhythmias and does not say which those are.
"""

import re
from collections.abc import Iterator

from ..bounds import bounds, plain
from ..expression.tree import Among, parts
from ..finding import Severity
from ..protocol import Criterion, Judgement, Statement
from ..study import Study
from ..words import bounds_said
from .rule import Flaw, rule

_WORDS = re.compile(
    r"\b(?:in)?(?:adequate|sufficient)(?:ly)?\b|\b(?:clinically )?(?:in)?significant(?:ly)?\b|\b(?:severe|severely)\b"
    r"|\b(?:recent|recently)\b|\bactive (?:\w+ )?(?:infections?|disease|malignanc\w+|bleeding|ulcers?|hepatitis)\b"
    r"|\b(?:un|poorly |not )controlled\b|\bnot under control\b|\bmajor\b|\bserious\b|\b(?:un)?acceptabl[ey]\b|\b(?:un)?suitabl[ey]\b"
    r"|\bgood (?:general )?(?:condition|health|performance)\b|\bclinically relevant\b"
    r"|\bnormal (?:\w+ )?(?:organ|liver|hepatic|renal|kidney|cardiac|heart|marrow|bone marrow|haematolog\w+|hematolog\w+) ?function\b",
    re.IGNORECASE,
)
NAMES = re.compile(
    r"statistically significant|significant other|active comparator|active surveillance|active substance|severe acute respiratory"
    r"|serious adverse event|major histocompatibility|major (?:hepatectomy|hepatic resection|liver resection)"
    r"|liver resection \(major|major (?:or|and|/) minor",
    re.IGNORECASE,
)
"""Terms in which such a word is part of a name."""


@rule(Severity.NOTE)
def undefined_qualifier(study: Study) -> Iterator[Flaw]:
    for each in study.protocol.eligibility:
        words = each.rule.judge if isinstance(each.rule, Judgement) else each.text or _quoted(each)
        if isinstance(each.rule, Statement) and _is_pinned(each.rule):
            continue
        found = dict.fromkeys(match[0].lower() for match in _WORDS.finditer(NAMES.sub("", words)))
        if found and not (isinstance(each.rule, Judgement) and bounds_said(words)):
            quoted = " and ".join(f"'{word}'" for word in found)
            says = f"'{each.id}' leaves open what {quoted} means: '{' '.join(words.split())[:80]}'"
            yield Flaw(each.rule.place, says, each.id, "say it by a number, a grade, a list or a date")


def _quoted(criterion: Criterion) -> str:
    return criterion.source if isinstance(criterion.source, str) else criterion.source.says if criterion.source else ""


def _is_pinned(of: Statement) -> bool:
    """Whether an expression holds something against a number, a grade or a date, or names the codes that are meant."""
    return any(True for _ in bounds(of.settled)) or any(
        isinstance(part, Among) and part.of.type.options for part in parts(plain(of.settled))
    )
