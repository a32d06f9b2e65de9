"""Columns and explain give one answer, whatever is asked of whomever."""

import math
from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from equipoise.calendar import Span, later, months_between
from equipoise.expression.columns import Tables, columns
from equipoise.expression.explain import Between, truth, value
from equipoise.expression.grammar import expression
from equipoise.expression.tree import TRUTH, Kind, Tree
from expression.invented import SCOPE, histories, statements, values

unhurried = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def read(text: str, want: object = None) -> Tree:
    return expression(text, SCOPE, want=want)  # type: ignore[arg-type]


@unhurried
@given(st.lists(statements(), min_size=1, max_size=4), st.lists(histories(), min_size=1, max_size=4))
def test_a_statement_is_as_true_in_columns_as_it_is_of_one(texts, known):
    trees = {f"c{number}": read(text) for number, text in enumerate(texts)}
    people = {f"p{number}": facts for number, facts in enumerate(known)}
    tables = Tables.of(people, SCOPE)
    found = columns(trees, tables)
    assert columns(trees, tables.widened()).equals(found)
    for row, facts in zip(found.iter_rows(named=True), known, strict=True):
        for name, tree in trees.items():
            assert row[name] is truth(tree, facts).known, (texts, row)


@unhurried
@given(values(), st.lists(histories(), min_size=1, max_size=4))
def test_a_value_has_the_same_ends_in_columns(text, known):
    tree = read(text)
    found = columns({"c": tree}, Tables.of({f"p{number}": facts for number, facts in enumerate(known)}, SCOPE))
    for row, facts in zip(found.iter_rows(named=True), known, strict=True):
        one = value(tree, facts)
        if tree.type.kind is Kind.CHOICE:
            assert row["c"] == one
            continue
        low, high = row["c.low"], row["c.high"]
        assert (low is None) is (high is None) is (one is None), (text, row, one)
        if isinstance(one, Between):
            if tree.type.kind is Kind.DATE:
                low, high = low.toordinal(), high.toordinal()
            assert math.isclose(low, one.low, rel_tol=1e-9, abs_tol=1e-9), (text, row, one)
            assert math.isclose(high, one.high, rel_tol=1e-9, abs_tol=1e-9), (text, row, one)


ASKED = """
nth(2, inr of labs where platelets >= 50 10^9/L) > 1
nth(1, inr of labs where platelets >= 50 10^9/L) > 1
nth(3, response) == PD
first(inr of labs where alt > 2 x ULN) <= 1
last(inr of labs where alt > 2 x ULN) <= 1
last(inr of labs where on after surgery) <= 1
first(labs where on after history.diagnosed) before surgery
nth(2, labs) after enrolment
max(diameter of lesions where organ == liver) < 21 mm
sum(diameter of lesions where not ablated) < 50 mm
mean(alt of labs where on since "2024-02-01") <= 100 U/L
min(alt) <= 40 U/L
sum(inr) == 3
count(lesions where diameter > 2 cm) >= 1
count(lesions where organ == liver and not ablated) <= 1
count(adverse_event where grade >= 3) == 0
count(adverse_event where ended after surgery) == 1
all(alt <= 3 x ULN of labs)
all(diameter < 20 mm of lesions where organ == liver)
any(ended before today of adverse_event where grade > 2)
exists imaging within 1 month before today
exists imaging where response in (CR, PR) and on after last(labs)
not (exists lesions where organ not in (liver))
exists adverse_event within 1 week of imaging
not (exists labs within 3 days of labs)
count(labs at least 4 weeks after imaging) >= 1
any(inr > 1 before labs of labs)
exists adverse_event where ended since adverse_event
all(exists labs within 1 month before imaging of imaging)
any(count(labs where inr >= 1 and on before imaging) > 1 of imaging)
any(last(inr of labs before imaging) > 1 of imaging)
any(any(exists adverse_event within 1 month of labs of imaging) of labs)
any(count(imaging where on after labs and count(adverse_event where on after labs and ended after imaging) > 0) > 0 of labs)
all(days(on, first(labs after imaging)) > 7 of imaging)
exists imaging where any(days(imaging, on) between 0 and 20 of labs)
all(max(alt of labs within 1 month of imaging) <= 100 U/L of imaging)
any(count(lesions where diameter > 20 mm x last(inr)) > 1 of labs)
if liver_metastases then inr <= 1 else alt <= 40 U/L
if liver_metastases then fasting else pregnant
inr <= if fasting then 1 else 2
alt <= if liver_metastases then 5 x ULN else 2.5 x ULN
(if fasting then inr else (alt as ukat/L)) > 1
(if liver_metastases then surgery else history.diagnosed) < enrolment
(if pregnant then last(response) else first(response)) == PR
count(labs) - count(imaging) >= 0
count(labs) * count(lesions) > 1
count(labs) / count(lesions) > 1
1 / count(lesions) <= 1
1 / (count(labs where alt > 2 x ULN) - 1) <= 1
inr * 1.4 == 2.1
abs(count(labs) - count(imaging)) <= 1
abs(inr - 1.5) <= 0.5
floor(alt / 13 U/L) >= 3
ln(inr) > 0
log10(count(labs)) > 0
months(history.diagnosed, surgery) <= 1
months(surgery, history.diagnosed) >= -1
years(history.diagnosed, today) < 0.2
days(enrolment, last(labs)) between 0 and 30
weeks(entered(induction), today) > 4
history.diagnosed + 1 month < surgery
last(ended) - 2 months >= "2024-01"
surgery == enrolment
history.diagnosed within 1 month of surgery
fit within 1 month before surgery
recent or progressing
bilirubin between 1 mg/dL and 1.5 x ULN
(bilirubin as mg/dL) <= 1.169733
burden >= 2 cm
grade >= 2 and grade != 4
response < PD
count(last(seen)) between 1 and 2
note in ('x', 'y')
""".strip().splitlines()


