"""A criterion's comparisons as one expression of the language, with the items that it asks for."""

import re
from collections.abc import Sequence
from itertools import combinations, pairwise

from .atom import Atom
from .atoms import measures_named
from .comparison import Said, compared, kept
from .doubts import ADMITTED_IF, AT_MOST, IF, Side, as_meant, negated, of_one_sex, unread_condition
from .line import LABS
from .measures import measures
from .phrases import bracketed, is_bracketed, joined
from .premise import named, premise
from .scope import fault_as_a_whole
from .states import NEGATED, state, window

_VALUE = re.compile(r"(?<![\w^.])\d+(?:\.\d+)?(?![\w./^])")
"""A value: each part was checked with its own, and the whole is checked once for all values."""
_BUILT = re.compile(r"[()]|\bif\b|\bwithin\b|\bat least\b")
"""What is more than comparisons in a row, each of which was checked: it is checked as a whole."""


def statement(text: str, kind: Side, found: Sequence[Atom]) -> Said:
    """What can be said of a criterion in the language, from its comparisons and the subjects that it names."""
    said = Said()
    dismissed = _DISMISSED.fullmatch(text)
    if dismissed is not None:
        return _dismissed(text, kind, found, dismissed)
    if found and kind == "exclude":
        _set_apart(text, found, said)
    if found and not said.text:
        _of_atoms(text, kind, found, said)
    if not said.text:
        state(text, kind, found, said)
    if _BUILT.search(said.text) and (wrong := fault_as_a_whole(_VALUE.sub("1", said.text), said.needed.values())):
        said.unsure.append(wrong)
        said.text = ""
    if not said.text:
        said.needed = {}
    return said


_INSIDE = re.compile(rf"\b{IF}\b(?![^.;]*[,;:)\]]|[^.;]*\b(?:then|must|should|may)\b)[^.;]*$", re.IGNORECASE)
"""A condition has begun and its words go on up to here: what is compared now belongs to it."""
_OF_AN_AGE = re.compile(
    r"\b(?:for|in) (?:patients|subjects|participants|those|children|adults|individuals|people)\b[^.;,]*$", re.IGNORECASE
)
_NONE_BEFORE = re.compile(
    r"\b(?:no|none|without|neither|nor)\b(?!\s+(?:more|less|greater|fewer|older|younger|higher|lower|worse|later)\b)(?:\s+(?:of\s+)?[\w/-]+){0,4}\s*$",
    re.IGNORECASE,
)
_WITH = re.compile(
    r"\W*(?:\w+\s+){0,2}(?:(?:together|combined|associated|in combination|along|accompanied) (?:with|by)|with)\b(?!.*\bor\b)",
    re.IGNORECASE,
)
_EITHER = re.compile(r"\beither\b[^.;]{0,60}$", re.IGNORECASE)
_SWITCHED = re.compile(r"\b(?:unless|except\w*|exception)\b", re.IGNORECASE)
_INSTEAD = re.compile(r"\b(?:in which case|in wh(?:om|ich)|for wh(?:om|ich)|then|in (?:this|these|such))\b|,", re.IGNORECASE)
_DISMISSED = re.compile(
    r"(?P<head>\W*(?:\d{1,2}[.)]\s+)?(?:(?:any|all)\s+)?(?:(?:patients?|subjects?|participants?|individuals|those)\s+(?:with|who\s+have|having)|if)\s)"
    r"(?P<body>(?:(?!\b(?:unless|except\w*|if|but|who|which|otherwise)\b|[;.]\s).)+?)"
    r"(?P<tail>,?\s+(?:(?:the|such|these|that)\s+(?:patients?|subjects?|participants?)\s+)?(?:is|are|will\s+be|should\s+be|must\s+be)\s+"
    r"(?:excluded|not\s+eligible|ineligible|not\s+allowed)(?:\s+(?:from|for|in)\s+(?:the|this)\s+(?:study|trial))?\W*)",
    re.IGNORECASE,
)
"""`Patients with ALT > 5 x ULN are excluded`, `if ALT exceeds 5 x ULN, the patient is excluded`."""
_DEGREE = re.compile(
    r"(?i)\b(?:no|not|non|without|never|absence|active|severe|serious|uncontrolled|significant|symptomatic|acute|recent|unstable|stable|treated|untreated)\b"
)


