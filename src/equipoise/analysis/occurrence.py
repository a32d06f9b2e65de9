"""Shares: how many had something happen, or gave an answer, with limits; and the difference between two arms.

Source:
    Clopper and Pearson (1934), Biometrika 26:404-413, for a share; Newcombe (1998), Stat Med 17:873-890, method 10, for
    a difference; Fisher's exact test as in Agresti (2013), Categorical Data Analysis, section 3.5.
"""

from collections.abc import Sequence

import numpy as np
from scipy.stats import fisher_exact

from ..endpoints import Measurement, Occurrence
from ..kernels.inestimable import Inestimable
from ..kernels.newcombe import newcombe
from ..kernels.proportion import clopper_pearson
from .plan import Plan, in_words
from .result import Counted, Estimate, LeftOut, Numbers, Test
from .sample import Member, Sample

METHODS = ("", "proportion", "risk_difference")
TESTS = ("", "fisher", "fisher_exact")


def occurrence(plan: Plan, counted: Sample) -> Numbers:
    """The share in which something happened, among those in whom it can be told."""
    unsure = [each for each in counted.members if isinstance(each.outcome, Occurrence) and each.outcome.happened is None]
    happened = [
        [each.outcome.happened for each in counted.of(index)
         if isinstance(each.outcome, Occurrence) and each.outcome.happened is not None]
        for index in range(len(counted.sides))
    ]  # fmt: skip
    found = _shares("Share with the event", happened, counted, plan)
    words = f"Whether it happened{f' within {plan.endpoint.within}' if plan.endpoint.within is not None else ''} of "
    laid_to = plan.endpoint.attributed_to
    words += f"{plan.study.called(laid_to) if laid_to else in_words(plan.endpoint.from_, plan.study)};"
    words += (
        " who was followed for less, and had none, is not counted."
        if plan.endpoint.within is not None
        else " as far as recorded."
    )
    findings = (_too_short(unsure, counted, plan), *found.findings) if unsure else found.findings
    left = (LeftOut("not followed long enough to tell", len(unsure)),) if unsure else ()
    return Numbers(
        arms=tuple(
            Counted(side.name, side.label, len(each), sum(each)) for side,
            each in zip(counted.sides, happened, strict=True)
        ),
        left_out=left, method=(words, *found.method), estimates=found.estimates, tests=found.tests,
        findings=findings,
    )  # fmt: skip


def _too_short(unsure: Sequence[Member], counted: Sample, plan: Plan) -> str:
    """How many are left out of the shares for short follow-up, and what that does to them."""
    by_side = [(side, sum(each.side == index for each in unsure)) for index, side in enumerate(counted.sides)]
    told = "; ".join(f"{number} in {side.label}" for side, number in by_side if number and side.name)
    who = f"{len(unsure)} {'participant was' if len(unsure) == 1 else 'participants were'}"
    return (
        f"{who} followed for less than {plan.endpoint.within} without the event and {'is' if len(unsure) == 1 else 'are'} left "
        f"out of the share{f' ({told})' if told else ''}, while early events count however short the follow-up: the share may "
        "be too high."
    )


def answers(plan: Plan, counted: Sample, codes: Sequence[str]) -> Numbers:
    """The share of each answer to an item: of yes, or of each code."""
    values = [
        [int(each.outcome.value) for each in counted.of(index) if isinstance(each.outcome, Measurement)]
        for index in range(len(counted.sides))
    ]
    estimates: list[Estimate] = []
    tests: list[Test] = []
    findings: list[str] = []
    words: list[str] = []
    for rank, code in enumerate(codes):
        wanted = 1 if list(codes) == ["yes"] else rank
        found = _shares(f"Share with {code}", [[each == wanted for each in side] for side in values], counted, plan)
        estimates += found.estimates
        tests += found.tests
        findings += found.findings
        words += found.method
    return Numbers(
        arms=tuple(Counted(side.name, side.label, len(each)) for side, each in zip(counted.sides, values, strict=True)),
        method=tuple(dict.fromkeys(words)), estimates=tuple(estimates), tests=tuple(tests),
        findings=tuple(dict.fromkeys(findings)),
    )  # fmt: skip


def _shares(name: str, happened: Sequence[Sequence[bool]], counted: Sample, plan: Plan) -> Numbers:
    estimates, tests, findings = [], [], []
    for side, each in zip(counted.sides, happened, strict=True):
        try:
            share = clopper_pearson(sum(each), len(each), level=plan.level)
            estimates.append(Estimate(name, share.estimate, share.lower, share.upper, plan.level, "share", side.name))
        except Inestimable as why:
            findings.append(f"No share for {side.label[0].lower() + side.label[1:]}: {why.says}.")
    words = [f"Shares with limits by Clopper and Pearson ({plan.level * 100:g}%)."]
    if plan.compares and len(happened) > 1:
        last = len(happened) - 1
        for index in range(last):
            of = f"{counted.sides[index].label} against {counted.sides[last].label}"
            if not happened[index] or not happened[last]:
                findings.append(f"No difference of {of}: nobody is counted on one side.")
                continue
            estimates.append(_difference(name, happened[index], happened[last], of, plan.level))
            if plan.test in ("fisher", "fisher_exact"):
                table = [[sum(each), len(each) - sum(each)] for each in (happened[index], happened[last])]
                tests.append(Test(f"Fisher's exact test, {of}", None, None, float(fisher_exact(np.array(table)).pvalue)))
        words.append("Differences of shares with limits by Newcombe's method 10, from Wilson's limits of each.")
    return Numbers(estimates=tuple(estimates), tests=tuple(tests), findings=tuple(findings), method=tuple(words))


def _difference(name: str, first: Sequence[bool], second: Sequence[bool], of: str, level: float) -> Estimate:
    found = newcombe(sum(first), len(first), sum(second), len(second), level=level)
    return Estimate(name.replace("Share", "Difference of shares"), found.estimate, found.lower, found.upper, level, "share", of)
