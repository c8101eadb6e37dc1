import numpy as np
import pytest
from enumeration import Exact, binary_states, visible_states
from scipy.spatial.distance import cityblock
from toys import machine

from dbn.errors import DbnError
from dbn.generative import exact
from dbn.generative.units import Group

SHAPES = [
    (("bernoulli", 4),),
    (("softmax", 3), ("bernoulli", 3)),
    (("bernoulli", 2), ("softmax", 2), ("softmax", 3)),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_tables_are_those_of_brute_force(shape: tuple[tuple[str, int], ...]) -> None:
    rbm = machine(*shape, seed=len(shape), scale=1.5)
    oracle = Exact(rbm)
    np.testing.assert_array_equal(exact.states(rbm.groups), oracle.v)
    np.testing.assert_allclose(np.exp(exact.log_p_v(rbm)), oracle.p_v, rtol=1e-11)
    np.testing.assert_allclose(np.exp(exact.log_p_h(rbm)), oracle.p_h, rtol=1e-11)
    np.testing.assert_allclose(np.exp(exact.log_h_given_v(rbm)), oracle.h_given_v, rtol=1e-11)
    np.testing.assert_allclose(np.exp(exact.log_v_given_h(rbm)), oracle.v_given_h, rtol=1e-11)


def test_a_machine_of_single_precision_is_answered_in_double() -> None:
    single, double = machine(("bernoulli", 4), dtype=np.float32), machine(("bernoulli", 4))
    for table in (exact.log_p_v, exact.log_p_h, exact.log_h_given_v, exact.log_v_given_h):
        found = table(single)
        assert found.dtype == np.float64
        np.testing.assert_allclose(np.exp(found).sum(axis=-1), 1, rtol=1e-12)
        np.testing.assert_allclose(found, table(double), rtol=1e-5)


def test_states_are_in_the_order_of_binary_numbers() -> None:
    listed = exact.states(exact.binary(12))
    np.testing.assert_array_equal(listed @ 2 ** np.arange(12)[::-1], np.arange(4096))
    np.testing.assert_array_equal(exact.states(exact.binary(5)), binary_states(5))
    groups = (Group("softmax", 3), Group("bernoulli", 2), Group("softmax", 4))
    np.testing.assert_array_equal(exact.states(groups), visible_states(groups))


def test_large_inputs_neither_overflow_nor_warn() -> None:
    found = exact.log_given(exact.binary(2), np.array([[1000.0, -1000.0]]))
    np.testing.assert_array_equal(found, [[-1000, -2000, 0, -1000]])


def test_machines_too_large_to_list_are_refused() -> None:
    assert len(exact.states((Group("softmax", 4096),))) == 4096
    with pytest.raises(DbnError, match="13 units have more than the 4096 states"):
        exact.states(exact.binary(13))
    with pytest.raises(DbnError, match="smaller machine"):
        exact.log_p_v(machine(("softmax", 10), ("bernoulli", 784)))
    with pytest.raises(DbnError, match="smaller machine"):
        exact.log_h_given_v(machine(("bernoulli", 2), n_hidden=2000))


def test_total_variation_is_the_most_that_an_events_probability_differs() -> None:
    p, q = np.random.default_rng(0).dirichlet(np.ones(6), size=2)
    events = binary_states(6)
    assert exact.total_variation(p, q) == pytest.approx((events @ (p - q)).max(), rel=1e-12)
    assert exact.total_variation(p, q) == pytest.approx(cityblock(p, q) / 2, rel=1e-12)
    np.testing.assert_allclose(exact.total_variation(np.eye(3), np.full((3, 3), 1 / 3)), 2 / 3)
