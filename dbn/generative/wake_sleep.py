"""Wake, dream and sleep: the states that one update of the up-down algorithm compares, and what it learns of them.

Hinton, Osindero & Teh 2006, *A fast learning algorithm for deep belief nets*, appendix B.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dbn import ops
from dbn.generative import contrastive
from dbn.generative.directed import Directed
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array, Rng
from dbn.training.ranks import WHOLE, Batch


@dataclass
class UpDownState:
    """Everything the next update needs.

    `averaged` are the averaged weights, in the order of `parameters`; none without averaging. `chains` (batch size,
    top units) are the top states in which the last update left the chains.
    """

    directed: tuple[Directed, ...]
    top: RBM
    averaged: tuple[Array, ...]
    chains: Array
    rng: Rng
    pixels: Rng


@dataclass(frozen=True)
class Phases:
    """The states that one update compares.

    Attributes
    ----------
    wake : list of arrays (n, units)
        From the pixels to the units under the associative memory: the data, and what is recognised in them.
    sleep : list of arrays (m, units)
        The same units, as the associative memory and the generative connections dream them.
    data, dream : arrays (n, visible), (m, visible)
        Visible states of the associative memory, label units first: in the wake phase, and after k Gibbs steps.
    data_h, dream_h : arrays (n, top units), (m, top units)
        Probabilities of its hidden units given these. The paper's statistics have sampled states in their place: the
        same in the mean, with more noise.
    """

    wake: list[Array]
    sleep: list[Array]
    data: Array
    dream: Array
    data_h: Array
    dream_h: Array


def phases(state: UpDownState, v: Array, y: Array, k: int, *, persistent: bool, clamped: Array | None = None) -> Phases:
    """Sample the wake phase, k Gibbs steps in the associative memory, and the sleep phase.

    Where labels of a share s of the chains are clamped, in the proportions of the data, the associative memory climbs
    (1 − s) log p(x, y) + s log p(x given y): what it dreams of each label is unlearned where it is not like the data,
    even where it dreams of that label too seldom for free chains to be there.

    Parameters
    ----------
    state : UpDownState
        Only its streams, and the chains of the associative memory, change.
    v, y : arrays (n, pixels), (n, n_classes)
        Images and one-hot labels; the latter have no columns if the net has no label units.
    k : int
        Gibbs steps.
    persistent : bool
        Whether the chains go on from `state.chains` instead of from the wake phase.
    clamped : int array (m,), optional
        Labels that the first m persistent chains keep.
    """
    rng, top, engine = state.rng, state.top, ops.of(v)
    wake = [v]
    for layer in state.directed:
        wake.append(layer.sample_h_from_v(wake[-1], rng))
    data = engine.concatenate([y, wake[-1]], axis=1)
    data_h = top.mean_h_from_v(data)
    h = state.chains if persistent else rng.bernoulli(data_h)
    kept = y[:0] if clamped is None else engine.one_hot(clamped, y.shape[1], y.dtype)
    for _ in range(k):
        dream = top.sample_v_from_h(h, rng, softmax_means=not persistent)
        dream[: len(kept), : y.shape[1]] = kept
        dream_h = top.mean_h_from_v(dream)
        h = rng.bernoulli(dream_h)
    state.chains[: len(h)] = h
    sleep = [dream[:, y.shape[1] :]]
    for i, layer in reversed(list(enumerate(state.directed))):
        below = layer.mean_v_from_h(sleep[0])
        sleep.insert(0, rng.bernoulli(below) if i else below)  # pixels stay probabilities
    return Phases(wake, sleep, data, dream, data_h, dream_h)


def restart(state: UpDownState, share: float, n_classes: int) -> None:
    """Let each chain begin anew with probability `share`: in a top state recognised in a random binary image.

    Chains that only ever come from the data never see the basins of low energy that lie far from them, so that these
    stay, and catch the chains that begin elsewhere when the net is sampled. Some that begin at noise find and fill
    them (Du & Mordatch 2019, *Implicit generation and modeling with energy-based models*, section 3.2).
    """
    rng, top, engine = state.rng, state.top, ops.of(state.chains)
    rows, anew = rng.some(len(state.chains), share)
    n = len(anew)
    x = rng.bernoulli(engine.full((n, state.directed[0].n_visible), 0.5, top.W))
    for layer in state.directed:
        x = layer.mean_h_from_v(x)
    y = engine.full((n, n_classes), 1 / max(1, n_classes), top.W)
    h = top.sample_h_from_v(engine.concatenate([y, x], axis=1), rng)
    state.chains[rows] += (h - state.chains[rows]) * anew


def learn(
    state: UpDownState, phase: Phases, rate: float, batch: Batch = WHOLE, *, persistent: bool = False
) -> tuple[float, float]:
    """Apply the wake-sleep rules to the directed layers, in place, and the contrastive rule to the associative memory.

    ΔG = ⟨hᵀ(v − σ(hG + b))⟩ in the wake phase, ΔR = ⟨vᵀ(h − σ(vR + c))⟩ in the sleep phase, and
    ΔW = ⟨vᵀh⟩_data − ⟨vᵀh⟩_dream, each times `rate`; biases like the weights of a unit that is always on. The states
    may be those of a share of a mini-batch, and of persistent chains or others.

    Returns
    -------
    reconstruction_error, recognition_error
        Mean squared errors, per unit: of the pixels given the first hidden layer in the wake phase, and of the first
        hidden layer given the dreamt pixels in the sleep phase.
    """
    errors: list[Any] = []
    number = ops.of(phase.data).number
    n, m = batch.sizes(len(phase.data), len(phase.dream), persistent=persistent)
    for layer, low, high, dream_low, dream_high in zip(
        state.directed, phase.wake, phase.wake[1:], phase.sleep, phase.sleep[1:], strict=False
    ):
        generated = low - layer.mean_v_from_h(high)
        recognised = dream_high - layer.mean_h_from_v(dream_low)
        if not errors:
            errors = [number(wrong.ravel() @ wrong.ravel()) for wrong in (generated, recognised)]
        _add(layer.G, layer.b, high, generated, rate / n, batch)
        _add(layer.R, layer.c, dream_low, recognised, rate / m, batch)
    parts = contrastive.gradient(phase.data, phase.data_h, phase.dream, phase.dream_h, sizes=(n, m))
    reconstruction, recognition, W, b, c = batch.total(*errors, *parts)
    for parameter, ascent in ((state.top.W, W), (state.top.b, b), (state.top.c, c)):
        ascent *= rate
        parameter += ascent
    return reconstruction / (n * phase.wake[0].shape[1]), recognition / (m * phase.sleep[1].shape[1])


def _add(W: Array, b: Array, inputs: Array, errors: Array, rate: float, batch: Batch) -> None:
    """Apply the delta rule, in place: W (inputs, units) += rate inputsᵀ errors, and b like the weights of a 1."""
    errors *= rate
    step_W, step_b = batch.total(inputs.T @ errors, errors.sum(axis=0))
    W += step_W
    b += step_b
