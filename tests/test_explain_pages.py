"""Every finding has its page: those of rules at the head of their files, all others in pages.yaml."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import equipoise
from equipoise.finding import Severity
from equipoise.pages import HEADINGS, Page, near, pages
from equipoise.rules import RULES

SRC = Path(equipoise.__file__).parent
MADE = {"Finding": 0, "Deviation": 1}
"""What makes a finding, and where among its arguments the name stands."""


def functions(tree: ast.AST) -> Iterator[tuple[ast.FunctionDef, int]]:
    """Every function that is told the name of a finding to make, and where among its arguments, `self` left out."""
    for each in ast.walk(tree):
        if isinstance(each, ast.FunctionDef):
            words = [one for one in (*each.args.args, *each.args.kwonlyargs) if one.arg != "self"]
            for at, one in enumerate(words):
                if one.arg == "rule" and one.annotation is not None and ast.unparse(one.annotation) == "str":
                    yield each, at


def unsaid(function: ast.FunctionDef) -> str:
    """The name that such a function takes where it is told none."""
    words = zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)
    return next((each.value for word, each in words if word.arg == "rule" and isinstance(each, ast.Constant)), "")


def named(call: ast.Call, at: int) -> ast.expr | None:
    """The name with which a call makes a finding."""
    given = next((each.value for each in call.keywords if each.arg == "rule"), None)
    return given or (call.args[at] if at < len(call.args) else None)


def called(call: ast.Call) -> str:
    if (
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "find"
        and not ast.unparse(call.func).endswith(("intake.find", "self.find"))
    ):
        return ""  # a text is looked for in another
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def made() -> dict[str, set[Severity]]:
    """Every finding that the source can make and no rule makes, and how much it may weigh: a deviation, nothing."""
    found: dict[str, set[Severity]] = {}
    for file in sorted(SRC.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if not any(word in text for word in ("rule", "Finding(", "note(", ".find(")) or file.parent.name in ("reports", "api"):
            continue  # a report's faults are the writer's; those of the API are its answers, and stand in its description
        tree = ast.parse(text)
        told = dict(functions(tree))
        makers = MADE | {each.name: at for each, at in told.items()} | ({"note": 0} if "notes." in text else {})
        makers |= {"find": 0} if "intake.find(" in text else {}
        passing = {id(call) for each in told for call in ast.walk(each) if isinstance(call, ast.Call)}
        for name in filter(None, map(unsaid, told)):
            found.setdefault(name, set()).add(Severity.ERROR)
        for call in ast.walk(tree):
            if not isinstance(call, ast.Call) or called(call) not in makers:
                continue
            of_people = called(call) in ("Deviation", "_deviate")
            given = named(call, makers[called(call)])
            names = [given.body, given.orelse] if isinstance(given, ast.IfExp) else [given]
            for each in names:
                match each:
                    case ast.Constant(value=str(name)):
                        found.setdefault(name, set()).update(() if of_people else weights(call))
                    case ast.expr() if id(call) not in passing:
                        made_by = (file.parent.name, ast.unparse(each))
                        assert made_by == ("rules", "each.name"), f"{file}:{call.lineno}: which is it?"
    return found


def weights(call: ast.Call) -> set[Severity]:
    """How much a finding may weigh that is made so: an error, where nothing else is said."""
    said = {each for each in ast.walk(call) if isinstance(each, ast.Attribute) and ast.unparse(each.value) == "Severity"}
    return {Severity[each.attr] for each in said} or {Severity.ERROR}


def test_every_finding_has_a_page_and_every_page_a_finding() -> None:
    unruled = {name: {*each.weighs} for name, each in pages().items() if name not in {rule.name for rule in RULES}}
    assert unruled == made()
    assert len(unruled) > 50


def test_a_finding_is_made_by_a_rule_or_by_reading_and_never_by_both() -> None:
    assert not {each.name for each in RULES} & {*made()}


@pytest.mark.parametrize("page", pages().values(), ids=lambda each: each.name)
def test_a_page_is_a_sentence_and_what_stands_under_its_headings(page: Page) -> None:
    assert page.says.endswith(".") and len(page.says) < 120
    lines = page.text.split("\n")
    last = HEADINGS[2] if HEADINGS[2] in lines else "Seen in"
    at = [lines.index(each) for each in (*HEADINGS[:2], last)]
    assert at == sorted(at)
    assert all(lines[each + 1].startswith("    ") for each in at)
    assert page.family
    assert f"**{HEADINGS[0]}**: " in page.markdown and "\n    " not in page.markdown


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.name)
def test_a_rules_page_shows_the_smallest_study_in_which_it_wakes(rule: Page) -> None:
    told = pages()[rule.name].example
    if not told:
        pytest.skip("it has no studies of its own yet, which tests/test_rules.py asks for")
    lines = told.split("\n")
    assert {line[:1] for line in lines} <= {" ", "-", "+", ""}
    assert any(line.startswith(("-", "+")) for line in lines)
    folder = Path(__file__).parent / "rules" / rule.name.replace("-", "_")
    for sign, which in ("-", "wakes"), ("+", "sleeps"):
        shown = [line[2:] for line in lines if line[:1] in (" ", "", sign)]
        assert shown == [line.rstrip() for line in (folder / f"{which}.yaml").read_text(encoding="utf-8").splitlines()]


def test_a_misspelt_name_finds_the_nearest() -> None:
    assert near("endles-lop") == ("endless-loop",)
    assert "endless-loop" in near("loop")
    assert near("xyzzy") == ()
