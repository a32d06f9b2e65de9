"""The conditions under which a threshold counts, and how far their words reach."""

import re
from dataclasses import replace

from .line import CUE, LABS, SEXES, Line
from .measures import BARE, LIMIT, LONG, measures

_ELIGIBLE = re.compile(r"eligible|allowed|permitted|enrol|acceptable|participate", re.IGNORECASE)


_ADMITTED = re.compile(
    r"[^.;<>≤≥]{0,60}?\b(?:may|can|will|are|is|should)\s+(?:still\s+|also\s+)?(?:be\s+)?(?:enrol|eligible|allow|permit|includ|participat|acceptable)",
    re.IGNORECASE,
)
"""`patients with Gilbert's syndrome who have bilirubin ≤ 3 x ULN may be enrolled`."""


_ADMITS = re.compile(r"\b(?:permitted|allowed|acceptable|accepted)\s*$", re.IGNORECASE)


_BARRED = re.compile(r"\b(?:be|is|are)\s+(?:excluded|ineligible|not\s+eligible|exclusionary)\b", re.IGNORECASE)


_NO_CONDITION = frozenset(
    {
        "available",
        "applicable",
        "clinically indicated",
        "possible",
        "needed",
        "necessary",
        "required",
        "indicated",
        "known",
        "feasible",
    }
)


_THOSE_CASES = frozenset(
    {"cases", "case", "instances", "situations", "those cases", "these cases", "such cases", "those instances"}
)


_ENDS = re.compile(
    r"(?i)^(?:with|the|a|an|in|of|those|patients with|subjects with|participants with|patients|subjects|participants)\s+(?!.*\bwithout\b)(?=\w)|[\s,(]+(?:and|or|who|have|has|who have|who has|as|the|must|is|be|whose|in)$"
)


def _lists_on(following: str) -> bool:
    """Whether a comma goes on with a list of conditions: `hemolysis, or a known history of`."""
    return bool(
        re.match(
            r"\s*(?:such as|including|e\.?g|i\.?e|like)\b|\s*(?:hemoly\w+|liver|hepatic|bone|tumou?r|or\b)[^<>≤≥=]{0,40}(?:,|or\b)",
            following,
            re.IGNORECASE,
        )
    ) and not re.search(r"[<>≤≥=]", following)


_LIGHT_CONDITION = frozenset(
    "documented known the a an of have has is are with who history evidence and or any there patient patients subject subjects participant participants that in for due to".split()
)


def past(line: Line, at: int) -> int:
    """The place behind a condition; stretches of time inside it are kept."""
    stop = _conditioned(line, at)
    held = line.last, line.last_at, line.joint, line.consumed, line.carried
    for place in range(at + 1, stop):
        mark, prior = line.marks[place], line.before(place)
        if mark.kind == "number" and mark.second == LONG and prior is not None and prior > at:
            if line.marks[prior].kind == "within":
                line.made([("<=", mark.number, mark.unit, LONG)], ["time"], place, place)
            elif line.marks[prior].kind == "op":
                line.made([(line.op_at(prior), mark.number, mark.unit, LONG)], ["time"], place, place)
    if stop > at + 1:
        line.last, line.last_at, line.joint, line.consumed, line.carried = held
    return stop


_ASIDE = re.compile(
    r"\s*(?:\(\s*[\d.,]+\s*[^()]{0,20}\)|(?:with|and)\s+[A-Za-z ]{3,40}\s+(?:within|in)\s+(?:the\s+)?normal\s+(?:limits|range))\s*,?\s*",
    re.IGNORECASE,
)
"""What may stand between a bound and its condition: the same value in another unit, another value within normal limits."""
_DENIED = re.compile(
    r"(?:who\s+)?(?:do|does|are|is)\s+not\s+(?:currently\s+)?(?:receiv\w+|tak\w+|on|have|using)\s+", re.IGNORECASE
)


_AGED = re.compile(
    r"for\s+(?=\\?[<>≤≥])|(?:for|in)\s+(?:patients?|subjects?|participants?|those|children|adults?|adolescents?|individuals|people)\b"
    r"|aged?\b|if\s+age\b|(?:patients?|subjects?|participants?|those)\s+aged\b",
    re.IGNORECASE,
)
_AGE_LIGHT = frozenset("aged age of is are who that at the an a with being".split())
_SCALES = LABS | {"karnofsky", "lansky", "ecog", "bmi", "?"}


