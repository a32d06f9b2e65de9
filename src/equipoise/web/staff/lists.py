"""Whether lists say what the ledger says: they are read on every page, and whoever owns the database could write in them."""

from collections.abc import Iterator

from ..ledger import head, links
from .models import Allocation, Grant, Participant, Signature, StudyState
from .studies import OPENING

ATTEMPTS = 5
"""How often the two are compared anew, where somebody wrote meanwhile."""


def disagreements(slug: str) -> tuple[str, ...]:
    """All in which the lists that decide who may do what, and who receives what, differ from the ledger; no arm is named."""
    for _ in range(ATTEMPTS):
        before = head(slug).number
        found = _disagreements(slug)
        if not found or head(slug).number == before:
            break  # else somebody wrote meanwhile: the two were not of one moment
    return found


def _disagreements(slug: str) -> tuple[str, ...]:
    return (*_roles(slug), *_state(slug), *_participants(slug), *_allocations(slug), *_signatures(slug))


def _roles(slug: str) -> Iterator[str]:
    told: set[tuple[str, str, str]] = set()
    for link in links(slug, kinds=("role-given", "role-taken")):
        each = str(link.body["user"]), str(link.body["role"]), str(link.body.get("site", ""))
        told = told | {each} if link.kind == "role-given" else told - {each}
    listed = set(Grant.objects.filter(study=slug).values_list("user", "role", "site"))
    for user, role, site in sorted(listed ^ told):
        where = f"{user} as {role.replace('_', ' ')} at {site or 'all sites'}"
        yield f"the list of roles has {where}, and the ledger has not" if (user, role, site) in listed else (
            f"the ledger has {where}, and the list of roles has not")  # fmt: skip


def _state(slug: str) -> Iterator[str]:
    row = StudyState.objects.get(study=slug)
    locked, text = False, ""
    for link in links(slug, kinds=("locked", "unlocked", *OPENING)):
        locked = {"locked": True, "unlocked": False}.get(link.kind, locked)
        text = str(link.body["hash"]) if link.kind in OPENING else text
    if locked != (row.locked_at is not None):
        yield f"the study is {'locked' if locked else 'not locked'} by the ledger, and by its list it is {'not' if locked else 'so'}"
    if text != row.text_hash:
        yield "the study's text in force is another by its list than by the ledger"


def _participants(slug: str) -> Iterator[str]:
    told: dict[str, str] = {}
    frozen: dict[str, bool] = {}
    for link in links(slug, kinds=("participant-added", "frozen", "thawed")):
        if link.kind == "participant-added":
            told.setdefault(link.participant, link.site)
        else:
            frozen[link.participant] = link.kind == "frozen"
    rows = {row.participant: row for row in Participant.objects.filter(study=slug).only("participant", "site", "is_frozen")}
    for who in sorted(rows.keys() ^ told.keys()):
        yield f"{who} stands in {'the list of participants' if who in rows else 'the ledger'} alone"
    for who in sorted(rows.keys() & told.keys()):
        if rows[who].site != told[who]:
            yield f"the site of {who} is another by the list than by the ledger"
        if rows[who].is_frozen != frozen.get(who, False):
            yield f"whether the record of {who} is frozen is told otherwise by the list than by the ledger"


def _allocations(slug: str) -> Iterator[str]:
    receipts = {link.participant: link.body for link in links(slug, kinds=("allocated",))}
    asked = {link.participant for link in links(slug, kinds=("allocation-asked",))}
    arms = dict(Participant.objects.filter(study=slug, participant__in=receipts).values_list("participant", "arm"))
    rows = {row.participant: row for row in Allocation.objects.filter(study=slug)}
    for who in sorted(rows.keys() ^ asked):
        yield f"the allocation of {who} was asked for in {'its list' if who in rows else 'the ledger'} alone"
    for who, receipt in sorted(receipts.items()):
        row = rows.get(who)
        if arms.get(who) != receipt["body"]["arm"] or (row is not None and row.receipt != receipt):
            yield f"the arm or the receipt of {who} is another by the lists than by the vault's receipt in the ledger"
    for who in sorted(who for who, row in rows.items() if row.answered_at is not None and who not in receipts):
        yield f"the list has a receipt of {who}, and the ledger has none"


def _signatures(slug: str) -> Iterator[str]:
    told = {(link.number, link.participant, str(link.body.get("purpose")), str(link.body.get("hash")), link.by)
            for link in links(slug, kinds=("signed",))}  # fmt: skip
    listed = set(Signature.objects.filter(study=slug).values_list("number", "participant", "what", "shown", "by"))
    for number, who, what, _, by in sorted(listed ^ told):
        yield f"the signature '{what}' of {by}{f' for {who}' if who else ''}, link {number}, is not the same in its list and in the ledger"
