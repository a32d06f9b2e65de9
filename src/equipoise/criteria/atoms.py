"""What a line holds a number or a grade against: measure, comparison, value, unit, and the condition under which it counts."""

import re
from collections.abc import Sequence
from dataclasses import replace

from .ages import of_an_age
from .asides import asides, clauses, heads, put
from .atom import Atom
from .behind import behind
from .bounds import at_limit, numbered
from .cases import admitted, headed, placed, spare
from .conditions import past
from .grades import graded
from .line import CUE, DEPENDENT, GRADED, LABS, PEOPLE, SCALES, SEXES, Line
from .marks import ROMAN, Mark, marks
from .measures import BARE, LONG
from .reach import NORMAL_BESIDES, is_after_a_case, is_sex_condition, names_bound
from .subject import INDIRECT
from .topics import small
from .whose import whose


def atoms(text: str, *, heirs: Sequence[str] = ()) -> tuple[Atom, ...]:
    """The comparisons of a line, in the order in which they stand.

    Args:
        text: The line.
        heirs: The measures of the line above, where this one hangs from it: `ALT:` and then `≤ 3 x ULN`.

    >>> [(each.measure, each.op, each.value, each.unit, each.when) for each in atoms("AST ≤ 2.5 x ULN (≤ 5 x ULN if liver metastases)")]
    [('ast', '<=', 2.5, 'ULN', ''), ('ast', '<=', 5.0, 'ULN', 'liver metastases')]
    """
    low = small(text)
    if _FIGURE.search(low) is None and _COUNTABLE.search(low) is None:
        return ()
    text = text.replace("\\_", "  ").replace("&amp; ", "&     ")  # `FEV\\_1`
    if "=" in text and (formula := _FORMULA.search(text)) is not None:
        text = text[: formula.start()]
    marked = marks(text)
    if "+" in text:
        marked = _weeks_and_days(text, marked)
    if "age-" in text.lower():
        marked = [each for each in marked if each.says != "age" or _OF_AN_AGE.match(text, each.end) is None]
    found, brackets = asides(text, marked)
    own = whose(text, found)
    told = _apart(heads(text, found) + clauses(text, found) + own)
    if told:
        found = [each for each in found if not any(start <= each.start < end for start, end, _ in told)]
    line = Line(text, found, tuple(heirs))
    line.apart, line.at_once = told, frozenset(end for _, end, _ in own if ":" not in text[end - 3 : end])
    line.told_at = tuple(each.start for each in brackets)
    line.cases = sorted([(end, who, False) for end, who in admitted(text)] + [(end, case, True) for end, case in headed(text)])
    if places := placed(text):
        line.places = frozenset(end for end, _ in places)
        line.cases = sorted(line.cases + [(end, where, True) for end, where in places])
    if told:
        ends = {end for _, end, _ in told}
        line.cases = sorted(
            [each for each in line.cases if each[0] not in ends and each[0] + 1 not in ends]
            + [(end, case, True) for _, end, case in told]
        )
    _read(line)
    put(line, brackets)
    spare(line)
    behind(line)
    for index, each in enumerate(line.found):
        if each.measure in line.of_an_age and not each.when and not each.unless:
            line.found[index] = replace(each, when=line.of_an_age[each.measure])
    return tuple(each for each in line.found if (each.measure, each.op) != ("?", "?"))