@settings(unhurried, max_examples=50)
@given(st.lists(histories(), min_size=2, max_size=6))
def test_what_trials_ask_has_one_answer(known):
    trees = {text: read(text, TRUTH) for text in ASKED}
    found = columns(trees, Tables.of({f"p{number}": facts for number, facts in enumerate(known)}, SCOPE))
    for row, facts in zip(found.iter_rows(named=True), known, strict=True):
        assert {text: row[text] for text in ASKED} == {text: truth(tree, facts).known for text, tree in trees.items()}


@given(st.lists(st.tuples(st.dates(date(1930, 1, 1), date(2030, 1, 1)), st.dates(date(2020, 1, 1), date(2030, 1, 1)))))
def test_months_and_later_days_are_those_of_the_calendar(pairs):
    starts, ends = [start for start, _ in pairs], [end for _, end in pairs]
    people = pl.DataFrame({"participant": range(len(pairs))}, schema={"participant": pl.Int64})
    rows = people.with_columns(
        on_first=pl.Series(ends, dtype=pl.Date), on_last=pl.Series(ends, dtype=pl.Date),
        diagnosed=pl.Series(starts, dtype=pl.Date),
    )  # fmt: skip
    trees = {"m": read("months(history.diagnosed, history)"), "l": read("history.diagnosed + 13 months")}
    found = columns(trees, Tables(people, {"history": rows}, date(2030, 1, 1)))
    assert found["m.low"].to_list() == pytest.approx([months_between(start, end) for start, end in pairs], rel=1e-12)
    assert found["l.high"].to_list() == [later(start, Span(months=13)) for start in starts]


def test_rows_may_stand_in_any_order_of_participants_and_strangers_are_left_aside():
    at = [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3), date(2024, 1, 4)]
    labs = {"participant": ["b", "stranger", "a", "b"], "on_first": at, "on_last": at, "inr": [1.0, 9.0, 2.0, 3.0]}
    tables = Tables(pl.DataFrame({"participant": ["a", "b", "c"]}), {"labs": pl.DataFrame(labs)}, date(2024, 2, 1))
    trees = {"last": read("inr"), "two": read("count(labs) >= 2"), "first": read("first(inr) == 1")}
    assert columns(trees, tables).to_dict(as_series=False) == {
        "participant": ["a", "b", "c"],
        "last.low": [2.0, 3.0, None],
        "last.high": [2.0, 3.0, None],
        "two": [None, True, None],
        "first": [False, True, None],
    }


def test_a_form_may_be_closed_for_all_for_some_or_for_none():
    people = pl.DataFrame({"participant": [1, 2], "looked": [True, None]})
    tree = {"none": read("count(lesions) == 0")}
    for closed, answer in ((True, [True, True]), (False, [None, None]), ("looked", [True, None])):
        tables = Tables(people, {}, date(2024, 2, 1), {"lesions": closed})
        assert columns(tree, tables)["none"].to_list() == answer


def test_what_multiplies_in_text_does_not_multiply_in_work():
    # Each product of two unknown numbers asks for both ends of both: 4 to the 12th without care.
    text = " * ".join(["count(labs)"] * 12) + " > 1"
    tables = Tables(pl.DataFrame({"participant": [1]}), {}, date(2024, 2, 1))
    assert columns({"it": read(text)}, tables)["it"].to_list() == [None]
