"""The rules on eligibility at their edges: what they find, what they leave alone, and that their witnesses are real."""

import re
from datetime import date
from operator import ge, gt, le, lt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.calendar import When
from equipoise.expression.explain import truth
from equipoise.expression.facts import Facts, Row
from equipoise.finding import Finding, Severity
from equipoise.logic import MET
from equipoise.rules import FAMILIES, Flaw
from equipoise.rules import findings as checked
from equipoise.study import Study, rule, study

UNTIL = date(2025, 6, 16)
HEAD = """
equipoise: 1
study: virtual
title: {title}
{more}
design: {{type: interventional}}
activities:
  imaging: {{lesions: yes}}
  labs:
    repeats: yes
    items:
      platelets: {{use: labs.platelets}}
      bilirubin: {{use: labs.bilirubin}}
      creatinine: {{use: labs.creatinine}}
      albumin: {{use: labs.albumin}}
      inr: {{use: labs.inr}}
  screening:
    items:
      age: {{use: demographics.age}}
      sex: {{use: demographics.sex}}
      ecog: {{use: demographics.ecog}}
      karnofsky: {{use: demographics.karnofsky}}
      nyha: {{use: history.nyha_class}}
      gilbert: {{type: yes_no}}
      arrhythmia: {{type: yes_no}}
      operated_on: {{type: date}}
      recent_operation: {{type: yes_no, label: operation within 4 weeks before consent}}
      score: {{type: integer, range: 0..9}}
eligibility:
"""


def of(*criteria: str, more: str = "", title: str = "Virtual") -> Study:
    lines = [f"  - {{id: c{number}, {each}}}" for number, each in enumerate(criteria)]
    made = study(HEAD.format(more=more, title=title) + "\n".join(lines))
    assert not made.findings, made.findings
    return made


def found(name: str, *criteria: str, more: str = "", title: str = "Virtual") -> list[Finding]:
    told = checked(of(*criteria, more=more, title=title))
    assert not [each for each in told if each.rule == "not-run"], told
    return [each for each in told if each.rule == name]


def flaws(name: str, made: Study) -> list[Flaw]:
    """What one rule says, without running the others."""
    return list(next(each for each in FAMILIES["eligibility"] if each.name == name).finds(made))


GAP, OVERLAP = "inclusion-exclusion-gap", "inclusion-exclusion-overlap"


# --- bounds that miss each other ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kept", "barred", "value"),
    [
        ("ecog in (0, 1)", "ecog > 2", "ecog 2 is"),
        ("age > 18 years", "age < 18 years", "age 18 years is"),
        ("age between 18 years and 75 years", "age > 80 years", "age 76 to 80 years is"),
        ("platelets > 100 10^9/L", "platelets < 100000 /uL", "platelets 100 10^9/L is"),
        ("inr <= 1.5", "inr > 1.6", "inr over 1.5 up to 1.6 is"),
        ("bilirubin <= 1.5 x ULN", "bilirubin > 3 x ULN", "bilirubin over 1.5 up to 3 x ULN is"),
        ("nyha <= II", "nyha >= IV", "nyha III is"),
        ("count(lesions where organ == liver) <= 4", "count(lesions where organ == liver) > 5", "5 is"),
        (
            "operated_on at least 6 weeks before enrolment",
            "operated_on within 4 weeks before enrolment",
            "29 to 41 days before",
        ),
        ("ecog <= 1 and gilbert", "ecog > 2 or arrhythmia", "ecog 2 is"),
        (
            "if gilbert then bilirubin <= 3 x ULN else bilirubin <= 1.5 x ULN",
            "if gilbert then bilirubin > 3 x ULN else bilirubin > 2 x ULN",
            "where screening.gilbert is not met",
        ),
    ],
)
def test_a_value_between_two_bounds_is_neither_included_nor_excluded(kept: str, barred: str, value: str) -> None:
    (gap,) = found(GAP, f'include: "{kept}"', f'exclude: "{barred}"')
    assert value.replace("screening.", "") in gap.says.replace("screening.", ""), gap.says
    assert gap.witness and gap.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("kept", "barred", "value"),
    [
        ("ecog <= 2", "ecog >= 2", "ecog 2 is"),
        ("age >= 18 years", "age <= 18 years", "age 18 years is"),
        ("age between 18 years and 75 years", "age > 70 years", "age 71 to 75 years is"),
        ("nyha in (I, II)", "nyha in (II, III, IV)", "nyha II is"),
        ("operated_on at least 4 weeks before enrolment", "operated_on within 4 weeks before enrolment", "28 days before"),
        ("if gilbert then bilirubin <= 3 x ULN else bilirubin <= 1.5 x ULN", "bilirubin > 2 x ULN", "over 2 up to 3 x ULN"),
    ],
)
def test_a_value_within_two_bounds_is_included_and_excluded(kept: str, barred: str, value: str) -> None:
    (overlap,) = found(OVERLAP, f'include: "{kept}"', f'exclude: "{barred}"')
    assert value in overlap.says, overlap.says
    assert overlap.witness


