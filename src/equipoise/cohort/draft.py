"""A first draft of `tables.yaml` from the tables themselves: their headings, and what their cells look like.

Each guess is marked with how sure it is and why, and each gap as one: a draft is read by a person before it is used.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from ..answers import Refused, answer
from ..finding import Unreadable
from ..protocol import Activity, Item
from ..quantity import NotConvertible, converted, scale
from ..study import Study
from ..vocabulary import vocabulary
from .cells import number_told
from .looked import Column, Looked, headings, looked_at, words, words_of
from .mapping import NUMBERS, molar_mass

DISTINCT = 40
"""Different answers of a column that are listed."""
SURE, LIKELY, LEAST = 0.95, 0.7, 0.5


# --- what they could mean --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Guess:
    """That a column answers an item: how sure that is, from 0 to 1, and why."""

    column: Column
    score: float
    why: str

    @property
    def says(self) -> str:
        """How sure it is, in words."""
        how = "sure" if self.score >= SURE else "likely" if self.score >= LIKELY else "a guess"
        return f"{how}: {self.why}"


def _likeness(name: str, others: Iterable[str]) -> tuple[float, str]:
    """How much a heading is like one of several names, and which."""
    own = words(name)
    last = words(name.rsplit(" / ", 1)[-1])
    best, which = 0.0, ""
    for other in others:
        named = words(other)
        if not named:
            continue
        for spelt in (own, last):
            one, two = "".join(spelt), "".join(named)
            if one == two:
                score = 1.0
            elif {*named} <= {*spelt} and len(two) > 1:
                score = 0.6 + 0.35 * len(two) / len(one)
            elif len(one) > 4 and (ratio := SequenceMatcher(None, one, two).ratio()) > 0.84:
                score = 0.85 * ratio
            else:
                continue
            if score > best:
                best, which = score, other
    return best, which


def _item_names(item: Item) -> tuple[str, ...]:
    term = vocabulary().get(item.use)
    told = [item.name, item.label, item.use.rpartition(".")[2], term.label if term is not None else ""]
    return tuple(filter(None, [*told, *map(str, headings()["items"].get(item.name, ()))]))


def _activity_names(name: str, activity: Activity) -> tuple[str, ...]:
    return tuple(filter(None, [name, activity.label, *map(str, headings()["activities"].get(name, ()))]))


def _item_guess(column: Column, item: Item) -> Guess | None:
    score, which = _likeness(column.name, _item_names(item))
    if score < LEAST or not column.filled:
        return None
    why = f"headed as '{which}'"
    if item.type in NUMBERS and not item.of:
        if not column.is_numbers:
            score, why = score * 0.6, f"{why}, but few of its cells are numbers"
    elif item.type in ("choice", "yes_no"):
        codes, _ = codes_of(column, item)
        share = sum(column.texts[each] for each in codes) / column.filled
        if share < 0.5:
            score, why = score * 0.6, f"{why}, but most of its cells are no answer known here"
    elif item.type in ("date", "month") and not column.is_dates:
        score, why = score * 0.6, f"{why}, but its cells are no dates"
    return Guess(column, score, why) if score >= LEAST else None


def codes_of(column: Column, item: Item) -> tuple[dict[str, str], list[str]]:
    """What each text of a column means as an answer to an item, and those texts of which that cannot be told."""
    options = item.options if item.type == "choice" else ("yes", "no")
    labels = {str(key): str(label) for key, label in item.of.items()} if isinstance(item.of, Mapping) else {}
    spelt: dict[str, str] = {}
    for option in options:
        for one in (option, labels.get(option, ""), *map(str, headings()["values"].get(option, ()))):
            spelt.setdefault("".join(words(one)), option)
    codes, gaps = {}, []
    for text in column.texts:
        try:
            answer(item, text)
            codes[text] = text
            continue
        except Refused:
            pass
        plain = "".join(words(text))
        if plain in spelt and plain:
            codes[text] = spelt[plain]
        elif near := [
            option
            for one, option in spelt.items()
            if len(plain) > 3 and (one.startswith(plain) or plain.startswith(one) and len(one) > 3)
        ]:
            codes[text] = near[0]
        else:
            gaps.append(text)
    letters = [text for text in codes if len("".join(words(text))) == 1]
    if len({text.casefold() for text in letters}) > 1 and len({*codes.values()}) == 1:  # H and M: hombre and mujer
        gaps += letters
        codes = {text: code for text, code in codes.items() if text not in letters}
    return codes, gaps


# --- the draft -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Draft:
    """A drafted mapping: its text, how many columns were placed and how sure, and what was left open."""

    text: str
    sure: int
    likely: int
    guessed: int
    gaps: tuple[str, ...]


def drafted(study: Study, tables: Mapping[str, Path]) -> Draft:
    """A draft of `tables.yaml` for some tables, by the names that it shall call them."""
    lines = [
        "# Drafted from the tables by equipoise. Each line says how sure it is; read all of them, and settle every GAP.",
        "tables:",
    ]
    tally: Counter[str] = Counter()
    gaps: list[str] = []
    found: list[_Written] = []
    for name, path in tables.items():
        for looked in looked_at(path, name):
            if isinstance(looked, tuple):
                gaps.append(f"{looked[0]}: {looked[1]}")
                continue
            if not looked.rows:
                gaps.append(f"{looked.file}{f'[{looked.sheet}]' if looked.sheet else ''}: it has no rows, and is left out")
                continue
            found.append(_Written(study, looked, tally))
    for each in found:
        lines += ["", *each.lines(apart=_are_apart(found))]
        gaps += each.gaps
    lines += ["", *(f"# GAP {each}" for each in gaps if not any(each in line for line in lines))]
    return Draft("\n".join(lines).rstrip() + "\n", tally["sure"], tally["likely"], tally["a guess"], tuple(gaps))


def _are_apart(found: Sequence["_Written"]) -> bool:
    """Whether several files stand for several centres: each of one site, and all with the pathway's first event."""
    return len({each.looked.file for each in found}) > 1 and len({each.own_site for each in found if each.own_site}) > 1


