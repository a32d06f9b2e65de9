"""Randomising through the vault: asked in the ledger, answered by the vault, written down. Each step may be done twice.

A process may be killed between any two of them: asking again, or the sweep at the start, gives the same answer. Nobody
chooses: the person says "next", for one signed, eligible participant, and gets one arm.
"""

from datetime import date, datetime

from django.utils import timezone

from ...chart import Chart
from ...logic import MET
from ...study import Study
from ..ledger import Draft, Head, Refused, append, links
from .commitment import NotNow, is_drawn, published, secured, vault
from .eligibility import PURPOSE, left, screened, signed
from .here import Here, barred
from .models import Allocation, Participant, Signature


def stratum(here: Here) -> dict[str, str]:
    """The levels by which the participant is randomised, by factor."""
    return levels(here.study, here.chart, here.who)


def levels(study: Study, known: Chart, row: Participant) -> dict[str, str]:
    """The levels of a participant; a factor whose answer is not known is left out."""
    from ...randomisation import stratum as told

    return {factor: level for factor, level in told(study, known.facts, row.site).items() if level is not None}


def lacks(here: Here) -> tuple[str, ...]:
    """What stands in the way of randomising."""
    study, known, row = here.study, here.chart, here.who
    allocation = study.protocol.allocation
    found = []
    if here.state.locked_at is not None:
        found.append("The study is locked.")
    if row.is_frozen:
        found.append("The participant's record is frozen.")
    if gone := left(study, known):
        found.append(gone)
    if not known.first("consent") and "consent" in study.protocol.closed:
        found.append("No consent is recorded.")
    if screened(study, known, _day(known, here.today)).truth is not MET:
        found.append("Not every criterion is met.")
    told = signed(study, row, known)
    if told.signature is None:
        found.append("Eligibility is not signed.")
    elif not told.holds:
        found.append("What is known has changed since eligibility was signed: it has to be signed again.")
    if allocation is not None:
        if allocation.after and not known.first(allocation.after):
            found.append(f"{study.label(allocation.after)} is not recorded.")
        unknown = [name for name in allocation.strata if name not in levels(study, known, row)]
        if unknown:
            found.append(f"Not known, and needed to randomise: {', '.join(each.replace('_', ' ') for each in unknown)}.")
    return tuple(found)


def _day(known: Chart, today: date) -> date:
    return known.first("enrolment") or today


def allocate(here: Here) -> Allocation:
    """Randomise the participant at hand; a second time, the same answer.

    Raises:
        NotNow: Something stands in the way; the sentence says what.
    """
    row = Allocation.objects.filter(study=here.slug, participant=here.who.participant).first()
    if row is None:
        if why := lacks(here):
            raise NotNow(" ".join(why))
        told = signed(here.study, here.who, here.chart).signature
        assert told is not None
        body = {"stratum": (drawn_in := stratum(here)), "eligibility": told.shown}
        secured(here.slug, here.study, drawn_in)
        number = here.who.number

        def unless(head: Head) -> str | None:
            """Nothing about the participant changed since all this was looked at, and nobody else asked."""
            now = Participant.objects.get(study=here.slug, participant=here.who.participant)
            if Allocation.objects.filter(study=here.slug, participant=now.participant).exists():
                return "asked already"
            last = (
                Signature.objects.filter(study=here.slug, participant=now.participant, what=PURPOSE).order_by("number").last()
            )
            same = now.number == number and last is not None and last.shown == told.shown
            return None if same else "What is known has changed: load the page again."

        try:
            here.append(here.draft("allocation-asked", body), token=f"allocation-asked {here.who.participant}", unless=unless)
        except Refused as why:
            if not Allocation.objects.filter(study=here.slug, participant=here.who.participant).exists():
                raise NotNow(str(why)) from None
        row = Allocation.objects.get(study=here.slug, participant=here.who.participant)
    return settle(row)


def settle(row: Allocation) -> Allocation:
    """Have the vault answer what was asked, and write its answer down; what is written already stays.

    Raises:
        NotNow: The vault does not answer, or refuses; nobody is in doubt, and asking again is safe.
    """
    from ...vault import Refused as VaultRefused

    if row.answered_at is not None:
        return row
    if not _was_asked(row):
        raise NotNow("The ledger holds no such request with a signed eligibility: nobody is randomised by it.")
    try:
        receipt = vault().assign(
            study=row.study, participant=row.participant, stratum=row.stratum, eligibility=row.eligibility,
            known=Allocation.objects.filter(study=row.study, answered_at__isnull=False).count(),
        )  # fmt: skip
    except VaultRefused as why:
        raise NotNow(f"{why}") from None
    except (OSError, EOFError) as why:
        raise NotNow("The vault does not answer. Nothing was lost: try again, and the answer will be the same.") from why
    body = receipt["body"]
    site = Participant.objects.get(study=row.study, participant=row.participant).site
    on = timezone.localdate(datetime.fromisoformat(body["at"])).isoformat()
    who = {"by": row.asked_by, "role": row.asked_role, "site": site, "participant": row.participant}
    event = {
        "id": f"randomisation-{body['number']}", "on": on, "do": "randomisation", "participant": row.participant,
        "items": {"arm": body["arm"]},
    }  # fmt: skip
    drafts = [Draft(**who, kind="allocated", body=receipt), Draft(**who, kind="event", body=event)]
    try:
        append(row.study, drafts, request=f"allocated {row.participant}", unless=lambda head: barred(row.study, drafts))
    except Refused as why:
        raise NotNow(str(why)) from None
    row.refresh_from_db()
    return row


def _was_asked(row: Allocation) -> bool:
    """Whether the ledger says what a row does, which whoever owns the database could have put in: asked so, and signed for."""
    asked = [
        each for each in links(row.study, participant=row.participant, kinds=("allocation-asked",))
        if (each.by, each.role) == (row.asked_by, row.asked_role)
        and (each.body.get("stratum"), each.body.get("eligibility")) == (row.stratum, row.eligibility)
    ]  # fmt: skip
    return bool(asked) and any(
        each.body.get("purpose") == PURPOSE and each.body.get("hash") == row.eligibility
        for each in links(row.study, participant=row.participant, kinds=("signed",), until=asked[-1].number)
    )


def sweep() -> tuple[int, int]:
    """Answer all that was asked and not answered, as a killed process left it: how many were, and how many still wait."""
    settled = waiting = 0
    for row in Allocation.objects.filter(answered_at__isnull=True):
        try:
            settle(row)
            settled += 1
        except NotNow:
            waiting += 1
    return settled, waiting


__all__ = ["NotNow", "allocate", "is_drawn", "lacks", "levels", "published", "settle", "stratum", "sweep", "vault"]
