"""A few words that name one thing: what goes before its name, whether it can stand by itself, and what it is called."""

import re
import unicodedata
from functools import cache, lru_cache

from ..protocol import BUILT_IN, LESION_FACTS
from ..vocabulary import vocabulary
from .premise import WORDS
from .scope import FORM, terms
from .topics import Needed, small

LONGEST_NAME = 40
"""Characters of an item's name: what is longer nobody reads, and a person is asked."""
MOST_WORDS = 9

_PEOPLE = r"(?:patients?|subjects?|participants?|individuals?|persons?|people|volunteers?|those|anyone|cases?)"
_SURELY = r"(?:histo|cyto|patho|radio|sero|bio|micro|sono|bacterio|clini|physi|objec|angio|electro)\w*ly"
LEAD = re.compile(
    rf"(?:(?:any|all|adult|eligible|other)\s+)*{_PEOPLE}\s+(?=(?:who|that|with|have|has|had|having|are|is|on|under|receiving|received|taking|using|undergoing|suffering|diagnosed|presenting|known|currently|previously|affected|treated)\b)"
    r"|(?:who|that)\s+(?=(?:are|is|have|has|had|were|was|will|must|currently|previously|underwent|received|received|use|take|receive)\b)"
    r"|dates?\s+of\s+|known\s+to\s+(?:be|have)\s+|(?:must|should|will)\s+(?=(?:have|be)\b)|(?:have|has|had|having|with|(?:are|is)(?!\s+on\b)|were|was|be|been(?!\s+on\b)|being)\s+"
    r"|(?:an?|the|any|all|some|every|other|another|last|latest)\s+(?:of\s+the\s+)?"
    r"|(?:known|documented|established|proven|confirmed|verified|diagnosed|previously|currently|current|previous|prior|past|concurrent|concomitant)\s+(?:(?:or|and|and/or)\s+(?:suspected|current|concurrent|prior|previous|past|active|known|concomitant|presence\s+of|history\s+of|ongoing)\s+)?"
    rf"|{_SURELY}(?:\s*(?:,|/|or|and|and/or|or/and)\s*{_SURELY})*[\s-]+(?:confirmed|proven|documented|diagnosed|verified|established)\s+(?:with\s+)?"
    r"|(?:(?:past|prior|previous|medical|personal|known|positive|own|clinical)\s+)*(?:history|presence|evidence|diagnosis|existence|occurrence|episodes?)(?:\s*(?:or|and|and/or|/)\s*(?:(?:current|active)\s+)?(?:history|presence|evidence|diagnosis))*\s+of\s+"
    r"|(?:clinical\s+)?(?:diagnosed|suffering|suffers?|presenting|presents?|affected|treated|infected)\s+(?:with|from|by)\s+(?:an?\s+)?"
    r"|(?:(?:routine|regular|chronic|daily|continuous|frequent|active|long-term|systemic|concomitant)\s+)?(?:use|usage|intake|receipt|administration|consumption)\s+of\s+"
    r"|(?:been\s+)?(?:prescribed|exposed\s+to)\s+|(?:known/suspected|infection\s+with|exhibiting|exhibits?|showing|demonstrating)\s+|(?:taking|taken|consumed|using|used|uses?|receiving|receives?|received|undergoing|undergone|underwent|undergo|takes?|took)\s+"
    r"|(?:(?:prior|previous|current|concurrent|ongoing)\s+)?(?:treatment|treated|therapy|pre-?treatment)\s+with\s+"
    r"|(?:is|are|been)\s+on\s+|on\s+(?=\w+\s+(?:therapy|treatment|medications?|dialysis|drugs?)\b)|under\s+"
    r"|(?:participating|participation|participates?|enrolled|enrol+ment|enrol+ing)\s+in\s+|(?:self-?\s?)?identif(?:y|ies)\s+as\s+"
    r"|(?:experienc(?:es?|ed|ing))\s+(?:an?\s+)?|(?:baseline|screening|pre-?enrol?lment)\s+",
    re.IGNORECASE,
)
"""One of the things that go before a name and are no part of it."""
_NOT_NAMES = re.compile(
    r"\b(?:is|are|was|were|be|been|being|has|have|had|having|that|which|who|whom|whose|would|could|should|must|may|might|can|cannot|will|shall|do|does|did|if|unless|"
    r"when|whenever|while|until|because|since|than|as|there|their|they|them|this|these|those|his|her|its|it|he|she|we|you|your|where|whether|how|what|why|"
    r"only|not|no|none|never|neither|nor|but|except\w*|unless|excluding|besides|though|although|so|too|very|more|less|least|most|without|per|via|etc|"
    r"allowed|permitted|excluded|included|eligible|ineligible|enrolled|recruited|randomi[sz]ed|required|acceptable|accepted|provided|meets?|meeting|fulfil\w*|satisf\w+|"
    r"following|below|above|described|defined|listed|specified|according|based|plans?|planned|planning|scheduled|anticipated|expected|intends?|intended|intending|"
    r"wants?|wish\w*|refus\w+|declin\w+|agrees?|agreed|fails?|failed|requires|needs|shows?|became|becomes?|speaks?|reads?|lives?|resides?|attends?|attending|attended|"
    r"participat(?:e|es|ed|ing)|enrol(?:l?s|ling|l)?|complet(?:es|ed|ing)|given|taken|made|done|seen|felt|impairs?|impairing|prevents?|n't)\b|\w-(?=\s|$)|[?;:=<>≤≥≠+@\"“”|\\{}\[\]()•*%]|\.\s|\d\s*%",
    re.IGNORECASE,
)
"""What makes a clause of words, or more than a name."""
_JUDGED = re.compile(
    r"\b(?:investigators?|physicians?|clinicians?|opinion|judg\w+|discretion|deemed|considered|suitab\w+|unsuitab\w+|unsuited|appropriate\w*|inappropriate|adequate\w*|inadequate\w*|sufficient|"
    r"acceptable|unacceptable|candidates?|consent\w*|assent|authori[sz]ation|willing\w*|unwilling\w*|able|unable|ability|abilities|inability|capab\w+|incapab\w+|capacity|incapacity|"
    r"cooperat\w+|uncooperative|co-operat\w+|complian\w+|non-?complian\w+|comply\w*|understand\w*|likely|unlikely|likelihood|interfer\w+|confound\w+|preclud\w+|compromise|jeopardi\w+|reasons?|"
    r"safe\w*|unsafe|reliable|unreliable|relevant|good|poor|protocol|sponsor|contracepti\w+|childbearing|child-bearing|reproductive|availab\w+|access|criteria|criterion|eligib\w+|"
    r"possible|feasib\w+|necessary|requirements?|concerns?|intention|intent|important|expectancy|RECIST|note|see)\b",
    re.IGNORECASE,
)
"""What a person has to weigh, or to read elsewhere."""
_VAGUE = frozenset(
    "disease diseases disorder disorders condition conditions illness illnesses problem problems abnormality abnormalities comorbidity comorbidities complication "
    "complications symptom symptoms sign signs event events finding findings factor factors reason reasons medication medications drug drugs treatment treatments therapy "
    "therapies agent agents procedure procedures surgery history other others none both any all yes male female men women man woman patient patients subject subjects participant "
    "participants people person persons individual individuals adult adults child children age sex gender general medical serious severe underlying chronic acute active "
    "concomitant concurrent uncontrolled unstable clinical systemic major minor recent prior previous current intercurrent comorbid important specific certain various "
    "relevant known life health threatening refractory recurrent or and of the a an to in status test tests result results group groups cohort arm part phase population requirements characteristics "
    "inclusion exclusion criteria diagnosis presence evidence medicine intervention interventions physical mental organ body standard care line lines "
    "visit visits day days week weeks month months year years time dose doses level levels laboratory values parameters information data details consideration considerations".split()
)
"""Words that, with others such as these alone, name nothing in particular."""
_HEADINGS = re.compile(
    r"(?:.*\b)?(?:criteria|characteristics|requirements?|groups?|cohorts?|arms?|population|parameters|considerations|categor(?:y|ies)|sections?|controls?|stratum|options?)|registration\b.*|definition\b.*|"
    r"(?:cohort|group|arm|part|phase|stage|step|type|cycle|day|week|visit|grade|class)\s+\w{1,5}",
    re.IGNORECASE,
)
_STARTS = re.compile(
    r"(?:to|of|for|by|at|from|into|and|or|via|after|before|during|between|about|speak|read|write|agree|provide|meet|live|reside|own|attend|complete|plan|intend|want|wish|refuse|decline|fail|"
    r"require|need|demonstrate|show|present|report|lack|participate|understand|sign|become|stay|remain|return|visit|work|weigh|score|accept|allow|permit|perform|willing|receive|"
    r"exclude|include|consider|ensure|obtain|discuss|identify|self-identify|capable|access|must|patient|subject|participant|patients|subjects|participants|able|unable)\b",
    re.IGNORECASE,
)
"""How a sentence or a heading begins, but no name."""

