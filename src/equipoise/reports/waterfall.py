"""Best change in the sum of diameters, a bar a participant, from the greatest growth to the greatest shrinkage.

The best change is the least sum at any imaging after the first, against the first. Lines stand at growth by 20% and
shrinkage by 30%, the bounds of progression (from the nadir, strictly) and of partial response. Fills tell the arms apart,
so that the picture is not for a randomised trial before it is locked; nor would it be without fills, since what ablation
takes away tells who had it.

Source:
    Eisenhauer et al. (2009), Eur J Cancer 45:228-247 (RECIST 1.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from ..analysis.sample import arms
from ..analysis.table_one import baseline_day
from ..chart import Chart, responses
from ..recist import Assessment
from ..study import Study
from .figures_in_words import MINUS
from .lettering import printable
from .page import Figure
from .strokes import FILLS, GREY, INK, PALE, bar, framed, key, mark, path, text, thinned

WIDE, HIGH = 760.0, 250.0
MOST = 300
CAP = 100.0
"""Growth beyond this, in per cent, is drawn this high and said in words."""


@dataclass(frozen=True, slots=True)
class Change:
    """The best change of one participant, in per cent, and whether a lesion was new by then."""

    participant: str
    arm: str
    percent: float
    is_new: bool


def best_changes(
    study: Study, people: Mapping[str, Chart], seen: Mapping[str, tuple[Assessment, ...]] | None = None
) -> tuple[Change, ...]:
    """The best change of each participant in whom it can be told, from growth to shrinkage.

    Args:
        study: What was promised.
        people: One chart a participant.
        seen: Each participant's assessments, where they have been made already.
    """
    found = []
    for name, each in people.items():
        if baseline_day(each) is None:
            continue
        told = [one for one in (seen[name] if seen is not None else responses(study, each))
                if one.change_from_baseline_percent is not None]  # fmt: skip
        if told:
            best = min(told, key=lambda one: one.change_from_baseline_percent or 0.0)
            found.append(Change(name, each.arm, float(best.change_from_baseline_percent or 0.0), bool(best.new)))
    return tuple(sorted(found, key=lambda one: (-one.percent, one.arm, one.is_new)))


def waterfall(
    study: Study, people: Mapping[str, Chart], seen: Mapping[str, tuple[Assessment, ...]] | None = None
) -> Figure | None:
    """The waterfall as a figure; None where no change can be told of anybody.

    Args:
        study: What was promised.
        people: One chart a participant.
        seen: Each participant's assessments, where they have been made already.
    """
    found = best_changes(study, people, seen)
    if not found:
        return None
    enrolled = sum(baseline_day(each) is not None for each in people.values())
    labels = {side.name: side.label for side in arms(study)}
    alt = _told(found, labels, enrolled)
    shown = [found[index] for index in thinned(len(found), MOST)]
    caption = (
        f"Best change in the sum of the diameters of target lesions since the first imaging, a bar for each of {len(found)} "
        f"participants; of {enrolled - len(found)} of {enrolled} it cannot be told."
    )
    if len(shown) < len(found):
        caption += f" Drawn are {len(shown)} of them, evenly spread from the greatest growth to the greatest shrinkage."
    if any(each.is_new for each in shown):
        caption += " A plus: a lesion was new by then, which is progression whatever the sum."
    if any(each.percent > CAP for each in shown):
        caption += f" Growth beyond {CAP:.0f}% is cut off at {CAP:.0f}%."
    return Figure(_drawn(shown, labels, alt), alt, caption)


def _told(found: tuple[Change, ...], labels: Mapping[str, str], enrolled: int) -> str:
    said = [f"Best change in the sum of diameters of {len(found)} of {enrolled} participants"]
    groups = [(label, [each.percent for each in found if each.arm == arm]) for arm, label in labels.items()] or [
        ("All participants", [each.percent for each in found])
    ]
    for label, values in groups:
        if not values:
            said.append(f"{label}: none")
            continue
        middle = sorted(values)[len(values) // 2] if len(values) % 2 else sum(sorted(values)[len(values) // 2 - 1 :][:2]) / 2
        said.append(
            f"{label}: {len(values)} participants, {sum(each <= -30 for each in values)} shrank by 30% or more, "
            f"{sum(each >= 20 for each in values)} grew by 20% or more, median {_signed(middle)}, "
            f"from {_signed(max(values))} to {_signed(min(values))}"
        )
    if new := sum(each.is_new for each in found):
        said.append(f"in {new} a lesion was new by then")
    return printable(". ".join(said) + ".")


def _signed(percent: float) -> str:
    return f"{MINUS if percent < -0.5 else '+' if percent > 0.5 else ''}{abs(percent):.0f}%"


def _drawn(found: list[Change], labels: Mapping[str, str], alt: str) -> str:
    fill = {arm: FILLS[index % len(FILLS)] for index, arm in enumerate(labels)}
    entries = [(fill[arm], label) for arm, label in labels.items()] if len(labels) > 1 else []
    legend, tall = key(entries, x=52, y=4, room=WIDE - 60)
    top, left, right = tall + 14, 52.0, WIDE - 8
    highest = max(20.0, min(CAP, max(each.percent for each in found)))
    high = -(-highest // 20) * 20
    scale = HIGH / (high + 100)

    def y(percent: float) -> float:
        return top + (high - percent) * scale

    drawn = list(legend)
    for value in range(int(high), -101, -20):
        drawn.append(path([(left, y(value)), (right, y(value))], ink=PALE, wide=0.6))
        drawn.append(text(left - 5, y(value) + 3.5, _signed(value), size=10, anchor="end"))
    step = (right - left) / max(len(found), 12)
    for index, each in enumerate(found):
        capped = min(each.percent, CAP)
        x = left + index * step
        wide = step * 0.86 if step > 3 else step
        fine = 0.5 if step > 4 else 0.2
        upper, lower = y(max(capped, 0)), y(min(capped, 0))
        drawn.append(bar(x, upper, wide, max(lower - upper, 1.2), fill.get(each.arm, "dark"), stroke=fine))
        if each.is_new:
            over = upper - 5 if capped >= 0 else y(0) - 5
            drawn.append(mark("plus", x + wide / 2, over, min(3.0, max(step / 2.5, 1.2))))
    drawn.append(path([(left, y(0)), (right, y(0))], wide=1))
    for bound, says in ((20, "+20%"), (-30, f"{MINUS}30%")):
        drawn.append(path([(left, y(bound)), (right, y(bound))], ink=INK, wide=1, dash="5 3"))
        drawn.append(text(right, y(bound) - 3, says, size=9, anchor="end", ink=GREY))
    drawn.append(text(left, y(-100) + 18, "Participants, from the greatest growth to the greatest shrinkage", size=10))
    return framed(drawn, WIDE, y(-100) + 40, alt)
