"""The one look of all figures: sizes, colours that colour-blind readers can tell apart, pictures of images.

Figures are made with matplotlib's object interface. Nothing is registered with pyplot, so nothing stays
in memory when a figure goes, and no display is needed.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter
from matplotlib.typing import LineStyleType
from numpy.typing import NDArray

from dbn.errors import DbnError
from dbn.images import DOTS_PER_INCH, PAD, check_array, mosaic

COLUMN, PAGE = 3.4, 6.9  # widths of a figure in a two-column paper, in inches
TILE = 0.6  # width of one image in a picture of many, in inches
TICK_SIZE = 7  # points

# Okabe and Ito, "Color universal design" (2008), in the order in which neighbours differ most.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
DASHES: tuple[LineStyleType, ...] = ("-", "--", ":")
GREY = "0.45"
LIGHT = "#A6CBE3"  # of bars that numbers or intervals are drawn on

HOUSE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7.5,
    "axes.titlesize": 8,
    "axes.titlelocation": "left",
    "axes.titlepad": 5,
    "axes.labelsize": 7.5,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "xtick.labelsize": TICK_SIZE,
    "ytick.labelsize": TICK_SIZE,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": 7,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "lines.linewidth": 1.2,
    "figure.facecolor": "white",
    "figure.titlesize": 8,
}


@contextmanager
def _styled() -> Iterator[None]:
    with mpl.rc_context():
        mpl.rcdefaults()  # whatever the user's own matplotlibrc says
        mpl.rcParams.update(HOUSE)
        yield


house_style = _styled()
"""Decorates what draws a figure, so that it looks the same everywhere."""


def new_figure(width: float, height: float) -> Figure:
    """Return an empty figure of so many inches whose parts make room for one another.

    >>> new_figure(COLUMN, 2.0).get_size_inches()
    array([3.4, 2. ])
    """
    return Figure(figsize=(width, height), layout="constrained")


def colour_and_dash(index: int) -> tuple[str, LineStyleType]:
    """Return the colour and the dash of the line of rank `index`: new dashes once the colours are spent.

    >>> colour_and_dash(0), colour_and_dash(7)
    (('#0072B2', '-'), ('#0072B2', '--'))
    """
    return PALETTE[index % len(PALETTE)], DASHES[index // len(PALETTE) % len(DASHES)]


def small_ticks(figure: Figure) -> None:
    """Give tick labels their size; needed since ticks are made when a figure is drawn, after the house style was left.

    >>> small_ticks(new_figure(1, 1))
    """
    for axes in figure.axes:
        axes.tick_params(labelsize=TICK_SIZE)


def strip(axes: Axes) -> None:
    """Take the frame and the tick marks away, for pictures; tick labels can be set afterwards.

    >>> axes = new_figure(1, 1).add_subplot()
    >>> strip(axes)
    >>> [spine.get_visible() for spine in axes.spines.values()]
    [False, False, False, False]
    """
    axes.spines[:].set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.tick_params(length=0)


def tile(images: NDArray[np.float64], image_shape: tuple[int, int], columns: int) -> NDArray[np.float64]:
    """Return the mosaic of flat images that `picture_figure` draws: `PAD` pixels of NaN between them.

    >>> tile(np.array([[0.5], [1.0]]), (1, 1), columns=2)
    array([[0.5, nan, nan, 1. ]])
    """
    return mosaic(images, image_shape, columns, PAD, np.nan)


def picture_figure(
    picture: NDArray[np.float64],
    image_shape: tuple[int, int],
    colours: str | Colormap,
    limits: tuple[float, float],
    left: float = 0.1,
    right: float = 0.1,
    top: float = 0.3,
) -> tuple[Figure, Axes]:
    """Return a figure of one mosaic, drawn so that each of its pixels is a whole number of dots.

    Parameters
    ----------
    picture : array, shape (rows, columns)
        A mosaic of images of `image_shape`, `PAD` apart; NaN is left out.
    colours, limits : colour map and (float, float)
        The colours and the values at their two ends.
    left, right, top : float
        Margins in inches, for row labels, a colour bar, the title.

    >>> figure, axes = picture_figure(np.zeros((58, 298)), (28, 28), "gray_r", (0, 1))
    >>> figure.get_size_inches() * DOTS_PER_INCH
    array([924., 234.])
    """
    dots = max(1, round(TILE * DOTS_PER_INCH / (max(image_shape) + PAD)))
    high, wide = (dots * length / DOTS_PER_INCH for length in picture.shape)
    figure = Figure(figsize=(max(COLUMN, left + wide + right), top + high + 0.1))
    width, height = figure.get_size_inches()
    axes = figure.add_axes((left / width, 0.1 / height, wide / width, high / height))
    strip(axes)
    axes.imshow(
        np.ma.masked_invalid(picture),
        cmap=colours,
        vmin=limits[0],
        vmax=limits[1],
        aspect="auto",
        interpolation="nearest",
    )
    return figure, axes


def column(table: Mapping[str, Any], name: str, *axes: str) -> NDArray[np.float64]:
    """The numbers of a name in what a figure is drawn from, with the axes that they should have; DbnError without."""
    if name not in table:
        raise DbnError(f"there is no {name} among {', '.join(table) or 'nothing'}; add it")
    return check_array(table[name], name, axes)


def log_scales(axes: Axes) -> None:
    """Make both scales logarithmic, with plain numbers at 1 and 3, and upwards at 1, 2 and 5, of each power of ten.

    >>> axes = new_figure(COLUMN, 2.0).add_subplot()
    >>> log_scales(axes)
    >>> axes.get_xscale(), axes.get_yscale()
    ('log', 'log')
    """
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis, named in ((axes.xaxis, (1, 3)), (axes.yaxis, (1, 2, 5))):
        axis.set_major_locator(LogLocator(subs=named))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_formatter(NullFormatter())


def label_rows(axes: Axes, names: Sequence[str], centres: NDArray[np.float64], subject: str = "") -> None:
    """Write a name at the left of each row of a picture, and beside the names what they are.

    >>> figure, axes = picture_figure(np.zeros((58, 28)), (28, 28), "gray_r", (0, 1), left=0.5)
    >>> label_rows(axes, ("zero", "one"), row_centres(np.arange(2), (28, 28)))
    >>> axes.get_yticks()
    array([13.5, 43.5])
    """
    axes.set_yticks(centres, names, fontsize=TICK_SIZE)
    axes.set_ylabel(subject)


def row_centres(rows: NDArray[np.int64], image_shape: tuple[int, int]) -> NDArray[np.float64]:
    """Return where, in pixels of the mosaic, the middle of each row of images is.

    >>> row_centres(np.arange(3), (28, 28))
    array([13.5, 43.5, 73.5])
    """
    return np.float64(image_shape[0] - 1) / 2 + (image_shape[0] + PAD) * rows


def label_width(names: Sequence[str], subject: str = "") -> float:
    """Return the margin, in inches, that row labels need.

    >>> label_width(("0", "1"), subject="label")
    0.36
    """
    return 0.16 + 0.06 * max(map(len, names)) + (0.14 if subject else 0)
