"""How far the verdicts can be trusted: seeded runs of many kinds whose truth is known, and what is said about them.

    python -m benchmarks.accuracy --seeds 17000:17040 --write docs/accuracy.md

Every kind is a function that draws the noise-free curves of a run and says what is wrong with it; the observed log is those
curves with noise. ``curves`` (healthy and overfitting), ``events`` (what happens to a loss), ``telemetry`` (devices and speed)
and ``logs`` (what happens to the file) hold the kinds; ``score`` compares, ``baselines`` are the usual rules beside it.
"""
