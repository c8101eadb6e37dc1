"""Universal approximation made concrete: two-layer nets *built* to a requested error, without any learning.

One hidden layer of sigmoid units under a linear output comes as near as is wished to every continuous function on a
box (G. Cybenko 1989, *Approximation by superpositions of a sigmoidal function*; K. Hornik, M. Stinchcombe & H. White
1989, *Multilayer feedforward networks are universal approximators*). Here are such nets. Of one variable: a staircase,
a steep sigmoid for each step. Of two: a polynomial near the function (K. Weierstrass 1885), which is a sum of ridges
Σ_i g_i(x cos θ_i + y sin θ_i), as many as its degree plus one (B. Logan & L. Shepp 1975, *Optimal reconstruction of a
function from its projections*); each g_i is a function of one variable, and gets a staircase.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.ops.numpy import Array

SAMPLES = 10_001  # of a function of one variable
SIDE = 49  # samples a side of a function of two
MOST_DEGREE = 24  # of a polynomial
BLOCK = 2048  # points at which a net is evaluated at once

COARSER = (8.0, 5.6, 4.0, 2.8, 2.0, 1.4, 1.0)
"""How many times as high as in the worst case the stairs may be: tried in turn, since errors seldom add up."""

STEEP = (5.0, 20.0, 320.0, 5120.0)
"""Steepness of the sigmoids, as the change of their inputs from one step to the next: the gentlest that does."""

Function = Callable[..., Array]


@dataclass(frozen=True)
class Ridge:
    """A function of one variable, g(way·x), given by samples g (n,) at t (n,), and how far stairs may be from it."""

    way: Array
    t: Array
    g: Array
    tolerance: float


def build_1d(f: Function, low: float, high: float, error: float) -> Network:
    """Build a net that differs from a continuous f on [low, high] by less than `error`.

    A stair goes as far as f stays within a band around it, so that the function itself decides how many there are:
    fewer than its total variation divided by 1.5 times the error.

    Parameters
    ----------
    f : callable
        (n,) -> (n,), continuous and bounded.
    low, high : float
        Ends of the interval.
    error : float
        The largest |net − f| allowed.

    Returns
    -------
    Network
        (1, steps, 1), in double precision. Its error was measured at the points of `grid`, of which every second is
        one that it was built from.

    Raises
    ------
    DbnError
        If f is not finite, the error or the interval is not positive, or f jumps or changes too fast.

    >>> net = build_1d(np.sin, 0, 7, 0.1)
    >>> net.sizes, largest_error(net, np.sin, grid(0, 7)) < 0.1
    ((1, 30, 1), True)
    """
    if not (error > 0 and low < high):
        raise DbnError(f"an error above 0 and an interval from low to high are needed, not {error} on {low} to {high}")
    points = grid(low, high)
    t = points[::2, 0]
    return _first([Ridge(np.ones(1), t, _finite(f(t)), 0.75 * error)], 0.0, f, error, [points[::50], points])


def build_2d(f: Function, error: float) -> Network:
    """Build a net that differs from a continuous f on the unit square by less than `error`.

    A quarter of the error is for the polynomial, the rest for the staircases, shared so that they have the fewest
    steps.

    Parameters
    ----------
    f : callable
        (n,), (n,) -> (n,), continuous and bounded where 0 ≤ x, y ≤ 1.
    error : float
        The largest |net − f| allowed.

    Returns
    -------
    Network
        (2, steps, 1), in double precision. Its error was measured on a grid of 257 by 257 points.

    Raises
    ------
    DbnError
        If f is not finite, the error is not positive, or f jumps or changes too fast.

    >>> net = build_2d(np.multiply, 0.1)
    >>> net.sizes[0], largest_error(net, np.multiply, square(257)) < 0.1
    (2, True)
    """
    if not error > 0:
        raise DbnError(f"the error must be above 0, and {error} is not")
    constant, ridges = _polynomial(f, error)
    return _first(ridges, constant, f, error, [square(33), square(257)])


def grid(low: float, high: float) -> Array:
    """Points of an interval, dense enough to measure an error at: (n, 1)."""
    return np.linspace(low, high, 2 * SAMPLES - 1)[:, None]


def square(side: int) -> Array:
    """Points of the unit square, edges included: (side², 2)."""
    return np.array(list(product(np.linspace(0, 1, side), repeat=2)))


def evaluate(net: Network, points: Array) -> Array:
    """Outputs of a net that has one, in blocks that fit into memory: (n, d) -> (n,)."""
    return np.concatenate([net.outputs(points[at : at + BLOCK])[:, 0] for at in range(0, len(points), BLOCK)])


def largest_error(net: Network, f: Function, points: Array) -> float:
    """Measure max |net − f| over `points` (n, d)."""
    return float(np.abs(evaluate(net, points) - f(*points.T)).max())


def _finite(values: Array) -> Array:
    if not np.isfinite(values).all():
        raise DbnError("the function is NaN or infinite somewhere; approximate it where it is bounded")
    return values


def _first(ridges: Sequence[Ridge], constant: float, f: Function, error: float, grids: Sequence[Array]) -> Network:
    """Return the first net, from coarse and gentle to fine and steep, that is near enough on all grids.

    Most that fail do so on the first grid, which has few points.
    """
    for coarser in COARSER:
        stairs = [_stairs(ridge, coarser) for ridge in ridges]
        for steep in STEEP:
            net = _assemble(ridges, stairs, steep, constant)
            if all(largest_error(net, f, points) < error for points in grids):
                return net
    raise DbnError(f"the function jumps or changes too fast for an error of {error:g}; allow a larger one")


def _stairs(ridge: Ridge, coarser: float) -> tuple[Array, Array]:
    """Cover a curve by constants near enough to it: places of the steps (k,), levels between them (k + 1,)."""
    t, g, band = ridge.t.tolist(), ridge.g.tolist(), 2 * coarser * ridge.tolerance
    places, levels = [], []
    least = most = g[0]
    for i, value in enumerate(g):
        if max(most, value) - min(least, value) > band:
            places.append((t[i - 1] + t[i]) / 2)
            levels.append((least + most) / 2)
            least = most = value
        least, most = min(least, value), max(most, value)
    return np.array(places), np.array([*levels, (least + most) / 2])


def _assemble(ridges: Sequence[Ridge], stairs: Sequence[tuple[Array, Array]], steep: float, constant: float) -> Network:
    """Sum staircases along their ridges' ways: a unit σ(s (way·x − place)) for every step, its height for weight."""
    W, b, V = [], [], []
    for ridge, (places, levels) in zip(ridges, stairs, strict=True):
        gaps = np.diff(places, prepend=ridge.t[0], append=ridge.t[-1])
        s = steep / np.minimum(gaps[:-1], gaps[1:])
        W.append(ridge.way[:, None] * s)
        b.append(-s * places)
        V.append(np.diff(levels))
        constant += float(levels[0])
    biases = np.concatenate(b), np.array([constant])
    return Network((np.concatenate(W, axis=1), np.concatenate(V)[:, None]), biases, ("sigmoid", "identity"))