def _dismissed(text: str, kind: Side, found: Sequence[Atom], how: re.Match[str]) -> Said:
    """Who is said to be excluded, wherever that is said: among the inclusions it is its opposite that is asked."""
    body = " " * how.end("head") + how["body"] + " " * len(how["tail"])
    said = statement(body, "exclude", found)
    if said.text and kind == "include":
        said.text = f"not ({said.text})"
    said.used += [how.span("head"), how.span("tail")]
    return said


def _set_apart(text: str, found: Sequence[Atom], said: Said) -> None:
    """`Cirrhosis, except Child-Pugh A`: whoever has it, but for some."""
    apart = _BUT_FOR.fullmatch(text)
    topic = named(apart["fact"]) if apart is not None and not _DEGREE.search(apart["fact"]) else None
    if apart is None or topic is None or found[0].start < apart.start("rest") or any(each.measure == "time" for each in found):
        return
    held = kept(topic.holds, topic.needed, said)
    spared = premise(apart["rest"], said)
    if held and spared:
        said.text = f"{bracketed(held, 'and')} and not ({spared})"
        said.used += [(0, apart.start("rest")), *((each.start, each.end) for each in found)]


_BUT_FOR = re.compile(
    r"\W*(?P<fact>[^<>≤≥=;.()\d]{3,80}?),?\s+(?:unless|except(?:\s+(?:for|in|with|if))?|other\s+than|excluding)\s+(?P<rest>[^;]+?)\W*",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"\s+(?P<how>with|without)\s+(?P<fact>[^<>≤≥=;.,()\d]{3,60}?)\W*", re.IGNORECASE)
_CASE = re.compile(r"(?:in|for|if|when|unless)\b", re.IGNORECASE)
_JOINT = re.compile(r",?\s+or\s+|\s+with\s+(?:an?\s+)?|\s+(?:must|should)\s+have\s+(?:an?\s+)?", re.IGNORECASE)


def _with_a_fact(whole: str, text: str, kind: Side, values: Sequence[Atom], said: Said) -> str:
    """A statement of bounds together with what is named before them: `HIV infection with CD4 < 200/uL`."""
    for joint in _JOINT.finditer(text, 0, values[0].start):
        fact = text[: joint.start()].strip(" *•-–.0123456789)")
        if not fact or values[0].when or _DEGREE.search(fact) or _CASE.match(fact) or measures_named(fact):
            continue
        topic = named(fact)
        if topic is None or topic.name in ("male", "female"):
            continue
        how = joint[0].split()[0].strip(",").lower() or "or"
        if how in ("must", "should") and kind == "exclude":
            return whole
        held = kept(topic.holds, topic.needed, said)
        said.used.append((0, joint.end()))
        if how == "with":
            return f"{bracketed(held, 'and')} and {bracketed(whole, 'and')}"
        if how == "or":
            if " and " in whole:
                said.unsure.append("'and' and 'or' stand together: 'and' is taken to bind more closely")
            return f"{held} or {whole}"
        return f"not ({held}) or {bracketed(whole, 'or')}"
    behind = _BEHIND.fullmatch(text, max(each.end for each in values)) if kind == "exclude" else None
    topic = named(behind["fact"]) if behind is not None and not _DEGREE.search(behind["fact"]) else None
    if behind is None or topic is None or " or " in whole:
        return whole
    held = kept(topic.holds, topic.needed, said)
    said.used.append((behind.start(), len(text)))
    return f"{bracketed(whole, 'and')} and {bracketed(held, 'and') if behind['how'] == 'with' else f'not ({held})'}"


