"""Nets that are built keep what they promise, at points that nobody chose; what cannot be kept is refused."""

from itertools import pairwise

import numpy as np
import pytest

from dbn.discriminative.approximation import (
    Function,
    build_1d,
    build_2d,
    evaluate,
    grid,
    largest_error,
    square,
)
from dbn.discriminative.cells import build_on_cells
from dbn.errors import DbnError
from dbn.ops.numpy import Array


def cusp(t: Array) -> Array:
    return np.sqrt(np.abs(t)) + 0.5 * np.sin(9 * t)


def hill(x: Array, y: Array) -> Array:
    return np.exp(-8 * ((x - 0.4) ** 2 + (y - 0.6) ** 2)) + 0.3 * np.cos(3 * (x + y * y))


@pytest.mark.parametrize("error", [0.3, 0.05])
@pytest.mark.parametrize(("f", "low", "high"), [(cusp, -1, 1), (np.sin, 0, 20), (np.abs, -2, 5)])
def test_one_variable(f: Function, low: float, high: float, error: float) -> None:
    net = build_1d(f, low, high, error)
    assert net.units == ("sigmoid", "identity")
    t = np.random.default_rng(0).uniform(low, high, (5000, 1))
    assert largest_error(net, f, t) <= largest_error(net, f, grid(low, high)) * 1.02 < error * 1.02
    variation = np.abs(np.diff(f(grid(low, high)[:, 0]))).sum()
    assert net.sizes[1] < variation / (1.5 * error)


@pytest.mark.parametrize("error", [0.2, 0.05])
@pytest.mark.parametrize("f", [hill, np.multiply, np.hypot])
def test_two_variables(f: Function, error: float) -> None:
    net = build_2d(f, error)
    assert net.units == ("sigmoid", "identity")
    assert len(net.weights) == 2
    assert net.sizes[0] == 2
    points = np.random.default_rng(0).uniform(size=(3000, 2))
    assert largest_error(net, f, points) < error * 1.02
    assert largest_error(net, f, square(65)) < error


def test_more_units_buy_a_smaller_error() -> None:
    one = [build_1d(cusp, -1, 1, error).sizes[1] for error in (0.4, 0.2, 0.1, 0.05)]
    two = [build_2d(hill, error).sizes[1] for error in (0.4, 0.2)]
    assert one == sorted(one)
    assert two == sorted(two)
    assert one[-1] > 4 * one[0]


def test_a_constant_needs_no_unit() -> None:
    assert build_1d(lambda t: 0 * t + 3, 0, 1, 0.1).sizes == (1, 0, 1)
    flat = build_2d(lambda x, y: 0 * x * y + 3, 0.1)
    np.testing.assert_allclose(evaluate(flat, square(5)), 3, atol=1e-9)


def test_a_staircase_by_hand() -> None:
    """From 0 to 1 within 0.0501: the net is amid bands of 1.5 errors, with a step where the line leaves one."""
    net = build_1d(lambda t: t, 0, 1, 0.0501)
    (W,), (b,) = net.weights[:1], net.biases[:1]
    places = -b / W[0]
    np.testing.assert_allclose(np.diff(places), np.diff(places)[0], rtol=1e-2)  # a straight line has equal stairs
    assert len(places) == 13  # the line goes through 1 / 0.07515 bands
    np.testing.assert_allclose(places[:12], 0.07515 * np.arange(1, 13), atol=2e-3)
    np.testing.assert_allclose(net.biases[1], 0.07515 / 2, atol=1e-3)
    assert (net.weights[1] > 0).all()


@pytest.mark.parametrize(
    ("build", "says"),
    [
        (lambda: build_1d(lambda t: (t > 1 / 3).astype(float), 0, 1, 0.1), "changes too fast for an error of 0.1"),
        (lambda: build_1d(lambda t: np.where(t == 0, np.nan, t), 0, 1, 0.1), "NaN or infinite somewhere"),
        (lambda: build_1d(np.sin, 0, 1, 0.0), "an error above 0 and an interval from low to high"),
        (lambda: build_1d(np.sin, 1, 1, 0.1), "an error above 0 and an interval from low to high"),
        (lambda: build_2d(np.multiply, -1.0), "the error must be above 0, and -1.0 is not"),
        (lambda: build_2d(lambda x, y: (x > y).astype(float), 0.1), "no polynomial of degree 24"),
        (lambda: build_2d(lambda x, y: x * np.inf, 0.1), "NaN or infinite somewhere"),
    ],
)  # fmt: skip
def test_what_cannot_be_built_is_refused(build: object, says: str) -> None:
    with np.errstate(invalid="ignore"), pytest.raises(DbnError, match=says):
        build()  # type: ignore[operator]


def test_the_last_degree_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dbn.discriminative.approximation.MOST_DEGREE", 2)
    assert build_2d(np.multiply, 0.1).sizes[0] == 2  # x y is of degree 2


@pytest.mark.parametrize("side", [1, 2, 3, 16])
def test_on_cells_the_net_is_the_function_at_their_centres(side: int) -> None:
    net = build_on_cells(hill, side)
    assert net.units == ("threshold", "threshold", "identity")
    assert net.sizes == (2, 2 * (side - 1), side**2, 1)
    points = np.random.default_rng(0).uniform(size=(3000, 2))
    centres = (np.floor(points * side) + 0.5) / side
    np.testing.assert_allclose(evaluate(net, points), hill(*centres.T), rtol=1e-12)


def test_a_function_that_jumps_is_wrong_in_ever_less_of_the_square() -> None:
    def disc(x: Array, y: Array) -> Array:
        return (np.hypot(x - 0.5, y - 0.5) < 0.3) * 1.0

    points = np.random.default_rng(1).uniform(size=(20_000, 2))
    wrong = [(evaluate(build_on_cells(disc, side), points) != disc(*points.T)).mean() for side in (8, 16, 32, 64)]
    assert all(later < 0.75 * sooner for sooner, later in pairwise(wrong))
    assert wrong[-1] < 2 * np.pi * 0.3 * np.sqrt(2) / 64  # the cells that the edge goes through
    with pytest.raises(DbnError, match="allow a larger"):
        build_2d(disc, 0.1)  # no smooth units are near to it everywhere


@pytest.mark.parametrize(
    ("f", "side", "says"),
    [(np.multiply, 0, "cells along an edge must be a whole number of at least 1"), (np.log, 2, "NaN or infinite")],
)
def test_cells_that_make_no_sense_are_refused(f: Function, side: int, says: str) -> None:
    with pytest.raises(DbnError, match=says), np.errstate(all="ignore"):
        build_on_cells(f if side == 0 else lambda x, y: f(x - 0.5) + y, side)
