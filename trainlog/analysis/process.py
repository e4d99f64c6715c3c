"""A Bayesian average over Gaussian processes: what a noisy curve says about the smooth curve behind it.

The observed curve is decay + smooth + breaks + wander + white noise:

* decay: a mixture of falling exponentials, 1 / (1 + (x + x') / tau), the freeze-thaw kernel of Swersky, Snoek and Adams
  (2014, arXiv:1406.3896), with an amplitude so wide that any learning curve fits;
* smooth: Matérn 5/2 (Rasmussen and Williams 2006, eq. 4.17) on a time axis stretched at the start, where curves bend;
* breaks: sudden falls, as a learning-rate drop or a new epoch makes them, and kinks, where a slope turns at once;
* wander: Ornstein-Uhlenbeck noise, since neighbouring evaluations share weights and are not independent;
* white noise.

Every combination of a small grid is weighted by its marginal likelihood, with the noise scale integrated out, and the
posterior of the noise-free part is sampled. Cost: O(models x n^3) for n <= 80 bins, whatever the run's length.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from trainlog.analysis import Floats
from trainlog.analysis.kernels import JUMP_WIDTH, SHAPES, decay, matern, stretched
from trainlog.analysis.normal import normals

AMPLITUDES = ((1.0, 0.0), (3.0, 0.0), (10.0, -1.0), (30.0, -2.0), (100.0, -3.0))
"""(standard deviation of the smooth part in units of the white noise, log prior): a loss bends little."""
LENGTHS = ((0.1, -3.0), (0.2, -1.5), (0.4, 0.0), (0.8, 0.0), (1.6, 0.0))
"""(correlation length of the smooth part on the stretched axis, where the whole run is 1; log prior)."""
STRETCHES = (0.02, 0.2)
"""Share of the run below which the time axis is stretched."""
WANDERS = ((0.0, 1.0), (1.5, 2.0), (1.5, 6.0), (2.0, 15.0))
"""(standard deviation in units of the white noise, correlation length in bins) of the wandering noise."""
WANDER_POINTS = 12
"""Fewer points cannot tell wandering noise from a curve."""
DECAY_AMPLITUDE = 300.0
"""Standard deviation of decay and level in units of the white noise: wide enough to be no opinion."""
BREAK_AMPLITUDE = 30.0
"""Standard deviation of a fall, and of a kink's effect at the end of the run, in units of the white noise."""
MAX_BREAKS = 3
STIFF = 0.8
"""Length from which on a model is too stiff to follow a fall."""
KEPT_MODELS = 10
"""Best models that are sampled; the rest carry next to no weight."""
SAMPLES = 400
TOGETHER = 10
"""Models factored in one call: their matrices stay in the processor's cache."""
NOISE_MEDIAN, NOISE_SPREAD, NOISE_TAIL = 0.015, 0.7, 3.0
"""Log-normal prior of the white noise, in logarithms of a loss (e-folds): evaluations scatter by 0.1 to 10 %."""
NOISE_GRID = np.exp(np.linspace(np.log(0.0005), np.log(0.2), 13))


Breaks = tuple[tuple[str, float], ...]
"""(kind, time) of sudden changes, times as shares of the run."""


class Posterior(NamedTuple):
    """What is known of the noise-free curve.

    ``mean`` float64[m] on the grid asked for, ``samples`` float64[s, m], ``noise_sd`` of one observation (white and
    wandering together).
    """

    mean: Floats
    samples: Floats
    noise_sd: float


class _Model(NamedTuple):
    """One member of the average, and its evidence."""

    amplitude: float
    length: float
    stretch: float
    wander: tuple[float, float]
    log_prior: float
    breaks: Breaks = ()
    log_evidence: Floats = np.zeros(0)
    """At each noise scale of NOISE_GRID, priors included."""

    @property
    def score(self) -> float:
        return float(np.logaddexp.reduce(self.log_evidence))

    @property
    def scales(self) -> Floats:
        """Posterior probability of each scale of NOISE_GRID."""
        weight = np.exp(self.log_evidence - self.log_evidence.max())
        out: Floats = weight / weight.sum()
        return out

    def noise_free(self, a: Floats, b: Floats) -> Floats:
        """Prior covariance of the noise-free curve between times ``a`` and ``b``."""
        za, zb = stretched(a, self.stretch), stretched(b, self.stretch)
        smooth = self.amplitude**2 * matern(np.abs(za[:, None] - zb[None, :]), self.length)
        total = smooth + DECAY_AMPLITUDE**2 * decay(a, b)
        for kind, at in self.breaks:
            shape = SHAPES[kind]
            total += BREAK_AMPLITUDE**2 * shape(a, np.array([at])) @ shape(b, np.array([at])).T
        return total


