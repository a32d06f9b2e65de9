"""A criterion's English, read again, is the same criterion."""

from hypothesis import given
from hypothesis import strategies as st

from equipoise.criteria import Needed, criteria, scope
from equipoise.criteria.scope import read
from equipoise.criteria.sections import Kind
from equipoise.expression.english import english
from equipoise.expression.grammar import expression
from equipoise.expression.tree import Tree
from equipoise.vocabulary import derived

OWN = (
    Needed("liver_metastases", type="yes_no", label="Liver metastases"),
    Needed("bone_metastases", type="yes_no", label="Bone metastases"),
    Needed("gilbert_syndrome", type="yes_no", label="Gilbert's syndrome"),
    Needed("last_chemotherapy_on", type="date", label="Date of the last chemotherapy"),
    Needed("last_radiotherapy_on", type="date", label="Date of the last radiotherapy"),
    Needed("lvef", type="quantity", unit="%", label="Left ventricular ejection fraction"),
)
SCOPE = scope(OWN)

OPS = st.sampled_from(["<", "<=", ">", ">="])
WHOLE = st.integers(1, 150)
TENTHS = st.integers(1, 400).map(lambda tenths: f"{tenths / 10:g}")
LABS = st.sampled_from(
    [
        ("platelets", "10^9/L"), ("platelets", "/mm3"), ("neutrophils", "10^9/L"), ("neutrophils", "/uL"), ("leucocytes", "10^9/L"),
        ("lymphocytes", "10^9/L"), ("haemoglobin", "g/dL"), ("haemoglobin", "g/L"), ("bilirubin", "mg/dL"), ("bilirubin", "umol/L"),
        ("creatinine", "mg/dL"), ("creatinine", "umol/L"), ("albumin", "g/dL"), ("albumin", "g/L"), ("sodium", "mmol/L"),
        ("potassium", "mmol/L"), ("calcium", "mmol/L"), ("magnesium", "mmol/L"), ("crp", "mg/L"), ("cea", "ug/L"), ("ca19_9", "kU/L"),
        ("afp", "ug/L"), ("alt", "U/L"), ("ast", "U/L"), ("alp", "U/L"), ("ggt", "U/L"), ("ldh", "U/L"), ("glucose", "mmol/L"),
        ("creatinine_clearance", "mL/min"), ("egfr", "mL/min/1.73m2"), ("hba1c", "%"), ("lvef", "%"), ("inr", ""),
    ]
)  # fmt: skip
LIMITED = st.sampled_from(["alt", "ast", "alp", "ggt", "ldh", "bilirubin", "creatinine", "aptt", "amylase", "lipase", "urea"])
CONDITIONS = st.sampled_from(["liver_metastases", "bone_metastases", "gilbert_syndrome", "anticoagulant", "diabetes"])
PERSON = st.sampled_from(
    [("weight", "kg"), ("bmi", "kg/m2"), ("systolic", "mm[Hg]"), ("diastolic", "mm[Hg]"), ("heart_rate", "/min"), ("qtc", "ms"), ("oxygen_saturation", "%")]
)  # fmt: skip
DATES = st.sampled_from(["major_surgery_on", "last_chemotherapy_on", "last_radiotherapy_on"])
UNITS = st.sampled_from(["days", "weeks", "months"])
STATES = st.sampled_from(
    [
        "breast_feeding",
        "diabetes",
        "liver_metastases",
        "bone_metastases",
        "gilbert_syndrome",
        "cardiac_failure",
        "other_malignancy",
    ]
)

