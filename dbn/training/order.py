"""In which order a learner sees its examples: shuffled anew each epoch, all classes evenly if it wants."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from dbn import ops
from dbn.ops.numpy import Array, Rng
from dbn.training.ranks import ALONE, Ranks

if TYPE_CHECKING:
    from dbn.data.streamed import Blocks


class Shuffled:
    """What a learner inherits to have its examples shuffled.

    Attributes
    ----------
    device : str
        Where the order is wanted; see `dbn.training.device`.
    strata : int array (n_examples,) or None
        Labels that every mini-batch shall hold in the proportions of the whole: with equally many examples of each of
        10 classes, batches of 100 have 10 of each (Hinton, Osindero & Teh 2006, section 6).
    blocks : Blocks or None
        How examples lie in the file that they are read from. The blocks are shuffled, and as many as are held in memory
        at once are taken together; their examples are shuffled, and dealt out by `strata`, among themselves.
    ranks : Ranks
        The processes that learn together; all of them see the same order.
    stages : int
        Models that learn one after the other, each from the one before.

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
    blocks: Blocks | None = None
    ranks: Ranks = ALONE
    stages: int = 1

    def stream(self, name: str) -> Rng:
        """Return the random stream of a name: every rank has another one."""
        return Rng(self.seed, self.ranks.named(name))

    def begin_epoch(self, state: Any, epoch: int) -> None:
        """Prepare nothing, as nothing follows from the state."""

    def order(self, epoch: int) -> Array:
        """Return the rows 0 … n_examples − 1 in the order of `epoch` (counted from 0)."""
        result: Array = ops.on(self.device).from_numpy(self._order(epoch), self.device)
        return result

    def _order(self, epoch: int) -> Array:
        rng = Rng(self.seed, f"{self.name}/order/{epoch}")
        if self.blocks is None:
            return self._dealt(rng.permutation(self.n_examples), rng)
        edges, order, at = self.blocks.edges, np.empty(self.n_examples, np.int64), 0
        n_groups = math.ceil((len(edges) - 1) / self.blocks.held)
        for group in np.array_split(rng.permutation(len(edges) - 1), n_groups):
            rows = np.concatenate([np.arange(edges[block], edges[block + 1]) for block in group])
            order[at : at + len(rows)] = self._dealt(rows[rng.permutation(len(rows))], rng)
            at += len(rows)
        return order

    def _dealt(self, order: Array, rng: Rng) -> Array:
        if self.strata is None:
            return order
        labels = self.strata[order]
        place = np.empty(len(order))
        for label in np.unique(labels):
            rows = np.flatnonzero(labels == label)
            place[rows] = (np.arange(len(rows)) + rng.uniform((len(rows),))) / len(rows)
        result: Array = order[np.argsort(place, kind="stable")]
        return result


def in_proportion(labels: Array, n: int) -> Array:
    """Return n labels that are as frequent as among those given, but for rounding, in rising order: (n,).

    >>> in_proportion(np.array([1, 0, 1, 1]), 8)
    array([0, 0, 1, 1, 1, 1, 1, 1])
    """
    chosen: Array = np.sort(labels)[(2 * np.arange(n) + 1) * len(labels) // (2 * max(1, n))]
    return chosen
