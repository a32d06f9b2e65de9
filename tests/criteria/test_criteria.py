"""What is read of an eligibility text, worked out by hand."""

import pytest

from equipoise.criteria import Needed, Proposal, ReadCriterion, coverage, criteria, fields_said
from equipoise.criteria.atoms import atoms
from equipoise.criteria.scope import read


def said(text: str, kind: str = "include") -> list[tuple[str, str | None]]:
    return [(each.kind, each.expression) for each in criteria(text, kind=kind).criteria]  # type: ignore[arg-type]


def only(text: str, kind: str = "include") -> ReadCriterion:
    (each,) = criteria(text, kind=kind).criteria  # type: ignore[arg-type]
    return each


def told(text: str) -> list[tuple[str, str, float | str, str]]:
    return [(each.measure, each.op, each.value, each.unit) for each in atoms(text)]


# --- sections and lines ----------------------------------------------------------------------------------------------


def test_headings_open_sections() -> None:
    text = "Inclusion Criteria:\n\n* Age >= 18 years\n\nKey Exclusion Criteria\n\n1. Platelets < 100,000/mm3\n2. ECOG > 2"
    assert said(text) == [("include", "age >= 18 years"), ("exclude", "platelets < 100000 /mm3"), ("exclude", "ecog > 2")]


def test_a_sentence_may_open_the_exclusions() -> None:
    text = "* ECOG 0-1\n\nPatients will be excluded if any of the following applies:\n\n* Breast-feeding"
    assert said(text) == [("include", "ecog between 0 and 1"), ("exclude", "breast_feeding")]


def test_texts_without_sections_are_read_as_inclusions() -> None:
    text = "DISEASE CHARACTERISTICS:\n\nLiver metastases\n\nPATIENT CHARACTERISTICS:\n\nAge 18 and over\n\nPlatelet count at least 100,000/mm^3"
    assert said(text) == [
        ("include", "liver_metastases"),
        ("include", "age >= 18 years"),
        ("include", "platelets >= 100000 /mm3"),
    ]


def test_several_criteria_in_one_bullet_are_parted() -> None:
    assert said("* Age >= 18 years; ECOG 0-2; platelets >= 100 x 109/L") == [
        ("include", "age >= 18 years"),
        ("include", "ecog between 0 and 2"),
        ("include", "platelets >= 100 10^9/L"),
    ]
    assert said("1. Age >= 18 years 2. ECOG 0-2 3. Diabetes") == [
        ("include", "age >= 18 years"),
        ("include", "ecog between 0 and 2"),
        ("include", "diabetes"),
    ]


def test_a_cohort_is_kept_with_its_criteria() -> None:
    text = "Inclusion Criteria for Cohort A:\n* Age >= 18 years\nCohort B:\n* Age >= 12 years"
    assert [(each.cohort, each.expression) for each in criteria(text).criteria] == [
        ("Cohort A", "age >= 18 years"),
        ("Cohort B", "age >= 12 years"),
    ]


def test_a_nested_line_takes_its_measure_from_the_line_above() -> None:
    text = "* ALT and AST:\n  * <= 2.5 x ULN"
    assert criteria(text).criteria[1].expression == "alt <= 2.5 x ULN and ast <= 2.5 x ULN"


def test_what_must_not_be_so_is_an_exclusion() -> None:
    text = "Inclusion Criteria:\n* Patients must not have any of the following:\n  * NYHA class III or IV"
    assert criteria(text).criteria[-1].kind == "exclude"


def test_an_exception_is_marked_as_unsure() -> None:
    text = "Exclusion Criteria:\n* Other malignancy, except for:\n  * Carcinoma in situ"
    assert "may be an exception" in criteria(text).criteria[-1].unsure


def test_spans_point_back_into_the_text() -> None:
    text = "Inclusion Criteria:\n\n  * Age \\>= 18 years; ECOG 0-1\n\nExclusion Criteria:\n\n  * QTc > 470 msec"
    for each in criteria(text).criteria:
        assert text[each.start : each.end] == each.text
        for atom in each.atoms:
            assert 0 <= atom.start < atom.end <= len(each.text)


