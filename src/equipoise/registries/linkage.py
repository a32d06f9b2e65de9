"""Which records are of one trial, the record that keeps all they say, and where they contradict each other."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any, TypeVar

from ..calendar import When
from ..finding import NOWHERE, Finding, Severity
from .intake import likened
from .kinds import order_of, plain
from .record import FIELDS, Record, Said, trial_number

T = TypeVar("T")

NEAR = 30
"""Letters and figures with which two titles must begin alike to be compared."""
SHORTEST = 8
"""Letters and figures that a text, cut short by a page, must still have to be compared with the whole one."""
LONG = 160
"""Letters and figures of a summary that no two trials begin with."""


def trials(records: Iterable[Record]) -> tuple[tuple[Record, ...], tuple[Finding, ...]]:
    """One record a trial, each with all that its sources say, and what they contradict each other in.

    Records are linked by their numbers in registers; those that share none, by the same title with the same sponsor or
    start, or by the same summary. Two records that each have a number in one register, and not the same, are never linked.
    """
    kept = [record for record in records if any(record.said(name) for name in FIELDS)]
    above = list(range(len(kept)))
    findings: list[Finding] = []

    def top(n: int) -> int:
        while above[n] != n:
            above[n] = above[above[n]]
            n = above[n]
        return n

    by_number: dict[str, int] = {}
    for n, record in enumerate(kept):
        for number in _numbers(record):
            if number in by_number:
                above[top(n)] = top(by_number[number])
            by_number.setdefault(number, n)
    by_title: dict[str, list[int]] = defaultdict(list)
    for n, record in enumerate(kept):
        for title in _titles(record):
            by_title[title[:NEAR]].append(n)
    for start, alike in by_title.items():
        for first, second in combinations(dict.fromkeys(alike[:200]), 2):
            if top(first) == top(second) or not _share_title(kept[first], kept[second]):
                continue
            place = next((said.place for said in kept[second].title), NOWHERE)
            if numbers := _rival_numbers(kept[first], kept[second]):
                says = f"two trials have one title, '{start}...', and different numbers: {' and '.join(numbers)}"
                findings.append(Finding("record-same-title", place, says, Severity.WARNING))
            elif why := _also_share(kept[first], kept[second]):
                above[top(second)] = top(first)
                says = f"taken for one trial by its title and {why}: the records share no number"
                findings.append(Finding("record-linked-by-title", place, says, Severity.NOTE, about=trial_number(kept[first])))
    by_summary: dict[str, int] = {}
    for n, record in enumerate(kept):
        for text in {plain(said.value[: 4 * LONG])[:LONG] for said in (*record.summary, *record.description)}:
            first = by_summary.setdefault(text, n) if len(text) == LONG else n
            if top(first) != top(n) and not _rival_numbers(kept[first], record):
                above[top(n)] = top(first)
                place = next((said.place for said in (*record.summary, *record.description)), NOWHERE)
                says = "taken for one trial by the words of its summary: the records share no number"
                findings.append(
                    Finding("record-linked-by-summary", place, says, Severity.NOTE, about=trial_number(kept[first]))
                )
    together: dict[int, list[Record]] = defaultdict(list)
    for n, record in enumerate(kept):
        together[top(n)].append(record)
    whole = tuple(merged(each) for each in together.values())
    for record in whole:
        findings += conflicts(record)
    return whole, tuple(findings)


def merged(records: Sequence[Record]) -> Record:
    """One record with all that several say: nothing is chosen, nothing lost."""
    return Record(**{name: tuple(said for record in records for said in record.said(name)) for name in FIELDS})


def agreed(said: Sequence[Said[T]]) -> T | None:
    """What all that is said of a field comes to, or nothing where it is contradicted or not said.

    Of values that tell the same, the one that tells most: the day rather than the month, the whole text.
    """
    if not said or any(not are_compatible(a.field, a.value, b.value) for a, b in combinations(said, 2)):
        return None
    return max(said, key=lambda each: (_fullness(each.value), -each.confidence.rank)).value


def conflicts(record: Record) -> tuple[Finding, ...]:
    """Where what is said of one trial contradicts itself: both values, with who says them."""
    return tuple(_conflicts(record))


def _conflicts(record: Record) -> Iterator[Finding]:
    called = trial_number(record)
    for name, field in FIELDS.items():
        said = record.said(name)
        if len(said) < 2:
            continue
        if field.is_list:
            yield from _list_conflicts(called, name, said)
            continue
        unlike = _unlike(name, said)
        if len(unlike) > 1:
            versions = "; ".join(
                f"'{each.text[:60]}' ({each.origin or each.reader}, {each.confidence.value})" for each in unlike
            )
            says = f"{name.replace('_', ' ')} is said in {len(unlike)} ways: {versions}"
            is_prose = field.kind in ("prose", "title")
            yield Finding(
                "record-conflict",
                unlike[1].place,
                says,
                Severity.NOTE if is_prose else Severity.WARNING,
                about=f"{called} {name}".strip(),
            )


def _unlike(name: str, said: Sequence[Said[Any]]) -> list[Said[Any]]:
    """One of each version that cannot be another's."""
    kept: list[Said[Any]] = []
    for each in said[:200]:
        if all(not are_compatible(name, each.value, other.value) for other in kept):
            kept.append(each)
        elif len(kept) == 1 and len(said) > 1 and _fullness(each.value) > _fullness(kept[0].value):
            kept[0] = each
    return kept


