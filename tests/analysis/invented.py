"""Small trials and invented participants for the tests of analyses and reports."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from equipoise.calendar import When
from equipoise.chart import Chart, chart
from equipoise.events import Recorded
from equipoise.expression.facts import Value
from equipoise.study import Study, study

ZERO = date(2024, 1, 1)
UNTIL = date(2030, 1, 1)

TRIAL = """
equipoise: 1
study: small
title: A small trial
status: {status}
design: {{type: interventional, allocation: {allocation}}}
activities:
  baseline: {{items: {{age: {{type: quantity, unit: years}}, sex: {{type: choice, of: [female, male]}},
                      centre: {{type: choice, of: [a, b]}}}}}}
  surgery: {{repeats: false}}
  visit: {{repeats: true, items: {{points: {{type: real}}, well: {{type: yes_no}}}}}}
  relapse: {{repeats: false}}
closed: [surgery, relapse]
define:
  operated: exists surgery
  not_operated: not exists surgery
  old: age >= 60 years
arms:
  new: {{label: New, role: experimental, gives: [surgery]}}
  old_way: {{label: Old, role: no_intervention}}
endpoints:
  os: {{role: primary, kind: time_to_event, from: enrolment, event: death}}
{endpoints}
analyses:
{analyses}
"""


def trial(
    analyses: str = "", endpoints: str = "", *, status: str = "completed", allocation: str = "randomised"
) -> Study:  # fmt: skip
    """The small trial with these analyses, each a line of YAML."""
    text = TRIAL.format(
        analyses="\n".join(f"  {line}" for line in analyses.strip().splitlines()) or "  {}",
        endpoints="\n".join(f"  {line}" for line in endpoints.strip().splitlines()),
        status=status,
        allocation=allocation,
    ).replace("analyses:\n  {}", "analyses: {}")
    found = study(text)
    assert found.is_sound, [str(each) for each in found.check()]
    return found


Happened = Sequence[tuple[str, int] | tuple[str, int, Mapping[str, Value]]]


def person(told: Study, name: str, happened: Happened, *, until: date = UNTIL) -> Chart:
    """Somebody's chart: activities, each with its day after enrolment."""
    events = [
        Recorded(
            id=str(number), participant=name, activity=each[0], on=When.on(ZERO + timedelta(days=each[1])),
            values=each[2] if len(each) > 2 else {},
        )
        for number, each in enumerate([("enrolment", 0), *happened], start=1)
    ]  # fmt: skip
    return chart(told, events, until=until)


def people(told: Study, everyone: Mapping[str, Happened]) -> dict[str, Chart]:
    """Everybody's charts."""
    return {name: person(told, name, happened) for name, happened in everyone.items()}


def arm(name: str, day: int = 0) -> tuple[str, int, Mapping[str, Value]]:
    """A randomisation."""
    return ("randomisation", day, {"arm": name})


SIX: dict[str, Happened] = {
    # New: deaths on days 30 and 50, one followed to 60. Old: deaths on 10 and 20, one followed to 40.
    "n1": [arm("new"), ("surgery", 5), ("death", 30)],
    "n2": [arm("new"), ("surgery", 6), ("death", 50)],
    "n3": [arm("new"), ("last_contact", 60)],
    "o1": [arm("old_way"), ("death", 20)],
    "o2": [arm("old_way"), ("death", 10)],
    "o3": [arm("old_way"), ("last_contact", 40)],
}
