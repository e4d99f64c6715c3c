"""Folders of small logs, some broken, for tests of fleets."""

import json
import random
from pathlib import Path

import numpy as np

#: What each kind of log is judged to be.
VERDICTS = {
    "good": {"healthy", "still-improving", "converged"},
    "turned": {"overfitting"},
    "lost": {"diverged"},
    "broken": {"inconclusive"},
}


def text(kind: str, seed: int) -> str:
    """One log of 60 evaluations; ``broken`` is none."""
    if kind == "broken":
        return "nothing to see here\n" * 20
    rng = np.random.default_rng(seed)
    x = np.arange(1, 61)
    loss = 1 + 2 * np.exp(-x / 12) + 0.005 * rng.standard_normal(60)
    val = loss + 0.1 + (np.clip(x - 25, 0, None) * 0.02 if kind == "turned" else 0)
    loss = np.where((x > 40) & (kind == "lost"), np.nan, loss)
    rows = [{"step": int(s) * 10, "loss": float(a), "val_loss": float(b)} for s, a, b in zip(x, loss, val, strict=True)]
    return "".join(json.dumps(row) + "\n" for row in rows)


def write(folder: Path, count: int, *, broken: int = 1) -> dict[str, str]:
    """Write ``count`` logs in sub-folders, the last ``broken`` of them broken; gives the kind of each by its path."""
    kinds: dict[str, str] = {}
    choose = random.Random(0)
    for number in range(count):
        kind = "broken" if number >= count - broken else choose.choice(["good", "turned", "lost"])
        path = folder / f"run{number:03}" / "log.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text(text(kind, number), encoding="utf-8")
        kinds[str(path)] = kind
    return kinds
