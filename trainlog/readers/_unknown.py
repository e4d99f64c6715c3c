"""What to say of a log in which no loss was found: what was seen in it, what looks like a loss, and what would read it."""

import json
import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trainlog.errors import UnreadableLog
from trainlog.readers._source import Source
from trainlog.run import Floats, Run
from trainlog.vocab import BASES, EPOCH_KEYS, STEP_KEYS, base_of, canonical, normal

SHAPES = 3  # line shapes shown
NUMBERS = 8  # numbers shown by name
MIN_FALL = 4  # values: fewer show no trend
_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NAMED = re.compile(r"([A-Za-z_][\w ./-]{0,40}?)[\"']?\s*[:=]\s*[\"']?([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)")
_BESIDE = re.compile(r"(?<![\w.])([A-Za-z_]\w{0,40})[ \t]+([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?![\w.])")
_FILE = re.compile(r"\.(?:py|cc|cpp|cu|h|c|go|java|jl|rs)$")  # the place of a logging call
_LEVEL = re.compile(r"^(?:INFO|DEBUG|WARNING)\s+")
_SMALL = frozenset(("is", "at", "of", "in", "to", "for", "over", "on", "and", "with", "from", "by", "after"))
_LETTER = re.compile(r"[^\W\d_](?<![eE])")
_BARE = re.compile(r"[#\s,;|]+")  # a line of numbers and nothing else
_LOSSES = ("loss", "nll", "perplexity", "ppl", "xent", "entropy", "cost", "error", "objective")
_HELD_OUT = re.compile(r"(?:^|_)(?:val(?!ue)|eval|test|dev|hold)")  # words that begin so, in more than one language
_KINDS = (  # magic bytes, what the file is, and how to get at the numbers in it
    (b"PK\x03\x04", "a zip archive, perhaps weights of PyTorch", "give the log beside it; losses kept in a checkpoint: write them as JSON"),
    (b"\x80", "a Python pickle, which could run code and is not opened", "load it where it was made, and json.dump the history"),
    (b"\x93NUMPY", "one array without a name", "np.savez('history.npz', val_loss=...) names each array"),
    (b"\x89HDF", "an HDF5 file", "give the log beside it, or write the history as CSV or JSON"),
    (b"\x89PNG", "a picture", "give the log it was drawn from"),
    (b"\xff\xd8\xff", "a picture", "give the log it was drawn from"),
    (b"%PDF", "a PDF", "give the log it was drawn from"),
)
_BINARY = 0.05  # of the bytes being control characters: then this is no text


