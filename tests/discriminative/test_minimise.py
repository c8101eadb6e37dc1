from typing import Any

import numpy as np
import pytest

from dbn.discriminative.loss import loss_and_gradient
from dbn.discriminative.minimise import minimise
from dbn.discriminative.network import Network
from dbn.errors import DbnError

RNG = np.random.default_rng(0)
X, LABELS, OFTEN = RNG.uniform(size=(8, 3)), RNG.integers(0, 2, 8), RNG.integers(0, 4, 8)


def network() -> Network:
    """A hidden layer and an output layer, in double precision."""
    rng = np.random.default_rng(1)
    return Network((rng.normal(size=(3, 4)), rng.normal(size=(4, 2))), (rng.normal(size=4), rng.normal(size=2)))


def flat(gradients: tuple[Any, ...]) -> np.ndarray:
    return np.concatenate([array.ravel() for group in gradients for array in group])


def test_a_weight_counts_as_often_as_it_says() -> None:
    rows = np.repeat(np.arange(8), OFTEN)
    weighted = loss_and_gradient(network(), X, LABELS, 0.1, sample_weight=OFTEN)
    repeated = loss_and_gradient(network(), X[rows], LABELS[rows], 0.1)
    assert weighted[0] == pytest.approx(repeated[0], abs=1e-12)
    np.testing.assert_allclose(flat(weighted[1:]), flat(repeated[1:]), atol=1e-12)


@pytest.mark.parametrize("optimiser", ["lbfgs", "cg"])
@pytest.mark.parametrize("sample_weight", [None, OFTEN])
def test_the_network_is_left_at_a_stationary_point(optimiser: str, sample_weight: np.ndarray | None) -> None:
    net = network()
    before = loss_and_gradient(net, X, LABELS, 0.1, sample_weight=sample_weight)[0]
    found = minimise(net, X, LABELS, optimiser, 1000, 0.1, sample_weight, options={"gtol": 1e-7})
    loss, *gradients = loss_and_gradient(net, X, LABELS, 0.1, sample_weight=sample_weight)
    assert found.converged
    assert found.loss == loss < before
    assert np.abs(flat(tuple(gradients))).max() < 1e-5


def test_too_few_iterations_are_told() -> None:
    found = minimise(network(), X, LABELS, "lbfgs", 2)
    assert (found.iterations, found.converged) == (2, False)


def test_another_optimiser_is_refused() -> None:
    with pytest.raises(DbnError, match="no optimiser 'adam' of SciPy; known are lbfgs, cg"):
        minimise(network(), X, LABELS, "adam", 2)
