"""Text as bytes, cut into windows: the same batches at every start, from any step on.

The default text is on every machine that can run this: the source of Python's standard library.
"""

import hashlib
import random
import sysconfig
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

NOT_PROSE = {"site-packages", "test", "tests", "idle_test", "encodings", "pydoc_data", "__pycache__", "lib2to3"}
"""Folders left out: other people's packages, tests, and tables of numbers that no model learns to predict."""

BLOCK = 1024
"""The text is cut into blocks, and these are shuffled before the split (bytes): training and validation text are then
of one kind, also where a text changes from its start to its end."""

SHUFFLE_SEED = 3
"""Order of the blocks; fixed, so that the split is the same whatever ``--seed`` is. With 3 the part held out is as hard
as the rest: a trained model has 1.590 nats per byte on it and 1.589 on 1,500 other blocks (Python 3.11)."""


@dataclass(frozen=True, slots=True)
class Text:
    """Training and validation bytes (uint8[n] each), disjoint, and what they were made from."""

    train: Tensor
    val: Tensor
    source: str
    sha256: str

    def as_record(self) -> dict[str, str | int]:
        """What was trained on, for the log."""
        sizes = {"train_bytes": len(self.train), "val_bytes": len(self.val)}
        return {"text": self.source, "text_sha256": self.sha256, **sizes}


def load_text(file: str | None, train_bytes: int, val_bytes: int) -> Text:
    """The text of ``file``, or of the standard library: ``val_bytes`` held out at the end, training from the start.

    ``train_bytes`` = 0 means all that is left. Raises SystemExit when the text cannot be read or is too short for both.
    """
    try:
        raw = shuffled(Path(file).read_bytes() if file else standard_library())
    except OSError as error:
        raise SystemExit(f"--text {file}: {error.strerror}") from error
    if len(raw) < 2 * val_bytes or len(raw) - val_bytes < train_bytes:
        raise SystemExit(f"{file or 'the standard library'}: {len(raw):,} bytes are too few; lower --val-bytes or --train-bytes")
    train, val = raw[: train_bytes or len(raw) - val_bytes], raw[-val_bytes:]
    return Text(
        train=torch.frombuffer(bytearray(train), dtype=torch.uint8),
        val=torch.frombuffer(bytearray(val), dtype=torch.uint8),
        source=Path(file).name if file else "Python standard library",
        sha256=hashlib.sha256(train + val).hexdigest(),
    )


def standard_library() -> bytes:
    """Every module of this Python's standard library in one text."""
    root = Path(sysconfig.get_path("stdlib"))
    files = sorted(p.relative_to(root) for p in root.rglob("*.py"))
    return b"\n".join((root / p).read_bytes() for p in files if not NOT_PROSE.intersection(p.parts))


def shuffled(text: bytes) -> bytes:
    """The blocks of ``text`` in a fixed random order."""
    blocks = [text[start : start + BLOCK] for start in range(0, len(text), BLOCK)]
    random.Random(SHUFFLE_SEED).shuffle(blocks)  # noqa: S311 - a split, not a secret
    return b"".join(blocks)


class Batches:
    """The endless training stream: in each epoch as many windows as fill whole batches, once, in an order of its own.

    What batch ``index`` holds depends on nothing but the arguments, so a resumed run needs no saved position. The
    windows of an epoch start at an offset of their own, so that few bytes are always first in their window.
    """

    def __init__(self, data: Tensor, *, context: int, batch_size: int, seed: int) -> None:
        self.data, self.context, self.batch_size, self.seed = data, context, batch_size, seed
        windows = (len(data) - 1 - context) // context  # one less than would fit: room for the offset
        self.per_epoch = windows // batch_size
        if self.per_epoch < 1:
            raise SystemExit(f"{len(data):,} bytes of training text do not fill one batch; lower --batch-size")

    def at(self, index: int) -> tuple[Tensor, Tensor]:
        """Batch ``index`` (from 0): inputs and next bytes, int64[batch, context] each."""
        epoch, position = divmod(index, self.per_epoch)
        starts = self._starts(epoch)[position * self.batch_size : (position + 1) * self.batch_size]
        return windows_at(self.data, starts, self.context)

    @lru_cache(maxsize=2)  # noqa: B019 - one object per run, and two epochs are all it holds
    def _starts(self, epoch: int) -> Tensor:
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + epoch)
        offset = torch.randint(self.context, (1,), generator=generator)
        order = torch.randperm(self.per_epoch * self.batch_size, generator=generator)
        return order * self.context + offset


def windows_at(data: Tensor, starts: Tensor, context: int) -> tuple[Tensor, Tensor]:
    """Windows of ``data`` uint8[n] from each of ``starts`` int64[batch], and the same one byte on."""
    window = data[starts[:, None] + torch.arange(context + 1)].long()
    return window[:, :-1], window[:, 1:]


def noise_like(inputs: Tensor, targets: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """Random bytes in the shape of a batch: what a broken file or a bug in a tokenizer feeds to a training."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(256, inputs.shape, generator=generator), torch.randint(256, targets.shape, generator=generator)


def validation_batches(data: Tensor, *, context: int, batch_size: int) -> list[tuple[Tensor, Tensor]]:
    """Every byte of ``data`` after the first as a target exactly once; the last window may be shorter."""
    full = (len(data) - 1) // context
    starts = torch.arange(full) * context
    batches = [windows_at(data, part, context) for part in torch.split(starts, batch_size)] if full else []
    rest = data[full * context :].long()[None]
    return [*batches, (rest[:, :-1], rest[:, 1:])] if rest.shape[1] > 1 else batches
