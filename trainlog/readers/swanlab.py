"""SwanLab run files (``run-ID.swanlab``), or the folder around one (``swanlog``).

Read without swanlab: the framing of W&B, then protocol buffers (swanlab 0.10 ``proto/swanlab``, field numbers below).

## Looks like
    swanlog/run-20260101_120000-abcd1234/run-abcd1234.swanlab
"""

from trainlog.readers import Match
from trainlog.readers._blocklog import read_files
from trainlog.readers._collect import Collector
from trainlog.readers._protobuf import BYTES, FIXED64, VARINT, double, fields, signed, text
from trainlog.readers._source import Source

MAGIC = b":SWL"
PATTERNS = ("*.swanlab", "run-*/*.swanlab", "swanlog/run-*/*.swanlab")
_START, _FINISH, _SCALAR = 10, 11, 13  # of Record
_KEY, _STEP, _TIME, _VALUE = 1, 2, 4, 5  # of ScalarRecord
_NAME = 4  # of StartRecord
_FINISHED = 1  # of FinishRecord.state


def sniff(source: Source) -> Match | None:
    """The file magic, or a folder with run files."""
    if source.is_dir:
        files = _files(source)
        return Match(0.95, f"a folder with {len(files)} .swanlab files") if files else None
    return Match(1.0, "the magic bytes :SWL") if source.head.startswith(MAGIC) else None


def _files(folder: Source) -> list[Source]:
    return [file for pattern in PATTERNS for file in folder.files(pattern)]


def read(source: Source, out: Collector) -> None:
    """Read every run file; each is one run."""
    out.counts_records()
    files = _files(source) if source.is_dir else [source]
    read_files(files, out, lambda data, number: _record(data, number, out), "SwanLab")


def _record(data: bytes, number: int, out: Collector) -> None:
    for field, wire, start, end, _ in fields(data):
        if wire != BYTES:
            continue
        if field == _SCALAR:
            _scalar(data, start, end, number, out)
        elif field == _START:
            names = [text(data, low, high) for inner, kind, low, high, _ in fields(data, start, end) if (inner, kind) == (_NAME, BYTES)]
            out.segment.name = "".join(names[:1])
        elif field == _FINISH:
            states = [value for inner, kind, _, _, value in fields(data, start, end) if (inner, kind) == (1, VARINT)]
            out.segment.status = "completed" if states == [_FINISHED] else "failed"


def _scalar(data: bytes, start: int, end: int, number: int, out: Collector) -> None:
    key, step, moment = "", 0, None
    value: float | None = None
    for field, wire, low, high, bits in fields(data, start, end):
        if (field, wire) == (_KEY, BYTES):
            key = text(data, low, high)
        elif (field, wire) == (_STEP, VARINT):
            step = signed(bits)
        elif (field, wire) == (_TIME, BYTES):
            parts = {inner: signed(part) for inner, kind, _, _, part in fields(data, low, high) if kind == VARINT}
            moment = parts.get(1, 0) + parts.get(2, 0) / 1e9
        elif (field, wire) == (_VALUE, BYTES):
            # a value of 0 is not written: the message is empty
            value = next((double(b) for inner, kind, _, _, b in fields(data, low, high) if (inner, kind) == (1, FIXED64)), 0.0)
    if key and value is not None and out.wants(key):
        out.record(number, step, {key: value}, time_s=moment)
