"""Runs the real diagnosis over drawn runs and compares what it says with the truth."""

import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from types import FunctionType, ModuleType

import numpy as np

from benchmarks.accuracy import curves, events, learning, logs, overfit, telemetry
from benchmarks.accuracy.baselines import BASELINES
from benchmarks.accuracy.draw import Draft, Floats, Frame, Truth, frame
from trainlog.diagnosis import Diagnosis, diagnose
from trainlog.rules.still_improving import DECAYED
from trainlog.run import Run

Kind = Callable[[Frame], "Draft | logs.Judged"]


def _kinds(module: ModuleType) -> list[Kind]:
    """The public functions that a module defines, in their order: each is a kind."""
    mine = [value for name, value in vars(module).items() if isinstance(value, FunctionType) and not name.startswith("_")]
    return [kind for kind in mine if kind.__module__ == module.__name__]


KINDS: tuple[Kind, ...] = tuple(kind for module in (curves, overfit, events, learning, telemetry, logs) for kind in _kinds(module))
DEFECT_VERDICTS = ("diverged", "not-learning", "overfitting")
CONFIDENCES = (0.0, 0.6, 0.8, 0.9, 0.95, 0.99, 1.0)


@dataclass(slots=True)
class Judged:
    """One run, its truth, and what was said about it."""

    truth: Truth
    run: Run
    diagnosis: Diagnosis

    @property
    def loud(self) -> set[str]:
        """Codes of the findings at severity warning or above."""
        return {r.code for r in self.diagnosis.findings if r.severity != "info"}

    @property
    def said(self) -> set[str]:
        """Codes of all findings."""
        return {r.code for r in self.diagnosis.findings}

    @property
    def missed(self) -> set[str]:
        """Codes that had to be found and were not; alternatives are separated by a bar."""
        return {must for must in self.truth.must if not set(must.split("|")) & self.loud} | (self.truth.notes - self.said)

    @property
    def wrong(self) -> set[str]:
        """Codes at severity warning or above that the truth does not hold."""
        right = {code for must in self.truth.must for code in must.split("|")} | self.truth.may
        return self.loud - right

    @property
    def verdict_right(self) -> bool:
        """Whether the one word is right."""
        if self.diagnosis.verdict in self.truth.verdicts:
            return True
        return not self.truth.verdicts and self.diagnosis.verdict not in (*DEFECT_VERDICTS, "inconclusive")


def draw(kind: Kind, seed: int) -> list[tuple[Run, Truth]]:
    """The runs of one kind and seed; the same ones every time."""
    rng = np.random.default_rng([seed, zlib.crc32(kind.__name__.encode())])
    drawn = kind(frame(rng))
    return drawn if isinstance(drawn, list) else [(drawn.run(), drawn.truth)]


def judge(seeds: Iterable[int], kinds: Iterable[Kind] = KINDS) -> Iterator[Judged]:
    """Draw and diagnose."""
    for seed in seeds:
        for kind in kinds:
            for run, truth in draw(kind, seed):
                yield Judged(truth, run, diagnose(run))


