"""Many logs: every one is judged, in whatever order and process; a broken one is a row; what is known is not judged again."""

import csv
import io
import json
import os
import pickle
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.console import ROOT
from tests.fleet.logs import VERDICTS, text, write
from trainlog import render
from trainlog.fleet import Cache, Job, choose, distinct, judge_all, whole
from trainlog.fleet.engine import batches, here, processes
from trainlog.judging import Judge
from trainlog.readers import Log, discover, read_all

SAMPLES = sorted((ROOT / "sample_logs" / "trainlog").glob("*.jsonl"))


def trainlog(*argv: str, cache: Path, **options: object) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, "TRAINLOG_CACHE": str(cache), "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", "trainlog", *argv], capture_output=True, text=True, timeout=120, env=environment, **options
    )


def rows(done: "subprocess.CompletedProcess[str]") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(done.stdout)))


def test_every_log_is_judged_and_a_broken_one_is_a_row(tmp_path: Path) -> None:
    kinds = write(tmp_path / "runs", 30, broken=2)
    for argv in (["runs/**/*.jsonl"], ["runs/*/log.jsonl", "--workers", "2"], sorted(kinds)):
        done = trainlog("diagnose", *argv, "-o", "csv", cache=tmp_path / "cache", cwd=tmp_path)
        assert done.returncode == 1, done.stderr
        found = {str(tmp_path / row["source"]): row for row in rows(done)}
        assert sorted(found) == sorted(kinds)
        assert all(found[path]["verdict"] in VERDICTS[kind] for path, kind in kinds.items())
        assert all(found[path]["reason"] for path, kind in kinds.items() if kind == "broken")
        assert done.stderr == ""


def test_only_broken_logs_end_with_2(tmp_path: Path) -> None:
    write(tmp_path / "runs", 25, broken=25)
    assert trainlog("diagnose", "runs/*/*", cache=tmp_path / "cache", cwd=tmp_path).returncode == 2


def test_the_table_is_worst_first_and_counts(tmp_path: Path) -> None:
    write(tmp_path / "runs", 25)
    done = trainlog("diagnose", "runs/*/*", cache=tmp_path / "cache", cwd=tmp_path)
    lines = done.stdout.splitlines()
    verdicts = [line.split()[0] for line in lines[:25]]
    bad = [v in ("overfitting", "diverged") for v in verdicts]
    assert bad == sorted(bad, reverse=True)
    assert verdicts[sum(bad)] == "inconclusive"
    assert lines[sum(bad)].endswith("none of the 30 formats fits") or ": " in lines[sum(bad)]
    assert "25 runs: " in done.stdout


