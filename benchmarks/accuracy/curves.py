"""Kinds of run that are healthy, in many shapes."""

from dataclasses import replace

import numpy as np

from benchmarks.accuracy import draw
from benchmarks.accuracy.draw import Curve, Draft, Floats, Frame, Truth, healthy


def _below(at: Frame, val: Curve, most: float = 0.12) -> Curve:
    """A training curve a little, and increasingly, below validation."""
    share = float(at.rng.uniform(0.0, most))
    return lambda x: val(x) * (1 - share * np.sqrt(np.clip(x, 0, None)))


def power_law(at: Frame) -> Draft:
    """The ordinary run."""
    return healthy(at, "power_law", _below(at, at.power), at.power)


def cosine(at: Frame) -> Draft:
    """A learning rate that decays brings a last drop."""
    gain = float(at.rng.uniform(0.03, 0.2))
    val: Curve = lambda x: at.power(x) * (1 - gain * (1 - np.cos(np.pi * np.clip(x, 0, 1))) / 2)
    draft = healthy(at, "cosine", _below(at, val), val)
    draft.columns["lr"] = (at.x, 3e-4 * np.minimum(1, at.x / 0.02) * draw.cosine(at.x))
    return draft


def lr_steps(at: Frame) -> Draft:
    """One to three sudden drops of the learning rate, each followed by a drop of the loss."""
    places = np.sort(at.rng.uniform(0.3, 0.9, int(at.rng.integers(1, 4))))
    drops = at.rng.uniform(0.05, 0.2, len(places))

    def val(x: Floats) -> Floats:
        y = at.power(x)
        for place, drop in zip(places, drops, strict=True):
            y = y * (1 - drop * (1 - np.exp(-np.maximum(x - place, 0) / 0.01)))
        return y

    draft = healthy(at, "lr_steps", _below(at, val), val)
    draft.columns["lr"] = (at.x, 0.1 ** (1.0 + np.searchsorted(places, at.x, side="right").astype(np.float64)))
    return draft


def warmup_stable_decay(at: Frame) -> Draft:
    """Constant learning rate, then a linear decay."""
    place, gain = float(at.rng.uniform(0.7, 0.9)), float(at.rng.uniform(0.04, 0.15))
    val: Curve = lambda x: at.power(x) * (1 - gain * np.clip((x - place) / (1 - place), 0, 1) ** 0.7)
    draft = healthy(at, "warmup_stable_decay", _below(at, val), val)
    draft.columns["lr"] = (at.x, 3e-4 * np.minimum(1, at.x / 0.02) * np.clip((1 - at.x) / (1 - place), 0.02, 1))
    return draft


def epoch_stairs(at: Frame) -> Draft:
    """Training falls at each epoch edge and creeps up within the epoch; validation falls smoothly."""
    epochs = int(at.rng.integers(3, 9))
    drop = float(at.rng.uniform(0.04, 0.15))

    def train(x: Floats) -> Floats:
        epoch = np.minimum(np.floor(x * epochs - 1e-9), epochs - 1)
        return at.power(x) * (1 - drop) ** epoch * np.where(epoch > 0, 1 + 0.25 * drop * (x * epochs - epoch), 1)

    draft = healthy(at, "epoch_stairs", train, at.power)
    draft.steps_per_epoch = at.total / epochs
    return draft


def noisy_batch(at: Frame) -> Draft:
    """Losses of single batches: 10 to 25 % noise on training."""
    at.train_noise = float(at.rng.uniform(0.10, 0.25))
    return healthy(at, "noisy_batch", _below(at, at.power), at.power)


def heavy_tails(at: Frame) -> Draft:
    """Losses of single batches with heavy tails (Student t, 3 degrees of freedom)."""
    draft = healthy(at, "heavy_tails", _below(at, at.power), at.power)
    x, y = draft.columns["loss"]
    tails: Floats = np.exp(0.03 * np.clip(at.rng.standard_t(3, len(x)), -8, 8)).astype(np.float64)
    draft.columns["loss"] = (x, y * tails)
    return draft


def noise_only_few(at: Frame) -> Draft:
    """Converged early; 20 evaluations, 3 % noise on each."""
    return _noise_only(at, "noise_only_few", 20, 0.03)


def noise_only_hard(at: Frame) -> Draft:
    """Converged early; correlated noise of 2 % on each evaluation."""
    draft = _noise_only(at, "noise_only_hard", len(at.xv), 0.002)
    x, y = draft.columns["val_loss"]
    draft.columns["val_loss"] = (x, y * np.exp(_correlated(at, len(x), 0.02, 0.7)))
    return draft


