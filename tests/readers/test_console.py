import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainlog.readers import read_all, reader
from trainlog.readers._collect import Collector
from trainlog.readers._console.line import layout
from trainlog.readers._console.tokens import tokens
from trainlog.readers._source import Source


def points(run, name):
    series = run.series[name]
    return list(zip(series.step.tolist(), series.value.tolist(), strict=True))


def said(line):
    """What one line says: {axis or canonical name: value}."""
    out = Collector()
    found = layout(line, out)
    if found is None:
        return {}
    texts = [token.text for token in tokens(line)]
    axes = {axis: texts[at] for axis, at in (("step", found.step), ("epoch", found.epoch)) if at is not None}
    return axes | {out.name(entry.key).canonical: texts[entry.token] for entry in found.fields}


PIPES = """Epoch 0 | Step 100/5000 | Loss: 3.5 | PPL: 33.1
Epoch 0 | Step 200/5000 | Loss: 3.25 | PPL: 25.8
{validation} Loss: 3.75 | {validation} PPL: 42.5
Epoch 1 | Step 300/5000 | Loss: nan | PPL: nan
{validation} Loss: 3.5 | {validation} PPL: 33.1
"""


@pytest.mark.parametrize("validation", ["Validation", "Validasiya", "Eval", "Val."])
def test_a_block_without_a_step_takes_the_last_one_said(log, validation):
    [run] = log(PIPES.format(validation=validation))
    assert (run.format, run.axis, run.total_steps) == ("console", "step", 5000)
    assert points(run, "loss")[:2] == [(100, 3.5), (200, 3.25)]
    assert math.isnan(points(run, "loss")[2][1])
    assert points(run, "val_loss") == [(200, 3.75), (300, 3.5)]
    assert run.series["val_ppl"].line.tolist() == [3, 5]


def test_words_of_the_user(log):
    text = "".join(f"Addım {step} - İtki: {3 - step / 1000} - Yoxlama itkisi: 3.5\n" for step in (100, 200, 300))
    aliases = {"step": ["Addım"], "loss": ["İtki"], "val_loss": ["Yoxlama itkisi"]}
    [run] = log(text, input_format="console", aliases=aliases)
    assert points(run, "loss") == [(100, 2.9), (200, 2.8), (300, 2.7)]
    assert points(run, "val_loss")[0] == (100, 3.5)


