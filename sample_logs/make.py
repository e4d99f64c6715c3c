"""Make the sample logs again by running the frameworks that write them: ``python sample_logs/make.py [FORMAT ...]``.

Each function named below writes the logs of one folder. The versions that wrote the files in the repository are in README.md.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import by_framework
import by_tracker

HERE = Path(__file__).resolve().parent

MAKERS: dict[str, Callable[[Path], None]] = {
    "csv": by_framework.csv,
    "json": by_framework.json_documents,
    "hf_trainer_state": by_framework.hf_trainer_state,
    "tensorboard": by_tracker.tensorboard,
    "wandb": by_tracker.wandb,
    "swanlab": by_tracker.swanlab,
    "trackio": by_tracker.trackio,
    "mlflow": by_tracker.mlflow,
    "dvclive": by_tracker.dvclive,
    "sacred": by_tracker.sacred,
    "skorch": by_framework.skorch,
    "catboost": by_framework.catboost,
    "sb3_monitor": by_framework.sb3_monitor,
    "npz": by_tracker.npz,
    "parquet": by_tracker.parquet,
    "catboost_console": by_framework.catboost_console,
    "optuna": by_tracker.optuna,
    "prometheus": by_tracker.prometheus,
}


def main() -> None:
    for name in sys.argv[1:] or MAKERS:
        folder = HERE / ("json" if name == "skorch" else name)
        folder.mkdir(exist_ok=True)
        MAKERS[name](folder)
        print(f"made {folder}")


if __name__ == "__main__":
    main()
