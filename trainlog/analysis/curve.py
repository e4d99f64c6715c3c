"""The smooth curve behind a noisy validation metric: where it turned, by how much it rose since, and how sure that is."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from trainlog._order import distinct, median, median_along, quantiles
from trainlog.analysis import Floats, Ints
from trainlog.analysis.calibration import calibrated
from trainlog.analysis.gain import SHORTEST_REST, change_since, pace_after
from trainlog.analysis.isotonic import turn_ratio, unimodal
from trainlog.analysis.process import Posterior, fit, surprise
from trainlog.analysis.robust import sticking_out
from trainlog.analysis.smooth import Bins, bin_medians, clean

MIN_POINTS = 4
"""Fewer evaluations cannot show a minimum ..."""
MIN_FIT = 2
"""... but from so many on states can be compared."""
MAX_BINS = 80
"""Bins of a long series: the fit is cubic in them."""
GRID = 100
"""Least number of points on which the curve is worked out."""
TOLERANCE_OF_BEST = 0.02
"""A rise counts from this fraction of the best value on (2, 3 and 4 % gave the same verdicts on 40 real histories) ..."""
TOLERANCE_OF_DROP = 0.01
"""... and from this fraction of all that had been gained, whichever is more."""
TOLERANCE_OF_RANGE = 0.02
"""The same for a metric that has no zero to compare with, or where higher is better: a fraction of its range."""
SUSTAINED = 0.5
"""A curve that has lost more than this share of its highest rise since the minimum is on its way back: not for good."""
OUTLIER = 2.5
"""Surprise, in standard deviations, from which on an observation is trusted less (Huber)."""
SPIKE = 8.0
"""An evaluation that sticks out by more standard deviations than this, on both sides, is no noise about the curve (own choice)."""
NOISE_WINDOW = 0.15
"""Reach (standard deviation of a Gaussian window, share of the run) of the local noise level ..."""
NOISE_POINTS = 4
"""... and the number of ordinary observations it is shrunk by."""
PAD, PAD_BINS = 0.015, 0.7
"""Added to both ends of the onset's interval, as a share of the run and in bins: what the prior's shape leaves out."""
INTERVAL = (0.05, 0.95)
"""Quantiles of every interval: 90 %."""
TRAIN_RISES = 0.05
"""Relative change of the training loss from which on training is said to have got worse too."""
JUMP_PRIOR = -1.0
KINK_PRIOR = -1.0
"""Log prior that a curve has one more sudden fall, or one more kink, spread evenly over its points."""
ZERO = np.zeros(0)


class Curve(NamedTuple):
    """A smooth curve with its uncertainty. All intervals hold 90 %. Values are in the metric's own unit.

    When ``evaluable`` is false, ``reason`` says why: there are too few evaluations for a verdict. With fewer than two, arrays
    are empty and numbers NaN.
    """

    n: int
    """Evaluations it was made from: finite, one per step."""
    evaluable: bool
    reason: str | None
    higher_is_better: bool
    step_grid: Floats = ZERO
    """Steps, float64[m], on which the curve is known: the first evaluation (middle of the first bin) to the last one."""
    mean: Floats = ZERO
    """Posterior median of the noise-free curve, float64[m]."""
    sd: Floats = ZERO
    """Its standard deviation, float64[m]."""
    samples: Floats = np.zeros((0, 0))
    """float64[s, m]: equally likely curves, for whatever has no closed form."""
    best_step: int = 0
    """The step at which to stop: the minimum of ``mean`` (the maximum where higher is better)."""
    best_value: float = np.nan
    best_low: float = np.nan
    best_high: float = np.nan
    first: float = np.nan
    last: float = np.nan
    noise_sd: float = np.nan
    """Standard deviation of one evaluation about the curve, near the best value."""
    rise: float = np.nan
    """How much worse the end is than ``best_step``, >= 0."""
    rise_low: float = np.nan
    rise_high: float = np.nan
    tolerance: float = np.nan
    """The rise that counts."""
    probability: float = np.nan
    """Calibrated probability that it overfits: that the rise exceeds the tolerance and is no drift (``calibration``)."""
    onset: float = np.nan
    """The step at which the curve turned; with its interval."""
    onset_low: float = np.nan
    onset_high: float = np.nan
    train_rise: float = np.nan
    """Relative change of the training metric from the onset to the end (of the one that improved most); NaN without one."""

    @property
    def train_rises(self) -> bool:
        """Whether training got worse as well: then it is not overfitting, whatever validation does."""
        return self.train_rise >= TRAIN_RISES

    def at(self, step: float) -> tuple[float, float]:
        """Value and standard deviation of the curve at a step (the nearest end of the curve outside it)."""
        return float(np.interp(step, self.step_grid, self.mean)), float(np.interp(step, self.step_grid, self.sd))


def fit_curve(
    step: Ints,
    value: Floats,
    *,
    higher_is_better: bool = False,
    drops: Ints | None = None,
    training: Iterable[tuple[Ints, Floats]] = (),
) -> Curve:
    """Fit the smooth curve behind a validation metric.

    ``step`` int64[n] in any order, ``value`` float64[n] that may hold NaN and infinities (left out). ``drops``: steps at
    which the learning rate fell at once, where sudden falls are to be expected. ``training``: metrics of the training data, as
    pairs of steps int64[m] and values float64[m], lower is better: whether training went on getting better.


    Raises ValueError when two arrays that belong together are not one-dimensional and equally long.
    """
    step, value = clean(step, value)
    enough = step.size >= MIN_POINTS
    few = f"{step.size} finite evaluation{'' if step.size == 1 else 's'}; a turn needs at least {MIN_POINTS}"
    if step.size < MIN_FIT:
        return Curve(step.size, False, few, higher_is_better)
    worse = -value if higher_is_better else value
    axis = _Axis(worse, higher_is_better)
    bins = bin_medians(step, worse, MAX_BINS)
    origin = float(step[0]) - float(step[-1] - step[0]) / (step.size - 1)
    total = float(step[-1]) - origin
    x, weight = (bins.step - origin) / total, bins.points / bins.points.max()
    grid = _grid(x)
    y = axis.forward(bins.value)
    posterior = _robust_fit(x, y, 1 / weight, grid, _priors(x, bins, drops))
    curve = _read(posterior, axis, origin + grid * total, origin + x * total, unimodal(y, weight)[0])
    trained = [clean(at, loss) for at, loss in training]
    change = min((c for c in (change_since(curve.onset, *one) for one in trained) if np.isfinite(c)), default=float("nan"))
    rest = max(float(step[-1]) - curve.onset, SHORTEST_REST * total)
    pace = pace_after(float(step[-1]) - rest, trained, total=total, measured=-change * total / rest)
    return curve._replace(
        n=step.size,
        evaluable=enough,
        reason=None if enough else few,
        higher_is_better=higher_is_better,
        probability=calibrated(curve.probability, turn_ratio(y, weight), step.size, pace, curve.rise_low / curve.tolerance),
        train_rise=change,
    )


class _Axis:
    """The scale on which a curve is fitted: logarithms of a loss, or the metric itself in units of its range."""

    def __init__(self, worse: Floats, higher_is_better: bool) -> None:
        self.sign = -1.0 if higher_is_better else 1.0
        logarithmic = self.logarithmic = bool(np.all(worse > 0)) and not higher_is_better
        low, high = float(worse.min()), float(worse.max())
        self.unit = 1.0 if logarithmic else (high - low) or 1.0
        self.centre = float(np.log(median(worse))) if logarithmic else median(worse)

    def forward(self, worse: Floats) -> Floats:
        out: Floats = (np.log(worse) if self.logarithmic else worse / self.unit) - self.centre / self.unit
        return out

    def back(self, y: Floats) -> Floats:
        out: Floats = np.exp(y + self.centre) if self.logarithmic else y * self.unit + self.centre
        return out

    def tolerance(self, first: Floats, best: Floats) -> Floats:
        """The rise that counts, for each sample."""
        if self.logarithmic:
            return np.maximum(TOLERANCE_OF_BEST * best, TOLERANCE_OF_DROP * (first - best))
        return np.full(best.shape, TOLERANCE_OF_RANGE * self.unit)


def _grid(x: Floats) -> Floats:
    """Points at which the curve is worked out: the bins, with points between them when they are few, and the end."""
    between = max(1, -(-GRID // x.size)) if x.size < 60 else 1
    parts = [x[:-1] + np.diff(x) * i / between for i in range(between)]
    return distinct(np.concatenate([*parts, x[-1:], [1.0]]))


def _priors(x: Floats, bins: Bins, drops: Ints | None) -> dict[str, Floats]:
    fall = np.full(x.size, JUMP_PRIOR - np.log(x.size))
    if drops is not None and len(drops):
        near = np.clip(np.searchsorted(bins.step, np.asarray(drops, np.float64), side="right") - 1, 0, x.size - 1)
        fall[near] = JUMP_PRIOR
    return {"fall": fall, "kink": np.full(x.size, KINK_PRIOR - np.log(x.size))}


def _robust_fit(x: Floats, y: Floats, variance: Floats, grid: Floats, priors: dict[str, Floats]) -> Posterior:
    """Trust spikes less; fit; learn where the noise is large, and which observations surprise even there; fit again."""
    rank = np.arange(x.size) / (NOISE_WINDOW * max(x.size, NOISE_POINTS))
    near = np.exp(-0.5 * (rank[:, None] - rank[None, :]) ** 2)
    variance = variance * np.maximum(1.0, sticking_out(y) / SPIKE) ** 2
    square = surprise(x, y, variance, priors) ** 2
    local = (near @ np.minimum(square, OUTLIER**2) + NOISE_POINTS) / (near.sum(axis=1) + NOISE_POINTS)
    doubt = local * np.maximum(1.0, square / local / OUTLIER**2)
    return fit(x, y, variance * doubt, grid, priors)


def _read(posterior: Posterior, axis: "_Axis", steps: Floats, bin_steps: Floats, shape: int) -> Curve:
    """A posterior as a curve in the metric's unit. ``shape``: the bin where the falling-then-rising fit turns."""
    samples = axis.back(posterior.samples)
    best, mean = samples.min(axis=1), median_along(samples, axis=0)
    lowest = int(np.argmin(mean))
    # Since one step, the same in all samples: the rise since the lowest point of each would count its noise as a rise.
    rise, tolerance = samples[:, -1] - samples[:, lowest], axis.tolerance(samples[:, 0], best)
    points = np.array([steps[lowest], bin_steps[shape]])
    onset, onset_low, onset_high = _onset(steps[np.argmin(samples, axis=1)], points, steps, bin_steps.size)
    value_low, value_high = np.sort(axis.sign * quantiles(samples[:, lowest], INTERVAL))
    rise_low, rise_middle, rise_high = np.maximum(quantiles(rise, (INTERVAL[0], 0.5, INTERVAL[1])), 0.0)
    return Curve(
        n=0,
        evaluable=True,
        reason=None,
        higher_is_better=False,
        step_grid=steps,
        mean=axis.sign * mean,
        sd=samples.std(axis=0),
        samples=axis.sign * samples,
        best_step=round(float(steps[lowest])),
        best_value=float(axis.sign * mean[lowest]),
        best_low=float(value_low),
        best_high=float(value_high),
        first=float(axis.sign * mean[0]),
        last=float(axis.sign * mean[-1]),
        noise_sd=posterior.noise_sd * (float(mean[lowest]) if axis.logarithmic else axis.unit),
        rise=float(rise_middle),
        rise_low=float(rise_low),
        rise_high=float(rise_high),
        tolerance=median(tolerance),
        probability=float(np.mean((rise > tolerance) & (samples[:, -1] - best >= SUSTAINED * _highest_since_best(samples)))),
        onset=onset,
        onset_low=onset_low,
        onset_high=onset_high,
    )


def _highest_since_best(samples: Floats) -> Floats:
    """How far each sample climbed above its minimum at any time after it; float64[s]."""
    after = np.arange(samples.shape[1]) >= np.argmin(samples, axis=1)[:, None]
    out: Floats = np.max(np.where(after, samples, -np.inf), axis=1) - samples.min(axis=1)
    return out


def _onset(turns: Floats, points: Floats, steps: Floats, bins: int) -> tuple[float, float, float]:
    """Where the curve turned, with its interval: from the turns of the samples, of their median, and of the falling-then-rising fit."""
    low, middle, high = quantiles(turns, (INTERVAL[0], 0.5, INTERVAL[1]))
    pad = float(steps[-1] - steps[0]) * (PAD + PAD_BINS / bins)
    onset = (float(middle) + float(points.sum())) / (1 + points.size)
    return (
        onset,
        max(min(float(low), float(points.min())) - pad, float(steps[0])),
        min(max(float(high), float(points.max())) + pad, float(steps[-1])),
    )
