"""What a model makes of images: reconstructions, label-clamped samples, mistakes.

Images are drawn as ink on paper: 0 is white, 1 is black.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from dbn.errors import DbnError
from dbn.figures.style import TICK_SIZE, house_style, label_rows, label_width, picture_figure, row_centres, tile
from dbn.images import PAD, check_array, check_images

COLUMNS = 10
INK = ("gray_r", (0.0, 1.0))
ROWS = ("data", "model")


@house_style
def reconstructions(originals: ArrayLike, reconstructions: ArrayLike, image_shape: tuple[int, int]) -> Figure:
    """Draw each image above what the model makes of it, ten pairs in a row.

    Parameters
    ----------
    originals, reconstructions : array_like, shape (n, height * width)
        Grey values in [0, 1].
    image_shape : (int, int)
        Height and width, in pixels.

    Raises
    ------
    DbnError
        The images are not flat grey images in [0, 1], or the two differ in number.

    >>> figure = reconstructions(np.zeros((12, 4)), np.ones((12, 4)), (2, 2))
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['data', 'model', 'data', 'model']
    """
    data, model = check_images(originals, image_shape), check_images(reconstructions, image_shape)
    if len(data) != len(model):
        raise DbnError(f"{len(data)} originals but {len(model)} reconstructions; pass one for each")
    columns = min(len(data), COLUMNS)
    bands = -(-len(data) // columns)
    padded = np.full((2, bands * columns, data.shape[1]), np.nan)
    padded[0, : len(data)], padded[1, : len(data)] = data, model
    pairs = padded.reshape(2, bands, columns, -1).swapaxes(0, 1)
    space = -(-image_shape[0] // 4)  # blank rows that set one band of pairs off from the next
    picture = np.vstack(
        [np.pad(tile(band.reshape(2 * columns, -1), image_shape, columns), ((0, space), (0, 0))) for band in pairs]
    )
    figure, axes = picture_figure(picture[:-space], image_shape, *INK, left=label_width(ROWS))
    rows = np.arange(2 * bands)
    label_rows(axes, ROWS * bands, row_centres(rows, image_shape) + (space - PAD) * (rows // 2))
    axes.set_title(f"{len(data)} images and their reconstructions")
    return figure


@house_style
def class_samples(
    samples: ArrayLike, image_shape: tuple[int, int], title: str, names: Sequence[str] | None = None
) -> Figure:
    """Draw samples from p(v | label), one class a row.

    Parameters
    ----------
    samples : array_like, shape (n_classes, n_per_class, height * width)
        Grey values in [0, 1], drawn with the label units clamped to the row's class.
    image_shape : (int, int)
        Height and width, in pixels.
    title : str
        How they were drawn.
    names : sequence of str, optional
        The classes' names; 0, 1, 2, ... without them.

    Raises
    ------
    DbnError
        The samples are not grey images in [0, 1], or there is not one name for each class.

    >>> figure = class_samples(np.zeros((2, 3, 4)), (2, 2), "Samples", names=("zero", "one"))
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['zero', 'one']
    """
    array = check_images(samples, image_shape, ("classes", "samples", "pixels"))
    n_classes, n_per_class, n_pixels = array.shape
    names = tuple(map(str, range(n_classes))) if names is None else tuple(names)
    if len(names) != n_classes:
        raise DbnError(f"{len(names)} names for {n_classes} classes; give one for each")
    picture = tile(array.reshape(-1, n_pixels), image_shape, n_per_class)
    figure, axes = picture_figure(picture, image_shape, *INK, left=label_width(names, "label"))
    label_rows(axes, names, row_centres(np.arange(n_classes), image_shape), "label")
    axes.set_title(title)
    return figure


@house_style
def gallery(images: ArrayLike, image_shape: tuple[int, int], title: str) -> Figure:
    """Draw images, ten in a row.

    Parameters
    ----------
    images : array_like, shape (n, height * width)
        Grey values in [0, 1].
    image_shape : (int, int)
        Height and width, in pixels.
    title : str
        What they are.

    Raises
    ------
    DbnError
        The images are not flat grey images in [0, 1].

    >>> gallery(np.zeros((12, 4)), (2, 2), "Samples").axes[0].get_title("left")
    'Samples'
    """
    array = check_images(images, image_shape)
    figure, axes = picture_figure(tile(array, image_shape, min(len(array), COLUMNS)), image_shape, *INK)
    axes.set_title(title)
    return figure


@house_style
def errors(
    images: ArrayLike,
    labels: ArrayLike,
    guesses: ArrayLike,
    image_shape: tuple[int, int],
    limit: int = 50,
) -> Figure:
    """Draw the misclassified images, each under "label→guess", in the order in which they come.

    Parameters
    ----------
    images : array_like, shape (n, height * width)
        All cases, right and wrong: grey values in [0, 1].
    labels, guesses : array_like of int, shape (n,)
        True and guessed class of each case.
    image_shape : (int, int)
        Height and width, in pixels.
    limit : int
        Images drawn, at most.

    Raises
    ------
    DbnError
        The images are not grey images in [0, 1], the lengths differ, `limit` < 1, or nothing is
        misclassified.

    >>> figure = errors([[1.0], [0.5], [0.0]], [4, 7, 2], [9, 7, 2], (1, 1))
    >>> figure.axes[0].get_title("left"), figure.axes[0].texts[0].get_text()
    ('1 error in 3 cases (label→guess)', '4→9')
    """
    array = check_images(images, image_shape)
    truth = check_array(labels, "labels", ("cases",)).astype(int)
    guess = check_array(guesses, "guesses", ("cases",)).astype(int)
    if not len(array) == len(truth) == len(guess):
        raise DbnError(f"{len(array)} images, {len(truth)} labels, {len(guess)} guesses; pass one of each per case")
    if limit < 1:
        raise DbnError(f"limit={limit}; give at least 1")
    wrong = np.flatnonzero(truth != guess)
    if not len(wrong):
        raise DbnError("no case is misclassified, so there is nothing to draw; pass more cases")
    title = f"{len(wrong):,} {'error' if len(wrong) == 1 else 'errors'} in {len(truth):,} cases (label→guess)"
    shown = wrong[:limit]
    texts = [f"{truth[case]}→{guess[case]}" for case in shown]
    return _cases(
        array[shown], texts, image_shape, title if len(shown) == len(wrong) else f"{title}: the first {len(shown)}"
    )


@house_style
def close_calls(
    images: ArrayLike, labels: ArrayLike, probabilities: ArrayLike, image_shape: tuple[int, int], within: float = 0.3
) -> Figure:
    """Draw the images that are classified rightly, but whose second guess is nearly as probable.

    Each stands under "label (second guess)".

    Parameters
    ----------
    images : array_like, shape (n, height * width)
        All cases: grey values in [0, 1].
    labels : array_like of int, shape (n,)
        True classes.
    probabilities : array_like, shape (n, n_classes)
        Of each class, at least two of them.
    image_shape : (int, int)
        Height and width, in pixels.
    within : float
        Two probabilities are close if they differ by less.

    Raises
    ------
    DbnError
        The images are not grey images in [0, 1], the lengths differ, or no case is close.

    >>> figure = close_calls([[1.0], [0.5]], [0, 1], [[0.6, 0.4], [0.1, 0.9]], (1, 1))
    >>> figure.axes[0].get_title("left"), figure.axes[0].texts[0].get_text()
    ('1 of 2 right guesses with a second guess (in brackets) less than 0.3 behind', '0 (1)')
    """
    array = check_images(images, image_shape)
    truth = check_array(labels, "labels", ("cases",)).astype(int)
    p = check_array(probabilities, "probabilities", ("cases", "classes"))
    if not len(array) == len(truth) == len(p) or p.shape[1] < 2:
        raise DbnError(
            f"{len(array)} images, {len(truth)} labels, probabilities {p.shape}; "
            "pass one of each per case, and at least two classes"
        )
    second, best = np.argsort(p, axis=1)[:, -2:].T
    cases = np.arange(len(p))
    right = best == truth
    close = np.flatnonzero(right & (p[cases, best] - p[cases, second] < within))
    if not len(close):
        raise DbnError("no right guess has a second guess so close, so there is nothing to draw; pass more cases")
    texts = [f"{truth[case]} ({second[case]})" for case in close]
    title = (
        f"{len(close):,} of {right.sum():,} right guesses with a second guess (in brackets) less than {within:g} behind"
    )
    return _cases(array[close], texts, image_shape, title)


def _cases(images: NDArray[Any], texts: Sequence[str], image_shape: tuple[int, int], title: str) -> Figure:
    """Draw images (n, pixels), ten a row, each under its text."""
    columns = min(len(images), COLUMNS)
    # White rows above each image, and columns beside a narrow one, hold its text: texts and images stay one mosaic.
    height, width = image_shape[0], max(image_shape[1], -(-3 * image_shape[0] // 4))
    margin, beside = -(-height // 4), (width - image_shape[1]) // 2
    cases = np.zeros((len(images), height + margin, width))
    cases[:, margin:, beside : beside + image_shape[1]] = images.reshape(-1, *image_shape)
    picture = tile(cases.reshape(len(images), -1), (height + margin, width), columns)
    figure, axes = picture_figure(picture, image_shape, *INK)
    for place, text in enumerate(texts):
        row, column = divmod(place, columns)
        x = (width - 1) / 2 + column * (width + PAD)
        y = row * (height + margin + PAD) + margin - 1
        axes.text(x, y, text, ha="center", va="bottom", fontsize=TICK_SIZE)
    axes.set_title(title)
    return figure
