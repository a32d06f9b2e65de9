"""What a study is to find out, as USDM objects: objectives with their endpoints, estimands with their populations."""

from collections.abc import Mapping

from ...protocol import Analysis, Endpoint
from ...study import Study
from .made import Made, Maker


def objectives(study: Study, maker: Maker) -> tuple[list[Made], dict[str, Made]]:
    """What is to be found out, role by role, and each endpoint by its name."""
    made, endpoints = [], dict[str, Made]()
    for role in ("primary", "secondary", "exploratory", "safety"):
        own = [each for each in study.protocol.endpoints.values() if each.role == role]
        for each in own:
            endpoints[each.name] = maker.thing(
                "Endpoint", name=each.name, label=each.label or None, text=_measured(each, maker), level=maker.code("endpoint", role),
                purpose=f"{role}: {each.kind.replace('_', ' ')}",
            )  # fmt: skip
        if own:
            listed = ", ".join(each.label or each.name for each in own)
            made.append(
                maker.thing(
                    "Objective", name=f"{role}_objective", text=f"To estimate: {listed}", level=maker.code("objective", role),
                    endpoints=[endpoints[each.name] for each in own],
                )
            )  # fmt: skip
    return made, endpoints


def estimands(
    study: Study, maker: Maker, endpoints: Mapping[str, Made], interventions: Mapping[str, Made]
) -> tuple[list[Made], list[Made]]:
    """What is estimated, analysis by analysis, and the populations that are counted."""
    made = list[Made]()
    populations: dict[str, Made] = {}
    for each in study.protocol.analyses.values():
        estimand = each.estimand
        if estimand is None:
            continue
        if not estimand.intercurrent:
            maker.lost(f"the estimand of analysis '{each.name}' names no intercurrent event, and USDM wants one", each.place)
            continue
        if estimand.counted not in populations:
            populations[estimand.counted] = maker.thing(
                "AnalysisPopulation", name=estimand.counted, text=f"Participants who are {estimand.counted}"
            )
        between = [
            maker.thing(
                "IntercurrentEvent",
                name=name,
                label=study.label(name),
                text=study.label(name),
                strategy=strategy.replace("_", " "),
            )
            for name, strategy in estimand.intercurrent.items()
        ]
        made.append(
            maker.thing(
                "Estimand", name=each.name, label=each.label or None, populationSummary=f"{estimand.counted}; {estimand.summary}".strip("; "),
                description=f"Contrast: {estimand.contrast}; summary: {estimand.summary}", analysisPopulationId=populations[estimand.counted]["id"],
                interventionIds=_compared(study, each, interventions), variableOfInterestId=endpoints[each.endpoint]["id"], intercurrentEvents=between,
            )
        )  # fmt: skip
    return made, list(populations.values())


def _compared(study: Study, each: Analysis, interventions: Mapping[str, Made]) -> list[str]:
    estimand = each.estimand
    assert estimand is not None
    names: dict[str, None] = {}
    for arm in estimand.compared:
        told = study.protocol.arms.get(arm)
        names |= dict.fromkeys((told.gives if told is not None else ()) or (arm,))
    found = [interventions[name]["id"] for name in names if name in interventions]
    return found or [next(iter(interventions.values()))["id"]]


def _measured(each: Endpoint, maker: Maker) -> str:
    """An endpoint in words."""
    if each.text:
        return each.text
    parts = [each.label or each.name.replace("_", " ")]
    if each.from_ is not None:
        parts.append(f"from {each.from_.text}")
    if each.events:
        parts.append(f"to {' or '.join(one.text for one in each.events)}")
    if each.item or each.items:
        parts.append(f"of {', '.join(filter(None, (each.item, *each.items)))}")
    for word, span in (("at", each.at), ("within", each.within), ("up to", each.horizon)):
        if span is not None:
            parts.append(f"{word} {span}")
    return " ".join(parts)
