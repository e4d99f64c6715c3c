"""What many runs cost: a plain loop over one log after the other, and the same in one process, two, and on a cluster, in turn.

python -m benchmarks.fleet                                  # 2,000 runs of 200 records each
python -m benchmarks.fleet --runs 200 --rounds 5
"""

import argparse
import logging
import os
import statistics
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.measure import Cost, costs, machine
from benchmarks.records import records

FEW = 20  # runs: what they cost is start-up
SIZES = (1, 10, 100, 1_000)
LARGE = 10_000  # runs: projected
CALM = {"distributed.admin.tick.interval": "1s", "distributed.worker.profile.enabled": False}
"""What keeps scheduler and workers from looking at themselves fifty times a second."""
LIMIT = 0.9  # of the throughput of the plain loop, per core


def write(folder: Path, runs: int, length: int) -> None:
    for number in range(runs):
        (folder / f"{number:05}.jsonl").write_text("".join(line for lines in records(length, number) for line in lines), encoding="utf-8")


def loop(folder: str) -> None:
    """The single-log path, one log after the other, in one process."""
    from trainlog.diagnosis import wanted
    from trainlog.judging import Judge
    from trainlog.readers import read_all

    judge = Judge()
    for path in sorted(Path(folder).glob("*.jsonl")):
        for run in read_all(str(path), wants=wanted):
            judge(run)


def on_cluster(folder: str, workers: int) -> None:
    """The same command on a cluster that is started for it as the page on clusters says, its workers being processes."""
    import dask
    from distributed import LocalCluster

    from trainlog.cli import main

    quiet = {"silence_logs": logging.CRITICAL, "dashboard_address": None}  # a connection that is cut at the end is told at length
    with dask.config.set(CALM), LocalCluster(n_workers=workers, threads_per_worker=1, host="127.0.0.1", **quiet) as cluster:
        main(["diagnose", f"{folder}/*.jsonl", "--scheduler", cluster.scheduler_address, "-o", f"csv={os.devnull}"])


def commands(folder: Path, *, cluster: bool) -> dict[str, list[str]]:
    here = [sys.executable, "-m", "benchmarks.fleet", str(folder)]
    judge = [sys.executable, "-m", "trainlog", "diagnose", f"{folder}/*.jsonl", "-o", f"csv={os.devnull}", "--workers"]
    found = {"plain loop": [*here, "--loop"], "1 worker": [*judge, "1"], "2 workers": [*judge, "2"]}
    return found | ({"dask, 2 workers": [*here, "--cluster", "2"]} if cluster else {})


def table(few: Mapping[str, Cost], all_of_them: Mapping[str, Cost], runs: int) -> None:
    print("| | start-up, CPU s | CPU ms per run | runs per s and core | of the plain loop | runs per s on the wall |")
    print("|---|---|---|---|---|---|")
    spent = {name: [a - b for a, b in zip(cost.cpu, few[name].cpu, strict=True)] for name, cost in all_of_them.items()}
    base = spent["plain loop"]
    for name, cost in all_of_them.items():
        per_run = statistics.median(spent[name]) / (runs - FEW)
        shares = sorted(b / s for b, s in zip(base, spent[name], strict=True))
        start = max(statistics.median(few[name].cpu) - FEW * per_run, 0.0)
        share = f"{100 * statistics.median(shares):.0f} % ({100 * shares[0]:.0f}–{100 * shares[-1]:.0f})"
        wall = runs / statistics.median(cost.wall)
        print(f"| {name} | {start:.2f} | {1000 * per_run:.2f} | {1 / per_run:.0f} | {share} | {wall:.0f} |")


def growth(folder: Path, runs: int, rounds: int) -> None:
    """What one command over so many runs takes, with what it chooses by itself."""
    sizes = [size for size in SIZES if size <= runs]
    with tempfile.TemporaryDirectory() as place:
        for size in sizes:
            part = Path(place) / str(size)
            part.mkdir()
            for path in sorted(folder.glob("*.jsonl"))[:size]:
                (part / path.name).symlink_to(path)
        judge = [sys.executable, "-m", "trainlog", "diagnose"]
        found = costs({str(size): [*judge, f"{place}/{size}/*.jsonl", "-o", f"csv={os.devnull}"] for size in sizes}, rounds=rounds)
    print("\n| runs | CPU s | s on the wall | peak MiB |\n|---|---|---|---|")
    for size in sizes:
        cost = found[str(size)]
        print(f"| {size:,} | {cost.median:.2f} | {statistics.median(cost.wall):.2f} | {statistics.median(cost.peak):.0f} |")
    if len(sizes) > 1:
        small, large = (found[str(size)] for size in sizes[-2:])
        cpu, wall = (
            b + (b - a) / (sizes[-1] - sizes[-2]) * (LARGE - sizes[-1])
            for a, b in ((small.median, large.median), (statistics.median(small.wall), statistics.median(large.wall)))
        )
        print(f"| {LARGE:,} (projected) | {cpu:.0f} | {wall:.0f} | |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--loop", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--cluster", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--records", type=int, default=200, help="of each run")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--without-cluster", action="store_true", help="do not measure dask.distributed")
    options = parser.parse_args()
    if options.loop:
        return loop(options.folder)
    if options.cluster:
        return on_cluster(options.folder, options.cluster)
    with tempfile.TemporaryDirectory() as place:
        os.environ["TRAINLOG_CACHE"] = place
        few, folder = Path(place) / "few", Path(place) / "all"
        for part, count in ((few, FEW), (folder, options.runs)):
            part.mkdir()
            write(part, count, options.records)
        started = costs(commands(few, cluster=not options.without_cluster), rounds=options.rounds)
        found = costs(commands(folder, cluster=not options.without_cluster), rounds=options.rounds)
        print(f"{machine()}; {options.runs:,} runs of {options.records:,} records, median of {options.rounds} rounds\n")
        table(started, found, options.runs)
        growth(folder, options.runs, options.rounds)
    return None


if __name__ == "__main__":
    main()
