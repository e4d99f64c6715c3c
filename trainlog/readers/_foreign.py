"""Files that programs leave beside their logs and that are none: named as what they are, with the way to a log."""

import re
from typing import NamedTuple


class Foreign(NamedTuple):
    """What a file is, why it is not read, and what to do instead."""

    what: str
    why: str
    do: str


_RUNS_CODE = "loading it runs whatever code is in it, which trainlog never does"
_SAVE = "where it was made, save the history as JSON: json.dump(history.history, open('history.json', 'w'))"
_BESIDE = "give the log that was written beside it"
_EXPORT = "export it as CSV or JSON lines"
_NUMPY = "save it as text: numpy.savetxt('loss.csv', array, header='loss', comments='')"
_KNOWN: tuple[tuple[re.Pattern[bytes], Foreign], ...] = tuple(
    (re.compile(start, re.DOTALL), Foreign(*said))
    for start, said in (
        (rb"\x80[\x02-\x05][}\](c\x95KGX\x8c]", ("a Python pickle", _RUNS_CODE, _SAVE)),
        (rb"PK\x03\x04.{26}[^/]{0,80}/data\.pkl", ("a PyTorch checkpoint", _RUNS_CODE, _BESIDE)),
        (rb"PK\x03\x04.{0,400}(?:xl/|\[Content_Types\])", ("an Excel workbook", "only text tables are read", _EXPORT)),
        (rb"PK\x03\x04", ("a ZIP archive", "archives are not searched", "unpack it, and give the log or the folder")),
        (rb"\x93NUMPY", ("a NumPy array", "it says no steps and no name of a metric", _NUMPY)),
        (rb"\x89HDF\r\n\x1a\n", ("an HDF5 file (weights)", "it holds no log", _BESIDE)),
        (rb"ARROW1", ("an Arrow file", "no reader for it is installed with trainlog", _EXPORT)),
        (rb"%PDF-", ("a PDF", "curves in pictures are not read", "give the log that they were drawn from")),
        (rb"\x89PNG|\xff\xd8\xff|GIF8", ("a picture", "curves in pictures are not read", "give the log that they were drawn from")),
        (rb"GGUF|.{8}\{\"__metadata__\"", ("a file of weights", "it holds no log", _BESIDE)),
    )
)  # fmt: skip


def foreign(head: bytes) -> Foreign | None:
    """What a file is by its first bytes, None when it is nothing known here."""
    return next((said for start, said in _KNOWN if start.match(head)), None)
