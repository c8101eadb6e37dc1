"""The deep belief net as a classifier: generative, or the start of a discriminative network."""

from __future__ import annotations

from typing import Any, Literal, Self, get_args

from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from dbn.data.dataset import Split
from dbn.data.own import shape_of
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.estimators.inputs import (
    FLOATS,
    Interval,
    check_numbers,
    classes_and_labels,
    in_blocks,
    labels_in,
    seed_of,
    sizes_of,
    visible,
)
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.sampling import samples
from dbn.generative.updown import UpDown, UpDownConfig
from dbn.ops.numpy import Array, Rng
from dbn.training.loop import Learner, Run, train

Method = Literal["generative", "discriminative"]


class DBNClassifier(ClassifierMixin, BaseEstimator):
    """A deep belief net of examples and labels, which classifies by free energy or is fine-tuned by backprop.

    Learning goes through up to three stages: greedy learning, machine by machine, with label units in the top one; if
    `updown_epochs` asks for it, up-down learning of the whole net; and if the method is discriminative, backprop in the
    network that starts from the net's recognition weights. There is no `partial_fit`: each stage needs the one before
    to be finished. `DBNTransformer` learns features from a stream.

    Parameters
    ----------
    hidden : tuple of int
        Hidden units of each machine, from the pixels up. One machine does for some thousand examples, or for
        features that are no pixels; the paper's net for MNIST is (500, 500, 2000).
    method : {"discriminative", "generative"}
        Classify by the fine-tuned network, or by the net itself: the label of least free energy.
    epochs, learning_rate
        Of each machine's contrastive divergence, see `dbn.generative.cd_config.CDConfig`. Rates can be numbers or
        schedules such as ``"0.1>0"``, see `dbn.training.schedules.Schedule`.
    updown_epochs, updown_learning_rate
        Of up-down learning, which needs at least two machines, see `dbn.generative.updown.UpDownConfig`.
    backprop_epochs, backprop_learning_rate
        Of fine-tuning, see `dbn.discriminative.backprop.BackpropConfig`.
    batch_size : int
        Examples an update, in every stage.
    random_state : int, RandomState instance or None
        An integer is the seed of the package's learners and gives the same classifier each time.

    Attributes
    ----------
    classes_ : array (n_classes,)
        The classes.
    dbn_ : DBN
        The generative model, before any backprop.
    model_ : DBN or Network
        What classifies: `dbn_`, or the fine-tuned network.
    interval_ : Interval
        The values that were mapped onto activities from 0 to 1.
    history_ : list of dict
        Metrics of every epoch, stage after stage.
    seed_ : int
        Of every random stream.
    n_features_in_, feature_names_in_
        As in all of scikit-learn.

    References
    ----------
    Hinton, Osindero & Teh 2006, *A fast learning algorithm for deep belief nets*.

    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> net = DBNClassifier((64,), epochs=5, backprop_epochs=5, random_state=0).fit(X[:1500], y[:1500])
    >>> bool(net.score(X[1500:], y[1500:]) > 0.9)
    True
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (500,),
        *,
        method: Method = "discriminative",
        epochs: int = 50,
        learning_rate: float | str = "0.1>0",
        updown_epochs: int = 0,
        updown_learning_rate: float | str = 0.02,
        backprop_epochs: int = 20,
        backprop_learning_rate: float | str = "0.2>0",
        batch_size: int = 20,
        random_state: Any = None,
    ) -> None:
        self.hidden = hidden
        self.method = method
        self.epochs = epochs
        self.learning_rate = learning_rate
        self.updown_epochs = updown_epochs
        self.updown_learning_rate = updown_learning_rate
        self.backprop_epochs = backprop_epochs
        self.backprop_learning_rate = backprop_learning_rate
        self.batch_size = batch_size
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Learn from X (n_samples, n_features) and its classes y (n_samples,).

        Raises
        ------
        DbnError
            If an option is out of its range, or learning diverges.
        """
        if self.method not in get_args(Method):
            raise DbnError(f"no method {self.method!r} to classify by; known are {', '.join(get_args(Method))}")
        check_numbers(self, "epochs", "updown_epochs", "backprop_epochs", "batch_size")
        x, y = validate_data(self, X, y, dtype=FLOATS)
        classes, labels = classes_and_labels(y)
        interval, seed = Interval.of(x), seed_of(self.random_state)
        data = Split(interval.to_unit(x), labels)
        history: list[dict[str, float]] = []

        def learned(learner: Learner) -> Any:
            run = train(learner, Run(learner.init()))
            history.extend(run.history)
            return learner.model(run.state)

        greedy, updown, backprop = self._greedy(), self._updown(), self._backprop()  # refused now, not after hours
        dbn: DBN = learned(Greedy(greedy, data, shape_of(x.shape[1]), len(classes), seed))
        if updown:
            dbn = learned(UpDown(updown, dbn, data, seed))
        model: DBN | Network = dbn
        if self.method == "discriminative":
            start = Network.from_layers(dbn.recognition_layers(), dbn.sizes[-1], len(classes))
            model = learned(Backprop(backprop, start, data, seed))
        self.classes_, self.interval_, self.seed_ = classes, interval, seed
        self.dbn_, self.model_, self.history_ = dbn, model, history
        return self

    def predict(self, X: Any) -> Array:
        """Return the most probable class of each example: (n_samples, n_features) -> (n_samples,)."""
        x = visible(self, X)
        guesses: Array = self.classes_[in_blocks(self.model_.predict, x)]
        return guesses

    def predict_proba(self, X: Any) -> Array:
        """p(class given x): (n_samples, n_features) -> (n_samples, n_classes), float32."""
        x = visible(self, X)
        return in_blocks(self.model_.predict_proba, x).astype("float32")

    def sample(self, y: Any, *, steps: int = 1000, random_state: Any = None) -> Array:
        """Draw an example of each class in y (n,) from the generative model, by label-clamped Gibbs chains.

        Parameters
        ----------
        y : array (n,)
            Classes to draw examples of, one a chain.
        steps : int
            Gibbs steps of each chain.
        random_state : int, RandomState instance or None
            An integer gives the same samples each time.

        Returns
        -------
        array (n, n_features)
            Expected values of the features, in the units of X, given sampled top states.

        Raises
        ------
        DbnError
            If a class is not among those learned.
        """
        check_is_fitted(self)
        labels, rng = labels_in(self.classes_, y), Rng(seed_of(random_state), "samples")
        return self.interval_.from_unit(samples(self.dbn_, len(labels), steps, rng, labels=labels))

    def _greedy(self) -> GreedyConfig:
        hidden = sizes_of(self.hidden)
        layer = CDConfig(int(self.epochs), str(self.learning_rate))
        return GreedyConfig(hidden, (layer,) * len(hidden), self.batch_size)

    def _updown(self) -> UpDownConfig | None:
        if not self.updown_epochs:
            return None
        if len(sizes_of(self.hidden)) < 2:
            raise DbnError("up-down learning needs two hidden layers at least; give more, or updown_epochs=0")
        return UpDownConfig(self.updown_epochs, str(self.updown_learning_rate), batch_size=self.batch_size)

    def _backprop(self) -> BackpropConfig:
        return BackpropConfig(self.backprop_epochs, self.batch_size, learning_rate=str(self.backprop_learning_rate))
