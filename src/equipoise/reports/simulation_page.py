"""The page of a rehearsal: what can be expected of a trial, in words first, then in tables and pictures.

Every number stands with its Monte Carlo error: what endless trials would give lies within twice of it, nineteen times in
twenty.
"""

from collections.abc import Sequence
from math import exp, isfinite

from ..endpoints.measurement import is_truth
from ..kernels.two_arm import Estimate
from ..prospects import Look as Stop
from ..prospects.plan import drawn_item
from ..prospects.words import called, months, percent
from ..protocol import Source
from ..rehearsal import ArmSeen, Comparison, Flow, Guessing, Rehearsal, Sweep
from ..study import Study
from .adaptive_section import NONE, adaptive_section
from .design_page import boundaries
from .forecast import forecast
from .monte_carlo import percent_of, share, spread
from .page import Entry, Figure, Listing, Section, Table, Text, page
from .power_curve import power_curve
from .rehearsed import absent, costs, measured, outlooks
from .sankey import least, sankey

Part = Text | Listing | Table | Figure | Section
WORTH_A_PICTURE = 0.02
TOO_OFTEN = 1.2
"""A type I error so many times the level is spoken of: in a small trial the log-rank test itself has a little more."""
MOST_WAYS, THIS_FILE = 12, "this file"
WAYS = {
    "as written": "the whole protocol, by the fast interpreter",
    "followed": "the whole protocol, each participant followed event by event",
    "by itself": "the comparison by itself: hazards and follow-up alone",
}


def simulation_page(study: Study, found: Rehearsal) -> str:
    """What can be expected of a trial, as HTML."""
    from ..analysis import software  # with all its methods: the first answer on a terminal needs none of them

    sections = [
        _finds(study, found), adaptive_section(found.adapted), _lengths(study, found), _ways(study, found), _people(study, found), costs(study, found),
        _guesses(found), _otherwise(study, found), absent(study, found), _run(study, found),
    ]  # fmt: skip
    protocol = study.protocol
    facts = [("Participants", str(found.people))]
    if protocol.arms:
        facts.append(("Arms", "; ".join(called(each, study) for each in protocol.arms)))
    facts += [
        ("Virtual trials", f"{found.trials:,}, as written; {found.followed:,} followed event by event"),
        ("Seed", str(found.seed)),
    ]
    return page(
        f"{protocol.title or protocol.study}: virtual trials", [each for each in sections if each is not None], virtual=True,
        lead=headline(found), facts=facts, foot=software(),
    )  # fmt: skip


# --- words -----------------------------------------------------------------------------------------------------------


def headline(found: Rehearsal) -> str:
    """The answer in a sentence or two."""
    first = found.primary
    if first is None:
        return "The study declares no comparison of times to an event: there is no power to tell, but a course to expect."
    return " ".join(sentences(first, found)[:2])


