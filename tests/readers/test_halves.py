"""A long log that two processes read gives the same runs, to the last bit, as when one does."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

from trainlog.readers import _halves, _source, read_all
from trainlog.readers._collect import Collector
from trainlog.run import Run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork") or not hasattr(os, "sched_getaffinity"), reason="needs fork")
COUNT = 400


def steps(first: int = 1, last: int = COUNT, **more: object) -> Iterator[str]:
    for step in range(first, last + 1):
        yield json.dumps({"step": step, "loss": round(4 - step / 200, 4), "lr": 3e-4, "time_s": step * 0.5, **more})
        if step % 10 == 0:
            yield json.dumps({"step": step, "val_loss": 4.1 - step / 200})


def own(first: int = 1, last: int = COUNT) -> Iterator[str]:
    for step in range(first, last + 1):
        yield json.dumps({"type": "train", "step": step, "loss": 4 - step / 200, "gpu": [{"index": 0, "power_w": 300.0}]})
        if step % 20 == 0:
            yield json.dumps({"type": "checkpoint", "step": step, "path": f"step-{step}"})
            yield json.dumps({"type": "gpu", "step": step, "gpu": [{"index": 0, "temperature_c": 61}]})


HEADER = '{"type":"run","schema":"trainlog/1","run_id":"%s","config":{"lr":0.1}}'
END = '{"type":"end","status":"completed"}'
LOGS: dict[str, list[str]] = {
    "plain": [*steps()],
    "own records": [HEADER % "a", *own(), END],
    "a resume in the later half": [*steps(1, 300), *steps(250, COUNT)],
    "a resume that the log tells of": [HEADER % "a", *own(1, 300), '{"type":"resume","step":250}', *own(251, COUNT), END],
    "another run in the later half": [HEADER % "a", *own(1, 250), END, HEADER % "b", *own(1, 150)],
    "the same run goes on": [HEADER % "a", *own(1, 250), HEADER % "a", *own(240, COUNT)],
    "damage everywhere": [line[: len(line) // 2] if n % 17 == 0 else line for n, line in enumerate(steps())],
    "junk everywhere": [f"junk {line}" if n % 13 == 0 else line for n, line in enumerate(steps())],
    "two on a line": [line * 2 if n % 29 == 0 else line for n, line in enumerate(steps())],
    "a number that becomes a text": [*steps(1, 200, acc=0.5), *steps(201, COUNT, acc="none")],
    "a text that becomes a number": [*steps(1, 200, acc="none"), *steps(201, COUNT, acc=0.5)],
    "a key that comes late": [*steps(1, 300), *steps(301, COUNT, grad_norm=1.5)],
    "a key that goes early": [*steps(1, 100, grad_norm=1.5), *steps(101, COUNT)],
    "runs by a key": [*chain.from_iterable(zip(steps(run="a"), steps(run="b"), strict=True))],
    "NaN": [line.replace("0.0003", "NaN") for line in steps()],
    "empty lines": [*chain.from_iterable((line, "") for line in steps())],
}


def told(runs: list[Run]) -> list[object]:
    """Everything that runs say, bit for bit."""
    found: list[object] = []
    for run in runs:
        rest = {name: getattr(run, name) for name in Run.__dataclass_fields__ if name != "series"}
        arrays = [(n, f, a.tobytes(), str(a.dtype)) for n, s in run.series.items() for f in FIELDS if (a := getattr(s, f)) is not None]
        found.append((rest, arrays))
    return found


FIELDS = ("step", "value", "line", "time_s", "epoch")


@pytest.fixture(autouse=True)
def _short_logs_are_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_halves, "LONG", 1000)
    for module in (_halves, _source):
        monkeypatch.setattr(module, "BLOCK", 1000)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(threading, "active_count", lambda: 1)  # other tests may have left a thread that waits for a log to grow


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the halves that met could be joined."""
    calls: list[bool] = []
    join: Callable[[Collector, Collector, int], bool] = Collector.join

    def watched(self: Collector, later: Collector, lines: int) -> bool:
        calls.append(join(self, later, lines))
        return calls[-1]

    monkeypatch.setattr(Collector, "join", watched)
    return calls


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("name", LOGS)
def test_two_processes_say_what_one_says(name: str, end: str, tmp_path: Path, joined: list[bool]) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(LOGS[name]) + end, encoding="utf-8")
    assert told(read_all(str(log), both=True)) == told(read_all(str(log)))
    assert joined == ([] if name == "runs by a key" else [name != "a number that becomes a text"])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(steps()), encoding=encoding)
    assert told(read_all(str(log), both=True)) == told(read_all(str(log)))


def test_one_line_is_no_two_halves(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(json.dumps({"step": 1, "loss": 2.0, "text": "a" * 5000}), encoding="utf-8")
    assert told(read_all(str(log), both=True)) == told(read_all(str(log)))


def test_a_process_that_dies_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, joined: list[bool]) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(steps()), encoding="utf-8")
    alone = told(read_all(str(log)))
    monkeypatch.setattr(_halves, "_hand_over", lambda *_: os._exit(9))
    assert told(read_all(str(log), both=True)) == alone
    assert not joined


def test_one_core_reads_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, joined: list[bool]) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(steps()), encoding="utf-8")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    assert np.size(read_all(str(log), both=True)[0].series["loss"].value) == COUNT
    assert not joined
