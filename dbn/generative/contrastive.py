"""Contrastive divergence: how one restricted Boltzmann machine learns.

ΔW = ε (⟨v pᵀ⟩_data − ⟨v pᵀ⟩_k), with p = p(h = 1 given v): the statistics of the data against those after k
steps of Gibbs sampling, which starts at the data (Hinton 2002) or goes on from where the last update left it
(Tieleman 2008, *Training restricted Boltzmann machines using approximations to the likelihood gradient*). A machine
with label units can also climb the exact log p(y given x), instead of that or besides (Larochelle & Bengio 2008,
*Classification using discriminative restricted Boltzmann machines*).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from dbn.errors import DbnError
from dbn.generative import conditional
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array, Rng
from dbn.training.momentum import momentum_step
from dbn.training.schedules import Schedule

MOST_RATE, MOST_STEPS = 100.0, 10_000
"""Larger values are slips of the pen: no machine learns at such rates, no run ends with so many Gibbs steps."""

Gradient: TypeAlias = tuple[Array, Array, Array]
"""Of W, b and c."""

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
        Passes over the data; with 0 a machine stays as it is.
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
    generative, discriminative : schedule
        Weights, at whole epochs, of the two gradients whose sum is followed: that of log p(y, x), by contrastive
        divergence, and that of log p(y given x), which takes label units. 1 and 0: the machine learns to generate;
        0 and 1: it learns to classify, and nothing is sampled; 0.01 and 1: the hybrid of Larochelle & Bengio 2008.

    Raises
    ------
    DbnError
        If a schedule cannot be read or leaves its bounds, a number is infinite, NaN or out of its range, or both
        weights are 0 in some epoch.
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
    generative: str = "1"
    discriminative: str = "0"

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
        if self.epochs < 0:
            raise DbnError(f"a machine learns for 0 or more epochs, not {self.epochs}")
        Schedule(self.generative).check("generative weight", 0, MOST_RATE)
        Schedule(self.discriminative).check("discriminative weight", 0, MOST_RATE)
        idle = [epoch for epoch in range(self.epochs) if not any(self.weights(epoch))]
        if idle:
            raise DbnError(
                f"the generative and the discriminative weight are both 0 in epoch {idle[0] + 1}, in which nothing "
                "would be learned; raise one of them"
            )
        if not 0 < self.sparsity_target < 1 or not self.sparsity_cost >= 0:
            raise DbnError("the sparsity target must lie between 0 and 1, its cost must not be negative")
        if not math.isfinite(self.sparsity_cost):
            raise DbnError(f"the sparsity cost must be finite, and {self.sparsity_cost} is not")

    def weights(self, epoch: int) -> tuple[float, float]:
        """Return the generative and the discriminative weight of a whole epoch, counted from 0.

        >>> CDConfig(epochs=4, generative="1,0.01@2", discriminative="0>1").weights(2)
        (0.01, 0.5)
        """
        return Schedule(self.generative)(epoch, self.epochs), Schedule(self.discriminative)(epoch, self.epochs)


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

    reconstruction_error: float | None = None
    """Mean squared difference, per visible unit, between the data and their reconstruction by one Gibbs step."""
    loss: float | None = None
    """Mean −log p(y given x), in nats, before the update."""


def init(rbm: RBM, rng: Rng, config: CDConfig, n_chains: int) -> CDState:
    """Make the state before the first update: one chain for each example of a mini-batch. `rbm` is learned in place.

    Raises
    ------
    DbnError
        If the machine shall learn to classify and has no label units.
    """
    if Schedule(config.discriminative).bounds != (0, 0) and not rbm.n_labels:
        raise DbnError(
            f"a machine without label units cannot learn to classify (discriminative {config.discriminative!r}); "
            "give it label units, or leave that weight at 0"
        )
    velocity = (np.zeros_like(rbm.W), np.zeros_like(rbm.b), np.zeros_like(rbm.c))
    chains = rng.bernoulli(np.full((n_chains, rbm.n_hidden), 0.5, rbm.c.dtype))
    return CDState(rbm, velocity, chains, np.full_like(rbm.c, config.sparsity_target), rng)


def gradient(v: Array, p: Array, v_k: Array, p_k: Array) -> Gradient:
    """Difference of the mean statistics of data (v, p) and chains (v_k, p_k), for W, b and c.

    With `v_k` from the model's own distribution this is the gradient of the mean log-likelihood. For W it is one
    product, [v; v_k]ᵀ [p/n; −p_k/m].
    """
    n, m = len(v), len(v_k)
    weighted = np.empty((n + m, p.shape[1]), p.dtype)
    np.divide(p, n, out=weighted[:n])
    np.divide(p_k, -m, out=weighted[n:])
    W = np.concatenate([v, v_k]).T @ weighted
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


def contrast(state: CDState, v: Array, p: Array, config: CDConfig, at: float) -> tuple[float, Gradient]:
    """Run the chains, and compare where they end with the data v and their hidden probabilities p.

    Returns
    -------
    reconstruction_error, gradient
        See `CDInfo`, and the function `gradient`.
    """
    rbm, rng = state.rbm, state.rng
    k = max(1, round(Schedule(config.k)(at, config.epochs)))
    persistent = Schedule(config.persistent)(at, config.epochs) >= 0.5
    means = not config.sample_visible
    reconstruction = rbm.sample_v_from_h(rng.bernoulli(p), rng, bernoulli_means=means)
    start = rbm.sample_v_from_h(state.chains, rng) if persistent else reconstruction
    v_k, p_k = chain(rbm, start, k - 1, rng, bernoulli_means=means and not persistent)
    state.chains[: len(p_k)] = rng.bernoulli(p_k)
    difference = (v - reconstruction).ravel()
    return float(difference @ difference) / difference.size, gradient(v, p, v_k, p_k)


def step(state: CDState, v: Array, config: CDConfig, at: float) -> CDInfo:
    """Update a machine from one mini-batch `v` (n, n_visible), in place, at epoch `at` (a fraction)."""
    rbm = state.rbm

    def now(schedule: str) -> float:
        return Schedule(schedule)(at, config.epochs)

    generative, discriminative = config.weights(int(at))
    error = loss = None
    terms = []
    if generative or config.sparsity_cost:
        p = rbm.mean_h_from_v(v)
    if generative:
        error, ascent = contrast(state, v, p, config, at)
        terms.append((generative, ascent))
    if discriminative:
        loss, ascent = conditional.gradient(rbm, v)
        terms.append((discriminative, ascent))
    W, b, c = _weighted_sum(terms)
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
    return CDInfo(error, loss)


def _weighted_sum(terms: list[tuple[float, Gradient]]) -> Gradient:
    """Σ weight · gradient, written over the first of them."""
    for weight, ascent in terms:
        if weight != 1:
            for array in ascent:
                array *= weight
    total, *others = (ascent for _, ascent in terms)
    for ascent in others:
        for array, more in zip(total, ascent, strict=True):
            array += more
    return total
