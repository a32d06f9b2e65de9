"""Response by RECIST 1.1: targets, sums and their nadir, and the guideline's tables.

Lesions and a baseline fold into one assessment for each later day of imaging.

Conventions where the guideline leaves room:
    A new lymph node of 10 to 15 mm is equivocal, unless the site calls it new or it is seen enlarged twice.
    A lesion that proves to be new is new from its first sighting, equivocal or not, and stays new.

Source:
    Eisenhauer et al. (2009), Eur J Cancer 45:228-247, cited below as RECIST with its section.
    EORTC, RECIST 1.1 questions and clarifications: nodes are one organ; a node returns when it reaches 10 mm.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from .lesions import (
    History,
    Lesion,
    Reading,
    Sighting,
    Treated,
    history_of,
    lesions,
    natural,
    or_zero,
    reading_on,
    standing,
)  # fmt: skip
from .logic import MET, NOT_MET, UNKNOWN

Response = Literal["CR", "PR", "SD", "NON_CR_NON_PD", "PD", "NE", "NED"]

MEASURABLE_MM = 10.0  # longest diameter, CT in slices of at most 5 mm: RECIST 3.1.1
MEASURABLE_NODE_MM = 15.0  # short axis: RECIST 3.1.1
MOST_TARGETS, MOST_TARGETS_PER_ORGAN = 5, 2  # RECIST 4.2
BASELINE_DAYS = 28  # imaging at most 4 weeks before: RECIST 3.2.1
CONFIRMED_DAYS = 28  # CR and PR seen again at least 4 weeks later: RECIST 4.6.1
LEAST_GROWTH_MM = 5.0  # RECIST 4.3.1, beside the 20 % in `_has_grown`


# Targets and baseline


@dataclass(frozen=True, slots=True)
class Proposal:
    """A lesion that could be followed as a target, whether RECIST would, and the reason. People decide."""

    lesion: str
    is_target: bool
    diameter_mm: float | None
    says: str


def proposed_targets(
    lesions: Iterable[Lesion], *, on: date | None = None, measurable_mm: float = MEASURABLE_MM
) -> tuple[Proposal, ...]:
    """Propose target lesions: measurable, largest first, at most five and two in an organ.

    Args:
        on: The day of the choice, before any treatment on it; as of now if None.
        measurable_mm: Twice the thickness of the slices when they are thicker than 5 mm.

    Returns:
        Every lesion, largest first, those without a diameter last.

    Source:
        RECIST 3.1.1, 3.1.2, 4.2; lymph nodes are one organ.
    """
    known = [(lesion, standing(history_of(lesion), on or date.max)[0]) for lesion in lesions]
    known.sort(key=lambda pair: (-or_zero(pair[1].diameter_mm), pair[1].diameter_mm is None, natural(pair[0].id)))
    taken: list[str] = []
    proposals = []
    for lesion, reading in known:
        organ = "lymph nodes" if lesion.is_node else lesion.organ or "an organ not named"
        objection = _unmeasurable(lesion, reading, measurable_mm)
        if not objection and taken.count(organ) >= MOST_TARGETS_PER_ORGAN:
            objection = f"{MOST_TARGETS_PER_ORGAN} lesions at least as large in {organ} are targets already"
        if not objection and len(taken) >= MOST_TARGETS:
            objection = f"{MOST_TARGETS} lesions at least as large are targets already"
        if not objection:
            taken.append(organ)
        says = objection or f"{_mm(reading.diameter_mm)} in {organ}"
        proposals.append(Proposal(lesion.id, not objection, reading.diameter_mm, says))
    return tuple(proposals)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What later imaging is compared with.

    Args:
        undecided: Measurable lesions, when nobody has said which lesions are targets.
        sum_mm: None when a target has no diameter, or there is no target.
        missing: Why the baseline cannot be used whole, a sentence each.
        departures: Where the chosen targets part from RECIST, a sentence each.
    """

    on: date
    is_imaged: bool
    targets: tuple[str, ...]
    non_targets: tuple[str, ...]
    undecided: tuple[str, ...]
    sum_mm: float | None
    missing: tuple[str, ...]
    departures: tuple[str, ...]