def _list_conflicts(called: str, name: str, said: Sequence[Said[Any]]) -> Iterator[Finding]:
    """Of a list: one thing that is told in two ways, and two registers' numbers in one register."""
    if name == "identifiers":
        for register in dict.fromkeys(each.value.registry for each in said if each.value.registry):
            of_it = {
                each.value.id.casefold(): each for each in said if each.value.registry == register and each.confidence.rank < 2
            }
            if len(of_it) > 1:
                says = f"{len(of_it)} numbers in {register}: {', '.join(each.value.id for each in of_it.values())}"
                yield Finding(
                    "record-conflict", list(of_it.values())[1].place, says, Severity.NOTE, about=f"{called} identifiers".strip()
                )
        return
    if name != "outcomes":
        return
    by_measure: dict[str, Said[Any]] = {}
    for each in said:
        first = by_measure.setdefault(plain(each.value.measure), each)
        for part in ("time_frame", "role"):
            one, two = getattr(first.value, part), getattr(each.value, part)
            if one and two and plain(one) != plain(two) and first.place.file != each.place.file:
                says = f"outcome '{each.value.measure[:60]}': {part.replace('_', ' ')} '{one[:60]}' ({first.origin}) and '{two[:60]}' ({each.origin})"
                yield Finding("record-conflict", each.place, says, about=f"{called} outcomes".strip())


def are_compatible(name: str, one: object, two: object) -> bool:
    """Whether two values of a field can both be true: dates that overlap, a text that another cut short."""
    if isinstance(one, When) and isinstance(two, When):
        return order_of(one, two) == 0
    first, second = likened(one), likened(two)
    if first == second:
        return True
    if isinstance(first, str) and isinstance(second, str) and name in FIELDS and FIELDS[name].kind in ("prose", "title"):
        short, long = sorted((first, second), key=len)
        return len(short) >= SHORTEST and long.startswith(short)
    return False


def _fullness(value: object) -> float:
    if isinstance(value, When):
        return -(value.last - value.first).days
    return len(value) if isinstance(value, str) else 0


def _numbers(record: Record) -> Iterator[str]:
    for said in record.identifiers:
        if said.value.registry:
            yield f"{said.value.registry} {said.value.id.casefold()}"


def _titles(record: Record) -> tuple[str, ...]:
    titles = (plain(said.value) for said in (*record.title, *record.official_title))
    return tuple(dict.fromkeys(title for title in titles if len(title) >= NEAR))


def _share_title(one: Record, two: Record) -> bool:
    return any(
        a == b or (len(min(a, b, key=len)) >= 2 * NEAR and (a.startswith(b) or b.startswith(a)))
        for a in _titles(one)
        for b in _titles(two)
    )


def _rival_numbers(one: Record, two: Record) -> tuple[str, ...]:
    """Numbers in one register that are not the same."""
    for said in one.identifiers:
        rivals = [other.value for other in two.identifiers if other.value.registry == said.value.registry]
        if said.value.registry and rivals and said.value not in rivals:
            return said.value.id, rivals[0].id
    return ()


def _also_share(one: Record, two: Record) -> str:
    """What beside the title is the same."""
    if {plain(said.value) for said in one.sponsor} & {plain(said.value) for said in two.sponsor}:
        return "sponsor"
    if any(order_of(a.value, b.value) == 0 for a in one.start for b in two.start):
        return "start"
    if {said.value for said in one.enrolment} & {said.value for said in two.enrolment}:
        return "enrolment"
    return ""
