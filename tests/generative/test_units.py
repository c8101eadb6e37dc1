import numpy as np
import pytest
from toys import machine

from dbn.errors import DbnError
from dbn.generative import units
from dbn.generative.units import Group
from dbn.ops.numpy import Rng

GROUPS = (Group("softmax", 3), Group("bernoulli", 2))
INPUTS = np.log(np.array([[1.0, 2.0, 5.0, 3.0, 0.25]]))


def test_expected_states() -> None:
    np.testing.assert_allclose(units.mean(GROUPS, INPUTS.copy()), [[0.125, 0.25, 0.625, 0.75, 0.2]])


@pytest.mark.parametrize("means", [False, True])
def test_sampled_states_have_the_expected_frequencies(means: bool) -> None:
    n = 20_000
    states = units.sample(GROUPS, np.tile(INPUTS, (n, 1)), Rng(0, "sample"), bernoulli_means=means)
    p = units.mean(GROUPS, INPUTS.copy())[0]
    assert (states[:, :3].sum(axis=1) == 1).all()
    assert (np.abs(states.mean(axis=0) - p) < 4 * np.sqrt(p * (1 - p) / n)).all()
    if means:
        np.testing.assert_allclose(states[:, 3:], np.tile(p[3:], (n, 1)))
    else:
        assert set(np.unique(states)) == {0.0, 1.0}


def test_base_rate_biases_give_back_the_rates() -> None:
    rates = np.array([0.2, 0.3, 0.5, 0.9, 0.05])
    np.testing.assert_allclose(units.mean(GROUPS, units.base_rate_biases(GROUPS, rates)[None])[0], rates)


def test_base_rates_of_0_and_1_give_finite_biases() -> None:
    biases = units.base_rate_biases((Group("bernoulli", 2), Group("softmax", 2)), np.array([0.0, 1.0, 0.0, 1.0]))
    np.testing.assert_allclose(biases, [-np.log(99), np.log(99), np.log(0.01), np.log(0.99)])


def test_zero_weights_and_base_rate_biases_give_independent_base_rates() -> None:
    data = np.array([[1, 0, 0, 1.0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 1, 1]])
    rbm = machine(("softmax", 3), ("bernoulli", 1))
    rbm.W[:] = 0
    rbm.b[:] = units.base_rate_biases(rbm.groups, data.mean(axis=0))
    log_z = np.log1p(np.exp(rbm.c)).sum() + np.log(4)  # Σ p = 1 for the softmax, 1 + 3 for odds of 3
    expected = np.log([0.25 * 0.75, 0.25 * 0.75, 0.5 * 0.25, 0.5 * 0.75])
    np.testing.assert_allclose(-rbm.free_energy(data) - log_z, expected)


@pytest.mark.parametrize(
    ("kind", "size", "says"), [("tanh", 3, "bernoulli, softmax, gaussian"), ("softmax", 0, "at least one")]
)
def test_bad_groups_are_refused(kind: str, size: int, says: str) -> None:
    with pytest.raises(DbnError, match=says):
        Group(kind, size)
