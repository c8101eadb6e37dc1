"""Machines so small that all their states can be listed: their distributions, exactly, as tables.

A table has one row or column for each state in the order of `states`, and holds natural logarithms of
probabilities, float64.
"""

from __future__ import annotations

import math

import numpy as np

from dbn.errors import DbnError
from dbn.generative.rbm import RBM
from dbn.generative.units import Group
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array

LIMIT = 2**12
"""States of one side at most: a table of two such sides takes 128 MiB."""


def n_states(groups: tuple[Group, ...]) -> float:
    """How many states the units have: a whole number, or infinity.

    >>> n_states((Group("softmax", 10), Group("bernoulli", 2)))
    40
    """
    if any(group.kind in {"gaussian", "rectified"} for group in groups):
        return math.inf
    return math.prod(2**group.size if group.kind == "bernoulli" else group.size for group in groups)


def states(groups: tuple[Group, ...]) -> Array:
    """Every state of some units, the last unit changing fastest: (states, Σ sizes), float64.

    Parameters
    ----------
    groups : tuple of Group
        n binary units have 2ⁿ states, a softmax group as many as units.

    Raises
    ------
    DbnError
        If there are more than `LIMIT` states, or units are Gaussian or rectified linear.

    >>> states((Group("bernoulli", 2),))
    array([[0., 0.],
           [0., 1.],
           [1., 0.],
           [1., 1.]])
    """
    if n_states(groups) == math.inf:
        raise DbnError("the states of Gaussian units and of rectified ones cannot be listed; take binary units")
    if n_states(groups) > LIMIT:
        raise DbnError(
            f"{sum(group.size for group in groups)} units have more than the {LIMIT} states that can be listed; "
            "take a smaller machine, of 12 binary units a side at most"
        )
    rows = np.empty((1, 0))
    for group in groups:
        part = _bits(group.size) if group.kind == "bernoulli" else np.eye(group.size)
        rows = np.hstack([np.repeat(rows, len(part), axis=0), np.tile(part, (len(rows), 1))])
    return rows


def binary(n: int) -> tuple[Group, ...]:
    """n binary units, as `states` and `log_given` take them."""
    return (Group("bernoulli", n),)


def log_given(groups: tuple[Group, ...], a: Array) -> Array:
    """log p(every state) of units with total inputs a: (n, Σ sizes) -> (n, states).

    >>> np.exp(log_given(binary(2), np.array([[0.0, np.log(3.0)]])))
    array([[0.125, 0.375, 0.125, 0.375]])
    """
    return ops.log_softmax(a @ states(groups).T)


def log_p_v(rbm: RBM) -> Array:
    """log p(v): (visible states,)."""
    return ops.log_softmax(-rbm.free_energy(states(rbm.groups)))


def log_p_h(rbm: RBM) -> Array:
    """log p(h): (hidden states,)."""
    return ops.log_softmax(-rbm.free_energy_of_h(states(binary(rbm.n_hidden))))


def log_h_given_v(rbm: RBM) -> Array:
    """log p(h given v): (visible states, hidden states)."""
    rbm.refuse_rectified()
    return log_given(binary(rbm.n_hidden), states(rbm.groups) @ rbm.W + rbm.c)


def log_v_given_h(rbm: RBM) -> Array:
    """log p(v given h): (hidden states, visible states)."""
    rbm.refuse_rectified()
    return log_given(rbm.groups, rbm.inputs_to_v(states(binary(rbm.n_hidden))))


def total_variation(p: Array, q: Array) -> Array:
    """½ Σ |p − q| over the last axis, the most by which two distributions differ about any event: (..., n) -> (...).

    >>> float(total_variation(np.array([0.5, 0.5]), np.array([1.0, 0.0])))
    0.5
    """
    result: Array = np.abs(p - q).sum(axis=-1) / 2
    return result


def _bits(n: int) -> Array:
    """The numbers 0 … 2ⁿ − 1 in binary, the last bit changing fastest: (2ⁿ, n)."""
    result: Array = np.arange(2**n)[:, None] >> np.arange(n)[::-1] & 1
    return result
