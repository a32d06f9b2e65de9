"""A screen, and what it is given: who asks, in which study, of whom, and what they may do there.

To add a screen, write `screens/<name>.py` with a function of `Here` and a `SCREEN`, a template `staff/<name>.html`, and
put the SCREEN into `SCREENS`. Who may not see it never reaches the function.
"""

import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property, wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from ...chart import Chart
from ...ledger import Link
from ...study import Study
from ..ledger import Draft, Head, append, links
from . import charts
from .commitment import uncommitted
from .forms import new_request
from .models import Grant, Participant, StudyState
from .projections import grants
from .roles import Powers, powers
from .studies import NotOpen, opened

ANYWHERE = ("role-given", "role-taken", "identity-read", "identity-corrected", "exported", "access-reviewed", "unlocked", "locked", "signed",
            "unblinded", "verified-source")  # fmt: skip
"""Kinds that are written after a study was locked, too."""
CLINICAL = ("event", "response-read")
"""Kinds that record something of a participant: none is written of one who is frozen."""


_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(text: str) -> str:
    """A text without characters that nobody sees: control characters, changes of direction, halves of characters.

    >>> plain("a\\r\\nb\\x00")
    'a\\nb'
    """
    return _UNSEEN.sub("", text)


def today() -> date:
    """The day it is at this desk. The one place where pages ask the clock for it."""
    return timezone.localdate()


@dataclass(frozen=True)
class Here:
    """One request, understood. `participant` is None on pages about no one participant."""

    request: HttpRequest
    screen: "Screen"
    slug: str
    study: Study
    state: StudyState
    powers: Powers
    participant: Participant | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def person(self) -> str:
        """Who asks: the name they sign in by, as the ledger has it."""
        return self.request.user.get_username()

    @property
    def role(self) -> str:
        """The role by which they may be here."""
        return self.powers.role(self.screen.action, self.participant.site if self.participant is not None else None)

    @property
    def who(self) -> Participant:
        """The participant that the page is about."""
        assert self.participant is not None, f"{self.screen.name} is about no one participant"
        return self.participant

    @cached_property
    def today(self) -> date:
        """The day it is."""
        return today()

    @property
    def zone(self) -> str:
        """The time zone of this desk."""
        return timezone.get_current_timezone_name()

    def may(self, action: str, row: Participant | None = None) -> bool:
        """Whether they may do something; at the site of the participant at hand, if there is one."""
        at = row or self.participant
        return self.powers.may(action, at.site if at is not None else None)

    def participants(self, action: str = "see_participants") -> Any:
        """The participants of the sites at which they may do something, as a query."""
        rows = Participant.objects.filter(study=self.slug)
        sites = self.powers.sites(action)
        return rows if sites is None else rows.filter(site__in=sites)

    @property
    def sees_arm(self) -> bool:
        """Whether they may know the arm."""
        return self.may("see_arm")

    def arm_of(self, row: Participant) -> str:
        """A participant's arm as people call it; empty before there is one, and for whoever may not know it."""
        arm = self.study.protocol.arms.get(row.arm)
        return (arm.label or row.arm) if arm is not None and self.may("see_arm", row) else ""

    @cached_property
    def chart(self) -> Chart:
        """Everything known of the participant today; without the arm for whoever may not know it."""
        return charts.known(self.slug, self.who, until=self.today, blinded=not self.sees_arm)

    @cached_property
    def promised(self) -> Study:
        """The version of the study that the participant consented to."""
        return self.study.under(self.chart.version)

    @property
    def post(self) -> dict[str, str]:
        """What was sent, by name; what was chosen several times, joined by commas."""
        return {plain(key): plain(",".join(self.request.POST.getlist(key))) for key in self.request.POST}

    @property
    def token(self) -> str:
        """The name of the act of saving, as the form has it.

        Raises:
            BadRequest: The form has none, or nothing that is one.
        """
        try:
            return str(uuid.UUID(self.request.POST.get("request", "")))
        except ValueError:
            raise BadRequest("a form that saves carries a request") from None

    def was_sent(self, *, longer_ago: timedelta = timedelta(0)) -> bool:
        """Whether this very form was sent before, and what it asked for written down."""
        return any(timezone.now() - each.at >= longer_ago for each in links(self.slug, request=self.token))

    def draft(self, kind: str, body: Mapping[str, Any], *, action: str = "", participant: str | None = None,
              site: str | None = None) -> Draft:  # fmt: skip
        """What is to be written in the ledger, by this person in the role that lets them do it."""
        row = self.participant
        where = site if site is not None else row.site if row is not None else ""
        role = self.powers.role(action or self.screen.action, where or None)
        if not role:
            raise PermissionDenied
        who = participant if participant is not None else row.participant if row is not None else ""
        return Draft(by=self.person, role=role, kind=kind, body=body, site=where, participant=who)

    def append(self, *drafts: Draft, token: str = "", unless: Callable[[Head], str | None] | None = None) -> tuple[Link, ...]:
        """Write drafts in the ledger. Nothing is written of a locked study or a frozen participant.

        Raises:
            Refused: It says why, in a sentence for the page.
        """

        def refused(head: Head) -> str | None:
            return barred(self.slug, drafts) or (unless(head) if unless is not None else None)

        return append(self.slug, drafts, request=token or self.token, unless=refused)

    def saved(self, says: str = "Saved.") -> None:
        """Tell the browser that what it sent was saved: what it kept of it for a lost connection may go."""
        messages.success(self.request, says)
        self.request.session["saved"] = [*self.request.session.get("saved", ()), self.token][-8:]

    # --- answers ------------------------------------------------------------------------------------------------

    def page(self, template: str = "", status: int = 200, **context: Any) -> HttpResponse:
        """A page from a template: `staff/<template>.html`, unsaid that of the screen's name."""
        told = {"here": self, "study": self.study, "participant": self.participant, "new_request": new_request, **context}
        return render(self.request, f"staff/{template or self.screen.name}.html", told, status=status)

    def to(self, screen: str, who: str = "", **arguments: Any) -> str:
        """The address of another screen of this study."""
        if who or (self.participant is not None and "<str:who>" in ROUTES.get(screen, "")):
            arguments["who"] = who or self.who.participant
        return reverse(screen, kwargs={"slug": self.slug, **arguments})

    def go(self, screen: str, who: str = "", **arguments: Any) -> HttpResponse:
        """Send the browser to another screen of this study."""
        address = self.to(screen, who, **arguments)
        if self.request.headers.get("HX-Request"):
            return HttpResponse(status=204, headers={"HX-Redirect": address})
        return redirect(address)


