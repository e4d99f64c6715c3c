"""Text that tries to be more than text, and diagnoses that say it wherever a log's text can come to be shown."""

import random

from tests.render import made
from tests.runs import run_of, sampled, training, turning
from trainlog.diagnosis import Diagnosis
from trainlog.rules import Facts

PIECES = (
    # CI runners
    "::error::x", "::add-mask::e", "::set-env name=PATH::x", "\n::stop-commands::t\n", "::", "##[set-env name=a]b", "##[error]x", "##[",
    "##", "##vso[task.complete]", "##vso[", "##teamcity[buildStop]", "%0A", "%25", "%", ",line=1", ";", "]",
    # terminals
    "\x1b[31m", "\x1b]0;t\x07", "\x1b", "\x9b31m", "\x00", "\x07", "\b", "\x0b", "\x0c", "\x7f", "\x85", "\r", "\n", "\r\n", "\t",
    # HTML and XML
    "<script>alert(1)</script>", "</script>", "<img src=x onerror=a>", "<!--", "-->", "]]>", "<![CDATA[", "&lt;", "&#64;", "&", "<", ">",
    '"', "'", '" onmouseover="a()', "<!DOCTYPE a [<!ENTITY b 'c'>]>", "\ufffe", "\uffff", "\udcff", "\ud800",
    # Markdown
    "```\n", "```mermaid\n", "`", "|", "[a](javascript:b)", "![i](http://x/y)", "[a]: http://b", "@user", "@org/team", "a@b.example", "#12",
    "org/repo#12", "http://evil.example", "www.evil.example", "\n# heading\n", "\n---\n", "\n- ", "\n    code\n", "\n> ", "*b*", "**",
    "_i_", "@_user", "~~s~~", "$x$", "$$", ":smile:", "\\", "%%{init: {}}%%", "<details>",
    # tables, metrics, outputs of a step
    "=cmd|'/C calc'!A0", "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", ",", '","', "# EOF\n", '{a="b"}', "\nverdict=healthy\n", "name<<EOF",
    # text that reorders, hides or splits
    "\u202e", "\u2066", "\u2069", "\u200f", "\u200b", "\ufeff", "\u2028", "\u2029", "\xad", "\u180e", "\U000e0041", "\u3164", " ", "\xa0",
    # text
    "é漢", "e\u0301", "😀", "a", "loss", "a" * 50, "x" * 495, "x" * 1995,
)  # fmt: skip


def hostile(seed: int) -> str:
    """One string; the same for the same number."""
    rng = random.Random(seed)
    if seed % 10 == 9:  # any characters, ASCII as often as the rest of the first planes
        ranges = (128, 0x3000, 0x110000)
        return "".join(chr(rng.randrange(rng.choice(ranges))) for _ in range(rng.randint(1, 40)))
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 5)))


def poisoned(text: str) -> list[Diagnosis]:
    """A diagnosis with the text wherever text of a log can be, and a run that is called so and cannot be judged."""
    found = (
        made.reported(what=text, why=text, do=(text, text), series=text, data={text: text}),
        made.reported("CKP001", "warning", "trained-past-best", what=text, why=text, do=(text,), step_low=None),
        made.reported("LOG001", "info", "damaged-lines", what=text, why=text, do=(), series=text, step=None, line=7),
    )
    run = run_of(
        sampled("loss", training, points=12, steps=1000),
        sampled("val_loss", turning(0.5, 0.3), points=8, steps=1000),
        source=text, name=text, status=text, raw_names={"val_loss": text, "loss": text}, problems=(made.Problem(1, text),), remarks=(text,),
    )  # fmt: skip
    bad = made.overfit(
        findings=found, skipped=(made.Skipped("GPU001", text, text),), suppressed=(made.Suppressed("LRN002", "OVF001", text),)
    )
    keep = made.Keep(500, text, 1.5, 1.49, 1.51, (500,), 500, 0.3, made.Wasted(500, 90.0, 7.2e5), "val_loss")
    judged = Diagnosis(run, "overfitting", bad.findings, bad.suppressed, bad.skipped, bad.ran, None, keep, bad.replay, Facts(run))
    nothing = made.Run(text, "jsonl", name=text)
    return [judged, Diagnosis(nothing, "inconclusive", reason=text, facts=Facts(nothing))]
