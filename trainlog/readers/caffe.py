"""Caffe's glog text: outputs of the test net are validation; only those that carry a loss weight are losses.

## Looks like
    I0301 09:30:05.000000  4242 solver.cpp:337] Iteration 1000, Testing net (#0)
    I0301 09:30:05.000000  4242 solver.cpp:404]     Test net output #0: loss/top-5 = 0.0053
    I0301 09:30:05.000000  4242 solver.cpp:404]     Test net output #1: loss/loss = 7.58293 (* 1 = 7.58293 loss)
    I0301 09:30:06.000000  4242 solver.cpp:228] Iteration 1000, loss = 7.10889
"""

from trainlog.readers._dialect import Dialect

_NOT_A_LOSS = rb"(Test net output #\d+: )(?:[\w/-]{0,60}loss[\w-]{0,60}/)([\w-]+ = [^ (\n]+)[ \t]*$"
_DIALECT = Dialect(
    rb"solver\.cpp:\d+\] ",
    "lines of solver.cpp",
    (_NOT_A_LOSS, rb"\1\2"),
    (rb"Test net output (#\d+): ", rb"Test net output \1: val "),
    (rb" \(\* [\d.]+ = \S+ loss\)", b""),
    (rb"(Iteration \d+) \([^)\n]*\)", rb"\1"),
)
sniff, read = _DIALECT.sniff, _DIALECT.read
GROWS = True  # the runs so far can be told while the log is being written
