"""Kinds of run that are told by their devices and their speed. Losses are healthy; defects sit in the readings."""

from dataclasses import replace

import numpy as np

from benchmarks.accuracy.draw import Draft, Floats, Frame, healthy, observe

_GIB = 2.0**30


def _base(at: Frame, kind: str, code: str | None = None, **truth: object) -> Draft:
    """A healthy device: 24 GiB of which 60 % are used, busy, warm, at full clock; a steady speed."""
    at.x = np.linspace(1 / 300, 1, 300) if len(at.x) < 150 else at.x
    at.total = max(at.total, 600)
    at.x = np.unique(np.round(at.x * at.total)) / at.total
    draft = healthy(at, kind, at.power, at.power, **truth)
    if code is not None:
        draft = observe(at, kind, at.power, at.power, must=frozenset({code}), overfit=False, **truth)
    n = len(at.x)
    _device(draft, 0, used=14.4 * _GIB * (1 - 0.3 * np.exp(-at.x / 0.01)) + np.abs(at.rng.normal(0, 0.1, n)) * _GIB)
    speed = 50_000 * np.exp(at.rng.normal(0, 0.03, n))
    draft.columns["tokens_per_s"] = (at.x, speed)
    draft.columns["step_time_s"] = (at.x, 16_000 / speed)
    return draft


def _device(draft: Draft, index: int, **fields: Floats) -> None:
    """Set the readings of one device; fields not given are those of a healthy one."""
    at = draft.frame
    n = len(at.x)
    readings = {
        "used": 14.4 * _GIB * np.ones(n),
        "utilization": np.clip(0.96 + at.rng.normal(0, 0.02, n), 0, 1),
        "temperature": 50 + 22 * (1 - np.exp(-at.x / 0.05)) + at.rng.normal(0, 0.7, n),
        "clock": 1900 + at.rng.normal(0, 8, n),
        "power": 300 + at.rng.normal(0, 6, n),
    } | fields
    names = {
        "used": "memory_used_bytes",
        "utilization": "utilization",
        "temperature": "temperature_c",
        "clock": "sm_clock_mhz",
        "power": "power_w",
        "throttle": "throttle",
    }
    for key, values in readings.items():
        draft.columns[f"gpu/{index}/{names[key]}"] = (at.x, values)
    draft.columns[f"gpu/{index}/memory_total_bytes"] = (at.x, np.full(n, 24 * _GIB))
    draft.columns[f"gpu/{index}/power_limit_w"] = (at.x, np.full(n, 350.0))
    draft.columns[f"gpu/{index}/temperature_limit_c"] = (at.x, np.full(n, 90.0))


def _noise(at: Frame, sigma: float) -> Floats:
    return at.rng.normal(0, sigma, len(at.x))


def device_healthy(at: Frame) -> Draft:
    """One device, two in half of the runs; nothing wrong."""
    draft = _base(at, "device_healthy")
    if at.rng.random() < 0.5:
        _device(draft, 1)
    return draft


def device_caches(at: Frame) -> Draft:
    """Memory grows while caches fill, steps up once with a larger batch, and peaks at each evaluation."""
    draft = _base(at, "device_caches")
    used = 10 * _GIB + 3 * _GIB * (1 - np.exp(-at.x / 0.04)) + np.where(at.x > at.rng.uniform(0.3, 0.8), 2 * _GIB, 0)
    used = used + np.where(at.rng.random(len(at.x)) < 0.05, 4 * _GIB, 0) + np.abs(_noise(at, 0.1)) * _GIB
    _device(draft, 0, used=used)
    return draft


def device_pauses(at: Frame) -> Draft:
    """Every fiftieth step waits for an evaluation; the device idles meanwhile."""
    draft = _base(at, "device_pauses")
    pause = np.arange(len(at.x)) % 50 == 49
    x, seconds = draft.columns["step_time_s"]
    draft.columns["step_time_s"] = (x, np.where(pause, 20 * seconds, seconds))
    draft.columns["tokens_per_s"] = (x, 16_000 / draft.columns["step_time_s"][1])
    _device(draft, 0, utilization=np.where(pause, 0.1, np.clip(0.96 + _noise(at, 0.02), 0, 1)))
    return draft


def power_capped(at: Frame) -> Draft:
    """At its power limit all the time: no defect, a note."""
    draft = _base(at, "power_capped", notes=frozenset({"GPU004"}))
    _device(draft, 0, power=350 + _noise(at, 2), throttle=np.where(at.rng.random(len(at.x)) < 0.9, 0x4, 0).astype(np.float64))
    return draft


def memory_leak(at: Frame) -> Draft:
    """The floor of memory rises by a sixth to a half of the device."""
    draft = _base(at, "memory_leak", "GPU002")
    return _leaking(draft, 10, float(at.rng.uniform(4, 9)), 0.3)


def _leaking(draft: Draft, floor: float, size: float, noise: float) -> Draft:
    """The floor rises by ``size`` GiB over the run; the truth is the step at which a reading first reaches the total, had it gone on."""
    at = draft.frame
    _device(draft, 0, used=(floor + size * at.x + np.abs(_noise(at, noise))) * _GIB)
    later = 1 + np.arange(1, int(20 * len(at.x))) / len(at.x)
    beyond = floor + size * later + np.abs(at.rng.normal(0, noise, len(later)))
    draft.truth = replace(draft.truth, full=at.total * float(later[int(np.argmax(beyond >= 24))]))
    return draft


