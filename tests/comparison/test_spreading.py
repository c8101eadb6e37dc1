"""Labels that spread over a graph: its weights by hand, scikit-learn's spreading as oracle, and clusters."""

from __future__ import annotations

import tracemalloc
import warnings

import numpy as np
import pytest
from sklearn.semi_supervised import LabelSpreading

from dbn.comparison.spreading import at_points, graph, spread
from dbn.errors import DbnError

RNG = np.random.default_rng(0)
POINTS = RNG.normal(size=(30, 3)).astype(np.float32)


def weights(k: int) -> np.ndarray:
    d = ((POINTS[:, None].astype(float) - POINTS) ** 2).sum(axis=2)
    np.fill_diagonal(d, np.inf)
    A = np.zeros_like(d)
    for i, row in enumerate(d):
        near = np.argsort(row)[:k]
        A[i, near] = np.exp(-row[near] / row[near].max())
    return np.maximum(A, A.T)


def test_the_graph_by_hand() -> None:
    A = weights(4)
    expected = A / np.sqrt(np.outer(A.sum(axis=1), A.sum(axis=1)))
    assert np.abs(graph(POINTS, 4).S.toarray() - expected).max() < 1e-5


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = graph(POINTS, 4)
    monkeypatch.setattr("dbn.comparison.spreading.BLOCK", 7)
    assert np.abs((graph(POINTS, 4).S - whole.S).toarray()).max() < 1e-5


def test_scores_are_those_of_the_closed_form_and_of_scikit_learn() -> None:
    over, rows, labels = graph(POINTS, 4), np.array([0, 7, 11]), np.array([0, 1, 1])
    Y = np.zeros((len(POINTS), 2))
    Y[rows, labels] = 1
    F = np.linalg.solve(np.eye(len(POINTS)) - 0.8 * over.S.toarray(), Y)
    assert np.abs(spread(over, rows, labels, 2, 0.8) - F / F.sum(axis=0)).max() < 1e-5
    given = np.full(len(POINTS), -1)
    given[rows] = labels
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it stops at its last iteration
        theirs = LabelSpreading(kernel=lambda X, Y=None: weights(4), alpha=0.8, max_iter=500, tol=0).fit(POINTS, given)
    assert np.abs(theirs.label_distributions_ - F / F.sum(axis=1, keepdims=True)).max() < 1e-5


def test_two_labels_fill_two_clusters_and_classify_new_points() -> None:
    rng = np.random.default_rng(1)
    side = rng.integers(2, size=200)
    points = rng.normal(size=(200, 5)) + 8 * side[:, None]
    over = graph(points[:150], 6)
    rows = np.array([np.flatnonzero(side == 0)[0], np.flatnonzero(side == 1)[0]])
    scores = spread(over, rows, side[rows], 2, 0.99)
    assert (scores.argmax(axis=1) == side[:150]).all()
    assert (at_points(over, scores, points[150:]).argmax(axis=1) == side[150:]).all()


def test_a_class_without_labels_is_never_guessed() -> None:
    scores = spread(graph(POINTS, 4), np.array([0]), np.array([0]), 3, 0.9)
    assert scores[:, 0].sum() == pytest.approx(1)
    assert not scores[:, 1:].any()


@pytest.mark.parametrize("k", [0, 30])
def test_too_few_points(k: int) -> None:
    with pytest.raises(DbnError, match="neighbours cannot be found among 30 points"):
        graph(POINTS, k)


def test_memory_grows_with_the_neighbours_and_not_with_all_pairs() -> None:
    """3,000 points have 9 million pairs, 72 MB of whole numbers; a block of 500 rows at a time has a sixth."""
    points = np.random.default_rng(0).normal(size=(3000, 2))
    tracemalloc.start()
    try:
        graph(points, 5)
        assert tracemalloc.get_traced_memory()[1] < 40e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("alpha", [0.0, 1.0, 1.5, -3.0, float("nan")])
def test_shares_that_are_none_are_refused(alpha: float) -> None:
    with pytest.raises(DbnError, match="a share between 0 and 1 from its neighbours"):
        spread(graph(POINTS, 4), np.array([0]), np.array([0]), 3, alpha)
