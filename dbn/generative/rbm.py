"""The restricted Boltzmann machine: its energy and everything that follows from it in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dbn.errors import DbnError
from dbn.generative import units
from dbn.generative.units import Group
from dbn.ops import numpy as ops
from dbn.ops.numpy import Array, Rng


@dataclass(frozen=True)
class RBM:
    """E(v, h) = − vᵀ W h − bᵀ v − cᵀ h, with binary hidden units.

    Parameters
    ----------
    W : array (n_visible, n_hidden)
        Weights.
    b, c : arrays (n_visible,), (n_hidden,)
        Visible and hidden biases, of the same dtype as `W`.
    groups : tuple of Group
        What the visible units are, in the order of the rows of `W`.

    Raises
    ------
    DbnError
        If the shapes do not fit each other.

    References
    ----------
    Hinton 2002, *Training products of experts by minimizing contrastive divergence*.

    >>> rbm = RBM(np.zeros((2, 3)), np.zeros(2), np.zeros(3), (Group("bernoulli", 2),))
    >>> rbm.mean_h_from_v(np.ones((1, 2)))
    array([[0.5, 0.5, 0.5]])
    """

    W: Array
    b: Array
    c: Array
    groups: tuple[Group, ...]

    def __post_init__(self) -> None:
        n_visible = sum(group.size for group in self.groups)
        if self.W.shape != (n_visible, len(self.c)) or self.b.shape != (n_visible,) or self.c.ndim != 1:
            raise DbnError(
                f"weights {self.W.shape}, visible biases {self.b.shape} and hidden biases {self.c.shape} do not "
                f"fit {n_visible} visible units; W must be (visible, hidden)"
            )

    @classmethod
    def create(cls, groups: tuple[Group, ...], n_hidden: int, rng: Rng) -> RBM:
        """Make a machine with weights from N(0, 0.01²) and biases of 0.

        The weights are those of Hinton 2012, *A practical guide to training restricted Boltzmann machines*,
        section 8, which also recommends the visible biases of `units.base_rate_biases`, once data are at hand.

        Parameters
        ----------
        groups, n_hidden
            The visible units and the number of hidden units.
        rng : Rng
            Draws the weights.

        Raises
        ------
        DbnError
            If there is no hidden unit.
        """
        if n_hidden < 1:
            raise DbnError(f"a layer needs at least one hidden unit, not {n_hidden}")
        n_visible = sum(group.size for group in groups)
        W = 0.01 * rng.normal((n_visible, n_hidden))
        return cls(W.astype(np.float32), np.zeros(n_visible, np.float32), np.zeros(n_hidden, np.float32), groups)

    @property
    def n_visible(self) -> int:
        """The number of visible units."""
        return len(self.b)

    @property
    def n_hidden(self) -> int:
        """The number of hidden units."""
        return len(self.c)

    @property
    def n_labels(self) -> int:
        """The number of label units: those of a softmax group that comes first; 0 without one."""
        first = self.groups[0]
        return first.size if first.kind == "softmax" else 0

    def energy(self, v: Array, h: Array) -> Array:
        """E(v, h) of each row: (n, n_visible), (n, n_hidden) -> (n,)."""
        result: Array = -((v @ self.W) * h).sum(axis=1) - v @ self.b - h @ self.c
        return result

    def free_energy(self, v: Array) -> Array:
        """F(v) = − bᵀv − Σ_j softplus(c_j + Σ_i v_i W_ij), so that p(v) = e^(−F(v)) / Z: (n, n_visible) -> (n,)."""
        result: Array = -(v @ self.b) - ops.softplus(v @ self.W + self.c).sum(axis=1)
        return result

    def free_energy_of_h(self, h: Array) -> Array:
        """−log Σ_v e^(−E(v, h)): (n, n_hidden) -> (n,). A softmax group has as many states as units."""
        a = h @ self.W.T + self.b
        total = h @ self.c
        for group, columns in units.parts(self.groups):
            softmax = group.kind == "softmax"
            total = total + (ops.log_sum_exp(a[:, columns]) if softmax else ops.softplus(a[:, columns]).sum(axis=1))
        result: Array = -total
        return result

    def mean_h_from_v(self, v: Array) -> Array:
        """p(h_j = 1 given v): (n, n_visible) -> (n, n_hidden)."""
        return ops.sigmoid(v @ self.W, self.c)

    def sample_h_from_v(self, v: Array, rng: Rng) -> Array:
        """Binary hidden states given v: (n, n_visible) -> (n, n_hidden)."""
        return rng.bernoulli(self.mean_h_from_v(v))

    def inputs_to_v(self, h: Array) -> Array:
        """Total inputs Wh + b of the visible units: (n, n_hidden) -> (n, n_visible)."""
        a = h @ self.W.T
        a += self.b
        return a

    def mean_v_from_h(self, h: Array) -> Array:
        """Expected visible states given h: (n, n_hidden) -> (n, n_visible)."""
        return units.mean(self.groups, self.inputs_to_v(h))

    def sample_v_from_h(
        self, h: Array, rng: Rng, *, bernoulli_means: bool = False, softmax_means: bool = False
    ) -> Array:
        """Visible states given h: (n, n_hidden) -> (n, n_visible). See `units.sample`."""
        a = self.inputs_to_v(h)
        return units.sample(self.groups, a, rng, bernoulli_means=bernoulli_means, softmax_means=softmax_means)
