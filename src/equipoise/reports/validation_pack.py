"""The validation pack of a study version as a document: requirements, risks, tests and results, each traced to the next."""

from collections import Counter
from collections.abc import Mapping

from ..amendment import before
from ..amendment.changes import changes
from ..finding import Severity
from ..validation import FAMILY, SCALE, Pack, Traced
from .page import Section, Table, Text, page

SUPPORTS = (
    "This pack supports the validation of this study’s file. It says what was tried and what came of it; whether that is "
    "enough for the use intended, people decide and sign."
)
KINDS = {
    "criterion": "Criteria", "allocation": "Allocation", "step": "Steps of the pathway", "line": "Lines of the schedule",
    "endpoint": "Endpoints", "analysis": "Analyses", "promise": "Promises",
}  # fmt: skip
FOOT = "Written by equipoise from the study’s own file. Not a medical device; not medical advice."


def title(made: Pack) -> str:
    """The document's title."""
    version = made.study.protocol.version
    return f"Validation pack: {made.study.protocol.study}{f', version {version}' if version else ''}"


def lead(made: Pack) -> str:
    """What it comes to, in a sentence."""
    many = len(made.traced)
    counts = [(made.counted("supported"), "supported by tests"), (made.counted("failed"), "failed by one"),
              (made.counted("lacks tests"), "short of the tests that its risk asks for"),
              (made.counted("not decided"), "not decided")]  # fmt: skip
    told = ", ".join(f"{count} {what}" for count, what in counts if count)
    return f"{many} requirements: {told}."


def facts(made: Pack, on: str, hashes: Mapping[str, str], signed_by: str) -> list[tuple[str, str]]:
    """Names and what they stand for, under the title."""
    return [
        ("Study", made.study.protocol.study), ("Version", made.study.protocol.version or "unnamed"), ("Written on", on),
        *((f"SHA-256 of {name}", _grouped(value)) for name, value in hashes.items()),
        ("Signed with", f"Ed25519, public key {_grouped(signed_by)}" if signed_by else "not signed"),
    ]  # fmt: skip


def _grouped(digits: str) -> str:
    """Many digits in groups of eight, so that people can compare them and lines can be broken."""
    return " ".join(digits[at : at + 8] for at in range(0, len(digits), 8))


def sections(made: Pack) -> list[Section]:
    """What stands in the document."""
    return [
        Section("What this is", (Text(SUPPORTS, "note"), _scale(), _kinds(made))),
        *_open(made),
        Section("From requirement to result", (_matrix(made),)),
        *(Section(f"{KINDS[kind]}: tests and results", (_tried(kind, [each for each in made.traced if each.requirement.kind == kind]),))
          for kind in KINDS if any(each.requirement.kind == kind for each in made.traced)),
        _people(made),
        *_amended(made),
        _findings(made),
    ]  # fmt: skip


def as_html(made: Pack, on: str, hashes: Mapping[str, str], signed_by: str) -> str:
    """The document as a page."""
    return page(
        title(made), sections(made), virtual=False, lead=lead(made), facts=facts(made, on, hashes, signed_by), foot=FOOT
    )


def as_pdf(made: Pack, on: str, hashes: Mapping[str, str], signed_by: str) -> bytes:
    """The document as PDF: the same sections."""
    from .document_pdf import pdf

    return pdf(title(made), sections(made), virtual=False, lead=lead(made), facts=facts(made, on, hashes, signed_by), foot=FOOT)


def _scale() -> Table:
    return Table("Risks, by a scale of our own, from the kind of requirement", ("Risk", "It means", "It asks for"), SCALE,
                 "The scale is assumed: the protocol states none. Tests of each kind stand for themselves; none replaces review.")  # fmt: skip


def _kinds(made: Pack) -> Table:
    rows = []
    for kind, name in KINDS.items():
        own = Counter(each.result for each in made.traced if each.requirement.kind == kind)
        if own:
            told = tuple(str(own[result] or "") for result in ("supported", "failed", "lacks tests", "not decided"))
            rows.append((name, str(sum(own.values())), *told))
    head = ("Requirements", "In all", "Supported", "Failed", "Lack tests", "Not decided")
    note = f"{made.virtual} virtual participants were drawn: {made.virtual_says}." if made.virtual else (
        f"No virtual participants were drawn: {made.virtual_says}.")  # fmt: skip
    return Table("What it comes to", head, tuple(rows), note)


