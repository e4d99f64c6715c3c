"""Judging a log beside merely decoding it: CPU time and memory of whole processes, taken in turn on the same file.

python -m benchmarks.parse                    # a million records, every decoder that is installed
python -m benchmarks.parse --records 10000000 --only orjson
python -m benchmarks.parse --dirt 0.001       # who survives a damaged line in a thousand
"""

import argparse
import importlib.util
import statistics
import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Cost, costs, machine, once
from benchmarks.records import write

#: Programs that read the file named by their argument and do nothing more.
ORJSON = """
import sys, orjson
with open(sys.argv[1], "rb") as lines:
    while block := lines.read(1 << 22):
        block += lines.readline()
        orjson.loads(b"[" + block.rstrip().replace(b"\\n", b",") + b"]")
"""
DECODERS = {
    "orjson": ORJSON,
    "polars": "import sys, polars; polars.read_ndjson(sys.argv[1])",
    "pandas": "import sys, pandas; pandas.read_json(sys.argv[1], lines=True)",
    "pyarrow": "import sys, pyarrow.json; pyarrow.json.read_json(sys.argv[1])",
    "duckdb": "import sys, duckdb; duckdb.sql(f\"select * from read_json_auto('{sys.argv[1]}')\").fetchnumpy()",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dirt", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--only", action="append", choices=DECODERS, default=[], help="beside this decoder; repeatable")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "run.jsonl"
        write(log, options.records, options.dirt)
        commands = {"trainlog diagnose": [sys.executable, "-m", "trainlog", "diagnose", str(log)]}
        for name in options.only or DECODERS:
            if importlib.util.find_spec(name) is None:
                print(f"{name} is not installed: left out")
            else:
                commands[f"{name} decodes"] = [sys.executable, "-c", DECODERS[name], str(log)]
        size = log.stat().st_size / 2**20
        commands = {name: command for name, command in commands.items() if _survives(name, command)}
        found = costs(commands, rounds=options.rounds)
    print(f"{machine()}; {options.records:,} records, {size:.0f} MiB; CPU time of whole processes, median of {options.rounds} rounds\n")
    print(f"{'':20} {'CPU s':>8} {'wall s':>8} {'peak MiB':>9} {'diagnose / this':>16} {'least':>7} {'most':>7}")
    for name, cost in found.items():
        _line(name, cost, found["trainlog diagnose"])


def _survives(name: str, command: list[str]) -> bool:
    try:
        once(command)
    except RuntimeError as error:
        print(f"{name}: fails on this file: {str(error).strip().splitlines()[-1][:160]}")
        return False
    return True


def _line(name: str, cost: Cost, diagnose: Cost) -> None:
    middle, least, most = diagnose.ratio(cost)
    wall, peak = statistics.median(cost.wall), max(cost.peak)
    print(f"{name:20} {cost.median:8.2f} {wall:8.2f} {peak:9.0f} {middle:16.2f} {least:7.2f} {most:7.2f}")


if __name__ == "__main__":
    main()
