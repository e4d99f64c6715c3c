"""Logs of frameworks that train on the points of ``network.py``: see ``make.py``."""

import io
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from network import EPOCHS, data

HERE = Path(__file__).resolve().parent


def csv(folder: Path) -> None:
    """Keras' CSVLogger, Lightning's CSVLogger, a pandas history."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.layers.Dense(64, activation="tanh"), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.02), loss="mse", metrics=["mae"])
    (x, y), held = data(), data(200, seed=2)
    logger = keras.callbacks.CSVLogger(folder / "keras_csvlogger.csv")
    history = model.fit(x, y, validation_data=held, epochs=EPOCHS, verbose=0, callbacks=[logger])
    import pandas as pd

    pd.DataFrame(history.history).to_csv(folder / "pandas_history.csv")
    document = {name: [float(value) for value in values] for name, values in history.history.items()}
    (HERE / "json").mkdir(exist_ok=True)
    (HERE / "json" / "keras_history.json").write_text(json.dumps(document))
    _lightning(folder)


def lightning_module(*, bar: bool = False) -> Any:
    """A small network as a module that logs its losses, in the ``bar`` too."""
    import lightning
    import torch

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = torch.nn.Sequential(torch.nn.Linear(4, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))

        def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
            loss = torch.nn.functional.mse_loss(self.net(batch[0]), batch[1])
            self.log("train_loss", loss, on_step=True, on_epoch=True, prog_bar=bar)
            return loss

        def validation_step(self, batch: list[torch.Tensor], _: int) -> None:
            self.log("val_loss", torch.nn.functional.mse_loss(self.net(batch[0]), batch[1]), prog_bar=bar)

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=0.02)

    return Module()


def loaders(*sizes: int) -> list[Any]:
    """Batches of the training and the held-out points, of these sizes."""
    import torch

    sets = [torch.utils.data.TensorDataset(*map(torch.from_numpy, part)) for part in (data(), data(200, seed=2))]
    return [torch.utils.data.DataLoader(part, batch_size=size) for part, size in zip(sets, sizes, strict=True)]


def _lightning(folder: Path) -> None:
    import lightning
    from lightning.pytorch.loggers import CSVLogger

    lightning.seed_everything(0, verbose=False)
    with tempfile.TemporaryDirectory() as root:
        trainer = lightning.Trainer(
            max_epochs=EPOCHS,
            logger=CSVLogger(root, name="", version=0),
            log_every_n_steps=1,
            accelerator="cpu",
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
        )
        trainer.fit(lightning_module(), *loaders(20, 20))
        shutil.copy(Path(root) / "version_0" / "metrics.csv", folder / "lightning_metrics.csv")


def json_documents(folder: Path) -> None:
    """Evaluations of XGBoost and LightGBM, skorch's history."""
    import lightgbm
    import xgboost

    (x, y), (held_x, held_y) = data(), data(200, seed=2)
    train, held = xgboost.DMatrix(x, y), xgboost.DMatrix(held_x, held_y)
    evals: dict[str, dict[str, list[float]]] = {}
    options = {"eta": 0.3, "seed": 0}
    xgboost.train(options, train, 50, [(train, "train"), (held, "valid")], evals_result=evals, verbose_eval=False)
    (folder / "xgboost_evals.json").write_text(json.dumps(evals))
    found: dict[str, dict[str, list[float]]] = {}
    sets = [lightgbm.Dataset(x, y[:, 0]), lightgbm.Dataset(held_x, held_y[:, 0])]
    parameters = {"verbose": -1, "min_data_in_leaf": 2, "metric": "l2", "seed": 0}
    lightgbm.train(parameters, sets[0], 50, sets, ["train", "valid"], callbacks=[lightgbm.record_evaluation(found)])
    (folder / "lightgbm_evals.json").write_text(json.dumps(found))


