"""A criterion's words say another number, unit, bound or window than its expression.

What it finds
    "At least 18" beside age > 18; "smaller than 5 cm" beside 5 mm; "within four weeks" beside three, or beside an
    expression that knows no time at all. Only what the words state clearly, of the measure that the expression compares.

Why it matters
    People read the words and the machine reads the expression. One of them enrols the wrong person.

Seen in
    NCT06980792 says "age >18" in its criteria and 18+ elsewhere: an expression can follow only one of them.
"""

from collections.abc import Iterator

from ..calendar import Span
from ..finding import Severity
from ..study import Study
from ..wordings import parted
from .rule import Flaw, rule


@rule(Severity.WARNING)
def unit_in_words_differs(study: Study) -> Iterator[Flaw]:
    for each in parted(study):
        if each.turned:
            continue  # the other way round: inverted-comparator says it
        place, name = each.criterion.rule.place, each.criterion.id
        if each.stated is not None:
            says = f"the words of '{name}' say '{each.said.words}', and its expression {each.stated} ({each.criterion.rule})"
            yield Flaw(place, says, name, "let the words and the expression say the same")
        elif each.spans:
            lengths = " and ".join(map(str, each.spans))
            says = f"the words of '{name}' say '{each.said.words}', and its expression {lengths}"
            yield Flaw(place, says, name, "let the words and the expression say the same")
        else:
            says = (
                f"the words of '{name}' say '{each.said.words}', and its expression knows no such time ({each.criterion.rule})"
            )
            yield Flaw(
                place, says, name, f"put the window into the expression, as within {_example(each.said.span)} before enrolment"
            )


def _example(span: Span | None) -> str:
    return str(span or Span(days=28))
