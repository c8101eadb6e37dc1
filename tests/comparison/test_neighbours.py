from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import NearestNeighbors

from dbn.comparison import neighbours as module
from dbn.comparison.neighbours import neighbours, vote
from dbn.data import load
from dbn.errors import DbnError


@pytest.mark.parametrize("power", [2, 3])
def test_scikit_learn_finds_the_same_neighbours_of_digits(power: int) -> None:
    digits = load("mnist-5k")
    train, images = digits.train.images[:700], digits.test.images[:40]
    oracle = NearestNeighbors(algorithm="brute", metric="minkowski", p=power).fit(train / 255)
    expected = oracle.kneighbors(images / 255, 7, return_distance=False)
    np.testing.assert_array_equal(neighbours(train, images, 7, power), expected)


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    train, images = (rng.uniform(size=(n, 6)).astype(np.float32) * (rng.uniform(size=(n, 6)) < 0.5) for n in (30, 11))
    whole = neighbours(train, images, 4, 3)
    monkeypatch.setattr(module, "QUERIES", 3)
    monkeypatch.setattr(module, "COLUMNS", 7)
    np.testing.assert_array_equal(neighbours(train, images, 4, 3), whole)


@pytest.mark.parametrize("power", [2, 3])
def test_fewer_neighbours_are_the_nearest_of_more(power: int) -> None:
    rng = np.random.default_rng(1)
    train, images = rng.integers(0, 256, (50, 9)).astype(np.uint8), rng.integers(0, 256, (8, 9)).astype(np.uint8)
    five = neighbours(train, images, 5, power)
    for k in (1, 2, 4):
        np.testing.assert_array_equal(neighbours(train, images, k, power), five[:, :k])
    assert (neighbours(train, train, 1, power)[:, 0] == np.arange(50)).all()


def test_what_cannot_be_searched_is_refused() -> None:
    dots = np.zeros((3, 2), np.uint8)
    with pytest.raises(DbnError, match="no search for neighbours under L4; choose 2 or 3"):
        neighbours(dots, dots, 1, 4)
    for k in (0, 4):
        with pytest.raises(DbnError, match=f"3 training images do not have {k} nearest ones; choose 1 to 3"):
            neighbours(dots, dots, k, 3)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_the_majority_wins_and_of_equals_the_nearer(labels: list[int]) -> None:
    expected = max(labels, key=lambda label: (labels.count(label), -labels.index(label)))
    assert vote(np.array([labels])).tolist() == [expected]


@pytest.mark.parametrize("power", [2, 3])
def test_all_training_images_may_be_neighbours(power: int) -> None:
    dots = np.array([[0.0], [0.5], [0.2]], np.float32)
    assert neighbours(dots, dots[:1], 3, power).tolist() == [[0, 2, 1]]
