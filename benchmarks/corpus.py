"""Read every log of a labelled folder and compare with its manifest: ``python -m benchmarks.corpus DIR [--only TEXT]``.

DIR holds ``manifest.csv`` (file, format, train_points, val_points, note...) and the files. One line per file: the format
chosen, runs, training and validation points found and expected, problems. A file is right when the points agree within
5 % (or one point), counted over all runs, or when ``EXPLAINED`` says why they do not.
"""

import argparse
import csv
import math
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from trainlog.errors import TrainlogError
from trainlog.readers import read_all
from trainlog.run import Run
from trainlog.vocab import base_of, split_of

TOLERANCE = 0.05  # of the points: repeated steps and what a resume supersedes are counted differently
EXPLAINED = Path(__file__).with_name("corpus_explained.toml")


@dataclass(frozen=True, slots=True)
class Row:
    """What was found in one file: ``state`` is right, explained, wrong or crashed."""

    file: str
    state: str
    format: str
    runs: int
    train: int
    val: int
    expected: tuple[float, float]
    remark: str


def points(runs: list[Run], split: str) -> int:
    """The points of the metric a run is judged by, over all runs: its loss, else the longest series of the split."""
    total = 0
    for run in runs:
        mine = [series for name, series in run.series.items() if split_of(name) == split and not name.startswith("gpu/")]
        losses = [len(series) for series in mine if base_of(series.name) in ("loss", "ppl", "bpb", "mse", "rmse")]
        total += max(losses, default=0)
    return total


def check(path: Path, expected: tuple[float, float], why: str | None) -> Row:
    """Read one file."""
    try:
        runs = read_all(str(path))
    except TrainlogError as error:
        right = not any(points > 0 for points in expected)
        state = "right" if right else "explained" if why else "wrong"
        return Row(path.name, state, "-", 0, 0, 0, expected, why or str(error).replace("\n", " ").replace(str(path), "")[:150])
    except Exception:  # noqa: BLE001 - a traceback is what this looks for
        return Row(path.name, "crashed", "-", 0, 0, 0, expected, traceback.format_exc().strip().split("\n")[-1])
    train, val = points(runs, "train"), points(runs, "val")
    pairs = [(got, want) for got, want in zip((train, val), expected, strict=True) if not math.isnan(want)]
    agrees = all(abs(got - want) <= max(1, TOLERANCE * want) for got, want in pairs)
    problems = [problem.what for run in runs for problem in run.problems]
    superseded = sum(run.superseded for run in runs)
    remark = "; ".join([*([f"{superseded} superseded"] if superseded else []), *problems[:2]])[:120]
    state = "right" if agrees else "explained" if why else "wrong"
    return Row(path.name, state, runs[0].format, len(runs), train, val, expected, why if why and not agrees else remark)


def rows(folder: Path, only: str, explained: Mapping[str, str]) -> Iterator[Row]:
    """Check every file of the manifest whose path contains ``only``."""
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as stream:
        for entry in csv.DictReader(stream):
            if only in entry["file"]:
                expected = float(entry["train_points"] or "nan"), float(entry["val_points"] or "nan")
                why = next((reason for part, reason in explained.items() if part in entry["file"]), None)
                yield check(folder / entry["file"], expected, why)


def main() -> int:
    """Print the table and the count; the exit code is 1 for a crash or when fewer than 97 % are right."""
    import tomllib

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="", help="only files whose path contains this")
    parser.add_argument("--wrong", action="store_true", help="only files that are not right")
    options = parser.parse_args()
    explained = tomllib.loads(EXPLAINED.read_text(encoding="utf-8")) if EXPLAINED.exists() else {}
    counts: dict[str, int] = {}
    print(f"{'':9} {'format':18} {'runs':>4} {'train':>13} {'val':>11}  file: remark")
    for row in rows(options.folder, options.only, explained):
        counts[row.state] = counts.get(row.state, 0) + 1
        if not options.wrong or row.state != "right":
            train, val = (f"{got}/{want:g}" for got, want in zip((row.train, row.val), row.expected, strict=True))
            print(f"{row.state:9} {row.format:18} {row.runs:4} {train:>13} {val:>11}  {row.file[-60:]}: {row.remark}")
    total = sum(counts.values())
    good = counts.get("right", 0) + counts.get("explained", 0)
    print(f"{total} files: " + ", ".join(f"{state} {count}" for state, count in sorted(counts.items())))
    return 0 if total and good >= 0.97 * total and not counts.get("crashed") else 1


if __name__ == "__main__":
    sys.exit(main())
