"""llm.c ``main.log``, also written by early modded-nanoGPT: one reading per line, after the step.

## Looks like
    s:0 tel:11.0095
    s:1 trl:11.0116 lr:0.000001 norm:14.96
    s:250 eval:0.2437
"""

from trainlog.readers._dialect import Dialect

_DIALECT = Dialect(
    rb"^s:\d+ (?:tel|trl):",
    "lines of s:STEP with tel: or trl:",
    (rb"^s:(\d+) tel:", rb"step \1 | val_loss: "),
    (rb"^s:(\d+) trl:(\S+)(?: lr:(\S+) norm:)?", rb"step \1 | train_loss: \2 lr: \3 | grad_norm: "),
    (rb"^s:(\d+) eval:", rb"step \1 | hellaswag_accuracy: "),
)
sniff, read = _DIALECT.sniff, _DIALECT.read
GROWS = True  # the runs so far can be told while the log is being written
