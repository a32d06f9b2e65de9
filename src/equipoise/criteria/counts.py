"""What is counted, whatever it is: `more than 15 vaso-occlusive crises`, `at least one androgen receptor inhibitor`."""

import re

from .line import Line

COUNTED = re.compile(
    r"lesions?|metastas[ei]s|metastatic|mets|tumou?rs?|nodules?|sites?|lines?|regimens?|regimes?|bleeds?|bleeding events?|nodes?|relapses?|recurrences?|exacerbations?|medications?|features?|factors?|episodes?|"
    r"therap(?:y|ies)|treatments?|drugs?|events|adenomas|polyps|values|rises|transplant\w*|crises|appointments?|bouts?|operations?|agents|cycles?|areas?|masses|plaques?|seizures|biopsies|cores?|vessels|hospitalizations?|attacks|infections|drinks?|cigarettes?|transfusions|organs|"
    r"antihypertensives|abnormalities|aberrations|mutations|doses|pregnancies|falls|symptoms|comorbidities|injections?|surgeries|foci|segments?|readings|visits|ulcers?|locations|chemotherapies|courses?|diseases?|menses|organs?|joints?|teeth|stools|locations?|counts|measurements|determinations|chromosomes|tests|scans|alleles?|copies|samples|specimens|relatives|occasions|dosages|ECGs?|procedures|trials|tablets|packs|headaches|migraines|units",
    re.IGNORECASE,
)

THINGS = re.compile(
    r"\s+(?:(?!(?:of|or|and|in|on|at|for|to|with|as|by|is|are|was|has|points?|per|than|if|who|the|prior|from|while)\b)[A-Za-z][\w/-]*\s+){0,3}?"
    r"(?!(?:is|as|was|has|this|its|times|points|scores?|units|always|less|status|versus|various|previous|percentiles)\b)[A-Za-z][a-z-]{2,}(?<!s)s\b",
)
"""What is counted, whatever it is: `more than 15 vaso-occlusive crises`."""

HAVING = re.compile(
    r"\b(?:have|has|had|having|received|receive|tried|progress(?:ed|ion)\s+on|(?:refractory|resistant|intolerant)\s+(?:to|of)|undergone|experienced|failed|with|and|completed|includes?|including|presence\s+of)\s+(?:a\s+)?(?:\\?[<>≤≥=]+|at\s+least|a\s+minimum\s+of|minimum\s+of)\s*$",
    re.IGNORECASE,
)

ONE_THING = re.compile(
    r"\s*(?P<thing>(?!(?:of|or|and|in|to|day|month|week|year|hour|more|additional)\b)(?:[A-Za-z][\w/-]*(?:\s+\([^()]{1,12}\))?\s+){0,5}?"
    r"(?!(?:method|form|type|means|form|of|time)\b)[A-Za-z][\w-]{2,})(?=\s*(?:[.,;:()\[\]]|$)|\s+(?:of|in|on|for|with|that|who|which|at|from|to|by|as|per|prior|within|before|after|and|or|based|measurable|including|such|during|since|other)\b)",
    re.IGNORECASE,
)
"""`At least one androgen receptor inhibitor`."""

BUT_NO_MORE = re.compile(
    rf"\s*(?:\([^()]{{1,40}}\)\s*)?,?\s*(?:but|and|to|or)\s+(?:\(?\s*\\?[<≤=]+|at\s+least|no\s+more\s+than|not\s+more\s+than|not\s+greater\s+than|no\s+greater\s+than|fewer\s+than|less\s+than|at\s+most|up\s+to|a\s+maximum\s+of|not\s+exceeding)\s*(?:\d+|[a-z]+)\s*"
    rf"(?:\(\d+\)\s*)?(?P<things>(?:[\w/-]+,?\s+){{0,6}}?(?:{COUNTED.pattern}))\b",
    re.IGNORECASE,
)
"""`At least 1 but no more than 3 prior lines`."""

OF_NO_COUNT = re.compile(
    r"(?i)^(?:x\s?10|for|with|from|if|when|while|off|per|is|are|the)\b|\b(?:gauge|teaspoons?|tablespoons?|ppm|m?ci|microns?|diopters?|dioptres?|kcal|fold|log|letters?|percentile|degrees?|french|points?|scores?|score|scale|item|out|on|at|as|by|through|version|criteria|when|if|because|ratio|times|that|than|million|billion|thousand|mg|risk|inch(?:es)?|feet|miles|involved|immunohistochemistry|staining|gene|dry|who|lack)\b"
)
"""What stands behind a number that counts nothing."""


def is_count(line: Line, said: str) -> bool:
    words = said.lower().split()
    return (
        words[:2] not in (["of", "these"], ["of", "those"])
        and not set(words[:1]) & {"for", "in", "on", "if", "when", "at", "from", "by", "than", "to"}
        and not any(word in ("of", "following") for word in words[1:2])
        and not re.search(
            r"\b(?:must|is|are|was|have|has|and|if|who|with|effective|form|method|negative)\b", said, re.IGNORECASE
        )
    )
