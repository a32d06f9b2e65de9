"""Texts are read as they are meant, and every fault has its place and its sentence."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.calendar import Span, When
from equipoise.expression.grammar import DEEPEST, LARGEST, LONGEST, expression
from equipoise.expression.tree import (
    Aggregate,
    Among,
    And,
    Arithmetic,
    Call,
    Compare,
    Constant,
    Converted,
    Field,
    If,
    Kind,
    Named,
    Not,
    Or,
    Pick,
    Quantified,
    Rows,
    Scope,
    Shifted,
    depth,
    looks_out,
    parts,
)
from equipoise.finding import NOWHERE, Unreadable
from expression.invented import SCOPE


def read(text, want=None):
    return expression(text, SCOPE, want=want)


def fault(text, scope=SCOPE):
    with pytest.raises(Unreadable) as found:
        expression(text, scope)
    return found.value


# --- what is meant ----------------------------------------------------------------------------------------------------


def test_a_bare_name_is_the_last_value():
    assert read("inr") == Pick(
        Rows("labs", label="Labs"), "last", Field("labs", "inr", read("inr").type, label="INR"), bare=True
    )


def test_a_number_is_brought_to_the_unit_of_what_it_is_compared_with():
    tree = read("bilirubin <= 2 mg/dL")
    assert tree.right == Constant(34.2079157117, tree.right.type)
    assert tree.right.type.unit == "umol/L"
    assert tree.right.written == (2.0, "mg/dL")


@pytest.mark.parametrize(
    "text", ["platelets >= 50 10^9/L", "platelets >= 50 x 10^9/L", "platelets >= 50 × 10⁹/L", "platelets ≥ 50 x10^9/L",
             "platelets >= 50 G/L", "platelets >= 50000 /uL", "platelets >= 50000 /µL", "platelets>=50 10*9/L",
             "platelets >= 50 K/uL", "platelets >= 0.05 10^12/L"],
)  # fmt: skip
def test_one_threshold_in_many_spellings_is_one_tree(text):
    assert read(text) == read("platelets >= 50 10^9/L")


def test_and_binds_tighter_than_or():
    assert read("fasting or pregnant and fit") == Or((read("fasting"), And((read("pregnant"), read("fit")))))


def test_not_is_of_the_comparison_that_follows():
    assert read("not inr > 1 and fasting") == And((Not(read("inr > 1")), read("fasting")))


def test_a_threshold_may_depend_without_brackets():
    bracketed = read("alt <= (if liver_metastases then 5 x ULN else 2.5 x ULN)")
    assert read("alt <= if liver_metastases then 5 x ULN else 2.5 x ULN") == bracketed
    assert read("alt <= if liver_metastases then 5 x ULN else 2.5 x ULN and fasting") == And((bracketed, read("fasting")))


def test_the_limit_of_normal_is_of_the_value_beside_it():
    limit = read("alt <= 3 x ULN").right.right
    assert (limit.of.name, limit.of.part) == ("alt", "uln")
    assert limit.rows == read("alt").rows


def test_a_window_reaches_value_and_limit_alike():
    tree = read("alt <= 3 x ULN within 28 days before enrolment")
    enrolment = read("enrolment")
    on = Field("labs", "on", enrolment.type, label="date")
    within = And((Compare(">=", on, Shifted(enrolment, Span(days=28), -1)), Compare("<=", on, enrolment)))
    assert tree.left.rows.where == within
    assert tree.right.right.rows.where == within


def test_a_window_does_not_reach_into_rows_of_their_own():
    tree = read("(fasting and count(labs where inr > 1) > 2) within 28 days before enrolment")
    assert tree.of[1] == read("count(labs where inr > 1) > 2")


def test_a_definition_that_a_window_reaches_gives_up_its_name():
    assert isinstance(read("fit"), Named)
    assert not any(isinstance(part, Named) for part in parts(read("fit within 28 days before enrolment")))


def test_existence_takes_a_window_on_the_rows_own_day():
    within = read("exists labs within 28 days before enrolment")
    assert isinstance(within, Quantified)
    assert within == read("exists labs where on within 28 days before enrolment")
    assert read("count(labs within 28 days before enrolment) > 1") == read(
        "count(labs where on within 28 days before enrolment) > 1"
    )
    assert read("last(alt of labs within 28 days before enrolment)") == read(
        "last(alt of labs where on within 28 days before enrolment)"
    )


def test_a_code_may_be_a_number():
    assert read("grade == 3") == Among(read("grade"), ("3",))
    assert read("grade >= 3").right == Constant("3", read("grade").type)
    assert read("grade in (3, 4)") == Among(read("grade"), ("3", "4"))


def test_either_side_of_a_comparison_gives_the_unit():
    assert read("18 years <= enrolment.age") == Compare("<=", Constant(18.0, read("age >= 18 years").right.type), read("age"))


def test_the_number_of_lesions_in_a_set_is_its_size():
    assert read("count(seen)") == Call("size", (read("seen"),), read("count(seen)").type)
    assert isinstance(read("count(last(seen))"), Call)


def test_an_aggregate_of_one_bare_fact_leaves_blanks_aside_but_not_lesions():
    assert read("max(alt)").rows.answered == "alt"
    assert read("max(diameter)").rows.answered == ""
    assert read("max(alt of labs)").rows.answered == ""


def test_nadir_is_the_least():
    assert read("nadir(platelets)") == read("min(platelets)")


def test_as_strips_the_unit():
    tree = read("bilirubin as mg/dL")
    assert isinstance(tree, Converted)
    assert (tree.to, tree.type.unit, tree.molar_mass) == ("mg/dL", "", 584.66)


def test_a_difference_of_dates_is_in_days():
    assert read("surgery - enrolment == 3 days").right.value == 3.0


def test_a_date_is_a_text_where_a_date_is_expected():
    assert read('enrolment >= "2024-02-01"').right.value == When.from_text("2024-02-01")
    assert isinstance(read('enrolment <= "2024-02-01" + 2 weeks').right, Shifted)


@pytest.mark.parametrize(
    ("text", "same"),
    [('surgery < "2024-02"', 'surgery < "2024-02-01"'), ('surgery <= "2024-02"', 'surgery <= "2024-02-29"'),
     ('surgery > "2024"', 'surgery > "2024-12-31"'), ('surgery >= "2024"', 'surgery >= "2024-01-01"'),
     ('surgery after "2024"', 'surgery after "2024-12-31"'), ('surgery before "2024"', 'surgery before "2024-01-01"'),
     ('surgery == "2024"', 'surgery between "2024-01-01" and "2024-12-31"'),
     ('surgery between "2024-01" and "2024-02"', 'surgery between "2024-01-01" and "2024-02-29"')],
)  # fmt: skip
def test_a_month_or_a_year_in_a_protocol_is_all_its_days(text, same):
    assert read(text) == read(same)


def test_division_is_no_unit():
    assert isinstance(read("6 / count(labs) > 1").left, Arithmetic)
    assert isinstance(read("6 / min(inr) > 1").left, Arithmetic)
    assert isinstance(read("6/ inr > 1").left, Arithmetic)


def test_words_end_where_they_end():
    assert "cannot stand here" in fault("inr > inr orb > 2").says


def test_conditions_choose_between_values():
    tree = read("if pregnant then 1 else 2.5")
    assert isinstance(tree, If)
    assert not tree.type.whole


# --- faults -----------------------------------------------------------------------------------------------------------

FAULTS = [
    # text, the faulty part, what is said
    ("plateletz > 3", "plateletz", "'plateletz' is not a name that this study knows; did you mean 'platelets'?"),
    ("labz.alt > 3 U/L", "labz", "'labz' is not an activity of this study; did you mean 'labs'?"),
    ("labs.alr > 3 U/L", "alr", "'alr' is not written down in labs; did you mean 'alt'?"),
    ("platelets > 50", "50", "a unit is missing: write 50 10^9/L"),
    ("platelets > 50 mg/dL", "50 mg/dL", "mg/dL cannot be turned into 10^9/L"),
    ("platelets > 50 furlongs", "50 furlongs", "'furlongs' is not a unit equipoise knows"),
    ("inr > 3 mm", "3 mm", "mm cannot be turned into a bare number"),
    ("alt > 2 weeks", "2 weeks", "a number in U/L is expected here, and this is a length of time"),
    ("inr", "inr", "a statement is expected here, and this is a number"),
    ("inr and fasting", "inr", "a statement is expected here, and this is a number"),
    ("inr = 3", "=", "'=' is not a comparison: write =="),
    ("inr > ", ">", "the expression stops before it is complete"),
    ("(inr > 3", "3", "the expression stops before it is complete"),
    ("inr > 3)", ")", "')' cannot stand here"),
    ("", "", "the expression stops before it is complete"),
    ("response == CT", "CT", "'CT' is not one of CR, PR, SD, PD"),
    ("organ == livre", "livre", "'livre' is not one of liver, lung, lymph_node; did you mean 'liver'?"),
    ("organ > liver", ">", "its codes are in no order, so '>' says nothing of them: use ==, != or in"),
    ("fasting == pregnant", "==", "two statements cannot be compared: combine them with and, or, not"),
    ("fasting > true", ">", "a statement cannot be compared with '>'"),
    ("first(seen) == 'a'", "'a'", "a set of lesions is expected here, and this is a text"),
    ("labs after surgery", "labs", "'labs' may happen several times: say exists labs, or first or last of it"),
    ("count(labs) > 1 within 2 weeks before today", "count(labs) > 1",
     "nothing here has a date that could lie in this window"),
    ("inr within 2 weeks before today", "inr",
     "a date or a statement has a place in time, a number has none: put the window last"),
    ("inr > 1 within 2 mm before today", "2 mm", "'2 mm' is not a length of time: write 28 days, 4 weeks, 3 months or 2 years"),
    ("inr > 1 within 1.5 months before today", "1.5 months", "1.5 months is not a whole number of months"),
    ("inr > 1 within 1 week before pregnant", "pregnant", "a date is expected here, and this is a statement"),
    ('enrolment > "2024-02-30"', '"2024-02-30"', "'2024-02-30' is not a day that exists"),
    ('enrolment > "soon"', '"soon"', "'soon' is not a date: write 2024-02-29, or 2024-02 or 2024 if no more is known"),
    ('surgery within 1 week after "2024-02"', '"2024-02"', "'2024-02' is many days: write one of them"),
    ('months("2024", surgery) > 1', '"2024"', "'2024' is many days: write one of them"),
    ("3 x ULN > 2", "ULN", "ULN stands only beside the laboratory value whose range it ends: alt <= 3 x ULN"),
    ("max(alt) > ULN", "ULN", "ULN stands only beside the laboratory value whose range it ends: alt <= 3 x ULN"),
    ("count(labs where inr > 1) > 3 x ULN", "ULN",
     "ULN stands only beside the laboratory value whose range it ends: alt <= 3 x ULN"),
    ("count(1 > 2)", "1 > 2", "nothing in the brackets is written down in an activity"),
    ("all(labs)", "labs", "say what holds of all of them: all(... of ...)"),
    ("max(labs) > 1", "labs", "say max of what: max(... of labs)"),
    ("max(response) > 1", "response", "max is of numbers, and this is one of CR, PR, SD, PD"),
    ("any(fasting of inr > 1)", "inr > 1", "an activity's name is expected here"),
    ("nth(0, inr) > 1", "0", "nth counts from 1"),
    ("first(inr + 1) > 1", "inr + 1", "first, last and nth are of one fact: put what else is asked after 'where'"),
    ("entered(inducton) < today", "inducton", "'inducton' is not a step of the pathway; did you mean 'induction'?"),
    ("entered(1) < today", "entered(1)", "entered(step) takes the name of one step of the pathway"),
    ("sqrt(inr) > 1", "sqrt", "'sqrt' is not a function"),
    ("months(enrolment) > 1", "months(enrolment)", "months(start, end) takes two dates"),
    ("abs(inr, inr) > 1", "abs(inr, inr)", "abs(number) takes one number"),
    ("ln(alt) > 1", "ln(alt)", "ln is of a bare number: strip the unit with 'as'"),
    ("alt * alt > 1", "alt * alt", "two numbers with units are not multiplied: strip one of its unit with 'as'"),
    ("1 / alt > 1", "1 / alt", "a bare number is not divided by one with a unit: strip it with 'as'"),
    ("response + 1 > 1", "response", "one of CR, PR, SD, PD cannot be calculated with"),
    ("(alt as mm) > 1", "as mm", "U/L cannot be turned into mm"),
    ("(alt as cubits) > 1", "as cubits", "'cubits' is not a unit equipoise knows"),
    ("surgery - enrolment > 3 months", "3 months",
     "3 months is not a fixed number of days: compare dates, or use months(start, end)"),
    ("labs where inr > 1", "where", "'where' cannot stand here"),
    ("9" * 400 + " > 1", "9" * 400, "a number over 1e+15 measures nothing"),
    ("count(labs where exists adverse_event within 1 week of on) > 1", "exists adverse_event within 1 week of on",
     "a day of labs's row cannot be looked at from adverse_event's, but for its own: say labs for that one"),
    ("inr > 1 within 1 week before imaging", "imaging", "'imaging' may happen several times: say first(imaging) or last(imaging)"),
    ("surgery after imaging", "imaging", "'imaging' may happen several times: say first(imaging) or last(imaging)"),
    ("exists labs within 1 week of imaging + 1 day", "imaging",
     "'imaging' may happen several times: say first(imaging) or last(imaging)"),
    ("exists labs where exists labs within 1 week of labs", "labs",
     "a row of labs is at hand already, so 'labs' could be that one or another: ask one of them"),
    ("exists labs where (if fasting then on else surgery) after labs", "(if fasting then on else surgery) after labs",
     "a row of labs is compared with another one by a day that it has: say that day alone"),
    ("any(exists lesions where diameter > 1 mm x inr of labs)", "inr",
     "one row is at hand at a time, here one of lesions, so this cannot be the labs's; for the last one of all say "
     "last(labs.inr)"),
]  # fmt: skip


PAIRS = [
    # said shortly, and in full
    ("exists labs within 1 week of imaging", "exists labs where on within 7 days of imaging"),
    ("exists labs where inr > 1 within 1 week before imaging", "exists labs where (inr > 1 and on within 1 week before imaging)"),
    ("count(labs since imaging) > 1", "count(labs where on since imaging) > 1"),
    ("exists labs within 1 week of imaging before surgery", "exists labs where (on within 1 week of imaging and on before surgery)"),
    ("all(exists labs after imaging of imaging)", "all(exists labs where on > imaging of imaging)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "full"), PAIRS, ids=[each[0] for each in PAIRS])
def test_a_window_beside_what_repeats_is_about_its_rows(text, full):
    assert read(text) == read(full)


def test_the_two_rows_of_a_pair_are_told_apart_by_their_forms():
    other, same = read("exists labs before imaging").rows.where, read("exists labs before labs").rows.where
    assert (other.rows.form, other.rows.another) == ("imaging", False)
    assert [(day.form, day.outer) for day in (other.of.left, other.of.right)] == [("labs", False), ("imaging", False)]
    assert (same.rows.form, same.rows.another) == ("labs", True)
    assert [(day.form, day.outer) for day in (same.of.left, same.of.right)] == [("labs", True), ("labs", False)]
    assert [looks_out(other), looks_out(same), looks_out(read("exists labs before labs"))] == [True, True, False]


@pytest.mark.parametrize(("text", "part", "says"), FAULTS, ids=lambda each: str(each)[:40])
def test_a_fault_has_its_sentence_and_its_place(text, part, says):
    found = fault(text)
    assert found.says == says
    assert text[found.offset : found.offset + found.width] == part


def test_a_part_of_a_year_is_a_number_of_years_all_the_same():
    assert read("age > 3 months").right.value == 0.25


def test_an_ambiguous_name_asks_which():
    both = Scope(
        {name: SCOPE.forms["labs"].__class__(name, facts=SCOPE.forms["labs"].facts) for name in ("labs", "local_labs")}
    )
    assert fault("inr > 1", both).says == "'inr' is written down in several activities: say labs.inr or local_labs.inr"
    assert fault("max(inr) > 1", both).says.startswith("'inr' is written down in several activities")


def test_definitions_may_not_go_round():
    scope = Scope(SCOPE.forms, {"a": ("b", NOWHERE), "b": ("not a", NOWHERE)})
    assert "'a' is defined by itself: a -> b -> a" in fault("a", scope).says


def test_a_fault_inside_a_definition_is_told_where_it_is_used():
    scope = Scope(SCOPE.forms, {"fit": ("plateletz > 3", NOWHERE)})
    found = fault("inr > 1 and fit", scope)
    assert found.says.startswith("'fit' cannot be used, as its definition is at fault: 'plateletz' is not a name")
    assert (found.offset, found.width) == (12, 3)


# --- bounds -----------------------------------------------------------------------------------------------------------


def quickly(text, scope=SCOPE):
    start = time.process_time()
    found = fault(text, scope)
    assert time.process_time() - start < 1.0
    return found


def test_a_long_text_is_refused_unread():
    assert "4,001 characters" in quickly(" " * (LONGEST + 1)).says
    assert "5,000,000 characters" in quickly("a" * 5_000_000).says


@pytest.mark.parametrize(
    "text",
    ["not " * 900 + "fasting", "(" * 1900 + "inr > 1", "-" * 3000 + "1 > 0", "1 + " * 900 + "1 > 0", "1 - " * 900 + "inr > 0",
     "if fasting then true else " * 150 + "true", "count(labs where " * 200 + "true",
     "inr > 1 " + "within 1 day of today " * 150,
     "1 " + "a" * 3000 + "(", "1 " + "a[b]" * 900 + "(", "as " * 1000, "1 /" * 1000, "10^" * 1000, "1 10^9" * 600,
     "\x00", "inr > \ud800", "🩺 > 1", "inr > 1\n\n;", "__import__('os')", "inr.__class__ == 1", "{inr}", "'" * 3999],
    ids=lambda text: text[:20],
)  # fmt: skip
def test_hostile_texts_are_refused_quickly(text):
    quickly(text)


def test_brackets_alone_are_no_depth():
    assert read("(" * 1000 + "inr" + ")" * 1000 + " > 1") == read("inr > 1")


def test_what_is_read_is_never_too_deep_for_its_readers():
    assert depth(read("not " * (DEEPEST - 3) + "fasting")) <= DEEPEST
    assert f"more than {DEEPEST} deep" in fault("not " * DEEPEST + "fasting").says


def test_definitions_that_multiply_are_bounded():
    doubling = {f"d{n}": (" and ".join([f"d{n - 1}"] * 50), NOWHERE) for n in range(1, 15)}
    scope = Scope(SCOPE.forms, {"d0": ("fasting", NOWHERE), **doubling})
    assert f"more than {LARGEST:,} parts" in quickly("d14", scope).says


def test_definitions_that_pile_up_are_bounded():
    piled = {f"d{n}": ("not " * 20 + f"d{n - 1}", NOWHERE) for n in range(1, 19)}
    scope = Scope(SCOPE.forms, {"d0": ("fasting", NOWHERE), **piled})
    assert "deep" in quickly("d18", scope).says


WORDS = (
    "inr alt platelets labs lesions fasting pregnant response organ CR liver surgery enrolment today on fit seen diagnosed "
    "and or not in between if then else within before after since at least of where exists as x * / + - ( ) , . < <= == != "
    "1 0 2.5 50 10^9/L mm mg/dL 28 days 1 month 3 years ULN LLN count first last any all sum min max nth months abs ln "
    "entered induction left true false 'a' \"2024-02\" ( ) ( )"
).split()


@given(st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_any_text_is_read_or_refused_with_its_place(text):
    found = refused(text)
    assert found is None or (found.says and 0 <= found.offset <= len(text) and found.width >= 1)


def refused(text):
    try:
        assert expression(text, SCOPE).type.kind is Kind.TRUTH
    except Unreadable as found:
        return found
    return None


def test_every_aggregate_of_nothing_known_is_read():
    assert isinstance(read("count(lesions) == 0").left, Aggregate)
