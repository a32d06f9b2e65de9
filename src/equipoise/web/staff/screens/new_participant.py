"""A new participant: a pseudonym for the trial, and who they are, apart from it."""

import re

from django.http import HttpResponse

from ...identity.models import Identity
from ...ledger import Head, Refused
from ..commitment import SOON, NotNow, published, uncommitted
from ..here import Here, Screen
from ..identities import told as read
from ..models import Participant

NAME = re.compile(r"(?!(?i:index)$)[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
"""Pseudonyms; a site copy has a page of its own by the name that is left out."""


def new_participant(here: Here) -> HttpResponse:
    """The form, and what comes of it."""
    allowed = here.powers.sites("add_participant")
    sites = {name: each.label or name for name, each in here.study.protocol.sites.items() if allowed is None or name in allowed}
    if not sites:
        sites = {each: each for each in sorted(allowed or {"centre"})}
    if here.request.method != "POST":
        site = next(iter(sites))
        return here.page(sites=sites, told={"participant": proposed(here, site), "site": site}, faults={})
    told = {key: value.strip() for key, value in here.post.items()}
    faults: dict[str, str] = {}
    site, who = told.get("site", ""), told.get("participant", "")
    if site not in sites:
        faults["site"] = "Choose the site at which the participant is seen."
    if NAME.fullmatch(who) is None:
        faults["participant"] = "Letters, digits, dots and hyphens, no name and no initials."
    answers, amiss = read(told, here.today)
    faults |= amiss
    says = promised(here, site) if not faults else ""
    if not faults and not says:
        try:
            here.append(
                here.draft("participant-added", {}, participant=who, site=site), unless=lambda head: _taken(here, head, who)
            )
        except Refused as why:
            faults["participant"] = str(why)
    if faults or says:
        return here.page(status=422, sites=sites, told=told, faults=faults, says=says)
    if here.powers.may("write_identity", site):
        if any(answers.values()):
            # a form sent twice does not write over who somebody is: no entry of the ledger would say so
            Identity.objects.get_or_create(study=here.slug, participant=who, defaults=answers)
    return here.go("screening", who)


def promised(here: Here, site: str) -> str:
    """Have what draws the arms committed to, before anybody is added whose arm is drawn; why it is not, if it cannot be now."""
    draft = here.draft("participant-added", {}, site=site)
    if lacks := uncommitted(here.slug, here.study, [draft]):
        try:
            published(here.slug, here.study, patience=SOON)
        except NotNow as why:
            return f"{lacks} {why}"
    return ""


def proposed(here: Here, site: str) -> str:
    """The next pseudonym of a site: its first letters and a number."""
    count = Participant.objects.filter(study=here.slug).count()
    stem = re.sub(r"[^A-Z]", "", site.upper())[:3] or "P"
    names = set(
        Participant.objects.filter(study=here.slug, participant__startswith=f"{stem}-").values_list("participant", flat=True)
    )
    number = count + 1
    while f"{stem}-{number:03}" in names:
        number += 1
    return f"{stem}-{number:03}"


def _taken(here: Here, head: Head, who: str) -> str | None:
    if Participant.objects.filter(study=here.slug, participant=who).exists():
        return f"{who} is taken: each participant has a pseudonym of their own."
    return None


SCREEN = Screen(
    "new-participant", "participants/new/", "add_participant", new_participant, menu="New participant", shows=("identity",)
)
