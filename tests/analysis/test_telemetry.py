"""Memory, heat, pace, loss scale and gradient norm: each fires on its defect and stays silent on what resembles it."""

import numpy as np
import pytest

from tests.analysis.curves import Floats
from trainlog.analysis.gradient import find_explosion
from trainlog.analysis.heat import THERMAL_BITS, bits_share, find_thermal
from trainlog.analysis.memory import find_leak
from trainlog.analysis.pace import find_decay, find_imbalance, find_stalls, usage, waiting_share
from trainlog.analysis.scaling import find_scale_collapse

N = 300
X = np.arange(1.0, N + 1)
GIB = 2.0**30
SEEDS = range(5)


def noise(seed: int, sd: float = 1.0, n: int = N) -> Floats:
    return np.random.default_rng(seed).normal(0, sd, n)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_leak_is_found(seed: int) -> None:
    used = 10 * GIB + X * 0.02 * GIB + np.abs(noise(seed, 0.3)) * GIB
    leak = find_leak(X, used)
    assert leak is not None
    assert leak.low <= 0.02 * GIB * 1.02
    assert leak.high >= 0.02 * GIB * 0.98


@pytest.mark.parametrize("seed", SEEDS)
def test_a_leak_that_begins_later_is_found(seed: int) -> None:
    used = 12 * GIB + np.maximum(0.0, X - 0.4 * N) * 0.02 * GIB + np.abs(noise(seed, 0.3)) * GIB
    assert find_leak(X, used) is not None


@pytest.mark.parametrize(("rise", "sd", "n"), [(6.0, 0.3, 150), (2.5, 0.5, 400)])
def test_the_interval_of_the_steps_left_holds_nine_of_ten_ends(rise: float, sd: float, n: int) -> None:
    x = np.arange(1, n + 1, dtype=np.float64)
    later = np.arange(n + 1, 12 * n, dtype=np.float64)
    held, errors = [], []
    for seed in range(60):
        used = (10 + rise * x / n + np.abs(noise(seed, sd, n))) * GIB
        leak = find_leak(x, used)
        left = None if leak is None else leak.until_full(x, used, 24 * GIB)
        assert left is not None
        beyond = 10 + rise * later / n + np.abs(noise(seed + 1000, sd, len(later)))
        truth = float(later[np.argmax(beyond >= 24)]) - n
        held.append(left[1] <= truth <= left[2])
        errors.append(left[0] / truth - 1)
    assert 0.8 <= np.mean(held) <= 0.98
    assert abs(np.median(errors)) < 0.02


def test_memory_that_is_full_already_has_no_steps_left() -> None:
    used = 10 * GIB + X * 0.05 * GIB
    leak = find_leak(X, used)
    assert leak is not None
    left = leak.until_full(X, used, 24 * GIB)
    assert left is not None
    assert left[:2] == (0.0, 0.0)


def falls_first(seed: int) -> Floats:
    return (14 - np.sin(np.pi * X / 200)) * GIB + np.abs(noise(seed, 0.1)) * GIB


def swings_up(seed: int) -> Floats:
    return (14 - np.sin(np.pi * (X / N + 0.35))) * GIB + np.abs(noise(seed, 0.3)) * GIB


def levelled_off(seed: int) -> Floats:
    return (13 - 2 * np.cos(np.minimum(np.pi * X / 250, np.pi))) * GIB + np.abs(noise(seed, 0.1)) * GIB


def cached(seed: int) -> Floats:
    return 10 * GIB + 4 * GIB * (1 - np.exp(-X / 15)) + np.abs(noise(seed, 0.2)) * GIB


def stepped(seed: int) -> Floats:
    return np.where(X < 150, 10 * GIB, 13 * GIB) + np.abs(noise(seed, 0.2)) * GIB


def peaks_grow(seed: int) -> Floats:
    return 10 * GIB + np.where(X % 3 == 0, X * 0.02 * GIB, 0.0) + np.abs(noise(seed, 0.05)) * GIB


def given_back(seed: int) -> Floats:
    return 10 * GIB + (X % 100) * 0.05 * GIB + np.abs(noise(seed, 0.1)) * GIB


def wandering(seed: int) -> Floats:
    return 10 * GIB + np.cumsum(noise(seed, 0.002)) * GIB


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("used", [cached, falls_first, swings_up, levelled_off, stepped, peaks_grow, given_back, wandering])
def test_caches_steps_peaks_and_wander_are_no_leak(used, seed: int) -> None:  # type: ignore[no-untyped-def]  # a table of functions
    assert find_leak(X, used(seed)) is None


