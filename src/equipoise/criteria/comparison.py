"""One comparison as an expression of the language, with the item that it asks for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ..vocabulary import vocabulary
from .atom import Atom
from .measures import measures
from .scope import fault, terms
from .topics import Needed


@dataclass(slots=True)
class Said:
    """What could be said of a criterion: the expression, its items, and why it may not be all, or not be right."""

    text: str = ""
    needed: dict[str, Needed] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    used: list[tuple[int, int]] = field(default_factory=list)


_ROMAN = {1.0: "I", 2.0: "II", 3.0: "III", 4.0: "IV", 5.0: "V", 6.0: "VI"}
_OWN_NUMBERS: Mapping[str, tuple[str, str, str]] = {
    # measures that are no shared term: type, unit, label
    "lvef": ("quantity", "%", "Left ventricular ejection fraction"), "ki67": ("quantity", "%", "Ki-67"), "fev1": ("quantity", "%", "FEV1"),
    "dlco": ("quantity", "%", "DLCO"), "fvc": ("quantity", "%", "Forced vital capacity"), "shortening_fraction": ("quantity", "%", "Shortening fraction"),
    "pd_l1": ("quantity", "%", "PD-L1"), "blasts": ("quantity", "%", "Blasts"), "weight_loss": ("quantity", "%", "Weight loss"),
    "psa": ("quantity", "ug/L", "Prostate-specific antigen"), "testosterone": ("quantity", "ug/L", "Testosterone"), "ferritin": ("quantity", "ug/L", "Ferritin"),
    "eosinophils": ("quantity", "10^9/L", "Eosinophils"), "cd4": ("quantity", "10^9/L", "CD4 cells"), "cpk": ("quantity", "U/L", "Creatine kinase"),
    "meld": ("real", "", "MELD score"), "lansky": ("integer", "", "Lansky play score"), "gleason": ("integer", "", "Gleason score"), "mmse": ("integer", "", "Mini-Mental State"),
    "moca": ("integer", "", "Montreal Cognitive Assessment"), "ipss": ("integer", "", "International Prostate Symptom Score"), "nihss": ("integer", "", "NIH Stroke Scale"),
    "mrs": ("integer", "", "Modified Rankin Scale"), "phq9": ("integer", "", "PHQ-9"), "edss": ("real", "", "Expanded Disability Status Scale"), "gcs": ("integer", "", "Glasgow Coma Scale"),
    "pack_years": ("real", "", "Pack years"), "gestational_age": ("quantity", "weeks", "Gestational age"), "troponin": ("quantity", "ug/L", "Troponin"),
    "ntprobnp": ("quantity", "ng/L", "NT-proBNP"), "bnp": ("quantity", "ng/L", "BNP"), "m_protein": ("quantity", "g/L", "M protein"), "free_light_chain": ("quantity", "mg/L", "Free light chain"),
    "triglycerides": ("quantity", "mg/dL", "Triglycerides"), "cholesterol": ("quantity", "mg/dL", "Cholesterol"), "hdl": ("quantity", "mg/dL", "HDL cholesterol"), "ldl": ("quantity", "mg/dL", "LDL cholesterol"), "hbv_dna": ("quantity", "U/mL", "HBV DNA"), "hcv_rna": ("quantity", "U/mL", "HCV RNA"),
    "hiv_rna": ("quantity", "/mL", "HIV RNA"), "upcr": ("real", "", "Urine protein to creatinine ratio"), "urine_protein": ("quantity", "g/day", "Urine protein in 24 hours"),
    "tsh": ("quantity", "mU/L", "TSH"), "fsh": ("quantity", "U/L", "FSH"), "estradiol": ("quantity", "ng/L", "Estradiol"), "vitamin_d": ("quantity", "ug/L", "Vitamin D"),
    "beta2_microglobulin": ("quantity", "mg/L", "Beta-2 microglobulin"), "vas": ("real", "", "Pain score"), "apgar": ("integer", "", "Apgar score"),
    "cirrhosis_fibroscan": ("quantity", "kPa", "Liver stiffness"),
}  # fmt: skip
_LIFE = Needed("life_expectancy", type="quantity", unit="weeks", label="Life expectancy")
_LESION = re.compile(r"lesions?|metastas[ei]s|mets|tumou?rs?|nodules?|masses", re.IGNORECASE)
_ORGAN = (
    ("liver", r"\b(?:liver|hepatic|intrahepatic)\b"),
    ("brain", r"\b(?:brain|cerebral|intracranial|CNS)\b"),
    ("lung", r"\b(?:lung|pulmonary)\b"),
    ("bone", r"\bbone\b"),
)


def number(value: float) -> str:
    return f"{value:.10f}".rstrip("0").rstrip(".") if value < 1e12 else ""


def compared(atom: Atom, said: Said, text: str) -> str:
    """The expression of one comparison, or nothing; what it needs is put to what is needed."""
    op, value = atom.op, atom.value
    if op == "?":
        said.unsure.append(f"'{text[atom.start : atom.end].strip()}' is not said to be a least or a most")
        return ""
    name, measure = atom.measure, measures().get(atom.measure)
    if name in ("size", "count"):
        return _of_lesions(atom, said, text)
    if name == "time":
        return ""
    if name == "life_expectancy" and isinstance(value, float):
        if atom.unit == "months":
            item = Needed("life_expectancy_months", type="quantity", unit="months", label="Life expectancy")
        elif atom.unit == "years":
            item = Needed("life_expectancy_years", type="quantity", unit="years", label="Life expectancy")
        else:
            item = _LIFE
        return kept(f"{item.name} {op} {number(value)} {atom.unit}", (item,), said)
    if name in ("stage", "grade", "bclc"):
        return _of_grades(atom, said, text)
    if measure is None or name == "blood_pressure":
        return ""
    if name == "urine_protein" and not atom.unit:
        return ""
    if measure.term:
        term = vocabulary()[measure.term]
        bare = term.name
        items = needs(measure.term)
    elif name in _OWN_NUMBERS:
        kind, unit, label = _OWN_NUMBERS[name]
        bare = name
        if atom.unit.endswith("mol/L") and not unit.endswith(
            "mol/L"
        ):  # an amount and a mass are two items, unless a term knows both
            bare, unit, label = f"{name}_molar", "mmol/L", f"{label}, as an amount"
        items = (Needed(bare, type=kind, unit=unit, label=label),)
        term = None
    else:
        return ""
    if name in ("nyha", "asa"):
        if not isinstance(value, float) or value not in _ROMAN or (name == "nyha" and value > 4):
            return ""
        return kept(f"{bare} {op} {_ROMAN[value]}", items, said)
    if isinstance(value, str):
        return kept(f"{bare} {op} {value}", items, said)
    unit = atom.unit
    if unit in ("ULN", "LLN"):
        times = "" if value == 1 else f"{number(value)} x "
        return kept(f"{bare} {op} {times}{unit}", items, said)
    if not unit:
        unit = "years" if name == "age" else ""
        kept_in = term.unit if term is not None else _OWN_NUMBERS[name][1]
        if not unit and kept_in:
            guess = _guessed(name, value, kept_in)
            if not guess:
                said.unsure.append(f"'{text[atom.start : atom.end].strip()}' has no unit")
                return ""
            unit = guess
    if name == "age" and unit == "hours" and value % 24 == 0:
        value, unit = value / 24, "days"
    if name == "age" and unit not in ("years", "months", "weeks", "days"):
        return ""
    if name == "pt" and unit == "%":
        bare, items = "prothrombin_activity", needs("labs.prothrombin_activity")
    if name == "egfr" and unit == "mL/min":
        said.unsure.append("a filtration rate without a body surface is read as one for 1.73 m2")
        unit = "mL/min/1.73m2"
    elif name == "creatinine_clearance" and unit in ("mL/min/1.73m2", "mL/1.73m2"):
        bare, items, unit = "egfr", needs("labs.egfr"), "mL/min/1.73m2"
    elif name == "egfr" and unit == "mL/1.73m2":
        unit = "mL/min/1.73m2"
    return kept(f"{bare} {op} {number(value)} {unit}".rstrip(), items, said, why=text[atom.start : atom.end])


_STAGE = Needed("disease_stage", type="choice", of=("I", "II", "III", "IV"), label="Stage of the disease")
_BCLC = Needed("bclc_stage", type="choice", of=("zero", "A", "B", "C", "D"), label="Barcelona stage of the liver cancer")
_TOXICITY = Needed("toxicity_grade", type="integer", label="Worst CTCAE grade that earlier treatment has left")
_OF_CANCER = re.compile(
    r"(?i)cancer|carcinom|melanoma|sarcoma|lymphoma|myeloma|NSCLC|SCLC|malignan|neoplas|AJCC|FIGO|UICC|TNM|tumou?r|disease at (?:diagnosis|presentation)"
)
_OF_OTHER = re.compile(
    r"(?i)kidney|renal|CKD|fibrosis|endometrio|cirrhosis|ulcer|lymphoedema|lymphedema|parkinson|hypertension|COPD|dementia|sleep|heart"
)
_OF_NERVES = re.compile(r"(?i)neuropath")
_OF_TREATMENT = re.compile(r"(?i)toxicit|adverse|\bAEs?\b|side[- ]effects?|\btoxic effects?")


def _of_grades(atom: Atom, said: Said, text: str) -> str:
    """A stage or a grade, where it is said of the disease or of what earlier treatment has left."""
    value = atom.value
    if atom.measure == "bclc":
        return kept(f"bclc_stage {atom.op} {'zero' if value in (0.0, '0') else value}", (_BCLC,), said)
    if not isinstance(value, float) or value != int(value):
        return ""
    if atom.measure == "stage":
        if value not in _ROMAN or value > 4 or _OF_OTHER.search(text) or not _OF_CANCER.search(text):
            return ""
        return kept(f"disease_stage {atom.op} {_ROMAN[value]}", (_STAGE,), said)
    if _OF_NERVES.search(text) and not re.search(
        r"(?i)motor|toxicit|,|\bexcept|\bother than\b|\bpermitted|\ballowed|\bacceptable", text
    ):
        item = Needed("sensory_neuropathy_grade", use="adverse_events.sensory_neuropathy_grade")
        return kept(f"{item.name} {atom.op} {value:.0f}", (item,), said)
    if _OF_TREATMENT.search(text) and re.search(
        r"(?i)prior|previous|earlier|resolv|recover|residual|unresolved|persist|baseline", text
    ):
        return kept(f"toxicity_grade {atom.op} {value:.0f}", (_TOXICITY,), said)
    return ""


_COUNTS = frozenset({"platelets", "neutrophils", "lymphocytes", "leucocytes"})


def _guessed(name: str, value: float, unit: str) -> str:
    """The unit that a number without one can only have."""
    if name in _COUNTS and value >= 500:
        return "/uL"
    if name in (
        "systolic",
        "diastolic",
        "heart_rate",
        "haematocrit",
        "oxygen_saturation",
        "lvef",
        "hba1c",
        "pd_l1",
        "ki67",
        "fev1",
        "bmi",
    ):
        return unit
    if name == "qtc" and value >= 300:
        return "ms"
    if name == "egfr":
        return unit
    if name == "creatinine_clearance":
        return "mL/min"
    return ""


@lru_cache(maxsize=500)
def needs(term: str) -> tuple[Needed, ...]:
    """The items that a shared term is, or is worked out from."""
    found = vocabulary()[term]
    if not found.derive:
        return (Needed(found.name, use=term),)
    shared = terms()
    items: dict[str, Needed] = {}
    for word in re.findall(r"[a-z][a-z0-9_]+", found.derive):
        if word in shared and word != found.name:
            for each in needs(shared[word]):
                items[each.name] = each
    return tuple(items.values())


def kept(text: str, items: Sequence[Needed], said: Said, *, why: str = "") -> str:
    wrong = fault(text, items)
    if wrong:
        said.unsure.append(f"'{(why or text).strip()}': {wrong}")
        return ""
    said.needed.update({item.name: item for item in items})
    return text


def organ(of: str) -> str:
    return next((organ for organ, words in _ORGAN if re.search(words, of, re.IGNORECASE)), "")


def _of_lesions(atom: Atom, said: Said, text: str) -> str:
    if not isinstance(atom.value, float):
        return ""
    if atom.measure == "count":
        of = atom.of
        if not _LESION.search(of) or re.search(r"therap|line|treat|new\b|regimen|marker|factor|drug", of, re.IGNORECASE):
            return ""
        where = []
        if where_it_is := organ(of):
            where.append(f"organ == {where_it_is}")
        if re.search(r"\bmeasurable|\btarget", of, re.IGNORECASE):
            where.append("role == target")
        rest = re.sub(
            r"(?i)\b(?:in|within|to|of|the|a|an|liver|hepatic|intrahepatic|brain|cerebral|intracranial|cns|lung|pulmonary|bone|measurable|target|role|lesions?|metastas[ei]s|metastatic|mets|tumou?rs?|nodules?|masses|whose|is|organ|disease)\b|\W",
            "",
            of,
        )
        if rest:
            said.left.append(rest)
        rows = f"lesions where {' and '.join(where)}" if where else "lesions"
        return kept(f"count({rows}) {atom.op} {number(atom.value)}", (), said)
    if not re.search(r"lesion|metasta|tumou?r|nodule", text, re.IGNORECASE) or atom.op not in ("<", "<=", ">", ">="):
        return ""
    if re.search(r"\b(?:node|nodal|lymph|margin|prostate|ovarian|aneurysm|cyst|polyp)", text, re.IGNORECASE):
        return ""
    place = organ(text)
    rows = f"lesions where organ == {place}" if place else "lesions"
    return kept(f"max(diameter of {rows}) {atom.op} {number(atom.value)} {atom.unit}", (), said)