def _of_atoms(text: str, kind: Side, found: Sequence[Atom], said: Said) -> None:
    times = [each for each in found if each.measure == "time"]
    values = _bounds_of_its_own(text, as_meant(text, [each for each in found if each.measure != "time"], said), said)
    if not values:
        return
    whole = _values(text, kind, values, found, said)
    if not whole:
        return
    whole = _in_window(whole, values, times, said, text)
    whole = _with_a_fact(whole, text, kind, values, said)
    whole = negated(whole, text, kind, found, said)
    whole = of_one_sex(whole, text, kind, values, said)
    unread_condition(text, found, said)
    said.text = whole[1:-1] if is_bracketed(whole) else whole


def _bounds_of_its_own(text: str, values: list[Atom], said: Said) -> list[Atom]:
    """The comparisons that are not themselves part of a condition of which nothing was made."""
    kept_values: list[Atom] = []
    end, inside, is_spared = 0, 0, False
    for each in values:
        before = text[end : each.start] if each.start >= end else ""
        if each.bound == inside:
            continue
        if each.measure == "age" and any(other.when.startswith(text[each.start : each.end].strip()) for other in values):
            said.unsure.append(f"whether all are {text[each.start : each.end].strip()}, or what follows is of those alone")
            continue
        if each.measure == "age" and _is_of_another(text, each):
            said.unsure.append("whether it is the participant's own age")
        if kept_values and kept_values[-1].measure == each.measure and not (each.when or each.unless):
            is_besides = _ACCEPTABLE.match(text, each.end) is not None and _BESIDES.search(before) is not None
            is_spared = (
                is_spared or is_besides or (each.measure == "grade" and _IN_AN_EXCEPTION.search(before[-200:]) is not None)
            )
            if is_spared and each.value != kept_values[-1].value:
                said.left.append(text[each.start : each.end])
                said.unsure.append(f"'{text[each.start : each.end].strip()}' is acceptable besides")
            if is_spared:
                continue
        if (each.measure in ("age", "weight") and _IN_A_BRACKET.search(text, 0, each.start)) or (
            each.measure == "age" and (_NO_DATA.search(text, 0, each.start) or _HEADS_A_ROW.match(text, each.end))
        ):
            said.left.append(text[each.start : each.end])
            if each.bound != inside:
                inside = each.bound
                said.unsure.append(f"whether '{text[each.start : each.end].strip()}' is asked of all")
            continue
        if each.measure == "stage" and _IN_AN_EXCEPTION.search(text, max(0, each.start - 200), each.start):
            said.left.append(text[each.start : each.end])
            said.unsure.append(f"'{text[each.start : each.end].strip()}' is part of an exception")
            continue
        is_inside = _INSIDE.search(before) or (each.measure == "age" and end and _OF_AN_AGE.search(before))
        if not each.when and not each.unless and is_inside:
            inside = each.bound
            said.left.append(text[each.start : each.end])
            said.unsure.append(f"'{text[each.start : each.end].strip()}' is part of a condition")
        else:
            kept_values.append(each)
        end = max(end, each.end)
    return kept_values


