"""Facts that a page tells in sentences: `This phase II, open-label study will enrol 60 participants aged 18 to 75`.

Only what the page says nowhere else is taken from them, as a guess; a sentence about other trials is passed over.
"""

import re
from collections.abc import Iterator

from ...finding import Severity, Unreadable
from ..kinds import day, is_organisation, numbers_in
from ..labels import label
from ..record import Outcome
from ..structured import phases
from .fits import does_fit
from .lines import Line, is_guide
from .reading import UNSURE, Reading

_PARAGRAPH = re.compile(
    r"^(?:methods?|design|study design|trial design|patients and methods|aims?|purpose|status|current status):\s+",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"(?P<name>[A-Z][\w ()/-]{2,40}):\s+(?P<said>\S.{2,120})")
"""`Research sponsor: Northern Oncology Group.`, between other sentences."""
_OF_OTHERS = re.compile(
    r"(?:background|introduction|rationale|references|previous work|discussion|literature)\s*:", re.IGNORECASE
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z(])")
_OTHERS = re.compile(
    r"\b(?:previous|prior|earlier|preceding|another|other|many|most|several|some|recent|pilot|published|large|two|three|four|future|these|those)\s+(?:\S+\s+){0,4}?(?:study|studies|trials?)\b"
    r"|\bet al\b|\b(?:studies|trials) (?:have|had|has|show)|\bmeta-?analys|\bliterature\b|\b(?:historical|in contrast)\b",
    re.IGNORECASE,
)
_STUDY = r"(?:study|trial|research|project)"
_WHO = (
    r"(?:participants?|patients?|people|volunteers?|adults?|children|women|men|subjects?|persons|individuals|teenagers|infants)"
)
_MUCH = r"(?:up to |about |approximately |around |a total of |at least |some |roughly )?"
_NUMBER = r"(?P<size>\d{1,3}(?:,\d{3})+|\d{1,6})"
_DATE = r"(?P<date>(?:\d{1,2}\s+)?[A-Z][a-z]{2,8}\s+(?:\d{1,2},\s*)?\d{4}|\d{4}-\d\d-\d\d)"
_ITSELF = re.compile(
    rf"(?:^|[,;]\s+)(?:this is an?|it is an?|[A-Z][\w-]{{2,20}} is an?|(?:in )?(?:this|our|the present|the current))\s+(?P<mods>(?:[\w/()+-]+[ ,]+){{0,14}}?)(?:{_STUDY})\b"
    rf"|^(?:we (?:will )?(?:run|conduct|carry out|are running) an?|the|an?)\s+(?P<own>(?:[\w/()+-]+[ ,]+){{0,14}}?)(?:{_STUDY})\b(?=\s+(?:will|is|aims|plans|enrol|recruit|at|of|comparing|compares|includes|tests|looks|needs|team|takes|has))",
    re.IGNORECASE,
)
"""`This phase II, open-label study`: the trial speaking of itself, and the words that say of what kind it is."""
_UNSURE = re.compile(r"\b(?:may|might|could|would|should|ought|warranted|[Ii]f|[Ww]hether)\b(?! (?:join|take part|enter))")
_PHASE = re.compile(r"\bphase\s*(?P<phase>(?:i{1,3}|iv|[1-4])[ab]?(?:\s*[/-]\s*(?:phase\s*)?(?:i{1,3}|iv|[1-4]))?)\b", re.I)
_ASSIGNED = re.compile(
    rf"^(?:the )?(?:eligible )?{_WHO}\b[^.]{{0,40}}?\b(?:are|will be|were) (?:then )?(?:randomly|randomi[sz]ed)\b|\ba computer\b[^.]{{0,60}}\bat random\b",
    re.I,
)
_SPEAKS = re.compile(
    rf"(?:(?:the|this|our) (?:\w+ ){{0,3}}?(?:{_STUDY}|team|recruitment|enrol?lment|primary|secondary|main)|we|it|researchers|investigators|doctors|recruitment|enrol?lment|{_WHO}|both|{_MUCH}\d|primary|secondary|key secondary|[A-Z][\w-]{{2,20}} is an?)\b",
    re.IGNORECASE,
)
_SIZES = (
    re.compile(
        rf"\b(?:{_STUDY}|team|researchers|investigators|doctors|we|it)\b[^.]{{0,50}}?\b(?:enrol(?:l|s|ls)?|recruit(?:s|ing)?|includes?|needs?|looking for|inviting|involves?)\s+{_MUCH}{_NUMBER}\s+(?:[\w-]+\s+){{0,4}}?{_WHO}\b",
        re.I,
    ),
    re.compile(rf"^{_MUCH}{_NUMBER}\s+(?:[\w-]+\s+){{0,3}}?{_WHO}\b[^.]{{0,60}}?\b(?:will be|are being|were|are to be)\s+(?:enrolled|recruited|randomi[sz]ed|included)\b", re.I),
)  # fmt: skip
_AGES = (
    (re.compile(r"\baged?\s+(?:from\s+|between\s+)?(\d{1,3})\s*(years?|months?)?\s*(?:to|and|-|–)\s*(\d{1,3})(?:\s*(years?|months?))?\b", re.I), True),
    (re.compile(r"\b(?:aged?\s+)?(\d{1,3})\s*(years?|months?)?(?:\s+of age|\s+old)?\s*(?:and|or)\s+(?:older|over|above)\b", re.I), False),
)  # fmt: skip
_DESIGNS = (
    ("allocation", "non_randomised", r"\bnon-?\s?randomi[sz]ed\b"),
    ("allocation", "randomised", r"(?<!non-)(?<!non )\brandomi[sz]ed\b"),
    ("masking", "none", r"\bopen[- ]label\b"),
    ("masking", "double", r"\bdouble[- ](?:blind|masked)"),
    ("masking", "single", r"\bsingle[- ](?:blind|masked)"),
    ("model", "single_group", r"\bsingle[- ]arm\b"),
    ("model", "crossover", r"\bcross-?over\b"),
    ("model", "parallel", r"\bparallel[- ](?:group|arm)s?\b"),
)
_WHENS = (
    ("start", re.compile(rf"\b(?i:{_STUDY}|recruitment|enrol?lment|it)\b[^.]{{0,30}}?\b(?:started|began|opened|starts|begins|opens|(?:will|(?:is )?(?:due|expected|planned|set) to) (?:start|begin|open))\s+(?:recruiting\s+|enrolling\s+)?(?:in|on)\s+{_DATE}")),
    ("completion", re.compile(rf"\b(?i:{_STUDY}|it)\b[^.]{{0,80}}?\b(?:(?:will|(?:is )?(?:due|expected|planned|set|scheduled) to) (?:be completed|be finished|finish|end|complete|close)|ended|finished|was completed)\s+(?:in|on|by)\s+{_DATE}")),
)  # fmt: skip
_BY = (
    ("sponsor", re.compile(r"\b(?:is|are|was|being)?\s*(?:sponsored|run) by (?:the )?(?P<who>[A-Z].{2,90})")),
    ("funders", re.compile(r"\b(?:funded|paid for|financed) by (?:the )?(?P<who>[A-Z].{2,90})")),
)
_NAME_ENDS = re.compile(
    r"\s*(?:[,;.]|\band (?:is |are )?(?:funded|supported|paid|sponsored|run|will|has)\b|\b(?:which|who|that|with|in collaboration|as part)\b).*$"
)
_SMALL = frozenset("of the for and de la du di des van von der den am an in & at to".split())
_OUTCOMES = re.compile(
    r"(?:^|\b(?:the|its|our)\s+)(?:key\s+)?(?P<role>primary|main|secondary)\s+(?:out\s?comes?|end\s?points?)(?: measures?)?\s+(?:is|are|was|were|will be|includes?)\s+(?P<what>[^.]{4,250}(?:\.\d[^.]{0,250})?)",
    re.IGNORECASE,
)
_STATUS = (
    ("active_not_recruiting", rf"\b(?:{_STUDY}|it) is (?:no longer|not) (?:recruiting|enrolling|open)"),
    ("not_yet_recruiting", rf"\b(?:{_STUDY}|it) (?:is not yet|has not yet)"),
    ("recruiting", rf"\b(?:{_STUDY}|it)\b[^.]{{0,60}}\bis (?:now |currently |actively |still |open and )*(?:recruiting|enrolling|open (?:to|for) (?:recruit|enrol)\w*)"),
)  # fmt: skip


