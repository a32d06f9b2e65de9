"""Headings that are questions: `How many people are needed?`, `Who has paid for the research?`: the field that the answer is of."""

import re
from functools import lru_cache

_STUDY = r"(?:study|trial|research|project|it|this)"
_ROWS: tuple[tuple[str, str, str, str], ...] = (
    # shape, field, part, what the question says; the first that is found
    ("nothing", "", "", r"\b(?:who|whom|how|where)\b.*\b(?:contact|talk to|speak to|ask|call|ring|phone|reach)\b|\bmore information\b|\bquestions\b"),
    ("nothing", "", "", r"\bhow (?:long|often|much)\b|\b(?:risks?|benefits?|side effects|costs?|paid for taking|reimburse|compensat|withdraw|stop taking part|change my mind|confidential|my data|results be|asked to do|have to do|happens? (?:to|if|next|during|after))\b|\bwhy have (?:i|you|we)\b"),
    ("value", "title", "", rf"\bwhat(?:'s| is| are) (?:the )?(?:full |official |short )?(?:name|title) of (?:the |this )?{_STUDY}\b|\bwhat(?:'s| is) (?:the |this )?{_STUDY} called\b"),
    ("list", "identifiers", "", r"\bwhat (?:is|are)\b.{0,25}\b(?:reference|registration|identif\w+|id|numbers?)\b(?!.{0,20}\b(?:people|participants|patients)\b)"),
    ("value", "status", "", rf"^(?:is|are|can)\b.{{0,25}}\b(?:open|recruiting|enrolling|still recruiting|taking people)\b|\bwhat is the (?:recruitment )?status\b|\bhas {_STUDY} (?:started|finished)\b"),
    ("value", "healthy_volunteers", "", r"\bhealthy\b"),
    ("value", "masking", "", r"\b(?:know|told|find out|tell)\b.{0,20}\b(?:which|what|if)\b|\bblind(?:ed)?\b|\bmasked\b"),
    ("value", "allocation", "", r"^how\b.{0,50}\b(?:chosen|decided?|put in(?:to)?|allocated|assigned|picked|selected|divided)\b|\bwho (?:decides|chooses)\b|\brandomi[sz]"),
    ("value", "ages", "", r"\bhow (?:old|young)\b|\b(?:what|which) ages?\b|\bage (?:limit|range)\b"),
    ("value", "sex", "", r"\b(?:men (?:and|or) women|women (?:and|or) men|boys (?:and|or) girls|girls (?:and|or) boys|males? (?:and|or) females?|(?:what|which|any) (?:sex|gender)|sexes)\b"),
    ("value", "enrolment", "", r"\bhow many\b(?!.{0,30}\b(?:visits|times|groups|arms|sites|hospitals|centres|centers|years|months|weeks|days|tablets|doses|cent)\b)"),
    ("list", "funders", "", r"\bwho\b.{0,20}\b(?:pays?|paying|paid|funds?|funding|funded|financ\w+)\b|\bwhere does the money\b"),
    ("value", "sponsor", "", r"\bwho\b.{0,15}\b(?:is |are )?(?:running|runs|organi[sz]\w+|lead(?:s|ing)|led|responsible|in charge|sponsor\w*|conducting|conducts|behind|carrying out|doing)\b"),
    ("text", "eligibility", "exclude", r"\bwho (?:can't|cannot|can not|should not|shouldn't|may not|is not able)\b|\b(?:anyone|people|anybody|someone) who (?:can't|cannot|should not|may not)\b|\bwhat (?:would|could|might|will) (?:stop|prevent|exclude)\b|\breasons? (?:not|why)\b.{0,30}\b(?:join|take part|participate)\b"),
    ("text", "eligibility", "", r"\bwho (?:can|could|may|is able to|is eligible|qualifies|are you looking for|do you need)\b|\b(?:can|could|may) (?:i|we|you) (?:join|take part|participate)\b|\bam i eligible\b|\bwhat do i need to (?:have|be)\b|\bdo i qualify\b"),
    ("period", "start completion", "", r"\bwhen\b.{0,25}\b(?:start|begin|open|run|take place)\w*\b.{0,30}\b(?:end|finish|stop|close|over)\w*\b|\bwhen (?:does|will|is|did) .{0,20}\b(?:run|take place|happen\w*)\b"),
    ("value", "start", "", r"\bwhen\b.{0,30}\b(?:start|begin|began|open)\w*\b"),
    ("value", "completion", "", r"\bwhen\b.{0,30}\b(?:end|finish|stop|close|over|complete)\w*\b"),
    ("section", "outcomes", "secondary", r"\bwhat (?:else|other)\b.{0,40}\b(?:measur|look|assess|record|test)\w*|\bother (?:things|measures|outcomes|results)\b"),
    ("section", "outcomes", "primary", r"\b(?:main|most important|first|primary|key|chief|foremost)\b.{0,40}\b(?:measur\w*|results?|outcomes?|question|goal|thing)\b|\bwhat (?:will|do|are|is)\b.{0,20}\bmeasur\w*"),
    ("list", "conditions", "", r"\b(?:what|which) (?:condition|illness|disease|cancer|health problem|diagnos)\w*\b|\bwhat (?:is|are) being studied\b"),
    ("section", "interventions", "", r"\bwhat (?:treatment|drug|medicine|intervention|therapy|device|test)s?\b|\bwhat\b.{0,20}\b(?:tested|testing|tried|trying out|compared)\b"),
    ("list", "locations", "", r"^where\b"),
    ("text", "plain_summary", "", rf"\bwhat\b.{{0,30}}\b(?:about|aims?|purpose|goal|trying to)\b|\bwhy\b.{{0,40}}\b{_STUDY}\b"),
)  # fmt: skip
_PATTERNS = tuple((shape, field, part, re.compile(pattern, re.IGNORECASE)) for shape, field, part, pattern in _ROWS)
_COUNTED = re.compile(r"^(?:Q\s*\d*\s*[:.)]\s*|\d{1,2}[.)]\s+)")


@lru_cache(maxsize=2048)
def asked(text: str) -> tuple[str, str, str] | None:
    """Shape, field and part of the label that a question is, or nothing.

    >>> asked("How many people are you looking for?"), asked("3. Who has paid for the research?")
    (('value', 'enrolment', ''), ('list', 'funders', ''))
    """
    question = _COUNTED.sub("", text.strip())
    if not question.endswith("?") or len(question) > 110 or len(question.split()) > 18:
        return None
    return next(((shape, field, part) for shape, field, part, pattern in _PATTERNS if pattern.search(question)), None)
