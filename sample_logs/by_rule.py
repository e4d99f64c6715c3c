"""Write one small log per rule that the other samples do not show: ``python sample_logs/by_rule.py``.

The numbers are drawn: a healthy run of 80 records to which just that happens which the rule is about. They are the examples of the
rules' pages; ``tests/rules/test_examples.py`` asks that each shows its rule.
"""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Columns = dict[str, Floats]
HERE = Path(__file__).parent / "rules"
RECORDS, EVERY = 80, 10
X = np.arange(1, RECORDS + 1) / RECORDS
GIB = 2.0**30
LATE = X > 0.6


def noise(sd: float, seed: int = 0) -> Floats:
    """Multiplicative noise around 1."""
    return np.exp(np.random.default_rng(seed).normal(0, sd, RECORDS))


LOSS = (1.5 + 2.5 * (1 + X / 0.03) ** -0.6) * noise(0.01)
VAL = (1.55 + 2.5 * (1 + X / 0.03) ** -0.6) * noise(0.003, 1)
TURNS = VAL + 1.2 * np.clip(X - 0.5, 0, None)
RATE = 3e-4 * np.clip(1.2 - X, 0, 1)
SPEED = 50_000 * noise(0.02, 2)


def device(index: int = 0, **fields: Floats | float) -> Columns:
    """Readings of one device, constant where a number is given."""
    return {f"gpu/{index}/{name}": np.broadcast_to(value, RECORDS).astype(np.float64) for name, value in fields.items()}


TOTAL = 24 * GIB
LOGS: dict[str, Columns] = {
    "amp-scale-collapse": {"loss": LOSS, "loss_scale": 65536.0 / 2.0 ** np.clip(np.floor((X - 0.6) * RECORDS), 0, 14)},
    "best-not-saved": {"loss": LOSS * (1 - 0.3 * X), "val_loss": TURNS},
    "constant-validation": {"loss": LOSS, "val_accuracy": np.full(RECORDS, 0.1)},
    "damaged-lines": {"loss": LOSS, "val_loss": VAL},
    "data-stall": {"loss": LOSS, "step_time_s": 0.2 * noise(0.05, 3), "data_time_s": 0.08 * noise(0.1, 4)},
    "diverged": {"loss": np.where(LATE, 6.0, LOSS) * noise(0.01, 5), "lr": RATE},
    "ended-abruptly": {"loss": LOSS, "val_loss": VAL},
    "flat-learning-rate": {"loss": LOSS, "val_loss": VAL, "lr": np.full(RECORDS, 3e-4)},
    "gradient-explosion": {"loss": LOSS, "grad_norm": noise(0.2, 6) * np.where(LATE, 30, 1)},
    "last-evaluation-apart": {"loss": LOSS, "val_loss": np.where(np.arange(RECORDS) == RECORDS - 1, 5 * VAL, VAL)},
    "loss-redefined": {
        "loss": np.where(LATE, 0.3, 0.7) * LOSS + np.where(LATE, 0.7, 0.3) * 2.5 * LOSS**0.5,
        "teacher_loss": LOSS,
        "human_loss": 2.5 * LOSS**0.5,
        "val_loss": np.where(LATE, 0.3, 0.7) * VAL + np.where(LATE, 0.7, 0.3) * 2.5 * VAL**0.5,
    },
    "loss-spike-not-recovered": {"loss": LOSS + np.where(LATE, 0.8 - 0.45 * X, 0), "lr": RATE},
    "memory-leak": {"loss": LOSS, **device(memory_used_bytes=(10 + 9 * X) * GIB * noise(0.002, 7), memory_total_bytes=TOTAL)},
    "memory-near-limit": {"loss": LOSS, **device(memory_used_bytes=23.6 * GIB * noise(0.001, 8), memory_total_bytes=TOTAL)},
    "no-validation": {"loss": LOSS},
    "non-finite-points": {"loss": np.where(np.arange(RECORDS) == 50, np.nan, LOSS), "val_loss": VAL},
    "oscillating": {"loss": LOSS * (1 + 0.08 * np.sin(2 * np.pi * 11 * X)), "val_loss": VAL},
    "power-capped": {"loss": LOSS, **device(power_w=349 * noise(0.002, 9), power_limit_w=350.0)},
    "ppl-mismatch": {"loss": LOSS, "val_loss": VAL, "val_ppl": 2**VAL},
    "rank-imbalance": {"loss": LOSS, **device(0, utilization=0.97), **device(1, utilization=0.55), **device(2, utilization=0.96)},
    "thermal-throttling": {
        "loss": LOSS,
        **device(temperature_c=60 + 28 * np.minimum(X / 0.6, 1), sm_clock_mhz=np.where(LATE, 1400, 1900), temperature_limit_c=88.0),
    },
    "throughput-decay": {"loss": LOSS, "tokens_per_s": SPEED * (1 - 0.4 * X)},
    "too-few-validation-points": {"loss": LOSS, "val_loss": np.where(np.arange(RECORDS) % 20 == 19, VAL, -1)},
    "under-utilised": {"loss": LOSS, **device(utilization=np.clip(0.3 * noise(0.2, 10), 0, 1))},
    "validation-below-training": {"loss": LOSS * 1.2, "val_loss": VAL},
    "zero-learning-rate": {"loss": LOSS, "val_loss": VAL, "lr": 3e-4 * np.clip(1 - X / 0.7, 0, 1)},
}


def records(columns: Columns) -> list[dict[str, object]]:
    """The records of one log, as ``trainlog.emit`` lays them out."""
    out: list[dict[str, object]] = [{"type": "run", "schema": "trainlog/1", "run_id": "drawn", "total_steps": RECORDS * EVERY}]
    for i in range(RECORDS):
        step = (i + 1) * EVERY
        train: dict[str, object] = {"type": "train", "step": step}
        held: dict[str, object] = {"type": "eval", "step": step}
        devices: dict[str, dict[str, object]] = {}
        for name, values in columns.items():
            value = float(f"{values[i]:.5g}")
            if name.startswith("gpu/"):
                _, index, field = name.split("/")
                devices.setdefault(index, {"index": int(index)})[field] = round(value) if field.endswith("bytes") else value
            elif name.startswith("val_"):
                held |= {name: value} if i % 2 and value >= 0 else {}
            else:
                train[name] = value if math.isfinite(value) else str(value).replace("nan", "NaN")
        out.append(train | ({"gpu": list(devices.values())} if devices else {}))
        out += [held] if len(held) > 2 else []
    return out


def saved_twice(lines: list[str]) -> list[str]:
    """Checkpoints of steps 100 and 800."""
    return [*lines, *(json.dumps({"type": "checkpoint", "step": step, "path": f"checkpoints/step-{step:06}"}) for step in (100, 800))]


def cut_off(lines: list[str]) -> list[str]:
    """The last lines are lost, one is torn."""
    return [*lines[:70], lines[70][:20]]


def mixed_up(lines: list[str]) -> list[str]:
    """Two processes wrote into each other."""
    return [line[: len(line) // 2] + line if i % 30 == 29 else line for i, line in enumerate(lines)]


CHANGES: dict[str, Callable[[list[str]], list[str]]] = {
    "best-not-saved": saved_twice,
    "ended-abruptly": cut_off,
    "damaged-lines": mixed_up,
}


def main() -> None:
    HERE.mkdir(exist_ok=True)
    for name, columns in LOGS.items():
        lines = [json.dumps(record) for record in records(columns)]
        lines = CHANGES.get(name, list)(lines)
        (HERE / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
