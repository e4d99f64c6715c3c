"""How training went on after validation had turned: whether it got worse too, and how fast it still got better."""

from collections.abc import Sequence

import numpy as np

from trainlog._order import median
from trainlog.analysis import Floats, Ints
from trainlog.analysis.trend import fit_trend

MIN_POINTS = 4
"""Fewer records of training say nothing."""
SPENT = 0.05
"""Share of its first level below which a training loss is as low as it goes: then it stands still because the data are learnt."""
SHORTEST_REST = 0.2
"""Share of the run that its training is judged over at least: a shorter rest says little of its pace."""


def change_since(step: float, train_step: Ints, train: Floats) -> float:
    """Relative change of the training loss from around ``step`` to the end: medians of a fifteenth and a thirtieth."""
    if train.size < MIN_POINTS:
        return float("nan")
    reach = max(3, train.size // 30)
    apart = train_step - step
    near = int(np.argmin(np.abs(apart, out=apart)))
    then, end = median(train[max(0, near - reach) : near + reach + 1]), median(train[-reach:])
    level = _level(then, train)
    return (end - then) / level if level else float("nan")


def pace_after(step: float, trained: Sequence[tuple[Ints, Floats]], *, total: float, measured: float) -> float:
    """Relative gain of training after ``step`` per length of the run (``total`` steps); NaN where that says nothing.

    The mean of what was ``measured`` at the ends and of what is certain: the lower end of the 90 % interval of the slope, of the
    metric that gained most. A few noisy records at the end are no gain (of 370 drawn runs in which evaluations drift, three were
    called overfitting by the ends alone, and none by the mean). NaN where one of the metrics has nothing left to gain.
    """
    if any(_is_spent(loss) for _, loss in trained):
        return float("nan")
    certain = max((pace for pace in (_certain(step, total, *one) for one in trained) if np.isfinite(pace)), default=measured)
    return 0.5 * (measured + certain)


def _certain(step: float, total: float, train_step: Ints, train: Floats) -> float:
    """The lower end of the relative gain per ``total`` steps, from the slope after ``step``; 0 where it may have got worse."""
    after = train_step >= step
    trend = fit_trend(train_step[after] / total, train[after])
    level = 0.0 if trend is None else _level(trend.level, train)
    return max(-trend.high / level, 0.0) if trend is not None and level else float("nan")


def _level(here: float, train: Floats) -> float:
    """What a change is relative to: the level it starts from, or a share of the first one, for of a loss near 0 any change is large."""
    return max(abs(here), SPENT * abs(median(train[: max(3, train.size // 30)])))


def _is_spent(train: Floats) -> bool:
    """Whether training has nothing left to gain: its loss, or its share of errors, has come down to nearly nothing."""
    if train.size < MIN_POINTS:
        return False
    left = train + 1.0 if bool(((train >= -1.0) & (train <= 0.0)).all()) else train
    reach = max(3, train.size // 30)
    return bool((left >= 0.0).all()) and median(left[-reach:]) < SPENT * median(left[:reach])
