"""Diagnoses -> pictures: PNG, SVG, PDF, an interactive page, or characters for a terminal. Nothing else in the package touches matplotlib.

    _scene    what is in a picture, as plain data
    _build    diagnoses -> scene (_subject: one run; _metric, _machine: its panels; _curves: smoothing and thinning)
    _draw     scene -> matplotlib (_style: colours and sizes)
    _page     scene -> HTML
    _terminal scene -> characters

The same input gives the same bytes: no date, no random id, a font that ships with matplotlib.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Unpack

from trainlog.diagnosis import Diagnosis, diagnose
from trainlog.errors import UnknownName, UsageError
from trainlog.render.figure._build import build
from trainlog.render.figure._scene import Options, PlotOptions, Scene
from trainlog.render.figure._terminal import main_panel, terminal
from trainlog.run import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Figure

FORMATS = ("png", "svg", "pdf", "html")
_METADATA: dict[str, dict[str, str | None]] = {  # None leaves out what changes with the day or the version
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": "trainlog"},
    "pdf": {"CreationDate": None, "Creator": "trainlog", "Producer": None},
}


def figure(diagnoses: Sequence[Diagnosis], options: Options | None = None) -> "Figure":
    """Draw runs as a matplotlib Figure (not known to pyplot), to be changed or saved.

    Raises ``UsageError`` when there is no curve to draw, or the runs have no common x axis.
    """
    import matplotlib as mpl

    from trainlog.render.figure._draw import draw
    from trainlog.render.figure._style import SETTINGS

    with mpl.rc_context(SETTINGS):
        return draw(build(diagnoses, options or Options()))


def plot(*runs: Run | Diagnosis, **options: Unpack[PlotOptions]) -> "Figure":
    """Draw runs, or diagnoses of them, over each other as a matplotlib Figure that notebooks show.

    ``options`` are the fields of ``Options``: ``x`` (``step``, ``epoch``, ``tokens``, ``time``), ``log_x``, ``log_y``,
    ``smooth`` (steps; 0 for none), ``title``, ``size`` (inches), ``layout`` (``overlay``, ``grid``), ``machine`` (learning
    rate and devices). Raises as ``figure`` does.
    """
    return figure([run if isinstance(run, Diagnosis) else diagnose(run) for run in runs], Options(**options))


def render(diagnoses: Sequence[Diagnosis], format_name: str, options: Options | None = None) -> bytes:
    """Draw runs as ``png``, ``svg``, ``pdf`` or ``html``; raises ``UnknownName`` for another format and what ``figure`` raises;
    ``UsageError`` for a size in which the panels have no room.
    """
    if format_name not in FORMATS:
        raise UnknownName.among("picture format", format_name, FORMATS)
    if format_name == "html":
        from trainlog.render.figure._page import html

        return html(build(diagnoses, options or Options()), [d.run for d in diagnoses])
    import io
    import warnings

    import matplotlib as mpl

    from trainlog.render.figure._style import SETTINGS

    picture = figure(diagnoses, options)
    out = io.BytesIO()
    with mpl.rc_context(SETTINGS), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # drawn as a box: names may be in any script
        warnings.filterwarnings("error", message="constrained_layout not applied", category=UserWarning)
        try:
            picture.savefig(out, format=format_name, metadata=_METADATA[format_name])
        except UserWarning:
            width, height = picture.get_size_inches()
            raise UsageError(
                f"{width:g} x {height:g} inches are too small for this picture", do="a larger --size, or only its width"
            ) from None
    return out.getvalue()


__all__ = ["FORMATS", "Options", "PlotOptions", "Scene", "build", "figure", "main_panel", "plot", "render", "terminal"]
