"""What frameworks print while they train on the points of ``network.py``: see ``make.py``."""

import logging
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from by_framework import lightning_module, loaders, transformers_trainer
from capture import neutral, printed
from network import data


def _network() -> Any:
    import torch

    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Linear(4, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))


def keras(folder: Path) -> None:
    """``Model.fit`` with its bars and what callbacks say."""
    os.environ["KERAS_BACKEND"] = "torch"
    import keras as library

    library.utils.set_random_seed(0)
    model = library.Sequential([library.layers.Dense(64, activation="tanh"), library.layers.Dense(1)])
    model.compile(optimizer=library.optimizers.Adam(0.02), loss="mse", metrics=["mae"])
    (x, y), held = data(), data(200, seed=2)
    with tempfile.TemporaryDirectory() as root, printed(folder / "keras.log", root):
        best = library.callbacks.ModelCheckpoint(f"{root}/model.keras", save_best_only=True, verbose=1)
        slower = library.callbacks.ReduceLROnPlateau(patience=10, verbose=1)
        model.fit(x, y, batch_size=8, validation_data=held, epochs=40, callbacks=[best, slower])


def transformers(folder: Path) -> None:
    """Trainer with its bar, which losses are printed amid."""
    with tempfile.TemporaryDirectory() as root, printed(folder / "huggingface.log", root):
        trainer = transformers_trainer(root, num_train_epochs=40, eval_strategy="epoch", logging_steps=2)
        trainer.train()
        trainer.log_metrics("eval", trainer.evaluate())


def xgboost(folder: Path) -> None:
    """The scikit-learn interface, which calls its sets validation_0 and validation_1."""
    import xgboost as library

    (x, y), held = data(), data(200, seed=2)
    with printed(folder / "console.txt"):
        library.XGBRegressor(n_estimators=60, learning_rate=0.3).fit(x, y, eval_set=[(x, y), held])


def lightgbm(folder: Path) -> None:
    """``log_evaluation`` and ``early_stopping``."""
    import lightgbm as library

    sets = [library.Dataset(x, y[:, 0]) for x, y in (data(), data(200, seed=2))]
    options = {"min_data_in_leaf": 2, "metric": "l2", "seed": 0, "num_threads": 1}
    told = [library.log_evaluation(1), library.early_stopping(40)]
    with printed(folder / "lightgbm.txt"):
        library.train(options, sets[0], 60, sets, ["train", "valid"], callbacks=told)


def skorch(folder: Path) -> None:
    """PrintLog, which colours the best value so far."""
    import torch
    from skorch import NeuralNetRegressor
    from skorch.dataset import Dataset
    from skorch.helper import predefined_split

    held = predefined_split(Dataset(*data(200, seed=2)))
    options = {"lr": 0.02, "optimizer": torch.optim.Adam, "batch_size": 20, "train_split": held}
    with printed(folder / "skorch_console.txt"):
        NeuralNetRegressor(_network(), max_epochs=40, **options).fit(*data())


def lightning(folder: Path) -> None:
    """Lightning's tqdm bar, with what callbacks say glued to it."""
    import lightning as library
    from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint, TQDMProgressBar

    library.seed_everything(0, verbose=False)
    with tempfile.TemporaryDirectory() as root, printed(folder / "lightning.log", root):
        told = [EarlyStopping("val_loss", patience=25, verbose=True), ModelCheckpoint(monitor="val_loss", verbose=True), TQDMProgressBar()]
        trainer = library.Trainer(max_epochs=20, accelerator="cpu", logger=False, default_root_dir=root, callbacks=told)
        trainer.fit(lightning_module(bar=True), *loaders(8, 50))


def mmengine(folder: Path) -> None:
    """MMEngine's Runner by iteration: the JSON lines of its LocalVisBackend, and its log."""
    import torch
    from mmengine.evaluator import BaseMetric
    from mmengine.model import BaseModel
    from mmengine.runner import Runner

    class Net(BaseModel):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.net = _network()

        def forward(self, x: Any, y: Any, mode: str) -> Any:
            out = self.net(x)
            return {"loss": torch.nn.functional.mse_loss(out, y)} if mode == "loss" else (out, y)

    class Loss(BaseMetric):  # type: ignore[misc]
        def process(self, _: Any, outputs: Any) -> None:
            self.results.append(((outputs[0] - outputs[1]) ** 2).mean().item())

        def compute_metrics(self, results: list[float]) -> dict[str, float]:
            return {"loss": sum(results) / len(results)}

    sets = [torch.utils.data.TensorDataset(*map(torch.from_numpy, part)) for part in (data(), data(200, seed=2))]
    loaded = [
        {
            "batch_size": 8,
            "dataset": part,
            "sampler": {"type": "DefaultSampler", "shuffle": train},
            "collate_fn": {"type": "default_collate"},
        }
        for part, train in zip(sets, (True, False), strict=True)
    ]
    with tempfile.TemporaryDirectory() as root:
        Runner(
            model=Net(),
            work_dir=root,
            train_dataloader=loaded[0],
            optim_wrapper={"optimizer": {"type": "Adam", "lr": 0.02}},
            train_cfg={"by_epoch": False, "max_iters": 200, "val_interval": 10},
            val_dataloader=loaded[1],
            val_cfg={},
            val_evaluator={"type": Loss},
            default_hooks={"logger": {"type": "LoggerHook", "interval": 5, "log_metric_by_epoch": False}},
            log_processor={"by_epoch": False},
            randomness={"seed": 0},
        ).train()
        [scalars], [log] = Path(root).glob("*/vis_data/scalars.json"), Path(root).glob("*/*.log")
        shutil.copy(scalars, folder / "scalars.json")
        told = re.split(r"(?m)^(?=\d{4}/.*Hooks will be executed)", log.read_text())[-1]  # what is before it is of the machine
        (folder / "train.log").write_text(told)
    neutral(folder / "train.log", root)