def baseline(
    lesions: Sequence[Lesion],
    on: date,
    *,
    targets: Collection[str] | None = None,
    imaged: Iterable[date] = (),
    within_days: int | None = BASELINE_DAYS,
) -> Baseline:
    """Sort the lesions known on a day into targets and non-targets, and add the targets up.

    Args:
        targets: The lesions people chose; if None, those whose sightings say so.
        imaged: Days of imaging, for those that showed no lesion at all.
        within_days: How old a target's diameter may be; None for any age.

    Source:
        RECIST 4.1, 4.2: what is not a target is a non-target.
    """
    by_id = {lesion.id: lesion for lesion in lesions}
    states = {lesion.id: standing(history_of(lesion), on) for lesion in lesions}
    days = {*imaged, *(sighting.on for lesion in lesions for sighting in lesion.sightings)}
    is_imaged = any(day <= on for day in days)
    here = [lesion for lesion in lesions if _is_at_baseline(lesion, *states[lesion.id])]
    chosen = [lesion.id for lesion in lesions if lesion.role == "target"] if targets is None else list(targets)
    undecided: list[str] = []
    if targets is None and not chosen and all(lesion.role in (None, "new") for lesion in here):
        undecided = [one.id for one in here if not _unmeasurable(one, states[one.id][0], MEASURABLE_MM)]
    chosen.sort(key=natural)
    others = [lesion.id for lesion in here if lesion.id not in {*chosen, *undecided}]

    missing = [] if is_imaged else [f"no imaging on or before {on}"]
    if undecided:
        missing.append(f"nobody has said which of {', '.join(undecided)} are targets")
    departures = []
    total: list[float] = []
    organs: list[str] = []
    for id in chosen:
        reading, seen_on = states.get(id, (Reading(id, False, None, UNKNOWN, why="was never seen"), None))
        if id not in by_id or seen_on is None:
            missing.append(f"{id} was not seen at baseline")
            continue
        organs.append("lymph nodes" if reading.is_node else by_id[id].organ or "an organ not named")
        if reading.diameter_mm is None:
            missing.append(f"{id} {reading.why} at baseline")
        elif within_days is not None and (on - seen_on).days > within_days:
            days_old = (on - seen_on).days
            missing.append(f"{id} was last measured {days_old} days before baseline, {within_days} are allowed")
        else:
            total.append(reading.diameter_mm)
        if reading.diameter_mm is not None and (why := _unmeasurable(by_id[id], reading, MEASURABLE_MM)):
            departures.append(f"{id} is a target, but {why}")
    if len(chosen) > MOST_TARGETS:
        departures.append(f"{len(chosen)} targets, RECIST 1.1 allows {MOST_TARGETS}")
    for organ in dict.fromkeys(organs):
        if organs.count(organ) > MOST_TARGETS_PER_ORGAN:
            departures.append(f"{organs.count(organ)} targets in {organ}, RECIST 1.1 allows {MOST_TARGETS_PER_ORGAN}")
    sum_mm = _total(total) if chosen and len(total) == len(chosen) else None
    return Baseline(on, is_imaged, tuple(chosen), tuple(others), tuple(undecided), sum_mm, tuple(missing), tuple(departures))


# Response at one time


