"""Kaldi's nnet3 and chain training: objective functions, which rise to 0, as losses. Of several logs, what ``grep`` found in all of them.

## Looks like
    LOG (nnet3-train[5.5]:PrintStatsForThisPhase():nnet-training.cc:309) Average objective function for 'output' for minibatches 0-9 is -2.31 over 1280 frames.
    exp/log/train.12.1.log:LOG (nnet3-chain-train[5.5]:PrintTotalStats():nnet-training.cc:348) Overall average objective function for 'output' is -0.10 over 505600 frames.
    exp/log/compute_prob_valid.12.log:LOG (nnet3-chain-compute-prob[5.5]:...) Overall log-probability for 'output' is -0.12 per frame, over 20000 frames.
"""  # noqa: E501 - lines of a log

from trainlog.readers._dialect import Dialect

_VALUE = rb" for 'output' (?:is|for minibatches \d+-\d+ is) (?:[-+.\de]+ \+ [-+.\de]+ = )?-([.\d]+(?:e[-+]\d+)?)[, ][^\n]*"
_DIALECT = Dialect(
    rb"LOG \(nnet3-[^\n]*\) (?:Average objective function|Overall average objective function|Overall log-\w+) for 'output' ",
    "objective functions that nnet3 logs",
    (rb"^LOG \(nnet3-[^\n]*?\) Average objective function(?= for 'output' for minibatches (\d+))" + _VALUE, rb"step \1 loss: \2"),
    (rb"^\S*?train\.(\d+)\.\d+\.log:LOG \(nnet3-[^\n]*?\) Overall average objective function" + _VALUE, rb"step \1 loss: \2"),
    (rb"^\S*?compute_prob_valid\.(\d+)\.log:LOG \(nnet3-[^\n]*?\) Overall log-\w+" + _VALUE, rb"step \1 val_loss: \2"),
)
sniff, read = _DIALECT.sniff, _DIALECT.read
GROWS = True  # the runs so far can be told while the log is being written