def sentences(each: Comparison, found: Rehearsal) -> tuple[str, ...]:
    """What a comparison comes to, in sentences; the first is complete in itself."""
    best = each.best
    if best is None or not isfinite(best.value):
        return ("Nothing is known of it yet.",)
    effect = f" and a hazard ratio of {each.truth:.2f}" if each.truth is not None else " and what this file assumes"
    finds = "finds the effect" if each.truth is not None else "shows a difference"
    how = _how(each)
    said = [
        f"With {found.people} participants{effect} the trial {finds} with a probability of about {percent(best.value)} ({how})."
    ]
    wanted = [(power, people) for power, people in each.needed if power > best.value]
    if wanted:
        about = "roughly " if each.is_scaled else ""
        more = "".join(f", of {about}{people:,} for {percent(power)}" for power, people in wanted[1:])
        said.append(f"Enrolment of {about}{wanted[0][1]:,} would be needed for {percent(wanted[0][0])}{more}.")
    false = each.false or (each.plain.false if each.plain is not None and each.power is None else None)
    if false is not None:
        said.append(
            f"Without an effect it claims one with a probability of {percent_of(false)}; its level is {percent(each.level)}."
        )
        if false.value - 3 * false.error > each.level * TOO_OFTEN:
            said.append(
                "That is more than its level: what the pathway does to the arms, as when each is looked at or left, makes them look "
                "different by itself."
            )
    if each.effect is not None:
        truth = f", where {each.truth:.2f} is assumed" if each.truth is not None else ""
        covers = (
            f"; its {1 - each.level:.0%} interval holds that in {percent_of(each.coverage)} of trials" if each.coverage else ""
        )
        said.append(
            f"On average (of logarithms) it estimates a hazard ratio of {exp(each.effect.value):.2f}{truth}{covers}.".replace(
                "%", " %"
            ).replace("  %", " %")
        )
    events = each.events or (each.plain.events if each.plain is not None else None)
    if events is not None:
        said.append(f"About {events.value:.0f} events are expected.")
    if each.inestimable is not None and each.inestimable.value > 0:
        said.append(f"In {percent_of(each.inestimable)} of trials its test cannot be done; they count as showing nothing.")
    said += each.notes
    return tuple(said)


def _how(each: Comparison) -> str:
    if each.power is not None:
        error = 100 * each.power.error
        return f"Monte Carlo error {error:.2g} percentage points, {each.trials:,} virtual trials {each.way}"
    assert each.plain is not None
    return f"Monte Carlo error {100 * each.plain.power.error:.2g} percentage points, {each.plain.trials:,} virtual trials of the comparison by itself"


def guessed(found: Guessing) -> tuple[str, ...]:
    """How often the next arm is guessed, in sentences."""
    if found.cannot:
        return (found.cannot,)
    assert found.least_so_far is not None and found.knowing is not None and found.certain is not None and found.lot is not None
    exact = f" ({100 * found.exact:.1f} % by the formula)" if found.exact is not None else ""
    said = [
        f"Who knows the arms of those before and guesses the one that has had the fewest is right {percent_of(found.least_so_far)} "
        f"of the time{exact}; by lot alone {share(found.lot)}.",
        f"Who knows how the list is made, too, is right {percent_of(found.knowing)} of the time, and certain of "
        f"{percent_of(found.certain)} of the places.",
    ]
    if found.masked:
        said.append("The trial is masked: a site knows these arms only so far as it sees through that.")
    return tuple(said)


# --- sections --------------------------------------------------------------------------------------------------------


def _finds(study: Study, found: Rehearsal) -> Section:
    parts: list[Part] = []
    for each in found.comparisons:
        against = " against ".join(called(name, study) for name in each.sides)
        inner: list[Part] = [Text(f"{against} ({'primary endpoint' if each.is_primary else 'not a primary endpoint'})", "note")]
        low = each.best is not None and each.best.value < 0.8
        inner += [
            Text(sentence, "warning" if low and not rank else "plain") for rank, sentence in enumerate(sentences(each, found))
        ]
        inner.append(_characteristics(each))
        if each.looks:
            inner += _looks(each)
        curve = _curve(each, found)
        if curve is not None:
            inner.append(curve)
        parts.append(Section(each.label, tuple(inner)))
    if not parts:
        parts.append(Text("No comparison of times to an event is declared: there is no power to tell of one."))
    others = measured(found)
    if others is not None:
        parts.append(others)
    if not found.adapted:
        parts.append(Text(NONE, "note"))
    return Section("What the trial finds", tuple(parts))


