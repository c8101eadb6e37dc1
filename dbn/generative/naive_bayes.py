"""Naive Bayes, the generative twin of logistic regression: given its class, the pixels are independent.

p(x, y) = p(y) Π_i p(x_i given y), fitted in closed form. With pixels of one variance in all classes, or with binary
ones, p(y given x) is a logistic regression (Ng & Jordan 2001, *On discriminative vs. generative classifiers*).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from dbn.data.fits import check_fits
from dbn.data.intensity import Intensity, mean_visible, refuse_bytes
from dbn.errors import DbnError
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array, Rng
from dbn.training.state import Tree, refuse_nan

if TYPE_CHECKING:
    from dbn.data.dataset import Split

Pixels = Literal["bernoulli", "gaussian"]

BLOCK = 1000
"""Images that are counted at a time: temporaries stay small enough for the allocator to keep."""


@dataclass(frozen=True, eq=False)
class NaiveBayes(ABC):
    """A prior of the classes, and independent pixels in each.

    Parameters
    ----------
    log_prior : array (n_classes,)
        log p(y), in nats.
    mean : array (n_classes, pixels)
        Mean pixels of each class; of binary ones, the probabilities that they are on.

    Raises
    ------
    DbnError
        If the shapes do not fit each other.
    """

    log_prior: Array
    mean: Array

    def __post_init__(self) -> None:
        if self.mean.ndim != 2 or self.log_prior.shape != self.mean.shape[:1] or not self.mean.size:
            raise DbnError(
                f"a prior {self.log_prior.shape} and means {self.mean.shape} make no naive Bayes model; "
                "they must be (classes,) and (classes, pixels)"
            )

    @property
    def n_classes(self) -> int:
        """The number of classes."""
        return len(self.log_prior)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of pixels: there are no further layers."""
        return (self.mean.shape[1],)

    @abstractmethod
    def log_joint(self, x: Array) -> Array:
        """log p(x, y) for each class y, in nats, float64: (n, pixels) -> (n, n_classes)."""

    @abstractmethod
    def sample(self, labels: Array, rng: Rng) -> Array:
        """Draw an image of each label: (n,) -> (n, pixels)."""

    def predict(self, x: Array) -> Array:
        """The most probable label: (n, pixels) -> (n,)."""
        refuse_bytes(x)
        result: Array = self.log_joint(x).argmax(axis=1)
        return result

    def predict_proba(self, x: Array) -> Array:
        """p(label given x): (n, pixels) -> (n, n_classes)."""
        refuse_bytes(x)
        return np.exp(ops.log_softmax(self.log_joint(x)))

    def tree(self) -> Tree:
        """The parameters as nested dicts, for a checkpoint."""
        return {**vars(self), "pixels": "gaussian" if isinstance(self, GaussianNaiveBayes) else "bernoulli"}

    @classmethod
    def from_tree(cls, tree: Tree) -> NaiveBayes:
        """Build the model that `tree` describes; DbnError if its parts do not fit."""
        refuse_nan(tree)
        arrays = {name: value for name, value in tree.items() if name != "pixels"}
        kinds: dict[str, type[NaiveBayes]] = {"bernoulli": BernoulliNaiveBayes, "gaussian": GaussianNaiveBayes}
        try:
            return kinds[tree["pixels"]](**arrays)
        except (KeyError, AttributeError, TypeError) as error:
            raise DbnError(f"the model in the file is incomplete ({error}); restore it from a copy") from error


