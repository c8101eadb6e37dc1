"""In which order a learner sees its examples: shuffled anew each epoch, all classes evenly if it wants."""

from __future__ import annotations

import numpy as np

from dbn import ops
from dbn.ops.numpy import Array, Rng


class Shuffled:
    """What a learner inherits to have its examples shuffled.

    Attributes
    ----------
    device : str
        Where the order is wanted; see `dbn.training.device`.
    strata : int array (n_examples,) or None
        Labels that every mini-batch shall hold in the proportions of the whole: with equally many examples of each of
        10 classes, batches of 100 have 10 of each (Hinton, Osindero & Teh 2006, section 6).

    >>> learner = Shuffled()
    >>> learner.seed, learner.name, learner.n_examples = 0, "toy", 6
    >>> learner.strata = np.array([0, 0, 0, 1, 1, 1])
    >>> order = learner.order(epoch=0)
    >>> learner.strata[order].reshape(3, 2).sum(axis=1)
    array([1, 1, 1])
    """

    seed: int
    name: str
    n_examples: int
    device: str = "cpu"
    strata: Array | None = None

    def order(self, epoch: int) -> Array:
        """Return the rows 0 … n_examples − 1 in the order of `epoch` (counted from 0)."""
        result: Array = ops.on(self.device).from_numpy(self._order(epoch), self.device)
        return result

    def _order(self, epoch: int) -> Array:
        rng = Rng(self.seed, f"{self.name}/order/{epoch}")
        order = rng.permutation(self.n_examples)
        if self.strata is None:
            return order
        labels = self.strata[order]
        place = np.empty(self.n_examples)
        for label in np.unique(labels):
            rows = np.flatnonzero(labels == label)
            place[rows] = (np.arange(len(rows)) + rng.uniform((len(rows),))) / len(rows)
        result: Array = order[np.argsort(place, kind="stable")]
        return result
