"""Log-likelihoods that need no partition function: the pseudo-likelihood, and what a model's own samples say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from dbn.errors import DbnError
from dbn.generative import sampling, units
from dbn.generative.dbn import DBN
from dbn.generative.rbm import RBM
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array, Rng

BLOCK = 256
"""Images at a time."""


def pseudo_log_likelihood(rbm: RBM, v: Array) -> Array:
    """Σ_i log p(v_i given all other visible units), over every binary unit: (n, n_visible) -> (n,), float64.

    log p(v_i given the rest) = −softplus(F(v) − F(v with unit i flipped)), for all units rather than for one at
    random. It is no bound on log p(v), and comparable only between models of the same units (Besag 1975, *Statistical
    analysis of non-lattice data*).

    Parameters
    ----------
    rbm : RBM
        The machine. A softmax group is only among what the others are given.
    v : array (n, n_visible)
        Binary states.

    >>> rbm = RBM(np.zeros((2, 1)), np.zeros(2), np.zeros(1), (units.Group("bernoulli", 2),))
    >>> pseudo_log_likelihood(rbm, np.array([[0.0, 1.0]])) / np.log(2)
    array([-2.])
    """
    rbm.refuse_rectified()
    binary = [i for g, part in units.parts(rbm.groups) if g.kind == "bernoulli" for i in range(part.start, part.stop)]
    total = np.zeros(len(v))
    for at in range(0, len(v), BLOCK):
        some = v[at : at + BLOCK]
        a = some @ rbm.R + rbm.c
        here = ops.softplus(a).sum(axis=1, dtype=np.float64)
        for i in binary:
            turn = 1 - 2.0 * some[:, i]
            there = ops.softplus(a + np.outer(turn, rbm.W[i])).sum(axis=1, dtype=np.float64)
            total[at : at + BLOCK] -= ops.softplus(there - here + turn * rbm.b[i])
    return total


def conservative(x: Array, inputs: Iterable[Array]) -> Array:
    """log (1/S) Σ_s p(x given h_s), with h_s sampled from the model: (n, pixels) -> (n,), float64.

    In the mean over the samples too *low*, for every S, once the chain has converged (Bengio, Yao & Cho 2013,
    *Bounding the test log-likelihood of generative models*).

    Parameters
    ----------
    x : array (n, pixels)
        Binary images.
    inputs : iterable of arrays (m, pixels)
        Total inputs of the pixels, given states h_s of the units above; S is the sum of all m. See `top_down`.

    Raises
    ------
    DbnError
        If there is no sample.

    >>> conservative(np.array([[1.0, 0.0]]), [np.zeros((3, 2))]) / np.log(2)
    array([-2.])
    """
    total, n = np.full(len(x), -np.inf), 0
    for a in inputs:
        log_norm = ops.softplus(a).sum(axis=1, dtype=np.float64)
        for at in range(0, len(x), BLOCK):
            here = slice(at, at + BLOCK)
            total[here] = np.logaddexp(total[here], ops.log_sum_exp(x[here] @ a.T - log_norm))
        n += len(a)
    if not n:
        raise DbnError("the conservative estimate needs samples of the model; let the chains make a step")
    result: Array = total - np.log(n)
    return result


def top_down(dbn: DBN, chains: int, burn_in: int, steps: int, every: int, rng: Rng) -> Iterator[Array]:
    """Total inputs of the pixels given the model's own samples of the units above them: (chains, pixels) each time.

    Chains begin at noise, not at data: what they have not found yet counts against the model.

    Parameters
    ----------
    dbn : DBN
        The net; labels run free.
    chains, burn_in, steps, every : int
        Chains side by side; Gibbs steps of the associative memory before the first sample and after it; steps from
        one sample to the next.
    rng : Rng
        Draws everything.
    """
    first = sampling.begin(dbn, chains, rng)
    for step, (v, h) in enumerate(sampling.gibbs(dbn, first, burn_in + steps, rng), start=1):
        if step <= burn_in or (step - burn_in) % every:
            continue
        if len(dbn.layers) == 1:
            yield dbn.without_labels(dbn.top.inputs_to_v(h))
            continue
        states = dbn.without_labels(v)
        for layer in reversed(dbn.layers[1:-1]):
            states = layer.sample_v_from_h(states, rng)
        yield dbn.layers[0].inputs_to_v(states)
