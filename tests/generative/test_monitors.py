import numpy as np
import pytest
from toys import machine

from dbn.generative import monitors


def test_hidden_activity_by_hand() -> None:
    rbm = machine(("bernoulli", 2), n_hidden=4)
    rbm.W[:] = 0
    rbm.W[0, 3] = 2 * np.log(3)
    rbm.c[:] = [-5, 5, 0, -np.log(3)]
    found = monitors.hidden_activity(rbm, np.array([[0.0, 1.0], [1.0, 0.0]]))  # the last unit: 1/4 and 3/4
    assert found["hidden_activity"] == pytest.approx((1 + 0.5 + 0.5) / 4)  # σ(−5) + σ(5) = 1
    assert (found["dead_units"], found["always_on_units"]) == (0.25, 0.25)


def test_free_energy_gap_by_hand() -> None:
    rbm = machine(("bernoulli", 2))
    rbm.W[:] = 0
    rbm.b[:] = [1, 3]
    gap = monitors.free_energy_gap(rbm, np.array([[1.0, 0], [0, 1]]), np.array([[0.0, 0]]))
    assert gap == pytest.approx(2)  # F = −b v + const: 0 against −(1 + 3)/2


def test_update_ratio() -> None:
    assert monitors.update_ratio(np.array([[3.0, 4.0]]), np.array([[0.0, 0.01]])) == pytest.approx(0.002)
    assert monitors.update_ratio(np.zeros(2), np.ones(2)) == float("inf")