_NOUN = re.compile(
    r".*(?:itis|osis|oses|a?emias?|omas?|omata|path(?:y|ies)|algia|plegia|paresis|phobia|trophy|plasia|uria|penia|rrh(?:o?ea|age)s?|ectom(?:y|ies)|[ot]om(?:y|ies)|plast(?:y|ies)|scop(?:y|ies)|"
    r"graph(?:y|ies)|[ts]ions?|ments?|ness|ity|ities|enc(?:y|ies|e)|anc(?:y|ies|e)|isms?|ia|ias|[^aeiou]sis|[aeo]sis|ses|xis|lepsy|cele|mabs?|nibs?|statins?|prils?|sartans?|olols?|azoles?|"
    r"mycins?|cillins?|ines?|ides?|aplegia|oedema|edema|pain|shock|arrest|stroke|asthma|coma|fever|cough|bleeding|vomiting|nausea|diabetes|cancers?|ulcers?|tumou?rs?|injur(?:y|ies)|trauma|lupus|"
    r"migraines?|headaches?|stents?|grafts?|implants?|transplants?|pacemakers?|delir(?:ium)|autism|gout|sepsis|jaundice|hernias?|cataracts?|glaucoma|abscess(?:es)?|fistulas?|cysts?|fibroids?|"
    r"allerg(?:y|ies)|surger(?:y|ies)|therap(?:y|ies)|diseases?|disorders?|syndromes?|failures?|abuse|attacks?|illness(?:es)?|deficits?|defects?|bypass|block|seizures?|fractures?|dialysis|weakness|loss)",
    re.IGNORECASE,
)
"""Words that can end a name, by how they end."""
_ADJECTIVE = re.compile(
    r"(?:strong|mild|moderate|weak|severe|left|right|upper|lower|high|low|new|old|major|minor|simple|complex|multiple|single|double|benign|adverse|acute|obese|mature|rare|fresh|auto-?immune|immune|live|whole|deep|anti-.*|non-.*)|.*(?:al|ic|ive|ous|ary|ory|ar|ible|able|ed|less|ful|oid|ile|ent|ant|ish|[ie]an|wide|free|type|grade)",
    re.IGNORECASE,
)
_STILL_NOUNS = frozenset(
    "withdrawal hospital arrival antibiotic diuretic narcotic analgesic anesthetic anaesthetic antiepileptic antipsychotic antidepressant anticoagulant stimulant implant transplant stent "
    "patient infant adolescent adult accident agent deficit deposit depressant relaxant suppressant laxative sedative hypnotic contraceptive alcoholic diabetic epileptic asthmatic colic "
    "retardant assistant lubricant disinfectant event cement ligament tic clinic topic relative scar cigar catheter cancer".split()
)
_OF_ANOTHER = frozenset(
    "heart liver kidney lung brain bone breast colon skin eye thyroid pancreas prostate bladder stomach bowel spine hip knee shoulder neck head cervix uterus ovary esophagus oesophagus "
    "marrow blood muscle nerve joint drug drugs alcohol substance tobacco nicotine opioid cell cells organ tissue sleep mood eating weight food sex hand foot wrist ankle elbow back abdomen "
    "chest pelvis leg arm limb lymph spleen mouth throat ear nose tooth dental steroid hormone insulin growth type grade class stage b c ii i iii iv 1 2 3".split()
)
"""Nouns that a noun behind the list may be said of: `heart, liver or kidney disease`."""
GENERIC = re.compile(
    r"(?:diseases?|disorders?|syndromes?|cancers?|tumou?rs?|carcinomas?|malignanc\w+|failure|dysfunctions?|insufficiency|impairments?|infections?|surger\w+|therap\w+|treatments?|transplant\w*|"
    r"use|abuse|misuse|dependenc\w+|addictions?|injur\w+|pain|involvement|metast\w+|conditions?|illness(?:es)?|problems?|abnormalit\w+|replacement|biops\w+|intake|consumption|exposure|"
    r"allerg\w+|tests?|women|men|mothers|females?|males?|disabilit\w+|defects?|deficits?|lesions?|medications?|drugs?|agents?|inhibitors?|lenses|implants?|devices?|procedures?|antibod\w+|vaccin\w+|"
    r"symptoms?|events?|episodes?|attacks?|fractures?|pathology|users?|smokers?|deficiency|deficiencies|supplements?|supplementation|products?|route|injections?|inducers?|blockers?|modulators?|scans?|cells?)",
    re.IGNORECASE,
)
CONDITION = re.compile(
    r".*(?:itis|osis|oses|a?emia|oma|omas|pathy|pathies|plegia|phobia|trophy|lepsy|disease|diseases|disorder|disorders|syndrome|syndromes|failure|infection|infections|cancer|cancers|illness|"
    r"hypertension|angina|stroke|arrhythmias?|infarction|diabetes|asthma|coma|psychosis|depression|dementia|epilepsy|seizures?|insufficiency|dysfunction|abuse|dependence|addiction|pregnancy|trauma|injury)",
    re.IGNORECASE,
)
"""Words that end the name of a condition."""
PREPOSITION = re.compile(
    r"\b(?:of|to|in|on|for|from|by|at|against|within|during|after|before|into|under|over|between|among|through|with|about|around|near|upon|"
    r"requiring|needing|expressing|harbou?ring|carrying|containing|outside|despite|suggesting|suggestive|evolving|arising|treated|controlled|caused|related|associated|involving|affecting|using|receiving|leading|resulting|secondary|due|attributable|compared|including|like)\b",
    re.IGNORECASE,
)
REACHING = re.compile(
    r"\b(?:risks?|signs?|symptoms?|suspicion|treatment|therapy|surgery|history|evidence|complications?|family|causes?|cure|management|relatives?|medications?|drugs?|agents?|diagnosis|episodes?|intolerance|"
    r"allerg\w+|hypersensitivity|sensitivity|reactions?)\s+(?:of|for|to|with|from|against|in)\b",
    re.IGNORECASE,
)
"""What may be said of all that follows: `signs of infection or bleeding`."""
REACHES = re.compile(
    r"(?:suspicion|signs?|symptoms?|evidence|history|diagnosis|allerg(?:y|ies)|hypersensitivity|intolerance|sensitivity|reactions?|contraindications?|risks?|presence|exposure|use|usage|intention|intent)",
    re.IGNORECASE,
)
"""Nouns that want to be told of what."""


