"""How the cost of a diagnosis grows with the length of a log: CPU time and peak memory of whole processes.

python -m benchmarks.growth                    # 1,000 to 1,000,000 records
python -m benchmarks.growth --most 10000000    # needs 4 GB of disk and some minutes
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Cost, machine, once
from benchmarks.records import write

MILLION = 1_000_000
SIZES = (1_000, 10_000, 100_000, MILLION, 3 * MILLION, 10 * MILLION)


def costs(records: int, rounds: int) -> tuple[Cost, float]:
    """What judging a log of so many records takes, and its size in MiB."""
    cost = Cost()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "run.jsonl"
        write(log, records)
        for _ in range(rounds):
            cost.add(once([sys.executable, "-m", "trainlog", "diagnose", str(log)], folder=Path(folder)))
        return cost, log.stat().st_size / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=MILLION, help="the longest log")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"{machine()}; median of {options.rounds} rounds; 14 numbers a record, 372 bytes\n")
    print(f"{'':54} {'per million more':>21}")
    print(f"{'records':>12} {'MiB':>7} {'CPU s':>8} {'least':>7} {'most':>7} {'peak MiB':>9} {'CPU s':>10} {'MiB':>10}")
    before: tuple[int, float, float] | None = None
    for records in (size for size in SIZES if size <= options.most):
        cost, size = costs(records, options.rounds)
        peak = max(cost.peak)
        grown = "" if before is None else f" {_slope(before, records, cost.median, 1):10.2f} {_slope(before, records, peak, 2):10.0f}"
        print(f"{records:12,} {size:7.1f} {cost.median:8.2f} {min(cost.cpu):7.2f} {max(cost.cpu):7.2f} {peak:9.0f}{grown}", flush=True)
        before = records, cost.median, peak


def _slope(before: tuple[int, float, float], records: int, value: float, which: int) -> float:
    return (value - before[which]) / (records - before[0]) * MILLION


if __name__ == "__main__":
    main()
