"""Learning on large batches: the loss as a function of all weights at once, given to SciPy's optimisers."""

from __future__ import annotations

import numpy as np

from dbn.discriminative.loss import loss_and_gradient
from dbn.discriminative.network import Network
from dbn.ops.numpy import Array

METHODS = {"lbfgs": "L-BFGS-B", "cg": "CG"}
"""Names that SciPy gives to the optimisers."""


def minimise(
    net: Network, x: Array, targets: Array, method: str = "lbfgs", iterations: int = 3, weight_decay: float = 0.0
) -> float:
    """Learn from all of `x` at once, in place, and return the loss reached.

    Parameters
    ----------
    net : Network
        Its weights and biases are overwritten.
    x, targets
        As in `loss_and_gradient`.
    method : {"lbfgs", "cg"}
        The optimiser, which starts afresh at each call.
    iterations : int
        It ends after so many, or at a minimum.
    weight_decay : float
        λ.

    >>> net = Network((np.zeros((1, 1)),), (np.zeros(1),), ("identity",))
    >>> loss = minimise(net, np.array([[0.0], [1.0]]), np.array([[1.0], [3.0]]), iterations=10)
    >>> bool(loss < 1e-12), net.weights[0].round(4).item(), net.biases[0].round(4).item()
    (True, 2.0, 1.0)
    """
    from scipy.optimize import minimize  # a slow import that SGD does not need

    parameters = [*net.weights, *net.biases]

    def objective(flat: Array) -> tuple[float, Array]:
        _unflatten(flat, parameters)
        loss, weights, biases = loss_and_gradient(net, x, targets, weight_decay)
        return loss, _flatten([*weights, *biases])

    result = minimize(
        objective, _flatten(parameters), jac=True, method=METHODS[method], options={"maxiter": iterations}
    )
    _unflatten(result.x, parameters)
    return float(result.fun)


def _flatten(arrays: list[Array]) -> Array:
    return np.concatenate([array.ravel() for array in arrays]).astype(np.float64)


def _unflatten(flat: Array, arrays: list[Array]) -> None:
    at = 0
    for array in arrays:
        array[...] = flat[at : at + array.size].reshape(array.shape)
        at += array.size
