"""The labels that registers and the sites that copy them print above their fields, and how each field's value follows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from .kinds import plain
from .layout import abroad
from .layout.questions import asked
from .record import FIELDS

Shape = Literal["value", "list", "text", "part", "section", "dates", "period", "nothing"]


@dataclass(frozen=True, slots=True)
class Label:
    """What a label announces.

    `value`: one value on its line or the next; `list`: several, until a blank line or the next label; `text`: all lines
    until the next label; `part`: a piece of an arm, an intervention or an outcome; `section`: several of those follow;
    `dates`: a column of three dates, in the register's order; `period`: two dates in one value; `nothing`: a heading of
    the site's own.
    """

    shape: Shape
    field: str = ""
    part: str = ""
    fields: tuple[str, ...] = ()


_ROWS = """
value identifiers: trial number | nct id | nct number | nct | ct gov id | clinicaltrials gov id | clinicaltrials gov identifier | study nct id | study id | trial id | registration number | registry number | nct identifier | trial registration | main id | isrctn number | eudract number | eu trial number | eu ct number | eu trial number | drks id | isrctn | jrct id | chictr id | eudract number ctis number
list identifiers: trial number | identifiers | identifier | other study ids | other study id numbers | secondary ids | secondary id | other identifiers | other ids | org study id | clinicaltrials gov identifiers | primary id | protocol number | protocol id | irb number | iras number | iras id | universal trial number utn | who universal trial number | trial ids | protocol code | sponsor protocol number | registry id | registry ids | trial registry | registration numbers | unique protocol id | internal number | internal reference | reference number | our reference | register and number | registry and number | other numbers | other number | register number | other register | other registers | other registration
value title: title | brief title | public title | trial title | study title | short title | lay title | public brief title
value official_title: official title | scientific title | full title | official scientific title | official study title
value acronym: acronym | study acronym | short name | trial name | study name | also known as
value sponsor: sponsor | sponsor collaborators | lead sponsor | sponsored by | primary sponsor | study sponsor | launched by | organization | organisation | source | sponsor name | provided by | information provided by | lead organization | lead organisation | name of sponsor | who is responsible | who is running the study | who is running the trial | run by | led by | lead institution | research sponsor
list collaborators: collaborator | collaborators | sponsors and collaborators | secondary sponsor | secondary sponsors | co sponsor | cosponsor | co sponsors | partner | partners | in collaboration with
list funders: funder | funders | funding source | funding sources | source of funding | sources of funding | primary funder | source of monetary support | sources of monetary support | source s of monetary support | supported by | funded by | paid for by | financed by | who is funding the study | who funds the study | source of funds | funding body | funded through | money from
value sponsor_kind: primary sponsor type | funder types | funder type | sponsor type | sponsor class | agency class
value status: status | overall status | recruitment status | study status | trial status | recruiting status | current status | is the study open | is this study open | trial state | state
value last_known_status: last known status | last known recruitment status
value why_stopped: if stopped why | why stopped | why study stopped | reason stopped
value start: study start date | starts | started | study starts | recruitment start | recruitment start date | start date | study start | study start date actual | study start date estimated | actual study start date | estimated study start date | trial launched | date of first enrolment | date of first enrollment | date enrolment | anticipated start date | study start actual | study start estimated | start | recruitment starts | date of first participant enrolment | overall study start date | study begins | first patient in | first patient first visit | fpi | first participant in | opened | date opened | opened to accrual | first subject first visit | first subject in | fsfv | fpfv | first enrolment | first enrollment | first participant | first patient
value primary_completion: primary completion date | primary completion | primary completion actual | primary completion estimated | actual primary completion date | estimated primary completion date | anticipated primary completion date | primary completion date estimated | primary completion date actual
value completion: study completion date | ends | ended | study ends | finishes | completion date | study completion | completion | study completion actual | study completion estimated | estimated completion | estimated study completion date | actual study completion date | anticipated study completion date | end date | anticipated completion date | study completion date estimated | study completion date actual | end | study ends | estimated end date | overall study end date | end of trial | date of last follow up | last patient out | last patient last visit | lplv | last participant last visit | expected close | closes | last subject last visit | last subject out | lslv | end of study | end of the study | end of the trial | study closes
value enrolment_end: date of final enrolment | recruitment end date | recruitment ends | enrolment end date | date of last participant enrolment | end of recruitment
period start enrolment_end: recruiting time | recruitment period
period start completion: study execute time | study period | study dates | trial dates | when
value first_submitted: first submitted | first submit | study first submitted | first submitted date | study first submit date | first received | date submitted | submission date
value first_checked: first submitted that met qc criteria | study first submit qc date | first submitted qc date
value first_posted: first posted | first post | first posted estimated | first posted actual | study first posted | study first post date | first posted date | registration date | date registered | date of registration | date registration | ct first post date | registered date | registered on | registered
value last_update_submitted: last update submitted | last update submit date | last update submitted that met qc criteria
value last_update_posted: last update posted | last updated | last update | last update post date | ct last update post date | ct gov last update | trial updated | last update posted estimated | last update posted actual | last updated date | last refreshed | last edited | date last updated | last modified | date of last refreshed on | last refreshed on | page updated
value verified: last verified | status verified date | verified | verification date | record verification date
value results_posted: results first posted | results posted | results first post date
value copied_on: last seen at | current as of | retrieved | accessed | ignite creation date | ignite modification date | date accessed | data last updated
dates first_submitted first_checked first_posted: study registration dates
dates results_submitted - results_posted: results reporting dates
dates last_update_submitted last_update_posted verified: study record updates
value has_results: has results | study has results | results available
text summary: brief summary | summary | study summary | brief description | about | synopsis | overview | study overview text | trial summary | purpose of the study | summary of the study | why is this study being done | plain english summary of protocol | study hypothesis
text description: detailed description | full description | description of the study | extended description | study description text
text objectives: objective | objectives | main objective | study objectives | objectives of the study | trial objectives and outline | aims | study aims
text plain_summary: lay summary | plain english summary | plain language summary | about this trial | about this study | what is this study about | plain summary | what is the purpose of this study | background and study aims | in plain words | what are we studying
list conditions: condition | conditions | disease | diseases | condition or disease | primary condition | medical condition | medical conditions | health condition | health conditions | condition being studied | health condition or problem studied | conditions studied | health condition s or problem s studied | health condition s | condition disease | target disease | health problem | indication | diagnosis | therapeutic indication | disease area | studying | what is studied | cancer type | type of cancer | tumour type | tumor type | disease type | type of disease | illness
list keywords: keywords | keyword | conditions keywords | condition keywords | study keywords
list condition_terms: mesh terms | condition mesh terms | conditions official terms | official terms | condition browse
value study_type: study type | study classification | type of study | trial type | type
list phases: phase | study phase | trial phase | phases | phase of study | clinical phase | development phase | phase of development | stage of development
value allocation: allocation | allocation to intervention | randomization | randomisation | design allocation | is it randomised | is it randomized
value model: model | intervention model | interventional model | observational model | study design model | assignment | design intervention model | observational study model
text model_description: intervention model description | interventional model description
value purpose: primary purpose | purpose | design primary purpose
value masking: masking | masking blinding | blinding | masking open label | design masking
text masking_description: masking description
value perspective: time perspective | design time perspective
value enrolment: enrollment | study size | planned enrollment | planned enrolment | number of patients | enrolment | total enrollment | target enrollment | anticipated enrollment | estimated enrollment | actual enrollment | enrollment count | enrolment count | sample size | target sample size | number of participants | participants | target size | enrollment estimated | enrollment actual | study population size | target number of participants | total sample size | final enrolment | total final enrolment | recruitment target | number of participants enrolled | how many people will take part | number of subjects | planned number of participants | planned n | target n | n planned | how many | how many people | participants needed | people needed | volunteers needed | planned size | planned sample size | size | number planned
value groups: number of arms | number of groups | arms count | number of arms or groups
value sites: trial contacts and locations | number of sites | number of locations | total locations | number of centres | number of centers
list locations: locations | where | where is it taking place | location | sites locations | trial locations | study locations | facilities | sites | recruiting locations | location countries and regions | study participating centre | study centres | hospitals | trial sites | participating centres | where is this study taking place | location s | where the study is open | open at | hospitals taking part | centre | center | place | places | study centre | study center
list countries: countries | country | location countries | recruitment countries | recruitment country | recruitment countries and regions | countries of recruitment | countries of recruitment and research settings | listed location countries | listed countries | member states concerned | member state concerned
value sex: sex | gender | sexes eligible for study | sexes eligible | eligible sex | genders eligible for study | gender eligibility | sexes | sex gender | gender s | sexes eligible | age gender | sex gender eligible
value minimum_age: minimum age | min age | lower age limit | age minimum | minimum age of participants | age from | youngest age | from age
value maximum_age: maximum age | max age | upper age limit | age maximum | maximum age of participants | age to | oldest age | up to age
value ages: ages | ages eligible for study | age | eligible age | eligible ages | age range | age eligibility | age limits | participant age | patient age | age limit | age range of participants | who
list age_groups: standard ages | std ages | age groups | age group | standard age groups
value healthy_volunteers: accepts healthy volunteers | healthy volunteers | volunteers | healthy volunteers accepted | healthy volunteers allowed | can healthy volunteers participate | accept healthy volunteers
heading eligibility include: include | included | must have | you must | must | required | participants must
heading eligibility exclude: exclude | excluded | must not have | must not | you must not | not allowed | participants must not
heading eligibility: inclusion criteria | participant inclusion criteria | participant exclusion criteria | additional inclusion criteria | additional exclusion criteria | key inclusion criteria | main inclusion criteria | exclusion criteria | key exclusion criteria | main exclusion criteria | inclusion | exclusion | criteria for inclusion | criteria for exclusion | principal inclusion criteria | principal exclusion criteria
text eligibility: eligibility criteria | inclusion and exclusion criteria | criteria | criteria for eligibility | eligibility | inclusion exclusion criteria | eligibility information | selection criteria | key eligibility criteria | who can take part | who can join | who can participate | am i eligible | can i take part | who is eligible | participation criteria | who can enter | who can take part in this trial | who we are looking for
text population: study population | study population description
value sampling: sampling method
value has_expanded_access: has expanded access | expanded access | is expanded access available
value has_monitoring_committee: has dmc | data monitoring committee | oversight has dmc | studies a data monitoring committee
value is_fda_regulated: is fda regulated drug | is fda regulated device | studies a u s fda regulated drug product | studies a u s fda regulated device product
list links: clinicaltrials gov | canonical url | url | source url | link | see also | website | web address
text data_sharing: ipd sharing statement | plan to share ipd | ipd sharing plan | data sharing statement
section interventions: products | investigational products | imp | intervention | intervention exposure | interventions | treatments | intervention treatment | study interventions | treatment interventions | drugs | testing | what is tested | investigational product | study drug | study drugs | study treatment | test product | reference product | comparator | drugs involved | investigational medicinal product
section arms: arms and interventions | arms | arms of the study | trial design | study arms | participant group arm | arm group | arms groups | groups and cohorts | study groups | participant groups | cohorts and interventions | groups cohorts | groups | treatment arms | treatment groups
section outcomes primary: primary outcome | primary outcomes | primary outcome measures | primary outcome measure | primary endpoint | primary endpoints | primary end points | primary outcome s | primary endpoint s | primary end point s | primary outcome measure s | primary measure | primary measures | primary outcome variable | main outcome | main outcomes
section outcomes secondary: secondary outcome | secondary outcomes | secondary outcome measures | secondary outcome measure | secondary endpoint | secondary endpoints | secondary end points | secondary outcome s | secondary endpoint s | secondary end point s | secondary outcome measure s | secondary measure | secondary measures
section outcomes other: other outcome measures | other outcomes | other pre specified outcome measures
section outcomes: outcomes | outcome measures | endpoints | what is the study measuring | what we measure | what will be measured | what is measured
part interventions kind: intervention type
part interventions name: intervention name | name of intervention
part interventions arms: arm group label | arm group labels
part interventions other_names: other names | other name | intervention other names
part arms label: arm name | group name | arm label | arm group name
part arms kind: arm type | arm group type | group type
part arms interventions: treatment | arm interventions
part - description: description | measure description
part outcomes measure: measure | outcome measure | outcome | primary outcome measure name
part outcomes time_frame: time frame | timeframe | time point | timepoint | timepoints
nothing: contact | enquiries | inquiries | whom to ask | how is the study designed | ethics application status | titles ids | trial information | basic information | key facts | study overview | study details | study description | study design | study plan | details and patient eligibility | similar trials | timeline | menu | arms outcomes | full info | study results | results | results pending | keywords summary | patients applied | references | publications | general publications | no publications available | more information | contacts and locations | contacts | sponsors | ipd sharing | data sourced from clinicaltrials gov | collaborators and investigators | clinical trials | if expanded access nct | has expanded access nct status | delayed posting | is gene therapy | has adverse events | has gene therapy | funding | investigators | principal investigator | central contacts | overall officials | contact information | design details | participation | how to participate | outcome details | about this site | back to results | related trials | documents | study documents | what to expect | participant eligibility | eligibility and location | oversight | study record dates | study contact | study officials | responsible party | results point of contact | overall contact | last public release date | versions | history | share | print | enrollment and location details | status details | identification | regulatory information | locations contacts | recruitment | registration | type of registration | condition category | condition code | intervention code | study design code | primary sponsor address | administrative information | tracking information | descriptive information | recruitment information | patient information | visit site | map | comparator control treatment | control group | secondary study design | study setting | funding sponsors | sponsor information | eligibility criteria summary | phone | telephone | e mail | email | fax | contact person | study leader | investigator | linked study record | ethics approval | date | applicant | registration status | therapeutic area | participant type s | national competent authority | monocenter multicenter trial | national international | study type non interventional | who is blinded | control | irb approval | study information | sponsors and support | design | side effects | hospital visits | possible side effects | more about this trial | how to join | chief investigator | coordinating investigator | was this page helpful | duration of treatment | treatment duration | duration of study | length of study | study length | how long will i be in the study | duration of participation | visits | what will happen | what happens in the study | risks | benefits | possible benefits | possible risks | costs | compensation | payment | travel | last reviewed | next review
"""


def _labels(rows: str) -> Mapping[str, Label]:
    labels: dict[str, Label] = {}
    for row in rows.strip().splitlines():
        head, _, spellings = row.partition(":")
        shape, *rest = head.split()
        for spelling in map(plain, spellings.split("|")):
            match shape:
                case "part" if rest[0] != "-":
                    label = Label("part", rest[0], rest[1])
                case "part":
                    label = Label("part", "", rest[1])
                case "section":
                    label = Label("section", rest[0], rest[1] if len(rest) > 1 else "")
                case "dates" | "period":
                    label = Label(shape, fields=tuple("" if each == "-" else each for each in rest))
                case "heading":
                    label = Label("text", rest[0], rest[1] if len(rest) > 1 else "heading")
                case _:
                    label = Label(shape, rest[0] if rest else "")  # type: ignore[arg-type]
            labels.setdefault(spelling, label)
    return labels


# Kinds that tell a value by themselves, so that a label may stand before it without a colon.
TELLING = ("date", "age", "count", "enrolment", "sex", "yes_no", "choice", "identifier", "organisation")
LABELS = {**_labels(abroad.ROWS), **_labels(_ROWS)}
LONGEST_LABEL = 70
# Labels that stand in front of their value without a colon.
BEFORE = tuple(
    sorted(
        (
            "launched by",
            "sponsored by",
            "provided by",
            "led by",
            "run by",
            "funded by",
            "paid for by",
            "current as of",
            "last updated",
            "last updated on",
        ),
        key=len,
        reverse=True,
    )
)
STANDING = {"estimated": "expected", "planned": "expected", "anticipated": "expected", "actual": "actual", "target": "expected"}


_FILLING = frozenset(
    "the of for a an and or in to on by is are this that study trial clinical participant patient subject key main principal additional "
    "planned estimated actual anticipated expected projected current overall research goal involved treated being wichtigste wichtige weitere s icmje our your date".split()
)
"""Words of a label that do not tell what stands under it."""


def _bare(spelled: str) -> frozenset[str]:
    """The words of a label that tell it from others, without their order and number."""
    words = (word.replace("enrollment", "enrolment").replace("randomiz", "randomis") for word in spelled.split())
    singular = (word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word for word in words)
    return frozenset(word for word in singular if word not in _FILLING)


def _bare_labels() -> Mapping[frozenset[str], Label]:
    """The labels by their telling words, where these tell one label alone."""
    known: dict[frozenset[str], Label | None] = {}
    for spelling, each in LABELS.items():
        words = _bare(spelling)
        if max(map(len, words), default=0) < 3 or each.shape == "nothing":
            continue
        before = known.setdefault(words, each)
        if before is not None and (before.field, before.part, before.fields) != (each.field, each.part, each.fields):
            known[words] = None
    return {words: each for words, each in known.items() if each is not None}


_BARE = _bare_labels()
_NUMBERED = re.compile(r"^(?:[A-Z]\.(?:\d{1,2}\.){0,4}\d{0,2}\.?|\d{1,2}(?:\.\d{1,2}){1,3}\.?)\s+(?=[A-Z])")
"""`E.1.1 `, before a label of a numbered form."""
_TAGGED = re.compile(
    r"(?i:(?<=outcome)|(?<=outcomes)|(?<=endpoint)|(?<=outcome\(s\)))\s+\d{1,2}$|(?<=[Ss]tatus)\s*\(?\bas of\b.{0,30}$|\s*(?:\[\d{1,3}\]|\bICMJE|\*|\(required\))\s*:?$|(?<=[a-z])\(s\)"
)
"""`Primary outcome [1]`, `Study Type ICMJE`, `Endpoint(s)`."""
_JOIN = re.compile(
    r"(?:who|you|people|participants|patients|am i|can i)\b.{0,30}\b(?:able to |eligible to |can )?(?:join|take part|participate|qualify|be in (?:this|the) (?:study|trial))\b.{0,20}"
    r"|you (?:may|might|could|will|can|are)(?: not)? be (?:eligible|excluded|ineligible)\b.{0,60}",
    re.IGNORECASE,
)
_NOT_JOIN = re.compile(
    r"\b(?:can\s?not|can't|may not|not be able|not eligible|should not|shouldn't|unless|won't|unable|excluded|ineligible|not be eligible|not qualify|not take part|not join)\b",
    re.I,
)


_JOIN_SENTENCE = re.compile(
    r"(?:your? ?(?:baby|child|son|daughter|relative)?|people|patients|participants|volunteers|adults|children|men|women|anyone|someone)\b[^.:]{0,60}?\b(?:join|take part|participate|enter|qualify|be (?:included|excluded|eligible|ineligible|enrolled)|(?:are|is) (?:not )?(?:eligible|excluded|ineligible))\b"
    r"[^.:]{0,40}?(?:\b(?:if|who|when|unless)\W*|\b(?:if|who|when|unless|because|with)\b[^:]{0,60}(?::|\u2026|\byou|\bapply|\bthey|\bwho|\bif)\.?)",
    re.IGNORECASE,
)
"""`You may be able to join this trial if all of the following apply. You:`"""


def criteria_heading(text: str) -> str:
    """Whether a sentence announces the criteria below it: `include`, `exclude` or nothing.

    >>> criteria_heading("You cannot join this trial if any of these apply. You:")
    'exclude'
    """
    if len(text) > 160 or _JOIN_SENTENCE.fullmatch(text.strip()) is None:
        return ""
    return "exclude" if _NOT_JOIN.search(text) else "include"


@lru_cache(maxsize=32768)
def label(text: str) -> Label | None:
    """The label that a text is, if it is one: `Study Type:`, `## Key Facts`, `overall_status`, `Date of study completion`."""
    if len(text) > LONGEST_LABEL and not (text.endswith("?") and asked(text)):
        return Label("text", "eligibility", part) if (part := criteria_heading(text)) else None
    if (
        " / " in text
        and not re.search(r"[:\uff1a]\s*\S", text)
        and len(sides := text.rstrip(": ").split(" / ")) == 2
        and all(1 < len(each) < 50 for each in sides)
    ):
        known_sides = [each for each in map(label, sides) if each is not None]
        if known_sides and plain(text) not in LABELS:  # one label in two languages
            return next((each for each in known_sides if each.shape != "nothing"), known_sides[0])
    if (parted := re.search(r"\s[–—]\s+\S", text)) and label(text[: parted.start()]) is not None:
        return None  # `Healthy volunteers — accepted`: a label and its value
    if text.endswith("?") and plain(text) not in LABELS and (found := asked(text)):
        shape, name, part_of_it = found
        return Label(shape, fields=tuple(name.split())) if shape == "period" else Label(shape, name, part_of_it)  # type: ignore[arg-type]
    text = _NUMBERED.sub("", text)
    if text[:1].isdigit():
        return None
    spelled = plain(_TAGGED.sub("", text.rstrip(": ")))
    if known := LABELS.get(spelled):
        return known
    shorter = re.sub(r" (?:actual|estimated|anticipated|planned)$|^(?:actual|estimated|anticipated|planned) ", "", spelled)
    if shorter != spelled and (known := LABELS.get(shorter)):
        return known
    words = spelled.split()
    if _JOIN.fullmatch(text.strip(" :?…")) and len(words) > 3 and not text.rstrip().endswith("."):
        return Label("text", "eligibility", "exclude" if _NOT_JOIN.search(text) else "include")
    if part := criteria_heading(text):
        return Label("text", "eligibility", part)
    if 2 <= len(words) <= 7 and not re.search(r"[:\uff1a=\t]\s*\S|[.,;]\s*$", text) and (known := _BARE.get(_bare(spelled))):
        return known
    if 2 <= len(words) <= 3 and words[-1] == "summary":
        return Label("text", "plain_summary")  # `<site> Summary`: a site's own words
    if 2 <= len(words) <= 7 and words[0] == "about" and not re.search(r"\d|[.?]\s*$", text):
        return Label("nothing")  # `About <sponsor>`
    return None


def label_before(text: str) -> tuple[Label, str, str] | None:
    """A label that stands before its value without a colon, as it is called, and the value: `Last Update Posted 2024-03-04`."""
    if len(text) > 120:
        return None
    words = text.split()
    for size in range(min(7, len(words) - 1), 0, -1):
        known = label(" ".join(words[:size]))
        if known is None:
            continue
        if known.shape in ("value", "list") and known.field in FIELDS and FIELDS[known.field].kind in TELLING:
            return known, " ".join(words[:size]), " ".join(words[size:])
        if known.field == "ages" and words[size][:1].isdigit():
            return known, " ".join(words[:size]), " ".join(words[size:])
    return None


def labels_in_a_row(text: str) -> tuple[Label, ...]:
    """The labels that a line consists of, where a page lost the marks between its columns: two or more, or none.

    >>> [each.field for each in labels_in_a_row("Condition or Disease Intervention/Treatment Phase")]
    ['conditions', 'interventions', 'phases']
    """
    words = plain(text).split() if len(text) < 160 else []
    row: list[Label] = []
    at = 0
    while at < len(words):
        for size in range(min(5, len(words) - at), 0, -1):
            if known := LABELS.get(" ".join(words[at : at + size])):
                row.append(known)
                at += size
                break
        else:
            return ()
    return tuple(row) if len(row) > 1 and all(each.shape in ("value", "list", "section") for each in row) else ()
