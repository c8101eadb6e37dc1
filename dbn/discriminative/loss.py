"""The loss of a network, cross-entropy or squared error, and, by backpropagation, its gradient."""

from __future__ import annotations

import numpy as np

from dbn.discriminative.network import Network, Output
from dbn.ops.numpy import Array, Rng, one_hot

OUTPUT_OF: dict[str, Output] = {"cross-entropy": "softmax", "squared-error": "sigmoid"}
"""The kind of output units that each loss is for."""


def losses(output: Output, log_y: Array, labels: Array) -> Array:
    """Return the loss of each example: (n, n_classes), int (n,) -> (n,).

    - of a softmax, the cross-entropy −log y_label, in nats;
    - of sigmoid units, the squared error ½ Σ_k (y_k − t_k)², where t is 1 for the label and otherwise 0.

    Parameters
    ----------
    output : {"softmax", "sigmoid"}
        Kind of the output units.
    log_y : array (n, n_classes)
        Logarithms of the outputs, as `Network.forward` gives them.
    labels : int array (n,)
        Classes.

    >>> y = np.array([[0.5, 0.25]])
    >>> losses("sigmoid", np.log(y), np.array([1]))
    array([0.40625])
    """
    if output == "softmax":
        surprise: Array = -log_y[np.arange(len(labels)), labels]
        return surprise
    wrong = np.exp(log_y) - one_hot(labels, log_y.shape[1], log_y.dtype)
    squared: Array = 0.5 * np.vecdot(wrong, wrong)
    return squared


def loss_and_gradient(
    net: Network,
    x: Array,
    labels: Array,
    weight_decay: float = 0.0,
    dropout: float = 0.0,
    rng: Rng | None = None,
    sample_weight: Array | None = None,
) -> tuple[float, list[Array], list[Array]]:
    """Mean loss plus λ/2 Σ W², and its gradients.

    Parameters
    ----------
    net : Network
        Of any depth. Its output units say which loss, see `losses`.
    x : array (n, pixels)
        Inputs.
    labels : int array (n,)
        Their classes.
    weight_decay : float
        λ.
    dropout, rng
        Probability with which hidden units are dropped, and the stream that draws them.
    sample_weight : array (n,), optional
        How often each example counts in the mean.

    Returns
    -------
    loss, weight gradients, bias gradients
        Gradients have the shapes of the network's weights and biases.
    """
    n = len(x)
    activities, log_y = net.forward(x, dropout, rng)
    each = losses(net.output, log_y, labels)
    loss = float(each.mean(dtype=np.float64) if sample_weight is None else np.average(each, weights=sample_weight))
    y = np.exp(log_y)
    delta = y.copy()
    delta[np.arange(n), labels] -= 1
    if net.output == "sigmoid":
        delta *= y * (1 - y)
    if sample_weight is None:
        delta /= n
    else:
        delta *= (sample_weight / sample_weight.sum())[:, None]
    weights: list[Array] = []
    biases: list[Array] = []
    for i in reversed(range(len(net.weights))):
        W, h = net.weights[i], activities[i]
        weights.append(h.T @ delta if n > 1 else h.T * delta)  # BLAS takes three times as long for one example
        biases.append(delta.sum(axis=0))
        if weight_decay:
            weights[-1] += weight_decay * W
            loss += 0.5 * weight_decay * float(np.vdot(W, W))
        if i:
            delta = delta @ W.T
            delta *= h  # a unit that was kept has h = σ / (1 − dropout), one that was dropped 0
            delta *= 1 - (1 - dropout) * h
    return loss, weights[::-1], biases[::-1]
