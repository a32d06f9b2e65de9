"""The schedule of activities."""

from equipoise.reports.schedule_picture import schedule, schedule_picture
from reports.studies import SMALL, small


def test_time_points_stand_under_what_they_count_from() -> None:
    tables = schedule(small())
    (table,) = tables
    assert table.spans == (
        ("At the step", 4), ("From randomisation", 2), ("After each ablation", 3), ("Counted by cycle", 1),
    )  # fmt: skip
    assert table.head[5:] == (
        "3, 6, 9 … 24 months\n±2 weeks", "30, 36, 42 … months →", "day 1", "day 3", "day 5", "every 4 cycles",
    )  # fmt: skip


def test_marks_stand_where_an_activity_is_asked_for() -> None:
    (table,) = schedule(small())
    rows = {row[0]: row[1:] for row in table.rows}
    assert rows["Cycle"] == ("2–4 ×", *[""] * 9)
    assert rows["Labs"] == ("", "×", "×", "", *["×"] * 6)
    assert rows["Ablation"][3] == "×"


def test_a_condition_stands_beneath_with_its_letter() -> None:
    text = SMALL.replace("every: 4 cycles of cycle}", "every: 4 cycles of cycle, while: platelets >= 50 10^9/L, label: <b>}")
    (table,) = schedule(small(text))
    assert table.head[-1] == "every 4 cycles (a)"
    assert table.note == "(a) <b>: while platelets at least 50 × 10⁹/L"
    assert "&lt;b&gt;" in schedule_picture(small(text))


def test_nothing_scheduled_is_no_table() -> None:
    assert schedule(small(SMALL.split("pathway:")[0])) == ()