class _Data:
    """Observations ``y`` float64[n] at ``x``, and the parts that the covariances of all models are made of."""

    def __init__(self, x: Floats, y: Floats, variance: Floats) -> None:
        self.x, self.y = x, y
        apart = np.abs(np.arange(x.size)[:, None] - np.arange(x.size)[None, :]).astype(np.float64)
        fixed = DECAY_AMPLITUDE**2 * decay(x, x) + np.diag(variance)
        wanders = WANDERS if x.size >= WANDER_POINTS else WANDERS[:1]
        self.noise = {(sd, length): fixed + sd**2 * np.exp(-apart / length) for sd, length in wanders}
        self.shapes = {}
        for stretch in STRETCHES:
            z = stretched(x, stretch)
            for length, _ in LENGTHS:
                self.shapes[stretch, length] = matern(np.abs(z[:, None] - z[None, :]), length)

    def models(self) -> list[_Model]:
        """The grid."""
        return [
            _Model(amplitude, length, stretch, wander, prior + length_prior)
            for stretch in STRETCHES
            for length, length_prior in LENGTHS
            for amplitude, prior in AMPLITUDES
            for wander in self.noise
        ]

    def covariance(self, model: _Model) -> Floats:
        """Of the observations, in units of the white variance; float64[n, n]."""
        smooth: Floats = self.noise[model.wander] + model.amplitude**2 * self.shapes[model.stretch, model.length]
        return smooth + self.broken(model.breaks) if model.breaks else smooth

    def broken(self, breaks: Breaks) -> Floats:
        """What breaks add to a covariance; float64[n, n]."""
        shape = np.concatenate([SHAPES[kind](self.x, np.array([at])) for kind, at in breaks], axis=1)
        out: Floats = BREAK_AMPLITUDE**2 * shape @ shape.T
        return out

    def evidence(self, models: Sequence[_Model]) -> Floats:
        """Log marginal likelihood of each model at each noise scale, with the prior of that; float64[models, scales].

        All models have the same breaks.
        """
        n, count = self.y.size, len(models)
        white, diagonal = np.empty((count, n)), np.empty((count, n))
        for at, bordered in self._bordered(models):
            factor = np.linalg.cholesky(bordered)
            here = slice(at, at + len(bordered))
            white[here] = factor[:, n, :n]
            diagonal[here] = np.diagonal(factor, axis1=1, axis2=2)[:, :n]
        half_log_det = np.sum(np.log(diagonal), axis=1)[:, None]
        misfit = 0.5 * np.sum(white * white, axis=1)[:, None] / NOISE_GRID**2
        prior = -0.5 * (NOISE_TAIL + 1) * np.log1p((np.log(NOISE_GRID / NOISE_MEDIAN) / NOISE_SPREAD) ** 2 / NOISE_TAIL)
        out: Floats = prior - half_log_det - n * np.log(NOISE_GRID) - misfit
        return out

    def _bordered(self, models: Sequence[_Model]) -> Iterator[tuple[int, Floats]]:
        """The covariances of some models at a time, and the number of the first; in the same memory each time.

        With y as one more row, the factor's last row is y whitened: a third of the work of factoring and then solving. The
        corner changes nothing else; it has to be above y C^-1 y, for the matrix to be positive definite.
        """
        y, n = self.y, self.y.size
        extra = self.broken(models[0].breaks) if models[0].breaks else None
        room = np.empty((min(TOGETHER, len(models)), n + 1, n + 1))  # made once: fresh memory costs as much as factoring
        room[:, n, :n] = room[:, :n, n] = y
        room[:, n, n] = 1e12 * (1.0 + float(y @ y))
        smooth, of = np.empty((n, n)), (0.0, 0.0, 0.0)
        for at in range(0, len(models), TOGETHER):
            some = models[at : at + TOGETHER]
            for row, model in zip(room, some, strict=False):
                if of != (of := (model.amplitude, model.stretch, model.length)):  # models that wander otherwise stand side by side
                    np.multiply(self.shapes[model.stretch, model.length], model.amplitude**2, out=smooth)
                inner = row[:n, :n]
                np.add(smooth, self.noise[model.wander], out=inner)
                if extra is not None:
                    inner += extra
            yield at, room[: len(some)]


def _broken(model: _Model, data: _Data, priors: dict[str, Floats]) -> _Model | None:
    """The same model with one more break, where it helps most; None when nothing helps."""
    x, y = data.x, data.y
    inverse = np.linalg.inv(data.covariance(model))
    weighted = inverse @ y
    noise = max(float(y @ weighted) / y.size, NOISE_GRID[0] ** 2)
    best: tuple[float, str, float] | None = None
    for kind, prior in priors.items():
        shape = SHAPES[kind](x, x)
        pull = shape.T @ weighted
        precision = np.einsum("ij,ij->j", shape, inverse @ shape)
        gain = 0.5 * pull**2 / noise / (BREAK_AMPLITUDE**-2 + precision)
        gain += prior - 0.5 * np.log1p(BREAK_AMPLITUDE**2 * precision)
        allowed = pull < 0 if kind == "fall" else pull > 0
        allowed[-2:] = False
        for other, at in model.breaks:
            if other == kind:
                allowed &= np.abs(x - at) > 2 * JUMP_WIDTH
        gain = np.where(allowed, gain, -np.inf)
        i = int(np.argmax(gain))
        if gain[i] > -2 and (best is None or gain[i] > best[0]):
            best = (float(gain[i]), kind, float(x[i]))
    if best is None:
        return None
    _, kind, at = best
    log_prior = model.log_prior + float(priors[kind][np.searchsorted(x, at)])
    more = model._replace(breaks=(*model.breaks, (kind, at)), log_prior=log_prior)
    return more._replace(log_evidence=data.evidence([more])[0] + log_prior)