def memory_full(at: Frame) -> Draft:
    """Memory peaks within 2 % of the total."""
    draft = _base(at, "memory_full", "GPU001")
    _device(draft, 0, used=np.minimum(23.7, 23.0 + np.abs(_noise(at, 0.4))) * _GIB)
    return draft


def thermal_bits(at: Frame) -> Draft:
    """The driver says that heat holds the clock down, from some step on."""
    draft = _base(at, "thermal_bits", "GPU003")
    hot = at.x > at.rng.uniform(0.2, 0.8)
    held = hot & (at.rng.random(len(at.x)) < 0.7)
    _device(
        draft,
        0,
        temperature=np.where(hot, 88.0, 70.0) + _noise(at, 0.7),
        clock=np.where(held, 1400.0, 1900.0) + _noise(at, 8),
        throttle=np.where(held, 0x20, 0).astype(np.float64),
    )
    return draft


def thermal_clock(at: Frame) -> Draft:
    """No bits; temperature climbs to the limit and the clock gives way."""
    draft = _base(at, "thermal_clock", "GPU003", may=frozenset({"GPU007"}))
    hot = np.clip((at.x - at.rng.uniform(0.1, 0.5)) / 0.2, 0, 1)
    _device(draft, 0, temperature=65 + 24 * hot + _noise(at, 0.5), clock=1900 - 420 * np.clip(hot - 0.7, 0, 1) / 0.3 + _noise(at, 8))
    return draft


def hot_but_fast(at: Frame) -> Draft:
    """Hot, at full clock."""
    draft = _base(at, "hot_but_fast")
    _device(draft, 0, temperature=86 + _noise(at, 1.0))
    return draft


def under_used(at: Frame) -> Draft:
    """Busy for a fifth to two fifths of the time."""
    draft = _base(at, "under_used", "GPU005")
    _device(draft, 0, utilization=np.clip(at.rng.uniform(0.2, 0.4) + _noise(at, 0.08), 0, 1))
    return draft


def data_wait(at: Frame) -> Draft:
    """A quarter to three quarters of each step waits for its batch, and the log says so."""
    draft = _base(at, "data_wait", "GPU006")
    x, seconds = draft.columns["step_time_s"]
    draft.columns["data_time_s"] = (x, seconds * np.clip(at.rng.uniform(0.3, 0.75) + _noise(at, 0.04), 0, 1))
    return draft


def data_fine(at: Frame) -> Draft:
    """One step in twenty waits; 2 % in all."""
    draft = _base(at, "data_fine")
    x, seconds = draft.columns["step_time_s"]
    draft.columns["data_time_s"] = (x, seconds * np.where(at.rng.random(len(x)) < 0.05, 0.3, 0.01))
    return draft


def data_stall(at: Frame) -> Draft:
    """No data time in the log; one step in ten takes five to ten times as long, with an idle device."""
    draft = _base(at, "data_stall", "GPU006")
    stall = at.rng.random(len(at.x)) < 0.1
    x, seconds = draft.columns["step_time_s"]
    draft.columns["step_time_s"] = (x, np.where(stall, at.rng.uniform(5, 10, len(x)), 1) * seconds)
    draft.columns["tokens_per_s"] = (x, 16_000 / draft.columns["step_time_s"][1])
    _device(draft, 0, utilization=np.where(stall, 0.05, np.clip(0.96 + _noise(at, 0.02), 0, 1)))
    return draft


def slower(at: Frame) -> Draft:
    """A fifth to a half of the speed is lost over the run."""
    draft = _base(at, "slower", "GPU007")
    x, speed = draft.columns["tokens_per_s"]
    speed = speed * (1 - at.rng.uniform(0.2, 0.5) * x)
    draft.columns["tokens_per_s"], draft.columns["step_time_s"] = (x, speed), (x, 16_000 / speed)
    return draft


def imbalance(at: Frame) -> Draft:
    """One of four devices runs at three quarters of the others' clock."""
    draft = _base(at, "imbalance", "GPU008")
    slow = int(at.rng.integers(0, 4))
    for index in range(4):
        _device(draft, index, clock=(1400 if index == slow else 1900) + _noise(at, 8))
    return draft


def leak_slow(at: Frame) -> Draft:
    """The floor rises by 1.5 to 3 GiB of 24 under readings that vary by half a GiB."""
    draft = _base(at, "leak_slow", "GPU002")
    return _leaking(draft, 12, float(at.rng.uniform(1.5, 3)), 0.5)


def memory_wanders(at: Frame) -> Draft:
    """Memory goes up and down by a GiB with the lengths of the examples."""
    draft = _base(at, "memory_wanders")
    wave = np.sin(2 * np.pi * (at.x * at.rng.uniform(0.5, 3) + at.rng.uniform(0, 1)))
    _device(draft, 0, used=(14 + wave) * _GIB + np.abs(_noise(at, 0.3)) * _GIB)
    return draft


def speed_wanders(at: Frame) -> Draft:
    """Speed varies by 5 % over hours, and single steps by 10 %."""
    draft = _base(at, "speed_wanders")
    x, speed = draft.columns["tokens_per_s"]
    speed = speed * (1 + 0.05 * np.sin(2 * np.pi * (x * at.rng.uniform(0.5, 3) + at.rng.uniform(0, 1)))) * np.exp(_noise(at, 0.1))
    draft.columns["tokens_per_s"], draft.columns["step_time_s"] = (x, speed), (x, 16_000 / speed)
    return draft
