"""The small trial with something that may change at a look, and ready to be run so."""

from equipoise.prospects import prospects
from equipoise.rehearsal.adapting import Adapting, adapting
from equipoise.study import Study, study
from two_arm_study import TEXT, two_arms

UNBLINDED = "{at: 0.5, rule: unblinded_re_estimation, conditional_power: 0.3, maximum: 120}"
BLINDED = "{at: 0.5, rule: blinded_re_estimation, maximum: 120}"
FUTILITY = "{at: 0.5, rule: futility, conditional_power: 0.1}"


def with_adapt(*rules: str, interim: str = "interim: [0.5], ", people: int = 60, more: str = "") -> Study:
    return two_arms(people=people, ratio="0.5", interim=f", power: 0.8, {interim}{more}adapt: [{', '.join(rules)}]")


def three_arms(rule: str = "{at: 0.5, rule: keep_best}", *, more: str = "", people: int = 90) -> Study:
    """The small trial with a second new treatment."""
    text = TEXT.format(
        people=people,
        method="permuted_blocks",
        blocks="blocks: [6], ",
        interim=f", interim: [0.5], {more}adapt: [{rule}]",
        ratio="0.5",
    )
    text = text.replace("  old: {label: Old", "  newer: {label: Newer treatment, role: experimental}\n  old: {label: Old")
    text = text.replace("contrast: new vs old", "contrast: new vs newer vs old")
    return study(
        text.replace("median: {old: 9 months}, hazard_ratio: 0.5", "median: {new: 14 months, newer: 18 months, old: 9 months}")
    )


def values(kind: str = "value", rule: str = "{at: 0.5, rule: blinded_re_estimation, maximum: 200}") -> Study:
    """The small trial with a value, or a yes, as what is compared."""
    text = TEXT.format(people=80, method="permuted_blocks", blocks="blocks: [4], ", interim="", ratio="0.5")
    head, tail = text.split("endpoints:")[0], text.split("assumptions:")[1]
    head = head.replace("schedule:\n", "schedule:\n  - {do: [visit], at: 3 months, after: randomisation}\n")
    item = "pain: {type: real}" if kind == "value" else "pain: {type: yes_no}"
    spread = (
        "distribution: normal, mean: {new: 4, old: 5}, sd: 2"
        if kind == "value"
        else "chances: {new: {yes: 0.3, no: 0.7}, old: {yes: 0.5, no: 0.5}}"
    )
    return study(
        head.replace("age: {type: integer, unit: years}", f"age: {{type: integer, unit: years}}, {item}")
        + f"""endpoints:
  pain: {{label: Pain, role: primary, kind: measurement, item: pain, at: 3 months, from: randomisation, window: ±2 weeks}}
analyses:
  main: {{endpoint: pain, estimand: {{population: randomised, contrast: new vs old, summary: difference}}, method: {"mean" if kind == "value" else "proportion"},
         alpha: 0.05, power: 0.8, interim: [0.5], adapt: [{rule}]}}
assumptions:{tail}  pain: {{{spread}, source: ours}}
"""
    )


def within(rule: str) -> Study:
    """The small trial with a share of whom dies within half a year."""
    text = TEXT.format(
        people=80, method="permuted_blocks", blocks="blocks: [4], ", interim=f", interim: [0.5], adapt: [{rule}]", ratio="0.4"
    )
    endpoint = "survival: {label: Death within half a year, role: primary, kind: occurrence, from: randomisation, event: death, within: 6 months}"
    head, tail = text.split("endpoints:")[0], text.split("analyses:")[1]
    tail = (
        tail.replace("summary: hazard_ratio", "summary: difference")
        .replace("method: cox,", "method: proportion,")
        .replace("test: logrank, ", "")
    )
    return study(f"{head}endpoints:\n  {endpoint}\nanalyses:{tail}")


def ready(told: Study) -> Adapting:
    found = adapting(told, prospects(told))[0]
    assert isinstance(found, Adapting), found
    return found
