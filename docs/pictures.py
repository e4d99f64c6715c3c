"""Every picture of the README and these pages, made from the sample logs into ``docs/img``: ``python docs/pictures.py [FOLDER]``.

``drawn.json`` beside them holds a checksum of what each shows, not of its pixels; ``--check`` names those that show something else now.
Screenshots need what the extra ``dev`` installs, Chromium and ``python -m tests.npm``; without, they stay as they are.
"""

import contextlib
import hashlib
import io
import json
import os
import re
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from trainlog.cli import main

ROOT = Path(__file__).parent.parent
SAMPLES = Path("sample_logs") / "trainlog"
OVERFIT, DROPOUT, SPIKE = (str(SAMPLES / f"{name}.jsonl") for name in ("overfit", "overfit-dropout", "loss-spike"))
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#76e3ea"}
INK, PAPER = "#e6edf3", "#0d1117"
WIDTH, HEIGHT, MARGIN = 8.0, 18.0, 16.0  # of a character and around all, in pixels
# How GitHub shows a job summary, near enough.
SUMMARY = """body{font:16px/1.5 system-ui,sans-serif;margin:24px;color:#1f2328;max-width:900px}
h2{border-bottom:1px solid #d1d9e0;padding-bottom:.3em}
table{border-collapse:collapse}td,th{border:1px solid #d1d9e0;padding:6px 13px}pre{background:none;text-align:center}"""


class Picture(NamedTuple):
    """A picture: the command it is of, and how it is made; it shows what the command prints with ``shows`` added."""

    file: str
    command: tuple[str, ...]
    draw: Callable[["Picture", Path], None]
    shows: tuple[str, ...] = ()

    def text(self) -> str:
        """What there is to see."""
        return _run(*self.command, *self.shows)

    def checksum(self) -> str:
        """Of what there is to see."""
        return hashlib.sha256(self.text().encode()).hexdigest()[:16]


def plotted(picture: Picture, path: Path) -> None:
    """As the command draws it."""
    _run(*picture.command, "-o", path)


def printed(picture: Picture, path: Path) -> None:
    """As a terminal with colours shows it."""
    _terminal(path, *picture.command)


def opened(picture: Picture, path: Path) -> None:
    """A page in a browser, the mouse on the curve."""

    def look(page: Any) -> None:
        box = page.locator("figure > svg").first.bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2)

    _screenshot(path, picture.text(), look)


def summed_up(picture: Picture, path: Path) -> None:
    """Markdown as GitHub shows it in a job summary."""
    from markdown_it import MarkdownIt

    from tests import npm

    if not npm.place("mermaid").exists():
        raise ModuleNotFoundError("Mermaid is not here: python -m tests.npm")
    body = MarkdownIt("gfm-like", {"linkify": False}).render(picture.text())
    body = re.sub(r'<pre><code class="language-mermaid">(.*?)</code></pre>', r'<pre class="mermaid">\1</pre>', body, flags=re.DOTALL)

    def look(page: Any) -> None:
        page.add_script_tag(path=str(npm.place("mermaid")))
        page.evaluate("async () => { mermaid.initialize({startOnLoad: false}); await mermaid.run(); }")

    _screenshot(path, f"<!doctype html><meta charset=utf-8><style>{SUMMARY}</style>{body}", look)


PICTURES = (
    Picture("overfit.svg", ("plot", OVERFIT, DROPOUT), plotted, ("--terminal",)),
    Picture("loss-spike.svg", ("plot", SPIKE), plotted, ("--terminal",)),
    Picture("diagnose.svg", ("diagnose", OVERFIT), printed),
    Picture("compare.svg", ("compare", OVERFIT, DROPOUT), printed),
    Picture("plot-terminal.svg", ("plot", SPIKE, "--terminal"), printed),
    Picture("page-light.png", ("diagnose", OVERFIT, "-o", "html"), opened),
    Picture("page-dark.png", ("diagnose", OVERFIT, "-o", "html"), opened),
    Picture("summary.png", ("diagnose", OVERFIT, "-o", "markdown"), summed_up),
)


def _screenshot(path: Path, page: str, look: Callable[[Any], None]) -> None:
    from playwright.sync_api import sync_playwright

    from tests.tools import CHROMIUM

    if CHROMIUM is None:
        raise ModuleNotFoundError("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        scheme: Any = "dark" if "dark" in path.name else "light"
        view = browser.new_page(viewport={"width": 1000, "height": 600}, color_scheme=scheme)
        view.set_content(page)
        look(view)
        view.screenshot(path=path, full_page=True)
        browser.close()


def checksums() -> dict[str, str]:
    """Of what each picture would show now."""
    return {picture.file: picture.checksum() for picture in PICTURES}


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


def _draw(folder: Path) -> None:
    record = folder / "drawn.json"
    drawn = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    for picture in PICTURES:
        try:
            picture.draw(picture, folder / picture.file)
        except ModuleNotFoundError as error:
            print(f"{picture.file} stays as it is: {error}", file=sys.stderr)
        else:
            drawn[picture.file] = picture.checksum()
    record.write_text(json.dumps(drawn, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ |= {"FORCE_COLOR": "1", "COLUMNS": "80"}
    os.environ.pop("NO_COLOR", None)
    words = sys.argv[1:]
    target = Path(words[-1]).resolve() if words and words[-1] != "--check" else ROOT / "docs" / "img"
    target.mkdir(parents=True, exist_ok=True)
    if "--check" in words:
        recorded = json.loads((target / "drawn.json").read_text(encoding="utf-8"))
        old = [name for name, checksum in checksums().items() if recorded.get(name) != checksum]
        print(*(f"{name} shows what was so before: python docs/pictures.py" for name in old), sep="\n")
        sys.exit(1 if old else 0)
    _draw(target)
