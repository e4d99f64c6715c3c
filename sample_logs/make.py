"""Make the sample logs again by running the frameworks that write them: ``python sample_logs/make.py [FORMAT ...]``.

Each function below writes the logs of one folder. The versions that wrote the files in the repository are in README.md.
Trackers log a small network that is trained here, in numpy, on 40 noisy points: it overfits.
"""

import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
EPOCHS = 60


def data(count: int = 40, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noisy points of a smooth curve: float32[count, 4] and float32[count, 1]."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(count, 4)).astype(np.float32)
    return x, (np.sin(x[:, :1]) + 0.5 * rng.normal(size=(count, 1))).astype(np.float32)


def training(epochs: int = EPOCHS, rate: float = 0.02) -> Iterator[tuple[int, float, float]]:
    """Train a network of 64 hidden units by Adam; give (epoch, training loss, validation loss)."""
    rng = np.random.default_rng(1)
    (x, y), (held_x, held_y) = data(), data(200, seed=2)
    weights = [rng.normal(size=(4, 64)), np.zeros(64), rng.normal(size=(64, 1)) / 8, np.zeros(1)]
    moments = [(np.zeros_like(w), np.zeros_like(w)) for w in weights]
    for epoch in range(1, epochs + 1):
        hidden = np.tanh(x @ weights[0] + weights[1])
        error = hidden @ weights[2] + weights[3] - y
        val_error = np.tanh(held_x @ weights[0] + weights[1]) @ weights[2] + weights[3] - held_y
        yield epoch, float((error**2).mean()), float((val_error**2).mean())
        back = 2 * error @ weights[2].T * (1 - hidden**2) / len(x)
        gradients = [x.T @ back, back.sum(0), 2 * hidden.T @ error / len(x), 2 * error.mean(0)]
        for index, (weight, gradient) in enumerate(zip(weights, gradients, strict=True)):
            mean = 0.9 * moments[index][0] + 0.1 * gradient
            square = 0.999 * moments[index][1] + 0.001 * gradient**2
            moments[index] = (mean, square)
            weights[index] = weight - rate * mean / (1 - 0.9**epoch) / (np.sqrt(square / (1 - 0.999**epoch)) + 1e-8)


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


def _lightning(folder: Path) -> None:
    import lightning
    import torch
    from lightning.pytorch.loggers import CSVLogger

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.net = torch.nn.Sequential(torch.nn.Linear(4, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))

        def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
            loss = torch.nn.functional.mse_loss(self.net(batch[0]), batch[1])
            self.log("train_loss", loss, on_step=True, on_epoch=True)
            return loss

        def validation_step(self, batch: list[torch.Tensor], _: int) -> None:
            self.log("val_loss", torch.nn.functional.mse_loss(self.net(batch[0]), batch[1]))

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), lr=0.02)

    lightning.seed_everything(0, verbose=False)
    loaders = [
        torch.utils.data.DataLoader(torch.utils.data.TensorDataset(*map(torch.from_numpy, part)), batch_size=20)
        for part in (data(), data(200, seed=2))
    ]
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
        trainer.fit(Module(), *loaders)
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


def hf_trainer_state(folder: Path) -> None:
    """transformers' Trainer on a linear model, with checkpoints."""
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
    with tempfile.TemporaryDirectory() as root:
        options = transformers.TrainingArguments(
            root,
            num_train_epochs=EPOCHS,
            per_device_train_batch_size=20,
            learning_rate=0.02,
            logging_steps=2,
            eval_strategy="steps",
            eval_steps=6,
            save_strategy="steps",
            save_steps=60,
            save_total_limit=2,
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
        )
        trainer = transformers.Trainer(Model(), options, train_dataset=sets[0], eval_dataset=sets[1])
        trainer.train()
        trainer.save_state()
        shutil.copy(Path(root) / "trainer_state.json", folder / "trainer_state.json")


def tensorboard(folder: Path) -> None:
    """torch's SummaryWriter, and Keras' callback with its two folders."""
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(folder / "torch") as writer:
        for epoch, train, val in training():
            writer.add_scalar("train/loss", train, epoch)
            if epoch % 2 == 0:
                writer.add_scalar("val/loss", val, epoch)
    for split, index in (("train", 1), ("validation", 2)):
        with SummaryWriter(folder / "folders" / split) as writer:
            for row in training():
                writer.add_scalar("epoch_loss", row[index], row[0], new_style=True)


def wandb(folder: Path) -> None:
    """W&B offline."""
    os.environ["WANDB_MODE"] = "offline"
    import wandb as client

    with tempfile.TemporaryDirectory() as root:
        quiet = client.Settings(x_disable_meta=True, x_disable_machine_info=True, disable_git=True, host="host", program="train.py")
        run = client.init(project="samples", name="overfit", config={"lr": 0.02}, dir=root, settings=quiet)
        for epoch, train, val in training():
            run.log({"train/loss": train, "lr": 0.02, **({"val/loss": val} if epoch % 2 == 0 else {})}, step=epoch)
        run.finish()
        for file in Path(root).glob("wandb/offline-run-*/*.wandb"):
            shutil.copy(file, folder / "run.wandb")


def swanlab(folder: Path) -> None:
    """SwanLab offline."""
    import swanlab as client

    with tempfile.TemporaryDirectory() as root:
        client.init(project="samples", experiment_name="overfit", mode="offline", logdir=root, config={"lr": 0.02})
        for epoch, train, val in training():
            client.log({"train/loss": train, "val/loss": val}, step=epoch)
        client.finish()
        for file in Path(root).glob("run-*/*.swanlab"):
            shutil.copy(file, folder / "run.swanlab")


