"""Drafts: they load, say where each line is from, hold what the record says, and mark what it does not."""

import re
from pathlib import Path

import pytest

import equipoise as eq
from equipoise.agreement import agreement
from equipoise.calendar import When
from equipoise.draft import draft
from equipoise.finding import Place, Unreadable, errors
from equipoise.quantity import Quantity
from equipoise.registries import Arm, Confidence, Identifier, Intervention, Outcome, Record, Said, read_record
from equipoise.study import Study

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
SEEDS = {
    "000": "pdac-oligo-ablation", "001": "synchronous-surgery-indications", "002": "liver-surgery-linkoping",
    "003": "synchronous-resection-modena", "004": "batch-rfa-crlm",
}  # fmt: skip
GUIDE = ROOT / "docs" / "how-to" / "draft-a-study.md"
TABLE = re.compile(r"(<!-- made by tests/test_draft.py -->\n).*?(<!-- end -->)", re.DOTALL)
AT = Place("page.txt", 3)


def said(*values: object) -> tuple[Said[object], ...]:
    return tuple(Said(value, str(value), "", AT, "page", Confidence.LIKELY) for value in values)


def record(**fields: object) -> Record:
    return Record(**{name: said(*value) if isinstance(value, list) else said(value) for name, value in fields.items()})  # type: ignore[arg-type]


TRIAL = record(
    identifiers=[Identifier("ClinicalTrials.gov", "NCT00000000")],
    title="Ablation or drugs",
    study_type="interventional",
    allocation="randomised",
    masking="none",
    enrolment=60,
    minimum_age=Quantity(18, "years"),
    sex="female",
    interventions=[Intervention("Thermal ablation", "procedure"), Intervention("Chemotherapy", "drug")],
    arms=[
        Arm("Both", "experimental", "", ("Thermal ablation", "Chemotherapy")),
        Arm("Drugs", "active_comparator", "", ("Chemotherapy",)),
    ],
    eligibility="Inclusion Criteria:\n* ECOG performance status 0-1\n* Platelets >= 75 x 10^9/L\n* Able to travel\nExclusion Criteria:\n* Pregnant women",
    outcomes=[
        Outcome("Overall survival", "primary", "Time from randomisation to death", "3 years"),
        Outcome("Complications after ablation", "secondary", "", "30 days"),
    ],
    description="Blood tests on days 1, 7 and 30 after ablation. CT is done every 3 months for 2 years after treatment.",
)


@pytest.fixture(scope="module")
def study() -> Study:
    return draft(TRIAL).study


def test_a_draft_loads_without_errors() -> None:
    made = draft(TRIAL)
    assert made.name == "nct00000000" and not errors(made.study.findings) and not errors(made.findings)


def test_the_same_record_gives_the_same_draft() -> None:
    assert draft(TRIAL).text == draft(TRIAL).text


def test_the_design_is_the_records(study: Study) -> None:
    design = study.protocol.design
    assert (design.type, design.allocation, design.masking, design.enrolment) == ("interventional", "randomised", "none", 60)


def test_arms_give_what_the_record_says(study: Study) -> None:
    arms = study.protocol.arms
    assert {name: arm.gives for name, arm in arms.items()} == {
        "both": ("thermal_ablation", "chemotherapy"),
        "drugs": ("chemotherapy",),
    }
    assert study.activities["thermal_ablation"].procedure and not study.activities["chemotherapy"].procedure


def test_criteria_are_expressions_or_questions_and_none_is_lost(study: Study) -> None:
    told = [str(each.rule) if not hasattr(each.rule, "judge") else each.rule.judge for each in study.protocol.eligibility]
    assert told[:2] == ["sex == female", "age >= 18 years"]
    assert any("ecog" in each for each in told) and any("platelets >= 75" in each for each in told)
    assert any("Able to travel" in each for each in told) and any("regnan" in each for each in told)


def test_endpoints_have_their_clocks(study: Study) -> None:
    os = study.protocol.endpoints["os"]
    assert (str(os.from_), str(os.event), str(os.horizon), os.role) == ("randomisation", "death", "3 years", "primary")
    harm = study.protocol.endpoints["complications_after_ablation"]
    assert (harm.kind, str(harm.from_), str(harm.within), str(harm.among)) == (
        "occurrence",
        "thermal_ablation",
        "30 days",
        "exists thermal_ablation",
    )


def test_sentences_become_lines_of_the_schedule(study: Study) -> None:
    days, series = study.protocol.schedule
    assert (days.do, days.on, str(days.after)) == (("labs",), (1, 7, 30), "thermal_ablation")
    assert (series.do, str(series.every), str(series.until), str(series.from_)) == (
        ("imaging",),
        "3 months",
        "2 years",
        "off_treatment",
    )


