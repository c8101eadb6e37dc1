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


def test_only_label_counts_with_every_seed_are_drawn() -> None:
    found = {Cell("a", n, seed): Outcome(n + seed, 1000, 0.0) for n in (10, 100) for seed in (0, 1)}
    found[Cell("a", 1000, 0)] = Outcome(1, 1000, 0.0)
    curve = curves(found)["a"]
    assert curve.n_labels.tolist() == [10, 100]
    assert curve.errors == pytest.approx(np.array([[1.0, 1.1], [10.0, 10.1]]))
