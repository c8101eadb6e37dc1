"""The ways to ask a deep belief net for an image's label that are stochastic; `DBN.predict` is the deterministic one.

Hinton, Osindero & Teh 2006, *A fast learning algorithm for deep belief nets*, section 6: one stochastic up-pass costs
about half a point of error, Gibbs sampling of the labels about one, and averages over twenty passes none.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array, Rng

PASSES = 20
"""Up-passes that are averaged, as in the paper."""

STEPS = 50
"""Gibbs steps of the label units, the first half to forget where they began; the paper says "a few"."""


def by_one_pass(dbn: DBN, v: Array, rng: Rng) -> Array:
    """The label of least free energy after one stochastic up-pass: (n, pixels) -> (n,)."""
    result: Array = dbn.label_free_energies(dbn.sample_up(v, rng)).argmin(axis=1)
    return result


def by_mean_of_passes(dbn: DBN, v: Array, rng: Rng) -> Array:
    """The label most probable in the mean over stochastic up-passes: (n, pixels) -> (n,)."""
    total = np.zeros((len(v), dbn.n_classes))
    for _ in range(PASSES):
        total += np.exp(ops.log_softmax(-dbn.label_free_energies(dbn.sample_up(v, rng))))
    result: Array = total.argmax(axis=1)
    return result


def by_gibbs_sampling(dbn: DBN, v: Array, rng: Rng) -> Array:
    """The label most probable in the mean over the later Gibbs steps of the label units: (n, pixels) -> (n,).

    The units under the associative memory stay as one stochastic up-pass left them. The label units begin at 0.1 each
    and hold probabilities, as in up-down learning, while top states are sampled: with sampled labels a chain is longer
    caught in a wrong one.

    Raises
    ------
    DbnError
        If the net was trained without labels.

    >>> from dbn.generative.rbm import RBM
    >>> from dbn.generative.units import Group
    >>> W = np.array([[6.0, -6], [-6, 6], [9, -9], [-9, 9]])
    >>> rbm = RBM(W, np.zeros(4), np.zeros(2), (Group("softmax", 2), Group("bernoulli", 2)))
    >>> by_gibbs_sampling(DBN((rbm,), (1, 2)), np.array([[1.0, 0], [0, 1]]), Rng(0, "labels"))
    array([0, 1])
    """
    if not dbn.n_classes:
        raise DbnError("this net was trained without labels; train one with labels to classify")
    states, top = dbn.sample_up(v, rng), dbn.top
    y = np.full((len(v), dbn.n_classes), 0.1, top.W.dtype)
    total = np.zeros((len(v), dbn.n_classes))
    for step in range(STEPS):
        h = top.sample_h_from_v(np.concatenate([y, states], axis=1), rng)
        y = np.exp(ops.log_softmax(h @ top.W[: dbn.n_classes].T + top.b[: dbn.n_classes]))
        total += y if step >= STEPS // 2 else 0
    result: Array = total.argmax(axis=1)
    return result


METHODS: dict[str, Callable[[DBN, Array, Rng], Array]] = {
    "one_pass": by_one_pass,
    "gibbs_sampling": by_gibbs_sampling,
    "mean_of_passes": by_mean_of_passes,
}
"""Functions from images (n, pixels) to labels (n,), by name."""
