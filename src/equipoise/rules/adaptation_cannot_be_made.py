"""Something may change at a look that cannot be changed so.

What it finds
    Under `adapt`: a share at which no look is planned; a re-estimation without a `maximum`, or with one no larger than the
    planned enrolment, or two of them, or one of more than two arms; a rule that needs a conditional power and has none, or has
    one and no use for it, or one from which the promising zone is empty; a choice among arms where there is one beside the
    control; anything where no arms are compared; alpha or beta spent before the end where arms may be dropped.

Why it matters
    An adaptation is allowed because it was said before, completely. What is left open is decided with the data in view, and then
    no test holds its level.

Seen in
    Protocols that promise "sample-size re-estimation at the interim analysis" and say neither by which rule nor up to where.
"""

from collections.abc import Iterator

from ..finding import Severity
from ..protocol import Adaptation, Analysis, Estimand
from ..study import Study
from .rule import Flaw, rule

ASKS = ("unblinded_re_estimation", "futility")
"""The rules that ask for a conditional power."""
WANTED = 0.8
"""The power where the file says none."""


@rule(Severity.ERROR)
def adaptation_cannot_be_made(study: Study) -> Iterator[Flaw]:
    for name, analysis in study.protocol.analyses.items():
        if not analysis.adapt:
            continue
        sides = (analysis.estimand or Estimand()).compared
        if len(sides) < 2:
            says = f"'{name}' compares no arms, so that nothing tells what to change"
            yield Flaw(analysis.adapt[0].place, says, name, "name the arms in estimand.contrast, as `new vs control`")
            continue
        for each in analysis.adapt:
            yield from _look(each, name, analysis)
            yield from _conditional_power(each, name, analysis)
            yield from _maximum(each, name, study)
            if each.rule == "keep_best" and len(sides) == 2:
                says = f"'{name}' has one arm beside the control: there is none to choose among"
                yield Flaw(each.place, says, name, "say futility with a conditional power, or take it away")
        yield from _arms(name, analysis, len(sides))


def _look(each: Adaptation, name: str, analysis: Analysis) -> Iterator[Flaw]:
    if not 0 < each.at < 1:
        says = f"'{name}' decides at {each.at} of the information: a look lies between 0 and 1"
        yield Flaw(each.place, says, name, "give the share of the information, as 0.5")
    elif each.at not in analysis.interim and each.rule != "blinded_re_estimation":
        planned = ", ".join(map(str, analysis.interim)) or "none"
        says = f"'{name}' decides at {each.at} of the information, and no look is planned there (interim: {planned})"
        yield Flaw(each.place, says, name, f"plan the look: interim: [{each.at}]")


def _conditional_power(each: Adaptation, name: str, analysis: Analysis) -> Iterator[Flaw]:
    wanted, given = float(analysis.power) if analysis.power is not None else WANTED, each.conditional_power
    if given is None:
        if each.rule in ASKS:
            what = "from which conditional power it is enlarged" if each.is_re_estimation else "below which conditional power"
            yield Flaw(each.place, f"'{name}': {each.called} does not say {what}", name, "say it, as conditional_power: 0.3")
    elif each.rule not in ASKS:
        yield Flaw(each.place, f"'{name}': {each.called} has no use for a conditional power", name, "take it away")
    elif not 0 < given < 1:
        yield Flaw(
            each.place, f"'{name}': a conditional power of {given} is no chance between 0 and 1", name, "give one, as 0.3"
        )
    elif each.is_re_estimation and float(given) >= wanted:
        says = f"'{name}': the promising zone is empty: from {given} up to the power wanted, {wanted:g}"
        yield Flaw(each.place, says, name, "begin it below the power that is wanted")


def _maximum(each: Adaptation, name: str, study: Study) -> Iterator[Flaw]:
    planned = study.protocol.design.enrolment
    if not each.is_re_estimation:
        if each.maximum is not None:
            yield Flaw(
                each.place,
                f"'{name}': {each.called} asks for no more participants: it has no use for a maximum",
                name,
                "take it away",
            )
    elif each.maximum is None:
        yield Flaw(each.place, f"'{name}': {each.called} does not say up to how many participants", name, "say the maximum")
    elif planned is None:
        says = (
            f"'{name}': {each.called} may ask for {each.maximum} participants, and the file does not say how many are planned"
        )
        yield Flaw(each.place, says, name, "say design.enrolment")
    elif each.maximum <= planned:
        says = f"'{name}': {each.called} may ask for {each.maximum} participants, no more than the {planned} that are planned"
        yield Flaw(each.place, says, name, "raise the maximum, or take the re-estimation away")


def _arms(name: str, analysis: Analysis, sides: int) -> Iterator[Flaw]:
    enlarging = [each for each in analysis.adapt if each.is_re_estimation]
    if len(enlarging) > 1:
        says = f"'{name}' re-estimates the number of participants more than once"
        yield Flaw(enlarging[1].place, says, name, "keep one of them")
    if enlarging and sides > 2:
        says = f"'{name}' re-estimates the number of participants of {sides} arms: what is known of that is for two"
        yield Flaw(enlarging[0].place, says, name, "compare two arms, or drop arms instead")
    dropping = [each for each in analysis.adapt if not each.is_re_estimation]
    if dropping and sides > 2 and (analysis.spending is not None or analysis.futility is not None):
        says = (
            f"'{name}' may drop arms, and spends alpha or beta before the end: there Dunnett's bound would not hold its level"
        )
        yield Flaw(dropping[0].place, says, name, "take spending and futility away: its looks are for dropping arms")
