"""Trials found in a folder of records: by words, by whom they take, like another; taken in once, and again when they change."""

import gzip
import json
import shutil
import sys
from pathlib import Path

import polars as pl
import pytest

from equipoise.command import app
from equipoise.library import Library, Question, ecog_taken, question, record_of, row_trial, trial

SHARED = Path(__file__).parent.parent.parent / "shared"

ROWS = [
    {
        "nct_id": "NCT00000001", "title": "Ablation of liver metastases", "conditions": ["Liver metastases"], "interventions": ["Ablation"],
        "status": "Recruiting", "phase": "Phase 2", "locations": ["Sweden"], "eligibility": {
            "raw_text": "Inclusion Criteria:\n* ECOG 0-2\nExclusion Criteria:\n* Pregnant", "minimum_age": "18 Years", "maximum_age": "75 Years", "sex": "ALL"},
    },
    {
        "nct_id": "NCT00000002", "title": "Chemotherapy for liver metastases", "conditions": ["Liver metastases"], "interventions": ["FOLFOX"],
        "status": "Completed", "phase": "Phase 3", "locations": ["Italy"], "eligibility": {
            "raw_text": "Inclusion Criteria:\n* ECOG 0-1", "minimum_age": "18 Years", "maximum_age": None, "sex": "FEMALE"},
    },
    {
        "nct_id": "NCT00000003", "title": "A registry of liver metastases", "conditions": ["Liver metastases"], "interventions": [],
        "status": "Recruiting", "phase": None, "locations": ["Sweden"], "eligibility": {"raw_text": "Inclusion Criteria:\n* Any disease of the liver"},
    },
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "trials.jsonl").write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    return tmp_path


def numbers(library: Library, text: str, **said: object) -> list[str]:
    return [each.trial.id[-1] for each in library.search(question(text, **said))]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("liver metastases", Question(words="liver metastases")),
        ("liver accepts ECOG 2", Question(words="liver", ecog=2)),
        ("age 80, phase II, recruiting", Question(age=80.0, phase="2", status="recruiting")),
        ("not yet recruiting women", Question(status="not_yet_recruiting", sex="female")),
        ("phase II/III not recruiting", Question(phase="2/3", status="not_recruiting")),
        ("no longer recruiting", Question(status="not_recruiting")),
        ("asthma 6 months old", Question(words="asthma", age=0.5)),
        ("men over 70", Question(age=71.0, sex="male")),
        ("performance status 2", Question(ecog=2)),
        ("80 year old with healthy volunteers", Question(words="with", age=80.0, healthy=True)),
    ],
)
def test_a_question_in_words_is_taken_apart(text: str, asked: Question) -> None:
    assert question(text) == asked


def test_words_find_trials(folder: Path) -> None:
    library = Library(folder)
    library.refresh()
    assert sorted(numbers(library, "metastasis liver")) == ["1", "2", "3"]
    assert numbers(library, "", intervention="ablation") == ["1"]
    assert numbers(library, "NCT00000002") == ["2"]


def test_other_words_for_the_same_find_the_same(folder: Path) -> None:
    library = Library(folder)
    library.refresh()
    assert (
        numbers(library, "liver metastases")
        == numbers(library, "hepatic metastasis")
        == numbers(library, "trials of liver metastases")
    )


def test_a_misspelled_word_is_replaced_and_that_is_said(folder: Path) -> None:
    library = Library(folder)
    library.refresh()
    found = library.search(question("metastses"))
    assert found and found[0].respelled == (("metastses", "metastases"),)
    assert library.search(question("((( 🫀")) == ()


def test_a_trial_that_recruits_is_not_found_where_those_that_do_not_are_asked_for(folder: Path) -> None:
    library = Library(folder)
    library.refresh()
    found = library.search(question("not recruiting"))
    assert found and "recruiting" not in {each.trial.status for each in found}


def test_lines_of_a_registers_own_records_are_taken_in(tmp_path: Path) -> None:
    whole = {"protocolSection": {"identificationModule": {"nctId": "NCT09990040", "briefTitle": "A trial of walking"}}}
    (tmp_path / "studies.jsonl").write_text(f"{json.dumps(whole)}\n", encoding="utf-8")
    library = Library(tmp_path)
    assert library.refresh().trials == 1
    one = library.of("NCT09990040")
    assert one is not None and record_of(one).title[0].value == "A trial of walking"


