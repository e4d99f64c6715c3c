"""``kill -9`` at any moment, and what a record costs."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from trainlog.emit import RunLogger

KILLS = 200

WRITER = """
import itertools, os, sys
from trainlog.emit import RunLogger
log = RunLogger(sys.argv[1], rank=0, hardware_every_s=None)
done = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT)
for run in itertools.count():
    # Each child of this server is one writing process; it is killed by the test, at a moment of the test's choosing.
    if not sys.stdin.readline():
        break
    child = os.fork()
    if child == 0:
        log = RunLogger(sys.argv[1], rank=0, hardware_every_s=None, number=run)
        for step in itertools.count(1):
            log.train(step, 2.0, lr=1e-3, note="x" * (step % 300))
            os.pwrite(done, step.to_bytes(8, "little"), 8 * run)
    print(child, flush=True)
    os.waitpid(child, 0)
"""


def test_200_kills_lose_no_record_whose_call_returned(tmp_path: Path) -> None:
    log, done = tmp_path / "run.jsonl", tmp_path / "done"
    server = subprocess.Popen([sys.executable, "-c", WRITER, log, done], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    moments = random.Random(20260101)
    assert server.stdin is not None
    assert server.stdout is not None
    with server, server.stdin, server.stdout:
        for run in range(KILLS):
            server.stdin.write("\n")
            server.stdin.flush()
            child = int(server.stdout.readline())
            while done.stat().st_size < 8 * (run + 1):
                time.sleep(0.0002)
            time.sleep(moments.uniform(0, 0.004))
            os.kill(child, signal.SIGKILL)
    returned = [int.from_bytes(done.read_bytes()[8 * run :][:8], "little") for run in range(KILLS)]
    seen, damaged, last = dict.fromkeys(range(KILLS), 0), 0, -1
    for line in log.read_bytes().split(b"\n"):
        try:
            record = json.loads(line)
        except ValueError:
            damaged += bool(line)
            continue
        last = record.get("number", last)
        if record["type"] == "train":
            assert record["step"] == seen[last] + 1
            seen[last] += 1
    assert all(seen[run] - returned[run] in (0, 1) for run in range(KILLS))
    assert sum(returned) > KILLS
    assert damaged <= KILLS


def test_a_record_costs_at_most_three_times_dumps_and_write(tmp_path: Path) -> None:
    values = {
        "epoch": 0.51, "lr": 3e-4, "grad_norm": 1.21, "tokens": 819_200, "tokens_per_s": 66_600.5, "step_time_s": 0.1234,
        "data_time_s": 0.0041, "loss_scale": 65536.0,
    }  # fmt: skip
    full = {"type": "train", "step": 100, "time_s": 12.345, "loss": 4.2013, "ppl": 66.77, **values}
    log = RunLogger(tmp_path / "run.jsonl", rank=0)
    with (tmp_path / "plain.jsonl").open("w") as plain:

        def by_hand() -> None:
            plain.write(json.dumps(full) + "\n")
            plain.flush()

        def by_logger() -> None:
            log.train(100, 4.2013, **values)

        ours, theirs = [], []
        for _ in range(15):  # side by side, so that a busy machine is busy for both; the least is what it costs
            theirs.append(_cpu_seconds(by_hand))
            ours.append(_cpu_seconds(by_logger))
    log.close()
    assert min(ours) <= 3 * min(theirs)


def _cpu_seconds(call: Callable[[], None]) -> float:
    start = time.thread_time()
    for _ in range(300):
        call()
    return time.thread_time() - start
