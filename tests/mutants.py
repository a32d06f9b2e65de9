"""Mutants: the shipped studies, each with one fault put in by hand of a machine, and the rules of which one must wake.

A mutant is made from the study as data, where the fault is one that the file itself contradicts: a bound shifted beside
words that say it, a counter removed from a loop, an arm's treatment given to the other. Faults of which nothing in the
file could tell (another number where no word names the right one) are not made: nobody could find them by reading.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from equipoise import document

Data = dict[str, Any]


@dataclass(frozen=True)
class Mutant:
    """A study with one fault: which operator made it and where, and the names of rules of which one must wake."""

    study: str
    fault: str
    at: str
    text: str
    wakes: frozenset[str]

    def __str__(self) -> str:
        return f"{self.study}: {self.fault}: {self.at}"


Made = Iterator[tuple[str, Data, set[str]]]
Operator = Callable[[Data], Made]


@cache
def read(file: Path) -> Data:
    """A study as plain data, each scalar a text."""
    return plain(document.document(file).root)


def plain(node: document.Node | None) -> Any:
    match node:
        case document.Mapping():
            return {key.text: plain(value) for key, value in node.entries}
        case document.Sequence():
            return [plain(each) for each in node.items]
        case document.Scalar():
            return node.text


def mutants(folder: Path) -> Iterator[Mutant]:
    """Every mutant of every study in a folder, in one order."""
    for file in sorted(folder.glob("*/study.yaml")):
        made: set[str] = set()
        for operator in OPERATORS:
            fault = operator.__name__.replace("_", " ")
            for at, data, wakes in operator(read(file)):
                text = yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10_000)
                if text not in made:  # two operators may come to one thing
                    made.add(text)
                    yield Mutant(file.parent.name, fault, at, text, frozenset(wakes))


# --- ways into a study -----------------------------------------------------------------------------------------------


def changed(data: Data, path: tuple[Any, ...], value: Any) -> Data:
    """A copy with one thing set; with `GONE`, taken away."""
    copy = deepcopy(data)
    at = copy
    for key in path[:-1]:
        at = at[key]
    if value is GONE:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return copy


GONE = object()


def added(data: Data, key: str, entry: Any) -> Data:
    """A copy with one more entry of a list, or in a mapping of names."""
    copy = deepcopy(data)
    if isinstance(entry, tuple):
        copy.setdefault(key, {})[entry[0]] = entry[1]
    else:
        copy.setdefault(key, []).append(entry)
    return copy


def steps(data: Data) -> Mapping[str, Data]:
    return data.get("pathway", {}).get("steps", {})


def criteria(data: Data) -> Iterator[tuple[int, str, str, Data]]:
    """Each criterion that is an expression: its place, `include` or `exclude`, the expression, the whole."""
    for index, each in enumerate(data.get("eligibility", ())):
        for kind in ("include", "exclude"):
            if isinstance(each.get(kind), str):
                yield index, kind, each[kind], each


def statements(data: Data) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Each statement of the pathway, and each definition: its path and its words."""
    for name, step in steps(data).items():
        for key in ("guard", "stop"):
            if key in step:
                yield ("pathway", "steps", name, key), step[key]
        for index, each in enumerate(step.get("require", ())):
            yield ("pathway", "steps", name, "require", index), each
        for index, branch in enumerate(step.get("decide", ())):
            if "when" in branch:
                yield ("pathway", "steps", name, "decide", index, "when"), branch["when"]


COMPARED = re.compile(r"(>=|<=|(?<![<>=!])[<>](?!=))\s*(\d+(?:\.\d+)?)(?:\s*(10\^\d+/L|[a-zA-Z%][\w/%^]*))?")
FLIPPED = {">=": "<=", "<=": ">=", ">": "<", "<": ">"}
WORDS_NOT_UNITS = {"and", "or", "x", "not", "within", "where", "then", "else"}


def replaced(text: str, found: re.Match[str], group: int, new: str) -> str:
    return text[: found.start(group)] + new + text[found.end(group) :]


# --- who may join ----------------------------------------------------------------------------------------------------

NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split() + ["eighteen"]
WORDED = {"adults": 18, "eighteen": 18} | {word: index for index, word in enumerate(NUMBERS) if word != "eighteen"}


