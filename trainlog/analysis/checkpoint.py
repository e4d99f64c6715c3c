"""Which saved state to keep: chosen on the smooth curve, with what cannot be told apart from it and what it may cost."""

from typing import NamedTuple

import numpy as np

from trainlog._order import distinct, median, quantiles
from trainlog.analysis import Floats, Ints
from trainlog.analysis.curve import INTERVAL, Curve

TIED = 1.0
"""States whose curves differ by at most this many standard deviations of their difference are tied."""
MAX_STATES = 1000
"""Of more states so many are compared, evenly spaced, and the one nearest to the best step: the curve has 100 points."""


class Choice(NamedTuple):
    """The state to keep among those that exist. Differences are in the metric's unit, >= 0, larger is worse."""

    step: int
    value: float
    low: float
    high: float
    """Smooth validation metric there, with its 90 % interval."""
    tied: tuple[int, ...]
    """Steps, ascending, that cannot be told apart from it; it is among them."""
    last_costs: float
    """How much worse the last state is; 0 when it is the one to keep, or no worse."""
    regret: float
    """How much better the truly best state is expected to be (mean over the posterior)."""
    spacing_costs: float
    """How much better the curve's best step is than any saved one."""

    @property
    def earliest_tied(self) -> int:
        """The first of the tied steps: as good as can be told, for the least computing."""
        return self.tied[0]


def choose_checkpoint(curve: Curve, saved: Ints, *, before: float | None = None) -> Choice | None:
    """Choose among ``saved`` steps (int64[k], any order); None when there are none, or fewer than two evaluations.

    ``before``: the step at which the run broke down; states saved from there on are left out, for the curve is smeared
    over a bin there. States outside the evaluated steps are compared by the curve's ends.
    """
    steps = distinct(np.asarray(saved, dtype=np.int64))
    if not curve.step_grid.size or not steps.size:
        return None
    if steps.size > MAX_STATES:
        around = steps[np.abs(steps - curve.best_step).argmin()]
        steps = distinct(np.append(steps[np.linspace(0, steps.size - 1, MAX_STATES).astype(np.int64)], around))
    whole = _curves_at(curve, steps)
    allowed = steps < before if before is not None else np.ones(steps.size, bool)
    if not allowed.any():
        allowed[0] = True
    sign = -1.0 if curve.higher_is_better else 1.0
    cost = sign * np.interp(steps, curve.step_grid, curve.mean)
    chosen = int(np.argmin(np.where(allowed, cost, np.inf)))
    behind = whole - whole[:, chosen : chosen + 1]
    tied = allowed & (behind.mean(axis=0) <= TIED * behind.std(axis=0))
    tied[chosen] = True
    value, _ = curve.at(float(steps[chosen]))
    low, high = np.sort(sign * quantiles(whole[:, chosen], INTERVAL))
    return Choice(
        step=int(steps[chosen]),
        value=value,
        low=float(low),
        high=float(high),
        tied=tuple(int(s) for s in steps[tied]),
        last_costs=max(0.0, median(behind[:, -1])),
        regret=float(np.mean(whole[:, chosen] - whole[:, allowed].min(axis=1))),
        spacing_costs=max(0.0, float(cost[chosen] - (sign * curve.mean).min())) if before is None else 0.0,
    )


def _curves_at(curve: Curve, steps: Ints) -> Floats:
    """Every equally likely curve at some steps, signed so that lower is better; float64[samples, steps]."""
    grid, sign = curve.step_grid, -1.0 if curve.higher_is_better else 1.0
    right = np.clip(np.searchsorted(grid, steps), 1, grid.size - 1)
    share = np.clip((steps - grid[right - 1]) / (grid[right] - grid[right - 1]), 0, 1)
    out: Floats = sign * (curve.samples[:, right - 1] * (1 - share) + curve.samples[:, right] * share)
    return out
