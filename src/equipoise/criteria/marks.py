"""A line of a criterion as marks: measures, comparisons, numbers with their units, conditions, and the words between."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from .measures import BARE, LONG_WORD, MEASURES, spelt
from .units import unit_at

_TOKEN = re.compile(
    r"(?P<o>(?:\\?[<>≤≥⩽⩾≧≦\uff1c\uff1e\u02c2\u02c3]|&(?:amp;)?[lg]t;|=(?=\s?\\?(?:[<>]|&[lg]t;)))(?:\s?/?\s?(?:\\?[<>=]|&(?:amp;)?[lg]t;))*)"
    r"|(?P<n>\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|\d{1,3}, 000(?!\d)|\d{1,3}(?: \d{3})+(?![\d.,-])(?=\s?(?:/|per|cells|x|×))|\d+(?:\.\d+|[,·]\d{1,2}(?!\d))?|(?<![\w.])\.\d+|[½¼])"
    r"|(?P<e>&(?:#\d{1,5}|amp|quot|apos|nbsp|rsquo);)"
    r"|(?P<g>(?i:grade|stage|ecog)(?=\d))"
    r"|(?P<w>[A-Za-zÀ-ɏα-ωΑ-Ωµ]+[0-9]*[A-Za-z0-9]*(?:['’`][a-z]+)?)"
    r"|(?P<p>[^\s\w])"
    r"|(?P<r>[²³⁰¹⁴-⁹_]+)"
)

NUMBERS: Mapping[str, float] = {
    **{
        word: float(value)
        for value, word in enumerate(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
            "eighteen nineteen twenty".split()
        )
    },
    "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "seventy": 70.0, "eighty": 80.0, "ninety": 90.0,
    "twice": 2.0, "½": 0.5, "¼": 0.25,
}  # fmt: skip
ROMAN: Mapping[str, float] = {"i": 1.0, "ii": 2.0, "iii": 3.0, "iv": 4.0, "v": 5.0, "vi": 6.0}

_PHRASES: dict[str, str] = {
    ">=": (
        "greater than or equal to|more than or equal to|higher than or equal to|larger than or equal to|longer than or equal to|older than or equal to|"
        "above or equal to|over or equal to|equal to or greater than|equal to or more than|equal to or higher than|equal to or above|equal or greater than|"
        "equal or more than|equal or higher than|equal to or over|equal to or older than|greater or equal to|greater or equal than|greater or equal|greater than equal to|"
        "greater equal to|greater than or equal|more or equal to|at least|at the least|a minimum of|minimum of|minimum duration of|minimum|at a minimum|no less than|not less than|not lower than|"
        "not below|no lower than|not fewer than|no fewer than|no younger than|not under|not younger than|at or above|greater than or equals|at minimum|"
        "greater then or equal to|more than or equal|more than equal to|equals or exceeds|meets or exceeds|no sooner than|equal to or larger than|above or equal|a least|"
        "older or equal to|higher or equal to|or equal to greater than|equivalent to or greater than|equivalent to or more than|equivalent or greater than|equal or above|superior or equal to|equal or superior to|greater of equal to|bigger than or equal to|as low as|as little as|as few as"
    ),
    "<=": (
        "less than or equal to|lower than or equal to|smaller than or equal to|fewer than or equal to|younger than or equal to|below or equal to|under or equal to|"
        "equal to or less than|equal to or lower than|equal to or below|equal or less than|equal or lower than|equal to or under|equal to or fewer than|less or equal to|less or equal than|"
        "less or equal|less than equal to|less equal to|less than or equal|no more than|not more than|not greater than|no greater than|not higher than|no higher than|"
        "not exceed|not exceeding|does not exceed|do not exceed|must not exceed|not to exceed|should not exceed|cannot exceed|not exceeds|does not exceeds|at most|at the most|no later than|not later than|a maximum of|"
        "maximum of|maximum|up to|no larger than|no longer than|no heavier than|not heavier than|no older than|not older than|not above|not over|not larger than|at or below|no bigger than|not longer than|no worse than|not worse than|"
        "less then or equal to|lesser than or equal to|or equal to less than|equal or below|not beyond|no greater then|lower or equal to|smaller or equal to|lower than or equal|inferior or equal to|equal or inferior to|less of equal to|as high as|as much as"
    ),
    ">": (
        "greater than|more than|higher than|over|above|exceeds|exceed|exceeding|in excess of|older than|larger than|longer than|bigger than|heavier than|beyond|superior to|"
        "greater then|more then|greater that|exceeded|worse than|after the age of|past the age of|higher then|thicker than|wider than|later than|upwards of"
    ),
    "<": (
        "less than|lower than|below|under|fewer than|younger than|smaller than|shorter than|inferior to|less then|lesser than|better than|lower then|earlier than|"
        "before the age of|thinner than|lower that|narrower than|not reaching"
    ),
}  # fmt: skip
_AFTER: dict[str, str] = {
    ">=": (
        "or greater|or more|or above|or higher|or over|or older|and older|and above|and over|or larger|or longer|and up|and greater|and higher|and more|years and up|"
        "or later|or bigger|or beyond|upwards|and upwards|and upward|or greater than|or olders|minimum|and longer|or upwards|or up|or thicker|at least|or elder|and beyond"
    ),
    "<=": (
        "or less|or fewer|or below|or lower|or under|or younger|or smaller|and under|and below|or shorter|or less than|and less|and younger|or earlier|maximum|"
        "and lower|and fewer|at most|or less of|at maximum"
    ),
    "better": "or better|and better",
    "worse": "or worse|and worse|or severer|or more severe",
}  # fmt: skip
_IF = (
    "if|in case of|in the case of|in cases of|in the presence of|in presence of|with presence of|when|in the event of|in the absence of|in the setting of|"
    "in case|in cases where|in the event|where|provided that|provided|as long as|for males|for females|for men|for women|for male|for female|in males|in females|in men|in women|for girls|for boys|"
    "applies to patients|applies to subjects|applies to participants|applies to those|applies only to patients|applies only to subjects|applies only to participants|applies only to those|only applies to patients|only applies to subjects|only applies to participants|only applies to those|applicable only to patients|"
    "in male|in female|presence of|in absence of|for a patient with|for a subject with|for patients|for subjects|for participants|for those|for individuals|in patient|in subject|in participant|in patients|in subjects|in participants|"
    "in those|patients with|subjects with|participants with|individuals with|patients on|subjects on|participants on|those on|patients without|subjects without|participants without|individuals without|those without|with documented|with known|with evidence of|attributed to|attributable to|considered due to|for known|for documented|"
    "for participant with|for participant|for individual with|for person with|participant with|patient with|subject with|patients having|subjects having|with concurrent|exception|exceptions|assuming|secondary to|those with|for case of|for cases of|with the presence of|in setting of|in individuals|patients receiving|so long as|given that|given a history of|given the presence of|among those|among patients|among subjects|among participants|among people|among individuals|in people|for people|only for those|only for patients|only for participants|only for subjects|only for men|only for women|only in those|only in patients|only in men|only in women"
    "for male patients|for female patients|for male subjects|for female subjects|for patient with|for patient|for subject with|for children|for adults|for adolescents|in children|in adults|in adolescents"
)
_KINDS = ("select", "selected", "certain", "adult", "pediatric", "paediatric", "adolescent", "younger", "older", "elderly")
_UNLESS = (
    "unless|except|except for|except in|except if|except when|excepting|with the exception of|with the exception|other than|excluding|with exception of|"
    "with exception for|with exception that|with the exception that|exempt|exceptions include|apart from|with an exception of|not applicable to|not apply to|not applicable for|not apply for|except that|unless in|barring|save for|save in|save where|save when|save if|exception in|exception for|exceptions for|exception if|exceptions if|exception when|exception is if|exception is when|aside from|with the sole exception of"
)
_WHICH = (
    "in which case|in which cases|in whom|for whom|for which|who must have|who may have|who can have|who must|who may|who can|who should have|whose|must have|may have|can have|should have|"
    "must be|may be|should be|can be|are eligible if|is eligible if|are eligible with|eligible if|allowed if|permitted if|then|are allowed|is allowed|are permitted|is permitted|will be allowed|"
    "which will allow|which allows|will be allowed to have|who will be allowed|who may be allowed|are allowed to have|is allowed to have|who are excluded if|who will be excluded if|in these instances|in those instances|in such instances|in this instance|in those cases|who are allowed|who have|who are eligible|in this case|in these cases|in such cases|can enroll if|may enroll if|may enrol if|is acceptable|are acceptable|acceptable|allowed|permitted|is required|"
    "are required|must|may|are eligible|is eligible|where|in which|where in|such patients|such subjects|these patients|these subjects|can participate if|can enter if"
)
_WITHIN = (
    "within|within the|in the last|in the past|in the previous|in the prior|in the preceding|during the last|during the past|during the previous|during the prior|in last|in past|"
    "for the past|for the last|over the past|over the last|past|last|previous|preceding|prior|in the|within the last|within the past|within the previous|within last|within past|within prior|"
    "during the preceding|within a|within a period of|during the|during last|during past|within previous|within the prior|within the preceding|within first|within the first|in previous|in preceding|"
    "in the recent|recent|during|over the previous|over the preceding|within approximately|in the most recent|in prior|within about|with in|withing|within preceding|the last|the past|the previous|the preceding|"
    "for the previous|for the preceding|through the previous|at any time in the|within one of the|inside|within the most recent|within at least"
)


Phrase = tuple[tuple[str, ...], str, str]
"""Its words, the kind of its mark, and what it says."""


@cache
def _lexicon() -> Mapping[str, Mapping[str, tuple[Phrase, ...]]]:
    """Every phrase that means something, by its first word and its second ("" where it has none), longest first."""
    found: dict[str, list[tuple[tuple[str, ...], str, str]]] = {}

    def put(phrases: str, kind: str, value: str) -> None:
        for phrase in phrases.split("|"):
            words = tuple(phrase.split())
            found.setdefault(words[0], []).append((words, kind, value))

    for op, phrases in _PHRASES.items():
        put(phrases, "op", op)
    for op, phrases in _AFTER.items():
        put(phrases, "after", op)
    put(_IF, "if", "if")
    put(
        "|".join(
            f"{lead} {kind} {who}"
            for lead in ("for", "in")
            for kind in _KINDS
            for who in ("patients", "subjects", "participants", "men", "women", "males", "females")
        ),
        "if",
        "if",
    )
    put(_UNLESS, "if", "unless")
    put(_WHICH, "which", "")
    put(_WITHIN, "within", "")
    put("between|from|ranging from|range from|ranges from|in the range of|ranging between", "between", "")
    put("to|through|thru|until|till", "to", "")
    put("and|and or|as well as|plus|or|either|both|and also|with", "join", "")
    put(
        "in all others|for all others|all others|in others|for others|in all other patients|for all other patients|all other patients|"
        "in all other subjects|for all other subjects|all other subjects|in all other participants|for all other participants|all other participants|for the rest|in the rest|for everyone else|in everyone else|everyone else|for everybody else|in everybody else",
        "word",
        "otherwise",
    )
    put("uln|unl|iuln|ulns|ulon", "limit", "ULN")
    put("lln|lower limit of normal", "limit", "LLN")
    put(
        "transaminases|transaminase|aminotransferases|serum transaminases|liver enzymes|hepatic transaminases|liver transaminases|transaminase levels|aminotransferase",
        "measure",
        "alt+ast",
    )
    put(
        "total and direct bilirubin|total and conjugated bilirubin|direct and total bilirubin",
        "measure",
        "bilirubin+bilirubin_direct",
    )
    put("not receiving|not on|not taking|not being treated with|who are not receiving|not under", "if", "unless")
    for measure in MEASURES:
        for words in measure.words:
            put(words, "measure", measure.name)
    by_second: dict[str, dict[str, tuple[Phrase, ...]]] = {}
    for first, said in found.items():
        seconds: dict[str, list[Phrase]] = {}
        for phrase in sorted(said, key=lambda each: -len(each[0])):
            seconds.setdefault(phrase[0][1] if len(phrase[0]) > 1 else "", []).append(phrase)
        by_second[first] = {second: tuple(each) for second, each in seconds.items()}
    return by_second


@dataclass(slots=True)
class Mark:
    """One piece of a line: its kind, what it says, and where it stands."""

    kind: str
    says: str
    start: int
    end: int
    number: float = 0.0
    unit: str = ""
    second: str = ""


_TIMES = re.compile(
    r"\s*-?\s*(?:fold\b|[x×X]?\s?times?\b|\\?[×*·⋅✕](?!\s*10(?!\d*\s*(?:ULN|upper)))|[xX](?![A-Za-z]|\s*10(?!\d*\s*(?:ULN|upper)))|[xX](?=ULN|UNL|the|upper|institution|iULN|LLN|lower)|-fold|folds)(?:\s+[x×](?=\s*(?:the\s+)?(?:upper|i?ULN|UNL)))?(?:\s*(?:above|over|greater|higher|more)(?: than)?)?",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    r"\s*(?:(?:the|of|an?|institution(?:al|'s|s)?|local|specific|laborator(?:y|ies)(?:'s)?|lab(?:'s)?|site(?:'s)?|age[- ](?:adjusted|appropriate|specific|matched)|reference|respective|applicable|central|their|standard|study|hospital|center|centre|range|within)\s+|-)*"
    r"(?:(?P<uln>(?:i|\(i\))?ULN|UNL|(?:the\s)?(?:upper|maximum)\s(?:\w+\s){0,4}?limits?|normal\supper\slimits?|upper\slimits?|(?:the\s)?upper\s(?:(?:normal|reference|institutional|laboratory)\s){0,2}range|(?:the\s)?highest\snormal(?:\s(?:values?|limits?|range))?|upper\sinstitutional\slimits?|upper\snormal(?:\svalue|\srange)?|ULRR|(?:institutional\s|laboratory\s)?upper\s(?:institutional\s|laboratory\s)?normal)|(?P<lln>LLN|(?:the\s)?lower\s(?:\w+\s){0,4}?limits?)"
    r"|(?P<normal>(?:the\s)?(?:institutional\s|laboratory\s|local\s)?normal(?:\s(?:limits?|values?|range|level))?(?=[\s.,;)]|$)))(?![A-Za-z])(?!\s+(?:of|for)\s+(?:the\s+|their\s+)?(?:therapeutic|target))"
    r"(?:\s*(?:(?:of|for|from|in|at|by)\s+)?(?:(?:the|this|that|their|each|local|institutional|institution's|institution’s|central|serum|testing|reference|laboratory|laboratory's|study|performing|investigational|normal|site|participating|respective|clinical)\s+){0,5}(?:normal|ranges?|reference|institutions?|laborator(?:y|ies)|lab|limits?|values?|age|site|cent(?:er|re)|hospital|normality)(?!\w)){0,3}"
    r"(?:\s*[(\[]\s*(?:i?ULN|UNL|LLN|ULRR|IULN)\s*[)\]])?",
    re.IGNORECASE,
)
_EDGE_OF = re.compile(
    r"(?P<side>upper|lower)\s+(?:acceptable\s+|allowed\s+|permitted\s+)?limit\s+(?:of|for)\s+(?=(?:(?:serum|total|the|direct)\s+){0,2}[a-z]+\s+(?:is|will\s+be|would\s+be|of)\s+\d)",
    re.IGNORECASE,
)
"""`the upper acceptable limit of serum bilirubin is 3 mg/dL`, `the lower limit of age is 20 years`."""
_OPENED = re.compile(r"\s?\((?=[A-Za-z%])")
_BRACKETED = re.compile(r"\s*(?:institution\w*\s+)?\(?\s*(?:i?ULN|UNL)\)?", re.IGNORECASE)
_SHARE_OF_LIMIT = re.compile(
    r"\s?%\s+(?:of\s+)?(?:the\s+)?(?:i?ULN\b|(?:institutional\s+)?upper\s+(?:normal\s+)?limits?(?:\s+of\s+(?:the\s+)?normal)?(?:\s+\(ULN\))?)",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"\s?/\s?(\d)(?!\d)")
_IN_FIGURES = re.compile(r"\s*\(\s*(\d{1,4}(?:\.\d+)?)\s*\)")
_IN_WORDS = re.compile(rf"\s*\(\s*({'|'.join(word for word in NUMBERS if word.isalpha())})\s*\)", re.IGNORECASE)
_SUM = re.compile(r"\s?\+\s?([3-5])(?!\d)(?:\s?=\s?\d{1,2})?")
_NOTHING = re.compile("")
_FILLERS = frozenset({"-", "/", "'", "’", "`", ":"})
_BRACKETED_NAME = _FILLERS | {"(", ")", "[", "]", "+"}
"""What may stand in `cluster of differentiation (CD) 4`."""
_A_RECEPTOR = re.compile(
    r"\s*\)?[\s,/-]*(?:exon|mutat|T790|L858|gene\b|alterat|inhibit|TKI|tyrosine|amplif|positive|negative|wild|activat|sensiti|ALK|ROS|BRAF|KRAS|HER2|targeted)",
    re.IGNORECASE,
)
"""What stands behind the receptor of a growth factor, and never behind a filtration rate."""
MOST_TOKENS = 1_500
LONGEST_NUMBER = 16
"""Characters of a number; what is longer is no measurement."""


def marks(text: str) -> list[Mark]:
    """The marks of a line, in order; nothing but words where it says nothing that is measured."""
    tokens: list[tuple[str, str, int, int]] = []
    for found in _TOKEN.finditer(text):
        kind, said = found.lastgroup or "p", found[0]
        start, end = found.span()
        if kind == "e":
            tokens.append(("p", "'", start, end))
            continue
        if said != "\\":  # an escape, as in `\\[NYHA class\\] ≥ III`, says nothing
            tokens.append(("w" if kind == "g" else kind, said, start, end))
        if len(tokens) >= MOST_TOKENS:
            break
    lexicon, result = _lexicon(), []
    many, at = len(tokens), 0
    lower = [each[1].lower() for each in tokens]
    if "’" in text or "`" in text:
        lower = [each.replace("’", "'").replace("`", "'") for each in lower]
    lower = [spelt(each) if len(each) >= LONG_WORD - 1 else each for each in lower]
    while at < many:
        kind, said, start, end = tokens[at]
        if kind == "n" and len(said) > LONGEST_NUMBER:
            kind = "w"
        if said == "=" and at + 2 < many and lower[at + 1] in ("or", "/") and lower[at + 2] in ("<", ">"):
            result.append(Mark("op", lower[at + 2] + "=", start, tokens[at + 2][3]))  # `= or > 4`
            at += 3
            continue
        if kind == "o":
            op = _symbol(said)
            at += 1
            # `< or = 2`, `> or equal to 2`
            if op in "<>" and at + 1 < many and lower[at] == "or" and lower[at + 1] in ("=", "equal", "equals"):
                op, end, at = op + "=", tokens[at + 1][3], at + 2
                if at < many and lower[at] == "to":
                    end, at = tokens[at][3], at + 1
            elif op in "<>" and at < many and lower[at] == "/" and at + 1 < many and lower[at + 1] == "equal":
                op, end, at = op + "=", tokens[at + 1][3], at + 2
            if at + 1 < many and lower[at] == "to" and tokens[at + 1][0] == "n":
                end, at = tokens[at][3], at + 1  # `≤ to 2`
            result.append(Mark("op", op, start, end))
            continue
        if (
            kind == "r"
            and said in ("³", "²")
            and at
            and start
            and text[start - 1 : start] == " "
            and text[end : end + 1] in " 0123456789"
        ):
            result.append(Mark("op", ">=", start, end))  # the symbol font's ≥, read as a letter
            at += 1
            continue
        if kind == "p" and said == "£" and text[end : end + 1] in " 0123456789":
            result.append(Mark("op", "<=", start, end))
            at += 1
            continue
        if lower[at] in ("upper", "lower") and (edge := _EDGE_OF.match(text, start)) is not None:
            result.append(Mark("op", "<=" if edge["side"].lower() == "upper" else ">=", start, edge.end()))
            while at < many and tokens[at][2] < edge.end():
                at += 1
            continue
        if kind in "wn" and (phrases := lexicon.get(lower[at])) is not None:
            match = _phrase(phrases, tokens, lower, at)
            if match is not None and said != "CR" and not (said == "EGFR" and _A_RECEPTOR.match(text, end)):
                # complete response, where creatinine is Cr; the receptor of a growth factor
                words, what, value, upto = match
                if value == "inr" and words.startswith("pt ") and "/" in text[start : tokens[upto - 1][3]]:
                    value = "pt+inr"  # `PT/INR` is both
                if (
                    what == "after"
                    and upto < many
                    and (
                        lower[upto] in ("than", "then", "age")
                        or tokens[upto][0] in "no"
                        or (lower[upto] == "to" and words.endswith("up"))
                        or (lower[upto] == "or" and words.endswith("than"))
                    )
                ):
                    what, value, upto, words = "join", lower[at], at + 1, lower[at]  # `and less than 3 cm` begins a comparison
                if what == "which" and words.endswith(" if") and "excluded" not in words:
                    upto -= 1  # the condition begins with its own mark
                if not (kind == "n" and what != "measure"):
                    result.append(Mark(what, value, start, tokens[upto - 1][3], second=words))
                    at = upto
                    continue
        if kind == "n" or (kind == "w" and lower[at] in NUMBERS):
            mark, at = _number(text, tokens, lower, at)
            result.append(mark)
            continue
        if kind == "w" and lower[at] in ("upper", "uln", "lln", "lower", "normal", "institutional", "laboratory"):
            limit = _LIMIT.match(text, start)
            if limit is not None and (limit["uln"] or limit["lln"]):
                result.append(Mark("limit", "ULN" if limit["uln"] else "LLN", start, limit.end()))
                at += 1
                while at < many and tokens[at][2] < limit.end():
                    at += 1
                continue
        if kind == "p":
            result.append(Mark(said, said, start, end))
            if said in ")]" and [each.kind for each in result[-3:-1]] in (["(", "op"], ["[", "op"]):
                first = -4 if len(result) > 3 and result[-4].kind == "op" else -3  # `greater than or equal to (≥) 3`, `(≥) 3`
                result[first:] = [Mark("op", result[-2].says, result[first].start, end)]
        elif kind == "w":
            result.append(Mark("word", lower[at], start, end))
        at += 1
    return result


def _symbol(said: str) -> str:
    said = said.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").translate(_SYMBOLS)
    less, more = "<" in said or "≤" in said, ">" in said or "≥" in said
    same = "=" in said or "≤" in said or "≥" in said
    if less and more:
        return "!="
    return ("<" if less else ">") + ("=" if same else "")


_SYMBOLS = str.maketrans({"⩽": "≤", "⩾": "≥", "≧": "≥", "≦": "≤", "\uff1c": "<", "\uff1e": ">", "\u02c2": "<", "\u02c3": ">"})


def _phrase(
    phrases: Mapping[str, tuple[Phrase, ...]], tokens: list[tuple[str, str, int, int]], lower: list[str], at: int
) -> tuple[str, str, str, int] | None:
    many = len(tokens)
    light = _BRACKETED_NAME if lower[at].startswith("cluster") or lower[at] == "hepatitis" else _FILLERS
    second = at + 1
    while second < many and lower[second] in light and tokens[second][0] == "p":
        second += 1
    follows = lower[second] if second < many else ""
    longer = phrases.get(follows) or phrases.get(follows.removesuffix("'s")) if follows else None
    for words, what, value in longer or ():
        place = second + 1  # the first two words are those that were looked up
        for word in words[2:]:
            while place < many and lower[place] in light and tokens[place][0] == "p":
                place += 1
            if place >= many or (lower[place] != word and lower[place] != word + "'s"):
                break
            place += 1
        else:
            said = lower[at:place]
            if light is _BRACKETED_NAME and said.count("(") > said.count(")") and lower[place : place + 1] == [")"]:
                place += 1
            return " ".join(words), what, value, place
    for words, what, value in phrases.get("", ()):
        return words[0], what, value, at + 1
    return None


def _number(text: str, tokens: list[tuple[str, str, int, int]], lower: list[str], at: int) -> tuple[Mark, int]:
    """A number with the limit or unit behind it."""
    kind, said, start, end = tokens[at]
    many = len(tokens)
    if kind == "n":
        value = (
            NUMBERS[said]
            if said in NUMBERS
            else float(re.sub(r"[, ]{1,2}(?=\d{3}(?:\D|$))", "", said).replace(",", ".").replace("·", "."))
        )
    else:
        value = NUMBERS[lower[at]]
        if (
            value >= 20
            and value % 10 == 0
            and at + 2 < many
            and lower[at + 1] == "-"
            and 0 < NUMBERS.get(lower[at + 2], 0) < 10
        ):
            value, end, at = value + NUMBERS[lower[at + 2]], tokens[at + 2][3], at + 2
        if lower[at] == "half":
            value = 0.5
    at += 1
    bracket = _IN_FIGURES.match(text, end) if kind == "w" else None
    if bracket is not None and float(bracket[1]) == value:
        end = bracket.end()
    if kind == "n" and (spelt_out := _IN_WORDS.match(text, end)) is not None and NUMBERS[spelt_out[1].lower()] == value:
        end = spelt_out.end()  # `2 (two) years`
    mark = Mark("number", said, start, end, number=value, second="word" if kind == "w" else "")
    fraction = _FRACTION.match(text, end) if kind == "n" and value == int(value) and 0 < value < 10 else None
    if fraction is not None and int(fraction[1]) > value and not text[start - 1 : start].isalnum():
        rest = text[fraction.end() : fraction.end() + 12].lower().lstrip()
        if rest.startswith(("of ", "the ", "teaspoon", "tablespoon", "cup ", "hour", "dose")):
            mark.number, mark.end = value / int(fraction[1]), fraction.end()
    if (
        at < many
        and tokens[at][1] == "+"
        and 3 <= value <= 5
        and (sum_of := _SUM.match(text, end)) is not None
        and "leason" in text
    ):
        mark.number, mark.end = value + float(sum_of[1]), sum_of.end()  # `Gleason 3 + 4 = 7`
    times = _TIMES.match(text, mark.end)
    limit = _LIMIT.match(text, times.end() if times is not None else mark.end)
    if kind == "w" and lower[at - 1] == "twice":
        times = times or _NOTHING.match(text, mark.end)
    if limit is not None and (limit["uln"] or limit["lln"] or times is not None):
        mark.unit, mark.second, mark.end = ("LLN" if limit["lln"] else "ULN"), "limit", limit.end()
    else:
        share = _SHARE_OF_LIMIT.match(text, mark.end) if times is None else None
        if share is not None:  # `> 200 % of the upper limit of normal`
            mark.number, mark.unit, mark.second, mark.end = mark.number / 100, "ULN", "limit", share.end()
            return _passed(mark, tokens, at)
        bracketed = _BRACKETED.match(text, times.end()) if times is not None else None
        if bracketed is not None:  # `1.5 x (ULN)`
            mark.unit, mark.second, mark.end = "ULN", "limit", bracketed.end()
        elif (unit := unit_at(text, mark.end)) is not None:
            mark.unit, mark.second, mark.end = unit
            again = unit_at(text, opened.end()) if (opened := _OPENED.match(text, mark.end)) is not None else None
            if again is not None and again[0] == mark.unit and text[again[2] : again[2] + 1] == ")":
                mark.end = again[2] + 1  # `450 milliseconds (msec)`
        elif times is not None and (kind == "n" or "time" in text[mark.end : times.end()]):
            mark.second = "times"  # `≤ 3 x ULN or ≤ 5 x if liver metastases`
    if not mark.unit and mark.second not in ("word", "times"):
        mark.second = BARE
    return _passed(mark, tokens, at)


def _passed(mark: Mark, tokens: list[tuple[str, str, int, int]], at: int) -> tuple[Mark, int]:
    """A mark, and the first token behind it."""
    while at < len(tokens) and tokens[at][2] < mark.end:
        at += 1
    return mark, at
