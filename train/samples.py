"""Make the logs under ``sample_logs/trainlog/`` again: ``python -m train.samples [NAME …]``.

Each is a training of its own, started the way a user would start it. Losses repeat on the same machine with the same
Python and torch; times do not.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

LOGS = Path("sample_logs/trainlog")
WORK = Path("out/samples")

SAMPLES = ("healthy", "overfit")
"""Names of presets, which are also names of logs."""


def make(name: str) -> None:
    """Train the preset ``name`` and put its log in place."""
    log = WORK / f"{name}.jsonl"
    log.unlink(missing_ok=True)
    subprocess.run([sys.executable, "-m", "train", *options(name, log)], check=True)  # noqa: S603 - our own module
    LOGS.mkdir(parents=True, exist_ok=True)
    log.replace(LOGS / log.name)


def options(name: str, log: Path) -> list[str]:
    """The command line of one sample."""
    return ["--preset", name, "--cpu", "--log", str(log), "--checkpoints", f"checkpoints/{name}"]


def main(argv: Sequence[str] | None = None) -> None:
    """Train every sample that is named, or all of them, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m train.samples", description="Make the sample logs again.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which: {', '.join(SAMPLES)} (default: all)")
    for name in parser.parse_args(argv).names or SAMPLES:
        make(name)


if __name__ == "__main__":
    main()
