"""A text becomes a tree with places, or findings with places; never an exception, never more than its share of time."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.document import BYTES, FINDINGS, LEVELS, LINE, NODES, Document, Mapping, Node, Scalar, Sequence, document
from equipoise.finding import Place

HARD = Path(__file__).parent / "hard" / "documents"

STUDY = """\
study: batch-rfa-crlm
version: 1.10
open: no
sponsor: ~
arms:
  control: {label: "Systemic: therapy", ratio: 1}
  batch_rfa:
    label: 'Batch RFA'
    criteria: [age >= 18 years, "ECOG 0"]
text: |
  One line,
  and another.
define: >
  platelets >= 50 10^9/L
  and inr <= 1.5
"""

# Each file: where its finding stands, and a part of what is said there.
EXPECTED = {
    "alias_bomb.yaml": [(2, 4, "anchor '&a'"), (3, 8, "alias '*a'")],
    "backwards.yaml": [(2, 23, "U+202E")],
    "carriage_returns.yaml": [(3, 9, "the list opened at line 3 is not closed")],
    "colon.yaml": [(3, 19, "a second ': '")],
    "comments.yaml": [(1, 1, "says nothing")],
    "complex_key.yaml": [(2, 3, "a key must be text")],
    "deep.yaml": [(3, 46, "more than 40 levels")],
    "duplicate.yaml": [(4, 1, "'title' was already said at line 2, column 1")],
    "empty.yaml": [(1, 1, "empty")],
    "latin_1.yaml": [(2, 19, "0xE4 is not UTF-8")],
    "merge.yaml": [(4, 3, "'<<'")],
    "nul.yaml": [(2, 11, "U+0000")],
    "object.yaml": [(2, 6, "the tag '!!python/object/apply:os.system'")],
    "tab.yaml": [(4, 1, "indent with spaces")],
    "truncated.yaml": [(5, 22, "never closed")],
    "two_documents.yaml": [(3, 1, "a second document")],
    "utf_16.yaml": [(1, 1, "UTF-16")],
}


def plain(node: Node | None) -> object:
    match node:
        case Scalar(text):
            return text
        case Sequence(items):
            return [plain(item) for item in items]
        case Mapping(entries):
            return {key.text: plain(value) for key, value in entries}
        case None:
            return None


def said(found: Document) -> str:
    return "\n".join(map(str, found.findings))


def test_scalars_stay_text() -> None:
    found = document(STUDY, file="study.yaml")
    assert found.findings == ()
    assert plain(found.root) == {
        "study": "batch-rfa-crlm",
        "version": "1.10",
        "open": "no",
        "sponsor": "",
        "arms": {
            "control": {"label": "Systemic: therapy", "ratio": "1"},
            "batch_rfa": {"label": "Batch RFA", "criteria": ["age >= 18 years", "ECOG 0"]},
        },
        "text": "One line,\nand another.\n",
        "define": "platelets >= 50 10^9/L and inr <= 1.5\n",
    }


def test_a_place_is_where_the_text_begins_inside_its_quotes() -> None:
    root = document(STUDY, file="study.yaml").root
    arms = dict((key.text, value) for key, value in root.entries)["arms"]
    control, batch_rfa = (value for _, value in arms.entries)
    assert control.entries[0][1].place == Place("study.yaml", 6, 21, 17)
    assert batch_rfa.entries[0][0].place == Place("study.yaml", 8, 5, 5)
    assert batch_rfa.entries[0][1].place == Place("study.yaml", 8, 13, 9)
    assert batch_rfa.place == Place("study.yaml", 8, 5)


def test_every_word_of_a_text_over_several_lines_can_be_pointed_at() -> None:
    root = document(STUDY, file="study.yaml").root
    lines = STUDY.splitlines()
    for _, node in root.entries[-2:]:
        for word in ("line,", "another.", "platelets", "and", "inr", "1.5"):
            if word not in node.text:
                continue
            place = node.place.along(node.text.index(word), len(word))
            assert lines[place.line - 1][place.column - 1 :].startswith(word)
            assert type(place) is Place


def test_places_on_one_and_on_several_lines_are_ordered_together() -> None:
    root = document(STUDY, file="f").root
    places = [value.place for _, value in root.entries]
    assert sorted(reversed(places)) == places
    spread = places[-1]
    same = Place("f", spread.line, spread.column, spread.width)
    assert (spread == same, same == spread, hash(spread) == hash(same)) == (True, True, True)


def test_a_marked_empty_text_is_told_from_nothing() -> None:
    root = document("a: ''\nb:\nc: null\nd: 'null'\n").root
    assert [(v.text, v.quoted) for _, v in root.entries] == [("", True), ("", False), ("", False), ("null", True)]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_hard_document_gives_its_findings_and_keeps_the_rest(name: str) -> None:
    found = document(HARD / name, file=name)
    places = {(one.place.line, one.place.column): one for one in found.findings}
    for line, column, part in EXPECTED[name]:
        assert part in places[line, column].says, said(found)
        assert places[line, column].rule == "unreadable"
        assert places[line, column].place.file == name
    if b"title: kept" in (HARD / name).read_bytes():
        assert plain(found.root)["title"] == "kept"


def test_every_hard_document_is_expected_and_explained() -> None:
    names = {path.name for path in HARD.iterdir()} - {"README.md"}
    assert names == set(EXPECTED)
    explained = (HARD / "README.md").read_text("utf-8")
    assert [name for name in sorted(names) if f"`{name}`" not in explained] == []


def test_what_cannot_be_opened_is_a_finding(tmp_path: Path) -> None:
    assert "no such file" in said(document(tmp_path / "none.yaml"))
    assert "is a folder" in said(document(tmp_path))
    assert "cannot be read" in said(document(Path("a\0b")))
    assert "cannot be read" in said(document(tmp_path / ("x" * 5000)))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "not an ordinary file" in said(document(pipe))


def test_a_file_that_may_not_be_read_is_a_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may read every file, so the refusal is played.
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "closed.yaml").write_text("a: 1")
    monkeypatch.setattr(Path, "open", refused)
    assert "permission" in said(document(tmp_path / "closed.yaml"))


def test_a_path_gives_its_name_to_the_places(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text("a: 1\na: 2\n")
    assert document(tmp_path / "study.yaml").findings[0].place.file.endswith("study.yaml")


def test_a_byte_order_mark_in_front_does_not_shift_a_place() -> None:
    found = document("\ufeffa: 1\n".encode())
    assert found.findings == ()
    assert found.root.entries[0][1].place == Place("", 1, 4)
    assert "empty" in said(document(b"\xef\xbb\xbf"))


def test_lines_before_a_line_that_is_too_long_are_kept() -> None:
    found = document("title: kept\nlong: " + "x" * 5_000_000 + "\nafter: lost\n")
    assert plain(found.root) == {"title": "kept"}
    assert "1 MB" in said(found)
    found = document("title: kept\nlong: " + "x" * LINE + "\nafter: lost\n")
    assert plain(found.root) == {"title": "kept"}
    assert found.findings[0].place == Place("", 2, LINE + 1)
    assert found.root.cut


def test_the_first_megabyte_of_a_larger_file_is_read() -> None:
    found = document(b"".join(b"k%d: some longer text\n" % n for n in range(BYTES // 10)))
    assert len(found.findings) == 1
    assert "1 MB" in found.findings[0].says
    assert 30_000 < len(found.root.entries) < NODES


def test_an_escape_cannot_bring_in_what_may_not_be_written() -> None:
    found = document(r'a: "x\0y\u202e"')
    assert "U+0000" in said(found)
    assert "\0" not in plain(found.root)["a"]


def test_there_is_a_bound_on_nodes_levels_and_findings() -> None:
    assert "more than 100,000 parts" in said(document("[" + "\n,".join(["a,a,a,a,a,a"] * 20_000) + "]"))
    assert document("[" * LEVELS + "]" * LEVELS).findings == ()
    assert "levels" in said(document("[" * (LEVELS + 1)))
    many = document("a: 1\n" * 1_000)
    assert len(many.findings) == FINDINGS + 1
    assert many.findings[-1].says == "799 further findings are not shown: mend these first"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 19_999,
        "\n".join(["[" * 19_000] * 50),
        "{a: " * 4_000,
        "\n".join("? " * 9_000 for _ in range(50)),
        "- " * 9_999,
        "a: &x [*x, *x]\n" * 60_000,
        "\x00" * BYTES,
        "\n" * BYTES,
        ("x: '" + "''" * 9_000 + "\n") * 50,
        'x: "' + ("\\x41 " * 3_000 + "\n ") * 60 + '"',
        "x: |\n" + ("  " + "ab " * 6_000 + "\n") * 50,
        ("a" * 1_020 + ": 1\n") * 900,
        "!<" + "x" * 19_000,
        "%TAG ! " + "y" * 19_000 + "\n---\na: !b c",
    ],
    ids=range(14),
)
def test_no_text_holds_the_machine_up(text: str) -> None:
    started = time.process_time()
    found = document(text)
    assert found.root is not None or found.findings
    assert time.process_time() - started < 5  # seconds of processor time; each takes well under one


MUTATIONS = st.lists(
    st.tuples(
        st.integers(0, len(STUDY)),
        st.integers(0, 12),
        st.sampled_from(["", "\t", "\n", "- ", ": ", "[", "]", "{", "}", "'", '"', "&a ", "*a", "!t ", "? ", "|", ">",
                         "---\n", "...\n", "%", "#", "\\", "<<: ", "\x00", "\x85", "\u2028", "\ufeff", "é", "\ud800"])
        | st.text(max_size=6),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(MUTATIONS)
def test_no_mutation_of_a_study_raises(changes: list[tuple[int, int, str]]) -> None:
    text = STUDY
    for at, length, new in changes:
        text = text[:at] + new + text[at + length :]
    found = document(text, file="f")
    assert found.root is not None or found.findings
    for one in found.findings:
        assert 1 <= one.place.line <= len(found.lines) + 1
        assert one.place.column >= 1
        assert "\n" not in one.says
        one.pointed()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise(data: bytes) -> None:
    found = document(data)
    assert found.root is not None or found.findings


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(STUDY)))
def test_a_truncated_study_keeps_what_stood_before(length: int) -> None:
    whole, found = plain(document(STUDY).root), document(STUDY[:length])
    if found.root is None:
        assert length < len("study:  b")
        return
    if isinstance(found.root, Mapping):
        kept = plain(found.root)
        assert list(whole)[: max(0, len(kept) - 1)] == list(kept)[:-1]  # the last key may be half a word
        assert all(whole[key] == kept[key] for key in list(kept)[:-1])
