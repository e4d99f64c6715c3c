from pathlib import Path

import numpy as np
import pytest

from tests.figure.logs import overfit, write
from trainlog.errors import UsageError
from trainlog.progress import common, progress
from trainlog.readers import read
from trainlog.run import Run, Series


def run(**axes: list[float]) -> Run:
    step = np.array(axes["step"], dtype=np.int64)
    columns = {name: np.array(axes[name]) for name in ("time_s", "epoch") if name in axes}
    line = np.arange(1, len(step) + 1)
    series = {"loss": Series("loss", step, np.ones(len(step)), line, **columns)}
    if "tokens" in axes:
        series["tokens"] = Series("tokens", step, np.array(axes["tokens"]), line)
    return Run("run.jsonl", "jsonl", series=series)


def test_steps_are_converted_by_what_the_log_says(tmp_path: Path) -> None:
    log = read(str(overfit(tmp_path / "a.jsonl")))
    assert progress(log).at(700) == 700
    assert progress(log, "epoch").at(700) == pytest.approx(1.4)
    assert progress(log, "tokens").at(700) == pytest.approx(700 * 1024)
    assert progress(log, "time").at(701) - progress(log, "time").at(1) == pytest.approx(350)


def test_beyond_the_known_records_the_rate_goes_on() -> None:
    assert progress(run(step=[10, 20, 30], epoch=[1.0, 2.0, 3.0]), "epoch").of(np.array([0, 40])).tolist() == [0.0, 4.0]


def test_whole_epochs_are_where_they_start_and_not_stairs() -> None:
    known = progress(run(step=[0, 50, 100, 150, 200], epoch=[0.0, 0.0, 1.0, 1.0, 2.0]), "epoch")
    assert known.of(np.array([0, 50, 100, 150])).tolist() == [0.0, 0.5, 1.0, 1.5]


def test_a_clock_that_starts_again_after_a_resume_goes_on() -> None:
    known = progress(run(step=[1, 2, 3, 4, 5], time_s=[0.0, 10.0, 20.0, 1.0, 11.0]), "time")
    assert known.of(np.arange(1, 6)).tolist() == [0.0, 10.0, 20.0, 20.0, 30.0]


def test_what_the_log_does_not_say_is_refused_with_what_it_does() -> None:
    with pytest.raises(UsageError, match="tokens cannot be the x axis") as error:
        progress(run(step=[1, 2, 3], time_s=[0.0, 1.0, 2.0]), "tokens")
    assert error.value.why == "the log counts no tokens"
    assert error.value.do == "--x step or --x time"


def test_tokens_per_step_are_no_axis() -> None:
    with pytest.raises(UsageError, match="tokens cannot be") as error:
        progress(run(step=[1, 2, 3], tokens=[512.0, 512.0, 512.0]), "tokens")
    assert "per step" in str(error.value.why)


def test_runs_that_count_differently_are_not_laid_over_each_other(tmp_path: Path) -> None:
    steps = write(tmp_path / "steps.jsonl", [{"step": i * 100, "epoch": i, "loss": 3 - i / 10} for i in range(8)])
    epochs = write(tmp_path / "epochs.jsonl", [{"epoch": i, "loss": 3 - i / 10} for i in range(8)])
    runs = [read(str(steps)), read(str(epochs))]
    with pytest.raises(UsageError, match="count differently") as error:
        common(runs)
    assert error.value.do == "--x epoch converts both"
    assert [known.at(step) for known, step in zip(common(runs, "epoch"), (300, 3), strict=True)] == [3.0, 3.0]
