"""Score the overfitting verdict and the advice on runs with known truth: ``python -m benchmarks.overfitting DIR``.

``DIR`` holds ``truth.csv`` (id, total, overfit, onset, fmin, drop, ckpt_every, family, ...), ``dense.npz`` (id -> the
noise-free validation loss at 1,500 even shares of the run) and ``runs/ID.jsonl`` (step, train_loss, val_loss).
``--labelled DIR`` scores a folder of real runs with ``labels.csv`` instead of, or after, it (``-`` for no DIR).

Every log is read and diagnosed as ``trainlog diagnose`` does it. Regret is in units of what the noise-free loss had gained
(at least 2 % of its minimum), onset errors and interval widths in units of the run. Healthy are the families whose
validation loss never turns for good. Each figure stands beside the floor it has to keep. One process per core.
"""

import argparse
import csv
import os
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainlog import read
from trainlog.analysis.curve import Curve
from trainlog.diagnosis import Diagnosis, Reported, diagnose
from trainlog.run import Checkpoint

Floats = NDArray[np.float64]

NOT_HEALTHY = ("divergence", "nan_loss", "tiny_rise", "u_")
"""Starts of the names of families that are not counted when false alarms are."""
BUCKETS = (0.05, 0.3, 0.5, 0.75, 0.9, 0.97)
FLOORS = {
    "F1": ">= 0.955",
    "false alarms on healthy runs": "<= 0.015",
    "precision at error": ">= 0.975",
    "recall at error": ">= 0.90",
    "onset error, median": "<= 0.02",
    "onset error, p90": "<= 0.08",
    "interval covers": "0.86 to 0.94",
    "interval width, median": "<= 0.115",
    "stop regret": "<= 0.011",
    "checkpoint regret": "<= 0.015",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One run, judged. ``found`` is the finding of the overfitting rule, if it has one."""

    diagnosis: Diagnosis
    found: Reported | None
    curve: Curve | None

    @property
    def probability(self) -> float:
        """0 where a stronger cause or a rising training loss forbids the verdict."""
        silent = self.curve is None or self.curve.train_rises or self.diagnosis.verdict in ("diverged", "not-learning")
        return 0.0 if silent or self.curve is None else self.curve.probability

    @property
    def stop(self) -> int:
        """The evaluation at which to stop."""
        return self.diagnosis.keep.step if self.diagnosis.keep else self.diagnosis.run.last_step


def judge(path: Path, every: int | None = None) -> Judged:
    """Read and diagnose one log; with ``every``, as if a checkpoint had been saved every so many steps."""
    run = read(str(path))
    if every:
        run = replace(run, checkpoints=tuple(Checkpoint(int(s)) for s in range(every, run.last_step + 1, every)))
    diagnosis = diagnose(run, select=("NUM", "LRN", "OVF"))
    found = next((reported for reported in diagnosis.findings if reported.code == "OVF001"), None)
    return Judged(diagnosis, found, diagnosis.facts.curve if diagnosis.facts else None)


def score(run: dict[str, Any], dense: Floats, path: Path) -> dict[str, float]:
    """What one verdict was worth, and the seconds of CPU for it."""
    started = time.process_time()
    total, lowest, every, onset = float(run["total"]), float(run["fmin"]), int(run["ckpt_every"]), float(run["onset"])
    gained = max(float(run["drop"]), 0.02 * lowest)
    saved = np.arange(every, int(total) + 1, every)
    judged, among_saved = judge(path), judge(path, every)

    def loss(step: Any) -> Any:
        return np.interp(np.asarray(step, float) / total, np.linspace(0, 1, dense.size), dense)

    curve = judged.curve
    return {
        "truth": float(run["overfit"]),
        "healthy": float(not run["family"].startswith(NOT_HEALTHY)),
        "probability": judged.probability,
        "said": float(judged.found is not None),
        "error": float(judged.found is not None and judged.found.severity == "error"),
        "off": abs(curve.onset - onset) / total if curve else np.nan,
        "covered": float(curve.onset_low <= onset <= curve.onset_high) if curve else np.nan,
        "width": (curve.onset_high - curve.onset_low) / total if curve else np.nan,
        "stop": (float(loss(judged.stop)) - lowest) / gained,
        "keep": float(loss(among_saved.stop) - loss(saved).min()) / gained,
        "cpu": time.process_time() - started,
    }


def figures(of: dict[str, Floats]) -> dict[str, float]:
    """The figures that have floors."""
    truth, said, error = of["truth"] == 1, of["said"] == 1, of["error"] == 1
    found = said & truth
    return {
        "F1": 2 * float(found.sum()) / max(float(said.sum() + truth.sum()), 1),
        "false alarms on healthy runs": float(said[of["healthy"] == 1].mean()),
        "precision at error": float((error & truth).sum()) / max(float(error.sum()), 1),
        "recall at error": float((error & truth).sum()) / max(float(truth.sum()), 1),
        "onset error, median": float(np.median(of["off"][found])),
        "onset error, p90": float(np.quantile(of["off"][found], 0.9)),
        "interval covers": float(of["covered"][found].mean()),
        "interval width, median": float(np.median(of["width"][found])),
        "stop regret": float(of["stop"].mean()),
        "checkpoint regret": float(of["keep"].mean()),
    }


def kept(value: float, floor: str) -> bool:
    """Whether a figure keeps its floor (``>= x``, ``<= x`` or ``x to y``)."""
    words = floor.split()
    low = float(words[0]) if len(words) == 3 else float(words[1]) if words[0] == ">=" else -np.inf
    high = float(words[2]) if len(words) == 3 else float(words[1]) if words[0] == "<=" else np.inf
    return low <= value <= high


def simulated(folder: Path) -> None:
    """Score a folder of generated runs."""
    with np.load(folder / "dense.npz") as dense, (folder / "truth.csv").open() as truth:
        runs = list(csv.DictReader(truth))
        losses = [dense[run["id"]].ravel().astype(np.float64) for run in runs]
    paths = [folder / "runs" / f"{run['id']}.jsonl" for run in runs]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        rows = list(pool.map(score, runs, losses, paths, chunksize=16))
    of = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    print(f"{len(rows)} runs, read and diagnosed twice in {of['cpu'].mean() * 1000:.0f} ms CPU each")
    for name, value in figures(of).items():
        print(f"{name:30} {value:7.4f}   {FLOORS[name]:13} {'kept' if kept(value, FLOORS[name]) else 'MISSED'}")
    print("calibration: probability, share that overfits (runs)")
    for low, high in zip((0.0, *BUCKETS), (*BUCKETS, 1.01), strict=True):
        inside = (of["probability"] >= low) & (of["probability"] < high)
        if inside.any():
            print(f"  {low:.2f} to {min(high, 1):.2f}   {of['truth'][inside].mean():.3f} ({inside.sum()})")


def labelled(folder: Path) -> None:
    """Score a folder of real runs with labels, and name every miss."""
    right = alarms = found = placed = runs = 0
    with (folder / "labels.csv").open() as labels:
        for run in csv.DictReader(labels):
            judged = judge(folder / "runs" / f"{run['id']}.jsonl")
            said, truth = judged.found is not None, run["overfit"] == "1"
            runs, right, alarms = runs + 1, right + (said == truth), alarms + (said and not truth)
            if said != truth:
                print(f"  {run['id']} ({run['state']}): {'' if said else 'not '}called overfitting, {judged.probability:.3f}")
            if said and truth and judged.curve is not None:
                found += 1
                inside = float(run["onset_lo"]) <= judged.curve.onset <= float(run["onset_hi"])
                placed += inside
                if not inside:
                    print(f"  {run['id']}: onset {judged.curve.onset:.6g}, labelled {run['onset_lo']} to {run['onset_hi']}")
    print(f"{runs} labelled runs: {right} verdicts right, {alarms} false alarms, {placed} of {found} onsets in the labelled range")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overfitting", description="Score the overfitting verdict.")
    parser.add_argument("dir", help="folder of generated runs; - for none")
    parser.add_argument("--labelled", type=Path, help="folder of real runs with labels")
    chosen = parser.parse_args()
    if chosen.dir != "-":
        simulated(Path(chosen.dir))
    if chosen.labelled:
        labelled(chosen.labelled)


if __name__ == "__main__":
    main()
