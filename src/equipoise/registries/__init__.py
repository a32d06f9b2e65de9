"""Registers' records and pages about trials, read into one record with the origin of every value."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..finding import Finding, Place, Severity, Unreadable
from . import ctgov_v2, ctgov_xml, ctis, euctr, ictrp, isrctn, page
from .layout.markup import is_html, shown
from .linkage import agreed, conflicts, merged, trials
from .record import (
    FIELDS,
    Arm,
    Confidence,
    Identifier,
    Intervention,
    Location,
    Outcome,
    Record,
    Reference,
    Said,
    surest,
    trial_number,
)
from .tree import Tree, content, json_lines, json_tree, xml_tree

__all__ = [
    "FIELDS", "FINDINGS", "READERS", "Arm", "Confidence", "Identifier", "Intervention", "Location", "Outcome", "Reader", "Record", "Reference",
    "Said", "agreed", "conflicts", "merged", "read_record", "surest", "trial_number", "trials",
]  # fmt: skip

Read = tuple[Record, tuple[Finding, ...]]


@dataclass(frozen=True, slots=True)
class Reader:
    """A format: its name, what it is, and how a tree of it is known and read."""

    name: str
    says: str
    of_json: Callable[[Tree], bool] | None = None
    read_json: Callable[[Tree, str], Iterator[Read]] | None = None
    of_xml: Callable[[str], bool] | None = None
    read_xml: Callable[[str, Tree, str], Iterator[Read]] | None = None
    of_text: Callable[[str], bool] | None = None
    read_text: Callable[[str, str], Iterator[Read]] | None = None


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().splitlines()[0]


READERS: tuple[Reader, ...] = (
    Reader("ctgov_v2", _first_line(ctgov_v2.__doc__), of_json=ctgov_v2.recognises, read_json=ctgov_v2.records),
    Reader("ctgov_xml", _first_line(ctgov_xml.__doc__), of_xml=ctgov_xml.recognises, read_xml=ctgov_xml.records),
    Reader(
        "ictrp",
        _first_line(ictrp.__doc__),
        of_xml=ictrp.recognises,
        read_xml=ictrp.records,
        of_text=ictrp.recognises_table,
        read_text=ictrp.table,
    ),
    Reader("ctis", _first_line(ctis.__doc__), of_json=ctis.recognises, read_json=ctis.records),
    Reader(
        "euctr",
        _first_line(euctr.__doc__),
        of_json=euctr.recognises,
        read_json=euctr.records,
        of_text=euctr.of_text,
        read_text=euctr.from_text,
    ),
    Reader(
        "isrctn",
        _first_line(isrctn.__doc__),
        of_json=isrctn.recognises,
        read_json=isrctn.records,
        of_xml=isrctn.of_xml,
        read_xml=isrctn.from_xml,
    ),
    Reader("page", _first_line(page.__doc__), of_text=lambda text: True, read_text=page.records),
)


FINDINGS: Mapping[str, str] = {
    "record-refused": "it cannot be read, or nothing in it is a trial; the sentence says why",
    "record-value-misplaced": "a value that cannot be its field's kind, with what it looks like",
    "record-value-impossible": "values that cannot be true together: ages that cross, an end before the start, nobody enrolled",
    "record-conflict": "one trial's sources, or one source, contradict each other; both values are kept",
    "record-label-empty": "a label that nothing stands under",
    "record-line-left": "a line of a page that no field takes",
    "record-guessed": "values without labels, taken by kind and order",
    "record-unknown-key": "a part of a structured record that its reader does not know",
    "record-next-page": "a search has a next page; the token that asks for it",
    "record-linked-by-title": "records taken for one trial by title and sponsor, start or enrolment: they share no number",
    "record-linked-by-summary": "records taken for one trial by the words of their summary: they share no number",
    "record-same-title": "one title under two numbers of one register: not taken for one trial",
    "record-more-findings": "how many findings of a record are not shown",
}
"""What readers find, by rule."""


def read_record(source: str | Path | bytes, *, file: str = "") -> tuple[tuple[Record, ...], tuple[Finding, ...]]:
    """The records of a file, a text or bytes of any format that `READERS` lists, and what was found in them.

    Args:
        source: A path, or the content itself: bytes as they came, or a text of more than one line.
        file: What the content is called in places, where it is no file: its address, for example.

    Returns:
        One record a trial, in the source's order, and the findings, the contradictions within a record among them. What
        cannot be read at all is a finding, an error, and no record.
    """
    where: str | Path | bytes = source
    if isinstance(source, Path) or (
        isinstance(source, str) and len(source) < 4096 and not set(source) & set("\n{<") and not source.startswith("[")
    ):
        where = Path(source)
        file = file or str(source)
    try:
        return _read(content(where), file)
    except Unreadable as why:
        return (), (Finding("record-refused", Place(file), f"not read: {why.says}"),)


def _read(text: str, file: str) -> tuple[tuple[Record, ...], tuple[Finding, ...]]:
    records: list[Record] = []
    findings: list[Finding] = []
    for record, found in _records(text, file):
        findings += found
        if any(record.said(name) for name in FIELDS):
            records.append(record)
            findings += conflicts(record)
    if not records:
        findings.append(Finding("record-refused", Place(file), "nothing in it can be read as a trial"))
    return tuple(records), tuple(findings)


def _records(text: str, file: str) -> Iterator[Read]:
    start = text[:4096].lstrip()
    if start.startswith(("{", "[")):
        yield from _of_json(text, file)
    elif start.startswith("<"):
        yield from _of_xml(text, start, file)
    else:
        for reader in READERS:
            if reader.of_text and reader.read_text and reader.of_text(text):
                yield from reader.read_text(text, file)
                return


def _of_json(text: str, file: str) -> Iterator[Read]:
    try:
        tree = json_tree(text)
    except Unreadable as why:
        first = text.lstrip().split("\n", 1)
        if len(first) == 1 or not first[0].rstrip().endswith("}") or not first[1].lstrip().startswith("{"):
            raise
        try:
            tree = json_lines(text)
        except Unreadable:
            raise why from None
    several = tree if isinstance(tree, list) else [tree]
    for n, each in enumerate(several):
        called = f"{file}#[{n}]" if isinstance(tree, list) else file
        for reader in READERS:
            if reader.of_json and reader.read_json and reader.of_json(each):
                yield from reader.read_json(each, called)
                break
        else:
            yield (
                Record(),
                (
                    Finding(
                        "record-refused",
                        Place(called),
                        "this JSON has the form of no register that is read here",
                        Severity.ERROR,
                    ),
                ),
            )


def _of_xml(text: str, start: str, file: str) -> Iterator[Read]:
    if is_html(start):
        for record, findings in page.records(shown(text), file):
            if not record.identifiers and not (record.title and record.eligibility):
                raise Unreadable(
                    "it is a web page's HTML, and no trial is read in it: save the page as text, or take the register's own JSON"
                )
            yield record, findings
        return
    root, tree = xml_tree(text)
    for reader in READERS:
        if reader.of_xml and reader.read_xml and reader.of_xml(root):
            yield from reader.read_xml(root, tree, file)
            return
    raise Unreadable(f"this XML, of '{root[:60]}', has the form of no register that is read here")
