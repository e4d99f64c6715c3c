"""What a kind of run is drawn from: its length, its noise-free curves, its noise; and the truth that goes with it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from trainlog.run import Checkpoint, Run, Series

Floats = NDArray[np.float64]
Curve = Callable[[Floats], Floats]

TOLERANCE = 0.02
"""Rise of the noise-free validation curve above its minimum, as a fraction of it (or of its range where it passes 0), from
which a run overfits."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What is wrong with a run, and what may be said about it."""

    kind: str
    must: frozenset[str] = frozenset()
    """Codes that have to be found, at severity warning or above."""
    may: frozenset[str] = frozenset()
    """Further codes that are right at severity warning or above."""
    notes: frozenset[str] = frozenset()
    """Codes that have to be found at any severity."""
    verdicts: frozenset[str] = frozenset()
    """Verdicts that are right; empty: any but those that name a defect."""
    steps: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Code -> steps at which it happened."""
    total: int = 0
    overfit: bool | None = None
    """None where the question makes no sense (no validation, diverged)."""
    onset: float = float("nan")
    val: Curve | None = None
    """Noise-free validation curve over the run, x in 0-1 and beyond, lower is better."""
    full: float | None = None
    """Step at which leaking memory fills the device."""
    healthy: bool = False
    """Nothing is wrong: any finding at severity warning or above is a false alarm."""


@dataclass(slots=True)
class Frame:
    """Length, sampling and noise of one run; ``rng`` is used up in the order of the calls."""

    rng: np.random.Generator
    total: int
    x: Floats
    """Places of the training records, 0-1."""
    xv: Floats
    """Places of the evaluations, 0-1."""
    start: float
    floor: float
    train_noise: float
    val_noise: float

    def power(self, x: Floats) -> Floats:
        """A loss that falls from ``start`` towards ``floor`` as a power law; its shape is drawn once per run."""
        return self.floor + (self.start - self.floor) * (1 + np.maximum(x, 0) / self.tau) ** -self.exponent

    tau: float = 0.03
    exponent: float = 0.7


def frame(rng: np.random.Generator) -> Frame:
    """Draw a run: 500 to 50,000 steps, 80 to 1,500 training records, 20 to 150 evaluations, noise from 0.3 to 4 %."""
    total = int(10 ** rng.uniform(2.7, 4.7))
    records = int(np.exp(rng.uniform(np.log(80), np.log(1500))))
    evaluations = int(np.exp(rng.uniform(np.log(20), np.log(150))))
    records = min(max(records, evaluations), total)
    start = float(rng.choice([10.8, 6.9, 4.6, 2.3, 1.6]) * rng.uniform(0.95, 1.1))
    return Frame(
        rng=rng,
        total=total,
        x=np.unique(np.round(np.linspace(total / records, total, records))) / total,
        xv=np.unique(np.round(np.linspace(total / evaluations, total, evaluations))) / total,
        start=start,
        floor=start * float(rng.uniform(0.1, 0.5)),
        train_noise=float(np.exp(rng.uniform(np.log(0.003), np.log(0.04)))),
        val_noise=float(np.exp(rng.uniform(np.log(0.001), np.log(0.01)))),
        tau=float(10 ** rng.uniform(-2.3, -1.2)),
        exponent=float(rng.uniform(0.4, 1.1)),
    )


@dataclass(slots=True)
class Draft:
    """A run being drawn: observed columns by canonical name, each over places 0-1, and the truth."""

    frame: Frame
    truth: Truth
    columns: dict[str, tuple[Floats, Floats]] = field(default_factory=dict)
    config: dict[str, float] = field(default_factory=dict)
    checkpoints: int = 0
    steps_per_epoch: float | None = None
    sign: float = 1.0

    def run(self, source: str = "bench.jsonl") -> Run:
        """The run as a reader would give it."""
        total = self.frame.total
        places = np.unique(np.concatenate([x for x, _ in self.columns.values()]))
        series = {}
        for name, (x, y) in self.columns.items():
            step = np.round(x * total).astype(np.int64)
            epoch = None if self.steps_per_epoch is None else step / self.steps_per_epoch
            series[name] = Series(name, step, y.astype(np.float64), np.searchsorted(places, x).astype(np.int64) + 1, None, epoch)
        every = max(1, total // self.checkpoints) if self.checkpoints else 0
        # The last state is saved too, as trainers do.
        saved = tuple(Checkpoint(s, f"step-{s}") for s in sorted({*range(every, total + 1, every), total})) if every else ()
        return Run(
            source, "jsonl", series=series, config=self.config, checkpoints=saved, records=len(places), steps_per_epoch=self.steps_per_epoch
        )


def observe(at: Frame, kind: str, train: Curve, val: Curve | None, **truth: object) -> Draft:
    """Draw the log of a run with these noise-free curves: losses with noise, a learning rate, a healthy gradient norm."""
    rng = at.rng
    draft = Draft(at, replace(Truth(kind, total=at.total, val=val), **truth), checkpoints=int(rng.integers(5, 40)))  # type: ignore[arg-type]  # the fields of Truth
    draft.columns["loss"] = (at.x, train(at.x) * np.exp(rng.normal(0, at.train_noise, len(at.x))))
    if val is not None:
        draft.columns["val_loss"] = (at.xv, val(at.xv) * np.exp(rng.normal(0, at.val_noise, len(at.xv))))
    warm = float(rng.uniform(0.01, 0.05))
    # Half of the runs keep the peak of their learning rate, half come down to a tenth of it.
    decay = cosine(at.x) if warm < 0.03 else np.ones(len(at.x))
    draft.columns["lr"] = (at.x, 3e-4 * np.minimum(1, at.x / warm) * decay)
    draft.columns["grad_norm"] = (at.x, rng.lognormal(0, 0.25, len(at.x)) * (1 + 3 * np.exp(-at.x / 0.01)))
    if val is not None and "overfit" not in truth:
        overfit, onset = judge(val)
        draft.truth = replace(draft.truth, overfit=overfit, onset=onset * at.total)
    return draft


def cosine(x: Floats) -> Floats:
    """A learning rate, in peaks, that comes down to a tenth."""
    return 0.1 + 0.9 * (1 + np.cos(np.pi * x)) / 2


def judge(val: Curve) -> tuple[bool, float]:
    """Whether the noise-free curve ``val`` overfits, and from which place (0-1) on."""
    dense = np.linspace(0.002, 1, 4000)
    y = val(dense)
    low = int(np.argmin(y))
    scale = abs(float(y[low])) if float(y.min()) > 0 else float(y.max() - y.min())
    rise = float(y[-1] - y[low])
    return rise > TOLERANCE * scale, float(dense[low])


def healthy(at: Frame, kind: str, train: Curve, val: Curve | None, **truth: object) -> Draft:
    """A run with nothing wrong."""
    return observe(at, kind, train, val, healthy=True, **truth)


def place_of(at: Frame, low: float = 0.3, high: float = 0.85) -> tuple[float, float]:
    """A place for an event, moved to the next training record, and the step it is at."""
    i = int(np.searchsorted(at.x, at.rng.uniform(low, high)))
    place = float(at.x[min(i, len(at.x) - 1)])
    return place, place * at.total
