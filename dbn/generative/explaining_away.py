"""Explaining away: why inference in a directed net is hard (Hinton, Osindero & Teh 2006, section 2)."""

from __future__ import annotations

import numpy as np

from dbn.errors import DbnError
from dbn.generative import exact
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array


def posterior(W: Array, b: Array, c: Array, v: Array) -> Array:
    """p(h given v) in a logistic belief net of one hidden layer, for every state of h, by Bayes' rule.

    Causes are independent a priori, p(h_j = 1) = σ(c_j), and effects given their causes, p(v_i = 1 given h) =
    σ(b_i + Σ_j W_ij h_j). The posterior of the causes is not independent: where one explains the
    effect, the other need not.

    Parameters
    ----------
    W : array (n_visible, n_hidden)
        Weights from causes to effects.
    b, c : arrays (n_visible,), (n_hidden,)
        Biases of the effects and of the causes.
    v : array (n, n_visible)
        Observed effects, 0 or 1.

    Returns
    -------
    array (n, 2^n_hidden)
        In the order of `exact.states`.

    Raises
    ------
    DbnError
        If the shapes do not fit, or there are too many hidden units to list their states.

    References
    ----------
    Hinton, Osindero & Teh 2006, figure 2: two rare causes, a truck that hits the house and an earthquake, of
    one effect, a house that jumps.

    >>> W, b, c = np.array([[20.0, 20.0]]), np.array([-20.0]), np.array([-10.0, -10.0])
    >>> posterior(W, b, c, v=np.array([[1.0]])).round(5)
    array([[5.0000e-05, 4.9995e-01, 4.9995e-01, 5.0000e-05]])
    """
    if b.ndim != 1 or c.ndim != 1 or W.shape != (len(b), len(c)) or v.ndim != 2 or v.shape[1] != len(b):
        raise DbnError(
            f"weights {W.shape}, biases of effects {b.shape} and of causes {c.shape} and observations {v.shape} do "
            "not fit; W must be (visible, hidden) and v (n, visible)"
        )
    a = exact.states(exact.binary(len(c))) @ W.T + b
    log_prior = exact.log_given(exact.binary(len(c)), c[None])
    log_likelihood = v @ a.T - ops.softplus(a).sum(axis=1)
    return np.exp(ops.log_softmax(log_prior + log_likelihood))
