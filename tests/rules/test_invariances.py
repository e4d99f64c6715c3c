"""What must not change a diagnosis: the unit and origin of steps, the unit of the metric and of time, points that say nothing new."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runs import Curve, falling, run_of, sampled, training, turning
from trainlog.diagnosis import Diagnosis, diagnose
from trainlog.readers import read_all
from trainlog.render import json as as_json
from trainlog.run import Floats, Ints, Run, Series

STEPS = 12_000
NEAR = 0.01
"""Share of the run by which the onset may move: the curve is fitted on times rounded to the steps given."""
SURE = 0.03
"""How much the confidence may move: the likelihoods of models are summed in another order of magnitude."""


def broken(x: Floats) -> Floats:
    return np.where(x > 0.8, np.nan, falling(x) * (1 + np.minimum(10 * np.maximum(x - 0.7, 0), 2)))


KINDS: dict[str, tuple[Curve, Curve]] = {
    "overfitting": (turning(0.4, 0.3), training),
    "mild": (turning(0.5, 0.06), training),
    "at the edge": (turning(0.5, 0.025), training),
    "healthy": (falling, training),
    "converged": (lambda x: 1 + 3 * np.exp(-12 * x), lambda x: 0.9 + 3 * np.exp(-12 * x)),
    "not learning": (lambda x: 2.3 + 0 * x, lambda x: 2.3 + 0 * x),
    "diverged": (lambda x: falling(x) * (1 + np.minimum(30 * np.maximum(x - 0.6, 0), 2)),) * 2,
    "not finite": (broken, broken),
    "spike": (lambda x: falling(x) * np.where(abs(x - 0.7) < 0.006, 3, 1),) * 2,
}


@st.composite
def runs(draw: st.DrawFn) -> Run:
    """A run of some kind, with many or few evaluations, more or less noise, with or without checkpoints."""
    val, train = KINDS[draw(st.sampled_from(sorted(KINDS)))]
    seed = draw(st.integers(0, 999))
    points, noise = draw(st.sampled_from([6, 10, 20, 60])), draw(st.sampled_from([0.001, 0.02]))
    parts = (
        sampled("loss", train, points=600, steps=STEPS, noise=0.02, seed=seed),
        sampled("val_loss", val, points=points, steps=STEPS, noise=noise, seed=seed + 1),
    )
    timed = (replace(part, time_s=part.step * 0.5) for part in parts)
    return run_of(*timed, checkpoints=draw(st.sampled_from([(), tuple(range(1000, STEPS + 1, 1000))])))


def on_steps(run: Run, move: Callable[[Any], Any]) -> Run:
    """The same run on another axis of steps."""
    series = {name: replace(s, step=move(s.step)) for name, s in run.series.items()}
    return replace(run, series=series, checkpoints=tuple(c._replace(step=move(c.step)) for c in run.checkpoints))


def each(run: Run, change: Callable[[Series], Series]) -> Run:
    """The same run with every series changed."""
    return replace(run, series={name: change(s) for name, s in run.series.items()})


def assert_same(run: Run, other: Run, back: Callable[[float], float] = lambda step: step) -> None:
    """The two diagnoses say the same; ``back`` takes a step of the second to the axis of the first."""
    one, two = diagnose(run), diagnose(other)
    assert two.verdict == one.verdict
    assert [(r.code, r.severity) for r in two.findings] == [(r.code, r.severity) for r in one.findings]
    assert (two.keep is None) == (one.keep is None)
    if one.keep is not None and two.keep is not None:
        assert abs(back(two.keep.step) - one.keep.step) <= 1
        assert back(two.keep.earliest_tied) == pytest.approx(one.keep.earliest_tied, abs=1)
    (where, sure), (there, as_sure) = _onset(one), _onset(two)
    assert np.allclose([back(step) for step in there], where, atol=NEAR * STEPS)
    assert as_sure == pytest.approx(sure, abs=SURE)


def _onset(diagnosis: Diagnosis) -> tuple[list[float], float]:
    found = next((r.finding for r in diagnosis.findings if r.code == "OVF001"), None)
    if found is None or found.step is None or found.step_low is None or found.step_high is None:
        return [], 0.0
    return [found.step, found.step_low, found.step_high], found.confidence


@settings(max_examples=6, deadline=None, derandomize=True)
@given(run=runs(), factor=st.sampled_from([2, 3, 1000]), shift=st.sampled_from([0, -15, 10**6]))
def test_another_unit_or_origin_of_steps(run: Run, factor: int, shift: int) -> None:
    assert_same(run, on_steps(run, lambda step: step * factor + shift), lambda step: (step - shift) / factor)


@settings(max_examples=6, deadline=None, derandomize=True)
@given(run=runs(), unit=st.sampled_from([np.log(2), 1 / np.log(2), 0.001]))
def test_another_unit_of_the_loss(run: Run, unit: float) -> None:
    """Bits for nats, sums for means. A loss at ln(classes) is named as such, so units differ there: not part of the verdict."""
    assert_same(run, each(run, lambda s: replace(s, value=s.value * unit)))


@settings(max_examples=3, deadline=None, derandomize=True)
@given(run=runs(), unit=st.sampled_from([0.001, 1000.0]))
def test_another_unit_of_time(run: Run, unit: float) -> None:
    assert_same(run, each(run, lambda s: s if s.time_s is None else replace(s, time_s=s.time_s * unit)))


def held(run: Run) -> Run:
    """The same run with each training value once more, half-way to it."""
    loss = run.series["loss"]
    step: Ints = np.repeat(loss.step, 2)
    step[::2] -= 10
    dense = Series("loss", step, np.repeat(loss.value, 2), np.repeat(loss.line, 2), step * 0.5)
    return replace(run, series={**run.series, "loss": dense})


@settings(max_examples=6, deadline=None, derandomize=True)
@given(run=runs())
def test_training_points_that_repeat_their_neighbours(run: Run) -> None:
    assert_same(run, held(run))


def test_a_flat_loss_whose_values_are_held_is_still_flat() -> None:
    """Where each value is logged twice, neighbours differ by less than the noise that they hold."""

    def flat(x: Floats) -> Floats:
        return 2.3 + 0 * x

    run = run_of(
        sampled("loss", flat, points=600, steps=STEPS, noise=0.02, seed=14),
        sampled("val_loss", flat, points=6, steps=STEPS, noise=0.02, seed=15),
    )
    assert diagnose(run).verdict == "not-learning"
    assert_same(run, held(run))


def write(path: Path, run: Run, *, copies: int = 1) -> Path:
    """The run as JSON lines, every record ``copies`` times."""
    rows: dict[int, dict[str, float]] = {}
    for name, series in run.series.items():
        for step, value in zip(series.step.tolist(), series.value.tolist(), strict=True):
            rows.setdefault(step, {"step": step})[name] = value
    lines = [json.dumps(rows[step]) + "\n" for step in sorted(rows)]
    path.write_text("".join(line * copies for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_records_written_twice(kind: str, tmp_path: Path) -> None:
    val, train = KINDS[kind]
    run = run_of(
        sampled("loss", train, points=600, steps=STEPS, noise=0.02, seed=5),
        sampled("val_loss", val, points=30, steps=STEPS, noise=0.005, seed=6),
    )
    [once] = read_all(str(write(tmp_path / "once.jsonl", run)))
    [twice] = read_all(str(write(tmp_path / "twice.jsonl", run, copies=2)))
    assert_same(once, twice)


@settings(max_examples=3, deadline=None, derandomize=True)
@given(run=runs())
def test_the_same_run_gives_the_same_bytes(run: Run) -> None:
    assert as_json.dumps(as_json.as_dict(diagnose(run))) == as_json.dumps(as_json.as_dict(diagnose(run)))


def test_the_same_log_gives_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    """The order of sets of strings differs from one process to the next; nothing may show it."""
    path = write(
        tmp_path / "run.jsonl", run_of(*(sampled(n, turning(0.4, 0.3), points=60, steps=600, noise=0.01) for n in ("loss", "val_loss")))
    )
    command = [sys.executable, "-m", "trainlog", "diagnose", path.name, "-o", "json"]
    outputs = {
        subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=False).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert json.loads(outputs.pop())["runs"]