_IN_A_BRACKET = re.compile(
    r"\(\s*(?:only\s+)?(?:for|in|if)\s+(?:(?:the|all|those|female|male)\s+)*(?:patients?|subjects?|participants?|those|children|adults|adolescents|individuals|people|women|men|younger|older)\b[^()]*\(?[^()]*$",
    re.IGNORECASE,
)
"""An age of some alone, of which nothing was made: `suicidal ideation (for participants ≥ 4 years of age)`."""
_HEADS_A_ROW = re.compile(r"\s*:\s*\\?[<>≤≥=]*\s*\d|\s+\d\.\d+(?:\s|$)")
"""An age at the head of a table's row: `6 to < 10 years: 1 mg/dL`, `13 to < 16 years 1.5 1.4`."""
_NO_DATA = re.compile(r"\b(?:no\b[^.;]*\bdata|rare|not\s+(?:been\s+)?(?:studied|established))\b[^.;]*$", re.IGNORECASE)
"""Why some are not admitted: `no dosing data are available in participants < 18 years`."""
_ACCEPTABLE = re.compile(
    r"[^.;,]{0,90}\b(?:(?:is|are|will\s+be|may\s+be|can\s+be)\s+(?:also\s+)?(?:acceptable|allowed|permitted|eligible|included|enrolled|exempt|not\s+excluded|not\s+exclusionary|an?\s+exception|exceptions)|(?:may|can)\s+(?:still\s+)?(?:qualify|enrol|participate))",
    re.IGNORECASE,
)
_IN_AN_EXCEPTION = re.compile(
    r"\b(?:except\w*|excluding|unless)\b(?:(?!\.\s+[A-Z])[^();]|\([^()]*\))*\(?(?:(?!\.\s+[A-Z])[^();])*$", re.IGNORECASE
)
_BESIDES = re.compile(r"[;.(]|\b(?:however|but|although|note)\b", re.IGNORECASE)
"""`grade > 1; however, neuropathy of grade ≤ 2 is acceptable`."""
_ANOTHER = re.compile(
    r"\b(?:partners?|spouses?|care-?\s?givers?|caretakers?|carers?|siblings?|relatives?|household|offspring|family\s+members?|(?:parents?|mothers?|fathers?|guardians?)\s+of|(?:breast-?\s?feeding|nursing)\s+(?:an?|the|their)\b|donor|(?:one|a|either|at\s+least\s+one)\s+(?:parent|guardian))\b[^.;,]{0,40}$",
    re.IGNORECASE,
)
_AT_HOME = re.compile(r"[^.;,]{0,30}\b(?:in|at)\s+(?:the\s+|their\s+|same\s+)*(?:home|household)\b", re.IGNORECASE)


def _is_of_another(text: str, age: Atom) -> bool:
    """Whether somebody else than the participant is named beside an age: `a child under 1 year in the household`."""
    return _ANOTHER.search(text, max(0, age.start - 70), age.start) is not None or _AT_HOME.match(text, age.end) is not None


