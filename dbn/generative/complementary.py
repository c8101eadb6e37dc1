"""Complementary priors: the infinite directed net with tied weights that is a restricted Boltzmann machine.

Layer 0 is visible, and layer k + 1 generates layer k, with the machine's weights where k is even and their
transpose where it is odd. So every layer is one side of the machine `tied(rbm, k)`, and the layer above the other.

Hinton, Osindero & Teh 2006, sections 2 and 3, figure 3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from dbn.errors import DbnError
from dbn.generative import exact
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array


def transposed(rbm: RBM) -> RBM:
    """Exchange the sides of a machine: the hidden units become the visible ones. Both share their arrays.

    Raises
    ------
    DbnError
        If there are other units than binary ones.

    >>> from dbn.generative.units import Group
    >>> transposed(RBM(np.zeros((2, 3)), np.zeros(2), np.zeros(3), (Group("bernoulli", 2),))).groups
    (Group(kind='bernoulli', size=3),)
    """
    if rbm.rectified or any(group.kind != "bernoulli" for group in rbm.groups):
        raise DbnError("softmax, Gaussian and rectified linear units have no transpose; use binary units on both sides")
    return RBM(rbm.W.T, rbm.c, rbm.b, exact.binary(rbm.n_hidden))


def tied(rbm: RBM, k: int) -> RBM:
    """Return the machine whose visible units are layer k of the directed net, and whose hidden ones layer k + 1."""
    return transposed(rbm) if k % 2 else rbm


def marginals(rbm: RBM, top: Array, depth: int) -> list[Array]:
    """Distributions of all layers of a directed net that ends after `depth` layers, by ancestral sampling's matrices.

    Parameters
    ----------
    rbm : RBM
        The tied weights; DbnError if it is too large for `exact.states`, or has softmax units.
    top : array (states of layer `depth`,)
        What the uppermost layer is distributed as.
    depth : int
        Directed connections down to the visible units.

    Returns
    -------
    list of arrays (states of layer k,)
        For k = 0 … depth.
    """
    found = [top]
    for k in reversed(range(depth)):
        found.append(found[-1] @ np.exp(exact.log_v_given_h(tied(rbm, k))))
    return found[::-1]


def independent_top(rbm: RBM, depth: int) -> Array:
    """p(layer `depth`) whose units have no causes and only their biases, as in any logistic belief net."""
    machine = tied(rbm, depth)
    result: Array = np.exp(exact.log_given(machine.groups, machine.b[None]))[0]
    return result


def rbm_top(rbm: RBM, depth: int) -> Array:
    """p(layer `depth`) that is, together with a layer above it, the RBM: all that a stack of infinite depth adds."""
    return np.exp(exact.log_p_v(tied(rbm, depth)))


def posterior_gaps(rbm: RBM, layers: list[Array]) -> Iterator[float]:
    """How wrong it is, layer by layer, to infer with the transposed weights.

    Parameters
    ----------
    rbm : RBM
        The tied weights.
    layers : list of arrays
        The `marginals` of the directed net.

    Yields
    ------
    float
        For each layer k, the total variation between p(layer k + 1 given layer k) by Bayes' rule and the factorial
        distribution Π_j σ(c_j + Σ_i v_i W_ij), of the state of layer k for which it is largest. It is 0 if the prior
        of layer k + 1 is complementary.
    """
    for k, above in enumerate(layers[1:]):
        machine = tied(rbm, k)
        joint = np.exp(exact.log_v_given_h(machine)).T * above
        posterior = joint / joint.sum(axis=1, keepdims=True)
        yield float(exact.total_variation(posterior, np.exp(exact.log_h_given_v(machine))).max())


def convergence(rbm: RBM, depth: int, top: Callable[[RBM, int], Array] = independent_top) -> dict[str, Array]:
    """How a directed net becomes the RBM as it grows deeper.

    Parameters
    ----------
    rbm : RBM
        The tied weights.
    depth : int
        Of the deepest net.
    top : function
        `independent_top`, or `rbm_top`, with which every net is the RBM from the start.

    Returns
    -------
    dict of arrays (depth,)
        `depth` from 1 on; `total_variation`, between what the net generates and p(v) of the RBM; and
        `posterior_gap`, of its first hidden layer (`posterior_gaps`).

    >>> from dbn.generative.units import Group
    >>> rbm = RBM(np.array([[2.0]]), np.zeros(1), np.zeros(1), (Group("bernoulli", 1),))
    >>> convergence(rbm, 4)["total_variation"].round(4)
    array([0.1171, 0.0446, 0.017 , 0.0065])
    >>> round(rate(rbm), 3)
    0.381
    """
    p_v, depths = np.exp(exact.log_p_v(rbm)), np.arange(1, depth + 1)
    nets = [marginals(rbm, top(rbm, n), n) for n in depths.tolist()]
    return {
        "depth": depths,
        "total_variation": np.array([exact.total_variation(net[0], p_v) for net in nets]),
        "posterior_gap": np.array([next(posterior_gaps(rbm, net)) for net in nets]),
    }


def rate(rbm: RBM) -> float:
    """By what factor each layer brings the directed net nearer to the RBM, in the long run.

    The second singular value of p(v, h) / √(p(v) p(h)), the first being 1: the largest correlation that a
    function of v can have with one of h.
    """
    log_v, log_h = exact.log_p_v(rbm), exact.log_p_h(rbm)
    singular = np.linalg.svd(np.exp(exact.log_h_given_v(rbm) + (log_v[:, None] - log_h) / 2), compute_uv=False)
    return float(singular[1])
