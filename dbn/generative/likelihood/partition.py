"""The partition function of a machine one side of which can be listed: log Z and log p(v), exactly.

Unlike the tables of `dbn.generative.exact`, nothing as large as all the states is ever in memory.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dbn.errors import DbnError
from dbn.generative import conditional, exact
from dbn.generative.rbm import RBM
from dbn.generative.units import Group
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array
from dbn.training.progress import Progress

LIMIT = 2**25
"""States of the smaller side at most: with 784 units on the other side they take some minutes."""

BLOCK = 2**10
"""States, or images, at a time: with 784 units on the other side a block takes 6 MiB."""


def blocks(groups: tuple[Group, ...]) -> Iterator[Array]:
    """Every state of some units in the order of `exact.states`, in blocks: (≤ `BLOCK`, Σ sizes), float64.

    A block has more rows where a single softmax group has more states.

    >>> sum(len(block) for block in blocks((Group("bernoulli", 12),)))
    4096
    """
    head, tail = _split(groups)
    rows = exact.states(tail)
    if not head:
        yield rows
        return
    for block in blocks(head):
        for row in block:
            yield np.hstack([np.broadcast_to(row, (len(rows), len(row))), rows])


def countable(rbm: RBM) -> bool:
    """Whether one side of a machine has few enough states for `log_z`."""
    return exact.n_states(rbm.groups) <= LIMIT or 2**rbm.n_hidden <= LIMIT


def log_z(rbm: RBM, progress: Progress | None = None) -> float:
    """log Z = log Σ_h e^(−F(h)), or log Σ_v e^(−F(v)) where there are fewer v, in nats and in double precision.

    Parameters
    ----------
    rbm : RBM
        With at most 25 hidden units, or at most 2²⁵ visible states.
    progress : Progress, optional
        Shows the blocks.

    Raises
    ------
    DbnError
        If both sides have more states.

    >>> rbm = RBM(np.zeros((30, 20)), np.zeros(30), np.zeros(20), (Group("bernoulli", 30),))
    >>> round(log_z(rbm) / float(np.log(2)), 9)
    50.0
    """
    if not countable(rbm):
        raise DbnError(
            f"neither side of a machine of {rbm.n_visible} visible and {rbm.n_hidden} hidden units can be listed; "
            "estimate log Z by annealed importance sampling, or take 25 hidden units at most"
        )
    rbm = double(rbm)
    hidden = exact.binary(rbm.n_hidden)
    by_hidden = exact.n_states(hidden) <= exact.n_states(rbm.groups)
    groups, free_energy = (hidden, rbm.free_energy_of_h) if by_hidden else (rbm.groups, rbm.free_energy)
    logs = []
    with (progress or Progress()).shown("exact log Z", int(exact.n_states(_split(groups)[0])), "block") as bar:
        for states in blocks(groups):
            logs.append(ops.log_sum_exp(-free_energy(states)))
            bar.update()
    return float(np.logaddexp.reduce(logs))


def log_p(rbm: RBM, v: Array, log_z: float) -> Array:
    """log p(v) = −F(v) − log Z of visible states v, all groups given: (n, n_visible) -> (n,), float64."""
    rbm = double(rbm)
    parts = [-rbm.free_energy(v[at : at + BLOCK]) - log_z for at in range(0, len(v), BLOCK)]
    return np.concatenate(parts)


def log_weight(rbm: RBM, x: Array) -> Array:
    """log Σ_y e^(−F(y, x)), the label units summed out; −F(x) without any: (n, other units) -> (n,), float64.

    Subtract log Z, and it is log p(x).

    >>> rbm = RBM(np.zeros((3, 1)), np.zeros(3), np.zeros(1), (Group("softmax", 2), Group("bernoulli", 1)))
    >>> np.exp(log_weight(rbm, np.ones((1, 1))))
    array([4.])
    """
    rbm = double(rbm)
    if not rbm.n_labels:
        return log_p(rbm, x, 0.0)
    parts = []
    for at in range(0, len(x), BLOCK):
        some = x[at : at + BLOCK]
        free = conditional.free_energies(rbm, conditional.inputs(rbm, some))
        parts.append(ops.log_sum_exp(-free) + rbm.visible_term(some))
    return np.concatenate(parts)


def double(rbm: RBM) -> RBM:
    """Give a machine parameters in double precision; DbnError if its units are rectified linear ones."""
    rbm.refuse_rectified()
    W, b, c, z = (array.astype(np.float64) for array in (rbm.W, rbm.b, rbm.c, rbm.z))
    return RBM(W, b, c, rbm.groups, z)


def _split(groups: tuple[Group, ...]) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """The first units, and the last ones: as many as have no more than `BLOCK` states, but at least one group."""
    *head, last = groups
    room = BLOCK.bit_length() - 1
    if last.kind == "bernoulli" and last.size > room:
        return (*head, Group("bernoulli", last.size - room)), exact.binary(room)
    tail = [last]
    while head and exact.n_states((head[-1], *tail)) <= BLOCK:
        tail.insert(0, head.pop())
    return tuple(head), tuple(tail)
