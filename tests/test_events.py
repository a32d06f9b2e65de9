"""Reading what happened: by hand on every kind of mistake, by law that no bytes are an exception and nothing is lost."""

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.answers import Refused, answer
from equipoise.calendar import When
from equipoise.chart import chart
from equipoise.events import Corrected, Decided, Event, Recorded, current, last_day, order
from equipoise.expression.facts import Unclear, Why
from equipoise.finding import Finding, Severity
from equipoise.protocol import Code, Item, Limits
from equipoise.study import Study, study
from equipoise.transcript import line_of, read_events, read_facts
from small_studies import board, loop

WARD = study("""
equipoise: 1
study: ward
title: Items of every type
design: {type: observational}
sites:
  north: {ranges: {alt: {uln: 40 U/L}, bilirubin: {uln: 21 umol/L}}}
  south: {ranges: {alt: {uln: 30 U/L}}}
activities:
  form:
    items:
      age: {type: integer, unit: years, range: 0..120, expect: 18..100, required: true}
      weight: {type: quantity, unit: kg, range: 1..400}
      stage: {type: choice, of: [I, II, IIIa], ordered: true}
      smoker: {type: yes_no}
      ticked: {type: yes_no, blank: no}
      born: {type: date}
      comment: {type: text}
      cut: {type: lesions}
  labs: {items: {alt: {use: labs.alt}, bilirubin: {use: labs.bilirubin}, platelets: {use: labs.platelets}}}
  imaging: {lesions: true, items: {comment: {type: text}}}
  surgery: {repeats: yes}
""")


