"""What anyone can work out once the tickets are open: whether they are those that were promised, and each allocation again."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from ..verifier import canonical
from .method import Method
from .plan import Plan, further, plan_of
from .tickets import Body, Ticket, chain, hash_of, slots_of, to_draw

_Promised = Sequence[tuple[Plan, Body, str]]
"""Each commitment: its plan, its body, and its hash."""


def opening_faults(
    commitment: Body, receipts: Sequence[Body], opening: Body, methods: Sequence[Method], *, further: Sequence[Body] = ()
) -> tuple[str, ...]:
    """All that is wrong with a study's allocations, in sentences; signatures are looked at elsewhere.

    Args:
        commitment: The body of the commitment, published before the first participant.
        receipts: The bodies of the receipts in the ledger's order.
        opening: The body of the opening.
        methods: The methods there are.
        further: The bodies of the further commitments, for strata that came later, in order.
    """
    promised = [(plan_of(each["plan"]), each, hash_of(each)) for each in (commitment, *further)]
    method = next(each for each in methods if each.name == promised[0][0].method)
    return tuple(_faults(promised, method, receipts, opening))


def _faults(promised: _Promised, method: Method, receipts: Sequence[Body], opening: Body) -> Iterator[str]:
    if opening["commitment"] != promised[-1][2]:
        yield "the opening belongs to another commitment"
    drawn: dict[str, int] = {}
    for plan, body, _ in promised:
        wanted = [(each, there + 1, plan.places - there) for each, there in to_draw(plan, method.by_stratum, drawn)]
        if [(each["list"], each.get("first", 1), each["places"]) for each in body["lists"]] != wanted:
            yield "a commitment does not hold one list for each stratum that came with it, and the places that lists lacked"
        drawn |= {canonical(each["list"]).decode(): slots_of(each).stop - 1 for each in body["lists"]}
    for (before, _, hash_), (plan, body, _) in pairwise(promised):
        given, last = body["receipts"], hash_of(receipts[body["receipts"] - 1]) if 0 < body["receipts"] <= len(receipts) else ""
        if (body["previous"], body["last"]) != (hash_, last) or given > len(receipts):
            yield "a further commitment does not follow from the one before it, and from the receipts given by then"
        if further(before, plan).paper() != plan.paper():
            yield "a further commitment takes levels away"
    last = hash_of(receipts[-1]) if receipts else ""
    if (opening["receipts"], opening["last"]) != (len(receipts), last):
        yield f"the vault gave {opening['receipts']} receipts, and here are {len(receipts)}, or the last is another"
    held: dict[bytes, list[Ticket]] = {}
    for each in opening["tickets"]:
        held.setdefault(canonical(each["list"]), []).append(Ticket(each["slot"], each["ticket"], each["salt"]))
    for plan, each in ((plan, each) for plan, body, _ in promised for each in body["lists"]):
        slots = slots_of(each)
        tickets = held.get(canonical(each["list"]), [])[slots.start - 1 : slots.stop - 1]
        if [ticket.slot for ticket in tickets] != [*slots]:
            yield f"the list of {named(each['list'])} has not the slots {slots.start} to {slots.stop - 1} in order"
        elif chain(plan.study, each["list"], each["places"], tickets, first=slots.start) != each["chain"]:
            yield f"the tickets of {named(each['list'])} are not those that were committed to"
        elif says := method.fault(plan, [ticket.ticket for ticket in tickets]):
            yield f"the list of {named(each['list'])} was not made as promised: {says}"
    if any(len(tickets) > drawn.get(name.decode(), 0) for name, tickets in held.items()):
        yield "there are tickets of a list that was not committed to, or after its last place"
    yield from _wrong_receipts(promised, method, receipts, held)


def _wrong_receipts(
    promised: _Promised, method: Method, receipts: Sequence[Body], held: Mapping[bytes, Sequence[Ticket]]
) -> Iterator[str]:
    plan = promised[-1][0]
    previous, seen = "", set()
    before: dict[bytes, list[tuple[Mapping[str, str], str]]] = {}
    for number, each in enumerate(receipts, 1):
        where = f"receipt {number}, of {each['participant']}"
        list_: Mapping[str, Any] = each["stratum"] if method.by_stratum else {}
        earlier = before.setdefault(canonical(list_), [])
        tickets = held.get(canonical(list_), ())
        rests_on = next((hash_ for known, _, hash_ in promised if known.knows(each["stratum"])), "")
        if (each["number"], each["previous"], each["commitment"]) != (number, previous, rests_on):
            yield f"{where}: it does not follow the one before it, or rests on another commitment"
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
