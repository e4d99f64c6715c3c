"""Whole blocks decoded into typed slots must say the same as the same objects decoded one by one."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainlog.readers import read_all
from trainlog.readers._collect import Collector
from trainlog.readers._shape import Shape
from trainlog.readers._table import Table
from trainlog.run import Run

FLOATS = st.floats(-1e6, 1e6)
NUMBERS = st.one_of(st.integers(-(10**6), 10**6), FLOATS, st.sampled_from(["NaN", "-Infinity", "2.5"]))
CELLS = st.one_of(NUMBERS, st.none(), st.booleans(), st.text(max_size=3), st.lists(st.integers(0, 9), max_size=2))
ROWS = st.fixed_dictionaries(
    {"step": st.integers(0, 10**6)},
    optional={
        "loss": NUMBERS,
        "val/loss": CELLS,
        "Épo ch": CELLS,
        "epoch": st.integers(0, 9),
        "train": st.fixed_dictionaries({}, optional={"acc": NUMBERS, "x": CELLS}),
    },
)


def points(runs: list[Run]) -> dict[tuple[str, int], list[tuple[Any, ...]]]:
    """Every point of every series; repr, since NaN equals nothing."""
    return {
        (name, run.index): sorted(zip(s.line.tolist(), s.step.tolist(), map(repr, s.value.tolist()), strict=True))
        for run in runs
        for name, s in run.series.items()
    }


@settings(deadline=None, max_examples=150)
@given(st.lists(ROWS, min_size=1, max_size=8), st.lists(ROWS, min_size=1, max_size=8))
def test_slots_and_dicts_say_the_same(before: list[dict[str, Any]], block: list[dict[str, Any]]) -> None:
    outs = [Collector(), Collector()]
    tables = [Table(out) for out in outs]
    for table in tables:
        table.add(range(1, len(before) + 1), before)
    shape = Shape(tables[0].interest)
    shape.learn(before)
    lines = range(len(before) + 1, len(before) + len(block) + 1)
    columns = shape.columns(orjson.dumps(block), len(block))
    if columns is None:
        shape.learn(block)
        columns = shape.columns(orjson.dumps(block), len(block))
    if columns is not None:
        tables[0].add_columns(np.array(lines), columns)
        tables[1].add(lines, block)
        assert points(outs[0].finish("a", "jsonl")) == points(outs[1].finish("a", "jsonl"))


def big(tmp_path: Path, change: dict[int, str], count: int = 4000) -> Run:
    """A log of many blocks, a few of its lines replaced."""
    path = tmp_path / "log.jsonl"
    pad = "x" * 400
    lines = [json.dumps({"step": i, "loss": 1000.0 - i, "lr": 0.1, "note": pad, "sub": {"acc": i / count}}) for i in range(1, count + 1)]
    for index, text in change.items():
        lines[index - 1] = text
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (run,) = read_all(str(path))
    return run


def test_a_key_that_comes_late_is_found(tmp_path: Path) -> None:
    run = big(tmp_path, {3500: '{"step": 3500, "loss": 1.5, "late/metric": 7}', 3900: '{"step": 3900, "late/metric": 8}'})
    late = run.series["late/metric"]
    assert (late.step.tolist(), late.value.tolist(), late.line.tolist()) == ([3500, 3900], [7, 8], [3500, 3900])
    assert len(run.series["loss"]) == 3999
    assert not run.problems


def test_nothing_readable_is_lost_in_a_damaged_block(tmp_path: Path) -> None:
    run = big(
        tmp_path,
        {
            2000: '{"step": 2000, "loss": NaN, "lr": 0.1}',
            2001: '{"step": 2001, "loss": -Infinity, "note": "a: NaN, b"}',
            2002: '{"step": 2002, "loss": "NaN"}',
            2003: '{"step": 2003, "loss": null, "lr": 0.1}',
            2500: '{"step": 2500, "loss": 3.5}{"step": 2501, "loss": 4.5}',
            2501: "",
            2600: '{"step": 2600, "loss": 5.5, "lr": 0.',
            2700: "Traceback (most recent call last):",
        },
    )
    loss = run.series["loss"]
    at = dict(zip(loss.step.tolist(), loss.value.tolist(), strict=True))
    assert math.isnan(at[2000])
    assert at[2001] == -math.inf
    assert math.isnan(at[2002])
    assert 2003 not in at
    assert (at[2500], at[2501], at[2600]) == (3.5, 4.5, 5.5)
    assert len(loss) == 4000 - 2
    assert [p.line for p in run.problems] == [2600, 2700]
    assert len(run.series["accuracy"]) == 4000 - 8


def test_types_that_change_half_way(tmp_path: Path) -> None:
    run = big(tmp_path, {i: json.dumps({"step": i, "loss": str(i), "lr": i % 2 == 0, "sub": None}) for i in range(3000, 3500)})
    assert len(run.series["loss"]) == 4000
    assert run.series["loss"].value[2999] == 3000.0
    assert len(run.series["lr"]) == 3500
    assert {p.line for p in run.problems} == set(range(3000, 3500))


@pytest.mark.parametrize("devices", [1, 2])
def test_devices_are_read_in_blocks_and_one_by_one_alike(tmp_path: Path, devices: int) -> None:
    def gpu(step: int) -> list[dict[str, Any]]:
        reasons = ["sw_power_cap"] if step % 7 == 0 else []
        return [{"index": d, "name": "H100" * 99, "power_w": 300.5 + step + d, "throttle": reasons} for d in range(devices)]

    records: list[dict[str, Any]] = [{"type": "run", "schema": "trainlog/1", "total_steps": 4000, "config": {"lr": 1}}]
    for step in range(1, 4001):
        record = {"type": "train", "step": step, "time_s": step / 2, "loss": 2.0}
        records.append({**record, "gpu": gpu(step)} if step % 3 else record)
        if step % 100 == 0:
            records.append({"type": "eval", "step": step, "val_loss": 3.0})
            records.append({"type": "checkpoint", "step": step, "path": f"checkpoints/{step}"})
    records.append({"type": "end", "status": "completed", "step": 4000})
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
    (run,) = read_all(str(path))
    assert len(run.checkpoints) == len(run.series["val_loss"]) == 40
    assert run.checkpoints[-1].path == "checkpoints/4000"
    assert run.status == "completed"
    for device in range(devices):
        power, throttle = run.series[f"gpu/{device}/power_w"], run.series[f"gpu/{device}/throttle"]
        steps = [s for s in range(1, 4001) if s % 3]
        assert power.step.tolist() == steps
        assert power.value.tolist() == [300.5 + s + device for s in steps]
        assert power.time_s is not None
        assert throttle.value.tolist() == [4.0 if s % 7 == 0 else 0.0 for s in steps]
    assert not run.problems


def test_a_block_without_a_row_of_metrics(tmp_path: Path) -> None:
    log = tmp_path / "run.jsonl"
    rows = [json.dumps({"type": "train", "step": step, "loss": 2.0}) for step in range(30_000)]
    readings = [json.dumps({"type": "gpu", "step": step, "gpu": [{"index": 0, "power_w": 300.0}]}) for step in range(10_000)]
    log.write_text('{"type":"run","schema":"trainlog/1"}\n' + "\n".join(rows + readings), encoding="utf-8")
    run = read_all(str(log))[0]
    assert {name: len(series) for name, series in run.series.items()} == {"loss": 30_000, "gpu/0/power_w": 10_000}
