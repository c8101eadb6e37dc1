"""Nets learn functions from their values, and slopes that are spread out lie in the box of the points."""

import numpy as np
import pytest

from dbn.discriminative.approximation import evaluate, largest_error, square
from dbn.discriminative.network import Network
from dbn.discriminative.regression import learn, spread_out
from dbn.ops.numpy import Array, Rng

POINTS = np.linspace(-1, 1, 41)[:, None]


def two_units(t: Array) -> Array:
    """A net of two hidden units, so that four can do it."""
    weights = np.array([[6.0, -4.0]]), np.array([[1.0], [0.5]])
    teacher = Network(weights, (np.array([1.0, 2.0]), np.array([-0.3])), ("sigmoid", "identity"))
    return evaluate(teacher, t[:, None])


@pytest.mark.parametrize("spread", [False, True])
def test_learning_reaches_what_a_small_net_can(spread: bool) -> None:
    rng = Rng(0, "learn")
    start = spread_out(POINTS, 4, rng) if spread else Network.random((1, 4, 1), rng, "identity")
    before = [array.copy() for array in (*start.weights, *start.biases)]
    early, late = learn(two_units, POINTS, start, (5, 2000))
    assert late.sizes == (1, 4, 1)
    assert largest_error(late, two_units, POINTS) < 0.01 < largest_error(early, two_units, POINTS)
    assert {array.dtype for array in (*late.weights, *late.biases)} == {np.dtype(float)}
    for array, old in zip((*start.weights, *start.biases), before, strict=True):
        np.testing.assert_array_equal(array, old)


def test_slopes_are_spread_over_the_box() -> None:
    """Each unit is as steep as it should be, and its total input is 0 somewhere within the box."""
    points = np.array([2.0, -1.0]) + np.array([4.0, 2.0]) * square(5)
    net = spread_out(points, 400, Rng(0, "spread"))
    (W, V), (b, c) = net.weights, net.biases
    W_scaled, b_scaled = W * np.array([[2.0], [1.0]]), b + np.array([4.0, 0.0]) @ W  # of the box from -1 to 1
    np.testing.assert_allclose(np.linalg.norm(W_scaled, axis=0), 1.4 * 20)
    places = b_scaled / np.linalg.norm(W_scaled, axis=0)
    assert np.abs(places).max() <= 1
    np.testing.assert_allclose(np.sort(places), np.linspace(-1, 1, 400), atol=0.12)  # uniform, by Kolmogorov & Smirnov
    assert not V.any()
    assert not c.any()
