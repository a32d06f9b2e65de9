"""Who may join, in a draft."""

import re
from dataclasses import replace
from typing import Any

from ..criteria import Needed, ReadCriterion, criteria
from ..registries.record import Said
from .made import Made, cited, clean, slug


def eligibility(made: Made) -> None:
    made.activity("screening", "Screening", by="investigator")
    said = made.one("eligibility")
    low, high, sex = made.one("minimum_age"), made.one("maximum_age"), made.one("sex")
    if said is None:
        made.missing(
            "The criteria for joining, word for word",
            "what the fields for age and sex say" if low or high or sex else "",
            "The record prints no list of criteria.",
        )
    for each in criteria(said.value, file=cited(said)).criteria if said is not None else ():
        if len(made.eligibility) < 400 and said is not None:
            _criterion(made, each, said)
    bounds = " ".join(str(each.get("include") or each.get("exclude")) for each in made.eligibility)
    for age, op, name in ((high, "<=", "maximum_age"), (low, ">=", "minimum_age")):
        if age is None or age.value.unit in ("hours", "minutes"):
            continue
        if f"age {op} {age.value}" not in bounds and f"age {'<' if op == '>=' else '>'} {age.value}" not in bounds:
            made.need(Needed("age", "demographics.age"))
            text = f"{'At least' if op == '>=' else 'At most'} {age.value}."
            made.eligibility.insert(
                0,
                {"id": made.own(name, name), "include": f"age {op} {age.value}", "text": text, "source": made.source(age)},
            )
    if low is None and "age" not in bounds:
        made.missing("The lowest age")
    if sex is None:
        made.missing("The sex of those who may join", "every sex")
    elif sex.value in ("female", "male") and f"sex == {sex.value}" not in bounds:
        made.need(Needed("sex", "demographics.sex"))
        made.eligibility.insert(
            0,
            {
                "id": made.own(f"{sex.value}_only", "sex"),
                "include": f"sex == {sex.value}",
                "text": f"{sex.value.capitalize()} participants only.",
                "source": made.source(sex),
            },
        )
    if made.one("healthy_volunteers") is None:
        made.missing("Whether healthy volunteers are accepted")
    if made.cohorts:
        made.item(
            "screening",
            "screened_for",
            label="Cohort screened for",
            type="choice",
            of={key: each["label"] for key, each in made.cohorts.items()},
        )


def _criterion(made: Made, each: ReadCriterion, said: Said[str]) -> None:
    if any(item.name in made.names and item.name not in made.item_of for item in each.items if not item.use):
        question = each.judge or f"Is this so: “{clean(each.text, 800)}”?"
        each = replace(
            each, expression=None, items=(), judge=question, status="judgement"
        )  # an arm or an activity has the name
    text = clean(each.text.replace("\\", ""), 2_000)
    if each.status == "text" and (text.endswith(":") or len(text) < 4):
        return
    told: dict[str, Any] = {}
    if each.cohort and len(made.cohorts) < 12:
        cohort = slug(each.cohort) or "cohort_1"
        if cohort not in made.cohorts:
            cohort = next(
                (key for key, known in made.cohorts.items() if known["label"] == clean(each.cohort, 160)), ""
            ) or made.own(each.cohort, "cohort_1")
            made.cohorts.setdefault(
                cohort,
                {
                    "label": clean(each.cohort, 160),
                    "member": f"screened_for == {cohort}",
                    "source": made.source(said, each.cohort),
                },
            )
        told["cohorts"] = [cohort]
    source = made.source(said, text)
    words = re.sub(
        r"^(?:patients?|subjects?|participants?)\s+(?:must\s+|with\s+|who\s+|have\s+|are\s+|has\s+)*",
        "",
        text,
        flags=re.IGNORECASE,
    )
    first = " ".join(re.findall(r"[A-Za-z][A-Za-z0-9]*", words)[:4])
    if each.expression:
        for needed in each.items:
            made.need(needed)
        if "lesions" in each.expression and not any(known.get("lesions") for known in made.activities.values()):
            made.activity("imaging", "Imaging")
            made.activities["imaging"]["lesions"] = True
        name = made.own(
            "_".join(dict.fromkeys(item.name for item in each.items[:2])) + f"_{each.kind}d" if each.items else first,
            "criterion",
        )
        made.eligibility.append({"id": name, each.kind: each.expression, **told, "text": text, "source": source})
        made.raw[name] = each
        doubt = each.unsure or ("two bounds on one measure, of which one may hold for some alone" if _is_doubled(each) else "")
        if doubt:
            made.missing(f"Whether '{clean(text, 200)}' means: {each.expression}", "it does", f"Marked as unsure: {doubt}.")
    if each.status != "whole":
        name = made.own(f"{each.topic or first}{'_rest' if each.expression else ''}", "judged")
        question = clean(each.judge or f"Is this so: “{text}”?", 900)
        made.eligibility.append(
            {
                "id": name,
                each.kind: {"judge": question, "by": "investigator"},
                **told,
                **({} if each.expression else {"text": text}),
                "source": source,
            }
        )


def _is_doubled(each: ReadCriterion) -> bool:
    """Whether one measure is bounded twice from the same side, without a condition that tells the two apart."""
    sides = [
        (atom.measure, atom.op[:1], atom.when, atom.unless)
        for atom in each.atoms
        if atom.op[:1] in "<>" and atom.measure not in ("time", "?")
    ]
    return len(sides) > len(set(sides))
