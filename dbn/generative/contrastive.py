"""Contrastive divergence: how one restricted Boltzmann machine learns.

ΔW = ε (⟨v pᵀ⟩_data − ⟨v pᵀ⟩_k), with p = p(h = 1 given v): the statistics of the data against those after k
steps of Gibbs sampling, which starts at the data (Hinton 2002) or goes on from where the last update left it
(Tieleman 2008, *Training restricted Boltzmann machines using approximations to the likelihood gradient*).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dbn.errors import DbnError
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array, Rng
from dbn.training.momentum import momentum_step
from dbn.training.schedules import Schedule

MOST_RATE, MOST_STEPS = 100.0, 10_000
"""Larger values are slips of the pen: no machine learns at such rates, no run ends with so many Gibbs steps."""

MOST_MOMENTUM = 0.9999
"""At 1 velocities would never decay."""


@dataclass(frozen=True)
class CDConfig:
    """Hyper-parameters of one machine's learning. Schedules are texts, see `Schedule`.

    Rates, momentum and weight decay are by default those of the code that Hinton & Salakhutdinov published with
    *Reducing the dimensionality of data with neural networks* (Science, 2006), which sampled hidden units and used
    visible probabilities; the 30 epochs are those of *A fast learning algorithm for deep belief nets* (Hinton,
    Osindero & Teh, Neural Computation, 2006).

    Parameters
    ----------
    epochs : int
        Passes over the data.
    learning_rate, momentum : schedule
        Of the mean gradient of a mini-batch. The momentum is less than 1.
    weight_decay : schedule
        L2, on weights only, times the learning rate.
    k : schedule
        Gibbs steps, rounded to whole numbers.
    persistent : schedule
        0: every chain starts at the data (CD). 1: it goes on from where the last update left it (PCD). Nothing lies
        between. Going over from 0 to 1, the chains begin where CD ends.
    sample_visible : bool
        Sample binary visible units too, instead of using their probabilities. Persistent chains always do.
    sparsity_target, sparsity_cost : float
        Desired mean activity of hidden units and the strength of the pull (Hinton 2012, *A practical guide to
        training restricted Boltzmann machines*).

    Raises
    ------
    DbnError
        If a schedule cannot be read or leaves its bounds, or a number is infinite, NaN or out of its range.
    """

    epochs: int = 30
    learning_rate: str = "0.1"
    momentum: str = "0.5,0.9@5"
    weight_decay: str = "0.0002"
    k: str = "1"
    persistent: str = "0"
    sample_visible: bool = False
    sparsity_target: float = 0.1
    sparsity_cost: float = 0.0

    def __post_init__(self) -> None:
        Schedule(self.learning_rate).check("learning rate", 0, MOST_RATE)
        Schedule(self.momentum).check("momentum", 0, MOST_MOMENTUM)
        Schedule(self.weight_decay).check("weight decay", 0, MOST_RATE)
        Schedule(self.k).check("k", 1, MOST_STEPS)
        Schedule(self.persistent).check("persistent", 0, 1)
        steps = [step.split("@")[0] for step in self.persistent.split(",")]
        if ">" in self.persistent or not {float(step) for step in steps} <= {0, 1}:
            raise DbnError(
                f"persistent is 0 (CD) or 1 (PCD) in every epoch, and the schedule {self.persistent!r} is something "
                "between; write for example 0, 1, or 0,1@10"
            )
        if self.epochs < 1:
            raise DbnError(f"a machine learns for at least one epoch, not {self.epochs}")
        if not 0 < self.sparsity_target < 1 or not self.sparsity_cost >= 0:
            raise DbnError("the sparsity target must lie between 0 and 1, its cost must not be negative")
        if not math.isfinite(self.sparsity_cost):
            raise DbnError(f"the sparsity cost must be finite, and {self.sparsity_cost} is not")


@dataclass
class CDState:
    """Everything the next update needs.

    `chains` (batch size, n_hidden) are the hidden states in which the last update left the chains; `activity` is the
    decaying mean of every hidden unit's probability that the sparsity target acts on.
    """

    rbm: RBM
    velocity: tuple[Array, Array, Array]
    chains: Array
    activity: Array
    rng: Rng


@dataclass(frozen=True)
class CDInfo:
    """What a person wants to see of an update."""

    reconstruction_error: float
    """Mean squared difference, per visible unit, between the data and their reconstruction by one Gibbs step."""


def init(rbm: RBM, rng: Rng, config: CDConfig, n_chains: int) -> CDState:
    """Make the state before the first update: one chain for each example of a mini-batch. `rbm` is learned in place."""
    velocity = (np.zeros_like(rbm.W), np.zeros_like(rbm.b), np.zeros_like(rbm.c))
    chains = rng.bernoulli(np.full((n_chains, rbm.n_hidden), 0.5, rbm.c.dtype))
    return CDState(rbm, velocity, chains, np.full_like(rbm.c, config.sparsity_target), rng)


def gradient(v: Array, p: Array, v_k: Array, p_k: Array) -> tuple[Array, Array, Array]:
    """Difference of the mean statistics of data (v, p) and chains (v_k, p_k), for W, b and c.

    With `v_k` from the model's own distribution this is the gradient of the mean log-likelihood. For W it is one
    product, [v; v_k]ᵀ [p/n; −p_k/m].
    """
    W = np.concatenate([v, v_k]).T @ np.concatenate([p / len(v), p_k / -len(v_k)])
    return W, v.mean(axis=0) - v_k.mean(axis=0), p.mean(axis=0) - p_k.mean(axis=0)


def chain(rbm: RBM, v: Array, steps: int, rng: Rng, *, bernoulli_means: bool) -> tuple[Array, Array]:
    """Run Gibbs steps from visible states v (n, n_visible).

    Returns
    -------
    v, p
        The last visible states, and the hidden probabilities (n, n_hidden) given them.
    """
    p = rbm.mean_h_from_v(v)
    for _ in range(steps):
        v = rbm.sample_v_from_h(rng.bernoulli(p), rng, bernoulli_means=bernoulli_means)
        p = rbm.mean_h_from_v(v)
    return v, p


def step(state: CDState, v: Array, config: CDConfig, at: float) -> CDInfo:
    """Update a machine from one mini-batch `v` (n, n_visible), in place, at epoch `at` (a fraction)."""
    rbm = state.rbm

    def now(schedule: str) -> float:
        return Schedule(schedule)(at, config.epochs)

    p = rbm.mean_h_from_v(v)
    k = max(1, round(now(config.k)))
    persistent = now(config.persistent) >= 0.5
    means = not config.sample_visible
    reconstruction = rbm.sample_v_from_h(state.rng.bernoulli(p), state.rng, bernoulli_means=means)
    start = rbm.sample_v_from_h(state.chains, state.rng) if persistent else reconstruction
    v_k, p_k = chain(rbm, start, k - 1, state.rng, bernoulli_means=means and not persistent)
    state.chains[: len(p_k)] = state.rng.bernoulli(p_k)
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
    difference = (v - reconstruction).ravel()
    return CDInfo(float(difference @ difference) / difference.size)
