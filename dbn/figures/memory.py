"""What the associative memory has in mind: chains from left to right, completed images, the free-energy landscape.

Images are drawn as ink on paper: 0 is white, 1 is black.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter
from matplotlib.typing import LineStyleType
from numpy.typing import ArrayLike

from dbn.errors import DbnError
from dbn.figures.pictures import INK
from dbn.figures.style import (
    DASHES,
    PAGE,
    PALETTE,
    TICK_SIZE,
    colour_and_dash,
    house_style,
    label_rows,
    label_width,
    new_figure,
    picture_figure,
    row_centres,
    tile,
)
from dbn.images import PAD, check_array, check_images

UNKNOWN = 0.35  # a grey that ink on paper seldom has over a whole area


@house_style
def film_strip(
    frames: ArrayLike,
    image_shape: tuple[int, int],
    steps: Sequence[int],
    names: Sequence[str] | None = None,
) -> Figure:
    """Draw Gibbs chains through time: one chain a row, its images under the steps after which they were seen.

    Parameters
    ----------
    frames : array_like, shape (n_frames, n_chains, height * width)
        Grey values in [0, 1].
    image_shape : (int, int)
        Height and width, in pixels.
    steps : sequence of int
        Gibbs steps before each frame.
    names : sequence of str, optional
        The chains' labels; 0, 1, 2, ... without them.

    Raises
    ------
    DbnError
        The frames are not grey images in [0, 1], or there is not one step a frame or one name a chain.

    >>> figure = film_strip(np.zeros((3, 2, 4)), (2, 2), steps=(0, 20, 40))
    >>> [label.get_text() for label in figure.axes[0].get_xticklabels()]
    ['0', '20', '40']
    """
    array = check_images(frames, image_shape, ("frames", "chains", "pixels"))
    n_frames, n_chains, n_pixels = array.shape
    names = tuple(map(str, range(n_chains))) if names is None else tuple(names)
    if len(steps) != n_frames or len(names) != n_chains:
        raise DbnError(
            f"{len(steps)} steps and {len(names)} names for {n_frames} frames of {n_chains} chains; "
            "give one step a frame and one name a chain"
        )
    picture = tile(array.swapaxes(0, 1).reshape(-1, n_pixels), image_shape, n_frames)
    figure, axes = picture_figure(picture, image_shape, *INK, left=label_width(names, "label"), top=0.55)
    label_rows(axes, names, row_centres(np.arange(n_chains), image_shape), "label")
    centres = (image_shape[1] - 1) / 2 + (image_shape[1] + PAD) * np.arange(n_frames)
    axes.set_xticks(centres, [f"{step:,}" for step in steps], fontsize=TICK_SIZE)
    axes.tick_params(axis="x", top=True, labeltop=True, bottom=False, labelbottom=False)
    axes.set_xlabel("Gibbs steps", loc="left")
    axes.xaxis.set_label_position("top")
    axes.set_title("Gibbs chains, from left to right")
    return figure


@house_style
def completions(originals: ArrayLike, known: ArrayLike, completed: ArrayLike, image_shape: tuple[int, int]) -> Figure:
    """Draw images, under each what was seen of it, and under that how it was completed.

    Parameters
    ----------
    originals : array_like, shape (n, height * width)
        Grey values in [0, 1].
    known : array_like of bool, shape (height * width,)
        The pixels that were seen; the others are drawn grey.
    completed : array_like, shape (n_completions, n, height * width)
        Grey values in [0, 1].
    image_shape : (int, int)
        Height and width, in pixels.

    Raises
    ------
    DbnError
        The images are not grey images in [0, 1], or do not fit each other.

    >>> figure = completions(np.zeros((3, 4)), [True, True, False, False], np.ones((2, 3, 4)), (2, 2))
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['whole', 'seen', 'completed', 'completed']
    """
    whole = check_images(originals, image_shape)
    filled = check_images(completed, image_shape, ("completions", "images", "pixels"))
    mask = check_array(known, "known pixels", ("pixels",)).astype(bool)
    if filled.shape[1:] != whole.shape or mask.shape != whole.shape[1:]:
        raise DbnError(
            f"originals {whole.shape}, known pixels {mask.shape} and completions {filled.shape} do not fit; "
            "give every completion of the same images, and one mask for all"
        )
    rows = np.concatenate([whole[None], np.where(mask, whole, UNKNOWN)[None], filled])
    names = ("whole", "seen", *["completed"] * len(filled))
    picture = tile(rows.reshape(-1, whole.shape[1]), image_shape, len(whole))
    figure, axes = picture_figure(picture, image_shape, *INK, left=label_width(names))
    label_rows(axes, names, row_centres(np.arange(len(rows)), image_shape))
    axes.set_title(f"{len(filled)} completions of each image, from the pixels that are seen")
    return figure


@house_style
def ravines(chains: Mapping[str, ArrayLike], lines: Mapping[str, ArrayLike]) -> Figure:
    """Draw the free energy along Gibbs chains, and along straight lines between two images.

    Parameters
    ----------
    chains : mapping of name to array_like, shape (n_steps,)
        Free energies in nats after each step, from the first.
    lines : mapping of name to array_like, shape (n_points,)
        Free energies in nats from one end of a line to the other.

    Raises
    ------
    DbnError
        There is no chain or no line, or a free energy is NaN or infinite.

    >>> figure = ravines({"label 3": [-1.0, -3.0]}, {"3 to 8": [0.0, 2.0, 0.0]})
    >>> [axes.get_title("left") for axes in figure.axes]
    ['Along Gibbs chains', 'Along lines between two images']
    """
    if not chains or not lines:
        raise DbnError("no free energies to draw; pass at least one chain and one line")
    figure = new_figure(PAGE, 2.6)
    left, right = figure.subplots(1, 2)
    for rank, (name, energies) in enumerate(chains.items()):
        values = check_array(energies, f"free energies of {name}", ("steps",))
        _line(left, np.arange(1, len(values) + 1), values, name, *colour_and_dash(rank))
    for rank, (name, energies) in enumerate(lines.items()):
        values = check_array(energies, f"free energies of {name}", ("points",))
        # Dashes let a line be seen under another: the least free energy of all labels is that of one of them.
        _line(
            right,
            np.linspace(0, 1, len(values)),
            values,
            name,
            PALETTE[rank % len(PALETTE)],
            DASHES[rank % len(DASHES)],
        )
    left.set_title("Along Gibbs chains")
    left.set_xscale("log")
    left.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    left.set_xlabel("Gibbs steps")
    right.set_title("Along lines between two images")
    right.set_xlabel("way from the first to the second")
    for axes in (left, right):
        axes.set_ylabel("free energy (nats)")
        axes.tick_params(labelsize=TICK_SIZE)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=3)
    return figure


def _line(axes: Axes, x: ArrayLike, y: ArrayLike, name: str, colour: str, dash: LineStyleType) -> None:
    axes.plot(x, y, color=colour, linestyle=dash, label=name, linewidth=0.9)
