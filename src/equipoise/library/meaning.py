"""Words that mean the same in what people look for: other spellings, the two languages of anatomy, common short forms."""

import re
from difflib import get_close_matches
from typing import Final

_ROWS = """
liver | hepatic
kidney | renal
heart | cardiac
lung | pulmonary
stomach | gastric
brain | cerebral
bowel | intestinal | colorectal
skin | cutaneous
pancreas | pancreatic
prostate | prostatic
bone | osseous
metastasis | metastases | metastatic
tumour | tumor | neoplasm
cancer | carcinoma | malignancy | neoplasm | adenocarcinoma
haemorrhage | hemorrhage | bleeding
leukaemia | leukemia
anaemia | anemia
oedema | edema
oesophagus | esophagus | oesophageal | esophageal
diarrhoea | diarrhea
haemophilia | hemophilia
ischaemic | ischemic
paediatric | pediatric | children
child | children | paediatric | pediatric
infant | infants | newborn | neonate | neonatal
chemo | chemotherapy
radiotherapy | radiation
surgery | surgical | resection | operation
vaccine | vaccination | immunisation | immunization
depression | depressive
diabetes | diabetic
elderly | older
heart attack | myocardial infarction
high blood pressure | hypertension
low blood sugar | hypoglycaemia | hypoglycemia
heart failure | cardiac failure
kidney failure | renal failure
copd | chronic obstructive pulmonary disease
pdac | pancreatic ductal adenocarcinoma
hcc | hepatocellular carcinoma
crc | colorectal cancer
nsclc | non small cell lung cancer
sclc | small cell lung cancer
aml | acute myeloid leukaemia | acute myeloid leukemia
rfa | radiofrequency
tb | tuberculosis
flu | influenza
covid | covid 19 | sars cov 2
adhd | attention deficit
"""
_SAME: Final = tuple(tuple(each.strip() for each in row.split("|")) for row in _ROWS.strip().splitlines())
_OF: Final[dict[str, tuple[str, ...]]] = {}
for _row in _SAME:
    for _word in _row:
        _OF[_word] = tuple(dict.fromkeys((*_OF.get(_word, (_word,)), *_row)))
_LONGEST: Final = max(len(each.split()) for each in _OF)
IDLE: Final = frozenset(
    "a an and any are at be can for from has have i in is me my near of on or study studies that the there to trial trials what which who with".split()
)
"""Words that tell nothing of a trial."""


def telling(words: str) -> list[str]:
    """The words that tell what is looked for, in small letters.

    >>> telling("trials of chemo in Sweden"), telling("the study")
    (['chemo', 'sweden'], ['the', 'study'])
    """
    said = re.findall(r"[^\W_]+", words.replace("'s", "s").replace("\u2019s", "s").casefold())
    return [word for word in said if word not in IDLE] or said


def meant(words: str) -> list[tuple[str, ...]]:
    """What is looked for, part by part: each with the words and phrases that mean the same.

    >>> meant("heart attack Oslo")
    [('heart attack', 'myocardial infarction'), ('oslo',)]
    """
    said = telling(words)
    parts: list[tuple[str, ...]] = []
    at = 0
    while at < len(said):
        for size in range(min(_LONGEST, len(said) - at), 0, -1):
            phrase = " ".join(said[at : at + size])
            if size == 1 or phrase in _OF:
                parts.append(_OF.get(phrase, (phrase,)))
                at += size
                break
    return parts


def respelled(words: str, known: frozenset[str]) -> dict[str, str]:
    """For each word that no trial here has, the word that is spelled most like it, if one is.

    >>> respelled("depresion in adults", frozenset({"depression", "adults"}))
    {'depresion': 'depression'}
    """
    found: dict[str, str] = {}
    for word in telling(words):
        if len(word) < 5 or len(word) > 40 or word in known or word in _OF or any(c.isdigit() for c in word):
            continue
        near = [each for each in known if each[0] == word[0] and abs(len(each) - len(word)) <= 2]
        if near and (best := get_close_matches(word, near, n=1, cutoff=0.84)):
            found[word] = best[0]
    return found
