"""Of whom a bound is: where its condition stands, and how far the words of that condition reach. Worked out by hand."""

import pytest

from equipoise.criteria import criteria
from equipoise.criteria.atoms import atoms
from equipoise.criteria.measures import spelt


def told(text: str) -> list[tuple[str, float | str, str, str]]:
    """Each bound: its measure, its value, when alone it counts, and unless what."""
    return [(each.measure, each.value, each.when, each.unless) for each in atoms(text)]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("Without bone marrow involvement: ANC ≥ 1,000/mm3", [("neutrophils", 1000.0, "Without bone marrow involvement", "")]),
        ("ANC ≥ 750/mm3 (with bone marrow involvement)", [("neutrophils", 750.0, "bone marrow involvement", "")]),
        ("Bilirubin ≤ 3 x ULN (not due to Gilbert's syndrome)", [("bilirubin", 3.0, "", "due to Gilbert's syndrome")]),
        ("If ≥ 65 years old, FSH > 40 mIU/mL", [("fsh", 40.0, "≥ 65 years of age", "")]),
        ("PTT (in the absence of lupus anticoagulant) > 2 x ULN", [("ptt", 2.0, "absence of lupus anticoagulant", "")]),
        ("Bilirubin (except in Gilbert's syndrome) ≤ 2 mg/dL", [("bilirubin", 2.0, "", "Gilbert's syndrome")]),
        ("For patients ≥ 16 years old, Karnofsky ≥ 50 %", [("karnofsky", 50.0, "≥ 16 years of age", "")]),
    ],
)
def test_a_condition_may_stand_before_its_bound_or_in_brackets(text: str, means: list[tuple[str, float, str, str]]) -> None:
    assert told(text) == means


def test_a_second_value_without_a_comparison_is_of_others() -> None:
    assert told("QTc exceeding 450 ms (470 ms for females)") == [("qtc", 450.0, "", ""), ("qtc", 470.0, "females", "")]
    assert told("Maximum serum creatinine 1.5 mg/dL for male and 1.4 mg/dL for female") == [
        ("creatinine", 1.5, "male", ""),
        ("creatinine", 1.4, "female", ""),
    ]


def test_a_condition_ends_where_the_next_bound_begins() -> None:
    text = "HbA1c ≤ 6.4 % for those taking alpelisib, or an HbA1c < 8 % for those taking capivasertib"
    assert told(text) == [("hba1c", 6.4, "taking alpelisib", ""), ("hba1c", 8.0, "taking capivasertib", "")]
    run_on = "Direct bilirubin ≤ ULN for subjects with total bilirubin > 1.5 x ULN AST ≤ 2.5 x ULN"
    assert told(run_on) == [("bilirubin_direct", 1.0, "total bilirubin > 1.5 x ULN", ""), ("ast", 2.5, "", "")]


def test_whom_a_clause_admits_or_spares_is_told_apart() -> None:
    admitted = "ALT ≤ 2.5 x ULN except for patients with liver metastases, who are only included if the ALT is < 5 x ULN"
    assert told(admitted) == [("alt", 2.5, "", ""), ("alt", 5.0, "liver metastases", "")]
    spared = "Bilirubin ≤ 1.5 x ULN (individuals with Gilbert syndrome may be enrolled)"
    assert told(spared) == [("bilirubin", 1.5, "", "Gilbert syndrome")]
    higher = "Total bilirubin < 2 x ULN (higher levels are acceptable if Gilbert syndrome is suspected)"
    assert told(higher) == [("bilirubin", 2.0, "", "Gilbert syndrome is suspected")]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("Age ≥ 18 years (≥ 20 years in Japan)", [("age", 18.0, "", ""), ("age", 20.0, "Japan", "")]),
        (
            "Age 18 to 75 years (≥ 19 years in Korea)",
            [("age", 18.0, "", ""), ("age", 75.0, "", ""), ("age", 19.0, "Korea", "")],
        ),
        ("Age ≥ 18 years. For subjects with GCTs, age ≥ 15 years", [("age", 18.0, "", ""), ("age", 15.0, "GCTs", "")]),
        ("At least 18 years. ≤ 75 years of age for cohort B", [("age", 18.0, "", ""), ("age", 75.0, "for cohort B", "")]),
        ("At least 40 years old if diagnosed with FAMMM syndrome", [("age", 40.0, "diagnosed with FAMMM syndrome", "")]),
        (
            "Age at least 18 years for cohort A, at least 12 years for cohort B",
            [("age", 18.0, "for cohort A", ""), ("age", 12.0, "for cohort B", "")],
        ),
        ("Women older than 45 years in the absence of other causes of amenorrhoea", [("age", 45.0, "", "")]),
    ],
)
def test_an_age_may_hold_for_some_alone(text: str, means: list[tuple[str, float, str, str]]) -> None:
    assert told(text) == means


def test_an_age_of_some_is_not_read_as_everybodys() -> None:
    (one,) = criteria("Age ≥ 18 years. For subjects with germ cell tumours, age ≥ 15 years").criteria
    assert one.expression == "if germ_cell_tumours then age >= 15 years else age >= 18 years"
    (ranged,) = criteria("BMI 20 to 35 kg/m2 (≥ 18.5 kg/m2 in Japan)").criteria
    assert "the other end of the range" in ranged.unsure
    (cohorts,) = criteria("Platelets ≥ 100,000/mm3 for cohort A, ≥ 50,000/mm3 for cohort B").criteria
    assert [item.name for item in cohorts.items if not item.use] == ["cohort_a", "cohort_b"]


def test_drinks_of_women_and_of_men_are_counted_apart() -> None:
    text = "Heavy drinking (≥ 4 drinks/day or ≥ 8/week for women, ≥ 5 drinks/day or ≥ 15/week for men)"
    assert told(text) == [
        ("count", 4.0, "women", ""),
        ("count", 8.0, "women", ""),
        ("count", 5.0, "men", ""),
        ("count", 15.0, "men", ""),
    ]
    assert told("(4 or more drinks for a woman, 5 or more drinks for a man)") == [
        ("count", 4.0, "for a woman", ""),
        ("count", 5.0, "for a man", ""),
    ]


def test_a_bound_under_which_an_illness_is_excepted_is_of_those_who_have_it() -> None:
    (hiv,) = criteria("HIV infection unless CD4 > 350/uL", kind="exclude").criteria
    assert [(each.measure, each.value, each.when) for each in hiv.atoms] == [("cd4", 350.0, "HIV infection")]
    assert hiv.expression == "hiv and not (cd4 > 350 /uL)"
    (organs,) = criteria("Adequate organ function unless specified otherwise: ANC ≥ 1,000/uL").criteria
    assert {each.when for each in organs.atoms} == {""}


def test_cases_are_told_apart_by_sex_by_scale_and_by_treatment() -> None:
    assert told("QTcF > 450 ms if male and QTcF > 470 ms if female") == [
        ("qtc", 450.0, "male", ""),
        ("qtc", 470.0, "female", ""),
    ]
    (sexes,) = criteria("QTcF > 450 ms if male and QTcF > 470 ms if female", kind="exclude").criteria
    assert not sexes.unsure
    scales = "ECOG 0 to 1 or for glioblastoma has a Karnofsky performance status ≥ 70"
    assert told(scales)[-1] == ("karnofsky", 70.0, "glioblastoma", "")
    drugs = "QTcF: (i) Participants to be treated with palbociclib: QTcF ≥ 470 ms (ii) Participants receiving ribociclib: QTcF ≥ 450 ms"
    assert [when.split()[-1] for _, _, when, _ in told(drugs)] == ["palbociclib", "ribociclib"]
    nested = "Bilirubin ≤ 1.5 x ULN or if ≤ 3 x ULN if known Gilbert's syndrome"
    assert [value for _, value, _, _ in told(nested)] == [1.5, 3.0]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("Blood pressure > 160 mmHg systolic and 90 mmHg diastolic", [("systolic", ">", 160.0), ("diastolic", ">", 90.0)]),
        ("Less than WBC 2000/mm3 or platelets 50,000/mm3", [("leucocytes", "<", 2000.0), ("platelets", "<", 50000.0)]),
        ("A minimum of 4 cycles and a maximum of 9", [("count", ">=", 4.0), ("count", "<=", 9.0)]),
        ("Weight between 50 kg (110 lb) and 110 kg (243 lb)", [("weight", ">=", 50.0), ("weight", "<=", 110.0)]),
        ("Participants aged 16 or 17", [("age", ">=", 16.0), ("age", "<=", 17.0)]),
        ("Patients > 18 and ≤ 30 years", [("age", ">", 18.0), ("age", "<=", 30.0)]),
        ("Heart failure (NYHA) grade ≥ 2", [("nyha", ">=", 2.0)]),
        ("Smoking 100 cigarettes or more", [("count", ">=", 100.0)]),
        ("Surgery within 3 weeks or at least 5 half-lives of the drug", [("time", "<=", 3.0), ("time", "<=", 5.0)]),
        ("Pulmonary hypertension or pulmonary artery systolic pressure > 50 mmHg", [("other_pressure", ">", 50.0)]),
        ("ALT > 10 times the upper range of normal", [("alt", ">", 10.0)]),
    ],
)
def test_what_is_left_unsaid_the_second_time_is_taken_from_the_first(text: str, means: list[tuple[str, str, float]]) -> None:
    assert [(each.measure, each.op, each.value) for each in atoms(text)] == means


def test_a_list_in_brackets_has_one_exception() -> None:
    text = "Impaired kidney function (creatinine > 1.8 mg/dL or GFR < 60 mL/min) unless on dialysis"
    assert told(text) == [("creatinine", 1.8, "", "on dialysis"), ("egfr", 60.0, "", "on dialysis")]


@pytest.mark.parametrize(
    "text",
    [
        "Hemoglobin ≥ 8 g/dL (performed within 7 days prior to enrollment unless otherwise indicated)",
        "Hemoglobin ≥ 8 g/dL (transfusion to reach this threshold is acceptable)",
        "Creatinine clearance ≥ 45 mL/min (confirmation of creatinine clearance is only required when creatinine is > 1.5 x ULN)",
        "eGFR < 30 mL/min (including patients receiving hemodialysis)",
        "Platelets ≥ 50,000/mm3. Participants with transfusion-dependent thrombocytopenia are excluded.",
    ],
)
def test_what_says_how_or_how_often_is_no_condition(text: str) -> None:
    assert {(when, unless) for _, _, when, unless in told(text)} == {("", "")}


def test_counts_and_performance_scores_may_have_exceptions_too() -> None:
    assert (
        told("At least 2 lines of therapy, unless the patient was ineligible for them")[0][3]
        == "patient was ineligible for them"
    )
    (vague,) = criteria("ECOG ≤ 2 unless due to pain").criteria
    assert vague.unsure  # what pain counts is for a person to define


def test_a_decimal_before_a_sentence_is_no_number_of_a_criterion() -> None:
    assert told("INR < 1.5")[0] == ("inr", 1.5, "", "")
    found = criteria("Troponin < 0.06 ug/L. If not available, see below").criteria
    assert [each.value for each in found[0].atoms] == [0.06]


def test_long_names_are_recognised_with_one_slip_of_the_pen() -> None:
    assert told("Alkaline phoshatase ≤ 2.5 x ULN") == [("alp", 2.5, "", "")]
    assert [spelt(word) for word in ("aminotransferace", "performing", "platelet")] == [
        "aminotransferase",
        "performing",
        "platelet",
    ]