@dataclass(frozen=True, slots=True)
class Seen:
    """Numbers under one key of the log; ``placed``: the log says where they belong."""

    key: str
    values: Floats
    placed: bool = True

    @property
    def said(self) -> str:
        """The key, how many numbers, the first and the last."""
        return f"{self.key!r} ({len(self.values):,}: {self.values[0]:.4g} to {self.values[-1]:.4g})"

    @property
    def counts(self) -> bool:
        """Whether these are whole numbers that only rise: they place records."""
        return len(self.values) > 1 and bool((np.diff(self.values) > 0).all() and (self.values == np.rint(self.values)).all())

    @property
    def repeats(self) -> bool:
        """Whether these are whole numbers that rise with repeats (epochs), or start again (batches of epochs)."""
        turns = np.diff(self.values)
        whole = len(turns) > 1 and bool((self.values == np.rint(self.values)).all() and self.values.min() >= 0)
        return whole and not self.counts and bool(self.values[-1] > self.values[0] or (turns > 0).sum() > (turns < 0).sum() > 0)

    @property
    def fall(self) -> float:
        """By which share of its first tenth the last tenth is lower; 0 when it is not, or some are negative."""
        finite = self.values[np.isfinite(self.values)]
        if len(finite) < MIN_FALL or float(finite.min()) < 0.0:
            return 0.0
        tenth = max(1, len(finite) // 10)
        first, last = float(finite[:tenth].mean()), float(finite[-tenth:].mean())
        return max(0.0, 1.0 - last / first) if first else 0.0

    @property
    def likely(self) -> tuple[bool, float]:
        """How much this looks like a loss: its name first, then how far it falls."""
        return any(word in self.key.lower() for word in _LOSSES), self.fall


def describe(source: Source, why: str, runs: Sequence[Run] = (), *, known: bool = False) -> UnreadableLog:
    """Build the error: what was seen, and the next command to type.

    ``runs``: all numbers that a reader found. ``known``: a reader knew the format, but found nothing.
    """
    if source.is_dir:
        return UnreadableLog("no log was found in this folder", where=source.name, why=why, do="name the log itself")
    head = source.head
    control = sum(head.count(bytes([byte])) for byte in (*range(9), *range(14, 27), *range(28, 32)))
    if control > _BINARY * len(head) and not runs:
        if known:
            return UnreadableLog("no number of a training run is in this file", where=source.name, why=why, do="trainlog formats")
        for magic, kind, do in _KINDS:
            if head.startswith(magic):
                return UnreadableLog(f"this is {kind}", where=source.name, why=why, do=do)
        start = head[:8].hex(" ")
        return UnreadableLog("this is binary data of no known format", where=source.name, why=f"{why}; it starts with {start}")
    text = _ANSI.sub("", head.decode("utf-8", "replace"))
    if _is_header(text):
        return UnreadableLog("this table has a line of names and no rows yet", where=source.name, do="look again once something is logged")
    shapes = Counter(_NUMBER.sub("#", line.strip())[:100] for line in re.split(r"[\r\n]+", text) if _NUMBER.search(line))
    if not shapes:
        return UnreadableLog("no line of this file holds a number", where=source.name, why=why)
    if all(_BARE.fullmatch(shape) for shape in shapes) and not _LETTER.search(text):
        columns = len(next(iter(shapes)).replace("#", " # ").split("#")) - 1
        names = " ".join(("step", "loss", "val_loss", *(f"name{n}" for n in range(4, columns + 1)))[: max(columns, 2)])
        rows = f"{'cat' if columns > 1 else 'nl'} {shlex.quote(source.name)}"
        do = f"name the columns, in their order: (echo {names}; {rows}) | trainlog diagnose -"
        return UnreadableLog("the numbers of this file have no names", where=source.name, why=why, do=do)
    seen = _series(runs) or _named(text)
    lines = "; ".join(f"{count} lines like {shape!r}" for shape, count in shapes.most_common(SHAPES))
    numbers = ", ".join(one.said for one in seen[:NUMBERS]) + (f" and {len(seen) - NUMBERS} more" if len(seen) > NUMBERS else "")
    losses = candidates(seen)
    looks = f"; {' and '.join(repr(one.key) for one in losses)} look{'' if len(losses) > 1 else 's'} like a loss" if losses else ""
    why = f"{why}; seen: {numbers or lines}{looks}"
    return UnreadableLog("no number of this file is known as one of a training run", where=source.name, why=why, do=advice(source, seen))


def _is_header(text: str) -> bool:
    """Whether all that stands here is one line of names, one of which is known."""
    lines = text.split("\n")
    names = re.split(r"[,;\t|]", lines[0])
    known = any(base_of(canonical(name).canonical) in BASES or normal(name) in (*STEP_KEYS, *EPOCH_KEYS) for name in names)
    return len(names) > 1 and known and not "".join(lines[1:]).strip() and not any(_NUMBER.fullmatch(name.strip()) for name in names)


def _series(runs: Sequence[Run]) -> list[Seen]:
    """The series of the longest run that nothing is known of."""
    run = max(runs, key=lambda run: sum(map(len, run.series.values())), default=None)
    if run is None:
        return []
    unknown = [name for name in run.series if not name.startswith("gpu/") and base_of(name) not in BASES and len(run.series[name])]
    return [Seen(run.raw_names.get(name, name), run.series[name].value, run.axis != "record") for name in unknown]


def _named(text: str) -> list[Seen]:
    """The numbers that stand behind a name in a text."""
    for pattern in (_NAMED, _BESIDE):
        found: dict[str, list[float]] = {}
        for name, number in pattern.findall(text):
            if not _FILE.search(name) and name not in _SMALL:
                found.setdefault(_LEVEL.sub("", name.strip()), []).append(float(number))
        if found:
            break
    return [Seen(name, np.array(values), placed=False) for name, values in found.items()]


def candidates(seen: Sequence[Seen]) -> list[Seen]:
    """What looks most like a loss: one of training and one of validation at most."""
    likely = sorted((one for one in seen if any(one.likely) and not one.counts), key=lambda one: one.likely, reverse=True)
    best = {_loss(one.key): one for one in reversed(likely)}
    return [best[name] for name in ("loss", "val_loss") if name in best]


def look_like_a_loss(runs: Sequence[Run]) -> bool:
    """Whether any number of these runs does that nothing is known of."""
    return bool(candidates(_series(runs)))


def _loss(key: str) -> str:
    """Which loss a key would be."""
    return "val_loss" if _HELD_OUT.search(normal(key)) else "loss"


def advice(source: Source, seen: Sequence[Seen]) -> str:
    """The commands and the line of configuration that would read these numbers."""
    losses = candidates(seen) or [one for one in seen if not one.counts and not one.repeats][:1]
    if not losses:
        return "log each number with its name, as in: step 100 loss 2.31 val_loss 2.45"
    names: dict[str, str] = {_loss(one.key): one.key for one in losses}
    places = [one for one in seen if not one.placed and one not in losses and (one.counts or one.repeats)]
    for one in places[:2]:
        names.setdefault("epoch" if one.key.lower().startswith("e") else "step", one.key)
    command = f"trainlog diagnose {shlex.quote(source.name)}"
    aliases = " ".join(f"--alias {shlex.quote(f'{name}={key}')}" for name, key in names.items())
    rest = "".join(f" --alias {shlex.quote(f'{name}={key}')}" for name, key in names.items() if name in ("step", "epoch"))
    return "\n      ".join((
        f"{command} {aliases}",
        f"or judge by one as by a validation loss: {command} --metric {shlex.quote(losses[0].key)}{rest}",
        f"or once for all, in trainlog.toml (or under [tool.trainlog] in pyproject.toml): {_line(names)}",
    ))  # fmt: skip


def _line(names: Mapping[str, str]) -> str:
    return f"aliases = {{{', '.join(f'{name} = [{json.dumps(key, ensure_ascii=False)}]' for name, key in names.items())}}}"
