"""``Epoch 3: 9129 / 10000``: how many were right of how many, where a log says nothing else of an epoch."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from trainlog.readers._console.fields import Field
from trainlog.readers._console.layouts import Rows
from trainlog.readers._console.marks import merged

KEY = "test_accuracy"
MIN_EPOCHS = 3


def counted_right(context: Sequence[Rows]) -> list[Rows]:
    """Take fractions for shares, if each epoch has one, all of one whole, and they do not simply count on as progress does."""
    told = [rows for rows in context if rows.epoch is not None and rows.total is not None and rows.layout.nameless]
    steps = merged([(rows.at, rows.step) for rows in told if rows.step is not None]).value
    epochs = merged([(rows.at, rows.epoch) for rows in told if rows.epoch is not None]).value
    totals = np.concatenate([rows.total for rows in told if rows.total is not None]) if told else steps
    once = len(steps) >= MIN_EPOCHS and bool((np.diff(epochs) > 0).all())
    if not once or np.ptp(totals) > 0 or totals[0] <= 0 or np.ptp(np.diff(steps)) == 0:
        return []
    return [_share(rows) for rows in told]


def _share(rows: Rows) -> Rows:
    field = Field(0, KEY, 1.0, known=True, quality=True, split="test")
    layout = replace(rows.layout, step=None, total=None, nameless=False, fields=(field,))
    share = np.zeros(0) if rows.step is None or rows.total is None else rows.step / rows.total
    return replace(rows, layout=layout, step=None, total=None, values={KEY: share})
