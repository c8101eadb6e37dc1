"""Two layers of units: XOR solved, sizes of Boolean nets, approximations built and learned, on-line learning."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter, StrMethodFormatter
from numpy.typing import ArrayLike, NDArray

from dbn.errors import DbnError
from dbn.figures.one_unit import SHADES, as_long, two_classes
from dbn.figures.style import GREY, PAGE, PALETTE, TICK_SIZE, column, house_style, log_scales, new_figure, small_ticks
from dbn.images import check_array

Floats = NDArray[np.float64]
BUILT, TRAINED, HOW_TRAINED = PALETTE[1], PALETTE[0], (PALETTE[5], PALETTE[0], PALETTE[2])


@house_style
def xor(solutions: Mapping[str, Mapping[str, ArrayLike]]) -> Figure:
    """Draw how nets with two hidden units solve XOR, a row each: the input space, and the space of hidden units.

    Parameters
    ----------
    solutions : mapping of name to mapping
        `inputs` and `hidden` (4, 2), the corners and the activities of the hidden units for them; `classes` (4,), 0
        or 1; `over_inputs` and `over_hidden` (k, k), the output over both squares from 0 to 1, whose rows go with the
        second axis; the square of the inputs reaches a quarter beyond.

    Raises
    ------
    DbnError
        There is no solution, or its arrays do not fit each other.

    >>> corners = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> drawn = {"inputs": corners, "hidden": corners, "classes": [0, 1, 1, 0]}
    >>> figure = xor({"by hand": drawn | {"over_inputs": np.zeros((2, 2)), "over_hidden": np.eye(2)}})
    >>> [axes.get_title("left") for axes in figure.axes[:2]]
    ['by hand: inputs', 'by hand: hidden units']
    """
    if not solutions:
        raise DbnError("no solution of XOR to draw; pass at least one")
    figure = new_figure(0.7 * PAGE, 0.2 + 2.1 * len(solutions))
    grid = figure.subplots(len(solutions), 2, squeeze=False)
    for row, (name, solution) in zip(grid, solutions.items(), strict=True):
        classes = check_array(solution["classes"], "classes", ("corners",)).astype(int)
        for axes, place, beyond, title in zip(
            row, ("inputs", "hidden"), (0.25, 0.0), ("inputs", "hidden units"), strict=True
        ):
            points = check_array(solution[place], place, ("corners", "two units"))
            output = check_array(solution[f"over_{place}"], "outputs", ("second unit", "first unit"))
            low, high = -beyond, 1 + beyond
            image = axes.imshow(
                output, origin="lower", extent=(low, high, low, high), cmap=SHADES, vmin=0, vmax=1, alpha=0.55,
                interpolation="bilinear",
            )  # fmt: skip
            ticks = np.linspace(low, high, len(output))
            if output.min() < 0.5 < output.max():
                axes.contour(ticks, ticks, output, levels=[0.5], colors="black", linewidths=1)
            two_classes(axes, points, classes > 0, ("XOR is 0", "XOR is 1"), clip_on=False, zorder=3)
            _name_corners(axes, check_array(solution["inputs"], "inputs", ("corners", "two units")), points)
            axes.set_title(f"{name}: {title}")
            letter = "x" if place == "inputs" else "h"
            axes.set_xlabel(f"{letter}₁")
            axes.set_ylabel(f"{letter}₂")
            axes.set_xticks([0, 0.5, 1])
            axes.set_yticks([0, 0.5, 1])
    bar = figure.colorbar(image, ax=grid, shrink=0.5, label="output", ticks=[0, 0.5, 1])
    bar.outline.set_visible(False)
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, handletextpad=0.1)
    small_ticks(figure)
    return figure


@house_style
def boolean_sizes(n: ArrayLike, units: Mapping[str, ArrayLike], counts: ArrayLike, n_counted: int) -> Figure:
    """Draw how many hidden units Boolean functions need, against their inputs and, of a few inputs, for all functions.

    Parameters
    ----------
    n : array_like, shape (sizes,)
        Inputs.
    units : mapping of name to array_like, shape (sizes,)
        Hidden units; a line each.
    counts : array_like, shape (k,)
        How many of all functions of `n_counted` inputs need 0, 1, 2, … hidden units.
    n_counted : int
        Their inputs.

    Raises
    ------
    DbnError
        A line has not one number for each n.

    >>> figure = boolean_sizes([1, 2], {"parity": [1, 2]}, [2, 8, 6], 2)
    >>> [axes.get_title("left") for axes in figure.axes]
    ['Hidden units against inputs', 'All 16 functions of 2 inputs']
    """
    sizes, heights = check_array(n, "inputs", ("sizes",)), check_array(counts, "counts", ("hidden units",))
    figure = new_figure(PAGE, 2.4)
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    for rank, (name, values) in enumerate(units.items()):
        left.plot(
            sizes, as_long(values, name, sizes), "o-", markersize=2.5, color=PALETTE[rank % len(PALETTE)], label=name
        )
    left.set_yscale("log", base=2)
    left.yaxis.set_minor_formatter(NullFormatter())
    left.xaxis.set_major_locator(MaxNLocator(integer=True))
    left.set_xlabel("inputs n")
    left.set_ylabel("hidden units")
    left.set_title("Hidden units against inputs")
    left.legend()
    right.bar(np.arange(len(heights)), heights, width=0.75, color=PALETTE[5])
    for place, height in enumerate(heights):
        right.annotate(f"{height:,.0f}", (place, height), (0, 2), textcoords="offset points", ha="center", fontsize=6)
    right.set_xticks(np.arange(len(heights)))
    right.set_xlabel("hidden units, in minterms")
    right.set_ylabel("functions")
    right.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    right.set_title(f"All {heights.sum():,.0f} functions of {n_counted} inputs")
    right.margins(y=0.12)
    small_ticks(figure)
    return figure


@house_style
def approximations(one: Mapping[str, Any], two: Mapping[str, Any]) -> Figure:
    """Draw approximations of a function of one variable (above) and of two (below), and errors against hidden units.

    Parameters
    ----------
    one : mapping
        `t`, `f`, `built` and `trained` (n,): places, the function, a net that was built and one that was trained.
    two : mapping
        `f` and `built` (k, k) over the unit square, whose rows go with y.
    both
        `built_units`, `requested_errors` and `built_errors` (m,); `trained_units` (s,) and `trained_errors`, by how the
        nets were trained, each (s, seeds); `shown_units` of the built and the trained net that are drawn.

    Raises
    ------
    DbnError
        Something is missing, or not finite.

    >>> errors = {"built_units": [5], "requested_errors": [0.4], "built_errors": [0.2]}
    >>> errors |= {"trained_units": [5], "trained_errors": {"after 9 steps": [[0.3, 0.4]]}}
    >>> curve = {"t": [0, 1], "f": [0, 1], "built": [0, 1], "trained": [0, 1], "shown_units": [9, 5]}
    >>> surface = {"f": np.eye(2), "built": np.eye(2), "shown_units": [9, 5]}
    >>> len(approximations(curve | errors, surface | errors).axes)
    8
    """
    figure = new_figure(PAGE, 4.9)
    (curve, difference, above), (surface, miss, below) = figure.subplots(2, 3)
    t, f, built, trained = (column(one, name, "points") for name in ("t", "f", "built", "trained"))
    units = [f"{count:.0f} units" for count in column(one, "shown_units", "nets")]
    curve.plot(t, f, color="black", linewidth=2.2, alpha=0.3, label="f")
    for axes, subtracted, width in ((curve, np.zeros(len(f)), 0.9), (difference, f, 0.7)):
        axes.plot(t, trained - subtracted, color=TRAINED, linewidth=width, label=f"trained, {units[1]}, best start")
        axes.plot(t, built - subtracted, color=BUILT, linewidth=width, label=f"built, {units[0]}")
        axes.set_xlabel("t")
    curve.set_title("One variable")
    difference.set_title("Net − f")
    curve.legend(loc="upper left")
    curve.set_ylim(top=curve.get_ylim()[1] + 0.5 * float(np.ptp(f)))  # room for the legend
    difference.axhline(0, color=GREY, linewidth=0.5)
    values, net = (column(two, name, "y", "x") for name in ("f", "built"))
    count = column(two, "shown_units", "nets")[0]
    widest = float(np.abs(net - values).max()) or 1.0
    for axes, picture, title, colours, limits in (
        (surface, net, f"Two variables: built, {count:.0f} units", "viridis", (values.min(), values.max())),
        (miss, net - values, "Net − f", "RdBu_r", (-widest, widest)),
    ):
        image = axes.imshow(picture, origin="lower", extent=(0, 1, 0, 1), cmap=colours, vmin=limits[0], vmax=limits[1])
        figure.colorbar(image, ax=axes, shrink=0.8).outline.set_visible(False)
        axes.set_title(title)
        axes.set_xlabel("x")
        axes.set_ylabel("y")
    _errors(above, one)
    _errors(below, two)
    figure.legend(*above.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    small_ticks(figure)
    return figure


@house_style
def on_line_curves(curves: Mapping[str, Sequence[ArrayLike]]) -> Figure:
    """Draw the squared error of on-line learning against the epoch: a panel for each net, a line for each random start.

    Parameters
    ----------
    curves : mapping of name to sequence of array_like, shape (epochs,)
        E, the mean of an epoch over its examples.

    Raises
    ------
    DbnError
        There is no net, or a net has no start.

    >>> figure = on_line_curves({"2 hidden units": [[0.3, 0.1], [0.3, 0.29]]})
    >>> len(figure.axes[0].lines)
    2
    """
    if not curves or not all(curves.values()):
        raise DbnError("no learning curves to draw; pass at least one start of each net")
    figure = new_figure(PAGE, 2.3)
    for axes, (name, starts) in zip(
        figure.subplots(1, len(curves), sharey=True, squeeze=False)[0], curves.items(), strict=True
    ):
        for rank, start in enumerate(starts):
            errors = check_array(start, f"errors of {name}", ("epochs",))
            axes.plot(
                np.arange(1, len(errors) + 1), errors, color=PALETTE[rank % len(PALETTE)], linewidth=0.9, alpha=0.8
            )
        axes.set_title(name)
        axes.set_xlabel("epoch")
        axes.set_yscale("log")
    figure.axes[0].set_ylabel("squared error E, mean over examples")
    small_ticks(figure)
    return figure


def _name_corners(axes: Axes, corners: Floats, points: Floats) -> None:
    """Write inputs beside their points, towards the middle; those that share a place share a text."""
    names: dict[tuple[float, ...], list[str]] = {}
    for corner, point in zip(corners, points, strict=True):
        names.setdefault(tuple(point.round(1)), []).append("".join(f"{x:.0f}" for x in corner))
    for (x, y), texts in names.items():
        left, low = x < 0.5, y < 0.5
        away, side = (7 if left else -7, 7 if low else -7), "left" if left else "right"
        axes.annotate(
            ", ".join(texts), (x, y), away, textcoords="offset points", ha=side, va="center", fontsize=TICK_SIZE
        )


def _errors(axes: Axes, table: Mapping[str, Any]) -> None:
    units = column(table, "trained_units", "sizes")
    for rank, (name, found) in enumerate(table["trained_errors"].items()):
        errors = check_array(found, f"errors {name}", ("sizes", "seeds"))
        axes.plot(units, np.median(errors, axis=1), "-", color=HOW_TRAINED[rank], label=f"trained {name}")
        for seed in errors.T:
            axes.plot(units, seed, "o", color=HOW_TRAINED[rank], markersize=2.2, alpha=0.5)
    built = column(table, "built_units", "nets")
    axes.plot(built, column(table, "built_errors", "nets"), "s-", color=BUILT, markersize=3, label="built")
    axes.plot(built, column(table, "requested_errors", "nets"), "_", color="black", markersize=7, label="asked for")
    log_scales(axes)
    axes.set_xlabel("hidden units")
    axes.set_ylabel("lines: medians, dots: starts")
    axes.set_title("Largest error |net − f|")
