"""TensorFlow estimators and what is built on them (tensor2tensor, BERT): an evaluation is what ``Saving dict`` says.

## Looks like
    INFO:tensorflow:loss = 7.25, step = 100 (40.123 sec)
    INFO:tensorflow:Saving dict for global step 200: global_step = 200, loss = 6.875, accuracy = 0.25
"""

from trainlog.readers._dialect import Dialect

_DIALECT = Dialect(
    rb"\bloss = \S+, step = \d+|\bSaving dict for global step \d+: ",
    "lines of loss and step, or of the dict of an evaluation",
    (rb"\bSaving dict for global step (\d+): ", rb"validation step \1: "),
)
sniff, read = _DIALECT.sniff, _DIALECT.read