def told(*lines: str | dict[str, object], of: Study = WARD) -> tuple[tuple[Event, ...], tuple[Finding, ...]]:
    return read_events("\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines), of, file="p.jsonl")


def labs(**items: object) -> dict[str, object]:
    return {"on": "2024-01-02", "do": "labs", "items": items}


def form(**items: object) -> dict[str, object]:
    return {"on": "2024-01-02", "do": "form", "items": {"age": 64, **items}}


def one(*lines: str | dict[str, object], of: Study = WARD) -> Recorded:
    (event,), findings = told(*lines, of=of)
    assert not findings, findings
    assert isinstance(event, Recorded)
    return event


def fault(*lines: str | dict[str, object], of: Study = WARD) -> tuple[str, str, str]:
    """The rule and the sentence of the one finding, and the words that it points at."""
    _, findings = told(*lines, of=of)
    assert len(findings) == 1, findings
    return findings[0].rule, findings[0].says, pointed(findings[0])


def pointed(found: Finding) -> str:
    start = found.place.column - 1
    return found.text[start : start + found.place.width]


# --- what is said well -------------------------------------------------------------------------------------------------


def test_the_study_is_sound() -> None:
    assert WARD.is_sound, WARD.check()


def test_an_event_says_who_when_where_and_by_whom() -> None:
    line = {
        "on": "2024-02",
        "do": "surgery",
        "id": "s1",
        "by": "Dr A",
        "role": "surgeon",
        "site": "north",
        "entered": "2024-03-01T10:00:00",
        "note": "late",
        "participant": "P7",
    }
    event = one(line)
    assert (event.id, event.participant, event.by, event.role, event.site, event.note) == (
        "s1",
        "P7",
        "Dr A",
        "surgeon",
        "north",
        "late",
    )
    assert event.on == When(date(2024, 2, 1), date(2024, 2, 29))
    assert event.entered == datetime.fromisoformat("2024-03-01T10:00:00")
    assert last_day([event]) == date(2024, 2, 29)


def test_an_offset_from_utc_is_not_lost() -> None:
    entered = one({"on": "2024-02-01", "do": "surgery", "entered": "2024-02-01T10:00:00+02:00"}).entered
    assert entered == datetime.fromisoformat("2024-02-01T08:00:00")


def test_answers_of_every_type() -> None:
    items = {"weight": "176 lb", "stage": "IIIa", "smoker": False, "born": "1960-05", "comment": "1.10", "cut": ["L1", 2]}
    event = one({"on": "2024-01-02", "do": "form", "items": {"age": 64.0, **items}})
    # 176 pounds of 0.45359237 kg.
    assert event.values == {
        "age": 64.0,
        "weight": pytest.approx(79.83, abs=0.01),
        "stage": "IIIa",
        "smoker": False,
        "ticked": False,
        "born": When(date(1960, 5, 1), date(1960, 5, 31)),
        "comment": "1.10",
        "cut": ("L1", "2"),
    }


def test_amount_and_mass_are_exchanged_by_molar_mass() -> None:
    # Bilirubin, 584.66 g/mol: 1 mg/dL = 10 mg/L = 10 / 584.66 mmol/L = 17.1 umol/L.
    assert one(labs(bilirubin="1.0 mg/dL")).values["bilirubin"] == pytest.approx(17.104, abs=0.001)
    assert one(labs(bilirubin={"value": 1.0, "unit": "mg/dL"})).values["bilirubin"] == pytest.approx(17.104, abs=0.001)


def test_a_limit_without_a_unit_is_in_the_unit_of_the_value_beside_it() -> None:
    for raw in (
        {"value": "1.0 mg/dL", "uln": 1.2},
        {"value": 1.0, "unit": "mg/dL", "uln": 1.2},
        {"value": 17.1, "uln": "1.2 mg/dL"},
    ):
        assert one(labs(bilirubin=raw)).limits["bilirubin", "uln"] == pytest.approx(20.525, abs=0.001)


def test_a_sites_range_is_taken_where_the_laboratory_reports_none() -> None:
    assert one({**labs(alt=31), "site": "south"}).limits == {("alt", "uln"): 30.0}
    assert one({**labs(alt={"value": 31, "uln": 45}), "site": "south"}).limits == {("alt", "uln"): 45.0}
    assert one(labs(alt=31)).limits == {}  # two sites, and nobody said which


def test_a_form_that_closes_its_boxes_says_no_and_others_say_nothing() -> None:
    values = one(form()).values
    assert values["ticked"] is False
    assert "smoker" not in values


def test_blank_lines_and_comments_are_passed_over_and_lines_keep_their_numbers() -> None:
    events, findings = told("\ufeff# people", "", '{"on": "2024-01-01", "do": "surgery"}\r', "   ")
    assert [event.id for event in events] == ["3"] and not findings


# --- what is said wrong ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "rule", "says", "at"),
    [
        (
            {"on": "2024-02-30", "do": "labs"},
            "unreadable-value",
            "'2024-02-30' is not a day that exists, so the event is left out",
            "2024-02-30",
        ),
        ({"on": "9999-12-31", "do": "labs"}, "unlikely-value", "'9999-12-31' is hardly a day of a trial", "9999-12-31"),
        ({"on": "soon", "do": "labs"}, "unreadable-value", "'soon' is not a date", "soon"),
        ({"do": "labs"}, "missing-key", "an event says the day it is about: 'on'", "{"),
        ({"on": "2024-01-01"}, "wrong-shape", "an event says one of 'do', 'decide' and 'corrects'", "{"),
        ({"on": "2024-01-01", "do": "labs", "decide": "x"}, "wrong-shape", "an event says one of", "{"),
        ({"on": "2024-01-01", "do": ["labs"]}, "wrong-shape", "'do' is one word or a sentence, and this is a list", "do"),
        ({"on": "2024-01-01", "do": ""}, "missing-key", "'do' says nothing", "do"),
        (
            {"on": "2024-01-01", "do": "lbas"},
            "unknown-name",
            "'lbas' is not an activity of this study; did you mean 'labs'?",
            "lbas",
        ),
        (
            {"on": "2024-01-01", "do": "surgery", "rol": "x"},
            "unknown-key",
            "'rol' is not a word of an activity; did you mean 'role'?",
            "rol",
        ),
        (
            {"on": "2024-01-01", "do": "surgery", "reason": "x"},
            "unknown-key",
            "'reason' is not a word of an activity",
            "reason",
        ),
        (
            {"on": "2024-01-01", "do": "surgery", "site": "nort"},
            "unknown-name",
            "'nort' is not a site of this study; did you mean 'north'?",
            "nort",
        ),
        ({"on": "2024-01-01", "do": "surgery", "entered": "today"}, "unreadable-value", "'today' is not a moment", "today"),
        (
            {"on": "2024-01-01", "do": "surgery", "by": {"x": 1}},
            "wrong-shape",
            "'by' is one word or a sentence, and this is a mapping",
            "by",
        ),
        (
            {"on": "2024-01-01", "do": "surgery", "items": [1]},
            "wrong-shape",
            "'items' is written as {item: answer, ...}",
            "items",
        ),
        (labs(platelets="84 mg/dL"), "unreadable-value", "platelets: mg/dL cannot be turned into 10^9/L", "84 mg/dL"),
        (labs(platelets="84 parsec/L"), "unreadable-value", "platelets: 'parsec", "84 parsec/L"),
        (labs(platelets="many"), "unreadable-value", "'many' is not a number with a unit", "many"),
        (labs(platelets=True), "unreadable-value", "'yes' is not a number with a unit", "true"),
        (labs(platelets=["84"]), "unreadable-value", "one answer is expected, and this is a list", "["),
        (labs(platelets="9" * 300), "unreadable-value", "is not a number with a unit", "9" * 300),
        (labs(plateles=84), "unknown-name", "'plateles' is not written down here; did you mean 'platelets'?", "plateles"),
        (
            labs(alt={"vlaue": 31}),
            "unknown-key",
            "'vlaue' is not a word of an answer with its range; did you mean 'value'?",
            "vlaue",
        ),
        (labs(alt={"value": 31, "uln": "much"}), "unreadable-value", "the ULN of alt: 'much' is not a number", "much"),
        (form(age=130), "unreadable-value", "age: 130 years is not possible: 0 to 120 years", "130"),
        (form(age=17), "unlikely-value", "age: 17 years lies outside what is likely (18 to 100): please look again", "17"),
        (form(age=64.5), "unreadable-value", "64.5 is not a whole number", "64.5"),
        (form(stage="IIIA"), "unreadable-value", "'IIIA' is not one of I, II, IIIa; did you mean 'IIIa'?", "IIIA"),
        (form(stage="IIb"), "unreadable-value", "did you mean 'II'?", "IIb"),
        (form(smoker="perhaps"), "unreadable-value", "'perhaps' is neither yes nor no", "perhaps"),
        (form(born="1960-13"), "unreadable-value", "'1960-13' is not a day that exists", "1960-13"),
        (form(comment=["a", "b"]), "unreadable-value", "one answer is expected, and this is a list", "["),
        (form(cut=5), "unreadable-value", "a list of lesions is expected, as [L1, L2]", "5"),
        (form(cut=[["L1"]]), "unreadable-value", "a list of lesions is expected, as [L1, L2]", "["),
        ({"on": "2024-01-01", "do": "form"}, "missing-answer", "form leaves out 'age', which it requires", "{"),
        ('{"on": "2024-01-01", "do": "surgery", "do": "labs"}', "said-twice", "'do' is said twice: the first is kept", "do"),
        (
            '{"on": "2024-01-01", "do": "labs", "items": {"platelets": 1e999}}',
            "unreadable-value",
            "'1e999' is too large",
            "1e999",
        ),
        ('{"on": "2024-01-01", "do": "labs", "items": {"platelets": NaN}}', "unreadable-value", "'NaN' is not a number", "NaN"),
        (
            '{"on": "2024-01-01", "do": "labs", "items": {"platelets": -Infinity}}',
            "unreadable-value",
            "is not a number",
            "-Infinity",
        ),
        ('{"on": "2024-01-01", "do": "surgery", "note": "\\ud800"}', "unreadable", "a character that cannot be seen", "\\"),
        ('{"on": "2024-01-01", "do": "surgery"', "unreadable", "this line stops before it is complete", ""),
        ('{"on": "2024-01-01", do: "surgery"}', "unreadable", "this line is not JSON from column 22 on", "d"),
        ("[1, 2]", "unreadable", "an event is written as", "["),
        ("null", "unreadable", "an event is written as", "n"),
        ("[" * 100_000, "unreadable", "this line is nested more than 10 levels deep", "["),
        ('{"on": ' + "[" * 300 + "]" * 300 + "}", "unreadable", "this line is nested more than 10 levels deep", "{"),
    ],
)
def test_a_mistake_is_one_finding_that_points_at_the_word(line: str | dict[str, object], rule: str, says: str, at: str) -> None:
    woke, sentence, word = fault(line)
    assert (woke, word) == (rule, at)
    assert says in sentence