bounds = st.builds(lambda lab, op, value: f"{lab[0]} {op} {value} {lab[1]}".strip(), LABS | PERSON, OPS, TENTHS)
OTHER_THAN_ONE = TENTHS.filter(lambda times: times != "1")  # `1 x ULN` is said, and so read, as `ULN`
limited = st.builds(lambda lab, op, times: f"{lab} {op} {times} x ULN", LIMITED, OPS, OTHER_THAN_ONE)
ages = st.builds(lambda op, years: f"age {op} {years} years", OPS, st.integers(1, 99)) | st.builds(
    lambda low, more: f"age between {low} years and {low + more} years", st.integers(1, 50), st.integers(1, 49)
)
grades = (
    st.builds(lambda op, grade: f"ecog {op} {grade}", OPS, st.integers(0, 4))
    | st.builds(lambda op, grade: f"karnofsky {op} {10 * grade}", OPS, st.integers(1, 10))
    | st.builds(lambda op, grade: f"nyha_class {op} {grade}", OPS, st.sampled_from(["I", "II", "III", "IV"]))
    | st.builds(lambda op, grade: f"asa_class {op} {grade}", OPS, st.sampled_from(["I", "II", "III", "IV"]))
    | st.builds(lambda op, grade: f"child_pugh_class {op} {grade}", OPS, st.sampled_from(["A", "B", "C"]))
    | st.builds(lambda op, points: f"child_pugh_points {op} {points}", OPS, st.integers(5, 15))
    | st.builds(lambda low, more: f"ecog between {low} and {low + more}", st.integers(0, 2), st.integers(1, 2))
)
conditional = st.builds(
    lambda condition, lab, op, low, more: f"if {condition} then {lab} {op} {low + more:g} x ULN else {lab} {op} {low:g} x ULN",
    CONDITIONS,
    st.sampled_from(["alt", "ast", "alp", "bilirubin"]),
    st.just("<="),
    st.sampled_from([1.5, 2.0, 2.5, 3.0]),
    st.sampled_from([0.5, 1.0, 2.0, 2.5, 7.0]),
)
recorded = bounds.filter(
    lambda bound: bound.split()[0] not in derived()
)  # a window after a derived term is said by its formula
windowed = st.builds(lambda bound, days: f"{bound} within {days} days before enrolment", recorded | limited, st.integers(2, 60))
washed_out = st.builds(
    lambda day, how, many, unit: f"{day} {how} {many} {unit} before enrolment", DATES, st.sampled_from(["within", "at least"]), st.integers(2, 24), UNITS
)  # fmt: skip
lesions = st.builds(
    lambda where, op, many: f"count(lesions{where}) {op} {many}",
    st.sampled_from(["", " where organ == liver", " where organ == lung", " where role == target"]),
    st.sampled_from(["<=", ">="]),
    st.integers(1, 9),
) | st.builds(
    lambda where, op, mm: f"max(diameter of lesions{where}) {op} {mm} mm",
    st.sampled_from(["", " where organ == liver", " where organ == lung"]),
    OPS,
    st.integers(2, 150),
)
states = STATES | STATES.map(lambda state: f"not {state}") | st.sampled_from(["sex == female", "sex == male"])
single = bounds | limited | ages | grades | conditional | windowed | washed_out | lesions | states


def again(tree: Tree, kind: Kind) -> Tree:
    """A statement said in English, and read from that."""
    words = english(tree, SCOPE)
    found = criteria(words, kind=kind).criteria
    assert len(found) == 1, (words, found)
    (each,) = found
    assert each.expression is not None, (words, each)
    items = {item.name: item for item in (*OWN, *each.items)}
    return read(each.expression, tuple(items.values()))


@given(single, st.sampled_from(["include", "exclude"]))
def test_a_criterion_said_in_english_is_read_as_itself(text: str, kind: Kind) -> None:
    tree = expression(text, SCOPE)
    assert again(tree, kind) == tree


@given(st.lists(bounds | limited, min_size=2, max_size=3, unique_by=lambda bound: bound.split()[0]))
def test_several_bounds_said_in_one_sentence_are_read_as_themselves(parts: list[str]) -> None:
    tree = expression(" and ".join(parts), SCOPE)
    assert again(tree, "include") == tree
