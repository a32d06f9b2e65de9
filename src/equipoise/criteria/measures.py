"""What criteria measure: the words for each thing, the shared term that it is, and the units that its numbers come in."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

LIMIT, CELLS, CONCENTRATION, FLOW, SHARE, LENGTH, LONG, SHORT, PRESSURE, BARE, RATE, DEGREES, MASS, AREAL, VOLUME = (
    "limit", "cells", "concentration", "flow", "share", "length", "long time", "short time", "pressure", "bare",
    "rate", "degrees", "mass", "mass per area", "volume",
)  # fmt: skip
BLOOD = frozenset({CELLS, LIMIT, BARE})
CHEMISTRY = frozenset({CONCENTRATION, LIMIT, BARE})
GRADE = frozenset({BARE})


@dataclass(frozen=True, slots=True)
class Measure:
    """A thing that is measured or graded.

    `term` is its term of the shared vocabulary, "" where there is none; `kinds` are the kinds of unit that its numbers
    may have; `grades` says that a bare number or code behind its name is a value, as in `ECOG 1`; `words` are its names.
    """

    name: str
    term: str
    kinds: frozenset[str]
    words: tuple[str, ...]
    grades: bool = False


def _of(name: str, term: str, kinds: frozenset[str] | set[str], words: str, *, grades: bool = False) -> Measure:
    said = tuple(" ".join(each.split()) for each in words.split("|"))
    return Measure(name, term, frozenset(kinds), said, grades)


def _enzyme(acid: str, glutamic: str) -> str:
    """The names of a transaminase: by the acid that it takes, and by the one that it gives."""
    kinds = ("transaminase", "aminotransferase", "amino transferase", "transferase", "aminotransaminase", "amino transaminase")
    acids = acid.split("|") + [
        f"{lead}{glut} {other}"
        for lead in ("serum ", "")
        for glut in ("glutamic", "glutamate", "glutamyl")
        for other in glutamic.split("|")
    ]
    return "|".join(f"{each} {kind}" for each in acids for kind in kinds)


MEASURES: tuple[Measure, ...] = (
    _of("age", "demographics.age", {LONG, BARE}, "age|ages|aged|age of|chronological age|birthday"),
    _of("ecog", "demographics.ecog", GRADE,
        "ecog|ecog ps|ecog performance status|eastern cooperative oncology group|eastern co operative oncology group|"
        "eastern clinical oncology group|eastern oncology cooperative group|eastern cooperative of oncology group|"
        "ecog performance|who performance status|who performance|who ps|world health organization performance|world health organisation performance|"
        "zubrod|zubrod performance status|gog performance status|gog performance|swog performance status|ecog who|who ecog|"
        "performance status|performance score|performance status score|ps|ecog score|ecog zubrod|performance status ps|"
        "ecog performance score|perfomance status|performans status|ecog scale", grades=True),
    _of("karnofsky", "demographics.karnofsky", {SHARE, BARE},
        "karnofsky|kps|karnofsky performance status|karnofsky performance score|karnofsky performance scale|karnofsky score|"
        "karnofsky scale|karnofsky index|karnofski|karnofky", grades=True),
    _of("lansky", "", {SHARE, BARE}, "lansky|lansky performance status|lansky score|lansky performance score|lansky play|lps", grades=True),
    _of("child_pugh_class", "liver.child_pugh_class", GRADE, "child pugh class|child pugh grade|child turcotte pugh class", grades=True),
    _of("child_pugh_points", "liver.child_pugh_points", GRADE,
        "child pugh|child pugh score|child pugh status|child turcotte pugh|ctp|ctp score|child pugh liver function|child pugh stage|"
        "childs pugh|child's pugh|child pugh scoring|child pugh classification|child pugh scores|child s pugh", grades=True),
    _of("meld", "", GRADE, "meld|meld score|model for end stage liver disease|meld na|meld na score", grades=True),
    _of("nyha", "history.nyha_class", GRADE,
        "nyha|new york heart association|nyha class|nyha classification|nyha functional class|new york heart association functional classification|"
        "new york heart association class|new york heart association classification|new york heart association functional class|"
        "nyha functional classification|nyha grade|new york heart", grades=True),
    _of("asa", "demographics.asa_class", GRADE,
        "asa|asa class|asa score|asa grade|asa physical status|american society of anesthesiologists|"
        "american society of anaesthesiologists|american society of anesthesiology|asa classification|asa ps|asa status", grades=True),
    _of("bclc", "", GRADE, "bclc|bclc stage|barcelona clinic liver cancer|barcelona clinic liver cancer stage", grades=True),
    _of("gleason", "", GRADE, "gleason|gleason score|gleason grade|gleason sum|gleasons score|gleason total score", grades=True),
    _of("stage", "", GRADE, "stage|stages|staged|ajcc stage|figo stage|clinical stage|pathologic stage|pathological stage|figo|ajcc", grades=True),
    _of("grade", "adverse_events.ctcae_grade", GRADE,
        "grade|grades|ctcae gr|ctc gr|ctcae grade|ctcae grades|ctc grade|toxicity grade|nci ctcae grade|graded|nci ctc grade|common terminology criteria for adverse events grade",
        grades=True),
    _of("life_expectancy", "", {LONG, SHORT},
        "life expectancy|expected survival|expected life|life expectation|survival expectancy|anticipated survival|estimated survival|"
        "estimated life expectancy|predicted survival|expected lifespan|predicted life expectancy|projected life expectancy|"
        "expected survival time|life span|anticipated life expectancy|expected to survive|expected to live"),
    _of("platelets", "labs.platelets", BLOOD,
        "platelet|platelets|platelet count|platelet counts|plt|plts|thrombocytes|thrombocyte|thrombocyte count|blood platelets|thrombocytopenia|plt count"),
    _of("neutrophils", "labs.neutrophils", BLOOD,
        "neutrophil|neutrophils|anc|agc|absolute neutrophil count|absolute neutrophils count|neutrophil count|neutrophils count|granulocyte|granulocytes|"
        "granulocyte count|absolute granulocyte count|neutropenia|polymorphonuclear leukocytes|absolute neutrophil|neut|absolute neutrophil counts|neutrophil granulocytes"),
    _of("lymphocytes", "labs.lymphocytes", BLOOD | {SHARE},
        "lymphocyte|lymphocytes|alc|absolute lymphocyte count|lymphocyte count|total lymphocyte count|circulating lymphocytes|lymphopenia"),
    _of("leucocytes", "labs.leucocytes", BLOOD,
        "wbc|wbcs|white blood cell|white blood cells|white blood cell count|white blood count|leukocyte|leukocytes|leucocytes|leucocyte|leukocyte count|"
        "white cell count|leucocyte count|white blood cells count|wbc count|leukopenia|total white blood cell count|white cells|white blood corpuscles"),
    _of("eosinophils", "", BLOOD | {SHARE}, "eosinophil|eosinophils|eosinophil count|absolute eosinophil count|blood eosinophil count"),
    _of("cd4", "", BLOOD | {SHARE}, "cd4|cd4 count|cd4 counts|cd4+ t cell count|cd4 t cell count|cd4+|cd4 cell count|cd4 t cell counts|cluster of differentiation 4|clusters of differentiation 4|cluster of differentiation cd 4|cluster of differentiation cd4|cluster of differentiation 4 cd4|cluster of differentiation cd 4 cell count|cluster of differentiation 4 cell count"),
    _of("haemoglobin", "labs.haemoglobin", {CONCENTRATION, BARE, LIMIT},
        "hemoglobin|haemoglobin|hgb|hb|hemoglobin level|hemoglobin concentration|anemia|anaemia|haemoglobin level|hemoglobin levels"),
    _of("hct_ci", "", GRADE, "hct ci|hct comorbidity index|hematopoietic cell transplantation comorbidity index", grades=False),
    _of("haematocrit", "labs.haematocrit", {SHARE, BARE, LIMIT}, "hematocrit|haematocrit|hct"),
    _of("hba1c", "labs.hba1c", {SHARE, BARE, CONCENTRATION},
        "hba1c|hemoglobin a1c|haemoglobin a1c|glycated hemoglobin|glycosylated hemoglobin|a1c|hgba1c|hgb a1c|hb a1c|glycated haemoglobin|glycosylated haemoglobin"),
    _of("inr", "labs.inr", {BARE, LIMIT},
        "inr|international normalized ratio|international normalised ratio|pt inr|international normal ratio|"
        "prothrombin time international normalized ratio|international normalization ratio|international standardized ratio|inrs"),
    _of("pt", "labs.prothrombin_time", {SHORT, LIMIT, BARE, SHARE}, "prothrombin time|pt|protime|prothrombin"),
    _of("aptt", "labs.aptt", {SHORT, LIMIT, BARE},
        "aptt|activated partial thromboplastin time|a ptt|apt t|activated partial thromboplastin|activated ptt|activated partial prothrombin time|"
        "activated partial thrombin time|activated a ptt"),
    _of("ptt", "labs.aptt", {SHORT, LIMIT, BARE}, "ptt|partial thromboplastin time|partial thrombin time|partial prothrombin time"),
    _of("fibrinogen", "labs.fibrinogen", CHEMISTRY, "fibrinogen"),
    _of("bilirubin_direct", "labs.bilirubin_direct", CHEMISTRY | {SHARE},
        "direct bilirubin|conjugated bilirubin|direct serum bilirubin|serum direct bilirubin|direct conjugated bilirubin|direct fraction bilirubin"),
    _of("bilirubin", "labs.bilirubin", CHEMISTRY,
        "bilirubin|total bilirubin|serum bilirubin|serum total bilirubin|total serum bilirubin|tbil|tbili|tb|t bili|t bilirubin|bilirubin total|bili|tbl|total bilirubin levels|"
        "total bili|bilirubinemia|hyperbilirubinemia"),
    _of("alt", "labs.alt", CHEMISTRY,
        "alt|sgpt|alat|gpt|s gpt|alaninaminotransferase|" + _enzyme("alanine|alanin", "pyruvic|pyruvate")),
    _of("ast", "labs.ast", CHEMISTRY,
        "ast|sgot|asat|got|s got|aspartataminotransferase|serum aspartate aminotransferase|"
        + _enzyme("aspartate|aspartic|aspartase|asparagine", "oxaloacetic|oxaloacetate|oxalacetic|oxalate|oxaloacetatic")),
    _of("alp", "labs.alp", CHEMISTRY, "alkaline phosphatase|alp|alk phos|alkaline phosphatases|ap|alkp|serum alkaline phosphatase|alk phosphatase|alkphos|alkaline phosphate"),
    _of("ggt", "labs.ggt", CHEMISTRY, "ggt|gamma glutamyl transferase|gamma glutamyl transpeptidase|gamma gt|ggtp|gamma glutamyltransferase|gammaglutamyltransferase"),
    _of("ldh", "labs.ldh", CHEMISTRY, "ldh|lactate dehydrogenase|lactic dehydrogenase|serum ldh|lactic acid dehydrogenase"),
    _of("albumin", "labs.albumin", CHEMISTRY, "albumin|serum albumin|alb|hypoalbuminemia|hypoalbuminaemia"),
    _of("total_protein", "labs.total_protein", CHEMISTRY, "total protein|serum total protein"),
    _of("creatinine_clearance", "labs.creatinine_clearance", {FLOW, LIMIT, BARE},
        "creatinine clearance|crcl|cr cl|clcr|ccr|ccrcl|creatinine clearance rate|clearance of creatinine|cl cr|creatinine clearance level|creatine clearance|"
        "clearance|creatinine clearances|crcl cl|ecrcl|crci|creatinine clearing rate|endogenous creatinine clearance|crcI"),
    _of("egfr", "labs.egfr", {FLOW, LIMIT, BARE},
        "egfr|gfr|glomerular filtration rate|estimated glomerular filtration rate|estimated gfr|glomerular filtration|e gfr|radioisotope gfr|mgfr|estimated glomerular filtration"),
    _of("creatinine", "labs.creatinine", CHEMISTRY,
        "creatinine|serum creatinine|cr|scr|creatinine level|plasma creatinine|creatine|serum creatine|creat|blood creatinine|creatinines|sr creatinine"),
    _of("bun", "labs.urea_nitrogen", CHEMISTRY, "bun|blood urea nitrogen|urea nitrogen"),
    _of("urea", "labs.urea", CHEMISTRY, "urea|blood urea|serum urea"),
    _of("urate", "labs.urate", CHEMISTRY, "uric acid|serum uric acid|urate|hyperuricemia|hyperuricaemia"),
    _of("sodium", "labs.sodium", CHEMISTRY, "sodium|serum sodium|hyponatremia|hyponatraemia|hypernatremia|hypernatraemia"),
    _of("potassium", "labs.potassium", CHEMISTRY, "potassium|serum potassium|hypokalemia|hyperkalemia|hypokalaemia|hyperkalaemia"),
    _of("calcium", "labs.calcium", CHEMISTRY,
        "calcium|serum calcium|corrected calcium|corrected serum calcium|cca|hypercalcemia|hypocalcemia|hypercalcaemia|hypocalcaemia|ionized calcium|albumin corrected calcium|albumin corrected serum calcium|calcium level"),
    _of("magnesium", "labs.magnesium", CHEMISTRY, "magnesium|serum magnesium|hypomagnesemia|hypermagnesemia"),
    _of("phosphate", "labs.phosphate", CHEMISTRY, "phosphate|phosphorus|serum phosphate|serum phosphorus|inorganic phosphorus|hyperphosphatemia|hypophosphatemia"),
    _of("glucose", "labs.glucose", CHEMISTRY,
        "glucose|fasting glucose|fasting blood glucose|blood glucose|fasting plasma glucose|blood sugar|fasting blood sugar|plasma glucose|serum glucose|"
        "fasting serum glucose|fpg|fbg|fasting glucose level|random glucose|hyperglycemia|hyperglycaemia|hypoglycemia|hypoglycaemia"),
    _of("crp", "labs.crp", CHEMISTRY, "crp|c reactive protein|hs crp|hscrp"),
    _of("amylase", "labs.amylase", CHEMISTRY, "amylase|serum amylase"),
    _of("lipase", "labs.lipase", CHEMISTRY, "lipase|serum lipase"),
    _of("cpk", "", CHEMISTRY, "cpk|creatine phosphokinase|creatine kinase|ck|creatinine phosphokinase|serum creatine kinase|creatinine kinase"),
    _of("troponin", "", CHEMISTRY, "troponin|troponin i|troponin t|cardiac troponin|tnt|tni|tnt tni|troponin t tnt"),
    _of("cholesterol", "", CHEMISTRY, "cholesterol|total cholesterol|serum cholesterol|fasting cholesterol"),
    _of("hdl", "", CHEMISTRY, "hdl|hdl c|hdlc|hdl cholesterol|high density lipoprotein|high density lipoprotein cholesterol"),
    _of("ldl", "", CHEMISTRY, "ldl|ldl c|ldlc|ldl cholesterol|low density lipoprotein|low density lipoprotein cholesterol"),
    _of("triglycerides", "", CHEMISTRY, "triglycerides|triglyceride|fasting triglycerides|serum triglycerides|tg|hypertriglyceridemia|hypertriglyceridaemia"),
    _of("testosterone", "", CHEMISTRY, "testosterone|serum testosterone|total testosterone|castrate testosterone|testosterone level|castrate level"),
    _of("psa", "", CHEMISTRY, "psa|prostate specific antigen|psa level|serum psa|baseline psa|psa value|prostatic specific antigen"),
    _of("ferritin", "", CHEMISTRY, "ferritin|serum ferritin"),
    _of("vitamin_d", "", CHEMISTRY, "vitamin d|25 hydroxyvitamin d|serum 25 oh d"),
    _of("tsh", "", CHEMISTRY, "tsh|thyroid stimulating hormone|thyrotropin"),
    _of("fsh", "", CHEMISTRY, "fsh|follicle stimulating hormone"),
    _of("estradiol", "", CHEMISTRY, "estradiol|oestradiol|serum estradiol|plasma estradiol|e2"),
    _of("beta2_microglobulin", "", CHEMISTRY, "beta 2 microglobulin|beta2 microglobulin|β2 microglobulin|b2m"),
    _of("m_protein", "", CHEMISTRY | {MASS, RATE}, "m protein|serum m protein|m protein in serum|serum protein electrophoresis|urine protein electrophoresis|protein electrophoresis|serum protein electrophoresis m spike|urine protein electrophoresis m spike|urine m protein|urine m spike|serum m spike|urinary m protein|urine monoclonal protein|monoclonal protein|serum monoclonal protein|m spike|m component|serum paraprotein|monoclonal paraprotein|paraprotein"),
    _of("free_light_chain", "", CHEMISTRY, "free light chain|free light chains|involved free light chain|serum free light chain|light chain|flc|sflc|involved sflc|serum flc|involved serum free light chain|involved flc|involved free light chain level|serum free light chain assay"),
    _of("hbv_dna", "", {CONCENTRATION, CELLS, BARE, LIMIT, "dose"},
        "hbv dna|hbv na|hepatitis b virus dna|hepatitis b virus hbv dna|hepatitis b hbv dna|hepatitis b virus hbv dna titer|hepatitis b virus hbv deoxyribonucleic acid dna|hepatitis b virus hbv deoxyribonucleic acid|hepatitis b virus deoxyribonucleic acid dna|hepatitis b virus deoxyribonucleic acid|hbv viral load|hbv deoxyribonucleic acid|hepatitis b viral load|hbv dna level|hbv dna levels|hbv titer|hepatitis b dna|hbv dna quantification|hbv dna titer"),
    _of("hcv_rna", "", {CONCENTRATION, CELLS, BARE, LIMIT, "dose"}, "hcv rna|hcv viral load|hepatitis c rna|hepatitis c virus rna|hepatitis c virus hcv rna|hepatitis c hcv rna|hepatitis c virus hcv ribonucleic acid|hepatitis c virus ribonucleic acid|hcv ribonucleic acid"),
    _of("hiv_rna", "", {CONCENTRATION, CELLS, BARE, LIMIT, "dose"}, "hiv viral load|hiv rna|hiv 1 rna|hiv 1 viral load|viral load|viral loads|hiv 1 rna level|hiv ribonucleic acid|hiv load|hiv 1 rna viral load"),
    _of("ca19_9", "labs.ca19_9", CHEMISTRY, "ca 19 9|ca19 9|ca199|ca 199|carbohydrate antigen 19 9|ca 19 9 level|carbohydrate antigen 199|cancer antigen 19 9"),
    _of("ca125", "labs.ca125", CHEMISTRY, "ca 125|ca125|cancer antigen 125"),
    _of("cea", "labs.cea", CHEMISTRY, "cea|carcinoembryonic antigen"),
    _of("afp", "labs.afp", CHEMISTRY, "afp|alpha fetoprotein|alfa fetoprotein|alpha feto protein|\u03b1 fetoprotein|alphafetoprotein"),
    _of("ntprobnp", "", CHEMISTRY, "nt probnp|ntprobnp|nt pro bnp|n terminal pro brain natriuretic peptide"),
    _of("bnp", "", CHEMISTRY, "bnp|brain natriuretic peptide"),
    _of("qtc", "vitals.qtc", {SHORT, BARE},
        "qtc|qtcf|qt|qtcb|corrected qt|corrected qt interval|qt interval|qtc interval|qtcf interval|qt c|qt corrected|mean qtcf|qtc f|fridericia|"
        "qt corrected interval|qt interval corrected|resting qtc|corrected qt interval qtc|qtc prolongation|qtc intervals|qtc value|bazett"),
    _of("lvef", "", {SHARE, LIMIT, BARE},
        "lvef|left ventricular ejection fraction|ejection fraction|ef|left ventricle ejection fraction|cardiac ejection fraction|lv ejection fraction|left ventricular ef"),
    _of("shortening_fraction", "", {SHARE, LIMIT, BARE}, "shortening fraction|fractional shortening"),
    _of("fev1", "", {SHARE, LIMIT, BARE, VOLUME}, "fev1|fevi|forced expiratory volume|fev 1|forced expiratory volume in 1 second|forced expiratory volume in one second|fev1 fvc|fev1 forced vital capacity|fev 1 fvc|forced expiratory volume in 1 second forced vital capacity|forced expiratory volume 1"),
    _of("dlco", "", {SHARE, LIMIT, BARE}, "dlco|cdlco|dlcoc|dlco c|dlco va|dlco sb|corrected dlco|dlcocor|diffusion capacity|diffusing capacity|dlco adj|carbon monoxide diffusing capacity|diffusing capacity of the lungs for carbon monoxide|diffusing capacity of the lung for carbon monoxide|diffusing capacity for carbon monoxide|diffusion capacity for carbon monoxide|diffusing capacity of carbon monoxide|diffusion capacity of the lung for carbon monoxide|diffusion capacity of the lungs for carbon monoxide|diffusion capacity of carbon monoxide"),
    _of("fvc", "", {SHARE, LIMIT, BARE, VOLUME}, "fvc|forced vital capacity"),
    _of("oxygen_saturation", "vitals.oxygen_saturation", {SHARE, BARE},
        "oxygen saturation|oxygen ( o2 ) saturation|spo2|o2 saturation|sao2|pulse oximetry|o2 sat|pulse oximeter|pulse ox|baseline oxygen saturation|oxygen saturation level|sp02|oximetry|oxygen sat|oxygen level|oxygen levels"),
    _of("systolic", "vitals.systolic", {PRESSURE, BARE},
        "systolic|systolic blood pressure|sbp|sitsbp|systolic bp|systolic pressure|systolic blood pressures|systolic arterial pressure"),
    _of("other_pressure", "", {PRESSURE, BARE},
        "right ventricular systolic pressure|pulmonary artery systolic pressure|pulmonary arterial systolic pressure|pulmonary artery pressure|pulmonary arterial pressure|"
        "mean pulmonary artery pressure|intraocular pressure|portal pressure|systolic pulmonary artery pressure|mean arterial pressure|venous pressure gradient|iop|hvpg|rvsp|icp|intracranial pressure|map"),
    _of("diastolic", "vitals.diastolic", {PRESSURE, BARE},
        "diastolic|diastolic blood pressure|dbp|sitdbp|diastolic bp|diastolic pressure|diastolic arterial pressure"),
    _of("blood_pressure", "", {PRESSURE, BARE}, "blood pressure|bp|arterial pressure|blood pressures|office bp|hypertension|arterial hypertension|arterial blood pressure"),
    _of("heart_rate", "vitals.heart_rate", {RATE, BARE}, "heart rate|pulse rate|hr|pulse|resting heart rate|bradycardia|tachycardia|ventricular rate"),
    _of("respiratory_rate", "vitals.respiratory_rate", {RATE, BARE}, "respiratory rate|respiration rate|respiratory frequency|breathing rate"),
    _of("temperature", "vitals.temperature", {DEGREES}, "temperature|fever|body temperature|febrile|pyrexia|oral temperature|temp"),
    _of("weight", "demographics.weight", {MASS, BARE}, "weight|body weight|weighing|weigh|weighs|bodyweight|birth weight|birthweight"),
    _of("weight_loss", "", {SHARE, MASS}, "weight loss|loss of weight|body weight loss|lost|unintentional weight loss|loss of body weight"),
    _of("bmi", "demographics.bmi", {AREAL, BARE}, "bmi|body mass index|bmi percentile|body mass indices"),
    _of("height", "demographics.height", {LENGTH, BARE}, "height"),
    _of("ki67", "", {SHARE, BARE}, "ki67|ki 67|ki 67 index|ki67 index|ki 67 labeling index|ki 67 proliferation index|mib 1|ki 67 proliferative index"),
    _of("pd_l1", "", {SHARE, BARE}, "pd l1|pdl1|tps|cps|tumor proportion score|combined positive score|pd l1 expression|pd l1 tps|pd l1 cps|pd l1 combined positive score|pd l1 tumor proportion score"),
    _of("blasts", "", {SHARE, CELLS, BARE}, "blasts|blast|lymphoblasts|bone marrow blasts|peripheral blasts|peripheral blood blasts|blast count|marrow blasts|circulating blasts|myeloblasts|bm blasts|leukemic blasts|bone marrow blast"),
    _of("urine_protein", "", {MASS, BARE, "dose", CONCENTRATION},
        "proteinuria|urine protein|urinary protein|urine dipstick|protein in urine|24 hour urine protein|24 hr urine protein|urine protein excretion|24 hours urine protein|"
        "dipstick proteinuria|24 h urine protein|urine dipstick for proteinuria|dipstick urinalysis|24 hour protein|24 hour urinary protein|urinalysis|protein"),
    _of("upcr", "", {BARE, CONCENTRATION}, "upc|upcr|urine protein creatinine ratio|urine protein to creatinine ratio|urine protein to creatinine|upc ratio|albumin creatinine ratio|albumin creatinine ratios|albumin to creatinine ratio|urine albumin creatinine ratio|urine albumin to creatinine ratio|urinary albumin creatinine ratio|urinary albumin to creatinine ratio|urine protein creatinine|"
        "protein creatinine ratio|protein to creatinine ratio|urine protein creatinine upc ratio|urinary protein creatinine ratio|urinary protein to creatinine ratio|urine protein creatinine ration|urine protein to creatinine upc ratio|acr|uacr"),
    _of("mmse", "", GRADE, "mmse|mini mental state examination|mini mental status exam|mini mental state exam|mini mental|mmse score|mini mental status examination", grades=False),
    _of("moca", "", GRADE, "moca|montreal cognitive assessment|moca score"),
    _of("ipss", "", GRADE, "ipss|international prostate symptom score|aua symptom score|ipss score|ipss r"),
    _of("nihss", "", GRADE, "nihss|nih stroke scale|national institutes of health stroke scale"),
    _of("mrs", "", GRADE, "mrs|modified rankin scale|modified rankin score|modified rankin|mrs score"),
    _of("phq9", "", GRADE, "phq 9|phq9|patient health questionnaire"),
    _of("edss", "", GRADE, "edss|expanded disability status scale"),
    _of("gcs", "", GRADE, "gcs|glasgow coma scale|glasgow coma score"),
    _of("apgar", "", GRADE, "apgar|apgar score"),
    _of("vas", "", GRADE, "vas|visual analog scale|visual analogue scale|vas score|pain score|numeric rating scale|nrs"),
    _of("gestational_age", "", {LONG, BARE}, "gestational age|gestation|weeks gestation"),
    _of("pack_years", "", GRADE, "pack years|pack year|pack years of smoking|smoking history"),
    _of("cirrhosis_fibroscan", "", {PRESSURE, BARE}, "fibroscan|liver stiffness|transient elastography"),
)  # fmt: skip
"""Every measure that criteria name. Longer names are tried before shorter ones."""


@cache
def measures() -> Mapping[str, Measure]:
    """The measures by name."""
    return {each.name: each for each in MEASURES}


@cache
def _long_words() -> Mapping[str, frozenset[str]]:
    """The long words of which the names of laboratory values are made, by their first two letters."""
    words = {
        word
        for each in MEASURES
        if LIMIT in each.kinds
        for name in each.words
        for word in name.split()
        if len(word) >= LONG_WORD
    }
    return {first: frozenset(word for word in words if word[:2] == first) for first in {word[:2] for word in words}}


LONG_WORD = 9


@lru_cache(maxsize=50_000)
def spelt(word: str) -> str:
    """A long word as the names of laboratory values spell it, where it is one slip of the pen away, but for its end.

    >>> spelt("aminotransferace"), spelt("phoshatase"), spelt("performing")
    ('aminotransferase', 'phosphatase', 'performing')
    """
    near = _long_words().get(word[:2], frozenset())
    if word in near or len(word) < LONG_WORD - 1:
        return word
    return next((each for each in sorted(near) if each[-1] == word[-1] and _is_one_slip(word, each)), word)


def _is_one_slip(one: str, other: str) -> bool:
    """Whether a letter more, less, other or swapped makes one word of the other."""
    if abs(len(one) - len(other)) > 1:
        return False
    head = next(
        (at for at, (here, there) in enumerate(zip(one, other, strict=False)) if here != there), min(len(one), len(other))
    )
    rest, left = one[head:], other[head:]
    return rest[1:] == left or rest == left[1:] or rest[1:] == left[1:] or (rest[:2] == left[1::-1] and rest[2:] == left[2:])
