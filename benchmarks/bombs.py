"""Inputs made to exhaust memory or time; each is read in a process of its own: ``python -m benchmarks.bombs``."""

import gzip
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

ALLOWED = 500 << 20  # bytes above an idle process that has loaded the readers
GIGABYTE = 1 << 30
CHILD = """
import sys, resource
from trainlog.errors import TrainlogError
from trainlog.readers import read_all, reader, names
for name in names(): reader(name)
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    runs = read_all(sys.argv[1])
    end = f"{len(runs)} runs, {sum(len(r.problems) for r in runs)} problems, {sum(len(s) for r in runs for s in r.series.values())} points"
except TrainlogError as error:
    end = str(error).splitlines()[0].split(": ")[-1]
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle, end)
"""


def _write(path: Path, parts: Iterator[bytes]) -> None:
    with path.open("wb") as stream:
        for part in parts:
            stream.write(part)


def _repeat(start: bytes, part: bytes, size: int, end: bytes = b"") -> Iterator[bytes]:
    yield start
    block = part * max(1, (1 << 20) // len(part))
    for _ in range(size // len(block)):
        yield block
    yield end


def one_line(path: Path) -> None:
    _write(path, _repeat(b'{"step": 1, "loss": 2.0}\n{"step": 2, "text": "', b"a", GIGABYTE, b'"}\n{"step": 3, "loss": 1.0}\n'))


def nested(path: Path) -> None:
    path.write_bytes(b'{"a":' * 1_000_000 + b"1" + b"}" * 1_000_000)


def nested_lists(path: Path) -> None:
    path.write_bytes(b"[" * 1_000_000 + b"]" * 1_000_000)


def gzip_bomb(path: Path) -> None:
    with gzip.open(path, "wb", compresslevel=9) as stream:
        for part in _repeat(b"", b"\0", 4 * GIGABYTE):
            stream.write(part)


def gzip_bomb_of_lines(path: Path) -> None:
    with gzip.open(path, "wb", compresslevel=9) as stream:
        for part in _repeat(b"", b"\n", 2 * GIGABYTE):
            stream.write(part)


def wide(path: Path) -> None:
    columns = 1_000_000
    path.write_bytes(b",".join(b"c%d" % n for n in range(columns)) + b"\n" + (b",".join([b"1.5"] * columns) + b"\n") * 3)


def many_keys(path: Path) -> None:
    _write(path, (b'{"step": %d, "key%d": 1.0}\n' % (n, n) for n in range(200_000)))


def many_kinds(path: Path) -> None:
    sets = (b",".join(b'"key%d": 1.0' % key for key in range(17) if n >> key & 1) for n in range(1, 130_000))
    _write(path, (b'{"step": %d, %b}\n' % (n, keys) for n, keys in enumerate(sets)))


def pairs(path: Path) -> None:
    path.write_bytes(b"[" + b"[1,2]," * 10_000_000 + b"[2,3]]")


def numbers(path: Path) -> None:
    path.write_bytes(b'{"loss": [' + b"1," * 30_000_000 + b"1]}")


def allowed_pairs(path: Path) -> None:
    path.write_bytes(b"[" + b",".join(b"[%d,2.5]" % n for n in range(2_000_000)) + b"]")


def allowed_records(path: Path) -> None:
    path.write_bytes(b"[" + b",".join(b'{"step":%d,"loss":2.5}' % n for n in range(700_000)) + b"]")


def many_runs(path: Path) -> None:
    _write(path, (b'{"step": %d, "loss": 1.0}\n' % step for _ in range(20_000) for step in (1, 50, 100)))


def carriage_returns(path: Path) -> None:
    _write(path, _repeat(b"epoch 1 loss 2.0\n", b"\r 10% loss: 1.5", 1 << 26, b"\n"))


BOMBS: tuple[Callable[[Path], None], ...] = (
    one_line, nested, nested_lists, gzip_bomb, gzip_bomb_of_lines, wide, many_keys, many_kinds, pairs, numbers,
    allowed_pairs, allowed_records, many_runs, carriage_returns,
)  # fmt: skip


def main() -> int:
    """Read each bomb; exit code 1 when one takes too much memory or ends in anything but runs or our error."""
    failed = False
    for bomb in BOMBS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / ("log.jsonl.gz" if "gzip" in bomb.__name__ else "log.csv" if bomb is wide else "log.jsonl")
            bomb(path)
            before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
            done = subprocess.run([sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, timeout=600, check=False)
            spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
            memory, _, end = done.stdout.strip().partition(" ")
            grown = int(memory) * 1024 if memory.isdecimal() else -1
            bad = done.returncode != 0 or not 0 <= grown <= ALLOWED
            failed |= bad
            end = end or (done.stderr.strip().splitlines() or ["killed"])[-1]
            print(f"{'FAILED' if bad else 'ok':7}{bomb.__name__:20} {grown >> 20:5} MiB {spent:6.1f} s CPU: {end[:90]}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
