"""Writing a log while training. Needs neither torch nor numpy.

::

    with trainlog.emit.RunLogger("run.jsonl", config=config) as log:
        log.train(step=step, loss=loss)
        log.eval(step=step, val_loss=val_loss)
        log.checkpoint(step=step, path=path)
"""

from trainlog.emit.logger import RunLogger

__all__ = ["RunLogger"]
