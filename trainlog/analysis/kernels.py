"""The shapes that a curve behind noise is made of: covariances of its smooth part and its decay, and its sudden changes."""

import numpy as np

from trainlog.analysis import Floats

JUMP_WIDTH = 0.01
"""Share of the run in which a fall completes."""
DECAYS = (0.02, 0.2)
"""Time scales of the decay, as shares of the run."""


def matern(distance: Floats, length: float) -> Floats:
    """Matérn 5/2 covariance of points so far apart (Rasmussen and Williams 2006, eq. 4.17); variance 1, any shape."""
    r = np.sqrt(5.0) * distance / length
    out: Floats = (1 + r + r * r / 3) * np.exp(-r)
    return out


def stretched(x: Floats, width: float) -> Floats:
    """Times (shares of the run) on an axis that is stretched below ``width``, from 0 to 1 again."""
    out: Floats = np.log1p(x / width) / np.log1p(1 / width)
    return out


def decay(a: Floats, b: Floats) -> Floats:
    """Covariance of a level and a mixture of falling exponentials at times ``a`` and ``b`` (arXiv:1406.3896); float64[len(a), len(b)]."""
    total = a[:, None] + b[None, :]
    out: Floats = 1.0 + np.add.reduce([1.0 / (1.0 + total / tau) for tau in DECAYS])
    return out


def fall(x: Floats, at: Floats) -> Floats:
    """0 before ``at``, 1 well after; float64[len(x), len(at)]."""
    since = np.maximum(x[:, None] - at[None, :], 0)
    out: Floats = 1 - np.exp(-since / JUMP_WIDTH)
    return out


def kink(x: Floats, at: Floats) -> Floats:
    """0 before ``at``, then a straight line of slope 1 per run; float64[len(x), len(at)]."""
    return np.maximum(x[:, None] - at[None, :], 0)


SHAPES = {"fall": fall, "kink": kink}
