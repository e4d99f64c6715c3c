"""Logs to draw, and diagnoses of them with findings made by hand: pictures are tested apart from the rules."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from trainlog.advice import Keep, Wasted
from trainlog.diagnosis import Diagnosis, Reported, diagnose
from trainlog.readers import read
from trainlog.rules import Finding


def write(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def overfit(path: Path, steps: int = 2000, *, gpu: bool = True, spike: int = 900, nan: int = 1500) -> Path:
    """Falls, spikes once, is NaN once; validation turns at 60 %."""
    rng = np.random.default_rng(3)
    records = []
    for step in range(1, steps + 1, 2):
        loss = 2 + 6 * np.exp(-step / 60) + 0.05 * rng.standard_normal() + (5 if step == spike + 1 else 0)
        record: dict[str, Any] = {
            "type": "train",
            "step": step,
            "time_s": step * 0.5,
            "epoch": step / 500,
            "tokens": step * 1024,
            "loss": "NaN" if step == nan + 1 else float(loss),
            "ppl": float(np.exp(loss)),
            "lr": 1e-3 * (1 - step / steps),
        }
        if gpu:
            record["gpu"] = [{"index": i, "memory_used_bytes": (10 + i) * 2**30, "temperature_c": 60 + i} for i in (0, 1)]
        records.append(record)
        if step % 100 == 99:
            rise = max(0.0, step / steps - 0.6) * 2
            records.append(
                {"type": "eval", "step": step, "time_s": step * 0.5, "val_loss": 2.2 + 6 * float(np.exp(-step / 60)) + rise, "tokens": 512}
            )
    return write(path, records)


def judged(path: Path, *findings: Reported, keep: Keep | None = None, verdict: str = "overfitting") -> Diagnosis:
    return replace(diagnose(read(str(path))), findings=findings, keep=keep, verdict=verdict)


def onset(low: int, step: int, high: int) -> Reported:
    return Reported("OVF001", "overfitting", "error", Finding("w", "y", series="val_loss", step=step, step_low=low, step_high=high), "f")


def spike(step: int) -> Reported:
    return Reported("NUM004", "loss-spike", "info", Finding("w", "y", series="loss", step=step), "f")


def kept(step: int, value: float, series: str = "val_loss") -> Keep:
    return Keep(step, None, value, value - 0.01, value + 0.01, (step,), step, 0.1, Wasted(100), series)
