"""Saving what was filled in: what is wrong is said beside the fields, what is unexpected is asked once more, then it is written."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.http import HttpResponse

from ...ledger import Link
from ..ledger import Draft, Refused, links
from . import queries
from .forms import Form, consequences
from .here import Here
from .judgements import judging_role, mine, others_answered
from .models import DraftForm


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of sending forms: the links if they were written, else what is to be said."""

    links: tuple[Link, ...] = ()
    says: tuple[str, ...] = ()
    """Why nothing was written, beyond what stands beside the fields."""
    unexpected: tuple[str, ...] = ()
    """What the protocol did not expect; saved if the person says so once more."""
    asks: tuple[str, ...] = ()
    """Questions that only the answers brought up, and that stood on no page yet."""
    seen: str = ""
    """What the form carries back to say that these were seen."""

    @property
    def is_saved(self) -> bool:
        """Whether it was written."""
        return bool(self.links)


def event(here: Here, body: Mapping[str, object], **more: str) -> Draft:
    """An event of the participant at hand as a draft."""
    return here.draft("event", {**body, "participant": here.who.participant}, **more)


def as_event(here: Here, sent: Form, action: str) -> Draft:
    """A form as an event; what people judged on it, in the role in which they did."""
    role, judged = judging_role(here, sent)
    draft = event(here, sent.body, action="judge" if judged and not here.may(action) else action)
    return replace(draft, role=role) if role else draft


def kept(here: Here, forms: Sequence[Form], *, extra: Sequence[Draft] = (), action: str = "record") -> Kept:
    """Write the events of filled forms in the ledger, all of them or none."""
    if others := tuple(each for one in forms for each in others_answered(here, one)):
        return Kept(says=others)
    forms = [mine(here, each) for each in forms]
    if not all(each.is_sound for each in forms):
        return Kept(says=("Nothing was saved yet: see the fields that are marked.",))
    if asks := brought_up(here, forms):
        return Kept(asks=asks)
    bodies = [dict(each.body) for each in forms]
    warned = tuple(warning for each in forms for warning in each.warnings)
    unexpected = (*warned, *consequences(here.study, here.chart, bodies, today=here.today))
    seen = hashlib.sha256(json.dumps(unexpected).encode()).hexdigest()[:16] if unexpected else ""
    if unexpected and here.post.get("seen", "") != seen and not here.was_sent():
        return Kept(unexpected=unexpected, seen=seen)
    try:
        asked = queries.from_checks(forms, participant=here.who.participant, site=here.who.site)
        links = here.append(*(as_event(here, each, action) for each in forms), *extra, *asked)
    except Refused as why:
        return Kept(says=(str(why),))
    names = [each.activity for each in forms]
    DraftForm.objects.filter(user_id=here.request.user.pk or 0, study=here.slug, participant=here.who.participant,
                             form__in=[*names, "screening"]).delete()  # fmt: skip
    here.saved(f"Saved: {', '.join(each.label for each in forms)}.")
    return Kept(links)


def brought_up(here: Here, forms: Sequence[Form]) -> tuple[str, ...]:
    """Questions that the answers brought up and the page did not show: it is asked for them once, as without script."""
    if "asked" not in here.post:
        return ()
    return tuple(label for each in forms for label in each.unanswered(here.post["asked"].split(",")))


def draft_of(here: Here, name: str) -> dict[str, str]:
    """What this person began to write and did not save.

    A draft may arrive after the form that it is of was saved: the two are sent in the same second. Such a one is no draft.
    """
    row = DraftForm.objects.filter(
        user_id=here.request.user.pk or 0, study=here.slug, participant=here.who.participant, form=name
    ).first()
    told = dict(row.fields) if row is not None else {}
    request = told.pop("request", "")
    return {} if request and any(True for _ in links(here.slug, request=request)) else told


def keep_draft(here: Here, name: str) -> None:
    """Keep what is being written, for this person alone; it is no record yet."""
    skip = ("csrfmiddlewaretoken", "seen", "asked", "who_you_are")
    fields = {key: value for key, value in here.post.items() if key not in skip}
    DraftForm.objects.update_or_create(
        user_id=here.request.user.pk or 0,
        study=here.slug,
        participant=here.who.participant,
        form=name,
        defaults={"fields": fields},
    )


def unfolded(forms: Sequence[Form], **told: object) -> HttpResponse:
    """Tells the page which questions stand on it by what is written so far."""
    asked = {name: is_shown for each in forms for name, is_shown in each.unfolding.items()}
    return HttpResponse(status=204, headers={"HX-Trigger": json.dumps({**told, "asked": asked})})
