"""Trainings with a known outcome; each is also a log under ``sample_logs/trainlog/``."""

from typing import Any

# Sample logs are dense, so that there is something to analyse: a record every 5 steps, 60 evaluations per run.
_SAMPLE: dict[str, Any] = {"steps": 3000, "log_every": 5, "eval_every": 50, "checkpoint_every": 100}
_LITTLE_DATA: dict[str, Any] = {**_SAMPLE, "train_bytes": 49_152, "width": 96, "heads": 4}

PRESETS: dict[str, dict[str, Any]] = {
    "healthy": _SAMPLE,
    "overfit": {**_LITTLE_DATA, "lr": 1e-3, "weight_decay": 0.0},
}
