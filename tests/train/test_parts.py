"""The parts of the training package, in this process."""

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.train import runs
from train import data
from train.config import Config, parse
from train.train_accelerate import find_checkpoint, learning_rate


def test_accumulated_batches_are_one_step(tmp_path: Path) -> None:
    """Two half batches per step give the gradient of the whole, and steps count updates of the weights."""
    short = ("--steps=3", "--log-every=1", "--train-bytes=32545")  # 1,016 windows: whole batches of 4 and of 8
    runs.here(tmp_path / "whole", *short)
    runs.here(tmp_path / "halves", *short, "--accumulate=2", "--batch-size=4")
    expected, got = (runs.records(tmp_path / name, "train") for name in ("whole", "halves"))
    for key in ("step", "tokens", "loss", "lr", "grad_norm"):
        assert [r[key] for r in got] == pytest.approx([r[key] for r in expected], abs=2e-5), key


def test_mixed_precision_trains_and_gradients_may_go_unclipped(tmp_path: Path) -> None:
    runs.here(tmp_path, "--precision=bf16", "--steps=20", "--clip=0")
    first, *_, last = runs.records(tmp_path, "train")
    assert last["loss"] < first["loss"]
    assert last["grad_norm"] > 0


def test_corrupt_batches_raise_the_loss_while_they_last(tmp_path: Path) -> None:
    runs.here(tmp_path, "--log-every=1", "--corrupt=31:32", "--clip=0")
    loss = {r["step"]: r["loss"] for r in runs.records(tmp_path, "train")}
    assert loss[31] > loss[30] + 1
    assert loss[33] < loss[32]


def test_early_stop_ends_what_does_not_learn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs.here(tmp_path, "--lr=1e-9", "--steps=400", "--eval-every=40", "--early-stop", "--checkpoint-every=0")
    (end,) = runs.records(tmp_path, "end")
    assert end["status"] == "stopped"
    assert end["step"] < 400
    warnings = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Warning")]
    assert len(warnings) == 1
    assert warnings[0].startswith(f"Warning | Step {end['step']}/400 | not learning: ")


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--val-bytes=999999999", "bytes are too few"),
        ("--train-bytes=100", "do not fill one batch"),
        ("--corrupt=3", "expected FIRST:LAST"),
        ("--text=none.txt", "none.txt: No such file"),
        ("--resume=none", "no such checkpoint"),
        ("--resume=.", "no such checkpoint"),
    ],
)
def test_what_cannot_be_trained_is_said(tmp_path: Path, option: str, said: str) -> None:
    with pytest.raises(SystemExit, match=said):
        runs.here(tmp_path, option)


@pytest.mark.parametrize(("option", "said"), [("--eval-every=0", "at least 1"), ("--heads=3", "does not divide over 3 heads")])
def test_options_that_have_no_meaning_are_refused(option: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse([option], {})
    assert said in capsys.readouterr().err


def test_the_newest_checkpoint_is_that_of_the_latest_step(tmp_path: Path) -> None:
    for name in ("step-000900", "step-999999", "step-1000000", "step-1000100.partial"):
        (tmp_path / name).mkdir()
    assert find_checkpoint(Config(checkpoints=str(tmp_path), resume="latest")) == tmp_path / "step-1000000"


def test_text_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(bytes(range(250)) * 40)
    text = data.load_text(str(tmp_path / "text"), train_bytes=0, val_bytes=1000)
    assert (len(text.train), len(text.val), text.source) == (9000, 1000, "text")


def test_the_split_does_not_depend_on_how_much_is_trained_on() -> None:
    whole, part = (data.load_text(None, train_bytes=n, val_bytes=4096) for n in (0, 8192))
    assert torch.equal(whole.val, part.val)
    assert torch.equal(whole.train[:8192], part.train)


@given(length=st.integers(2, 400), context=st.integers(1, 40), batch=st.integers(1, 5))
@settings(deadline=None, max_examples=60)
def test_validation_predicts_each_byte_once(length: int, context: int, batch: int) -> None:
    text = torch.arange(length, dtype=torch.int64) % 251
    parts = data.validation_batches(text, context=context, batch_size=batch)
    assert torch.equal(torch.cat([targets.flatten() for _, targets in parts]), text[1:])
    assert torch.equal(torch.cat([inputs.flatten() for inputs, _ in parts]), text[:-1])


@given(spare=st.integers(0, 300), context=st.integers(1, 9), batch=st.integers(1, 3), seed=st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_an_epoch_shows_each_window_at_most_once(spare: int, context: int, batch: int, seed: int) -> None:
    length = 1 + context * (batch + 1) + spare  # without the spare bytes: the shortest text that fills a batch
    with pytest.raises(SystemExit, match="do not fill one batch"):
        data.Batches(torch.arange(length - spare - 1), context=context, batch_size=batch, seed=seed)
    text = torch.arange(length)
    stream = data.Batches(text, context=context, batch_size=batch, seed=seed)
    for epoch in (0, 1):
        indices = range(epoch * stream.per_epoch, (epoch + 1) * stream.per_epoch)
        starts = torch.cat([stream.at(i)[0][:, 0] for i in indices])
        assert len(starts.unique()) == len(starts)
        assert len(starts) * context > length - 1 - context * (batch + 2)
    again = data.Batches(text, context=context, batch_size=batch, seed=seed)
    assert torch.equal(again.at(stream.per_epoch)[0], stream.at(stream.per_epoch)[0])


@given(steps=st.integers(2, 500), warmup=st.integers(0, 100), floor=st.floats(0, 1))
def test_the_schedule_rises_then_falls_to_its_floor(steps: int, warmup: int, floor: float) -> None:
    config = Config(steps=steps + warmup, warmup=warmup, min_lr=floor)
    factors = [learning_rate(step, config) for step in range(config.steps)]
    peak = max(0, warmup - 1)
    assert factors[: peak + 1] == sorted(factors[: peak + 1])
    assert factors[peak:] == sorted(factors[peak:], reverse=True)
    assert factors[-1] == pytest.approx(floor, abs=1e-12)
