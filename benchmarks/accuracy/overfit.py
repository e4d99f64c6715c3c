"""Kinds of run that overfit, in many shapes."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.accuracy.draw import Curve, Draft, Floats, Frame, observe

_PAST = frozenset({"CKP001", "CKP002"})


def _overfit(at: Frame, kind: str, place: float, rise: Callable[[Floats], Floats], size: float, **truth: object) -> Draft:
    """Validation falls fast, turns at ``place`` and rises by ``size`` of its floor; training falls on."""
    fast = place / float(at.rng.uniform(3, 6))
    base: Curve = lambda x: at.floor + (at.start - at.floor) * (0.5 * np.exp(-x / fast) + 0.5 * np.exp(-4 * x / fast))
    val: Curve = lambda x: base(x) + at.floor * size * rise(np.clip((x - place) / (1 - place), 0, None))
    rate = float(at.rng.uniform(0.3, 2.5))
    train: Curve = lambda x: base(x) * np.exp(-rate * np.clip(x - 0.7 * place, 0, None))
    return observe(at, kind, train, val, must=frozenset({"OVF001"}), may=_PAST, verdicts=frozenset({"overfitting"}), **truth)


def overfit_clean(at: Frame) -> Draft:
    """Rises by 20 to 100 %, low noise."""
    at.val_noise = 0.003
    return _overfit(at, "overfit_clean", float(at.rng.uniform(0.2, 0.6)), lambda u: u**1.2, float(at.rng.uniform(0.2, 1.0)))


def overfit_mild(at: Frame) -> Draft:
    """Rises by 4 to 8 %."""
    at.val_noise = min(at.val_noise, 0.006)
    return _overfit(at, "overfit_mild", float(at.rng.uniform(0.2, 0.6)), lambda u: u, float(at.rng.uniform(0.04, 0.08)))


def overfit_late(at: Frame) -> Draft:
    """Turns after three quarters of the run."""
    return _overfit(at, "overfit_late", float(at.rng.uniform(0.72, 0.85)), lambda u: u**1.3, float(at.rng.uniform(0.08, 0.3)))


def overfit_noisy(at: Frame) -> Draft:
    """Rises by 15 to 60 %, 2 % noise on each evaluation."""
    at.val_noise = 0.02
    return _overfit(at, "overfit_noisy", float(at.rng.uniform(0.2, 0.6)), lambda u: u**1.3, float(at.rng.uniform(0.15, 0.6)))


def overfit_partial(at: Frame) -> Draft:
    """Rises and comes back half of the way."""
    place, size = float(at.rng.uniform(0.2, 0.4)), float(at.rng.uniform(0.15, 0.5))
    return _overfit(at, "overfit_partial", place, lambda u: np.sin(np.clip(u, 0, 1) * 2.2), size)


def overfit_saturating(at: Frame) -> Draft:
    """Rises and stays there."""
    place, size = float(at.rng.uniform(0.2, 0.6)), float(at.rng.uniform(0.08, 0.5))
    return _overfit(at, "overfit_saturating", place, lambda u: 1 - np.exp(-u / 0.15), size)


def overfit_per_epoch(at: Frame) -> Draft:
    """One evaluation per epoch, 8 to 20 of them."""
    epochs = int(at.rng.integers(8, 21))
    at.xv, at.val_noise = np.arange(1, epochs + 1) / epochs, 0.004
    return _overfit(at, "overfit_per_epoch", float(at.rng.uniform(0.25, 0.5)), lambda u: u**1.1, float(at.rng.uniform(0.15, 0.8)))


def overfit_immediate(at: Frame) -> Draft:
    """Turns within the first tenth."""
    return _overfit(at, "overfit_immediate", float(at.rng.uniform(0.05, 0.1)), lambda u: u, float(at.rng.uniform(0.2, 1.2)))


def overfit_accuracy(at: Frame) -> Draft:
    """Judged by an accuracy, which falls by a tenth or more of what it had gained."""
    draft = _overfit(at, "overfit_accuracy", float(at.rng.uniform(0.2, 0.6)), lambda u: u, float(at.rng.uniform(0.3, 1.0)))
    x, y = draft.columns.pop("val_loss")
    draft.columns["val_accuracy"] = (x, np.clip(1 - 0.8 * y / at.start, 0.001, 0.999))
    draft.truth = replace(draft.truth, val=None)
    return draft


def overfit_negative(at: Frame) -> Draft:
    """A log-likelihood of densities that passes zero, and overfits."""
    draft = _overfit(at, "overfit_negative", float(at.rng.uniform(0.2, 0.6)), lambda u: u**1.2, float(at.rng.uniform(0.4, 1.2)))
    shift = at.start * float(at.rng.uniform(0.6, 0.95))
    for name in ("loss", "val_loss"):
        x, y = draft.columns[name]
        draft.columns[name] = (x, y - shift)
    return draft
