"""`equipoise check` and `equipoise explain`, as people and other programs use them."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from equipoise import pages, rules
from equipoise.calendar import When
from equipoise.command import VERBS, app
from equipoise.events import Recorded
from equipoise.finding import Finding, Place, Severity
from equipoise.logic import NOT_MET
from equipoise.reports.sarif import sarif
from equipoise.rules import Flaw, Rule
from equipoise.study import Study
from equipoise.witness import Screened, Witness

Run = Callable[..., tuple[int, str, str]]
HEAD = "equipoise: 1\nstudy: tiny\ntitle: A study for adults\ndesign: {type: observational}\n"
TINY = f"""{HEAD}activities:
  baseline: {{items: {{age: {{type: quantity, unit: years}}}}}}
eligibility:
  - {{id: adult, include: age >= 18 years}}
"""
LOOP = f"""{HEAD}pathway:
  start: first
  steps: {{first: {{next: second}}, second: {{next: first}}}}
"""
CHILD = Witness(
    (Recorded(id="1", participant="somebody", on=When.from_text("2025-06-02"), activity="baseline", values={"age": 17.0}),),
    date(2025, 6, 2),
    (Screened("adult", NOT_MET),),
)


def children_barred(study: Study) -> Iterator[Flaw]:
    for each in study.protocol.eligibility:
        yield Flaw(each.place, f"'{each.id}' bars children", about=each.id, fix="let children in", witness=CHILD)


def title_short(study: Study) -> Iterator[Flaw]:
    yield Flaw(study.protocol.place, "the title is short", about="title")


TOLD = "Children may not join.\n\nWhat it finds\n    A bound.\n\nWhy it matters\n    They fall ill too.\n\nSeen in\n    Nowhere yet."
OWN = (
    Rule("children-barred", Severity.WARNING, TOLD, children_barred),
    Rule("title-short", Severity.NOTE, TOLD.replace("Children may not join", "A title is short"), title_short),
)


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rules of this file's own, in the place of all others."""
    monkeypatch.setattr(rules, "RULES", OWN)
    monkeypatch.setattr(pages, "FAMILIES", {"of this test": OWN})


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Type a command in an empty folder: its exit code, what it printed, and what it printed beside."""
    monkeypatch.chdir(tmp_path)

    def typed(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["equipoise", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            app()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return typed


def accepting(text: str, finding: str, why: str) -> str:
    return f"{text}accepted:\n  - {{finding: {finding}, why: {why}}}\n"


# --- as text ---


@pytest.mark.usefixtures("own")
def test_a_finding_says_where_what_how_to_mend_it_and_who_shows_it(run: Run) -> None:
    Path("study.yaml").write_text(TINY)
    code, said, _ = run("check", "study.yaml")
    assert code == 0
    assert said == (
        "study.yaml:8:5: warning: children-barred: 'adult' bars children\n"
        "      - {id: adult, include: age >= 18 years}\n"
        "        ^\n"
        "    help: let children in\n"
        "    shown by a virtual participant on 2025-06-02: criterion 'adult' bars\n"
        "study.yaml:1:1: note: title-short: the title is short\n"
        "study.yaml: 1 warning, 1 note; 1 shown by a virtual participant (--witness FOLDER writes them down)\n"
    )


@pytest.mark.usefixtures("own")
def test_what_shows_a_finding_is_written_down_and_shows_it_when_typed(run: Run) -> None:
    Path("study.yaml").write_text(TINY)
    code, said, _ = run("check", "study.yaml", "--witness", "shown")
    assert code == 0
    assert "--witness" not in said
    (line,) = (each.strip() for each in said.splitlines() if each.strip().startswith("see "))
    words = shlex.split(line.removeprefix("see "))
    assert words == ["equipoise", "screen", "study.yaml", "shown/tiny/children-barred-adult.jsonl", "--on", "2025-06-02"]
    code, said, beside = run(*words[1:])
    assert (code, beside) == (0, "")
    assert "bars" in said and "not eligible" in said


@pytest.mark.usefixtures("own")
def test_two_findings_about_one_thing_have_two_files(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "RULES", (OWN[0], OWN[0]))
    Path("study.yaml").write_text(TINY)
    run("check", "study.yaml", "--witness", "shown")
    assert {each.name for each in Path("shown/tiny").iterdir()} == {
        "children-barred-adult.jsonl",
        "children-barred-adult-2.jsonl",
    }


@pytest.mark.usefixtures("own")
def test_what_the_file_accepts_is_counted_and_shown_when_asked_for(run: Run) -> None:
    Path("study.yaml").write_text(accepting(TINY, "children-barred", "they have a trial of their own"))
    code, said, _ = run("check", "study.yaml", "--severity", "warning")
    assert (code, said) == (
        0, "study.yaml: 1 note; 1 accepted, with reasons (--all shows them); 1 not shown (--severity note shows all)\n",
    )  # fmt: skip
    _, said, _ = run("check", "study.yaml", "--all")
    assert "accepted: children-barred: 'adult' bars children\n    because they have a trial of their own\n" in said


@pytest.mark.usefixtures("own")
def test_a_clean_check_says_what_was_checked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("study.yaml").write_text(HEAD)
    monkeypatch.setattr(rules, "RULES", OWN[:1])
    assert run("check", ".") == (0, ".: 1 rule, nothing found\n", "")


def test_what_could_not_be_run_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(study: Study) -> Iterator[Flaw]:
        raise ZeroDivisionError("by nought")
        yield

    monkeypatch.setattr(rules, "RULES", (Rule("broken", Severity.NOTE, TOLD, broken), OWN[1]))
    Path("study.yaml").write_text(HEAD)
    _, said, _ = run("check", ".")
    assert "not-run: the rule 'broken' was not run: ZeroDivisionError: by nought" in said
    assert said.endswith(".: 1 warning, 1 note; 1 of 2 rules could be run\n")


def test_rules_that_wait_for_errors_to_be_mended_are_one_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def waiting(study: Study) -> Iterator[Flaw]:
        raise KeyError(study.protocol.eligibility[0].id)
        yield

    one, two = (Rule(name, Severity.NOTE, TOLD, waiting) for name in ("one", "two"))
    monkeypatch.setattr(rules, "RULES", (one, two, OWN[1]))
    Path("study.yaml").write_text(TINY.replace("age >= 18", "aged >= 18"))
    code, said, _ = run("check", ".")
    assert (code, "not-run" in said) == (1, False)
    assert said.endswith(".: 1 error, 1 note; 1 of 3 rules could be run: mend the errors first\n")
    assert run("check", ".", "--json")[1].count('"not-run"') == 2


@pytest.mark.usefixtures("own")
def test_the_exit_code_is_that_of_what_is_left_to_mend(run: Run) -> None:
    Path("study.yaml").write_text(TINY)
    assert run("check", ".")[0] == 0
    assert run("check", ".", "--strict")[0] == 1
    Path("study.yaml").write_text(accepting(TINY, "children-barred", "so it is"))
    assert run("check", ".", "--strict")[0] == 0
    Path("study.yaml").write_text(LOOP)
    assert run("check", ".")[0] == 1
    assert run("check", ".", "--severity", "error", "--json")[0] == 1


@pytest.mark.usefixtures("own")
def test_the_page_of_each_rule_that_woke_is_printed_once(run: Run) -> None:
    Path("one").mkdir()
    Path("two").mkdir()
    for name in "one", "two":
        Path(name, "study.yaml").write_text(TINY)
    _, said, _ = run("check", "one", "two", "--explain")
    assert said.count("Children may not join.") == 1
    assert said.count("A title is short.") == 1
    assert said.index("two: 1 warning") < said.index("Children may not join.")


def test_there_is_colour_on_terminals_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("study.yaml").write_text(LOOP)
    assert "\x1b" not in run("check", ".")[1]
    from equipoise.command import terminal

    monkeypatch.setattr(terminal.out, "_force_terminal", True)
    monkeypatch.setattr(
        terminal.out, "_color_system", terminal.Console(force_terminal=True, color_system="standard")._color_system
    )
    assert "\x1b" in run("check", ".")[1]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("nothing.yaml", "there is no such file"),
        ("empty", "there is no study.yaml in this folder"),
        ("several", "there is no study.yaml in this folder; within it is several/one"),
        ("people.jsonl", "these are events, not a study: 'equipoise chart STUDY people.jsonl' reads them"),
        ("program", "a study is a folder or a file such as study.yaml, and this is neither"),
        ("program.yaml", "this is no text: a study is written in YAML, in UTF-8"),
        ("wide.yaml", "the file is UTF-16, not UTF-8: save it as UTF-8"),
        ("blank.yaml", "the file is empty"),
    ],
)
def test_what_is_no_study_is_one_sentence(run: Run, given: str, says: str) -> None:
    for folder in "empty", "several/one":
        Path(folder).mkdir(parents=True)
    Path("several/one/study.yaml").write_text(HEAD)
    Path("people.jsonl").write_text('{"on": "2024-01-08", "do": "consent"}\n')
    for name in "program", "program.yaml":
        Path(name).write_bytes(b"\x7fELF\x02\x01\x01\x00" + bytes(range(256)) * 8)
    Path("wide.yaml").write_bytes(HEAD.encode("utf-16"))
    Path("blank.yaml").write_text("")
    code, said, beside = run("check", given)
    assert (code, beside) == (1, "")
    assert says in said
    assert said.count("unreadable") == 1


# --- as data ---


@pytest.mark.usefixtures("own")
def test_other_programs_are_told_everything(run: Run) -> None:
    Path("study.yaml").write_text(accepting(TINY, "title-short", "it is short"))
    code, said, _ = run("check", "study.yaml", "--json", "--witness", "shown")
    found = json.loads(said)
    assert code == 0
    assert {key: each for key, each in found[0].items() if key != "witness"} == {
        "file": "study.yaml", "line": 8, "column": 5, "width": 1, "severity": "warning", "rule": "children-barred",
        "about": "adult", "says": "'adult' bars children", "fix": "let children in", "accepted": "",
        "text": "  - {id: adult, include: age >= 18 years}",
        "see": "equipoise screen study.yaml shown/tiny/children-barred-adult.jsonl --on 2025-06-02",
    }  # fmt: skip
    assert found[0]["witness"].startswith("# Virtual: nobody's data")
    assert found[1]["accepted"] == "it is short"


def test_json_and_sarif_are_not_both_to_be_had(run: Run) -> None:
    code, _, said = run("check", "batch-rfa-crlm", "--json", "--sarif")
    assert (code, "two answers" in said) == (2, True)


# The parts of SARIF 2.1.0 that we write: what each object may hold, and what it must (sections 3.13 to 3.58).
WORDS: dict[str, tuple[set[str], set[str]]] = {
    "log": ({"$schema", "version", "runs"}, {"version", "runs"}),
    "run": ({"tool", "columnKind", "invocations", "results"}, {"tool"}),
    "driver": ({"name", "version", "rules"}, {"name"}),
    "rule": ({"id", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"}, {"id"}),
    "result": (
        {"ruleId", "ruleIndex", "level", "message", "partialFingerprints", "locations", "suppressions", "properties"},
        {"message"},
    ),
    "location": ({"physicalLocation", "logicalLocations"}, set()),
    "region": ({"startLine", "startColumn", "endColumn", "snippet"}, set()),
}


def is_sound(name: str, told: dict[str, Any]) -> None:
    may, must = WORDS[name]
    assert must <= {*told} <= may


@pytest.mark.usefixtures("own")
def test_a_log_for_code_hosts_holds_rules_results_and_what_is_accepted(run: Run) -> None:
    Path("a study").mkdir()
    Path("a study/study.yaml").write_text(accepting(TINY, "title-short", "it is short"))
    code, said, _ = run("check", "a study", "--sarif")
    log = json.loads(said)
    assert (code, log["version"], len(log["runs"])) == (0, "2.1.0", 1)
    is_sound("log", log)
    (ran,) = log["runs"]
    is_sound("run", ran)
    driver = ran["tool"]["driver"]
    is_sound("driver", driver)
    assert [each["id"] for each in driver["rules"]] == ["children-barred", "title-short"]
    assert driver["rules"][0]["help"]["text"] == TOLD
    assert driver["rules"][0]["defaultConfiguration"] == {"level": "warning"}
    for each in driver["rules"]:
        is_sound("rule", each)
    for each in ran["results"]:
        is_sound("result", each)
        assert driver["rules"][each["ruleIndex"]]["id"] == each["ruleId"]
        is_sound("location", each["locations"][0])
        is_sound("region", each["locations"][0]["physicalLocation"]["region"])
    barred, short = ran["results"]
    assert barred["message"]["text"] == "'adult' bars children. To mend it: let children in."
    at = barred["locations"][0]["physicalLocation"]
    assert at["artifactLocation"] == {"uri": "a%20study/study.yaml", "uriBaseId": "%SRCROOT%"}
    assert (at["region"]["startLine"], at["region"]["startColumn"], at["region"]["endColumn"]) == (8, 5, 6)
    assert barred["locations"][0]["logicalLocations"] == [{"name": "adult"}]
    assert "suppressions" not in barred
    assert short["suppressions"] == [{"kind": "inSource", "justification": "it is short"}]


def fingerprints(findings: list[Finding]) -> list[str]:
    (ran,) = sarif(findings)["runs"]  # type: ignore[misc]
    return [each["partialFingerprints"]["equipoise/v1"] for each in ran["results"]]


def test_a_finding_is_known_again_after_lines_have_shifted() -> None:
    def found(line: int, about: str = "os", text: str = "  os: {}") -> Finding:
        return Finding("clocks-differ", Place("study.yaml", line, 3), "the clocks differ", text=text, about=about)

    assert fingerprints([found(7)]) == fingerprints([found(70)])
    assert fingerprints([found(7)]) == fingerprints([found(7, text="  os: {label: Survival}")])
    assert fingerprints([found(7)]) != fingerprints([found(7, about="pfs")])
    # About nothing that has a name: the line's own words tell it, and two that are alike are two.
    assert fingerprints([found(7, about="")]) == fingerprints([found(9, about="")])
    assert len({*fingerprints([found(7, about=""), found(9, about="")])}) == 2


def test_a_place_outside_the_folder_and_none_at_all_can_be_logged() -> None:
    (ran,) = sarif([Finding("unreadable", Place("/tmp/a b.yaml"), "no"), Finding("unreadable", Place(), "none?")])["runs"]  # type: ignore[misc]
    outside, nowhere = ran["results"]
    assert outside["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": "file:///tmp/a%20b.yaml"}}
    assert "locations" not in nowhere
    assert nowhere["message"]["text"] == "None?"


# --- explained ---


def test_what_is_slow_to_import_is_imported_when_it_is_used() -> None:
    heavy = "z3", "numba", "matplotlib", "polars", "scipy.stats", "statsmodels", "pygls", "typst"
    code = f"import sys, equipoise.command; print([each for each in {heavy} if each in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_finding_is_explained_however_its_name_is_spelt(run: Run) -> None:
    for name in "endless-loop", "endless_loop", "Endless loop", "endless-loop:":
        code, said, _ = run("explain", name)
        assert code == 0
        assert said.startswith("endless-loop (error; the pathway as it is written)\n\nSteps lead round in a circle")


def test_a_name_that_is_none_has_the_nearest_named(run: Run) -> None:
    code, said, beside = run("explain", "endles-lop")
    assert (code, said) == (1, "")
    assert beside == "endles-lop: there is no finding of this name; near it: endless-loop\n"
    assert "'equipoise explain' lists all" in run("explain", "xyzzy")[2]


def test_what_a_chart_calls_a_deviation_is_explained_too(run: Run) -> None:
    assert run("explain", "off-path")[1].startswith("off-path (deviation; deviations of a participant)\n")


def test_all_findings_are_listed_by_family(run: Run) -> None:
    code, said, _ = run("explain")
    assert code == 0
    for each in pages.pages().values():
        assert f"\n{each.name} " in said


def test_a_rule_is_explained_with_the_smallest_study_that_wakes_it(run: Run) -> None:
    name = next(each.name for each in rules.RULES if pages.pages()[each.name].example)
    _, said, _ = run("explain", name)
    shown_ = said.split("The smallest study that wakes it (-), and in which it sleeps (+)\n")[1]
    assert "      equipoise: 1\n" in shown_
    assert "\n    + " in shown_ or "\n    - " in shown_


def test_the_hook_for_commits_is_this_command_and_sees_every_study() -> None:
    (hook,) = yaml.safe_load((Path(__file__).parent.parent / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["id"] == "equipoise-check"
    program, verb = hook["entry"].split()
    assert (program, verb in dict(VERBS)) == ("equipoise", True)
    files = re.compile(hook["files"])
    assert files.search("study.yaml") and files.search("trials/a/study.yaml")
    assert not files.search("trials/mystudy.yaml") and not files.search("study.yaml.bak")