def test_place_state_and_phase_narrow(folder: Path) -> None:
    library = Library(folder)
    library.refresh()
    assert sorted(numbers(library, "", place="Sweden")) == ["1", "3"]
    assert numbers(library, "completed") == ["2"]
    assert numbers(library, "liver phase 2") == ["1"]


def test_a_trial_that_bars_a_person_is_not_found_and_one_that_does_not_say_comes_last(folder: Path) -> None:
    library = Library(folder)
    library.refresh()
    assert numbers(library, "liver accepts ECOG 2") == ["1", "3"]
    assert numbers(library, "liver age 80") == ["2", "3"]
    assert sorted(numbers(library, "liver", sex="male")) == ["1", "3"]
    last = library.search(question("liver ECOG 2 age 70"))[-1]
    assert last.trial.id.endswith("3") and last.unsaid == ("age 70", "ECOG 2")


def test_the_highest_age_holds_until_the_next_birthday(folder: Path) -> None:
    library = Library(folder)
    library.refresh()
    assert "1" in numbers(library, "liver", age=75.9) and "1" not in numbers(library, "liver", age=76.0)


def test_similar_trials_are_found_and_not_the_one_itself(folder: Path) -> None:
    library = Library(folder)
    library.refresh()
    found = [each.trial.id for each in library.similar("NCT00000001")]
    assert "NCT00000001" not in found and set(found) <= {"NCT00000002", "NCT00000003"} and found
    with pytest.raises(LookupError, match="NCT99999999"):
        library.similar("NCT99999999")


def test_only_what_changed_is_read_again(folder: Path) -> None:
    first = Library(folder).refresh()
    assert (first.new, first.trials) == (1, 3)
    assert Library(folder).refresh().same == 1
    shutil.copy(folder / "trials.jsonl", folder / "more.jsonl")
    (folder / "trials.jsonl").write_text(json.dumps(ROWS[0]), encoding="utf-8")
    again = Library(folder).refresh()
    assert (again.new, again.changed, again.gone, again.trials) == (1, 1, 0, 4)
    (folder / "more.jsonl").unlink()
    library = Library(folder)
    assert (library.refresh().gone, numbers(library, "liver")) == (1, ["1"])


def test_a_file_that_was_only_touched_is_not_read_again(folder: Path) -> None:
    Library(folder).refresh()
    (folder / "trials.jsonl").touch()
    again = Library(folder).refresh()
    assert (again.changed, again.same) == (0, 1)


def test_an_index_of_another_edition_is_made_anew(folder: Path) -> None:
    Library(folder).refresh()
    (folder / ".equipoise" / "files.json").write_text('{"edition": 0, "files": {}}', encoding="utf-8")
    library = Library(folder)
    assert (library.refresh().new, len(numbers(library, "liver"))) == (1, 3)


def test_parquet_and_packed_files_are_read_too(tmp_path: Path) -> None:
    flat = [{key: value for key, value in row.items() if key != "eligibility"} for row in ROWS]
    pl.DataFrame(flat).write_parquet(tmp_path / "a.parquet")
    with gzip.open(tmp_path / "b.jsonl.gz", "wt", encoding="utf-8") as out:
        out.write(json.dumps(ROWS[0] | {"nct_id": "NCT00000009"}))
    assert Library(tmp_path).refresh().trials == 4


def test_what_cannot_be_read_is_said_and_the_rest_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(ROWS[0]) + "\n{no json\n{}\n", encoding="utf-8")
    (tmp_path / "b.parquet").write_bytes(b"PAR1 no")
    (tmp_path / "c.jsonl.gz").write_bytes(b"no gzip")
    taken = Library(tmp_path).refresh()
    assert taken.trials == 1
    assert [Path(each.place.file).name for each in taken.findings] == ["a.jsonl", "a.jsonl", "b.parquet", "c.jsonl.gz"]


