"""CPU time, wall time and peak memory of whole processes, taken turn by turn so that a busy machine disturbs all alike."""

import os
import platform
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Cost:
    """What runs of one command took: seconds of CPU (user and system), seconds on the wall, peak MiB of memory."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.cpu)

    def ratio(self, base: "Cost") -> tuple[float, float, float]:
        """Median, least and largest ratio of CPU time to ``base``, run by run."""
        ratios = sorted(mine / other for mine, other in zip(self.cpu, base.cpu, strict=True))
        return statistics.median(ratios), ratios[0], ratios[-1]


class TimeUp(Exception):
    """A command took longer than it may."""


def costs(commands: Mapping[str, Sequence[str]], *, rounds: int, warm: bool = True, folder: Path | None = None) -> dict[str, Cost]:
    """Run every command in turn ``rounds`` times, before that once to warm the disk. A command that fails with 2 or more raises."""
    found = {name: Cost() for name in commands}
    for turn in range(0 if warm else 1, rounds + 1):
        for name, command in commands.items():
            cpu, wall, peak = once(command, folder=folder)
            if turn:
                found[name].cpu.append(cpu)
                found[name].wall.append(wall)
                found[name].peak.append(peak)
    return found


def once(command: Sequence[str], limit: float | None = None, *, folder: Path | None = None) -> tuple[float, float, float]:
    """Run a command to its end in a folder; CPU seconds, wall seconds, peak MiB.

    Raises RuntimeError when it exits with 2 or more, or with a traceback; TimeUp after ``limit`` seconds.
    """
    begin = time.perf_counter()
    # Byte code is cached, as it is for users: with it off, every run would compile the package anew.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, cwd=folder)
    assert process.stderr is not None
    timer = threading.Timer(limit or threading.TIMEOUT_MAX, process.kill)
    timer.start()
    errors = process.stderr.read()
    timer.cancel()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if limit is not None and process.returncode == -signal.SIGKILL:
        raise TimeUp
    if (process.returncode not in (0, 1) or b"Traceback" in errors) and "--no-such-option" not in command:
        raise RuntimeError(f"{command}: exit {process.returncode}: {errors.decode(errors='replace')[-500:]}")
    peak = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - begin, peak


def machine() -> str:
    """The machine in a line."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