def target_response(
    targets: Sequence[Reading], *, baseline_mm: float | None, nadir_mm: float | None, after_complete: bool = False
) -> Response | None:
    """Say how the target lesions respond; None where there are none.

    Args:
        baseline_mm: Sum at baseline, None if it is not known.
        nadir_mm: Smallest sum before this assessment, baseline included.
        after_complete: An earlier assessment was a complete response: any target seen again is progression.

    Source:
        RECIST 4.3.1, 4.3.2; 4.4.2 for missing targets: what is seen may prove progression, nothing else.

    >>> both = [Reading("L1", False, 30, MET), Reading("L2", False, 12, MET)]
    >>> target_response(both, baseline_mm=60, nadir_mm=60)
    'PR'
    """
    if not targets:
        return None
    # Nodes below 10 mm are normal whatever they did below it: CR comes before growth, and growth needs visible tumour.
    if all(target.is_visible is NOT_MET for target in targets):
        return "CR"
    seen_mm = _total(target.diameter_mm for target in targets if target.diameter_mm is not None)
    is_larger = nadir_mm is not None and _has_grown(seen_mm, nadir_mm)
    if (after_complete or is_larger) and any(target.is_visible is MET for target in targets):
        return "PD"
    if baseline_mm is None or any(target.diameter_mm is None for target in targets):
        return "NE"
    return "PR" if _has_shrunk(seen_mm, baseline_mm) else "SD"


def non_target_response(
    non_targets: Sequence[Reading], *, markers_raised: bool = False, after_complete: bool = False
) -> Response | None:
    """Say how the non-target lesions respond; None where there are none and no marker is raised.

    Args:
        markers_raised: Tumour markers were raised at the start and are not normal yet.
        after_complete: An earlier assessment was a complete response: any lesion but a node seen again is progression.

    Source:
        RECIST 4.3.3.
    """
    if any(lesion.has_progressed for lesion in non_targets):
        return "PD"
    if after_complete and any(lesion.is_visible is MET and not lesion.is_node for lesion in non_targets):
        return "PD"
    if any(lesion.is_visible is UNKNOWN for lesion in non_targets):
        return "NE"
    if markers_raised or any(lesion.is_visible is MET for lesion in non_targets):
        return "NON_CR_NON_PD"
    return "CR" if non_targets else None


def overall_response(target: Response | None, non_target: Response | None, *, new: bool) -> Response:
    """Read the overall response off the guideline's tables.

    Args:
        target: And `non_target`: None where the participant had no such lesion at baseline. Without either there was
            no disease, and there is none (NED) until a lesion is new.

    Source:
        RECIST 4.4.1, tables 1 and 2.

    >>> overall_response("CR", "NE", new=False)
    'PR'
    """
    if new or "PD" in (target, non_target):
        return "PD"
    if target is None:
        return non_target or "NED"
    if target == "CR":
        return "CR" if non_target in (None, "CR") else "PR"
    return target


# Response over time


@dataclass(frozen=True, slots=True)
class Assessment:
    """What one day of imaging says, compared with baseline and nadir.

    Args:
        sum_mm: None when a target is missing; `seen_mm` then is the part that was seen.
        nadir_mm: Smallest sum before this day, baseline included: what progression is measured from.
        change_from_baseline_percent: Negative when smaller; None where the divisor is 0 or not known.
        new: Lesions that are new by this day.
        overall: A proposal by the guideline's tables, with its `reason`; people decide.
        missing: Why something is not evaluable, a sentence each.
        locally_treated: Baseline lesions ablated or resected before, of which only viable tumour counts.
    """

    on: date
    sum_mm: float | None
    seen_mm: float
    baseline_mm: float | None
    nadir_mm: float | None
    change_from_baseline_percent: float | None
    change_from_nadir_percent: float | None
    change_from_nadir_mm: float | None
    target: Response | None
    non_target: Response | None
    new: tuple[str, ...]
    overall: Response
    reason: str
    missing: tuple[str, ...]
    locally_treated: tuple[str, ...]