def test_what_is_unlikely_or_left_out_is_a_warning_and_the_rest_are_errors() -> None:
    _, findings = told(form(age=17), {"on": "2024-01-01", "do": "form"}, form(age=130))
    assert [each.severity for each in findings] == [Severity.WARNING, Severity.WARNING, Severity.ERROR]


def test_an_answer_that_cannot_be_used_is_kept_with_its_words_and_the_reason() -> None:
    (event,), _ = told(labs(platelets="84 mg/dL", bilirubin="a lot", alt=31, asat="40 U/L"))
    assert isinstance(event, Recorded)
    assert event.values == {
        "platelets": Unclear("84 mg/dL", Why.NOT_CONVERTIBLE),
        "bilirubin": Unclear("a lot", Why.UNREADABLE),
        "alt": 31.0,
        "asat": Unclear("40 U/L", Why.UNREADABLE),
    }


def test_an_unknown_activity_is_kept_aside_and_tells_nothing_of_the_participant() -> None:
    # Somebody meant 'death'. It counts neither as a death nor as a day on which the participant was alive.
    lines = ({"on": "2024-01-01", "do": "enrolment"}, {"on": "2024-06-01", "do": "deth", "items": {"cause": "disease"}})
    events, findings = told(*lines, {"on": "2024-07-01", "do": "last_known_alive"}, {"on": "2024-07-01", "do": "lesions"})
    assert [pointed(each) for each in findings] == ["deth", "last_known_alive", "lesions"]
    assert isinstance(events[1], Recorded) and events[1].values == {"cause": Unclear("disease", Why.UNREADABLE)}
    found = chart(WARD, events, until=date(2024, 12, 31))
    assert len(found.events) == 4
    assert [row.on.first for row in found.facts.rows["last_known_alive"]] == [date(2024, 1, 1)]
    assert set(found.facts.rows) == {"enrolment", "last_known_alive"}
    assert [each.rule for each in found.deviations] == ["unknown-activity"] * 3


