"""What a command costs before it does anything: CPU time as a multiple of bare Python's, taken in turn.

python -m benchmarks.startup
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import costs, machine
from benchmarks.records import write

RECORDS = 1_000
LIMITS = {"--help": 7.0, "shell completion": 7.0, "rule": 7.0, "formats": 7.0, "a usage error": 7.0, f"diagnose, {RECORDS:,} records": 18.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "run.jsonl"
        write(log, RECORDS)
        trainlog = [sys.executable, "-m", "trainlog"]
        asks = ["env", "_TRAINLOG_COMPLETE=complete_bash", "COMP_WORDS=trainlog di", "COMP_CWORD=1"]
        rest = (["rule"], ["formats"], ["diagnose", "--no-such-option"], ["diagnose", str(log)])
        run = [[*trainlog, "--help"], [*asks, *trainlog], *([*trainlog, *argv] for argv in rest)]
        commands = {"python -c pass": [sys.executable, "-c", "pass"]}
        commands |= dict(zip(LIMITS, run, strict=True))
        found = costs(commands, rounds=rounds, folder=Path(folder))  # where no configuration is
    base = found["python -c pass"]
    print(f"{machine()}; CPU time, median of {rounds} rounds; bare Python {1000 * base.median:.1f} ms\n")
    print(f"{'command':28} {'ms':>7} {'ratio':>7} {'least':>7} {'most':>7} {'aim':>6}")
    for name, limit in LIMITS.items():
        middle, least, most = found[name].ratio(base)
        print(f"{name:28} {1000 * found[name].median:7.1f} {middle:7.1f} {least:7.1f} {most:7.1f} {limit:6.0f}")


if __name__ == "__main__":
    main()