def _noise_only(at: Frame, kind: str, evaluations: int, noise: float) -> Draft:
    at.val_noise = noise
    at.xv = np.linspace(1 / evaluations, 1, evaluations)
    tau = float(at.rng.uniform(0.02, 0.08))
    val: Curve = lambda x: at.floor + (at.start - at.floor) * np.exp(-x / tau)
    return healthy(at, kind, _below(at, val, 0.05), val)


def _correlated(at: Frame, n: int, sigma: float, rho: float) -> Floats:
    white = at.rng.normal(0, sigma * np.sqrt(1 - rho**2), n)
    out = np.empty(n)
    out[0] = at.rng.normal(0, sigma)
    for i in range(1, n):
        out[i] = rho * out[i - 1] + white[i]
    return out


def converged(at: Frame) -> Draft:
    """Nothing to gain over the second half."""
    tau = float(at.rng.uniform(0.03, 0.1))
    val: Curve = lambda x: at.floor + (at.start - at.floor) * np.exp(-x / tau)
    return healthy(at, "converged", _below(at, val, 0.05), val, notes=frozenset({"LRN002"}), verdicts=frozenset({"converged"}))


def gap_only(at: Frame) -> Draft:
    """Training runs far ahead while validation falls slower and slower but never rises."""
    rate = float(at.rng.uniform(1, 3))
    train: Curve = lambda x: at.power(x) * np.exp(-rate * np.clip(x - 0.2, 0, None))
    return healthy(at, "gap_only", train, at.power)


def double_descent(at: Frame) -> Draft:
    """Validation rises by 5 to 40 % in the middle and then falls below its first minimum."""
    place, width = float(at.rng.uniform(0.25, 0.4)), float(at.rng.uniform(0.05, 0.1))
    bump, fall = float(at.rng.uniform(0.05, 0.4)), float(at.rng.uniform(0.3, 0.5))
    val: Curve = lambda x: at.power(x) + at.floor * (bump * np.exp(-0.5 * ((x - place) / width) ** 2) - fall * np.clip(x - place, 0, None))
    return healthy(at, "double_descent", _below(at, at.power, 0.5), val)


def negative_loss(at: Frame) -> Draft:
    """A log-likelihood of densities: it passes zero."""
    shift = at.start * float(at.rng.uniform(0.6, 0.95))
    draft = healthy(at, "negative_loss", at.power, at.power)
    for name in ("loss", "val_loss"):
        x, y = draft.columns[name]
        draft.columns[name] = (x, y - shift)
    draft.truth = replace(draft.truth, val=lambda x: at.power(x) - shift)
    return draft


def train_only(at: Frame) -> Draft:
    """No validation."""
    return healthy(at, "train_only", at.power, None, notes=frozenset({"LOG005"}))


def accuracy(at: Frame) -> Draft:
    """Judged by an accuracy, which rises."""
    draft = healthy(at, "accuracy", at.power, at.power)
    x, y = draft.columns.pop("val_loss")
    draft.columns["val_accuracy"] = (x, np.clip(1 - 0.8 * y / at.start, 0.001, 0.999))
    draft.truth = Truth("accuracy", total=at.total, healthy=True, overfit=False)
    return draft


def plateau_start(at: Frame) -> Draft:
    """Nothing for a fifth to a half of the run, then the drop."""
    place, width = float(at.rng.uniform(0.2, 0.5)), float(at.rng.uniform(0.01, 0.04))
    turned: Curve = lambda x: 1 / (1 + np.exp(-np.clip((x - place) / width, -50, 50)))
    val: Curve = lambda x: at.start - (at.start - at.floor) * turned(x) * (0.9 + 0.1 * np.clip(x, 0, 2))
    return healthy(at, "plateau_start", _below(at, val, 0.05), val)


def warm_restarts(at: Frame) -> Draft:
    """The learning rate is raised again once or twice; the loss jumps and comes back."""
    places = np.sort(at.rng.uniform(0.3, 0.75, int(at.rng.integers(1, 3))))
    bump = float(at.rng.uniform(0.1, 0.4))

    def val(x: Floats) -> Floats:
        y = at.power(x)
        for place in places:
            y = y * (1 + bump * np.where(x >= place, np.exp(-np.maximum(x - place, 0) / 0.03), 0))
        return y

    draft = healthy(at, "warm_restarts", _below(at, val), val)
    since = at.x - np.concatenate([[0.0], places])[np.searchsorted(places, at.x, side="right")]
    draft.columns["lr"] = (at.x, 3e-4 * np.exp(-4 * since) * np.minimum(1, at.x / 0.01 + 0.1))
    return draft


