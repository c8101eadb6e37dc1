"""A function that jumps, and the nets of three layers that come near to it."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from dbn.errors import DbnError
from dbn.figures.style import PAGE, PALETTE, house_style, log_scales, new_figure, small_ticks
from dbn.images import check_array


@house_style
def jumps(pictures: Mapping[str, ArrayLike], units: Sequence[int], percent: Sequence[float], off: float) -> Figure:
    """Draw functions over the unit square, and how little of it is off as hidden units get more.

    Parameters
    ----------
    pictures : mapping of name to array_like, shape (k, k)
        Values, whose rows go with y; all share the colours of the first.
    units, percent : sequences of (m,)
        Hidden units of each net, and the percentage of the square in which it errs by more than `off`.
    off : float
        What counts as an error.

    Raises
    ------
    DbnError
        There is no picture, or something is not finite or does not fit.

    >>> figure = jumps({"f": [[0, 1], [1, 0]]}, [10, 20], [50.0, 25.0], 0.1)
    >>> [axes.get_title("left") for axes in figure.axes[:2]]
    ['f', 'Off by more than 0.1']
    """
    if not pictures or len(units) != len(percent):
        raise DbnError(
            f"{len(pictures)} pictures, {len(units)} nets, {len(percent)} errors; give an error for each net"
        )
    figure = new_figure(PAGE, 2.5)
    *left, right = figure.subplots(1, len(pictures) + 1)
    checked = {name: check_array(values, name, ("y", "x")) for name, values in pictures.items()}
    first = next(iter(checked.values()))
    for axes, (name, values) in zip(left, checked.items(), strict=True):
        image = axes.imshow(
            values, origin="lower", extent=(0, 1, 0, 1), cmap="viridis", vmin=first.min(), vmax=first.max(),
            interpolation="nearest",
        )  # fmt: skip
        axes.set_title(name)
        axes.set_xlabel("x")
        axes.set_ylabel("y")
    figure.colorbar(image, ax=left, shrink=0.8).outline.set_visible(False)
    right.plot(
        check_array(units, "units", ("nets",)), check_array(percent, "percent", ("nets",)), "s-",
        color=PALETTE[1], markersize=3,
    )  # fmt: skip
    log_scales(right)
    right.set_title(f"Off by more than {off:g}")
    right.set_xlabel("hidden units")
    right.set_ylabel("% of the square")
    small_ticks(figure)
    return figure
