"""USDM: out by the published schema, in word for word or as a draft, and faults that are put in come out as findings."""

import copy
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import equipoise as eq
from equipoise.command import _app
from equipoise.exchange import usdm
from equipoise.exchange.usdm.drafted import criteria, length
from equipoise.exchange.usdm.package import classes, plain
from equipoise.finding import Finding, Severity, errors

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "usdm"
STUDIES = sorted(each.parent.name for each in eq.shipped().glob("*/study.yaml"))
EXAMPLES = ("Alexion_NCT04573309_Wilsons", "CDISC_Pilot_Study", "EliLilly_NCT03421379_Diabetes")
OWN_FAULTS = {EXAMPLES[0]: 2, EXAMPLES[1]: 0, EXAMPLES[2]: 1}
"""The places where an official example itself is not as the official schema has it: lists that may not be empty."""


def given(name: str) -> Any:
    file = SHARED / f"{name}.json.gz"
    if not file.exists():
        pytest.skip(f"{file} is not here: the official examples are not part of the project")
    return json.loads(gzip.decompress(file.read_bytes()))


def content(name: str) -> dict[str, Any]:
    made = usdm.FORMAT.out(eq.load(eq.shipped() / name), None)  # type: ignore[misc]
    (file,) = made.files.values()
    told: dict[str, Any] = json.loads(file)
    return told


def weighty(tree: Any) -> list[Finding]:
    package, found = usdm.package(json.dumps(tree))
    assert package is not None
    return [each for each in (*found, *usdm.faults(package)) if each.severity is Severity.ERROR]