def _values(text: str, kind: Side, values: Sequence[Atom], found: Sequence[Atom], said: Said) -> str:
    parts: list[str] = []
    joints: list[str] = []
    by_bound: dict[int, list[Atom]] = {}
    for each in values:
        by_bound.setdefault(each.bound, []).append(each)
    plain = {each.measure: each for each in values if not each.when}
    apart = {each.measure for each in values if each.when and each.measure not in plain}
    apart = {name for name in apart if len({each.when for each in values if each.measure == name}) > 1}
    built: dict[str, int] = {}
    premises: dict[str, tuple[int, str, str]] = {}
    either_at, case = 0, (-1, "")
    is_neither = _NEITHER.match(text) is not None
    leads: list[str] = []
    order = sorted(by_bound.values(), key=lambda bound: bool(bound[0].when) and all(each.measure in plain for each in bound))
    ends = [0, *(max(each.end for each in bound) for bound in order)]
    for place, bound in enumerate(order):
        before = text[ends[place] : bound[0].start] if ends[place] <= bound[0].start else ""
        names = list(dict.fromkeys(each.measure for each in bound))
        inside: list[str] = []
        for name in names:
            own = [each for each in bound if each.measure == name]
            one = _one(own, text, said)
            if not one:
                said.left.append(name)
                continue
            first = own[0]
            if first.unless:
                one = _excepted(one, first, kind, text, said)
            none = _NONE_BEFORE.search(before) if (place or not NEGATED.match(text)) and not is_neither else None
            if none is not None and len(names) == 1 and not first.when and not first.unless:
                one = f"not ({one})"
                said.used.append((ends[place] + none.start(), bound[0].start))
            if not first.when:
                inside.append(one)
                built[name] = len(parts) + len(inside) - 1
                continue
            condition = premise(first.when, said)
            if condition and _is_vague(first, condition, said):
                said.unsure.append(f"what '{first.when[:60]}' means for the {name}")
            if not condition:
                said.left.append(first.when)
                said.unsure.append(f"the condition '{first.when[:60]}' is not read")
                continue
            said.used.append(_within(text, first.when))
            if (admitted := ADMITTED_IF.match(text, said.used[-1][1])) is not None:
                said.used.append(admitted.span())
            base = plain.get(name)
            usual = {each.op[0] for each in values if each.measure == name and not each.when}
            if base is not None and not usual & {each.op[0] for each in own}:
                said.unsure.append("the threshold and its exception point in opposite directions")
                other = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}.get(first.op)
                if other is None or kind == "include":
                    continue
                one = one.replace(f" {first.op} ", f" {other} ", 1)
            if name in built and base is not None:
                if sum((each.measure, each.bound) == (name, base.bound) for each in values) > len(own):
                    said.unsure.append(f"whether the other end of the range of {name} holds where '{first.when[:40]}'")
                parts[built[name]] = f"if {condition} then {one} else {parts[built[name]]}"
                continue
            if base is None and parts and len(names) == 1 and _SWITCHED.search(before) and _INSTEAD.search(before):
                parts[-1] = f"if {condition} then {one} else {parts[-1]}"  # `unless …, in which case` another measure
                continue
            earlier = premises.get(name)
            if earlier is not None and earlier[1] == f"not ({condition})":
                parts[earlier[0]] = f"if {condition} then {one} else {earlier[2]}"
                continue
            if earlier is not None and condition == f"not ({earlier[1]})":
                parts[earlier[0]] = f"if {earlier[1]} then {earlier[2]} else {one}"
                continue
            if kind == "include" and bound[0].joined == "or" and len(names) == 1 and case == (len(parts) - 1, condition):
                parts[-1] = f"({parts[-1][1:-1]} or {bracketed(one, 'or')})"  # one case, and either of two bounds in it
                continue
            if (
                kind == "include"
                and bound[0].joined == "or"
                and any(each.when == first.when for each in values[: values.index(first)])
                and len(names) == 1
            ):
                said.unsure.append(f"what the 'or' joins where '{first.when[:40]}'")
            premises[name] = (len(parts) + len(inside), condition, one)
            is_first_case = not any(each.when for each in values[: values.index(first)])
            alternative = bound[0].joined == "or" and bool(parts) and name not in apart and is_first_case
            if kind == "include" and not alternative:
                case = (len(parts) + len(inside), condition)
                inside.append(f"(not {condition if is_bracketed(condition) else f'({condition})'} or {one})")
            else:
                inside.append(f"({bracketed(condition, 'and')} and {one})")
        if not inside:
            continue
        if parts and _EITHER.search(before):
            either_at = len(parts)
        joints += _joints(text, kind, values, found, bound, names, inside, before, said, is_apart=bool(set(names) & apart))
        parts += inside
        leads += [before, *("" for _ in inside[1:])]
    if not parts:
        return ""
    joints[0] = "and"
    if is_neither:
        joints[1:] = ["or"] * len(joints[1:])  # `neither A nor B`: not (A or B)
    elif (
        (some := _SOME_OF.match(text)) is not None
        and len(parts) == len(leads) <= MOST_OF
        and not any(each.when for each in values)
    ):
        return _some_of(parts, int(_COUNTED.get(some["many"].lower(), 2)), some, said)
    elif kind == "include" and set(joints[1:-1]) == {"or"} and joints[-1] == "and" and _COMMA_AND.search(leads[-1]):
        if not any("," in lead for lead in leads[1:-1]):
            return joined([f"({joined(parts[:-1], joints[:-1])})", parts[-1]], ["and", "and"])  # `A or B, and C`
    _trailing_condition(text, list(by_bound.values()), said)
    _told_apart_by_nothing(values, said)
    if "or" not in joints and kind == "include" and (never := _never(values)):
        said.unsure.append(f"nobody has {never} within all of these bounds")
    if either_at and set(joints[1 : either_at + 1]) == {"and"} and set(joints[either_at + 1 :]) == {"or"}:
        parts[either_at:] = [f"({joined(parts[either_at:], ['and', *joints[either_at + 1 :]])})"]  # `A, and either B or C`
        joints = joints[: either_at + 1]
    if len(set(joints[1:])) > 1:
        said.unsure.append("'and' and 'or' stand together: 'and' is taken to bind more closely")
    if "and" in joints[1:] and NEGATED.match(text) and not AT_MOST.match(text):
        said.unsure.append("whether the negation reaches all that 'and' joins")
    return joined(parts, joints)


