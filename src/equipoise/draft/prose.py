"""What a record tells in sentences alone: treatments, arms, the order of treatment, aims. Only what a sentence says surely.

`2-4 cycles of systemic therapy`, `a maximum of 3 times of ablations`, `separated from ablation by 1 week`, `in the control
group, systemic therapy alone`, `the primary aim is to examine overall survival`. What a sentence leaves open is marked.
"""

import re
from dataclasses import dataclass
from typing import Any

from ..outcomes import outcome
from ..registries.record import Said, surest
from .design import DRUG, PROCEDURE
from .endpoints import endpoint
from .made import Made, clean, slug, word_of

LONG = 20_000
"""Characters of a text whose sentences are looked at."""
MOST_STEPS = 12
_COUNTS = {
    word: count for count, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}
_N = rf"(?:\d{{1,2}}|{'|'.join(list(_COUNTS)[1:])})"
_ENDS = r"(?=\s+(?:should|shall|will|would|were|was|are|is|be|being|have|has|followed|before|after|prior|and\s+then|and\s+the|or|by|in|at|for|every|with|until)\b|[,.;:()]|$)"
_ROUNDS = re.compile(
    rf"\b(?P<low>{_N})(?:\s*(?:-|–|to|or)\s*(?P<high>{_N}))?\s+(?:more\s+|further\s+|additional\s+)?(?:cycles?|courses?)\s+of\s+(?P<what>[A-Za-z][A-Za-z /+-]{{2,50}}?){_ENDS}",
    re.IGNORECASE,
)
_MOST = re.compile(
    rf"\b(?:a\s+)?(?:maximum\s+of|at\s+most|no\s+more\s+than|not\s+more\s+than|up\s+to)\s+(?P<most>{_N})\s+(?:times|sessions|rounds|courses)(?:\s+of\s+(?P<what>[A-Za-z][A-Za-z -]{{2,50}}?){_ENDS})?",
    re.IGNORECASE,
)
_APART = re.compile(
    rf"(?P<one>[A-Za-z][A-Za-z -]{{2,60}}?)\s+(?:was|were|is|are|should\s+be|will\s+be|must\s+be)\s+(?:separated|at\s+least\s+\S+\s+\S+\s+apart)\s+from\s+(?P<other>[A-Za-z][A-Za-z -]{{2,60}}?)\s+by\s+(?:at\s+least\s+)?(?P<count>{_N})\s+(?P<unit>days?|weeks?|months?)",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^\W*(?:\w+ly,?\s+)?(?:after|following)\s+(?:the\s+)?(?P<what>[A-Za-z][A-Za-z -]{2,60}?)\s*,", re.IGNORECASE
)
_CONTROL = re.compile(
    r"\b(?:in|for)\s+the\s+(?P<label>[a-z-]+(?:\s+[a-z-]+)?\s+(?:group|arm))\b[^.]*?\b(?:treated\s+with|receive|given)\s+(?P<what>[A-Za-z][A-Za-z -]{2,60}?)\s+(?:alone|only)\b",
    re.IGNORECASE,
)
_AIM = re.compile(
    r"\b(?:the\s+)?(?P<role>primary|main|secondary)\s+(?:aim|objective|goal|end\s?point|outcome)s?\s+(?:of\s+(?:the|this)\s+(?:study|trial)\s+)?(?:is|are|was|were|will be)\s+(?P<says>[^.]{5,400})",
    re.IGNORECASE,
)
_SURVIVALS = re.compile(
    r"\b(?:overall|(?:progression|recurrence|relapse|disease|event|metastasis)[- ]free)[- ]survival\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Round:
    """So many rounds of one treatment, and what came before them."""

    what: str
    low: int
    high: int
    after: str
    says: str


def _sentences(text: str) -> list[str]:
    return [each.strip() for each in re.split(r"(?<=[.;])\s+(?=[A-Z])", text[:LONG]) if each.strip()]


def _count(said: str) -> int:
    return int(said) if said.isdigit() else _COUNTS[said.lower()]


def _told(made: Made) -> tuple[Said[Any] | None, list[str]]:
    told = surest(made.record.description) or surest(made.record.summary)
    return told, _sentences(str(told.value)) if told is not None else []


def _treatment(made: Made, words: str) -> str:
    """The treatment that words name, if one of them does and no other."""
    said = set(_plain(words))
    scores = {name: len(said & set(_plain(f"{label} {name}"))) for label, name in made.treatments.items()}
    best = max(scores.values(), default=0)
    named = [name for name, score in scores.items() if score == best]
    return named[0] if best and len(named) == 1 else ""


def _plain(words: str) -> list[str]:
    small = {
        "the",
        "of",
        "a",
        "therapy",
        "treatment",
        "treatments",
        "and",
        "with",
        "times",
        "patients",
        "for",
        "first",
        "second",
    }
    kept = [word.rstrip("s") for word in word_of(words).split("_") if word not in small]
    same = {
        "rfa": "ablation",
        "radiofrequency": "ablation",
        "ablative": "ablation",
        "chemotherapeutic": "chemotherapy",
        "cht": "chemotherapy",
    }
    return [same.get(word, word) for word in kept]


def treatments_told(made: Made) -> None:
    """Treatments that no field names, but a sentence with their number of cycles, their limit or their distance does."""
    if made.treatments:
        return
    told, sentences = _told(made)
    for sentence in sentences:
        said = [hit["what"] for hit in _ROUNDS.finditer(sentence)] + [hit["what"] or "" for hit in _MOST.finditer(sentence)]
        said += [part for hit in _APART.finditer(sentence) for part in (hit["one"], hit["other"])]
        for words in filter(None, map(str.strip, said)):
            is_procedure = bool(PROCEDURE.search(words)) and not re.search("chemo", words, re.IGNORECASE)
            if not (is_procedure or DRUG.search(words) or re.search(r"therapy|treatment", words, re.IGNORECASE)):
                continue
            if re.fullmatch(r"(?:the\s+)?(?:study\s+)?(?:treatments?|therapy)", words, re.IGNORECASE) or not set(_plain(words)):
                continue
            if any(set(_plain(words)) & set(_plain(label)) for label in made.treatments) or _is_general(words, made):
                continue
            label = re.sub(r"^(?:the|this)\s+", "", words, flags=re.IGNORECASE)
            name = made.own("ablation" if "ablat" in label.lower() and "ablation" not in made.names else label, "treatment")
            made.activities[name] = {
                "label": clean(label[0].upper() + label[1:], 200),
                **({"procedure": True} if is_procedure else {"repeats": True}),
                "source": made.source(told, sentence),
            }
            made.treatments[label] = name
            if is_procedure:
                made.closed.append(name)
            made.missing(
                f"Whether '{clean(label, 120)}' is a treatment of its own", "it is", "It is named in a sentence alone."
            )


def _is_general(words: str, made: Made) -> bool:
    """`Systemic treatment` where `systemic therapy` is known."""
    return any(_plain(words)[:1] == _plain(label)[:1] for label in made.treatments)


def arms_told(made: Made) -> None:
    """The arms, where no field names them and a sentence says what one of them is given alone."""
    if made.arms or made.groups or made.design.get("type") != "interventional":
        return
    told, sentences = _told(made)
    for sentence in sentences:
        found = _CONTROL.search(sentence)
        given = _treatment(made, found["what"]) if found is not None and len(made.treatments) > 1 else ""
        if found is None or not given:
            continue
        label = found["label"].capitalize()
        role = {"role": "active_comparator"} if "control" in label.lower() else {}
        both = [*made.treatments.values()]
        source = made.source(told, sentence)
        made.arms[made.own("combined", "arm_1")] = {"label": "The other group", "gives": both, "source": source}
        made.arms[made.own(label, "arm_2")] = {"label": label, **role, "gives": [given], "source": source}
        why = "A sentence names what one group is given alone; that the other is given all the rest is taken from that."
        made.missing(
            "What the group is called that is not given one treatment alone, and what it is given", "all that is named", why
        )
        made.design.setdefault("allocation", "non_randomised")
        made.missing(
            "How participants come to their arms",
            "by assignment, not at random",
            "Chance is not to be claimed where no record names it.",
        )
        return
    made.missing("The arms")


def pathway_told(made: Made) -> None:
    """The order of treatment, as far as sentences with numbers of cycles say it; what decides between steps stays open."""
    told, sentences = _told(made)
    rounds, limits, apart = _read(made, sentences)
    gap = "How much of each treatment is given, how often, and in which order (the pathway)"
    if not rounds or not made.treatments:
        if made.treatments:
            made.missing(
                gap, "", "No sentence of the record says it with numbers of cycles, or not so that it can be told surely."
            )
        return
    steps: dict[str, dict[str, Any]] = {}
    order: list[str] = []
    called: dict[str, str] = {}
    for each in rounds:
        if each.after and each.after not in called:
            step = _step_name(each.after, steps)
            limit, says = limits.get(each.after, (1, each.says))
            steps[step] = {"label": made.activities[each.after]["label"], "do": [each.after], "limit": limit}
            if each.after in apart:
                steps[step]["apart"] = [apart[each.after]]
            steps[step]["source"] = made.source(told, says)
            called[each.after] = step
            order.append(step)
            if each.after not in limits:
                made.missing(f"How often at most: {made.activities[each.after]['label']}", "once", "No sentence says it.")
        step = _step_name(each.what, steps)
        label = made.activities[each.what]["label"] + (
            f" after {made.activities[each.after]['label'].lower()}" if each.after else ""
        )
        times = f"{each.low}..{each.high}" if each.high != each.low else str(each.low)
        steps[step] = {"label": clean(label, 120), "repeat": each.what, "times": times, "source": made.source(told, each.says)}
        made.activities[each.what]["repeats"] = True
        order.append(step)
    end = _step_name("treatment_ends", steps)
    for place, step in enumerate(order):
        following = order[place + 1] if place + 1 < len(order) else ""
        back = (
            next((called[each.after] for each in rounds[-1:] if each.after and limits.get(each.after, (1, ""))[0] > 1), "")
            if not following
            else ""
        )
        target = following or back
        if "repeat" in steps[step] and target and "do" in steps[target]:
            decision = _step_name("decision", steps)
            steps[decision] = {}
            named = steps[target]["label"]
            without = [arm for arm, given in made.arms.items() if not set(steps[target]["do"]) <= set(given.get("gives", ()))]
            is_first = target not in order[:place] and len(without) < len(made.arms)  # later, only those come here who had it
            steps[step]["next"] = _for_arms(without if is_first else [], decision, end, steps)
            steps[decision] = {
                "label": clean(f"Go on to {named[0].lower() + named[1:]}?", 120),
                "by": "investigator",
                "decide": [
                    {"option": "go_on", "to": target, "label": named},
                    {"option": "stop", "otherwise": end, "label": "Treatment ends"},
                ],
                "unknown": "wait",
                "source": steps[target]["source"],
            }
            made.missing(
                f"Who goes on from '{steps[step]['label']}' to '{named}', and what becomes of the others",
                "the investigator decides; the others' treatment ends",
                "The sentences give no rule that can be worked out.",
            )
        else:
            steps[step]["next"] = target or end
    steps[end] = {"label": "End of treatment", "do": ["off_treatment"], "end": True}
    made.pathway = {"begins": "enrolment", "start": order[0], "steps": steps}
    if made.arms:
        made.missing(
            "What follows in each arm that is not given all treatments",
            "treatment ends where the others go on",
            "The order is told for one group.",
        )
    made.missing(
        "Whether the sentences tell the whole order of treatment",
        "they do",
        "Only numbers of cycles, limits and distances are read.",
    )


def _for_arms(arms: list[str], onward: str, end: str, steps: dict[str, Any]) -> str:
    """A step that leads participants of some arms past what is not for them; where nobody needs it, the step onward."""
    if not arms:
        return onward
    name = _step_name("by_arm", steps)
    branches = [{"when": f"arm == {arm}", "to": end, "label": arm.replace("_", " ").capitalize()} for arm in arms]
    steps[name] = {"label": "By arm", "decide": [*branches, {"otherwise": onward}], "unknown": "wait"}
    return name


def _read(made: Made, sentences: list[str]) -> tuple[list[_Round], dict[str, tuple[int, str]], dict[str, dict[str, Any]]]:
    rounds: list[_Round] = []
    limits: dict[str, tuple[int, str]] = {}
    apart: dict[str, dict[str, Any]] = {}
    for sentence in sentences:
        before = _AFTER.match(sentence)
        after = _treatment(made, before["what"]) if before is not None else ""
        if after and not made.activities[after].get("procedure"):
            after = ""
        for hit in _ROUNDS.finditer(sentence):
            what = _treatment(made, hit["what"])
            low, high = _count(hit["low"]), _count(hit["high"] or hit["low"])
            if what and not made.activities[what].get("procedure") and 1 <= low <= high and len(rounds) < MOST_STEPS // 2:
                rounds.append(_Round(what, low, high, after, sentence))
        for hit in _MOST.finditer(sentence):
            what = _treatment(made, hit["what"] or sentence)
            if what and made.activities[what].get("procedure"):
                limits[what] = (_count(hit["most"]), sentence)
        for hit in _APART.finditer(sentence):
            one, other = _treatment(made, hit["one"]), _treatment(made, hit["other"])
            procedure = next((each for each in (other, one) if each and made.activities[each].get("procedure")), "")
            if one and other and one != other and procedure:
                length = f"{_count(hit['count'])} {hit['unit'].lower()}"
                away = one if procedure == other else other
                apart[procedure] = {"from": away, "at_least": length}
    return rounds, limits, apart


def _step_name(name: str, steps: dict[str, Any]) -> str:
    base, number = slug(name, 50) or "step", 1
    made = f"{base}_step"
    while made in steps:
        number += 1
        made = f"{base}_step_{number}"
    return made


def aims_told(made: Made) -> None:
    """The survivals that a record names as its aim, where it prints no outcomes."""
    if made.many("outcomes"):
        return
    named: set[str] = set()
    for said in (*made.record.objectives, *made.record.description, *made.record.summary):
        for aim in _AIM.finditer(str(said.value)[:LONG]):
            for hit in _SURVIVALS.finditer(aim["says"]):
                title = re.sub(r"[\s-]+", " ", hit[0]).lower().replace(" free", "-free")
                if title in named:
                    continue
                named.add(title)
                role = "secondary" if aim["role"].lower() == "secondary" else "primary"
                rest = aim["says"][hit.end() :]
                clock = re.search(r"\b(?:following|after|from)\s+(?:the\s+)?([A-Za-z -]{4,120})", rest)
                if made.groups and title == "overall survival":
                    clock = None  # a group that never comes there is followed too
                read = outcome(title[0].upper() + title[1:], f"after {clock[1]}" if clock is not None else "", "", role)  # type: ignore[arg-type]
                endpoint(made, read, said, f"{aim[0]}")
    if named:
        made.missing("Whether these are the outcomes", "they are", "The record prints no outcomes; its aim names them.")
    else:
        made.missing("The outcomes, primary and secondary")
