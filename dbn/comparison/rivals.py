"""The rivals of the generative model: the learners of permutation-invariant MNIST published beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dbn.comparison.neighbours import neighbours, vote
from dbn.data.intensity import mean_visible
from dbn.discriminative.backprop import Backprop, BackpropConfig
from dbn.discriminative.loss import OUTPUT_OF
from dbn.discriminative.network import Network
from dbn.errors import DbnError
from dbn.ops.numpy import Array, Rng
from dbn.training.stopping import EarlyStopping

if TYPE_CHECKING:
    from dbn.data.dataset import Pixels, Split


@dataclass(frozen=True)
class MachineRival:
    """A support vector machine with the kernel ((1 + x·y) / 2)^degree on images scaled to length 1.

    Parameters
    ----------
    name : str
        What tables call it.
    published_percent : float
        Its published test error.
    degree : int
        Of the polynomial.
    penalty : float
        C, the cost of a training image on the wrong side of the margin, where the kernel of an image with itself
        is 1. Classes are told apart in pairs, which vote.
    """

    name: str
    published_percent: float
    degree: int
    penalty: float

    def predict(self, train: Split, images: Pixels) -> Array:
        """Learn from `train`, and guess the labels of images (n, pixels)."""
        from sklearn.pipeline import make_pipeline  # slow to import
        from sklearn.preprocessing import Normalizer
        from sklearn.svm import SVC

        kernel = SVC(C=self.penalty, kernel="poly", degree=self.degree, gamma=0.5, coef0=0.5, cache_size=2000)
        machine = make_pipeline(Normalizer(), kernel).fit(mean_visible(train.images, "real"), train.labels)
        guesses: Array = machine.predict(mean_visible(images, "real"))
        return guesses


@dataclass(frozen=True)
class NeighbourRival:
    """The vote of the `k` nearest among the first `n_train` training images, under L2 or L3; see `neighbours`."""

    name: str
    published_percent: float
    power: int
    k: int
    n_train: int

    def predict(self, train: Split, images: Pixels) -> Array:
        """Guess the labels of images (n, pixels) from those of their neighbours in `train`."""
        known = train[: self.n_train]
        return vote(known.labels[neighbours(known.images, images, self.k, self.power)])


@dataclass(frozen=True)
class NetworkRival:
    """A network from random weights, which backprop trains.

    Parameters
    ----------
    name : str
        What tables call it; also names its random streams.
    published_percent : float
        Its published test error.
    hidden : tuple of int
        Hidden units from the pixels up.
    config : BackpropConfig
        How it learns.
    held_out : int
        The last training images, if it stops early: they are not learned from, but say when to stop.
    patience : int
        Epochs without progress on them after which it stops.
    """

    name: str
    published_percent: float
    hidden: tuple[int, ...]
    config: BackpropConfig
    held_out: int = 0
    patience: int = 0

    def learner(self, train: Split, n_classes: int, seed: int) -> Backprop:
        """Return what the loop drives, with `stopping`; DbnError if holding out leaves nothing to learn from."""
        if not self.held_out < len(train):
            raise DbnError(f"{self.name} cannot hold out {self.held_out} of {len(train)} images; give it more")
        cut = len(train) - self.held_out
        sizes = (train.images.shape[1], *self.hidden, n_classes)
        start = Network.random(sizes, Rng(seed, f"{self.name}/start"), OUTPUT_OF[self.config.loss])
        validation = train[cut:] if self.held_out else None
        return Backprop(self.config, start, train[:cut], seed, validation, self.name)

    @property
    def stopping(self) -> EarlyStopping | None:
        """When learning stops before its last epoch."""
        return EarlyStopping("validation_error_percent", self.patience) if self.held_out else None


Rival: TypeAlias = MachineRival | NeighbourRival | NetworkRival

RIVALS: tuple[Rival, ...] = (
    MachineRival("svm-degree-9", 1.4, degree=9, penalty=5.0),
    NetworkRival(
        "backprop-500-300",
        1.51,
        hidden=(500, 300),
        config=BackpropConfig(epochs=25, batch_size=10, learning_rate="0.5>0", momentum="0", weight_decay=2e-5),
    ),
    NetworkRival(
        "backprop-800",
        1.53,
        hidden=(800,),
        config=BackpropConfig(epochs=60, batch_size=10, learning_rate="1", momentum="0"),
        held_out=10_000,
        patience=10,
    ),
    NetworkRival(
        "backprop-500-150-squared-error",
        2.95,
        hidden=(500, 150),
        config=BackpropConfig(epochs=10, batch_size=1, learning_rate="0.3>0", momentum="0", loss="squared-error"),
    ),
    NeighbourRival("nearest-neighbour-l3-60000", 2.8, power=3, k=3, n_train=60_000),
    NeighbourRival("nearest-neighbour-l2-60000", 3.1, power=2, k=5, n_train=60_000),
    NeighbourRival("nearest-neighbour-l3-20000", 4.0, power=3, k=3, n_train=20_000),
    NeighbourRival("nearest-neighbour-l2-20000", 4.4, power=2, k=5, n_train=20_000),
)
"""The rows of Table 1 of Hinton, Osindero & Teh 2006, *A fast learning algorithm for deep belief nets*, that know
nothing of geometry, with settings chosen on the last 10,000 training images of MNIST."""
