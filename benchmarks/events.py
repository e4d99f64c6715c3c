"""Read the scalars of a TensorBoard event file: CPU seconds and points lost, beside tbparse and TensorBoard's own EventAccumulator.

python -m benchmarks.events                        # a million scalars
python -m benchmarks.events --scalars 100000 --rounds 3

All read the same file in this process, in turn; every value that is given is compared with what was written. The accumulator is
asked for all points, and once as TensorBoard itself asks it: for a sample.
"""

import argparse
import statistics
import struct
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import machine
from trainlog.readers import read_all
from trainlog.readers._crc32c import masked

TAGS = {"train/loss": "loss", "train/lr": "lr", "train/grad_norm": "grad_norm", "val/loss": "val_loss"}
Points = Mapping[str, tuple[NDArray[np.int64], NDArray[np.float64]]]  # tag -> steps and values


def write(path: Path, count: int) -> Points:
    """Write an event file of ``count`` scalars as torch's SummaryWriter does, checksums included; gives what stands in it."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    tags = list(TAGS)
    values = np.random.default_rng(0).lognormal(size=count).astype(np.float32).astype(np.float64)
    records = [Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString()]
    for index, value in enumerate(values.tolist()):
        summary = Summary(value=[Summary.Value(tag=tags[index % 4], simple_value=value)])
        records.append(Event(wall_time=1.7e9 + index / 10, step=index // 4, summary=summary).SerializeToString())
    with path.open("wb") as stream:
        for record, crc in zip(records, _checksums(records), strict=True):
            header = struct.pack("<Q", len(record))
            stream.write(header + struct.pack("<I", _one(header)) + record + struct.pack("<I", crc))
    return {tag: (np.arange(len(values[at::4])), values[at::4]) for at, tag in enumerate(tags)}


def _one(data: bytes) -> int:
    return int(masked(np.frombuffer(data, dtype=np.uint8)[None, :])[0])


def _checksums(records: list[bytes]) -> list[int]:
    found = np.zeros(len(records), dtype=np.uint32)
    lengths = np.array([len(record) for record in records])
    for length in np.unique(lengths):
        mine = np.flatnonzero(lengths == length)
        found[mine] = masked(np.frombuffer(b"".join(records[i] for i in mine), dtype=np.uint8).reshape(len(mine), int(length)))
    return found.tolist()


def trainlog(path: Path) -> Points:
    [run] = read_all(str(path))
    return {tag: (run.series[name].step, run.series[name].value) for tag, name in TAGS.items()}


def tbparse(path: Path) -> Points:
    from tbparse import SummaryReader

    frame = SummaryReader(str(path)).scalars
    parts = {tag: frame[frame["tag"] == tag] for tag in TAGS}
    return {tag: (part["step"].to_numpy(), part["value"].to_numpy()) for tag, part in parts.items()}


def accumulator(path: Path, size: Mapping[str, int] | None = None) -> Points:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(path), size_guidance=size)
    found.Reload()
    events = {tag: found.Scalars(tag) for tag in TAGS}
    return {tag: (np.array([e.step for e in of]), np.array([e.value for e in of])) for tag, of in events.items()}


READERS: Mapping[str, Callable[[Path], Points]] = {
    "trainlog": trainlog,
    "tbparse": tbparse,
    "EventAccumulator, all": lambda path: accumulator(path, {"scalars": 0}),
    "EventAccumulator": accumulator,
}


def lost(found: Points, written: Points) -> int:
    """How many of the points written were not given; raises AssertionError for one that was not written."""
    missing = 0
    for tag, (step, value) in written.items():
        steps, values = found[tag]
        assert np.array_equal(values, value[steps]), tag
        missing += len(step) - len(np.unique(steps))
    return missing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scalars", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        small, path = Path(folder) / "few", Path(folder) / "events.out.tfevents.1700000000.host"
        small.mkdir()
        few = small / path.name
        written = write(few, 8)
        for read in READERS.values():  # loads what it loads
            assert not lost(read(few), written)
        written = write(path, options.scalars)
        spent: dict[str, list[float]] = {name: [] for name in READERS}
        missing = {}
        for name, read in [*READERS.items()] * options.rounds:
            started = time.process_time()
            found = read(path)
            spent[name].append(time.process_time() - started)
            missing[name] = lost(found, written)
        size = path.stat().st_size / 2**20
    print(f"{machine()}; {options.scalars:,} scalars, {size:.0f} MiB; CPU time, median of {options.rounds}\n")
    print(f"{'':24} {'CPU s':>8} {'this / trainlog':>16} {'points lost':>12}")
    for name, cpu in spent.items():
        ratio = statistics.median(mine / ours for mine, ours in zip(cpu, spent["trainlog"], strict=True))
        print(f"{name:24} {statistics.median(cpu):8.2f} {ratio:16.1f} {missing[name]:12,}")


if __name__ == "__main__":
    main()
