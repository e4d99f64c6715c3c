"""What to say of a file that no reader could use: what was seen in it, what looks like a loss, and what would read it."""

import re
from collections import Counter

from trainlog.errors import UnreadableLog
from trainlog.readers._source import Source

SHAPES = 3  # line shapes shown
_NUMBER = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_NAMED = re.compile(r"([A-Za-z_][\w ./-]{0,40}?)[\"']?\s*[:=]\s*[\"']?[-+]?\d")
_LOSSES = ("loss", "nll", "perplexity", "ppl", "xent", "entropy", "cost", "error", "objective")
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


def describe(source: Source, why: str, *, known: bool = False) -> UnreadableLog:
    """Build the error: what was seen, and the next command to type. ``known``: a reader knew the format, but found nothing."""
    head = source.head
    if source.is_dir:
        return UnreadableLog("no log was found in this folder", where=source.name, why=why, do="name the log itself")
    control = sum(head.count(bytes([byte])) for byte in (*range(9), *range(14, 27), *range(28, 32)))
    if control > _BINARY * len(head):
        if known:
            return UnreadableLog("no number of a training run is in this file", where=source.name, why=why, do="trainlog formats")
        for magic, kind, do in _KINDS:
            if head.startswith(magic):
                return UnreadableLog(f"this is {kind}", where=source.name, why=why, do=do)
        start = head[:8].hex(" ")
        return UnreadableLog("this is binary data of no known format", where=source.name, why=f"{why}; it starts with {start}")
    text = _ANSI.sub("", head.decode("utf-8", "replace"))
    shapes = Counter(_NUMBER.sub("#", line.strip())[:100] for line in re.split(r"[\r\n]+", text) if _NUMBER.search(line))
    if not shapes:
        return UnreadableLog("no line of this file holds a number", where=source.name, why=why)
    seen = "; ".join(f"{count} lines like {shape!r}" for shape, count in shapes.most_common(SHAPES))
    found = list(dict.fromkeys(name.strip() for name in _NAMED.findall(text)))
    losses = [name for name in found if any(word in name.lower() for word in _LOSSES)]
    do = f"trainlog diagnose {source.name} --alias 'loss={losses[0]}'" if losses else "trainlog formats lists what can be read"
    looks = f"; {', '.join(map(repr, losses[:3]))} looks like a loss" if losses else ""
    return UnreadableLog("no number of a training run is in this file", where=source.name, why=f"{why}; seen: {seen}{looks}", do=do)
