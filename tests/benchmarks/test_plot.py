from benchmarks.plot import long_run
from trainlog.render.figure import Options, build


def test_a_longer_curve_is_drawn_with_no_more_points() -> None:
    drawn = []
    for points in (50_000, 400_000):
        panel = build([long_run(points)], Options()).panels[0]
        drawn.append(sum(len(line.x) for line in panel.lines))
    assert max(drawn) <= 10_000
    assert drawn[1] <= 1.2 * drawn[0]