def test_every_line_says_where_it_is_from(study: Study) -> None:
    protocol = study.protocol
    for each in (*protocol.eligibility, *protocol.arms.values(), *protocol.schedule, *protocol.endpoints.values()):
        assert each.source is not None and "page.txt:3" in str(each.source), each


def test_what_the_record_does_not_say_is_unstated(study: Study) -> None:
    whats = " | ".join(each.what for each in study.protocol.unstated)
    for missing in (
        "model",
        "purpose",
        "random list",
        "sponsor",
        "starts",
        "healthy volunteers",
        "pathway",
        "hospitals",
        "windows",
    ):
        assert missing in whats, missing


def test_a_draft_can_be_screened(study: Study, tmp_path: Path) -> None:
    facts = tmp_path / "facts.yaml"
    facts.write_text("on: 2024-03-01\nage: 16\nsex: female\n", encoding="utf-8")
    events, findings = eq.read_facts(facts, study)
    assert not errors(findings)
    found = eq.screen(study, eq.chart(study, events, until=eq.last_day(events)).facts)
    assert found.words == "not eligible" and any("ecog" in str(each).lower() for each in found.missing)


def test_what_is_wrong_in_the_record_is_kept_and_said() -> None:
    faulty = record(
        title="A trial",
        study_type="interventional",
        eligibility="Inclusion Criteria:\n* ECOG 0-1\nExclusion Criteria:\n* ECOG > 2",
    )
    made = draft(faulty)
    kept = [each for each in made.findings if each.accepted]
    assert [each.rule for each in kept] == ["inclusion-exclusion-gap"] and "Decide before" in kept[0].accepted


def test_criteria_that_let_nobody_in_become_questions() -> None:
    faulty = record(
        title="A trial", study_type="interventional", eligibility="Inclusion Criteria:\n* Age >= 70 years\n* Age <= 60 years"
    )
    made = draft(faulty)
    assert not errors(made.findings) and "age >=" not in [str(each.rule) for each in made.study.protocol.eligibility]
    assert any("lets nobody in" in each.why for each in made.study.protocol.unstated)


def test_records_that_differ_are_told_of() -> None:
    both = Record(title=said("A trial"), enrolment=(*said(0), *said(300)))
    assert any("The records differ: '0'" in each.why and "'300'" in each.why for each in draft(both).study.protocol.unstated)


def test_a_value_whose_label_is_lost_is_told_of() -> None:
    lost = Record(
        title=said("A trial"), start=(Said(When.from_text("2024-08-23"), "2024-08-23", "", AT, "page", Confidence.UNSURE),)
    )
    assert any("Its label is lost" in each.why or "start" in each.what for each in draft(lost).study.protocol.unstated)


def test_a_record_that_says_nothing_is_refused() -> None:
    with pytest.raises(Unreadable, match="nothing to draft"):
        draft(Record())


@pytest.mark.parametrize("text", ["no: *alias", "{{", "\x00\x1b[2J", "'\"\\", "é" * 500, "- - -\n  - {a: [", "on", "﻿", "年齢"])
def test_hostile_words_do_not_break_a_draft(text: str) -> None:
    made = draft(record(
        title=f"T{text}", summary=text, sponsor=text, conditions=[text], arms=[Arm(text), Arm(f"{text}2")],
        interventions=[Intervention(text)], outcomes=[Outcome(text, "primary", text, text)], eligibility=text, description=text,
    ))  # fmt: skip
    assert not errors(made.study.findings)


# --- the five seeds --------------------------------------------------------------------------------------------------


def seed(number: str) -> Path:
    found = sorted((SHARED / "seeds").glob(f"{number}_*.txt"))
    if not found:
        pytest.skip("the pages of the five trials are not here (../shared/seeds)")
    return found[0]


@pytest.mark.parametrize("number", SEEDS)
def test_the_draft_of_a_page_agrees_with_the_study_written_by_hand(number: str) -> None:
    (told,), _ = read_record(seed(number))
    made = draft(told)
    assert not errors(made.study.findings) and not errors(made.findings)
    compared = agreement(made.study, eq.load(eq.shipped() / SEEDS[number]))
    assert len(compared) >= 4
    assert [each for each in compared if each.sure and not each.agrees] == []


