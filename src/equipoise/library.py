"""Records of trials in a folder, indexed once and searched: by words, by place and phase, by whom a trial takes.

What a record does not say never counts against a trial: it is found, after those that say it, and marked as unsaid.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import tantivy

from .criteria.atoms import atoms
from .criteria.sections import pieces
from .finding import Finding, Place, Severity
from .quantity import Quantity
from .registries.record import Confidence, Identifier, Intervention, Record, Said, surest, trial_number

SHELF = ".equipoise"
"""The folder, inside the folder of records, in which the index is kept."""
EDITION = 1
"""Changes whenever what is kept in an index changes; an older index is made anew."""

LONGEST = 60_000
"""Characters of a text that are indexed."""
FILES = (".json", ".jsonl", ".ndjson", ".parquet", ".xml", ".csv", ".gz", ".txt", ".md")


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


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for: words anywhere, words of one field, and a person whom a trial should take."""

    words: str = ""
    condition: str = ""
    intervention: str = ""
    status: str = ""
    place: str = ""
    phase: str = ""
    age: float | None = None
    sex: str = ""
    ecog: int | None = None
    healthy: bool = False

    def __bool__(self) -> bool:
        return any(value not in (None, "", False) for value in asdict(self).values())


Answer = Literal["fits", "unsaid"]


@dataclass(frozen=True, slots=True)
class Found:
    """A trial that was found; `asks` says of each thing asked of a person what the record says of it."""

    trial: Trial
    score: float
    asks: tuple[tuple[str, Answer, str], ...] = ()
    all_words: bool = True

    @property
    def unsaid(self) -> tuple[str, ...]:
        """What was asked and the record does not say."""
        return tuple(what for what, answer, _ in self.asks if answer == "unsaid")


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of reading the folder: files new, changed, gone and left as they were, trials, and findings."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    same: int = 0
    trials: int = 0
    findings: tuple[Finding, ...] = field(default=(), compare=False)


# --- questions -------------------------------------------------------------------------------------------------------

_STATUSES = {
    "recruiting": "recruiting", "open": "recruiting", "not yet recruiting": "not_yet_recruiting", "completed": "completed",
    "terminated": "terminated", "withdrawn": "withdrawn", "suspended": "suspended",
    "active not recruiting": "active_not_recruiting", "enrolling by invitation": "enrolling_by_invitation",
}  # fmt: skip
_ASKED: tuple[tuple[str, str], ...] = (
    ("ecog", r"(?:accepts?\s+|takes?\s+|with\s+)?(?:\becog|\bwho|\bzubrod)\s*(?:ps\s*|performance status\s*)?(?P<value>[0-5])\b"),
    ("age", r"(?:accepts?\s+|takes?\s+)?\b(?:age[ds]?\s*(?P<value>\d{1,3}(?:\.\d+)?)(?:\s*years?)?|(?P<other>\d{1,3})[ -]years?[ -]old)\b"),
    ("phase", r"\bphase\s*(?P<value>[1-4]|iv|i{1,3})\b"),
    ("status", r"\b(?P<value>not yet recruiting|active,? not recruiting|enrolling by invitation|recruiting|completed|terminated|withdrawn|suspended)\b"),
    ("healthy", r"\b(?P<value>healthy (?:volunteers?|people))\b"),
    ("sex", r"\b(?P<value>female|women|woman|male|men|man)\b"),
)  # fmt: skip
_SEXES = {"female": "female", "women": "female", "woman": "female", "male": "male", "men": "male", "man": "male"}
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}


