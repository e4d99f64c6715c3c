"""Logs behind an address: a real S3 API, served on this machine."""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console import ROOT
from tests.fleet.logs import VERDICTS, text

pytest.importorskip("s3fs")
pytest.importorskip("flask_cors")
server = pytest.importorskip("moto.server")
KINDS = {f"runs/{number:02}/log.jsonl": kind for number, kind in enumerate(["good", "turned", "lost", "broken"] * 6)}


@pytest.fixture(scope="module")
def bucket() -> Iterator[dict[str, str]]:
    """The environment in which ``s3://logs`` is there."""
    import boto3

    running = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    secrets = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
    s3 = boto3.client(
        "s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    s3.create_bucket(Bucket="logs")
    for number, (key, kind) in enumerate(KINDS.items()):
        s3.put_object(Bucket="logs", Key=key, Body=text(kind, number).encode())
    yield {**secrets, "AWS_ENDPOINT_URL": f"http://{host}:{port}"}
    running.stop()


def trainlog(*argv: str, bucket: dict[str, str], cache: Path) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, **bucket, "TRAINLOG_CACHE": str(cache), "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-m", "trainlog", *argv], capture_output=True, text=True, timeout=120, env=environment)


def verdicts(done: "subprocess.CompletedProcess[str]") -> dict[str, str]:
    return {row["source"]: row["verdict"] for row in csv.DictReader(io.StringIO(done.stdout))}


@pytest.mark.parametrize("name", ["s3://logs/runs/*/log.jsonl", "s3://logs/runs/"])
def test_a_pattern_and_a_folder_stand_for_their_logs(name: str, bucket: dict[str, str], tmp_path: Path) -> None:
    done = trainlog("diagnose", name, "--workers", "2", "-o", "csv", bucket=bucket, cache=tmp_path)
    found = verdicts(done)
    assert done.returncode == 1, done.stderr
    assert sorted(found) == [f"s3://logs/{key}" for key in sorted(KINDS)]
    assert all(found[f"s3://logs/{key}"] in VERDICTS[kind] for key, kind in KINDS.items())


def test_one_log_and_one_that_is_not_there(bucket: dict[str, str], tmp_path: Path) -> None:
    done = trainlog("diagnose", "s3://logs/runs/01/log.jsonl", "-o", "csv", bucket=bucket, cache=tmp_path)
    assert verdicts(done) == {"s3://logs/runs/01/log.jsonl": "overfitting"}
    missing = trainlog("diagnose", "s3://logs/no.jsonl", bucket=bucket, cache=tmp_path)
    assert missing.returncode == 2
    assert "s3://logs/no.jsonl" in missing.stderr
    assert "Traceback" not in missing.stderr
