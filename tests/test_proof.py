"""Who is shown, is so; what is proven, nobody contradicts."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from equipoise import load, shipped, study
from equipoise.calendar import When
from equipoise.chart import chart
from equipoise.expression.explain import truth
from equipoise.expression.facts import Facts, Row
from equipoise.expression.grammar import LESIONS, expression
from equipoise.expression.tree import Kind
from equipoise.logic import MET, NOT_MET, UNKNOWN
from equipoise.proof import TODAY, NotDecided, Proven, Shown, facts_events, some_participant
from equipoise.protocol import LESION_FACTS
from equipoise.study import fact, rule
from equipoise.transcript import line_of, read_events

SMALL = study(
    b"""
equipoise: 1
study: small
title: A small trial
design: {type: interventional, allocation: randomised}
activities:
  screening:
    repeats: no
    items:
      age: {type: integer, range: 0..120}
      ecog: {type: integer, range: 0..5}
      sex: {type: choice, of: [female, male]}
      pregnant: {type: yes_no, when: sex == female}
      smokes: {type: yes_no, blank: no}
      stage: {type: choice, of: [I, II, III, IV], ordered: yes}
      diagnosed_on: {type: date}
      resected_on: {type: date}
      note: {type: text}
      weight: {type: quantity, unit: kg, range: 20..300, expect: 40..120}
      height: {type: quantity, unit: m, range: 0.5..2.5, expect: 1.4..2.1}
      points: {type: score, of: [0, 2, 5]}
  labs:
    repeats: yes
    items:
      platelets: {type: quantity, unit: 10^9/L, range: 0..2000, expect: 40..600}
      bilirubin: {type: quantity, unit: umol/L, molar_mass: 584.66 g/mol, range: 0..1000, expect: 2..100}
      albumin: {type: quantity, unit: g/L, range: 5..80, expect: 20..55}
      inr: {type: real, range: 0.5..20, expect: 0.8..4}
      alt: {type: quantity, unit: U/L}
      temperature: {type: quantity, unit: Cel}
  imaging: {repeats: yes, lesions: yes, items: {response: {type: choice, of: [CR, PR, SD, PD]}}}
  chemotherapy: {repeats: yes, items: {dose: {type: quantity, unit: mg}}}
  ablation: {repeats: yes, treats: ablated, items: {ablated_lesions: {type: lesions}}}
  surgery: {repeats: no, items: {margin: {type: choice, of: [R0, R1, R2]}}}
closed: [chemotherapy, ablation, surgery]
define:
  liver_lesions: count(lesions where organ == liver and present)
  bmi: (weight as kg) / ((height as m) * (height as m))
