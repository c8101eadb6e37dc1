"""A feed-forward network; with a softmax output and without hidden layers it is logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

import numpy as np

from dbn.errors import DbnError
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array, Rng
from dbn.training.state import Tree, refuse_nan

Output = Literal["softmax", "sigmoid"]


@dataclass(frozen=True)
class Network:
    """Layers of sigmoid units under an output layer.

    Parameters
    ----------
    weights : tuple of arrays (units below, units)
        From the pixels up; the last ones are the output layer's.
    biases : tuple of arrays (units,)
        One array a layer.
    output : {"softmax", "sigmoid"}
        Output units that compete, or each for itself.

    Raises
    ------
    DbnError
        If the shapes do not fit each other, or there are no such output units.

    >>> net = Network((np.eye(2),), (np.zeros(2),))
    >>> net.predict(np.array([[0.0, 1.0]]))
    array([1])
    """

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    output: Output = "softmax"

    def __post_init__(self) -> None:
        if self.output not in get_args(Output):
            raise DbnError(f"no output units {self.output!r}; known are {', '.join(get_args(Output))}")
        shapes = [W.shape for W in self.weights]
        chained = all(len(shape) == 2 for shape in shapes) and all(low[1] == high[0] for low, high in pairwise(shapes))
        fit = [b.shape for b in self.biases] == [shape[1:] for shape in shapes]
        if not shapes or not chained or not fit:
            raise DbnError(
                f"weights {shapes} and biases {[b.shape for b in self.biases]} do not make a network; "
                "each layer needs W (units below, units) and b (units,)"
            )

    @classmethod
    def random(cls, sizes: Sequence[int], rng: Rng, output: Output = "softmax") -> Network:
        """Make a network of the given layer sizes from random weights.

        Weights are uniform in ±4 √(6 / (units below + units)), the recommendation for sigmoid units of Glorot &
        Bengio 2010, *Understanding the difficulty of training deep feedforward neural networks*; the output
        layer, and with it logistic regression, starts at 0.
        """
        hidden = []
        for below, units in pairwise(sizes[:-1]):
            bound = 4 * np.sqrt(6 / (below + units))
            hidden.append((bound * (2 * rng.uniform((below, units)) - 1), np.zeros(units)))
        return cls.from_layers(hidden, sizes[-2], sizes[-1], output)

    @classmethod
    def from_layers(
        cls, layers: Sequence[tuple[Array, Array]], n_below: int, n_classes: int, output: Output = "softmax"
    ) -> Network:
        """Put an output layer of zeros on hidden layers, for example those that a deep belief net recognises with.

        Parameters
        ----------
        layers : sequence of (W, c)
            Hidden layers from the pixels up.
        n_below : int
            Units under the output layer: the last hidden ones, or the pixels if there are none.
        n_classes : int
            Output units.
        output : {"softmax", "sigmoid"}
            Their kind.
        """
        weights = [*(W for W, _ in layers), np.zeros((n_below, n_classes))]
        biases = [*(c for _, c in layers), np.zeros(n_classes)]
        return cls(tuple(W.astype(np.float32) for W in weights), tuple(b.astype(np.float32) for b in biases), output)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer from the pixels to the output."""
        return (self.weights[0].shape[0], *(len(b) for b in self.biases))

    @property
    def n_classes(self) -> int:
        """The number of output units."""
        return len(self.biases[-1])

    def forward(self, x: Array, dropout: float = 0.0, rng: Rng | None = None) -> tuple[list[Array], Array]:
        """Hidden activities of each layer, input first, and the logarithms of the outputs: x (n, pixels).

        Those of a softmax are log-probabilities of the classes; those of sigmoid units are log σ(a).

        While learning, each hidden unit can be dropped with probability `dropout`, drawn from `rng`; those that are
        kept are divided by 1 − dropout, so that their inputs to the next layer keep their mean (Srivastava et al.
        2014, *Dropout: a simple way to prevent neural networks from overfitting*, section 10).
        """
        activities = [x]
        for W, b in zip(self.weights[:-1], self.biases[:-1], strict=True):
            a = activities[-1] @ W
            a += b
            h = ops.sigmoid(a)
            if dropout and rng:
                h *= (rng.uniform(h.shape) >= dropout) / np.asarray(1 - dropout, h.dtype)
            activities.append(h)
        a = activities[-1] @ self.weights[-1] + self.biases[-1]
        return activities, ops.log_softmax(a) if self.output == "softmax" else -ops.softplus(-a)

    def predict_proba(self, x: Array) -> Array:
        """p(label given x): (n, pixels) -> (n, n_classes).

        Sigmoid outputs, which need not sum to 1, are divided by their sum. Learned from one-hot targets by the
        squared error, each estimates the probability of its class, so the sum is near 1 where the net knows the
        images.
        """
        log_y = self.forward(x)[1]
        if self.output == "sigmoid":
            log_y -= log_y.max(axis=1, keepdims=True)  # all may be too near 0 for their sum
            log_y = ops.log_softmax(log_y)
        return np.exp(log_y)

    def predict(self, x: Array) -> Array:
        """The most probable label: (n, pixels) -> (n,)."""
        result: Array = self.forward(x)[1].argmax(axis=1)
        return result

    def tree(self) -> Tree:
        """The parameters as nested dicts, for a checkpoint."""
        return {
            "layers": {
                str(i): {"W": W, "b": b, "units": self.output if i == len(self.weights) - 1 else "sigmoid"}
                for i, (W, b) in enumerate(zip(self.weights, self.biases, strict=True))
            }
        }

    @classmethod
    def from_tree(cls, tree: Tree) -> Network:
        """Build the network that `tree` describes; DbnError if its parts do not fit."""
        refuse_nan(tree)
        try:
            parts = [tree["layers"][str(i)] for i in range(len(tree["layers"]))]
            weights, biases = tuple(part["W"] for part in parts), tuple(part["b"] for part in parts)
            output: Any = str(parts[-1]["units"])
            return cls(weights, biases, output)
        except (KeyError, IndexError, AttributeError, TypeError) as error:
            raise DbnError(f"the model in the file is incomplete ({error}); restore it from a copy") from error
