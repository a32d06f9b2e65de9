"""What a text can be: a date, an age, a number, a word of a closed set; and what else it looks like when it is not."""

import re
from collections.abc import Iterator, Mapping

from ..calendar import When
from ..finding import Unreadable
from ..quantity import Quantity
from .record import FIELDS, Identifier

LONGEST = 300
"""Characters beyond which a text is prose, whatever it begins with."""


def plain(text: str) -> str:
    """A text in small letters and figures alone, for comparison.

    >>> plain("Non-Randomized (Open Label)")
    'non randomized open label'
    """
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _spelled(rows: str) -> Mapping[str, str]:
    """`word: spelling | spelling` a line; each word is also its own spelling."""
    spelled: dict[str, str] = {}
    for row in filter(None, map(str.strip, rows.splitlines())):
        word, _, others = row.partition(":")
        for each in (word, *others.split("|")):
            if plain(each):
                spelled[plain(each)] = word.strip()
    return spelled


# The words are those of `study.yaml` where it has the field; the spellings those of the registers (ClinicalTrials.gov
# API v2 and its classic XML, EUCTR, ISRCTN, WHO ICTRP) and of pages that print them for people.
CHOICES: Mapping[str, Mapping[str, str]] = {
    "study_type": _spelled("""
        interventional: interventional clinical trial | intervention | interventional study | interventional trial | ba be
        observational: observational patient registry | observational study
        expanded_access: expanded access study"""),
    "status": _spelled("""
        not_yet_recruiting: not yet open | pending | planned | authorised | authorised not started
        recruiting: open | open to recruitment | authorised recruiting | ongoing recruiting
        enrolling_by_invitation:
        active_not_recruiting: active not recruiting | no longer recruiting | authorised recruitment ended
        suspended: temporarily halted
        terminated: prematurely ended | stopped early | stopped
        withdrawn:
        completed: ended | finished | complete
        available:
        no_longer_available:
        temporarily_not_available: temporarily not available
        approved_for_marketing:
        withheld:
        not_recruiting:
        ongoing:
        unknown: unknown status"""),
    "allocation": _spelled("""
        randomised: randomized | randomised controlled trial | randomized controlled trial
        non_randomised: non randomized | nonrandomized | nonrandomised
        none: na | n a | not applicable | not applicable single arm | not applicable to single arm"""),
    "model": _spelled("""
        single_group: single group assignment | single | single arm
        parallel: parallel assignment
        crossover: cross over | crossover assignment | cross over assignment
        factorial: factorial assignment
        sequential: sequential assignment
        cohort: cohort study
        case_control: case control study
        case_only:
        case_crossover:
        ecologic_or_community: ecologic or community studies
        family_based:
        defined_population:
        natural_history:
        other:"""),
    "masking": _spelled("""
        none: none open label | open masking not used | open label | open | no masking | na open label
        single: single blind | single masked | masking blinded single
        double: double blind | double masked | masking blinded double
        triple: triple blind | triple masked | masking blinded triple
        quadruple: quadruple blind | quadruple masked | masking blinded quadruple"""),
    "masked": _spelled("""
        participant: subject | participants
        care_provider: caregiver
        investigator:
        outcomes_assessor: outcome assessor"""),
    "purpose": _spelled("""
        treatment:
        prevention:
        diagnostic: diagnosis
        supportive_care:
        screening:
        health_services: health services research
        basic_science:
        educational: educational counseling training
        device_feasibility:
        electroconvulsive_therapy: ect
        quality_of_life:
        other:"""),
    "phases": _spelled("""
        not_applicable: na | n a | not specified | does not apply | sans objet | non applicable | no aplicable | no aplica | no procede | non applicabile | não aplicável | não se aplica | ikke relevant | niet van toepassing | keine angabe
        early_1: early phase1 | early phase 1 | phase 0
        1: phase1 | phase 1 | phase i | phase i trial | i | human pharmacology phase i
        2: phase2 | phase 2 | phase ii | phase ii trial | ii | therapeutic exploratory phase ii
        3: phase3 | phase 3 | phase iii | phase iii trial | iii | therapeutic confirmatory phase iii
        4: phase4 | phase 4 | phase iv | phase iv trial | iv | therapeutic use phase iv"""),
    "perspective": _spelled("""
        prospective:
        retrospective:
        cross_sectional:
        both: retrospective prospective
        other:"""),
    "sampling": _spelled("""
        probability: probability sample
        non_probability: non probability sample"""),
    "age_groups": _spelled("""
        child: children | under 18
        adult: adults | 18 64 years
        older_adult: older adults | elderly | 65 years"""),
    "arm_kind": _spelled("""
        experimental:
        active_comparator:
        placebo_comparator:
        sham_comparator:
        no_intervention:
        other:"""),
    "intervention_kind": _spelled("""
        behavioural: behavioral
        biological: biological vaccine | biologic
        combination_product:
        device:
        diagnostic_test:
        dietary_supplement: supplement
        drug: product
        genetic:
        procedure: procedure surgery
        radiation:
        other:"""),
}  # fmt: skip
CHOICES = {**CHOICES, "last_known_status": CHOICES["status"]}

