"""Some lines of the log could not be read, or not whole.

## What it does
Reports how many lines were damaged or skipped, and names the first ones.

## Why it matters
What cannot be read cannot be judged. A half-written last line is normal after a crash; damage elsewhere means that two
processes wrote to one file, that a disk was full, or that the file is not the log one takes it for.

## How it decides
Every line that a reader could not read whole counts. One damaged line at the very end is information; more than
1 % of the records is a warning.

## What it does not mean
The verdict was still reached on everything that could be read.

## Example
```console
$ trainlog diagnose sample_logs/rules/damaged-lines.jsonl --select LOG001
...
```
"""

from collections.abc import Iterator

from trainlog.rules import Facts, Finding, Rule

RULE = Rule("LOG001", "info", "some lines of the log could not be read")

WARN_FRACTION = 0.01  # of the records; own choice: below it, the damage cannot have moved a verdict on medians
SHOWN = 3  # problems quoted in a finding; the rest are counted


def check(facts: Facts) -> Iterator[Finding]:
    """Fires when the reader noted a problem."""
    problems = facts.run.problems
    if not problems:
        return
    fraction = len(problems) / max(facts.run.records + len(problems), 1)
    shown = "; ".join(f"line {p.line}: {p.what}" if p.line else p.what for p in problems[:SHOWN])
    more = f"; and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
    severe = fraction > WARN_FRACTION and len(problems) > 1
    yield Finding(
        what=f"{len(problems)} damaged line{'s' if len(problems) > 1 else ''} in the log",
        why=shown + more,
        do=("look at these lines; several processes writing to one file is the usual cause",) if severe else (),
        line=problems[0].line,
        data={"problems": len(problems), "fraction": fraction},
        severity="warning" if severe else "info",
    )
