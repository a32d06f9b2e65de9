"""How many virtual participants a second: the T5 study as written, by both interpreters.

Its loop, laboratory checks and retries, lesions and follow-up are drawn as the protocol says, and every endpoint that
has a single outcome is evaluated. The first line of the fast interpreter leaves out the time to compile it, which is
shown by itself: machine code is kept, so that it is spent once a machine.
"""

import time

import equipoise as eq
from equipoise.simulation import virtual
from equipoise.simulation.compiled import compiled

SIZE, TRIALS, RUNS = 60, 2_000, 3


def main() -> None:
    """Print participants a second: the best of three runs, one core and two, and the reference beside it."""
    study = eq.load(eq.shipped() / "batch-rfa-crlm")
    began = time.perf_counter()
    made = compiled(study)
    made.participants(SIZE, seed=1)
    print(f"virtual participants of {study.protocol.study}, {len(made.endpoints)} endpoints each; ready in "
          f"{time.perf_counter() - began:.1f} s")  # fmt: skip
    rates = {}
    for cores in (1, 2):
        seconds = []
        for _ in range(RUNS):
            began = time.perf_counter()
            drawn = made.participants(SIZE, seed=1, trials=TRIALS, cores=cores)
            seconds.append(time.perf_counter() - began)
        rates[cores] = SIZE * TRIALS / min(seconds)
        events = drawn.counts.sum() / min(seconds)
        print(
            f"  compiled, {cores} core{'s' if cores > 1 else ' '}: {rates[cores]:>11,.0f} participants/s, {events:>13,.0f} events/s"
        )
    print(f"  two cores against one: {rates[2] / rates[1]:.2f} times")
    began = time.perf_counter()
    people = virtual(study, SIZE, seed=1)
    seconds_reference = time.perf_counter() - began
    events = sum(len(each.events) for each in people) / seconds_reference
    rate = SIZE / seconds_reference
    print(f"  reference       : {rate:>11,.0f} participants/s, {events:>13,.0f} events/s (no endpoints)")
    print(f"  compiled, one core, against the reference: {rates[1] / rate:,.0f} times")


if __name__ == "__main__":
    main()
