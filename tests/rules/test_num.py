"""NUM rules: what happens to the numbers of a run."""

from dataclasses import replace

import numpy as np
import pytest

from tests.rules.runs import Floats, N, X, falling, found, judged, noise, run_of, settled, why_skipped
from trainlog.diagnosis import diagnose
from trainlog.run import Checkpoint, Resume, Run


def with_nan(from_: int, to: int | None = None, value: float = np.nan) -> Floats:
    y = falling()
    y[from_:to] = value
    return y


def norm(factor: Floats | float = 1.0) -> Floats:
    return noise(0.2, 3) * factor


@pytest.mark.parametrize(
    ("columns", "series", "step"),
    [
        ({"loss": with_nan(250)}, "loss", 2510),
        ({"loss": with_nan(250, value=np.inf)}, "loss", 2510),
        ({"loss": with_nan(250, value=1e300)}, "loss", 2510),
        ({"val_loss": with_nan(300)}, "val_loss", 3010),
        ({"loss": with_nan(250), "val_loss": with_nan(300)}, "loss", 2510),
        ({"loss": np.full(N, np.nan)}, "loss", 10),
        ({"loss": [2.0, 1.9, np.nan]}, "loss", 30),
    ],
)
def test_non_finite_to_the_end_is_the_root_cause(columns: dict[str, Floats], series: str, step: int) -> None:
    diagnosis = judged(columns)
    (finding,) = found(diagnosis, "NUM001")
    assert finding.severity == "error"
    assert (finding.finding.series, finding.finding.step) == (series, step)
    assert diagnosis.verdict == "diverged"
    assert finding.finding.line == step // 10


def test_the_lead_up_and_the_checkpoint_before_it_are_named() -> None:
    grown = norm(np.where((X > 0.6) & (X < 0.63), 40.0, 1.0))
    diagnosis = judged(
        {"loss": with_nan(250), "grad_norm": grown}, checkpoints=(Checkpoint(1000, "a"), Checkpoint(2000, "b"), Checkpoint(3000, "c"))
    )
    (finding,) = found(diagnosis, "NUM001")
    assert "grad_norm rose" in finding.finding.why
    assert "resume from b" in finding.finding.do[0]
    assert "clip" in finding.finding.do[1]


def test_divergence_before_the_end_of_the_numbers_is_named_as_its_beginning() -> None:
    y = falling() * np.where(X > 0.5, np.exp(np.minimum((X - 0.5) * 60, 30)), 1)
    y[240:] = np.inf
    (finding,) = found(judged({"loss": y}), "NUM001")
    assert finding.finding.step == 2410
    assert 1950 <= finding.finding.step_low <= 2100


@pytest.mark.parametrize(
    ("columns", "severity"),
    [({"loss": with_nan(250, 252)}, "warning"), ({"loss": falling(), "val_loss": with_nan(100, 101)}, "info")],
)
def test_a_gap_that_closes_is_no_root_cause(columns: dict[str, Floats], severity: str) -> None:
    diagnosis = judged(columns)
    (finding,) = found(diagnosis, "NUM007")
    assert finding.severity == severity
    assert not found(diagnosis, "NUM001")
    assert diagnosis.verdict != "diverged"


def test_validation_that_breaks_while_training_goes_on_is_an_error_but_no_divergence() -> None:
    diagnosis = judged({"loss": falling(), "val_loss": with_nan(300)})
    (finding,) = found(diagnosis, "NUM007")
    assert (finding.severity, finding.finding.step) == ("error", 3010)
    assert diagnosis.verdict != "diverged"


def test_a_training_loss_that_jumps_while_validation_does_not_follow_is_a_change_of_loss() -> None:
    diagnosis = judged({"loss": np.where(X > 0.7, 5.0, falling()), "val_loss": falling(0.002)[9::10]})
    assert not found(diagnosis, "NUM002")
    assert [f.severity for f in found(diagnosis, "NUM003")] == ["info"]


