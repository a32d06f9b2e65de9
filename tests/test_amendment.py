"""Two versions of a study: what changes, who may join now, what is asked again, whose windows move; each shown or proven."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from equipoise.amendment import Amended, amended, as_json, either
from equipoise.chart import chart
from equipoise.command import _app
from equipoise.events import Event, last_day
from equipoise.logic import MET, NOT_MET
from equipoise.screening import screening
from equipoise.study import Study, load, study
from equipoise.transcript import read_events
from test_studies import STUDIES

OLD = """
equipoise: 1
study: examples
version: 1.0.0
title: Ablation of the liver
design: {type: observational}
activities:
  baseline:
    items:
      age: {type: quantity, unit: years, range: 0..120}
      ecog: {type: integer, range: 0..4}
      platelets: {use: labs.platelets}
      regimen: {type: choice, of: [AG, FOLFIRINOX, gemcitabine]}
  ablation: {}
  scan: {items: {response: {type: choice, of: [CR, PR, SD, PD]}}}
define: {fit: ecog <= 2 and platelets >= 50 10^9/L}
eligibility:
  - {id: adult, include: age >= 18 years}
  - {id: fit, include: fit}
pathway:
  start: waiting
  steps:
    waiting: {do: [ablation], next: over}
    over: {end: true}
schedule:
  - {do: [scan], every: 3 months, from: ablation, until: 1 year, window: ±2 weeks}