# --- numbers and units -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "atom"),
    [
        ("Platelets ≥ 100 x 109/L", ("platelets", ">=", 100.0, "10^9/L")),  # a lost superscript
        ("Platelets \\>= 100 x 10\\^9/L", ("platelets", ">=", 100.0, "10^9/L")),  # escapes
        ("PLT ³ 100,000/ml", ("platelets", ">=", 100000.0, "/mL")),  # the symbol font's sign
        ("Platelet count &gt;= 75,000 cells/µL", ("platelets", ">=", 75000.0, "/uL")),
        ("ANC at least 1.5 × 10⁹/L", ("neutrophils", ">=", 1.5, "10^9/L")),
        ("Hemoglobin greater than or equal to 9 gm/dl", ("haemoglobin", ">=", 9.0, "g/dL")),
        ("Calculated creatinine clearance < 60 cc/min", ("creatinine_clearance", "<", 60.0, "mL/min")),
        ("eGFR < 30 mL/min per 1.73 m²", ("egfr", "<", 30.0, "mL/min/1.73m2")),
        ("BMI ≤ 35 kg/m^2", ("bmi", "<=", 35.0, "kg/m2")),
        ("Bilirubin no greater than 1.5 times the upper limit of normal", ("bilirubin", "<=", 1.5, "ULN")),
        ("Total bilirubin ≤ institutional ULN", ("bilirubin", "<=", 1.0, "ULN")),
        ("QTcF > 470 msec", ("qtc", ">", 470.0, "ms")),
        ("eighteen years of age or older", ("age", ">=", 18.0, "years")),
        ("Must not be older than 75 years of age", ("age", "<=", 75.0, "years")),
        ("Life expectancy of at least 12 weeks", ("life_expectancy", ">=", 12.0, "weeks")),
        ("Major surgery within four (4) weeks before enrolment", ("time", "<=", 4.0, "weeks")),
        ("Karnofsky 70 or better", ("karnofsky", ">=", 70.0, "")),
        ("ECOG 2 or better", ("ecog", "<=", 2.0, "")),
        ("Child-Pugh class A", ("child_pugh_class", "==", "A", "")),
    ],
)  # fmt: skip
def test_a_number_is_read_with_its_comparison_and_unit(text: str, atom: tuple[str, str, float | str, str]) -> None:
    assert told(text) == [atom]


def test_ranges_and_grades_are_two_bounds() -> None:
    assert told("Age 18-75 years") == [("age", ">=", 18.0, "years"), ("age", "<=", 75.0, "years")]
    assert told("NYHA class III or IV") == [("nyha", ">=", 3.0, ""), ("nyha", "<=", 4.0, "")]
    assert told("BP > 150/90 mmHg") == [("systolic", ">", 150.0, "mm[Hg]"), ("diastolic", ">", 90.0, "mm[Hg]")]


def test_names_with_numbers_are_not_values() -> None:
    assert told("Prior anti-PD-1 or CTLA-4 antibody, IL-2, by RECIST v1.1, day -14 to day 1, C1D1") == []
    assert told("One or more of the following conditions") == []


def test_two_measures_may_share_a_bound_and_aliases_do_not_double_it() -> None:
    text = "AST (SGOT) and ALT (serum glutamate pyruvate transaminase [SGPT]) ≤ 2.5 x ULN"
    assert told(text) == [("ast", "<=", 2.5, "ULN"), ("alt", "<=", 2.5, "ULN")]


# --- conditions ------------------------------------------------------------------------------------------------------

BY_METASTASES = "if liver_metastases then alt <= 5 x ULN else alt <= 2.5 x ULN"


@pytest.mark.parametrize(
    "text",
    [
        "ALT ≤ 2.5 x ULN (≤ 5 x ULN if liver metastases)",
        "ALT ≤ 2.5 x ULN, or ≤ 5 x ULN in the presence of liver metastases",
        "ALT ≤ 2.5 x ULN unless liver metastases are present, in which case it must be ≤ 5 x ULN",
        "ALT ≤ 2.5 x ULN; for patients with hepatic metastases, ALT ≤ 5 x ULN",
        "ALT ≤ 2.5 x ULN (5 x ULN allowed if liver metastases)",
        "ALT ≤ 2.5 x ULN. If liver metastases are present, ALT must be ≤ 5 x ULN",
    ],
)
def test_a_threshold_that_depends_is_one_criterion_however_it_is_said(text: str) -> None:
    assert only(text).expression == BY_METASTASES


