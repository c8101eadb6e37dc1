"""log p(x) of a net of two layers from a Markov chain over its posterior, above the variational bound.

Murray & Salakhutdinov 2009, *Evaluating probabilities under high-dimensional latent variable models*.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from dbn.errors import DbnError
from dbn.generative.dbn import DBN
from dbn.generative.likelihood import partition
from dbn.generative.likelihood.variational import log_p_below
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array, Rng

WARM_UP = 5
"""Sweeps from where recognition begins to near the state h* at which the posterior is evaluated."""

Choice: TypeAlias = Callable[[int, Array], Array]
"""New states (n,) of unit j, given its number and the probabilities (n,) that it is on."""


@dataclass(frozen=True)
class Posterior:
    """p(h given x) ∝ p(x given h) p*(h) of the units between the pixels x (n, pixels) and the top ones.

    Parameters
    ----------
    dbn : DBN
        Of two layers, without labels.
    x : array (n, pixels)
        Binary images.

    Raises
    ------
    DbnError
        If the net has another depth, or labels.
    """

    dbn: DBN
    x: Array

    def __post_init__(self) -> None:
        if len(self.dbn.layers) != 2 or self.dbn.n_classes:
            raise DbnError("the posterior chain is one of nets of two layers without labels; take the bound instead")

    def log_joint(self, h: Array) -> Array:
        """log p(x given h) + log p*(h): (n, units) -> (n,), float64."""
        low, top = self.dbn.layers[0], self.dbn.top
        return log_p_below(low, self.x, h) + partition.log_weight(top, h)

    def sweep(self, h: Array, order: Iterable[int], choose: Choice) -> tuple[Array, Array]:
        """Gibbs sampling of one unit after the other, given all others and x.

        Parameters
        ----------
        h : array (n, units)
            Where the chains are.
        order : iterable of int
            In which the units are visited; a sweep the other way is the reverse of the transition.
        choose : function
            See `Choice`.

        Returns
        -------
        h, log_p : arrays (n, units), (n,)
            The new states, and the logarithm of the probability of having chosen them, float64.
        """
        low, top = self.dbn.layers[0], self.dbn.top
        G = low.inputs_to_v(np.eye(low.n_hidden, dtype=h.dtype)) - low.b
        h, a, t = h.copy(), low.inputs_to_v(h), h @ top.W + top.c
        log_p, tilt = np.zeros(len(h)), self.x @ G.T + top.b
        now = _normaliser(t) - _normaliser(a)
        for j in order:
            turn = (1 - 2 * h[:, j])[:, None]
            other_a, other_t = a + turn * G[j], t + turn * top.W[j]
            other = _normaliser(other_t) - _normaliser(other_a)
            rise = turn[:, 0] * (other - now) + tilt[:, j]  # of log p(x, h) when the unit goes on
            chosen = choose(j, ops.sigmoid(rise.copy()))
            log_p -= ops.softplus(np.where(chosen > 0, -rise, rise))
            turned = chosen != h[:, j]
            a[turned], t[turned], now[turned] = other_a[turned], other_t[turned], other[turned]
            h[:, j] = chosen
        return h, log_p


def estimate(dbn: DBN, x: Array, steps: int, rng: Rng) -> Array:
    """log p*(x, h*) − log (1/S) Σ_s T(h* from h_s), without the −log Z of the top: (n, pixels) -> (n,), float64.

    h* is any state, best a probable one, and T a sweep that leaves the posterior as it is. The chain h_1 … h_S passes
    h* between two of its states, at a random place, from which it runs both ways. The exponential is unbiased for
    p(x) Z, so that the estimate is, in the mean, too *low*; with S = 1 it is the least tight.

    Parameters
    ----------
    dbn : DBN
        The net, of two layers without labels.
    x : array (n, pixels)
        Binary images.
    steps : int
        S, at least 1; costs two sweeps each.
    rng : Rng
        Draws everything.

    Raises
    ------
    DbnError
        If the net has another depth or labels, or there is no step.

    >>> from dbn.generative.rbm import RBM, Group
    >>> low, top = (RBM(np.zeros((2, 2)), np.zeros(2), np.zeros(2), (Group("bernoulli", 2),)) for _ in range(2))
    >>> estimate(DBN((low, top), (1, 2)), np.ones((1, 2)), 3, Rng(0, "chain")) - partition.log_z(top)
    array([-1.38629436])
    """
    if steps < 1:
        raise DbnError(f"the posterior chain makes at least 1 step, not {steps}")
    posterior = Posterior(dbn, x)
    forth = range(dbn.layers[0].n_hidden)

    def draw(_: int, p: Array) -> Array:
        return rng.bernoulli(p)

    h = dbn.layers[0].sample_h_from_v(x, rng)
    for _ in range(WARM_UP):
        h, _p = posterior.sweep(h, forth, draw)
    target, _p = posterior.sweep(h, forth, lambda _, p: (p > 0.5).astype(p.dtype))

    place = (rng.uniform((len(x),)) * steps).astype(int)
    first, _p = posterior.sweep(target, forth[::-1], draw)
    total = _arrive(posterior, first, target)
    for order, left in ((forth, steps - 1 - place), (forth[::-1], place)):
        h = first
        for step in range(1, int(left.max()) + 1):
            rows = np.flatnonzero(left >= step)
            some = Posterior(dbn, x[rows])
            h = h.copy()
            h[rows], _p = some.sweep(h[rows], order, draw)
            total[rows] = np.logaddexp(total[rows], _arrive(some, h[rows], target[rows]))
    result: Array = posterior.log_joint(target) - total + np.log(steps)
    return result


def _arrive(posterior: Posterior, h: Array, target: Array) -> Array:
    """log T(target from h): (n, units), (n, units) -> (n,)."""
    return posterior.sweep(h, range(h.shape[1]), lambda j, _: target[:, j])[1]


def _normaliser(a: Array) -> Array:
    """Σ softplus(a) of each row, float64."""
    result: Array = ops.softplus(a).sum(axis=1, dtype=np.float64)
    return result