def stripped(text: str) -> tuple[str, str]:
    """What goes before a name, and the name.

    >>> stripped("Patients with a known history of seizures")
    ('Patients with a known history of ', 'seizures')
    """
    at = 0
    while (lead := LEAD.match(text, at)) is not None and lead.end() > at:
        at = lead.end()
    return text[:at], text[at:].strip()


@lru_cache(maxsize=20_000)
def is_name(text: str) -> bool:
    """Whether a few words name something in particular, of which one can say yes or no without weighing it."""
    words = re.findall(r"[A-Za-z0-9À-ɏ'’-]+", text)
    if not 1 <= len(words) <= MOST_WORDS or not re.search(r"[A-Za-z]{2}", text) or not re.match(r"[\w'’(-]", text):
        return False
    if (
        PREPOSITION.match(text)
        or _NOT_NAMES.search(text)
        or _JUDGED.search(text)
        or _STARTS.match(text)
        or _HEADINGS.fullmatch(text)
    ):
        return False
    if all(word.lower() in _VAGUE or word.isdigit() for word in words):
        return False
    if re.match(r"(?:other|another)\b", text, re.IGNORECASE) and sum(word.lower() not in _VAGUE for word in words) < 1:
        return False
    last = words[-1].lower()
    if PREPOSITION.fullmatch(last) or last in ("or", "and", "a", "an", "the", "other", "any"):
        return False
    if len(words) > 1 and words[0].lower().endswith("ly") and PREPOSITION.fullmatch(words[1].lower()):
        return False
    return not (len(words) == 1 and re.fullmatch(r".*(?:al|ic|ar|ary|ology|istry)|main|key", last) and last not in _STILL_NOUNS)


