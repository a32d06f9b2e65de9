"""Who may join: by hand on each kind of criterion, and by law that nobody is eligible because nobody looked."""

import json
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from equipoise.chart import chart
from equipoise.command.screen import screening_text
from equipoise.deviations import deviations
from equipoise.logic import MET, NOT_MET, UNKNOWN
from equipoise.screening import Screening, screening
from equipoise.study import study
from equipoise.transcript import read_events

COHORTS = """
equipoise: 1
study: cohorts
title: Criteria of every kind
design: {type: interventional}
activities:
  baseline: {items: {age: {type: integer, unit: years}, ecog: {type: integer}, pregnant: {type: yes_no}, alt: {use: labs.alt},
    liver_disease: {type: yes_no}}}
  staging: {items: {distant: {type: yes_no}}}
  surgery: {repeats: yes}
closed: [surgery, consent]
cohorts:
  primary: {member: not distant}
  other: {member: distant}
eligibility:
  - {id: adult, include: age >= 18 years}
  - {id: fit, include: ecog <= 1}
  - {id: pregnancy, exclude: pregnant}
  - {id: liver, include: if liver_disease then alt <= 5 x ULN else alt <= 2.5 x ULN}
  - {id: surgery, exclude: exists surgery within 4 weeks before enrolment}
  - {id: spread, exclude: distant, cohorts: [primary]}
  - {id: board, include: {judge: "Does the board see an indication?", by: mdt}}
"""
STUDY = study(COHORTS)

WHOLE: dict[str, object] = {
    "age": 64, "ecog": 1, "pregnant": "no", "alt": {"value": "100 U/L", "uln": "40 U/L"}, "liver_disease": "no",
}  # fmt: skip


def screened(
    items: dict[str, object], *more: dict[str, object], distant: str | None = "no", board: str | None = "yes"
) -> Screening:
    told: list[dict[str, object]] = [{"on": "2024-03-01", "do": "baseline", "items": items}, *more]
    if distant is not None:
        told.append({"on": "2024-03-01", "do": "staging", "items": {"distant": distant}})
    if board is not None:
        told.append({"on": "2024-03-01", "do": "judgement", "items": {"board": board}})
    events, findings = read_events("\n".join(json.dumps(each) for each in told), STUDY)
    assert not findings, findings
    return screening(STUDY, chart(STUDY, events, until=date(2024, 3, 10)).facts)


def barred(found: Screening) -> list[str]:
    return [each.criterion.id for each in found.verdicts if each.truth is NOT_MET]


def unknown(found: Screening) -> list[str]:
    return [each.criterion.id for each in found.verdicts if each.truth is UNKNOWN]


def test_the_study_is_sound() -> None:
    assert STUDY.is_sound, STUDY.check()


def test_all_known_and_well_is_eligible() -> None:
    found = screened(WHOLE)
    assert found.truth is MET and found.words == "eligible"
    assert found.assumed == "as if enrolled on 2024-03-10"


def test_a_threshold_that_depends() -> None:
    high = {**WHOLE, "alt": {"value": "101 U/L", "uln": "40 U/L"}}
    assert barred(screened(high)) == ["liver"]
    assert screened({**high, "liver_disease": "yes"}).truth is MET


def test_if_it_depends_on_something_unknown_and_both_ways_agree_it_is_known() -> None:
    without = {key: value for key, value in WHOLE.items() if key != "liver_disease"}
    assert screened(without).truth is MET
    assert unknown(screened({**without, "alt": {"value": "150 U/L", "uln": "40 U/L"}})) == ["liver"]
    assert barred(screened({**without, "alt": {"value": "250 U/L", "uln": "40 U/L"}})) == ["liver"]


def test_a_value_without_its_range_cannot_be_compared_with_it() -> None:
    found = screened({**WHOLE, "alt": "30 U/L"})
    assert unknown(found) == ["liver"]
    assert "range" in str(found.missing[0])


