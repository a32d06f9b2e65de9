"""A layered drawing: boxes in rows, links downwards between them, loops back up at the sides.

Method
    Rows so that links are short, order within rows by barycentres, places by a linear programme, links at right angles
    on tracks of their own between the rows. Each label is a box of the drawing too, so that nothing can cover it.

Source
    Gansner, Koutsofios, North and Vo (1993), A technique for drawing directed graphs, IEEE Trans Softw Eng 19:214-230.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, permutations

import numpy as np

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A box to be placed."""

    name: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Link:
    """A link to be drawn: its label's size, how far right of the middle it leaves, how wide a loop's own label is."""

    name: str
    start: str
    to: str
    width: float = 0.0
    height: float = 0.0
    leaves: float = 0.0
    loop_width: float = 0.0


@dataclass(frozen=True, slots=True)
class Frame:
    """A rectangle: its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> Point:
        """Its middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def overlaps(self, other: "Frame") -> bool:
        """Whether two rectangles share more than an edge."""
        apart = (
            self.x + self.width <= other.x + 1e-6 or other.x + other.width <= self.x + 1e-6
            or self.y + self.height <= other.y + 1e-6 or other.y + other.height <= self.y + 1e-6
        )  # fmt: skip
        return not apart


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where everything stands; `loops` says where the label on the side of each loop goes."""

    boxes: Mapping[str, Frame]
    labels: Mapping[str, Frame]
    routes: Mapping[str, tuple[Point, ...]]
    loops: Mapping[str, Point]
    width: float
    height: float


BETWEEN_BOXES, BETWEEN_OTHERS, TRACK, GUTTER = 26.0, 14.0, 10.0, 16.0


@dataclass(slots=True)
class _Node:
    """A box, a link's label or the bend of long links to one box."""

    key: tuple[str, ...]
    row: int
    width: float = 0.0
    height: float = 0.0
    pinned: int = 0


@dataclass(slots=True)
class _Arc:
    """A piece of link from one row to the next."""

    above: int
    below: int
    leaves: float
    weight: float


@dataclass(slots=True)
class _Net:
    """Pieces that share one horizontal track between two rows; `reach` is -1 or 1 where it goes out to a side."""

    above: list[float] = field(default_factory=list)
    below: list[float] = field(default_factory=list)
    reach: set[int] = field(default_factory=set)
    level: int = 0

    @property
    def span(self) -> tuple[float, float]:
        """From where to where its track goes."""
        ends = [*self.above, *self.below]
        return (-1e6 if -1 in self.reach else min(ends), 1e6 if 1 in self.reach else max(ends))

    @property
    def is_straight(self) -> bool:
        """Whether it needs no track."""
        low, high = self.span
        return high - low < 1e-6


@dataclass(slots=True)
class _Bounds:
    """Sums that may not exceed a bound, for a linear programme."""

    rows: list[int] = field(default_factory=list)
    columns: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    bounds: list[float] = field(default_factory=list)

    def at_most(self, parts: Sequence[tuple[int, float]], bound: float) -> None:
        """Let a sum be so much at most."""
        self.rows += [len(self.bounds)] * len(parts)
        self.columns += [column for column, _ in parts]
        self.values += [value for _, value in parts]
        self.bounds.append(bound)

    def least(self, cost: np.ndarray, ranges: Sequence[tuple[float | None, float | None]]) -> list[float]:
        """The cheapest solution."""
        from scipy.optimize import linprog  # a desk starts without it
        from scipy.sparse import csr_array

        matrix = csr_array((self.values, (self.rows, self.columns)), shape=(len(self.bounds), len(cost)))
        found = linprog(  # type: ignore[call-overload]
            cost, A_ub=matrix, b_ub=np.array(self.bounds), bounds=list(ranges), method="highs"
        )
        return [float(value) for value in found.x]


def loops_among(names: Iterable[str], links: Iterable[Link]) -> frozenset[str]:
    """The links that lead back to where one has come from, each loop broken once."""
    on: dict[str, list[Link]] = {name: [] for name in names}
    for each in links:
        on[each.start].append(each)
    state: dict[str, int] = {}
    back: set[str] = set()
    for first in on:
        if first in state:
            continue
        state[first] = 1
        path = [(first, iter(on[first]))]
        while path:
            name, left = path[-1]
            if (link := next(left, None)) is None:
                state[name] = 2
                path.pop()
            elif state.get(link.to) == 1:
                back.add(link.name)
            elif link.to not in state:
                state[link.to] = 1
                path.append((link.to, iter(on[link.to])))
    return frozenset(back)


