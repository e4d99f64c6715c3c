"""Where would a loss that still falls be after a little more training?

The mean of two extrapolations: a straight line through the last 60 % of the run in log-log coordinates (which no richer
family beat on 375 + 375 + 375 curves, diagnosis-science (f)) and a mixture of shapes E + A g(t). Its interval adds up, as
independent errors, the noise of the levels, how far the two and the shapes disagree, and what the same procedure missed on
its own past: nominal posterior intervals cover 30-76 %. Nothing is said beyond 1.33 times the run.
"""

import math
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from trainlog._order import median
from trainlog.analysis import Floats
from trainlog.analysis.robust import difference_noise

HORIZON = 1.33
"""Longest forecast, in lengths of the run (diagnosis-science (f))."""
BINS = 40
"""Log-spaced bins that the shapes are fitted to."""
SKIP = 0.02
"""Share of the run, at its start, left out of the fit."""
TAIL = 0.6
"""Share of the run, at its end, that the log-log line is fitted to."""
MIN_POINTS = 20
"""Fewer points leave less than two per shape that is mixed in the end (own choice)."""
MIN_BINS = 8
"""Fewer levels do not tell a power law from an exponential (own choice)."""
ORIGINS = (0.85, 0.75, 0.65, 0.55)
"""Shares of the run at whose end the same procedure is tried on what came next (own choice: all leave half of the run to fit)."""
MOST = 2.0
"""An error made ahead by less than half as far, in log t, is no measure of one made further ahead than this many times."""
COVERS = 0.8
"""Share of intervals that hold the true value: 86 % of power laws with 0.1 to 1 % noise (`python -m benchmarks.accuracy`), 75 % of 900
decays from 25 to 2,000 points with 0.1 to 4 % noise, a quarter of them sums of exponentials, and 92 % of 256 on 92 real curves, each
cut at 45 to 75 % of its length."""
POWERS = tuple(np.geomspace(0.1, 2.0, 13).tolist())
"""Exponents a in E + A (t + c)^-a; losses of language models fall with 0.05 to 1."""
OFFSETS = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Shifts of t in E + A (t + c)^-a, in lengths of the run."""
RATES = (0.05, 0.1, 0.2, 0.4, 0.8)
"""Time constants of E + A exp(-t / k), in lengths of the run."""


class Forecast(NamedTuple):
    """The level expected at ``step`` if nothing about the run changes, with an interval that covers about 80 %."""

    step: float
    value: float
    low: float
    high: float
    now: float
    """The level at the end of the run, by the same fit."""


def forecast(step: Floats, y: Floats, until: float) -> Forecast | None:
    """Extrapolate ``y`` (finite, step ascending) to the step ``until``.

    None below 20 points, beyond 1.33 times the last step, or for steps that start below 0.
    """
    if len(y) < MIN_POINTS or step[0] < 0 or step[-1] <= step[0] or not step[-1] < until <= HORIZON * step[-1] * 1.01:
        return None
    t, level = _log_bins(step, y)
    if len(t) < MIN_BINS:
        return None
    value, low, high, now = _predict(t, level, until)
    noise = max(difference_noise(y) / math.sqrt(max(1.0, len(y) / BINS)), _wander(t, level))
    missed = _missed(t, level, until)
    parts = (noise, difference_noise(y) if missed is None else missed, 0.5 * (high - low))
    half = math.hypot(*parts)
    low, high = value - half, value + half
    if y.min() > 0:  # what has always been positive stays so
        value, low, high = (max(bound, 0.0) for bound in (value, low, high))
    return Forecast(until, value, low, high, now)


def _missed(t: Floats, y: Floats, until: float) -> float | None:
    """Root mean square of what the same procedure missed when asked at earlier points of the run, as far ahead as then allowed."""
    missed = []
    for origin in ORIGINS:
        past = t <= origin * t[-1]
        if past.sum() >= MIN_BINS:
            last = float(t[past][-1])
            ahead = min(float(t[-1]), HORIZON * last)
            there, _, _, _ = _predict(t[past], y[past], ahead)
            reach = math.log(until / t[-1]) / math.log(ahead / last)
            missed.append((there - float(np.interp(ahead, t, y))) * min(MOST, reach))
    return math.sqrt(sum(m * m for m in missed) / len(missed)) if missed else None


def _log_bins(step: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Medians over log-spaced stretches of the run, without its first 2 %."""
    first = max(step[0], SKIP * step[-1])
    keep = step >= first
    step, y = step[keep], y[keep]
    edges = np.searchsorted(step, np.geomspace(max(first, 1e-12), step[-1], BINS + 1))
    edges[-1] = len(step)
    pairs = [(a, b) for a, b in pairwise(edges.tolist()) if b > a]
    return (
        np.array([median(step[a:b]) for a, b in pairs]),
        np.array([median(y[a:b]) for a, b in pairs]),
    )