def _is_said(number: str, each: Data) -> bool:
    """Whether the criterion's own words say the number."""
    words = str(each.get("text", "")).lower()
    said = {float(found) for found in re.findall(r"\d+(?:\.\d+)?", words)}
    said |= {float(WORDED[word]) for word in re.findall(r"[a-z]+", words) if word in WORDED}
    return float(number) in said


IN_WORDS = {"unit-in-words-differs", "inverted-comparator", "implausible-value", "nobody-can-enter", "cohort-cannot-enter",
            "criterion-decides-nothing", "inclusion-exclusion-gap", "inclusion-exclusion-overlap", "guard-never-met"}  # fmt: skip


def criterion_flipped(data: Data) -> Made:
    for index, kind, text, each in criteria(data):
        for found in COMPARED.finditer(text):
            if _is_said(found[2], each):
                new = replaced(text, found, 1, FLIPPED[found[1]])
                yield f"{each['id']} {found[0]}", changed(data, ("eligibility", index, kind), new), IN_WORDS


def criterion_shifted(data: Data) -> Made:
    for index, kind, text, each in criteria(data):
        for found in COMPARED.finditer(text):
            if not _is_said(found[2], each):
                continue
            for by in (1, -1, 3):
                number = f"{float(found[2]) + by:g}"
                if float(number) >= 0:
                    new = replaced(text, found, 2, number)
                    yield f"{each['id']} {found[2]} to {number}", changed(data, ("eligibility", index, kind), new), IN_WORDS


def criterion_strict(data: Data) -> Made:
    """At least becomes more than."""
    strict = {">=": ">", "<=": "<", ">": ">=", "<": "<="}
    for index, kind, text, each in criteria(data):
        for found in COMPARED.finditer(text):
            if _is_said(found[2], each):
                new = replaced(text, found, 1, strict[found[1]])
                yield f"{each['id']} {found[0]}", changed(data, ("eligibility", index, kind), new), IN_WORDS


def unit_dropped(data: Data) -> Made:
    for path, text in everywhere(data):
        for found in COMPARED.finditer(text):
            if found[3] and found[3] not in WORDS_NOT_UNITS:
                yield f"{path[-1]} {found[0]}", changed(data, path, replaced(text, found, 3, "")), {"expression"}


WRONG = {"years": "months", "cm": "mm", "mm": "cm", "10^9/L": "10^3/L", "umol/L": "mmol/L", "g/L": "mg/L", "months": "years"}


def unit_wrong(data: Data) -> Made:
    for path, text in everywhere(data):
        for found in COMPARED.finditer(text):
            if found[3] in WRONG:
                wakes = IN_WORDS | {"expression"}
                yield f"{path[-1]} {found[0]}", changed(data, path, replaced(text, found, 3, WRONG[found[3]])), wakes


