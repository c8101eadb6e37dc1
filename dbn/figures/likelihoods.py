"""How probable models say images are, while they learn: what AIS and reverse AIS say of each, and a band between."""

import math
from collections.abc import Iterable, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from dbn.errors import DbnError
from dbn.figures.style import PAGE, PALETTE, TICK_SIZE, house_style, new_figure
from dbn.images import check_array

FIRST = 0.25
"""Part of a line, its beginning, that may be below its panel."""

LEGEND_COLUMNS = 2
"""Names of models side by side under a panel."""

TICKS = ((4, 1), (15, 5), (60, 10), (math.inf, 50))
"""Up to how many nats below the best there are ticks how many nats apart."""

LOWEST = 500
"""Nats below the best under which there are no ticks, however bad a model was."""


@house_style
def likelihood_curves(curves: Mapping[str, Mapping[str, ArrayLike]]) -> Figure:
    """Draw the log-likelihoods of several models against the epoch, each from both sides.

    Parameters
    ----------
    curves : mapping of binarisation to mapping of model to array_like, shape (looks, 3)
        Epochs, and log p(x) or a bound on it in nats, by AIS (solid) and by reverse AIS (dashed), with a band between
        them. Each binarisation has its panel, as figures of two are never compared; this may leave out the `FIRST` part
        of a line: how learning began would leave no room for how it ended. The scale is logarithmic in the distance
        from a nat above the best, where good models differ by little and bad ones by much. A model that goes on from
        another one, whose rows are then its first ones, begins where that ends.

    Raises
    ------
    DbnError
        There is no model, or a curve has another shape or is not finite.

    >>> figure = likelihood_curves({"sampled": {"CD-1": [[1, -150, -160], [2, -120, -130]], "PCD": [[1, -100, -101]]}})
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['CD-1', 'PCD']
    """
    panels = {binarisation: _tables(models) for binarisation, models in curves.items()}
    if not any(panels.values()):
        raise DbnError("no log-likelihoods to draw; pass at least one model's")
    figure = new_figure(PAGE, 4.2)
    figure.suptitle(
        "log p of validation images (of a dbn a bound on it), quick and noisy estimates: AIS solid, reverse AIS dashed",
        x=0.01,
        ha="left",
    )
    widths = [math.sqrt(len(tables)) for tables in panels.values()]
    row = figure.subplots(1, len(panels), squeeze=False, width_ratios=widths)[0]
    for axes, (binarisation, tables) in zip(row, panels.items(), strict=True):
        _panel(axes, tables)
        axes.set_title(f"pixels: {binarisation}")
    figure.axes[0].set_ylabel("nats per image (log distance from the best)")
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
        colour = PALETTE[at % len(PALETTE)]
        epochs, ais, reverse = table[_shared(table, tables.values()) :].T
        axes.plot(epochs, ais, color=colour, marker="o", markersize=2.2, label=name)
        axes.plot(epochs, reverse, color=colour, linestyle="--", linewidth=0.8)
        axes.fill_between(epochs, reverse, ais, color=colour, alpha=0.15, linewidth=0)
    later = (table[min(math.ceil(FIRST * len(table)), len(table) - 1) :] for table in tables.values())
    low = min(table[:, 1].min() for table in later)
    high = max(table[:, 1:].max() for table in tables.values())
    least = 1e-3  # what is even higher has no logarithm
    axes.set_yscale(
        "function",
        functions=(lambda y: -np.log(np.maximum(high + 1 - y, least)), lambda scaled: high + 1 - np.exp(-scaled)),
    )
    lowest = max(math.ceil(low), math.floor(high) - LOWEST)
    axes.set_yticks([tick for tick in range(math.floor(high), lowest - 1, -1) if _has_tick(tick, high)])
    axes.set_ylim(low - max(0.05 * (high - low), 0.5), high + 0.2)
    axes.set_xlabel("epoch")
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.16), borderaxespad=0, ncols=LEGEND_COLUMNS)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    axes.tick_params(labelsize=TICK_SIZE)


def _shared(table: NDArray[np.float64], others: Iterable[NDArray[np.float64]]) -> int:
    """The row that a curve begins with: the last one that it shares with a curve which it goes on from."""
    whole = [len(other) for other in others if len(other) < len(table) and (table[: len(other)] == other).all()]
    return max(whole, default=1) - 1


def _has_tick(value: int, high: float) -> bool:
    return value % next(apart for below, apart in TICKS if high + 1 - value <= below) == 0
