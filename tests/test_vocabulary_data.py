"""The vocabulary's files keep their form: what a reader of `vocabulary/*.yaml` may rely on."""

import json
import re
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
import yaml

from equipoise.chart import chart
from equipoise.screening import screening
from equipoise.study import study
from equipoise.transcript import read_events

FOLDER = Path(__file__).parent.parent / "src" / "equipoise" / "vocabulary"
FILES = sorted(FOLDER.glob("*.yaml"))
TYPES = {"integer", "real", "quantity", "date", "month", "choice", "yes_no", "text", "lesions", "score", "file"}
KEYS = {
    "label", "type", "unit", "units", "molar_mass", "of", "ordered", "range", "expect", "codes", "source", "says",
    "derive", "labels", "grades", "cycle", "wants",
}  # fmt: skip
UNITS = {
    "10^9/L", "10^3/uL", "/uL", "g/L", "g/dL", "mg/L", "mg/dL", "ug/L", "ng/mL", "umol/L", "mmol/L", "U/L", "ukat/L",
    "kU/L", "U/mL", "mm", "cm", "m", "g", "mg", "kg", "kg/m2", "mL", "L", "mL/min", "mL/min/1.73m2", "%", "s", "ms",
    "min", "h", "Cel", "[degF]", "mm[Hg]", "kPa", "/min", "years", "days",
}  # fmt: skip
WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
LINE = re.compile(r"(?P<lab>\w+) (?P<sign><|<=|>|>=) (?:(?P<times>[\d.]+) x )?(?P<limit>ULN|LLN|[\d.]+)(?: (?P<unit>[\w^/]+))?")
RESERVED = set(
    "and or not in between if then else as where within before after at least most of from to x exists "
    "first last nth count any all sum min max nadir mean months days today true false unknown include exclude "
    "ULN LLN log10 ln abs".split()
)
# Standard atomic weights, abridged: Prohaska et al. (2022), Pure Appl Chem 94:573-600.
ATOMIC = {
    "C": 12.011, "H": 1.008, "N": 14.007, "O": 15.999, "P": 30.974, "Ca": 40.078, "Mg": 24.305,
}  # fmt: skip


@cache
def shelf(path: Path) -> dict:
    return yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)


TERMS = {(path.stem, name): term for path in FILES for name, term in shelf(path)["terms"].items()}
NAMES = [f"{place}.{name}" for place, name in TERMS]
each_term = pytest.mark.parametrize(("name", "term"), [(n, t) for (_, n), t in TERMS.items()], ids=NAMES)
each_graded = pytest.mark.parametrize(
    ("name", "term"),
    [(n, t) for (_, n), t in TERMS.items() if "grades" in t],
    ids=[f"{s}.{n}" for (s, n), t in TERMS.items() if "grades" in t],
)


def codes(term: dict) -> list[str]:
    return list(term.get("of", ()))


def bounds(text: str) -> tuple[Decimal, Decimal]:
    low, high = text.split("..")
    return Decimal(low), Decimal(high)


def unquoted(text: str) -> str:
    """The expression with its units, numbers and `x ULN` taken out: what is left is names and words."""
    for unit in sorted(UNITS, key=len, reverse=True):
        text = re.sub(rf"(?<=\d )(?:{re.escape(unit)})(?![\w/])|(?<=as )(?:{re.escape(unit)})(?![\w/])", " ", text)
    return text


def holds(when: str, value: float, limits: dict[str, float]) -> bool:
    """A grade's line, read for one value in the term's own unit: only `<  <=  >  >=`, `and` and `x ULN` are needed."""
    compare = {"<": float.__lt__, "<=": float.__le__, ">": float.__gt__, ">=": float.__ge__}
    answers = []
    for part in when.split(" and "):
        found = LINE.fullmatch(part)
        assert found, f"{part!r} is not a line this test can read"
        right = float(limits.get(found["limit"], found["limit"]))
        answers.append(compare[found["sign"]](value, float(found["times"] or 1) * right))
    return all(answers)