def skorch(folder: Path) -> None:
    """skorch's history, as ``net.history.to_file`` writes it."""
    import torch
    from skorch import NeuralNetRegressor
    from skorch.dataset import Dataset
    from skorch.helper import predefined_split

    torch.manual_seed(0)
    network = torch.nn.Sequential(torch.nn.Linear(4, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))
    held = predefined_split(Dataset(*data(200, seed=2)))
    net = NeuralNetRegressor(network, max_epochs=EPOCHS, lr=0.02, optimizer=torch.optim.Adam, batch_size=20, train_split=held, verbose=0)
    net.fit(*data())
    net.history.to_file(folder / "skorch_history.json")


def catboost(folder: Path) -> None:
    """CatBoost's ``catboost_info``."""
    from catboost import CatBoostRegressor

    (x, y), (held_x, held_y) = data(), data(200, seed=2)
    with tempfile.TemporaryDirectory() as root:
        model = CatBoostRegressor(iterations=60, learning_rate=0.3, random_seed=0, verbose=False, train_dir=root, custom_metric=["MAE"])
        model.fit(x, y[:, 0], eval_set=(held_x, held_y[:, 0]))
        shutil.copy(Path(root) / "catboost_training.json", folder / "catboost_training.json")


def catboost_console(folder: Path) -> None:
    """What CatBoost prints, with the times it measures replaced: they differ from run to run."""
    import re

    from catboost import CatBoostRegressor

    (x, y), (held_x, held_y) = data(), data(200, seed=2)
    out = io.StringIO()
    model = CatBoostRegressor(iterations=200, learning_rate=0.3, random_seed=0, thread_count=1, allow_writing_files=False)
    model.fit(x, y[:, 0], eval_set=(held_x, held_y[:, 0]), log_cout=out)
    text = re.sub(r"(total|remaining): \S+(?: \S+s)?", r"\1: 1ms", out.getvalue())
    (folder / "train.log").write_text(text)


def transformers_trainer(root: str, **options: Any) -> Any:
    """transformers' Trainer on a small network; ``options``: of TrainingArguments."""
    import torch
    import transformers

    class Model(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = torch.nn.Sequential(torch.nn.Linear(4, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))

        def forward(self, x: torch.Tensor, labels: torch.Tensor) -> dict[str, torch.Tensor]:
            out = self.net(x)
            return {"loss": torch.nn.functional.mse_loss(out, labels), "logits": out}

    transformers.set_seed(0)
    sets = [
        [{"x": torch.from_numpy(a), "labels": torch.from_numpy(b)} for a, b in zip(*part, strict=True)]
        for part in (data(), data(200, seed=2))
    ]
    common = {"per_device_train_batch_size": 20, "learning_rate": 0.02, "report_to": [], "use_cpu": True}
    arguments = transformers.TrainingArguments(root, **common, **options)
    return transformers.Trainer(Model(), arguments, train_dataset=sets[0], eval_dataset=sets[1])


def hf_trainer_state(folder: Path) -> None:
    """transformers' Trainer with checkpoints."""
    with tempfile.TemporaryDirectory() as root:
        trainer = transformers_trainer(
            root,
            num_train_epochs=EPOCHS,
            logging_steps=2,
            eval_strategy="steps",
            eval_steps=6,
            save_strategy="steps",
            save_steps=60,
            save_total_limit=2,
            disable_tqdm=True,
        )
        trainer.train()
        trainer.save_state()
        shutil.copy(Path(root) / "trainer_state.json", folder / "trainer_state.json")


def sb3_monitor(folder: Path) -> None:
    """Stable-Baselines3's Monitor around CartPole, while PPO learns."""
    import gymnasium
    from stable_baselines3 import PPO
    from stable_baselines3.common.monitor import Monitor

    environment = Monitor(gymnasium.make("CartPole-v1"), str(folder / "monitor.csv"))
    PPO("MlpPolicy", environment, n_steps=512, seed=0, device="cpu").learn(10_000)
