"""The snippets of docs/logging.md, each run for a few steps in the framework that it is for."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from trainlog.emit import schema

PAGE = Path(__file__).resolve().parents[2] / "docs" / "logging.md"

# What stands around a snippet in a user's script.
AROUND = {
    "Your own loop": "train_one_step = lambda step: 3 / step\nevaluate = lambda step: 3.1 / step\nsave = lambda step: f'step-{step}'",
    "GPUs and the machine": "from trainlog.emit import RunLogger\nlog, step, loss = RunLogger('run.jsonl'), 1, 2.0",
    "accelerate": "from accelerate import Accelerator",
    "Hugging Face transformers": """
import torch
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainingArguments
model = GPT2LMHeadModel(GPT2Config(vocab_size=16, n_positions=8, n_embd=8, n_layer=1, n_head=1, bos_token_id=0, eos_token_id=0))
data = [{"input_ids": row, "labels": row} for row in torch.randint(16, (16, 8))]
args = TrainingArguments("out", max_steps=4, per_device_train_batch_size=4, logging_steps=1, eval_strategy="steps",
                         eval_steps=2, save_steps=2, use_cpu=True, report_to="none", disable_tqdm=True)
""",
    "Lightning": """
import torch
from lightning.pytorch import LightningModule, Trainer
class Model(LightningModule):
    def __init__(self, lr=0.1):
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(4, 1)
    def training_step(self, batch):
        loss = self.layer(batch).square().mean()
        self.log("train_loss", loss)
        self.log("finished", float(self.trainer.global_step + 1))  # this one is being made
        return loss
    def validation_step(self, batch):
        self.log("val_loss", self.layer(batch).square().mean())
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
loader = lambda: torch.utils.data.DataLoader(torch.randn(16, 4), batch_size=4)
model, train_loader, val_loader = Model(), loader(), loader()
options = dict(max_epochs=2, log_every_n_steps=1, accelerator="cpu", default_root_dir="out", enable_progress_bar=False)
""",
    "Keras": """
import keras, numpy
x, y = numpy.random.randn(32, 4), numpy.random.randn(32, 1)
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(0.01), loss="mse", metrics=["mae"])
""",
}


def snippets() -> dict[str, str]:
    """The Python block of each section."""
    sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]
    blocks = {s.splitlines()[0]: re.findall(r"```python\n(.*?)```", s, flags=re.DOTALL) for s in sections}
    return {title: found[0] for title, found in blocks.items() if found}


@pytest.fixture
def records(tmp_path: Path, request: pytest.FixtureRequest) -> list[dict[str, Any]]:
    """What the snippet of one section logs; every record fits the schema."""
    title = request.param
    code = f"{AROUND[title]}\n{snippets()[title]}"
    environment = {**os.environ, "PYTHONPATH": str(PAGE.parents[1]), "OMP_NUM_THREADS": "1", "KERAS_BACKEND": "torch"}
    environment |= {"HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    validator = jsonschema.Draft202012Validator(schema.load("record"))
    for row in rows[:50]:
        validator.validate(row)
    return [row for row in rows if row["type"] != "gpu"]


def test_the_readme_shows_the_same_loop() -> None:
    assert snippets()["Your own loop"] in (PAGE.parents[1] / "README.md").read_text()


def of_type(records: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [record for record in records if record["type"] == kind]


def test_each_snippet_is_under_ten_lines_and_tested() -> None:
    assert set(snippets()) == set(AROUND)
    assert max(len(code.splitlines()) for code in snippets().values()) < 10


@pytest.mark.parametrize("records", ["Your own loop"], indirect=True)
def test_own_loop(records: list[dict[str, Any]]) -> None:
    assert len(of_type(records, "train")) == 1000
    assert [r["step"] for r in of_type(records, "eval")] == list(range(100, 1001, 100))
    assert of_type(records, "checkpoint")[0]["path"] == "step-100"


@pytest.mark.parametrize("records", ["GPUs and the machine"], indirect=True)
def test_gathered_samples(records: list[dict[str, Any]]) -> None:
    assert [r["type"] for r in records] == ["run", "train"]


@pytest.mark.parametrize("records", ["accelerate"], indirect=True)
def test_accelerate(records: list[dict[str, Any]]) -> None:
    assert records[0]["config"] == {"lr": 3e-4}
    assert [(r["step"], r["loss"], r["lr"]) for r in of_type(records, "train")] == [(s, 3.0 / s, 3e-4) for s in range(1, 6)]
    assert [(r["step"], r["val_loss"]) for r in of_type(records, "eval")] == [(s, 3.1 / s) for s in range(1, 6)]
    assert records[-1]["status"] == "completed"


@pytest.mark.parametrize("records", ["Hugging Face transformers"], indirect=True)
def test_transformers(records: list[dict[str, Any]]) -> None:
    assert (records[0]["total_steps"], records[0]["world_size"]) == (4, 1)
    assert [r["step"] for r in of_type(records, "train")] == [1, 2, 3, 4]
    assert all(r["loss"] > 0 and r["lr"] > 0 and r["grad_norm"] > 0 for r in of_type(records, "train"))
    assert [r["step"] for r in of_type(records, "eval")] == [2, 4]
    assert all(r["val_loss"] > 0 for r in of_type(records, "eval"))
    assert [(r["step"], r["path"]) for r in of_type(records, "checkpoint")] == [(s, f"out/checkpoint-{s}") for s in (2, 4)]
    assert (records[-1]["type"], records[-1]["status"]) == ("end", "completed")


@pytest.mark.parametrize("records", ["Lightning"], indirect=True)
def test_lightning(records: list[dict[str, Any]]) -> None:
    assert records[0]["config"] == {"lr": 0.1}
    train = of_type(records, "train")
    assert [r["step"] for r in train] == [r["finished"] for r in train] == list(range(1, 9))
    assert all(r["loss"] > 0 for r in train)
    assert [r["step"] for r in of_type(records, "eval")] == [4, 8]
    assert [r["step"] for r in of_type(records, "checkpoint")] == [4, 8]
    assert (records[-1]["type"], records[-1]["status"]) == ("end", "completed")


@pytest.mark.parametrize("records", ["Keras"], indirect=True)
def test_keras(records: list[dict[str, Any]]) -> None:
    """24 rows in batches of 32 would be one step; Keras' default is 32, so each epoch is one step of the rest."""
    assert [r["step"] for r in of_type(records, "train")] == [1, 2]
    assert all(r["loss"] > 0 and r["lr"] == pytest.approx(0.01) for r in of_type(records, "train"))
    assert [(r["step"], r["epoch"]) for r in of_type(records, "eval")] == [(1, 1), (2, 2)]
    assert all(r["val_loss"] > 0 and r["val_mae"] > 0 for r in of_type(records, "eval"))
    assert (records[-1]["type"], records[-1]["status"]) == ("end", "completed")
