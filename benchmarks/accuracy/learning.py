"""Kinds of run that learn badly: nothing at all, in swings, or with a wrong learning rate."""

import numpy as np

from benchmarks.accuracy.draw import Curve, Draft, Frame, healthy, observe, place_of


def not_learning(at: Frame) -> Draft:
    """Nothing is learnt: the loss stays at chance, or at another level."""
    level = float(np.log(at.rng.choice([2, 10, 100, 1000]))) if at.rng.random() < 0.5 else at.start
    at.train_noise, at.val_noise = min(at.train_noise, 0.02), min(at.val_noise, 0.005)
    curve: Curve = lambda x: level * (1 - 0.003 * (1 - np.exp(-x / 0.05)))
    return observe(at, "not_learning", curve, curve, must=frozenset({"LRN001"}), verdicts=frozenset({"not-learning"}), overfit=False)


def oscillation(at: Frame) -> Draft:
    """The loss swings by 5 to 15 % with a constant period."""
    return _swing(at, "oscillation", 1.0)


def oscillation_growing(at: Frame) -> Draft:
    """The swing gets wider."""
    return _swing(at, "oscillation_growing", 4.0)


def _swing(at: Frame, kind: str, growth: float, noise: float | None = None) -> Draft:
    cycles = float(at.rng.uniform(10, max(11.0, min(60.0, len(at.x) / 8))))
    size = float(at.rng.uniform(0.05, 0.15)) / (1 + growth) * 2
    at.train_noise = min(at.train_noise, 0.02) if noise is None else noise * size
    swing: Curve = lambda x: 1 + size * (1 + (growth - 1) * x) * np.sin(2 * np.pi * cycles * x)
    return observe(at, kind, lambda x: at.power(x) * swing(x), at.power, must=frozenset({"LRN004"}), overfit=False)


def oscillation_noisy(at: Frame) -> Draft:
    """The swing is twice the noise, 5 to 8 % of the level."""
    return _swing(at, "oscillation_noisy", 1.0, noise=0.5)


def zero_learning_rate(at: Frame) -> Draft:
    """The schedule ended after 60 to 90 % of the run."""
    place, step = place_of(at, 0.6, 0.9)
    draft = observe(
        at,
        "zero_learning_rate",
        lambda x: at.power(np.minimum(x, place)),
        lambda x: at.power(np.minimum(x, place)),
        must=frozenset({"LRN006"}),
        steps={"LRN006": (step,)},
        overfit=False,
    )
    draft.columns["lr"] = (at.x, 3e-4 * np.clip(1 - at.x / place, 0, 1))
    return draft


def full_learning_rate(at: Frame) -> Draft:
    """A learning rate that stays at its peak after a warm-up: worth a note."""
    draft = healthy(at, "full_learning_rate", at.power, at.power, notes=frozenset({"LRN005"}))
    draft.columns["lr"] = (at.x, 3e-4 * np.clip(at.x / 0.05, 0.1, 1))
    return draft


def flat_learning_rate(at: Frame) -> Draft:
    """A constant learning rate: worth a note."""
    draft = healthy(at, "flat_learning_rate", at.power, at.power, notes=frozenset({"LRN007"}))
    draft.columns["lr"] = (at.x, np.full(len(at.x), 3e-4))
    return draft
