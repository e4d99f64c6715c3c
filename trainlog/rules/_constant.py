"""Whether a validation metric ever changed while training did. One that never did measures nothing."""

import numpy as np

from trainlog import vocab
from trainlog._order import median
from trainlog.run import Series

LEAST = 8
"""Evaluations below which nothing is said: scores of hard tasks begin with some zeros (own choice)."""
LEARNT = 0.1
"""Change of the training loss over these evaluations, as a fraction of its level, that validation must have noticed (own choice)."""
PARTS = 10
"""The first and the last of so many parts of training are compared."""


def never_changes(val: Series, train: Series | None) -> bool:
    """Whether all evaluations gave one value, and not the best there is, while the training metric changed by ``LEARNT`` or more."""
    values = val.value[np.isfinite(val.value)]
    if len(values) < LEAST or train is None or float(values.min()) != float(values.max()):
        return False
    best = 1.0 if vocab.metric(val.name).better == "high" else 0.0
    meanwhile = train.value[np.isfinite(train.value) & (train.step >= val.step[0]) & (train.step <= val.step[-1])]
    if float(values[0]) == best or len(meanwhile) < LEAST:
        return False
    few = max(2, len(meanwhile) // PARTS)
    first, last = median(meanwhile[:few]), median(meanwhile[-few:])
    return abs(first - last) > LEARNT * max(abs(first), abs(last))
