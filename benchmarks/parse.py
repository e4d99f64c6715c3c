"""Judging a log beside merely decoding it: CPU time and memory of whole processes, taken in turn on the same file.

python -m benchmarks.parse                    # a million records, every decoder that is installed
python -m benchmarks.parse --records 10000000 --only orjson
python -m benchmarks.parse --dirt 0.001       # with a damaged line in a thousand
python -m benchmarks.parse --full             # with all digits of every number

At the end: who survives which damage, and with how many of the losses.
"""

import argparse
import importlib.util
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Cost, costs, machine, once
from benchmarks.records import DIRT, write

#: Programs that read the file named by their argument and do nothing more.
ORJSON = """
import sys, orjson
with open(sys.argv[1], "rb") as lines:
    while block := lines.read(1 << 22):
        block += lines.readline()
        orjson.loads(b"[" + block.rstrip().replace(b"\\n", b",") + b"]")
"""
DECODERS = {  # duckdb has to be told to go on where a record has other keys than those it sampled
    "orjson": ORJSON,
    "polars": "import sys, polars; polars.read_ndjson(sys.argv[1])",
    "pandas": "import sys, pandas; pandas.read_json(sys.argv[1], lines=True)",
    "pyarrow": "import sys, pyarrow.json; pyarrow.json.read_json(sys.argv[1])",
    "duckdb": "import sys, duckdb; duckdb.sql(f\"select * from read_json_auto('{sys.argv[1]}', ignore_errors=true)\").fetchnumpy()",
}
#: The same with as much forgiveness as they offer, saying how many losses they found.
FORGIVING = {
    "trainlog": "import sys, trainlog; print(sum(len(run.series['loss']) for run in trainlog.read_all(sys.argv[1])))",
    "orjson": "import sys, orjson; print(sum('loss' in orjson.loads(line) for line in open(sys.argv[1], 'rb')))",
    "polars": "import sys, polars; print(polars.read_ndjson(sys.argv[1], ignore_errors=True)['loss'].drop_nulls().len())",
    "pandas": "import sys, pandas; print(pandas.read_json(sys.argv[1], lines=True)['loss'].count())",
    "pyarrow": "import sys, pyarrow.json as j; t = j.read_json(sys.argv[1])['loss']; print(len(t) - t.null_count)",
    "duckdb": "import sys, duckdb as d; log = f\"read_json_auto('{sys.argv[1]}', ignore_errors=true)\"; "
    "print(d.sql(f'select count(loss) from {log}').fetchone()[0])",
}
DAMAGED = 20_000  # records in a log that is damaged in one way


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dirt", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--full", action="store_true", help="all digits of every number")
    parser.add_argument("--only", action="append", choices=DECODERS, default=[], help="beside this decoder; repeatable")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "run.jsonl"
        write(log, options.records, options.dirt, full=options.full)
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
    _survival(options.only or list(DECODERS))


def _survival(names: Sequence[str]) -> None:
    """How many of the losses each finds in a log of which one line in a hundred is damaged; a dash where it gives up."""
    names = [name for name in ("trainlog", *names) if importlib.util.find_spec(name) is not None]
    print(f"\nlosses found of {DAMAGED:,}, a line in a hundred damaged\n{'':8}" + "".join(f"{name:>10}" for name in names))
    with tempfile.TemporaryDirectory() as folder:
        for kind in DIRT:
            log = Path(folder) / "run.jsonl"
            write(log, DAMAGED, 0.01, (kind,))
            asked = ([sys.executable, "-c", FORGIVING[name], str(log)] for name in names)
            done = [subprocess.run(command, capture_output=True, text=True, check=False) for command in asked]
            print(f"{kind:8}" + "".join(f"{'-' if one.returncode else one.stdout.strip():>10}" for one in done))


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
