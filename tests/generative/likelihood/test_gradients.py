import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from enumeration import Exact
from toys import machine

from dbn.errors import DbnError
from dbn.generative import exact
from dbn.generative.likelihood import gradients, partition
from dbn.generative.rbm import RBM

SHAPES = [
    ((("bernoulli", 6),), 4),
    ((("bernoulli", 3),), 7),
    ((("softmax", 3), ("bernoulli", 4)), 6),
    ((("softmax", 3), ("bernoulli", 4)), 5),
]
STEP = 1e-5


def by_differences(rbm: RBM, value: Callable[[RBM], float]) -> list[np.ndarray]:
    """Central differences of a function of the parameters, one parameter after the other."""
    found = []
    for parameter in rbm.parameters:
        slope = np.empty_like(parameter)
        for place in np.ndindex(parameter.shape):
            kept, sides = parameter[place], []
            for change in (STEP, -STEP):
                parameter[place] = kept + change
                sides.append(value(rbm))
            parameter[place] = kept
            slope[place] = (sides[0] - sides[1]) / (2 * STEP)
        found.append(slope)
    return found


@pytest.mark.parametrize("block", [4, 1024])
@pytest.mark.parametrize(("shape", "n_hidden"), SHAPES, ids=str)
def test_gradients_are_those_of_finite_differences(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[tuple[str, int], ...], n_hidden: int, block: int
) -> None:
    monkeypatch.setattr(partition, "BLOCK", block)
    rbm = machine(*shape, n_hidden=n_hidden, seed=n_hidden)
    v = Exact(rbm).v[::5]

    def log_p(rbm: RBM) -> float:
        return float(partition.log_p(rbm, v, partition.log_z(rbm)).mean())

    pairs = (gradients.of_log_z(rbm), partition.log_z), (gradients.of_log_p(rbm, v), log_p)
    for found, value in pairs:
        for ours, slope in zip(found, by_differences(rbm, value), strict=True):
            np.testing.assert_allclose(ours, slope, atol=1e-8)


@pytest.mark.parametrize(("shape", "n_hidden"), SHAPES, ids=str)
def test_the_gradient_of_log_z_has_the_expectations_of_the_model(
    shape: tuple[tuple[str, int], ...], n_hidden: int
) -> None:
    rbm = machine(*shape, n_hidden=n_hidden, seed=1, scale=2, dtype=np.float32)
    oracle = Exact(rbm)
    W, b, c = gradients.of_log_z(rbm)
    joint = np.exp(oracle.log_joint - oracle.log_z)
    np.testing.assert_allclose(W, oracle.v.T @ joint @ oracle.h, atol=1e-12)
    np.testing.assert_allclose(b, oracle.p_v @ oracle.v, atol=1e-12)
    np.testing.assert_allclose(c, oracle.p_h @ oracle.h, atol=1e-12)
    assert W.dtype == np.float64


def test_nothing_as_large_as_all_states_is_in_memory() -> None:
    rbm = RBM(np.eye(16), np.zeros(16), np.zeros(16), exact.binary(16))
    tracemalloc.start()
    W, b, _ = gradients.of_log_z(rbm)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    e = np.e
    np.testing.assert_allclose(b, (1 + e) / (3 + e), rtol=1e-12)  # each pair for itself: 1, 1, 1 and e
    np.testing.assert_allclose(W.diagonal(), e / (3 + e), rtol=1e-12)
    assert peak < 2**21 < 2**16 * 16 * 8


def test_larger_machines_are_refused() -> None:
    with pytest.raises(DbnError, match="neither side of a machine of 26 visible and 26 hidden units can be listed"):
        gradients.of_log_p(machine(("bernoulli", 26), n_hidden=26), np.zeros((1, 26)))
    with pytest.raises(DbnError, match="give a machine without Gaussian ones"):
        gradients.of_log_p(machine(("gaussian", 2)), np.zeros((1, 2)))