def _polynomial(f: Function, error: float) -> tuple[float, list[Ridge]]:
    """Fit f by a polynomial of the least degree within a quarter of `error`; return it as a constant and ridges."""
    points = square(SIDE)
    values = _finite(f(*points.T))
    for degree in range(1, MOST_DEGREE + 1):
        angles = np.pi * np.arange(degree + 1) / (degree + 1)
        ways = np.array([np.cos(angles), np.sin(angles)]) * np.sqrt(2)  # −1 ≤ (x − ½, y − ½)·way ≤ 1
        terms = _chebyshev((points - 0.5) @ ways, degree).reshape(len(points), -1)
        table = np.column_stack([np.ones(len(points)), terms])
        coefficients = np.linalg.lstsq(table, values, rcond=1e-9)[0]
        if np.abs(table @ coefficients - values).max() < error / 4:
            break
    else:
        raise DbnError(f"no polynomial of degree {MOST_DEGREE} comes within {error / 4:g}; allow a larger error")
    t = np.linspace(-1, 1, SAMPLES)
    curves = _chebyshev(t, degree) @ coefficients[1:].reshape(degree + 1, degree).T
    roots = np.sqrt(np.abs(np.diff(curves, axis=0)).sum(axis=0))
    # The steps Σ_i V_i / 2ε_i are fewest, for a given Σ ε_i, if ε_i is in proportion to √V_i, V_i being variations.
    tolerances = 0.75 * error * roots / roots.sum() if roots.any() else np.full(degree + 1, error)
    ridges = [
        Ridge(way, t + way.sum() / 2, g, tolerance)
        for way, g, tolerance in zip(ways.T, curves.T, tolerances.tolist(), strict=True)
    ]
    return float(coefficients[0]), ridges


def _chebyshev(t: Array, degree: int) -> Array:
    """T_1 … T_degree, on a last axis of their own."""
    result: Array = np.cos(np.arange(1, degree + 1) * np.arccos(t.clip(-1, 1))[..., None])
    return result
