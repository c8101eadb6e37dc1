"""The contenders of the study: generative and discriminative learners of one form each, from few labels or many."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeAlias, cast

from dbn.comparison import spreading
from dbn.comparison.metrics import predictions
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.logistic import Logistic, LogisticConfig
from dbn.discriminative.network import Network
from dbn.generative import naive_bayes
from dbn.generative.cd_config import CDConfig
from dbn.generative.dbn import DBN
from dbn.generative.greedy import Greedy
from dbn.generative.greedy_config import GreedyConfig
from dbn.generative.updown import UpDown, UpDownConfig
from dbn.ops.numpy import Array, Rng
from dbn.training.loop import fitted

if TYPE_CHECKING:
    from dbn.data.dataset import Pixels, Split

Predict: TypeAlias = Callable[[Array], Array]
"""Visible states (n, pixels) to labels (n,)."""


@dataclass(frozen=True)
class Task:
    """What there is to learn from.

    Attributes
    ----------
    labelled : Split
        Images with labels.
    image_shape : (int, int)
        Rows and columns.
    n_classes : int
        Of the data set.
    seed : int
        Of every random stream.
    pretrained : DBN or None
        A net without labels that has seen all training images, for the families that begin with it.
    images : uint8 array (n, pixels)
        All training images, for the families that look at them again.
    rows : int array
        Which of these are labelled, in the order of `labelled`.
    """

    labelled: Split
    image_shape: tuple[int, int]
    n_classes: int
    seed: int
    pretrained: DBN | None
    images: Pixels
    rows: Array


class Family(Protocol):
    """Models that are trained together because they share work: a dataclass of all that decides how."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def names(self) -> tuple[str, ...]:
        """What tables call them."""

    @property
    def pretrained(self) -> bool:
        """Whether they begin with the net that has seen all training images."""

    def learn(self, task: Task) -> dict[str, Predict]:
        """Train the models."""


def passes(epochs: int, updates: int, n: int, batch_size: int) -> int:
    """At least `epochs` passes over n examples, and as many as `updates` updates take.

    >>> passes(10, 1000, 60_000, 100), passes(10, 1000, 100, 100)
    (10, 1000)
    """
    return max(epochs, math.ceil(updates / math.ceil(n / batch_size)))


@dataclass(frozen=True)
class NaiveBayesFamily:
    """Naive Bayes: p(pixels given label) of independent pixels, in closed form; see `naive_bayes.fit`."""

    names: tuple[str, ...] = ("naive-bayes",)
    pixels: naive_bayes.Pixels = "bernoulli"
    smoothing: float = 1.0
    pretrained: bool = False

    def learn(self, task: Task) -> dict[str, Predict]:
        """Count."""
        return {self.names[0]: naive_bayes.fit(self.pixels, task.labelled, task.n_classes, self.smoothing).predict}


@dataclass(frozen=True)
class LogisticFamily:
    """Multinomial logistic regression with the L2 penalty of a Gaussian prior: λ = `penalty` / labelled images."""

    names: tuple[str, ...] = ("logistic-regression",)
    penalty: float = 1.0
    pretrained: bool = False

    def learn(self, task: Task) -> dict[str, Predict]:
        """Minimise by L-BFGS."""
        config = LogisticConfig(penalties=(self.penalty / len(task.labelled),))
        learner = Logistic(config, task.labelled, task.n_classes, task.seed)
        return {self.names[0]: fitted(learner).predict}


@dataclass(frozen=True)
class RBMFamily:
    """One machine of images and labels, whose p(label given image) all learning rules share.

    Parameters
    ----------
    names : tuple of str
        One name.
    hidden : int
        Hidden units; those of the pre-trained machine, if it begins with one.
    rule : CDConfig
        What it learns by.
    updates : int
        It learns at least so many; with few images, epochs are added.
    """

    names: tuple[str, ...]
    hidden: int
    rule: CDConfig
    updates: int
    batch_size: int = 100
    pretrained: bool = False

    def learn(self, task: Task) -> dict[str, Predict]:
        """Train one machine."""
        n = len(task.labelled)
        rule = replace(self.rule, epochs=passes(self.rule.epochs, self.updates, n, self.batch_size))
        config = GreedyConfig(hidden=(self.hidden,), layers=(rule,), batch_size=self.batch_size)
        start = DBN(task.pretrained.layers[:1], task.image_shape) if task.pretrained else None
        learner = Greedy(config, task.labelled, task.image_shape, task.n_classes, task.seed, start=start)
        return {self.names[0]: fitted(learner).predict}


