import numpy as np
import pytest
from enumeration import Exact
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import rel_entr
from toys import machine

from dbn.generative import bound, exact
from dbn.generative.ascent import ascend
from dbn.generative.complementary import transposed


@pytest.mark.parametrize("seed", range(3))
def test_a_second_layer_that_starts_transposed_changes_nothing(seed: int) -> None:
    low = machine(("bernoulli", 5), n_hidden=3, seed=seed)
    prior = exact.log_p_v(transposed(low))
    expected = np.log(Exact(low).p_v)
    np.testing.assert_allclose(bound.lower_bound(low, prior), expected, rtol=1e-11)
    np.testing.assert_allclose(bound.log_likelihood(low, prior), expected, rtol=1e-11)


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.3, 1.0, 3.0]))
@settings(max_examples=20)
def test_the_gap_is_the_divergence_of_q_from_the_posterior(seed: int, scale: float) -> None:
    low = machine(("softmax", 2), ("bernoulli", 3), n_hidden=3, seed=seed, scale=scale)
    top = machine(("bernoulli", 3), n_hidden=4, seed=seed + 1, scale=scale)
    oracle = Exact(low)
    joint = oracle.v_given_h.T * Exact(top).p_v
    found, true = bound.lower_bound(low, exact.log_p_v(top)), bound.log_likelihood(low, exact.log_p_v(top))
    np.testing.assert_allclose(true, np.log(joint.sum(axis=1)), rtol=1e-10)
    divergence = rel_entr(oracle.h_given_v, joint / joint.sum(axis=1, keepdims=True)).sum(axis=1)
    np.testing.assert_allclose(true - found, divergence, atol=1e-10)
    assert (found <= true + 1e-12).all()


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_rises_with_every_step_of_the_second_layer_and_the_likelihood_stays_above(seed: int) -> None:
    low = machine(("bernoulli", 5), n_hidden=3, seed=seed)
    data = np.random.default_rng(seed).dirichlet(np.full(32, 0.2))
    above = bound.aggregated_posterior(low, data)
    np.testing.assert_allclose(above, data @ Exact(low).h_given_v, rtol=1e-10)
    priors = [exact.log_p_v(top) for top in ascend(transposed(low), above, 100)]
    bounds = np.array([data @ bound.lower_bound(low, prior) for prior in priors])
    true = np.array([data @ bound.log_likelihood(low, prior) for prior in priors])
    assert (np.diff(bounds) > 0).all()
    assert bounds[-1] > bounds[0] + 0.01
    assert (true[1:] > bounds[1:]).all()
    np.testing.assert_allclose(np.diff(bounds), np.diff(priors, axis=0) @ above, atol=1e-13)
