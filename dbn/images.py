"""Arrays to picture files: mosaics of images, PNG files, saved figures.

Every file is written under a temporary name in its own folder and then renamed, so that a crash leaves
the old file or the new one. The same arrays give the same bytes: no date is stored.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from dbn import atomic
from dbn.errors import DbnError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAD = 2  # pixels between the images of a grid
GAP = 0.25  # ink between the images of a grid, seen against white paper and against black strokes
DOTS_PER_INCH = 150
MOST_DOTS = 80_000_000  # of a figure


def check_array(values: ArrayLike, name: str, axes: Sequence[str]) -> NDArray[np.float64]:
    """Return `values` as float64, having made sure of their axes and that every one is finite.

    Parameters
    ----------
    values : array_like
        Numbers with one axis for each entry of `axes`, none of length zero.
    name, axes : str and sequence of str
        What the values are and what each axis counts, for the error's sentence.

    Raises
    ------
    DbnError
        The shape is wrong, the array is empty, or a value is NaN or infinite.

    >>> check_array([[1, 2]], "weights", ("visible", "hidden"))
    array([[1., 2.]])
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DbnError(f"the {name} are not a table of numbers: {error}; pass one NumPy array") from error
    if array.ndim != len(axes) or array.size == 0:
        raise DbnError(f"the {name} have shape {array.shape}; pass a filled array ({', '.join(axes)})")
    if not np.isfinite(array).all():
        bad = int(array.size - np.isfinite(array).sum())
        raise DbnError(f"{bad} of the {name} are NaN or infinite; find where the run diverged, or drop them")
    return array


def check_images(
    images: ArrayLike, image_shape: tuple[int, int], axes: Sequence[str] = ("images", "pixels")
) -> NDArray[np.float64]:
    """Return `images` as float64, having made sure that they are flat grey images in [0, 1].

    Parameters
    ----------
    images : array_like, shape (..., height * width), with (height, width) = image_shape
        Grey values in [0, 1]; `axes` names the axes.

    Raises
    ------
    DbnError
        As `check_array`; or a row is not one image of `image_shape`, or a value is outside [0, 1].

    >>> check_images([[0, 1, 1, 0]], (2, 2)).shape
    (1, 4)
    """
    array = check_array(images, "images", axes)
    height, width = image_shape
    if array.shape[-1] != height * width:
        raise DbnError(
            f"an image has {array.shape[-1]} pixels, not the {height * width} of {height}×{width}; "
            "pass the data set's own image_shape and leave label units out"
        )
    low, high = array.min(), array.max()
    if low < 0 or high > 1:
        raise DbnError(f"the grey values run from {low:g} to {high:g}; scale them to [0, 1] (divide bytes by 255)")
    return array


