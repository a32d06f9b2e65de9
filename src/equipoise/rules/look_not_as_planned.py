"""A look is recorded that the plan does not know, or something was decided at it that no rule allows.

What it finds
    Under `looked`: a share of the information at which no look is planned, or two looks at one; looks whose days or shares do not
    rise, or that come after the trial was stopped; a number of participants where none may be re-estimated there, or one above
    its maximum; arms dropped where no rule drops any there, or that are not among those that may be dropped.

Why it matters
    The final test holds its level because looks, and what follows from them, were said before. A look that was not is a change of
    the plan, and has to be read as one.

Seen in
    Reports in which the interim analysis came at another number of events than the protocol had, or the new sample size lies
    above the one that had been agreed.
"""

from collections.abc import Iterator
from itertools import pairwise

from ..finding import Severity
from ..protocol import Analysis, Estimand, Looked
from ..study import Study
from .rule import Flaw, rule


@rule(Severity.ERROR)
def look_not_as_planned(study: Study) -> Iterator[Flaw]:
    for name, analysis in study.protocol.analyses.items():
        planned = sorted({*analysis.interim, *(each.at for each in analysis.adapt)})
        for each in analysis.looked:
            if each.at not in planned:
                told = ", ".join(map(str, planned)) or "none"
                says = (
                    f"'{name}' was looked at with {each.at} of the information, and no look is planned there (planned: {told})"
                )
                yield Flaw(each.place, says, name, "name the planned look that it was, or plan it in an amendment")
            yield from _participants(each, name, analysis)
            yield from _dropped(each, name, analysis)
        for early, late in pairwise(analysis.looked):
            yield from _order(early, late, name)


def _participants(each: Looked, name: str, analysis: Analysis) -> Iterator[Flaw]:
    if each.participants is None:
        return
    allowed = [one for one in analysis.adapt if one.is_re_estimation and one.at == each.at]
    if not allowed:
        says = f"'{name}' was to have {each.participants} participants after the look at {each.at}, and no rule re-estimates them there"
        yield Flaw(each.place, says, name, "take the number away, or say the rule under adapt in an amendment")
    elif allowed[0].maximum is not None and each.participants > allowed[0].maximum:
        says = f"'{name}' was to have {each.participants} participants after the look at {each.at}: {allowed[0].maximum} are the most"
        yield Flaw(each.place, says, name, "correct the number, or the maximum in an amendment")


def _dropped(each: Looked, name: str, analysis: Analysis) -> Iterator[Flaw]:
    if not each.dropped:
        return
    sides = (analysis.estimand or Estimand()).compared
    if len(sides) < 3 or not any(not one.is_re_estimation and one.at == each.at for one in analysis.adapt):
        says = f"'{name}' dropped arms at the look at {each.at}, and no rule drops any there"
        yield Flaw(each.place, says, name, "take them away, or say the rule under adapt in an amendment")
        return
    for arm in each.dropped:
        if arm not in sides:
            yield Flaw(
                each.place, f"'{name}' dropped '{arm}', which is none of the arms that it compares", name, "name the arm"
            )


def _order(early: Looked, late: Looked, name: str) -> Iterator[Flaw]:
    if early.stopped:
        says = f"'{name}' was looked at on {late.on}, after it had been stopped on {early.on}"
        yield Flaw(late.place, says, name, "take away that it was stopped, or the later look")
    elif not (early.at < late.at and early.on < late.on):
        says = f"'{name}' was looked at with {late.at} of the information on {late.on}, after {early.at} on {early.on}"
        yield Flaw(late.place, says, name, "write the looks in the order in which they took place, one for each share")