@dataclass(frozen=True)
class DBNFamily:
    """A deep belief net, fine-tuned as a generative model by up-down and as a discriminative one by backprop.

    Parameters
    ----------
    names : tuple of str
        Of the generative and of the discriminative model.
    greedy : GreedyConfig
        How the net learns layer by layer; its layers below the memory are left as they are if they are pre-trained.
    updown : UpDownConfig
        How it goes on as a generative model.
    backprop : BackpropConfig
        How it goes on as a network.
    updates : int
        Each layer and each fine-tuning learns by at least so many; with few images, epochs are added.
    """

    names: tuple[str, str]
    greedy: GreedyConfig
    updown: UpDownConfig
    backprop: BackpropConfig
    updates: int
    pretrained: bool = False

    def learn(self, task: Task) -> dict[str, Predict]:
        """Train the net layer by layer, then go on in both ways."""
        n, size = len(task.labelled), self.greedy.batch_size
        layers = tuple(
            replace(rule, epochs=passes(rule.epochs, self.updates, n, size) if rule.epochs else 0)
            for rule in self.greedy.layers
        )
        config = replace(self.greedy, layers=layers)
        learner = Greedy(config, task.labelled, task.image_shape, task.n_classes, task.seed, start=task.pretrained)
        net: DBN = fitted(learner)
        updown = replace(self.updown, epochs=passes(self.updown.epochs, self.updates, n, self.updown.batch_size))
        generative = fitted(UpDown(updown, net, task.labelled, task.seed))
        begin = Network.from_layers((task.pretrained or net).recognition_layers(), net.sizes[-1], task.n_classes)
        discriminative = _tuned(self.backprop, begin, task, self.updates)
        return {self.names[0]: generative.predict, self.names[1]: discriminative.predict}


@dataclass(frozen=True)
class RandomFamily:
    """The twin of the fine-tuned net: the same network from random weights."""

    hidden: tuple[int, ...]
    backprop: BackpropConfig
    updates: int
    names: tuple[str, ...] = ("network-random-start",)
    pretrained: bool = False

    def learn(self, task: Task) -> dict[str, Predict]:
        """Train it by backprop alone."""
        sizes = (task.image_shape[0] * task.image_shape[1], *self.hidden, task.n_classes)
        begin = Network.random(sizes, Rng(task.seed, "random-start"))
        return {self.names[0]: _tuned(self.backprop, begin, task, self.updates).predict}


@dataclass(frozen=True)
class SpreadingFamily:
    """Labels spread to all training images along a graph of neighbours in the top layer of the pre-trained net.

    See `spreading`; the graph depends on the net alone, and serves all label counts of a seed.
    """

    names: tuple[str, ...] = ("label-spreading-pretrained",)
    neighbours: int = 10
    alpha: float = 0.99
    pretrained: bool = True

    def learn(self, task: Task) -> dict[str, Predict]:
        """Spread the labels."""
        layers = cast(DBN, task.pretrained).recognition_layers()
        net = Network.from_layers(layers, len(layers[-1][1]), task.n_classes)

        def features(v: Array) -> Array:
            return net.forward(v)[0][-1]

        over = spreading.graph_once(predictions(features, task.images), self.neighbours)
        scores = spreading.spread(over, task.rows, task.labelled.labels, task.n_classes, self.alpha)

        def predict(v: Array) -> Array:
            guess: Array = spreading.at_points(over, scores, features(v)).argmax(axis=1)
            return guess

        return {self.names[0]: predict}


def _tuned(config: BackpropConfig, begin: Network, task: Task, updates: int) -> Network:
    epochs = passes(config.epochs, updates, len(task.labelled), config.batch_size)
    tuned: Network = fitted(Backprop(replace(config, epochs=epochs), begin, task.labelled, task.seed))
    return tuned
