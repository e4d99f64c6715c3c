"""GPU and machine samples: the real NVML binding against a stub driver compiled here, and what rides on which record."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest

from tests import nvml
from trainlog.emit import RunLogger, schema
from trainlog.emit.hardware import merge

FULL = {
    "memory_total_bytes": 80_000_000_000,
    "utilization": 0.97,
    "memory_utilization": 0.41,
    "temperature_c": 61,
    "temperature_limit_c": 87,
    "power_w": 310.2,
    "power_limit_w": 700.0,
    "energy_j": 5.5,
    "sm_clock_mhz": 1755,
    "throttle": ["sw_power_cap"],
}
FIRST = {"index": 0, "name": "Stub 0", "uuid": "GPU-aaaa-0000", "memory_used_bytes": 1_000_000_000, **FULL}
SECOND = {"index": 1, "name": "Stub 1", "uuid": "GPU-bbbb-1111", "memory_used_bytes": 2_000_000_000, **FULL}


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return nvml.compile_stub(tmp_path_factory.mktemp("driver"))


Reader = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def gpus(driver: Path, tmp_path: Path) -> Reader:
    """Read the devices once in a process of its own, with a state of the stub and a CUDA_VISIBLE_DEVICES."""

    def read(visible: str | None = None, **state: int) -> list[dict[str, Any]]:
        done = _python(
            "import json; from trainlog.emit.nvml import Nvml; print(json.dumps(Nvml().read()))",
            driver, tmp_path, visible, **state,
        )  # fmt: skip
        answer: list[dict[str, Any]] = json.loads(done.stdout)
        return answer

    return read


def _python(code: str, driver: Path, tmp_path: Path, visible: str | None = None, **state: int) -> subprocess.CompletedProcess[str]:
    (tmp_path / "state").write_text("".join(f"{key} {value}\n" for key, value in state.items()))
    environment = nvml.environment(driver, tmp_path / "state", visible)
    return subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)


def test_every_quantity_in_its_unit(gpus: Reader) -> None:
    assert gpus() == [FIRST, SECOND]
    jsonschema.validate({"type": "gpu", "time_s": 1.0, "gpu": [FIRST, SECOND]}, schema.load("record"))


@pytest.mark.parametrize(
    ("visible", "seen"),
    [
        ("1,0", ["GPU-bbbb-1111", "GPU-aaaa-0000"]),
        ("GPU-bbbb", ["GPU-bbbb-1111"]),
        ("", []),
        ("-1", []),
        ("1,9,0", ["GPU-bbbb-1111"]),
        ("MIG-unknown,0", []),
    ],
)
def test_visible_devices_are_those_of_cuda(gpus: Reader, visible: str, seen: list[str]) -> None:
    assert [(g["index"], g["uuid"]) for g in gpus(visible)] == list(enumerate(seen))


@pytest.mark.parametrize(
    ("unsupported", "absent"),
    [
        (1, {"temperature_c", "temperature_limit_c"}),
        (2, {"power_w", "power_limit_w"}),
        (4, {"energy_j"}),
        (8, {"sm_clock_mhz"}),
        (32, {"memory_used_bytes", "memory_total_bytes"}),
    ],
)
def test_what_a_device_does_not_tell_is_absent(gpus: Reader, unsupported: int, absent: set[str]) -> None:
    assert gpus(unsupported=unsupported)[0] == {k: v for k, v in FIRST.items() if k not in absent}


def test_an_older_driver_knows_the_reasons_by_another_name(gpus: Reader) -> None:
    assert gpus(unsupported=16)[0]["throttle"] == ["hw_slowdown", "hw_thermal"]


def test_no_reason_is_an_empty_list(gpus: Reader) -> None:
    assert gpus(reasons=0)[0]["throttle"] == []


def test_a_lost_driver_is_one_warning_and_the_training_goes_on(driver: Path, tmp_path: Path) -> None:
    code = f"""
import pathlib, time
from trainlog.emit import RunLogger
log = RunLogger("{tmp_path}/run.jsonl", rank=0, hardware_every_s=0.05)
state = pathlib.Path("{tmp_path}/state")
def step_until(number, seen):
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        sample = log.sample()
        if seen(sample):
            return log.train(number, 2.0, **sample)
        time.sleep(0.01)
    raise SystemExit("no such sample")
