"""The design, the treatments, the arms and the groups of a draft."""

import re
from collections.abc import Sequence
from typing import Any

from ..registries.record import Arm, Confidence, Intervention, Said
from .made import Made, clean, word_of

# Words of a register that a study file has other words for, or none.
_PHASES = {"early_1": "early 1", "not_applicable": ""}


_PURPOSES = {
    "device_feasibility": "other",
    "electroconvulsive_therapy": "other",
    "educational": "other",
    "quality_of_life": "other",
}


_MODELS = frozenset({"parallel", "single_group", "crossover", "factorial", "sequential", "cohort", "case_control"})


_ROLES = {"sham_comparator": "placebo_comparator"}


PROCEDURE = re.compile(
    r"surg|resect|ectomy|ablat|\brfa\b|transplant|implant|biops|embolis|embolizat|radiother|radiation|catheter|stent|operation|puncture|laparoscop",
    re.IGNORECASE,
)


_ASSIGNS = re.compile(
    r"\bclinical trial|\brandomi[sz]ed|\bcontrol group|\bwill (?:be performed|receive|undergo)", re.IGNORECASE
)


DRUG = re.compile(
    r"chemo|drug|therapy|mab\b|nib\b|platin|tablet|infusion|\bmg\b|vaccin|systemic|inject|placebo|dose", re.IGNORECASE
)


def designed(made: Made) -> None:
    kind = made.one("study_type")
    text = " ".join(
        each.value for name in ("title", "official_title", "summary", "description") for each in made.record.said(name)[:1]
    )
    word = kind.value if kind is not None and kind.value in ("interventional", "observational") else ""
    if not word:
        assigns = any(made.record.said(name) for name in ("allocation", "masking", "purpose")) or bool(_ASSIGNS.search(text))
        phase = any(each.value not in ("not_applicable",) for each in made.record.phases)
        word = "interventional" if assigns or phase else "observational"
        why = (
            "its words tell of treatments that are given"
            if assigns
            else "it has a phase, and only trials of treatments have one"
            if phase
            else "no word of it tells that treatments are assigned"
        )
        made.missing("Whether the study is interventional or observational", word, f"No field says it; {why}.")
    made.design = {"type": word}
    told = [kind] if kind is not None and word == kind.value else []
    for key in ("allocation", "model", "masking", "purpose", "perspective"):
        said = made.one(key)
        value = _PURPOSES.get(said.value, said.value) if said is not None else ""
        if said is not None and (
            value in _MODELS if key == "model" else value not in ("cross_sectional", "other") or key == "purpose"
        ):
            made.design[key] = value
            told.append(said)
        elif said is not None:
            made.missing(f"How the design's {key}, '{clean(said.text, 80)}', is said in the language")
        elif word == "interventional" and key != "perspective":
            made.missing(f"The design's {key}")
    phases = [_PHASES.get(each.value, each.value) for each in made.many("phases")]
    if any(phases):
        made.design["phase"] = "/".join(filter(None, phases))
    if (count := made.one("enrolment")) is not None:
        made.design["enrolment"] = count.value
        told.append(count)
    else:
        made.missing("How many participants are planned")
    made.design["source"] = (
        made.source(told[0], "; ".join(each.text for each in told)) if told else "assumed: no field of the record says it"
    )


def treatments(made: Made) -> None:
    """What is given or done: an activity each."""
    for said in made.many("interventions"):
        each: Intervention = said.value
        if not each.name.strip() or each.name in made.treatments:
            continue
        name = made.own(each.name, "treatment")
        by_name = bool(PROCEDURE.search(each.name)) and not re.search(r"chemo", each.name, re.IGNORECASE)
        told: dict[str, Any] = {"label": clean(each.name, 200)}
        if each.kind in ("procedure", "radiation", "device") or (each.kind in ("", "other", "combination_product") and by_name):
            told["procedure"] = True
            made.closed.append(name)
        made.activities[name] = told | {"source": made.source(said)}
        made.treatments[each.name] = name
    if not made.treatments and made.record.arms:
        _named_by_arms(made)


