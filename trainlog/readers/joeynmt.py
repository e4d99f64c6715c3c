"""Joey NMT ``validations.txt``: one validation per line, without the word; also where it is pasted among other lines.

Before version 2 the loss is a sum over the validation set.

## Looks like
    Steps: 1000	Loss: 412691.40625	PPL: 186.19353	bleu: 0.04071	LR: 0.00030000	*
    Steps: 20500	loss: 2.27696	acc: 0.41801	ppl: 9.74699	LR: 0.00030000
"""

from trainlog.readers._dialect import Dialect

_DIALECT = Dialect(
    rb"^Steps: \d+\t[Ll]oss: |joeynmt\.training",
    "lines of Steps with Loss and PPL, or of joeynmt.training",
    (rb"^Steps: (\d+)\t[Ll]oss: ", rb"Step: \1\tValidation loss: "),
)
sniff, read = _DIALECT.sniff, _DIALECT.read
GROWS = True  # the runs so far can be told while the log is being written
