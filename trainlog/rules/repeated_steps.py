"""The step went back: the run was resumed, and some steps were logged twice.

## What it does
Names the step that the run continued from, and how many earlier records the later ones replace.

## Why it matters
A chart that draws both shows a zigzag that never happened, and the best value may belong to a state that was thrown away.

## How it decides
A metric's own step decreases, but not to a quarter of its maximum or less (that starts a new run). Later records win. A resume that the
log itself tells of is named by the step it gives; elsewhere by the first step that comes again, up to one logging interval later.

## What it does not mean
Resuming is no defect. The records before the resume were real, but the checkpoint continued from never saw them.

## Example
```console
$ trainlog diagnose sample_logs/trainlog/resumed.jsonl --select LOG002
...
```
"""

from collections.abc import Iterator

from trainlog.rules import Facts, Finding, Rule

RULE = Rule("LOG002", "info", "the run was resumed and steps were logged twice")


def check(facts: Facts) -> Iterator[Finding]:
    """Fires once per resume that replaces records."""
    for resume in facts.run.resumes:
        if not resume.superseded:
            continue
        replaced = f"{resume.superseded:,} earlier record{'s are' if resume.superseded != 1 else ' is'} replaced"
        yield Finding(
            what=f"resumed at {facts.unit} {resume.step:,}",
            why=f"the log goes back to {facts.unit} {resume.step:,} at {facts.run.counted} {resume.line}; {replaced}",
            step=resume.step,
            line=resume.line,
            data={"superseded": resume.superseded},
        )
