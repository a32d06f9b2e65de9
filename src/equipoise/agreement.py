"""A drafted study beside one written by hand of the same trial: on what the record says, whether they agree."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from .bounds import Limit, domain, is_whole, item_of, limits, name_of, term_of
from .bounds import cells as cells_of
from .protocol import Endpoint, Line, Moment, Statement, Step
from .study import Study
from .timings import moment
from .visits import examinations


@dataclass(frozen=True, slots=True)
class Compared:
    """One thing that the draft has from the record, what the other study says of it, and whether the two agree.

    `sure` is false where the draft itself marks its reading as unsure, under `unstated`.
    """

    what: str
    drafted: str
    written: str
    agrees: bool
    sure: bool = True


def agreement(drafted: Study, written: Study) -> tuple[Compared, ...]:
    """Everything that a draft has from its record, beside a study written by hand.

    What the draft only assumes is not compared: it stands under `unstated`, and the other may have assumed something else.
    """
    return (*_identity(drafted, written), *_design(drafted, written), *_arms(drafted, written), *_bounds(drafted, written),
            *_endpoints(drafted, written), *_lines(drafted, written), *_steps(drafted, written))  # fmt: skip


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    return re.sub(r"oe|ae|ue", lambda found: found[0][0], re.sub(r"[^a-z0-9]+", " ", plain)).strip()


def _identity(drafted: Study, written: Study) -> Iterator[Compared]:
    one, other = drafted.protocol, written.protocol
    for each in one.registrations:
        known = [reg.id for reg in other.registrations if reg.registry == each.registry or each.registry == "sponsor"]
        is_sure = each.registry != "sponsor"  # a sponsor has several numbers for one trial
        yield Compared(f"number in {each.registry}", each.id, ", ".join(known) or "not said", each.id in known, is_sure)
    if one.sponsor:
        yield Compared(
            "sponsor",
            one.sponsor,
            other.sponsor or "not said",
            _plain(one.sponsor) in _plain(other.sponsor) or _plain(other.sponsor) in _plain(one.sponsor) != "",
        )
    if one.status and other.status:
        yield Compared("status", one.status, other.status, _plain(one.status) == _plain(other.status))
    for name, day in one.dates.items():
        if name in other.dates:
            yield Compared(
                f"date: {name.replace('_', ' ')}", str(day), str(other.dates[name]), str(day) == str(other.dates[name])
            )


def _design(drafted: Study, written: Study) -> Iterator[Compared]:
    one, other = drafted.protocol.design, written.protocol.design
    assumed = " ".join(each.what.lower() for each in drafted.protocol.unstated if each.assumed)
    for name in ("type", "allocation", "model", "masking", "purpose", "enrolment", "perspective"):
        mine, theirs = getattr(one, name), getattr(other, name)
        if mine in (None, "none") and name != "masking" or mine is None:
            continue
        if (
            name == "type"
            and "interventional or observational" in assumed
            or name == "allocation"
            and "come to their arms" in assumed
        ):
            continue
        yield Compared(
            f"design: {name}", str(mine).replace("_", " "), str(theirs or "not said").replace("_", " "), mine == theirs
        )


def _arms(drafted: Study, written: Study) -> Iterator[Compared]:
    for what, mine, theirs in (
        ("arms", drafted.protocol.arms, written.protocol.arms),
        ("groups", drafted.protocol.groups, written.protocol.groups or written.protocol.cohorts),
    ):
        if mine:
            yield Compared(f"how many {what}", str(len(mine)), str(len(theirs)), len(mine) == len(theirs))


# --- criteria --------------------------------------------------------------------------------------------------------


def _limits(study: Study) -> dict[str, list[Limit]]:
    """The bounds that criteria set, by what they bound."""
    found: dict[str, list[Limit]] = {}
    for each in study.protocol.eligibility:
        if isinstance(each.rule, Statement) and each.rule.tree is not None:
            for limit in limits(each.rule.settled, met=each.include is not None):
                item = item_of(limit.measure.of, study)
                term = term_of(item) if item is not None else None
                name = term.name if term is not None else _counted(name_of(limit.measure, study.scope))
                found.setdefault(name, []).append(limit)
    return found


def _text_of(limit: Limit, study: Study) -> str:
    """The expression of which a bound is a part."""
    for each in study.protocol.eligibility:
        if (
            isinstance(each.rule, Statement)
            and each.rule.tree is not None
            and limit in limits(each.rule.settled, met=each.include is not None)
        ):
            return each.rule.text
    return ""


def _counted(text: str) -> str:
    """A count or a size of lesions by what is counted, whatever else is said of them: only those that are present count."""
    said = re.sub(r"\s+and present\b|\bpresent and\s+", "", text)
    organ = re.search(r"organ == (\w+)", said)
    if "lesions" in said and organ:
        return (
            f"{'number' if said.startswith('count') else 'largest' if 'max' in said else 'size'} of lesions in the {organ[1]}"
        )
    return said


def _bars(limit: Limit, value: float) -> bool:
    return not any(limit.passes(value, truths) for truths in product((True, False), repeat=len(limit.others)))


def _may_bar(limit: Limit, value: float) -> bool:
    return not all(limit.passes(value, truths) for truths in product((True, False), repeat=len(limit.others)))


def _bounds(drafted: Study, written: Study) -> Iterator[Compared]:
    """Whether the same values are barred: 0 and 1 is the same as 0 to 1, however it is written."""
    mine, theirs = _limits(drafted), _limits(written)
    doubted = [each.what for each in drafted.protocol.unstated if each.what.startswith("Whether '")]
    unsure = {
        name
        for name, held in mine.items()
        if any(
            _text_of(limit, drafted) and any(f"means: {_text_of(limit, drafted)}" in doubt for doubt in doubted)
            for limit in held
        )
    }
    for name, own in sorted(mine.items()):
        other = theirs.get(name, [])
        at = sorted({value for limit in (*own, *other) for value in limit.at})
        whole = all(is_whole(limit.measure, study) for study, held in ((drafted, own), (written, other)) for limit in held)
        low, high = domain(own[0].measure, drafted)
        values = [cell.like for cell in cells_of(at, low, high, whole=whole)]
        barred = tuple(value for value in values if any(_bars(limit, value) for limit in own))
        each_bars = [{value for value in values if _bars(limit, value)} for limit in other]
        only = ""
        # what another line of the other study bars besides is no disagreement about this one
        barred_there = tuple(
            value for value in values if any(value in held for held in each_bars if held <= {*barred} or not barred)
        )
        if set(barred_there) != set(barred):  # barred there only when something else holds as well
            may = tuple(value for value in values if any(_may_bar(limit, value) for limit in other))
            barred_there, only = (
                (may, " (only when something else holds as well)") if set(may) == set(barred) else (barred_there, "")
            )
        if set(barred_there) != set(barred):
            barred_there = tuple(value for value in values if any(value in held for held in each_bars))
        yield Compared(
            f"who is barred by {name}",
            _values(barred),
            _values(barred_there) + only if other else "not bounded",
            barred == barred_there,
            name not in unsure,
        )


def _values(values: Sequence[float]) -> str:
    return ", ".join(f"{value:g}" for value in values) or "nobody"


# --- endpoints -------------------------------------------------------------------------------------------------------

_EVENTS = (
    ("death", r"\bdeath\b"),
    ("recurrence", r"recurren|relaps"),
    ("progression", r"progress|\bpd\b|spread"),
    ("complication", r"adverse_event|complication"),
)


def _happens(endpoint: Endpoint, study: Study) -> frozenset[str]:
    said = [
        f"{each.text} {study.label(each.text.strip()) if each.text.strip() in study.activities else ''}".lower()
        for each in endpoint.events
    ]
    return frozenset(next((name for name, pattern in _EVENTS if re.search(pattern, text)), text.strip()) for text in said)


def _from(endpoint: Endpoint, study: Study) -> str:
    return _class(endpoint.from_, study)


def _class(anchor: Moment | None, study: Study) -> str:
    """What a moment is, whatever the study calls it."""
    if anchor is None:
        return ""
    text = anchor.text.strip().removeprefix("first(").removesuffix(")")
    said = f"{text} {study.label(text) if text in study.activities else ''}".replace("_", " ")
    return moment(said) or text


def _endpoints(drafted: Study, written: Study) -> Iterator[Compared]:
    unsaid = " ".join(each.what for each in drafted.protocol.unstated)
    for name, mine in drafted.protocol.endpoints.items():
        gaps = [each.what for each in drafted.protocol.unstated if each.what.startswith(f"Of '{mine.label[:100]}")]
        if any("how it is measured" in each for each in gaps):
            continue
        said_origin = not any("from when it counts" in each for each in gaps) and mine.kind in ("time_to_event", "occurrence")
        theirs = _like(mine, name, drafted, written)
        told, other = (
            _told(mine, drafted, said_origin),
            _told(theirs, written, said_origin) if theirs is not None else "not there",
        )
        same = (
            theirs is not None
            and theirs.kind == mine.kind
            and _same_events(mine, theirs, drafted, written)
            and (not said_origin or _from(mine, drafted) == _from(theirs, written))
        )
        if same and theirs is not None and (end := mine.horizon or mine.within or mine.at) is not None:
            same = str(end) == str(theirs.horizon or theirs.within or theirs.at)
        if "which outcome is the primary" not in unsaid.lower() and theirs is not None:
            same = same and (mine.role == "primary") == (theirs.role == "primary")
        yield Compared(f"endpoint: {mine.label or name}", told, other, same)


def _same_events(mine: Endpoint, theirs: Endpoint, drafted: Study, written: Study) -> bool:
    return _happens(mine, drafted) == _happens(theirs, written)


def _like(mine: Endpoint, name: str, drafted: Study, written: Study) -> Endpoint | None:
    """The endpoint of the other study that is most like this one: of its kind and events, then of its origin and name."""
    words = set(_plain(f"{name} {mine.label}").split())

    def likeness(theirs: Endpoint) -> tuple[bool, int, bool, int]:
        shared = len(words & set(_plain(f"{theirs.name} {theirs.label}").split()))
        return (
            _happens(mine, drafted) == _happens(theirs, written),
            len(set(mine.items) & set(theirs.items)),
            theirs.name == name,
            shared + 2 * (_from(mine, drafted) == _from(theirs, written)),
        )

    return max((each for each in written.protocol.endpoints.values() if each.kind == mine.kind), key=likeness, default=None)


def _told(endpoint: Endpoint, study: Study, with_origin: bool) -> str:
    parts = [endpoint.kind.replace("_", " ")]
    if endpoint.events:
        parts.append("of " + " or ".join(sorted(_happens(endpoint, study))))
    if with_origin:
        parts.append(f"from {_from(endpoint, study).replace('_', ' ')}")
    if end := endpoint.horizon or endpoint.within or endpoint.at:
        parts.append(f"over {end}")
    return " ".join(parts)


# --- schedule --------------------------------------------------------------------------------------------------------


def _when(line: Line) -> tuple[str, ...]:
    every = "" if line.every is None else f"every {line.every.count} cycles" if line.every.activity else f"every {line.every}"
    return (every, f"days {', '.join(map(str, line.on))}" if line.on else "", f"at {line.at}" if line.at is not None else "",
            f"starting {line.starting}" if line.starting is not None else "", f"until {line.until}" if line.until is not None else "")  # fmt: skip


def _done(line: Line, study: Study) -> frozenset[str]:
    said = (examinations(f"{study.label(name)} {name.replace('_', ' ')}") or (name,) for name in line.do)
    return frozenset(kind for each in said for kind in each)


def _lines(drafted: Study, written: Study) -> Iterator[Compared]:
    for mine in drafted.protocol.schedule:
        wanted, when = _done(mine, drafted), _when(mine)
        same = [each for each in written.protocol.schedule if _when(each) == when and wanted <= _done(each, written)]
        near = (
            same
            or sorted(written.protocol.schedule, key=lambda each: (_when(each) != when, -len(wanted & _done(each, written))))[
                :1
            ]
        )
        told = f"{', '.join(sorted(wanted))} {' '.join(filter(None, when))}"
        other = (
            f"{', '.join(sorted(_done(near[0], written)))} {' '.join(filter(None, _when(near[0])))}" if near else "not there"
        )
        yield Compared("schedule", told, other, bool(same))


# --- the pathway -----------------------------------------------------------------------------------------------------


def _steps(drafted: Study, written: Study) -> Iterator[Compared]:
    """What the steps of a drafted pathway say of numbers, each beside a step of the other study that says the same."""
    if drafted.protocol.pathway is None or written.protocol.pathway is None:
        return
    theirs = {what for step in written.protocol.pathway.steps.values() for what in _numbers(step)}
    for step in drafted.protocol.pathway.steps.values():
        for what in _numbers(step):
            yield Compared(
                f"pathway: {step.label or step.name}", what, what if what in theirs else "no step says so", what in theirs
            )


def _numbers(step: Step) -> Iterator[str]:
    if step.times is not None:
        yield f"repeated {step.times} times"
    if step.limit is not None and step.limit > 1:
        yield f"{step.limit} times at most"
    for each in step.apart:
        yield f"{each.at_least} apart from another treatment"
