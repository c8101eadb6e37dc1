"""Learning a function from its values, where `approximation` builds a net for it: how near, from which random weights.

One hidden layer of sigmoid units under a linear output, as there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from dbn.discriminative.minimise import minimise
from dbn.discriminative.network import Network
from dbn.ops.numpy import Array, Rng


def learn(f: Callable[..., Array], points: Array, start: Network, iterations: Sequence[int]) -> list[Network]:
    """Train a net by L-BFGS on the squared error at `points` (n, d).

    Parameters
    ----------
    f : callable
        (n,), … -> (n,), of as many variables as a point has.
    points : array (n, d)
        Where f is looked at.
    start : Network
        (d, hidden, 1); it is copied. Such as `spread_out`, or `Network.random` with an output of identity units.
    iterations : sequence of int
        Rising; a copy of the net is kept after each. L-BFGS begins with an empty memory after a look.

    Returns
    -------
    list of Network
        In double precision. No tolerance ends the learning early: what is left to gain is a small part of the loss
        but a large one of the greatest error.
    """
    net, nets, done = _copy(start), [], 0
    for look in iterations:
        minimise(net, points, f(*points.T)[:, None], "lbfgs", look - done, options={"ftol": 0.0, "gtol": 0.0})
        nets.append(_copy(net))
        done = look
    return nets


def spread_out(points: Array, hidden: int, rng: Rng) -> Network:
    """Random weights that spread the slopes of all hidden units over the box in which `points` (n, d) lie.

    With k units, each is steep over a k-th of the box (to the power 1/d), and where that is, is random: D. Nguyen &
    B. Widrow 1990, *Improving the learning speed of 2-layer neural networks by choosing initial values of the adaptive
    weights*. Their 0.7 is for tanh units; sigmoid ones need twice as much for the same steepness. The output starts
    at 0.

    >>> net = spread_out(np.eye(2), 100, Rng(0, "spread"))
    >>> net.sizes, np.linalg.norm(net.weights[0], axis=0).round(3).tolist() == [28.0] * 100
    ((2, 100, 1), True)
    """
    low, high = points.min(axis=0), points.max(axis=0)
    steep = 2 * 0.7 * hidden ** (1 / len(low))
    ways, places = (2 * rng.uniform(shape).astype(float) - 1 for shape in ((len(low), hidden), (hidden,)))
    W = ways / np.linalg.norm(ways, axis=0) * steep * (2 / (high - low))[:, None]
    b = places * steep - (low + high) / 2 @ W
    return Network((W, np.zeros((hidden, 1))), (b, np.zeros(1)), ("sigmoid", "identity"))


def _copy(net: Network) -> Network:
    weights, biases = (tuple(array.astype(float) for array in arrays) for arrays in (net.weights, net.biases))
    return Network(weights, biases, net.units)
