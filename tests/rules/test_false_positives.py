"""What looks like a defect and is none: nothing at severity warning or above."""

from dataclasses import replace

import numpy as np
import pytest

from tests.rules.runs import GIB, Floats, N, X, falling, found, judged, noise, run_of, settled
from trainlog.diagnosis import diagnose, wanted
from trainlog.run import Run

SEEDS = range(3)


def epochs_of(y: Floats, per_epoch: int) -> Run:
    """A run of epochs, with evaluations that do not swing."""
    run = run_of({"loss": y, "val_loss": falling(0.002, 9)[9::10]})
    return replace(run, steps_per_epoch=10.0 * per_epoch)


def swing(cycles: float, size: float = 0.06) -> Floats:
    return 1 + size * np.sin(2 * np.pi * cycles * X)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("per_epoch", [20, 36, 50])
def test_a_swing_with_the_epoch_is_none_of_the_optimizer(per_epoch: int, seed: int) -> None:
    y = falling(0.01, seed) * swing(N / per_epoch)
    assert not found(diagnose(epochs_of(y, per_epoch)), "LRN004")
    other = falling(0.01, seed) * swing(1.6 * N / per_epoch)
    assert found(diagnose(epochs_of(other, per_epoch)), "LRN004")


@pytest.mark.parametrize("seed", SEEDS)
def test_a_loss_that_falls_at_the_edge_of_each_epoch_is_no_swing(seed: int) -> None:
    epoch = np.floor(X * 8 - 1e-9)
    y = falling(0.01, seed) * 0.92**epoch * (1 + 0.03 * (X * 8 - epoch))
    assert not [f for f in diagnose(epochs_of(y, 50)).findings if f.severity != "info"]


def warm_up(seed: int) -> dict[str, Floats]:
    """The loss rises before it falls, gradients are large, memory fills and the first steps are slow."""
    start = np.exp(-X / 0.01)
    gpu = {"gpu/0/memory_used_bytes": 14 * GIB * (1 - 0.5 * start), "gpu/0/memory_total_bytes": np.full(N, 24 * GIB)}
    bump = 1 + 0.4 * np.exp(-(((X - 0.02) / 0.008) ** 2))
    return {
        "loss": falling(0.01, seed) * bump, "val_loss": falling(0.003, seed + 9)[9::10], "lr": 3e-4 * np.minimum(X / 0.03, 1.0),
        "grad_norm": noise(0.2, seed) * (1 + 40 * start), "tokens_per_s": 1000 * noise(0.03, seed) * (1 - 0.8 * start), **gpu,
    }  # fmt: skip


def rate_drops(seed: int) -> dict[str, Floats]:
    """A step schedule: both curves fall at each drop, and validation creeps up a little after it."""
    late = np.floor(X / 0.34)
    kink = 0.9**late * (1 + 0.006 * (X / 0.34 - late))
    return {
        "loss": falling(0.01, seed) * 0.85**late, "val_loss": (falling(0.002, seed + 9) * kink)[9::10], "lr": 0.1 * 0.1**late,
        "grad_norm": noise(0.2, seed) * 1.6**late,
    }  # fmt: skip


def batch_grows(seed: int) -> dict[str, Floats]:
    """From the middle on a batch of four times the size: less noise, longer steps, more memory, the same tokens per second."""
    late = X > 0.5
    return {
        "loss": falling(0.0, seed) * np.where(late, noise(0.02, seed), noise(0.04, seed)), "val_loss": falling(0.003, seed + 9)[9::10],
        "grad_norm": noise(0.2, seed) * np.where(late, 0.5, 1.0), "step_time_s": np.where(late, 0.4, 0.1) * noise(0.03, seed),
        "tokens_per_s": 1000 * noise(0.03, seed), "gpu/0/memory_used_bytes": np.where(late, 16, 10) * GIB * noise(0.002, seed),
        "gpu/0/memory_total_bytes": np.full(N, 24 * GIB),
    }  # fmt: skip


def batch_shrinks(seed: int) -> dict[str, Floats]:
    """From the middle on a quarter of the batch: twice the noise."""
    return {"loss": settled(0.0) * np.where(X > 0.5, noise(0.08, seed), noise(0.04, seed)), "val_loss": settled(0.003, seed)[9::10]}


def evaluation_noise(seed: int) -> dict[str, Floats]:
    """Few examples per evaluation: 2 % noise on a validation loss that has settled."""
    return {"loss": settled(0.01, seed), "val_loss": settled(0.02, seed + 20)[9::10]}


def restart(seed: int) -> dict[str, Floats]:
    """The learning rate is raised again twice; the loss jumps and comes back each time."""
    since = X % 0.34
    bump = 1 + 0.35 * (X > 0.34) * np.exp(-since / 0.012)
    return {"loss": falling(0.01, seed) * bump, "val_loss": falling(0.003, seed + 9)[9::10], "lr": 3e-4 * np.cos(1.5 * since / 0.34)}


def single_batches(seed: int) -> dict[str, Floats]:
    """Losses of single batches with heavy tails."""
    tails = 1 + 0.06 * np.random.default_rng(seed).standard_t(3, N)
    return {"loss": falling(0.0) * np.abs(tails), "val_loss": falling(0.003, seed)[9::10]}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("drawn", [warm_up, rate_drops, batch_grows, batch_shrinks, evaluation_noise, restart, single_batches])
def test_nothing_is_warned_of(drawn, seed: int) -> None:  # type: ignore[no-untyped-def]  # a table of functions
    diagnosis = judged(drawn(seed))
    assert [(f.code, f.finding.what, f.finding.why) for f in diagnosis.findings if f.severity != "info"] == []
    assert diagnosis.verdict in ("healthy", "converged", "still-improving")


@pytest.mark.parametrize("height", [0.5, 2.5])
@pytest.mark.parametrize("setting", ["seq_len", "train/batch_size", "stage"])
def test_a_setting_that_changed_explains_a_jump(setting: str, height: float) -> None:
    """A curriculum: longer sequences from the middle on, and the level of the loss rises with them."""
    later = X > 0.5
    columns = {"loss": falling() + height * later, setting: np.where(later, 2048.0, 512.0)}
    run = run_of(columns)
    assert not [f for f in diagnose(run).findings if f.severity != "info"]
    told = [f for f in diagnose(run).findings if f.code in ("NUM003", "NUM004")]
    assert all(f"{setting} went from 512 to 2048 there" in f.finding.why and not f.finding.do for f in told)
    assert [f for f in diagnose(run_of({"loss": columns["loss"]})).findings if f.severity != "info"]
    assert wanted(setting)


def test_what_changes_all_the_time_explains_nothing() -> None:
    columns = {"loss": falling() + 2.5 * (X > 0.5), "seq_len": 512.0 + np.arange(N) % 7}
    assert diagnose(run_of(columns)).verdict == "diverged"
