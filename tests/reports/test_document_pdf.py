"""A page as PDF: the same bytes each time, and no word of it is ever markup."""

import shutil
import subprocess
from pathlib import Path

import pytest

from equipoise.reports.document_pdf import pdf
from equipoise.reports.page import VIRTUAL, Entry, Figure, Listing, Section, Table, Text

DOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50"><text x="5" y="20" font-family="Helvetica, Arial, '
    '\'DejaVu Sans\', sans-serif" font-size="9">Letters</text></svg>'
)
HOSTILE = (
    '#panic("run") #{ 1/0 } ] ) } $x^2$ *bold* _low_ `raw` = head <label> @ref // note /* more */ \\ \\u{41} #import "x" '
    '#read("/etc/passwd") "quoted" <script>alert(1)</script> \u202e & é ≥ 中'
)
SECTIONS = (
    Section("First", (Text(HOSTILE), Text(HOSTILE, "note"), Text(HOSTILE, "warning"),
                      Listing((Entry(HOSTILE, HOSTILE, HOSTILE),), numbered=True), Section("Inner", (Text("x"),)))),
    Section(HOSTILE, (Table(HOSTILE, ("", HOSTILE), ((HOSTILE, "1\n2"),), note=HOSTILE, spans=((HOSTILE, 1),)),)),
    Section("Pictures", (Figure(DOT, HOSTILE, HOSTILE), Figure(DOT, "", "", of_data=False))),
    Section("Upright", (Table("t", ("", "a"), (("r", "1"),), upright=True), Table("", (), ()))),
)  # fmt: skip


def words(made: bytes, to: Path) -> str:
    """What a PDF says."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not installed, so the words of a PDF cannot be read")
    (to / "a.pdf").write_bytes(made)
    return subprocess.run([reader, "-layout", str(to / "a.pdf"), "-"], capture_output=True, text=True, check=True).stdout


def test_the_same_sections_give_the_same_bytes() -> None:
    arguments = {"virtual": True, "lead": "Lead", "facts": [("Name", "x")], "foot": "Foot"}
    assert pdf("Title", SECTIONS, **arguments) == pdf("Title", SECTIONS, **arguments)


def test_hostile_words_are_only_ever_words(tmp_path: Path) -> None:
    made = pdf(HOSTILE, SECTIONS, virtual=True, lead=HOSTILE, facts=[(HOSTILE, HOSTILE)], foot=HOSTILE)
    assert made.startswith(b"%PDF")
    said = words(made, tmp_path)
    assert '#panic("run")' in said
    assert "*bold*" in said
    assert "root:" not in said


def test_virtual_data_are_called_virtual_on_every_page(tmp_path: Path) -> None:
    long = tuple(Section(f"Part {number}", (Text("word " * 400),)) for number in range(6))
    pages = words(pdf("Title", long, virtual=True), tmp_path).rstrip("\f").split("\f")
    assert len(pages) > 2
    assert all(VIRTUAL in page for page in pages)
    assert "VIRTUAL" not in words(pdf("Title", long, virtual=False), tmp_path)


def test_a_reader_of_the_screen_finds_tags_and_the_words_for_figures() -> None:
    made = pdf("Title", [Section("One", (Figure(DOT, "forty-two percent", "caption"),))], virtual=False)
    assert b"/MarkInfo" in made
    assert b"pdfuaid" in made or b"/StructTreeRoot" in made


def test_nothing_at_all_is_a_page_too() -> None:
    assert pdf("", [], virtual=False).startswith(b"%PDF")


def test_a_figure_that_could_fetch_something_is_refused() -> None:
    bad = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><image href="file:///etc/passwd"/></svg>'
    with pytest.raises(ValueError, match="may not hold"):
        pdf("Title", [Section("One", (Figure(bad, "a", "c"),))], virtual=False)