_REGISTERED = re.compile(
    r"\bregist|\bclinicaltrials\.gov\b|\btrial (?:number|identifier|information)\b|\bmore information\b", re.I
)


def sentences(reading: Reading) -> None:
    """Fill fields of which the page says nothing elsewhere from what it tells of itself in sentences."""
    told: list[tuple[str, int]] = []
    empty = {name for name in _NAMES if not reading.intake.values.get(name)}
    for line, sentence in _prose(reading):
        for name, text, whole in _facts(sentence):
            if name in empty and not (name == "maximum_age" and "minimum_age" not in empty):
                reading.label_text = ""
                reading.say(name, line, text, UNSURE, whole=whole)
                told.append((name, line.number))
    for number in sorted({number for _, number in told}):
        names = ", ".join(dict.fromkeys(name.replace("_", " ") for name, at in told if at == number))
        taken = reading.taken.get(number, [])
        if "left" in taken:
            taken.remove("left")
        reading.intake.find("record-guessed", reading.intake.place(number), f"a sentence tells the {names}", Severity.NOTE)


_NAMES = (
    "phases", "allocation", "masking", "model", "enrolment", "minimum_age", "maximum_age", "sponsor", "funders", "start", "completion",
    "status", "sex", "identifiers", "outcomes", "conditions",
)  # fmt: skip


