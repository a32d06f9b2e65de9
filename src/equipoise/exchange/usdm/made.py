"""A USDM file under construction: objects with all their attributes, each with an identifier of its own."""

from collections import Counter
from itertools import pairwise
from typing import Any

from ...calendar import NO_TIME, Span
from ...expression.english import english
from ...finding import NOWHERE, Finding, Place, Severity
from ...protocol import Formula, Judgement
from ...study import Study
from .faults import EXPRESSION
from .package import classes
from .terms import CDISC, CDISC_VERSION, OURS, TERMS, VERSION

PROSE = "urn:equipoise:usdm:prose"
"""The extension beside a condition that only people can read."""

Made = dict[str, Any]


class Maker:
    """What makes the objects of one file: it counts identifiers and keeps what could not be carried over."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.findings: list[Finding] = []
        self.conditions: list[Made] = []
        self._counted: Counter[str] = Counter()

    def thing(self, kind: str, /, **said: Any) -> Made:
        """An object: what is said of it, and for everything else nothing, as its class allows."""
        known = classes()[kind]
        self._counted[kind] += 1
        made: Made = {"id": f"{kind}_{self._counted[kind]}"}
        for name, attribute in known.items():
            if name in said:
                made[name] = said.pop(name)
            elif name != "id":
                assert not attribute.is_required, (kind, name)
                made[name] = [] if attribute.is_list else None
        assert not said, (kind, said)
        return {**made, "instanceType": kind}

    def lost(self, says: str, place: Place = NOWHERE) -> None:
        """Something that USDM has no words for; the exact layer keeps it all the same."""
        self.findings.append(Finding("not-carried", place, f"USDM: {says}", Severity.NOTE))

    # --- codes ------------------------------------------------------------------------------------------------------

    def code(self, family: str, word: str) -> Made:
        """A code of CDISC's for a word of ours, or the word itself."""
        known = TERMS.get(family, {}).get(word)
        if known is None:
            return self.own(word)
        return self.thing("Code", code=known[0], codeSystem=CDISC, codeSystemVersion=CDISC_VERSION, decode=known[1])

    def own(self, word: str, says: str = "") -> Made:
        """A word of ours as a code."""
        plain = says or word.replace("_", " ").capitalize()
        return self.thing("Code", code=word, codeSystem=OURS, codeSystemVersion=VERSION, decode=plain)

    def alias(self, code: Made, *others: Made) -> Made:
        """A code with other codes of the same meaning."""
        return self.thing("AliasCode", standardCode=code, standardCodeAliases=list(others))

    # --- texts ------------------------------------------------------------------------------------------------------

    def said(self, rule: Formula | Judgement) -> str:
        """A rule in words, as a sentence."""
        if isinstance(rule, Judgement):
            return rule.judge
        if rule.tree is None:
            return rule.text
        words = english(rule.tree, self.study.scope)
        return words[:1].upper() + words[1:]

    def exactly(self, rule: Formula | Judgement) -> list[Made]:
        """What stands beside a rule in words: its expression, or that it is prose."""
        if isinstance(rule, Judgement):
            return [self.extension(PROSE, valueBoolean=True)]
        return [self.extension(EXPRESSION, valueString=rule.text)]

    def extension(self, url: str, **said: Any) -> Made:
        """An extension attribute."""
        return self.thing("ExtensionAttribute", url=url, **said)

    def condition(self, name: str, rule: Formula | Judgement, *, about: list[str], where: list[str], says: str = "") -> Made:
        """A condition, kept with the file's others."""
        made = self.thing(
            "Condition", name=name, label=None, text=says or self.said(rule), extensionAttributes=self.exactly(rule),
            appliesToIds=about, contextIds=where,
        )  # fmt: skip
        self.conditions.append(made)
        return made

    def quantity(self, value: float, unit: str = "") -> Made:
        """A number with its unit."""
        return self.thing("Quantity", value=value, unit=self.alias(self.code("unit", unit)) if unit else None)

    def duration(self, span: Span | None, text: str) -> Made:
        """How long something takes."""
        if span is None or (span.days and span.months):
            return self.thing("Duration", text=text or None, durationWillVary=span is None)
        count, unit = (span.months, "month") if span.months else (span.days, "day")
        return self.thing("Duration", text=str(span), quantity=self.quantity(count, unit), durationWillVary=False)


def iso(span: Span | None) -> str:
    """A length of time as ISO 8601 has it.

    >>> iso(Span(days=14)), iso(Span(months=27, days=1))
    ('P14D', 'P27M1D')
    """
    if span is None or span == NO_TIME:
        return "P0D"
    return "P" + (f"{span.months}M" if span.months else "") + (f"{span.days}D" if span.days else "")


def chained(things: list[Made]) -> list[Made]:
    """Things that follow one another, each knowing its neighbours."""
    for before, after in pairwise(things):
        before["nextId"], after["previousId"] = after["id"], before["id"]
    return things