def test_an_exception_without_a_threshold_lets_through() -> None:
    text = "Total bilirubin ≤ 1.5 x ULN (except patients with Gilbert's syndrome)"
    assert only(text).expression == "bilirubin <= 1.5 x ULN or gilbert_syndrome"
    barred = only("Total bilirubin > 1.5 x ULN unless the patient has Gilbert's syndrome", "exclude")
    assert barred.expression == "bilirubin > 1.5 x ULN and not (gilbert_syndrome)"


def test_a_comparison_in_a_condition_is_not_a_criterion() -> None:
    text = "Direct bilirubin ≤ ULN for subjects with total bilirubin > 1.5 x ULN"
    (atom,) = atoms(text)
    assert (atom.measure, atom.value, atom.when) == ("bilirubin_direct", 1.0, "total bilirubin > 1.5 x ULN")


def test_creatinine_or_its_clearance() -> None:
    text = "Creatinine ≤ 1.5 mg/dL OR creatinine clearance ≥ 60 mL/min"
    assert only(text).expression == "creatinine <= 1.5 mg/dL or creatinine_clearance >= 60 mL/min"


# --- time, and what is not a number ------------------------------------------------------------------------------------


def test_a_window_narrows_the_laboratory_values() -> None:
    text = "Platelets ≥ 100 x 10^9/L within 14 days prior to enrollment"
    assert only(text).expression == "platelets >= 100 10^9/L within 14 days before enrolment"


def test_a_wash_out_is_a_date_and_a_window() -> None:
    each = only("Major surgery within 4 weeks before enrolment", "exclude")
    assert each.expression == "major_surgery_on within 4 weeks before enrolment"
    assert each.items == (Needed("major_surgery_on", use="history.major_surgery_on"),)
    assert only("Chemotherapy within 3 weeks prior to randomization", "exclude").items[0].type == "date"


def test_pregnancy_is_read_from_the_test_and_the_person() -> None:
    assert only("Pregnant or breast-feeding women", "exclude").expression == "pregnancy_test == positive or breast_feeding"


def test_a_person_is_asked_what_no_record_tells() -> None:
    each = only("Written informed consent")
    assert (each.status, each.expression) == ("judgement", None)
    assert each.judge == "Has informed consent been given, as the text asks: “Written informed consent”?"


def test_a_part_is_asked_for_the_rest() -> None:
    each = only("Platelets ≥ 100 x 10^9/L without growth factor support")
    assert each.expression == "platelets >= 100 10^9/L"
    assert each.status == "part"
    assert each.judge is not None and each.judge.startswith("Is the rest of this so")


def test_what_cannot_be_read_stays_text() -> None:
    each = only("See appendix 3.")
    assert (each.status, each.expression, each.judge) == ("text", None, None)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("No history of NYHA class III or greater", "exclude"),  # excluded who has none of it?
        ("Platelets ≥ 100 x 10^9/L, not supported by transfusion", "include"),
        ("SBP > 160 mmHg and DBP > 100 mmHg", "exclude"),  # both, or either?
        ("Hemoglobin 10 g/dL", "include"),  # at least, or exactly?
    ],
)
def test_what_may_be_read_wrongly_says_so(text: str, kind: str) -> None:
    each = only(text, kind)
    assert each.unsure
    assert each.status != "whole"


def test_a_negation_is_kept() -> None:
    assert only("No history of NYHA class III or greater").expression == "not (nyha_class >= III)"
    assert only("No liver metastases").expression == "not liver_metastases"


# --- the whole -------------------------------------------------------------------------------------------------------


def test_every_expression_is_well_typed_over_its_own_items() -> None:
    text = "Age ≥ 18\nLVEF ≥ 50%\nALT ≤ 3 x ULN (≤ 5 x ULN if attributable to hemolysis of unknown cause)\nAt least 4 liver metastases\nBMI > 30"
    for each in criteria(text).criteria:
        assert each.expression is not None
        read(each.expression, each.items)


