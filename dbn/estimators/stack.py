"""Features learned without labels: the hidden probabilities of one machine, or of a stack of them."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from dbn.data.dataset import Split
from dbn.estimators.inputs import FLOATS, Interval, in_blocks, seed_of, visible
from dbn.generative.contrastive import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy, GreedyConfig
from dbn.generative.rbm import RBM
from dbn.generative.sampling import chain
from dbn.ops.numpy import Array, Rng
from dbn.training.loop import Run, train


class _Stack(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """What the two transformers share: greedy learning of a net without labels, all of it or an epoch at a time."""

    epochs: int
    learning_rate: float | str
    momentum: float | str
    weight_decay: float | str
    k: int | str
    persistent: int | str
    batch_size: int
    random_state: Any
    interval_: Interval
    seed_: int
    run_: Run
    dbn_: DBN

    @property
    def _hidden(self) -> tuple[int, ...]:
        raise NotImplementedError

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from X (n_samples, n_features), from the beginning; `y` is not looked at.

        Raises
        ------
        DbnError
            If an option is out of its range, or learning diverges.
        """
        return self._learn(X, anew=True, epochs=self.epochs * len(self._hidden))

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Learn for one more epoch, from X (n_samples, n_features); the first call begins.

        The epoch is the one that `fit` would make next, so that as many calls with the same data as `fit` makes epochs
        give the same result; after the last of them the top machine learns on. The interval of
        values is that of the first call.
        """
        anew = not hasattr(self, "run_")
        return self._learn(X, anew=anew, epochs=1 if anew else self.run_.epoch + 1)

    def transform(self, X: Any) -> Array:
        """Probabilities of the top hidden units: (n_samples, n_features) -> (n_samples, top units), float32."""
        x = visible(self, X)
        return in_blocks(lambda v: self.dbn_.top.mean_h_from_v(self.dbn_.up_pass(v)), x)

    def sample(self, n_samples: int = 1, *, steps: int = 1000, random_state: Any = None) -> Array:
        """Draw from the model, each sample by a Gibbs chain of its own that starts from noise.

        Parameters
        ----------
        n_samples, steps : int
            Chains, and Gibbs steps of each.
        random_state : int, RandomState instance or None
            An integer gives the same samples each time.

        Returns
        -------
        array (n_samples, n_features)
            Expected values of the features, in the units of X, given sampled top states.
        """
        check_is_fitted(self)
        rng = Rng(seed_of(random_state), "samples")
        (v,) = chain(self.dbn_, n_samples, steps, rng, every=steps)
        return self.interval_.from_unit(v)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]  # the precision in which machines learn
        return tags

    @property
    def _n_features_out(self) -> int:
        return self.dbn_.top.n_hidden

    def _learn(self, X: Any, *, anew: bool, epochs: int) -> Self:
        x = validate_data(self, X, dtype=FLOATS, reset=anew)
        if anew:
            self.interval_, self.seed_ = Interval.of(x), seed_of(self.random_state)
        data = Split(self.interval_.to_unit(x), np.zeros(len(x), np.int64))
        learner = Greedy(self._config(epochs), data, (1, self.n_features_in_), 0, self.seed_)
        learner.epochs = epochs
        self.run_ = train(learner, Run(learner.init()) if anew else self.run_)
        self.dbn_ = learner.model(self.run_.state)
        return self

    def _config(self, epochs: int) -> GreedyConfig:
        """How to learn, with a top machine that goes on for as long as it takes to come to `epochs` in all."""
        below = len(self._hidden) - 1
        each = [self.epochs] * below + [max(self.epochs, epochs - below * self.epochs)]
        schedules = (self.learning_rate, self.momentum, self.weight_decay, self.k, self.persistent)
        layers = tuple(CDConfig(n, *map(str, schedules)) for n in each)
        return GreedyConfig(self._hidden, layers, self.batch_size, labels=False)


class RBMTransformer(_Stack):
    """A restricted Boltzmann machine whose hidden probabilities are features, learned by contrastive divergence.

    Parameters
    ----------
    n_components : int
        Hidden units.
    epochs : int
        Passes over the data.
    learning_rate, momentum, weight_decay, k, persistent : number or schedule
        See `dbn.generative.contrastive.CDConfig`, and `dbn.training.schedules.Schedule` for texts such as
        ``"0.1>0"``. Persistent chains without momentum and weight decay are how `sklearn.neural_network.BernoulliRBM`
        learns.
    batch_size : int
        Examples an update.
    random_state : int, RandomState instance or None
        An integer is the seed of the package's learners and gives the same machine each time.

    Attributes
    ----------
    rbm_ : RBM
        The machine.
    dbn_ : DBN
        The same as a net of one layer, which `dbn.generative` can sample.
    interval_ : Interval
        The values that were mapped onto activities from 0 to 1.
    run_ : Run
        The training as it stands; `run_.history` has the metrics of each epoch.
    seed_ : int
        Of every random stream.
    n_features_in_, feature_names_in_
        As in all of scikit-learn.

    References
    ----------
    Hinton 2002, *Training products of experts by minimizing contrastive divergence*.

    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data
    >>> features = RBMTransformer(32, epochs=2, random_state=0).fit_transform(X)
    >>> features.shape
    (1797, 32)
    """

    def __init__(
        self,
        n_components: int = 500,
        *,
        epochs: int = 20,
        learning_rate: float | str = 0.05,
        momentum: float | str = "0.5,0.9@5",
        weight_decay: float | str = 0.0002,
        k: int | str = 1,
        persistent: int | str = 0,
        batch_size: int = 20,
        random_state: Any = None,
    ) -> None:
        self.n_components = n_components
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.k = k
        self.persistent = persistent
        self.batch_size = batch_size
        self.random_state = random_state

    @property
    def _hidden(self) -> tuple[int, ...]:
        return (self.n_components,)

    @property
    def rbm_(self) -> RBM:
        """The machine."""
        return self.dbn_.top

    def score_samples(self, X: Any) -> Array:
        """Log-likelihoods up to a constant: log p(x) + log Z, which is minus the free energy.

        They compare examples under one machine. Between machines the constant, log Z, differs.

        Parameters
        ----------
        X : array (n_samples, n_features)
            Examples.

        Returns
        -------
        float32 array (n_samples,)
        """
        return -in_blocks(self.rbm_.free_energy, visible(self, X))


class DBNTransformer(_Stack):
    """A deep belief net without labels, learned greedily, whose top hidden probabilities are features.

    Parameters
    ----------
    hidden : tuple of int
        Hidden units of each machine, from the pixels up.
    epochs : int
        Passes over the data for each machine.
    learning_rate, momentum, weight_decay, k, persistent, batch_size, random_state
        As in `RBMTransformer`, for every machine.

    Attributes
    ----------
    dbn_ : DBN
        The net.
    interval_, run_, seed_, n_features_in_, feature_names_in_
        As in `RBMTransformer`.

    References
    ----------
    Hinton, Osindero & Teh 2006, *A fast learning algorithm for deep belief nets*, section 4.

    >>> from sklearn.datasets import load_digits
    >>> X = load_digits().data
    >>> DBNTransformer((32, 16), epochs=2, random_state=0).fit_transform(X).shape
    (1797, 16)
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (500, 500),
        *,
        epochs: int = 20,
        learning_rate: float | str = 0.05,
        momentum: float | str = "0.5,0.9@5",
        weight_decay: float | str = 0.0002,
        k: int | str = 1,
        persistent: int | str = 0,
        batch_size: int = 20,
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.weight_decay = weight_decay
        self.k = k
        self.persistent = persistent
        self.batch_size = batch_size
        self.random_state = random_state

    @property
    def _hidden(self) -> tuple[int, ...]:
        return tuple(self.hidden)
