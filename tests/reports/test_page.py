"""The frame of every page."""

import re
from html.parser import HTMLParser

import pytest

from equipoise.reports.page import (
    VIRTUAL,
    Entry,
    Figure,
    Listing,
    Section,
    Table,
    Text,
    harmless,
    page,
    part,
    watermarked,
)

DOT = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50"><g id="a"/><use href="#a"/></svg>'
PNG = b"\x89PNG\r\n\x1a\n"
HOSTILE = "<script>alert('x')</script> & \"q\""
SECTIONS = (
    Section("First", (Text(HOSTILE), Listing((Entry(HOSTILE, HOSTILE, HOSTILE),)), Section("Inner", (Text("x", "note"),)))),
    Section("Second", (Table(HOSTILE, ("", HOSTILE), ((HOSTILE, "1\n2"),), note=HOSTILE, spans=((HOSTILE, 1),)),)),
    Section(HOSTILE, (Figure(DOT, HOSTILE, HOSTILE), Figure(PNG, HOSTILE, HOSTILE), Figure(DOT, "", "plan", of_data=False))),
    Section("Last", (Text("end"),)),
)


class _Reader(HTMLParser):
    """Open and closed tags, and headings in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.captions = self.tables = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.captions += tag == "caption"
        self.tables += tag == "table"
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in ("meta", "img", "br", "link", "use"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    assert reader.open == []
    return reader


def test_a_page_is_whole_and_its_headings_are_in_order() -> None:
    found = _read(page("Title", SECTIONS, virtual=False, lead="Lead", facts=[("Name", "x")], foot="Foot"))
    assert found.headings[0] == 1
    assert all(after <= before + 1 for before, after in zip(found.headings, found.headings[1:], strict=False))
    assert len(set(found.ids)) == len(found.ids)
    assert found.tables == found.captions == 1


def test_hostile_words_are_escaped_everywhere() -> None:
    html = page(HOSTILE, SECTIONS, virtual=True, lead=HOSTILE, facts=[(HOSTILE, HOSTILE)], foot=HOSTILE)
    assert "<script" not in html and "alert('x')</script>" not in html
    assert html.count("&lt;script&gt;") >= 14
    _read(html)


def test_a_page_asks_nothing_of_other_hosts() -> None:
    html = page("Title", SECTIONS, virtual=True)
    assert set(re.findall(r"(?:https?:)?//[\w.]+[^\"'\s<]*", html)) <= {"http://www.w3.org/2000/svg"}
    assert "default-src 'none'" in html
    assert not re.search(r"<(script|link|iframe)\b", html)


def test_virtual_data_are_called_virtual_on_the_page_and_on_every_figure() -> None:
    html = page("Title", SECTIONS, virtual=True)
    assert f'<p class="banner" role="note">{VIRTUAL}' in html
    assert html.count(f"<figcaption><b>{VIRTUAL}.</b>") == 2, "the picture of the plan alone is not of data"
    assert html.count('class="watermark"') == 1
    assert VIRTUAL not in page("Title", SECTIONS, virtual=False)
    assert watermarked(watermarked(DOT)) == watermarked(DOT)


@pytest.mark.parametrize(
    "bad",
    [
        "<script>1</script>", '<g onload="x()"/>', '<image href="https://example.org/x.png"/>',
        "<style>@import 'x'</style>",
        '<rect style="fill:url(https://example.org)"/>', '<a href="javascript:x()"/>', "<foreignObject/>",
    ],
)  # fmt: skip
def test_a_figure_may_not_run_or_fetch_anything(bad: str) -> None:
    with pytest.raises(ValueError, match="may not hold"):
        harmless(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">{bad}</svg>')


def test_two_figures_keep_their_names_apart() -> None:
    html = page("Title", [Section("Two", (Figure(DOT, "", ""), Figure(DOT, "", "")))], virtual=False)
    assert html.count('id="f1-a"') + html.count('id="f2-a"') + html.count('id="f3-a"') == 2
    assert len(set(_read(html).ids)) == len(_read(html).ids)


def test_a_table_whose_rows_do_not_fit_is_refused() -> None:
    with pytest.raises(ValueError, match="a row of 1 cells under a head of 2"):
        Table("t", ("a", "b"), (("1",),))


def test_a_part_can_stand_alone() -> None:
    assert "<caption>t</caption>" in part(Table("t", ("a",), (("1",),)))