def _named_by_arms(made: Made) -> None:
    """What is given, where the record names it in the labels of its arms alone."""
    for said in made.many("arms"):
        for part in re.split(
            r"\s+(?:combined with|in combination with|plus|and|with|\+|versus|vs\.?)\s+|\s+(?:alone|only)\b",
            said.value.label,
            flags=re.IGNORECASE,
        ):
            label = part.strip(" ,.;:")
            if not (PROCEDURE.search(label) or DRUG.search(label)) or word_of(label) in map(word_of, made.treatments):
                continue
            name = made.own(label, "treatment")
            is_procedure = bool(PROCEDURE.search(label)) and not re.search(r"chemo", label, re.IGNORECASE)
            made.activities[name] = {
                "label": clean(label, 200),
                **({"procedure": True} if is_procedure else {}),
                "source": made.source(said),
            }
            made.treatments[label] = name
            if is_procedure:
                made.closed.append(name)
            made.missing(
                f"Whether '{clean(label, 120)}' is a treatment of its own",
                "it is",
                "It is named in the label of an arm alone.",
            )


def _given(made: Made, arm: Arm) -> list[str]:
    named = [
        name
        for label, name in made.treatments.items()
        if any(
            word_of(label) in word_of(each) or word_of(each) in word_of(label) for each in arm.interventions if word_of(each)
        )
    ]
    back = [
        made.treatments[each.value.name]
        for each in made.record.interventions
        if arm.label in each.value.arms and each.value.name in made.treatments
    ]
    told = set(word_of(f"{arm.label} {arm.description}").split("_"))
    words = [name for label, name in made.treatments.items() if set(word_of(label).split("_")) <= told]
    return list(dict.fromkeys([*named, *back] or words))


def arms(made: Made) -> None:
    arms = [each for each in made.many("arms") if each.value.label.strip() or each.value.description.strip()]
    if made.design["type"] == "observational":
        if len(arms) > 1:
            _groups(made, arms)
        return
    for said in arms:
        each: Arm = said.value
        told: dict[str, Any] = {"label": clean(each.label or each.description, 200)}
        if each.kind:
            told["role"] = _ROLES.get(each.kind, each.kind)
        if gives := _given(made, each):
            told["gives"] = gives
        if each.description:
            told["text"] = clean(each.description, 1_500)
        made.arms[made.own(each.label, "arm_1")] = told | {"source": made.source(said)}
        if said.confidence is Confidence.UNSURE:
            made.missing(f"Whether '{clean(each.label, 120)}' is an arm", "it is", "Its label is lost on the page.")
    if len(made.arms) > 1 and made.design.get("allocation") == "randomised":
        made.missing("How the random list is made: method, blocks, ratio, strata", "", "Registers do not ask for it.")
    elif len(made.arms) > 1 and "allocation" not in made.design:
        made.design["allocation"] = "non_randomised"
        made.missing(
            "How participants come to their arms",
            "by assignment, not at random",
            "Chance is not to be claimed where no record names it.",
        )


def _groups(made: Made, arms: Sequence[Said[Any]]) -> None:
    names = {made.own(each.value.label or each.value.description, "observed"): each for each in arms}
    made.activity("screening", "Screening", by="investigator")
    labels = {key: clean(each.value.label or each.value.description, 160) for key, each in names.items()}
    item = made.item("screening", "observed_group", label="Group", type="choice", of=labels)
    for name, said in names.items():
        text = {"text": clean(said.value.description, 1_000)} if said.value.description else {}
        made.groups[name] = {
            "label": labels[name],
            "member": f"{item} == {name}",
            "zero": "enrolment",
            **text,
            "source": made.source(said),
        }
    made.missing(
        "By what rule somebody belongs to a group",
        "whoever screens answers it",
        "The record describes the groups in words.",
    )
    made.missing(
        "Time zero, from which the groups are followed and compared",
        "enrolment",
        "A comparison needs a moment that both groups have.",
    )
