"""Every picture of the README and these pages, made from the sample logs into ``docs/img``: ``python docs/pictures.py [FOLDER]``."""

import contextlib
import io
import os
import re
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path

from trainlog.cli import main

ROOT = Path(__file__).parent.parent
SAMPLES = Path("sample_logs") / "trainlog"
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#76e3ea"}
INK, PAPER = "#e6edf3", "#0d1117"
WIDTH, HEIGHT, MARGIN = 8.0, 18.0, 16.0  # of a character and around all, in pixels


def overfit(folder: Path) -> None:
    """The same model with and without dropout."""
    _run("plot", SAMPLES / "overfit.jsonl", SAMPLES / "overfit-dropout.jsonl", "-o", folder / "overfit.svg")


def spike(folder: Path) -> None:
    """A loss spike, recovered."""
    _run("plot", SAMPLES / "loss-spike.jsonl", "-o", folder / "loss-spike.svg")


def diagnose(folder: Path) -> None:
    """What the terminal shows of an overfitted run."""
    _terminal(folder / "diagnose.svg", "diagnose", SAMPLES / "overfit.jsonl")


def compare(folder: Path) -> None:
    """What the terminal shows of two runs."""
    _terminal(folder / "compare.svg", "compare", SAMPLES / "overfit.jsonl", SAMPLES / "overfit-dropout.jsonl")


PICTURES: tuple[Callable[[Path], None], ...] = (overfit, spike, diagnose, compare)


def _run(*words: object) -> str:
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")  # a terminal that shows every character
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = main([str(word) for word in words])
    if code == 2:
        raise SystemExit(f"trainlog {' '.join(map(str, words))} could not be run")
    out.seek(0)
    return out.read()


def _terminal(path: Path, *words: object) -> None:
    """Run a command as in a terminal with colours, and draw what it prints."""
    os.environ["FORCE_COLOR"] = "1"
    os.environ.pop("NO_COLOR", None)
    command = "$ trainlog " + " ".join(str(word) for word in words)
    lines = [command, *_run(*words).rstrip("\n").split("\n")]
    bare = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    wide = max(len(line) for line in bare) * WIDTH + 2 * MARGIN
    high = len(lines) * HEIGHT + 2 * MARGIN
    rows = "\n".join(f'<text x="{MARGIN}" y="{MARGIN + (i + 0.75) * HEIGHT:g}">{_spans(line)}</text>' for i, line in enumerate(lines))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:g}" height="{high:g}" viewBox="0 0 {wide:g} {high:g}" role="img">'
    paper = f"<title>{escape(command)}</title>\n<rect width='100%' height='100%' rx='8' fill='{PAPER}'/>"
    group = f"<g font-family='DejaVu Sans Mono, Menlo, Consolas, monospace' font-size='13' fill='{INK}'>"
    path.write_text(f"{head}\n{paper}\n{group}\n{rows}\n</g>\n</svg>\n", encoding="utf-8")


def _spans(line: str) -> str:
    """Each stretch of one colour at its own column, so that no font can shift what stands below each other."""
    out, column, colour, bold = "", 0, "", False
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b"):
            codes = part[2:-1].split(";")
            colour = next((COLOURS[c] for c in codes if c in COLOURS), "")
            bold = "1" in codes
        elif part:
            style = (f" fill='{colour}'" if colour else "") + (" font-weight='bold'" if bold else "")
            for words in re.finditer(r"\S+(?: \S+)*", part):
                size = f"textLength='{len(words[0]) * WIDTH:g}' lengthAdjust='spacingAndGlyphs'"
                out += f"<tspan x='{MARGIN + (column + words.start()) * WIDTH:g}' {size}{style}>{escape(words[0])}</tspan>"
            column += len(part)
    return out


if __name__ == "__main__":
    target = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT / "docs" / "img"
    target.mkdir(parents=True, exist_ok=True)
    os.chdir(ROOT)
    for picture in PICTURES:
        picture(target)
