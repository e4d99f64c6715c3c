import json
import sys
from pathlib import Path

import pytest

from trainlog.errors import UnreadableLog
from trainlog.readers import discover, read_all

SAMPLES = Path(__file__).parents[2] / "sample_logs"
TABLE = "step,loss,val_loss\n1,3.0,3.5\n2,2.0,2.5\n3,1.0,1.5\n"


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_a_folder_means_the_logs_in_it_and_says_which(tmp_path):
    write(tmp_path / "a/log.csv", TABLE)
    write(tmp_path / "b/deep/log.jsonl", "".join(json.dumps({"step": n, "loss": 9.0 - n}) + "\n" for n in range(1, 5)))
    write(tmp_path / "README.txt", "nothing here\n")
    write(tmp_path / "config.yaml", "loss: 3\n")
    write(tmp_path / ".cache/log.csv", TABLE.replace("3.0", "7.0"))
    said = []
    runs = read_all(str(tmp_path), tell=said.append)
    assert [(run.format, Path(run.source).relative_to(tmp_path).as_posix()) for run in runs] == [
        ("csv", "a/log.csv"),
        ("jsonl", "b/deep/log.jsonl"),
    ]
    assert "log.csv (csv)" in said[0]


def test_the_same_curves_are_taken_once(tmp_path):
    write(tmp_path / "scalars/log.csv", TABLE)
    write(tmp_path / "copy.csv", TABLE)
    assert len(read_all(str(tmp_path))) == 1


@pytest.mark.parametrize("pattern", ["*/log.csv", "**/*.csv", "run[12]/log.*"])
def test_a_pattern_is_expanded_where_the_shell_did_not(tmp_path, pattern):
    for number in (1, 2):
        write(tmp_path / f"run{number}/log.csv", TABLE.replace("3.0", f"3.{number}"))
    runs = read_all(str(tmp_path / pattern))
    assert [run.series["loss"].value[0] for run in runs] == [3.1, 3.2]


def test_a_file_whose_name_looks_like_a_pattern_is_a_file(tmp_path):
    [run] = read_all(str(write(tmp_path / "run[1].csv", TABLE)))
    assert len(run.series["loss"]) == 3


@pytest.mark.parametrize("name", ["", "nothing.csv", "*.nothing", "a\0b", "x" * 5000])
def test_what_is_not_there_is_said(tmp_path, name):
    with pytest.raises(UnreadableLog):
        read_all(str(tmp_path / "sub" / name) if name else str(tmp_path))


def test_an_address_is_fetched(tmp_path):
    fsspec = pytest.importorskip("fsspec")
    with fsspec.open("memory://logs/run.csv", "wb") as stream:
        stream.write(TABLE.encode())
    [run] = read_all("memory://logs/run.csv")
    assert run.series["val_loss"].value.tolist() == [3.5, 2.5, 1.5]
    with pytest.raises(UnreadableLog, match="address"):
        read_all("memory://logs/none.csv")


def test_standard_input_is_read_whole(tmp_path):
    import subprocess

    code = "from trainlog.readers import read_all; print([len(s) for s in read_all('-')[0].series.values()])"
    done = subprocess.run([sys.executable, "-c", code], input=TABLE.encode(), capture_output=True, check=True)
    assert done.stdout.strip() == b"[3, 3]"


def test_a_log_in_its_own_folder_wins_over_event_files_below_it(tmp_path):
    lines = [{"type": "run", "schema": "trainlog/1"}, *({"type": "train", "step": n, "loss": 9.0 - n} for n in range(1, 5))]
    write(tmp_path / "log.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    write(tmp_path / "tb/events.out.tfevents.1.host", "")
    assert [run.format for run in read_all(str(tmp_path))] == ["trainlog"]


EVENTS = next((SAMPLES / "tensorboard" / "torch").rglob("*tfevents*")).read_bytes()
STATE = (SAMPLES / "hf_trainer_state" / "trainer_state.json").read_bytes()


@pytest.mark.parametrize(
    ("files", "logs"),
    [
        ({"train/events.out.tfevents.1": EVENTS, "validation/events.out.tfevents.2": EVENTS}, ["."]),
        ({"v0/events.out.tfevents.1": EVENTS, "v0/metrics.csv": TABLE, "v1/metrics.csv": TABLE}, [".", "v1/metrics.csv"]),
        ({"a/trainer_state.json": STATE, "a/runs/x/events.out.tfevents.1": EVENTS, "b/trainer_state.json": STATE}, ["a", "b"]),
        ({"a/trainer_state.json": STATE, "a/runs/events.out.tfevents.1": EVENTS, "b/c/events.out.tfevents.1": EVENTS}, ["a", "b"]),
        ({"events.out.tfevents.1": EVENTS, "a/trainer_state.json": STATE, "a/r/events.out.tfevents.1": EVENTS},
         ["events.out.tfevents.1", "a"]),
    ],
)  # fmt: skip
def test_event_files_hide_no_other_log(tmp_path, files, logs):
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    assert [log.name for log in discover(str(tmp_path))] == [str(tmp_path / log) for log in logs]


def test_a_link_to_a_folder_above_is_not_searched_again(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a.jsonl").write_text("".join(f'{{"step": {s}, "loss": {1 / s}}}\n' for s in range(1, 9)))
    (tmp_path / "runs" / "up").symlink_to("..")
    (tmp_path / "runs" / "here").symlink_to(".")
    (tmp_path / "runs" / "self").symlink_to("self")
    (tmp_path / "beside").mkdir()
    (tmp_path / "runs" / "beside").symlink_to(tmp_path / "beside")
    (tmp_path / "beside" / "b.jsonl").write_bytes((tmp_path / "runs" / "a.jsonl").read_bytes())
    assert [log.name for log in discover(str(tmp_path / "runs"))] == [
        str(tmp_path / "runs" / "a.jsonl"),
        str(tmp_path / "runs" / "beside" / "b.jsonl"),
    ]
