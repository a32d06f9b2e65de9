"""An eligibility text as its single criteria: which section and cohort each stands in, and what each hangs from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from .asides import heads
from .atoms import measures_named
from .line import LABS
from .marks import marks

Kind = Literal["include", "exclude"]
LONGEST_LINE = 4_000
"""Characters of one criterion that are read; what is longer is kept as text."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the text that is one criterion: `start` to `end`, and the headings that it hangs from, outermost first."""

    kind: Kind
    cohort: str
    start: int
    end: int
    parents: tuple[str, ...] = ()
    is_heading: bool = False


_BULLET = re.compile(
    r"(?P<mark>[*•●▪◦·○∙◆■□➢➤✓‣\u2043]|[-–—](?!\d)|--|o(?=\s+[A-Z])|\(?\d{1,2}(?:\.\d{1,2}){0,2}\\?[.)](?=\s|[A-Z])|\(?\d{1,2}\)|\(?[a-zA-Z]\\?[.)](?=\s)|\(?[ivxIVX]{1,4}[.)](?=\s))\s*"
)
_WORD_EXCLUDE = re.compile(
    r"\bexclusion|\bexclude[ds]?\b|\bnot (?:be )?(?:eligible|enrolled|included|permitted to)\b|\bineligib|\bnon-?inclusion\b|\bcontraindications?\s*:|\bdisqualif",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"\W*(?:(?:\d{1,2}(?:\.\d{1,2})*|[A-Z])[.)]\s+)?(?:[A-Z][\w'/&,() -]{0,60}?[\s:-]+)?(?P<said>(?:key |main |major |general |specific |additional |other |common |patient |patients |subject |participant |study |donor |recipient |principal |primary |basic )*"
    r"(?P<what>inclusion|exclusion|non-?inclusion|eligibility|selection|in\s?clusion|ex\s?clusion)(?:\s*(?:/\s*exclusion|and exclusion))?\s*(?:criteri(?:a|on|ae)s?|requirements?)?)(?P<rest>[^:\n]{0,90}?)\s*(?P<colon>:|\uff1a|$)",
    re.IGNORECASE,
)
_NCI = re.compile(
    r"\W*(?:DISEASE CHARACTERISTICS|PATIENT CHARACTERISTICS|PRIOR CONCURRENT THERAPY|PRIOR/CONCURRENT THERAPY|CHARACTERISTICS|ELIGIBILITY)\b\W*",
    re.IGNORECASE,
)
_NCI_PART = re.compile(
    r"(?:age|sex|menopausal status|performance status|life expectancy|h(?:a)?ematopoietic|h(?:a)?ematologic|hepatic|renal|cardiovascular|cardiac|pulmonary|immunologic|neurologic|gastrointestinal|metabolic|"
    r"other|biologic therapy|chemotherapy|endocrine therapy|radiotherapy|surgery|concurrent therapy)\s*:?",
    re.IGNORECASE,
)
"""The headings of the register of the US National Cancer Institute, each over lines of its own."""
_ALL = re.compile(
    r"\W*(?:for |in )?(?:all|both|every) (?:cohorts?|arms?|parts?|groups?|phases?|participants|patients|subjects)\s*:",
    re.IGNORECASE,
)
_INLINE = re.compile(r"(?<=[.;)\]])\s+(?=(?:key |main )?(?:in|ex|non-?in)clusion(?:\s+criteria)?\s*:)", re.IGNORECASE)
"""Where a section begins in the middle of a line."""
_COHORT = re.compile(
    r"\W*(?!.*\b(?:must|may|should|following|any|have|are|is|not|criteria|defined|with the)\b)"
    r"(?P<cohort>(?:(?:for|in)\s+)?(?:cohorts?|arms?|parts?|groups?|phase|stratum|strata|step|dose (?:escalation|expansion)|expansion|module|sub-?study|tier)\b[^:\n]{0,80}"
    r"|for\s+(?:patients|participants|subjects|donors|controls|caregivers|parents|children|adults)\b[^:\n]{0,60}"
    r"|(?:healthy (?:volunteers?|controls?|participants?|subjects)|controls?|donors?|recipients?|caregivers?|parents?|patients?|children|family members?|providers?|clinicians?)(?: (?:cohort|group|arm|only|\d|[A-Z]))?)\s*:\s*$",
    re.IGNORECASE,
)
_NAMED_COHORT = re.compile(
    r"\b((?:cohort|arm|part|group|phase|stratum|step|module|tier)s?\s+(?:[A-Z0-9][\w.]*)(?:[^:)]{0,50})|(?:healthy|donor|recipient|control|caregiver|parent|physician|provider|clinician|family|spouse)s?\b[^:)]{0,40})",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?<=[\s;,.:])(?<!\d\.)\(?(?P<number>\d{1,2})\\?[.)]\s+(?=[A-Z≥≤<>\"'(\\])")
_FUSED = re.compile(r"(?<=\s)\(?(?P<number>\d{1,2})\)\s+(?=\S)")
_VALUED = re.compile(
    r"(?i)(?:\b(?:grade|class|stage|type|phase|part|arm|cycle|day|step|cohort|level|score|status|of|than|to|or|and|version|v|criteria|section|table|appendix|at|is|least|most|ecog|ps|recist|index|approximately|ctcae)|[<>≤≥=-])\s*\Z"
)
"""What makes a number behind it a value, not the number of the next criterion."""
_FOLLOWS = re.compile(
    r"\s*(?:If|Karnofsky (?:scores? )?(?:must|should|is|will)|Use (?:the )?(?:Karnofsky|Lansky)|(?:Patients?|Subjects?|Participants?) (?:who are (?:currently |therapeutically )?(?:tak|receiv|treat|on\b)|on|receiving|taking)|In (?:case|the case|patients|subjects|participants|addition, if|such|these|this|those)|For (?:patient|subject|participant)'?s\b|For (?:those|purposes)|Patients? with|Participants? with|Subjects? with|Note|NOTE|Except\w*|Excluding|However|This|These|Those|Such|"
    r"It |They|Otherwise|Unless|Alternatively|Examples?|e\.g|i\.e|Also|Please|Where|When|Any (?:other|of these)|The (?:following are|use|diagnosis|definition|time)|\(|Exempt|But|Other(?:wise)|Including|Only|See |With(?:out)? [^.;:<>≤≥=\d]{3,60}: )"
    r"|\s*[A-Z][^.;]{3,140}?\b(?:need\s+not|not\s+(?:need|have|required|be\s+required)\s+to)\s+(?:be\s+(?:met|satisfied|fulfilled)|meet|satisfy|fulfill?|comply\s+with)\b|\s*(?:Th\w+\s+)?(?:[\w-]+\s+){1,4}(?:does|do|will)\s+not\s+apply\b|\s*(?:With\s+the\s+exceptions?\s+of\b(?!\s*:)|A\s+(?:score|status|value|count|level)\s+of\s+\d)"
    r"|\s*(?:In|With|For|Given|Among)\s+[^.;:<>≤≥=\d]{3,60}?,?\s+(?:lower|higher)\s"
)
_SAID_AGAIN = re.compile(
    r"\s*(?=(?:[^.;]|\.(?=\d)){0,160}?(?:[<>≤≥=]|\b(?:up\s+to|between|below|above|than|least|most|exceed\w*|of))\s*\d[\d.,]*(?![\d.,])(?!\s*-?\s*(?:hours?|days?|weeks?|months?|years?)\b)|(?:[^.;]|\.(?=\d)){0,160}?\d\s*[x×*]\s*ULN)(?:[^.;]|\.(?=\d)){0,200}?(?::\s*\\?[<>≤≥]|\b(?:allow|accept|permit|tolerat|eligib|appl(?:y|ies)\b|for (?:patients|subjects|participants|those)\b))",
    re.IGNORECASE,
)


def _is_said_again(before: str, behind: str) -> bool:
    """Whether a sentence says the bound before it again, of others: `Counts ≥ 75,000/uL are allowed if the spleen is enlarged`."""
    if _SAID_AGAIN.match(behind) is None or _BOUNDED.search(before) is None:
        return False
    named = set(measures_named(before))
    bounds = _UP_TO_ITS_BOUND.match(_SENTENCE.split(behind, maxsplit=1)[0])
    return bool(named & LABS) and bounds is not None and set(measures_named(bounds[0])) <= named


_UP_TO_ITS_BOUND = re.compile(r".*\d", re.DOTALL)
_SENTENCE = re.compile(r"[.;]\s+(?=[A-Z])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:e\.?g|i\.?e|vs|etc|approx|Dr|No|St|Inc|incl|resp|ca|al|ver|v|spp?|max|min|mo|wk|yr|Fig)|\b[A-Z])$"
)


_ENTITY = re.compile(r"&(?:amp;)?(?:#\d{1,5}|[a-z]{2,5});$")


def pieces(text: str, kind: Kind = "include") -> Iterator[Piece]:
    """The criteria of a text, in order.

    Args:
        text: The text as it stood.
        kind: What a criterion is before any heading says otherwise.

    >>> [(each.kind, each.start) for each in pieces("Inclusion Criteria:\\n* Adult\\nExclusion Criteria:\\n* Pregnant")]
    [('include', 22), ('exclude', 50)]
    """
    now: Kind = kind
    cohort = ""
    above: list[tuple[int, str]] = []  # indentation and text of what lines may hang from
    held: tuple[int, int, Kind, str, tuple[str, ...], int] | None = None  # the line being read, to which others may be added
    after_blank = True
    for start, end in _lines(text):
        if start == end:
            after_blank = True
            continue
        line = text[start:end]
        bullet = _BULLET.match(line)
        body_at = start + (bullet.end() if bullet is not None else 0)
        body = text[body_at:end]
        if not body.strip():
            continue
        indent = _indent(text, start) + (1 if bullet is not None else 0)
        heading = _heading(body)
        if heading is not None:
            if held is not None:
                yield from _split(text, *held)
                held = None
            now, rest = heading
            said = body[:rest]
            cohort = _cohort_in(said)
            above = []
            body_at += rest
            while body_at < end and text[body_at] in " \t:*-–":
                body_at += 1
            if body_at >= end:
                after_blank = True
                continue
            bullet = _BULLET.match(text, body_at, end)
            body_at = bullet.end() if bullet is not None else body_at
            body = text[body_at:end]
            if not body.strip():
                continue
        elif len(body) < 60 and _ALL.fullmatch(body):
            if held is not None:
                yield from _split(text, *held)
                held = None
            cohort, above = "", []
            continue
        elif bullet is None and len(body) < 40 and _NCI_PART.fullmatch(body):
            if held is not None:
                yield from _split(text, *held)
                held = None
            above = [(indent - 1, f"{body.rstrip(': ')}:")]  # `Age`, and below it `18 and over`
            after_blank = True
            continue
        elif len(body) < 110 and (named := _COHORT.match(body)) is not None:
            if held is not None:
                yield from _split(text, *held)
                held = None
            cohort = " ".join(named["cohort"].split())[:80]
            above = []
            continue
        elif len(body) < 110 and _NCI.fullmatch(body):
            if held is not None:
                yield from _split(text, *held)
                held = None
            cohort, above = "", []
            continue
        elif (
            bullet is None
            and held is not None
            and not after_blank
            and (body[:1].islower() or text[held[1] - 1] in ",(")
            and end - held[0] <= LONGEST_LINE
        ):
            held = (held[0], end, *held[2:])
            continue
        if held is not None:
            yield from _split(text, *held)
        while above and above[-1][0] >= indent:
            above.pop()
        parents = tuple(said for _, said in above)
        held = (body_at, end, now, cohort, parents, indent)
        leads = body.rstrip().endswith(":") or (bullet is None and body.rstrip().endswith(":"))
        above.append((indent if not (leads and bullet is None) else min(indent, indent), body.strip()[:300]))
        if not leads and bullet is None:
            above.pop()
        after_blank = False
    if held is not None:
        yield from _split(text, *held)


def _lines(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    for line in text.split("\n"):
        begin, last = at, at + len(line)
        at = last + 1
        cuts = (
            [begin, *(found.end() for found in _INLINE.finditer(text, begin, last)), last]
            if "clusion" in line.lower()
            else [begin, last]
        )
        for start, end in pairwise(cuts):
            while start < end and text[start] in " \t\r\xa0":
                start += 1
            while end > start and text[end - 1] in " \t\r\xa0":
                end -= 1
            yield start, end


def _indent(text: str, start: int) -> int:
    begin = text.rfind("\n", 0, start) + 1
    return 2 * len(text[begin:start].expandtabs(4))


def _heading(body: str) -> tuple[Kind, int] | None:
    """The section that a line opens, and where its heading ends."""
    found = _HEADER.match(body[:200])
    if found is not None:
        what = found["what"].lower().replace(" ", "")
        colon = found["colon"] in (":", "\uff1a")
        criteria = "criteri" in found["said"].lower() or "requirement" in found["said"].lower()
        whole = found.end() == len(body)
        if (colon and (criteria or len(found[0]) < 60)) or (whole and (criteria or len(body.split()) <= 3)):
            is_exclusion = what.startswith(("ex", "non")) and not re.search(
                r"inclusion\s*(?:/|and)", found["said"], re.IGNORECASE
            )
            if what in ("selection", "eligibility") and _WORD_EXCLUDE.search(found["rest"] or ""):
                is_exclusion = True
            return ("exclude" if is_exclusion else "include"), found.end()
    if len(body) < 160 and body.rstrip().endswith((":", "if", "criteria", "criteria.", "apply")):
        if _WORD_EXCLUDE.search(body) and not re.match(r"\W*(?:cohort|arm|part|no\b)", body, re.IGNORECASE):
            if re.search(r"following|criteri|if|who|:|any", body, re.IGNORECASE) and not re.search(
                r"\bexcept|unless|will not be excluded\b", body, re.IGNORECASE
            ):
                return "exclude", len(body)
        elif re.search(
            r"\b(?:to be|are|is|be) eligible\b|\binclusion\b|(?:must|should) (?:meet|fulfil+|satisfy) (?:all|the|each)",
            body,
            re.IGNORECASE,
        ) and body.rstrip().endswith(":"):
            return "include", len(body)
    return None


def _cohort_in(said: str) -> str:
    found = _NAMED_COHORT.search(said)
    return " ".join(found[1].split()) if found is not None else ""


_CONTINUED = re.compile(
    r"\s*(?:\\?[<>≤≥=]|\(\s*(?:unless|except|if|or|for|in)\b|(?:the\s+)?(?:patient|participant|subject)s?\s+(?:may|can|will|who|on|receiving|taking)\b)",
    re.IGNORECASE,
)
"""A bound without a measure of its own is of the one before: `≤ 3 x ULN; ≤ 5 x ULN is acceptable if`."""
_BOUNDED = re.compile(r"[\d<>≤≥]|\blimit|\bnormal", re.IGNORECASE)


def _is_listed(before: str, behind: str) -> bool:
    """Whether measures are listed, with a bound behind the last: `AST; ALT ≤ 3 x ULN`."""
    return (
        len(before) <= 120
        and _BOUNDED.search(before) is None
        and _BOUNDED.search(behind) is not None
        and bool(measures_named(before))
        and bool(measures_named(behind))
    )


_LED = re.compile(r"\W*(?:for|in) (?:patients|subjects|participants|those|individuals) (?:with|who)\b", re.IGNORECASE)
"""A condition stands at the head of the line, and is of all that follows."""


_OF_A_COHORT = re.compile(
    r"\W*(?:for\s+|in\s+)?(?P<cohort>(?:expansion\s+|dose\s+)?(?:cohorts?|arms?|groups?|parts?|strat(?:um|a))\s+[A-Z0-9][\w.]{0,3}(?:\s*(?:,|and|or|&|/)\s*[A-Z0-9][\w.]{0,3})*(?:\s*\([^()]{1,60}\))?)(?:\s+only)?\s*:\s",
    re.IGNORECASE,
)
"""A cohort at the head of a line of its own: `Arm 3 (colorectal): life expectancy of less than 6 months`."""
_HEADS_A_LIST = re.compile(
    r"(?=[^:;]{0,250}\b(?:(?:one|any|either|none)(?: or more)? of (?:the )?(?:following|these|below)|at least \w+ of the following|exclud\w+|except\w*|exempt|allowed|permitted|eligible|must not|may not|not have any)\b)[^:;]{3,250}:(?=\s+\S)",
    re.IGNORECASE,
)
"""What is said of every member of a list that goes on in the same line."""


def _split(text: str, start: int, end: int, kind: Kind, cohort: str, parents: tuple[str, ...], indent: int) -> Iterator[Piece]:
    """A line as the criteria that are run together in it."""
    if end - start > LONGEST_LINE:
        yield Piece(kind, cohort, start, end, parents)
        return
    body = text[start:end]
    if (named := _OF_A_COHORT.match(body)) is not None:
        cohort = " ".join(named["cohort"].split())
    cuts = [0]
    numbers = [
        (found.start(), found.end(), int(found["number"]))
        for found in _NUMBERED.finditer(body)
        if not _VALUED.search(body[max(0, found.start() - 14) : found.start()])
    ]
    if not numbers and (before := re.search(r"(\d{1,2})\)\s*$", text[max(0, start - 6) : start])) is not None:
        follows = int(before[1]) + 1
        for fused in _FUSED.finditer(body):  # `1) Age >= 18 2) ECOG 0-1`
            if int(fused["number"]) == follows:
                numbers.append((fused.start(), fused.end(), follows))
                follows += 1
    running = [each for number, each in enumerate(numbers) if number == 0 or each[2] == numbers[number - 1][2] + 1]
    depth, listed = 0, {each[0]: each[1] for each in running} if len(running) >= 1 and len(running) == len(numbers) else {}
    for at, sign in enumerate(body):
        if sign in "([":
            depth += 1
        elif sign in ")]" and depth:
            depth -= 1
        elif at in listed and at > 3:
            cuts.append(at)
            depth = 0
        elif depth:
            continue
        elif sign == ";" and not _ENTITY.search(body[max(0, at - 11) : at + 1]):
            rest = body[at + 1 : at + 60]
            if (
                len(rest.strip()) > 4
                and not _CONTINUED.match(rest)
                and not _is_listed(body[cuts[-1] : at], rest)
                and not _LED.match(body, cuts[-1])
                and not _is_said_again(body[cuts[-1] : at], body[at + 1 :])
                and not re.match(
                    r"\s*[(\[]\s*\\?[<>≤≥]|\s*(?:or|and|if|where|when|save|among|then|note:?\s+(?:patients?|subjects?|participants?)|unless|except|in (?:the )?(?:cases?|patients|subjects|participants|individuals|those|presence|absence|event)|however|for (?:patients|subjects|participants|individuals|those)|patients with|subjects with|participants with|those [^.;]{3,120}?\s(?:need not|not (?:need|have|required) to)|an? (?:score|status|value|count|level) of \d|(?:patient|subject|participant) with|with|otherwise|(?:(?:in|for) )?(?:all )?others?\b|(?:th(?:is|ese|at) )?(?:only )?appl(?:y|ies)|th(?:is|ese|at) (?:(?:limit|criterion|exclusion|requirement|threshold|bound)s? )?(?:do|does|is|are|will)\b)\b",
                    rest,
                    re.IGNORECASE,
                )
            ):
                cuts.append(at + 1)
        elif (
            sign == "."
            and at + 2 < len(body)
            and body[at + 1] in " \t\n"
            and (body[at + 2 : at + 3].isupper() or body[at + 1 : at + 6].strip()[:1].isupper())
        ):
            if (
                not _ABBREVIATED.search(body[max(0, at - 8) : at])
                and not _FOLLOWS.match(body, at + 1)
                and at + 1 not in listed
                and not _is_said_again(body[cuts[-1] : at], body[at + 1 :])
            ):
                cuts.append(at + 1)
    if re.search(r";\s*(?:and|or)\b", body) and all(re.search(r"\d|\blimit", part) for part in body.split(";")):
        cuts = [cut for cut in cuts if body[cut - 1 : cut] != ";"]  # one list of bounds, with its own `and` or `or`
    if len(cuts) > 1 and body.count(":") > 1:
        starts = {begin for begin, _, _ in heads(body, marks(body))}
        cuts = [
            cut for cut in cuts if not any(cut <= begin <= cut + 8 for begin in starts) or cut == 0
        ]  # one bound, told apart by cases
    cuts = sorted(set(cuts))
    head = ""
    for number, cut in enumerate(cuts):
        if body[cut - 1 : cut] != ";" and (len(cuts) == number + 1 or body[cuts[number + 1] - 1 : cuts[number + 1]] != ";"):
            head = ""
        elif body[cut - 1 : cut] != ";":
            led = _HEADS_A_LIST.match(body, cut)  # `any of the following: A; B`, `patients with these are excluded: A; B`
            head = led[0].strip() if led is not None else ""
        until = cuts[number + 1] if number + 1 < len(cuts) else len(body)
        begin = cut
        found = (_NUMBERED.match(body, cut) or _FUSED.match(body, cut)) if cut in listed else None
        if found is not None:
            begin = found.end()
        while begin < until and body[begin] in " \t\n;":
            begin += 1
        stop = until
        while stop > begin and body[stop - 1] in " \t\n;":
            stop -= 1
        if stop - begin >= 2:
            is_heading = body[begin:stop].rstrip().endswith(":")
            is_under = bool(head) and (
                body[cut - 1 : cut] == ";" or re.search(r"\d", head) is None
            )  # a bound in the head is of all
            yield Piece(kind, cohort, start + begin, start + stop, (*parents, head) if is_under else parents, is_heading)