def _broken_sets(models: list[_Model], data: _Data, priors: dict[str, Floats]) -> set[Breaks]:
    """Sets of breaks worth trying: what the best model asks for, and what the best stiff one without wander does.

    A model that bends or wanders explains a fall by itself, and would never ask for one.
    """
    stiff = [m for m in models if m.length >= STIFF and not m.wander[0]]
    found = set()
    for start in (models[0], *stiff[:1]):
        model, breaks = _broken(start, data, priors), start.breaks
        score = start.score
        while model is not None and model.score > score and len(model.breaks) <= MAX_BREAKS:
            score, breaks = model.score, model.breaks
            model = _broken(model, data, priors)
        found.add(breaks)
    return found - {()}


def _average(data: _Data, priors: dict[str, Floats]) -> tuple[list[_Model], Floats]:
    """The best models, with and without breaks, and their posterior weights."""
    grid = data.models()
    models = _judged(grid, data)
    for breaks in sorted(_broken_sets(models, data, priors)):
        cost = sum(float(priors[kind][np.searchsorted(data.x, at)]) for kind, at in breaks)
        broken = [m._replace(breaks=breaks, log_prior=m.log_prior + cost) for m in grid]
        models = models[:KEPT_MODELS] + _judged(broken, data)[:KEPT_MODELS]
    models = sorted(models, key=lambda m: -m.score)[:KEPT_MODELS]
    score = np.array([m.score for m in models])
    weight = np.exp(score - score.max())
    return models, weight / weight.sum()


def _judged(models: list[_Model], data: _Data) -> list[_Model]:
    """The models, which have the same breaks, with their evidence, best first."""
    log_evidence = data.evidence(models) + np.array([m.log_prior for m in models])[:, None]
    order = np.argsort(-np.logaddexp.reduce(log_evidence, axis=1), kind="stable")
    return [models[i]._replace(log_evidence=log_evidence[i]) for i in order]


def surprise(x: Floats, y: Floats, variance: Floats, priors: dict[str, Floats]) -> Floats:
    """Leave-one-out residual of each observation in units of its predictive standard deviation; arguments as in ``fit``."""
    data = _Data(x, y, variance)
    models, weight = _average(data, priors)
    total = np.zeros(x.size)
    for model, w in zip(models, weight, strict=True):
        if w > 1 / SAMPLES:
            inverse = np.linalg.inv(data.covariance(model))
            total += w * (inverse @ y) / np.sqrt(np.diag(inverse)) / (model.scales @ NOISE_GRID)
    return total


def fit(x: Floats, y: Floats, variance: Floats, grid: Floats, priors: dict[str, Floats]) -> Posterior:
    """Posterior of the noise-free curve on ``grid`` (shares of the run), from observations ``y`` float64[n] at ``x``.

    ``y`` should have a median near 0 and noise of a size that NOISE_GRID covers. ``variance``: of each observation,
    relative to the others. ``priors``: log prior that a break of a kind ("fall", "kink") lies at each ``x``.
    """
    data = _Data(x, y, variance)
    models, weight = _average(data, priors)
    mean, noise, samples = np.zeros(grid.size), 0.0, []
    shares = np.diff(np.round(np.cumsum(np.append(0.0, weight)) * SAMPLES)).astype(int)
    for stream, (model, w, share) in enumerate(zip(models, weight, shares, strict=True)):
        if share == 0:
            continue
        cross = model.noise_free(grid, x)
        gain = np.linalg.solve(data.covariance(model), cross.T).T
        centre = gain @ y
        values, vectors = np.linalg.eigh(model.noise_free(grid, grid) - gain @ cross.T)
        root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T  # the symmetric root: unique, so rounding cannot turn it
        scale = NOISE_GRID[np.searchsorted(np.cumsum(model.scales)[:-1], (np.arange(share) + 0.5) / share)]
        samples.append(centre + scale[:, None] * (normals(share, grid.size, stream) @ root))
        mean += w * centre
        noise += w * float(model.scales @ NOISE_GRID) * float(np.hypot(1, model.wander[0]))
    total = float(weight[shares > 0].sum())
    return Posterior(mean / total, np.concatenate(samples), noise / total)
