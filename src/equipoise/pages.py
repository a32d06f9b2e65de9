"""What each finding means: its page, by its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path
from textwrap import fill

from .finding import Severity
from .reading import told
from .rules import FAMILIES

FILE = "pages.yaml"
HEADINGS = ("What it finds", "Why it matters", "How to mend it")
"""Those of a page that no rule writes; a rule's last says where it was seen."""
WIDTH = 100


@dataclass(frozen=True, slots=True)
class Page:
    """What a finding means, as `equipoise explain` prints it: a sentence, then headings over indented text."""

    name: str
    family: str
    weighs: tuple[Severity, ...]
    text: str

    @property
    def says(self) -> str:
        """Its first line."""
        return self.text.partition("\n")[0]

    @property
    def weight(self) -> str:
        """How much it may weigh, in words: nothing where it is of a participant and not of a file."""
        return " or ".join(each.value for each in self.weighs) or "deviation"

    @property
    def example(self) -> str:
        """The smallest study in which a rule wakes, each line after two blanks; - before lines that wake it, + before those
        that stand in their stead where it sleeps. Nothing, where no rule makes the finding.
        """
        return _example(self.name)

    @property
    def markdown(self) -> str:
        """The same with its headings in bold."""
        lines = []
        for paragraph in self.text.split("\n\n"):
            head, _, rest = paragraph.partition("\n")
            if rest.startswith(" ") and not head.startswith(" "):
                lines.append(f"**{head}**: {' '.join(rest.split())}")
            else:
                lines.append(" ".join(paragraph.split()))
        return "\n\n".join(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """A finding that no rule makes, as pages.yaml tells it."""

    finding: str
    weighs: tuple[Severity, ...]
    says: str
    finds: str
    matters: str
    mend: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    """Findings of one kind."""

    family: str
    findings: tuple[_Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Families:
    """All findings that no rule makes."""

    families: tuple[_Family, ...]


def pages() -> Mapping[str, Page]:
    """The page of every finding, by its name: those of the rules first, family by family."""
    ruled = {
        each.name: Page(each.name, family, (each.severity,), each.page) for family in FAMILIES for each in FAMILIES[family]
    }
    return {**ruled, **_told()}


def near(name: str) -> tuple[str, ...]:
    """The names of findings that are spelt nearly so, or hold a part of it.

    >>> near("endles-loop")
    ('endless-loop',)
    """
    known = pages()
    parts = {part for part in name.split("-") if len(part) > 3}
    alike = get_close_matches(name[:200], known, n=3) or [each for each in known if parts & {*each.split("-")}]
    return tuple(alike[:5])


def _example(name: str) -> str:
    folder = examples() / name.replace("-", "_")
    if not (folder / "wakes.yaml").is_file():
        return ""
    wakes, sleeps = ((folder / f"{which}.yaml").read_text(encoding="utf-8").splitlines() for which in ("wakes", "sleeps"))
    lines: list[str] = []
    for _, start, end, first, last in SequenceMatcher(None, wakes, sleeps, autojunk=False).get_opcodes():
        if wakes[start:end] == sleeps[first:last]:
            lines += (f"  {line}" for line in wakes[start:end])
        else:
            lines += (f"- {line}" for line in wakes[start:end])
            lines += (f"+ {line}" for line in sleeps[first:last])
    return "\n".join(line.rstrip() for line in lines)


def examples() -> Path:
    """The folder of the smallest studies of each rule: among the tests of a checkout, within an installed package."""
    package = Path(__file__).resolve().parent
    inside = package / "rules" / "examples"
    return inside if inside.is_dir() else package.parent.parent / "tests" / "rules"


@cache
def _told() -> Mapping[str, Page]:
    found, faults = told(_Families, (files(__package__) / FILE).read_bytes(), file=FILE)
    if found is None or faults:
        raise ValueError("the pages of findings are damaged: " + "; ".join(map(str, faults)))
    return {
        each.finding: Page(each.finding, family.family, each.weighs, _text(each))
        for family in found.families
        for each in family.findings
    }


def _text(each: _Told) -> str:
    told = zip(HEADINGS, (each.finds, each.matters, each.mend), strict=True)
    return "\n\n".join((each.says, *(f"{heading}\n{_indented(says)}" for heading, says in told)))


def _indented(says: str) -> str:
    return fill(" ".join(says.split()), WIDTH, initial_indent="    ", subsequent_indent="    ")
