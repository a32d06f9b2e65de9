"""The documentation: made pages are as the code says, every block runs, what it is said to print is printed.

The word after three backticks says what a block is. `yaml NAME`, `jsonl NAME` and `csv NAME` are files of the page's own
folder, with `+` after the name added at the end; a study must be sound, or have an error where `mistaken` stands. `yaml
from PATH` stands so in a file of the repository. `bash` is typed, `exit 1` says how it ends; `python` is run. A `text`
block is what the block before it prints, `...` standing for lines left out. In `expression` a line is an expression and,
after `#`, what it comes to in the study and for the participant that the page has told before it.

    pytest tests/test_docs.py --accept     writes made pages, printed text and values anew, to be read before they are kept
"""

import doctest
import importlib.util
import inspect
import io
import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from typer.testing import CliRunner

import equipoise as eq
from equipoise import transcript
from equipoise.command import VERBS, _app, terminal
from equipoise.endpoints import KINDS
from equipoise.expression import grammar
from equipoise.expression.explain import Between, explain
from equipoise.expression.grammar import expression
from equipoise.expression.tree import Kind
from equipoise.finding import Unreadable
from equipoise.logic import Truth

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
WIDE = 110
"""How wide the terminal is that the pages show."""

WRITTEN = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
BLOCK = re.compile(r"^```(?P<info>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
RULES = re.compile(r"\d+(?=\\ (?:of\\ \d+\\ )?rules)")
"""How many rules there are: that grows, and is not compared."""
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)")