NOTHING = frozenset(
    "|n a|na|none|null|nil|nil known|not reported|not provided|not available|no data|undefined|unknown|not applicable"
    "|not stopped|no limit|no minimum|no maximum|not specified|missing|tbd|no maximum age|no minimum age|no upper limit|no lower limit"
    "|no upper age limit|no lower age limit|no age limit|none given|not stated|keine angabe|keine|kein|kein höchstalter|kein mindestalter"
    "|no aplica|no procede|non applicabile|não se aplica|sin límite|nessun limite|sem limite|ingen|does not apply|doesn t apply|niet van toepassing|geen|sans objet|non applicable|non précisé|sans limite|aucun|aucune|ingen övre gräns|ingen|inga|uppgift saknas|ej angivet|ej tillämpligt".split(
        "|"
    )
)
"""What a field says when it says nothing."""

_MONTHS = {name: n // 2 + 1 for n, name in enumerate(
    "january jan february feb march mar april apr may may june jun july jul august aug september sep october oct "
    "november nov december dec".split())}  # fmt: skip
_MONTHS["sept"] = 9
for _names in (
    "januar januari janvier enero gennaio januari", "februar februari février febrero febbraio février", "märz mars mars marzo marzo maart",
    "april april avril abril aprile april", "mai maj mai mayo maggio mei", "juni juni juin junio giugno juni", "juli juli juillet julio luglio juli",
    "august augusti août agosto agosto augustus", "september september septembre septiembre settembre september",
    "oktober oktober octobre octubre ottobre oktober", "november november novembre noviembre novembre november",
    "dezember december décembre diciembre dicembre december",
):  # fmt: skip
    _of = _MONTHS[_names.split()[0][:3].replace("mär", "mar").replace("mai", "may").replace("okt", "oct").replace("dez", "dec")]
    _MONTHS.update(dict.fromkeys(_names.split(), _of))
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,10})\.?\s+(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|\.)?\s+(?:de\s+)?([^\W\d_]{3,10})\.?,?\s+(?:de\s+)?(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
_CLOCK = re.compile(r"(?<=\d)(?:T|\s+@?\s*)\d{1,2}:\d{2}.{0,20}$")
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?")


def which_first(text: str) -> str:
    """Whether a page's dates like 17/02/2023 put the `day` or the `month` first: what those tell that can be read in one way.

    >>> which_first("submitted 3/02/2023, registered 17/02/2023"), which_first("3/02/2023")
    ('day', '')
    """
    told = {
        "day" if int(found[1]) > 12 else "month"
        for found in re.finditer(r"(?<![\d/.-])(\d{1,2})[/.-](\d{1,2})[/.-]((?:19|20)\d\d)(?!\d)", text[:200_000])
        if (int(found[1]) > 12) != (int(found[2]) > 12)
    }
    if not told:  # what it writes in words
        names = "|".join(name.capitalize() for name in _MONTHS)
        told |= {"day"} if re.search(rf"\b\d{{1,2}} (?:{names})\.?,? (?:19|20)\d\d\b", text[:200_000]) else set()
        told |= {"month"} if re.search(rf"\b(?:{names})\.? \d{{1,2}}, (?:19|20)\d\d\b", text[:200_000]) else set()
    return told.pop() if len(told) == 1 else ""


def day(text: str, first_is: str = "") -> When:
    """A date as registers write them, to the day or the month.

    Args:
        text: The date.
        first_is: What stands first in a date like 3/02/2023, where its page tells: `day` or `month`.

    Raises:
        Unreadable: It is no date, or one that can be read in two ways.

    >>> day("Feb 26, 2022") == day("2022-02-26") == day("26 February 2022")
    True
    """
    cleaned = re.sub(r"\s*\([^()]{0,80}\)$", "", text.strip()[:140], flags=re.I)
    cleaned = re.sub(r"\s*,?\s+(?:actual|estimated|anticipated|planned)$", "", _CLOCK.sub("", cleaned), flags=re.I)
    if found := _ISO.fullmatch(cleaned):
        year, month, day_of = found[1], found[2], found[3]
    elif found := _MONTH_FIRST.fullmatch(cleaned):
        year, month, day_of = found[3], str(_MONTHS.get(found[1].casefold(), "")), found[2]
    elif found := _DAY_FIRST.fullmatch(cleaned):
        year, month, day_of = found[3], str(_MONTHS.get(found[2].casefold(), "")), found[1]
    elif found := _SLASHED.fullmatch(cleaned):
        first, second, year = int(found[1]), int(found[3]), found[4]
        first_is = first_is or ("day" if found[2] == "." else "")
        if first <= 12 and second <= 12 and first != second and not first_is:
            raise Unreadable(f"'{cleaned}' can be read with the day or the month first")
        day_of, month = (
            (str(first), str(second)) if first > 12 or (second <= 12 and first_is == "day") else (str(second), str(first))
        )
    else:
        raise Unreadable(f"'{text.strip()[:40]}' is not a date")
    if not month:
        raise Unreadable(f"'{cleaned}' names no month")
    if not 1900 <= int(year) <= 2100:
        raise Unreadable(f"'{cleaned}' is not a year in which a trial is run")
    return When.from_text("-".join(filter(None, (year, month, day_of))))


_AGE = re.compile(
    r"(\d{1,5}(?:\.\d{1,3})?)\s*\+?\s*-?\s*(?:(years?|months?|weeks?|days?|hours?|minutes?|jahren?|monaten?|wochen?|tagen?|år|månader|veckor|dagar"
    r"|ans?|mois|semaines?|jours?|jaar|maanden|weken|dagen|años?|meses|semanas|anni|mesi|settimane|anos|yrs?|y|m|w|d)\b)?\.?(?:\s*-?\s*(?:age\s*-?\s*)?old|\s*of age|\s*age\s+old|\s*ålder)?",
    re.I,
)
_LEAD = re.compile(
    r"^(?:(?:aged?|from|at least|minimum|min|over|above|up to|under|below|younger than|less than|no older than|older than|maximum|max|ab|von|bis|unter|da|desde|de|dai|dal|hasta|fino a|från|minst|högst|till)\.?\s+|[≥≤<>]\s*=?\s*)+",
    re.I,
)
_UNITS = {
    "año": "years",
    "años": "years",
    "anni": "years",
    "anos": "years",
    "meses": "months",
    "mesi": "months",
    "semanas": "weeks",
    "settimane": "weeks",
    "jaar": "years",
    "maanden": "months",
    "weken": "weeks",
    "dagen": "days",
    "an": "years",
    "ans": "years",
    "mois": "months",
    "semaine": "weeks",
    "semaines": "weeks",
    "jour": "days",
    "jours": "days",
    "jahr": "years",
    "jahre": "years",
    "jahren": "years",
    "år": "years",
    "yr": "years",
    "yrs": "years",
    "monat": "months",
    "monate": "months",
    "monaten": "months",
    "månader": "months",
    "woche": "weeks",
    "wochen": "weeks",
    "veckor": "weeks",
    "tag": "days",
    "tage": "days",
    "tagen": "days",
    "dagar": "days",
    "y": "years",
    "m": "months",
    "w": "weeks",
    "d": "days",
    "h": "hours",
}
_PER_YEAR = {"years": 1.0, "months": 12.0, "weeks": 52.1775, "days": 365.2425, "hours": 8765.82, "minutes": 525949.2}


def years(age: Quantity) -> float:
    """An age in years, for comparison.

    >>> years(Quantity(18, "months"))
    1.5
    """
    return age.value / _PER_YEAR[age.unit]


def age(text: str) -> Quantity:
    """An age: `18 Years`, `6 Months`, `15Y`, `18+ years old`.

    Raises:
        Unreadable: It is no age, or none that a person reaches.
    """
    cleaned = re.sub(
        r"\s*(?:and (?:older|over|above|up)|or (?:older|over|above|more)|(?:and|or) (?:younger|under|below)|und älter|och äldre|eller äldre|et plus|ou plus|en ouder|of ouder|\((?:adult|child|older)[^)]{0,40}\))\s*$",
        "",
        text.strip()[:80].replace("(s)", "s"),
        flags=re.I,
    )
    below = re.match(r"(?:<(?!\s*=)|under\b|below\b|younger than\b|less than\b|unter\b)", cleaned.strip(), re.I)
    found = _AGE.fullmatch(cleaned.strip()) or _AGE.fullmatch(_LEAD.sub("", cleaned.strip()))
    if not found:
        raise Unreadable(f"'{text.strip()[:40]}' is not an age")
    unit = (found[2] or "years").casefold()
    unit = _UNITS.get(unit, unit if unit.endswith("s") else unit + "s")
    value = Quantity(float(found[1]), unit)
    if below is not None and unit == "years" and value.value.is_integer() and value.value >= 1:
        value = Quantity(value.value - 1, unit)  # ages are whole years that are completed
    if years(value) > 130:
        raise Unreadable(f"'{text.strip()[:40]}' is an age that nobody reaches")
    return value


_RANGE = re.compile(
    r"(?P<low>\d{1,3}\s*(?:years?|months?|weeks?|days?|y)?)\s*(?:-|–|to|through|until)\s*(?P<high>\d{1,3}\s*(?:years?|months?|weeks?|days?|y)?|undefined|no limit|n/a)"
    r"(?P<tail>(?:\s+old)?\s*(?:\([^)]{0,60}\))?)"
    r"|(?P<alone>\d{1,3}\s*\+\s*years?(?:\s+old)?|\d{1,3}\s+years?(?:\s+of\s+age)?\s+(?:and|or)\s+(?:older|over|above|up)(?:\s*\([^)]{0,60}\))?)",
    re.I,
)  # fmt: skip
_LOW_AND_HIGH = re.compile(
    r"(?P<low>\d{1,3}(?:\.\d)?\s*[a-zå]*)\s*(?:-|–|—|~|to|through|until|up to|bis|till|tot|à|a|til|and)\s*(?P<below><|≤|under|up to|less than)?\s*(?P<high>\d{1,3}(?:\.\d)?)\s*(?P<unit>[a-zå]*)(?P<rest>.*)",
    re.I,
)
_MINIMUM = re.compile(r"(?:min(?:imum)?|lower|youngest)\.?\s*(?:age\s*)?(?:limit\s*)?:?\s*(?=\d)", re.I)
_MAXIMUM = re.compile(
    r"(?:max(?:imum)?|upper|oldest)\.?\s*(?:age\s*)?(?:limit\s*)?:?\s*(?=\d)|(?:up to|under|below|younger than|less than|no older than|bis|till|högst|[<≤])\s*=?\s*(?=\d)",
    re.I,
)


def ages_said(text: str) -> tuple[tuple[str, str], ...]:
    """The youngest and the oldest age of a labelled value, in its words; nothing where a part of it is not understood.

    >>> ages_said("18-64 years, 65+ years"), ages_said("up to 7 days"), ages_said("Min age 18 years")
    ((('minimum_age', '18 years'),), (('maximum_age', 'up to 7 days'),), (('minimum_age', '18 years'),))
    """
    if len(text) > 120:
        return ()
    lows: list[str] = []
    highs: list[str] = []
    parts = [part for part in re.split(r"[,;|]\s*", re.sub(r"\([^()]*\)", " ", text)) if part.strip()]
    for part in map(str.strip, parts):
        said = re.sub(r"^(?:ages?|aged|adults?|children)\s*:?\s+(?=\d|from|min|max|up|≥|>)", "", part, flags=re.I)
        said_range = re.sub(
            r"^(?:da|dai|de|desde|von|från|from|between|entre|zwischen|fra|mellan|van)\s+(?=\d)", "", said, flags=re.I
        )
        if found := _LOW_AND_HIGH.fullmatch(said_range):
            unit = found["unit"] or "years"
            low, high = found["low"].strip(), f"{found['high']} {unit}"
            lows.append(low if re.search(r"[a-zå]", low, re.I) else f"{low} {unit}")
            highs.append(f"{found['below']} {high}" if found["below"] else high)
        elif found := _MAXIMUM.match(said):
            lows.append("")
            highs.append(said[found.end() :] if found[0][:1].lower() in "mo" else said)
        else:
            found = _MINIMUM.match(said)
            lows.append(said[found.end() :] if found is not None else said)
            highs.append("")
    told: list[tuple[str, str]] = []
    try:
        known_lows = [(years(age(each)), each) for each in lows if each]
        known_highs = [(years(age(each)), each) for each in highs if each]
    except Unreadable:
        return ()
    if known_lows and all(lows):
        told.append(("minimum_age", min(known_lows)[1]))
    if known_highs and all(highs):
        told.append(("maximum_age", max(known_highs)[1]))
    return tuple(told)


_VOLUNTEERS = re.compile(r"(?:does not accept|doesn't accept|accepts?|no)\s+healthy (?:volunteers|people|participants)", re.I)


def facts_run_together(text: str) -> tuple[tuple[str, str, int], ...]:
    """Ages, sex and healthy volunteers that a page printed in one line: field, words, and where in the line.

    Nothing, unless the line consists of them.

    >>> [name for name, *_ in facts_run_together("18 Years - undefined (Adult)All SexesDoes not accept healthy volunteers")]
    ['minimum_age', 'maximum_age', 'sex', 'healthy_volunteers']
    """
    if len(text) > LONGEST:
        return ()
    found: list[tuple[str, str, int]] = []
    left = text
    if ages := _RANGE.search(text):
        left = left.replace(ages[0], " ", 1)
        if ages["alone"]:
            found.append(("minimum_age", re.split(r"\s+(?:and|or)\s+", re.sub(r"\+", "", ages["alone"]))[0], ages.start()))
        else:
            high = ages["high"]
            unit = re.search(r"[A-Za-z]+$", high.strip()) if high[0].isdigit() else None
            low = (
                ages["low"] if re.search(r"[A-Za-z]", ages["low"]) else f"{ages['low'].strip()} {unit[0] if unit else 'years'}"
            )
            found += [("minimum_age", low, ages.start("low")), ("maximum_age", high, ages.start("high"))]
    if sexes := re.search(r"(?:all|both) sexes", text, re.I):
        left = left.replace(sexes[0], " ", 1)
        found.append(("sex", sexes[0], sexes.start()))
    if volunteers := _VOLUNTEERS.search(text):
        left = left.replace(volunteers[0], " ", 1)
        found.append(("healthy_volunteers", volunteers[0], volunteers.start()))
    return tuple(found) if found and len(plain(left)) < 3 else ()


_LOOKING = re.compile(
    r"^(?:(?:now |currently )?(?:looking for|seeking|recruiting|enrolling|inviting|wanted:?|needs?|for)\s+)", re.I
)


def facts_in_parts(text: str) -> tuple[tuple[str, str, int], ...]:
    """Ages, sex, healthy volunteers and number that stand beside each other between commas: field, words, and where.

    Nothing, unless each part is one of them and two at least are.

    >>> [name for name, *_ in facts_in_parts("Looking for 75 adults, 18-70, any gender")]
    ['enrolment', 'minimum_age', 'maximum_age', 'sex']
    """
    parts = [part for part in re.split(r"\s*[;,·|]\s+", text.strip(" .")) if part] if len(text) < 160 else []
    found: list[tuple[str, str, int]] = []
    for part in parts if len(parts) > 1 else ():
        said = _LOOKING.sub("", part)
        at = text.find(said)
        try:
            found.append(("sex", said, at) if sex(said) else ("", "", 0))
            continue
        except Unreadable:
            pass
        if _VOLUNTEERS.fullmatch(said.strip()):
            found.append(("healthy_volunteers", said, at))
        elif (
            ages := ages_said(re.sub(r"^(?:ages?|aged)\s*:?\s+", "", said, flags=re.I))
            if re.search(r"\d\s*(?:-|–|to|y|\+|m)|^age", said, re.I)
            else ()
        ):
            found += [(name, words, at) for name, words in ages]
        elif _COUNT.fullmatch(said) and re.search(r"[a-z]", said, re.I):
            found.append(("enrolment", said, at))
        else:
            return ()
    return tuple(found) if len(found) > 1 else ()


def between(text: str) -> tuple[str, str] | tuple[()]:
    """The two dates of `Jan 9, 2024 → Dec 2025`, `From May 2024 to November 2027`, if a text is or tells these."""
    if len(text) > 160:
        return ()
    dates = [found[0] for found in _A_DATE.finditer(text)]
    if len(dates) != 2:
        return ()
    apart = text[text.index(dates[0]) + len(dates[0]) : text.rindex(dates[1])]
    is_range = re.fullmatch(r"\s*(?:-|–|—|→|->|to|until|till|through|bis|till|au|al|tot)\s*", apart, re.I)
    is_told = re.search(r"\b(?:end|finish|clos|complet|stop)\w*", apart, re.I) and re.search(
        r"\b(?:start|began|beg[iu]n|open)\w*", text.split(dates[0])[0], re.I
    )
    return (dates[0], dates[1]) if is_range or is_told else ()


_A_DATE = re.compile(
    r"\d{4}-\d\d-\d\d|(?:\d{1,2}\.?\s+)?[^\W\d_]{3,10}\.?\s+(?:\d{1,2},\s*)?(?:19|20)\d\d|\d{1,2}[/.]\d{1,2}[/.](?:19|20)\d\d"
)
_COUNT = re.compile(
    r"([\d,  ]{1,14})(?:\s*(?:participants?|patients?|subjects?|people|individuals|volunteers|children|adults|women|men|infants|babies|teenagers|deelnemers|teilnehmer\w*|patienten|probanden|deltagare|patienter|personer)(?:\s*\((?:actual|estimated?|anticipated)\))?)?",
    re.I,
)


def count(text: str) -> int:
    """How many: `60`, `1,234`, `64 participants`.

    Raises:
        Unreadable: It is no such number.
    """
    bare = re.sub(
        r"\s*[(\[](?:estimated|anticipated|expected|actual|target|planned)[)\]]$", "", text.strip(), flags=re.IGNORECASE
    )
    bare = re.sub(r"\s*\([^()]*\b(?:per|in each|each)\b[^()]*\)$", "", bare)  # `150 (50 per arm)`
    bare = re.sub(
        r"^(?:about|approximately|approx\.?|around|circa|ca\.?|up to|target|total|n\s*=|~|≈|planned|expected)\s*:?\s*",
        "",
        bare,
        flags=re.I,
    )
    found = _COUNT.fullmatch(bare) if len(text) < 80 else None
    figures = re.sub(r"\D", "", found[1]) if found else ""
    if not figures:
        raise Unreadable(f"'{text.strip()[:40]}' is not a number of people or things")
    return int(figures)


_SEX = _spelled("""
    all: both | any | any gender | any sex | either sex | men and women | women and men | both men and women | both women and men | people of any sex | man en vrouw | vrouwen en mannen | mannen en vrouwen | beiden | alle geslachten | no preference | all participants | alle | beide | beide geschlechter | männer und frauen | frauen und männer | männlich und weiblich | weiblich männlich | alla | båda | tous | ambos | ambos sexos | todos | hombres y mujeres | entrambi | entrambi i sessi | tutti | uomini e donne | begge | begge køn | begge kjønn | tous | les deux | les deux sexes | tous sexes | hommes et femmes | femmes et hommes | homme et femme | båda könen | kvinnor och män | män och kvinnor | both male female | male female both | all genders | both genders | female or male | male or female | all sexes | both sexes | male female | female male | both male and female | both males and females | both females and males | both female and male | male and female | female and male | females and males | males and females
    female: females | women | female only | females only | women only | mujeres | mujer | femenino | donne | femmina | femminile | feminino | kvinder | kvinner | femme | femmes | féminin | weiblich | frauen | kvinna | kvinnor
    male: males | men | male only | males only | men only | hombres | hombre | masculino | uomini | maschio | maschile | mænd | menn | homme | hommes | masculin | männlich | männer | man | män""")
_YES = _spelled("""
    yes: true | y | ja | oui | sí | si | sim | accepted | allowed | accepts healthy volunteers | accept healthy volunteers | healthy volunteers | healthy volunteers accepted
    no: false | n | nein | nej | non | nee | nei | no healthy volunteers | does not accept healthy volunteers | doesn t accept healthy volunteers | accepts no healthy volunteers | no healthy people | no healthy participants | not accepted | not allowed | none accepted""")


def sex(text: str) -> str:
    """`all`, `female` or `male`."""
    if (word := _SEX.get(plain(text[:60]))) is None:
        raise Unreadable(f"'{text.strip()[:40]}' is not a sex: all, female or male")
    return word


def yes_or_no(text: str) -> bool:
    """Whether a text says yes."""
    if (word := _YES.get(plain(text[:60]))) is None:
        raise Unreadable(f"'{text.strip()[:40]}' is neither yes nor no")
    return word == "yes"


_TELLS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "study_type": (
        ("observational", r"\b(?:observational|non-?interventional|nicht-?interventionell|non interventionnelle|observationnel|observationeel|observacional|osservazional|beobachtungsstudie|observationsstudie)"),
        ("interventional", r"\b(?:interventional|interventionell|interventionsstudie|interventionnel|interventieonderzoek|intervenci|interventistic|intervencion|ctimp)"),
        ("expanded_access", r"\bexpanded access"),
    ),
    "status": (
        ("not_yet_recruiting", r"\bnot yet\b|recruiting planned|recruitment pending|^pending|\bnoch nicht|\bpas encore|\baún no|\bnon ancora|\bainda não|\bendnu ikke|\bennå ikke|\bà venir|\binte (?:börjat|startat)|\bej (?:på)?börjad|\bgeplant|\bin review\b"),
        ("withdrawn", r"\bwithdrawn|\bzurückgezogen"),
        ("terminated", r"\bterminat|\bprematurely|(?<!recruitment )(?<!recruiting )\bstopped\b|\babgebrochen|\bavbruten|\bclosed to accrual and intervention"),
        ("suspended", r"\bsuspend|\btemporar|\bon hold\b|\bunterbrochen|\bpausad"),
        ("enrolling_by_invitation", r"\bby invitation"),
        ("completed", r"\b(?:study|trial) complete|^completed?\b|\bterminé|\bfinalizado|\bcompletado|\bconcluso|\bcompletato|\bconcluído|\bafsluttet|\bavsluttet|\babgeschlossen|\bavslutad|\bfollow-?up complete"),
        ("active_not_recruiting", r"\bno longer (?:recruit|enrol)|\bactive.{0,3}not (?:recruit|enrol)|\bclosed to (?:recruit|enrol|accrual|new)|\brecruit(?:ing|ment) (?:complete|ended|closed|stopped)|\bfollow-?up (?:continuing|ongoing)|rekrutierung beendet|\bnicht mehr"),
        ("not_recruiting", r"^(?:not|no)\b.{0,14}\b(?:recruiting|enrolling|open)|^closed\b|\brecrutement (?:clos|terminé)|\bkeine rekrutierung|^rekryterar inte|^nej\b"),
        ("recruiting", r"^(?:yes\W+)?(?:it is |we are |this (?:study|trial) is )?(?:currently |now |actively |open\W+|active\W+|ongoing\W+)*(?:recruiting|enrolling|open|accepting)\b|^(?:ongoing|recruitment ongoing)\W+recruit|^(?:en cours de recrutement|recrutement en cours|ouvert|open voor deelname|reclutando|en reclutamiento|abierto|in corso di arruolamento|in reclutamento|in arruolamento|aperto|recrutando|rekrutterer|werving loopt)|\brekrutierung läuft|\brekrutiert\b|\brekryterar|\brekrytering pågår|^active$|\bopen (?:for|to) (?:recruit|enrol|accrual)"),
    ),
    "allocation": (
        ("non_randomised", r"\bnon-?\s?randomi[sz]|\bnot randomi[sz]|\bnicht-?randomi|\bnon randomi|\bicke-?randomi"),
        ("randomised", r"\brandomi[sz]|\brandomly|\bat random\b|\brandomiserad|\bgerandomiseerd|\baleatori[zs]|\brandomizzat|\brandomizad|^rct$"),
        ("none", r"\bsingle[- ]arm"),
    ),
    "model": (
        ("crossover", r"\bcross-?\s?over"),
        ("single_group", r"\bsingle[- ](?:group|arm|assignment)|\bone[- ]arm|\beinarmig"),
        ("factorial", r"\bfactorial"),
        ("parallel", r"\bparallel"),
        ("cohort", r"\bcohort|\bkohort"),
        ("case_control", r"\bcase[- ]control"),
    ),
    "masking": (
        ("none", r"\bopen\b|\bopen-label|\bnot (?:blinded|masked)|\bunblinded|\bno (?:blinding|masking)|\bunverblindet|\boffen\b|\böppen|\boblindad|\bouvert|\babiert|\baperto|\babert"),
        ("quadruple", r"\bquadruple"),
        ("triple", r"\btriple|\bdreifach"),
        ("double", r"\bdouble|\bdoppel|\bdubbel|\bdoble|\bdoppio|\bduplo"),
        ("single", r"\bsingle|\beinfach|\benkel"),
    ),
    "purpose": (
        ("prevention", r"\bprevent|\bprophyla|\bpr[äé]vention"),
        ("diagnostic", r"\bdiagnos"),
        ("screening", r"\bscreening"),
        ("supportive_care", r"\bsupportive"),
        ("health_services", r"\bhealth (?:services|care)|\bversorgungsforschung"),
        ("basic_science", r"\bbasic science|\bgrundlagenforschung"),
        ("quality_of_life", r"\bquality of life"),
        ("treatment", r"\btreatment|\bth[eé]rap|\bbehandling|\btraitement|\btratamiento|\btrattamento|\btratamento"),
    ),
}  # fmt: skip
"""What in the words of a labelled value tells the word of the closed set; the first that is found."""


