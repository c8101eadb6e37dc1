"""What to watch while a machine learns.

After Hinton 2012, *A practical guide to training restricted Boltzmann machines*.
"""

from __future__ import annotations

import numpy as np

from dbn import ops
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array

DEAD, ALWAYS_ON = 0.01, 0.99
"""Mean activities below and above which a hidden unit carries next to no information."""


def hidden_activity(rbm: RBM, v: Array) -> dict[str, float]:
    """Mean activity over units and cases v (n, n_visible), and the shares of dead and, of binary ones, always-on units.

    >>> from dbn.generative.units import Group
    >>> rbm = RBM(np.zeros((1, 2)), np.zeros(1), np.array([-99.0, 99.0]), (Group("bernoulli", 1),))
    >>> hidden_activity(rbm, np.zeros((3, 1)))
    {'hidden_activity': 0.5, 'dead_units': 0.5, 'always_on_units': 0.5}
    """
    means = rbm.mean_h_from_v(v).mean(axis=0)
    found = {"hidden_activity": float(means.mean()), "dead_units": float((means < DEAD).sum()) / len(means)}
    if rbm.hidden == "bernoulli":
        found["always_on_units"] = float((means > ALWAYS_ON).sum()) / len(means)
    return found


def free_energy_gap(rbm: RBM, training: Array, validation: Array) -> float:
    """Mean free energy of validation data minus that of training data, in nats.

    It needs no partition function. While it stays flat the machine does not overfit; growth means it does
    (practical guide). A smaller sample gives a noisier mean, but does not shift it.

    Parameters
    ----------
    rbm : RBM
        The machine that learns.
    training, validation : arrays (n, n_visible), (m, n_visible)
        Visible states; n and m need not be equal.
    """
    return float(rbm.free_energy(validation).mean() - rbm.free_energy(training).mean())


def update_ratio(parameter: Array, velocity: Array) -> float:
    """Root mean square of the last update over that of the weights; about 10⁻³ is healthy (practical guide).

    Parameters
    ----------
    parameter, velocity : arrays of one shape
        The weights, and what the last update added to them. The ratio is infinite if all weights are 0.

    >>> update_ratio(np.array([2.0, 2.0]), np.array([0.002, 0.002]))
    0.001
    """
    size, change = (float(np.linalg.norm(ops.of(array).to_numpy(array))) for array in (parameter, velocity))
    return change / size if size else float("inf")