def _characteristics(each: Comparison) -> Table:
    plain = each.plain
    rows = [
        ("Power, %", spread(each.power, factor=100), spread(plain.power, factor=100) if plain else ""),
        ("Type I error, %", spread(each.false, factor=100), spread(plain.false, factor=100) if plain else ""),
        ("Log hazard ratio, mean", spread(each.effect), ""),
        ("Bias of the log hazard ratio", spread(each.bias), spread(plain.bias) if plain else ""),
        (f"Coverage of the {100 * (1 - each.level):g} % interval, %", spread(each.coverage, factor=100), spread(plain.coverage, factor=100) if plain and plain.coverage else ""),
        ("Events", spread(each.events), spread(plain.events) if plain else ""),
        ("Months until it is decided", spread(each.months), spread(plain.months) if plain else ""),
        ("Test cannot be done, %", spread(each.inestimable, factor=100), ""),
    ]  # fmt: skip
    if each.formula is not None:
        rows[0] = (rows[0][0], rows[0][1], f"{rows[0][2]}\nby formula {100 * each.formula:.1f}".strip())
    kept = [row for row in rows if row[1] or row[2]]
    head = (
        "Mean ± Monte Carlo error",
        f"{each.way or 'as written'}\n{each.trials:,} trials",
        f"by itself\n{plain.trials:,} trials" if plain else "by itself",
    )
    if plain is None:
        return Table("Operating characteristics", head[:2], tuple(row[:2] for row in kept), align="right")
    return Table("Operating characteristics", head, tuple(kept), align="right")


def _looks(each: Comparison) -> list[Table | Figure]:
    rows = tuple(
        (
            share(look.share), f"{look.above:.3f}", f"{look.below:.3f}" if look.below is not None else "",
            spread(look.found, factor=100), spread(look.futile, factor=100), spread(look.falsely, factor=100),
        )
        for look in each.looks
    )  # fmt: skip
    head = (
        "Look, at a share of the events", "claims at z", "gives up at z", "ends with a claim, %", "is given up, %",
        "claims without an effect, %",
    )  # fmt: skip
    looks, found, futile, falsely = [], 0.0, 0.0, 0.0
    for look in each.looks:
        found, futile = found + look.found.value, futile + look.futile.value
        falsely += look.falsely.value if look.falsely is not None else 0.0
        looks.append(Stop(look.share, None, None, look.above, each.level, look.below, 0.0, found, futile, falsely))
    told = "; ".join(f"by {share(look.share)} of the events {share(look.found)} have claimed the effect and {share(look.falsely)} "
                     "would have claimed one that is not there" for look in looks)  # fmt: skip
    caption = "How the error is spent: the boundaries of the looks, and the share of virtual trials that have ended by each."
    return [
        Table("Planned looks", head, rows, align="right"),
        Figure(boundaries(looks, f"Of virtual trials, {told}."), f"Of virtual trials, {told}.", caption),
    ]


def _curve(each: Comparison, found: Rehearsal) -> Figure | None:
    points = [(float(number), power) for number, power in (each.plain.curve if each.plain is not None else ())]
    if len(points) < 2:
        return None
    told = "; ".join(f"{number:g}: {share(power.value)}" for number, power in points)
    image = power_curve(points, along="Participants", line=[(float(n), p) for n, p in each.formula_curve], planned=float(found.people),
                        alt=f"Power by number of participants. {told}")  # fmt: skip
    return Figure(
        image,
        f"Power by number of participants. {told}",
        "Power by number of participants, of the comparison by itself: virtual trials, and the formula.",
    )


