"""Files that hold arrays and tables in binary: read where that is safe, named where it is not."""

import json
import pickle
from pathlib import Path

import numpy as np
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