def everywhere(data: Data) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Each criterion, statement and definition."""
    for index, kind, text, _ in criteria(data):
        yield ("eligibility", index, kind), text
    yield from statements(data)
    for name, text in data.get("define", {}).items():
        if isinstance(text, str):
            yield ("define", name), text


ONE = re.compile(r"([a-z_.]+) (>=|<=|<|>) (\d+)( years| cm| mm)?|([a-z_.]+) between (\d+) and (\d+)")


def bounds(data: Data) -> Iterator[tuple[str, str, str, float, str]]:
    """Each inclusion that bounds one measure: its id, the measure, the comparator, the number, the unit."""
    for _, kind, text, each in criteria(data):
        found = ONE.fullmatch(text.strip())
        if found and kind == "include":
            if found[1]:
                yield each["id"], found[1], found[2], float(found[3]), found[4] or ""
            else:
                yield each["id"], found[5], "<=", float(found[7]), ""
                yield each["id"], found[5], ">=", float(found[6]), ""


def exclusion_with_a_gap(data: Data) -> Made:
    for id_, measure, op, number, unit in bounds(data):
        step = 2 if op in ("<=", ">=") else 3
        away = number + step if op in ("<", "<=") else number - step
        if away >= 0:
            rule = f"{measure} {'>=' if op in ('<', '<=') else '<='} {away:g}{unit}"
            entry = {"id": "mutant", "exclude": rule, "text": "Ours."}
            yield f"{id_}: {rule}", added(data, "eligibility", entry), {"inclusion-exclusion-gap", "criterion-decides-nothing"}


def exclusion_that_overlaps(data: Data) -> Made:
    for id_, measure, op, number, unit in bounds(data):
        by = 1 if op in ("<", "<=") else -1
        for into in (0, 1):
            rule = f"{measure} {'>=' if by > 0 else '<='} {number - by * into - (by if op in ('<', '>') else 0):g}{unit}"
            entry = {"id": "mutant", "exclude": rule, "text": "Ours."}
            wakes = {"inclusion-exclusion-overlap", "nobody-can-enter", "cohort-cannot-enter"}
            yield f"{id_}: {rule}", added(data, "eligibility", entry), wakes


def criteria_that_contradict(data: Data) -> Made:
    for _, kind, text, each in criteria(data):
        other = {"id": "mutant", "exclude" if kind == "include" else "include": text, "text": "Ours."}
        scoped = {"cohorts": each["cohorts"]} if "cohorts" in each else {}
        yield each["id"], added(data, "eligibility", {**other, **scoped}), {"nobody-can-enter", "cohort-cannot-enter"}


def criterion_implied(data: Data) -> Made:
    for _, kind, text, each in criteria(data):
        scoped = {"cohorts": each["cohorts"]} if "cohorts" in each else {}
        entry = {"id": "mutant", kind: text, "text": each.get("text", "Ours."), **scoped}
        yield each["id"], added(data, "eligibility", entry), {"criterion-decides-nothing"}


def criterion_negated_twice(data: Data) -> Made:
    for index, kind, text, each in criteria(data):
        if kind == "include" and " " in text:
            entry = {key: value for key, value in each.items() if key != kind} | {"exclude": f"not ({text})"}
            yield each["id"], changed(data, ("eligibility", index), entry), {"double-negation"}


def judgement_without_a_question(data: Data) -> Made:
    vague = (
        ("Adequate organ function", "undefined-qualifier"),
        ("Is the participant suitable, as the local guideline has it?", "depends-on-judgement"),
        ("Is any adverse event above grade 1 by CTCAE?", "version-unsaid"),
    )
    for question, rule in vague:
        if rule == "version-unsaid" and "CTCAE v" in str(data):
            continue
        entry = {"id": "mutant", "include": {"judge": question, "by": "investigator"}, "text": question}
        wakes = {rule, "undefined-qualifier", "depends-on-judgement"} if rule != "version-unsaid" else {rule}
        yield question, added(data, "eligibility", entry), wakes


def age_otherwise_registered(data: Data) -> Made:
    for _, kind, text, each in criteria(data):
        if re.fullmatch(r"age >=? 18 years", text) and kind == "include":
            for low in (17, 19, 21):
                entry = {"registry": "ClinicalTrials.gov", "id": "NCT00000000", "age": f"{low}..120"}
                at = f"{each['id']} {low}"
                yield at, added(data, "registrations", entry), {"off-by-one-bound"}
    if not any("sex" in text for _, _, text, _ in criteria(data)):
        entry = {"registry": "ClinicalTrials.gov", "id": "NCT00000000", "sex": "female"}
        yield "sex", added(data, "registrations", entry), {"off-by-one-bound"}


def window_of_no_anchor(data: Data) -> Made:
    for name in data.get("activities", {}):
        if any(f"exists {name}" in text or name in text for _, _, text, _ in criteria(data)):
            rule = f"exists {name} within 28 days before today"
            yield name, added(data, "eligibility", {"id": "mutant", "include": rule}), {"window-without-anchor"}


# --- the pathway -----------------------------------------------------------------------------------------------------

STRUCTURE = {"endless-loop", "no-otherwise", "no-unknown", "no-timeout", "unreachable-step", "unknown-name", "missing-key",
             "unreadable", "unreachable-branch", "no-guard", "wrong-shape", "no-option", "no-when", "other-track"}  # fmt: skip
WAYS = {"unreachable-step", "step-never-entered", "dead-end", "branch-never-taken", "branches-overlap", "guard-never-met",
        "promise-broken", "endless-loop", "limit-never-reached", "arm-never-gets-its-treatment"}  # fmt: skip
LOST = {"anchor-never-reached", "endpoint-never-assessed", "origin-missing-in-arm"}


def led_to(name: str, data: Data) -> int:
    """How many ways lead to a step."""
    ways = [*data["pathway"].get("anywhere", ()), data["pathway"]["start"]]
    for step in steps(data).values():
        ways += [step.get("next"), step.get("on_timeout"), step.get("unknown")]
        ways += [branch.get("to", branch.get("otherwise")) for branch in step.get("decide", ())]
    return sum((way.get("to") if isinstance(way, dict) else way) == name for way in ways)


def otherwise_dropped(data: Data) -> Made:
    for name, step in steps(data).items():
        for index, branch in enumerate(step.get("decide", ())):
            if "otherwise" in branch:
                path = ("pathway", "steps", name, "decide", index)
                yield name, changed(data, path, GONE), {"no-otherwise"}


def unknown_dropped(data: Data) -> Made:
    for name, step in steps(data).items():
        if "unknown" in step:
            yield name, changed(data, ("pathway", "steps", name, "unknown"), GONE), {"no-unknown"}


def timeout_dropped(data: Data) -> Made:
    for name, step in steps(data).items():
        for key in ("retry", "on_timeout"):
            if key in step:
                yield f"{name} {key}", changed(data, ("pathway", "steps", name, key), GONE), {"no-timeout", "unreachable-step"}


def counter_removed(data: Data) -> Made:
    """All limits of a loop go, or one on which a promise rests."""
    limited = [name for name, step in steps(data).items() if "limit" in step]
    if not limited:
        return
    copy = deepcopy(data)
    for name in limited:
        del copy["pathway"]["steps"][name]["limit"]
    yield "all", copy, {"endless-loop", "promise-broken"}
    for name in limited:
        yield name, changed(data, ("pathway", "steps", name, "limit"), GONE), {
            "endless-loop", "promise-broken", "limit-never-reached", "branch-never-taken", "step-never-entered", "dead-end"}  # fmt: skip


def limit_raised(data: Data) -> Made:
    for name, step in steps(data).items():
        if "limit" in step:
            wakes = {"promise-broken", "limit-never-reached"}
            yield name, changed(data, ("pathway", "steps", name, "limit"), str(int(step["limit"]) + 7)), wakes


def limit_of_none(data: Data) -> Made:
    for name, step in steps(data).items():
        if "limit" in step:
            yield name, changed(data, ("pathway", "steps", name, "limit"), "0"), {"limit", *WAYS}


def edge_cut(data: Data) -> Made:
    """What leads to a step leads back to where it came from, or nowhere."""
    for name, step in steps(data).items():
        if step.get("next"):
            path = ("pathway", "steps", name)
            ended = {key: value for key, value in step.items() if key != "next"} | {"end": "true"}
            if led_to(step["next"], data) == 1:  # where other ways lead there too, it is another protocol and no worse
                yield f"{name} ends", changed(data, path, ended), STRUCTURE | WAYS | LOST
            yield f"{name} misspelt", changed(data, (*path, "next"), step["next"] + "s"), {"unknown-name"}
            yield f"{name} round", changed(data, (*path, "next"), name), STRUCTURE | WAYS | LOST
        for index, branch in enumerate(step.get("decide", ())):
            path = ("pathway", "steps", name, "decide", index)
            for key in ("to", "otherwise"):
                if key in branch:
                    at = f"{name} branch {index + 1}"
                    yield f"{at} misspelt", changed(data, (*path, key), branch[key] + "s"), {"unknown-name"}


def step_to_which_nothing_leads(data: Data) -> Made:
    activities = [*data.get("activities", {})]
    if steps(data) and activities:
        copy = deepcopy(data)
        copy["pathway"]["steps"]["mutant"] = {"do": [activities[0]], "end": "true"}
        yield "mutant", copy, {"unreachable-step"}


def branch_repeated(data: Data) -> Made:
    """A branch stands there twice: the second is never taken."""
    ends = [name for name, step in steps(data).items() if "end" in step]
    for name, step in steps(data).items():
        for index, branch in enumerate(step.get("decide", ())):
            if "when" in branch and "option" not in branch and ends:
                copy = deepcopy(data)
                copy["pathway"]["steps"][name]["decide"].insert(index + 1, {"when": branch["when"], "to": ends[0]})
                yield f"{name} branch {index + 1}", copy, {"branch-never-taken"}


def branch_first_that_is_last(data: Data) -> Made:
    """A branch that is always met stands before the others."""
    for name, step in steps(data).items():
        branches = step.get("decide", ())
        if len(branches) > 1 and "when" in branches[0] and "option" not in branches[0]:
            said = branches[0]["when"]
            copy = deepcopy(data)
            copy["pathway"]["steps"][name]["decide"][0]["when"] = f"({said}) or not ({said})"
            yield name, copy, {"branch-never-taken", "step-never-entered"}


def branch_never_met(data: Data) -> Made:
    for path, text in statements(data):
        if path[-1] == "when":
            yield f"{path[2]} branch {path[4] + 1}", changed(data, path, f"({text}) and not ({text})"), {
                "branch-never-taken", "step-never-entered", "guard-never-met"}  # fmt: skip


def guard_of_nobody(data: Data) -> Made:
    for path, text in statements(data):
        if path[-1] in ("guard", "stop") or path[-2] == "require":
            yield f"{path[2]} {path[3]}", changed(data, path, f"({text}) and not ({text})"), {"guard-never-met"}
            yield f"{path[2]} {path[3]} of all", changed(data, path, f"({text}) or not ({text})"), {"guard-never-met"}


def distance_too_long(data: Data) -> Made:
    for name, step in steps(data).items():
        for index, _ in enumerate(step.get("apart", ())):
            for far in ("14 weeks", "40 weeks"):
                path = ("pathway", "steps", name, "apart", index, "at_least")
                copy = changed(data, path, far)
                copy["pathway"]["steps"][name]["within"] = "2 weeks"
                yield f"{name} {far}", copy, {"distance-cannot-be-kept"}


def distance_too_short(data: Data) -> Made:
    for name, step in steps(data).items():
        for index, _ in enumerate(step.get("apart", ())):
            for near in ("1 day", "3 days"):
                path = ("pathway", "steps", name, "apart", index, "at_least")
                yield f"{name} {near}", changed(data, path, near), {"promise-broken"}
            yield name, changed(data, ("pathway", "steps", name, "apart", index), GONE), {"promise-broken"}


NEVER_MORE = re.compile(r"count\((\w+)\) > (\d+)")


def promise_against_the_pathway(data: Data) -> Made:
    """A promise of less than the pathway does, or that somebody gets what nobody gets."""
    for index, each in enumerate(data.get("promises", ())):
        found = NEVER_MORE.fullmatch(each.get("never", ""))
        for number in range(int(found[2]) if found else 0):
            text = f"count({found[1]}) > {number}" if found else ""
            yield text, changed(data, ("promises", index, "never"), text), {"promise-broken"}
    done = {name for step in steps(data).values() for name in (*step.get("do", ()), step.get("repeat", "")) if name}
    for name in sorted(done):
        yield f"never {name}", added(data, "promises", {"never": f"exists {name}", "why": "Ours."}), {"promise-broken"}


def arms_swapped(data: Data) -> Made:
    """What one arm is given is said of the other."""
    arms = [*data.get("arms", {})]
    if len(arms) != 2 or not steps(data):
        return
    swap = {arms[0]: arms[1], arms[1]: arms[0]}
    copy = deepcopy(data)
    one, other = (copy["arms"][name].get("gives", []) for name in arms)
    copy["arms"][arms[0]]["gives"], copy["arms"][arms[1]]["gives"] = other, one
    yield "gives", copy, {"arm-never-gets-its-treatment", "promise-broken"}
    told = re.compile(rf"arm == ({arms[0]}|{arms[1]})\b")
    for path, text in statements(data):
        if told.search(text):
            new = told.sub(lambda found: f"arm == {swap[found[1]]}", text)
            yield f"{path[2]} {path[-1]}", changed(data, path, new), {
                "arm-never-gets-its-treatment", "promise-broken", "branch-never-taken", "step-never-entered", *LOST}  # fmt: skip


def arm_without_its_treatment(data: Data) -> Made:
    for arm, said in data.get("arms", {}).items():
        for given in said.get("gives", ()):
            copy = deepcopy(data)
            touched = False
            for step in steps(copy).values():
                if given in step.get("do", ()):
                    step["do"], touched = [name for name in step["do"] if name != given], True
                if step.get("repeat") == given:
                    for key in ("repeat", "times", "every", "stop"):
                        step.pop(key, None)
                    touched = True
            if touched:
                yield f"{arm}: {given}", copy, {"arm-never-gets-its-treatment"}


# --- what is assessed and measured -----------------------------------------------------------------------------------


def follow_up_shortened(data: Data) -> Made:
    for index, line in enumerate(data.get("schedule", ())):
        if re.search(r"\d+ (years?|months)", line.get("until", "")) and line.get("every"):
            looked = [
                name for name, each in data.get("endpoints", {}).items()
                if each.get("assessed_by") in line["do"] and each.get("horizon")
            ]  # fmt: skip
            others = [one for at, one in enumerate(data["schedule"]) if at != index and "every" in one]
            if looked and not any({*line["do"]} & {*one["do"]} and "until" not in one for one in others):
                yield f"line {index + 1}", changed(data, ("schedule", index, "until"), "3 months"), {"follow-up-too-short"}
    for name, each in data.get("endpoints", {}).items():
        if each.get("horizon") and each.get("assessed_by"):
            copy = changed(data, ("endpoints", name, "horizon"), "20 years")
            if all("until" in line for line in data.get("schedule", ()) if each["assessed_by"] in line["do"]):
                yield f"{name} for 20 years", copy, {"follow-up-too-short"}


def assessment_never_scheduled(data: Data) -> Made:
    for name, each in data.get("endpoints", {}).items():
        seen = each.get("assessed_by")
        if not seen or not data.get("schedule"):
            continue
        copy = deepcopy(data)
        copy["schedule"] = [line for line in copy["schedule"] if seen not in line["do"] or len(line["do"]) > 1]
        for line in copy["schedule"]:
            line["do"] = [one for one in line["do"] if one != seen]
        for step in steps(copy).values():
            if seen in step.get("do", ()):
                step["do"] = [one for one in step["do"] if one != seen]
        yield f"{name} by {seen}", copy, {"endpoint-never-assessed"}
    for name, each in data.get("endpoints", {}).items():
        if each.get("assessed_by") and data.get("activities"):
            copy = added(data, "activities", ("mutant", {"label": "Never asked for", "items": {}}))
            copy["endpoints"][name]["assessed_by"] = "mutant"
            yield f"{name} by nothing", copy, {"endpoint-never-assessed"}
        if each.get("kind") == "measurement" and each.get("item") and data.get("activities"):
            item = {"label": "Never asked for", "items": {"mutant_item": {"type": "real", "label": "A number"}}}
            copy = added(data, "activities", ("mutant", item))
            copy["endpoints"][name]["item"] = "mutant_item"
            yield f"{name} of nothing", copy, {"endpoint-never-assessed"}


def line_twice(data: Data) -> Made:
    for index, line in enumerate(data.get("schedule", ())):
        yield f"line {index + 1}", added(data, "schedule", deepcopy(line)), {"duplicate-assessments"}


def line_after_something_that_never_is(data: Data) -> Made:
    for index, line in enumerate(data.get("schedule", ())):
        for key in ("from", "after"):
            if key in line:
                copy = added(data, "activities", ("mutant", {"label": "Never asked for", "items": {}}))
                copy["schedule"][index][key] = "mutant"
                yield f"line {index + 1}", copy, {"anchor-never-reached"}
    arms = data.get("arms", {})
    for arm, said in arms.items():
        for given in said.get("gives", ()):
            if any(given not in other.get("gives", ()) for name, other in arms.items() if name != arm):
                for index, line in enumerate(data.get("schedule", ())):
                    for key in ("from", "after"):
                        if line.get(key) in ("enrolment", "randomisation", "assignment", "off_treatment"):
                            yield f"line {index + 1} {given}", changed(data, ("schedule", index, key), given), {
                                "anchor-never-reached"}  # fmt: skip


def assessment_of_the_dead(data: Data) -> Made:
    for index, line in enumerate(data.get("schedule", ())):
        for key in ("from", "after"):
            if key in line:
                yield f"line {index + 1}", changed(data, ("schedule", index, key), "death"), {"assessment-after-end"}


def censoring_dropped(data: Data) -> Made:
    for name, each in data.get("endpoints", {}).items():
        if each.get("kind") == "time_to_event" and "censor" in each:
            yield name, changed(data, ("endpoints", name, "censor"), GONE), {"no-censoring-rule"}


def origin_of_one_arm(data: Data) -> Made:
    arms = data.get("arms", {})
    for name, each in data.get("endpoints", {}).items():
        compared = [one for one in data.get("analyses", {}).values() if one.get("endpoint") == name]
        if not any(" vs " in one.get("estimand", {}).get("contrast", "") for one in compared):
            continue
        for arm, said in arms.items():
            for given in said.get("gives", ()):
                if steps(data) and any(given not in other.get("gives", ()) for key, other in arms.items() if key != arm):
                    copy = changed(data, ("endpoints", name, "from"), f"first({given})")
                    yield f"{name} from {given}", copy, {"origin-missing-in-arm"}
        if "from" in each and data.get("activities"):
            copy = added(data, "activities", ("mutant", {"label": "Never asked for", "items": {}}))
            copy["endpoints"][name]["from"] = "mutant"
            yield f"{name} from nothing", copy, {"origin-missing-in-arm", "anchor-never-reached", "endpoint-never-assessed"}


def clocks_apart(data: Data) -> Made:
    """Two origins in one clock: each arm or group counts from its own day."""
    for name, each in data.get("endpoints", {}).items():
        compared = [one for one in data.get("analyses", {}).values() if one.get("endpoint") == name]
        contrasts = [one["estimand"]["contrast"] for one in compared if " vs " in one.get("estimand", {}).get("contrast", "")]
        arms = contrasts[0].split(" vs ") if contrasts else []
        if len(arms) < 2 or "from" not in each or arms[0] not in data.get("arms", {}):
            continue
        forms = [key for key in data.get("activities", {}) if key != "adverse_event"]
        origin = f"if arm == {arms[0]} then first({forms[0]}) else {each['from']}"
        yield name, changed(data, ("endpoints", name, "from"), origin), {"clocks-differ", "origin-missing-in-arm"}


def death_left_out(data: Data) -> Made:
    for name, each in data.get("endpoints", {}).items():
        event = each.get("event")
        if each.get("kind") == "time_to_event" and isinstance(event, list) and "death" in event:
            rest = [one for one in event if one != "death"]
            new = rest if len(rest) > 1 else rest[0]
            yield name, changed(data, ("endpoints", name, "event"), new), {"composite-ignores-death", "competing-unsaid"}


def competing_dropped(data: Data) -> Made:
    for name, each in data.get("endpoints", {}).items():
        if each.get("kind") == "time_to_event" and "competing" in each:
            yield name, changed(data, ("endpoints", name, "competing"), GONE), {"competing-unsaid", "composite-ignores-death"}


def title_of_another_kind(data: Data) -> Made:
    wrong = {
        "time_to_event": "Share of participants with a complication",
        "occurrence": "Median overall survival",
        "measurement": "Time to progression",
        "trajectory": "Overall survival",
        "score": "Progression-free survival",
        "cost": "Overall survival",
    }
    for name, each in data.get("endpoints", {}).items():
        if each.get("kind") in wrong:
            yield name, changed(data, ("endpoints", name, "label"), wrong[each["kind"]]), {"title-and-kind-disagree"}


def estimand_attribute_dropped(data: Data) -> Made:
    for name, each in data.get("analyses", {}).items():
        estimand = each.get("estimand", {})
        infers = "test" in each or "alpha" in each
        if estimand.get("contrast"):
            for key in ("summary", "population", *(("contrast",) if infers else ())):
                if key in estimand:
                    path = ("analyses", name, "estimand", key)
                    yield f"{name} {key}", changed(data, path, GONE), {"estimand-attribute-missing", "underpowered"}
            if infers:
                without = changed(data, ("analyses", name, "estimand"), GONE)
                yield name, without, {"estimand-attribute-missing", "immortal-time"}


def strategy_dropped(data: Data) -> Made:
    for name, each in data.get("analyses", {}).items():
        endpoint = data["endpoints"][each["endpoint"]]
        groups = f"{data.get('groups', '')} {data.get('define', '')}"
        for event in each.get("estimand", {}).get("intercurrent", {}):
            dealt_with = event in str(endpoint.get("event")) or (each.get("time_dependent") and f"exists {event}" in groups)
            if " vs " not in each["estimand"].get("contrast", "") or dealt_with:
                continue
            path = ("analyses", name, "estimand", "intercurrent", event)
            yield f"{name} {event}", changed(data, path, GONE), {"intercurrent-without-strategy", "competing-unsaid"}


def groups_of_the_future(data: Data) -> Made:
    for name, each in data.get("analyses", {}).items():
        if " vs " not in each.get("estimand", {}).get("contrast", ""):
            continue
        for key in ("landmark", "time_dependent", "emulate"):
            if key in each:
                yield f"{name} {key}", changed(data, ("analyses", name, key), GONE), {"immortal-time"}
    arms = data.get("arms", {})
    for arm, said in arms.items():
        for given in said.get("gives", ()):
            if any(given not in other.get("gives", ()) for key, other in arms.items() if key != arm):
                for name, each in data.get("analyses", {}).items():
                    if each.get("estimand", {}).get("contrast") and each.get("method") == "cox":
                        copy = deepcopy(data)
                        copy.setdefault("define", {})
                        copy["define"]["got_it"], copy["define"]["went_without"] = f"exists {given}", f"not exists {given}"
                        copy["analyses"][name]["estimand"]["contrast"] = "got_it vs went_without"
                        yield f"{name} by {given}", copy, {"immortal-time"}


# --- design ----------------------------------------------------------------------------------------------------------


def dates_in_disorder(data: Data) -> Made:
    dates = data.get("dates", {})
    order = [key for key in ("start", "primary_completion", "completion") if key in dates]
    for one, other in pairwise(order):
        copy = deepcopy(data)
        copy["dates"][one], copy["dates"][other] = dates[other], dates[one]
        yield f"{one} and {other}", copy, {"dates-contradict"}
    start, end = {"registered": "2020-06-01", "start": "2020-01-01"}, {"start": "2020-01-01", "completion": "2020-02-01"}
    if data.get("design", {}).get("type") == "interventional":
        yield "registered late", changed(data, ("dates",), {**dates, **start}), {"dates-contradict"}
    looks_back = data.get("design", {}).get("perspective") in ("retrospective", "both")
    if not looks_back and any(each.get("horizon") or each.get("within") for each in data.get("endpoints", {}).values()):
        yield "over before followed", changed(data, ("dates",), {**dates, **end}), {"dates-contradict", "follow-up-too-short"}
    verified = {"first_submitted": "2021-05-01", "last_verified": "2021-01-01", "last_update_submitted": "2021-06-01"}
    if "last_verified" not in dates:
        yield "verified before submitted", changed(data, ("dates",), {**dates, **verified}), {"dates-contradict"}


def blocks_that_tell(data: Data) -> Made:
    if data.get("design", {}).get("allocation") != "randomised":
        return
    for blocks in (["2"], ["4"], ["6"]):
        said = {**data.get("allocation", {}), "method": "permuted_blocks", "blocks": blocks}
        yield "".join(blocks), changed(data, ("allocation",), said), {"allocation-predictable", "blocks-do-not-fit"}


def strata_too_many(data: Data) -> Made:
    if data.get("design", {}).get("allocation") != "randomised" or len(data.get("arms", {})) < 2:
        return
    coded = [
        key for name, each in data.get("activities", {}).items() for key, item in each.get("items", {}).items()
        if isinstance(item.get("of"), list | dict) and len(item["of"]) >= 3
    ]  # fmt: skip
    for count in (4, 6):
        if len(coded) >= count:
            said = {**data.get("allocation", {"method": "permuted_blocks", "blocks": ["4", "6"]}), "strata": coded[:count]}
            copy = changed(data, ("allocation",), said)
            yield str(count), changed(copy, ("design", "enrolment"), "40"), {"too-many-strata"}


def acceptance_of_nothing(data: Data) -> Made:
    entry = {"finding": "nobody-can-enter", "about": "mutant", "why": "Ours."}
    yield "accepted", added(data, "accepted", entry), {"accepted-needlessly", "nobody-can-enter"}


OPERATORS: tuple[Operator, ...] = (
    criterion_flipped, criterion_shifted, criterion_strict, unit_dropped, unit_wrong, exclusion_with_a_gap,
    exclusion_that_overlaps, criteria_that_contradict, criterion_implied, criterion_negated_twice,
    judgement_without_a_question, age_otherwise_registered, window_of_no_anchor,
    otherwise_dropped, unknown_dropped, timeout_dropped, counter_removed, limit_raised, limit_of_none, edge_cut,
    step_to_which_nothing_leads, branch_repeated, branch_first_that_is_last, branch_never_met, guard_of_nobody,
    distance_too_long, distance_too_short, promise_against_the_pathway, arms_swapped, arm_without_its_treatment,
    follow_up_shortened, assessment_never_scheduled, line_twice, line_after_something_that_never_is, assessment_of_the_dead,
    censoring_dropped, origin_of_one_arm, clocks_apart, death_left_out, competing_dropped, title_of_another_kind,
    estimand_attribute_dropped, strategy_dropped, groups_of_the_future,
    dates_in_disorder, blocks_that_tell, strata_too_many, acceptance_of_nothing,
)  # fmt: skip
