"""Parallel tempering: persistent chains at several temperatures, so that those of the model get from mode to mode.

Side by side with the chains of the machine run others whose distributions lead, step by step, to that of independent
units, where nothing stands between the modes; neighbours swap their states as often as leaves every distribution as
it is (Desjardins, Courville, Bengio, Vincent & Delalleau 2010, *Tempered Markov chain Monte Carlo for training of
restricted Boltzmann machines*; Cho, Raiko & Ilin 2010, *Parallel tempering is efficient for learning restricted
Boltzmann machines*).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from dbn import ops
from dbn.generative.likelihood.annealing import Path
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array, Rng


@dataclass
class Replicas:
    """The chains at all temperatures but that of the machine.

    `h` (temperatures − 1, chains, n_hidden) are their hidden states at β = 0 and on, evenly spaced; `base` (n_visible,)
    the visible biases at β = 0, see `annealing.Path`.
    """

    h: Array
    base: Array


def create(rbm: RBM, temperatures: int, chains: int, rng: Rng) -> Replicas:
    """Begin with random hidden states, and with the machine's own visible biases at β = 0.

    Raises
    ------
    DbnError
        If the machine has Gaussian units.

    >>> from dbn.generative.units import Group
    >>> create(RBM.create((Group("bernoulli", 4),), 3, Rng(0, "weights")), 10, 7, Rng(0, "chains")).h.shape
    (9, 7, 3)
    """
    engine = ops.of(rbm.c)
    h = rng.bernoulli(engine.full(((temperatures - 1) * chains, rbm.n_hidden), 0.5, rbm.c))
    path = Path(rbm, engine.copy(rbm.b))  # which machines it takes, it knows
    return Replicas(h.reshape(temperatures - 1, chains, -1), path.base)


def advance(rbm: RBM, h: Array, replicas: Replicas, steps: int, rng: Rng) -> tuple[Array, Array, Array]:
    """Let every chain make Gibbs steps h → v → h at its temperature, and offer swaps to all neighbours after each.

    Parameters
    ----------
    rbm : RBM
        The machine, at β = 1.
    h : array (chains, n_hidden)
        The hidden states of its own chains.
    replicas : Replicas
        The other chains, which move in place.
    steps : int
        How many.
    rng : Rng
        Draws everything.

    Returns
    -------
    v, p, h : arrays (chains, n_visible), (chains, n_hidden), (chains, n_hidden)
        Of the machine's own chains: visible states, the hidden probabilities given them, and hidden states.
    """
    path, (hotter, n, _) = Path(rbm, replicas.base), replicas.h.shape
    engine, (linear, levels, chains) = ops.of(h), _numbered(hotter + 1, n, h.device)
    betas = engine.copy(linear, h.dtype)
    beta = betas[levels.ravel()][:, None]
    states = engine.concatenate([*replicas.h, h])
    for _ in range(steps):
        v = path.down(states, beta, rng)
        a = engine.affine(v, rbm.W, rbm.c)
        states = path.up(a, beta, rng)
        slopes = path.slope(v, a, states).reshape(-1, n)
        rows = swapped(slopes, betas, rng) * n + chains
        states = states[rows.ravel()]
    replicas.h[:] = states[:-n].reshape(replicas.h.shape)
    return v[rows[-1]], engine.sigmoid(a[rows[-1]]), states[-n:]


def swapped(slopes: Array, betas: Array, rng: Rng) -> Array:
    """Which temperature's state goes to which temperature: (temperatures, n) -> (temperatures, n), int.

    Neighbours swap with probability min(1, e^((β' − β)(s − s'))), s being d log p*/dβ of the state at β: first the
    pairs that begin at an even temperature, then the others.

    >>> swapped(np.array([[9.0], [-9.0], [5.0]]), np.array([0.0, 0.5, 1.0]), Rng(0, "swaps"))
    array([[1],
           [2],
           [0]])
    """
    engine, (_, levels, chains) = ops.of(slopes), _numbered(*slopes.shape, slopes.device)
    order = engine.copy(levels)
    for first in (0, 1):
        low, high = slice(first, -1, 2), slice(first + 1, None, 2)
        log_ratio = (betas[high] - betas[low])[:, None] * (slopes[order[low], chains] - slopes[order[high], chains])
        swap = rng.uniform(log_ratio.shape) < engine.exp(log_ratio.clip(max=0))
        change = (order[high] - order[low]) * swap
        order[low] += change
        order[high] -= change
    result: Array = order
    return result


@cache
def _numbered(temperatures: int, n: int, device: Any) -> tuple[Array, Array, Array]:
    """β of each temperature, (temperatures,); its number, for each chain (temperatures, n); and the chain's own (n,).

    Made once, not to be written over, and kept: every update would wait for a GPU to which they are copied, and steps
    that it has recorded read them.
    """
    levels = np.tile(np.arange(temperatures)[:, None], (1, n))
    arrays = np.linspace(0, 1, temperatures), levels, np.arange(n)
    linear, levels, chains = (ops.on(device).from_numpy(array, device) for array in arrays)
    return linear, levels, chains