def _open(made: Pack) -> list[Section]:
    """What is not supported, before anything else."""
    rows = tuple(
        (each.requirement.id, each.risk, each.result, _missing(each)) for each in made.traced if each.result != "supported"
    )
    if not rows:
        return [Section("What is open", (Text("Nothing: each requirement has passed the tests that its risk asks for."),))]
    return [
        Section("What is open", (Table("Requirements that are not supported", ("Requirement", "Risk", "Result", "Why"), rows),))
    ]


def _missing(each: Traced) -> str:
    failed = [f"{one.asked}: {one.says}" for one in each.tried if one.result == "failed"]
    if failed:
        return "; ".join(failed)
    undecided = [f"{one.asked}: {one.says}" for one in each.tried if one.result == "not decided"]
    passed = [one for one in each.tried if one.result in ("passed", "accepted")]
    lacks = []
    if not any(one.is_general for one in passed):
        lacks.append("no rule or proof about it passed")
    if not any(not one.is_general for one in passed):
        lacks.append("no participant, invented with an expected chart or virtual, exercises it")
    return "; ".join([*lacks, *undecided])


def _matrix(made: Pack) -> Table:
    rows = tuple(
        (each.requirement.id, each.requirement.says, each.requirement.source, each.risk, _passed(each), each.result)
        for each in made.traced
    )  # fmt: skip
    head = ("Requirement", "What the file says", "Where that is said", "Risk", "Passed", "Result")
    note = "Passed: rules and proofs, which are about all participants or histories; people (invented) and virtual participants, which are runs."
    return Table("Each requirement, its risk, the tests that passed and the result", head, rows, note)


def _passed(each: Traced) -> str:
    """How many tests of each kind passed, in few words."""
    short = {"rule": "rules", "proof": "proofs", "invented people": "people", "virtual participants": "virtual"}
    counts = Counter(one.how for one in each.tried if one.result in ("passed", "accepted"))
    return ", ".join(f"{short[how]} {count}" if count > 1 else short[how] for how, count in counts.items())


def _tried(kind: str, traced: list[Traced]) -> Table:
    rows = []
    for each in traced:
        for one in each.tried:
            rows.append((each.requirement.name, one.how, one.asked, one.result, one.says))
    note = f"Rules are those on {FAMILY[traced[0].requirement.kind]}."
    return Table(
        f"{KINDS[kind]}: what was tried",
        ("Requirement", "How", "What was asked", "Result", "What was found"),
        tuple(rows),
        note,
    )


def _people(made: Pack) -> Section:
    if not made.people:
        return Section("Invented people", (Text("The study has no invented people: nothing was tried on any.", "warning"),))
    rows = tuple((each.name, each.result, each.says) for each in made.people)
    says = "Each is charted and screened anew, and held against what a person has read and kept under expected/."
    return Section("Invented people", (Text(says), Table("Invented people and their charts", ("Who", "Result", "Why"), rows)))


def _amended(made: Pack) -> list[Section]:
    """What changed since the version before, where one is kept: whose tests have to be looked at again."""
    earlier = before(made.study)
    if earlier is None:
        return []
    rows = tuple((each.part, each.about, each.kind, each.says) for each in changes(earlier, made.study))
    heading = f"Changes since version {earlier.protocol.version}"
    if not rows:
        return [Section(heading, (Text("None."),))]
    return [Section(heading, (Table("What changed", ("Part", "What", "How", "It says"), rows),))]


def _findings(made: Pack) -> Section:
    rows = tuple(
        (each.rule, "accepted" if each.accepted else each.severity.value, str(each.place), each.says, each.accepted)
        for each in made.findings if each.severity is not Severity.NOTE or each.accepted
    )  # fmt: skip
    if not rows:
        return Section("Findings of check", (Text("None: no rule finds an error or a warning."),))
    head = ("Finding", "Weighs", "Where", "It says", "Kept because")
    return Section("Findings of check", (Table("Errors, warnings, and what the file accepts", head, rows),))


__all__ = ["as_html", "as_pdf", "facts", "lead", "sections", "title"]
