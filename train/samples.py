"""Make the logs under ``sample_logs/trainlog/`` again: ``python -m train.samples [NAME …]``.

Each is a training of its own on the CPU, started the way a user would start it. Losses repeat on the same machine with
the same Python and torch; times do not.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from train.presets import PRESETS

LOGS = Path("sample_logs/trainlog")
WORK = Path("out/samples")

KILLED_AT = 1137
"""Step at which the run of ``resumed`` is killed; its last checkpoint is then that of step 1,100."""

PYTHON = [sys.executable, "-m", "train"]
TWO_PROCESSES = [
    *(sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes=2", "--num_machines=1"),
    *("--mixed_precision=no", "--dynamo_backend=no", "--main_process_port=0", "-m", "train"),
]


def make(name: str) -> None:
    """Train the preset ``name`` and put its log in place."""
    log, checkpoints = WORK / f"{name}.jsonl", Path("checkpoints", name)
    log.unlink(missing_ok=True)
    shutil.rmtree(checkpoints, ignore_errors=True)  # or --resume=latest would go on from the end of an earlier one
    command = [*(TWO_PROCESSES if name == "two-processes" else PYTHON), f"--preset={name}", "--cpu"]
    command += [f"--log={log}", f"--checkpoints={checkpoints.as_posix()}"]
    if name == "resumed":
        _kill(command, log)
        command.append("--resume=latest")
    subprocess.run(command, check=True)  # noqa: S603 - our own module
    LOGS.mkdir(parents=True, exist_ok=True)
    log.replace(LOGS / log.name)


def _kill(command: list[str], log: Path) -> None:
    """Start a training and end it with ``kill -9`` once its log has passed a step."""
    with subprocess.Popen(command) as process:  # noqa: S603
        while process.poll() is None and not (log.exists() and f'"step":{KILLED_AT // 5 * 5},' in log.read_text()):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)


def main(argv: Sequence[str] | None = None) -> None:
    """Train every sample that is named, or all of them, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m train.samples", description="Make the sample logs again.")
    parser.add_argument("names", nargs="*", choices=[*PRESETS, []], metavar="NAME", help=f"which: {', '.join(PRESETS)}")
    for name in parser.parse_args(argv).names or PRESETS:
        make(name)


if __name__ == "__main__":
    main()