def mosaic(
    images: NDArray[np.float64], image_shape: tuple[int, int], columns: int, pad: int, gap: float
) -> NDArray[np.float64]:
    """Lay flat images out in rows of `columns`, `pad` pixels of `gap` between neighbours, none at the rim.

    Parameters
    ----------
    images : array, shape (n, height * width), with (height, width) = image_shape
        Any numbers; places left over in the last row are filled with `gap`.

    Returns
    -------
    array, shape (rows * (height + pad) - pad, columns * (width + pad) - pad)

    >>> mosaic(np.array([[1.0], [2.0], [3.0]]), (1, 1), columns=2, pad=0, gap=0.0)
    array([[1., 2.],
           [3., 0.]])
    """
    height, width = image_shape
    tall, broad = height + pad, width + pad
    rows = -(-len(images) // columns)
    tiles = np.full((rows * columns, tall, broad), gap)
    tiles[: len(images), :height, :width] = images.reshape(-1, height, width)
    picture = tiles.reshape(rows, columns, tall, broad).swapaxes(1, 2).reshape(rows * tall, columns * broad)
    return picture[: rows * tall - pad, : columns * broad - pad]


def grid(images: ArrayLike, image_shape: tuple[int, int], columns: int, pad: int = PAD) -> NDArray[np.uint8]:
    """Lay images out in rows of `columns` as one grey picture, ink on paper: what is 1 in an image is black.

    Parameters
    ----------
    images : array_like, shape (n, height * width), with (height, width) = image_shape
        Grey values in [0, 1].
    columns, pad : int
        Images in a row, and pixels of light grey between neighbours.

    Returns
    -------
    uint8 array, shape (rows * (height + pad) - pad, columns * (width + pad) - pad), 0 black and 255 white

    Raises
    ------
    DbnError
        The images are not flat grey images in [0, 1], `columns` < 1 or `pad` < 0.

    >>> grid([[0.0, 1.0], [1.0, 0.0]], (1, 2), columns=2, pad=1)
    array([[255,   0, 191,   0, 255]], dtype=uint8)
    """
    array = check_images(images, image_shape)
    if columns < 1 or pad < 0:
        raise DbnError(f"columns={columns}, pad={pad}: give at least 1 column and no negative pad")
    return (255 - np.rint(255 * mosaic(array, image_shape, columns, pad, GAP))).astype(np.uint8)


def save_png(path: str | Path, array: NDArray[np.uint8], scale: int = 1) -> None:
    """Write a grey picture (height, width), as `grid` returns it, to a PNG file, a pixel as a square of `scale`².

    Raises
    ------
    DbnError
        The array is no grey picture, `scale` < 1, or the file cannot be written.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_png(f"{folder}/dot.png", np.zeros((2, 3), np.uint8), scale=4)
    ...     with Image.open(f"{folder}/dot.png") as picture:
    ...         picture.size
    (12, 8)
    """
    if array.dtype != np.uint8 or array.ndim != 2 or array.size == 0:
        raise DbnError(f"a picture of {array.dtype} with shape {array.shape}; pass what dbn.images.grid returns")
    buffer = io.BytesIO()
    scaled(array, scale).save(buffer, "PNG", optimize=True)
    atomic.write(Path(path), buffer.getvalue())


def scaled(array: NDArray[np.uint8], scale: int) -> Image.Image:
    """Return a grey picture for Pillow, each pixel a square of `scale` by `scale`; DbnError if that is less than 1.

    >>> scaled(np.zeros((2, 3), np.uint8), 4).size
    (12, 8)
    """
    if scale < 1:
        raise DbnError(f"scale={scale}; give a whole number of screen pixels per pixel, at least 1")
    return Image.fromarray(array.repeat(scale, axis=0).repeat(scale, axis=1))


def save_figure(figure: "Figure", path: str | Path) -> None:
    """Write a figure to a PNG file at 150 dots per inch; the same figure gives the same bytes.

    Raises
    ------
    DbnError
        The path does not end in .png, the figure is too large, or the file cannot be written.

    >>> import tempfile
    >>> from matplotlib.figure import Figure
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_figure(Figure(figsize=(2, 1)), f"{folder}/blank.png")
    ...     with Image.open(f"{folder}/blank.png") as picture:
    ...         picture.size
    (300, 150)
    """
    if Path(path).suffix.lower() != ".png":
        raise DbnError(f"{path}: figures are saved as .png; for a vector format call figure.savefig yourself")
    if np.prod(figure.get_size_inches() * DOTS_PER_INCH) > MOST_DOTS:
        raise DbnError(f"{path} would be a picture of more than {MOST_DOTS:,} dots; show less in it")
    import matplotlib as mpl

    drawn = io.BytesIO()
    with mpl.rc_context():
        mpl.rcdefaults()  # whatever the user's own matplotlibrc says
        figure.savefig(drawn, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    buffer = io.BytesIO()
    with Image.open(drawn) as picture:
        opaque = picture.convert("RGB")
    few_colours = opaque.getcolors(256) is not None
    (opaque.quantize(256, dither=Image.Dither.NONE) if few_colours else opaque).save(buffer, "PNG", optimize=True)
    atomic.write(Path(path), buffer.getvalue())