"""


def changed(*pairs: tuple[str, str]) -> str:
    text = OLD.replace("version: 1.0.0", "version: 2.0.0")
    for was, now in pairs:
        assert was in text, was
        text = text.replace(was, now)
    return text


def compared(*pairs: tuple[str, str], people: dict[str, str] | None = None, until: date | None = None) -> Amended:
    old, new = study(OLD), study(changed(*pairs))
    told = {who: events(text, either(old, new)) for who, text in (people or {}).items()}
    return amended(old, new, told, until=until)


def events(text: str, of: Study) -> Sequence[Event]:
    found, findings = read_events(text, of)
    assert not findings, findings
    return found


def said(found: Amended) -> list[str]:
    return [each.says for each in found.changes]


# By hand: what changes


def test_nothing_changes_between_a_version_and_itself() -> None:
    found = amended(study(OLD), study(OLD))
    assert (found.changes, found.admissions, found.recollect) == ((), (), ())


@pytest.mark.parametrize("slug", sorted(each.parent.name for each in STUDIES.glob("*/study.yaml")))
def test_no_study_differs_from_itself(slug: str) -> None:
    found = amended(load(STUDIES / slug), load(STUDIES / slug))
    assert (found.changes, found.admissions, found.recollect) == ((), (), ())


@pytest.mark.parametrize(
    ("was", "now", "says"),
    [
        ("age >= 18", "age >= 16", "criterion 'adult': rule: include age at least 18 years → include age at least 16 years"),
        ("every: 3 months", "every: 2 months", "line of the schedule 'scan every 3 months from ablation': every: 3 months → 2 months"),
        ("±2 weeks", "±1 week", "line of the schedule 'scan every 3 months from ablation': window: ±2 weeks → ±1 week"),
        ("range: 0..120", "range: 18..120", "activity 'baseline': items 'age' range: 0 to 120 → 18 to 120"),
        ("AG, FOLFIRINOX,", "AG,", "activity 'baseline': items 'regimen' of: AG, FOLFIRINOX, gemcitabine → AG, gemcitabine"),
        ("do: [ablation], next", "do: [ablation], within: 4 weeks, next", "step 'waiting': within: unsaid → 4 weeks"),
        ("type: observational", "type: interventional", "design: type: observational → interventional"),
    ],
)  # fmt: skip
def test_a_change_is_told_with_both_its_words(was: str, now: str, says: str) -> None:
    assert said(compared((was, now))) == [says]


def test_a_criterion_changes_with_the_definition_that_it_names() -> None:
    found = compared(("ecog <= 2", "ecog <= 1"))
    assert [(each.part, each.about, each.kind) for each in found.changes] == [
        ("eligibility", "fit", "changed"), ("define", "fit", "changed"),
    ]  # fmt: skip
    assert found.changes[0].details == (
        (
            "rule",
            "include ecog at most 2 and platelets at least 50 × 10⁹/L",
            "include ecog at most 1 and platelets at least 50 × 10⁹/L",
        ),
    )


def test_what_is_new_and_what_is_gone_is_said() -> None:
    found = compared(
        ("  - {id: fit, include: fit}", "  - {id: no_plt, exclude: platelets < 20 10^9/L}"),
        ("define: {fit: ecog <= 2 and platelets >= 50 10^9/L}\n", ""),
    )
    assert said(found) == [
        "criterion 'fit' is gone: it was include ecog at most 2 and platelets at least 50 × 10⁹/L",
        "criterion 'no_plt' is new: exclude platelets under 20 × 10⁹/L",
        "definition 'fit' is gone: it was ecog at most 2 and platelets at least 50 × 10⁹/L",
    ]


# Who may join: shown, or proven impossible


def verdicts(found: Amended) -> dict[tuple[str, str], str]:
    return {(each.criterion, each.effect): each.found for each in found.admissions}


def test_a_looser_bound_lets_somebody_in_and_keeps_nobody_out() -> None:
    found = compared(("age >= 18", "age >= 16"))
    assert verdicts(found) == {("adult", "newly eligible"): "somebody", ("adult", "no longer eligible"): "nobody"}


def test_words_that_change_nothing_are_proven_to_change_nothing() -> None:
    found = compared(("include: age >= 18 years", "exclude: age < 18 years"))
    assert verdicts(found) == {("adult", "newly eligible"): "nobody", ("adult", "no longer eligible"): "nobody"}


def test_facts_that_mean_different_things_are_not_decided() -> None:
    found = compared(("unit: years, range: 0..120", "unit: months, range: 0..1440"))
    assert not found.admissions or {each.found for each in found.admissions} == {"not decided"}
    assert "it is kept in months now, and was in years" in [each.why for each in found.recollect]


def screened(who: str, of: Study, both: Study) -> tuple[object, dict[str, object]]:
    told = events(who, both)
    result = screening(of, chart(of, told, until=last_day(told)).facts)
    return result.truth, {each.criterion.id: each.truth for each in result.verdicts}


@given(st.integers(0, 4), st.integers(0, 4), st.integers(10, 30), st.integers(10, 30))
@settings(max_examples=15, deadline=None)
def test_whoever_is_shown_is_screened_so_by_both_versions(ecog: int, later: int, age: int, older: int) -> None:
    text = OLD.replace("ecog <= 2", f"ecog <= {ecog}").replace("age >= 18", f"age >= {age}")
    new = (
        text.replace("1.0.0", "2.0.0")
        .replace(f"ecog <= {ecog}", f"ecog <= {later}")
        .replace(f"age >= {age}", f"age >= {older}")
    )
    one, two = study(text), study(new)
    found = amended(one, two)
    expected = {("adult", "newly eligible"): older < age, ("adult", "no longer eligible"): older > age,
                ("fit", "newly eligible"): later > ecog, ("fit", "no longer eligible"): later < ecog}  # fmt: skip
    for each in found.admissions:
        assert each.found == ("somebody" if expected[each.criterion, each.effect] else "nobody")
        if each.found == "somebody":
            here, there = (two, one) if each.effect == "no longer eligible" else (one, two)
            both = either(one, two)
            assert screened(each.who, there, both)[0] is MET
            assert screened(each.who, here, both)[1][each.criterion] is NOT_MET
    # Turned round, who was let in is kept out.
    back = {(each.criterion, each.effect): each.found for each in amended(two, one).admissions}
    turned = {"newly eligible": "no longer eligible", "no longer eligible": "newly eligible"}
    assert back == {(name, turned[effect]): what for (name, effect), what in verdicts(found).items()}


# What is asked again, and for whom

ANNA = """
{"on": "2024-02-01", "do": "consent", "items": {"version": "1.0.0"}}
{"on": "2024-02-02", "do": "enrolment"}
{"on": "2024-02-02", "do": "baseline", "items": {"age": "61 years", "ecog": 2, "platelets": "200 10^9/L", "regimen": "gemcitabine"}}
{"on": "2024-02-05", "do": "ablation"}
"""
BERTA = ANNA.replace("1.0.0", "2.0.0")
CARLA = "\n".join(ANNA.strip().splitlines()[1:])
TWICE = (("every: 3 months", "every: 2 months"), ("until: 1 year", "until: 6 months"))


def test_who_consented_to_which_version_and_what_that_means() -> None:
    found = compared(*TWICE, people={"anna": ANNA, "berta": BERTA, "carla": CARLA})
    assert [(each.participant, each.held_to, each.is_touched) for each in found.people] == [
        ("anna", "1.0.0", True), ("berta", "2.0.0", False), ("carla", "2.0.0", True),
    ]  # fmt: skip
    assert found.people[0].basis == "consented to it; the new version comes with consent to it"
    assert found.people[2].basis == "never named a version, and so is held to the newest"


def test_windows_that_move_and_what_is_newly_or_no_longer_due() -> None:
    # Every 3 months until a year: 5 May, 5 August, 5 November, 5 February. Every 2 until 6 months: 5 April, 5 June, 5 August.
    (anna,) = compared(*TWICE, people={"anna": ANNA}).people
    assert [str(each) for each in anna.moved] == [
        "scan: 2024-05-05 (2024-04-21 to 2024-05-19) becomes 2024-04-05 (2024-03-22 to 2024-04-19)"
    ]
    assert [each.target for each in anna.newly_due] == [date(2024, 6, 5)]
    assert [each.target for each in anna.no_longer_due] == [date(2024, 11, 5), date(2025, 2, 5)]


def test_a_form_that_asks_for_more_is_asked_again_of_whom_it_was_filled_in() -> None:
    more = (
        "platelets: {use: labs.platelets}",
        "platelets: {use: labs.platelets}\n      albumin: {use: labs.albumin, required: true}",
    )
    found = compared(more, people={"anna": ANNA, "nobody yet": '{"on": "2024-02-02", "do": "enrolment"}'})
    assert [str(each) for each in found.recollect] == [
        "baseline.albumin: it is asked for now and was not before; the form requires it"
    ]
    assert found.people[0].recollect == (
        ("baseline", "2024-02-02", "albumin: it is asked for now and was not before; the form requires it"),
    )
    assert not found.people[1].is_touched


def test_an_answer_that_is_no_longer_one_is_asked_again() -> None:
    found = compared(
        ("AG, FOLFIRINOX, gemcitabine", "AG, FOLFIRINOX"), ("range: 0..120", "range: 0..60"), people={"anna": ANNA}
    )
    assert [says for _, _, says in found.people[0].recollect] == [
        "age: 61 years is not possible now", "regimen: 'gemcitabine' is no longer among its answers",
    ]  # fmt: skip


def test_who_was_eligible_before_and_is_not_by_the_new_criteria() -> None:
    (anna,) = compared(("ecog <= 2", "ecog <= 1"), people={"anna": ANNA}).people
    assert (anna.eligible_before, anna.eligible_after) == ("eligible", "not eligible")


def test_a_version_with_errors_is_not_compared() -> None:
    with pytest.raises(ValueError, match=r"version 2\.0\.0 has errors"):
        amended(study(OLD), study(changed(("age >= 18 years", "aged >= 18 years"))))


def test_an_endpoint_that_comes_to_something_else_does_so_whatever_was_consented_to() -> None:
    os = "endpoints: {os: {kind: time_to_event, from: enrolment, event: death, censor: last_known_alive%s}}"
    texts = [text + os % horizon for text, horizon in ((OLD, ""), (changed(), ", horizon: 2 days"))]
    one, two = map(study, texts)
    found = amended(one, two, {"berta": events(BERTA, either(one, two))})
    # Enrolled on 2 February, last seen on the 5th: 3 days; looked at for 2 days only.
    assert found.people[0].outcomes == (("os", "3 days, censored", "2 days, censored"),)


# The verb


def folder(tmp_path: Path) -> Path:
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "1.0.0.yaml").write_text(OLD)
    (tmp_path / "study.yaml").write_text(changed(*TWICE))
    (tmp_path / "people").mkdir()
    (tmp_path / "people" / "anna.jsonl").write_text(ANNA.strip())
    return tmp_path


def test_the_verb_says_it_in_words_and_as_json(tmp_path: Path) -> None:
    run, at = CliRunner(), folder(tmp_path)
    words = run.invoke(_app, ["compare", str(at), str(at / "people")])
    assert words.exit_code == 0 and "from version 1.0.0 to 2.0.0" in words.output and "anna" in words.output
    told = run.invoke(_app, ["compare", str(at), str(at / "people"), "--json"])
    assert told.exit_code == 0
    found = json.loads(told.output)
    assert (found["from"], found["to"], len(found["changes"])) == ("1.0.0", "2.0.0", 1)
    assert found["participants"][0]["moved"][0]["after"]["target"] == "2024-04-05"


def test_without_an_earlier_version_the_verb_says_so(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(OLD)
    found = CliRunner().invoke(_app, ["compare", str(tmp_path)])
    assert found.exit_code == 1 and "no earlier version is kept" in found.output


def test_as_json_holds_plain_values() -> None:
    assert json.loads(json.dumps(as_json(compared(*TWICE, people={"anna": ANNA})), default=str))["participants"]