def drawing(boxes: Sequence[Box], links: Sequence[Link]) -> Drawing:
    """Place boxes and route links; the boxes come in the order in which a reader should meet them."""
    if not boxes:
        return Drawing({}, {}, {}, {}, 0.0, 0.0)
    return _Layers(boxes, links).drawing()


class _Layers:
    """A drawing under way."""

    def __init__(self, boxes: Sequence[Box], links: Sequence[Link]) -> None:
        self.boxes = {box.name: box for box in boxes}
        self.links = {link.name: link for link in links}
        back = loops_among(self.boxes, links)
        self.back = [name for name in self.links if name in back]  # in the order of the links, whatever the run
        self.nodes: list[_Node] = []
        self.index: dict[tuple[str, ...], int] = {}
        self.arcs: list[_Arc] = []
        self.rank = self._ranks()
        self.side = self._sides()
        self._chain()
        rows = max(node.row for node in self.nodes) + 1
        self.rows: list[list[int]] = [[] for _ in range(rows)]
        for at, node in enumerate(self.nodes):
            self.rows[node.row].append(at)
        self.up: dict[int, list[_Arc]] = {at: [] for at in range(len(self.nodes))}
        self.down: dict[int, list[_Arc]] = {at: [] for at in range(len(self.nodes))}
        for arc in self.arcs:
            self.up[arc.below].append(arc)
            self.down[arc.above].append(arc)
        self._order()
        self.x = self._places()

    # --- rows ---------------------------------------------------------------------------------------------------

    def _ranks(self) -> dict[str, int]:
        """The row of each box: links go down, and are as short as can be."""
        names = list(self.boxes)
        at = {name: index for index, name in enumerate(names)}
        forward = [link for link in self.links.values() if link.name not in self.back]
        if not forward:
            return dict.fromkeys(names, 0)
        cost = np.full(len(names), 1e-3)
        for link in forward:
            cost[at[link.to]] += 1
            cost[at[link.start]] -= 1
        apart = _Bounds()
        for link in forward:
            apart.at_most([(at[link.start], 1.0), (at[link.to], -1.0)], -1.0)
        found = apart.least(cost, [(0.0, float(len(names)))] * len(names))
        return {name: round(found[index]) for name, index in at.items()}

    def _sides(self) -> dict[str, int]:
        """On which side each loop goes up: left, unless two others are there already."""
        found: dict[str, int] = {}
        for name in sorted(self.back, key=lambda name: self.rank[self.links[name].start] - self.rank[self.links[name].to]):
            low, high = self.rank[self.links[name].to], self.rank[self.links[name].start]
            beside = {-1: 0, 1: 0}
            for other, side in found.items():
                if self.rank[self.links[other].to] <= high and low <= self.rank[self.links[other].start]:
                    beside[side] += 1
            found[name] = 1 if beside[-1] >= 2 and beside[1] < beside[-1] else -1
        return found

    def _node(self, key: tuple[str, ...], row: int, width: float = 0.0, height: float = 0.0, pinned: int = 0) -> int:
        if key not in self.index:
            self.index[key] = len(self.nodes)
            self.nodes.append(_Node(key, row, width, height, pinned))
        return self.index[key]

    def _chain(self) -> None:
        """Boxes stand in even rows, labels in odd ones just below where their link starts; bends where links pass."""
        for box in self._met():
            self._node(("box", box.name), 2 * self.rank[box.name], box.width, box.height)
            for link in self.links.values():
                if link.start != box.name:
                    continue
                row = 2 * self.rank[box.name] + 1
                label = self._node(("label", link.name), row, link.width, link.height, self.side.get(link.name, 0))
                self.arcs.append(_Arc(self.index["box", box.name], label, link.leaves, 1.0 if link.width else 6.0))
                if link.name in self.back:
                    continue
                before = label
                for passing in range(row + 1, 2 * self.rank[link.to]):
                    new = ("bend", link.to, str(passing)) not in self.index
                    bend = self._node(("bend", link.to, str(passing)), passing)
                    if new or before == label:
                        self.arcs.append(_Arc(before, bend, 0.0, 8.0))
                    before = bend
                    if not new and before != label:
                        break
                else:
                    target = self.boxes[link.to]
                    below = self._node(("box", link.to), 2 * self.rank[link.to], target.width, target.height)
                    if all((arc.above, arc.below) != (before, below) for arc in self.arcs):
                        self.arcs.append(_Arc(before, below, 0.0, 3.0))

    def _met(self) -> list[Box]:
        """The boxes in the order in which one meets them from the top, depth first."""
        found: dict[str, None] = {}
        on: dict[str, list[str]] = {name: [] for name in self.boxes}
        for link in self.links.values():
            on[link.start].append(link.to)
        for first in self.boxes:
            stack = [first]
            while stack:
                name = stack.pop()
                if name not in found:
                    found[name] = None
                    stack += reversed(on[name])
        return [self.boxes[name] for name in found]

    # --- order within rows --------------------------------------------------------------------------------------

    def _order(self) -> None:
        self._pin()
        best, least = [list(row) for row in self.rows], self._crossings()
        for turn in range(12):
            if not least:
                break
            downwards = turn % 2 == 0
            rows = range(1, len(self.rows)) if downwards else range(len(self.rows) - 2, -1, -1)
            for row in rows:
                self._sort(row, self.up if downwards else self.down, downwards)
            self._swap()
            if (count := self._crossings()) < least:
                best, least = [list(row) for row in self.rows], count
        self.rows = best

    def _pin(self) -> None:
        for row in self.rows:
            row.sort(key=lambda at: self.nodes[at].pinned)

    def _position(self, row: int) -> dict[int, float]:
        return {at: float(index) for index, at in enumerate(self.rows[row])}

    def _sort(self, row: int, arcs: Mapping[int, list[_Arc]], downwards: bool) -> None:
        beside = self._position(row - 1 if downwards else row + 1)
        kept = self._position(row)
        spread = max(len(beside), 1) / max(len(kept), 1)

        def weight(at: int) -> tuple[int, float]:
            ends = [beside[arc.above] + (0.2 if arc.leaves > 0 else 0) if downwards else beside[arc.below] for arc in arcs[at]]
            return self.nodes[at].pinned, sum(ends) / len(ends) if ends else kept[at] * spread

        self.rows[row].sort(key=weight)

    def _swap(self) -> None:
        for index, row in enumerate(self.rows):
            for left in range(len(row) - 1):
                if self.nodes[row[left]].pinned != self.nodes[row[left + 1]].pinned:
                    continue
                before = self._crossings(index)
                row[left], row[left + 1] = row[left + 1], row[left]
                if self._crossings(index) >= before:
                    row[left], row[left + 1] = row[left + 1], row[left]

    def _crossings(self, around: int | None = None) -> int:
        rows = range(len(self.rows) - 1) if around is None else range(max(around - 1, 0), min(around + 1, len(self.rows) - 1))
        count = 0
        for row in rows:
            above, below = self._position(row), self._position(row + 1)
            ends = [
                (above[arc.above] + (0.2 if arc.leaves > 0 else 0), below[arc.below])
                for at in self.rows[row]
                for arc in self.down[at]
            ]
            ends.sort()
            count += sum(a < c and b > d for i, (a, b) in enumerate(ends) for c, d in ends[i + 1 :])
        return count

    # --- places along rows --------------------------------------------------------------------------------------

    def _gap(self, left: _Node, right: _Node) -> float:
        boxes = left.key[0] == right.key[0] == "box"
        return (left.width + right.width) / 2 + (BETWEEN_BOXES if boxes else BETWEEN_OTHERS)

    def _places(self) -> list[float]:
        """Where the middle of each node stands: links as straight as can be, parents over their children."""
        count = len(self.nodes)
        terms: list[tuple[float, list[tuple[int, float]], float]] = []  # weight, what is 0 at best, and its constant
        for arc in self.arcs:
            terms.append((arc.weight, [(arc.above, 1.0), (arc.below, -1.0)], arc.leaves))
        for at, node in enumerate(self.nodes):
            for beside, weight in ((self.down[at], 0.6), (self.up[at], 0.4)):
                ends = [arc.below if arc.above == at else arc.above for arc in beside if not arc.leaves or arc.above != at]
                if node.key[0] == "box" and len(ends) > 1:
                    ends.sort(key=self.rows[self.nodes[ends[0]].row].index)
                    terms.append((weight, [(at, 1.0), (ends[0], -0.5), (ends[-1], -0.5)], 0.0))
        low, high, slack = count, count + 1, count + 2
        cost = np.zeros(slack + len(terms))
        cost[high], cost[low] = 0.05, -0.05
        bounds = _Bounds()
        for index, (weight, parts, constant) in enumerate(terms):
            cost[slack + index] = weight
            bounds.at_most([*parts, (slack + index, -1.0)], -constant)
            bounds.at_most([*((column, -value) for column, value in parts), (slack + index, -1.0)], constant)
        for row in self.rows:
            for left, right in pairwise(row):
                bounds.at_most([(left, 1.0), (right, -1.0)], -self._gap(self.nodes[left], self.nodes[right]))
            for at in row:
                half = self.nodes[at].width / 2
                bounds.at_most([(low, 1.0), (at, -1.0)], -half)
                bounds.at_most([(at, 1.0), (high, -1.0)], -half)
        free: list[tuple[float | None, float | None]] = [(None, None)] * slack + [(0.0, None)] * len(terms)
        free[low] = (0.0, 0.0)
        return [round(value, 2) for value in bounds.least(cost, free)[:count]]

    # --- tracks between rows ------------------------------------------------------------------------------------

    def _nets(self) -> tuple[list[dict[tuple[object, ...], _Net]], dict[str, tuple[_Net, _Net]]]:
        """The nets above each row, and below the last; for each loop the net it leaves and the one it comes back on."""
        nets: list[dict[tuple[object, ...], _Net]] = [{} for _ in range(len(self.rows) + 1)]
        for arc in self.arcs:
            row = self.nodes[arc.below].row
            key: tuple[object, ...] = ("from", arc.above, arc.leaves) if row % 2 else ("to", arc.below)
            net = nets[row].setdefault(key, _Net())
            for ends, x in ((net.above, self.x[arc.above] + arc.leaves), (net.below, self.x[arc.below])):
                if x not in ends:
                    ends.append(x)
        loops = {}
        for name, side in self.side.items():
            link = self.links[name]
            out = nets[2 * self.rank[link.start] + 2].setdefault(("loop", name), _Net())
            out.above.append(self.x[self.index["label", name]])
            home = nets[2 * self.rank[link.to]].setdefault(("to", self.index["box", link.to]), _Net())
            if (x := self.x[self.index["box", link.to]]) not in home.below:
                home.below.append(x)
            out.reach.add(side)
            home.reach.add(side)
            loops[name] = out, home
        for channel in nets:
            _levels([net for net in channel.values() if not net.is_straight])
        return nets, loops

    def drawing(self) -> Drawing:
        nets, loops = self._nets()
        tops, tracks = [], []
        y = 0.0
        for row, channel in enumerate(nets):
            levels = max((net.level + 1 for net in channel.values() if not net.is_straight), default=0)
            last = row == len(self.rows)
            pad, end = (11.0, 8.0) if row % 2 else (8.0, 16.0)
            if row == 0 or last:
                pad, end = (4.0, 14.0 if row == 0 else 4.0) if levels else (0.0, 0.0)
            tracks.append(y + pad)
            y += pad + TRACK * max(levels - 1, 0) + end
            tops.append(y)
            if not last:
                y += max((self.nodes[at].height for at in self.rows[row]), default=0.0)

        def track(row: int, net: _Net) -> float:
            return tracks[row] + TRACK * net.level

        def frame(key: tuple[str, ...]) -> Frame:
            at = self.index[key]
            node = self.nodes[at]
            return Frame(self.x[at] - node.width / 2, tops[node.row], node.width, node.height)

        boxes = {name: frame(("box", name)) for name in self.boxes}
        labels = {name: frame(("label", name)) for name in self.links}
        gutter, outer = self._gutters()
        routes = {name: self._route(name, nets, loops, boxes, labels, track, gutter) for name in self.links}
        places = {}
        for name in self.back:
            low, high = self.rank[self.links[name].to], self.rank[self.links[name].start]
            row = 2 * ((low + high + 1) // 2)
            height = max(self.nodes[at].height for at in self.rows[row])
            places[name] = gutter[name], tops[row] + height / 2
        shift = -outer[-1]

        def moved(frame: Frame) -> Frame:
            return Frame(frame.x + shift, frame.y, frame.width, frame.height)

        return Drawing(
            {name: moved(each) for name, each in boxes.items()},
            {name: moved(each) for name, each in labels.items()},
            {name: tuple((x + shift, y) for x, y in route) for name, route in routes.items()},
            {name: (x + shift, y) for name, (x, y) in places.items()},
            outer[1] + shift,
            y,
        )

    def _gutters(self) -> tuple[dict[str, float], dict[int, float]]:
        """Where each loop goes up, and how far the drawing reaches on either side; short loops stay close."""
        edges = {
            -1: min(self.x[at] - node.width / 2 for at, node in enumerate(self.nodes)),
            1: max(self.x[at] + node.width / 2 for at, node in enumerate(self.nodes)),
        }
        found: dict[str, float] = {}
        outer = dict(edges)
        for side in (-1, 1):
            tracks: list[list[str]] = []
            mine = [name for name, where in self.side.items() if where == side]
            for name in mine:
                low, high = self.rank[self.links[name].to], self.rank[self.links[name].start]
                for there in tracks:
                    if all(high < self.rank[self.links[o].to] or self.rank[self.links[o].start] < low for o in there):
                        there.append(name)
                        break
                else:
                    tracks.append([name])
            x = edges[side]
            for there in tracks:
                room = max(self.links[name].loop_width for name in there)
                x += side * (GUTTER + room / 2)
                found.update(dict.fromkeys(there, x))
                x += side * room / 2
            outer[side] = x + side * (2 if mine else 0)
        return found, outer

    def _route(
        self, name: str, nets: Sequence[Mapping[tuple[object, ...], _Net]], loops: Mapping[str, tuple[_Net, _Net]],
        boxes: Mapping[str, Frame], labels: Mapping[str, Frame], track: Callable[[int, _Net], float],
        gutter: Mapping[str, float],
    ) -> tuple[Point, ...]:  # fmt: skip
        link = self.links[name]
        start, label, target = boxes[link.start], labels[name], boxes[link.to]
        x, row = start.middle[0] + link.leaves, 2 * self.rank[link.start] + 1
        points = [(x, start.y + start.height)]

        def across(row: int, net: _Net, to: float) -> None:
            if abs(points[-1][0] - to) > 1e-6:
                y = track(row, net)
                points.extend([(points[-1][0], y), (to, y)])

        across(row, nets[row]["from", self.index["box", link.start], link.leaves], label.middle[0])
        if name in self.back:
            out, home = loops[name]
            across(row + 1, out, gutter[name])
            across(2 * self.rank[link.to], home, target.middle[0])
        else:
            for passing in range(row + 1, 2 * self.rank[link.to] + 1):
                is_last = passing == 2 * self.rank[link.to]
                at = self.index[("box", link.to) if is_last else ("bend", link.to, str(passing))]
                if passing % 2 == 0:
                    across(passing, nets[passing]["to", at], self.x[at])
                else:
                    above = self.index["bend", link.to, str(passing - 1)]
                    across(passing, nets[passing]["from", above, 0.0], self.x[at])
        return (*points, (points[-1][0], target.y))


def _levels(nets: list[_Net]) -> None:
    """Give each net its track, counted from above, so that few lines cross and none run on top of each other."""
    if len(nets) <= 6:
        order = min(permutations(nets), key=_cost) if len(nets) > 1 else tuple(nets)
    else:
        ordered = sorted(nets, key=lambda net: net.span)
        for _ in range(len(nets)):
            for at in range(len(ordered) - 1):
                pair = ordered[at : at + 2]
                if _cost(pair[::-1]) < _cost(pair):
                    ordered[at : at + 2] = pair[::-1]
        order = tuple(ordered)
    for at, net in enumerate(order):
        low, high = net.span
        beside = [other for other in order[:at] if other.span[0] < high + 12 and low < other.span[1] + 12]
        net.level = max((other.level + 1 for other in beside), default=0)


def _cost(order: Sequence[_Net]) -> float:
    cost = 0.0
    for at, upper in enumerate(order):
        for lower in order[at + 1 :]:
            cost += sum(lower.span[0] < x < lower.span[1] for x in upper.below)
            cost += sum(upper.span[0] < x < upper.span[1] for x in lower.above)
            cost += 50 * sum(abs(a - b) < 4 for a in upper.below for b in lower.above)
    return cost
