"""How probable a model says images are, while it learns: a band between what AIS and reverse AIS say."""

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from dbn.errors import DbnError
from dbn.figures.style import PAGE, TICK_SIZE, colour_and_dash, house_style, new_figure
from dbn.images import check_array

SHOWN = 40.0
"""Nats below the best figure that are shown at most: how learning began would leave no room for how it ended."""


@house_style
def likelihood_curves(curves: Mapping[str, ArrayLike]) -> Figure:
    """Draw the log-likelihoods of several models against the epoch, each from both sides.

    Parameters
    ----------
    curves : mapping of model to array_like, shape (looks, 3)
        Epochs, and log p(x) or a bound on it in nats, by AIS (the line, too high in the mean) and by reverse AIS (the
        other edge of the band, too low).

    Raises
    ------
    DbnError
        There is no model, or a curve has another shape or is not finite.

    >>> figure = likelihood_curves({"CD-1": [[1, -150, -160], [2, -120, -130]], "PCD": [[1, -100, -101]]})
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['CD-1', 'PCD']
    """
    if not curves:
        raise DbnError("no log-likelihoods to draw; pass at least one model's")
    tables = {name: check_array(curve, f"the curve of {name}", ("looks", "columns")) for name, curve in curves.items()}
    for name, table in tables.items():
        if table.shape[1] != 3:
            raise DbnError(f"the curve of {name} has {table.shape[1]} columns; give epoch, AIS and reverse AIS")
    figure = new_figure(PAGE * 0.8, 3.2)
    axes = figure.add_subplot()
    for rank, (name, table) in enumerate(tables.items()):
        colour, dash = colour_and_dash(rank)
        epochs, ais, reverse = table.T
        axes.plot(epochs, ais, color=colour, linestyle=dash, marker="o", markersize=2.2, label=name)
        axes.fill_between(epochs, reverse, ais, color=colour, alpha=0.2, linewidth=0)
    figures = np.concatenate([table[:, 1:].ravel() for table in tables.values()])
    best = figures.max()
    axes.set_ylim(max(figures.min(), best - SHOWN) - 1, best + 1)
    axes.set_title("Validation log-likelihood: AIS (line) to reverse AIS (edge of the band)")
    axes.set_xlabel("epoch")
    axes.set_ylabel("nats per image")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    axes.tick_params(labelsize=TICK_SIZE)
    figure.legend(loc="outside right upper")
    return figure