@pytest.mark.parametrize(
    "criteria",
    [
        ("include: ecog in (0, 1)", "exclude: ecog >= 2"),
        ("include: age >= 18 years", "exclude: age > 80 years"),
        ("include: age >= 18 years", "exclude: age <= 17 years"),  # ages are in completed years
        ("include: age between 18 years and 75 years", "exclude: age < 18 years or age > 75 years"),
        ("include: ecog in (0, 1)", "exclude: ecog > 2", "exclude: ecog == 2"),
        ("include: bilirubin <= 1.5 x ULN", "exclude: bilirubin > 60 umol/L"),  # unlike things: nothing is claimed
        ("include: if gilbert then bilirubin <= 3 x ULN else bilirubin <= 1.5 x ULN", "exclude: bilirubin > 3 x ULN"),
        ("include: platelets >= 100 10^9/L", "exclude: platelets < 50 10^9/L and arrhythmia"),
        ("include: platelets <= 1000 10^9/L", "exclude: platelets < 50 10^9/L"),
        ("include: operated_on at least 6 months before enrolment", "exclude: operated_on within 4 weeks before enrolment"),
    ],
)
def test_bounds_that_meet_or_look_elsewhere_are_left_alone(criteria: tuple[str, ...]) -> None:
    quoted = [re.sub(r": (.*)", r': "\1"', each) for each in criteria]
    assert not found(GAP, *quoted) + found(OVERLAP, *quoted)


COMPARED = {"<": lt, "<=": le, ">": gt, ">=": ge}


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["<", "<="]), st.integers(1, 8), st.sampled_from([">", ">="]), st.integers(1, 8))
def test_a_gap_and_an_overlap_are_what_screening_finds_value_by_value(up: str, a: int, down: str, b: int) -> None:
    kept = {value for value in range(10) if COMPARED[up](value, a)}
    barred = {value for value in range(10) if COMPARED[down](value, b)}
    made = of(f"include: score {up} {a}", f"exclude: score {down} {b}")
    neither, both = set(range(10)) - kept - barred, kept & barred
    bounded = bool(kept) and len(barred) < 10 and kept != set(range(10)) and bool(barred)
    assert bool(flaws(GAP, made)) is (bool(neither) and bounded)
    assert bool(flaws(OVERLAP, made)) is (bool(both) and bounded)


# --- all together -------------------------------------------------------------------------------------------------


def test_the_fewest_criteria_that_nobody_can_meet_are_named() -> None:
    (one,) = found(
        "nobody-can-enter",
        "include: platelets >= 50 10^9/L",
        "include: age >= 18 years",
        "exclude: arrhythmia",
        "include: age < 12 years",
    )
    assert "'c1' and 'c3' cannot both be met" in one.says and one.about == "c3"


def test_three_may_contradict_where_no_two_do() -> None:
    (one,) = found("nobody-can-enter", "include: gilbert or arrhythmia", "exclude: gilbert", "exclude: arrhythmia")
    assert "cannot all be met" in one.says


def test_a_criterion_that_nobody_can_meet_is_named_alone() -> None:
    (one,) = found("nobody-can-enter", "include: ecog > 5", "include: age >= 18 years")
    assert "'c0' cannot be met" in one.says


def test_judgements_are_free_and_contradict_nothing() -> None:
    asked = ('include: {judge: "Is the tumour whole?", by: mdt}', 'exclude: {judge: "Is the tumour whole?", by: mdt}')
    assert not found("nobody-can-enter", *asked) + found("criterion-decides-nothing", *asked)


