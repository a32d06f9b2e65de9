"""How long it takes to fold events into charts: one long chart, one hard one, and a real cohort.

The long chart is of 1,000 events in a study with a loop, labs every few days and imaging that lists six lesions.
"""

import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from equipoise import import_tables
from equipoise.chart import chart
from equipoise.due import due
from equipoise.events import Event
from equipoise.study import Study, load
from equipoise.transcript import read_events

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))
START = date(2020, 1, 6)
RUNS = 7


def long_history(study: Study, size: int) -> tuple[Event, ...]:
    """A participant of the loop study, seen for years: rounds of labs, cycles, imaging of six lesions, ablations."""
    told: list[dict[str, object]] = [
        {"on": START.isoformat(), "do": "enrolment"},
        {"on": START.isoformat(), "do": "baseline", "items": {"age": 64, "ecog": 1}},
        {"on": START.isoformat(), "do": "assignment", "items": {"arm": "rfa_arm"}},
    ]
    number = 0
    while len(told) < size:
        day = (START + timedelta(days=3 * number)).isoformat()
        turn = number % 12
        if turn == 4:
            seen = [{"id": f"L{n}", "organ": "liver", "diameter": f"{12 + (n * 7 + number) % 20} mm"} for n in range(1, 7)]
            told.append({"on": day, "do": "imaging", "items": {"response": "SD"}, "lesions": seen})
        elif turn == 7:
            told.append(
                {"on": day, "do": "rfa", "items": {"lesions_ablated": [f"L{1 + number % 6}", f"L{1 + (number + 1) % 6}"]}}
            )
        elif turn in (0, 9):
            told.append({"on": day, "do": "cycle"})
        else:
            items = {"platelets": f"{90 + number % 40} 10^9/L", "bilirubin": {"value": "10 umol/L", "uln": "21 umol/L"}}
            told.append({"on": day, "do": "labs", "items": items})
        number += 1
    events, findings = read_events("\n".join(json.dumps(each) for each in told), study, participant="long")
    assert not findings, findings
    return events


def hard_history(study: Study, size: int) -> tuple[Event, ...]:
    """The same of the study of repeated ablation, whose pathway reads the lesions."""
    told: list[dict[str, object]] = [
        {"on": START.isoformat(), "do": "enrolment"},
        {"on": START.isoformat(), "do": "assignment", "items": {"arm": "batch_rfa"}},
    ]  # fmt: skip
    number = 0
    while len(told) < size:
        day = (START + timedelta(days=3 * number)).isoformat()
        turn = number % 12
        if turn == 4:
            seen = [{"id": f"L{n}", "organ": "liver", "diameter": f"{12 + (n * 7 + number) % 20} mm"} for n in range(1, 7)]
            told.append({"on": day, "do": "liver_imaging", "items": {"response": "PR"}, "lesions": seen})
        elif turn == 7:
            told.append(
                {
                    "on": day,
                    "do": "rfa_session",
                    "items": {"lesions_ablated": [f"L{1 + number % 6}", f"L{1 + (number + 1) % 6}"]},
                }
            )
        elif turn in (0, 9):
            told.append({"on": day, "do": "systemic_cycle"})
        else:
            told.append(
                {"on": day, "do": "labs", "items": {"platelets": f"{90 + number % 40} 10^9/L", "bilirubin": "10 umol/L"}}
            )
        number += 1
    return read_events("\n".join(json.dumps(each) for each in told), study, participant="hard")[0]


def seconds(work: Callable[[], object]) -> float:
    """The median time of several runs, after one to warm up."""
    work()
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Print the throughput of folding."""
    from small_studies import loop

    print(f"folding, Python {platform.python_version()}, median of {RUNS} runs")
    hard = load(ROOT / "studies" / "batch-rfa-crlm")
    for name, study, events in (
        ("loop, 6 lesions", loop(), long_history(loop(), 1_000)),
        ("batch-rfa-crlm, 6 lesions", hard, hard_history(hard, 1_000)),
    ):  # fmt: skip
        until = events[-1].on.last
        took = seconds(lambda study=study, events=events, until=until: chart(study, events, until=until))  # type: ignore[misc]
        print(f"  {name:<28} 1,000 events: {took * 1000:6.1f} ms a chart, {1_000 / took:9,.0f} events/s")
        known = chart(study, events, until=until)
        took = seconds(lambda study=study, known=known: due(study, known))  # type: ignore[misc]
        print(f"  {'':<28} due list:     {took * 1000:6.1f} ms")
    real = load(ROOT / "studies" / "colon-levamisole")
    people = import_tables(real).people
    count = sum(len(each) for each in people.values())
    took = seconds(lambda: [chart(real, each, until=date(2000, 1, 1)) for each in people.values()])
    print(
        f"  {'colon-levamisole':<28} {len(people):,} people: {took:6.2f} s, {count / took:9,.0f} events/s, "
        f"{len(people) / took:,.0f} charts/s"
    )


if __name__ == "__main__":
    main()