def test_the_table_in_the_guide_is_as_the_pages_say(request: pytest.FixtureRequest) -> None:
    rows = ["| study | what the page says | agree | of those, marked as unsure | unstated |", "|---|---|---|---|---|"]
    details = ["| study | what | the draft | by hand |", "|---|---|---|---|"]
    for number, slug in SEEDS.items():
        (told,), _ = read_record(seed(number))
        made = draft(told)
        compared = agreement(made.study, eq.load(eq.shipped() / slug))
        rows.append(
            f"| {slug} | {len(compared)} | {sum(each.agrees for each in compared)} | {sum(not each.sure for each in compared)} | {len(made.unstated)} |"
        )
        details += [f"| {slug} | {each.what} | {each.drafted} | {each.written} |" for each in compared]
    table = "\n".join([*rows, "", *details, ""])
    text = GUIDE.read_text(encoding="utf-8")
    anew = TABLE.sub(lambda found: f"{found[1]}{table}{found[2]}", text)
    if request.config.getoption("--accept"):
        GUIDE.write_text(anew, encoding="utf-8")
        text = anew
    assert text == anew, "the table in docs/how-to/draft-a-study.md has drifted: read what pytest --accept writes, then keep it"


RECORDS = (*sorted((SHARED / "data" / "registry").glob("*/*")), *sorted((SHARED / "data" / "pages").glob("*.txt")))


@pytest.mark.parametrize("path", [each for each in RECORDS if "ictrp" not in each.name], ids=lambda path: path.name)
def test_every_record_at_hand_gives_a_draft_that_loads(path: Path) -> None:
    for told in read_record(path)[0][:3]:
        made = draft(told)
        assert not errors(made.study.findings) and not errors(made.findings)
        outcomes = {each.value.measure for each in told.outcomes if each.value.measure.strip()}
        assert len(made.study.protocol.endpoints) >= min(len(outcomes), 1)


# --- what sentences alone tell ---------------------------------------------------------------------------------------

TOLD = record(
    title="Batches of ablation",
    study_type="interventional",
    description=(
        "First, two to four cycles of systemic chemotherapy will be given. "
        "After ablation, 1-2 cycles of chemotherapy are given, and ablation is done again, with a maximum of 3 sessions of ablation. "
        "Chemotherapy is separated from ablation by 2 weeks. In the control arm, patients are treated with chemotherapy alone."
    ),
)


def test_a_pathway_is_drafted_from_sentences_with_numbers_of_cycles() -> None:
    made = draft(TOLD)
    assert not errors(made.findings)
    pathway = made.study.protocol.pathway
    assert pathway is not None
    steps = list(pathway.steps.values())
    assert [str(each.times) for each in steps if each.times is not None] == ["2 to 4", "1 to 2"]
    (ablation,) = (each for each in steps if each.do == ("ablation",))
    assert ablation.limit == 3 and [str(each.at_least) for each in ablation.apart] == ["2 weeks"]
    assert any("Who goes on" in each for each in made.unstated) and any("whole order" in each for each in made.unstated)


def test_arms_are_drafted_from_a_sentence_on_what_the_control_is_given_alone() -> None:
    arms = draft(TOLD).study.protocol.arms
    assert {name: len(arm.gives) for name, arm in arms.items()} == {"combined": 2, "control_arm": 1}


def test_no_pathway_is_drafted_from_sentences_without_numbers_and_the_gap_is_marked() -> None:
    made = draft(TRIAL)
    assert made.study.protocol.pathway is None
    assert any("the pathway" in each for each in made.unstated)


def test_the_aim_names_the_endpoints_where_no_outcomes_are_printed() -> None:
    made = draft(
        record(
            title="Surgery or not",
            study_type="interventional",
            description="The primary objective is to compare overall survival and recurrence-free survival after surgery.",
        )
    )
    assert {name: each.role for name, each in made.study.protocol.endpoints.items()} == {"os": "primary", "rfs": "primary"}
    assert any("Whether these are the outcomes" in each for each in made.unstated)


def test_an_outcome_that_is_not_understood_is_never_silently_a_number_without_a_unit() -> None:
    outcomes = [
        Outcome("Change in serum quux (mg/L)", "primary", "", "6 months"),
        Outcome("Change in wobble", "secondary", "", "6 months"),
    ]
    made = draft(record(title="Quux", study_type="interventional", outcomes=outcomes))
    items = made.study.activities["assessment"].items
    assert [(each.type, each.unit) for each in items.values()] == [("quantity", "mg/L"), ("real", "")]
    assert sum("how it is measured" in each for each in made.unstated) == 2


def test_what_was_accepted_is_found_as_check_finds_it() -> None:
    told = record(
        title="Two bounds",
        minimum_age=Quantity(18, "years"),
        eligibility="Inclusion Criteria:\n* Age >= 21 years\nExclusion Criteria:\n* Age > 18 years",
    )
    made = draft(told)
    assert made.study.check() == made.findings