def test_names_said_twice_are_both_kept_whatever_they_are() -> None:
    lines = [{"on": "2024-01-01", "do": "surgery", "id": name} for name in ("a@3", "a", "a", "4", "x")]
    lines.append({"on": "2024-01-01", "do": "surgery"})
    lines[4]["id"] = "6"
    events, findings = told(*lines)  # type: ignore[arg-type]
    assert len({event.id for event in events}) == 6
    assert [each.rule for each in findings] == ["said-twice", "said-twice"]
    assert pointed(findings[0]) == "a"


def test_lesions_are_read_each_and_a_mistake_points_into_its_own_lesion() -> None:
    lesions = [
        {"id": "L1", "diameter": "2.1 cm", "organ": "liver"},
        {"id": "L2", "diameter": "x"},
        {"id": "L3", "diameter": "x"},
        {"id": "L4", "diameter": "-3 mm"},
        {"id": "L5", "status": "presnt"},
        {"id": None},
        "L7",
        {"id": "L8", "organ": "livr"},
        {"id": "L9", "siz": 3},
    ]
    (event,), findings = told({"on": "2024-01-02", "do": "imaging", "lesions": lesions})
    assert isinstance(event, Recorded) and event.lesions is not None
    assert [(each.id, each.diameter_mm, each.status) for each in event.lesions] == [
        ("L1", 21.0, "measured"),
        ("L2", None, "present"),
        ("L3", None, "present"),
        ("L4", None, "present"),
        ("L5", None, "not_evaluated"),
        ("L8", None, "present"),
        ("L9", None, "present"),
    ]
    assert [pointed(each) for each in findings] == ["x", "x", "-3 mm", "presnt", "lesions", "lesions", "livr", "siz"]
    assert len({each.place for each in findings[:2]}) == 2
    (none,), findings = told({"on": "2024-01-02", "do": "imaging", "lesions": []})
    assert isinstance(none, Recorded) and none.lesions == () and not findings
    assert fault({"on": "2024-01-02", "do": "imaging", "lesions": {}})[0] == "wrong-shape"


def test_a_decision_says_its_step_its_option_and_how_many_took_part() -> None:
    (event,), findings = told(
        {"on": "2024-01-01", "decide": "gate", "option": "operate", "items": {"members": "5"}}, of=board()
    )
    assert not findings and isinstance(event, Decided)
    assert (event.step, event.option, event.members) == ("gate", "operate", 5)


@pytest.mark.parametrize(
    ("line", "says", "at"),
    [
        ({"decide": "gat", "option": "operate"}, "'gat' is not a step of the pathway; did you mean 'gate'?", "gat"),
        ({"decide": "more", "option": "operate"}, "'more' is not a step at which people decide", "more"),
        (
            {"decide": "gate", "option": "operat"},
            "'operat' is not one of the options of 'gate': operate, go_on; did you",
            "operat",
        ),
        ({"decide": "gate"}, "'' is not one of the options of 'gate'", "gate"),
        (
            {"decide": "gate", "option": "operate", "items": {"membres": 5}},
            "'membres' is not written down with a decision",
            "membres",
        ),
        ({"decide": "gate", "option": "operate", "items": {"members": "²"}}, "'²' is not a number of people", "²"),
        ({"decide": "gate", "option": "operate", "items": {"members": 2.5}}, "'2.5' is not a number of people", "2.5"),
        ({"decide": "gate", "option": "operate", "items": {"members": "9" * 5000}}, "is not a number of people", "9" * 5000),
    ],
)
def test_a_decision_that_cannot_be_is_kept_and_is_a_finding(line: dict[str, object], says: str, at: str) -> None:
    text = json.dumps({"on": "2024-01-01", **line}, ensure_ascii=False)
    _, sentence, word = fault(text, of=board())
    assert says in sentence and word == at
    assert len(told(text, of=board())[0]) == 1


def test_bytes_that_are_not_utf_8_cost_their_line_alone() -> None:
    good = b'{"on": "2024-01-01", "do": "surgery"}\n'
    events, findings = read_events(good + b'{"on": "2024-01-01", "do": "surg\xe9ry"}\n' + good, WARD)
    assert [event.id for event in events] == ["1", "3"]
    assert [(each.place.line, each.place.column) for each in findings] == [(2, 33)]
    assert "0xE9 is not UTF-8" in findings[0].says
    assert "UTF-16" in read_events(good.decode().encode("utf-16"), WARD)[1][0].says


