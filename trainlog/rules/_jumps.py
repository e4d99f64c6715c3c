"""What explains a jump of a loss that is no fault of the optimizer: a setting that changed on purpose, a running mean that starts again."""

import numpy as np

from trainlog import vocab
from trainlog._order import median
from trainlog.run import Floats, Ints, Run

SETTINGS = frozenset(
    f"{prefix}{name}"
    for name in (
        *("seq_len", "seq_length", "seqlen", "sequence_length", "context_length", "max_seq_len", "max_seq_length", "block_size"),
        *("batch_size", "global_batch_size", "resolution", "image_size", "img_size", "crop_size"),
        *("stage", "phase", "curriculum", "curriculum_stage", "curriculum_step", "difficulty", "level", "task", "task_id"),
    )
    for prefix in ("", "train_")
)
"""What changes on purpose while a run goes on, and the level of the loss with it: keys as ``vocab.normal`` gives them."""
MOST_CHANGES = 0.05
"""Share of the records; what changes more often than that is a measurement (own choice)."""
FEW_EPOCHS = 4
"""Epoch beginnings below which they show no habit (own choice)."""
STANDS_OUT = 5.0
"""How much larger the change into an epoch is than one within, in medians, where a running mean starts again. A mean over all batches so
far moves by 1/n of its noise per batch; with ten records an epoch that is 1/10 or less (own choice, half of it)."""

RESTARTED = 3.0
"""How much worse an evaluation is than the one before the restart of the learning rate, in the usual change of evaluations (own choice)."""


def setting_changed(run: Run, step: int, reach: float) -> str | None:
    """Which of ``SETTINGS`` changed at ``step`` or up to ``reach`` steps before it, in words."""
    for name, series in run.series.items():
        if vocab.normal(name) not in SETTINGS:
            continue
        at = np.flatnonzero(np.diff(series.value)) + 1
        near = at[(series.step[at] >= step - reach) & (series.step[at] <= step + 1)]
        if len(near) and len(at) <= max(1.0, MOST_CHANGES * len(series)):
            before, after = series.value[near[-1] - 1], series.value[near[-1]]
            return f"{run.raw_names.get(name, name)} went from {before:g} to {after:g} there"
    return None


def fresh_means(y: Floats, epoch: Floats | None) -> frozenset[int]:
    """Points of a training metric that begin an epoch, where those stand out from their neighbours as a fresh running mean does."""
    if epoch is None:
        return frozenset()
    change = np.diff(np.floor(epoch)) > 0
    first, others = np.abs(np.diff(y))[change], np.abs(np.diff(y))[~change]
    if len(first) < FEW_EPOCHS or len(others) < len(first) or median(first) <= STANDS_OUT * median(others):
        return frozenset()
    return frozenset((np.flatnonzero(change) + 1).tolist())


def restarts_in(y: Floats, step: Ints, raised: Ints) -> Ints:
    """Those of the steps at which the learning rate was ``raised`` that made the next of the evaluations ``y`` (lower is better) worse."""
    after = np.searchsorted(step, raised)
    inside = (after > 0) & (after < len(step))
    raised, after = raised[inside], after[inside]
    usual = median(np.abs(np.diff(y))) if len(y) > 1 else 0.0
    out: Ints = raised[y[after] - y[after - 1] > RESTARTED * usual]
    return out