def told(name: str, text: str) -> str:
    """The word of a closed set that a short text amounts to, or nothing."""
    if len(text) > 90 or len(text.split()) > 10:
        return ""
    low = text.casefold()
    if name == "phases":
        found = re.fullmatch(
            r"(?:clinical |study |trial )*(?:phase|fas)\s*(\d|i{1,3}v?|iv)\s*[ab]?(?:\s+(?:clinical )?(?:study|trial))?", low
        )
        found = found or re.search(r"\(phase (i{1,3}|iv)\)", low)
        return CHOICES["phases"].get(found[1], "") if found else ""
    return next((word for word, pattern in _TELLS.get(name, ()) if re.search(pattern, low)), "")


def choice(name: str, text: str) -> str:
    """The word of a closed set that a text spells."""
    words = CHOICES[name]
    spelled = plain(text[:120])
    if spelled not in words and (word := told(name, text)):
        return word
    if spelled not in words:
        shown = ", ".join(dict.fromkeys(words.values()))
        raise Unreadable(f"'{text.strip()[:40]}' is not one of {shown}")
    return words[spelled]


COUNTRIES = frozenset(
    "Argentina|Australia|Austria|Bangladesh|Belgium|Brazil|Bulgaria|Canada|Chile|China|Colombia|Croatia|Cyprus|Czech Republic|Czechia|Denmark|Deutschland"
    "|Egypt|England|Estonia|Ethiopia|Finland|France|Georgia|Germany|Ghana|Greece|Hong Kong|Hungary|Iceland|India|Indonesia|Iran|Iraq|Ireland|Israel|Italy|Japan"
    "|Jordan|Kenya|Korea|Republic of Korea|South Korea|Kuwait|Latvia|Lebanon|Lithuania|Luxembourg|Malaysia|Malta|Mexico|Netherlands|The Netherlands"
    "|New Zealand|Nigeria|Northern Ireland|Norway|Pakistan|Peru|Philippines|Poland|Portugal|Qatar|Romania|Russia|Russian Federation|Saudi Arabia|Scotland"
    "|Serbia|Singapore|Slovakia|Slovenia|South Africa|Spain|Sri Lanka|Schweiz|Sverige|Sweden|Switzerland|Taiwan|Tanzania|Thailand|Tunisia|Turkey|Türkiye|Uganda"
    "|Ukraine|United Arab Emirates|United Kingdom|UK|United States|USA|United States of America|Uruguay|Vietnam|Viet Nam|Wales|Zambia|Zimbabwe|Österreich".split(
        "|"
    )
)
"""Countries in which trials are often run: such a line among places heads the places below it."""

