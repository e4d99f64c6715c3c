"""How often ``compare`` is right: ``python -m benchmarks.comparison [--runs 40] [--pairs 400]``.

Runs of one kind differ by their seed (the whole curve is shifted) and by the noise of each evaluation. Of every kind a pool
is drawn and fitted once; groups are drawn from it again and again. A wrong alarm: two groups of one kind are called better
or worse. Found: one kind is worse by three standard deviations of what is compared (the difference of the two groups' means)
or of a single run, and is called so. "Beyond": a kind whose seeds lie further apart than its curves can show.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trainlog.comparison import compare
from trainlog.diagnosis import Diagnosis
from trainlog.rules import Facts
from trainlog.run import Floats, Run, Series

DESIGNS = ((1, 1), (3, 1), (3, 3), (5, 5))
SIGMAS = 3.0


@dataclass(frozen=True, slots=True)
class Kind:
    """``seed``, ``noise``: standard deviations, as fractions of the loss; ``points``: evaluations."""

    name: str
    seed: float
    noise: float
    points: int = 40


KINDS = (
    Kind("quiet", 0.002, 0.002),
    Kind("usual", 0.005, 0.005),
    Kind("noisy", 0.01, 0.01),
    Kind("very noisy, few points", 0.02, 0.02, 12),
    Kind("noise beyond seeds", 0.003, 0.01),
    Kind("seeds beyond noise", 0.01, 0.004),
)


def draw(kind: Kind, rng: np.random.Generator, worse: float = 0.0) -> Diagnosis:
    """A run of a kind, with its curve fitted; all of it worse by the fraction ``worse``."""
    x = np.arange(1, kind.points + 1) / kind.points
    falling = 1.0 + 3.0 * (1 + 20 * x) ** -0.7
    value: Floats = falling * (1 + worse + kind.seed * rng.standard_normal()) * (1 + kind.noise * rng.standard_normal(kind.points))
    step = np.arange(1, kind.points + 1, dtype=np.int64) * 50
    run = Run("run.jsonl", "jsonl", series={"val_loss": Series("val_loss", step, value, step.copy())}, records=kind.points)
    facts = Facts(run)
    assert facts.curve is not None
    return Diagnosis(run, "healthy", facts=facts)


def rate(base: Sequence[Diagnosis], new: Sequence[Diagnosis], design: tuple[int, int], pairs: int, words: Sequence[str]) -> float:
    """How often groups drawn from two pools (without a run on both sides) get one of these verdicts."""
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(pairs):
        order = rng.permutation(len(base))
        left, right = order[: design[0]], order[design[0] : sum(design)]
        hits += compare([base[i] for i in left], [new[i] for i in right]).verdict in words
    return hits / pairs


def score(kind: Kind, runs: int, pairs: int) -> list[tuple[str, float, float, float]]:
    """For each design: its name, the rate of wrong alarms, and how often three standard deviations are found: of the
    difference, and of one run.
    """
    pool = [draw(kind, np.random.default_rng(i)) for i in range(runs)]
    best = np.array([d.facts.curve.best_value for d in pool if d.facts is not None and d.facts.curve is not None])
    spread = float(best.std(ddof=1) / best.mean())

    def shifted(by: float) -> list[Diagnosis]:
        return [draw(kind, np.random.default_rng(10_000 + i), worse=by) for i in range(runs)]

    single = shifted(SIGMAS * spread)
    out = []
    for base, new in DESIGNS:
        of_difference = shifted(SIGMAS * spread * float(np.sqrt(1 / base + 1 / new)))
        out.append(
            (
                f"{base} against {new}",
                rate(pool, pool, (base, new), pairs, ("better", "worse")),
                rate(pool, of_difference, (base, new), pairs, ("worse",)),
                rate(pool, single, (base, new), pairs, ("worse",)),
            )
        )
    return out


def main() -> None:
    """Print a row per kind and design."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=40, help="runs of each kind")
    parser.add_argument("--pairs", type=int, default=400, help="comparisons of each design")
    arguments = parser.parse_args()
    print(
        "| kind | seeds, noise | runs | wrong alarms | 3 sd of the difference found | 3 sd of a run found |\n|---|---|---|---:|---:|---:|"
    )
    for kind in KINDS:
        for name, wrong, found, single in score(kind, arguments.runs, arguments.pairs):
            print(f"| {kind.name} | {kind.seed:.1%}, {kind.noise:.1%} | {name} | {wrong:.1%} | {found:.0%} | {single:.0%} |", flush=True)


if __name__ == "__main__":
    main()
