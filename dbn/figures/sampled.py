"""How good samples are: what a classifier calls them, how near they are to real images, how much they differ."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from numpy.typing import ArrayLike

from dbn.errors import DbnError
from dbn.figures.style import COLUMN, GREY, PAGE, PALETTE, TICK_SIZE, colour_and_dash, house_style, new_figure
from dbn.images import check_array

BINS = 30


@house_style
def agreement(
    steps: Sequence[int],
    percent: ArrayLike,
    intervals: ArrayLike,
    class_percent: ArrayLike,
    class_intervals: ArrayLike,
    names: Sequence[str] | None = None,
) -> Figure:
    """Draw the share of label-clamped samples that a classifier calls by their label.

    On the left all classes together against the Gibbs steps; on the right each class after the last of them. Bars
    are 95 % intervals.

    Parameters
    ----------
    steps : sequence of int
        Gibbs steps before each look.
    percent, intervals : array_like, shapes (looks,), (looks, 2)
        Shares in percent, and their low and high ends.
    class_percent, class_intervals : array_like, shapes (looks, n_classes), (looks, n_classes, 2)
        The same for each class.
    names : sequence of str, optional
        The classes' names; 0, 1, 2, ... without them.

    Raises
    ------
    DbnError
        The shapes do not fit each other, or a share is not within its interval.

    >>> figure = agreement([1, 10], [50, 90], [[40, 60], [80, 95]], [[50], [90]], [[[40, 60]], [[80, 95]]])
    >>> [axes.get_title("left") for axes in figure.axes]
    ['All classes', 'Each class after 10 Gibbs steps']
    """
    shares = check_array(class_percent, "shares", ("looks", "classes"))
    spans = check_array(class_intervals, "intervals", ("looks", "classes", "low and high"))
    total = check_array(percent, "shares", ("looks",))
    total_span = check_array(intervals, "intervals", ("looks", "low and high"))
    names = tuple(map(str, range(shares.shape[1]))) if names is None else tuple(names)
    shapes = (spans.shape, (len(steps),), total_span.shape, shares.shape)
    if shapes != ((*shares.shape, 2), total.shape, (len(total), 2), (len(total), len(names))):
        raise DbnError(
            f"shares {total.shape} and {shares.shape}, intervals {total_span.shape} and {spans.shape} do not fit "
            f"{len(steps)} looks and {len(names)} names; give one share and interval for each look and class"
        )
    for values, ends in ((total, total_span), (shares, spans)):
        if (values < ends[..., 0]).any() or (values > ends[..., 1]).any():
            raise DbnError("a share is not within its interval; give intervals as (low, high), in percent")
    figure = new_figure(PAGE, 2.3)
    left, right = figure.subplots(1, 2)
    left.errorbar(steps, total, np.abs(total_span.T - total), color=PALETTE[0], marker="o", markersize=2.5)
    left.set_xscale("log")
    left.set_xticks(steps, [f"{step:,}" for step in steps])
    left.xaxis.set_minor_locator(NullLocator())
    left.set_xlabel("Gibbs steps")
    left.set_ylabel("classified as their label (%)")
    left.axhline(100 / len(names), color=GREY, linewidth=0.8, linestyle=":")
    left.text(steps[-1], 100 / len(names), "by chance", ha="right", va="bottom", color=GREY, fontsize=TICK_SIZE)
    left.set_title("All classes")
    x = np.arange(len(names))
    errors = np.abs(spans[-1].T - shares[-1])
    right.errorbar(x, shares[-1], errors, color=PALETTE[0], marker="o", markersize=2.5, linestyle="none")
    right.set_xticks(x, names)
    right.set_xlabel("label")
    right.set_ylabel("classified as their label (%)")
    right.set_title(f"Each class after {steps[-1]:,} Gibbs step{'' if steps[-1] == 1 else 's'}")
    for axes in (left, right):
        axes.tick_params(labelsize=TICK_SIZE)
        axes.margins(y=0.1)
    return figure


@house_style
def nearest_distances(distances: Mapping[str, ArrayLike]) -> Figure:
    """Draw how far images lie from the nearest training image: a histogram for each kind, its median dashed.

    Parameters
    ----------
    distances : mapping of name to array_like, shape (n,)
        Euclidean distances, for example of samples and of test images. Kinds may differ in number.

    Raises
    ------
    DbnError
        There is no kind, or a distance is NaN or infinite.

    >>> figure = nearest_distances({"samples": [1.0, 2.0, 3.0], "test images": [2.0, 4.0]})
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    ['samples: median 2.00', 'test images: median 3.00']
    """
    if not distances:
        raise DbnError("no distances to draw; pass those of at least one kind of images")
    kinds = {name: check_array(values, f"distances of {name}", ("images",)) for name, values in distances.items()}
    edges = np.histogram_bin_edges(np.concatenate(list(kinds.values())), BINS)
    figure = new_figure(PAGE * 0.6, 2.3)
    axes = figure.add_subplot()
    for rank, (name, values) in enumerate(kinds.items()):
        colour, dash = colour_and_dash(rank)
        counts, _ = np.histogram(values, edges)
        label = f"{name}: median {np.median(values):.2f}"
        axes.stairs(100 * counts / len(values), edges, color=colour, linestyle=dash, label=label)
        axes.axvline(float(np.median(values)), color=colour, linewidth=0.8, linestyle="--")
    axes.set_xlabel("Euclidean distance to the nearest training image (grey values 0 – 1)")
    axes.set_ylabel("% of images")
    axes.set_title("How near to the training images")
    axes.tick_params(labelsize=TICK_SIZE)
    axes.legend(loc="upper left")
    axes.set_ylim(0, 1.35 * axes.get_ylim()[1])  # room for the legend
    return figure


@house_style
def spread(distances: Mapping[str, ArrayLike], names: Sequence[str] | None = None) -> Figure:
    """Draw, for each class, the mean distance between two of its images: of samples beside that of real images.

    Parameters
    ----------
    distances : mapping of kind to array_like, shape (n_classes,)
        Mean Euclidean distances, for example of samples and of training images.
    names : sequence of str, optional
        The classes' names; 0, 1, 2, ... without them.

    Raises
    ------
    DbnError
        There is no kind, a distance is NaN or infinite, or there is not one for each class.

    >>> figure = spread({"samples": [6.0, 4.0], "training images": [7.0, 5.0]})
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['samples', 'training images']
    """
    if not distances:
        raise DbnError("no distances to draw; pass those of at least one kind of images")
    kinds = {name: check_array(values, f"distances of {name}", ("classes",)) for name, values in distances.items()}
    n_classes = len(next(iter(kinds.values())))
    names = tuple(map(str, range(n_classes))) if names is None else tuple(names)
    if any(len(values) != len(names) for values in kinds.values()):
        raise DbnError(f"the distances are not of {len(names)} classes each; give one for each name")
    figure = new_figure(COLUMN, 2.3)
    axes = figure.add_subplot()
    for rank, (name, values) in enumerate(kinds.items()):
        axes.plot(
            np.arange(n_classes), values, "os^"[rank % 3], color=colour_and_dash(rank)[0], markersize=4, label=name
        )
    axes.set_xticks(range(n_classes), names)
    axes.set_ylim(0, 1.15 * axes.get_ylim()[1])
    axes.set_xlabel("label")
    axes.set_ylabel("mean Euclidean distance (grey values 0 – 1)")
    axes.set_title("How much images of a class differ")
    axes.tick_params(labelsize=TICK_SIZE)
    axes.legend(loc="lower right")
    return figure
