"""TensorBoard event files (``events.out.tfevents.*``), and folders of them; train and validation folders are one run.

## Looks like
    runs/exp1/events.out.tfevents.1715000000.host.1234.0
    logs/train/events.out.tfevents...v2, logs/validation/events.out.tfevents...v2     (Keras)
"""

import re
from collections.abc import Mapping

import numpy as np

from trainlog.readers import Match
from trainlog.readers._collect import Collector
from trainlog.readers._events import Points, scalars
from trainlog.readers._source import Source
from trainlog.readers._tfrecord import groups, is_tfrecord
from trainlog.vocab import SPLITS, canonical, split_of

PATTERN = "**/*tfevents*"
_WORDS = re.compile(r"[^A-Za-z]+")
_WALL_TIME = 0x09  # the first byte of an event: field 1, 64 bits


def sniff(source: Source) -> Match | None:
    """A record header with a right checksum and an event after it, or a folder with event files."""
    if source.is_dir:
        files = source.files(PATTERN)
        return Match(0.9, f"a folder with {len(files)} event files") if files else None
    if is_tfrecord(source.head[:12]) and source.head[12:13] == bytes([_WALL_TIME]):
        return Match(0.99, "an event record with a right checksum")
    return None


def read(source: Source, out: Collector) -> None:
    """Read all event files, run by run; files of one folder follow one another."""
    out.counts_records()
    runs: dict[str, list[tuple[str, Source]]] = {}
    for file in source.files(PATTERN) if source.is_dir else [source]:
        folder = file.folder
        split = _split(folder) if folder is not None else ""
        home = folder.folder if folder is not None and split else folder
        runs.setdefault(home.name if home is not None else "", []).append((split, file))
    number = 1
    for home_name, files in runs.items():
        if len(runs) > 1:
            out.start_run(number, key=home_name, name=home_name)
        points: dict[str, list[Points]] = {}
        for split, file in sorted(files, key=lambda pair: pair[1].label):
            number = _file(file, split, number, points, out)
        _hand_over(points, out)


def _split(folder: Source) -> str:
    """The split a folder is named after, empty when it is none: ``validation`` (Keras), or ``loss_val`` beside ``loss_train``
    (torch's ``add_scalars``).
    """
    last = _WORDS.split(folder.label)[-1]
    split, stem = SPLITS.get(last.lower(), ""), folder.label.removesuffix(last)
    if not split or not stem or folder.folder is None:
        return split
    others = [other.label.removeprefix(stem).lower() for other in folder.folder.folders("*") if other.label.startswith(stem)]
    return split if len({SPLITS[other] for other in others if other in SPLITS}) > 1 else ""


def _file(file: Source, split: str, first: int, points: dict[str, list[Points]], out: Collector) -> int:
    last = first - 1
    for group in groups(file, out, first):
        if not len(group.number):
            continue
        last = max(last, int(group.number[-1]))
        for found in scalars(group):
            key = _key(found.tag, split)
            if out.wants(key):
                points.setdefault(key, []).append(found)
    return last + 1


def _key(tag: str, split: str) -> str:
    """Name a tag after its folder's split, unless it says its own (Keras' ``epoch_loss``, but ``val/loss``)."""
    return f"{split}/{tag}" if split and split_of(canonical(tag).canonical) == "train" else tag


def _hand_over(points: Mapping[str, list[Points]], out: Collector) -> None:
    for key, parts in points.items():
        number = np.concatenate([part.number for part in parts])
        order = np.argsort(number, kind="stable")
        step, wall, value = (np.concatenate([getattr(part, name) for part in parts])[order] for name in ("step", "wall", "value"))
        out.columns(number[order], step, {key: value}, time_s=wall)
