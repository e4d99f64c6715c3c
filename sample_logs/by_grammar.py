"""Write the samples of formats whose framework does not run here, from its grammar: ``python sample_logs/by_grammar.py``.

The numbers are those of the small training in ``network.py``; every line is laid out as the framework's source prints it.
"""

import json
import math
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from network import training

HERE = Path(__file__).parent
START = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def rows(count: int = 40) -> Iterator[tuple[int, float, float, datetime]]:
    for epoch, train, val in training(count):
        yield epoch, train, val, START + timedelta(seconds=5 * epoch)


def jsonl() -> str:
    """A hand-made log: training and evaluation records of different keys."""
    lines = []
    for epoch, train, val, _ in rows():
        lines.append({"step": 10 * epoch, "train/loss": round(train, 5), "lr": 0.02})
        if epoch % 2 == 0:
            lines.append({"step": 10 * epoch, "split": "val", "loss": round(val, 5)})
    return _lines(lines)


def dllogger() -> str:
    """NVIDIA dllogger/logger.py, JSONStreamBackend."""
    lines: list[dict[str, object]] = [{"type": "LOG", "step": "PARAMETER", "data": {"lr": 0.02, "batch_size": 20}}]
    for epoch, train, val, when in rows():
        stamp = {"timestamp": f"{when.timestamp():.6f}", "datetime": str(when)}
        lines.append({**stamp, "type": "LOG", "step": [epoch, 50], "data": {"train.loss": train}})
        lines.append({**stamp, "type": "LOG", "step": [epoch], "data": {"val.loss": val}})
    lines.append({"type": "LOG", "step": [], "data": {"val.loss": 9.9}})
    return "".join(f"DLLL {json.dumps(line)}\n" for line in lines)


def nnunet() -> str:
    """nnU-Net 1, network_trainer.py: print_to_log_file; losses are shifted below zero as Dice losses are."""
    text = ""
    for epoch, train, val, when in rows():
        stamp = when.strftime("%Y-%m-%d %H:%M:%S.%f")
        text += f"{stamp}: \nepoch:  {epoch - 1} \n{stamp}: train loss : {train - 1:.4f} \n{stamp}: validation loss: {val - 1:.4f} \n"
        text += (
            f"{stamp}: Average global foreground Dice: [0.69, 0.98] \n{stamp}: lr: 0.009989 \n{stamp}: This epoch took 136.130301 s\n \n"
        )
    return text


def nvidia_smi() -> str:
    """nvidia-smi --query-gpu=timestamp,index,name,utilization.gpu,memory.used,temperature.gpu,power.draw --format=csv -l 5."""
    text = "timestamp, index, name, utilization.gpu [%], memory.used [MiB], temperature.gpu, power.draw [W]\n"
    for epoch, _, _, when in rows():
        for gpu in (0, 1):
            stamp = when.strftime("%Y/%m/%d %H:%M:%S.000")
            text += f"{stamp}, {gpu}, NVIDIA RTX A6000, {90 + epoch % 5} %, {20000 + epoch} MiB, {50 + epoch // 4}, {250 + epoch:.2f} W\n"
    return text


def ultralytics() -> str:
    """ultralytics 8.0 results.csv: padded names and cells, no total loss."""
    names = ("epoch", "train/box_loss", "train/cls_loss", "metrics/mAP50-95(B)", "val/box_loss", "val/cls_loss", "lr/pg0")
    table = [(epoch, train, train / 2, 0.5, val, val / 2, 0.01) for epoch, train, val, _ in rows()]
    lines = ["".join(f"{name:>23}," for name in names)[:-1]]
    return "\n".join([*lines, *("".join(f"{cell:>23.5g}," for cell in row)[:-1] for row in table), ""])


def detectron2() -> str:
    """detectron2/utils/events.py, JSONWriter: sorted keys, bare NaN, a validation loss from a hook."""
    lines: list[dict[str, object]] = []
    for epoch, train, val, _ in rows():
        row = {"data_time": 0.002, "eta_seconds": 60.0, "iteration": 20 * epoch - 1, "loss_cls": train / 4, "lr": 0.02, "time": 0.31}
        lines.append({**row, "total_loss": train, **({"bbox/APl": math.nan, "validation_loss": val} if epoch % 2 == 0 else {})})
    return _lines(lines)


