"""Whether a text can be what its label says."""

import re

from ...finding import Unreadable
from ..kinds import ages_said, day, facts_run_together, look, says_nothing, value
from ..record import FIELDS


def does_fit(name: str, text: str, first_is: str = "") -> bool:
    """Whether a text can be a field's value, or says that there is none; `first_is` as `day` has it."""
    if first_is and name in FIELDS and FIELDS[name].kind == "date":
        try:
            day(text, first_is)
        except Unreadable:
            return says_nothing(name, text)
        return True
    if name == "ages":
        return bool(facts_run_together(text)) or bool(ages_said(text)) or look(text) == "minimum_age"
    if says_nothing(name, text):
        return True
    try:
        value(name, text)
    except Unreadable:
        return False
    return not (FIELDS[name].kind in ("title", "organisation", "text", "condition") and len(text) > 400)


def spells(name: str, text: str) -> bool:
    try:
        value(name, text)
    except Unreadable:
        return False
    return True


def is_no_number(text: str) -> bool:
    """Whether what stands where a trial's number is awaited is something else: a date, a status, a hospital."""
    home = look(text)
    return (
        bool(home)
        and home != "identifiers"
        and (
            home in ("other_dates", "minimum_age")
            and not re.fullmatch(r"\d{4}-\d{1,2}", text.strip())
            or not re.search(r"\d", text)
        )
    )
