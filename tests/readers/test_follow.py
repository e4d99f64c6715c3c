"""Following a log that is being written says what reading it whole would say, and costs what was appended."""

import tomllib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from trainlog.readers import _follow, _shape, follower, jsonl, read_all, reader
from trainlog.readers._cells import Cells, floats, moments

ROOT = Path(__file__).parents[2] / "sample_logs"
EXPECT = tomllib.loads((ROOT / "expect.toml").read_text(encoding="utf-8"))
GROWING = [name for name, row in EXPECT.items() if (ROOT / name).is_file() and getattr(reader(row["format"]), "GROWS", False)]


def assert_same(got, want):
    assert [set(run.series) for run in got] == [set(run.series) for run in want]
    for mine, other in zip(got, want, strict=True):
        for field in ("format", "axis", "records", "total_steps", "status", "problems", "resumes", "remarks"):
            assert getattr(mine, field) == getattr(other, field)
        for name, series in mine.series.items():
            for column in ("step", "value", "line", "time_s", "epoch"):
                left, right = getattr(series, column), getattr(other.series[name], column)
                assert (left is None) == (right is None)
                assert left is None or np.array_equal(left, right, equal_nan=True), (name, column)


@pytest.mark.parametrize("sample", GROWING)
def test_what_is_read_piece_by_piece_is_what_is_read_whole(sample, tmp_path, monkeypatch):
    monkeypatch.setattr(_follow, "HEAD", 1500)  # samples are small: be on the live path soon
    data = (ROOT / sample).read_bytes()
    path, whole = tmp_path / Path(sample).name, tmp_path / "whole" / Path(sample).name
    whole.parent.mkdir()
    cuts = [len(data) * part // 5 for part in range(6)]
    seen = 0
    with follower(str(path)) as look, path.open("wb") as out:
        for start, end in pairwise(cuts):
            out.write(data[start:end])
            out.flush()
            runs = look()
            if runs is None:
                continue
            whole.write_bytes(data[: data.rfind(b"\n", 0, end) + 1])
            assert_same(runs, read_all(str(whole), input_format=runs[0].format))
            seen += 1
        assert look() is None
    assert seen > 1


def records(first, last):
    return b"".join(b'{"step": %d, "loss": %.4f, "val_loss": %.4f}\n' % (s, 2 + 1 / s, 2.1 + 1 / s) for s in range(first, last))


def bytes_read():
    return int(Path("/proc/self/io").read_text().split("rchar: ")[1].split()[0])


def table(first, last):
    head = b"step,loss,val_loss\n" if first == 1 else b""
    return head + b"".join(b"%d,%.4f,%.4f\n" % (s, 2 + 1 / s, 2.1 + 1 / s) for s in range(first, last))


def lines(first, last):
    return b"".join(b"step %d | loss: %.4f | val_loss: %.4f\n" % (s, 2 + 1 / s, 2.1 + 1 / s) for s in range(first, last))


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="asks the kernel how many bytes were read")
@pytest.mark.parametrize("size", [1_000, 30_000])
@pytest.mark.parametrize("written", [records, table, lines])
def test_a_look_reads_what_was_appended_and_not_the_file(written, size, tmp_path):
    assert _shape  # loaded on the way otherwise
    path = tmp_path / "run.log"
    path.write_bytes(written(1, size))
    with follower(str(path)) as look, path.open("ab") as out:
        look()
        for turn in range(3):
            more = written(size + 10 * turn, size + 10 * turn + 10)
            out.write(more)
            out.flush()
            before = bytes_read()
            runs = look()
            assert runs is not None
            assert runs[0].last_step == size + 10 * turn + 9
            extra = bytes_read() - before - len(more)
            assert 0 <= extra < 2_000  # a few bytes around, to see what became of the file
        before = bytes_read()
        assert look() is None
        assert bytes_read() - before < 2_000


