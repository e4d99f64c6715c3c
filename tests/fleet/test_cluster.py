"""The same job on a real cluster of several processes: all logs are judged, also when a worker is killed in the middle."""

import csv
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console import ROOT
from tests.fleet.logs import VERDICTS, write
from trainlog.errors import UsageError
from trainlog.fleet import Job, Judged, cluster
from trainlog.fleet.cluster import _on_worker
from trainlog.judging import Judge
from trainlog.readers import Log

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")
# What the engine opens and closes in its own threads and loops is its own affair.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch, dask.config.set({"distributed.scheduler.allowed-failures": 1}):
        patch.setenv("PYTHONPATH", str(ROOT))
        with distributed.LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as running:
            yield running.scheduler_address


def test_the_command_judges_on_the_cluster(address: str, tmp_path: Path) -> None:
    kinds = write(tmp_path / "runs", 8)
    command = [sys.executable, "-m", "trainlog", "diagnose", f"{tmp_path}/runs/*/*", "--scheduler", address, "-o", "csv"]
    environment = {**os.environ, "TRAINLOG_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 1, done.stderr
    found = {row["source"]: row["verdict"] for row in csv.DictReader(io.StringIO(done.stdout))}
    assert sorted(found) == sorted(kinds)
    assert all(found[path] in VERDICTS[kind] for path, kind in kinds.items())


def test_a_worker_that_is_killed_loses_no_run(address: str, tmp_path: Path) -> None:
    kinds = write(tmp_path / "runs", 60, broken=0)
    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=30)
        before = client.run(os.getpid)
    found = {}
    for position, judged in cluster(address)(Job(Judge()), [Log(path) for path in kinds]):
        found[position] = judged
        if len(found) == 10:
            os.kill(next(iter(before.values())), signal.SIGKILL)
    assert sorted(found) == list(range(60))
    assert all(found[i][0].diagnosis.verdict in VERDICTS[kind] for i, kind in enumerate(kinds.values()))
    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=30)
        assert set(client.run(os.getpid).values()) != set(before.values())  # it was killed, and another took its place


class Deadly(Job):
    """Ends the worker that reads a log named ``deadly``, as the system does when memory is short."""

    def __call__(self, log: Log) -> list[Judged]:
        if "deadly" in log.name:
            os.kill(os.getpid(), signal.SIGKILL)
        return Job.__call__(self, log)


def test_a_log_that_kills_its_workers_loses_no_other(address: str, tmp_path: Path) -> None:
    logs = [Log(path) for path in write(tmp_path, 16, broken=0)]
    logs[1:1] = [Log(str(tmp_path / "deadly"))]
    found = dict(cluster(address)(Deadly(Judge()), logs))
    assert sorted(found) == list(range(17))
    assert [position for position, judged in found.items() if judged[0].diagnosis.verdict == "inconclusive"] == [1]
    assert "died" in str(found[1][0].diagnosis.reason)


def test_memory_that_a_worker_keeps_while_it_judges_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, ...]] = []

    class Libc:
        def __init__(self, _: None) -> None:
            self.mallopt = lambda *how: told.append(("mallopt", *map(str, how)))
            self.malloc_trim = lambda *how: told.append(("malloc_trim", *map(str, how)))

    monkeypatch.setattr("ctypes.CDLL", Libc)
    monkeypatch.delenv("MALLOC_TRIM_THRESHOLD_", raising=False)
    _on_worker(Job(Judge()), [])
    assert not told  # nobody told it to give memory back: it is left alone
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "65536")
    _on_worker(Job(Judge()), [])
    assert told[-3:] == [("mallopt", "-1", "65536"), ("mallopt", "-3", "131072"), ("malloc_trim", "0")]


def test_no_cluster_is_one_message() -> None:
    with pytest.raises(UsageError, match="no scheduler"):
        cluster("tcp://127.0.0.1:9", patience="1s")