def test_surgery_on_the_edge_of_four_weeks() -> None:
    # Enrolment is taken to be on 10 March: four weeks before is 11 February 2024, which still bars.
    assert barred(screened(WHOLE, {"on": "2024-02-11", "do": "surgery"})) == ["surgery"]
    assert screened(WHOLE, {"on": "2024-02-10", "do": "surgery"}).truth is MET
    assert unknown(screened(WHOLE, {"on": "2024-02", "do": "surgery"})) == ["surgery"]


def test_a_criterion_of_a_cohort_is_for_its_members() -> None:
    assert screened(WHOLE, distant="yes").truth is MET
    (verdict,) = [each for each in screened(WHOLE, distant="yes").verdicts if each.criterion.id == "spread"]
    assert verdict.applies is NOT_MET
    assert unknown(screened(WHOLE, distant=None)) == ["spread"]


def test_a_judgement_stays_unknown_until_it_is_made_and_says_who_makes_it() -> None:
    found = screened(WHOLE, board=None)
    assert unknown(found) == ["board"]
    assert str(found.missing[0]) == "Does the board see an indication?: waits for a judgement (by mdt)"
    assert barred(screened(WHOLE, board="no")) == ["board"]


@given(st.sets(st.sampled_from([*WHOLE, "distant", "board"]), min_size=1))
def test_nobody_is_eligible_because_nobody_looked(hidden: set[str]) -> None:
    items = {key: value for key, value in WHOLE.items() if key not in hidden}
    found = screened(items, distant=None if "distant" in hidden else "no", board=None if "board" in hidden else "yes")
    if found.truth is MET:
        assert hidden == {"liver_disease"}  # it decides nothing at this value of ALT: see above
    else:
        assert found.truth is UNKNOWN and found.missing


def test_an_ineligible_participant_enrolled_is_a_deviation_and_so_is_one_of_whom_nobody_could_tell() -> None:
    def rules(items: dict[str, object]) -> list[str]:
        told = [{"on": "2024-03-01", "do": "consent"}, {"on": "2024-03-01", "do": "baseline", "items": items},
                {"on": "2024-03-01", "do": "staging", "items": {"distant": "no"}},
                {"on": "2024-03-01", "do": "judgement", "items": {"board": "yes"}}, {"on": "2024-03-02", "do": "enrolment"}]  # fmt: skip
        events, _ = read_events("\n".join(json.dumps(each) for each in told), STUDY)
        return [each.rule for each in deviations(STUDY, chart(STUDY, events, until=date(2024, 3, 10)))]

    assert rules(WHOLE) == []
    assert rules({**WHOLE, "ecog": 2}) == ["ineligible"]
    assert rules({key: value for key, value in WHOLE.items() if key != "ecog"}) == ["eligibility-unknown"]


def test_what_is_dated_after_death_is_a_deviation_and_the_dead_may_be_enrolled_on_paper() -> None:
    told = [
        {"on": "2024-01-08", "do": "surgery"}, {"on": "2024-02-01", "do": "death"},
        {"on": "2024-02-01", "do": "last_contact"}, {"on": "2024-03-01", "do": "surgery"},
        {"on": "2024-04-01", "do": "judgement", "items": {"board": "yes"}}, {"on": "2024-05-01", "do": "enrolment"},
    ]  # fmt: skip
    text = "\n".join(map(json.dumps, told))

    def late(perspective: str) -> list[str]:
        looking = study(COHORTS.replace("{type: interventional}", f"{{type: observational, perspective: {perspective}}}"))
        known = chart(looking, read_events(text, looking)[0], until=date(2024, 6, 1))
        return [each.says for each in deviations(looking, known) if each.rule == "after-death"]

    assert late("prospective") == ["Surgery is dated 2024-03-01, after death on 2024-02-01, and 1 more"]
    assert late("retrospective") == ["Surgery is dated 2024-03-01, after death on 2024-02-01"]


def test_on_a_narrow_terminal_criteria_stand_one_beneath_the_other() -> None:
    narrow = screening_text(screened(WHOLE), width=80).splitlines()
    at = narrow.index("adult (include) passes")
    assert narrow[at + 1 : at + 3] == ["  age at least 18 years", "  age: 64 years (2024-03-01)"]
    assert max(map(len, narrow)) <= 80
