"""A trial as it is found: what its record says, in the record's words, from a row of a table or a register's record."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..finding import Place
from ..quantity import Quantity
from ..registries.record import Confidence, Identifier, Intervention, Record, Said, surest, trial_number
from .whom import IN_YEARS, ages_in, ecog_taken

LONGEST = 60_000
"""Characters of a text that are indexed."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial as it is found: what its record says, in the record's words.

    `youngest` and `oldest` are ages in years and `ecog` the performance statuses that it takes, each None where the record
    does not say; `healthy` whether it takes healthy volunteers.
    """

    id: str
    title: str
    conditions: tuple[str, ...] = ()
    interventions: tuple[str, ...] = ()
    status: str = ""
    phase: str = ""
    type: str = ""
    places: tuple[str, ...] = ()
    sponsor: str = ""
    youngest: float | None = None
    oldest: float | None = None
    sex: str = ""
    healthy: bool | None = None
    ecog: tuple[int, ...] | None = None
    summary: str = ""
    criteria: str = ""
    file: str = ""
    line: int = 0


def as_word(text: str) -> str:
    """A status or the like as one word: `Not yet recruiting` is `not_yet_recruiting`."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("nct_id", "nctid", "id", "trial_id", "trialid", "main_id", "number"),
    "title": ("title", "brief_title", "public_title", "official_title", "scientific_title"),
    "conditions": ("conditions", "condition"),
    "interventions": ("interventions", "intervention"),
    "status": ("status", "overall_status", "recruitment_status"),
    "phase": ("phase", "phases"),
    "type": ("study_type", "type"),
    "places": ("locations", "countries", "country", "places"),
    "sponsor": ("sponsor", "lead_sponsor", "primary_sponsor"),
    "summary": ("summary", "brief_summary", "description", "miscellaneous_criteria"),
    "criteria": ("eligibility_criteria", "raw_text", "criteria", "eligibility"),
    "inclusion": ("inclusion_criteria", "inclusion"),
    "exclusion": ("exclusion_criteria", "exclusion"),
    "youngest": ("minimum_age", "min_age", "age_min", "agemin"),
    "oldest": ("maximum_age", "max_age", "age_max", "agemax"),
    "sex": ("sex", "gender"),
    "healthy": ("healthy_volunteers", "accepts_healthy_volunteers"),
}  # fmt: skip
"""The names under which tables of trials keep what is found by; the first that a row has is taken."""


_AGE = re.compile(r"\s*(\d{1,3}(?:\.\d+)?)\s*(year|month|week|day|hour|minute|y|m|w|d)?", re.IGNORECASE)


def row_trial(row: Mapping[str, object], file: str = "", line: int = 0) -> Trial | None:
    """A trial from one row of a table, by the names of its columns; None where no column holds its number.

    >>> row_trial({"nct_id": "NCT00000000", "title": "A trial", "minimum_age": "18 Years"}).youngest
    18.0
    """
    flat = {str(key).lower(): value for key, value in row.items()}
    for value in list(flat.values()):
        if isinstance(value, Mapping):  # eligibility as a mapping of its own
            flat = {str(key).lower(): inner for key, inner in value.items()} | flat
    got = {name: next((flat[key] for key in keys if not _is_blank(flat.get(key)) and not isinstance(flat.get(key), Mapping)), None)
           for name, keys in _COLUMNS.items()}  # fmt: skip
    number = _text(got["id"])
    if not number:
        return None
    criteria = _text(got["criteria"]) or "\n".join(
        f"{head} Criteria:\n{_text(got[name])}"
        for head, name in (("Inclusion", "inclusion"), ("Exclusion", "exclusion"))
        if got[name]
    )
    oldest = _text(got["oldest"])
    return trial(
        number, _text(got["title"]), conditions=_many(got["conditions"]), interventions=_many(got["interventions"]),
        status=_text(got["status"]), phase=_text(got["phase"]), type=_text(got["type"]), places=_many(got["places"]),
        sponsor=_text(got["sponsor"]), youngest=_text(got["youngest"]), oldest=oldest, sex=_text(got["sex"]),
        healthy=_text(got["healthy"]), summary=_text(got["summary"]), criteria=criteria, file=file, line=line,
    )  # fmt: skip


