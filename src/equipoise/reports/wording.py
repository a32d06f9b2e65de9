"""A protocol in words: steps, the ways on from each, activities and rules, as pictures and tables say them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from ..calendar import Span
from ..expression.english import english
from ..protocol import Branch, Cited, Formula, Judgement, Reaction, Step
from ..study import Study
from .lettering import printable

DECIDERS = {
    "rule": "rule", "site": "the site", "mdt": "the tumour board", "patient": "the participant",
    "investigator": "the investigator", "randomiser": "randomisation",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Way:
    """A way on from a step: to which step, on what condition in few words and in all of them."""

    start: str
    to: str
    kind: Literal["next", "branch", "otherwise", "timeout", "unknown"]
    says: str = ""
    full: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a step asks for, in few words and in all of them."""

    kind: Literal["do", "repeat", "guard", "rule", "decider"]
    says: str
    full: str


def name_in_words(name: str) -> str:
    """A name of the file as people would write it.

    >>> name_in_words("off_treatment")
    'Off treatment'
    """
    said = printable(name.replace("_", " "))
    return said[:1].upper() + said[1:]


def activity_label(study: Study, name: str) -> str:
    """What people call an activity."""
    activity = study.activities.get(name)
    return printable(activity.label) if activity is not None and activity.label else name_in_words(name)


def step_label(study: Study, name: str) -> str:
    """What people call a step of the pathway."""
    pathway = study.protocol.pathway
    step = pathway.steps.get(name) if pathway is not None else None
    return printable(step.label) if step is not None and step.label else name_in_words(name)


def in_sentence(label: str) -> str:
    """A label inside a sentence: without its capital, unless the capital belongs to the word."""
    first = label.split(" ", 1)[0]
    return label[:1].lower() + label[1:] if first[1:].islower() or len(first) == 1 and first != "I" else label


