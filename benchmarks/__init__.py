"""Measurements of trainlog, one command each: ``python -m benchmarks.NAME``."""

import os

# Before anything imports numpy, as the command line does: on small matrices the threads of its BLAS only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
