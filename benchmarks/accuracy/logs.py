"""Kinds that are told by the file: resumed, appended, cut off, damaged, inconsistent. They go through the readers."""

import json
import math
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.accuracy.draw import Draft, Frame, Truth, frame, healthy
from benchmarks.accuracy.overfit import overfit_clean
from trainlog.readers import read_all
from trainlog.run import Run

Judged = list[tuple[Run, Truth]]
Row = dict[str, float | str]


def _records(draft: Draft) -> list[Row]:
    """One record per step, as a script would log it."""
    rows: dict[int, Row] = {}
    for name, (x, y) in draft.columns.items():
        for step, value in zip(np.round(x * draft.frame.total).astype(int).tolist(), y.tolist(), strict=True):
            rows.setdefault(step, {"step": step})[name] = value if math.isfinite(value) else str(value)
    return [rows[step] for step in sorted(rows)]


def _read(text: str) -> tuple[Run, ...]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.jsonl")
        path.write_text(text, encoding="utf-8")
        return tuple(read_all(str(path)))


def _text(records: list[Row]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def _plain(at: Frame, kind: str) -> Draft:
    draft = healthy(at, kind, at.power, at.power)
    for name in ("lr", "grad_norm"):
        draft.columns.pop(name)
    return draft


def resumed(at: Frame) -> Judged:
    """Stopped, continued from a checkpoint some records before: the later records win."""
    rows = _records(_plain(at, "resumed"))
    cut = int(at.rng.uniform(0.5, 0.9) * len(rows))
    back = max(2, int(0.05 * len(rows)))
    text = _text(rows[:cut]) + _text(rows[cut - back :])
    truth = Truth("resumed", total=at.total, healthy=True, overfit=False, notes=frozenset({"LOG002"}), val=at.power)
    return [(run, truth) for run in _read(text)]


def resumed_above(at: Frame) -> Judged:
    """Continued from a checkpoint, with optimizer state lost: the loss is higher for a while, and comes back."""
    draft = _plain(at, "resumed_above")
    place = float(at.rng.uniform(0.4, 0.7))
    x, y = draft.columns["loss"]
    rows = _records(draft)
    draft.columns["loss"] = (x, y * (1 + 0.5 * np.where(x >= place, np.exp(-np.maximum(x - place, 0) / 0.02), 0)))
    again = _records(draft)
    cut = int(place * at.total)
    late = [row for row in again if float(row["step"]) >= cut]
    text = _text([row for row in rows if float(row["step"]) < cut * 1.05]) + _text(late)
    truth = Truth("resumed_above", total=at.total, healthy=True, overfit=False, notes=frozenset({"LOG002"}), val=at.power)
    return [(run, truth) for run in _read(text)]


def two_runs(at: Frame) -> Judged:
    """A healthy run and, appended to the same file, one that overfits."""
    first = _plain(at, "two_runs_first")
    second = overfit_clean(frame(at.rng))
    for name in ("lr", "grad_norm"):
        second.columns.pop(name)
    runs = _read(_text(_records(first)) + _text(_records(second)))
    note = frozenset({"LOG003"})
    truths = [replace(first.truth, notes=note), replace(second.truth, kind="two_runs_second", notes=note)]
    lost = Truth("two_runs_lost", must=frozenset({"two runs"}))
    return list(zip(runs, truths, strict=True)) if len(runs) == 2 else [(run, lost) for run in runs]


def truncated(at: Frame) -> Judged:
    """The last line is cut off in the middle."""
    text = _text(_records(_plain(at, "truncated")))
    truth = Truth("truncated", must=frozenset({"LOG007"}), notes=frozenset({"LOG001"}), total=at.total, overfit=False)
    return [(run, truth) for run in _read(text[: -len(text.splitlines()[-1]) // 2])]


def damaged(at: Frame) -> Judged:
    """One line in twenty is garbage."""
    lines = _text(_records(_plain(at, "damaged"))).splitlines()
    bad = set(at.rng.choice(len(lines) - 1, max(3, len(lines) // 20), replace=False).tolist())
    text = "".join(("\x00#" + line[: len(line) // 2] if i in bad else line) + "\n" for i, line in enumerate(lines))
    truth = Truth("damaged", must=frozenset({"LOG001"}), total=at.total, overfit=False)
    return [(run, truth) for run in _read(text)]


def nan_strings(at: Frame) -> Judged:
    """Non-finite values as the words that JSON writers put there."""
    draft = _plain(at, "nan_strings")
    place = float(at.rng.uniform(0.5, 0.9))
    for name, (x, y) in draft.columns.items():
        draft.columns[name] = (x, np.where(x >= place, np.nan, y))
    step = float(np.round(draft.columns["loss"][0] * at.total)[np.isnan(draft.columns["loss"][1])][0])
    truth = Truth(
        "nan_strings",
        must=frozenset({"NUM001"}),
        may=frozenset({"CKP001", "CKP002"}),
        steps={"NUM001": (step,)},
        total=at.total,
        verdicts=frozenset({"diverged"}),
    )
    return [(run, truth) for run in _read(_text(_records(draft)))]


def perplexity(at: Frame) -> Judged:
    """A perplexity beside the loss, as it should be."""
    return _perplexity(at, math.e, "perplexity", Truth("perplexity", healthy=True))


def perplexity_base(at: Frame) -> Judged:
    """A perplexity that is a power of two of a loss in nats."""
    return _perplexity(at, 2.0, "perplexity_base", Truth("perplexity_base", must=frozenset({"LOG004"})))


def _perplexity(at: Frame, base: float, kind: str, truth: Truth) -> Judged:
    draft = _plain(at, kind)
    x, y = draft.columns["val_loss"]
    draft.columns["val_ppl"] = (x, np.round(base**y, 4))
    return [(run, replace(truth, total=at.total, overfit=False)) for run in _read(_text(_records(draft)))]


def interrupted(at: Frame) -> Judged:
    """The log's own end record says that the run was interrupted."""
    rows = _records(_plain(at, "interrupted"))
    head: Row = {"type": "run", "schema": "trainlog/1", "total_steps": 2 * at.total}
    end: Row = {"type": "end", "status": "interrupted", "step": at.total}
    typed: list[Row] = [{"type": "eval" if "val_loss" in row and "loss" not in row else "train", **row} for row in rows]
    text = _text([head, *typed, end])
    return [(run, Truth("interrupted", must=frozenset({"LOG007"}), total=at.total, overfit=False)) for run in _read(text)]