STATES = frozenset(
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|District of Columbia|Florida|Hawaii|Idaho|Illinois|Indiana|Iowa|Kansas|Kentucky"
    "|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York"
    "|North Carolina|North Dakota|Ohio|Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington"
    "|West Virginia|Wisconsin|Wyoming|Alberta|British Columbia|Manitoba|New Brunswick|Newfoundland and Labrador|Nova Scotia|Ontario|Prince Edward Island|Quebec"
    "|Québec|Saskatchewan|New South Wales|Queensland|South Australia|Tasmania|Victoria|Western Australia|AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA"
    "|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|ON|BC|AB|QC|NSW|VIC|QLD".split(
        "|"
    )
)
"""States and provinces that stand behind a city where the country goes without saying."""

# How registers number trials.
REGISTERS: Mapping[str, str] = {
    "ClinicalTrials.gov": r"NCT\d{8}",
    "CTIS": r"20\d\d-5\d{5}-\d\d-\d\d",
    "EudraCT": r"(?:EUCTR)?(?:19|20)\d\d-\d{6}-\d\d(?:-[A-Z]{2,3})?",
    "ISRCTN": r"ISRCTN\d{8}",
    "ANZCTR": r"ACTRN\d{14}",
    "ChiCTR": r"ChiCTR[A-Z0-9-]{6,20}",
    "CTRI": r"CTRI/\d{4}/\d{2,3}/\d{6}",
    "DRKS": r"DRKS\d{8}",
    "IRCT": r"IRCT[0-9N]{8,24}",
    "jRCT": r"jRCTs?\d{9,10}",
    "UMIN": r"(?:JPRN-)?UMIN\d{9}",
    "PACTR": r"PACTR\d{15,18}",
    "ReBEC": r"RBR-[0-9a-z]{5,8}",
    "RPCEC": r"RPCEC\d{8}",
    "SLCTR": r"SLCTR/\d{4}/\d{3}",
    "TCTR": r"TCTR\d{8,12}",
    "KCT": r"KCT\d{7}",
    "PER": r"PER-\d{3}-\d{2}",
    "LBCTR": r"LBCTR\d{10}",
    "NTR": r"(?:NTR|NL)\d{4,5}|NL-OMON\d{4,6}",
    "WHO UTN": r"U1111-\d{4}-\d{4}",
}
_NUMBERED = {name: re.compile(pattern) for name, pattern in REGISTERS.items()}
_ANY_NUMBER = re.compile("|".join(rf"(?<![A-Za-z0-9-])(?:{pattern})(?![A-Za-z0-9])" for pattern in REGISTERS.values()))