def ends_a_name(text: str, follows: str) -> bool:
    """Whether the words before an `or` name something by themselves, or want the noun that follows: `renal or liver failure`.

    Args:
        text: The words before.
        follows: The words that end the list.
    """
    words = re.findall(r"[a-z0-9'’-]+", small(text))
    if not words:
        return False
    last = words[-1]
    if last in _OF_ANOTHER or last.isdigit() or last.endswith("-"):
        return False
    if last in _STILL_NOUNS or _NOUN.fullmatch(last):
        return True
    if _ADJECTIVE.fullmatch(last):
        return False
    behind = PREPOSITION.search(follows)
    ending = re.findall(r"[a-z0-9'’-]+", small(follows[: behind.start()] if behind is not None else follows))
    return not (len(words) == 1 and len(ending) > 1 and GENERIC.fullmatch(ending[-1]))


def is_modifier(word: str) -> bool:
    """Whether a word says of which kind the noun behind it is: `renal`, `kidney`."""
    low = small(word)
    return (
        low not in _STILL_NOUNS
        and not low.isdigit()
        and len(low) > 2
        and (low in _OF_ANOTHER or (_ADJECTIVE.fullmatch(low) is not None and _NOUN.fullmatch(low) is None))
    )


def last_word(text: str) -> str:
    """The last word of a text, or nothing."""
    words = re.findall(r"[\w'’-]+", text)
    return words[-1] if words else ""


