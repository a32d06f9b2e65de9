"""An import into a folder: one file of events a participant, appended to, never rewritten, whatever is imported again.

Rows are read one after the other and events are sorted by participant on disk, so that a table of a million rows takes no
more memory than one of a thousand, but for what tells a row from those before it (about 100 bytes each).

An event that a table tells otherwise than it did is corrected, by an event that says so; one that it no longer tells is
withdrawn. What a person corrected since stays: that the table tells otherwise is then a finding.
"""

import os
import pickle
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from csv import writer
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import IO, Any

from ..calendar import When
from ..events import Corrected, Decided, Event, Recorded, current
from ..finding import Finding, Place, Severity
from ..study import Study
from ..table import printed
from ..transcript import file_name, line_of, read_events, write_events
from .intake import People, Source, take_table
from .mapping import Tables
from .rejected import AS_TOLD, COLUMNS, MENDED, REJECTED, Rejected, read_mendings

PARTS, AT_ONCE, FINDINGS = 64, 20_000, 1_000
"""Files that events are sorted into, events held before they are written there, and findings that are kept to be printed."""
BY = "equipoise import"
SAYS = "the table tells it otherwise since"
GONE = "the table no longer tells it"


@dataclass(frozen=True)
class Stored:
    """What an import wrote: counts, and its findings, of which the first thousand are kept.

    `rejected_rows` gave no event, or not all; `doubts` are cells that are no answers. Each stands in `rejected.csv`.
    """

    participants: int
    rows: int
    events: int
    written: int
    corrected: int
    withdrawn: int
    rejected_rows: int
    doubts: int
    findings: tuple[Finding, ...]
    counts: Mapping[Severity, int]


@dataclass(slots=True)
class _Sorted:
    """An import under way: events sorted by participant into files, rejected rows written as they come."""

    study: Study
    folder: Path
    rejected: Any
    seen: Callable[[int], None]
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[Severity] = field(default_factory=Counter)
    sites: set[str] = field(default_factory=set)
    rows: int = 0
    events: int = 0
    rejected_rows: int = 0
    doubts: int = 0
    last: tuple[str, str, int] = ("", "", 0)
    held: list[list[tuple[Any, ...]]] = field(default_factory=lambda: [[] for _ in range(PARTS)])
    """Events as plain tuples, which are written and read ten times as fast."""

    def note(self, rule: str, place: Place, says: str, severity: Severity = Severity.ERROR, text: str = "") -> None:
        self.add(Finding(rule, place, printed(says), severity, printed(text[:2000])))

    def add(self, found: Finding) -> None:
        self.counts[found.severity] += 1
        if len(self.findings) < FINDINGS:
            self.findings.append(found)

    def keep(self, event: Recorded | Decided, place: Place) -> None:
        part = blake2b(event.participant.encode("utf-8", "replace"), digest_size=1).digest()[0] % PARTS
        kept: tuple[Any, ...] = event.participant, event.id, event.on.first, event.on.last, event.site
        if isinstance(event, Decided):
            kept += (event.step, None, (event.option, event.reason, event.members), None)
        else:
            kept += (event.activity, event.values, event.limits, event.lesions)
        self.held[part].append((*kept, place.file, place.line))
        self.events += 1
        if self.events % AT_ONCE == 0:
            self.flush()

    def reject(self, rejected: Rejected) -> None:
        self.rejected.writerow(rejected.told)
        if not rejected.is_row:
            self.doubts += 1
        elif self.last != (at := (rejected.file, rejected.sheet, rejected.line)):
            self.last = at
            self.rejected_rows += 1

    def flush(self) -> None:
        """Write what is held to its files."""
        for part, held in enumerate(self.held):
            if held:
                with (self.folder / str(part)).open("ab") as opened:
                    pickle.dump(held, opened, pickle.HIGHEST_PROTOCOL)
                held.clear()
        self.seen(self.rows)

    def parts(self) -> Iterator[dict[str, list[tuple[Recorded | Decided, Place]]]]:
        """The events of each participant, one part of the people after the other, each participant whole."""
        self.flush()
        for part in range(PARTS):
            people: dict[str, list[tuple[Recorded | Decided, Place]]] = {}
            file = self.folder / str(part)
            if file.exists():
                with file.open("rb") as opened, suppress(EOFError):
                    while True:
                        for who, id, first, last, site, name, values, more, seen, of, line in pickle.load(opened):  # noqa: S301 - our own
                            event: Recorded | Decided = (
                                Decided(id=id, participant=who, on=When(first, last), site=site, step=name, option=more[0], reason=more[1],
                                        members=more[2])
                                if values is None
                                else Recorded(id=id, participant=who, on=When(first, last), site=site, activity=name, values=values,
                                              limits=more, lesions=seen)
                            )  # fmt: skip
                            people.setdefault(who, []).append((event, Place(of, line, 1)))
                file.unlink()
                yield people


