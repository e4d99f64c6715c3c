"""What logging costs: ``python -m benchmarks.logging_cost``.

A record against ``json.dumps`` and ``write`` of the same dict, and a training of the preset ``healthy`` that logs every
step and samples the hardware against the same training with a log that does nothing. CPU seconds of the process, all
threads, measured in turn, the least of each. The training without a log is measured twice: what these two differ by is
what the figure is good for.
"""

import contextlib
import io
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from train.config import Config
from train.presets import PRESETS
from train.train_accelerate import Training, build, train
from trainlog.emit import RunLogger

RECORDS = 2000
STEPS = 150
REPEATS = 7

VALUES = {
    "epoch": 0.51, "lr": 3e-4, "grad_norm": 1.21, "tokens": 819_200, "tokens_per_s": 66_600.5, "step_time_s": 0.1234, "data_time_s": 0.0041,
}  # fmt: skip


def main() -> None:
    """Print the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = (1e6 * seconds / RECORDS for seconds in records(Path(folder)))
        print(f"a record: {ours:.1f} us; json.dumps and write: {theirs:.1f} us; {ours / theirs:.2f} times")
        logged, silent, again = (1e3 * seconds / STEPS for seconds in trainings(Path(folder)))
        print(f"a step logged: {logged:.2f} ms; not logged: {silent:.2f} ms, and again {again:.2f} ms")
        print(f"logging: {100 * (logged / silent - 1):+.2f} %; noise: {100 * (again / silent - 1):+.2f} %")


def records(folder: Path) -> list[float]:
    """CPU seconds for RECORDS records through RunLogger, and by hand."""
    log = RunLogger(folder / "ours.jsonl", rank=0)
    full = {"type": "train", "step": 100, "time_s": 12.345, "loss": 4.2013, "ppl": 66.77, **VALUES}
    with (folder / "theirs.jsonl").open("w") as plain:

        def by_hand() -> None:
            for _ in range(RECORDS):
                plain.write(json.dumps(full) + "\n")
                plain.flush()

        def by_logger() -> None:
            for _ in range(RECORDS):
                log.train(100, 4.2013, **VALUES)

        least = _least(by_logger, by_hand)
    log.close()
    return least


def trainings(folder: Path) -> list[float]:
    """CPU seconds for STEPS steps with the log, without, and without again."""
    config = Config(
        **PRESETS["healthy"]
        | {"steps": STEPS, "log_every": 1, "eval_every": STEPS * 2, "checkpoint_every": 0, "cpu": True, "log": str(folder / "build.jsonl")}
    )

    def steps(log: RunLogger) -> Callable[[], None]:
        def once() -> None:
            run.log, run.progress.step = log, 0
            with contextlib.redirect_stdout(io.StringIO()):
                train(run)

        return once

    run: Training = build(config)
    run.log.close()
    logged, silent = RunLogger(folder / "run.jsonl", rank=0), RunLogger(folder / "none.jsonl", rank=1)
    return _least(steps(logged), steps(silent), steps(silent))


def _least(*calls: Callable[[], None]) -> list[float]:
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(REPEATS):
        for call, seconds in zip(calls, taken, strict=True):
            start = time.process_time()
            call()
            seconds.append(time.process_time() - start)
    return [min(seconds) for seconds in taken]


if __name__ == "__main__":
    main()
