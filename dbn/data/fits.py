"""Whether data are of the kind that a model takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dbn.errors import DbnError

if TYPE_CHECKING:
    from dbn.data.dataset import Split


def check_fits(data: Split | None, n_pixels: int, n_classes: int) -> None:
    """Refuse images or labels that a model cannot take.

    Parameters
    ----------
    data : Split or None
        Images and labels; None is nothing to refuse.
    n_pixels, n_classes : int
        Pixels and classes of the model; with 0 classes it has no use for labels, and takes any.

    Raises
    ------
    DbnError
        When there is no image, an image has another number of pixels, or a label is none of the classes.

    Examples
    --------
    >>> import numpy as np
    >>> from dbn.data.dataset import Split
    >>> check_fits(Split(np.zeros((1, 4), np.uint8), np.array([9])), 4, 10)
    """
    if data is None:
        return
    if not len(data):
        raise DbnError("there is not a single image; give at least one, or None where images may be left out")
    pixels, highest = data.images.shape[1], int(data.labels.max(initial=0))
    if pixels != n_pixels:
        raise DbnError(f"the model takes {n_pixels} pixels, these images have {pixels}; use its own data set")
    if 0 < n_classes <= highest:
        raise DbnError(f"the model knows labels up to {n_classes - 1}, not {highest}; use its own data set")
