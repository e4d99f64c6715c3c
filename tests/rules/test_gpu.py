"""GPU rules: devices and speed."""

import numpy as np
import pytest

from tests.rules.runs import GIB, Floats, N, X, falling, found, judged, noise, why_skipped

TOTAL = np.full(N, 24 * GIB)


def device(index: int = 0, **fields: Floats | float) -> dict[str, Floats]:
    """Readings of one device beside a healthy loss."""
    return {"loss": falling(), **{f"gpu/{index}/{name}": np.broadcast_to(values, N) * 1.0 for name, values in fields.items()}}


LEAK = (10 + 8 * X) * GIB + np.abs(noise(0.3, 5) - 1) * GIB


@pytest.mark.parametrize(
    ("code", "columns", "severity"),
    [
        ("GPU001", device(memory_used_bytes=23.7 * GIB * noise(0.001), memory_total_bytes=TOTAL), "warning"),
        ("GPU001", device(memory_used_bytes=23.0 * GIB, memory_allocated_bytes=23.0 * GIB, memory_total_bytes=TOTAL), "warning"),
        ("GPU002", device(memory_used_bytes=LEAK, memory_total_bytes=TOTAL), "error"),
        ("GPU002", device(memory_used_bytes=LEAK), "warning"),
        ("GPU003", device(throttle=np.where(X > 0.5, 0x20, 0)), "warning"),
        ("GPU003", device(temperature_c=60 + 28 * X, sm_clock_mhz=np.where(X > 0.85, 1400.0, 1900.0), temperature_limit_c=88.0), "warning"),
        ("GPU004", device(throttle=4.0), "info"),
        ("GPU004", device(power_w=349.0, power_limit_w=350.0), "info"),
        ("GPU005", device(utilization=0.3 * noise(0.1)), "warning"),
        ("GPU006", {"loss": falling(), "step_time_s": noise(0.05), "data_time_s": 0.3 * noise(0.05)}, "warning"),
        ("GPU006", {"loss": falling(), "step_time_s": noise(0.05), "data_time_s": 0.6 * noise(0.05)}, "error"),
        ("GPU007", {"loss": falling(), "tokens_per_s": 1000 * (1 - 0.4 * X) * noise(0.03)}, "warning"),
        ("GPU007", {"loss": falling(), "step_time_s": (1 + 0.5 * X) * noise(0.03)}, "warning"),
        ("GPU008", device(0, utilization=0.95) | device(1, utilization=0.5), "warning"),
    ],
)
def test_fires(code: str, columns: dict[str, Floats], severity: str) -> None:
    findings = found(judged(columns), code)
    assert [f.severity for f in findings] == [severity]
    assert findings[0].finding.line > 0
    assert findings[0].finding.data


@pytest.mark.parametrize(
    ("code", "columns"),
    [
        ("GPU001", device(memory_used_bytes=22.0 * GIB, memory_total_bytes=TOTAL)),
        (
            "GPU001",
            device(memory_used_bytes=23.9 * GIB, memory_allocated_bytes=12.0 * GIB, memory_total_bytes=TOTAL),
        ),  # a caching allocator
        ("GPU002", device(memory_used_bytes=(10 + 3 * (1 - np.exp(-X / 0.03))) * GIB)),
        ("GPU002", device(memory_used_bytes=np.where(X > 0.5, 14, 10) * GIB)),
        ("GPU003", device(throttle=np.where(X > 0.995, 0x20, 0))),
        ("GPU003", device(throttle=4.0)),
        ("GPU003", device(temperature_c=87.0, sm_clock_mhz=1900 * noise(0.003), temperature_limit_c=88.0)),
        ("GPU004", device(power_w=200.0, power_limit_w=350.0)),
        ("GPU005", device(utilization=np.clip(0.95 * noise(0.02), 0, 1))),
        ("GPU006", {"loss": falling(), "step_time_s": noise(0.05), "data_time_s": 0.05 * noise(0.05)}),
        ("GPU006", {"loss": falling(), "step_time_s": np.where(np.arange(N) % 40 == 39, 30.0, 1.0)}),  # evaluations
        ("GPU007", {"loss": falling(), "tokens_per_s": 1000 * noise(0.1)}),
        ("GPU007", {"loss": falling(), "tokens_per_s": 1000 * (1 - 0.4 * np.exp(-X / 0.01)) * noise(0.03)}),  # warm-up
        ("GPU007", {"loss": falling(), "tokens_per_s": 1000 * (1 + 0.05 * np.cos(np.pi * X)) * noise(0.1, 0)}),  # wanders within the noise
        ("GPU008", device(0, utilization=0.95) | device(1, utilization=0.9)),
    ],
)
def test_silent(code: str, columns: dict[str, Floats]) -> None:
    diagnosis = judged(columns)
    assert not found(diagnosis, code)
    assert code in diagnosis.ran


def test_a_leak_says_in_how_many_steps_memory_is_full() -> None:
    (finding,) = found(judged(device(memory_used_bytes=LEAK, memory_total_bytes=TOTAL)), "GPU002")
    data = finding.finding.data
    assert data["steps_to_oom_low"] <= data["steps_to_oom"] <= data["steps_to_oom_high"]
    assert data["steps_to_oom"] == pytest.approx(5 / 8 * 4000, rel=0.2)
    assert data["bytes_per_step"] == pytest.approx(8 * GIB / 4000, rel=0.1)


@pytest.mark.parametrize("code", ["GPU001", "GPU002", "GPU003", "GPU004", "GPU005", "GPU006", "GPU007", "GPU008"])
def test_a_log_without_devices_says_so(code: str) -> None:
    assert why_skipped(judged({"loss": falling()}), code)


@pytest.mark.parametrize("code", ["GPU002", "GPU003", "GPU005", "GPU006", "GPU007", "GPU008"])
def test_too_few_readings_are_not_judged(code: str) -> None:
    few = np.ones(12)
    columns = {"loss": falling()[:12], "step_time_s": few, "tokens_per_s": few}
    columns |= {f"gpu/{i}/{field}": few for i in (0, 1) for field in ("memory_used_bytes", "utilization", "temperature_c", "sm_clock_mhz")}
    assert "fewer than" in (why_skipped(judged(columns), code) or "")


def test_readings_of_different_records_are_matched_by_their_line() -> None:
    columns = device(temperature_c=60 + 28 * X, sm_clock_mhz=np.where(X > 0.85, 1400.0, 1900.0), temperature_limit_c=88.0)
    columns["gpu/0/sm_clock_mhz"] = columns["gpu/0/sm_clock_mhz"][1::2]
    assert len(found(judged(columns), "GPU003")) == 1
