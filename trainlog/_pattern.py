"""Regular expressions that are compiled when first used: a log needs few of those that there are, and each costs as much as a module."""

import re
from functools import cache


@cache
def compiled(expression: str) -> re.Pattern[str]:
    """The expression, compiled once; for text that is rarely met. What every log needs is compiled where it stands."""
    return re.compile(expression)
