"""A logger for Lightning.

::

    trainer = Trainer(..., logger=TrainlogLogger("run.jsonl"))
"""

import os
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trainlog.emit.logger import RunLogger
from trainlog.errors import MissingExtra

try:
    from lightning.pytorch.callbacks import ModelCheckpoint
    from lightning.pytorch.loggers.logger import Logger
    from lightning.pytorch.utilities import rank_zero_only
except ImportError as error:
    raise MissingExtra.of("lightning", "lightning", "the Lightning logger") from error


class TrainlogLogger(Logger):
    """Writes what ``self.log`` is given to ``path``; further keywords are those of RunLogger.

    Lightning numbers a step from 0 while it is being made; the log counts finished ones, which is one more.
    """

    def __init__(self, path: str | os.PathLike[str], **options: Any) -> None:
        super().__init__()
        self._path, self._options = Path(path), options
        self._log: RunLogger | None = None

    @property
    def name(self) -> str:
        """The file's name without its ending; Lightning puts checkpoints into a folder of this name."""
        return self._path.stem

    @property
    def version(self) -> str:
        """None: several runs share a file, told apart by their ``run_id``."""
        return ""

    @property
    def experiment(self) -> RunLogger | None:
        """The log; None before there is something to log. Lightning asks for it before it has the hyper-parameters."""
        return self._log

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """Hyper-parameters for the head of the log."""
        config = vars(params) if isinstance(params, Namespace) else dict(params)
        self._options = {"config": config, **self._options}

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """One training record, one evaluation record, or both, out of ``metrics``."""
        self._opened().metrics((step or 0) + 1, metrics)

    @rank_zero_only
    def after_save_checkpoint(self, checkpoint_callback: ModelCheckpoint) -> None:
        """A checkpoint record."""
        path = getattr(checkpoint_callback, "_last_checkpoint_saved", "") or checkpoint_callback.best_model_path
        step = getattr(checkpoint_callback, "_last_global_step_saved", None)
        if path and step is not None:
            self._opened().checkpoint(step, path)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """The end record. The file stays open: ``trainer.test()`` may follow."""
        self._opened().end("completed" if status == "success" else "failed")

    def _opened(self) -> RunLogger:
        if self._log is None:
            self._log = RunLogger(self._path, **{"rank": 0, **self._options})  # only process 0 comes here
        return self._log