def trackio(folder: Path) -> None:
    """Trackio, two runs in one project."""
    with tempfile.TemporaryDirectory() as root:
        os.environ["TRACKIO_DIR"] = root
        import trackio as client

        for name, rate in (("overfit", 0.02), ("slow", 0.001)):
            client.init(project="samples", name=name, config={"lr": rate})
            for epoch, train, val in training(rate=rate):
                client.log({"train/loss": train, "val/loss": val}, step=epoch)
            client.finish()
        import sqlite3

        [database] = Path(root).glob("samples.db")
        with sqlite3.connect(database) as source, sqlite3.connect(folder / "samples.db") as target:
            source.backup(target)
            names = "select type, name from sqlite_master where name not like 'sqlite_%' order by type"
            for kind, table in target.execute(names).fetchall():
                if table not in ("metrics", "system_metrics", "configs"):
                    target.execute(f"drop {kind} if exists {table}")  # empty, or made again by Trackio when it needs them
            target.commit()
            target.execute("pragma journal_mode = delete")
            target.execute("vacuum")


def mlflow(folder: Path) -> None:
    """MLflow's file store, one run."""
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    import mlflow as client

    with tempfile.TemporaryDirectory() as root:
        client.set_tracking_uri((Path(root) / "mlruns").as_uri())
        with client.start_run(run_name="overfit"):
            client.log_param("lr", 0.02)
            for epoch, train, val in training():
                client.log_metrics({"train_loss": train, "val_loss": val}, step=epoch)
        [run] = [path.parent for path in Path(root).glob("mlruns/*/*/metrics")]
        shutil.copytree(run, folder / "run", ignore=shutil.ignore_patterns("artifacts", "tags"))


def dvclive(folder: Path) -> None:
    """DVCLive."""
    from dvclive import Live

    os.chdir(tempfile.mkdtemp())  # it makes a DVC repository of the folder it runs in
    with Live(str(folder), save_dvc_exp=False, dvcyaml=None) as live:
        for epoch, train, val in training():
            live.log_metric("train/loss", train)
            live.log_metric("val/loss", val)
            live.step = epoch + 1


def sacred(folder: Path) -> None:
    """Sacred's FileStorageObserver."""
    from sacred import Experiment
    from sacred.observers import FileStorageObserver

    with tempfile.TemporaryDirectory() as root:
        experiment = Experiment("sample", save_git_info=False)
        experiment.observers.append(FileStorageObserver(root))

        @experiment.main
        def run() -> None:
            for epoch, train, val in training():
                experiment.log_scalar("training.loss", train, epoch)
                experiment.log_scalar("validation.loss", val, epoch)

        experiment.run()
        shutil.copy(Path(root) / "1" / "metrics.json", folder / "metrics.json")


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


def sb3_monitor(folder: Path) -> None:
    """Stable-Baselines3's Monitor around CartPole, while PPO learns."""
    import gymnasium
    from stable_baselines3 import PPO
    from stable_baselines3.common.monitor import Monitor

    environment = Monitor(gymnasium.make("CartPole-v1"), str(folder / "monitor.csv"))
    PPO("MlpPolicy", environment, n_steps=512, seed=0, device="cpu").learn(10_000)


def npz(folder: Path) -> None:
    """Losses kept in lists and saved by numpy.savez."""
    epochs, train, val = zip(*training(), strict=True)
    np.savez(folder / "history.npz", epoch=epochs, train_loss=train, val_loss=val)


def parquet(folder: Path) -> None:
    """A pandas frame of one row per epoch."""
    import pandas as pd

    pd.DataFrame(training(), columns=["epoch", "train_loss", "val_loss"]).to_parquet(folder / "history.parquet", index=False)


def optuna(folder: Path) -> None:
    """A study of the learning rate in a journal: every trial reports its validation loss per epoch."""
    import optuna

    (folder / "journal.log").unlink(missing_ok=True)
    backend = optuna.storages.journal.JournalFileBackend(str(folder / "journal.log"))
    study = optuna.create_study(storage=optuna.storages.JournalStorage(backend), sampler=optuna.samplers.GridSampler({"lr": [0.002, 0.02]}))

    def objective(trial: optuna.Trial) -> float:
        for epoch, _, val in training(rate=trial.suggest_float("lr", 0.001, 0.1)):
            trial.report(val, epoch)
        return val

    study.optimize(objective, n_trials=2)


def prometheus(folder: Path) -> None:
    """What a job exposes to Prometheus, written once per epoch."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    step = Gauge("train_step", "Optimizer steps finished.", registry=registry)
    loss = Gauge("loss", "Mean loss.", ["split"], registry=registry)
    with (folder / "metrics.prom").open("wb") as log:
        for epoch, train, val in training():
            step.set(10 * epoch)
            loss.labels("train").set(train)
            loss.labels("val").set(val)
            log.write(generate_latest(registry))


MAKERS: dict[str, Callable[[Path], None]] = {
    "csv": csv,
    "json": json_documents,
    "hf_trainer_state": hf_trainer_state,
    "tensorboard": tensorboard,
    "wandb": wandb,
    "swanlab": swanlab,
    "trackio": trackio,
    "mlflow": mlflow,
    "dvclive": dvclive,
    "sacred": sacred,
    "skorch": skorch,
    "catboost": catboost,
    "sb3_monitor": sb3_monitor,
    "npz": npz,
    "parquet": parquet,
    "catboost_console": catboost_console,
    "optuna": optuna,
    "prometheus": prometheus,
}


def main() -> None:
    for name in sys.argv[1:] or MAKERS:
        folder = HERE / ("json" if name == "skorch" else name)
        folder.mkdir(exist_ok=True)
        MAKERS[name](folder)
        print(f"made {folder}")


if __name__ == "__main__":
    main()
