"""``python -m benchmarks.accuracy``: draw, diagnose, score, and write the page."""

import argparse
import sys
import time
from pathlib import Path

from benchmarks.accuracy.report import page
from benchmarks.accuracy.score import KINDS, judge


def main() -> None:
    """Parse the options and print or write the page."""
    parser = argparse.ArgumentParser(description="How far the verdicts can be trusted, on seeded runs with known truth.")
    parser.add_argument("--seeds", default="5000:5040", help="first:last (exclusive); thresholds saw those below 5000, and from 20000 on")
    parser.add_argument("--write", type=Path, help="the page to write; without it, it is printed")
    parser.add_argument("--kind", action="append", default=[], help="only these kinds")
    options = parser.parse_args()
    first, last = (int(part) for part in options.seeds.split(":"))
    kinds = [kind for kind in KINDS if not options.kind or kind.__name__ in options.kind]
    start = time.process_time()
    judged = list(judge(range(first, last), kinds))
    text = page(judged, options.seeds)
    print(f"{len(judged)} runs, {(time.process_time() - start) / max(1, len(judged)):.3f} CPU s each with drawing", file=sys.stderr)
    if options.write is None:
        print(text)
    else:
        options.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