def test_some_of_several_bounds_are_enough() -> None:
    (one,) = criteria(
        "At least two of the following: haemoglobin ≥ 10 g/dL, platelets ≥ 100 x 10^9/L, albumin ≥ 3.5 g/dL"
    ).criteria
    assert one.expression == (
        "haemoglobin >= 10 g/dL and platelets >= 100 10^9/L or haemoglobin >= 10 g/dL and albumin >= 3.5 g/dL"
        " or platelets >= 100 10^9/L and albumin >= 3.5 g/dL"
    )


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "Age ≥ 18 years (For Taiwan, the lower limit of age is 20 years)",
            [("age", 18.0, "", ""), ("age", 20.0, "Taiwan", "")],
        ),
        ("Aged ≥ 18 years (Japan ≥ 20 years)", [("age", 18.0, "", ""), ("age", 20.0, "Japan", "")]),
        ("In Japan: age ≥ 20 years", [("age", 20.0, "Japan", "")]),
        ("In Part B, ANC ≥ 1,000/mm3", [("neutrophils", 1000.0, "Part B", "")]),
        (
            "Bilirubin < 1.5 x ULN (except for patients with Gilbert's disease, for whom the upper limit of bilirubin is 3 mg/dL)",
            [("bilirubin", 1.5, "", ""), ("bilirubin", 3.0, "Gilbert's disease", "")],
        ),
        ("More than 1 drink/day for women and 2 drinks/day for men", [("count", 1.0, "women", ""), ("count", 2.0, "men", "")]),
        (
            "Maximum serum creatinine (mg/dL): 1.7 (male), 1.4 (female)",
            [("creatinine", 1.7, "male", ""), ("creatinine", 1.4, "female", "")],
        ),
        (
            "A Lansky (≤ 16 years) or Karnofsky (> 16 years) score of ≥ 60",
            [("lansky", 60.0, "≤ 16 years of age", ""), ("karnofsky", 60.0, "> 16 years of age", "")],
        ),
        ("Women under the age of 55 must have an FSH > 40 mIU/mL", [("fsh", 40.0, "under the age of 55", "")]),
        (
            "QTcF > 475 ms or > 480 ms with a bundle branch block",
            [("qtc", 475.0, "", ""), ("qtc", 480.0, "a bundle branch block", "")],
        ),
        ("More than 10 pack-years if no scan is at hand", [("pack_years", 10.0, "no scan is at hand", "")]),
        (
            "Bilirubin > 2 x ULN and ALT > 3 x ULN in participants with no liver GVHD",
            [("bilirubin", 2.0, "no liver GVHD", ""), ("alt", 3.0, "no liver GVHD", "")],
        ),
        ("QTc > 470 ms for males and females", [("qtc", 470.0, "", "")]),
        ("Saturation: SpO2 ≥ 92 % on room air for children < 8 years", [("oxygen_saturation", 92.0, "< 8 years of age", "")]),
        ("Patients in cohorts 2 and 3 must have an ECOG ≤ 1", [("ecog", 1.0, "cohorts 2 and 3", "")]),
        ("Subjects with hepatitis (HBV) who have a CD4 count ≥ 350/uL are allowed", [("cd4", 350.0, "hepatitis (HBV)", "")]),
        (
            "Any of these, unless corrected before: sodium < 130 mmol/L, potassium < 3 mmol/L",
            [("sodium", 130.0, "", ""), ("potassium", 3.0, "", "")],
        ),
        (
            "1.Bilirubin ≤ 50 umol/L. 2.INR < 1.5. 3.Toxicity must be Grade ≤ 1 (except alopecia)",
            [("bilirubin", 50.0, "", ""), ("inr", 1.5, "", ""), ("grade", 1.0, "", "")],
        ),
        (
            "ANC < 1,000/mm3 and platelets < 75,000/mm3 unless related to lymphoma",
            [("neutrophils", 1000.0, "", "related to lymphoma"), ("platelets", 75000.0, "", "related to lymphoma")],
        ),
        ("Adults ≥ 18 years (if the legal age is > 18 years, it is asked for)", [("age", 18.0, "", ""), ("age", 18.0, "", "")]),
        ("PT < 1.5 x ULN except if, it is prolonged by an antibody", [("pt", 1.5, "", "it is prolonged by an antibody")]),
        ("QTc > 500 ms, e.g. patients with a long QT syndrome", [("qtc", 500.0, "", "")]),
    ],
)
def test_a_second_value_is_of_those_whom_its_words_name(text: str, means: list[tuple[str, float, str, str]]) -> None:
    assert told(text) == means


def test_gilbert_excepts_from_the_bound_of_bilirubin_wherever_it_is_said() -> None:
    later = "Bilirubin > 3 x ULN, or AST > 3 x ULN. Exception for Gilbert syndrome"
    assert told(later) == [("bilirubin", 3.0, "", "Gilbert syndrome"), ("ast", 3.0, "", "")]
    base = "Bilirubin ≤ 1.5 x ULN or direct bilirubin ≤ ULN for those with bilirubin > 1.5 x ULN (excluding patients with Gilbert's disease)"
    assert told(base)[0] == ("bilirubin", 1.5, "", "Gilbert's disease")


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("Heart failure (New York Heart Association \\[NYHA class\\] ≥ III)", [("nyha", ">=", 3.0)]),
        ("Within 28 days or 5 x t1/2, whichever is shorter", [("time", "<=", 28.0), ("time", "<=", 5.0)]),
        ("At least 14 days for drugs, or an interval of 5 half-lives", [("time", ">=", 14.0), ("time", ">=", 5.0)]),
        ("Therapy within 4 weeks (6 weeks prior to entry for nitrosoureas)", [("time", "<=", 4.0), ("time", "<=", 6.0)]),
        ("Extensive-stage disease and no more than 3 prior lines", [("count", "<=", 3.0)]),
        ("At least 18 years of age and under age of 90", [("age", ">=", 18.0), ("age", "<", 90.0)]),
        ("Adults (age 18 or >)", [("age", ">=", 18.0)]),
        ("Healthy adults, 18 55 years of age", [("age", ">=", 18.0), ("age", "<=", 55.0)]),
        ("Bilirubin 2X ≤ ULN", [("bilirubin", "<=", 2.0)]),
        ("Prednisone 10 mg daily or less", [("dose", "<=", 10.0)]),
        ("Pain ≥ 3 (0-10 numeric rating scale)", [("other", ">=", 3.0)]),
        ("At least 18 out of 30 on the Mini-Mental State Examination", [("mmse", ">=", 18.0)]),
        ("Age ≥ 50 years and smoker ≥ 15 pack years", [("age", ">=", 50.0), ("pack_years", ">=", 15.0)]),
        ("MRD ≥ 10-4", [("other", ">=", 0.0001)]),
        ("The BI-RADS score must be 2 or 3", [("other", ">=", 2.0), ("other", "<=", 3.0)]),
        ("EGFR mutation in exon 18-21", []),
        (
            "PaO2/FiO2 < 300 mm Hg, respiratory frequency > 30 breaths/min",
            [("other", "<", 300.0), ("respiratory_rate", ">", 30.0)],
        ),
        ("An abnormal light chain ratio (< 0.26 or > 1.65)", [("other", "<", 0.26), ("other", ">", 1.65)]),
        ("Infections at least four times in the past year", [("count", ">=", 4.0), ("time", "<=", 1.0)]),
        ("PT/INR ≤ 1.5 x ULN", [("pt", "<=", 1.5), ("inr", "<=", 1.5)]),
        ("Excluded if on > 960 mcg/day", [("dose", ">", 960.0)]),
        ("Not within a time interval less than at least 5 half-lives", [("time", "<", 5.0)]),
    ],
)
def test_what_a_number_is_of_is_told_by_what_stands_around_it(text: str, means: list[tuple[str, str, float]]) -> None:
    assert [(each.measure, each.op, each.value) for each in atoms(text)] == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("Age: 6 months to < 1 year", [("age", ">=", 6.0), ("age", "<", 1.0)]),
        ("Total and direct bilirubin ≤ 2 x ULN", [("bilirubin", "<=", 2.0), ("bilirubin_direct", "<=", 2.0)]),
        ("Testosterone < 50 ng/dL (< 2.0 nM)", [("testosterone", "<", 50.0)]),
        ("A minimum of 3 rising PSA levels", [("count", ">=", 3.0)]),
        ("> 5 % but < 20 % marrow myeloblasts", [("blasts", ">", 5.0), ("blasts", "<", 20.0)]),
        ("A retina of ≥ 290 µm", [("other", ">=", 290.0)]),
        ("During the past 2 (two) years", [("time", "<=", 2.0)]),
        ("ECOG 0,1 or 2", [("ecog", ">=", 0.0), ("ecog", "<=", 2.0)]),
        ("Stage 1B or less", [("stage", "<=", "1B")]),
        ("Stage 3b or stage 4", [("stage", ">=", "3B"), ("stage", "<=", 4.0)]),
        ("≥ 5 of 6 doses", [("count", ">=", 5.0)]),
        ("Letter score < 69 (i.e., 20/50 or worse)", [("other", "<", 69.0)]),
        ("Creatinine =< 1.5 times upper reference range", [("creatinine", "<=", 1.5)]),
        ("Clearance of females = 0.85 x (clearance of males)", []),
        ("A protein/creatinine ratio ≤ 1 mg/mg (≤ 113.2 mg/mmol)", [("upcr", "<=", 1.0)]),
        ("Creatinine within norms for age (≤ 2 mg/dL)", [("creatinine", "<=", 2.0)]),
        (
            "4-8 grade 1 or grade 2 lesions",
            [("count", ">=", 4.0), ("count", "<=", 8.0), ("grade", ">=", 1.0), ("grade", "<=", 2.0)],
        ),
        ("Hypercalcemia (≥ 11 mg/dL) or hyperphosphatemia (≥ 5.5 mg/dL)", [("calcium", ">=", 11.0), ("phosphate", ">=", 5.5)]),
        ("HBV infection with a hepatitis B virus [HBV] DNA ≥ 10 IU/mL", [("hbv_dna", ">=", 10.0)]),
        ("CTCAE Gr > 1 dry mouth", [("grade", ">", 1.0)]),
        ("Sudden death before the age of 50", [("age", "<", 50.0)]),
        ("Female patients at least 2 years postmenopausal", [("time", ">=", 2.0)]),
        ("59 Gy in 30 fractions over 6 weeks", []),
        (
            "Within 5 half-lives (or 4 weeks since the last dose, whichever is shorter)",
            [("time", "<=", 5.0), ("time", "<=", 4.0)],
        ),
    ],
)
def test_units_and_neighbours_tell_what_a_number_is_of(text: str, means: list[tuple[str, str, float | str]]) -> None:
    assert [(each.measure, each.op, each.value) for each in atoms(text)] == means


def test_those_whose_clotting_is_in_its_target_range_are_excepted() -> None:
    text = "aPTT ≤ 1.5 x ULN OR if patient is receiving anticoagulants and INR is within target range"
    assert told(text) == [("aptt", 1.5, "", "patient is receiving anticoagulants")]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "Karnofsky of 60 or more (those over 10 years old), Lansky of 60 or more (those 10 years old or less)",
            [("karnofsky", 60.0, "over 10 years old", ""), ("lansky", 60.0, "10 years old or less", "")],
        ),
        ("BNP > 300 pg/mL (patients in SR)", [("bnp", 300.0, "patients in SR", "")]),
        (
            "Haemoglobin at least 12 g/dL (boys) or 11 g/dL (girls)",
            [("haemoglobin", 12.0, "boys", ""), ("haemoglobin", 11.0, "girls", "")],
        ),
        ("Resting heart rate < 50 beats per minute (athletes excepted)", [("heart_rate", 50.0, "", "athletes")]),
        ("QTc > 480 ms, pacemaker carriers excepted", [("qtc", 480.0, "", "pacemaker carriers")]),
        ("Haemoglobin >= 12 g/dL (males and females)", [("haemoglobin", 12.0, "", "")]),
    ],
)
def test_a_bracket_behind_a_bound_says_of_whom_it_is(text: str, means: list[tuple[str, float, str, str]]) -> None:
    assert told(text) == means


def test_heads_tell_cases_apart_where_their_bounds_are_of_the_same_measure() -> None:
    (read,) = criteria("Sinus rhythm: BNP ≥ 100 pg/mL; atrial fibrillation: BNP ≥ 300 pg/mL").criteria
    assert [(each.value, each.when) for each in read.atoms] == [(100.0, "Sinus rhythm"), (300.0, "atrial fibrillation")]
    first, second = criteria("Kidneys: creatinine ≤ 1.5 mg/dL; Heart: LVEF ≥ 50 %").criteria
    assert not any(each.when for read in (first, second) for each in read.atoms)