def mxnet(folder: Path) -> None:
    """MXNet's Module.fit with its Speedometer."""
    import numpy as np

    np.bool = bool  # type: ignore[misc]  # MXNet 1.9 asks for it
    import mxnet as library

    logging.basicConfig(level=logging.INFO)
    hidden = library.sym.Activation(library.sym.FullyConnected(library.sym.Variable("data"), num_hidden=64), act_type="tanh")
    out = library.sym.FullyConnected(hidden, num_hidden=1)
    model = library.sym.LinearRegressionOutput(out, library.sym.Variable("out_label"), name="out")
    sets = [library.io.NDArrayIter(*part, 10, label_name="out_label") for part in (data(400), data(200, seed=2))]
    with printed(folder / "mxnet.log"):
        logging.getLogger().handlers[:] = [logging.StreamHandler()]
        library.mod.Module(model, label_names=["out_label"]).fit(
            *sets,
            eval_metric="mse",
            optimizer="adam",
            optimizer_params={"learning_rate": 0.02},
            num_epoch=30,
            batch_end_callback=library.callback.Speedometer(10, 10),
        )


def fastai(folder: Path) -> None:
    """Learner.fit, its table drawn amid the bars of fastprogress."""
    import fastai.callback.progress  # noqa: F401  makes the table the default
    import torch
    from fastai.data.core import DataLoaders
    from fastai.data.load import DataLoader
    from fastai.learner import Learner

    sets = [torch.utils.data.TensorDataset(*map(torch.from_numpy, part)) for part in (data(), data(200, seed=2))]
    network = _network()
    with tempfile.TemporaryDirectory() as root, printed(folder / "fastai.log", root):
        loaded = DataLoaders(DataLoader(sets[0], bs=8, shuffle=True), DataLoader(sets[1], bs=50))
        Learner(loaded, network, loss_func=torch.nn.functional.mse_loss, path=Path(root)).fit(20, 0.02)


def monai(folder: Path) -> None:
    """MONAI's engines with their StatsHandler."""
    import sys

    import torch
    from monai.engines import SupervisedEvaluator, SupervisedTrainer
    from monai.handlers import MeanSquaredError, StatsHandler, ValidationHandler, from_engine

    sets = [
        [{"image": torch.from_numpy(x), "label": torch.from_numpy(y)} for x, y in zip(*part, strict=True)]
        for part in (data(), data(200, seed=2))
    ]
    train, held = (torch.utils.data.DataLoader(part, batch_size=8) for part in sets)
    network = _network()
    with printed(folder / "monai.log"):
        logging.basicConfig(stream=sys.stdout, level=logging.INFO)
        score = {"val_mse": MeanSquaredError(output_transform=from_engine(["pred", "label"]))}
        told = [StatsHandler(output_transform=lambda _: None)]
        evaluator = SupervisedEvaluator("cpu", held, network, key_val_metric=score, val_handlers=told)
        first = from_engine(["loss"], first=True)
        handlers = [ValidationHandler(1, evaluator), StatsHandler(tag_name="train_loss", output_transform=first)]
        optimizer = torch.optim.Adam(network.parameters(), 0.02)
        SupervisedTrainer("cpu", 40, train, network, optimizer, torch.nn.MSELoss(), train_handlers=handlers).run()


def tabnet(folder: Path) -> None:
    """pytorch-tabnet."""
    from pytorch_tabnet.tab_model import TabNetRegressor

    train, held = data(), data(200, seed=2)
    options = {"max_epochs": 60, "patience": 60, "batch_size": 20, "virtual_batch_size": 20}
    with printed(folder / "tabnet.txt"):
        sets = {"eval_set": [train, held], "eval_name": ["train", "valid"], "eval_metric": ["rmse"]}
        TabNetRegressor(seed=0).fit(*train, **sets, **options)


def stable_baselines3(folder: Path) -> None:
    """The log of Stable-Baselines3 while PPO learns CartPole."""
    from stable_baselines3 import PPO
    from stable_baselines3.common.logger import configure

    model = PPO("MlpPolicy", "CartPole-v1", n_steps=256, seed=0, device="cpu")
    with tempfile.TemporaryDirectory() as root:
        model.set_logger(configure(root, ["log"]))
        model.learn(10_000)
        shutil.copy(Path(root) / "log.txt", folder / "log.txt")
        neutral(folder / "log.txt", root)
