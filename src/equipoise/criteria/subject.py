"""What a bound is of: the measure that its unit fits, an age, a stretch of time, a count, a size."""

import re

from .counts import BUT_NO_MORE, COUNTED, HAVING, OF_NO_COUNT, ONE_THING, THINGS, is_count
from .line import GRADED, LABS, LIGHT, Line
from .measures import BARE, CELLS, CONCENTRATION, FLOW, LIMIT, LONG, MASS, PRESSURE, SHARE, measures
from .neighbours import STARTERS, is_a_person, is_a_ratio, is_again_alive, is_of_a_person, on_a_scale

_PEOPLE = frozenset(
    "patients subjects participants adults adult males females men women children individuals people volunteers persons male female donors parents adolescents boys girls woman man".split()
)


_OCCASIONS = re.compile(r"\s*times?\s+(?:within|in|during|over)\s+(?:the\s+)?(?:past|last|previous|prior)\b", re.IGNORECASE)
_SIZED = re.compile(
    r"lesion|tumou?r|metasta|nod(?:e|al|ule)|mass|diameter|axis|dimension|size|plasmacytoma|disease|measur|wound|cyst|carcinoma|polyp|aneurysm|endometrioma|fibroid|cancer|caliper|thick|large|small|long|duct|finding|stone|calcul",
    re.IGNORECASE,
)


_AGED = re.compile(
    r"[\s,(-]*(?:of\s+age|old\b|-old|and\s+old|or\s+old|or\s+young|& old|and\s+above\s+of\s+age|at\s+the\s+time\s+of\s+(?:consent|signing|enrol|screen|stud|informed|randomi|regist)|at\s+(?:screening|enrol|consent|study|time|registration|randomi|diagnosis)|inclusive)",
    re.IGNORECASE,
)


_NAMED = frozenset(
    "recist version v criteria section table appendix arm part phase cohort step cycle day days visit type group criterion edition figure "
    "protocol schedule period week number no arms parts cohorts phases groups scale range covid irecist irb sars il type cycles gy".split()
)


_OF_A_THING = re.compile(
    r"\b(?:specimens?|samples?|tissues?|blocks?|biops\w+|scans?|imag\w+|results?|archiv\w+)\b", re.IGNORECASE
)
"""`tumour specimens older than 1 year`."""
_OF_DESCENT = re.compile(
    r"\b(?:patients|subjects|participants|women|men|individuals|people|persons)\s+(?:of|from)\s+(?!(?:more|less|the)\b)(?:[A-Za-z-]+\s+){1,3}$",
    re.IGNORECASE,
)
"""`women of African ancestry < 45 years`."""


_AGAIN = frozenset({"join", ",", "op", "to", "-", "–", "(", ")", "/", "measure"})


_CHANGED = re.compile(
    r"\b(?:increase|decrease|decline|rise|reduction|drop|fall|change|improvement|deterioration)[sd]?\s+(?:in|of|from)\b[^,;.]*$",
    re.IGNORECASE,
)
"""A share of what was there before: a fall of 25 % is no level."""
_VARIED = re.compile(
    r"\b(?:gain(?:ed)?|loss|lost|fluctuat\w+|changed?|changes|increased?|decreased?|reduction)\b(?!\s+(?:therapy|program|surgery|medication))[^,;.()]*$",
    re.IGNORECASE,
)


_CLEARED = re.compile(r"(?P<clearance>creatinine clearance|CrCl)|glomerular filtration|\be?GFR\b", re.IGNORECASE)
_PER_CREATININE = frozenset({"g/g", "mg/g", "mg/mmol", "g/mmol"})
_OF_MANY = re.compile(
    rf"\s*(?:out\s+)?of\s+(?:the\s+)?(?:last\s+|past\s+)?\d{{1,2}}\s+((?:[a-z-]+\s+){{0,4}}(?:{COUNTED.pattern}))\b",
    re.IGNORECASE,
)
_OF_OXYGEN = re.compile(r"\b(?:FiO2|PaO2|PaCO2|pO2|oxygen|CO2)\b|\bP/F\b", re.IGNORECASE)
_CHANGES = re.compile(r"\s*(?:increase|decrease|decline|rise|reduction|drop|fall|change)\s+(?:in|of|from)\b", re.IGNORECASE)
_VIRUS = re.compile(r"\b(?:H[BCI]V|hepatitis [BC])\b", re.IGNORECASE)
_VIRAL_LOAD = {"B": "hbv_dna", "C": "hcv_rna", "I": "hiv_rna"}