def assessments(
    sightings: Iterable[Sighting],
    *,
    baseline_on: date,
    treated: Iterable[Treated] = (),
    targets: Collection[str] | None = None,
    imaged: Iterable[date] = (),
    markers_raised_on: Collection[date] = (),
    within_days: int | None = BASELINE_DAYS,
) -> tuple[Assessment, ...]:
    """Assess every day of imaging after baseline.

    Args:
        targets: The lesions people chose; if None, those whose sightings say so. Where nobody has chosen among
            measurable lesions, the targets are not evaluable.
        imaged: Days of imaging, for those that showed no lesion at all.
        markers_raised_on: Days of imaging on which markers that were raised at the start were not normal.
        within_days: How old a target's diameter may be at baseline; None for any age.
    """
    imaged = set(imaged)
    found = lesions(sightings, treated)
    start = baseline(found, baseline_on, targets=targets, imaged=imaged, within_days=within_days)
    histories = {lesion.id: history_of(lesion) for lesion in found}
    members = {*start.targets, *start.non_targets, *start.undecided}
    appeared = {
        lesion.id: on
        for lesion in found
        if lesion.id not in members and (start.is_imaged or lesion.role == "new")
        if (on := _appeared_on(lesion, histories[lesion.id], baseline_on))
    }
    days = {*imaged, *(sighting.on for lesion in found for sighting in lesion.sightings)}
    result: list[Assessment] = []
    nadir_mm = start.sum_mm
    after_complete = False
    for day in sorted(day for day in days if day > baseline_on):
        new = tuple(sorted((id for id, on in appeared.items() if on <= day), key=natural))
        assessed = _assessment(
            day,
            start,
            [reading_on(id, histories.get(id, ()), day) for id in start.targets],
            [reading_on(id, histories.get(id, ()), day) for id in start.non_targets],
            new,
            nadir_mm=nadir_mm,
            markers_raised=day in markers_raised_on and bool(members),
            after_complete=after_complete,
            locally_treated=tuple(
                lesion.id for lesion in found if lesion.id in members and any(baseline_on <= t.on < day for t in lesion.treated)
            ),
        )
        result.append(assessed)
        after_complete |= assessed.overall == "CR"
        if assessed.sum_mm is not None:
            nadir_mm = assessed.sum_mm if nadir_mm is None else min(nadir_mm, assessed.sum_mm)
    return tuple(result)


def best_overall_response(
    timepoints: Iterable[tuple[date, Response]],
    *,
    baseline_on: date,
    minimum_sd_days: int,
    confirmed: bool = False,
    confirmed_days: int = CONFIRMED_DAYS,
) -> Response:
    """Say the best response up to and including the first progression.

    Args:
        timepoints: The day and the overall response of each assessment.
        minimum_sd_days: How long after baseline an assessment must be to count as stable; the protocol says, in general
            6 to 8 weeks.
        confirmed: CR and PR must be seen again at least `confirmed_days` later, with only NE or shorter-lived response
            between. Disease after a complete response is progression, whatever its size.

    Source:
        RECIST 4.4.3, 4.6.1 and table 3.
    """
    kept: list[tuple[date, Response]] = []
    has_progressed = was_complete = had_no_target = False
    for on, response in sorted(timepoints):
        had_no_target |= response == "NON_CR_NON_PD"
        if response == "PD" or (was_complete and response not in ("CR", "NE")):
            has_progressed = True
            break
        was_complete |= response == "CR"
        kept.append((on, response))
    best: tuple[tuple[Response, tuple[Response, ...]], ...] = (("CR", ("CR",)), ("PR", ("CR", "PR")))
    for response, enough in best:
        if _is_held(kept, enough, confirmed_days) if confirmed else any(said in enough for _, said in kept):
            return response
    if any(said == "NED" for _, said in kept):
        return "NED"
    if any(said != "NE" and (on - baseline_on).days >= minimum_sd_days for on, said in kept):
        return "NON_CR_NON_PD" if had_no_target else "SD"
    return "PD" if has_progressed else "NE"


def _is_held(timepoints: Sequence[tuple[date, Response]], enough: Collection[Response], days: int) -> bool:
    since: date | None = None
    for on, response in timepoints:
        if response in enough:
            since = since or on
            if (on - since).days >= days and on > since:
                return True
        elif response != "NE":
            since = None
    return False


