"""Trainings with a known outcome; each is also a log under ``sample_logs/trainlog/``."""

from typing import Any

# Sample logs are dense, so that there is something to analyse: a record every 5 steps, an evaluation every 50.
_SAMPLE: dict[str, Any] = {"steps": 3000, "log_every": 5, "eval_every": 50, "checkpoint_every": 100}
_SHORT: dict[str, Any] = {**_SAMPLE, "steps": 1500}
_LITTLE_DATA: dict[str, Any] = {**_SAMPLE, "train_bytes": 49_152, "width": 96, "heads": 4, "lr": 1e-3}

PRESETS: dict[str, dict[str, Any]] = {
    "healthy": _SAMPLE,
    "overfit": {**_LITTLE_DATA, "weight_decay": 0.0},
    # The same text, model and steps as overfit: dropout is the only difference.
    "overfit-dropout": {**_LITTLE_DATA, "weight_decay": 0.0, "dropout": 0.1},
    "not-learning": {**_SHORT, "lr": 1e-7},
    # It learns, then the learning rate rises past all bounds: a warm-up longer than the run, to 9.
    "diverged": {**_SHORT, "lr": 30.0, "warmup": 5000, "clip": 0.0},
    "loss-spike": {**_SAMPLE, "corrupt": "1500:1509", "clip": 0.0},
    "still-improving": {**_SHORT, "min_lr": 1.0},
    "resumed": _SHORT,
    "two-processes": _SHORT,
}
