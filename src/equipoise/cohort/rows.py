"""Rows as events: a table whose columns were found, what its rows say, and what of them an import notes."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import blake2b
from pathlib import PurePosixPath

from ..answers import Refused, site_limits
from ..calendar import When
from ..document import shown
from ..events import Decided, Recorded, Seen
from ..expression.facts import Value
from ..finding import Place, Severity, Unreadable, did_you_mean
from ..lesions import STATUSES
from ..protocol import ORGANS
from ..table import SPOILT, Row, clean
from .cells import day_told
from .columns import Columns, Intake, Listed, Told, event_plan, kept
from .files import Sheet
from .mapping import CodedCell, Table
from .rejected import BLANK, LEFT_OUT, Mended, Rejected, cells_of, csv_line


@dataclass(slots=True)
class Plan:
    """A table whose columns were found, and what its rows have said so far."""

    table: Table
    sheet: Sheet
    name: str
    participant: int
    site: int | str
    site_codes: Mapping[str, str]
    missing: frozenset[str]
    events: tuple[Told, ...]
    mended: Mapping[int, Mapping[str, Mended]]
    asked: Mapping[int, frozenset[str]]
    """Columns on which several events depend, and all that their conditions name."""
    said: dict[int, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    idle: int = 0
    first_idle: int = 0
    kept: set[str] = field(default_factory=set)
    kept_at: int = 0

    @classmethod
    def of(
        cls, table: Table, number: int, sheet: Sheet, work: Intake, mended: Mapping[int, Mapping[str, Mended]]
    ) -> "Plan | None":
        """The plan of a table; None, and findings, if it cannot be read at all."""
        found = Columns(sheet.called, sheet.columns, work)
        for name in [name for name, count in Counter(sheet.columns).items() if count > 1]:
            place, text = sheet.place(sheet.header, sheet.columns.index(name, sheet.columns.index(name) + 1))
            says = f"column {shown(name)} stands more than once in the header"
            work.note("said-twice", place, says, Severity.WARNING, text)
        participant = found.index(table.participant)
        site: int | str = ""
        site_codes: Mapping[str, str] = {}
        if isinstance(table.site, CodedCell):
            at = found.index(table.site.column)
            site, site_codes = "" if at is None else at, {key.text: code.text for key, code in table.site.codes.items()}
        elif table.site is not None:
            if table.site.text not in sheet.columns and table.site.text in work.study.protocol.sites:
                site = table.site.text
            else:
                at = found.index(table.site)
                site = "" if at is None else at
        events = [
            event
            for place_, told in enumerate(table.events, 1)
            if (event := event_plan(place_, told, table, sheet, found, work)) is not None
        ]
        if participant is None:
            return None
        unread = [name for index, name in enumerate(sheet.columns) if index not in found.used]
        if unread:
            listed = ", ".join(map(shown, unread[:20])) + (" ..." if len(unread) > 20 else "")
            says = f"the mapping names none of these columns, so they are not imported: {listed}"
            work.note("unread-column", Place(sheet.called, sheet.header.line, 1), says, Severity.NOTE)
        name = f"{number}-{PurePosixPath(table.file.text).stem}"
        missing = frozenset(text.strip() for text in table.missing)
        tests: dict[int, set[frozenset[str]]] = {}
        for index, wanted in (test for event in events for test in event.tests):
            tests.setdefault(index, set()).add(wanted)
        asked = {index: frozenset[str]().union(*told) for index, told in tests.items() if len(told) > 1}
        return cls(table, sheet, name, participant, site, site_codes, missing, tuple(events), mended, asked)

    def take(self, row: Row, work: Intake) -> None:
        """Make events of a row, or keep it with the reason why not."""
        mended = self.mended.get(row.line, {})
        if any(each.to == LEFT_OUT for each in mended.values()):
            self._left_out(row, mended, work)
            return
        if "" in mended:
            row = self._whole(row, mended[""], work)
        if row.fault:
            self._reject(row, row.fault, work)
            return
        cells = [cell.strip() for cell in row.cells]
        if len(cells) != len(self.sheet.columns):
            many = counted(len(cells), "cell")
            self._reject(row, f"{many}, where the header has {len(self.sheet.columns)}: which is which is not told", work)
            return
        self._mend(cells, row, mended, work)
        if row.is_spoilt:
            self._note_spoilt(row, work)
            cells = [clean(cell) for cell in cells]
        who = cells[self.participant]
        if not who or who in self.missing or "\ufffd" in who:
            says = "cannot be read" if "\ufffd" in who else "is left blank"
            says = f"the participant (column {shown(self.sheet.columns[self.participant])}) {says}"
            self._reject(row, says, work, self.participant)
            return
        who = self.table.prefix + who
        mark = int.from_bytes(blake2b("\x1f".join(cells).encode("utf-8", "replace"), digest_size=8).digest(), "big")
        if mark in self.said:
            says = f"the same row as on line {self.said[mark]}, word for word"
            self._reject(row, says, work, rule="said-twice", who=who)
            return
        self.said[mark] = row.line
        nth = self.counts[who] = self.counts.get(who, 0) + 1
        self.kept.clear()
        site, told = self._site(cells, row, work), False
        for event in self.events:
            told |= self._event(event, cells, row, who, nth, site, work)
        self._note_unnamed(cells, row, who, work, told=told)
        if not told and not self.kept:
            self.idle += 1
            self.first_idle = self.first_idle or row.line
            self._keep(row, "no event of the mapping fits this row", work, who)

    # --- what was mended

    def _left_out(self, row: Row, mended: Mapping[str, Mended], work: Intake) -> None:
        says = f"the row is left out: {next(iter(mended.values())).place} says so"
        work.note("rejected-row", Place(self.sheet.called, row.line, 1), says, Severity.NOTE)

    def _whole(self, row: Row, by: Mended, work: Intake) -> Row:
        """A row as it was written anew."""
        stood = csv_as_kept(row)
        if by.says != stood:
            self._stale(row, by, stood, work)
            return row
        return Row(row.line, row.text, cells_of(by.to))

    def _mend(self, cells: list[str], row: Row, mended: Mapping[str, Mended], work: Intake) -> None:
        """Put into a row's cells what was written for them, as long as they still say what they said then."""
        for column, by in mended.items():
            if not column:
                continue
            at = self.sheet.columns.index(column) if column in self.sheet.columns else None
            if at is None:
                says = (
                    f"what was mended for row {row.line} names column {shown(column)}, which {self.sheet.called} does not have"
                )
                work.note("stale-mending", by.place, says, Severity.WARNING)
            elif clean(cells[at]) != by.says.strip():
                self._stale(row, by, cells[at], work, column)
            else:
                cells[at] = "" if by.to == BLANK else by.to

    def _stale(self, row: Row, by: Mended, stands: str, work: Intake, column: str = "") -> None:
        if stands == by.to or by.to == BLANK and not stands.strip():
            return  # mended where it comes from, too
        what = f"column {shown(column)} of " if column else ""
        says = f"{what}row {row.line} of {self.sheet.called} said {shown(by.says)} when it was mended and says {shown(stands)}"
        work.note("stale-mending", by.place, f"{says} now: what was mended is not put in its place", Severity.WARNING)

    # --- what is kept aside

    def _keep(self, row: Row, why: str, work: Intake, who: str = "", index: int | None = None, named: str = "") -> bool:
        """Keep a row with a reason; False if it is kept for that very reason already, as two events share a day."""
        if self.kept_at != row.line:
            self.kept.clear()
            self.kept_at = row.line
        if why in self.kept:
            return False
        self.kept.add(why)
        cells = tuple(map(clean, row.cells)) or (row.text.rstrip("\r\n"),)
        column = self.sheet.columns[index] if index is not None else ""
        says = cells[index].strip() if index is not None else ""
        work.reject(
            Rejected(self.sheet.file, row.line, cells, why, who, self.sheet.sheet, column, says, named or "rejected-row")
        )
        return True

    def _reject(
        self, row: Row, why: str, work: Intake, index: int | None = None, *, rule: str = "rejected-row", who: str = ""
    ) -> None:
        if not self._keep(row, why, work, who, index, rule):
            return
        if index is not None:
            place, text = self.sheet.place(row, index)
            work.note(rule, place, f"{why}; the row is kept", text=text)
        else:
            text = row.text.split("\n", 1)[0].rstrip("\r")
            work.note(rule, Place(self.sheet.called, row.line, 1), f"{why}; the row is kept", text=clean(text[:2000]))

    def _doubt(
        self, row: Row, index: int, says: str, work: Intake, rule: str, who: str, severity: Severity = Severity.ERROR
    ) -> None:
        """Keep a cell that is no answer, though its row tells its events; and say so."""
        place, text = self.sheet.place(row, index)
        work.note(rule, place, says, severity, text)
        column, cell = self.sheet.columns[index], clean(row.cells[index]).strip()
        work.reject(Rejected(self.sheet.file, row.line, (), says, who, self.sheet.sheet, column, cell, rule, is_row=False))

    def _note_spoilt(self, row: Row, work: Intake) -> None:
        for index, cell in enumerate(row.cells):
            if found := SPOILT.search(cell):
                code = ord(found.group())
                what = "there is a NUL byte"
                if code:
                    encoding = self.table.encoding or "UTF-8"
                    what = (
                        f"the byte 0x{code - 0xDC00:02X} is not {encoding}; if the table is written otherwise, say its encoding"
                    )
                self._doubt(row, index, f"column {shown(self.sheet.columns[index])}: {what}", work, "unreadable", "")

    def _note_unnamed(self, cells: Sequence[str], row: Row, who: str, work: Intake, *, told: bool) -> None:
        """Note what a row says in a column on which events depend, where no condition names that."""
        for index, wanted in self.asked.items():
            text = cells[index]
            if text not in wanted and self._is_told(text) and told:
                says = (
                    f"column {shown(self.sheet.columns[index])}: {shown(text)} is not one of {', '.join(sorted(wanted)[:12])}"
                )
                says = f"{says}, on which it depends what took place"
                place, line = self.sheet.place(row, index)
                work.note("unknown-condition", place, says, Severity.WARNING, line)
                self._keep(row, says, work, who, index, "unknown-condition")

    # --- what a row tells

    def _site(self, cells: Sequence[str], row: Row, work: Intake) -> str:
        if isinstance(self.site, str):
            return self.site
        if not self._is_told(cells[self.site]):
            return ""
        told = cells[self.site]
        site = self.site_codes.get(told, told)
        sites = work.study.protocol.sites
        unknown = site not in sites if sites else bool(self.site_codes) and told not in self.site_codes
        if unknown and site not in work.sites:
            work.sites.add(site)
            near = did_you_mean(site, sites)
            says = f"column {shown(self.sheet.columns[self.site])}: {shown(site)} is not a site of this study{near}; it is kept"
            self._doubt(row, self.site, says, work, "unknown-name", "", Severity.WARNING)
        return site

    def _event(self, event: Told, cells: Sequence[str], row: Row, who: str, nth: int, site: str, work: Intake) -> bool:
        """Whether a row tells an event; it is then among the participant's."""
        unknown = None
        for index, wanted in event.tests:
            text = cells[index]
            if text in wanted:
                continue
            if text not in self.missing and "\ufffd" not in text:
                return False
            unknown = index if unknown is None else unknown
        name = event.name
        if unknown is not None:
            column = self.sheet.columns[unknown]
            says = f"column {shown(column)} does not say, so whether {name} took place is not told"
            self._keep(row, says, work, who, unknown, "unknown-condition")
            place, text = self.sheet.place(row, unknown)
            work.note("unknown-condition", place, says, Severity.WARNING, text)
            return False
        on = self._when(event, cells)
        if not isinstance(on, When):
            if on or event.tests or any(self._is_told(cells[at]) for at in self._says(event)):
                blank = f"column {shown(self.sheet.columns[event.at or 0])} is left blank, so the day of {name} is not told"
                self._reject(row, on or blank, work, event.at, who=who)
            return False
        made = self._made(event, cells, row, who, f"{self.name}-{event.number}-{nth}", on, site, work)
        if made is None:
            return False
        work.keep(made, Place(self.sheet.called, row.line, 1))
        return True

    def _made(
        self, event: Told, cells: Sequence[str], row: Row, who: str, id: str, on: When, site: str, work: Intake
    ) -> Recorded | Decided | None:
        """The event; None if it is a decision of which the row does not say what was chosen."""
        if event.option is None:
            values, limits = self._values(event, cells, row, who, site, work)
            seen = self._lesion(event.lesion, cells, row, who, work) if event.lesion is not None else None
            return Recorded(
                id=id, participant=who, on=on, site=site, activity=event.name, values=values, limits=limits,
                lesions=seen if seen is None else tuple(each for each in (seen,) if each.id),
            )  # fmt: skip
        text = cells[event.option.at]
        option = event.option.codes.get(text, text)
        if not self._is_told(text):
            if sum(one.at == event.at for one in self.events) == 1:  # a date of its own, and nothing decided on it
                blank = f"{self._column(event.option.at)} is left blank, so what was decided at {event.name} is not told"
                self._reject(row, blank, work, event.option.at, who=who)
            return None
        if option not in event.option.options or (event.option.codes and text not in event.option.codes):
            known = ", ".join(event.option.codes or event.option.options)
            says = f"{self._column(event.option.at)}: {shown(text)} is not one of {known}, so what was decided at {event.name} is not told"
            self._reject(row, says, work, event.option.at, who=who)
            return None
        reason = cells[event.option.reason] if event.option.reason is not None else ""
        many = cells[event.option.members] if event.option.members is not None else ""
        if self._is_told(many) and not re.fullmatch(r"\d{1,4}(\.0+)?", many, re.ASCII):
            says = f"{self._column(event.option.members or 0)}: {shown(many)} is not a number of people"
            self._doubt(row, event.option.members or 0, says, work, "unreadable-value", who)
            many = ""
        return Decided(
            id=id, participant=who, on=on, site=site, step=event.name, option=option, reason=reason,
            members=int(float(many)) if self._is_told(many) else 0,
        )  # fmt: skip

    def _lesion(self, told: Listed, cells: Sequence[str], row: Row, who: str, work: Intake) -> Seen:
        """The lesion that a row lists; without a name where it lists none, which the imaging may well say."""
        name = cells[told.id]
        parts: dict[str, str] = {}
        for word, at, codes in told.words:
            text = cells[at]
            if not self._is_told(text):
                continue
            means = codes.get(text, text)
            known = {"organ": ORGANS, "status": STATUSES}.get(word)
            if known is not None and means not in known or codes and text not in codes:
                says = f"{self._column(at)}: {shown(text)} is not one of {', '.join(codes or known or ())}"
                self._doubt(row, at, f"{says}{did_you_mean(text, codes or known or ())}", work, "unreadable-value", who)
                continue
            parts[word] = means
        diameter = None
        if told.diameter is not None and told.diameter.at is not None and self._is_told(text := cells[told.diameter.at]):
            size = told.diameter.take(text, cells[told.diameter.unit_at] if told.diameter.unit_at is not None else "")
            if isinstance(size, float) and 0 <= size < 1000:
                diameter = size
            else:
                says = size.says if isinstance(size, Refused) else f"a lesion of {text} is not possible"
                self._doubt(row, told.diameter.at, f"{self._column(told.diameter.at)}: {says}", work, "unreadable-value", who)
        if not self._is_told(name) and (parts or diameter is not None):
            says = f"{self._column(told.id)} is left blank, so which lesion this is is not told"
            self._doubt(row, told.id, says, work, "missing-answer", who, Severity.WARNING)
        status = parts.get("status") or ("measured" if diameter is not None else "present")
        return Seen(
            id=name if self._is_told(name) else "", status=status, diameter_mm=diameter, organ=parts.get("organ", ""),
            segment=parts.get("segment", ""),
        )  # fmt: skip

    def _says(self, event: Told) -> list[int]:
        """The columns in which a row would say something of an event."""
        return [each.at for each in event.items if each.at is not None] + (
            [event.option.at] if event.option is not None else []
        )

    def _column(self, index: int) -> str:
        """A column, as sentences begin."""
        return f"column {shown(self.sheet.columns[index])}"

    def _is_told(self, text: str) -> bool:
        return bool(text) and text not in self.missing

    def _when(self, event: Told, cells: Sequence[str]) -> When | str:
        """The day of an event; or why it cannot be told, empty where the cell says nothing."""
        zero = self.table.day_zero
        if event.at is None:
            assert event.day is not None and zero is not None
            return _day(zero, event.day) or f"day {event.day} lies outside the calendar"
        text = cells[event.at]
        if not self._is_told(text):
            return ""
        if zero is not None and event.day is not None:
            if not re.fullmatch(r"[-+]?\d{1,7}(\.0*)?", text, re.ASCII):
                return f"{self._column(event.at)}: {shown(text)} is not a whole number of days"
            return _day(zero, int(float(text))) or f"{self._column(event.at)}: day {text} lies outside the calendar"
        try:
            return day_told(text, event.dates)
        except Unreadable as why:
            return f"{self._column(event.at)}: {why.says}"

    def _values(
        self, event: Told, cells: Sequence[str], row: Row, who: str, site: str, work: Intake
    ) -> tuple[dict[str, Value], dict[tuple[str, str], float]]:
        values: dict[str, Value] = {}
        limits: dict[tuple[str, str], float] = {}
        for each in event.items:
            item, text = each.item, each.says if each.at is None else cells[each.at]
            if each.at is None:
                taken = each.take(text, "")
                if not isinstance(taken, Refused):
                    values[item.name] = taken
                continue
            if not self._is_told(text):
                column = self._column(each.at)
                if text and item.blank:
                    values[item.name] = kept(item, text, "not known")
                    says = f"{column}: {item.name} is not known, and left blank would mean no: {shown(text)} is kept"
                    self._doubt(row, each.at, says, work, "missing-answer", who, Severity.WARNING)
                elif item.required:
                    says = f"{column}: {event.name} leaves out '{item.name}', which it requires"
                    self._doubt(row, each.at, says, work, "missing-answer", who, Severity.WARNING)
                continue
            unit = cells[each.unit_at] if each.unit_at is not None else ""
            for end, word, take in each.fixed:
                fixed = take(word, unit)
                if isinstance(fixed, float):
                    limits[item.name, end] = fixed
            for end, index, take in each.limits:
                if self._is_told(cells[index]):
                    limit = take(cells[index], unit)
                    if isinstance(limit, float):
                        limits[item.name, end] = limit
                    elif isinstance(limit, Refused):
                        says = f"column {shown(self.sheet.columns[index])}: the {end.upper()} of {limit.says}"
                        self._doubt(row, index, says, work, "unreadable-value", who)
            taken = each.take(text, unit)
            if isinstance(taken, Refused):
                values[item.name] = taken.kept
                self._doubt(row, each.at, f"{self._column(each.at)}: {taken.says}", work, "unreadable-value", who)
                continue
            values[item.name] = taken
            likely = item.expect
            if likely is not None and isinstance(taken, float) and not likely.low <= taken <= likely.high:
                says = (
                    f"{self._column(each.at)}: {taken:g} {item.unit} lies outside what is likely ({likely}): please look again"
                )
                self._doubt(row, each.at, says, work, "unlikely-value", who, Severity.WARNING)
            for end, value in site_limits(item, site, work.study):
                limits.setdefault((item.name, end), value)
        for name in event.blank:
            values.setdefault(name, False)
        return values, limits


def csv_as_kept(row: Row) -> str:
    """A row as `rejected.csv` holds it."""
    return csv_line(tuple(map(clean, row.cells)) or (row.text.rstrip("\r\n"),))


def counted(count: int, noun: str) -> str:
    """A number and what it counts."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _day(zero: date, days: int) -> When | None:
    try:
        return When.on(zero + timedelta(days=days))
    except OverflowError:
        return None