def _of_virus(said: str) -> str:
    return said[1].upper() if len(said) == 3 else said[-1].upper()


_CELLS = re.compile(r"neutrophil|platelet|lymphocyte|leukocyte|WBC", re.IGNORECASE)
_IMMUNOGLOBULIN = re.compile(r"\bIg[GAMDE]\b(?:\s+(?:level|of|is|levels))*\s*\\?[<>≤≥=]*\s*$")
_OF_THE_HEART = re.compile(r"\b(?:LV|LVMI|ventric\w+|cardiac|myocardial)\b", re.IGNORECASE)
_CELLS_OF = {
    "neutrophil": "neutrophils",
    "platelet": "platelets",
    "lymphocyte": "lymphocytes",
    "leukocyte": "leucocytes",
    "wbc": "leucocytes",
}


INDIRECT = re.compile(
    r"\b(?:non-|(?:indirect|unconjugated)\s+)(?:(?:serum\s+)?bilirubin\b[^<>≤≥=.;]{0,40}?[\\/<>≤≥=]*\s*)?$", re.IGNORECASE
)
"""Indirect bilirubin is not all of it, nor is non-HDL cholesterol HDL."""
_OF_A_BEAT = re.compile(r"\b(?:PR|PQ|QRS|RR)\b[^<>≤≥=.;]{0,40}\\?[<>≤≥]=?\s*$")
"""`PR interval > 200 ms` is no QT."""
_BONE = re.compile(r"\bbone\s+age\b[^.;]*$", re.IGNORECASE)
_NEWBORN = re.compile(r"\s+old\b", re.IGNORECASE)
_RR = re.compile(r"\bRR\s*\\?[<>≤≥]=?\s*$", re.IGNORECASE)
"""Where breathing is spoken of, `RR > 40` is its rate."""
_OF_STRENGTH = re.compile(r"\b(?:grip|handgrip|strength|lift|lifting|carry|carrying)\b", re.IGNORECASE)
_BREATHING = re.compile(r"breath|tachypn|respirat", re.IGNORECASE)


