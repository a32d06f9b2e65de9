"""The layout of layered drawings."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equipoise.reports.layers import Box, Drawing, Frame, Link, drawing, loops_among


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[Link]]:
    count = draw(st.integers(1, 14))
    sizes = draw(st.lists(st.tuples(st.integers(20, 200), st.integers(18, 120)), min_size=count, max_size=count))
    boxes = [Box(f"b{index}", float(wide), float(high)) for index, (wide, high) in enumerate(sizes)]
    ends = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1), st.booleans(), st.booleans())
    links = []
    for index, (start, to, is_labelled, is_aside) in enumerate(draw(st.lists(ends, max_size=2 * count))):
        wide, high = (60.0, 30.0) if is_labelled else (0.0, 0.0)
        aside = boxes[start].width * 0.3 if is_aside else 0.0
        links.append(Link(f"l{index}", f"b{start}", f"b{to}", wide, high, leaves=aside, loop_width=60.0))
    return boxes, links


def _holds(boxes: list[Box], links: list[Link], drawn: Drawing) -> None:
    frames = [*drawn.boxes.items(), *((name, each) for name, each in drawn.labels.items() if each.width)]
    assert set(drawn.boxes) == {box.name for box in boxes}
    for (one, first), (other, second) in combinations(frames, 2):
        assert not first.overlaps(second), f"{one} on {other}"
    for _, frame in frames:
        assert frame.x >= -1e-6 and frame.x + frame.width <= drawn.width + 1e-6
        assert frame.y >= -1e-6 and frame.y + frame.height <= drawn.height + 1e-6
    for link in links:
        route, start, target = drawn.routes[link.name], drawn.boxes[link.start], drawn.boxes[link.to]
        assert route[0][1] == pytest.approx(start.y + start.height)
        assert start.x <= route[0][0] <= start.x + start.width
        assert route[-1] == pytest.approx((target.middle[0], target.y))
        assert route[-1][1] > route[-2][1], "a link comes in from above"
        for (ax, ay), (bx, by) in pairwise(route):
            assert abs(ax - bx) < 1e-6 or abs(ay - by) < 1e-6, "at right angles"
            piece = Frame(min(ax, bx), min(ay, by), abs(ax - bx), abs(ay - by))
            for name, frame in frames:
                if name != link.name:
                    inner = Frame(frame.x + 1, frame.y + 1, frame.width - 2, frame.height - 2)
                    assert not inner.overlaps(piece), f"{link.name} runs through {name}"


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_nothing_covers_anything_and_no_link_runs_through_a_box(graph: tuple[list[Box], list[Link]]) -> None:
    boxes, links = graph
    _holds(boxes, links, drawing(boxes, links))


@settings(max_examples=30, deadline=None)
@given(graphs())
def test_links_that_do_not_loop_lead_downwards(graph: tuple[list[Box], list[Link]]) -> None:
    boxes, links = graph
    drawn = drawing(boxes, links)
    back = loops_among([box.name for box in boxes], links)
    for link in links:
        goes_down = drawn.boxes[link.to].y > drawn.boxes[link.start].y
        assert goes_down is (link.name not in back)
        assert (link.name in drawn.loops) is (link.name in back)


def test_thirty_boxes_in_a_chain_stand_straight_below_each_other() -> None:
    boxes = [Box(f"b{index}", 100, 40) for index in range(30)]
    links = [Link(f"l{index}", f"b{index}", f"b{index + 1}") for index in range(29)]
    drawn = drawing(boxes, links)
    _holds(boxes, links, drawn)
    assert len({round(frame.middle[0], 1) for frame in drawn.boxes.values()}) == 1
    assert all(len(route) == 2 for route in drawn.routes.values())


def test_nothing_to_draw_is_drawn_as_nothing() -> None:
    assert drawing([], []).boxes == {}


def test_a_loop_stands_at_the_side() -> None:
    boxes = [Box("a", 100, 40), Box("b", 100, 40)]
    drawn = drawing(boxes, [Link("on", "a", "b"), Link("back", "b", "a", loop_width=50)])
    x, y = drawn.loops["back"]
    assert x < drawn.boxes["a"].x or x > drawn.boxes["a"].x + 100
    assert not any(Frame(x - 25, y - 7, 50, 14).overlaps(frame) for frame in drawn.boxes.values())
