"""The pathway as a picture: steps from above to below, a lane for each track, loops at the side."""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import Literal

from ..protocol import Pathway, Step
from ..study import Study
from .layers import Box, Drawing, Frame, Link, Point, drawing, loops_among
from .lettering import lines, printable, width
from .wording import (
    Way,
    activity_label,
    in_sentence,
    loop_limit,
    name_in_words,
    notes,
    reactions,
    sentences,
    step_in_words,
    step_label,
    tracks,
    ways,
    within,
)  # fmt: skip

WIDE = 800.0
INK, GREY, PALE, ACCENT = "#1a1a1a", "#555555", "#c8c8c8", "#1f4e79"
TITLE, SMALL, LEADING = 12.5, 11.0, 14.0
SIZES = ((196.0, 116.0), (196.0, 92.0), (172.0, 92.0), (172.0, 76.0), (150.0, 84.0), (132.0, 72.0))
"""How wide boxes and the labels of links may be, the first that fits the page being taken."""
FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
PAD = 10.0
LANE_GAP = 34.0

Kind = Literal["step", "repeat", "question", "end", "start", "elsewhere"]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of letters in a box."""

    says: str
    style: Literal["title", "note", "decider", "mark"] = "note"
    above: float = 0.0
    ruled: bool = False

    @property
    def bold(self) -> bool:
        return self.style != "note"

    @property
    def size(self) -> float:
        return TITLE if self.style == "title" else SMALL


@dataclass(frozen=True, slots=True)
class _Node:
    """A step, or a mark where the pathway begins or goes on elsewhere."""

    name: str
    kind: Kind
    letters: tuple[_Line, ...]
    full: str
    to: str = ""
    decides: Literal["", "rule", "people"] = ""
    mark: bool = False

    @property
    def box(self) -> Box:
        sides = 2 * PAD + {"repeat": 4, "question": 16, "end": 10}.get(self.kind, 0)
        if self.kind in ("start", "elsewhere"):
            sides = 12
        wide = max(width(line.says, line.size, bold=line.bold) for line in self.letters)
        high = LEADING * len(self.letters) + (4 if self.kind in ("start", "elsewhere") else 12)
        high += sum(line.above for line in self.letters)
        high += (4 if self.kind == "repeat" else 0) + (12 if self.decides else 0)
        return Box(self.name, max(wide + sides, 20 if self.kind in ("start", "elsewhere") else 76), high)


@dataclass(frozen=True, slots=True)
class _Lane:
    """A track: what stands in it and how it is laid out."""

    label: str
    nodes: Mapping[str, _Node]
    ways: Mapping[str, Way]
    letters: Mapping[str, tuple[str, ...]]
    limits: Mapping[str, str]
    drawn: Drawing
    apart: bool = False


@dataclass(slots=True)
class _Canvas:
    """What is drawn: lines first, then boxes, then letters."""

    under: list[str] = field(default_factory=list)
    over: list[str] = field(default_factory=list)


def pathway_picture(study: Study, *, standing: Mapping[str, int | str] | None = None) -> str:
    """The pathway as SVG, complete in itself; empty where the study has none.

    Args:
        study: What was promised.
        standing: By step, how many participants entered it, or a few words about who stands there.
    """
    pathway = study.protocol.pathway
    if pathway is None or not pathway.steps:
        return ""
    lanes = _fitting(study, pathway, standing or {})
    canvas = _Canvas()
    y, wide = _placed(lanes, canvas)
    y = _legend(lanes, canvas, y, wide)
    y = _anywhere(study, canvas, y, wide)
    title = f"Pathway of {printable(study.protocol.title or study.protocol.study)}"
    told = " ".join(sentences(study))
    if standing:
        counts = (f"{step_label(study, name)}: {_mark(found)}" for name, found in standing.items())
        told += f" Where participants are. {'; '.join(counts)}."
    key = f"{zlib.crc32((title + told).encode()):08x}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {y:.0f}" width="{wide:.0f}" height="{y:.0f}" '
        f'role="img" aria-labelledby="pathway-title-{key} pathway-words-{key}" font-family="{FONT}" '
        f'font-size="{SMALL:g}" fill="{INK}">'
        f'<title id="pathway-title-{key}">{_text(title)}</title><desc id="pathway-words-{key}">{_text(told)}</desc>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(canvas.under)}{"".join(canvas.over)}</svg>'
    )


# --- what stands in a lane -------------------------------------------------------------------------------------------


def _fitting(study: Study, pathway: Pathway, standing: Mapping[str, int | str]) -> list[_Lane]:
    """The lanes, with boxes as wide as the page lets them be."""
    found: list[_Lane] = []
    for room, label_room in SIZES:
        found = _lanes(study, pathway, standing, room, label_room)
        if max(lane.drawn.width for lane in found) <= WIDE - 24 and (
            room == SIZES[-1][0] or len(found) == 1 or sum(lane.drawn.width + LANE_GAP for lane in found) <= WIDE or room < 160
        ):
            break
    return found


def _lanes(study: Study, pathway: Pathway, standing: Mapping[str, int | str], room: float, label_room: float) -> list[_Lane]:
    reached = within(study, (*pathway.starts.values(), *(each.to for each in pathway.anywhere if each.to)))
    found = []
    for track, names in tracks(study).items():
        for is_apart in (False, True):
            steps = [name for name in names if (name not in reached) is is_apart]
            if steps:
                found.append(_lane(study, pathway, track, steps, standing, room, label_room, is_apart))
    return found


def _lane(
    study: Study, pathway: Pathway, track: str, names: Sequence[str], standing: Mapping[str, int | str],
    room: float, label_room: float, is_apart: bool,
) -> _Lane:  # fmt: skip
    nodes: dict[str, _Node] = {}
    going: dict[str, Way] = {}

    def go(start: str, to: str, way: Way | None = None) -> None:
        going[f"{len(going)}"] = way or Way(start, to, "next")

    if not is_apart:
        begins = in_sentence(activity_label(study, pathway.begins))
        for started, start in pathway.starts.items():
            if start in names:
                key = f"begin:{started}"
                nodes[key] = _Node(key, "start", (_Line(f"from {begins}"),), f"The pathway begins with {begins}")
                go(key, start)
        met = within(study, pathway.starts.values())
        for index, each in enumerate(pathway.anywhere):
            if each.to in names and each.to not in met:
                key = f"on:{index}"
                says = f"on {in_sentence(activity_label(study, each.on))}, at any step"
                nodes[key] = _Node(key, "start", tuple(_Line(line) for line in lines(says, room, SMALL)), says)
                go(key, each.to)
                met |= within(study, [each.to])
    for name in names:
        step = pathway.steps[name]
        nodes[name] = _node(step, study, standing.get(name), room)
        for index, way in enumerate(ways(step, study)):
            if way.to in names:
                go(name, way.to, way)
                continue
            key = f"to:{name}:{index}"
            there = pathway.steps.get(way.to)
            where = (
                "no such step"
                if there is None
                else f"{name_in_words(there.track).lower()}"
                if there.track != track
                else "above"
            )
            says = f"to {step_label(study, way.to)} ({where})"
            nodes[key] = _Node(key, "elsewhere", tuple(_Line(line) for line in lines(says, label_room, SMALL)), says, way.to)
            go(name, key, replace(way, to=key))
    letters = {key: lines(way.says, label_room, SMALL, most=6) for key, way in going.items()}
    back = loops_among(nodes, [Link(key, way.start, way.to) for key, way in going.items()])
    limits = {key: _limit(way, study) for key, way in going.items() if key in back}
    drawn = drawing(
        [node.box for node in nodes.values()],
        [_link(key, way, letters[key], nodes[way.start].box.width, limits.get(key, "")) for key, way in going.items()],
    )
    return _Lane(name_in_words(track), nodes, going, letters, limits, drawn, is_apart)


def _link(key: str, way: Way, letters: Sequence[str], wide: float, limit: str) -> Link:
    size = max((width(line, SMALL) for line in letters), default=0.0)
    return Link(
        key, way.start, way.to, size + 6 if size else 0.0, LEADING * len(letters) + 2 if letters else 0.0,
        leaves=round(wide * 0.32) if way.kind == "timeout" else 0.0,
        loop_width=width(limit, SMALL) + 4 if limit else 0.0,
    )  # fmt: skip


def _limit(way: Way, study: Study) -> str:
    limit = loop_limit(way, study)
    return f"at most {limit} ×" if limit is not None else ""


def _capital(says: str) -> str:
    return says[:1].upper() + says[1:]


def _mark(found: int | str) -> str:
    return f"n = {found:,}" if isinstance(found, int) else printable(found)


def _node(step: Step, study: Study, standing: int | str | None, room: float) -> _Node:
    letters = [_Line(line, "title") for line in lines(step_label(study, step.name), room - 2 * PAD, TITLE, bold=True, most=4)]
    for note in notes(step, study):
        bold = note.kind == "decider"
        for index, line in enumerate(lines(_capital(note.says), room - 2 * PAD, SMALL, bold=bold, most=5)):
            ruled = note.kind == "guard" and index == 0
            letters.append(_Line(line, "decider" if bold else "note", 0 if index else 6 if ruled else 3, ruled))
    if standing is not None:
        letters += [_Line(line, "mark", 2) for line in lines(_mark(standing), room - 2 * PAD, SMALL, bold=True, most=2)]
    asks = bool(step.do or step.repeat)
    kind: Kind = "end" if step.end else "repeat" if step.repeat else "question" if step.decide and not asks else "step"
    decides: Literal["", "rule", "people"] = (
        "" if not step.decide else "rule" if step.by in ("rule", "randomiser") else "people"
    )
    return _Node(step.name, kind, tuple(letters), step_in_words(step, study), "", decides, isinstance(standing, str))


# --- drawing ---------------------------------------------------------------------------------------------------------


def _text(says: str) -> str:
    return escape(printable(says), quote=True)


def _placed(lanes: Sequence[_Lane], canvas: _Canvas) -> tuple[float, float]:
    """Draw the lanes beside each other where the page is wide enough, otherwise below each other."""
    main, others = [lane for lane in lanes if not lane.apart], [lane for lane in lanes if lane.apart]
    needed = sum(max(lane.drawn.width, 90) for lane in main) + LANE_GAP * (len(main) - 1) + 24
    wide = max(WIDE, 24 + max((lane.drawn.width for lane in lanes), default=0.0))
    beside = needed <= wide
    top = 26.0 if len(main) > 1 else 4.0
    y = top
    if beside and main:
        spare = (wide - needed) / len(main)
        x = 12.0
        for index, lane in enumerate(main):
            room = max(lane.drawn.width, 90) + spare
            _lane_drawn(lane, canvas, x + (room - lane.drawn.width) / 2, top)
            if len(main) > 1:
                canvas.over.append(_letters(x + room / 2, 15, lane.label, bold=True, colour=GREY))
            if index:
                at = x - LANE_GAP / 2
                high = max(each.drawn.height for each in main)
                canvas.under.append(f'<path d="M{at:.1f} 4V{top + high:.1f}" stroke="{PALE}" fill="none"/>')
            x += room + LANE_GAP
        y = top + max(lane.drawn.height for lane in main)
    else:
        y = 0.0
        for index, lane in enumerate(main):
            if index:
                canvas.under.append(f'<path d="M12 {y + 10:.1f}H{wide - 12:.1f}" stroke="{PALE}" fill="none"/>')
                y += 14
            canvas.over.append(_letters(12, y + 15, lane.label, bold=True, colour=GREY, anchor="start"))
            _lane_drawn(lane, canvas, (wide - lane.drawn.width) / 2, y + 26)
            y += 26 + lane.drawn.height
    for lane in others:
        canvas.under.append(f'<path d="M12 {y + 12:.1f}H{wide - 12:.1f}" stroke="{PALE}" fill="none" stroke-dasharray="2 3"/>')
        says = f"Never reached from the start ({lane.label.lower()})"
        canvas.over.append(_letters(12, y + 28, says, bold=True, colour=GREY, anchor="start"))
        _lane_drawn(lane, canvas, (wide - lane.drawn.width) / 2, y + 38)
        y += 38 + lane.drawn.height
    return y + 12, wide


def _letters(
    x: float, y: float, says: str, *, size: float = SMALL, bold: bool = False, colour: str = "", anchor: str = "middle"
) -> str:
    weight = ' font-weight="600"' if bold else ""
    fill = f' fill="{colour}"' if colour else ""
    sized = f' font-size="{size:g}"' if size != SMALL else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{sized}{weight}{fill}>{_text(says)}</text>'


def _lane_drawn(lane: _Lane, canvas: _Canvas, x: float, y: float) -> None:
    for key, way in lane.ways.items():
        route = [(px + x, py + y) for px, py in lane.drawn.routes[key]]
        target = lane.nodes[way.to].to or way.to
        kind = "loop" if key in lane.limits else way.kind
        said = f"{way.start} to {target}: {way.full or way.says or 'next'}"
        names = f'data-from="{_text(way.start)}" data-to="{_text(target)}"'
        canvas.under.append(
            f'<g class="way {kind}" {names}><title>{_text(said)}</title>{_line(route, way.kind == "timeout")}</g>'
        )
        canvas.over += _label(lane, key, x, y, said)
        if lane.limits.get(key):
            at_x, at_y = lane.drawn.loops[key]
            wide = width(lane.limits[key], SMALL) + 4
            canvas.over.append(_patch(at_x + x - wide / 2, at_y + y - 8, wide, 16))
            canvas.over.append(_letters(at_x + x, at_y + y + 4, lane.limits[key], colour=ACCENT, bold=True))
    for name, node in lane.nodes.items():
        frame = lane.drawn.boxes[name]
        canvas.over.append(_box(node, Frame(frame.x + x, frame.y + y, frame.width, frame.height), lane.apart))


def _label(lane: _Lane, key: str, x: float, y: float, said: str) -> list[str]:
    if not lane.letters[key]:
        return []
    frame, way = lane.drawn.labels[key], lane.ways[key]
    slanted = ' font-style="italic"' if way.kind in ("otherwise", "unknown", "timeout") else ""
    parts = [_patch(frame.x + x, frame.y + y, frame.width, frame.height)]
    for index, line in enumerate(lane.letters[key]):
        parts.append(_letters(frame.middle[0] + x, frame.y + y + 12 + LEADING * index, line))
    return [f'<g class="label"{slanted}><title>{_text(said)}</title>{"".join(parts)}</g>']


def _patch(x: float, y: float, wide: float, high: float) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="#ffffff"/>'


def _line(route: Sequence[Point], is_dashed: bool) -> str:
    """A line with round corners and its head; drawn from the head, so that dashes of lines that join fall together."""
    points = [(round(x) + 0.5, round(y) + 0.5) for x, y in reversed(route)]
    kept = [points[0]]
    for before, here, after in zip(points, points[1:], points[2:], strict=False):
        if not (before[0] == here[0] == after[0] or before[1] == here[1] == after[1]) and here != kept[-1]:
            kept.append(here)
    kept.append(points[-1])
    (head_x, head_y), path = kept[0], [f"M{kept[0][0]:g} {kept[0][1] - 6:g}"]
    for before, here, after in zip(kept, kept[1:], kept[2:], strict=False):
        radius = min(5.0, _far(before, here) / 2, _far(here, after) / 2)
        (ax, ay), (bx, by) = _towards(here, before, radius), _towards(here, after, radius)
        path.append(f"L{ax:g} {ay:g}Q{here[0]:g} {here[1]:g} {bx:g} {by:g}")
    path.append(f"L{kept[-1][0]:g} {kept[-1][1]:g}")
    dashes = ' stroke-dasharray="5 4"' if is_dashed else ""
    head = f"M{head_x:g} {head_y:g}l-3.6 -8h7.2z"
    return (
        f'<path d="{"".join(path)}" fill="none" stroke="{INK}" stroke-width="1"{dashes}/>'
        f'<path d="{head}" fill="{INK}" stroke="none"/>'
    )


def _far(a: Point, b: Point) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def _towards(a: Point, b: Point, distance: float) -> Point:
    far = _far(a, b)
    part = distance / far if far else 0.0
    return round(a[0] + (b[0] - a[0]) * part, 2), round(a[1] + (b[1] - a[1]) * part, 2)


def _box(node: _Node, frame: Frame, is_apart: bool) -> str:
    x, y, wide, high = round(frame.x) + 0.5, round(frame.y) + 0.5, round(frame.width), round(frame.height)
    colour, thick = (ACCENT, 2) if node.mark else (INK, 1)
    line = f'fill="#ffffff" stroke="{colour}" stroke-width="{thick}"' + (' stroke-dasharray="3 3"' if is_apart else "")
    parts = []
    middle = x + wide / 2
    if node.decides:
        high -= 8
    match node.kind:
        case "start" | "elsewhere":
            parts.append(_patch(x, y, wide, high))
        case "repeat":
            wide, high = wide - 4, high - 4
            parts.append(f'<rect x="{x + 4:g}" y="{y + 4:g}" width="{wide:g}" height="{high:g}" rx="2" {line}/>')
            parts.append(f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" rx="2" {line}/>')
        case "end":
            parts.append(f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" rx="{min(high / 2, 16):g}" {line}/>')
            inner = f'height="{high - 6:g}" fill="none" stroke="{colour}" stroke-width="0.8"'
            parts.append(f'<rect x="{x + 3:g}" y="{y + 3:g}" width="{wide - 6:g}" rx="{min(high / 2 - 3, 13):g}" {inner}/>')
        case "question":
            right, half = x + wide - 9, high / 2
            ends = f"M{x + 9:g} {y:g}H{right:g}l9 {half:g}L{right:g} {y + high:g}H{x + 9:g}l-9 {-half:g}Z"
            parts.append(f'<path d="{ends}" {line}/>')
        case "step":
            parts.append(f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="{high:g}" rx="2" {line}/>')
    if node.decides:
        parts.append(_diamond(middle, y + high, node.decides == "people"))
    top = y + (2 if node.kind in ("start", "elsewhere") else 6)
    centre = x + wide / 2
    for letter in node.letters:
        if letter.ruled:
            parts.append(f'<path d="M{x:g} {top + 4:g}h{wide:g}" stroke="{INK}" stroke-dasharray="1.5 2.5" fill="none"/>')
        top += letter.above
        shade = {"title": "", "note": "#333333", "decider": ACCENT, "mark": ACCENT}[letter.style]
        parts.append(_letters(centre, top + 11, letter.says, size=letter.size, bold=letter.bold, colour=shade))
        top += LEADING
    told = f"<title>{_text(node.full)}</title>"
    return f'<g class="step {node.kind}" data-step="{_text(node.name)}">{told}{"".join(parts)}</g>'


def _diamond(x: float, y: float, by_people: bool) -> str:
    fill = ACCENT if by_people else "#ffffff"
    return f'<path d="M{x:g} {y - 7:g}l7 7l-7 7l-7 -7z" fill="{fill}" stroke="{ACCENT if by_people else INK}"/>'


# --- beneath ---------------------------------------------------------------------------------------------------------


def _legend(lanes: Sequence[_Lane], canvas: _Canvas, y: float, wide: float) -> float:
    """What the signs mean: those that occur."""
    nodes = [node for lane in lanes for node in lane.nodes.values()]
    kinds = {node.kind for node in nodes}
    box = f'fill="#ffffff" stroke="{INK}"'
    signs = [
        (any(n.kind == "repeat" for n in nodes),
         f'<rect x="4" y="-6" width="18" height="10" {box}/><rect x="0" y="-10" width="18" height="10" {box}/>',
         "done several times"),
        (any(n.decides == "rule" for n in nodes), _diamond(11, -4, False), "decided by rule"),
        (any(n.decides == "people" for n in nodes), _diamond(11, -4, True), "decided by people"),
        (any(line.ruled for n in nodes for line in n.letters),
         f'<rect x="0" y="-10" width="22" height="14" {box}/>'
         f'<path d="M0 -3h22" stroke="{INK}" stroke-dasharray="1.5 2.5"/>',
         "waits until it holds"),
        (any(way.kind == "timeout" for lane in lanes for way in lane.ways.values()),
         f'<path d="M0 -4h22" stroke="{INK}" stroke-dasharray="5 4"/>', "not met in time"),
        ("end" in kinds,
         f'<rect x="0" y="-10" width="22" height="13" rx="6.5" {box}/><rect x="2.5" y="-7.5" width="17" height="8" '
         f'rx="4" fill="none" stroke="{INK}" stroke-width="0.8"/>', "end of the track"),
    ]  # fmt: skip
    shown = [(sign, says) for is_used, sign, says in signs if is_used]
    if not shown:
        return y
    canvas.under.append(f'<path d="M12 {y + 2:.1f}H{wide - 12:.1f}" stroke="{PALE}" fill="none"/>')
    x, y = 12.5, y + 22.5
    for sign, says in shown:
        room = 30 + width(says, SMALL)
        if x + room > wide - 12:
            x, y = 12.5, y + 20
        canvas.over.append(
            f'<g transform="translate({x:g} {y:g})">{sign}{_letters(29, 0, says, colour=GREY, anchor="start")}</g>'
        )
        x += room + 16
    return y + 12


def _anywhere(study: Study, canvas: _Canvas, y: float, wide: float) -> float:
    """What events do wherever the participant stands."""
    y += 12
    canvas.over.append(_letters(12, y, "Wherever the participant stands", bold=True, colour=GREY, anchor="start"))
    y += 3
    for said in reactions(study):
        for index, line in enumerate(lines(said, wide - 44, SMALL, most=4)):
            y += LEADING
            canvas.over.append(_letters(24 + 8 * bool(index), y, line, anchor="start"))
    return y + 20
