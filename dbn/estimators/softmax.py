"""Multinomial logistic regression at its one optimum, or a pass over the data at a time."""

from __future__ import annotations

import warnings
from dataclasses import replace
from numbers import Real
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from dbn.data.dataset import Split
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.minimise import minimise
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.estimators.inputs import check_numbers, classes_and_labels, labels_in, seed_of, weights_of
from dbn.ops.numpy import Array
from dbn.training.loop import Run, train

FLAT = 64 * float(np.finfo(float).eps)
"""Relative fall of the loss below which rounding hides it."""


class SoftmaxRegression(ClassifierMixin, BaseEstimator):
    """p(class k given x) ∝ exp(w_k·x + b_k), with a penalty on the weights: a network without hidden layers.

    `fit` minimises (Σ_i s_i loss_i) / (Σ_i s_i) + λ/2 Σ W², where the s are sample weights, by L-BFGS in double
    precision. With λ > 0 there is one minimum, that of `sklearn.linear_model.LogisticRegression` with C = 1 / (λ Σ s_i)
    if there are three classes or more. For two, scikit-learn has one vector of weights, which is the
    difference of the two here; its C is then twice as large. Features are used as they are, on any scale.

    Parameters
    ----------
    weight_decay : float
        λ.
    max_iter : int
        Iterations of L-BFGS at most.
    tol : float
        The gradient's greatest component with which `fit` is content; by default scikit-learn's.
    learning_rate, batch_size : float, int
        Of `partial_fit`, which learns by SGD; see `dbn.discriminative.backprop.BackpropConfig`.
    random_state : int, RandomState instance or None
        Of the order in which `partial_fit` takes its examples.

    Attributes
    ----------
    classes_ : array (n_classes,)
        The classes.
    network_ : Network
        The model.
    n_iter_ : int
        Iterations that `fit` took.
    n_passes_ : int
        Passes that `partial_fit` has made since.
    seed_ : int
        Of the order of its examples.
    n_features_in_, feature_names_in_
        As in all of scikit-learn.

    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> model = SoftmaxRegression(weight_decay=0.1).fit(X[:1500], y[:1500])
    >>> bool(model.score(X[1500:], y[1500:]) > 0.9)
    True
    """

    def __init__(
        self,
        *,
        weight_decay: float = 1e-3,
        max_iter: int = 1000,
        tol: float = 1e-4,
        learning_rate: float = 0.1,
        batch_size: int = 20,
        random_state: Any = None,
    ) -> None:
        self.weight_decay = weight_decay
        self.max_iter = max_iter
        self.tol = tol
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.random_state = random_state

    @property
    def coef_(self) -> Array:
        """Weights (n_classes, n_features)."""
        return self.network_.weights[0].T

    @property
    def intercept_(self) -> Array:
        """Biases (n_classes,)."""
        return self.network_.biases[0]

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Minimise the penalised loss, from weights of 0.

        Parameters
        ----------
        X, y : arrays (n_samples, n_features), (n_samples,)
            Examples and their classes.
        sample_weight : array (n_samples,), optional
            How often each example counts: 2 is as good as having it twice, 0 as not having it.

        Raises
        ------
        ValueError
            If a sample weight is negative, or all are 0.
        """
        X, y = validate_data(self, X, y, dtype=np.float64)
        weights = None if sample_weight is None else weights_of(X, sample_weight)
        config, (classes, labels) = self._config(epochs=1), classes_and_labels(y)
        network, seed = self._begin(X, classes)
        found = minimise(
            network,
            X,
            labels,
            "lbfgs",
            config.iterations,
            config.weight_decay,
            weights,
            options={"gtol": self.tol, "ftol": FLAT},
        )
        self.classes_, self.network_, self.seed_ = classes, network, seed
        self.n_iter_, self.n_passes_ = found.iterations, 0
        if not found.converged:
            warnings.warn(
                f"softmax regression did not converge in {found.iterations} iterations; raise max_iter, or scale X",
                ConvergenceWarning,
                stacklevel=2,
            )
        return self

    def partial_fit(self, X: Any, y: Any, classes: Any = None) -> Self:
        """Make one pass of SGD over the examples, from where the model stands.

        Parameters
        ----------
        X, y : arrays (n_samples, n_features), (n_samples,)
            Examples and their classes.
        classes : array (n_classes,), optional
            All classes that will ever come. Needed by the first call, unless `fit` came before.

        Raises
        ------
        DbnError
            If classes are missing or not those of the first call, a target is not among them, or learning diverges.
        """
        first = not hasattr(self, "network_")
        X, y = validate_data(self, X, y, dtype=np.float64, reset=first)
        if first:
            if classes is None:
                raise DbnError("the first partial_fit needs to know all classes; pass classes=")
            classes = classes_and_labels(classes)[0]
        else:
            if classes is not None and not np.array_equal(np.unique(classes), self.classes_):
                raise DbnError(f"the classes were {self.classes_.tolist()}, and now others are given; call fit anew")
            classes = self.classes_
        data = Split(X.astype(np.float32), labels_in(classes, y))
        network, seed = self._begin(X, classes) if first else (self.network_, self.seed_)
        passes = 0 if first else self.n_passes_
        learner = Backprop(self._config(passes + 1), network, data, seed)
        run = train(learner, Run(learner.init(), epoch=passes))
        self.classes_, self.network_, self.seed_, self.n_passes_ = classes, learner.model(run.state), seed, passes + 1
        return self

    def predict(self, X: Any) -> Array:
        """Return the most probable class of each example: (n_samples, n_features) -> (n_samples,)."""
        check_is_fitted(self)
        guesses: Array = self.classes_[self.network_.predict(validate_data(self, X, dtype=np.float64, reset=False))]
        return guesses

    def predict_proba(self, X: Any) -> Array:
        """p(class given x): (n_samples, n_features) -> (n_samples, n_classes)."""
        check_is_fitted(self)
        return self.network_.predict_proba(validate_data(self, X, dtype=np.float64, reset=False))

    def _begin(self, X: Array, classes: Array) -> tuple[Network, int]:
        """Return weights of 0, in double precision as in single rounding hides where the minimum is, and a seed."""
        start = Network.from_layers([], X.shape[1], len(classes))
        weights, biases = start.weights[0].astype(float), start.biases[0].astype(float)
        return replace(start, weights=(weights,), biases=(biases,)), seed_of(self.random_state)

    def _config(self, epochs: int) -> BackpropConfig:
        check_numbers(self, "max_iter", "batch_size")
        check_numbers(self, "weight_decay", "tol", kind=Real)
        return BackpropConfig(
            epochs=epochs,
            batch_size=self.batch_size,
            learning_rate=str(self.learning_rate),
            momentum="0",
            weight_decay=self.weight_decay,
            iterations=self.max_iter,
        )