def _wander(t: Floats, y: Floats) -> float:
    """Standard deviation of the levels around their own line over the last 60 %: noise that bins do not average away."""
    late = t >= (1 - TAIL) * t[-1]
    x, z = np.log(t[late]), y[late]
    if len(x) < 4:
        return 0.0
    slope = np.sum((x - x.mean()) * (z - z.mean())) / max(float(np.sum((x - x.mean()) ** 2)), 1e-300)
    return float(np.std(z - z.mean() - slope * (x - x.mean())))


def _predict(t: Floats, y: Floats, until: float) -> tuple[float, float, float, float]:
    """Mean of the line and the mixture at ``until``, the hull of both (90 % of the mixture), and the level at the end."""
    end = float(t[-1])
    mixed, low, high, mixed_now = _mixture(t / end, y, until / end)
    line, line_now = _line(t, y, until)
    now = 0.5 * (mixed_now + line_now)
    return 0.5 * (mixed + line), min(low, line), max(high, line), now


def _line(t: Floats, y: Floats, until: float) -> tuple[float, float]:
    """Straight line through the last 60 % in log t and, for positive losses, log y; its values at ``until`` and at the end."""
    late = t >= (1 - TAIL) * t[-1]
    x, positive = np.log(t[late]), bool(y.min() > 0)
    z = np.log(y[late]) if positive else y[late]
    if len(x) < 2:
        return float(y[-1]), float(y[-1])
    slope = float(np.sum((x - x.mean()) * (z - z.mean())) / max(float(np.sum((x - x.mean()) ** 2)), 1e-300))
    ends = [float(z.mean()) + slope * (math.log(at) - float(x.mean())) for at in (until, float(t[-1]))]
    return (math.exp(ends[0]), math.exp(ends[1])) if positive else (ends[0], ends[1])


def _mixture(t: Floats, y: Floats, until: float) -> tuple[float, float, float, float]:
    """Weighted least squares per shape, mixed by likelihood: mean and 90 % range at ``until``, and the mean at 1."""
    shapes = [lambda u, a=a, c=c: (u + c) ** -a for a in POWERS for c in OFFSETS] + [lambda u, k=k: np.exp(-u / k) for k in RATES]
    basis = np.array([shape(t) for shape in shapes])
    ends = np.array([[shape(until), shape(1.0)] for shape in shapes])
    weight = np.clip(t, 0.1, 1.0)
    weight /= weight.sum()
    centre = basis @ weight
    spread = ((basis - centre[:, None]) ** 2) @ weight
    mean = float(y @ weight)
    gain = np.maximum(((basis - centre[:, None]) * (y - mean)) @ weight / np.maximum(spread, 1e-300), 0.0)
    fitted = mean + gain[:, None] * (basis - centre[:, None])
    error = ((y - fitted) ** 2) @ weight
    log_weight = -0.5 * len(t) * np.log(np.maximum(error, 1e-12 * float(np.var(y)) + 1e-300))
    share = np.exp(log_weight - log_weight.max())
    share /= share.sum()
    values = mean + gain[:, None] * (ends - centre[:, None])
    order = np.argsort(values[:, 0])
    total = np.cumsum(share[order])
    low, high = (float(values[order[min(int(np.searchsorted(total, q)), len(order) - 1)], 0]) for q in (0.05, 0.95))
    return float(share @ values[:, 0]), low, high, float(share @ values[:, 1])
