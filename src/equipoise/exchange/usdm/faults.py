"""What is wrong with a USDM file: shapes, identifiers that name nothing, conditions without sense, loops without an end."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, islice
from uuid import UUID

from ...document import FINDINGS
from ...finding import Finding, Place, Severity, did_you_mean
from .package import Attribute, Package, Thing, classes

INSTANCES = ("ScheduledActivityInstance", "ScheduledDecisionInstance")
DURATION = re.compile(
    r"(?P<sign>-)?P(?=.)(?:(?P<years>\d+(?:\.\d+)?)Y)?(?:(?P<months>\d+(?:\.\d+)?)M)?(?:(?P<weeks>\d+(?:\.\d+)?)W)?"
    r"(?:(?P<days>\d+(?:\.\d+)?)D)?(?:T(?=.)(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?"
    r"(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
"""A length of time as ISO 8601 writes it."""


def faults(given: Package) -> tuple[Finding, ...]:
    """All that is wrong with a package, in the order of its lines."""
    checks = chain(_shapes(given), _references(given), _conditions(given), _timelines(given), _chains(given), _timings(given))
    found = list(islice(checks, FINDINGS))
    if next(checks, None) is not None:
        found.append(Finding("unreadable", Place(given.file), f"no more than {FINDINGS} findings are shown: mend these first"))
    return tuple(sorted(dict.fromkeys(found), key=lambda each: each.place))


# --- shapes ----------------------------------------------------------------------------------------------------------


def _shapes(given: Package) -> Iterator[Finding]:
    root, study = given.root, given.root.one("study")
    if study is None or study.kind != "Study":
        yield Finding("usdm-shape", Place(given.file, 1, 1), "the file holds no object 'study' of class Study")
    version = root.text("usdmVersion")
    if not re.match(r"4\.", version):
        says = f"usdmVersion says '{version[:20]}', and this is read as version 4" if version else "usdmVersion is not said"
        yield Finding("usdm-shape", Place(given.file, 1, 1), says, Severity.WARNING)
    counted = Counter(each.id for each in given.every() if each.id)
    for each in given.every():
        if each is root:
            continue
        place = given.place(each)
        if each.kind not in classes():
            says = f"{each.way}: '{each.kind[:60]}' is no class of USDM 4{did_you_mean(each.kind, classes())}"
            yield Finding("usdm-shape", place, says if each.kind else f"{each.way}: the object does not say its instanceType")
            continue
        if counted[each.id] > 1:
            counted[each.id] = 1
            yield Finding("usdm-reference", place, f"the identifier '{each.id}' is given to more than one object")
        for says in _shape(each):
            yield Finding("usdm-shape", place, f"{each.kind} '{each.called[:60]}': {says}")


def _shape(thing: Thing) -> Iterator[str]:
    known = classes()[thing.kind]
    for name in thing.said:
        if name not in known and name != "instanceType":
            yield f"'{name}' is not an attribute of it{did_you_mean(name, known)}"
    for name, attribute in known.items():
        if name not in thing.said:
            if attribute.is_required:
                yield f"'{name}' is missing"
            continue
        yield from _held(name, thing.said[name], attribute)


def _held(name: str, value: object, attribute: Attribute) -> Iterator[str]:
    if value is None:
        if not attribute.may_be_null:
            yield f"'{name}' may not be null"
    elif attribute.is_list:
        if not isinstance(value, tuple):
            yield f"'{name}' should be a list"
            return
        if attribute.is_never_empty and not value:
            yield f"'{name}' is empty, and needs one entry at least"
        for each in value:
            if not _fits(each, attribute.kinds):
                yield f"an entry of '{name}' should be {' or '.join(attribute.kinds)}, found {_shown(each)}"
    elif not _fits(value, attribute.kinds):
        yield f"'{name}' should be {' or '.join(attribute.kinds)}, found {_shown(value)}"


def _fits(value: object, kinds: Sequence[str]) -> bool:
    for kind in kinds:
        match kind:
            case "text":
                fits = isinstance(value, str)
            case "words":
                fits = isinstance(value, str) and bool(value)
            case "truth":
                fits = isinstance(value, bool)
            case "integer":
                fits = isinstance(value, int) and not isinstance(value, bool)
            case "number":
                fits = isinstance(value, int | float) and not isinstance(value, bool)
            case "date":
                fits = isinstance(value, str) and _reads(date.fromisoformat, value)
            case "uuid":
                fits = isinstance(value, str) and _reads(UUID, value)
            case _:
                fits = isinstance(value, Thing) and value.kind == kind
        if fits:
            return True
    return False


def _reads(read: type | object, text: str) -> bool:
    try:
        read(text)  # type: ignore[operator]
    except ValueError:
        return False
    return True


def _shown(value: object) -> str:
    if isinstance(value, Thing):
        return f"an object of class {value.kind or 'unsaid'}"
    return "a list" if isinstance(value, tuple) else f"'{value!s:.40}'"


# --- identifiers -----------------------------------------------------------------------------------------------------

_TAG = re.compile(r'<usdm:tag\s+name="([^"]*)"', re.IGNORECASE)
_REF = re.compile(r'<usdm:ref\b[^>]*?\bid="([^"]*)"[^>]*', re.IGNORECASE)
_ATTRIBUTE = re.compile(r'attribute="([^"]*)"')


def _references(given: Package) -> Iterator[Finding]:
    for each in given.every():
        known = classes().get(each.kind, {})
        for name, attribute in known.items():
            if not attribute.names:
                continue
            for to in each.names(name):
                if says := _dangling(given, to, attribute.names):
                    yield Finding("usdm-reference", given.place(each), f"{each.kind} '{each.called[:60]}': {name} {says}")
        for value in each.said.values():
            if isinstance(value, str) and "<usdm:" in value:
                yield from _tags(given, each, value)


def _dangling(given: Package, to: str, kinds: Sequence[str]) -> str:
    """What is wrong with a name; nothing where it names what it should."""
    found = given.things.get(to)
    if found is None:
        return f"names '{to[:60]}', and nothing in the file has this identifier{did_you_mean(to, given.things)}"
    if "any" not in kinds and found.kind not in kinds:
        return f"names '{to}', which is of class {found.kind or 'unsaid'}, not {' or '.join(kinds)}"
    return ""


def _tags(given: Package, thing: Thing, text: str) -> Iterator[Finding]:
    place = given.place(thing)
    for found in _REF.finditer(text):
        meant = given.things.get(found[1])
        says = "nothing in the file has this identifier" if meant is None else ""
        wanted = _ATTRIBUTE.search(found[0])
        if meant is not None and wanted is not None and wanted[1] not in meant.said:
            says = f"the {meant.kind} of this identifier has no attribute '{wanted[1][:60]}'"
        if says:
            yield Finding("usdm-reference", place, f"{thing.kind} '{thing.called[:60]}' points to '{found[1][:60]}': {says}")
    if not (tags := _TAG.findall(text)):
        return
    dictionary = given.things.get(thing.text("dictionaryId"))
    known = {each.text("tag") for each in dictionary.many("parameterMaps")} if dictionary is not None else set()
    for tag in tags:
        if tag not in known:
            says = f"{thing.kind} '{thing.called[:60]}' leaves a gap '{tag[:60]}' that no dictionary of it fills"
            yield Finding("usdm-reference", place, says)


# --- conditions ------------------------------------------------------------------------------------------------------

CONDITIONS: Mapping[str, str] = {"Condition": "text", "ConditionAssignment": "condition", "TransitionRule": "text"}
"""What is a condition, and which attribute of it says so."""
EXPRESSION = "urn:equipoise:usdm:expression"
"""The extension beside a condition that equipoise wrote: the expression of which it is the English."""

_WORDS = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_PLAIN = frozenset(
    "a about above after all also an and any are as at be been before below between both but by can could day days did do does "
    "during each end ends either every for from had has have here hour hours if in into is it its least less may minute minutes "
    "month months more most must no nor not of off on once one only or other otherwise out over prior met then there they this "
    "those to two under until up was week weeks were when where which while who will with within without would year years yes "
    "start starts begins site subject subjects participant participants patient patients investigator study visit discretion".split()
)
_COMPARED = re.compile(
    r"\s*(?:the\s+)?([A-Za-z][A-Za-z0-9_ ]{0,40}?|-?\d+(?:\.\d+)?)\s*(<=|>=|==|=|<|>|≤|≥|!=)\s*(-?\d+(?:\.\d+)?)\s*([A-Za-z%/µ0-9^]*)\s*"
)

_BETWEEN = re.compile(r"\bbetween\s+(-?\d+(?:\.\d+)?)\s*\S*\s+and\s+(-?\d+(?:\.\d+)?)", re.IGNORECASE)


def prose(text: str) -> str:
    """A text without its marks: tags away, blanks once."""
    return " ".join(
        re.sub(r"</?[A-Za-z!][^<>]*>", " ", text).replace("&nbsp;", " ").replace("&lt;", "<").replace("&gt;", ">").split()
    )


def _conditions(given: Package) -> Iterator[Finding]:
    counted = _vocabulary(given)
    for each in given.every(*CONDITIONS):
        text = prose(each.text(CONDITIONS[each.kind]))
        is_ours = any(one.text("url") == EXPRESSION for one in each.many("extensionAttributes"))
        what = f"{each.kind} '{each.called[:60]}'"
        if says := _senseless(text):
            yield Finding("usdm-condition", given.place(each), f"{what}: {says}")
        elif not is_ours and (says := _foreign(text, counted)):
            weight = Severity.WARNING if each.kind == "TransitionRule" else Severity.ERROR
            yield Finding("usdm-condition", given.place(each), f"{what}: {says}", weight)
        if each.kind == "Condition" and not each.names("appliesToIds") and not each.names("contextIds"):
            says = f"{what} applies to nothing: no appliesToIds and no contextIds are said"
            yield Finding("usdm-condition", given.place(each), says, Severity.WARNING)
    for each in given.every("ScheduledDecisionInstance"):
        yield from _decision(given, each)
    for each in given.every("ScheduleTimeline"):
        if not prose(each.text("entryCondition")):
            yield Finding(
                "usdm-condition", given.place(each), f"timeline '{each.called[:60]}': its entryCondition says nothing"
            )


def _decision(given: Package, decision: Thing) -> Iterator[Finding]:
    said: dict[str, str] = {}
    is_ours = any(
        one.text("url") == EXPRESSION
        for each in decision.many("conditionAssignments")
        for one in each.many("extensionAttributes")
    )
    place, what = given.place(decision), f"decision '{decision.called[:60]}'"
    for each in decision.many("conditionAssignments"):
        text, to = prose(each.text("condition")).casefold(), each.text("conditionTargetId")
        if to and to == decision.id:
            yield Finding(
                "usdm-condition", place, f"{what}: '{text[:80]}' leads back to the decision itself, and nothing happens"
            )
        if text and said.setdefault(text, to) != to:
            yield Finding("usdm-condition", place, f"{what}: '{text[:80]}' leads to '{said[text]}' and to '{to}'")
    defaults = decision.names("defaultConditionId")
    if said and defaults and not is_ours and {*said.values()} == {*defaults}:
        says = f"{what} decides nothing: whatever its conditions say, '{defaults[0]}' comes next"
        yield Finding("usdm-condition", place, says, Severity.WARNING)


def _senseless(text: str) -> str:
    """Why a condition can be of no use, or nothing."""
    if not text:
        return "the condition says nothing"
    if not _WORDS.search(text):
        return f"'{text[:60]}' holds no word"
    if text.casefold().strip(" .") in ("true", "false", "null", "none", "n/a", "na", "tbd", "todo", "xxx", "lorem ipsum"):
        return f"'{text[:60]}' is no condition: it does not depend on anything"
    return _contradiction(text)


def _contradiction(text: str) -> str:
    """Why comparisons joined by `and` can never all hold, or hold whatever happens."""
    bounds: dict[str, tuple[float, bool, float, bool]] = {}
    if (ends := _BETWEEN.search(text)) is not None and float(ends[1]) > float(ends[2]):
        return f"'{text[:80]}' can never be met: nothing lies between {ends[1]} and {ends[2]}"
    if re.search(r"\s+or\s+", text, re.IGNORECASE):  # one of several is enough
        return ""
    for part in re.split(r"\s+and\s+|\s*&&?\s*|\s*[,;]\s*", text.strip(" ."), flags=re.IGNORECASE):
        found = _COMPARED.fullmatch(re.sub(r"^\s*(?:if|when|where|only|only if|unless)\s+", "", part, flags=re.IGNORECASE))
        if found is None:
            continue
        left, sign, number = found[1].strip().casefold(), found[2], float(found[3])
        if re.fullmatch(r"-?\d+(\.\d+)?", left):
            return f"'{part.strip()[:60]}' compares two numbers, and depends on nothing"
        low, open_low, high, open_high = bounds.get(left, (float("-inf"), False, float("inf"), False))
        if sign in ("<", "<=", "≤", "=", "==") and (number, sign != "<") < (high, not open_high):
            high, open_high = number, sign == "<"
        if sign in (">", ">=", "≥", "=", "==") and (number, sign == ">") > (low, open_low):
            low, open_low = number, sign == ">"
        if low > high or low == high and (open_low or open_high):
            return f"'{text[:80]}' can never be met: {left} would lie above {low:g} and below {high:g}"
        bounds[left] = low, open_low, high, open_high
    return ""


def _vocabulary(given: Package) -> Counter[str]:
    """How often each word stands anywhere in the file."""
    counted: Counter[str] = Counter()
    for each in given.every():
        for key, value in each.said.items():
            if key not in ("id", "instanceType", "codeSystem") and isinstance(value, str):
                counted.update(word.casefold() for word in _WORDS.findall(prose(value)))
    return counted


def _foreign(text: str, counted: Counter[str]) -> str:
    """Whether no word of a condition is a word of the rest of the file."""
    words = [word.casefold() for word in _WORDS.findall(text)]
    own = Counter(words)
    content = [word for word in words if word not in _PLAIN]
    known = [word for word in content if counted[word] > own[word] or counted[_stem(word)] > 0]
    if not content and len(words) < 2 and not _COMPARED.fullmatch(text):
        return f"'{text[:60]}' is too little to be a condition"
    if content and not known:
        return (
            f"'{text[:80]}' makes no sense here: none of its words ({', '.join(content[:4])}) stands anywhere else in the file"
        )
    return ""


def _stem(word: str) -> str:
    """The word in the other number: `visits` for `visit`."""
    return word[:-1] if word.endswith("s") else f"{word}s"


# --- timelines -------------------------------------------------------------------------------------------------------


def _timelines(given: Package) -> Iterator[Finding]:
    for each in given.every("ScheduleTimeline"):
        yield from _timeline(given, each)
    yield from _within_itself(given)


def ways(instance: Thing) -> tuple[str, ...]:
    """The instances that may come after one, by identifier."""
    targets = [each.text("conditionTargetId") for each in instance.many("conditionAssignments")]
    return tuple(dict.fromkeys(filter(None, (*targets, *instance.names("defaultConditionId")))))


def _timeline(given: Package, line: Thing) -> Iterator[Finding]:
    instances = {each.id: each for each in line.many("instances") if each.kind in INSTANCES}
    what, place = f"timeline '{line.called[:60]}'", given.place(line)
    exits = {each.id for each in line.many("exits")}
    after = {name: [to for to in ways(each) if to in instances] for name, each in instances.items()}
    for each in instances.values():
        for to in ways(each):
            if to not in instances and to in given.things:
                says = f"{what}: after '{each.called[:60]}' comes '{to}', which is an instance of another timeline"
                yield Finding("usdm-reference", given.place(each), says)
        out = each.text("timelineExitId")
        if out and out in given.things and out not in exits:
            says = f"{what}: '{each.called[:60]}' leaves by '{out}', which is the exit of another timeline"
            yield Finding("usdm-reference", given.place(each), says)
    entry = line.text("entryId")
    if entry in given.things and entry not in instances:
        yield Finding("usdm-reference", place, f"{what} is entered at '{entry}', which is no instance of it")
        return
    ending = {name for name in instances if not after[name]}  # an exit beside a way on is left to nobody's decision
    finite = _backwards(after, ending)
    reached = _forwards(after, entry)
    for round_ in _rounds({name: after[name] for name in instances if name not in finite}):
        names = " -> ".join(f"'{instances[name].called[:40]}'" for name in (*round_[:6], *round_[:1]))
        yield Finding("usdm-never-ends", given.place(instances[round_[0]]), f"{what} never ends: {names}, and no way leads out")
    for round_ in _rounds({name: [to for to in after[name] if to in finite] for name in instances if name in finite}):
        names = " -> ".join(f"'{instances[name].called[:40]}'" for name in (*round_[:6], *round_[:1]))
        says = f"{what}: {names} is a loop, and only the words of a condition say how often"
        yield Finding("usdm-never-ends", given.place(instances[round_[0]]), says, Severity.NOTE)
    for name, each in instances.items():
        if name not in reached and entry:
            says = f"{what}: nothing leads to '{each.called[:60]}'"
            yield Finding("usdm-unreached", given.place(each), says, Severity.WARNING)
        elif not after[name] and not each.text("timelineExitId") and not each.names("defaultConditionId"):
            says = f"{what}: after '{each.called[:60]}' nothing comes, and no exit is said"
            yield Finding("usdm-unreached", given.place(each), says, Severity.WARNING)


def _forwards(after: Mapping[str, Sequence[str]], start: str) -> set[str]:
    seen, todo = set[str](), [start]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += after.get(name, ())
    return seen


def _backwards(after: Mapping[str, Sequence[str]], ends: set[str]) -> set[str]:
    before: dict[str, list[str]] = {}
    for name, targets in after.items():
        for to in targets:
            before.setdefault(to, []).append(name)
    seen, todo = set[str](), list(ends)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += before.get(name, ())
    return seen


def _rounds(after: Mapping[str, Sequence[str]]) -> Iterator[list[str]]:
    """One way round of each set of things that lead back to themselves."""
    done: set[str] = set()
    for start in after:
        path, here = dict[str, None](), [(start, iter(after[start]))] if start not in done else []
        if here:
            path[start] = None
        while here:
            name, rest = here[-1]
            to = next(rest, None)
            if to is None:
                here.pop()
                path.pop(name, None)
                done.add(name)
            elif to in path:
                way = list(path)
                yield way[way.index(to) :]
                done.update(way)
                for each in way:
                    path.pop(each, None)
                here = []
            elif to in after and to not in done:
                path[to] = None
                here.append((to, iter(after[to])))


def _within_itself(given: Package) -> Iterator[Finding]:
    """Timelines that run within themselves."""
    after: dict[str, list[str]] = {}
    for line in given.every("ScheduleTimeline"):
        inner = after.setdefault(line.id, [])
        for each in line.many("instances"):
            inner += each.names("timelineId")
            for name in each.names("activityIds"):
                activity = given.things.get(name)
                inner += activity.names("timelineId") if activity is not None else ()
    for round_ in _rounds(after):
        names = " -> ".join(f"'{given.things[name].called[:40]}'" for name in (*round_, round_[0]))
        yield Finding("usdm-never-ends", given.place(given.things[round_[0]]), f"a timeline runs within itself: {names}")


# --- chains ----------------------------------------------------------------------------------------------------------


def _chains(given: Package) -> Iterator[Finding]:
    """Orders and groups that lead back to where they began, and neighbours that do not know each other."""
    for name, what in (("nextId", "comes after itself"), ("previousId", "comes before itself"), ("childIds", "holds itself"),
                       ("subsetOfIds", "is a part of itself")):  # fmt: skip
        after = {each.id: list(each.names(name)) for each in given.every() if each.id and each.names(name)}
        for round_ in _rounds(after):
            first = given.things[round_[0]]
            names = " -> ".join(f"'{given.things[one].called[:40]}'" for one in (*round_[:6], round_[0]))
            yield Finding("usdm-never-ends", given.place(first), f"{first.kind} {what}: {names}")
    for each in given.every():
        to = given.things.get(each.text("nextId"))
        if to is not None and to.text("previousId") and to.text("previousId") != each.id and to.kind == each.kind:
            says = f"{each.kind} '{each.called[:40]}' is followed by '{to.called[:40]}', which says that it follows another"
            yield Finding("usdm-reference", given.place(each), says, Severity.WARNING)


# --- timings ---------------------------------------------------------------------------------------------------------


def _timings(given: Package) -> Iterator[Finding]:
    for each in given.every("Timing"):
        place, what = given.place(each), f"timing '{each.called[:60]}'"
        for key in ("value", "windowLower", "windowUpper"):
            text = each.text(key)
            if text and not DURATION.fullmatch(text):
                yield Finding("usdm-timing", place, f"{what}: {key} '{text[:40]}' is no length of time, as P14D or PT2H")
        if not each.text("value"):
            yield Finding("usdm-timing", place, f"{what} says no length of time")
        if bool(each.text("windowLower")) != bool(each.text("windowUpper")):
            yield Finding("usdm-timing", place, f"{what} has one end of a window and not the other", Severity.WARNING)
        is_fixed = each.code("type").casefold() == "fixed reference"
        if not is_fixed and each.text("relativeFromScheduledInstanceId") == each.text("relativeToScheduledInstanceId"):
            yield Finding("usdm-timing", place, f"{what} is relative to itself, and is no fixed reference")
        elif not is_fixed and not each.text("relativeToScheduledInstanceId"):
            yield Finding("usdm-timing", place, f"{what} does not say what it is relative to", Severity.WARNING)
    for line in given.every("ScheduleTimeline"):
        yield from _floating(given, line)


def _floating(given: Package, line: Thing) -> Iterator[Finding]:
    """Instances that are timed by each other, and by nothing else."""
    after: dict[str, list[str]] = {}
    fixed: set[str] = set()
    for each in line.many("timings"):
        here, there = each.text("relativeFromScheduledInstanceId"), each.text("relativeToScheduledInstanceId")
        if each.code("type").casefold() == "fixed reference" or here == there:
            fixed.add(here)
        elif here and there:
            after.setdefault(here, []).append(there)
    for round_ in _rounds({name: targets for name, targets in after.items() if name not in fixed}):
        names = " -> ".join(f"'{given.things[one].called[:40]}'" for one in (*round_[:6], round_[0]) if one in given.things)
        says = f"timeline '{line.called[:60]}': these are timed by each other and by nothing else: {names}"
        yield Finding("usdm-timing", given.place(line), says)
