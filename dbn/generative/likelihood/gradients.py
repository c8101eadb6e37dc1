"""The exact gradients of log Z and of log p(v), for machines one side of which can be listed.

What every learning rule estimates: ∂ log Z / ∂W = ⟨v hᵀ⟩, ∂b: ⟨v⟩, ∂c: ⟨h⟩ under the model's own distribution, and
those of log p(v) are the averages under the data less these. Like `partition`, in blocks of states.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import numpy as np

from dbn.errors import DbnError
from dbn.generative import exact
from dbn.generative.likelihood import partition
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array

Gradient: TypeAlias = tuple[Array, Array, Array]
"""With respect to W, b and c, float64."""


def of_log_z(rbm: RBM) -> Gradient:
    """⟨v hᵀ⟩, ⟨v⟩ and ⟨h⟩ of the model: (n_visible, n_hidden), (n_visible,), (n_hidden,).

    Parameters
    ----------
    rbm : RBM
        As for `partition.log_z`, without Gaussian units; the cost is three times that of log Z.

    Raises
    ------
    DbnError
        If neither side can be listed, or there are Gaussian units.

    >>> from dbn.generative.units import Group
    >>> rbm = RBM(np.zeros((2, 3)), np.zeros(2), np.zeros(3), (Group("bernoulli", 2),))
    >>> W, b, c = of_log_z(rbm)
    >>> W[0, 0].round(6), b[0].round(6), c[0].round(6)
    (np.float64(0.25), np.float64(0.5), np.float64(0.5))
    """
    if len(rbm.z):
        raise DbnError("the exact gradient is of binary and softmax units; give a machine without Gaussian ones")
    log_z = partition.log_z(rbm)
    rbm = partition.double(rbm)
    W, b, c = (np.zeros_like(parameter) for parameter in rbm.parameters)
    for p, v, h in _weighed(rbm, log_z):
        W += (p[:, None] * v).T @ h
        b += p @ v
        c += p @ h
    return W, b, c


def of_log_p(rbm: RBM, v: Array) -> Gradient:
    """The gradient of mean log p(v) of visible states v, all groups given: (n, n_visible) -> shapes of W, b, c.

    Parameters
    ----------
    rbm : RBM
        As for `of_log_z`.
    v : array (n, n_visible)
        States.

    Raises
    ------
    DbnError
        As `of_log_z`.
    """
    W, b, c = of_log_z(rbm)
    rbm = partition.double(rbm)
    for at in range(0, len(v), partition.BLOCK):
        some = v[at : at + partition.BLOCK].astype(np.float64)
        p = rbm.mean_h_from_v(some)
        W -= some.T @ p / len(v)
        b -= some.sum(axis=0) / len(v)
        c -= p.sum(axis=0) / len(v)
    return -W, -b, -c


def _weighed(rbm: RBM, log_z: float) -> Iterator[tuple[Array, Array, Array]]:
    """Blocks of the probabilities of states of the smaller side, of v and of h: one side listed, one its means."""
    hidden = exact.binary(rbm.n_hidden)
    if exact.n_states(hidden) <= exact.n_states(rbm.groups):
        for h in partition.blocks(hidden):
            yield np.exp(-rbm.free_energy_of_h(h) - log_z), rbm.mean_v_from_h(h), h
    else:
        for v in partition.blocks(rbm.groups):
            yield np.exp(-rbm.free_energy(v) - log_z), v, rbm.mean_h_from_v(v)