def test_a_bound_said_again_of_others_takes_what_it_lacks_from_the_one_before() -> None:
    assert told("FVC < 50 % of the predicted value (75 % of the predicted value in those irradiated before)") == [
        ("fvc", 50.0, "", ""),
        ("fvc", 75.0, "irradiated before", ""),
    ]
    text = "Blood pressure > 140/90 mmHg, or 130/80 mmHg (for patients with diabetes)"
    assert [(each.measure, each.op, each.value, bool(each.when)) for each in atoms(text)] == [
        ("systolic", ">", 140.0, False),
        ("diastolic", ">", 90.0, False),
        ("systolic", ">", 130.0, True),
        ("diastolic", ">", 80.0, True),
    ]
    assert told("Amylase > 2 x ULN with symptoms or > 3 x ULN without symptoms") == [
        ("amylase", 2.0, "symptoms", ""),
        ("amylase", 3.0, "without symptoms", ""),
    ]


def test_a_sentence_that_allows_lower_values_spares_every_bound_of_the_one_before() -> None:
    (read,) = criteria(
        "Neutrophils ≥ 1 x 10^9/L and platelets ≥ 50 x 10^9/L. Where the marrow is infiltrated, lower counts are allowed."
    ).criteria
    assert [(each.measure, each.unless) for each in read.atoms] == [
        ("neutrophils", "marrow is infiltrated"),
        ("platelets", "marrow is infiltrated"),
    ]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("30 % ≤ FEV1 ≤ 80 %", [("fev1", ">=", 30.0), ("fev1", "<=", 80.0)]),
        ("No lesion may be greater than 10 cm", [("size", "<=", 10.0)]),
        ("Asthma first seen prior to 40 years of age", [("age", "<", 40.0)]),
        ("Falls at least once", [("count", ">=", 1.0)]),
        ("Septum ≥ 1.1 cm thick", [("other", ">=", 1.1)]),
        ("eGFR 59-30 mL/min/1.73 m2", [("egfr", ">=", 30.0), ("egfr", "<=", 59.0)]),
    ],
)
def test_bounds_in_unusual_order_are_read(text: str, means: list[tuple[str, str, float]]) -> None:
    assert [(each.measure, each.op, each.value) for each in atoms(text)] == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "Respiratory rate ≥ 50 breaths per minute for children aged 2-11 months and ≥ 40 breaths per minute for children aged 12-59 months",
            [
                ("respiratory_rate", 50.0, "children aged 2-11 months", ""),
                ("respiratory_rate", 40.0, "children aged 12-59 months", ""),
            ],
        ),
        (
            "Hb < 12 g/dL in children of 5-12 years, Hb < 13.5 g/dL in males > 15 years",
            [("haemoglobin", 12.0, "children of 5-12 years", ""), ("haemoglobin", 13.5, "males > 15 years", "")],
        ),
        (
            "Creatinine by age: at most 0.4 mg/dL (≤ 5 months), at most 0.5 mg/dL (6 months -11 months)",
            [("creatinine", 0.4, "≤ 5 months", ""), ("creatinine", 0.5, "6 months -11 months", "")],
        ),
        (
            "Children of 2 to < 12 months: RR ≥ 50 breaths per min Children of ≥ 12 months: RR ≥ 40 breaths per min",
            [
                ("respiratory_rate", 50.0, "Children of 2 to < 12 months", ""),
                ("respiratory_rate", 40.0, "Children of ≥ 12 months", ""),
            ],
        ),
        (
            "Haemoglobin < 13 g/dL in a male, < 12 g/dL in a female",
            [("haemoglobin", 13.0, "a male", ""), ("haemoglobin", 12.0, "a female", "")],
        ),
        (
            "A score of ≥ 2 if male or a score of ≥ 3 if female",
            [("other", 2.0, "male", ""), ("other", 3.0, "female", "")],
        ),
        (
            "Girls must be of ages between 2 and 11 years, and boys of ages between 2 and 13 years",
            [("age", 2.0, "Girls", ""), ("age", 11.0, "Girls", ""), ("age", 2.0, "boys", ""), ("age", 13.0, "boys", "")],
        ),
        ("Platelets ≥ 75 x 10^9/L in the 2 weeks prior to entry", [("platelets", 75.0, "", ""), ("time", 2.0, "", "")]),
        (
            "Saturation: SpO2 ≥ 92 % on room air for at least 7 days",
            [("oxygen_saturation", 92.0, "", ""), ("time", 7.0, "", "")],
        ),
    ],
)
def test_an_age_or_a_sex_behind_or_before_a_bound_says_whose_it_is(text: str, means: list[tuple[str, float, str, str]]) -> None:
    assert told(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "Platelets < 50 x 10^9/L (< 40 x 10^9/L after Amendment 2)",
            [("platelets", 50.0, "", ""), ("platelets", 40.0, "after Amendment 2", "")],
        ),
        (
            "Age ≥ 18 years (except Alberta and Nova Scotia, where patients must be at least 66 years old)",
            [("age", 18.0, "", ""), ("age", 66.0, "Alberta and Nova Scotia", "")],
        ),
        (
            "HbA1c ≥ 6.5 % and for treatment-naive patients: HbA1c > 7 %",
            [("hba1c", 6.5, "", ""), ("hba1c", 7.0, "treatment-naive patients", "")],
        ),
        (
            "Hb at screening: Participants who convert from an ESA: between 9 and 12 g/dL",
            [
                ("haemoglobin", 9.0, "Participants who convert from an ESA", ""),
                ("haemoglobin", 12.0, "Participants who convert from an ESA", ""),
            ],
        ),
        (
            "spKt/V ≥ 1.2 for haemodialysis, Kt/V ≥ 1.7 for peritoneal dialysis",
            [("other", 1.2, "for haemodialysis", ""), ("other", 1.7, "for peritoneal dialysis", "")],
        ),
        ("In addition, women < 55 years must have an FSH > 40 mIU/mL", [("fsh", 40.0, "< 55 years of age", "")]),
        (
            "AST without liver metastasis ≤ 3 x ULN, AST with liver metastasis ≤ 5 x ULN",
            [("ast", 3.0, "without liver metastasis", ""), ("ast", 5.0, "with liver metastasis", "")],
        ),
        (
            "High-density lipoprotein (HDL) cholesterol < 40 mg/dL in men or < 50 mg/dL in women; LDL cholesterol > 4 mmol/L",
            [("hdl", 40.0, "men", ""), ("hdl", 50.0, "women", ""), ("ldl", 4.0, "", "")],
        ),
    ],
)
def test_heads_and_asides_without_a_noun_for_people_say_whose_a_bound_is(
    text: str, means: list[tuple[str, float, str, str]]
) -> None:
    assert told(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("Tachypnoea > 40/minute", [("respiratory_rate", ">", 40.0)]),
        ("Pulse > 100/minute", [("heart_rate", ">", 100.0)]),
        ("Bone age ≤ 8 years (girls)", [("other", "<=", 8.0)]),
        ("Mean sitSBP < 180 mmHg and sitDBP < 110 mmHg", [("systolic", "<", 180.0), ("diastolic", "<", 110.0)]),
        ("Non-HDL-C ≥ 100 mg/dL", [("other", ">=", 100.0)]),
        ("HDL-C ≥ 40 mg/dL", [("hdl", ">=", 40.0)]),
        ("Age of at least 12 hours and less than 2 months", [("age", ">=", 12.0), ("age", "<", 2.0)]),
        ("Gestational age of 22+0 to 31+0 weeks", [("gestational_age", ">=", 22.0), ("gestational_age", "<=", 31.0)]),
        ("Steroids for a minimum duration of 4 weeks", [("time", ">=", 4.0)]),
    ],
)
def test_names_that_look_like_another_measure_are_told_from_it(text: str, means: list[tuple[str, str, float]]) -> None:
    assert [(each.measure, each.op, each.value) for each in atoms(text)] == means


def test_the_sex_that_stands_before_an_age_is_part_of_the_condition() -> None:
    (read,) = criteria("Ferritin ≥ 30 ng/mL in women aged 18-49 years").criteria
    assert read.expression == "not (sex == female and age >= 18 years and age <= 49 years) or ferritin >= 30 ng/mL"
    (read,) = criteria("Haemoglobin ≥ 12 g/dL in children of 12-15 years and females > 15 years").criteria
    assert read.expression is None
    assert "is not read" in read.unsure