def identifier(text: str) -> Identifier:
    """A trial's number, and the register whose form it has."""
    cleaned = text.strip()
    if len(cleaned) <= 180:
        cleaned = re.sub(r"\s*\([^)]{0,60}\)\s*$", "", cleaned)
    if not cleaned or len(cleaned) > 120:
        raise Unreadable(f"'{cleaned[:40]}' is not a trial's number")
    for name, pattern in _NUMBERED.items():
        if pattern.fullmatch(cleaned):
            if name == "EudraCT":
                cleaned = re.sub(r"^EUCTR|-[A-Z]{2,3}$", "", cleaned)
            return Identifier(name, cleaned)
    return Identifier("", cleaned)


def numbers_in(text: str) -> Iterator[tuple[str, int]]:
    """The trial numbers in a line, and where they stand."""
    for found in _ANY_NUMBER.finditer(text[:2000]):
        yield found[0], found.start()


_ORGANISATIONS = re.compile(
    r"universit|hospital|ospedal|hôpita|hopita|klinik|clinic\b|clinics\b|institut|cent(?:er|re)s?\b|foundation|fondazione|college|academy|"
    r"azienda|pharma|biotech|therapeutics|laborator|school of medicine|medical group|\b(?:inc|ltd|gmbh|llc|corp|plc|s\.?p\.?a|a/s)\b\.?|ministry|national health",
    re.I,
)  # fmt: skip
_ILLNESSES = re.compile(
    r"cancer|carcinoma|sarcoma|lymphoma|leuk|tumou?r|neoplas|metasta|disease|disorder|syndrome|infection|diabet|failure|injur|"
    r"\w{3,}(?:itis|osis|oma|emia|aemia|pathy|algia)\b",
    re.I,
)  # fmt: skip