def stored(
    study: Study, mapping: Tables, source: Source, to: Path, *, seen: Callable[[int], None] = lambda rows: None
) -> Stored:
    """Import a cohort's tables into a folder.

    What was mended in the folder's `rejected.csv` is taken, kept in `mended.csv`, and taken again by every later import.

    Args:
        study: Whose activities the rows tell.
        mapping: What the columns mean.
        source: The folder in which the tables lie, or the tables by the names that the mapping calls them.
        to: The folder of events; made if it is not there.
        seen: Told how many rows were read, from time to time.

    Raises:
        OSError: The folder cannot be written to.
    """
    to.mkdir(parents=True, exist_ok=True)
    mendings, mended, findings = read_mendings(to)
    before = frozenset(each.name for each in to.glob("*.jsonl"))
    tally: Counter[str] = Counter()
    visited: set[str] = set()
    with TemporaryDirectory(prefix=".import-", dir=to) as folder:
        waiting = Path(folder) / REJECTED
        with waiting.open("w", encoding="utf-8-sig", newline="") as opened:
            work = _started(study, Path(folder), opened, seen)
            for each in findings:
                work.add(each)
            whole = []
            for number, table in enumerate(mapping.tables, 1):
                name = f"{number}-{Path(table.file.text).stem}"
                if take_table(table, number, source, work, mendings):
                    whole.append(name)
            owns = re.compile(rf"({'|'.join(map(re.escape, whole))})-\d+-\d+(~\d+)?" if whole else "(?!)")
            people = People(study, mapping)
            for part in work.parts():
                for who, told in part.items():
                    visited.add(file_name(who))
                    _write(who, people.take(who, told), to, owns, study, work, tally)
            for name in sorted(before - {f"{each}.jsonl" for each in visited}):
                _withdraw(to / name, to, owns, study, work, tally)
            people.report(work)
        copyfile(waiting, to / AS_TOLD)
        os.replace(waiting, to / REJECTED)
    if not work.rejected_rows and not work.doubts:
        (to / REJECTED).unlink()
        (to / AS_TOLD).unlink()
    if mended:
        _keep_mended(to, mended)
    return Stored(
        participants=len(visited), rows=work.rows, events=work.events, written=tally["written"],
        corrected=tally["corrected"], withdrawn=tally["withdrawn"], rejected_rows=work.rejected_rows,
        doubts=work.doubts, findings=tuple(work.findings), counts=work.counts,
    )  # fmt: skip


def _started(study: Study, folder: Path, opened: IO[str], seen: Callable[[int], None]) -> _Sorted:
    rows = writer(opened, lineterminator="\n")
    rows.writerow(COLUMNS)
    return _Sorted(study, folder, rows, seen)


def _keep_mended(to: Path, mended: Iterable[Sequence[str]]) -> None:
    new = to / f".{MENDED}"
    with new.open("w", encoding="utf-8-sig", newline="") as opened:
        rows = writer(opened, lineterminator="\n")
        rows.writerow(COLUMNS)
        rows.writerows(mended)
    os.replace(new, to / MENDED)


# --- one participant -------------------------------------------------------------------------------------------------


def _write(
    who: str, told: Sequence[Event], to: Path, owns: re.Pattern[str], study: Study, work: _Sorted, tally: Counter[str]
) -> None:
    """Append what a participant's file does not say yet."""
    file = to / f"{file_name(who)}.jsonl"
    if not file.exists():
        tally["written"] += len(told)
        for each in write_events({who: told}, to, study):
            work.add(each)
        return
    there, faults = read_events(file, study)
    for each in faults:
        if each.rule in ("unreadable", "wrong-shape", "unknown-key"):  # what a refused cell said is told by its table
            work.add(each)
    more = _further(who, [each for each in told if not isinstance(each, Corrected)], there, owns, study, work, tally)
    if more:
        for each in write_events({who: more}, to, study):
            work.add(each)


def _withdraw(file: Path, to: Path, owns: re.Pattern[str], study: Study, work: _Sorted, tally: Counter[str]) -> None:
    """Withdraw what an earlier import told of somebody whom the tables no longer name."""
    if not any(owns.search(line) for line in file.read_text(encoding="utf-8", errors="replace").splitlines()):
        return
    there, _ = read_events(file, study)
    who = next((each.participant for each in there if each.participant), file.stem)
    more = _further(who, [], there, owns, study, work, tally)
    if more:
        for each in write_events({who: more}, to, study):
            work.add(each)


