"""The validation pack: each requirement is traced to its risk, its tests and their results; what fails shows; what is signed holds."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from equipoise.command import _app
from equipoise.command.validate import MANIFEST, SIGNATURE, _expected, _people, as_json, faults_of
from equipoise.reports.validation_pack import SUPPORTS, as_html
from equipoise.study import load, study
from equipoise.validation import SCALE, Pack, Traced, pack, requirements
from test_studies import PEOPLE, SLUGS, STUDIES
from test_studies import charted as expected_by_tests

SLUG = "pdac-oligo-ablation"


def made_of(folder: Path, participants: int = 20) -> Pack:
    told = load(folder)
    people, charts = _people(told)
    return pack(told, people, _expected(told), lambda name: charts[name], participants=participants)


@pytest.fixture(scope="module")
def made() -> Pack:
    return made_of(STUDIES / SLUG)


def of(found: Pack, id: str) -> Traced:
    (one,) = [each for each in found.traced if each.requirement.id == id]
    return one


# What is required


@pytest.mark.parametrize("slug", SLUGS)
def test_every_criterion_step_line_endpoint_analysis_and_promise_is_a_requirement(slug: str) -> None:
    protocol = load(STUDIES / slug).protocol
    kinds = [each.kind for each in requirements(load(STUDIES / slug))]
    steps = len(protocol.pathway.steps) if protocol.pathway is not None else 0
    assert {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)} == {
        kind: many for kind, many in (
            ("criterion", len(protocol.eligibility)), ("allocation", int(protocol.allocation is not None)), ("step", steps),
            ("line", len(protocol.schedule)), ("endpoint", len(protocol.endpoints)), ("analysis", len(protocol.analyses)),
            ("promise", len(protocol.promises)),
        ) if many
    }  # fmt: skip
    ids = [each.id for each in requirements(load(STUDIES / slug))]
    assert len({*ids}) == len(ids)


def test_each_requirement_says_where_it_is_said_and_where_it_stands(made: Pack) -> None:
    for each in made.traced:
        assert each.requirement.says and each.requirement.source
        assert each.requirement.place.line > 0
        assert each.risk in {level for level, _, _ in SCALE} and each.because


# What came of it


def test_a_sound_study_is_supported(made: Pack) -> None:
    assert {each.result for each in made.traced} == {"supported"}
    assert [each.result for each in made.people] == ["passed"] * len(made.people)


def test_what_is_of_high_risk_asks_for_a_proof_or_rule_and_for_a_run(made: Pack) -> None:
    high = [each for each in made.traced if each.risk == "high"]
    assert high
    for each in high:
        passed = [one for one in each.tried if one.result in ("passed", "accepted")]
        general = replace(each, tried=tuple(one for one in passed if one.is_general))
        runs = replace(each, tried=tuple(one for one in passed if not one.is_general))
        assert (general.result, runs.result) == ("lacks tests", "lacks tests")


def test_an_invented_person_who_is_charted_otherwise_fails_what_they_exercise(tmp_path: Path) -> None:
    shutil.copytree(STUDIES / SLUG, tmp_path / SLUG)
    _, name = next(each for each in PEOPLE if each[0] == SLUG)
    file = tmp_path / SLUG / "expected" / f"{name}.txt"
    file.write_text(file.read_text().replace("on the pathway", "on the path"))
    found = made_of(tmp_path / SLUG, participants=0)
    assert [each.name for each in found.people if each.result == "failed"] == [name]
    failed = [each for each in found.traced if each.result == "failed"]
    assert failed and all(any(name in one.says for one in each.tried) for each in failed)


def test_without_people_and_assumptions_tests_are_lacking_and_that_is_said() -> None:
    text = """
equipoise: 1
study: examples
version: 1.0.0
title: One criterion
design: {type: observational}
activities: {baseline: {items: {age: {type: quantity, unit: years, range: 0..120}}}}
eligibility: [{id: adult, include: age >= 18 years}, {id: alive, include: age >= 0 years}]
"""
    found = pack(study(text), {}, {}, lambda name: "", participants=5)
    assert of(found, "criterion:adult").result == "lacks tests"
    # Nobody is younger than 0: what bars nobody was not meant so.
    assert of(found, "criterion:alive").result == "failed"
    assert "things are missing" in found.virtual_says
    page = as_html(found, "2026-11-21", {}, "")
    assert "not signed" in page and "Requirements that are not supported" in page


def test_a_promise_that_a_history_breaks_fails() -> None:
    text = """
equipoise: 1
study: examples
title: Two cycles
design: {type: observational}
activities: {cycle: {lasts: 21 days}}
pathway:
  start: treatment
  steps: {treatment: {repeat: cycle, times: 1..2, next: over}, over: {end: true}}
