"""CPU and memory of the analysis alone, without reading: ``python -m benchmarks.analysis [EVALUATIONS ...]``.

Each run holds as many training points as evaluations and overfits from its middle on; it is diagnosed with every rule. CPU
is the median of several diagnoses in this process, memory the peak of what one of them allocates beyond the run itself.
"""

import statistics
import sys
import time
import tracemalloc

import numpy as np

from benchmarks.measure import machine
from trainlog.diagnosis import diagnose
from trainlog.run import Run, Series

ROUNDS = 5
LIMITS = {1_000: 0.15, 1_000_000: 1.0}
"""Seconds of CPU that so many evaluations may cost."""


def drawn(count: int) -> Run:
    """A run of ``count`` training points and as many evaluations."""
    rng = np.random.default_rng(0)
    step, x = np.arange(1, count + 1), np.arange(1, count + 1) / count
    train = (1.5 + 2.5 * (1 + x / 0.02) ** -0.6) * np.exp(rng.normal(0, 0.03, count))
    val = (1.5 + 2.0 * np.exp(-x / 0.1) + 0.4 * np.maximum(x - 0.5, 0)) * np.exp(rng.normal(0, 0.01, count))
    series = {name: Series(name, step, value, step) for name, value in (("loss", train), ("val_loss", val))}
    return Run("drawn.jsonl", "jsonl", series=series, records=count)


def main() -> None:
    counts = [int(word) for word in sys.argv[1:]] or [1_000, 10_000, 100_000, 1_000_000]
    diagnose(drawn(100))  # loads the rules
    print(machine())
    for count in counts:
        run, seconds = drawn(count), []
        for _ in range(ROUNDS):
            started = time.process_time()
            verdict = diagnose(run).verdict
            seconds.append(time.process_time() - started)
        tracemalloc.start()
        diagnose(run)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        median, limit = statistics.median(seconds), LIMITS.get(count)
        held = "" if limit is None else f"   <= {limit:g} s: {'kept' if median <= limit else 'MISSED'}"
        print(f"{count:9,} evaluations: {verdict}, {median:.3f} s CPU, {peak / 2**20:6.1f} MiB ({peak / count:.0f} bytes each){held}")


if __name__ == "__main__":
    main()
