"""Damage samples and see that only our own error escapes: ``python -m benchmarks.damage [--count 20000] [--format NAME]``.

Every reader reads ``count`` damaged versions of its samples (cut, flipped, spliced, repeated, re-encoded, and mixtures); half
of the time the format is forced, half of the time it is guessed. ``--bombs`` reads inputs made to exhaust memory instead, each
in a process of its own that may use 500 MB more than an idle one.
"""

import argparse
import random
import sys
import tempfile
import time
import tomllib
import traceback
from collections.abc import Callable
from pathlib import Path

from trainlog.errors import TrainlogError
from trainlog.readers import names, read_all

SAMPLES = Path("sample_logs")
MAX_SAMPLE = 6_000  # bytes taken of a sample: some hundred records; damage does not get worse with length
SLOW = 5.0  # CPU s for one damaged file of that size: a pattern that backtracks

Mutation = Callable[[bytes, random.Random], bytes]


def truncate(data: bytes, source: random.Random) -> bytes:
    return data[: source.randrange(len(data))] if data else data


def flip(data: bytes, source: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(source.randint(1, 20)):
        if changed:
            changed[source.randrange(len(changed))] ^= 1 << source.randrange(8)
    return bytes(changed)


def splice(data: bytes, source: random.Random) -> bytes:
    start, end = sorted(source.randrange(len(data) + 1) for _ in range(2))
    at = source.randrange(len(data) + 1)
    return data[:at] + data[start : start + min(end - start, 2_000)] + data[at:]


def drop(data: bytes, source: random.Random) -> bytes:
    start, end = sorted(source.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[start + min(end - start, 2_000) + 1 :]


def repeat(data: bytes, source: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = source.randrange(len(lines))
    return b"\n".join([*lines[:at], *[lines[at][:500]] * source.randint(2, 50), *lines[at:]])


def recode(data: bytes, source: random.Random) -> bytes:
    return data.decode("latin-1").encode(source.choice(["utf-16", "utf-16-be", "utf-8-sig", "utf-32", "utf-7"]))


def insert(data: bytes, source: random.Random) -> bytes:
    bits = [
        b"nan",
        b"-inf",
        b"1e999",
        b"9" * 400,
        b'"',
        b"{",
        b"[" * 50,
        b"\0" * 9,
        b"\xff\xfe",
        b",,,",
        b"\r",
        b"\x1b[31m",
        b"NaN}",
        b"-" * 60,
    ]
    at = source.randrange(len(data) + 1)
    return data[:at] + source.choice(bits) + data[at:]


MUTATIONS: tuple[Mutation, ...] = (truncate, flip, splice, drop, repeat, recode, insert)


def mutate(data: bytes, source: random.Random) -> bytes:
    """Damage data in one way or several."""
    for _ in range(source.randint(1, 3)):
        data = source.choice(MUTATIONS)(data, source)
    return data


def samples() -> dict[str, list[bytes]]:
    """The sample files of each format."""
    expect = tomllib.loads((SAMPLES / "expect.toml").read_text(encoding="utf-8"))
    found: dict[str, list[bytes]] = {name: [] for name in names()}
    for path, row in expect.items():
        files = [SAMPLES / path] if (SAMPLES / path).is_file() else sorted(p for p in (SAMPLES / path).rglob("*") if p.is_file())
        found[row["format"]].extend(file.read_bytes()[:MAX_SAMPLE] for file in files)
    return found


def try_one(data: bytes, path: Path, input_format: str | None) -> str | None:
    """Read damaged data; what went wrong, or None."""
    path.write_bytes(data)
    started = time.process_time()
    try:
        read_all(str(path), input_format=input_format)
    except TrainlogError:
        pass
    except Exception:  # noqa: BLE001 - whatever escapes is what this looks for
        return traceback.format_exc().strip()
    spent = time.process_time() - started
    return f"took {spent:.1f} s" if spent > SLOW else None


def damage(name: str, originals: list[bytes], count: int, folder: Path) -> int:
    """Read ``count`` damaged samples of one format; the number of failures, each kept as a file."""
    source = random.Random(name)
    failures = 0
    for turn in range(count):
        data = mutate(source.choice(originals), source)
        wrong = try_one(data, folder / "damaged", name if turn % 2 else None)
        if wrong:
            failures += 1
            kept = Path(tempfile.gettempdir()) / f"trainlog_damage_{name}_{turn}"
            kept.write_bytes(data)
            print(f"{name}: {wrong.splitlines()[-1]}: {kept}")
            if failures <= 2:
                print(wrong)
    return failures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--format", choices=names())
    parser.add_argument("--bombs", action="store_true")
    options = parser.parse_args()
    if options.bombs:
        from benchmarks.bombs import main as bombs

        return bombs()
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, originals in samples().items():
            if originals and options.format in (None, name):
                started = time.process_time()
                found = damage(name, originals, options.count, Path(folder))
                print(
                    f"{name:18} {options.count:,} damaged samples, {found} failures, {time.process_time() - started:.0f} s CPU", flush=True
                )
                failures += found
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
