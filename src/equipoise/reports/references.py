"""Whom a method comes from: the sources that the code itself names, told by the authors' names in the words of a method.

Each kernel and each method of analysis names its sources in its docstring. A source is cited where the words of a result
hold its authors' names (of three or more, the first), or a name that the method goes by.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

GOES_BY = {
    "log-rank": "Mantel", "restricted mean": "Irwin", "median time": "Brookmeyer", "log-log scale": "Kalbfleisch",
    "mann-whitney": "Mann", "quartile": "Hyndman", "multiple imputation": "Rubin",
}  # fmt: skip
"""Names that methods go by, and the author who stands first in their source."""
FOLDERS = ("kernels", "analysis")
_SOURCES = re.compile(r'^( *)Source:[ \n]((?:.*\n)*?)(?=\s*\n\s*\n|\s*"""|\s*>>>|\s*\n *[A-Z][A-Za-z ]+\n)', flags=re.MULTILINE)
"""A `Source:` of a docstring, up to an empty line, an example or the docstring's end."""
_YEAR = re.compile(r"\((?:1[89]|20)\d\d\)")


@dataclass(frozen=True, slots=True)
class Reference:
    """A source: the surnames of its authors, and how it is written."""

    authors: tuple[str, ...]
    year: str
    says: str
    files: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What tells it from any other source of these authors: the year, and the journal's first letters."""
        return f"{' '.join(self.authors)} {self.year} {self.says.partition('),')[2][:12]}"


def cited_by(words: Iterable[str]) -> tuple[Reference, ...]:
    """The sources of the methods that some sentences name, in the order in which they are first named."""
    found: dict[str, Reference] = {}
    for text in words:
        low = text.casefold()
        named = [(at, each) for each in sources() for at in [_place(each, text, low)] if at is not None]
        for _, each in sorted(_meant(named), key=lambda one: (one[0], one[1].year)):
            found.setdefault(each.name, each)
    return tuple(found.values())


def _meant(named: list[tuple[int, Reference]]) -> list[tuple[int, Reference]]:
    """Of several works of the same authors, those whose file has most of the other authors that are named as well."""
    beside = {file: len({each.authors for _, each in named if file in each.files}) for _, one in named for file in one.files}

    def company(each: Reference) -> int:
        return max(beside[file] for file in each.files)

    return [
        (at, each) for at, each in named
        if company(each) == max(company(other) for _, other in named if other.authors == each.authors)
    ]  # fmt: skip


def _place(each: Reference, text: str, low: str) -> int | None:
    """Where a text first names a source. One author alone is not meant where the name stands beside another's."""
    names = [re.escape(author) for author in each.authors]
    if len(names) == 1:
        named = rf"(?<!and )(?<!-)\b{names[0]}(?:['’]s)?\b(?!(?: and |[-–])[A-Z])"
    elif len(names) == 2:
        named = rf"\b{names[0]}(?: and |[-–]){names[1]}\b"
    else:
        named = rf"\b{names[0]}(?:, {names[1]}| et al| and others)"
    places = [found.start() for found in [re.search(named, text)] if found is not None]
    for name, author in GOES_BY.items():
        if each.authors[0] == author and name in low:
            places.append(low.index(name))
    return min(places, default=None)


@cache
def sources() -> tuple[Reference, ...]:
    """Every source that kernels and methods of analysis name, each once."""
    found: dict[str, Reference] = {}
    package = files(__package__.rpartition(".")[0])
    for folder in FOLDERS:
        for each in sorted(package.joinpath(folder).iterdir(), key=lambda one: one.name):
            if each.name.endswith(".py"):
                for made in _of(each.read_text(encoding="utf-8")):
                    known = found.get(made.name)
                    # Two files may cite one source with different sections: the shorter is the source itself.
                    files_ = (*(known.files if known is not None else ()), each.name)
                    short = made if known is None or len(made.says) < len(known.says) else known
                    found[made.name] = replace(short, files=files_)
    return tuple(found.values())


def _of(code: str) -> Iterable[Reference]:
    """The sources in the docstrings of a file."""
    for block in _SOURCES.findall(code):
        for piece in re.split(r";\s", " ".join(block[1].split())):
            year = _YEAR.search(piece)
            if year is None:
                continue
            before = piece[: year.start()]
            # What stands before a colon, or after `by`, `as` or a comma in small letters, says what the source is for.
            names = re.search(r"((?:[A-Z][\w’'-]+(?:, | and |,? et al\. ?| )?)+)$", before)
            if names is None:
                continue
            authors = tuple(each for each in re.split(r", | and | et al\.?|\s", names[1]) if each)
            says = _trimmed(piece[names.start() :])
            if authors and says:
                yield Reference(authors, year[0].strip("()"), says)


def _trimmed(piece: str) -> str:
    """A source up to its pages or volume, without the section that was used and without what is said about it."""
    year = _YEAR.search(piece)
    start = year.end() if year is not None else 0
    rest = piece[start:]
    ended = re.search(r"\d+:\d+(?:[-–]\d+)?|\.\s|, (?:sections?|chapters?|also|for|as|which|method|type|figure)\b|$", rest)
    end = len(rest) if ended is None else ended.end() if ":" in ended[0] else ended.start()
    return piece[: start + end].rstrip(" ,.;")
