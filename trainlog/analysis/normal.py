"""Standard normal numbers, the same on every machine; importing numpy.random would cost more than a whole fit.

Integers by SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195), turned to normal by Box and Muller (1958).
"""

import numpy as np

from trainlog.analysis import Floats

GAMMA = 0x9E3779B97F4A7C15
"""Step of the counter: 2^64 over the golden ratio, made odd."""


def normals(rows: int, columns: int, stream: int) -> Floats:
    """Independent standard normal numbers, float64[rows, columns]; another ``stream`` (>= 0) gives others."""
    half = -(-rows * columns // 2)
    counter = np.arange(2 * half, dtype=np.uint64) + np.uint64(stream << 40)
    bits = (counter + np.uint64(1)) * np.uint64(GAMMA)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    uniform = ((bits ^ (bits >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    radius, angle = np.sqrt(-2.0 * np.log1p(-uniform[:half])), 2 * np.pi * uniform[half:]
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[: rows * columns].reshape(rows, columns)
