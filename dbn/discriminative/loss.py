"""The cross-entropy of a network and, by backpropagation, its gradient."""

from __future__ import annotations

import numpy as np

from dbn.discriminative.network import Network
from dbn.ops.numpy import Array, Rng


def loss_and_gradient(
    net: Network,
    x: Array,
    labels: Array,
    weight_decay: float = 0.0,
    dropout: float = 0.0,
    rng: Rng | None = None,
) -> tuple[float, list[Array], list[Array]]:
    """Mean cross-entropy in nats plus λ/2 Σ W², and its gradients.

    Parameters
    ----------
    net : Network
        Of any depth.
    x : array (n, pixels)
        Inputs.
    labels : int array (n,)
        Their classes.
    weight_decay : float
        λ.
    dropout, rng
        Probability with which hidden units are dropped, and the stream that draws them.

    Returns
    -------
    loss, weight gradients, bias gradients
        Gradients have the shapes of the network's weights and biases.
    """
    n = len(x)
    activities, log_p = net.forward(x, dropout, rng)
    loss = -float(log_p[np.arange(n), labels].mean(dtype=np.float64))
    delta = np.exp(log_p)
    delta[np.arange(n), labels] -= 1
    delta /= n
    weights: list[Array] = []
    biases: list[Array] = []
    for i in reversed(range(len(net.weights))):
        W, h = net.weights[i], activities[i]
        weights.append(h.T @ delta)
        biases.append(delta.sum(axis=0))
        if weight_decay:
            weights[-1] += weight_decay * W
            loss += 0.5 * weight_decay * float(np.vdot(W, W))
        if i:
            delta = delta @ W.T
            delta *= h  # a unit that was kept has h = σ / (1 − dropout), one that was dropped 0
            delta *= 1 - (1 - dropout) * h
    return loss, weights[::-1], biases[::-1]