def question(text: str, **said: object) -> Question:
    """A question in words: what is asked of a person, of phase and status is taken out of them, the rest is looked for.

    >>> asked = question("liver metastases accepts ECOG 2, age 80, phase II recruiting")
    >>> asked.words, asked.ecog, asked.age, asked.phase, asked.status
    ('liver metastases', 2, 80.0, '2', 'recruiting')
    """
    left, made = text[:500], {}
    for name, pattern in _ASKED:
        if found := re.search(pattern, left, re.IGNORECASE):
            value = next(each for each in (found["value"], found.groupdict().get("other")) if each).lower()
            made[name] = value
            left = left[: found.start()] + " " + left[found.end() :]
    words = " ".join(re.sub(r"(?:^|\s)[,;]+(?=\s|$)|[,;]+\s*$", " ", left).split()).strip(" ,;")
    told: dict[str, object] = {
        "words": words,
        "ecog": int(made["ecog"]) if "ecog" in made else None,
        "age": float(made["age"]) if "age" in made else None,
        "phase": _ROMAN.get(made["phase"], made["phase"]) if "phase" in made else "",
        "status": _STATUSES[made["status"].replace(",", "")] if "status" in made else "",
        "healthy": "healthy" in made,
        "sex": _SEXES[made["sex"]] if "sex" in made else "",
    }
    told |= {name: value for name, value in said.items() if value not in (None, "", False)}
    if isinstance(told["status"], str):
        told["status"] = _word(told["status"])
    return Question(**told)  # type: ignore[arg-type]