_NEITHER = re.compile(r"\W*neither\b.*\bnor\b", re.IGNORECASE | re.DOTALL)
_COMMA_AND = re.compile(r"[,;]\s*and\b", re.IGNORECASE)
_SOME_OF = re.compile(
    r"\W*(?:at\s+least\s+)?(?P<many>two|three|2|3)\s+(?:or\s+more\s+)?of\s+(?:the\s+)?following\s*:?\s*", re.IGNORECASE
)
_COUNTED = {"two": 2, "2": 2, "three": 3, "3": 3}
MOST_OF = 5
"""Bounds of which some are enough; of more than these, too many combinations would have to be written out."""


def _some_of(parts: Sequence[str], many: int, some: re.Match[str], said: Said) -> str:
    """`At least two of the following`: any two of them."""
    said.used.append(some.span())
    chosen = [" and ".join(bracketed(part, "and") for part in each) for each in combinations(parts, many)]
    return f"({' or '.join(chosen)})" if chosen else ""


def _trailing_condition(text: str, bounds: Sequence[Sequence[Atom]], said: Said) -> None:
    """Say so where a condition stands behind a list of bounds: it may be of the last alone, or of all."""
    for before, last in pairwise(bounds):
        one, other = before[0], last[0]
        condition = other.when or other.unless
        at = text.find(condition, other.end) if condition else -1
        if at < 0 or (one.when, one.unless) not in (("", ""), (other.when, other.unless)):
            continue
        earlier = {each.measure for each in before}
        if earlier & {*(each.measure for each in last), *measures_named(condition)} or one.start >= other.start:
            continue
        if not re.search(r"[;(\[]|\.\s", text[other.end : at]) and not re.search(r"[;:]|\.\s", text[one.end : other.start]):
            said.unsure.append(f"whether the condition '{condition[:60]}' is of the last bound alone")


def _told_apart_by_nothing(values: Sequence[Atom], said: Said) -> None:
    """Say so where two bounds of a measure differ, and what they differ by is not read: `grade ≥ 3, or ≥ 2 with pain`."""
    for one, other in combinations([each for each in values if (each.start, each.end) in said.used], 2):
        if (one.measure, one.unit, one.op[0]) != (other.measure, other.unit, other.op[0]) or one.op == "==":
            continue
        if one.value != other.value and not (one.when or one.unless or other.when or other.unless):
            said.unsure.append(f"what tells two bounds of {one.measure} apart")
            return


def _never(values: Sequence[Atom]) -> str:
    """A measure of which the bounds leave no value."""
    for measure, unit in {(each.measure, each.unit) for each in values}:
        own = [
            each
            for each in values
            if (each.measure, each.unit) == (measure, unit) and not each.when and isinstance(each.value, float)
        ]
        least = max((float(each.value) for each in own if each.op in (">", ">=", "==")), default=None)
        most = min((float(each.value) for each in own if each.op in ("<", "<=", "==")), default=None)
        if (
            least is not None
            and most is not None
            and (least > most or (least == most and {">", "<"} & {each.op for each in own}))
        ):
            return measure
    return ""


def _one(own: Sequence[Atom], text: str, said: Said) -> str:
    """The bounds of one measure as one statement."""
    written = [compared(each, said, text) for each in own]
    if not all(written):
        return ""
    said.used += [(each.start, each.end) for each in own]
    one = " and ".join(dict.fromkeys(written))
    is_range = own[0].op == ">=" and len(own) == 2 and own[1].op == "<=" and isinstance(own[0].value, float)
    if is_range and " and " in one and own[0].measure not in ("nyha", "asa", "stage"):
        low, high = written[0].split(" >= "), written[1].split(" <= ")
        if len(low) == len(high) == 2 and low[0] == high[0] and "(" not in low[0]:
            return f"{low[0]} between {low[1]} and {high[1]}"
    return one


def _is_vague(atom: Atom, condition: str, said: Said) -> bool:
    """Whether a condition of what is no laboratory value is an item of the study's own alone, which a person has to define."""
    return (
        atom.measure not in LABS
        and condition in said.needed
        and not said.needed[condition].use
        and named(atom.when or atom.unless) is None
    )


