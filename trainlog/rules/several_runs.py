"""The file holds several runs.

## What it does
Says that the log starts over, once or more, and which of its runs this is.

## Why it matters
A chart of the whole file mixes runs; a best value found in it may belong to another run than the last checkpoint.

## How it decides
A step that falls to a quarter of its maximum or less starts a new run, as does a new run record. Each run is diagnosed by itself.

## What it does not mean
Sweeps, folds and appended restarts are kept in one file on purpose.

## Example
```console
$ trainlog diagnose sample_logs/trackio/samples.db --select LOG003
...
```
"""

from collections.abc import Iterator

from trainlog.rules import Facts, Finding, Rule

RULE = Rule("LOG003", "info", "the file holds several runs")


def check(facts: Facts) -> Iterator[Finding]:
    """Fires when the reader found more than one run."""
    run = facts.run
    if run.siblings < 2:
        return
    lines = [int(series.line[0]) for series in run.series.values() if len(series)]
    yield Finding(
        what=f"the file holds {run.siblings:,} runs; this is run {run.index}",
        why=f"it covers {facts.unit}s {run.first_step:,} to {run.last_step:,}; runs are numbered from 0",
        do=(f"log each run to a file of its own, or pick one: --run {run.index}",),
        line=min(lines, default=0),
        data={"runs": run.siblings, "run": run.index},
    )
