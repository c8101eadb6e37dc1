"""Ng & Jordan's two regimes on scikit-learn's small data sets: naive Bayes is better with few labels, or it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dbn.comparison.cells import Cell, Outcome
from dbn.comparison.contenders import LogisticFamily, NaiveBayesFamily
from dbn.comparison.study import Job, do
from dbn.data.dataset import Dataset, Split
from dbn.ops.numpy import Rng

if TYPE_CHECKING:
    from collections.abc import Sequence

SETS = ("iris", "wine", "breast_cancer", "digits")
"""Names of scikit-learn's loaders."""

FAMILIES = (NaiveBayesFamily(pixels="gaussian", smoothing=1e-2), LogisticFamily(penalty=1e-3))
"""They give logistic regression no penalty; next to none keeps weights finite where the classes are separable."""


def load_small(name: str) -> Split:
    """Load one of the `SETS`, its features as they are: (n, features)."""
    from sklearn import datasets

    found = getattr(datasets, f"load_{name}")()
    return Split(found.data.astype(np.float32), found.target.astype(np.int64))


def halves(data: Split, name: str, seed: int) -> Dataset:
    """Divide a set at random into a half to learn from and a half to test with.

    Each feature of the first half fills [0, 1]; the other half is scaled alike, and clipped to that.
    """
    from sklearn.preprocessing import MinMaxScaler

    order = Rng(seed, f"halves/{name}").permutation(len(data))
    parts = data[order[: len(data) // 2]], data[order[len(data) // 2 :]]
    scaler = MinMaxScaler(clip=True).fit(parts[0].images)
    train, test = (Split(scaler.transform(part.images), part.labels) for part in parts)
    return Dataset.of(name, train, test, (1, data.images.shape[1]), int(data.labels.max()) + 1)


def regimes(name: str, per_class: Sequence[int], seeds: int) -> dict[Cell, Outcome]:
    """Test naive Bayes with Gaussian features and logistic regression, each trained from few examples and from more.

    Parameters
    ----------
    name : str
        One of the `SETS`.
    per_class : sequence of int
        Labelled examples of each class; numbers that one of the halves does not have are left out.
    seeds : int
        Random halves of the set. They overlap, so that intervals over them are those of halves of this set alone.

    Returns
    -------
    dict of Cell to Outcome
        As of `study.run`.

    References
    ----------
    Ng & Jordan 2001, *On discriminative vs. generative classifiers: a comparison of logistic regression and naive
    Bayes*, figure 1.
    """
    data, found = load_small(name), {}
    parts = [halves(data, name, seed) for seed in range(seeds)]
    most = min(int(np.bincount(part.train.labels, minlength=part.n_classes).min()) for part in parts)
    for seed, part in enumerate(parts):
        for count in (count for count in per_class if count <= most):
            for family in FAMILIES:
                found.update(do(Job(family, count * part.n_classes, seed), part, None))
    return found
