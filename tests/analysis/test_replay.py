"""Early stopping, replayed on tables small enough to check by hand."""

import numpy as np

from trainlog.analysis.replay import Stop, replay

NAN = float("nan")


def run(values: list[float], *, spacing: int = 10, higher: bool = False) -> dict[tuple[str, int, str], Stop]:
    step = np.arange(1, len(values) + 1) * spacing
    return {(s.rule, s.patience, s.unit): s for s in replay(step, np.array(values), higher_is_better=higher)}


def test_patience_counts_evaluations_without_improvement() -> None:
    stops = run([5, 4, 4, 3, 3.5, 3.4, 3.3, 2, 9])
    assert stops["patience", 1, "evaluations"] == Stop("patience", 1, "evaluations", 30, 20)
    assert stops["patience", 3, "evaluations"] == Stop("patience", 3, "evaluations", 70, 40)
    assert stops["patience", 5, "evaluations"] == Stop("patience", 5, "evaluations", None, 80)


def test_patience_in_steps_follows_the_steps() -> None:
    step = np.array([10, 20, 30, 31, 32, 60])
    stops = {(s.unit, s.patience): s for s in replay(step, np.array([3.0, 2, 1, 2, 2, 2]))}
    assert stops["steps", 30].stops_at == 60
    assert stops["evaluations", 3].stops_at == 60
    assert stops["steps", 10].stops_at == 60
    assert stops["evaluations", 1].stops_at == 31


def test_frameworks_use_their_own_defaults() -> None:
    stops = run([5, 4, NAN, 3, 3, 3, 3, 3])
    assert stops["Hugging Face", 1, "evaluations"].stops_at == 30
    assert stops["Keras", 0, "evaluations"].stops_at == 30
    assert stops["Lightning", 3, "evaluations"].stops_at == 30
    assert run([5, 4, 3, 3, 3, 3, 3])["Lightning", 3, "evaluations"].stops_at == 60


def test_a_metric_that_should_grow() -> None:
    assert run([0.1, 0.5, 0.4, 0.6], higher=True)["patience", 1, "evaluations"] == Stop("patience", 1, "evaluations", 30, 20)


def test_empty_and_hopeless_series_never_keep_anything() -> None:
    assert all(s.stops_at is None and s.keeps is None for s in replay(np.array([], dtype=np.int64), np.array([])))
    stops = run([NAN, NAN])
    assert stops["patience", 1, "evaluations"].keeps is None