def test_nan_that_stands_for_not_measured_is_information() -> None:
    sparse = np.where(np.arange(N) % 10 == 9, settled(), np.nan)
    diagnosis = judged({"loss": sparse})
    assert [f.severity for f in found(diagnosis, "NUM007")] == ["info"]


@pytest.mark.parametrize("columns", [{"loss": falling()}, {"loss": falling(), "grad_norm": np.where(X == 0.5, np.inf, norm())}])
def test_finite_losses_are_silent(columns: dict[str, Floats]) -> None:
    diagnosis = judged(columns)
    assert not found(diagnosis, "NUM001") + found(diagnosis, "NUM007") + found(diagnosis, "NUM005")


DIVERGED = {
    "sudden": np.where(X > 0.6, 6.0, 1) * np.where(X > 0.6, noise(0.05, 2), falling()),
    "slow": falling() + 4 * np.clip(X - 0.5, 0, None),
    "plateau": np.where(X > 0.7, 3.2, 1) * np.where(X > 0.7, noise(0.01, 2), falling()),
    "negative": np.where(X > 0.6, 1.0, falling() - 4),
}


@pytest.mark.parametrize("kind", DIVERGED)
def test_divergence_suppresses_what_follows_from_it(kind: str) -> None:
    diagnosis = judged({"loss": DIVERGED[kind], "val_loss": DIVERGED[kind][19::20]})
    (finding,) = found(diagnosis, "NUM002")
    assert finding.severity == "error"
    assert diagnosis.verdict == "diverged"
    assert not {f.code for f in diagnosis.findings} & {"OVF001", "LRN001", "LRN002", "LRN003", "NUM003"}
    assert 1900 <= finding.finding.step <= 2900


def rising(size: float, sd: float = 0.01, seed: int = 1) -> Floats:
    """A loss that falls from 3.5 to near 1.1, then climbs by a share of its level: less than a quarter of its gain below 50 %."""
    return (1 + 2.5 * (1 + X / 0.02) ** -0.8) * (1 + size * np.clip(X - 0.5, 0, None) / 0.5) * noise(sd, seed)


@pytest.mark.parametrize("size", [0.3, 0.4])
def test_losses_that_both_climb_got_worse_though_most_of_the_gain_is_left(size: float) -> None:
    diagnosis = judged({"loss": rising(size), "val_loss": rising(size, 0.003, 2)[9::10]})
    (finding,) = found(diagnosis, "NUM002")
    assert (finding.severity, diagnosis.verdict) == ("warning", "diverged")
    assert finding.finding.data["rise"] < 0.25 * finding.finding.data["drop"]
    assert "training got worse slowly from" in finding.finding.what
    assert 1800 <= finding.finding.step <= 2900
    assert diagnosis.keep is not None
    assert diagnosis.keep.step <= finding.finding.step


RESTARTED = 3e-4 * np.where(X > 0.55, 1.0, np.clip(1 - X / 0.55, 0.01, 1))


@pytest.mark.parametrize(
    "columns",
    [
        {"loss": rising(0.1), "val_loss": rising(0.1, 0.003, 2)[9::10]},
        {"loss": rising(0.3), "val_loss": falling(0.003)[9::10]},
        {"loss": falling(), "val_loss": rising(0.3, 0.003, 2)[9::10]},
        {"loss": rising(0.3), "val_loss": rising(0.3, 0.003, 2)[9::10], "lr": RESTARTED},
        {"loss": rising(0.3)},
    ],
)
def test_one_loss_that_climbs_a_small_climb_and_a_raised_learning_rate_are_no_divergence(columns: dict[str, Floats]) -> None:
    assert not found(judged(columns), "NUM002")


@pytest.mark.parametrize("y", [falling(), settled(0.1), falling() * (1 + 0.3 * np.sin(X * 40)), np.full(N, 2.0)])
def test_what_comes_and_goes_has_not_diverged(y: Floats) -> None:
    assert not found(judged({"loss": y}), "NUM002")


