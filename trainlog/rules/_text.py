"""How numbers are written in findings."""

import math


def number(value: float) -> str:
    """Four significant digits."""
    return f"{value:.4g}"


def percent(fraction: float) -> str:
    """A fraction as a percentage, without false digits."""
    value = 100 * fraction
    return f"{value:.0f} %" if abs(value) >= 10 else f"{value:.2g} %"


def count(value: float) -> str:
    """A whole number with thousands separated."""
    return "never" if math.isinf(value) else f"{round(value):,}"


def gib(size: float) -> str:
    """Bytes as GiB."""
    return f"{size / 2**30:.1f} GiB"


def plural(n: int, word: str) -> str:
    """``1 spike``, ``2 spikes``."""
    return f"{n:,} {word}{'' if n == 1 else 's'}"


def duration(seconds: float) -> str:
    """In the unit people would say."""
    for size, word in ((86400.0, "days"), (3600.0, "h"), (60.0, "min")):
        if seconds >= 2 * size or (word == "min" and seconds >= 60):
            return f"{seconds / size:.3g} {word}"
    return f"{seconds:.3g} s"
