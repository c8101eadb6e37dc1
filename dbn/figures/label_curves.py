"""Error against the number of labels, pair by pair."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import NDArray

from dbn.errors import DbnError
from dbn.figures.style import COLUMN, GREY, PAGE, colour_and_dash, house_style, new_figure

Floats = NDArray[np.float64]
LEAST = 0.1  # percent; what is less is drawn there, since the scale is logarithmic
ERROR_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)


class Line(NamedTuple):
    """One model: label counts (n,), mean errors (n,) and their bands (n, 2), in percent."""

    n_labels: Floats
    errors: Floats
    band: Floats


class Crossing(NamedTuple):
    """Where two curves of a panel change places, with a 95 % interval; the model that names the pair by its colour."""

    n_labels: float
    interval: tuple[float, float]
    model: str


@house_style
def label_curves(
    panels: Mapping[str, Mapping[str, Line]],
    crossings: Mapping[str, Sequence[Crossing]],
    evaluated_on: str = "test",
) -> Figure:
    """Draw a panel a pair: errors on logarithmic scales, bands of the mean over seeds, crossings as dotted lines.

    Parameters
    ----------
    panels : mapping of title to mapping of model to Line
        What is compared.
    crossings : mapping of title to sequence of Crossing
        Those of a panel, if there are any.
    evaluated_on : {"test", "validation"}
        Whose errors they are.

    Raises
    ------
    DbnError
        There is no panel, or a panel has no line.

    >>> line = Line(np.array([10.0, 100.0]), np.array([50.0, 20.0]), np.array([[45.0, 55.0], [18.0, 22.0]]))
    >>> figure = label_curves({"a pair": {"naive Bayes": line}}, {})
    >>> figure.axes[0].get_title("left")
    'a pair'
    """
    if not panels or not all(panels.values()):
        raise DbnError("no label curves to draw; a panel needs at least one model")
    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    figure = new_figure(max(COLUMN, PAGE * columns / 3), 3.1 * rows)
    shown = np.concatenate([line.errors for lines in panels.values() for line in lines.values()])
    limits = max(LEAST, shown.min()) / 1.5, min(100, 1.5 * max(LEAST, shown.max()))
    first = None
    for place, (title, lines) in enumerate(panels.items(), start=1):
        axes = figure.add_subplot(rows, columns, place, sharex=first, sharey=first)
        first = first or axes
        for rank, (model, line) in enumerate(lines.items()):
            colour, dash = colour_and_dash(rank)
            axes.plot(
                line.n_labels,
                np.maximum(line.errors, LEAST),
                dash,
                color=colour,
                label=model,
                marker="o",
                markersize=2.5,
            )
            low, high = np.maximum(line.band, LEAST).T
            axes.fill_between(line.n_labels, low, high, color=colour, alpha=0.2, linewidth=0)
        for crossing in crossings.get(title, ()):
            colour, _ = colour_and_dash(list(lines).index(crossing.model))
            axes.axvline(crossing.n_labels, color=colour, linewidth=1, linestyle=":")
            axes.axvspan(*crossing.interval, color=colour, alpha=0.1, linewidth=0)
        _scales(axes, max(line.n_labels.max() / line.n_labels.min() for line in lines.values()), limits)
        axes.set_title(title)
        axes.set_xlabel("labelled examples")
        if crossings.get(title):
            axes.plot([], [], ":", color=GREY, linewidth=1, label="lead changes, 95 % interval")
        axes.legend(loc="upper left", bbox_to_anchor=(0, -0.24), borderaxespad=0)  # below, where it covers no curve
        if (place - 1) % columns == 0:
            axes.set_ylabel(f"{evaluated_on} error, %")
    return figure


def _scales(axes: Axes, span: float, limits: tuple[float, float]) -> None:
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if span < 100 else (1.0,), numticks=20))
    axes.set_yticks(ERROR_TICKS)
    axes.set_ylim(*limits)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_minor_formatter(NullFormatter())
