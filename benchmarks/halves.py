"""Reading one log with two processes, beside one: ``python -m benchmarks.halves [RECORDS]``.

What the first process spends is what one waits for where a second core is free; on a busy machine the seconds on the wall say
little.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measure import machine
from benchmarks.records import write

CHILD = """
import os, sys
if sys.argv[1] == "alone":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from trainlog.cli import main
main(["diagnose", sys.argv[2], "-o", "json=" + os.devnull])
import resource
for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN):
    used = resource.getrusage(who)
    print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)
"""


def once(how: str, log: Path) -> list[float]:
    """CPU seconds and peak MiB of the first process and of the second, and seconds on the wall."""
    begin = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", CHILD, how, str(log)], capture_output=True, text=True, check=True)
    return [*map(float, done.stderr.split()[-4:]), time.perf_counter() - begin]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("records", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "run.jsonl"
        write(log, options.records)
        found: dict[str, list[list[float]]] = {"alone": [], "both": []}
        for how in [*found] * options.rounds:
            found[how].append(once(how, log))
        size = log.stat().st_size / 2**20
    print(f"{machine()}; {options.records:,} records, {size:.0f} MiB; median of {options.rounds} rounds\n")
    print(f"{'':8} {'first, CPU s':>13} {'peak MiB':>9} {'second, CPU s':>14} {'peak MiB':>9} {'wall s':>7}")
    for how, rounds in found.items():
        first, peak, second, its_peak, wall = (statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{how:8} {first:13.2f} {peak:9.0f} {second:14.2f} {its_peak:9.0f} {wall:7.1f}")
    waits = [alone[0] / both[0] for alone, both in zip(*found.values(), strict=True)]
    costs = [(both[0] + both[2]) / alone[0] for alone, both in zip(*found.values(), strict=True)]
    print(f"\nthe first waits {statistics.median(waits):.2f} times less ({min(waits):.2f} to {max(waits):.2f})", end=", ")
    print(f"all CPU is {statistics.median(costs):.2f} times as much ({min(costs):.2f} to {max(costs):.2f})")


if __name__ == "__main__":
    main()
