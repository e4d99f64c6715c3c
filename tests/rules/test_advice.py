"""What training on after the state to keep has cost, and how early stopping is told."""

from dataclasses import replace

import numpy as np
import pytest

from tests.runs import run_of, sampled, series, training, turning
from trainlog.advice import Replay, Wasted
from trainlog.diagnosis import Diagnosis, diagnose
from trainlog.render import _words as words
from trainlog.run import Floats, Resume, Run, Series

STEPS = 10_000


def timed(time_s: Floats, *more: Series, resumes: tuple[int, ...] = (), checkpoints: tuple[int, ...] = (4000, 10_000)) -> Run:
    """An overfitting run, best at step 4,000, whose training records (every 20 steps) bear these times."""
    loss = sampled("loss", training, points=500, steps=STEPS, noise=0.02, seed=3)
    val = sampled("val_loss", turning(0.4, 0.3), points=50, steps=STEPS, noise=0.003, seed=4)
    resumed = tuple(Resume(1, step, 5) for step in resumes)
    return run_of(replace(loss, time_s=time_s), val, *more, checkpoints=checkpoints, resumes=resumed)


def wasted(run: Run) -> Wasted:
    keep = diagnose(run).keep
    assert keep is not None
    assert keep.step == 4000
    return keep.wasted


CLOCK = np.arange(1, 501) * 10.0  # half a second per step


def test_a_clock_that_starts_again_with_a_resume_goes_on() -> None:
    again = np.where(np.arange(1, 501) > 300, CLOCK - 3000, CLOCK)
    assert wasted(timed(again, resumes=(6020,))).seconds == pytest.approx(wasted(timed(CLOCK)).seconds)
    assert wasted(timed(again)).seconds == pytest.approx(3000)


def test_a_night_between_the_end_and_the_resume_is_not_wasted() -> None:
    overnight = np.where(np.arange(1, 501) > 300, CLOCK + 30_000, CLOCK)
    assert wasted(timed(overnight, resumes=(6020,))).seconds == pytest.approx(3000)
    assert wasted(timed(overnight)).seconds == pytest.approx(33_000)


def test_times_that_some_records_lack_are_left_out(recwarn: pytest.WarningsRecorder) -> None:
    assert wasted(timed(np.where(np.arange(500) % 7 == 0, np.nan, CLOCK))).seconds == pytest.approx(3000, abs=20)
    assert wasted(timed(np.full(500, np.nan))).seconds is None
    assert not recwarn.list


def test_energy_is_counted_on_over_a_counter_that_starts_again() -> None:
    counter = np.where(np.arange(1, 501) > 300, CLOCK - 3000, CLOCK) * 300
    for name in ("gpu/0/energy_j", "energy_j"):
        assert wasted(timed(CLOCK, series(name, counter, every=20))).joules == pytest.approx(3000 * 300, rel=0.01)


def test_power_without_a_device_is_energy_too() -> None:
    assert wasted(timed(CLOCK, series("power_w", np.full(500, 250.0), every=20))).joules == pytest.approx(3000 * 250)


def stopping(stops_at: int, keeps: int, *, costs: float = 0.0, checkpoints: tuple[int, ...] = ()) -> str:
    judged = diagnose(timed(CLOCK, checkpoints=checkpoints or (4000, 10_000)))
    return words.stopping(Replay("patience", 3, "evaluations", stops_at, costs, keeps), judged)


def test_only_the_state_to_keep_is_the_same_state() -> None:
    assert stopping(4600, 4000).endswith("keeps the same state")
    assert stopping(4600, 3800).endswith("keeps a state no worse")
    assert stopping(4600, 3800, costs=0.2).endswith("keeps a state 0.2 worse")


def test_a_stop_before_the_first_checkpoint_leaves_nothing() -> None:
    assert stopping(4600, 4000, checkpoints=(5000, 10_000)).endswith("; no checkpoint had been saved by then")


def flat() -> Diagnosis:
    return diagnose(run_of(sampled("val_loss", lambda x: 1 + np.exp(-x / 0.1), points=50, steps=STEPS, noise=0.01, seed=2)))


def test_a_last_state_as_good_as_the_kept_one_is_not_called_worse() -> None:
    judged = flat()
    assert judged.keep is not None
    assert judged.keep.tied[-1] == STEPS
    assert judged.keep.step == STEPS or "cannot be told apart" in (words.keep(judged) or "") or "no worse" in (words.keep(judged) or "")
    overfits = diagnose(timed(CLOCK))
    assert not words.is_last_as_good(overfits)
    assert "worse" in (words.keep(overfits) or "")
