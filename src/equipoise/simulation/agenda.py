"""What the schedule still asks of the virtual site: for each line and anchor the next day, one activity at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from ..calendar import NO_TIME, Span, Window, later
from ..chart import Chart
from ..due import anchors
from ..expression.explain import Between, truth, value
from ..logic import MET, NOT_MET
from ..pathway import Walk
from ..protocol import Line, Moment
from ..study import Study

ONE_DAY = timedelta(days=1)
WITHDRAWN_FROM_ALL = ("follow_up", "consent")


@dataclass(frozen=True, slots=True)
class Offsets:
    """When a line asks for something, counted from its anchor: so many times, or on and on where `count` is None."""

    first: tuple[Span, ...]
    every: Span | None
    last: Span | None
    before: Span
    after: Span
    has_window: bool
    far: Span
    hard: Span | None

    def target(self, anchor: date, number: int) -> date | None:
        """The so-many-th day, from 0; None after the last."""
        if self.every is None:
            return later(anchor, self.first[number]) if number < len(self.first) else None
        start = self.first[0]
        day = later(anchor, Span(start.days + self.every.days * number, start.months + self.every.months * number))
        return None if self.last is not None and day > later(anchor, self.last) else day

    def around(self, anchor: date, number: int, target: date) -> tuple[date, date]:
        """The first and the last day on which it counts: the window, else from the day to half way to the next."""
        if self.has_window:
            return later(target, self.before, -1), later(target, self.after)
        if self.hard is not None:
            return target, max(target, later(target, self.hard))
        after = self.target(anchor, number + 1)
        if after is None:
            return target, later(target, self.far)
        return target, target + max(after - target - ONE_DAY, timedelta()) // 2


def offsets(line: Line, study: Study) -> Offsets:
    """The offsets of a line; of one that counts rounds of an activity, from the day on which a round was begun."""
    window = line.window or Window()
    first: tuple[Span, ...]
    every, last = None, line.until if isinstance(line.until, Span) else None
    if line.on:
        first = tuple(Span(day) for day in sorted(line.on))
    elif line.at is not None:
        first = (line.at,)
    elif line.every is not None and line.every.span is not None:
        first, every = (line.starting or line.every.span,), line.every.span
    else:
        assert line.every is not None
        first = (study.activities[line.every.activity].lasts or NO_TIME,)
    far = Span(int(every.about_days / 2)) if every is not None else Span(28 if not line.on else 3)
    return Offsets(first, every, last, window.before, window.after, line.window is not None, far,
                   line.hard.after if line.hard is not None else None)  # fmt: skip


@dataclass(slots=True)
class Series:
    """One activity of a line, counted from one anchor: `number` of its days have been kept or have gone by."""

    line: int
    activity: str
    anchor: date
    number: int = 0


@dataclass(slots=True)
class Agenda:
    """What is still asked for. `used` counts the rows of an activity that have answered a line already."""

    study: Study
    walk: Walk
    series: list[Series] = field(default_factory=list)
    anchored: dict[int, list[date]] = field(default_factory=dict)
    used: dict[tuple[int, str], int] = field(default_factory=dict)
    offsets: tuple[Offsets, ...] = ()

    def __post_init__(self) -> None:
        self.offsets = tuple(offsets(line, self.study) for line in self.study.protocol.schedule)

    # --- what it counts from ------------------------------------------------------------------------------------

    def look(self, day: date) -> None:
        """Look for anchors that have come, or have moved, by now."""
        walk = self.walk
        known = Chart("", day, (), walk.facts(day), (), (), (), (), (), ())
        for index, line in enumerate(self.study.protocol.schedule):
            before = self.anchored.get(index, [])
            now = self._rounds(line, known) if line.every is not None and line.every.activity else [
                on for on, _ in anchors(line, self.study, known)
            ]  # fmt: skip
            if now == before:
                continue
            same = next((at for at, (one, other) in enumerate(zip(before, now, strict=False)) if one != other), None)
            same = min(len(before), len(now)) if same is None else same
            gone = before[same:]
            self.series = [each for each in self.series if each.line != index or each.anchor not in gone]
            for anchor in now[same:]:
                for activity in line.do:
                    self._begin(Series(index, activity, anchor))
            self.anchored[index] = now

    def _rounds(self, line: Line, known: Chart) -> list[date]:
        """The days on which a round began that completes a number of them."""
        assert line.every is not None
        starts = [on for on, _ in anchors(line, self.study, known)] if line.anchor is not None else [date.min]
        found = []
        for start in starts:
            rows = [row for row in known.facts.rows.get(line.every.activity, ()) if row.on.first >= start]
            found += [row.on.first for row in rows[line.every.count - 1 :: line.every.count]]
        return sorted(found)

    def _begin(self, series: Series) -> None:
        """A series begins; what was done in time for it already counts."""
        self.series.append(series)
        rows = self.walk.rows.get(series.activity, ())
        for number in range(self.used.get((series.line, series.activity), 0), len(rows)):
            if self._answers(series, rows[number].on.first):
                series.number += 1
                self.used[series.line, series.activity] = number + 1

    # --- what is asked for --------------------------------------------------------------------------------------

    def _next(self, series: Series) -> tuple[date, date, date] | None:
        """The day asked for next, and the first and last on which it counts."""
        made = self.offsets[series.line]
        target = made.target(series.anchor, series.number)
        return None if target is None else (target, *made.around(series.anchor, series.number, target))

    def _answers(self, series: Series, day: date) -> bool:
        """Whether an activity on a day is the one asked for; days whose time has gone by are passed over."""
        while (wanted := self._next(series)) is not None:
            _, opens, closes = wanted
            if day <= closes:
                return opens <= day
            series.number += 1
        return False

    def strike(self, activity: str, day: date) -> None:
        """Strike off what an activity on this day answers: one thing of each line, the soonest."""
        best: dict[int, tuple[date, Series]] = {}
        for each in self.series:
            if each.activity == activity and self._answers(each, day) and (wanted := self._next(each)) is not None:
                if each.line not in best or wanted[0] < best[each.line][0]:
                    best[each.line] = wanted[0], each
        for _, each in best.values():
            each.number += 1
            self.used[each.line, activity] = len(self.walk.rows.get(activity, ()))

    def soonest(self, today: date, until: date) -> tuple[date, str, Series] | None:
        """What is to be done next, and when: on its day, else on the first day possible within its time."""
        found = min(self._asked(today), default=None, key=lambda each: each[:4])
        return None if found is None or found[0] > until else (found[0], found[1], found[4])

    def _asked(self, today: date) -> Iterator[tuple[date, str, date, int, Series]]:
        left = []
        for each in self.series:
            while (wanted := self._next(each)) is not None and max(wanted[0], today) > wanted[2]:
                each.number += 1
            if wanted is None:
                continue
            left.append(each)
            target, _, closes = wanted
            rows = self.walk.rows.get(each.activity)
            day = max(target, today, rows[-1].on.first + ONE_DAY if rows else today)
            day = min(self.walk.not_before(each.activity, day), closes)
            yield max(day, today), each.activity, target, each.line, each
        self.series = left

    def is_asked(self, series: Series, day: date) -> bool:
        """Whether a line still asks, now that the day has come: while its statement holds, until its end, on its track."""
        line, facts = self.study.protocol.schedule[series.line], self.walk.facts(day)
        wanted = self._next(series)
        assert wanted is not None
        if line.while_ is not None and truth(line.while_.settled, facts) is NOT_MET:
            return False
        if isinstance(line.until, Moment) and line.until.tree is not None:
            last = value(line.until.settled, facts)
            if isinstance(last, Between) and wanted[0] > date.fromordinal(int(last.high)):
                return False
        return not (line.track and line.track in self.walk.ended) and not self._is_withdrawn(day)

    def _is_withdrawn(self, day: date) -> bool:
        rows = self.walk.rows.get("withdrawal", ())
        if not rows:
            return False
        pathway = self.study.protocol.pathway
        ends_all = any(
            each.on == "withdrawal" and each.end == "all"
            and (each.when is None or truth(each.when.settled, self.walk.facts(day)) is MET)
            for each in (pathway.anywhere if pathway is not None else ())
        )  # fmt: skip
        return ends_all or any(row.values.get("from") in WITHDRAWN_FROM_ALL for row in rows)

    def drop(self, series: Series) -> None:
        """Leave out what cannot be done, or is asked for no more."""
        series.number += 1
