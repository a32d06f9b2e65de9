"""Who of a population could join, as a page: what is left after each criterion, what keeps people out, what would settle more."""

from collections.abc import Callable
from html import escape

from ..population import Population, Source, listed, told
from ..study import Study
from .lettering import lines, printable
from .page import Figure, Section, Table, Text, page

WIDE, ROW, NAME, COUNT = 800.0, 30.0, 210.0, 90.0
INK, GREY = "#1a1a1a", "#555555"
LEFT, BARRED, ALONE, OPEN = "#2f6f9f", "#b4493a", "#7d2218", "#d9a441"
FONT = "'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif"


def population_page(study: Study, found: Population, source: Source, *, suppress: int = 0) -> str:
    """The page.

    Args:
        study: Whose criteria.
        found: What they leave of the population.
        source: Where its facts lie, and what no record means there.
        suppress: Tell no count between nought and this, and no other more exactly.
    """

    def says(count: int) -> str:
        shown = told(count, suppress)
        return f"{shown:,}" if isinstance(shown, int) else shown

    losses = tuple(
        (each.criterion.replace("_", " "), says(each.fails), says(each.unknowns), says(each.sole), says(each.first))
        for each in found.losses
    )
    result = Table(
        "What the criteria come to together",
        ("", "Patients"),
        (
            ("screened", says(found.size)), ("eligible", says(found.eligible)), ("not eligible", says(found.not_eligible)),
            ("cannot tell yet", says(found.undecided)),
        ),
        align="right",
    )  # fmt: skip
    picture = Figure(attrition_picture(found, suppress=suppress), attrition_in_words(found, suppress=suppress),
                     "Whom each criterion bars, alone or with others, and of whom it is unknown; the study's order")  # fmt: skip
    parts: list[Text | Table | Figure] = [picture, Table(
        "Criterion by criterion", ("Criterion", "Bars", "Unknown", "Bars alone", "First to bar"), losses, align="right",
        note="Bars alone: nothing else bars them or is unknown of them. First to bar: no earlier criterion does.",
    )]  # fmt: skip
    sections = [Section("Result", (result,)), Section("What keeps people out", tuple(parts))]
    if found.lacks:
        lacks = tuple(
            (each.datum.replace("_", " "), says(each.patients), says(each.alone)) for each in listed(found.lacks, suppress)
        )
        table = Table(
            "What those lack of whom one cannot tell yet", ("Datum", "Patients", "Lack only this"), lacks, align="right"
        )
        sections.append(Section("What would settle most unknowns", (table,)))
    sections.append(Section("How this was read", tuple(Text(each) for each in _read(source, suppress))))
    protocol = study.protocol
    return page(
        f"Who could join: {printable(protocol.title or protocol.study)}", sections, virtual=False,
        lead=f"{says(found.size)} patients against {len(found.losses)} criteria, version {protocol.version}.",
    )  # fmt: skip


def _read(source: Source, suppress: int) -> list[str]:
    until = (
        f"Facts are taken as known on {source.until}."
        if source.until
        else "Each patient has a day of their own up to which facts are known."
    )
    shut = ", ".join(sorted(source.closed))
    policy = (
        f"No record means that it is not so, of: {shut}. Of all else, no record is unknown."
        if shut
        else "No record is unknown, of everything."
    )
    said = [until, "Whoever has no enrolment is taken to be enrolled on that day.", policy]
    if suppress > 1:
        said.append(
            f"Counts from 1 to {suppress - 1} are not told, and others to the nearest {suppress}, so that none follows from the rest."
        )
    return said


def attrition_in_words(found: Population, *, suppress: int = 0) -> str:
    """The picture in words."""
    said = [
        f"{each.criterion.replace('_', ' ')}: bars {told(each.fails, suppress)}, unknown of {told(each.unknowns, suppress)}"
        for each in found.losses
    ]
    return printable(f"Of {told(found.size, suppress)} patients. " + "; ".join(said) + ".")


def attrition_picture(found: Population, *, suppress: int = 0) -> str:
    """Bars as SVG, a row a criterion: barred by this alone, barred, unknown; at the right, who is left so far.

    A count that is not told has no bar, and the others are drawn as they are told.
    """
    shown: Callable[[int], int | str] = lambda count: told(count, suppress)  # noqa: E731

    def size(count: int) -> int:
        value = shown(count)
        return value if isinstance(value, int) else 0

    room, whole = WIDE - NAME - COUNT, max(size(found.size), 1)
    drawn, y, left = [], 44.0, found.size
    for at, (colour, word) in enumerate(((ALONE, "barred by this alone"), (BARRED, "barred"), (OPEN, "unknown"))):
        x = NAME + at * 170
        drawn.append(
            f'<rect x="{x:.1f}" y="6" width="12" height="12" fill="{colour}"/><text x="{x + 18:.1f}" y="16">{word}</text>'
        )
    drawn.append(f'<text x="{WIDE - 4:.1f}" y="34" text-anchor="end" fill="{GREY}">not barred so far</text>')
    for each in found.losses:
        left -= each.first
        name = lines(printable(each.criterion.replace("_", " ")), NAME - 12, 12, most=1)[0]
        drawn.append(f'<text x="{NAME - 8:.1f}" y="{y + 14:.1f}" text-anchor="end">{escape(name)}</text>')
        drawn.append(f'<rect x="{NAME:.1f}" y="{y + 2:.1f}" width="{room:.1f}" height="{ROW - 12:.1f}" fill="#eeeeee"/>')
        x = NAME
        alone = min(size(each.sole), size(each.fails))
        for count, colour in ((alone, ALONE), (size(each.fails) - alone, BARRED), (size(each.unknowns), OPEN)):
            wide = min(room * count / whole, NAME + room - x)
            if wide > 0:
                drawn.append(f'<rect x="{x:.1f}" y="{y + 2:.1f}" width="{wide:.2f}" height="{ROW - 12:.1f}" fill="{colour}"/>')
                x += wide
        rest = shown(left)
        told_left = f"{rest:,}" if isinstance(rest, int) else escape(rest)
        drawn.append(f'<text x="{WIDE - 4:.1f}" y="{y + 14:.1f}" text-anchor="end">{told_left}</text>')
        y += ROW
    alt = escape(attrition_in_words(found, suppress=suppress), quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{alt}" viewBox="0 0 {WIDE:.0f} {y + 8:.0f}" '
        f'width="{WIDE:.0f}" height="{y + 8:.0f}" font-family="{FONT}" font-size="12" fill="{INK}">{"".join(drawn)}</svg>'
    )
