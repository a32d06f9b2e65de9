"""The results section: how participants flowed, who they were, what was measured, what harmed them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, stdev
from typing import Any

from ...analysis import analyse, is_locked
from ...analysis.flow import flow
from ...analysis.result import Estimate, Result
from ...chart import Chart
from ...events import Recorded, current
from ...protocol import Endpoint
from ...study import Study
from ..dataset_json.sdtm import Subject, label
from ..format import Cases
from .registration import VIRTUAL, time_frame

Told = dict[str, Any]
ROLES = {"primary": "PRIMARY", "secondary": "SECONDARY", "exploratory": "OTHER_PRE_SPECIFIED", "safety": "SECONDARY"}
EVERYONE = "Everyone"


@dataclass(frozen=True)
class _Groups:
    """The groups that results are told of, by name: who belongs to each, and what it is called."""

    of: Mapping[str, list[Chart]]
    title: Mapping[str, str]

    def told(self, prefix: str, text: str = "") -> list[Told]:
        """The groups as a module lists them."""
        return [
            {"id": self.id(prefix, name), "title": self.title[name], "description": text or self.title[name]}
            for name in self.of
        ]

    def id(self, prefix: str, name: str) -> str:
        """The identifier of a group in a module."""
        return f"{prefix}{[*self.of].index(name):03d}"

    def counts(self, prefix: str, numbers: Mapping[str, object], key: str = "value") -> list[Told]:
        """A number for each group."""
        return [{"groupId": self.id(prefix, name), key: str(number)} for name, number in numbers.items()]


def _groups(study: Study, charts: Mapping[str, Chart], *, is_open: bool) -> _Groups:
    """The arms where they may stand apart, else everyone as one."""
    named = (
        {name: each.label or name.replace("_", " ").capitalize() for name, each in study.protocol.arms.items()}
        if is_open
        else {}
    )
    if not named:
        return _Groups({"": list(charts.values())}, {"": EVERYONE})
    return _Groups({name: [each for each in charts.values() if each.arm == name] for name in named}, named)


def results(study: Study, cases: Cases) -> Told:
    """The results section of a study's participants."""
    charts = cases.charts(study)
    groups = _groups(study, charts, is_open=is_locked(study, virtual=cases.is_virtual))
    mark = VIRTUAL if cases.is_virtual else ""
    found = analyse(study, charts, until=cases.until, virtual=cases.is_virtual)
    return {
        "participantFlowModule": _flow(study, charts, groups, mark), "baselineCharacteristicsModule": _baseline(study, groups, mark),
        "outcomeMeasuresModule": {"outcomeMeasures": [_measure(study, each, groups, mark) for each in found]},
        "adverseEventsModule": _harms(study, groups, cases, mark),
        "moreInfoModule": {"limitationsAndCaveats": {"description": f"{mark}Written by equipoise from events up to {cases.until}."}},
    }  # fmt: skip


def _flow(study: Study, charts: Mapping[str, Chart], groups: _Groups, mark: str) -> Told:
    seen = flow(study, charts)
    by_arm = {each.arm: each for each in seen.arms}
    if "" in groups.of:
        started, died, withdrew = {"": seen.enrolled}, {"": seen.died}, {"": seen.withdrew}
    else:
        started = {name: by_arm[name].allocated for name in groups.of}
        died, withdrew = ({name: getattr(by_arm[name], what) for name in groups.of} for what in ("died", "withdrew"))
    left = {name: died[name] + withdrew[name] for name in groups.of}
    stays = {name: max(started[name] - left[name], 0) for name in groups.of}

    def milestone(kind: str, numbers: Mapping[str, int]) -> Told:
        return {"type": kind, "achievements": groups.counts("FG", numbers, "numSubjects")}

    period = {
        "title": "Overall Study",
        "milestones": [milestone("STARTED", started), milestone("COMPLETED", stays), milestone("NOT COMPLETED", left)],
        "dropWithdraws": [
            {"type": kind, "reasons": groups.counts("FG", numbers, "numSubjects")}
            for kind, numbers in (("Death", died), ("Withdrawal by Subject", withdrew)) if any(numbers.values())
        ],
    }  # fmt: skip
    screened = f"{mark}{seen.screened} people were screened, {seen.enrolled} were enrolled."
    return {"preAssignmentDetails": screened, "groups": groups.told("FG"), "periods": [period]}