def subject(line: Line, kind: str, at: int, end_at: int, *, window: bool, op: str) -> tuple[list[str], str]:
    """The measures that a bound is of, and what is counted or sized where it is none of them."""
    mark, text = line.marks[at], line.text
    ahead = text[line.marks[end_at].end : line.marks[end_at].end + 90]
    near = (
        at
        - line.group_at
        - sum(first <= each.start < last for each in line.marks[max(0, line.group_at) : at] for first, last in line.asides)
    )
    group = line.group if line.group_at >= 0 or line.heirs else []
    if kind == "word":
        kind = BARE
    if (
        kind == BARE
        and _RR.search(text, max(0, mark.start - 12), mark.start) is not None
        and _BREATHING.search(text) is not None
    ):
        return ["respiratory_rate"], ""
    if kind == LONG:
        if not window and "one age" in text and _BONE.search(text, max(0, mark.start - 100), mark.start) is not None:
            return ["other"], line.label(at)
        unit = line.marks[end_at].unit if line.marks[end_at].kind == "number" else mark.unit
        if not window and "gestational_age" in group and near <= 6:
            return ["gestational_age"], ""
        if not window and "life_expectancy" in group and near <= 12 and not (line.consumed and near > 8):
            return ["life_expectancy"], ""
        if not window and is_again_alive(line, at, end_at):
            return ["life_expectancy"], ""
        if not window and re.match(
            r"\s*(?:of\s+)?(?:(?:estimated|expected|anticipated)\s+)?(?:life\s+expectancy|expected\s+survival)",
            ahead,
            re.IGNORECASE,
        ):
            return ["life_expectancy"], ""
        if (
            not window
            and unit == "weeks"
            and re.match(r"\s*(?:pregnant|gestation|of\s+(?:gestation|pregnancy|amenorrh))", ahead, re.IGNORECASE)
        ):
            return ["gestational_age"], ""
        if unit == "hours" and not window and group == ["age"] and near <= 5 and not line.consumed:
            return ["age"], ""  # `age of at least 12 hours`
        if not window and unit in ("years", "months", "days", "weeks"):
            again = bool(line.last) and line.found[line.last[-1]].measure == "age" and at - line.last_at <= 6
            between = line.marks[line.last_at + 1 : at] if again else []
            ranged = end_at > at and line.marks[end_at].kind == "number"
            again = again and (
                ranged
                or all(each.kind in _AGAIN or each.says in LIGHT for each in between)
                or bool(line.found[line.last[-1]].when)
                or (line.is_apart and bool(line.active))
            )
            aged = ("age" in group and ((near <= 8 and not line.consumed) or again)) or (
                again and unit == "years" and not any(each.says in ("for", "over") for each in between)
            )
            behind = _AGED.match(ahead)
            if line.twin_of > at and behind is None:
                behind = _AGED.match(text[line.marks[line.twin_of].end : line.marks[line.twin_of].end + 40])
            if any(
                each.measure == "age" and each.value == mark.number and each.unit == unit for each in line.found
            ) and not re.match(r"\s*(?:before|prior|after|since|post|ago|from)", ahead):
                return ["age"], ""  # `age > 55 years with 12 months without menses, or less than 55 years but …`
            if (
                unit != "years"
                and _NEWBORN.match(ahead)
                and not any(each.kind not in ("op", "-", "*", "•") for each in line.marks[:at])
            ):
                return ["age"], ""  # `7 days old or less`
            if aged and not re.match(r"[\s]*(?:before|prior|after|since|post)", ahead):
                return ["age"], ""
            if behind is not None and unit in ("years", "months") and not re.match(r"[\s,(-]*at\s+", behind[0]):
                return ["age"], ""
            if (
                line.marks[end_at].kind == "after"
                and unit == "years"
                and re.search(r"old|young", text[mark.start : line.marks[end_at].end])
            ):
                return ["age"], ""
            leading = [each for each in line.marks[:at] if each.kind == "word"]
            people = all(each.says in STARTERS for each in leading) and all(each.kind != "within" for each in line.marks[:at])
            if (
                unit == "years"
                and people
                and 1 <= mark.number <= 110
                and len(leading) <= 8
                and not re.match(
                    r"\s*(?:before|prior|after|since|(?:status\s+)?post|out\b|beyond|of(?!\s+age)|from|ago|follow|history|in\s|have)",
                    ahead,
                )
            ):
                return ["age"], ""
            if unit in ("months", "days", "weeks") and op in (">", ">=") and _TO_AN_AGE.match(ahead):
                return ["age"], ""
            if unit == "years" and _WHO_ARE.search(text, max(0, mark.start - 60), mark.start) and _NO_MORE.match(ahead):
                return ["age"], ""  # `those who must be < 18 years`
            prior = line.before(at)
            lead = (
                line.marks[prior - 1 if line.marks[prior - 1].kind not in ("(", "[") or prior < 2 else prior - 2]
                if prior
                else None
            )
            if unit == "years" and prior is not None and re.match(r"(?:old|young)er\b", line.marks[prior].second):
                if _OF_A_THING.search(text[max(0, mark.start - 80) : mark.start]):
                    return ["time"], ""
                return ["age"], ""
            if (
                unit == "years"
                and lead is not None
                and prior is not None
                and (
                    lead.says in _PEOPLE
                    or lead.second.rpartition(" ")[2] in _PEOPLE | {"those"}
                    or _OF_DESCENT.search(text[: line.marks[prior].start])
                )
                and not re.match(
                    r"\s*(?:before|prior|after|since|(?:status\s+)?post|out\b|beyond|of(?!\s+age)|from|ago|follow|in\s)", ahead
                )
            ):
                return ["age"], ""
            if op == "?":
                return [], ""
        if "qtc" in group and unit == "min":
            return [], ""
        return ["time"], ""
    if kind == SHARE and (_CHANGED.search(text[max(0, mark.start - 80) : mark.start]) or _CHANGES.match(ahead)):
        return ["other"], line.label(at)
    if kind == MASS and _VARIED.search(text, max(0, mark.start - 60), mark.start):
        return ["other"], line.label(at)  # `no fluctuation of more than 4 kg`
    if kind == CONCENTRATION and _IMMUNOGLOBULIN.search(text, max(0, mark.start - 24), mark.start):
        return ["other"], line.label(at)  # `IgG > 10 g/L`
    if group and kind != BARE:
        fits = [name for name in group if line.fits(name, kind)]
        if set(fits) & {"systolic", "diastolic"}:
            fits = [name for name in fits if name != "blood_pressure"]
        if kind == LIMIT:
            fits = _limited(line, fits, op)
        if mark.unit in _PER_CREATININE and set(fits) & {"upcr", "urine_protein", "creatinine", "albumin"}:
            return ["upcr"], ""  # `a protein/creatinine ratio > 3.5 g/g`
        if fits and kind == FLOW and len(fits) > 1:
            fits = fits[:1]  # the others are other names of it
        if kind == PRESSURE and fits[-1:] == ["other_pressure"] and set(fits) <= {"blood_pressure", "other_pressure"}:
            return ["other_pressure"], ""  # `pulmonary hypertension, or a pulmonary artery systolic pressure > 50 mmHg`
        if kind == PRESSURE and "blood_pressure" in group and not set(fits) & {"systolic", "diastolic"}:
            later = _ahead_measure(line, end_at, kind, most=3)
            return ([later], "") if later in ("systolic", "diastolic") else (["blood_pressure"], "")
        if kind == PRESSURE and set(fits) >= {"systolic", "diastolic"}:
            fits = [fits[-1]] if not line.consumed else fits
        if kind in (CELLS, SHARE) and line.consumed and _is_of_another(line, at):
            return ["other"], line.label(at)  # `platelets < 20 x 10^9/L and reticulocyte count < 20 x 10^9/L`
        if fits and not (line.consumed and kind not in (LIMIT,) and near > (40 if kind == CONCENTRATION else 30)):
            marked = line.behind
            later = _ahead_measure(line, end_at, kind, most=2)
            if later is not None and line.consumed and later not in fits and kind != LIMIT:
                return [later], ""
            line.behind = marked  # what is named there begins the next bound
            if fits == ["hiv_rna"] and (virus := _VIRUS.findall(text[: mark.start])):
                fits = [_VIRAL_LOAD[_of_virus(virus[-1])]]
            return fits, ""
        if kind == FLOW and "creatinine" in group and near <= 12:
            return ["creatinine_clearance"], ""  # `creatinine within normal limits or ≥ 60 mL/min`
    if kind == CELLS and (cells := _CELLS.search(text[mark.start : mark.end])) is not None:
        return [_CELLS_OF[cells[0].lower()]], ""  # `< 1500 neutrophils/mm3`
    later = _ahead_measure(line, end_at, kind, most=5 if kind == LIMIT else 3)
    if kind == SHARE and later is None and line.marks[end_at + 1 : end_at + 2] and line.marks[end_at + 1].says in ("but", ""):
        if [each.kind for each in line.marks[end_at + 2 : end_at + 4]] == ["op", "number"] and line.marks[
            end_at + 3
        ].unit == "%":
            later = _ahead_measure(line, end_at + 3, kind, most=3)  # `> 5 % but < 20 % myeloblasts`
    if (
        kind == CONCENTRATION
        and later is None
        and line.last
        and at - line.last_at <= 16
        and line.group_at <= line.last_at
        and (before := line.found[line.last[-1]]).unit == mark.unit
        and before.measure in measures()
        and line.fits(before.measure, kind)
    ):
        return [before.measure], ""  # the same, in other people
    if kind != BARE and later is not None:
        return [later, *_listed_on(line, kind)], ""
    match kind:
        case "limit":
            return (["other"], line.label(at)) if INDIRECT.search(text, 0, mark.start) else (["?"], "")
        case "length":
            return _sized(line, at, end_at, window=line.before_kind(at) == "within"), ""
        case "pressure":
            is_of_blood = mark.unit == "mm[Hg]" and not _OF_OXYGEN.search(text, max(0, mark.start - 60), mark.start)
            return (["blood_pressure"] if is_of_blood else ["other"]), ""
        case "mass per area":
            return ["bmi"], ""
        case "rate":
            is_of_breath = _BREATHING.search(text, max(0, mark.start - 80), mark.end) is not None
            return ["respiratory_rate" if is_of_breath else "heart_rate"], ""
        case "degrees":
            return ["temperature"], ""
        case "short time" if _OF_A_BEAT.search(text, 0, mark.start):
            return ["other"], line.label(at)
        case "short time":
            return (["qtc"] if re.search(r"\bqt", text, re.IGNORECASE) else ["time" if mark.unit == "s" else "other"]), ""
        case "dose" if mark.unit in ("g/day", "mg/day") and re.search(
            r"protein", text[max(0, mark.start - 60) : mark.start], re.IGNORECASE
        ):
            return ["urine_protein"], ""
        case "dose" if mark.unit in ("g/m2", "g/m^2") and _OF_THE_HEART.search(text, max(0, mark.start - 80), mark.start):
            return ["other"], line.label(at)  # `an index of LV mass ≥ 115 g/m2`
        case "mass" if _OF_STRENGTH.search(text, max(0, mark.start - 80), mark.start):
            return ["other"], line.label(at)
        case "dose" | "mass":
            return (["weight"] if mark.unit in ("kg", "lb") else ["dose"]), ""
        case "share" if re.match(r"\s*percentile", ahead):
            return [], ""
        case "share" if _is_first(line, at) and re.match(r"\s*(?:for|if|in)\b", ahead):
            return ["?"], ""
        case "share" | "volume" | "other":
            return ["other"], line.label(at)
        case "flow" if (said := _CLEARED.search(text)) is not None:
            return ["creatinine_clearance" if said["clearance"] else "egfr"], ""
        case "flow" | "concentration" | "cells":
            return (["?"] if _is_first(line, at) else ["other"]), line.label(at)
        case _:
            return _bare(line, at, end_at, near, group, op, later)