LINES = [
    (
        "Epoch: [3][ 10/391]\tTime 0.250 (0.300)\tLoss 1.2345e+00 (1.5)\tAcc@1 55.47 (50.00)",
        {"epoch": "3", "step": "10", "loss": "1.2345e+00", "accuracy": "55.47"},
    ),
    ("Train Epoch: 1 [640/60000 (1%)]\tLoss: 2.300123", {"epoch": "1", "step": "640", "loss": "2.300123"}),
    ("Epoch [1/10], Step [100/600], Loss: 0.3456", {"epoch": "1", "step": "100", "loss": "0.3456"}),
    ("[2,  2000] loss: 2.123", {"epoch": "2", "step": "2000", "loss": "2.123"}),
    ("Epoch 1:  45%|████▌     | 45/100 [00:12<00:15,  3.57it/s, loss=2.31]", {"epoch": "1", "step": "45", "loss": "2.31"}),
    (
        "{'loss': 0.2458, 'grad_norm': 4.5, 'learning_rate': 1.6e-05, 'epoch': 1.28}",
        {"epoch": "1.28", "loss": "0.2458", "grad_norm": "4.5", "lr": "1.6e-05"},
    ),
    ("{'eval_loss': '1.2', 'epoch': '0.5033'}", {"epoch": "0.5033", "val_loss": "1.2"}),
    ("I1223 21:24:01.699661 30220 solver.cpp:236] Iteration 20, loss = 7.10889", {"step": "20", "loss": "7.10889"}),
    ("[train] iter 4010: loss 1.9190 2931 ms/iter", {"step": "4010", "loss": "1.9190", "step_time_s": "2931"}),
    ("step 98200/195312 loss 2.561 gnorm 0.51 109k tok/s", {"step": "98200", "loss": "2.561", "grad_norm": "0.51", "tokens_per_s": "109"}),
    ("time = 2.02, epoch = 4, iter = 192, loss = 0.84", {"epoch": "4", "step": "192", "loss": "0.84"}),
    ("[pythia] ep2 800/1125 loss=0.000 (1.9 min)", {"epoch": "2", "step": "800", "loss": "0.000"}),
    (
        "2024-06-17 23:00:53,497 - INFO - Epoch: 1 | Step: 30000 | Train loss: 0.941 | Eval loss: 1.207 | Eval accuracy: 0.504",
        {"epoch": "1", "step": "30000", "loss": "0.941", "val_loss": "1.207", "val_accuracy": "0.504"},
    ),
    ("Ep 6 (Step 046035): Train loss 3.832, Val loss 4.937", {"epoch": "6", "step": "046035", "loss": "3.832", "val_loss": "4.937"}),
    ("[1]\ttrain's l2: 5.76624\tvalid's l2: 5.1993", {"step": "1", "mse": "5.76624", "val_mse": "5.1993"}),
    (
        "epoch=3 step=1,200 loss=1,234.5 acc=59.2% lr=3.1e-4",
        {"epoch": "3", "step": "1,200", "loss": "1,234.5", "accuracy": "59.2", "lr": "3.1e-4"},
    ),
    (
        "Epoch 001/100 | train: loss 1.23 acc 45.3% | val: loss 1.31 acc 43.0% | 12.3s",
        {"epoch": "001", "loss": "1.23", "accuracy": "45.3", "val_loss": "1.31", "val_accuracy": "43.0"},
    ),
    (
        "Iteration 500: Train {loss: 1.2, acc: 0.5}, Valid {loss: 1.3, acc: 0.4}",
        {"step": "500", "loss": "1.2", "accuracy": "0.5", "val_loss": "1.3", "val_accuracy": "0.4"},
    ),
    ('level=info msg="train" step=100 loss=2.5 lr=1e-4', {"step": "100", "loss": "2.5", "lr": "1e-4"}),
    ("Epoch #3 - Step #40 -> loss: tensor(0.3, device='cuda:0')", {"epoch": "3", "step": "40", "loss": "0.3"}),
    ("06/21/21 23:33:58 - 0:02:42 - Finish training epoch 0. loss: 0.0696", {"epoch": "0.", "loss": "0.0696"}),
    ("rank 3: step 10 | loss 2.5", {"step": "10", "loss": "2.5"}),
]


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_a_number_is_named_by_the_words_before_it(line, expected):
    assert said(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "Validation loss decreased (0.523 --> 0.481).  Saving model ...",
        "Best val loss: 2.31 at epoch 7",
        "step 100 | best loss 2.7",
        "{'train_runtime': 100.1, 'train_loss': 2.2, 'epoch': 3.0}",
        "Loss = 3.2, wow the model is really doing well today and I like 5 apples",
        "Receiving objects: 100% (260/260), done.",
        "Namespace(batch_size=50, dropout=0.5, epochs=200, gpu=0, lr=0.1, log_interval=30)",
        "(bn): BatchNorm(axis=1, eps=1e-05, momentum=0.9, in_channels=None)",
        "torch 2.13.0, python 3.11.7, numpy 2.4",
    ],
)
def test_what_is_no_point_is_not_read(line):
    assert not {"loss", "val_loss", "lr", "accuracy"} & set(said(line))


def test_a_heading_gives_its_split_to_lines_without_a_step(log):
    text = "".join(f"step {s}: loss 3.0\nEvaluating...\nloss: 3.5\nperplexity: 33.1\n" for s in (10, 20)) + "step 30: loss 2.0\nloss: 1.5\n"
    [run] = log(text)
    assert points(run, "val_loss") == [(10, 3.5), (20, 3.5)]
    assert points(run, "loss")[-1] == (30, 1.5)


def test_batches_within_an_epoch_count_through(log):
    text = "".join(f"Epoch {e}/3\nbatch {b}/40 - loss: {4 - e}.5\n" for e in (1, 2, 3) for b in (20, 40))
    [run] = log(text)
    assert run.series["loss"].step.tolist() == [20, 40, 60, 80, 100, 120]


def test_a_bar_rewritten_in_place_keeps_its_line_number(log):
    bars = "".join(f"\rEpoch {e}: {b * 10}%|{'█' * b}| {b}/10 [00:01<00:02, 3.5it/s, loss={3 - b / 10}]" for e in (0, 1) for b in (5, 10))
    [run] = log(f"start\n\x1b[32m{bars}\x1b[0m\nend\n")
    assert points(run, "loss") == [(5, 2.5), (10, 2.0), (15, 2.5), (20, 2.0)]
    assert set(run.series["loss"].line.tolist()) == {2}


def test_the_test_set_is_the_validation_set_when_there_is_no_other(log):
    text = "".join(f"Epoch {e}: train loss {3 - e / 10}\nTest set: Average loss: {3.5 + e / 10}\n" for e in (1, 2, 3))
    [run] = log(text)
    assert len(run.series["val_loss"]) == 3
    [run] = log(text.replace("Epoch", "val loss: 3\nEpoch"))
    assert len(run.series["test_loss"]) == 3


def test_percent_and_milliseconds_are_converted_once(log):
    [run] = log("".join(f"step {s} loss 2.5 accuracy 59.5% time 120ms memory: 2.0GiB\n" for s in (1, 2, 3)))
    assert run.series["accuracy"].value.tolist() == [0.595] * 3
    assert run.series["step_time_s"].value.tolist() == pytest.approx([0.12] * 3)
    assert run.series["memory_used_bytes"].value.tolist() == [2 * 2.0**30] * 3