def _word(text: str) -> str:
    """A status or the like as one word: `Not yet recruiting` is `not_yet_recruiting`."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


# --- records ---------------------------------------------------------------------------------------------------------

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
_IN_YEARS = {"y": 1.0, "m": 1 / 12, "w": 7 / 365.25, "d": 1 / 365.25, "h": 0.0}


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
        told_low, told_high = _ages_in(text)
        low = told_low if low is None else low
        high = told_high if high is None else high
    said_sex = {"female": "female", "f": "female", "male": "male", "m": "male", "all": "all", "both": "all"}.get(
        sex.strip().lower(), ""
    )
    answers = {"true": True, "yes": True, "accepts": True, "false": False, "no": False}
    return Trial(
        number, title, tuple(conditions), tuple(interventions), _word(status), phase, type, tuple(dict.fromkeys(places)), sponsor,
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
    return float(found[1]) * _IN_YEARS[(found[2] or "y")[0].lower()] if found else None


def _ages_in(text: str) -> tuple[float | None, float | None]:
    """The lowest and the highest age in years that criteria state, each None where they do not."""
    low: float | None = None
    high: float | None = None
    for kind, said in _about(text, r"\bage[ds]?\b|\byears?[ -]old\b|\bolder\b|\byounger\b"):
        for atom in atoms(said):
            if atom.measure != "age" or not isinstance(atom.value, float) or atom.when or atom.unless:
                continue
            years = atom.value * _IN_YEARS.get((atom.unit or "y")[0].lower(), 1.0)
            op = atom.op if kind == "include" else {">": "<=", ">=": "<", "<": ">=", "<=": ">"}.get(atom.op, "")
            if op in (">=", ">") and low is None:
                low = years
            elif op in ("<=", "<") and high is None:
                high = years
    return low, high


def ecog_taken(text: str) -> tuple[int, ...] | None:
    """The ECOG performance statuses that criteria take; None where they say nothing of it.

    >>> ecog_taken("Inclusion Criteria:\\n* ECOG performance status 0-1\\nExclusion Criteria:\\n* Pregnant")
    (0, 1)
    """
    taken: set[int] | None = None
    barred: set[int] = set()
    for kind, said in _about(text, r"\becog\b|\beastern co|\bzubrod|\bwho (?:ps|performance)|\bperformance status"):
        if re.search(r"karnofsky|lansky", said, re.IGNORECASE) and not re.search(
            r"ecog|zubrod|who|eastern", said, re.IGNORECASE
        ):
            continue
        grades = [
            atom for atom in atoms(said) if atom.measure == "ecog" and isinstance(atom.value, (int, float)) and not atom.when
        ]
        if not grades:
            continue
        held: set[int] = set()
        for number, atom in enumerate(grades):
            met = {grade for grade in range(5) if _compared(atom.op, grade, float(atom.value))}
            held = (
                met
                if not number
                else held | met
                if atom.joined == "or" or atom.op == "==" == grades[number - 1].op
                else held & met
            )
        if kind == "include":
            taken = held if taken is None else taken | held  # cohorts apart take each their own
        else:
            barred |= held
    if taken is None and not barred:
        return None
    return tuple(sorted((taken if taken is not None else set(range(5))) - barred))


def _compared(op: str, grade: int, value: float) -> bool:
    return {"<": grade < value, "<=": grade <= value, ">": grade > value, ">=": grade >= value, "!=": grade != value}.get(
        op, grade == value
    )


def _about(text: str, pattern: str) -> Iterator[tuple[str, str]]:
    """The criteria that hold a word, each with whether it includes or excludes."""
    if not re.search(pattern, text, re.IGNORECASE):
        return
    for piece in pieces(text):
        said = text[piece.start : piece.end]
        if not piece.is_heading and re.search(pattern, said, re.IGNORECASE):
            yield piece.kind, said[:1_000]


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
        from .registries import read_record

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
        study_type=said(_word(one.type) if _word(one.type) in ("interventional", "observational") else ""), summary=said(one.summary),
        conditions=tuple(each for text in one.conditions for each in said(text)), eligibility=said(one.criteria),
        interventions=tuple(each for text in one.interventions for each in said(Intervention(text))),
        minimum_age=said(ages[0]), maximum_age=said(ages[1]), sex=said(one.sex), healthy_volunteers=said(one.healthy),
        countries=tuple(each for text in one.places for each in said(text)),
    )  # fmt: skip


# --- files -----------------------------------------------------------------------------------------------------------


def trials(path: Path) -> tuple[tuple[Trial, ...], tuple[Finding, ...]]:
    """The trials that a file holds: a register's record, or a table with a row for each trial; and what cannot be read."""
    name = path.name.removesuffix(".gz")
    suffix = Path(name).suffix.lower()
    try:
        if suffix in (".jsonl", ".ndjson"):
            return _rows(_lines(path), path)
        if suffix == ".parquet":
            import polars as pl

            return _rows(((number, row, "") for number, row in enumerate(pl.read_parquet(path).iter_rows(named=True), 1)), path)
    except (OSError, EOFError) as why:
        return (), (_finding(path, 0, f"cannot be read: {why}"),)
    except Exception as why:  # noqa: BLE001  a Parquet file that is none: polars has no common ancestor for what it raises
        return (), (_finding(path, 0, f"is no table that can be read: {str(why).splitlines()[0][:200]}"),)
    from .registries import read_record

    records, findings = read_record(path)
    made = [one for each in records if _is_of_a_trial(each, name) and (one := record_trial(each, str(path))) is not None]
    if records and not made:
        return (), (_finding(path, 0, "says too little of a trial to be one: no number, and hardly a field"),)
    return tuple(made), tuple(findings)


_TELLING = ("study_type", "allocation", "enrolment", "conditions", "interventions", "outcomes", "eligibility", "status")


def _is_of_a_trial(record: Record, name: str) -> bool:
    """Whether a text is of a trial: any text can be read as a page, and somebody's notes may lie in the folder too."""
    if not name.lower().endswith((".txt", ".md")) or trial_number(record):
        return True
    return sum(bool(record.said(field)) for field in _TELLING) >= 2


def _lines(path: Path) -> Iterator[tuple[int, object, str]]:
    import gzip

    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    with opened as lines:
        for number in range(1, 10_000_000):
            line = lines.readline(2_000_000)
            if not line:
                return
            if line.strip():
                try:
                    yield number, json.loads(line), ""
                except (ValueError, RecursionError) as why:
                    yield number, None, str(why)


