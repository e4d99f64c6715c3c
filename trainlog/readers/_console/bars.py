"""Progress bars beside lines: what of their values the lines tell better, and steps for lines that say none."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from trainlog.readers._collect import Collector
from trainlog.readers._console.layouts import Rows
from trainlog.readers._console.marks import Marks, merged, taken
from trainlog.run import Floats, Ints

MIN_LINES = 2  # that tell a measure, for those of bars to be left out
MAX_DRAWN = 2  # bars per such line; with more of them a bar was redrawn, and tells of the batches
NEAR = 2  # lines: a bar so close after a line was redrawn with it, and is up to date; the one before may lag


def without_drawn(rows: Sequence[Rows], out: Collector) -> list[Rows]:
    """Leave out values of bars that lines tell as well, where few bars were kept: the last of an epoch, as files have them."""
    drawn, lined = _points(rows, out, "drawn")
    told = {name for name, count in drawn.items() if lined[name] >= MIN_LINES and count <= MAX_DRAWN * lined[name]}
    return _without(rows, out, "drawn", told)


def without_restarts(rows: Sequence[Rows]) -> list[Rows]:
    """Drop bars that are back at 0 and still show what the one before ended with, as Lightning draws them."""
    drawn = [part for part in rows if part.layout.drawn]
    keys = {key for part in drawn for key in part.values}
    before = {key: merged([(part.at, part.values[key]) for part in drawn if key in part.values]) for key in keys}
    kept = []
    for part in rows:
        stale = np.zeros(len(part.at), np.bool_)
        if part.layout.drawn and part.step is not None and part.total is not None:
            stale = part.step == 0
            for key, value in part.values.items():
                stale &= value == before[key].strictly_before(part.at)
        kept.append(taken(part, ~stale) if stale.any() else part)
    return [part for part in kept if len(part.at)]


def without_counted(rows: Sequence[Rows], out: Collector) -> list[Rows]:
    """Leave out what batches of an evaluation say, where a line tells it of the whole evaluation."""
    counted, lined = _points(rows, out, "counted")
    return _without(rows, out, "counted", {name for name in counted if lined[name] >= MIN_LINES})


def without_parts(rows: Sequence[Rows], out: Collector) -> list[Rows]:
    """Leave out what several lines between two steps say (the layers of Darknet), where the line of the step tells the whole."""
    stepped = Counter[str]()
    for part in rows:
        if part.step is not None:
            stepped.update({out.name(key).canonical: len(part.at) for key in part.values})
    loose, _ = _points(rows, out, "loose")
    return _without(rows, out, "loose", {name for name, count in loose.items() if MIN_LINES <= stepped[name] < count})


def _points(rows: Sequence[Rows], out: Collector, flag: str) -> tuple[Counter[str], Counter[str]]:
    """How many points each metric has on lines with this flag, and on the others."""
    points: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for part in rows:
        points[not getattr(part.layout, flag)].update({out.name(key).canonical: len(part.at) for key in part.values})
    return points


def _without(rows: Sequence[Rows], out: Collector, flag: str, told: Collection[str]) -> list[Rows]:
    kept = []
    for part in rows:
        flagged = getattr(part.layout, flag)
        values = {key: value for key, value in part.values.items() if not flagged or out.name(key).canonical not in told}
        if values or not part.values:
            kept.append(part if len(values) == len(part.values) else replace(part, values=values))
    return kept


def with_bars(rows: Sequence[Rows], bars: Sequence[Rows]) -> list[Rows]:
    """Give lines with fractions of an epoch and no step that of the bar beside them, where one bar counts the whole run.

    transformers prints its losses between the redrawings of one bar.
    """
    if not any(part.step is None and _is_fractional(part.epoch) for part in rows) or any(
        part.step is not None and not part.layout.nameless for part in rows
    ):
        return list(rows)
    middle = float(np.median(np.concatenate([part.at for part in rows if part.step is None])))
    run = _bar_of_run([*bars, *(part for part in rows if part.step is not None)], middle)
    drawn = np.concatenate([part.at for part in bars]) if bars else np.zeros(0, dtype=np.int64)
    return [replace(part, step=_beside(run, drawn, part.at)) if run is not None and part.step is None else part for part in rows]


def _is_fractional(epoch: Floats | None) -> bool:
    return epoch is not None and bool((np.floor(epoch) < epoch).any())


def _bar_of_run(bars: Sequence[Rows], middle: float) -> Marks | None:
    """The bar that goes on over most of the file and never starts again: those of evaluations do.

    ``middle``: of the lines that want a step; bars that are full before it are of downloads.
    """
    counted = [(part.at, part.step, part.total) for part in bars if part.step is not None and part.total is not None]
    best, widest = None, 0
    for total in {float(total) for _, _, totals in counted for total in np.unique(totals)}:
        bar = merged([(at[totals == total], step[totals == total]) for at, step, totals in counted])
        if len(bar.at) > 1 and bar.at[-1] >= middle and bool((np.diff(bar.value) >= 0).all()) and int(bar.at[-1] - bar.at[0]) > widest:
            best, widest = bar, int(bar.at[-1] - bar.at[0])
    return best


def _beside(bar: Marks, drawn: Ints, at: Ints) -> Floats:
    after = np.minimum(np.searchsorted(bar.at, at), len(bar.at) - 1)
    near = (bar.at[after] >= at) & (bar.at[after] - at <= NEAR) & np.isin(bar.at[after], drawn)
    before = bar.before(at)
    return np.where(near | np.isnan(before), bar.value[after], before)