def test_a_line_of_5_mb_costs_itself_alone() -> None:
    good = '{"on": "2024-01-01", "do": "surgery"}\n'
    events, findings = read_events(good + '{"on": "2024-01-01", "note": "' + "x" * 5_000_000 + '"}\n' + good, WARD)
    assert [event.id for event in events] == ["1", "3"]
    assert "a line of 5,000,032 bytes" in findings[0].says


def test_a_file_that_was_cut_off_keeps_what_came_before() -> None:
    whole = "\n".join(json.dumps(labs(platelets=200 + index)) for index in range(20))
    events, findings = read_events(whole[:-30], WARD)
    assert len(events) == 19 and [each.place.line for each in findings] == [20]


def test_a_flood_of_mistakes_is_counted_not_printed() -> None:
    _, findings = read_events("{\n" * 50_000, WARD)
    assert len(findings) == 201
    assert "49,800 further findings" in findings[-1].says


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    for path in (tmp_path / "none.jsonl", tmp_path):
        events, findings = read_events(path, WARD)
        assert events == () and findings[0].says.startswith("the file cannot be read")


@pytest.mark.parametrize(
    "given", [float("inf"), float("-inf"), float("nan"), "1e999", "inf", "nan", "1e308 kg/L", "²", None, [], {}]
)
def test_a_number_that_is_none_is_refused(given: object) -> None:
    for kind in ("quantity", "integer", "real", "score"):
        item = Item(name="x", type=kind, unit="umol/L", molar_mass=WARD.activities["labs"].items["bilirubin"].molar_mass)
        with pytest.raises(Refused) as refused:
            answer(item, given)
        assert refused.value.kept.why in (Why.UNREADABLE, Why.NOT_CONVERTIBLE)


@given(
    st.one_of(
        st.text(),
        st.floats(),
        st.integers(),
        st.booleans(),
        st.none(),
        st.lists(st.text()),
        st.dictionaries(st.text(), st.text()),
    )
)
def test_an_answer_is_taken_or_refused_and_taken_again_as_it_is_kept(given_: object) -> None:
    items = [
        Item(name="i", type="integer", range=Limits(0, 9)),
        Item(name="q", type="quantity", unit="kg"),
        Item(name="t", type="text"),
        Item(name="c", type="choice", of=(Code("0"), Code("1"))),
        Item(name="y", type="yes_no"),
        Item(name="d", type="date"),
        Item(name="l", type="lesions"),
    ]
    for item in items:
        try:
            kept = answer(item, given_)
        except Refused as why:
            refused = why
            assert refused.says.startswith(f"{item.name}: ") and len(refused.kept.text) <= 200
        else:
            assert (
                answer(item, list(kept) if isinstance(kept, tuple) else str(kept) if isinstance(kept, When) else kept) == kept
            )


# --- corrections -------------------------------------------------------------------------------------------------------


def standing(*lines: dict[str, object]) -> tuple[tuple[Recorded | Decided, ...], tuple[str, ...]]:
    events, findings = told(*lines)
    assert not findings, findings
    return current(events)


def correction(of: str, name: str, **more: object) -> dict[str, object]:
    return {"on": "2024-02-01", "corrects": of, "id": name, "reason": "typing error", **more}


LABS = {**labs(platelets=84, alt={"value": 31, "uln": 45}), "id": "e", "site": "south"}


def test_a_correction_changes_what_it_names_and_leaves_the_rest() -> None:
    (event,), stray = standing(LABS, correction("e", "c", items={"platelets": 94}))
    assert isinstance(event, Recorded) and not stray
    assert (event.values["platelets"], event.values["alt"], event.on.first) == (94.0, 31.0, date(2024, 1, 2))


def test_a_correction_keeps_the_laboratorys_own_range_and_gives_the_sites_where_there_was_no_value() -> None:
    (event,), _ = standing(LABS, correction("e", "c", items={"alt": 33}))
    assert isinstance(event, Recorded)
    assert event.limits == {("alt", "uln"): 45.0}
    (event,), _ = standing({**labs(platelets=84), "id": "e", "site": "south"}, correction("e", "c", items={"alt": 33}))
    assert isinstance(event, Recorded)
    assert event.limits == {("alt", "uln"): 30.0}


def test_a_moved_event_stands_on_its_new_day_and_a_retracted_one_nowhere() -> None:
    (event,), _ = standing(LABS, correction("e", "c", moved_to="2024-01-05"))
    assert event.on == When.on(date(2024, 1, 5))
    assert standing(LABS, correction("e", "c", retract=True)) == ((), ())


