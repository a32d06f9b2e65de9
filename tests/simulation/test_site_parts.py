"""Parts of the compiled site that have short cuts of their own, each against the plain way."""

from bisect import bisect_right
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("numba")

from equipoise.simulation.draws import COUNT, JOINING
from equipoise.simulation.draws import chosen as plainly_chosen
from equipoise.simulation.plan import plan
from equipoise.simulation.site import course, days, draws, record
from equipoise.simulation.tables import tables
from equipoise.study import load

FIRST_DAYS = [date(1900 + month // 12, month % 12 + 1, 1).toordinal() for month in range(record.MONTHS)]


@pytest.mark.parametrize("months", [-13, -1, 1, 3, 24])
def test_a_month_is_found_without_a_search_on_every_first_and_last_day_of_four_centuries(months: int) -> None:
    p = SimpleNamespace(first_day=FIRST_DAYS)
    for month in range(30, record.MONTHS - 30):
        length, there = FIRST_DAYS[month + 1] - FIRST_DAYS[month], month + months
        for of_month in (0, 1, length - 2, length - 1):
            after = days.day_after.py_func(p, FIRST_DAYS[month] + of_month, 5, months)
            assert after == min(FIRST_DAYS[there] + of_month, FIRST_DAYS[there + 1] - 1) + 5
            assert bisect_right(FIRST_DAYS, after - 5) - 1 == there


TURNS = st.tuples(
    st.integers(600_000, 900_000), st.integers(0, 4), st.integers(0, record.FORMS), st.integers(0, (1 << course.OF_NAME) - 1)
)


@given(TURNS, TURNS)
def test_the_number_of_a_turn_has_the_order_of_its_day_and_then_of_what_it_is(
    one: tuple[int, ...], other: tuple[int, ...]
) -> None:
    turn = course.turn.py_func
    assert (turn(*one) < turn(*other)) == (one < other) and turn(*one) < course.NO_TURN
    assert turn(*one) >> course.OF_DAY == one[0] and (turn(*one) >> course.OF_RANK) & 7 == one[1]


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=6).filter(lambda chances: sum(chances) > 0),
    st.floats(0, 1, exclude_min=True) | st.just(1 - 2**-33),
)
def test_a_code_is_chosen_as_the_reference_chooses_it(chances: list[float], number: float) -> None:
    p = SimpleNamespace(chance=[0.5, *chances], code=[-1.0, *map(float, range(len(chances)))])
    found = draws.chosen.py_func(p, 1, len(chances), sum(chances), number)
    assert str(int(found)) == plainly_chosen({str(code): chance for code, chance in enumerate(chances)}, number)


def test_whatever_is_drawn_once_has_a_lane_and_a_line_hangs_on_what_it_counts_from() -> None:
    made = plan(load(Path(__file__).parents[2] / "studies" / "batch-rfa-crlm"))
    t, *_ = tables(made)
    r, slots = t.r, made.slots
    once = [JOINING, COUNT, slots["item", "screening", "age"][0], slots["clock", "death"][0], slots["item", "labs", "inr"][0]]
    assert all(r.slot_at[r.lane[slot]] == slot for slot in once) and len({int(r.lane[slot]) for slot in once}) == len(once)
    assert r.lane[slots["step", "induction"][0]] == -1  # the first stay has number 1
    assert r.lane[slots["delay", "labs"][0]] == -1  # nothing is drawn there
    on = {name: [line for line in range(r.n_lines) if r.lines_of[form] >> line & 1] for name, form in t.forms.items()}
    assert on["systemic_cycle"] == [0] and on["withdrawal"] == [2] and on["rfa_session"] == [3, 4]
    assert on["off_treatment"] == [5, 6, 7] and on["labs"] == [] and r.always_looked == 0
    entered = len(t.forms) + t.steps["systemic_alone"]
    assert r.lines_of[entered] == 1 << 1
