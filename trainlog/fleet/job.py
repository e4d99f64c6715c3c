"""Judging one log, as something that can be sent to another process and whose result can be sent back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from trainlog.diagnosis import Diagnosis, judgeable, wanted
from trainlog.errors import TrainlogError, UnknownName
from trainlog.judging import Judge, check_metric
from trainlog.readers import Log, Options, content, gpu_readings, join_gpu, pick, read_log
from trainlog.render.figure._curves import thin
from trainlog.rules import Facts
from trainlog.run import Run, Series

STRIPS = 25  # a training curve is sent back with at most four points in each


class Judged(NamedTuple):
    """A run as it was judged, and a digest of all its curves when it was searched for: the same run may be found twice.

    ``lacks``: what was asked for (a run, a metric) and is not in this log, as it is told to the user.
    """

    diagnosis: Diagnosis
    digest: bytes = b""
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """Reads and judges one log. ``run``: only this one of its runs; ``gpu``: readings to join to it."""

    judge: Judge
    aliases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    input_format: str | None = None
    run: int | None = None
    gpu: str | None = None

    def __call__(self, log: Log) -> list[Judged]:
        """Judge the runs of one log. Never fails: why a log cannot be judged is the ``reason`` of one."""
        try:
            runs = read_log(log, Options(self.input_format, self.aliases, wanted, judgeable))
            runs = runs if self.run is None else [pick(runs, self.run, log.name)]
            runs = runs if self.gpu is None else join_gpu(runs, _readings(self.gpu))
            lacks = self._lacks(runs)
            return [Judged(brief(self.judge(run)), content(run) if log.searched else b"", lacks) for run in runs]
        except TrainlogError as error:
            return [unjudged(log, _reason(error), str(error) if isinstance(error, UnknownName) else "")]
        except Exception as error:  # noqa: BLE001 - one log must not end the judging of the others
            return [unjudged(log, f"a bug in trainlog, please report it: {type(error).__name__}: {error}")]

    def _lacks(self, runs: Sequence[Run]) -> str:
        try:
            check_metric(self.judge.metric, runs)
        except TrainlogError as error:
            return str(error)
        return ""


#: The readings beside the runs are the same for all logs.
_readings = lru_cache(maxsize=1)(gpu_readings)


def _reason(error: TrainlogError) -> str:
    return "; ".join(part for part in (error.what, error.why) if part)


def unjudged(log: Log, reason: str, lacks: str = "") -> Judged:
    """What stands for a log that could not be read."""
    return Judged(Diagnosis(Run(log.name, ""), "inconclusive", reason=reason), lacks=lacks)


def brief(diagnosis: Diagnosis) -> Diagnosis:
    """The same diagnosis with no more of its run than outputs show: the validation curve, the training curve thinned, and the
    series that hold its first and last step.
    """
    run, facts = diagnosis.run, diagnosis.facts or Facts(diagnosis.run)
    judged = {
        name for series in (facts.train, facts.val) if series is not None for name in (series.name, series.name.replace("loss", "ppl"))
    }
    some = [series for series in run.series.values() if len(series)]
    ends = {f(some, key=key).name for f, key in ((min, _first), (max, _last))} if some else set()
    val = "" if facts.val is None else facts.val.name
    kept = {name: run.series[name] for name in run.series if name in judged or name in ends}
    kept = {name: series if name in (val, val.replace("loss", "ppl")) else _thinned(series) for name, series in kept.items()}
    raw = {name: run.raw_names[name] for name in run.raw_names if name in kept}
    return replace(diagnosis, run=replace(run, series=kept, raw_names=raw, config={}), facts=None)


def _first(series: Series) -> int:
    return int(series.step[0])


def _last(series: Series) -> int:
    return int(series.step[-1])


def _thinned(series: Series) -> Series:
    keep = np.zeros(len(series), dtype=np.bool_)
    keep[[0, -1]] = True
    finite = np.flatnonzero(np.isfinite(series.value))
    keep[finite[thin(series.step[finite].astype(np.float64), series.value[finite], STRIPS)]] = True
    return series.take(keep)


def whole(diagnosis: Diagnosis, metric: str | None = None) -> Diagnosis:
    """A brief diagnosis as outputs take it, with the facts about its run."""
    return replace(diagnosis, facts=Facts(diagnosis.run, metric=metric))
