"""How often a classifier is wrong while it learns, on whatever device."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from dbn import ops
from dbn.data.intensity import Intensity, mean_visible
from dbn.ops.numpy import Array

if TYPE_CHECKING:
    from dbn.data.dataset import Split

BLOCK, GPU_BLOCK = 200, 5000
"""Images that are classified at a time: temporaries stay in the cache; a GPU has work for all of its cores."""


def error_percent(predict: Callable[[Array], Array], data: Split, intensity: Intensity) -> float:
    """How often the labels that a model predicts are wrong, in percent.

    Parameters
    ----------
    predict : callable
        Visible states (n, pixels) to labels (n,), where the data are.
    data : Split
        Images, and their labels.
    intensity : str
        How pixels become visible states; sampled ones are replaced by their means.

    >>> import numpy as np
    >>> from dbn.data.dataset import Split
    >>> data = Split(np.array([[0], [255], [255]], np.uint8), np.array([0, 1, 0]))
    >>> round(error_percent(lambda v: v[:, 0] > 0.5, data, "real"), 1)
    33.3
    """
    wrong, many = 0, BLOCK if ops.of(data.labels) is ops.on("cpu") else GPU_BLOCK
    for at in range(0, len(data), many):
        block = data[slice(at, at + many)]
        wrong += (predict(mean_visible(block.images, intensity)) != block.labels).sum()
    return 100 * int(wrong) / len(data)
