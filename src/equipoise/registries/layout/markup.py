"""A saved web page as the text that it shows: what its tags set apart stands on lines of its own, cells beside each other."""

import re
from html.parser import HTMLParser

UNSEEN = frozenset("script style noscript template svg nav footer select button iframe object head".split())
OWN_LINE = frozenset(
    "p div section article header main aside dl dt dd ul ol li table thead tbody tfoot tr h1 h2 h3 h4 h5 h6 br hr form fieldset figure "
    "figcaption blockquote pre address details summary label".split()
)
DEEPEST = 2_000
"""Tags within each other; no page that people read has as many."""


def is_html(start: str) -> bool:
    """Whether a text begins as a web page does."""
    return start[:1000].casefold().lstrip().startswith(("<!doctype html", "<html", "<head", "<body"))


class _Shown(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.unseen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN and len(self.unseen) < DEEPEST:
            self.unseen.append(tag)
        elif self.unseen:
            return
        elif tag in ("td", "th"):
            self.parts.append(" | ")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag[:1] == "h" and tag[1:].isdigit():
            self.parts.append("\n\n" + "#" * min(6, int(tag[1:2])) + " ")
        elif tag in OWN_LINE:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in UNSEEN:
            if tag in self.unseen:
                del self.unseen[self.unseen.index(tag) :]
        elif not self.unseen and tag in OWN_LINE:
            self.parts.append("\n\n" if tag[:1] == "h" and tag[1:].isdigit() else "\n")

    def handle_data(self, data: str) -> None:
        if not self.unseen:
            self.parts.append(re.sub(r"\s+", " ", data))


def shown(html: str) -> str:
    """The text of a page, without what is not seen on it and the menus around it.

    >>> shown("<html><body><h1>A trial</h1><dl><dt>Sex</dt><dd>All</dd></dl><table><tr><th>Phase</th><td>2</td></tr></table>")
    '# A trial\\n\\nSex\\nAll\\n| Phase | 2 |'
    """
    page = _Shown()
    page.feed(html)
    page.close()
    kept: list[str] = []
    for line in "".join(page.parts).split("\n"):
        said = re.sub(r"[ \t]+", " ", line).strip()
        if said.strip("|- #"):
            kept.append(f"{said} |" if said.startswith("|") else said)
        elif kept and kept[-1] and not said:
            kept.append("")
    text = re.sub(r"\n\n(?!#)", "\n", re.sub(r"\n{3,}", "\n\n", "\n".join(kept)))
    return re.sub(r"(?m)^(#.*)\n(?=\S)", r"\1\n\n", text).strip()