def test_of_several_corrections_the_one_written_down_last_holds_whatever_the_order_of_lines() -> None:
    first = correction("e", "c1", items={"platelets": 94}, entered="2024-02-01T09:00:00")
    second = correction("e", "c2", items={"platelets": 104}, entered="2024-02-03T09:00:00")
    for lines in ((LABS, first, second), (LABS, second, first)):
        (event,), _ = standing(*lines)
        assert isinstance(event, Recorded) and event.values["platelets"] == 104.0
    # One without the moment counts from the day it is dated.
    undated = {**second, "on": "2024-02-02"}
    del undated["entered"]
    (event,), _ = standing(LABS, undated, first)
    assert isinstance(event, Recorded) and event.values["platelets"] == 104.0


def test_a_correction_may_itself_be_corrected_or_withdrawn() -> None:
    first = correction("e", "c1", items={"platelets": 240}, moved_to="2024-01-05")
    (event,), stray = standing(LABS, first, correction("c1", "c2", items={"platelets": 94}))
    assert isinstance(event, Recorded) and not stray
    assert (event.values["platelets"], event.on.first) == (94.0, date(2024, 1, 5))
    (event,), stray = standing(LABS, correction("e", "c1", retract=True), correction("c1", "c2", retract=True))
    assert isinstance(event, Recorded) and event.values["platelets"] == 84.0 and not stray


def test_an_answer_that_a_correction_empties_was_never_given() -> None:
    (event,), stray = standing(LABS, correction("e", "c", empty=["alt"]))
    assert isinstance(event, Recorded) and not stray
    assert (event.values, event.limits) == ({"platelets": 84.0}, {}), "and the laboratory's range goes with it"
    (event,), _ = standing(LABS, correction("e", "c1", empty=["alt", "bilirubin"]), correction("e", "c2", items={"alt": 33}))
    assert isinstance(event, Recorded)
    assert (event.values["alt"], event.limits) == (33.0, {("alt", "uln"): 30.0}), "answered again, by the site's own range"
    (event,), _ = standing(LABS, correction("e", "c1", empty=["alt"]), correction("c1", "c2", retract=True))
    assert isinstance(event, Recorded) and event.values["alt"] == 31.0
    ticked = {**form(ticked="yes"), "id": "e"}
    (event,), _ = standing(ticked, correction("e", "c", empty=["ticked"]))
    assert isinstance(event, Recorded) and event.values["ticked"] is False, "whose silence means no"


answers = st.dictionaries(st.sampled_from(["alt", "platelets", "bilirubin"]), st.integers(35, 40))
empties = st.lists(st.sampled_from(["alt", "platelets", "bilirubin"]), unique=True)


@given(answers, st.tuples(answers, empties), st.tuples(answers, empties))
def test_correcting_a_correction_is_correcting_twice(
    first: dict[str, int], one: tuple[dict[str, int], list[str]], two: tuple[dict[str, int], list[str]]
) -> None:
    # Without a site there are no ranges to come and go with the answers.
    start = {**labs(**first), "id": "e"}
    said = [{"items": items, "empty": [key for key in empty if key not in items]} for items, empty in (one, two)]
    twice, _ = standing(start, correction("e", "c1", **said[0]), correction("e", "c2", **said[1]))
    (inner,), _ = standing(start, correction("e", "c1", **said[0]), correction("c1", "c2", **said[1]))
    assert isinstance(inner, Recorded) and isinstance(twice[0], Recorded) and inner.values == twice[0].values
    _, made = told(start, correction("e", "c1", **said[0]))[0]
    assert told(start, json.loads(line_of(made, WARD)))[0][1] == made, "it is read as it is written"


def test_a_correction_of_nothing_says_so_and_changes_nothing() -> None:
    (event,), stray = standing(LABS, correction("f", "c1", items={"platelets": 94}))
    assert isinstance(event, Recorded) and event.values["platelets"] == 84.0
    assert stray == ("event c1 corrects event f, which is not there",)
    _, stray = standing(LABS, correction("e", "c1", retract=True), correction("e", "c2", items={"platelets": 94}))
    assert stray == ("event c2 corrects event e, which was withdrawn",)
    _, stray = standing(LABS, correction("c2", "c1"), correction("c1", "c2"), correction("c3", "c3"))
    assert len(stray) == 3 and "in turn" in stray[0]


