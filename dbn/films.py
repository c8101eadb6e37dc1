"""Gibbs chains as animated GIFs. The same frames give the same bytes; a crash leaves the old file or the new one."""

import io
import struct
from pathlib import Path

from numpy.typing import ArrayLike

from dbn import atomic
from dbn.errors import DbnError
from dbn.images import PAD, check_images, grid, scaled

GIF_SIDE = 65_535
"""Pixels of a GIF at most."""

LAST = 2000
"""Milliseconds for which the last picture is shown."""


def save_gif(
    path: str | Path,
    frames: ArrayLike,
    image_shape: tuple[int, int],
    columns: int,
    milliseconds: int = 100,
    scale: int = 1,
) -> None:
    """Write Gibbs chains to an endlessly repeated GIF: one picture per step, a grid of the chains, ink on paper.

    Values survive to within 1/510. A picture equal to the one before it is stored as a longer stay on that one. The
    last one stays for two seconds.

    Parameters
    ----------
    frames : array_like, shape (steps, n_chains, height * width), with (height, width) = image_shape
        Grey values in [0, 1].
    columns, milliseconds, scale : int
        Chains in a row of the grid; time of each step, a multiple of 10; screen pixels per pixel.

    Raises
    ------
    DbnError
        As `grid`; or the chains are too many, `milliseconds` is no positive multiple of 10, `scale` < 1, or the file
        cannot be written.

    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_gif(f"{folder}/chain.gif", [[[0.0]], [[0.5]], [[1.0]]], (1, 1), columns=1)
    ...     with Image.open(f"{folder}/chain.gif") as film:
    ...         film.n_frames
    3
    """
    steps = check_images(frames, image_shape, ("steps", "chains", "pixels"))
    if milliseconds < 10 or milliseconds % 10:
        raise DbnError(f"milliseconds={milliseconds}; GIF counts hundredths of a second: give 10, 20, ...")
    first, *rest = [scaled(grid(step, image_shape, columns), scale) for step in steps]
    check_gif(steps.shape[1], image_shape, columns, scale)
    buffer = io.BytesIO()
    try:
        first.save(
            buffer, "GIF", save_all=True, append_images=rest, duration=[milliseconds] * len(rest) + [LAST], loop=0
        )
    except (OverflowError, struct.error) as error:  # which of them is up to Pillow
        raise DbnError(
            "a picture of a GIF stays for 655 seconds at most; show fewer steps, or each for less"
        ) from error
    atomic.write(Path(path), buffer.getvalue())


def check_gif(n_chains: int, image_shape: tuple[int, int], columns: int, scale: int = 1) -> None:
    """Refuse more chains than `save_gif` has room for, before hours are spent on them; DbnError.

    >>> check_gif(30_000, (28, 28), columns=3_000)
    Traceback (most recent call last):
    ...
    dbn.errors.DbnError: 30000 chains, 3000 in a row, do not fit into a GIF; show fewer
    """
    rows = -(-n_chains // columns)
    if (max(rows * (image_shape[0] + PAD), columns * (image_shape[1] + PAD)) - PAD) * scale > GIF_SIDE:
        raise DbnError(f"{n_chains} chains, {columns} in a row, do not fit into a GIF; show fewer")
