"""XGBoost console text of its scikit-learn interface: ``validation_0`` is the training set where it is given first.

## Looks like
    [0]	validation_0-rmse:2.23053	validation_1-rmse:2.20974
"""

from trainlog.readers._dialect import Dialect

_DIALECT = Dialect(
    rb"^\[\d+\]\s+validation_0-[\w@-]{1,40}:\S{1,30}\s.*validation_1-",
    "rounds with validation_0 and validation_1",
    (rb"\bvalidation_0-", b"train-"),
    (rb"\bvalidation_1-", b"validation-"),
)
sniff, read = _DIALECT.sniff, _DIALECT.read
GROWS = True  # the runs so far can be told while the log is being written
