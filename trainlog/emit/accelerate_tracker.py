"""``Accelerator(log_with="trainlog")``: importing this module makes the name known to accelerate.

::

    import trainlog.emit.accelerate_tracker
    accelerator = Accelerator(log_with="trainlog")
    accelerator.init_trackers("run", config=config)          # writes run.jsonl
    accelerator.log({"loss": loss, "lr": lr}, step=step)
    accelerator.end_training()
"""

import os
from typing import Any

from trainlog.emit.logger import RunLogger
from trainlog.errors import MissingExtra

try:
    from accelerate import tracking
except ImportError as error:
    raise MissingExtra.of("accelerate", "train", "the accelerate tracker") from error


class TrainlogTracker(tracking.GeneralTracker):  # type: ignore[misc] # accelerate ships no types
    """Writes what ``accelerator.log`` is given to ``path`` (default: the project's name with ``.jsonl``).

    Further keywords are those of RunLogger; ``init_kwargs={"trainlog": {...}}`` of ``init_trackers`` passes them.
    Steps are optimizer steps; without ``step`` the calls are counted.
    """

    name = "trainlog"
    requires_logging_directory = False

    def __init__(self, run_name: str, path: str | os.PathLike[str] | None = None, **options: Any) -> None:
        super().__init__()
        self._path, self._options = path or f"{run_name}.jsonl", options
        self._log: RunLogger | None = None
        self._step = 0

    @property
    def tracker(self) -> RunLogger:
        """The log, opened when it is first needed: the configuration comes after the tracker is made."""
        if self._log is None:
            self._log = RunLogger(self._path, **self._options)
        return self._log

    @tracking.on_main_process  # type: ignore[untyped-decorator]
    def store_init_configuration(self, values: dict[str, Any]) -> None:
        """Begin the log with the hyper-parameters."""
        self._options = {"config": values, **self._options}
        _ = self.tracker

    @tracking.on_main_process  # type: ignore[untyped-decorator]
    def log(self, values: dict[str, Any], step: int | None = None, **kwargs: Any) -> None:
        """One training record, one evaluation record, or both, out of ``values``."""
        self._step = self._step + 1 if step is None else step
        self.tracker.metrics(self._step, {**values, **kwargs})

    @tracking.on_main_process  # type: ignore[untyped-decorator]
    def finish(self) -> None:
        """End the log."""
        self.tracker.close()


def register() -> None:
    """Make ``log_with="trainlog"`` work. Older releases of accelerate have the table, but no function for it."""
    if "trainlog" not in tracking.LOGGER_TYPE_TO_CLASS:
        tracking.LOGGER_TYPE_TO_CLASS["trainlog"] = TrainlogTracker


register()
