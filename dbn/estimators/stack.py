"""What transformers share: greedy learning of a net without labels, whose top hidden probabilities are features."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from dbn.data.dataset import Split
from dbn.data.own import shape_of
from dbn.errors import DbnError
from dbn.estimators.inputs import FLOATS, Interval, check_numbers, in_blocks, seed_of, visible
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.sampling import samples
from dbn.ops.numpy import Array, Rng
from dbn.training.loop import Run, train

SCHEDULES = ("learning_rate", "momentum", "weight_decay", "k", "persistent")
"""Options, numbers or texts, that go to each machine's `CDConfig`."""


class Stack(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """A net that learns greedily from examples alone, all at once or an epoch at a time.

    A subclass has the constructor, with the options below and the `SCHEDULES`, and says how large the machines are.
    """

    epochs: int
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
        return self._learn(X, anew=True)

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Learn for one more epoch, from X (n_samples, n_features); the first call begins.

        The epoch is the one that `fit` would make next, so that as many calls with the same data as `fit` makes epochs
        give the same result; after the last of them the top machine learns on. The interval of
        values is that of the first call. What earlier calls have left, `dbn_` and `run_`, is replaced, not changed.

        Raises
        ------
        DbnError
            If an option is out of its range, sizes have changed since the first call, or learning diverges; then all
            stays as it was.
        """
        anew = not hasattr(self, "run_")
        return self._learn(X, anew=anew, epochs=1 if anew else self.run_.epoch + 1)

    def transform(self, X: Any) -> Array:
        """Probabilities of the top hidden units: (n_samples, n_features) -> (n_samples, top units), float32."""
        x = visible(self, X)
        return in_blocks(lambda v: self.dbn_.top.mean_h_from_v(self.dbn_.up_pass(v)), x).astype("float32")

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
        return self.interval_.from_unit(samples(self.dbn_, n_samples, steps, rng))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float32"]  # the precision in which machines learn
        return tags

    @property
    def _n_features_out(self) -> int:
        return self.dbn_.top.n_hidden

    def _learn(self, X: Any, *, anew: bool, epochs: int | None = None) -> Self:
        """Learn for so many epochs in all, or for all of them."""
        check_numbers(self, "epochs", "batch_size")
        if not anew and self._hidden != self.dbn_.sizes[1:]:
            raise DbnError(f"the net has {self.dbn_.sizes[1:]} units, not {self._hidden}; call fit to begin anew")
        epochs = self.epochs * len(self._hidden) if epochs is None else epochs
        x = validate_data(self, X, dtype=FLOATS, reset=anew)
        interval = Interval.of(x) if anew else self.interval_
        seed = seed_of(self.random_state) if anew else self.seed_
        data = Split(interval.to_unit(x), np.zeros(len(x), np.int64))
        learner = Greedy(self._config(epochs), data, shape_of(x.shape[1]), 0, seed)
        learner.epochs = epochs  # partial_fit stops after one, wherever in the schedule that is
        run = train(learner, Run(learner.init()) if anew else deepcopy(self.run_))
        self.interval_, self.seed_, self.run_, self.dbn_ = interval, seed, run, learner.model(run.state)
        return self

    def _config(self, epochs: int) -> GreedyConfig:
        """How to learn, with a top machine that goes on for as long as it takes to come to `epochs` in all."""
        below = len(self._hidden) - 1
        each = [int(self.epochs)] * below + [int(max(self.epochs, epochs - below * self.epochs))]
        schedules: dict[str, Any] = {name: str(getattr(self, name)) for name in SCHEDULES}
        layers = tuple(CDConfig(n, **schedules) for n in each)
        return GreedyConfig(self._hidden, layers, self.batch_size, labels=False)
