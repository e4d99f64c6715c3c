"""A callback for the Trainer of Hugging Face transformers.

::

    trainer = Trainer(..., callbacks=[TrainlogCallback("run.jsonl")])
"""

import os
from typing import Any

from trainlog.emit.logger import RunLogger
from trainlog.errors import MissingExtra
from trainlog.vocab import SUMMARY_KEYS

try:
    from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments
except ImportError as error:
    raise MissingExtra.of("transformers", "hf", "the Hugging Face callback") from error


class TrainlogCallback(TrainerCallback):
    """Writes what the Trainer logs, evaluates and saves to ``path``; further keywords are those of RunLogger.

    How often is the Trainer's to say: ``logging_steps``, ``eval_steps``, ``save_steps``.
    """

    def __init__(self, path: str | os.PathLike[str], **options: Any) -> None:
        self._path, self._options = path, options
        self._log: RunLogger | None = None

    def on_train_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """Begin the log, or go on with it after ``resume_from_checkpoint``."""
        about = {
            "config": args.to_sanitized_dict(),
            "total_steps": state.max_steps,
            "steps_per_epoch": state.max_steps / state.num_train_epochs if state.num_train_epochs else None,
            "world_size": args.world_size,
        }
        known = {key: value for key, value in about.items() if value}
        resumed = {"resume_step": state.global_step} if state.global_step else {}
        self._log = RunLogger(self._path, rank=0 if state.is_world_process_zero else 1, **(known | resumed | self._options))

    def on_log(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        logs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """A training or an evaluation record; the summary after the last step is no point of a curve."""
        if self._log and logs and not any(key in logs for key in SUMMARY_KEYS):
            self._log.metrics(state.global_step, logs)

    def on_save(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """A checkpoint record."""
        if self._log:
            path = os.path.join(args.output_dir or "", f"checkpoint-{state.global_step}")  # noqa: PTH118 - a remote one too
            self._log.checkpoint(state.global_step, path)

    def on_train_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        """The end record. The file stays open: ``trainer.evaluate()`` may follow."""
        if self._log:
            self._log.end("completed" if state.global_step >= state.max_steps else "stopped")
