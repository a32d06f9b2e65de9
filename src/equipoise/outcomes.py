"""What a register's outcome asks for: the kind of endpoint, its clock, its events and its horizon, or what it leaves open."""

import re
from dataclasses import dataclass
from typing import Literal

from .calendar import Span
from .criteria.atoms import measures_named
from .criteria.measures import measures
from .timings import Timing, moment, timing

Role = Literal["primary", "secondary", "exploratory", "safety"]
Kind = Literal["time_to_event", "occurrence", "measurement", "trajectory", "score", "cost"]

ITSELF = "itself"
"""The event of an outcome that is none of those known by name: what its title says."""

LONG = 4_000
"""Characters of an outcome that are looked at."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """An outcome as it can be said in a study file.

    `events` end its clock, by name: death, progression, recurrence, complication and the like; `competing` make them
    impossible. `origin` is the moment from which it counts, by name, and `origin_said` whether the text says so.
    `measures` are terms of the vocabulary. `gaps` are what the text leaves open, a sentence each.
    """

    title: str
    text: str
    role: Role
    kind: Kind
    timing: Timing
    events: tuple[str, ...] = ()
    competing: tuple[str, ...] = ()
    origin: str = "enrolment"
    origin_words: str = ""
    origin_said: bool = False
    attributed_to: str = ""
    measures: tuple[str, ...] = ()
    horizon: Span | None = None
    gaps: tuple[str, ...] = ()


_SURVIVAL: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"progression[- ]free|\bpfs\b", ("progression", "death")),
    (r"(?:recurrence|relapse|disease|metastas[ie]s)[- ]free|\brfs\b|\bdfs\b|\bmfs\b", ("recurrence", "death")),
    (r"(?:event|failure)[- ]free|\befs\b|\bffs\b", ("progression", "recurrence", "death")),
    (r"\boverall[- ]survival|\bos\b|\bsurvival (?:rate|time|probabilit|at|of|after)|\bsurviv(?:e|al)\b(?!.{0,20}free)|\blive longer", ("death",)),
)  # fmt: skip
"""What the names of survivals count as their events, as trials in oncology use them (Pazdur 2008, Oncologist 13 Suppl 2:19-21)."""

_EVENTS: tuple[tuple[str, str], ...] = (
    ("death", r"\bdeath|\bdied?\b|\bmortality\b|\bsurviv"),
    ("recurrence", r"\b(?:distant|first|new) (?:\w+ )?metastas[ie]s|\brecur|\brelaps|\bcome back"),
    ("progression", r"\bprogress|\bgrowth\b"),
    ("adverse_event", r"\badverse(?! (?:cardi|limb|kidney|renal|liver|cerebro|maternal|neonatal|perinatal|pregnancy|obstetric|birth|clinical out|outcome))|\btoxicit|side[- ]effect|\bae?s?\b(?=.{0,20}grade)|\bsae\b|\bteae|\bsafety\b|\btolerab"),
    ("complication", r"\bcomplication|\bmorbidit|clavien|\bleak|\bfistula|\bh[ae]*emorrhage|\bbleeding|\bnecrosis\b"),
    ("withdrawal", r"\bwithdraw|\bdrop[- ]?outs?|\bdiscontinu"),
    ("hospitalisation", r"\bhospitali[sz]ation|\breadmission|\badmission"),
    ("infection", r"\binfection|\bsepsis|\bcandid"),
    ("response", r"\bresponse\b|\brespond|\bremission\b|\borr\b|\bdisease control"),
)  # fmt: skip

_PANELS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("liver function", r"(?:liver|hepatic) function", ("labs.bilirubin", "labs.albumin", "labs.alt", "labs.ast")),
    ("kidney function", r"(?:kidney|renal) function", ("labs.creatinine",)),
    ("tumour markers", r"t\w{2,5}r (?:bio)?-?markers?", ("labs.ca19_9", "labs.cea")),
    ("coagulation", r"coagulation (?:function|test|parameter|panel|profile)", ("labs.inr",)),
    ("blood count", r"blood (?:routine|count)|h[ae]+matolog", ("labs.haemoglobin", "labs.leucocytes", "labs.platelets")),
)  # fmt: skip
PANELS = {called: terms for called, _, terms in _PANELS}
"""What the name of a group of tests is taken to hold, until somebody says which."""

_FROM_TO = re.compile(
    r"\b(?:time|interval|duration|period|days?|months?|measured|calculated|defined as)\b.{0,40}?\bfrom\b\s+(?:the\s+)?(?P<origin>[^.;]{3,80}?)\s+(?:to|until|till)\s+(?:the\s+)?(?P<event>[^.;]{3,120})",
    re.IGNORECASE,
)
_FRAMED = re.compile(
    r"^from\s+(?:the\s+)?(?P<origin>[^.;]{3,80}?)\s+(?:to|until|till)\s+(?:the\s+)?(?P<event>[^.;]{3,120})", re.IGNORECASE
)
"""The clock where the time frame tells it: `from date of randomization until the date of first documented progression`."""
_AFTER = re.compile(r"\b(?:after|following|post)[- ]+(?:the\s+)?(?P<origin>[A-Za-z -]{3,60})", re.IGNORECASE)


def outcome(title: str, text: str = "", frame: str = "", role: Role = "secondary") -> Outcome:
    """An outcome, from its title, its description and its time frame.

    >>> made = outcome("Overall Survival", "Time from enrollment to death", "2 years", "primary")
    >>> made.kind, made.origin, made.events, str(made.horizon)
    ('time_to_event', 'enrolment', ('death',), '2 years')
    """
    title, text = " ".join(title[:LONG].split()), " ".join(text[:LONG].split())
    when = timing(frame) if frame.strip() else _timed_inside(title, text)
    said = f"{title}. {text}".lower()
    name = title.lower()
    gaps = [f"{when.gap}"] if when.gap else []
    clock = _FROM_TO.search(f"{title}. {text}")
    survival = () if _is_counted(name) else next((events for pattern, events in _SURVIVAL if re.search(pattern, name)), ())
    if not survival and not _is_counted(name) and not _is_asked(name) and not re.search(r"\bsafety\b|\bcost", name):
        survival = next((events for pattern, events in _SURVIVAL[:-1] if re.search(pattern, text.lower()[:80])), ())
    framed = _FRAMED.search(frame[:LONG].strip()) if clock is None else None
    if framed is not None and _events(framed["event"]) and (survival or re.search(r"\btime to\b|\bduration of", name)):
        clock = framed
    origin, origin_words, is_said = _origin(clock, f"{title}. {text}", when)
    lasting = bool(re.search(r"\btime to\b|\bduration of (?:response|remission)|kaplan[- ]meier", name)) or _is_lasting(
        name, text
    )
    if clock is not None or survival or lasting:
        told = _events(clock["event"]) if clock is not None else ()
        events = told or survival or _events(re.sub(r"^.*?\btime to\b", "", name)) or ((ITSELF,) if lasting else ())
        if survival and told and set(told) < {*survival}:
            events = told  # what the page defines comes before what the name means elsewhere
        if events:
            gaps += _clock_gaps(events, survival, bool(told), is_said, origin_words)
            competing = ("death",) if "death" not in events else ()
            return Outcome(
                title,
                text,
                role,
                "time_to_event",
                when,
                events,
                competing,
                origin,
                origin_words,
                is_said,
                horizon=when.last,
                gaps=tuple(gaps),
            )
    if re.search(r"\bcosts?\b|\bexpenditure|\bexpense|\bcharges\b|cost-?effective", name):
        gaps.append("what is counted as a cost, and in which currency, is not said")
        return Outcome(
            title, text, role, "cost", when, (), (), origin, origin_words, is_said, horizon=when.last, gaps=tuple(gaps)
        )
    if (
        _is_counted(name)
        or re.search(r"\bmortality\b|\bdeath", name)
        or (_events(name) and not _is_asked(name) and not _is_level(name))
    ):
        events = _events(name) if not _is_asked(name) else ()
        if (
            events
            and re.search(r"^(?:death|mortality) (?:and/or|or)\b|\b(?:and/or|or) (?:death|mortality)\b", name)
            and len(events) == 1
        ):
            events = (*events, ITSELF)  # death, or what else the title names
        events = events or (_events(text) if not _is_counted(name) else ()) or ((ITSELF,) if _is_counted(name) else ())
        if events:
            procedure = (
                "procedure"
                if re.search(
                    r"(?:procedure|surgery|operation|treatment|ablation|device)[- ]related|related to (?:the )?(?:procedure|surgery|ablation)|post[- ]?operative|perioperative|surgical",
                    said,
                )
                else ""
            )
            if procedure and not is_said:
                origin, is_said = "procedure", True
            if not is_said:
                gaps.append("from when it counts is not said")
            if when.last is None and not when.gap:
                gaps.append("within what time it counts is not said")
            return Outcome(
                title,
                text,
                role,
                "occurrence",
                when,
                events,
                (),
                origin,
                origin_words,
                is_said,
                procedure,
                horizon=when.last,
                gaps=tuple(gaps),
            )
    panels = [(called, terms) for called, pattern, terms in _PANELS if re.search(pattern, said)]
    known = [term for each in measures_named(said) if (term := _term(each))]
    if (panels or known) and not _is_asked(name):
        gaps += [f"which tests '{called}' stands for is not said" for called, _ in panels]
        terms = tuple(dict.fromkeys([*(term for _, each in panels for term in each), *known]))
        once = len(when.at) == 1 and not panels and len(terms) == 1 and not re.search(r"\bchange\b", name)
        return Outcome(
            title,
            text,
            role,
            "measurement" if once else "trajectory",
            when,
            (),
            (),
            origin,
            origin_words,
            is_said,
            measures=terms,
            horizon=when.last,
            gaps=tuple(gaps),
        )
    if _is_asked(f"{name}. {text.lower()}"):
        gaps.append("the questions, and how the answers are added up, are not printed")
        return Outcome(
            title, text, role, "score", when, (), (), origin, origin_words, is_said, horizon=when.last, gaps=tuple(gaps)
        )
    gaps.append("how it is measured, and in what unit, is not said in words that are understood here")
    return Outcome(
        title, text, role, "measurement", when, (), (), origin, origin_words, is_said, horizon=when.last, gaps=tuple(gaps)
    )


_INSIDE = re.compile(
    r"\b(?:at|after|within|up to|over|until|through|on|by|during)\s+(?:the\s+)?(?:[^.;]{0,40}?\b(?:day|week|month|year)s?\s+\d|(?:baseline|[^.;]{0,40}?\d[^.;]{0,20}?(?:hour|day|week|month|year)))[^.;]*",
    re.IGNORECASE,
)


def _timed_inside(title: str, text: str) -> Timing:
    """When an outcome is measured where no time frame stands apart: `HbA1c measured at baseline and 12 months`."""
    for words in (title, text):
        if (found := _INSIDE.search(words)) is not None and (when := timing(found[0])).last is not None:
            return when
    return timing("")


def _is_counted(name: str) -> bool:
    """Whether people are counted to whom something happened."""
    whom = r"(?:participants|patients|subjects|people|women|men|children|infants)"
    if re.search(
        r"\bnumber of (?:[\w-]+ ){0,3}?(?:days|hours|minutes|steps|nodes|attempts|units|doses|cycles|tablets|puffs|points|words)\b",
        name,
    ):
        return False
    if (
        re.search(
            r"^(?:need|requirement|necessity) (?:for|of)\b|^freedom from\b|^(?:development|onset|presence|absence|achievement) of\b|\bconversion to\b"
            r"|\b(?:loco-?regional|local|tumou?r|disease) control\b|\b(?:graft|treatment|implant|device|technique|flap|therapeutic|virological) failure\b|\b(?:clinical|technical|microbiological|procedural|treatment) (?:cure|success)\b",
            name,
        )
        and not _is_asked(name)
        and not _is_level(name)
    ):
        return True
    if re.search(rf"^(?:the )?(?:percent\w*|proportion|number|share|rate) of (?:\w+ ){{0,3}}{whom}\b", name):
        return True
    return bool(re.search(r"\bincidence|\brates?\b|\bnumber of|\bproportion|\bpercent|\bfrequency|\boccurrence|\bparticipants with\b|\bpatients with\b", name)) and not _is_level(name)  # fmt: skip


def _is_lasting(name: str, text: str) -> bool:
    """Whether the description, not the name, says that a time is measured."""
    begins = re.match(r"(?:the )?time (?:to|until|from \w+ (?:to|until))\b", text.lower())
    return (
        begins is not None
        and not _is_asked(name)
        and not _is_level(name)
        and not _is_counted(name)
        and not re.search(r"\btime\b|\bduration\b|\blength\b", name)
    )


def _is_asked(name: str) -> bool:
    return bool(
        re.search(
            r"questionnaire|\bscores?\b|\bscales?\b|\binventory\b|\bindex\b|satisfaction|quality of life|\bqo?l[qy]?\b|\bsf-?36|\beq-?5d|\bpain\b|\bvas\b|\bphq-?\d|\bgad-?7\b|\bhads\b|\bmmse\b|\bmoca\b|\bmadrs\b|\bham-?[da]\b|\bpanss\b|\bbdi\b|\bnihss\b|\bwomac\b|\bkoos\b|\bepds\b|\bpsqi\b|\bedss\b|\bupdrs|\bsgrq\b|\bpasi\b|\beasi\b|\bdlqi\b|\bpedsql\b|\bpromis\b|\bqlq|\bqor-?\d|quality of recovery",
            name,
        )
    )


def _is_level(name: str) -> bool:
    return bool(re.search(r"\bconcentration|\blevels?\b|\bchange (?:in|from)|\bmean\b|\bvolume\b|\bchange of", name))


def _events(words: str) -> tuple[str, ...]:
    return tuple(event for event, pattern in _EVENTS if re.search(pattern, words.lower()))


def _term(measure: str) -> str:
    known = measures().get(measure)
    return known.term if known is not None and known.term.startswith(("labs.", "vitals.", "liver.")) else ""


def _origin(clock: re.Match[str] | None, said: str, when: Timing) -> tuple[str, str, bool]:
    """The moment from which it counts, its words, and whether the text says it."""
    for words in (
        clock["origin"] if clock is not None else "",
        when.anchor,
        *(found["origin"] for found in _AFTER.finditer(said)),
    ):
        if words and (name := moment(words)):
            return name, words, True
    return "enrolment", clock["origin"] if clock is not None else "", False


def _clock_gaps(events: tuple[str, ...], named: tuple[str, ...], told: bool, is_said: bool, words: str) -> list[str]:
    gaps = []
    if not is_said:
        gaps.append(f"from when it counts is not said{f' in words understood here: {words}' if words else ''}")
    if named and "death" in named and "death" not in events:
        gaps.append(f"what a death without {events[0].replace('_', ' ')} counts as is not said")
    elif not told and len(events) > 1:
        gaps.append(f"which events count is not said: {' and '.join(events)} are taken, as the name has it elsewhere")
    return gaps
