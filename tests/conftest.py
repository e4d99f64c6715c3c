"""What every test runs with."""

import os
import signal

# Before anything imports numpy: its BLAS starts a thread per core, and these spin against each other on the small
# matrices of a curve fit, twenty times slower on a busy machine. The command line sets the same.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A job in the background (``nohup pytest &``) ignores interrupts, and what it starts would too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
