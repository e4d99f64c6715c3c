"""Logs in the record format, of any length: what the other benchmarks read.

python -m benchmarks.records 1000000 /tmp/million.jsonl            # 355 bytes a record
python -m benchmarks.records 1000000 /tmp/dirty.jsonl --dirt 0.01  # a line in a hundred is damaged
python -m benchmarks.records 1000000 /tmp/full.jsonl --full        # every number with all its digits, as json.dumps writes it
"""

import argparse
import random
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

CHUNK = 20_000  # records made at a time
TRAIN = (
    '{"type":"train","step":%d,"epoch":%.4f,"time_s":%.2f,"loss":%.4f,"ppl":%.3f,"lr":%.4g,"grad_norm":%.3f,"tokens":%d,'
    '"tokens_per_s":%.1f,"step_time_s":%.4f,"data_time_s":%.4f,"loss_scale":65536.0,"gpu":[{"index":0,"memory_used_bytes":%d,'
    '"memory_total_bytes":85899345920,"utilization":%.2f,"temperature_c":%d,"power_w":%.1f}]}\n'
)
FULL = re.sub(r"%\.\d[fg]", "%r", TRAIN)  # as json.dumps writes what a tensor held
EVAL = '{"type":"eval","step":%d,"epoch":%.4f,"time_s":%.2f,"val_loss":%.4f,"val_ppl":%.3f,"batches":50,"tokens":51200}\n'
CHECKPOINT = '{"type":"checkpoint","step":%d,"path":"checkpoints/step-%08d"}\n'
DIRT = ("NaN", "half", "junk", "twice", "blank", "text")


def records(count: int, seed: int = 0, template: str = TRAIN) -> Iterator[list[str]]:
    """Lines of a healthy run of ``count`` steps, in chunks; an evaluation and a checkpoint every ``count / 100`` steps."""
    random_numbers = np.random.default_rng(seed)
    every = max(count // 100, 10)
    yield [f'{{"type":"run","schema":"trainlog/1","run_id":"bench","total_steps":{count},"config":{{"lr":0.0003}}}}\n']
    for first in range(1, count + 1, CHUNK):
        step = np.arange(first, min(first + CHUNK, count + 1))
        loss = 2.0 + 4.0 * np.exp(-6.0 * step / count) + random_numbers.normal(0, 0.02, len(step))
        noise = random_numbers.normal(0, 1, (6, len(step)))
        speed = 66_600 + 500 * noise[0]
        columns = (
            step,
            step / every,
            0.12 * step,
            loss,
            np.exp(loss),
            3e-4 * (1 - 0.9 * step / count),
            1.2 + 0.1 * noise[1],
            8192 * step,
            speed,
            8192 / speed,
            0.004 + 0.0002 * np.abs(noise[2]),
            61_000_000_000 + (1_000_000 * noise[3]).astype(np.int64),
            np.clip(0.97 + 0.01 * noise[4], 0, 1),
            (61 + noise[5]).astype(np.int64),
            310 + 5 * noise[4],
        )
        lines = [template % row for row in zip(*(c.tolist() for c in columns), strict=True)]
        at = [i for i, s in enumerate(step.tolist()) if s % every == 0]
        for i in reversed(at):
            s, val = int(step[i]), float(loss[i]) + 0.1
            lines[i] += EVAL % (s, s / every, 0.12 * s, val, np.exp(val)) + CHECKPOINT % (s, s)
        yield lines
    yield [f'{{"type":"end","status":"completed","step":{count},"time_s":{0.12 * count:.2f}}}\n']


def damaged(line: str, kind: str) -> str:
    """One line as crashes, full disks and careless loggers leave it."""
    if kind == "NaN":
        return line.replace('"grad_norm":1', '"grad_norm":NaN,"was":1', 1)
    if kind == "half":
        return line[: len(line) // 2] + "\n"
    if kind == "twice":
        return line.rstrip("\n") + line
    if kind == "text":
        return line.replace('"ppl":', '"ppl":"7.5","was":', 1)
    return "\n" if kind == "blank" else "Traceback (most recent call last):\n" + line


def write(path: Path, count: int, dirt: float = 0.0, kinds: tuple[str, ...] = DIRT, *, full: bool = False) -> None:
    """Write a log of ``count`` training records in which a share ``dirt`` of the lines is damaged."""
    choose = random.Random(1)
    with path.open("w", encoding="utf-8") as out:
        for lines in records(count, template=FULL if full else TRAIN):
            out.write("".join(damaged(line, choose.choice(kinds)) if choose.random() < dirt else line for line in lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("path", type=Path)
    parser.add_argument("--dirt", type=float, default=0.0, metavar="SHARE")
    parser.add_argument("--full", action="store_true", help="all digits of every number")
    parser.add_argument("--kind", action="append", choices=DIRT, help="only this damage; repeatable")
    options = parser.parse_args()
    write(options.path, options.count, options.dirt, tuple(options.kind or DIRT), full=options.full)


if __name__ == "__main__":
    main()
