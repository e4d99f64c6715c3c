"""Logs of trackers, and files that people save themselves, of the small training in ``network.py``: see ``make.py``."""

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
from network import training


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


def mlperf(folder: Path) -> None:
    """mlperf-logging's mllog."""
    from mlperf_logging import mllog

    path = folder / "result.txt"
    path.unlink(missing_ok=True)
    mllog.config(filename=str(path), root_dir=str(Path(__file__).parent))
    log = mllog.get_mllogger()
    log.event(key="global_batch_size", value=40)
    log.start(key="run_start")
    for epoch, train, val in training(30):
        place = {"epoch_num": epoch}
        log.event(key="train_loss", value=train, metadata=place)
        log.start(key="eval_start", metadata=place)
        log.event(key="eval_loss", value=val, metadata=place)
        log.end(key="eval_stop", metadata=place)
    log.end(key="run_stop", metadata={"status": "success"})


def codecarbon(folder: Path) -> None:
    """codecarbon's offline tracker; what it says of the machine was taken out."""
    import csv

    from codecarbon import OfflineEmissionsTracker

    path = folder / "emissions.csv"
    path.unlink(missing_ok=True)
    with OfflineEmissionsTracker(country_iso_code="ISL", output_dir=str(folder), project_name="sample", log_level="error"):
        for _ in training(20_000):
            pass
    with path.open(newline="") as file:
        names, *rows = csv.reader(file)
    hidden = {"os": "Linux", "cpu_model": "CPU", "ram_total_size": "16"}
    with path.open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(
            [names, *([hidden.get(n, c) for n, c in zip(names, row, strict=True)] for row in rows)]
        )
