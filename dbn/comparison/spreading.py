"""Labels that spread from a few images to all others, along a graph of images that look alike to a net.

Zhou, Bousquet, Lal, Weston & Schölkopf 2004, *Learning with local and global consistency*: scores F that solve
(I − αS) F = Y, with the symmetrically normalised weights S of the graph and the one-hot given labels Y. Labels of a
generative model's features spread well where its classes are clusters: this is what unlabelled images are good for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import cg

from dbn.errors import DbnError
from dbn.ops.numpy import Array
from dbn.training.state import digest

BLOCK = 500
"""Points whose distances to all others are computed at a time."""


@dataclass(frozen=True)
class Graph:
    """Points, and the k nearest others of each.

    Attributes
    ----------
    points : array (n, features)
        Float32.
    S : sparse array (n, n)
        D^(−½) A D^(−½), where A is the larger of the weights in both directions and D its row sums.
    k : int
        Neighbours of a point.
    """

    points: Array
    S: Any
    k: int


def graph(points: Array, k: int) -> Graph:
    """Connect each point with its k nearest others.

    The weight is exp(−d² / d_k²), with the distances d to the neighbour and d_k to the farthest of the k.

    Raises
    ------
    DbnError
        If there are not more than k points.

    >>> graph(np.array([[0.0], [1.0], [5.0], [6.0]]), 1).S.toarray().round(2).tolist()
    [[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0]]
    """
    if not 1 <= k < len(points):
        raise DbnError(f"{k} neighbours cannot be found among {len(points)} points; take from 1 to fewer than these")
    points = np.asarray(points, np.float32)
    found = [_nearest(points[at : at + BLOCK], points, k, itself=at) for at in range(0, len(points), BLOCK)]
    rows = np.repeat(np.arange(len(points)), k)
    columns, weights = (np.concatenate(parts).ravel() for parts in zip(*found, strict=True))
    A = sparse.csr_array((weights, (rows, columns)), shape=(len(points),) * 2)
    A = A.maximum(A.T)
    scale = sparse.dia_array((A.sum(axis=1)[None] ** -0.5, [0]), shape=A.shape)
    return Graph(points, sparse.csr_array(scale @ A @ scale), k)


_last: dict[tuple[str, int], Graph] = {}


def graph_once(points: Array, k: int) -> Graph:
    """Return `graph`, or the last one made in this process if its points were the same: it takes a while."""
    key = digest(points), k
    if key not in _last:
        made = graph(points, k)
        _last.clear()
        _last[key] = made
    return _last[key]


def spread(over: Graph, rows: Array, labels: Array, n_classes: int, alpha: float) -> Array:
    """Spread given labels over a graph.

    Parameters
    ----------
    over : Graph
        Of n points.
    rows, labels : int arrays (m,)
        Points whose labels are given, and these.
    n_classes : int
        All there are.
    alpha : float
        How much a point takes from its neighbours, in (0, 1).

    Returns
    -------
    array (n, n_classes)
        Scores; those of each class that was given sum to 1, so that no class floods the others.

    Raises
    ------
    DbnError
        If `alpha` is not in (0, 1), or the scores are not found.
    """
    if not 0 < alpha < 1:
        raise DbnError(f"a point takes a share between 0 and 1 from its neighbours, and {alpha} is none")
    Y = np.zeros((over.S.shape[0], n_classes))
    Y[rows, labels] = 1
    system = sparse.eye_array(len(Y), format="csr") - alpha * over.S
    found = [cg(system, column, rtol=1e-6) for column in Y.T]
    if any(unfinished for _, unfinished in found):
        raise DbnError(f"labels spread too far for conjugate gradients at alpha {alpha}; take a smaller one")
    F = np.stack([scores for scores, _ in found], axis=1).clip(min=0)
    total = F.sum(axis=0)
    result: Array = F / np.where(total > 0, total, 1)
    return result


def at_points(over: Graph, scores: Array, points: Array) -> Array:
    """Scores of new points: the weighted sum of those of their k nearest points in the graph, (m, n_classes)."""
    result = []
    for at in range(0, len(points), BLOCK):
        columns, weights = _nearest(np.asarray(points[at : at + BLOCK], np.float32), over.points, over.k)
        result.append((weights[:, :, None] * scores[columns]).sum(axis=1))
    return np.concatenate(result)


def _nearest(some: Array, points: Array, k: int, itself: int | None = None) -> tuple[Array, Array]:
    """Return rows of `points` nearest to each of `some`, and their weights; (m, k) each."""
    squares = some @ points.T
    squares *= -2
    squares += np.einsum("ij,ij->i", points, points)
    squares += np.einsum("ij,ij->i", some, some)[:, None]
    if itself is not None:
        squares[np.arange(len(some)), np.arange(itself, itself + len(some))] = np.inf
    columns = np.argpartition(squares, k - 1, axis=1)[:, :k].copy()  # a view would keep all n in memory
    near = np.take_along_axis(squares, columns, axis=1).clip(min=0)
    farthest = near.max(axis=1, keepdims=True)
    return columns, np.exp(-near / np.where(farthest > 0, farthest, 1))
