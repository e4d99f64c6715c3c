"""Make the sample logs again by running the frameworks that write them: ``python sample_logs/make.py [FORMAT ...]``.

Each function named below writes the logs of one folder. What it needs stands beside it: ``--needs`` prints that for ``pip install -r``.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import by_console
import by_framework
import by_language
import by_tracker

HERE = Path(__file__).resolve().parent
TORCH = "torch==2.13.0"


class Maker(NamedTuple):
    """What writes logs, into which folder, and the packages that wrote those in the repository."""

    write: Callable[[Path], None]
    needs: str
    folder: str | None = None


MAKERS = {
    "csv": Maker(by_framework.csv, f"keras==3.15.1 {TORCH} pandas==3.1.1 lightning==2.6.6"),
    "json": Maker(by_framework.json_documents, "xgboost==3.2.0 lightgbm==4.7.0"),
    "hf_trainer_state": Maker(by_framework.hf_trainer_state, f"transformers[torch]==5.23.0 {TORCH}"),
    "tensorboard": Maker(by_tracker.tensorboard, f"tensorboard==2.21.0 {TORCH}"),
    "wandb": Maker(by_tracker.wandb, "wandb==0.31.0"),
    "swanlab": Maker(by_tracker.swanlab, "swanlab==0.10.3"),
    "trackio": Maker(by_tracker.trackio, "trackio==0.43.0"),
    "mlflow": Maker(by_tracker.mlflow, "mlflow-skinny==3.17.2"),
    "dvclive": Maker(by_tracker.dvclive, "dvclive==3.49.1"),
    "sacred": Maker(by_tracker.sacred, "sacred==0.8.7"),
    "skorch": Maker(by_framework.skorch, f"skorch==1.4.0 {TORCH}", "json"),
    "catboost": Maker(by_framework.catboost, "catboost==1.2.10"),
    "sb3_monitor": Maker(by_framework.sb3_monitor, f"stable-baselines3==2.9.2 gymnasium==1.4.0 {TORCH}"),
    "npz": Maker(by_tracker.npz, "numpy==2.4.6"),
    "parquet": Maker(by_tracker.parquet, "pandas==3.1.1 pyarrow==26.0.1"),
    "catboost_console": Maker(by_framework.catboost_console, "catboost==1.2.10"),
    "optuna": Maker(by_tracker.optuna, "optuna==5.0.0"),
    "prometheus": Maker(by_tracker.prometheus, "prometheus-client==0.26.0"),
    "keras": Maker(by_console.keras, f"keras==3.15.1 {TORCH}", "console"),
    "transformers": Maker(by_console.transformers, f"transformers[torch]==5.24.0 {TORCH}", "console"),
    "xgboost": Maker(by_console.xgboost, "xgboost==3.2.0 scikit-learn==1.9.1"),
    "lightgbm": Maker(by_console.lightgbm, "lightgbm==4.7.0", "console"),
    "skorch_console": Maker(by_console.skorch, f"skorch==1.4.0 {TORCH}", "csv"),
    "lightning": Maker(by_console.lightning, f"lightning==2.6.6 {TORCH}", "console"),
    "mmengine": Maker(by_console.mmengine, f"mmengine==0.10.7 {TORCH}"),
    "mxnet": Maker(by_console.mxnet, "mxnet==1.9.1 numpy==1.23.5", "console"),
    "fastai": Maker(by_console.fastai, f"fastai==2.8.12 {TORCH}", "console"),
    "monai": Maker(by_console.monai, f"monai==1.6.1 pytorch-ignite==0.5.5 {TORCH}", "console"),
    "tabnet": Maker(by_console.tabnet, f"pytorch-tabnet==4.1.0 {TORCH}", "console"),
    "stable_baselines3": Maker(by_console.stable_baselines3, f"stable-baselines3==2.9.2 gymnasium==1.4.0 {TORCH}"),
    "mlperf": Maker(by_tracker.mlperf, "mlperf-logging==4.1.68"),
    "codecarbon": Maker(by_tracker.codecarbon, "codecarbon==3.3.2"),
    "spacy": Maker(by_language.spacy, "spacy==3.8.18"),
    "flair": Maker(by_language.flair, f"flair==0.15.1 {TORCH}", "console"),
    "joeynmt": Maker(by_language.joeynmt, f"joeynmt==2.3.0 importlib_metadata {TORCH}"),
    "opennmt": Maker(by_language.opennmt, f"OpenNMT-py==3.0.4 {TORCH}", "console"),
    "mlx_lm": Maker(by_language.mlx_lm, f"mlx[cpu]==0.32.4 mlx-lm==0.32.2 {TORCH}", "console"),
    "ms_swift": Maker(by_language.ms_swift, f"ms-swift==4.6.0 {TORCH}"),
    "llamafactory": Maker(by_language.llamafactory, f"llamafactory==0.9.5 {TORCH}", "jsonl"),
}


def main() -> None:
    arguments = [argument for argument in sys.argv[1:] if argument != "--needs"]
    for name in arguments or MAKERS:
        maker = MAKERS[name]
        if "--needs" in sys.argv:
            print(*maker.needs.split(), sep="\n")
            continue
        folder = HERE / (maker.folder or name)
        folder.mkdir(exist_ok=True)
        maker.write(folder)
        print(f"made {folder}")


if __name__ == "__main__":
    main()
