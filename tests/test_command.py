"""What the verbs say to whoever gives them something that they cannot use: a sentence and exit 1, never a traceback."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from equipoise import shipped
from equipoise.command import app

Run = Callable[..., tuple[int, str, str]]
STUDY = "batch-rfa-crlm"
TYPED = [sys.executable, "-c", "from equipoise.command import app; app()"]
PERSON = shipped() / STUDY / "people" / "never_fit.jsonl"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Type a command: its exit code, what it printed, and what it printed beside."""

    def typed(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["equipoise", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            app()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return typed


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("show", "batch-rfa-clm"), "no study of this name comes with equipoise; did you mean 'batch-rfa-crlm'?"),
        (("chart", PERSON, STUDY), "these are events; the study comes first"),
        (("chart", STUDY, "nosuch.jsonl"), "there is nobody to chart"),
        (("chart", STUDY, "."), "no participants (.jsonl) here"),
        (("screen", STUDY, "nosuch.yaml"), "there is nobody to screen"),
        (("analyse", STUDY, "nosuch"), "there is no folder of participants here"),
        (("show", STUDY, "--to", "nosuch/page.html"), "cannot be written: no such file or directory"),
        (("schema", "--to", "."), "cannot be written: is a directory"),
        (("import", "colon-levamisole", "--to", "taken/people"), "cannot be written: not a directory"),
        (("demo", "--to", "taken"), "cannot be written: not a directory"),
        (("demo", "--studies", "nosuch"), "there is no study here"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("taken").write_text("a file, where a folder is wanted\n")
    code, _, said = run(*words)
    assert (code, sentence in said) == (1, True), said


def test_one_study_that_is_not_there_does_not_hide_the_others(run: Run) -> None:
    code, said, _ = run("check", "nosuch", "pdac-oligo-ablation")
    assert code == 1
    assert "nosuch: 1 error" in said and "\npdac-oligo-ablation: " in said


def test_links_that_lead_round_in_a_circle_are_a_finding(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a").symlink_to("b")
    Path("b").symlink_to("a")
    code, said, _ = run("check", "a")
    assert (code, "too many levels of symbolic links" in said.lower()) == (1, True), said


def test_facts_of_which_none_can_be_read_draw_no_table(run: Run, tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text("on: 2024-02-31\nage: 50 years\n")
    code, said, beside = run("screen", STUDY, facts)
    assert (code, said) == (1, "")
    assert "'2024-02-31' is not a day that exists" in beside


def test_a_day_before_everything_says_that_nothing_is_recorded(run: Run) -> None:
    code, said, _ = run("chart", STUDY, PERSON, "--until", "1950")
    assert (code, "nothing is recorded up to this day" in said) == (0, True)


def test_a_full_disk_is_no_fault_of_equipoise() -> None:
    if not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full on this system")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*TYPED, "schema"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, "equipoise: no space left on device\n")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end otherwise on Windows")
@pytest.mark.parametrize("verb", [("schema",), ("show", STUDY), ("chart", STUDY, str(PERSON))])
def test_a_closed_pipe_ends_quietly(verb: tuple[str, ...]) -> None:
    with subprocess.Popen([*TYPED, *verb], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as told:
        assert told.stdout is not None and told.stderr is not None
        told.stdout.close()
        assert (told.stderr.read(), told.wait()) == ("", 141)


# A randomised trial that is not over: two people, one of each arm.
@pytest.mark.parametrize("head", ["# Invented.\n", ""])
def test_people_are_invented_only_if_their_files_say_so(run: Run, tmp_path: Path, head: str) -> None:
    people = tmp_path / "people"
    people.mkdir()
    shutil.copy(shipped() / "pdac-oligo-ablation" / "study.yaml", tmp_path)
    for name, arm, end in ("anna", "ablation", "death"), ("berta", "chemotherapy", "last_contact"):
        told = [
            '{"on": "2024-01-08", "do": "consent"}',
            '{"on": "2024-01-10", "do": "enrolment"}',
            '{"on": "2024-01-10", "do": "randomisation", "items": {"arm": "ARM"}}'.replace("ARM", arm),
            '{"on": "2025-01-10", "do": "END"}'.replace("END", end),
        ]
        (people / f"{name}.jsonl").write_text(head + "\n".join(told) + "\n")
    _, said, beside = run("analyse", tmp_path)
    assert ("these participants are invented" in beside) is bool(head)
    assert ("The trial is not locked" in said) is not bool(head)


def test_rejected_rows_are_written_beside_those_that_were_taken(run: Run, tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text("equipoise: 1\nstudy: s\ntitle: s\ndesign: {type: observational}\n")
    (tmp_path / "tables.yaml").write_text(
        "tables:\n  - {file: t.csv, participant: id, events: [{do: enrolment, on: day}, {do: consent, on: day}]}\n"
    )
    (tmp_path / "t.csv").write_text("id,day\n1,2024-01-08\n2,2024-02-31\n,2024-01-08\n")
    code, said, _ = run("import", tmp_path, "--to", tmp_path / "out")
    assert code == 1 and "rows rejected   2" in said
    assert (tmp_path / "out" / "rejected.csv").read_text(encoding="utf-8-sig") == (
        "file,sheet,row,column,participant,finding,says,why,mended\n"
        "t.csv,,3,day,2,rejected-row,2024-02-31,column 'day': '2024-02-31' is not a day that exists,\n"
        "t.csv,,4,id,,rejected-row,,the participant (column 'id') is left blank,\n"
    )
    assert [each.name for each in (tmp_path / "out").glob("*.jsonl")] == ["1.jsonl"]


def test_what_is_owed_on_one_visit_is_one_row(run: Run) -> None:
    code, said, _ = run("chart", STUDY, shipped() / STUDY / "people" / "deviations.jsonl")
    assert code == 0
    assert said.count(" 2024-09-06  2024-08-23 to 2024-09-20 ") == 1
    assert said.count("\n2024-03-20  missed ") == 1
    assert "were due by 2024-03-20 and are not recorded" in " ".join(said.split())


def test_who_was_never_enrolled_has_one_sentence_for_endpoints(run: Run) -> None:
    study = shipped() / "liver-surgery-linkoping"
    _, said, _ = run("chart", study, study / "people" / "five_lesions.jsonl")
    assert "No endpoints yet: enrolment is not recorded" in said
    assert "time zero" not in said
