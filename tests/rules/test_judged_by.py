"""Which metric says how good a run is, where its loss does not."""

import numpy as np
import pytest

from tests.rules.runs import X, falling, found, judged, noise, run_of, why_skipped
from trainlog import vocab
from trainlog.diagnosis import diagnose
from trainlog.render import _words as words

RISING = 1.6 * (1 - np.exp(-X / 0.3))


def policy() -> dict[str, np.ndarray]:
    """Policy optimisation: the loss starts near 0 and grows with the distance from the reference while the reward rises."""
    return {"loss": 0.002 * (1 - np.exp(-X / 0.3)) * noise(0.2, 1), "reward": RISING * noise(0.05, 2)}


def test_a_policy_is_judged_by_its_reward() -> None:
    diagnosis = judged(policy())
    assert not found(diagnosis, "NUM002")
    assert diagnosis.verdict in ("healthy", "still-improving", "converged")
    assert diagnosis.facts is not None
    assert diagnosis.facts.train is not None
    assert diagnosis.facts.train.name == "reward"
    assert not found(diagnosis, "LOG005")
    assert "reward" in (why_skipped(diagnosis, "LOG005") or "")
    assert "episodes" in (why_skipped(diagnosis, "NUM004") or "")


def test_a_reward_that_collapses_is_a_divergence() -> None:
    assert judged({"loss": policy()["loss"], "reward": np.where(X > 0.6, 0.1, RISING) * noise(0.05)}).verdict == "diverged"


def test_the_loss_of_a_policy_must_stay_finite() -> None:
    diagnosis = judged({"loss": np.where(X > 0.7, np.nan, 0.01), "reward": RISING})
    assert diagnosis.verdict == "diverged"
    assert found(diagnosis, "NUM001")[0].finding.series == "loss"


def test_rewards_of_a_preference_model_are_no_return() -> None:
    facts = judged({"loss": falling(), "reward": noise(0.1), "accuracy": RISING / 2}).facts
    assert facts is not None
    assert facts.train is not None
    assert facts.train.name == "loss"


ADVERSARIES = [
    ("g_loss", "d_loss"),
    ("Loss_G", "Loss_D"),
    ("errG", "errD"),
    ("train_generator_loss", "train_critic_loss"),
    ("loss/gen", "loss/disc"),
    ("actor_loss", "critic_loss"),
    ("policy_loss", "value_loss"),
]


@pytest.mark.parametrize("names", ADVERSARIES)
def test_losses_that_play_against_each_other_judge_nothing(names: tuple[str, str]) -> None:
    diagnosis = judged({names[0]: (1 + 3 * X) * noise(0.2), names[1]: (1.2 - X) * noise(0.1, 1)})
    assert diagnosis.verdict == "inconclusive"
    assert not diagnosis.findings
    assert "follow each other" in (diagnosis.reason or "")
    assert "FID" in (words.ways_out(diagnosis) or "")


@pytest.mark.parametrize("names", ADVERSARIES)
def test_they_must_stay_finite(names: tuple[str, str]) -> None:
    assert judged({names[0]: np.where(X > 0.8, np.nan, 1.0), names[1]: 1.2 * noise(0.1, 1)}).verdict == "diverged"


def test_one_of_them_alone_is_a_loss() -> None:
    assert judged({"g_loss": falling()}).verdict != "inconclusive"


def test_a_loss_beside_them_is_judged() -> None:
    facts = judged({"g_loss": falling(), "d_loss": falling(), "val_loss": falling()[9::10], "loss": falling()}).facts
    assert facts is not None
    assert facts.train is not None
    assert facts.train.name == "loss"


@pytest.mark.parametrize("name", ["fid", "bleu", "wer", "ndcg", "knn_accuracy"])
def test_what_is_only_ever_evaluated_is_validation_without_saying_so(name: str) -> None:
    better = 0.5 * np.exp(-X / 0.3) + 0.1
    values = better if vocab.metric(name).better == "low" else 1 - better
    diagnosis = judged({"loss": (0.3 + 0.4 * np.abs(X - 0.3)) * noise(0.01), name: values[9::10] * noise(0.002, 3, 40)})
    assert diagnosis.facts is not None
    assert diagnosis.facts.val is not None
    assert diagnosis.facts.val.name == name
    assert not found(diagnosis, "LOG005")
    assert diagnosis.verdict != "diverged"  # the loss rises, as in self-supervision: what is evaluated held
    assert diagnosis.keep is not None


def test_what_says_its_split_keeps_it() -> None:
    run = run_of({"loss": falling(), "ndcg": RISING / 2}, raw_names={"loss": "loss", "ndcg": "training ndcg@10"})
    facts = diagnose(run).facts
    assert facts is not None
    assert facts.val is None


def test_a_validation_loss_comes_before_what_is_evaluated() -> None:
    facts = judged({"loss": falling(), "val_loss": falling()[9::10], "bleu": RISING[9::10]}).facts
    assert facts is not None
    assert facts.val is not None
    assert facts.val.name == "val_loss"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("ndcg@10", "ndcg"),
        ("valid ndcg@5", "val_ndcg"),
        ("knn_top1", "knn_accuracy"),
        ("val/neg_elbo", "val_loss"),
        ("objective/rlhf_reward", "reward/objective"),
    ],
)
def test_their_names_are_known(raw: str, name: str) -> None:
    assert vocab.canonical(raw).canonical == name


def test_the_divergence_of_a_policy_is_no_loss() -> None:
    assert vocab.base_of(vocab.canonical("objective/kl").canonical) != "loss"


@pytest.mark.parametrize(
    ("raw", "better"), [("eval_matthews_correlation", "high"), ("val/chrF++", "high"), ("val_smape", "low"), ("eval_exact_match", "high")]
)
def test_a_score_of_validation_alone_judges_the_run(raw: str, better: str) -> None:
    name = vocab.canonical(raw).canonical
    assert vocab.metric(name).better == better
    facts = judged({"loss": falling(), name: RISING[9::10]}).facts
    assert facts is not None
    assert facts.val is not None
    assert facts.val.name == name


def test_a_validation_metric_that_nobody_knows_is_not_said_to_be_missing() -> None:
    (reported,) = found(judged({"loss": falling(), "val_wobble": RISING[9::10], "val_runtime": RISING[9::10]}), "LOG005")
    assert "of val_wobble it is not known which way is better" in reported.finding.why
    assert reported.finding.do == ("if lower is better: --alias val_loss=val_wobble",)


def test_precision_alone_judges_nothing() -> None:
    assert found(judged({"loss": falling(), "val_precision": RISING[9::10] / 2, "val_recall": RISING[9::10] / 2}), "LOG005")
