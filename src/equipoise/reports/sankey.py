"""A picture of the flow through a pathway: from top to bottom, each step as wide as the share of participants who reach it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .lettering import lines, width
from .strokes import GREY, INK, framed, text

WIDE, BAND, ROW, NODE = 720.0, 430.0, 78.0, 12.0
"""The picture's width, that of all participants together, the distance of rows, the height of a step."""
GAP, ROOM, LETTERS = 16.0, 132.0, 10.5
INKS = ("#1f4e79", "#d9903d", "#6f9a4a", "#9a6bb0", "#8a8a8a")
LEAST, MOST_ROWS = (0.005, 0.01, 0.02, 0.05, 0.1), 20
"""Flows of a smaller share of participants are not drawn: the first of these with which so many rows hold them all."""
LANE = "\N{RIGHTWARDS ARROW} "

Stay = tuple[str, int]
"""A step, and the how-manieth stay at it."""
Ways = Sequence[tuple[tuple[str, ...], Sequence[tuple[str, int]]]]


@dataclass(frozen=True, slots=True)
class Flowed:
    """How many of each arm go from one stay to the next; `ended` those who go no further."""

    everybody: int
    links: Mapping[tuple[Stay, Stay], Mapping[str, int]]
    stays: Mapping[Stay, Mapping[str, int]]
    ended: Mapping[Stay, int]


def flowed(ways: Ways, everybody: int) -> Flowed:
    """The flow that ways add up to.

    >>> flowed([(("a", "b"), (("x", 3),)), (("a",), (("x", 1),))], 4).links
    {(('a', 1), ('b', 1)): {'x': 3}}
    """
    links: dict[tuple[Stay, Stay], dict[str, int]] = {}
    stays: dict[Stay, dict[str, int]] = {}
    ended: dict[Stay, int] = {}
    for steps, arms in ways:
        seen: dict[str, int] = {}
        places: list[Stay] = []
        for step in steps:
            seen[step] = seen.get(step, 0) + 1
            places.append((step, seen[step]))
        for arm, count in arms:
            for stay in places:
                held = stays.setdefault(stay, {})
                held[arm] = held.get(arm, 0) + count
            for pair in pairwise(places):
                here = links.setdefault(pair, {})
                here[arm] = here.get(arm, 0) + count
            if places:
                ended[places[-1]] = ended.get(places[-1], 0) + count
    return Flowed(everybody, links, stays, ended)