def test_too_few_points_are_said_to_be_too_few() -> None:
    diagnosis = judged({"loss": [3.0, 2.0, 2.0, 5.0, 6.0]})
    assert "fewer than 8" in (why_skipped(diagnosis, "NUM002") or "")


def spiked(height: float, width: int = 4, at: int = 200, sd: float = 0.01) -> Floats:
    y = falling(sd)
    y[at : at + width] *= 1 + height
    return y


def test_a_large_spike_that_recovered_is_a_warning_with_its_life() -> None:
    (finding,) = found(judged({"loss": spiked(3.0)}), "NUM004")
    assert finding.severity == "warning"
    assert finding.finding.step == 2010
    assert finding.finding.data["steps_to_recover"] in (40, 50)
    assert finding.finding.data["height"] == pytest.approx(3 * finding.finding.data["before"], rel=0.1)


def test_a_loss_that_doubled_is_a_warning_under_noise_too() -> None:
    assert [f.severity for f in found(judged({"loss": spiked(1.5, sd=0.08)}), "NUM004")] == ["warning"]


def test_a_small_spike_is_information() -> None:
    assert [f.severity for f in found(judged({"loss": spiked(0.2)}), "NUM004")] == ["info"]


@pytest.mark.parametrize(("height", "severity"), [(0.15, "info"), (0.4, "warning")])
def test_a_spike_of_a_seventh_of_the_level_is_small_however_little_was_gained(height: float, severity: str) -> None:
    y = 2.2 + 0.2 * spiked(0.0)  # falls from 2.8 to 2.5
    y[200:204] *= 1 + height
    assert [f.severity for f in found(judged({"loss": y}), "NUM004")] == [severity]


def test_a_doubling_of_several_points_is_a_warning_among_strong_noise_too() -> None:
    y = 1.0 + 0.3 * np.exp(-X / 0.1)
    y = y * noise(0.09, 4)
    y[200:206] = 2.3
    findings = found(judged({"loss": y}), "NUM004")
    assert [f.severity for f in findings] == ["warning"]
    assert findings[0].finding.data["sigmas"] < 15


def test_single_doubled_points_are_a_warning_only_when_they_are_many() -> None:
    for places, severity in (((200,), "info"), ((120, 200, 290), "warning")):
        y = 2.5 + 0.1 * np.exp(-X / 0.3)
        y = y * noise(0.03, 4)
        y[list(places)] *= 2.2
        assert {f.severity for f in found(judged({"loss": y}), "NUM004")} == {severity}


def test_three_spikes_are_a_warning_whatever_their_size() -> None:
    y = falling(0.005)
    for at in (100, 190, 310):
        y[at : at + 2] *= 1.3
    findings = found(judged({"loss": y}), "NUM004")
    assert len(findings) == 3
    assert {f.severity for f in findings} == {"warning"}


def test_a_bump_after_a_resume_is_explained() -> None:
    diagnosis = judged({"loss": spiked(1.5, 10)}, resumes=(Resume(200, 2000, 5),))
    (finding,) = found(diagnosis, "NUM004")
    assert finding.severity == "info"
    assert "resumed" in finding.finding.why


