"""The loss of a network, cross-entropy or squared error, and, by backpropagation, its gradient."""

from __future__ import annotations

import numpy as np

from dbn import ops
from dbn.discriminative.activations import UNITS, times_slope
from dbn.discriminative.network import SOFTMAX, Network
from dbn.ops.numpy import Array, Rng
from dbn.training.ranks import WHOLE, Batch, mean

OUTPUT_OF = {"cross-entropy": SOFTMAX, "squared-error": "sigmoid"}
"""The output units that a classifier gets for each loss; the squared error takes any others but a softmax too."""


SHORT = 1e-18
"""What keeps a gradient of length 0 from being divided by it; the square of one much shorter is 0 in float32."""


def loss_of(output: str) -> str:
    """Return the name of the loss that goes with a kind of output units.

    >>> loss_of("softmax"), loss_of("tanh")
    ('cross-entropy', 'squared-error')
    """
    return "cross-entropy" if output == SOFTMAX else "squared-error"


def losses(output: str, y: Array, targets: Array) -> Array:
    """Return the loss of each example: (n, outputs), (n,) or (n, outputs) -> (n,).

    - of a softmax, the cross-entropy −Σ_k t_k log y_k, in nats;
    - of all other units, the squared error ½ Σ_k (y_k − t_k)².

    Parameters
    ----------
    output : str
        Kind of the output units.
    y : array (n, outputs)
        Outputs, as `Network.forward` gives them: as logarithms if they are softmax or sigmoid.
    targets : int array (n,), or array (n, outputs)
        Classes: t is 1 for the label and otherwise 0. Or t itself.

    >>> y = np.array([[0.5, 0.25]])
    >>> losses("sigmoid", np.log(y), np.array([1]))
    array([0.40625])
    >>> losses("identity", y, np.array([[0.5, 2.25]]))
    array([2.])
    """
    engine, wanted = ops.of(y), _wanted(targets, y)
    if output == SOFTMAX:
        surprise: Array = -engine.vecdot(wanted, y)
        return surprise
    wrong = (engine.exp(y) if output == "sigmoid" else y) - wanted
    squared: Array = 0.5 * engine.vecdot(wrong, wrong)
    return squared


def loss_and_gradient(
    net: Network,
    x: Array,
    targets: Array,
    weight_decay: float = 0.0,
    dropout: float = 0.0,
    rng: Rng | None = None,
    sample_weight: Array | None = None,
    batch: Batch = WHOLE,
    adversarial: float = 0.0,
) -> tuple[float, list[Array], list[Array]]:
    """Mean loss plus λ/2 Σ W², and its gradients.

    Parameters
    ----------
    net : Network
        Of any depth and any units. Its output units say which loss, see `losses`.
    x : array (n, pixels)
        Inputs.
    targets : int array (n,), or array (n, outputs)
        Their classes, or the outputs wanted.
    weight_decay : float
        λ.
    dropout, rng
        Probability with which hidden units are dropped, and the stream that draws them.
    sample_weight : array (n,), optional
        How often each example counts in the mean, if they are all here.
    batch : Batch
        The mini-batch of which they may be a share.
    adversarial : float
        ε. Above 0, half of the mean loss is that of adversarial examples: each x is moved by the length ε to where its
        loss grows fastest (Goodfellow, Shlens & Szegedy 2015, *Explaining and harnessing adversarial examples*,
        section 6, there with the greatest change of a pixel as the length, here with the Euclidean norm). The gradient
        takes them as given.

    Returns
    -------
    loss, weight gradients, bias gradients
        Gradients have the shapes of the network's weights and biases.
    """
    engine, (n, _) = ops.of(x), batch.sizes(len(x), 0, persistent=False)
    masks = draw_masks(net, x, dropout, rng) if dropout and rng else []
    each, gradients, delta = _backward(net, x, targets, masks, dropout, sample_weight, n)
    if adversarial:
        uphill = delta @ net.weights[0].T
        steps = adversarial * uphill / (engine.vecdot(uphill, uphill)[:, None] ** 0.5 + SHORT)
        others, more, _ = _backward(net, x + steps, targets, masks, dropout, sample_weight, n)
        each = (each + others) / 2
        gradients = [(gradient + other) / 2 for gradient, other in zip(gradients, more, strict=True)]
    loss = engine.number(
        mean(each, n, dtype=engine.float64) if sample_weight is None else np.average(each, weights=sample_weight)
    )
    loss, *gradients = batch.total(loss, *gradients)
    weights, biases = gradients[: len(net.weights)], gradients[len(net.weights) :]
    if weight_decay:
        for W, step in zip(reversed(net.weights), weights, strict=True):
            step += weight_decay * W
            loss += 0.5 * weight_decay * engine.number(W.ravel() @ W.ravel())
    return loss, weights[::-1], biases[::-1]


def _backward(
    net: Network, x: Array, targets: Array, masks: list[Array], dropout: float, sample_weight: Array | None, n: int
) -> tuple[Array, list[Array], Array]:
    """Losses (n,), the gradients of their mean (weights from the output down, then biases), and ∂E/∂a of layer 1."""
    activities, y = net.forward(x, masks)
    wanted = _wanted(targets, y)
    each = losses(net.units[-1], y, wanted)
    if net.gives_logarithms:
        y = ops.of(y).exp(y)
    delta = y - wanted
    if net.units[-1] != SOFTMAX:
        delta *= UNITS[net.units[-1]].slope(y)
    if sample_weight is None:
        delta /= n
    else:
        delta *= (sample_weight / sample_weight.sum())[:, None]
    weights: list[Array] = []
    biases: list[Array] = []
    for i in reversed(range(len(net.weights))):
        W, h = net.weights[i], activities[i]
        weights.append(h.T @ delta if len(x) != 1 else h.T * delta)  # BLAS takes three times as long for one example
        biases.append(delta.sum(axis=0))
        if i:
            delta = delta @ W.T
            times_slope(net.units[i - 1], delta, h, masks[i - 1] if masks else None, 1 - dropout)
    return each, [*weights, *biases], delta


def draw_masks(net: Network, x: Array, dropout: float, rng: Rng) -> list[Array]:
    """Draw which hidden units learn from each example: [(n, units), …], a mask a hidden layer.

    A mask is 0 with probability `dropout`, and otherwise 1 / (1 − dropout), so that the inputs to the next layer keep
    their mean (Srivastava et al. 2014, *Dropout: a simple way to prevent neural networks from overfitting*,
    section 10).
    """
    copy, dtype = ops.of(x).copy, net.weights[0].dtype
    return [copy(rng.uniform((len(x), units)) >= dropout, dtype) / (1 - dropout) for units in net.sizes[1:-1]]


def _wanted(targets: Array, y: Array) -> Array:
    rows: Array = ops.of(y).one_hot(targets, y.shape[1], y.dtype) if targets.ndim == 1 else targets
    return rows
