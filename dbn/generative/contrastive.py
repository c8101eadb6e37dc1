"""Contrastive divergence: how one restricted Boltzmann machine learns.

ΔW = ε (⟨v pᵀ⟩_data − ⟨v pᵀ⟩_k), with p = p(h = 1 given v): the statistics of the data against those after k
steps of Gibbs sampling (Hinton 2002). Both are one product, [v; −v']ᵀ [p; p'].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dbn.errors import DbnError
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array, Rng
from dbn.training.momentum import momentum_step
from dbn.training.schedules import Schedule


@dataclass(frozen=True)
class CDConfig:
    """Hyper-parameters of one machine's learning. Schedules are texts, see `Schedule`.

    The defaults are those of the code that Hinton & Salakhutdinov published with *Reducing the dimensionality
    of data with neural networks* (Science, 2006), which sampled hidden units and used visible probabilities.

    Parameters
    ----------
    epochs : int
        Passes over the data.
    learning_rate, momentum : schedule
        Of the mean gradient of a mini-batch.
    weight_decay : schedule
        L2, on weights only, times the learning rate.
    k : schedule
        Gibbs steps, rounded to whole numbers.
    sample_visible : bool
        Sample binary visible units too, instead of using their probabilities.
    sparsity_target, sparsity_cost : float
        Desired mean activity of hidden units and the strength of the pull (practical guide, section 11).
    """

    epochs: int = 30
    learning_rate: str = "0.1"
    momentum: str = "0.5,0.9@5"
    weight_decay: str = "0.0002"
    k: str = "1"
    sample_visible: bool = False
    sparsity_target: float = 0.1
    sparsity_cost: float = 0.0

    def __post_init__(self) -> None:
        for text in (self.learning_rate, self.momentum, self.weight_decay, self.k):
            Schedule(text)
        if self.epochs < 1:
            raise DbnError(f"a machine learns for at least one epoch, not {self.epochs}")
        if not 0 < self.sparsity_target < 1 or self.sparsity_cost < 0:
            raise DbnError("the sparsity target must lie between 0 and 1, its cost must not be negative")


@dataclass
class CDState:
    """Everything the next update needs.

    `activity` is the decaying mean of every hidden unit's probability that the sparsity target acts on.
    """

    rbm: RBM
    velocity: tuple[Array, Array, Array]
    activity: Array
    rng: Rng


@dataclass(frozen=True)
class CDInfo:
    """What a person wants to see of an update."""

    reconstruction_error: float
    """Mean squared difference, per visible unit, between the data and their first reconstruction."""


def init(rbm: RBM, rng: Rng, config: CDConfig) -> CDState:
    """Make the state before the first update. `rbm` is learned in place."""
    velocity = (np.zeros_like(rbm.W), np.zeros_like(rbm.b), np.zeros_like(rbm.c))
    return CDState(rbm, velocity, np.full_like(rbm.c, config.sparsity_target), rng)


def gradient(v: Array, p: Array, v_k: Array, p_k: Array) -> tuple[Array, Array, Array]:
    """Mean difference of the statistics of data (v, p) and chain (v_k, p_k), for W, b and c.

    With `v_k` from the model's own distribution this is the gradient of the mean log-likelihood.
    """
    n = len(v)
    W = np.concatenate([v, -v_k]).T @ np.concatenate([p, p_k])
    W /= n
    return W, (v - v_k).sum(axis=0) / n, (p - p_k).sum(axis=0) / n


def chain(rbm: RBM, p: Array, k: int, rng: Rng, *, bernoulli_means: bool) -> tuple[Array, Array, Array]:
    """Run k Gibbs steps from hidden probabilities `p` (n, n_hidden).

    Returns
    -------
    first, v_k, p_k
        The first reconstruction, the last one, and the hidden probabilities given the last one.
    """
    first = v_k = rbm.sample_v_from_h(rng.bernoulli(p), rng, bernoulli_means=bernoulli_means)
    p_k = rbm.mean_h_from_v(v_k)
    for _ in range(k - 1):
        v_k = rbm.sample_v_from_h(rng.bernoulli(p_k), rng, bernoulli_means=bernoulli_means)
        p_k = rbm.mean_h_from_v(v_k)
    return first, v_k, p_k


def step(state: CDState, v: Array, config: CDConfig, at: float) -> CDInfo:
    """Update a machine from one mini-batch `v` (n, n_visible), in place, at epoch `at` (a fraction)."""
    rbm = state.rbm

    def now(schedule: str) -> float:
        return Schedule(schedule)(at, config.epochs)

    p = rbm.mean_h_from_v(v)
    k = max(1, round(now(config.k)))
    first, v_k, p_k = chain(rbm, p, k, state.rng, bernoulli_means=not config.sample_visible)
    W, b, c = gradient(v, p, v_k, p_k)
    rate = now(config.learning_rate)
    W -= now(config.weight_decay) * rbm.W
    if config.sparsity_cost:
        state.activity *= 0.9
        state.activity += 0.1 * p.mean(axis=0)
        pull = config.sparsity_cost * (config.sparsity_target - state.activity)
        W += np.outer(v.mean(axis=0), pull)
        c += pull
    W *= rate
    momentum_step((rbm.W, rbm.b, rbm.c), state.velocity, (W, rate * b, rate * c), now(config.momentum))
    difference = (v - first).ravel()
    return CDInfo(float(difference @ difference) / difference.size)
