"""A saved web page as the text that it shows: what its tags set apart stands on lines of its own, cells beside each other."""

import re
from collections.abc import Iterator
from html import unescape

UNSEEN = frozenset("script style noscript template svg nav footer select button iframe object head".split())
OWN_LINE = frozenset(
    "p div section article header main aside dl dt dd ul ol li table thead tbody tfoot tr h1 h2 h3 h4 h5 h6 br hr form fieldset figure "
    "figcaption blockquote pre address details summary label".split()
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def is_html(start: str) -> bool:
    """Whether a text begins as a web page does."""
    return start[:1000].casefold().lstrip().startswith(("<!doctype html", "<html", "<head", "<body"))


_TAG = re.compile(r"<(?P<ends>/?)(?P<tag>[a-zA-Z][a-zA-Z0-9]{0,20})[^<>]*>|<!--|<[!?][^<>]*>|[^<]+|<")


def _parts(html: str) -> Iterator[str]:
    """The text between tags, and what tags put in its place; each character is looked at once."""
    low, at, closed = html.lower(), 0, 0
    while at < len(html) and (found := _TAG.match(html, at)) is not None:
        at = found.end()
        if found[0] == "<!--":
            end = low.find("-->", at)
            at = end + 3 if end >= 0 else len(html)
        elif found["tag"] is None:
            if not found[0].startswith("<"):
                yield re.sub(r"\s+", " ", unescape(found[0]))
        elif (tag := found["tag"].lower()) in UNSEEN:
            if not found["ends"] and not found[0].endswith("/>") and closed <= at:
                end = low.find(f"</{tag}", at)
                at, closed = (end, closed) if end >= 0 else (at, len(html))
        elif found["ends"]:
            if tag in OWN_LINE:
                yield "\n\n" if tag in HEADINGS else "\n"
        elif tag in ("td", "th"):
            yield " | "
        elif tag == "li":
            yield "\n- "
        elif tag in HEADINGS:
            yield "\n\n" + "#" * int(tag[1]) + " "
        elif tag in OWN_LINE:
            yield "\n"


def shown(html: str) -> str:
    """The text of a page, without what is not seen on it and the menus around it.

    >>> shown("<html><body><h1>A trial</h1><dl><dt>Sex</dt><dd>All</dd></dl><table><tr><th>Phase</th><td>2</td></tr></table>")
    '# A trial\\n\\nSex\\nAll\\n| Phase | 2 |'
    """
    kept: list[str] = []
    for line in "".join(_parts(html)).split("\n"):
        said = re.sub(r"[ \t]+", " ", line).strip()
        if said.strip("|- #"):
            kept.append(f"{said} |" if said.startswith("|") else said)
        elif kept and kept[-1] and not said:
            kept.append("")
    text = re.sub(r"\n\n(?!#)", "\n", re.sub(r"\n{3,}", "\n\n", "\n".join(kept)))
    return re.sub(r"(?m)^(#.*)\n(?=\S)", r"\1\n\n", text).strip()
