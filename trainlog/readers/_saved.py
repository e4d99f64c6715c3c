"""Checkpoints on disk beside a log that names none: ``checkpoint-500``, ``step_1300.pt``, ``checkpoints/ckpt-20``."""

import re
from collections.abc import Iterator
from dataclasses import replace

from trainlog.readers._source import Source
from trainlog.run import Checkpoint, Run

NAME = re.compile(r"(?:checkpoint|ckpt|step)[-_]?(\d{1,15})(?:\.[A-Za-z]\w*)?", re.ASCII)
PATTERNS = ("checkpoint*", "ckpt*", "step*")
INNER = "checkpoints"
"""The sub-folder that many trainers save to."""


def with_saved(runs: list[Run], log: Source) -> list[Run]:
    """The runs of a log, with the checkpoints that lie beside it; their line is 0.

    Only of a file that holds one run, counts steps and names no checkpoint. If one of those found is from after the run's
    last step, they are another run's, and none is taken.
    """
    if len(runs) != 1 or log.is_dir or (home := log.folder) is None:
        return runs
    run = runs[0]
    if run.checkpoints or run.axis != "step":
        return runs
    found = {step: name for folder in (home, *home.folders(INNER)) for step, name in _in(folder)}
    if not found or max(found) > run.last_step:
        return runs
    return [replace(run, checkpoints=tuple(Checkpoint(step, found[step]) for step in sorted(found)))]


def _in(folder: Source) -> Iterator[tuple[int, str]]:
    for pattern in PATTERNS:
        for child in (*folder.files(pattern), *folder.folders(pattern)):
            match = NAME.fullmatch(child.label)
            if match is not None:
                yield int(match[1]), child.name