def _is_of_another(line: Line, at: int) -> bool:
    """Whether something that has no name among the measures has been named since the last bound: a count, or what has a short name."""
    since = line.marks[line.last_at + 1 : at] if line.last_at >= 0 else []
    if any(each.kind == "measure" for each in since):
        return False
    named = [place for place, each in enumerate(since) if each.says in ("count", "counts") and place]
    if named:
        return since[named[-1] - 1].kind == "word" and since[named[-1] - 1].says not in LIGHT
    return _SHORT_NAME.search(line.text, since[0].start if since else line.marks[at].start, line.marks[at].start) is not None


_SHORT_NAME = re.compile(r"(?-i:[a-z]{3,}\s+[a-z]{3,}\s+\([A-Z]{2,6}\))\s*\\?[<>≤≥=]+\s*$")
"""`total lung capacity (TLC) < 40 %`."""


def _is_first(line: Line, at: int) -> bool:
    """Whether a line begins with a bound, what is measured standing elsewhere."""
    return not any(each.kind in ("word", "measure", "if", "which") for each in line.marks[:at])


def is_of_the_aged(line: Line, at: int, end_at: int) -> bool:
    """Whether a line begins with a bare bound, and goes on with the age of those whom it is for."""
    return (
        end_at < len(line.marks) and _is_first(line, at) and _OF_THE_AGED.match(line.text, line.marks[end_at].end) is not None
    )


