"""Maximum likelihood without sampling: gradient ascent by enumeration, which never takes a step down."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dbn.generative import exact
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array


def gradient(rbm: RBM, p: Array) -> tuple[Array, Array, Array]:
    """Gradient of Σ_v p(v) log p(v | W, b, c) in W, b and c: ⟨vhᵀ⟩, ⟨v⟩ and ⟨h⟩ of the data minus those of the model.

    Parameters
    ----------
    rbm : RBM
        The machine; DbnError if it is too large for `exact.states`.
    p : array (visible states,)
        What the data are distributed as, in the order of `exact.states`.
    """
    v = exact.states(rbm.groups)
    h = rbm.mean_h_from_v(v)
    difference = p - np.exp(exact.log_p_v(rbm))
    return (v * difference[:, None]).T @ h, difference @ v, difference @ h


def ascend(rbm: RBM, p: Array, steps: int) -> Iterator[RBM]:
    """Climb Σ_v p(v) log p(v), and yield the machine as it starts and after each step.

    Every step is 4/n times the gradient, n being the number of parameters, and cannot overshoot. The curvature of the
    climb is at most that of log Z, the covariance of the n statistics v_i h_j, v_i and h_j under the model; each
    of these is 0 or 1, so that their variances, and the largest eigenvalue, sum to n/4 at most. A step of the
    inverse gains at least 2/n times the squared length of the gradient.

    Parameters
    ----------
    rbm, p
        As `gradient` takes them; neither is written to.
    steps : int
        How many.

    Yields
    ------
    RBM
        `steps` + 1 machines, float64.

    >>> from dbn.generative.units import Group
    >>> start = RBM(np.zeros((1, 1)), np.zeros(1), np.zeros(1), (Group("bernoulli", 1),))
    >>> [round(float(np.exp(exact.log_p_v(rbm)[1])), 2) for rbm in ascend(start, np.array([0.0, 1.0]), 3)]
    [0.5, 0.7, 0.8, 0.86]
    """
    rate = 4 / (rbm.W.size + rbm.b.size + rbm.c.size)
    yield rbm
    for _ in range(steps):
        W, b, c = gradient(rbm, p)
        rbm = RBM(rbm.W + rate * W, rbm.b + rate * b, rbm.c + rate * c, rbm.groups)
        yield rbm
