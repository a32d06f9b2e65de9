"""The bounds that a condition or an exception is of: those that stand before it."""

import re
from dataclasses import dataclass, replace

from .atom import Atom
from .line import DEPENDENT, LABS, Line
from .measures import BARE, LONG

_ADMITS = re.compile(r"\b(?:permitted|allowed|acceptable|accepted)\s*$", re.IGNORECASE)
APPLIES = ("applies to", "applies only", "only applies", "applicable only")
"""What says of a whole sentence whom its bounds are for."""
CLOTTING = frozenset({"inr", "pt", "ptt", "aptt"})
_OF_CLOTTING = re.compile(r"anti-?coag|warfarin|coumadin|heparin", re.IGNORECASE)
_PAIRS = frozenset({frozenset({"ecog", "karnofsky"}), frozenset({"systolic", "diastolic"}), frozenset({"ecog", "lansky"})})
"""What is said twice, or goes in pairs: a condition behind it is of both."""
_OF_NOBODY = re.compile(r"no\s+(?:evidence|history|known|prior|current|active|signs?|liver|hepatic)\b", re.IGNORECASE)
_OF_THE_DISEASE = re.compile(r"marrow|lymphom|leuk|myelom|disease|malignan|\bCLL\b|spleen|spleno", re.IGNORECASE)
_COUNTS = frozenset({"neutrophils", "platelets", "haemoglobin", "leucocytes", "lymphocytes"})
OF_BILIRUBIN = re.compile(r"gilbert", re.IGNORECASE)
_RELATED: tuple[tuple[re.Pattern[str], frozenset[str]], ...] = (
    (re.compile(r"gilbert|hyperbilirubin", re.IGNORECASE), frozenset({"bilirubin", "bilirubin_direct"})),
    (_OF_CLOTTING, CLOTTING),
    (re.compile(r"pacemaker|bundle branch|paced", re.IGNORECASE), frozenset({"qtc", "heart_rate"})),
)
"""What a condition is known to change, where a text lists several bounds before it."""


@dataclass(slots=True)
class Condition:
    """A condition: its `words`, where they `stop`, whether they set apart, and whether they hold a bound or name a measure."""

    words: str
    stop: int
    unless: bool
    has_bound: bool
    has_measure: bool
    of_a_sex: bool = False
    who: bool = False
    begins: bool = False


def _is_base(atom: Atom, held: Atom) -> bool:
    """Whether a bound is of the same measure as another, and of everybody."""
    of_both = {atom.measure, held.measure} == {"bilirubin", "bilirubin_direct"}  # `bilirubin ≤ 1.5 x ULN, or direct …`
    return (atom.measure == held.measure or of_both) and not atom.when


def between(line: Line, at: int) -> list[str]:
    """The kinds of the marks between the last bound and a condition; a number of hours, and the bound's own measure, say nothing."""
    if line.last_at < 0:
        return []
    own = {line.found[index].measure for index in line.last}
    is_of_labs = bool(LABS & (own if own != {"time"} else {line.found[index].measure for index in line.sentence}))
    return [
        each.kind
        for place, each in enumerate(line.marks[line.last_at + 1 : at], line.last_at + 1)
        if each.says != "age"
        and not (each.kind == "measure" and set(each.says.split("+")) <= own)
        and not (
            each.kind == "number"
            and (each.unit == "hours" or line.is_the_same(place) or (is_of_labs and _is_a_name(line, place)))
        )
        and not (each.kind == "." and not line.text[each.end : each.end + 1].isspace())
    ]


def _is_a_name(line: Line, at: int) -> bool:
    """Whether a number is part of when or how a thing is measured: `on cycle 1 day 1`, `a mean of 3 readings`."""
    mark, lead = line.marks[at], line.marks[at - 1 - (line.marks[at - 1].kind == "-")]
    behind = line.marks[at + 1].kind if at + 1 < len(line.marks) else ""
    if mark.second == LONG and at + 1 < len(line.marks) and line.marks[at + 1].says == "apart":
        return True  # `two readings taken 5 minutes apart`
    is_plain = mark.second in (BARE, "word") or lead.says in ("cycle", "visit")  # `cycle 1 day 1` is not `1 day`
    is_led = (
        lead.kind == "word"
        or (lead.kind == "(" and mark.second == "word")
        or (lead.kind == "number" and at > 1 and line.marks[at - 2].says in ("cycle", "visit"))
    )
    return is_plain and is_led and behind not in ("after", "to", "-", "–", "op", "limit")


_OF_AGE = re.compile(r"\s*(?:(?:years?|yrs?)?\s*(?:of\s+age|old)|or\s+older)?[\s(]*", re.IGNORECASE)


def _is_of_the_age(line: Line, at: int, age: Atom, found: Condition) -> bool:
    """Whether a condition stands right behind an age, and is none of an illness that the age goes with."""
    return _OF_AGE.fullmatch(line.text, age.end, line.marks[at].start) is not None and not found.words.startswith(
        ("absence", "legal age", "local")
    )


def _is_elided(one: Atom, other: Atom) -> bool:
    """Whether a second bound counts the same without saying it again: `≥ 4 drinks/day or ≥ 8/week for women`."""
    return other.joined == "or" and one.measure == other.measure == "count" and one.of is other.of and not one.when