@cache
def build() -> ModuleType:
    """docs/build.py, which makes pages."""
    spec = importlib.util.spec_from_file_location("docs_build", DOCS / "build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def made() -> Mapping[str, str]:
    """The pages that are made from the code."""
    found: Mapping[str, str] = build().pages()
    return found


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


# --- made pages ---


def test_made_pages_are_as_the_code_says(request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--accept"):
        build().main()
    drifted = [name for name, text in made().items() if not same(DOCS / name, text)]
    assert not drifted, "make docs writes these anew"


def same(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("verb", [name for name, _ in VERBS])
def test_every_verb_has_its_words_in_the_reference_and_an_example_in_the_readme(verb: str) -> None:
    assert f"\n## {verb}\n" in made()["reference/commands.md"]
    assert f"equipoise {verb}" in (ROOT / "README.md").read_text(encoding="utf-8")


ROWS = re.findall(r"^\|.*\| `(equipoise .*)` \|$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("line", [line for line in ROWS if line != "equipoise demo"])
def test_each_verb_of_the_readme_works(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("studies").symlink_to(ROOT / "studies")
    page = Page(ROOT / "README.md")
    assert typed(page, line, [], 0).strip()
    assert not page.faults, page.faults


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_endpoint_has_its_words(kind: str) -> None:
    assert f"`{kind}`" in made()["reference/endpoints.md"]


def test_every_word_of_an_event_has_its_line() -> None:
    page = (DOCS / "reference/events.md").read_text(encoding="utf-8")
    words = {word for words, _ in transcript._EVENTS.values() for word in words} | {*transcript._LESION, "members"}
    assert not [word for word in words if f"`{word}`" not in page and f'"{word}"' not in page]


# --- links ---


@pytest.mark.parametrize("page", WRITTEN, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    lost = []
    for path, anchor in LINK.findall(text):
        to = page.parent / path
        if not to.exists() or (anchor and to.suffix == ".md" and anchor[1:] not in set(anchors(to))):
            lost.append(path + anchor)
    assert not lost


def anchors(page: Path) -> Iterator[str]:
    """The anchors that a reader of Markdown makes of headings."""
    for heading in re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        links = LINK.findall(page.read_text(encoding="utf-8"))
        waiting += [to for path, _ in links if (to := (page.parent / path).resolve()).is_file()]
    assert not [named(page) for page in WRITTEN if page.resolve() not in reached]


# --- blocks ---


@dataclass
class Page:
    """A page under way: what it has printed last, its names, and the blocks that have to be written anew."""

    path: Path
    printed: str | None = None
    names: dict[str, Any] = field(default_factory=lambda: {"__name__": "page"})
    anew: list[tuple[int, int, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def fault(self, line: int, says: str) -> None:
        self.faults.append(f"{named(self.path)}:{line}: {says}")


@pytest.mark.parametrize("path", WRITTEN, ids=named)
def test_each_block_runs(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.chdir(tmp_path)
    for console in (terminal.out, terminal.err):
        monkeypatch.setattr(console, "_width", WIDE)
    text = path.read_text(encoding="utf-8")
    page = Page(path)
    for block in BLOCK.finditer(text):
        run(page, block, text.count("\n", 0, block.start()) + 1)
    if page.anew and request.config.getoption("--accept"):
        for start, end, told in reversed(page.anew):
            text = text[:start] + told + text[end:]
        path.write_text(text, encoding="utf-8")
    assert not page.faults, "\n".join(page.faults)


def run(page: Page, block: re.Match[str], line: int) -> None:
    """Run one block, by the word after its backticks."""
    text, words = block["text"], block["info"].split()
    if words[:1] != ["text"]:
        page.printed = None
    match words:
        case [("yaml" | "jsonl" | "csv"), name, *rest] if name != "from":
            write(page, Path(name), text, rest, line)
        case ["yaml", "from", name]:
            quoted(page, ROOT / name, text, line)
        case ["bash", *rest]:
            page.printed = "".join(typed(page, each, rest, line) for each in text.replace("\\\n", " ").splitlines())
        case ["python"] if ">>>" in text:
            examples(page, text, line)
        case ["python"]:
            with redirect_stdout(io.StringIO()) as printed:
                exec(compile(text, f"{page.path}:{line}", "exec"), page.names)  # noqa: S102  the page is ours
            page.printed = printed.getvalue()
        case ["expression"]:
            found = "".join(valued(page, each) for each in text.splitlines())
            if found != text:
                page.anew.append((block.start("text"), block.end("text"), found))
                page.fault(line, f"these values are not so; they are\n{found}")
        case ["text"] if page.printed is not None:
            if not agrees(text, page.printed):
                page.anew.append((block.start("text"), block.end("text"), plain(page.printed)))
                page.fault(line, f"this is not what is printed, which is\n{plain(page.printed)}")
        case ["diff"]:  # two studies as one, which tests/test_rules.py runs
            pass
        case _:
            page.fault(line, f"a block of '{block['info']}' cannot be run")


def write(page: Page, file: Path, text: str, rest: list[str], line: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    before = file.read_text(encoding="utf-8") if "+" in rest and file.is_file() else ""
    file.write_text(before + text, encoding="utf-8")
    if file.name != "study.yaml":
        return
    errors = [each for each in eq.check(file) if each.severity is eq.Severity.ERROR]
    if ("mistaken" in rest) != bool(errors):
        page.fault(line, "\n".join(map(str, errors)) or "nothing is wrong with this study")


def quoted(page: Page, file: Path, text: str, line: int) -> None:
    """Lines that stand so, one after the other, in a file, however far they are indented there."""
    lines = [each.rstrip() for each in inspect.cleandoc(text).splitlines()]
    whole = file.read_text(encoding="utf-8").splitlines()
    for start, each in enumerate(whole):
        indent = len(each) - len(each.lstrip())
        if [one[indent:].rstrip() for one in whole[start : start + len(lines)]] == lines:
            return
    page.fault(line, f"this does not stand in {named(file)}")


def typed(page: Page, line: str, rest: list[str], number: int) -> str:
    """What a command prints. Setting up and the demo take too long: they are looked at, not run."""
    words = shlex.split(line, comments=True)
    match words:
        case []:
            return ""
        case ["equipoise", "demo"]:
            return ""
        case ["equipoise", *arguments]:
            done = CliRunner().invoke(_app, arguments)
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise done.exception
            if str(done.exit_code) != (rest[1] if rest[:1] == ["exit"] else "0"):
                page.fault(number, f"'{line}' ends with {done.exit_code}:\n{done.output}")
            return done.output
        case ["make", *targets]:
            told = (ROOT / "Makefile").read_text(encoding="utf-8")
            for target in targets:
                if not re.search(rf"^{target}:", told, re.MULTILINE):
                    page.fault(number, f"the Makefile makes no '{target}'")
            return ""
        case ["mkdir", folder]:
            Path(folder).mkdir(parents=True)
            return ""
        case ["cp", source, to]:
            Path(to).parent.mkdir(parents=True, exist_ok=True)
            Path(to).write_bytes(Path(source).read_bytes())
            return ""
        case ["pip", "install", "-e", "."]:
            return ""
        case _:
            page.fault(number, f"'{line}' is no command that this test knows")
            return ""


def examples(page: Page, text: str, line: int) -> None:
    test = doctest.DocTestParser().get_doctest(text, page.names, named(page.path), named(page.path), line)
    told: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).run(
        test, out=told.append, clear_globs=False
    )
    page.names.update(test.globs)
    if told:
        page.fault(line, "".join(told))


def plain(text: str) -> str:
    """Printed text without blanks at the ends of lines, blank lines at either end, and the folder it was printed in."""
    text = text.replace(f"{Path.cwd()}/", "").replace(f"{ROOT}/", "")
    return "\n".join(each.rstrip() for each in text.splitlines()).strip("\n") + "\n"


def agrees(told: str, printed: str) -> bool:
    parts = [RULES.sub(r"\\d+", re.escape(part)) for part in re.split(r"^\.\.\.\n", plain(told), flags=re.MULTILINE)]
    return re.fullmatch("(?:.*\n)?".join(parts).replace("(?:.*\n)?", "(?s:.*?)"), plain(printed)) is not None


# --- expressions ---


def valued(page: Page, line: str) -> str:
    """A line of an expression block with what it comes to."""
    text = re.split(r" {2,}# ", line)[0].rstrip()
    return f"{text:<62}  # {worth(text)}\n" if text else "\n"


def worth(text: str) -> str:
    """What an expression comes to for the page's participant, or why it is refused."""
    study = eq.load("study.yaml")
    (file,) = sorted(Path("people").glob("*.jsonl"))
    told, findings = eq.read_events(file, study)
    assert not findings, findings
    known = eq.chart(study, told, until=eq.last_day(told))
    try:
        tree = expression(text, study.scope, want=None)
    except Unreadable as why:
        return f"refused: {why.says}"
    found = explain(tree, known.facts, study.scope)
    missing = "; ".join(map(str, found.missing))
    match found.value:
        case None | eq.UNKNOWN:
            return f"unknown ({missing})" if missing else "unknown"
        case Truth():
            return found.value.value
        case Between(low, high):
            ends = [said(end, tree.type.kind, tree.type.unit) for end in dict.fromkeys((low, high))]
            told_ = " to ".join(ends) if high != float("inf") else f"{ends[0]} or more"
            return f"{told_} ({missing})" if missing else told_
        case tuple():
            return ", ".join(found.value)
        case _:
            return str(found.value)


def said(end: float, kind: Kind, unit: str) -> str:
    if kind is Kind.DATE:
        return date.fromordinal(int(end)).isoformat()
    return f"{end:.6g} {unit}".strip()


def test_the_page_on_expressions_shows_all_of_the_grammar_and_every_function() -> None:
    page = (DOCS / "reference/expressions.md").read_text(encoding="utf-8")
    lines = [line for block in BLOCK.finditer(page) if block["info"] == "expression" for line in block["text"].splitlines()]
    asked = [re.split(r" {2,}# ", line)[0].rstrip() for line in lines if line and "# refused" not in line]
    used: set[str] = set()
    for text in asked:
        used |= {str(tree.data) for tree in grammar._parser().parse(text).iter_subtrees()}
    aliases = set(re.findall(r"-> (\w+)", (Path(grammar.__file__).parent / "grammar.lark").read_text(encoding="utf-8")))
    assert not aliases - used
    told = re.search(r"known = \((.*?)\)", inspect.getsource(grammar), re.DOTALL)
    assert told is not None
    functions = re.findall(r'"(\w+)"', told[1])
    assert len(functions) > 15
    assert not [name for name in functions if not any(f"{name}(" in text for text in asked)]


def test_the_reference_is_made_by_make_docs() -> None:
    assert re.search(r"^docs:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
