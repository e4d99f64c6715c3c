"""Score the overfitting verdict and the stop advice on runs with known truth: ``python -m benchmarks.overfitting DIR``.

``DIR`` holds ``truth.csv`` (id, total, overfit, onset, fmin, drop, ckpt_every, family, ...), ``dense.npz`` (id -> the
noise-free validation loss at 1,500 even shares of the run) and ``runs/ID.jsonl`` (step, train_loss, val_loss).
``--labelled DIR`` scores a folder of real runs with ``labels.csv`` instead of, or after, it (``-`` for no DIR).

Regret is in units of what the noise-free loss had gained (at least 2 % of its minimum), onset errors and interval widths
in units of the run. Healthy are the families whose validation loss never turns for good.
"""

import argparse
import csv
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from trainlog.analysis.checkpoint import choose_checkpoint
from trainlog.analysis.curve import ERROR_AT, WARN_AT, Curve, fit_curve
from trainlog.analysis.divergence import find_divergence
from trainlog.analysis.nonfinite import find_nonfinite
from trainlog.analysis.trend import judge_learning

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NOT_HEALTHY = ("divergence", "nan_loss", "tiny_rise", "u_")
"""Starts of the names of families that are not counted when false alarms are."""
BUCKETS = (0.05, 0.3, 0.6, 0.8, 0.9, 0.95, 0.99)


@dataclass(frozen=True, slots=True)
class Judged:
    """One run, judged: ``probability`` is 0 where a stronger cause or a rising training loss forbids the verdict."""

    curve: Curve
    probability: float
    broke_down: int | None
    steps: Ints

    @property
    def stop(self) -> int:
        """The evaluation at which to stop."""
        choice = choose_checkpoint(self.curve, self.steps, before=self.broke_down)
        return choice.step if choice else int(self.steps[-1])

    def keep(self, saved: Ints) -> int:
        """The checkpoint to keep."""
        choice = choose_checkpoint(self.curve, saved, before=self.broke_down)
        return choice.step if choice else int(saved[np.argmin(np.abs(saved - self.steps[-1]))])


def series(path: Path, name: str) -> tuple[Ints, Floats]:
    """Steps and values of one metric of a run."""
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    points = [(row["step"], row[name]) for row in rows if row.get(name) is not None]
    return np.array([int(s) for s, _ in points], dtype=np.int64), np.array([float(v) for _, v in points])


def judge(step: Ints, value: Floats, train_step: Ints, train: Floats) -> Judged:
    """The verdict as the rules give it: non-finite, diverged and not learning come before overfitting."""
    curve = fit_curve(step, value, train_step=train_step, train_value=train)
    finite = np.isfinite(train)
    broken = find_nonfinite(train)
    diverged = find_divergence(train[finite])
    breaks = [int(train_step[broken.index])] if broken else []
    breaks += [int(train_step[finite][diverged.index])] if diverged else []
    silent = bool(breaks) or curve.train_rises or not curve.evaluable or judge_learning(train[finite]) is not None
    return Judged(curve, 0.0 if silent else curve.probability, min(breaks, default=None), step)


def score(run: dict[str, Any], dense: Floats, judged: Judged) -> dict[str, float]:
    """What one verdict was worth."""
    total, lowest = float(run["total"]), float(run["fmin"])
    gained = max(float(run["drop"]), 0.02 * lowest)
    saved = np.arange(int(run["ckpt_every"]), int(total) + 1, int(run["ckpt_every"]))

    def loss(step: float | Ints) -> Any:
        return np.interp(np.asarray(step, float) / total, np.linspace(0, 1, dense.size), dense)

    curve, onset = judged.curve, float(run["onset"])
    return {
        "truth": float(run["overfit"]),
        "healthy": float(not run["family"].startswith(NOT_HEALTHY)),
        "probability": judged.probability,
        "error": abs(curve.onset - onset) / total,
        "covered": float(curve.onset_low <= onset <= curve.onset_high),
        "width": (curve.onset_high - curve.onset_low) / total,
        "stop": (float(loss(judged.stop)) - lowest) / gained,
        "keep": float(loss(judged.keep(saved)) - loss(saved).min()) / gained,
    }


def table(rows: list[dict[str, float]]) -> None:
    """Print what the runs of one folder add up to."""
    of = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    truth, probability = of["truth"] == 1, of["probability"]
    for name, limit in (("warning and above", WARN_AT), ("error", ERROR_AT)):
        said = probability >= limit
        hit = int((said & truth).sum())
        precision, recall = hit / max(int(said.sum()), 1), hit / max(int(truth.sum()), 1)
        f1, alarms = 2 * hit / max(int(said.sum() + truth.sum()), 1), said[of["healthy"] == 1].mean()
        print(f"{name:18} precision {precision:.4f}  recall {recall:.4f}  F1 {f1:.4f}  false alarms {alarms:.4f} of healthy")
    found = (probability >= WARN_AT) & truth
    print(f"{'onset error':18} median {np.median(of['error'][found]):.4f}  p90 {np.quantile(of['error'][found], 0.9):.4f}")
    print(f"{'onset interval':18} covers {of['covered'][found].mean():.4f}  median width {np.median(of['width'][found]):.4f}")
    print(f"{'regret':18} stop {of['stop'].mean():.4f}  checkpoint {of['keep'].mean():.4f}")
    print("calibration        probability: share that overfits (runs)")
    for low, high in zip((0.0, *BUCKETS), (*BUCKETS, 1.01), strict=True):
        inside = (probability >= low) & (probability < high)
        if inside.any():
            print(f"  {low:.2f} to {min(high, 1):.2f}     {truth[inside].mean():.3f} ({inside.sum()})")


def simulated(folder: Path) -> None:
    """Score a folder of generated runs."""
    started = time.process_time()
    with np.load(folder / "dense.npz") as dense, (folder / "truth.csv").open() as truth:
        rows = []
        for run in csv.DictReader(truth):
            path = folder / "runs" / f"{run['id']}.jsonl"
            judged = judge(*series(path, "val_loss"), *series(path, "train_loss"))
            rows.append(score(run, dense[run["id"]].ravel().astype(np.float64), judged))
    print(f"{len(rows)} runs, {(time.process_time() - started) / len(rows) * 1000:.0f} ms CPU each")
    table(rows)


def labelled(folder: Path) -> None:
    """Score a folder of real runs with labels, and name every miss."""
    right = alarms = found = placed = runs = 0
    with (folder / "labels.csv").open() as labels:
        for run in csv.DictReader(labels):
            path = folder / "runs" / f"{run['id']}.jsonl"
            judged = judge(*series(path, "val_loss"), *series(path, "train_loss"))
            said, truth = judged.probability >= WARN_AT, run["overfit"] == "1"
            runs, right, alarms = runs + 1, right + (said == truth), alarms + (said and not truth)
            if said != truth:
                print(f"  {run['id']} ({run['state']}): {'' if said else 'not '}called overfitting, {judged.probability:.3f}")
            if said and truth:
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