def with_epochs(y: Floats, per_epoch: int) -> Run:
    run = run_of({"loss": y})
    loss = replace(run.series["loss"], epoch=1.0 + np.arange(N) // per_epoch)
    return replace(run, series={"loss": loss})


def test_a_running_mean_that_starts_again_with_each_epoch_has_no_spikes_of_its_own() -> None:
    fresh = np.arange(N) % 20 == 0
    jumps = fresh * np.abs(np.random.default_rng(4).normal(0, 0.6, N))
    means = falling(0.002) + jumps
    explained = found(diagnose(with_epochs(means, 20)), "NUM004")
    assert explained
    assert {f.severity for f in explained} == {"info"}
    assert "running mean" in explained[0].finding.why
    assert {f.severity for f in found(judged({"loss": means}), "NUM004")} == {"warning"}


def test_a_spike_at_the_beginning_of_one_epoch_is_a_spike() -> None:
    (finding,) = found(diagnose(with_epochs(spiked(3.0), 20)), "NUM004")
    assert finding.severity == "warning"


REWEIGHTED = np.where(X > 0.6, 0.3, 0.7) * falling() + np.where(X > 0.6, 0.7, 0.3) * 4 * falling() ** 0.5


def test_a_loss_whose_weights_changed_has_not_diverged() -> None:
    parts = {"teacher_loss": falling(), "human_loss": 4 * falling() ** 0.5}
    diagnosis = judged({"loss": REWEIGHTED, **parts, "val_loss": REWEIGHTED[9::10]})
    (finding,) = found(diagnosis, "LOG008")
    assert (finding.severity, finding.finding.step) == ("info", 2410)
    assert "0.3 human_loss, and is" in finding.finding.why
    assert not [f for f in diagnosis.findings if f.severity != "info"]
    assert diagnosis.verdict != "diverged"
    assert found(judged({"loss": REWEIGHTED, "val_loss": REWEIGHTED[9::10]}), "NUM002")


def test_the_epoch_of_a_redefinition_is_named_where_the_log_says_it() -> None:
    run = run_of({"loss": REWEIGHTED, "teacher_loss": falling(), "human_loss": 4 * falling() ** 0.5})
    counted = {name: replace(series, epoch=1.0 + np.arange(N) // 40) for name, series in run.series.items()}
    (with_epoch,), (without,) = (found(diagnose(one), "LOG008") for one in (replace(run, series=counted), run))
    assert "at step 2,410 (epoch 7); the run" in with_epoch.finding.what
    assert "at step 2,410; the run" in without.finding.what


def test_validation_that_did_not_jump_with_the_loss_is_judged_whole() -> None:
    parts = {"teacher_loss": falling(), "human_loss": 4 * falling() ** 0.5}
    diagnosis = judged({"loss": REWEIGHTED, **parts, "val_loss": falling(0.003)[9::10]})
    assert diagnosis.facts is not None
    assert diagnosis.facts.val is not None
    assert len(diagnosis.facts.val) == 40


@pytest.mark.parametrize("y", [falling(0.1), settled(0.05), falling() - 3.0, falling() * np.where(X < 0.02, 5.0, 1.0)])
def test_noise_negative_losses_and_the_start_have_no_spikes(y: Floats) -> None:
    diagnosis = judged({"loss": y})
    assert not found(diagnosis, "NUM004") + found(diagnosis, "NUM003")


def test_a_jump_that_stays_but_is_no_divergence() -> None:
    y = falling(0.005) + np.where(X > 0.5, 0.4, 0.0)
    diagnosis = judged({"loss": y})
    (finding,) = found(diagnosis, "NUM003")
    assert finding.severity == "warning"
    assert finding.finding.step == 2010
    assert not found(diagnosis, "NUM002")


def test_gradients_that_explode_and_those_that_do_not() -> None:
    (finding,) = found(judged({"loss": falling(), "grad_norm": norm(np.where(X > 0.5, 30.0, 1.0))}), "NUM005")
    assert finding.severity == "warning"
    assert 2000 <= finding.finding.step <= 2050
    assert not found(judged({"loss": falling(), "grad_norm": norm(1 + 20 * np.exp(-X / 0.02))}), "NUM005")
    assert not found(judged({"loss": falling(), "grad_norm": norm(1 + 3 * X)}), "NUM005")


def test_a_loss_scale_that_collapses_and_one_that_breathes() -> None:
    breathes = 2.0 ** np.where(X < 0.05, 16, np.where(np.arange(N) % 20 < 10, 11, 12))
    (finding,) = found(judged({"loss": falling(), "loss_scale": breathes / 2.0 ** np.clip((X - 0.7) * N, 0, 20)}), "NUM006")
    assert finding.severity == "warning"
    assert 2750 <= finding.finding.step <= 2900
    assert not found(judged({"loss": falling(), "loss_scale": breathes}), "NUM006")