step_until(1, lambda sample: "gpu" in sample)
state.write_text("lost 1")
step_until(2, lambda sample: "host" in sample and "gpu" not in sample)
log.close()
"""
    done = _python(code, driver, tmp_path)
    first, second = [r for r in _records(tmp_path / "run.jsonl") if r["type"] == "train"]
    assert [g["name"] for g in first["gpu"]] == ["Stub 0", "Stub 1"]
    assert "gpu" not in second
    assert done.stderr.splitlines() == ["trainlog: the GPU driver was lost (GPU is lost); GPU sampling stops"]


def test_without_a_driver_there_is_still_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    log = RunLogger(path, rank=0, hardware_every_s=0.02)
    deadline = time.monotonic() + 20
    while not any(r["type"] == "gpu" for r in _records(path)) and time.monotonic() < deadline:
        time.sleep(0.02)  # no train record is due: the first sample goes alone when the second is there
    log.train(1, 2.0)
    log.close()
    alone = next(r for r in _records(path) if r["type"] == "gpu")
    assert 0 < alone["host"]["process_ram_bytes"] < alone["host"]["ram_total_bytes"]
    for record in _records(path):
        jsonschema.validate(record, schema.load("record"))


def test_a_sample_rides_on_one_train_record(tmp_path: Path) -> None:
    path = tmp_path / "run.jsonl"
    log = RunLogger(path, rank=0, hardware_every_s=1000.0)
    sample: dict[str, Any] = {}
    deadline = time.monotonic() + 20
    while not sample and time.monotonic() < deadline:
        sample = log.sample()
    log.train(1, 2.0, **sample)
    log.train(2, 2.0)
    log.close()
    first, second = [r for r in _records(path) if r["type"] == "train"]
    assert first["host"] == sample["host"]
    assert "host" not in second


def test_apple_gpus_tell_their_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    from trainlog.emit import hardware

    yes = SimpleNamespace(is_available=lambda: True)
    mps = SimpleNamespace(current_allocated_memory=lambda: 5, driver_allocated_memory=lambda: 9)
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(mps=mps, backends=SimpleNamespace(mps=yes)))
    assert hardware._mps() == [{"index": 0, "name": "Apple MPS", "memory_allocated_bytes": 5, "memory_reserved_bytes": 9}]


def test_torch_memory_is_that_of_devices_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    from trainlog.emit import hardware

    cuda = SimpleNamespace(
        is_initialized=lambda: True,
        device_count=lambda: 2,
        memory_reserved=[0, 9].__getitem__,
        memory_allocated=[0, 5].__getitem__,
        get_device_name=["A", "B"].__getitem__,
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
    held = {"memory_allocated_bytes": 5, "memory_reserved_bytes": 9}
    assert [hardware._torch_memory(i) for i in range(3)] == [{}, held, {}]
    assert hardware._torch_devices() == [{"index": 1, "name": "B", **held}]


def test_ranks_on_one_machine_become_one_list() -> None:
    mine = {"memory_allocated_bytes": 5, "memory_reserved_bytes": 9}
    rank_0 = {"gpu": [{**FIRST, **mine}, SECOND], "host": {"cpu": 0.5}}
    rank_1 = {"gpu": [FIRST, {**SECOND, **mine}], "host": {"cpu": 0.6}}
    assert merge([rank_0, rank_1]) == {
        "gpu": [{**FIRST, **mine, "rank": 0}, {**SECOND, **mine, "rank": 1}],
        "host": {"cpu": 0.5},
    }


def test_devices_of_two_machines_are_numbered_through() -> None:
    there = {**FIRST, "uuid": "GPU-cccc-2222"}
    assert [g["index"] for g in merge([{"gpu": [FIRST, SECOND]}, None, {"gpu": [there]}])["gpu"]] == [0, 1, 2]


def test_nothing_to_merge_is_nothing() -> None:
    assert merge([None, {}]) == {}


def _records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
