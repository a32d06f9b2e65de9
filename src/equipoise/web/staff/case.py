"""The case of one participant on one page, for people who decide: what was done, lesions, measurements, and what the rule says.

All of it is text, so that it can be signed as it was shown.
"""

from dataclasses import dataclass
from typing import Any

from ...chart import Chart
from ...events import Corrected, current
from ...expression.english import english
from ...expression.explain import explain
from ...logic import UNKNOWN
from ...pathway import Position
from ...protocol import Step
from ...study import Study
from .forms import UNITS
from .lesion_table import lesion_table
from .session_checks import written


@dataclass(frozen=True, slots=True)
class Waiting:
    """A decision that people have to take: where, and out of what."""

    position: Position
    step: Step

    @property
    def label(self) -> str:
        """What the step is called."""
        return self.step.label or self.step.name.replace("_", " ")


def waiting(study: Study, known: Chart) -> tuple[Waiting, ...]:
    """The decisions that wait for people."""
    pathway = study.protocol.pathway
    if pathway is None:
        return ()
    return tuple(
        Waiting(each, pathway.steps[each.step]) for each in known.positions if each.options and not each.ended and each.step in pathway.steps
    )  # fmt: skip


def case(study: Study, known: Chart, of: Waiting | None) -> dict[str, Any]:
    """What is shown to those who decide, and signed."""
    found: dict[str, Any] = {
        "participant": known.participant, "study": study.protocol.study, "version": study.protocol.version, "until": known.until.isoformat(),
        "lesions": _lesions(study, known), "measurements": _measurements(study, known), "happened": _happened(study, known),
        "pathway": [f"{_called(study, each.step)}: {each.entered} to {each.left or 'now'}" for each in known.visits],
    }  # fmt: skip
    if of is not None:
        found["decision"] = {
            "step": of.step.name, "label": of.label, "since": of.position.entered.isoformat(), "by": of.step.by,
            "quorum": of.step.quorum or 0, "proposal": of.position.proposal, "options": _options(study, known, of),
        }  # fmt: skip
    return found


def _options(study: Study, known: Chart, of: Waiting) -> list[dict[str, str]]:
    """What may be chosen, where each leads, and what speaks for it."""
    options = []
    for branch in of.step.decide:
        if branch.option not in of.position.options:
            continue
        told = {
            "option": branch.option, "label": branch.label or branch.option.replace("_", " ").capitalize(),
            "to": _called(study, branch.to or branch.otherwise), "if": "", "found": "", "because": "",
        }  # fmt: skip
        if branch.when is not None:
            found = explain(branch.when.settled, known.facts, study.scope)
            read = "; ".join(f"{each.label}: {written(each.value)} ({each.on})" for each in found.reads)
            lacks = "; ".join(map(str, found.missing)) if found.truth is UNKNOWN else ""
            told |= {
                "if": english(branch.when.settled, study.scope), "found": found.truth.value,
                "because": ". ".join(part for part in (read, lacks) if part),
            }  # fmt: skip
        options.append(told)
    return options


def _lesions(study: Study, known: Chart) -> list[dict[str, str]]:
    """Each lesion with its course, and the last response."""
    table = lesion_table(study, known)
    return [
        {
            "lesion": line.lesion.id, "where": line.where, "role": line.role, "now": line.now,
            "course": ", ".join(
                f"{cell.says} ({moment.on})" for cell, moment in zip(line.cells, table.moments, strict=True) if cell.says
            ),
        }
        for line in table.lines
    ]  # fmt: skip


def _measurements(study: Study, known: Chart) -> list[dict[str, str]]:
    """The last value of everything that is measured, with its limits."""
    found = []
    for name, activity in study.activities.items():
        for key, item in activity.items.items():
            if item.type not in ("quantity", "real", "integer", "score") or activity.cost:
                continue
            rows = [row for row in known.facts.rows.get(name, ()) if isinstance(row.values.get(key), float | int)]
            if not rows or isinstance(rows[-1].values[key], bool):
                continue
            last = rows[-1]
            value = float(last.values[key])  # type: ignore[arg-type]  # a number, as just asked
            limits = {end: last.limits.get((key, end)) for end in ("lln", "uln")}
            beyond = (
                "above"
                if limits["uln"] and value > limits["uln"]
                else "below"
                if limits["lln"] and value < limits["lln"]
                else ""
            )
            before = rows[-2].values[key] if len(rows) > 1 else None
            said = item.label or key.replace("_", " ")
            found.append(
                {
                    "of": f"{said[:1].upper()}{said[1:]}", "value": f"{value:g}", "unit": UNITS.get(item.unit or "", item.unit or ""),
                    "on": str(last.on), "beyond": beyond, "before": f"{before:g} ({rows[-2].on})" if isinstance(before, float | int) else "",
                }
            )  # fmt: skip
    return found


def _happened(study: Study, known: Chart) -> list[dict[str, str]]:
    """Everything that took place, as it stands, the newest first."""
    from .screens.timeline import title, values

    found = []
    for event in current(known.events)[0]:
        if not isinstance(event, Corrected) and event.on.first <= known.until:
            told = "; ".join(f"{label}: {value}" for label, value in values(study, event))
            found.append({"on": str(event.on), "what": title(study, event), "told": told})
    return found[::-1]


def _called(study: Study, name: str) -> str:
    steps = study.protocol.pathway.steps if study.protocol.pathway is not None else {}
    return (steps[name].label if name in steps else "") or name.replace("_", " ")
