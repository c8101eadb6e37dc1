"""What can be shown exactly: explaining away, a directed net that becomes an RBM, a bound that never falls."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from dbn.errors import DbnError
from dbn.figures.style import GREY, LIGHT, PAGE, PALETTE, TICK_SIZE, column, house_style, new_figure

ROUNDING = 2.0**-53  # total variation below this is drawn here: a log scale has no 0


@house_style
def theory(explaining_away: Mapping[str, Any], complementary: Mapping[str, Any], bound: Mapping[str, Any]) -> Figure:
    r"""Draw three theorems of Hinton, Osindero & Teh 2006 on small machines, a panel each.

    Parameters
    ----------
    explaining_away : mapping
        `states`, the names of the k states of the causes; `posterior` and `published`, their probabilities
        given the effect, computed and printed, (k,).
    complementary : mapping
        `depth` (n,) of a directed net with tied weights; `total_variation` (n,), how far what it generates is
        from the RBM, and `posterior_gap` (n,), how far its posterior is from the factorial one;
        `total_variation_rbm_on_top` (n,), with the RBM as its two uppermost layers; `rate`, by which each layer
        shrinks the distance.
    bound : mapping
        `step` (m,) of the learning of a second layer; `bound` and `log_likelihood` (m,) and, of the first
        layer alone, `one_layer`, all in nats.

    Raises
    ------
    DbnError
        Columns are missing, not finite, or not of one length.

    >>> figure = theory(
    ...     {"states": ["0", "1"], "posterior": [0.25, 0.75], "published": [0.2, 0.8]},
    ...     {"depth": [1, 2], "total_variation": [0.1, 0.01], "posterior_gap": [0.2, 0.02],
    ...      "total_variation_rbm_on_top": [0, 0], "rate": 0.1},
    ...     {"step": [0, 1], "bound": [-3, -2], "log_likelihood": [-3, -1], "one_layer": -3},
    ... )
    >>> [axes.get_title("left").partition("\n")[0] for axes in figure.axes]
    ['Explaining away', 'Complementary priors', 'A second layer']
    """
    figure = new_figure(PAGE, 2.5)
    left, middle, right = figure.subplots(1, 3)
    _bars(left, explaining_away)
    _distances(middle, complementary)
    _learning(right, bound)
    for axes in figure.axes:
        axes.tick_params(labelsize=TICK_SIZE)  # here, since ticks are made when the house style has been left
    return figure


def _bars(axes: Axes, table: Mapping[str, Any]) -> None:
    posterior, published = _columns(table, "posterior", "published")
    names = table.get("states", ())
    if len(names) != len(posterior):
        raise DbnError(f"{len(names)} states for {len(posterior)} probabilities; name each")
    places = np.arange(len(posterior))
    axes.bar(places, posterior, width=0.7, color=LIGHT, label="exact")
    axes.plot(places, published, "o", color=PALETTE[1], markersize=3, label="published")
    for place, p, printed in zip(places, posterior, published, strict=True):
        height = max(p, printed)
        for text, rise, colour in ((f"{p:.5f}", 13, "black"), (f"{printed:.4f}", 5, PALETTE[1])):
            axes.annotate(
                text, (place, height), (0, rise), textcoords="offset points", ha="center", fontsize=6.5, color=colour
            )
    axes.set_xticks(places, names)
    axes.tick_params(axis="x", length=0)
    axes.set_ylim(0, 0.8)
    axes.set_xlabel("state of the two causes")
    axes.set_ylabel("probability given the effect")
    axes.set_title("Explaining away\nRare causes of a seen effect")
    axes.legend(loc="upper left", ncols=2)


def _distances(axes: Axes, table: Mapping[str, Any]) -> None:
    names = ("depth", "total_variation", "posterior_gap", "total_variation_rbm_on_top")
    depth, distance, gap, on_top = _columns(table, *names)
    axes.plot(depth, gap.clip(ROUNDING), color=PALETTE[2], label="posterior")
    axes.plot(depth, distance.clip(ROUNDING), color=PALETTE[0], label="p(v)")
    axes.plot(depth, on_top.clip(ROUNDING), color=PALETTE[1])
    place = (depth[0], on_top.clip(ROUNDING).max())
    axes.annotate("p(v), RBM on top", place, (0, 4), textcoords="offset points", fontsize=7, color=PALETTE[1])
    rate = float(column(table, "rate"))
    predicted = distance[0] * rate ** (depth - depth[0])
    seen = predicted > ROUNDING
    axes.plot(depth[seen], predicted[seen], ":", color=GREY, label=f"falling as {rate:.2f}ⁿ")
    axes.set_yscale("log")
    axes.set_xlabel("layers of the directed net")
    axes.set_ylabel("total variation")
    axes.set_title("Complementary priors\nA directed net becomes the RBM")
    axes.legend()


def _learning(axes: Axes, table: Mapping[str, Any]) -> None:
    step, bound, log_likelihood = _columns(table, "step", "bound", "log_likelihood")
    axes.axhline(float(column(table, "one_layer")), color=GREY, linewidth=0.8, linestyle="--", label="one layer")
    axes.plot(step, bound, color=PALETTE[0], label="bound")
    axes.plot(step, log_likelihood, color=PALETTE[1], label="log-likelihood")
    axes.set_xlabel("step of gradient ascent")
    axes.set_ylabel("nats an image")
    axes.set_title("A second layer\nThe bound rises, and holds")
    axes.legend()


def _columns(table: Mapping[str, Any], *names: str) -> list[NDArray[np.float64]]:
    """Return columns of one length, checked."""
    columns = [column(table, name, "rows") for name in names]
    lengths = dict(zip(names, map(len, columns), strict=True))
    if len(set(lengths.values())) != 1:
        raise DbnError(f"columns have different lengths, {lengths}; give each one number a row")
    return columns