GROUPS = """
groups:
  younger: {member: age < 50 years}
  older: {member: age >= 50 years}
"""


def test_a_group_whose_members_are_all_barred_cannot_be_entered() -> None:
    (one,) = found("cohort-cannot-enter", "include: age >= 60 years", more=GROUPS)
    assert one.about == "younger" and "'c0' bars all its members" in one.says
    assert not found("cohort-cannot-enter", "include: age >= 60 years, groups: [older]", more=GROUPS)


COHORTS = """
cohorts:
  well: {member: ecog <= 1}
  unwell: {member: ecog >= 2}
"""


def test_an_exclusion_for_all_begins_where_the_widest_cohort_ends() -> None:
    cohorts = ("include: score <= 3, cohorts: [well]", "include: score <= 6, cohorts: [unwell]")
    assert not found(GAP, *cohorts, "exclude: score > 6", more=COHORTS)
    assert {each.about for each in found(GAP, *cohorts, "exclude: score > 7", more=COHORTS)} == {"c2"}


def test_a_criterion_that_its_cohort_has_already_met_decides_nothing() -> None:
    (one,) = found("criterion-decides-nothing", "include: ecog < 2, cohorts: [well]", "include: gilbert", more=COHORTS)
    assert "everybody of its own meets it" in one.says


def test_a_cohort_of_which_nothing_says_who_belongs_to_it_is_found() -> None:
    (one,) = found("cohort-scope", "include: gilbert, cohorts: [a]", more="cohorts: {a: {}, b: {}}")
    assert one.about == "b"


def test_what_is_asked_of_nobody_in_a_cohort_cannot_decide_there() -> None:
    made = HEAD.replace("score: {{type: integer,", "score: {{type: integer, when: ecog >= 2,").format(
        more=COHORTS, title="Virtual"
    )
    told = checked(study(f"{made}  - {{id: c0, include: score > 3, cohorts: [well]}}\n"))
    assert ["asked of nobody in cohort 'well'" in each.says for each in told if each.rule == "cohort-scope"] == [True]


@pytest.mark.parametrize(
    ("criteria", "about", "severity", "words"),
    [
        (("include: ecog <= 1", "include: ecog <= 2"), "c1", Severity.WARNING, "follows from 'c0'"),
        (("include: ecog <= 2", "include: ecog <= 1"), "c0", Severity.WARNING, "follows from 'c1'"),
        (("include: ecog <= 1", "include: ecog < 2"), "c1", Severity.WARNING, "says again what 'c0' says"),
        (("include: ecog <= 1", "exclude: ecog > 1"), "c1", Severity.NOTE, "from the other side"),
        (("include: gilbert and age >= 18 years", "exclude: age < 18 years"), "c1", Severity.NOTE, "a part of what 'c0' says"),
        (("include: ecog <= 5", "include: gilbert"), "c0", Severity.WARNING, "everybody meets it"),
        (
            ("include: ecog <= 1", "include: gilbert", "exclude: ecog > 1 and not gilbert"),
            "c2",
            Severity.WARNING,
            "decides nothing",
        ),
    ],
)
def test_a_criterion_that_bars_nobody_is_found(criteria: tuple[str, ...], about: str, severity: Severity, words: str) -> None:
    (one,) = found("criterion-decides-nothing", *criteria)
    assert (one.about, one.severity) == (about, severity) and words in one.says, one.says


def test_what_is_asked_of_some_alone_is_not_implied_by_what_reads_it() -> None:
    made = study(
        HEAD.format(more="", title="Virtual").replace(
            "      score:", "      plan: {type: choice, of: [ablation, resection, neither]}\n"
            "      size: {type: quantity, unit: cm, range: 0..50, when: plan == ablation}\n      score:",
        )
        + "  - {id: treatable, include: 'plan in (ablation, resection)'}\n"
        + "  - {id: small, include: plan == resection or size < 2 cm}\n"
    )  # fmt: skip
    assert not [each for each in checked(made) if each.rule in ("criterion-decides-nothing", "not-run")]


