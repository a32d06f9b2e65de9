"""Records of trials in a folder, indexed once and searched."""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tantivy

from ..finding import Finding
from .folder import FILES, trials
from .meaning import meant, respelled, telling
from .question import ROMAN, Found, Question, answers, barred
from .trial import Trial

SHELF = ".equipoise"
"""The folder, inside the folder of records, in which the index is kept."""


MOST_WORDED = 20_000
"""Trials whose words a misspelled word is compared with."""


EDITION = 1
"""Changes whenever what is kept in an index changes; an older index is made anew."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of reading the folder: files new, changed, gone and left as they were, trials, and findings."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    same: int = 0
    trials: int = 0
    findings: tuple[Finding, ...] = field(default=(), compare=False)


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
        if asked.words.strip() and not telling(asked.words) and not replace(asked, words=""):
            return ()  # nothing in it is a word
        whole = self._query(asked, every_word=True)
        found = self._found(whole, asked, limit, all_words=True)
        if not found and asked.words and (better := respelled(asked.words, self._words())):
            words = " ".join(better.get(word, word) for word in telling(asked.words))
            again = self.search(replace(asked, words=words), limit)
            return tuple(replace(each, respelled=tuple(better.items())) for each in again)
        if len(found) < limit and len(asked.words.split()) > 1:
            known = {each.trial.id for each in found}
            found += [
                each
                for each in self._found(self._query(asked, every_word=False), asked, limit, all_words=False)
                if each.trial.id not in known
            ]
        return tuple(sorted(found[:limit], key=lambda each: (not each.all_words, len(each.unsaid), -each.score)))

    def _words(self) -> frozenset[str]:
        """The words of the trials' titles, conditions, interventions, places and sponsors."""
        searcher = self.index.searcher()
        known: set[str] = set()
        for _, address in searcher.search(self._tantivy.Query.all_query(), limit=MOST_WORDED, count=False).hits:
            kept = json.loads(searcher.doc(address)["kept"][0])
            said = (kept["title"], kept["sponsor"], *kept["conditions"], *kept["interventions"], *kept["places"])
            known.update(re.findall(r"[^\W\d_]{4,}", " ".join(said).casefold()))
        return frozenset(known)

    def similar(self, number: str, limit: int = 10) -> tuple[Found, ...]:
        """Trials like the one of this number, by the words of titles, conditions, interventions, summaries and criteria.

        Raises:
            LookupError: No trial of this number is in the library.
        """
        like = self.of(number)
        if like is None:
            raise LookupError(f"no trial {number} is in {self.folder}")
        words: dict[str, Sequence[object]] = {
            "title": [like.title], "conditions": list(like.conditions), "interventions": list(like.interventions), "summary": [like.summary],
        }  # fmt: skip
        parts = [(self._more_like(words), 1.0), (self._more_like({"criteria": [like.criteria]}), 0.3)]
        for name, said, weight in (("conditions", like.conditions, 4.0), ("interventions", like.interventions, 2.0)):
            for each in said[:10]:  # what is studied makes two trials alike, more than how their criteria are worded
                wanted = " ".join(_either(one) for one in meant(" ".join(each.split()[:12])))
                parts.append((self.index.parse_query_lenient(wanted, [name, "title"])[0] if wanted else None, weight))
        should = self._tantivy.Occur.Should
        query = self._tantivy.Query.boolean_query(
            [(should, self._tantivy.Query.boost_query(part, weight)) for part, weight in parts if part is not None]
        )
        found = self._found(query, Question(), limit + 1, all_words=True)
        return tuple(each for each in found if each.trial.id != like.id)[:limit]

    def _more_like(self, words: dict[str, Sequence[object]]) -> "tantivy.Query | None":
        """The trials whose fields have the telling words of these texts."""
        given = {name: values for name, values in words.items() if any(values)}
        if not given:
            return None
        return self._tantivy.Query.more_like_this_document_fields_query(
            self.schema, given, min_term_frequency=1, min_doc_frequency=1, max_query_terms=60
        )

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
            if telling(words):
                made, _ = self.index.parse_query_lenient(
                    " ".join(_either(each) for each in meant(words)), names, {name: _WEIGHTS[name] for name in names},
                    conjunction_by_default=every_word or names != list(_WEIGHTS),
                )  # fmt: skip
                either = [
                    made,
                    *(
                        query.term_query(self.schema, "number", word.upper())
                        for word in re.findall(r"[\w/-]+", words)
                        if any(c.isdigit() for c in word)
                    ),
                ]
                parts.append((must, query.boolean_query([(self._tantivy.Occur.Should, each) for each in either])))
        tags = [f"status:{asked.status}"] if asked.status and asked.status != "not_recruiting" else []
        tags += [f"phase:{each}" for each in asked.phase.split("/") if each]
        parts += [(must, query.const_score_query(query.term_query(self.schema, "takes", tag), 0.0)) for tag in tags]
        shut = ("recruiting", "enrolling_by_invitation", "not_yet_recruiting") if asked.status == "not_recruiting" else ()
        for tag in (*barred(asked), *(f"status:{each}" for each in shut)):
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
            made.setdefault(one.id, Found(one, float(score), tuple(answers(one, asked)), all_words))
        return sorted(made.values(), key=lambda each: (len(each.unsaid), -each.score))[:limit]


def _either(words: tuple[str, ...]) -> str:
    """One of several words or phrases, as the index is asked for it; the first counts most."""
    quoted = [f'"{each}"' if " " in each else each for each in words]
    return quoted[0] if len(quoted) == 1 else f"({' OR '.join((f'{quoted[0]}^2', *quoted[1:]))})"


def _digest(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _takes(one: Trial) -> Iterator[str]:
    """What a trial takes and does not take, as words that are looked for whole."""
    if one.status:
        yield f"status:{one.status}"
    for number in re.findall(r"[1-4]|\biv\b|\bi{1,3}\b", one.phase.lower().replace("/", " ")):
        yield f"phase:{ROMAN.get(number, number)}"
    if one.sex in ("female", "male"):
        yield f"no:sex:{'male' if one.sex == 'female' else 'female'}"
    if one.healthy is False:
        yield "no:healthy"
    if one.ecog is not None:
        yield from (f"no:ecog:{grade}" for grade in range(5) if grade not in one.ecog)
