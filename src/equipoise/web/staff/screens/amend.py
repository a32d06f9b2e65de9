"""Amend a study: a new text is looked at, signed and opened; and who has to consent again."""

from contextlib import suppress
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from ....calendar import When
from ....ledger import signature
from ....verifier import shown_hash
from ...ledger import Head, Refused, append, links
from .. import amending
from ..commitment import SOON, NotNow, is_drawn, published
from ..fresh import unconfirmed
from ..here import Here, Screen
from ..models import StudyState
from ..shown import CHANGED, last_link
from ..studies import OPENING, text_hash


def amend(here: Here) -> HttpResponse:
    """The page, and what was sent from it."""
    says, proposed = "", None
    if here.request.method == "POST":
        if not here.may("amend"):
            raise PermissionDenied
        text, says = _text(here)
        proposed = amending.proposed(here.slug, text, today=When.on(here.today)) if not says else None
        if proposed is not None and proposed.is_sound and here.post.get("does") == "sign":
            says = _signed(here, proposed)
            if not says:
                return here.go("amend")
    again = amending.consents_again(here.slug, here.study)
    allowed = here.powers.sites("see_participants")
    return here.page(
        status=422 if says or (proposed is not None and not proposed.is_sound) else 200, says=says, proposed=proposed,
        shown_hash=shown_hash(proposed.shown(here.slug)) if proposed is not None and proposed.is_sound else "",
        versions=tuple(reversed(tuple(links(here.slug, kinds=OPENING)))), may_amend=here.may("amend"),
        again=[row for row in again if allowed is None or row.site in allowed], count=len(again), in_force=_amendments(here),
    )  # fmt: skip


def _amendments(here: Here) -> dict[str, Any]:
    return {each.version: each for each in here.study.protocol.amendments}


def _text(here: Here) -> tuple[str, str]:
    """The text that was sent, and what is wrong with how it came."""
    file = here.request.FILES.get("file")
    if file is None:
        text = here.request.POST.get("text", "").replace("\r\n", "\n")
        return text, "" if text.strip() else "Choose a file, or paste the text."
    if (file.size or 0) > amending.LARGEST:
        return "", f"A study's text has at most {amending.LARGEST:,} bytes."
    try:
        return file.read().decode("utf-8").replace("\r\n", "\n"), ""
    except UnicodeDecodeError:
        return "", "This file is no text in UTF-8."


def _signed(here: Here, proposed: amending.Proposed) -> str:
    """The new version is opened; of a locked study, it is unlocked with it. A sentence, if nothing was written."""
    shown = proposed.shown(here.slug)
    says = unconfirmed(here.request)
    if says or here.post.get("shown") != shown_hash(shown):
        return says or CHANGED
    assert proposed.study is not None
    protocol, before = proposed.study.protocol, here.state.text_hash
    told = {"slug": here.slug, "version": protocol.version, "title": protocol.title, "text": proposed.text,
            "hash": text_hash(proposed.text)}  # fmt: skip
    is_locked = here.state.locked_at is not None
    drafts = [
        here.draft("signed", signature(amending.PURPOSE, shown, rests_on=last_link(here.slug)), action="amend"),
        *([here.draft("unlocked", {"reason": f"amendment {protocol.version}"}, action="amend")] if is_locked else []),
        here.draft("amended", told, action="amend"),
    ]

    def unless(head: Head) -> str | None:
        state = StudyState.objects.get(study=here.slug)
        return None if (state.text_hash, state.locked_at is not None) == (before, is_locked) else CHANGED

    try:
        append(here.slug, drafts, request=here.token, unless=unless)
    except Refused as why:
        return str(why)
    if is_drawn(proposed.study):
        with suppress(NotNow):  # until it stands in the ledger nobody is added there, and the page of a new participant says so
            published(here.slug, proposed.study, patience=SOON)
    return ""


SCREEN = Screen("amend", "amendments/", "see_amendments", amend, menu="Amendments")
