"""nnU-Net training logs (``training_log_*.txt`` of versions 1 and 2): one block of lines per epoch.

Losses are Dice plus cross-entropy and go below zero.

## Looks like
    2021-05-15 18:56:46.363181: epoch:  0
    2021-05-15 18:58:02.499817: train loss : -0.4667
    2021-05-15 18:58:22.607199: validation loss: -0.6738
    2021-05-15 18:58:22.608899: Average global foreground Dice: [0.69, 0.98]
"""

import re

from trainlog.readers import Match
from trainlog.readers._cells import moment
from trainlog.readers._collect import Collector
from trainlog.readers._source import Source
from trainlog.readers._table import as_float

_STAMP = r"(?:(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+): )?"
_EPOCH = re.compile(_STAMP + r"[Ee]poch:? +(\d+)\s*$")
_VALUE = re.compile(
    _STAMP + r"(train[ _]loss|validation loss|val_loss|lr|Current learning rate|This epoch took|Epoch time):?\s*:?\s*"
    r"([-+.\w]+)(?: s)?\s*$"
)
_DICE = re.compile(_STAMP + r"(?:Average global foreground Dice: |Pseudo dice )\[(.+)\]")
_NAMES = {
    "train loss": "train_loss",
    "validation loss": "val_loss",
    "current learning rate": "lr",
    "this epoch took": "epoch_time_s",
    "epoch time": "epoch_time_s",
}
_SEEN = (b"foreground Dice", b"Pseudo dice")


def sniff(source: Source) -> Match | None:
    """Lines of Dice scores as nnU-Net words them, with epochs before them."""
    head = source.head
    dice = any(word in head for word in _SEEN)
    return Match(0.95, "epochs with losses and foreground Dice") if dice and b"poch" in head and b"train" in head else None


def read(source: Source, out: Collector) -> None:
    """Collect what the lines of one epoch say."""
    epoch: float | None = None
    start = 0
    when: float | None = None
    values: dict[str, float | None] = {}
    for number, line in source.lines():
        found = _EPOCH.match(line.rstrip())
        if found:
            out.record(start, None, values, epoch=epoch, time_s=when)
            epoch, start, values = float(found[2]), number, {}
            when = moment(found[1]) if found[1] else None
            continue
        pair = _VALUE.match(line.rstrip())
        dice = _DICE.match(line)
        if pair and epoch is not None:
            values[_NAMES.get(pair[2].lower(), pair[2])] = as_float(pair[3].rstrip("s"))
        elif dice and epoch is not None:
            scores = [float(score) for score in re.findall(r"\d+\.\d+(?:e-?\d+)?|nan", dice[2])]
            values["val_dice"] = sum(scores) / len(scores) if scores else None
    out.record(start, None, values, epoch=epoch, time_s=when)
