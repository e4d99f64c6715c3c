import tracemalloc

from benchmarks.plot import long_run
from trainlog.render.figure import Options, build


def test_a_longer_curve_is_drawn_with_no_more_points() -> None:
    drawn = []
    for points in (50_000, 400_000):
        panel = build([long_run(points)], Options()).panels[0]
        drawn.append(sum(len(line.x) for line in panel.lines))
    assert max(drawn) <= 10_000
    assert drawn[1] <= 1.2 * drawn[0]


def test_a_long_curve_is_drawn_without_copies_of_it() -> None:
    points = 400_000
    diagnosis = long_run(points)
    build([diagnosis], Options())  # fits the validation curve
    tracemalloc.start()
    build([diagnosis], Options(machine=False))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2.5 * 8 * points  # bytes: steps as floats, and what a mask and a few thousand points take