@pytest.mark.parametrize(("line", "what"), [("step 3 | loss: ", "ends before"), ("step 3 | loss: 3.1x2", "cannot be read")])
def test_a_metric_that_cannot_be_read_is_a_problem(log, line, what):
    [run] = log(f"step 1 | loss: 3.5\nstep 2 | loss: 3.25\n{line}\n")
    [problem] = run.problems
    assert (problem.line, what in problem.what) == (3, True)
    assert len(run.series["loss"]) == 2


def test_time_stamps_give_seconds(log):
    [run] = log("".join(f"[2026-05-20 02:14:0{s},500] step: {s}  loss: 2.5\n" for s in (1, 2, 4)))
    assert run.series["loss"].time_s.tolist() == [0.0, 1.0, 3.0]


WORDS = [
    "loss",
    "Loss:",
    "val",
    "epoch",
    "step",
    "=",
    ":",
    "|",
    "/",
    "3.5",
    "1,000",
    "nan",
    "-",
    "e",
    "%",
    "[",
    "]",
    "(",
    "\r",
    "\n",
    "\x1b[31m",
    "'",
    "{",
    "10/20",
    "ms",
    "█",
    "ppl",
    "test",
    "\0",
    "é",
    "12:30",
    "--",
    "(train/val):",
    "->",
    "avg loss,",
    "| loss | 0.5 |",
    "%|#|",
    "it/s]",
    "\t",
    "1e999",
    "best",
    "2026-05-20 02:14:02",
]


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join),
        st.lists(st.sampled_from(WORDS), max_size=60).map("".join),
        st.text(max_size=200),
    )
)
def test_any_text_is_read_or_refused(text):
    out = Collector()
    reader("console").read(Source.of("x", text.encode("utf-8", "surrogatepass")), out)
    for run in out.finish("x", "console"):
        assert all(len(series) for series in run.series.values())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=40).map(" ".join))
def test_an_expression_reads_the_line_it_was_learned_from(text):
    line = text.replace("\n", " ").replace("\r", " ")
    found = layout(line, Collector())
    if found is not None:
        assert found.expression.fullmatch(line)


PIECES = ["loss 1 ", "1/", "(", "loss: ", "val ", "1,", "█", "a.", "|", "-1", "1:00", "x2", "[=", " "]


@pytest.mark.parametrize("piece", [*PIECES, "[1/2]", "损失1", "1 loss,", "loss 1 1.5 "])
def test_hostile_lines_take_linear_time(piece):
    line = f"step 1 {piece * 4000}"[:8000] + " loss: 3.5 !"
    started = time.process_time()
    found = layout(line, Collector())
    if found is not None:
        found.expression.match(line[:-1] + "?")
    assert time.process_time() - started < 1.0


def test_a_line_of_very_many_numbers_is_data():
    assert layout("step 1 loss 3.5 " + "0.25 " * 399, Collector()) is None
    assert layout("step 1 loss 3.5 " + "0.25 " * 99, Collector()) is not None


def test_a_log_of_which_every_line_repeats_a_best_one_is_read_without_it(log):
    [run] = log("epoch 1 train loss 2.5\nbest result:\ntrain loss 2.4\nepoch 2 train loss 2.0\nTest loss: 2.1\n")
    assert run.series["loss"].value.tolist() == [2.5, 2.0]


def test_the_name_of_a_checkpoint_holds_no_values(tmp_path):
    lines = []
    for e in range(1, 9):
        lines.append(
            f"Epoch {e - 1}: 100%|██████████| 200/200 [00:12<00:00, 16.1it/s, v_num=3, train_loss={1 / e:.3f}, val_loss={1.1 / e:.3f}]"
        )
        lines.append(f"Epoch {e - 1}, global step {200 * e}: 'val_loss' reached {1.1 / e:.5f} (best {1.1 / e:.5f}), saving model to "
                     f"'/ckpt/epoch={e - 1}-step={200 * e}.ckpt' as top 1")  # fmt: skip
    path = tmp_path / "train.log"
    path.write_text("\n".join(lines), encoding="utf-8")
    [run] = read_all(str(path))
    assert set(run.series) == {"loss", "val_loss"}
    assert run.series["val_loss"].step.tolist() == [200 * e for e in range(1, 9)]


@pytest.mark.parametrize("place", ["step {}k | ", "Step: {}K, ", "[{}k/4k] ", "iter {}k/4k "])
def test_steps_in_thousands_are_steps(tmp_path, place):
    path = tmp_path / "train.log"
    path.write_text("".join(f"{place.format(step / 1000)}loss {1 / step + 1:.4f}\n" for step in range(100, 4001, 100)), encoding="utf-8")
    [run] = read_all(str(path))
    assert (run.axis, run.series["loss"].step.tolist()) == ("step", list(range(100, 4001, 100)))
