"""codecarbon ``emissions.csv``: energy and emissions of whole runs, one row each; given beside a run with ``--gpu``.

## Looks like
    timestamp,project_name,run_id,duration,emissions,...,energy_consumed,...
    2024-05-01T12:00:00,codecarbon,5b0f...,3600.2,0.021,...,0.153,...
"""

import csv

from trainlog.readers import Match
from trainlog.readers._cells import lenient, moment
from trainlog.readers._collect import Collector
from trainlog.readers._source import Source

JOULES_PER_KWH = 3.6e6
# codecarbon/output_methods/emissions_data.py -> our name and the factor to its unit.
FIELDS = {"energy_consumed": ("energy_j", JOULES_PER_KWH), "emissions": ("emissions_kg", 1.0), "duration": ("duration_s", 1.0)}


def sniff(source: Source) -> Match | None:
    """The names that codecarbon gives its columns."""
    first = source.head.split(b"\n", 1)[0]
    return Match(0.95, "the names of codecarbon's columns") if b"emissions" in first and b"energy_consumed" in first else None


def read(source: Source, out: Collector) -> None:
    """Read each row."""
    names: list[str] | None = None
    for number, line in source.lines():
        try:
            cells = next(csv.reader([line]), [])
        except csv.Error:
            cells = []
        if names is None:
            names = cells
        elif len(cells) != len(names):
            out.problem(number, f"{len(cells)} cells in a table of {len(names)} columns; the line was skipped")
        else:
            row = dict(zip(names, cells, strict=True))
            values = {name: _scaled(row[key], factor) for key, (name, factor) in FIELDS.items() if key in row}
            out.record(number, number - 1, values, time_s=moment(row.get("timestamp", "")))


def _scaled(cell: str, factor: float) -> float | None:
    value = lenient(cell)
    return None if value is None else value * factor