def _prose(reading: Reading) -> Iterator[tuple[Line, str]]:
    """The sentences of the page, with their lines: of its summaries and descriptions, and of what no field takes."""
    prose = ("summary", "description", "plain_summary", "left", "identifiers")
    for line in reading.lines:
        by = reading.taken.get(line.number, ["left"])
        if not any(name in by for name in prose) or line.cells or is_guide(line.text) or not 20 < len(line.text) < 5000:
            continue
        if _OF_OTHERS.match(line.text):
            continue
        for sentence in _SENTENCE.split(_PARAGRAPH.sub("", line.text)):
            if 20 < len(sentence) < 600 and not _OTHERS.search(sentence) and not _UNSURE.search(sentence):
                yield line, sentence


def _facts(sentence: str) -> Iterator[tuple[str, str, object]]:
    """What one sentence tells of its trial: field, words, and the value where the words are more than it."""
    if labelled := _LABELLED.fullmatch(sentence):
        known = label(labelled["name"])
        said = labelled["said"].strip(" .")
        is_one = known is not None and known.field in (
            "sponsor",
            "funders",
            "enrolment",
            "status",
            "start",
            "completion",
            "identifiers",
        )
        if known is not None and is_one and does_fit(known.field, said):
            yield known.field, said, None
            return
    itself = _ITSELF.search(sentence)
    kind = (itself["mods"] or itself["own"] or "") if itself is not None else ""
    if found := _PHASE.search(kind):
        for phase in phases(re.sub(r"[ab]\b", "", found["phase"].replace("-", "/"))):
            yield "phases", phase if "phase" in phase.lower() else f"phase {phase}", None
    seen: set[str] = set()
    for name, word, pattern in _DESIGNS:
        if name not in seen and (found := re.search(pattern, kind, re.I)):
            seen.add(name)
            yield name, found[0], word
    if "allocation" not in seen and (assigned := _ASSIGNED.search(sentence)):
        yield "allocation", assigned[0], "randomised"
    speaks = itself is not None or _SPEAKS.match(sentence) is not None
    if not speaks and not _REGISTERED.search(sentence):
        return
    size = next((found for pattern in _SIZES if (found := pattern.search(sentence))), None)
    if size is not None:
        yield "enrolment", size["size"], None
    if size is not None or re.search(r"\b(?:can|may|could) (?:join|take part)\b", sentence, re.I):
        yield from _whom(sentence, size.end() if size is not None else 0)
    for name, when in _WHENS:
        if found := when.search(sentence):
            try:
                yield name, found["date"], day(found["date"])
            except Unreadable:
                continue
    for name, by in _BY:
        if found := by.search(sentence):
            who = _NAME_ENDS.sub("", found["who"]).strip()
            if (
                is_organisation(who)
                or 2 <= len(who.split()) <= 8
                and all(word[0].isupper() or word in _SMALL for word in who.split())
            ):
                yield name, who, None
    if found := _OUTCOMES.search(sentence):
        role = "secondary" if found["role"].lower() == "secondary" else "primary"
        for what in re.split(r";\s+(?:and\s+)?", found["what"]):
            measure = re.sub(r"^(?:the|a|an)\s+", "", what.strip(" .,"))
            yield "outcomes", measure, Outcome(measure, role)  # type: ignore[arg-type]
    for word, pattern in _STATUS:
        if found := re.search(pattern, sentence, re.I):
            yield "status", found[0], word
            break
    if _REGISTERED.search(sentence):
        for number, _ in numbers_in(sentence):
            yield "identifiers", number, None


def _whom(sentence: str, at: int) -> Iterator[tuple[str, str, object]]:
    """Ages, sex and illness of those whom a sentence says the trial takes."""
    for pattern, is_range in _AGES:
        if found := pattern.search(sentence):
            unit = found[2] or (found[4] if is_range else "") or "years"
            yield "minimum_age", f"{found[1]} {unit}", None
            if is_range:
                yield "maximum_age", f"{found[3]} {found[4] or unit}", None
            break
    if found := re.search(r"\b(?:both )?(?:men and women|women and men|people of (?:any|either) sex)\b", sentence, re.I):
        yield "sex", found[0], "all"
    if at and (ill := re.match(r"[^.;]{0,60}?\bwith\s+(?P<what>[a-zA-Z][^.,;:]{3,80})", sentence[at:])):
        what = re.split(r"\s+(?:who|whose|that|and (?:are|have|will)|to |for |in |at |from |aged)\b", ill["what"])[0]
        if len(what.split()) <= 7:
            yield "conditions", what, None