def of_an_age(line: Line, at: int) -> int | None:
    """The place behind `for patients > 16 years of age`, kept as the condition of the bound or the measure before it."""
    if _AGED.match(line.text, line.marks[at].start) is None:
        return None
    place, many = at + 1, len(line.marks)
    while place < many and (line.marks[place].says in _AGE_LIGHT or line.marks[place].kind == "measure"):
        if line.marks[place].kind == "measure" and line.marks[place].says != "age":
            return None
        place += 1
    if (
        place + 1 >= many
        or line.marks[place].kind != "op"
        or line.marks[place + 1].kind != "number"
        or line.marks[place + 1].unit != "years"
    ):
        return None
    words = line.text[line.marks[place].start : line.marks[place + 1].end]
    stop = place + 2
    while stop < many and (line.marks[stop].says in ("of", "old", "age")):
        stop += 1
    words = f"{words} of age"
    behind = [each.kind for each in line.marks[line.last_at + 1 : at]] if line.last_at >= 0 else ["none"]
    if line.last and behind in ([], ["("], [","]) and all(line.found[index].measure in _SCALES for index in line.last):
        for index in line.last:
            held = line.found[index]
            if not held.when and not held.unless:
                line.found[index] = replace(held, when=words)
        return stop
    if line.group and not line.consumed and set(line.group) <= _SCALES and 0 <= at - line.group_at <= 2:
        line.of_an_age[line.group[-1]] = words
        line.asides += [(line.marks[at].start, line.marks[stop - 1].end)]
        return stop
    return None


