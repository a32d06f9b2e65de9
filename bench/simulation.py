"""How fast virtual participants are drawn as events: the T5 study, its loop, laboratory checks and lesions included."""

import time

import numpy as np

import equipoise as eq


def main() -> None:
    """Print participants and events a second, the median of five runs."""
    study = eq.load(eq.shipped() / "batch-rfa-crlm")
    eq.simulate(study, 2, rng=np.random.default_rng(0))
    seconds, events = [], 0
    for _ in range(5):
        began = time.perf_counter()
        people = eq.simulate(study, 60, rng=np.random.default_rng(1))
        seconds.append(time.perf_counter() - began)
        events = sum(map(len, people.values()))
    middle = sorted(seconds)[2]
    print(f"virtual participants as events, {study.protocol.study}: 60 participants, {events} events in {middle:.2f} s "
          f"({60 / middle:.0f} participants/s, {events / middle:,.0f} events/s)")  # fmt: skip


if __name__ == "__main__":
    main()