def test_a_proposal_is_typed_and_marked() -> None:
    def propose(each: ReadCriterion) -> Proposal | None:
        if "swallow" in each.text:
            return Proposal("can_swallow", (Needed("can_swallow", type="yes_no", label="Can swallow tablets"),))
        return Proposal("ecog <= 1 mg") if "walk" in each.text else None

    found = criteria("* Able to swallow tablets\n* Able to walk\n* ECOG 0-1", propose=propose)
    swallow, walk, ecog = found.criteria
    assert (swallow.expression, swallow.is_verified) == ("can_swallow", False)
    assert (walk.expression, walk.is_verified) == (None, True)
    assert ecog.is_verified
    assert [each.rule for each in found.findings] == ["proposal-refused"]


def test_one_text_is_read_the_same_twice() -> None:
    text = "Inclusion:\n* ECOG 0-1\n* ALT ≤ 2.5 x ULN (≤ 5 x ULN if liver metastases)"
    assert criteria(text) == criteria(text)


def test_an_overlong_text_is_read_in_part_and_says_so() -> None:
    found = criteria("* ECOG 0-1\n" * 40_000)
    assert {each.rule for each in found.findings} == {"criteria-too-long", "criteria-too-many"}
    assert coverage(found.criteria).whole == 2_000


def test_a_length_longer_than_any_trial_is_no_window() -> None:
    # one of the 100,000 mutated texts: no such stretch of time can be said in the language
    each = only("Chemotherapy or radiotherapy within 99999999 weeks before enrolment", "exclude")
    assert each.expression is None


def test_nothing_is_read_of_nothing() -> None:
    assert criteria("").criteria == ()
    assert criteria(" \n\n * \n--\n").criteria == ()


def test_a_registers_fields_are_read_from_the_text() -> None:
    found = fields_said(
        criteria("Inclusion Criteria:\n* Female patients\n* Age 18 to 75 years\nExclusion Criteria:\n* Pregnant")
    )
    assert (found.minimum_age, found.maximum_age, found.sex, found.healthy) == (18.0, 75.0, "female", None)
    assert fields_said(criteria("* Patients under 70 years of age")).maximum_age == 69.0  # completed years


# --- texts as registers print them ---


def in_order(text: str) -> list[tuple[str, str, str | None]]:
    return [(each.kind, each.cohort, each.expression) for each in criteria(text).criteria]


def test_a_text_in_the_style_of_the_cancer_institute_has_headings_over_its_lines() -> None:
    text = "DISEASE CHARACTERISTICS:\n\n* No CNS metastases\n\nPATIENT CHARACTERISTICS:\n\nAge\n\n* 18 and over\n\nHepatic\n\n* Bilirubin no greater than 1.5 times upper limit of normal\n\nPRIOR CONCURRENT THERAPY:\n\nChemotherapy\n\n* At least 4 weeks since prior chemotherapy"
    assert in_order(text) == [
        ("include", "", "not brain_metastases"),
        ("include", "", "age >= 18 years"),
        ("include", "", "bilirubin <= 1.5 x ULN"),
        ("include", "", "last_chemotherapy_on at least 4 weeks before enrolment"),
    ]


def test_sections_and_numbers_that_are_run_together_in_one_line_are_parted() -> None:
    text = "Inclusion: 1) Age >=18 2) ECOG 0-1; platelets >= 100 x 109/L 3) Hb > 9 g/dL. Exclusion: 1) pregnant 2) NYHA III-IV"
    assert in_order(text) == [
        ("include", "", "age >= 18 years"),
        ("include", "", "ecog between 0 and 1"),
        ("include", "", "platelets >= 100 10^9/L"),
        ("include", "", "haemoglobin > 9 g/dL"),
        ("exclude", "", "pregnancy_test == positive"),
        ("exclude", "", "nyha_class >= III and nyha_class <= IV"),
    ]


def test_a_heading_for_all_ends_a_cohort() -> None:
    text = "Cohort A:\n- ECOG 0-1\nCohort B:\n- ECOG 2\nFor all cohorts:\n- Hb >= 9 g/dL"
    assert [cohort for _, cohort, _ in in_order(text)] == ["Cohort A", "Cohort B", ""]