def _lengths(study: Study, found: Rehearsal) -> Section | None:
    seen = found.forecast
    if seen is None:
        return None
    bands = [("have joined", seen.joining.low, seen.joining.middle, seen.joining.high)]
    for name, band in seen.events:
        endpoint = study.protocol.endpoints[name]
        bands.append((f"{endpoint.label or name.replace('_', ' ')}: events", band.low, band.middle, band.high))
    until = min(len(seen.joining.middle) - 1, (seen.duration_spread[-1] if seen.duration_spread else 60) + 3)
    half = f"In half of the trials the last participant has joined after {seen.accrual_spread[1]} months and the trial ends after {seen.duration_spread[1]}."
    rows = (
        ("Until the last participant joins", spread(seen.accrual), *(str(each) for each in seen.accrual_spread)),
        ("Until the trial ends", spread(seen.duration), *(str(each) for each in seen.duration_spread)),
    )
    parts: list[Part] = [
        Text(f"{half} {_screened(seen.screened)}"),
        Table(
            "Months", ("", "mean ± Monte Carlo error", "one in ten takes at most", "half", "nine in ten"), rows, align="right"
        ),
    ]
    if until > 1 and len(bands) > 0:
        parts.append(Figure(
            forecast(bands[:4], until=until, alt=half), half,
            "Who has joined and who has had the event, month by month: the middle trial, and the band in which eight in ten lie (virtual trials).",
        ))  # fmt: skip
    return Section("How long it takes", tuple(parts))


def _screened(each: Estimate) -> str:
    if each.value == 1:
        return "Everybody who is screened joins: nothing that is assumed bars anybody."
    return f"{spread(each)} persons are screened for each who joins."


def _ways(study: Study, found: Rehearsal) -> Section | None:
    if not found.flows or study.protocol.pathway is None:
        return None
    steps = study.protocol.pathway.steps
    labels = {name: each.label or name.replace("_", " ").capitalize() for name, each in steps.items()}
    arms = [(name, called(name, study)) for name in study.protocol.arms] or [("", "All participants")]
    parts: list[Part] = []
    for flow in found.flows:
        parts += _flow(flow, arms, labels, several=len(found.flows) > 1)
    rows = tuple((labels[name], *(spread(dict(arm.steps).get(name), factor=100) for arm in found.arms)) for name in steps)
    if found.arms:
        parts.append(Table(
            f"Share of participants who enter each step, % ({found.trials:,} trials)", ("Step", *(arm.label for arm in found.arms)), rows,
            align="right",
        ))  # fmt: skip
    return Section("Ways through the pathway", tuple(parts))


def _flow(flow: Flow, arms: Sequence[tuple[str, str]], labels: dict[str, str], *, several: bool) -> list[Part]:
    shares = flow.shares
    rows = tuple((" → ".join(labels[step] for step in steps), spread(each, factor=100)) for steps, each in shares[:MOST_WAYS])
    rest = sum(each.value for _, each in shares[MOST_WAYS:])
    note = f"{len(shares) - MOST_WAYS} rarer ways make up the other {share(rest)}." if rest > 0 else ""
    title = f"{flow.track.replace('_', ' ').capitalize()}: " if several else ""
    commonest = f"The commonest way, of {share(shares[0][1].value)}: {rows[0][0]}." if rows else ""
    caption = f"{title}The flow through the pathway, of {flow.participants:,} virtual participants; flows of less than {100 * least(flow.ways, flow.participants):g} % are not drawn."
    return [
        Figure(sankey(flow.ways, flow.participants, arms=arms, labels=labels, alt=commonest), commonest, caption),
        Table(f"{title}The commonest ways", ("Way", "% of participants"), rows, note=note, align="right"),
    ]


def _people(study: Study, found: Rehearsal) -> Section | None:
    if not found.arms:
        return None
    head = ("", *(arm.label for arm in found.arms))
    parts: list[Part] = [Table("Participants and follow-up", head, (
        ("Participants", *(spread(arm.participants) for arm in found.arms)),
        ("Months followed, each", *(spread(arm.months) for arm in found.arms)),
        ("Person-months", *(spread(arm.person_months) for arm in found.arms)),
    ), align="right")]  # fmt: skip
    rows = _rows([arm.activities for arm in found.arms], lambda name: study.label(name))
    if rows:
        parts.append(Table("Activities, number for each participant", head, rows, align="right"))
    words = {
        "found": "Lesions found, each participant",
        "treated": "Lesions treated, each participant",
        "cleared": "No lesion left, % of participants",
    }
    rows = tuple(
        (words[what], *(spread(dict(arm.lesions).get(what), factor=100 if what == "cleared" else 1) for arm in found.arms))
        for what in words if any(what in dict(arm.lesions) for arm in found.arms)
    )  # fmt: skip
    if rows:
        parts.append(
            Table(
                "Lesions",
                head,
                rows,
                align="right",
                note="A lesion counts as gone once it was treated or can no longer be seen.",
            )
        )
    parts += _endpoints(study, found)
    return Section("What becomes of participants", tuple(parts))


