"""A loss that swings up and down with a period: the signature of a step size near the edge of what is stable.

The period comes from the autocorrelation of the detrended curve, which noise (no negative lobe), drift (no second peak) and
a random walk (no agreement between the two halves of the run) do not imitate. Stairs at epoch edges do swing, but fall in
one step and rise slowly: ``sawtooth`` says so.
"""

from typing import NamedTuple

import numpy as np

from trainlog.analysis import Floats
from trainlog.analysis.robust import mad_sigma, means_of_bins

BINS = 2048
"""Longer series are looked at twice: as this many means, for long periods, and at their last so many points, for short ones."""
SETTLED = 0.1
"""Share of the run, at its start, left out: the first descent is no swing."""
CYCLES = 6
"""Fewer full cycles are not a period."""
STRENGTH = 0.15
"""Autocorrelation at one period: the share of the variance around the trend that swings."""
STRENGTH_CYCLES = 3.6
"""... and times the number of cycles: correlated noise holds 6 cycles at 0.45 by chance, never 20 at 0.2 (1,800 AR(1) series)."""
TROUGH = -0.4
"""Autocorrelation at half a period, as a fraction of that at a full one (a sine: -1, a sawtooth: -0.5)."""
ECHO = 0.4
"""Autocorrelation at two and three periods, as a fraction of that at one (a lasting swing: 1)."""
AGREE = 0.15
"""Difference of the periods found in the two halves of the run, as a fraction of the whole one's."""
MIN_POINTS = 40
"""Fewer points hold no six cycles of six points."""


class Oscillation(NamedTuple):
    """A swing that lasted through the run."""

    period: float
    """Length of one cycle, in points."""
    amplitude: float
    """Half the distance from trough to crest, in units of the series."""
    cycles: float
    """Full cycles in the stretch looked at."""
    strength: float
    """Share of the variance around the trend that it explains, 0-1."""
    growth: float
    """Amplitude in the second half of the run over that in the first."""
    sawtooth: bool
    """It falls at once and rises slowly, as at epoch edges."""


def find_oscillation(y: Floats) -> Oscillation | None:
    """Return the oscillation of ``y`` (finite values), or None. None below 40 points."""
    if len(y) < MIN_POINTS:
        return None
    settled = y[int(SETTLED * len(y)) :]
    whole = means_of_bins(settled, BINS)
    found = _look(whole, len(settled) / len(whole))
    if found is None and len(settled) > BINS:
        found = _look(settled[-BINS:], 1.0)
    return found


def _look(y: Floats, points: float) -> Oscillation | None:
    """Look for a period in ``y``, whose values stand for ``points`` points each."""
    rest = _detrend(y)
    n = len(rest)
    sigma = mad_sigma(rest)
    if n < MIN_POINTS // 2 or sigma == 0.0:
        return None
    rest = np.clip(rest, -4 * sigma, 4 * sigma)
    whole = _period(rest)
    if whole is None:
        return None
    lag, strength = whole
    if strength < STRENGTH_CYCLES * lag / n:
        return None
    halves = [_period(part) for part in (rest[: n // 2], rest[n // 2 :])]
    if n / lag < CYCLES or any(half is None or abs(half[0] - lag) > max(AGREE * lag, 1.0) for half in halves):
        return None
    spread = [float(np.std(part)) for part in (rest[: n // 2], rest[n // 2 :])]
    amplitude = float(np.sqrt(2.0 * min(strength, 1.0)) * np.std(rest))
    growth = spread[1] / max(spread[0], 1e-300)
    return Oscillation(lag * points, amplitude, n / lag, min(strength, 1.0), growth, _falls_at_once(rest, lag))


def _detrend(y: Floats) -> Floats:
    """Subtract the mean of the sixth of the series around each value; the ends, where it is cut short, are dropped."""
    half = max(2, len(y) // 12)
    total = np.concatenate([[0.0], np.cumsum(y)])
    width = 2 * half + 1
    trend: Floats = (total[width:] - total[:-width]) / width
    return y[half : len(y) - half] - trend


def _period(y: Floats) -> tuple[float, float] | None:
    """Lag of the first autocorrelation peak that a period would leave, and its height; unbiased for the shrinking overlap."""
    n = len(y)
    y = y - y.mean()
    raw = np.correlate(y, y, "full")[n - 1 :][: n // 2]  # for so few numbers faster than a Fourier transform is loaded
    if len(raw) < 8 or raw[0] <= 0:
        return None
    acf = raw / raw[0] * (n / (n - np.arange(len(raw))))
    below = np.flatnonzero(acf < 0)
    if not len(below):
        return None
    longest = int(0.9 * len(acf))
    inner = np.arange(max(2, int(below[0])), max(3, longest))
    inner = inner[(inner + 1 < len(acf)) & (inner >= 2)]
    peaks = inner[(acf[inner] >= acf[inner - 1]) & (acf[inner] >= acf[np.minimum(inner + 1, len(acf) - 1)])]
    if not len(peaks):
        return None
    high = float(acf[peaks].max())
    lag = int(peaks[np.argmax(acf[peaks] >= 0.8 * high)])
    height = float(acf[lag])
    if height < max(STRENGTH, 3.5 / np.sqrt(n)):
        return None
    echo = float(acf[2 * lag - 1 : 2 * lag + 2].max()) if 2 * lag + 1 < len(acf) else height
    third = float(acf[3 * lag - 2 : 3 * lag + 3].max()) if 3 * lag + 2 < len(acf) else height
    if float(acf[max(1, lag // 2) : lag // 2 + 2].min()) > TROUGH * height or min(echo, third) < ECHO * height:
        return None
    return lag + _vertex(acf[lag - 1 : lag + 2]), height


def _vertex(three: Floats) -> float:
    """Position of the top of the parabola through three neighbours, relative to the middle one."""
    left, middle, right = three
    bend = left - 2 * middle + right
    return float(np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) if bend < 0 else 0.0


def _falls_at_once(rest: Floats, lag: float) -> bool:
    """Whether the mean cycle holds its whole fall in one step of twelve: stairs, not swings."""
    if lag < 6:
        return False
    phases = 12
    phase = ((np.arange(len(rest)) / lag) % 1.0 * phases).astype(np.int64)
    counts = np.bincount(phase, minlength=phases)
    if counts.min() == 0:
        return False
    change = np.diff(np.bincount(phase, rest, minlength=phases) / counts, append=np.nan)
    change[-1] = rest[phase == 0].mean() - rest[phase == phases - 1].mean()
    falls = -np.minimum(change, 0.0)
    return bool(falls.max() > 0.6 * falls.sum())
