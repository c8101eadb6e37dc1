"""What a layer has learned and whether it is healthy: receptive fields, weight histograms, hidden activity.

After Hinton 2012, *A practical guide to training restricted Boltzmann machines*.
"""

import math
from collections.abc import Mapping
from typing import Literal

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from dbn.errors import DbnError
from dbn.figures.style import COLUMN, GREY, PAGE, PALETTE, TICK_SIZE, house_style, new_figure, picture_figure, tile
from dbn.images import check_array

BINS = 60
SIGNED = mpl.colormaps["RdBu_r"].resampled(65)  # finer steps are not seen, and make files larger


@house_style
def receptive_fields(
    weights: ArrayLike,
    image_shape: tuple[int, int],
    count: int = 100,
    order: Literal["norm", "index"] = "norm",
    title: str = "Receptive fields",
    unit: str = "weight",
) -> Figure:
    r"""Draw the weights into each hidden unit as an image: blue inhibits, white is zero, red excites.

    All units share one symmetric scale, which ends at the median of their largest |w|, so that one outlier does not
    bleach the rest. For a deeper layer pass its weights projected to the pixels, `W1 @ W2`.

    Parameters
    ----------
    weights : array_like, shape (n_visible, n_hidden)
        Weights; the first height * width visible units are the pixels, and no others may follow.
    image_shape : (int, int)
        Height and width, in pixels.
    count : int
        Hidden units drawn, at most.
    title, unit : str
        What they are, and what the scale counts.
    order : "norm" or "index"
        Which come first: those with the largest Σ w², or those that come first in the layer.

    Raises
    ------
    DbnError
        The weights are not finite, do not fit the image shape, or `order` or `count` is unknown.

    >>> figure = receptive_fields(np.eye(4), (2, 2), count=3)
    >>> figure.axes[0].get_title("left")
    'Receptive fields\n3 of 4 hidden units, largest weights first'
    """
    array = check_array(weights, "weights", ("visible", "hidden"))
    n_visible, n_hidden = array.shape
    if n_visible != image_shape[0] * image_shape[1]:
        raise DbnError(
            f"{n_visible} visible units are not an image of {image_shape[0]}×{image_shape[1]}; "
            "pass the rows of the pixels alone, and project deeper layers to the pixels first"
        )
    if order not in {"norm", "index"} or count < 1:
        raise DbnError(f"order={order!r}, count={count}: order is 'norm' or 'index', count at least 1")
    norms = np.square(array).sum(axis=0)
    units = np.argsort(-norms, kind="stable") if order == "norm" else np.arange(n_hidden)
    fields = array.T[units[:count]]
    shown = f"all {n_hidden}" if len(fields) == n_hidden else f"{len(fields)} of {n_hidden}"
    ranked = "largest weights first" if order == "norm" else "in the layer's order"
    limit = float(np.median(np.abs(fields).max(axis=1))) or 1.0

    picture = tile(fields, image_shape, math.ceil(math.sqrt(len(fields))))
    figure, axes = picture_figure(picture, image_shape, SIGNED, (-limit, limit), right=0.8, top=0.45)
    axes.set_facecolor("0.85")
    axes.set_title(f"{title}\n{shown} hidden units, {ranked}")
    _, y0, x1, y1 = axes.get_position().extents
    inch = 1 / figure.get_size_inches()[0]
    scale = figure.add_axes((x1 + 0.12 * inch, y0 + (y1 - y0) / 4, 0.1 * inch, (y1 - y0) / 2))
    bar = figure.colorbar(axes.images[0], cax=scale, extend="both", label=unit)
    bar.outline.set_visible(False)
    scale.tick_params(labelsize=TICK_SIZE)
    return figure