# --- numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "criterion",
    [
        "include: platelets <= 100 10^9/L",
        "include: bilirubin >= 1.5 x ULN",
        "exclude: creatinine < 1.5 x ULN",
        "exclude: platelets >= 75 10^9/L",
        "include: ecog >= 2",
        'include: age <= 18 years, text: "Eighteen years or older."',
        'exclude: bilirubin < 3 x ULN, text: "Bilirubin above 3 times ULN"',
    ],
)
def test_a_bound_that_looks_the_wrong_way_is_found(criterion: str) -> None:
    assert [each.about for each in found("inverted-comparator", criterion)] == ["c0"]


@pytest.mark.parametrize(
    "criterion",
    [
        "include: platelets >= 100 10^9/L",
        "exclude: platelets > 1000 10^9/L",
        "include: platelets between 50 10^9/L and 100 10^9/L",
        "include: bilirubin <= 1.5 x ULN",
        "exclude: creatinine > 1.5 x ULN",
        "include: ecog between 1 and 2",
        'include: age >= 18 years, text: "Nobody under eighteen."',
    ],
)
def test_a_bound_that_looks_the_right_way_is_left_alone(criterion: str) -> None:
    assert not found("inverted-comparator", criterion)


def test_a_guard_that_lets_the_sick_on_is_found() -> None:
    def guarded(says: str) -> list[str]:
        more = f"""pathway:
  start: ready
  steps:
    ready: {{do: [labs], guard: {says}, retry: {{every: 1 week, for: 4 weeks}}, on_timeout: done, next: done}}
    done: {{end: true}}"""
        return [each.about for each in found("inverted-comparator", "include: age >= 18 years", more=more)]

    assert guarded("platelets < 50 10^9/L") == ["ready"]
    assert not guarded("platelets >= 50 10^9/L")


def test_a_trial_of_the_very_disorder_wants_the_sick_side() -> None:
    assert not found("inverted-comparator", "include: platelets <= 30 10^9/L", title="Romiplostim in immune thrombocytopenia")


@pytest.mark.parametrize(
    ("criterion", "words"),
    [
        ("include: platelets >= 100 10^3/L", "likely to lie within"),
        ("include: albumin >= 3.5 g/L", "3.5 g/L"),
        ("include: platelets >= 100000 10^9/L", "lies within 0 and 3000"),
        ("include: ecog <= 6", "lies within 0 and 5"),
        ("include: karnofsky >= 2", "none of its values"),
        ("include: age >= 18 months", "18 months"),
        ("exclude: bilirubin > 150 x ULN", "150 times a limit"),
    ],
)
def test_an_implausible_number_is_found(criterion: str, words: str) -> None:
    (one,) = found("implausible-value", criterion)
    assert words in one.says, one.says


@pytest.mark.parametrize(
    "criterion",
    [
        "include: albumin >= 3.5 g/dL",
        "exclude: platelets > 1000 10^9/L",
        "include: age >= 2 years",
        'include: age >= 18 months, text: "Eighteen months or older"',
        "include: bilirubin <= 1.5 mg/dL",
        "include: karnofsky > 60",
    ],
)
def test_a_plausible_number_is_left_alone(criterion: str) -> None:
    assert not found("implausible-value", criterion)


@pytest.mark.parametrize(
    "criterion",
    [
        'include: age > 18 years, text: "Eighteen years or older."',
        'include: age >= 21 years, text: "Adults."',
        'include: platelets >= 75 10^9/L, text: "Platelets of at least 100 x 10^9/L"',
        'include: bilirubin <= 2 x ULN, text: "Bilirubin ≤ 1.5 x ULN"',
        'include: bilirubin <= 1.5 mg/dL, text: "Bilirubin ≤ 1.5 x ULN and no more than 2 mg/dL"',
        'exclude: operated_on within 3 weeks before enrolment, text: "Surgery within four weeks before enrolment"',
        'exclude: arrhythmia, text: "Arrhythmia within four weeks before enrolment"',
        'include: "ecog in (0, 1, 2)", text: "ECOG 0 or 1"',
        'include: score < 3, source: {page: the page, says: "a score of no more than 3"}',
    ],
)
def test_words_that_say_otherwise_are_found(criterion: str) -> None:
    assert [each.about for each in found("unit-in-words-differs", criterion)] == ["c0"]