# What one sighting says


def _is_at_baseline(lesion: Lesion, state: Reading, seen_on: date | None) -> bool:
    """Whether a lesion is part of the disease at baseline, and so cannot be new."""
    if lesion.role in ("target", "non_target"):
        return True
    if seen_on is None:
        return False
    return state.is_visible is MET or (state.is_visible is UNKNOWN and lesion.role != "new")


def _appeared_on(lesion: Lesion, history: History, baseline_on: date) -> date | None:
    """The day a lesion was first seen after baseline, once it is beyond doubt."""
    first: date | None = None
    sure = False
    times_seen = 0
    for on, item, reading in history:
        if on <= baseline_on or not isinstance(item, Sighting):
            continue
        if reading.is_visible is MET:
            mm = reading.diameter_mm
            is_small_node = reading.is_node and mm is not None and mm < MEASURABLE_NODE_MM
            times_seen += 1
            sure |= not is_small_node or lesion.role == "new" or times_seen > 1
            first = first or on
        elif item.status == "equivocal":
            first = first or on
    return first if sure else None


def _unmeasurable(lesion: Lesion, reading: Reading, measurable_mm: float) -> str:
    """Why a lesion cannot be a target; empty if it can."""
    if reading.is_visible is NOT_MET:
        return "it is not visible"
    if reading.diameter_mm is None or reading.is_visible is UNKNOWN:
        return f"it {reading.why}"
    least = MEASURABLE_NODE_MM if lesion.is_node else measurable_mm
    if _um(reading.diameter_mm) < _um(least):
        what = "a short axis of " if lesion.is_node else ""
        return f"{what}{_mm(reading.diameter_mm)} is below the {_mm(least)} that can be measured"
    return ""


# Sums, changes and the sentence about them


def _assessment(
    day: date,
    start: Baseline,
    targets: Sequence[Reading],
    non_targets: Sequence[Reading],
    new: tuple[str, ...],
    *,
    nadir_mm: float | None,
    markers_raised: bool,
    after_complete: bool,
    locally_treated: tuple[str, ...],
) -> Assessment:
    target = target_response(targets, baseline_mm=start.sum_mm, nadir_mm=nadir_mm, after_complete=after_complete)
    if target is None and (start.undecided or not start.is_imaged):
        target = "NE"
    non_target = non_target_response(non_targets, markers_raised=markers_raised, after_complete=after_complete)
    overall = overall_response(target, non_target, new=bool(new))
    seen_mm = _total(one.diameter_mm for one in targets if one.diameter_mm is not None)
    is_whole = bool(targets) and all(one.diameter_mm is not None for one in targets)
    sum_mm = seen_mm if is_whole else None
    unseen = [one for one in targets if one.diameter_mm is None]
    unseen += [one for one in non_targets if one.is_visible is UNKNOWN]
    missing = (*start.missing, *(f"{one.lesion} {one.why}" for one in unseen))
    if new:
        reason = f"{_list(new)} {'is' if len(new) == 1 else 'are'} new"
    elif target == "PD" and nadir_mm is not None and _has_grown(seen_mm, nadir_mm):
        part = "sum" if is_whole else "what was seen of the sum,"
        by = f"{_percent(seen_mm - nadir_mm, nadir_mm)} and " if nadir_mm else ""
        reason = f"{part} {_mm(seen_mm)} is {by}{_mm(seen_mm - nadir_mm)} above nadir {_mm(nadir_mm)}"
    elif progressed := [one.lesion for one in non_targets if one.has_progressed]:
        reason = f"{_list(progressed)} progressed unequivocally"
    elif overall == "PD":
        back = [one.lesion for one in (*targets, *non_targets) if one.is_visible is MET]
        reason = f"{_list(back)} came back after a complete response"
    elif overall == "NE":
        reason = "; ".join(missing)
    elif overall == "NED":
        reason = "no disease at baseline, and none since"
    elif target in ("PR", "SD"):
        reason = _against_baseline(seen_mm, start.sum_mm or 0.0, nadir_mm, target)
    else:
        what = "target" if target == "CR" else "non-target"
        reason = f"no {what} lesion is left"
        if target == "CR" and non_target == "CR":
            reason = "no target or non-target lesion is left"
        elif non_target in ("NE", "NON_CR_NON_PD"):
            remain = [one.lesion for one in non_targets if one.is_visible is MET]
            rest = [f"{_list(remain)} {'remains' if len(remain) == 1 else 'remain'}"] if remain else []
            rest += [f"{one.lesion} {one.why}" for one in non_targets if one.is_visible is UNKNOWN]
            rest += ["tumour markers are raised"] if markers_raised else []
            reason = f"{reason}, but {' and '.join(rest)}" if target == "CR" else " and ".join(rest)
    if locally_treated:
        reason += f"; of {_list(locally_treated)}, treated locally, only viable tumour counts"
    return Assessment(
        on=day,
        sum_mm=sum_mm,
        seen_mm=seen_mm,
        baseline_mm=start.sum_mm,
        nadir_mm=nadir_mm,
        change_from_baseline_percent=_change(sum_mm, start.sum_mm),
        change_from_nadir_percent=_change(sum_mm, nadir_mm),
        change_from_nadir_mm=None if sum_mm is None or nadir_mm is None else _total([sum_mm, -nadir_mm]),
        target=target,
        non_target=non_target,
        new=new,
        overall=overall,
        reason=reason,
        missing=missing,
        locally_treated=locally_treated,
    )


