"""A trial on one page in plain words: what it is, who is asked to join, what a team would still need to know, whom to ask.

It never tells anybody whether they can join. A page does not know a person; a study team does.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..expression.facts import Facts
from ..logic import MET, NOT_MET
from ..protocol import Arm, Criterion, Endpoint, Group, Judgement, Line
from ..screening import Verdict, screening
from ..study import Study
from ..timings import moment
from .lettering import printable
from .page import Entry, Listing, Section, Table, Text, page

LEVEL = 8.0
"""The school grade above which our own sentences are not to read: that of people of 13, whom most guides name for the public."""


@dataclass(frozen=True, slots=True)
class ReadingAge:
    """How hard sentences are to read: the school grade by Flesch and Kincaid, and the age at which people are in it."""

    sentences: int
    words: int
    syllables: int

    @property
    def grade(self) -> float:
        """The grade of a school in the United States.

        Source:
            Kincaid, Fishburne, Rogers and Chissom (1975), Derivation of new readability formulas for Navy enlisted personnel,
            Research Branch Report 8-75.
        """
        if not self.sentences or not self.words:
            return 0.0
        return 0.39 * self.words / self.sentences + 11.8 * self.syllables / self.words - 15.59

    @property
    def age(self) -> int:
        """The age in years at which children are in that grade; they are six in the first."""
        return max(5, round(self.grade + 5))


def reading_age(sentences: Iterable[str]) -> ReadingAge:
    """How hard sentences are to read.

    >>> reading_age(["The cat sat on the mat."]).grade < 1
    True
    """
    told = [each for text in sentences for each in re.split(r"(?<=[.!?:])\s+", text) if re.search(r"[A-Za-z]", each)]
    words = [word for each in told for word in re.findall(r"[A-Za-z][A-Za-z'’]*", each)]
    return ReadingAge(len(told), len(words), sum(map(syllables, words)))


def syllables(word: str) -> int:
    """The syllables of an English word, as its vowels tell: groups of them, without an e that is not spoken.

    >>> [syllables(word) for word in ("time", "people", "study", "tablet", "asked")]
    [1, 2, 2, 2, 1]
    """
    low = re.sub(r"[^a-z]", "", word.lower())
    count = len(re.findall(r"[aeiouy]+", low))
    if re.search(r"[^aeiouyl]e$|[^aeioudt]ed$|[^aeiouysxzcg]es$", low) and count > 1:
        count -= 1
    return max(1, count)


# --- the page --------------------------------------------------------------------------------------------------------


class _Words:
    """What the page says in words of ours, kept apart from what it quotes: the first is measured."""

    def __init__(self) -> None:
        self.ours: list[str] = []

    def say(self, text: str) -> str:
        if text not in self.ours:  # said twice, it is measured once
            self.ours.append(text)
        return text


def plain_page(study: Study, facts: Facts | None = None) -> str:
    """A page about a trial for people who may want to join it, as HTML.

    Args:
        study: The trial.
        facts: What a person has told of themselves, for the part that says what a team would still need to know.
    """
    words, protocol = _Words(), study.protocol
    sections = [
        Section("What this study is about", tuple(_about(study, words))),
        Section("What happens", tuple(_happens(study, words))),
        Section("What the team looks at", tuple(_looked_at(study, words))),
        Section("Who is asked to join", tuple(_asked(study, words))),
        Section("Before you call: what a team would need to know", tuple(_needed(study, facts, words))),
        Section("Whom to ask", tuple(_whom(study, words))),
        Section("Words on this page", tuple(_glossary(study, words))),
    ]
    lead = words.say("This page is in plain words. It does not take the place of a talk with the study team or your doctor.")
    age = reading_age(words.ours)
    foot = f"Our own sentences on this page read at about age {age.age} (Flesch-Kincaid grade {age.grade:.1f}). Words in “quotes” are the study’s own and may be harder."
    numbers = ", ".join(each.id for each in protocol.registrations)
    facts_shown = [
        (name, text)
        for name, text in (
            ("Number", numbers),
            ("Run by", protocol.sponsor),
            ("State", _STATES.get(protocol.status, protocol.status)),
        )
        if text
    ]
    return page(
        printable(protocol.title),
        [each for each in sections if each.parts],
        virtual=False,
        lead=lead,
        facts=facts_shown,
        foot=foot,
    )


_STATES = {
    "recruiting": "open: people can ask to join", "not yet recruiting": "not open yet", "enrolling by invitation": "open to those who are asked",
    "active not recruiting": "under way, no one new is taken", "not recruiting": "no one new is taken", "completed": "over",
    "terminated": "stopped early", "withdrawn": "never began", "suspended": "paused", "ongoing": "under way",
}  # fmt: skip
_STATES |= {state.replace(" ", "_"): says for state, says in _STATES.items()}
"""Where a study stands, in plain words."""


def own_words(study: Study) -> tuple[str, ...]:
    """The sentences of a trial's page that are ours, not the study's: those whose reading age is measured."""
    words = _Words()
    for part in (_about, _happens, _looked_at, _asked, _whom, _glossary):
        list(part(study, words))
    list(_needed(study, None, words))
    return tuple(words.ours)


_TESTS = {
    "treatment": "This study tests a treatment.",
    "prevention": "This study tests a way to stop people from getting ill.",
    "diagnostic": "This study tests a way to find an illness.",
}


def _about(study: Study, words: _Words) -> Iterator[Text]:
    design, told = study.protocol.design, []
    if any("interventional or observational" in each.what for each in study.protocol.unstated):
        told.append("The study’s record does not say what kind of study it is. Ask the team if a treatment is being tested.")
    elif design.type == "interventional":
        told.append(
            _TESTS.get(design.purpose or "", "In this study, people are given something, or something is done for them.")
        )
    else:
        told.append("In this study, doctors watch what happens to people. The study does not choose the treatment.")
    if design.perspective in ("retrospective", "both"):
        told.append(
            "It looks at people who were treated in the past."
            if design.perspective == "retrospective"
            else "It looks back at past patients, and forward with new ones."
        )
    if design.enrolment:
        told.append(f"About {design.enrolment} people take part.")
    if study.protocol.conditions:
        yield Text(" ".join(map(words.say, told)) + f" It is about: “{'; '.join(study.protocol.conditions)}”.")
    else:
        yield Text(" ".join(map(words.say, told)))
    if study.protocol.summary:
        yield Text(f"“{study.protocol.summary}”", "note")


def _happens(study: Study, words: _Words) -> Iterator[Text | Listing]:
    protocol, design = study.protocol, study.protocol.design
    arms: tuple[Arm | Group, ...] = (*protocol.arms.values(), *protocol.groups.values())
    if len(arms) > 1:
        told = [f"There are {len(arms)} groups."]
        if protocol.arms and design.allocation == "randomised":
            told.append("Chance picks your group, like the toss of a coin. You do not choose, and your doctor does not choose.")
        elif protocol.arms:
            told.append("Chance does not pick your group. Ask the team who does.")
        if protocol.arms and design.masking == "none":
            told.append("You will know which group you are in.")
        elif protocol.arms and design.masking:
            told.append("You may not be told which group you are in until the study ends.")
        yield Text(" ".join(map(words.say, told)))
        yield Listing(
            tuple(
                Entry(f"“{each.label or each.name}”", f"“{each.text}”" if each.text and each.text != each.label else "")
                for each in arms
            )
        )
    lines = [_line(line, study, words) for line in protocol.schedule]
    if lines:
        yield Text(words.say("This is what is done, and when:"))
        yield Listing(tuple(Entry(each) for each in dict.fromkeys(lines)))
    elif not arms:
        yield Text(words.say("The study’s record does not say what is done, or when. Ask the team."))


_PLAIN = {
    "enrolment": "you join", "randomisation": "your group is picked", "assignment": "your group is set", "off_treatment": "treatment ends", "surgery": "surgery",
    "ablation": "the ablation", "diagnosis": "the illness is found", "first_treatment": "treatment starts", "discharge": "you leave hospital", "death": "death",
}  # fmt: skip


def _moment(text: str, study: Study) -> str:
    bare = re.sub(r"^(?:first|last|entered|left)\(|\)$", "", text.strip())
    said = f"{bare} {study.label(bare) if bare in study.activities else ''}".replace("_", " ")
    return (
        _PLAIN.get(bare)
        or _PLAIN.get(moment(said))
        or f"“{study.label(bare) if bare in study.activities else bare.replace('_', ' ')}”"
    )


def _line(line: Line, study: Study, words: _Words) -> str:
    what = ", ".join(study.label(name) for name in line.do)
    if line.every is not None:
        when = f"every {line.every.count} rounds of treatment" if line.every.activity else f"every {line.every}"
    elif line.at is not None:
        when = f"after {line.at}"
    else:
        days = ", ".join(map(str, line.on))
        when = f"on day {days}" if len(line.on) == 1 else f"on days {days}"
    if line.anchor is not None:
        when += (
            f", counted from when {_moment(line.anchor.text, study)}"
            if _is_clause(line.anchor.text, study)
            else f", counted from {_moment(line.anchor.text, study)}"
        )
    if line.until is not None:
        when += f", until {line.until if not hasattr(line.until, 'text') else _moment(line.until.text, study)}"
    words.say(f"It is done {when}.")
    return f"{what}: {when}." + (" For some people only." if line.while_ is not None else "")


def _is_clause(text: str, study: Study) -> bool:
    return _moment(text, study).startswith(("you ", "your ", "treatment ", "the illness is"))


_OUTCOMES: tuple[tuple[str, str, str], ...] = (
    ("time_to_event", r"^death$", "How long people live."),
    ("time_to_event", r"progress|spread", "How long people live before the illness gets worse."),
    ("time_to_event", r"recur|relaps", "How long people live before the illness comes back."),
    ("occurrence", r"death", "How many people die in a set time."),
    ("occurrence", r"complication|adverse", "How many people have harm from the treatment."),
    ("score", r"", "What people say about how they feel."),
    ("cost", r"", "What the treatment costs."),
)  # fmt: skip


def _outcome(endpoint: Endpoint) -> str:
    events = " ".join(each.text for each in endpoint.events)
    return next((says for kind, pattern, says in _OUTCOMES if kind == endpoint.kind and re.search(pattern, events)), "")


def _looked_at(study: Study, words: _Words) -> Iterator[Text | Listing]:
    endpoints = tuple(study.protocol.endpoints.values())
    if not endpoints:
        yield Text(words.say("The study’s record does not say what the team looks at. Ask them."))
        return
    for role, heading in (("primary", "Most of all, the team wants to know this:"), ("", "The team also looks at this:")):
        mine = [each for each in endpoints if (each.role == "primary") == (role == "primary")]
        entries = []
        for each in mine[:40]:
            plain = _outcome(each)
            entries.append(
                Entry(
                    words.say(plain) if plain else f"“{each.label or each.name}”",
                    f"“{each.label}”" if plain and each.label else "",
                )
            )
        if entries:
            yield Text(words.say(heading))
            yield Listing(tuple(dict.fromkeys(entries)))


def _asked(study: Study, words: _Words) -> Iterator[Text | Table]:
    criteria = [each for each in study.protocol.eligibility if not _is_rest(each)]
    if not criteria:
        yield Text(words.say("The study’s record does not say who is asked to join. Ask the team."))
        return
    yield Text(words.say("These are the study’s rules, at a glance. The team checks each of them. They may know of more."))
    rows = [
        ("to join" if each.include is not None else "not to join", _says(each.text, each.rule, study), ", ".join((*each.cohorts, *each.groups)).replace("_", " ") or "all")
        for each in criteria
    ]  # fmt: skip
    yield Table(
        "The rules", ("List", "What the rule says", "For whom"), tuple(sorted(rows, key=lambda row: row[0] != "to join"))
    )


def _says(text: str, rule: object, study: Study) -> str:
    if text:
        return f"“{text}”"
    if isinstance(rule, Judgement):
        return f"“{rule.judge}”"
    return f"“{rule}”"


def _is_rest(criterion: Criterion) -> bool:
    """Whether it is the part of another criterion that no rule could say."""
    return (
        not criterion.text
        and isinstance(criterion.rule, Judgement)
        and criterion.rule.judge.startswith("Is the rest of this so")
    )


def _needed(study: Study, facts: Facts | None, words: _Words) -> Iterator[Text | Table]:
    """What a team would still need to know: never whether somebody can join."""
    yield Text(
        words.say(
            "No page can tell you whether you can join. Only the team can, once they have met you. This list may help you to get ready for that talk."
        ),
        "warning",
    )
    told = screening(study, facts).verdicts if facts is not None else ()
    rows: list[tuple[str, str, str]] = []
    for number, criterion in enumerate(study.protocol.eligibility):
        verdict = told[number] if told else None
        if not _is_rest(criterion):
            rows.append((_says(criterion.text, criterion.rule, study), *_heard(verdict, words)))
        elif verdict is not None and rows and verdict.truth not in (MET, NOT_MET):
            rule, read, needed = rows[-1]
            rows[-1] = (rule, read, f"{needed} {words.say('Is the rest of the rule so?')}")
    if rows:
        head = (
            ("The rule", "What you told", "What the team would need to know")
            if facts is not None
            else ("The rule", "Your notes", "What the team would need to know")
        )
        yield Table("To talk about", head, tuple(rows))
    yield Text(
        words.say("If a rule does not seem to fit you, ask all the same. Rules can change, and there may be another study.")
    )


def _heard(verdict: Verdict | None, words: _Words) -> tuple[str, str]:
    """What somebody told that bears on a rule, and what is asked next."""
    if verdict is None:
        return " ", words.say("Your answer, and the papers that show it.")
    read = (
        "; ".join(f"{each.label}: {each.value}" for each in verdict.explanation.reads if each.id != "(assumed)")
        or "nothing yet"
    )
    if verdict.truth is MET:
        return read, words.say("This goes with the rule as it is written. The team will check it.")
    if verdict.truth is NOT_MET:
        return read, words.say("The rule as it is written asks for something else. Ask the team what that means for you.")
    asked = (each.label or each.fact.replace("_", " ") for each in verdict.explanation.missing)
    lacks = "; ".join(dict.fromkeys(re.sub(r":? “[^”]*”\??", "", each).rstrip("?") + "?" for each in asked))
    return read, f"{words.say('Not known yet.')} {lacks}"


def _whom(study: Study, words: _Words) -> Iterator[Text | Listing]:
    protocol = study.protocol
    entries = []
    if protocol.sponsor:
        entries.append(Entry(f"The study is run by “{protocol.sponsor}”."))
        words.say("The study is run by them.")
    entries += [
        Entry(f"“{', '.join(dict.fromkeys(filter(None, (each.label, each.country))))}”", "a place where people are seen")
        for each in list(protocol.sites.values())[:40]
        if each.label and each.label != "The centre"
    ]
    entries += [
        Entry(f"{each.registry}: {each.id}", "look for this number there: the register lists whom to call or write to")
        for each in protocol.registrations
        if each.registry not in ("sponsor", "acronym")
    ]
    if entries:
        yield Text(words.say("Show this page to your doctor. Then ask here:"))
        yield Listing(tuple(entries))
    else:
        yield Text(words.say("The study’s record names nobody to ask. Show this page to your doctor."))


_EXPLAINED: tuple[tuple[str, str, str], ...] = (
    (r"\becog\b", "ECOG", "How well you manage each day. 0 means as well as before you were ill. 4 means in bed all day."),
    (r"karnofsky", "Karnofsky", "How well you manage each day, from 0 to 100. 100 means with no trouble at all."),
    (r"metasta", "Metastasis", "A spot where the cancer has spread."),
    (r"\bablat|\brfa\b", "Ablation", "Heat or cold from a thin needle kills a spot of cancer."),
    (r"chemo|systemic therap", "Chemotherapy", "Drugs that fight cancer all through the body."),
    (r"resect", "Resection", "Surgery that cuts out a tumour."),
    (r"adenocarcinoma|\bpdac\b", "Adenocarcinoma", "A common kind of cancer. It starts in glands."),
    (r"platelet", "Platelets", "Parts of the blood that help it to clot."),
    (r"bilirubin", "Bilirubin", "A blood test that shows how well the liver works."),
    (r"creatinine", "Creatinine", "A blood test that shows how well the kidneys work."),
    (r"\binr\b", "INR", "A blood test that shows how fast the blood clots."),
    (r"\buln\b|upper limit", "ULN", "The top of what is normal in a blood test."),
    (r"random", "Random", "Picked by chance."),
    (r"placebo", "Placebo", "It looks like the drug, but has no drug in it."),
    (r"recist|progress", "Progression", "The cancer has grown or spread."),
    (r"contracept", "Contraception", "Ways not to get pregnant."),
    (r"biops", "Biopsy", "A small piece of the body is taken out and looked at."),
    (r"synchronous", "Synchronous", "Found at the same time."),
)  # fmt: skip
"""Words that studies use of people who do not; what stands here is in our own words."""


def _glossary(study: Study, words: _Words) -> Iterator[Table]:
    protocol = study.protocol
    texts = [protocol.title, protocol.summary, *(f"{each.text} {each.rule}" for each in protocol.eligibility), *(f"{each.label} {each.text}" for each in protocol.arms.values()),
             *(each.label for each in protocol.endpoints.values())]  # fmt: skip
    said = " ".join(texts).lower()
    rows = tuple((name, words.say(says)) for pattern, name, says in _EXPLAINED if re.search(pattern, said))
    if rows:
        yield Table("Hard words", ("Word", "What it means"), rows)
