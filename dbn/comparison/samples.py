"""How good samples are: what a classifier calls them, how near they are to real images, how much they differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dbn.comparison.metrics import interval_percent, predictions
from dbn.data.intensity import Intensity, mean_visible
from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.generative.sampling import begin, gibbs, show
from dbn.models import AnyModel
from dbn.ops.numpy import Array, Rng

if TYPE_CHECKING:
    from dbn.data.dataset import Pixels

ROWS, REFERENCE_ROWS = 500, 5000
"""Images compared at a time: a table of their distances takes 10 MB."""


@dataclass(frozen=True)
class Agreement:
    """How many label-clamped samples a classifier gives the label that was clamped.

    Attributes
    ----------
    steps : tuple of int
        Gibbs steps before each look at the chains.
    counts : int array (looks, n_classes)
        Samples of each class that are classified as their label.
    per_class : int
        Samples of each class.

    >>> found = Agreement((10,), np.array([[3, 1]]), 4)
    >>> found.percent(), found.class_percent()
    (array([50.]), array([[75., 25.]]))
    """

    steps: tuple[int, ...]
    counts: Array
    per_class: int

    def percent(self) -> Array:
        """Share of all samples, in percent: (looks,)."""
        shares: Array = self.class_percent().mean(axis=1)
        return shares

    def class_percent(self) -> Array:
        """Share of each class's samples, in percent: (looks, n_classes)."""
        return 100 * self.counts / self.per_class

    def intervals(self) -> Array:
        """Exact 95 % intervals of `percent`: (looks, 2)."""
        n = self.per_class * self.counts.shape[1]
        return np.array([interval_percent(int(right), n) for right in self.counts.sum(axis=1)])

    def class_intervals(self) -> Array:
        """Exact 95 % intervals of `class_percent`: (looks, n_classes, 2)."""
        return np.array([[interval_percent(int(right), self.per_class) for right in row] for row in self.counts])


def agreement(
    dbn: DBN,
    classifier: AnyModel,
    steps: Sequence[int],
    per_class: int,
    rng: Rng,
    intensity: Intensity = "real",
) -> Agreement:
    """Ask a classifier what label-clamped samples show, after more and more Gibbs steps.

    Samples of one look are independent, each from a chain of its own that begins at noise; the looks are at the same
    chains.

    Parameters
    ----------
    dbn : DBN
        The net that generates, with labels.
    classifier : DBN or Network
        A model that was trained apart from it, if the answer is to mean much.
    steps : sequence of int
        Gibbs steps before each look, rising, from 1.
    per_class : int
        Chains of each label.
    rng : Rng
        Draws the samples.
    intensity : str
        How the classifier was shown pixels.

    Raises
    ------
    DbnError
        If the numbers are out of range, or the net was trained without labels.
    """
    if per_class < 1 or not steps or min(steps) < 1 or list(steps) != sorted(set(steps)):
        raise DbnError("give at least one sample a class, and rising numbers of Gibbs steps from 1")
    labels = np.repeat(np.arange(dbn.n_classes), per_class)
    first_h = begin(dbn, len(labels), rng, labels=labels)
    looks = []
    for step, (_, h) in enumerate(gibbs(dbn, first_h, steps[-1], rng, labels=labels), start=1):
        if step in steps:
            right = predictions(classifier.predict, show(dbn, h), intensity) == labels
            looks.append(right.reshape(dbn.n_classes, per_class).sum(axis=1))
    return Agreement(tuple(steps), np.stack(looks), per_class)


def nearest(images: Pixels, reference: Pixels) -> tuple[Array, Array]:
    """The Euclidean distance from each image to the nearest of `reference`, and which one that is.

    Samples that lie nearer to the training images than held-out images do have been learnt by heart; samples that lie
    farther off are no such images.

    Parameters
    ----------
    images, reference : arrays (n, pixels), (m, pixels)
        Grey values, from 0 to 255 if uint8 and otherwise from 0 to 1. They are compared in blocks.

    Returns
    -------
    distances, rows : arrays (n,), (n,)

    >>> nearest(np.array([[0.0, 1.0]]), np.array([[1.0, 1.0], [0.0, 0.5]]))
    (array([0.5]), array([1]))
    """
    distances, rows = np.full(len(images), np.inf), np.zeros(len(images), int)
    for at in range(0, len(images), ROWS):
        some = mean_visible(images[at : at + ROWS], "real")
        best, which = distances[at : at + ROWS], rows[at : at + ROWS]
        for start in range(0, len(reference), REFERENCE_ROWS):
            others = mean_visible(reference[start : start + REFERENCE_ROWS], "real")
            column = _squared_distances(some, others).argmin(axis=1)
            found = np.linalg.norm((some - others[column]).astype(np.float64), axis=1)  # without cancellation
            nearer = found < best
            best[nearer], which[nearer] = found[nearer], start + column[nearer]
    return distances, rows


def spread(images: Array, labels: Array, n_classes: int) -> Array:
    """Mean Euclidean distance between two different images of a class, for each class: (n_classes,).

    Parameters
    ----------
    images : array (n, pixels)
        Grey values, from 0 to 255 if uint8 and otherwise from 0 to 1.
    labels : int array (n,)
        Their classes; NaN is returned for a class of fewer than two images.

    >>> spread(np.array([[0.0], [1.0], [0.5]]), np.array([0, 0, 1]), 2)
    array([ 1., nan])
    """
    means = np.full(n_classes, np.nan)
    for label in range(n_classes):
        some = mean_visible(images[labels == label], "real").astype(np.float64)
        n = len(some)
        if n > 1:
            squares = (_squared_distances(some[at : at + ROWS], some) for at in range(0, n, ROWS))
            means[label] = sum(float(np.sqrt(block).sum()) for block in squares) / (n * (n - 1))
    return means


def _squared_distances(a: Array, b: Array) -> Array:
    """‖a‖² + ‖b‖² − 2 a bᵀ: (n, d), (m, d) -> (n, m)."""
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * (a @ b.T)
    return np.asarray(np.maximum(squares, 0))
