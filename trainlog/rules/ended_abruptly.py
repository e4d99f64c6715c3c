"""The log stops in the middle.

## What it does
Says when the log itself shows that the run did not end by itself: an error at its end, a status of failure, a last line that was cut
off, or fewer steps than planned.

## Why it matters
The last checkpoint may be missing or torn, and the verdict is about a part of the plan.

## How it decides
A text ends in an error of Python, or says that the process was killed, after the last record, and nothing good after it: warning. The
log's own end record says interrupted, failed, crashed or killed: warning. The last line is damaged: warning. Fewer than 98 % of the
planned steps and no word about the end: information, since the run may still be going.

## What it does not mean
Early stopping ends before the plan on purpose; a run that is still being written has no end yet.

## Example
```console
$ trainlog diagnose sample_logs/rules/ended-abruptly.jsonl --select LOG007
...
```
"""

from collections.abc import Iterator

from trainlog.rules import Facts, Finding, Rule
from trainlog.rules._text import count, percent

RULE = Rule("LOG007", "info", "the log stops in the middle", at_end=True)

OUT_OF_MEMORY = "out of memory"
MEMORY = "use smaller batches with gradient accumulation, activation checkpointing, or a shorter sequence"
RESUME = "resume from the last whole checkpoint, after checking that it loads"
NEARLY = 0.98  # of the planned steps; loggers that write every so many steps miss the last few
BROKEN = ("interrupted", "failed", "crashed", "killed", "error", "aborted", "oom")
DONE = ("completed", "finished", "stopped", "early_stopped", "done", "success")


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once, for the strongest sign."""
    run = facts.run
    last_line = max((int(s.line.max()) for s in run.series.values() if len(s)), default=0)
    status = (run.status or "").lower().replace("-", "_").replace(" ", "_")
    torn = [p for p in run.problems if p.line > last_line]
    planned = run.total_steps
    short = facts.unit == "step" and planned is not None and planned > 0 and run.last_step < NEARLY * planned
    if run.ending is not None:
        yield _finding(facts, run.ending.line, planned, f"after the last record stands: {run.ending.what}", 0.95, severe=True)
    elif any(word in status for word in BROKEN):
        yield _finding(facts, last_line, planned, f"the log says it was {run.status}", 1.0, severe=True)
    elif torn and run.index == run.siblings - 1 and not any(word in status for word in DONE):
        yield _finding(facts, torn[-1].line, planned, f"line {torn[-1].line}, the last one, is cut off", 0.9, severe=True)
    elif short and planned is not None and not status:
        why = f"{count(run.last_step)} of {count(planned)} planned steps ({percent(run.last_step / planned)}), and no word about its end"
        yield _finding(facts, last_line, planned, why, 0.7, severe=False)


def _finding(facts: Facts, line: int, planned: int | None, why: str, confidence: float, *, severe: bool) -> Finding:
    return Finding(
        what=f"the log ends abruptly at {facts.unit} {count(facts.run.last_step)}",
        why=why,
        do=(*((MEMORY,) if OUT_OF_MEMORY in why.lower() else ()), RESUME) if severe else (),
        step=facts.run.last_step,
        line=line,
        data={"planned": planned},
        confidence=confidence,
        severity="warning" if severe else "info",
    )
