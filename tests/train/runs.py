"""Trainings of a few seconds: each in a process of its own, as a user starts them, or in this one, which is faster."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from accelerate.state import AcceleratorState, GradientState

from train.train_accelerate import main

ROOT = Path(__file__).resolve().parents[2]

TINY = [
    "--cpu", "--steps=40", "--layers=1", "--width=32", "--context=32", "--batch-size=8", "--warmup=10", "--train-bytes=32768",
    "--val-bytes=5000", "--log-every=5", "--eval-every=10", "--checkpoint-every=10",
]  # fmt: skip
"""A model that learns something in two seconds."""

ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}

ONE = [sys.executable, "-m", "train"]
TWO = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes=2", "--num_machines=1",
       "--mixed_precision=no", "--dynamo_backend=no", "--main_process_port=0", "-m", "train"]  # fmt: skip
"""--multi_gpu means several processes; that they train on the CPU is --cpu of the script. ``accelerate launch --cpu``
starts one process whatever --num_processes says (accelerate 1.15)."""


def start(launch: list[str], folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Train; the log is ``folder``/run.jsonl, checkpoints are beside it."""
    return subprocess.run(
        [*launch, *TINY, f"--log={folder}/run.jsonl", f"--checkpoints={folder}", *options],
        cwd=ROOT, env=ENVIRONMENT | environment, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip


def here(folder: Path, *options: str) -> None:
    """Train in this process, with the same log and checkpoints as ``start``."""
    _forget()
    try:
        main([*TINY, f"--log={folder}/run.jsonl", f"--checkpoints={folder}", *options])
    finally:
        _forget()


def _forget() -> None:
    """Accelerate keeps its state in singletons of the process."""
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


def records(folder: Path, kind: str) -> list[dict[str, Any]]:
    """The records of one type in the log."""
    rows = [json.loads(line) for line in (folder / "run.jsonl").read_text().splitlines() if line.endswith("}")]
    return [row for row in rows if row["type"] == kind]
