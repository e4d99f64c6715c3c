"""Read CSV files of a million rows, beside pandas' C parser: ``python -m benchmarks.tables [ROWS] [--rounds N]``.

Both read the same file in this process, in turn, in CPU seconds; the first round warms up. Every value is compared. ``dense``: every
cell filled. ``sparse``: a training row, a learning rate or an epoch's means at a time, as Lightning writes them. ``full``: numbers of
17 digits, as pandas writes them.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.measure import machine
from trainlog.diagnosis import wanted
from trainlog.readers import read_all


def dense(path: Path, count: int) -> None:
    loss = _loss(count).tolist()
    with path.open("w", encoding="utf-8") as stream:
        stream.write("step,epoch,train_loss,lr,grad_norm\n")
        stream.writelines(f"{i},{i / 1000:.3f},{x:.6f},0.0001,{1 + x / 10:.6f}\n" for i, x in enumerate(loss))


def sparse(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.write("epoch,step,train_loss_step,val_loss,lr-AdamW,train_loss_epoch\n")
        for i, x in enumerate(_loss(count).tolist()):
            if i % 1000 == 999:
                stream.write(f"{i // 1000},{i},,{x + 0.1:.9f},,{x:.9f}\n")
            else:
                stream.write(f"{i // 1000},{i},{x:.9f},,,\n" if i % 10 else f",{i},,,0.00012345,\n")


def full(path: Path, count: int) -> None:
    loss = _loss(count)
    pd.DataFrame({"step": np.arange(count), "train_loss": loss, "val_loss": loss * 1.1, "lr": loss * 1e-5}).to_csv(path, index=False)


FILES: tuple[Callable[[Path, int], None], ...] = (dense, sparse, full)
COLUMNS = {"loss": ("train_loss", "train_loss_step"), "val_loss": ("val_loss",), "lr": ("lr", "lr-AdamW"), "grad_norm": ("grad_norm",)}


def _loss(count: int) -> np.ndarray:
    return 4 * np.exp(-np.arange(count) * 5 / count) + 1 + 0.05 * np.random.default_rng(0).normal(size=count)


def seconds(call: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    started = time.process_time()
    call()
    return time.process_time() - started


def check(path: Path) -> None:
    """See that both readers find the same numbers, to the last bit or but one: older versions of pandas do not round right."""
    table = pd.read_csv(path)
    [run] = read_all(str(path), wants=wanted)
    for name, columns in COLUMNS.items():
        for column in set(columns) & set(table):
            np.testing.assert_allclose(run.series[name].value, table[column].dropna().to_numpy(), rtol=3e-16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"{machine()}; {options.rows:,} rows; CPU s, median of {options.rounds} rounds in turn\n")
    print(f"{'':8} {'MiB':>6} {'trainlog':>9} {'pandas':>8} {'ratio':>6} {'least':>6} {'most':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for make in FILES:
            path = Path(folder) / f"{make.__name__}.csv"
            make(path, options.rows)
            check(path)
            pairs = [
                (seconds(partial(read_all, str(path), wants=wanted)), seconds(partial(pd.read_csv, path))) for _ in range(options.rounds)
            ]
            ratios = sorted(ours / theirs for ours, theirs in pairs)
            ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
            middle, size = statistics.median(ratios), path.stat().st_size / 2**20
            print(f"{make.__name__:8} {size:6.0f} {ours:9.2f} {theirs:8.2f} {middle:6.2f} {ratios[0]:6.2f} {ratios[-1]:6.2f}")


if __name__ == "__main__":
    main()