@house_style
def weight_histograms(arrays: Mapping[str, ArrayLike]) -> Figure:
    r"""Draw one histogram for each named array, on a log scale of counts so that the tails are seen.

    Hinton's rule of thumb compares two of them: updates about a thousandth of the weights.

    Parameters
    ----------
    arrays : mapping of name to array_like of any shape
        Weights, biases, updates (velocities).

    Raises
    ------
    DbnError
        There is no array, or one is empty or not finite.

    >>> figure = weight_histograms({"W": [[0.5, -0.5]], "updates of W": [[0.001, -0.001]]})
    >>> [axes.get_title("left") for axes in figure.axes]
    ['W\nmean 0, sd 0.5', 'updates of W\nmean 0, sd 0.001']
    """
    if not arrays:
        raise DbnError("no arrays to draw; pass at least one, such as {'W': weights}")
    columns = min(len(arrays), 3)
    rows = math.ceil(len(arrays) / columns)
    figure = new_figure(COLUMN if columns == 1 else PAGE, 1.9 * rows)
    for place, (name, values) in enumerate(arrays.items(), start=1):
        flat = check_array(np.ravel(values), f"values of {name}", ("numbers",))
        counts, edges = np.histogram(flat, bins=BINS)
        axes = figure.add_subplot(rows, columns, place)
        axes.stairs(counts, edges, fill=True, color=PALETTE[0])
        axes.axvline(0, color=GREY, linewidth=0.6)
        axes.set_yscale("log")
        axes.set_ylim(bottom=0.7)
        axes.set_title(f"{name}\nmean {_signed(flat.mean())}, sd {flat.std():.2g}")
        axes.set_xlabel("weight")
        axes.locator_params(axis="x", nbins=5)
        if place % columns == 1 or columns == 1:
            axes.set_ylabel("count")
    return figure


@house_style
def hidden_activity(probabilities: ArrayLike, dead: float = 0.01, always_on: float = 0.99) -> Figure:
    """Draw p(h=1|v) of one mini-batch, cases by units, beside the histogram of each unit's mean.

    A white column is a dead unit, a black column one that is always on, a striped row a case like no
    other; a good layer looks like noise.

    Parameters
    ----------
    probabilities : array_like, shape (n, n_hidden)
        Probabilities in [0, 1].
    dead, always_on : float
        A unit is dead if its mean is below the one, and always on if it is above the other.

    Raises
    ------
    DbnError
        The probabilities have another shape, are not finite, or lie outside [0, 1].

    >>> figure = hidden_activity([[0.0, 0.5, 1.0], [0.0, 0.25, 1.0]], 0.01, 0.99)
    >>> figure.axes[1].get_title("left")
    'Mean activity: 1 dead, 1 always on'
    """
    array = check_array(probabilities, "probabilities", ("cases", "hidden units"))
    if array.min() < 0 or array.max() > 1:
        raise DbnError("probabilities of hidden units lie in [0, 1]; pass mean activities, not total inputs")
    means = array.mean(axis=0)
    figure = new_figure(PAGE, 2.3)
    left, right = figure.subplots(1, 2, width_ratios=(1.5, 1))

    left.imshow(array, cmap="gray_r", vmin=0, vmax=1, aspect="auto")
    left.spines[:].set_visible(True)
    left.set_title("Hidden probabilities of one mini-batch (black is 1)")
    left.set_xlabel("hidden unit")
    left.set_ylabel("case")

    edges = np.linspace(0, 1, 51)
    low, high = means < dead, means > always_on
    groups = ((low, PALETTE[1]), (high, PALETTE[0]), (~low & ~high, "0.6"))
    base = np.zeros(len(edges) - 1)
    for members, colour in groups:
        top = base + np.histogram(means[members], bins=edges)[0]
        right.stairs(top, edges, baseline=base, fill=True, color=colour)
        base = top
    marks = (
        (0.03, "left", f"dead\n(< {dead})", PALETTE[1]),
        (0.97, "right", f"always on\n(> {always_on})", PALETTE[0]),
    )
    for x, side, text, colour in marks:
        right.text(x, 0.98, text, color=colour, ha=side, va="top", transform=right.transAxes)
    right.set_ylim(0, 1.3 * base.max())
    right.set_xlim(-0.01, 1.01)
    right.set_title(f"Mean activity: {low.sum()} dead, {high.sum()} always on")
    right.set_xlabel("mean probability over the cases")
    right.set_ylabel("hidden units")
    return figure


def _signed(x: float) -> str:
    return f"{x:.2g}".replace("-", "−")  # as matplotlib writes it at the axes
