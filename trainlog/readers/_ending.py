"""How a text ends after the last record of a run: in an error of Python, killed by the machine, or stopped early on purpose."""

from collections.abc import Sequence
from dataclasses import replace

from trainlog._pattern import compiled
from trainlog.readers._source import Source
from trainlog.run import Problem, Run

STOPPED = "early_stopped"
LONGEST = 160  # characters told of what was said
_TRACE = "Traceback (most recent call last)"
_BEFORE = r"^(?:\[?rank[ _]?\d+\]?:?\s?|\[\d+\]:?\s)?"  # torchrun and others name the process
_ERROR = _BEFORE + r"((?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Exit|Timeout)\b(?::\s.*)?)$"
_KILLED = (
    "(?i)" + _BEFORE + r"((?:Killed|Segmentation fault|Bus error|Aborted)(?: \(core dumped\))?|terminate called .*"
    r"|(?:slurmstepd|srun): error: .*(?:CANCELLED|TIME LIMIT|oom.?kill|Out Of Memory|Exited with|Killed).*)$"
)
_WENT_WELL = r"(?i)\b(?:complete[d]?|finished|done|saved|success\w*)\b"
_STOPPED = (  # Keras, Lightning, Hugging Face's and many a loop's own words; not a counter, nor "Did not meet early stopping"
    r"(?i)^(?!.*(?:\b(?:not|no|counter|warning)\b|patience\s*[:=])).*\bearly[ _-]?stopp(?:ing|ed)\b|\bSignaling Trainer to stop\b"
)
_IGNORED = "Exception ignored in"


def with_ending(runs: list[Run], source: Source) -> list[Run]:
    """The runs, the last of them with how the text ends after it, where the log itself has no word about its end."""
    if not runs or not source.tail or runs[-1].status is not None or runs[-1].counted != "line":
        return runs
    first = source.last_line - source.tail.count(b"\n")
    last = max((int(series.line.max()) for series in runs[-1].series.values() if len(series)), default=0)
    lines = source.tail.decode("utf-8", "replace").split("\n")
    rest = lines[max(0, last + 1 - first) :]
    found = _ending(rest, max(first, last + 1))
    if found is None:
        return [*runs[:-1], replace(runs[-1], status=STOPPED)] if any(map(compiled(_STOPPED).search, rest)) else runs
    status = "interrupted" if "KeyboardInterrupt" in found.what else "failed"
    return [*runs[:-1], replace(runs[-1], status=status, ending=found)]


def _ending(lines: Sequence[str], first: int) -> Problem | None:
    """The first error after the last record that nothing good follows; ``first``: number of the first of these lines."""
    traced, ignored = False, False
    found: Problem | None = None
    for number, line in enumerate(lines, first):
        text = line.rstrip()
        if not text:
            continue
        if _IGNORED in text:
            ignored = True
        elif _TRACE in text:
            traced, ignored = not ignored, False
        elif (said := (traced and compiled(_ERROR).match(text)) or compiled(_KILLED).match(text)) and (found is None or traced):
            if found is None:
                found = Problem(number, said[1][:LONGEST])
            traced = False
        elif found is not None and compiled(_WENT_WELL).search(text):
            found = None
    return found
