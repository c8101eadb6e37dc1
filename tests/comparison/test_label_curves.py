"""Means, bands and crossings of label curves, against SciPy and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from dbn.comparison.cells import Cell, Outcome
from dbn.comparison.label_curves import Curve, crossing, curves
from dbn.ops.numpy import Rng


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


def test_curves_that_cross_between_counts() -> None:
    """The gap falls from +2 to −1 between 10 and 100: in logarithms the crossing is at two thirds of the way."""
    pair = {"a": line([[10.0, 10.0], [9.0, 9.0], [8.0, 8.0]]), "b": line([[12.0, 12.0], [8.0, 8.0], [4.0, 4.0]])}
    found = crossing("a", "b", pair, Rng(0, "test"))
    assert found.n_labels == pytest.approx(10 ** (1 + 2 / 3))
    assert found.interval == pytest.approx((found.n_labels, found.n_labels))  # no spread over seeds
    assert found.share == 1


def test_curves_that_do_not_cross() -> None:
    pair = {"a": line([[10.0], [9.0]]), "b": line([[12.0], [10.0]])}
    for first, second in (("a", "b"), ("b", "a")):
        found = crossing(first, second, pair, Rng(0, "test"))
        assert (found.n_labels, found.interval, found.share) == (None, None, 0)


def test_the_interval_covers_the_seeds_spread() -> None:
    """Each seed's curves cross at a place of their own; the interval lies within these, around that of the means."""
    gaps = np.array([[2.0, 1.0, 3.0], [-1.0, -2.0, -1.0]])
    pair = {"a": line(np.full((2, 3), 10.0).tolist()), "b": line((10 + gaps).tolist())}
    found = crossing("a", "b", pair, Rng(0, "test"))
    own = 10 ** (1 + gaps[0] / (gaps[0] - gaps[1]))
    assert found.n_labels is not None
    assert found.interval is not None
    assert own.min() * 0.9999 < found.interval[0] < found.n_labels < found.interval[1] < own.max() * 1.0001
    assert found.share == 1


def test_only_what_both_have_is_compared() -> None:
    pair = {"a": line([[10.0, 10.0], [9.0, 9.0]]), "b": line([[12.0], [8.0], [4.0]])}
    found = crossing("a", "b", pair, Rng(0, "test"))
    assert found.n_labels == pytest.approx(10 ** (1 + 2 / 3))
    assert found.interval is None  # of the one seed that both have
