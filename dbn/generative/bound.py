"""The variational bound that greedy learning raises (Hinton, Osindero & Teh 2006, section 4).

A machine gives p(v given h) and the factorial Q(h given v). Another layer replaces the prior p(h) alone, by that
of a machine of its own; these functions take any prior, as logarithms in the order of `exact.states`.
"""

from __future__ import annotations

import numpy as np

from dbn.generative import exact
from dbn.generative.rbm import RBM
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array


def lower_bound(rbm: RBM, log_prior: Array) -> Array:
    """Σ_h Q(h given v) (log p(h) + log p(v given h)) + H(Q(h given v)) ≤ log p(v): (visible states,).

    Parameters
    ----------
    rbm : RBM
        The machine below; DbnError if it is too large for `exact.states`.
    log_prior : array (hidden states,)
        log p(h). With the machine's own, `exact.log_p_h`, which its transpose starts with, the bound is tight.

    >>> from dbn.generative.units import Group
    >>> rbm = RBM(np.full((2, 3), 0.5), np.zeros(2), np.zeros(3), (Group("bernoulli", 2),))
    >>> bool(np.allclose(lower_bound(rbm, exact.log_p_h(rbm)), exact.log_p_v(rbm)))
    True
    """
    log_q = exact.log_h_given_v(rbm)
    result: Array = (np.exp(log_q) * (log_prior + exact.log_v_given_h(rbm).T - log_q)).sum(axis=1)
    return result


def log_likelihood(rbm: RBM, log_prior: Array) -> Array:
    """log p(v) = log Σ_h p(h) p(v given h), as `lower_bound` takes it: (visible states,)."""
    return ops.log_sum_exp(log_prior + exact.log_v_given_h(rbm).T)


def aggregated_posterior(rbm: RBM, p: Array) -> Array:
    """Σ_v p(v) Q(h given v), the data of the next layer: (visible states,) -> (hidden states,).

    The mean bound depends on the prior through Σ_h of this times log p(h) alone: to raise the one is to learn
    the other by maximum likelihood.
    """
    result: Array = p @ np.exp(exact.log_h_given_v(rbm))
    return result
