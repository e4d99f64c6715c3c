"""A callback for Keras 3, whatever its backend.

::

    model.fit(..., callbacks=[TrainlogCallback("run.jsonl")])
"""

import os
from typing import Any

from trainlog.emit.logger import RunLogger
from trainlog.errors import MissingExtra

try:
    from keras.callbacks import Callback
except ImportError as error:
    raise MissingExtra.of("keras", "keras", "the Keras callback") from error

LOG_EVERY = 100
"""Batches between two training records."""


class TrainlogCallback(Callback):  # type: ignore[misc] # keras ships no types
    """Writes a training record every ``log_every`` batches and an evaluation record per epoch to ``path``.

    Keras reports the mean loss since the start of the epoch; the records hold the mean since the record before, which
    shows a spike where it is. Further keywords are those of RunLogger.
    """

    def __init__(self, path: str | os.PathLike[str], *, log_every: int = LOG_EVERY, **options: Any) -> None:
        super().__init__()
        self._path, self._log_every, self._options = path, log_every, options
        self._log: RunLogger | None = None
        self._step = 0  # over all epochs
        self._batches = self._recorded = 0  # of this epoch
        self._loss_sum = self._recorded_sum = 0.0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin the log."""
        steps, epochs = self.params.get("steps"), self.params.get("epochs")
        known = {"steps_per_epoch": steps, "total_steps": steps * epochs} if steps and epochs else {}
        self._step = 0
        self._log = RunLogger(self._path, **{**known, **self._options})

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Keras starts its means anew."""
        self._batches = self._recorded = 0
        self._loss_sum = self._recorded_sum = 0.0

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """A training record when one is due."""
        done = batch + 1 - self._batches  # several at once with steps_per_execution
        self._step, self._batches = self._step + done, batch + 1
        self._loss_sum = float((logs or {}).get("loss", 0.0)) * self._batches
        if self._batches - self._recorded >= self._log_every:
            self._record({})

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """The rest of the epoch as a training record with its other metrics, and the evaluation."""
        logs = logs or {}
        evaluated = {key: value for key, value in logs.items() if key.startswith("val_")}
        others = {key: value for key, value in logs.items() if key not in evaluated and key != "loss"}
        if self._batches > self._recorded:
            self._record(others, epoch + 1)
        if self._log and evaluated:
            self._log.metrics(self._step, {**evaluated, "epoch": epoch + 1})

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """The end record."""
        if self._log:
            self._log.end("stopped" if self.model.stop_training else "completed")

    def _record(self, others: dict[str, Any], epoch: int | None = None) -> None:
        mean = (self._loss_sum - self._recorded_sum) / (self._batches - self._recorded)
        self._recorded, self._recorded_sum = self._batches, self._loss_sum
        at = {} if epoch is None else {"epoch": epoch}
        if self._log:
            self._log.metrics(self._step, {"loss": mean, "lr": self._learning_rate(), **at, **others})

    def _learning_rate(self) -> float:
        return float(self.model.optimizer.learning_rate)