def test_there_are_shelves() -> None:
    assert {path.stem for path in FILES} >= {
        "demographics", "labs", "oncology", "adverse_events", "surgery", "liver", "regimens"
    }  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_one_shelf_without_anchors_aliases_or_tags(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for event in yaml.parse(text, yaml.BaseLoader):
        assert not isinstance(event, yaml.AliasEvent)
        assert getattr(event, "anchor", None) is None
        assert getattr(event, "tag", None) is None
    said = shelf(path)
    assert set(said) == {"shelf", "says", "terms"}
    assert said["shelf"] == path.stem
    assert all(len(line) <= 120 for line in text.splitlines())


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_key_is_written_twice(path: Path) -> None:
    def look(node: yaml.Node) -> None:
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            assert len(keys) == len(set(keys)), f"line {node.start_mark.line + 1}: {keys}"
            for _, value in node.value:
                look(value)
        elif isinstance(node, yaml.SequenceNode):
            for value in node.value:
                look(value)

    look(yaml.compose(path.read_text(encoding="utf-8"), yaml.BaseLoader))


def test_a_name_stands_on_one_shelf_only() -> None:
    names = [name for _, name in TERMS]
    assert sorted(names) == sorted(set(names))


@each_term
def test_a_term_has_a_label_a_sentence_and_a_known_type(name: str, term: dict) -> None:
    assert set(term) <= KEYS
    assert WORD.fullmatch(name)
    assert name not in RESERVED
    assert term["label"]
    assert term["says"].endswith((".", "?"))
    assert term["type"] in TYPES
    assert ("unit" in term) == (term["type"] == "quantity")
    assert ("of" in term) == (term["type"] == "choice")
    assert {term["unit"], *term.get("units", ())} <= UNITS if "unit" in term else "units" not in term
    assert term.get("unit") not in term.get("units", ())


@each_term
def test_codes_are_words_that_are_not_names_of_terms(name: str, term: dict) -> None:
    for code in codes(term):
        assert WORD.fullmatch(code)
        assert code not in RESERVED
        assert code not in {known for _, known in TERMS}, f"{code} is both an answer and a term"
    assert len(codes(term)) == len(set(codes(term))) != 1
    assert "ordered" not in term or (term["ordered"] == "yes" and codes(term))


@each_term
def test_ranges_rise_and_what_is_expected_is_possible(name: str, term: dict) -> None:
    for key in ("range", "expect"):
        if key in term:
            low, high = bounds(term[key])
            assert low < high
    if "range" in term and "expect" in term:
        (low, high), (soft_low, soft_high) = bounds(term["range"]), bounds(term["expect"])
        assert low <= soft_low
        assert soft_high <= high
    if "labels" in term:
        assert term["type"] == "integer"
        low, high = bounds(term["range"])
        numbers = [Decimal(number) for number in term["labels"]]
        assert numbers == sorted(numbers)
        assert (numbers[0], numbers[-1]) == (low, high)


@each_term
def test_what_was_defined_elsewhere_says_where(name: str, term: dict) -> None:
    if {"derive", "grades", "labels", "molar_mass"} & set(term):
        assert term["source"]
    for code, cycle in term.get("cycle", {}).items():
        assert code in codes(term)
        assert set(cycle) == {"lasts", "source"}
        assert re.fullmatch(r"\d+ days", cycle["lasts"])
    for text in [term.get("source", ""), *(cycle["source"] for cycle in term.get("cycle", {}).values())]:
        assert not text or re.search(r"\b(1[89]|20)\d\d\b|^formula |^After NCCN|^ISO \d+$", text), text


@each_term
def test_codes_of_terminologies_are_well_formed(name: str, term: dict) -> None:
    for system, code in term.get("codes", {}).items():
        if system == "LOINC":
            # The check digit is modulus 10 over the digits before it, every second one doubled.
            digits, check = code.split("-")
            doubled = [int(d) * (2 if n % 2 == 0 else 1) for n, d in enumerate(reversed(digits))]
            assert (10 - sum(d // 10 + d % 10 for d in doubled) % 10) % 10 == int(check), f"{code} is not a LOINC code"
        else:
            assert system == "NCIt"
            assert re.fullmatch(r"C\d{4,6}", code)


def test_no_code_of_a_terminology_means_two_things() -> None:
    given = [pair for term in TERMS.values() for pair in term.get("codes", {}).items()]
    assert sorted(given) == sorted(set(given))


@each_term
def test_a_molar_mass_follows_from_the_formula(name: str, term: dict) -> None:
    if "molar_mass" in term:
        mass, unit = term["molar_mass"].split()
        atoms = re.findall(r"([A-Z][a-z]?)(\d*)", term["source"].removeprefix("formula "))
        assert unit == "g/mol"
        assert float(mass) == pytest.approx(sum(ATOMIC[atom] * int(n or 1) for atom, n in atoms), abs=0.006)


@each_term
def test_an_expression_names_only_terms_codes_and_words_of_the_language(name: str, term: dict) -> None:
    known = {known for _, known in TERMS} - {name}
    answers = {code for other in TERMS.values() for code in codes(other)}
    for text in [term.get("derive", ""), *(line["when"] for line in term.get("grades", ()))]:
        words = set(WORD.findall(unquoted(text)))
        assert words <= known | answers | RESERVED, words - known - answers - RESERVED
        assert text.count("(") == text.count(")")


def test_derived_terms_do_not_go_round_in_a_circle() -> None:
    texts = {n: " ".join([t.get("derive", ""), *(g["when"] for g in t.get("grades", ()))]) for (_, n), t in TERMS.items()}
    needs = {n: set(WORD.findall(unquoted(text))) & set(texts) for n, text in texts.items()}
    settled: set[str] = set()
    while ready := {n for n in needs if n not in settled and needs[n] <= settled}:
        settled |= ready
    assert settled == set(needs)


# Limits of normal for the tests alone; a laboratory brings its own.
LLN = {"platelets": 150, "neutrophils": 2, "leucocytes": 4, "lymphocytes": 1, "haemoglobin": 120, "albumin": 35}
ULN = {"alt": 40, "ast": 40, "alp": 120, "ggt": 60, "bilirubin": 20, "creatinine": 100, "aptt": 35}


@each_graded
def test_grades_cover_what_is_abnormal_and_do_not_overlap(name: str, term: dict) -> None:
    lines = term["grades"]
    measured = {WORD.match(line["when"]).group() for line in lines}
    assert len(measured) == 1
    lab = measured.pop()
    limits = {"LLN": float(LLN.get(lab, 0)), "ULN": float(ULN.get(lab, 0))}
    numbers = [int(line["grade"]) for line in lines]
    assert numbers == list(range(1, numbers[-1] + 1))
    assert term["range"] == f"0..{numbers[-1]}"
    unit = next(t for (_, n), t in TERMS.items() if n == lab).get("unit")
    named = [LINE.fullmatch(part) for line in lines for part in line["when"].split(" and ")]
    assert all(found and found["unit"] in (None, unit) for found in named)

    # Every edge that a line names, a step to each side of it, and points far from all of them.
    edges = {float(found["times"] or 1) * float(limits.get(found["limit"], found["limit"])) for found in named if found}
    values = sorted({edge * step for edge in edges for step in (0.01, 0.9999, 1.0, 1.0001, 100.0)})
    rising = ">" in lines[-1]["when"]
    mildest = min(edges) if rising else max(edges)
    worst = 0
    for value in values if rising else reversed(values):
        met = [int(line["grade"]) for line in lines if holds(line["when"], value, limits)]
        abnormal = value > mildest if rising else value < mildest
        assert len(met) == (1 if abnormal else 0), f"{lab} {value}: grades {met}"
        assert not met or met[0] >= worst  # never milder as the value gets worse
        worst = max([worst, *met])
    assert worst == numbers[-1]


# By hand, from CTCAE v5.0: the mildest value just inside each grade.
@pytest.mark.parametrize(
    ("name", "value", "grade"),
    [
        ("platelets_grade", 75.0, 1), ("platelets_grade", 74.9, 2), ("platelets_grade", 24.9, 4),
        ("neutrophils_grade", 0.5, 3), ("leucocytes_grade", 2.9, 2), ("lymphocytes_grade", 0.19, 4),
        ("haemoglobin_grade", 80.0, 2), ("albumin_grade", 19.9, 3), ("alt_grade", 120.0, 1), ("alt_grade", 121.0, 2),
        ("ast_grade", 801.0, 4), ("ggt_grade", 150.0, 1), ("alp_grade", 301.0, 2), ("bilirubin_grade", 61.0, 3),
        ("creatinine_grade", 601.0, 4), ("inr_grade", 1.5, 1), ("inr_grade", 2.6, 3), ("aptt_grade", 60.0, 2),
    ],
)  # fmt: skip
def test_a_grade_by_hand(name: str, value: float, grade: int) -> None:
    lines = TERMS["adverse_events", name]["grades"]
    lab = WORD.match(lines[0]["when"]).group()
    limits = {"LLN": float(LLN.get(lab, 0)), "ULN": float(ULN.get(lab, 0))}
    assert [int(line["grade"]) for line in lines if holds(line["when"], value, limits)] == [grade]


# A woman of 60, 72 kg, 170 cm, creatinine 1 mg/dL, bilirubin 1.1 mg/dL (18.814 umol/L), albumin 34 g/L, INR 1.2, slight ascites.
#   BMI 72 / 1.7² = 24.913. Clearance (140 - 60) × 72 / 72 × 0.85 = 68. Child-Pugh 1 + 2 + 1 + 2 + 1 = 7, class B.
#   ALBI 0.66 × log10(18.814) - 0.085 × 34 = 0.66 × 1.27448 - 2.89 = -2.0488, grade 2.
@pytest.mark.parametrize(
    ("said", "truth"),
    [
        ("bmi > 24.9 kg/m2 and bmi < 24.92 kg/m2", "met"), ("creatinine_clearance == 68 mL/min", "met"),
        ("child_pugh_points == 7 and child_pugh_class == B", "met"), ("albi < -2.0487 and albi > -2.0489", "met"),
        ("albi_grade == 2", "met"),
    ],
)  # fmt: skip
def test_a_derived_term_by_hand(said: str, truth: str) -> None:
    told = study(f"""
equipoise: 1
study: derived
title: Derived terms
design: {{type: observational}}
activities:
  form:
    items:
      age: {{use: demographics.age}}
      sex: {{use: demographics.sex}}
      weight: {{use: demographics.weight}}
      height: {{use: demographics.height}}
      creatinine: {{use: labs.creatinine}}
      bilirubin: {{use: labs.bilirubin}}
      albumin: {{use: labs.albumin}}
      inr: {{use: labs.inr}}
      ascites: {{use: liver.ascites}}
      encephalopathy: {{use: liver.encephalopathy}}
eligibility: [{{id: asked, include: "{said}"}}]
""")
    assert not told.findings
    answers = {
        "age": 60, "sex": "female", "weight": "72 kg", "height": "1.7 m", "creatinine": "1 mg/dL", "bilirubin": "1.1 mg/dL",
        "albumin": "34 g/L", "inr": 1.2, "ascites": "slight", "encephalopathy": "none",
    }  # fmt: skip
    events, findings = read_events(json.dumps({"on": "2024-01-08", "do": "form", "items": answers}), told)
    assert not findings
    verdict = screening(told, chart(told, events, until=date(2024, 1, 8)).facts).verdicts[0]
    assert verdict.truth.value == truth


def test_every_derived_term_is_tried_by_hand() -> None:
    derived = {name for (_, name), term in TERMS.items() if "derive" in term}
    assert derived == {"bmi", "creatinine_clearance", "child_pugh_points", "child_pugh_class", "albi", "albi_grade"}
