"""Which series a run is judged by: of training, and of what was held out."""

import re
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from trainlog import vocab
from trainlog.run import Run, Series

#: Preferred when a log has several metrics of a split: a loss says most about a fit, then what is a function of it.
JUDGED_BY = (
    "loss",
    "ppl",
    "bpb",
    "error",
    "mse",
    "rmse",
    "mae",
    "wer",
    "accuracy",
    "f1",
    "auc",
    "map",
    "iou",
    "dice",
    "bleu",
    "rouge",
    "r2",
    "ndcg",
    "fid",
    "knn_accuracy",
    "reward",
)
EVALUATED = ("wer", "cer", "map", "bleu", "rouge", "ndcg", "fid", "knn_accuracy")
"""What is not measured on a batch of training (a text is generated, a set ranked): evaluation, though its name does not say so."""
HALVES = ("precision", "recall")  # one is bought with the other: neither says alone how good a run is
MIN_POINTS = 4  # of a reward that a run is judged by
_PAIRS = (
    (frozenset(("g", "gen", "generator")), frozenset(("d", "dis", "disc", "discriminator", "critic"))),
    (frozenset(("actor", "policy", "pi")), frozenset(("critic", "value", "vf", "q", "qf"))),
)
_LOSSES = frozenset(("loss", "err", "error", "cost"))


def training(run: Run) -> Series | None:
    """The training metric: the reward where a policy is trained, else the loss, perplexity and so on; None of two that follow each other.

    The loss of a policy follows what it is fed, not how good it is. Beside an accuracy a reward is part of a preference model instead.
    """
    reward = run.get("reward")
    if reward is not None and len(reward) >= MIN_POINTS and run.get("accuracy") is None:
        return reward
    found = preferred(run, "train", without={s.name for s in evaluations(run)})
    return None if found is not None and found.name in {s.name for s in adversaries(run)} else found


def watched(run: Run, judged: Series | None) -> list[Series]:
    """The losses that must stay finite though a run is not judged by them."""
    loss = run.get("loss")
    return [s for s in ([loss] if loss is not None else adversaries(run)) if judged is None or s.name != judged.name]


def adversaries(run: Run) -> list[Series]:
    """The training losses of a generator and a discriminator, or a policy and its critic, where both are logged: each follows the other."""
    for pair in _PAIRS:
        sides = [[s for name, s in run.series.items() if len(s) and _is_loss_of(name, words)] for words in pair]
        if all(sides):
            return [s for side in sides for s in side]
    return []


def _is_loss_of(name: str, side: Collection[str]) -> bool:
    words = set(re.split(r"[\W_]+", vocab.CAMEL.sub("_", name).lower()))
    return vocab.split_of(name) == "train" and not words.isdisjoint(side) and not words.isdisjoint(_LOSSES)


def evaluations(run: Run) -> list[Series]:
    """What is only ever evaluated, and was logged without its split; in the order of ``JUDGED_BY``."""
    found = [run.get(name) for name in JUDGED_BY if name in EVALUATED]
    return [s for s in found if s is not None and "train" not in _splits_in(run.raw_names.get(s.name, s.name))]


def _splits_in(raw: str) -> set[str]:
    return {vocab.SPLITS[word] for word in re.split(r"[\W_]+", vocab.CAMEL.sub("_", raw).lower()) if word in vocab.SPLITS}


def preferred(run: Run, split: str, *, without: Collection[str] = ()) -> Series | None:
    """The series of a split that says most; among evaluation sets, the one with most points (then by name).

    Perplexity is judged as the loss it is the exponential of.
    """
    left_out = {*without, *(name.replace("loss", "ppl") for name in without)}
    mine = [s for name, s in run.series.items() if len(s) and vocab.split_of(name) == split and not name.startswith("gpu/")]
    mine = [s for s in mine if s.name not in left_out]
    for base in JUDGED_BY:
        found = [s for s in mine if vocab.base_of(s.name) == base]
        if found:
            chosen = min(found, key=lambda s: ("/" in s.name, -len(s), s.name))
            return _as_loss(chosen) if base == "ppl" else chosen
    losses = [s for s in mine if vocab.metric(s.name).better == "low"]
    scores = [s for s in mine if vocab.metric(s.name).better == "high" and vocab.base_of(s.name) not in HALVES and split != "train"]
    return max(losses or scores, key=len, default=None)


def held_out(run: Run, *, without: Sequence[Series] = ()) -> Series | None:
    """The validation metric, else one of a test set, else one that is always evaluated."""
    names = {s.name for s in without}
    found = (preferred(run, split, without=names) for split in ("val", "test"))
    return next((s for s in (*found, *evaluations(run)) if s is not None and s.name not in names), None)


def _as_loss(ppl: Series) -> Series:
    with np.errstate(divide="ignore", invalid="ignore"):
        return replace(ppl, name=ppl.name.replace("ppl", "loss"), value=np.log(ppl.value))