def _limited(line: Line, fits: list[str], op: str) -> list[str]:
    if "creatinine" in fits and op in ("<", "<=", ">", ">="):
        fits = [name for name in fits if name not in ("creatinine_clearance", "egfr")]
    return fits


def _ahead_measure(line: Line, end_at: int, kind: str, most: int) -> str | None:
    """A measure named right behind its bound: `> 4.0 mEq/L potassium`."""
    place, hops = end_at + 1, 0
    while place < len(line.marks) and hops <= most:
        mark = line.marks[place]
        if mark.kind == "measure":
            name = mark.says.split("+")[0]
            if line.fits(name, kind):
                line.behind = place
                return name
            return None
        if mark.kind not in ("word", "(", "+") and not (kind == SHARE and mark.second == "both"):
            return None
        place, hops = place + 1, hops + 1
    return None


def _listed_on(line: Line, kind: str) -> list[str]:
    """Further measures that are named behind a bound: `≥ ULN in ALT, AST and bilirubin`."""
    names: list[str] = []
    place = line.behind + 1
    while kind in (LIMIT, SHARE) and place < len(line.marks) and line.marks[place].kind in (",", "join", "/", "measure"):
        mark = line.marks[place]
        if mark.kind == "measure":
            names += [name for name in mark.says.split("+") if line.fits(name, kind)]
            line.behind = place
        place += 1
    return names