def barred(slug: str, drafts: Iterable[Draft]) -> str | None:
    """Why drafts cannot be written: the study is locked, a participant frozen, or what would draw an arm not committed to.

    Asked while nobody else writes.
    """
    state = StudyState.objects.filter(study=slug).only("locked_at").first()
    drafts = tuple(drafts)
    if state is not None and state.locked_at is not None and any(each.kind not in ANYWHERE for each in drafts):
        return "This study is locked: nothing more is recorded in it."
    clinical = {each.participant for each in drafts if each.kind in CLINICAL}
    if clinical and Participant.objects.filter(study=slug, participant__in=clinical, is_frozen=True).exists():
        return "This participant's record is frozen. A data manager can thaw it, with a reason."
    if any(each.kind == "participant-added" for each in drafts):
        return uncommitted(slug, opened(slug), drafts)
    return None


View = Callable[..., HttpResponse]
ROUTES: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen.

    Attributes:
        name: Its name, its template's and its address's.
        route: Its address within a study, as `p/<str:who>/labs/`; with `<str:who>` it is about a participant.
        action: The action of the table of permissions that opens it.
        view: A function of `Here` and of what else the route names.
        menu: What the study's menu calls it; empty if it is not there.
        tab: What a participant's row of tabs calls it; empty if it is not there.
        shows: What else it shows: "identity", "arm".
        methods: How it may be asked.
        fits: Whether a study has anything for it: where not, no tab leads to it.
    """

    name: str
    route: str
    action: str
    view: View
    menu: str = ""
    tab: str = ""
    shows: tuple[str, ...] = ()
    methods: tuple[str, ...] = ("GET", "POST")
    fits: Callable[[Study], bool] = lambda study: True


def opened_to(screen: Screen) -> View:
    """The screen behind its door: signed in, in a study that is theirs, of a participant of their sites, and allowed."""

    @login_required
    @wraps(screen.view)
    def view(request: HttpRequest, slug: str, **arguments: Any) -> HttpResponse:
        if request.method not in (*screen.methods, "HEAD"):
            return HttpResponseNotAllowed(screen.methods)
        here = _here(request, screen, slug, arguments)
        arguments.pop("who", None)
        return screen.view(here, **arguments)

    return view


def _here(request: HttpRequest, screen: Screen, slug: str, arguments: Mapping[str, Any]) -> Here:
    given: list[Grant] = grants(request.user.get_username(), [slug]).get(slug, [])
    state = StudyState.objects.filter(study=slug).first()
    if not given or state is None:
        raise Http404
    try:
        study = opened(slug)
    except NotOpen:
        raise Http404 from None
    may = powers(given, study)
    row = None
    if "who" in arguments:
        row = Participant.objects.filter(study=slug, participant=arguments["who"]).first()
        seen = may.sites("see_participants")
        if row is None or (seen is not None and row.site not in seen):
            raise Http404
    if not may.may(screen.action, row.site if row is not None else None):
        raise PermissionDenied
    return Here(request, screen, slug, study, state, may, row, arguments)
