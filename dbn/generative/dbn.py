"""The deep belief net: directed layers under an associative memory, with or without labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from dbn import ops
from dbn.data.intensity import refuse_bytes
from dbn.errors import DbnError
from dbn.generative import conditional
from dbn.generative.directed import Directed
from dbn.generative.rbm import RBM
from dbn.generative.units import NO_GAUSSIAN, Group, Kind
from dbn.ops.numpy import Array, Rng
from dbn.training.state import Tree, refuse_nan


@dataclass(frozen=True, eq=False)
class DBN:
    """A stack of layers, each of whose visible units are the hidden units of the one below.

    The top machine is the associative memory; with labels, its visible units are a softmax group of
    `n_classes` units followed by the hidden units below. The layers under it are directed connections: down by
    their visible conditionals, up (for inference) by their hidden ones. After greedy learning they are machines, in
    which both directions share their weights; after up-down learning each direction has its own.

    Parameters
    ----------
    layers : tuple of RBM or Directed
        From the pixels up; at least one, the last of them an RBM.
    image_shape : (int, int)
        Rows and columns of an image.

    References
    ----------
    Hinton, Osindero & Teh 2006, *A fast learning algorithm for deep belief nets*.

    >>> low = RBM.create((Group("bernoulli", 4),), 3, Rng(0, "low"))
    >>> top = RBM.create((Group("softmax", 2), Group("bernoulli", 3)), 5, Rng(0, "top"))
    >>> DBN((low, top), (2, 2)).sizes
    (4, 3, 5)
    """

    layers: tuple[RBM | Directed, ...]
    image_shape: tuple[int, int]

    def __post_init__(self) -> None:
        if not self.layers or not isinstance(self.layers[-1], RBM):
            raise DbnError("a deep belief net needs a restricted Boltzmann machine on top")
        if min(self.image_shape) < 1:
            raise DbnError(f"an image has at least one row and column, not {self.image_shape}")
        below, rectified = self.image_shape[0] * self.image_shape[1], False
        for number, layer in enumerate(self.layers, start=1):
            labels = self.n_classes if layer is self.top else 0
            if layer.n_visible - labels != below:
                raise DbnError(
                    f"layer {number} has {layer.n_visible - labels} visible units, but {below} units lie below it; "
                    "stack machines of matching sizes"
                )
            if rectified != (isinstance(layer, RBM) and layer.groups[-1].kind == "rectified"):
                sees, lies = ("no ", "such ones lie") if rectified else ("", "no such ones lie")
                raise DbnError(
                    f"layer {number} sees {sees}rectified linear units, but {lies} below it; "
                    "stack machines of matching units"
                )
            below, rectified = layer.n_hidden, isinstance(layer, RBM) and layer.hidden == "rectified"

    @property
    def top(self) -> RBM:
        """The associative memory."""
        return cast(RBM, self.layers[-1])

    @property
    def n_classes(self) -> int:
        """The number of label units; 0 for a net trained without labels."""
        return self.top.n_labels

    @property
    def gaussian(self) -> bool:
        """Whether the pixels are Gaussian units."""
        low = self.layers[0]
        return isinstance(low, RBM) and len(low.z) > 0

    @property
    def rectified(self) -> bool:
        """Whether there are rectified linear units."""
        return any(isinstance(layer, RBM) and layer.rectified for layer in self.layers)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Units of each layer from the pixels up, labels not counted."""
        return (self.image_shape[0] * self.image_shape[1], *(layer.n_hidden for layer in self.layers))

    def up_pass(self, v: Array) -> Array:
        """Expected states, deterministic, of the units under the associative memory: (n, pixels) -> (n, units)."""
        refuse_bytes(v)
        for layer in self.layers[:-1]:
            v = layer.mean_h_from_v(v)
        return v

    def sample_up(self, v: Array, rng: Rng) -> Array:
        """States of the units under the associative memory, every layer sampled: (n, pixels) -> (n, units)."""
        refuse_bytes(v)
        for layer in self.layers[:-1]:
            v = layer.sample_h_from_v(v, rng)
        return v

    def down_pass(self, states: Array) -> Array:
        """Pixel probabilities given the units under the associative memory: (n, units) -> (n, pixels).

        The means of Gaussian pixels, kept between black and white.
        """
        for layer in reversed(self.layers[:-1]):
            states = layer.mean_v_from_h(states)
        return states.clip(0, 1) if self.gaussian else states

    def without_labels(self, v: Array) -> Array:
        """Drop the label units from visible states of the associative memory."""
        return v[:, self.n_classes :]

    def reconstruct(self, v: Array) -> Array:
        """Pixel probabilities after a pass up to the top hidden units and down again: (n, pixels) -> same.

        The label units are off on the way up, since an image comes without its label.
        """
        h = self.top.mean_h(conditional.inputs(self.top, self.up_pass(v)))
        return self.down_pass(self.without_labels(self.top.mean_v_from_h(h)))

    def label_free_energies(self, p: Array) -> Array:
        """Free energy of each label, given units under the associative memory: (n, units) -> (n, n_classes).

        F_k = −b_k − Σ_j softplus(c_j + Σ_i p_i W_ij + U_kj), up to a term that all labels share (Hinton, Osindero &
        Teh 2006, section 6; see `conditional.free_energies`). The units are states, or probabilities in their place.

        Raises
        ------
        DbnError
            If the net was trained without labels.
        """
        if not self.n_classes:
            raise DbnError("this net was trained without labels; train one with labels to classify or to clamp them")
        return conditional.free_energies(self.top, conditional.inputs(self.top, p))

    def predict(self, v: Array) -> Array:
        """The label of least free energy after a deterministic up-pass: (n, pixels) -> (n,)."""
        result: Array = self.label_free_energies(self.up_pass(v)).argmin(axis=1)
        return result

    def predict_proba(self, v: Array) -> Array:
        """p(label given a deterministic up-pass), exactly: (n, pixels) -> (n, n_classes)."""
        log_p: Array = ops.of(v).log_softmax(-self.label_free_energies(self.up_pass(v)))
        result: Array = ops.of(log_p).exp(log_p)
        return result

    def recognition_layers(self) -> list[tuple[Array, Array]]:
        """Weights and biases (W, c) of a feed-forward net that makes the up-pass, copies."""
        lower = [(layer.R, layer.c) for layer in self.layers[:-1]]
        memory = (self.top.R[self.n_classes :], self.top.c)
        return [(ops.of(W).copy(W), ops.of(c).copy(c)) for W, c in (*lower, memory)]

    def recognition_units(self) -> list[str]:
        """The kinds of unit of that net's layers: ``"sigmoid"``, or ``"softplus"`` in the place of rectified ones."""
        rectified = (isinstance(layer, RBM) and layer.hidden == "rectified" for layer in self.layers)
        return ["softplus" if kind else "sigmoid" for kind in rectified]

    def tree(self) -> Tree:
        """The parameters as nested dicts, for a checkpoint."""
        layers: Tree = {str(i): _part(layer) for i, layer in enumerate(self.layers)}
        return {"layers": layers, "rows": self.image_shape[0], "columns": self.image_shape[1]}

    @classmethod
    def from_tree(cls, tree: Tree) -> DBN:
        """Build the net that `tree` describes; DbnError if its parts do not fit."""
        refuse_nan(tree)
        try:
            layers = tuple(_layer(tree["layers"][str(i)]) for i in range(len(tree["layers"])))
            return cls(layers, (int(tree["rows"]), int(tree["columns"])))
        except (KeyError, IndexError, AttributeError, TypeError, ValueError) as error:
            raise DbnError(f"the model in the file is incomplete ({error}); restore it from a copy") from error


def _part(layer: RBM | Directed) -> Tree:
    if isinstance(layer, Directed):
        return {"R": layer.R, "c": layer.c, "G": layer.G, "b": layer.b}
    units = " ".join(f"{group.kind}:{group.size}" for group in layer.groups)
    variances = {"z": layer.z} if len(layer.z) else {}
    return {"W": layer.W, "b": layer.b, "c": layer.c, **variances, "units": units, "hidden": layer.hidden}


def _layer(part: Tree) -> RBM | Directed:
    if "R" in part:
        return Directed(part["R"], part["c"], part["G"], part["b"])
    pairs = (text.split(":") for text in part["units"].split())
    groups = tuple(Group(cast(Kind, name), int(size)) for name, size in pairs)
    return RBM(part["W"], part["b"], part["c"], groups, part.get("z", NO_GAUSSIAN), part.get("hidden", "bernoulli"))
