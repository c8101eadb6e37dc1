"""Means and bands of label curves, against SciPy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from dbn.comparison.cells import Cell, Outcome
from dbn.comparison.label_curves import Curve, curves


def line(errors: list[list[float]]) -> Curve:
    return Curve(np.array([10, 100, 1000][: len(errors)]), np.array(errors))


def test_the_band_is_scipys_t_interval() -> None:
    errors = np.random.default_rng(0).normal(10, 2, (3, 8))
    curve = Curve(np.array([1, 2, 3]), errors)
    for mean, band, row in zip(curve.mean(), curve.band(), errors, strict=True):
        expected = stats.t.interval(0.95, 7, row.mean(), stats.sem(row))
        assert mean == pytest.approx(row.mean())
        assert band == pytest.approx(expected)


def test_one_seed_has_no_band() -> None:
    assert np.isnan(line([[1.0]]).band()).all()


@pytest.mark.parametrize("more", [[(1000, 0), (1000, 1)], [(1000, 0), (1000, 1), (1000, 2)]])
def test_every_label_count_is_drawn_with_the_seeds_that_all_have(more: list[tuple[int, int]]) -> None:
    """Whether a study was extended by labels or by seeds, and wherever it was interrupted."""
    found = {Cell("a", n, seed): Outcome(n + seed, 1000, 0.0) for n in (10, 100) for seed in (0, 1)}
    found |= {Cell("a", n, seed): Outcome(seed, 1000, 0.0) for n, seed in more}
    found[Cell("a", 10, 7)] = Outcome(1, 1000, 0.0)
    curve = curves(found)["a"]
    assert curve.n_labels.tolist() == [10, 100, 1000]
    assert curve.errors == pytest.approx(np.array([[1.0, 1.1], [10.0, 10.1], [0.0, 0.1]]))


def test_without_a_common_seed_there_is_no_curve() -> None:
    assert curves({Cell("a", 10, 0): Outcome(1, 10, 0.0), Cell("a", 20, 1): Outcome(1, 10, 0.0)}) == {}
