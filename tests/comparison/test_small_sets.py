"""Small data sets in halves: what is learned from, how it is scaled, and which numbers of labels are left out."""

from __future__ import annotations

import numpy as np
import pytest

from dbn.comparison import small_sets
from dbn.comparison.cells import Cell
from dbn.comparison.small_sets import SETS, halves, load_small, regimes
from dbn.comparison.study import labelled
from dbn.data.dataset import Split
from dbn.generative import naive_bayes

SHAPES = {"iris": (150, 4, 3), "wine": (178, 13, 3), "breast_cancer": (569, 30, 2), "digits": (1797, 64, 10)}


def numbered(n: int) -> Split:
    """Examples of one feature that is their label, from 0: each example can be told from its label."""
    return Split(np.arange(n, dtype=np.float32)[:, None], np.arange(n))


@pytest.mark.parametrize("name", SETS)
def test_the_sets_are_scikit_learns(name: str) -> None:
    data = load_small(name)
    assert (*data.images.shape, int(data.labels.max()) + 1) == SHAPES[name]


def test_halves_share_no_example_and_leave_none_out() -> None:
    for seed in range(5):
        parts = halves(numbered(21), "numbers", seed)
        assert (len(parts.train), len(parts.test)) == (10, 11)
        assert sorted([*parts.train.labels, *parts.test.labels]) == list(range(21))
    assert set(halves(numbered(21), "numbers", 0).train.labels) != set(halves(numbered(21), "numbers", 1).train.labels)


def test_scaling_is_learned_from_the_training_half_alone() -> None:
    clipped = 0
    for seed in range(5):
        parts = halves(numbered(20), "numbers", seed)
        low, high = parts.train.labels.min(), parts.train.labels.max()
        for part in (parts.train, parts.test):
            expected = ((part.labels - low) / (high - low)).clip(0, 1)
            assert np.asarray(part.images)[:, 0] == pytest.approx(expected, abs=1e-6)
        clipped += int(((parts.test.labels < low) | (parts.test.labels > high)).sum())
    assert clipped  # some test example lay outside, and changed no scale


def test_numbers_of_labels_that_a_half_does_not_have_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.array([0] * 30 + [1] * 6)
    images = np.random.default_rng(0).normal(labels[:, None], 1, (36, 2)).astype(np.float32)
    monkeypatch.setattr(small_sets, "load_small", lambda _: Split(images, labels))
    found = regimes("uneven", (1, 2, 3, 4, 20), seeds=6)
    least = [int((halves(Split(images, labels), "uneven", seed).train.labels == 1).sum()) for seed in range(6)]
    assert len(set(least)) > 1  # halves differ in what they have
    assert set(found) == {
        Cell(model, 2 * count, seed)
        for seed in range(6)
        for count in (1, 2, 3, 4)
        if count <= min(least)
        for model in ("naive-bayes", "logistic-regression")
    }


def test_models_learn_from_one_half_and_are_tested_with_the_other() -> None:
    found = regimes("iris", (10,), seeds=2)
    for seed in (0, 1):
        parts = halves(load_small("iris"), "iris", seed)
        model = naive_bayes.fit("gaussian", parts.train[labelled(parts.train, 30, 3, seed)], 3, 1e-2)
        wrong = (model.predict(np.asarray(parts.test.images)) != parts.test.labels).sum()
        assert (found[Cell("naive-bayes", 30, seed)].wrong, found[Cell("naive-bayes", 30, seed)].n) == (wrong, 75)
        assert 0 < found[Cell("logistic-regression", 30, seed)].error_percent < 25  # chance is 67
