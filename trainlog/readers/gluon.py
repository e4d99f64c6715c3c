"""GluonCV training scripts: ``train`` and ``val`` are accuracies, ``loss`` is that of training.

## Looks like
    INFO:root:[Epoch 0] train=0.467608 val=0.558900 loss=1.452417 time: 16.45
"""

from trainlog.readers._dialect import Dialect

_DIALECT = Dialect(
    rb"\[Epoch \d+\] train=[\d.]+ val=[\d.]+ loss=",
    "epochs with train=, val= and loss=",
    (rb"(\[Epoch \d+\]) train=(\S+) val=(\S+) loss=", rb"\1 train_accuracy=\2 val_accuracy=\3 train_loss="),
)
sniff, read = _DIALECT.sniff, _DIALECT.read
GROWS = True  # the runs so far can be told while the log is being written
