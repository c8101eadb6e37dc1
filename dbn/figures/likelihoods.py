"""How probable models say images are, while they learn: a band between what AIS and reverse AIS say of each."""

import math
from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from dbn.errors import DbnError
from dbn.figures.style import PAGE, TICK_SIZE, colour_and_dash, house_style, new_figure
from dbn.images import check_array

FIRST = 0.25
"""Part of a line, its beginning, that may be below its panel."""

LEGEND_COLUMNS = 2
"""Names of models side by side under a panel."""

TICKS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500)
"""Nats below the best model that have a tick, as far as they are within a panel."""


@house_style
def likelihood_curves(curves: Mapping[str, Mapping[str, ArrayLike]]) -> Figure:
    """Draw the log-likelihoods of several models against the epoch, each from both sides.

    Parameters
    ----------
    curves : mapping of binarisation to mapping of model to array_like, shape (looks, 3)
        Epochs, and log p(x) or a bound on it in nats, by AIS (the line, too high in the mean) and by reverse AIS (the
        other edge of the band, too low). Each binarisation has its panel, as figures of two are never compared; this
        may leave out the `FIRST` part of a line: how learning began would leave no room for how it ended. The scale is
        logarithmic in the distance from a nat above the best, where good models differ by little and bad ones by much.

    Raises
    ------
    DbnError
        There is no model, or a curve has another shape or is not finite.

    >>> figure = likelihood_curves({"sampled": {"CD-1": [[1, -150, -160], [2, -120, -130]], "PCD": [[1, -100, -101]]}})
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['CD-1', 'PCD']
    """
    panels = {binarisation: _tables(models) for binarisation, models in curves.items()}
    if not any(panels.values()):
        raise DbnError("no log-likelihoods to draw; pass at least one model's")
    figure = new_figure(PAGE, 4.2)
    figure.suptitle(
        "log p of validation images, or a bound on it: AIS (line) to reverse AIS (edge of the band)", x=0.01, ha="left"
    )
    row = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (binarisation, tables) in zip(row, panels.items(), strict=True):
        _panel(axes, tables)
        axes.set_title(f"pixels: {binarisation}")
    figure.axes[0].set_ylabel("nats per image")
    return figure


def _tables(models: Mapping[str, ArrayLike]) -> dict[str, NDArray[np.float64]]:
    tables = {name: check_array(curve, f"the curve of {name}", ("looks", "columns")) for name, curve in models.items()}
    for name, table in tables.items():
        if table.shape[1] != 3:
            raise DbnError(f"the curve of {name} has {table.shape[1]} columns; give epoch, AIS and reverse AIS")
    return tables


def _panel(axes: Axes, tables: Mapping[str, NDArray[np.float64]]) -> None:
    """Draw the curves of one binarisation, with a legend below."""
    for at, (name, table) in enumerate(tables.items()):
        colour, dash = colour_and_dash(at)
        epochs, ais, reverse = table.T
        # A model that starts from an earlier one shares its first epochs, and the earlier one lies on top.
        depth = 2 + len(tables) - at
        axes.plot(epochs, ais, color=colour, linestyle=dash, marker="o", markersize=2.2, label=name, zorder=depth)
        axes.fill_between(epochs, reverse, ais, color=colour, alpha=0.2, linewidth=0)
    later = (table[min(math.ceil(FIRST * len(table)), len(table) - 1) :] for table in tables.values())
    low = min(table[:, 1].min() for table in later)
    high = max(table[:, 1:].max() for table in tables.values())
    least = 1e-3  # what is even higher has no logarithm
    axes.set_yscale(
        "function",
        functions=(lambda y: -np.log(np.maximum(high + 1 - y, least)), lambda scaled: high + 1 - np.exp(-scaled)),
    )
    axes.set_yticks([tick for below in TICKS if (tick := math.floor(high) - below) > low])
    axes.set_ylim(low - max(0.05 * (high - low), 0.5), high + 0.2)
    axes.set_xlabel("epoch")
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.16), borderaxespad=0, ncols=LEGEND_COLUMNS)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    axes.tick_params(labelsize=TICK_SIZE)
