"""One participant: the value, what was read, and for each unknown what would settle it."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.calendar import When
from equipoise.expression.explain import Between, Reading, explain, truth, value
from equipoise.expression.facts import Facts, Missing, Row, Unclear, Why
from equipoise.expression.grammar import expression
from equipoise.logic import MET, NOT_MET, UNKNOWN, Truth
from expression.invented import SCOPE

TODAY = date(2024, 3, 31)


def on(text):
    return When.from_text(text)


def facts(closed=(), **rows):
    return Facts(TODAY, {name: tuple(given) for name, given in rows.items()}, frozenset(closed))


def labs(day, uln=None, **values):
    return Row(on(day), values, {(name, "uln"): limit for name, limit in (uln or {}).items()})


def asked(text, known):
    return explain(expression(text, SCOPE, want=None), known, SCOPE)


ENROLLED = Row(on("2024-03-01"), {"age": 61.0})

# --- values -----------------------------------------------------------------------------------------------------------


def test_the_last_value_that_was_answered_counts():
    known = facts(labs=[labs("2024-01-01", inr=1.0), labs("2024-02-01", inr=2.0), labs("2024-03-01", alt=40.0)])
    assert value(expression("inr", SCOPE, want=None), known) == Between(2.0, 2.0)
    assert asked("inr > 1.5", known).reads == (Reading("INR", "2", on("2024-02-01")),)
    assert truth(expression("first(inr) == 1 and nth(2, inr) == 2", SCOPE), known) is MET


def test_what_rows_come_to_is_read_too():
    lesions = [
        Row(on("2024-01-01"), {"organ": "liver", "diameter": 21.0}),
        Row(on("2024-02-01"), {"organ": "lung", "diameter": 9.0}),
    ]
    known = facts(closed=["lesions"], lesions=lesions)
    assert asked("count(lesions where organ == liver) <= 4", known).reads == (
        Reading("Number of lesions whose organ is liver", "1", on("2024-01-01")),
    )
    assert asked("max(diameter) < 5 cm", known).reads == (Reading("Greatest diameter of lesions", "21 mm", on("2024-02-01")),)
    assert asked("exists lesions where organ == lymph_node", known).reads == (
        Reading("Lesion whose organ is lymph node", "no", on("2024-02-01")),
    )
    assert asked("count(lesions) <= 4", facts()).reads == ()


def test_an_answer_that_cannot_be_used_is_not_passed_over():
    known = facts(labs=[labs("2024-01-01", inr=1.0), labs("2024-02-01", inr=Unclear("1,5?", Why.UNREADABLE))])
    assert asked("inr < 1.5", known).missing == (Missing("labs", "inr", Why.UNREADABLE, "INR", "1,5?"),)


def test_a_threshold_met_on_paper_is_met():
    # 1.5 x 1.4 is 2.0999999999999996 to a computer, and 2.1 to everybody else.
    known = facts(labs=[labs("2024-01-01", {"bilirubin": 1.4}, bilirubin=2.1)])
    assert truth(expression("bilirubin <= 1.5 x ULN", SCOPE), known) is MET
    assert truth(expression("bilirubin > 1.5 x ULN", SCOPE), known) is NOT_MET
    assert truth(expression("bilirubin == 1.5 x ULN", SCOPE), known) is MET
    assert value(expression("floor(2.1 / 0.7)", SCOPE, want=None), known) == Between(3.0, 3.0)
    assert value(expression("floor(0.6 / 0.2)", SCOPE, want=None), known) == Between(3.0, 3.0)


def test_an_unknown_condition_decides_nothing_that_both_ways_agree_on():
    text = "alt <= if liver_metastases then 5 x ULN else 2.5 x ULN"
    for alt, verdict in ((80.0, MET), (150.0, UNKNOWN), (250.0, NOT_MET)):
        known = facts(labs=[labs("2024-01-01", {"alt": 40.0}, alt=alt)])
        assert truth(expression(text, SCOPE), known) is verdict
        said_otherwise = "if liver_metastases then alt <= 5 x ULN else alt <= 2.5 x ULN"
        assert truth(expression(said_otherwise, SCOPE), known) is verdict


def test_of_nothing_recorded_a_closed_form_says_none_and_an_open_one_says_nothing():
    count, exists, every = (
        expression(text, SCOPE) for text in
        ("count(adverse_event) == 0", "exists adverse_event", "all(grade <= 2 of adverse_event)")
    )  # fmt: skip
    for tree, verdict in ((count, MET), (exists, NOT_MET), (every, MET)):
        assert truth(tree, facts(closed=["adverse_event"])) is verdict
        assert truth(tree, facts()) is UNKNOWN
    assert value(expression("max(diameter)", SCOPE, want=None), facts(closed=["lesions"])) is None


def test_what_an_open_form_shows_is_shown():
    known = facts(adverse_event=[Row(on("2024-02-01"), {"grade": "4"})])
    for text, verdict in [
        ("exists adverse_event", MET), ("count(adverse_event) >= 1", MET), ("count(adverse_event) == 1", UNKNOWN),
        ("count(adverse_event) < 1", NOT_MET), ("all(grade <= 2 of adverse_event)", NOT_MET),
        ("all(grade > 2 of adverse_event)", UNKNOWN),
    ]:  # fmt: skip
        assert truth(expression(text, SCOPE), known) is verdict, text


def test_a_date_known_in_part_is_an_interval():
    # Diagnosed some day in February: by the 29th surely, before the 10th perhaps.
    known = facts(history=[Row(on("2024-01-01"), {"diagnosed": on("2024-02")})], enrolment=[ENROLLED])
    for text, verdict in [
        ('diagnosed < "2024-02-10"', UNKNOWN), ("diagnosed < enrolment", MET),
        ("diagnosed within 1 month before enrolment", MET),
        ("diagnosed within 2 weeks before enrolment", UNKNOWN), ('diagnosed < "2024-02-01"', NOT_MET),
        ("months(diagnosed, enrolment) <= 1", MET), ("days(diagnosed, enrolment) between 1 and 29", MET),
    ]:  # fmt: skip
        assert truth(expression(text, SCOPE), known) is verdict, text


def test_which_row_is_last_may_depend_on_a_day_nobody_knows():
    # Sometime in February, and on the 10th: which came last?
    known = facts(labs=[labs("2024-02", inr=1.0), labs("2024-02-10", inr=2.0)])
    found = asked("inr > 1.5", known)
    assert found.truth is UNKNOWN
    assert found.missing == (Missing("labs", "inr", Why.PARTLY_DATED, "INR", "a row of 2024-02"),)
    apart = facts(labs=[labs("2024-01", inr=1.0), labs("2024-02-10", inr=2.0)])
    assert asked("inr > 1.5", apart).truth is MET


def test_windows_hold_both_their_ends():
    known = facts(labs=[labs("2024-02-01", inr=1.0)], enrolment=[ENROLLED])
    assert truth(expression("inr < 2 within 29 days before enrolment", SCOPE), known) is MET
    assert truth(expression("inr < 2 within 28 days before enrolment", SCOPE), known) is UNKNOWN


def test_a_window_beside_what_repeats_holds_beside_any_of_them():
    # Blood on 1 February and 20 February; scans on 8 February (7 days after the first) and 10 March (19 after the second).
    scans = [Row(on("2024-02-08")), Row(on("2024-03-10"))]
    known = facts(["labs", "imaging"], labs=[labs("2024-02-01"), labs("2024-02-20")], imaging=scans)
    for text, verdict in [
        ("exists labs within 7 days of imaging", MET), ("exists labs within 6 days of imaging", NOT_MET),
        ("exists labs within 7 days after imaging", NOT_MET), ("exists labs within 12 days after imaging", MET),
        ("count(labs before imaging) == 2", MET), ("count(labs after imaging) == 1", MET),
        ("exists labs at least 5 weeks before imaging", MET), ("exists labs at least 39 days before imaging", NOT_MET),
        ("any(on within 7 days before imaging of labs)", MET), ("all(on within 7 days before imaging of labs)", NOT_MET),
        ("exists imaging since imaging", MET), ("count(imaging since imaging) == 1", MET),
        ("all(exists labs within 7 days before imaging of imaging)", NOT_MET),
        ("all(exists labs within 19 days before imaging of imaging)", MET),
        ("count(imaging where count(labs before imaging) == 2) == 1", MET),
    ]:  # fmt: skip
        assert truth(expression(text, SCOPE), known) is verdict, text


def test_nothing_is_within_a_week_of_itself():
    text = "exists labs within 1 week of labs"
    once, apart = [labs("2024-02-01", inr=1.0)], [labs("2024-02-01"), labs("2024-02-09")]
    twice_a_day = [labs("2024-02-01", inr=1.0), labs("2024-02-01", inr=1.0)]
    for rows, verdict in ((once, NOT_MET), (apart, NOT_MET), (twice_a_day, MET)):
        assert truth(expression(text, SCOPE), facts(["labs"], labs=rows)) is verdict


def test_what_nobody_may_have_written_down_may_lie_beside():
    tree = expression("exists labs within 1 week of imaging", SCOPE)
    blood, near, far = [labs("2024-02-01")], [Row(on("2024-02-08"))], [Row(on("2024-02-09"))]
    for closed, scans, verdict in [
        (["labs", "imaging"], far, NOT_MET), (["labs"], far, UNKNOWN), (["imaging"], far, UNKNOWN), ([], near, MET),
        (["labs", "imaging"], [Row(on("2024-02"))], UNKNOWN), (["labs", "imaging"], [], NOT_MET), (["labs"], [], UNKNOWN),
    ]:  # fmt: skip
        assert truth(tree, facts(closed, labs=blood, imaging=scans)) is verdict, (closed, scans)
    assert truth(tree, facts(["labs"], imaging=near)) is NOT_MET
    lacking = explain(tree, facts(["labs"], labs=blood, imaging=far), SCOPE).missing
    assert lacking == (Missing("imaging", "imaging", Why.NOT_LOOKED_FOR, "Imaging"),)


@given(st.lists(st.integers(0, 60), max_size=4), st.lists(st.integers(0, 60), max_size=4), st.integers(1, 20))
def test_a_pair_is_found_if_any_two_days_make_one(bloods, scans, span):
    def rows(days):
        return [Row(When.on(date(2024, 1, 1) + timedelta(day))) for day in sorted(days)]

    known = facts(["labs", "imaging"], labs=rows(bloods), imaging=rows(scans))
    near = sum(any(abs(blood - scan) <= span for scan in scans) for blood in bloods)
    assert value(expression(f"count(labs within {span} days of imaging)", SCOPE, want=None), known) == Between(near, near)
    late = sum(any(blood - scan >= span for scan in scans) for blood in bloods)
    assert value(expression(f"count(labs at least {span} days after imaging)", SCOPE, want=None), known) == Between(late, late)
    twice = any(abs(one - other) <= span for place, one in enumerate(bloods) for other in bloods[:place])
    assert truth(expression(f"exists labs within {span} days of labs", SCOPE), known) is Truth.of(twice)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [("true or pregnant", MET), ("false and pregnant", NOT_MET), ("true and pregnant", UNKNOWN), ("not pregnant", UNKNOWN),
     ("pregnant or not pregnant", UNKNOWN), ("if true then true else pregnant", MET), ("if pregnant then true else true", MET)],
)  # fmt: skip
def test_kleene(text, verdict):
    assert truth(expression(text, SCOPE), facts()) is verdict


# --- why not ----------------------------------------------------------------------------------------------------------

WHY = [
    # known, asked, what is missing
    ({}, "inr > 1", Missing("labs", "inr", Why.NEVER_RECORDED, "INR")),
    ({"labs": [labs("2024-01-01", inr=1.0)], "enrolment": [ENROLLED]}, "inr > 1 within 1 week before enrolment",
     Missing("labs", "inr", Why.OUTSIDE_WINDOW, "INR")),
    ({"labs": [labs("2024-01-01", alt=90.0)]}, "alt <= 3 x ULN", Missing("labs", "alt", Why.NO_RANGE, "ALT", "2024-01-01")),
    ({"labs": [labs("2024-01-01", alt=Unclear("90 mm", Why.NOT_CONVERTIBLE))]}, "alt <= 40 U/L",
     Missing("labs", "alt", Why.NOT_CONVERTIBLE, "ALT", "90 mm")),
    ({"labs": [labs("2024-01-01", inr=Unclear("1,5?", Why.UNREADABLE))]}, "inr <= 2",
     Missing("labs", "inr", Why.UNREADABLE, "INR", "1,5?")),
    ({"history": [Row(on("2024-01-01"), {"diagnosed": on("2024-02")})]}, 'diagnosed > "2024-02-10"',
     Missing("history", "diagnosed", Why.PARTLY_DATED, "Date of diagnosis", "2024-02")),
    ({}, "exists lesions", Missing("lesions", "lesions", Why.NOT_LOOKED_FOR, "Lesions")),
    ({}, "pregnant", Missing("history", "pregnant", Why.JUDGEMENT, "Is she pregnant?", "by gynaecologist")),
    ({"labs": [labs("2024-01-01", inr=0.0)]}, "1 / inr > 1",
     Missing("labs", "inr", Why.NO_SUCH_NUMBER, "INR", "division by zero")),
    ({"labs": [labs("2024-01-01", inr=0.0)]}, "ln(inr) > 1",
     Missing("labs", "inr", Why.NO_SUCH_NUMBER, "INR", "logarithm of a number that is not over 0")),
    ({"lesions": [Row(on("2024-01-01"), {"organ": "liver"})]}, "max(diameter) < 2 cm",
     Missing("lesions", "diameter", Why.LEFT_BLANK, "Diameter", "on 2024-01-01")),
    ({"labs": [labs("2024-01-01", inr=1.0)]}, "nth(2, inr) > 1",
     Missing("labs", "inr", Why.NEVER_RECORDED, "INR", "only 1 so far")),
    ({}, "inr > 1 within 1 week before surgery", Missing("labs", "inr", Why.NEVER_RECORDED, "INR")),
    ({}, "surgery before today", Missing("surgery", "surgery", Why.NEVER_RECORDED, "Surgery")),
    ({}, "entered(induction) before today",
     Missing("entered:induction", "entered:induction", Why.NEVER_RECORDED, "entered induction")),
]  # fmt: skip


@pytest.mark.parametrize(("known", "text", "missing"), WHY, ids=[f"{each[2].why.name}: {each[1]}" for each in WHY])
def test_an_unknown_says_what_would_settle_it(known, text, missing):
    found = asked(text, facts(**known))
    assert found.truth is UNKNOWN
    assert missing in found.missing


def test_every_reason_has_its_test():
    assert {each[2].why for each in WHY} == set(Why)


def test_a_known_verdict_lacks_nothing():
    known = facts(labs=[labs("2024-01-01", inr=1.0)])
    assert asked("inr < 2 or pregnant", known).missing == ()


def test_what_is_missing_is_named_once():
    assert asked("inr > 1 or inr < 0", facts()).missing == (Missing("labs", "inr", Why.NEVER_RECORDED, "INR"),)


def test_a_missing_fact_reads_as_a_sentence():
    assert str(Missing("labs", "inr", Why.LEFT_BLANK, "INR", "on 2024-01-01")) == "INR: left blank (on 2024-01-01)"
