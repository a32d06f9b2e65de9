"""Who may do what: one table, an action a line. What is not in it nobody may do.

A role is given for a study and a site, or for all sites of a study; giving and taking are entries of the ledger. What
shows the arm, a blinded role never sees: which roles are blinded follows from the study's masking.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from ...study import Study

ROLES = {
    "coordinator": "Coordinator",
    "investigator": "Investigator",
    "board_member": "Member of the tumour board",
    "monitor": "Monitor",
    "data_manager": "Data manager",
    "statistician": "Statistician",
    "administrator": "Administrator",
    "auditor": "Auditor",
}

_SITE, _READERS = ("coordinator", "investigator"), ("monitor", "data_manager", "auditor")
_TABLE: dict[str, tuple[str, ...]] = {
    # looking
    "see_study": tuple(ROLES),
    "see_today": (*_SITE, "board_member", *_READERS),
    "see_participants": (*_SITE, "board_member", *_READERS),
    "see_chart": (*_SITE, "board_member", *_READERS),
    "see_arm": (*_SITE, "board_member", *_READERS),
    "see_identity": _SITE,
    "see_audit": (*_READERS, "administrator"),
    "see_costs": (*_SITE, *_READERS, "statistician"),
    "see_cost_by_arm": ("statistician", "data_manager"),
    "see_flow": (*_SITE, *_READERS, "statistician"),
    # at the bedside
    "add_participant": _SITE,
    "write_identity": _SITE,
    "record": _SITE,
    "correct": _SITE,
    "judge": (*_SITE, "board_member"),
    "decide": ("investigator", "board_member"),
    "read_response": ("investigator", "board_member"),
    "sign_eligibility": ("investigator",),
    "randomise": _SITE,
    "assign": _SITE,
    # data and study
    "export": ("data_manager", "statistician"),
    "manage_people": ("administrator",),
    "review_access": ("administrator", "auditor"),
    "see_queries": (*_SITE, *_READERS),
    "open_query": ("monitor", "data_manager"),
    "answer_query": _SITE,
    "close_query": ("monitor", "data_manager"),
    "see_sources": (*_SITE, *_READERS),
    "verify_source": ("monitor",),
    "freeze": ("data_manager",),
    "see_lock": (*_READERS, "statistician", "administrator"),
    "lock": ("data_manager",),
    "unblind": ("investigator",),
    "copy_site": ("investigator",),
    "see_amendments": (*_SITE, "board_member", *_READERS, "administrator"),
    "amend": ("administrator",),
    # from outside, and to programs
    "import_data": (*_SITE, "data_manager"),
    "give_link": _SITE,
    "see_contacts": _SITE,
    "hold_token": tuple(ROLES),
}
"""Each action, and the roles that include it. To add one, write its line."""

_WHOLE = frozenset({"manage_people", "review_access", "amend", "lock", "see_cost_by_arm"})
"""What is done to a study as a whole: a role at one site does not include it."""

ACTIONS = frozenset(_TABLE)
JUDGES = {
    "investigator": ("investigator",),
    "site": _SITE,
    "mdt": ("board_member",),
    "participant": _SITE,
    "patient": _SITE,
}
"""Which roles answer for whom a study's `by:` names. Whoever else it names writes through the site's staff."""

_BLINDED = {
    "double": ("coordinator", "investigator"),
    "triple": ("coordinator", "investigator", "board_member", "monitor"),
    "quadruple": ("coordinator", "investigator", "board_member", "monitor", "statistician", "data_manager"),
}
"""Who does not know the arm, by the study's masking: single blinds the participant alone, none nobody."""


class Granted(Protocol):
    """A role at a site; at all, where the site is empty."""

    role: str
    site: str


class Screened(Protocol):
    """Something that needs an action."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def action(self) -> str:
        """The action."""


@dataclass(frozen=True, slots=True)
class Powers:
    """What somebody may do in a study, by the roles given to them."""

    grants: tuple[tuple[str, str], ...]
    """Role and site, each."""
    blinded: frozenset[str] = frozenset()

    def may(self, action: str, site: str | None = None) -> bool:
        """Whether they may do something; at a site, if one is named."""
        sites = self.sites(action)
        return sites is None or bool(sites) and (site is None or site in sites)

    def sites(self, action: str) -> frozenset[str] | None:
        """The sites at which they may do something: None for all, an empty set for none."""
        if action == "see_arm" and self.is_blinded:
            return frozenset()
        found = {site for role, site in self.grants if role in _TABLE.get(action, ()) and (not site or action not in _WHOLE)}
        return None if "" in found else frozenset(found)

    def role(self, action: str, site: str | None = None) -> str:
        """By which role they may do something; empty if by none."""
        whole = action in _WHOLE
        fits = [
            role for role, at in self.grants
            if role in _TABLE.get(action, ()) and (not at or not whole and (site is None or at == site))
        ]  # fmt: skip
        return fits[0] if fits else ""

    def roles_at(self, site: str) -> frozenset[str]:
        """The roles they have at a site."""
        return frozenset(role for role, at in self.grants if at in ("", site))

    @property
    def roles(self) -> frozenset[str]:
        """The roles they have, at whatever site."""
        return frozenset(role for role, _ in self.grants)

    @property
    def is_blinded(self) -> bool:
        """Whether one of their roles must not know the arm: another role does not undo that."""
        return bool(self.roles & self.blinded)


def powers(grants: Iterable[Granted], study: "Study | None" = None) -> Powers:
    """What roles amount to in a study."""
    masking = study.protocol.design.masking if study is not None else None
    told = tuple(sorted((each.role, each.site) for each in grants if each.role in ROLES))
    return Powers(told, frozenset(_BLINDED.get(masking or "", ())))


def allowed(action: str) -> tuple[str, ...]:
    """The roles that include an action."""
    return _TABLE.get(action, ())


def answers_for(by: str) -> tuple[str, ...]:
    """The roles that answer a question or take a decision that the study leaves to somebody."""
    return JUDGES.get(by, _SITE)


def unlisted(screens: Iterable[Screened]) -> tuple[str, ...]:
    """The screens whose action the table lacks."""
    return tuple(f"{each.name} ({each.action})" for each in screens if each.action not in ACTIONS)
