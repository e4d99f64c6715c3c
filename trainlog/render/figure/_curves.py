"""What is done to a curve before it is drawn: smoothing, thinning out, and the frame it is shown in.

Arrays in, arrays out. Nothing here is a result: diagnosis never sees a smoothed or thinned curve.
"""

import math

import numpy as np
from numpy.typing import NDArray

from trainlog._order import distinct, median, median_along, quantile
from trainlog.run import Floats, Ints

CELLS = 4000  # at most as many places a smoothed curve is worked out at: more than any picture is wide
AUTO_SMOOTH_POINTS = 100  # below, every point can be seen by itself
AUTO_SMOOTH_FRACTION = 0.01  # of the range of steps: details of a hundredth of the run stay visible
AUTO_SMOOTH_SPACINGS = 3.0  # a time constant of fewer steps between records averages nothing

SPIKE = 9.0  # times the median deviation around it: a point that sticks out by more, from both sides, is a spike (6 sd)
NEXT_TO_NOTHING = 1e-9  # the weight of a spike: enough to stand for itself where no other point is near
SPIKE_REACH = 2.0  # time constants to either side of a spike that tell what is usual there ...
SPIKE_POINTS = (5, 50)  # ... but at least, and at most, so many points

END_SHARE = 0.5  # of what the first pass missed, added back at the very end
SETTLED_FRACTION = 0.03  # of the range of x: the first fall is over, and may leave the frame if it is high ...
FALL_SHARE = 0.1  # ... and if that leaves out no more than this share of the points of any curve
CLIP_RATIO = 2.0  # the frame leaves out what would make it this many times as tall as the settled curve
BODY_QUANTILE = 0.99  # of the settled curve, and what that leaves below: lone spikes do not set the frame
MARGIN = 0.06  # of the frame's height, at the top and at the bottom


def auto_time_constant(step: Ints | Floats) -> float:
    """The time constant (in steps) that shows the trend of a curve recorded at these sorted steps; 0: draw it as it is."""
    if len(step) < AUTO_SMOOTH_POINTS:
        return 0.0
    span = float(step[-1] - step[0])
    # Half of the distances are as long as their median: of so many, it cannot be long enough to matter.
    many = len(step) > 1 + 2 * AUTO_SMOOTH_SPACINGS / AUTO_SMOOTH_FRACTION
    return _rounded(max(AUTO_SMOOTH_FRACTION * span, 0.0 if many else AUTO_SMOOTH_SPACINGS * median(np.diff(step))))


def smooth(step: Ints | Floats, value: Floats, time_constant: float) -> tuple[Floats, Floats]:
    """Local-linear average of finite points at sorted steps, weights exp(-|Δstep| / time_constant).

    Weights depend on steps, not on how many points were logged; they are normalised and the line is fitted locally, so
    that neither end is biased (Fan and Gijbels, Local Polynomial Modelling, 1996, section 3.2); they look both ways, so
    that nothing lags; and what the first pass missed is smoothed and added back, so that bends are not cut ("twicing",
    Tukey, Exploratory Data Analysis, 1977). Spikes narrower than the time constant have next to no weight:
    averaged they would look as wide as it is. Gives steps and values, float64, at most ``CELLS`` (beyond: of means).
    """
    x, y, weight = _cells(step, value)
    gap = np.diff(x) / time_constant
    reach = int(SPIKE_REACH * time_constant / median(np.diff(x))) if len(x) > 1 else 0
    weight = np.where(spikes(y, int(np.clip(reach, *SPIKE_POINTS))), NEXT_TO_NOTHING * weight, weight)
    once = _local_line(gap, y, weight)
    # At the end there is nothing ahead to average with, and adding back all of it would double the noise of the last points.
    settled = 1.0 - (1.0 - END_SHARE) * np.exp(-(x[-1] - x) / time_constant)
    return x, once + settled * _local_line(gap, y - once, weight)


def spikes(y: Floats, reach: int) -> NDArray[np.bool_]:
    """Which points stick out of the ``reach`` points before them and of those after them alike; bool[n], none near the ends.

    A fall, a rise or a step to another level sticks out of one side alone.
    """
    found = np.zeros(len(y), dtype=bool)
    if len(y) <= 2 * reach:
        return found
    windows = np.lib.stride_tricks.sliding_window_view(y, 2 * reach + 1)
    before, after = median_along(windows[:, :reach], 1), median_along(windows[:, reach + 1 :], 1)
    usual = median_along(np.abs(windows - median_along(windows, 1)[:, None]), 1)
    middle = windows[:, reach]
    out = np.maximum(middle - np.maximum(before, after), np.minimum(before, after) - middle)
    found[reach : len(y) - reach] = out > SPIKE * np.maximum(usual, median(usual) / SPIKE)
    return found


