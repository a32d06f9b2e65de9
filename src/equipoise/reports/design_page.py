"""The page of what a trial as planned can find: for each comparison its power, what it would take, and its looks.

Powers are drawn over the number of participants, with the planned number marked. Looks are drawn as boundaries of the
statistic, with the chances to have stopped by each beside them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..prospects import Look, Prospect
from ..prospects.words import called, months, percent
from ..study import Study
from .lettering import width
from .page import Entry, Figure, Listing, Section, Table, Text, page
from .strokes import GREY, INK, PALE, framed, mark, path, round_steps, text

WIDE, HIGH = 720.0, 300.0
BLUE, ORANGE = "#1f4e79", "#b35806"
TOP_Z = 6.0
"""Boundaries higher than this are drawn at it."""


def design_page(study: Study, found: Sequence[Prospect]) -> str:
    """What each comparison of a study can find, as HTML."""
    from ..analysis import software  # with all its methods

    protocol = study.protocol
    told = [each for each in found if each.says]
    silent = [each for each in found if not each.says]
    sections = [_section(each, study) for each in told]
    if silent:
        entries = tuple(Entry(each.label, each.cannot) for each in silent)
        sections.append(Section("What has no power to tell", (Listing(entries),)))
    if not found:
        sections.append(Section("No analyses", (Text("The study declares none: there is nothing to tell the power of."),)))
    people = protocol.design.enrolment
    facts = [("Participants planned", str(people) if people is not None else "not said")]
    if protocol.arms:
        facts.append(("Arms", "; ".join(called(each, study) for each in protocol.arms)))
    primary = next((each.headline for each in found if each.is_primary), "")
    return page(
        f"{protocol.title or protocol.study}: the design", sections, virtual=False, lead=primary, facts=facts, foot=software()
    )


def _section(each: Prospect, study: Study) -> Section:
    against = " against ".join(called(name, study) for name in each.compared)
    role = "primary endpoint" if each.is_primary else "not a primary endpoint"
    parts: list[Text | Listing | Table | Figure | Section] = [Text(f"{against} ({role})", "note")]
    low = each.power is not None and each.power < each.wanted
    parts += [Text(sentence, "warning" if low and not rank else "plain") for rank, sentence in enumerate(each.says)]
    if each.cannot:
        parts.append(Text(each.cannot, "warning"))
    if each.needed:
        parts.append(_needed(each))
    if each.powers:
        parts.append(Figure(_powers(each), _powers_told(each), "Power by number of participants.", of_data=False))
    if each.looks:
        parts.append(_looks(each))
        parts.append(Figure(boundaries(each.looks, _looks_told(each)), _looks_told(each), "Boundaries of the looks, and how likely the trial is to stop by each.", of_data=False))  # fmt: skip
    if each.rests_on:
        parts.append(Listing(tuple(Entry(sentence) for sentence in each.rests_on)))
    return Section(each.label, tuple(parts))


def _needed(each: Prospect) -> Table:
    names = list(dict.fromkeys(name for one in each.needed for name in one.by_other_formulas))
    has_events = any(one.events is not None for one in each.needed)
    far = {one.power: one for one in each.detectable}
    head = ["Power", "Participants", *(["Events"] if has_events else []), *(f"By {name}" for name in names)]
    if far:
        head.append(f"The {each.measure} that {each.participants} find")
    rows = []
    for one in each.needed:
        row = [percent(one.power), str(one.participants)]
        row += [f"{one.events:.0f}" if one.events is not None else ""] if has_events else []
        row += [str(one.by_other_formulas.get(name, "")) for name in names]
        row += [f"{far[one.power].effect:.3g}" if one.power in far else "not found"] if far else []
        rows.append(tuple(row))
    return Table("What each power takes", tuple(head), tuple(rows), align="right")


def _looks(each: Prospect) -> Table:
    futile = any(look.below is not None for look in each.looks)
    head = ["Look", "Month", "Events", "Claim above", "One-sided level", "Estimate there", *(["Give up below"] if futile else []),
            "Claimed by then", *(["Given up by then"] if futile else []), "Claimed if there is no effect"]  # fmt: skip
    rows = []
    for look in each.looks:
        row = [percent(look.share), _number(look.month, ".1f"), _number(look.events, ".0f"), f"{look.above:.3f}", f"{look.level:.5f}",
               f"{look.effect:.2f}"]  # fmt: skip
        row += [f"{look.below:.3f}" if look.below is not None else ""] if futile else []
        row += [percent(look.found), *([percent(look.given_up)] if futile else []), f"{100 * look.falsely:.2f} %"]
        rows.append(tuple(row))
    note = "Claimed and given up: if what is assumed is true. Boundaries are in standard deviations of the statistic."
    return Table("The looks", tuple(head), tuple(rows), note=note, align="right")


# --- pictures --------------------------------------------------------------------------------------------------------

Place = Callable[[float, float], tuple[float, float]]


def _axes(
    box: tuple[float, float, float, float], across: Sequence[float], up: Sequence[float], titles: tuple[str, str],
    said: tuple[Callable[[float], str], Callable[[float], str]],
) -> tuple[list[str], Place]:  # fmt: skip
    """Two axes with their steps, and where a point lies between them; `box` is left, top, right, bottom."""
    left, top, right, bottom = box

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            left + (x - across[0]) / (across[-1] - across[0]) * (right - left),
            bottom - (y - up[0]) / (up[-1] - up[0]) * (bottom - top),
        )

    drawn = []
    for y in up:
        drawn.append(path([at(across[0], y), at(across[-1], y)], ink=PALE, wide=0.8))
        drawn.append(text(left - 6, at(across[0], y)[1] + 3.5, said[1](y), size=10, anchor="end", ink=GREY))
    for x in across:
        drawn.append(path([at(x, up[0]), (at(x, up[0])[0], bottom + 4)], ink=GREY, wide=0.8))
        drawn.append(text(at(x, up[0])[0], bottom + 16, said[0](x), size=10, anchor="middle", ink=GREY))
    drawn.append(path([(left, bottom), (right, bottom)], ink=INK, wide=1))
    drawn.append(text((left + right) / 2, bottom + 34, titles[0], size=11, anchor="middle"))
    drawn.append(text(left - 34, top - 12, titles[1], size=11))
    return drawn, at


SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def _powers(each: Prospect) -> str:
    last = max(number for number, _ in each.powers)
    steps = round_steps(0, last)
    drawn, at = _axes(
        (60, 34, WIDE - 30, HIGH - 46), steps, SHARES, ("Participants compared", "Power"), (lambda x: f"{x:g}", _share)
    )
    drawn.append(path([at(0, 0), *(at(number, power) for number, power in each.powers)][1:], ink=BLUE, wide=2))
    for one in each.needed:
        if one.participants <= steps[-1]:
            x, y = at(one.participants, one.power)
            drawn.append(path([at(0, one.power), (x, y), (x, at(0, 0)[1])], ink=GREY, wide=1, dash="3 3"))
            drawn.append(mark("ring", x, y, 4))
            drawn.append(text(x - 7, y - 7, f"{one.participants} for {percent(one.power)}", size=10, anchor="end"))
    if each.participants is not None and each.power is not None:
        x, y = at(each.participants, each.power)
        drawn.append(mark("diamond", x, y, 5, ink=ORANGE))
        says, is_right = f"planned: {each.participants}, {percent(each.power)}", x > WIDE * 0.7
        drawn.append(text(x + (0 if is_right else 9), y + (22 if is_right else 14), says, size=11, bold=True, ink=ORANGE,
                          anchor="middle" if is_right else "start"))  # fmt: skip
    return framed(drawn, WIDE, HIGH, _powers_told(each))


def _powers_told(each: Prospect) -> str:
    some = each.powers[:: max(len(each.powers) // 6, 1)]
    points = ", ".join(f"{percent(power)} with {number}" for number, power in some)
    planned = f" Planned: {each.participants}, {percent(each.power)}." if each.power is not None else ""
    return f"Power by number of participants: {points}.{planned}"


def boundaries(looks: Sequence[Look], alt: str) -> str:
    """Where the boundaries of looks lie, and how likely a trial is to stop by each; `alt` stands for the picture."""
    half = WIDE / 2
    lowest = min([0.0, *(look.below for look in looks if look.below is not None)])
    shares, ups = (0.0, 0.25, 0.5, 0.75, 1.0), round_steps(lowest, min(max(look.above for look in looks), TOP_Z))
    drawn, at = _axes((50, 34, half - 24, HIGH - 60), shares, ups, ("Share of the information", "Standard deviations"),
                      (_share, lambda y: f"{y:g}"))  # fmt: skip
    above = [at(look.share, min(look.above, ups[-1])) for look in looks]
    drawn.append(path(above, ink=BLUE, wide=2))
    drawn += [mark("square", *point, 3.4, ink=BLUE) for point in above]
    below = [at(look.share, max(look.below, ups[0])) for look in looks if look.below is not None]
    if below:
        joined = [*below, above[-1]]
        drawn.append(path(joined, ink=ORANGE, wide=2, dash="6 3"))
        drawn += [mark("disc", *point, 3.6, ink=ORANGE) for point in below]
    right, place = _axes((half + 50, 34, WIDE - 24, HIGH - 60), shares, SHARES, ("Share of the information", "Chance by then"),
                         (_share, _share))  # fmt: skip
    drawn += right
    shown = [line for line in _LINES if line.of(looks[-1]) > 0]
    for line in shown:
        points = [place(0, 0), *(place(look.share, line.of(look)) for look in looks)]
        drawn.append(path(points, ink=line.ink, wide=1.8, dash=line.dash))
        drawn += [mark(line.mark, *point, 3.4, ink=line.ink) for point in points[1:]]
    drawn += _key(50, [("square", BLUE, "claim above"), *([("disc", ORANGE, "give up below")] if below else [])])
    drawn += _key(half + 50, [(line.mark, line.ink, line.says) for line in shown])
    return framed(drawn, WIDE, HIGH, alt)


@dataclass(frozen=True)
class _Line:
    """A line of the chances: which, how it is drawn, what it says."""

    of: Callable[[Look], float]
    ink: str
    mark: str
    dash: str
    says: str


_LINES = (
    _Line(lambda look: look.found, BLUE, "square", "", "claimed"),
    _Line(lambda look: look.given_up, ORANGE, "disc", "6 3", "given up"),
    _Line(lambda look: look.falsely, INK, "plus", "2 2", "claimed without an effect"),
)


def _key(x: float, entries: Sequence[tuple[str, str, str]]) -> list[str]:
    """What the marks mean, in a row under a panel."""
    drawn = []
    for kind, ink, says in entries:
        drawn += [mark(kind, x, HIGH - 12, 3.4, ink=ink), text(x + 8, HIGH - 8.5, says, size=10)]
        x += 26 + width(says, 10)
    return drawn


def _looks_told(each: Prospect) -> str:
    parts = [
        f"at {percent(look.share)} of the information{_when(look)} the boundary is {look.above:.2f} and the "
        f"chance to have claimed the effect {percent(look.found)}"
        for look in each.looks
    ]
    return f"Looks: {'; '.join(parts)}."


def _when(look: Look) -> str:
    return f", about {months(look.month)} in," if look.month is not None else ""


def _number(value: float | None, form: str) -> str:
    return format(value, form) if value is not None else ""


def _share(value: float) -> str:
    return f"{100 * value:.0f}%"
