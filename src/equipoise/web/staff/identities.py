"""Who a participant is, as a form tells it. The ledger says who wrote which answer and why, and never what it says."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from ...calendar import When
from ...finding import Unreadable
from ..identity.models import Identity

LONGEST = {"name": 200, "record_number": 80, "contact": 300}
"""What is asked as a text, and how long it may be."""
EARLIEST = date(1900, 1, 1)


def told(sent: Mapping[str, str], today: date) -> tuple[dict[str, Any], dict[str, str]]:
    """The answers of a form, by the fields of `Identity`; and a sentence for each that is at fault."""
    answers: dict[str, Any] = {name: sent.get(name, "").strip()[:longest] for name, longest in LONGEST.items()}
    said, born = sent.get("born_on", "").strip(), None
    faults: dict[str, str] = {}
    try:
        born = When.from_text(said).first if said else None
    except Unreadable as why:
        faults["born_on"] = f"{why.says[:1].upper()}{why.says[1:]}."
    if born is not None and not EARLIEST <= born <= today:
        faults["born_on"] = "This is hardly somebody's day of birth."
    return answers | {"born_on": born}, faults


def known(study: str, participant: str) -> Identity:
    """Who somebody is, as it stands; without any answer where none was given."""
    found = Identity.objects.filter(study=study, participant=participant).first()
    return found or Identity(study=study, participant=participant)


def answers(of: Identity) -> dict[str, Any]:
    """What stands, by the fields of a form."""
    return {name: getattr(of, name) for name in (*LONGEST, "born_on")}