@pytest.mark.parametrize(
    "criterion",
    [
        'include: age >= 18 years, text: "Adults."',
        'include: age >= 18 years, text: "No patients under 18"',
        'exclude: age < 18 years, text: "At least eighteen years old"',
        'include: age > 18 years, text: "Over 18, as one page has it; another says 18+."',
        'include: platelets >= 100 10^9/L, text: "Platelets ≥ 100,000/mm3"',
        'include: creatinine <= 133 umol/L, text: "Creatinine ≤ 1.5 mg/dL"',
        'include: ecog < 2, text: "ECOG 0-1"',
        'include: ecog < 2, text: "ECOG of 1 or less"',
        'include: platelets >= 100 10^9/L, text: "ECOG 0-1 and platelets of at least 100 x 10^9/L"',
        'exclude: recent_operation, text: "An operation within 4 weeks"',
        'exclude: operated_on within 28 days before enrolment, text: "Surgery within four weeks of enrolment"',
        'include: age >= 18 years and ecog <= 1, text: "At least 18 years, ECOG at most 1"',
    ],
)
def test_words_that_agree_or_speak_of_something_else_are_left_alone(criterion: str) -> None:
    assert not found("unit-in-words-differs", criterion)


# --- time, scope, words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "criterion",
    [
        "exclude: operated_on within 4 weeks before today",
        "include: platelets >= 50 10^9/L within 28 days before today",
        "include: 'days(operated_on, today) > 28'",
        "include: operated_on at least 4 weeks before off_treatment",
        'exclude: {judge: "Was there an infarction within 6 months?", by: investigator}',
        'exclude: arrhythmia, text: "Arrhythmia within 6 months"',
    ],
)
def test_a_window_that_hangs_on_nothing_is_found(criterion: str) -> None:
    assert [each.about for each in found("window-without-anchor", criterion)] == ["c0"]


@pytest.mark.parametrize(
    "criterion",
    [
        "exclude: operated_on within 4 weeks before enrolment",
        "include: platelets >= 50 10^9/L within 28 days before first(consent)",
        "include: operated_on before today",
        'exclude: {judge: "Was there an infarction within 6 months before consent?", by: investigator}',
        'exclude: operated_on within 4 weeks before enrolment, text: "Surgery within 4 weeks"',
    ],
)
def test_a_window_that_hangs_on_enrolment_is_left_alone(criterion: str) -> None:
    assert not found("window-without-anchor", criterion)


@pytest.mark.parametrize(
    "criterion",
    [
        "exclude: not (platelets >= 100 10^9/L)",
        "include: not not gilbert",
        'include: gilbert, text: "Is not unable to consent"',
    ],
)
def test_a_denial_of_a_denial_is_found(criterion: str) -> None:
    assert len(found("double-negation", criterion)) == 1


def test_one_answer_denied_is_plain_speech() -> None:
    assert not found("double-negation", "exclude: not gilbert", "include: not arrhythmia")


def test_a_number_or_a_date_pins_a_loose_word() -> None:
    assert not found("undefined-qualifier", 'exclude: operated_on within 4 weeks before enrolment, text: "Recent surgery"')
    (one,) = found("undefined-qualifier", 'exclude: arrhythmia, text: "Clinically significant arrhythmia"')
    assert "'clinically significant'" in one.says


@pytest.mark.parametrize(
    "criterion",
    [
        'include: {judge: "Operable", by: mdt}',
        'include: {judge: "Treatable according to the label?", by: investigator}',
        'exclude: arrhythmia, text: "Arrhythmia, in the opinion of the investigator"',
        'include: gilbert, text: "As the local policy has it"',
    ],
)
def test_what_rests_on_opinion_or_on_another_document_is_found(criterion: str) -> None:
    assert [each.about for each in found("depends-on-judgement", criterion)] == ["c0"]


def test_a_question_to_somebody_in_particular_is_left_alone() -> None:
    assert not found("depends-on-judgement", 'include: {judge: "Can the tumour be removed whole?", by: mdt}')