@pytest.mark.parametrize("words", ['"', "((", "title:", "a AND", "*", "/x/", "-", "\\", "{} []", "ecog", "a" * 3_000])
def test_no_words_break_the_search(folder: Path, words: str) -> None:
    library = Library(folder)
    library.refresh()
    library.search(question(words))


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("* ECOG 0-1", (0, 1)),
        ("* ECOG performance status of 2 or less", (0, 1, 2)),
        ("Exclusion Criteria:\n* ECOG > 2", (0, 1, 2)),
        ("Inclusion Criteria:\n* ECOG 0 or 1\nExclusion Criteria:\n* ECOG >= 3", (0, 1)),
        ("* Karnofsky performance status >= 70", None),
        ("* Adults", None),
    ],
)
def test_the_performance_status_taken_is_read_from_the_criteria(text: str, taken: tuple[int, ...] | None) -> None:
    assert ecog_taken(text) == taken


def test_ages_are_read_from_the_criteria_where_no_field_says_them() -> None:
    told = trial("X", "T", criteria="Inclusion Criteria:\n* Aged 18 to 75 years")
    assert (told.youngest, told.oldest) == (18.0, 75.0)


def test_a_row_without_a_number_is_no_trial() -> None:
    assert row_trial({"title": "T"}) is None


def test_a_found_trial_has_a_record(folder: Path) -> None:
    library = Library(folder)
    library.refresh()
    one = library.of("nct00000001")
    assert one is not None
    told = record_of(one, folder)
    assert told.title[0].value == "Ablation of liver metastases" and str(told.minimum_age[0].value) == "18 years"


def test_notes_that_lie_in_the_folder_are_no_trials(folder: Path) -> None:
    (folder / "notes.md").write_text("# Shopping\n\nBread and milk, and read the paper on ablation.\n", encoding="utf-8")
    (folder / "page.txt").write_text(
        "A trial\nNCT ID: NCT00000007\nStudy Type: Interventional\nEnrollment: 60\n", encoding="utf-8"
    )
    library = Library(folder)
    taken = library.refresh()
    assert taken.trials == 4 and any(each.place.file.endswith("notes.md") for each in taken.findings)
    assert numbers(library, "NCT00000007") == ["7"]


# --- the verb --------------------------------------------------------------------------------------------------------


def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["equipoise", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        app()
    told = capsys.readouterr()
    return int(ended.value.code or 0), told.out, told.err


def test_find_prints_what_it_finds(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code, printed, _ = typed(monkeypatch, capsys, "find", "liver", "ECOG", "2", "--in", folder)
    assert code == 0 and "NCT00000001" in printed and "ECOG 2: not said" in printed
    code, printed, _ = typed(monkeypatch, capsys, "find", "liver", "--in", folder, "--json")
    assert {each["id"] for each in json.loads(printed)} == {"NCT00000001", "NCT00000002", "NCT00000003"}
    assert typed(monkeypatch, capsys, "find", "xyzzy", "--in", folder)[0] == 1


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--in", "nowhere", "x"], "there is no such folder"),
        ([], "no record of a trial is in this folder"),
    ],
)
def test_find_says_what_is_missing(
    words: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, beside = typed(monkeypatch, capsys, "find", *words)
    assert code == 1 and says in beside


def test_find_writes_the_page_of_a_trial(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = folder / "me.yaml"
    facts.write_text("on: 2024-03-01\nage: 80\n", encoding="utf-8")
    to = folder / "page.html"
    code, _, _ = typed(monkeypatch, capsys, "find", "--in", folder, "--page", "NCT00000001", "--to", to, "--facts", facts)
    text = to.read_text(encoding="utf-8")
    assert code == 0 and "Ablation of liver metastases" in text and "asks for something else" in text


# --- on real texts ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_real_texts_are_taken_in_and_searched(tmp_path: Path) -> None:
    files = sorted((SHARED / "data" / "eligibility").glob("*_*.jsonl.gz"))
    if not files:
        pytest.skip("the real eligibility texts are not here (../shared/data/eligibility)")
    for each in files:
        if each.name.startswith(("ctgov", "oncology")):
            shutil.copy(each, tmp_path)
    library = Library(tmp_path)
    taken = library.refresh()
    assert taken.trials == 723 + 2_500 + 645
    found = library.search(question("hepatocellular carcinoma accepts ECOG 2 age 80"), 10)
    assert len(found) == 10 and all(each.trial.ecog is not None and 2 in each.trial.ecog for each in found if not each.unsaid)
