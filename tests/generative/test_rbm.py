import numpy as np
import pytest
from enumeration import Exact, assert_same_distribution
from sklearn.neural_network import BernoulliRBM
from toys import machine

from dbn.errors import DbnError
from dbn.generative.rbm import RBM
from dbn.generative.units import Group
from dbn.ops.numpy import Rng

SHAPES = [
    (("bernoulli", 4),),
    (("softmax", 3),),
    (("softmax", 3), ("bernoulli", 3)),
    (("bernoulli", 2), ("softmax", 2), ("softmax", 3)),
]


@pytest.fixture(params=SHAPES, ids=str)
def exact(request: pytest.FixtureRequest) -> Exact:
    return Exact(machine(*request.param, seed=len(request.param), scale=1.5))


def test_energy_of_every_pair(exact: Exact) -> None:
    energies = [exact.rbm.energy(exact.v, np.tile(h, (len(exact.v), 1))) for h in exact.h]
    np.testing.assert_allclose(np.transpose(energies), -exact.log_joint, rtol=1e-12)


def test_free_energies_give_both_marginals(exact: Exact) -> None:
    np.testing.assert_allclose(np.exp(-exact.rbm.free_energy(exact.v) - exact.log_z), exact.p_v, rtol=1e-11)
    np.testing.assert_allclose(np.exp(-exact.rbm.free_energy_of_h(exact.h) - exact.log_z), exact.p_h, rtol=1e-11)


def test_conditional_means(exact: Exact) -> None:
    np.testing.assert_allclose(exact.rbm.mean_h_from_v(exact.v), exact.h_given_v @ exact.h, rtol=1e-11)
    np.testing.assert_allclose(exact.rbm.mean_v_from_h(exact.h), exact.v_given_h @ exact.v, rtol=1e-11)


def test_conditional_samples(exact: Exact) -> None:
    n = 20_000
    v, h = exact.v[-1], exact.h[-2]
    hidden = exact.rbm.sample_h_from_v(np.tile(v, (n, 1)), Rng(0, "h"))
    visible = exact.rbm.sample_v_from_h(np.tile(h, (n, 1)), Rng(0, "v"))
    index = (hidden @ 2 ** np.arange(exact.rbm.n_hidden)[::-1]).astype(int)
    assert_same_distribution(np.bincount(index, minlength=len(exact.h)), exact.h_given_v[-1])
    assert_same_distribution(exact.counts(visible), exact.v_given_h[-2])


@pytest.mark.parametrize("sweeps", [1, 4, 16])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_chains_started_at_the_model_distribution_stay_there(sweeps: int, dtype: type) -> None:
    exact = Exact(machine(("softmax", 3), ("bernoulli", 3), seed=5, scale=1.2, dtype=dtype))
    rng = Rng(sweeps, "chains")
    v = exact.v[np.random.default_rng(7).choice(len(exact.v), 20_000, p=exact.p_v)].astype(dtype)
    for _ in range(sweeps):
        v = exact.rbm.sample_v_from_h(exact.rbm.sample_h_from_v(v, rng), rng)
    assert v.dtype == dtype
    assert_same_distribution(exact.counts(v), exact.p_v)


def test_without_weights_the_partition_function_is_a_product() -> None:
    rbm = machine(("bernoulli", 4))
    rbm.W[:] = 0
    expected = np.logaddexp(0, rbm.b).sum() + np.logaddexp(0, rbm.c).sum()
    assert Exact(rbm).log_z == pytest.approx(expected, rel=1e-12)
    assert np.logaddexp.reduce(-rbm.free_energy(Exact(rbm).v)) == pytest.approx(expected, rel=1e-12)


def test_scikit_learn_has_the_same_free_energy_and_conditional_means() -> None:
    rbm = machine(("bernoulli", 5), n_hidden=4, seed=2)
    theirs = BernoulliRBM(n_components=4, random_state=0)
    v = np.random.default_rng(0).integers(0, 2, (30, 5)).astype(float)
    theirs.fit(v)
    theirs.components_, theirs.intercept_hidden_, theirs.intercept_visible_ = rbm.W.T, rbm.c, rbm.b
    np.testing.assert_allclose(rbm.free_energy(v), theirs._free_energy(v), rtol=1e-12)
    np.testing.assert_allclose(rbm.mean_h_from_v(v), theirs.transform(v), rtol=1e-12)


def test_create_draws_small_weights_and_no_biases() -> None:
    rbm = RBM.create((Group("softmax", 2), Group("bernoulli", 98)), 50, Rng(0, "weights"))
    assert rbm.W.shape == (100, 50)
    assert {array.dtype for array in (rbm.W, rbm.b, rbm.c)} == {np.dtype(np.float32)}
    assert abs(rbm.W.std() / 0.01 - 1) < 4 / np.sqrt(2 * rbm.W.size)
    assert abs(rbm.W.mean()) < 4 * 0.01 / np.sqrt(rbm.W.size)
    assert not rbm.b.any()
    assert not rbm.c.any()


def test_a_copy_shares_nothing() -> None:
    original = machine(("gaussian", 2), ("bernoulli", 1))
    before = [array.copy() for array in original.parameters]
    for array in original.copy().parameters:
        array[:] = 0
    assert len(before) == 4
    for array, expected in zip(original.parameters, before, strict=True):
        np.testing.assert_array_equal(array, expected)


def test_nothing_writes_over_the_states_it_is_given() -> None:
    exact = Exact(machine(("softmax", 2), ("bernoulli", 2)))
    v, h = exact.v.copy(), exact.h.copy()
    rng = Rng(0, "x")
    for function in (exact.rbm.mean_h_from_v, exact.rbm.free_energy):
        function(v)
    for function in (exact.rbm.mean_v_from_h, exact.rbm.free_energy_of_h, lambda h: exact.rbm.sample_v_from_h(h, rng)):
        function(h)
    exact.rbm.sample_h_from_v(v, rng)
    np.testing.assert_array_equal(v, exact.v)
    np.testing.assert_array_equal(h, exact.h)


@pytest.mark.parametrize("shapes", [((3, 2), 3, 2), ((2, 2), 3, 2), ((4, 3), 4, 2), ((4, 2), 3, 2)])
def test_shapes_that_do_not_fit_are_refused(shapes: tuple[tuple[int, int], int, int]) -> None:
    W, b, c = (np.zeros(shape) for shape in shapes)
    with pytest.raises(DbnError, match="do not fit 4 visible units"):
        RBM(W, b, c, (Group("bernoulli", 4),))


def test_a_machine_needs_a_hidden_unit() -> None:
    with pytest.raises(DbnError, match="at least one hidden unit"):
        RBM.create((Group("bernoulli", 4),), 0, Rng(0, "weights"))
