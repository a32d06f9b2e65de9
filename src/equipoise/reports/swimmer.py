"""The course of treatment, a bar a participant: steps of the pathway, procedures, response, progression, and the end.

A bar runs from the day the pathway begins (without a pathway, from randomisation, assignment or enrolment) to death or to
the last day on which the participant is known to have lived. Steps and procedures tell the arm, so that the picture is not
for a randomised trial before it is locked.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from ..analysis.sample import arms
from ..analysis.table_one import baseline_day
from ..chart import Chart, responses
from ..recist import Assessment
from ..study import ALIVE, Study
from .lettering import printable, width
from .page import Figure
from .strokes import PALE, bar, framed, key, mark, path, round_steps, text, thinned
from .wording import activity_label, step_label

WIDE = 760.0
MOST, MOST_STEPS, MOST_PROCEDURES = 100, 8, 3
MONTH = 365.25 / 12
SESSIONS = ("diamond", "triangle", "square")
OTHER, FOLLOWED = "bars", "white"


@dataclass(frozen=True, slots=True)
class Course:
    """One participant's course, in days from its start; `stays` are steps, each from a day to a day."""

    participant: str
    arm: str
    days: int
    end: str
    stays: tuple[tuple[str, int, int], ...]
    sessions: tuple[tuple[str, int], ...]
    responded: int | None
    progressed: int | None


def courses(
    study: Study, people: Mapping[str, Chart], seen: Mapping[str, tuple[Assessment, ...]] | None = None
) -> tuple[Course, ...]:
    """The course of each participant who joined."""
    procedures = {name for name, each in study.activities.items() if each.procedure}
    found = []
    for name, each in people.items():
        joined = baseline_day(each)
        if joined is None:
            continue
        start = min((visit.entered for visit in each.visits), default=joined)
        died, left = each.first("death"), each.first("withdrawal")
        alive = max((row.on.last for row in each.facts.rows.get(ALIVE, ())), default=start)
        end = died or max(min(alive, each.until), start)
        how = "death" if died is not None else "withdrawal" if left is not None and left >= alive else "alive"
        stays = tuple(
            (visit.step, (visit.entered - start).days, (min(visit.left or end, end) - start).days)
            for visit in each.visits
            if visit.entered <= end
        )
        sessions = tuple(
            sorted(
                ((form, (row.on.first - start).days) for form in procedures for row in each.facts.rows.get(form, ())
                 if start <= row.on.first <= end),
                key=lambda one: (one[1], one[0]),
            )
        )  # fmt: skip
        told = _responses(study, each, seen[name] if seen is not None else responses(study, each))
        found.append(Course(
            name, each.arm, (end - start).days, how, stays, sessions,
            _first(told, ("CR", "PR"), start), _first(told, ("PD",), start),
        ))  # fmt: skip
    return tuple(found)


def _responses(study: Study, known: Chart, seen: tuple[Assessment, ...]) -> list[tuple[date, str]]:
    """What each imaging said: worked out from lesions, or else as it was written down."""
    if seen:
        return [(each.on, str(each.overall)) for each in seen]
    coded = {
        (name, key)
        for name, activity in study.activities.items()
        for key, item in activity.items.items()
        if item.type == "choice" and {"CR", "PR", "PD"} <= set(map(str, item.options))
    }
    return [
        (row.on.first, str(row.values[key]))
        for name, key in sorted(coded)
        for row in known.facts.rows.get(name, ())
        if row.values.get(key) is not None
    ]


def _first(told: list[tuple[date, str]], wanted: tuple[str, ...], start: date) -> int | None:
    days = [(on - start).days for on, says in told if says in wanted and on >= start]
    return min(days, default=None)


def swimmer(
    study: Study, people: Mapping[str, Chart], seen: Mapping[str, tuple[Assessment, ...]] | None = None
) -> Figure | None:
    """The courses as a figure; None where the study has neither steps nor procedures, or nobody joined.

    Args:
        study: What was promised.
        people: One chart a participant.
        seen: Each participant's assessments, where they have been made already.
    """
    found = courses(study, people, seen)
    if not found or not any(each.stays or each.sessions for each in found):
        return None
    groups = _groups(study, found)
    total = len(found)
    room = [max(1, round(MOST * len(group) / total)) for _, group in groups]
    shown = [
        (label, [group[index] for index in thinned(len(group), most if total > MOST else len(group))])
        for (label, group), most in zip(groups, room, strict=True)
    ]
    alt = _told(study, groups)
    drawn = sum(len(group) for _, group in shown)
    caption = "The course of each participant, longest first"
    caption += " in each arm." if len(shown) > 1 else "."
    if drawn < total:
        caption += f" Drawn are {drawn} of {total}, evenly spread from the longest course to the shortest."
    return Figure(_drawn(study, shown, alt), alt, caption)


def _groups(study: Study, found: tuple[Course, ...]) -> list[tuple[str, list[Course]]]:
    ordered = sorted(
        found, key=lambda each: (-each.days, each.end, each.responded or 0, each.progressed or 0, each.participant)
    )
    if not study.protocol.arms:
        return [("", ordered)]
    groups = [(side.label, [each for each in ordered if each.arm == side.name]) for side in arms(study)]
    groups.append(("In no arm", [each for each in ordered if each.arm not in study.protocol.arms]))
    return [(label, group) for label, group in groups if group]