def _apart(told: Sequence[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The clauses in order, the longer of two that begin alike."""
    kept: list[tuple[int, int, str]] = []
    for each in sorted(told, key=lambda one: (one[0], -one[1])):
        if not kept or each[0] >= kept[-1][1]:
            kept.append(each)
    return kept


_OF_AN_AGE = re.compile(r"\s?-\s?(?:adjusted|matched|appropriate|related|specific|based|corrected|dependent)\b", re.IGNORECASE)
"""`≥ 2 for the age-adjusted index`."""
_WEEKS_AND_DAYS = re.compile(r"(?<![\d.+])(?P<weeks>[1-4]\d)\s?\+\s?(?P<days>[0-6])(?![\d.+])")
"""`31+6 weeks` of gestation."""


def _weeks_and_days(text: str, found: list[Mark]) -> list[Mark]:
    """The marks, those of a gestational age in weeks and days made one number each."""
    if _OF_A_PREGNANCY.search(text) is None:
        return found
    for each in _WEEKS_AND_DAYS.finditer(text):
        held = [mark for mark in found if each.start() <= mark.start < each.end()]
        if len(held) == 3 and held[0].kind == held[2].kind == "number":
            number = int(each["weeks"]) + int(each["days"]) / 7
            one = replace(held[2], start=held[0].start, number=number, says=held[0].says)
            found = [one if mark is held[0] else mark for mark in found if mark is held[0] or mark not in held]
    return found


_OF_A_PREGNANCY = re.compile(r"gestation|pregnan|amenorrh", re.IGNORECASE)
_FORMULA = re.compile(
    r"=\s*1(?:41|42|75|86)\s*[×x*·]|=\s*[(\[]*\s*(?:0?\.85\s*[×x*·]\s*)?[(\[]*\s*140\s*[-−–]\s*age\b", re.IGNORECASE
)
"""An equation of the filtration rate, written out to the end."""
_FIGURE = re.compile(r"[\d<>≤≥⩽⩾]")
"""What most bounds have, and is found at once."""
_COUNTABLE = re.compile(
    r"\b(?:within|in|during|over) the (?:(?:past|last|previous|prior|preceding) )?(?:day|week|month|year)\b|\bi{2,3}\b|\bi?v\b|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|twenty|thirty|forty|fifty|sixty|seventy|eighty|single|once|twice|half)\b|"
    r"\b(?:uln|lln|limits?)\b|pugh|grade|class|stage|ecog|bclc|nyha|asa|fitzpatrick",
)
"""Where none of these stands, nothing is compared."""


def measures_named(text: str) -> tuple[str, ...]:
    """The measures that a line names last, for lines that hang from it."""
    names: list[str] = []
    for mark in marks(text):
        if mark.kind == "measure":
            names += [name for name in mark.says.split("+") if name not in names]
    return tuple(names)


_BY_NYHA = re.compile(
    r"\s*(?:\\?[<>≤≥]=?\s*)?(?:[IV]{1,3}|[1-4])\b(?:(?!\b(?:NYHA|New York)\b)[^.;]){0,90}\b(?:NYHA|New York Heart)(?!\W{1,4}(?:Association)?\W{0,3}(?:functional\s)?(?:class\w*\s)?\W{0,2}(?:[IV]{1,3}|[1-4])\b)",
    re.IGNORECASE,
)
"""`class III or IV heart failure as defined by the New York Heart Association`."""
_SKIN = re.compile(r"\s*(?P<low>I{1,3}|IV|V|VI)(?:\s*(?:-|–|to|or|and|through)\s*(?P<high>I{1,3}|IV|VI?))?\b")
_OF_SKIN = re.compile(r"\b(?:skin|fitzpatrick)\s*$", re.IGNORECASE)
_THOSE = re.compile(r"in (?:this|these|those|such)\b")


def _read(line: Line) -> None:
    at, many = 0, len(line.marks)
    while at < many:
        mark = line.marks[at]
        if line.cases and mark.start >= line.cases[0][0]:
            end, who, is_head = line.cases.pop(0)
            line.is_apart = line.is_apart or end in line.places or is_head
            if is_head or not line.active:
                line.active, line.active_depth = who, line.depth
                line.is_leading = is_head and end not in line.at_once
        match mark.kind:
            case "measure":
                at = _measured(line, at)
                continue
            case "number":
                at = numbered(line, at)
                continue
            case "limit":
                at = at_limit(line, at)
                continue
            case "within" if (
                at + 1 < many
                and line.marks[at + 1].says in ("year", "month", "week", "day")
                and line.marks[at + 1].kind == "word"
            ):
                if mark.second != "in the" or re.match(
                    r"\s*\w+\s+(?:before|prior|preceding)", line.text[mark.end : mark.end + 30]
                ):
                    line.made([("<=", 1.0, line.marks[at + 1].says + "s", LONG)], ["time"], at + 1, at + 1)
                    at += 2
                    continue
            case "op" if (
                at + 2 < many and line.marks[at + 1].says == "a" and line.marks[at + 2].says in ("year", "month", "week", "day")
            ):
                line.made([(line.op_at(at), 1.0, line.marks[at + 2].says + "s", LONG)], ["time"], at + 1, at + 2)
                at += 3
                continue
            case "op" if at + 1 < many and line.marks[at + 1].says == "once" and mark.says in (">", ">="):
                line.made([(line.op_at(at), 1.0, "", BARE)], ["count"], at + 1, at + 1, of="times")
                at += 2
                continue
            case "if":
                at = of_an_age(line, at) or past(line, at)
                continue
            case "which" if at and line.found and line.marks[at - 1].kind in (".", ";") and _THOSE.match(mark.second):
                line.active, line.active_depth = line.found[-1].unless or line.found[-1].when, line.depth
            case "(" | "[":
                line.depth += 1
                if line.group and not line.consumed and set(line.group) <= SCALES and (aged := of_an_age(line, at)) is not None:
                    at = aged
                    continue
            case ")" | "]":
                line.depth -= 1
                if line.active and line.depth < line.active_depth:
                    line.active = ""
            case ";" if not line.consumed and line.group_at >= 0 and not line.depth and not line.active:
                pass  # `AST; ALT ≤ 3 x ULN`: what is named has no bound yet
            case ";" if at + 1 < many and line.marks[at + 1].second == "then":
                pass  # `exception: if Gilbert's syndrome; then ≤ 5 x ULN`
            case ";":
                if not line.depth or line.active_depth >= line.depth:
                    goes_on = (
                        at + 1 < many
                        and line.marks[at + 1].second == "if"
                        and not any(each.when == line.active for each in line.found)
                    )
                    over_all = line.active if line.is_leading or goes_on else ""
                    line.ended()
                    line.active = over_all  # `for patients with liver metastases: ALT …; bilirubin …`
            case ".":
                if line.is_sentence_end(at):
                    of_a_note = line.active if line.depth > 0 and at + 1 < many and line.marks[at + 1].second == "if" else ""
                    line.ended()
                    line.active = of_a_note  # `(in Gilbert's syndrome, measure … . If direct bilirubin is ≤ 1.5 x ULN, …)`
            case "join" if (
                mark.second == "with" and at and line.marks[at - 1].kind in ("(", "[") and (end := _sets_apart(line, at))
            ):
                at = end
                continue
            case "join":
                if mark.second == "either":
                    line.joint = line.joint or "or"  # `and either A or B` goes on with `and`
                else:
                    line.joint = "or" if "or" in mark.says.split() or mark.second in ("or", "and or") else "and"
            case "word" if mark.says in _SAID_AGAIN and _names_it_again(line, at):
                line.group, line.group_at, line.consumed = [line.found[index].measure for index in line.last], at, False
            case "word" if mark.says in ("status", "score") and _is_of_its_scale(line, at):
                at = graded(line, at, line.found[line.last[-1]].measure)
                continue
            case "word" if mark.says in ("otherwise", "else"):
                line.active = ""
            case "word" if (
                mark.says in ("class", "classes", "grade") and "nyha" not in line.group and _BY_NYHA.match(line.text, mark.end)
            ):
                line.group, line.group_at = ["nyha"], at
                lead = line.before(at)
                if lead is not None and line.marks[lead].kind == "op":
                    line.carried = (line.op_at(lead), mark.says)  # `> class 2 New York Heart Association`
                at = graded(line, at, "nyha")
                continue
            case "word" if (
                mark.says in ("type", "types", "phototype", "phototypes")
                and (skin := _SKIN.match(line.text, mark.end)) is not None
            ):
                if _OF_SKIN.search(line.text, 0, mark.start):
                    low, high = (ROMAN.get((skin[each] or "").lower(), 0.0) for each in ("low", "high"))
                    upto = max(place for place in range(at, many) if line.marks[place].start < skin.end())
                    line.made(
                        [(">=", low, "", BARE), ("<=", high, "", BARE)] if high else [("==", low, "", BARE)],
                        ["other"],
                        at,
                        upto,
                    )
                    at = upto + 1
                    continue
            case "word" if (
                mark.says in PEOPLE and at and line.marks[at - 1].kind == "(" and (aged := of_an_age(line, at)) is not None
            ):
                at = aged
                continue
            case "word" if mark.says in ("for", "in", "aged") and (aged := of_an_age(line, at)) is not None:
                at = aged
                continue
            case "word":
                if (
                    mark.says in SEXES
                    and line.last
                    and line.last_at >= at - 2
                    and line.marks[at - 1].kind == "("
                    and line.found[line.last[-1]].measure in LABS
                    and not (at + 2 < many and line.marks[at + 2].says in SEXES)  # `(males and females)`
                ):
                    for index in line.last:
                        if not line.found[index].when:
                            line.found[index] = replace(line.found[index], when=mark.says)
                elif mark.says in SEXES and is_sex_condition(line, at):
                    line.active, line.active_depth = mark.says, line.depth
                    at += 1
                    continue
                is_aside = at > 0 and line.marks[at - 1].kind in ("(", "[")
                is_behind = line.last_at == at - 1 or (line.last_at == at - 2 and line.marks[at - 1].kind == ")")
                if mark.says in ("without", "not") and (is_aside or is_behind) and (end := _sets_apart(line, at)):
                    at = end
                    continue
                if mark.says in ("for", "in") and line.last and _is_behind(line, at) and _is_contrasted(line, at):
                    at = past(line, at)
                    continue
                if (
                    mark.says in ("for", "in")
                    and is_after_a_case(line, at)
                    and (case := _NEXT_CASE.match(line.text, mark.start))
                ):
                    line.active, line.active_depth = case["who"], line.depth
                    at = next((place for place in range(at, many) if line.marks[place].start >= case.end() - 1), many)
                    continue
                if mark.says == "for" and line.last and (case := _OTHER_CASE.match(line.text, mark.start)) is not None:
                    behind = next((place for place in range(at, many) if line.marks[place].start >= case.end()), many)
                    if names_bound(line, behind - 1):
                        line.active, line.active_depth, at = case["who"], line.depth, behind
                        continue
                if mark.says == "for" and line.last and 0 < at - line.last_at <= 5 and names_bound(line, at):
                    at = past(line, at)
                    continue
                if line.follows_limit(at) and mark.says in ("for", "in", "due", "on", "liver", "hepatic"):
                    after = line.text[mark.start : mark.start + 60]
                    if CUE.search(after) and not re.match(
                        r"(?:liver|hepatic)\s+(?:function|enzymes?|tests?)\b|(?:in|for)\s+(?:the|this|all|age)\b", after
                    ):
                        at = past(line, at)
                        continue
            case _:
                pass
        if (mark.second == "with" or mark.says in _TELLS) and (told_to := _told_apart(line, at)) is not None:
            at = told_to
            continue
        if (
            mark.kind == "join"
            and mark.second == "with"
            and line.last_at == at - 1
            and _is_of_others(line)
            and not any(each.kind == "measure" for each in line.marks[at + 1 : at + 4])
            and re.match(r"\s*(?:an?\s+)?(?!or\b|the\b)[A-Za-z]{3}", line.text[mark.end : mark.end + 8])
        ):
            at = past(line, at)
            continue
        if (
            mark.kind == "join"
            and mark.second == "with"
            and not re.match(r"\s*or without", line.text[mark.end : mark.end + 12])
            and line.follows_limit(at)
            and CUE.search(line.text[mark.end : mark.end + 50])
        ):
            at = past(line, at)
            continue
        at += 1


_SAID_AGAIN = frozenset({"count", "counts", "value", "values", "level", "levels"})
_AHEAD_OF_IT = frozenset(
    {"higher", "lower", "such", "these", "any", "other", "patients", "subjects", "participants", "with", "elevated"}
)


def _names_it_again(line: Line, at: int) -> bool:
    """Whether a word stands for the measure bounded last: `platelets ≥ 100 x 10^9/L; counts between 75 and 100 x 10^9/L`."""
    before, behind = line.marks[at - 1] if at else None, line.marks[at + 1 : at + 3]
    if not line.last or before is None or not line.consumed or line.found[line.last[-1]].measure not in LABS:
        return False
    is_first = before.kind in (".", ";", ",", ")", "number", "limit", "join", "if") or before.says in _AHEAD_OF_IT
    return is_first and [each.kind for each in behind] in (["op", "number"], ["between", "number"], ["(", "op"])


def _is_of_its_scale(line: Line, at: int) -> bool:
    """Whether a status is again that of the scale bounded last: `ECOG 0 or 1. A status of 2 is allowed if …`."""
    if not line.last or not line.consumed or line.found[line.last[-1]].measure not in SCALES or at < 2:
        return False
    return (
        line.marks[at - 1].says == "a" and line.marks[at - 2].kind in (".", ";", "(", ",") and line.marks[at + 1 : at + 2] != []
    )


_OF_A_CASE = re.compile(
    r"(?P<how>with|without|while\s+(?:on|receiving|taking)|in|for|among|after|given)\s+(?!or\b|the\s+(?!elderly|young|obese|very|(?:[\w-]+\s+){1,3}(?:cohorts?|arms?)\b)|at\b)(?P<who>[^()\[\],;:.<>≤≥=\d]{2,60}?)\s*"
    r"(?:(?P<next>,?\s*\b(?:or|and|,)\s+(?=\\?[<>≤≥=]))|(?=[)\]([]|[.;]|$))",
    re.IGNORECASE,
)
"""`> 2 x ULN with symptoms or > 3 x ULN without symptoms`, `≥ 180 mmHg (≥ 160 mmHg with a history of stroke)`."""


_TELLS = frozenset({"without", "while", "in", "for", "among", "after", "given"})
_NOBODY = re.compile(
    r"\b(?:serum|plasma|blood|urine|air|study|screening|baseline|enrol\w*|entry|rest|past|last|row|diameter|dimension|axis|size|length|total|addition|general|duration|treatment|hours?|days?|weeks?|months?|years?|criteria|laborator\w+|method|formula)\b",
    re.IGNORECASE,
)
"""What stands behind `in` or `for` and is no case."""


def _told_apart(line: Line, at: int) -> int | None:
    """The place behind what a bound is told apart by from another of the same measure."""
    if (
        not line.last
        or not 0 < at - line.last_at <= 3
        or any(each.kind not in ("word", "which") for each in line.marks[line.last_at + 1 : at])
    ):
        return None
    held, is_allowed = line.found[line.last[0]], line.marks[at - 1].kind == "which"
    found = _OF_A_CASE.match(line.text, line.marks[at].start)
    if found is None or held.when or held.unless or held.measure not in LABS | SCALES | {"other", "size"}:
        return None
    if found["how"].lower() in ("in", "for", "among", "after") and (
        found["next"] or (line.depth <= 0 and not is_allowed) or _NOBODY.search(found["who"])
    ):
        return None
    stop = next((place for place in range(at, len(line.marks)) if line.marks[place].start >= found.end()), len(line.marks))
    if any(each.kind == "measure" for each in line.marks[at:stop]):
        return None
    others = [each for each in line.found[: line.last[0]] if each.measure == held.measure and _is_another(each, held)]
    if not others and held.measure in ("other", "size") and line.last[0] and line.depth > 0:
        before = line.found[line.last[0] - 1]
        others = [before] if (before.measure, before.op, before.unit) == (held.measure, held.op, held.unit) else []
    if found["next"]:
        behind = line.marks[stop : stop + 2]
        if [each.kind for each in behind] != ["op", "number"] or behind[0].says != held.op or behind[1].unit != held.unit:
            return None
    elif not others:
        return None
    who = NORMAL_BESIDES.sub("", " ".join(found["who"].split()))
    for index in line.last:
        line.found[index] = replace(line.found[index], when=f"without {who}" if found["how"].lower() == "without" else who)
    return stop


def _is_of_others(line: Line) -> bool:
    """Whether the bound just read says another value of what one before it does: `QTc > 475 ms, or > 480 ms with a bundle branch block`."""
    held = [line.found[index] for index in line.last]
    if not held or held[0].joined != "or" or held[0].when or held[0].measure not in LABS:
        return False
    before = [line.found[index] for index in line.sentence if index not in line.last]
    return any(_is_another(held[0], each) and each.measure == held[0].measure for each in before)


_APART = re.compile(
    r"(?P<how>with|without|not\s+(?:considered\s+)?(?:due|attribut\w+|related|secondary)\s+to)\s+(?P<what>[^()\[\],;:.<>≤≥=\d]{4,80}?)(?=\s*(?:[(),;\]]|\.?$))",
    re.IGNORECASE,
)
"""`(without bone marrow involvement)`, `(not due to Gilbert's syndrome)`."""


def _sets_apart(line: Line, at: int) -> int:
    """The place behind what a bracket, or words right behind a bound, say of whom alone it is, which is kept; 0 where they do not."""
    found = _APART.match(line.text, line.marks[at].start)
    if found is None or not line.last or at - line.last_at > 4:
        return 0
    if found["how"][0] in "wW" and not CUE.search(found["what"]):
        return 0
    what = " ".join(found["what"].split())
    for index in line.last:
        held = line.found[index]
        if held.measure in LABS and not held.when and not held.unless:
            match found["how"].lower():
                case "with":
                    line.found[index] = replace(held, when=what)
                case "without":
                    line.found[index] = replace(held, when=f"without {what}")
                case _:
                    line.found[index] = replace(held, unless=f"due to {what}")
    return next((place for place in range(at + 1, len(line.marks)) if line.marks[place].start >= found.end()), len(line.marks))


_NO_CASE = frozenset(
    "age ages aged the this all at study enrolment enrollment entry eligibility inclusion a an both each any serum plasma blood urine room peripheral "
    "screening either their its one two three duration adequate venous whole csf fasting more least up eligible patients subjects participants".split()
)
_CONTRAST = re.compile(
    r"\s*(?:or|and|,|;|\))*\s*(?:or|and)?\s*\(?\s*(?:\\?[<>≤≥=]|\d|less|greater|at\s+least|more)", re.IGNORECASE
)


_OTHER_CASE = re.compile(
    r"(?<=or )for\s+(?:(?:patients|subjects|participants|those)\s+with\s+)?(?P<who>[^<>≤≥=\d,;.:()]{2,60}?)(?:,|,?\s+(?:must\s+|should\s+)?(?:has|have|having)\b)",
    re.IGNORECASE,
)
"""`ECOG 0 to 1, or for glioblastoma has a Karnofsky ≥ 70`."""


_OF_NORMAL = frozenset({"of", "predicted", "normal", "the", "value", "values"})
_NEXT_CASE = re.compile(
    r"(?:in|for)\s+(?P<who>[^()\[\]<>≤≥=\d,;.:]{3,60}?)\s*[\[(](?=\s*(?:\\?[<>≤≥]|up\s+to\b))", re.IGNORECASE
)
"""`except in Gilbert's syndrome (≤ 3 x ULN) and in haemolysis (≤ 5 x ULN)`."""


def _is_behind(line: Line, at: int) -> bool:
    """Whether a mark stands right behind a bound, or behind the things that it counts."""
    between = line.marks[line.last_at + 1 : at]
    if all(each.says in _OF_NORMAL for each in between) or [each.kind for each in between] == ["(", "word", ")"]:
        return True  # `10 per decilitre (dL) for`, `40 % of predicted for`
    if line.found[line.last[-1]].measure == "age":
        return len(between) <= 3 and all(each.says in ("of", "age", "old") for each in between)
    return (
        line.found[line.last[-1]].measure == "count"
        and len(between) <= 5
        and all(each.kind in ("word", "/") and each.says not in PEOPLE for each in between)
        and any(each.says in SEXES for each in line.marks[at + 1 : at + 4])
    )


def _is_contrasted(line: Line, at: int) -> bool:
    """Whether `for` or `in` names one case and another bound of the same measure follows: `> 5 in smokers, > 10 in others`."""
    if line.found[line.last[-1]].measure not in DEPENDENT:
        return False
    place = at + 1
    while place < len(line.marks) and line.marks[place].kind in ("word", "-") and place - at <= 6:
        place += 1
    words = [each.says for each in line.marks[at + 1 : place] if each.kind == "word"]
    if words[:1] in (["a"], ["an"]) and words[-1] in PEOPLE | SEXES:
        return True  # `4 or more drinks for a woman`
    if _ENROLLED.match(line.text, line.marks[at].start):
        return True
    if words and (words[0] in _GROUPS or (words[-1] in _GROUPS and words[0] == "the")):
        return True  # `for cohort B`, `for the reduced-intensity arm`
    if not words or words[0] in _NO_CASE:
        return False
    if line.found[line.last[-1]].measure == "size" and _NOBODY.search(" ".join(words)):
        return False  # `≥ 10 mm in longest diameter, or ≥ 15 mm in short axis`
    held, before = line.found[line.last[0]], line.found[max(0, line.last[0] - 2) : line.last[0]]
    is_second = any(
        each.measure == held.measure and (each is before[-1] and each.when or _is_another(each, held)) for each in before
    )
    is_second = is_second and _RESPECTIVELY.match(line.text, line.marks[at].end) is None
    behind = line.marks[place - 1].end
    return (
        is_second
        or words[-1] in PEOPLE
        or _CONTRAST.match(line.text, behind) is not None
        or (held.measure == "other" and _ALIKE.match(line.text, behind) is not None)
    )


_ALIKE = re.compile(
    r"\s*[,;]?\s*(?:(?:or|and)\s+)?(?:[\w/-]+\s+){1,3}\\?[<>≤≥]=?\s*\d[\d.,]*\s*(?:[^\s\d]\S{0,12}\s+)?(?:for|in)\s+(?!the\b|this\b|all\b)[A-Za-z]",
    re.IGNORECASE,
)
"""A second bound that is said in the same way: `≥ 1.2 for haemodialysis, Kt/V ≥ 1.7 for peritoneal dialysis`."""


_ENROLLED = re.compile(
    r"for\s+(?:enrol?lment|entry|inclusion)\s+(?:in|into|to|on)\s+(?:the\s+)?(?:part|cohort|arm|phase)\b", re.IGNORECASE
)
"""`platelets ≥ 140 x 10^9/L for enrolment into part 2`."""
_GROUPS = frozenset({"cohort", "cohorts", "arm", "arms"})
"""Some of a trial's own participants: `≤ 75 years for cohort B`."""


_OF_PEOPLE = LABS | SCALES | {"age"}
_RESPECTIVELY = re.compile(r"[^.;]{0,80}\brespectively\b", re.IGNORECASE)


def _is_another(one: Atom, other: Atom) -> bool:
    """Whether two bounds differ in their value alone, and so are of different people: `≥ 18 years (≥ 20 years in Japan)`."""
    return (one.op, one.unit) == (other.op, other.unit) and one.value != other.value and one.measure in _OF_PEOPLE


def _measured(line: Line, at: int) -> int:
    mark = line.marks[at]
    if line.active and line.consumed and line.last and 0 < at - line.last_at <= 7:
        between = {each.kind for each in line.marks[line.last_at + 1 : at]}
        is_run_on = between <= {"word"} or (")" in between and between <= {"word", ")", "which"})
        named = set(mark.says.split("+"))
        if is_run_on and named & LABS and not named & {line.found[index].measure for index in line.last} and at > line.behind:
            line.active = ""  # `… ≤ 1.5 x ULN for those with liver metastases Albumin ≥ 2.5 g/dL`: the next criterion, run on
    names = mark.says.split("+")
    if (names[0] in ("hdl", "bilirubin") and INDIRECT.search(line.text, 0, mark.start)) or (
        names == ["psa"] and _MADE_OF_IT.match(line.text, mark.end)
    ):
        line.group, line.group_at, line.consumed = [], at, False
        return at + 1  # `non-HDL-C ≥ 100 mg/dL` is none of HDL
    if _INSTEAD.search(line.text, max(0, mark.start - 24), mark.start):
        return at + 1  # `use direct instead of total bilirubin`
    if names == ["cholesterol"] and line.group[-1:] and line.group[-1] in ("hdl", "ldl") and line.text[mark.start - 2] == ")":
        return at + 1  # `high-density lipoprotein (HDL) cholesterol`: said already
    if (
        names in (["grade"], ["stage"])
        and line.group
        and set(line.group) <= {"nyha", "ecog", "asa"}
        and at - line.group_at <= 4
    ):
        behind = line.before(at)
        if behind is not None and line.marks[behind].kind == "op" and not line.consumed:
            line.carried = (line.op_at(behind), line.marks[line.group_at].says)
            return at + 1  # `NYHA ≥ grade 2`
        if not line.consumed and at + 1 < len(line.marks) and line.marks[at + 1].kind == "op":
            return at + 1  # `heart failure (NYHA) grade ≥ 2`
    if (
        line.last
        and 0 <= at - line.last_at <= 3
        and names[0] in {line.found[index].measure for index in line.last}
        and (at <= line.behind or names == ["age"])
        and not (line.marks[at - 1].kind == "op" and at + 1 < len(line.marks) and line.marks[at + 1].kind == "number")
    ):
        return at + 1  # named behind its bound: `18 years of age`, `> 150 mm Hg systolic`
    if names == ["age"] and line.group and set(line.group) & LABS and at:
        follows = line.marks[at + 1].kind if at + 1 < len(line.marks) else "."
        if line.marks[at - 1].says in ("for", "by") and follows not in ("op", "number", "between"):
            return at + 1  # `creatinine within norms for age (≤ 2 mg/dL)`
    gap = line.gap(line.group_at, at) if line.group_at >= 0 else None
    inside = gap is not None and gap[1] > 0
    if line.group and set(line.group) <= _VIRAL and _UNDETECTED.search(line.text, 0, line.marks[line.group_at].start):
        gap = None  # `an undetectable viral load and CD4 > 350/uL`
    if line.group_at >= 0 and not line.consumed and gap is not None and gap[0]:
        if inside and line.group and not (set(names) & set(line.group)) and not set(names) & GRADED and _is_alias(line, names):
            if not _has_its_bound(line, at):
                return at + 1
            line.group = []  # `anaemia (haematocrit < 38 %)`
        elif inside and set(names) < set(line.group) and at + 1 < len(line.marks) and line.marks[at + 1].kind in ("op", ")"):
            if line.marks[at + 1].kind == "op" or line.marks[at - 2].says == "+".join(line.group):
                line.group = []  # `transaminases (ALT < 30 U/L, AST < 40 U/L)`, `aminotransferase (ALT)`
        line.group += [name for name in names if name not in line.group]
    else:
        line.group = names
    line.group_at, line.consumed = at, False
    if line.carried is None and at:
        before = line.before(at)
        if before is not None and before > 1 and line.marks[before].kind in (")", "]") and line.marks[before - 1].kind == "op":
            before -= 1  # `less than or equal to [≤] grade 1`
        if names == ["grade"] and before is not None and line.marks[before].kind != "op":
            before = _past_its_scale(line, before)
        if before is not None and line.marks[before].kind == "op":
            op = line.op_at(before)
            line.carried = (op, mark.says)
    # a grade or a code right behind its name
    if set(names) & GRADED:
        return graded(line, at, names[0])
    return at + 1


_MADE_OF_IT = re.compile(r"\s+(?:density|velocity)\b", re.IGNORECASE)
"""`PSA density < 0.15 ng/mL2` is no level of it, nor is indirect bilirubin all of it."""
_INSTEAD = re.compile(r"\b(?:instead|rather)\s+(?:of|than)\s+(?:the\s+)?$", re.IGNORECASE)


def _has_its_bound(line: Line, at: int) -> bool:
    """Whether the brackets in which a measure stands hold a bound of it: `proteinuria (a protein/creatinine ratio (UPC) > 2)`."""
    depth = 0
    for each in line.marks[at + 1 : at + 8]:
        if each.kind == "op":
            return True
        depth += (each.kind in ("(", "[")) - (each.kind in (")", "]"))
        if depth < 0 or each.kind not in ("(", ")", "[", "]", "measure", "/"):
            return False
    return False


_VIRAL = frozenset({"hiv_rna", "hbv_dna", "hcv_rna"})
_UNDETECTED = re.compile(r"(?:detect|unquantif|suppress|controlled|uncontrolled)\w*(?:\s+\w+){0,3}\s*$", re.IGNORECASE)
_OF_A_SCALE = frozenset(
    "nci ctcae ctc common terminology toxicity criteria for adverse events v version national cancer institute".split()
)


def _past_its_scale(line: Line, at: int) -> int | None:
    """The mark before a grade's scale: `to ≤ NCI CTCAE v5 Grade 1`."""
    place = at
    while (
        place >= 0
        and at - place < 14
        and (
            line.marks[place].says in _OF_A_SCALE
            or line.marks[place].kind in ("number", ".", "(", ")", "-")
            or re.fullmatch(r"v\d", line.marks[place].says)
        )
    ):
        if line.marks[place].kind == "number" and line.marks[place - 1].kind == "op":
            return None
        place -= 1
    return place if place >= 0 and place < at else None


def _is_alias(line: Line, names: list[str]) -> bool:
    """Whether a measure in brackets says another's name, not one more measure."""
    if len(line.group) and {line.group[-1], *names} == {"ptt", "aptt"}:
        return True  # `PTT (aPTT)`
    return not (
        set(names) <= {"alt", "ast", "inr", "pt", "aptt", "ptt", "systolic", "diastolic"}
        and set(line.group) <= {"alt", "ast", "inr", "pt", "aptt", "ptt", "blood_pressure", "systolic"}
    )
