"""Kinds of run to which something happens: non-finite values, divergence, spikes."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.accuracy.draw import Curve, Draft, Floats, Frame, healthy, observe, place_of

_PAST = frozenset({"CKP001", "CKP002"})


def nan_to_the_end(at: Frame) -> Draft:
    """NaN from one step on, the gradient norm rises before it in half of the runs."""
    place, step = place_of(at)
    draft = observe(
        at,
        "nan_to_the_end",
        at.power,
        at.power,
        must=frozenset({"NUM001"}),
        may=_PAST,
        verdicts=frozenset({"diverged"}),
        steps={"NUM001": (step,)},
        overfit=None,
    )
    for name, (x, y) in draft.columns.items():
        if name != "lr":
            draft.columns[name] = (x, np.where(x >= place, np.nan, y))
    if at.rng.random() < 0.5:
        x, norm = draft.columns["grad_norm"]
        draft.columns["grad_norm"] = (x, norm * np.where((x < place) & (x > place - 0.02), 30, 1))
    return draft


def inf_to_the_end(at: Frame) -> Draft:
    """The loss grows exponentially, then is infinite."""
    place, _ = place_of(at)
    blow: Curve = lambda x: at.power(x) * (1 + np.where(x >= place, np.expm1(np.clip((x - place) / 0.005, 0, 60)), 0))
    draft = observe(at, "inf_to_the_end", blow, blow, must=frozenset({"NUM001"}), may=_PAST, verdicts=frozenset({"diverged"}), overfit=None)
    for name in ("loss", "val_loss"):
        x, y = draft.columns[name]
        draft.columns[name] = (x, np.where((y > 1e4) | (x > place + 0.1), np.inf, y))
    first = min(float(x[np.argmax(np.isinf(y))]) for x, y in (draft.columns["loss"], draft.columns["val_loss"]) if np.isinf(y).any())
    draft.truth = replace(draft.truth, steps={"NUM001": (first * at.total,)})
    return draft


def nan_once(at: Frame) -> Draft:
    """One NaN, then all is well."""
    place, step = place_of(at)
    draft = observe(at, "nan_once", at.power, at.power, must=frozenset({"NUM007"}), steps={"NUM007": (step,)}, overfit=False)
    x, y = draft.columns["loss"]
    draft.columns["loss"] = (x, np.where(x == place, np.nan, y))
    return draft


def _diverged(at: Frame, kind: str, train: Curve, place: float) -> Draft:
    """The truth is the last point at which the noise-free curve was at its best, and the next record."""
    dense = np.linspace(0.5 * place, 1, 4000)
    best = float(dense[int(np.argmin(train(dense)))])
    left = float(at.x[min(int(np.searchsorted(at.x, best, side="right")), len(at.x) - 1)])
    return observe(
        at,
        kind,
        train,
        train,
        must=frozenset({"NUM002"}),
        may=_PAST | {"NUM005"},
        verdicts=frozenset({"diverged"}),
        steps={"NUM002": (left * at.total,)},
        overfit=None,
    )


def diverge_slow(at: Frame) -> Draft:
    """Creeps away until it has lost a third of what it had gained, or more."""
    place, _ = place_of(at, 0.3, 0.7)
    size = float(at.rng.uniform(0.35, 1.0)) * float(at.start - at.power(np.array([place]))[0])
    return _diverged(at, "diverge_slow", lambda x: at.power(x) + size * np.clip((x - place) / (1 - place), 0, None) ** 1.3, place)


def both_climb(at: Frame) -> Draft:
    """Training and validation climb by 25 to 45 % of their level, less than a quarter of what had been gained."""
    place, _ = place_of(at, 0.3, 0.6)
    at.floor, at.tau = at.start * float(at.rng.uniform(0.1, 0.25)), 0.01
    at.train_noise = min(at.train_noise, 0.02)
    size = float(at.rng.uniform(0.25, 0.45))
    climbs: Curve = lambda x: at.power(np.minimum(x, place)) * (1 + size * np.clip((x - place) / (1 - place), 0, None))
    return _diverged(at, "both_climb", climbs, place)


def last_evaluation(at: Frame) -> Draft:
    """The last evaluation is one and a half to six times as high as those before it."""
    draft = observe(at, "last_evaluation", at.power, at.power, must=frozenset({"NUM008"}), steps={"NUM008": (at.total,)}, overfit=False)
    x, y = draft.columns["val_loss"]
    draft.columns["val_loss"] = (x, np.append(y[:-1], y[-1] * float(at.rng.uniform(1.5, 6))))
    return draft


def diverge_sudden(at: Frame) -> Draft:
    """Jumps above its start and stays there, noisy."""
    place, _ = place_of(at)
    size = float(at.rng.uniform(1.0, 3.0))
    return _diverged(at, "diverge_sudden", lambda x: np.where(x >= place, size * at.start, at.power(x)), place)


def diverge_plateau(at: Frame) -> Draft:
    """Jumps to a level half-way back to its start, or to it, and stays."""
    place, _ = place_of(at)
    level = at.floor + (at.start - at.floor) * float(at.rng.uniform(0.5, 1.0))
    return _diverged(at, "diverge_plateau", lambda x: np.where(x >= place, level, at.power(x)), place)


def diverge_growing(at: Frame) -> Draft:
    """Grows exponentially to ten times its start."""
    place, _ = place_of(at)
    rate = float(at.rng.uniform(0.02, 0.1))
    grown: Curve = lambda x: at.floor * np.expm1(np.clip((x - place) / rate, 0, 50))
    return _diverged(at, "diverge_growing", lambda x: np.minimum(at.power(x) + grown(x), 10 * at.start), place)


def _bump(place: float, height: float, width: float) -> Callable[[Floats], Floats]:
    return lambda x: height * np.where(x >= place, np.exp(-np.maximum(x - place, 0) / width), 0)


def spike_recover(at: Frame) -> Draft:
    """The loss is two to five times as high, and back within a few records."""
    place, step = place_of(at)
    height, width = float(at.rng.uniform(1.0, 4.0)), 4 / len(at.x)
    height = max(height, 0.5 * (at.start / float(at.power(np.array([place]))[0]) - 1))
    bump = _bump(place, height, width)
    return observe(
        at,
        "spike_recover",
        lambda x: at.power(x) * (1 + bump(x)),
        at.power,
        must=frozenset({"NUM004"}),
        steps={"NUM004": (step,)},
        overfit=False,
    )


def spike_small(at: Frame) -> Draft:
    """Bumps of 15 % that are over at once: nothing to warn about."""
    place, step = place_of(at)
    at.train_noise = min(at.train_noise, 0.008)
    bump = _bump(place, 0.15, 3 / len(at.x))
    return healthy(at, "spike_small", lambda x: at.power(x) * (1 + bump(x)), at.power, steps={"NUM004": (step,)})


def spikes_many(at: Frame) -> Draft:
    """Four to eight spikes at odd places."""
    places = np.sort(at.rng.choice(np.linspace(0.2, 0.92, 13), int(at.rng.integers(4, 9)), replace=False)) + 0.01
    height, width = float(at.rng.uniform(0.6, 2.0)), min(2 / len(at.x), 0.005)
    at.train_noise = min(at.train_noise, 0.015)
    places = at.x[np.minimum(np.searchsorted(at.x, places), len(at.x) - 1)]

    def train(x: Floats) -> Floats:
        total = np.zeros_like(x)
        for place in places:
            total = total + _bump(float(place), height, width)(x)
        return at.power(x) * (1 + total)

    steps = {"NUM004": tuple((places * at.total).tolist())}
    return observe(at, "spikes_many", train, at.power, must=frozenset({"NUM004"}), steps=steps, overfit=False)


def spike_stays(at: Frame) -> Draft:
    """Jumps, and falls on from there without ever coming back."""
    place, step = place_of(at, 0.4, 0.8)
    at.train_noise = min(at.train_noise, 0.02)
    gained = float(at.start - at.power(np.array([place]))[0])
    level = float(at.rng.uniform(0.25, 0.5)) * gained
    train: Curve = lambda x: at.power(x) + np.where(x >= place, level * (1 - 0.3 * np.clip((x - place) / (1 - place), 0, 1)), 0)
    # A jump of a quarter of all progress is also a divergence: either name is right.
    return observe(
        at,
        "spike_stays",
        train,
        train,
        must=frozenset({"NUM003|NUM002"}),
        may=_PAST,
        verdicts=frozenset({"diverged", "healthy", "converged", "still-improving"}),
        steps={"NUM003": (step,), "NUM002": (step,)},
        overfit=None,
    )


def gradient_explosion(at: Frame) -> Draft:
    """The gradient norm grows thirtyfold and stays; clipping keeps the loss together."""
    place, step = place_of(at)
    draft = observe(at, "gradient_explosion", at.power, at.power, must=frozenset({"NUM005"}), steps={"NUM005": (step,)}, overfit=False)
    x, norm = draft.columns["grad_norm"]
    draft.columns["grad_norm"] = (x, norm * np.where(x >= place, 30, 1))
    return draft


def gradient_batches(at: Frame) -> Draft:
    """Single gradient norms of a hundred times the usual: bad batches, clipped."""
    draft = healthy(at, "gradient_batches", at.power, at.power)
    x, norm = draft.columns["grad_norm"]
    draft.columns["grad_norm"] = (x, np.where(at.rng.random(len(x)) < 0.01, 100 * norm, norm))
    return draft


def scale_collapse(at: Frame) -> Draft:
    """The loss scale halves to nothing."""
    place, step = place_of(at)
    draft = observe(at, "scale_collapse", at.power, at.power, must=frozenset({"NUM006"}), steps={"NUM006": (step,)}, overfit=False)
    draft.columns["loss_scale"] = (at.x, _scale(at) / 2.0 ** np.clip(np.floor((at.x - place) * len(at.x) + 1), 0, 18))
    return draft


def scale_breathes(at: Frame) -> Draft:
    """A healthy loss scale: calibration, then doubling and halving."""
    draft = healthy(at, "scale_breathes", at.power, at.power)
    draft.columns["loss_scale"] = (at.x, _scale(at))
    return draft


def _scale(at: Frame) -> Floats:
    settled = 2.0 ** int(at.rng.integers(9, 14))
    breath = 2.0 ** at.rng.integers(-1, 2, len(at.x))
    start = np.clip(np.floor(8 - at.x * len(at.x) * 0.5), 0, 8)
    return settled * breath * 2.0**start


def diverge_late(at: Frame) -> Draft:
    """Jumps to twice its level or more over the last 5 to 10 % of the run."""
    place, _ = place_of(at, 0.90, 0.945)
    size = float(at.rng.uniform(1.0, 2.0))
    return _diverged(at, "diverge_late", lambda x: np.where(x >= place, size * at.start, at.power(x)), place)


def diverge_sparse(at: Frame) -> Draft:
    """Thirty records in all."""
    at.x, at.xv = np.arange(1, 31) / 30, np.arange(1, 11) / 10
    place, _ = place_of(at, 0.4, 0.8)
    return _diverged(at, "diverge_sparse", lambda x: np.where(x >= place, 1.5 * at.start, at.power(x)), place)


def spike_noisy(at: Frame) -> Draft:
    """Losses of single batches with 8 % noise; the spike is three to five times the level."""
    at.train_noise = 0.08
    return _renamed(spike_recover(at), "spike_noisy")


def _renamed(draft: Draft, kind: str) -> Draft:
    """The same run under another name."""
    draft.truth = replace(draft.truth, kind=kind)
    return draft
