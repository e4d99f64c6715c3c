"""Arrays in, frozen results out: pure functions on numpy arrays that know no run, no file and no text."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
