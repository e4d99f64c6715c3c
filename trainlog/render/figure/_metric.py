"""The panels of metrics: training curve raw and smoothed, validation, where it turned, what to keep, what went wrong."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from trainlog import vocab
from trainlog._order import distinct
from trainlog.render._escape import plain
from trainlog.render.figure._curves import frame
from trainlog.render.figure._scene import Band, Dash, Edge, Line, Mark, Panel, Role, Symbol
from trainlog.render.figure._subject import Subject, validation
from trainlog.run import Floats, Series

DOTS = 60  # at most as many evaluations are drawn with a dot each
LARGEST_ENTROPY = 16.0  # nats: a uniform guess among nine million tokens, more than any vocabulary has
MAX_SETS = 4  # evaluation sets in one frame; more cannot be told apart
MAX_BANDS = 3  # runs whose onset is drawn as a band; more cover each other
MAX_RUGS = 200  # marks along an edge; more are one bar
ONE_EXCURSION = 0.02  # of the range of x: points outside the frame that are closer than this share a mark
DASHES: tuple[Dash, ...] = ("solid", "dashed", "dashdot", "dotted")
NAMES = {
    "loss": "loss",
    "ppl": "perplexity",
    "bpb": "bits per byte",
    "lr": "learning rate",
    "auc": "AUC",
    "map": "mAP",
    "iou": "IoU",
    "wer": "word error rate",
    "mse": "MSE",
    "rmse": "RMSE",
    "mae": "MAE",
    "bleu": "BLEU",
    "f1": "F1",
    "r2": "R²",
    "rouge": "ROUGE",
    "fid": "FID",
    "ndcg": "NDCG",
    "knn_accuracy": "k-NN accuracy",
}


def metric_panels(subjects: Sequence[Subject], *, log_y: bool) -> list[Panel]:
    """One panel per metric the runs are judged by: that of the training series, and that of validation if it is another.

    Losses that play against each other, by which nothing is judged, have one each.
    """
    bases: list[str] = []
    for subject in subjects:
        for series in (subject.facts.train, subject.facts.val):
            if series is not None and (base := vocab.base_of(series.name)) not in bases:
                bases.append(base)
    bases += dict.fromkeys(name for subject in subjects for name in subject.facts.adversaries if subject.facts.train is None)
    return [panel(subjects, base, log_y=log_y, share=1.0 if i == 0 else 0.6) for i, base in enumerate(bases[:3])]


def panel(subjects: Sequence[Subject], base: str, *, log_y: bool, share: float) -> Panel:
    """One metric of all runs."""
    lines: list[Line] = []
    marks: list[Mark] = []
    bands: list[Band] = []
    for subject in subjects:
        train = _train(subject, base)
        if train is not None:
            lines += _curve(subject, train, "training", "train", "solid")
        for dash, series in zip(DASHES, validation(subject, base)[:MAX_SETS], strict=False):
            # With several runs the colour tells them apart, so the dash must tell validation from training.
            dashed = "dashed" if subject.number is not None and dash == "solid" else dash
            lines += _curve(subject, series, _set_name(series), "val", dashed)
        marks += _bad(subject, [s for s in (train, *validation(subject, base)[:MAX_SETS]) if s is not None])
        if train is not None:
            marks += _spikes(subject, train)
        marks += _keep(subject, base)
        bands += _onset(subject, base) if len(subjects) <= MAX_BANDS else []
    drawn = [line.y for line in lines] + [mark.y for mark in marks if mark.symbol == "star"]
    limits = None if log_y else _limits(lines, drawn, log_x=subjects[0].options.log_x)
    if limits is not None:
        marks += [mark for line in lines if line.edges for mark in _outside(line, limits)]
    exp = "perplexity" if base == "loss" and all(s.has_perplexity() for s in subjects) and _is_entropy(limits, drawn) else None
    unit = "nats per token" if exp else vocab.metric(base).unit
    label = NAMES.get(base, plain(base.replace("_", " "), 40)) + (f" ({unit})" if unit not in ("", "nats", "fraction") else "")
    return Panel(base, label, tuple(lines), tuple(marks), tuple(bands), limits, log_y, exp, share=share)


def _limits(lines: Sequence[Line], drawn: list[Floats], *, log_x: bool) -> tuple[float, float] | None:
    """The frame; places along x count as the axis shows them."""
    place = np.log if log_x else np.asarray
    ends = [line.x for line in lines if len(line.x)]
    span = np.array([min(x[0] for x in ends), max(x[-1] for x in ends)]) if ends else np.ones(2)
    return frame(place(span), [(place(line.x), line.y) for line in lines], drawn)


def _is_entropy(limits: tuple[float, float] | None, drawn: Sequence[Floats]) -> bool:
    """Whether e to the power of what the frame shows is a number anybody would read."""
    top = max((float(y.max()) for y in drawn if len(y)), default=np.inf) if limits is None else limits[1]
    return top < LARGEST_ENTROPY


def _train(subject: Subject, base: str) -> Series | None:
    train, val = subject.facts.train, subject.facts.val
    if val is not None and val.name == base:  # it is always evaluated, and named without its split
        return None
    return train if train is not None and vocab.base_of(train.name) == base else subject.run.get(base)


def _curve(subject: Subject, series: Series, text: str, role: Role, dash: Dash) -> list[Line]:
    """The curve as logged, thin, and its trend over it; only the first when there is nothing to smooth."""
    constant = subject.time_constant(series)
    dotted = dash == "solid" and role == "val"
    if constant <= 0:
        line = subject.raw(series, text, role, dots=dotted or (len(series) <= DOTS and (dash == "solid" or len(series) < 3)))
        return [line._replace(dash=dash)]
    unit = "records" if subject.run.axis == "record" else f"{subject.run.axis}s"
    smoothed = f"{text}, smoothed over {constant:,.4g} {unit}"
    trend = subject.smoothed(series, smoothed, role, dash, dots=dotted)
    return [subject.raw(series, f"{text}, as logged", role, faint=True), trend]


def _set_name(series: Series) -> str:
    split, _, subset = series.name.partition("/")
    if vocab.split_of(series.name) == "train":
        return "evaluation"
    return f"{'test' if split.startswith('test_') else 'validation'} {plain(subset, 40)}".strip()


def _onset(subject: Subject, base: str) -> list[Band]:
    bands = []
    for reported in subject.diagnosis.findings:
        found = reported.finding
        if reported.name != "overfitting" or found.step is None or (found.series and vocab.base_of(found.series) != base):
            continue
        low, high = (found.step if s is None else s for s in (found.step_low, found.step_high))
        shown = f"{low:,}–{high:,}" if low != high else f"{low:,}"
        text = f"overfitting starts: {subject.run.axis} {shown}"
        x_low, x_high, x_at = (subject.progress.at(step) for step in (low, high, found.step))
        bands.append(Band(x_low, x_high, x_at, text, "onset", subject.number))
    return bands


def _keep(subject: Subject, base: str) -> list[Mark]:
    keep = subject.diagnosis.keep
    if keep is None or vocab.base_of(keep.series) != base:
        return []
    x = np.array([subject.progress.at(keep.step)])
    label = f"keep {subject.run.axis} {keep.step:,} ({keep.value:#.4g})"
    return [Mark(x, np.array([keep.value]), label, "keep", "star", run=subject.number)]


def _bad(subject: Subject, series: Sequence[Series]) -> list[Mark]:
    """NaN and infinite values have no place on the axis: they stand on the upper edge."""
    steps = distinct(np.concatenate([s.step[~np.isfinite(s.value)] for s in series])) if series else np.empty(0, dtype=np.int64)
    if not len(steps):
        return []
    label = f"NaN or infinite: {len(steps):,} from {subject.run.axis} {int(steps[0]):,}"
    x = subject.progress.of(steps[_spread(len(steps))])
    return [Mark(x, np.full(len(x), np.nan), label, "bad", "cross", at="top", run=subject.number)]


def _spikes(subject: Subject, train: Series) -> list[Mark]:
    steps = sorted({r.finding.step for r in subject.diagnosis.findings if r.name.startswith("loss-spike") and r.finding.step is not None})
    if not steps:
        return []
    at = np.array(steps, dtype=np.float64)
    near = np.clip(np.searchsorted(train.step, at), 0, len(train) - 1)
    label = f"loss spike{'s' if len(steps) > 1 else ''}: {subject.run.axis} {_listed(steps)}"
    return [Mark(subject.progress.of(at), train.value[near], label, "spike", "down", run=subject.number)]


def _outside(line: Line, limits: tuple[float, float]) -> list[Mark]:
    """A small triangle on the edge at the peak of each excursion out of the frame: the frame hides nothing silently."""
    marks = []
    edges: tuple[tuple[NDArray[np.bool_], Symbol, Edge], ...] = ((line.y > limits[1], "up", "top"), (line.y < limits[0], "down", "bottom"))
    for beyond, symbol, edge in edges:
        out = np.flatnonzero(beyond)
        if not len(out):
            continue
        apart = np.flatnonzero(np.diff(line.x[out]) > ONE_EXCURSION * (line.x[-1] - line.x[0]))
        peaks = [int(part[np.argmax(np.abs(line.y[part]))]) for part in np.split(out, apart + 1)]
        at = np.array(peaks)[_spread(len(peaks))]
        marks.append(Mark(line.x[at], line.y[at], None, line.role, symbol, at=edge, small=True, run=line.run))
    return marks


def _spread(count: int) -> NDArray[np.int64]:
    """At most ``MAX_RUGS`` indices of so many marks, the first and the last among them."""
    return np.linspace(0, count - 1, min(count, MAX_RUGS)).astype(np.int64)


def _listed(steps: Sequence[int]) -> str:
    shown = ", ".join(f"{step:,}" for step in steps[:3])
    return shown if len(steps) <= 3 else f"{shown} and {len(steps) - 3} more"
