"""Lesions followed through imaging and local treatment.

A sighting says what one imaging showed of one lesion. Sightings and treatments fold into lesions.

Conventions where the guideline leaves room, each used in one place below:
    Local treatment: only viable tumour counts. RECIST is silent on the zone that an ablation leaves, which is larger
        than the tumour was. After an ablation a lesion is `absent` (0 mm) or `viable` (the diameter of the tumour left
        or come back at its margin); any other word measures the zone, says nothing of tumour, and is not evaluable.
        A resected lesion is 0 mm from then on, unless tumour is seen there again.
    One day, several sightings: the worst counts. On the day of a treatment `viable` and `absent` were said after it,
        every other word before it.

Source:
    Eisenhauer et al. (2009), Eur J Cancer 45:228-247, cited below as RECIST with its section.
"""

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from .logic import MET, NOT_MET, UNKNOWN, Truth, every, negated

Role = Literal["target", "non_target", "new"]
Status = Literal[
    "not_evaluated", "absent", "equivocal", "too_small", "present", "measured", "viable", "unequivocal_progression"
]
How = Literal["ablated", "resected"]

STATUSES: tuple[Status, ...] = (  # from the least said to the worst said
    "not_evaluated",
    "absent",
    "equivocal",
    "too_small",
    "present",
    "measured",
    "viable",
    "unequivocal_progression",
)

NORMAL_NODE_MM = 10.0  # a node with a shorter short axis is no disease: RECIST 3.1.1, 4.3.2
TOO_SMALL_MM = 5.0  # seen, but too small to measure: RECIST 4.3.2


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one imaging showed of one lesion.

    Args:
        diameter_mm: Longest diameter, for a node the short axis; of a `viable` lesion only the viable part.
        organ: And `segment`, `is_node`, `role`: said once is enough, the first that is said holds.

    Raises:
        ValueError: The diameter is negative or no number.
    """

    lesion: str
    on: date
    status: Status
    diameter_mm: float | None = None
    organ: str | None = None
    segment: str | None = None
    is_node: bool | None = None
    role: Role | None = None
    site: str = ""

    def __post_init__(self) -> None:
        if self.diameter_mm is not None and not 0 <= self.diameter_mm < math.inf:
            raise ValueError(f"{self.lesion} cannot be {self.diameter_mm} mm")


@dataclass(frozen=True, slots=True)
class Treated:
    """One lesion ablated or resected, and in which session."""

    lesion: str
    on: date
    how: How
    session: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of the tumour in a lesion at one moment.

    `diameter_mm` is what it adds to a sum, None if that cannot be told; `why` then says why. A node below 10 mm adds
    its diameter and is not visible disease.
    """

    lesion: str
    is_node: bool
    diameter_mm: float | None
    is_visible: Truth
    has_progressed: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Lesion:
    """One lesion: what was ever seen of it and done to it, and what is left of it.

    `diameter_mm` is the last known diameter of tumour, 0 once it is gone. `is_visible` is met when tumour was there at
    its last sighting, not met when it was gone or has been resected since, and unknown when the last sighting was
    equivocal or the lesion was ablated and nobody has said since whether tumour is left.
    """

    id: str
    organ: str | None
    segment: str | None
    is_node: bool
    role: Role | None
    found_on: date
    sightings: tuple[Sighting, ...]
    treated: tuple[Treated, ...]
    ablated_on: date | None
    sessions: tuple[int, ...]
    resected_on: date | None
    diameter_mm: float | None
    is_visible: Truth


def lesions(sightings: Iterable[Sighting], treated: Iterable[Treated] = ()) -> tuple[Lesion, ...]:
    """Fold sightings and treatments into lesions, in order of first sighting, in whatever order they arrive.

    A lesion that was treated and never sighted is kept: it was found on the day it was treated.

    >>> seen = Sighting("L1", date(2024, 1, 8), "measured", 21, organ="liver")
    >>> (one,) = lesions([seen], [Treated("L1", date(2024, 3, 4), "ablated", session=1)])
    >>> one.ablated_on, one.is_visible, one.diameter_mm
    (datetime.date(2024, 3, 4), <Truth.UNKNOWN: 'unknown'>, 21)
    """
    seen_of: dict[str, list[Sighting]] = {}
    done_to: dict[str, list[Treated]] = {}
    for sighting in sightings:
        seen_of.setdefault(sighting.lesion, []).append(sighting)
    for treatment in treated:
        done_to.setdefault(treatment.lesion, []).append(treatment)
    found = (_lesion(id, seen_of.get(id, []), done_to.get(id, [])) for id in seen_of | done_to)
    return tuple(sorted(found, key=lambda lesion: (lesion.found_on, natural(lesion.id))))


def left(lesions: Iterable[Lesion]) -> tuple[Lesion, ...]:
    """The lesions with visible tumour: never treated since, or viable after treatment."""
    return tuple(lesion for lesion in lesions if lesion.is_visible is MET)


def cleared(lesions: Iterable[Lesion], organ: str = "liver") -> Truth:
    """Whether no visible disease is left in an organ.

    Unknown while a treated lesion waits for its imaging, while tumour lies in an organ nobody named, and when no lesion
    of the organ is known: nothing found is not the same as looked for.
    """
    here = [negated(lesion.is_visible) for lesion in lesions if lesion.organ == organ]
    nowhere = [lesion for lesion in lesions if lesion.organ is None and lesion.is_visible is not NOT_MET]
    return every([*here, *(UNKNOWN for _ in nowhere)]) if here or nowhere else UNKNOWN


