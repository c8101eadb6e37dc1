import numpy as np
import pytest
from enumeration import Exact, assert_same_distribution
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import leaves, machine

from dbn.errors import DbnError
from dbn.generative import complementary, exact
from dbn.generative.explaining_away import posterior
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Rng


@pytest.fixture(params=range(3))
def rbm(request: pytest.FixtureRequest) -> RBM:
    return machine(("bernoulli", 5), n_hidden=3, seed=request.param)


def test_transposing_exchanges_the_sides(rbm: RBM) -> None:
    other = complementary.transposed(rbm)
    np.testing.assert_allclose(exact.log_p_v(other), exact.log_p_h(rbm), rtol=1e-12)
    np.testing.assert_allclose(exact.log_h_given_v(other), exact.log_v_given_h(rbm), rtol=1e-12)
    again = complementary.transposed(other)
    assert leaves([again.W, again.b, again.c]) == leaves([rbm.W, rbm.b, rbm.c])
    assert again.groups == rbm.groups


def test_two_layers_are_one_step_of_gibbs_sampling(rbm: RBM) -> None:
    oracle = Exact(rbm)
    top = np.random.default_rng(0).dirichlet(np.ones(32))
    below, middle, above = complementary.marginals(rbm, top, 2)
    np.testing.assert_array_equal(above, top)
    np.testing.assert_allclose(middle, top @ oracle.h_given_v, rtol=1e-11)
    np.testing.assert_allclose(below, top @ oracle.sweep, rtol=1e-11)


def test_ancestral_samples_are_distributed_so(rbm: RBM) -> None:
    rng = Rng(0, "samples")
    h = rng.bernoulli(np.tile(1 / (1 + np.exp(-rbm.c)), (20_000, 1)))
    v = rbm.sample_v_from_h(rbm.sample_h_from_v(rbm.sample_v_from_h(h, rng), rng), rng)
    p, *_ = complementary.marginals(rbm, complementary.independent_top(rbm, 3), 3)
    assert_same_distribution(Exact(rbm).counts(v), p)


def test_with_the_rbm_on_top_every_layer_of_every_depth_is_the_rbms(rbm: RBM) -> None:
    oracle = Exact(rbm)
    for depth in range(1, 12):
        layers = complementary.marginals(rbm, complementary.rbm_top(rbm, depth), depth)
        assert len(layers) == depth + 1
        for k, p in enumerate(layers):
            np.testing.assert_allclose(p, oracle.p_h if k % 2 else oracle.p_v, rtol=1e-10)
        assert max(complementary.posterior_gaps(rbm, layers)) < 1e-13
    columns = complementary.convergence(rbm, 11, complementary.rbm_top)
    assert columns["total_variation"].max() < 1e-13
    assert columns["posterior_gap"].max() < 1e-13


def test_with_independent_causes_on_top_the_posterior_is_not_factorial(rbm: RBM) -> None:
    net = complementary.marginals(rbm, complementary.independent_top(rbm, 1), 1)
    true = posterior(rbm.W, rbm.b, rbm.c, exact.states(rbm.groups))
    gap = np.abs(true - Exact(rbm).h_given_v).sum(axis=1).max() / 2
    assert list(complementary.posterior_gaps(rbm, net)) == [pytest.approx(gap, rel=1e-10)]
    assert gap > 0.1


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.3, 1.0, 2.0]))
@settings(max_examples=20)
def test_the_net_becomes_the_rbm_as_fast_as_its_rate_promises(seed: int, scale: float) -> None:
    rbm = machine(("bernoulli", 4), n_hidden=3, seed=seed, scale=scale)
    distance = complementary.convergence(rbm, 12)["total_variation"]
    rate = complementary.rate(rbm)
    for depth, found in enumerate(distance, start=1):
        start, p = complementary.independent_top(rbm, depth), complementary.rbm_top(rbm, depth)
        assert found <= rate**depth * np.sqrt(((start / p - 1) ** 2 * p).sum()) / 2 + 1e-14


def test_distances_fall_geometrically_down_to_rounding(rbm: RBM) -> None:
    eigenvalues = np.sort(np.linalg.eigvals(Exact(rbm).sweep).real)
    rate = complementary.rate(rbm)
    assert rate**2 == pytest.approx(eigenvalues[-2], rel=1e-10)
    columns = complementary.convergence(rbm, 150)
    np.testing.assert_array_equal(columns["depth"], np.arange(1, 151))
    for name in ("total_variation", "posterior_gap"):
        values = columns[name]
        late = np.flatnonzero(values < 1e-8)[0]
        assert values[late] / values[late - 10] == pytest.approx(rate**10, rel=0.2)
        assert values[-1] < 1e-13


def test_one_weight_by_hand() -> None:
    # Two symmetric units that agree with probability σ(±w/2): each layer keeps tanh(w/4) of what it is told.
    rbm = machine(("bernoulli", 1), n_hidden=1)
    rbm.W[:], rbm.b[:], rbm.c[:] = 3.0, -1.5, -1.5
    assert complementary.rate(rbm) == pytest.approx(np.tanh(0.75), rel=1e-12)
    p, *_ = complementary.marginals(rbm, np.array([0.0, 1.0]), 4)
    np.testing.assert_allclose(p, [(1 - np.tanh(0.75) ** 4) / 2, (1 + np.tanh(0.75) ** 4) / 2], rtol=1e-12)


def test_softmax_units_are_refused() -> None:
    with pytest.raises(DbnError, match="use binary units on both sides"):
        complementary.convergence(machine(("softmax", 3), ("bernoulli", 2)), 2)
