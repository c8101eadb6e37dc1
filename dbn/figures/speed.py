"""How long programs take, as multiples of what their matrix products take."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from dbn.errors import DbnError
from dbn.figures.style import GREY, PAGE, PALETTE, house_style, new_figure


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
    figure = new_figure(PAGE, 0.7 + 0.13 * len(rows) + 0.1 * len(cases))
    axes = figure.add_subplot()
    thick = 0.85 / len(models)
    for rank, model in enumerate(models):
        mine = [row for row in rows if row["model"] == model]
        places = np.array([cases.index(row["case"]) for row in mine]) + (rank - (len(models) - 1) / 2) * thick
        middle = np.array([row["ratio_to_products"] for row in mine])
        low, high = np.array([row["ratio_quartiles"] for row in mine]).T
        axes.barh(places, middle, 0.9 * thick, color=PALETTE[rank], label=model)
        axes.errorbar(middle, places, xerr=(middle - low, high - middle), fmt="none", ecolor=GREY, elinewidth=0.8)
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_yticks(range(len(cases)), cases)
    axes.set_ylim(len(cases) - 0.5, -0.5)
    axes.set_xlim(0)
    axes.set_xlabel("time / time of the matrix products alone (medians and quartiles)")
    axes.legend()
    return figure
