"""Hostile strings through every output, each output read with a parser that is not ours: ``python -m benchmarks.hostile [COUNT [FIRST]]``.

Every string stands wherever text of a log is shown: names, paths, keys, reasons, advice. One in a hundred goes the whole way: a log
that holds it under its name, read and judged by the command line. Prints what failed, by output, with the first string that did.
"""

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tests.render.checks import CHECKS
from tests.render.hostile import hostile, poisoned
from tests.render.runner import commands
from trainlog import render
from trainlog.cli import main
from trainlog.emit.encode import to_line
from trainlog.render import Style

COUNT = 100_000
BATCH = 500
WHOLE_WAY = 100
BINARY = ("parquet",)
Failure = tuple[str, int, str]  # output, number of the string, what went wrong


def check(batch: range) -> list[Failure]:
    """What goes wrong with these strings."""
    return [failure for seed in batch for failure in (*_rendered(seed), *(_whole_way(seed) if seed % WHOLE_WAY == 0 else ()))]


def _rendered(seed: int) -> Iterator[Failure]:
    diagnoses = poisoned(hostile(seed))
    for name, holds in CHECKS.items():
        try:
            holds(render.renderer(name).render(diagnoses, Style()), len(diagnoses))
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what this looks for
            yield name, seed, f"{type(error).__name__}: {error}"[:200]


def _whole_way(seed: int) -> Iterator[Failure]:
    """A log whose keys, texts and file name are the string, as a step of a workflow would have it judged."""
    text = hostile(seed)
    with tempfile.TemporaryDirectory() as folder:
        name = text.encode("utf-8", "replace").decode().replace("/", "_").replace("\0", "_")[:60] or "_"
        log = Path(folder) / name
        records = [{"step": i, "loss": 3 - i / 20, "val_loss": abs(i - 15) / 10 + 1, text: text, f"val_{text}": i} for i in range(1, 31)]
        log.write_bytes(b"".join(to_line({"type": "train", **record, "name": text}) for record in records))
        for output, holds in CHECKS.items():
            out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), contextlib.chdir(folder):
                code = main(["diagnose", "-o", output, "--", name])
            try:
                shown, told = _whole(out), _whole(err).decode()
                assert commands(told) == [], told
                if code != 2 or shown:
                    holds(shown if output in BINARY else shown.decode(), 1)
            except Exception as error:  # noqa: BLE001  # whatever it is, it is what this looks for
                yield f"{output}, from a log", seed, f"{type(error).__name__}: {error}"[:200]


def _whole(stream: io.TextIOWrapper) -> bytes:
    stream.seek(0)
    return bytes(stream.buffer.read())


def failures(count: int, first: int, jobs: int) -> Iterator[Failure]:
    """All of them, the work shared by some processes."""
    batches = [range(start, min(start + BATCH, first + count)) for start in range(first, first + count, BATCH)]
    with ProcessPoolExecutor(jobs) as pool:
        for found in pool.map(check, batches):
            yield from found


if __name__ == "__main__":
    total, begin = (int(sys.argv[i]) if len(sys.argv) > i else default for i, default in ((1, COUNT), (2, 0)))
    found: dict[str, list[Failure]] = {}
    for failure in failures(total, begin, os.cpu_count() or 1):
        found.setdefault(failure[0], []).append(failure)
    for output, failed in found.items():
        print(f"{output}: {len(failed):,} fail; the first is hostile({failed[0][1]}): {hostile(failed[0][1])!r}: {failed[0][2]}")
    print(f"{total:,} strings through {len(CHECKS)} outputs: {sum(map(len, found.values())):,} failures")
    sys.exit(1 if found else 0)
