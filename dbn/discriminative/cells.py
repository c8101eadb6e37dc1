"""Three layers of units come near to every function, also to one that jumps: such nets, built without any learning.

The first hidden layer has the edges of small cells, the second a unit for each cell (G. Cybenko 1988, *Continuous
valued neural networks with two hidden layers are sufficient*). Near is: all but a small part of the square. So near
come two layers as well (G. Cybenko 1989, *Approximation by superpositions of a sigmoidal function*, theorem 3); with
three it takes no more than to write them down.
"""

from __future__ import annotations

from itertools import product

import numpy as np

from dbn.discriminative.approximation import Function
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.training.schedules import check_whole


def build_on_cells(f: Function, side: int) -> Network:
    """Build a net of three layers of units that is f at the centre of each cell of the unit square, in all of the cell.

    Where f is continuous its error goes to 0 as cells get smaller, so that only an ever narrower border around the
    jumps is wrong.

    Parameters
    ----------
    f : callable
        (n,), (n,) -> (n,), bounded where 0 ≤ x, y ≤ 1; it may jump.
    side : int
        Cells along an edge of the square.

    Returns
    -------
    Network
        (2, 2 side − 2, cells where f is not 0, 1), exactly, of units that say whether a sum is above 0.

    Raises
    ------
    DbnError
        If f is not finite, or there is no cell.

    >>> corner = build_on_cells(lambda x, y: 5.0 * ((x > 0.5) & (y > 0.5)), 2)
    >>> corner.sizes, corner.outputs(np.array([[0.6, 0.9], [0.6, 0.1]]))[:, 0]
    ((2, 2, 1, 1), array([5., 0.]))
    """
    check_whole("cells along an edge", side, 1)
    edges = np.arange(1, side) / side
    first = np.kron(np.eye(2), np.ones(side - 1))  # x beyond each edge, y beyond each edge
    place = np.array(list(product(range(side), repeat=2)))
    heights = np.broadcast_to(np.asarray(f(*((place + 0.5) / side).T), float), len(place))
    if not np.isfinite(heights).all():
        raise DbnError("the function is NaN or infinite somewhere; approximate it where it is bounded")
    place, heights = place[heights != 0], heights[heights != 0]
    # a cell is where the edge before it is passed, and the one after it is not
    beyond = np.arange(side - 1)[:, None]
    second = np.concatenate([(beyond == column - 1) * 1.0 - (beyond == column) for column in place.T])
    needed = (place > 0).sum(axis=1)
    return Network(
        (first, second, heights[:, None]),
        (np.tile(-edges, 2), 0.5 - needed, np.zeros(1)),
        ("threshold", "threshold", "identity"),
    )