def _rows(rows: Iterable[tuple[int, object, str]], path: Path) -> tuple[tuple[Trial, ...], tuple[Finding, ...]]:
    made: list[Trial] = []
    faults: list[Finding] = []
    for number, row, why in rows:
        one = row_trial(row, str(path), number) if isinstance(row, Mapping) else None
        if one is not None:
            made.append(one)
        elif len(faults) < 20:
            faults.append(
                _finding(path, number, f"is no JSON: {why}" if why else "no column of this row holds a trial's number")
            )
    return tuple(made), tuple(faults)


def _finding(path: Path, line: int, says: str) -> Finding:
    return Finding("unreadable", Place(str(path), line), says, Severity.WARNING)


# --- the library -----------------------------------------------------------------------------------------------------

_WEIGHTS = {
    "title": 3.0,
    "conditions": 3.0,
    "interventions": 2.0,
    "places": 1.0,
    "summary": 1.0,
    "criteria": 0.5,
    "sponsor": 0.5,
    "number": 5.0,
}


class Library:
    """The index of a folder of records. Reading the folder again takes in only what has changed.

    Args:
        folder: The folder of records.
        index: Where the index is kept; unsaid, in `.equipoise` inside the folder.
    """

    def __init__(self, folder: Path, index: Path | None = None) -> None:
        import tantivy

        self.folder = folder
        self.shelf = index if index is not None else folder / SHELF
        self._tantivy = tantivy
        built = tantivy.SchemaBuilder()
        for name in _WEIGHTS:
            built.add_text_field(name, tokenizer_name="raw" if name == "number" else "en_stem")
        for name in ("file", "takes"):
            built.add_text_field(name, stored=name == "file", tokenizer_name="raw")
        for name in ("youngest", "oldest"):
            built.add_float_field(name, indexed=True, fast=True)
        built.add_text_field("kept", stored=True, tokenizer_name="raw", index_option="basic", fast=False)
        self.schema = built.build()
        self._known = self._manifest()
        self.shelf.mkdir(parents=True, exist_ok=True)
        if not self._known and any(self.shelf.glob("*")):
            for each in self.shelf.glob("*"):  # of another edition: only what an index consists of is taken away
                if each.is_file() and (
                    each.name in ("files.json", "meta.json", ".managed.json")
                    or re.fullmatch(r"[0-9a-f]{32}\..+|\.tantivy-.+\.lock", each.name)
                ):
                    each.unlink()
        self.index = tantivy.Index(self.schema, path=str(self.shelf))

    def _manifest(self) -> dict[str, dict[str, object]]:
        try:
            told = json.loads((self.shelf / "files.json").read_text(encoding="utf-8"))
            return dict(told["files"]) if told["edition"] == EDITION else {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def refresh(self) -> Taken:
        """Take in the files that are new or have changed, and forget those that are gone."""
        here = {str(each.relative_to(self.folder)): each for each in self._files()}
        marks = {name: f"{each.stat().st_size}:{each.stat().st_mtime_ns}" for name, each in here.items()}
        gone = [name for name in self._known if name not in here]
        moved = [name for name in here if self._known.get(name, {}).get("mark") != marks[name]]
        new = changed = same = 0
        findings: list[Finding] = []
        if gone or moved:
            writer = self.index.writer(heap_size=64_000_000, num_threads=1)
            for name in gone:
                writer.delete_documents_by_term("file", name)
                del self._known[name]
            for name in moved:
                digest = _digest(here[name])
                before = self._known.get(name)
                if before is not None and before.get("digest") == digest:  # only touched
                    before["mark"], same = marks[name], same + 1
                    continue
                writer.delete_documents_by_term("file", name)
                got, faults = trials(here[name])
                findings += faults
                for each in got:
                    writer.add_document(self._document(each, name))
                self._known[name] = {"mark": marks[name], "digest": digest, "trials": len(got)}
                new, changed = (new + 1, changed) if before is None else (new, changed + 1)
            writer.commit()
            writer.wait_merging_threads()
            self.index.reload()
            told = json.dumps({"edition": EDITION, "files": self._known}, indent=0)
            (self.shelf / "files.json").write_text(told, encoding="utf-8")
        count = sum(int(str(each["trials"])) for each in self._known.values())
        return Taken(new, changed, len(gone), same + len(here) - len(moved), count, tuple(findings))

    def _files(self) -> Iterator[Path]:
        for each in sorted(self.folder.rglob("*")):
            if each.is_file() and not each.is_symlink() and each.suffix.lower() in FILES and SHELF not in each.parts:
                if self.shelf not in each.parents:
                    yield each

    def _document(self, one: Trial, file: str) -> "tantivy.Document":
        made = self._tantivy.Document()
        texts: dict[str, Sequence[str]] = {
            "number": (one.id.upper(),), "title": (one.title,), "conditions": one.conditions, "interventions": one.interventions,
            "places": one.places, "summary": (one.summary,), "criteria": (one.criteria,), "sponsor": (one.sponsor,), "file": (file,),
            "takes": tuple(_takes(one)), "kept": (json.dumps(asdict(one)),),
        }  # fmt: skip
        for name, values in texts.items():
            for value in values:
                if value:
                    made.add_text(name, value)
        if one.youngest is not None:
            made.add_float("youngest", one.youngest)
        if one.oldest is not None:
            made.add_float("oldest", one.oldest)
        return made

    def search(self, asked: Question, limit: int = 20) -> tuple[Found, ...]:
        """The trials that fit, best first; those whose record does not say what was asked come after those that say it."""
        whole = self._query(asked, every_word=True)
        found = self._found(whole, asked, limit, all_words=True)
        if len(found) < limit and len(asked.words.split()) > 1:
            known = {each.trial.id for each in found}
            found += [
                each
                for each in self._found(self._query(asked, every_word=False), asked, limit, all_words=False)
                if each.trial.id not in known
            ]
        return tuple(sorted(found[:limit], key=lambda each: (not each.all_words, len(each.unsaid), -each.score)))

    def similar(self, number: str, limit: int = 10) -> tuple[Found, ...]:
        """Trials like the one of this number, by the words of titles, conditions, interventions, summaries and criteria.

        Raises:
            LookupError: No trial of this number is in the library.
        """
        like = self.of(number)
        if like is None:
            raise LookupError(f"no trial {number} is in {self.folder}")
        words: dict[str, Sequence[object]] = {
            "title": [like.title], "conditions": list(like.conditions), "interventions": list(like.interventions),
            "summary": [like.summary], "criteria": [like.criteria],
        }  # fmt: skip
        query = self._tantivy.Query.more_like_this_document_fields_query(
            self.schema, {name: values for name, values in words.items() if any(values)}, min_term_frequency=1, min_doc_frequency=1, max_query_terms=60
        )  # fmt: skip
        found = self._found(query, Question(), limit + 1, all_words=True)
        return tuple(each for each in found if each.trial.id != like.id)[:limit]

    def of(self, number: str) -> Trial | None:
        """The trial of a number, or None."""
        query = self._tantivy.Query.term_query(self.schema, "number", number.strip().upper())
        found = self._found(query, Question(), 1, all_words=True)
        return found[0].trial if found else None

    def _query(self, asked: Question, *, every_word: bool) -> "tantivy.Query":
        query, must = self._tantivy.Query, self._tantivy.Occur.Must
        parts: list[tuple[tantivy.Occur, tantivy.Query]] = []
        for words, names in (
            (asked.words, list(_WEIGHTS)), (asked.condition, ["conditions", "title"]),
            (asked.intervention, ["interventions", "title"]), (asked.place, ["places"]),
        ):  # fmt: skip
            if plain := " ".join(re.findall(r"[\w\-]+", words)):
                made, _ = self.index.parse_query_lenient(
                    plain.replace("-", " "), names, {name: _WEIGHTS[name] for name in names},
                    conjunction_by_default=every_word or names != list(_WEIGHTS),
                )  # fmt: skip
                either = [
                    made,
                    *(
                        query.term_query(self.schema, "number", word.upper())
                        for word in plain.split()
                        if any(c.isdigit() for c in word)
                    ),
                ]
                parts.append((must, query.boolean_query([(self._tantivy.Occur.Should, each) for each in either])))
        tags = [f"status:{asked.status}"] if asked.status else []
        tags += [f"phase:{asked.phase}"] if asked.phase else []
        parts += [(must, query.const_score_query(query.term_query(self.schema, "takes", tag), 0.0)) for tag in tags]
        for tag in _barred(asked):
            parts.append((self._tantivy.Occur.MustNot, query.term_query(self.schema, "takes", tag)))
        if asked.age is not None:
            kind = self._tantivy.FieldType.Float
            reached = math.floor(asked.age) if asked.age >= 2 else asked.age  # who is 80 and a half is 80
            too_young = query.range_query(self.schema, "youngest", kind, asked.age, None, include_lower=False)
            too_old = query.range_query(self.schema, "oldest", kind, None, float(reached), include_upper=False)
            parts += [(self._tantivy.Occur.MustNot, each) for each in (too_young, too_old)]
        if not any(occur == must for occur, _ in parts):
            parts.append((must, query.all_query()))
        return query.boolean_query(parts)

    def _found(self, query: "tantivy.Query", asked: Question, limit: int, *, all_words: bool) -> list[Found]:
        searcher = self.index.searcher()
        made: dict[str, Found] = {}
        for score, address in searcher.search(query, limit=max(limit, 1) * 3, count=False).hits:
            kept = json.loads(searcher.doc(address)["kept"][0])
            told: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in kept.items()}
            one = Trial(**told)
            made.setdefault(one.id, Found(one, float(score), tuple(_answers(one, asked)), all_words))
        return sorted(made.values(), key=lambda each: (len(each.unsaid), -each.score))[:limit]


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _takes(one: Trial) -> Iterator[str]:
    """What a trial takes and does not take, as words that are looked for whole."""
    if one.status:
        yield f"status:{one.status}"
    for number in re.findall(r"[1-4]|\biv\b|\bi{1,3}\b", one.phase.lower().replace("/", " ")):
        yield f"phase:{_ROMAN.get(number, number)}"
    if one.sex in ("female", "male"):
        yield f"no:sex:{'male' if one.sex == 'female' else 'female'}"
    if one.healthy is False:
        yield "no:healthy"
    if one.ecog is not None:
        yield from (f"no:ecog:{grade}" for grade in range(5) if grade not in one.ecog)


def _barred(asked: Question) -> Iterator[str]:
    if asked.sex:
        yield f"no:sex:{asked.sex}"
    if asked.healthy:
        yield "no:healthy"
    if asked.ecog is not None:
        yield f"no:ecog:{asked.ecog}"


def _answers(one: Trial, asked: Question) -> Iterator[tuple[str, Answer, str]]:
    """What the record says to each thing that was asked of a person."""
    if asked.age is not None:
        low = f"from {one.youngest:g}" if one.youngest is not None else "no lower age said"
        high = f"to {one.oldest:g}" if one.oldest is not None else "no upper age said"
        is_said = one.youngest is not None or one.oldest is not None
        yield f"age {asked.age:g}", "fits" if is_said else "unsaid", f"{low}, {high}" if is_said else ""
    if asked.ecog is not None:
        yield f"ECOG {asked.ecog}", "fits" if one.ecog is not None else "unsaid", ", ".join(map(str, one.ecog or ()))
    if asked.sex:
        yield asked.sex, "fits" if one.sex else "unsaid", one.sex
    if asked.healthy:
        yield "healthy volunteers", "fits" if one.healthy is not None else "unsaid", "yes" if one.healthy else ""
