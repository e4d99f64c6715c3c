"""fairseq console text: losses are in bits; ``nll_loss`` is the likelihood, ``loss`` may be smoothed over labels.

## Looks like
    2026-03-01 09:31:00 | INFO | train_inner | epoch 001:     50 / 100 loss=9.3, nll_loss=8.1, ppl=274.4, num_updates=50, lr=0.0005
    2026-03-01 09:31:00 | INFO | valid | epoch 001 | valid on 'valid' subset | loss 9.1 | nll_loss 7.9 | ppl 238.9 | num_updates 100
"""

from trainlog.readers._dialect import Dialect

_DIALECT = Dialect(
    rb"\| valid on '\w+' subset \||\| train_inner \| epoch \d+:|^\| epoch \d+ \| loss ",
    "lines of train_inner or valid on a subset",
    (rb"\bloss([ =][^ ,|\n]+[ ,|]+nll_loss[ =])", rb"label_smoothed\1"),
    (rb"\b(?:nll_)?loss([ =])", rb"loss_bits\1"),
    (rb"\bbest_\w+ [^ |\n]+", b""),
)
sniff, read = _DIALECT.sniff, _DIALECT.read
GROWS = True  # the runs so far can be told while the log is being written
