"""OVF001 fires when validation rises beyond its noise, and on nothing else."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.runs import Curve, falling, run_of, sampled, series, training, turning
from trainlog.diagnosis import Reported, diagnose
from trainlog.rules import Facts
from trainlog.run import Floats, Run

STEPS = 10_000


def run(curve: Curve, *, points: int = 50, noise: float = 0.004, seed: int = 1, train: Curve = training, name: str = "val_loss") -> Run:
    return run_of(
        sampled("loss", train, points=500, steps=STEPS, noise=0.02, seed=seed),
        sampled(name, curve, points=points, steps=STEPS, noise=noise, seed=seed + 1),
    )


def found(judged: Run) -> Reported | None:
    return next((r for r in diagnose(judged).findings if r.code == "OVF001"), None)


FIRES = {
    "clear": (lambda: run(turning(0.4, 0.3)), 0.4),
    "mild": (lambda: run(turning(0.5, 0.08)), 0.5),
    "late": (lambda: run(turning(0.85, 0.15), points=100), 0.85),
    "noisy": (lambda: run(turning(0.4, 0.3), noise=0.02), 0.4),
    "saturating": (lambda: run(lambda x: falling(x) + 0.5 / (1 + np.exp(-(x - 0.5) * 25))), 0.35),
    "per epoch": (lambda: run(turning(0.3, 0.5), points=10), 0.3),
    "after a spike": (lambda: run(lambda x: turning(0.4, 0.3)(x) * np.where(abs(x - 0.2) < 0.01, 3, 1)), 0.4),
    "accuracy falls": (lambda: run(lambda x: 0.9 - 0.2 * turning(0.4, 0.6)(x), name="val_accuracy"), 0.4),
    "negative loss": (lambda: run(lambda x: turning(0.4, 0.3)(x) - 5), 0.4),
    "loss that passes zero": (lambda: run(lambda x: turning(0.4, 0.6)(x) - 1.5), 0.4),
    "reward falls": (lambda: run(lambda x: 100 - 40 * turning(0.4, 0.6)(x), name="val_reward"), 0.4),
    "validation below training": (lambda: run(turning(0.4, 0.3), train=lambda x: 2 * falling(x)), 0.4),
}

SILENT: dict[str, Callable[[], Run]] = {
    "still falling": lambda: run(falling),
    "gap only": lambda: run(falling, train=lambda x: 0.2 * falling(x)),
    "gap that grows while validation stands still": lambda: run(
        lambda x: 1.0 + 3 * np.exp(-12 * x), train=lambda x: (1.0 + 3 * np.exp(-12 * x)) * (1 - 0.9 * x)
    ),
    "gap that grows while validation falls": lambda: run(falling, train=lambda x: falling(x) * (1 - 0.9 * x)),
    "converged": lambda: run(lambda x: 1.0 + 3 * np.exp(-12 * x), noise=0.01),
    "noise only": lambda: run(lambda x: 1.0 + 0 * x, noise=0.03, points=30),
    "constant": lambda: run(lambda x: 1.0 + 0 * x, noise=0.0),
    "double descent": lambda: run(lambda x: falling(x) * (1 + 0.3 * np.exp(-(((x - 0.5) / 0.1) ** 2)))),
    "learning-rate drop": lambda: run(lambda x: falling(x) - 0.2 * (x > 0.6)),
    "kink at a learning-rate drop": lambda: run(lambda x: np.where(x < 0.5, 3 - 2 * x, 2 - 0.2 * (1 - np.exp(-(x - 0.5) / 0.02)))),
    "slope that breaks off": lambda: run(lambda x: np.where(x < 0.4, 4 - 5 * x, 2 - 0.3 * (x - 0.4)), points=20),
    "warm restart that has come back": lambda: run(lambda x: falling(x) * (1 + 0.2 * np.exp(-(x - 0.5) / 0.03) * (x > 0.5))),
    "validation below training": lambda: run(lambda x: 0.5 * falling(x)),
    "one last spike": lambda: run(lambda x: falling(x) * np.where(abs(x - 0.9) < 0.005, 2, 1), points=100),
    "few points": lambda: run(falling, points=5, noise=0.005),
    "negative loss": lambda: run(lambda x: falling(x) - 5),
    "loss that passes zero": lambda: run(lambda x: falling(x) - 1.8),
    "accuracy that has settled": lambda: run(lambda x: 0.9 - 0.5 * np.exp(-12 * x), name="val_accuracy", noise=0.01),
    "higher is better": lambda: run(lambda x: 1 - 0.2 * falling(x), name="val_accuracy"),
}


def drifting(train: Curve) -> Run:
    """Validation that rises by 4 % in no more than its noise, as evaluations that drift do, beside training as given."""
    return run(lambda x: 1.0 + 3 * np.exp(-12 * x) + 0.05 * np.maximum(x - 0.4, 0) / 0.6, points=30, noise=0.008, seed=4, train=train)


def test_a_rise_while_training_stands_still_takes_more_than_one_while_it_improves() -> None:
    """Validation is the same in all three; without a training metric, neither is assumed."""
    still, fast = drifting(lambda x: 1.0 + 3 * np.exp(-12 * x)), drifting(lambda x: (1.0 + 3 * np.exp(-12 * x)) * np.exp(-x))
    alone = replace(still, series={"val_loss": still.series["val_loss"]})
    probabilities = [curve.probability for judged in (still, alone, fast) if (curve := Facts(judged).curve) is not None]
    assert probabilities[0] < 0.5 < probabilities[2]
    assert probabilities[0] < probabilities[1] < probabilities[2]


def learnt_by_heart(x: Floats) -> Floats:
    return np.where(x < 0.2, 2 * np.exp(-30 * x), 0.005)


@pytest.mark.parametrize("points", [15, 30, 60])
@pytest.mark.parametrize("rise", [0.3, 1.0])
@pytest.mark.parametrize("train", [learnt_by_heart, lambda x: 1.0 + 3 * np.exp(-12 * x)])
def test_a_large_rise_is_overfitting_though_training_stands_still(train: Curve, rise: float, points: int) -> None:
    judged = run(lambda x: 0.8 + 2 * np.exp(-20 * x) + rise * np.maximum(x - 0.3, 0), points=points, noise=0.008, train=train)
    [found] = [finding for finding in diagnose(judged).findings if finding.code == "OVF001"]
    assert found.severity == "error"


def test_a_small_rise_is_overfitting_where_the_data_are_learnt_by_heart() -> None:
    """Training stands still because nothing is left to gain; what it does near 0 says nothing."""
    still, heart = (
        run(lambda x: 0.8 + 2 * np.exp(-20 * x) + 0.05 * np.maximum(x - 0.3, 0), points=30, noise=0.008, train=train)
        for train in (lambda x: 1.0 + 3 * np.exp(-12 * x), lambda x: learnt_by_heart(x) * (1 + 0.2 * x))
    )
    one, other = Facts(still).curve, Facts(heart).curve
    assert one is not None
    assert other is not None
    assert one.probability < 0.5 < other.probability
    assert not other.train_rises


def test_training_accuracy_tells_that_training_improves_where_its_loss_does_not() -> None:
    """A loss with a regulariser or a teacher can stand still while the training data are learnt by heart."""

    def falls(x: Floats) -> Floats:
        return 0.9 - 0.05 * np.maximum(x - 0.4, 0) - 0.5 * np.exp(-12 * x)

    judged = run(falls, name="val_accuracy", noise=0.012, train=lambda x: 1 + 0 * x)
    learnt = sampled("accuracy", lambda x: 0.6 + 0.38 * x, points=500, steps=STEPS, noise=0.0)
    one, both = Facts(judged).curve, Facts(replace(judged, series={**judged.series, "accuracy": learnt})).curve
    assert one is not None
    assert both is not None
    assert one.probability < both.probability


def test_one_bad_evaluation_at_the_end_is_no_error() -> None:
    def run_with(last: list[float]) -> Reported | None:
        val = [2.0, 1.6, 1.4, 1.3, 1.25, 1.22, 1.2, 1.19, 1.185, 1.18, 1.175, 1.17, 1.17, 1.165, 1.165, 1.16, *last]
        return found(run_of(series("val_loss", val, every=100), series("loss", np.linspace(2.0, 0.4, len(val)), every=100)))

    one, three = run_with([1.6]), run_with([1.35, 1.5, 1.6])
    assert one is None or one.severity == "warning"
    assert three is not None
    assert three.severity == "error"


def test_the_evidence_says_which_way_a_score_went() -> None:
    reported = found(FIRES["accuracy falls"][0]())
    assert reported is not None
    assert "val_accuracy fell from" in reported.finding.why
    assert "(-" in reported.finding.why


@pytest.mark.parametrize("kind", FIRES)
def test_fires_at_the_turn(kind: str) -> None:
    make, turn = FIRES[kind]
    reported = found(make())
    assert reported is not None
    assert reported.severity in ("error", "warning")
    finding = reported.finding
    assert finding.step is not None
    assert abs(finding.step / STEPS - turn) < 0.12
    assert finding.step_low is not None
    assert finding.step_high is not None
    assert finding.step_low <= finding.step <= finding.step_high
    assert finding.line > 0


@pytest.mark.parametrize("kind", SILENT)
def test_silent(kind: str) -> None:
    assert found(SILENT[kind]()) is None


def test_training_that_rises_too_is_not_overfitting() -> None:
    rising: Curve = turning(0.4, 0.5)
    assert diagnose(run(rising, train=rising)).verdict == "diverged"


def test_says_why_it_cannot_judge() -> None:
    skipped = diagnose(run_of(series("loss", [3.0, 2.0, 1.5, 1.2, 1.1]), series("val_loss", [3.0, 2.0, 2.5])))
    assert "4" in next(s.why for s in skipped.skipped if s.code == "OVF001")


def test_perplexity_alone_is_judged_as_a_loss() -> None:
    ppl = run(lambda x: np.exp(turning(0.4, 0.3)(x)), name="val_ppl", noise=0.002)
    reported = found(ppl)
    assert reported is not None
    assert "ln(" in reported.finding.why


@pytest.mark.parametrize("scale", [1, 7, 1000])
def test_units_of_the_axis_do_not_matter(scale: int) -> None:
    def stretched(x: Floats) -> Floats:
        return turning(0.4, 0.3)(x)

    base = found(run(stretched))
    other = found(run_of(*(series(s.name, s.value, every=int(s.step[0]) * scale) for s in run(stretched).series.values())))
    assert base is not None
    assert other is not None
    assert other.finding.step == pytest.approx((base.finding.step or 0) * scale, rel=0.01)
    assert other.severity == base.severity


def test_a_curve_that_rises_only_between_four_points_is_not_called() -> None:
    columns = (series("loss", [10.46, 6.41, 6.30, 6.38]), series("val_loss", [10.461, 6.41, 6.398, 6.418]))
    assert found(run_of(*columns)) is None


def test_perplexity_is_said_of_language_models_alone() -> None:
    plain = run(turning(0.4, 0.3))
    spoken = replace(plain, series={**plain.series, "tokens": series("tokens", np.arange(1.0, 101), every=100)})
    for judged, said in ((plain, False), (spoken, True), (replace(plain, config={"model.vocab_size": 50_257}), True)):
        reported = found(judged)
        assert reported is not None
        assert ("perplexity" in reported.finding.why) is said
        assert (reported.finding.data["ppl_ratio"] is not None) is said


@pytest.mark.parametrize(
    ("score", "said"), [(lambda x: 1 - 0.5 * np.exp(-3 * x), True), (lambda x: 0.9 - 0.2 * turning(0.4, 0.6)(x), False)]
)
def test_a_score_that_went_on_improving_is_offered_to_judge_by(score: Curve, said: bool) -> None:
    judged = run(turning(0.4, 0.3))
    with_score = replace(judged, series={**judged.series, "val_accuracy": sampled("val_accuracy", score, points=50, steps=STEPS)})
    reported = found(with_score)
    assert reported is not None
    assert any("--metric val_accuracy" in advice for advice in reported.finding.do) is said
