"""Run -> the records that ``trainlog.emit`` writes: reading them again gives the same run."""

import math
from collections.abc import Iterator
from datetime import UTC
from typing import Any

import orjson

from trainlog.run import Run, Series
from trainlog.vocab import base_of, canonical, split_of

_Rows = dict[tuple[int, str, float | None], dict[str, Any]]


def records(run: Run) -> Iterator[bytes]:
    """One line of strict JSON per record, in the order of steps; metrics in canonical units."""
    yield _line({"type": "run", "schema": "trainlog/1", **_about(run)})
    rows: _Rows = {}
    measured = _evaluations(run)
    for series in run.series.values():
        _add(series, rows, run, measured)
    checkpoints = [(c.step, {"type": "checkpoint", "step": c.step, **({"path": c.path} if c.path else {})}) for c in run.checkpoints]
    points = [(step, row) for (step, *_), row in rows.items()]
    for _, row in sorted([*points, *checkpoints], key=lambda pair: (pair[0], _ORDER[pair[1]["type"]])):
        yield _line(row)
    if run.status is not None:
        yield _line({"type": "end", "status": run.status, "step": run.last_step})


_ORDER = {"train": 0, "eval": 1, "checkpoint": 2}


def _about(run: Run) -> dict[str, Any]:
    """What is known of the run beside its metrics."""
    about: dict[str, Any] = {"run_id": f"{run.source}#{run.index}"}
    if run.name:
        about["name"] = run.name
    if run.started is not None:
        about["started"] = run.started.astimezone(UTC).isoformat().replace("+00:00", "Z")
    for key in ("total_steps", "steps_per_epoch"):
        if getattr(run, key) is not None:
            about[key] = getattr(run, key)
    return about | {"config": dict(run.config)}


def _evaluations(run: Run) -> set[int]:
    """The lines that evaluations stand on alone: what else is on them (how many tokens they took) is theirs."""
    lines: dict[bool, set[int]] = {True: set(), False: set()}
    for series in run.series.values():
        training = split_of(series.name) == "train"
        if not training or base_of(series.name) in ("loss", "lr"):
            lines[training].update(series.line.tolist())
    return lines[False] - lines[True]


def _add(series: Series, rows: _Rows, run: Run, measured: set[int]) -> None:
    """Put every point of a series into the record of its step and moment."""
    training = split_of(series.name) == "train"
    device = series.name.split("/")[1] if series.name.startswith("gpu/") else None
    key = base_of(series.name) if device is not None else _key(series.name, run)
    for i, (step, value, line) in enumerate(zip(series.step.tolist(), series.value.tolist(), series.line.tolist(), strict=True)):
        kind = "train" if training and line not in measured else "eval"
        moment = None if series.time_s is None or not math.isfinite(series.time_s[i]) else float(series.time_s[i])
        row = rows.get((step, kind, moment))
        if row is None:
            row = rows[step, kind, moment] = {"type": kind, run.axis if run.axis != "record" else "step": step}
        for name, known in (("epoch", series.epoch), ("time_s", series.time_s)):
            if known is not None and name not in row and math.isfinite(known[i]):
                row[name] = float(known[i])
        if device is None:
            row[key] = value
        else:
            _device(row, device)[key] = value


def _device(row: dict[str, Any], index: str) -> dict[str, Any]:
    devices: list[dict[str, Any]] = row.setdefault("gpu", [])
    wanted: int | str = int(index) if index.isdecimal() else index
    for device in devices:
        if device["index"] == wanted:
            return device
    devices.append({"index": wanted})
    return devices[-1]


def _key(name: str, run: Run) -> str:
    """A key that means the canonical ``name``: an evaluation set stands between split and metric (``val/news/loss``)."""
    if run.raw_names.get(name) == name or canonical(name).canonical == name or "/" not in name:
        return name
    subset = name.split("/", 1)[1]
    return f"{split_of(name)}/{subset}/{base_of(name)}"


def _line(record: dict[str, Any]) -> bytes:
    """Strict JSON; non-finite numbers as strings, as in the record format."""
    options = orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    return orjson.dumps({key: _plain(value) for key, value in record.items()}, option=options, default=str)


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return {key: _plain(item) for key, item in value.items()} if isinstance(value, dict) else value