def test_a_sex_that_is_named_first_is_part_of_the_criterion() -> None:
    assert in_order("Women aged 18 to 65 years") == [("include", "", "sex == female and age between 18 years and 65 years")]
    assert in_order("Men must have haemoglobin >= 13 g/dL") == [("include", "", "not (sex == male) or haemoglobin >= 13 g/dL")]


def test_stages_and_categories_of_cancer_are_expressions_and_those_of_other_diseases_are_not() -> None:
    assert in_order("Stage III or IV melanoma") == [("include", "", "disease_stage >= III and disease_stage <= IV")]
    assert in_order("Stage 3 chronic kidney disease") == [("include", "", None)]
    assert in_order("T3-4 N0 rectal cancer") == [("include", "", "t_category in (T3, T4) and n_category == N0")]
    assert in_order("Toxicities of prior therapy recovered to grade 1 or less") == [("include", "", "toxicity_grade <= 1")]


def test_a_value_of_something_unknown_may_be_said_in_two_units() -> None:
    assert told("Foobar > 5 mg/dL or 7 mmol/L") == [("other", ">", 5.0, "mg/dL")]


def test_a_bound_for_an_age_binds_that_age_alone() -> None:
    lansky = "Karnofsky >= 50 for patients > 16 years of age or Lansky >= 50 for patients <= 16 years of age"
    assert said(lansky) == [
        ("include", "(not (age > 16 years) or karnofsky >= 50) and (not (age <= 16 years) or lansky >= 50)")
    ]


def test_what_cannot_stand_alone_is_not_parted_from_what_it_follows() -> None:
    assert only("ALT <= 3 x ULN; in all others <= 5 x ULN").unsure
    assert said("ALT <= 3 x ULN; <= 5 x ULN if liver metastases") == [
        ("include", "if liver_metastases then alt <= 5 x ULN else alt <= 3 x ULN")
    ]
    gilbert = only(
        "Bilirubin <= 2 x ULN; in presence of Gilbert's syndrome, bilirubin < 3 x ULN or direct bilirubin < 1.5 x ULN"
    )
    assert "what the 'or' joins" in gilbert.unsure


def test_who_is_excluded_among_the_inclusions_is_the_opposite() -> None:
    assert said("Patients with ALT > 5 x ULN are excluded") == [("include", "not (alt > 5 x ULN)")]
    assert said("Patients with ALT > 5 x ULN are excluded", "exclude") == [("exclude", "alt > 5 x ULN")]


def test_a_disease_and_a_bound_are_one_statement() -> None:
    assert said("Cirrhosis, except Child-Pugh A", "exclude") == [
        ("exclude", "underlying_liver == cirrhosis and not (child_pugh_class == A)")
    ]
    assert said("HIV infection with CD4 count below 200/uL", "exclude") == [("exclude", "hiv and cd4 < 200 /uL")]


