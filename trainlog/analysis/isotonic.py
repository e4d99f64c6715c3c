"""Unimodal least squares: the best fit that first falls and then rises (Stout 2008, Comput. Stat. Data Anal. 53)."""

import numpy as np

from trainlog.analysis import Floats

SMALLEST = 1e-12
"""Variance below which residuals are rounding errors (values are e-folds, or shares of the range); its root is a difference."""


def _falling_errors(y: Floats, weight: Floats) -> tuple[list[float], Floats]:
    """Least-squares error of the best non-increasing fit to each prefix y[:i], i = 0..n, and the fit to all of y."""
    means: list[float] = []
    weights: list[float] = []
    sizes: list[int] = []
    errors, total = [0.0], 0.0
    for v, w in zip(y.tolist(), weight.tolist(), strict=True):
        mean, mass, size = v, w, 1
        while means and means[-1] < mean:
            other, m = means.pop(), weights.pop()
            total += mass * m / (mass + m) * (mean - other) ** 2
            mean, mass, size = (mean * mass + other * m) / (mass + m), mass + m, size + sizes.pop()
        means.append(mean)
        weights.append(mass)
        sizes.append(size)
        errors.append(total)
    return errors, np.repeat(means, sizes)


def unimodal(y: Floats, weight: Floats) -> tuple[int, Floats]:
    """Index of the minimum and values (float64[n]) of the best falling-then-rising fit to ``y``."""
    left, _ = _falling_errors(y, weight)
    right, _ = _falling_errors(y[::-1], weight[::-1])
    cost = np.array(left) + np.array(right)[::-1]
    cut = int(np.argmin(cost))
    _, head = _falling_errors(y[:cut], weight[:cut])
    _, tail = _falling_errors(y[cut:][::-1], weight[cut:][::-1])
    fit = np.concatenate([head, tail[::-1]])
    return int(np.argmin(fit)), fit


def turn_ratio(y: Floats, weight: Floats) -> float:
    """How much better "fell, then rose" fits than "only fell": half the fall of the squared error, per noise variance; >= 0.

    The variance is that of the better fit's residuals where the two fits part, with three degrees of freedom taken (two levels
    and the turn), and one point of the whole curve's variance: early in a run, evaluations scatter for other reasons.
    """
    errors, falling = _falling_errors(y, weight)
    _, fit = unimodal(y, weight)
    square = weight * (y - fit) ** 2
    whole = float(square.sum()) / max(y.size - 3, 1)
    part = int(np.argmax(np.abs(falling - fit) > np.sqrt(SMALLEST)))
    variance = (float(square[part:].sum()) + whole) / (max(y.size - part - 3, 0) + 1)
    return 0.5 * max(errors[-1] - float(square.sum()), 0.0) / (variance + SMALLEST)