@pytest.mark.parametrize("seed", SEEDS)
def test_heat_is_found_by_temperature_and_clock(seed: int) -> None:
    temperature = np.minimum(86, 60 + X * 0.2) + noise(seed, 0.4)
    clock = 1900 - np.maximum(0, temperature - 82) * 80 + noise(seed + 1, 5)
    found = find_thermal(temperature, clock, np.full(N, 0.98), limit=85.0)
    assert found is not None
    assert found.share > 0.3
    assert found.clock < 0.92


@pytest.mark.parametrize("seed", SEEDS)
def test_a_warm_device_at_full_clock_and_a_cool_one_at_low_clock_are_fine(seed: int) -> None:
    busy = np.full(N, 0.98)
    assert find_thermal(82 + noise(seed, 0.5), 1900 + noise(seed + 1, 5), busy, limit=85.0) is None
    assert find_thermal(60 + noise(seed, 0.5), np.where(X % 2 == 0, 1900.0, 1200.0), busy, limit=85.0) is None


def test_throttle_bits_are_counted() -> None:
    bits = np.zeros(N, dtype=np.int64)
    assert bits_share(bits, THERMAL_BITS) is None
    bits[100:130] = 0x40 | 0x1
    found = bits_share(bits, THERMAL_BITS, np.where(bits > 0, 1200.0, 1900.0), np.full(N, 80.0))
    assert found is not None
    assert (found.share, found.start) == (pytest.approx(0.1), 100)
    assert found.clock == pytest.approx(1200 / 1900)


@pytest.mark.parametrize("seed", SEEDS)
def test_decay_of_speed(seed: int) -> None:
    healthy = 1000 * np.exp(noise(seed, 0.05))
    assert find_decay(X, healthy) is None
    found = find_decay(X, healthy * (1 - 0.3 * X / N))
    assert found is not None
    assert 0.15 < found.lost < 0.35


@pytest.mark.parametrize("seed", SEEDS)
def test_stalls(seed: int) -> None:
    times = 0.2 * np.exp(noise(seed, 0.05))
    assert find_stalls(times) is None
    at = np.sort(np.random.default_rng(seed).choice(np.arange(40, N), 25, replace=False))
    times[at] = 2.0
    found = find_stalls(times)
    assert found is not None
    assert found.steps == 25
    assert not found.periodic
    assert 0.3 < found.share < 0.6
    regular = np.full(N, 0.2)
    regular[50::50] = 3.0
    evaluations = find_stalls(regular)
    assert evaluations is not None
    assert evaluations.periodic


def test_waiting_for_data_as_a_share_of_the_step() -> None:
    found = waiting_share(np.full(N, 0.05), np.full(N, 0.2))
    assert found is not None
    assert found.share == pytest.approx(0.25)


def test_usage_and_imbalance() -> None:
    fast = 0.95 + noise(0, 0.02)
    slow = 0.5 + noise(1, 0.02)
    found = usage(slow)
    assert found is not None
    assert found.median == pytest.approx(0.5, abs=0.02)
    assert find_imbalance([fast, fast, fast], 0.8) is None
    assert find_imbalance([fast], 0.8) is None
    uneven = find_imbalance([fast, slow, fast], 0.8)
    assert uneven is not None
    assert uneven.device == 1
    assert uneven.ratio == pytest.approx(0.53, abs=0.03)


def healthy_scale(start: float = 65536.0) -> Floats:
    return np.concatenate([start / 2.0 ** np.arange(6), np.tile([2048.0] * 9 + [1024.0], 30)])


@pytest.mark.parametrize("start", [2.0**16, 2.0**32])
def test_a_scaler_that_calibrates_and_breathes_is_healthy(start: float) -> None:
    assert find_scale_collapse(healthy_scale(start)) is None
    assert find_scale_collapse(np.full(100, 1.0)) is None


def test_a_scale_that_halves_to_nothing_has_collapsed() -> None:
    scale = np.concatenate([healthy_scale(), 1024 / 2.0 ** np.arange(1, 16)])
    found = find_scale_collapse(scale)
    assert found is not None
    assert found.start == len(healthy_scale()) - 1
    assert found.halvings >= 15


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_explosion(seed: int) -> None:
    norm = np.random.default_rng(seed).lognormal(0, 0.3, N) * (1 + 20 * np.exp(-X / 8))
    assert find_explosion(norm) is None
    bad_batch = norm.copy()
    bad_batch[150] *= 200
    assert find_explosion(bad_batch) is None
    grown = norm * np.where(X > 200, np.exp((X - 200) / 15), 1.0)
    found = find_explosion(grown)
    assert found is not None
    assert found.to_the_end
    assert 210 < found.start < 260
    assert found.peak > 100
