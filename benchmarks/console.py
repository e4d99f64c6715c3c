"""Read console text of each common kind, in MB per CPU second: ``python -m benchmarks.console [MEGABYTES] [--rounds N]``.

Beside it, in the same process and in turn, the cost of merely finding every number with one compiled pattern, which is what a
throw-away script does. Sizes are decimal megabytes, as printed; ``best`` is the round with the least CPU time.
"""

import argparse
import math
import re
import statistics
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.measure import machine
from benchmarks.tables import seconds
from trainlog.diagnosis import wanted
from trainlog.readers import read_all

EVALUATE_EVERY = 250
NUMBER = re.compile(rb"(\w+)[:= ]+([-+]?\d+\.?\d*(?:e[-+]?\d+)?)")


def nanogpt(step: int, loss: float) -> Iterator[str]:
    if step % EVALUATE_EVERY == 0:
        yield f"step {step}: train loss {loss:.4f}, val loss {loss + 0.1:.4f}"
    yield f"iter {step}: loss {loss:.4f}, time {140 + loss:.2f}ms, mfu 17.92%"


def tutorial(step: int, loss: float) -> Iterator[str]:
    yield f"Epoch {step // 1000} | Step {step % 1000}/1000 | Loss: {loss:.4f} | PPL: {math.exp(loss):.2f}"
    if step % EVALUATE_EVERY == 0:
        yield f"Validation Loss: {loss + 0.1:.4f} | Validation PPL: {math.exp(loss + 0.1):.2f}"


def dictionaries(step: int, loss: float) -> Iterator[str]:
    yield f"{{'loss': {loss:.4f}, 'grad_norm': {1 + loss:.12f}, 'learning_rate': {5e-5 / (step + 1)!r}, 'epoch': {step / 1000:.2f}}}"
    if step % EVALUATE_EVERY == 0:
        yield f"{{'eval_loss': {loss + 0.1:.4f}, 'eval_runtime': 2.1, 'eval_samples_per_second': 451.2, 'epoch': {step / 1000:.2f}}}"


def logger(step: int, loss: float) -> Iterator[str]:
    clock = f"2026-01-{1 + step // 86_400 % 28:02} {step // 3600 % 24:02}:{step // 60 % 60:02}:{step % 60:02}"
    yield f"{clock},123 - train - INFO - [epoch 1] step {step} | loss {loss:.4f} | lr 3.00e-04 | grad norm {1 + loss:.3f}"
    if step % EVALUATE_EVERY == 0:
        yield f"{clock},456 - train - INFO - [epoch 1] step {step} | val loss {loss + 0.1:.4f}"


def bars(step: int, loss: float) -> Iterator[str]:
    at = step % 1000
    yield f"\rEpoch {step // 1000}: {at // 10:3}%|{'#' * (at // 100):10}| {at}/1000 [00:{at // 17:02}<00:59, 16.9it/s, loss={loss:.4f}]"
    if at == 999:
        yield f"\nepoch {step // 1000} val_loss={loss + 0.1:.4f}\n"


KINDS: tuple[Callable[[int, float], Iterator[str]], ...] = (nanogpt, tutorial, dictionaries, logger, bars)


def write(path: Path, kind: Callable[[int, float], Iterator[str]], size: int) -> None:
    """Write at least ``size`` bytes of one kind."""
    step, end = 0, "" if kind is bars else "\n"
    with path.open("w", encoding="utf-8", newline="") as stream:
        while stream.tell() < size:
            for _ in range(1000):
                stream.writelines(text + end for text in kind(step, 1 + 3 / (1 + step / 2000) + 0.05 * math.sin(step * step)))
                step += 1


def scan(path: Path) -> int:
    """Count every ``name number`` of a file, line by line."""
    with path.open("rb") as lines:
        return sum(len(NUMBER.findall(line)) for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("megabytes", type=int, nargs="?", default=20)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"{machine()}; {options.megabytes} MB of each kind; MB per CPU s, {options.rounds} rounds in turn\n")
    print(f"{'':13} {'trainlog':>9} {'best':>6} {'pattern':>8} {'CPU ratio':>10}")
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            path = Path(folder) / f"{kind.__name__}.log"
            write(path, kind, options.megabytes * 1_000_000)
            size = path.stat().st_size / 1e6
            pairs = [(seconds(partial(read_all, str(path), wants=wanted)), seconds(partial(scan, path))) for _ in range(options.rounds)]
            ours, bare = zip(*pairs, strict=True)
            ratio = statistics.median(mine / other for mine, other in pairs)
            middle, best, pattern = (size / time for time in (statistics.median(ours), min(ours), statistics.median(bare)))
            print(f"{kind.__name__:13} {middle:9.1f} {best:6.1f} {pattern:8.1f} {ratio:10.2f}")


if __name__ == "__main__":
    main()
