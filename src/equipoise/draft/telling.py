"""The file that a draft is told in."""

from pathlib import Path
from typing import Any

from ..registries.record import FIELDS, Record, surest
from ..writing import written
from .made import Made, cited, clean, slug

_DATES = {"registered": "first_posted", "first_submitted": "first_submitted", "start": "start", "primary_completion": "primary_completion",
          "completion": "completion", "last_updated": "last_update_posted", "last_verified": "verified"}  # fmt: skip


def rest(made: Made) -> None:
    for what, name in (
        ("The sponsor", "sponsor"),
        ("The state of the study: planned, recruiting, completed", "status"),
        ("When the study starts", "start"),
    ):
        if made.one(name) is None:
            made.missing(what)
    if not made.record.locations and not made.record.countries:
        made.missing("The hospitals that take part")
    for each in made.record.other_dates:
        made.missing(
            f"Of what '{clean(each.text, 60)}' is the date", "", f"It stands on the page without a label ({cited(each)})."
        )
    made.missing("What is written down at each activity, beyond what criteria and outcomes ask for")


def file_text(made: Made) -> str:
    """The file."""
    record, title = made.record, surest(made.record.title) or surest(made.record.official_title)
    head = {
        "equipoise": 1,
        "study": made.name,
        "version": "0.1.0",
        "title": clean(title.value if title else made.name, 500),
    }
    identity: dict[str, Any] = {}
    if registrations := _registrations(made):
        identity["registrations"] = registrations
    if (sponsor := surest(record.sponsor)) is not None:
        identity["sponsor"] = clean(sponsor.value, 200)
    dates = {key: str(day.value) for key, name in _DATES.items() if (day := surest(record.said(name))) is not None}
    status, summary = surest(record.status), surest(record.summary) or surest(record.plain_summary)
    for name, value in (
        ("dates", dates), ("status", status.value.replace("_", " ") if status else ""),
        ("conditions", [clean(each.value, 120) for each in made.many("conditions")[:60]]),
        ("keywords", [clean(each.value, 120) for each in made.many("keywords")[:60]]),
        ("summary", clean(summary.value, 4_000) if summary else ""), ("sites", _sites(made)),
    ):  # fmt: skip
        if value:
            identity[name] = value
    parts: list[tuple[str, dict[str, Any]]] = [
        ("", head), ("", identity), ("", {"design": made.design}),
        ("What is done, and what is written down then", {"activities": {name: each for name, each in made.activities.items()}}),
        ("", {"closed": sorted({*made.closed})} if made.closed else {}),
        ("Who may join", {"eligibility": made.eligibility} if made.eligibility else {}),
        ("", {"cohorts": made.cohorts} if made.cohorts else {}), ("Groups", {"groups": made.groups} if made.groups else {}),
        ("Arms", {"arms": made.arms} if made.arms else {}), ("What happens next, as far as sentences tell it", {"pathway": made.pathway} if made.pathway else {}), ("What is assessed when", {"schedule": made.schedule} if made.schedule else {}),
        ("What is measured", {"endpoints": made.endpoints} if made.endpoints else {}),
        ("What the record does not say, or not in words that are understood", {"unstated": made.unstated} if made.unstated else {}),
        ("What it says and this file leaves out", {"outside": made.outside} if made.outside else {}),
        ("What check finds in what the record says", {"accepted": made.accepted} if made.accepted else {}),
    ]  # fmt: skip
    pages_said = clean("; ".join(pages(record)), 200)
    return written(
        parts,
        f"Drafted from {pages_said}. Every line has its source; what the record does not say is under `unstated`.",
        "A draft is read against its source before it is used: nothing in it was decided by a person.",
    )


def _registrations(made: Made) -> list[dict[str, Any]]:
    one_made: list[dict[str, Any]] = []
    low, high, sex = (surest(made.record.said(name)) for name in ("minimum_age", "maximum_age", "sex"))
    for said in made.many("identifiers")[:20]:
        one: dict[str, Any] = {"registry": clean(said.value.registry or "sponsor", 80), "id": clean(said.value.id, 80)}
        if said.value.registry and not any("sex" in each or "age" in each for each in one_made):
            if (
                low is not None
                and high is not None
                and low.value.unit == high.value.unit == "years"
                and low.value.value <= high.value.value
            ):
                one["age"] = f"{low.value.value:g}..{high.value.value:g}"
            if sex is not None:
                one["sex"] = sex.value
        one_made.append(one | {"source": made.source(said)})
    return one_made


def _sites(made: Made) -> dict[str, dict[str, str]]:
    one_made: dict[str, dict[str, str]] = {}
    places = [(each.value.facility or each.value.city, each.value.country) for each in made.many("locations")]
    for label, country in (places or [("", each.value) for each in made.many("countries")])[:60]:
        name = slug(label or country) or "site"
        while name in one_made:
            name += "_x"
        one_made[name] = {"label": clean(label or country, 160)} | ({"country": clean(country, 80)} if country else {})
    return one_made


def pages(record: Record) -> tuple[str, ...]:
    """The files and addresses that a record was read from."""
    every = (each for name in FIELDS for each in record.said(name))
    return tuple(dict.fromkeys(Path(each.place.file).name or each.reader or "a record" for each in every)) or ("a record",)
