"""There are more strata than participants can fill.

What it finds
    Randomisation in blocks within strata where a stratum will have fewer participants on average than its smallest block
    has places; and a stratum that is told by a number, a date or a text, of which each value is a list of its own.

Why it matters
    Most blocks then stay open, and open blocks do not balance: the arms are no more alike than by tossing a coin, within
    strata and in all. Fewer strata, or minimisation, serve better.

Seen in
    Nowhere yet: registers seldom say the strata. That balance is lost where cells are many is shown by Therneau (1993),
    Control Clin Trials 14:98-108; how many are too many by Kernan et al. (1999), J Clin Epidemiol 52:19-26.
"""

from collections.abc import Iterator

from ..expression.grammar import expression
from ..expression.tree import Kind
from ..finding import Severity, Unreadable
from ..study import Study
from .rule import Flaw, rule

MOST = 12
"""A whole number that can have no more values than this counts as so many strata."""


@rule(Severity.WARNING)
def too_many_strata(study: Study) -> Iterator[Flaw]:
    protocol = study.protocol
    allocation, people = protocol.allocation, protocol.design.enrolment
    if allocation is None or not allocation.strata or allocation.method != "permuted_blocks":
        return
    cells, told = 1, []
    for name in allocation.strata:
        values = _values(name, study)
        if values is None:
            says = f"each value of '{name}' is a stratum of its own: it is told by no short list of answers"
            yield Flaw(allocation.place, says, name, "randomise within groups of it, as a choice or a definition")
        elif values > 1:
            cells *= values
            told.append(f"{values} of {name.replace('_', ' ')}")
    ratio = allocation.ratio or dict.fromkeys(protocol.arms, 1)
    block = min(allocation.blocks, default=sum(ratio.values()))
    if people is None or not block or people >= cells * block:
        return
    says = (
        f"{people} participants fall into {cells} strata ({' × '.join(told)}), {people / cells:.1f} in each on average, and the "
        f"smallest block has {block} places"
    )
    yield Flaw(
        allocation.place, says, "allocation", f"have at most {max(people // block, 1)} strata, or allocate by minimisation"
    )


def _values(name: str, study: Study) -> int | None:
    """How many values something has that is randomised apart; None where nobody can list them."""
    if name == "site":
        return len(study.protocol.sites) or 1  # how many there will be, the file does not always say
    forms = [form for form, each in study.activities.items() if name in each.items]
    try:
        type_ = expression(f"{forms[0]}.{name}" if forms else name, study.scope, want=None).type
    except Unreadable:
        return 1  # reading the file says so
    match type_.kind:
        case Kind.TRUTH:
            return 2
        case Kind.CHOICE:
            return len(type_.options)
        case Kind.NUMBER if type_.whole:
            item = next((each.items[name] for each in study.activities.values() if name in each.items), None)
            limits = item.range if item is not None else None
            return int(limits.high - limits.low) + 1 if limits is not None and limits.high - limits.low < MOST else None
        case _:
            return None