def is_organisation(text: str) -> bool:
    """Whether a line names a hospital, a university, a company."""
    return len(text) < 150 and not text.rstrip().endswith(".") and bool(_ORGANISATIONS.search(text))


def is_illness(text: str) -> bool:
    """Whether a line names a condition."""
    return len(text) < 120 and len(text.split()) <= 10 and bool(_ILLNESSES.search(text))


_WHAT = {
    "identifier": "a trial's number", "date": "a date", "age": "an age", "sex": "a sex", "study_type": "a type of study",
    "status": "a status", "phases": "a phase", "allocation": "an allocation", "model": "a model", "masking": "a masking",
    "purpose": "a purpose", "perspective": "a time perspective", "enrolment": "a number of participants",
    "conditions": "a condition", "sponsor": "an organisation",
}  # fmt: skip
_COLUMN = {"age": "age", "sex": "sex", "date": "date", "enrolment": "enrolment", "phases": "phase", "conditions": "condition"}


def look(text: str) -> str:
    """The field whose value a text looks like, or nothing: its kind alone tells it from the others."""
    short = text.strip()
    if not short or len(short) > 150:
        return ""
    if any(number == short for number, _ in numbers_in(short)):
        return "identifiers"
    for name, read in (("other_dates", day), ("sex", sex)):
        try:
            read(short)
        except Unreadable:
            continue
        return name
    if re.search(r"\d\s*[+-]?\s*[a-zå]", short, re.I) and not _COUNT.fullmatch(short):
        try:
            age(short)
        except Unreadable:
            pass
        else:
            return "minimum_age"
    spelled = plain(short)
    for name in ("study_type", "status", "masking", "allocation", "phases", "model", "perspective", "purpose"):
        if spelled in CHOICES[name] and spelled not in ("other", "none", "single"):
            return name
    try:
        count(short)
    except Unreadable:
        pass
    else:
        return "enrolment"
    if is_organisation(short):
        return "sponsor"
    return "conditions" if is_illness(short) else ""