# --- numbers outside the laboratory ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "Life expectancy > 3 months for CLL, > 6 months for RS",
            [("life_expectancy", ">", 3.0), ("life_expectancy", ">", 6.0)],
        ),
        ("Patients must be > 1 month and ≤ 39 years old", [("age", ">", 1.0), ("age", "<=", 39.0)]),
        ("Progression on at least one second generation androgen inhibitor including abiraterone", [("count", ">=", 1.0)]),
        ("Asystole of at least 1 second", [("time", ">=", 1.0)]),
        ("Extensive stage (i.e. metastatic) small cell lung cancer", []),
        ("CHF class > II according to the New York Heart Association (NYHA)", [("nyha", ">", 2.0)]),
        ("ECOG of 0 (fully active), 1 (restricted in work) or 2 (ambulatory)", [("ecog", ">=", 0.0), ("ecog", "<=", 2.0)]),
        ("Drugs of the trial are BMS 986414+BMS 986413", []),
        ("Care Assessment Need score of \\> or equal to 90 using one year", [("other", ">=", 90.0)]),
        ("Recovered (less than or equal to [<=] Grade 1 toxicity)", [("grade", "<=", 1.0)]),
    ],
)
def test_a_number_is_of_what_its_words_say(text: str, means: list[tuple[str, str, float]]) -> None:
    assert [each[:3] for each in told(text)] == means


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("At least 2 weeks after minor surgery and 4 weeks after major surgery", [(">=", 2.0), (">=", 4.0)]),
        ("14 days must have elapsed since a long-acting growth factor", [(">=", 14.0)]),
        ("For at least 30 days after lenvatinib, 120 days after pembrolizumab", [(">=", 30.0), (">=", 120.0)]),
        ("A test within 24 hours (for urine) or 72 hours (for serum) before the first dose", [("<=", 24.0), ("<=", 72.0)]),
        (
            "Chemotherapy ≤ 4 weeks [except for nitrosourea (6 weeks), or etoposide (1 week)]",
            [("<=", 4.0), ("<=", 6.0), ("<=", 1.0)],
        ),
    ],
)
def test_a_second_stretch_of_time_takes_the_comparison_of_the_first(text: str, times: list[tuple[str, float]]) -> None:
    assert [(each.op, each.value) for each in atoms(text) if each.measure == "time"] == times


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Toxicity that has not resolved to grade ≤ 1", "toxicity_grade > 1"),
        ("Toxicities not recovered to grade 0-1", "toxicity_grade > 1"),
        ("Have not recovered from adverse events (i.e., have residual toxicities > grade 1)", "toxicity_grade > 1"),
        ("Has not recovered (i.e., ≤ grade 1) from adverse events due to earlier treatment", "toxicity_grade > 1"),
        ("Toxicity of prior therapy of grade > 1; however, neuropathy of grade ≤ 2 is acceptable", "toxicity_grade > 1"),
        ("Toxicity not resolved to grade ≤ 1 (except endocrinopathies, which may be grade 2)", "toxicity_grade > 1"),
    ],
)
def test_what_has_not_got_better_is_worse_and_an_exception_is_no_bound_of_all(text: str, says: str) -> None:
    assert only(text, "exclude").expression == says


def test_what_has_got_better_may_be_better_still() -> None:
    assert only("Toxicities have resolved to grade 1").expression == "toxicity_grade <= 1"
    assert only("All adverse events grade > 1 related to prior therapies must be resolved").expression == "toxicity_grade <= 1"
    assert only("Recovery from toxicities of prior treatment to at least grade 1").expression == "toxicity_grade <= 1"


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("Postmenopausal for at least 2 years, or FSH ≥ 50 IU/L", "include", "beside 'or'"),
        ("Life expectancy of more than 2 months or failed stenting", "include", "beside 'or'"),
        ("Serum M-protein ≥ 1 g/dL, OR", "include", "ends with 'or'"),
        ("An infant under 1 year old in the household", "exclude", "own age"),
        ("Has a partner aged 18 years or older", "include", "own age"),
    ],
)
def test_a_bound_that_is_not_all_or_not_of_the_participant_says_so(text: str, kind: str, why: str) -> None:
    assert why in only(text, kind).unsure


@pytest.mark.parametrize(
    "text",
    [
        "Palliative radiotherapy within 2 weeks or other radiotherapy within 4 weeks of enrolment",
        "Treatment other than chemotherapy within 2 weeks before enrolment",
        "History of other malignancy, unless disease-free for at least 3 years",
        "Signs of infection within 14 days or an infection requiring systemic therapy",
        "Psoriasis requiring ultraviolet A radiation within 12 months before enrolment",
        "Response to a PARP inhibitor lasting at least 6 months after the last chemotherapy",
        "Steroids were initiated at least 2 weeks before enrolment and no transfusion is needed",
    ],
)
def test_a_date_is_read_only_of_what_the_stretch_of_time_is_said_of(text: str) -> None:
    asked = {item.name for each in criteria(text, kind="exclude").criteria for item in each.items}
    assert not asked & {
        "last_radiotherapy_on",
        "last_chemotherapy_on",
        "last_transfusion_on",
        "last_systemic_therapy_on",
        "other_malignancy_on",
    }