def _local_line(gap: Floats, y: Floats, weight: Floats) -> Floats:
    """The local line's value at each point; ``gap`` float64[n-1]: distances in time constants."""
    forward = _moments(gap, y, weight)
    backward = _moments(gap[::-1], y[::-1], weight[::-1])[:, ::-1]
    own = np.array([weight, np.zeros_like(y), np.zeros_like(y), weight * y, np.zeros_like(y)])
    sign = np.array([1.0, -1.0, 1.0, 1.0, -1.0])[:, None]
    m0, m1, m2, y0, y1 = forward + sign * backward - own
    spread = m0 * m2 - m1 * m1
    flat = spread <= 1e-9 * m0 * m0
    fitted: Floats = np.where(flat, y0 / m0, (m2 * y0 - m1 * y1) / np.where(flat, 1.0, spread))
    return fitted


def _cells(step: Ints | Floats, value: Floats) -> tuple[Floats, Floats, Floats]:
    """Steps, values and weights of at most ``CELLS`` points: as given, or the means of cells of equal width."""
    if len(step) <= CELLS:
        return step.astype(np.float64), value, np.ones(len(step))
    start = _strips(step, CELLS)
    count = np.diff(np.append(start, len(step))).astype(np.float64)
    x, y = (np.add.reduceat(array, start, dtype=np.float64) / count for array in (step, value))
    return x, y, count


def _strips(place: Ints | Floats, count: int) -> NDArray[np.intp]:
    """Where each strip of equal width starts in sorted places; those that hold nothing are left out. No array as long is made."""
    edges = float(place[0]) + float(place[-1] - place[0]) * np.arange(1, count) / count
    return distinct(np.append(0, np.searchsorted(place, edges)))


def _moments(gap: Floats, y: Floats, weight: Floats) -> Floats:
    """Sums over the points so far of weight times 1, d, d², y and d·y (d: distance ahead, negative); float64[5, n]."""
    sums: list[float] = []
    m0 = m1 = m2 = y0 = y1 = 0.0
    for move, yi, wi in zip([0.0, *gap.tolist()], y.tolist(), weight.tolist(), strict=True):
        fade = math.exp(-move)
        m2 = fade * (m2 - 2 * move * m1 + move * move * m0)
        m1 = fade * (m1 - move * m0)
        y1 = fade * (y1 - move * y0)
        m0 = fade * m0 + wi
        y0 = fade * y0 + wi * yi
        sums += (m0, m1, m2, y0, y1)
    return np.array(sums).reshape(-1, 5).T


def thin(x: Floats, y: Floats, columns: int, *, log_x: bool = False) -> NDArray[np.intp]:
    """Indices of the points to draw: the first, lowest, highest and last of each of ``columns`` strips of the picture.

    Points are finite and sorted by x. The drawn line looks as if all were drawn, and no extreme is lost (M4: Jugel et
    al., VLDB 2014).
    """
    if len(x) <= 4 * columns:
        return np.arange(len(x))
    first = _strips(np.log(np.maximum(x, x[np.searchsorted(x, 0.0, side="right")])) if log_x else x, columns)
    end = np.append(first[1:], len(x))
    strips = list(zip(first.tolist(), end.tolist(), strict=True))
    low, high = ([a + int(pick(y[a:b])) for a, b in strips] for pick in (np.argmin, np.argmax))
    return distinct(np.concatenate([first, end - 1, low, high]))


def frame(x: Floats, settled: list[tuple[Floats, Floats]], everything: list[Floats]) -> tuple[float, float] | None:
    """The lowest and highest y to show, or None without points.

    ``settled``: the (x, y) curves that must be seen; their first fall and lone spikes may leave the frame, when showing
    them would flatten the rest. ``everything``: all values that will be drawn. ``x``: the (first, last) x of the picture.
    """
    values = np.concatenate([y[np.isfinite(y)] for y in everything]) if everything else np.empty(0)
    if not len(values):
        return None
    after = x[0] + SETTLED_FRACTION * (x[-1] - x[0])
    curves = [(at[np.isfinite(y)], y[np.isfinite(y)]) for at, y in settled]
    bodies = [y[at >= after] if np.mean(at < after) <= FALL_SHARE else y for at, y in curves if len(y)] or [values]
    low = min(quantile(body, 1 - BODY_QUANTILE) if len(body) >= AUTO_SMOOTH_POINTS else float(body.min()) for body in bodies)
    high = max(quantile(body, BODY_QUANTILE) if len(body) >= AUTO_SMOOTH_POINTS else float(body.max()) for body in bodies)
    height = high - low
    lowest, highest = float(values.min()), float(values.max())
    if highest - high <= (CLIP_RATIO - 1) * height or height == 0:
        high = highest
    if low - lowest <= (CLIP_RATIO - 1) * height or height == 0:
        low = lowest
    pad = MARGIN * (high - low) or 0.05 * abs(high) or 1.0
    return low - pad, high + pad


def _rounded(value: float) -> float:
    """To one significant figure of 1, 2, 3, 5: a constant people can remember."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return float(min((m * power for m in (1, 2, 3, 5, 10)), key=lambda m: abs(math.log(m / value))))