@pytest.mark.parametrize("words", ["CTCAE v5.0", "CTCAE, version 5", "Common Terminology Criteria for Adverse Events 5.0"])
def test_a_version_may_be_said_anywhere_in_the_study(words: str) -> None:
    named = 'exclude: arrhythmia, text: "Above grade 2 of CTCAE"'
    assert [each.about for each in found("version-unsaid", named)] == ["CTCAE"]
    assert not found("version-unsaid", named, more=f'summary: "Harms by {words}."')


def test_a_register_that_lists_other_people_than_the_criteria_admit_is_found() -> None:
    def listed(said: str, *criteria: str) -> list[str]:
        more = f"registrations: [{{registry: The register, id: N1, {said}}}]"
        return [each.says for each in found("off-by-one-bound", *criteria, more=more)]

    adults = "include: age >= 18 years"
    assert not listed("age: 18..120", adults)
    assert "bar the age of 18" in listed("age: 18..120", "include: age > 18 years")[0]
    assert "the age of 18 already" in listed("age: 19..120", adults)[0]
    assert "any older age" in listed("age: 18..75", adults)[0]
    assert "after the age of 70" in listed("age: 18..75", "include: age between 18 years and 70 years")[0]
    assert "admit the male sex" in listed("sex: female", adults)[0]
    assert not listed("sex: female", "include: sex == female")
    assert "nobody of the male sex" in listed("sex: all", "include: sex == female")[0]


def test_every_rule_of_the_family_keeps_silent_on_a_study_without_criteria() -> None:
    names = {each.name for each in FAMILIES["eligibility"]}
    assert not [
        each
        for each in checked(study("equipoise: 1\nstudy: none\ntitle: None\ndesign: {type: interventional}\n"))
        if each.rule in names
    ]


def test_a_witness_of_a_gap_is_turned_away_by_one_criterion_and_not_by_the_other() -> None:
    (gap,) = found(GAP, 'include: "ecog in (0, 1)"', "exclude: ecog > 2")
    assert '"ecog": 2' in gap.witness


# --- by law: what is proven of a few criteria is so for everybody there can be --------------------------------------

ATOMS = st.one_of(
    st.builds("score {} {}".format, st.sampled_from(["<", "<=", ">", ">=", "=="]), st.integers(0, 9)),
    st.builds("ecog {} {}".format, st.sampled_from(["<=", ">"]), st.integers(0, 5)),
    st.sampled_from(["gilbert", "not gilbert"]),
)
RULES = st.one_of(ATOMS, st.builds("{} and {}".format, ATOMS, ATOMS), st.builds("{} or {}".format, ATOMS, ATOMS))
CRITERIA = st.lists(st.tuples(st.sampled_from(["include", "exclude"]), RULES), min_size=2, max_size=5)
EVERYBODY = [
    Facts(UNTIL, {"screening": (Row(When.on(UNTIL), {"score": float(score), "ecog": float(ecog), "gilbert": gilbert}),)})
    for score in range(10)
    for ecog in range(6)
    for gilbert in (False, True)
]


@settings(max_examples=40, deadline=None)
@given(CRITERIA)
def test_what_is_proven_of_criteria_holds_for_everybody_there_can_be(criteria: list[tuple[str, str]]) -> None:
    made = of(*(f'{kind}: "{text}"' for kind, text in criteria))
    bars = {
        each.id: {
            index for index, facts in enumerate(EVERYBODY)
            if (truth(rule(each, made), facts) is MET) is (each.exclude is not None)
        }
        for each in made.protocol.eligibility
    }  # fmt: skip
    empty, idle = flaws("nobody-can-enter", made), flaws("criterion-decides-nothing", made)
    assert not [each for each in (*empty, *idle) if "not decided" in each.says]
    assert bool(empty) is (len(set().union(*bars.values())) == len(EVERYBODY))
    if empty:
        return
    said = {each.about for each in idle}
    missed = flaws(GAP, made) + flaws(OVERLAP, made)  # what is implied across a gap is told of as that
    for name in bars:
        others = set().union(*(own for other, own in bars.items() if other != name))
        if name in said:
            assert bars[name] <= others
    kept = {name: own for name, own in bars.items() if name not in said}
    assert set().union(*kept.values(), set()) == set().union(*bars.values())
    for name, own in kept.items():
        rest = set().union(*(each for other, each in kept.items() if other != name), set())
        assert own - rest or missed
