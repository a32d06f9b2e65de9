"""What the vault has sealed, promised in the ledger before anybody is added: the commitment, and further ones for sites that join.

A study that draws its arms takes no participant before its commitment stands in the ledger, and none at a site whose lists
are not committed to. Sites and strata that come with an amendment have lists of their own, and lists that are too short for
the participants it plans have further places; sealed then, with a commitment that follows from the one before. What was
sealed first is never touched.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from django.conf import settings

from ...ledger import Paper
from ...study import Study
from ..ledger import Draft, Refused, append, links
from .models import StudyState
from .studies import SYSTEM

if TYPE_CHECKING:
    from ...randomisation import Plan
    from ...vault import Vault

KIND, ADDED = "commitment", "participant-added"
SOON = 2.0
"""Seconds for which a page waits for a vault that does not answer, where nothing was asked of it yet."""


class NotNow(Exception):
    """Why nobody is randomised now: a sentence. What was asked already is answered the same way later."""


def is_drawn(study: Study) -> bool:
    """Whether arms are drawn by the vault, rather than assigned or not at all."""
    allocation = study.protocol.allocation
    return (
        bool(study.protocol.arms)
        and "randomisation" in study.activities
        and allocation is not None
        and allocation.method != "assigned"
    )


def vault(patience: float = 10.0) -> "Vault":
    """The desk's vault, as far as one may ask it."""
    from ...vault import Vault, made_key

    return Vault(settings.DESK.folder, made_key(settings.DESK.web_key), patience=patience)


def commitments(slug: str) -> tuple[Paper, ...]:
    """What was committed to, in order, as the ledger has it."""
    return tuple(dict(link.body) for link in links(slug, kinds=(KIND,)))


def uncommitted(slug: str, study: Study, drafts: Iterable[Draft]) -> str | None:
    """Why somebody cannot be added: what would draw their arm is not committed to. Asked while nobody else writes."""
    sites = {each.site for each in drafts if each.kind == ADDED}
    if not sites or not is_drawn(study):
        return None
    told = commitments(slug)
    if not told:
        return (
            "Nobody is added to this study yet: its arms are drawn by lot, and the vault's commitment has to stand in the ledger "
            "before the first participant."
        )
    known = told[-1]["body"]["plan"]["factors"].get("site")
    if known is not None and (new := sorted(sites - {*known})):
        return (
            f"Nobody is added at {new[0] or 'a site without a name'} yet: arms are drawn at each site, and the vault's commitment "
            "for this one has to stand in the ledger before its first participant."
        )
    return None


def published(slug: str, study: Study, *, patience: float = 10.0) -> tuple[Paper, ...]:
    """The vault's commitments, in the ledger before anybody is asked for; what lacks is made and written now.

    Args:
        slug: The study's name.
        study: As it is in force.
        patience: Seconds for which the vault is asked again, where it does not answer.

    Raises:
        NotNow: The study says nothing by which a vault could draw, or the vault does not answer.
    """
    from ...randomisation import Unfit
    from ...vault import Refused as VaultRefused

    told = commitments(slug)
    try:
        wanted = _plan(slug, study)
        if told and not _lacks(told, wanted):
            return told
        return _written(slug, vault(patience), told, wanted)
    except Unfit as why:
        raise NotNow(f"{why}.") from None
    except (VaultRefused, Refused) as why:
        raise NotNow(str(why)) from None
    except (OSError, EOFError) as why:
        raise NotNow("The vault does not answer. Nothing was drawn: have it started, and try again.") from why


def secured(slug: str, study: Study, stratum: Mapping[str, str]) -> None:
    """Make sure that what draws in a stratum is committed to, before anybody is asked for.

    Raises:
        NotNow: It is not, and cannot be now.
    """
    told = commitments(slug)
    if not told or not _last(told).knows(stratum):
        published(slug, study)
    elif (study.protocol.design.enrolment or 0) > _last(told).places:
        with suppress(NotNow):  # there may be places still: the vault says so if there are none
            published(slug, study, patience=SOON)


def unkept(slug: str, study: Study) -> str | None:
    """Why a new text of a study cannot come into force: it would draw otherwise than was committed to."""
    from ...randomisation import Unfit, plan

    if not (told := commitments(slug)):
        return None
    try:
        _with(told, plan(study, sites=tuple(study.protocol.sites)))
    except Unfit as why:
        return f"{str(why)[:1].upper()}{str(why)[1:]}."
    return None


def _written(slug: str, asked: "Vault", told: tuple[Paper, ...], wanted: "Plan") -> tuple[Paper, ...]:
    """The commitments, those in the ledger that the vault made before it or we were killed, and one more if levels lack."""
    from ...vault import Refused as VaultRefused
    from ...verifier import paper_hash

    try:
        held = asked.commitments(slug)
    except VaultRefused as why:
        if told or why.why != "unknown-study":
            raise
        held = (asked.prepare(wanted),)
    if held[: len(told)] != told:
        raise VaultRefused(
            "older", "The vault's commitments are not those of the ledger: it is an older copy. Nothing was drawn."
        )
    if _lacks(held, wanted):
        held = *held, asked.extend(_with(held, wanted), previous=paper_hash(held[-1]["body"]))
    for number, paper in enumerate(held, start=1):
        if number > len(told):
            draft = Draft(by=SYSTEM, role="administrator", kind=KIND, body=paper)
            append(slug, [draft], request=KIND if number == 1 else f"{KIND} {number}")
    return held


def _plan(slug: str, study: Study) -> "Plan":
    from ...randomisation import plan

    state = StudyState.objects.only("text_hash").get(study=slug)
    return plan(study, sites=tuple(study.protocol.sites), protocol=state.text_hash)


def _last(told: tuple[Paper, ...]) -> "Plan":
    from ...randomisation import plan_of

    return plan_of(told[-1]["body"]["plan"])


def _lacks(told: tuple[Paper, ...], wanted: "Plan") -> bool:
    """Whether a study asks for levels, or for places, that nothing was committed for."""
    last, asked = _last(told), _with(told, wanted)
    return asked.factors != last.factors or asked.places > last.places


def _with(told: tuple[Paper, ...], wanted: "Plan") -> "Plan":
    from ...randomisation import further

    return further(_last(told), wanted)