# --- out -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STUDIES)
def test_an_export_has_no_error_by_the_published_schema(name: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = given("usdm-4-0-schema")
    check = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    assert [f"{each.json_path}: {each.message[:90]}" for each in check.iter_errors(content(name))] == []


@pytest.mark.parametrize("name", STUDIES)
def test_an_export_has_nothing_wrong_by_our_own_rules(name: str) -> None:
    package, found = usdm.package(json.dumps(content(name)))
    assert package is not None
    assert found == ()
    assert {(each.rule, each.severity) for each in usdm.faults(package)} <= {("usdm-never-ends", Severity.NOTE)}


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_that_went_out_comes_in_equal(name: str) -> None:
    study = eq.load(eq.shipped() / name)
    made, _ = usdm.read(json.dumps(content(name)))
    assert made is not None
    assert made.is_exact
    assert made.study.protocol == study.protocol
    assert made.files["study.yaml"] == (eq.shipped() / name / "study.yaml").read_text(encoding="utf-8")


def test_a_file_whose_native_part_was_changed_is_read_by_what_others_see() -> None:
    tree = content("pdac-oligo-ablation")
    tree["study"]["versions"][0]["titles"][0]["text"] = "Another title"
    made, found = usdm.read(json.dumps(tree))
    assert made is not None
    assert not made.is_exact
    assert made.study.protocol.title == "Another title"
    assert "usdm-changed" in {each.rule for each in found}


def test_loops_with_a_bound_are_unrolled_so_that_every_way_ends() -> None:
    # batch-rfa-crlm: readiness and ablation may each be entered three times, and induction is 2 to 4 cycles.
    package, _ = usdm.package(json.dumps(content("batch-rfa-crlm")))
    assert package is not None
    main = next(each for each in package.every("ScheduleTimeline") if each.said["mainTimeline"] is True)
    after = {each.id: usdm.ways(each) for each in main.many("instances")}
    seen: dict[str, int] = {}

    def deep(name: str) -> int:  # a way that came back to itself would never end here
        if name not in seen:
            seen[name] = -1
            assert all(seen.get(to) != -1 for to in after[name]), "a loop is left"
            seen[name] = 1 + max((deep(to) for to in after[name]), default=0)
        return seen[name]

    assert deep(main.text("entryId")) > 20
    sessions = [each for each in main.many("instances") if each.text("name").startswith("ablation_")]
    assert len(sessions) == 3
    assert (
        sum(
            each.text("label").startswith("First systemic therapy") and bool(each.names("activityIds"))
            for each in main.many("instances")
        )
        == 4
    )


def test_the_control_arm_never_comes_to_ablation() -> None:
    design = content("batch-rfa-crlm")["study"]["versions"][0]["studyDesigns"][0]
    arms = {each["id"]: each["name"] for each in design["arms"]}
    epochs = {each["id"]: each["name"] for each in design["epochs"]}
    elements = {each["id"]: each["name"] for each in design["elements"]}
    steps = {
        arms[cell["armId"]]: {elements[each] for each in cell["elementIds"]}
        for cell in design["studyCells"]
        if epochs[cell["epochId"]] == "treatment"
    }
    assert "ablation" in steps["batch_rfa"]
    assert "systemic_alone" in steps["control"]


# --- the official examples -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_official_example_survives_a_round_trip_leaf_for_leaf(name: str) -> None:
    tree = given(name)
    package, found = usdm.package(json.dumps(tree))
    assert package is not None
    assert found == ()
    assert {each.kind for each in package.every() if each is not package.root} <= {*classes()}
    assert list(leaves(json.loads(usdm.written(package)))) == list(leaves(tree))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_official_example_survives_being_a_study(name: str, tmp_path: Path) -> None:
    tree = given(name)
    made, _ = usdm.read(json.dumps(tree))
    assert made is not None
    for file, text in made.files.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    study = eq.load(tmp_path)
    assert errors(study.check()) == ()
    (back,) = usdm.FORMAT.out(study, None).files.values()  # type: ignore[misc]
    assert list(leaves(json.loads(back))) == list(leaves(tree))


@pytest.mark.parametrize("name", [*(pytest.param(each, marks=pytest.mark.long) for each in EXAMPLES[:2]), EXAMPLES[2]])
def test_a_draft_that_was_worked_on_is_written_anew_and_says_so(name: str, tmp_path: Path) -> None:
    made, _ = usdm.read(json.dumps(given(name)))
    assert made is not None
    for file, text in made.files.items():
        (tmp_path / file).write_text(text.replace("version: 0.1.0", "version: 0.2.0"), encoding="utf-8")
    out = usdm.FORMAT.out(eq.load(tmp_path), None)  # type: ignore[misc]
    assert [each.severity for each in out.findings if "was changed since" in each.says] == [Severity.WARNING]
    jsonschema = pytest.importorskip("jsonschema")
    (file,) = out.files.values()
    assert list(jsonschema.Draft202012Validator(given("usdm-4-0-schema")).iter_errors(json.loads(file))) == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_the_schema_finds_in_an_example_we_find_and_hardly_more(name: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    tree = given(name)
    theirs = list(jsonschema.Draft202012Validator(given("usdm-4-0-schema")).iter_errors(tree))
    assert len(theirs) == OWN_FAULTS[name]
    assert len([each for each in weighty(tree) if each.rule == "usdm-shape"]) == OWN_FAULTS[name]
    assert [each for each in weighty(tree) if each.rule != "usdm-shape"] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_prose_condition_is_marked_in_the_draft(name: str) -> None:
    tree = given(name)
    prose = [
        each for each in objects(tree) if each.get("instanceType") in ("Condition", "ConditionAssignment", "TransitionRule")
    ]
    made, found = usdm.read(json.dumps(tree))
    assert made is not None
    marked = [each for each in found if each.rule == "usdm-prose"]
    assert len(marked) == len(prose)
    unstated = {each.what for each in made.study.protocol.unstated}
    assert all(each.says in unstated for each in marked)


def test_the_pilot_study_is_drafted_with_its_arms_visits_and_criteria() -> None:
    package, _ = usdm.package(json.dumps(given("CDISC_Pilot_Study")))
    assert package is not None
    made, _ = usdm.read(json.dumps(given("CDISC_Pilot_Study")))
    assert made is not None
    protocol = made.study.protocol
    assert len(protocol.arms) == 3
    assert protocol.design.enrolment == 300
    assert [line.on for line in protocol.schedule][:3] == [(0,), (14,), (28,)]
    assert criteria(package).count("\n* ") == 31
    assert any(each.id.startswith("age") for each in protocol.eligibility)


# --- faults put in ---------------------------------------------------------------------------------------------------

Break = Callable[[dict[str, Any]], str]


def objects(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for each in tree.values():
            yield from objects(each)
    elif isinstance(tree, list):
        for each in tree:
            yield from objects(each)


def leaves(tree: Any, way: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(tree, dict):
        yield way, tuple(tree)
        for key, each in tree.items():
            yield from leaves(each, f"{way}.{key}")
    elif isinstance(tree, list):
        yield way, len(tree)
        for n, each in enumerate(tree):
            yield from leaves(each, f"{way}[{n}]")
    else:
        yield way, (type(tree), tree)


def first(tree: dict[str, Any], kind: str, **said: Any) -> dict[str, Any]:
    return next(
        each for each in objects(tree) if each.get("instanceType") == kind and all(each[k] == v for k, v in said.items())
    )


def main(tree: dict[str, Any]) -> dict[str, Any]:
    return first(tree, "ScheduleTimeline", mainTimeline=True)


def epoch_that_is_not_there(tree: dict[str, Any]) -> str:
    first(tree, "StudyCell")["epochId"] = "StudyEpoch_99"
    return "usdm-reference"


def criterion_item_of_the_wrong_kind(tree: dict[str, Any]) -> str:
    first(tree, "EligibilityCriterion")["criterionItemId"] = first(tree, "StudyArm")["id"]
    return "usdm-reference"


def activity_that_is_not_there(tree: dict[str, Any]) -> str:
    first(tree, "ScheduledActivityInstance")["activityIds"].append("Activity_999")
    return "usdm-reference"


def condition_on_nothing_there(tree: dict[str, Any]) -> str:
    first(tree, "Condition")["appliesToIds"] = ["Procedure_999"]
    return "usdm-reference"


def one_identifier_for_two(tree: dict[str, Any]) -> str:
    arms = [each for each in objects(tree) if each.get("instanceType") in ("StudyArm", "StudyEpoch")]
    arms[1]["id"] = arms[0]["id"]
    return "usdm-reference"


def timing_to_nothing(tree: dict[str, Any]) -> str:
    main(tree)["timings"][0]["relativeToScheduledInstanceId"] = "nowhere"
    return "usdm-reference"


def entry_that_is_not_there(tree: dict[str, Any]) -> str:
    main(tree)["entryId"] = "ScheduledActivityInstance_999"
    return "usdm-reference"


def condition_that_says_nothing(tree: dict[str, Any]) -> str:
    first(tree, "Condition")["text"] = "  <p></p> "
    return "usdm-condition"


def condition_that_can_never_be_met(tree: dict[str, Any]) -> str:
    first(tree, "Condition")["text"] = "age < 18 and age > 65"
    return "usdm-condition"


def condition_that_is_gibberish(tree: dict[str, Any]) -> str:
    first(tree, "Condition")["text"] = "Florble wumpus grackle if snarfed"
    return "usdm-condition"


def condition_that_compares_numbers(tree: dict[str, Any]) -> str:
    first(tree, "Condition")["text"] = "1 = 2"
    return "usdm-condition"


def condition_of_nothing_between(tree: dict[str, Any]) -> str:
    first(tree, "Condition")["text"] = "If age is between 65 and 18 years"
    return "usdm-condition"


def condition_that_begins_with_if(tree: dict[str, Any]) -> str:
    first(tree, "Condition")["text"] = "If weight >= 100 kg and weight < 50 kg"
    return "usdm-condition"


def decision_about_itself(tree: dict[str, Any]) -> str:
    instances = main(tree)["instances"]
    decided(tree, ("study treatment", instances[1]["id"]), otherwise=instances[2]["id"])
    return "usdm-condition"


def loop_beside_an_exit(tree: dict[str, Any]) -> str:
    instances = main(tree)["instances"]
    instances[-1]["defaultConditionId"] = instances[0]["id"]  # and its exit stays: nobody decides which of the two
    return "usdm-never-ends"


def condition_of_marks(tree: dict[str, Any]) -> str:
    first(tree, "Condition")["text"] = "??? >>> !!!"
    return "usdm-condition"


def decided(tree: dict[str, Any], *ways: tuple[str, str], otherwise: str | None) -> dict[str, Any]:
    """The second instance of the main timeline made a decision."""
    instance = main(tree)["instances"][1]
    for key in ("timelineId", "timelineExitId", "activityIds", "encounterId"):
        instance.pop(key, None)
    instance["instanceType"] = "ScheduledDecisionInstance"
    instance["conditionAssignments"] = [
        {
            "id": f"put_in_{n}",
            "extensionAttributes": [],
            "condition": text,
            "conditionTargetId": to,
            "instanceType": "ConditionAssignment",
        }
        for n, (text, to) in enumerate(ways)
    ]
    instance["defaultConditionId"] = otherwise
    found: dict[str, Any] = instance
    return found


def decision_that_leads_two_ways(tree: dict[str, Any]) -> str:
    names = [each["id"] for each in main(tree)["instances"]]
    decided(tree, ("study treatment", names[2]), ("study treatment", names[3]), otherwise=names[2])
    return "usdm-condition"


def loop_back_to_the_start(tree: dict[str, Any]) -> str:
    instances = main(tree)["instances"]
    instances[-1]["timelineExitId"] = None
    instances[-1]["defaultConditionId"] = instances[0]["id"]
    return "usdm-never-ends"


def loop_of_two(tree: dict[str, Any]) -> str:
    instances = main(tree)["instances"]
    instances[4]["defaultConditionId"] = instances[3]["id"]
    return "usdm-never-ends"


def instance_after_itself(tree: dict[str, Any]) -> str:
    instance = main(tree)["instances"][2]
    instance["defaultConditionId"] = instance["id"]
    return "usdm-never-ends"


def decision_without_a_way_out(tree: dict[str, Any]) -> str:
    names = [each["id"] for each in main(tree)["instances"]]
    decided(tree, ("study treatment goes on", names[0]), otherwise=names[0])
    return "usdm-never-ends"


def epochs_in_a_circle(tree: dict[str, Any]) -> str:
    epochs = [each for each in objects(tree) if each.get("instanceType") == "StudyEpoch"]
    epochs[-1]["nextId"] = epochs[0]["id"]
    return "usdm-never-ends"


def timeline_within_itself(tree: dict[str, Any]) -> str:
    line = main(tree)
    line["instances"][0]["timelineId"] = line["id"]
    return "usdm-never-ends"


def timings_by_each_other(tree: dict[str, Any]) -> str:
    line = main(tree)
    for each in line["timings"]:
        if each["type"]["decode"] == "Fixed Reference":
            each["type"]["decode"], each["type"]["code"] = "After", "C201356"
            other = next(
                one
                for one in line["timings"]
                if one["relativeToScheduledInstanceId"] == each["relativeFromScheduledInstanceId"] and one is not each
            )
            each["relativeToScheduledInstanceId"] = other["relativeFromScheduledInstanceId"]
    return "usdm-timing"


def length_that_is_none(tree: dict[str, Any]) -> str:
    main(tree)["timings"][0]["value"] = "two weeks"
    return "usdm-timing"


def attribute_that_is_missing(tree: dict[str, Any]) -> str:
    del first(tree, "StudyArm")["dataOriginType"]
    return "usdm-shape"


def class_that_is_not_there(tree: dict[str, Any]) -> str:
    first(tree, "StudyEpoch")["instanceType"] = "StudyEpok"
    return "usdm-shape"


BREAKS = (
    epoch_that_is_not_there, criterion_item_of_the_wrong_kind, activity_that_is_not_there, condition_on_nothing_there, one_identifier_for_two,
    timing_to_nothing, entry_that_is_not_there, condition_that_says_nothing, condition_that_can_never_be_met, condition_that_is_gibberish,
    condition_that_compares_numbers, condition_of_marks, condition_of_nothing_between, condition_that_begins_with_if, decision_about_itself,
    loop_beside_an_exit, decision_that_leads_two_ways, loop_back_to_the_start, loop_of_two, instance_after_itself,
    decision_without_a_way_out, epochs_in_a_circle, timeline_within_itself, timings_by_each_other, length_that_is_none, attribute_that_is_missing,
    class_that_is_not_there,
)  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize("put_in", BREAKS, ids=lambda each: each.__name__)
def test_a_fault_put_into_an_example_is_found(name: str, put_in: Break) -> None:
    tree = given(name)
    before = {str(each) for each in weighty(copy.deepcopy(tree))}
    rule = put_in(tree)
    new = [each for each in weighty(tree) if str(each) not in before]
    assert rule in {each.rule for each in new}


def test_check_reports_what_is_wrong_with_a_file(tmp_path: Path) -> None:
    tree = given("CDISC_Pilot_Study")
    loop_of_two(tree)
    epoch_that_is_not_there(tree)
    condition_that_can_never_be_met(tree)
    file = tmp_path / "broken.json"
    file.write_text(json.dumps(tree, indent=2), encoding="utf-8")
    ran = CliRunner().invoke(_app, ["check", str(file), "--json"])
    assert ran.exit_code == 1
    found = json.loads(ran.stdout)
    assert {"usdm-never-ends", "usdm-reference", "usdm-condition"} <= {
        each["rule"] for each in found if each["severity"] == "error"
    }
    assert all(each["line"] > 0 for each in found if each["severity"] == "error")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"study": 3, "usdmVersion": "4.0"}',
        '{"study": {"a": NaN}}',
        "[" * 100_000,
        '{"study": {"versions": {}}}',
    ],
)
def test_what_is_no_usdm_is_a_finding_and_never_an_exception(text: str) -> None:
    package, found = usdm.package(text)
    assert package is None and errors(found) or package is not None and errors(usdm.faults(package))


def test_half_a_character_survives_being_a_study(tmp_path: Path) -> None:
    """JSON may hold one, escaped; no file of text can."""
    tree = given(EXAMPLES[1])
    tree["study"]["name"], tree["study"]["versions"][0]["titles"][0]["text"] = "x\ud800y", "A title \udfff"
    made, _ = usdm.read(json.dumps(tree), file="pilot.json")
    assert made is not None
    for name, text in made.files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (file,) = usdm.FORMAT.out(eq.load(tmp_path), None).files.values()  # type: ignore[misc]
    assert json.loads(file) == tree


def test_a_length_of_time_is_read_as_days() -> None:
    assert [length(each).days for each in ("P14D", "P2W", "P1M", "-P3D")] == [14, 14, 30, -3]  # type: ignore[union-attr]
    assert length("two weeks") is None


def test_a_package_is_written_as_it_was_read() -> None:
    package, _ = usdm.package('{"study": {"id": "s", "n": 1.5, "t": true, "x": null, "l": []}}')
    assert package is not None
    assert plain(package.root) == {"study": {"id": "s", "n": 1.5, "t": True, "x": None, "l": []}}