def _conditioned(line: Line, at: int) -> int:
    mark, many = line.marks[at], len(line.marks)
    if (
        mark.second == "if"
        and at + 2 < many
        and line.marks[at + 1].kind == "op"
        and (line.marks[at + 2].kind == "limit" or line.marks[at + 2].second == LIMIT)
        and line.last
        and line.found[line.last[-1]].measure in LABS
    ):  # `or if > ULN then direct bilirubin ≤ 1.5 x ULN`
        line.active = f"{line.found[line.last[-1]].measure.replace('_', ' ')} {line.text[line.marks[at + 1].start : line.marks[at + 2].end]}"
        line.active_depth = line.depth
        return at + 3
    unless = mark.says == "unless" or mark.second.startswith("exception")
    stop, has_bound, has_measure = _condition_end(line, at)
    if stop == at + 1 and not re.search(r"male|women|men\b|girls|boys|children|adults|adolescents", mark.second):
        return at + 1
    if (
        has_measure
        and not has_bound
        and not line.found
        and re.match(r"(?:patients?|subjects?|participants?|individuals|those) with", mark.second)
    ):
        return at + 1  # `patients with AST, ALT ≤ 2.5 x ULN`
    if (
        at
        and not (has_bound and has_measure)
        and line.marks[at - 1].says in ("formula", "equation")
        and mark.second.startswith(("for ", "in "))
    ):
        return at + 1  # `by the Schwartz formula in children` is no condition of the bound
    words = line.text[mark.end : line.marks[stop - 1].end].strip(" ,:;()[]") if stop > at + 1 else ""
    if (
        mark.kind == "word"
        or (mark.second.startswith("with") and not unless)
        or mark.second.startswith(
            (
                "for male",
                "for female",
                "for men",
                "for women",
                "in male",
                "in female",
                "secondary",
                "attribut",
                "for girls",
                "for boys",
                "for adults",
                "for children",
            )
        )
    ):
        words = line.text[mark.start : line.marks[stop - 1].end].strip(" ,:;()[]")
    sexed = re.search(r"\b(males?|females?|men|women|boys|girls|adults|children|adolescents)\b", mark.second)
    if sexed is not None and mark.second.startswith(("for", "in")):
        words, stop = sexed[1], at + 1
    if mark.second.endswith(" without") and words:
        words = f"without {words}"
    words = _ENDS.sub("", words)
    if re.match(r"(?:the )?target (?:INR|levels?|values?|range)\b", words, re.IGNORECASE):
        return stop  # `anticoagulation is allowed if target INR < 1.5`
    if words.lower() in _NO_CONDITION or re.match(r"(?:in )?(?:the )?(?:opinion|judge?ment)\b", words, re.IGNORECASE):
        return at + 1
    if words.lower() in ("not", "no"):  # `if not`: the other case of the condition before
        before = next((each.when for each in reversed(line.found) if each.when), "")
        if not before:
            return at + 1
        words = f"absence of {before}"
    if (
        mark.second.startswith(("applies only", "only applies", "applicable only"))
        and (denied := _DENIED.match(words)) is not None
    ):
        unless, words = True, words[denied.end() :]
    if words.lower() in _THOSE_CASES:  # what was excepted before
        words = next((each.unless or each.when for each in reversed(line.found) if each.unless or each.when), "")
    if "absence" in mark.second:
        words = f"absence of {words.removeprefix('of ')}"
    if mark.second in ("exempt", "in case", "where") and not words:
        return at + 1
    if mark.second == "where" and line.active and line.marks[at - 1].kind != ",":
        return at + 1  # `except in Gilbert's syndrome where bilirubin < 3 mg/dL is acceptable`
    if mark.second.endswith("exception that") and names_bound(line, at):
        return at + 1  # what is excepted comes with its own condition
    who = re.match(r"(?:for|in|patients|subjects)", mark.second) is not None or mark.second in ("with",) or mark.kind == "word"
    begins = mark.second == "if" and (
        at == 0 or line.marks[at - 1].kind in (".", ";", "*", "(", ":") or line.text[: mark.start].strip(" -*•") == ""
    )
    # what follows the condition
    look, which, opened, joined, named = stop, False, False, False, False
    hops = 0
    reached = False
    while look < many and hops < (40 if begins else 24 if who else 16):
        each = line.marks[look]
        if each.kind == "number" and each.unit == "hours" and look and line.marks[look - 1].kind not in ("op", "within"):
            hops += 1  # `clearance by 24-hour urine collection`
            look += 1
            continue
        if each.kind == "number" and begins and each.second == BARE and look + 1 < many and line.marks[look + 1].kind == "word":
            hops += 1  # `rising PSA is defined as 2 consecutive values above …`
            look += 1
            continue
        if each.kind in ("op", "number", "limit"):
            reached = (
                each.kind != "number"
                or each.second == LIMIT
                or (look + 1 < many and line.marks[look + 1].kind == "after")
                or (look + 2 < many and line.marks[look + 1].second == "to" and line.marks[look + 2].kind == "number")
            )
            break
        if each.kind == ";" or (each.kind == "." and line.is_sentence_end(look)):
            break
        if each.kind in (")", "]") and line.depth > 0 and not opened:
            break
        if each.kind == "which":
            which = True
        elif (
            each.kind in ("(", "[")
            and look + 1 < many
            and line.marks[look + 1].says in ("note", "this", "obtained", "performed")
        ):
            break
        elif each.kind in ("(", "[", ":"):
            opened = True
        elif each.kind in (")", "]"):
            opened = False
        elif each.kind == "join" and look == stop:
            joined = True
        elif each.kind == "measure":
            named = True
        elif each.kind == "if" and each.second == "where":
            which = True
        elif each.kind == "if" and each.second not in ("where", "presence of") and not which:
            if each.second == "if" or begins:
                hops += 1
                look += 1
                continue
            break
        hops += 1
        look += 1
    if reached:
        value = next((each for each in line.marks[look : look + 4] if each.kind in ("number", "limit")), None)
        reached = value is not None and not (value.second == LONG and value.kind == "number")
    gap = at - line.last_at - 1 if line.last_at >= 0 else 99
    between = [each.kind for each in line.marks[line.last_at + 1 : at] if each.says != "age"] if line.last_at >= 0 else []
    soft = (
        line.last_at >= 0
        and bool(line.last)
        and not any(kind in ("number", "measure") for kind in between)
        and (gap <= 9 or "(" in between or "[" in between or (unless and gap <= 25 and "," in between))
    )
    if mark.second.startswith(("not appl", "applies only", "only applies", "applicable only")) and line.last:
        soft = True
    if line.last_at >= 0 and line.last and _ASIDE.fullmatch(line.text[line.marks[line.last_at].end : mark.start]):
        soft = True
    if unless and line.last and at and line.marks[at - 1].kind in (".", ";") and not has_bound:
        soft = True  # `≤ 1.5 x ULN. Excluding patients with Gilbert's syndrome`
    if begins and has_bound and not reached and not soft:
        if _BARRED.search(line.text, mark.end, line.marks[stop - 1].end + 60):
            return at + 1  # `if ALT > 5 x ULN, the patient is excluded` is the criterion itself
        line.active, line.active_depth = words, line.depth  # what is compared in it is no criterion; what follows depends on it
        return stop
    if (
        has_bound
        and not reached
        and not unless
        and mark.second in ("if", "provided", "provided that", "as long as", "when")
        and has_measure
    ):
        rest = line.text[line.marks[stop - 1].end : line.marks[stop - 1].end + 70]
        behind = line.text[max(0, mark.start - 90) : mark.start]
        if (_ELIGIBLE.search(rest) and (line.active or not soft or line.depth > 0)) or (
            line.active and _ELIGIBLE.search(behind)
        ):
            return at + 1
    forward = False
    if reached:
        if not soft:
            forward = True
        elif unless:
            forward = which or opened or (not named and not joined)
        elif gap == 0:
            forward = (which or (opened and not joined and not named)) and not joined
        else:
            forward = not joined and not (
                "," in between and named and not which and line.depth <= 0 and not who and mark.second != "if"
            )
    if reached and named and mark.second == "if" and stop < many and line.marks[stop].kind == "," and _opens(line, at):
        forward, joined = True, False  # `≤ 1.5 x ULN or, if a stent is placed, bilirubin ≤ 2 x ULN`
    if forward and joined and has_bound and not which:
        return at + 1
    if (
        forward
        and not any(each.measure in LABS for each in line.found)
        and not soft
        and not which
        and not opened
        and re.match(r"(?:patients?|subjects?|participants?|individuals|those) with", mark.second)
        and not _ADMITTED.match(line.text, line.marks[look].end)
    ):
        return at + 1  # `patients with ascites, albumin < 2.5 g/dL` lists, where `in patients with ascites` sets apart
    if forward and who and not which and not soft:
        # `patients with brain metastases ... 4 weeks` says who, not when: a condition is of laboratory values
        target = next((each for each in line.marks[stop:] if each.kind in ("measure",)), None)
        near_lab = bool(set(line.group) & LABS) or (target is not None and bool(set(target.says.split("+")) & LABS))
        value = next((each for each in line.marks[look:] if each.kind == "number"), None)
        if not near_lab or (value is not None and value.second == LONG):
            return stop if not has_measure else at + 1
    if forward:
        line.is_leading = not line.found and at <= 3 and mark.second.startswith(("for ", "in "))
        line.active = f"{line.active}, {words}" if line.active and sexed is None else words
        line.active_depth = line.depth
        if opened and line.marks[look - 1].kind in ("(", "["):
            line.active_depth = line.depth
        return stop
    if soft and words:
        targets = list(line.last)
        opened_at = line.text.rfind("(", 0, mark.start)
        if at and line.depth > 0 and _ADMITS.search(line.text, opened_at, mark.start):
            # `(platelets ≥ 50, haemoglobin ≥ 7 permitted if …)`: all that stands in the brackets
            targets = [index for index, each in enumerate(line.found) if each.start > opened_at]
        elif unless and line.found[targets[0]].joined == "or" and targets[0]:
            if line.found[targets[0] - 1].measure == line.found[targets[0]].measure:
                targets.append(targets[0] - 1)  # `≤ 2 mg/dL or ≤ 2.5 x ULN (unless …)`
        if unless and "," in between and len(line.sentence) > len(targets):
            targets = [index for index in line.sentence if line.found[index].measure in LABS]
        if mark.second.startswith("not appl") or (unless and not any(line.found[index].measure in LABS for index in targets)):
            targets = [index for index in line.sentence or targets if line.found[index].measure in LABS]
        for index in targets:
            held = line.found[index]
            if held.measure not in LABS and held.measure != "?":
                before = line.found[index - 1].measure if index and held.joined == "or" else ""
                if before != held.measure or held.measure not in ("count", "size", "other"):
                    continue  # but `≥ 2 lines, or ≥ 1 line in case of …`
            if not held.when and not held.unless:
                line.found[index] = replace(held, unless=words) if unless else replace(held, when=words)
        return stop
    return at + 1


