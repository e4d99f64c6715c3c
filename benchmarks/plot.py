"""What drawing costs as a curve gets longer: ``python -m benchmarks.plot [--most N]``.

A curve is thinned into a fixed number of strips before it is drawn, so that only the thinning grows with its length: the cost of
each further million points is the same, and the drawing itself costs what it costs for a short one. CPU time, best of three.
"""

import argparse
import time
from collections.abc import Sequence

import numpy as np

from trainlog.diagnosis import Diagnosis
from trainlog.render.figure import Options, build, render
from trainlog.rules import Facts
from trainlog.run import Run, Series

MILLION = 1_000_000
LENGTHS = (10_000, MILLION, 2 * MILLION, 4 * MILLION)
REPEATS = 3


def long_run(points: int) -> Diagnosis:
    """A run whose training loss has so many points, and 100 evaluations."""
    rng = np.random.default_rng(0)
    step = np.arange(1, points + 1, dtype=np.int64)
    loss = 2 + 6 / np.sqrt(1 + step / 1000) + 0.1 * rng.standard_normal(points)
    at = step[points // 100 - 1 :: points // 100]
    series = {
        "loss": Series("loss", step, loss, step.copy()),
        "val_loss": Series("val_loss", at, 2.1 + 6 / np.sqrt(1 + at / 1000), at.copy()),
    }
    run = Run("long.jsonl", "jsonl", series=series)
    return Diagnosis(run, "healthy", facts=Facts(run))


def cost(points: int) -> tuple[float, int]:
    """CPU seconds to draw such a run as PNG, and how many points of its training loss are drawn."""
    diagnosis = long_run(points)
    render([diagnosis], "png")  # fits the validation curve and loads matplotlib once
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        render([diagnosis], "png")
        best = min(best, time.process_time() - start)
    raw = next(line for line in build([diagnosis], Options()).panels[0].lines if line.role == "train")
    return best, len(raw.x)


def per_million(lengths: Sequence[int]) -> list[tuple[int, int, float, float]]:
    """Points, points drawn, CPU seconds, and CPU seconds for each million more than the length before (the first: 0)."""
    rows: list[tuple[int, int, float, float]] = []
    for points in lengths:
        seconds, drawn = cost(points)
        extra = (seconds - rows[-1][2]) / ((points - rows[-1][0]) / MILLION) if rows else 0.0
        rows.append((points, drawn, seconds, extra))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--most", type=int, default=LENGTHS[-1], help="the longest curve")
    most = parser.parse_args().most
    print(f"{'points':>10}  {'drawn':>6}  {'CPU s':>6}  {'s per million more':>18}")
    for points, drawn, seconds, extra in per_million([n for n in LENGTHS if n <= most]):
        print(f"{points:>10,}  {drawn:>6,}  {seconds:>6.2f}  {extra:>18.2f}")


if __name__ == "__main__":
    main()
