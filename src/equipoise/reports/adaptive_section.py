"""What a trial may change at a look, and what follows, as a part of the page of virtual trials."""

from math import isfinite

from ..kernels.adaptive import Characteristics
from ..kernels.two_arm import Estimate
from ..prospects.words import percent
from ..rehearsal import Adapted
from .monte_carlo import percent_of, spread
from .page import Section, Table, Text

NONE = "Re-estimation of the sample size and other adaptations: not declared, so none is simulated."
"""What the page says where nothing is declared."""


def adaptive_section(adapted: tuple[Adapted, ...]) -> Section | None:
    """What may change, in words and numbers; None where nothing is declared."""
    if not adapted:
        return None
    parts = [Section(each.label, (*(Text(said) for said in changes(each)), *_tables(each))) for each in adapted]
    note = (
        "As written: whole participants of the protocol, looked at with what had been recorded by the day of the look. By itself: "
        "hazards, shares or means, and follow-up alone, in very many trials. Each case is run twice with the same participants, as it "
        "adapts and as it was planned. A claim is that a treated arm does better: on one side, at half of alpha. Everywhere else on "
        "this page the trial is as planned, without any of this."
    )
    return Section("What may change at a look", (*parts, Text(note, "note")))


def changes(each: Adapted) -> tuple[str, ...]:
    """What may change, how the last test keeps its level, and what follows, in sentences."""
    if each.cannot:
        return (each.cannot,)
    said = [*each.rules, each.test]
    written = {case.label for case in each.cases if case.way == "as written"}
    for case in each.cases:
        adapted, planned = case.adapted, case.planned
        if case.is_null:
            said.append(
                f"Without a difference it makes a claim in {percent_of(adapted.claimed)} of trials ({adapted.trials:,} virtual trials "
                f"{case.way}; as planned {percent_of(planned.claimed)}); its level is {percent(each.level)}."
            )
            continue
        if case.way == "by itself" and case.label in written:
            continue  # it stands in the table
        given = "what is assumed" if case.label == "as assumed" else case.label
        found = "an arm that does better" if len(each.arms) > 1 else "the effect"
        said.append(
            f"With {given} ({case.way}) it finds {found} with a probability of about {percent(adapted.claimed.value)} (as planned "
            f"{percent(planned.claimed.value)}), with {adapted.participants.value:.0f} participants on average (as planned "
            f"{planned.participants.value:.0f}), {adapted.most:,} at most{_how_often(adapted)}."
        )
    first = each.cases[0] if each.cases else None
    if first is not None and isfinite(first.adapted.bias.value):
        said.append(
            f"At the end the {each.measure}{' of the best arm' if len(each.arms) > 1 else ''} lies {spread(first.adapted.bias)} from the "
            f"truth on average; as planned {spread(first.planned.bias)}."
        )
    if each.beyond:
        said.append(f"It is run by itself alone, and not as written: {each.beyond}.")
    return (*said, *each.notes)


def _how_often(seen: Characteristics) -> str:
    """How often something was changed."""
    told = []
    if seen.enlarged.value > 0:
        told.append(f"it is enlarged in {percent_of(seen.enlarged)}, to {seen.places:.0f} on average")
    if any(arm.dropped.value > 0 for arm in seen.arms) and len(seen.arms) > 1:
        told.append(f"{sum(arm.dropped.value for arm in seen.arms):.1f} of {len(seen.arms)} arms are dropped on average")
    if seen.given_up.value > 0:
        told.append(f"it is given up in {percent_of(seen.given_up)}")
    return f"; {'; '.join(told)}" if told else ""


def _tables(each: Adapted) -> tuple[Table, ...]:
    rows = tuple(
        (
            f"{case.label}, {case.way}: {way}", _percent(seen.claimed), spread(seen.participants), f"{seen.most:,}", spread(seen.events),
            spread(seen.duration), _percent(seen.enlarged), _percent(seen.given_up), spread(seen.bias), _percent(seen.coverage),
        )
        for case in each.cases
        for way, seen in (("it adapts", case.adapted), ("as planned", case.planned))
    )  # fmt: skip
    if not rows:
        return ()
    head = (
        "Mean ± Monte Carlo error", "claims, %", "participants", "at most", "events or answers", "months", "enlarged, %", "given up, %",
        f"bias of the {each.measure}", "coverage, %",
    )  # fmt: skip
    made = [Table("With what may change, and without", head, rows, align="right")]
    if len(each.arms) > 1:
        by_arm = tuple(
            (f"{label}, {case.label}, {case.way}", _percent(arm.claimed), _percent(arm.dropped), _percent(arm.best))
            for case in each.cases
            for label, arm in zip(each.arms, case.adapted.arms, strict=True)
        )
        made.append(Table("Each arm", ("", "claims, %", "dropped, %", "does best in the end, %"), by_arm, align="right"))
    return tuple(made)


def _percent(each: Estimate) -> str:
    return spread(each, factor=100)
