"""Centering: learning that does not care which state of a unit is called on.

The energy −(v − μ)ᵀ W (h − λ) − βᵀ(v − μ) − γᵀ(h − λ) is that of an ordinary machine with the biases b = β − Wλ and
c = γ − Wᵀμ. Only the gradient differs: taken in W, β and γ it is better conditioned, and the same whether a unit is
on or off where it was off or on (Melchior, Fischer & Wiskott 2016, *How to center deep Boltzmann machines*). With
offsets that are the averages of data and model it is the enhanced gradient of Cho, Raiko & Ilin 2011, *Enhanced
gradient and adaptive learning rate for training restricted Boltzmann machines*.
"""

from __future__ import annotations

from typing import TypeAlias

from dbn import ops
from dbn.generative import units
from dbn.generative.units import Group
from dbn.ops.numpy import Array
from dbn.training.ranks import WHOLE, Batch, mean

Offsets: TypeAlias = tuple[Array, Array]
"""μ (n_visible,) and λ (n_hidden,)."""


def neutral(groups: tuple[Group, ...], c: Array) -> Offsets:
    """Offsets from which to begin when nothing is known of the data: the means of visible units without input, and 0.5.

    >>> import numpy as np
    >>> neutral((Group("bernoulli", 2),), np.zeros(1))
    (array([0.5, 0.5]), array([0.5]))
    """
    n_visible = sum(group.size for group in groups)
    full = ops.of(c).full
    return units.mean(groups, full((1, n_visible), 0, c))[0], full(c.shape, 0.5, c)


def slide(
    offsets: Offsets,
    share: float,
    v: Array,
    p: Array,
    v_k: Array,
    p_k: Array,
    sizes: tuple[int, int] | None = None,
    batch: Batch = WHOLE,
) -> None:
    """Move the offsets by a share towards the averages of data (v, p) and chains (v_k, p_k), in place.

    With a share of 1 they become the averages, and the gradient the enhanced one. Melchior et al. advise small shares,
    0.01: single mini-batches are noisy, and learning can diverge. The data and chains may be a part
    of so many, `sizes`.
    """
    n, m = sizes or (len(v), len(v_k))
    averages = batch.total(*((mean(data, n) + mean(chains, m)) / 2 for data, chains in ((v, v_k), (p, p_k))))
    for offset, average in zip(offsets, averages, strict=True):
        offset += share * (average - offset)


def centred(gradient: tuple[Array, Array, Array], offsets: Offsets, precision: Array) -> tuple[Array, Array, Array]:
    """Turn an ordinary gradient, of anything, into the step that follows it in the centred parameters.

    ∂W − μ ∂cᵀ − ∂b λᵀ is the gradient in W when β and γ stay, ∂b and ∂c are those in β and γ; and as λ and μ stay, a
    step dW takes dW λ from b and dWᵀ μ from c, or dWᵀ (μ/σ²) of Gaussian units. Weight decay may be part of it.

    Parameters
    ----------
    gradient : arrays (n_visible, n_hidden), (n_visible,), (n_hidden,)
        In W, b and c of the ordinary machine, as `contrastive.gradient` has it; the first is overwritten.
    offsets : arrays (n_visible,), (n_hidden,)
        μ and λ.
    precision : array (n_visible,)
        That of the machine: 1/σ² of Gaussian units, and otherwise 1.

    >>> import numpy as np
    >>> step = centred((np.ones((1, 1)), np.ones(1), np.zeros(1)), (np.full(1, 0.5), np.full(1, 0.25)), np.ones(1))
    >>> [float(array.item()) for array in step]
    [0.75, 0.8125, -0.375]
    """
    (W, b, c), (mu, la) = gradient, offsets
    concatenate = ops.of(W).concatenate
    W -= concatenate([mu[:, None], b[:, None]], axis=1) @ concatenate([c[None], la[None]])
    return W, b - W @ la, c - (mu * precision) @ W