def test_an_items_type_is_that_of_the_activity_that_is_corrected() -> None:
    two = study("""
equipoise: 1
study: two
title: One name, two forms
design: {type: observational}
activities: {a: {items: {size: {type: quantity, unit: mm}}}, b: {items: {size: {type: choice, of: [small, large]}}}}
""")
    lines = (
        {"on": "2024-01-01", "do": "a", "id": "e", "items": {"size": "3 mm"}},
        correction("e", "c", items={"size": "1 cm"}),
    )
    events, findings = told(*lines, of=two)
    assert not findings
    (event,), _ = current(events)
    assert isinstance(event, Recorded) and event.values == {"size": 10.0}


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"reason": ""}, "missing-key"),
        ({"retract": "yes"}, "unreadable-value"),
        ({"option": "x"}, "unknown-key"),
        ({"items": {"platelts": 3}}, "unknown-name"),
        ({"moved_to": "2024-02-31"}, "unreadable-value"),
        ({"empty": "alt"}, "wrong-shape"),
        ({"empty": [1]}, "wrong-shape"),
        ({"empty": ["platelts"]}, "unknown-name"),
        ({"empty": ["alt"], "items": {"alt": 33}}, "said-twice"),
    ],
)
def test_what_is_wrong_with_a_correction(more: dict[str, object], rule: str) -> None:
    _, findings = told(LABS, {**correction("e", "c"), **more})
    assert [each.rule for each in findings] == [rule]


def test_a_form_left_without_an_answer_that_it_requires_is_warned_of() -> None:
    _, (found,) = told({**form(), "id": "e"}, correction("e", "c", empty=["age"]))
    assert (found.rule, found.severity) == ("missing-answer", Severity.WARNING)


def test_the_order_of_events_is_their_days_then_their_names_as_people_count() -> None:
    events, _ = told(
        *(
            {"on": on, "do": "surgery", "id": name}
            for on, name in (
                ("2024-01-02", "10"),
                ("2024-01-02", "9"),
                ("2024-01-01", "11"),
                ("2024-01", "12"),
                ("2024-01-02", "09"),
            )
        )
    )
    assert [event.id for event in sorted(events, key=order)] == ["11", "12", "09", "9", "10"]
    assert sorted(reversed(events), key=order) == sorted(events, key=order)


# --- by law ------------------------------------------------------------------------------------------------------------

KEYS = [
    "on",
    "do",
    "decide",
    "corrects",
    "items",
    "lesions",
    "option",
    "reason",
    "by",
    "id",
    "entered",
    "site",
    "retract",
    "empty",
    "moved_to",
]
WORDS = [
    "2024-01-02",
    "2024-02-30",
    "2024",
    "labs",
    "form",
    "imaging",
    "1",
    "e",
    "alt",
    "platelets",
    "31 U/L",
    "NaN",
    "²",
    "\ud800",
    "",
]
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(WORDS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.sampled_from(["alt", "age", "cut", "id", "value", "uln", "diameter", "status"]), st.text(max_size=3)),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
lines = st.one_of(
    st.text(max_size=60),
    st.dictionaries(
        st.one_of(st.sampled_from(KEYS), st.text(max_size=3)), st.one_of(st.sampled_from(WORDS), values), max_size=8
    ).map(json.dumps),
    st.fixed_dictionaries(
        {"on": st.sampled_from(WORDS[:3]), "do": st.sampled_from(WORDS[3:6]), "items": values, "lesions": values}
    ).map(json.dumps),
)


@given(st.binary(max_size=300))
def test_no_bytes_are_an_exception(raw: bytes) -> None:
    read_events(raw, WARD)


@given(st.lists(lines, max_size=8))
def test_whatever_is_told_there_are_events_or_findings_and_a_chart_and_every_finding_has_its_line(told_: list[str]) -> None:
    source = "\n".join(told_)
    events, findings = read_events(source, WARD, file="p.jsonl")
    assert len({event.id for event in events}) == len(events)
    for each in findings:
        assert 1 <= each.place.line <= source.count("\n") + 1
        assert 1 <= each.place.column <= len(each.text) + 1
        str(each).encode()
        each.pointed().encode()
    found = chart(WARD, events, until=date(2024, 12, 31))
    assert set(found.events) == set(events)
    assert read_events(source, WARD, file="p.jsonl") == (events, findings)


@given(
    st.lists(
        st.sampled_from([json.dumps(LABS), json.dumps(form()), '{"on": "2024-01-01", "do": "surgery"}', "{", "\x00"]),
        max_size=8,
    )
)
def test_a_bad_line_takes_no_good_one_with_it(told_: list[str]) -> None:
    events, _ = read_events("\n".join(told_), WARD)
    assert len(events) == sum(line not in ("{", "\x00") for line in told_)


# --- facts by name -----------------------------------------------------------------------------------------------------


def by_name(tmp_path: Path, text: str, of: Study = WARD, name: str = "p.yaml") -> tuple[tuple[Event, ...], tuple[Finding, ...]]:
    (tmp_path / name).write_text(text)
    return read_facts(tmp_path / name, of)


