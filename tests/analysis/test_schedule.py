import numpy as np
import pytest

from trainlog.analysis.schedule import read_schedule

X = np.linspace(0, 1, 200)
WARM = np.minimum(1, X / 0.1)


@pytest.mark.parametrize(
    ("lr", "final", "constant", "drops", "resets"),
    [
        (np.full(200, 3e-4), 1.0, True, 0, 0),
        (3e-4 * WARM, 1.0, True, 0, 0),
        (3e-4 * WARM * (1 + np.cos(np.pi * X)) / 2, 0.0, False, 0, 0),
        (3e-4 * np.where(X < 0.5, 1, 0.1), 0.1, False, 1, 0),
        (3e-4 * (1 + np.cos(np.pi * ((X * 2.999) % 1))) / 2, 0.0, False, 0, 2),
    ],
)
def test_schedules_are_described(lr: np.ndarray, final: float, constant: bool, drops: int, resets: int) -> None:  # type: ignore[type-arg]  # a table
    found = read_schedule(lr)
    assert found is not None
    assert found.final == pytest.approx(final, abs=0.02)
    assert found.constant == constant
    assert (len(found.drops), len(found.resets)) == (drops, resets)


def test_a_tail_of_zeros_is_seen_where_it_begins() -> None:
    lr = np.where(X < 0.8, 1 - X / 0.8, 0.0)
    found = read_schedule(lr)
    assert found is not None
    assert found.zero_from == int(np.argmax(lr <= 1e-6))


@pytest.mark.parametrize("lr", [[], [1.0, 1.0], [0.0] * 10, [-1.0] * 5])
def test_nothing_to_describe(lr: list[float]) -> None:
    assert read_schedule(np.array(lr)) is None