@dataclass(slots=True)
class Rule:
    """How one rule did."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    errors: list[float] = field(default_factory=list)
    """Distance from the true step, as a fraction of the run."""


def by_rule(judged: Iterable[Judged]) -> dict[str, Rule]:
    """Count right, wrong and missed findings at severity warning and above per code, and notes where the truth asks for them."""
    rules: dict[str, Rule] = defaultdict(Rule)
    for one in judged:
        wanted = {code for must in one.truth.must for code in must.split("|")} | one.truth.notes
        for code in one.loud | (one.truth.notes & one.said):
            if code in one.wrong:
                rules[code].wrong += 1
            else:
                rules[code].right += 1
        for must in one.missed:
            rules[must.split("|")[0]].missed += 1
        for reported in one.diagnosis.findings:
            step, places = reported.finding.step, one.truth.steps.get(reported.code)
            if places and step is not None and reported.code in wanted:
                rules[reported.code].errors.append(min(abs(step - place) for place in places) / one.truth.total)
    return dict(sorted(rules.items()))


@dataclass(slots=True)
class Kinds:
    """How the runs of one kind were judged."""

    runs: int = 0
    missed: int = 0
    wrong: int = 0
    verdict_wrong: int = 0
    healthy: bool = False
    defect: bool = False
    said: Counter[str] = field(default_factory=Counter)


def by_kind(judged: Iterable[Judged]) -> dict[str, Kinds]:
    """Count runs with a missed or a wrong finding, or a wrong verdict, per kind."""
    kinds: dict[str, Kinds] = defaultdict(Kinds)
    for one in judged:
        kind = kinds[one.truth.kind]
        kind.runs += 1
        kind.missed += bool(one.missed)
        kind.wrong += bool(one.wrong)
        kind.verdict_wrong += not one.verdict_right
        kind.healthy, kind.defect = one.truth.healthy, bool(one.truth.must)
        kind.said.update(one.loud)
    return dict(kinds)


@dataclass(slots=True)
class Overfitting:
    """How well a method tells overfitting, and where to stop."""

    right: int = 0
    false: int = 0
    missed: int = 0
    healthy: int = 0
    alarms: int = 0
    onset: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    width: list[float] = field(default_factory=list)
    stop: list[float] = field(default_factory=list)
    checkpoint: list[float] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Share of the alarms that are right."""
        return self.right / max(1, self.right + self.false)

    @property
    def recall(self) -> float:
        """Share of the overfitting runs that are found."""
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return 2 * self.precision * self.recall / max(1e-9, self.precision + self.recall)

    def count(self, said: bool, truth: bool, healthy: bool) -> None:
        """Take in one answer."""
        self.right += said and truth
        self.false += said and not truth
        self.missed += truth and not said
        self.healthy += healthy
        self.alarms += healthy and said


def overfitting(judged: Iterable[Judged]) -> dict[str, Overfitting]:
    """trainlog and the baselines, on the runs with a validation curve of which the question makes sense."""
    methods: dict[str, Overfitting] = defaultdict(Overfitting)
    for one in judged:
        val, train = one.run.get("val_loss"), one.run.get("loss")
        if one.truth.overfit is None or one.truth.val is None or val is None or train is None or not np.isfinite(val.value).all():
            continue
        ours = methods["trainlog"]
        ours.count("OVF001" in one.loud, one.truth.overfit, one.truth.healthy)
        _onset(one, ours)
        keep = getattr(one.diagnosis, "keep", None)
        ours.stop.append(_regret(one.truth, float(keep.step if keep is not None else val.step[-1])))
        if one.run.checkpoints:
            ours.checkpoint.append(_checkpoint_regret(one, keep.step if keep is not None else one.run.last_step))
        finite = np.isfinite(train.value)
        along = np.interp(val.step, train.step[finite], train.value[finite])
        for name, baseline in BASELINES.items():
            said, index = baseline(val.value, along)
            methods[name].count(said, one.truth.overfit, one.truth.healthy)
            if said and one.truth.overfit:
                methods[name].onset.append(abs(float(val.step[index]) - one.truth.onset) / one.truth.total)
            methods[name].stop.append(_regret(one.truth, float(val.step[index])))
            if one.run.checkpoints:
                methods[name].checkpoint.append(_checkpoint_regret(one, float(val.step[index])))
    return dict(methods)


def _onset(one: Judged, ours: Overfitting) -> None:
    found = next((r.finding for r in one.diagnosis.findings if r.code == "OVF001"), None)
    if found is None or found.step is None or not one.truth.overfit:
        return
    ours.onset.append(abs(found.step - one.truth.onset) / one.truth.total)
    if found.step_low is not None and found.step_high is not None:
        ours.covered.append(found.step_low <= one.truth.onset <= found.step_high)
        ours.width.append((found.step_high - found.step_low) / one.truth.total)


