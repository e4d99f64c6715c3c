"""build-nanoGPT ``log/log.txt``: step, kind of reading, value.

## Looks like
    0 val 10.9519
    0 hella 0.2487
    0 train 10.955011
"""

from trainlog.readers._dialect import Dialect

_DIALECT = Dialect(
    rb"^\d+ (?:val|train) [\d.]+$",
    "lines of STEP with val or train",
    (rb"^(\d+) (val|train) (?=\S+$)", rb"step \1 | \2_loss: "),
    (rb"^(\d+) hella (?=\S+$)", rb"step \1 | hellaswag_accuracy: "),
)
sniff, read = _DIALECT.sniff, _DIALECT.read
GROWS = True  # the runs so far can be told while the log is being written
