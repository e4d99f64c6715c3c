"""Colours, sizes and matplotlib settings: one place for how pictures look.

The palette is that of Okabe and Ito ("Color Universal Design", 2008), told apart with every kind of colour blindness; no
meaning rests on colour alone: lines differ by dash and width, marks by shape, and everything is named in the legend.
"""

from typing import Any

from trainlog.render.figure._scene import Dash, Role

BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION, PURPLE = (
    "#000000",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
GREY = "#666666"

ROLES: dict[Role, str] = {
    "train": BLUE,
    "val": VERMILION,
    "keep": GREEN,
    "onset": ORANGE,
    "bad": BLACK,
    "spike": PURPLE,
    "lr": GREY,
    "memory": BLUE,
    "temperature": VERMILION,
    "resume": GREY,
}
RUNS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK, GREY)
DASHES: dict[Dash, Any] = {"solid": "-", "dashed": (0, (4, 1.6)), "dotted": (0, (1, 1.4)), "dashdot": (0, (5, 1.5, 1, 1.5))}

SETTINGS: Any = {  # matplotlib types the keys as a literal of several hundred names
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # ships with matplotlib: the same picture on every machine
    "font.size": 8.0,
    "axes.labelsize": 8.0,
    "axes.linewidth": 0.7,
    "axes.edgecolor": "#444444",
    "axes.labelcolor": "#222222",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.use_mathtext": True,
    "axes.formatter.limits": (-3, 5),
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.6,
    "xtick.labelsize": 7.5,
    "ytick.labelsize": 7.5,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "lines.solid_capstyle": "round",
    "lines.solid_joinstyle": "round",
    "path.simplify": False,  # thinned out already, with every extreme kept
    "savefig.dpi": 200,
    "pdf.fonttype": 42,  # TrueType: what publishers ask for
    "svg.fonttype": "path",
    "svg.hashsalt": "trainlog",  # ids that are the same every time
    "text.usetex": False,
}


def colour(role: Role, run: int | None) -> str:
    """By what it is when one run is drawn, by run when there are several."""
    return ROLES[role] if run is None else RUNS[run % len(RUNS)]