def _sized(line: Line, at: int, end_at: int, *, window: bool) -> list[str]:
    ahead = line.text[line.marks[end_at].end : line.marks[end_at].end + 40]
    start = max(0, line.marks[at].start - 80)
    behind = line.text[start : line.marks[at].start]
    if window or re.match(
        r"\s*/\s*100|\s*(?:(?:\w+\s)?(?:margin|distance|gap)|(?:\w+\s)?(?:reconstruction|slices?|interslice|sections?)\b|away|apart|from|of\b(?!\s+(?:the\s+)?(?:largest|diameter))|gap|margin|of normal|distal|proximal|below|above|between|of induration|deep|thick|wide)",
        ahead,
        re.IGNORECASE,
    ):
        return ["other"]
    if re.search(
        r"volume|distance|circumference|induration|margin|thickness|invasion|slices?|gap\b|waist|girth|\bwidth|septum|septal|wall\b|atri(?:al|um)|ventric|aort|\bLA\b|walk",
        _CLAUSE.split(behind)[-1],
        re.IGNORECASE,
    ):
        return ["other"]
    return ["size"] if _SIZED.search(line.text) else ["other"]


def _bare(line: Line, at: int, end_at: int, near: int, group: list[str], op: str, later: str | None) -> tuple[list[str], str]:
    mark, text = line.marks[at], line.text
    ahead = text[line.marks[end_at].end : line.marks[end_at].end + 70]
    behind = text[max(0, mark.start - 60) : mark.start]
    if line.marks[end_at].kind == "after" and (said := text[mark.end : line.marks[end_at].start]).strip().isalpha():
        ahead = f"{said}{ahead}"  # `100 cigarettes or more`
    # what is named most nearly: `of the following` is no count of anything
    counted = re.match(
        r"[\s\-)]*(?:\([^()]{0,12}\)\s*)?(?:of\s+(?:the\s+)?(?:up to \d+\s+)?)?(?:(?:or\s+(?:more|fewer|less)|and)\s+)?((?:[\w/-]+(?:\.\d+)?,?\s+(?:\([A-Za-z]{1,8}\)\s+)?){0,6}?)("
        + COUNTED.pattern
        + r")\b",
        ahead,
        re.IGNORECASE,
    )
    if counted is not None and not is_count(line, counted[0]):
        counted = None
    if re.match(
        r"\s*(?:or\s+more\s+)?of\s+(?:the|these|following|those|any)\s+(?:following|criteria|below|conditions|risk factors|symptoms|above)",
        ahead,
        re.IGNORECASE,
    ):
        return [], ""
    if op in (">=", ">", "<=", "<") and (of_many := _OF_MANY.match(ahead)) is not None:
        return ["count"], of_many[1]  # `≥ 5 of 6 doses`
    if re.match(
        r"\s*(?:or\s+more\s+)?of\s*(?::|the following|\d+\b)|\s*times?\b(?!\s*(?:/|per|a\s|in\s+a\s|(?:within|in|during|over)\s+the\s+(?:past|last|previous|prior)))",
        ahead,
        re.IGNORECASE,
    ):
        return [], ""
    if op != "?" and _PER_TIME.match(ahead):
        return ["other"], line.label(at)  # `≤ 0.5 mL/5 minutes`
    if later in ("grade", "stage") and counted is not None and mark.number + line.marks[end_at].number > 5:
        return ["count"], " ".join(counted[0].split())[:80].strip(" -(")  # `4-8 grade 1 or grade 2 lesions`
    if _IN_A_ROW.match(ahead) and op in (">=", ">", "<=", "<"):
        return ["count"], " ".join(ahead.split()[:3])
    if later == "pack_years":
        return [later], ""  # `age ≥ 50 years and smoker ≥ 15 pack years`
    if op in (">=", ">", "<", "<=") and _OF_SD.match(ahead):
        return ["other"], line.label(at)
    if op in (">=", ">", "<", "<=") and _OCCASIONS.match(ahead):
        return ["count"], "times"
    if counted is not None and _RADS.search(behind):
        counted = None  # `PI-RADS ≥ 3 lesion`
    fits = [name for name in group if line.fits(name, BARE) and name != "blood_pressure"]
    if {"upcr", "urine_protein"} <= set(fits):
        fits.remove("urine_protein")  # `proteinuria with a ratio ≥ 1.0`
    if mark.number > 6:
        fits = [name for name in fits if name not in ("grade", "stage", "ecog", "nyha", "asa")]
    lead = line.before(at)
    if not counted and lead and line.marks[lead].kind == "op" and is_a_person(line, lead) and 10 <= mark.number <= 100:
        if mark.second == BARE and not re.match(r"\s*(?:%|(?!years)[a-z]+s\b)", ahead):
            return ["age"], ""  # `for women under 50`
    if fits and near <= 7 and not line.consumed and not (counted and near > 3 and not set(fits) & GRADED - {"stage"}):
        if mark.second == "word" and not set(fits) & (GRADED | {"age"}):
            return [], ""
        if "age" in fits and not (0 < mark.number <= 120):
            return [], ""
        if is_a_ratio(line, at, fits):
            return ["other"], line.label(at)
        return fits, ""
    if (
        fits
        and line.consumed
        and line.last
        and at - line.last_at <= (8 if line.found[line.last[-1]].when else 5)
        and set(fits) <= {line.found[index].measure for index in line.last}
        and not counted
        and not (mark.number <= 20 and THINGS.match(ahead))
    ):
        if mark.second != "word":
            return (["other"], line.label(at)) if is_a_ratio(line, at, fits) else (fits, "")
    if not counted and op != "?" and (scale := on_a_scale(line, end_at)):
        return [scale], ""
    if not counted and op in (">", ">=", "<", "<=") and 10 <= mark.number <= 110 and is_of_a_person(line, at, ahead):
        return ["age"], ""
    if line.last and not counted and mark.second != "word" and op != "?" and _is_of_another_case(line, at, ahead):
        held = [line.found[index].measure for index in line.last]
        if set(held) <= LABS and all(line.fits(name, BARE) for name in held) and not set(held) - set(line.group):
            return held, ""  # `≤ 2 mg/dL (unless Gilbert's disease, then ≤ 3.0)`
    if (
        re.search(
            r"\b(?:children|adults?|minors|adolescents|adolescence|childhood|adulthood)\s*[(,]?\s*(?:\\?[<>≤≥]=?\s*)$", behind
        )
        and 0 < mark.number <= 120
    ):
        return ["age"], ""  # `children (< 18)`
    if (
        (lead := line.before(at)) is not None
        and re.match(r"(?:old|young)er", line.marks[lead].second)
        and 0 < mark.number <= 120
    ):
        return ["age"], ""
    if lead is not None and line.marks[lead].second.endswith("age of") and op != "?" and 0 < mark.number <= 120:
        return ["age"], ""  # `before the age of 50`
    if line.marks[end_at].kind == "after" and re.search(r"old|young", line.marks[end_at].second) and 0 < mark.number <= 120:
        return ["age"], ""
    if later is not None and mark.second != "word" and not counted:
        return [later], ""
    if later is not None and later in GRADED:
        return [later], ""
    if counted is not None:
        more = re.match(
            r"\s*(?:whose \w+ is \w+|(?:in|of|within|to) (?:the )?(?:liver|brain|lungs?|bone)\b)",
            ahead[counted.end() :],
            re.IGNORECASE,
        )
        said = counted[0] + (more[0] if more is not None else "")
        return ["count"], " ".join(said.split())[:80].strip(" -(")
    if mark.second == "word" and op != "?" and mark.number >= 2 and (things := THINGS.match(ahead)) is not None:
        return ["count"], " ".join(things[0].split())[:80]
    if op == ">=" and mark.number == 1 and HAVING.search(text[: mark.start]) and (thing := ONE_THING.match(ahead)) is not None:
        return ["count"], " ".join(thing["thing"].split())[:80]
    if op in (">", ">=", "<=") and (most := BUT_NO_MORE.match(text, mark.end)) is not None:
        return ["count"], " ".join(most["things"].split())[:80]
    if op != "?" and line.last and line.found[line.last[-1]].measure == "count" and _ELIDED.match(ahead):
        between = {each.kind for each in line.marks[line.last_at + 1 : at]}
        if at - line.last_at <= 8 and not between & {"number", "measure", ".", ";", "if"}:
            return ["count"], line.found[line.last[-1]].of  # `a minimum of 4 cycles and a maximum of 9`
    if op == "?" or mark.second == "word":
        return [], ""
    if is_of_the_aged(line, at, end_at):
        return ["?"], ""  # `0 to 2 for participants ≥ 75 years of age`
    if _NAMED & set(re.findall(r"[a-z]+", behind[-14:].lower())) and op in (">=", "<=") and line.before_kind(at) != "op":
        return [], ""
    if re.search(
        r"\b(?:lesions?|metastas[ei]s|tumou?rs?|nodules|number|lines?|sites?|nodes|regimens)\b", behind[-40:], re.IGNORECASE
    ):
        return ["count"], " ".join(behind.split()[-4:])
    if op == "==":
        return [], ""
    if (things := THINGS.match(ahead)) is not None and mark.number <= 500:
        return ["count"], " ".join(things[0].split())[:80]
    if mark.number in range(1, 51) and mark.second == BARE and (thing := ONE_THING.match(ahead)) is not None:
        if (
            thing["thing"][:3].islower()
            and line.marks[end_at].kind != "+"
            and not OF_NO_COUNT.search(thing["thing"])
            and not _SCORED.search(behind)
        ):
            return ["count"], " ".join(thing["thing"].split())[:80]
    return ["other"], line.label(at)


