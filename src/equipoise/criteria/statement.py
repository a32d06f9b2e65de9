"""A criterion's comparisons as one expression of the language, with the items that it asks for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Literal

from ..expression.grammar import expression
from ..expression.tree import DATE, TEXT, TRUTH, Fact, Form, Kind, Scope, Tree, Type
from ..finding import Place, Unreadable
from ..protocol import LESION_FACTS
from ..study import fact
from ..vocabulary import derived, vocabulary
from .atoms import Atom, atoms
from .measures import measures
from .topics import CONDITIONS, DATES, FACTS, Needed, Topic

FORM = "screening"
"""The form on which the items of a criterion are thought to stand."""


@dataclass(slots=True)
class Said:
    """What could be said of a criterion: the expression, its items, and why it may not be all, or not be right."""

    text: str = ""
    needed: dict[str, Needed] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    unsure: list[str] = field(default_factory=list)
    used: list[tuple[int, int]] = field(default_factory=list)


# --- what names mean -------------------------------------------------------------------------------------------------


@cache
def _terms() -> Mapping[str, str]:
    """The bare names of the shared terms, with the term of each."""
    return {term.name: name for name, term in vocabulary().items()}


@cache
def _shared() -> tuple[Mapping[str, Fact], Mapping[str, tuple[str, Place]], Mapping[str, Type], Mapping[str, str]]:
    place = Place("vocabulary")
    facts = {term.name: fact(term) for term in vocabulary().values() if not term.derive and term.type != "lesions"}
    define = {name: (term.derive, place) for name, term in derived().items()}
    return (
        facts,
        define,
        {name: fact(term).type for name, term in derived().items()},
        {name: term.label for name, term in derived().items()},
    )


_TYPES = {"yes_no": TRUTH, "date": DATE, "text": TEXT}


def _own(item: Needed) -> Fact:
    if item.type in _TYPES:
        return Fact(item.name, _TYPES[item.type], item.label)
    if item.type == "choice":
        return Fact(item.name, Type(Kind.CHOICE, options=item.of, ordered=True), item.label)
    return Fact(item.name, Type(Kind.NUMBER, unit=item.unit, whole=item.type == "integer"), item.label)


@lru_cache(maxsize=4_000)
def scope(items: tuple[Needed, ...] = ()) -> Scope:
    """What the names in a criterion mean: every shared term, the lesions, the moments of a trial, and items of its own."""
    facts, define, types, labels = _shared()
    mine = {item.name: _own(item) for item in items if not item.use}
    forms = {
        FORM: Form(FORM, "screening", {**facts, **mine} if mine else facts, repeats=False),
        "lesions": _lesions(),
        **{name: Form(name, name, repeats=False) for name in ("enrolment", "consent", "randomisation")},
    }
    return Scope(forms, define, (), types, labels)


@cache
def _lesions() -> Form:
    return Form("lesions", "lesions", {key: fact(replace(item, name=key)) for key, item in LESION_FACTS.items()})


@lru_cache(maxsize=20_000)
def _fault(text: str, items: tuple[Needed, ...]) -> str:
    try:
        expression(text, scope(items))
    except Unreadable as fault:
        return fault.says
    return ""


def read(text: str, items: Sequence[Needed]) -> Tree:
    """An expression over the shared terms and these items.

    Raises:
        Unreadable: What is wrong with it.
    """
    return expression(text, scope(tuple(items)))


def is_well_typed(text: str, items: Sequence[Needed]) -> str:
    """What is wrong with an expression over these items; nothing if it can be used."""
    return _fault(text, tuple(items))


# --- one comparison --------------------------------------------------------------------------------------------------

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
    "triglycerides": ("quantity", "mg/dL", "Triglycerides"), "cholesterol": ("quantity", "mg/dL", "Cholesterol"), "hbv_dna": ("quantity", "U/mL", "HBV DNA"), "hcv_rna": ("quantity", "U/mL", "HCV RNA"),
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


def _number(value: float) -> str:
    return f"{value:.10f}".rstrip("0").rstrip(".") if value < 1e12 else ""


def _compared(atom: Atom, said: Said, text: str) -> str:
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
        return _kept(f"{item.name} {op} {_number(value)} {atom.unit}", (item,), said)
    if measure is None or name in ("grade", "blood_pressure", "stage", "bclc"):
        return ""
    if name == "urine_protein" and not atom.unit:
        return ""
    if measure.term:
        term = vocabulary()[measure.term]
        bare = term.name
        items = _needs(measure.term)
    elif name in _OWN_NUMBERS:
        kind, unit, label = _OWN_NUMBERS[name]
        bare, items = name, (Needed(name, type=kind, unit=unit, label=label),)
        term = None
    else:
        return ""
    if name in ("nyha", "asa"):
        if not isinstance(value, float) or value not in _ROMAN or (name == "nyha" and value > 4):
            return ""
        return _kept(f"{bare} {op} {_ROMAN[value]}", items, said)
    if isinstance(value, str):
        return _kept(f"{bare} {op} {value}", items, said)
    unit = atom.unit
    if unit in ("ULN", "LLN"):
        times = "" if value == 1 else f"{_number(value)} x "
        return _kept(f"{bare} {op} {times}{unit}", items, said)
    if not unit:
        unit = "years" if name == "age" else ""
        kept_in = term.unit if term is not None else _OWN_NUMBERS[name][1]
        if not unit and kept_in:
            guess = _guessed(name, value, kept_in)
            if not guess:
                said.unsure.append(f"'{text[atom.start : atom.end].strip()}' has no unit")
                return ""
            unit = guess
    if name == "age" and unit not in ("years", "months", "weeks", "days"):
        return ""
    if name == "pt" and unit == "%":
        bare, items = "prothrombin_activity", _needs("labs.prothrombin_activity")
    if name == "egfr" and unit == "mL/min":
        said.unsure.append("a filtration rate without a body surface is read as one for 1.73 m2")
        unit = "mL/min/1.73m2"
    elif name == "creatinine_clearance" and unit in ("mL/min/1.73m2", "mL/1.73m2"):
        bare, items, unit = "egfr", _needs("labs.egfr"), "mL/min/1.73m2"
    elif name == "egfr" and unit == "mL/1.73m2":
        unit = "mL/min/1.73m2"
    return _kept(f"{bare} {op} {_number(value)} {unit}".rstrip(), items, said, why=text[atom.start : atom.end])


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
def _needs(term: str) -> tuple[Needed, ...]:
    """The items that a shared term is, or is worked out from."""
    found = vocabulary()[term]
    if not found.derive:
        return (Needed(found.name, use=term),)
    terms = _terms()
    items: dict[str, Needed] = {}
    for word in re.findall(r"[a-z][a-z0-9_]+", found.derive):
        if word in terms and word != found.name:
            for each in _needs(terms[word]):
                items[each.name] = each
    return tuple(items.values())


def _kept(text: str, items: Sequence[Needed], said: Said, *, why: str = "") -> str:
    fault = _fault(text, tuple(items))
    if fault:
        said.unsure.append(f"'{(why or text).strip()}': {fault}")
        return ""
    said.needed.update({item.name: item for item in items})
    return text


def _organ(of: str) -> str:
    return next((organ for organ, words in _ORGAN if re.search(words, of, re.IGNORECASE)), "")


def _of_lesions(atom: Atom, said: Said, text: str) -> str:
    if not isinstance(atom.value, float):
        return ""
    if atom.measure == "count":
        of = atom.of
        if not _LESION.search(of) or re.search(r"therap|line|treat|new\b|regimen|marker|factor|drug", of, re.IGNORECASE):
            return ""
        where = []
        if organ := _organ(of):
            where.append(f"organ == {organ}")
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
        return _kept(f"count({rows}) {atom.op} {_number(atom.value)}", (), said)
    if not re.search(r"lesion|metasta|tumou?r|nodule", text, re.IGNORECASE) or atom.op not in ("<", "<=", ">", ">="):
        return ""
    if re.search(r"\b(?:node|nodal|lymph|margin|prostate|ovarian|aneurysm|cyst|polyp)", text, re.IGNORECASE):
        return ""
    organ = _organ(text)
    rows = f"lesions where organ == {organ}" if organ else "lesions"
    return _kept(f"max(diameter of {rows}) {atom.op} {_number(atom.value)} {atom.unit}", (), said)


# --- conditions ------------------------------------------------------------------------------------------------------


def _slug(text: str) -> str:
    words = [word for word in re.findall(r"[a-z0-9]+", text.lower()) if word not in _SMALL]
    name = "_".join(words[:6])[:50].strip("_")
    return f"has_{name}" if not name or name[0].isdigit() or name in _WORDS else name


_SMALL = frozenset(
    "the a an of is are be have has had with who which known documented evidence any patients patient subjects subject participants participant present presence in for to due that this if history".split()
)
_WORDS = frozenset(
    "if then else and or not in between within before after of at least since exists where true false yes no first last any all count sum min max mean nadir nth as prior x today on enrolment consent randomisation lesions screening size abs floor ln log10 days weeks months years ULN LLN ablated present".split()
)


def _condition(text: str, said: Said) -> str:
    """The expression of the condition under which a threshold counts."""
    negated = re.match(r"(?i)(?:absence of|no\b|without|not)\s*(.*)", text)
    body = negated[1] if negated is not None else text
    held = atoms(body)
    parts = []
    if held:
        parts = [part for each in held if (part := _compared(each, said, body))]
        if len(parts) != len(held):
            return ""
        found = _joined(parts, ["and"] * len(parts))
    else:
        if re.search(r"(?i)\b(?:fe?males?|wom[ae]n|m[ae]n|girls|boys)\b", body) and len(body.split()) <= 4:
            sex = "female" if re.search(r"(?i)female|wom|girl", body) else "male"
            found = _kept(f"sex == {sex}", (Needed("sex", use="demographics.sex"),), said)
        else:
            topic = next((each for each in CONDITIONS if (hit := each.words.search(body)) and _covers(hit[0], body)), None)
            if topic is not None:
                found = _kept(topic.holds, topic.needed, said)
            else:
                name = _slug(body)
                if not name or name in _terms() or len(name) < 3:
                    return ""
                found = _kept(name, (Needed(name, type="yes_no", label=" ".join(body.split())[:120].capitalize()),), said)
    if not found:
        return ""
    return f"not ({found})" if negated is not None else found


def _covers(hit: str, body: str) -> bool:
    rest = re.sub(re.escape(hit), " ", body, flags=re.IGNORECASE)
    rest = re.sub(
        r"(?i)\b(?:known|documented|with|have|has|had|are|is|present|presence|of|patients?|subjects?|participants?|those|who|history|due|to|in|for|the|a|an|there|confirmed|evidence|established|on|receiving|taking|therapy|diagnosed|disease|syndrome|clinically|diagnosis|being|treated|any|if|attributed|attributable|clearly|associated|unless|case|suspected|or|active|underlying|existing|setting|therapeutic|subject|patient|participant|s|caused|by|related|taken|mellitus|because|secondary|elevation|elevations|s)\b|\W+",
        "",
        rest,
    )
    return len(rest) <= 3


def _joined(parts: Sequence[str], joints: Sequence[str]) -> str:
    """Statements put together; `and` binds more closely than `or`."""
    groups: list[list[str]] = []
    for part, joint in zip(parts, joints, strict=True):
        if joint == "or" or not groups:
            groups.append([part])
        else:
            groups[-1].append(part)
    said = [" and ".join(_bracketed(part, "and") for part in dict.fromkeys(group)) for group in groups]
    return " or ".join(dict.fromkeys(_bracketed(each, "or") if len(groups) > 1 else each for each in said)) if said else ""


def _bracketed(part: str, inside: str) -> str:
    if _is_bracketed(part):
        return part
    if part.startswith("if ") or (inside == "and" and re.search(r"(?<!\w)or(?!\w)", part)):
        return f"({part})"
    return part


def _is_bracketed(part: str) -> bool:
    if not part.startswith("("):
        return False
    depth = 0
    for at, sign in enumerate(part):
        depth += (sign == "(") - (sign == ")")
        if not depth:
            return at == len(part) - 1
    return False


# --- the whole -------------------------------------------------------------------------------------------------------

_ENTRY = re.compile(
    r"(?i)^(?:the\s+)?(?:(?:date of|time of|day of|start of|first|initial|study|trial|planned|scheduled|actual|initiation of|signing|protocol|beginning|starting|commencement of|treatment|patient|subject|participant|informed|step \d|cycle \d|c1d1|day \d|of|the|on|to|this|in|step|registration\W|into|-)\s*)*(?:enrol\w*|random\w*|registration|registering|inclusion|study\s+entry|entry|screening|consent|first\s+(?:dose|administration|treatment|study)[\w ]*|dose|start\w*|study|trial|treatment|therapy|baseline|drug|administration|visit|dosing|day|initiation|intervention|infusion|allocation|participation|medication|protocol|signature|commencement)?[\w /()-]{0,25}$"
)


def _window(time: Atom) -> str:
    """`within 14 days before enrolment`, where that is what a stretch of time says."""
    if (
        not isinstance(time.value, float)
        or time.value != int(time.value)
        or time.unit not in ("days", "weeks", "months", "years", "hours")
    ):
        return ""
    if time.unit == "hours" and time.value % 24:
        return ""
    if not (time.side == "before" or (time.side == "of" and time.anchor) or not time.side) or (
        time.anchor and not _ENTRY.match(time.anchor)
    ):
        return ""
    length = (
        f"{time.value / 24:.0f} days"
        if time.unit == "hours"
        else f"{time.value:.0f} {time.unit if time.value != 1 else time.unit.removesuffix('s')}"
    )
    if time.op == "<=" or time.op == "<":
        return f"within {length} before enrolment"
    if time.op in (">=", ">"):
        return f"at least {length} before enrolment"
    return ""


def statement(text: str, kind: Literal["include", "exclude"], found: Sequence[Atom]) -> Said:
    """What can be said of a criterion in the language, from its comparisons and the subjects that it names."""
    said = Said()
    if found:
        _of_atoms(text, kind, found, said)
    if not said.text:
        _of_topics(text, kind, found, said)
    if said.text and (fault := _fault(said.text, tuple(said.needed.values()))):
        said.unsure.append(fault)
        said.text = ""
    if not said.text:
        said.needed = {}
    return said


def _of_atoms(text: str, kind: Literal["include", "exclude"], found: Sequence[Atom], said: Said) -> None:
    times = [each for each in found if each.measure == "time"]
    values = [each for each in found if each.measure != "time"]
    if not values:
        return
    parts: list[str] = []
    joints: list[str] = []
    by_bound: dict[int, list[Atom]] = {}
    for each in values:
        by_bound.setdefault(each.bound, []).append(each)
    plain = {each.measure: each for each in values if not each.when}
    built: dict[str, int] = {}
    for bound in sorted(
        by_bound.values(), key=lambda bound: bool(bound[0].when) and all(each.measure in plain for each in bound)
    ):
        names = list(dict.fromkeys(each.measure for each in bound))
        inside: list[str] = []
        for name in names:
            own = [each for each in bound if each.measure == name]
            written = [_compared(each, said, text) for each in own]
            if not all(written):
                said.left.append(name)
                continue
            said.used += [(each.start, each.end) for each in own]
            one = " and ".join(dict.fromkeys(written))
            if (
                own[0].op == ">="
                and len(own) == 2
                and own[1].op == "<="
                and isinstance(own[0].value, float)
                and " and " in one
                and name not in ("nyha", "asa")
            ):
                low, high = written[0].split(" >= "), written[1].split(" <= ")
                if len(low) == len(high) == 2 and low[0] == high[0] and "(" not in low[0]:
                    one = f"{low[0]} between {low[1]} and {high[1]}"
            first = own[0]
            if first.unless:
                condition = _condition(first.unless, said)
                if not condition:
                    said.left.append(first.unless)
                    said.unsure.append(f"the exception '{first.unless[:60]}' is not read")
                else:
                    said.used.append(_within(text, first.unless))
                    one = (
                        f"({one} or {_bracketed(condition, 'or')})"
                        if kind == "include"
                        else f"({_bracketed(one, 'and')} and not ({condition}))"
                    )
            if first.when:
                condition = _condition(first.when, said)
                if not condition:
                    said.left.append(first.when)
                    said.unsure.append(f"the condition '{first.when[:60]}' is not read")
                    continue
                said.used.append(_within(text, first.when))
                base = plain.get(name)
                if base is not None and base.op != first.op:
                    said.unsure.append("the threshold and its exception point in opposite directions")
                    other = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}.get(first.op)
                    if other is None or kind == "include":
                        continue
                    one = one.replace(f" {first.op} ", f" {other} ", 1)
                if name in built and base is not None:
                    at = built[name]
                    parts[at] = f"if {condition} then {one} else {parts[at]}"
                    continue
                inside.append(
                    f"(not ({condition}) or {one})"
                    if base is None and not any(not each.when for each in values) and kind == "include"
                    else f"({_bracketed(condition, 'and')} and {one})"
                )
                continue
            inside.append(one)
            built[name] = len(parts) + len(inside) - 1
        if not inside:
            continue
        joint = bound[0].joined
        between = text[max(0, bound[0].start - 160) : bound[0].start]
        either = (
            len(names) > 1 and bool(re.search(r"(?i)\b(?:or)\b", between)) and not re.search(r"(?i)and/or|and / or", between)
        )
        both = len(names) > 1 and bool(re.search(r"(?i)\band\b", between)) and not re.search(r"(?i)and/or|and / or", between)
        for number, part in enumerate(inside):
            if number:
                if kind == "include":
                    if either and not ({"alt", "ast"} <= set(names)):
                        joints.append("or")
                    else:
                        joints.append("and")
                        if either:
                            said.unsure.append("'or' between two measures that must both be within bounds is read as 'and'")
                else:
                    joints.append("or")
                    if both and not either:
                        said.unsure.append("'and' between two measures of which either excludes is read as 'or'")
            else:
                way = joint
                if way == "and" and kind == "exclude" and len(set(each.measure for each in values)) > 1 and bound is not values:
                    between_all = text[found[0].end : values[-1].start]
                    way = (
                        "and" if re.search(r"(?i)\band\b", between_all) and not re.search(r"(?i)\bor\b", between_all) else "or"
                    )
                    if way == "and":
                        said.unsure.append("whether all of these exclude together, or each alone")
                if way == "or" and any(each.when for each in bound) and kind == "include":
                    way = "or"
                joints.append(way or "and")
            parts.append(part)
    if not parts:
        return
    joints[0] = "and"
    whole = _joined(parts, joints)
    if len(set(joints[1:])) > 1:
        said.unsure.append("'and' and 'or' stand together: 'and' is taken to bind more closely")
    windows = [window for each in times if (window := _window(each))]
    labs = all(
        (
            each.measure in measures()
            and (measures()[each.measure].term or "labs.").startswith(
                ("labs.", "vitals.", "demographics.ecog", "demographics.karn")
            )
        )
        for each in values
    )
    if len(windows) == 1 and len(times) == 1 and labs and windows[0].startswith("within"):
        windowed = f"{whole if _SINGLE.fullmatch(whole) or _is_bracketed(whole) else f'({whole})'} {windows[0]}"
        if not _fault(windowed, tuple(said.needed.values())):
            whole = windowed
            said.used.append((times[0].start, times[0].end + len(times[0].anchor) + 14))
            times = []
    for each in times:
        said.left.append(text[each.start : each.end])
    negated = _NEGATED.match(text)
    if negated is not None and not re.match(
        r"(?i)no (?:more|less|greater|fewer|older|younger|higher|lower|worse|later|upper|lower|maximum|minimum)", text
    ):
        whole = f"not {whole if _is_bracketed(whole) else f'({whole})'}"
        if kind == "exclude":
            said.unsure.append("an exclusion that begins with a negation: what is meant may be its opposite")
    elif re.search(r"(?i)\b(?:not|without|never|no|neither|nor|excluded?|not eligible|ineligible)\b", _outside(text, found)):
        said.unsure.append("a negation whose reach is not certain")
    said.text = whole[1:-1] if _is_bracketed(whole) else whole


_SINGLE = re.compile(r"[\w.]+ [<>=]+ [^ ]+(?: [^ ]+)?")
_NEGATED = re.compile(
    r"(?i)\s*(?:(?:patients?|subjects?|participants?|individuals)\s+)?(?:(?:must|should|may|can)\s*not|no\b(?! (?:more|less|greater|fewer|older|younger|higher|lower|worse))|not\b|without\b|absence of\b|never\b|lack of\b|free of\b)"
)


def _within(text: str, part: str) -> tuple[int, int]:
    at = text.find(part)
    return (at, at + len(part)) if at >= 0 else (0, 0)


def _outside(text: str, found: Sequence[Atom]) -> str:
    """A text without the stretches that its comparisons take."""
    kept, at = [], 0
    for start, end in sorted((each.start, each.end) for each in found):
        if start > at:
            kept.append(text[at:start])
        at = max(at, end)
    kept.append(text[at:])
    outside = " ".join(kept)
    for each in found:
        for part in (each.when, each.unless):
            if part:
                outside = outside.replace(part, " ")
    return outside


# --- subjects without a number ---------------------------------------------------------------------------------------

_HARMLESS = re.compile(
    r"(?i)\b(?:patients?|subjects?|participants?|individuals|people|persons?|women|woman|men|females?|males?|who|whom|are|is|be|being|been|have|has|had|having|with|known|documented|history|of|a|an|the|any|or|and|and/or|current|currently|active|evidence|presence|diagnosis|diagnosed|prior|previous|must|should|will|not|that|in|to|at|for|time|study|enrol\w*|screening|confirmed|clinical|clinically|significant|positive|infection|disease|from|on|received|receipt|undergone|treatment|within|adult|all|either|both|known|concurrent|concomitant|subject|s|past|medical|personal|before|entry|randomi[sz]ation|during|serious|severe|day|start|first|dose|drug|administration|taking|receiving|use|chronic|therapy|eligible|also|other|allowed|may|inclusion|exclusion|willing|able|planned|anticipated|need|recent|initiation|trial|participation|participated|participating|another|had|underwent|surgical|planning|become|taken|test|result|results|none)\b|\W+|\b\d+\b"
)
_NEGATING = re.compile(
    r"(?i)\b(?:not|no|without|never|absence|non|except|unless|unwilling|unable|other than|excluding|free of|stable|controlled|treated|allowed|permitted|eligible)\b"
)
_TRUE_FEMALE = re.compile(
    r"(?i)\W*(?:(?:sex(?:\s+is|\s*:)?|gender(?:\s+is|\s*:)?|must be|adult|patients? (?:must be|who are)|subjects? (?:must be|who are)|healthy|be)\s+)?(?P<sex>female|male|women|men)s?(?:\s+(?:patients?|subjects?|participants?|only|sex|gender|volunteers?))*\W*$"
)


def _of_topics(text: str, kind: Literal["include", "exclude"], found: Sequence[Atom], said: Said) -> None:
    times = [each for each in found if each.measure == "time"]
    others = [each for each in found if each.measure != "time"]
    if others or len(text) > 400:
        return
    if _any(DATES if times else FACTS).search(text) is None and len(text) > 90:
        return
    negated = _NEGATING.search(text) is not None
    if len(text) <= 90 and (only := _TRUE_FEMALE.match(text)) is not None:
        sex = "female" if only["sex"].lower() in ("female", "women") else "male"
        said.text = _kept(f"sex == {sex}", (Needed("sex", use="demographics.sex"),), said)
        return
    if len(text) <= 90 and re.fullmatch(
        r"(?i)\W*(?:both\s+(?:sexes|genders)|(?:males?\s+(?:and|or)\s+females?|females?\s+(?:and|or)\s+males?|(?:women|men)\s+(?:and|or)\s+(?:men|women)|either sex|any (?:sex|gender)|all (?:sexes|genders))[\w ]{0,20})\W*",
        text,
    ):
        said.text = _kept("sex in (female, male)", (Needed("sex", use="demographics.sex"),), said)
        return
    if times:
        if len(times) == 1 and (window := _window(times[0])):
            hits = _named(DATES, text)
            if hits and len(times) == 1:
                rest = _rest(text[: times[0].start] + " " + text[times[0].end :], [hit for _, hit in hits] + [times[0].anchor])
                parts = []
                for topic, _ in hits:
                    parts.append(_kept(f"{topic.needed[0].name} {window}", topic.needed, said))
                parts = [part for part in parts if part]
                whole = _joined(parts, ["or"] * len(parts))
                if whole and kind == "include":
                    if window.startswith("within") and re.search(r"(?i)\b(?:not|no|without)\b", text):
                        whole = f"not ({whole})"
                    elif window.startswith("at least"):
                        whole = whole.replace(" or ", " and ")
                    else:
                        said.unsure.append("an inclusion that asks for something recent")
                elif negated:
                    said.unsure.append("a negation whose reach is not certain")
                said.text = whole
                said.used.append((0, len(text))) if not rest else said.left.append(rest)
        return
    hits = [(topic, hit) for topic, hit in _named(FACTS, text) if topic.name not in ("female", "male")]
    if not hits:
        return
    rest = _rest(text, [hit for _, hit in hits])
    if len(rest) > 3:
        return
    parts = [part for topic, _ in hits if (part := _kept(topic.holds, topic.needed, said))]
    whole = _joined(parts, ["or"] * len(parts))
    if not whole:
        return
    bare = text
    for _, hit in hits:
        bare = bare.replace(hit, " ")
    leading = _NEGATED.match(text)
    negated = _NEGATING.search(bare) is not None
    plainly = re.search(r":\s*no\W*$", text) is not None
    if leading is not None or plainly or (kind == "include" and re.search(r"(?i)\b(?:not|no|without|absence)\b", bare)):
        whole = f"not ({whole})" if " or " in whole or " in " in whole or "=" in whole else f"not {whole}"
        if kind == "exclude" and not plainly:
            said.unsure.append("an exclusion that begins with a negation: what is meant may be its opposite")
    elif negated:
        said.unsure.append("a negation or an exception whose reach is not certain")
    if (
        not plainly
        and re.search(r"(?i)\b(?:active|severe|serious|uncontrolled|significant|symptomatic|acute|recent|current)\b", text)
        and not {"pregnant", "breast_feeding"} & {topic.name for topic, _ in hits}
    ):
        said.left.append("how active or severe it is")
    said.text = whole
    said.used.append((0, len(text)))


@cache
def _any(topics: tuple[Topic, ...]) -> re.Pattern[str]:
    """One pattern that is silent where all of them are."""
    return re.compile("|".join(each.words.pattern for each in topics), re.IGNORECASE)


def _named(topics: tuple[Topic, ...], text: str) -> list[tuple[Topic, str]]:
    if _any(topics).search(text) is None:
        return []
    taken: list[tuple[int, int]] = []
    found = []
    for topic in topics:
        hit = topic.words.search(text)
        if hit is not None and not any(start < hit.end() and hit.start() < end for start, end in taken):
            taken.append(hit.span())
            found.append((topic, hit[0]))
    return found


def _rest(text: str, hits: Sequence[str]) -> str:
    for hit in hits:
        if hit:
            text = text.replace(hit, " ")
    text = re.sub(r"\([A-Z]{2,6}\)", " ", text)
    return " ".join(_HARMLESS.sub(" ", text).split())


def residue(text: str, said: Said, found: Sequence[Atom], names: re.Pattern[str]) -> str:
    """The words of weight that an expression leaves out."""
    if (0, len(text)) in said.used:
        return ""
    kept = _outside(text, [each for each in found if (each.start, each.end) in said.used])
    for start, end in said.used:
        kept = kept.replace(text[start:end], " ")
    kept = names.sub(" ", kept)
    return " ".join(_HARMLESS.sub(" ", kept).split())
