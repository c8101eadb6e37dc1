"""Contrastive divergence: how one restricted Boltzmann machine learns.

ΔW = ε (⟨v pᵀ⟩_data − ⟨v pᵀ⟩_k), with p = p(h = 1 given v): the statistics of the data against those after k
steps of Gibbs sampling, which starts at the data (Hinton 2002) or goes on from where the last update left it
(Tieleman 2008, *Training restricted Boltzmann machines using approximations to the likelihood gradient*). A machine
with label units can also climb the exact log p(y given x), instead of that or besides (Larochelle & Bengio 2008,
*Classification using discriminative restricted Boltzmann machines*).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, cast

from dbn import ops
from dbn.errors import DbnError
from dbn.generative import centering, conditional, fast_weights, tempering, units, variances
from dbn.generative.cd_config import CDConfig, Choices
from dbn.generative.centering import Offsets
from dbn.generative.fast_weights import Fast
from dbn.generative.rbm import RBM
from dbn.generative.tempering import Replicas
from dbn.ops.numpy import Array, Rng
from dbn.training.momentum import momentum_step
from dbn.training.ranks import WHOLE, Batch, mean
from dbn.training.schedules import Numbers, Schedule

Gradient: TypeAlias = tuple[Array, ...]
"""Of W, b, c and, where there are Gaussian units, z; see `gradient`."""


@dataclass
class CDState:
    """Everything the next update needs.

    `chains` (batch size, n_hidden) are the hidden states in which the last update left the chains; `activity` is the
    decaying mean of every hidden unit's probability that the sparsity target acts on; `offsets` are those of
    `centering`, `replicas` the chains of `tempering`, `fast` the `fast_weights`: none without these.
    """

    rbm: RBM
    velocity: Gradient
    chains: Array
    activity: Array
    rng: Rng
    offsets: Offsets | tuple[()] = ()
    replicas: Replicas | tuple[()] = ()
    fast: Fast | tuple[()] = ()


def init(rbm: RBM, rng: Rng, config: CDConfig, n_chains: int) -> CDState:
    """Make the state before the first update: one chain for each example of a mini-batch. `rbm` is learned in place.

    Raises
    ------
    DbnError
        If the machine shall learn to classify and has no label units, or be tempered and has Gaussian or rectified
        linear units.
    """
    if Schedule(config.discriminative).bounds != (0, 0) and not rbm.n_labels:
        raise DbnError(
            f"a machine without label units cannot learn to classify (discriminative {config.discriminative!r}); "
            "give it label units, or leave that weight at 0"
        )
    full = ops.of(rbm.c).full
    velocity = tuple(full(parameter.shape, 0, parameter) for parameter in rbm.parameters)
    chains = rng.bernoulli(full((n_chains, rbm.n_hidden), 0.5, rbm.c))
    offsets = centering.neutral(rbm.groups, rbm.c) if config.centering else ()
    replicas = tempering.create(rbm, config.temperatures, n_chains, rng) if config.temperatures > 1 else ()
    fast = fast_weights.none_yet(rbm) if config.has_fast_weights else ()
    activity = full(rbm.c.shape, config.sparsity_target, rbm.c)
    return CDState(rbm, velocity, chains, activity, rng, offsets, replicas, fast)


def set_base_rates(state: CDState, rates: Array, squares: Array, new: slice) -> None:
    """Let learning begin with the mean visible states of the data, and Gaussian units with their variances.

    Parameters
    ----------
    state : CDState
        The visible biases of `new` units, and of all units at the highest temperature, become those of the base rates
        (`units.base_rate_biases`), the visible offsets the rates themselves.
    rates, squares : arrays (n_visible,)
        The means of the states and of their squares.
    new : slice
        The visible units that have not learned yet.
    """
    biases = units.base_rate_biases(state.rbm.groups, rates)
    state.rbm.b[new] = biases[new]
    if new == slice(None):
        variances.begin(state.rbm, squares - rates**2)
    if state.offsets:
        state.offsets[0][:] = rates
    if state.replicas:
        state.replicas.base[:] = biases


def moments(blocks: Iterable[Array]) -> tuple[Array, Array]:
    """Means of visible states and of their squares: blocks of (n, n_visible) -> (n_visible,), (n_visible,), float64.

    >>> import numpy as np
    >>> moments([np.array([[1.0, 3.0]]), np.array([[2.0, 3.0]])])
    (array([1.5, 3. ]), array([2.5, 9. ]))
    """
    n, total, squares = 0, 0.0, 0.0
    for block in blocks:
        v = ops.of(block).copy(block, ops.of(block).float64)
        n, total, squares = n + len(v), total + v.sum(axis=0), squares + (v * v).sum(axis=0)
    return cast(Array, total) / n, cast(Array, squares) / n


def gradient(
    v: Array, p: Array, v_k: Array, p_k: Array, *, sizes: tuple[int, int] | None = None
) -> tuple[Array, Array, Array]:
    """Difference of the mean statistics of data (v, p) and chains (v_k, p_k), for W, b and c.

    With `v_k` from the model's own distribution this is the gradient of the mean log-likelihood. For W it is one
    product, [v; v_k]ᵀ [p/n; −p_k/m]. Of a Gaussian unit the gradient in W and b is 1/σ² times this. Without the factor
    the step is uphill too, and a learning rate means the same in whatever unit v is measured. If what is here is a part
    of so many examples and chains, `sizes`, this is what it contributes.
    """
    here, (n, m) = len(v), sizes or (len(v), len(v_k))
    concatenate = ops.of(p).concatenate
    weighted = concatenate([p, p_k])
    weighted[:here] /= n
    weighted[here:] /= -m
    W: Array = concatenate([v, v_k]).T @ weighted
    return W, mean(v, n) - mean(v_k, m), mean(p, n) - mean(p_k, m)


def chain(rbm: RBM, v: Array, steps: int, rng: Rng, *, bernoulli_means: bool) -> tuple[Array, Array]:
    """Run Gibbs steps from visible states v (n, n_visible).

    Returns
    -------
    v, p
        The last visible states, and the hidden probabilities (n, n_hidden) given them.
    """
    p = rbm.mean_h_from_v(v)
    for _ in range(steps):
        v = rbm.sample_v_from_h(rbm.sample_h(p, rng), rng, bernoulli_means=bernoulli_means)
        p = rbm.mean_h_from_v(v)
    return v, p


def contrast(
    state: CDState, v: Array, p: Array, config: CDConfig, moment: tuple[Choices, Numbers], batch: Batch
) -> tuple[float, Gradient]:
    """Run the chains, and compare where they end with the data v and their hidden probabilities p.

    Returns
    -------
    reconstruction_error, gradient
        See `step`, and the function `gradient`.
    """
    rbm, rng = state.rbm, state.rng
    (k, persistent, *_), numbers = moment
    means = not config.sample_visible
    reconstruction = rbm.sample_v_from_h(rbm.sample_h(p, rng), rng, bernoulli_means=means)
    if persistent and state.replicas:
        v_k, p_k, state.chains[:] = tempering.advance(rbm, state.chains, state.replicas, k, rng)
    else:
        model = fast_weights.overlaid(rbm, state.fast) if persistent and state.fast else rbm
        start = model.sample_v_from_h(state.chains, rng) if persistent else reconstruction
        v_k, p_k = chain(model, start, k - 1, rng, bernoulli_means=means and not persistent)
        state.chains[: len(p_k)] = rbm.sample_h(p_k, rng)
    sizes = batch.sizes(len(v), len(v_k), persistent=persistent)
    difference = (v - reconstruction).ravel()
    error = ops.of(difference).number(difference @ difference) / (sizes[0] * rbm.n_visible)
    parts: Gradient = gradient(v, p, v_k, p_k, sizes=sizes)
    if len(rbm.z):
        parts = (*parts, variances.gradient(rbm, v, p, v_k, p_k, sizes))
    error, W, b, c, *z = batch.total(error, *parts)
    if state.offsets:
        centering.slide(state.offsets, config.centering, v, p, v_k, p_k, sizes, batch)
    if persistent and state.fast:
        fast = (
            centering.centred((ops.of(W).copy(W), b, c), state.offsets, rbm.precision) if state.offsets else (W, b, c)
        )
        fast_weights.learn(state.fast, fast, numbers["fast_rate"])
    return error, (W, b, c, *z)


def step(
    state: CDState, v: Array, config: CDConfig, moment: tuple[Choices, Numbers], batch: Batch = WHOLE
) -> dict[str, float]:
    """Update a machine from a mini-batch `v` (n, n_visible), or a share of it, in place; see `CDConfig.moment`.

    Returned are, where chains run, `reconstruction_error`, the mean squared difference, per visible unit, between the
    data and their reconstruction by one Gibbs step; and, of discriminative learning, `loss`, the mean −log p(y given x)
    in nats before the update.
    """
    rbm = state.rbm
    choices, numbers = moment
    told: dict[str, float] = {}
    n, _ = batch.sizes(len(v), 0, persistent=False)
    terms = []
    if choices.generative or config.sparsity_cost:
        p = rbm.mean_h_from_v(v)
    if choices.generative:
        told["reconstruction_error"], ascent = contrast(state, v, p, config, moment, batch)
        terms.append((numbers["generative"], ascent))
    if choices.discriminative:
        loss, ascent = conditional.gradient(rbm, v, n)
        told["loss"], *totals = batch.total(loss, *ascent)
        terms.append((numbers["discriminative"], tuple(totals)))
    W, b, c, *z = _weighted_sum(terms, weighted=choices.weighted)
    rate = numbers["learning_rate"]
    W -= numbers["weight_decay"] * rbm.W
    if config.sparsity_cost:
        active, on = batch.total(mean(p, n), mean(v, n))
        state.activity *= 0.9
        state.activity += 0.1 * active
        pull = config.sparsity_cost * (config.sparsity_target - state.activity)
        W += on[:, None] * pull
        c += pull
    if state.offsets:
        W, b, c = centering.centred((W, b, c), state.offsets, rbm.precision)
    W *= rate
    ascent = (W, *(rate * array for array in (b, c, *z)))
    momentum_step(rbm.parameters, state.velocity, ascent, numbers["momentum"])
    if len(rbm.z):
        rbm.z[:] = rbm.z.clip(min=variances.LEAST)
    return told


def _weighted_sum(terms: list[tuple[float, Gradient]], *, weighted: bool) -> Gradient:
    """Σ weight · gradient, written over the first of them; if they are not `weighted`, all weights are 1."""
    for weight, ascent in terms if weighted else ():
        for array in ascent:
            array *= weight
    total, *others = (ascent for _, ascent in terms)
    for ascent in others:
        for array, more in zip(total, ascent, strict=True):
            array += more
    return total
