"""Checkpoints on disk beside a log that names none: ``checkpoint-500``, ``step_1300.pt``, ``checkpoints/epoch=9-step=500.ckpt``."""

import re
from collections.abc import Iterator
from dataclasses import replace

from trainlog.readers._source import Source
from trainlog.run import Checkpoint, Run

_END = r"(?:-\w+=[\d.e+-]*\d)*(?:\.[A-Za-z]\w*)?"  # Lightning adds metrics: epoch=9-step=500-val_loss=0.31.ckpt
NAMES = {
    # Without anything between, the number counts epochs (fairseq's checkpoint12.pt) or saves.
    "step": re.compile(rf"(?:epoch=\d+-step=|(?:checkpoint|ckpt|iter(?:ation)?)[-_]|step[-_=]?)(\d{{1,15}}){_END}", re.ASCII),
    "epoch": re.compile(rf"(?:(?:checkpoint|ckpt|model)[-_])?epoch[-_=]?(\d{{1,15}})(?:-step=\d+)?{_END}", re.ASCII),
}
"""What checkpoints are called that say the step, or the epoch: Hugging Face, Lightning (ModelCheckpoint), MMEngine (CheckpointHook)."""
PATTERNS = ("checkpoint*", "ckpt*", "step*", "epoch*", "iter*", "model*")
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
    if not found or max(found) > run.last_step:
        return runs
    return [replace(run, checkpoints=tuple(Checkpoint(step, found[step]) for step in sorted(found)))]


def _in(folder: Source, name: re.Pattern[str]) -> Iterator[tuple[int, str]]:
    for pattern in PATTERNS:
        for child in (*folder.files(pattern), *folder.folders(pattern)):
            match = name.fullmatch(child.label)
            if match is not None:
                yield int(match[1]), child.name
