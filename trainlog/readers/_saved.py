"""Checkpoints on disk beside a log that names none: ``checkpoint-500``, ``step_1300.pt``, ``checkpoints/epoch=9-step=500.ckpt``."""

from collections.abc import Collection, Iterator
from dataclasses import replace

import numpy as np

from trainlog._pattern import compiled
from trainlog.readers._source import Source
from trainlog.run import Checkpoint, Run

_END = r"(?:-\w+=[\d.e+-]*\d)*(?:\.[A-Za-z]\w*)?"  # Lightning adds metrics: epoch=9-step=500-val_loss=0.31.ckpt
NAMES = {
    # Without anything between, the number counts epochs (fairseq's checkpoint12.pt) or saves.
    "step": rf"(?a)(?:epoch=\d+-step=|(?:checkpoint|ckpt|iter(?:ation)?)[-_]|step[-_=]?)(\d{{1,15}}){_END}",
    "epoch": rf"(?a)(?:(?:checkpoint|ckpt|model)[-_])?epoch[-_=]?(\d{{1,15}})(?:-step=\d+)?{_END}",
}
"""What checkpoints are called that say the step, or the epoch: Hugging Face, Lightning (ModelCheckpoint), MMEngine (CheckpointHook)."""
INNER = "checkpoints"
"""The sub-folder that many trainers save to."""


def with_saved(runs: list[Run], log: Source) -> list[Run]:
    """The runs of a log, with the checkpoints that lie beside it, or in the folder that it is; their line is 0.

    Only of a log that holds one run, counts steps or epochs and names no checkpoint. If one of those found is from after the run's
    end, they are another run's, and none is taken.
    """
    home = log if log.is_dir else log.folder
    if len(runs) != 1 or home is None:
        return runs
    run = runs[0]
    if run.checkpoints or run.axis not in NAMES:
        return runs
    found = {step: name for folder in (home, *home.folders(INNER)) for step, name in _in(folder, NAMES[run.axis])}
    ahead = 1 if found and _counts_from_0(run, found) else 0
    if not found or max(found) - ahead > run.last_step:
        return runs
    return [replace(run, checkpoints=tuple(Checkpoint(step - ahead, found[step]) for step in sorted(found)))]


def _counts_from_0(run: Run, saved: Collection[int]) -> bool:
    """Whether the log numbers from 0 what checkpoints count: after the step that Lightning logs as 99, it saves ``step=100``."""
    if max(saved) == run.last_step + 1:
        return True
    steps = np.array(sorted(saved), dtype=np.int64)
    logged = [series.step for series in run.series.values()]
    before, there = (np.any([np.isin(at, step) for step in logged], axis=0) for at in (steps - 1, steps))
    return bool(before.all() and not there.any())


def _in(folder: Source, name: str) -> Iterator[tuple[int, str]]:
    for child in folder.called(name):
        match = compiled(name).fullmatch(child.label)
        if match is not None:
            yield int(match[1]), child.name