def likeness(field: str) -> str:
    """What `look` found, in words: `an age: it looks like the age column`."""
    key = {"identifiers": "identifier", "other_dates": "date", "minimum_age": "age"}.get(field, field)
    what = _WHAT.get(key, "")
    return f"{what}: it looks like the {_COLUMN.get(key, key.replace('_', ' '))} column" if what else ""


def says_nothing(name: str, text: str) -> bool:
    """Whether a text leaves its field empty: `N/A`, `Not reported`. A phase and an allocation can be not applicable."""
    spelled = plain(text[:60])
    if spelled not in NOTHING:
        return False
    if spelled == "unknown" and name in ("status", "last_known_status"):
        return False
    if spelled == "none" and name == "masking":
        return False
    return not (name == "phases" and spelled in CHOICES[name])


def value(name: str, text: str) -> object:
    """The value of a field that a text spells.

    Raises:
        Unreadable: The text cannot be the field's kind.
    """
    kind = FIELDS[name].kind
    if " / " in text and kind in ("date", "age", "sex", "yes_no", "choice", "count", "enrolment"):
        try:
            return _value(name, text)
        except Unreadable:
            return _of_two(name, text)
    return _value(name, text)


def _of_two(name: str, text: str) -> object:
    """A value in two languages, `Ouvert / Open label`: what the sides that can be read say, if they agree."""
    read: list[object] = []
    for side in text.split(" / ")[:3]:
        try:
            read.append(_value(name, side))
        except Unreadable:
            continue
    if not read or any(each != read[0] for each in read):
        raise Unreadable(f"'{text.strip()[:60]}' is not one value in two languages")
    return read[0]


def _value(name: str, text: str) -> object:
    match FIELDS[name].kind:
        case "date":
            return day(text)
        case "age":
            return age(text)
        case "sex":
            return sex(text)
        case "yes_no":
            return yes_or_no(text)
        case "choice":
            return choice(name, text)
        case "count" | "enrolment":
            return count(text)
        case "identifier":
            return identifier(text)
        case _:
            return text


def order_of(first: When, second: When) -> int:
    """-1 if the first date is surely before the second, 1 if surely after, 0 if it may be either."""
    return -1 if first.last < second.first else 1 if first.first > second.last else 0
