"""Days, lengths of time, windows: as a clinic counts them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from equipoise.calendar import NO_TIME, Span, Times, When, Window, later, months_between
from equipoise.finding import Unreadable

days = st.dates(date(1900, 1, 1), date(2200, 1, 1))
months = st.integers(0, 600)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [("2024-02-29", "2024-02-29", "2024-02-29"), ("2024-02", "2024-02-01", "2024-02-29"),
     ("2023-2", "2023-02-01", "2023-02-28"),
     ("2024", "2024-01-01", "2024-12-31"), (" 2024-12 ", "2024-12-01", "2024-12-31"),
     ("2024-01-05T10:30", "2024-01-05", "2024-01-05")],
)  # fmt: skip
def test_a_date_is_as_long_as_what_is_not_known_of_it(text, first, last):
    assert When.from_text(text) == When(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("text", "says"),
    [("2024-02-30", "'2024-02-30' is not a day that exists"), ("2023-02-29", "'2023-02-29' is not a day that exists"),
     ("2024-13", "'2024-13' is not a day that exists"), ("0000", "'0000' is not a day that exists"),
     ("soon", "'soon' is not a date: write 2024-02-29, or 2024-02 or 2024 if no more is known"),
     ("01/02/2024", "'01/02/2024' is not a date: write 2024-02-29, or 2024-02 or 2024 if no more is known"), ("", ""),
     ("9" * 5_000, "")],
    ids=lambda each: each[:20],
)  # fmt: skip
def test_what_is_no_date_is_said_to_be_none(text, says):
    with pytest.raises(Unreadable) as found:
        When.from_text(text)
    assert found.value.says == says or not says
    assert len(found.value.says) < 150


@given(days)
def test_a_date_is_written_as_it_is_read(day):
    for text in (day.isoformat(), day.strftime("%Y-%m"), str(day.year)):
        assert str(When.from_text(text)) == text


@pytest.mark.parametrize(
    ("text", "span", "said"),
    [("28 days", Span(days=28), "4 weeks"), ("4 weeks", Span(days=28), "4 weeks"), ("2 weeks", Span(days=14), "2 weeks"),
     ("1 day", Span(days=1), "1 day"), ("3 months", Span(months=3), "3 months"), ("2 years", Span(months=24), "2 years"),
     ("1.5 years", Span(months=18), "18 months"), ("0.5 week", None, ""), ("1.5 months", None, ""), ("101 years", None, ""),
     ("3 fortnights", None, ""), ("-3 days", None, ""), ("", None, ""), ("9" * 400 + " days", None, "")],
    ids=lambda each: str(each)[:20],
)  # fmt: skip
def test_a_length_of_time_is_days_or_calendar_months(text, span, said):
    if span is None:
        with pytest.raises(Unreadable):
            Span.from_text(text)
    else:
        assert Span.from_text(text) == span
        assert str(span) == said


@pytest.mark.parametrize(
    ("day", "span", "count", "then"),
    [("2024-01-31", Span(months=1), 1, "2024-02-29"), ("2024-01-31", Span(months=1), 2, "2024-03-31"),
     ("2024-03-31", Span(months=1), -1, "2024-02-29"), ("2024-02-29", Span(months=12), 1, "2025-02-28"),
     ("2024-01-31", Span(days=1, months=1), 1, "2024-03-01"), ("2024-01-01", Span(days=7), -1, "2023-12-25"),
     ("9999-12-31", Span(months=1), 1, "9999-12-31"), ("0001-01-01", Span(days=1), -1, "0001-01-01"),
     ("9999-12-31", Span(days=1), 1, "9999-12-31"), ("0001-01-01", Span(months=1), -1, "0001-01-01")],
)  # fmt: skip
def test_months_are_calendar_months_with_the_last_day_clipped(day, span, count, then):
    assert later(date.fromisoformat(day), span, count) == date.fromisoformat(then)


@given(days, days, months)
def test_at_most_n_months_is_no_later_than_n_months_after(start, end, count):
    start, end = min(start, end), max(start, end)
    assert (months_between(start, end) <= count) is (end <= later(start, Span(months=count)))


@given(days, days)
def test_months_are_counted_alike_both_ways(start, end):
    assert months_between(start, end) == -months_between(end, start)


@given(days, days, st.integers(1, 40))
def test_months_grow_with_the_days(start, end, more):
    start, end = min(start, end), max(start, end)
    assert months_between(start, end) <= months_between(start, end + timedelta(more))


@pytest.mark.parametrize(
    ("text", "before", "after", "said"),
    [("±2 weeks", Span(days=14), Span(days=14), "±2 weeks"), ("+/-3 days", Span(days=3), Span(days=3), "±3 days"),
     ("-3..+7 days", Span(days=3), Span(days=7), "-3 days to +1 week"), ("+1 week", NO_TIME, Span(days=7), ""),
     ("-1 month", Span(months=1), NO_TIME, ""), ("0..+7 days", NO_TIME, Span(days=7), "")],
)  # fmt: skip
def test_a_window_holds_its_target(text, before, after, said):
    window = Window.from_text(text)
    assert window == Window(before, after)
    assert window.around(date(2024, 3, 31)) == (later(date(2024, 3, 31), before, -1), later(date(2024, 3, 31), after))
    assert not said or str(window) == said


@pytest.mark.parametrize("text", ["2 weeks", "3..7 days", "-3..-1 days", "±", "", "-3..+7 fortnights", "±1.5 months"])
def test_what_is_no_window_is_refused(text):
    with pytest.raises(Unreadable):
        Window.from_text(text)


def test_times_are_a_number_or_two():
    assert Times.from_text("4") == Times(4, 4)
    assert Times.from_text("2..4") == Times(2, 4)
    assert str(Times(2, 4)) == "2 to 4"
    for text in ("0", "4..2", "two", "-1", "1..", "12345"):
        with pytest.raises(Unreadable):
            Times.from_text(text)
