"""Error against the number of labels, pair by pair."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from dbn.errors import DbnError
from dbn.figures.style import COLUMN, PAGE, colour_and_dash, house_style, new_figure

Floats = NDArray[np.float64]
LEAST = 0.1  # percent; what is less is drawn there, since the scale is logarithmic
ERROR_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
RATIO_LIMITS, RATIO_TICKS = (0.25, 2.0), (0.25, 0.5, 1, 2)


class Line(NamedTuple):
    """One model: label counts (n,), mean errors (n,) and their bands (n, 2), in percent."""

    n_labels: Floats
    errors: Floats
    band: Floats


class Crossing(NamedTuple):
    """Where two curves of a panel change places, its interval, if any, and the model that gives it its colour."""

    n_labels: float
    interval: tuple[float, float] | None
    model: str


@house_style
def label_curves(
    panels: Mapping[str, Mapping[str, Line]],
    crossings: Mapping[str, Sequence[Crossing]],
    evaluated_on: str = "test",
) -> Figure:
    """Draw a panel for each pair: errors on logarithmic scales, and below them as multiples of the first model's.

    Bands are 95 % intervals of the means; dotted lines are crossings, in a band that is their interval.

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
    columns = 2 if len(panels) == 4 else min(3, len(panels))
    rows = -(-len(panels) // columns)
    keys = max(len(lines) + len({mark.model for mark in crossings.get(title, ())}) for title, lines in panels.items())
    heights = (2.2, 0.75, 0.18 * keys)
    figure = new_figure(max(COLUMN, PAGE * columns / 3), (sum(heights) + 0.5) * rows + 0.2)
    told = "Means over seeds with 95 % intervals; below, as multiples of the first"
    figure.suptitle(told if columns > 1 else "", x=0.01, ha="left")
    shown = np.concatenate([line.errors for lines in panels.values() for line in lines.values()])
    limits = max(LEAST, shown.min()) / 1.5, min(100, 1.5 * max(LEAST, shown.max()))
    grid = figure.add_gridspec(rows, columns)
    for place, (title, lines) in enumerate(panels.items()):
        parts = grid[place].subgridspec(3, 1, height_ratios=heights)
        errors, below = (figure.add_subplot(part) for part in (parts[0], parts[2]))
        ratios = figure.add_subplot(parts[1], sharex=errors)
        drawn = _draw(errors, ratios, lines, crossings.get(title, ()))
        below.legend(drawn.values(), drawn.keys(), loc="upper left", borderaxespad=0).set_in_layout(False)
        below.set_axis_off()
        _scale(errors, limits, ERROR_TICKS)
        _scale(ratios, RATIO_LIMITS, RATIO_TICKS)
        _label_counts(ratios, np.unique(np.concatenate([line.n_labels for line in lines.values()])))
        errors.tick_params(labelbottom=False)
        errors.set_title(title)
        if place % columns == 0:
            errors.set_ylabel(f"{evaluated_on} error, %")
            ratios.set_ylabel("× first")
    return figure


def _draw(errors: Axes, ratios: Axes, lines: Mapping[str, Line], crossings: Sequence[Crossing]) -> dict[str, Line2D]:
    """The curves of one panel with their crossings; what its legend shall say."""
    reference = next(iter(lines.values()))
    keys: dict[str, Line2D] = {}
    for rank, (model, line) in enumerate(lines.items()):
        colour, dash = colour_and_dash(rank)
        shown = np.maximum(line.errors, LEAST)
        (keys[model],) = errors.plot(line.n_labels, shown, dash, color=colour, marker="o", markersize=2.5)
        low, high = np.maximum(line.band, LEAST).T
        errors.fill_between(line.n_labels, low, high, color=colour, alpha=0.2, linewidth=0)
        counts, mine, theirs = np.intersect1d(line.n_labels, reference.n_labels, return_indices=True)
        ratio = shown[mine] / np.maximum(reference.errors, LEAST)[theirs]
        ratios.plot(counts, ratio, dash, color=colour, marker="o", markersize=1.5, linewidth=0.9)
        marks = [crossing for crossing in crossings if crossing.model == model]
        for axes in (errors, ratios):
            for crossing in marks:
                axes.axvline(crossing.n_labels, color=colour, linewidth=1, linestyle=":")
                if crossing.interval:
                    axes.axvspan(*crossing.interval, color=colour, alpha=0.1, linewidth=0)
        if marks:
            keys[f"{model}: lead changes"] = Line2D([], [], color=colour, linewidth=1, linestyle=":")
    return keys


def _scale(axes: Axes, limits: tuple[float, float], ticks: Sequence[float]) -> None:
    axes.set_yscale("log")
    axes.set_yticks(ticks, [f"≤ {tick:g}" if tick == LEAST else f"{tick:g}" for tick in ticks])
    axes.set_ylim(*limits)
    axes.yaxis.set_minor_locator(NullLocator())


def _label_counts(axes: Axes, counts: Floats) -> None:
    """Name powers of ten and the largest number of labels, or, of a short axis, round numbers."""
    low, high = counts.min(), counts.max()
    steps = (1.0, 2.0, 5.0) if high / low < 100 else (1.0,)
    named = [count for count in (step * 10**power for power in range(9) for step in steps) if low <= count < high / 2]
    named.append(high)
    axes.set_xscale("log")
    axes.set_xticks(
        named, [f"{count / 1000:g}k" if count >= 1000 and count % 100 == 0 else f"{count:,g}" for count in named]
    )
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("labelled examples")
