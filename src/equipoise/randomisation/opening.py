"""What anyone can work out once the tickets are open: whether they are those that were promised, and each allocation again."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..verifier import canonical
from .method import Method
from .plan import Plan, plan_of
from .tickets import Body, Ticket, chain, hash_of


def opening_faults(commitment: Body, receipts: Sequence[Body], opening: Body, methods: Sequence[Method]) -> tuple[str, ...]:
    """All that is wrong with a study's allocations, in sentences; signatures are looked at elsewhere.

    Args:
        commitment: The body of the commitment, published before the first participant.
        receipts: The bodies of the receipts in the ledger's order.
        opening: The body of the opening.
        methods: The methods there are.
    """
    plan = plan_of(commitment["plan"])
    method = next(each for each in methods if each.name == plan.method)
    return tuple(_faults(plan, method, commitment, receipts, opening))


def _faults(plan: Plan, method: Method, commitment: Body, receipts: Sequence[Body], opening: Body) -> Iterator[str]:
    promised = hash_of(commitment)
    if opening["commitment"] != promised:
        yield "the opening belongs to another commitment"
    last = hash_of(receipts[-1]) if receipts else ""
    if (opening["receipts"], opening["last"]) != (len(receipts), last):
        yield f"the vault gave {opening['receipts']} receipts, and here are {len(receipts)}, or the last is another"
    held: dict[bytes, list[Ticket]] = {}
    for each in opening["tickets"]:
        held.setdefault(canonical(each["list"]), []).append(Ticket(each["slot"], each["ticket"], each["salt"]))
    for each in commitment["lists"]:
        tickets = held.get(canonical(each["list"]), [])
        numbers = [ticket.slot for ticket in tickets]
        if numbers != [*range(1, each["places"] + 1)]:
            yield f"the list of {named(each['list'])} has not the slots 1 to {each['places']} in order"
        elif chain(plan.study, each["list"], each["places"], tickets) != each["chain"]:
            yield f"the tickets of {named(each['list'])} are not those that were committed to"
        elif says := method.fault(plan, [ticket.ticket for ticket in tickets]):
            yield f"the list of {named(each['list'])} was not made as promised: {says}"
    yield from _wrong_receipts(plan, method, promised, receipts, held)


def _wrong_receipts(
    plan: Plan, method: Method, promised: str, receipts: Sequence[Body], held: Mapping[bytes, Sequence[Ticket]]
) -> Iterator[str]:
    previous, seen = "", set()
    before: dict[bytes, list[tuple[Mapping[str, str], str]]] = {}
    for number, each in enumerate(receipts, 1):
        where = f"receipt {number}, of {each['participant']}"
        list_: Mapping[str, Any] = each["stratum"] if method.by_stratum else {}
        earlier = before.setdefault(canonical(list_), [])
        tickets = held.get(canonical(list_), ())
        if (each["number"], each["previous"], each["commitment"]) != (number, previous, promised):
            yield f"{where}: it does not follow the one before it"
        if each["participant"] in seen:
            yield f"{where}: the participant was allocated before"
        if each["list"] != list_ or each["slot"] != len(earlier) + 1:
            yield f"{where}: slot {each['slot']} of {named(each['list'])}, and the next was {len(earlier) + 1} of {named(list_)}"
        if len(earlier) >= len(tickets):
            yield f"{where}: the list of {named(list_)} has no such slot"
        elif each["arm"] != (arm := method.arm(plan, earlier, each["stratum"], tickets[len(earlier)].ticket)):
            yield f"{where}: the arm is {each['arm']}, and the ticket gives {arm}"
        earlier.append((each["stratum"], each["arm"]))
        seen.add(each["participant"])
        previous = hash_of(each)


def named(list_: Mapping[str, str]) -> str:
    """A list in words: `site centre, stage ii`; one that serves everybody is the study's."""
    return ", ".join(f"{factor} {level}" for factor, level in sorted(list_.items())) or "the study"