def test_what_is_to_come_is_no_date() -> None:
    assert only("Anticipated to need a transfusion within 48 hours of infusion", "exclude").expression is None
    both = only("Major surgery within 4 weeks before enrolment or planned during the study", "exclude")
    assert (both.expression, both.status) == ("major_surgery_on within 4 weeks before enrolment", "part")
    assert only("Major surgery within 4 weeks before the planned start of treatment", "exclude").status == "whole"


def test_the_head_of_a_list_in_one_line_is_said_of_all_its_members() -> None:
    assert said("Must not have any of the following: stroke; diabetes; asthma")[1:] == [
        ("exclude", "diabetes"),
        ("exclude", "asthma"),
    ]
    some = criteria("Any of the following: 60 years of age or older; haematuria; a tumour ≥ 3 cm").criteria
    assert all("one of several" in each.unsure for each in some)
    spared = criteria("Cancer within 5 years. Exceptions are: skin cancer; cervical carcinoma in situ", kind="exclude").criteria
    assert all("exception" in each.unsure for each in spared[1:])


def test_an_age_between_a_scale_and_its_bound_says_whose_it_is() -> None:
    text = "Karnofsky (16 to 17 years-old) less than 50% or Lansky (less than 16 years-old) less than 50%"
    assert [(each.measure, each.value, each.when) for each in atoms(text)] == [
        ("karnofsky", 50.0, "16 to 17 years-old"),
        ("lansky", 50.0, "less than 16 years-old"),
    ]
    assert only("ECOG ≤ 2 (at least 18 years-old)").expression == "not (age >= 18 years) or ecog <= 2"


def test_an_infection_beside_a_treatment_is_not_passed_over() -> None:
    assert only("Radiotherapy within 2 weeks or an infection", "exclude").status == "part"
    assert only("HIV or hepatitis B infection", "exclude").status == "whole"
    assert only("CNS disease such as stroke or receipt of drugs for it within 2 years", "exclude").status == "part"


def test_a_negation_in_a_condition_is_the_conditions() -> None:
    head = only("Patients who have not received blinatumomab: ALT ≤ 3 x ULN")
    assert head.expression == "not (not_received_blinatumomab) or alt <= 3 x ULN"


def test_a_class_and_a_score_of_one_scale_are_either_or() -> None:
    assert only("Child-Pugh class A or B7").expression == "child_pugh_class == A or child_pugh_points == 7"


def test_a_window_between_two_bounds_is_of_the_first_alone() -> None:
    text = "ECOG ≤ 2 assessed within 7 days before enrolment, and a life expectancy of ≥ 12 weeks"
    assert only(text).expression == "ecog <= 2 and life_expectancy >= 12 weeks"


def test_what_people_have_besides_is_no_condition_of_their_age() -> None:
    assert [each.when for each in atoms("Adults over age 18 with known metaplasia")] == [""]
    assert [each.when for each in atoms("Tumour < 1 cm and presence of circulating DNA")] == [""]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("Lesion ≥ 10 mm in longest diameter or ≥ 15 mm in the short axis", [("size", ">=", 10.0), ("size", ">=", 15.0)]),
        ("≤ 4 of 6 standard sector biopsy cores positive", [("count", "<=", 4.0)]),
        ("Temperature > 38 C", [("temperature", ">", 38.0)]),
        ("Stage I (T1N0), IIA (T2N0) or IIIA (T3N0)", [("stage", ">=", 1.0), ("stage", "<=", "3A")]),
        ("A salivary flow of ≤ 0.5 mL/5 minutes", [("other", "<=", 0.5)]),
        ("Child-Pugh class B &amp; C", [("child_pugh_class", ">=", "B"), ("child_pugh_class", "<=", "C")]),
        ("NYHA class III & IV", [("nyha", ">=", 3.0), ("nyha", "<=", 4.0)]),
        ("Steroids equivalent to or less than oral prednisone 10 mg daily", [("dose", "<=", 10.0)]),
        ("Corticosteroids (> 10 mg daily), excluding topical ones", [("dose", ">", 10.0)]),
        ("BP of 160/100 or higher", [("systolic", ">=", 160.0), ("diastolic", ">=", 100.0)]),
        ("Not willing to rest in the 4 hours between two visits", []),
    ],
)
def test_bounds_that_stand_alone_are_read_without_a_condition(text: str, means: list[tuple[str, str, float]]) -> None:
    assert [each[:3] for each in told(text)] == means
    assert not any(each.when for each in atoms(text))