def _told(study: Study, groups: list[tuple[str, list[Course]]]) -> str:
    said = ["The course of each participant as a bar"]
    for label, group in groups:
        lengths = sorted(each.days / MONTH for each in group)
        ends = Counter(each.end for each in group)
        sessions = Counter(form for each in group for form in {name for name, _ in each.sessions})
        parts = [
            f"{len(group)} participants, followed for {lengths[0]:.1f} to {lengths[-1]:.1f} months "
            f"(median {_median(lengths):.1f})",
            f"{ends['death']} died", f"{ends['withdrawal']} withdrew", f"{ends['alive']} were alive when last seen",
        ]  # fmt: skip
        if any(each.responded is not None or each.progressed is not None for each in group):
            parts += [
                f"{sum(each.responded is not None for each in group)} responded",
                f"{sum(each.progressed is not None for each in group)} progressed",
            ]
        parts += [f"{count} had {activity_label(study, form).lower()}" for form, count in sorted(sessions.items())]
        said.append((f"{label}: " if label else "") + ", ".join(parts))
    return printable(". ".join(said) + ".")


def _median(values: list[float]) -> float:
    half = len(values) // 2
    return values[half] if len(values) % 2 else (values[half - 1] + values[half]) / 2


def _fills(found: list[Course]) -> dict[str, str]:
    """A fill for each step, the longest stays first; steps beyond those that can be told apart share the last."""
    time: Counter[str] = Counter()
    for each in found:
        for step, start, end in each.stays:
            time[step] += max(end - start, 0)
    kept = [step for step, days in sorted(time.items(), key=lambda one: (-one[1], one[0])) if days][:MOST_STEPS]
    return dict(zip(kept, ("pale", "dark", "slant", "grey", "dots", "counter", "rules", "net"), strict=False))


def _drawn(study: Study, shown: list[tuple[str, list[Course]]], alt: str) -> str:
    everyone = [each for _, group in shown for each in group]
    fills = _fills(everyone)
    held = Counter(form for each in everyone for form, _ in each.sessions)
    most = MOST_PROCEDURES - (len(held) > MOST_PROCEDURES)
    kept = [form for form, _ in sorted(held.items(), key=lambda one: (-one[1], one[0]))][:most]
    shapes = {form: SESSIONS[index] for index, form in enumerate(kept)}
    pathway = study.protocol.pathway
    order = list(pathway.steps) if pathway is not None else []
    entries = [(fills[step], step_label(study, step)) for step in sorted(fills, key=order.index)]
    if any(step not in fills and end > start for each in everyone for step, start, end in each.stays):
        entries.append((OTHER, "Another step"))
    if any(each.days > max((end for *_, end in each.stays), default=0) for each in everyone):
        entries.append((FOLLOWED, "Followed, in no step"))
    entries += [(shapes[form], activity_label(study, form)) for form in shapes]
    if len(held) > len(shapes):
        entries.append((SESSIONS[-1], "Another procedure"))
    for is_there, kind, says in (
        (any(each.responded is not None for each in everyone), "ring", "First response (CR or PR)"),
        (any(each.progressed is not None for each in everyone), "cross", "First progression (PD)"),
        (any(each.end == "death" for each in everyone), "disc", "Death"),
        (any(each.end == "withdrawal" for each in everyone), "open", "Withdrawal"),
        (any(each.end == "alive" for each in everyone), "arrow", "Alive when last seen"),
    ):
        if is_there:
            entries.append((kind, says))
    legend, tall = key(entries, x=4, y=2, room=WIDE - 8)
    named = len(everyone) <= MOST
    row = 11.0 if len(everyone) <= 60 else 9.0
    size = 8.0 if row > 10 else 7.0
    left = 12 + max((width(printable(each.participant), size) for each in everyone), default=0.0) if named else 12.0
    left = min(left, 120.0)
    right = WIDE - 26
    longest = max(max(each.days for each in everyone) / MONTH, 1.0)
    ticks = [each for each in round_steps(0, longest, 9) if each <= longest or each == 0]
    scale = (right - left) / max(longest, ticks[-1])

    def x(days: float) -> float:
        return left + days / MONTH * scale

    drawn = list(legend)
    bars: list[str] = []
    marks: list[str] = []
    top = tall + 10
    y = top
    for label, group in shown:
        if label:
            bars.append(text(4, y + 11, f"{label} ({len(group)})", size=10.5, bold=True, room=WIDE - 10))
            y += 17
        for each in group:
            if named:
                bars.append(text(left - 5, y + row / 2 + size * 0.36, each.participant, size=size, anchor="end", room=left - 8))
            bars.append(bar(x(0), y + 1, x(each.days) - x(0), row - 2.5, FOLLOWED, stroke=0.4))
            for step, start, end in each.stays:
                if end > start:
                    bars.append(bar(x(start), y + 1, x(end) - x(start), row - 2.5, fills.get(step, OTHER), stroke=0.4))
            middle = y + row / 2 - 0.2
            small = row * 0.30
            for form, day in each.sessions:
                marks.append(mark(shapes.get(form, SESSIONS[-1]), x(day), middle, small))
            if each.responded is not None:
                marks.append(mark("ring", x(each.responded), middle, small))
            if each.progressed is not None:
                marks.append(mark("cross", x(each.progressed), middle, small))
            kind = {"death": "disc", "withdrawal": "open"}.get(each.end, "arrow")
            marks.append(mark(kind, x(each.days) + (2 if kind == "arrow" else 0), middle, small))
            y += row
        y += 6
    for tick in ticks:
        drawn.append(path([(x(tick * MONTH), top), (x(tick * MONTH), y)], ink=PALE, wide=0.6))
        bars.append(text(x(tick * MONTH), y + 12, f"{tick:g}", size=10, anchor="middle"))
    where = "the start of the pathway" if study.protocol.pathway is not None else "joining"
    bars.append(text((left + right) / 2, y + 27, f"Months from {where}", size=10, anchor="middle"))
    return framed([*drawn, *bars, *marks], WIDE, y + 46, alt)
