"""Every rule: listed, explained under its three headings, heard in its *wakes*, silent in its *sleeps*, its witness shown."""

import json
from pathlib import Path

import pytest

import equipoise as eq
from equipoise import rules
from equipoise.finding import Finding, errors
from equipoise.rules import RULES
from equipoise.study import study

HERE = Path(__file__).parent / "rules"
HEADINGS = ("What it finds", "Why it matters", "Seen in")


def heard(name: str, which: str) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
    """What one rule says of one of its two studies, and everything else that is wrong with that study's file."""
    file = HERE / name.replace("-", "_") / f"{which}.yaml"
    told = study(file, file=file.name).check()
    return tuple(each for each in told if each.rule == name), tuple(each for each in told if each.rule != name)


def test_every_file_is_a_rule_that_is_listed_and_every_rule_has_its_file() -> None:
    folder = Path(rules.__file__).parent
    files = {each.stem.replace("_", "-") for each in folder.glob("*.py")} - {"--init--", "rule"}
    assert {each.name for each in RULES} == files
    assert {each.name.replace("-", "_") for each in RULES} == {each.name for each in HERE.iterdir() if each.is_dir()}


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.name)
def test_a_rule_is_explained(rule: rules.Rule) -> None:
    lines = rule.page.split("\n")
    assert lines[0].endswith(".") and len(lines[0]) < 120
    at = [lines.index(heading) for heading in HEADINGS]
    assert at == sorted(at)
    assert all(lines[each + 1].startswith("    ") for each in at)


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.name)
def test_a_rule_wakes_where_it_should(rule: rules.Rule) -> None:
    own, others = heard(rule.name, "wakes")
    assert own, f"{rule.name} sleeps in its wakes.yaml"
    assert not errors(each for each in others if each.rule in ("unreadable", "unknown-key", "expression", "unknown-name"))
    assert all(each.place.line > 0 and each.says and "  " not in each.says for each in own)
    assert not [each for each in others if each.rule == "not-run"]


@pytest.mark.parametrize("rule", RULES, ids=lambda each: each.name)
def test_a_rule_sleeps_where_it_should(rule: rules.Rule) -> None:
    own, others = heard(rule.name, "sleeps")
    assert not own
    assert not [each for each in others if each.rule == "not-run"]
    assert not errors(others), "a study in which a rule sleeps is a sound one"


def test_what_a_file_accepts_is_kept_with_its_reason_and_must_be_needed() -> None:
    woken = next(iter(RULES), None)
    if woken is None:
        pytest.skip("no rule is listed yet")
    text = (HERE / woken.name.replace("-", "_") / "wakes.yaml").read_text()
    about = study(text).check()
    found = next(each for each in about if each.rule == woken.name)
    kept = f"{text}\naccepted:\n  - {{finding: {woken.name}, about: {json.dumps(found.about)}, why: as the page has it}}\n"
    again = study(kept).check()
    accepted = [each.accepted for each in again if each.rule == woken.name and each.about == found.about]
    assert accepted and {*accepted} == {"as the page has it"}
    idle = f"{text}\naccepted:\n  - {{finding: {woken.name}, about: nobody, why: as the page has it}}\n"
    assert "accepted-needlessly" in {each.rule for each in study(idle).check()}
    strange = f"{text}\naccepted:\n  - {{finding: no-such-rule, why: as the page has it}}\n"
    assert "accepted-needlessly" in {each.rule for each in errors(study(strange).check())}


def test_what_the_solver_could_not_decide_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from equipoise import proof

    text = (HERE / "nobody_can_enter" / "wakes.yaml").read_text()
    monkeypatch.setattr(proof, "_answered", lambda *_: proof.NotDecided("time was up"))
    asking = [each for each in RULES if each.name in ("nobody-can-enter", "cohort-cannot-enter", "guard-never-met")]
    told = rules.findings(study(text), asking)
    said = [each for each in told if "not decided" in each.says or each.rule == "not-decided"]
    assert said and not errors(said)


def test_the_shipped_studies_have_no_errors_and_every_rule_runs_on_them(studies: Path) -> None:
    for folder in sorted(studies.iterdir()):
        found = eq.check(folder)
        assert not errors(found), "\n".join(map(str, errors(found)))
        assert "not-run" not in {each.rule for each in found}