def _against_baseline(sum_mm: float, baseline_mm: float, nadir_mm: float | None, target: Response) -> str:
    def side(reference: float, name: str) -> str:
        if _um(sum_mm) == _um(reference):
            return f"equal to {name} {_mm(reference)}"
        way = "below" if sum_mm < reference else "above"
        by = _percent(sum_mm - reference, reference) if reference else _mm(sum_mm)
        return f"{by} {way} {name} {_mm(reference)}"

    says = f"sum {_mm(sum_mm)} is {side(baseline_mm, 'baseline')}"
    if target == "SD" and nadir_mm is not None and _um(nadir_mm) != _um(baseline_mm):
        says += f" and {side(nadir_mm, 'nadir')}"
    return says


def _has_shrunk(mm: float, baseline_mm: float) -> bool:
    """At least 30 % below baseline: RECIST 4.3.1."""
    return 10 * _um(mm) <= 7 * _um(baseline_mm)


def _has_grown(mm: float, nadir_mm: float) -> bool:
    """At least 20 % and at least 5 mm above the nadir: RECIST 4.3.1."""
    return 5 * _um(mm) >= 6 * _um(nadir_mm) and _um(mm) - _um(nadir_mm) >= _um(LEAST_GROWTH_MM)


def _um(mm: float) -> int:
    """Whole micrometres, so that exactly 30 % is 30 %."""
    return round(mm * 1000)


def _total(diameters_mm: Iterable[float]) -> float:
    return sum(map(_um, diameters_mm)) / 1000


def _change(sum_mm: float | None, reference_mm: float | None) -> float | None:
    return 100 * (sum_mm - reference_mm) / reference_mm if sum_mm is not None and reference_mm else None


def _mm(diameter_mm: float | None) -> str:
    return "unknown" if diameter_mm is None else f"{_um(diameter_mm) / 1000:.10g} mm"


def _percent(change_mm: float, reference_mm: float) -> str:
    """Cut, not rounded, so that 29.97 % never reads as the 30 % it is not."""
    return f"{abs(_um(change_mm)) * 1000 // _um(reference_mm) / 10:.10g} %"


def _list(ids: Sequence[str]) -> str:
    return ids[0] if len(ids) == 1 else f"{', '.join(ids[:-1])} and {ids[-1]}"