def _regret(truth: Truth, step: float) -> float:
    """How much worse the noise-free curve is at ``step`` than at its best, as a fraction of all that was gained."""
    if truth.val is None:
        return 0.0
    dense = np.linspace(0.002, 1, 2000)
    y = truth.val(dense)
    here = float(truth.val(np.array([max(step / truth.total, 0.002)]))[0])
    return max(0.0, here - float(y.min())) / max(float(y[0] - y.min()), 1e-12)


def _checkpoint_regret(one: Judged, step: float) -> float:
    """The same among the saved states: how much worse the one nearest to ``step`` is than the best saved one."""
    saved = np.array([c.step for c in one.run.checkpoints], dtype=np.float64)
    chosen = float(saved[int(np.argmin(np.abs(saved - step)))])
    return max(0.0, _regret(one.truth, chosen) - min(_regret(one.truth, s) for s in saved.tolist()))


def calibration(judged: Iterable[Judged]) -> list[tuple[float, float, int, float]]:
    """Stated confidence against the share of findings (warning and above) that are right: (from, to, findings, right)."""
    pairs = [(r.finding.confidence, r.code not in one.wrong) for one in judged for r in one.diagnosis.findings if r.severity != "info"]
    table = []
    for low, high in pairwise(CONFIDENCES):
        inside = [right for confidence, right in pairs if low < confidence <= high]
        if inside:
            table.append((low, high, len(inside), float(np.mean(inside))))
    return table


@dataclass(slots=True)
class Forecasts:
    """How forecasts did: whether the interval held the truth, its half width, the error and that of the last level, as fractions."""

    held: list[bool] = field(default_factory=list)
    width: list[float] = field(default_factory=list)
    error: list[float] = field(default_factory=list)
    naive: list[float] = field(default_factory=list)


def forecasts(judged: Iterable[Judged]) -> dict[str, Forecasts]:
    """The forecasts of validation losses, apart for learning rates that keep their peak and those that come down."""
    schedules: dict[str, Forecasts] = defaultdict(Forecasts)
    for one in judged:
        found = next((r.finding for r in one.diagnosis.findings if r.code == "LRN003"), None)
        if found is None or one.truth.val is None or found.series != "val_loss" or found.data.get("forecast") is None:
            continue
        ahead = _number(found.data, "forecast_step") / one.truth.total
        truth, now = (float(v) for v in one.truth.val(np.array([ahead, 1.0])))
        low, high = _number(found.data, "forecast_low"), _number(found.data, "forecast_high")
        lr = one.run.get("lr")
        group = schedules[
            "comes down" if lr is not None and lr.value[-1] < DECAYED * lr.value.max() else "keeps its peak, or is not logged"
        ]
        group.held.append(low <= truth <= high)
        group.width.append((high - low) / 2 / abs(truth))
        group.error.append(abs(_number(found.data, "forecast") - truth) / abs(truth))
        group.naive.append(abs(now - truth) / abs(truth))
    return dict(sorted(schedules.items(), reverse=True))


def oom(judged: Iterable[Judged]) -> list[tuple[float, bool, float]]:
    """Of each leak found: steps left until memory is full, estimated over true; whether the interval holds it; its width, in true ones."""
    rows = []
    for one in judged:
        for reported in one.diagnosis.findings:
            data = reported.finding.data
            if reported.code != "GPU002" or one.truth.full is None or data.get("steps_to_oom") is None:
                continue
            truth = one.truth.full - one.run.last_step
            low, high = _number(data, "steps_to_oom_low"), _number(data, "steps_to_oom_high")
            high = np.inf if np.isnan(high) else high
            rows.append((_number(data, "steps_to_oom") / truth, bool(low <= truth <= high), (high - low) / truth))
    return rows


def _number(data: object, key: str) -> float:
    value = data.get(key) if isinstance(data, dict) else None
    return float(value) if isinstance(value, int | float) else float("nan")


def quantile(values: Iterable[float], q: float) -> float:
    """Quantile of a list; NaN for an empty one."""
    array: Floats = np.array(list(values), dtype=np.float64)
    return float(np.quantile(array, q)) if len(array) else float("nan")
