"""Parts of the page of a rehearsal: comparisons that are no times to an event, what it costs, what else follows if it were
otherwise, and what is not told, with the reason.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from ..endpoints.measurement import is_truth
from ..kernels.two_arm import Estimate
from ..prospects.words import called
from ..rehearsal import Charged, Dearer, Outlook, Rehearsal, Sweep
from ..simulation.costs import MONTH
from ..study import Study
from .monte_carlo import MINUS, about, amount, percent_of, spread
from .page import Entry, Listing, Section, Table, Text

ABREAST, AS_ASSUMED = 6, " (as assumed)"
"""Values of what is varied that stand in one table."""
TOLD_APART = 3.0
"""Monte Carlo errors by which two numbers have to differ, to be told apart."""
LESIONS = {
    "found": ("Lesions found, each participant", 1.0),
    "treated": ("Lesions treated, each participant", 1.0),
    "cleared": ("No lesion left, % of participants", 100.0),
}


# --- comparisons -----------------------------------------------------------------------------------------------------


def measured(found: Rehearsal) -> Section | None:
    """The comparisons of shares, means, scores and costs: their power, and what they find on average."""
    if not found.measured:
        return None
    rows = []
    for each in found.measured:
        factor = 100.0 if each.what.startswith("Difference of shares") else 1.0
        rows.append((
            f"{each.label}: {each.what[:1].lower()}{each.what[1:]}{' (percentage points)' if factor > 1 else ''}",
            spread(each.found, factor=100), spread(each.false, factor=100), spread(each.value, factor=factor),
            _between(each.low * factor, each.high * factor), f"{each.trials:,}{'' if each.way == 'as written' else ' *'}",
        ))  # fmt: skip
    note = (
        "Shown: the declared test, or where there is none the interval, tells a difference. Where what is assumed is alike in all "
        "arms that is the type I error, unless the protocol makes the arms differ by itself, as by cycles or sessions that it asks "
        "for in one arm. No bias is told: it is no one number that is assumed."
    )
    if any(each.way != "as written" for each in found.measured):
        note += " * followed event by event, and analysed as declared."
    head = ("Comparison", "Shown (power), %", "Shown if all is\nassumed alike, %", "Mean estimate", "19 in 20 trials", "Trials")
    table = Table("Other comparisons (mean ± Monte Carlo error)", head, tuple(rows), note=note, align="right")
    notes = [
        Text(f"In {percent_of(each.inestimable)} of trials “{each.label}” cannot tell its {each.what[:1].lower()}{each.what[1:]}; they count as showing nothing.", "note")
        for each in found.measured if each.inestimable.value > 0
    ]  # fmt: skip
    return Section("Shares, means, scores and costs", (table, *notes))


def _between(low: float, high: float) -> str:
    if not (isfinite(low) and isfinite(high)):
        return ""
    digits = 0 if max(abs(low), abs(high)) >= 100 else 1 if max(abs(low), abs(high)) >= 10 else 2
    return f"{low:,.{digits}f} to {high:,.{digits}f}".replace("-", MINUS)


# --- costs -----------------------------------------------------------------------------------------------------------


def costs(study: Study, found: Rehearsal) -> Section | None:
    """What the participants cost, arm by arm, and what it is made of."""
    if found.charged is None:
        return None
    of = found.charged
    head = ("", *(arm_label(arm.name, study) for arm in of.arms))
    rows = [
        ("A participant, mean", *(about(arm.mean) for arm in of.arms)),
        ("Mean of 95 trials in 100", *(f"{amount(arm.low)} to {amount(arm.high)}" for arm in of.arms)),
        ("Standard deviation between participants", *(about(arm.sd) if arm.sd is not None else "" for arm in of.arms)),
    ]
    for name, _ in of.arms[0].parts:
        label = "Follow-up, by the month" if name == MONTH else study.label(name)
        rows.append((f"of that: {label}", *(about(dict(arm.parts)[name]) for arm in of.arms)))
    note = f"{of.currency}, prices of {of.year}, not discounted, while a participant is followed. What is not priced costs nothing here."
    parts = [Text(sentence) for sentence in cost_sentences(study, of)]
    return Section("What it costs", (*parts, Table("Costs (± Monte Carlo error)", head, tuple(rows), note=note, align="right")))


def cost_sentences(study: Study, of: Charged) -> tuple[str, ...]:
    """What the participants of each arm cost, and what that is more or less than the arm they are held against."""
    said = [f"{arm_label(arm.name, study)}: about {of.currency} {amount(arm.mean.value)} for a participant." for arm in of.arms]
    said += [_dearer(each, study, of.currency) for each in of.differences]
    return tuple(said)


def _dearer(each: Dearer, study: Study, currency: str) -> str:
    more = "more" if each.mean.value >= 0 else "less"
    return (
        f"{arm_label(each.first, study)} costs {currency} {amount(abs(each.mean.value))} {more} than {arm_label(each.reference, study)}; "
        f"in 95 trials of 100 the difference lies between {amount(each.low)} and {amount(each.high)}."
    )


def arm_label(name: str, study: Study) -> str:
    """What people call an arm; of no arm, whom that leaves."""
    return called(name, study) if name else "In no arm" if study.protocol.arms else "All participants"


# --- if it were otherwise --------------------------------------------------------------------------------------------


def outlooks(sweep: Sweep, study: Study) -> list[Table | Text]:
    """What becomes of participants at each value of what is varied: what changes by more than chance may do, arm by arm."""
    if len(sweep.outlooks) < 2 or not any(each.arms for each in sweep.outlooks):
        return []
    columns = [_outlook(each, study) for each in sweep.outlooks]
    known = dict.fromkeys(key for column in columns for key in column)
    changed = [key for key in known if _differs([column[key].number for column in columns if key in column])]
    if not changed:
        return [Text("Of what becomes of participants nothing changes by more than three Monte Carlo errors.", "note")]
    made: list[Table | Text] = [Text(sentence)] if (sentence := _bought(sweep, columns, changed, study)) else []
    for who in dict.fromkeys(who for who, _ in changed):
        here = [key for key in changed if key[0] == who]
        for first in range(0, len(columns), ABREAST):
            some = slice(first, first + ABREAST)
            head = tuple(f"{each.value}{AS_ASSUMED if each.value == sweep.assumed else ''}" for each in sweep.outlooks[some])
            rows = tuple((key[1], *(column[key].told if key in column else "" for column in columns[some])) for key in here)
            made.append(Table(f"{sweep.label}: {who}", ("", *head), rows, align="right"))
    made.append(Text("What differs by less than three Monte Carlo errors is left out.", "note"))
    return made


@dataclass(frozen=True, slots=True)
class _Number:
    """A number with its error, and what it is multiplied by for the eye; `is_telling` for what a longer treatment is for."""

    number: Estimate
    factor: float = 1.0
    is_telling: bool = False

    @property
    def told(self) -> str:
        return spread(self.number, factor=self.factor)


_Outlook = Mapping[tuple[str, str], _Number]
"""Numbers, by whom they are of and what they are."""


def _bought(sweep: Sweep, columns: Sequence[_Outlook], changed: Sequence[tuple[str, str]], study: Study) -> str:
    """What the value that the file has buys against the one before it: procedures, lesions, costs, in a sentence."""
    at = next((place for place, each in enumerate(sweep.outlooks) if each.value == sweep.assumed), 0)
    if not at:
        return ""
    before, here, said = sweep.outlooks[at - 1].value, sweep.outlooks[at].value, []
    for key in changed:
        one, other = columns[at].get(key), columns[at - 1].get(key)
        if one is not None and other is not None and one.is_telling and _differs([one.number, other.number]):
            said.append(f"{key[1]} ({key[0]}) {one.told} instead of {other.told}")
    return f"With {here} instead of {before}: {'; '.join(said)}." if said else ""


def _outlook(seen: Outlook, study: Study) -> _Outlook:
    found: dict[tuple[str, str], _Number] = {}
    if seen.months is not None:
        found["the trial", "Months until it ends"] = _Number(seen.months, is_telling=True)
    for arm in seen.arms:
        who = arm_label(arm.name, study)
        for name, each in arm.activities:
            found[who, f"{study.label(name)}, number each"] = _Number(each, 1.0, study.activities[name].procedure)
        for what, each in arm.lesions:
            found[who, LESIONS[what][0]] = _Number(each, LESIONS[what][1], is_telling=True)
        for name, each in arm.endpoints:
            endpoint = study.protocol.endpoints[name]
            is_yes, is_share = is_truth(endpoint, study), endpoint.kind in ("time_to_event", "occurrence")
            unit = "% of whom it holds" if is_yes else "% with the event" if is_share else "mean"
            label = f"{endpoint.label or name.replace('_', ' ')}, {unit}"
            found[who, label] = _Number(each, 100.0 if is_share or is_yes else 1.0, endpoint.role == "primary")
        found[who, "Months followed, each"] = _Number(arm.months)
    for paid in seen.charged.arms if seen.charged is not None else ():
        what = f"Cost of a participant, {seen.charged.currency if seen.charged is not None else ''}"
        found[arm_label(paid.name, study), what] = _Number(paid.mean, is_telling=True)
    return found


def _differs(values: Sequence[Estimate]) -> bool:
    there = [each for each in values if isfinite(each.value)]
    if len(there) < 2:
        return False
    low, high = min(there, key=lambda each: each.value), max(there, key=lambda each: each.value)
    error = sum((each.error if isfinite(each.error) else 0.0) ** 2 for each in (low, high)) ** 0.5
    return bool(high.value - low.value > TOLD_APART * error)


# --- what is not told ------------------------------------------------------------------------------------------------


def absent(study: Study, found: Rehearsal) -> Section | None:
    """What one may look for on the page and does not find, and why."""
    protocol, said = study.protocol, list[tuple[str, str]]()
    if not found.comparisons and not found.measured:
        said.append(("Power, type I error, bias, coverage", "the study declares no comparison"))
    elif not any(each.truth is not None for each in found.comparisons):
        said.append(
            ("Bias and coverage", "it is not one hazard ratio that the file assumes, so that there is no number to miss")
        )
    if found.comparisons and not any(each.looks for each in found.comparisons):
        said.append(("Interim and futility looks", "none is declared that can be simulated (interim, futility)"))
    said += [(f"“{label}”", why) for label, why in found.untold]
    if found.charged is None:
        bills = [each.label or name.replace("_", " ") for name, each in protocol.endpoints.items() if each.kind == "cost"]
        kept = f"; what is billed, “{bills[0]}”, is among the endpoints" if bills else ""
        said.append(("What activities cost", f"the file assumes no prices (costs){kept}"))
    if not any(arm.lesions for arm in found.arms):
        said.append(("Lesions found, treated, cleared", "no lesions are assumed (lesion_count)"))
    if protocol.pathway is None:
        said.append(("Ways through the pathway", "the study has no pathway"))
    elif not found.flows:
        said.append(("Ways through the pathway", "no trial was followed event by event"))
    if not protocol.arms:
        said.append(("Guessing the next arm, and anything by arm", "the study has no arms"))
    if not found.sweeps:
        said.append(("What if it were otherwise", "nothing was varied: ask with --vary"))
    if not said:
        return None
    return Section("What is not told, and why", (Listing(tuple(Entry(f"{what}: {why}.") for what, why in said)),))