def trial(
    number: str, title: str, *, conditions: Sequence[str] = (), interventions: Sequence[str] = (), status: str = "", phase: str = "",
    type: str = "", places: Sequence[str] = (), sponsor: str = "", youngest: str = "", oldest: str = "", sex: str = "",
    healthy: str = "", summary: str = "", criteria: str = "", file: str = "", line: int = 0,
) -> Trial:  # fmt: skip
    """A trial from a register's words: ages, sex and performance status are read, from the criteria where no field says them."""
    low, high = _age(youngest), _age(oldest)
    text = criteria[:LONGEST]
    if low is None or high is None:
        told_low, told_high = ages_in(text)
        low = told_low if low is None else low
        high = told_high if high is None else high
    said_sex = {"female": "female", "f": "female", "male": "male", "m": "male", "all": "all", "both": "all"}.get(
        sex.strip().lower(), ""
    )
    answers = {"true": True, "yes": True, "accepts": True, "false": False, "no": False}
    return Trial(
        number, title, tuple(conditions), tuple(interventions), as_word(status), phase, type, tuple(dict.fromkeys(places)), sponsor,
        low, high, said_sex,
        answers.get(healthy.strip().lower()), ecog_taken(text), summary[:LONGEST], text, file, line,
    )  # fmt: skip


def _is_blank(value: object) -> bool:
    return value is None or value == "" or value == [] or (isinstance(value, float) and value != value)


def _text(value: object) -> str:
    if _is_blank(value):
        return ""
    if isinstance(value, (list, tuple)):
        return "; ".join(map(str, value))
    return str(value)


def _many(value: object) -> tuple[str, ...]:
    if _is_blank(value):
        return ()
    if isinstance(value, (list, tuple)):
        return tuple(
            _text(each.get("country") or each.get("name") or "") if isinstance(each, Mapping) else str(each) for each in value
        )
    return tuple(each.strip() for each in re.split(r"[;|]", str(value)) if each.strip())


def _age(text: str) -> float | None:
    found = _AGE.match(text)
    return float(found[1]) * IN_YEARS[(found[2] or "y")[0].lower()] if found else None


def record_trial(record: Record, file: str = "") -> Trial | None:
    """A trial from a register's record; None where it has no number and no title."""
    number = trial_number(record)
    titles = [each.value for name in ("title", "acronym", "official_title") for each in record.said(name)[:1]]
    if not number and not titles:
        return None

    def first(name: str) -> str:
        best = surest(record.said(name))
        return "" if best is None else str(best.value)

    def many(name: str) -> list[str]:
        return [str(each.value) for each in record.said(name)]

    places = [", ".join(filter(None, (each.value.facility, each.value.city, each.value.country))) for each in record.locations]
    return trial(
        number or titles[0][:80], " · ".join(dict.fromkeys(titles)), conditions=many("conditions") + many("keywords"),
        interventions=[each.value.name for each in record.interventions], status=first("status"), phase=" ".join(many("phases")),
        type=first("study_type"), places=places + many("countries"), sponsor=first("sponsor"), youngest=first("minimum_age"),
        oldest=first("maximum_age"), sex=first("sex"), healthy=first("healthy_volunteers"),
        summary=f"{first('summary')} {first('plain_summary')}".strip(), criteria=first("eligibility"), file=file,
    )  # fmt: skip


def record_of(one: Trial, folder: Path | None = None) -> Record:
    """The whole record behind a trial that was found; of a row of a table, what its columns say.

    Args:
        one: The trial.
        folder: Where its file is looked for, if not where it was when it was read.
    """
    file = Path(one.file)
    if not file.is_file() and folder is not None:
        file = folder / file.name
    if not one.line and file.is_file():
        from ..registries import read_record

        for record in read_record(file)[0]:
            if (made := record_trial(record)) is not None and made.id == one.id:
                return record
    place = Place(file.name, one.line)

    def said(value: Any) -> tuple[Said[Any], ...]:
        return () if value in ("", None) else (Said(value, str(value), "", place, "table", Confidence.SURE),)

    registry = "ClinicalTrials.gov" if re.fullmatch(r"NCT\d{8}", one.id) else ""
    ages = [None if age is None else Quantity(age, "years") for age in (one.youngest, one.oldest)]
    return Record(
        identifiers=said(Identifier(registry, one.id)), title=said(one.title), sponsor=said(one.sponsor), status=said(one.status),
        study_type=said(as_word(one.type) if as_word(one.type) in ("interventional", "observational") else ""), summary=said(one.summary),
        conditions=tuple(each for text in one.conditions for each in said(text)), eligibility=said(one.criteria),
        interventions=tuple(each for text in one.interventions for each in said(Intervention(text))),
        minimum_age=said(ages[0]), maximum_age=said(ages[1]), sex=said(one.sex), healthy_volunteers=said(one.healthy),
        countries=tuple(each for text in one.places for each in said(text)),
    )  # fmt: skip
