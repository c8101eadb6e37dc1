"""What a lecture says of functions that jump: two layers of units come near to continuous ones, three to any.

Near is the largest error for two layers, the part of the square that is off for three; see `cells`.
"""

from __future__ import annotations

import numpy as np

from dbn import figures
from dbn.comparison.one_unit import SIDE, Shown
from dbn.comparison.two_layers import continuous_functions
from dbn.discriminative import approximation
from dbn.discriminative.cells import build_on_cells
from dbn.ops.numpy import Array, Rng

POINTS = 20_000  # at random, where errors are measured
OFF = 0.1  # an error that counts as one


def island(x: Array, y: Array) -> Array:
    """An island in the unit square: a ring of sand, a lake in it, and a slope; it jumps at every shore."""
    distance = np.hypot(x - 0.5, y - 0.5)
    result: Array = np.where(distance < 0.4, 0.5 + 0.5 * x, 0.0) * (np.hypot(x - 0.4, y - 0.55) > 0.15)
    return result


def functions(seed: int, quick: bool) -> Shown:
    """Approximate continuous functions by two layers of units, and one that jumps by three."""
    found, measured, drawn = continuous_functions(seed, quick)
    plane = approximation.square(SIDE)
    points = Rng(seed, "lecture/three-layers").uniform((POINTS, 2)).astype(float)
    sides = (4, 8) if quick else (4, 8, 16, 32, 64)
    nets = {side: build_on_cells(island, side) for side in sides}
    wrong = {side: np.abs(approximation.evaluate(net, points) - island(*points.T)) for side, net in nets.items()}
    units = [[int(size) for size in net.sizes[1:-1]] for net in nets.values()]
    off = [100 * float((errors > OFF).mean()) for errors in wrong.values()]
    measured["three_layers"] = {
        "cells_along_an_edge": list(sides),
        "hidden_units": units,
        "mean_errors": [float(errors.mean()) for errors in wrong.values()],
        "percent_of_the_square_off_by_more_than_0.1": off,
    }
    shown = sides[-1] if quick else 32
    pictures = {
        "f": island(*plane.T),
        f"three layers, {sum(nets[shown].sizes[1:-1]):,} hidden units": approximation.evaluate(nets[shown], plane),
    }
    drawn["three-layers"] = figures.jumps(
        {name: values.reshape(SIDE, SIDE).T for name, values in pictures.items()}, [sum(two) for two in units], off, OFF
    )
    told = (
        f"{found}; one that jumps: by three layers of {units[-1][0]} and {units[-1][1]:,} units and an output all but "
    )
    return f"{told}{off[-1]:.1f} % of the square comes within {OFF}", measured, drawn