History = tuple[tuple[date, Sighting | Treated, Reading], ...]


def _lesion(id: str, seen: list[Sighting], done: list[Treated]) -> Lesion:
    treated_on = {treatment.on for treatment in done}
    sightings = tuple(sorted(seen, key=lambda one: _order(one, treated_on)))
    treated = tuple(sorted(done, key=lambda one: (one.on, one.how, one.session or 0)))
    is_node = next((one.is_node for one in sightings if one.is_node is not None), False)
    history = _readings(id, sightings, treated, is_node)
    ablations = [one for one in treated if one.how == "ablated"]
    return Lesion(
        id=id,
        organ=next((one.organ for one in sightings if one.organ), None),
        segment=next((one.segment for one in sightings if one.segment), None),
        is_node=is_node,
        role=next((one.role for one in sightings if one.role), None),
        found_on=history[0][0],
        sightings=sightings,
        treated=treated,
        ablated_on=ablations[-1].on if ablations else None,
        sessions=tuple(dict.fromkeys(one.session for one in ablations if one.session is not None)),
        resected_on=next((one.on for one in reversed(treated) if one.how == "resected"), None),
        diameter_mm=next((r.diameter_mm for _, _, r in reversed(history) if r.diameter_mm is not None), None),
        is_visible=standing(history, None)[0].is_visible,
    )


def _order(item: Sighting | Treated, treated_on: Collection[date]) -> tuple[date, int, int, float, str]:
    if isinstance(item, Treated):
        return item.on, 1, 0, item.session or 0, item.how
    is_after = item.on in treated_on and item.status in ("viable", "absent")
    said = ",".join(map(str, (item.role, item.organ, item.segment, item.is_node, item.site)))
    return item.on, 2 if is_after else 0, STATUSES.index(item.status), or_zero(item.diameter_mm), said


def history_of(lesion: Lesion) -> History:
    return _readings(lesion.id, lesion.sightings, lesion.treated, lesion.is_node)


def _readings(id: str, sightings: Iterable[Sighting], treated: Sequence[Treated], is_node: bool) -> History:
    treated_on = {treatment.on for treatment in treated}
    last: Treated | None = None
    history: list[tuple[date, Sighting | Treated, Reading]] = []
    items: list[Sighting | Treated] = [*sightings, *treated]
    for item in sorted(items, key=lambda one: _order(one, treated_on)):
        if isinstance(item, Treated):
            last = item
            why = f"was ablated on {item.on} and nobody has said since whether tumour is left"
            gone = Reading(id, is_node, 0.0, NOT_MET)
            after = gone if item.how == "resected" else Reading(id, is_node, None, UNKNOWN, why=why)
            history.append((item.on, item, after))
        else:
            history.append((item.on, item, _reading(item, is_node, last if last and last.how == "ablated" else None)))
    return tuple(history)


def _reading(sighting: Sighting, is_node: bool, ablation: Treated | None) -> Reading:
    id, status, mm = sighting.lesion, sighting.status, sighting.diameter_mm
    if ablation and status in ("equivocal", "too_small", "present", "measured"):
        why = f"was ablated on {ablation.on}: '{status}' does not say whether tumour there is viable or absent"
        return Reading(id, is_node, None, UNKNOWN, why=why)
    match status:
        case "absent":
            return Reading(id, is_node, 0.0, NOT_MET)
        case "not_evaluated":
            return Reading(id, is_node, None, UNKNOWN, why="was not evaluated")
        case "equivocal":
            return Reading(id, is_node, None, UNKNOWN, why="is equivocal")
        case "too_small":
            mm = TOO_SMALL_MM if mm is None else mm
        case "present" | "measured" | "viable" | "unequivocal_progression":
            pass
    is_visible = Truth.of(mm is None or mm >= NORMAL_NODE_MM if is_node else mm != 0)
    has_progressed = status == "unequivocal_progression"
    return Reading(id, is_node, mm, is_visible, has_progressed, "" if mm is not None else "has no diameter")


def standing(history: History, on: date | None) -> tuple[Reading, date | None]:
    """What was last said of a lesion, and when; `on` a day, before any treatment of that day."""
    known: tuple[Reading, date | None] = Reading("", False, None, UNKNOWN, why="was never seen"), None
    for day, item, reading in history:
        if on is not None and (day > on or (day == on and isinstance(item, Treated))):
            break
        if not (isinstance(item, Sighting) and item.status == "not_evaluated"):
            known = reading, day
    return known


def reading_on(id: str, history: History, day: date) -> Reading:
    """What one day of imaging says of a lesion. On a day that says nothing, a resection still speaks."""
    said: Reading | None = None
    resected: Reading | None = None
    for on, item, reading in history:
        if on > day:
            break
        if isinstance(item, Sighting):
            said = reading if on == day else None
            if item.status != "not_evaluated" and reading.is_visible is not NOT_MET:
                resected = None
        elif on < day:
            resected = reading if item.how == "resected" else None
    is_node = history[0][2].is_node if history else False
    return said or resected or Reading(id, is_node, None, UNKNOWN, why="was not evaluated")


def or_zero(diameter_mm: float | None) -> float:
    return 0.0 if diameter_mm is None else diameter_mm


def natural(id: str) -> tuple[tuple[str, int], ...]:
    """L2 before L10."""
    return tuple((text, int(number or 0)) for text, number in re.findall(r"([^0-9]*)([0-9]*)", id))