def put_to_what_stands_before(line: Line, at: int, found: Condition) -> None:
    mark = line.marks[at]
    kinds, targets = between(line, at), list(line.last)
    if found.unless and ")" in kinds and all(line.found[index].measure == "dose" for index in targets):
        return  # `corticosteroids (> 10 mg/day), excluding topical ones`
    labs = [index for index in line.sentence if line.found[index].measure in LABS or line.found[index].measure == "?"]
    opened_at = line.text.rfind("(", 0, mark.start)
    if at and line.depth > 0 and _ADMITS.search(line.text, opened_at, mark.start):
        # `(platelets ≥ 50, haemoglobin ≥ 7 permitted if …)`: all that stands in the brackets
        targets = [index for index, each in enumerate(line.found) if each.start > opened_at]
    elif found.unless and line.found[targets[0]].joined == "or" and targets[0]:
        if line.found[targets[0] - 1].measure == line.found[targets[0]].measure:
            targets.append(targets[0] - 1)  # `≤ 2 mg/dL or ≤ 2.5 x ULN (unless …)`
    if found.unless and "," in kinds and len(line.sentence) > len(targets):
        targets = labs
    of_a_sentence = mark.second.startswith(("not appl", *APPLIES))
    is_of_a_grade = bool(targets) and line.found[targets[0]].measure in ("grade", "stage")
    if of_a_sentence or (found.unless and not is_of_a_grade and not set(targets) & set(labs)):
        earlier = [index for index, each in enumerate(line.found) if each.measure in LABS]
        fallback = earlier if of_a_sentence else []
        doses = [index for index in line.sentence if line.found[index].measure == "dose"]
        targets = (
            labs
            or [index for index in fallback if line.found[index].bound == line.found[earlier[-1]].bound]
            or doses
            or targets
        )
    elif labs and ")" in kinds and all(line.found[index].measure == "time" for index in targets):
        targets = [index for index in labs if line.found[index].bound == line.found[labs[-1]].bound]
    if targets and (")" in kinds or (line.marks[at - 1].kind == ")" and not line.depth)):
        opened = line.text.rfind("(", 0, line.found[targets[0]].start)
        if line.text.find(")", opened) >= line.found[targets[0]].end:
            listed = [index for index in line.sentence if line.found[index].start > opened]
            targets += [index for index in listed if index not in targets]  # `(INR > 1.6, platelets < 50,000/uL) unless …`
    pair = targets[0] - 1 if targets else -1
    if pair >= 0 and _is_elided(line.found[pair], line.found[targets[0]]):
        targets.append(pair)
    if pair >= 0 and frozenset((line.found[pair].measure, line.found[targets[0]].measure)) in _PAIRS and pair in line.sentence:
        if not (pair and line.found[pair - 1].start == line.found[pair].start):  # `150/100, or systolic > 180 if …`
            targets.append(pair)
    if found.unless and not line.sentence and OF_BILIRUBIN.search(found.words):
        of_it = [index for index, each in enumerate(line.found) if each.measure in ("bilirubin", "bilirubin_direct")]
        if of_it and not any(line.found[index].measure in ("bilirubin", "bilirubin_direct", "?") for index in targets):
            targets = of_it  # `bilirubin > 3 x ULN or AST > 3 x ULN. An exception is Gilbert's syndrome`
    if found.unless and targets and _OF_THE_DISEASE.search(found.words) and line.found[targets[0]].measure in _COUNTS:
        targets += [
            index
            for index in line.sentence
            if index not in targets and line.found[index].measure in _COUNTS and not line.found[index].unless
        ]  # `ANC < 1,000/mm3 and platelets < 75,000/mm3 unless related to lymphoma`
    is_contrasted = any(each.kind in ("op", "measure") for each in line.marks[found.stop : found.stop + 3])
    if _OF_NOBODY.match(found.words) and found.who and not found.unless and not is_contrasted:
        targets += [
            index for index in labs if index not in targets
        ]  # `ALT > 3 x ULN and bilirubin > 2 x ULN in participants with no …`
    opened_at = max(opened_at, line.text.rfind("[", 0, mark.start))
    if OF_BILIRUBIN.search(found.words) and line.depth > 0 and opened_at >= 0:
        targets += [
            index
            for index in line.sentence
            if index not in targets and line.found[index].start > opened_at and line.found[index].measure == "bilirubin"
        ]
    if OF_BILIRUBIN.search(found.words) and not found.unless and line.sentence:
        bases = {each.measure for each in line.found[: line.sentence[0]] if not each.when}
        targets += [
            index
            for index in line.sentence
            if index not in targets and line.found[index].measure == "bilirubin" and "bilirubin" in bases
        ]  # `< ULN; or bilirubin ≤ 3 x ULN or direct bilirubin ≤ 1.5 x ULN in patients with Gilbert's syndrome`
    for words, related in _RELATED:
        is_list = words is _OF_CLOTTING and not line.depth
        if words.search(found.words) and (is_list or not any(line.found[index].measure in related for index in targets)):
            listed = line.sentence or (list(range(len(line.found))) if of_a_sentence else [])
            targets += [index for index in listed if line.found[index].measure in related and index not in targets]
    for index in targets:
        held = line.found[index]
        if held.measure not in DEPENDENT or (held.measure == "age" and not _is_of_the_age(line, at, held, found)):
            continue
        if held.measure not in LABS and held.measure != "?" and mark.second.startswith("with ") and not found.unless:
            continue  # `adults over 18 with a known illness`: what they have, besides
        if found.unless and held.when:  # an exception is to the bound that holds of everybody
            index = next((base for base in range(index - 1, -1, -1) if _is_base(line.found[base], held)), index)
            held = line.found[index]
        is_closer = bool(held.when) and held.when == line.active and at - line.last_at <= 2
        if not found.unless and is_closer:
            line.found[index] = replace(held, when=f"{held.when}, {found.words}")
        elif found.unless and (not held.unless or of_a_sentence):
            line.found[index] = replace(held, unless=f"{held.unless} or {found.words}" if held.unless else found.words)
        elif (
            not found.unless and not held.when and (not held.unless or (at - line.rider_at <= 2 and held.unless != found.words))
        ):
            line.found[index] = replace(held, when=found.words)