def _baseline(study: Study, groups: _Groups, mark: str) -> Told:
    ages: dict[str, list[float]] = {}
    sexes: dict[str, Counter[str]] = {}
    for name, people in groups.of.items():
        for each in people:
            subject = Subject(study, each, each.participant)
            told = [float(value) for _, _, value in subject.using("demographics.age") if isinstance(value, float | int)]
            ages.setdefault(name, []).extend(told[:1])
            sexes.setdefault(name, Counter()).update([str(value) for _, _, value in subject.using("demographics.sex")][:1])
    measures: list[Told] = []
    if any(ages.values()):
        measures.append({
            "title": "Age, Continuous", "paramType": "MEAN", "dispersionType": "STANDARD_DEVIATION", "unitOfMeasure": "years",
            "classes": [{"categories": [{"measurements": [
                {"groupId": groups.id("BG", name), "value": f"{mean(values):.2f}", "spread": f"{stdev(values):.2f}" if len(values) > 1 else "NA"}
                for name, values in ages.items() if values
            ]}]}],
        })  # fmt: skip
    if any(sexes.values()):
        measures.append({
            "title": "Sex: Female, Male", "paramType": "COUNT_OF_PARTICIPANTS", "unitOfMeasure": "Participants",
            "classes": [{"categories": [
                {"title": sex.capitalize(), "measurements": groups.counts("BG", {name: count[sex] for name, count in sexes.items()})} for sex in ("female", "male")
            ]}],
        })  # fmt: skip
    denoms = [
        {"units": "Participants", "counts": groups.counts("BG", {name: len(people) for name, people in groups.of.items()})}
    ]
    return {
        "populationDescription": f"{mark}All participants of each group.",
        "groups": groups.told("BG"),
        "denoms": denoms,
        "measures": measures,
    }


def _measure(study: Study, found: Result, groups: _Groups, mark: str) -> Told:
    """An analysis as an outcome measure."""
    endpoint = study.protocol.endpoints.get(found.endpoint)
    counts = {each.arm: each.participants for each in found.arms if each.arm in groups.of} or {"": found.participants}
    sides = _Groups({name: [] for name in counts}, {name: groups.title.get(name, EVERYONE) for name in counts})
    shown = _shown(found, sides)
    kind = "POST_HOC" if found.is_post_hoc else ROLES.get(found.role, "OTHER_PRE_SPECIFIED")
    made = {
        "type": kind, "title": found.label or found.endpoint_label, "description": f"{mark}{'. '.join(found.method)}".strip(),
        "populationDescription": found.population, "reportingStatus": "POSTED" if found.participants else "NOT_POSTED",
        "timeFrame": (time_frame(endpoint) if isinstance(endpoint, Endpoint) else "") or "unstated", "groups": sides.told("OG"),
        "denoms": [{"units": "Participants", "counts": sides.counts("OG", counts)}], **shown,
    }  # fmt: skip
    analyses = _analyses(found, sides)
    return {**made, **({"analyses": analyses} if analyses else {})}


def _shown(found: Result, sides: _Groups) -> Told:
    """The numbers of each group."""
    if found.spreads and any(each.arm in sides.of for each in found.spreads):
        cells = [
            {"groupId": sides.id("OG", each.arm), "value": f"{each.mean:.4g}", "spread": f"{each.sd:.4g}" if each.sd is not None else "NA"}
            for each in found.spreads if each.arm in sides.of
        ]  # fmt: skip
        unit = next((each.unit for each in found.estimates if each.unit), "unstated")
        return {
            "paramType": "MEAN",
            "dispersionType": "Standard Deviation",
            "unitOfMeasure": unit,
            "classes": [{"categories": [{"measurements": cells}]}],
        }
    by_name: dict[str, list[Estimate]] = {}
    for each in found.estimates:
        if each.of in sides.of and not each.is_covariate:
            by_name.setdefault(each.name, []).append(each)
    classes = [
        {"title": name, "categories": [{"measurements": [_cell(one, sides) for one in each]}]} for name, each in by_name.items()
    ]
    level = next((each.level for each in found.estimates if each.level), None)
    unit = next((one.unit for each in by_name.values() for one in each if one.unit), "unstated")
    return {
        "paramType": "NUMBER", "unitOfMeasure": unit, **({"dispersionType": f"{100 * level:g}% Confidence Interval"} if level and classes else {}),
        **({"classes": classes} if classes else {}),
    }  # fmt: skip


