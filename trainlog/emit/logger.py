"""The log of one training run, written while it trains: three lines in anybody's loop.

::

    with RunLogger("run.jsonl", config={"lr": 3e-4}) as log:
        log.train(step=100, loss=loss, lr=3e-4)
        log.eval(step=1000, val_loss=val_loss)
        log.checkpoint(step=1000, path="checkpoints/step-001000")

The format of the records is published as JSON Schema: ``trainlog schema record``.
"""

import math
import os
import threading
import time
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Literal, Self

from trainlog import vocab
from trainlog.emit.encode import to_line
from trainlog.emit.hardware import EVERY_S, Sampler
from trainlog.emit.writer import LineWriter

SCHEMA = "trainlog/1"
"""Identifies the record format; the number changes only when a reader of the old one would go wrong."""

RANK_VARIABLES = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
"""Where launchers tell a process its number: torchrun and accelerate, Slurm, Open MPI, MPICH."""

Status = Literal["completed", "stopped", "failed", "interrupted"]


class RunLogger:
    """Appends the records of one run to ``path``, creating the file and its folders.

    Steps count finished optimizer steps, starting at 1; 0 is before training. Losses are in nats per token or example.
    Values may be Python numbers, numpy scalars or tensors. In a run of several processes only rank 0 writes; on the
    others every call does nothing. No call raises because of the file or of a value.

    Every ``hardware_every_s`` seconds (None: never) the state of the GPUs and of the machine is sampled in the background;
    a sample rides on the next training record, or goes as a record of its own when the next is there before that.

    ``config`` and ``device`` go into the run record as they are, as do further keywords. With ``resume_step`` the
    logger continues the last run in the file: it writes a ``resume`` record instead of a ``run`` record, ``run_id`` should
    be that of the run, and ``elapsed_s`` (seconds) is the training time at which that checkpoint was taken.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        config: Mapping[str, Any] | None = None,
        run_id: str = "",
        resume_step: int | None = None,
        elapsed_s: float = 0.0,
        rank: int | None = None,
        hardware_every_s: float | None = EVERY_S,
        **about: Any,
    ) -> None:
        self.run_id = run_id or uuid.uuid4().hex[:12]
        self._writes = (_rank() if rank is None else rank) == 0
        self._process = os.getpid()
        self._writer = LineWriter(path)
        self._reported = 0  # lost lines that a record has told of
        self._last_step = resume_step or 0
        self._ended = False
        self._start = time.perf_counter() - elapsed_s
        self._sampler: Sampler | None = None
        self._every_s = hardware_every_s
        self._waiting: dict[str, Any] | None = None  # a gpu record that no train record carries yet
        self._swapping = threading.Lock()
        head: dict[str, Any] = {"schema": SCHEMA, "run_id": self.run_id, "started": _now()}
        if resume_step is not None:
            head |= {"step": resume_step, "time_s": round(elapsed_s, 3)}
        self.write("run" if resume_step is None else "resume", **head, **about, config=dict(config or {}))
        if self.is_main:
            self._watch()

    def train(self, step: int, loss: Any = None, **values: Any) -> None:
        """One training record: ``loss`` (nats) and any of lr, grad_norm, tokens, tokens_per_s, epoch, gpu, …"""
        if self.is_main:  # before anything reads a tensor: that would wait for the device
            self._metrics("train", step, "loss", "ppl", loss, values if "gpu" in values else {**values, **self.sample()})

    def eval(self, step: int, val_loss: Any = None, **values: Any) -> None:
        """One evaluation record: ``val_loss`` (nats) and whatever else was measured on held-out data."""
        if self.is_main:
            self._metrics("eval", step, "val_loss", "val_ppl", val_loss, values)

    def metrics(self, step: int, values: Mapping[str, Any]) -> None:
        """Whatever a framework reports after ``step`` steps, under its own names: ``train_loss``, ``eval/loss``, …

        Names are brought to those of this format; what was measured on held-out data goes into an evaluation record,
        the rest into a training record.
        """
        if self.is_main:
            for evaluated, part in _by_split(values):
                self.eval(step, **part) if evaluated else self.train(step, **part)

    def checkpoint(self, step: int, path: str | os.PathLike[str], **values: Any) -> None:
        """Note that the weights after ``step`` steps lie under ``path``."""
        self.write("checkpoint", step=step, time_s=self.elapsed_s, path=os.fspath(path), **values)

    def end(self, status: Status = "completed", **values: Any) -> None:
        """Note how the run ended, once, and sample no more; leaving the ``with`` block does it."""
        if not self._ended:
            self._ended = True
            if self._sampler:
                self._sampler.close()
            self._take({})
            self.write("end", status=status, step=self._last_step, time_s=self.elapsed_s, **values)

    def sample(self) -> dict[str, Any]:
        """The keys ``gpu`` and ``host`` as last read by this process, once; empty until there is a new reading.

        ``train`` adds it by itself. In a run of several processes call it on each, gather the answers, and give
        ``train`` what ``trainlog.emit.hardware.merge`` makes of them.
        """
        self._watch()
        waiting = self._swap(None) or {}
        return {key: waiting[key] for key in ("gpu", "host") if key in waiting}

    def write(self, kind: str, **values: Any) -> None:
        """Append one record of type ``kind`` as it is; keys beyond the schema are carried along."""
        if not self.is_main:
            return
        record = {"type": kind, **values}
        lost = self._writer.lost
        if lost > self._reported:
            record["lost_records"] = lost - self._reported
        if self._writer.write(to_line(record)):
            self._reported = lost

    def close(self, status: Status = "completed", **values: Any) -> None:
        """End the run and close the file."""
        self.end(status, **values)
        self._writer.close()

    @property
    def is_main(self) -> bool:
        """Whether this process writes: rank 0, and not a forked worker with a copy of the logger (and of its locks)."""
        return self._writes and os.getpid() == self._process

    @property
    def elapsed_s(self) -> float:
        """Training time so far in seconds, to the millisecond; goes on where a resumed run was interrupted."""
        return round(time.perf_counter() - self._start, 3)

    @property
    def lost(self) -> int:
        """Records that could not be written."""
        return self._writer.lost

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.close()
        elif issubclass(kind, KeyboardInterrupt):
            self.close("interrupted")
        else:
            self.close("failed", error=f"{kind.__name__}: {error}")

    def _watch(self) -> None:
        """Begin to sample the hardware, once."""
        if self._sampler is None and self._every_s is not None and not self._ended:
            self._sampler = Sampler(self._take, self._every_s)

    def _take(self, sample: dict[str, Any]) -> None:
        """Keep a new sample for the next record; one that is still waiting goes out by itself."""
        waiting = self._swap({"time_s": self.elapsed_s, **sample} if sample else None)
        if waiting:
            self.write("gpu", **waiting)

    def _swap(self, new: dict[str, Any] | None) -> dict[str, Any] | None:
        with self._swapping:  # the sampler's thread and the training's both come here
            old, self._waiting = self._waiting, new
        return old

    def _metrics(self, kind: str, step: int, name: str, ppl_name: str, loss: Any, values: dict[str, Any]) -> None:
        self._last_step = step
        head: dict[str, Any] = {"step": step, "time_s": self.elapsed_s}
        if loss is not None:
            head[name] = number = _number(loss)
            if ppl_name not in values and isinstance(number, float):
                head[ppl_name] = _perplexity(number)
        self.write(kind, **{**head, **values})


def _by_split(values: Mapping[str, Any]) -> list[tuple[bool, dict[str, Any]]]:
    """The parts of ``values`` measured in training and on held-out data, under canonical names, empty parts left out."""
    parts: dict[bool, dict[str, Any]] = {False: {}, True: {}}
    for name, value in values.items():
        known, number = vocab.canonical(name), _number(value)
        in_unit = number * known.factor if isinstance(number, float) and known.factor != 1 else number
        parts[vocab.split_of(known.canonical) != "train"][known.canonical] = in_unit
    epoch = parts[False].pop("epoch", None)
    return [(evaluated, part if epoch is None else {"epoch": epoch, **part}) for evaluated, part in parts.items() if part]


def _number(value: Any) -> Any:
    """``value`` as a float where it is one number; otherwise as it came."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return value


def _perplexity(loss: float) -> float:
    try:
        return math.exp(loss)
    except OverflowError:
        return math.inf


def _rank() -> int:
    for name in RANK_VARIABLES:
        if os.environ.get(name, "").isdecimal():
            return int(os.environ[name])
    return 0


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