def detr() -> str:
    """detr/main.py: a row per epoch; the test set is what is validated on."""
    return _lines(
        [
            {"train_lr": 1e-4, "train_loss": train, "train_loss_ce_unscaled": train / 3, "test_loss": val, "epoch": epoch - 1}
            | {"test_coco_eval_bbox": [0.1, 0.2], "n_parameters": 41302368}
            for epoch, train, val, _ in rows()
        ]
    )


def console() -> str:
    """The print statements of the usual training tutorial."""
    text = ""
    for epoch, train, val, _ in rows():
        text += f"Epoch {epoch} | Step {10 * epoch}/400 | Loss: {train:.4f} | PPL: {math.exp(train):.1f}\n"
        if epoch % 2 == 0:
            text += f"Validation Loss: {val:.4f} | Validation PPL: {math.exp(val):.1f}\n"
    return text


def _lines(records: list[dict[str, object]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def messages() -> str:
    """Structured logging (python-json-logger, structlog): the numbers stand in the message."""
    lines: list[dict[str, object]] = []
    for epoch, train, val, at in rows():
        texts = (f"step {10 * epoch}/400 | loss {train:.4f} | lr 2.0e-02", f"step {10 * epoch}/400 | val_loss {val:.4f}")
        lines += [{"asctime": at.isoformat(), "levelname": "INFO", "name": "trainer", "message": text} for text in texts]
    return _lines(lines)


def keyed() -> str:
    """A hand-made document: one object per epoch, under its number."""
    return json.dumps({str(epoch): {"train": {"loss": train}, "val": {"loss": val}} for epoch, train, val, _ in rows()})


def wandb_export() -> str:
    """The export of a chart of W&B's web page: runs side by side, each with its least and most."""
    names = [f"{run} - train/loss{end}" for run in ("wide-1", "narrow-2") for end in ("", "__MIN", "__MAX")]
    table = [["Step", *names], *([str(10 * epoch), *[str(train)] * 3, *[str(val)] * 3] for epoch, train, val, _ in rows())]
    return "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in table)


def allennlp(epoch: int) -> str:
    """What AllenNLP writes at the end of each epoch."""
    _, train, val, _ = list(rows())[epoch]
    return json.dumps(
        {"best_epoch": 0, "training_duration": f"0:00:{epoch + 10}.5", "epoch": epoch, "training_loss": train, "validation_loss": val}
    )


def kaldi() -> str:
    """nnet3/nnet-training.cc and nnet-diagnostics.cc: what ``grep Overall exp/log/*.log`` finds, two jobs an iteration."""
    lines = []
    for epoch, train, val, _ in rows():
        for job in (1, 2):
            at = f"exp/log/train.{epoch}.{job}.log:LOG (nnet3-train[5.5.839~1-0c6ab]:PrintTotalStats():nnet-training.cc:299)"
            lines.append(f"{at} Overall average objective function for 'output' is {-train:.6g} over 505600 frames.")
        at = f"exp/log/compute_prob_valid.{epoch}.log:LOG (nnet3-compute-prob[5.5.839~1-0c6ab]:PrintTotalStats():nnet-diagnostics.cc:165)"
        lines.append(f"{at} Overall log-likelihood for 'output' is {-val:.6g} per frame, over 20000 frames.")
    return "\n".join(lines) + "\n"


FILES: dict[str, Callable[[], str]] = {
    "console/tutorial.log": console,
    "jsonl/hand_made.jsonl": jsonl,
    "dllogger/log.json": dllogger,
    "nnunet/training_log.txt": nnunet,
    "nvidia_smi/gpu.csv": nvidia_smi,
    "kaldi/overall.txt": kaldi,
    "csv/ultralytics_results.csv": ultralytics,
    "json_messages/trainer.jsonl": messages,
    "json/keyed_by_epoch.json": keyed,
    "csv/wandb_export.csv": wandb_export,
    "jsonl/detectron2_metrics.json": detectron2,
    "jsonl/detr_log.txt": detr,
    **{f"numbered_files/metrics_epoch_{epoch}.json": partial(allennlp, epoch) for epoch in range(20)},
}


def main() -> None:
    for name, make in FILES.items():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(make(), encoding="utf-8", newline="\n")
        print(f"wrote {path}")


if __name__ == "__main__":
    main()
