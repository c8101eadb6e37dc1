"""A feed-forward network; with a softmax output and without hidden layers it is logistic regression."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dbn import ops
from dbn.data.intensity import refuse_bytes
from dbn.discriminative.activations import UNITS, units_of
from dbn.errors import DbnError
from dbn.ops.numpy import Array, Rng
from dbn.training.state import Tree, refuse_nan

SOFTMAX = "softmax"
"""Output units that compete: their activities are probabilities that sum to 1. Every other kind is in `UNITS`."""


@dataclass(frozen=True, eq=False)
class Network:
    """Layers of units, each layer of one kind; the last layer is the output.

    Parameters
    ----------
    weights : tuple of arrays (units below, units)
        From the pixels up; the last ones are the output layer's.
    biases : tuple of arrays (units,)
        One array a layer.
    units : tuple of str
        One kind a layer, of `UNITS`; only the output can be "softmax". Without it: sigmoid units under a softmax.

    Raises
    ------
    DbnError
        If the shapes do not fit each other, or there are no such units.

    >>> net = Network((np.eye(2),), (np.zeros(2),))
    >>> net.predict(np.array([[0.0, 1.0]]))
    array([1])
    """

    weights: tuple[Array, ...]
    biases: tuple[Array, ...]
    units: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.units:
            object.__setattr__(self, "units", ("sigmoid",) * (len(self.weights) - 1) + (SOFTMAX,))
        for kind in self.units[:-1]:
            units_of(kind)
        if self.units[-1] != SOFTMAX and self.units[-1] not in UNITS:
            raise DbnError(f"no output units {self.units[-1]!r}; known are {', '.join((SOFTMAX, *UNITS))}")
        shapes = [W.shape for W in self.weights]
        chained = all(len(shape) == 2 for shape in shapes) and all(low[1] == high[0] for low, high in pairwise(shapes))
        fit = [b.shape for b in self.biases] == [shape[1:] for shape in shapes]
        if not shapes or not chained or not fit or len(self.units) != len(shapes):
            raise DbnError(
                f"weights {shapes}, biases {[b.shape for b in self.biases]} and units {self.units} do not make a "
                "network; each layer needs W (units below, units), b (units,) and one kind of unit"
            )

    @classmethod
    def random(
        cls, sizes: Sequence[int], rng: Rng, output: str = SOFTMAX, hidden: str | Sequence[str] = "sigmoid"
    ) -> Network:
        """Make a network of the given layer sizes from random weights.

        Hidden weights are uniform in the range that suits their kind of unit (`Units.bound`); the output layer, and
        with it logistic regression, starts at 0. Kinds of units are given as in `from_layers`.

        Raises
        ------
        DbnError
            If there are not two sizes at least, and one kind for all hidden layers or one for each.

        >>> Network.random((784, 500, 10), Rng(0, "weights")).sizes
        (784, 500, 10)
        """
        if len(sizes) < 2 or not (isinstance(hidden, str) or len(hidden) == len(sizes) - 2):
            raise DbnError(
                f"sizes {tuple(sizes)} and hidden units {hidden!r} make no network; give the pixels, hidden units and "
                "outputs, and one kind of hidden units or one for each layer"
            )
        layers, kinds = [], [hidden] * (len(sizes) - 2) if isinstance(hidden, str) else hidden
        for kind, (below, units) in zip(kinds, pairwise(sizes[:-1]), strict=True):
            bound = np.float64(units_of(kind).bound(below, units))  # multiplies in double precision
            layers.append((bound * (2 * rng.uniform((below, units)) - 1), np.zeros(units)))
        return cls.from_layers(layers, sizes[-2], sizes[-1], output, hidden)

    @classmethod
    def from_layers(
        cls,
        layers: Sequence[tuple[Array, Array]],
        n_below: int,
        n_outputs: int,
        output: str = SOFTMAX,
        hidden: str | Sequence[str] = "sigmoid",
    ) -> Network:
        """Put an output layer of zeros on hidden layers, for example those that a deep belief net recognises with.

        Parameters
        ----------
        layers : sequence of (W, c)
            Hidden layers from the pixels up, on whatever device; they are copied, as float32.
        n_below : int
            Units under the output layer: the last hidden ones, or the pixels if there are none.
        n_outputs : int
            Output units: the classes.
        output, hidden : str
            Kinds of the output units, and of all the others or of each hidden layer.
        """
        like = layers[-1][0] if layers else np.zeros(0)
        engine = ops.of(like)
        weights = [*(W for W, _ in layers), engine.full((n_below, n_outputs), 0, like)]
        biases = [*(c for _, c in layers), engine.full((n_outputs,), 0, like)]
        units = (*((hidden,) * len(layers) if isinstance(hidden, str) else hidden), output)
        W, b = (tuple(engine.copy(array, engine.float32) for array in arrays) for arrays in (weights, biases))
        return cls(W, b, units)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer from the pixels to the output."""
        return (self.weights[0].shape[0], *(len(b) for b in self.biases))

    @property
    def n_classes(self) -> int:
        """The number of output units."""
        return len(self.biases[-1])

    def forward(self, x: Array, masks: Sequence[Array] = ()) -> tuple[list[Array], Array]:
        """Activities below the output, input first, and the outputs: x (n, pixels) -> [(n, units), …], (n, outputs).

        Outputs that are probabilities come as their logarithms: those of a softmax as log-probabilities of the
        classes, those of sigmoid units as log σ(a). All others come as they are.

        While learning with dropout, `masks` (n, units), one a hidden layer, multiply the activities.
        """
        refuse_bytes(x)
        activities = [x]
        for i, (W, b) in enumerate(zip(self.weights[:-1], self.biases[:-1], strict=True)):
            a = ops.of(x).affine(activities[-1], W, b)
            h = UNITS[self.units[i]].activity(a)
            if masks:
                h *= masks[i]
            activities.append(h)
        a = ops.of(x).affine(activities[-1], self.weights[-1], self.biases[-1])
        match self.units[-1]:
            case "softmax":
                return activities, ops.of(a).log_softmax(a)
            case "sigmoid":
                return activities, -ops.of(a).softplus(-a)
            case kind:
                return activities, UNITS[kind].activity(a)

    def outputs(self, x: Array) -> Array:
        """Activities of the output units, of whatever kind: (n, pixels) -> (n, outputs)."""
        y = self.forward(x)[1]
        result: Array = ops.of(y).exp(y) if self.gives_logarithms else y
        return result

    @property
    def gives_logarithms(self) -> bool:
        """Whether `forward` gives the outputs' logarithms."""
        return self.units[-1] in (SOFTMAX, "sigmoid")

    def predict_proba(self, x: Array) -> Array:
        """p(label given x): (n, pixels) -> (n, n_classes).

        Sigmoid outputs, which need not sum to 1, are divided by their sum. Learned from one-hot targets by the
        squared error, each estimates the probability of its class, so the sum is near 1 where the net knows the
        images.

        Raises
        ------
        DbnError
            If the outputs are of a kind that gives no probabilities.
        """
        if not self.gives_logarithms:
            raise DbnError(f"{self.units[-1]} outputs are no probabilities; ask for the network's `outputs` instead")
        log_y, engine = self.forward(x)[1], ops.of(x)
        if self.units[-1] == "sigmoid":
            rows = engine.from_numpy(np.arange(len(log_y)), log_y.device)
            log_y -= log_y[rows, log_y.argmax(axis=1)][:, None]  # all may be too near 0 for their sum
            log_y = engine.log_softmax(log_y)
        result: Array = engine.exp(log_y)
        return result

    def predict(self, x: Array) -> Array:
        """The most probable label: (n, pixels) -> (n,)."""
        result: Array = self.forward(x)[1].argmax(axis=1)
        return result

    def tree(self) -> Tree:
        """The parameters as nested dicts, for a checkpoint."""
        return {
            "layers": {
                str(i): {"W": W, "b": b, "units": kind}
                for i, (W, b, kind) in enumerate(zip(self.weights, self.biases, self.units, strict=True))
            }
        }

    @classmethod
    def from_tree(cls, tree: Tree) -> Network:
        """Build the network that `tree` describes; DbnError if its parts do not fit."""
        refuse_nan(tree)
        try:
            parts = [tree["layers"][str(i)] for i in range(len(tree["layers"]))]
            weights, biases = tuple(part["W"] for part in parts), tuple(part["b"] for part in parts)
            return cls(weights, biases, tuple(str(part["units"]) for part in parts))
        except (KeyError, IndexError, AttributeError, TypeError) as error:
            raise DbnError(f"the model in the file is incomplete ({error}); restore it from a copy") from error