@dataclass(frozen=True, eq=False)
class BernoulliNaiveBayes(NaiveBayes):
    """p(x_i = 1 given y) = m_yi.

    A real-valued pixel stands for the probability that a binary one is on. It enters by its expectation, in learning
    (expected counts, see `fit`) and here: Σ_i x_i log m_yi + (1 − x_i) log(1 − m_yi) is the mean of log p(x, y) over
    the binary images that it stands for, and log p(x, y) itself if x is binary.

    >>> model = BernoulliNaiveBayes(np.log([0.5, 0.5]), np.array([[0.9, 0.5], [0.1, 0.5]]))
    >>> model.predict_proba(np.array([[1.0, 0.0]])).round(3)
    array([[0.9, 0.1]])
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if not ((self.mean > 0) & (self.mean < 1)).all():
            raise DbnError("probabilities of binary pixels must lie between 0 and 1, and not at these; smooth them")

    def log_joint(self, x: Array) -> Array:
        """Σ_i x_i log m_yi + (1 − x_i) log(1 − m_yi) + log p(y): (n, pixels) -> (n, n_classes)."""
        log_off = np.log1p(-self.mean)
        result: Array = x @ (np.log(self.mean) - log_off).T + log_off.sum(axis=1) + self.log_prior
        return result

    def sample(self, labels: Array, rng: Rng) -> Array:
        """Draw a binary image of each label: (n,) -> (n, pixels)."""
        return rng.bernoulli(self.mean[labels])


@dataclass(frozen=True, eq=False)
class GaussianNaiveBayes(NaiveBayes):
    """p(x_i given y) is a normal density.

    Parameters
    ----------
    variance : array (n_classes, pixels)
        Of each pixel in each class.

    >>> model = GaussianNaiveBayes(np.log([0.5, 0.5]), np.array([[0.0], [1.0]]), np.ones((2, 1)))
    >>> model.predict(np.array([[0.4], [0.6]]))
    array([0, 1])
    """

    variance: Array

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.variance.shape != self.mean.shape or not (self.variance > 0).all():
            raise DbnError(
                f"variances {self.variance.shape} must have the shape {self.mean.shape} of the means and be positive; "
                "smooth them"
            )

    def log_joint(self, x: Array) -> Array:
        """Σ_i log N(x_i; m_yi, s_yi) + log p(y), m being means and s variances: (n, pixels) -> (n, n_classes)."""
        x, precision = x.astype(np.float64), 1 / self.variance
        constant = self.log_prior - (np.log(2 * np.pi * self.variance) + self.mean**2 * precision).sum(axis=1) / 2
        result: Array = x @ (self.mean * precision).T - x**2 @ (precision / 2).T + constant
        return result

    def sample(self, labels: Array, rng: Rng) -> Array:
        """Draw an image of each label, whose pixels may leave [0, 1]: (n,) -> (n, pixels)."""
        mean = self.mean[labels]
        result: Array = mean + np.sqrt(self.variance[labels]) * rng.normal(mean.shape)
        return result


def fit(pixels: Pixels, data: Split, n_classes: int, smoothing: float, intensity: Intensity = "real") -> NaiveBayes:
    """Fit a model in closed form.

    With N_y images of class y among n, p(y) = N_y / n. Bernoulli: m_yi = (Σ x_i + α) / (N_y + 2α), the sum being over
    images of class y (Laplace's smoothing for α = 1). Real-valued pixels count as the fraction that they are, which is
    the count expected of the binary pixels they stand for. Gaussian: mean and variance of each class, and to all
    variances is added α times the largest variance of a pixel over all images, without which a pixel that never
    changes would decide alone. These are the conventions of scikit-learn's `BernoulliNB` (with ``binarize=None``) and
    `GaussianNB`.

    Parameters
    ----------
    pixels : {"bernoulli", "gaussian"}
        The distribution of a pixel.
    data : Split
        Images and labels.
    n_classes : int
        Of the data.
    smoothing : float
        α, > 0.
    intensity : str
        How pixels become x; ``"sampled"`` ones by their expectations.

    Raises
    ------
    DbnError
        If there is no such distribution, a label is none of the classes, a class has no image, or all images are the
        same Gaussian ones.
    """
    if pixels not in get_args(Pixels):
        raise DbnError(f"no distribution {pixels!r} of pixels; known are {', '.join(get_args(Pixels))}")
    check_fits(data, data.images.shape[1], n_classes)
    counts = np.bincount(data.labels, minlength=n_classes)
    if not counts.all():
        raise DbnError(
            f"no image of class {counts.argmin()} to fit naive Bayes to; it needs one of each class at least"
        )
    sums = _sums_by_class(data, n_classes, intensity)
    log_prior = np.log(counts / len(data))
    counts = counts[:, None]
    if pixels == "bernoulli":
        return BernoulliNaiveBayes(log_prior, (sums + smoothing) / (counts + 2 * smoothing))
    mean = sums / counts
    squares = _sums_by_class(data, n_classes, intensity, mean)
    between = (counts * (mean - sums.sum(axis=0) / len(data)) ** 2).sum(axis=0)
    total = (squares.sum(axis=0) + between) / len(data)
    if not total.any():
        raise DbnError("all images are the same, and have no variance for Gaussian naive Bayes; give it other images")
    return GaussianNaiveBayes(log_prior, mean, squares / counts + smoothing * total.max())


def _sums_by_class(data: Split, n_classes: int, intensity: Intensity, mean: Array | None = None) -> Array:
    """Σ x over the images of each class, or Σ (x − mean of the class)²: (n_classes, pixels), float64."""
    sums = np.zeros((n_classes, data.images.shape[1]))
    for at in range(0, len(data), BLOCK):
        block = data[slice(at, at + BLOCK)]
        x = mean_visible(block.images, intensity).astype(np.float64)
        if mean is not None:
            x = (x - mean[block.labels]) ** 2
        sums += ops.one_hot(block.labels, n_classes, np.float64).T @ x
    return sums
