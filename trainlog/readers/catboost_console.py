"""CatBoost console text: what it learns and what it tests on, named by nothing but that.

## Looks like
    0:	learn: 0.6875	test: 0.6891	best: 0.6891 (0)	total: 60.1ms	remaining: 1m
    1:	learn: 0.6751	test: 0.6793	best: 0.6793 (1)	total: 65.1ms	remaining: 32.5s
"""

from trainlog.readers._dialect import Dialect

_DIALECT = Dialect(
    rb"^\d+:\tlearn: \S+\t",
    "iterations with learn:",
    (rb"\tbest: .*", b""),
    (rb"^(\d+):\tlearn: ", rb"step \1\ttrain: "),
    (rb"\ttest: ", rb"\tval: "),
    (rb"\t(?:total|remaining): \S+", b""),
)
sniff, read = _DIALECT.sniff, _DIALECT.read
