"""What an analysis that may change at a look declares, and this version does not carry out on real data: said, never passed over.

A blinded re-estimation asks nothing of the analysis. A combination of stages by planned weights asks for the statistic of each
stage by itself, and arms that may be dropped for a bound that counts those that were: neither is in the numbers here.
"""

from ..protocol import Analysis, Estimand


def adapted(analysis: Analysis) -> list[str]:
    """What has to be known of the numbers of an analysis that may have changed at a look, in sentences."""
    rules = {each.rule for each in analysis.adapt}
    sides = (analysis.estimand or Estimand()).compared
    said = []
    if "unblinded_re_estimation" in rules:
        said.append(
            "The number of participants may have been re-estimated by the effect seen. The combination of stages by planned weights "
            "that the trial is to be judged by is not carried out here: these p values and limits are of all data taken together, "
            "and do not hold their level."
        )
    if "blinded_re_estimation" in rules:
        said.append("The number of participants may have been re-estimated, blinded: the ordinary test holds its level.")
    if len(sides) > 2 and rules & {"futility", "keep_best"}:
        said.append(
            "Arms may have been dropped at a look. Dunnett's bound for all that were planned is not applied here: these p values and "
            "limits are of each comparison as if it were the only one, and none is evidence that the trial met its aim."
        )
    elif "futility" in rules:
        said.append(
            "The trial may have been given up for want of conditional power: that only lowers the chance of a false claim."
        )
    return said
