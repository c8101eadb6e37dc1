"""Fast weights: what persistent chains have just visited becomes improbable for a while, so that they move on.

The chains run in the machine with weights W + F. F learns at a rate of its own from the same gradient, and fades by a
twentieth with every update: it raises the energy of where the chains are, at once, and soon forgets it (Tieleman &
Hinton 2009, *Using fast weights to improve persistent contrastive divergence*). What the machine itself learns can
then be slow, and its rate fall to 0.
"""

from __future__ import annotations

from typing import TypeAlias

from dbn import ops
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array

Fast: TypeAlias = tuple[Array, Array, Array]
"""What is added to W, b and c."""

KEPT = 19 / 20
"""The share of the fast weights that an update keeps, as in the paper."""


def none_yet(rbm: RBM) -> Fast:
    """Fast weights of 0."""
    full = ops.of(rbm.W).full
    return full(rbm.W.shape, 0, rbm.W), full(rbm.b.shape, 0, rbm.b), full(rbm.c.shape, 0, rbm.c)


def overlaid(rbm: RBM, fast: Fast) -> RBM:
    """Return the machine in which the chains run."""
    W, b, c = fast
    return RBM(rbm.W + W, rbm.b + b, rbm.c + c, rbm.groups, rbm.z, rbm.hidden)


def learn(fast: Fast, gradient: Fast, rate: float) -> None:
    """Let F ← 19/20 F + rate · gradient, in place.

    >>> import numpy as np
    >>> fast = np.ones((1, 1)), np.ones(1), np.ones(1)
    >>> learn(fast, (np.ones((1, 1)), np.zeros(1), np.zeros(1)), 0.5)
    >>> fast[0].item(), fast[1].item()
    (1.45, 0.95)
    """
    for array, ascent in zip(fast, gradient, strict=True):
        array *= KEPT
        array += rate * ascent
