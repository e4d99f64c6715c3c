"""Read a million scalars from a TensorBoard event file, beside tbparse: ``python -m benchmarks.events [SCALARS]``.

Both run in this process, on the same file, in CPU seconds; every value is compared.
"""

import struct
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np

from trainlog.readers import read_all
from trainlog.readers._crc32c import masked

TAGS = ("train/loss", "train/lr", "train/grad_norm", "val/loss")


def write(path: Path, count: int) -> None:
    """Write an event file of ``count`` scalars as torch's SummaryWriter does, checksums included."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary

    values = np.random.default_rng(0).lognormal(size=count)
    records = [Event(wall_time=1.7e9, file_version="brain.Event:2").SerializeToString()]
    for index, value in enumerate(values.tolist()):
        summary = Summary(value=[Summary.Value(tag=TAGS[index % 4], simple_value=value)])
        records.append(Event(wall_time=1.7e9 + index / 10, step=index // 4, summary=summary).SerializeToString())
    with path.open("wb") as stream:
        for record, crc in zip(records, _checksums(records), strict=True):
            header = struct.pack("<Q", len(record))
            stream.write(header + struct.pack("<I", _one(header)) + record + struct.pack("<I", crc))


def _one(data: bytes) -> int:
    return int(masked(np.frombuffer(data, dtype=np.uint8)[None, :])[0])


def _checksums(records: list[bytes]) -> list[int]:
    found = np.zeros(len(records), dtype=np.uint32)
    lengths = np.array([len(record) for record in records])
    for length in np.unique(lengths):
        mine = np.flatnonzero(lengths == length)
        found[mine] = masked(np.frombuffer(b"".join(records[i] for i in mine), dtype=np.uint8).reshape(len(mine), int(length)))
    return found.tolist()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.out.tfevents.1700000000.host"
        write(path, count)
        started = time.process_time()
        [run] = read_all(str(path))
        ours = time.process_time() - started
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from tbparse import SummaryReader

            started = time.process_time()
            theirs_frame = SummaryReader(str(path)).scalars
        theirs = time.process_time() - started
        for tag, name in zip(TAGS, ("loss", "lr", "grad_norm", "val_loss"), strict=True):
            expected = theirs_frame[theirs_frame["tag"] == tag]["value"].to_numpy()
            assert np.array_equal(run.series[name].value, expected), tag
        print(f"{count:,} scalars: trainlog {ours:.2f} s, tbparse {theirs:.2f} s CPU: {theirs / ours:.1f} times; all values equal")


if __name__ == "__main__":
    main()
