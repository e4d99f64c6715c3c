"""Files that hold arrays and tables in binary: read where that is safe, named where it is not."""

import json
import pickle
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from trainlog.errors import TrainlogError
from trainlog.readers import read_all


def test_evaluations_of_several_episodes_are_their_mean(tmp_path: Path) -> None:
    path = tmp_path / "evaluations.npz"
    np.savez(path, timesteps=np.array([1000, 2000]), results=np.array([[1.0, 3.0], [4.0, 6.0]]), ep_lengths=np.array([[9, 9], [8, 8]]))
    run = read_all(str(path))[0]
    assert run.series["val_reward"].value.tolist() == [2.0, 5.0]
    assert run.series["val_reward"].step.tolist() == [1000, 2000]


def test_an_array_of_objects_is_skipped_and_said_to_be(tmp_path: Path) -> None:
    path = tmp_path / "history.npz"
    np.savez(path, val_loss=np.arange(5.0), config=np.array({"lr": 1e-3}, dtype=object))
    run = read_all(str(path))[0]
    assert len(run.series["val_loss"]) == 5
    assert "config.npy" in run.problems[0].what


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("model.pt", b"PK\x03\x04" + bytes(200), "zip archive"),
        ("history.pkl", pickle.dumps(list(range(256)), protocol=4), "pickle"),
        ("curve.png", b"\x89PNG\r\n\x1a\n" + bytes(200), "picture"),
    ],
)
def test_what_cannot_be_a_log_is_named(name: str, data: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(TrainlogError) as caught:
        read_all(str(tmp_path / name))
    assert says in str(caught.value)


def test_a_history_of_numpy_is_that_of_json(tmp_path: Path) -> None:
    losses = {"loss": [3.0, 2.0, 1.5, 1.2], "val_loss": [3.1, 2.2, 2.1, 2.3]}
    np.savez(tmp_path / "history.npz", **losses)
    (tmp_path / "history.json").write_text(json.dumps(losses), encoding="utf-8")
    ours, other = (read_all(str(tmp_path / f"history.{kind}"))[0] for kind in ("npz", "json"))
    assert {name: s.value.tolist() for name, s in ours.series.items()} == {name: s.value.tolist() for name, s in other.series.items()}


EPOCHS = np.arange(1, 6)


def _table(path: Path, **columns: object) -> None:
    pd.DataFrame(columns).to_parquet(path, index=False)


def test_arrays_and_tables_of_curves_are_found_in_a_folder(tmp_path: Path) -> None:
    _table(tmp_path / "history.parquet", epoch=EPOCHS, train_loss=3.0 / EPOCHS, val_loss=4.0 / EPOCHS)
    _table(tmp_path / "long.parquet", step=[1, 1, 2, 2], metric=["train/loss", "val/loss"] * 2, value=[9.0, 9.5, 8.0, 8.5])
    np.savez(tmp_path / "history.npz", train_loss=5.0 / EPOCHS, val_loss=6.0 / EPOCHS)
    np.savez(tmp_path / "evaluations.npz", timesteps=EPOCHS * 1000, results=np.ones((5, 3)) * EPOCHS[:, None], ep_lengths=np.ones((5, 3)))
    runs = read_all(str(tmp_path))
    assert sorted(Path(run.source).name for run in runs) == ["evaluations.npz", "history.npz", "history.parquet", "long.parquet"]


def test_data_sets_and_weights_are_no_logs_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("step,loss\n1,3.0\n2,2.0\n3,1.0\n")
    _table(tmp_path / "train.parquet", text=["a", "b", "c"], score=[0.1, 0.2, 0.3], epoch=[1, 2, 3])
    _table(tmp_path / "features.parquet", mse=[0.1, 0.2, 0.3], rent=[1.0, 2.0, 3.0])
    _table(tmp_path / "tokens.parquet", step=[1, 2, 3], tokens=[[1], [2], [3]], loss=[3.0, 2.0, 1.0])
    np.savez(tmp_path / "mnist.npz", x_train=np.zeros((9, 4)), y_train=np.arange(9.0))
    np.savez(tmp_path / "activations.npz", loss=np.zeros((3, 4)), step=np.arange(3))
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "train.parquet").read_bytes()[:50])
    (tmp_path / "cut.npz").write_bytes((tmp_path / "mnist.npz").read_bytes()[:90])
    assert [Path(run.source).name for run in read_all(str(tmp_path))] == ["log.csv"]
