"""OpenMetrics text, for dashboards and GitLab metrics reports: the change of each quantity and its interval."""

from collections.abc import Iterator, Sequence

from trainlog.comparison import Comparison
from trainlog.render import Style
from trainlog.render._escape import label
from trainlog.render.openmetrics import exposition

_HELP = {
    "trainlog_compare_verdict": "1 for the verdict given.",
    "trainlog_compare_base": "Value in the base runs.",
    "trainlog_compare_new": "Value in the new runs.",
    "trainlog_compare_change": "Change against the base, as a fraction of it.",
    "trainlog_compare_change_low": "Lower end of its 90 % interval.",
    "trainlog_compare_change_high": "Upper end of its 90 % interval.",
}


def render(comparisons: Sequence[Comparison], style: Style) -> str:
    """Gauges, one sample per comparison and quantity, in the order given."""
    return exposition(_HELP, (sample for comparison in comparisons for sample in _samples(comparison)))


def _samples(comparison: Comparison) -> Iterator[tuple[str, str, float]]:
    base, new = (label(" + ".join(dict.fromkeys(d.run.source for d in group))) for group in (comparison.base, comparison.new))
    labels = f'base="{base}",new="{new}"'
    yield "trainlog_compare_verdict", f'{labels},verdict="{comparison.verdict}"', 1
    for row in comparison.rows:
        of = f'{labels},quantity="{row.quantity}",metric="{label(comparison.metric)}"'
        values = {"base": row.base, "new": row.new, "change": row.change, "change_low": row.low, "change_high": row.high}
        for name, value in values.items():
            if value is not None:
                yield f"trainlog_compare_{name}", of, value