_SCORED = re.compile(
    r"\b(?:scores?|scale|index|ratio|levels?|values?|rating|grades?|types?|[A-Z]{2,}[\w-]*)\s*(?:of|is|was|:)?\s*(?:\S{1,3}|(?:\\?[<>≤≥=]+\s*)?[a-z ]{4,30})?\s*$"
)


_OF_THE_AGED = re.compile(
    r"\s*(?:for|in|if)\s+(?:(?:the\s+)?(?:patients?|subjects?|participants?|those|adults|children|adolescents)\s+)?(?:who\s+are\s+)?(?:aged?\s+)?(?:\\?[<>≤≥]=?|under|over|above|below|(?:young|old)er\s+than|at\s+least)?\s*\d+\s*(?:years|yrs)",
    re.IGNORECASE,
)
_OF_SD = re.compile(r"\s*(?:SDs?\b|standard\s+deviations?\b|L\s?/\s?min|inch(?:es)?\b)", re.IGNORECASE)
_CLAUSE = re.compile(r"[;)]")
_WHO_ARE = re.compile(
    r"\b(?:patients?|subjects?|participants?|those|individuals)\s+(?:(?:that|who)\s+)?(?:must\s+be|are|is|should\s+be)\s+(?:\\?[<>≤≥=]+|(?:less|more|greater|older|younger)\s+than(?:\s+or\s+equal\s+to)?|at\s+least|over|under|above|below)\s*$",
    re.IGNORECASE,
)
_TO_AN_AGE = re.compile(
    r"\s*(?:and|but|to|,)\s*(?:\\?[<>≤≥=]+|[a-z ]{4,24})\s*\d{1,2}\s*(?:-\s*)?(?:years?|yrs?|months?)\s*(?:-\s*)?(?:old\b|of\s+age\b)",
    re.IGNORECASE,
)
"""`> 1 month and ≤ 39 years old`."""
_IN_A_ROW = re.compile(
    r"\s*(?:consecutive(?:ly)?|rising|increasing|successive|sequential)\s+(?!(?:days?|weeks?|months?|years?|hours?)\b)[A-Za-z]",
    re.IGNORECASE,
)
"""`a minimum of 3 rising PSA levels`."""
_NO_MORE = re.compile(r"\s*(?:$|[.,;)]|of\s+age|old|at\s|to\s|and\s|or\s|on\s)", re.IGNORECASE)
_RADS = re.compile(r"-?RADS\b[^.;]{0,20}$", re.IGNORECASE)
_PER_TIME = re.compile(r"\s*(?:m?L|[mk]?g|cm|mm|I?U)\s?/\s?\d")
_ELIDED = re.compile(r"\s*(?:/\s*(?:day|d|week|wk|month|year)\b|per\s|[,;.)]|$)", re.IGNORECASE)
"""What is counted is not said again: `≥ 4 drinks/day or ≥ 8/week`."""
_ANOTHER = re.compile(r"\s*(?:for|in)\s+(?!(?:the|this|all|age|study)\b)[A-Za-z]", re.IGNORECASE)


def _is_of_another_case(line: Line, at: int, ahead: str) -> bool:
    """Whether a bare bound is again of the measure before it: `unless Gilbert's disease, then ≤ 3.0`, `≥ 3 for B or ≥ 5 for T cells`."""
    lead = line.before(at - 1)
    if line.active:
        return lead is not None and line.marks[lead].kind in (",", "which", "(", ":")
    held = line.found[line.last[-1]]
    return bool(held.when) and not held.unit and at - line.last_at <= 8 and _ANOTHER.match(ahead) is not None