promises: [{never: count(cycle) > 1}, {never: count(cycle) > 2}]
"""
    found = pack(study(text), {}, {}, lambda name: "", participants=0)
    assert [of(found, f"promise:{n}").result for n in (1, 2)] == ["failed", "lacks tests"]
    proofs = [one for one in of(found, "promise:2").tried if one.how == "proof"]
    assert [one.result for one in proofs] == ["passed"]


def test_the_same_is_said_of_people_as_by_the_tests_of_studies(made: Pack) -> None:
    told = load(STUDIES / SLUG)
    _, charts = _people(told)
    for name, text in charts.items():
        assert text == expected_by_tests(told, name)


# The document


def test_the_document_holds_every_requirement_and_never_says_compliant(made: Pack) -> None:
    page = as_html(made, "2026-11-21", {"study.yaml": "00"}, "ab")
    for each in made.traced:
        assert each.requirement.id in page
    assert SUPPORTS in page and "compliant" not in page.lower()
    assert json.loads(json.dumps(as_json(made)))["requirements"][0]["tests"]


def test_what_changed_since_the_version_before_is_told(tmp_path: Path) -> None:
    shutil.copytree(STUDIES / SLUG, tmp_path / SLUG)
    (tmp_path / SLUG / "versions").mkdir()
    text = (tmp_path / SLUG / "study.yaml").read_text()
    assert "\nversion: 1.0.0\n" in text
    earlier = text.replace("\nversion: 1.0.0\n", "\nversion: 0.9.0\n").replace("every: 3 months", "every: 4 months", 1)
    (tmp_path / SLUG / "versions" / "0.9.0.yaml").write_text(earlier)
    page = as_html(made_of(tmp_path / SLUG, participants=0), "2026-11-21", {}, "")
    assert "Changes since version 0.9.0" in page and "4 months → 3 months" in page


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = tmp_path_factory.mktemp("pack")
    shutil.copytree(STUDIES / SLUG, at / SLUG)
    run = CliRunner().invoke(
        _app, ["validate", str(at / SLUG), "--to", str(at / "made"), "--key", str(at / "key"), "--participants", "10"]
    )
    assert run.exit_code == 0, run.output
    return at


@pytest.fixture
def copied(signed: Path, tmp_path: Path) -> Path:
    shutil.copytree(signed, tmp_path / "at")
    return tmp_path / "at"


def verified(at: Path, *more: str) -> tuple[int, str]:
    found = CliRunner().invoke(_app, ["validate", str(at / SLUG), "--verify", str(at / "made"), *more])
    return found.exit_code, " ".join(found.output.split())


def test_a_pack_is_html_pdf_and_json_and_is_verified(copied: Path) -> None:
    names = {each.name for each in (copied / "made").iterdir()}
    assert names == {"validation.html", "validation.pdf", "validation.json", MANIFEST, SIGNATURE}
    assert (copied / "made" / "validation.pdf").read_bytes().startswith(b"%PDF")
    key = json.loads((copied / "made" / SIGNATURE).read_text())["public_key"]
    assert key in (copied / "made" / "validation.html").read_text().replace(" ", "")
    assert verified(copied, "--public-key", key)[0] == 0
    assert (copied / "key").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("file", "says"),
    [
        ("made/validation.html", "validation.html was altered"),
        ("made/validation.pdf", "validation.pdf was altered"),
        (f"made/{MANIFEST}", "the signature is not one of manifest.json as it stands"),
        (f"{SLUG}/study.yaml", "the study's study.yaml was altered since the pack was written"),
    ],
)
def test_a_letter_that_was_altered_is_noticed(copied: Path, file: str, says: str) -> None:
    target = copied / file
    target.write_bytes(target.read_bytes() + (b"# later\n" if file.endswith(".yaml") else b" "))
    code, told = verified(copied)
    assert code == 1 and says in told, told


def test_another_key_or_none_is_noticed(copied: Path) -> None:
    assert "not with 00" in verified(copied, "--public-key", "00" * 32)[1]
    (copied / "made" / SIGNATURE).unlink()
    assert "it is not signed" in verified(copied)[1]


def test_a_signature_that_is_none_is_a_sentence(copied: Path) -> None:
    (copied / "made" / SIGNATURE).write_text("{}")
    assert faults_of(copied / "made") == [f"{SIGNATURE} is not a signature"]
    (copied / "made" / MANIFEST).write_text("[]")
    assert faults_of(copied / "made") == [f"{MANIFEST} is not a manifest of a validation pack"]
