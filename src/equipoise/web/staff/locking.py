"""The end of recording: what a data manager signs, the vault's slots opened to everybody, and whether they are those promised."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Sum

from ...ledger import Link
from ...verifier import canonical
from ..ledger import Draft, append, head, links
from .commitment import NotNow, commitments, vault
from .models import Allocation, Participant, Query, Source
from .studies import SYSTEM

PURPOSE = "lock"


def standing(slug: str) -> dict[str, Any]:
    """What is signed when a study is locked: where its ledger ends, and what it holds."""
    last = head(slug)
    people = Participant.objects.filter(study=slug)
    fields = Source.objects.filter(study=slug).aggregate(total=Sum("total"), done=Sum("done"))
    return {
        "study": slug, "links": last.number, "head": last.hash, "participants": people.count(),
        "frozen": people.filter(is_frozen=True).count(), "fields": fields["total"] or 0, "verified": fields["done"] or 0,
        "allocated": Allocation.objects.filter(study=slug, answered_at__isnull=False).count(),
    }  # fmt: skip


def hindrances(slug: str) -> tuple[str, ...]:
    """What has to be settled before a study is locked."""
    asked = Query.objects.filter(study=slug).exclude(state="closed").count()
    waiting = Allocation.objects.filter(study=slug, answered_at__isnull=True).count()
    found = []
    if asked:
        found.append(f"{asked} {'query is' if asked == 1 else 'queries are'} not closed.")
    if waiting:
        found.append(
            f"{waiting} allocation{'' if waiting == 1 else 's'} asked of the vault {'is' if waiting == 1 else 'are'} not answered."
        )
    return tuple(found)


def locked_link(slug: str) -> Link | None:
    """The link by which a study was last locked."""
    return next(reversed(list(links(slug, kinds=("locked",)))), None)


def open_slots(slug: str) -> None:
    """Have the vault open every slot of a locked study, once, and write down what it says.

    Raises:
        NotNow: The vault does not answer, or refuses. Asking again is safe.
    """
    from ...vault import Refused as VaultRefused

    locked = locked_link(slug)
    if locked is None or any(True for _ in links(slug, kinds=("opened",))) or not commitments(slug):
        return
    try:
        opening = vault().opened(slug, head=locked.hash)
    except VaultRefused as why:
        raise NotNow(str(why)) from None
    except (OSError, EOFError) as why:
        raise NotNow("The vault does not answer. The study is locked; ask again for its slots.") from why
    append(slug, [Draft(by=SYSTEM, role="administrator", kind="opened", body=opening)], request="opened")


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot: its ticket, and who received what by it."""

    slot: int
    ticket: str
    participant: str
    arm: str


@dataclass(frozen=True, slots=True)
class Opened:
    """The whole list as it was sealed, who received what, and all that is not as it was promised."""

    lists: tuple[tuple[str, tuple[Slot, ...]], ...]
    tickets: int
    allocated: int
    committed_at: tuple[str, ...]
    """The moments of the commitment, and of each further one."""
    faults: tuple[str, ...]


def opened(slug: str) -> Opened | None:
    """The opened slots; None until they are."""
    from ...randomisation import METHODS
    from ...randomisation.opening import named, opening_faults

    promised = [each["body"] for each in commitments(slug)]
    opening = next((link.body["body"] for link in links(slug, kinds=("opened",))), None)
    if opening is None or not promised:
        return None
    receipts = [link.body["body"] for link in links(slug, kinds=("allocated",))]
    given = {(canonical(each["list"]), each["slot"]): each for each in receipts}
    lists: dict[str, list[Slot]] = {}
    for each in opening["tickets"]:
        receipt = given.get((canonical(each["list"]), each["slot"]), {})
        lists.setdefault(named(each["list"]), []).append(
            Slot(each["slot"], each["ticket"], receipt.get("participant", ""), receipt.get("arm", ""))
        )
    faults = opening_faults(promised[0], receipts, opening, METHODS, further=promised[1:])
    return Opened(
        tuple((name, tuple(slots)) for name, slots in lists.items()), len(opening["tickets"]), len(receipts),
        tuple(each["at"] for each in promised), faults,
    )  # fmt: skip