def told_of_all(text: str) -> list[tuple[str, float | str, str, str]]:
    """Each bound of all criteria of a text, as `told` has it."""
    return [(atom.measure, atom.value, atom.when, atom.unless) for each in criteria(text).criteria for atom in each.atoms]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "Platelets ≥ 90 x 10^9/L. Counts between 60 and 90 x 10^9/L are allowed provided the spleen is enlarged.",
            [
                ("platelets", 90.0, "", ""),
                ("platelets", 60.0, "spleen is enlarged", ""),
                ("platelets", 90.0, "spleen is enlarged", ""),
            ],
        ),
        (
            "Platelets ≥ 90 x 10^9/L; counts ≥ 60 x 10^9/L are allowed if the spleen is enlarged",
            [("platelets", 90.0, "", ""), ("platelets", 60.0, "spleen is enlarged", "")],
        ),
        (
            "ALT ≤ 2 x ULN. Values up to 6 x ULN are tolerated in patients with liver metastases.",
            [("alt", 2.0, "", ""), ("alt", 6.0, "liver metastases", "")],
        ),
        (
            "Creatinine ≤ 2 x ULN. Up to 4 x ULN is acceptable in kidney cancer.",
            [("creatinine", 2.0, "", ""), ("creatinine", 4.0, "kidney cancer", "")],
        ),
        (
            "Bilirubin ≤ 1.2 x ULN. For subject's with Gilbert's disease, ≤ 4 x ULN.",
            [("bilirubin", 1.2, "", ""), ("bilirubin", 4.0, "Gilbert's disease", "")],
        ),
        (
            "Bilirubin ≤ 2 x ULN. The limit of bilirubin for subjects with Gilbert's syndrome is less than 4 mg/dL.",
            [("bilirubin", 2.0, "", ""), ("bilirubin", 4.0, "Gilbert's syndrome", "")],
        ),
        (
            "Bilirubin ≤ 2 x ULN. Exception: if Gilbert's syndrome; then ≤ 6 x ULN",
            [("bilirubin", 2.0, "", ""), ("bilirubin", 6.0, "Gilbert's syndrome", "")],
        ),
        (
            "ALT ≤ 2 x ULN, bilirubin ≤ 1.2 x ULN. With liver metastases: ALT ≤ 4 x ULN, bilirubin ≤ 3 x ULN.",
            [
                ("alt", 2.0, "", ""),
                ("bilirubin", 1.2, "", ""),
                ("alt", 4.0, "liver metastases", ""),
                ("bilirubin", 3.0, "liver metastases", ""),
            ],
        ),
        (
            "Bilirubin ≤ 2 x ULN; this limit does not apply to Gilbert's syndrome",
            [("bilirubin", 2.0, "", "Gilbert's syndrome")],
        ),
        (
            "INR ≤ 1.4. This applies to patients who are not receiving warfarin.",
            [("inr", 1.4, "", "warfarin")],
        ),
        (
            "PT ≤ 1.4 x ULN. Subjects who are taking warfarin are eligible if not meeting this criterion",
            [("pt", 1.4, "", "warfarin")],
        ),
        (
            "ALT ≤ 2 x ULN. If there is hepatic involvement, then patients with any ALT abnormalities remain eligible.",
            [("alt", 2.0, "", "there is hepatic involvement")],
        ),
        (
            "Bilirubin < 2 x ULN (note that in subjects with Gilbert's syndrome, if bilirubin is > 2 x ULN, measure direct bilirubin. "
            "If direct bilirubin is ≤ 2 x ULN, the subject may be eligible)",
            [("bilirubin", 2.0, "", ""), ("bilirubin_direct", 2.0, "Gilbert's syndrome", "")],
        ),
        (
            "Creatinine clearance ≥ 40 mL/min. Measurement within 7 days is accepted.",
            [("creatinine_clearance", 40.0, "", ""), ("time", 7.0, "", "")],
        ),
    ],
)
def test_a_bound_said_again_in_another_sentence_is_of_those_whom_it_names(
    text: str, means: list[tuple[str, float, str, str]]
) -> None:
    assert told_of_all(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "Bilirubin ≤ 2 x ULN for subjects with Gilbert's disease ≤ 4 x ULN",
            [("bilirubin", 2.0, "", ""), ("bilirubin", 4.0, "Gilbert's disease", "")],
        ),
        (
            "Bilirubin ≤ 2 x ULN Patients with Gilbert's disease: bilirubin ≤ 4 x ULN",
            [("bilirubin", 2.0, "", ""), ("bilirubin", 4.0, "Gilbert's disease", "")],
        ),
        (
            "Bilirubin ≤ 2 x ULN except in Gilbert's disease (≤ 4 x ULN) and in haemolysis (≤ 6 x ULN)",
            [("bilirubin", 2.0, "", ""), ("bilirubin", 4.0, "Gilbert's disease", ""), ("bilirubin", 6.0, "haemolysis", "")],
        ),
        (
            "ALP ≤ 2 x ULN with the following exceptions: patients with bone metastases: ALP ≤ 6 x ULN",
            [("alp", 2.0, "", ""), ("alp", 6.0, "bone metastases", "")],
        ),
        (
            "ALT ≤ 2 x ULN without liver metastases (≤ 4 x ULN if liver metastases)",
            [("alt", 2.0, "without liver metastases", ""), ("alt", 4.0, "liver metastases", "")],
        ),
        (
            "WBC < 4 x 10^9/L or platelets < 60 x 10^9/L not related to hypersplenism",
            [("leucocytes", 4.0, "", ""), ("platelets", 60.0, "", "due to hypersplenism")],
        ),
        ("Haemoglobin > 8 g/dL (for group 2 only)", [("haemoglobin", 8.0, "group 2 only", "")]),
        (
            "FEV1 ≥ 50 % of predicted for the reduced arm, and ≥ 70 % of predicted for the full arm",
            [("fev1", 50.0, "for the reduced arm", ""), ("fev1", 70.0, "for the full arm", "")],
        ),
        (
            "QTc > 440 milliseconds (msec) (males) or > 460 msec (females)",
            [("qtc", 440.0, "males", ""), ("qtc", 460.0, "females", "")],
        ),
        (
            "Infection with HIV (exception: patients with controlled HIV [e.g., CD4 > 300/mm3] are eligible)",
            [("cd4", 300.0, "controlled HIV", "")],
        ),
        (
            "Direct bilirubin ≤ ULN for those with total bilirubin greater than (>) 2 x ULN",
            [("bilirubin_direct", 1.0, "total bilirubin greater than (>) 2 x ULN", "")],
        ),
        (
            "ALT < 2 x ULN for age or ≤ 4 x ULN for patients with liver metastases",
            [("alt", 2.0, "", ""), ("alt", 4.0, "liver metastases", "")],
        ),
        ("4 x ULN for subjects with liver metastases Albumin > 3 g/dL", [("albumin", 3.0, "", "")]),
        (
            "Liver enzymes no higher than 2 times normal (4 times normal where the liver is involved)",
            [
                ("alt", 2.0, "", ""),
                ("ast", 2.0, "", ""),
                ("alt", 4.0, "liver is involved", ""),
                ("ast", 4.0, "liver is involved", ""),
            ],
        ),
        (
            "Bilirubin not above 25 umol/L, save in Gilbert's disease when up to 60 umol/L is tolerated",
            [("bilirubin", 25.0, "", ""), ("bilirubin", 60.0, "Gilbert's disease", "")],
        ),
        (
            "ALT may not exceed 2 x ULN; in the event of liver metastases it may be as high as 6 x ULN",
            [("alt", 2.0, "", ""), ("alt", 6.0, "liver metastases", "")],
        ),
        (
            "QTcF must not be longer than 440 ms (men) / 460 ms (women)",
            [("qtc", 440.0, "men", ""), ("qtc", 460.0, "women", "")],
        ),
        (
            "ALT up to twice normal, or up to six times normal given known liver secondaries",
            [("alt", 2.0, "", ""), ("alt", 6.0, "known liver secondaries", "")],
        ),
        (
            "PSA ≥ 2 ng/mL (after prostatectomy: ≥ 0.4 ng/mL)",
            [("psa", 2.0, "", ""), ("psa", 0.4, "after prostatectomy", "")],
        ),
        ("Heart rate < 50 bpm (athletes: < 40 bpm)", [("heart_rate", 50.0, "", ""), ("heart_rate", 40.0, "athletes", "")]),
        ("Platelets: without marrow involvement ≥ 80 x 10^9/L", [("platelets", 80.0, "without marrow involvement", "")]),
        (
            "Blood pressure ≤ 150/90 mmHg, or ≤ 160/95 mmHg when above 80 years of age",
            [
                ("systolic", 150.0, "", ""),
                ("diastolic", 90.0, "", ""),
                ("systolic", 160.0, "above 80 years of age", ""),
                ("diastolic", 95.0, "above 80 years of age", ""),
            ],
        ),
        (
            "Bilirubin < ULN; or bilirubin ≤ 4 x ULN or direct bilirubin ≤ 2 x ULN in patients with Gilbert's syndrome",
            [
                ("bilirubin", 1.0, "", ""),
                ("bilirubin", 4.0, "Gilbert's syndrome", ""),
                ("bilirubin_direct", 2.0, "Gilbert's syndrome", ""),
            ],
        ),
        ("≥ 40 mL/min/1.73 m(2) for participants with creatinine > 2 x ULN", [("?", 40.0, "creatinine > 2 x ULN", "")]),
    ],
)
def test_a_case_goes_with_the_bound_that_it_is_told_of(text: str, means: list[tuple[str, float, str, str]]) -> None:
    assert told(text) == means


@pytest.mark.parametrize(
    "text",
    [
        "Haemoglobin ≥ 8 g/dL (in the absence of any transfusion)",
        "Creatinine clearance ≥ 40 mL/min (if using the Cockcroft-Gault formula)",
        "LVEF ≥ 40 % as measured by echocardiogram (or MUGA scan if an echocardiogram cannot be performed)",
        "LVEF ≥ 40 % (if a range is given then the upper end of the range will be taken)",
        "LVEF ≥ 40 %, even if it had been lower",
        "FEV1 ≥ 40 % tested in patients with:",
    ],
)
def test_how_a_thing_is_looked_at_is_no_condition(text: str) -> None:
    (read,) = atoms(text)
    assert (read.when, read.unless) == ("", "")


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("Reticulocyte count < 30 x 10^9/L", [("other", 30.0)]),
        ("Platelets < 30 x 10^9/L and reticulocyte count < 40 x 10^9/L", [("platelets", 30.0), ("other", 40.0)]),
        ("DLCO < 50 %, total lung capacity (TLC) < 60 %", [("dlco", 50.0), ("other", 60.0)]),
        ("Direct bilirubin ≤ 2 x ULN and indirect bilirubin </= 4 x ULN", [("bilirubin_direct", 2.0), ("other", 4.0)]),
        ("PSA density < 0.3 ng/mL2", [("other", 0.3)]),
        ("PR interval > 220 ms, QTc > 480 ms", [("other", 220.0), ("qtc", 480.0)]),
        ("Aminotransferase (ALT) ≤ 4 x ULN", [("alt", 4.0)]),
        ("Peak flow with age (5-7 L/s)", [("other", 5.0), ("other", 7.0)]),
        ("Creatinine clearance (CrCl)1 ≥ 50 mL/min", [("creatinine_clearance", 50.0)]),
        ("Creatinine clearance ≥ 50/min/1.73 m2", [("creatinine_clearance", 50.0)]),
        ("ALT ≤ 120 U/L; the ULN for ALT is 40 U/L", [("alt", 120.0)]),
        ("Haemoglobin ≥ 1 g/dL below the lower limit of normal or ≥ 9 g/dL", [("haemoglobin", 9.0)]),
        ("INR ≤ the upper limit of the therapeutic range", []),
        ("Detectable viral load and CD4 < 300/uL", [("cd4", 300.0)]),
    ],
)
def test_what_has_no_name_is_not_the_measure_beside_it(text: str, means: list[tuple[str, float]]) -> None:
    assert [(each.measure, each.value) for each in atoms(text)] == means


def test_an_escaped_sign_does_not_part_a_line() -> None:
    (read,) = criteria("Platelets &amp;lt; 60,000/uL but ≥ 30,000/uL").criteria
    assert [(each.op, each.value) for each in read.atoms] == [("<", 60000.0), (">=", 30000.0)]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "In smokers CEA ≤ 8 ng/mL, in non-smokers CEA ≤ 4 ng/mL",
            [("cea", 8.0, "smokers", ""), ("cea", 4.0, "non-smokers", "")],
        ),
        (
            "LVEF ≥ 45 % (in anthracycline-pretreated patients ≥ 55 %)",
            [("lvef", 45.0, "", ""), ("lvef", 55.0, "anthracycline-pretreated patients", "")],
        ),
        (
            "Patients whose tumours secrete catecholamines: systolic pressure < 150 mmHg",
            [("systolic", 150.0, "Patients whose tumours secrete catecholamines", "")],
        ),
        (
            "ALT ≤ 2 x ULN. A limit of 6 x ULN applies in the case of liver metastases.",
            [("alt", 2.0, "", ""), ("alt", 6.0, "liver metastases", "")],
        ),
        ("ALT ≤ 2 x ULN. In hepatitis 6 x ULN is allowed.", [("alt", 2.0, "", ""), ("alt", 6.0, "hepatitis", "")]),
        (
            "Neutrophils ≥ 1,500/uL. African patients with ethnic neutropenia: ≥ 1,000/uL.",
            [("neutrophils", 1500.0, "", ""), ("neutrophils", 1000.0, "ethnic neutropenia", "")],
        ),
        (
            "Pulse below 100 per minute, or below 110 per minute in atrial fibrillation",
            [("heart_rate", 100.0, "", ""), ("heart_rate", 110.0, "atrial fibrillation", "")],
        ),
        ("In women > 35 years old, mammography", [("age", 35.0, "", "")]),
    ],
)
def test_people_of_a_kind_at_the_head_of_a_bound_are_whose_it_is(text: str, means: list[tuple[str, float, str, str]]) -> None:
    assert told_of_all(text) == means


def test_those_who_are_not_of_a_kind_are_not_taken_for_it() -> None:
    (read,) = criteria("In smokers CEA ≤ 8 ng/mL, in non-smokers CEA ≤ 4 ng/mL").criteria
    assert read.expression == "(not (smoker) or cea <= 8 ng/mL) and (not (non_smokers) or cea <= 4 ng/mL)"


