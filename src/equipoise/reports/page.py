"""A page: one HTML file, complete in itself, that prints, needs no script and asks nothing of any other host."""

import base64
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from .lettering import printable

VIRTUAL = "VIRTUAL DATA — drawn from this study’s assumptions; nobody was treated"
"""What every page and every figure says that shows drawn participants."""


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; `kind` sets it apart as a note, or as a warning."""

    says: str
    kind: Literal["plain", "note", "warning"] = "plain"


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a list: what it says, and in small letters what stands behind it."""

    says: str
    beneath: str = ""
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A list."""

    entries: tuple[Entry, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table. The first cell of each row is its heading; `spans` are headings over so many columns after the first.

    A line break in a heading starts a new line. `upright` turns the columns' headings, where there are many.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    spans: tuple[tuple[str, int], ...] = ()
    align: Literal["left", "centre", "right"] = "left"
    upright: bool = False

    def __post_init__(self) -> None:
        for row in self.rows:
            if self.head and len(row) != len(self.head):
                raise ValueError(f"table '{self.caption}': a row of {len(row)} cells under a head of {len(self.head)}")
        if self.spans and sum(count for _, count in self.spans) != len(self.head) - 1:
            raise ValueError(f"table '{self.caption}': the headings over the columns cover another number of columns")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: SVG as text or PNG as bytes, the words that stand for it, and its caption.

    `of_data` is False for pictures of a protocol, which are the same whoever took part.
    """

    image: str | bytes
    alt: str
    caption: str
    of_data: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it, smaller sections included."""

    heading: str
    parts: tuple["Text | Listing | Table | Figure | Section", ...]


Part = Text | Listing | Table | Figure | Section


def page(
    title: str,
    sections: Sequence[Section],
    *,
    virtual: bool,
    lead: str = "",
    facts: Sequence[tuple[str, str]] = (),
    foot: str = "",
) -> str:
    """A page as HTML.

    Args:
        title: The page's title and first heading.
        sections: What stands on it.
        virtual: Whether participants on it were drawn; then the page and each figure of data say so.
        lead: A sentence or two under the title.
        facts: Names and what they stand for, under the title.
        foot: The last line.
    """
    template = _environment().get_template("page.html")
    return template.render(
        title=title, sections=list(sections), virtual=VIRTUAL if virtual else "", lead=lead, facts=list(facts),
        foot=foot, numbers=_numbers(), contents=len(sections) > 3,
    )  # fmt: skip


def part(one: Part, *, virtual: bool = False) -> str:
    """One part of a page alone, as HTML, to be put into another page."""
    module = _environment().get_template("parts.html").module
    made: str = module.part(one, 2, VIRTUAL if virtual else "", _numbers())  # type: ignore[attr-defined]
    return str(made)


def _numbers() -> Iterator[int]:
    yield from range(1, 1_000_000)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, finalize=_plain,
    )  # fmt: skip
    environment.filters.update(drawn=_drawn, broken=_broken, kind=lambda value: type(value).__name__, next_number=next)
    return environment


def _plain(value: object) -> object:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _broken(text: str) -> Markup:
    """A text whose lines stand below each other."""
    said = [printable(line) for line in text.split("\n")]
    return Markup("").join(Markup("<span>{}</span>").format(line) for line in said) if len(said) > 1 else escape(said[0])


# --- figures ---------------------------------------------------------------------------------------------------------

_FORBIDDEN = {"script", "foreignObject", "iframe", "object", "embed", "audio", "video", "handler", "set", "animate"}


def _drawn(figure: Figure, number: int, virtual: str) -> Markup:
    """A figure's image, as it stands in the page."""
    if isinstance(figure.image, bytes):
        data = base64.b64encode(figure.image).decode("ascii")
        return Markup('<img src="data:image/png;base64,{}" alt="{}">').format(data, printable(figure.alt))
    svg = harmless(figure.image)
    if virtual and figure.of_data:
        svg = watermarked(svg)
    svg = _with_own_names(svg, f"f{number}-")
    if "<title" not in svg.split(">", 2)[1] and "aria-label" not in svg.split(">", 1)[0]:
        svg = svg.replace("<svg", str(Markup('<svg role="img" aria-label="{}"').format(printable(figure.alt))), 1)
    return Markup(svg)


def harmless(svg: str) -> str:
    """SVG without its prologue and metadata.

    Raises:
        ValueError: It could run something or fetch something.
    """
    start = svg.find("<svg")
    if start < 0:
        raise ValueError("this is not SVG")
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg[start:], flags=re.DOTALL)
    for element in ElementTree.fromstring(svg).iter():
        tag = element.tag.rsplit("}", 1)[-1]
        if tag in _FORBIDDEN:
            raise ValueError(f"a figure may not hold <{tag}>")
        for name, value in element.attrib.items():
            name = name.rsplit("}", 1)[-1].lower()
            fetches = name in ("href", "src") and not value.startswith(("#", "data:image/"))
            if name.startswith("on") or fetches or re.search(r"url\(\s*['\"]?(?!#)", value):
                raise ValueError(f"a figure may not hold {name}={value[:60]!r}")
        if tag == "style" and re.search(r"@import|url\(\s*['\"]?(?!#)", element.text or ""):
            raise ValueError("a figure may not hold styles that fetch something")
    return svg


def watermarked(svg: str) -> str:
    """SVG with the words across it that its data are virtual; once, however often it is asked for."""
    if 'class="watermark"' in svg:
        return svg
    box = re.search(r'viewBox="([-\d.]+) ([-\d.]+) ([\d.]+) ([\d.]+)"', svg)
    if not box:
        raise ValueError("a figure needs a viewBox")
    x, y, wide, high = map(float, box.groups())
    size = max(min(wide / 8, high / 3), 6)
    middle = f"{x + wide / 2:.1f} {y + high / 2:.1f}"
    words = (
        f'<g class="watermark" aria-hidden="true" pointer-events="none" fill="#000000" fill-opacity="0.08" '
        f'text-anchor="middle" font-family="Helvetica, Arial, sans-serif" font-weight="700">'
        f'<text font-size="{size:.1f}" transform="translate({middle}) rotate(-20)" dy="0.35em">VIRTUAL DATA</text></g>'
        f'<text x="{x + wide - 4:.1f}" y="{y + high - 4:.1f}" text-anchor="end" font-size="{max(wide / 90, 5):.1f}" '
        f'font-family="Helvetica, Arial, sans-serif" fill="#555555">{escape(VIRTUAL)}</text>'
    )
    return f"{svg.rsplit('</svg>', 1)[0]}{words}</svg>"


def _with_own_names(svg: str, prefix: str) -> str:
    """SVG whose ids are its own, however many figures stand on the page."""
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}\1"', svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}\1"', svg)
    svg = re.sub(r"url\(#", f"url(#{prefix}", svg)

    def named(found: re.Match[str]) -> str:
        return f'{found[1]}="{" ".join(prefix + name for name in found[2].split())}"'

    return re.sub(r'\b(aria-labelledby|aria-describedby)="([^"]+)"', named, svg)
