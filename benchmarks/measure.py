"""CPU time, wall time and peak memory of whole processes, taken turn by turn so that a busy machine disturbs all alike."""

import os
import platform
import signal
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Cost:
    """What runs of one command took: seconds of CPU (user and system), seconds on the wall, peak MiB of memory."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    peak: list[float] = field(default_factory=list)

    def add(self, measured: tuple[float, float, float]) -> None:
        """Take in one run."""
        for values, value in zip((self.cpu, self.wall, self.peak), measured, strict=True):
            values.append(value)

    @property
    def median(self) -> float:
        return statistics.median(self.cpu)

    def ratio(self, base: "Cost") -> tuple[float, float, float]:
        """Median, least and largest ratio of CPU time to ``base``, run by run."""
        ratios = sorted(mine / other for mine, other in zip(self.cpu, base.cpu, strict=True))
        return statistics.median(ratios), ratios[0], ratios[-1]


#: Byte code is cached and numpy starts its threads, as for users.
NOT_OF_USERS = ("PYTHONDONTWRITEBYTECODE", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
#: Starts a command from a process smaller than any that is measured: a peak of memory counts what it was started from.
LAUNCH = """
import os, sys, time
begin = time.perf_counter()
child = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ)
_, status, used = os.wait4(child, 0)
wall = time.perf_counter() - begin
print("\\n", os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, wall, used.ru_maxrss, file=sys.stderr)
"""


class TimeUp(Exception):
    """A command took longer than it may."""


def costs(commands: Mapping[str, Sequence[str]], *, rounds: int, folder: Path | None = None) -> dict[str, Cost]:
    """Run every command once to warm the disk, then ``rounds`` times in turn. A command that fails with 2 or more raises."""
    found = {name: Cost() for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            measured = once(command, folder=folder)
            if turn:
                found[name].add(measured)
    return found


def once(command: Sequence[str], limit: float | None = None, *, folder: Path | None = None) -> tuple[float, float, float]:
    """Run a command to its end in a folder; CPU seconds, wall seconds, peak MiB.

    Raises RuntimeError when it exits with 2 or more, or with a traceback; TimeUp after ``limit`` seconds.
    """
    environment = {key: value for key, value in os.environ.items() if key not in NOT_OF_USERS}
    started = [sys.executable, "-I", "-S", "-c", LAUNCH, *command]
    process = subprocess.Popen(
        started, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, cwd=folder, start_new_session=True, text=True
    )
    try:
        _, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise TimeUp from None
    errors, _, measured = errors.rstrip("\n").rpartition("\n")
    code, cpu, wall, peak = measured.split()
    if (int(code) not in (0, 1) or "Traceback" in errors) and "--no-such-option" not in command:
        raise RuntimeError(f"{command}: exit {code}: {errors[-500:]}")
    return float(cpu), float(wall), float(peak) / (2**20 if sys.platform == "darwin" else 2**10)


def machine() -> str:
    """The machine in a line."""
    names = Path("/proc/cpuinfo")
    lines = names.read_text(encoding="utf-8").splitlines() if names.exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    return f"{platform.system()}, {model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; Python {platform.python_version()}"
