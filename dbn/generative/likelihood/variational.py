"""The variational lower bound on log p(x) of a deep belief net.

Salakhutdinov & Murray 2008, *On the quantitative analysis of deep belief networks*. `dbn.generative.bound`
has it as a table, for nets of two layers that can be listed.
"""

from __future__ import annotations

import numpy as np

from dbn.generative.dbn import DBN
from dbn.generative.directed import Directed
from dbn.generative.likelihood import partition
from dbn.generative.rbm import RBM
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array, Rng

BLOCK = 1024
"""Images at a time."""


def bound(dbn: DBN, x: Array, samples: int, rng: Rng) -> Array:
    """Σ_q q(h given x) [log p(x given h) + log p*(h)] + H(q), without the −log Z of the top: (n, pixels) -> (n,).

    h are the units of all layers between the pixels and the top ones; q samples them upwards, layer by layer. Its
    entropy given the layer below is exact, the rest is the mean over samples. Labels are summed out, as are the top
    units. With a single layer there is nothing to sample, and the bound is log p(x) itself.

    Parameters
    ----------
    dbn : DBN
        The net.
    x : array (n, pixels)
        Binary images.
    samples : int
        Of q, for each image.
    rng : Rng
        Draws them.

    Returns
    -------
    float64 array (n,)
        Unbiased, in nats; subtract log Z of the associative memory.

    >>> from dbn.generative.units import Group
    >>> low, top = (RBM(np.zeros((2, 2)), np.zeros(2), np.zeros(2), (Group("bernoulli", 2),)) for _ in range(2))
    >>> bound(DBN((low, top), (1, 2)), np.ones((1, 2)), 3, Rng(0, "q")) - partition.log_z(top)
    array([-1.38629436])
    """
    if len(dbn.layers) == 1:
        return partition.log_weight(dbn.top, x)
    total = np.zeros(len(x))
    for at in range(0, len(x), BLOCK):
        here = slice(at, at + BLOCK)
        for _ in range(samples):
            total[here] += _once(dbn, x[here], rng) / samples
    return total


def _once(dbn: DBN, x: Array, rng: Rng) -> Array:
    total = np.zeros(len(x))
    for layer in dbn.layers[:-1]:
        p = layer.mean_h_from_v(x)
        h = rng.bernoulli(p)
        total += entropy(p) + log_p_below(layer, x, h)
        x = h
    return total + partition.log_weight(dbn.top, x)


def log_p_below(layer: RBM | Directed, v: Array, h: Array) -> Array:
    """log p(v given h) of binary units: (n, n_visible), (n, n_hidden) -> (n,), float64."""
    a = layer.inputs_to_v(h)
    result: Array = (v * a - ops.softplus(a)).sum(axis=1, dtype=np.float64)
    return result


def entropy(p: Array) -> Array:
    """Entropy of independent binary units, in nats: (n, units) -> (n,), float64.

    >>> entropy(np.array([[0.5, 0.5, 1.0]])) / np.log(2)
    array([2.])
    """
    from scipy.special import entr

    result: Array = (entr(p) + entr(1 - p)).sum(axis=1, dtype=np.float64)
    return result
