"""A criterion rests on somebody's opinion, or on a document that is not here.

What it finds
    What people judge without a question that can be answered by yes or no, or without saying whose judgement it is; what
    refers to a guideline, a label, a local practice or a policy; and words that leave it to somebody's opinion or
    discretion while the expression asks nobody.

Why it matters
    Guidelines and labels change and differ between countries, and opinion cannot be audited unless it was asked for and
    written down.

Seen in
    NCT04781192 admits people with hepatitis C who are treated "per local guidelines".
"""

import re
from collections.abc import Iterator

from ..finding import Severity
from ..protocol import Judgement
from ..study import Study
from .rule import Flaw, rule

_OUTSIDE = re.compile(
    r"\b(?:guidelines?|summary of product characteristics|SmPC|prescribing information|package (?:insert|leaflet)"
    r"|(?:product|drug|approved|local|FDA|EMA) label(?:ling|ing)?|according to (?:the )?label|per label"
    r"|(?:local|institutional|institution's|hospital|national) (?:standards?|practice|polic(?:y|ies)|protocols?|regulations?|rules"
    r"|requirements?|criteria|laws?)|investigator(?:'s)? brochure|pharmacy manual|study manual)\b",
    re.IGNORECASE,
)
_OPINION = re.compile(
    r"\b(?:in the (?:opinion|judge?ment|view|discretion) of|(?:at|by) the (?:\w+ ){0,2}discretion|(?:investigator|physician|clinician|surgeon|doctor)'?s?'? "
    r"(?:opinion|judge?ment|discretion)|(?:deemed|judged|considered|felt) (?:\w+ ){0,3}by (?:the |a |an |their )?\w+)",
    re.IGNORECASE,
)


@rule(Severity.NOTE)
def depends_on_judgement(study: Study) -> Iterator[Flaw]:
    for each in study.protocol.eligibility:
        place, name = each.rule.place, each.id
        asked = each.rule if isinstance(each.rule, Judgement) else None
        question = " ".join(asked.judge.split()) if asked is not None else ""
        words = " ".join((question or each.text).split())
        if found := _OUTSIDE.search(words):
            says = f"'{name}' rests on a document that is not here: '{found[0]}'"
            yield Flaw(place, says, name, "say here what it asks for, with its version")
        elif asked is not None and not question.endswith("?"):
            says = f"what is judged for '{name}' is no question: '{question[:80]}'"
            yield Flaw(place, says, name, "ask what can be answered by yes or no, and end it with a question mark")
        elif asked is not None and not asked.by.strip():
            yield Flaw(place, f"'{name}' does not say whose judgement it is", name, "say who answers, as by: investigator")
        elif asked is None and (found := _OPINION.search(words)):
            says = f"the words of '{name}' leave it to an opinion ('{found[0]}'), and its expression asks nobody"
            yield Flaw(place, says, name, "ask for it: {judge: question, by: role}")