arms: {ablation_arm: {label: Ablation}, control: {label: Control}}
"""
)


def tree(text):
    return expression(text, SMALL.scope)


def asked(*met, but=(), unknown=(), **how):
    """Whether there is somebody of whom some statements are met, some are not, and some cannot be told."""
    holds = {text: (tree(text), MET) for text in met} | {text: (tree(text), NOT_MET) for text in but}
    holds |= {text: (tree(text), UNKNOWN) for text in unknown}
    found = some_participant(SMALL, holds, **how)
    if isinstance(found, Shown):
        assert all(truth(each, found.facts) is said for each, said in holds.values())
    return found


def one(found, form="screening", place=0):
    assert isinstance(found, Shown), found
    return found.facts.rows[form][place].values


def test_the_study_of_these_tests_has_no_fault():
    assert not SMALL.findings, SMALL.findings


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_between_an_inclusion_and_an_exclusion_the_value_that_is_neither_is_shown():
    assert one(asked(but=("ecog in (0, 1)", "ecog > 2")))["ecog"] == 2


def test_whole_numbers_leave_no_gap_where_numbers_would():
    assert asked(but=("ecog <= 1", "ecog >= 2")) == Proven(("ecog <= 1", "ecog >= 2"))
    assert 1.5 < one(asked(but=("inr <= 1.5", "inr >= 1.6")), "labs")["inr"] < 1.6


def test_the_core_names_what_contradicts_and_nothing_else():
    found = asked("sex == female", "age >= 18", "age < 16", "stage == II")
    assert found == Proven(("age >= 18", "age < 16"))


def test_a_hard_range_is_never_left():
    assert asked("age > 120") == Proven(("age > 120",))
    assert asked("weight > 300 kg") == Proven(("weight > 300 kg",))
    assert asked("alt < 0 U/L") == Proven(("alt < 0 U/L",))
    assert one(asked("temperature < 0 Cel"), "labs")["temperature"] < 0


def test_only_the_scores_that_there_are_can_be_had():
    assert asked("points > 2", "points < 5") == Proven(("points > 2", "points < 5"))
    assert one(asked("points > 2"))["points"] == 5


def test_units_are_exchanged_exactly():
    assert isinstance(asked("platelets >= 50 10^9/L", but=("platelets >= 50000 /uL",)), Proven)
    assert isinstance(asked("bilirubin > 20 umol/L", "bilirubin < 1 mg/dL"), Proven)
    assert isinstance(asked("bilirubin > 17 umol/L", "bilirubin < 1 mg/dL"), Shown)


def test_a_number_is_compared_with_the_limit_of_its_own_laboratory():
    found = asked("alt <= 3 x ULN", "alt > 2.5 x ULN")
    row = found.facts.rows["labs"][-1]
    assert 2.5 < row.values["alt"] / row.limits["alt", "uln"] <= 3
    assert isinstance(asked("alt < 1 x LLN", "alt > ULN"), Proven)


def test_what_cannot_be_told_apart_is_not_told_apart():
    assert isinstance(asked("platelets <= 100 10^9/L", "platelets > 99.999999999 10^9/L"), Proven | Shown)
    found = asked("bilirubin <= 1.5 x ULN", but=("bilirubin < 1.5 x ULN",))
    assert isinstance(found, Shown)


def test_an_ordered_choice_is_between_its_codes():
    assert one(asked("stage > I", "stage < III"))["stage"] == "II"
    assert isinstance(asked("stage > II", "stage < III"), Proven)


def test_an_item_that_is_not_asked_is_not_answered():
    assert isinstance(asked("sex == male", "pregnant"), Proven)
    assert isinstance(asked("sex == male", but=("pregnant",)), Proven)
    assert "pregnant" not in one(asked("sex == male", but=("sex == female and pregnant",)))
    assert "pregnant" in one(asked("sex == female", but=("sex == female and pregnant",)))


def test_what_is_recorded_leaves_nothing_unknown_and_what_is_not_may():
    assert isinstance(asked(unknown=("age >= 18",)), Proven)
    assert isinstance(asked(unknown=("age >= 18",), complete=False), Shown)
    assert isinstance(asked(unknown=("smokes",), complete=False), Shown)  # nobody screened
    assert isinstance(asked("exists screening", unknown=("smokes",), complete=False), Proven)  # a box left unticked


def test_lesions_are_counted():
    found = asked("liver_lesions >= 2", "liver_lesions <= 4", "exists lesions where organ == lung and present")
    rows = found.facts.rows[LESIONS]
    assert 2 <= sum(row.values["organ"] == "liver" and row.values["present"] for row in rows) <= 4
    assert isinstance(asked("liver_lesions > 4", "count(lesions where present) <= 3"), Proven)
    assert isinstance(asked("liver_lesions >= 10"), Shown)


def test_the_largest_lesion_is_one_of_them():
    found = asked("max(diameter of lesions where organ == liver) < 5 cm", "max(diameter) > 6 cm", "liver_lesions == 2")
    sizes = [(row.values["organ"], row.values["diameter"]) for row in found.facts.rows[LESIONS]]
    assert any(organ != "liver" and size > 60 for organ, size in sizes)
    assert isinstance(asked("max(diameter) < 2 cm", "min(diameter) > 3 cm"), Proven)
    assert isinstance(asked("sum(diameter) > 6 cm", "max(diameter) < 2 cm", "count(lesions) <= 3"), Proven)
    assert isinstance(asked("mean(diameter) > 3 cm", "max(diameter) < 3 cm"), Proven)


def test_a_window_lies_where_it_says():
    found = asked("diagnosed_on within 28 days before enrolment", "diagnosed_on at least 4 weeks before enrolment")
    assert found.facts.until.toordinal() - one(found)["diagnosed_on"].first.toordinal() == 28
    assert isinstance(asked("diagnosed_on within 3 weeks before enrolment", "diagnosed_on before enrolment",
                            but=("diagnosed_on within 21 days before enrolment",)), Proven)  # fmt: skip


def test_months_are_calendar_months():
    assert isinstance(asked("months(diagnosed_on, resected_on) <= 6", "days(diagnosed_on, resected_on) >= 184"), Shown)
    assert isinstance(asked("months(diagnosed_on, resected_on) <= 6", "days(diagnosed_on, resected_on) >= 185"), Proven)
    assert isinstance(asked("months(diagnosed_on, resected_on) > 6", "days(diagnosed_on, resected_on) <= 180"), Proven)
    assert isinstance(asked("months(diagnosed_on, resected_on) > 6", "days(diagnosed_on, resected_on) <= 182"), Shown)
    assert isinstance(asked("years(diagnosed_on, today) >= 2", "months(diagnosed_on, today) < 24"), Proven)
    assert isinstance(asked("resected_on within 1 month after diagnosed_on", "days(diagnosed_on, resected_on) > 31"), Proven)


def test_what_is_not_linear_is_found_all_the_same():
    assert 18 < one(asked("bmi < 18.5", "bmi > 18"))["weight"] < 100
    assert isinstance(asked("bmi < 0"), Proven)
    assert isinstance(asked("albi <= -2.6"), Shown)
    assert isinstance(asked("albi > -2.6", "albi <= -1.39"), Shown)
    assert isinstance(asked("albi > -2.6", "albi <= -2.7"), Proven)
    assert isinstance(asked("(alt as U/L) / inr > 3", but=("alt > 0 U/L",)), Proven)
    assert isinstance(asked("(alt as U/L) / inr > 3", "inr > 5", "alt < 14 U/L"), Proven)
    assert isinstance(asked("(alt as U/L) / inr > 3", "inr > 5", "alt < 16 U/L"), Shown)
    assert isinstance(asked("ln(bilirubin as umol/L) > 3", "bilirubin < 20 umol/L"), Proven)


def test_a_proof_closes_in_on_what_is_not_linear():
    assert isinstance(asked("bmi < 25", "weight > 80 kg", "height < 1.7 m"), Proven)
    assert isinstance(asked("bmi < 25", "bmi > 20", "weight > 80 kg", "height < 1.9 m"), Shown)
    assert isinstance(asked("(weight as kg) * (weight as kg) * (weight as kg) > 1000000", "weight < 99 kg"), Proven)
    assert isinstance(asked("diagnosed_on + 1 month + 1 month before diagnosed_on + 2 months"), Shown)


def test_what_takes_too_long_is_not_decided_and_never_taken_for_a_proof():
    hard = ("count(chemotherapy) >= 30", "count(chemotherapy where dose > 5 mg) >= 20", "sum(dose) < 100 mg")
    assert isinstance(asked(*hard, milliseconds=20), NotDecided)


def test_treatments_that_must_lie_apart_need_their_time():
    apart = "exists chemotherapy within 20 days of chemotherapy"
    eight = "count(chemotherapy) == 8"
    assert isinstance(asked(eight, "all(on within 147 days before today of chemotherapy)", but=(apart,)), Shown)
    assert isinstance(asked(eight, "all(on within 146 days before today of chemotherapy)", but=(apart,)), Proven)


def test_the_last_day_alive_is_that_of_the_last_thing_recorded():
    found = asked("last_known_alive at least 5 days before death")
    assert replayed(found.facts, SMALL).rows["last_known_alive"][0].on == found.facts.rows["last_known_alive"][0].on
    assert isinstance(asked("last_known_alive at least 5 days before today", "last(last_contact) within 3 days before today"),
                      Proven)  # fmt: skip


def test_what_may_have_happened_and_what_cannot():
    assert isinstance(asked("not exists chemotherapy"), Shown)
    assert isinstance(asked("not exists imaging"), Proven)  # nobody can say so of an open form
    assert isinstance(asked("count(chemotherapy) == 5"), Shown)
    assert isinstance(asked("count(chemotherapy) > 3", rows={"chemotherapy": 3}), Proven)
    assert isinstance(asked("count(chemotherapy) <= 3", rows={"chemotherapy": range(4, 6)}), Proven)
    assert len(asked("exists chemotherapy", rows={"chemotherapy": range(4, 6)}).facts.rows["chemotherapy"]) >= 4
    assert isinstance(asked("count(imaging) < 3"), Proven)
    assert isinstance(asked("count(imaging) >= 3"), Shown)


def test_two_kinds_of_event_are_compared_each_with_each():
    apart = "exists chemotherapy within 6 days of ablation"
    found = asked("exists chemotherapy", "exists ablation", but=(apart,))
    assert isinstance(found, Shown)
    assert isinstance(asked("count(chemotherapy) == 2", apart, but=("exists chemotherapy within 1 week of ablation",)), Proven)
    assert isinstance(asked("exists ablation within 3 weeks of ablation", "count(ablation) < 2"), Proven)
    assert isinstance(asked("exists ablation within 3 weeks of ablation"), Shown)


def test_an_answer_may_be_settled_before():
    told = {("randomisation", "arm"): "control"}
    assert isinstance(asked("arm == ablation_arm", fixed=told), Proven)
    assert one(asked("arm == control", fixed=told), "randomisation")["arm"] == "control"
    found = asked("exists labs", fixed={("labs", "on"): When.on(date(2025, 1, 7))})
    assert {row.on for row in found.facts.rows["labs"]} == {When.on(date(2025, 1, 7))}
    assert one(asked("age > 3", fixed={("screening", "sex"): "male", ("screening", "weight"): 81.5}))["weight"] == 81.5


def test_what_is_given_stays_as_it_is():
    known = Facts(date(2024, 3, 1), {"labs": (Row(When.on(date(2024, 1, 8)), {"platelets": 40.0}, {}, "7"),)},
                  frozenset({"chemotherapy"}))  # fmt: skip
    found = asked("platelets >= 50 10^9/L", given=known)
    first, last = found.facts.rows["labs"]
    assert first == known.rows["labs"][0]
    assert first.on.last <= last.on.first <= found.facts.until == known.until
    assert int(first.id) < int(last.id)
    assert isinstance(asked("platelets >= 50 10^9/L", given=known, rows={"labs": 0}), Proven)


def test_a_participant_is_enrolled_on_the_last_day_unless_that_cannot_be():
    assert asked("age >= 18", "enrolment before today").facts.rows["enrolment"][0].on.last < TODAY
    assert asked("diagnosed_on before enrolment").facts.rows["enrolment"][0].on == When.on(TODAY)


def test_a_participant_looks_like_one():
    found = asked("platelets >= 75 10^9/L", "weight > 20 kg", "height > 0.6 m", "age >= 18", "bilirubin < 3 x ULN")
    labs, screened = one(found, "labs"), one(found)
    assert 75 <= labs["platelets"] <= 600
    assert 40 <= screened["weight"] <= 120
    assert all(len(f"{value:g}") <= 5 for value in (*labs.values(), screened["weight"]) if isinstance(value, float))


def test_the_same_question_has_the_same_answer_whatever_was_asked_before():
    first = asked("liver_lesions >= 3", "bmi > 30", "albi > -2")
    asked("liver_lesions <= 3", "alt > 3 x ULN")
    assert asked("liver_lesions >= 3", "bmi > 30", "albi > -2") == first


# --- every witness reproduces -----------------------------------------------------------------------------------------

STUDIES = [load(folder) for folder in sorted(shipped().iterdir()) if (folder / "study.yaml").is_file()]


def replayed(facts, of):
    """The facts as the chart of their own file has them."""
    lines = "\n".join(line_of(event, of) for event in facts_events(facts, of))
    events, findings = read_events(lines, of)
    assert not [each for each in findings if each.severity.value == "error"], findings
    return chart(of, events, until=facts.until).facts


@pytest.mark.parametrize("of", STUDIES, ids=lambda each: each.protocol.study)
def test_whoever_is_shown_is_so_in_a_file_of_their_own(of):
    for criterion in of.protocol.eligibility:
        for said in (MET, NOT_MET):
            found = some_participant(of, {criterion.id: (rule(criterion, of), said)})
            assert isinstance(found, Shown), (criterion.id, said, found)
            assert truth(rule(criterion, of), replayed(found.facts, of)) is said, (criterion.id, said, found)


STATEMENTS = """
age >= 18
age > 80
ecog in (0, 1)
ecog > 2
ecog < 2 or age < 70
sex == female and pregnant
smokes
stage >= III
stage in (I, IV)
weight >= 50 kg
bmi between 18.5 and 30
bmi > 35
points >= 2
diagnosed_on within 28 days before enrolment
diagnosed_on within 1 month before enrolment
diagnosed_on before resected_on
months(diagnosed_on, resected_on) <= 6
months(diagnosed_on, resected_on) > 5
days(diagnosed_on, resected_on) < 160
platelets >= 50 10^9/L
platelets < 60000 /uL
platelets <= 75 10^9/L within 14 days before enrolment
bilirubin <= 1.5 x ULN
bilirubin > 2 mg/dL
albi <= -2.6
albi > -1.39
inr <= 1.5
first(inr) > last(inr)
min(platelets) < 40 10^9/L
all(inr < 2 of labs)
liver_lesions >= 2
liver_lesions <= 1
liver_lesions == 3
max(diameter of lesions where organ == liver) < 3 cm
sum(diameter) > 10 cm
exists lesions where organ != liver and present
count(lesions where diameter >= 1 cm) < 2
exists chemotherapy
count(chemotherapy) >= 2
exists ablation within 6 days of chemotherapy
exists ablation where count(ablated_lesions) > 2
last(ablation) after surgery
exists surgery and margin == R0
last(response) == PD
arm == control
""".strip().splitlines()


def drawn(of, rng):
    """Somebody whose forms are filled in completely, at random, with answers near those that matter."""
    rows, until = {}, TODAY

    def day(most):
        return When.on(until - timedelta(rng.choice([0, 1, 5, 7, 13, 14, 27, 28, 29, 30, 31, rng.randrange(most)])))

    def answer(item):
        type = fact(item).type
        match type.kind:
            case Kind.TRUTH:
                return rng.random() < 0.5
            case Kind.CHOICE:
                return rng.choice(type.options)
            case Kind.TEXT:
                return rng.choice(["x", "y"])
            case Kind.DATE:
                return day(400)
            case Kind.SET:
                return tuple(f"L{n}" for n in range(1, 1 + rng.randrange(5)))
        if item.options:
            return float(rng.choice(item.options))
        low, high = (item.range.low, item.range.high) if item.range else (0.0, 200.0)
        if item.expect and rng.random() < 0.8:
            low, high = item.expect.low, item.expect.high
        value = rng.choice([rng.uniform(low, high), rng.choice([17, 18, 19, 40, 50, 60, 75, 80, 1.5, 2, 20, 30]), low, high])
        value = min(max(value, low), high)
        return float(round(value)) if type.whole else value

    def limits(items):
        ends = {}
        for key, item in items.items():
            if fact(item).type.kind is Kind.NUMBER and item.type in ("quantity", "real"):
                low, high = sorted((rng.uniform(0.5, 50), rng.uniform(50, 100)))
                ends |= {(key, "lln"): low, (key, "uln"): high}
        return ends

    for name, activity in of.activities.items():
        items = {key: replace(item, name=key) for key, item in activity.items.items()}
        least = 0 if name in of.protocol.closed else 1
        made = []
        for _ in range(max(least, rng.choice([0, 1, 1, 2, 3] if activity.repeats else [0, 1, 1]))):
            values = {key: answer(item) for key, item in items.items()}
            made.append(Row(until_on := day(300), values, limits(items)))
        if name == "enrolment":
            made = [replace(made[0], on=rng.choice([When.on(until), until_on]))]
        if made:
            rows[name] = tuple(sorted(made, key=lambda row: row.on.first))
    facts = Facts(until, rows, frozenset(of.protocol.closed) | {LESIONS})
    # An item that is not asked is not answered.
    for name, activity in of.activities.items():
        for key, item in activity.items.items():
            if item.when is not None and item.when.tree is not None and name in facts.rows:
                if truth(item.when.settled, facts) is not MET:
                    kept = tuple(
                        replace(row, values={k: v for k, v in row.values.items() if k != key}) for row in facts.rows[name]
                    )
                    facts = replace(facts, rows={**facts.rows, name: kept})
    lesions = []
    listing = [row.on for name, each in of.activities.items() if each.lesions for row in facts.rows.get(name, ())]
    sets = [value for name, each in of.activities.items() if each.treats for row in facts.rows.get(name, ())
            for value in row.values.values() if isinstance(value, tuple)]  # fmt: skip
    ablated = max(map(len, sets), default=0)
    for number in range(max(ablated, rng.randrange(6)) if listing else ablated):
        on, present = rng.choice(listing or [When.on(until)]), rng.random() < 0.8
        values = {key: answer(replace(item, name=key)) for key, item in LESION_FACTS.items()}
        size = rng.choice([9.0, 10.0, 20.0, 29.0, 30.0, rng.uniform(1, 80)]) if present else 0.0
        values |= {"present": present, "diameter": size, "found_on": on, "node": False, "resected": False,
                   "ablated": number < ablated}  # fmt: skip
        lesions.append(Row(on, values))
    if lesions:
        facts = replace(facts, rows={**facts.rows, LESIONS: tuple(sorted(lesions, key=lambda row: row.on.first))})
    return facts


def lacking(facts, of, rng):
    """The same participant, of whom less was written down."""
    rows = {}
    for form, each in facts.rows.items():
        kept = []
        for row in each:
            if form == LESIONS:
                always = {"node", "ablated", "resected", "found_on"} | (
                    set() if row.values["present"] else {"present", "diameter"}
                )
            else:
                always = {key for key, item in of.activities[form].items.items() if item.blank}
            values = {key: value for key, value in row.values.items() if key in always or rng.random() < 0.7}
            kept.append(replace(row, values=values, limits={key: end for key, end in row.limits.items() if rng.random() < 0.7}))
        if form in ("enrolment", LESIONS) or any(
            each.treats or each.lesions for name, each in of.activities.items() if name == form
        ):
            rows[form] = tuple(kept)
        elif rng.random() < 0.8:
            rows[form] = tuple(row for row in kept if rng.random() < 0.8) or tuple(kept)
    listed = any(each.lesions and name != "lesion_found" and name in rows for name, each in of.activities.items())
    return Facts(facts.until, rows, facts.closed if listed else facts.closed - {LESIONS})


def truths(of, trees, count, *, complete=True):
    rng = random.Random(20250616)
    people = (drawn(of, rng) for _ in range(count))
    known = people if complete else (lacking(facts, of, rng) for facts in people)
    return [{name: truth(each, facts) for name, each in trees.items()} for facts in known]


@pytest.mark.parametrize("complete", [True, False])
def test_nobody_contradicts_what_is_proven_of_two_statements(complete):
    trees = {text: tree(text) for text in STATEMENTS}
    people = truths(SMALL, trees, 500, complete=complete)
    counts = {Shown: 0, Proven: 0, NotDecided: 0}
    rng = random.Random(7)
    for one, other in ((one, other) for place, one in enumerate(STATEMENTS) for other in STATEMENTS[place + 1 : place + 5]):
        wants = {each: rng.choice([MET, NOT_MET] if complete else [MET, NOT_MET, UNKNOWN]) for each in (one, other)}
        found = some_participant(SMALL, {name: (trees[name], said) for name, said in wants.items()}, complete=complete)
        counts[type(found)] += 1
        if isinstance(found, Shown):
            assert all(truth(trees[name], found.facts) is said for name, said in wants.items())
            again = replayed(found.facts, SMALL)
            assert all(truth(trees[name], again) is said for name, said in wants.items()), (wants, found)
        elif isinstance(found, Proven):
            against = [each for each in people if all(each[name] is wants[name] for name in found.core)]
            assert not against, (wants, found)
    assert counts[Proven] >= 10, counts
    assert counts[NotDecided] <= 3, counts


@pytest.mark.parametrize("of", STUDIES, ids=lambda each: each.protocol.study)
def test_nobody_contradicts_what_is_proven_of_two_criteria(of):
    trees = {each.id: rule(each, of) for each in of.protocol.eligibility}
    people = truths(of, trees, 150)
    rng = random.Random(7)
    pairs = [(one, other) for place, one in enumerate(trees) for other in list(trees)[place + 1 :]]
    for one, other in rng.sample(pairs, min(40, len(pairs))):
        wants = {one: rng.choice([MET, NOT_MET]), other: rng.choice([MET, NOT_MET])}
        found = some_participant(of, {name: (trees[name], said) for name, said in wants.items()})
        assert not isinstance(found, NotDecided), (wants, found)
        if isinstance(found, Shown):
            again = replayed(found.facts, of)
            assert all(truth(trees[name], again) is said for name, said in wants.items()), (wants, found)
        else:
            assert not [each for each in people if all(each[name] is wants[name] for name in found.core)], (wants, found)
