"""Self-contained pages and the interactive charts on them: what several outputs share of HTML. No network; light and dark.

A chart is data that ``_page/page.js`` draws: ``series`` (``name``, ``x``: unit -> numbers, ``y``, ``on``; and how it looks:
``colour`` 0-7, ``dash`` 0-3, ``faint``, ``own``: on a scale of its own), ``marks`` (``step``
in the unit ``axis``, ``low``, ``high``, ``label``), ``axis``.
"""

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

import numpy as np

from trainlog import __version__
from trainlog.errors import UsageError
from trainlog.progress import UNITS, progress
from trainlog.render._escape import plain, xml
from trainlog.render.figure._curves import thin
from trainlog.render.json import dumps
from trainlog.run import Run, Series

STRIPS = 250  # a curve is thinned to at most four points in each, every extreme kept
_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"
_FOLDER = resources.files("trainlog.render") / "_page"


def page(title: str, body: str) -> str:
    """A whole page; ``title`` is text, ``body`` is HTML."""
    code, look = ((_FOLDER / name).read_text(encoding="utf-8") for name in ("page.js", "page.css"))
    head = f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    head += f'<meta name="viewport" content="width=device-width"><title>{xml(title)}</title><style>{look}</style>'
    inside = f"{body}<footer>trainlog {__version__}</footer><script>{code}</script>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{inside}</body></html>\n'


def chart(series: Sequence[Mapping[str, Any]], marks: Sequence[Mapping[str, Any]], axis: str, **options: Any) -> str:
    """A chart of these series; ``options`` are further keys of its data."""
    data = {"axis": axis, "series": series, "marks": marks, **options}
    # "<" cannot end the element when it is written as an escape of JSON.
    inert = dumps(data).replace("<", "\\u003c")
    return f'<figure><script type="application/json">{inert}</script></figure>'


def points(run: Run, series: Series, name: str, *, on: bool = True, **look: Any) -> dict[str, Any]:
    """A series of a run, thinned out, on every axis that the log says how to convert to."""
    finite = series.finite()
    finite = finite.take(thin(finite.step.astype(np.float64), finite.value, STRIPS))
    axes: dict[str, list[float]] = {run.axis: finite.step.tolist()}
    for unit in UNITS:
        try:
            axes.setdefault(unit, [float(f"{x:.7g}") for x in progress(run, unit).of(finite.step)])
        except UsageError:  # the log does not say how to convert to this one
            continue
    return {"name": plain(name, 60), "x": axes, "y": [float(f"{y:.6g}") for y in finite.value], "on": on, **look}