def test_what_follows_a_case_in_brackets_is_everybodys() -> None:
    text = "Bilirubin ≤ 2 x ULN, except in Gilbert's syndrome (in which case direct bilirubin ≤ 1.2 x ULN is required) Calcium ≤ 13 mg/dL"
    assert told(text) == [
        ("bilirubin", 2.0, "", ""),
        ("bilirubin_direct", 1.2, "Gilbert's syndrome", ""),
        ("calcium", 13.0, "", ""),
    ]
    assert told(
        "or total bilirubin ≤ 4 x ULN with direct bilirubin WNL in patients with well-documented Gilbert's syndrome"
    ) == [("bilirubin", 4.0, "well-documented Gilbert's syndrome", "")]
    assert told("Blood counts (without transfusion support): platelets ≥ 60,000/uL") == [("platelets", 60000.0, "", "")]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("INR < 1.3 x ULN. Subjects who are on warfarin do not need to meet the INR criterion", [("inr", 1.3, "", "warfarin")]),
        (
            "PT and aPTT ≤ 1.5 x ULN. Participants receiving anticoagulants do not have to meet these criteria.",
            [("pt", 1.5, "", "anticoagulants"), ("aptt", 1.5, "", "anticoagulants")],
        ),
        (
            "Total bilirubin ≤ 1.5 x ULN; patients with Gilbert's syndrome need not meet this requirement",
            [("bilirubin", 1.5, "", "Gilbert's syndrome")],
        ),
        (
            "Platelets ≥ 100,000/uL and ANC ≥ 1,500/uL. Patients with bone marrow involvement are not required to meet these criteria",
            [("platelets", 100000.0, "", "bone marrow involvement"), ("neutrophils", 1500.0, "", "bone marrow involvement")],
        ),
        (
            "INR ≤ 1.4. Individuals anticoagulated with warfarin need not satisfy this criterion.",
            [("inr", 1.4, "", "Individuals anticoagulated with warfarin")],
        ),
        (
            "Total bilirubin ≤ 1.2 mg/dL (subjects with Gilbert's syndrome do not have to meet this criterion)",
            [("bilirubin", 1.2, "", "Gilbert's syndrome")],
        ),
        ("APTT ≤ 1.5 x ULN. The APTT requirement does not apply to patients on heparin.", [("aptt", 1.5, "", "on heparin")]),
        (
            "Creatinine clearance ≥ 50 mL/min, which need not be met by participants on dialysis",
            [("creatinine_clearance", 50.0, "", "dialysis")],
        ),
        (
            "ANC ≥ 1,000/mcL. Subjects with benign ethnic neutropenia do not need to meet this threshold",
            [("neutrophils", 1000.0, "", "benign ethnic neutropenia")],
        ),
        (
            "INR ≤ 1.5 x ULN and aPTT ≤ 1.5 x ULN. Patients on direct oral anticoagulants are exempt from these criteria.",
            [("inr", 1.5, "", "direct oral anticoagulants"), ("aptt", 1.5, "", "direct oral anticoagulants")],
        ),
        (
            "Platelets ≥ 75,000/mm3; patients with splenomegaly are not required to fulfil this requirement",
            [("platelets", 75000.0, "", "splenomegaly")],
        ),
        (
            "LVEF ≥ 50 %. Patients who did not receive anthracyclines are not required to meet this criterion.",
            [("lvef", 50.0, "", "Patients who did not receive anthracyclines")],
        ),
    ],
)
def test_who_need_not_meet_a_bound_is_spared_of_it(text: str, means: list[tuple[str, float | str, str, str]]) -> None:
    assert told_of_all(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "Bilirubin ≤ 1.5 x ULN; or bilirubin ≤ 3 x ULN with direct bilirubin WNL in subjects with Gilbert's disease",
            [("bilirubin", 1.5, "", ""), ("bilirubin", 3.0, "Gilbert's disease", "")],
        ),
        ("Direct bilirubin WNL for patients with Gilbert's syndrome", []),
        ("Serum creatinine WNL", []),
        (
            "Total bilirubin ≤ 1.5 x ULN or ≤ 3 x ULN with a direct bilirubin within normal range in patients with Gilbert's syndrome",
            [("bilirubin", 1.5, "", ""), ("bilirubin", 3.0, "Gilbert's syndrome", "")],
        ),
        (
            "Total bilirubin ≤ ULN (≤ 3 x ULN and conjugated bilirubin WNL for participants with Gilbert's disease)",
            [("bilirubin", 1.0, "", ""), ("bilirubin", 3.0, "Gilbert's disease", "")],
        ),
        (
            "Bilirubin ≤ 2 x ULN, or ≤ 5 x ULN with normal direct fraction if Gilbert's syndrome",
            [("bilirubin", 2.0, "", ""), ("bilirubin", 5.0, "Gilbert's syndrome", "")],
        ),
        (
            "AST ≤ 5 x ULN with bilirubin within normal limits in subjects with liver metastases",
            [("ast", 5.0, "liver metastases", "")],
        ),
        (
            "Amylase ≤ 2 x ULN with lipase WNL in patients with pancreatic metastases",
            [("amylase", 2.0, "pancreatic metastases", "")],
        ),
    ],
)
def test_another_value_within_normal_limits_does_not_part_a_bound_from_its_case(
    text: str, means: list[tuple[str, float | str, str, str]]
) -> None:
    assert told_of_all(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "QTcF > 480 ms at screening and at baseline (pre-dose), except for a right bundle branch block",
            [("qtc", 480.0, "", "right bundle branch block")],
        ),
        (
            "QTc > 470 ms on the screening ECG (mean of 3 readings) unless secondary to a pacemaker",
            [("qtc", 470.0, "", "secondary to a pacemaker")],
        ),
        (
            "Bilirubin > 1.5 x ULN at Screening and on Day 1 (before dosing), except in Gilbert's syndrome",
            [("bilirubin", 1.5, "", "Gilbert's syndrome")],
        ),
        (
            "Platelets < 50 x 10^9/L at screening or on Cycle 1 Day 1 (pre-dose) unless due to marrow infiltration",
            [("platelets", 50.0, "", "due to marrow infiltration")],
        ),
        (
            "QTcF > 460 ms at screening or prior to the first dose on Cycle 1 Day 1, unless due to bundle branch block",
            [("qtc", 460.0, "", "due to bundle branch block")],
        ),
        (
            "Heart rate < 50 bpm at Visit 1 or Visit 2, except in trained athletes",
            [("heart_rate", 50.0, "", "trained athletes")],
        ),
        (
            "Systolic blood pressure > 150 mmHg (average of two readings taken 5 minutes apart) at Visit 2, unless due to white coat hypertension",
            [("systolic", 150.0, "", "due to white coat hypertension")],
        ),
        (
            "ALT > 3 x ULN at Week -2 or at baseline except when due to liver metastases",
            [("alt", 3.0, "", "due to liver metastases")],
        ),
        (
            "Calcium > 11.5 mg/dL on Day -14 (corrected for albumin), unless secondary to familial hypocalciuric hypercalcaemia",
            [("calcium", 11.5, "", "secondary to familial hypocalciuric hypercalcaemia")],
        ),
        (
            "eGFR < 45 mL/min/1.73 m2 at Visit 1 (Week -4), unless caused by the study disease",
            [("egfr", 45.0, "", "caused by the study disease")],
        ),
    ],
)
def test_when_and_how_a_thing_is_measured_does_not_part_a_bound_from_its_exception(
    text: str, means: list[tuple[str, float | str, str, str]]
) -> None:
    assert told_of_all(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "Total bilirubin ≤ 1.5 x ULN. Except subjects with Gilbert's syndrome (≤ 4 x ULN)",
            [("bilirubin", 1.5, "", ""), ("bilirubin", 4.0, "Gilbert's syndrome", "")],
        ),
        (
            "Total bilirubin ≤ 1.5 x ULN. Except for participants with Gilbert's disease: ≤ 3 x ULN",
            [("bilirubin", 1.5, "", ""), ("bilirubin", 3.0, "Gilbert's disease", "")],
        ),
        (
            "ALT and AST ≤ 2.5 x ULN. Exception: patients with liver metastases (≤ 5 x ULN).",
            [
                ("alt", 2.5, "", ""),
                ("ast", 2.5, "", ""),
                ("alt", 5.0, "liver metastases", ""),
                ("ast", 5.0, "liver metastases", ""),
            ],
        ),
        (
            "Bilirubin ≤ 1.5 x ULN or direct bilirubin ≤ ULN for those with bilirubin > 1.5 x ULN. Except patients with Gilbert's syndrome (total bilirubin ≤ 3 x ULN)",
            [
                ("bilirubin", 1.5, "", ""),
                ("bilirubin_direct", 1.0, "bilirubin > 1.5 x ULN", ""),
                ("bilirubin", 3.0, "Gilbert's syndrome", ""),
            ],
        ),
        (
            "AST ≤ 2 x ULN. Except in patients with hepatic metastases (≤ 5 x ULN).",
            [("ast", 2.0, "", ""), ("ast", 5.0, "hepatic metastases", "")],
        ),
        (
            "Platelets ≥ 100 x 10^9/L. Exceptions: subjects with marrow involvement (≥ 50 x 10^9/L)",
            [("platelets", 100.0, "", ""), ("platelets", 50.0, "marrow involvement", "")],
        ),
        (
            "ALP ≤ 2.5 x ULN. With the exception of patients with bone metastases (≤ 5 x ULN)",
            [("alp", 2.5, "", ""), ("alp", 5.0, "bone metastases", "")],
        ),
        (
            "Serum creatinine ≤ 1.5 mg/dL. Unless the patient has multiple myeloma (< 3 mg/dL)",
            [("creatinine", 1.5, "", ""), ("creatinine", 3.0, "patient has multiple myeloma", "")],
        ),
        (
            "Total bilirubin ≤ ULN. Exception for patients with Gilbert's syndrome, who must have total bilirubin ≤ 3 mg/dL",
            [("bilirubin", 1.0, "", ""), ("bilirubin", 3.0, "Gilbert's syndrome", "")],
        ),
        (
            "ALT ≤ 3 x ULN; except for those with liver involvement: ≤ 5 x ULN",
            [("alt", 3.0, "", ""), ("alt", 5.0, "with liver involvement", "")],
        ),
    ],
)
def test_an_exception_in_a_sentence_of_its_own_has_its_own_bound(
    text: str, means: list[tuple[str, float | str, str, str]]
) -> None:
    assert told_of_all(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("ESR > 15 mm/hr for men, > 25 mm/hr for women", [("other", 15.0, "men", ""), ("other", 25.0, "women", "")]),
        (
            "CRP > 6 mg/L or ESR > 12 mm/h for men, > 22 mm/h for women",
            [("crp", 6.0, "", ""), ("other", 12.0, "men", ""), ("other", 22.0, "women", "")],
        ),
        ("ESR > 20 mm/h in males or > 30 mm/h in females", [("other", 20.0, "males", ""), ("other", 30.0, "females", "")]),
        (
            "Waist circumference > 102 cm for men and > 88 cm for women",
            [("other", 102.0, "men", ""), ("other", 88.0, "women", "")],
        ),
        (
            "ESR > 20 mm/1st hour for men, > 30 mm/1st hour for women",
            [("other", 20.0, "men", ""), ("other", 30.0, "women", "")],
        ),
        ("Handgrip strength < 27 kg in men or < 16 kg in women", [("other", 27.0, "men", ""), ("other", 16.0, "women", "")]),
        ("Ferritin < 30 ng/mL for men, < 15 for women", [("ferritin", 30.0, "men", ""), ("ferritin", 15.0, "women", "")]),
        ("ESR ≥ 22 mm/h (for men) or ≥ 29 mm/h (for women)", [("other", 22.0, "men", ""), ("other", 29.0, "women", "")]),
        ("Uric acid > 7 mg/dL for males, > 6 for females", [("urate", 7.0, "males", ""), ("urate", 6.0, "females", "")]),
        ("Waist > 94 cm for men, > 80 cm for women", [("other", 94.0, "men", ""), ("other", 80.0, "women", "")]),
    ],
)
def test_men_and_women_have_bounds_of_their_own_whatever_the_unit(
    text: str, means: list[tuple[str, float | str, str, str]]
) -> None:
    assert told_of_all(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("ECOG performance status that is either 0 or 1 at screening", [("ecog", 0.0, "", ""), ("ecog", 1.0, "", "")]),
        (
            "ECOG performance status that is 0 or 1. A status of 2 is allowed if it is due to the lymphoma",
            [("ecog", 0.0, "", ""), ("ecog", 1.0, "", ""), ("ecog", 2.0, "it is due to the lymphoma", "")],
        ),
        (
            "Eastern Cooperative Oncology Group (ECOG) performance status which is either 0, 1 or 2",
            [("ecog", 0.0, "", ""), ("ecog", 2.0, "", "")],
        ),
        ("Karnofsky performance status that is at least 70", [("karnofsky", 70.0, "", "")]),
        ("WHO performance status that is between 0 and 2", [("ecog", 0.0, "", ""), ("ecog", 2.0, "", "")]),
        (
            "An Eastern Cooperative Oncology Group performance status (PS) that is 0, 1, or 2",
            [("ecog", 0.0, "", ""), ("ecog", 2.0, "", "")],
        ),
        (
            "ECOG status should be either 0 or 1. A score of 2 is acceptable if related to bone pain",
            [("ecog", 0.0, "", ""), ("ecog", 1.0, "", ""), ("ecog", 2.0, "related to bone pain", "")],
        ),
        ("Performance status which has to be 0 or 1 on the ECOG scale", [("ecog", 0.0, "", ""), ("ecog", 1.0, "", "")]),
        ("NYHA functional class that is either II or III", [("nyha", 2.0, "", ""), ("nyha", 3.0, "", "")]),
        ("Child-Pugh class that is A or B", [("child_pugh_class", "A", "", ""), ("child_pugh_class", "B", "", "")]),
    ],
)
def test_a_status_that_is_either_of_two_is_read(text: str, means: list[tuple[str, float | str, str, str]]) -> None:
    assert told_of_all(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "* 0 to 1 for participants < 75 years of age, or",
            [("?", 0.0, "< 75 years of age", ""), ("?", 1.0, "< 75 years of age", "")],
        ),
        (
            "0 to 3 for patients aged 65 years or older",
            [("?", 0.0, "65 years of age or older", ""), ("?", 3.0, "65 years of age or older", "")],
        ),
        ("0-2 for subjects ≥ 18 years of age", [("?", 0.0, "≥ 18 years of age", ""), ("?", 2.0, "≥ 18 years of age", "")]),
        ("* ≥ 60 for participants > 16 years of age", [("?", 60.0, "> 16 years of age", "")]),
        ("* 0-1 for patients > 70 years of age", [("?", 0.0, "> 70 years of age", ""), ("?", 1.0, "> 70 years of age", "")]),
        (
            "1 or 2 for subjects older than 65 years",
            [("?", 1.0, "older than 65 years of age", ""), ("?", 2.0, "older than 65 years of age", "")],
        ),
        ("≥ 50 for participants younger than 16 years", [("?", 50.0, "younger than 16 years of age", "")]),
        ("< 30 for adults aged 65 years or more", [("?", 30.0, "65 years of age or more", "")]),
        (
            "0 to 2 in patients 75 years of age or older",
            [("?", 0.0, "75 years of age or older", ""), ("?", 2.0, "75 years of age or older", "")],
        ),
    ],
)
def test_a_line_that_begins_with_its_bound_is_of_those_whom_it_names(
    text: str, means: list[tuple[str, float | str, str, str]]
) -> None:
    assert told_of_all(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "Known HIV (note: patients on stable antiretroviral therapy for ≥ 4 weeks with CD4 counts ≥ 250/uL and an undetectable viral load are allowed)",
            [("time", 4.0, "", ""), ("cd4", 250.0, "stable antiretroviral therapy", "")],
        ),
        (
            "Human immunodeficiency virus infection. Exception: participants on HAART for at least 3 months with a CD4 count > 350 cells/mm3 may enrol",
            [("time", 3.0, "", ""), ("cd4", 350.0, "HAART", "")],
        ),
        (
            "HIV infection (patients on combination ART with CD4 ≥ 200/mm3 are eligible)",
            [("cd4", 200.0, "combination ART", "")],
        ),
        (
            "Active HIV infection; subjects who are on effective antiretroviral treatment with CD4 count ≥ 350/uL can be included",
            [("cd4", 350.0, "effective antiretroviral treatment", "")],
        ),
        (
            "HIV infection is excluded. Patients on suppressive antiretroviral therapy with CD4 > 250/uL may participate",
            [("cd4", 250.0, "suppressive antiretroviral therapy", "")],
        ),
        (
            "Known HIV infection (NOTE: subjects receiving ART for at least 6 months, with a CD4 count ≥ 300/mm3 and no AIDS-defining illness, are eligible)",
            [("time", 6.0, "", ""), ("cd4", 300.0, "ART", "")],
        ),
        (
            "Chronic hepatitis C (patients who have completed antiviral therapy with HCV RNA < 15 IU/mL are allowed)",
            [("hcv_rna", 15.0, "completed antiviral therapy", "")],
        ),
        (
            "Diabetes (participants on a stable insulin regimen with HbA1c < 8 % are eligible)",
            [("hba1c", 8.0, "a stable insulin regimen", "")],
        ),
        (
            "Hypertension; patients taking antihypertensives with blood pressure ≤ 140/90 mmHg are permitted",
            [("systolic", 140.0, "antihypertensives", ""), ("diastolic", 90.0, "antihypertensives", "")],
        ),
        (
            "HIV (patients on HAART for ≥ 12 weeks who have CD4 ≥ 200/µL can be enrolled)",
            [("time", 12.0, "", ""), ("cd4", 200.0, "HAART for ≥ 12 weeks", "")],
        ),
    ],
)
def test_what_is_asked_of_those_who_are_admitted_is_asked_of_them_alone(
    text: str, means: list[tuple[str, float | str, str, str]]
) -> None:
    assert told_of_all(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "PTT < 1.3 x ULN; those with a lupus anticoagulant do not have to fulfil this criterion",
            [("ptt", 1.3, "", "a lupus anticoagulant")],
        ),
        (
            "INR ≤ 1.5 and PTT ≤ 1.5 x ULN, criteria that patients on warfarin need not meet",
            [("inr", 1.5, "", "warfarin"), ("ptt", 1.5, "", "warfarin")],
        ),
        (
            "Hemoglobin ≥ 8.0 g/dL. This requirement is waived for patients with beta thalassemia.",
            [("haemoglobin", 8.0, "", "beta thalassemia")],
        ),
        (
            "LDL-C ≥ 70 mg/dL. Participants already receiving a PCSK9 inhibitor are not required to meet the LDL-C threshold.",
            [("ldl", 70.0, "", "Participants already receiving a PCSK9 inhibitor")],
        ),
        (
            "AST and ALT ≤ 2.5 x ULN (≤ 5 x ULN with total bilirubin WNL if liver metastases are present)",
            [
                ("ast", 2.5, "", ""),
                ("alt", 2.5, "", ""),
                ("ast", 5.0, "liver metastases are present", ""),
                ("alt", 5.0, "liver metastases are present", ""),
            ],
        ),
        (
            "Potassium > 5.5 mmol/L at screening (one repeat is allowed), unless due to haemolysis of the sample",
            [("potassium", 5.5, "", "due to haemolysis of the sample")],
        ),
        (
            "ALT ≤ 2.5 x ULN. Exception: if liver metastases are present, ≤ 5 x ULN.",
            [("alt", 2.5, "", ""), ("alt", 5.0, "liver metastases are present", "")],
        ),
        (
            "Karnofsky performance score that is either 80, 90 or 100",
            [("karnofsky", 80.0, "", ""), ("karnofsky", 100.0, "", "")],
        ),
        ("ECOG performance status, assessed at screening, that is 0 or 1", [("ecog", 0.0, "", ""), ("ecog", 1.0, "", "")]),
        (
            "Zubrod performance status that is 0-1; a status of 2 is permitted if caused by the tumour",
            [("ecog", 0.0, "", ""), ("ecog", 1.0, "", ""), ("ecog", 2.0, "caused by the tumour", "")],
        ),
        ("ASA physical status that is I or II", [("asa", 1.0, "", ""), ("asa", 2.0, "", "")]),
        (
            "- 0 or 1 if aged 75 years or older",
            [("?", 0.0, "75 years of age or older", ""), ("?", 1.0, "75 years of age or older", "")],
        ),
        (
            "HIV infection, except for patients on antiretroviral therapy with CD4 ≥ 350/uL and undetectable viral load",
            [("cd4", 350.0, "antiretroviral therapy", "")],
        ),
        (
            "Heart failure (patients on optimal medical therapy for > 3 months with LVEF ≥ 40 % are allowed)",
            [("time", 3.0, "", ""), ("lvef", 40.0, "optimal medical therapy", "")],
        ),
    ],
)
def test_the_same_is_read_in_other_words(text: str, means: list[tuple[str, float | str, str, str]]) -> None:
    assert told_of_all(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "If the patient is ≥ 70 years old, then ECOG performance status must be 0 or 1.",
            [("ecog", 0.0, "≥ 70 years of age", ""), ("ecog", 1.0, "≥ 70 years of age", "")],
        ),
        (
            "If a participant is older than 65 years, then creatinine clearance must be ≥ 60 mL/min",
            [("creatinine_clearance", 60.0, "older than 65 years of age", "")],
        ),
        (
            "If the participant is < 18 years of age, Lansky performance status must be ≥ 60.",
            [("lansky", 60.0, "< 18 years of age", "")],
        ),
        (
            "If subjects are 75 years of age or older, then LVEF must be at least 55 %",
            [("lvef", 55.0, "75 years of age or older", "")],
        ),
        ("If age ≥ 60 years, Karnofsky performance status must be ≥ 80", [("karnofsky", 80.0, "≥ 60 years of age", "")]),
        (
            "If the subject is between 12 and 17 years of age, body weight must be ≥ 40 kg",
            [("weight", 40.0, "between 12 and 17 years of age", "")],
        ),
        ("When the patient is > 80 years of age, the ECOG must be 0", [("ecog", 0.0, "> 80 years of age", "")]),
        (
            "If the subject is 16 years of age or younger, then the Lansky score must be ≥ 50",
            [("lansky", 50.0, "16 years of age or younger", "")],
        ),
        (
            "For participants between the ages of 12 and 17 years, weight must be ≥ 40 kg",
            [("weight", 40.0, "between 12 and 17 years of age", "")],
        ),
        ("For patients between 16-21 years only, Karnofsky must be ≥ 60", [("karnofsky", 60.0, "16-21 years of age", "")]),
        (
            "For children between the ages of 2 and 11 years only, QTcF must be < 450 ms",
            [("qtc", 450.0, "between 2 and 11 years of age", "")],
        ),
        ("For subjects aged 12 to 17 years only, body weight must be ≥ 35 kg", [("weight", 35.0, "12 to 17 years of age", "")]),
        ("For adolescents ages 12-17 years, BMI must be ≥ 18 kg/m2", [("bmi", 18.0, "12-17 years of age", "")]),
        ("For patients 6 to 15 years of age only: Lansky ≥ 70", [("lansky", 70.0, "6 to 15 years of age", "")]),
        (
            "Patients who are ≥ 16 and < 18 years of age must weigh ≥ 45 kg",
            [("weight", 45.0, "≥ 16 and < 18 years of age", "")],
        ),
        (
            "Participants who are 12 to 17 years old must weigh at least 40 kg at screening",
            [("weight", 40.0, "12 to 17 years of age", "")],
        ),
        ("Subjects who are under 18 years of age (minors) must weigh > 35 kg", [("weight", 35.0, "under 18 years of age", "")]),
        (
            "Participants must be ≥ 16 years of age. Participants who are < 18 years of age must weigh ≥ 40 kg.",
            [("age", 16.0, "", ""), ("weight", 40.0, "< 18 years of age", "")],
        ),
        (
            "Adolescents aged 12 to < 18 years must have a body weight ≥ 40 kg",
            [("weight", 40.0, "12 to < 18 years of age", "")],
        ),
        (
            "Patients who are older than 70 years must have an ECOG performance status of 0-1",
            [("ecog", 0.0, "older than 70 years of age", ""), ("ecog", 1.0, "older than 70 years of age", "")],
        ),
        (
            "Patients aged ≥ 75 years must have creatinine clearance > 50 mL/min",
            [("creatinine_clearance", 50.0, "≥ 75 years of age", "")],
        ),
        (
            "Subjects who are ≥ 65 years of age must have a haemoglobin ≥ 10 g/dL",
            [("haemoglobin", 10.0, "≥ 65 years of age", "")],
        ),
        ("If participants are 70 years or older, then ECOG must be ≤ 1", [("ecog", 1.0, "70 years of age or older", "")]),
        (
            "If the subject is younger than 18 years, body weight must exceed 40 kg",
            [("weight", 40.0, "younger than 18 years of age", "")],
        ),
        ("If ≥ 65 years of age, must have a Karnofsky ≥ 70", [("karnofsky", 70.0, "≥ 65 years of age", "")]),
        (
            "If the subject is ≥ 75 years of age, then ECOG must be 0-1; ANC ≥ 1,000/mm3",
            [("ecog", 0.0, "≥ 75 years of age", ""), ("ecog", 1.0, "≥ 75 years of age", ""), ("neutrophils", 1000.0, "", "")],
        ),
        (
            "For those aged between 12 and 17 years only, body weight ≥ 40 kg is required",
            [("weight", 40.0, "aged between 12 and 17 years only", "")],
        ),
        (
            "Patients over 70 years of age must have a creatinine clearance of at least 60 mL/min",
            [("creatinine_clearance", 60.0, "over 70 years of age", "")],
        ),
        ("Participants under 18 years must weigh more than 40 kg", [("weight", 40.0, "under 18 years of age", "")]),
        ("Subjects 12 to 17 years of age must have a body weight of ≥ 35 kg", [("weight", 35.0, "12 to 17 years of age", "")]),
        (
            "Patients 18 years of age and older must have ECOG ≤ 2. Patients less than 18 years of age must have Lansky ≥ 50.",
            [("ecog", 2.0, "18 years of age and older", ""), ("lansky", 50.0, "less than 18 years of age", "")],
        ),
        (
            "In children younger than 12 years, haemoglobin must be ≥ 8 g/dL",
            [("haemoglobin", 8.0, "younger than 12 years of age", "")],
        ),
        (
            "Where the participant is aged 65 years or over, eGFR must be ≥ 45 mL/min/1.73 m2",
            [("egfr", 45.0, "65 years of age or over", "")],
        ),
        ("Patients who are at least 75 years old must have an LVEF ≥ 55 %", [("lvef", 55.0, "at least 75 years of age", "")]),
        ("Participants must be aged ≥ 18 years and must weigh ≥ 50 kg", [("age", 18.0, "", ""), ("weight", 50.0, "", "")]),
        (
            "Patients must be ≥ 18 years of age and have ECOG 0-1",
            [("age", 18.0, "", ""), ("ecog", 0.0, "", ""), ("ecog", 1.0, "", "")],
        ),
        (
            "Subjects aged 18 to 65 years must have a BMI between 18 and 30 kg/m2",
            [("age", 18.0, "", ""), ("age", 65.0, "", ""), ("bmi", 18.0, "", ""), ("bmi", 30.0, "", "")],
        ),
    ],
)
def test_an_age_in_a_clause_of_its_own_is_a_condition_and_no_bound(
    text: str, means: list[tuple[str, float | str, str, str]]
) -> None:
    assert told_of_all(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "Total bilirubin ≤ 1.5 x ULN (in subjects with Gilbert's syndrome and the total bilirubin is grade 2, then direct bilirubin must be ≤ 0.8 mg/dL)",
            [
                ("bilirubin", 1.5, "", ""),
                ("bilirubin_direct", 0.8, "Gilbert's syndrome and the total bilirubin is grade 2", ""),
            ],
        ),
        (
            "Bilirubin ≤ 1.5 x ULN. If the patient has Gilbert's disease and total bilirubin is grade 1 or 2, then direct bilirubin must be ≤ ULN",
            [
                ("bilirubin", 1.5, "", ""),
                ("bilirubin_direct", 1.0, "Gilbert's disease and total bilirubin is grade 1 or 2", ""),
            ],
        ),
        (
            "Total bilirubin ≤ ULN (in patients with Gilbert's and an elevated total bilirubin, direct bilirubin must be ≤ 1.5 x ULN)",
            [("bilirubin", 1.0, "", ""), ("bilirubin_direct", 1.5, "Gilbert's and an elevated total bilirubin", "")],
        ),
        (
            "Total bilirubin ≤ 1.5 mg/dL (for patients with known Gilbert's syndrome whose total bilirubin is grade 1, direct bilirubin ≤ 0.5 mg/dL)",
            [
                ("bilirubin", 1.5, "", ""),
                ("bilirubin_direct", 0.5, "known Gilbert's syndrome whose total bilirubin is grade 1", ""),
            ],
        ),
        (
            "Total bilirubin =< 1.5 x ULN (in patients with documented Gilbert's disease in whom total bilirubin is grade 1, then direct bilirubin =< 1.0 mg/dL)",
            [
                ("bilirubin", 1.5, "", ""),
                ("bilirubin_direct", 1.0, "documented Gilbert's disease in whom total bilirubin is grade 1", ""),
            ],
        ),
        (
            "Total bilirubin ≤ 1.5 x ULN (in subjects with elevated total bilirubin due to elevated indirect bilirubin, subjects with direct bilirubin ≤ 1.5 x ULN are eligible)",
            [
                ("bilirubin", 1.5, "", ""),
                ("bilirubin_direct", 1.5, "elevated total bilirubin due to elevated indirect bilirubin", ""),
            ],
        ),
        (
            "Bilirubin ≤ 2 mg/dL (in patients with raised bilirubin because of haemolysis, patients with direct bilirubin ≤ 0.5 mg/dL may be enrolled)",
            [("bilirubin", 2.0, "", ""), ("bilirubin_direct", 0.5, "raised bilirubin because of haemolysis", "")],
        ),
        (
            "Total bilirubin ≤ 1.5 x ULN; for patients with hyperbilirubinaemia due to Gilbert's syndrome, those with direct bilirubin ≤ ULN are eligible",
            [("bilirubin", 1.5, "", ""), ("bilirubin_direct", 1.0, "hyperbilirubinaemia due to Gilbert's syndrome", "")],
        ),
        (
            "Creatinine ≤ 1.5 mg/dL (in participants with a raised creatinine due to obstruction, participants with a cystatin C clearance ≥ 50 mL/min are eligible)",
            [("creatinine", 1.5, "", ""), ("creatinine_clearance", 50.0, "a raised creatinine due to obstruction", "")],
        ),
        (
            "Total bilirubin ≤ 2 x ULN (in those with increased bilirubin from haemolysis, those with direct bilirubin < 1.5 x ULN will be eligible)",
            [("bilirubin", 2.0, "", ""), ("bilirubin_direct", 1.5, "increased bilirubin from haemolysis", "")],
        ),
        (
            "Total bilirubin ≤ 1.5 x ULN (for patients with Gilbert's syndrome and total bilirubin elevated, direct bilirubin must be ≤ ULN)",
            [("bilirubin", 1.5, "", ""), ("bilirubin_direct", 1.0, "Gilbert's syndrome and total bilirubin elevated", "")],
        ),
        (
            "Bilirubin ≤ ULN. In patients with isolated hyperbilirubinemia due to Gilbert's disease, patients with direct bilirubin ≤ 1.5 x ULN may be included.",
            [("bilirubin", 1.0, "", ""), ("bilirubin_direct", 1.5, "isolated hyperbilirubinemia due to Gilbert's disease", "")],
        ),
        (
            "Total bilirubin ≤ 1.5 mg/dL (if patients have Gilbert's syndrome and the bilirubin is grade 2, direct bilirubin must be < 0.6 mg/dL)",
            [("bilirubin", 1.5, "", ""), ("bilirubin_direct", 0.6, "Gilbert's syndrome and the bilirubin is grade 2", "")],
        ),
    ],
)
def test_why_a_value_is_raised_says_whose_the_bound_behind_is(
    text: str, means: list[tuple[str, float | str, str, str]]
) -> None:
    assert told_of_all(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "LVEF ≥ 55 % unless the institutional lower limit of normal is lower",
            [("lvef", 55.0, "", "the institutional lower limit of normal is lower")],
        ),
        (
            "Ejection fraction ≥ 50 % by echocardiogram, unless the lower limit of normal of the institution is lower",
            [("lvef", 50.0, "", "the lower limit of normal of the institution is lower")],
        ),
        (
            "LVEF > 45% (by MUGA or ECHO) unless the local lower limit is below this",
            [("lvef", 45.0, "", "local lower limit is below this")],
        ),
        (
            "Haemoglobin ≥ 10 g/dL unless the institution's lower limit of normal is lower than this",
            [("haemoglobin", 10.0, "", "institution's lower limit of normal is lower than this")],
        ),
        (
            "LVEF ≥ 50 % (echocardiogram or MUGA), unless the institutional normal is lower",
            [("lvef", 50.0, "", "institutional normal is lower")],
        ),
        (
            "QTcF ≤ 450 ms unless the institutional upper limit of normal is higher",
            [("qtc", 450.0, "", "the institutional upper limit of normal is higher")],
        ),
        (
            "Lipase ≤ 100 U/L unless the site's upper limit of normal is higher",
            [("lipase", 100.0, "", "site's upper limit of normal is higher")],
        ),
        ("INR ≤ 1.5 (or ≤ 3.0 on anticoagulation)", [("inr", 1.5, "", ""), ("inr", 3.0, "anticoagulation", "")]),
        ("INR < 1.4 (or < 3.5 on warfarin)", [("inr", 1.4, "", ""), ("inr", 3.5, "warfarin", "")]),
        ("INR ≤ 1.2 or ≤ 3.0 on anticoagulants", [("inr", 1.2, "", ""), ("inr", 3.0, "anticoagulants", "")]),
        ("PTT ≤ 1.2 x ULN (or ≤ 2 x ULN on heparin)", [("ptt", 1.2, "", ""), ("ptt", 2.0, "heparin", "")]),
        (
            "International normalized ratio (INR) <1.3 (<3.0 on anticoagulants)",
            [("inr", 1.3, "", ""), ("inr", 3.0, "anticoagulants", "")],
        ),
        ("HbA1c < 7 % (or < 8 % on insulin)", [("hba1c", 7.0, "", ""), ("hba1c", 8.0, "insulin", "")]),
        ("INR < 1.5 (or < 2.5 when on anticoagulants)", [("inr", 1.5, "", ""), ("inr", 2.5, "on anticoagulants", "")]),
        (
            "Heart rate < 100 bpm (or < 110 bpm off beta-blockers)",
            [("heart_rate", 100.0, "", ""), ("heart_rate", 110.0, "beta-blockers", "")],
        ),
        (
            "INR < 1.3 (or < 3.0 while taking anticoagulants); platelets ≥ 75,000/uL",
            [("inr", 1.3, "", ""), ("inr", 3.0, "anticoagulants", ""), ("platelets", 75000.0, "", "")],
        ),
        ("≥ 1 measurable lesion by CT unless bone-only disease", [("count", 1.0, "", "bone-only disease")]),
        (
            "At least one measurable lesion (> 1.5 cm) unless disease is limited to the marrow",
            [("count", 1.0, "", "disease is limited to the marrow"), ("size", 1.5, "", "disease is limited to the marrow")],
        ),
        (
            "At least 1 measurable lesion on MRI unless leptomeningeal disease only",
            [("count", 1.0, "", "leptomeningeal disease only")],
        ),
        (
            "≥ 2 measurable nodes (> 2 cm in longest diameter) unless splenic disease only",
            [("count", 2.0, "", "splenic disease only"), ("size", 2.0, "", "splenic disease only")],
        ),
        (
            "QTc ≥ 470 ms; patients with a pacemaker who have a QTc ≥ 470 ms may be eligible if cardiology agrees",
            [("qtc", 470.0, "", ""), ("qtc", 470.0, "a pacemaker", "")],
        ),
        (
            "QTcF > 480 ms; participants with a bundle branch block who have QTcF > 480 ms may be enrolled if cleared by a cardiologist",
            [("qtc", 480.0, "", ""), ("qtc", 480.0, "a bundle branch block", "")],
        ),
        (
            "ALT > 3 x ULN; subjects with liver metastases who have an ALT > 3 x ULN are eligible if the sponsor approves",
            [("alt", 3.0, "", ""), ("alt", 3.0, "liver metastases, sponsor approves", "")],
        ),
        (
            "Platelets < 100,000/uL. Patients with ITP who have platelets < 100,000/uL may participate if there is no bleeding.",
            [("platelets", 100000.0, "", ""), ("platelets", 100000.0, "ITP", "")],
        ),
        (
            "HbA1c > 9 %; subjects with steroid-induced diabetes who have HbA1c > 9 % may be eligible if treated",
            [("hba1c", 9.0, "", ""), ("hba1c", 9.0, "steroid-induced diabetes", "")],
        ),
        ("Age 18-65 years old (Germany)", [("age", 18.0, "Germany", ""), ("age", 65.0, "Germany", "")]),
        ("Age ≥ 20 years (Japan)", [("age", 20.0, "Japan", "")]),
        ("Aged 19 to 75 years (South Korea)", [("age", 19.0, "South Korea", ""), ("age", 75.0, "South Korea", "")]),
        (
            "Age 60-75 years (United States); age 55-75 years (China)",
            [
                ("age", 60.0, "United States", ""),
                ("age", 75.0, "United States", ""),
                ("age", 55.0, "China", ""),
                ("age", 75.0, "China", ""),
            ],
        ),
        ("Age ≥ 18 years (USA) or ≥ 20 years (Taiwan)", [("age", 18.0, "USA", ""), ("age", 20.0, "Taiwan", "")]),
        ("Age ≥ 21 years old (Singapore only)", [("age", 21.0, "Singapore", "")]),
        (
            "Stage IIIC or IV NSCLC, and stage IIIB only if not a candidate for surgery",
            [("stage", "3C", "", ""), ("stage", 4.0, "", ""), ("stage", "3B", "not a candidate for surgery", "")],
        ),
        ("Stage IV melanoma; stage IIIC only if unresectable", [("stage", 4.0, "", ""), ("stage", "3C", "unresectable", "")]),
        ("Stage IIIB disease only if not amenable to chemoradiation", [("stage", "3B", "not amenable to chemoradiation", "")]),
        (
            "Stage IV, or stage III only when not suitable for radiotherapy",
            [("stage", 4.0, "", ""), ("stage", 3.0, "not suitable for radiotherapy", "")],
        ),
        ("Stage IIIA (only if inoperable)", [("stage", "3A", "inoperable", "")]),
        (
            "LVEF ≥ 50 %, as assessed by echocardiogram, unless the institutional lower limit is lower",
            [("lvef", 50.0, "", "the institutional lower limit is lower")],
        ),
        (
            "LVEF of at least 50 % (MUGA or ECHO) unless institutional limit of normal is lower",
            [("lvef", 50.0, "", "institutional limit of normal is lower")],
        ),
        (
            "Amylase ≤ 100 U/L unless the local reference range is higher",
            [("amylase", 100.0, "", "local reference range is higher")],
        ),
        (
            "LVEF must be ≥ 53 % unless the lower limit of normal at the institution is less than 53 %",
            [("lvef", 53.0, "", "the lower limit of normal at the institution is less than 53 %")],
        ),
        ("INR ≤ 1.5 (≤ 3 for those on warfarin)", [("inr", 1.5, "", ""), ("inr", 3.0, "on warfarin", "")]),
        ("aPTT < 1.5 x ULN (or < 2.5 x ULN if on heparin)", [("aptt", 1.5, "", ""), ("aptt", 2.5, "on heparin", "")]),
        (
            "Oxygen saturation ≥ 92 % (or ≥ 88 % on supplemental oxygen)",
            [("oxygen_saturation", 92.0, "", ""), ("oxygen_saturation", 88.0, "supplemental oxygen", "")],
        ),
        ("TSH < 4 mIU/L (or < 6 mIU/L on levothyroxine)", [("tsh", 4.0, "", ""), ("tsh", 6.0, "levothyroxine", "")]),
        ("Blood pressure ≥ 150 mmHg systolic on two occasions", [("systolic", 150.0, "", "")]),
        ("LDL ≥ 100 mg/dL, or ≥ 70 mg/dL on a statin", [("ldl", 100.0, "", ""), ("ldl", 70.0, "a statin", "")]),
        ("SBP < 140 mmHg at screening and < 150 mmHg on day 1", [("systolic", 140.0, "", ""), ("systolic", 150.0, "", "")]),
        (
            "At least 1 measurable lesion on CT or MRI unless only bone lesions are present",
            [("count", 1.0, "", "only bone lesions are present")],
        ),
        (
            "≥ 1 evaluable lesion (> 10 mm) except in those with peritoneal disease only",
            [("count", 1.0, "", "with peritoneal disease only"), ("size", 10.0, "", "with peritoneal disease only")],
        ),
        (
            "ALT > 2.5 x ULN. Patients with Wilson disease who have ALT > 2.5 x ULN may be enrolled if stable",
            [("alt", 2.5, "", ""), ("alt", 2.5, "Wilson disease", "")],
        ),
        (
            "QTcB > 450 ms (patients with a ventricular pacemaker who have QTcB > 450 ms can be eligible if the cardiologist consents)",
            [("qtc", 450.0, "", ""), ("qtc", 450.0, "a ventricular pacemaker", "")],
        ),
        ("18 to 75 years of age (China)", [("age", 18.0, "China", ""), ("age", 75.0, "China", "")]),
        ("Age: ≥ 20 years (in Japan)", [("age", 20.0, "Japan", "")]),
        ("Age ≥ 16 years (UK sites only)", [("age", 16.0, "UK", "")]),
        ("Stage IIIB (only if ineligible for chemoradiotherapy)", [("stage", "3B", "ineligible for chemoradiotherapy", "")]),
        ("Stage III disease is allowed only if unresectable", [("stage", 3.0, "unresectable", "")]),
        ("Stage IIB, only where surgery is refused", [("stage", "2B", "surgery is refused", "")]),
    ],
)
def test_what_stands_right_behind_a_bound_says_whose_it_is(text: str, means: list[tuple[str, float | str, str, str]]) -> None:
    assert told_of_all(text) == means


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "Active grade 3 (per NCI CTCAE, version 5.0) or higher infection within 14 days prior to enrolment",
            [("grade", ">=", 3.0), ("time", "<=", 14.0)],
        ),
        ("Grade 2 (according to CTCAE v4.03) or greater neuropathy", [("grade", ">=", 2.0)]),
        (
            "Grade 3 (NCI Common Terminology Criteria for Adverse Events [CTCAE] v5) or worse haemorrhage within 4 weeks",
            [("grade", ">=", 3.0), ("time", "<=", 4.0)],
        ),
        ("Peripheral neuropathy grade 2 (CTCAE 5.0) or above", [("grade", ">=", 2.0)]),
        ("Toxicity recovered to grade 1 (CTCAE version 5.0) or less", [("grade", "<=", 1.0)]),
        ("Recovery to Grade 1 (per CTCAE v5.0) or better from prior therapy", [("grade", "<=", 1.0)]),
        ("NYHA class III (New York Heart Association) or greater heart failure", [("nyha", ">=", 3.0)]),
        ("ECOG performance status 2 (Oken 1982) or higher", [("ecog", ">=", 2.0)]),
        ("Neuropathy of grade 2 [CTCAE, v 5.0] or more", [("grade", ">=", 2.0)]),
        ("Any unresolved toxicity of grade 2 (except alopecia) or higher", [("grade", ">=", 2.0)]),
        ("Mucositis grade 3, per CTCAE version 5.0, or higher", [("grade", ">=", 3.0)]),
        ("Grade 2 or higher (CTCAE v5.0) neuropathy", [("grade", ">=", 2.0)]),
        ("Any grade 3 toxicity (NCI CTCAE v4.0) or higher", [("grade", ">=", 3.0)]),
        ("Haemorrhage of Grade 3 (by CTCAE version 5) and above within 28 days", [("grade", ">=", 3.0), ("time", "<=", 28.0)]),
        ("Resolved to grade 1 (NCI-CTCAE v5) or lower", [("grade", "<=", 1.0)]),
        ("Grade 3 (severe) or grade 4 infection", [("grade", "==", 3.0), ("grade", "==", 4.0)]),
        ("Ongoing grade 2 [per NCI CTCAE (v5.0)] or worse cardiac arrhythmia", [("grade", ">=", 2.0)]),
        ("NYHA class II (slight limitation) or worse", [("nyha", ">=", 2.0)]),
        ("Grade ≥ 2 (per CTCAE v5.0) diarrhoea", [("grade", ">=", 2.0)]),
    ],
)
def test_by_which_scale_a_grade_is_does_not_part_it_from_or_higher(text: str, means: list[tuple[str, str, float]]) -> None:
    read = [atom for each in criteria(text).criteria for atom in each.atoms]
    assert [(each.measure, each.op, each.value) for each in read] == means


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("leucocytes ≥ 3,000/μcL", "/uL"),
        ("body surface area of at least 1.0 square metres", "m2"),
        ("BMI >= 18 and <= 35 kilogram/square meter", "kg/m2"),
        ("Obesity with BMI ≥ 30 kilograms per meter squared", "kg/m2"),
        ("Creatinine clearance ≥ 60 mL/min per 1.73 m2", "mL/min/1.73m2"),
        ("GFR ≥ 60 mL/min corrected to a body surface of 1.73 m^2", "mL/min"),
    ],
)
def test_units_are_known_in_these_spellings_too(text: str, unit: str) -> None:
    read = [atom for each in criteria(text).criteria for atom in each.atoms]
    assert {each.unit for each in read} == {unit}


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("ANC ≥ 1,000/uL (≥ 500/uL if marrow blasts (%) > 20%)", "marrow blasts (%) > 20%"),
        ("Platelets ≥ 75,000/uL (≥ 50,000/uL if marrow plasma cells [PC]% > 50%)", "marrow plasma cells [PC]% > 50%"),
        (
            "Platelets ≥ 75,000/uL (≥ 30,000/uL if bone marrow plasma cells (BMPC) ≥ 50%)",
            "bone marrow plasma cells (BMPC) ≥ 50%",
        ),
        ("Platelets ≥ 75,000/uL, or ≥ 50,000/uL if plasma cells (PCs) are ≥ 60 %", "plasma cells (PCs) are ≥ 60 %"),
        ("Hemoglobin ≥ 8 g/dL; ≥ 7 g/dL if bone marrow blasts [BMB] ≥ 30 %", "bone marrow blasts [BMB] ≥ 30 %"),
    ],
)
def test_a_short_name_in_brackets_does_not_part_a_condition_from_what_it_compares(text: str, when: str) -> None:
    read = [atom for each in criteria(text).criteria for atom in each.atoms]
    assert [each.when for each in read] == ["", when]


@pytest.mark.parametrize(
    ("text", "means"),
    [
        (
            "Total bilirubin < 1.5 x ULN (known Gilbert disease: < 3 x ULN)",
            [("bilirubin", 1.5, "", ""), ("bilirubin", 3.0, "known Gilbert disease", "")],
        ),
        ("INR ≤ 1.5 (on anticoagulants: ≤ 3)", [("inr", 1.5, "", ""), ("inr", 3.0, "on anticoagulants", "")]),
        (
            "Alkaline phosphatase ≤ 2.5 x ULN; (≤ 5 x ULN in case of bone metastasis)",
            [("alp", 2.5, "", ""), ("alp", 5.0, "bone metastasis", "")],
        ),
        (
            "Adequate liver function (bilirubin: < 2 mg/dL; AST: < 100 U/L)",
            [("bilirubin", 2.0, "", ""), ("ast", 100.0, "", "")],
        ),
    ],
)
def test_a_bracket_behind_a_bound_may_begin_with_its_case(text: str, means: list[tuple[str, float | str, str, str]]) -> None:
    assert told_of_all(text) == means