def _rows(given: Sequence[tuple[tuple[str, Estimate], ...]], label: object) -> tuple[tuple[str, ...], ...]:
    names = list(dict.fromkeys(name for each in given for name, estimate in each if estimate.value > 0))
    return tuple((label(name), *(spread(dict(each).get(name)) for each in given)) for name in names)  # type: ignore[operator]


def _endpoints(study: Study, found: Rehearsal) -> list[Part]:
    """Each endpoint's mean or share by arm; what the fast interpreter leaves out comes from the trials followed."""
    closely = {arm.name: dict(arm.endpoints) for arm in found.closely}
    rows, any_followed = [], False
    for name, endpoint in study.protocol.endpoints.items():
        item = drawn_item(endpoint, study)
        if endpoint.kind == "trajectory" or (item is not None and item.type in ("choice", "text")):
            continue  # a code has no mean
        answers_yes = is_truth(endpoint, study)
        is_share = endpoint.kind in ("time_to_event", "occurrence") or answers_yes
        cells, from_followed = [], False
        for arm in found.arms:
            estimate = dict(arm.endpoints).get(name)
            if estimate is None and name in closely.get(arm.name, {}):
                estimate, from_followed = closely[arm.name][name], True
            cells.append(spread(estimate, factor=100 if is_share else 1))
        if any(cells):
            any_followed |= from_followed
            unit = "% of whom it holds" if answers_yes else "% with the event" if is_share else "mean"
            rows.append((f"{endpoint.label or name.replace('_', ' ')}, {unit}{' *' if from_followed else ''}", *cells))
    if not rows:
        return []
    note = f"* from the {found.followed:,} trials that were followed event by event" if any_followed else ""
    return [Table("Endpoints", ("", *(arm.label for arm in found.arms)), tuple(rows), note=note, align="right")]


def _guesses(found: Rehearsal) -> Section | None:
    if found.guessing is None:
        return None
    parts: list[Part] = [Text(sentence) for sentence in guessed(found.guessing)]
    seen = found.guessing
    if not seen.cannot:
        rows = (
            ("The arm with the fewest so far", spread(seen.least_so_far, factor=100)),
            ("Knowing the blocks too", spread(seen.knowing, factor=100)),
            ("Places that are certain", spread(seen.certain, factor=100)),
            ("By lot alone", f"{100 * (seen.lot or 0):.1f}"),
        )
        title = f"Right guesses of the next arm, % ({seen.trials:,} virtual trials, {seen.strata} {'stratum' if seen.strata == 1 else 'strata'})"
        parts.append(
            Table(
                title,
                ("How one guesses", "% ± Monte Carlo error"),
                rows,
                align="right",
                note="Blackwell and Hodges (1957), Ann Math Stat 28:449-460.",
            )
        )
    return Section("Can a site guess the next arm?", tuple(parts))


def _otherwise(study: Study, found: Rehearsal) -> Section | None:
    if not found.sweeps:
        return None
    return Section("If it were otherwise", tuple(part for sweep in found.sweeps for part in _sweep(sweep, study, found)))


