"""Nearest neighbours under L2 and L3, and their vote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dbn.data.intensity import mean_visible
from dbn.errors import DbnError
from dbn.ops.numpy import Array

if TYPE_CHECKING:
    from dbn.data.dataset import Pixels

QUERIES, COLUMNS = 500, 512
"""Images whose distances to all others are held at a time, and others in a block that stays in the cache."""


def neighbours(train: Pixels, images: Pixels, k: int, power: int) -> Array:
    """Find the `k` training images nearest to each image, under the distance (Σ_i |x_i − y_i|^p)^(1/p).

    Parameters
    ----------
    train : array (m, d)
        Images to find; at least `k`.
    images : array (n, d)
        Images to find neighbours of.
    k : int
        How many, the nearest first.
    power : {2, 3}
        p. Scikit-learn finds those under L2; its search under L3 takes an hour where the one here takes minutes.

    Returns
    -------
    int array (n, k)
        Rows of `train`.

    Raises
    ------
    DbnError
        If the power is another, or there are fewer than `k` training images.

    >>> dots = np.array([[0.0, 0.0], [0.6, 0.6], [0.8, 0.0]], np.float32)
    >>> neighbours(dots, dots[:1], 2, power=2), neighbours(dots, dots[:1], 2, power=3)
    (array([[0, 2]]), array([[0, 1]]))
    """
    if power not in (2, 3):
        raise DbnError(f"no search for neighbours under L{power}; choose 2 or 3")
    if not 1 <= k <= len(train):
        raise DbnError(f"{len(train)} training images do not have {k} nearest ones; choose 1 to {len(train)}")
    x, queries = mean_visible(train, "real"), mean_visible(images, "real")
    if power == 3:
        return _nearest_l3(x, queries, k)
    from sklearn.neighbors import NearestNeighbors  # slow to import

    found: Array = NearestNeighbors(algorithm="brute").fit(x).kneighbors(queries, k, return_distance=False)
    return found


def vote(labels: Array) -> Array:
    """Take the class that most neighbours have: (n, k), the nearest first -> (n,).

    Of classes with as many neighbours, the one with the nearer neighbour wins; with k = 2, this is the nearest one's.

    >>> vote(np.array([[1, 2, 2], [3, 1, 2]]))
    array([2, 3])
    """
    rows = np.arange(len(labels))
    counts = np.zeros((len(labels), labels.max(initial=0) + 1), int)
    for column in labels.T:
        counts[rows, column] += 1
    most = counts.max(axis=1, keepdims=True)
    first = (np.take_along_axis(counts, labels, axis=1) == most).argmax(axis=1)
    result: Array = labels[rows, first]
    return result


def _nearest_l3(x: Array, queries: Array, k: int) -> Array:
    # Most pixels of a digit are 0, and where a query's are, |x − 0|³ = x³ summed over pixels is a matrix product.
    blocks = [np.ascontiguousarray(x[at : at + COLUMNS].T) for at in range(0, len(x), COLUMNS)]
    found = np.empty((len(queries), k), int)
    for at in range(0, len(queries), QUERIES):
        some = queries[at : at + QUERIES]
        distances = np.concatenate([_cubes(block, some) for block in blocks], axis=1)
        nearest = np.sort(np.argpartition(distances, k - 1, axis=1)[:, :k], axis=1)
        order = np.take_along_axis(distances, nearest, axis=1).argsort(axis=1, kind="stable")
        found[at : at + QUERIES] = np.take_along_axis(nearest, order, axis=1)
    return found


def _cubes(block: Array, queries: Array) -> Array:
    """Σ_i |x_i − y_i|³ from float32 columns (d, m) to rows (n, d): -> (n, m)."""
    sums: Array = (queries == 0).astype(np.float32) @ block**3
    differences, squares = np.empty_like(block), np.empty_like(block)
    for y, out in zip(queries, sums, strict=True):
        on = y.nonzero()[0]
        d, square = differences[: len(on)], squares[: len(on)]
        np.subtract(block[on], y[on, None], out=d)
        np.multiply(d, d, out=square)
        np.abs(d, out=d)
        square *= d
        out += square.sum(axis=0)
    return sums