def _opens(line: Line, at: int) -> bool:
    """Whether a condition stands behind `or` or at the head of a sentence, and so before what depends on it."""
    place = at - 1
    while place >= 0 and line.marks[place].kind in ("-", ",", "*", "("):
        place -= 1
    return place < 0 or line.marks[place].kind in (".", ";") or line.marks[place].second == "or"


def _condition_end(line: Line, at: int) -> tuple[int, bool, bool]:
    """Where a condition's words end, and whether it holds a bound and a measure of its own."""
    many, depth = len(line.marks), 0
    place = at + 1
    if place < many and line.marks[place].kind == ":" and line.marks[at].second.startswith("exception"):
        place += 1
    has_measure = has_bound = False
    weight = 0
    mark = line.marks[at]
    cued = mark.kind == "word" and mark.says in ("liver", "hepatic")
    while place < many:
        each = line.marks[place]
        if each.kind in ("(", "["):
            nxt = line.marks[place + 1].kind if place + 1 < many else ""
            note = place + 1 < many and line.marks[place + 1].says in ("note", "this", "obtained", "performed")
            if (
                has_bound
                or note
                or nxt in ("op", "number", "limit", "which", "if")
                or any(follow.kind in ("within", "number") for follow in line.marks[place + 1 : place + 6])
            ):
                break
            depth += 1
        elif each.kind in (")", "]"):
            if depth == 0:
                break
            depth -= 1
        elif depth == 0:
            if each.kind == ";" or each.kind == ":" or (each.kind == "." and line.is_sentence_end(place)):
                break
            if (
                each.kind == "which"
                and each.second not in ("who have", "must", "may", "where", "then")
                or each.kind == "which"
                and each.second in ("then",)
            ):
                if weight or has_bound:
                    break
            if each.kind == ",":
                following = line.text[each.end : each.end + 40]
                if (
                    not re.match(r"\s*(?:or|and)\b", following)
                    or has_bound
                    or re.match(r"\s*(?:or|and)\s+(?:\\?[<>≤≥=]|\d)", following)
                ):
                    if not (weight and _lists_on(following) and not has_bound):
                        break
            if (
                each.kind == "join"
                and each.second in ("or", "and")
                and place + 1 < many
                and line.marks[place + 1].kind in ("op", "number")
                and (has_bound or not has_measure)
            ):
                break
            if each.kind == "join" and has_bound:
                break
            if each.kind == "measure":
                if weight and (cued or weight >= 4):
                    break
                has_measure = True
            if each.kind == "number" and not each.unit and line.marks[place - 1].kind not in ("op", "number"):
                place += 1
                continue
            if each.kind == "op" and line.marks[place - 1].says in ("levels", "level", "values", "value"):
                has_measure = True  # `for patients with levels above normal`
            if each.kind in ("op", "number", "limit"):
                value = each if each.kind == "number" else (line.marks[place + 1] if place + 1 < many else each)
                fits = (
                    any(line.fits(name, value.second or LIMIT) for name in line.group if name in measures())
                    if value.kind in ("number", "limit")
                    else False
                )
                if not has_measure and (fits or not weight):
                    break
                if each.kind == "number" and not each.unit and not has_measure and each.second in (BARE, "word"):
                    pass
                else:
                    has_bound = has_bound or each.kind in ("number", "limit")
            if (
                each.kind == "if"
                and weight
                and (each.second != "where" or line.marks[place - 1].says not in _THOSE_CASES)
                and each.second in ("if", "unless", "except", "when", "where", "provided", "as long as", "provided that")
            ):
                break
            if each.kind == "word" and each.says not in _LIGHT_CONDITION:
                weight += 1
                if CUE.search(line.text[each.start : each.end]):
                    cued = True
        place += 1
    return place, has_bound, has_measure


def names_bound(line: Line, at: int) -> bool:
    """Whether a measure and a comparison stand right behind: `for creatinine levels > 1.5 x ULN`."""
    kinds = [each.kind for each in line.marks[at + 1 : at + 7] if each.kind != "word"]
    return kinds[:2] in (["measure", "op"], ["measure", "measure"])


def is_sex_condition(line: Line, at: int) -> bool:
    """Whether a sex is named right before a bound of a laboratory value: `male ≤ 450 ms, female ≤ 470 ms`."""
    if not line.group or not set(line.group) & LABS or (line.active and line.active not in SEXES):
        return False
    place = at + 1
    while (
        place < len(line.marks)
        and place < at + 4
        and (
            line.marks[place].kind in (":", "-", "–", "=") or line.marks[place].says in ("patients", "subjects", "participants")
        )
    ):
        place += 1
    if place + 1 >= len(line.marks) or line.marks[place].kind != "op" or line.marks[place + 1].kind != "number":
        return False
    kind = line.marks[place + 1].second
    return kind != LONG and any(line.fits(name, kind) for name in line.group)
