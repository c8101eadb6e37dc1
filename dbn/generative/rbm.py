"""The restricted Boltzmann machine: its energy and everything that follows from it in closed form."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from dbn import ops
from dbn.errors import DbnError
from dbn.generative import units
from dbn.generative.units import HIDDEN_KINDS, Group, HiddenKind
from dbn.ops.numpy import Array, Rng


@dataclass(frozen=True, eq=False)
class RBM:
    """E(v, h) = − vᵀ W h − bᵀ v − cᵀ h, with binary hidden units, or rectified linear ones.

    A Gaussian visible unit has (v_i − b_i)² / 2σ_i² in the place of −b_i v_i, and v_i / σ_i² in that of v_i before W:
    given h it is a real number with the mean b_i + Σ_j W_ij h_j and the variance σ_i² = e^(z_i), whatever h (Cho, Ilin
    & Raiko 2011, *Improved learning of Gaussian-Bernoulli restricted Boltzmann machines*).

    Parameters
    ----------
    W : float array (n_visible, n_hidden)
        Weights.
    b, c : arrays (n_visible,), (n_hidden,)
        Visible and hidden biases, of the same dtype as `W`.
    groups : tuple of Group
        What the visible units are, in the order of the rows of `W`; one group of Gaussian units at most.
    z : array (Gaussian units,)
        The logarithms of their variances.
    hidden : {"bernoulli", "rectified"}
        What the hidden units are. Rectified linear ones (`units.rectified`) have conditionals and can learn, but
        energies, and all that follows from them, are of machines without such units on either side.

    Raises
    ------
    DbnError
        If the shapes do not fit each other, there are several groups of Gaussian units, or label units without
        binary hidden ones.

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
    z: Array = field(default_factory=lambda: units.NO_GAUSSIAN)
    hidden: HiddenKind = "bernoulli"

    def __post_init__(self) -> None:
        n_visible = sum(group.size for group in self.groups)
        if self.W.shape != (n_visible, len(self.c)) or self.b.shape != (n_visible,) or self.c.ndim != 1:
            raise DbnError(
                f"weights {self.W.shape}, visible biases {self.b.shape} and hidden biases {self.c.shape} do not "
                f"fit {n_visible} visible units; W must be (visible, hidden)"
            )
        sizes = [group.size for group in self.groups if group.kind == "gaussian"]
        if len(sizes) > 1 or self.z.shape != (sum(sizes),):
            raise DbnError(
                f"log variances {self.z.shape} do not fit groups of {sizes} Gaussian units; make one group of these at "
                "most, and give a log variance for each"
            )
        if self.hidden not in HIDDEN_KINDS or (self.hidden != "bernoulli" and self.n_labels):
            raise DbnError(
                f"hidden units are {' or '.join(HIDDEN_KINDS)} ones, and beside label units binary, not {self.hidden!r}"
            )

    @classmethod
    def create(cls, groups: tuple[Group, ...], n_hidden: int, rng: Rng, hidden: HiddenKind = "bernoulli") -> RBM:
        """Make a machine with weights from N(0, 0.01²), biases of 0, and variances of 1.

        The weights are those of Hinton 2012, *A practical guide to training restricted Boltzmann machines*,
        section 8, which also recommends the visible biases of `units.base_rate_biases`, once data are at hand.

        Parameters
        ----------
        groups, n_hidden, hidden
            The visible units, the number of hidden units, and what these are.
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
        columns = units.gaussian(groups)
        z = np.zeros(columns.stop - (columns.start or 0), np.float32)
        b, c = np.zeros(n_visible, np.float32), np.zeros(n_hidden, np.float32)
        return cls(W.astype(np.float32), b, c, groups, z, hidden)

    def copy(self) -> RBM:
        """Return a machine of its own with the same parameters."""
        copy = ops.of(self.W).copy
        return RBM(copy(self.W), copy(self.b), copy(self.c), self.groups, ops.of(self.z).copy(self.z), self.hidden)

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

    @property
    def rectified(self) -> bool:
        """Whether there are rectified linear units, on either side."""
        return self.hidden == "rectified" or any(group.kind == "rectified" for group in self.groups)

    def refuse_rectified(self) -> None:
        """DbnError if there are rectified linear units: of these no energy is known in closed form."""
        if self.rectified:
            raise DbnError(
                "energies, and what is reckoned from them, are of binary, softmax and Gaussian units; give a machine "
                "without rectified linear ones"
            )

    @property
    def parameters(self) -> tuple[Array, ...]:
        """What is learned, the arrays themselves: W, b, c and, of Gaussian units, z."""
        return (self.W, self.b, self.c, self.z) if len(self.z) else (self.W, self.b, self.c)

    @property
    def precision(self) -> Array:
        """1/σ² of Gaussian units, 1 of the others: (n_visible,)."""
        result: Array = ops.of(self.b).full(self.b.shape, 1, self.b)
        if len(self.z):
            result[units.gaussian(self.groups)] = ops.of(self.z).exp(-self.z)
        return result

    @property
    def R(self) -> Array:
        """Weights by which hidden units see visible ones, those of Gaussian units times 1/σ²: (n_visible, n_hidden)."""
        return self.W * self.precision[:, None] if len(self.z) else self.W

    def visible_term(self, v: Array) -> Array:
        """What the visible states alone add to log p: bᵀv, and −(v − b)²/2σ² of Gaussian units: (n, n_visible) -> (n,).

        Columns of label units, which come first, may be left out, and count as off.
        """
        left_out, columns = self.n_visible - v.shape[1], units.gaussian(self.groups)
        b = self.b[left_out:]
        if not len(self.z):
            result: Array = v @ b
            return result
        real = slice(columns.start - left_out, columns.stop - left_out)
        squares, b = (v[:, real] - b[real]) ** 2, ops.of(b).copy(b)
        b[real] = 0
        result = v @ b
        result -= squares @ ops.of(self.z).exp(-self.z) / 2
        return result

    def energy(self, v: Array, h: Array) -> Array:
        """E(v, h) of each row: (n, n_visible), (n, n_hidden) -> (n,)."""
        self.refuse_rectified()
        result: Array = -((v @ self.R) * h).sum(axis=1) - self.visible_term(v) - h @ self.c
        return result

    def free_energy(self, v: Array) -> Array:
        """F(v) = − bᵀv − Σ_j softplus(c_j + Σ_i v_i W_ij), so that p(v) = e^(−F(v)) / Z: (n, n_visible) -> (n,).

        p is a density where there are Gaussian units, for whose terms see `visible_term` and `R`.
        """
        self.refuse_rectified()
        result: Array = -self.visible_term(v) - ops.of(v).softplus(v @ self.R + self.c).sum(axis=1)
        return result

    def free_energy_of_h(self, h: Array) -> Array:
        """−log Σ_v e^(−E(v, h)): (n, n_hidden) -> (n,). A softmax group has as many states as units.

        Over Gaussian units the sum is an integral, √(2πσ²) e^((a² − b²)/2σ²) of each, a being its mean given h.
        """
        self.refuse_rectified()
        a = h @ self.W.T + self.b
        total, engine = h @ self.c, ops.of(h)
        for group, columns in units.parts(self.groups):
            if group.kind == "softmax":
                total = total + engine.log_sum_exp(a[:, columns])
            elif group.kind == "bernoulli":
                total = total + engine.softplus(a[:, columns]).sum(axis=1)
            else:
                rise = (a[:, columns] ** 2 - self.b[columns] ** 2) @ ops.of(self.z).exp(-self.z) / 2
                total = total + rise + (self.z + math.log(2 * math.pi)).sum() / 2
        result: Array = -total
        return result

    def mean_h_from_v(self, v: Array) -> Array:
        """Expected hidden states given v, of binary units p(h_j = 1 given v): (n, n_visible) -> (n, n_hidden)."""
        return self.mean_h(ops.of(v).affine(v, self.R, self.c))

    def mean_h(self, a: Array) -> Array:
        """Expected hidden states given total inputs `a` (n, n_hidden), which may be written over."""
        result: Array = ops.of(a).sigmoid(a) if self.hidden == "bernoulli" else ops.of(a).softplus(a)
        return result

    def sample_h(self, mean: Array, rng: Rng) -> Array:
        """Hidden states, given their expected states: (n, n_hidden) -> same."""
        return rng.bernoulli(mean) if self.hidden == "bernoulli" else units.rectified(mean, rng)

    def sample_h_from_v(self, v: Array, rng: Rng) -> Array:
        """Hidden states given v: (n, n_visible) -> (n, n_hidden)."""
        return self.sample_h(self.mean_h_from_v(v), rng)

    def inputs_to_v(self, h: Array) -> Array:
        """Total inputs Wh + b of the visible units: (n, n_hidden) -> (n, n_visible)."""
        a: Array = ops.of(h).affine(h, self.W.T, self.b)
        return a

    def mean_v_from_h(self, h: Array) -> Array:
        """Expected visible states given h: (n, n_hidden) -> (n, n_visible)."""
        return units.mean(self.groups, self.inputs_to_v(h))

    def sample_v_from_h(
        self, h: Array, rng: Rng, *, bernoulli_means: bool = False, softmax_means: bool = False
    ) -> Array:
        """Visible states given h: (n, n_hidden) -> (n, n_visible). See `units.sample`."""
        a = self.inputs_to_v(h)
        means = {"bernoulli_means": bernoulli_means, "softmax_means": softmax_means}
        return units.sample(self.groups, a, rng, z=self.z, **means)
