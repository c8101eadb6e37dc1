from itertools import pairwise

import numpy as np
import pytest
from enumeration import Exact
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from toys import leaves, machine

from dbn.generative import exact
from dbn.generative.ascent import ascend, gradient
from dbn.generative.rbm import RBM

SHAPES = [(("bernoulli", 4),), (("softmax", 3), ("bernoulli", 2))]


def data(rbm: RBM, seed: int = 0) -> np.ndarray:
    """Any distribution over the visible states."""
    return np.random.default_rng(seed).dirichlet(np.full(len(exact.states(rbm.groups)), 0.3))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gradient_is_that_of_the_log_likelihood(shape: tuple[tuple[str, int], ...]) -> None:
    rbm = machine(*shape, n_hidden=3, seed=4)
    p, oracle = data(rbm), Exact(rbm)
    for found, expected in zip(gradient(rbm, p), oracle.gradient(p, oracle.p_v), strict=True):
        np.testing.assert_allclose(found, expected, atol=1e-14)

    def log_likelihood(x: np.ndarray) -> float:
        W, b, c = np.split(x, np.cumsum([rbm.W.size, rbm.b.size]))
        return float(p @ exact.log_p_v(RBM(W.reshape(rbm.W.shape), b, c, rbm.groups)))

    at = np.concatenate([rbm.W.ravel(), rbm.b, rbm.c])
    flat = np.concatenate([part.ravel() for part in gradient(rbm, p)])
    np.testing.assert_allclose(flat, approx_fprime(at, log_likelihood), atol=1e-6)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.1, 1.0, 3.0, 10.0]), st.sampled_from(SHAPES))
@settings(max_examples=30)
def test_no_step_gains_less_than_it_must(seed: int, scale: float, shape: tuple[tuple[str, int], ...]) -> None:
    rbm = machine(*shape, n_hidden=3, seed=seed, scale=scale)
    p = data(rbm, seed)
    n = rbm.W.size + rbm.b.size + rbm.c.size
    for before, after in pairwise(ascend(rbm, p, 5)):
        gain = p @ exact.log_p_v(after) - p @ exact.log_p_v(before)
        assert gain >= 2 / n * sum((part**2).sum() for part in gradient(before, p)) - 1e-12


def test_it_climbs_to_a_distribution_that_the_machine_can_have() -> None:
    target = np.exp(exact.log_p_v(machine(("bernoulli", 2), n_hidden=1, seed=3)))
    *_, found = ascend(machine(("bernoulli", 2), n_hidden=2, seed=1), target, 3000)
    np.testing.assert_allclose(np.exp(exact.log_p_v(found)), target, atol=1e-5)


def test_the_machine_it_starts_from_stays_as_it_is() -> None:
    rbm = machine(("bernoulli", 4))
    before = leaves([rbm.W, rbm.b, rbm.c])
    first, *others = ascend(rbm, data(rbm), 3)
    assert first is rbm
    assert len(others) == 3
    assert leaves([rbm.W, rbm.b, rbm.c]) == before
