"""What greedy learning starts from: random machines, or those of a net that is there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dbn.errors import DbnError
from dbn.generative.complementary import transposed
from dbn.generative.dbn import DBN
from dbn.generative.rbm import RBM
from dbn.generative.units import Group, HiddenKind, Kind
from dbn.ops.numpy import Rng


@dataclass(frozen=True)
class Start:
    """The net to be built, and what there is of it.

    Parameters
    ----------
    sizes : tuple of int
        Units of each layer, from the pixels up.
    n_classes : int
        Label units of the top machine.
    net : DBN, optional
        Its machines are the lowest ones; those above are random. If it was trained without labels, its associative
        memory can gain label units.
    pixels : {"bernoulli", "gaussian"}
        What the visible units of the first machine are.
    hidden : {"bernoulli", "rectified"}
        What the hidden units are; beside label units always binary.
    tied : bool
        Machines above the first that the net does not have begin as the transpose of the one below, see `tie`.

    Raises
    ------
    DbnError
        If sizes, kinds of unit or label units of the net differ from those wanted, or up-down learning has untied its
        layers; or if a machine cannot be the transpose of the one below.
    """

    sizes: tuple[int, ...]
    n_classes: int
    net: DBN | None = None
    pixels: Kind = "bernoulli"
    hidden: HiddenKind = "bernoulli"
    tied: bool = False

    def __post_init__(self) -> None:
        if self.tied:
            self._check_tied()
        if not self.net:
            return
        if self.net.sizes != self.sizes[: len(self.net.sizes)]:
            raise DbnError(
                f"the net to start from has layers of {_listed(self.net.sizes)} units, the pixels first, and the net "
                f"to be learned has {_listed(self.sizes)}; choose the same sizes"
            )
        for i, layer in enumerate(self.net.layers):
            if not isinstance(layer, RBM):
                raise DbnError("up-down learning has untied the layers of the net to start from; start from one before")
            if i == 0 and layer.groups[-1].kind != self.pixels:
                raise DbnError(
                    f"the pixels of the net to start from are {layer.groups[-1].kind} units, not {self.pixels} ones; "
                    "choose the same"
                )
            if layer.hidden != self.hidden_of(i):
                raise DbnError(
                    f"the hidden units of layer {i + 1} of the net to start from are {layer.hidden} ones, and here "
                    f"{self.hidden_of(i)} ones (beside labels always binary); choose the same, or no labels"
                )
            if layer.n_labels not in {0, self.n_labels(i)}:
                raise DbnError(
                    f"layer {i + 1} of the net to start from has {layer.n_labels} label units, and here it has "
                    f"{self.n_labels(i)}; start from a net without labels, or keep its layers and labels"
                )

    def _check_tied(self) -> None:
        if (self.pixels, self.hidden) != ("bernoulli", "bernoulli"):
            raise DbnError("only machines of binary units begin as the transpose of the one below; leave that out")
        if not any(map(self.begins_tied, range(len(self.sizes) - 1))):
            raise DbnError("no layer is new and above another, to begin as its transpose; leave that out")
        for i in range(1, len(self.sizes) - 1):
            if self.sizes[i + 1] < self.sizes[i - 1] and not self._known(i):
                raise DbnError(
                    f"layer {i + 1} cannot begin as the transpose of the one below with {self.sizes[i + 1]} hidden "
                    f"units; give it {self.sizes[i - 1]} or more, or leave that out"
                )

    def begins_tied(self, i: int) -> bool:
        """Whether machine i, counted from 0, begins as the transpose of the one below."""
        return self.tied and i > 0 and not self._known(i)

    def n_labels(self, i: int) -> int:
        """Label units of machine i, counted from 0."""
        return self.n_classes if i == len(self.sizes) - 2 else 0

    def hidden_of(self, i: int) -> HiddenKind:
        """What the hidden units of machine i are, counted from 0."""
        return "bernoulli" if self.n_labels(i) else self.hidden

    def new_units(self, i: int) -> slice:
        """The visible units of machine i that the net to start from knows nothing of: all, its label units, or none.

        >>> low = RBM.create((Group("bernoulli", 4),), 3, Rng(0, "low"))
        >>> start = Start((4, 3, 2), 10, DBN((low,), (2, 2)))
        >>> start.new_units(0), start.new_units(1)
        (slice(None, 0, None), slice(None, None, None))
        """
        known = self._known(i)
        if known is None:
            return slice(None)
        return slice(self.n_labels(i) - known.n_labels)

    def machine(self, i: int, seed: int) -> RBM:
        """Make machine i: a copy, with new label units if it shall have some and has none, or a random one.

        The weights of new label units are from N(0, 0.01²), like those of a random machine (`RBM.create`).
        """
        labels = (Group("softmax", self.n_labels(i)),) if self.n_labels(i) else ()
        known = self._known(i)
        if known is None:
            groups = (*labels, Group(self.hidden_of(i - 1) if i else self.pixels, self.sizes[i]))
            return RBM.create(groups, self.sizes[i + 1], Rng(seed, f"layer-{i + 1}/weights"), self.hidden_of(i))
        if known.n_labels == self.n_labels(i):
            return known.copy()
        gained = RBM.create(labels, known.n_hidden, Rng(seed, f"layer-{i + 1}/labels"))
        W, b = np.concatenate([gained.W, known.W]), np.concatenate([gained.b, known.b])
        return RBM(W, b, known.c.copy(), (*labels, *known.groups), known.z.copy())

    def check_epochs(self, epochs: Sequence[int]) -> None:
        """Refuse epochs of the machines with which nothing is learned, or a machine stays random; DbnError."""
        for i, n in enumerate(epochs):
            if not n and self.new_units(i) != slice(0):
                raise DbnError(
                    f"layer {i + 1} has 0 epochs, and would stay random; give it epochs, or start from a net that "
                    "has all of it"
                )
        if not any(epochs):
            raise DbnError("every layer has 0 epochs, so nothing would be learned; give one of them epochs")

    def _known(self, i: int) -> RBM | None:
        layer = self.net.layers[i] if self.net and i < len(self.net.layers) else None
        return layer if isinstance(layer, RBM) else None


def tie(rbm: RBM, below: RBM) -> None:
    """Let a random machine begin as the transpose of the one below, in place.

    The net of both then is the infinite one with tied weights: it gives images the probability that `below` gives
    them, and the variational bound on that is tight. The bound rises as the new machine learns to give the states of
    the one below a higher probability (Hinton, Osindero & Teh 2006, sections 3 and 4). Hidden units in excess, and
    label units, keep their small random weights; what such hidden units add to the inputs of others in the mean, half
    of the weights, is taken off these units' biases.

    >>> below = RBM.create((Group("bernoulli", 4),), 3, Rng(0, "below"))
    >>> below.b[:] = [1, 2, 3, 4]
    >>> rbm = RBM.create((Group("bernoulli", 3),), 4, Rng(0, "above"))
    >>> tie(rbm, below)
    >>> bool((rbm.W == below.W.T).all()), rbm.c.tolist()
    (True, [1.0, 2.0, 3.0, 4.0])
    """
    labels, over = rbm.n_labels, transposed(below)
    n = over.n_hidden
    rbm.W[labels:, :n] = over.W
    rbm.b[labels:] = over.b - rbm.W[labels:, n:].sum(axis=1) / 2
    rbm.c[:n] = over.c


def _listed(sizes: tuple[int, ...]) -> str:
    return "-".join(map(str, sizes))