def _excepted(one: str, first: Atom, kind: Side, text: str, said: Said) -> str:
    condition = premise(first.unless, said)
    if condition and _is_vague(first, condition, said):
        said.unsure.append(f"what '{first.unless[:60]}' means for the {first.measure}")
    if not condition:
        said.left.append(first.unless)
        said.unsure.append(f"the exception '{first.unless[:60]}' is not read")
        return one
    said.used.append(_within(text, first.unless))
    if kind == "include":
        return f"({one} or {bracketed(condition, 'or')})"
    return f"({bracketed(one, 'and')} and not ({condition}))"


def _joints(
    text: str,
    kind: Side,
    values: Sequence[Atom],
    found: Sequence[Atom],
    bound: Sequence[Atom],
    names: Sequence[str],
    inside: Sequence[str],
    before: str,
    said: Said,
    *,
    is_apart: bool,
) -> list[str]:
    """How each statement of one bound follows on what stands before it."""
    near = text[max(0, bound[0].start - 160) : bound[0].start]
    is_both_ways = bool(re.search(r"(?i)and\s?/\s?or", near))
    either = len(names) > 1 and bool(re.search(r"(?i)\bor\b", near)) and not is_both_ways
    both = len(names) > 1 and bool(re.search(r"(?i)\band\b", near)) and not is_both_ways
    implied = kind == "include" and all(each.when for each in bound) and all(each.startswith("(not ") for each in inside)
    if is_apart or (
        implied and any(each.when for each in values[: values.index(bound[0])])
    ):  # `≤ 450 ms in men or ≤ 470 ms in women`: each holds for its own
        way = "and" if kind == "include" else "or"
    elif _WITH.fullmatch(before) or _WITH.match(before):
        way = "and"
    else:
        way = bound[0].joined or "and"
        if way == "and" and kind == "exclude" and len({each.measure for each in values}) > 1:
            between = text[found[0].end : values[-1].start]
            way = "and" if re.search(r"(?i)\band\b", between) and not re.search(r"(?i)\bor\b", between) else "or"
            if way == "and":
                said.unsure.append("whether all of these exclude together, or each alone")
    joints = [way]
    for _ in inside[1:]:
        if kind == "exclude":
            joints.append("or")
            if both and not either:
                said.unsure.append("'and' between two measures of which either excludes is read as 'or'")
        elif implied:
            joints.append("and")
        elif either and not ({"alt", "ast"} <= set(names)):
            joints.append("or")
        else:
            joints.append("and")
            if either:
                said.unsure.append("'or' between two measures that must both be within bounds is read as 'and'")
    return joints


def _in_window(whole: str, values: Sequence[Atom], times: list[Atom], said: Said, text: str) -> str:
    """A statement of measurements with the stretch of time in which they count."""
    windows = [within for each in times if (within := window(each))]
    is_between = (
        any(each.start < times[0].start for each in values)
        and any(each.start > times[0].start and not each.when for each in values)
        if times
        else False
    )
    if (
        len(windows) == 1
        and len(times) == 1
        and not is_between
        and windows[0].startswith("within")
        and all(map(_is_measured, values))
    ):
        windowed = f"{whole if _SINGLE.fullmatch(whole) or is_bracketed(whole) else f'({whole})'} {windows[0]}"
        if not fault_as_a_whole(windowed, said.needed.values()):
            said.used.append((times[0].start, times[0].end + len(times[0].anchor) + 14))
            return windowed
    said.left += [text[each.start : each.end] for each in times]
    return whole


def _is_measured(each: Atom) -> bool:
    if each.measure not in measures():
        return False
    term = measures()[each.measure].term or "labs."
    return term.startswith(("labs.", "vitals.", "demographics.ecog", "demographics.karn", "demographics.weight"))


_SINGLE = re.compile(r"[\w.]+ [<>=]+ [^ ]+(?: [^ ]+)?")


def _within(text: str, part: str) -> tuple[int, int]:
    at = text.find(part)
    return (at, at + len(part)) if at >= 0 else (0, 0)