def listed(parts: Iterable[str], word: str = "and") -> str:
    """A list in words.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    said = list(parts)
    return f" {word} ".join(part for part in (", ".join(said[:-1]), *said[-1:]) if part)


def each(span: Span) -> str:
    """An interval after the word `every`.

    >>> each(Span(days=7)), each(Span(months=3))
    ('week', '3 months')
    """
    said = str(span)
    return said[2:] if said.startswith("1 ") else said


def formula(written: Formula | None, study: Study, *, expand: bool = False) -> str:
    """An expression in English; as it was written, where it could not be read."""
    if written is None:
        return ""
    if written.tree is None:
        return printable(written.text)
    return printable(english(written.tree, study.scope, expand=expand))


def rule(written: Formula | Judgement, study: Study) -> str:
    """What a criterion or a membership rests on, in English."""
    if isinstance(written, Judgement):
        return f"“{printable(written.judge)}”, answered by {DECIDERS.get(written.by, printable(written.by))}"
    return formula(written, study, expand=True)


def cited(source: Cited) -> str:
    """Where something comes from."""
    if source is None or isinstance(source, str):
        return printable(source or "")
    said = f"“{printable(source.says)}”" if source.says else ""
    return ", ".join(
        part for part in (printable(source.page), said, f"doi {printable(source.doi)}" if source.doi else "") if part
    )


# --- the pathway -----------------------------------------------------------------------------------------------------


def ways(step: Step, study: Study) -> tuple[Way, ...]:
    """The ways on from a step, in the order of the file."""
    found = []
    if step.next:
        found.append(Way(step.name, step.next, "next"))
    found += [_branch(step, branch, study) for branch in step.decide]
    if step.unknown and step.unknown not in ("wait", "query"):
        found.append(
            Way(step.name, step.unknown, "unknown", "if it cannot be told", "if it cannot be told which branch is met")
        )
    if step.on_timeout:
        says = f"not met within {step.retry.for_}" if step.retry is not None else "never met"
        found.append(Way(step.name, step.on_timeout, "timeout", says, says))
    return tuple(found)


def _branch(step: Step, branch: Branch, study: Study) -> Way:
    when, full = formula(branch.when, study), formula(branch.when, study, expand=True)
    kind: Literal["branch", "otherwise"] = "otherwise" if branch.otherwise else "branch"
    option = name_in_words(branch.option) if branch.option else ""
    said = printable(branch.label) or option or when or "otherwise"
    whole = [
        option and f"{DECIDERS[step.by]} choosing “{option}”",
        full and f"{'proposed ' if option else ''}if {full}",
    ]
    if branch.otherwise:
        whole.append("otherwise")
    return Way(step.name, branch.to or branch.otherwise, kind, said, ", ".join(part for part in whole if part))


def notes(step: Step, study: Study) -> tuple[Note, ...]:
    """What a step asks for, in the order in which a participant meets it."""
    found: list[Note] = []

    def note(kind: Literal["do", "repeat", "guard", "rule", "decider"], says: str, full: str = "") -> None:
        found.append(Note(kind, says, full or says))

    if step.do:
        doing = listed(activity_label(study, name) for name in step.do)
        if step.within is not None:
            note("do", f"{doing}, within {step.within}")
        elif doing.casefold() != step_label(study, step.name).casefold():
            note("do", doing)
    if step.repeat and step.times is not None:
        activity = study.activities.get(step.repeat)
        interval = step.every or (activity.lasts if activity is not None else None)
        paced = f", every {each(interval)}" if interval is not None else ""
        note(
            "repeat",
            f"{str(step.times).replace(' to ', '–')} × {in_sentence(activity_label(study, step.repeat))}{paced}",
        )
    if step.stop is not None:
        note(
            "rule",
            f"stops early if {formula(step.stop, study)}",
            f"stops early if {formula(step.stop, study, expand=True)}",
        )
    for statement in step.require:
        note("rule", f"requires: {formula(statement, study)}", f"requires: {formula(statement, study, expand=True)}")
    for apart in step.apart:
        note("rule", f"at least {apart.at_least} apart from {in_sentence(activity_label(study, apart.from_))}")
    if step.limit is not None:
        note("rule", "entered once at most" if step.limit == 1 else f"entered {step.limit} times at most")
    if step.guard is not None:
        again = f"; tried again every {each(step.retry.every)}, for {step.retry.for_}" if step.retry is not None else ""
        note(
            "guard",
            f"waits until {formula(step.guard, study)}{again}",
            f"waits until {formula(step.guard, study, expand=True)}{again}",
        )
    if step.by != "rule" and step.decide:
        quorum = f", {step.quorum} or more present" if step.quorum is not None else ""
        decides = DECIDERS[step.by]
        note("decider", f"{decides[0].upper()}{decides[1:]} decides{quorum}")
    return tuple(found)


def reaction(what: Reaction, study: Study) -> str:
    """What an event does to the pathway, wherever the participant stands."""
    when = f", if {formula(what.when, study)}" if what.when is not None else ""
    if what.to:
        does = f"on to “{step_label(study, what.to)}”"
    elif what.end == "all":
        does = "every track ends"
    else:
        does = (
            f"{listed(name_in_words(track).lower() for track in what.end)} ends"
            if len(what.end) == 1
            else (f"{listed(name_in_words(track).lower() for track in what.end)} end")
        )
    return f"{activity_label(study, what.on)}{when}: {does}"


def reactions(study: Study) -> tuple[str, ...]:
    """What events do wherever the participant stands: what the file says, and what holds where it is silent."""
    pathway = study.protocol.pathway
    if pathway is None:
        return ()
    said = [reaction(each, study) for each in pathway.anywhere]
    named = {each.on for each in pathway.anywhere}
    if "death" not in named:
        said.append("Death: every track ends")
    if "withdrawal" not in named:
        said.append("Withdrawal: treatment ends; every track, if it is from follow-up or consent")
    return tuple(said)


def tracks(study: Study) -> dict[str, tuple[str, ...]]:
    """The steps of each track, in the order of the file; tracks that start come first."""
    pathway = study.protocol.pathway
    if pathway is None:
        return {}
    found: dict[str, list[str]] = {track: [] for track in pathway.starts}
    for step in pathway.steps.values():
        found.setdefault(step.track, []).append(step.name)
    return {track: tuple(steps) for track, steps in found.items() if steps}


def within(study: Study, starts: Iterable[str], *, without: str = "") -> set[str]:
    """The steps that can be reached from some steps, themselves included; `without` is not passed."""
    pathway = study.protocol.pathway
    waiting, found = list(starts), set[str]()
    while waiting and pathway is not None:
        name = waiting.pop()
        if name in pathway.steps and name not in found and name != without:
            found.add(name)
            waiting += [way.to for way in ways(pathway.steps[name], study)]
    return found


def loop_limit(back: Way, study: Study) -> int | None:
    """How often a loop can be gone round: the least limit of a step that no way round the loop leaves out."""
    steps = study.protocol.pathway.steps.values() if study.protocol.pathway is not None else ()
    return min(
        (step.limit for step in steps if step.limit and back.start not in within(study, [back.to], without=step.name)),
        default=None,
    )


def sentences(study: Study) -> tuple[str, ...]:
    """The pathway said in words, a sentence or two for each step."""
    pathway = study.protocol.pathway
    if pathway is None:
        return ()
    found = [f"The pathway begins with {in_sentence(activity_label(study, pathway.begins))}."]
    several = len(tracks(study)) > 1
    for track, start in pathway.starts.items():
        where = f" of {name_in_words(track).lower()}" if several else ""
        found.append(f"The first step{where} is {step_label(study, start)}.")
    found += [step_in_words(step, study) for step in pathway.steps.values()]
    found.append("Wherever the participant stands: " + "; ".join(reactions(study)) + ".")
    return tuple(found)


def step_in_words(step: Step, study: Study) -> str:
    """A step, what it asks for and the ways on, as a sentence."""
    parts = [note.full for note in notes(step, study)]
    for way in ways(step, study):
        to = f"“{step_label(study, way.to)}”"
        parts.append(f"then {to}" if way.kind == "next" else f"{way.full or way.says}: {to}")
    if step.unknown in ("wait", "query"):
        parts.append({"wait": "waits while it cannot be told", "query": "asks while it cannot be told"}[step.unknown])
    if step.end:
        parts.append("the track ends")
    return f"{step_label(study, step.name)}: {'; '.join(parts)}."
