"""Hugging Face ``trainer_state.json``, a ``checkpoint-*`` folder, or an output folder that holds some (the newest state is read).

## Looks like
    {"global_step": 100, "log_history": [
      {"epoch": 0.32, "learning_rate": 7.9e-06, "loss": 1.387, "step": 50},
      {"epoch": 0.32, "eval_loss": 1.386, "eval_runtime": 92.0, "step": 50}]}
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._document import load
from trainlog.readers._ending import STOPPED
from trainlog.readers._lines import lines_of
from trainlog.readers._source import Source
from trainlog.readers._table import Table, as_float, as_step
from trainlog.vocab import SUMMARY_KEYS

STATE = "trainer_state.json"
_HISTORY = re.compile(rb'"log_history"\s*+:\s*+\[')
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")
# What the state says besides the log: kept as configuration (transformers/trainer_callback.py, TrainerState).
_CONFIG = (
    "best_metric",
    "best_model_checkpoint",
    "best_global_step",
    "max_steps",
    "num_train_epochs",
    "logging_steps",
    "eval_steps",
    "save_steps",
    "train_batch_size",
)


def sniff(source: Source) -> Match | None:
    """A document with a ``log_history``, or a folder with a state or with checkpoints that hold one."""
    if source.is_dir:
        state = _newest(source)
        return Match(0.95, f"a folder with {state.name}") if state is not None else None
    first, _, more = source.head.lstrip().partition(b"\n")
    is_line = first.rstrip()[-1:] == b"}" and more.strip()  # of ms-swift, which repeats the history in the last of its lines
    if b'"log_history"' in source.head and first[:1] == b"{" and not is_line:
        return Match(0.97, 'a JSON object with "log_history"')
    return None


def _newest(folder: Source) -> Source | None:
    """The state of the folder itself, or that of its checkpoint with the highest step."""
    own: list[Source | None] = [*folder.files(STATE)]
    saved = {_step_of(child.label): child for child in folder.folders("checkpoint-*")}
    states: list[Source | None] = [file for step in sorted(step for step in saved if step is not None) for file in saved[step].files(STATE)]
    return (own or states or [None])[-1]


def _step_of(name: str) -> int | None:
    found = _CHECKPOINT.fullmatch(name)
    return int(found[1]) if found else None


def read(source: Source, out: Collector) -> None:
    """Read the log history, and note the checkpoints that are on disk."""
    state = _newest(source) if source.is_dir else source
    document = load(state, out) if state is not None else None
    if state is None or not isinstance(document, dict):
        return
    segment = out.segment
    segment.config.update({key: document[key] for key in _CONFIG if document.get(key) is not None})
    segment.total_steps = max(as_step(document.get("max_steps")) or 0, 0) or None
    if _stopped_early(document, segment.total_steps):
        segment.status = STOPPED
    history = document.get("log_history")
    if isinstance(history, list):
        out.counts_records(lines_of(history, state, _HISTORY))
        out.lines_of(state.name if state is not source else "")
        numbers, rows = _points(history)
        Table(out).add(numbers, rows)
    home = state.folder
    if home is not None and _CHECKPOINT.fullmatch(home.label):
        home = home.folder
    for saved in home.folders("checkpoint-*") if home is not None else ():
        step = _step_of(saved.label)
        if step is not None:
            out.checkpoint(step, saved.name, 0)


def _stopped_early(document: Mapping[str, Any], planned: int | None) -> bool:
    """Whether a callback told the trainer to stop before the planned steps were done."""
    control: Any = document
    for key in ("stateful_callbacks", "TrainerControl", "args"):
        control = control.get(key) if isinstance(control, dict) else None
    step = as_step(document.get("global_step"))
    stop = isinstance(control, dict) and control.get("should_training_stop") is True
    return stop and step is not None and planned is not None and step < planned


def _points(history: Sequence[Any]) -> tuple[list[int], list[dict[str, Any]]]:
    """The records that are points: not the summary, nor an evaluation of the best model after the end, at the step of the end."""
    numbers, rows = [], []
    ended: float | None = None
    for number, row in enumerate(history, 1):
        if not isinstance(row, dict):
            continue
        step = as_float(row.get("step"))
        if any(key in row for key in SUMMARY_KEYS):
            ended = step
        elif ended is None or step is None or step != ended:
            ended = None
            numbers.append(number)
            rows.append(row)
    return numbers, rows
