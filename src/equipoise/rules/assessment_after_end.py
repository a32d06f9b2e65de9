"""The schedule asks for something after it can no longer be done.

What it finds
    A line that counts from death, or from an event that ends every track of the pathway; and a line that goes on, even
    for the first participant, after the study's completion.

Why it matters
    Such visits stand in the budget and in the schedule of activities, and never take place; a due list that asks for them
    is not believed any more.

Seen in
    Nowhere yet: it is what a line copied from another protocol looks like.
"""

from collections.abc import Iterator

from ..calendar import Span, later
from ..finding import Severity
from ..protocol import Line
from ..study import Study
from .rule import Flaw, activities, rule


@rule(Severity.WARNING)
def assessment_after_end(study: Study) -> Iterator[Flaw]:
    pathway = study.protocol.pathway
    final = {
        "death",
        *(each.on for each in (pathway.anywhere if pathway is not None else ()) if each.end == "all" and not each.when),
    }
    for line in study.protocol.schedule:
        about = line.label or line.do[0]
        if line.anchor is not None and (over := sorted(activities(line.anchor) & final)):
            says = f"the line counts from {study.called(over[0])}, with which everything ends"
            yield Flaw(line.place, says, about, "count from what comes before it", severity=Severity.ERROR)
        elif (last := _last(line)) is not None and _ends_before(last, study):
            says = (
                f"the line goes on for {last} after {line.anchor}, and the study ends on {study.protocol.dates['completion']}, "
                f"earlier than that even for who joins on the first day ({study.protocol.dates['start']})"
            )
            yield Flaw(line.place, says, about, "a later completion, or an earlier end of the line")


def _last(line: Line) -> Span | None:
    """How long after its anchor a line asks; None where it does not say."""
    if line.on:
        return Span(days=max(line.on))
    return line.at if line.at is not None else line.until if isinstance(line.until, Span) else None


def _ends_before(last: Span, study: Study) -> bool:
    """Whether the study is over before so long after its very start; past patients had their time before it."""
    dates = study.protocol.dates
    if "start" not in dates or "completion" not in dates or study.protocol.design.perspective in ("retrospective", "both"):
        return False
    return later(dates["start"].first, last) > dates["completion"].last