def rows(flow: Flowed) -> list[list[Stay]]:
    """The stays in rows: each below all those that lead to it, so far as they do not lead in a circle."""
    before: dict[Stay, list[Stay]] = {stay: [] for stay in flow.stays}
    for one, other in flow.links:
        before[other].append(one)
    depth: dict[Stay, int] = {}

    def deep(stay: Stay, above: tuple[Stay, ...]) -> int:
        if stay in depth:
            return depth[stay]
        found = max((deep(each, (*above, stay)) + 1 for each in before[stay] if each not in above and each != stay), default=0)
        if not above:
            depth[stay] = found
        return found

    for stay in flow.stays:
        deep(stay, ())
    made: list[list[Stay]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for stay, row in depth.items():
        made[row].append(stay)
    return [each for each in made if each]


def sankey(ways: Ways, everybody: int, *, arms: Sequence[tuple[str, str]], labels: Mapping[str, str], alt: str) -> str:
    """The flow through the pathway as a picture.

    Args:
        ways: The ways, each with how many of each arm took it.
        everybody: How many participants there are.
        arms: The arms, and what people call them; the colours' order.
        labels: What people call the steps.
        alt: The words that stand for the picture.
    """
    flow = _without_the_rare(flowed(ways, everybody), least(ways, everybody), starts(ways))
    order = [name for name, _ in arms]
    placed = rows(flow)
    flow = _with_lanes(flow, placed)
    left: dict[Stay, float] = {}
    wide = WIDE
    for number, row in enumerate(placed):
        row.sort(
            key=lambda stay: (round(_pull(stay, flow, left)), _leaning(stay, flow, order), stay) if number else (0, 0.0, stay)
        )
        slots = [_slot(stay, flow, labels) for stay in row]
        whole = sum(slots) + GAP * (len(slots) - 1)
        wide = max(wide, whole + 20)
        at = (WIDE - whole) / 2 if whole < WIDE else 10.0
        for stay, slot in zip(row, slots, strict=True):
            left[stay] = at + (slot - _wide(sum(flow.stays[stay].values()), flow)) / 2
            at += slot + GAP
    top = {stay: 56.0 + number * ROW for number, row in enumerate(placed) for stay in row}
    drawn = [*_bands(flow, left, top, order), *_nodes(flow, placed, left, top, labels)]
    at = 10.0
    for (_, name), ink in zip(arms, INKS, strict=False):
        if len(arms) > 1:
            drawn.append(f'<rect x="{at:.1f}" y="8" width="16" height="10" fill="{ink}" fill-opacity="0.6"/>')
            drawn.append(text(at + 22, 17, name, size=10.5, room=250))
            at += 44 + min(width(name, 10.5), 250)
    high = 56.0 + (len(placed) - 1) * ROW + NODE + 26
    return framed(drawn, wide, high, alt)


def least(ways: Ways, everybody: int) -> float:
    """The share of participants below which a flow is not drawn: more is left out where a pathway goes round and round."""
    flow = flowed(ways, everybody)
    for share in LEAST:
        if len(rows(_without_the_rare(flow, share, starts(ways)))) <= MOST_ROWS:
            return share
    return LEAST[-1]


def starts(ways: Ways) -> frozenset[Stay]:
    """Where ways begin."""
    return frozenset((steps[0], 1) for steps, _ in ways if steps)


def _without_the_rare(flow: Flowed, share: float, begins: frozenset[Stay]) -> Flowed:
    """The flow without its rare parts, and without what hangs on nothing then."""
    enough = share * flow.everybody
    links = {pair: held for pair, held in flow.links.items() if sum(held.values()) >= enough}
    reached = {stay for stay in begins if stay in flow.stays and sum(flow.stays[stay].values()) >= enough}
    found = list(reached)
    while found:
        here = found.pop()
        for one, other in links:
            if one == here and other not in reached:
                reached.add(other)
                found.append(other)
    links = {pair: held for pair, held in links.items() if pair[0] in reached}
    return Flowed(flow.everybody, links, {stay: held for stay, held in flow.stays.items() if stay in reached}, flow.ended)


def _with_lanes(flow: Flowed, placed: list[list[Stay]]) -> Flowed:
    """The flow with a lane in each row that a band only passes, so that it passes beside the steps there; rows get the lanes."""
    at = {stay: number for number, row in enumerate(placed) for stay in row}
    links: dict[tuple[Stay, Stay], Mapping[str, int]] = {}
    stays = dict(flow.stays)
    for (one, other), held in flow.links.items():
        if at[other] <= at[one] + 1:
            links[one, other] = held
            continue
        before = one
        for number in range(at[one] + 1, at[other]):
            lane = (f"{LANE}{one[0]} {one[1]} {other[0]} {other[1]}", number)
            stays[lane] = held
            placed[number].append(lane)
            links[before, lane] = held
            before = lane
        links[before, other] = held
    return Flowed(flow.everybody, links, stays, flow.ended)


def _leaning(stay: Stay, flow: Flowed, order: Sequence[str]) -> float:
    """Which arms those at a stay are of, by their order."""
    held = flow.stays[stay]
    places = [(order.index(arm) if arm in order else len(order), count) for arm, count in held.items()]
    return sum(place * count for place, count in places) / sum(held.values())


def _wide(count: int, flow: Flowed) -> float:
    return max(count / flow.everybody * BAND, 1.0)


def _slot(stay: Stay, flow: Flowed, labels: Mapping[str, str]) -> float:
    if stay[0].startswith(LANE):
        return _wide(sum(flow.stays[stay].values()), flow)
    said = _label(stay, labels)
    return max(_wide(sum(flow.stays[stay].values()), flow), min(width(said, LETTERS), ROOM) + 6)


def _label(stay: Stay, labels: Mapping[str, str]) -> str:
    step, number = stay
    said = labels.get(step, step.replace("_", " ").capitalize())
    return said if number == 1 else f"{said} ({number})"


def _pull(stay: Stay, flow: Flowed, left: Mapping[Stay, float]) -> float:
    """Where what leads to a stay lies, so that bands cross little."""
    found = [(left[one], sum(held.values())) for (one, other), held in flow.links.items() if other == stay and one in left]
    return sum(x * many for x, many in found) / sum(many for _, many in found) if found else WIDE / 2


def _bands(flow: Flowed, left: Mapping[Stay, float], top: Mapping[Stay, float], order: Sequence[str]) -> list[str]:
    drawn = []
    out, into = dict(left), dict(left)
    for stay, x in left.items():
        if stay[0].startswith(LANE):
            drawn += [_strip(arm, x + at, top[stay], many, order) for arm, at, many in _parts(flow.stays[stay], flow, order)]
    middle = {stay: x + _wide(sum(flow.stays[stay].values()), flow) / 2 for stay, x in left.items()}
    pairs = sorted(flow.links, key=lambda pair: (top[pair[0]], left[pair[0]], middle[pair[1]], left[pair[1]]))
    starts: dict[tuple[Stay, Stay, str], float] = {}
    for pair in pairs:
        for arm in _sorted(flow.links[pair], order):
            starts[(*pair, arm)] = out[pair[0]]
            out[pair[0]] += _exact(flow.links[pair][arm], flow)
    for pair in sorted(pairs, key=lambda pair: (top[pair[1]], left[pair[1]], middle[pair[0]], left[pair[0]])):
        for arm in _sorted(flow.links[pair], order):
            many = _exact(flow.links[pair][arm], flow)
            a, b = starts[(*pair, arm)], into[pair[1]]
            into[pair[1]] += many
            y, z = top[pair[0]] + NODE, top[pair[1]]
            bend = (z - y) * 0.5
            told = (
                f"M{a:.1f} {y:.1f}C{a:.1f} {y + bend:.1f} {b:.1f} {z - bend:.1f} {b:.1f} {z:.1f}H{b + many:.1f}"
                f"C{b + many:.1f} {z - bend:.1f} {a + many:.1f} {y + bend:.1f} {a + many:.1f} {y:.1f}Z"
            )
            drawn.append(f'<path d="{told}" fill="{_ink(arm, order)}" fill-opacity="0.45"/>')
    return drawn


def _parts(held: Mapping[str, int], flow: Flowed, order: Sequence[str]) -> list[tuple[str, float, float]]:
    """Each arm of those held: where its part begins, and how wide it is."""
    found, at = [], 0.0
    for arm in _sorted(held, order):
        found.append((arm, at, _exact(held[arm], flow)))
        at += _exact(held[arm], flow)
    return found


def _strip(arm: str, x: float, y: float, wide: float, order: Sequence[str]) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{NODE:g}" fill="{_ink(arm, order)}" fill-opacity="0.45"/>'


def _exact(count: int, flow: Flowed) -> float:
    return count / flow.everybody * BAND


def _sorted(held: Mapping[str, int], order: Sequence[str]) -> list[str]:
    return sorted(held, key=lambda arm: (order.index(arm) if arm in order else len(order), arm))


def _ink(arm: str, order: Sequence[str]) -> str:
    return INKS[order.index(arm)] if arm in order[: len(INKS)] else INKS[-1]


def _nodes(
    flow: Flowed, placed: Sequence[Sequence[Stay]], left: Mapping[Stay, float], top: Mapping[Stay, float],
    labels: Mapping[str, str],
) -> list[str]:  # fmt: skip
    drawn = []
    goes_on = {one for one, _ in flow.links}
    for row in placed:
        for stay in row:
            count = sum(flow.stays[stay].values())
            if stay[0].startswith(LANE):
                continue
            wide, middle = _wide(count, flow), left[stay] + _wide(count, flow) / 2
            drawn.append(f'<rect x="{left[stay]:.1f}" y="{top[stay]:.1f}" width="{wide:.1f}" height="{NODE:g}" fill="{INK}"/>')
            said = lines(_label(stay, labels), max(ROOM, wide), LETTERS, most=2)
            share = f"{100 * count / flow.everybody:.0f} %"
            ends = 100 * flow.ended.get(stay, 0) / flow.everybody
            if stay in goes_on and ends >= 1:
                share += f", {ends:.0f} % go no further"
            base = top[stay] - 5 - 11.5 * len(said)
            for number, line in enumerate((*said, share)):
                last = number == len(said)
                drawn.append(_halo(middle, base + 11.5 * number, line, ink=GREY if last else INK, bold=not last))
    return drawn


def _halo(x: float, y: float, says: str, *, ink: str, bold: bool) -> str:
    """Letters that can be read where bands pass behind them."""
    plain = text(x, y, says, size=LETTERS, anchor="middle", ink=ink, bold=bold)
    behind = plain.replace("<text ", '<text stroke="#ffffff" stroke-width="3" stroke-linejoin="round" aria-hidden="true" ', 1)
    return behind + plain
