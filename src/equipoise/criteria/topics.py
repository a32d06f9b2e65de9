"""What criteria speak of that is not a number: the item that would answer it, or the question for a person."""

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Needed:
    """An item that an expression asks for: a shared term that a study may `use`, or one of its own.

    `name` is what the expression calls it; `use` the term, else `type`, `unit`, `of` and `label` say what the item is.
    """

    name: str
    use: str = ""
    type: str = ""
    unit: str = ""
    of: tuple[str, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject of criteria: the words that name it, and what is asked.

    `words` is looked for in small letters. `holds` is the expression that says it of a participant, over `needed`; ""
    where only a person can answer.
    """

    name: str
    words: re.Pattern[str]
    holds: str
    needed: tuple[Needed, ...]
    question: str = ""


def small(text: str) -> str:
    """A text in small letters, each where it stood."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(each.lower() if len(each.lower()) == 1 else each for each in text)


def _small(pattern: str) -> str:
    return re.sub(r"\\.|[A-Z]", lambda each: each[0] if each[0][0] == "\\" else each[0].lower(), pattern)


def _yes_no(name: str, label: str) -> Needed:
    return Needed(name, type="yes_no", label=label)


def _use(*terms: str) -> tuple[Needed, ...]:
    return tuple(Needed(term.split(".")[1], use=term) for term in terms)


def _topic(name: str, words: str, holds: str = "", needed: tuple[Needed, ...] | Needed = (), question: str = "") -> Topic:
    return Topic(
        name,
        re.compile(rf"\b(?:{_small(words)})\b"),
        holds,
        (needed,) if isinstance(needed, Needed) else needed,
        question,
    )


def _fact(name: str, label: str, words: str) -> Topic:
    return _topic(name, words, name, _yes_no(name, label))


FACTS: tuple[Topic, ...] = (
    _topic("negative_pregnancy_test", r"(?:a )?negative (?:\(?(?:serum|urine|blood|highly sensitive|or|and|β-?hcg|beta-?hcg|hcg)\)?[ /]*)*pregnancy tests?(?: results?)?", "pregnancy_test != positive", _use("history.pregnancy_test")),
    _topic("positive_pregnancy_test", r"(?:a )?positive (?:\(?(?:serum|urine|blood|or|and|β-?hcg|beta-?hcg|hcg)\)?[ /]*)*pregnancy tests?(?: results?)?|pregnancy test is positive", "pregnancy_test == positive", _use("history.pregnancy_test")),
    _fact("planning_pregnancy", "Plans to become pregnant", r"(?:planning|plan|plans|planned|intending|intends?|intention|wish|wishes|wishing|trying|attempting|desire|desires|desiring|expecting)(?: (?:on|a|to(?: become| be| get)?))* (?:becoming |getting |being )?(?:pregnan(?:t|cy|cies)|conceive)"),
    _topic("pregnant", r"(?:currently |known to be )?pregnan(?:t|cy)", "pregnancy_test == positive", _use("history.pregnancy_test")),
    _topic("breast_feeding", r"breast[- ]?feed(?:ing|s)?|lactat(?:ing|ion)|nursing|breastfe(?:d|eding)", "breast_feeding", _use("history.breast_feeding")),
    _topic("female", r"females?|wom[ae]n", "sex == female", _use("demographics.sex")),
    _topic("male", r"males?|m[ae]n", "sex == male", _use("demographics.sex")),
    _fact("brain_metastases", "Brain metastases", r"(?:brain|cerebral|CNS|central nervous system|intracranial)\s+metasta(?:sis|ses|tic disease)|metasta(?:sis|ses) (?:in|to) (?:the )?(?:brain|CNS)"),
    _fact("liver_metastases", "Liver metastases", r"(?:(?:liver|hepatic) (?:metasta(?:sis|ses|tic disease)|mets))|metasta(?:sis|ses|tic disease) (?:in|to|of) the liver|liver involvement (?:by|with) (?:tumou?r|cancer)"),
    _fact("bone_metastases", "Bone metastases", r"(?:(?:bone|osseous|skeletal) (?:metasta(?:sis|ses|tic disease)|mets))"),
    _fact("leptomeningeal_disease", "Leptomeningeal disease", r"(?:leptomeningeal|meningeal) (?:disease|metasta(?:sis|ses)|carcinomatosis|involvement)|carcinomatous meningitis"),
    _fact("gilbert_syndrome", "Gilbert's syndrome", r"gilbert(?:(?:['’]|&#39;|&rsquo;|&apos;)?s)?(?: s)?(?: syndrome| disease)?"),
    _fact("liver_involvement", "Liver involvement", r"(?:liver|hepatic) involvement|involvement of the liver"),
    _fact("bone_marrow_involvement", "Bone marrow involvement", r"(?:bone )?marrow involvement|involvement of the bone marrow"),
    _fact("haemolysis", "Haemolysis", r"ha?emolysis|ha?emolytic an(?:a)?emia"),
    _fact("hiv", "HIV infection", r"(?:human immunodeficiency virus|hiv)(?:[ -]?(?:infection|positive|seropositiv\w*|disease))?(?: \(hiv\))?(?: infection)?"),
    _topic("hepatitis_b", r"(?:chronic |active )?(?:hepatitis b|hbv|hep b)(?: virus)?(?: \(hbv\))?(?: infection)?", "chronic_hepatitis in (hepatitis_B, both_B_and_C)", _use("history.chronic_hepatitis")),
    _topic("hepatitis_c", r"(?:chronic |active )?(?:hepatitis c|hcv|hep c)(?: virus)?(?: \(hcv\))?(?: infection)?", "chronic_hepatitis in (hepatitis_C, both_B_and_C)", _use("history.chronic_hepatitis")),
    _topic("diabetes", r"diabetes(?: mellitus)?|diabetic", "diabetes", _use("history.diabetes")),
    _topic("cardiac_failure", r"(?:congestive )?(?:heart|cardiac) failure|chf", "cardiac_failure", _use("history.cardiac_failure")),
    _topic("cirrhosis", r"(?:liver )?cirrhosis(?: of the liver)?|cirrhotic", "underlying_liver == cirrhosis", _use("liver.underlying_liver")),
    _topic("no_ascites", r"ascites is none", "ascites == none", _use("liver.ascites")),
    _topic("ascites", r"ascites(?: is not none)?", "ascites != none", _use("liver.ascites")),
    _topic("encephalopathy", r"(?:hepatic )?encephalopathy", "encephalopathy != none", _use("liver.encephalopathy")),
    _topic("anticoagulant", r"(?:(?:therapeutic|full[- ]dose|oral|systemic) )*(?:anti-?coagula(?:nts?|tion)(?: therapy| treatment)?|warfarin|coumadin)", "anticoagulant", _use("history.anticoagulant")),
    _topic("corticosteroid", r"(?:chronic |systemic )*(?:corticosteroids?|steroids?)(?: therapy| treatment)?", "corticosteroid", _use("history.corticosteroid")),
    _topic("immunosuppressant", r"immunosuppress(?:ants?|ive (?:drugs?|agents?|medications?|therapy|treatment)|ion)", "immunosuppressant", _use("history.immunosuppressant")),
    _topic("other_malignancy", r"(?:(?:other|another|second|secondary|prior|concurrent|previous|additional|second primary|active|concomitant|synchronous|different) )+(?:(?:primary|invasive|active|concurrent|solid) )*(?:malignan(?:cy|cies)|cancers?|tumou?rs?|malignant (?:disease|tumou?rs?|neoplasms?))", "other_malignancy", _use("history.other_malignancy")),
    _fact("autoimmune_disease", "Autoimmune disease", r"auto-?immune (?:disease|disorder|condition)s?"),
    _fact("organ_transplant", "Organ transplant", r"(?:solid )?organ (?:transplant(?:ation)?|allograft)s?|organ transplantation"),
    _fact("liver_transplant", "Liver transplant", r"(?:liver|hepatic) transplant(?:ation)?s?"),
    _fact("interstitial_lung_disease", "Interstitial lung disease", r"interstitial lung disease|ild"),
    _fact("epilepsy", "Epilepsy or seizures", r"epilepsy|seizures?(?: disorders?)?"),
    _fact("asthma", "Asthma", r"asthma"),
    _fact("copd", "Chronic obstructive pulmonary disease", r"copd|chronic obstructive pulmonary disease"),
    _fact("stroke", "Stroke", r"stroke|cerebrovascular accident|cva"),
    _fact("myocardial_infarction", "Myocardial infarction", r"myocardial infarction|heart attack"),
    _fact("tuberculosis", "Tuberculosis", r"(?:active )?tuberculosis"),
    _fact("dialysis", "Dialysis", r"(?:renal |haemo|hemo|peritoneal )?dialysis"),
    _fact("pacemaker", "Pacemaker", r"(?:cardiac )?pacemakers?"),
    _fact("claustrophobia", "Claustrophobia", r"claustrophobia|claustrophobic"),
    _fact("dementia", "Dementia", r"dementia"),
    _fact("pneumonitis", "Pneumonitis", r"(?:non-infectious )?pneumonitis"),
    _fact("pancreatitis", "Pancreatitis", r"(?:acute |chronic )?pancreatitis"),
    _fact("peritoneal_metastases", "Peritoneal metastases", r"peritoneal (?:metasta(?:sis|ses)|carcinomatosis|dissemination|disease)"),
    _fact("portal_vein_thrombosis", "Portal vein thrombosis", r"portal vein thrombosis|pvt"),
    _fact("inflammatory_bowel_disease", "Inflammatory bowel disease", r"inflammatory bowel disease|ulcerative colitis|crohn(?:['’]?s)?(?: disease)?"),
    _fact("obesity", "Obesity", r"obesity|obese"),
    _fact("smoker", "Smokes", r"(?:current )?smok(?:ers?|ing)"),
    _fact("coronary_artery_disease", "Coronary artery disease", r"coronary (?:artery|heart) disease"),
    _fact("multiple_sclerosis", "Multiple sclerosis", r"multiple sclerosis"),
)  # fmt: skip
"""What a record or a form answers with yes or no."""

DATES: tuple[Topic, ...] = (
    _topic("major_surgery_on", r"(?:prior |any |previous )*major (?:surgery|surgeries|surgical (?:procedures?|interventions?)|operations?)", "", _use("history.major_surgery_on")),
    _topic("other_malignancy_on", r"(?:other |another |second |prior |concurrent |previous |additional |history of (?:a |another |other )?)+(?:(?:primary|invasive|active) )*(?:malignan(?:cy|cies)|cancers?)(?!\s+(?:therap|treat|drug|agent|surg|medic|vaccin))", "", _use("history.other_malignancy_on")),
    _topic("last_chemotherapy_on", r"(?:prior |any |previous |systemic |cytotoxic |anti-?cancer )*chemotherap(?:y|ies)", "", Needed("last_chemotherapy_on", type="date", label="Date of the last chemotherapy")),
    _topic("last_radiotherapy_on", r"(?:prior |any |previous )*(?:radiotherapy|(?<!ultraviolet )(?<!ultraviolet [ab] )radiation(?: therapy| treatment)?)", "", Needed("last_radiotherapy_on", type="date", label="Date of the last radiotherapy")),
    _topic("last_immunotherapy_on", r"(?:prior |any |previous )*immunotherapy", "", Needed("last_immunotherapy_on", type="date", label="Date of the last immunotherapy")),
    _topic("last_investigational_on", r"(?:any |an |another |other |prior )*investigational (?:agents?|drugs?|products?|therap(?:y|ies)|medications?|treatments?|medicinal products?|devices?|study|trial)|(?:another|other|any) (?:interventional )?(?:clinical|research|drug) (?:trial|study|studies|trials)", "", Needed("last_investigational_on", type="date", label="Date of the last investigational treatment")),
    _topic("last_live_vaccine_on", r"live(?:[ ,/-]*(?:attenuated|virus))* (?:vaccin(?:e|es|ation|ations)|virus vaccines?)", "", Needed("last_live_vaccine_on", type="date", label="Date of the last live vaccine")),
    _topic("last_transfusion_on", r"(?:blood |platelet |red blood cell |rbc |blood product )*transfusions?", "", Needed("last_transfusion_on", type="date", label="Date of the last transfusion")),
    _topic("last_myocardial_infarction_on", r"(?:acute )?myocardial infarctions?|heart attack", "", Needed("last_myocardial_infarction_on", type="date", label="Date of the last myocardial infarction")),
    _topic("last_stroke_on", r"strokes?|cerebrovascular accidents?(?: \(cva\))?", "", Needed("last_stroke_on", type="date", label="Date of the last stroke")),
    _topic("last_antibiotic_on", r"(?:systemic )?antibiotics?", "", Needed("last_antibiotic_on", type="date", label="Date of the last antibiotic")),
    _topic("last_systemic_therapy_on", r"(?:prior |any |previous )*(?:systemic )?anti-?(?:cancer|neoplastic|tumou?r) (?:therap(?:y|ies)|treatments?|agents?)|systemic therapy", "", Needed("last_systemic_therapy_on", type="date", label="Date of the last systemic treatment")),
)  # fmt: skip
"""What happened on a day, for criteria with a stretch of time: `major surgery within 4 weeks before enrolment`."""

JUDGED: tuple[Topic, ...] = (
    _topic("consent", r"informed consent|consent form|willing(?:ness)? to (?:sign|provide|give)|written consent|assent|legally authorized representative|signed", question="Has informed consent been given, as the text asks"),
    _topic("contraception", r"contracepti(?:on|ve|ves)|birth control|childbearing|child-bearing|abstinen(?:t|ce)|barrier method|reproductive potential|condoms?|sterili[sz]ed", question="Is the rule on pregnancy and contraception kept"),
    _topic("histology", r"histolog(?:y|ic|ical|ically)|cytolog(?:y|ic|ical|ically)|patholog(?:y|ic|ical|ically)|biops(?:y|ies|ied)|confirmed diagnosis|diagnos(?:ed|is)|adenocarcinoma|carcinoma|sarcoma|lymphoma|leukemia|melanoma|glioma|myeloma|tumou?rs?|cancer|malignan(?:t|cy)", question="Is the disease as described"),
    _topic("stage", r"stage|metasta(?:tic|sis|ses)|locally advanced|unresectable|resectable|recurrent|relapsed|refractory|TNM|T[1-4]\b|N[0-3]\b|M[01]\b", question="Is the extent of disease as described"),
    _topic("measurable", r"measurable|evaluable|RECIST", question="Is the disease measurable as described"),
    _topic("prior_therapy", r"prior|previous(?:ly)?|received|treated|treatment|therapy|therapies|chemotherapy|radiotherapy|radiation|surgery|transplant(?:ation)?|wash-?out|vaccin\w+|transfusion", question="Is this so of earlier or other treatment"),
    _topic("life_expectancy", r"life expectancy|expected (?:survival|to live)", question="Is the life expectancy as described"),
    _topic("performance", r"performance status|ambulatory|ECOG|Karnofsky", question="Is the performance status as described"),
    _topic("organ_function", r"(?:adequate|normal|sufficient|acceptable|impaired|abnormal) [\w ,/-]{0,40}(?:function|reserve|values|laboratory)|organ function|laboratory", question="Is organ function as described"),
    _topic("allergy", r"allerg(?:y|ies|ic)|hypersensitiv\w+|anaphyla\w+|intoleran(?:t|ce)|sensitivity", question="Is there such an allergy or intolerance"),
    _topic("comorbidity", r"disease|disorders?|syndromes?|illness(?:es)?|infections?|conditions?|comorbid\w*|failure|hypertension|arrhythmias?|bleeding|thrombo\w+|uncontrolled|impairment|dysfunction|insufficiency|neuropathy|history of|ulcers?|fistula|obstruction|ischemi\w+|angina|psychiatric|depression|dementia|abuse|addiction|alcohol\w*|hepatitis|immunodeficien\w+|toxicit(?:y|ies)|adverse|pain|symptom\w*|injur(?:y|ies)|fracture\w*|anemia|hemorrhage|edema|embol\w+", question="Is there such a condition"),
    _topic("medication", r"medications?|drugs?|inhibitors?|inducers?|anticoagula\w+|steroids?|corticosteroids?|antibiotics?|agents?|use of|receiving|taking|supplements?|dose|doses|infusion|insulin|opioids?", question="Is this so of the participant's medicines"),
    _topic("biomarker", r"mutation\w*|wild[- ]type|positive|negative|express\w+|amplification|fusion|rearrangement|HER2|EGFR|ALK|BRAF|RAS|MSI|PD-?L1|CD\d+|hormone receptor|germline|gene(?:tic)?|genomic|translocation|serolog\w+", question="Is the marker or test result as described"),
    _topic("imaging", r"MRI|CT\b|PET|scans?|imaging|ultrasound|x-?ray|contrast|radiograph\w*|endoscop\w+|ECG|electrocardiogram|echocardiogra\w+|mammogra\w+|claustrophobi\w+|pacemaker|implants?", question="Is this so of imaging and tests"),
    _topic("cooperation", r"able to|ability|unable|inability|willing|comply|compliance|understand|speak|english|read\b|follow(?:-up)?|participat\w+|cooperat\w+|available|access|language|literate|internet|phone|agree|commit\w*|swallow|complete", question="Can and will the participant do this"),
    _topic("opinion", r"investigator|physician|opinion|judg(?:e?ment|ed)|discretion|deemed|considered|suitable|candidate|eligible|appropriate", question="What does the investigator judge of this"),
    _topic("people", r"patients?|subjects?|participants?|adults?|child(?:ren)?|parents?|caregivers?|volunteers?|wom[ae]n|m[ae]n|males?|females?|individuals?|persons?|clinicians?|staff|employ\w+|students?|residents?|living|enrolled|admitted|hospital\w*|prison\w*|veterans?|race|ethnic\w*|insurance|smok\w+", question="Is this so of the participant"),
)  # fmt: skip
"""What a person answers, in the order in which a subject is looked for."""

CONDITIONS: tuple[Topic, ...] = tuple(topic for topic in FACTS if topic.name not in ("pregnant", "breast_feeding"))
"""What a threshold may depend on, for which there is an item."""


@cache
def own(name: str, label: str) -> Needed:
    """A yes or no of the study's own."""
    return Needed(name, type="yes_no", label=label)
