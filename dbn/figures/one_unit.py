"""Single units: what kinds there are, the lines of a perceptron, the probabilities of logistic regression."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike, NDArray

from dbn.errors import DbnError
from dbn.figures.style import DASHES, GREY, PAGE, PALETTE, house_style, new_figure, small_ticks
from dbn.images import check_array

Floats = NDArray[np.float64]
CLASSES = PALETTE[0], PALETTE[1]  # of class 0 and class 1
MARKERS = "os"
SHADES = "RdBu_r"  # blue where class 0 is likely, red where class 1 is


@house_style
def unit_curves(inputs: ArrayLike, curves: Mapping[str, tuple[ArrayLike, ArrayLike]]) -> Figure:
    """Draw what kinds of unit answer, and their slopes, a panel each.

    Parameters
    ----------
    inputs : array_like, shape (n,)
        Total inputs v.
    curves : mapping of name to (activities, slopes), each (n,)
        f(v) and f′(v).

    Raises
    ------
    DbnError
        There is no kind of unit, or the curves are not as long as the inputs.

    >>> figure = unit_curves([-1, 0, 1], {"relu": ([0, 0, 1], [0, 0, 1])})
    >>> figure.axes[0].get_title("left")
    'relu'
    """
    v = check_array(inputs, "total inputs", ("points",))
    if not curves:
        raise DbnError("no units to draw; pass the curves of at least one kind")
    columns = min(3, len(curves))
    rows = -(-len(curves) // columns)
    figure = new_figure(PAGE, 1.75 * rows)
    grid = figure.subplots(rows, columns, sharex=True, squeeze=False).ravel()
    for axes, (name, pair) in zip(grid, curves.items(), strict=False):
        for label, values, colour, dash in zip(("f(v)", "f′(v)"), pair, PALETTE, DASHES, strict=False):
            axes.plot(v, as_long(values, f"curve of {name}", v), color=colour, linestyle=dash, label=label)
        axes.axhline(0, color=GREY, linewidth=0.5)
        axes.axvline(0, color=GREY, linewidth=0.5)
        axes.set_title(name)
    for axes in grid[len(curves) :]:
        axes.set_visible(False)
    for axes in grid[max(0, len(curves) - columns) : len(curves)]:
        axes.set_xlabel("total input v")
    grid[0].legend(loc="upper left")
    small_ticks(figure)
    return figure


@house_style
def perceptrons(problems: Sequence[Mapping[str, ArrayLike]], names: Sequence[str]) -> Figure:
    """Draw problems in the plane with the lines that a perceptron tried, and its mistakes in each epoch.

    Lines are thin; the last one is bold if it separates the classes: if there was no mistake in the last epoch.

    Parameters
    ----------
    problems : sequence of mapping
        Each with `points` (n, 2), `classes` (n,) of −1 and +1, `lines` (corrections, 3), θ1, θ2 and θ0 after each
        correction, and `mistakes` (epochs,).
    names : sequence of str
        Of the problems.

    Raises
    ------
    DbnError
        There is not one name a problem, or its arrays do not fit each other.

    >>> xor = {"points": [[0, 0], [1, 1]], "classes": [-1, 1], "lines": [[1, 1, -1]], "mistakes": [2, 0]}
    >>> [axes.get_title("left") for axes in perceptrons([xor], ["and"]).axes]
    ['and', 'Mistakes']
    """
    if len(problems) != len(names) or not problems:
        raise DbnError(f"{len(names)} names for {len(problems)} problems; name each")
    figure = new_figure(PAGE, 2.6)
    figure.suptitle("Thin: the lines that a perceptron tried; bold: one that separates the classes", x=0.01, ha="left")
    *panels, last = figure.subplots(1, len(problems) + 1)
    for rank, (axes, problem, name) in enumerate(zip(panels, problems, names, strict=True)):
        points = check_array(problem["points"], "points", ("points", "x and y"))
        classes = as_long(problem["classes"], "classes", points)
        two_classes(axes, points, classes > 0, ("−1", "+1"), zorder=3)
        axes.margins(0.25)
        lines = check_array(problem["lines"], "lines", ("corrections", "θ1, θ2 and θ0"))
        for line in lines:
            _line(axes, *line, color=GREY, linewidth=0.4, alpha=0.5)
        mistakes = check_array(problem["mistakes"], "mistakes", ("epochs",))
        if not mistakes[-1]:  # the last line separates
            _line(axes, *lines[-1], color="black", linewidth=1.4)
        axes.set_title(name)
        axes.set_xlabel("x₁")
        axes.set_ylabel("x₂")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, handletextpad=0.1)
        last.step(np.arange(1, len(mistakes) + 1), mistakes, where="mid", color=PALETTE[rank + 2], label=name)
    last.set_title("Mistakes")
    last.set_xscale("log")
    last.set_ylim(bottom=0)
    last.yaxis.set_major_locator(MaxNLocator(integer=True))
    last.set_xlabel("epoch")
    last.set_ylabel("corrections in the epoch")
    last.legend()
    small_ticks(figure)
    return figure


@house_style
def posterior(
    points: ArrayLike, classes: ArrayLike, p: ArrayLike, truth: ArrayLike, limits: tuple[float, float],
    inputs: ArrayLike, shares: ArrayLike, intervals: ArrayLike,
) -> Figure:  # fmt: skip
    """Draw p(class 1 | x) over the plane, and against the unit's total input beside the shares that were counted.

    Parameters
    ----------
    points, classes : array_like, shapes (n, 2), (n,)
        What was learned from; classes are 0 or 1.
    p, truth : array_like, shape (k, k)
        The model's and the true probability over the square that `limits` gives; rows go with the second coordinate.
    limits : (float, float)
        From where to where both coordinates go.
    inputs, shares, intervals : array_like, shapes (bins,), (bins,), (bins, 2)
        Total inputs, the share of class 1 among fresh points with about these, and its 95 % interval.

    Raises
    ------
    DbnError
        A class is neither 0 nor 1, or an array is not finite.

    >>> square = np.array([[0.1, 0.4], [0.6, 0.9]])
    >>> figure = posterior([[0, 0], [1, 1]], [0, 1], square, square, (0, 1), [0.0], [0.5], [[0.4, 0.6]])
    >>> [axes.get_title("left") for axes in figure.axes]
    ['p(class 1 | x)', 'Fresh points against σ(θ·x + θ₀)']
    """
    x, y = check_array(points, "points", ("points", "two coordinates")), check_array(classes, "classes", ("points",))
    if not np.isin(y, (0, 1)).all():
        raise DbnError("the classes to draw are 0 and 1; name no others")
    figure = new_figure(PAGE, 2.9)
    left, right = figure.subplots(1, 2)
    model, true = (check_array(values, "probabilities", ("y", "x")) for values in (p, truth))
    left.imshow(model, origin="lower", extent=(*limits, *limits), cmap=SHADES, vmin=0, vmax=1, alpha=0.45)
    ticks = np.linspace(*limits, len(model))
    levels = [0.1, 0.5, 0.9]
    left.clabel(left.contour(ticks, ticks, model, levels, colors="black", linewidths=1), fontsize=6.5)
    left.contour(ticks, ticks, true, levels, colors=GREY, linewidths=1, linestyles="--")
    for label, marker in enumerate(MARKERS):
        left.plot(*x[y == label].T, marker, color=CLASSES[label], markersize=2.2, alpha=0.7)
    keys = [
        *(Line2D([], [], color=CLASSES[label], marker=MARKERS[label], linestyle="", markersize=3) for label in (0, 1)),
        Line2D([], [], color="black", linewidth=1),
        Line2D([], [], color=GREY, linewidth=1, linestyle="--"),
    ]
    left.legend(
        keys, ["class 0", "class 1", "learned", "true"], loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=4,
        columnspacing=1, handletextpad=0.4,
    )  # fmt: skip
    left.set_xlim(limits)
    left.set_ylim(limits)
    left.set_xlabel("x₁")
    left.set_ylabel("x₂")
    left.set_title("p(class 1 | x)")
    a, share = check_array(inputs, "total inputs", ("bins",)), check_array(shares, "shares", ("bins",))
    spans = check_array(intervals, "intervals", ("bins", "low and high"))
    v = np.linspace(min(-6.0, a.min()), max(6.0, a.max()), 200)
    right.plot(v, 1 / (1 + np.exp(-v)), color="black", linewidth=1, label="σ(v)")
    right.vlines(a, *spans.T, color=PALETTE[2], linewidth=1)
    right.plot(a, share, "o", color=PALETTE[2], markersize=3, label="share of class 1, 95 % interval")
    right.set_xlabel("total input v = θ·x + θ₀")
    right.set_ylabel("p(class 1 | x)")
    right.set_title("Fresh points against σ(θ·x + θ₀)")
    right.legend(loc="upper left")
    small_ticks(figure)
    return figure


def two_classes(axes: Axes, points: Floats, second: NDArray[np.bool_], names: tuple[str, str], **style: Any) -> None:
    """Draw points of two classes, each with its colour and marker; `second` says which belong to the second."""
    for rank, rows in enumerate((~second, second)):
        axes.plot(
            *points[rows].T, MARKERS[rank], color=CLASSES[rank], markersize=4, markeredgecolor="white",
            markeredgewidth=0.5, label=names[rank], **style,
        )  # fmt: skip


def as_long(values: ArrayLike, name: str, others: Floats) -> Floats:
    """Return `values` as an array, having made sure that there is one for each of `others`."""
    array = check_array(values, name, ("points",))
    if len(array) != len(others):
        raise DbnError(f"the {name} has {len(array)} numbers for {len(others)} points; give one for each")
    return array


def _line(axes: Axes, a: float, b: float, c: float, **style: Any) -> None:
    """The line a x + b y + c = 0, within the limits that the points have set."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    if abs(b) >= abs(a) and b:
        axes.plot([left, right], [-(a * x + c) / b for x in (left, right)], **style)
    elif a:
        axes.plot([-(b * y + c) / a for y in (low, high)], [low, high], **style)
    axes.set_xlim(left, right)
    axes.set_ylim(low, high)
