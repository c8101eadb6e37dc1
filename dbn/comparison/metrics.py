"""How often a classifier is wrong, and how sure we can be of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from dbn.data.intensity import Intensity, mean_visible
from dbn.ops.numpy import Array

if TYPE_CHECKING:
    from dbn.data.dataset import Pixels

BLOCK = 200
"""Images classified at a time: temporaries stay in the cache."""


def predictions(predict: Callable[[Array], Array], images: Pixels, intensity: Intensity = "real") -> Array:
    """Guess the label of every image, in blocks; sampled intensities are replaced by their means.

    Parameters
    ----------
    predict : callable
        A model's `predict`, visible states (n, pixels) to labels (n,), or its `predict_proba`.
    images : array (n, pixels)
        Pixels.
    intensity : str
        How the model was shown pixels.

    Returns
    -------
    array (n,), or (n, n_classes) of probabilities
    """
    blocks = [predict(mean_visible(images[at : at + BLOCK], intensity)) for at in range(0, len(images), BLOCK)]
    return np.concatenate(blocks)


def error_percent(guesses: Array, labels: Array) -> float:
    """Share of wrong guesses in percent.

    >>> error_percent(np.array([1, 2, 3, 4]), np.array([1, 2, 3, 5]))
    25.0
    """
    return 100 * int((guesses != labels).sum()) / len(labels)


def interval_percent(wrong: int, n: int) -> tuple[float, float]:
    """95 % interval of an error rate in percent, exact (Clopper & Pearson 1934).

    >>> low, high = interval_percent(125, 10_000)
    >>> round(low, 2), round(high, 2)
    (1.04, 1.49)
    """
    from scipy.stats import binomtest

    interval = binomtest(wrong, n).proportion_ci(confidence_level=0.95, method="exact")
    return 100 * float(interval.low), 100 * float(interval.high)


def confusion_matrix(labels: Array, guesses: Array, n_classes: int) -> Array:
    """Counts (n_classes, n_classes): row = true class, column = guess.

    >>> confusion_matrix(np.array([0, 1, 1]), np.array([0, 0, 1]), 2)
    array([[1, 0],
           [1, 1]])
    """
    return np.bincount(labels.astype(int) * n_classes + guesses, minlength=n_classes**2).reshape(n_classes, n_classes)
