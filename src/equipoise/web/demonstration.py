"""The demonstration: the studies that come with equipoise, with invented and virtual people and users of every role.

The invented people's days are moved as a whole, so that each was last seen some days ago: the demonstration is of today.
"""

import json
import re
import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User

from ..ledger import Link
from ..study import Study
from ..transcript import line_of
from .ledger import Draft, append
from .staff.commitment import is_drawn, published
from .staff.models import Participant
from .staff.roles import ROLES
from .staff.studies import SYSTEM, open_study, opened

USERS = {
    "nurse": "coordinator", "doctor": "investigator", "board": "board_member", "monitor": "monitor", "data": "data_manager",
    "statistics": "statistician", "admin": "administrator", "auditor": "auditor",
}  # fmt: skip
VIRTUAL = 12
"""Virtual participants of each study that assumes enough to draw them."""
_DAY = re.compile(r"\b((?:19|20)\d\d)-(\d\d)-(\d\d)\b")


def demonstrate(folder: Path, today: date) -> dict[str, str]:
    """Open the studies of a folder with users and participants; the passwords of the users made now, by name."""
    made = users()
    for each in sorted(folder.iterdir()):
        if (each / "study.yaml").is_file():
            slug = open_study(each)
            give_roles(slug, USERS)
            people(slug, each / "people", today)
    return made


def users() -> dict[str, str]:
    """The users of a demonstration; the passwords of those that were not there."""
    made = {}
    for name in USERS:
        user, is_new = User.objects.get_or_create(username=name)
        if is_new:
            made[name] = secrets.token_urlsafe(9)
            user.set_password(made[name])
            user.save()
    return made


def give_roles(slug: str, roles: Mapping[str, str], *, site: str = "") -> tuple[Link, ...]:
    """Give roles in a study, by name of user."""
    assert set(roles.values()) <= set(ROLES)
    drafts = [
        Draft(by=SYSTEM, role="administrator", kind="role-given", body={"user": user, "role": role, "site": site})
        for user, role in sorted(roles.items())
    ]
    return append(slug, drafts, request=f"roles {site} {' '.join(sorted(roles))}"[:190])


def people(slug: str, folder: Path, today: date) -> int:
    """Put invented people into a study, and virtual ones; how many there are.

    Raises:
        NotNow: Its arms are drawn, and the vault does not answer: nobody is added before its commitment.
    """
    study = opened(slug)
    if Participant.objects.filter(study=slug).exists():
        return 0
    if is_drawn(study):
        published(slug, study)
    files = sorted(folder.glob("*.jsonl")) if folder.is_dir() else []
    told: dict[str, list[dict[str, Any]]] = {file.stem: _moved(file, today, index) for index, file in enumerate(files)}
    told |= _virtual(study, today)
    drafts = []
    for who, events in told.items():
        site = next(
            (each["items"]["site"] for each in events if each.get("do") == "enrolment" and each.get("items", {}).get("site")),
            "",
        )
        site = site or next(iter(study.protocol.sites), "")
        name = who.replace("_", "-")[:60]
        drafts.append(
            Draft(by=SYSTEM, role="data_manager", kind="participant-added", body={"virtual": True}, site=site, participant=name)
        )
        for event in events:
            by, role = event.pop("by", "") or "nurse", event.pop("role", "") or "coordinator"
            event.pop("site", None)
            event.pop("entered", None)
            drafts.append(
                Draft(by=by, role=role, kind="event", body={**event, "participant": name}, site=site, participant=name)
            )
    if drafts:
        append(slug, drafts, request="demonstration")
    return len(told)


def _moved(file: Path, today: date, index: int) -> list[dict[str, Any]]:
    """The events of a file, all its days moved by as much, so that the last was a few days ago."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip() and not line.startswith("#")]
    days = [date(int(y), int(m), int(d)) for line in lines for y, m, d in _DAY.findall(str(json.loads(line).get("on", "")))]
    by = today - timedelta(days=2 + index * 5 % 17) - max(days, default=today)

    def later(found: re.Match[str]) -> str:
        return (date(int(found[1]), int(found[2]), int(found[3])) + by).isoformat()

    events = [json.loads(_DAY.sub(later, line)) for line in lines]
    for number, each in enumerate(events, start=1):
        each.setdefault("id", str(number))
        each.pop("participant", None)
    return events


def _virtual(study: Study, today: date) -> dict[str, list[dict[str, Any]]]:
    """Virtual participants, as far as they would have come by today."""
    from ..simulation import Unassumed, virtual

    try:
        drawn = virtual(study, VIRTUAL, seed=20261121)
    except Unassumed:
        return {}
    days = [event.on.first for each in drawn for event in each.events]
    if not days:
        return {}
    first = min(days)
    by = today - timedelta(days=400) - first
    found: dict[str, list[dict[str, Any]]] = {}
    for number, each in enumerate(drawn, start=1):
        lines = [json.loads(_DAY.sub(lambda m: (date(int(m[1]), int(m[2]), int(m[3])) + by).isoformat(), line_of(event, study)))
                 for event in each.events]  # fmt: skip
        events = [event for event in lines if event["on"][:10] <= today.isoformat()]
        for index, event in enumerate(events, start=1):
            event["id"] = str(index)
            event.pop("participant", None)
        if events:
            found[f"virtual-{number:02}"] = events
    return found
