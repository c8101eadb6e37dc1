"""How the variances of Gaussian units begin, and how they are learned.

z = log σ² is learned instead of σ, so that σ stays positive (Cho, Ilin & Raiko 2011, *Improved learning of
Gaussian-Bernoulli restricted Boltzmann machines*).
"""

from __future__ import annotations

import math

from dbn import ops
from dbn.generative import units
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array
from dbn.training import ranks

LEAST = 2 * math.log(0.01)
"""Of z: σ is at least a hundredth of the range from black to white; of a pixel that never changes it would be 0."""


def begin(rbm: RBM, variance: Array) -> None:
    """Give the Gaussian units of a new machine the variances of its data (n_visible,), and weights in proportion to σ.

    The weights in units of σ are then those of `RBM.create`. In place; a machine without such units stays as it is.
    """
    if not len(rbm.z):
        return
    columns, engine = units.gaussian(rbm.groups), ops.of(rbm.z)
    rbm.z[:] = engine.log(variance[columns].clip(min=math.exp(LEAST)))
    rbm.W[columns] *= engine.exp(rbm.z / 2)[:, None]


def gradient(rbm: RBM, v: Array, p: Array, v_k: Array, p_k: Array, sizes: tuple[int, int] | None = None) -> Array:
    """Gradient in z (Gaussian units,): ⟨(v − b)²/2 − v Σ_j W_ij p_j⟩ / σ² of the data (v, p) less that of the chains.

    With `v_k` from the model's own distribution it is that of the mean log-likelihood. Like
    `contrastive.gradient`, it may be what a part of so many examples and chains, `sizes`, contributes.
    """
    columns, (n, m) = units.gaussian(rbm.groups), sizes or (len(v), len(v_k))
    W, b = rbm.W[columns], rbm.b[columns]

    def mean(v: Array, p: Array, n: int) -> Array:
        return ranks.mean((v - b) ** 2 / 2 - v * (p @ W.T), n)

    result: Array = ops.of(rbm.z).exp(-rbm.z) * (mean(v[:, columns], p, n) - mean(v_k[:, columns], p_k, m))
    return result