def fast_start(at: Frame) -> Draft:
    """Almost everything is gained in the first per cent of the run."""
    at.tau, at.exponent = 0.001, 0.6
    return healthy(at, "fast_start", _below(at, at.power), at.power)


def few_epochs(at: Frame) -> Draft:
    """Fine-tuning: six to ten epochs, one record of each metric per epoch."""
    epochs = int(at.rng.integers(6, 11))
    at.x = at.xv = np.arange(1, epochs + 1) / epochs
    at.val_noise, at.tau, at.exponent = 0.002, 0.15, 0.8
    return healthy(at, "few_epochs", _below(at, at.power), at.power)


def validation_below(at: Frame) -> Draft:
    """Dropout and augmentation: training lies above validation."""
    share = float(at.rng.uniform(0.05, 0.3))
    return healthy(at, "validation_below", lambda x: at.power(x) * (1 + share), at.power, notes=frozenset({"OVF003"}))


def epoch_period(at: Frame) -> Draft:
    """Data in a fixed order: training swings with the epoch."""
    epochs = int(at.rng.integers(8, 20))
    swing = float(at.rng.uniform(0.03, 0.1))
    draft = healthy(at, "epoch_period", lambda x: at.power(x) * (1 + swing * np.sin(2 * np.pi * epochs * x)), at.power)
    draft.steps_per_epoch = at.total / epochs
    return draft


def memorised(at: Frame) -> Draft:
    """Training falls to a thousandth, where its relative noise is 40 %; validation stands still."""
    tau = float(at.rng.uniform(0.03, 0.1))
    val: Curve = lambda x: at.floor + (at.start - at.floor) * np.exp(-x / tau)
    at.train_noise = 0.4
    rate = float(at.rng.uniform(4, 7))
    return healthy(at, "memorised", lambda x: val(x) * np.exp(-rate * np.clip(x, 0, None)), val)


def rounded(at: Frame) -> Draft:
    """Logged with two decimals."""
    draft = healthy(at, "rounded", _below(at, at.power), at.power)
    for name in ("loss", "val_loss"):
        x, y = draft.columns[name]
        draft.columns[name] = (x, np.round(y, 2))
    return draft


def wandering(at: Frame) -> Draft:
    """Training noise of 4 % that remembers the last twenty records: the mixture of data drifts."""
    draft = healthy(at, "wandering", _below(at, at.power), at.power)
    x, y = draft.columns["loss"]
    draft.columns["loss"] = (x, y * np.exp(_correlated(at, len(x), 0.04, 0.95)))
    return draft


def early_bump(at: Frame) -> Draft:
    """The loss rises by 10 to 40 % during the warm-up, then falls."""
    size, place = float(at.rng.uniform(0.1, 0.4)), float(at.rng.uniform(0.01, 0.04))
    val: Curve = lambda x: at.power(x) * (1 + size * np.exp(-0.5 * ((x - place) / (0.4 * place)) ** 2))
    return healthy(at, "early_bump", _below(at, val), val)


def noise_grows(at: Frame) -> Draft:
    """Training noise grows from 1 to 12 %, as when examples get longer."""
    draft = healthy(at, "noise_grows", _below(at, at.power), at.power)
    x, y = draft.columns["loss"]
    draft.columns["loss"] = (x, y * np.exp(at.rng.normal(0, 1, len(x)) * (0.01 + 0.11 * x)))
    return draft


def long_log(at: Frame) -> Draft:
    """Every one of 40,000 steps is logged, 8 % noise."""
    at.total, at.train_noise = 40_000, 0.08
    at.x = np.arange(1, at.total + 1) / at.total
    at.xv = np.unique(np.round(at.xv * at.total)) / at.total
    return healthy(at, "long_log", _below(at, at.power), at.power)


def sparse_log(at: Frame) -> Draft:
    """Thirty records of training, fifteen of validation."""
    at.x, at.xv = np.arange(1, 31) / 30, np.arange(1, 16) / 15
    return healthy(at, "sparse_log", _below(at, at.power), at.power)