def is_adjective(text: str) -> bool:
    """Whether the last word says how something is, by how it ends."""
    word = small(last_word(text))
    return _ADJECTIVE.fullmatch(word) is not None and word not in _STILL_NOUNS and _NOUN.fullmatch(word) is None


_SMALL = frozenset("the a an any his her their its".split())
_LESSER = _SMALL | frozenset("of in to on for with by from at and or s e g i".split())
_LISTS = re.compile(r",|\b(?:or|and)\b", re.IGNORECASE)
_KEPT = frozenset(
    "diabetes rabies scabies herpes ascites series species feces faeces menses caries rickets measles mumps shingles hives aids lenses".split()
)


def _singular(word: str) -> str:
    if word in _KEPT or len(word) < 5 or word.endswith(("ss", "us", "is", "as", "os")) or not word.endswith("s"):
        return word
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith(("stases", "heses", "yses", "noses", "choses")):
        return word[:-2] + "is"
    return word[:-3] + "y" if word.endswith("ies") else word[:-1]


@lru_cache(maxsize=20_000)
def name_of(text: str, *, longest: int = LONGEST_NAME) -> str:
    """What an item is called after its words: in small letters, of one thing, and nothing that means something else.

    >>> name_of("Urinary incontinency"), name_of("Allergies to the study drug, or Parkinson's disease")
    ('urinary_incontinency', 'allergies_study_drug_parkinson_disease')
    """
    plain = unicodedata.normalize("NFKD", re.sub(r"['’]s\b|['’]", "", text)).encode("ascii", "ignore").decode("ascii").lower()
    every = re.findall(r"[a-z0-9]+", plain)
    for light in (_SMALL, _LESSER):
        words = [each for each in every if each not in light]
        if not words:
            continue
        words = [*words[:-1], _singular(words[-1])]
        if not words[0][0].isalpha() or "_".join(words) in _taken():
            words.insert(0, "has")
        if len("_".join(words)) <= longest:
            return "_".join(words)
    if not words or _LISTS.search(text) is not None or len(words) > MOST_WORDS:
        return ""
    goes_on = PREPOSITION.search(text)
    head = (
        sum(1 for each in re.findall(r"[a-z0-9]+", plain[: goes_on.start()]) if each not in _LESSER) if goes_on else len(words)
    )
    return _cut(words, max(head, 1), longest)


def _cut(words: list[str], head: int, longest: int) -> str:
    """A name cut to a length: what it is, and as much of what follows `of` as makes sense by itself."""
    kept = words[:head]
    while len("_".join(kept)) > longest and len(kept) > 2:
        del kept[-2]
    if len("_".join(kept)) > longest:
        return ""
    for end in range(head + 1, len(words) + 1):
        if len("_".join(words[:end])) > longest:
            break
        if not is_adjective(words[end - 1]) and PREPOSITION.fullmatch(words[end - 1]) is None:
            kept = words[:end]
    return "_".join([*kept[:-1], _singular(kept[-1])])


@cache
def _taken() -> frozenset[str]:
    built_in = {*BUILT_IN, *(item for each in BUILT_IN.values() for item in each.items)}
    return frozenset(
        {*WORDS, *built_in, *LESION_FACTS, *terms(), FORM, "lesions", "today", "yes", "no", "group", "arm", "cohort"}
    )


@lru_cache(maxsize=4_000)
def shared(name: str) -> Needed | None:
    """The shared yes or no that has this name."""
    term = terms().get(name)
    return Needed(name, use=term) if term is not None and vocabulary()[term].type == "yes_no" else None