def test_how_long_a_treatment_was_is_no_date_of_it() -> None:
    text = "A washout is permitted for palliative radiation (≤ 2 weeks of radiotherapy)"
    assert only(text, "exclude").expression is None
    assert (
        only("At least 2 weeks from prior radiation therapy").expression
        == "last_radiotherapy_on at least 2 weeks before enrolment"
    )


@pytest.mark.parametrize(
    ("text", "kind", "why"),
    [
        ("All toxicities must have resolved to grade ≤ 1", "exclude", "what must be so"),
        ("Neuropathy of grade ≥ 3 or of grade ≥ 2 with pain", "exclude", "tells two bounds of grade apart"),
        ("BMI ≥ 27 with hypertension, or BMI ≥ 30 alone", "include", "tells two bounds of bmi apart"),
        ("Suicidal ideation (for participants ≥ 4 years of age)", "exclude", "asked of all"),
        ("Cancer within 3 years, except for skin cancer or stage I cancers", "exclude", "an exception"),
    ],
)
def test_what_may_mean_its_opposite_or_less_says_so(text: str, kind: str, why: str) -> None:
    assert why in only(text, kind).unsure


def test_why_children_are_not_admitted_is_no_bound() -> None:
    text = "Because no dosing data are available in patients < 18 years of age, children are excluded"
    assert only(text).expression is None
    assert only("Lung cancer is exceedingly rare in patients < 18 years of age").expression is None
    assert only("Stage T2 or greater").expression is None  # what is above it is not left out


def test_who_else_is_eligible_is_not_asked_of_all() -> None:
    *_, last = criteria("* No other malignancy is allowed; prostate cancer patients on surveillance are eligible").criteria
    assert "eligible besides" in last.unsure


def test_a_change_an_acuity_and_no_limit_are_no_levels() -> None:
    assert told("Weight stable (no fluctuations in body weight of greater than 4 kg)") == [("other", ">", 4.0, "kg")]
    assert told("Visual acuity worse than 20/70") == []
    assert only("No limit on prior lines of therapy").expression is None


@pytest.mark.parametrize(
    "text",
    [
        "6 to < 10 years: 1 mg/dL (male and female)",
        "13 to < 16 years 1.5 1.4",
        "Antibodies at screening (for younger participants (< 15 kg) historical values can be used)",
        "Within 10 years of diagnosis with no second primary cancers",
        "Is greater than 1 year status post allogeneic transplantation",
        "International prognostic index (≥ 2 for the age-adjusted index)",
    ],
)
def test_what_is_not_asked_of_all_is_no_expression(text: str) -> None:
    each = only(text)
    assert each.expression is None or not {"age", "weight", "other_malignancy_on"} & {item.name for item in each.items}


def test_on_what_condition_some_are_eligible_is_not_asked_of_all() -> None:
    text = "Participants with brain metastases are eligible if radiotherapy was completed at least 2 weeks before enrolment"
    assert "on what condition" in only(text).unsure
    mixed = only("Specifically, patients must not have a stroke or asthma within 3 months before enrolment", "exclude")
    assert mixed.unsure or mixed.expression is None


def test_a_class_with_a_letter_and_better_is_an_upper_bound() -> None:
    assert told("NYHA functional classification of 2B or better") == [("nyha", "<=", 2.0, "")]


def test_a_cohort_at_the_head_of_a_line_is_kept_with_it() -> None:
    read = criteria("* Arm 3 (colorectal): Life expectancy of at least 6 months\n* Age ≥ 18 years").criteria
    assert [(each.cohort, each.expression) for each in read] == [
        ("Arm 3 (colorectal)", "life_expectancy_months >= 6 months"),
        ("", "age >= 18 years"),
    ]


def test_who_is_allowed_in_a_sentence_of_its_own_is_not_asked_of_all() -> None:
    text = "Recovered from toxic effects of prior therapy. (Patients with residual Grade 1 toxicity are allowed)."
    assert any("eligible besides" in each.unsure for each in criteria(text).criteria)