def test_outputs_hold_every_run(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    write(tmp_path / "runs", 22)
    asked = [word for name in ("jsonl", "html", "json", "parquet") for word in ("-o", f"{name}=out.{name}")]
    done = trainlog("diagnose", "runs/*/*", *asked, cache=tmp_path / "cache", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    texts = {name: (tmp_path / f"out.{name}").read_text(encoding="utf-8") for name in ("jsonl", "html", "json")}
    assert len([json.loads(line) for line in texts["jsonl"].splitlines()]) == 22
    assert texts["html"].count("<section") == 22
    assert len(json.loads(texts["json"])["runs"]) == 22
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 22


def test_the_same_curves_in_two_files_count_once_where_they_were_searched_for(tmp_path: Path) -> None:
    write(tmp_path / "runs", 25)
    (tmp_path / "runs" / "copy.jsonl").write_text(text("turned", 1000), encoding="utf-8")
    (tmp_path / "runs" / "copy2.jsonl").write_text(text("turned", 1000), encoding="utf-8")
    # The same losses under other GPU readings are another run.
    other = [{**json.loads(line), "gpu/0/temperature_c": 61} for line in text("turned", 1000).splitlines()]
    (tmp_path / "runs" / "other.jsonl").write_text("".join(json.dumps(row) + "\n" for row in other), encoding="utf-8")
    assert len(rows(trainlog("diagnose", "runs/**/*.jsonl", "-o", "csv", cache=tmp_path, cwd=tmp_path))) == 27


def job() -> Job:
    return Job(Judge())


@pytest.mark.parametrize("name", [name for name in render.names() if name not in ("html", "markdown", "text", "parquet")])
def test_a_brief_diagnosis_says_what_the_whole_one_says(name: str) -> None:
    output = render.renderer(name)
    for path in [*SAMPLES, ROOT / "sample_logs" / "console" / "nanogpt.log", ROOT / "sample_logs" / "tensorboard" / "torch"]:
        full = [Judge()(run) for run in read_all(str(path))]
        sent = [whole(one.diagnosis) for log in discover(str(path)) for one in pickle.loads(pickle.dumps(job()(log)))]
        assert output.render(sent, render.Style()) == output.render(full, render.Style()), path


def test_processes_find_what_this_process_finds(tmp_path: Path) -> None:
    logs = [Log(path) for path in write(tmp_path, 9)]
    found = [{i: [one.diagnosis.verdict for one in judged] for i, judged in engine(job(), logs)} for engine in (processes(2), here)]
    assert found[0] == found[1]


class Deadly(Job):
    """Ends the process that reads a log named ``deadly``, as the system does when memory is short."""

    def __call__(self, log: Log) -> list:
        if "deadly" in log.name:
            os._exit(9)
        return Job.__call__(self, log)


def test_a_log_that_kills_its_process_loses_no_other(tmp_path: Path) -> None:
    logs = [Log(path) for path in write(tmp_path, 8, broken=0)]
    logs[3:3] = [Log(str(tmp_path / "deadly"))]
    found = dict(processes(2)(Deadly(Judge()), logs))
    assert sorted(found) == list(range(9))
    assert [one.diagnosis.verdict for one in found[3]] == ["inconclusive"]
    assert "died" in str(found[3][0].diagnosis.reason)
    assert sum(one.diagnosis.verdict == "inconclusive" for judged in found.values() for one in judged) == 1


def test_batches_hold_every_log_once_get_smaller_and_hold_long_logs_alone(tmp_path: Path) -> None:
    short, long = Log(str(tmp_path / "short")), Log(str(tmp_path / "long"))
    Path(short.name).write_bytes(b"x")
    with Path(long.name).open("wb") as file:
        file.truncate(10**9)
    logs = [short] * 300 + [long] * 3 + [short] * 20
    made = list(batches(logs, 2))
    assert [pair for batch in made for pair in batch] == list(enumerate(logs))
    assert sum(long.name in [log.name for _, log in batch] for batch in made) == 3
    sizes = [len(batch) for batch in made]
    assert 20 < sizes[0] < 50
    assert sizes[-1] == 1


def test_few_logs_start_no_process(tmp_path: Path) -> None:
    few, many = [Log(path) for path in write(tmp_path, 3)], [Log("x")] * 10_000
    assert choose(few, None) is here
    assert choose(many, 1) is here
    assert choose(few, 2) is not here


def counted(logs: list[Log], path: Path, job: Job, *, resume: bool = True) -> int:
    """How many logs were judged, the others being known."""
    judged: list[Log] = []

    def engine(job: Job, logs):
        judged.extend(logs)
        return here(job, logs)

    with Cache(path, job) as cache:
        found = dict(judge_all(logs, job, engine, cache, resume=resume))
    assert sorted(found) == list(range(len(logs)))
    return len(judged)


def test_the_cache_knows_what_has_not_changed(tmp_path: Path) -> None:
    paths = list(write(tmp_path / "runs", 6))
    logs, cache = [Log(path) for path in paths], tmp_path / "cache" / "fleet.sqlite"
    assert counted(logs, cache, job()) == 6
    assert counted(logs, cache, job()) == 0
    assert counted(logs, cache, job(), resume=False) == 6
    with Path(paths[0]).open("a", encoding="utf-8") as log:
        log.write('{"step": 610, "loss": 1.0}\n')
    assert counted(logs, cache, job()) == 1
    os.utime(paths[1], ns=(1, 1))
    assert counted(logs, cache, job()) == 1
    assert counted(logs, cache, Job(Judge(ignore=["OVF001"]))) == 6
    assert counted(logs, cache, job()) == 0
    (Path(paths[2]).parent / "checkpoint-300").mkdir()  # what to keep may be another now
    assert counted(logs, cache, job()) == 1
    cache.unlink()
    assert counted(logs, cache, job()) == 6


def test_what_is_known_is_what_was_found(tmp_path: Path) -> None:
    logs = [Log(str(path)) for path in SAMPLES]
    cache = tmp_path / "fleet.sqlite"
    for found in (dict(here(job(), logs)),):
        with Cache(cache, job()) as kept:
            for index, judged in found.items():
                kept.put(logs[index], judged)
        with Cache(cache, job()) as kept:
            known = [kept.get(log) for log in logs]
    for name in ("json", "html", "sarif"):
        output = render.renderer(name)
        first, again = ([whole(one.diagnosis) for judged in some for one in judged] for some in (found.values(), known))
        assert output.render(first, render.Style()) == output.render(again, render.Style())


@pytest.mark.parametrize("damage", ["text", "half", "row", "folder"])
def test_a_damaged_cache_is_no_failure(damage: str, tmp_path: Path) -> None:
    logs, cache = [Log(path) for path in write(tmp_path / "runs", 3)], tmp_path / "fleet.sqlite"
    assert counted(logs, cache, job()) == 3
    if damage == "text":
        cache.write_text("this is no database\n" * 1000)
    elif damage == "half":
        cache.write_bytes(cache.read_bytes()[: cache.stat().st_size // 2])
    elif damage == "row":
        with sqlite3.connect(cache) as file:
            file.execute("update judged set found = x'c1ff'")
        file.close()
    else:
        cache.unlink()
        cache.mkdir()
    assert counted(logs, cache, job()) == 3
    assert counted(logs, cache, job()) == (3 if damage == "folder" else 0)


def test_distinct_keeps_what_was_named_twice() -> None:
    logs = [Log(str(SAMPLES[0])), Log(str(SAMPLES[0])), Log(str(SAMPLES[1]), searched=True), Log(str(SAMPLES[1]), searched=True)]
    assert len(distinct(judged for log in logs for judged in job()(log))) == 3


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_interrupt_leaves_what_is_done_and_resume_goes_on(workers: str, tmp_path: Path) -> None:
    kinds = write(tmp_path / "runs", 120)
    command = [sys.executable, "-m", "trainlog", "diagnose", "runs/*/*", "--workers", workers, "-o", "csv=out.csv"]
    environment = {**os.environ, "TRAINLOG_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    # A terminal sends Ctrl-C to a whole group of processes.
    running = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True)
    file = tmp_path / "cache" / "fleet.sqlite"
    until = time.monotonic() + 60
    while time.monotonic() < until and running.poll() is None:  # until some are on disk
        if file.exists() and file.stat().st_size > 100_000:
            break
        time.sleep(0.01)
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "interrupted after" in err
    assert "--resume" in err
    assert "Traceback" not in err
    done = len((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert 0 < done < len(kinds)
    rest = trainlog("diagnose", "runs/*/*", "--resume", "-o", "csv", cache=tmp_path / "cache", cwd=tmp_path)
    assert len(rows(rest)) == len(kinds)


@pytest.mark.skipif(os.name == "nt", reason="a pseudo terminal")
def test_progress_is_shown_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    write(tmp_path / "runs", 22)
    command = [sys.executable, "-m", "trainlog", "diagnose", "runs/*/*", "-o", "csv=out.csv"]
    environment = {**os.environ, "TRAINLOG_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT), "TERM": "xterm"}
    ours, theirs = os.openpty()
    done = subprocess.run(command, cwd=tmp_path, env=environment, stderr=theirs, timeout=60)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.returncode == 1
    assert "logs" in shown
    assert "100%" in shown
