"""From scikit-learn's arrays to what the package takes: activities from 0 to 1, labels from 0, seeds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_array, check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from dbn.errors import DbnError
from dbn.ops.numpy import Array

FLOATS = (np.float64, np.float32)

BLOCK = 1000
"""Examples that a model is shown at a time: temporaries stay small enough for the allocator to keep."""


@dataclass(frozen=True)
class Interval:
    """What is mapped linearly onto the activities from 0 to 1 of binary units.

    `of` takes the interval from 0 to 1 and widens it, for all features alike, until it holds every training value.
    So activities and probabilities stay as they are, bytes are divided by 255, if one is 255, and the pixels of
    `sklearn.datasets.load_digits` by 16, and standardised features come to lie around the middle. Features on
    different scales belong behind a scaler, such as `sklearn.preprocessing.MinMaxScaler`.

    Parameters
    ----------
    low, high : float
        Its ends.

    >>> Interval.of(np.array([[0.0, 3.0, 16.0]]))
    Interval(low=0.0, high=16.0)
    >>> Interval(-2.0, 2.0).to_unit(np.array([[-2.0, 1.0, 9.0]]))
    array([[0.  , 0.75, 1.  ]], dtype=float32)
    """

    low: float
    high: float

    @classmethod
    def of(cls, X: Array) -> Interval:
        """Find the interval of training data X (n, n_features)."""
        return cls(min(0.0, float(X.min())), max(1.0, float(X.max())))

    def to_unit(self, X: Array) -> Array:
        """Map X (n, n_features) to activities, float32; what lies outside the interval goes to its nearer end."""
        unit: Array = ((X - self.low) / (self.high - self.low)).clip(0, 1).astype(np.float32)
        return unit

    def from_unit(self, v: Array) -> Array:
        """Map activities v (n, n_features) back."""
        X: Array = self.low + (self.high - self.low) * v
        return X


def check_numbers(estimator: Any, *names: str, kind: type = Integral) -> None:
    """Refuse options of an estimator that are not of a kind of number; DbnError."""
    for name in names:
        value = getattr(estimator, name)
        if isinstance(value, bool) or not isinstance(value, kind):
            raise DbnError(f"{name} must be a {'whole ' * (kind is Integral)}number, and {value!r} is not")


def sizes_of(hidden: Any) -> tuple[int, ...]:
    """Return the sizes of layers; DbnError if they are no whole numbers, one for each layer.

    >>> sizes_of([500, 500])
    (500, 500)
    """
    several = isinstance(hidden, (tuple, list, np.ndarray))
    if not several or not all(isinstance(size, Integral) and not isinstance(size, bool) for size in hidden):
        raise DbnError(f"hidden must be a size for each layer, such as (500, 500), and {hidden!r} is not")
    return tuple(int(size) for size in hidden)


def visible(estimator: Any, X: Any) -> Array:
    """Check X (n, n_features) against what a fitted estimator knows, and map it to activities."""
    check_is_fitted(estimator)
    x = validate_data(estimator, X, dtype=FLOATS, reset=False)
    activities: Array = estimator.interval_.to_unit(x)
    return activities


def classes_and_labels(y: Any) -> tuple[Array, Array]:
    """Sort out the classes in targets y (n,), which may be numbers or texts, and number each target's from 0.

    Raises
    ------
    ValueError
        If the targets are no classes.

    >>> classes_and_labels(np.array(["six", "nine", "six"]))
    (array(['nine', 'six'], dtype='<U4'), array([1, 0, 1]))
    """
    check_classification_targets(y)
    classes, labels = np.unique(y, return_inverse=True)
    return classes, labels.astype(np.int64)


def labels_in(classes: Array, y: Any) -> Array:
    """Number targets y (n,) by their places among sorted `classes`; DbnError if one is not among them."""
    y = np.asarray(y)
    if y.ndim != 1 or not len(y):
        raise DbnError(f"classes of the shape {y.shape} were given; give a list of at least one")
    if unknown := sorted(set(y.tolist()) - set(classes.tolist()), key=str):
        raise DbnError(f"class {unknown[0]!r} is not among the classes {classes.tolist()}; name all classes first")
    labels: Array = np.searchsorted(classes, y)
    return labels


def weights_of(X: Array, sample_weight: Any) -> Array:
    """Check sample weights (n,) for examples X (n, n_features).

    Raises
    ------
    ValueError
        If there is not one weight an example, one is negative or not finite, or all are 0.
    """
    weights: Array = check_array(sample_weight, ensure_2d=False, dtype=np.float64, input_name="sample_weight")
    if weights.shape != X.shape[:1]:
        raise ValueError(f"sample_weight has the shape {weights.shape}; give one weight for each of {len(X)} samples")
    if weights.min() < 0 or not weights.any():
        raise ValueError("a sample weight must not be negative, and not all may be zero")
    return weights


def seed_of(random_state: Any) -> int:
    """Return the package's seed: an integer as it is, and otherwise one that the `random_state` draws.

    Raises
    ------
    DbnError
        If it is a negative integer.
    """
    if isinstance(random_state, Integral):
        if random_state < 0:
            raise DbnError(f"random_state is a whole number from 0, and {random_state} is not")
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def in_blocks(function: Callable[[Array], Array], x: Array) -> Array:
    """Apply a function of rows to x (n, d), some rows at a time.

    It gets them in float64, so that a row's result, once it is rounded to float32, is the same in any company: how a
    product is summed up depends on where in a block the row lies.
    """
    return np.concatenate([function(x[at : at + BLOCK].astype(np.float64)) for at in range(0, len(x), BLOCK)])
