"""Minimising the loss on one batch with SciPy's optimisers, whose memory ends with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dbn.discriminative.loss import loss_and_gradient
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.ops.numpy import Array
from dbn.training.ranks import WHOLE, Batch

SCIPY_METHODS = {"lbfgs": "L-BFGS-B", "cg": "CG"}


@dataclass(frozen=True)
class Minimum:
    """Where an optimiser ended: the loss there, after how many iterations, and whether it met its own tolerance."""

    loss: float
    iterations: int
    converged: bool


def minimise(
    net: Network,
    x: Array,
    targets: Array,
    optimiser: str,
    iterations: int,
    weight_decay: float = 0.0,
    sample_weight: Array | None = None,
    options: Mapping[str, Any] | None = None,
    batch: Batch = WHOLE,
) -> Minimum:
    """Bring a network closer to the least mean loss plus λ/2 Σ W², in place; see `loss_and_gradient`.

    Parameters
    ----------
    net : Network
        Where to start. Its weights and biases are overwritten with those of the end.
    x, targets
        The batch, as in `loss_and_gradient`.
    optimiser : {"lbfgs", "cg"}
        L-BFGS or conjugate gradient.
    iterations : int
        How many at most.
    weight_decay : float
        λ.
    sample_weight : array (n,), optional
        How often each example counts.
    options : mapping, optional
        More of SciPy's options, such as its tolerances.
    batch : Batch
        The mini-batch of which x may be a share: all ranks look at the same losses, and so go the same way.

    Raises
    ------
    DbnError
        If there is no such optimiser.

    >>> net = Network((np.zeros((1, 2)),), (np.zeros(2),))
    >>> round(minimise(net, np.array([[-1.0], [1.0]]), np.array([0, 1]), "lbfgs", 100, weight_decay=0.1).loss, 4)
    0.2257
    >>> net.weights[0].round(2)
    array([[-1.06,  1.06]])
    """
    if optimiser not in SCIPY_METHODS:
        raise DbnError(f"no optimiser {optimiser!r} of SciPy; known are {', '.join(SCIPY_METHODS)}")
    from scipy.optimize import minimize  # a slow import that SGD does not need

    parameters = [*net.weights, *net.biases]

    def objective(flat: Array) -> tuple[float, Array]:
        _unflatten(flat, parameters)
        loss, weights, biases = loss_and_gradient(
            net, x, targets, weight_decay, sample_weight=sample_weight, batch=batch
        )
        return loss, _flatten([*weights, *biases])

    result = minimize(
        objective,
        _flatten(parameters),
        jac=True,
        method=SCIPY_METHODS[optimiser],
        options={"maxiter": iterations, **(options or {})},
    )
    _unflatten(result.x, parameters)
    return Minimum(float(result.fun), int(result.nit), bool(result.success))


def _flatten(arrays: list[Array]) -> Array:
    return np.concatenate([array.ravel() for array in arrays]).astype(np.float64)


def _unflatten(flat: Array, arrays: list[Array]) -> None:
    at = 0
    for array in arrays:
        array[...] = flat[at : at + array.size].reshape(array.shape)
        at += array.size
