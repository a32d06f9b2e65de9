"""How participants flowed through a study, as a picture: who came, who left and why, arm by arm.

A trial is told in the words of CONSORT, an observational study in those of STROBE.

Source:
    Schulz, Altman and Moher (2010), CONSORT 2010 statement, figure 1; von Elm et al. (2007), Lancet 370:1453-1457
    (STROBE), item 13.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from ..analysis.flow import ArmFlow, Flow
from .lettering import lines, printable
from .page import watermarked

WIDE = 800.0
INK, GREY = "#1a1a1a", "#555555"
FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"
SIZE, LEADING, PAD, GAP = 12.0, 15.5, 9.0, 26.0
MOST_REASONS = 6


@dataclass(frozen=True, slots=True)
class Wording:
    """What a statement on reporting calls those who come and those who stay."""

    screened: str
    left_out: str
    joined: str


CONSORT = Wording("Screened", "Not enrolled", "Enrolled")
STROBE = Wording("Examined for eligibility", "Not included", "Included")


@dataclass(frozen=True, slots=True)
class _Box:
    """A box: its middle, its top, its width and its lines, the first in bold."""

    x: float
    y: float
    wide: float
    says: tuple[str, ...]

    @property
    def high(self) -> float:
        return LEADING * len(self.says) + 2 * PAD - 3

    @property
    def foot(self) -> float:
        return self.y + self.high


def flow_picture(found: Flow, *, by_arm: bool = True, virtual: bool = False, observed: bool = False) -> str:
    """The flow as SVG, complete in itself.

    Args:
        found: The counts.
        by_arm: Whether arms stand apart after allocation.
        virtual: Whether the participants were drawn; then the picture says so.
        observed: Whether it is an observational study, which includes and does not enrol.
    """
    svg = _drawn(found, by_arm, STROBE if observed else CONSORT)
    return watermarked(svg) if virtual else svg


def flow_in_words(found: Flow, *, by_arm: bool = True, observed: bool = False) -> str:
    """The flow in words."""
    told = STROBE if observed else CONSORT
    said = [f"{found.screened} {told.screened.lower()}, {found.enrolled} {told.joined.lower()}"]
    said += [f"{count} {why}" for why, count in found.excluded]
    if found.arms and found.randomised:
        said.append(f"{found.randomised} {'randomised' if found.is_randomised else 'assigned'}")
    if by_arm:
        said += [
            f"{arm.label}: {arm.allocated} allocated, "
            f"{'an unknown number' if arm.received is None else arm.received} received it, {arm.withdrew} "
            f"withdrew, {arm.died} died, "
            f"{arm.analysed} analysed"
            for arm in found.arms
        ]
    else:
        analysed = "" if found.analysed is None else f", {found.analysed} analysed"
        said.append(f"{found.withdrew} withdrew, {found.died} died{analysed}")
    return printable("; ".join(said) + ".")


def _drawn(found: Flow, by_arm: bool, told: Wording) -> str:
    drawn: list[str] = []
    split = by_arm and bool(found.arms)
    middle = WIDE / 2
    many = max(len(found.arms), 1)
    spare = 16.0
    room = min(240.0, (WIDE - spare * (many - 1)) / many) if split else 240.0
    trunk = 220.0

    def box(x: float, y: float, wide: float, says: Sequence[str]) -> _Box:
        fitted: list[str] = []
        for index, one in enumerate(says):
            broken = lines(printable(one), wide - 2 * PAD, SIZE, bold=index == 0, most=3)
            fitted += [broken[0], *(f"\u2003{more}" if index else more for more in broken[1:])]
        made = _Box(x, y, wide, tuple(fitted))
        drawn.append(
            f'<rect x="{x - wide / 2:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{made.high:.1f}" '
            f'fill="#ffffff" stroke="{INK}"/>'
        )
        bold = len(lines(printable(says[0]), wide - 2 * PAD, SIZE, bold=True, most=3))
        for index, line in enumerate(made.says):
            weight = ' font-weight="600"' if index < bold else ""
            drawn.append(
                f'<text x="{x - wide / 2 + PAD:.1f}" y="{y + PAD + LEADING * (index + 0.72):.1f}"{weight}>{escape(line)}</text>'
            )
        return made

    def down(x: float, top: float, foot: float) -> None:
        drawn.append(f'<path d="M{x:.1f} {top:.1f}V{foot - 1:.1f}" fill="none" stroke="{INK}" marker-end="url(#arrow)"/>')

    def aside(top: float, says: Sequence[str]) -> float:
        """A box beside the trunk; its foot."""
        wide = 250.0
        made = box(middle + trunk / 2 + 24 + wide / 2, top, wide, says)
        at = (made.y + made.foot) / 2
        drawn.append(
            f'<path d="M{middle:.1f} {at:.1f}H{made.x - wide / 2 - 1:.1f}" fill="none" stroke="{INK}" '
            'marker-end="url(#arrow)"/>'
        )
        return made.foot

    last = box(middle, 2, trunk, [f"{told.screened}: {found.screened}"])
    out = found.screened - found.enrolled
    foot = last.foot
    if out:
        reasons = [f"{why}: {count}" for why, count in found.excluded[:MOST_REASONS]]
        if len(found.excluded) > MOST_REASONS:
            reasons.append(f"other reasons: {sum(count for _, count in found.excluded[MOST_REASONS:])}")
        foot = aside(foot + GAP / 2, [f"{told.left_out}: {out}", *reasons])
    enrolled = box(middle, max(last.foot + GAP, foot + GAP / 2), trunk, [f"{told.joined}: {found.enrolled}"])
    down(middle, last.foot, enrolled.y)
    last, foot = enrolled, enrolled.foot
    if found.arms and found.randomised:
        if found.unallocated:
            foot = aside(foot + GAP / 2, [f"In no arm: {found.unallocated}"])
        word = "Randomised" if found.is_randomised else "Assigned"
        made = box(middle, max(last.foot + GAP, foot + GAP / 2), trunk, [f"{word}: {found.randomised}"])
        down(middle, last.foot, made.y)
        last = made
    foot = last.foot
    if split and found.randomised:
        foot = _arms(found, box, down, drawn, last, room, spare)
    else:
        follow = box(middle, foot + GAP, room, ["Follow-up", f"withdrew: {found.withdrew}", f"died: {found.died}"])
        down(middle, last.foot, follow.y)
        foot = follow.foot
        if found.analysed is not None:
            end = box(middle, follow.foot + GAP, room, _analysed(found.analysed, found.endpoint))
            down(middle, follow.foot, end.y)
            foot = end.foot
    high = foot + 18  # room for the words under a virtual figure
    marker = (
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0 0.8L7.4 4L0 7.2z" fill="{INK}"/></marker></defs>'
    )
    alt = escape(flow_in_words(found, by_arm=by_arm, observed=told is STROBE), quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{alt}" viewBox="0 0 {WIDE:.0f} {high:.0f}" '
        f'width="{WIDE:.0f}" height="{high:.0f}" font-family="{FONT}" font-size="{SIZE:g}" '
        f'fill="{INK}">{marker}{"".join(drawn)}</svg>'
    )


def _arms(
    found: Flow, box: Callable[[float, float, float, Sequence[str]], _Box], down: Callable[[float, float, float], None],
    drawn: list[str], last: _Box, room: float, spare: float,
) -> float:  # fmt: skip
    """The arms side by side, each row of boxes at one height; the foot of the lowest."""
    many = len(found.arms)
    start = WIDE / 2 - (room + spare) * (many - 1) / 2
    xs = [start + index * (room + spare) for index in range(many)]
    bar = last.foot + GAP / 2
    drawn.append(
        f'<path d="M{WIDE / 2:.1f} {last.foot:.1f}V{bar:.1f}M{xs[0]:.1f} {bar:.1f}H{xs[-1]:.1f}" fill="none" stroke="{INK}"/>'
    )
    top, feet = bar, [bar] * many
    rows: list[list[tuple[str, ...]]] = [
        [(arm.label, f"allocated: {arm.allocated}", *_received(arm)) for arm in found.arms],
        [("Follow-up", f"withdrew: {arm.withdrew}", f"died: {arm.died}") for arm in found.arms],
        [_analysed(arm.analysed, found.endpoint) for arm in found.arms],
    ]  # fmt: skip
    for row in rows:
        at = top + (GAP / 2 if row is rows[0] else GAP)
        made = [box(x, at, room, says) for x, says in zip(xs, row, strict=True)]
        for x, foot, one in zip(xs, feet, made, strict=True):
            down(x, foot, one.y)
        feet = [one.foot for one in made]
        top = max(feet)
    return top


def _received(arm: ArmFlow) -> tuple[str, ...]:
    if arm.received is None:
        return ("received it: not recorded",)
    lacking = arm.allocated - arm.received
    return (f"received it: {arm.received}", *((f"did not: {lacking}",) if lacking else ()))


def _analysed(count: int, endpoint: str) -> tuple[str, ...]:
    return (f"Analysed: {count}", endpoint) if endpoint else (f"Analysed: {count}",)
