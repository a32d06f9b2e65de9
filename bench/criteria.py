"""How fast eligibility texts are read, and how well: lines a second, coverage, atoms against the lines labelled by hand.

python bench/criteria.py            a thousand real texts, beside the repository; the labelled lines are in tests/criteria
"""

import os
import platform
import random
import sys
import time
from pathlib import Path

from equipoise.criteria import coverage, criteria

ROOT = Path(__file__).parent.parent
sys.path[0] = str(ROOT / "tests")  # not this folder, whose file has the name of the tests
TEXTS = 1_000


def main() -> None:
    """Print what was measured."""
    from criteria.corpora import texts
    from criteria.scoring import SETS, score

    print(f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for half in SETS:
        found, _ = score(half)
        print(
            f"{half}: {found.lines} lines, precision {found.precision:.3f}, recall {found.recall:.3f}, F1 {found.f1:.3f}, "
            f"unit {found.unit:.3f}, conditions {found.conditions} of {found.conditional}"
        )
    shared = Path(os.environ.get("EQUIPOISE_SHARED") or ROOT.parent / "shared")
    if not shared.is_dir():
        print(f"speed not measured: no folder {shared} of real texts (EQUIPOISE_SHARED names another)")
        return
    chosen = random.Random(1).sample(list(texts(shared)), TEXTS)
    criteria("Age >= 18 years")  # the grammar and the vocabulary are read once
    lines = sum(bool(line.strip()) for _, text in chosen for line in text.split("\n"))
    wall, busy = time.perf_counter(), time.process_time()
    found_all = [each for kind, text in chosen for each in criteria(text, kind=kind).criteria]
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    counts = coverage(found_all)
    print(
        f"{lines:,} lines of {TEXTS:,} texts: {lines / busy:,.0f} a second of processor time, {lines / wall:,.0f} by the clock"
    )
    print(
        f"{counts.all:,} criteria: {counts.whole:,} whole, {counts.part:,} in part, {counts.judgement:,} judgements, {counts.text:,} text"
    )


if __name__ == "__main__":
    main()
