"""Metrics in the text format of Prometheus and OpenMetrics: scrapes one after another, or samples with their times.

A metric that comes again begins the next scrape; samples of one time are one record. A gauge such as ``train_step`` places the
others. Labels name a metric only where they tell two apart.

## Looks like
    # TYPE train_loss gauge
    train_loss{job="r1"} 2.31 1764000060000
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from trainlog.errors import UnreadableLog
from trainlog.readers import Match
from trainlog.readers._axis import EPOCH_MS
from trainlog.readers._blocks import MAX_LINE
from trainlog.readers._collect import Collector
from trainlog.readers._marked import is_split, with_split
from trainlog.readers._source import Source
from trainlog.readers._table import Table

GROWS = True  # the runs so far can be told while the log is being written
MIN_SAMPLES = 3  # lines that must look so where no comment says the format
_TYPE = re.compile(
    rb"^# (?:TYPE [A-Za-z_:][\w:]* (?:gauge|counter|histogram|summary|untyped|unknown|info|stateset)|HELP [A-Za-z_:][\w:]* )", re.M
)
_SAMPLE = re.compile(
    r"([A-Za-z_:][\w:]*+)?(?:\{((?:[^\"}]|\"(?:[^\"\\]|\\.)*+\")*+)\})?[ \t]+(\S+)(?:[ \t]+(-?\d+(?:\.\d+)?))?(?:[ \t]+#.*)?"
)
_LABEL = re.compile(r"(\w+)\s*=\s*\"((?:[^\"\\]|\\.)*+)\"")
_PARTS = frozenset(("le", "quantile"))  # labels of the parts of a distribution


class _Sample(NamedTuple):
    line: int
    name: str
    labels: Mapping[str, str]
    value: float
    time: float | None


def sniff(source: Source) -> Match | None:
    """Comments that say the type of a metric, or samples with labels and times."""
    if b"\0" in source.head[:1024]:
        return None
    found = len(_TYPE.findall(source.head))
    lines = source.head.decode("utf-8", "replace").split("\n")[:50]
    samples = [sample for sample in _samples(enumerate(lines, 1)) if sample.labels]
    if found and _samples(enumerate(lines, 1)):
        return Match(0.92, f"{found} comments of Prometheus")
    if len(samples) >= MIN_SAMPLES and all(sample.time is not None for sample in samples):
        return Match(0.9, f"{len(samples)} samples with labels and times")
    return None


def _samples(lines: Iterable[tuple[int, str]]) -> list[_Sample]:
    return [sample for number, line in lines if (sample := _sample(number, line)) is not None]


def _sample(number: int, line: str) -> _Sample | None:
    found = _SAMPLE.fullmatch(line.strip()) if len(line) < MAX_LINE >> 8 and not line.startswith("#") else None
    if found is None or not (found[1] or found[2]):
        return None
    labels = dict(_LABEL.findall(found[2] or ""))
    name = found[1] or labels.pop("__name__", "")
    try:
        value = float(found[3])
    except ValueError:
        return None
    time = float(found[4]) if found[4] else None
    return _Sample(number, name, labels, value, time / 1e3 if time is not None and time > EPOCH_MS else time) if name else None


def read(source: Source, out: Collector) -> None:
    """Read every sample, then put those of one scrape or of one time together."""
    samples: list[_Sample] = []
    out.when_done(lambda to: _hand_over(samples, source, to))
    for number, line in source.lines():
        sample = _sample(number, line)
        if sample is not None and not _PARTS & sample.labels.keys():
            samples.append(sample)
        elif sample is None and line.strip() and not line.startswith("#"):
            out.problem(number, f"no sample: {line[:60]!r}")


def _hand_over(samples: list[_Sample], source: Source, out: Collector) -> None:
    names = _names(samples)
    scrapes = [(scrape[0].line, _record(scrape, names)) for scrape in _scrapes(samples)]
    if len(scrapes) < 2 and samples:
        raise UnreadableLog(
            "this file holds one value per metric, no series", where=source.name, why="a single scrape", do="append the scrapes to one file"
        )
    Table(out).add([line for line, _ in scrapes], [record for _, record in scrapes])


def _scrapes(samples: list[_Sample]) -> Iterator[list[_Sample]]:
    """Samples until one comes again; where each has its time, those of one time."""
    if all(sample.time is not None for sample in samples):
        by_time: dict[float | None, list[_Sample]] = {}
        for sample in samples:
            by_time.setdefault(sample.time, []).append(sample)
        yield from sorted(by_time.values(), key=lambda scrape: scrape[0].line)
        return
    scrape: list[_Sample] = []
    seen: set[tuple[str, ...]] = set()
    for sample in samples:
        key = (sample.name, *sample.labels.values())
        if key in seen:
            yield scrape
            scrape, seen = [], set()
        scrape.append(sample)
        seen.add(key)
    if scrape:
        yield scrape


def _names(samples: list[_Sample]) -> dict[str, list[str]]:
    """For each metric, the labels that tell its samples apart."""
    values: dict[str, dict[str, set[str]]] = {}
    for sample in samples:
        of = values.setdefault(sample.name, {})
        for label, value in sample.labels.items():
            of.setdefault(label, set()).add(value)
    return {name: [label for label, found in of.items() if len(found) > 1 or all(map(is_split, found))] for name, of in values.items()}


def _record(scrape: list[_Sample], names: Mapping[str, list[str]]) -> dict[str, float]:
    record: dict[str, float] = {}
    for sample in scrape:
        key = sample.name
        for label in names[key.partition("/")[0]]:
            value = sample.labels.get(label, "")
            key = with_split(key, value.lower()) if is_split(value) else f"{key}/{value}"
        record[key] = sample.value
        if sample.time is not None:
            record["timestamp"] = sample.time
    return record