def _further(
    who: str,
    told: Sequence[Recorded | Decided],
    there: Sequence[Event],
    owns: re.Pattern[str],
    study: Study,
    work: _Sorted,
    tally: Counter[str],
) -> list[Event]:
    """The events by which what stands becomes what the tables tell."""
    own = [each for each in there if owns.fullmatch(each.id)]
    by_hand = {each.corrects for each in there if isinstance(each, Corrected) and not owns.fullmatch(each.id)}
    stands = {each.id: each for each in current(own)[0]}
    names = {each.id for each in there}
    pairs, new = _matched(told, stands, study)
    more: list[Event] = []

    def named(id: str) -> str:
        base = id.partition("~")[0]
        name, turn = id, 0
        while name in names:
            turn += 1
            name = f"{base}~{turn}"
        names.add(name)
        return name

    def differs(old: Recorded | Decided, says: str) -> None:
        place = Place(f"{file_name(who)}.jsonl")
        sentence = f"event '{old.id}' was corrected by hand, and {says}: what stands, stays"
        work.add(Finding("said-otherwise", place, printed(sentence), Severity.WARNING))

    left = dict(stands)
    for fresh, old in pairs:
        left.pop(old.id)
        if _content(fresh, study) == _content(old, study):
            continue
        if old.id in by_hand:
            differs(old, SAYS)
            continue
        tally["corrected"] += 1
        if isinstance(old, Decided) or isinstance(fresh, Decided):
            more += [_withdrawal(old, named(old.id), SAYS), replace(fresh, id=named(old.id))]
        elif old.site != fresh.site or {*old.values} - {*fresh.values} or {*old.limits} - {*fresh.limits}:
            more += [_withdrawal(old, named(old.id), SAYS), replace(fresh, id=named(old.id))]
        else:
            more.append(_correction(old, fresh, named(old.id)))
    for fresh in new:
        tally["written"] += 1
        more.append(replace(fresh, id=named(fresh.id)))
    for old in left.values():
        if old.id in by_hand:
            differs(old, GONE)
            continue
        tally["withdrawn"] += 1
        more.append(_withdrawal(old, named(old.id), GONE))
        says = f"the tables no longer tell event '{old.id}' ({_about(old)}, {old.on}): it is withdrawn"
        work.add(Finding("no-longer-told", Place(f"{file_name(who)}.jsonl"), printed(says), Severity.WARNING))
    return more


def _matched(
    told: Sequence[Recorded | Decided], stands: Mapping[str, Recorded | Decided], study: Study
) -> tuple[list[tuple[Recorded | Decided, Recorded | Decided]], list[Recorded | Decided]]:
    """Each event with the one that stands for it already, and those that nothing stands for.

    What says the same is the same, wherever its row stands now; then what has the same name and activity; then what is the
    same activity on the same day.
    """
    pairs: list[tuple[Recorded | Decided, Recorded | Decided]] = []
    waiting, free = list(told), dict(stands)
    alike: tuple[Callable[[Recorded | Decided], object], ...] = (
        lambda each: (each.id.partition("~")[0], _content(each, study)),
        lambda each: _content(each, study),
        lambda each: (each.id.partition("~")[0], _about(each)),
        lambda each: (_about(each), each.on),
    )
    for key in alike:
        if not waiting or not free:
            break
        by_key: dict[object, list[str]] = {}
        for id, each in free.items():
            by_key.setdefault(key(each), []).append(id)
        rest = []
        for each in waiting:
            if found := by_key.get(key(each)):
                pairs.append((each, free.pop(found.pop(0))))
            else:
                rest.append(each)
        waiting = rest
    return pairs, waiting


def _about(event: Recorded | Decided) -> str:
    return event.step if isinstance(event, Decided) else event.activity


def _content(event: Recorded | Decided, study: Study) -> str:
    """What an event says, whatever it is called."""
    return line_of(replace(event, id="", by="", note="", entered=None), study)


def _correction(old: Recorded, fresh: Recorded, name: str) -> Corrected:
    values = {key: value for key, value in fresh.values.items() if old.values.get(key) != value}
    limits = {key: value for key, value in fresh.limits.items() if old.limits.get(key) != value}
    moved = fresh.on if fresh.on != old.on else None
    seen = fresh.lesions if fresh.lesions != old.lesions else None
    return Corrected(
        id=name, participant=old.participant, on=old.on, by=BY, corrects=old.id, values=values, limits=limits, lesions=seen,
        moved_to=moved, reason=SAYS,
    )  # fmt: skip


def _withdrawal(old: Recorded | Decided, name: str, why: str) -> Corrected:
    return Corrected(id=name, participant=old.participant, on=old.on, by=BY, corrects=old.id, retracts=True, reason=why)
