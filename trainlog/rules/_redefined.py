"""A training loss that was defined anew, and which part of a validation metric is still comparable."""

from typing import NamedTuple

import numpy as np

from trainlog import vocab
from trainlog._order import median
from trainlog.analysis.composition import find_redefinition
from trainlog.run import Run, Series

JUMPED = 10.0
"""Change of validation across the redefinition, in its usual changes (medians), from which it was defined anew too (own choice)."""


class Redefined(NamedTuple):
    """From ``step`` (source ``line``) on, the loss ``name`` was no longer the sum of ``parts`` with the weights ``before``.

    ``after``: its weights from then on, None where none make it up. ``epoch``: the one of that record, where the log says it: steps
    of a log that counts them anew in each epoch are added up, and may be off.
    """

    name: str
    step: int
    line: int
    parts: tuple[str, ...]
    before: tuple[float, ...]
    after: tuple[float, ...] | None
    epoch: float | None = None


def find_redefined(run: Run, loss: Series | None) -> Redefined | None:
    """Look among the training losses logged together with ``loss``; None without two of them."""
    if loss is None:
        return None
    parts = parts_of(run, loss)
    found = find_redefinition(loss.value, np.array([part.value for part in parts])) if len(parts) > 1 else None
    if found is None:
        return None
    names = tuple(part.name for part in parts)
    epoch = None if loss.epoch is None or not np.isfinite(loss.epoch[found.start]) else float(loss.epoch[found.start])
    return Redefined(loss.name, int(loss.step[found.start]), int(loss.line[found.start]), names, found.before, found.after, epoch)


def parts_of(run: Run, loss: Series) -> list[Series]:
    """The other training losses of the records that hold ``loss``."""
    others = [s for name, s in run.series.items() if "loss" in name and name != loss.name and vocab.split_of(name) == "train"]
    return [s for s in others if np.array_equal(s.step, loss.step)]


def since(metric: Series, step: int) -> Series:
    """``metric`` from ``step`` on if it jumped there, else the whole of it."""
    late = metric.step >= step
    if not late.any() or late.all():
        return metric
    first = int(np.argmax(late))
    change = np.abs(np.diff(metric.value))
    usual = median(np.delete(change, first - 1)) if len(change) > 1 else 0.0
    return metric.take(late) if change[first - 1] > JUMPED * usual else metric
