"""Layouts of no known framework, as people's print statements make them: four epochs or steps each, losses in every one."""

import pytest

LAYOUTS = {
    "block": "=== Epoch {i} ===\ntrain_loss : {t}\nval_loss   : {v}\nlr         : 0.001\n\n",
    "keras": "Epoch {i}/10\n100/100 - 3s - loss: {t} - acc: 0.5 - val_loss: {v} - val_acc: 0.4 - 3s/epoch - 30ms/step\n",
    "mnist": "Train Epoch: {i} [640/60000 (1%)]\tLoss: {t}\n\nTest set: Average loss: {v}, Accuracy: 9800/10000 (98%)\n\n",
    "json after a prefix": '2026-03-01 09:30:0{i} INFO metrics: {{"step": {i}0, "train": {{"loss": {t}}}, "val": {{"loss": {v}}}}}\n',
    "flat json after a prefix": '[INFO] {{"epoch": {i}, "train_loss": {t}, "val_loss": {v}}}\n',
    "tqdm postfix": "Epoch {i}/4: 100%|██████████| 100/100 [00:10<00:00,  9.8it/s, train_loss={t}, val_loss={v}]\n",
    "after a bar": " 10%|█         | 10/100 [00:10<00:00,  9.8it/s]Epoch {i} loss={t}\nvalid loss={v}\n",
    "arrow": "epoch {i} -> train loss {t} | dev loss {v} | time 12s\n",
    "two lines": "Epoch: {i:02} | Epoch Time: 0m 14s\n\tTrain Loss: {t} | Train PPL:  92.817\n\t Val. Loss: {v} |  Val. PPL:  30.176\n",
    "commas": "Epoch {i}, Training loss: {t}, Validation loss: {v}, Validation accuracy: 87.5%\n",
    "set loss": "====> Epoch: {i} Average loss: {t}\n====> Test set loss: {v}\n",
    "glog": "I0301 09:30:01.000001 42 train.cc:88] step={i}0 loss={t} eval_loss={v}\n",
    "logfmt": "ts=2026-03-01T09:30:0{i}Z level=info step={i}0 train.loss={t} eval.loss={v}\n",
    "results": "[host] (trainer:243) INFO: {i}epoch results: [train] iter_time=0.164, loss={t}, [valid] loss={v}, total_count=5\n",
    "dashes": "epoch: {i}, lr: 1.00e-03 - train loss: {t} - valid loss: {v}, valid WER: 45.1\n",
    "splits in brackets": "{i}/4 * Epoch (train): loss={t} | lr=0.001\n{i}/4 * Epoch (valid): loss={v}\n* Epoch ({i}/4)\n",
    "meters": "Epoch: [{i}]  [  0/312]  eta: 0:10:01  lr: 0.1  loss: {t} ({t})  max mem: 3000\nTest:   [ 0/10]  loss: {v} ({v})\n",
    "rich bar": "Epoch {i} ━━━━━━━━━━━ 100/100 0:00:10 • 0:00:00 9.8it/s train_loss: {t} val_loss: {v}\n",
    "rank": "[rank0]: [2026-03-01 09:30:0{i}] [step {i}0] train/loss: {t} | val/loss: {v}\n",
    "indented json": 'Step {i}0\n{{\n  "loss": {t},\n  "val_loss": {v}\n}}\n',
    "tensors": "epoch {i} loss np.float32({t}) val_loss tensor({v}, device='cuda:0', grad_fn=<NllLossBackward0>)\n",
    "emoji": "🔥 Epoch {i} ✅ Train Loss: {t} 📉 Val Loss: {v}\n",
    "short words": "ep {i} tr_loss {t} te_loss {v} tr_acc 0.5 te_acc 0.4\n",
    "number sign": "#{i} loss {t} | val loss {v} | best val loss 0.5\n",
    "tables": "step {i}\n| name | loss |\n|:----:|:----:|\n| a    | {t}  |\nval loss: {v}\n",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_never_seen_gives_both_losses(log, layout):
    [run] = log("".join(LAYOUTS[layout].format(i=i, t=3 - i / 8, v=3.5 - i / 8) for i in range(1, 5)))
    assert run.series["loss"].value.tolist() == [2.875, 2.75, 2.625, 2.5]
    assert run.series["val_loss"].value.tolist() == [3.375, 3.25, 3.125, 3.0]


def test_so_many_of_so_many_is_a_share(log):
    [run] = log("".join(LAYOUTS["mnist"].format(i=i, t=3 - i / 8, v=3.5 - i / 8) for i in range(1, 5)))
    assert run.series["val_accuracy"].value.tolist() == pytest.approx([0.98] * 4)


@pytest.mark.parametrize("name", ["accuracy", "top-1", "score", "F1", "mIoU", "loss_weight", "best_loss", "final loss"])
def test_what_is_no_loss_is_not_taken_for_one(log, name):
    [run] = log("".join(f"step {i} | train_loss: {3 - i / 8} | {name}: 0.{i}\n" for i in range(1, 5)))
    assert run.series["loss"].value.tolist() == [2.875, 2.75, 2.625, 2.5]
    assert not [other for other in run.series if "loss" in other and other != "loss"]


def test_the_line_under_a_heading_of_the_best_is_no_point(log):
    text = "".join(f"[{i}]\ttrain's l2: {3 - i / 8}\tvalid's l2: {3.5 - i / 8}\n" for i in range(1, 5))
    [run] = log(f"{text}Early stopping, best iteration is:\n[2]\ttrain's l2: 9.0\tvalid's l2: 9.0\n")
    assert run.series["val_mse"].value.tolist() == [3.375, 3.25, 3.125, 3.0]


def test_a_summed_loss_is_told_by_its_perplexity(log):
    [run] = log("".join(f"step {i} | val loss: {1000.0 * i} | val ppl: {2.718281828**i}\n" for i in range(1, 5)))
    assert run.series["val_loss"].value.tolist() == pytest.approx([1, 2, 3, 4])
    assert "a sum over tokens" in run.remarks[0]


def test_so_many_of_none_is_no_share(log):
    [run] = log("".join(f"epoch {i} loss: {3 - i / 8} accuracy: 0/0\n" for i in range(1, 5)))
    assert run.series["loss"].value.tolist() == [2.875, 2.75, 2.625, 2.5]
    assert "accuracy" not in run.series