class _Written:
    """One table's part of the draft."""

    def __init__(self, study: Study, looked: Looked, tally: Counter[str]) -> None:
        self.study, self.looked, self.tally = study, looked, tally
        self.gaps: list[str] = []
        self.free = {column.at: column for column in looked.columns}
        asked = [one for each in study.activities.values() for item in each.items.values() for one in _item_names(item)]
        self.participant = self._best(headings()["participant"], other=asked) or self._numbered()
        self.site = self._site_column()
        stem = {*words(Path(looked.file).stem)}
        told = ((name, {*words(name)}, {*words(each.label)}) for name, each in study.protocol.sites.items())
        own = next((name for name, one, two in told if one <= stem or len(stem & two) > 1), "")
        self.own_site = "" if self.site else own
        names = [one for name, each in study.activities.items() for one in _activity_names(name, each)]
        self.days = [
            each for each in self.free.values() if each.is_dates or each.is_counted and _likeness(each.name, names)[0] >= LIKELY
        ]
        self.dates = self._dates(self.days)
        self.status = self._status()
        self.items = self._items(self.days)

    # --- what is what

    def _best(self, names: Sequence[str], *, other: Sequence[str] = ()) -> Guess | None:
        """The column that is most like one of some names, and not more like another: `Patient / Sex` is a sex."""
        told = [(*_likeness(column.name, map(str, names)), column) for column in self.free.values()]
        told = [each for each in told if _likeness(each[2].name.rsplit(" / ", 1)[-1], other)[0] <= each[0]]
        score, which, column = max(told, key=lambda each: (each[0], -each[2].at), default=(0.0, "", None))
        if column is None or score < LEAST:
            return None
        self.free.pop(column.at)
        return Guess(column, score, f"headed as '{which}'")

    def _numbered(self) -> Guess | None:
        """The first column in which every row says something else."""
        first = next((each for each in self.free.values() if each.filled), None)
        if first is None or len(first.texts) < first.filled or first.filled < 3 or first.is_dates:
            return None
        self.free.pop(first.at)
        return Guess(first, LEAST, "the first column, in which each row says something else")

    def _site_column(self) -> Guess | None:
        """The column of sites, if it says such as the study has."""
        names = {name: each.label for name, each in self.study.protocol.sites.items()}
        guess = self._best(headings()["site"])
        if guess is None or not names:
            return guess
        known = [text for text in guess.column.texts if _likeness(text, (*names, *names.values()))[0] >= LEAST]
        if known or guess.score >= SURE:
            return guess
        self.free[guess.column.at] = guess.column
        return None

    def _dates(self, days: Sequence[Column]) -> dict[str, Guess]:
        """The column of dates of each activity."""
        told = []
        for column in days:
            head = " ".join(each for each in words(column.name) if each not in words_of("date") and each not in _FILLING)
            for name, activity in self.study.activities.items():
                score, which = _likeness(head, _activity_names(name, activity)) if head else (0.0, "")
                if score >= LEAST:
                    told.append((score, name, Guess(column, score, f"dates, headed as '{which}'")))
        found: dict[str, Guess] = {}
        used: set[int] = set()
        for _, name, guess in sorted(told, key=lambda each: -each[0]):
            if name not in found and guess.column.at not in used:
                found[name] = guess
                used.add(guess.column.at)
                self.free.pop(guess.column.at, None)
        self.bare = next((each for each in days if each.at not in used and {*words(each.name)} <= words_of("date")), None)
        if self.bare is None and len(days) == 1 and not found:
            self.bare = days[0]
            if not _says_only_when(self.bare):
                self.gaps.append(f"{self.looked.file}: what took place on '{self.bare.name}' is not told")
        if self.bare is not None:
            self.free.pop(self.bare.at, None)
        return found

    def _status(self) -> tuple[Column, list[str], list[str]] | None:
        """The column that tells the dead from the living, and what it says of each."""
        values = headings()["values"]
        dead, alive = ({"".join(words(str(each))) for each in values[one]} for one in ("dead", "alive"))
        for column in self.free.values():
            says = [(text, "".join(words(text))) for text in column.texts]
            died = [text for text, plain in says if plain in dead]
            living = [text for text, plain in says if plain in alive]
            if died and len(column.texts) <= 8 and (living or _likeness(column.name, headings()["status"])[0] >= LIKELY):
                self.free.pop(column.at)
                return column, died, living
        for column in self.free.values():
            if _likeness(column.name, headings()["status"])[0] >= SURE and {*column.texts} <= {"0", "1"}:
                self.free.pop(column.at)
                self.gaps.append(f"{self.looked.file}: column '{column.name}' says 0 and 1; 1 is taken for dead")
                return column, ["1"], ["0"]
        return None

    def _items(self, days: Sequence[Column]) -> dict[str, dict[str, Guess]]:
        told = []
        for column in self.free.values():
            for name, activity in self.study.activities.items():
                for key, item in activity.items.items():
                    if name == "judgement" or item.type == "lesions" or (guess := _item_guess(column, item)) is None:
                        continue
                    near = 0.02 if name in self.dates else 0.0
                    own = 0.01 if name in self.study.protocol.activities else 0.0
                    told.append((guess.score + near + own, name, key, guess))
        found: dict[str, dict[str, Guess]] = {}
        used: set[int] = set()
        for _, name, key, guess in sorted(told, key=lambda each: -each[0]):
            if guess.column.at in used or key in found.get(name, {}):
                continue
            found.setdefault(name, {})[key] = guess
            used.add(guess.column.at)
            self.free.pop(guess.column.at, None)
        for column in [each for each in self.free.values() if each.filled and not any(each is day for day in days)]:
            self._by_answers(column, found)
        return found

    def _by_answers(self, column: Column, found: dict[str, dict[str, Guess]]) -> None:
        """Place a column by what its cells say, where its heading tells nothing."""
        for name, activity in self.study.activities.items():
            for key, item in activity.items.items():
                if item.type != "choice" or key in found.get(name, {}) or name == "judgement":
                    continue
                codes, _ = codes_of(column, item)
                share = sum(column.texts[each] for each in codes if len(each) > 2) / column.filled
                if share >= 0.9:
                    found.setdefault(name, {})[key] = Guess(column, LEAST, "its cells say what this item asks")
                    self.free.pop(column.at)
                    return

    # --- as text

    def lines(self, *, apart: bool) -> Iterator[str]:
        """The table's part of the mapping."""
        looked = self.looked
        yield f"  - file: {_q(looked.file)}{self._about()}"
        if looked.sheet:
            yield f"    sheet: {_q(looked.sheet)}"
        if looked.header is not None:
            low, high = looked.header.at_least, looked.header.at_most
            yield f"    header: {low if low == high else f'{low}..{high}'}"
        if looked.encoding:
            yield f"    encoding: {looked.encoding}            # a guess: it is not UTF-8; see that letters with accents are right"
        commas, points = (
            sum(getattr(each, word) for each in looked.columns if each.is_numbers) for word in ("commas", "points")
        )
        if commas > points:
            yield f"    decimal: comma            # {'sure' if not points else 'likely'}: {commas} numbers with a comma, {points} with a point"
        yield from self._orders()
        if self.participant is None:
            yield self._gap("no column names the participant", "participant: '?'")
        else:
            yield f"    participant: {_q(self.participant.column.name)}            # {self._said(self.participant)}"
        if self.own_site:
            yield f"    site: {self.own_site}            # likely: so the file is called"
            if apart:
                yield f"    prefix: {self.own_site}-            # so that two centres' number 1 are two people"
        elif self.site is not None:
            yield from self._site(self.site)
        elif len(self.study.protocol.sites) > 1:
            yield self._gap("whose patients these are is not told", f"site: one of {', '.join(self.study.protocol.sites)}")
        absent = sorted({text for each in looked.columns for text in each.missing})
        if absent:
            yield f'    missing: ["", {", ".join(map(_q, absent))}]'
        yield "    events:"
        yield from self._events()
        for column in self.free.values():
            if column.filled:
                yield f"      # GAP: column {_q(column.name)} fits nothing of the study; it says {_some(column)}"
                self.gaps.append(f"{looked.file}: column '{column.name}' fits nothing of the study")

    def _about(self) -> str:
        return f"            # {self.looked.rows:,} rows were looked at"

    def _gap(self, says: str, instead: str) -> str:
        self.gaps.append(f"{self.looked.file}: {says}")
        return f"    # GAP: {says}: {instead}"

    def _said(self, guess: Guess) -> str:
        self.tally["sure" if guess.score >= SURE else "likely" if guess.score >= LIKELY else "a guess"] += 1
        return guess.says

    def _orders(self) -> Iterator[str]:
        totals: Counter[str] = Counter()
        for each in self.days:
            totals.update(each.days)
        orders: list[str] = []
        says = ""
        extra = {order: totals[order] - totals["year_month_day"] for order in ("day_month_year", "month_day_year")}
        if max(extra.values(), default=0) > 0:
            first, second = sorted(extra, key=lambda order: -extra[order])
            orders.append(first)
            if extra[first] == extra[second]:
                orders[0] = "day_month_year"
                says = "GAP: every date can be read day first and month first; which is meant is not told"
                self.gaps.append(f"{self.looked.file}: dates can be read day first and month first")
            else:
                only = extra[first] - extra[second]
                says = f"{'sure' if only > 2 else 'likely'}: {only} dates can be read no other way"
                if extra[second] > 0 and totals[second] > totals[first]:
                    says += f"; {extra[second]} can be read both ways"
        if any(each.serials for each in self.days):
            orders.append("excel")
            says = "; ".join(filter(None, [says, "some days are counted as Excel does"]))
        if orders:
            yield f"    dates: [{', '.join(orders)}]            # {says}"

    def _site(self, guess: Guess) -> Iterator[str]:
        column, sites = guess.column, self.study.protocol.sites
        codes = {}
        for text in column.texts:
            score, which = max(
                ((_likeness(text, (name, each.label))[0], name) for name, each in sites.items()), default=(0.0, "")
            )
            if score >= LEAST:
                codes[text] = which
            elif sites:
                self.gaps.append(f"{self.looked.file}: site '{text}' of column '{column.name}' is not one of the study's")
        inside = ", ".join(f"{_q(text)}: {code}" for text, code in codes.items())
        told = f"{{column: {_q(column.name)}, codes: {{{inside}}}}}" if codes else _q(column.name)
        yield f"    site: {told}            # {self._said(guess)}"

    def _events(self) -> Iterator[str]:
        yielded = False
        for name in self._in_order():
            on, when = self._day_of(name)
            items = self.items.get(name, {})
            if on is None:
                listed = ", ".join(f"{key}: {_q(guess.column.name)}" for key, guess in items.items())
                self.gaps.append(f"{self.looked.file}: no column holds the date of {name}")
                yield f"      # GAP: no column holds the date of {name}, to which these would belong: {{{listed}}}"
                continue
            yielded = True
            yield f"      - do: {name}"
            yield f"        on: {_q(on.column.name)}            # {self._said(on)}"
            if when:
                column, texts = when
                yield f"        when: {{{_q(column.name)}: [{', '.join(map(_q, texts))}]}}"
            if items:
                yield "        items:"
                for key, guess in items.items():
                    yield from self._item(name, key, guess)
        long = list(self._long())
        yield from long
        if not yielded and not any(each.lstrip().startswith("- do: ") for each in long):
            yield "      # GAP: no event could be told: say what took place, and in which column its date stands"

    @property
    def _is_long(self) -> bool:
        """Whether its rows are not one for each participant."""
        column = self.participant.column if self.participant is not None else None
        return column is not None and len(column.texts) < 0.9 * column.filled

    def _in_order(self) -> list[str]:
        named = {*self.dates, *self.items}
        if self.status is not None and ("last_contact" in self.dates or "death" in self.dates):
            named |= {"death", "last_contact"} if "last_contact" in self.dates else {"death"}
        begins = self.study.protocol.pathway.begins if self.study.protocol.pathway is not None else "enrolment"
        if begins == "enrolment" and self.bare is not None and not self._is_long:
            named.add(begins)
        order = [begins, *self.study.protocol.activities, *self.study.activities]
        return [each for each in dict.fromkeys(order) if each in named and each != "judgement"]

    def _day_of(self, name: str) -> tuple[Guess | None, tuple[Column, list[str]] | None]:
        own, last = self.dates.get(name), self.dates.get("last_contact")
        if self.status is not None and last is not None and "death" not in self.dates and name in ("death", "last_contact"):
            column, died, living = self.status
            texts = died if name == "death" else living
            return Guess(last.column, min(last.score, LIKELY), f"{last.why}, of those whose '{column.name}' says so"), (
                column,
                texts,
            )
        if own is not None:
            return own, None
        if self.bare is not None:
            return self._bare_guess(self.bare), None
        begins = self.study.protocol.pathway.begins if self.study.protocol.pathway is not None else "enrolment"
        near = self.dates.get(begins)
        once = not self.study.activities[name].repeats and not self.study.activities[name].procedure
        if near is not None and (once or name in ("baseline", "enrolment")):
            return Guess(near.column, LEAST, f"no date of its own: taken with {begins}"), None
        return None, None

    def _item(self, name: str, key: str, guess: Guess) -> Iterator[str]:
        item, column = self.study.activities[name].items[key], guess.column
        notes = [self._said(guess)]
        parts = [f"column: {_q(column.name)}"]
        if item.type in ("choice", "yes_no"):
            codes, gaps = codes_of(column, item)
            if any(text != code for text, code in codes.items()) or gaps:
                inside = ", ".join(f"{_q(text)}: {_q(code)}" for text, code in list(codes.items())[:DISTINCT])
                parts.append(f"codes: {{{inside}}}")
            for text in gaps[:DISTINCT]:
                many = column.texts[text]
                notes.append(f"GAP: what {_q(text)} means ({many} row{'' if many == 1 else 's'}) is not told")
                self.gaps.append(f"{self.looked.file}: column '{column.name}': what '{text}' means is not told")
        elif item.type in NUMBERS and item.unit:
            parts += self._unit(item, column, notes)
        limits = {end: found for end in ("uln", "lln") if (found := self._limit(column, key, end)) is not None}
        parts += [f"{end}: {_q(found.name)}" for end, found in limits.items()]
        told = _q(column.name) if len(parts) == 1 else "{" + ", ".join(parts) + "}"
        yield f"          {key}: {told}            # {'; '.join(notes)}"

    def _unit(self, item: Item, column: Column, notes: list[str]) -> Iterator[str]:
        if said := column.unit:
            try:
                converted(1.0, said, item.unit, molar_mass(item))
            except (NotConvertible, Unreadable):
                notes.append(f"GAP: the heading's unit {said} cannot be turned into {item.unit}")
                self.gaps.append(f"{self.looked.file}: column '{column.name}': {said} cannot be turned into {item.unit}")
                return
            if said != item.unit:
                yield f"unit: {_q(said)}"
            return
        beside = next(
            (each for each in self.free.values() if {*words(each.name)} & words_of("unit")
             and ({*words(column.name)} <= {*words(each.name)} or each.at == column.at + 1)), None
        )  # fmt: skip
        if beside is not None:
            self.free.pop(beside.at)
            notes.append("each row says its unit")
            yield f"unit: {_q(beside.name)}"
            return
        cells = sum(count for text, count in column.texts.items() if re.search(r"\d\s*[A-Za-zµ%]", text))
        if cells < column.numbers:
            best = self._fitting(item, column)
            if best != item.unit:
                notes.append(f"GAP: the heading says no unit; by their size the numbers are {best}")
                yield f"unit: {_q(best)}"
            elif scale(item.unit).dimension == scale("day").dimension:
                notes.append(f"the heading says no unit; taken for {item.unit}")
                return
            else:
                notes.append(f"GAP: the heading says no unit; taken for {item.unit}")
            self.gaps.append(f"{self.looked.file}: column '{column.name}' says no unit")

    def _fitting(self, item: Item, column: Column) -> str:
        """The unit in which most of a column's numbers are likely ones."""
        likely = item.expect or item.range
        if likely is None:
            return item.unit
        term = vocabulary().get(item.use)
        shares = {}
        for unit in (item.unit, *(term.units if term is not None else ())):
            fits = 0
            for text, count in column.texts.items():
                try:
                    value = float(number_told(text, "comma" if column.commas > column.points else "point"))
                    fits += count * (likely.low <= converted(value, unit, item.unit, molar_mass(item)) <= likely.high)
                except (ValueError, Unreadable, NotConvertible):
                    continue
            shares[unit] = fits
        return max(shares, key=lambda unit: (shares[unit], unit == item.unit))

    def _limit(self, column: Column, key: str, end: str) -> Column | None:
        for each in self.free.values():
            told = {*words(each.name)}
            if end in told and ({*words(column.name)} <= told or {*words(key)} <= told):
                return self.free.pop(each.at)
        return None

    def _bare_guess(self, column: Column) -> Guess:
        """The one date of the table, which is of what took place, unless its heading says of something else."""
        if _says_only_when(column):
            return Guess(column, LIKELY, "the table's one date without a name")
        return Guess(column, LEAST, "the table's one date; GAP: what took place on it is not told")

    def _long(self) -> Iterator[str]:
        """Events of a table with a test, its value and its unit in each row."""
        test = self._best(headings()["test"])
        if test is None:
            return
        value, unit = self._best(headings()["value"]), self._best(headings()["unit"])
        on = self._bare_guess(self.bare) if self.bare is not None else next(iter(self.dates.values()), None)
        if value is None or on is None:
            self.gaps.append(f"{self.looked.file}: tests in rows, and no column of values or of dates")
            yield "      # GAP: tests in rows, and no column of values or of dates"
            return
        for text, count in test.column.texts.items():
            told = [
                (_likeness(text, _item_names(item)), name, key)
                for name, activity in self.study.activities.items() for key, item in activity.items.items()
                if item.type in NUMBERS
            ]  # fmt: skip
            (score, which), name, key = max(told, default=((0.0, ""), "", ""), key=lambda each: each[0][0])
            if score < LIKELY:
                self.gaps.append(f"{self.looked.file}: test '{text}' fits nothing of the study")
                yield f"      # GAP: test {_q(text)} ({count} row{'' if count == 1 else 's'}) fits nothing of the study"
                continue
            parts = f"column: {_q(value.column.name)}" + (f", unit: {_q(unit.column.name)}" if unit is not None else "")
            guess = Guess(test.column, score, f"called as '{which}'")
            yield f"      - do: {name}"
            yield f"        on: {_q(on.column.name)}"
            yield f"        when: {{{_q(test.column.name)}: {_q(text)}}}"
            yield f"        items: {{{key}: {{{parts}}}}}            # {self._said(guess)}"


_TAKEN = {"sampled", "sample", "collected", "taken", "performed", "time", "lbdtc", "specimen", "measurement", "visit"}
"""Words that say of a date only that something took place then."""
_FILLING = {"of", "the", "at", "di", "de", "du", "della", "del", "la", "le", "der", "des", "inizio", "start"}


def _says_only_when(column: Column) -> bool:
    """Whether the heading of a date says nothing of what took place."""
    return {*words(column.name.rsplit(" / ", 1)[-1])} <= words_of("date") | _FILLING | _TAKEN


def _some(column: Column) -> str:
    told = ", ".join(_q(text) for text, _ in column.texts.most_common(4))
    return f"{told}, …" if len(column.texts) > 4 else told


def _q(text: str) -> str:
    """A text as YAML has it."""
    if re.fullmatch(r"[A-Za-z][\w ./()-]*[\w)]|[A-Za-z]", text) and ": " not in text and " #" not in text:
        return text
    return json.dumps(text, ensure_ascii=False)