def _cell(each: Estimate, sides: _Groups) -> Told:
    said = {"groupId": sides.id("OG", each.of), "value": f"{each.value:.4g}"}
    for key, limit in (("lowerLimit", each.lower), ("upperLimit", each.upper)):
        if each.level is not None:
            said[key] = f"{limit:.4g}" if limit is not None else "NA"
    return said


def _analyses(found: Result, sides: _Groups) -> list[Told]:
    """What compares groups: estimates of a contrast, with the first test's p-value."""
    if len(sides.of) < 2:
        return []
    ids = [sides.id("OG", name) for name in sides.of]
    p = _p(found.tests[0].p) if found.tests else None
    made = []
    for each in found.estimates:
        if each.of in sides.of or not each.of or each.is_covariate:
            continue
        if " against " not in each.of and " vs " not in each.of:
            continue
        told: Told = {"groupIds": ids, "groupDescription": each.of, "paramType": each.name, "paramValue": f"{each.value:.4g}"}
        if p is not None:
            told |= {"pValue": p, "statisticalMethod": found.tests[0].name}
        if each.level is not None and each.lower is not None and each.upper is not None:
            told |= {
                "ciNumSides": "TWO_SIDED",
                "ciPctValue": f"{100 * each.level:g}",
                "ciLowerLimit": f"{each.lower:.4g}",
                "ciUpperLimit": f"{each.upper:.4g}",
            }
        made.append(told)
    return made


def _p(value: float) -> str:
    return "<0.0001" if value < 0.0001 else f"{value:.4f}"


def _harms(study: Study, groups: _Groups, cases: Cases, mark: str) -> Told:
    """Adverse events by term: how many had one, how many times, of how many."""
    serious: dict[str, dict[str, list[str]]] = {}
    other: dict[str, dict[str, list[str]]] = {}
    form = study.activities["adverse_event"]
    for name, people in groups.of.items():
        for each in people:
            for event in current(each.events)[0]:
                if isinstance(event, Recorded) and event.activity == "adverse_event" and event.on.first <= each.until:
                    value = event.values.get("term")
                    term = str(label(form.items["term"], value)) if value is not None else "Term not recorded"
                    kept = serious if event.values.get("serious") is True else other
                    kept.setdefault(term, {}).setdefault(name, []).append(each.participant)

    def affected(kept: Mapping[str, Mapping[str, Sequence[str]]], name: str) -> int:
        return len({who for by_group in kept.values() for who in by_group.get(name, ())})

    def events(kept: Mapping[str, Mapping[str, Sequence[str]]]) -> list[Told]:
        return [
            {"term": term, "organSystem": "Not recorded", "assessmentType": "NON_SYSTEMATIC_ASSESSMENT",
             "stats": [
                {"groupId": groups.id("EG", name), "numEvents": len(by_group.get(name, ())), "numAffected": len({*by_group.get(name, ())}), "numAtRisk": len(people)}
                for name, people in groups.of.items()
             ]}
            for term, by_group in sorted(kept.items())
        ]  # fmt: skip

    told = [
        {**group, "deathsNumAffected": sum(each.first("death") is not None for each in people), "deathsNumAtRisk": len(people),
         "seriousNumAffected": affected(serious, name), "seriousNumAtRisk": len(people), "otherNumAffected": affected(other, name), "otherNumAtRisk": len(people)}
        for group, (name, people) in zip(groups.told("EG"), groups.of.items(), strict=True)
    ]  # fmt: skip
    return {
        "frequencyThreshold": "0", "timeFrame": f"From consent to the last record, at most up to {cases.until}.",
        "description": f"{mark}An event whose record does not say that it was serious is counted as other.", "eventGroups": told,
        "seriousEvents": events(serious), "otherEvents": events(other),
    }  # fmt: skip
