"""A bound looks the wrong way.

What it finds
    An inclusion that asks for little of what little is dangerous (platelets of at most 100), or for much of what much is
    (bilirubin of at least 1.5 times the upper limit of normal); an exclusion that keeps the healthy out; and a comparator
    that is the other way round from the criterion's own words. So too a guard, or what a step requires, which lets only the
    sick on. A trial of the very disorder is left alone.

Why it matters
    The trial would enrol exactly those whom it meant to protect.

Seen in
    NCT05835687 lists platelets of more than 50,000/mm3 among its exclusions, where fewer were meant.
"""

import re
from collections.abc import Iterator

from ..bounds import Limit, Measure, cells, domain, item_of, limits, name_of, term_of
from ..finding import Severity
from ..protocol import Statement
from ..study import Study
from ..wordings import parted
from .rule import Flaw, rule

_DISORDERS = re.compile(
    r"cytop(?:a)?eni|an(?:a)?emi|neutrop(?:a)?eni|failure|impair|insufficien|cirrho|dysfunction|deficien|\bhyp(?:o|er)(?!th)|sepsis|septic"
    r"|dialysis|transplant|ha?emophil|coagulopath|bleeding|cholesta|jaundice|hepatitis|injury|malnutrition|cachexia|obes|fragil|frail"
    r"|intensive care|critical|palliat|best supportive|obstruct|drainage|cholangitis",
    re.IGNORECASE,
)
"""What a trial is about in which the sick side of a measure is the one that is wanted."""


@rule(Severity.WARNING)
def inverted_comparator(study: Study) -> Iterator[Flaw]:
    told = set()
    for each in parted(study):
        if each.turned:
            told.add(each.criterion.id)
            says = (
                f"the words of '{each.criterion.id}' say '{each.said.words}', and its expression the other way round: "
                f"{f'{each.stated} ({each.criterion.rule})' if each.stated is not None else each.criterion.rule}"
            )
            yield Flaw(each.criterion.rule.place, says, each.criterion.id, "turn the comparator round")
    protocol = study.protocol
    about = " ".join((protocol.title, *protocol.conditions, *protocol.keywords))
    if _DISORDERS.search(about):
        return
    for about, verb, statement, met in _gates(study):
        kept = limits(statement.settled, met=met)
        for limit in kept if about not in told else ():
            others = [each for each in kept if each is not limit and each.measure == limit.measure]
            if not limit.others and not others and (passes := _inverted(limit, study)):
                says = f"'{about}' {verb} {statement}: {passes}"
                yield Flaw(statement.place, says, about, "turn the comparator round, if the healthy are meant")


def _gates(study: Study) -> Iterator[tuple[str, str, Statement, bool]]:
    """What lets people in, and on to what a step does: whose it is, what it does, the statement, and how it has to come out."""
    for each in study.protocol.eligibility:
        if isinstance(each.rule, Statement):
            is_kept = each.include is not None
            yield each.id, "includes" if is_kept else "excludes", each.rule, is_kept
    for step in study.protocol.pathway.steps.values() if study.protocol.pathway is not None else ():
        for statement in (step.guard, *step.require):
            if statement is not None:
                yield step.name, "waits for" if statement is step.guard else "requires", statement, True


def _inverted(limit: Limit, study: Study) -> str:
    """What is wrong with the side that a bound lets in, if it is the sick one."""
    item = item_of(limit.measure.of, study)
    term = term_of(item) if item is not None else None
    wants = term.wants if term is not None else None
    low, high = domain(limit.measure, study)
    values = cells(limit.at, low, high)
    passing = [limit.passes(each.like, ()) for each in values]
    if not any(passing) or all(passing) or passing[0] is passing[-1]:
        return ""
    lets_in_more = passing[-1]
    at = limit.bounds[0]
    if wants is None and limit.measure.relative == "uln" and lets_in_more and at.at >= 1:
        wants = "low"
    wrong = (wants == "high" and not lets_in_more) or (wants == "low" and lets_in_more)
    if not wrong or not _is_sick(limit.measure, at.at, str(wants), study):
        return ""
    name, side = name_of(limit.measure, study.scope), "more" if lets_in_more else "less"
    danger = "little" if wants == "high" else "much"
    return f"only {side} of '{name}' passes, of which {danger} is what is dangerous"


def _is_sick(measure: Measure, at: float, wants: str, study: Study) -> bool:
    """Whether a bound lies where the healthy are kept out: by limits of normal, or by what the item is likely to be."""
    if measure.relative:
        return at >= 1 if wants == "low" else at <= 1
    item = item_of(measure.of, study)
    likely = item.expect if item is not None and item.expect is not None else item.range if item is not None else None
    if likely is None:
        return True
    if wants == "high":
        return at < (likely.low + likely.high) / 2
    is_grade = item is not None and item.type == "integer" and at >= 1
    return is_grade or at > (max(likely.low, likely.high / 1000) * likely.high) ** 0.5
