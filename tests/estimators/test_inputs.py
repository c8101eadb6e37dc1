from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.datasets import load_digits

from dbn.errors import DbnError
from dbn.estimators.inputs import BLOCK, Interval, classes_and_labels, in_blocks, labels_in, seed_of, weights_of

FINITE = arrays(np.float64, (3, 2), elements=st.floats(-1e6, 1e6))


@given(FINITE)
def test_training_values_lie_in_the_unit_interval_and_come_back(X: np.ndarray) -> None:
    interval = Interval.of(X)
    v = interval.to_unit(X)
    assert v.dtype == np.float32
    assert 0 <= v.min() <= v.max() <= 1
    np.testing.assert_allclose(interval.from_unit(v), X, atol=2e-7 * (interval.high - interval.low))


def test_activities_stay_as_they_are_and_pixels_are_divided_by_white() -> None:
    X = np.random.default_rng(0).uniform(0.2, 0.9, (5, 4)).astype(np.float32)
    assert (Interval.of(X).to_unit(X) == X).all()
    pixels = np.array([[0, 51, 255]], np.uint8)
    np.testing.assert_array_equal(Interval.of(pixels).to_unit(pixels), (pixels / 255).astype(np.float32))
    digits = load_digits().data
    np.testing.assert_array_equal(Interval.of(digits).to_unit(digits), (digits / 16).astype(np.float32))


def test_the_order_of_values_is_kept_and_what_lies_outside_goes_to_the_nearer_end() -> None:
    interval = Interval.of(np.array([[-3.0, 2.0]]))
    np.testing.assert_allclose(interval.to_unit(np.array([[-9.0, -3.0, -0.5, 2.0, 9.0]])), [[0, 0, 0.5, 1, 1]])


@pytest.mark.parametrize("y", [["b", "a", "b"], [7, -1, 7], [True, False, True]])
def test_classes_of_any_kind_are_numbered(y: list[Any]) -> None:
    classes, labels = classes_and_labels(np.array(y))
    assert labels.tolist() == [1, 0, 1]
    assert classes[labels].tolist() == y
    assert labels_in(classes, y).tolist() == [1, 0, 1]


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(DbnError, match="class 'c' is not among the classes"):
        labels_in(np.array(["a", "b"]), ["a", "c"])
    for y in ("a", []):
        with pytest.raises(DbnError, match="give a list of at least one"):
            labels_in(np.array(["a", "b"]), y)


def test_an_integer_is_the_seed_and_a_generator_draws_others() -> None:
    assert seed_of(7) == seed_of(np.int64(7)) == 7
    draws = [seed_of(state) for state in [np.random.RandomState(7)] * 2]
    assert draws[0] != draws[1]
    assert draws[0] == seed_of(np.random.RandomState(7))


@pytest.mark.parametrize(
    ("weights", "says"), [([1, 1, 1], "shape"), ([1, -1], "negative"), ([0, 0], "zero"), ([1, np.nan], "NaN")]
)
def test_bad_sample_weights_are_refused(weights: list[float], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        weights_of(np.zeros((2, 1)), weights)


def test_blocks_are_put_together_in_order() -> None:
    x = np.arange(2.0 * BLOCK + 3)[:, None]
    assert (in_blocks(lambda block: block[:, 0] + 1, x) == x[:, 0] + 1).all()