def test_what_cells_of_a_column_say_does_not_depend_on_how_many_are_read_at_once():
    for cells in (
        ["1", "2,345", "x", "", "0,169", "7"],
        ["23:59:58", "23:59:59", "00:00:01", "00:00:02"],
        ["2024-01-01 10:00:00", "2024-01-01 10:00:01", "no date"],
    ):
        known = Cells()
        for end in range(1, len(cells) + 1):
            for got, want in zip(known.floats(cells[:end]), floats(cells[:end]), strict=True):
                assert (got is None) == (want is None)
                assert want is None or np.array_equal(got, want, equal_nan=True)
            np.testing.assert_array_equal(known.moments(cells[:end]), moments(cells[:end]))


def test_a_reader_that_ends_before_the_log_holds_nobody_up(tmp_path, monkeypatch):
    monkeypatch.setattr(jsonl, "read", lambda source, out: out.record(1, 1, {"loss": 2.0}))
    path = tmp_path / "run.jsonl"
    path.write_bytes(b"".join(b'{"step": %d, "quux": 1.5}\n' % s for s in range(1, 5_000)))
    with follower(str(path), input_format="jsonl") as look:
        assert look()
        with path.open("ab") as out:
            out.write(b'{"step": 5000, "quux": 1.5}\n')
        assert look()
        assert look() is None


def test_a_log_that_is_not_there_yet_is_waited_for(tmp_path):
    path = tmp_path / "later" / "run.jsonl"
    with follower(str(path)) as look:
        assert look() is None
        path.parent.mkdir()
        path.write_bytes(b"")
        assert look() is None
        path.write_bytes(records(1, 30) + b'{"step": 30, "lo')
        assert look()[0].last_step == 29
        assert look() is None


@pytest.mark.parametrize("size", [100, 3_000])
@pytest.mark.parametrize("how", ["renamed", "truncated"])
def test_a_rotated_log_goes_on_where_it_ended(how, size, tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_bytes(records(1, size))
    with follower(str(path)) as look:
        look()
        with path.open("ab") as out:
            out.write(records(size, size + 5) + b'{"step": 9')
        if how == "renamed":
            path.rename(tmp_path / "run.jsonl.1")
            path.write_bytes(records(size + 5, size + 10))
        else:
            look()
            path.write_bytes(records(size + 5, size + 10))
        runs = look()
        assert len(runs) == 1
        assert runs[0].series["loss"].step.tolist() == list(range(1, size + 10))


@pytest.mark.parametrize("size", [100, 3_000])
@pytest.mark.parametrize("grown", [False, True])
def test_a_log_that_is_written_anew_is_read_anew(grown, size, tmp_path):
    path = tmp_path / "run.jsonl"
    path.write_bytes(records(1, size))
    with follower(str(path)) as look:
        assert look()[0].records == size - 1
        new = tmp_path / "new"
        new.write_bytes(records(1, size + 7 if grown else size - 7))
        new.replace(path)
        runs = look()
        assert len(runs) == 1
        assert runs[0].last_step == (size + 6 if grown else size - 8)
        assert runs[0].resumes == ()


def test_other_formats_are_read_again_when_they_have_changed(tmp_path):
    path = tmp_path / "trainer_state.json"
    sample = (ROOT / "hf_trainer_state" / "trainer_state.json").read_bytes()
    with follower(str(path)) as look:
        path.write_bytes(sample[:200])
        look()
        path.write_bytes(sample)
        assert look()[0].format == "hf_trainer_state"
        assert look() is None


def test_a_folder_is_read_again_when_a_file_in_it_has_changed(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(records(1, 50))
    with follower(str(tmp_path)) as look:
        assert look()[0].last_step == 49
        assert look() is None
        with (tmp_path / "a.jsonl").open("ab") as out:
            out.write(records(50, 60))
        assert look()[0].last_step == 59


def test_an_error_that_is_appended_is_how_the_run_ended(tmp_path):
    path = tmp_path / "run.log"
    path.write_text(
        "".join(f"step {step} | loss {1 + 3 / step:.4f} | lr 3e-4 and some words to fill a line of it\n" for step in range(1, 2_000))
    )
    with follower(str(path)) as look:
        assert look()[0].ending is None
        with path.open("a") as out:
            out.write('Traceback (most recent call last):\n  File "train.py", line 10, in <module>\nRuntimeError: NCCL error\n')
        assert look()[0].ending == (2_002, "RuntimeError: NCCL error")
