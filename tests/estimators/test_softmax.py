from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from dbn.data.dataset import Split
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.estimators import SoftmaxRegression
from dbn.training.loop import Run, train

X, Y = load_iris(return_X_y=True)
WEIGHTS = np.random.default_rng(0).uniform(0, 3, len(X))


@pytest.mark.parametrize("weight_decay", [1e-3, 1e-1])
@pytest.mark.parametrize("sample_weight", [None, WEIGHTS])
def test_scikit_learn_finds_the_same_optimum(weight_decay: float, sample_weight: np.ndarray | None) -> None:
    ours = SoftmaxRegression(weight_decay=weight_decay, tol=1e-9).fit(X, Y, sample_weight)
    total = len(X) if sample_weight is None else sample_weight.sum()
    theirs = LogisticRegression(C=1 / (weight_decay * total), tol=1e-10, max_iter=10_000).fit(X, Y, sample_weight)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-4)
    np.testing.assert_allclose(ours.intercept_ - ours.intercept_.mean(), theirs.intercept_, atol=1e-3)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5)


def test_the_one_vector_that_scikit_learn_has_for_two_classes_is_the_difference_of_ours() -> None:
    two = Y < 2
    ours = SoftmaxRegression(weight_decay=0.1, tol=1e-9).fit(X[two], Y[two])
    theirs = LogisticRegression(C=2 / (0.1 * two.sum()), tol=1e-10).fit(X[two], Y[two])
    np.testing.assert_allclose(ours.coef_[1] - ours.coef_[0], theirs.coef_[0], atol=1e-5)


def test_an_optimum_that_is_not_reached_is_said_so() -> None:
    with pytest.warns(ConvergenceWarning, match="raise max_iter"):
        model = SoftmaxRegression(max_iter=3).fit(X, Y)
    assert model.n_iter_ == 3


def test_partial_fit_is_the_packages_sgd() -> None:
    model = SoftmaxRegression(learning_rate=0.05, batch_size=7, weight_decay=0.01, random_state=4)
    for _ in range(3):
        model.partial_fit(X, Y, classes=[2, 1, 0])
    config = BackpropConfig(3, 7, learning_rate="0.05", momentum="0", weight_decay=0.01)
    learner = Backprop(config, Network.from_layers([], 4, 3), Split(X.astype(np.float32), Y), seed=4)
    network = learner.model(train(learner, Run(learner.init())).state)
    np.testing.assert_allclose(model.coef_, network.weights[0].T, rtol=1e-4, atol=1e-6)
    assert model.n_passes_ == 3


def test_partial_fit_goes_to_the_optimum_and_goes_on_from_fit() -> None:
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    best = SoftmaxRegression(weight_decay=0.1, tol=1e-9).fit(scaled, Y)
    learned = SoftmaxRegression(weight_decay=0.1, batch_size=150, learning_rate=0.5, random_state=0)
    for _ in range(300):
        learned.partial_fit(scaled, Y, classes=[0, 1, 2])
    np.testing.assert_allclose(learned.coef_, best.coef_, atol=1e-5)
    before = best.coef_.copy()
    best.set_params(batch_size=150).partial_fit(scaled, Y)
    np.testing.assert_allclose(best.coef_, before, atol=1e-6)
    worse = SoftmaxRegression(weight_decay=1.0, random_state=0).fit(scaled, Y)
    worse.set_params(weight_decay=0.1, batch_size=150)  # all examples an update: nothing is left to chance
    distances = [np.abs(worse.partial_fit(scaled, Y).coef_ - before).max() for _ in range(20)]
    assert distances == sorted(distances, reverse=True)


def test_partial_fit_must_know_all_classes() -> None:
    with pytest.raises(DbnError, match="pass classes="):
        SoftmaxRegression().partial_fit(X, Y)
    model = SoftmaxRegression().partial_fit(X[:50], Y[:50], classes=[0, 1])
    with pytest.raises(DbnError, match="class 2 is not among"):
        model.partial_fit(X, Y)
    with pytest.raises(DbnError, match=r"the classes were \[0, 1\], and now others are given"):
        model.partial_fit(X[:50], Y[:50], classes=[0, 1, 2])


def test_a_first_partial_fit_that_is_refused_fixes_no_classes() -> None:
    model = SoftmaxRegression(random_state=0)
    with pytest.raises(DbnError, match="class 2 is not among"):
        model.partial_fit(X, Y, classes=[0, 1])
    assert model.partial_fit(X, Y, classes=[0, 1, 2]).classes_.tolist() == [0, 1, 2]


def test_a_grid_chooses_the_penalty() -> None:
    grid = GridSearchCV(SoftmaxRegression(), {"weight_decay": [1e-3, 100.0]}).fit(X, Y)
    assert grid.best_params_ == {"weight_decay": 1e-3}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"weight_decay": -1.0}, "must not be negative"),
        ({"max_iter": 0}, "at least 1"),
        ({"max_iter": 10.0}, "max_iter must be a whole number, and 10.0 is not"),
        ({"tol": "small"}, "tol must be a number, and 'small' is not"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], says: str) -> None:
    with pytest.raises(DbnError, match=says):
        SoftmaxRegression(**options).fit(X, Y)
