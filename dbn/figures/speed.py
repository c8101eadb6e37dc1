"""How long programs take: as multiples of what their matrix products take, and as their work grows."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from dbn.errors import DbnError
from dbn.figures.style import PAGE, colour_and_dash, house_style, new_figure, small_ticks

GAP = 1.2
"""Between the bars of two cases, in bars."""


@house_style
def ratios(rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw a bar for each case and program: its time over that of the products alone, which is the line at 1.

    Parameters
    ----------
    rows : sequence of mappings
        Each with ``case``, ``model``, ``ratio_to_products``, and ``ratio_quartiles`` (low, high), which are drawn as
        whiskers.

    Raises
    ------
    DbnError
        If there is no row.

    >>> row = {"case": "ais", "model": "dbn", "ratio_to_products": 1.2, "ratio_quartiles": (1.1, 1.3)}
    >>> [float(bar.get_width()) for bar in ratios([row]).axes[0].patches]
    [1.2]
    """
    if not rows:
        raise DbnError("there is nothing to compare with the products; time at least one other program")
    cases, models = (list(dict.fromkeys(row[name] for row in rows)) for name in ("case", "model"))
    count = {case: sum(row["case"] == case for row in rows) for case in cases}
    above = np.cumsum([0, *(count[case] + GAP for case in cases)])  # where the bars of each case begin
    figure = new_figure(PAGE, 0.7 + 0.11 * float(above[-1]))
    axes = figure.add_subplot()
    for rank, model in enumerate(models):
        mine = [row for row in rows if row["model"] == model]
        places = [above[cases.index(row["case"])] + _rank(row, rows) for row in mine]
        middle = np.array([row["ratio_to_products"] for row in mine])
        low, high = np.array([row["ratio_quartiles"] for row in mine]).T
        axes.barh(places, middle, 0.9, color=colour_and_dash(rank)[0], label=model)
        axes.errorbar(
            middle, places, xerr=np.stack([middle - low, high - middle]), fmt="none", ecolor="black", elinewidth=0.8
        )
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_yticks(above[:-1] + (np.array(list(count.values())) - 1) / 2, cases)
    axes.set_ylim(float(above[-1]) - 0.5, -1)
    axes.set_xlim(0)
    axes.set_xlabel("time / time of the matrix products alone, the line at 1 (medians and quartiles)")
    figure.legend(loc="outside upper left", ncols=len(models))
    small_ticks(figure)
    return figure


@house_style
def growth(panels: Mapping[str, Sequence[Mapping[str, Any]]]) -> Figure:
    """Draw seconds of an epoch of CD-1 against the size of the work on logarithmic axes, a line for each program.

    The products alone are a black, dashed line.

    Parameters
    ----------
    panels : mapping of str to sequence of mappings
        By what grows. Each row with ``size``, ``model``, ``seconds``, the median, and ``quartiles`` (low, high), which
        are drawn as whiskers.

    Raises
    ------
    DbnError
        If there is no panel, or one without a row.

    >>> row = {"model": "dbn", "quartiles": (1, 3)}
    >>> figure = growth({"images": [{**row, "size": 50, "seconds": 1.5}, {**row, "size": 100, "seconds": 2.5}]})
    >>> figure.axes[0].lines[0].get_xydata()
    array([[ 50. ,   1.5],
           [100. ,   2.5]])
    """
    if not panels or not all(panels.values()):
        raise DbnError("there is nothing that grows; time at least one size of each")
    models = list(dict.fromkeys(row["model"] for rows in panels.values() for row in rows if row["model"] != "products"))
    figure = new_figure(PAGE, 2.4)
    every = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (what, rows) in zip(every, panels.items(), strict=True):
        for rank, model in enumerate(models):
            _line(axes, [row for row in rows if row["model"] == model], colour_and_dash(rank)[0], "-")
        _line(axes, [row for row in rows if row["model"] == "products"], "black", "--")
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        sizes = sorted({row["size"] for row in rows})
        axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
        axes.margins(x=0.12)
        axes.set_xlabel(what)
    every[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    every[0].yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    every[0].yaxis.set_minor_formatter(NullFormatter())
    every[0].set_ylabel("seconds of an epoch of CD-1")
    keys = {
        line.get_label(): line for axes in every for line in axes.lines if line.get_label() in (*models, "products")
    }
    figure.legend(keys.values(), keys.keys(), loc="outside upper left", ncols=len(keys))
    small_ticks(figure)
    return figure


def _rank(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> int:
    """Which of the bars of its case a row has."""
    return [other["model"] for other in rows if other["case"] == row["case"]].index(row["model"])


def _line(axes: Axes, rows: Sequence[Mapping[str, Any]], colour: str, dash: str) -> None:
    """Join the sizes of one program, if it has any."""
    rows = sorted(rows, key=lambda row: row["size"])
    if rows:
        sizes, seconds = ([row[name] for row in rows] for name in ("size", "seconds"))
        axes.plot(sizes, seconds, dash, color=colour, marker="o", markersize=2.5, label=rows[0]["model"])
        axes.vlines(sizes, *zip(*(row["quartiles"] for row in rows), strict=True), color=colour, linewidth=0.8)
