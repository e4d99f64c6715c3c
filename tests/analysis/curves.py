"""Seeded curves that the tests of the analysis share."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def falling(n: int = 400, *, start: float = 4.0, floor: float = 1.5, tau: float = 0.15, noise: float = 0.01, seed: int = 0) -> Floats:
    """A loss that falls exponentially to a floor, with multiplicative white noise."""
    x = np.linspace(0, 1, n)
    rng = np.random.default_rng(seed)
    return (floor + (start - floor) * np.exp(-x / tau)) * np.exp(rng.normal(0, noise, n))


def power(n: int = 400, *, start: float = 4.0, floor: float = 1.5, noise: float = 0.01, seed: int = 0) -> Floats:
    """A loss that falls as a power law and is still falling at the end."""
    x = np.linspace(0, 1, n)
    rng = np.random.default_rng(seed)
    return (floor + (start - floor) * (1 + x / 0.05) ** -0.5) * np.exp(rng.normal(0, noise, n))


def flat(n: int = 400, *, level: float = 2.3, noise: float = 0.02, seed: int = 0) -> Floats:
    """Noise around one level."""
    return level * np.exp(np.random.default_rng(seed).normal(0, noise, n))
