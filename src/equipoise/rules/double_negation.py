"""A criterion says a thing by denying its opposite.

What it finds
    An exclusion of those for whom something is not so, where an inclusion of those for whom it is so would say the same; a
    statement denied twice; and words such as "not unable". One answer denied, as in excluding those who do not understand,
    is plain speech and none of this.

Why it matters
    Each denial is a chance to tick the wrong box: "exclude: not (platelets at least 100)" is answered the wrong way round.

Seen in
    Nowhere yet: written down from what screening forms ask.
"""

import re
from collections.abc import Iterator

from ..expression.tree import Field, Named, Not, Pick, Tree, parts
from ..finding import Severity
from ..protocol import Criterion, Judgement, Statement
from ..study import Study
from .rule import Flaw, rule

_TWICE = re.compile(
    r"\b(?:not|never|no|without|nor)\s+(?:be\s+|been\s+|being\s+|be\s+)?(?:un(?:able|willing|fit|suitable)"
    r"|in(?:capable|eligible|operable|sufficient|adequate)|lack(?:ing)?|absence|absent|without|non-\w+)\b"
    r"|\b(?:absence|lack) of (?:no|non-?|any lack)\b",
    re.IGNORECASE,
)
_DENIES = re.compile(r"(?:^|_)(?:no|not|non|without|never|un(?:able|fit|suitable|willing|resectable))(?:_|$)")


@rule(Severity.NOTE)
def double_negation(study: Study) -> Iterator[Flaw]:
    for each in study.protocol.eligibility:
        place = each.rule.place
        if isinstance(each.rule, Statement):
            says, fix = _said(each, each.rule.settled)
            if says:
                yield Flaw(place, says, each.id, fix)
                continue
        words = each.rule.judge if isinstance(each.rule, Judgement) else each.text
        if found := _TWICE.search(words):
            yield Flaw(place, f"'{each.id}' denies twice: '{found[0]}'", each.id, "say it without the two denials")


def _said(criterion: Criterion, tree: Tree) -> tuple[str, str]:
    inner = tree.of if isinstance(tree, Not) else tree
    if isinstance(tree, Not) and criterion.exclude is not None and not _is_one_answer(inner):
        says = f"'{criterion.id}' excludes those for whom something is not so ({criterion.rule})"
        return says, "include those for whom it is so"
    for part in parts(tree):
        if isinstance(part, Not):
            below = part.of.of if isinstance(part.of, Named) else part.of
            if isinstance(below, Not):
                return f"'{criterion.id}' denies a denial ({criterion.rule})", "leave both out"
            if isinstance(below, Pick) and _DENIES.search(below.of.name):
                return f"'{criterion.id}' denies '{below.of.name}', which denies something itself", "ask for what is so"
    return "", ""


def _is_one_answer(tree: Tree) -> bool:
    """Whether a statement is one question of a form: to exclude those who do not understand is plain speech."""
    while isinstance(tree, Named):
        tree = tree.of
    return isinstance(tree, Pick | Field)
