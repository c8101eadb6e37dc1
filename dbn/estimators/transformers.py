"""Features learned without labels: the hidden probabilities of one machine, or of a stack of them."""

from __future__ import annotations

from typing import Any

from dbn.estimators.inputs import check_numbers, in_blocks, sizes_of, visible
from dbn.estimators.stack import Stack
from dbn.generative.rbm import RBM
from dbn.ops.numpy import Array


class RBMTransformer(Stack):
    """A restricted Boltzmann machine whose hidden probabilities are features, learned by contrastive divergence.

    Parameters
    ----------
    n_components : int
        Hidden units.
    epochs : int
        Passes over the data.
    learning_rate, momentum, weight_decay, k, persistent : number or schedule
        See `dbn.generative.cd_config.CDConfig`, and `dbn.training.schedules.Schedule` for texts such as
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
        check_numbers(self, "n_components")
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
        x = visible(self, X)
        return -in_blocks(self.rbm_.free_energy, x).astype("float32")


class DBNTransformer(Stack):
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
        return sizes_of(self.hidden)
