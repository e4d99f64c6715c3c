"""Judging a log, beside every other tool that does: CPU time, memory, and whether what they find is there.

python -m benchmarks.diagnose                          # installs the others in throw-away environments
python -m benchmarks.diagnose --keep DIR               # keeps those, for the next time
python -m benchmarks.diagnose --only losslint --long 0 # one of them, on short logs alone

Every tool judges the same runs at its defaults: in JSON lines, or in what it reads if it does not read those (a trainer's
state, a table). The runs whose truth is known are those of the accuracy page, with seeds of their own. A find counts at any
severity; an alarm on a healthy run counts from a warning on.
"""

import argparse
import random
import statistics
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from math import exp
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.accuracy.draw import Truth
from benchmarks.accuracy.score import KINDS, draw
from benchmarks.measure import Cost, TimeUp, machine, once
from benchmarks.peers import OURS, PEERS, Peer, Said, install, write
from trainlog.run import Run

SHORT, LONG = 1_000, 1_000_000
FIRST_SEED = 5_000
SERIES = {"loss", "val_loss", "lr", "grad_norm"}
BROKEN = {"NUM001", "NUM002"}


class Case(NamedTuple):
    """A run of known truth: ``truth`` is overfitting, broken (it diverged or ended in NaN) or healthy."""

    log: Path
    truth: str


def long_log(steps: int) -> list[dict[str, Any]]:
    """A healthy run: four numbers a step, a hundred evaluations."""
    source = random.Random(0)
    rows: list[dict[str, Any]] = []
    for step in range(1, steps + 1):
        loss = 2 + 4 * exp(-6 * step / steps) + source.gauss(0, 0.02)
        rows.append({"step": step, "loss": round(loss, 4), "lr": round(3e-4 * (1 - 0.9 * step / steps), 9), "grad_norm": 1.2})
        rows[-1]["grad_norm"] = round(1.2 + source.gauss(0, 0.1), 3)
        if step % (steps // 100) == 0:
            rows.append({"step": step, "val_loss": round(loss + 0.1, 4)})
    return rows


def cases(seeds: int, folder: Path) -> Iterator[Case]:
    """The runs of the accuracy page that every tool can be asked about."""
    for seed in range(FIRST_SEED, FIRST_SEED + seeds):
        for kind in KINDS:
            drawn = draw(kind, seed)
            run, truth = drawn[0]
            name = _truth(truth)
            if len(drawn) == 1 and name and {"loss", "val_loss"} <= set(run.series) <= SERIES:
                log = folder / f"{kind.__name__}-{seed}"
                write(_rows(run), log)
                yield Case(log, name)


def _truth(truth: Truth) -> str | None:
    if truth.healthy:
        return "healthy"
    if truth.overfit and truth.must == {"OVF001"}:
        return "overfitting"
    return "broken" if any(set(must.split("|")) & BROKEN for must in truth.must) else None


def _rows(run: Run) -> list[dict[str, Any]]:
    rows: dict[tuple[int, bool], dict[str, Any]] = {}
    for name, series in run.series.items():
        for step, value in zip(series.step.tolist(), series.value.tolist(), strict=True):
            rows.setdefault((step, name == "val_loss"), {"step": step})[name] = value
    return [rows[key] for key in sorted(rows)]


def judged(peer: Peer, environment: Path | None, cases: Sequence[Case]) -> Counter[str]:
    """How often it found what is there, and said what is not."""
    score: Counter[str] = Counter()
    for case in cases:
        score[f"{case.truth} runs"] += 1
        command = peer.command(environment, case.log)
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        try:
            said = peer.said(done.stdout)
        except (ValueError, KeyError, TypeError):
            score["no answer"] += 1
            continue
        score[case.truth] += _right(case.truth, said)
    return score


def _right(truth: str, said: Sequence[Said]) -> bool:
    if truth == "healthy":
        return any(one.loud for one in said)
    return any(one.claim == truth for one in said)


def timed(steps: int, rounds: int, limit: float, places: Mapping[str, Path], peers: list[Peer], folder: Path) -> dict[str, Cost]:
    """CPU time and memory of every tool, in turn, on a log of so many steps; one that takes too long or fails is left out, and said."""
    log = folder / f"run{steps}"
    write(long_log(steps), log)
    found = {peer.name: Cost() for peer in peers}
    for peer in peers * rounds:
        if peer.name not in found:
            continue
        try:
            found[peer.name].add(once(peer.command(places.get(peer.name), log), limit, folder=folder))
        except (TimeUp, RuntimeError) as error:
            why = f"stopped after {limit:.0f} s" if isinstance(error, TimeUp) else f"fails: {str(error).splitlines()[-1][:120]}"
            print(f"{peer.name}, {steps:,} steps: {why}", flush=True)
            del found[peer.name]
    return found


def _table(found: Mapping[str, Cost], steps: int) -> None:
    print(f"\n{steps:,} steps{'':14} {'CPU s':>8} {'peak MiB':>9} {'this / trainlog':>16} {'least':>7} {'most':>7}")
    for name, cost in found.items():
        middle, least, most = cost.ratio(found[OURS.name])
        print(f"{name:24} {cost.median:8.2f} {statistics.median(cost.peak):9.0f} {middle:16.2f} {least:7.2f} {most:7.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="on the short log")
    parser.add_argument("--long", type=int, default=1, metavar="ROUNDS", help=f"on the log of {LONG:,} steps; 0: leave it out")
    parser.add_argument("--seeds", type=int, default=1, help="of each kind of run whose truth is known; 0: leave them out")
    parser.add_argument("--limit", type=float, default=120.0, metavar="SECONDS", help="after which a tool is stopped")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="of the environments")
    parser.add_argument("--only", action="append", choices=[peer.name for peer in PEERS], default=[], help="repeatable")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chosen = [peer for peer in PEERS if not options.only or peer.name in options.only]
        places = install(chosen, options.keep or folder)
        peers = [OURS, *(peer for peer in chosen if peer.name in places)]
        print(machine())
        for steps, rounds in ((SHORT, options.rounds), (LONG, options.long)):
            if rounds:
                _table(timed(steps, rounds, options.limit, places, peers, folder), steps)
        if options.seeds:
            known = list(cases(options.seeds, folder))
            print(f"\n{'found':24} {'overfitting':>12} {'broken':>8} {'false alarms':>13} {'no answer':>10}")
            for peer in peers:
                score = judged(peer, places.get(peer.name), known)
                shares = (f"{score[truth]}/{score[f'{truth} runs']}" for truth in ("overfitting", "broken", "healthy"))
                print("{:24} {:>12} {:>8} {:>13} {:>10}".format(peer.name, *shares, score["no answer"]), flush=True)


if __name__ == "__main__":
    main()
