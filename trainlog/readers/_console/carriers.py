"""What a log collector puts before every line: the time, the container, the rank. The text behind it is the log.

Known are GitHub Actions, Kubernetes, CloudWatch and whoever writes RFC 3339; syslog and journald; docker compose; mpirun,
srun and torchrun, which number the ranks; Ray; and the signs of quoting and commenting.
"""

import re
from collections.abc import Sequence

from trainlog.readers._console.stamps import WIDTH

MIN_LINES = 4  # of the head that have text
SHARE = 0.95  # of these that must have it
MAX_SOURCES = 0.25  # of these: so many different containers or ranks at most; more are numbers that count
ROUNDS = 2  # one carrier may carry another
SAMPLE = 2000  # lines looked at
_KINDS = (
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)[ \t]{1,4}(?:std(?:out|err) [FP] |algo-\d{1,4}[-\w]{0,40} )?",
    rb"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w.-]{1,80} [\w./-]{1,80}(?:\[\d{1,9}\])?: ?",
    rb"\(\w{1,80} (?:pid|ip)=[^)\n]{1,80}\) ?",
    rb"\[\d{1,4},\d{1,6}\]<std\w{1,6}>: ?",
    rb"\[(?:default|rank ?)\d{1,6}\]: ?",
    rb"[\w.-]{1,80}-\d{1,6} {1,40}\| ",
    rb"\d{1,6}: ",
    rb"[#>] ",
)
_COUNTS = (_KINDS[-3], _KINDS[-2])  # kinds that may as well be the first column of a log


class Carriers:
    """Takes what stands before every line away; ``head``: the start of the text."""

    def __init__(self, head: bytes) -> None:
        self._kinds: list[re.Pattern[bytes]] = []
        lines = [line for line in head.split(b"\n")[:SAMPLE] if line.strip()]
        for _ in range(ROUNDS):
            kind = next((kind for kind in _KINDS if _is_on(kind, lines)), None)
            if kind is None:
                break
            pattern = re.compile(b"^" + kind, re.MULTILINE)
            self._kinds.append(pattern)
            lines = [line for line in (pattern.sub(b"", line, count=1) for line in lines) if line.strip()]

    def strip(self, block: bytes) -> tuple[bytes, list[bytes] | None]:
        """Give the lines as they were written, and what they begin with where that is a time."""
        timed = bool(self._kinds) and self._kinds[0].pattern == b"^" + _KINDS[0]
        starts = [line[:WIDTH] for line in block.split(b"\n")] if timed else None
        for pattern in self._kinds:
            block = pattern.sub(b"", block)
        return block, starts


def _is_on(kind: bytes, lines: Sequence[bytes]) -> bool:
    """Whether such a prefix stands before nearly all lines, and does not count them."""
    if len(lines) < MIN_LINES:
        return False
    pattern = re.compile(kind)
    found = [match[0] for line in lines if (match := pattern.match(line))]
    return len(found) >= SHARE * len(lines) and (kind not in _COUNTS or len(set(found)) <= MAX_SOURCES * len(lines))