def _sweep(sweep: Sweep, study: Study, found: Rehearsal) -> list[Part]:
    several = len({point.comparison for point in sweep.points}) > 1
    rows = tuple(
        (
            f"{point.value}{' (as assumed)' if point.value == sweep.assumed else ''}", *([point.comparison.replace("_", " ")] if several else []),
            spread(point.power, factor=100), spread(point.events), spread(point.months), f"{point.trials:,}",
        )
        for point in sweep.points
    )  # fmt: skip
    head = (sweep.label, *(["Comparison"] if several else []), "Power, %", "Events", "Months", "Trials")
    made: list[Part] = []
    if rows:
        made.append(Table(f"{sweep.label} ({sweep.way})", head, rows, align="right", note=f"{WAYS[sweep.way].capitalize()}."))
    first = sweep.points[0].comparison if sweep.points else ""
    points = [
        (number, point.power)
        for point in sweep.points
        if point.comparison == first and (number := _number(point.value)) is not None
    ]
    told_apart = [power.value for _, power in points]
    if len(points) > 2 and max(told_apart) - min(told_apart) > WORTH_A_PICTURE:
        points.sort(key=lambda each: each[0])
        told = "; ".join(f"{number:g}: {share(power.value)}" for number, power in points)
        of = next((each for each in found.comparisons if each.name == first), None)
        level, called_ = (of.level, of.label) if of is not None else (None, first)
        image = power_curve(points, along=sweep.label, planned=_number(sweep.assumed), named="as assumed", level=level,
                            alt=f"Power by {sweep.label.lower()}. {told}")  # fmt: skip
        made.append(
            Figure(
                image,
                f"Power by {sweep.label.lower()}. {told}",
                f"“{called_}”: power by {sweep.label[:1].lower()}{sweep.label[1:]}, in virtual trials, with 95 % Monte Carlo limits.",
            )
        )
    return [*made, *outlooks(sweep, study)]


def _number(text: str) -> float | None:
    try:
        return float(text.split(" ")[0].removesuffix("%"))
    except ValueError:
        return None


def _cited(source: Source | str | None) -> str:
    """Where a number comes from, in words."""
    said = source if isinstance(source, str) or source is None else source.page
    return THIS_FILE if not said or said.startswith("ours") else said


def _run(study: Study, found: Rehearsal) -> Section:
    ways = [f"As written: {found.trials:,} trials, {WAYS[found.way]}." if found.way else "None was run as written."]
    if found.followed and found.way != "followed":
        ways.append(f"Followed: {found.followed:,} trials, the same participants event by event, analysed as declared.")
    if any(each.plain for each in found.comparisons):
        ways.append("By itself: the comparison alone, two arms with their hazards; people join evenly, and no day is whole.")
    entries = [Entry(each) for each in ways]
    if found.ended:
        entries.append(Entry(f"Ended early: {found.ended}."))
    entries += [Entry(note) for note in found.notes]
    entries.append(Entry("The same seed gives the same trials, on any number of processors."))
    rows = []
    for name, assumed in study.protocol.assumptions.items():
        if not assumed.of:
            rows.append((name.replace("_", " "), _cited(assumed.source)))
        for what, each in assumed.of.items():
            by_arm = (
                each.mean if isinstance(each.mean, str) else ", ".join(f"{value} ({arm})" for arm, value in each.mean.items())
            )
            how = f", {each.distribution} with sd {each.sd}" if each.sd else ""
            said = f"price of {what.replace('_', ' ')}: {assumed.currency} {by_arm}{how}"
            rows.append((said, _cited(each.source or assumed.source)))
    own = [said for said, source in rows if source == THIS_FILE]
    cited = tuple(row for row in rows if row[1] != THIS_FILE)
    parts: list[Part] = [Listing(tuple(entries))]
    if cited:
        parts.append(Table("What was assumed, and where that comes from", ("Assumption", "Source"), cited))
    if own:
        parts.append(Text(f"Assumed by this file itself, with no source: {'; '.join(own)}.", "note"))
    return Section("How this was run", tuple(parts))


__all__ = ["ArmSeen", "guessed", "headline", "months", "sentences", "share", "simulation_page", "spread"]
