"""The comparisons as JSON lines, one each, in the shape of ``comparisons`` in ``json``."""

from collections.abc import Sequence

from trainlog.comparison import Comparison
from trainlog.render import Style
from trainlog.render.comparison.json import as_dict
from trainlog.render.json import dumps


def render(comparisons: Sequence[Comparison], style: Style) -> str:
    """One line per comparison, in the order given."""
    return "".join(dumps(as_dict(comparison)) + "\n" for comparison in comparisons)
