"""Splits by class: which images are tested, in an order where every stretch holds all classes."""

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def first_of_each(labels: NDArray[np.int64], n: int) -> Rows:
    """Return the rows of the first `n` images of each class, in their own order.

    Parameters
    ----------
    labels : int64 array (n_images,)
        The class of each image.
    n : int
        Images of each class; a class with fewer gives all of them.

    Examples
    --------
    >>> first_of_each(np.array([0, 0, 1, 0, 1]), 1).tolist()
    [0, 2]
    """
    of_class = [np.flatnonzero(labels == k)[:n] for k in np.unique(labels)]
    return np.sort(np.concatenate(of_class))


def split_by_class(labels: NDArray[np.int64], n_test: NDArray[np.int64]) -> tuple[Rows, Rows]:
    """Take the last `n_test[k]` images of each class k for testing and the others for training.

    Both are dealt out class by class (0, 1, …, 9, 0, 1, …), each class in its own order and a larger one more often, so
    that a prefix or suffix of either, such as a validation split, holds each class in its share. Nothing is drawn at
    random.

    Parameters
    ----------
    labels : int64 array (n,)
        The class of each image.
    n_test : int64 array (n_classes,)
        How many images of each class to test with.

    Returns
    -------
    train_rows, test_rows : int64 arrays
        Together each row of `labels` once.

    Examples
    --------
    >>> train, test = split_by_class(np.array([0, 0, 0, 1, 1, 1]), np.array([1, 1]))
    >>> train.tolist(), test.tolist()
    ([0, 3, 1, 4], [2, 5])
    >>> split_by_class(np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0]))[0].tolist()
    [0, 4, 1, 2, 5, 3]
    """
    of_class = [np.flatnonzero(labels == k) for k in range(len(n_test))]
    cuts = [len(rows) - n for rows, n in zip(of_class, n_test, strict=True)]
    train = [rows[:cut] for rows, cut in zip(of_class, cuts, strict=True)]
    test = [rows[cut:] for rows, cut in zip(of_class, cuts, strict=True)]
    return _deal(train), _deal(test)


def last_sixth(labels: NDArray[np.int64], n_classes: int) -> NDArray[np.int64]:
    """Count a sixth of each class, rounded down, but at least one where there are two: MNIST's 10,000 of 60,000.

    Parameters
    ----------
    labels : int64 array (n,)
    n_classes : int

    Returns
    -------
    int64 array (n_classes,)

    Examples
    --------
    >>> last_sixth(np.repeat([0, 1, 2], [12, 2, 1]), 3)
    array([2, 1, 0])
    """
    counts = np.bincount(labels, minlength=n_classes)
    return np.where(counts >= 2, np.maximum(counts // 6, 1), 0)


def _deal(of_class: list[Rows]) -> Rows:
    share_before = np.concatenate([(np.arange(len(rows)) + 0.5) / len(rows) for rows in of_class])
    return np.concatenate(of_class)[np.argsort(share_before, kind="stable")]