def test_facts_by_name_become_the_forms_that_ask_for_them(tmp_path: Path) -> None:
    text = "on: 2024-03-01\nage: 64 years\nalt: {value: 31 U/L, uln: 40 U/L}\nsurgery: [2024-01-02, 2024-02]\n"
    text += "lesions: [{id: L1, diameter: 21 mm}]\n"
    events, findings = by_name(tmp_path, text)
    assert not findings, findings
    found = {(event.activity, str(event.on)): event for event in events if isinstance(event, Recorded)}
    assert set(found) == {
        ("form", "2024-03-01"),
        ("labs", "2024-03-01"),
        ("surgery", "2024-01-02"),
        ("surgery", "2024-02"),
        ("imaging", "2024-03-01"),
    }
    assert found["labs", "2024-03-01"].limits == {("alt", "uln"): 40.0}
    assert found["imaging", "2024-03-01"].lesions is not None


@pytest.mark.parametrize(
    ("text", "rule", "says", "line", "at"),
    [
        (
            "on: 2024-03-01\nage: 64\nagee: 3\n",
            "unknown-name",
            "'agee' is not a fact of this study; did you mean 'age'?",
            3,
            "agee",
        ),
        ("on: 2024-03-01\nage: 64\ncomment: x\n", "ambiguous", "say form.comment or imaging.comment", 3, "comment"),
        ("age: 64\n", "missing-key", "say the day that these facts are about", 1, "a"),
        ("on: 2024-02-30\nage: 64\n", "unreadable-value", "is not a day that exists", 1, "2024-02-30"),
        ("on: 2024-03-01\nage: 64\nplatelets: 84 mg/dL\n", "unreadable-value", "cannot be turned", 3, "84 mg/dL"),
        ("on: 2024-03-01\nalt: 31\n\nplatelets: {value: 84 mg/dL}\n", "unreadable-value", "cannot be turned", 4, "p"),
        ("on: 2024-03-01\nsurgery: yes\nage: 3\n", "unreadable-value", "'yes' is not a date", 2, "yes"),
        ("on: 2024-03-01\nsurgery:\n", "missing-key", "'surgery' says the day on which it took place", 2, "surgery"),
        ("on: 2024-03-01\nform.age: 64\nage: 65\n", "said-twice", "'age' is said with and without its activity", 3, "age"),
        ("- on: 2024-03-01\n", "wrong-shape", "facts are written by name", 0, ""),
    ],
)
def test_what_is_wrong_with_facts_by_name(tmp_path: Path, text: str, rule: str, says: str, line: int, at: str) -> None:
    _, findings = by_name(tmp_path, text)
    assert [each.rule for each in findings if each.rule != "unlikely-value"][:1] == [rule]
    assert says in findings[0].says
    assert findings[0].place.line == line
    assert pointed(findings[0])[: len(at)] == at or len(at) == 1


def test_a_qualified_name_says_which_activity_is_meant(tmp_path: Path) -> None:
    events, findings = by_name(tmp_path, "on: 2024-03-01\nimaging.comment: calm\n")
    assert not findings
    assert [event.activity for event in events if isinstance(event, Recorded)] == ["imaging"]


def test_facts_as_events_and_facts_that_cannot_be_read(tmp_path: Path) -> None:
    events, findings = by_name(tmp_path, json.dumps(LABS), name="p.jsonl")
    assert len(events) == 1 and not findings
    events, findings = by_name(tmp_path, '{"on": "2024-03-01", "alt": "31 U/L"}', name="p.json")
    assert len(events) == 1 and not findings
    assert by_name(tmp_path, "on: [")[1]
    assert read_facts(tmp_path / "none.yaml", WARD)[1][0].says == "there is no such file"


@given(st.text(alphabet="on: age\nalt[]{}-2024,surgy'\"", max_size=60))
def test_no_facts_by_name_are_an_exception(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    by_name(tmp_path_factory.getbasetemp(), "on: 2024-03-01\n" + text)


def test_corrections_of_all_kinds_fold_into_a_chart() -> None:
    lines = [{"on": "2024-01-01", "do": "enrolment", "id": "e"}, correction("e", "c", retract=True), correction("x", "d")]
    events, _ = told(*lines, of=loop())
    found = chart(loop(), events, until=date(2024, 12, 31))
    assert found.visits == ()
    assert [each.rule for each in found.deviations] == ["stray-correction"]
    assert all(isinstance(each, Corrected) for each in found.events[1:])


def test_a_file_tells_of_one_participant() -> None:
    told = '{"on": "2024-01-01", "do": "enrolment", "participant": "anna"}\n{"on": "2024-01-02", "do": "cycle", "participant": "bert"}'
    events, findings = read_events(told, loop())
    assert [each.participant for each in events] == ["anna"]
    assert [each.rule for each in findings] == ["another-participant"]
